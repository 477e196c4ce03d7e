//! What the boards of the story agreed of a pool.

use domain::pools::ops::policies::{NewPolicy, PolicyShare, agree};
use domain::{Ctx, pools};
use entity::AttributionPolicy;

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
            reaches_back: false,
        };
        agree(&self.db, officer, pool, None, &new).await?;
        Ok(())
    }
}
