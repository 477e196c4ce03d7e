//! The council's agreements with providers in the story.

use std::collections::BTreeMap;

use chrono::{Datelike, Days, Months, NaiveDate};
use domain::commitments::ops::{self, CommitmentTerms, NewCommitment, NewNotice, Variation};
use domain::decisions;
use domain::{Ctx, Db, Money};
use entity::{AwardId, CommitmentId, CommitmentKind, CostCategoryId, OrganisationId, PoolId};

use crate::Failure;

/// Who is promised what.
#[derive(Debug)]
pub struct Promising<'a> {
    pub db: &'a Db,
    pub officer: &'a Ctx,
    /// The day on which the story is told.
    pub today: NaiveDate,
    pub holder: OrganisationId,
    pub treatment: PoolId,
    pub rough_sleeping: PoolId,
    pub providers: &'a BTreeMap<String, OrganisationId>,
    pub categories: &'a BTreeMap<String, CostCategoryId>,
    pub grant: AwardId,
}

impl Promising<'_> {
    /// Contracts that run, one of which the provider must be told soon, one that was extended, and a
    /// grant agreement that comes of a decision.
    pub async fn tell(&self) -> Result<(), Failure> {
        let year = self.first_of_year();
        let prescribing = CommitmentTerms {
            category_id: self.categories.get("prescribing").copied(),
            notice_days: Some(90),
            ..self.terms("Prescribing and clinical care", 2_000_000_00, year)
        };
        self.record(
            "meadow-lane",
            "MCC/4102",
            CommitmentKind::Contract,
            prescribing,
        )
        .await?;
        // it must be told of in eleven days
        let core = CommitmentTerms {
            ends_on: self.today + Days::new(101),
            notice_days: Some(90),
            category_id: self.categories.get("core-treatment").copied(),
            ..self.terms("Core treatment service", 1_800_000_00, year)
        };
        self.record("copperfield", "MCC/4107", CommitmentKind::Contract, core)
            .await?;
        let outreach = CommitmentTerms {
            pool_id: self.rough_sleeping,
            award_ids: vec![self.grant],
            notice_days: Some(60),
            ..self.terms("Outreach, from the street to a home", 420_000_00, year)
        };
        let id = self
            .record(
                "northmoor",
                "MCC/4188",
                CommitmentKind::Contract,
                outreach.clone(),
            )
            .await?;
        let longer = Variation {
            effective_on: self.officer.today(),
            reason: "Extended by three months while the next service is bought".to_owned(),
            terms: CommitmentTerms {
                ends_on: outreach.ends_on + Months::new(3),
                spread_pence: Some(Money(525_000_00)),
                ..outreach
            },
        };
        ops::vary(self.db, self.officer, id, &longer, None).await?;
        // agreed early: what the commissioner's money would leave at the end of this year could pay for some of it
        let courts = CommitmentTerms {
            category_id: self.categories.get("criminal-justice").copied(),
            supplier: "Court and probation team".to_owned(),
            ..self.terms(
                "Court and probation work, next year",
                156_000_00,
                year + Months::new(12),
            )
        };
        self.record("copperfield", "MCC/4205", CommitmentKind::Contract, courts)
            .await?;
        let decided = decisions::view::allocations(self.db, self.officer, Some(self.treatment))
            .await?
            .into_iter()
            .next();
        if let Some(decided) = decided {
            let families = CommitmentTerms {
                allocation_id: Some(decided.id),
                place: "The four market towns".to_owned(),
                people_group: "Families".to_owned(),
                ..self.terms(
                    "Family evenings",
                    decided.amount_pence.pence(),
                    year + Months::new(12),
                )
            };
            let kind = CommitmentKind::GrantAgreement;
            let id = self.record("turnstone", "MCC/G/31", kind, families).await?;
            let told = NewNotice {
                goes_on: false,
                told_on: self.officer.today(),
                words: "In the agreement itself: it is for one year".to_owned(),
            };
            ops::give_notice(self.db, self.officer, id, &told, None).await?;
        }
        Ok(())
    }

    /// The first of April before the day.
    fn first_of_year(&self) -> NaiveDate {
        let year = if self.today.month() < 4 {
            self.today.year() - 1
        } else {
            self.today.year()
        };
        NaiveDate::from_ymd_opt(year, 4, 1).unwrap_or(self.today)
    }

    fn terms(&self, title: &str, pence: i64, starts_on: NaiveDate) -> CommitmentTerms {
        CommitmentTerms {
            title: title.to_owned(),
            pool_id: self.treatment,
            category_id: None,
            place: String::new(),
            people_group: String::new(),
            capital: false,
            allocation_id: None,
            supplier: String::new(),
            starts_on,
            ends_on: starts_on + Months::new(12) - Days::new(1),
            notice_days: None,
            months: Vec::new(),
            spread_pence: Some(Money(pence)),
            award_ids: Vec::new(),
        }
    }

    async fn record(
        &self,
        provider: &str,
        reference: &str,
        kind: CommitmentKind,
        terms: CommitmentTerms,
    ) -> Result<CommitmentId, Failure> {
        let provider_id = self
            .providers
            .get(provider)
            .copied()
            .ok_or_else(|| Failure::new(format!("no {provider} in the story")))?;
        let new = NewCommitment {
            provider_id,
            holder_id: self.holder,
            kind,
            reference: reference.to_owned(),
            terms,
        };
        Ok(ops::record(self.db, self.officer, &new).await?)
    }
}
