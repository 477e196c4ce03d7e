//! What must hold of papers and of what came of them, looked up in the whole database.

use std::collections::HashMap;

use entity::{
    Board, BoardOutcome, DeadlineKind, PaperId, allocation, board_decision, deadline, paper,
};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder};

use super::rules::{self, Tally};
use super::{ops, store};
use crate::access::rules::Operation;
use crate::{Ctx, Db, Result};

async fn all(db: &Db) -> Result<Vec<paper::Model>> {
    Ok(paper::Entity::find()
        .order_by_asc(paper::Column::Id)
        .all(db.read())
        .await?)
}

/// A paper stands where what the boards decided on its latest version leads.
pub async fn states(db: &Db, ctx: &Ctx) -> Result<Vec<String>> {
    ctx.require(Operation::ReadPapers)?;
    let mut wrong = Vec::new();
    for row in all(db).await? {
        let version = store::version(db.read(), &row).await?;
        let decided = store::decided(db.read(), &row).await?;
        if rules::state_of(&decided, row.withdrawn_because.is_some()) != row.state {
            wrong.push(format!(
                "“{}” does not stand where what the boards decided leads.",
                version.title
            ));
        }
    }
    Ok(wrong)
}

/// What a board decided follows from its members' votes, and nobody counted in both boards.
pub async fn votes(db: &Db, ctx: &Ctx) -> Result<Vec<String>> {
    ctx.require(Operation::ReadPapers)?;
    let mut wrong = Vec::new();
    for row in all(db).await? {
        let title = store::version(db.read(), &row).await?.title;
        let said = store::votes(db.read(), &[row.id]).await?;
        for one in store::decisions(db.read(), &[row.id]).await? {
            let of_it = said
                .iter()
                .filter(|vote| vote.revision == one.revision && vote.board == one.board);
            let tally = Tally::of(of_it.map(|vote| vote.choice));
            let counted = Tally {
                agree: one.agreed,
                change: one.changes,
                against: one.against,
                conflicts: one.conflicts,
            };
            if tally != counted || tally.outcome() != one.outcome || tally.voted() < one.quorum {
                wrong.push(format!(
                    "What {} decided on “{title}” does not follow from its members’ votes.",
                    rules::board_in_words(one.board)
                ));
            }
        }
        let mut counts_in: HashMap<_, Board> = HashMap::new();
        for vote in &said {
            if *counts_in.entry(vote.person_id).or_insert(vote.board) != vote.board {
                wrong.push(format!("Somebody counted in both boards on “{title}”."));
            }
        }
    }
    Ok(wrong)
}

/// Every allocation is what both boards agreed to, and everything both agreed to is one.
pub async fn allocations(db: &Db, ctx: &Ctx) -> Result<Vec<String>> {
    ctx.require(Operation::ReadPapers)?;
    let made: HashMap<PaperId, allocation::Model> = allocation::Entity::find()
        .all(db.read())
        .await?
        .into_iter()
        .map(|row| (row.paper_id, row))
        .collect();
    let mut wrong = Vec::new();
    for row in all(db).await? {
        let version = store::version(db.read(), &row).await?;
        let both = |of: &allocation::Model, decided: &[board_decision::Model]| {
            rules::BOARDS.into_iter().all(|board| {
                let id = match board {
                    Board::Trustees => of.trustees_decision_id,
                    Board::Committee => of.committee_decision_id,
                };
                decided.iter().any(|one| {
                    (one.id, one.board, one.revision, one.outcome)
                        == (id, board, of.revision, BoardOutcome::Agreed)
                })
            })
        };
        let agreed = row.state == entity::PaperState::Agreed;
        let holds = match made.get(&row.id) {
            None => !agreed,
            Some(of) => {
                agreed
                    && of.revision == row.revision
                    && (of.pool_id, of.amount, &of.purpose)
                        == (version.pool_id, version.amount, &version.purpose)
                    && both(of, &store::decisions(db.read(), &[row.id]).await?)
            }
        };
        if !holds {
            wrong.push(format!(
                "What was allocated by “{}” is not what both boards agreed to.",
                version.title
            ));
        }
    }
    Ok(wrong)
}

/// A paper that is not settled has its deadline, and no other has one.
pub async fn deadlines(db: &Db, ctx: &Ctx) -> Result<Vec<String>> {
    ctx.require(Operation::ReadPapers)?;
    let open: HashMap<_, _> = deadline::Entity::find()
        .filter(deadline::Column::Kind.eq(DeadlineKind::Decision))
        .filter(deadline::Column::ClosedAt.is_null())
        .all(db.read())
        .await?
        .into_iter()
        .map(|row| (row.subject_id, row.due_at))
        .collect();
    let mut wrong = Vec::new();
    for row in all(db).await? {
        let version = store::version(db.read(), &row).await?;
        let wanted = ops::duty(&row, &version).map(|duty| duty.due_at);
        if open.get(&row.id.into()).copied() != wanted {
            wrong.push(format!(
                "The deadline of “{}” is not the one that follows from where it stands.",
                version.title
            ));
        }
    }
    Ok(wrong)
}
