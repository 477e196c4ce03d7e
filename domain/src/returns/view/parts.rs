//! Pieces that several views share: names, readiness, whom a return waits for.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use entity::{Board, PersonId, ReturnState};
use serde::Serialize;
use serde_json::Value;

use crate::access::names_of;
use crate::access::rules::Operation;
use crate::deadlines::whom::Whom;
use crate::forms::store::Form;
use crate::reminders::rules::{
    ActivePerson, Part, Parts, part_in_words, waits_for, while_they_certify,
};
use crate::returns::rules::Turn;
use crate::returns::rules::measures::is_sign_off;
use crate::returns::store::{self, Record};
use crate::{Ctx, Db, Result};

/// How ready a return is.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, utoipa::ToSchema)]
#[schema(as = ReturnReadiness)]
pub struct Readiness {
    /// Questions that must be answered.
    pub required: u32,
    /// Of them, those without an answer.
    pub missing: u32,
    /// "3 of 42 answers missing", "all 42 answers given".
    pub in_words: String,
}

/// How ready a return is: its required questions, sign-off apart.
pub(super) fn readiness(form: &Form, answers: &BTreeMap<String, Value>) -> Readiness {
    let (mut required, mut missing) = (0_u32, 0_u32);
    for field in form
        .fields
        .iter()
        .filter(|field| field.required && !is_sign_off(field))
    {
        required = required.saturating_add(1);
        if answers.get(&field.key).is_none_or(Value::is_null) {
            missing = missing.saturating_add(1);
        }
    }
    let in_words = match (required, missing) {
        (0, _) => "no answers needed".to_owned(),
        (1, 0) => "its one answer is given".to_owned(),
        (1, _) => "its one answer is missing".to_owned(),
        (_, 0) => format!("all {required} answers given"),
        _ => format!("{missing} of {required} answers missing"),
    };
    Readiness {
        required,
        missing,
        in_words,
    }
}

/// Who holds each part of a return; of the offices, the one that signs next.
pub(super) fn parts(record: &Record, turn: &Turn, active: &[ActivePerson]) -> Parts {
    Parts {
        preparer: record.requirement.preparer_id,
        certifier: while_they_certify(turn.person, active),
        sender: record.requirement.sender_id,
        doer: None,
        lead: record.award.lead_id,
    }
}

/// Everybody whose membership holds today. A funder's officer is never told of what we have yet to
/// do.
pub(super) async fn active(db: &Db, today: NaiveDate) -> Result<Vec<ActivePerson>> {
    crate::reminders::active_people(db.read(), today).await
}

/// Somebody who is named for a part, with the chosen name.
type Named = Option<(PersonId, String)>;

/// "Ola Brown, who prepares it", "the Trustee Board and the Recovery Advisory Committee", "the Head of
/// the programme, Grace Adeyemi"; empty when settled. Whoever is named is, while they are with us. And
/// the same as what a list is narrowed by.
pub(super) async fn waiting(
    db: &Db,
    ctx: &Ctx,
    record: &Record,
    boards: &[Board],
    overtaken: bool,
) -> Result<(String, Vec<Whom>)> {
    if record.row.state == ReturnState::Scheduled {
        return Ok(("its period to end".to_owned(), vec![Whom::period()]));
    }
    let (mut said, mut whom) = (Vec::new(), Vec::new());
    for part in waits_for(record.row.state, boards, overtaken) {
        let (who, person) = match part {
            Part::Certifier => signer(db, ctx, record).await?,
            Part::Preparer => doing(db, ctx, record.requirement.preparer_id, "prepares").await?,
            Part::Sender => doing(db, ctx, record.requirement.sender_id, "sends").await?,
            _ => (String::new(), None),
        };
        said.push(if who.is_empty() {
            part_in_words(part).to_owned()
        } else {
            who
        });
        whom.extend(person.map(|(id, name)| Whom::person(id, &name)));
        whom.push(Whom::part(part));
    }
    let said: Vec<&str> = said.iter().map(String::as_str).collect();
    Ok((crate::returns::rules::words::listed(&said), whom))
}

/// "Ola Brown, who prepares it", and who that is; empty where nobody is named who is with us.
async fn doing(
    db: &Db,
    ctx: &Ctx,
    person: Option<PersonId>,
    does: &str,
) -> Result<(String, Named)> {
    let name = named(db, ctx, person).await?;
    Ok(match person.zip(name) {
        Some((id, name)) => (format!("{name}, who {does} it"), Some((id, name))),
        None => (String::new(), None),
    })
}

/// Somebody's chosen name, while they are with us.
pub(super) async fn named(db: &Db, ctx: &Ctx, person: Option<PersonId>) -> Result<Option<String>> {
    let Some(person) = person else {
        return Ok(None);
    };
    let here = active(db, ctx.today()).await?;
    if !here.iter().any(|one| one.id == person) {
        return Ok(None);
    }
    Ok(names_of(db, [person]).await?.remove(&person))
}

/// Whose turn it is to sign, with whoever is named for it while they certify.
async fn turn(db: &Db, ctx: &Ctx, record: &Record) -> Result<Turn> {
    let standing = store::certifications(db.read(), record.row.id).await?;
    let turn = store::turn(&record.requirement, &standing)?;
    Ok(Turn {
        person: while_they_certify(turn.person, &active(db, ctx.today()).await?),
        ..turn
    })
}

/// Whether the reader is asked to sign next: by name, or as anybody who certifies and has not
/// signed.
pub(super) async fn asked_to_sign(db: &Db, ctx: &Ctx, record: &Record) -> Result<bool> {
    let Some(me) = ctx.person_id() else {
        return Ok(false);
    };
    if record.row.state != ReturnState::AwaitingCertification
        || ctx.require(Operation::CertifyReturn).is_err()
    {
        return Ok(false);
    }
    let turn = turn(db, ctx, record).await?;
    Ok(turn
        .person
        .map_or_else(|| !turn.not_these.contains(&me), |named| named == me))
}

/// "the Head of the programme, Grace Adeyemi", and who that is; without a name where nobody who
/// certifies is named.
async fn signer(db: &Db, ctx: &Ctx, record: &Record) -> Result<(String, Named)> {
    let turn = turn(db, ctx, record).await?;
    let Some(office) = turn.office else {
        return Ok((String::new(), None));
    };
    let named = names_of(db, turn.person).await?.into_iter().next();
    let words = match &named {
        Some((_, name)) => format!("the {office}, {name}"),
        None => format!("the {office}"),
    };
    Ok((words, named))
}
