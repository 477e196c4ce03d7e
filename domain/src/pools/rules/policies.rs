//! By which agreed rule awards pay for a pool's spend, by the day on which it was received.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{Months, NaiveDate};
use entity::{AttributionPolicy, AwardId, CommitmentId, CostCategoryId, Money};

use crate::FieldError;
use crate::calendar::rules::is_plausible;

/// All of an amount, in basis points.
pub const WHOLE: i64 = 10_000;

/// What some of a pool's spend is for, where shares of its own are agreed for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Purpose {
    /// Spend of a cost category.
    Category(CostCategoryId),
    /// Spend that counts against an agreement with a provider, whatever its cost category.
    Commitment(CommitmentId),
}

impl Purpose {
    /// The one of these that is said; none where neither is, or both are.
    #[must_use]
    pub const fn of(
        category: Option<CostCategoryId>,
        commitment: Option<CommitmentId>,
    ) -> Option<Self> {
        match (category, commitment) {
            (Some(id), None) => Some(Self::Category(id)),
            (None, Some(id)) => Some(Self::Commitment(id)),
            _ => None,
        }
    }

    /// The same as one of two.
    #[must_use]
    pub const fn ids(self) -> (Option<CostCategoryId>, Option<CommitmentId>) {
        match self {
            Self::Category(id) => (Some(id), None),
            Self::Commitment(id) => (None, Some(id)),
        }
    }
}

/// The shares of the spend for one purpose.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Apart {
    /// Of which spend.
    pub of: Purpose,
    /// Awards that the rule names, each with its share in basis points; one that is not here pays for none of it.
    pub awards: Vec<(AwardId, i64)>,
}

/// A rule from a day on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Policy {
    /// First London date of spend, by the day received, that it applies to.
    pub starts_on: NaiveDate,
    /// The rule.
    pub kind: AttributionPolicy,
    /// The awards that it names in their turn, each with its weight.
    pub awards: Vec<(AwardId, i64)>,
    /// Of agreed shares: the spend that has shares of its own.
    pub apart: Vec<Apart>,
}

impl Policy {
    /// What an award that it names weighs for spend of a cost category that counts against an agreement: as was agreed for the
    /// agreement, else for the category, else for the pool. Nothing of an award that it does not name.
    #[must_use]
    pub fn weight(
        &self,
        award: AwardId,
        category: CostCategoryId,
        commitment: Option<CommitmentId>,
    ) -> Option<i64> {
        let of = |awards: &[(AwardId, i64)]| {
            let named = awards.iter().find(|(one, _)| *one == award);
            named.map(|(_, weight)| *weight)
        };
        let pools = of(&self.awards)?;
        let apart = |purpose| self.apart.iter().find(|one| one.of == purpose);
        let own = commitment
            .and_then(|id| apart(Purpose::Commitment(id)))
            .or_else(|| apart(Purpose::Category(category)));
        Some(own.map_or(pools, |own| of(&own.awards).unwrap_or(0)))
    }
}

/// The rules of a pool that are in force, each from its day until the next.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Policies(Vec<Policy>);

impl Policies {
    /// What is in force of rules in the order in which they were recorded: a later one supersedes
    /// from its day on, also what was to come.
    #[must_use]
    pub fn of(recorded: impl IntoIterator<Item = Policy>) -> Self {
        recorded.into_iter().fold(Self::default(), Self::and)
    }

    /// The same with a further rule.
    #[must_use]
    pub fn and(mut self, further: Policy) -> Self {
        self.0.retain(|known| known.starts_on < further.starts_on);
        self.0.push(further);
        self
    }

    /// The rule for what was received on a day. What was received before the first applies follows
    /// the first: there was none before it.
    #[must_use]
    pub fn on(&self, day: NaiveDate) -> Option<&Policy> {
        let begun = self.0.partition_point(|policy| policy.starts_on <= day);
        self.0.get(begun.saturating_sub(1))
    }

    /// The rules in force, the earliest first.
    #[must_use]
    pub fn in_force(&self) -> &[Policy] {
        &self.0
    }

    /// Whether the newest rule is the one for what was received on a day.
    #[must_use]
    pub fn is_newest_on(&self, day: NaiveDate) -> bool {
        let starts_on = |policy: &Policy| policy.starts_on;
        self.on(day).map(starts_on) == self.0.last().map(starts_on)
    }

    /// Whether what people were shown counts: it decides between answers of the optimal rule alone.
    #[must_use]
    pub fn look_at_what_was_shown(&self) -> bool {
        self.0
            .iter()
            .any(|policy| policy.kind == AttributionPolicy::Optimal)
    }

    /// Whether, by the rule of a day, awards pay what is pinned to them and nothing else.
    #[must_use]
    pub fn by_hand(&self, day: NaiveDate) -> bool {
        self.on(day)
            .is_some_and(|policy| policy.kind == AttributionPolicy::Manual)
    }

    /// Whether the rule of a day leaves nothing of such spend to an award: agreed shares that give it none.
    #[must_use]
    pub fn gives_nothing(
        &self,
        award: AwardId,
        day: NaiveDate,
        category: CostCategoryId,
        commitment: Option<CommitmentId>,
    ) -> bool {
        self.on(day).is_some_and(|policy| {
            matches!(
                policy.kind,
                AttributionPolicy::ProRata | AttributionPolicy::Shares
            ) && policy.weight(award, category, commitment) == Some(0)
        })
    }

    /// The agreement that spend counts against, if a rule has shares of its own for it: the others need not be told apart.
    #[must_use]
    pub fn told_apart(&self, commitment: Option<CommitmentId>) -> Option<CommitmentId> {
        commitment.filter(|id| {
            let mut apart = self.0.iter().flat_map(|policy| &policy.apart);
            apart.any(|one| one.of == Purpose::Commitment(*id))
        })
    }
}

/// What a rule says of an award: its turn is its place in the list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Said {
    /// The award.
    pub award: AwardId,
    /// Its agreed share in basis points, where shares were agreed.
    pub share_bp: Option<i32>,
}

/// What a rule is held against before it is recorded.
#[derive(Clone, Debug)]
pub struct Held<'a> {
    /// The day of the pool's first rule.
    pub first_on: Option<NaiveDate>,
    /// What awards put in, in the stated order.
    pub contributions: &'a [(AwardId, Money)],
    /// The months of the pool's ledger that are closed, by their first days.
    pub closed: &'a [NaiveDate],
    /// The day.
    pub today: NaiveDate,
}

/// What is in the way of a rule from a day on.
#[must_use]
pub fn check_from(starts_on: NaiveDate, reaches_back: bool, held: &Held<'_>) -> Vec<FieldError> {
    let wrong = |code: &str, detail: String| vec![FieldError::new("/starts_on", code, detail)];
    if !is_plausible(starts_on) {
        return wrong(
            "not-plausible",
            "Enter a date between 1990 and 2199.".to_owned(),
        );
    }
    if let Some(first) = held.first_on.filter(|first| starts_on < *first) {
        return wrong(
            "before-the-first",
            format!(
                "The pool’s first rule applies from {}. Choose that day or a later one.",
                first.format("%-d %B %Y")
            ),
        );
    }
    let shut = held
        .closed
        .iter()
        .filter(|month| {
            month
                .checked_add_months(Months::new(1))
                .is_none_or(|next| starts_on < next)
        })
        .max();
    if let Some(month) = shut {
        return wrong(
            "closed",
            format!(
                "{} is closed, and a rule that reaches back into it would change it. Choose a day \
                 after it; or open it again first.",
                month.format("%B %Y")
            ),
        );
    }
    if starts_on < held.today && !reaches_back {
        return vec![FieldError::new(
            "/reaches_back",
            "reaches-back",
            "It would apply to spend that was received before today. Look at what it moves, and say \
             that it reaches back.",
        )];
    }
    Vec::new()
}

/// The awards that a rule names with their weights, or what is wrong with them.
pub fn named(
    kind: AttributionPolicy,
    said: &[Said],
    contributions: &[(AwardId, Money)],
) -> Result<Vec<(AwardId, i64)>, Vec<FieldError>> {
    if kind == AttributionPolicy::ProRata {
        return in_proportion(said, contributions);
    }
    let mut wrong = Vec::new();
    let mut seen = BTreeSet::new();
    let given: BTreeMap<AwardId, Money> = contributions.iter().copied().collect();
    for (index, one) in said.iter().enumerate() {
        let at = format!("/awards/{index}");
        if !given.contains_key(&one.award) {
            wrong.push(FieldError::new(
                format!("{at}/award_id"),
                "unknown",
                "This award puts nothing into the pool.",
            ));
        } else if !seen.insert(one.award) {
            wrong.push(FieldError::new(
                format!("{at}/award_id"),
                "twice",
                "A rule names an award once.",
            ));
        }
        let fits = match (kind, one.share_bp) {
            (AttributionPolicy::Shares, Some(share)) => (0..=WHOLE).contains(&i64::from(share)),
            (AttributionPolicy::Shares, None) => false,
            (_, share) => share.is_none(),
        };
        if !fits {
            wrong.push(FieldError::new(
                format!("{at}/share_bp"),
                "not-a-share",
                if kind == AttributionPolicy::Shares {
                    "Enter its share, from 0% to 100%. 0% means that it pays for nothing."
                } else {
                    "In a stated order awards have turns, not shares."
                },
            ));
        }
    }
    if !wrong.is_empty() {
        return Err(wrong);
    }
    let missing = given.len() - seen.len();
    if missing > 0 || said.is_empty() {
        return Err(vec![FieldError::new(
            "/awards",
            "not-all",
            "Name every award that is behind the pool: a rule says all of what is agreed.",
        )]);
    }
    let sum: i64 = said
        .iter()
        .filter_map(|one| one.share_bp)
        .map(i64::from)
        .sum();
    if kind == AttributionPolicy::Shares && sum != WHOLE {
        return Err(vec![not_the_whole("/awards", sum)]);
    }
    Ok(said
        .iter()
        .map(|one| (one.award, one.share_bp.map_or(0, i64::from)))
        .collect())
}

fn not_the_whole(pointer: impl Into<String>, sum: i64) -> FieldError {
    FieldError::new(
        pointer,
        "not-the-whole",
        format!(
            "The shares come to {}%. They must come to 100%.",
            percent(sum)
        ),
    )
}

/// What a rule says of the spend for one purpose.
#[derive(Clone, Debug)]
pub struct SaidApart {
    /// Of which spend; none: neither a cost category nor an agreement was said, or both were.
    pub of: Option<Purpose>,
    /// Each award with its share.
    pub awards: Vec<Said>,
}

/// The spend that has shares of its own, or what is wrong with it. `pays` are the awards that the rule names, `known` what
/// spend of the pool can be for.
pub fn apart(
    kind: AttributionPolicy,
    said: &[SaidApart],
    pays: &[AwardId],
    known: impl Fn(Purpose) -> bool,
) -> Result<Vec<Apart>, Vec<FieldError>> {
    if kind != AttributionPolicy::Shares && !said.is_empty() {
        return Err(vec![FieldError::new(
            "/purposes",
            "not-shares",
            "Only agreed shares can differ by what spend is for. Leave this empty.",
        )]);
    }
    let mut wrong = Vec::new();
    let mut seen = BTreeSet::new();
    let mut found = Vec::with_capacity(said.len());
    for (index, one) in said.iter().enumerate() {
        let at = format!("/purposes/{index}");
        let Some(of) = one.of else {
            wrong.push(FieldError::new(
                at,
                "one-of-two",
                "Name a cost category, or an agreement with a provider: one of the two.",
            ));
            continue;
        };
        let (field, unknown) = match of {
            Purpose::Category(_) => ("category_id", "There is no such cost category."),
            Purpose::Commitment(_) => (
                "commitment_id",
                "There is no such agreement with a provider in this pool.",
            ),
        };
        if !known(of) {
            wrong.push(FieldError::new(format!("{at}/{field}"), "unknown", unknown));
        } else if !seen.insert(of) {
            wrong.push(FieldError::new(
                format!("{at}/{field}"),
                "twice",
                "A rule has shares for this already.",
            ));
        }
        let mut awards: Vec<(AwardId, i64)> = Vec::with_capacity(one.awards.len());
        for (place, part) in one.awards.iter().enumerate() {
            let at = format!("{at}/awards/{place}");
            let share = part.share_bp.map(i64::from);
            if !pays.contains(&part.award) {
                wrong.push(FieldError::new(
                    format!("{at}/award_id"),
                    "unknown",
                    "This award puts nothing into the pool.",
                ));
            } else if awards.iter().any(|(award, _)| *award == part.award) {
                wrong.push(FieldError::new(
                    format!("{at}/award_id"),
                    "twice",
                    "A rule names an award once for the same spend.",
                ));
            }
            match share.filter(|share| (0..=WHOLE).contains(share)) {
                Some(share) => awards.push((part.award, share)),
                None => wrong.push(FieldError::new(
                    format!("{at}/share_bp"),
                    "not-a-share",
                    "Enter its share, from 0% to 100%. 0% means that it pays for nothing.",
                )),
            }
        }
        let sum = awards
            .iter()
            .fold(0_i64, |sum, (_, share)| sum.saturating_add(*share));
        if sum != WHOLE && awards.len() == one.awards.len() {
            wrong.push(not_the_whole(format!("{at}/awards"), sum));
        }
        found.push(Apart { of, awards });
    }
    if wrong.is_empty() {
        Ok(found)
    } else {
        Err(wrong)
    }
}

fn in_proportion(
    said: &[Said],
    contributions: &[(AwardId, Money)],
) -> Result<Vec<(AwardId, i64)>, Vec<FieldError>> {
    if !said.is_empty() {
        return Err(vec![FieldError::new(
            "/awards",
            "not-named",
            "In proportion, every award behind the pool pays by what it puts in. Name none.",
        )]);
    }
    if contributions
        .iter()
        .all(|(_, agreed)| *agreed <= Money::ZERO)
    {
        return Err(vec![FieldError::new(
            "/policy",
            "no-award",
            "No award is behind the pool yet. Put awards behind it first, in a stated order.",
        )]);
    }
    Ok(contributions
        .iter()
        .map(|(award, agreed)| (*award, agreed.pence()))
        .collect())
}

/// `62.5` of 6,250 basis points.
#[must_use]
pub fn percent(points: i64) -> String {
    let (whole, part) = (points / 100, points % 100);
    match part {
        0 => whole.to_string(),
        part => format!("{whole}.{part:02}")
            .trim_end_matches('0')
            .to_owned(),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use AttributionPolicy::{InOrder, ProRata, Shares};

    use super::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    fn policy(from: &str, kind: AttributionPolicy) -> Policy {
        Policy {
            starts_on: day(from),
            kind,
            awards: Vec::new(),
            apart: Vec::new(),
        }
    }

    #[test]
    fn a_rule_applies_from_its_day_until_the_next_and_is_superseded_from_a_day_on() {
        let rules = Policies::of([
            policy("2026-04-01", InOrder),
            policy("2026-10-01", Shares),
            policy("2027-04-01", InOrder),
        ]);
        let kinds = |rules: &Policies, days: [&str; 4]| {
            days.map(|on| rules.on(day(on)).map(|policy| policy.kind))
        };
        let days = ["2025-01-01", "2026-09-30", "2026-10-01", "2027-05-01"];
        assert_eq!(
            kinds(&rules, days),
            [Some(InOrder), Some(InOrder), Some(Shares), Some(InOrder)]
        );
        // what was to come from a later day is superseded too
        let rules = rules.and(policy("2026-10-01", ProRata));
        assert_eq!(
            kinds(&rules, days),
            [Some(InOrder), Some(InOrder), Some(ProRata), Some(ProRata)]
        );
        assert_eq!(Policies::default().on(day("2026-10-01")), None);
    }

    #[test]
    fn a_rule_reaches_back_only_if_it_is_said_and_never_into_a_closed_month() {
        let code = |from: &str, back: bool| {
            let held = Held {
                first_on: Some(day("2026-04-01")),
                contributions: &[],
                closed: &[day("2026-07-01"), day("2026-08-01")],
                today: day("2026-10-15"),
            };
            check_from(day(from), back, &held)
                .first()
                .map(|found| found.code.to_string())
        };
        assert_eq!(code("2026-10-15", false), None);
        assert_eq!(code("2026-10-14", false).as_deref(), Some("reaches-back"));
        assert_eq!(code("2026-10-14", true), None);
        assert_eq!(code("2026-09-01", true), None);
        assert_eq!(code("2026-08-31", true).as_deref(), Some("closed"));
        assert_eq!(
            code("2026-03-31", true).as_deref(),
            Some("before-the-first")
        );
        assert_eq!(code("0026-03-31", true).as_deref(), Some("not-plausible"));
    }

    #[test]
    fn a_rule_names_every_award_and_shares_come_to_the_whole() {
        let (a, b) = (AwardId::new(), AwardId::new());
        let given = [(a, Money(300)), (b, Money(100))];
        let said = |parts: &[(AwardId, Option<i32>)]| -> Vec<Said> {
            parts
                .iter()
                .map(|(award, share_bp)| Said {
                    award: *award,
                    share_bp: *share_bp,
                })
                .collect()
        };
        let code = |kind, parts: &[(AwardId, Option<i32>)]| {
            named(kind, &said(parts), &given)
                .err()
                .and_then(|found| Some(found.first()?.code.to_string()))
        };
        assert_eq!(
            named(Shares, &said(&[(b, Some(2_500)), (a, Some(7_500))]), &given),
            Ok(vec![(b, 2_500), (a, 7_500)])
        );
        let short = [(a, Some(7_500)), (b, Some(2_499))];
        assert_eq!(code(Shares, &short).as_deref(), Some("not-the-whole"));
        let all = [(a, Some(10_000))];
        assert_eq!(code(Shares, &all).as_deref(), Some("not-all"));
        let over = [(a, Some(10_001)), (b, Some(-1))];
        assert_eq!(code(Shares, &over).as_deref(), Some("not-a-share"));
        assert_eq!(
            code(InOrder, &[(a, None), (a, None)]).as_deref(),
            Some("twice")
        );
        let other = AwardId::new();
        assert_eq!(code(InOrder, &[(other, None)]).as_deref(), Some("unknown"));
        assert_eq!(code(InOrder, &all).as_deref(), Some("not-a-share"));
        assert_eq!(named(ProRata, &[], &given), Ok(vec![(a, 300), (b, 100)]));
        assert_eq!(code(ProRata, &all).as_deref(), Some("not-named"));
        assert!(named(ProRata, &[], &[]).is_err());
        assert_eq!(percent(9_999), "99.99");
        assert_eq!(percent(6_250), "62.5");
    }

    #[test]
    fn shares_for_one_purpose_come_to_the_whole_of_it() {
        let (a, b) = (AwardId::new(), AwardId::new());
        let (known, other) = (CostCategoryId::new(), CostCategoryId::new());
        let agreement = CommitmentId::new();
        let said = |of, parts: &[(AwardId, Option<i32>)]| SaidApart {
            of,
            awards: parts
                .iter()
                .map(|(award, share_bp)| Said {
                    award: *award,
                    share_bp: *share_bp,
                })
                .collect(),
        };
        let (care, contract) = (Purpose::Category(known), Purpose::Commitment(agreement));
        let is_known = |of| of == care || of == contract;
        let checked = |kind, said: &[SaidApart]| apart(kind, said, &[a, b], is_known);
        let codes = |kind, said: &[SaidApart]| -> Vec<String> {
            let wrong = checked(kind, said).err().unwrap_or_default();
            wrong
                .iter()
                .map(|one| format!("{} {}", one.pointer, one.code))
                .collect()
        };
        let all_b = said(Some(contract), &[(b, Some(10_000))]);
        let found = checked(
            Shares,
            &[
                said(Some(care), &[(a, Some(4_000)), (b, Some(6_000))]),
                all_b.clone(),
            ],
        );
        let found = found.unwrap();
        assert_eq!(found[0].awards, [(a, 4_000), (b, 6_000)]);
        assert_eq!(
            (found[1].of, found[1].awards.as_slice()),
            (contract, &[(b, 10_000)][..])
        );
        assert_eq!(
            codes(InOrder, std::slice::from_ref(&all_b)),
            ["/purposes not-shares"]
        );
        assert_eq!(
            codes(
                Shares,
                &[
                    all_b.clone(),
                    all_b,
                    said(None, &[(b, Some(10_000))]),
                    said(Some(Purpose::Category(other)), &[(a, Some(9_000))]),
                    said(
                        Some(care),
                        &[(a, None), (AwardId::new(), Some(1)), (a, Some(9_999))]
                    ),
                    said(Some(care), &[]),
                ]
            ),
            [
                "/purposes/1/commitment_id twice",
                "/purposes/2 one-of-two",
                "/purposes/3/category_id unknown",
                "/purposes/3/awards not-the-whole",
                "/purposes/4/awards/0/share_bp not-a-share",
                "/purposes/4/awards/1/award_id unknown",
                "/purposes/5/category_id twice",
                "/purposes/5/awards not-the-whole",
            ]
        );
    }
}
