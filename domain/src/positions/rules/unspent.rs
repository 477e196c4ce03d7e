//! What will be unspent at the end of each year of an award, and where it goes. Values in, values out.

use chrono::NaiveDate;
use entity::{CarryForward, Money};

use crate::closures::rules::Unspent;

/// A year of an award with what is still expected of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct YearAhead {
    /// Last London date of its window.
    pub ends_on: NaiveDate,
    /// Promised by the funder, less and plus what was carried on by consent. Nothing that is only at risk.
    pub own: Money,
    /// Whether what is left of the year before belongs to it too.
    pub joined: bool,
    /// Attributed to it.
    pub attributed: Money,
    /// Promised to providers in its window, as far as it can be expected to pay.
    pub promised: Money,
    /// Forecast in its window beyond that.
    pub forecast: Money,
    /// What becomes of money that is not used by its end.
    pub carry: CarryForward,
    /// We asked to carry this on, and nobody has answered.
    pub asked: Option<Money>,
}

/// Where money goes that is not used by the end of a year.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, utoipa::ToSchema)]
#[serde(rename_all = "kebab-case")]
#[schema(as = UnspentGoes)]
pub enum Goes {
    /// Back to the funder.
    Back,
    /// Back to the funder, unless we ask for it to be carried forward and it agrees.
    CanBeAsked,
    /// We asked to carry it forward, and the funder has not answered.
    Asked,
    /// Into the year after, by right.
    CarriedForward,
    /// It stays with us.
    Stays,
}

impl Goes {
    /// The name spoken over the API.
    #[must_use]
    pub const fn slug(self) -> &'static str {
        match self {
            Self::Back => "back",
            Self::CanBeAsked => "can-be-asked",
            Self::Asked => "asked",
            Self::CarriedForward => "carried-forward",
            Self::Stays => "stays",
        }
    }

    /// Whether it is lost if nobody does anything.
    #[must_use]
    pub const fn is_lost(self) -> bool {
        matches!(self, Self::Back | Self::CanBeAsked)
    }
}

/// How a year is expected to end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ending {
    /// Carried into it by right.
    pub carried_in: Money,
    /// What it may pay.
    pub may_pay: Money,
    /// What will be unspent.
    pub unspent: Money,
    /// What is attributed, promised and forecast beyond what it may pay.
    pub beyond: Money,
    /// Where what is unspent goes: the parts come to it.
    pub goes: Vec<(Goes, Money)>,
}

/// How each year is expected to end, in their order.
#[must_use]
pub fn endings(years: &[YearAhead], lost_if_unspent: bool) -> Option<Vec<Ending>> {
    let mut before = Money::ZERO;
    let mut out = Vec::with_capacity(years.len());
    for (at, year) in years.iter().enumerate() {
        let carried_in = if year.joined { before } else { Money::ZERO };
        let may_pay = year.own.plus(carried_in)?;
        let used = Money::sum([year.attributed, year.promised, year.forecast])?;
        let unspent = may_pay.minus(used)?.max(Money::ZERO);
        let next = years.get(at + 1);
        out.push(Ending {
            carried_in,
            may_pay,
            unspent,
            beyond: used.minus(may_pay)?.max(Money::ZERO),
            goes: goes(year, next, lost_if_unspent, unspent)?,
        });
        before = unspent;
    }
    Some(out)
}

fn goes(
    year: &YearAhead,
    next: Option<&YearAhead>,
    lost_if_unspent: bool,
    unspent: Money,
) -> Option<Vec<(Goes, Money)>> {
    let by_the_terms = match next {
        Some(next) if next.joined => Goes::CarriedForward,
        _ if !lost_if_unspent => Goes::Stays,
        Some(_) if year.carry == CarryForward::ByConsent && year.asked.is_none() => {
            Goes::CanBeAsked
        }
        Some(_) => Goes::Back,
        // the last year is settled when the award is closed
        None => {
            let unspent = Unspent {
                lost_if_unspent,
                carry: year.carry,
            };
            if unspent.stays() {
                Goes::Stays
            } else {
                Goes::Back
            }
        }
    };
    let asked = year.asked.unwrap_or_default().min(unspent);
    let parts = [(Goes::Asked, asked), (by_the_terms, unspent.minus(asked)?)];
    Some(
        parts
            .into_iter()
            .filter(|(_, amount)| *amount > Money::ZERO)
            .collect(),
    )
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use CarryForward::{ByConsent, ByRight, None as Lost};
    use proptest::prelude::*;

    use super::*;

    fn year(own: i64, used: [i64; 3], carry: CarryForward) -> YearAhead {
        YearAhead {
            ends_on: "2027-03-31".parse().unwrap(),
            own: Money(own),
            joined: false,
            attributed: Money(used[0]),
            promised: Money(used[1]),
            forecast: Money(used[2]),
            carry,
            asked: None,
        }
    }

    /// What it may pay, what is unspent, where that goes.
    type Told = (i64, i64, Vec<(Goes, i64)>);

    fn told(ending: &Ending) -> Told {
        let goes = ending.goes.iter().map(|(goes, sum)| (*goes, sum.pence()));
        (
            ending.may_pay.pence(),
            ending.unspent.pence(),
            goes.collect(),
        )
    }

    #[test]
    fn what_is_unspent_goes_where_the_year_says() {
        let first = year(100, [30, 20, 10], Lost);
        let next = year(100, [0; 3], Lost);
        let of = |years: &[YearAhead], lost| -> Vec<Told> {
            endings(years, lost).unwrap().iter().map(told).collect()
        };
        // nothing is carried forward: each year's rest goes back
        assert_eq!(
            of(&[first, next], true),
            [
                (100, 40, vec![(Goes::Back, 40)]),
                (100, 100, vec![(Goes::Back, 100)])
            ]
        );
        assert_eq!(of(&[first], false), [(100, 40, vec![(Goes::Stays, 40)])]);
        // by right: the rest is the next year's
        let by_right = YearAhead {
            carry: ByRight,
            ..first
        };
        let joined = YearAhead {
            joined: true,
            ..next
        };
        assert_eq!(
            of(&[by_right, joined], true),
            [
                (100, 40, vec![(Goes::CarriedForward, 40)]),
                (140, 140, vec![(Goes::Back, 140)])
            ]
        );
        // and of the last year it stays with us
        assert_eq!(of(&[by_right], true), [(100, 40, vec![(Goes::Stays, 40)])]);
        // by consent: it can be asked for; what was asked waits; there is nothing to ask into after the last
        let by_consent = YearAhead {
            carry: ByConsent,
            ..first
        };
        let asked = YearAhead {
            asked: Some(Money(25)),
            ..by_consent
        };
        assert_eq!(of(&[by_consent, next], true)[0].2, [(Goes::CanBeAsked, 40)]);
        assert_eq!(
            of(&[asked, next], true)[0].2,
            [(Goes::Asked, 25), (Goes::Back, 15)]
        );
        assert_eq!(of(&[by_consent], true)[0].2, [(Goes::Back, 40)]);
    }

    #[test]
    fn more_that_is_expected_than_there_is_leaves_nothing() {
        let over = year(100, [90, 20, 5], Lost);
        let ending = endings(&[over], true).unwrap().remove(0);
        assert_eq!(
            (ending.unspent, ending.beyond, ending.goes),
            (Money(0), Money(15), vec![])
        );
    }

    proptest! {
        /// However years follow each other: all that was promised is used, beyond, or goes somewhere once.
        #[test]
        fn no_penny_is_lost_or_made(
            list in prop::collection::vec((0_i64..500, 0_i64..300, 0_i64..300, 0_u8..3, any::<bool>(), prop::option::of(0_i64..200)), 1..5),
            lost in any::<bool>(),
        ) {
            let mut years: Vec<YearAhead> = Vec::new();
            for (own, used, expected, carry, joined, asked) in list {
                let carry = [Lost, ByRight, ByConsent][usize::from(carry)];
                let before = years.last().is_some_and(|before| before.carry == ByRight);
                let mut one = year(own, [used, expected, 0], carry);
                one.joined = joined && before;
                one.asked = asked.filter(|_| carry == ByConsent).map(Money);
                years.push(one);
            }
            let seen = endings(&years, lost).unwrap();
            let mut own = 0;
            let mut told = 0;
            for (year, ending) in years.iter().zip(&seen) {
                own += year.own.pence();
                told += year.attributed.pence() + year.promised.pence() + year.forecast.pence() - ending.beyond.pence();
                let parts: i64 = ending.goes.iter().map(|(_, sum)| sum.pence()).sum();
                prop_assert_eq!(parts, ending.unspent.pence());
                told += ending.goes.iter().filter(|(goes, _)| *goes != Goes::CarriedForward)
                    .map(|(_, sum)| sum.pence()).sum::<i64>();
            }
            prop_assert_eq!(own, told);
        }
    }
}
