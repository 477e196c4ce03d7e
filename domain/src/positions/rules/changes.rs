//! What is known of a position that was not known when a reader last looked. Values in, values out.

use chrono::{DateTime, Duration, Utc};
use entity::Money;

/// A figure of an award in a position that can change: what is expected is told for today alone, so it is none of
/// them.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, serde::Serialize, utoipa::ToSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum ChangedFigure {
    /// Agreed.
    Agreed,
    /// Pledged and not agreed.
    Pledged,
    /// Agreed, out of years that the funder confirmed.
    Confirmed,
    /// Received, less repaid.
    Received,
    /// Spend that it pays for.
    Attributed,
}

impl ChangedFigure {
    /// The name spoken over the API.
    #[must_use]
    pub const fn slug(self) -> &'static str {
        match self {
            Self::Agreed => "agreed",
            Self::Pledged => "pledged",
            Self::Confirmed => "confirmed",
            Self::Received => "received",
            Self::Attributed => "attributed",
        }
    }
}

/// What can change a position.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, serde::Serialize, utoipa::ToSchema,
)]
#[serde(rename_all = "kebab-case")]
#[schema(as = ChangeCauseKind)]
pub enum Cause {
    /// An attribution run took effect that moved what the award pays for.
    Run,
    /// It was stated anew what the award puts in.
    Statement,
    /// An amendment of the award was recorded.
    Amendment,
    /// Something was recorded of a year of it: confirmed, carried forward, spent at risk.
    Year,
    /// Money was recorded that was received, claimed or repaid.
    Money,
}

/// A figure as it was known, and as it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, utoipa::ToSchema)]
pub struct FigureChange {
    /// Which.
    pub figure: ChangedFigure,
    /// As it was known then, in pence.
    #[schema(value_type = i64)]
    pub before_pence: Money,
    /// As it is known now, in pence.
    #[schema(value_type = i64)]
    pub now_pence: Money,
    /// Now less then, in pence.
    #[schema(value_type = i64)]
    pub more_pence: Money,
}

/// Those of the figures that changed, by how much most first. What was not told then, or is not now, is no change.
#[must_use]
pub fn changed(
    figures: &[(ChangedFigure, Option<Money>, Option<Money>)],
) -> Option<Vec<FigureChange>> {
    let mut found = Vec::new();
    for (figure, before, now) in figures {
        let (Some(before), Some(now)) = (before, now) else {
            continue;
        };
        if before != now {
            found.push(FigureChange {
                figure: *figure,
                before_pence: *before,
                now_pence: *now,
                more_pence: now.minus(*before)?,
            });
        }
    }
    found.sort_by_key(|one| {
        (
            std::cmp::Reverse(one.more_pence.pence().unsigned_abs()),
            one.figure,
        )
    });
    Some(found)
}

/// A write takes its instant when it begins: one that is this old is over, so that nothing is taken for seen that was
/// not there yet.
const SETTLED: Duration = Duration::seconds(5);

/// Until when a person has seen what was known: what they looked at, never in the future, and never before what they
/// have seen already, so that an old page takes nothing back.
#[must_use]
pub fn seen_until(
    before: Option<DateTime<Utc>>,
    looked_at: DateTime<Utc>,
    now: DateTime<Utc>,
) -> DateTime<Utc> {
    let until = looked_at.min(now) - SETTLED;
    before.map_or(until, |before| before.max(until))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn what_changed_most_comes_first_and_what_is_not_told_is_no_change() {
        let some = |pence| Some(Money(pence));
        let found = changed(&[
            (ChangedFigure::Agreed, some(100), some(150)),
            (ChangedFigure::Pledged, some(5), some(5)),
            (ChangedFigure::Confirmed, None, some(40)),
            (ChangedFigure::Received, some(20), None),
            (ChangedFigure::Attributed, some(90), some(10)),
        ])
        .unwrap();
        let told: Vec<(ChangedFigure, i64)> = found
            .iter()
            .map(|one| (one.figure, one.more_pence.pence()))
            .collect();
        assert_eq!(
            told,
            [
                (ChangedFigure::Attributed, -80),
                (ChangedFigure::Agreed, 50)
            ]
        );
        let most = [(ChangedFigure::Agreed, some(i64::MIN), some(i64::MAX))];
        assert_eq!(changed(&most), None);
    }

    #[test]
    fn what_was_seen_is_never_taken_back_and_never_ahead() {
        let at = |text: &str| text.parse::<DateTime<Utc>>().unwrap();
        let (early, late) = (at("2026-11-03T09:00:00Z"), at("2026-11-09T09:00:00Z"));
        assert_eq!(seen_until(None, early, late), at("2026-11-03T08:59:55Z"));
        // a page that says it is of tomorrow is of now
        assert_eq!(seen_until(None, late, early), at("2026-11-03T08:59:55Z"));
        // an old page that was left open
        assert_eq!(seen_until(Some(late), early, late), late);
    }
}
