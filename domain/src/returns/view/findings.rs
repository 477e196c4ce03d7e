//! What is found about a return now.

use std::collections::BTreeMap;

use chrono::{DateTime, NaiveDate, Utc};
use entity::{GrantReturnId, PoolId, ReturnState, pool};
use sea_orm::{ConnectionTrait, EntityTrait};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use uuid::Uuid;

use crate::access::names_of;
use crate::access::rules::{Operation, Sight, sight};
use crate::charges::view::{self as charges, Of};
use crate::forms::store::{self as forms, Form};
use crate::returns::ops::overtaken;
use crate::returns::rules::Finding;
use crate::returns::rules::findings::{
    Checked, NotKept, OverCap, Reasoned, as_offered, findings as find,
};
use crate::returns::store::{self, Record};
use crate::returns::workbook::CellFinding;
use crate::{Ctx, Db, Error, Result};

/// What a revision's `findings` column holds.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct Found {
    /// Everything, as it was shown.
    pub findings: Vec<Finding>,
    /// What the workbook itself said.
    pub workbook: Vec<CellFinding>,
}

/// What is found about a return now: by its answers and facts as they stand, and by the workbook
/// when it was last filled.
pub async fn findings(db: &Db, ctx: &Ctx, id: GrantReturnId) -> Result<Vec<Finding>> {
    ctx.require(Operation::ReadReturns)?;
    if sight(&ctx.actor) != Sight::All {
        return Err(Error::NotFound);
    }
    let record = store::seen(db.read(), ctx, id).await?;
    let form = forms::load(db.read(), record.row.form_id).await?;
    let answers = store::by_key(&form, &store::answers(db.read(), id).await?);
    of_workbook(db, ctx, &record, &form, &answers).await
}

/// The same, for a view that has loaded the parts.
pub(super) async fn of_workbook(
    db: &Db,
    ctx: &Ctx,
    record: &Record,
    form: &Form,
    answers: &BTreeMap<String, Value>,
) -> Result<Vec<Finding>> {
    let workbook = match store::newest_revision(db.read(), record.row.id).await? {
        Some(revision) => {
            let then: BTreeMap<String, Value> = serde_json::from_value(revision.answers)?;
            let mut said = serde_json::from_value::<Found>(revision.findings)?.workbook;
            // What the workbook said about an answer that has changed since says nothing now.
            said.retain(|found| {
                form.fields
                    .iter()
                    .find(|field| {
                        Some(&field.sheet) == found.sheet.as_ref()
                            && Some(&field.cell) == found.cell.as_ref()
                    })
                    .is_none_or(|field| then.get(&field.key) == answers.get(&field.key))
            });
            said
        }
        None => Vec::new(),
    };
    let signed = matches!(
        record.row.state,
        ReturnState::Certified | ReturnState::Submitted | ReturnState::Accepted
    );
    check(db, ctx, record, form, answers, &workbook, signed).await
}

/// Loads what the rules need and asks them.
pub(crate) async fn check(
    db: &Db,
    ctx: &Ctx,
    record: &Record,
    form: &Form,
    answers: &BTreeMap<String, Value>,
    workbook: &[CellFinding],
    signed: bool,
) -> Result<Vec<Finding>> {
    if record.row.state == ReturnState::Scheduled || record.row.state == ReturnState::NotRequired {
        return Ok(Vec::new());
    }
    let span = record.span();
    let conn = db.read();
    let seq = store::moment(conn).await?;
    let facts = store::facts(conn, record, form, seq, ctx.now()).await?;
    let loaded = store::loaded(conn, record.award.id, span.from, span.to, seq).await?;
    let uncovered = store::unattributed(
        conn,
        record.award.id,
        &loaded.pools,
        span.from,
        span.to,
        seq,
    )
    .await?;
    let set_aside = store::set_aside(conn, &loaded.pools, span.from, span.to, seq).await?;
    let to_code = store::to_code(conn, span.from, span.to).await?;
    let not_agreed = crate::agreement::store::not_agreed(conn, span.from, span.to).await?;
    let silenced: Vec<Reasoned> = store::silenced(conn, record.row.id)
        .await?
        .into_iter()
        .map(|row| Reasoned {
            code: row.code,
            place: row.cell,
            found: row.found,
            reason: row.reason,
        })
        .collect();
    let overtaken = overtaken(conn, ctx.now(), form, record).await?;
    let further = crate::awards::store::further(conn, record.award.id).await?;
    let variance = further.variance;
    let not_kept: Vec<NotKept> = crate::baselines::view::not_kept(
        conn,
        &record.award,
        &further.baseline,
        (span.from, span.to),
        ctx.today(),
    )
    .await?
    .into_iter()
    .map(|year| NotKept {
        of_what: further.baseline.of_what.clone(),
        sentence: year.sentence,
        spent: year.spent_pence,
        paid_by_award: year.paid_by_award_pence,
    })
    .collect();
    let over_caps = over_caps(conn, record, &loaded.pools, ctx.today()).await?;
    let mut found = find(&Checked {
        form,
        facts: &facts,
        span: &span,
        answers,
        today: ctx.today(),
        loaded_to: loaded.to,
        open_months: &loaded.open_months,
        uncovered,
        set_aside,
        to_code,
        not_agreed: &not_agreed,
        // what a return itself was told goes before what its award says
        variance_bp: record.requirement.variance_bp.or(variance.share_bp),
        variance_amount: variance
            .amount_pence
            .filter(|_| record.requirement.variance_bp.is_none()),
        not_kept: &not_kept,
        over_caps: &over_caps,
        workbook,
        silenced: &silenced,
        signed,
        offered: matches!(
            record.row.state,
            ReturnState::AwaitingApproval | ReturnState::AwaitingCertification
        ),
        overtaken: &overtaken,
    });
    if let Some(stood) = store::let_stand(conn, &record.row).await? {
        let stood: Vec<Finding> = stood.into_iter().map(|one| one.finding).collect();
        as_offered(&mut found, &stood);
    }
    Ok(found)
}

/// Why a finding was let stand.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct LetStandBecause {
    /// The reason: by it, it is taken back.
    pub id: Uuid,
    /// The finding's code.
    pub code: String,
    /// Its sheet and cell, or empty.
    pub place: String,
    /// Why it may stand.
    pub reason: String,
    /// Who said so, by their chosen name.
    pub by: Option<String>,
    /// When (UTC).
    #[schema(value_type = chrono::DateTime<chrono::Utc>)]
    pub at: DateTime<Utc>,
}

/// Why what was found and let stand may stand, each with who said so and when.
pub(super) async fn because(
    db: &Db,
    id: GrantReturnId,
    findings: &[Finding],
) -> Result<Vec<LetStandBecause>> {
    if findings.iter().all(|found| found.silenced.is_none()) {
        return Ok(Vec::new());
    }
    let rows = store::silenced(db.read(), id).await?;
    let names = names_of(db, rows.iter().map(|row| row.silenced_by)).await?;
    Ok(findings
        .iter()
        .filter_map(|found| {
            let row = rows.iter().rev().find(|row| {
                row.code == found.code
                    && row.cell == found.place()
                    && Some(&row.reason) == found.silenced.as_ref()
            })?;
            Some(LetStandBecause {
                id: row.id,
                code: row.code.clone(),
                place: row.cell.clone(),
                reason: row.reason.clone(),
                by: names.get(&row.silenced_by).cloned(),
                at: row.silenced_at,
            })
        })
        .collect())
}

/// Of which years more is charged for management than may be: of the award, and of the pools in which it pays
/// for some of the charge.
async fn over_caps(
    conn: &impl ConnectionTrait,
    record: &Record,
    pools: &[PoolId],
    today: NaiveDate,
) -> Result<Vec<OverCap>> {
    let award = record.award.id;
    let span = record.span();
    let period = (span.from, span.to);
    let own = charges::over(conn, Of::Award(award), period, today).await?;
    let mut found: Vec<OverCap> = own
        .into_iter()
        .map(|year| OverCap {
            pool: None,
            sentence: year.sentence,
        })
        .collect();
    for id in pools {
        for year in charges::over(conn, Of::Pool(*id), period, today).await? {
            if !charges::paid_of(conn, award, *id, &year).await? {
                continue;
            }
            let pool = pool::Entity::find_by_id(*id).one(conn).await?;
            found.push(OverCap {
                pool: pool.map(|pool| pool.name),
                sentence: year.sentence,
            });
        }
    }
    Ok(found)
}
