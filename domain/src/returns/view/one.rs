//! One return: can it go, and if not, why?

use std::collections::{BTreeMap, HashMap};

use chrono::{DateTime, NaiveDate, Utc};
use entity::{
    AnswerSource, Board, FieldKind, FileId, FormFieldId, GrantReturnId, PersonId, ReturnEventKind,
    ReturnState, file, return_answer, return_event,
};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};
use serde::Serialize;
use serde_json::Value;
use uuid::Uuid;

use super::findings::{LetStandBecause, because, check, of_workbook};
use super::funder_asks::{FunderAsks, funder_asks};
use super::list::{ReturnSummary, summary};
use super::parts::{asked_to_sign, named};
use super::sent_back::{SentBack, sent_back};
use crate::access::names_of;
use crate::access::rules::{Operation, Sight, sight};
use crate::forms::rules::{Measure, Unit};
use crate::forms::store::{self as forms, Form};
use crate::returns::ops::{AnswerValue, as_now, filled_now, reason_of};
use crate::returns::rules::life::{Detail, Life};
use crate::returns::rules::measures::is_sign_off;
use crate::returns::rules::words::event_in_words;
use crate::returns::rules::{Basis, Finding, content_hash};
use crate::returns::store::{self, AsSent, Record, Standing};
use crate::returns::workbook::Workbooks;
use crate::{Ctx, Db, Error, Money, Result, organisations};

/// One return.
#[derive(Clone, Debug, Serialize, utoipa::ToSchema)]
pub struct ReturnView {
    /// What lists show.
    #[serde(flatten)]
    pub summary: ReturnSummary,
    /// The form's title and version.
    pub form: String,
    /// Its newest revision; 0 before the first.
    pub revision: i32,
    /// The revision that waits for agreement or certification, if one does.
    pub offered_revision: Option<i32>,
    /// The hash of the form and every answer as they stand.
    pub content_hash: String,
    /// Whether the workbook was filled from exactly these answers.
    pub workbook_is_current: bool,
    /// Whether what the form's own checks say was computed from exactly these answers.
    pub checks_are_current: bool,
    /// Whether answers may change now.
    pub may_change: bool,
    /// Why not, if not.
    pub why_not: Option<String>,
    /// What the draft rests on: "Spend loaded to 12 June 2026; June 2026 not closed."
    pub rests_on: String,
    /// Whether newer facts wait to be taken in.
    pub newer_facts: bool,
    /// The form's headings, each with its questions.
    pub sections: Vec<SectionView>,
    /// What was found, errors first.
    pub findings: Vec<Finding>,
    /// Why what was let stand may stand, with who said so and when; not for funders.
    pub let_stand: Vec<LetStandBecause>,
    /// Who prepares it, by their chosen name, while they are with us; not for funders.
    pub preparer: Option<String>,
    /// The boards that the award names, and where each stands.
    pub boards: Vec<BoardView>,
    /// Whether this reader is asked to sign next.
    pub signs_next: bool,
    /// Signatures that stand, and offices that have yet to sign.
    pub certifications: Vec<CertificationView>,
    /// Its sendings; the last one is authoritative.
    pub sendings: Vec<SendingView>,
    /// What happened, oldest first.
    pub history: Vec<EventView>,
    /// Whether sending it on asks why it is sent again: it was certified before.
    pub asks_why_again: bool,
    /// Why what is offered or certified stands in place of what was certified before, in the words of
    /// whoever sent it on; not for funders, who read it with what was sent.
    pub resubmission_reason: Option<String>,
    /// What changed since it was certified; empty before.
    pub restated: Vec<Restated>,
    /// What changed since a certifier, or else anybody, last sent it back; none where nobody did.
    /// Not for funders.
    pub sent_back: Option<SentBack>,
    /// What the funder asked to be changed in what it was sent last; none where it did not, accepted it
    /// since, or was sent another since.
    pub funder_asks: Option<FunderAsks>,
}

/// A heading of the form.
#[derive(Clone, Debug, Serialize, utoipa::ToSchema)]
pub struct SectionView {
    /// The heading.
    pub title: String,
    /// Its questions that must be answered and are not.
    pub missing: Vec<String>,
    /// Its findings that are errors.
    pub errors: u32,
    /// "Completed", "3 answers missing", "2 errors".
    pub state_in_words: String,
    /// Its questions, in order.
    pub answers: Vec<AnswerView>,
}

/// A question with the answer that stands.
#[derive(Clone, Debug, Serialize, utoipa::ToSchema)]
pub struct AnswerView {
    /// Stable short name of the field.
    pub key: String,
    /// The question.
    pub label: String,
    /// What kind of answer.
    pub kind: FieldKind,
    /// Must be answered.
    pub required: bool,
    /// How to answer.
    pub guidance: String,
    /// Most words.
    pub word_limit: Option<i32>,
    /// The list to choose from, for a `choice`. For `yes-no`, what the form writes for true and for
    /// false: answer with true or false.
    pub choices: Vec<String>,
    /// What one stands for in the cell; only for money.
    pub unit: Option<Unit>,
    /// Sheet and cell.
    pub place: String,
    /// Written when the return is signed.
    pub written_when_signed: bool,
    /// The answer that stands, for If-Match.
    pub answer_id: Option<Uuid>,
    /// The value that stands; null when there is none.
    #[schema(value_type = Option<AnswerValue>)]
    pub value: Value,
    /// The drafted value, if there is one.
    #[schema(value_type = Option<AnswerValue>)]
    pub drafted: Value,
    /// Whether a person typed the one that stands.
    pub typed: bool,
    /// Whether a person typed something else over a drafted value.
    pub overridden: bool,
    /// Why, if so.
    pub reason: Option<String>,
    /// Who typed it.
    pub typed_by: Option<String>,
    /// What a drafted value is, in a sentence.
    pub sentence: Option<String>,
}

/// A board that the award names.
#[derive(Clone, Debug, Serialize, utoipa::ToSchema)]
pub struct BoardView {
    /// Which board.
    pub board: Board,
    /// Whether it has agreed to the revision that is offered.
    pub agreed: bool,
    /// London date of the decision.
    pub agreed_on: Option<NaiveDate>,
    /// Where it is minuted; not for funders.
    pub minute: Option<String>,
    /// Who recorded it; not for funders.
    pub recorded_by: Option<String>,
}

/// An office that signs.
#[derive(Clone, Debug, Serialize, utoipa::ToSchema)]
pub struct CertificationView {
    /// The office.
    pub office: String,
    /// The funder's words.
    pub statement: String,
    /// Who is to sign, where somebody is named; not for funders.
    pub named: Option<String>,
    /// Whether it has signed.
    pub signed: bool,
    /// Who signed; for one on paper, who recorded it.
    pub certified_by: Option<String>,
    /// When (UTC).
    #[schema(value_type = Option<chrono::DateTime<chrono::Utc>>)]
    pub certified_at: Option<DateTime<Utc>>,
    /// Which revision.
    pub revision: Option<i32>,
    /// The content hash that was signed.
    pub content_hash: Option<String>,
    /// The hash of the workbook with its sign-off cells.
    pub file_sha256: Option<String>,
    /// Signed on paper: whose name it bears.
    pub signed_by: Option<String>,
    /// Signed on paper: the London date that it bears.
    pub signed_on: Option<NaiveDate>,
    /// Signed on paper: the paper as a file.
    pub paper_file_id: Option<FileId>,
    /// Signed on paper: the hash of that file.
    pub paper_sha256: Option<String>,
}

/// A record of sending.
#[derive(Clone, Debug, Serialize, utoipa::ToSchema)]
pub struct SendingView {
    /// Which revision.
    pub revision: i32,
    /// When it was sent (UTC).
    #[schema(value_type = chrono::DateTime<chrono::Utc>)]
    pub sent_at: DateTime<Utc>,
    /// By what means.
    pub how: String,
    /// To whom.
    pub to_whom: String,
    /// The funder's receipt.
    pub receipt: String,
    /// The receipt as a file.
    pub receipt_file_id: Option<FileId>,
    /// That file's name.
    pub receipt_file_name: Option<String>,
    /// That file's hash.
    pub receipt_sha256: Option<String>,
    /// Hash of the workbook that was sent.
    pub file_sha256: String,
    /// Who signed what was sent, in order.
    pub signed: Vec<SignedThen>,
    /// Who recorded it.
    pub recorded_by: String,
    /// Whether a later sending replaced it.
    pub replaced: bool,
    /// Why it was sent again, if one was sent before.
    pub resubmission_reason: Option<String>,
}

/// A signature under what was sent.
#[derive(Clone, Debug, Serialize, utoipa::ToSchema)]
pub struct SignedThen {
    /// The office.
    pub office: String,
    /// Whose name it bears.
    pub by: String,
    /// When it was signed or, on paper, recorded (UTC).
    #[schema(value_type = chrono::DateTime<chrono::Utc>)]
    pub at: DateTime<Utc>,
}

/// Something that happened.
#[derive(Clone, Debug, Serialize, utoipa::ToSchema)]
pub struct EventView {
    /// What happened.
    pub kind: ReturnEventKind,
    /// The same as a sentence.
    pub in_words: String,
    /// When (UTC).
    #[schema(value_type = chrono::DateTime<chrono::Utc>)]
    pub at: DateTime<Utc>,
    /// Who; none for the worker.
    pub by: Option<String>,
    /// Which revision it is about.
    pub revision: Option<i32>,
    /// Why.
    pub reason: Option<String>,
}

/// A figure that is another now than when it was certified.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct Restated {
    /// The field.
    pub key: String,
    /// The question.
    pub label: String,
    /// As certified.
    pub as_certified: Money,
    /// As now.
    pub as_now: Money,
    /// Now less then.
    pub difference: Money,
}

/// One return, as this reader may see it.
pub async fn one(db: &Db, ctx: &Ctx, id: GrantReturnId) -> Result<ReturnView> {
    as_now_checked(db, ctx, None, id).await
}

/// The same, for who is about to send it on: where an answer has changed since the workbook was
/// last filled, it is filled to see what its own checks say now. Nothing is kept.
pub async fn checked(
    db: &Db,
    ctx: &Ctx,
    workbooks: &Workbooks,
    id: GrantReturnId,
) -> Result<ReturnView> {
    as_now_checked(db, ctx, Some(workbooks), id).await
}

async fn as_now_checked(
    db: &Db,
    ctx: &Ctx,
    workbooks: Option<&Workbooks>,
    id: GrantReturnId,
) -> Result<ReturnView> {
    ctx.require(Operation::ReadReturns)?;
    let mut record = store::seen(db.read(), ctx, id).await?;
    let inside = sight(&ctx.actor) == Sight::All;
    let form = forms::load(db.read(), record.row.form_id).await?;
    let mut standing = store::answers(db.read(), id).await?;
    let events = store::events(db.read(), id).await?;
    let mut life = store::life(db.read(), id).await?;
    let mut due = store::deadline(db.read(), id)
        .await?
        .ok_or_else(|| Error::internal("a return without its deadline"))?;
    // To a funder it is what was sent, also while it is open again here.
    if !inside
        && !store::is_sent(record.row.state)
        && let Some(sent) = store::as_sent(db.read(), id).await?
    {
        standing = as_sent(&form, &sent)?;
        record.row.state = sent.life.state;
        record.row.revision = sent.revision.number;
        record.row.rests_on = sent.revision.rests_on;
        due.closed_at = Some(sent.sending.recorded_at);
        life = sent.life;
    }
    let answers = store::by_key(&form, &standing);
    let funder = organisations::view::names(db, [record.award.funder_id])
        .await?
        .remove(&record.award.funder_id)
        .unwrap_or_default();
    let names = names(db, &record, &standing, &events).await?;
    let hash = content_hash(&form.file_sha256, &answers);
    let newest = store::newest_revision(db.read(), id).await?;
    let workbook_is_current = newest.is_some_and(|revision| revision.content_hash == hash);
    let may_change = life.may_change();
    let filled = match workbooks {
        Some(workbooks) if inside && may_change.is_ok() && !workbook_is_current => {
            // A workbook that cannot be filled just now does not keep anybody from the page.
            filled_now(db, workbooks, &form, &answers).await.ok()
        }
        _ => None,
    };
    let findings = match &filled {
        _ if !inside => Vec::new(),
        Some(filled) => check(db, ctx, &record, &form, &answers, &filled.findings, false).await?,
        None => of_workbook(db, ctx, &record, &form, &answers).await?,
    };
    let restated = if inside {
        restated(db, ctx, &form, &record, &standing).await?
    } else {
        Vec::new()
    };
    let sent_back = if inside {
        sent_back(db, &record, &form, &events).await?
    } else {
        None
    };
    let newer_facts =
        inside && may_change.is_ok() && store::newer_facts(db.read(), &record).await?;
    let summary = summary(db, ctx, &record, &due, &form, funder, inside).await?;
    Ok(ReturnView {
        form: format!("{}, {}", form.name, form.version_label),
        revision: record.row.revision,
        offered_revision: life.offered,
        checks_are_current: workbook_is_current || filled.is_some(),
        workbook_is_current,
        content_hash: hash,
        may_change: may_change.is_ok(),
        why_not: may_change.err().map(|refusal| refusal.detail),
        rests_on: record.row.rests_on.clone(),
        newer_facts,
        sections: sections(&form, &standing, &findings, &names, inside)?,
        let_stand: because(db, id, &findings).await?,
        preparer: if inside {
            named(db, ctx, record.requirement.preparer_id).await?
        } else {
            None
        },
        findings,
        signs_next: inside && !summary.overtaken && asked_to_sign(db, ctx, &record).await?,
        asks_why_again: inside && life.asks_why_again(),
        resubmission_reason: if inside {
            why_again(&events, life.offered)?
        } else {
            None
        },
        boards: boards(db, &record, &life, &names, inside).await?,
        certifications: certifications(db, &record, &names, inside).await?,
        sendings: sendings(db, id, &names, &events).await?,
        history: events
            .iter()
            .filter(|event| inside || is_for_the_funder(event.kind))
            .map(|event| event_view(event, &names, inside))
            .collect::<Result<_>>()?,
        restated,
        sent_back,
        funder_asks: funder_asks(&life, &events, &names, inside)?,
        summary,
    })
}

/// Why a revision is offered in place of one that was certified before, as its offer says.
pub(super) fn why_again(
    events: &[return_event::Model],
    revision: Option<i32>,
) -> Result<Option<String>> {
    let offer = events.iter().rev().find(|event| {
        event.kind == ReturnEventKind::SentForCertification
            && revision.is_some()
            && event.revision == revision
    });
    let detail: Option<Detail> = offer
        .and_then(|event| event.detail.clone())
        .map(serde_json::from_value)
        .transpose()?;
    Ok(detail.and_then(|detail| detail.why_again))
}

/// The answers of the revision that was sent, as they stood.
fn as_sent(form: &Form, sent: &AsSent) -> Result<HashMap<FormFieldId, Standing>> {
    let answers: BTreeMap<String, Value> = serde_json::from_value(sent.revision.answers.clone())?;
    Ok(form
        .fields
        .iter()
        .filter_map(|field| {
            let row = return_answer::Model {
                id: Uuid::nil(),
                return_id: sent.revision.return_id,
                field_id: field.id,
                source: AnswerSource::Drafted,
                value: answers.get(&field.key)?.clone(),
                basis: None,
                entered_by: None,
                entered_at: sent.revision.created_at,
                superseded_at: None,
                taken_back_by: None,
            };
            let standing = Standing {
                typed: None,
                drafted: Some(row),
            };
            Some((field.id, standing))
        })
        .collect())
}

async fn names(
    db: &Db,
    record: &Record,
    standing: &HashMap<FormFieldId, Standing>,
    events: &[return_event::Model],
) -> Result<HashMap<PersonId, String>> {
    let id = record.row.id;
    let mut ids: Vec<PersonId> = events.iter().filter_map(|event| event.by_person).collect();
    ids.extend(
        standing
            .values()
            .filter_map(|one| one.typed.as_ref()?.entered_by),
    );
    ids.extend(
        store::approvals(db.read(), id)
            .await?
            .iter()
            .map(|row| row.recorded_by),
    );
    ids.extend(
        store::sendings(db.read(), id)
            .await?
            .iter()
            .map(|row| row.recorded_by),
    );
    ids.extend(
        store::certifications(db.read(), id)
            .await?
            .iter()
            .map(|row| row.certified_by),
    );
    for sent in store::sendings(db.read(), id).await? {
        let signed = store::signed_then(db.read(), id, sent.revision).await?;
        ids.extend(signed.iter().map(|row| row.certified_by));
    }
    names_of(db, ids).await
}

fn sections(
    form: &Form,
    standing: &HashMap<FormFieldId, Standing>,
    findings: &[Finding],
    names: &HashMap<PersonId, String>,
    inside: bool,
) -> Result<Vec<SectionView>> {
    let none = Standing::default();
    let mut sections: Vec<SectionView> = Vec::new();
    for field in &form.fields {
        let one = standing.get(&field.id).unwrap_or(&none);
        let typed = one.typed.as_ref();
        let basis: Option<Basis> = one
            .drafted
            .as_ref()
            .and_then(|row| row.basis.clone())
            .map(serde_json::from_value)
            .transpose()?;
        let by = |row: &return_answer::Model| names.get(&row.entered_by?).cloned();
        let answer = AnswerView {
            key: field.key.clone(),
            label: field.label.clone(),
            kind: field.kind,
            required: field.required,
            guidance: field.guidance.clone(),
            word_limit: field.word_limit,
            choices: field.choices.clone(),
            unit: (field.kind == FieldKind::Money).then_some(field.unit),
            place: format!("{}!{}", field.sheet, field.cell),
            written_when_signed: is_sign_off(field),
            answer_id: one.row().map(|row| row.id).filter(|id| !id.is_nil()),
            value: one.value(),
            drafted: one
                .drafted
                .as_ref()
                .filter(|_| inside)
                .map_or(Value::Null, |row| row.value.clone()),
            typed: typed.is_some(),
            overridden: inside && one.is_overridden(),
            reason: typed.filter(|_| inside).and_then(reason_of),
            typed_by: typed.filter(|_| inside).and_then(by),
            sentence: basis.filter(|_| inside).map(|basis| basis.sentence),
        };
        let missing = field.required && !answer.written_when_signed && answer.value.is_null();
        let section = match sections.iter_mut().find(|s| s.title == field.section) {
            Some(section) => section,
            None => {
                sections.push(SectionView {
                    title: field.section.clone(),
                    missing: Vec::new(),
                    errors: 0,
                    state_in_words: String::new(),
                    answers: Vec::new(),
                });
                let last = sections.len().saturating_sub(1);
                sections
                    .get_mut(last)
                    .ok_or_else(|| Error::internal("a section went missing"))?
            }
        };
        if missing {
            section.missing.push(field.key.clone());
        }
        section.answers.push(answer);
    }
    let stopped: Vec<usize> = findings
        .iter()
        .filter(|found| found.stops() && found.code != "required-empty")
        .filter_map(|found| section_of(&sections, found))
        .collect();
    for (n, section) in sections.iter_mut().enumerate() {
        let errors = stopped.iter().filter(|at| **at == n).count();
        section.errors = u32::try_from(errors).unwrap_or(u32::MAX);
        section.state_in_words = match (section.missing.len(), section.errors) {
            (0, 0)
                if section
                    .answers
                    .iter()
                    .all(|answer| answer.written_when_signed) =>
            {
                "Written when signed".to_owned()
            }
            (0, 0) => "Completed".to_owned(),
            (1, 0) => "1 answer missing".to_owned(),
            (n, 0) => format!("{n} answers missing"),
            (0, 1) => "1 error".to_owned(),
            (0, n) => format!("{n} errors"),
            (missing, errors) => format!("{missing} missing, {errors} wrong"),
        };
    }
    Ok(sections)
}

/// The section that a finding belongs to: its question's. A check of the form's own stands on its own
/// cell, which no question fills: its sheet's section explains it, or the one that it names.
#[must_use]
pub fn section_of(sections: &[SectionView], finding: &Finding) -> Option<usize> {
    match (&finding.field, &finding.sheet) {
        (Some(key), _) => sections
            .iter()
            .position(|section| section.answers.iter().any(|answer| answer.key == *key)),
        (None, Some(sheet)) => sections
            .iter()
            .position(|section| section.title == *sheet)
            .or_else(|| {
                sections
                    .iter()
                    .position(|section| finding.message.contains(&section.title))
            }),
        (None, None) => None,
    }
}

async fn boards(
    db: &Db,
    record: &Record,
    life: &Life,
    names: &HashMap<PersonId, String>,
    inside: bool,
) -> Result<Vec<BoardView>> {
    let approvals = store::approvals(db.read(), record.row.id).await?;
    let asked = [
        (record.requirement.needs_trustees, Board::Trustees),
        (record.requirement.needs_committee, Board::Committee),
    ];
    Ok(asked
        .into_iter()
        .filter(|(needed, board)| *needed || life.boards.contains(board))
        .map(|(_, board)| {
            let approval = approvals
                .iter()
                .rev()
                .find(|row| row.board == board && Some(row.revision) == life.offered);
            BoardView {
                board,
                agreed: life.agreed.contains(&board),
                agreed_on: approval.map(|row| row.agreed_on),
                // Who sits on a board may be health data: a funder learns that it agreed, and when.
                minute: approval.filter(|_| inside).map(|row| row.minute.clone()),
                recorded_by: approval
                    .filter(|_| inside)
                    .and_then(|row| names.get(&row.recorded_by).cloned()),
            }
        })
        .collect())
}

async fn certifications(
    db: &Db,
    record: &Record,
    names: &HashMap<PersonId, String>,
    inside: bool,
) -> Result<Vec<CertificationView>> {
    let mut made = store::certifications(db.read(), record.row.id).await?;
    if !inside {
        // what was sent was signed, whatever stands here now
        if let Some(sent) = store::sendings(db.read(), record.row.id).await?.pop() {
            made = store::signed_then(db.read(), record.row.id, sent.revision).await?;
        }
    }
    let offices = store::signatures(&record.requirement)?;
    let holders = names_of(
        db,
        offices
            .iter()
            .filter(|_| inside)
            .filter_map(|one| one.person_id),
    )
    .await?;
    Ok(offices
        .into_iter()
        .map(|signature| {
            let named = signature.person_id.and_then(|id| holders.get(&id).cloned());
            let row = made.iter().find(|row| row.office == signature.office);
            CertificationView {
                statement: row.map_or(signature.words, |row| row.statement.clone()),
                office: signature.office,
                named,
                signed: row.is_some(),
                certified_by: row.and_then(|row| names.get(&row.certified_by).cloned()),
                certified_at: row.map(|row| row.certified_at),
                revision: row.map(|row| row.revision),
                content_hash: row.map(|row| row.content_hash.clone()),
                file_sha256: row.map(|row| row.file_sha256.clone()),
                signed_by: row.and_then(|row| row.signed_by.clone()),
                signed_on: row.and_then(|row| row.signed_on),
                paper_file_id: row.and_then(|row| row.paper_file_id),
                paper_sha256: row.and_then(|row| row.paper_sha256.clone()),
            }
        })
        .collect())
}

async fn sendings(
    db: &Db,
    id: GrantReturnId,
    names: &HashMap<PersonId, String>,
    events: &[return_event::Model],
) -> Result<Vec<SendingView>> {
    let rows = store::sendings(db.read(), id).await?;
    let last = rows.len().saturating_sub(1);
    let mut again: Vec<Option<String>> = Vec::new();
    for row in &rows {
        // what a funder never had is replaced for nobody
        let first = again.is_empty();
        let why = why_again(events, Some(row.revision))?;
        again.push(why.filter(|_| !first));
    }
    let receipts: HashMap<FileId, file::Model> = file::Entity::find()
        .filter(file::Column::Id.is_in(rows.iter().filter_map(|row| row.receipt_file_id)))
        .all(db.read())
        .await?
        .into_iter()
        .map(|row| (row.id, row))
        .collect();
    let receipt = |id: Option<FileId>| receipts.get(&id?);
    let mut signed: HashMap<i32, Vec<SignedThen>> = HashMap::new();
    for row in &rows {
        let then = store::signed_then(db.read(), id, row.revision)
            .await?
            .into_iter()
            .map(|one| SignedThen {
                by: one
                    .signed_by
                    .or_else(|| names.get(&one.certified_by).cloned())
                    .unwrap_or_default(),
                office: one.office,
                at: one.certified_at,
            })
            .collect();
        signed.insert(row.revision, then);
    }
    Ok(rows
        .into_iter()
        .zip(again)
        .enumerate()
        .map(|(n, (row, resubmission_reason))| SendingView {
            resubmission_reason,
            signed: signed.remove(&row.revision).unwrap_or_default(),
            revision: row.revision,
            sent_at: row.sent_at,
            how: row.how,
            to_whom: row.to_whom,
            receipt: row.receipt,
            receipt_file_name: receipt(row.receipt_file_id).map(|file| file.name.clone()),
            receipt_sha256: receipt(row.receipt_file_id).map(|file| file.sha256.clone()),
            receipt_file_id: row.receipt_file_id,
            file_sha256: row.file_sha256,
            recorded_by: names.get(&row.recorded_by).cloned().unwrap_or_default(),
            replaced: n < last,
        })
        .collect())
}

const fn is_for_the_funder(kind: ReturnEventKind) -> bool {
    matches!(kind, ReturnEventKind::Submitted) || store::is_the_funders(kind)
}

fn event_view(
    event: &return_event::Model,
    names: &HashMap<PersonId, String>,
    inside: bool,
) -> Result<EventView> {
    Ok(EventView {
        kind: event.kind,
        in_words: event_in_words(event)?,
        at: event.at,
        by: event
            .by_person
            .filter(|_| inside)
            .and_then(|id| names.get(&id).cloned()),
        revision: event.revision,
        reason: event
            .reason
            .clone()
            .filter(|_| inside || store::is_the_funders(event.kind)),
    })
}

/// What changed since a return was certified: "as certified, as now". Empty before.
pub async fn restatement(db: &Db, ctx: &Ctx, id: GrantReturnId) -> Result<Vec<Restated>> {
    ctx.require(Operation::ReadReturns)?;
    if sight(&ctx.actor) != Sight::All {
        return Err(Error::NotFound);
    }
    let record = store::seen(db.read(), ctx, id).await?;
    changed_since(db, ctx, &record).await
}

/// The same of a return that its reader was found to see.
pub(crate) async fn changed_since(db: &Db, ctx: &Ctx, record: &Record) -> Result<Vec<Restated>> {
    let form = forms::load(db.read(), record.row.form_id).await?;
    let standing = store::answers(db.read(), record.row.id).await?;
    restated(db, ctx, &form, record, &standing).await
}

/// How many figures of a return that is certified would be others today.
pub(super) async fn figures_changed(
    db: &Db,
    ctx: &Ctx,
    record: &Record,
    form: &Form,
) -> Result<u64> {
    // Nothing is read of a return that no newer facts touch.
    if !store::newer_facts(db.read(), record).await? {
        return Ok(0);
    }
    let standing = store::answers(db.read(), record.row.id).await?;
    let changed = restated(db, ctx, form, record, &standing).await?;
    Ok(u64::try_from(changed.len()).unwrap_or(u64::MAX))
}

async fn restated(
    db: &Db,
    ctx: &Ctx,
    form: &Form,
    record: &Record,
    standing: &HashMap<FormFieldId, Standing>,
) -> Result<Vec<Restated>> {
    let frozen = matches!(
        record.row.state,
        ReturnState::Certified | ReturnState::Submitted | ReturnState::Accepted
    );
    if !frozen || !store::newer_facts(db.read(), record).await? {
        return Ok(Vec::new());
    }
    let Some(certified) = store::certifications(db.read(), record.row.id).await?.pop() else {
        return Ok(Vec::new());
    };
    let revision = store::revision(db.read(), record.row.id, certified.revision).await?;
    let then: BTreeMap<String, Value> = serde_json::from_value(revision.answers)?;
    let now = as_now(db, ctx, form, record).await?;
    let mut changed = Vec::new();
    for field in form
        .fields
        .iter()
        .filter(|field| field.kind == FieldKind::Money)
    {
        // Only what has happened is restated; a forecast was right to change.
        let happened = field.binding.as_ref().is_some_and(|binding| {
            matches!(binding.measure, Measure::Spend | Measure::GridQuarter)
        }) && standing
            .get(&field.id)
            .and_then(|one| one.drafted.as_ref()?.basis.clone())
            .and_then(|basis| serde_json::from_value::<Basis>(basis).ok())
            .is_some_and(|basis| basis.counted == crate::returns::rules::Counted::Spend);
        let pence = |value: Option<&Value>| value.and_then(Value::as_i64).map(Money);
        let drafted_then = standing
            .get(&field.id)
            .and_then(|one| one.drafted.as_ref())
            .and_then(|row| row.value.as_i64());
        let (true, Some(as_certified), Some(as_now)) = (
            happened,
            pence(then.get(&field.key)),
            pence(now.get(&field.key)),
        ) else {
            continue;
        };
        if drafted_then == Some(as_now.pence()) || as_certified == as_now {
            continue;
        }
        changed.push(Restated {
            key: field.key.clone(),
            label: field.label.clone(),
            as_certified,
            as_now,
            difference: as_now.minus(as_certified).unwrap_or_default(),
        });
    }
    Ok(changed)
}

/// The form's questions by their short names, for whoever may see the return.
pub async fn questions(db: &Db, ctx: &Ctx, id: GrantReturnId) -> Result<HashMap<String, String>> {
    ctx.require(Operation::ReadReturns)?;
    let record = store::seen(db.read(), ctx, id).await?;
    let form = forms::load(db.read(), record.row.form_id).await?;
    Ok(form
        .fields
        .into_iter()
        .map(|field| (field.key, field.label))
        .collect())
}
