//! A return: can this go, and if not, why?

use actix_web::{HttpResponse, web};
use askama::Template;
use domain::access::rules::Operation;
use domain::returns::view::{self, ReturnView};
use entity::{Board, GrantReturnId, ReturnEventKind, ReturnState, Role};
use serde::Deserialize;

use crate::http::{Fault, House};
use crate::pages::shapes::{Event, Fact, Missing, Section, Step, crumbs_to};
use crate::pages::today::{capital, tag_of};
use crate::pages::{Link, PageFrame, page, words};

#[derive(Template)]
#[template(path = "pages/return.html")]
struct ReturnPage {
    page: PageFrame,
    crumbs: Vec<Link>,
    title: String,
    period: String,
    state: String,
    kind: String,
    due: String,
    sentence: String,
    rests_on: String,
    refresh: Option<String>,
    address: String,
    sent_back: Option<Event>,
    missing: Vec<Missing>,
    heeds: Vec<Heed>,
    sections: Vec<Section>,
    agreement: Vec<Section>,
    next: Option<Step>,
    waits_for: String,
    downloads: Vec<Link>,
    sending: Vec<Fact>,
    restated: Vec<Fact>,
    events: Vec<Event>,
    also: Vec<Link>,
    may_silence: bool,
    troubles: Vec<String>,
}

/// A warning, which may be answered with a reason.
struct Heed {
    text: String,
    href: String,
    place: String,
    code: String,
    silenced: String,
}

#[derive(Deserialize)]
pub struct Just {
    #[serde(default)]
    done: String,
}

pub async fn one(
    house: House,
    id: web::Path<GrantReturnId>,
    just: web::Query<Just>,
) -> Result<HttpResponse, Fault> {
    let shown = view::one(&house.db, &house.ctx, id.into_inner()).await?;
    let notice = match just.done.as_str() {
        "saved" => "Your answers were saved.",
        "refreshed" => "The figures are up to date.",
        "review" => "It was sent round to be read.",
        "offered" => "It was sent for agreement and certification.",
        "changes" => "It was sent back with your reason.",
        "agreed" => "The agreement was recorded.",
        "on-paper" => "The signed paper was recorded.",
        "certified" => "You certified this return. It still has to be sent.",
        "sent" => "The sending was recorded, and its deadline is closed.",
        "accepted" => "The funder’s acceptance was recorded.",
        "reopened" => "It was opened again.",
        "waived" => "It was recorded that the funder does not want this return.",
        "silenced" => "Your reason was recorded; the certifier will read it.",
        _ => "",
    };
    let troubles = view::drafting_problems(&house.db, &house.ctx)
        .await?
        .into_iter()
        .filter(|problem| problem.return_id == Some(shown.summary.id))
        .map(|problem| problem.message)
        .collect();
    let mut frame = PageFrame::of(&house, &shown.summary.title).await?;
    if !notice.is_empty() {
        frame = frame.with_notice("done", notice);
    }
    let mut built = build(&house, frame, shown);
    built.troubles = troubles;
    page(&built)
}

fn build(house: &House, frame: PageFrame, shown: ReturnView) -> ReturnPage {
    let address = format!("/returns/{}", shown.summary.id);
    let may = |operation: Operation| house.ctx.require(operation).is_ok();
    let (state, kind) = tag_of(&shown.summary);
    let section_of = |key: &str| {
        shown
            .sections
            .iter()
            .position(|section| section.answers.iter().any(|answer| answer.key == key))
            .map_or_else(String::new, |n| format!("{address}/sections/{n}#{key}"))
    };
    let label = |place: &str| place.replace('!', ", cell ");
    let missing: Vec<Missing> = shown
        .findings
        .iter()
        .filter(|finding| finding.stops() && !may_be_explained(finding))
        .map(|finding| Missing {
            text: format!("{} {}", finding.message, finding.what_to_do),
            href: finding.field.as_deref().map(section_of).unwrap_or_default(),
            place: label(&finding.place()),
        })
        .collect();
    let heeds: Vec<Heed> = shown
        .findings
        .iter()
        .filter(|finding| !finding.stops() || may_be_explained(finding))
        .map(|finding| Heed {
            text: format!("{} {}", finding.message, finding.what_to_do),
            href: finding.field.as_deref().map(section_of).unwrap_or_default(),
            place: finding.place(),
            code: finding.code.clone(),
            silenced: finding.silenced.clone().unwrap_or_default(),
        })
        .collect();
    let sections = shown
        .sections
        .iter()
        .enumerate()
        .map(|(n, section)| Section {
            name: section.title.clone(),
            href: format!("{address}/sections/{n}"),
            hint: match section.answers.len() {
                1 => "1 question".to_owned(),
                many => format!("{many} questions"),
            },
            state: section.state_in_words.clone(),
            kind: if section.errors > 0 {
                "wrong"
            } else if section.missing.is_empty() {
                "done"
            } else {
                "todo"
            }
            .to_owned(),
        })
        .collect();
    let agreement = agreement(&shown, &address);
    let unexplained = shown
        .findings
        .iter()
        .filter(|finding| {
            may_be_explained(finding) && finding.stops() && finding.silenced.is_none()
        })
        .count();
    let sentence = sentence(&shown, missing.len() + unexplained);
    let next = next(house, &shown, &address, missing.len());
    let mut downloads = Vec::new();
    if shown.summary.state != ReturnState::Scheduled && may(Operation::ReadForms) {
        downloads.push(Link::new(
            "The workbook as it stands",
            format!("{address}/workbook"),
        ));
    }
    if shown
        .certifications
        .iter()
        .any(|signed| signed.file_sha256.is_some())
    {
        downloads.push(Link::new(
            "The certified workbook",
            format!("{address}/certified"),
        ));
    }
    for office in &shown.certifications {
        if let Some(paper) = office.paper_file_id {
            downloads.push(Link::new(
                format!("The paper signed by the {}", office.office),
                format!("{address}/signed-papers/{paper}"),
            ));
        }
    }
    let mut also = Vec::new();
    if may(Operation::ReadHistory) {
        also.push(Link::new(
            "All of its history",
            format!("/history/grant_return/{}", shown.summary.id),
        ));
    }
    let finished = matches!(
        shown.summary.state,
        ReturnState::Certified | ReturnState::Submitted | ReturnState::Accepted
    );
    if finished && may(Operation::ReopenReturn) {
        also.push(Link::new(
            "Open it again, with a reason",
            format!("{address}/reopen"),
        ));
    }
    if !finished && shown.summary.state != ReturnState::NotRequired && may(Operation::WaiveReturn) {
        also.push(Link::new(
            "The funder does not want this return",
            format!("{address}/waiver"),
        ));
    }
    let sent_back = shown
        .history
        .iter()
        .rev()
        .find(|event| event.kind == ReturnEventKind::ChangesRequested)
        .filter(|_| shown.summary.state == ReturnState::ChangesRequested)
        .map(event);
    ReturnPage {
        crumbs: crumbs_to(&shown.summary.title, &address),
        title: format!("{}: {}", shown.summary.award, shown.form),
        period: shown.summary.period.clone(),
        state,
        kind: kind.to_owned(),
        due: format!(
            "Due {}, {}",
            shown.summary.due_in_words, shown.summary.when_in_words
        ),
        sentence,
        rests_on: if shown.rests_on.is_empty() {
            "Nothing yet: it is drafted when its period ends.".to_owned()
        } else {
            shown.rests_on.clone()
        },
        refresh: (shown.newer_facts && shown.may_change && may(Operation::RefreshReturn))
            .then(|| "Newer facts have arrived since this was drafted.".to_owned()),
        sent_back,
        missing,
        heeds,
        sections,
        agreement,
        waits_for: if shown.summary.waits_for.is_empty() {
            String::new()
        } else {
            format!("It waits for {}.", shown.summary.waits_for)
        },
        next,
        downloads,
        sending: shown
            .sendings
            .iter()
            .rev()
            .flat_map(|sending| sent(sending, &address))
            .collect(),
        restated: shown
            .restated
            .iter()
            .map(|change| {
                Fact::new(
                    change.label.clone(),
                    format!(
                        "{} as certified, {} as now known",
                        change.as_certified.in_full(),
                        change.as_now.in_full()
                    ),
                )
            })
            .collect(),
        events: shown.history.iter().rev().take(12).map(event).collect(),
        also,
        troubles: Vec::new(),
        may_silence: shown.may_change && may(Operation::SilenceFinding),
        address,
        page: frame,
    }
}

/// A record of sending, with its receipt.
fn sent(sending: &view::SendingView, address: &str) -> Vec<Fact> {
    let mut facts = vec![
        Fact::new(
            if sending.replaced {
                "Sent before"
            } else {
                "Sent"
            },
            words::instant(&sending.sent_at),
        ),
        Fact::new("How", sending.how.clone()),
        Fact::new("To whom", sending.to_whom.clone()),
        Fact::new("Receipt", sending.receipt.clone()),
    ];
    if let (Some(id), Some(name)) = (sending.receipt_file_id, &sending.receipt_file_name) {
        facts.push(Fact {
            href: format!("{address}/receipts/{id}"),
            ..Fact::new("The receipt as a file", name.clone())
        });
        facts.push(Fact::new(
            "Its fingerprint (SHA-256)",
            sending.receipt_sha256.clone().unwrap_or_default(),
        ));
    }
    facts.push(Fact::new("Recorded by", sending.recorded_by.clone()));
    facts
}

/// A form's own check may stand with a reason: funders ask for explanations there.
fn may_be_explained(finding: &domain::returns::rules::Finding) -> bool {
    finding.code == "check-failed"
}

fn event(event: &view::EventView) -> Event {
    Event {
        what: capital(&event.in_words),
        who: event.by.clone().unwrap_or_else(|| "Tributary".to_owned()),
        when: words::instant(&event.at),
        why: event.reason.clone().unwrap_or_default(),
    }
}

fn agreement(shown: &ReturnView, address: &str) -> Vec<Section> {
    let boards = shown.boards.iter().map(|board| Section {
        name: match board.board {
            Board::Trustees => "Trustee Board",
            Board::Committee => "Recovery Advisory Committee",
        }
        .to_owned(),
        href: format!("{address}/agreement"),
        hint: board
            .minute
            .as_ref()
            .map_or_else(String::new, |minute| format!("Minute: {minute}")),
        state: if board.agreed {
            "Agreed"
        } else {
            "Has yet to agree"
        }
        .to_owned(),
        kind: if board.agreed { "done" } else { "waiting" }.to_owned(),
    });
    let offices = shown.certifications.iter().map(|office| Section {
        name: office.office.clone(),
        href: format!("{address}/certify"),
        hint: match (&office.signed_by, office.signed_on, &office.certified_by) {
            (Some(name), Some(on), Some(by)) => format!(
                "Signed on paper by {name} on {}, recorded by {by}",
                words::date(on)
            ),
            (_, _, Some(by)) => format!("Signed by {by}"),
            _ => String::new(),
        },
        state: if office.signed {
            "Signed"
        } else {
            "Has yet to sign"
        }
        .to_owned(),
        kind: if office.signed { "done" } else { "waiting" }.to_owned(),
    });
    boards.chain(offices).collect()
}

fn sentence(shown: &ReturnView, errors: usize) -> String {
    match shown.summary.state {
        ReturnState::Scheduled => "Its period has not ended. It will be drafted by itself.".to_owned(),
        ReturnState::Submitted => "It was sent. Nothing more is needed unless the funder asks.".to_owned(),
        ReturnState::Accepted => "The funder accepted it.".to_owned(),
        ReturnState::NotRequired => "The funder does not want this return.".to_owned(),
        ReturnState::Certified => "It is certified and has not been sent yet. Only recording the sending closes its deadline.".to_owned(),
        ReturnState::AwaitingApproval => "It waits for the boards to agree.".to_owned(),
        ReturnState::AwaitingCertification => "It waits to be certified.".to_owned(),
        ReturnState::Drafted | ReturnState::InReview | ReturnState::ChangesRequested => match errors {
            0 => "It can go: nothing stands in its way.".to_owned(),
            1 => "It cannot go yet: one thing is missing or wrong.".to_owned(),
            many => format!("It cannot go yet: {many} things are missing or wrong."),
        },
    }
}

fn next(house: &House, shown: &ReturnView, address: &str, errors: usize) -> Option<Step> {
    let may = |operation: Operation| house.ctx.require(operation).is_ok();
    let post = |verb: &str, path: &str| Step {
        verb: verb.to_owned(),
        href: format!("{address}/{path}"),
        is_post: true,
        note: String::new(),
    };
    let go = |verb: &str, path: &str| Step {
        is_post: false,
        ..post(verb, path)
    };
    match shown.summary.state {
        ReturnState::Drafted | ReturnState::InReview | ReturnState::ChangesRequested => {
            if errors > 0 && may(Operation::AnswerField) {
                let first = shown
                    .sections
                    .iter()
                    .position(|section| section.errors > 0 || !section.missing.is_empty())?;
                Some(go("Complete what is missing", &format!("sections/{first}")))
            } else if may(Operation::OfferReturn) {
                Some(post("Send for certification", "offer"))
            } else {
                None
            }
        }
        ReturnState::AwaitingApproval
            if house.ctx.actor.holds(Role::Trustee)
                || house.ctx.actor.holds(Role::CommitteeMember) =>
        {
            Some(go("Read and agree", "agreement"))
        }
        ReturnState::AwaitingCertification if may(Operation::CertifyReturn) => {
            Some(go("Read and certify", "certify"))
        }
        ReturnState::Certified if may(Operation::RecordSending) => {
            Some(go("Record that it was sent", "send"))
        }
        ReturnState::Submitted if may(Operation::RecordAcceptance) => {
            Some(post("The funder accepted it", "acceptance"))
        }
        _ => None,
    }
}
