//! The whole map as a file: what is new is added, a later day changes, a last day ends. All or
//! nothing.

use entity::{CodingMapRowId, coding_map_row};
use serde::{Deserialize, Serialize};

use super::super::rules::{Coding, MapRow, RowFault, TableRow, first_tie, read_table, tie_words};
use super::super::store::{self, Chart};
use super::keep::{finish, insert, lock};
use crate::access::rules::Operation;
use crate::{Command, Ctx, Db, Error, Result};

/// What a file of the map did, or would do.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct MapLoaded {
    /// Rows that were added.
    pub added: usize,
    /// Rows that took the place of an earlier one from a day on.
    pub changed: usize,
    /// Rows that were given a last day.
    pub ended: usize,
    /// Rows that said what stands already.
    pub unchanged: usize,
    /// What is wrong; while there is anything, nothing is taken in.
    pub faults: Vec<RowFault>,
    /// Whether it was taken in.
    pub applied: bool,
}

/// What a row of the file asks for.
enum Step {
    Add(Box<MapRow>, Option<CodingMapRowId>),
    End(Box<coding_map_row::Model>, chrono::NaiveDate),
}

/// Takes a file of the map in; `try_only` says what it would do.
pub async fn load_map(db: &Db, ctx: &Ctx, bytes: &[u8], try_only: bool) -> Result<MapLoaded> {
    ctx.require(Operation::KeepCodingMap)?;
    let (rows, faults) = read_table(bytes)?;
    if try_only || !faults.is_empty() {
        let standing = store::standing().all(db.read()).await?;
        let chart = Chart::of(db.read()).await?;
        let (mut found, _steps) = plan(&standing, &chart, &rows);
        found.faults.extend(faults);
        found.faults.sort_by_key(|fault| fault.row);
        return Ok(found);
    }
    let written = db
        .write(ctx, Command::new(Operation::KeepCodingMap), async |tx| {
            lock(tx).await?;
            let standing = store::standing().all(tx.conn()).await?;
            let chart = Chart::of(tx.conn()).await?;
            let (mut found, steps) = plan(&standing, &chart, &rows);
            if !found.faults.is_empty() {
                return Ok(found);
            }
            for step in &steps {
                if let Step::End(row, last) = step {
                    finish(tx, ctx, row, *last).await?;
                }
            }
            for step in steps {
                if let Step::Add(row, replaces) = step {
                    // ties were looked for in the plan, which knows what ends
                    insert(tx, ctx, &row, replaces, &[]).await?;
                }
            }
            found.applied = true;
            tx.note("what", "file");
            tx.note("added", found.added);
            tx.note("changed", found.changed);
            tx.note("ended", found.ended);
            Ok(found)
        })
        .await?;
    Ok(written)
}

/// What each row asks for, beside what stands.
fn plan(
    standing: &[coding_map_row::Model],
    chart: &Chart,
    rows: &[TableRow],
) -> (MapLoaded, Vec<Step>) {
    let mut found = MapLoaded::default();
    let mut steps = Vec::new();
    // as it will stand: a row, whether it is new, and its place in the file
    let mut after: Vec<(MapRow, Option<u32>)> = standing
        .iter()
        .map(|row| (store::row_of(row), None))
        .collect();
    let mut in_turn: Vec<&TableRow> = rows.iter().collect();
    in_turn.sort_by_key(|row| (row.from, row.row));
    for said in in_turn {
        let fault = |column: Option<&str>, message: String| RowFault {
            row: said.row,
            column: column.map(str::to_owned),
            message,
        };
        let pool = chart.pool_called(&said.pool);
        let category = chart.category_called(&said.category);
        if pool.is_none() {
            let words = format!("There is no pool called “{}”.", said.pool);
            found.faults.push(fault(Some("pool"), words));
        }
        if category.is_none() {
            let words = format!("There is no cost category called “{}”.", said.category);
            found.faults.push(fault(Some("category"), words));
        }
        let (Some(pool), Some(category)) = (pool, category) else {
            continue;
        };
        let coding = Coding {
            pool,
            category,
            place: said.place.clone(),
            group: said.group.clone(),
            capital: said.capital,
        };
        let same_codes = |row: &MapRow| row.codes.is(&said.codes);
        if let Some(place) = after
            .iter()
            .position(|(row, _)| same_codes(row) && row.from == said.from)
        {
            let Some((row, new)) = after.get_mut(place) else {
                continue;
            };
            if let Some(other) = new {
                let words = format!("Row {other} has the same codes and the same first day.");
                found.faults.push(fault(None, words));
            } else if row.coding != coding {
                let words = "These codes are coded otherwise from that day already. What was \
                             coded stays: give the day from which the change is to count.";
                found
                    .faults
                    .push(fault(Some("valid_from"), words.to_owned()));
            } else if row.to == said.to {
                found.unchanged += 1;
            } else if let Some(to) = said.to.filter(|to| row.to.is_none_or(|had| *to < had)) {
                let stored = standing.iter().find(|stored| stored.id == row.id).cloned();
                row.to = Some(to);
                found.ended += 1;
                if let Some(stored) = stored {
                    steps.push(Step::End(Box::new(stored), to));
                }
            } else {
                let words = "This row ended earlier, and an end is not put off. Add a row for \
                             the days that follow.";
                found.faults.push(fault(Some("valid_to"), words.to_owned()));
            }
            continue;
        }
        // The row that stands for these codes on that day ends the day before.
        let mut replaces = None;
        if let Some((row, new)) = after
            .iter_mut()
            .find(|(row, _)| same_codes(row) && row.covers(said.from))
        {
            let last = said.from.pred_opt();
            replaces = Some(row.id);
            row.to = last;
            if new.is_none()
                && let Some(last) = last
                && let Some(stored) = standing.iter().find(|stored| stored.id == row.id)
            {
                steps.push(Step::End(Box::new(stored.clone()), last));
            } else {
                let id = row.id;
                for step in &mut steps {
                    if let Step::Add(added, _) = step
                        && added.id == id
                    {
                        added.to = last;
                    }
                }
            }
        }
        let row = MapRow {
            id: CodingMapRowId::new(),
            codes: said.codes.clone(),
            from: said.from,
            to: said.to,
            coding,
        };
        if replaces.is_some() {
            found.changed += 1;
        } else {
            found.added += 1;
        }
        after.push((row.clone(), Some(said.row)));
        steps.push(Step::Add(Box::new(row), replaces));
    }
    for (row, place) in &after {
        if let Some(place) = place
            && let Some(other) = first_tie(row, after.iter().map(|(other, _)| other))
        {
            found.faults.push(RowFault {
                row: *place,
                column: None,
                message: tie_words(row, other),
            });
        }
    }
    found.faults.sort_by_key(|fault| fault.row);
    (found, steps)
}

/// Refuses a file with faults, each at its row: for callers that want all or an error.
impl MapLoaded {
    /// The faults as an error, if there are any.
    pub fn checked(self) -> Result<Self> {
        if self.faults.is_empty() {
            return Ok(self);
        }
        Err(Error::Invalid(
            self.faults
                .iter()
                .map(|fault| {
                    crate::FieldError::new(
                        format!(
                            "/rows/{}/{}",
                            fault.row,
                            fault.column.as_deref().unwrap_or_default()
                        ),
                        "map-row",
                        format!("Row {}: {}", fault.row, fault.message),
                    )
                })
                .collect(),
        ))
    }
}
