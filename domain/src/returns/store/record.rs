//! A return with what it hangs from, and its history.

use std::collections::HashMap;

use entity::{
    GrantReturnId, PersonId, RequirementId, ReturnEventKind, ReturnState, award, board_approval,
    certification, deadline, grant_return, requirement, return_event, return_revision, sending,
};
use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, ColumnTrait, ConnectionTrait, EntityTrait, IntoActiveModel,
    QueryFilter, QueryOrder, QuerySelect, QueryTrait, sea_query::SelectStatement,
};
use uuid::Uuid;

use crate::access::rules::{Sight, sight};
use crate::returns::rules::life::{Detail, Event, Life, fold};
use crate::returns::rules::measures::Span;
use crate::returns::rules::requirement::{Signature, Turn, turn as whose_turn};
use crate::{Ctx, Error, Result, Tx};

/// A return with what it hangs from.
#[derive(Clone, Debug)]
pub(crate) struct Record {
    pub row: grant_return::Model,
    pub requirement: requirement::Model,
    pub award: award::Model,
}

impl Record {
    pub(crate) fn span(&self) -> Span {
        Span {
            from: self.row.period_from,
            to: self.row.period_to,
            grid_from: self.requirement.anchor_on,
        }
    }

    /// "Recovery grant return, April to June 2026".
    pub(crate) fn title(&self) -> String {
        format!(
            "{}, {}",
            self.requirement.name,
            crate::calendar::rules::months_in_words(self.row.period_from, self.row.period_to)
        )
    }

    pub(crate) fn expect(&self, version: Option<i64>) -> Result<()> {
        match version {
            Some(expected) if expected != self.row.version => Err(Error::Stale),
            _ => Ok(()),
        }
    }
}

/// A return, whoever asks.
pub(crate) async fn record(conn: &impl ConnectionTrait, id: GrantReturnId) -> Result<Record> {
    let row = grant_return::Entity::find_by_id(id)
        .one(conn)
        .await?
        .ok_or(Error::NotFound)?;
    let requirement = requirement::Entity::find_by_id(row.requirement_id)
        .one(conn)
        .await?
        .ok_or_else(|| Error::internal("a return without its requirement"))?;
    let award = award::Entity::find_by_id(row.award_id)
        .one(conn)
        .await?
        .ok_or_else(|| Error::internal("a return without its award"))?;
    Ok(Record {
        row,
        requirement,
        award,
    })
}

/// A return that the actor may see. A funder's officer sees those of its own awards that were
/// sent, whatever became of them here since; for them others do not exist.
pub(crate) async fn seen(
    conn: &impl ConnectionTrait,
    ctx: &Ctx,
    id: GrantReturnId,
) -> Result<Record> {
    match sight(&ctx.actor) {
        Sight::All => {}
        // Asked for in one query: a foreign return takes as long to be missing as none at all.
        Sight::Funders(funders) => {
            let theirs = award::Entity::find()
                .select_only()
                .column(award::Column::Id)
                .filter(award::Column::FunderId.is_in(funders));
            grant_return::Entity::find_by_id(id)
                .filter(grant_return::Column::Id.in_subquery(once_sent()))
                .filter(grant_return::Column::AwardId.in_subquery(theirs.into_query()))
                .one(conn)
                .await?
                .ok_or(Error::NotFound)?;
        }
        Sight::Nothing => return Err(Error::NotFound),
    }
    record(conn, id).await
}

/// The returns that were sent at some time: a funder has them.
pub(crate) fn once_sent() -> SelectStatement {
    sending::Entity::find()
        .select_only()
        .column(sending::Column::ReturnId)
        .into_query()
}

/// A return as it was last sent: what its funder has, also while it is open again here.
pub(crate) struct AsSent {
    /// Where it stood then.
    pub life: Life,
    /// What was sent.
    pub revision: return_revision::Model,
    /// How.
    pub sending: sending::Model,
}

/// A return as it was last sent, if it ever was.
pub(crate) async fn as_sent(
    conn: &impl ConnectionTrait,
    id: GrantReturnId,
) -> Result<Option<AsSent>> {
    let Some(sending) = sendings(conn, id).await?.pop() else {
        return Ok(None);
    };
    Ok(Some(AsSent {
        life: fold_as_sent(events(conn, id).await?)?,
        revision: revision(conn, id, sending.revision).await?,
        sending,
    }))
}

/// Where a return stood when it was last sent, with what its funder said of that since: whatever else
/// happened to it here later is left out.
pub(crate) fn fold_as_sent(mut rows: Vec<return_event::Model>) -> Result<Life> {
    let last = rows
        .iter()
        .rposition(|event| event.kind == ReturnEventKind::Submitted);
    let mut place = 0_usize..;
    rows.retain(|event| place.next() <= last || is_the_funders(event.kind));
    fold_rows(&rows)
}

/// The signatures under a revision, whether they stand or were withdrawn when the return was opened
/// again.
pub(crate) async fn signed_then(
    conn: &impl ConnectionTrait,
    id: GrantReturnId,
    revision: i32,
) -> Result<Vec<certification::Model>> {
    Ok(certification::Entity::find()
        .filter(certification::Column::ReturnId.eq(id))
        .filter(certification::Column::Revision.eq(revision))
        .order_by_asc(certification::Column::CertifiedAt)
        .order_by_asc(certification::Column::Id)
        .all(conn)
        .await?)
}

/// Whether it is what a funder said of what it was sent.
pub(crate) const fn is_the_funders(kind: ReturnEventKind) -> bool {
    matches!(
        kind,
        ReturnEventKind::Accepted | ReturnEventKind::FunderAskedForChanges
    )
}

/// Whether a funder has it.
pub(crate) const fn is_sent(state: ReturnState) -> bool {
    matches!(state, ReturnState::Submitted | ReturnState::Accepted)
}

pub(crate) fn signatures(requirement: &requirement::Model) -> Result<Vec<Signature>> {
    let mut list: Vec<Signature> = serde_json::from_value(requirement.signatures.clone())?;
    list.sort_by_key(|signature| signature.order);
    Ok(list)
}

pub(crate) async fn events(
    conn: &impl ConnectionTrait,
    id: GrantReturnId,
) -> Result<Vec<return_event::Model>> {
    Ok(return_event::Entity::find()
        .filter(return_event::Column::ReturnId.eq(id))
        .order_by_asc(return_event::Column::Seq)
        .all(conn)
        .await?)
}

/// Where a return stands: the fold of its events.
pub(crate) async fn life(conn: &impl ConnectionTrait, id: GrantReturnId) -> Result<Life> {
    fold_rows(&events(conn, id).await?)
}

pub(crate) fn fold_rows(rows: &[return_event::Model]) -> Result<Life> {
    let events = rows
        .iter()
        .map(|row| {
            Ok(Event {
                kind: row.kind,
                revision: row.revision,
                detail: row
                    .detail
                    .clone()
                    .map(serde_json::from_value)
                    .transpose()?
                    .unwrap_or_default(),
            })
        })
        .collect::<Result<Vec<_>>>()?;
    Ok(fold(&events)?)
}

/// Appends an event if the life of the return allows it now; the state follows. Returns where the
/// return then stands. The caller has locked the return.
pub(crate) async fn append_event(
    tx: &Tx,
    id: GrantReturnId,
    by: Option<PersonId>,
    event: Event,
    reason: Option<&str>,
) -> Result<Life> {
    let rows = events(tx.conn(), id).await?;
    let next = match rows.last() {
        Some(last) => last
            .seq
            .checked_add(1)
            .ok_or_else(|| Error::internal("too many events"))?,
        None => 1,
    };
    let life = if rows.is_empty() {
        fold(std::slice::from_ref(&event))?
    } else {
        let mut life = fold_rows(&rows)?;
        life.apply(&event)?;
        life
    };
    let detail = if event.detail == Detail::default() {
        None
    } else {
        Some(serde_json::to_value(&event.detail)?)
    };
    return_event::ActiveModel {
        id: Set(Uuid::now_v7()),
        return_id: Set(id),
        seq: Set(next),
        kind: Set(event.kind),
        at: Set(tx.now()),
        by_person: Set(by),
        revision: Set(event.revision),
        reason: Set(reason.map(ToOwned::to_owned)),
        detail: Set(detail),
    }
    .insert(tx.conn())
    .await?;
    if event.kind != ReturnEventKind::Scheduled {
        let row = grant_return::Entity::find_by_id(id)
            .one(tx.conn())
            .await?
            .ok_or(Error::NotFound)?;
        let version = row.version;
        let mut row = row.into_active_model();
        row.state = Set(life.state);
        row.version = Set(version.saturating_add(1));
        row.update(tx.conn()).await?;
    }
    Ok(life)
}

pub(crate) async fn revision(
    conn: &impl ConnectionTrait,
    id: GrantReturnId,
    number: i32,
) -> Result<return_revision::Model> {
    return_revision::Entity::find()
        .filter(return_revision::Column::ReturnId.eq(id))
        .filter(return_revision::Column::Number.eq(number))
        .one(conn)
        .await?
        .ok_or(Error::NotFound)
}

pub(crate) async fn newest_revision(
    conn: &impl ConnectionTrait,
    id: GrantReturnId,
) -> Result<Option<return_revision::Model>> {
    Ok(return_revision::Entity::find()
        .filter(return_revision::Column::ReturnId.eq(id))
        .order_by_desc(return_revision::Column::Number)
        .one(conn)
        .await?)
}

pub(crate) async fn approvals(
    conn: &impl ConnectionTrait,
    id: GrantReturnId,
) -> Result<Vec<board_approval::Model>> {
    Ok(board_approval::Entity::find()
        .filter(board_approval::Column::ReturnId.eq(id))
        .order_by_asc(board_approval::Column::RecordedAt)
        .all(conn)
        .await?)
}

/// Certifications that stand, in the order in which they were made.
pub(crate) async fn certifications(
    conn: &impl ConnectionTrait,
    id: GrantReturnId,
) -> Result<Vec<certification::Model>> {
    Ok(certification::Entity::find()
        .filter(certification::Column::ReturnId.eq(id))
        .filter(certification::Column::WithdrawnAt.is_null())
        .order_by_asc(certification::Column::CertifiedAt)
        .order_by_asc(certification::Column::Id)
        .all(conn)
        .await?)
}

/// Whose turn it is to sign, by the signatures that stand.
pub(crate) fn turn(
    requirement: &requirement::Model,
    standing: &[certification::Model],
) -> Result<Turn> {
    let signed: Vec<(String, Option<PersonId>)> = standing
        .iter()
        .map(|row| {
            // a paper bears a name; who recorded it signed nothing
            let by = row.signed_by.is_none().then_some(row.certified_by);
            (row.office.clone(), by)
        })
        .collect();
    Ok(whose_turn(
        &signatures(requirement)?,
        requirement.certifier_id,
        &signed,
    ))
}

pub(crate) async fn sendings(
    conn: &impl ConnectionTrait,
    id: GrantReturnId,
) -> Result<Vec<sending::Model>> {
    Ok(sending::Entity::find()
        .filter(sending::Column::ReturnId.eq(id))
        .order_by_asc(sending::Column::RecordedAt)
        .all(conn)
        .await?)
}

pub(crate) async fn deadline(
    conn: &impl ConnectionTrait,
    id: GrantReturnId,
) -> Result<Option<deadline::Model>> {
    Ok(deadline::Entity::find()
        .filter(deadline::Column::ReturnId.eq(id))
        .one(conn)
        .await?)
}

/// What is asked under these ids, each with its award.
pub(crate) async fn asked(
    conn: &impl ConnectionTrait,
    ids: impl IntoIterator<Item = RequirementId>,
) -> Result<HashMap<RequirementId, (requirement::Model, award::Model)>> {
    let requirements = requirement::Entity::find()
        .filter(requirement::Column::Id.is_in(ids))
        .all(conn)
        .await?;
    let awards: HashMap<_, award::Model> = award::Entity::find()
        .filter(award::Column::Id.is_in(requirements.iter().map(|row| row.award_id)))
        .all(conn)
        .await?
        .into_iter()
        .map(|row| (row.id, row))
        .collect();
    Ok(requirements
        .into_iter()
        .filter_map(|row| {
            let award = awards.get(&row.award_id)?.clone();
            Some((row.id, (row, award)))
        })
        .collect())
}
