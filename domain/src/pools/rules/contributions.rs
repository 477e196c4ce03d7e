//! What an award puts into a pool by award year, and what must hold of it.

use std::collections::BTreeMap;

use entity::{AwardYearId, Money};

use crate::FieldError;
use crate::awards::rules::is_amount;

/// What is said of an award year.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Part {
    /// The year.
    pub year: AwardYearId,
    /// Agreed: it pays.
    pub agreed: Money,
    /// Pledged and not agreed yet: it pays for nothing.
    pub pledged: Money,
}

/// An award year with what other pools have of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct YearRoom {
    /// The year.
    pub year: AwardYearId,
    /// What it holds.
    pub amount: Money,
    /// What is put behind other pools of it, agreed and pledged, as far as that is said by year.
    pub elsewhere: Money,
}

/// What is agreed in all, or what is wrong with what is said by year. `room` is what the award can put
/// into this pool in all.
pub fn check_parts(
    parts: &[Part],
    years: &[YearRoom],
    room: Money,
) -> Result<Money, Vec<FieldError>> {
    let mut wrong = Vec::new();
    let mut said: BTreeMap<AwardYearId, Money> = BTreeMap::new();
    for (index, part) in parts.iter().enumerate() {
        let at = format!("/years/{index}");
        let known = years.iter().find(|year| year.year == part.year);
        let Some(year) = known else {
            wrong.push(FieldError::new(
                format!("{at}/year_id"),
                "unknown",
                "The award has no such year.",
            ));
            continue;
        };
        if !is_amount(part.agreed) || !is_amount(part.pledged) {
            wrong.push(FieldError::new(
                format!("{at}/agreed_pence"),
                "out-of-range",
                "Enter an amount of at least nothing and at most a trillion pounds.",
            ));
            continue;
        }
        let both = part.agreed.plus(part.pledged).unwrap_or(Money::MAX);
        if said.insert(part.year, both).is_some() {
            wrong.push(FieldError::new(
                format!("{at}/year_id"),
                "twice",
                "Say an amount for each year once.",
            ));
        }
        let left = year
            .amount
            .minus(year.elsewhere)
            .unwrap_or(Money::ZERO)
            .max(Money::ZERO);
        if both > left {
            wrong.push(FieldError::new(
                format!("{at}/agreed_pence"),
                "more-than-the-year",
                format!(
                    "The year has {} that no other pool has. Enter that or less, agreed and pledged \
                     together.",
                    left.in_full()
                ),
            ));
        }
    }
    if wrong.is_empty() && said.len() < years.len() {
        wrong.push(FieldError::new(
            "/years",
            "not-all",
            "Say an amount for every year of the award; nothing is an amount too.",
        ));
    }
    let sum = |of: fn(&Part) -> Money| Money::sum(parts.iter().map(of));
    let (agreed, pledged) = (sum(|part| part.agreed), sum(|part| part.pledged));
    let both = agreed.and_then(|agreed| agreed.plus(pledged?));
    if !wrong.is_empty() {
        return Err(wrong);
    }
    match (agreed, both) {
        (_, Some(Money::ZERO)) => wrong.push(FieldError::new(
            "/years",
            "nothing",
            "Say at least one amount of more than nothing.",
        )),
        (Some(agreed), Some(both)) if both <= room => return Ok(agreed),
        _ => wrong.push(FieldError::new(
            "/years",
            "more-than-the-award",
            format!(
                "The award has {} that no other pool has. Enter that or less in all.",
                room.in_full()
            ),
        )),
    }
    Err(wrong)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_name_every_year_and_fit_it_and_the_award() {
        let (one, two) = (AwardYearId::new(), AwardYearId::new());
        let years = [
            YearRoom {
                year: one,
                amount: Money(100),
                elsewhere: Money(30),
            },
            YearRoom {
                year: two,
                amount: Money(50),
                elsewhere: Money::ZERO,
            },
        ];
        let part = |year, agreed, pledged| Part {
            year,
            agreed: Money(agreed),
            pledged: Money(pledged),
        };
        let code = |parts: &[Part], room| {
            check_parts(parts, &years, Money(room))
                .err()
                .and_then(|found| Some(found.first()?.code.to_string()))
        };
        let all = [part(one, 60, 10), part(two, 0, 50)];
        assert_eq!(check_parts(&all, &years, Money(120)), Ok(Money(60)));
        assert_eq!(code(&all, 119).as_deref(), Some("more-than-the-award"));
        let over = [part(one, 60, 11), part(two, 0, 0)];
        assert_eq!(code(&over, 120).as_deref(), Some("more-than-the-year"));
        assert_eq!(code(&all[..1], 120).as_deref(), Some("not-all"));
        let twice = [part(one, 1, 0), part(one, 1, 0)];
        assert_eq!(code(&twice, 120).as_deref(), Some("twice"));
        let nothing = [part(one, 0, 0), part(two, 0, 0)];
        assert_eq!(code(&nothing, 120).as_deref(), Some("nothing"));
        let below = [part(one, -1, 0), part(two, 5, 0)];
        assert_eq!(code(&below, 120).as_deref(), Some("out-of-range"));
        let other = [part(AwardYearId::new(), 1, 0)];
        assert_eq!(code(&other, 120).as_deref(), Some("unknown"));
    }
}
