//! What must hold of returns, looked up in the whole database.

use std::collections::{BTreeMap, HashMap};

use entity::{GrantReturnId, PersonId, ReturnFormId, ReturnState, Role, grant_return, membership};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};
use serde_json::Value;

use super::rules::content_hash;
use super::store;
use crate::access::rules::Operation;
use crate::calendar::rules::london_date;
use crate::decisions::rules::role_on;
use crate::forms::store as forms;
use crate::{Ctx, Db, Result, settings};

/// Returns whose state is not the fold of their events; nothing when all is well.
pub async fn states(db: &Db, ctx: &Ctx) -> Result<Vec<String>> {
    ctx.require(Operation::ReadReturns)?;
    let mut wrong = Vec::new();
    for row in grant_return::Entity::find().all(db.read()).await? {
        match store::life(db.read(), row.id).await {
            Ok(life) if life.state == row.state => {}
            Ok(life) => wrong.push(format!(
                "A return for {} says {} and its history says {}.",
                crate::calendar::rules::months_in_words(row.period_from, row.period_to),
                row.state.slug(),
                life.state.slug()
            )),
            Err(error) => wrong.push(format!(
                "The history of a return for {} cannot be followed: {error}.",
                crate::calendar::rules::months_in_words(row.period_from, row.period_to)
            )),
        }
    }
    Ok(wrong)
}

/// Certified returns whose answers, revision and signature no longer agree.
pub async fn signed_answers(db: &Db, ctx: &Ctx) -> Result<Vec<String>> {
    ctx.require(Operation::ReadReturns)?;
    let mut wrong = Vec::new();
    let mut loaded: HashMap<ReturnFormId, forms::Form> = HashMap::new();
    for row in grant_return::Entity::find().all(db.read()).await? {
        let frozen = matches!(
            row.state,
            ReturnState::Certified | ReturnState::Submitted | ReturnState::Accepted
        );
        if !frozen {
            continue;
        }
        if let std::collections::hash_map::Entry::Vacant(unread) = loaded.entry(row.form_id) {
            unread.insert(forms::load(db.read(), row.form_id).await?);
        }
        let Some(form) = loaded.get(&row.form_id) else {
            continue;
        };
        let standing = store::by_key(form, &store::answers(db.read(), row.id).await?);
        let now = content_hash(&form.file_sha256, &standing);
        for certification in store::certifications(db.read(), row.id).await? {
            let revision = store::revision(db.read(), row.id, certification.revision).await?;
            let then: BTreeMap<String, Value> = serde_json::from_value(revision.answers)?;
            let hash = content_hash(&form.file_sha256, &then);
            let bound = [&now, &hash, &revision.content_hash]
                .iter()
                .all(|hash| **hash == certification.content_hash);
            if !bound {
                wrong.push(format!(
                    "Revision {} of a return for {} is not what the {} signed.",
                    certification.revision,
                    crate::calendar::rules::months_in_words(row.period_from, row.period_to),
                    certification.office
                ));
            }
        }
    }
    Ok(wrong)
}

/// Agreements and signatures by somebody who did not hold that part then, or who had a hand in what
/// they judged.
pub async fn independence(db: &Db, ctx: &Ctx) -> Result<Vec<String>> {
    ctx.require(Operation::ReadReturns)?;
    let home = settings::home(db).await?;
    let mut wrong = Vec::new();
    for row in grant_return::Entity::find().all(db.read()).await? {
        let id: GrantReturnId = row.id;
        let record = store::record(db.read(), id).await?;
        let mut judged: Vec<(String, PersonId, chrono::DateTime<chrono::Utc>, Role, _)> =
            Vec::new();
        for approval in store::approvals(db.read(), id).await? {
            judged.push((
                format!(
                    "The agreement of {}",
                    super::ops::board_in_words(approval.board)
                ),
                approval.recorded_by,
                approval.recorded_at,
                role_on(approval.board),
                home,
            ));
        }
        for signature in store::certifications(db.read(), id).await? {
            judged.push((
                format!("The signature of the {}", signature.office),
                signature.certified_by,
                signature.certified_at,
                Role::Certifier,
                Some(record.award.accountable_body_id),
            ));
        }
        for (what, by, at, role, of) in judged {
            let on = london_date(at);
            let held = membership::Entity::find()
                .filter(membership::Column::PersonId.eq(by))
                .filter(membership::Column::Role.eq(role))
                .all(db.read())
                .await?
                .into_iter()
                .any(|held| {
                    Some(held.organisation_id) == of
                        && held.starts_on <= on
                        && held.ends_on.is_none_or(|last| last >= on)
                        && held.revoked_at.is_none_or(|gone| gone >= at)
                });
            let about = format!(
                "a return for {}",
                crate::calendar::rules::months_in_words(row.period_from, row.period_to)
            );
            if !held {
                wrong.push(format!(
                    "{what} to {about} was given by somebody who did not hold that role then."
                ));
            }
            if !store::hands(db.read(), &record, by, at).await?.is_empty() {
                wrong.push(format!(
                    "{what} to {about} was given by somebody who had a hand in it."
                ));
            }
        }
    }
    Ok(wrong)
}
