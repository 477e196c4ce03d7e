//! Papers as readers get them.

use std::collections::{BTreeMap, HashMap};

use chrono::{DateTime, NaiveDate, Utc};
use entity::{
    AllocationId, Board, BoardOutcome, Money, OrganisationId, PaperId, PaperState, PersonId,
    PoolId, VoteChoice, allocation, board_decision, board_quorum, paper, paper_version, pool, vote,
};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder};
use serde::Serialize;
use uuid::Uuid;

use super::rules::{self, Progress, Tally, progress, role_on};
use super::store;
use crate::access::names_of;
use crate::access::rules::Operation;
use crate::calendar::rules::{due_in_words, when_in_words};
use crate::{Ctx, Db, Error, Result, organisations, settings};

/// A paper, as lists show it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct PaperSummary {
    /// The paper.
    pub id: PaperId,
    /// What people call it.
    pub title: String,
    /// Where it stands.
    pub state: PaperState,
    /// Its latest version's number.
    pub revision: i32,
    /// Whose money is asked for.
    pub pool_id: PoolId,
    /// The pool's name.
    pub pool: String,
    /// How much, in pence.
    #[schema(value_type = i64)]
    pub amount_pence: Money,
    /// What it is for.
    pub purpose: String,
    /// Who would do it, where that is settled.
    pub provider_id: Option<OrganisationId>,
    /// That organisation's name.
    pub provider: Option<String>,
    /// London date by which it should be decided.
    pub decide_by_on: NaiveDate,
    /// "Friday 30 October 2026, 5pm".
    pub decide_by_in_words: String,
    /// "in 14 days", "3 days ago".
    pub when_in_words: String,
    /// Past its date and not decided.
    pub overdue: bool,
    /// How far each board is with its latest version.
    pub boards: Vec<BoardView>,
    /// Whether the reader has yet to vote on it, or to record what their board decided.
    pub waits_for_me: bool,
    /// What both boards' agreement made of it.
    pub allocation_id: Option<AllocationId>,
    /// Its version, for If-Match.
    pub version: i64,
}

/// How far a board is with the latest version of a paper.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, utoipa::ToSchema)]
#[schema(as = PaperBoard)]
pub struct BoardView {
    /// Which board.
    pub board: Board,
    /// So many sit on it today.
    pub members: usize,
    /// So many have voted.
    pub voted: i32,
    /// So many have a conflict, and do not vote.
    pub conflicts: i32,
    /// So many must vote for a decision; none where nobody has said.
    pub quorum: Option<i32>,
    /// Whether enough have voted for its decision to be recorded.
    pub ready: bool,
    /// What it decided.
    pub decision: Option<DecisionView>,
}

/// What a board decided.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, utoipa::ToSchema)]
#[schema(as = BoardDecision)]
pub struct DecisionView {
    /// Which version of the paper.
    pub revision: i32,
    /// Which board.
    pub board: Board,
    /// What it decided.
    pub outcome: BoardOutcome,
    /// London date of the decision.
    pub decided_on: NaiveDate,
    /// Where it is minuted.
    pub minute: String,
    /// So many members had to vote.
    pub quorum: i32,
    /// So many agreed.
    pub agreed: i32,
    /// So many wanted it changed.
    pub changes: i32,
    /// So many did not agree.
    pub against: i32,
    /// So many declared a conflict and did not vote.
    pub conflicts: i32,
    /// What was free in the pool when it was recorded, in pence.
    #[schema(value_type = i64)]
    pub free_pence: Money,
    /// The member who recorded it, by their chosen name.
    pub recorded_by: String,
    /// When (UTC).
    #[schema(value_type = chrono::DateTime<chrono::Utc>)]
    pub recorded_at: DateTime<Utc>,
}

/// What a member said. Votes are shown once their board has decided; what should change, and what
/// interest somebody has, at once.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, utoipa::ToSchema)]
#[schema(as = VoteOnPaper)]
pub struct VoteView {
    /// Which version of the paper.
    pub revision: i32,
    /// For which board it counts.
    pub board: Board,
    /// Who, by their chosen name.
    pub who: String,
    /// What they said.
    pub choice: VoteChoice,
    /// What should change, or what the interest is.
    pub words: String,
    /// When (UTC).
    #[schema(value_type = chrono::DateTime<chrono::Utc>)]
    pub cast_at: DateTime<Utc>,
}

/// One version of a paper.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct PaperVersion {
    /// Its number, from 1.
    pub revision: i32,
    /// What people call it.
    pub title: String,
    /// Why, in plain words.
    pub why: String,
    /// The pool's name.
    pub pool: String,
    /// How much, in pence.
    #[schema(value_type = i64)]
    pub amount_pence: Money,
    /// What it is for.
    pub purpose: String,
    /// Who would do it, where that is settled.
    pub provider: Option<String>,
    /// Who asks for it.
    pub requested_by: String,
    /// London date by which it should be decided.
    pub decide_by_on: NaiveDate,
    /// The instant after which that is late (UTC).
    #[schema(value_type = chrono::DateTime<chrono::Utc>)]
    pub decide_by_at: DateTime<Utc>,
    /// Who wrote it, by their chosen name.
    pub written_by: Option<String>,
    /// When (UTC).
    #[schema(value_type = chrono::DateTime<chrono::Utc>)]
    pub written_at: DateTime<Utc>,
}

/// What the reader may do on a paper.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct MyPart {
    /// The boards for which the reader may vote now.
    pub may_vote_for: Vec<Board>,
    /// What the reader said of the latest version.
    pub said: Option<VoteView>,
    /// Why a member may not vote, in words.
    pub why_not: Option<String>,
    /// The boards whose decision the reader may record now.
    pub may_record_for: Vec<Board>,
    /// Whether the reader may write a new version, or take the paper back.
    pub may_change: bool,
}

/// A paper with all that belongs to it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct PaperView {
    /// As in lists.
    #[serde(flatten)]
    pub summary: PaperSummary,
    /// Why, in plain words.
    pub why: String,
    /// Who asks for it.
    pub requested_by: String,
    /// The instant after which its decision is late (UTC).
    #[schema(value_type = chrono::DateTime<chrono::Utc>)]
    pub decide_by_at: DateTime<Utc>,
    /// What the boards can still decide on in the pool, in pence: what awards put in less what was
    /// decided, and never more than is left to use. Negative where more was decided.
    #[schema(value_type = i64)]
    pub free_pence: Money,
    /// So much more than is free is asked for, in pence.
    #[schema(value_type = Option<i64>)]
    pub over_pence: Option<Money>,
    /// What members said that may be shown, oldest first.
    pub votes: Vec<VoteView>,
    /// What boards decided on any version, oldest first.
    pub decisions: Vec<DecisionView>,
    /// Every version, oldest first.
    pub versions: Vec<PaperVersion>,
    /// What the reader may do.
    pub mine: MyPart,
    /// Why it was taken back.
    pub withdrawn_because: Option<String>,
}

/// What both boards put to a purpose.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct AllocationView {
    /// The allocation.
    pub id: AllocationId,
    /// The paper that both boards agreed to.
    pub paper_id: PaperId,
    /// What people call it.
    pub title: String,
    /// Which version of it.
    pub revision: i32,
    /// Whose money.
    pub pool_id: PoolId,
    /// The pool's name.
    pub pool: String,
    /// How much, in pence.
    #[schema(value_type = i64)]
    pub amount_pence: Money,
    /// What it is for.
    pub purpose: String,
    /// Who would do it, where the paper said.
    pub provider_id: Option<OrganisationId>,
    /// That organisation's name.
    pub provider: Option<String>,
    /// London date on which the second board agreed.
    pub decided_on: NaiveDate,
    /// Where the Trustee Board's agreement is minuted.
    pub trustees_minute: String,
    /// Where the Recovery Advisory Committee's agreement is minuted.
    pub committee_minute: String,
    /// When it came about (UTC).
    #[schema(value_type = chrono::DateTime<chrono::Utc>)]
    pub made_at: DateTime<Utc>,
}

/// A quorum, from a day on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct QuorumView {
    /// The row.
    pub id: Uuid,
    /// Which board.
    pub board: Board,
    /// So many members must vote; those with a conflict do not count.
    pub members: i32,
    /// From which London date.
    pub valid_from: NaiveDate,
    /// Where it is written.
    pub minute: String,
    /// When it was recorded (UTC).
    #[schema(value_type = chrono::DateTime<chrono::Utc>)]
    pub recorded_at: DateTime<Utc>,
}

/// What is read of several papers at once.
struct Read {
    versions: HashMap<PaperId, Vec<paper_version::Model>>,
    votes: Vec<vote::Model>,
    decisions: Vec<board_decision::Model>,
    allocations: HashMap<PaperId, AllocationId>,
    quorums: BTreeMap<Board, board_quorum::Model>,
    members: Vec<(Board, PersonId)>,
    pools: HashMap<PoolId, String>,
    organisations: HashMap<OrganisationId, String>,
    people: HashMap<PersonId, String>,
    mine: Vec<Board>,
}

impl Read {
    async fn of(db: &Db, ctx: &Ctx, rows: &[paper::Model]) -> Result<Self> {
        let ids: Vec<PaperId> = rows.iter().map(|row| row.id).collect();
        let mut versions: HashMap<PaperId, Vec<paper_version::Model>> = HashMap::new();
        for version in store::versions(db.read(), &ids).await? {
            versions.entry(version.paper_id).or_default().push(version);
        }
        let votes = store::votes(db.read(), &ids).await?;
        let decisions = store::decisions(db.read(), &ids).await?;
        let allocations = allocation::Entity::find()
            .filter(allocation::Column::PaperId.is_in(ids))
            .all(db.read())
            .await?
            .into_iter()
            .map(|row| (row.paper_id, row.id))
            .collect();
        let all = || versions.values().flatten();
        let pools = pool_names(db, all().map(|version| version.pool_id)).await?;
        let providers = all().filter_map(|version| version.provider_id);
        let organisations = organisations::view::names(db, providers).await?;
        let people = votes
            .iter()
            .map(|row| row.person_id)
            .chain(decisions.iter().map(|row| row.recorded_by))
            .chain(all().filter_map(|version| version.written_by));
        let people = names_of(db, people).await?;
        let home = settings::home(db).await?;
        let mine = rules::BOARDS
            .into_iter()
            .filter(|board| home.is_some_and(|home| ctx.actor.holds_for(role_on(*board), home)))
            .collect();
        Ok(Self {
            quorums: store::quorums(db.read(), ctx.today()).await?,
            members: store::members(db.read(), ctx.today()).await?,
            versions,
            votes,
            decisions,
            allocations,
            pools,
            organisations,
            people,
            mine,
        })
    }

    fn version(&self, row: &paper::Model) -> Result<&paper_version::Model> {
        self.versions
            .get(&row.id)
            .and_then(|all| all.last())
            .filter(|version| version.revision == row.revision)
            .ok_or_else(|| Error::internal("a paper without its version"))
    }

    fn votes_on(&self, row: &paper::Model) -> impl Iterator<Item = &vote::Model> {
        self.votes
            .iter()
            .filter(move |vote| vote.paper_id == row.id && vote.revision == row.revision)
    }

    fn decided(&self, row: &paper::Model) -> Vec<(Board, BoardOutcome)> {
        self.decisions
            .iter()
            .filter(|one| one.paper_id == row.id && one.revision == row.revision)
            .map(|one| (one.board, one.outcome))
            .collect()
    }

    fn boards(&self, row: &paper::Model) -> Vec<BoardView> {
        rules::BOARDS
            .into_iter()
            .map(|board| {
                let said = self.votes_on(row).filter(|vote| vote.board == board);
                let tally = Tally::of(said.map(|vote| vote.choice));
                let quorum = self.quorums.get(&board).map(|quorum| quorum.members);
                let decision = self
                    .decisions
                    .iter()
                    .find(|one| {
                        one.paper_id == row.id && one.revision == row.revision && one.board == board
                    })
                    .map(|one| self.decision(one));
                BoardView {
                    board,
                    members: self.members.iter().filter(|(of, _)| *of == board).count(),
                    voted: tally.voted(),
                    conflicts: tally.conflicts,
                    quorum,
                    ready: row.state == PaperState::Open
                        && decision.is_none()
                        && matches!(progress(tally, quorum), Progress::Enough(_)),
                    decision,
                }
            })
            .collect()
    }

    fn decision(&self, row: &board_decision::Model) -> DecisionView {
        DecisionView {
            revision: row.revision,
            board: row.board,
            outcome: row.outcome,
            decided_on: row.decided_on,
            minute: row.minute.clone(),
            quorum: row.quorum,
            agreed: row.agreed,
            changes: row.changes,
            against: row.against,
            conflicts: row.conflicts,
            free_pence: row.free,
            recorded_by: self.name(row.recorded_by),
            recorded_at: row.recorded_at,
        }
    }

    fn name(&self, id: PersonId) -> String {
        self.people.get(&id).cloned().unwrap_or_default()
    }

    fn vote(&self, row: &vote::Model) -> VoteView {
        VoteView {
            revision: row.revision,
            board: row.board,
            who: self.name(row.person_id),
            choice: row.choice,
            words: row.words.clone(),
            cast_at: row.cast_at,
        }
    }

    fn mine(&self, ctx: &Ctx, row: &paper::Model) -> Result<MyPart> {
        let may_change =
            ctx.require(Operation::WritePaper).is_ok() && !rules::is_settled(row.state);
        let (Some(person), PaperState::Open) = (ctx.person_id(), row.state) else {
            let said = ctx.person_id().and_then(|person| {
                self.votes_on(row)
                    .find(|vote| vote.person_id == person)
                    .map(|vote| self.vote(vote))
            });
            return Ok(MyPart {
                said,
                may_change,
                ..MyPart::default()
            });
        };
        let written_by = self.version(row)?.written_by;
        let decided = self.decided(row);
        let voted_for = self
            .votes
            .iter()
            .find(|vote| vote.paper_id == row.id && vote.person_id == person)
            .map(|vote| vote.board);
        let said = self.votes_on(row).find(|vote| vote.person_id == person);
        let why = |board| rules::why_not_vote(board, person, written_by, voted_for, &decided);
        let may_vote_for: Vec<Board> = self
            .mine
            .iter()
            .copied()
            .filter(|board| why(*board).is_none())
            .collect();
        let why_not = match (may_vote_for.is_empty(), self.mine.first()) {
            (true, Some(board)) => why(voted_for.unwrap_or(*board)).map(|(_, why)| why),
            _ => None,
        };
        let conflicted = said.is_some_and(|vote| vote.choice == VoteChoice::Conflict);
        let may_record_for = self
            .boards(row)
            .into_iter()
            .filter(|one| one.ready && !conflicted && may_vote_for.contains(&one.board))
            .map(|one| one.board)
            .collect();
        Ok(MyPart {
            may_vote_for,
            said: said.map(|vote| self.vote(vote)),
            why_not,
            may_record_for,
            may_change,
        })
    }

    fn summary(&self, ctx: &Ctx, row: &paper::Model) -> Result<PaperSummary> {
        let version = self.version(row)?;
        let mine = self.mine(ctx, row)?;
        Ok(PaperSummary {
            id: row.id,
            title: version.title.clone(),
            state: row.state,
            revision: row.revision,
            pool_id: version.pool_id,
            pool: self
                .pools
                .get(&version.pool_id)
                .cloned()
                .unwrap_or_default(),
            amount_pence: version.amount,
            purpose: version.purpose.clone(),
            provider_id: version.provider_id,
            provider: self.provider(version.provider_id),
            decide_by_on: version.decide_by_on,
            decide_by_in_words: due_in_words(version.decide_by_at),
            when_in_words: when_in_words(ctx.today(), version.decide_by_on),
            overdue: !rules::is_settled(row.state) && ctx.now() > version.decide_by_at,
            boards: self.boards(row),
            waits_for_me: (!mine.may_vote_for.is_empty() && mine.said.is_none())
                || !mine.may_record_for.is_empty(),
            allocation_id: self.allocations.get(&row.id).copied(),
            version: row.version,
        })
    }

    fn provider(&self, id: Option<OrganisationId>) -> Option<String> {
        id.and_then(|id| self.organisations.get(&id).cloned())
    }

    fn history(&self, row: &paper::Model) -> Vec<PaperVersion> {
        let all = self.versions.get(&row.id).into_iter().flatten();
        all.map(|version| PaperVersion {
            revision: version.revision,
            title: version.title.clone(),
            why: version.why.clone(),
            pool: self
                .pools
                .get(&version.pool_id)
                .cloned()
                .unwrap_or_default(),
            amount_pence: version.amount,
            purpose: version.purpose.clone(),
            provider: self.provider(version.provider_id),
            requested_by: version.requested_by.clone(),
            decide_by_on: version.decide_by_on,
            decide_by_at: version.decide_by_at,
            written_by: version.written_by.map(|id| self.name(id)),
            written_at: version.written_at,
        })
        .collect()
    }
}

async fn pool_names(
    db: &Db,
    ids: impl IntoIterator<Item = PoolId>,
) -> Result<HashMap<PoolId, String>> {
    Ok(pool::Entity::find()
        .filter(pool::Column::Id.is_in(ids))
        .all(db.read())
        .await?
        .into_iter()
        .map(|row| (row.id, row.name))
        .collect())
}

/// Papers by id, after `after`; all, or those that stand so.
pub async fn list(
    db: &Db,
    ctx: &Ctx,
    state: Option<PaperState>,
    after: Option<PaperId>,
    limit: u64,
) -> Result<Vec<PaperSummary>> {
    use sea_orm::QuerySelect as _;
    ctx.require(Operation::ReadPapers)?;
    let mut query = store::seen(ctx);
    if let Some(state) = state {
        query = query.filter(paper::Column::State.eq(state));
    }
    if let Some(after) = after {
        query = query.filter(paper::Column::Id.gt(after));
    }
    let rows = query
        .order_by_asc(paper::Column::Id)
        .limit(limit)
        .all(db.read())
        .await?;
    let read = Read::of(db, ctx, &rows).await?;
    rows.iter().map(|row| read.summary(ctx, row)).collect()
}

/// Papers by what needs attention: what waits for the reader, then what is to be decided by its
/// date, then what is settled, newest first.
pub async fn by_attention(db: &Db, ctx: &Ctx) -> Result<Vec<PaperSummary>> {
    ctx.require(Operation::ReadPapers)?;
    let rows = store::seen(ctx)
        .order_by_desc(paper::Column::Id)
        .all(db.read())
        .await?;
    let read = Read::of(db, ctx, &rows).await?;
    let mut papers: Vec<PaperSummary> = rows
        .iter()
        .map(|row| read.summary(ctx, row))
        .collect::<Result<_>>()?;
    papers.sort_by_key(|paper| {
        let settled = rules::is_settled(paper.state);
        let date = (!settled).then_some(paper.decide_by_on);
        (settled, !paper.waits_for_me, date)
    });
    Ok(papers)
}

/// One paper.
pub async fn one(db: &Db, ctx: &Ctx, id: PaperId) -> Result<PaperView> {
    ctx.require(Operation::ReadPapers)?;
    let row = store::one(db.read(), ctx, id).await?;
    let read = Read::of(db, ctx, std::slice::from_ref(&row)).await?;
    let version = read.version(&row)?;
    let free = store::free(db.read(), ctx, &[version.pool_id])
        .await?
        .get(&version.pool_id)
        .copied()
        .unwrap_or_default();
    // who voted how is told once nobody can be swayed by it any more
    let told = |vote: &&vote::Model| {
        let decided = read.decisions.iter().any(|one| {
            one.paper_id == row.id && one.revision == vote.revision && one.board == vote.board
        });
        decided || matches!(vote.choice, VoteChoice::Change | VoteChoice::Conflict)
    };
    let over = match rules::is_settled(row.state) {
        true => None,
        false => rules::over(version.amount, free),
    };
    Ok(PaperView {
        summary: read.summary(ctx, &row)?,
        why: version.why.clone(),
        requested_by: version.requested_by.clone(),
        decide_by_at: version.decide_by_at,
        free_pence: free,
        over_pence: over,
        votes: read
            .votes
            .iter()
            .filter(told)
            .map(|vote| read.vote(vote))
            .collect(),
        decisions: read
            .decisions
            .iter()
            .map(|one| read.decision(one))
            .collect(),
        versions: read.history(&row),
        mine: read.mine(ctx, &row)?,
        withdrawn_because: row.withdrawn_because.clone(),
    })
}

/// What both boards decided, newest first; of all pools, or of one.
pub async fn allocations(db: &Db, ctx: &Ctx, pool: Option<PoolId>) -> Result<Vec<AllocationView>> {
    ctx.require(Operation::ReadPapers)?;
    let papers: Vec<PaperId> = store::seen(ctx)
        .all(db.read())
        .await?
        .into_iter()
        .map(|row| row.id)
        .collect();
    let one = pool.map(|pool| [pool]);
    let rows = store::allocations(db.read(), one.as_ref().map(|one| &one[..])).await?;
    let rows: Vec<_> = rows
        .into_iter()
        .filter(|row| papers.contains(&row.paper_id))
        .collect();
    let ids: Vec<PaperId> = rows.iter().map(|row| row.paper_id).collect();
    let titles = store::latest(db.read(), &ids).await?;
    let minutes: HashMap<_, String> = store::decisions(db.read(), &ids)
        .await?
        .into_iter()
        .map(|one| (one.id, one.minute))
        .collect();
    let pools = pool_names(db, rows.iter().map(|row| row.pool_id)).await?;
    let names =
        organisations::view::names(db, rows.iter().filter_map(|row| row.provider_id)).await?;
    Ok(rows
        .into_iter()
        .map(|row| AllocationView {
            id: row.id,
            paper_id: row.paper_id,
            title: titles
                .get(&row.paper_id)
                .map_or_else(String::new, |version| version.title.clone()),
            revision: row.revision,
            pool_id: row.pool_id,
            pool: pools.get(&row.pool_id).cloned().unwrap_or_default(),
            amount_pence: row.amount,
            purpose: row.purpose,
            provider_id: row.provider_id,
            provider: row.provider_id.and_then(|id| names.get(&id).cloned()),
            decided_on: row.decided_on,
            trustees_minute: minutes
                .get(&row.trustees_decision_id)
                .cloned()
                .unwrap_or_default(),
            committee_minute: minutes
                .get(&row.committee_decision_id)
                .cloned()
                .unwrap_or_default(),
            made_at: row.made_at,
        })
        .collect())
}

/// Every quorum that was said, the latest first.
pub async fn quorums(db: &Db, ctx: &Ctx) -> Result<Vec<QuorumView>> {
    ctx.require(Operation::ReadPapers)?;
    Ok(board_quorum::Entity::find()
        .order_by_desc(board_quorum::Column::ValidFrom)
        .order_by_desc(board_quorum::Column::RecordedAt)
        .order_by_desc(board_quorum::Column::Id)
        .all(db.read())
        .await?
        .into_iter()
        .map(|row| QuorumView {
            id: row.id,
            board: row.board,
            members: row.members,
            valid_from: row.valid_from,
            minute: row.minute,
            recorded_at: row.recorded_at,
        })
        .collect())
}
