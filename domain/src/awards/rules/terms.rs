//! The terms of an award that an amendment may change.

use entity::{AccountsAs, AwardYearId, CostCategoryId, Money, OrganisationId, PaysFor};
use serde::{Deserialize, Serialize};

use super::further::{BaselineTerms, FurtherTerms, MatchTerms, VarianceTerms, VirementTerms};
use super::reach;
use super::years::{Agreed, YearFacts};
use crate::FieldError;
use crate::awards::ops::NewAwardYear;

/// What an amendment changes, each with its new value; what is absent stays as it is.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct TermsChange {
    /// All its years, and with them its amount and its window.
    #[schema(min_items = 1, max_items = 30)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub years: Option<Vec<NewAwardYear>>,
    /// The cost categories that it may pay for; none means all.
    #[schema(max_items = 500)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub category_ids: Option<Vec<CostCategoryId>>,
    /// The places that it may pay for, as spend names them; none means any.
    #[schema(max_items = 200)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub places: Option<Vec<String>>,
    /// The groups of people that it may pay for, as spend names them; none means any.
    #[schema(max_items = 200)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub groups: Option<Vec<String>>,
    /// Capital, revenue or both.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pays_for: Option<PaysFor>,
    /// What is unspent at the end goes back to the funder.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub lost_if_unspent: Option<bool>,
    /// Holds it in its bank account.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub holder_id: Option<OrganisationId>,
    /// Answers to the funder for it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub accountable_body_id: Option<OrganisationId>,
    /// Decides what it is spent on.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub decider_id: Option<OrganisationId>,
    /// In whose accounts it is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub accounts_of_id: Option<OrganisationId>,
    /// As principal or as agent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub accounts_as: Option<AccountsAs>,
    /// Match that it requires; empty: none any more.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub match_required: Option<MatchTerms>,
    /// What a return must explain; empty: nothing any more.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub variance: Option<VarianceTerms>,
    /// Spend that must be kept up; empty: none any more.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub baseline: Option<BaselineTerms>,
    /// What may be moved between fences without asking; empty: nothing any more.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub virement: Option<VirementTerms>,
}

/// The terms of an award.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Terms {
    /// Its years.
    pub years: Vec<NewAwardYear>,
    /// The cost categories that it may pay for, sorted; none means all.
    pub category_ids: Vec<CostCategoryId>,
    /// The places that it may pay for; none means any.
    pub places: Vec<String>,
    /// The groups of people that it may pay for; none means any.
    pub groups: Vec<String>,
    /// Capital, revenue or both.
    pub pays_for: PaysFor,
    /// What is unspent at the end goes back.
    pub lost_if_unspent: bool,
    /// Holds it.
    pub holder_id: OrganisationId,
    /// Answers to the funder for it.
    pub accountable_body_id: OrganisationId,
    /// Decides what it is spent on.
    pub decider_id: Option<OrganisationId>,
    /// In whose accounts it is.
    pub accounts_of_id: Option<OrganisationId>,
    /// As principal or as agent.
    pub accounts_as: Option<AccountsAs>,
    /// What it asks besides returns.
    pub further: FurtherTerms,
}

impl Terms {
    /// The amount: what its years come to.
    #[must_use]
    pub fn amount(&self) -> Option<Money> {
        Money::sum(self.years.iter().map(|year| year.amount_pence))
    }

    /// The terms as a change makes them.
    #[must_use]
    pub fn changed(&self, change: &TermsChange) -> Self {
        let sorted = |ids: &Vec<CostCategoryId>| {
            let mut ids = ids.clone();
            ids.sort_unstable();
            ids.dedup();
            ids
        };
        Self {
            years: change.years.clone().unwrap_or_else(|| self.years.clone()),
            category_ids: change
                .category_ids
                .as_ref()
                .map_or_else(|| self.category_ids.clone(), sorted),
            places: change
                .places
                .as_ref()
                .map_or_else(|| self.places.clone(), |names| reach::tidy(names)),
            groups: change
                .groups
                .as_ref()
                .map_or_else(|| self.groups.clone(), |names| reach::tidy(names)),
            pays_for: change.pays_for.unwrap_or(self.pays_for),
            lost_if_unspent: change.lost_if_unspent.unwrap_or(self.lost_if_unspent),
            holder_id: change.holder_id.unwrap_or(self.holder_id),
            accountable_body_id: change
                .accountable_body_id
                .unwrap_or(self.accountable_body_id),
            decider_id: change.decider_id.or(self.decider_id),
            accounts_of_id: change.accounts_of_id.or(self.accounts_of_id),
            accounts_as: change.accounts_as.or(self.accounts_as),
            further: FurtherTerms {
                match_required: change
                    .match_required
                    .clone()
                    .unwrap_or_else(|| self.further.match_required.clone()),
                variance: change.variance.unwrap_or(self.further.variance),
                baseline: change
                    .baseline
                    .clone()
                    .unwrap_or_else(|| self.further.baseline.clone()),
                virement: change
                    .virement
                    .clone()
                    .unwrap_or_else(|| self.further.virement.clone()),
            }
            .tidy(),
        }
    }

    /// What a change really changes of these terms: what says what stands already is left out.
    #[must_use]
    pub fn effect(&self, change: &TermsChange) -> TermsChange {
        let after = self.changed(change);
        TermsChange {
            years: (after.years != self.years).then_some(after.years),
            category_ids: (after.category_ids != self.category_ids).then_some(after.category_ids),
            places: (after.places != self.places).then_some(after.places),
            groups: (after.groups != self.groups).then_some(after.groups),
            pays_for: (after.pays_for != self.pays_for).then_some(after.pays_for),
            lost_if_unspent: (after.lost_if_unspent != self.lost_if_unspent)
                .then_some(after.lost_if_unspent),
            holder_id: (after.holder_id != self.holder_id).then_some(after.holder_id),
            accountable_body_id: (after.accountable_body_id != self.accountable_body_id)
                .then_some(after.accountable_body_id),
            decider_id: after
                .decider_id
                .filter(|_| after.decider_id != self.decider_id),
            accounts_of_id: after
                .accounts_of_id
                .filter(|_| after.accounts_of_id != self.accounts_of_id),
            accounts_as: after
                .accounts_as
                .filter(|_| after.accounts_as != self.accounts_as),
            match_required: (after.further.match_required != self.further.match_required)
                .then_some(after.further.match_required),
            variance: (after.further.variance != self.further.variance)
                .then_some(after.further.variance),
            baseline: (after.further.baseline != self.further.baseline)
                .then_some(after.further.baseline),
            virement: (after.further.virement != self.further.virement)
                .then_some(after.further.virement),
        }
    }

    /// The values that a change takes the place of. What was not recorded before has none.
    #[must_use]
    pub fn before(&self, change: &TermsChange) -> TermsChange {
        TermsChange {
            years: change.years.as_ref().map(|_| self.years.clone()),
            category_ids: change
                .category_ids
                .as_ref()
                .map(|_| self.category_ids.clone()),
            places: change.places.as_ref().map(|_| self.places.clone()),
            groups: change.groups.as_ref().map(|_| self.groups.clone()),
            pays_for: change.pays_for.map(|_| self.pays_for),
            lost_if_unspent: change.lost_if_unspent.map(|_| self.lost_if_unspent),
            holder_id: change.holder_id.map(|_| self.holder_id),
            accountable_body_id: change.accountable_body_id.map(|_| self.accountable_body_id),
            decider_id: self.decider_id.filter(|_| change.decider_id.is_some()),
            accounts_of_id: self
                .accounts_of_id
                .filter(|_| change.accounts_of_id.is_some()),
            accounts_as: self.accounts_as.filter(|_| change.accounts_as.is_some()),
            match_required: change
                .match_required
                .as_ref()
                .map(|_| self.further.match_required.clone()),
            variance: change.variance.map(|_| self.further.variance),
            baseline: change
                .baseline
                .as_ref()
                .map(|_| self.further.baseline.clone()),
            virement: change
                .virement
                .as_ref()
                .map(|_| self.further.virement.clone()),
        }
    }
}

/// What is wrong with terms that a change would make, as far as they speak of whose accounts it is in.
#[must_use]
pub fn check_accounts(after: &Terms) -> Option<FieldError> {
    (after.accounts_of_id.is_some() != after.accounts_as.is_some()).then(|| {
        FieldError::new(
            "/change/accounts_as",
            "whose-accounts",
            "Say both in whose accounts it is, and whether as principal or as agent.",
        )
    })
}

/// Which of the known years each new one is: the one that starts on the same day; the first is always
/// the first.
#[must_use]
pub fn paired(known: &[YearFacts], years: &[NewAwardYear]) -> Vec<Option<AwardYearId>> {
    let taken: Vec<Option<AwardYearId>> = years
        .iter()
        .map(|year| {
            known
                .iter()
                .find(|one| one.starts_on == year.starts_on)
                .map(|one| one.id)
        })
        .collect();
    let first = known.first().map(|one| one.id);
    taken
        .iter()
        .enumerate()
        .map(|(at, id)| match id {
            None if at == 0 && !taken.contains(&first) => first,
            id => *id,
        })
        .collect()
}

/// Years as they would stand, with what was agreed of them so far.
#[must_use]
pub fn as_facts(known: &[YearFacts], years: &[NewAwardYear]) -> Vec<YearFacts> {
    paired(known, years)
        .into_iter()
        .zip(years)
        .map(|(id, year)| {
            let agreed: Vec<Agreed> = known
                .iter()
                .find(|one| Some(one.id) == id)
                .map(|one| one.agreed.clone())
                .unwrap_or_default();
            YearFacts {
                id: id.unwrap_or_default(),
                starts_on: year.starts_on,
                ends_on: year.ends_on,
                amount: year.amount_pence,
                standing: year.standing,
                carry: year.carry_forward,
                agreed,
            }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use entity::{CarryForward, YearStanding};

    use super::*;

    fn year(from: &str, to: &str, pence: i64) -> NewAwardYear {
        NewAwardYear {
            starts_on: from.parse().unwrap(),
            ends_on: to.parse().unwrap(),
            amount_pence: Money(pence),
            standing: YearStanding::Confirmed,
            carry_forward: CarryForward::None,
        }
    }

    fn terms() -> Terms {
        let council = OrganisationId(uuid::Uuid::from_u128(1));
        Terms {
            years: vec![year("2026-04-01", "2027-03-31", 100)],
            category_ids: Vec::new(),
            places: Vec::new(),
            groups: Vec::new(),
            pays_for: PaysFor::Revenue,
            lost_if_unspent: true,
            holder_id: council,
            accountable_body_id: council,
            decider_id: None,
            accounts_of_id: None,
            accounts_as: None,
            further: FurtherTerms::default(),
        }
    }

    #[test]
    fn what_is_asked_besides_returns_is_changed_and_taken_away() {
        let start = terms();
        let asked = TermsChange {
            match_required: Some(MatchTerms {
                share_bp: Some(2_500),
                evidenced_how: " Letters ".to_owned(),
                ..MatchTerms::default()
            }),
            variance: Some(VarianceTerms::default()),
            ..TermsChange::default()
        };
        // that nothing need be explained stands already
        let effect = start.effect(&asked);
        assert_eq!(effect.variance, None);
        let after = start.changed(&effect);
        assert_eq!(after.further.match_required.evidenced_how, "Letters");
        assert_eq!(after.effect(&asked), TermsChange::default());
        // taking the old value brings it back: none
        assert_eq!(after.changed(&start.before(&effect)), start);
    }

    #[test]
    fn the_state_is_the_fold_of_what_changed() {
        let start = terms();
        let charity = OrganisationId(uuid::Uuid::from_u128(2));
        let first = TermsChange {
            years: Some(vec![year("2026-04-01", "2027-06-30", 80)]),
            pays_for: Some(PaysFor::Revenue),
            ..TermsChange::default()
        };
        let second = TermsChange {
            holder_id: Some(charity),
            decider_id: Some(charity),
            ..TermsChange::default()
        };
        // what stands already is no change
        assert_eq!(start.effect(&first).pays_for, None);
        let after = start.changed(&first).changed(&second);
        assert_eq!(after.amount(), Some(Money(80)));
        assert_eq!(
            (after.holder_id, after.decider_id),
            (charity, Some(charity))
        );
        // taking the old values brings the old terms back, but for what was not known before
        let undone = after.changed(&start.before(&first));
        assert_eq!(undone.years, start.years);
        assert_eq!(start.before(&second).decider_id, None);
        assert_eq!(after.effect(&second), TermsChange::default());
    }

    #[test]
    fn whose_accounts_it_is_in_has_two_sides() {
        let mut after = terms();
        assert_eq!(check_accounts(&after), None);
        after.accounts_as = Some(AccountsAs::Agent);
        assert!(check_accounts(&after).is_some());
        after.accounts_of_id = Some(after.holder_id);
        assert_eq!(check_accounts(&after), None);
    }

    #[test]
    fn years_are_known_again_by_the_day_they_start() {
        let known = as_facts(
            &[],
            &[
                year("2026-04-01", "2027-03-31", 1),
                year("2027-04-01", "2028-03-31", 1),
            ],
        );
        let ids: Vec<_> = known.iter().map(|one| Some(one.id)).collect();
        // the first begins later; one more comes after
        let years = [
            year("2026-05-01", "2027-03-31", 1),
            year("2027-04-01", "2028-03-31", 1),
            year("2028-04-01", "2029-03-31", 1),
        ];
        assert_eq!(paired(&known, &years), [ids[0], ids[1], None]);
        // the first is gone
        assert_eq!(paired(&known, &years[1..]), [ids[1], None]);
    }
}
