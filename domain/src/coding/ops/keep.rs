//! Adding a row to the map, changing one from a day, ending one.

use chrono::NaiveDate;
use entity::{CodingMapRowId, CostCategoryId, PoolId, coding_map_row, waiting_line};
use sea_orm::sea_query::{Expr, ExprTrait, Func};
use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, ConnectionTrait, IntoActiveModel, QueryFilter, Statement,
};
use serde::{Deserialize, Serialize};
use validator::Validate;

use super::super::rules::{Codes, Coding, CodingMap, MapRow, first_tie, tie_words};
use super::super::store::{self, Chart};
use crate::access::rules::Operation;
use crate::calendar::rules::is_plausible;
use crate::{Command, Ctx, Db, Error, FieldError, Money, Result, Tx};

/// What codes become.
#[derive(Clone, Debug, Serialize, Deserialize, Validate, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CodedAs {
    /// The pool.
    pub pool_id: PoolId,
    /// The cost category.
    pub category_id: CostCategoryId,
    /// Where, if that is told apart.
    #[validate(
        length(max = 200, message = "At most 200 characters."),
        custom(function = "crate::text::one_line")
    )]
    #[schema(max_length = 200)]
    #[serde(default)]
    pub place: Option<String>,
    /// For whom, if that is told apart.
    #[validate(
        length(max = 200, message = "At most 200 characters."),
        custom(function = "crate::text::one_line")
    )]
    #[schema(max_length = 200)]
    #[serde(default)]
    pub group: Option<String>,
    /// Capital, or revenue. Where the file says it of a line, the file counts.
    #[serde(default)]
    pub capital: bool,
}

/// A row to add to the map.
#[derive(Clone, Debug, Serialize, Deserialize, Validate, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewMapRow {
    /// The cost centre as the ledger writes it; absent is any.
    #[validate(
        length(max = 200, message = "At most 200 characters."),
        custom(function = "crate::text::one_line")
    )]
    #[schema(max_length = 200)]
    #[serde(default)]
    pub cost_centre: Option<String>,
    /// The account; absent is any.
    #[validate(
        length(max = 200, message = "At most 200 characters."),
        custom(function = "crate::text::one_line")
    )]
    #[schema(max_length = 200)]
    #[serde(default)]
    pub account: Option<String>,
    /// The project; absent is any.
    #[validate(
        length(max = 200, message = "At most 200 characters."),
        custom(function = "crate::text::one_line")
    )]
    #[schema(max_length = 200)]
    #[serde(default)]
    pub project: Option<String>,
    /// First London date received that it is for.
    pub valid_from: NaiveDate,
    /// Last London date received that it is for; absent is until further notice.
    #[serde(default)]
    pub valid_to: Option<NaiveDate>,
    /// What they become.
    #[validate(nested)]
    pub coded_as: CodedAs,
}

/// A change of a row from a day on.
#[derive(Clone, Debug, Serialize, Deserialize, Validate, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ChangeMapRow {
    /// From this London date received on. Earlier lines stay with the row as it was.
    pub from: NaiveDate,
    /// What they become.
    #[validate(nested)]
    pub coded_as: CodedAs,
}

/// The end of a row.
#[derive(Clone, Copy, Debug, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct EndMapRow {
    /// Its last London date received. A day before its first withdraws it: it applies to none.
    pub last_on: NaiveDate,
}

/// What a row would do, before it is put in.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct Preview {
    /// Lines that wait and would be coded by it.
    pub waiting_lines: i64,
    /// Their pence.
    pub waiting_pence: i64,
    /// Lines that count already, were coded by the map, and would be coded otherwise if they came
    /// now. They stay as they are.
    pub stay_lines: i64,
    /// Their pence.
    pub stay_pence: i64,
    /// The rows whose lines those are, in words.
    pub takes_from: Vec<String>,
}

impl CodedAs {
    /// As the rules take it.
    pub(crate) fn coding(&self) -> Coding {
        let tidy = |text: &Option<String>| {
            text.as_deref()
                .map(str::trim)
                .filter(|text| !text.is_empty())
                .map(str::to_owned)
        };
        Coding {
            pool: self.pool_id,
            category: self.category_id,
            place: tidy(&self.place),
            group: tidy(&self.group),
            capital: self.capital,
        }
    }
}

impl NewMapRow {
    fn row(&self) -> MapRow {
        let text = |code: &Option<String>| code.clone().unwrap_or_default();
        MapRow {
            id: CodingMapRowId::new(),
            codes: Codes::new(
                &text(&self.cost_centre),
                &text(&self.account),
                &text(&self.project),
            ),
            from: self.valid_from,
            to: self.valid_to,
            coding: self.coded_as.coding(),
        }
    }

    fn check(&self) -> Result<MapRow> {
        self.validate()?;
        let row = self.row();
        let mut wrong = Vec::new();
        if row.codes.exact() == 0 {
            wrong.push(FieldError::new(
                "/cost_centre",
                "no-code",
                "Name a cost centre, an account or a project: a row for any line at all would \
                 hide what nobody coded.",
            ));
        }
        wrong.extend(check_day(row.from, "/valid_from"));
        if let Some(to) = row.to {
            wrong.extend(check_day(to, "/valid_to"));
            if to < row.from {
                wrong.push(FieldError::new(
                    "/valid_to",
                    "before-start",
                    "The last day is before the first.",
                ));
            }
        }
        if wrong.is_empty() {
            Ok(row)
        } else {
            Err(Error::Invalid(wrong))
        }
    }
}

fn check_day(on: NaiveDate, pointer: &str) -> Option<FieldError> {
    (!is_plausible(on)).then(|| {
        FieldError::new(
            pointer,
            "not-a-day",
            "Name a day of our time, such as 2026-04-01.",
        )
    })
}

/// Adds a row. A tie with another is refused, and both are named.
pub async fn add(db: &Db, ctx: &Ctx, new: &NewMapRow) -> Result<CodingMapRowId> {
    ctx.require(Operation::KeepCodingMap)?;
    let row = new.check()?;
    db.write(ctx, Command::new(Operation::KeepCodingMap), async |tx| {
        let rows = lock(tx).await?;
        check_chart(tx, &row.coding, "/coded_as").await?;
        insert(tx, ctx, &row, None, &rows).await?;
        tx.subject("coding_map_row", row.id);
        tx.note("what", "added");
        tx.note("codes", row.codes.in_words());
        tx.note("valid_from", row.from.to_string());
        Ok(row.id)
    })
    .await
}

/// Changes what a row's codes become, from a day on: the row ends the day before, and another
/// takes its place. A change from its first day withdraws it. Gives the new row.
pub async fn change(
    db: &Db,
    ctx: &Ctx,
    id: CodingMapRowId,
    expected: Option<i64>,
    new: &ChangeMapRow,
) -> Result<CodingMapRowId> {
    ctx.require(Operation::KeepCodingMap)?;
    new.validate()?;
    let command = Command::on(Operation::KeepCodingMap, "coding_map_row", id);
    db.write(ctx, command, async |tx| {
        let mut rows = lock(tx).await?;
        let earlier = store::one(tx.conn(), id).await?;
        if expected.is_some_and(|expected| expected != earlier.version) {
            return Err(Error::Stale);
        }
        let row = changed(&earlier, new)?;
        check_chart(tx, &row.coding, "/coded_as").await?;
        if let Some(last) = new.from.pred_opt() {
            finish(tx, ctx, &earlier, last).await?;
        }
        rows.retain(|other| other.id != id);
        insert(tx, ctx, &row, Some(id), &rows).await?;
        tx.note("what", "changed");
        tx.note("from", new.from.to_string());
        tx.note("codes", row.codes.in_words());
        Ok(row.id)
    })
    .await
}

/// The row that takes the place of another from a day on.
fn changed(earlier: &coding_map_row::Model, new: &ChangeMapRow) -> Result<MapRow> {
    let standing = store::row_of(earlier);
    let wrong = |code: &str, words: String| Err(Error::invalid("/from", code, words));
    if let Some(wrong) = check_day(new.from, "/from") {
        return Err(Error::Invalid(vec![wrong]));
    }
    if earlier.withdrawn {
        return Err(withdrawn());
    }
    if new.from < standing.from {
        return wrong(
            "before-start",
            format!(
                "The row is for lines from {} on. Change it from that day or a later one; for \
                 earlier days add a row of their own.",
                crate::calendar::rules::date_without_weekday(standing.from)
            ),
        );
    }
    if standing.to.is_some_and(|to| to < new.from) {
        return wrong(
            "after-end",
            "The row has ended before that day: add a row instead.".to_owned(),
        );
    }
    let coding = new.coded_as.coding();
    if coding == standing.coding {
        return Err(Error::invalid(
            "/coded_as",
            "the-same",
            "That is what the row says already.",
        ));
    }
    Ok(MapRow {
        id: CodingMapRowId::new(),
        from: new.from,
        coding,
        ..standing
    })
}

fn withdrawn() -> Error {
    Error::refused(
        "map-row-withdrawn",
        "This row was withdrawn: it applies to no day. Add a row instead.",
    )
}

/// States a row's last day.
pub async fn end(
    db: &Db,
    ctx: &Ctx,
    id: CodingMapRowId,
    expected: Option<i64>,
    ending: EndMapRow,
) -> Result<i64> {
    ctx.require(Operation::KeepCodingMap)?;
    if let Some(wrong) = check_day(ending.last_on, "/last_on") {
        return Err(Error::Invalid(vec![wrong]));
    }
    let command = Command::on(Operation::KeepCodingMap, "coding_map_row", id);
    db.write(ctx, command, async |tx| {
        lock(tx).await?;
        let row = store::one(tx.conn(), id).await?;
        if expected.is_some_and(|expected| expected != row.version) {
            return Err(Error::Stale);
        }
        if row.withdrawn {
            return Err(withdrawn());
        }
        if row.valid_to.is_some_and(|to| to < ending.last_on) {
            return Err(Error::invalid(
                "/last_on",
                "after-end",
                "The row ends before that day. To let it apply for longer, add a row for the \
                 days that follow.",
            ));
        }
        tx.note("what", "ended");
        tx.note("last_on", ending.last_on.to_string());
        finish(tx, ctx, &row, ending.last_on).await
    })
    .await
}

/// Ends a row with a day; one before its first withdraws it.
pub(super) async fn finish(
    tx: &Tx,
    ctx: &Ctx,
    row: &coding_map_row::Model,
    last: NaiveDate,
) -> Result<i64> {
    let version = row.version + 1;
    let mut change = row.clone().into_active_model();
    if last < row.valid_from {
        change.withdrawn = Set(true);
    } else {
        change.valid_to = Set(Some(last));
    }
    change.ended_at = Set(Some(tx.now()));
    change.ended_by = Set(ctx.person_id());
    change.version = Set(version);
    change.update(tx.conn()).await?;
    Ok(version)
}

/// Whoever changes the map waits here for the others. Gives the rows that stand.
pub(super) async fn lock(tx: &Tx) -> Result<Vec<MapRow>> {
    tx.next("coding_map").await?;
    store::rows(tx.conn()).await
}

pub(super) async fn check_chart(tx: &Tx, coding: &Coding, at: &str) -> Result<()> {
    let chart = Chart::of(tx.conn()).await?;
    let mut wrong = Vec::new();
    if chart.pool(coding.pool).is_none() {
        wrong.push(FieldError::new(
            format!("{at}/pool_id"),
            "unknown",
            "There is no such pool: choose one from the list.",
        ));
    }
    if chart.category(coding.category).is_none() {
        wrong.push(FieldError::new(
            format!("{at}/category_id"),
            "unknown",
            "There is no such cost category: choose one from the list.",
        ));
    }
    if wrong.is_empty() {
        Ok(())
    } else {
        Err(Error::Invalid(wrong))
    }
}

/// Puts a row in beside those that stand.
pub(super) async fn insert(
    tx: &Tx,
    ctx: &Ctx,
    row: &MapRow,
    replaces: Option<CodingMapRowId>,
    standing: &[MapRow],
) -> Result<()> {
    if let Some(other) = first_tie(row, standing) {
        return Err(Error::refused("coding-tie", tie_words(row, other)));
    }
    coding_map_row::ActiveModel {
        id: Set(row.id),
        cost_centre: Set(row.codes.cost_centre.clone()),
        account: Set(row.codes.account.clone()),
        project: Set(row.codes.project.clone()),
        valid_from: Set(row.from),
        valid_to: Set(row.to),
        pool_id: Set(row.coding.pool),
        category_id: Set(row.coding.category),
        place: Set(row.coding.place.clone()),
        people_group: Set(row.coding.group.clone()),
        capital: Set(row.coding.capital),
        replaces_id: Set(replaces),
        version: Set(1),
        created_at: Set(tx.now()),
        created_by: Set(ctx.person_id()),
        ended_at: Set(None),
        ended_by: Set(None),
        withdrawn: Set(false),
    }
    .insert(tx.conn())
    .await?;
    Ok(())
}

/// What adding a row would do. Refuses what adding it would.
pub async fn preview_new(db: &Db, ctx: &Ctx, new: &NewMapRow) -> Result<Preview> {
    ctx.require(Operation::KeepCodingMap)?;
    let row = new.check()?;
    let rows = store::rows(db.read()).await?;
    if let Some(other) = first_tie(&row, &rows) {
        return Err(Error::refused("coding-tie", tie_words(&row, other)));
    }
    preview(db, ctx, &row, rows).await
}

/// What changing a row would do. Refuses what changing it would.
pub async fn preview_change(
    db: &Db,
    ctx: &Ctx,
    id: CodingMapRowId,
    new: &ChangeMapRow,
) -> Result<Preview> {
    ctx.require(Operation::KeepCodingMap)?;
    new.validate()?;
    let earlier = store::one(db.read(), id).await?;
    let row = changed(&earlier, new)?;
    let mut rows = store::rows(db.read()).await?;
    for other in &mut rows {
        if other.id == id {
            other.to = new.from.pred_opt();
        }
    }
    preview(db, ctx, &row, rows).await
}

/// Looks at what a row would take once it is among the others.
async fn preview(db: &Db, ctx: &Ctx, row: &MapRow, mut rows: Vec<MapRow>) -> Result<Preview> {
    // Those from which it would take lines: less exact, or the one that it replaces.
    let from: Vec<MapRow> = rows
        .iter()
        .filter(|other| {
            other.codes.meets(&row.codes)
                && other.codes.exact() <= row.codes.exact()
                && other.coding != row.coding
        })
        .cloned()
        .collect();
    rows.push(row.clone());
    let map = CodingMap::new(rows);
    let mut found = Preview::default();
    let mut waiting = store::waiting(ctx);
    for (column, code) in [
        (waiting_line::Column::CostCentre, &row.codes.cost_centre),
        (waiting_line::Column::Account, &row.codes.account),
        (waiting_line::Column::Project, &row.codes.project),
    ] {
        if let Some(code) = code {
            let lower = Expr::expr(Func::lower(Expr::col((waiting_line::Entity, column))));
            waiting = waiting.filter(lower.eq(code.to_lowercase()));
        }
    }
    for line in waiting.all(db.read()).await? {
        let taken = map.find(&store::codes_of(&line), line.incurred_on);
        if taken.is_some_and(|taken| taken.id == row.id) {
            found.waiting_lines += 1;
            found.waiting_pence += line.amount.pence();
        }
    }
    for other in &from {
        let (lines, amount) = counted(db, other.id, row).await?;
        if lines > 0 {
            found.stay_lines += lines;
            found.stay_pence += amount.pence();
            found.takes_from.push(other.codes.in_words());
        }
    }
    Ok(found)
}

/// Lines that count, were coded by a row, and have the codes and days of another.
async fn counted(db: &Db, by: CodingMapRowId, row: &MapRow) -> Result<(i64, Money)> {
    let conn = db.read();
    let mut values: Vec<sea_orm::Value> = vec![by.into(), row.from.into()];
    let mut sql = "SELECT CAST(COUNT(*) AS bigint) AS lines, \
                     CAST(COALESCE(SUM(l.amount), 0) AS bigint) AS amount FROM spend_line l \
                   JOIN spend_import i ON i.id = l.import_id AND i.state = 'accepted' \
                   WHERE l.coding_id = $1 AND l.incurred_on >= $2"
        .to_owned();
    if let Some(to) = row.to {
        values.push(to.into());
        sql.push_str(&format!(" AND l.incurred_on <= ${}", values.len()));
    }
    for (column, code) in [
        ("cost_centre", &row.codes.cost_centre),
        ("account", &row.codes.account),
        ("project", &row.codes.project),
    ] {
        if let Some(code) = code {
            values.push(code.to_lowercase().into());
            sql.push_str(&format!(" AND lower(l.{column}) = ${}", values.len()));
        }
    }
    let row = conn
        .query_one_raw(Statement::from_sql_and_values(
            conn.get_database_backend(),
            sql,
            values,
        ))
        .await?
        .ok_or_else(|| Error::internal("a sum gave no row"))?;
    Ok((row.try_get("", "lines")?, Money(row.try_get("", "amount")?)))
}
