//! What the boards of the story agreed of a pool.

use domain::apportionments::ops::{NewApportionment, NewPart};
use domain::charges::ops::{NewChargeCap, agree as agree_charge};
use domain::charges::view::Of;
use domain::pools::ops::balance::{self, NamedShare, NewBalanceRule};
use domain::pools::ops::policies::{NewPolicy, PolicyShare, PurposeShares, agree};
use domain::pools::ops::statements::{self, NewStatement, StatedYear};
use domain::pools::view::PoolView;
use domain::{Ctx, Money, apportionments, awards, pools};
use entity::{AttributionPolicy, BalanceRule, ChargeBasis, PoolId};

use super::Telling;
use super::by_year::BY_YEAR;
use crate::Failure;

impl Telling {
    /// From next month on the lottery and the foundation share what the community spends; what was
    /// spent before stays as it was paid.
    pub(super) async fn shares_come(&self, officer: &Ctx) -> Result<(), Failure> {
        let pool = self
            .pools
            .get("community")
            .copied()
            .ok_or_else(|| Failure::new("a story without its pool"))?;
        let lottery = self.id_of(BY_YEAR)?;
        let seen = pools::view::one(&self.db, officer, pool).await?;
        let today = officer.today();
        let other = seen
            .contributions
            .iter()
            .find(|part| part.award_id != lottery && part.ends_on > today)
            .map(|part| part.award_id);
        let share = |award| match award {
            award if award == lottery && other.is_some() => 6_000,
            award if award == lottery => 10_000,
            award if Some(award) == other => 4_000,
            _ => 0,
        };
        let new = NewPolicy {
            policy: AttributionPolicy::Shares,
            starts_on: self.calendar.first(self.calendar.a + 1),
            agreed_by: "Trustee Board and Recovery Advisory Committee".to_owned(),
            agreed_on: today,
            minute: "joint meeting, minute 11".to_owned(),
            reason:
                "Both funders asked to pay for the community together, not one after the other."
                    .to_owned(),
            awards: seen
                .contributions
                .iter()
                .map(|part| PolicyShare {
                    award_id: part.award_id,
                    share_bp: Some(share(part.award_id)),
                })
                .collect(),
            purposes: self
                .categories
                .get("workforce")
                .map(|category| PurposeShares {
                    category_id: Some(*category),
                    commitment_id: None,
                    awards: vec![PolicyShare {
                        award_id: lottery,
                        share_bp: Some(10_000),
                    }],
                })
                .into_iter()
                .collect(),
            reaches_back: false,
        };
        agree(&self.db, officer, pool, None, &new).await?;
        self.lottery_by_year(officer, &seen).await?;
        self.treatment_may_end_over(officer).await?;
        self.management_is_shared(officer).await
    }

    /// Management is to be shared out between two pools; the grants officer is to approve it.
    async fn management_is_shared(&self, officer: &Ctx) -> Result<(), Failure> {
        let pool = |slug: &str| {
            let found = self.pools.get(slug).copied();
            found.ok_or_else(|| Failure::new(format!("no pool {slug}")))
        };
        let category = self.categories.get("management").copied();
        let part = |pool_id, share_bp| NewPart {
            pool_id,
            category_id: None,
            place: None,
            share_bp,
        };
        let new = NewApportionment {
            title: "Management of the programme".to_owned(),
            cost_centre: None,
            account: None,
            category_id: category,
            pool_id: Some(pool("treatment")?),
            starts_on: self.calendar.first(self.calendar.a + 1),
            parts: vec![
                part(pool("treatment")?, 8_000),
                part(pool("rough-sleeping")?, 2_000),
            ],
            reason: "One day in five is for people sleeping rough.".to_owned(),
            reaches_back: false,
        };
        apportionments::ops::propose(&self.db, officer, &new).await?;
        Ok(())
    }

    /// The lottery's money comes by year; of the last, which it has not confirmed, some is pledged.
    async fn lottery_by_year(&self, officer: &Ctx, seen: &PoolView) -> Result<(), Failure> {
        let lottery = self.id_of(BY_YEAR)?;
        let part = seen
            .contributions
            .iter()
            .find(|part| part.award_id == lottery)
            .ok_or_else(|| Failure::new("the lottery puts nothing in"))?;
        let years = awards::view::one(&self.db, officer, lottery).await?.years;
        let pledged = Money(50_000_00);
        let last = years.len().saturating_sub(1);
        let stated = years.iter().enumerate().map(|(at, year)| {
            let pledged_pence = if at == last { pledged } else { Money::ZERO };
            let agreed = year.amount_pence.minus(pledged_pence);
            StatedYear {
                year_id: year.id,
                agreed_pence: agreed.unwrap_or_default(),
                pledged_pence,
            }
        });
        let new = NewStatement {
            years: stated.collect(),
            agreed_by: "Trustee Board".to_owned(),
            agreed_on: officer.today(),
            reference: "minute 12; the lottery’s letter".to_owned(),
            reason: "The lottery gives its money by year.".to_owned(),
        };
        let pool = seen.summary.id;
        statements::state(&self.db, officer, pool, part.id, None, &new).await?;
        Ok(())
    }

    /// What becomes of what treatment overspends, and of what it leaves.
    async fn treatment_may_end_over(&self, officer: &Ctx) -> Result<(), Failure> {
        let pool = self
            .pools
            .get("treatment")
            .copied()
            .ok_or_else(|| Failure::new("a story without its pool"))?;
        let share = |organisation: &str, share_bp| {
            Ok::<_, Failure>(NamedShare {
                organisation_id: self.organisation(organisation)?,
                share_bp,
            })
        };
        let new = NewBalanceRule {
            overspend: BalanceRule::Shares,
            overspend_shares: vec![share("council", 7_500)?, share("charity", 2_500)?],
            underspend: BalanceRule::ProRata,
            underspend_shares: Vec::new(),
            starts_on: self.calendar.first(self.calendar.a - 12),
            agreed_by: "Trustee Board and Recovery Advisory Committee".to_owned(),
            agreed_on: officer.today(),
            minute: "joint meeting, minute 13".to_owned(),
            reason: "As the agreement between the funders of treatment says.".to_owned(),
        };
        balance::agree(&self.db, officer, pool, None, &new).await?;
        self.management_is_capped(officer, pool).await
    }

    /// The programme office may cost so much of what treatment costs.
    async fn management_is_capped(&self, officer: &Ctx, pool: PoolId) -> Result<(), Failure> {
        let new = NewChargeCap {
            starts_on: self.calendar.first(-12),
            basis: ChargeBasis::OtherSpend,
            share_bp: Some(600),
            amount_pence: None,
            category_ids: vec![self.category_id("management")?],
            charged_by: "Marlshire County Council".to_owned(),
            agreed_by: "Trustee Board and Recovery Advisory Committee".to_owned(),
            agreed_on: officer.today(),
            source: "clause 9 of the agreement on treatment".to_owned(),
            reason: "What running it costs is to stay in proportion to what it does.".to_owned(),
        };
        agree_charge(&self.db, officer, Of::Pool(pool), None, &new).await?;
        Ok(())
    }
}
