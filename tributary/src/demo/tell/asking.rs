//! What awards of the story ask of us besides returns.

use chrono::Days;
use domain::awards::ops::NewAmendment;
use domain::awards::rules::further::{BaselineTerms, MatchTerms, VirementTerms};
use domain::awards::rules::terms::TermsChange;
use domain::conditions::ops::{ConditionTerms, NewConditionFact};
use domain::returns::rules::Signature;
use domain::virements::ops::{NewVirement, NewVirementFact};
use domain::{Ctx, Money, awards, conditions, virements};
use entity::{ConditionEventKind, ConditionKind, PersonId, Role, VirementBase, VirementEventKind};

use super::by_year::BY_YEAR;
use super::{GRANT, Telling};
use crate::Failure;

impl Telling {
    /// What the lottery's letter asks of us: one condition is met, one is due soon, one always holds.
    pub(super) async fn lottery_asks(&self, officer: &Ctx) -> Result<(), Failure> {
        let award = self.id_of(BY_YEAR)?;
        let now = self.calendar.a;
        let signed = ConditionTerms {
            title: "Send the signed agreement".to_owned(),
            passage:
                "We make no payment before a copy of this agreement, signed by two trustees, has \
                      reached us."
                    .to_owned(),
            written_where: "Grant agreement, paragraph 4".to_owned(),
            kind: ConditionKind::BeforePayment,
            due_on: Some(self.calendar.first(now - 12)),
            who_id: None,
        };
        let id = conditions::ops::state(&self.db, officer, award, &signed).await?;
        let met = NewConditionFact {
            kind: ConditionEventKind::Met,
            happened_on: self.calendar.first(now - 12),
            by_whom: "The charity’s secretary".to_owned(),
            evidence: "The lottery’s receipt of both signatures".to_owned(),
            reference: "LF/2291".to_owned(),
        };
        conditions::ops::record(&self.db, officer, award, id, &met).await?;
        let plan = ConditionTerms {
            title: "Agree a plan for what comes after the grant".to_owned(),
            passage:
                "By the end of the second year you will have agreed with us how the work goes on \
                      when our funding ends."
                    .to_owned(),
            written_where: "Grant agreement, paragraph 11".to_owned(),
            kind: ConditionKind::During,
            due_on: Some(self.calendar.last(now + 1)),
            who_id: self.people.id(Role::GrantsOfficer),
        };
        conditions::ops::state(&self.db, officer, award, &plan).await?;
        let insured = ConditionTerms {
            title: "Keep the centre insured".to_owned(),
            passage:
                "The building and what is in it are insured for their full value at all times."
                    .to_owned(),
            written_where: "Grant agreement, paragraph 6".to_owned(),
            kind: ConditionKind::Standing,
            due_on: None,
            who_id: None,
        };
        conditions::ops::state(&self.db, officer, award, &insured).await?;
        Ok(())
    }

    /// The grant asks for match of a tenth of it, some of which is not in writing yet, and that the
    /// council goes on spending on prevention.
    pub(super) async fn grant_asks(&self, officer: &Ctx) -> Result<(), Failure> {
        let award = self.story_award(GRANT)?;
        let asked = NewAmendment {
            effective_on: self.calendar.first(award.from),
            reason: "As the determination letter says".to_owned(),
            with_whom: "The Department, grant determination, annex B".to_owned(),
            change: TermsChange {
                match_required: Some(MatchTerms {
                    share_bp: Some(1_000),
                    evidenced_how: "a minute or a letter of each body".to_owned(),
                    ..MatchTerms::default()
                }),
                baseline: Some(BaselineTerms {
                    yearly_pence: Some(Money(480_000_00)),
                    of_what: "the council’s own spend on prevention, as before the grant"
                        .to_owned(),
                    from_on: Some(self.calendar.first(award.from)),
                    pool_ids: Vec::new(),
                    category_ids: Vec::new(),
                }),
                virement: Some(VirementTerms {
                    share_bp: Some(1_000),
                    of: VirementBase::Fence,
                    source: "grant determination, annex C".to_owned(),
                }),
                ..TermsChange::default()
            },
        };
        let id = self.id_of(GRANT)?;
        awards::ops::amend(&self.db, officer, id, None, &asked).await?;
        self.beds_wait(officer).await
    }

    /// More of the grant is to go to beds than may be moved without asking: the Department was asked.
    async fn beds_wait(&self, officer: &Ctx) -> Result<(), Failure> {
        let id = self.id_of(GRANT)?;
        let fences = awards::view::one(&self.db, officer, id).await?.fences;
        let part = |slug: &str| {
            fences
                .iter()
                .find(|fence| fence.slug == slug)
                .map(|fence| fence.id)
                .ok_or_else(|| Failure::new(format!("no {slug} among the grant's fences")))
        };
        let on = officer.today() - Days::new(12);
        let beds = NewVirement {
            from_fence_id: part("capital")?,
            to_fence_id: part("residential")?,
            amount_pence: Money(75_000_00),
            moved_on: on,
            reason: "The house in Copper Street is not bought, and more people wait for a bed."
                .to_owned(),
        };
        let waits = virements::ops::record(&self.db, officer, id, None, &beds).await?;
        let asked = NewVirementFact {
            kind: VirementEventKind::Asked,
            happened_on: on,
            with_whom: "The Department’s grant team".to_owned(),
            reference: "e-mail with the new profile".to_owned(),
        };
        virements::ops::settle(&self.db, officer, id, waits, &asked).await?;
        Ok(())
    }
}

/// An office that signs, and who holds it.
pub(super) fn signed(
    office: &str,
    words: &str,
    order: u16,
    person_id: Option<PersonId>,
) -> Signature {
    Signature {
        office: office.to_owned(),
        words: words.to_owned(),
        order,
        person_id,
        since: None,
    }
}
