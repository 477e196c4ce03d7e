//! What must hold of returns, looked up in the whole database.

use std::collections::{BTreeMap, HashMap};

use entity::{ReturnFormId, ReturnState, grant_return};
use sea_orm::EntityTrait;
use serde_json::Value;

use super::rules::content_hash;
use super::store;
use crate::access::rules::Operation;
use crate::forms::store as forms;
use crate::{Ctx, Db, Result};

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
