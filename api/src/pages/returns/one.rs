//! A return: can this go, and if not, why?

use actix_web::{HttpResponse, web};
use askama::Template;
use domain::access::rules::{Operation, Sight, sight};
use domain::returns::rules::{Finding, Severity};
use domain::returns::view::{self, ReturnView};
use entity::{Board, GrantReturnId, ReturnEventKind, ReturnState, Role};
use serde::Deserialize;

use super::overridden::{self, SinceBack};
use super::workbooks;
use crate::http::{Fault, House};
use crate::pages::shapes::{Event, Fact, Section, Step, crumbs_to};
use crate::pages::today::{calendar_warning, capital, tag_of};
use crate::pages::{Link, PageFrame, page, words};

#[derive(Template)]
#[template(path = "pages/return.html")]
struct ReturnPage {
    page: PageFrame,
    errors: Vec<Link>,
    crumbs: Vec<Link>,
    title: String,
    award: String,
    form: String,
    state: String,
    kind: String,
    due: String,
    /// What must be known of the bank holidays behind the deadline.
    calendar: String,
    sentence: String,
    rests_on: String,
    refresh: Option<String>,
    address: String,
    sent_back: Option<Event>,
    since_back: Option<SinceBack>,
    missing: Vec<Lack>,
    heeds_heading: String,
    heeds: Vec<Heed>,
    sections: Vec<Section>,
    agreement: Vec<Section>,
    next: Option<Step>,
    /// What may be done instead of the next step, without its weight.
    instead: Option<Step>,
    waits_for: String,
    downloads: Vec<Link>,
    sending: Vec<Fact>,
    restated: Vec<Fact>,
    events: Vec<Event>,
    also: Vec<Link>,
    may_silence: bool,
    troubles: Vec<String>,
}

/// What one section of the form lacks: several empty answers are one line, with its details.
struct Lack {
    text: String,
    href: String,
    place: String,
    /// "Missing", or "Wrong".
    state: &'static str,
    more: Vec<Link>,
}

/// A warning or a check of the form's own, which may be answered with a reason.
struct Heed {
    text: String,
    href: String,
    place: String,
    /// The place as people read it.
    shown_place: String,
    code: String,
    silenced: String,
    /// What the question about it is called: several stand on one page.
    question: String,
    /// Good to know: nobody need say why it may stand.
    note: bool,
    /// It cannot go before somebody says why this may stand.
    stops: bool,
    error: String,
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
    let id = id.into_inner();
    // Who sends it on is told what the form's own checks say of the answers as they stand.
    let shown = if house.ctx.require(Operation::AnswerField).is_ok() {
        view::checked(&house.db, &house.ctx, &workbooks(&house), id).await?
    } else {
        view::one(&house.db, &house.ctx, id).await?
    };
    let notice = match just.done.as_str() {
        "saved" => match still_wrong(&shown) {
            0 => "Your answers were saved.",
            1 => "Your answers were saved, but one of the return’s answers is wrong: see below.",
            _ => "Your answers were saved, but some of the return’s answers are wrong: see below.",
        },
        "refreshed" => "The figures are up to date.",
        "review" => "It was sent round to be read.",
        "offered" => "It was sent for agreement and certification.",
        "taken-back" => "You took it back. It can be changed now, and sent on again.",
        "changes" => "It was sent back with your reason.",
        "agreed" => "The agreement was recorded.",
        "on-paper" => "The signed paper was recorded.",
        "certified" if shown.summary.state == ReturnState::AwaitingCertification => {
            "You signed. Another office signs next."
        }
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
        let heed = just.done == "saved" && still_wrong(&shown) > 0;
        frame = frame.with_notice(if heed { "heed" } else { "done" }, notice);
    }
    let beside = beside(&house, shown.summary.id).await?;
    let mut built = build(&house, frame, shown, None, beside);
    built.troubles = troubles;
    page(&built)
}

/// How many answers are there and cannot stay: what is typed is saved, not therefore right.
fn still_wrong(shown: &ReturnView) -> usize {
    shown
        .findings
        .iter()
        .filter(|finding| finding.stops() && finding.field.is_some())
        .filter(|finding| finding.code != "required-empty")
        .count()
}

/// A finding that was to stand without a reason.
pub struct Unreasoned {
    pub code: String,
    pub place: String,
}

async fn beside(house: &House, id: GrantReturnId) -> Result<Option<Link>, Fault> {
    crate::pages::beside::link(house, domain::beside::rules::RecordKind::Return, id).await
}

/// The page again, which says that a reason is missing.
pub async fn again(
    house: &House,
    id: GrantReturnId,
    wrong: &Unreasoned,
) -> Result<HttpResponse, Fault> {
    let shown = view::checked(&house.db, &house.ctx, &workbooks(house), id).await?;
    let frame = PageFrame::of(house, &shown.summary.title).await?;
    let beside = beside(house, id).await?;
    page(&build(house, frame, shown, Some(wrong), beside))
}

/// What the state of a return asks of its page.
struct Stage {
    /// Answers may change.
    open: bool,
    /// Boards or offices are asked.
    offered: bool,
}

impl Stage {
    const fn of(state: ReturnState) -> Self {
        Self {
            open: matches!(
                state,
                ReturnState::Drafted | ReturnState::InReview | ReturnState::ChangesRequested
            ),
            offered: matches!(
                state,
                ReturnState::AwaitingApproval | ReturnState::AwaitingCertification
            ),
        }
    }

    /// What was found matters until it is certified; afterwards only what was let stand is told.
    const fn looks(&self) -> bool {
        self.open || self.offered
    }
}

fn build(
    house: &House,
    frame: PageFrame,
    shown: ReturnView,
    wrong: Option<&Unreasoned>,
    beside: Option<Link>,
) -> ReturnPage {
    let address = format!("/returns/{}", shown.summary.id);
    let may = |operation: Operation| house.ctx.require(operation).is_ok();
    let inside = matches!(sight(&house.ctx.actor), Sight::All);
    let stage = Stage::of(shown.summary.state);
    let (state, kind) = tag_of(&shown.summary);
    let section_of = |key: &str| {
        shown
            .sections
            .iter()
            .position(|section| section.answers.iter().any(|answer| answer.key == key))
            .map_or_else(String::new, |n| format!("{address}/sections/{n}#{key}"))
    };
    let place_of = |finding: &Finding| match &finding.field {
        Some(key) => section_of(key),
        None => view::section_of(&shown.sections, finding)
            .map_or_else(String::new, |n| format!("{address}/sections/{n}")),
    };
    let in_the_way = InTheWay::of(&shown.findings);
    let missing = if stage.looks() {
        lacks(&shown, &address, section_of)
    } else {
        Vec::new()
    };
    let heeds: Vec<Heed> = shown
        .findings
        .iter()
        .filter(|finding| finding.silenced.is_some() || stage.looks())
        .filter(|finding| !finding.stops() || may_be_explained(finding))
        .map(|finding| Heed {
            text: if finding.silenced.is_some() {
                finding.message.clone()
            } else {
                format!("{} {}", finding.message, finding.what_to_do)
            },
            href: place_of(finding),
            shown_place: label(&finding.place()),
            question: format!("Why may it stand: {}?", about(finding)),
            note: finding.severity == Severity::Note,
            stops: finding.stops(),
            error: wrong
                .filter(|wrong| wrong.code == finding.code && wrong.place == finding.place())
                .map_or("", |_| "Say why it may stand.")
                .to_owned(),
            place: finding.place(),
            code: finding.code.clone(),
            silenced: finding.silenced.clone().unwrap_or_default(),
        })
        .collect();
    let heeds_heading = if stage.open {
        "Look at these before it goes"
    } else if stage.offered {
        "What was let stand, and what may be asked about"
    } else {
        "What was let stand, and why"
    };
    // What is asked of a period that still runs is not missing.
    let begun = inside && shown.summary.state != ReturnState::Scheduled;
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
            state: if begun {
                section.state_in_words.clone()
            } else {
                String::new()
            },
            kind: if !begun {
                ""
            } else if section.errors > 0 {
                "wrong"
            } else if section.missing.is_empty() {
                "done"
            } else {
                "todo"
            }
            .to_owned(),
        })
        .collect();
    let agreement = agreement(&shown, &address, inside);
    let sentence = sentence(&shown, in_the_way);
    let (next, instead) = match next(house, &shown, &address, in_the_way) {
        // Sent back and nothing changed yet: that comes first, and sending it on as it is remains.
        Some(offer) if offer.is_post && unchanged(&shown) && offer.href.ends_with("/offer") => (
            Some(Step {
                verb: "Change what was asked for".to_owned(),
                href: "#sections".to_owned(),
                is_post: false,
                note: String::new(),
            }),
            Some(Step {
                verb: "Send it on as it is".to_owned(),
                ..offer
            }),
        ),
        // Whether the funder accepts it is the funder's: nothing that presses.
        Some(accepted) if shown.summary.state == ReturnState::Submitted => (None, Some(accepted)),
        next => (next, None),
    };
    let mut downloads = Vec::new();
    // What is signed is the certified workbook: there is no other.
    let signed = matches!(
        shown.summary.state,
        ReturnState::Certified | ReturnState::Submitted | ReturnState::Accepted
    );
    if shown.summary.state != ReturnState::Scheduled && inside && !signed {
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
    let mut also: Vec<Link> = beside.into_iter().collect();
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
    if stage.offered && may(Operation::AnswerField) {
        also.push(Link::new(
            "Take it back to change it",
            format!("{address}/taking-back"),
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
    let errors = heeds
        .iter()
        .enumerate()
        .filter(|(_, heed)| !heed.error.is_empty())
        .map(|(n, heed)| Link::new(heed.error.clone(), format!("#why-{}", n + 1)))
        .collect();
    ReturnPage {
        errors,
        crumbs: crumbs_to(&shown.summary.title, &address),
        title: shown.summary.title.clone(),
        award: shown.summary.award.clone(),
        form: shown.form.clone(),
        state,
        kind: kind.to_owned(),
        calendar: calendar_warning(shown.summary.due_on),
        due: if matches!(
            shown.summary.state,
            ReturnState::Submitted | ReturnState::Accepted | ReturnState::NotRequired
        ) {
            format!("It was due {}", shown.summary.due_in_words)
        } else {
            format!(
                "Due {}, {}",
                shown.summary.due_in_words, shown.summary.when_in_words
            )
        },
        sentence,
        rests_on: if !inside {
            String::new()
        } else if shown.rests_on.is_empty() {
            "Nothing yet: it is drafted when its period ends.".to_owned()
        } else {
            shown.rests_on.clone()
        },
        // Where a figure would be another, that is the next step itself, at the top.
        refresh: (shown.newer_facts
            && !overtaken(&shown)
            && stage.open
            && may(Operation::RefreshReturn))
        .then(|| {
            "Newer facts have arrived since this was drafted; no figure changes by them.".to_owned()
        }),
        sent_back,
        // While nothing has changed yet, the reason above says all.
        since_back: shown
            .sent_back
            .as_ref()
            .filter(|back| stage.looks() && !back.changed.is_empty())
            .map(|back| overridden::since_back(back, &address)),
        missing,
        heeds_heading: heeds_heading.to_owned(),
        heeds,
        sections,
        agreement,
        waits_for: if shown.summary.waits_for.is_empty() {
            String::new()
        } else {
            format!("It waits for {}.", shown.summary.waits_for)
        },
        next,
        instead,
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
        may_silence: stage.open && may(Operation::SilenceFinding),
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
        Fact {
            href: format!("{address}/sent/{}", sending.revision),
            ..Fact::new(
                "What was sent",
                format!("Version {}, a workbook", sending.revision),
            )
        },
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
    facts.extend(sending.signed.iter().map(|signed| {
        Fact::new(
            format!("Signed by the {}", signed.office),
            format!("{}, {}", signed.by, words::instant(&signed.at)),
        )
    }));
    facts.push(Fact::new("Recorded by", sending.recorded_by.clone()));
    facts
}

/// "Finances, cell E17".
fn label(place: &str) -> String {
    place.replace('!', ", cell ")
}

/// What a finding is about, with its place, where several are asked about on one page.
fn about(finding: &Finding) -> String {
    let text = finding.message.trim_end_matches('.');
    match finding.place() {
        empty if empty.is_empty() => text.to_owned(),
        place => format!("{text} ({})", label(&place)),
    }
}

/// How many things stop a return: those to mend, and checks of the form's own to explain.
#[derive(Clone, Copy)]
struct InTheWay {
    to_mend: usize,
    to_explain: usize,
}

impl InTheWay {
    fn of(findings: &[Finding]) -> Self {
        let stopping = findings.iter().filter(|finding| finding.stops());
        let (explain, mend): (Vec<_>, Vec<_>) =
            stopping.partition(|finding| may_be_explained(finding));
        Self {
            to_mend: mend.len(),
            to_explain: explain.len(),
        }
    }

    const fn all(self) -> usize {
        self.to_mend + self.to_explain
    }
}

/// What stands in the way, section by section: a few things one by one, many empty answers of a
/// section as one line that opens.
fn lacks(shown: &ReturnView, address: &str, section_of: impl Fn(&str) -> String) -> Vec<Lack> {
    const ONE_BY_ONE: usize = 3;
    let place = |finding: &Finding| label(&finding.place());
    let href = |finding: &Finding| {
        finding
            .field
            .as_deref()
            .map(&section_of)
            .unwrap_or_default()
    };
    let mut lacks = Vec::new();
    for (n, section) in shown.sections.iter().enumerate() {
        let here = |finding: &&Finding| {
            finding.stops()
                && !may_be_explained(finding)
                && finding
                    .field
                    .as_ref()
                    .is_some_and(|key| section.answers.iter().any(|answer| answer.key == *key))
        };
        let (empty, wrong): (Vec<&Finding>, Vec<&Finding>) = shown
            .findings
            .iter()
            .filter(here)
            .partition(|finding| finding.code == "required-empty");
        let one_by_one = if empty.len() > ONE_BY_ONE {
            &[]
        } else {
            &empty[..]
        };
        lacks.extend(wrong.iter().chain(one_by_one).map(|finding| Lack {
            text: format!("{} {}", finding.message, finding.what_to_do),
            href: href(finding),
            place: place(finding),
            state: if finding.code == "required-empty" {
                "Missing"
            } else {
                "Wrong"
            },
            more: Vec::new(),
        }));
        if empty.len() > ONE_BY_ONE {
            let asked = |finding: &Finding| {
                section
                    .answers
                    .iter()
                    .find(|answer| Some(&answer.key) == finding.field.as_ref())
                    .map_or_else(|| finding.message.clone(), |answer| answer.label.clone())
            };
            lacks.push(Lack {
                text: format!("{}: {} answers are missing", section.title, empty.len()),
                href: format!("{address}/sections/{n}"),
                place: String::new(),
                state: "Missing",
                more: empty
                    .iter()
                    .map(|finding| Link::new(asked(finding), href(finding)))
                    .collect(),
            });
        }
    }
    let nowhere = shown
        .findings
        .iter()
        .filter(|finding| finding.stops() && !may_be_explained(finding) && finding.field.is_none());
    lacks.extend(nowhere.map(|finding| Lack {
        text: format!("{} {}", finding.message, finding.what_to_do),
        href: String::new(),
        place: place(finding),
        state: "Wrong",
        more: Vec::new(),
    }));
    lacks
}

/// A form's own check may stand with a reason: funders ask for explanations there.
fn may_be_explained(finding: &Finding) -> bool {
    finding.may_be_silenced()
}

fn event(event: &view::EventView) -> Event {
    Event {
        what: capital(&event.in_words),
        who: event.by.clone().unwrap_or_else(|| "Tributary".to_owned()),
        when: words::instant(&event.at),
        why: event.reason.clone().unwrap_or_default(),
    }
}

fn agreement(shown: &ReturnView, address: &str, inside: bool) -> Vec<Section> {
    // Both pages are about the revision that was offered: without one there is nothing to open.
    let to = |page: &str| {
        if inside && shown.offered_revision.is_some() {
            format!("{address}/{page}")
        } else {
            String::new()
        }
    };
    let boards = shown.boards.iter().map(|board| Section {
        name: match board.board {
            Board::Trustees => "Trustee Board",
            Board::Committee => "Recovery Advisory Committee",
        }
        .to_owned(),
        href: to("agreement"),
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
        href: to("certify"),
        hint: match (&office.signed_by, office.signed_on, &office.certified_by) {
            (Some(name), Some(on), Some(by)) => format!(
                "Signed on paper by {name} on {}, recorded by {by}",
                words::date(on)
            ),
            (_, _, Some(by)) => format!("Signed by {by}"),
            _ => office.named.clone().unwrap_or_default(),
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

fn sentence(shown: &ReturnView, in_the_way: InTheWay) -> String {
    let waiting = |what: &str| match in_the_way.all() {
        0 => format!("It waits {what}."),
        1 => format!("It waits {what}, and one thing has come to light that stops it."),
        many => format!("It waits {what}, and {many} things have come to light that stop it."),
    };
    match shown.summary.state {
        ReturnState::Scheduled => "Its period has not ended. It will be drafted by itself.".to_owned(),
        ReturnState::Submitted | ReturnState::Accepted if !shown.restated.is_empty() => format!(
            "{} {} today: ask the funder whether they want it corrected now or in the next return.",
            if shown.summary.state == ReturnState::Accepted {
                "The funder accepted it, and"
            } else {
                "It was sent, and"
            },
            words::count(
                shown.restated.len(),
                "figure would be another",
                "figures would be others",
            )
        ),
        ReturnState::Submitted => "It was sent. Nothing more is needed unless the funder asks.".to_owned(),
        ReturnState::Accepted => "The funder accepted it.".to_owned(),
        ReturnState::NotRequired => "The funder does not want this return.".to_owned(),
        ReturnState::Certified => "It is certified and has not been sent yet. Only recording the sending closes its deadline.".to_owned(),
        ReturnState::AwaitingApproval => waiting("for the boards to agree"),
        ReturnState::AwaitingCertification => waiting("to be certified"),
        ReturnState::Drafted | ReturnState::InReview | ReturnState::ChangesRequested
            if overtaken(shown) && in_the_way.all() == 1 =>
        {
            "It cannot go yet: newer facts have arrived, and figures would be others.".to_owned()
        }
        ReturnState::ChangesRequested if in_the_way.all() == 0 => {
            "It was sent back. Change what was asked for, then send it on again.".to_owned()
        }
        ReturnState::Drafted | ReturnState::InReview | ReturnState::ChangesRequested => {
            match (in_the_way.to_mend, in_the_way.to_explain) {
                (0, 0) => "It can go: nothing stands in its way.".to_owned(),
                (0, 1) => "It cannot go yet: a check of the form’s own does not pass. Correct what is behind it, or say why it may stand.".to_owned(),
                (0, n) => format!("It cannot go yet: {n} checks of the form’s own do not pass. Correct what is behind them, or say why each may stand."),
                (1, 0) => "It cannot go yet: one thing is missing or wrong.".to_owned(),
                (n, 0) => format!("It cannot go yet: {n} things are missing or wrong."),
                (n, 1) => format!("It cannot go yet: {} missing or wrong, and a check of the form’s own does not pass.", things(n)),
                (n, m) => format!("It cannot go yet: {} missing or wrong, and {m} checks of the form’s own do not pass.", things(n)),
            }
        }
    }
}

/// Whether it was sent back and is as it was.
fn unchanged(shown: &ReturnView) -> bool {
    shown.summary.state == ReturnState::ChangesRequested
        && shown
            .sent_back
            .as_ref()
            .is_some_and(|back| back.changed.is_empty())
}

/// Whether newer facts would make its figures others.
fn overtaken(shown: &ReturnView) -> bool {
    shown
        .findings
        .iter()
        .any(|finding| finding.code == "newer-facts")
}

fn things(n: usize) -> String {
    if n == 1 {
        "one thing is".to_owned()
    } else {
        format!("{n} things are")
    }
}

/// Whether answers of a section are missing or wrong; what is only to be explained is not to be
/// completed.
fn to_mend(shown: &ReturnView, section: &view::SectionView) -> bool {
    let here = |key: &String| section.answers.iter().any(|answer| answer.key == *key);
    !section.missing.is_empty()
        || shown.findings.iter().any(|finding| {
            finding.stops()
                && !may_be_explained(finding)
                && finding.field.as_ref().is_some_and(here)
        })
}

/// The one obvious next step of this reader.
fn next(house: &House, shown: &ReturnView, address: &str, in_the_way: InTheWay) -> Option<Step> {
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
    let here = |verb: &str, anchor: &str| Step {
        verb: verb.to_owned(),
        href: anchor.to_owned(),
        is_post: false,
        note: String::new(),
    };
    match shown.summary.state {
        // Newer figures first: what is missing may be others then.
        ReturnState::Drafted | ReturnState::InReview | ReturnState::ChangesRequested
            if overtaken(shown) && may(Operation::RefreshReturn) =>
        {
            Some(post("Bring the figures up to date", "draft"))
        }
        ReturnState::Drafted | ReturnState::InReview | ReturnState::ChangesRequested => {
            if in_the_way.to_mend > 0 {
                let first = shown
                    .sections
                    .iter()
                    .position(|section| to_mend(shown, section));
                may(Operation::AnswerField).then(|| {
                    first.map_or_else(
                        || here("See what is in the way", "#missing"),
                        |n| go("Complete what is missing", &format!("sections/{n}")),
                    )
                })
            } else if in_the_way.to_explain > 0 {
                may(Operation::SilenceFinding)
                    .then(|| here("See the checks that do not pass", "#look"))
            } else {
                may(Operation::OfferReturn).then(|| {
                    if shown.boards.is_empty() {
                        post("Send for certification", "offer")
                    } else {
                        post("Send to the boards and the certifier", "offer")
                    }
                })
            }
        }
        ReturnState::AwaitingApproval
            if shown.boards.iter().any(|board| {
                !board.agreed
                    && house.ctx.actor.holds(match board.board {
                        Board::Trustees => Role::Trustee,
                        Board::Committee => Role::CommitteeMember,
                    })
            }) =>
        {
            Some(go("Read and agree", "agreement"))
        }
        ReturnState::AwaitingCertification if shown.signs_next => {
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
