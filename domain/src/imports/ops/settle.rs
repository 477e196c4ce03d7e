//! Settling a faulty row: corrected, or set aside by name.

use chrono::{DateTime, Utc};
use entity::{
    FaultResolution, ImportState, Money, SpendImportId, import_fault, spend_import, spend_line,
};
use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, ColumnTrait, EntityTrait, IntoActiveModel, PaginatorTrait,
    QueryFilter,
};
use serde::{Deserialize, Serialize};
use validator::Validate;

use super::super::gone;
use super::super::rules::{
    ColumnRef, FaultyRow, Parsed, RowParser, SetAside, Vocabulary, check_set_aside, ledger_key,
    nth_key,
};
use super::super::store::{self, Earlier, Names};
use super::prepare::{Coder, Good, Prepared};
use super::{KeptRow, replace};
use crate::access::rules::Operation;
use crate::db::Ids;
use crate::{Command, Ctx, Db, Error, FieldError, Result, Tx};

/// What is decided about a faulty row.
#[derive(Clone, Debug, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(tag = "decision", rename_all = "kebab-case", deny_unknown_fields)]
pub enum Resolution {
    /// It loads, with these values in place of those in the file.
    Correct {
        /// New values, read by the same profile as the file's own.
        values: Vec<Correction>,
    },
    /// It takes the place of the line that counts, where the ledger changed it: a further line takes
    /// that one back.
    Replace {
        /// Why.
        reason: String,
    },
    /// It stays out.
    SetAside {
        /// Why.
        reason: String,
        /// Its amount in pence, where the file's own cannot be read.
        #[serde(default)]
        amount_pence: Option<i64>,
    },
}

/// A new value for one cell of a row.
#[derive(Clone, Debug, Serialize, Deserialize, Validate, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Correction {
    /// The column's heading, or its letter.
    #[validate(length(min = 1, max = 4000, message = "Name the column."))]
    #[schema(min_length = 1, max_length = 4000)]
    pub column: String,
    /// The value, written as in the file.
    #[validate(length(max = 4000, message = "A value has at most 4,000 characters."))]
    #[schema(max_length = 4000)]
    pub value: String,
}

/// Decides about one faulty row. Returns the import's new version.
pub async fn settle(
    db: &Db,
    ctx: &Ctx,
    id: SpendImportId,
    row: u32,
    resolution: &Resolution,
) -> Result<i64> {
    settle_as_seen(db, ctx, id, row, resolution, None).await
}

/// Decides about one faulty row as the person saw it: `seen` is when it was decided before, if it
/// was; what somebody decided meanwhile is not overwritten.
pub async fn settle_as_seen(
    db: &Db,
    ctx: &Ctx,
    id: SpendImportId,
    row: u32,
    resolution: &Resolution,
    seen: Option<Option<DateTime<Utc>>>,
) -> Result<i64> {
    ctx.require(Operation::SettleFault)?;
    let (names, vocabulary) = Names::of(db).await?;
    let command = Command::on(Operation::SettleFault, "spend_import", id);
    db.write(ctx, command, async |tx| {
        let import = store::locked(tx, id).await?;
        if !matches!(import.state, ImportState::Waiting | ImportState::Ready) {
            return Err(Error::refused(
                "import-not-waiting",
                "Rows are settled after a file was read and before it is accepted.",
            ));
        }
        let number = i32::try_from(row).map_err(|_large| Error::NotFound)?;
        let fault = import_fault::Entity::find()
            .filter(import_fault::Column::ImportId.eq(id))
            .filter(import_fault::Column::RowNo.eq(number))
            .one(tx.conn())
            .await?
            .ok_or(Error::NotFound)?;
        if seen.is_some_and(|seen| seen != fault.resolved_at) {
            return Err(Error::Stale);
        }
        tx.note("row", row);
        if let Resolution::Replace { reason } = resolution {
            return replace_one(tx, ctx, &import, fault, reason).await;
        }
        let mut counts = Counts::of(&import);
        counts.reopen(&fault)?;
        let resolved = match resolution {
            Resolution::Replace { .. } => {
                return Err(Error::internal("a row that is replaced is corrected"));
            }
            Resolution::SetAside {
                reason,
                amount_pence,
            } => set_aside(tx, &mut counts, row, &fault, reason, *amount_pence)?,
            Resolution::Correct { values } => {
                let vocabulary = vocabulary.clone().until(import.period_to, ctx.today());
                correct(
                    tx,
                    &mut counts,
                    &import,
                    &names,
                    &vocabulary,
                    row,
                    &fault,
                    values,
                )
                .await?
            }
        };
        let mut fault = fault.into_active_model();
        fault.resolution = Set(Some(resolved.resolution));
        fault.reason = Set(resolved.reason);
        fault.amount = Set(resolved.amount);
        fault.resolved_by = Set(ctx.person_id());
        fault.resolved_at = Set(Some(tx.now()));
        fault.update(tx.conn()).await?;
        counts.store(tx, &import).await
    })
    .await
}

struct Resolved {
    resolution: FaultResolution,
    reason: Option<String>,
    amount: Option<Money>,
}

/// The counts that a decision moves.
struct Counts {
    faulty: i64,
    set_aside: i64,
    loaded: i64,
    known: i64,
    sum_set_aside: Money,
    sum_loaded: Money,
    sum_known: Money,
    uncoded: i64,
    sum_uncoded: Money,
}

impl Counts {
    fn of(import: &spend_import::Model) -> Self {
        Self {
            faulty: import.rows_faulty,
            set_aside: import.rows_set_aside,
            loaded: import.rows_loaded,
            known: import.rows_known,
            sum_set_aside: import.sum_set_aside,
            sum_loaded: import.sum_loaded,
            sum_known: import.sum_known,
            uncoded: import.rows_uncoded,
            sum_uncoded: import.sum_uncoded,
        }
    }

    /// Takes the row out of where it stood.
    fn reopen(&mut self, fault: &import_fault::Model) -> Result<()> {
        match fault.resolution {
            None => self.faulty -= 1,
            Some(FaultResolution::SetAside) => {
                self.set_aside -= 1;
                self.sum_set_aside = self
                    .sum_set_aside
                    .minus(fault.amount.unwrap_or_default())
                    .ok_or_else(too_large)?;
            }
            Some(FaultResolution::Corrected | FaultResolution::Replaced) => {
                return Err(Error::refused(
                    "row-corrected",
                    "This row was corrected already, and its line is loaded. Abandon the import \
                     and load the file again to decide otherwise.",
                ));
            }
        }
        Ok(())
    }

    async fn store(&self, tx: &Tx, import: &spend_import::Model) -> Result<i64> {
        let version = import.version + 1;
        let row = spend_import::ActiveModel {
            id: Set(import.id),
            rows_faulty: Set(self.faulty),
            rows_set_aside: Set(self.set_aside),
            rows_loaded: Set(self.loaded),
            rows_known: Set(self.known),
            sum_set_aside: Set(self.sum_set_aside),
            sum_loaded: Set(self.sum_loaded),
            sum_known: Set(self.sum_known),
            rows_uncoded: Set(self.uncoded),
            sum_uncoded: Set(self.sum_uncoded),
            state: Set(if self.faulty == 0 {
                ImportState::Ready
            } else {
                ImportState::Waiting
            }),
            version: Set(version),
            ..Default::default()
        };
        row.update(tx.conn()).await?;
        Ok(version)
    }
}

/// Lets a changed row take the place of the line that counts.
async fn replace_one(
    tx: &Tx,
    ctx: &Ctx,
    import: &spend_import::Model,
    fault: import_fault::Model,
    reason: &str,
) -> Result<i64> {
    let reason = reason.trim();
    if reason.is_empty() || reason.chars().count() > 500 || crate::text::one_line(reason).is_err() {
        return Err(Error::invalid(
            "/reason",
            "reason",
            "Say why, in one line of at most 500 characters.",
        ));
    }
    if fault.resolution.is_some() {
        return Err(Error::refused(
            "row-settled",
            "This row is settled already. Abandon the import and load the file again to decide \
             otherwise.",
        ));
    }
    tx.note("decision", "replaced");
    tx.note("reason", reason);
    match replace::replace(tx, ctx, import, vec![fault], reason).await? {
        0 => Err(Error::refused(
            "not-changed",
            "No line that counts is said otherwise by this row: correct it, or set it aside. A \
             line that still waits to be coded is coded first.",
        )),
        _ => Ok(import.version + 1),
    }
}

fn too_large() -> Error {
    Error::invalid(
        "/amount_pence",
        "too-large",
        "The amounts add up to more than can be counted: check the amount.",
    )
}

fn set_aside(
    tx: &Tx,
    counts: &mut Counts,
    row: u32,
    fault: &import_fault::Model,
    reason: &str,
    stated: Option<i64>,
) -> Result<Resolved> {
    let decision = SetAside {
        row,
        reason: reason.to_owned(),
        amount_pence: stated,
    };
    // An amount that was itself stated may be stated anew.
    let read = match fault.resolution {
        Some(_) if stated.is_some() => amount_in_file(fault)?,
        _ => fault.amount,
    };
    let state = check_set_aside(&decision, read.map(Money::pence)).map_err(|error| {
        use super::super::rules::SetAsideError as Why;
        let pointer = match error {
            Why::NoReason(_) => "/reason",
            Why::AmountUnknown(_) | Why::AmountDiffers { .. } => "/amount_pence",
        };
        Error::invalid(pointer, "set-aside", error.to_string())
    })?;
    let amount = match state {
        super::super::rules::RowState::SetAside(pence) => Money(pence),
        _ => return Err(Error::internal("a row set aside is something else")),
    };
    counts.set_aside += 1;
    counts.sum_set_aside = counts.sum_set_aside.plus(amount).ok_or_else(too_large)?;
    tx.note("decision", "set-aside");
    tx.note("reason", reason.trim());
    tx.note("amount_pence", amount.pence());
    Ok(Resolved {
        resolution: FaultResolution::SetAside,
        reason: Some(reason.trim().to_owned()),
        amount: Some(amount),
    })
}

/// The amount that the file itself gave, as far as its faults let it be read.
fn amount_in_file(fault: &import_fault::Model) -> Result<Option<Money>> {
    use super::super::rules::{Fault, Field};
    let faults: Vec<Fault> = serde_json::from_value(fault.faults.clone())?;
    let unreadable = faults
        .iter()
        .any(|fault| fault.field.is_some_and(Field::is_money));
    Ok(if unreadable { None } else { fault.amount })
}

#[expect(clippy::too_many_arguments, reason = "the parts of one decision")]
async fn correct(
    tx: &Tx,
    counts: &mut Counts,
    import: &spend_import::Model,
    names: &Names,
    vocabulary: &Vocabulary,
    row: u32,
    fault: &import_fault::Model,
    values: &[Correction],
) -> Result<Resolved> {
    let kept: KeptRow = serde_json::from_value(fault.raw.clone())?;
    if kept.draft.is_some() {
        return Err(Error::refused(
            "changed-since-loaded",
            "This line counts already in another form. Let the row take its place, or set the row \
             aside.",
        ));
    }
    let profile = serde_json::from_value(import.spec.clone())?;
    let layout = import
        .layout
        .clone()
        .ok_or_else(|| Error::internal("an import was read and has no layout"))?;
    let parser = RowParser::new(&profile, serde_json::from_value(layout)?)
        .map_err(|fault| Error::internal(fault.message))?;
    let faulty = FaultyRow {
        row,
        amount_pence: fault.amount.map(Money::pence),
        faults: Vec::new(),
        cells: kept.cells,
    };
    let mut changes = Vec::with_capacity(values.len());
    for (index, value) in values.iter().enumerate() {
        value
            .validate()
            .map_err(|errors| match Error::from(errors) {
                Error::Invalid(fields) => Error::Invalid(
                    fields
                        .into_iter()
                        .map(|field| FieldError {
                            pointer: format!("/values/{index}{}", field.pointer),
                            ..field
                        })
                        .collect(),
                ),
                other => other,
            })?;
        changes.push((column(&parser, &value.column), value.value.clone()));
    }
    let (parsed, _cells) = parser
        .correct(&faulty, &changes)
        .map_err(|error| Error::invalid("/values", "correction", error.to_string()))?;
    let (mut draft, fingerprint) = match parsed {
        Parsed::Line(draft, fingerprint) => (*draft, fingerprint),
        Parsed::Faulty(_, faults) => return Err(still_wrong(&faults)),
        Parsed::Blank | Parsed::Skipped(_) => {
            return Err(Error::internal("a correction that is no row"));
        }
    };
    let unknown = vocabulary.settle(&parser, row, &mut draft);
    if !unknown.is_empty() {
        return Err(still_wrong(&unknown));
    }
    let identity = identity(tx, import, &draft, fingerprint.as_ref()).await?;
    let amount = Money(draft.amount_pence);
    let known = store::known_with(tx.conn(), vec![identity.clone()]).await?;
    let coder = Coder {
        names: names.clone(),
        map: crate::coding::store::map(tx.conn()).await?,
    };
    let read = Good {
        row,
        identity: identity.clone(),
        suspect_of: None,
        draft: Box::new(draft),
    };
    match coder.prepare(import.id, read, &known, &mut Ids::default())? {
        Prepared::Waits(line) => {
            counts.uncoded += 1;
            counts.sum_uncoded = counts.sum_uncoded.plus(amount).ok_or_else(too_large)?;
            store::insert_waiting(tx.conn(), *line).await?;
        }
        Prepared::Line(line) => {
            counts.loaded += 1;
            counts.sum_loaded = counts.sum_loaded.plus(amount).ok_or_else(too_large)?;
            store::count_line(tx.conn(), &line).await?;
            store::insert_lines(tx.conn(), vec![*line]).await?;
        }
        Prepared::Known(_) => {
            if let Some(Earlier::Line(line)) = known.get(&identity) {
                gone::found_after_all(tx, import.id, line.id).await?;
            }
            counts.known += 1;
            counts.sum_known = counts.sum_known.plus(amount).ok_or_else(too_large)?;
        }
        Prepared::Changed(_, fault, _) => return Err(still_wrong(&[fault])),
    }
    tx.note("decision", "corrected");
    // which columns, not their values: those may name people, and are kept with the row
    let columns: Vec<&str> = values.iter().map(|value| value.column.as_str()).collect();
    tx.note("columns", serde_json::to_value(columns)?);
    tx.note("amount_pence", amount.pence());
    Ok(Resolved {
        resolution: FaultResolution::Corrected,
        reason: None,
        amount: Some(amount),
    })
}

/// A column by its heading where there is one of that name, by its letter otherwise.
fn column(parser: &RowParser, name: &str) -> ColumnRef {
    let wanted = name.trim().to_lowercase();
    let heading = parser
        .layout()
        .headings
        .iter()
        .any(|heading| heading.trim().to_lowercase() == wanted);
    if heading {
        ColumnRef::Header(name.to_owned())
    } else {
        ColumnRef::Letter(name.to_owned())
    }
}

fn still_wrong(faults: &[super::super::rules::Fault]) -> Error {
    Error::Invalid(
        faults
            .iter()
            .map(|fault| {
                let code = serde_json::to_value(fault.code)
                    .ok()
                    .and_then(|code| code.as_str().map(str::to_owned))
                    .unwrap_or_else(|| "faulty".to_owned());
                let name = fault.heading.as_ref().or(fault.column.as_ref());
                FieldError::new(
                    format!("/values/{}", name.map_or("", String::as_str)),
                    code,
                    fault.message.clone(),
                )
            })
            .collect(),
    )
}

/// A corrected row takes its identity after those of the rows that were good at once.
async fn identity(
    tx: &Tx,
    import: &spend_import::Model,
    draft: &super::super::rules::LineDraft,
    fingerprint: Option<&[u8; 32]>,
) -> Result<String> {
    let lines = || spend_line::Entity::find().filter(spend_line::Column::ImportId.eq(import.id));
    if let (Some(transaction), Some(line)) = (&draft.transaction, &draft.line) {
        let profile: super::super::rules::ImportProfile =
            serde_json::from_value(import.spec.clone())?;
        let key = ledger_key(&profile.system, transaction, line);
        let used = lines()
            .filter(spend_line::Column::Identity.eq(&key))
            .one(tx.conn())
            .await?;
        return match used {
            None => Ok(key),
            Some(other) => Err(Error::invalid(
                "/values",
                "duplicate-line",
                format!(
                    "Row {} already has this transaction and line number. Correct the number, or \
                     set this row aside.",
                    other.row_no
                ),
            )),
        };
    }
    let fingerprint = fingerprint.copied().unwrap_or_default();
    let first = nth_key(&fingerprint, 1);
    let stem = first.trim_end_matches('1');
    let before = lines()
        .filter(spend_line::Column::Identity.starts_with(stem))
        .count(tx.conn())
        .await?;
    let nth = u32::try_from(before).unwrap_or(u32::MAX).saturating_add(1);
    Ok(nth_key(&fingerprint, nth))
}
