//! What the funder says of a return that it was sent: it accepts it, or asks for changes. Its officer
//! records that, or we do where it said so by letter.

use entity::{GrantReturnId, MailKind, PersonId, ReturnEventKind, Role};
use serde::{Deserialize, Serialize};
use validator::Validate;

use super::{Stands, locked, reason, stands};
use crate::access::everybody;
use crate::access::rules::{Operation, Sight, sight};
use crate::forms::store::{self as forms, Form};
use crate::organisations::view::name_within;
use crate::returns::rules::life::{Detail, Event, Remark};
use crate::returns::store::{self, Record};
use crate::{Command, Ctx, Db, Error, FieldError, Result, Tx, mail};

/// Most questions and sections that one request speaks of.
const MOST_REMARKS: usize = 50;

/// What the funder wants changed.
#[derive(Clone, Debug, Default, Serialize, Deserialize, utoipa::ToSchema)]
#[schema(as = NewFunderChangeRequest)]
#[serde(deny_unknown_fields)]
pub struct NewChangeRequest {
    /// What has to change, or why.
    #[schema(min_length = 1, max_length = 2000, pattern = r"\S")]
    pub reason: String,
    /// More, by question or section, if that helps.
    #[serde(default)]
    #[schema(max_items = 50)]
    pub remarks: Vec<NewRemark>,
}

/// What the funder wants changed in one question or section.
#[derive(Clone, Debug, Serialize, Deserialize, Validate, utoipa::ToSchema)]
#[schema(as = NewFunderRemark)]
#[serde(deny_unknown_fields)]
pub struct NewRemark {
    /// The question's short name, or the section's title.
    #[validate(length(min = 1, max = 500, message = "Choose a question or a section."))]
    #[schema(min_length = 1, max_length = 500)]
    pub about: String,
    /// What has to change.
    #[validate(
        length(
            min = 1,
            max = 1000,
            message = "Say what has to change, in at most 1,000 characters."
        ),
        custom(function = "crate::text::lines")
    )]
    #[schema(min_length = 1, max_length = 1000, pattern = r"\S")]
    pub words: String,
}

/// Whether the funder's own officer speaks.
fn is_the_funder(ctx: &Ctx) -> bool {
    matches!(sight(&ctx.actor), Sight::Funders(_))
}

/// Appends what the funder said, and says where the return stands: to the funder as it was sent.
async fn said(
    tx: &Tx,
    ctx: &Ctx,
    record: &Record,
    kind: ReturnEventKind,
    remarks: Vec<Remark>,
    why: Option<&str>,
) -> Result<Stands> {
    let id = record.row.id;
    let by_funder = is_the_funder(ctx);
    let sent = store::sendings(tx.conn(), id)
        .await?
        .pop()
        .map(|sending| sending.revision);
    let event = Event {
        kind,
        // of what was sent, whatever was drafted since
        revision: sent.or((record.row.revision > 0).then_some(record.row.revision)),
        detail: Detail {
            by_funder,
            remarks,
            ..Detail::default()
        },
    };
    store::append_event(tx, id, ctx.person_id(), event, why).await?;
    let mut now = stands(tx, id).await?;
    if by_funder && let Some(sent) = store::as_sent(tx.conn(), id).await? {
        now.state = sent.life.state;
        now.revision = sent.revision.number;
    }
    Ok(now)
}

/// Records that the funder accepted a return.
pub async fn accept(
    db: &Db,
    ctx: &Ctx,
    id: GrantReturnId,
    expected: Option<i64>,
) -> Result<Stands> {
    db.write(
        ctx,
        Command::on(Operation::RecordAcceptance, "grant_return", id),
        async |tx| {
            let record = locked(tx, ctx, id, expected).await?;
            let kind = ReturnEventKind::Accepted;
            let stands = said(tx, ctx, &record, kind, Vec::new(), None).await?;
            if is_the_funder(ctx) {
                let told = [
                    format!(
                        "{} accepted {}.",
                        name_within(tx.conn(), record.award.funder_id).await?,
                        name(&record)
                    ),
                    "Nothing more is needed for it.".to_owned(),
                ];
                tell_preparer(tx, ctx, &record, "A funder accepted a return", &told).await?;
            }
            Ok(stands)
        },
    )
    .await
}

/// Records that the funder asked for changes in what it was sent. Whoever prepares the return is told;
/// to make the changes, it is opened again, and what is sent then replaces what the funder has.
pub async fn ask_for_changes(
    db: &Db,
    ctx: &Ctx,
    id: GrantReturnId,
    new: &NewChangeRequest,
    expected: Option<i64>,
) -> Result<Stands> {
    ctx.require(Operation::FunderAsksForChanges)?;
    let form = forms::load(
        db.read(),
        store::seen(db.read(), ctx, id).await?.row.form_id,
    )
    .await?;
    let why = reason(&new.reason)?;
    crate::text::lines(why).map_err(|_strange| {
        Error::invalid(
            "/reason",
            "control-character",
            "Remove the characters that cannot be printed.",
        )
    })?;
    let remarks = remarks(&form, &new.remarks)?;
    db.write(
        ctx,
        Command::on(Operation::FunderAsksForChanges, "grant_return", id),
        async |tx| {
            let record = locked(tx, ctx, id, expected).await?;
            tx.note("reason", why);
            let kind = ReturnEventKind::FunderAskedForChanges;
            let stands = said(tx, ctx, &record, kind, remarks.clone(), Some(why)).await?;
            if is_the_funder(ctx) {
                let told = [
                    format!(
                        "{} asks for changes in {}.",
                        name_within(tx.conn(), record.award.funder_id).await?,
                        name(&record)
                    ),
                    "What they want changed is on the return’s page. To change it, open the return \
                     again: their reason stands there already."
                        .to_owned(),
                ];
                let subject = "A funder asks for changes in a return";
                tell_preparer(tx, ctx, &record, subject, &told).await?;
            }
            Ok(stands)
        },
    )
    .await
}

/// What is said of questions and sections, each by its name in the form.
fn remarks(form: &Form, new: &[NewRemark]) -> Result<Vec<Remark>> {
    let mut wrong = Vec::new();
    if new.len() > MOST_REMARKS {
        wrong.push(FieldError::new(
            "/remarks",
            "too-many",
            "Speak of at most 50 questions and sections.",
        ));
    }
    let mut made = Vec::new();
    for (n, one) in new.iter().enumerate() {
        let about = one.about.trim();
        let label = match form.field(about) {
            Some(field) => Some(field.label.clone()),
            None => form
                .fields
                .iter()
                .find(|field| field.section == about)
                .map(|field| field.section.clone()),
        };
        let Some(label) = label else {
            wrong.push(FieldError::new(
                format!("/remarks/{n}/about"),
                "unknown",
                "The return has no such question or section.",
            ));
            continue;
        };
        if one.validate().is_err() || one.words.trim().is_empty() {
            wrong.push(FieldError::new(
                format!("/remarks/{n}/words"),
                "required",
                "Say what has to change, in at most 1,000 characters.",
            ));
            continue;
        }
        made.push(Remark {
            about: about.to_owned(),
            label,
            words: one.words.trim().to_owned(),
        });
    }
    if wrong.is_empty() {
        Ok(made)
    } else {
        Err(Error::Invalid(wrong))
    }
}

/// "Recovery grant: Quarterly return, April to June 2026".
fn name(record: &Record) -> String {
    format!("{}: {}", record.award.title, record.title())
}

/// Tells whoever prepares the return; where nobody does any more, the grants officers. No mail repeats
/// what the funder wrote.
async fn tell_preparer(
    tx: &Tx,
    ctx: &Ctx,
    record: &Record,
    subject: &str,
    told: &[String],
) -> Result<()> {
    let held = everybody(tx.conn(), ctx.today()).await?;
    let preparer = record.requirement.preparer_id.filter(|id| {
        held.iter().any(|held| {
            held.person_id == *id && matches!(held.role, Role::GrantsOfficer | Role::FinanceOfficer)
        })
    });
    let to: Vec<PersonId> = match preparer {
        Some(id) => vec![id],
        None => held
            .iter()
            .filter(|held| held.role == Role::GrantsOfficer)
            .map(|held| held.person_id)
            .collect(),
    };
    mail::tell_each(tx, MailKind::Notice, to, subject, told).await
}
