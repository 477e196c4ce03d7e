//! What is kept of a run beside its differences, so that nobody has to read the lines to know what
//! they come to: sums of the differences, and the lines that are not settled after it.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use chrono::NaiveDate;
use entity::{
    AttributionRunId, AwardId, CommitmentId, CostCategoryId, FenceId, Money, SpendImportId,
    SpendLineId, commitment_total, unfunded_line, unfunded_total,
};
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter};

use super::rules::{Attribution, Award, Kind, Line, Unfunded, held, undone, why_unfunded};
use super::store::Part;
use crate::calendar::rules::first_of_month;
use crate::commitments::rules::MetBy;
use crate::db::Ids;
use crate::db::bulk::{self, Ready, Rows};
use crate::pools::rules::policies::Policies;
use crate::{Db, Error, Result};

/// What a line counts under, beside what attribution looks at.
#[derive(Clone, Debug)]
pub(super) struct Under {
    pub(super) import: SpendImportId,
    pub(super) place: Option<String>,
    pub(super) group: Option<String>,
}

/// What is kept of a run.
#[derive(Clone, Debug, Default)]
pub(super) struct Kept {
    pub(super) sums: Arc<Vec<Sum>>,
    pub(super) unfunded: Arc<Vec<NotSettled>>,
    pub(super) unfunded_sums: Arc<Vec<UnfundedSum>>,
    pub(super) spent: Arc<Vec<Against>>,
}

#[derive(Clone, Debug)]
pub(super) struct Sum {
    award: AwardId,
    fence: Option<FenceId>,
    category: CostCategoryId,
    place: Option<String>,
    group: Option<String>,
    on: NaiveDate,
    capital: bool,
    amount: i64,
}

#[derive(Clone, Debug)]
pub(super) struct NotSettled {
    line: SpendLineId,
    on: NaiveDate,
    reason: Unfunded,
    left: i64,
}

#[derive(Clone, Debug)]
pub(super) struct UnfundedSum {
    import: SpendImportId,
    category: CostCategoryId,
    on: NaiveDate,
    reason: Unfunded,
    lines: i64,
    amount: i64,
    left: i64,
}

/// What lines come to that count against an agreement with a provider, by cost category and month.
#[derive(Clone, Debug)]
pub(super) struct Against {
    commitment: CommitmentId,
    by: MetBy,
    category: CostCategoryId,
    month: NaiveDate,
    lines: i64,
    amount: i64,
}

/// The same while lines are read.
#[derive(Clone, Debug, Default)]
pub(super) struct SpentAgainst(
    BTreeMap<(CommitmentId, MetBy, CostCategoryId, NaiveDate), (i64, i64)>,
);

impl SpentAgainst {
    pub(super) fn count(
        &mut self,
        (commitment, by): (CommitmentId, MetBy),
        (category, on): (CostCategoryId, NaiveDate),
        amount: i64,
    ) -> Result<()> {
        let key = (commitment, by, category, first_of_month(on));
        let sum = self.0.entry(key);
        let sum = sum.or_default();
        sum.0 += 1;
        plus(&mut sum.1, amount)
    }

    fn rows(self) -> Vec<Against> {
        self.0
            .into_iter()
            .map(
                |((commitment, by, category, month), (lines, amount))| Against {
                    commitment,
                    by,
                    category,
                    month,
                    lines,
                    amount,
                },
            )
            .collect()
    }
}

fn too_large() -> Error {
    Error::internal("spend adds up to more than can be counted")
}

fn plus(sum: &mut i64, more: i64) -> Result<()> {
    *sum = sum.checked_add(more).ok_or_else(too_large)?;
    Ok(())
}

impl Kept {
    /// Sums up a run. `under` stands in the order of `lines`.
    pub(super) fn of(
        lines: &[Line],
        under: &[Under],
        spent: SpentAgainst,
        by: (&[Award], &Policies),
        target: &[Attribution],
        differences: &[(Part, i64)],
    ) -> Result<Self> {
        let unknown = || Error::internal("a line that is attributed and does not count");
        let places: HashMap<SpendLineId, usize> = lines
            .iter()
            .enumerate()
            .map(|(at, line)| (line.id, at))
            .collect();
        let find = |id: &SpendLineId| {
            let at = *places.get(id)?;
            Some((lines.get(at)?, under.get(at)?))
        };
        let mut sums: BTreeMap<_, i64> = BTreeMap::new();
        for ((line, award, fence), amount) in differences {
            let (line, under) = find(line).ok_or_else(unknown)?;
            let key = (
                *award,
                *fence,
                line.category,
                under.place.as_deref(),
                under.group.as_deref(),
                line.incurred_on,
                line.capital,
            );
            plus(sums.entry(key).or_default(), *amount)?;
        }
        let mut left: Vec<i64> = lines.iter().map(|line| line.amount).collect();
        for part in target {
            let at = places.get(&part.line).ok_or_else(unknown)?;
            let left = left.get_mut(*at).ok_or_else(unknown)?;
            plus(left, -part.amount)?;
        }
        let mut reasons: HashMap<_, Unfunded> = HashMap::new();
        let undone = undone(lines.iter(), &held(by.0));
        let mut unfunded = Vec::new();
        let mut unfunded_sums: BTreeMap<_, (i64, i64, i64)> = BTreeMap::new();
        for ((line, under), left) in lines.iter().zip(under).zip(left) {
            if left == 0 {
                continue;
            }
            let (on, category) = (line.incurred_on, line.category);
            let reason = if undone.contains(&line.id) {
                Unfunded::Reversed
            } else {
                let kind = Kind::of(line, by.1);
                *reasons
                    .entry(kind)
                    .or_insert_with(|| why_unfunded(by, kind))
            };
            unfunded.push(NotSettled {
                line: line.id,
                on,
                reason,
                left,
            });
            let sum = unfunded_sums
                .entry((under.import, category, on, reason))
                .or_default();
            sum.0 += 1;
            plus(&mut sum.1, line.amount)?;
            plus(&mut sum.2, left)?;
        }
        // As the key has them: it grows at its end, however many there are.
        unfunded.sort_unstable_by_key(|row: &NotSettled| (row.on, row.line));
        Ok(Self {
            spent: Arc::new(spent.rows()),
            sums: Arc::new(
                sums.into_iter()
                    .filter(|(_, amount)| *amount != 0)
                    .map(
                        |((award, fence, category, place, group, on, capital), amount)| Sum {
                            award,
                            fence,
                            category,
                            place: place.map(str::to_owned),
                            group: group.map(str::to_owned),
                            on,
                            capital,
                            amount,
                        },
                    )
                    .collect(),
            ),
            unfunded: Arc::new(unfunded),
            unfunded_sums: Arc::new(
                unfunded_sums
                    .into_iter()
                    .map(
                        |((import, category, on, reason), (lines, amount, left))| UnfundedSum {
                            import,
                            category,
                            on,
                            reason,
                            lines,
                            amount,
                            left,
                        },
                    )
                    .collect(),
            ),
        })
    }

    /// The same with what was kept of the run before, of which nothing moved: its sums are its own.
    pub(super) fn after(self, before: Self) -> Result<Self> {
        let mut unfunded: Vec<NotSettled> = (*before.unfunded).clone();
        unfunded.extend(self.unfunded.iter().cloned());
        unfunded.sort_unstable_by_key(|row| (row.on, row.line));
        // What came is of imports of its own.
        let mut unfunded_sums: Vec<UnfundedSum> = (*before.unfunded_sums).clone();
        unfunded_sums.extend(self.unfunded_sums.iter().cloned());
        let mut spent: BTreeMap<_, (i64, i64)> = BTreeMap::new();
        for row in before.spent.iter().chain(self.spent.iter()) {
            let key = (row.commitment, row.by, row.category, row.month);
            let sum = spent.entry(key).or_default();
            sum.0 += row.lines;
            plus(&mut sum.1, row.amount)?;
        }
        Ok(Self {
            sums: self.sums,
            unfunded: Arc::new(unfunded),
            unfunded_sums: Arc::new(unfunded_sums),
            spent: Arc::new(SpentAgainst(spent).rows()),
        })
    }
}

/// What was kept of a run that is carried on into the next; not the sums of what it changed.
pub(super) async fn kept_of(conn: &impl ConnectionTrait, run: AttributionRunId) -> Result<Kept> {
    let reason = |slug: &str| {
        Unfunded::from_slug(slug).ok_or_else(|| Error::internal("a reason that nobody knows"))
    };
    let mut unfunded = Vec::new();
    for row in unfunded_line::Entity::find()
        .filter(unfunded_line::Column::RunId.eq(run))
        .all(conn)
        .await?
    {
        unfunded.push(NotSettled {
            line: row.line_id,
            on: row.incurred_on,
            reason: reason(&row.reason)?,
            left: row.unfunded.pence(),
        });
    }
    let mut unfunded_sums = Vec::new();
    for row in unfunded_total::Entity::find()
        .filter(unfunded_total::Column::RunId.eq(run))
        .all(conn)
        .await?
    {
        unfunded_sums.push(UnfundedSum {
            import: row.import_id,
            category: row.category_id,
            on: row.incurred_on,
            reason: reason(&row.reason)?,
            lines: row.lines,
            amount: row.amount.pence(),
            left: row.unfunded.pence(),
        });
    }
    let spent = commitment_total::Entity::find()
        .filter(commitment_total::Column::RunId.eq(run))
        .all(conn)
        .await?
        .into_iter()
        .map(|row| Against {
            commitment: row.commitment_id,
            by: match row.by_reference {
                true => MetBy::Reference,
                false => MetBy::Supplier,
            },
            category: row.category_id,
            month: row.month,
            lines: row.lines,
            amount: row.amount.pence(),
        });
    Ok(Kept {
        sums: Arc::default(),
        unfunded: Arc::new(unfunded),
        unfunded_sums: Arc::new(unfunded_sums),
        spent: Arc::new(spent.collect()),
    })
}

/// Sums of a run's differences, ready to be kept as one piece.
pub(super) fn sums(db: &Db, run: AttributionRunId, sums: &[Sum]) -> Result<Option<Ready>> {
    const COLUMNS: &[bulk::Column] = &[
        ("id", "uuid"),
        ("run_id", "uuid"),
        ("award_id", "uuid"),
        ("fence_id", "uuid"),
        ("category_id", "uuid"),
        ("place", "text"),
        ("people_group", "text"),
        ("incurred_on", "date"),
        ("capital", "boolean"),
        ("amount", "bigint"),
    ];
    let mut rows = Rows::new(db, "attribution_total", COLUMNS);
    let mut ids = Ids::default();
    for sum in sums {
        rows.push(vec![
            ids.next().into(),
            run.into(),
            sum.award.into(),
            sum.fence.into(),
            sum.category.into(),
            sum.place.clone().into(),
            sum.group.clone().into(),
            sum.on.into(),
            sum.capital.into(),
            Money(sum.amount).into(),
        ])?;
    }
    rows.ready()
}

/// The same of lines that are not settled after it.
pub(super) fn not_settled(
    db: &Db,
    run: AttributionRunId,
    lines: &[NotSettled],
) -> Result<Option<Ready>> {
    const COLUMNS: &[bulk::Column] = &[
        ("run_id", "uuid"),
        ("line_id", "uuid"),
        ("incurred_on", "date"),
        ("reason", "text"),
        ("unfunded", "bigint"),
    ];
    let mut rows = Rows::new(db, "unfunded_line", COLUMNS);
    for line in lines {
        rows.push(vec![
            run.into(),
            line.line.into(),
            line.on.into(),
            line.reason.slug().into(),
            line.left.into(),
        ])?;
    }
    rows.ready()
}

/// The same of what those lines come to.
pub(super) fn unfunded_sums(
    db: &Db,
    run: AttributionRunId,
    sums: &[UnfundedSum],
) -> Result<Option<Ready>> {
    const COLUMNS: &[bulk::Column] = &[
        ("run_id", "uuid"),
        ("import_id", "uuid"),
        ("category_id", "uuid"),
        ("incurred_on", "date"),
        ("reason", "text"),
        ("lines", "bigint"),
        ("amount", "bigint"),
        ("unfunded", "bigint"),
    ];
    let mut rows = Rows::new(db, "unfunded_total", COLUMNS);
    for sum in sums {
        rows.push(vec![
            run.into(),
            sum.import.into(),
            sum.category.into(),
            sum.on.into(),
            sum.reason.slug().into(),
            sum.lines.into(),
            sum.amount.into(),
            sum.left.into(),
        ])?;
    }
    rows.ready()
}

/// The same of what lines come to that count against an agreement.
pub(super) fn spent(db: &Db, run: AttributionRunId, sums: &[Against]) -> Result<Option<Ready>> {
    const COLUMNS: &[bulk::Column] = &[
        ("run_id", "uuid"),
        ("commitment_id", "uuid"),
        ("by_reference", "boolean"),
        ("category_id", "uuid"),
        ("month", "date"),
        ("lines", "bigint"),
        ("amount", "bigint"),
    ];
    let mut rows = Rows::new(db, "commitment_total", COLUMNS);
    for sum in sums {
        rows.push(vec![
            run.into(),
            sum.commitment.into(),
            (sum.by == MetBy::Reference).into(),
            sum.category.into(),
            sum.month.into(),
            sum.lines.into(),
            sum.amount.into(),
        ])?;
    }
    rows.ready()
}
