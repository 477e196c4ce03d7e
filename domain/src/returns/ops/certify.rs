//! Certification: a named officer of the accountable body states, in the funder's exact words,
//! that a revision is true. It binds the revision's content hash; then the sign-off cells are
//! written and the file hashed. From then on it is frozen.

use chrono::NaiveDate;
use entity::{GrantReturnId, PersonId, ReturnEventKind, Role, certification};
use sea_orm::{ActiveModelTrait, ActiveValue::Set, ConnectionTrait, EntityTrait};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{Stands, revise, stands};
use crate::access::rules::Operation;
use crate::forms::rules::{Fact, Measure};
use crate::forms::store::{self as forms, Form};
use crate::returns::rules::independence::why_not;
use crate::returns::rules::life::{Detail, Event};
use crate::returns::rules::{Signature, answers::cell_value};
use crate::returns::store::{self, Record};
use crate::returns::view;
use crate::returns::workbook::{CellAnswer, Workbooks};
use crate::{Command, Ctx, Db, Error, FieldError, Result, files};

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

/// What a paper says that an office signed.
#[derive(Clone, Debug, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewPaperCertification {
    /// The content hash of the revision that was printed and signed.
    #[schema(min_length = 64, max_length = 64)]
    pub content_hash: String,
    /// The office that signed.
    #[schema(min_length = 1, max_length = 200)]
    pub office: String,
    /// Whose name the paper bears.
    #[schema(min_length = 1, max_length = 200)]
    pub signed_by: String,
    /// The London date on the paper.
    pub signed_on: NaiveDate,
}

/// The paper itself, as it was scanned or photographed.
#[derive(Clone, Debug)]
pub struct Paper {
    /// The file's name.
    pub name: String,
    /// Its bytes: a PDF, or a picture.
    pub bytes: Vec<u8>,
}

/// The largest scan that is taken, in bytes.
const LARGEST_PAPER: usize = 16 << 20;

/// A signature as the sign-off cells show it.
struct Signed {
    office: String,
    name: String,
    /// None for one on paper: the paper does not say.
    email: Option<String>,
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
    let wanted = Wanted {
        operation: Operation::CertifyReturn,
        content_hash: &new.content_hash,
        office: &new.office,
        statement: Some(&new.statement),
        paper: None,
    };
    sign(db, ctx, workbooks, id, &wanted).await
}

/// Records that an office signed the offered revision on paper, and keeps the paper. A certifier of
/// the accountable body records it, under the same rules as signing here: independent of the
/// return, with the second factor shown, bound to the revision that was printed.
pub async fn certify_on_paper(
    db: &Db,
    ctx: &Ctx,
    workbooks: &Workbooks,
    id: GrantReturnId,
    new: &NewPaperCertification,
    paper: &Paper,
) -> Result<Stands> {
    ctx.require(Operation::CertifyOnPaper)?;
    let signed_by = new
        .signed_by
        .split_whitespace()
        .collect::<Vec<_>>()
        .join(" ");
    let mut wrong = Vec::new();
    if signed_by.is_empty() || signed_by.chars().count() > 200 {
        wrong.push(FieldError::new(
            "/signed_by",
            "required",
            "Enter the name that the paper bears, in at most 200 characters.",
        ));
    }
    if new.signed_on > ctx.today() {
        wrong.push(FieldError::new(
            "/signed_on",
            "in-the-future",
            "It cannot have been signed after today.",
        ));
    }
    let media_type = kind_of_paper(&paper.bytes);
    if paper.bytes.len() > LARGEST_PAPER || media_type.is_none() {
        wrong.push(FieldError::new(
            "/copy",
            "not-a-scan",
            "Choose the signed paper as a PDF, a JPEG or a PNG of at most 16 MB.",
        ));
    }
    let (Some(media_type), true) = (media_type, wrong.is_empty()) else {
        return Err(Error::Invalid(wrong));
    };
    let wanted = Wanted {
        operation: Operation::CertifyOnPaper,
        content_hash: &new.content_hash,
        office: &new.office,
        statement: None,
        paper: Some(OnPaper {
            signed_by,
            signed_on: new.signed_on,
            name: &paper.name,
            media_type,
            bytes: &paper.bytes,
        }),
    };
    sign(db, ctx, workbooks, id, &wanted).await
}

/// What a scan is, by its first bytes.
fn kind_of_paper(bytes: &[u8]) -> Option<&'static str> {
    const KINDS: [(&[u8], &str); 3] = [
        (b"%PDF-", "application/pdf"),
        (b"\x89PNG\r\n\x1a\n", "image/png"),
        (b"\xff\xd8\xff", "image/jpeg"),
    ];
    KINDS
        .into_iter()
        .find(|(begins, _)| bytes.starts_with(begins))
        .map(|(_, kind)| kind)
}

/// A signature that is asked for.
struct Wanted<'a> {
    operation: Operation,
    content_hash: &'a str,
    office: &'a str,
    /// The words that were signed; the paper has them printed.
    statement: Option<&'a str>,
    paper: Option<OnPaper<'a>>,
}

struct OnPaper<'a> {
    signed_by: String,
    signed_on: NaiveDate,
    name: &'a str,
    media_type: &'static str,
    bytes: &'a [u8],
}

async fn sign(
    db: &Db,
    ctx: &Ctx,
    workbooks: &Workbooks,
    id: GrantReturnId,
    wanted: &Wanted<'_>,
) -> Result<Stands> {
    let person = ctx.person()?;
    if let Some(done) = db.repeated(ctx, Operation::CertifyReturn).await? {
        return Ok(done);
    }
    let record = store::seen(db.read(), ctx, id).await?;
    let signature = may_sign(db.read(), ctx, &record, wanted).await?;
    let life = store::life(db.read(), id).await?;
    let number = life
        .offered
        .ok_or_else(|| Error::internal("a certification without an offer"))?;
    let revision = store::revision(db.read(), id, number).await?;
    if revision.content_hash != wanted.content_hash {
        return Err(Error::Stale);
    }
    if let Some(paper) = &wanted.paper
        && paper.signed_on < crate::calendar::rules::london_date(revision.created_at)
    {
        return Err(Error::invalid(
            "/signed_on",
            "before-the-revision",
            "It cannot have been signed before the revision was made.",
        ));
    }
    // What awards paid up to here stays, once this is the last signature.
    let known = store::moment(db.read()).await?;
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
        name: wanted.paper.as_ref().map_or_else(
            || person.display_name.clone(),
            |paper| paper.signed_by.clone(),
        ),
        email: wanted.paper.is_none().then(|| person.email.clone()),
        on: wanted
            .paper
            .as_ref()
            .map_or_else(|| ctx.today(), |paper| paper.signed_on),
        reference: reference(wanted.content_hash, number),
    };
    let mut signed = earlier(db, id, wanted.content_hash).await?;
    let last = signed.len().saturating_add(1) == life.offices.len();
    signed.push(now);
    let answers = serde_json::from_value(revision.answers.clone())?;
    let mut cells = revise::cells(&form, &answers);
    cells.extend(sign_off_cells(&form, &signed, last));
    let bytes = files::load(db, form.file_id).await?.bytes;
    let filled = workbooks.fill(&bytes, &cells).await?;
    // Between signatures it is not what is sent, and its name says so.
    let name = if last {
        revise::file_name(&record, &form, "certified")
    } else {
        let so_far = format!("signed by the {}, not certified yet", signature.office);
        revise::file_name(&record, &form, &so_far)
    };
    let file_sha256 = files::sha256(&filled.bytes);
    let paper_sha256 = wanted
        .paper
        .as_ref()
        .map(|paper| files::sha256(paper.bytes));
    let version = record.row.version;
    let by = person.id;
    db.write(
        ctx,
        Command::on(wanted.operation, "grant_return", id),
        async |tx| {
            // A run of the award's pools waits, and then goes by what was signed.
            tx.lock("award", record.award.id).await?;
            tx.lock("grant_return", id).await?;
            let now = store::record(tx.conn(), id).await?;
            now.expect(Some(version))?;
            may_sign(tx.conn(), ctx, &now, wanted).await?;
            let file_id = files::put(tx, ctx, &name, &form.media_type, &filled.bytes).await?;
            let paper_file_id = match &wanted.paper {
                Some(paper) => {
                    Some(files::put(tx, ctx, paper.name, paper.media_type, paper.bytes).await?)
                }
                None => None,
            };
            certification::ActiveModel {
                id: Set(Uuid::now_v7()),
                return_id: Set(id),
                revision: Set(number),
                office: Set(signature.office.clone()),
                statement: Set(signature.words.clone()),
                certified_by: Set(by),
                certified_at: Set(tx.now()),
                content_hash: Set(wanted.content_hash.to_owned()),
                file_id: Set(file_id),
                file_sha256: Set(file_sha256.clone()),
                signed_by: Set(wanted.paper.as_ref().map(|paper| paper.signed_by.clone())),
                signed_on: Set(wanted.paper.as_ref().map(|paper| paper.signed_on)),
                paper_file_id: Set(paper_file_id),
                paper_sha256: Set(paper_sha256.clone()),
                withdrawn_at: Set(None),
                known_seq: Set(Some(known)),
            }
            .insert(tx.conn())
            .await?;
            let certified = Event {
                kind: ReturnEventKind::Certified,
                revision: Some(number),
                detail: Detail {
                    office: Some(signature.office.clone()),
                    on_paper: wanted.paper.is_some(),
                    ..Detail::default()
                },
            };
            store::append_event(tx, id, Some(by), certified, None).await?;
            tx.note("revision", number);
            tx.note("office", signature.office.as_str());
            tx.note("content_hash", wanted.content_hash);
            tx.note("file_sha256", file_sha256.as_str());
            if let (Some(paper), Some(sha256)) = (&wanted.paper, &paper_sha256) {
                tx.note("signed_on", paper.signed_on.to_string());
                tx.note("paper_sha256", sha256.as_str());
                // a name beside the chain, so that it can be erased
                tx.note_personal(serde_json::json!({ "signed_by": paper.signed_by }));
            }
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
    new: &Wanted<'_>,
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
            office: Some(new.office.to_owned()),
            ..Detail::default()
        },
    })?;
    if let Some(why) = no_independent_certifier(conn, ctx, record, person.id).await? {
        return Err(Error::refused("no-self-approval", why));
    }
    let name = match &new.paper {
        Some(paper) => paper.signed_by.as_str(),
        None => person.display_name.as_str(),
    };
    let another = match &new.paper {
        Some(paper) => not_the_papers(conn, ctx, record, new.office, &paper.signed_by).await?,
        None => not_theirs(conn, ctx, record, new.office, person.id).await?,
    };
    if let Some(why) = another {
        return Err(Error::refused("anothers-office", why));
    }
    let twice = signers(conn, id).await?.into_iter().any(|(by, signer)| {
        (new.paper.is_none() && by == Some(person.id)) || same_name(&signer, name)
    });
    if twice {
        return Err(Error::refused(
            "one-person-one-office",
            match &new.paper {
                Some(_) => {
                    "The same person signed in another office. Another officer signs in \
                            this one."
                }
                None => "You signed in another office. Another officer signs in this one.",
            },
        ));
    }
    if let Some(paper) = &new.paper
        && let Some(by) = changed_by_name(conn, ctx, record, &paper.signed_by).await?
    {
        return Err(Error::refused(
            "no-self-approval",
            format!("{by} had a hand in this return. Another officer certifies it."),
        ));
    }
    let signature = store::signatures(&record.requirement)?
        .into_iter()
        .find(|signature| signature.office == new.office)
        .ok_or_else(|| Error::invalid("/office", "unknown", "This office does not sign."))?;
    if new
        .statement
        .is_some_and(|statement| statement != signature.words)
    {
        return Err(Error::invalid(
            "/statement",
            "not-the-funders-words",
            "The statement must be the funder’s words, exactly.",
        ));
    }
    Ok(signature)
}

/// Why somebody is no independent certifier of a return.
pub(crate) async fn no_independent_certifier(
    conn: &impl ConnectionTrait,
    ctx: &Ctx,
    record: &Record,
    person: PersonId,
) -> Result<Option<String>> {
    let hands = store::hands(conn, record, person, ctx.now()).await?;
    Ok(why_not(&hands, "Another officer certifies it."))
}

/// Who is named for an office and still certifies for the award's accountable body. An office
/// whose holder has left is any certifier's until somebody is named anew.
async fn holder(
    conn: &impl ConnectionTrait,
    ctx: &Ctx,
    record: &Record,
    office: &str,
) -> Result<Option<PersonId>> {
    let named = store::signatures(&record.requirement)?
        .into_iter()
        .find(|signature| signature.office == office)
        .and_then(|signature| signature.person_id);
    let Some(named) = named else {
        return Ok(None);
    };
    let certifies = crate::access::everybody(conn, ctx.today())
        .await?
        .iter()
        .any(|held| {
            held.person_id == named
                && held.role == Role::Certifier
                && held.organisation_id == record.award.accountable_body_id
        });
    Ok(certifies.then_some(named))
}

/// What to do where an office has passed on.
const PASSED_ON: &str = "If the office has passed to somebody else, have them named for it where \
                         the award says what it asks.";

/// Why somebody does not sign in this office: it is another's, or theirs is another.
pub(crate) async fn not_theirs(
    conn: &impl ConnectionTrait,
    ctx: &Ctx,
    record: &Record,
    office: &str,
    person: PersonId,
) -> Result<Option<String>> {
    if let Some(holder) = holder(conn, ctx, record, office).await? {
        if holder == person {
            return Ok(None);
        }
        let name = name_of(conn, holder).await?.display_name;
        return Ok(Some(format!("{name} signs as {office}. {PASSED_ON}")));
    }
    Ok(store::signatures(&record.requirement)?
        .into_iter()
        .find(|other| other.office != office && other.person_id == Some(person))
        .map(|other| {
            format!(
                "You sign as {}. Another officer signs as {office}.",
                other.office
            )
        }))
}

/// The same of the name that a paper bears.
async fn not_the_papers(
    conn: &impl ConnectionTrait,
    ctx: &Ctx,
    record: &Record,
    office: &str,
    signed_by: &str,
) -> Result<Option<String>> {
    let Some(holder) = holder(conn, ctx, record, office).await? else {
        return Ok(None);
    };
    let name = name_of(conn, holder).await?.display_name;
    Ok((!same_name(&name, signed_by)).then(|| {
        format!("{name} signs as {office}, and the paper bears another name. {PASSED_ON}")
    }))
}

/// Who has signed: the person who did so here, and the name.
async fn signers(
    conn: &impl ConnectionTrait,
    id: GrantReturnId,
) -> Result<Vec<(Option<PersonId>, String)>> {
    let mut signers = Vec::new();
    for row in store::certifications(conn, id).await? {
        signers.push(match row.signed_by {
            Some(name) => (None, name),
            None => (
                Some(row.certified_by),
                name_of(conn, row.certified_by).await?.display_name,
            ),
        });
    }
    Ok(signers)
}

async fn name_of(conn: &impl ConnectionTrait, id: PersonId) -> Result<entity::person::Model> {
    entity::person::Entity::find_by_id(id)
        .one(conn)
        .await?
        .ok_or_else(|| Error::internal("a certification by nobody"))
}

/// Whether two names are one, however they are typed.
fn same_name(one: &str, other: &str) -> bool {
    let plain = |name: &str| {
        name.split_whitespace()
            .collect::<Vec<_>>()
            .join(" ")
            .to_lowercase()
    };
    plain(one) == plain(other)
}

/// Whether somebody of this name had a hand in the return; their chosen name.
async fn changed_by_name(
    conn: &impl ConnectionTrait,
    ctx: &Ctx,
    record: &Record,
    name: &str,
) -> Result<Option<String>> {
    for person in entity::person::Entity::find().all(conn).await? {
        if same_name(&person.display_name, name)
            && !store::hands(conn, record, person.id, ctx.now())
                .await?
                .is_empty()
        {
            return Ok(Some(person.display_name));
        }
    }
    Ok(None)
}

fn reference(content_hash: &str, revision: i32) -> String {
    let short: String = content_hash.chars().take(12).collect();
    format!("Revision {revision}, {short}")
}

/// The signatures that were made before this one.
async fn earlier(db: &Db, id: GrantReturnId, content_hash: &str) -> Result<Vec<Signed>> {
    let mut signed = Vec::new();
    for row in store::certifications(db.read(), id).await? {
        let reference = reference(content_hash, row.revision);
        signed.push(match (row.signed_by, row.signed_on) {
            (Some(name), Some(on)) => Signed {
                office: row.office,
                name,
                email: None,
                on,
                reference,
            },
            _ => {
                let person = name_of(db.read(), row.certified_by).await?;
                Signed {
                    office: row.office,
                    name: person.display_name,
                    email: Some(person.email),
                    on: crate::calendar::rules::london_date(row.certified_at),
                    reference,
                }
            }
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
                    Fact::Email => signature.email.as_deref()?.into(),
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
