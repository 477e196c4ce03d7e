//! A run that waits: the foundation's officer asked to be told before its money moves.

use domain::Money;
use domain::pins::ops::{NewPin, pin};
use domain::proposals::ops::{NewRunRule, choose};
use domain::spend::view::{SpendFilter, list};
use entity::{Role, RunsTakeEffect};

use super::{Telling, missing};
use crate::Failure;

impl Telling {
    /// In the pool that both boards agreed shares for, a person looks before anything moves. Then a line is pinned to
    /// the lottery's grant, and what that moves waits.
    pub(super) async fn a_run_waits(&self) -> Result<(), Failure> {
        let finance = self.people.by(Role::FinanceOfficer)?;
        let pool = *self
            .pools
            .get("community")
            .ok_or_else(|| missing("community"))?;
        domain::attribution::ops::run_due(&self.db, &self.people.system()).await?;
        self.later_today_or_before(30);
        let said = NewRunRule {
            runs: RunsTakeEffect::UnlessSomethingMoves,
            agreed_by: "Finance committee, minute 3".to_owned(),
            reason: "The foundation asked to hear before money that it was shown moves.".to_owned(),
        };
        choose(&self.db, &finance, pool, None, &said).await?;
        let of_foundation = SpendFilter {
            pool: Some(pool),
            award: Some(self.id_of("ashgrove--1")?),
            ..SpendFilter::default()
        };
        let lines = list(&self.db, &finance, &of_foundation, None, 200).await?;
        let line = lines
            .iter()
            .max_by_key(|line| (line.amount_pence, line.id))
            .ok_or_else(|| Failure::new("a foundation that pays for nothing"))?;
        self.later_today_or_before(30);
        let new = NewPin {
            award_id: self.id_of("lottery")?,
            amount_pence: Money(line.amount_pence),
            why: "The work was done at the centre, which the lottery’s grant is for.".to_owned(),
        };
        pin(&self.db, &finance, line.id, &new).await?;
        Ok(())
    }
}
