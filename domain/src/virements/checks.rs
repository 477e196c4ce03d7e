//! What must hold of virements, looked up in the whole database.

use entity::{AwardId, award};
use sea_orm::{EntityTrait, QueryOrder};

use super::rules::{VirementState, check_next, state, unmoved};
use super::store::{Moves, Within};
use crate::access::rules::Operation;
use crate::{Ctx, Db, Result};

/// A virement took effect if it was within the tolerance or the funder consented, and otherwise not; no
/// fence began with less than nothing.
pub async fn whole(db: &Db, ctx: &Ctx) -> Result<Vec<String>> {
    ctx.require(Operation::ReadVirements)?;
    let awards = award::Entity::find()
        .order_by_asc(award::Column::Id)
        .all(db.read())
        .await?;
    let ids: Vec<AwardId> = awards.iter().map(|row| row.id).collect();
    let all = super::store::of_awards(db.read(), &ids).await?;
    let mut wrong = Vec::new();
    for award in awards {
        if !all.iter().any(|one| one.row.award_id == award.id) {
            continue;
        }
        let within = Within::of(db.read(), &award).await?;
        for one in &within.known {
            let made = one.state() == VirementState::Made;
            if made != one.row.applied_at.is_some() {
                wrong.push(format!(
                    "Of “{}”: virement {} took effect without consent, or did not with it.",
                    award.title, one.row.seq
                ));
            }
            for (at, event) in one.events.iter().enumerate() {
                let before = one.events.iter().take(at).map(|event| event.kind);
                if check_next(state(one.row.needs_consent, before), event.kind).is_err() {
                    wrong.push(format!(
                        "Of “{}”: what happened to virement {} cannot have happened in this order.",
                        award.title, one.row.seq
                    ));
                }
            }
        }
        let begun = unmoved(&within.parts, &within.made(Moves::All));
        let below =
            |held: Option<entity::Money>| held.is_some_and(|held| held < entity::Money::ZERO);
        for part in begun
            .iter()
            .filter(|part| below(part.reserved) || below(part.limit))
        {
            wrong.push(format!(
                "Of “{}”: more was moved out of or into “{}” than its virements say.",
                award.title, part.name
            ));
        }
    }
    Ok(wrong)
}
