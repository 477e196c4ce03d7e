//! Running the policy of each pool that has news. A run computes on a snapshot off the async
//! threads, appends differences in chunks that do not count yet, and takes effect in one short
//! transaction; whoever was overtaken begins again. Where a pool has it so, a run waits until a person applies it.

use std::collections::BTreeMap;
use std::sync::Arc;

use ::attribution::Proof;
use entity::{
    AttributionPolicy, AttributionRunId, JobKind, Money, PoolId, RunState, RunsTakeEffect,
    attribution_proof, attribution_run, pool,
};
use sea_orm::{ActiveModelTrait, ActiveValue::Set, ConnectionTrait, EntityTrait, IntoActiveModel};
use tokio::task::JoinHandle;
use uuid::Uuid;

use super::further::{Further, Rests, further};
use super::rules::stays::fit;
use super::rules::{Award, Shown, Solving, attribute_by};
use super::store::{self, Added, Part, statement};
use super::totals::{self, Kept};
use crate::access::rules::Operation;
use crate::db::bulk::Ready;
use crate::db::{Pace, Piece};
use crate::pools::rules::policies::Policies;
use crate::proposals::ops::{Proposing, propose};
use crate::proposals::rules::{Would, is_asked};
use crate::proposals::store::{self as proposals, Proposed};
use crate::{Command, Ctx, Db, Error, Result, Tx, jobs};
use crate::{apportionments, awards, commitments, imports, pools};

/// The least differences of one chunk: a small part of the 250 ms that a write may take.
const CHUNK: usize = 1_000;
/// The lease is renewed at least this often.
const RENEW_EVERY: std::time::Duration = std::time::Duration::from_secs(8);
/// How often an overtaken run begins again before it leaves the rest to the next tick.
const ATTEMPTS: u32 = 5;

/// Attributes the spend of every pool that has news. A pool that fails does not hold up the
/// others. How many runs took effect.
pub async fn run_due(db: &Db, ctx: &Ctx) -> Result<u32> {
    ctx.require(Operation::AttributeSpend)?;
    awards::ops::amend::apply_due(db, ctx).await?;
    apportionments::apply_due(db, ctx).await?;
    let mut ran = 0;
    let mut failed = None;
    for pool in store::pools(db.read()).await? {
        for _ in 0..ATTEMPTS {
            match run(db, ctx, pool.id).await {
                Ok(Done::Nothing | Done::Proposed) => break,
                Ok(Done::Accepted) => {
                    ran += 1;
                    break;
                }
                Ok(Done::Overtaken) => {}
                // Not ours any more: whoever has the lease goes on.
                Err(
                    error @ Error::Refused {
                        rule: "lease-lost", ..
                    },
                ) => return Err(error),
                Err(error) => {
                    tracing::error!(pool = pool.slug, %error, "a pool could not be attributed");
                    failed = Some(error);
                    break;
                }
            }
        }
    }
    match failed {
        None => Ok(ran),
        Some(error) => Err(error),
    }
}

enum Done {
    Nothing,
    Accepted,
    /// A person is asked first.
    Proposed,
    Overtaken,
}

/// What was computed on a snapshot.
struct Computed {
    pool: pool::Model,
    policy: AttributionPolicy,
    awards: Arc<Vec<Award>>,
    facts_hash: String,
    commitments_hash: String,
    locks_hash: String,
    saw_seq: i64,
    last_run: Option<i64>,
    cause: &'static str,
    lines: i64,
    attributed: Money,
    unfunded: Money,
    differences: Arc<Vec<(Part, i64)>>,
    moved: BTreeMap<Uuid, Added>,
    rule: RunsTakeEffect,
    would: Would,
    /// The run that stands proposed, and rests on the same.
    waiting: Option<Proposed>,
    /// Hash of the differences, where a person is asked or was.
    digest: Option<String>,
    /// What proves the answers of its optimal rules.
    proofs: Vec<Option<Proof>>,
    /// What its classes of lines rest on, where nothing is paid beside one such answer.
    classes_hash: Option<String>,
}

async fn run(db: &Db, ctx: &Ctx, pool: PoolId) -> Result<Done> {
    let Some((computed, kept)) = compute(db, ctx, pool).await? else {
        return Ok(Done::Nothing);
    };
    // What a person applied is written already: it takes effect as they saw it.
    let applied = computed.waiting.as_ref().filter(|one| {
        one.row.applied_at.is_some() && computed.digest.as_deref() == Some(one.row.digest.as_str())
    });
    if let Some(applied) = applied {
        return match accept(db, ctx, applied.run.id, RunState::Proposed, &computed).await {
            Ok(()) => Ok(Done::Accepted),
            Err(Error::Stale) => Ok(Done::Overtaken),
            Err(error) => Err(error),
        };
    }
    let id = AttributionRunId::new();
    begin(db, ctx, id, &computed).await?;
    let mut renewed = std::time::Instant::now();
    let differences = &computed.differences;
    in_pieces(db, ctx, id, differences, store::piece, &mut renewed).await?;
    let kept = kept
        .await
        .map_err(|error| Error::Internal(Box::new(error)))??;
    in_pieces(
        db,
        ctx,
        id,
        &kept.unfunded,
        totals::not_settled,
        &mut renewed,
    )
    .await?;
    in_pieces(db, ctx, id, &kept.sums, totals::sums, &mut renewed).await?;
    in_pieces(
        db,
        ctx,
        id,
        &kept.unfunded_sums,
        totals::unfunded_sums,
        &mut renewed,
    )
    .await?;
    in_pieces(db, ctx, id, &kept.spent, totals::spent, &mut renewed).await?;
    let asked = is_asked(computed.rule, computed.would);
    let done = match asked {
        true => wait(db, ctx, id, &computed).await,
        false => accept(db, ctx, id, RunState::Computing, &computed).await,
    };
    match done {
        Ok(()) if asked => Ok(Done::Proposed),
        Ok(()) => Ok(Done::Accepted),
        // Somebody else was first, or took the last of an award's room: look again.
        Err(Error::Stale) => {
            abandon(db, ctx, id).await?;
            Ok(Done::Overtaken)
        }
        Err(error) => Err(error),
    }
}

/// How rows of a run are made ready for the database.
type Make<T> = fn(&Db, AttributionRunId, &[T]) -> Result<Option<Ready>>;

/// Writes many rows of a run piece by piece: while one is written, the next is made ready.
async fn in_pieces<T: Send + Sync + 'static>(
    db: &Db,
    ctx: &Ctx,
    id: AttributionRunId,
    all: &Arc<Vec<T>>,
    make: Make<T>,
    renewed: &mut std::time::Instant,
) -> Result<()> {
    let mut pace = Pace::from(CHUNK);
    let mut taken = 0;
    let mut next = several(db, id, all, make, &mut taken, pace.rows()).await?;
    while !next.is_empty() {
        let began = std::time::Instant::now();
        let write = Command::new(Operation::KeepHouse);
        let (written, after) = tokio::join!(
            async {
                db.load_each(ctx, &write, next).await?;
                Ok::<_, Error>(began.elapsed())
            },
            several(db, id, all, make, &mut taken, pace.rows()),
        );
        pace.took(written?);
        next = after?;
        hold(db, ctx, renewed).await?;
    }
    Ok(())
}

/// The next pieces of a run's rows, made ready off the async threads: as many as the database takes side by side;
/// none when all are taken.
async fn several<T: Send + Sync + 'static>(
    db: &Db,
    id: AttributionRunId,
    all: &Arc<Vec<T>>,
    make: Make<T>,
    taken: &mut usize,
    rows: usize,
) -> Result<Vec<Piece>> {
    let mut pieces = Vec::new();
    while pieces.len() < db.pieces_at_once() && *taken < all.len() {
        let from = *taken;
        let to = from.saturating_add(rows).min(all.len());
        *taken = to;
        let (db, all) = (db.clone(), Arc::clone(all));
        let made = tokio::task::spawn_blocking(move || {
            make(&db, id, all.get(from..to).unwrap_or_default())
        });
        let ready = made
            .await
            .map_err(|error| Error::Internal(Box::new(error)))??;
        pieces.extend(ready.map(|ready| Piece {
            guard: None,
            rows: vec![ready],
        }));
    }
    Ok(pieces)
}

/// Holds the lease of the job for longer, now and then.
pub(crate) async fn hold(db: &Db, ctx: &Ctx, renewed: &mut std::time::Instant) -> Result<()> {
    if let Some(lease) = ctx.lease
        && renewed.elapsed() > RENEW_EVERY
    {
        jobs::renew(db, ctx, &[lease], jobs::rules::LEASE).await?;
        *renewed = std::time::Instant::now();
    }
    Ok(())
}

/// Computes the differences for a pool on one snapshot, and what is kept beside them; nothing when it
/// has no news.
async fn compute(
    db: &Db,
    ctx: &Ctx,
    id: PoolId,
) -> Result<Option<(Computed, JoinHandle<Result<Kept>>)>> {
    let snapshot = db.snapshot().await?;
    let Some(pool) = pool::Entity::find_by_id(id).one(&snapshot).await? else {
        return Ok(None);
    };
    let saw_seq = imports::last_accepted(&snapshot).await?;
    let last = store::last_run(&snapshot, id).await?;
    let mut awards = store::awards(&snapshot, id).await?;
    let agreements = commitments::store::of_pool(&snapshot, id).await?;
    let commitments_hash = agreements.facts();
    let policies = pools::store::policies(&snapshot, id).await?;
    let facts_hash = store::facts_hash(&policies, &awards, &commitments_hash);
    let locks = store::locks(&snapshot, &awards).await?;
    let cause = store::cause(
        &snapshot,
        last.as_ref(),
        id,
        &facts_hash,
        &commitments_hash,
        &locks,
    )
    .await?;
    let Some(cause) = cause else {
        return Ok(None);
    };
    let rule = proposals::rule(&snapshot, id).await?;
    let locks_hash = store::locks_hash(&locks, None);
    let mut waiting = proposals::proposed(&snapshot, id).await?;
    if let Some(one) = &waiting {
        let rests_on_the_same = one.row.base_seq == last.as_ref().and_then(|run| run.accepted_seq)
            && one.run.facts_hash == facts_hash
            && one.run.commitments_hash.as_deref() == Some(commitments_hash.as_str())
            && one.run.locks_hash.as_deref() == Some(locks_hash.as_str())
            && !store::has_news(&snapshot, id, one.run.saw_seq).await?
            && !store::neighbours_moved(&snapshot, id, one.run.saw_seq).await?;
        if !rests_on_the_same {
            waiting = None;
        } else if one.holds_back(rule) {
            return Ok(None);
        }
    }
    let rests = Rests {
        awards: &awards,
        policies: &policies,
        agreements: &agreements,
        locks: &locks,
        facts_hash: &facts_hash,
    };
    let classes_hash = rests.classes();
    let further = match &last {
        Some(last) if waiting.is_none() => further(&snapshot, id, last, &rests).await?,
        _ => None,
    };
    let mut computed = Computed {
        pool,
        // What a run is said to follow is the rule of the day on which it runs.
        policy: policies
            .on(ctx.today())
            .map_or(AttributionPolicy::InOrder, |policy| policy.kind),
        awards: Arc::new(Vec::new()),
        facts_hash,
        commitments_hash,
        locks_hash,
        saw_seq,
        last_run: last.as_ref().and_then(|run| run.accepted_seq),
        cause,
        lines: 0,
        attributed: Money::ZERO,
        unfunded: Money::ZERO,
        differences: Arc::new(Vec::new()),
        moved: BTreeMap::new(),
        rule,
        would: Would { taken: 0, parts: 0 },
        waiting,
        digest: None,
        proofs: Vec::new(),
        classes_hash: Some(classes_hash),
    };
    let kept = match (further, last) {
        (Some(further), Some(last)) => {
            snapshot.rollback().await?;
            computed.adds(further, &last, awards, policies)?
        }
        _ => {
            store::keep(&snapshot, id, &mut awards, &locks).await?;
            let lines = store::lines(&snapshot, id, &agreements).await?;
            let current = store::current(&snapshot, id).await?;
            snapshot.rollback().await?;
            computed
                .by_every_line(lines, current, awards, policies)
                .await?
        }
    };
    Ok(Some((computed, kept)))
}

impl Computed {
    /// What came is added to the last run, of which nothing moves.
    fn adds(
        &mut self,
        further: Further,
        last: &attribution_run::Model,
        awards: Vec<Award>,
        policies: Policies,
    ) -> Result<JoinHandle<Result<Kept>>> {
        let (came, paid) = further.sums().ok_or_else(too_large)?;
        let open = came.minus(paid).ok_or_else(too_large)?;
        let differences = Arc::new(further.differences());
        let Further {
            came:
                store::Lines {
                    lines,
                    under,
                    spent,
                },
            target,
            proofs,
            before,
        } = further;
        let count = i64::try_from(lines.len()).map_err(|_many| too_large())?;
        self.lines = last.lines.saturating_add(count);
        self.attributed = last.attributed.plus(paid).ok_or_else(too_large)?;
        self.unfunded = last.unfunded.plus(open).ok_or_else(too_large)?;
        self.moved = store::balances(&awards, &lines, &differences);
        self.would.parts = differences.len();
        self.digest = is_asked(self.rule, self.would).then(|| digest(&differences));
        self.proofs = proofs;
        self.awards = Arc::new(awards);
        self.differences = Arc::clone(&differences);
        let awards = Arc::clone(&self.awards);
        Ok(tokio::task::spawn_blocking(move || {
            let by = (awards.as_slice(), &policies);
            Kept::of(&lines, &under, spent, by, &target, &differences)?.after(before)
        }))
    }

    /// Every line is looked at, and may move.
    async fn by_every_line(
        &mut self,
        lines: store::Lines,
        current: BTreeMap<Part, i64>,
        mut awards: Vec<Award>,
        policies: Policies,
    ) -> Result<JoinHandle<Result<Kept>>> {
        let store::Lines {
            lines,
            under,
            spent,
        } = lines;
        let (rule, was_asked) = (self.rule, self.waiting.is_some());
        let worked_out = tokio::task::spawn_blocking(move || {
            let shown = match policies.look_at_what_was_shown() {
                true => store::shown(&current),
                false => Shown::new(),
            };
            fit(&mut awards, &lines);
            let mut solving = Solving::default();
            let target = attribute_by(&lines, &awards, &policies, &shown, &mut solving);
            let attributed = Money::sum(target.iter().map(|part| Money(part.amount)));
            let spend = Money::sum(lines.iter().map(|line| Money(line.amount)));
            let (differences, taken) = store::differences(current, &target);
            let would = Would {
                taken,
                parts: differences.len(),
            };
            let digest = (was_asked || is_asked(rule, would)).then(|| digest(&differences));
            let moved = store::balances(&awards, &lines, &differences);
            let facts = (lines, awards, policies, target);
            let differences = (differences, would, digest, solving);
            (facts, differences, moved, attributed, spend)
        })
        .await
        .map_err(|error| Error::Internal(Box::new(error)))?;
        let (facts, differences, moved, attributed, spend) = worked_out;
        let (lines, awards, policies, target) = facts;
        let (differences, would, digest, solving) = differences;
        let (attributed, spend) = attributed.zip(spend).ok_or_else(too_large)?;
        self.lines = i64::try_from(lines.len()).map_err(|_many| too_large())?;
        self.attributed = attributed;
        self.unfunded = spend.minus(attributed).ok_or_else(too_large)?;
        self.moved = moved;
        (self.would, self.digest) = (would, digest);
        self.proofs = solving.proofs;
        if solving.beside || !matches!(self.proofs.last(), Some(Some(_))) {
            self.classes_hash = None;
        }
        (self.awards, self.differences) = (Arc::new(awards), Arc::new(differences));
        let by = (Arc::clone(&self.awards), Arc::clone(&self.differences));
        // Summed up while the differences are being written.
        Ok(tokio::task::spawn_blocking(move || {
            let (awards, differences) = by;
            let by = (awards.as_slice(), &policies);
            Kept::of(&lines, &under, spent, by, &target, &differences)
        }))
    }
}

fn too_large() -> Error {
    Error::internal("a pool's spend adds up to more than can be counted")
}

/// Hash of what a run changes.
fn digest(differences: &[(Part, i64)]) -> String {
    let mut bytes = Vec::with_capacity(differences.len().saturating_mul(56));
    for ((line, award, fence), amount) in differences {
        bytes.extend(line.0.as_bytes());
        bytes.extend(award.0.as_bytes());
        bytes.extend(fence.map_or([0; 16], |fence| *fence.0.as_bytes()));
        bytes.extend(amount.to_be_bytes());
    }
    crate::files::sha256(&bytes)
}

/// A run waits until a person applies it.
async fn wait(db: &Db, ctx: &Ctx, id: AttributionRunId, computed: &Computed) -> Result<()> {
    db.write(ctx, Command::new(Operation::KeepHouse), async |tx| {
        tx.lock("pool", computed.pool.id).await?;
        let last = store::last_run(tx.conn(), computed.pool.id).await?;
        if last.and_then(|run| run.accepted_seq) != computed.last_run {
            return Err(Error::Stale);
        }
        let new = Proposing {
            run: id,
            pool: computed.pool.id,
            base_seq: computed.last_run,
            digest: computed.digest.as_deref().unwrap_or_default(),
            would: computed.would,
        };
        propose(tx, &new).await
    })
    .await
}

/// Begins a run; runs of the pool that were left unfinished, and one that waited, are given up.
async fn begin(db: &Db, ctx: &Ctx, id: AttributionRunId, computed: &Computed) -> Result<()> {
    db.write(ctx, Command::new(Operation::KeepHouse), async |tx| {
        tx.lock("pool", computed.pool.id).await?;
        tx.conn()
            .execute_raw(statement(
                tx.conn(),
                "UPDATE attribution_run SET state = 'abandoned' \
                 WHERE pool_id = $1 AND state IN ('computing', 'proposed')",
                [computed.pool.id.into()],
            ))
            .await?;
        attribution_run::ActiveModel {
            id: Set(id),
            pool_id: Set(computed.pool.id),
            state: Set(RunState::Computing),
            cause: Set(computed.cause.to_owned()),
            policy: Set(computed.policy),
            facts_hash: Set(computed.facts_hash.clone()),
            lines: Set(computed.lines),
            attributed: Set(computed.attributed),
            unfunded: Set(computed.unfunded),
            saw_seq: Set(computed.saw_seq),
            created_at: Set(tx.now()),
            accepted_at: Set(None),
            accepted_seq: Set(None),
            commitments_hash: Set(Some(computed.commitments_hash.clone())),
            locks_hash: Set(Some(computed.locks_hash.clone())),
            classes_hash: Set(computed.classes_hash.clone()),
        }
        .insert(tx.conn())
        .await?;
        for (turn, proof) in (1..).zip(&computed.proofs) {
            let proof = proof.as_ref().map(serde_json::to_string).transpose();
            let proof = proof.map_err(|error| Error::Internal(Box::new(error)))?;
            attribution_proof::ActiveModel {
                run_id: Set(id),
                turn: Set(turn),
                proof: Set(proof),
            }
            .insert(tx.conn())
            .await?;
        }
        Ok(())
    })
    .await
}

/// The run takes effect, if nothing that it rests on has changed.
async fn accept(
    db: &Db,
    ctx: &Ctx,
    id: AttributionRunId,
    from: RunState,
    computed: &Computed,
) -> Result<()> {
    let command = Command::on(Operation::AttributeSpend, "pool", computed.pool.id);
    db.write(ctx, command, async |tx| {
        let mut awards: Vec<_> = computed.awards.iter().map(|award| award.id).collect();
        awards.sort_unstable();
        for award in awards {
            tx.lock("award", award).await?;
        }
        tx.lock("pool", computed.pool.id).await?;
        let last = store::last_run(tx.conn(), computed.pool.id).await?;
        if last.and_then(|run| run.accepted_seq) != computed.last_run {
            return Err(Error::Stale);
        }
        let policies = pools::store::policies(tx.conn(), computed.pool.id).await?;
        let awards = store::awards_alone(tx.conn(), computed.pool.id).await?;
        let agreements = commitments::store::of_pool(tx.conn(), computed.pool.id).await?;
        if store::facts_hash(&policies, &awards, &agreements.facts()) != computed.facts_hash {
            return Err(Error::Stale);
        }
        // A certificate that was signed meanwhile holds what it saw; one that was taken back holds nothing.
        let locks = store::locks(tx.conn(), &awards).await?;
        if store::locks_hash(&locks, None) != computed.locks_hash {
            return Err(Error::Stale);
        }
        // Reserves have no balance row of their own: other pools that share an award must use
        // what they used.
        if store::neighbours_moved(tx.conn(), computed.pool.id, computed.saw_seq).await? {
            return Err(Error::Stale);
        }
        move_balances(tx, &computed.moved).await?;
        let mut run = attribution_run::Entity::find_by_id(id)
            .one(tx.conn())
            .await?
            .filter(|run| run.state == from)
            .ok_or(Error::Stale)?
            .into_active_model();
        let seq = tx.next("accepted").await?;
        run.state = Set(RunState::Accepted);
        run.accepted_at = Set(Some(tx.now()));
        run.accepted_seq = Set(Some(seq));
        run.update(tx.conn()).await?;
        tx.note("run", id.to_string());
        tx.note("cause", computed.cause);
        tx.note("lines", computed.lines);
        tx.note("attributed_pence", computed.attributed.pence());
        tx.note("unfunded_pence", computed.unfunded.pence());
        let draft = JobKind::DraftReturns;
        jobs::ask(tx, draft).await
    })
    .await
}

/// Moves the balance rows; a cap that would be passed refuses the run as stale. What was cut below
/// what was attributed may only come down: its row follows it, until it is within its amount. What an
/// award holds may come back to what it was: a credit of it may be taken back.
async fn move_balances(tx: &Tx, moved: &BTreeMap<Uuid, Added>) -> Result<()> {
    for (subject, added) in moved {
        let first = match added.amount > added.cap && added.amount <= added.held {
            true => added.amount,
            false => added.cap,
        };
        let done = tx
            .conn()
            .execute_raw(statement(
                tx.conn(),
                "INSERT INTO balance (id, kind, subject_id, cap, attributed) \
                 VALUES ($1, $2, $3, $4, $5) \
                 ON CONFLICT (subject_id) DO UPDATE \
                   SET attributed = balance.attributed + excluded.attributed, \
                     cap = CASE WHEN balance.attributed + excluded.attributed <= $6 THEN $6 \
                                WHEN balance.attributed + excluded.attributed < balance.cap \
                                  OR balance.attributed + excluded.attributed <= $7 \
                                THEN balance.attributed + excluded.attributed \
                                ELSE balance.cap END",
                [
                    Uuid::now_v7().into(),
                    added.kind.slug().into(),
                    (*subject).into(),
                    first.into(),
                    added.amount.into(),
                    added.cap.into(),
                    added.held.into(),
                ],
            ))
            .await;
        match done {
            Ok(_) => {}
            Err(error) if crate::db::is_check_violation(&error) => return Err(Error::Stale),
            Err(error) => return Err(error.into()),
        }
    }
    Ok(())
}

async fn abandon(db: &Db, ctx: &Ctx, id: AttributionRunId) -> Result<()> {
    db.write(ctx, Command::new(Operation::KeepHouse), async |tx| {
        tx.conn()
            .execute_raw(statement(
                tx.conn(),
                "UPDATE attribution_run SET state = 'abandoned' \
                 WHERE id = $1 AND state = 'computing'",
                [id.into()],
            ))
            .await?;
        Ok(())
    })
    .await
}
