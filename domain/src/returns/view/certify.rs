//! The certifier's one page: what is certified, what was checked, what was overridden and by
//! whom, the statement.

use entity::{AwardId, Board, FieldKind, GrantReturnId, PersonId, ReturnState};
use serde::Serialize;
use serde_json::Value;

use super::claim::{Claim, Narrative, claim, narratives};
use super::findings::{Found, of_workbook};
use super::one::{AnswerView, BoardView, CertificationView, ReturnView, one, why_again};
use super::parts::named;
use super::pinned::{self, Pins};
use super::sent_back::{AskedAgain, SentBack, asked_again};
use crate::access::names_of;
use crate::access::rules::{Operation, Sight, sight};
use crate::decisions::rules::role_on;
use crate::forms::rules::{Measure, PeriodKind};
use crate::forms::store as forms;
use crate::returns::ops::{
    AnswerValue, no_independent_certifier, no_independent_member, not_theirs,
};
use crate::returns::rules::{Finding, Severity, Signature};
use crate::returns::store::{self, Record};
use crate::{Ctx, Db, Error, Money, Result, settings};

/// What a certifier reads before signing.
#[derive(Clone, Debug, Serialize, utoipa::ToSchema)]
pub struct CertifyPage {
    /// The return.
    pub id: GrantReturnId,
    /// "Quarterly return, April to June 2026".
    pub title: String,
    /// The award.
    pub award_id: AwardId,
    /// The award's title.
    pub award: String,
    /// The funder's name.
    pub funder: String,
    /// When it is due, in words.
    pub due_in_words: String,
    /// The revision that is certified.
    pub revision: i32,
    /// Its content hash: what a signature binds.
    pub content_hash: String,
    /// The return's version.
    pub version: i64,
    /// What the draft rests on.
    pub rests_on: String,
    /// Who holds the money, and closes the months of its ledger.
    pub holder: String,
    /// Whether newer facts keep it from being agreed or signed: whoever prepares it takes it back.
    pub overtaken: bool,
    /// Who prepares it, while they are with us.
    pub preparer: Option<String>,
    /// What it claims, and whether the ledger says the same.
    pub claim: Claim,
    /// Answers in somebody's own words.
    pub narratives: Vec<Narrative>,
    /// Spend by the award's parts, as the return reports it.
    pub totals: Vec<MoneyLine>,
    /// Spend of the period in the award's pools that no award covers: lines.
    pub unattributed_lines: i64,
    /// The same: amount.
    pub unattributed: Money,
    /// What came back in the period, of what this award may pay for, and names no line, so that no
    /// award pays less for it; zero or negative.
    pub credits: Money,
    /// What was found and not silenced.
    pub findings: Vec<Finding>,
    /// What was silenced, with the reasons.
    pub silenced: Vec<Silenced>,
    /// Figures that a person typed over drafted ones.
    pub overridden: Vec<Overridden>,
    /// Spend of the period that the award pays because a person pinned it.
    pub pins: Pins,
    /// What changed since the last return.
    pub changed_since_last: Vec<Finding>,
    /// What changed since a certifier, or else anybody, last sent it back; none where nobody did.
    pub sent_back: Option<SentBack>,
    /// Why what is offered stands in place of what was certified before, in the words of whoever sent
    /// it on.
    pub resubmission_reason: Option<String>,
    /// Why boards are asked again, and what is another since they agreed; none where none has agreed
    /// to an earlier version.
    pub asked_again: Option<AskedAgain>,
    /// What came to light since it was offered and keeps it from being signed.
    pub stops: Vec<String>,
    /// The boards that the award names, and where each stands.
    pub boards: Vec<BoardView>,
    /// Offices that have signed.
    pub signed: Vec<String>,
    /// The offices in order, with the signatures that stand.
    pub signatures: Vec<CertificationView>,
    /// The office that signs next, with the funder's words; none when nothing waits.
    pub next: Option<Signature>,
    /// Why this reader may not sign, if so.
    pub why_not: Option<String>,
    /// Whether this reader may record that the next office signed on paper.
    pub may_record_paper: bool,
    /// Whether showing the second factor is all that is missing.
    pub needs_second_factor: bool,
    /// Why this reader may not record a board's agreement, if so.
    pub why_not_agree: Option<String>,
}

/// What a certifier reads who has not shown the second factor in this session.
const SECOND_FACTOR_FIRST: &str = "Show your second factor first: certifying needs it.";

/// An amount with what it is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct MoneyLine {
    /// The field's key.
    pub key: String,
    /// What it is.
    pub label: String,
    /// How much.
    pub amount: Money,
}

/// A finding that somebody silenced.
#[derive(Clone, Debug, Serialize, utoipa::ToSchema)]
pub struct Silenced {
    /// The finding's code.
    pub code: String,
    /// Its sheet and cell, or empty.
    pub place: String,
    /// How much it matters, if it still is found.
    pub severity: Option<Severity>,
    /// What was found, if it still is.
    pub message: Option<String>,
    /// Why it may stand.
    pub reason: String,
    /// Who said so.
    pub by: String,
}

/// A figure that a person typed over a drafted one.
#[derive(Clone, Debug, Serialize, utoipa::ToSchema)]
pub struct Overridden {
    /// The field's key.
    pub key: String,
    /// The question.
    pub label: String,
    /// What kind of answer.
    pub kind: FieldKind,
    /// Sheet and cell.
    pub place: String,
    /// The drafted value.
    #[schema(value_type = Option<AnswerValue>)]
    pub drafted: Value,
    /// What was typed.
    #[schema(value_type = Option<AnswerValue>)]
    pub typed: Value,
    /// Why.
    pub reason: Option<String>,
    /// Who.
    pub by: Option<String>,
}

/// The certifier's page of a return that waits for certification, or has been certified.
pub async fn certify_page(db: &Db, ctx: &Ctx, id: GrantReturnId) -> Result<CertifyPage> {
    ctx.require(Operation::ReadReturns)?;
    if sight(&ctx.actor) != Sight::All {
        return Err(Error::NotFound);
    }
    let record = store::seen(db.read(), ctx, id).await?;
    let life = store::life(db.read(), id).await?;
    let Some(number) = life.offered else {
        return Err(Error::refused(
            "nothing-offered",
            "No revision of this return waits for agreement or certification.",
        ));
    };
    let view: ReturnView = one(db, ctx, id).await?;
    let revision = store::revision(db.read(), id, number).await?;
    let form = forms::load(db.read(), record.row.form_id).await?;
    let answers = store::by_key(&form, &store::answers(db.read(), id).await?);
    // What was signed is shown with what was found then: what came to light since is told on the return’s
    // own page.
    let findings = if waits(record.row.state) {
        of_workbook(db, ctx, &record, &form, &answers).await?
    } else {
        as_frozen(db, &record, revision.findings.clone()).await?
    };
    let span = record.span();
    // What waits to be signed is held against the ledger as it is now; what was signed, against the
    // ledger as it was.
    let seq = if waits(record.row.state) {
        store::moment(db.read()).await?
    } else {
        record.row.drafted_seq
    };
    let loaded = store::loaded(db.read(), record.award.id, span.from, span.to, seq).await?;
    let uncovered = store::unattributed(
        db.read(),
        record.award.id,
        &loaded.pools,
        span.from,
        span.to,
        seq,
    )
    .await?;
    let silenced = let_stand(db, &record, &findings).await?;
    let at = match waits(record.row.state) {
        true => ctx.now(),
        false => revision.created_at,
    };
    let pins = pinned::of(db, ctx, &record, &span, at).await?;
    let next = store::signatures(&record.requirement)?
        .into_iter()
        .find(|signature| Some(signature.office.as_str()) == life.next_office());
    let totals = form
        .fields
        .iter()
        .filter(|field| field.kind == FieldKind::Money)
        .filter(|field| {
            field.binding.as_ref().is_some_and(|binding| {
                binding.measure == Measure::Spend
                    && binding.period.is_some_and(|p| p.kind == PeriodKind::This)
            })
        })
        .filter_map(|field| {
            Some(MoneyLine {
                key: field.key.clone(),
                label: field.label.clone(),
                amount: Money(answers.get(&field.key)?.as_i64()?),
            })
        })
        .collect();
    let stops = if waits(record.row.state) {
        in_the_way(&findings)
    } else {
        Vec::new()
    };
    let (changed_since_last, open): (Vec<Finding>, Vec<Finding>) = findings
        .into_iter()
        .filter(|found| found.silenced.is_none() && found.severity != Severity::Note)
        .partition(|found| found.code == "differs-from-last-return");
    let events = store::events(db.read(), id).await?;
    let asked_again = asked_again(db, &record, &form, &events, number).await?;
    let facts = store::facts(db.read(), &record, &form, seq, ctx.now()).await?;
    let why_not = match why_not(db, ctx, &record).await? {
        None if !stops.is_empty() => Some(stops.join(" ")),
        // first what nobody can sign, then what this reader has yet to show
        Some(why) if why == SECOND_FACTOR_FIRST && !stops.is_empty() => Some(stops.join(" ")),
        why => why,
    };
    Ok(CertifyPage {
        id,
        holder: facts.holder.name.clone(),
        overtaken: view.summary.overtaken,
        preparer: named(db, ctx, record.requirement.preparer_id).await?,
        claim: claim(
            db,
            (record.award.id, ctx.today()),
            &form,
            &facts,
            &span,
            &answers,
            &loaded,
        )
        .await?,
        narratives: narratives(&view.sections),
        title: view.summary.title,
        award_id: view.summary.award_id,
        award: view.summary.award,
        funder: view.summary.funder,
        due_in_words: view.summary.due_in_words,
        revision: number,
        content_hash: revision.content_hash,
        version: record.row.version,
        rests_on: revision.rests_on,
        totals,
        unattributed_lines: uncovered.lines,
        unattributed: uncovered.amount,
        credits: uncovered.credits,
        findings: open,
        silenced,
        pins,
        overridden: view
            .sections
            .into_iter()
            .flat_map(|section| section.answers)
            .filter(|answer| answer.overridden)
            .map(overridden)
            .collect(),
        changed_since_last,
        sent_back: view.sent_back,
        resubmission_reason: why_again(&events, Some(number))?,
        asked_again,
        boards: view.boards,
        signed: view
            .certifications
            .iter()
            .filter(|office| office.signed)
            .map(|office| office.office.clone())
            .collect(),
        signatures: view.certifications,
        next: next.filter(|_| record.row.state == ReturnState::AwaitingCertification),
        may_record_paper: stops.is_empty() && may_record_paper(db, ctx, &record).await?,
        needs_second_factor: why_not.as_deref() == Some(SECOND_FACTOR_FIRST),
        why_not,
        why_not_agree: why_not_agree(db, ctx, &record).await?,
        stops,
    })
}

/// What was found of a revision when it was offered, as it was let stand then.
async fn as_frozen(db: &Db, record: &Record, kept: Value) -> Result<Vec<Finding>> {
    let mut findings = serde_json::from_value::<Found>(kept)?.findings;
    if let Some(stood) = store::let_stand(db.read(), &record.row).await? {
        // one from before a revision was kept with them
        for one in stood.into_iter().map(|one| one.finding) {
            if !findings.contains(&one) {
                findings.retain(|other| other.code != one.code || other.place() != one.place());
                findings.push(one);
            }
        }
    }
    Ok(findings)
}

/// What was let stand, with who said why: as it was when it was offered.
async fn let_stand(db: &Db, record: &Record, findings: &[Finding]) -> Result<Vec<Silenced>> {
    let stood = store::let_stand(db.read(), &record.row)
        .await?
        .unwrap_or_default();
    let rows = store::silenced(db.read(), record.row.id).await?;
    let by = |found: &Finding| {
        stood
            .iter()
            .find(|one| one.finding == *found)
            .map(|one| one.by)
            .or_else(|| {
                rows.iter()
                    .rev()
                    .find(|row| row.code == found.code && row.cell == found.place())
                    .map(|row| row.silenced_by)
            })
    };
    let names = names_of(db, findings.iter().filter_map(by)).await?;
    Ok(findings
        .iter()
        .filter_map(|found| {
            Some(Silenced {
                severity: Some(found.severity),
                message: Some(found.message.clone()),
                reason: found.silenced.clone()?,
                by: by(found)
                    .and_then(|id| names.get(&id).cloned())
                    .unwrap_or_default(),
                code: found.code.clone(),
                place: found.place(),
            })
        })
        .collect())
}

/// Whether boards or offices are asked.
const fn waits(state: ReturnState) -> bool {
    matches!(
        state,
        ReturnState::AwaitingApproval | ReturnState::AwaitingCertification
    )
}

/// What keeps it from going on, each in a sentence or two.
fn in_the_way(findings: &[Finding]) -> Vec<String> {
    findings
        .iter()
        .filter(|found| found.stops())
        .map(|found| format!("{} {}", found.message, found.what_to_do))
        .collect()
}

fn overridden(answer: AnswerView) -> Overridden {
    Overridden {
        key: answer.key,
        label: answer.label,
        kind: answer.kind,
        place: answer.place,
        drafted: answer.drafted,
        typed: answer.value,
        reason: answer.reason,
        by: answer.typed_by,
    }
}

/// Who has shown that the paper is the return's: a certifier who could sign here, but for having
/// signed in another office already.
async fn may_record_paper(db: &Db, ctx: &Ctx, record: &Record) -> Result<bool> {
    let Ok(person) = ctx.person() else {
        return Ok(false);
    };
    Ok(record.row.state == ReturnState::AwaitingCertification
        && ctx.require(Operation::CertifyOnPaper).is_ok()
        && ctx
            .actor
            .holds_for(entity::Role::Certifier, record.award.accountable_body_id)
        && person.second_factor
        && no_independent_certifier(db.read(), ctx, record, person.id)
            .await?
            .is_none())
}

async fn why_not(db: &Db, ctx: &Ctx, record: &Record) -> Result<Option<String>> {
    let why = |text: &str| Ok(Some(text.to_owned()));
    let Ok(person) = ctx.person() else {
        return why("Only a person certifies.");
    };
    let id_of_reader: PersonId = person.id;
    if !ctx
        .actor
        .holds_for(entity::Role::Certifier, record.award.accountable_body_id)
    {
        return why("Only a certifier of the award’s accountable body may certify this return.");
    }
    match record.row.state {
        ReturnState::AwaitingCertification => {}
        ReturnState::AwaitingApproval => {
            return why("It waits for a board to agree. It can be certified after that.");
        }
        _ => return why("It does not wait for certification."),
    }
    if let Some(changed) = no_independent_certifier(db.read(), ctx, record, id_of_reader).await? {
        return Ok(Some(changed));
    }
    let signed = store::certifications(db.read(), record.row.id).await?;
    let here = |row: &entity::certification::Model| row.signed_by.is_none();
    if signed
        .iter()
        .any(|row| here(row) && row.certified_by == id_of_reader)
    {
        return why("You have signed. Another officer signs in the next office.");
    }
    if let Some(office) = store::turn(&record.requirement, &signed)?.office
        && let Some(another) = not_theirs(db.read(), ctx, record, &office, id_of_reader).await?
    {
        return Ok(Some(another));
    }
    if !person.second_factor {
        return why(SECOND_FACTOR_FIRST);
    }
    Ok(None)
}

async fn why_not_agree(db: &Db, ctx: &Ctx, record: &Record) -> Result<Option<String>> {
    let home = settings::home(db).await?;
    let member = home.is_some_and(|home| {
        [Board::Trustees, Board::Committee]
            .into_iter()
            .any(|board| ctx.actor.holds_for(role_on(board), home))
    });
    match ctx.person() {
        Ok(person) if member => no_independent_member(db.read(), ctx, record, person.id).await,
        _ => Ok(Some(
            "Only a member of a board records its agreement.".to_owned(),
        )),
    }
}
