//! Certification: a named officer of the accountable body states, in the funder's exact words,
//! that a revision is true. It binds the revision's content hash; then the sign-off cells are
//! written and the file hashed. From then on it is frozen.

use chrono::NaiveDate;
use entity::{
    AnswerSource, GrantReturnId, PersonId, ReturnEventKind, Role, certification, return_answer,
    silenced_finding,
};
use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, ColumnTrait, ConnectionTrait, EntityTrait, PaginatorTrait,
    QueryFilter,
};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{Stands, revise, stands};
use crate::access::rules::Operation;
use crate::forms::rules::{Fact, Measure};
use crate::forms::store::{self as forms, Form};
use crate::returns::rules::life::{Detail, Event};
use crate::returns::rules::{Signature, answers::cell_value};
use crate::returns::store::{self, Record};
use crate::returns::view;
use crate::returns::workbook::{CellAnswer, Workbooks};
use crate::{Command, Ctx, Db, Error, Result, files};

/// What a certifier signs.
#[derive(Clone, Debug, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewCertification {
    /// The content hash of the revision that was read.
    #[schema(min_length = 64, max_length = 64)]
    pub content_hash: String,
    /// The office that signs.
    #[schema(min_length = 1, max_length = 200)]
    pub office: String,
    /// The funder's words, exactly.
    #[schema(min_length = 1, max_length = 5000)]
    pub statement: String,
}

/// A signature as the sign-off cells show it.
struct Signed {
    office: String,
    name: String,
    email: String,
    on: NaiveDate,
    reference: String,
}

/// Certifies the offered revision in one office. The last office freezes the return.
pub async fn certify(
    db: &Db,
    ctx: &Ctx,
    workbooks: &Workbooks,
    id: GrantReturnId,
    new: &NewCertification,
) -> Result<Stands> {
    ctx.require(Operation::CertifyReturn)?;
    let person = ctx.person()?;
    let record = store::seen(db.read(), ctx, id).await?;
    let signature = may_sign(db.read(), ctx, &record, new).await?;
    let life = store::life(db.read(), id).await?;
    let number = life
        .offered
        .ok_or_else(|| Error::internal("a certification without an offer"))?;
    let revision = store::revision(db.read(), id, number).await?;
    if revision.content_hash != new.content_hash {
        return Err(Error::Stale);
    }
    // What came to light since the offer may still stop it.
    let findings = view::findings(db, ctx, id).await?;
    if let Some(error) = findings.iter().find(|found| found.stops()) {
        return Err(Error::refused(
            "errors-remain",
            format!("{} {}", error.message, error.what_to_do),
        ));
    }
    let form = forms::load(db.read(), record.row.form_id).await?;
    let now = Signed {
        office: signature.office.clone(),
        name: person.display_name.clone(),
        email: person.email.clone(),
        on: ctx.today(),
        reference: reference(&new.content_hash, number),
    };
    let mut signed = earlier(db, id, &new.content_hash).await?;
    let last = signed.len().saturating_add(1) == life.offices.len();
    signed.push(now);
    let answers = serde_json::from_value(revision.answers.clone())?;
    let mut cells = revise::cells(&form, &answers);
    cells.extend(sign_off_cells(&form, &signed, last));
    let bytes = files::load(db, form.file_id).await?.bytes;
    let filled = workbooks.fill(&bytes, &cells).await?;
    let name = revise::file_name(&record, &form, "certified");
    let file_sha256 = files::sha256(&filled.bytes);
    let version = record.row.version;
    let by = person.id;
    db.write(
        ctx,
        Command::on(Operation::CertifyReturn, "grant_return", id),
        async |tx| {
            tx.lock("grant_return", id).await?;
            let now = store::record(tx.conn(), id).await?;
            now.expect(Some(version))?;
            may_sign(tx.conn(), ctx, &now, new).await?;
            let file_id = files::put(tx, ctx, &name, &form.media_type, &filled.bytes).await?;
            certification::ActiveModel {
                id: Set(Uuid::now_v7()),
                return_id: Set(id),
                revision: Set(number),
                office: Set(signature.office.clone()),
                statement: Set(signature.words.clone()),
                certified_by: Set(by),
                certified_at: Set(tx.now()),
                content_hash: Set(new.content_hash.clone()),
                file_id: Set(file_id),
                file_sha256: Set(file_sha256.clone()),
                withdrawn_at: Set(None),
            }
            .insert(tx.conn())
            .await?;
            let certified = Event {
                kind: ReturnEventKind::Certified,
                revision: Some(number),
                detail: Detail {
                    office: Some(signature.office.clone()),
                    ..Detail::default()
                },
            };
            store::append_event(tx, id, Some(by), certified, None).await?;
            tx.note("revision", number);
            tx.note("office", signature.office.as_str());
            tx.note("content_hash", new.content_hash.as_str());
            tx.note("file_sha256", file_sha256.as_str());
            stands(tx, id).await
        },
    )
    .await
}

/// Whether this person may sign in this office now, with these words; the signature if so.
async fn may_sign(
    conn: &impl ConnectionTrait,
    ctx: &Ctx,
    record: &Record,
    new: &NewCertification,
) -> Result<Signature> {
    let person = ctx.person()?;
    let id = record.row.id;
    if person.scopes.is_some() {
        return Err(Error::NotAllowed("A token cannot certify.".to_owned()));
    }
    if !person.second_factor {
        return Err(Error::refused(
            "second-factor-needed",
            "Show your second factor first: certifying needs it.",
        ));
    }
    if !ctx
        .actor
        .holds_for(Role::Certifier, record.award.accountable_body_id)
    {
        return Err(Error::NotAllowed(
            "Only a certifier of the award’s accountable body may certify this return.".to_owned(),
        ));
    }
    let mut life = store::life(conn, id).await?;
    life.apply(&Event {
        kind: ReturnEventKind::Certified,
        revision: life.offered,
        detail: Detail {
            office: Some(new.office.clone()),
            ..Detail::default()
        },
    })?;
    if let Some(why) = changed_something(conn, id, person.id).await? {
        return Err(Error::refused("no-self-approval", why));
    }
    let others = store::certifications(conn, id).await?;
    if others.iter().any(|other| other.certified_by == person.id) {
        return Err(Error::refused(
            "one-person-one-office",
            "You signed in another office. Another officer signs in this one.",
        ));
    }
    let signature = store::signatures(&record.requirement)?
        .into_iter()
        .find(|signature| signature.office == new.office)
        .ok_or_else(|| Error::invalid("/office", "unknown", "This office does not sign."))?;
    if signature.words != new.statement {
        return Err(Error::invalid(
            "/statement",
            "not-the-funders-words",
            "The statement must be the funder’s words, exactly.",
        ));
    }
    Ok(signature)
}

/// Why somebody is no independent certifier of a return.
pub(crate) async fn changed_something(
    conn: &impl ConnectionTrait,
    id: GrantReturnId,
    person: PersonId,
) -> Result<Option<String>> {
    let typed = return_answer::Entity::find()
        .filter(return_answer::Column::ReturnId.eq(id))
        .filter(return_answer::Column::Source.eq(AnswerSource::Typed))
        .filter(return_answer::Column::EnteredBy.eq(person))
        .count(conn)
        .await?;
    if typed > 0 {
        return Ok(Some(
            "You typed an answer in this return. Another officer certifies it.".to_owned(),
        ));
    }
    let silenced = silenced_finding::Entity::find()
        .filter(silenced_finding::Column::ReturnId.eq(id))
        .filter(silenced_finding::Column::SilencedBy.eq(person))
        .count(conn)
        .await?;
    Ok((silenced > 0)
        .then(|| "You silenced a finding of this return. Another officer certifies it.".to_owned()))
}

fn reference(content_hash: &str, revision: i32) -> String {
    let short: String = content_hash.chars().take(12).collect();
    format!("Revision {revision}, {short}")
}

/// The signatures that were made before this one.
async fn earlier(db: &Db, id: GrantReturnId, content_hash: &str) -> Result<Vec<Signed>> {
    let mut signed = Vec::new();
    for row in store::certifications(db.read(), id).await? {
        let person = entity::person::Entity::find_by_id(row.certified_by)
            .one(db.read())
            .await?
            .ok_or_else(|| Error::internal("a certification by nobody"))?;
        signed.push(Signed {
            office: row.office,
            name: person.display_name,
            email: person.email,
            on: crate::calendar::rules::london_date(row.certified_at),
            reference: reference(content_hash, row.revision),
        });
    }
    Ok(signed)
}

fn sign_off_cells(form: &Form, signed: &[Signed], all: bool) -> Vec<CellAnswer> {
    form.fields
        .iter()
        .filter_map(|field| {
            let binding = field
                .binding
                .as_ref()
                .filter(|binding| binding.measure == Measure::Certification)?;
            let value: serde_json::Value = if binding.fact == Some(Fact::Confirmed) {
                if !all {
                    return None;
                }
                if field.kind == entity::FieldKind::YesNo {
                    true.into()
                } else {
                    field.choices.first().map_or("Yes", String::as_str).into()
                }
            } else {
                let row = usize::from(binding.row.unwrap_or(1).checked_sub(1)?);
                let signature = signed.get(row)?;
                match binding.fact? {
                    Fact::Name => signature.name.as_str().into(),
                    Fact::Office => signature.office.as_str().into(),
                    Fact::Email => signature.email.as_str().into(),
                    Fact::Date => signature.on.to_string().into(),
                    Fact::Reference => signature.reference.as_str().into(),
                    _ => return None,
                }
            };
            Some(CellAnswer {
                at: field.locator.clone(),
                value: cell_value(field, &value),
            })
        })
        .collect()
}
