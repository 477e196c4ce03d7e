//! Building a numbered revision: the funder's workbook filled from the answers that stand, with
//! the hash that binds them. The same answers give the same revision.

use std::collections::BTreeMap;

use entity::{GrantReturnId, ReturnEventKind, return_revision};
use sea_orm::{ActiveModelTrait, ActiveValue::Set, IntoActiveModel};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use uuid::Uuid;

use crate::access::rules::Operation;
use crate::forms::store::{self as forms, Form};
use crate::returns::rules::answers::cell_value;
use crate::returns::rules::measures::is_sign_off;
use crate::returns::rules::{Finding, content_hash};
use crate::returns::store::{self, Record};
use crate::returns::view::{self, Found};
use crate::returns::workbook::{CellAnswer, Filled, Workbooks};
use crate::{Command, Ctx, Db, Error, Result, files};

/// A revision, as it was built.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Built {
    /// Its number.
    pub revision: i32,
    /// The hash of the form and every answer.
    pub content_hash: String,
    /// What was found.
    pub findings: Vec<Finding>,
    /// The return's version, for If-Match.
    pub version: i64,
}

/// Fills the workbook from the answers that stand, has it checked, and keeps it as a numbered
/// revision. Answers that are as they were give the revision that is there already.
pub async fn build(
    db: &Db,
    ctx: &Ctx,
    workbooks: &Workbooks,
    id: GrantReturnId,
    expected: Option<i64>,
) -> Result<Built> {
    ctx.require(Operation::BuildRevision)?;
    if let Some(done) = db.repeated(ctx, Operation::BuildRevision).await? {
        return Ok(done);
    }
    store::seen(db.read(), ctx, id).await?.expect(expected)?;
    build_as(db, ctx, Operation::BuildRevision, workbooks, id).await
}

/// The same, for another verb that needs it. What is offered gets a number of its own each time,
/// so that an agreement or a signature is never about an earlier offer.
pub(super) async fn build_as(
    db: &Db,
    ctx: &Ctx,
    operation: Operation,
    workbooks: &Workbooks,
    id: GrantReturnId,
) -> Result<Built> {
    let record = store::seen(db.read(), ctx, id).await?;
    store::life(db.read(), id).await?.may_change()?;
    let form = forms::load(db.read(), record.row.form_id).await?;
    let answers = store::by_key(&form, &store::answers(db.read(), id).await?);
    let hash = content_hash(&form.file_sha256, &answers);
    let bytes = files::load(db, form.file_id).await?.bytes;
    let filled = workbooks.fill(&bytes, &cells(&form, &answers)).await?;
    let findings = view::check(db, ctx, &record, &form, &answers, &filled.findings, false).await?;
    let name = file_name(&record, &form, "draft");
    let version = record.row.version;
    db.write(
        ctx,
        Command::on(operation, "grant_return", id),
        async |tx| {
            tx.lock("grant_return", id).await?;
            let now = store::record(tx.conn(), id).await?;
            now.expect(Some(version))?;
            let newest = store::newest_revision(tx.conn(), id).await?;
            let offered_before = match &newest {
                Some(newest) if operation == Operation::OfferReturn => {
                    store::events(tx.conn(), id).await?.iter().any(|event| {
                        event.kind == ReturnEventKind::SentForCertification
                            && event.revision == Some(newest.number)
                    })
                }
                _ => false,
            };
            let found = serde_json::to_value(Found {
                findings: findings.clone(),
                workbook: filled.findings.clone(),
            })?;
            // What is offered is kept with what was found and let stand of it then.
            let as_kept = |newest: &return_revision::Model| {
                operation != Operation::OfferReturn || newest.findings == found
            };
            let same = newest
                .filter(|newest| newest.content_hash == hash && !offered_before)
                .filter(as_kept);
            if let Some(newest) = same {
                return Ok(Built {
                    revision: newest.number,
                    content_hash: hash.clone(),
                    findings: findings.clone(),
                    version,
                });
            }
            let number = now
                .row
                .revision
                .checked_add(1)
                .ok_or_else(|| Error::internal("too many revisions"))?;
            let file_id = files::put(tx, ctx, &name, &form.media_type, &filled.bytes).await?;
            return_revision::ActiveModel {
                id: Set(Uuid::now_v7()),
                return_id: Set(id),
                number: Set(number),
                content_hash: Set(hash.clone()),
                answers: Set(serde_json::to_value(&answers)?),
                findings: Set(found),
                rests_on: Set(now.row.rests_on.clone()),
                file_id: Set(Some(file_id)),
                created_at: Set(tx.now()),
                created_by: Set(ctx.person_id()),
            }
            .insert(tx.conn())
            .await?;
            let mut row = now.row.into_active_model();
            row.revision = Set(number);
            row.version = Set(version.saturating_add(1));
            row.update(tx.conn()).await?;
            tx.note("revision", number);
            tx.note("content_hash", hash.as_str());
            Ok(Built {
                revision: number,
                content_hash: hash.clone(),
                findings: findings.clone(),
                version: version.saturating_add(1),
            })
        },
    )
    .await
}

/// The filled workbook as the answers stand now, without keeping it.
pub(crate) async fn filled_now(
    db: &Db,
    workbooks: &Workbooks,
    form: &Form,
    answers: &BTreeMap<String, Value>,
) -> Result<Filled> {
    let bytes = files::load(db, form.file_id).await?.bytes;
    workbooks.fill(&bytes, &cells(form, answers)).await
}

/// What is written into the workbook before it is signed: every field that has an answer, in the
/// order of the form. A field without one is left as the funder made it.
pub(crate) fn cells(form: &Form, answers: &BTreeMap<String, Value>) -> Vec<CellAnswer> {
    form.fields
        .iter()
        .filter(|field| !is_sign_off(field))
        .filter_map(|field| {
            let value = answers.get(&field.key)?;
            Some(CellAnswer {
                at: field.locator.clone(),
                value: cell_value(field, value),
            })
        })
        .collect()
}

/// "RG-1 Quarterly return, April to June 2026, draft.xlsx".
pub(crate) fn file_name(record: &Record, form: &Form, what: &str) -> String {
    let extension = if form.file_name.to_ascii_lowercase().ends_with(".xlsm") {
        "xlsm"
    } else {
        "xlsx"
    };
    let name = format!("{} {}, {what}", record.award.reference, record.title());
    let plain: String = name
        .chars()
        .map(|c| match c {
            '/' | '\\' | ':' | '*' | '?' | '"' | '<' | '>' | '|' => '-',
            c if c.is_control() => '-',
            c => c,
        })
        .collect();
    format!("{plain}.{extension}")
}
