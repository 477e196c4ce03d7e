//! All that is due in one list: returns, and what else must be done by its day, by what needs attention.

use entity::{DeadlineKind, OrganisationId};

use super::view::{DeadlineView, by_attention, of_applications};
use super::whom::Whom;
use crate::access::rules::Operation;
use crate::paging::{Cursor, Slice};
use crate::reminders::rules::is_settled;
use crate::returns::view::{self as returns, ReturnFilter, ReturnOrder, ReturnSummary};
use crate::{Ctx, Db, Result};

/// Something that is due.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ahead {
    /// A return.
    Return(ReturnSummary),
    /// Something else.
    Other(DeadlineView),
}

/// Which of what is due.
#[derive(Clone, Debug, Default)]
pub struct AheadFilter {
    /// Only what is not done with.
    pub open_only: bool,
    /// Only what is of this kind.
    pub kind: Option<DeadlineKind>,
    /// Only what is due for this funder's money.
    pub funder: Option<OrganisationId>,
    /// Only what waits for these: the `key` of a [`Whom`].
    pub whom: Option<String>,
}

impl AheadFilter {
    fn waits(&self, whom: &[Whom]) -> bool {
        self.whom
            .as_ref()
            .is_none_or(|key| whom.iter().any(|one| one.key == *key))
    }

    fn holds(&self, due: &DeadlineView) -> bool {
        self.kind.is_none_or(|kind| due.kind == kind)
            && self
                .funder
                .is_none_or(|funder| due.funder_id == Some(funder))
            && self.waits(&Whom::of(due))
    }
}

fn place_of_return(one: &ReturnSummary) -> Cursor {
    by_attention(one.due_at, is_settled(one.state), one.id)
}

fn place_of_other(due: &DeadlineView) -> Cursor {
    by_attention(due.due_at, due.closed_at.is_some(), due.id)
}

/// A part of all that is due. Both sorts stand in the same order, so that a part goes on where the one before
/// ended.
pub async fn list(
    db: &Db,
    ctx: &Ctx,
    filter: &AheadFilter,
    after: Option<Cursor>,
    limit: u64,
) -> Result<Slice<Ahead>> {
    ctx.require(Operation::ReadDeadlines)?;
    let returns = returns_of(db, ctx, filter, after, limit).await?;
    let others = others_of(db, ctx, filter, after, limit).await?;
    let mut placed: Vec<(Cursor, Ahead)> = returns
        .items
        .into_iter()
        .map(|one| (place_of_return(&one), Ahead::Return(one)))
        .chain(
            others
                .items
                .into_iter()
                .map(|due| (place_of_other(&due), Ahead::Other(due))),
        )
        .collect();
    placed.sort_by_key(|(place, _)| *place);
    let most = usize::try_from(limit).unwrap_or(usize::MAX);
    let more = placed.len() > most || returns.next.is_some() || others.next.is_some();
    placed.truncate(most);
    let next = placed.last().filter(|_| more).map(|(place, _)| *place);
    Ok(Slice {
        items: placed.into_iter().map(|(_, one)| one).collect(),
        next,
    })
}

async fn returns_of(
    db: &Db,
    ctx: &Ctx,
    filter: &AheadFilter,
    after: Option<Cursor>,
    limit: u64,
) -> Result<Slice<ReturnSummary>> {
    if filter.kind.is_some_and(|kind| kind != DeadlineKind::Return) {
        return Ok(Slice::empty());
    }
    let wanted = ReturnFilter {
        funder: filter.funder,
        // one that is done with waits for nobody
        open_only: filter.open_only || filter.whom.is_some(),
        ..ReturnFilter::default()
    };
    let part = async |from: Option<Cursor>| {
        returns::list(db, ctx, wanted, ReturnOrder::Attention, from, limit).await
    };
    if filter.whom.is_none() {
        return part(after).await;
    }
    let fits = |one: &ReturnSummary| filter.waits(&one.whom);
    until_full(part, fits, place_of_return, after, limit).await
}

async fn others_of(
    db: &Db,
    ctx: &Ctx,
    filter: &AheadFilter,
    after: Option<Cursor>,
    limit: u64,
) -> Result<Slice<DeadlineView>> {
    if filter.kind == Some(DeadlineKind::Return) {
        return Ok(Slice::empty());
    }
    let part =
        async |from: Option<Cursor>| of_applications(db, ctx, filter.open_only, from, limit).await;
    if filter.kind.is_none() && filter.funder.is_none() && filter.whom.is_none() {
        return part(after).await;
    }
    let fits = |due: &DeadlineView| filter.holds(due);
    until_full(part, fits, place_of_other, after, limit).await
}

/// A part of what fits. Whether something does is known once it is read: so a list is read on until the part is
/// full.
async fn until_full<T>(
    part: impl AsyncFn(Option<Cursor>) -> Result<Slice<T>>,
    fits: impl Fn(&T) -> bool,
    place: impl Fn(&T) -> Cursor,
    after: Option<Cursor>,
    limit: u64,
) -> Result<Slice<T>> {
    let most = usize::try_from(limit).unwrap_or(usize::MAX);
    let mut found = Vec::new();
    let mut from = after;
    loop {
        let read = part(from).await?;
        found.extend(read.items.into_iter().filter(&fits));
        from = read.next;
        if from.is_none() || found.len() > most {
            break;
        }
    }
    // what was read to its end has no more, and what was not is fuller than the part
    Ok(Slice::cut(found, limit, place))
}
