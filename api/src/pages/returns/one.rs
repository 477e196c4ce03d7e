//! A return: can this go, and if not, why?

use actix_web::{HttpResponse, web};
use askama::Template;
use domain::Money;
use domain::access::rules::{Operation, Sight, sight};
use domain::beside::rules::RecordKind;
use domain::questions::rules::QuestionAbout;
use domain::returns::rules::{Finding, Severity};
use domain::returns::view::{self, ReturnView};
use entity::{GrantReturnId, ReturnEventKind, ReturnState};
use serde::Deserialize;

use super::funder::{self, Asks};
use super::onward::{InTheWay, may_be_explained, next, overtaken, sentence, unchanged};
use super::overridden::{self, SinceBack};
use super::workbooks;
use crate::http::{Fault, House};
use crate::pages::shapes::{Event, Fact, Section, Step, crumbs_to};
use crate::pages::today::{calendar_warning, capital, tag_of};
use crate::pages::{Link, PageFrame, page, questions, sharing, words};

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
    /// What the funder asked to be changed in what it was sent.
    funder_asks: Option<Asks>,
    since_back: Option<SinceBack>,
    missing: Vec<Lack>,
    heeds_heading: String,
    heeds: Vec<Heed>,
    sections: Vec<Section>,
    agreement: Vec<Section>,
    next: Option<Step>,
    /// What may be done instead of the next step, without its weight.
    instead: Option<Step>,
    /// Whether it was sent as it stands: what changed since is said of that.
    is_sent: bool,
    /// Why it is offered or certified in place of what was certified before.
    resubmission: String,
    /// Taking back what newer facts overtook, beside what says so.
    take_back: Option<Link>,
    waits_for: String,
    downloads: Vec<Link>,
    sending: Vec<Fact>,
    restated: Vec<Fact>,
    events: Vec<Event>,
    also: Vec<Link>,
    may_silence: bool,
    troubles: Vec<String>,
    /// Runs that wait to be applied, until the return is sent.
    runs: Vec<Link>,
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
    /// Who said why it may stand, and when.
    said: String,
    /// Where that is taken back, for whoever may.
    take_back: String,
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
    let inside = matches!(sight(&house.ctx.actor), Sight::All);
    let taken_back;
    let notice = match just.done.as_str() {
        "taken-back" => {
            taken_back = back_with(&shown);
            taken_back.as_str()
        }
        "saved" => match still_wrong(&shown) {
            0 => "Your answers were saved.",
            1 => "Your answers were saved, but one of the return’s answers is wrong: see below.",
            _ => "Your answers were saved, but some of the return’s answers are wrong: see below.",
        },
        "refreshed" => "The figures are up to date.",
        "review" => "It was sent round to be read.",
        "offered" => "It was sent for agreement and certification.",
        "changes" => "It was sent back with your reason.",
        "agreed" => "The agreement was recorded.",
        "on-paper" => "The signed paper was recorded.",
        "certified" if shown.summary.state == ReturnState::AwaitingCertification => {
            "You signed. Another office signs next."
        }
        "certified" => "You certified this return. It still has to be sent.",
        "sent" => "The sending was recorded, and its deadline is closed.",
        "accepted" if inside => "The funder’s acceptance was recorded.",
        "accepted" => "You accepted this return.",
        "funder-changes" if inside => "What the funder asked was recorded.",
        "funder-changes" => "What has to change was sent to whoever prepares it.",
        "reopened" => "It was opened again.",
        "waived" => "It was recorded that the funder does not want this return.",
        "unsaid" => "The reason was taken back; what was found is asked about again.",
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
    let beside = beside(&house, &shown).await?;
    let sent = matches!(
        shown.summary.state,
        ReturnState::Submitted | ReturnState::Accepted | ReturnState::NotRequired
    );
    let runs = match sent {
        true => Vec::new(),
        false => crate::pages::pools::runs::heeds(&house, shown.summary.award_id).await?,
    };
    let mut built = build(&house, frame, shown, None, beside);
    built.troubles = troubles;
    built.runs = runs;
    page(&built)
}

/// Whose it is once it was taken back, and what becomes of what others had agreed to.
fn back_with(shown: &ReturnView) -> String {
    let whose = if shown.summary.waits_for.is_empty() {
        "It can be changed now, and sent on again.".to_owned()
    } else {
        format!(
            "It waits for {} now: it can be changed, and sent on again.",
            shown.summary.waits_for
        )
    };
    let boards = if shown.boards.is_empty() {
        "Whoever had signed it signs anew."
    } else {
        "What the boards had agreed no longer stands: they are asked again once it is sent on, and \
         read what changed. Whoever had signed it signs anew."
    };
    format!("You took it back. {whose} {boards}")
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

async fn beside(house: &House, shown: &ReturnView) -> Result<Option<Link>, Fault> {
    match sharing::link(house, shown.summary.award_id).await? {
        None => crate::pages::beside::link(house, RecordKind::Return, shown.summary.id).await,
        given => Ok(given),
    }
}

/// The page again, which says that a reason is missing.
pub async fn again(
    house: &House,
    id: GrantReturnId,
    wrong: &Unreasoned,
) -> Result<HttpResponse, Fault> {
    let shown = view::checked(&house.db, &house.ctx, &workbooks(house), id).await?;
    let frame = PageFrame::of(house, &shown.summary.title).await?;
    let beside = beside(house, &shown).await?;
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
    let because = |finding: &Finding| {
        shown.let_stand.iter().find(|one| {
            one.code == finding.code
                && one.place == finding.place()
                && Some(&one.reason) == finding.silenced.as_ref()
        })
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
            said: because(finding).map_or_else(String::new, said),
            take_back: because(finding)
                .filter(|_| stage.open && may(Operation::TakeBackReason))
                .map_or_else(String::new, |one| {
                    format!("{address}/silenced/{}/taking-back", one.id)
                }),
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
    let sentence = match inside {
        true => sentence(&shown, in_the_way),
        false => funder::sentence(house, &shown),
    };
    let (next, instead) = match next(house, &shown, &address, in_the_way) {
        // a funder's officer has what was sent, whatever state that is in
        _ if !inside => funder::steps(house, &shown, &address),
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
        // What would be another today comes first: correct it, or go on knowing.
        onward
            if may(Operation::ReopenReturn)
                && (!shown.restated.is_empty() || wants_another(&shown)) =>
        {
            (
                Some(Step {
                    verb: "Open it again".to_owned(),
                    href: format!("{address}/reopen"),
                    is_post: false,
                    note: String::new(),
                }),
                onward.map(|onward| Step {
                    verb: if shown.summary.state == ReturnState::Certified {
                        "Send it as it was certified".to_owned()
                    } else {
                        onward.verb
                    },
                    ..onward
                }),
            )
        }
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
    if signed {
        downloads.push(Link::new(
            "The certified workbook",
            format!("{address}/certified"),
        ));
        if inside && may(Operation::TakePack) {
            downloads.push(Link::new(
                "The whole pack: the workbook, a PDF to read, the lines behind each figure, and who agreed and signed",
                format!("{address}/pack"),
            ));
        }
    } else if let Some(words) = signed_so_far(&shown) {
        downloads.push(Link::new(words, format!("{address}/signed-so-far")));
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
    also.extend(questions::link(
        house,
        QuestionAbout::Return,
        shown.summary.id,
    ));
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
    if inside
        && matches!(
            shown.summary.state,
            ReturnState::Submitted | ReturnState::Accepted
        )
        && may(Operation::FunderAsksForChanges)
    {
        also.push(Link::new(
            "The funder asked for changes",
            format!("{address}/funder-changes"),
        ));
    }
    if finished
        && shown.restated.is_empty()
        && !wants_another(&shown)
        && may(Operation::ReopenReturn)
    {
        also.push(Link::new(
            "Open it again, with a reason",
            format!("{address}/reopen"),
        ));
    }
    if stage.offered && !shown.summary.overtaken && may(Operation::AnswerField) {
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
        funder_asks: funder::asks(&shown, inside),
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
        is_sent: matches!(
            shown.summary.state,
            ReturnState::Submitted | ReturnState::Accepted
        ),
        resubmission: shown.resubmission_reason.clone().unwrap_or_default(),
        take_back: (shown.summary.overtaken && may(Operation::AnswerField))
            .then(|| Link::new("Take it back", format!("{address}/taking-back"))),
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
            .map(|change| Fact::new(change.label.clone(), as_now_known(change)))
            .collect(),
        events: shown.history.iter().rev().take(12).map(event).collect(),
        also,
        troubles: Vec::new(),
        runs: Vec::new(),
        may_silence: stage.open && may(Operation::SilenceFinding),
        address,
        page: frame,
    }
}

/// Whether the funder asks for changes in what it has, and nobody has opened the return for that yet.
fn wants_another(shown: &ReturnView) -> bool {
    shown.funder_asks.is_some() && shown.summary.state == ReturnState::Submitted
}

/// "£100.00 as certified, £120.00 as now known: £20.00 more".
pub(super) fn as_now_known(change: &view::Restated) -> String {
    format!(
        "{} as certified, {} as now known: {} {}",
        change.as_certified.in_full(),
        change.as_now.in_full(),
        Money(change.difference.pence().saturating_abs()).in_full(),
        if change.difference > Money::ZERO {
            "more"
        } else {
            "less"
        }
    )
}

/// "The workbook as signed by the Treasurer, Cerys; the Head has yet to sign".
fn signed_so_far(shown: &ReturnView) -> Option<String> {
    let (signed, open): (Vec<_>, Vec<_>) = shown
        .certifications
        .iter()
        .partition(|office| office.file_sha256.is_some());
    let by: Vec<String> = signed
        .iter()
        .map(|one| {
            let name = one.signed_by.as_ref().or(one.certified_by.as_ref());
            match name {
                Some(name) => format!("the {}, {name}", one.office),
                None => format!("the {}", one.office),
            }
        })
        .collect();
    let to: Vec<String> = open
        .iter()
        .map(|one| format!("the {}", one.office))
        .collect();
    (!by.is_empty() && !to.is_empty()).then(|| {
        format!(
            "The workbook as signed by {}; it waits for {}",
            by.join(" and "),
            to.join(" and ")
        )
    })
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
    if let Some(why) = &sending.resubmission_reason {
        facts.push(Fact::new("Why it was sent again", why.clone()));
    }
    facts.push(Fact::new("Recorded by", sending.recorded_by.clone()));
    facts
}

/// "Priya Nair, Friday 3 July 2026, 10am".
fn said(why: &view::LetStandBecause) -> String {
    let when = words::instant(&why.at);
    match &why.by {
        Some(by) => format!("{by}, {when}"),
        None => when,
    }
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
        name: words::board(board.board).to_owned(),
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
