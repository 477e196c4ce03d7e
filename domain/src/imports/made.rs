//! Lines that did not come as rows of a file that was read: each act counts as an import of its own,
//! so that the order of accepted things stays the order in which they became known.

use chrono::NaiveDate;
use entity::{
    FileId, ImportProfileId, ImportState, JobKind, JournalId, Money, PersonId, SpendImportId,
    import_profile, journal, spend_import, spend_line,
};
use sea_orm::{ActiveModelTrait, ActiveValue::Set, ColumnTrait, EntityTrait, QueryFilter};
use serde_json::Value;
use workbook::sheet::Sheet;

use super::rules::ImportProfile;
use super::store::{self, Totals};
use crate::{Ctx, Error, Result, Tx, files, jobs};

/// What the layout of journals is known by. It reads nothing: nobody chooses it for a file.
pub(crate) const JOURNALS: &str = "tributary-journals";

/// What the layout of splits is known by. It reads nothing, either.
pub(crate) const SPLITS: &str = "tributary-apportionments";

/// Where lines come from.
pub(super) struct Origin {
    pub(super) profile: ImportProfileId,
    pub(super) file: FileId,
    pub(super) period: (NaiveDate, NaiveDate),
    pub(super) spec: Value,
    pub(super) layout: Option<Value>,
    /// The import whose lines they were, or whose file says otherwise now.
    pub(super) made_of: Option<SpendImportId>,
    pub(super) journal: Option<JournalId>,
    pub(super) created_by: Option<PersonId>,
}

/// Lets lines count as an import of their own. Gives what they come to.
pub(super) async fn count(
    tx: &Tx,
    ctx: &Ctx,
    id: SpendImportId,
    origin: Origin,
    lines: Vec<spend_line::Model>,
) -> Result<Money> {
    let mut totals = Totals::default();
    for line in &lines {
        totals.count(line)?;
    }
    let suspects = lines.iter().filter(|line| line.suspect).count();
    let sum = Money::sum(lines.iter().map(|line| line.amount))
        .ok_or_else(|| Error::internal("amounts beyond counting"))?;
    let number = |count: usize| i64::try_from(count).unwrap_or(0);
    let rows = number(lines.len());
    let seq = tx.next("accepted").await?;
    spend_import::ActiveModel {
        id: Set(id),
        profile_id: Set(origin.profile),
        file_id: Set(origin.file),
        period_from: Set(origin.period.0),
        period_to: Set(origin.period.1),
        control_total: Set(Some(sum)),
        spec: Set(origin.spec),
        layout: Set(origin.layout),
        saw_seq: Set(seq - 1),
        state: Set(ImportState::Accepted),
        rows_total: Set(rows),
        rows_read: Set(rows),
        rows_loaded: Set(rows),
        rows_faulty: Set(0),
        rows_set_aside: Set(0),
        rows_known: Set(0),
        rows_skipped: Set(0),
        rows_suspect: Set(number(suspects)),
        sum_loaded: Set(sum),
        sum_set_aside: Set(Money::ZERO),
        sum_known: Set(Money::ZERO),
        failure: Set(None),
        version: Set(1),
        created_at: Set(tx.now()),
        created_by: Set(origin.created_by),
        accepted_at: Set(Some(tx.now())),
        accepted_by: Set(ctx.person_id()),
        accepted_seq: Set(Some(seq)),
        coded_from_id: Set(origin.made_of),
        journal_id: Set(origin.journal),
        rows_replaced: Set(0),
        sum_replaced: Set(entity::Money::ZERO),
        rows_uncoded: Set(0),
        sum_uncoded: Set(Money::ZERO),
    }
    .insert(tx.conn())
    .await?;
    store::insert_lines(tx.conn(), lines).await?;
    store::insert_totals(tx.conn(), &totals.rows(id)).await?;
    store::insert_ledger_totals(tx.conn(), &totals.ledger_rows(id)).await?;
    for kind in [JobKind::AttributeSpend, JobKind::DraftReturns] {
        jobs::ask(tx, kind).await?;
    }
    Ok(sum)
}

/// Makes spend of a journal's lines, with the journal itself kept as the file that they come from.
pub(crate) async fn of_journal(
    tx: &Tx,
    ctx: &Ctx,
    id: SpendImportId,
    journal: &journal::Model,
    prepared_by: PersonId,
    sheet: Sheet,
    lines: Vec<spend_line::Model>,
) -> Result<()> {
    let days = || lines.iter().map(|line| line.incurred_on);
    let (Some(first), Some(last)) = (days().min(), days().max()) else {
        return Err(Error::internal("a journal without lines"));
    };
    let profile = own_profile(tx, JOURNALS, "Journals of our own").await?;
    let name = format!("journal-{}.csv", journal.number);
    let file = files::put(tx, ctx, &name, "text/csv", &sheet.to_csv()).await?;
    let origin = Origin {
        profile: profile.id,
        file,
        period: (first, last),
        spec: profile.spec,
        layout: None,
        made_of: None,
        journal: Some(journal.id),
        created_by: Some(prepared_by),
    };
    count(tx, ctx, id, origin, lines).await?;
    Ok(())
}

/// Makes spend of what a split made of lines, with a table of it kept as the file that they come from.
pub(crate) async fn of_split(
    tx: &Tx,
    ctx: &Ctx,
    id: SpendImportId,
    name: &str,
    sheet: Sheet,
    lines: Vec<spend_line::Model>,
) -> Result<()> {
    let days = || lines.iter().map(|line| line.incurred_on);
    let (Some(first), Some(last)) = (days().min(), days().max()) else {
        return Err(Error::internal("a split of no line"));
    };
    let profile = own_profile(tx, SPLITS, "Splits of spend").await?;
    let file = files::put(tx, ctx, name, "text/csv", &sheet.to_csv()).await?;
    let origin = Origin {
        profile: profile.id,
        file,
        period: (first, last),
        spec: profile.spec,
        layout: None,
        made_of: None,
        journal: None,
        created_by: None,
    };
    count(tx, ctx, id, origin, lines).await?;
    Ok(())
}

/// The layout of lines that we make ourselves.
async fn own_profile(tx: &Tx, system: &str, name: &str) -> Result<import_profile::Model> {
    let found = import_profile::Entity::find()
        .filter(import_profile::Column::SourceSystem.eq(system))
        .one(tx.conn())
        .await?;
    if let Some(found) = found {
        return Ok(found);
    }
    let spec = ImportProfile {
        system: system.to_owned(),
        ..ImportProfile::default()
    };
    Ok(import_profile::ActiveModel {
        id: Set(ImportProfileId::new()),
        name: Set(name.to_owned()),
        source_system: Set(system.to_owned()),
        spec: Set(serde_json::to_value(spec)?),
        version: Set(1),
        created_at: Set(tx.now()),
    }
    .insert(tx.conn())
    .await?)
}
