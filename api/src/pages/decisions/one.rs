//! A paper on one screen: what, how much, for whom, why, and where both boards stand.

use actix_web::{HttpResponse, web};
use askama::Template;
use domain::access::rules::Operation;
use domain::decisions::ops::{self, NewVote};
use domain::decisions::rules::{board_in_words, board_name, is_settled, outcome_in_words};
use domain::decisions::view::{self, PaperView, VoteView};
use domain::{Error, Money};
use entity::{Board, PaperId, PaperState, VoteChoice};
use serde::Deserialize;

use super::list::asked;
use super::{section, state_in_words};
use crate::http::forms::PageForm;
use crate::http::{Fault, House};
use crate::pages::fields::{Fields, Wrong};
use crate::pages::form::Choice;
use crate::pages::shapes::{Fact, Section};
use crate::pages::{Link, PageFrame, history, page, see_other, words};

#[derive(Template)]
#[template(path = "pages/paper.html")]
struct PaperPage {
    page: PageFrame,
    crumbs: Vec<Link>,
    title: String,
    state: String,
    kind: String,
    due: String,
    sentence: String,
    over: String,
    why: Vec<String>,
    facts: Vec<Fact>,
    boards: Vec<Section>,
    said: String,
    why_not: String,
    vote: Option<Ballot>,
    record: Vec<Link>,
    wishes: Vec<Said>,
    votes: Vec<Said>,
    versions: Vec<Version>,
    change_href: String,
    withdraw_href: String,
    errors: Vec<Link>,
    events: Vec<history::Event>,
    beside: Option<Link>,
    history_href: String,
}

/// The form of a member's vote.
struct Ballot {
    action: String,
    revision: i32,
    boards: Vec<Choice>,
    board: String,
    choices: Vec<Choice>,
    words: String,
    choice_error: String,
    words_error: String,
    board_error: String,
    button: &'static str,
}

struct Said {
    who: String,
    what: String,
    words: String,
    when: String,
}

struct Version {
    heading: String,
    sentence: String,
    decided: Vec<String>,
}

/// What was done just before.
#[derive(Debug, Default, Deserialize)]
pub struct Just {
    #[serde(default)]
    done: String,
}

impl Just {
    fn words(&self, paper: &PaperView) -> Option<String> {
        Some(match self.done.as_str() {
            "vote" => match &paper.mine.said {
                Some(said) => format!(
                    "Your vote is counted for {}. You can change it until the board’s decision is \
                     recorded.",
                    board_in_words(said.board)
                ),
                None => return None,
            },
            "recorded" if paper.summary.state == PaperState::Agreed => format!(
                "Both boards have agreed: {} is put to this.",
                paper.summary.amount_pence.in_words()
            ),
            "recorded" => "The board’s decision is recorded.".to_owned(),
            "changed" => "The paper is changed. Both boards are asked anew.".to_owned(),
            "written" => "The paper is written. Both boards can read it and vote.".to_owned(),
            _ => return None,
        })
    }
}

pub async fn page_of(
    house: House,
    id: web::Path<PaperId>,
    just: web::Query<Just>,
) -> Result<HttpResponse, Fault> {
    let paper = view::one(&house.db, &house.ctx, *id).await?;
    render(&house, &paper, &just, &Fields::default(), &Wrong::default()).await
}

async fn render(
    house: &House,
    paper: &PaperView,
    just: &Just,
    typed: &Fields,
    wrong: &Wrong,
) -> Result<HttpResponse, Fault> {
    let summary = &paper.summary;
    let address = format!("/decisions/{}", summary.id);
    let (state, kind) = state_in_words(summary.state);
    let title = match wrong.is_empty() {
        true => summary.title.clone(),
        false => format!("Error: {}", summary.title),
    };
    let mut frame = PageFrame::of(house, &title).await?;
    if let Some(notice) = just.words(paper) {
        frame = frame.with_notice("done", notice);
    }
    let mut facts = vec![
        Fact {
            href: format!("/pools/{}", summary.pool_id),
            ..Fact::new("From", summary.pool.clone())
        },
        Fact::new("Asked for by", paper.requested_by.clone()),
        Fact::new(
            "Who would do it",
            summary
                .provider
                .clone()
                .unwrap_or_else(|| "Not settled yet".to_owned()),
        ),
    ];
    if !is_settled(summary.state) {
        facts.push(Fact {
            href: format!("/pools/{}", summary.pool_id),
            ..Fact::new("Free in this pool", free(paper.free_pence))
        });
    }
    let of_version = |vote: &&VoteView| vote.revision == summary.revision;
    let may_change = paper.mine.may_change;
    let mut reply = page(&PaperPage {
        page: frame,
        crumbs: vec![Link::new("Decisions", "/decisions")],
        title: summary.title.clone(),
        state: state.to_owned(),
        kind: kind.to_owned(),
        due: due(paper),
        sentence: asked(summary),
        over: paper.over_pence.map_or_else(String::new, |over| {
            format!(
                "{} more than is free is asked for. Both boards can still agree to it: then other \
                 money must be found, or less spent elsewhere.",
                over.in_words()
            )
        }),
        why: paper.why.lines().map(str::to_owned).collect(),
        facts,
        boards: summary.boards.iter().map(section).collect(),
        said: said(paper),
        why_not: paper.mine.why_not.clone().unwrap_or_default(),
        vote: (!paper.mine.may_vote_for.is_empty()).then(|| ballot(paper, &address, typed, wrong)),
        record: paper
            .mine
            .may_record_for
            .iter()
            .map(|board| {
                Link::new(
                    format!("Record what {} decided", board_in_words(*board)),
                    format!("{address}/record?board={}", board.slug()),
                )
            })
            .collect(),
        wishes: paper
            .votes
            .iter()
            .filter(of_version)
            .filter(|vote| matches!(vote.choice, VoteChoice::Change | VoteChoice::Conflict))
            .map(told)
            .collect(),
        votes: paper
            .votes
            .iter()
            .filter(of_version)
            .filter(|vote| {
                summary
                    .boards
                    .iter()
                    .any(|one| one.board == vote.board && one.decision.is_some())
            })
            .map(told)
            .collect(),
        versions: versions(paper),
        change_href: if may_change {
            format!("{address}/change")
        } else {
            String::new()
        },
        withdraw_href: if may_change {
            format!("{address}/withdrawal")
        } else {
            String::new()
        },
        errors: wrong.links(),
        events: history::latest(house, "paper", summary.id.into()).await?,
        beside: crate::pages::beside::link(
            house,
            domain::beside::rules::RecordKind::Paper,
            summary.id,
        )
        .await?,
        history_href: format!("/history/paper/{}", summary.id),
    })?;
    if !wrong.is_empty() {
        crate::pages::mark_as_wrong(&mut reply);
    }
    Ok(reply)
}

fn free(amount: Money) -> String {
    if amount > Money::ZERO {
        amount.in_full()
    } else {
        "Nothing".to_owned()
    }
}

fn due(paper: &PaperView) -> String {
    let summary = &paper.summary;
    match summary.state {
        PaperState::Open | PaperState::ChangesAsked if summary.overdue => format!(
            "It should have been decided by {}, {}",
            summary.decide_by_in_words, summary.when_in_words
        ),
        PaperState::Open | PaperState::ChangesAsked => format!(
            "Decide by {}, {}",
            summary.decide_by_in_words, summary.when_in_words
        ),
        PaperState::Withdrawn => paper
            .withdrawn_because
            .clone()
            .map_or_else(String::new, |why| format!("Taken back: {why}")),
        PaperState::Agreed | PaperState::NotAgreed => String::new(),
    }
}

/// What the reader said.
fn said(paper: &PaperView) -> String {
    let Some(said) = &paper.mine.said else {
        return String::new();
    };
    let what = match said.choice {
        VoteChoice::Agree => "You agreed",
        VoteChoice::Change => "You asked for a change",
        VoteChoice::Against => "You did not agree",
        VoteChoice::Conflict => "You have an interest in this, so you do not vote",
    };
    let counts = match said.choice {
        VoteChoice::Conflict => String::new(),
        _ => format!(" It counts for {}.", board_in_words(said.board)),
    };
    format!("{what}, on {}.{counts}", words::instant(&said.cast_at))
}

fn told(vote: &VoteView) -> Said {
    Said {
        who: format!("{}, for {}", vote.who, board_in_words(vote.board)),
        what: match vote.choice {
            VoteChoice::Agree => "Agreed",
            VoteChoice::Change => "Asks for a change",
            VoteChoice::Against => "Did not agree",
            VoteChoice::Conflict => "Has an interest in it and does not vote",
        }
        .to_owned(),
        words: vote.words.clone(),
        when: words::instant(&vote.cast_at),
    }
}

fn ballot(paper: &PaperView, address: &str, typed: &Fields, wrong: &Wrong) -> Ballot {
    let mine = &paper.mine;
    let chosen = typed
        .some("choice")
        .and_then(VoteChoice::from_slug)
        .or(mine.said.as_ref().map(|said| said.choice));
    let choice = |choice: VoteChoice, text: &str, hint: &str| Choice {
        hint: hint.to_owned(),
        selected: chosen == Some(choice),
        ..Choice::new(choice.slug(), text)
    };
    Ballot {
        action: format!("{address}/votes"),
        revision: paper.summary.revision,
        board: match &mine.may_vote_for[..] {
            [one] => one.slug().to_owned(),
            _ => String::new(),
        },
        boards: mine
            .may_vote_for
            .iter()
            .map(|board| Choice {
                selected: typed.some("board") == Some(board.slug()),
                ..Choice::new(board.slug(), board_name(*board))
            })
            .collect(),
        choices: vec![
            choice(VoteChoice::Agree, "I agree", ""),
            choice(
                VoteChoice::Change,
                "Something should change first",
                "Say what, below. If more than half agree as it is, it is agreed all the same.",
            ),
            choice(VoteChoice::Against, "I do not agree", ""),
            choice(
                VoteChoice::Conflict,
                "I have an interest in this",
                "You, your family or your work could gain or lose by it. You do not vote, and that \
                 is right. Say what it is in a few words, below: other members read it.",
            ),
        ],
        words: typed.some("words").map_or_else(
            || {
                mine.said
                    .as_ref()
                    .map_or_else(String::new, |said| said.words.clone())
            },
            str::to_owned,
        ),
        choice_error: wrong.of("choice"),
        words_error: wrong.of("words"),
        board_error: wrong.of("board"),
        button: if mine.said.is_some() {
            "Change what I said"
        } else {
            "Count my vote"
        },
    }
}

/// What was asked before, the latest first, and what boards decided on it.
fn versions(paper: &PaperView) -> Vec<Version> {
    if paper.versions.len() < 2 {
        return Vec::new();
    }
    paper
        .versions
        .iter()
        .rev()
        .map(|version| Version {
            heading: format!(
                "Version {}, {}",
                version.revision,
                words::instant(&version.written_at)
            ),
            sentence: format!(
                "{}: {} from {}. {}",
                version.title,
                version.amount_pence.in_words(),
                version.pool,
                version.purpose
            ),
            decided: paper
                .decisions
                .iter()
                .filter(|one| one.revision == version.revision)
                .map(|one| {
                    format!(
                        "{} {} on {} (minute: {}).",
                        board_name(one.board),
                        outcome_in_words(one.outcome),
                        words::day(one.decided_on),
                        one.minute
                    )
                })
                .collect(),
        })
        .collect()
}

/// Takes a member's vote in.
pub async fn cast(
    house: House,
    id: web::Path<PaperId>,
    PageForm(sent): PageForm<Vec<(String, String)>>,
) -> Result<HttpResponse, Fault> {
    house.ctx.require(Operation::CastVote)?;
    let fields = Fields(sent);
    let mut wrong = Wrong::default();
    let paper = view::one(&house.db, &house.ctx, *id).await?;
    let choice = fields.some("choice").and_then(VoteChoice::from_slug);
    if choice.is_none() {
        wrong.add("choice", "Choose what you think.");
    }
    let board = fields.some("board").and_then(Board::from_slug);
    if board.is_none() {
        wrong.add("board", "Choose the board for which you count.");
    }
    let revision = fields
        .some("revision")
        .and_then(|text| text.parse().ok())
        .unwrap_or(0);
    if let (Some(choice), Some(board)) = (choice, board) {
        let new = NewVote {
            board,
            revision,
            choice,
            words: fields.text("words"),
        };
        match ops::cast(&house.db, &house.ctx, *id, &new).await {
            Ok(_) => return Ok(see_other(&format!("/decisions/{}?done=vote", *id))),
            Err(error @ (Error::Invalid(_) | Error::Refused { .. })) => wrong.take(error)?,
            Err(error) => return Err(error.into()),
        }
    }
    render(&house, &paper, &Just::default(), &fields, &wrong).await
}
