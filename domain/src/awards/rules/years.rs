//! What must hold of an award's years, and what each may pay: its amount, what it carries on, what
//! is spent at risk.

use chrono::{Days, NaiveDate};
use entity::{AwardYearEventKind as Kind, AwardYearId, CarryForward, Money, YearStanding};

use super::is_amount;
use crate::FieldError;

/// Most years of one award.
pub const MOST_YEARS: usize = 30;

/// A year of an award, as its rules see it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct YearPlan {
    /// First London date of its window.
    pub starts_on: NaiveDate,
    /// Last London date of its window.
    pub ends_on: NaiveDate,
    /// How much.
    pub amount: Money,
}

/// What is wrong with the years of an award of this amount and window.
#[must_use]
pub fn check_years(
    amount: Money,
    (starts_on, ends_on): (NaiveDate, NaiveDate),
    years: &[YearPlan],
) -> Vec<FieldError> {
    if years.is_empty() {
        return vec![FieldError::new(
            "/years",
            "required",
            "An award has at least one year.",
        )];
    }
    if years.len() > MOST_YEARS {
        return vec![FieldError::new(
            "/years",
            "too-many",
            format!("An award has at most {MOST_YEARS} years."),
        )];
    }
    let mut wrong = Vec::new();
    let mut next = starts_on;
    for (index, year) in years.iter().enumerate() {
        let at = |field: &str| format!("/years/{index}/{field}");
        if !is_amount(year.amount) {
            wrong.push(FieldError::new(
                at("amount_pence"),
                "out-of-range",
                "Enter an amount of at most a trillion pounds.",
            ));
        }
        if year.starts_on != next {
            wrong.push(FieldError::new(
                at("starts_on"),
                "not-next",
                if index == 0 {
                    "The first year starts on the day the award does."
                } else {
                    "A year starts on the day after the year before it ends."
                },
            ));
        }
        if year.ends_on < year.starts_on {
            wrong.push(FieldError::new(
                at("ends_on"),
                "before-start",
                "A year ends on or after the day it starts.",
            ));
        }
        next = year
            .ends_on
            .checked_add_days(Days::new(1))
            .unwrap_or(NaiveDate::MAX);
    }
    if let Some(last) = years.last()
        && wrong.is_empty()
    {
        if last.ends_on != ends_on {
            wrong.push(FieldError::new(
                format!("/years/{}/ends_on", years.len() - 1),
                "not-the-end",
                "The last year ends on the day the award does.",
            ));
        }
        if Money::sum(years.iter().map(|year| year.amount)) != Some(amount) {
            wrong.push(FieldError::new(
                "/years",
                "not-the-amount",
                "The amounts of its years come to the amount of the award.",
            ));
        }
    }
    wrong
}

/// Something agreed of a year.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Agreed {
    /// What.
    pub kind: Kind,
    /// How much of it.
    pub amount: Money,
    /// Of spending at risk: the last London date of spend that it covers.
    pub until_on: Option<NaiveDate>,
}

/// A year with what was agreed of it, the oldest first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct YearFacts {
    /// Which.
    pub id: AwardYearId,
    /// First London date of its window.
    pub starts_on: NaiveDate,
    /// Last London date of its window.
    pub ends_on: NaiveDate,
    /// Its amount.
    pub amount: Money,
    /// Whether the funder has promised it.
    pub standing: YearStanding,
    /// What becomes of money that is not used by its end.
    pub carry: CarryForward,
    /// What was agreed of it.
    pub agreed: Vec<Agreed>,
}

impl YearFacts {
    /// What the funder agreed to carry on into the year after.
    #[must_use]
    pub fn given_on(&self) -> Money {
        let given = self
            .agreed
            .iter()
            .filter(|agreed| agreed.kind == Kind::CarryGiven);
        Money::sum(given.map(|agreed| agreed.amount)).unwrap_or(super::MOST)
    }

    /// What we asked to carry on and nobody has answered.
    #[must_use]
    pub fn asked(&self) -> Option<Money> {
        self.agreed
            .iter()
            .rfind(|agreed| {
                matches!(
                    agreed.kind,
                    Kind::CarryAsked | Kind::CarryGiven | Kind::CarryRefused
                )
            })
            .filter(|agreed| agreed.kind == Kind::CarryAsked)
            .map(|agreed| agreed.amount)
    }

    /// The most that may be spent before it is confirmed, and the last date of spend that it covers.
    /// What was agreed last stands; once the year is confirmed there is no risk.
    #[must_use]
    pub fn at_risk(&self) -> Option<(Money, NaiveDate)> {
        if self.standing == YearStanding::Confirmed {
            return None;
        }
        let last = self
            .agreed
            .iter()
            .rfind(|agreed| agreed.kind == Kind::AtRisk)?;
        Some((last.amount.min(self.amount), last.until_on?)).filter(|(limit, _)| *limit > Money(0))
    }
}

/// What a year may pay for lines of its own window.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct YearRoom {
    /// Which.
    pub id: AwardYearId,
    /// First London date of its window.
    pub starts_on: NaiveDate,
    /// Last London date of its window.
    pub ends_on: NaiveDate,
    /// Pence of its own: what is confirmed, less and plus what was carried on by consent, plus what
    /// may be spent at risk.
    pub own: i64,
    /// Whether what is left of the year before belongs to it too.
    pub joined: bool,
    /// How much of its own is at risk.
    pub at_risk: i64,
    /// The last London date of spend that may be at risk.
    pub at_risk_until: Option<NaiveDate>,
}

/// What each year may pay, in their order.
///
/// Money that is only indicative is no money yet, so nothing is carried out of an indicative year:
/// neither its amount nor what was spent at risk, nor what an earlier year left.
#[must_use]
pub fn rooms(years: &[YearFacts]) -> Vec<YearRoom> {
    let mut before: Option<&YearFacts> = None;
    years
        .iter()
        .map(|year| {
            let carried = before.map_or(0, |before| before.given_on().pence());
            let joined = before.is_some_and(|before| {
                before.standing == YearStanding::Confirmed && before.carry == CarryForward::ByRight
            });
            before = Some(year);
            let (at_risk, at_risk_until) = match year.at_risk() {
                Some((limit, until)) => (limit.pence(), Some(until)),
                None => (0, None),
            };
            let promised = match year.standing {
                YearStanding::Confirmed => {
                    year.amount.pence().saturating_sub(year.given_on().pence())
                }
                YearStanding::Indicative => 0,
            };
            YearRoom {
                id: year.id,
                starts_on: year.starts_on,
                ends_on: year.ends_on,
                own: promised.saturating_add(carried).saturating_add(at_risk),
                joined,
                at_risk,
                at_risk_until,
            }
        })
        .collect()
}

/// Sums from the first of the years that are joined up to each: what its balance row counts.
#[must_use]
pub fn joined_up(rooms: &[YearRoom], of_each: impl Fn(usize, &YearRoom) -> i64) -> Vec<i64> {
    let mut sum = 0_i64;
    rooms
        .iter()
        .enumerate()
        .map(|(at, room)| {
            let own = of_each(at, room);
            sum = if room.joined {
                sum.saturating_add(own)
            } else {
                own
            };
            sum
        })
        .collect()
}

/// How a year stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct YearPosition {
    /// Carried into it: by consent, and what is left of the year before where it is carried by right.
    pub carried_in: Money,
    /// What it may pay in all.
    pub may_pay: Money,
    /// What it pays.
    pub attributed: Money,
    /// The difference; negative when it was cut below what was attributed.
    pub left: Money,
    /// How much of what it pays is at risk.
    pub at_risk: Money,
    /// Whether what is left of it belongs to the year after.
    pub carries_on: bool,
}

/// How each year stands, from what each pays.
#[must_use]
pub fn positions(years: &[YearFacts], attributed: &[Money]) -> Vec<YearPosition> {
    let rooms = rooms(years);
    let mut left_before = 0_i64;
    let mut given_before = 0_i64;
    let mut out = Vec::with_capacity(rooms.len());
    for (at, room) in rooms.iter().enumerate() {
        let by_right = if room.joined { left_before } else { 0 };
        let may_pay = room.own.saturating_add(by_right);
        let spent = attributed.get(at).copied().unwrap_or_default().pence();
        let left = may_pay.saturating_sub(spent);
        let safe = may_pay.saturating_sub(room.at_risk).max(0);
        out.push(YearPosition {
            carried_in: Money(given_before.saturating_add(by_right)),
            may_pay: Money(may_pay),
            attributed: Money(spent),
            left: Money(left),
            at_risk: Money(spent.saturating_sub(safe).clamp(0, room.at_risk.max(0))),
            carries_on: rooms.get(at + 1).is_some_and(|next| next.joined),
        });
        left_before = left;
        given_before = years.get(at).map_or(0, |year| year.given_on().pence());
    }
    out
}

/// What an award's years come to on a day.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Standing {
    /// Promised by the funder.
    pub confirmed: Money,
    /// Left to use; of an award that is over, what was not used.
    pub left: Money,
    /// Not used by the end of years that are over, and not carried on.
    pub not_used: Money,
    /// Attributed beyond what its years may pay: to repay or resolve.
    pub over: Money,
    /// Attributed at risk.
    pub at_risk: Money,
}

/// What an award's years come to on a day.
#[must_use]
pub fn standing(years: &[YearFacts], attributed: &[Money], today: NaiveDate) -> Standing {
    let positions = positions(years, attributed);
    let is_over = years.last().is_none_or(|last| last.ends_on < today);
    let add = |sum: &mut Money, more: Money| *sum = sum.plus(more).unwrap_or(super::MOST);
    let mut standing = Standing::default();
    for (year, position) in years.iter().zip(&positions) {
        if year.standing == YearStanding::Confirmed {
            add(&mut standing.confirmed, year.amount);
        }
        add(&mut standing.at_risk, position.at_risk);
        if position.carries_on {
            continue;
        }
        if position.left < Money::ZERO {
            add(
                &mut standing.over,
                Money(position.left.pence().saturating_neg()),
            );
        } else if year.ends_on >= today || is_over {
            add(&mut standing.left, position.left);
        } else {
            add(&mut standing.not_used, position.left);
        }
    }
    standing
}

/// What is wrong with recording something agreed of a year that is not the last, of which this much
/// is left.
#[must_use]
pub fn check_agreed(
    year: &YearFacts,
    new: &Agreed,
    left: Money,
    has_next: bool,
) -> Vec<FieldError> {
    let no = |pointer: &str, code: &str, detail: &str| {
        vec![FieldError::new(pointer, code.to_owned(), detail.to_owned())]
    };
    let confirmed = year.standing == YearStanding::Confirmed;
    if !is_amount(new.amount) {
        return no(
            "/amount_pence",
            "out-of-range",
            "Enter an amount of at most a trillion pounds.",
        );
    }
    if (new.kind == Kind::AtRisk) != new.until_on.is_some() {
        return no(
            "/until_on",
            "at-risk-only",
            "Say until when spend at risk is covered; nothing else has that date.",
        );
    }
    match new.kind {
        Kind::Confirmed if confirmed => no(
            "/kind",
            "confirmed-already",
            "This year is confirmed. If its amount changes, record an amendment.",
        ),
        Kind::Confirmed => Vec::new(),
        Kind::AtRisk if confirmed => no(
            "/kind",
            "confirmed-already",
            "This year is confirmed: nothing spent in it is at risk.",
        ),
        Kind::AtRisk if new.amount > year.amount => no(
            "/amount_pence",
            "more-than-the-year",
            "At most the year’s amount can be spent at risk.",
        ),
        Kind::AtRisk
            if new
                .until_on
                .is_some_and(|until| until < year.starts_on || until > year.ends_on) =>
        {
            no("/until_on", "outside-the-year", "Enter a date in the year.")
        }
        Kind::AtRisk => Vec::new(),
        Kind::CarryAsked | Kind::CarryGiven | Kind::CarryRefused
            if year.carry != CarryForward::ByConsent =>
        {
            no(
                "/kind",
                "not-by-consent",
                "Only where money is carried forward by consent is it asked for.",
            )
        }
        Kind::CarryAsked if !confirmed => no(
            "/kind",
            "not-confirmed",
            "Only confirmed money can be carried forward.",
        ),
        Kind::CarryAsked if !has_next => no(
            "/kind",
            "no-next-year",
            "There is no year after it. Record the extension as an amendment first.",
        ),
        Kind::CarryAsked if year.asked().is_some() => no(
            "/kind",
            "asked-already",
            "It was asked already. Record the funder’s answer.",
        ),
        Kind::CarryGiven | Kind::CarryRefused if year.asked().is_none() => no(
            "/kind",
            "not-asked",
            "Nothing was asked that this could answer. Record that you asked first.",
        ),
        Kind::CarryRefused => Vec::new(),
        Kind::CarryAsked | Kind::CarryGiven if new.amount == Money::ZERO => no(
            "/amount_pence",
            "out-of-range",
            "Enter an amount of more than nothing.",
        ),
        Kind::CarryGiven if year.asked().is_some_and(|asked| new.amount > asked) => no(
            "/amount_pence",
            "more-than-asked",
            "The funder gave no more than was asked for.",
        ),
        Kind::CarryAsked | Kind::CarryGiven if new.amount > left => vec![FieldError::new(
            "/amount_pence",
            "more-than-left",
            format!("Of this year {} is not used.", left.in_full()),
        )],
        Kind::CarryAsked | Kind::CarryGiven => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used)]

    use proptest::prelude::*;

    use super::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    fn year(from: i32, pounds: i64, standing: YearStanding, carry: CarryForward) -> YearFacts {
        YearFacts {
            id: AwardYearId(uuid::Uuid::from_u128(u128::from(from.unsigned_abs()))),
            starts_on: day(&format!("{from}-04-01")),
            ends_on: day(&format!("{}-03-31", from + 1)),
            amount: Money(pounds * 100),
            standing,
            carry,
            agreed: Vec::new(),
        }
    }

    fn agreed(kind: Kind, pounds: i64, until: Option<&str>) -> Agreed {
        Agreed {
            kind,
            amount: Money(pounds * 100),
            until_on: until.map(day),
        }
    }

    fn pounds(list: &[i64]) -> Vec<Money> {
        list.iter().map(|pounds| Money(pounds * 100)).collect()
    }

    use CarryForward::{ByConsent, ByRight, None as Lost};
    use YearStanding::{Confirmed, Indicative};

    fn codes(wrong: &[FieldError]) -> Vec<String> {
        wrong
            .iter()
            .map(|found| format!("{} {}", found.pointer, found.code))
            .collect()
    }

    #[test]
    fn years_follow_each_other_and_come_to_the_award() {
        let plan = |from: &str, to: &str, pounds: i64| YearPlan {
            starts_on: day(from),
            ends_on: day(to),
            amount: Money(pounds * 100),
        };
        let window = (day("2026-04-01"), day("2028-03-31"));
        let first = plan("2026-04-01", "2027-03-31", 60);
        let second = plan("2027-04-01", "2028-03-31", 40);
        let check = |years: &[YearPlan]| codes(&check_years(Money(100_00), window, years));
        assert!(check(&[first, second]).is_empty());
        assert_eq!(check(&[]), ["/years required"]);
        assert_eq!(
            check(&[first]),
            ["/years/0/ends_on not-the-end", "/years not-the-amount"]
        );
        let gap = plan("2027-04-02", "2028-03-31", 40);
        assert_eq!(check(&[first, gap]), ["/years/1/starts_on not-next"]);
        let late = plan("2026-05-01", "2027-03-31", 60);
        assert_eq!(check(&[late, second]), ["/years/0/starts_on not-next"]);
        assert_eq!(
            check(&[first, plan("2027-04-01", "2028-03-31", 41)]),
            ["/years not-the-amount"]
        );
    }

    #[test]
    fn what_is_not_used_stays_behind_unless_it_is_carried() {
        let mut years = [
            year(2025, 100, Confirmed, Lost),
            year(2026, 100, Confirmed, Lost),
        ];
        let spent = pounds(&[70, 20]);
        let today = day("2026-10-01");
        let of = |years: &[YearFacts]| standing(years, &spent, today);
        let lost = of(&years);
        assert_eq!((lost.left, lost.not_used), (Money(80_00), Money(30_00)));
        years[0].carry = ByRight;
        let carried = of(&years);
        assert_eq!((carried.left, carried.not_used), (Money(110_00), Money(0)));
        assert_eq!(positions(&years, &spent)[1].carried_in, Money(30_00));
        years[0].carry = ByConsent;
        assert_eq!(of(&years).not_used, Money(30_00));
        years[0].agreed = vec![
            agreed(Kind::CarryAsked, 30, None),
            agreed(Kind::CarryGiven, 25, None),
        ];
        let consented = of(&years);
        assert_eq!(
            (consented.left, consented.not_used),
            (Money(105_00), Money(5_00))
        );
    }

    #[test]
    fn an_indicative_year_pays_nothing_but_what_is_at_risk() {
        let mut years = [
            year(2025, 100, Confirmed, ByRight),
            year(2026, 100, Indicative, ByRight),
            year(2027, 100, Indicative, Lost),
        ];
        let own: Vec<i64> = rooms(&years).iter().map(|room| room.own).collect();
        assert_eq!(own, [100_00, 0, 0]);
        years[1].agreed = vec![agreed(Kind::AtRisk, 30, Some("2026-06-30"))];
        let seen = rooms(&years);
        assert_eq!((seen[1].own, seen[1].at_risk), (30_00, 30_00));
        // carried into it, but not through it
        assert!(seen[1].joined && !seen[2].joined);
        let spent = pounds(&[90, 25, 0]);
        assert_eq!(positions(&years, &spent)[1].at_risk, Money(15_00));
        assert_eq!(
            standing(&years, &spent, day("2026-10-01")).confirmed,
            Money(100_00)
        );
        // once it is confirmed nothing is at risk
        years[1].standing = Confirmed;
        assert_eq!(positions(&years, &spent)[1].at_risk, Money(0));
        // what was agreed last stands
        years[1].standing = Indicative;
        years[1]
            .agreed
            .push(agreed(Kind::AtRisk, 0, Some("2026-06-30")));
        assert_eq!(years[1].at_risk(), None);
    }

    #[test]
    fn an_award_cut_below_what_is_attributed_is_over() {
        let years = [year(2026, 50, Confirmed, Lost)];
        let seen = standing(&years, &pounds(&[70]), day("2026-10-01"));
        assert_eq!((seen.left, seen.over), (Money(0), Money(20_00)));
    }

    #[test]
    fn what_is_agreed_of_a_year_must_make_sense() {
        let mut firm = year(2026, 100, Confirmed, ByConsent);
        let soft = year(2026, 100, Indicative, ByConsent);
        let check =
            |year: &YearFacts, new: &Agreed| codes(&check_agreed(year, new, Money(40_00), true));
        assert_eq!(
            check(&firm, &agreed(Kind::Confirmed, 5, None)),
            ["/kind confirmed-already"]
        );
        assert_eq!(
            check(&soft, &agreed(Kind::CarryAsked, 5, None)),
            ["/kind not-confirmed"]
        );
        assert_eq!(
            check(&soft, &agreed(Kind::AtRisk, 5, None)),
            ["/until_on at-risk-only"]
        );
        assert_eq!(
            check(&soft, &agreed(Kind::AtRisk, 101, Some("2026-06-30"))),
            ["/amount_pence more-than-the-year"]
        );
        assert_eq!(
            check(&soft, &agreed(Kind::AtRisk, 50, Some("2027-06-30"))),
            ["/until_on outside-the-year"]
        );
        assert_eq!(
            check(&firm, &agreed(Kind::CarryGiven, 5, None)),
            ["/kind not-asked"]
        );
        assert_eq!(
            check(&firm, &agreed(Kind::CarryAsked, 41, None)),
            ["/amount_pence more-than-left"]
        );
        firm.agreed.push(agreed(Kind::CarryAsked, 30, None));
        assert_eq!(
            check(&firm, &agreed(Kind::CarryAsked, 5, None)),
            ["/kind asked-already"]
        );
        assert_eq!(
            check(&firm, &agreed(Kind::CarryGiven, 31, None)),
            ["/amount_pence more-than-asked"]
        );
        assert!(check(&firm, &agreed(Kind::CarryGiven, 30, None)).is_empty());
        assert!(check(&firm, &agreed(Kind::CarryRefused, 0, None)).is_empty());
        firm.carry = ByRight;
        assert_eq!(
            check(&firm, &agreed(Kind::CarryGiven, 5, None)),
            ["/kind not-by-consent"]
        );
    }

    proptest! {
        /// However years are carried, no more can be paid than was promised or agreed at risk.
        #[test]
        fn carrying_makes_no_money(
            list in prop::collection::vec((0_i64..1000, any::<bool>(), 0_u8..3, 0_i64..1000), 1..6),
        ) {
            let mut years = Vec::new();
            for (at, (amount, confirmed, carry, risk)) in list.iter().enumerate() {
                let standing = if *confirmed { Confirmed } else { Indicative };
                let carry = [Lost, ByRight, ByConsent][usize::from(*carry)];
                let mut one = year(2020 + i32::try_from(at).unwrap(), *amount, standing, carry);
                if !confirmed {
                    one.agreed.push(agreed(Kind::AtRisk, *risk, Some("2026-06-30")));
                }
                years.push(one);
            }
            let rooms = rooms(&years);
            let caps = joined_up(&rooms, |_, room| room.own);
            let ends = caps.iter().enumerate().filter(|(at, _)| {
                rooms.get(at + 1).is_none_or(|next| !next.joined)
            });
            let payable: i64 = ends.map(|(_, cap)| *cap).sum();
            let promised: i64 = years.iter().map(|year| match year.at_risk() {
                Some((limit, _)) => limit.pence(),
                None if year.standing == Confirmed => year.amount.pence(),
                None => 0,
            }).sum();
            prop_assert_eq!(payable, promised);
        }
    }
}
