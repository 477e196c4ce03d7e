//! What must always hold, audited over the whole database: nightly by the worker, on the command
//! line, and after every test. Each rule here also stands in its area's `rules` and, where it can,
//! in a constraint; here is where it is found out that both were got around.
//!
//! To add a check: write a function that gives what is wrong in words, and list it in [`ALL`].

mod book;
mod kept;
mod money;

use chrono::{DateTime, Utc};
use futures_util::future::LocalBoxFuture;
use sea_orm::{ConnectionTrait, QueryResult, Statement};
use serde::{Deserialize, Serialize};

use crate::access::rules::Operation;
use crate::{Command, Ctx, Db, Result, settings};

/// The setting that holds the last report.
const LAST: &str = "checks-report";
/// What a person reads of one check; the rest is counted.
const AT_MOST: usize = 20;

/// What a query of a check gives.
pub(crate) async fn rows(db: &Db, sql: &str) -> Result<Vec<QueryResult>> {
    Ok(db
        .read()
        .query_all_raw(Statement::from_string(
            db.read().get_database_backend(),
            sql,
        ))
        .await?)
}

type Run = for<'a> fn(&'a Db, &'a Ctx) -> LocalBoxFuture<'a, Result<Vec<String>>>;

/// One thing that must always hold.
#[derive(Clone, Copy)]
pub struct Check {
    /// Stable name, in kebab case.
    pub name: &'static str,
    /// What holds, for people.
    pub sentence: &'static str,
    run: Run,
}

impl std::fmt::Debug for Check {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name)
    }
}

macro_rules! checks {
    ($($name:literal, $sentence:literal, $run:path;)*) => {
        /// Every check.
        pub const ALL: &[Check] = &[$(Check {
            name: $name,
            sentence: $sentence,
            run: |db, ctx| Box::pin($run(db, ctx)),
        },)*];
    };
}

checks! {
    "audit-chain", "Nothing in the audit log was changed or removed, and new entries are sealed.",
        book::audit_chain;
    "queue", "Every job either waits, is worked on, or has ended.", book::queue;
    "dead-jobs", "No job was given up.", book::dead_jobs;
    "deadlines-closed", "Only a recorded sending closes a deadline.", book::deadlines_closed;
    "files-whole", "Every file that was kept is still the same, byte for byte.",
        crate::files::checks::whole;
    "certified-files", "A certified workbook is still the file that was certified.",
        book::certified_files;
    "line-attributed-once", "No spend line is attributed beyond its amount.",
        money::lines_attributed_once;
    "balances", "Running totals of attribution equal the sum of what was attributed.",
        money::balances;
    "spend-totals", "What is kept of an import's lines is what they come to.", kept::spend_totals;
    "attribution-totals", "What is kept of a run's differences is what they come to.",
        kept::attribution_totals;
    "unfunded", "The lines that are said not to be settled are those that are not.",
        kept::unfunded;
    "contributions-within", "No award gives its pools more than it holds.",
        crate::awards::checks::contributions_within;
    "guarded", "Every award, contribution and cap has the row that keeps attributions within it.",
        crate::awards::checks::guarded;
    "contribution-years", "What an award puts into a pool is what was last stated by year, within its years.",
        crate::pools::checks::contributions;
    "pool-balance", "Named shares of what a pool overspends or leaves come to the whole.",
        crate::pools::checks::balance;
    "charge-caps", "Every cap of a management charge names the cost categories that it caps.",
        crate::charges::checks::named;
    "pool-policies", "Every pool has a rule by which awards pay, and agreed shares come to the whole.",
        crate::pools::checks::policies;
    "award-years", "The years of an award are its whole window and amount, each kept within its own.",
        crate::awards::checks::years;
    "amendments", "An award’s terms are what its amendments made them.",
        crate::awards::checks::amendments;
    "award-conditions", "A condition of an award stands as what happened to it says, and has its deadline.",
        crate::conditions::checks::whole;
    "pins", "No more of a line is pinned than there is of it, and to awards that are behind its pool.",
        crate::pins::checks::within;
    "suspensions", "The suspensions of an award follow each other.",
        crate::suspensions::checks::in_turn;
    "closures", "An award that is closed pays for nothing new, and nothing of it is due.",
        crate::closures::checks::whole;
    "award-letters", "What is quoted from a letter stands in it, and a term was accepted by what was quoted.",
        crate::letters::checks::whole;
    "category-maps", "The budget lines of an award add up: the same spend counts in one of them.",
        crate::category_maps::checks::add_up;
    "virements", "What was moved between parts of an award was within its tolerance, or the funder consented.",
        crate::virements::checks::whole;
    "funder-questions", "What was said to a funder’s question follows from what was said before.",
        crate::questions::checks::whole;
    "funder-links", "A link for somebody at a funder works for at most ninety days, and was opened while it did.",
        crate::funder_links::checks::whole;
    "shared-documents", "A document is shared with the funder of its award and no other, and by turns.",
        crate::sharing::checks::whole;
    "award-money", "What takes an entry of money back takes all of one entry of its award back.",
        crate::payments::checks::corrections;
    "fences-nest", "The parts of an award that are set apart nest, and do not overlap.",
        crate::awards::checks::fences_nest;
    "programme-succession", "No programme comes before itself.",
        crate::programmes::checks::succession;
    "programme-of-its-funder", "An award’s programme is one of its funder’s.",
        crate::programmes::checks::of_its_funder;
    "application-states", "Where an application stands follows from what happened to it.",
        crate::applications::checks::states;
    "application-deadlines", "An application has the deadlines that follow from where it stands.",
        crate::applications::checks::deadlines;
    "applications-as-sent", "What was sent to a funder is kept as it was, and was decided on.",
        crate::applications::checks::as_sent;
    "application-awards", "An award that an application became is the one that was offered.",
        crate::applications::checks::awards;
    "paper-states", "A paper stands where what the boards decided on it leads.",
        crate::decisions::checks::states;
    "votes", "What a board decided follows from its members’ votes, and nobody counts in both boards.",
        crate::decisions::checks::votes;
    "allocations", "Every allocation is what both boards agreed to, and nothing else is one.",
        crate::decisions::checks::allocations;
    "paper-deadlines", "A paper that is to be decided has its deadline, and no other has one.",
        crate::decisions::checks::deadlines;
    "commitments", "What was agreed with a provider has its months and its deadline.",
        crate::commitments::checks::whole;
    "commitment-pools", "A commitment that comes of a decision is paid by the pool that was decided on.",
        crate::commitments::checks::of_their_pools;
    "commitment-spend", "What is kept of an agreement’s spend is what its lines come to, paid by the awards that it names.",
        crate::commitments::checks::spent_against;
    "apportionments", "What a split made of a line comes to it, and somebody else approved the split.",
        crate::apportionments::checks::whole;
    "imports-whole", "Each accepted import holds exactly the lines that it counted.",
        money::imports_whole;
    "imports-agreed", "Accepted imports agree with their control totals, and no line counts twice.",
        crate::imports::checks::agreed;
    "grants-whole", "Each file of published grants holds exactly the grants that it counted.",
        crate::grants::checks::whole;
    "coding-map", "No line could go by two rows of the coding map.", crate::coding::checks::no_ties;
    "waiting-lines", "Every line that nobody could code waits, or is spend of the same amount.",
        crate::coding::checks::waiting_lines;
    "journals", "Every journal that counts was approved by somebody who did not prepare it, as it is.",
        crate::journals::checks::approved;
    "ledger-totals", "What is kept of an import by ledger month is what its lines come to.",
        crate::coding::checks::ledger_totals;
    "own-lines", "Only lines that count are attributed, each by runs of its own pool.",
        crate::attribution::checks::own_lines;
    "attribution-follows", "What is attributed follows from what is recorded, and optimal answers from their proofs.",
        crate::attribution::checks::follow;
    "return-states", "Where a return stands follows from its history.",
        crate::returns::checks::states;
    "signed-answers", "What was certified is still what was signed.",
        crate::returns::checks::signed_answers;
    "independence", "Whoever agreed to or signed a return held that part, and had no hand in it.",
        crate::returns::checks::independence;
}

/// Something that does not hold.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[schema(as = CheckFinding)]
pub struct Finding {
    /// Which check.
    pub check: String,
    /// What must hold.
    pub rule: String,
    /// What is wrong, in words.
    pub message: String,
}

/// What an audit of the whole database found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[schema(as = CheckReport)]
pub struct Report {
    /// When (UTC).
    #[schema(value_type = chrono::DateTime<chrono::Utc>)]
    pub at: DateTime<Utc>,
    /// How many checks there were.
    pub checks: usize,
    /// What is wrong; empty when nothing is.
    pub findings: Vec<Finding>,
}

/// Checks the whole database. Reads only.
pub async fn run(db: &Db, ctx: &Ctx) -> Result<Report> {
    ctx.require(Operation::ReadOperations)?;
    let mut findings = Vec::new();
    for check in ALL {
        let mut messages = (check.run)(db, ctx).await?;
        let more = messages.len().saturating_sub(AT_MOST);
        messages.truncate(AT_MOST);
        if more > 0 {
            messages.push(format!("And {more} more like these."));
        }
        findings.extend(messages.into_iter().map(|message| Finding {
            check: check.name.to_owned(),
            rule: check.sentence.to_owned(),
            message,
        }));
    }
    Ok(Report {
        at: ctx.now(),
        checks: ALL.len(),
        findings,
    })
}

/// Checks the whole database and keeps the report for the Operations page.
pub async fn run_and_keep(db: &Db, ctx: &Ctx) -> Result<Report> {
    let report = run(db, ctx).await?;
    db.write(ctx, Command::new(Operation::KeepHouse), async |tx| {
        settings::set(tx, LAST, serde_json::to_value(&report)?).await
    })
    .await?;
    Ok(report)
}

/// The last report that was kept.
pub async fn last(db: &Db, ctx: &Ctx) -> Result<Option<Report>> {
    ctx.require(Operation::ReadOperations)?;
    settings::get(db, LAST)
        .await?
        .map(|value| Ok(serde_json::from_value(value)?))
        .transpose()
}
