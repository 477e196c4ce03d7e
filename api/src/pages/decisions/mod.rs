//! Decisions: what do we have to decide, together?

mod form;
mod list;
mod one;
mod quorum;

use actix_web::web;
use domain::decisions::rules::board_name;
use domain::decisions::view::BoardView;
use entity::{BoardOutcome, PaperState};

use super::shapes::Section;
use super::words;

pub use form::pools_to_choose;
pub use list::todos;

pub fn configure(config: &mut web::ServiceConfig) {
    config
        .service(
            web::resource("/decisions")
                .route(web::get().to(list::page_of))
                .route(web::post().to(form::write)),
        )
        .service(web::resource("/decisions/new").route(web::get().to(form::new)))
        .service(web::resource("/decisions/allocations.csv").route(web::get().to(list::csv)))
        .service(
            web::resource("/decisions/quorums")
                .route(web::get().to(quorum::ask))
                .route(web::post().to(quorum::set)),
        )
        .service(web::resource("/decisions/{id}").route(web::get().to(one::page_of)))
        .service(web::resource("/decisions/{id}/votes").route(web::post().to(one::cast)))
        .service(
            web::resource("/decisions/{id}/record")
                .route(web::get().to(form::ask_record))
                .route(web::post().to(form::record)),
        )
        .service(
            web::resource("/decisions/{id}/change")
                .route(web::get().to(form::ask_change))
                .route(web::post().to(form::change)),
        )
        .service(
            web::resource("/decisions/{id}/withdrawal")
                .route(web::get().to(form::ask_withdraw))
                .route(web::post().to(form::withdraw)),
        );
}

/// Where a paper stands, with its tag's kind.
const fn state_in_words(state: PaperState) -> (&'static str, &'static str) {
    match state {
        PaperState::Open => ("To be decided", "waiting"),
        PaperState::ChangesAsked => ("To be changed", "late"),
        PaperState::Agreed => ("Agreed by both boards", "done"),
        PaperState::NotAgreed => ("Not agreed", "wrong"),
        PaperState::Withdrawn => ("Taken back", "off"),
    }
}

/// How far a board is, as a line of a list.
fn section(board: &BoardView) -> Section {
    let (state, kind) = match &board.decision {
        Some(decision) => match decision.outcome {
            BoardOutcome::Agreed => ("Agreed", "done"),
            BoardOutcome::ChangesAsked => ("Asked for changes", "late"),
            BoardOutcome::NotAgreed => ("Did not agree", "wrong"),
        },
        None if board.ready => ("Ready to record", "doing"),
        None => ("Has yet to decide", "waiting"),
    };
    Section {
        name: board_name(board.board).to_owned(),
        href: String::new(),
        hint: match &board.decision {
            Some(decision) => format!(
                "On {}, minute: {}",
                words::date(decision.decided_on),
                decision.minute
            ),
            None => how_far(board),
        },
        state: state.to_owned(),
        kind: kind.to_owned(),
    }
}

/// "2 of 5 members have voted. 3 votes make a decision."
fn how_far(board: &BoardView) -> String {
    let voted = match (board.voted, board.members) {
        (0, _) => "Nobody has voted yet.".to_owned(),
        (voted, members) if members > 0 => format!(
            "{voted} of {} {} voted.",
            words::count(members, "member", "members"),
            if voted == 1 { "has" } else { "have" }
        ),
        (voted, _) => format!("{voted} voted."),
    };
    let needed = match board.quorum {
        None => "Nobody has said how many votes make a decision.".to_owned(),
        Some(1) => "One vote makes a decision.".to_owned(),
        Some(quorum) => format!("{quorum} votes make a decision."),
    };
    let conflicts = match board.conflicts {
        0 => String::new(),
        1 => " One member has an interest in it and does not vote.".to_owned(),
        many => format!(" {many} members have an interest in it and do not vote."),
    };
    let can = i32::try_from(board.members).unwrap_or(i32::MAX) - board.conflicts;
    let stuck = if board.conflicts > 0 && board.quorum.is_some_and(|quorum| can < quorum) {
        " So few are left that it cannot decide: its rules say what then."
    } else {
        ""
    };
    format!("{voted} {needed}{conflicts}{stuck}")
}
