//! The verbs of journals, each one write transaction under the journal's lock.

use std::collections::HashMap;

use chrono::NaiveDate;
use entity::{
    CostCategoryId, JournalEventKind, JournalId, JournalState, Money, PoolId, SpendImportId,
    SpendKind, SpendLineId, cost_category, journal, journal_event, journal_line, journal_version,
    ledger_period, pool, spend_line,
};
use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, ColumnTrait, ConnectionTrait, EntityTrait, IntoActiveModel,
    QueryFilter,
};
use serde::{Deserialize, Serialize};
use uuid::Uuid;
use validator::Validate;
use workbook::sheet::{Datum, Sheet};

use super::rules::{self, Line, Step};
use super::store;
use crate::access::rules::Operation;
use crate::{Command, Ctx, Db, Error, FieldError, Result, Tx, imports};

/// What a journal says: all of it.
#[derive(Clone, Debug, Serialize, Deserialize, Validate, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewJournal {
    /// Why.
    #[validate(
        length(min = 1, max = 500, message = "Say why, in at most 500 characters."),
        custom(function = "crate::text::one_line")
    )]
    #[schema(min_length = 1, max_length = 500, pattern = r"\S")]
    pub reason: String,
    /// What shows that it is right, and where that is kept.
    #[validate(
        length(
            min = 1,
            max = 2000,
            message = "Say what shows that it is right, in at most 2,000 characters."
        ),
        custom(function = "crate::text::lines")
    )]
    #[schema(min_length = 1, max_length = 2000, pattern = r"\S")]
    pub evidence: String,
    /// What the lines come to, in pence: nothing, where an amount is moved.
    #[schema(value_type = i64, minimum = -100_000_000_000_000_i64, maximum = 100_000_000_000_000_i64)]
    pub total_pence: Money,
    /// The journal that it takes back, whole. Left without lines, it gets that one's with the
    /// amounts turned round.
    #[serde(default)]
    pub reverses_id: Option<JournalId>,
    /// Its lines.
    #[serde(default)]
    #[validate(nested)]
    #[schema(max_items = 200)]
    pub lines: Vec<NewLine>,
}

/// A line of a journal.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Validate, utoipa::ToSchema)]
#[schema(as = NewJournalLine)]
#[serde(deny_unknown_fields)]
pub struct NewLine {
    /// London date goods or services were received.
    pub incurred_on: NaiveDate,
    /// The pool that pays.
    pub pool_id: PoolId,
    /// The cost category.
    pub category_id: CostCategoryId,
    /// Capital; otherwise revenue.
    #[serde(default)]
    pub capital: bool,
    /// Pence; negative for what is taken back.
    #[schema(value_type = i64, minimum = -100_000_000_000_000_i64, maximum = 100_000_000_000_000_i64)]
    pub amount_pence: Money,
    /// What for.
    #[validate(
        length(
            min = 1,
            max = 300,
            message = "Say what for, in at most 300 characters."
        ),
        custom(function = "crate::text::one_line")
    )]
    #[schema(min_length = 1, max_length = 300, pattern = r"\S")]
    pub description: String,
    /// The ledger's transaction that it is about. An amount taken back from lines of that
    /// transaction, of the same pool and cost category, is taken from the awards that paid them.
    /// Required for an amount taken back, unless the journal takes another one back.
    #[serde(default)]
    #[validate(
        length(max = 100, message = "Enter at most 100 characters."),
        custom(function = "crate::text::one_line")
    )]
    #[schema(max_length = 100)]
    pub ledger_ref: String,
    /// The ledger's cost centre.
    #[serde(default)]
    #[validate(
        length(max = 100, message = "Enter at most 100 characters."),
        custom(function = "crate::text::one_line")
    )]
    #[schema(max_length = 100)]
    pub cost_centre: String,
}

/// Why a journal goes back to whoever prepared it.
#[derive(Clone, Debug, Serialize, Deserialize, Validate, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Objection {
    /// What should change.
    #[validate(
        length(
            min = 1,
            max = 1000,
            message = "Say what should change, in at most 1,000 characters."
        ),
        custom(function = "crate::text::lines")
    )]
    #[schema(min_length = 1, max_length = 1000, pattern = r"\S")]
    pub reason: String,
}

/// How a journal stands after a step.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[schema(as = JournalStands)]
pub struct Stands {
    /// The journal.
    pub id: JournalId,
    /// Where it stands.
    pub state: JournalState,
    /// Its version, for If-Match.
    pub version: i64,
}

fn some(text: &str) -> Option<String> {
    let text = text.trim();
    (!text.is_empty()).then(|| text.to_owned())
}

fn as_rules(lines: &[NewLine]) -> Vec<Line> {
    lines
        .iter()
        .map(|line| Line {
            incurred_on: line.incurred_on,
            pool: line.pool_id,
            category: line.category_id,
            capital: line.capital,
            amount: line.amount_pence,
            ledger_ref: some(&line.ledger_ref),
            cost_centre: some(&line.cost_centre),
        })
        .collect()
}

/// The lines that take a journal back.
pub(super) fn turned(lines: &[journal_line::Model]) -> Result<Vec<NewLine>> {
    lines
        .iter()
        .map(|line| {
            Ok(NewLine {
                incurred_on: line.incurred_on,
                pool_id: line.pool_id,
                category_id: line.category_id,
                capital: line.capital,
                amount_pence: Money::ZERO
                    .minus(line.amount)
                    .ok_or_else(|| Error::internal("an amount that cannot be turned round"))?,
                description: line.description.clone(),
                ledger_ref: line.ledger_ref.clone().unwrap_or_default(),
                cost_centre: line.cost_centre.clone().unwrap_or_default(),
            })
        })
        .collect()
}

/// Prepares a journal: it waits for somebody else to approve it.
pub async fn prepare(db: &Db, ctx: &Ctx, new: &NewJournal) -> Result<JournalId> {
    ctx.require(Operation::PrepareJournal)?;
    new.validate()?;
    let not_there = not_there(db.read(), new).await?;
    db.write(ctx, Command::new(Operation::PrepareJournal), async |tx| {
        let id = JournalId::new();
        tx.subject("journal", id);
        let lines = lines_of(tx, ctx, id, new, &not_there).await?;
        let row = journal::ActiveModel {
            id: Set(id),
            number: Set(tx.next("journal").await?),
            state: Set(JournalState::Waiting),
            revision: Set(1),
            version: Set(0),
            reverses_id: Set(new.reverses_id),
            created_at: Set(tx.now()),
        }
        .insert(tx.conn())
        .await?;
        put(tx, ctx, &row, new, &lines).await?;
        stands(
            tx,
            ctx,
            row,
            JournalEventKind::Prepared,
            JournalState::Waiting,
            "",
        )
        .await?;
        Ok(id)
    })
    .await
}

/// Writes a journal that does not count yet anew. It waits to be approved again.
pub async fn change(
    db: &Db,
    ctx: &Ctx,
    id: JournalId,
    new: &NewJournal,
    expected: Option<i64>,
) -> Result<Stands> {
    ctx.require(Operation::PrepareJournal)?;
    new.validate()?;
    let not_there = not_there(db.read(), new).await?;
    let command = Command::on(Operation::PrepareJournal, "journal", id);
    db.write(ctx, command, async |tx| {
        let row = begin(tx, ctx, id, expected, Step::Change).await?;
        if row.reverses_id != new.reverses_id {
            return Err(Error::invalid(
                "/reverses_id",
                "fixed",
                "Which journal this one takes back stays: withdraw it, and prepare another one.",
            ));
        }
        let lines = lines_of(tx, ctx, id, new, &not_there).await?;
        let revision = row.revision + 1;
        let mut row = row.into_active_model();
        row.revision = Set(revision);
        let row = row.update(tx.conn()).await?;
        tx.note("revision", revision);
        put(tx, ctx, &row, new, &lines).await?;
        stands(
            tx,
            ctx,
            row,
            JournalEventKind::Changed,
            JournalState::Waiting,
            "",
        )
        .await
    })
    .await
}

/// Gives a journal back to whoever prepared it, with what should change.
pub async fn send_back(
    db: &Db,
    ctx: &Ctx,
    id: JournalId,
    why: &Objection,
    expected: Option<i64>,
) -> Result<Stands> {
    ctx.require(Operation::ApproveJournal)?;
    why.validate()?;
    let command = Command::on(Operation::ApproveJournal, "journal", id);
    db.write(ctx, command, async |tx| {
        let row = begin(tx, ctx, id, expected, Step::SendBack).await?;
        let reason = why.reason.trim();
        tx.note("sent_back", reason);
        let (kind, state) = (JournalEventKind::SentBack, JournalState::SentBack);
        stands(tx, ctx, row, kind, state, reason).await
    })
    .await
}

/// Gives up a journal that does not count yet.
pub async fn withdraw(db: &Db, ctx: &Ctx, id: JournalId, expected: Option<i64>) -> Result<Stands> {
    ctx.require(Operation::PrepareJournal)?;
    let command = Command::on(Operation::PrepareJournal, "journal", id);
    db.write(ctx, command, async |tx| {
        let row = begin(tx, ctx, id, expected, Step::Withdraw).await?;
        tx.note("withdrawn", true);
        let (kind, state) = (JournalEventKind::Withdrawn, JournalState::Withdrawn);
        stands(tx, ctx, row, kind, state, "").await
    })
    .await
}

/// From now on a journal's lines count as spend. Refused to whoever prepared it, and into a closed
/// month of the ledger.
pub async fn approve(db: &Db, ctx: &Ctx, id: JournalId, expected: Option<i64>) -> Result<Stands> {
    ctx.require(Operation::ApproveJournal)?;
    // Looked up before the lock is held, and again under it where something was accepted since.
    let seen = crate::returns::store::moment(db.read()).await?;
    let known = store::one(db.read(), ctx, id).await?;
    let lines: Vec<Line> = store::lines(db.read(), id, known.revision)
        .await?
        .iter()
        .map(store::as_rule)
        .collect();
    let missing = store::not_there(db.read(), known.reverses_id, &lines).await?;
    let command = Command::on(Operation::ApproveJournal, "journal", id).long();
    db.write(ctx, command, async |tx| {
        let row = begin(tx, ctx, id, expected, Step::Approve).await?;
        let lines = store::lines(tx.conn(), id, row.revision).await?;
        let checked: Vec<Line> = lines.iter().map(store::as_rule).collect();
        // Whoever closes a month waits here, or was first.
        let mut pools: Vec<PoolId> = checked.iter().map(|line| line.pool).collect();
        pools.sort_unstable();
        pools.dedup();
        for pool in pools {
            tx.lock("pool", pool).await?;
        }
        if let Some(closed) = closed(tx, &checked).await?.into_iter().next() {
            return Err(Error::refused("period-closed", closed.detail));
        }
        let same = row.revision == known.revision
            && crate::returns::store::moment(tx.conn()).await? == seen;
        let missing = if same {
            missing.first().cloned()
        } else {
            let again = store::not_there(tx.conn(), row.reverses_id, &checked).await?;
            again.into_iter().next()
        };
        if let Some(missing) = missing {
            return Err(Error::refused("nothing-to-take-away", missing.detail));
        }
        let reversed = reversed(tx.conn(), row.reverses_id, &lines).await?;
        let versions = store::versions(tx.conn(), &[id]).await?;
        let version = versions
            .get(&id)
            .and_then(|all| all.last())
            .ok_or_else(|| Error::internal("a journal without its version"))?
            .clone();
        tx.note("lines", lines.len());
        tx.note("total_pence", version.total.pence());
        let prepared_by = version.prepared_by;
        let import = SpendImportId::new();
        let models = lines
            .iter()
            .map(|line| spend_of(import, &row, line, reversed.get(&line.line_no)))
            .collect();
        imports::made::of_journal(
            tx,
            ctx,
            import,
            &row,
            prepared_by,
            file_of(&row, &lines),
            models,
        )
        .await?;
        let mut version = version.into_active_model();
        version.approved_by = Set(ctx.person_id());
        version.approved_at = Set(Some(tx.now()));
        version.update(tx.conn()).await?;
        let (kind, state) = (JournalEventKind::Approved, JournalState::Approved);
        stands(tx, ctx, row, kind, state, "").await
    })
    .await
}

/// The journal under its lock, unless the step cannot be.
async fn begin(
    tx: &Tx,
    ctx: &Ctx,
    id: JournalId,
    expected: Option<i64>,
    step: Step,
) -> Result<journal::Model> {
    let row = store::locked(tx, ctx, id).await?;
    if expected.is_some_and(|expected| expected != row.version) {
        return Err(Error::Stale);
    }
    let versions = store::versions(tx.conn(), &[id]).await?;
    let preparers = store::preparers(versions.get(&id).map_or(&[][..], Vec::as_slice));
    match rules::refuse(step, row.state, &preparers, ctx.person_id()) {
        Some((rule, words)) => Err(Error::refused(rule, words)),
        None => Ok(row),
    }
}

/// Amounts of a journal that its transactions do not have where they would be taken away.
async fn not_there(conn: &impl ConnectionTrait, new: &NewJournal) -> Result<Vec<FieldError>> {
    store::not_there(conn, new.reverses_id, &as_rules(&new.lines)).await
}

/// The lines of what is prepared, found good. `not_there` is what was found of them before the
/// transaction: approving looks again.
async fn lines_of(
    tx: &Tx,
    ctx: &Ctx,
    id: JournalId,
    new: &NewJournal,
    not_there: &[FieldError],
) -> Result<Vec<NewLine>> {
    let mut lines = new.lines.clone();
    let mut wrong = Vec::new();
    if let Some(reversed) = new.reverses_id {
        let original = match store::locked(tx, ctx, reversed).await {
            Err(Error::NotFound) => {
                return Err(Error::invalid(
                    "/reverses_id",
                    "unknown",
                    "There is no such journal.",
                ));
            }
            other => other?,
        };
        if original.state != JournalState::Approved {
            return Err(Error::refused(
                "journal-does-not-count",
                "Only a journal that counts is taken back. Withdraw one that does not.",
            ));
        }
        if let Some(other) = store::reversal_of(tx.conn(), reversed).await?
            && other.id != id
        {
            return Err(Error::refused(
                "journal-reversed",
                format!("Journal {} takes it back already, or is to.", other.number),
            ));
        }
        let were = store::lines(tx.conn(), reversed, original.revision).await?;
        if lines.is_empty() {
            lines = turned(&were)?;
        }
        let were: Vec<Line> = were.iter().map(store::as_rule).collect();
        wrong.extend(rules::check_reversal(&were, &as_rules(&lines)));
    } else {
        wrong.extend(rules::check_taken_away(&as_rules(&lines)));
        wrong.extend_from_slice(not_there);
    }
    let checked = as_rules(&lines);
    wrong.extend(rules::check(&checked, new.total_pence, ctx.today()));
    wrong.extend(unknown(tx, &lines).await?);
    if wrong.is_empty() {
        wrong.extend(closed(tx, &checked).await?);
    }
    if wrong.is_empty() {
        Ok(lines)
    } else {
        Err(Error::Invalid(wrong))
    }
}

/// Pools and cost categories that are not there.
async fn unknown(tx: &Tx, lines: &[NewLine]) -> Result<Vec<FieldError>> {
    let pools: Vec<PoolId> = pool::Entity::find()
        .filter(pool::Column::Id.is_in(lines.iter().map(|line| line.pool_id)))
        .all(tx.conn())
        .await?
        .into_iter()
        .map(|row| row.id)
        .collect();
    let categories: Vec<CostCategoryId> = cost_category::Entity::find()
        .filter(cost_category::Column::Id.is_in(lines.iter().map(|line| line.category_id)))
        .all(tx.conn())
        .await?
        .into_iter()
        .map(|row| row.id)
        .collect();
    let mut wrong = Vec::new();
    for (at, line) in lines.iter().enumerate() {
        if !pools.contains(&line.pool_id) {
            wrong.push(FieldError::new(
                format!("/lines/{at}/pool_id"),
                "unknown",
                "There is no such pool.",
            ));
        }
        if !categories.contains(&line.category_id) {
            wrong.push(FieldError::new(
                format!("/lines/{at}/category_id"),
                "unknown",
                "There is no such cost category.",
            ));
        }
    }
    Ok(wrong)
}

/// Lines in months that are closed for their pools.
async fn closed(tx: &Tx, lines: &[Line]) -> Result<Vec<FieldError>> {
    let mut wrong = Vec::new();
    for (pool_id, month) in rules::months(lines) {
        let found = ledger_period::Entity::find()
            .filter(ledger_period::Column::PoolId.eq(pool_id))
            .filter(ledger_period::Column::Month.eq(month))
            .one(tx.conn())
            .await?;
        if found.is_none() {
            continue;
        }
        let name = pool::Entity::find_by_id(pool_id)
            .one(tx.conn())
            .await?
            .map(|row| row.name)
            .unwrap_or_default();
        for (at, _) in lines.iter().enumerate().filter(|(_, line)| {
            line.pool == pool_id
                && crate::calendar::rules::first_of_month(line.incurred_on) == month
        }) {
            wrong.push(FieldError::new(
                format!("/lines/{at}/incurred_on"),
                "period-closed",
                format!(
                    "Line {}: {} is closed for {name}. Date it in a month that is open, or open \
                     that month again.",
                    at + 1,
                    month.format("%B %Y"),
                ),
            ));
        }
    }
    Ok(wrong)
}

/// Keeps the version that stands.
async fn put(
    tx: &Tx,
    ctx: &Ctx,
    row: &journal::Model,
    new: &NewJournal,
    lines: &[NewLine],
) -> Result<()> {
    let Some(person) = ctx.person_id() else {
        return Err(Error::refused(
            "needs-a-person",
            "A journal is prepared by a person, so that another can approve it.",
        ));
    };
    journal_version::ActiveModel {
        journal_id: Set(row.id),
        revision: Set(row.revision),
        reason: Set(new.reason.trim().to_owned()),
        evidence: Set(new.evidence.trim().to_owned()),
        total: Set(new.total_pence),
        prepared_by: Set(person),
        prepared_at: Set(tx.now()),
        approved_by: Set(None),
        approved_at: Set(None),
    }
    .insert(tx.conn())
    .await?;
    let rows = lines
        .iter()
        .zip(1..)
        .map(|(line, line_no)| journal_line::ActiveModel {
            journal_id: Set(row.id),
            revision: Set(row.revision),
            line_no: Set(line_no),
            incurred_on: Set(line.incurred_on),
            pool_id: Set(line.pool_id),
            category_id: Set(line.category_id),
            capital: Set(line.capital),
            amount: Set(line.amount_pence),
            description: Set(line.description.trim().to_owned()),
            ledger_ref: Set(some(&line.ledger_ref)),
            cost_centre: Set(some(&line.cost_centre)),
        });
    journal_line::Entity::insert_many(rows)
        .exec_without_returning(tx.conn())
        .await?;
    Ok(())
}

/// Says what happened and where the journal stands then.
async fn stands(
    tx: &Tx,
    ctx: &Ctx,
    row: journal::Model,
    kind: JournalEventKind,
    state: JournalState,
    words: &str,
) -> Result<Stands> {
    journal_event::ActiveModel {
        id: Set(Uuid::now_v7()),
        journal_id: Set(row.id),
        revision: Set(row.revision),
        kind: Set(kind),
        words: Set(words.to_owned()),
        happened_by: Set(ctx.person_id()),
        happened_at: Set(tx.now()),
    }
    .insert(tx.conn())
    .await?;
    tx.note("number", row.number);
    let (id, version) = (row.id, row.version + 1);
    let mut row = row.into_active_model();
    row.state = Set(state);
    row.version = Set(version);
    row.update(tx.conn()).await?;
    Ok(Stands { id, state, version })
}

/// The spend lines that lines take back, by their numbers.
pub(super) async fn reversed(
    conn: &impl ConnectionTrait,
    original: Option<JournalId>,
    lines: &[journal_line::Model],
) -> Result<HashMap<i32, spend_line::Model>> {
    let Some(original) = original else {
        return Ok(HashMap::new());
    };
    let import = store::import_of(conn, original)
        .await?
        .ok_or_else(|| Error::internal("a journal that counts, without its import"))?;
    let found: HashMap<i32, spend_line::Model> = spend_line::Entity::find()
        .filter(spend_line::Column::ImportId.eq(import))
        .all(conn)
        .await?
        .into_iter()
        .map(|line| (line.row_no, line))
        .collect();
    if lines.iter().all(|line| found.contains_key(&line.line_no)) {
        Ok(found)
    } else {
        Err(Error::internal(
            "a journal takes back a line that is not there",
        ))
    }
}

pub(super) fn spend_of(
    import: SpendImportId,
    journal: &journal::Model,
    line: &journal_line::Model,
    reverses: Option<&spend_line::Model>,
) -> spend_line::Model {
    spend_line::Model {
        id: SpendLineId::new(),
        import_id: import,
        row_no: line.line_no,
        identity: format!("j:{}:{}", journal.id, line.line_no),
        transaction_ref: line.ledger_ref.clone(),
        line_ref: None,
        incurred_on: line.incurred_on,
        posted_on: None,
        ledger_month: None,
        kind: SpendKind::Journal,
        amount: line.amount,
        capital: line.capital,
        pool_id: line.pool_id,
        category_id: line.category_id,
        place: None,
        people_group: None,
        supplier: None,
        description: Some(line.description.clone()),
        suspect: false,
        suspect_of: None,
        cost_centre: line.cost_centre.clone(),
        account: None,
        project: None,
        coding_id: None,
        commitment_ref: None,
        reverses_id: reverses.map(|line| line.id),
    }
}

/// The journal as a table, kept as the file that its lines come from.
fn file_of(journal: &journal::Model, lines: &[journal_line::Model]) -> Sheet {
    let headings = [
        "journal",
        "line",
        "date_received",
        "pool",
        "category",
        "capital_or_revenue",
        "amount",
        "description",
        "ledger_reference",
        "cost_centre",
    ];
    let text = |text: &Option<String>| Datum::Text(text.clone().unwrap_or_default());
    Sheet {
        name: format!("Journal {}", journal.number),
        headings: headings.map(str::to_owned).to_vec(),
        rows: lines
            .iter()
            .map(|line| {
                vec![
                    Datum::Whole(journal.number),
                    Datum::Whole(line.line_no.into()),
                    Datum::Date(line.incurred_on),
                    Datum::Text(line.pool_id.to_string()),
                    Datum::Text(line.category_id.to_string()),
                    Datum::Text(if line.capital { "capital" } else { "revenue" }.to_owned()),
                    Datum::Pence(line.amount.pence()),
                    Datum::Text(line.description.clone()),
                    text(&line.ledger_ref),
                    text(&line.cost_centre),
                ]
            })
            .collect(),
    }
}
