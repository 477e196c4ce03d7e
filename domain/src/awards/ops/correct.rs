//! Correcting what an award was written down as.

use entity::{AwardId, JobKind, LegalBasis, PersonId, award, person};
use sea_orm::{ActiveModelTrait, ActiveValue::Set, EntityTrait, IntoActiveModel};
use serde::{Deserialize, Serialize};
use validator::Validate;

use crate::access::rules::Operation;
use crate::awards::store;
use crate::{Command, Ctx, Db, Error, Result, jobs};

/// What an award should have been written down as. What was agreed is not corrected: it is amended.
#[derive(Clone, Debug, Serialize, Deserialize, Validate, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = AwardCorrection)]
pub struct Correction {
    /// The funder's reference.
    #[validate(
        length(
            min = 1,
            max = 100,
            message = "Enter the funder’s reference, at most 100 characters."
        ),
        custom(function = "crate::text::one_line")
    )]
    #[schema(min_length = 1, max_length = 100, pattern = r"\S")]
    pub reference: String,
    /// What people call it.
    #[validate(
        length(
            min = 1,
            max = 200,
            message = "Enter a name of at most 200 characters."
        ),
        custom(function = "crate::text::one_line")
    )]
    #[schema(min_length = 1, max_length = 200, pattern = r"\S")]
    pub title: String,
    /// The funder's scheme; absent: as it stands.
    #[validate(
        length(
            min = 1,
            max = 200,
            message = "Enter the funder’s scheme, at most 200 characters."
        ),
        custom(function = "crate::text::one_line")
    )]
    #[schema(min_length = 1, max_length = 200, pattern = r"\S")]
    #[serde(default)]
    pub programme: Option<String>,
    /// What makes it binding; absent: as it stands.
    #[serde(default)]
    pub legal_basis: Option<LegalBasis>,
    /// Who is told when a duty is long overdue; absent: as it stands.
    #[serde(default)]
    pub lead_id: Option<PersonId>,
    /// Why.
    #[validate(
        length(min = 1, max = 1000, message = "Say why, in at most 1,000 characters."),
        custom(function = "crate::text::lines")
    )]
    #[schema(min_length = 1, max_length = 1000, pattern = r"\S")]
    pub reason: String,
}

/// Corrects the title, the reference, the scheme, the legal basis and the lead of an award; its version afterwards. What was certified stays as it
/// was certified.
pub async fn correct(
    db: &Db,
    ctx: &Ctx,
    id: AwardId,
    new: &Correction,
    expected: Option<i64>,
) -> Result<i64> {
    ctx.require(Operation::CorrectAward)?;
    new.validate()?;
    let (title, reference) = (new.title.trim(), new.reference.trim());
    let reason = new.reason.trim();
    for (pointer, text, told) in [
        ("/title", title, "Enter its name."),
        ("/reference", reference, "Enter the funder’s reference."),
        ("/reason", reason, "Say why."),
    ] {
        if text.is_empty() {
            return Err(Error::invalid(pointer, "required", told));
        }
    }
    let command = Command::on(Operation::CorrectAward, "award", id);
    db.write(ctx, command, async |tx| {
        let row: award::Model = store::locked(tx, ctx, id).await?;
        if expected.is_some_and(|expected| expected != row.version) {
            return Err(Error::Stale);
        }
        let programme = new
            .programme
            .as_deref()
            .map_or(row.programme.as_str(), str::trim);
        let legal_basis = new.legal_basis.unwrap_or(row.legal_basis);
        let lead = new.lead_id.or(row.lead_id);
        if let Some(lead) = new.lead_id
            && person::Entity::find_by_id(lead)
                .one(tx.conn())
                .await?
                .is_none()
        {
            return Err(Error::invalid(
                "/lead_id",
                "unknown",
                "There is no such person.",
            ));
        }
        let same =
            row.programme == programme && row.legal_basis == legal_basis && row.lead_id == lead;
        if row.title == title && row.reference == reference && same {
            return Err(Error::invalid(
                "/title",
                "nothing",
                "This is what it says already: change something.",
            ));
        }
        let version = row.version.saturating_add(1);
        tx.note("title_before", row.title.clone());
        tx.note("title", title);
        tx.note("reference_before", row.reference.clone());
        tx.note("reference", reference);
        tx.note_change("programme", &row.programme, programme);
        tx.note_change("legal_basis", row.legal_basis.slug(), legal_basis.slug());
        if row.lead_id != lead {
            tx.note("lead_id", lead.map(|id| id.to_string()));
        }
        tx.note("reason", reason);
        let programme = programme.to_owned();
        let mut row = row.into_active_model();
        row.programme = Set(programme);
        row.legal_basis = Set(legal_basis);
        row.lead_id = Set(lead);
        row.title = Set(title.to_owned());
        row.reference = Set(reference.to_owned());
        row.version = Set(version);
        match row.update(tx.conn()).await {
            Ok(_) => {}
            Err(error) if crate::db::is_unique_violation(&error) => {
                return Err(Error::invalid(
                    "/reference",
                    "known-already",
                    "An award with this reference is recorded already.",
                ));
            }
            Err(error) => return Err(error.into()),
        }
        // what is drafted takes the corrected record in
        jobs::ask(tx, JobKind::DraftReturns).await?;
        Ok(version)
    })
    .await
}
