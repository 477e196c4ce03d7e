//! What a pool's awards pay of all that came, and can be expected to pay of what is promised, as things are
//! and as they would be if its awards were others. Nothing of it is kept.

use std::collections::{BTreeMap, HashMap};

use chrono::NaiveDate;
use entity::{AwardId, CostCategoryId, FenceId, Money, PoolId, SpendLineId};

use super::expected::{add, as_lines};
use super::rules::{Attribution, Award, Line, Shown, attribute};
use super::store;
use crate::pools::rules::policies::Policies;
use crate::{Db, Error, Result, commitments};

/// What a pool comes to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Comes {
    /// What each award pays of spend that came.
    pub paid: BTreeMap<AwardId, Money>,
    /// What each can be expected to pay of what is promised.
    pub expected: BTreeMap<AwardId, Money>,
    /// What no award pays for of spend that came, by cost category.
    pub not_covered: BTreeMap<CostCategoryId, Money>,
    /// What no award can be expected to pay of what is promised, by cost category where one is said.
    pub nobody: BTreeMap<Option<CostCategoryId>, Money>,
}

/// A pool as things are, and as they would be.
pub(crate) async fn outlook(
    db: &Db,
    pool: PoolId,
    today: NaiveDate,
    change: &(dyn Fn(&mut Vec<Award>) + Sync),
) -> Result<(Comes, Comes)> {
    let snapshot = db.snapshot().await?;
    let store::Basis {
        awards,
        policies,
        lines: store::Lines { lines, .. },
        ..
    } = store::basis(&snapshot, pool).await?;
    let promised = commitments::store::promised(&snapshot, pool, today).await?;
    let shown = match policies.look_at_what_was_shown() {
        true => store::shown(&store::current(&snapshot, pool).await?),
        false => Shown::new(),
    };
    snapshot.rollback().await?;
    let mut then = awards.clone();
    change(&mut then);
    tokio::task::spawn_blocking(move || {
        let categories: Vec<Option<CostCategoryId>> =
            promised.iter().map(|one| one.category).collect();
        let promised = as_lines(promised);
        let given = Given {
            days: lines
                .iter()
                .map(|line| (line.id, line.incurred_on))
                .collect(),
            lines: &lines,
            promised: &promised,
            categories: &categories,
            policies: &policies,
            shown: &shown,
        };
        Ok((given.comes(awards)?, given.comes(then)?))
    })
    .await
    .map_err(|error| Error::Internal(Box::new(error)))?
}

/// What awards are held against.
struct Given<'a> {
    lines: &'a [Line],
    /// The day of each line.
    days: HashMap<SpendLineId, NaiveDate>,
    promised: &'a [Line],
    /// The cost category of each that is promised, where one is said.
    categories: &'a [Option<CostCategoryId>],
    policies: &'a Policies,
    shown: &'a Shown,
}

impl Given<'_> {
    fn comes(&self, mut awards: Vec<Award>) -> Result<Comes> {
        let mut comes = Comes::default();
        let parts = attribute(self.lines, &awards, self.policies, self.shown);
        let left = left_of(self.lines, &parts);
        for (line, left) in self.lines.iter().zip(left) {
            add(&mut comes.not_covered, line.category, Money(left))?;
        }
        let mut used: BTreeMap<(AwardId, Option<FenceId>, NaiveDate), i64> = BTreeMap::new();
        for part in &parts {
            add(&mut comes.paid, part.award, Money(part.amount))?;
            if let Some(on) = self.days.get(&part.line) {
                *used.entry((part.award, part.fence, *on)).or_default() += part.amount;
            }
        }
        // what is promised comes after all that came
        for ((id, fence, on), amount) in used {
            if let Some(award) = awards.iter_mut().find(|award| award.id == id) {
                award.pays_less(fence, on, amount);
            }
        }
        let parts = attribute(self.promised, &awards, self.policies, &Shown::new());
        for part in &parts {
            add(&mut comes.expected, part.award, Money(part.amount))?;
        }
        let left = left_of(self.promised, &parts);
        for (category, left) in self.categories.iter().zip(left) {
            add(&mut comes.nobody, *category, Money(left))?;
        }
        comes.not_covered.retain(|_, amount| *amount != Money::ZERO);
        comes.nobody.retain(|_, amount| *amount != Money::ZERO);
        Ok(comes)
    }
}

/// What is left of each line.
fn left_of(lines: &[Line], parts: &[Attribution]) -> Vec<i64> {
    let left = super::rules::unfunded(lines, parts);
    lines
        .iter()
        .map(|line| left.get(&line.id).copied().unwrap_or(0))
        .collect()
}
