//! Whether a return can go, in a sentence, and the one obvious next step of whoever reads.

use domain::access::rules::Operation;
use domain::decisions::rules::role_on;
use domain::returns::rules::Finding;
use domain::returns::view::{self, ReturnView};
use entity::ReturnState;

use crate::http::House;
use crate::pages::shapes::Step;
use crate::pages::words;

/// How many things stop a return: those to mend, and checks of the form's own to explain.
#[derive(Clone, Copy)]
pub(super) struct InTheWay {
    to_mend: usize,
    to_explain: usize,
}

impl InTheWay {
    pub(super) fn of(findings: &[Finding]) -> Self {
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

/// A form's own check may stand with a reason: funders ask for explanations there.
pub(super) fn may_be_explained(finding: &Finding) -> bool {
    finding.may_be_silenced()
}

/// Whether it can go, and if not, why.
pub(super) fn sentence(shown: &ReturnView, in_the_way: InTheWay) -> String {
    let waiting = |what: &str| match in_the_way.all() {
        0 => format!("It waits {what}."),
        _ if shown.summary.overtaken => format!(
            "Nobody can sign it as it is: newer facts have arrived, and figures would be others. It waits for {} to take it back.",
            shown.preparer.as_deref().unwrap_or("whoever prepares it")
        ),
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
        ReturnState::Submitted if shown.funder_asks.is_some() => {
            "It was sent, and the funder asked for changes: open it again to make them.".to_owned()
        }
        ReturnState::Submitted => "It was sent. Nothing more is needed unless the funder asks.".to_owned(),
        ReturnState::Accepted => "The funder accepted it.".to_owned(),
        ReturnState::NotRequired => "The funder does not want this return.".to_owned(),
        ReturnState::Certified if !shown.restated.is_empty() => format!(
            "It is certified and has not been sent yet, and {} today: newer facts have arrived. Open it again to correct it; or send it as it was certified, knowing that.",
            words::count(
                shown.restated.len(),
                "figure would be another",
                "figures would be others",
            )
        ),
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
pub(super) fn unchanged(shown: &ReturnView) -> bool {
    shown.summary.state == ReturnState::ChangesRequested
        && shown
            .sent_back
            .as_ref()
            .is_some_and(|back| back.changed.is_empty())
}

/// Whether newer facts would make its figures others.
pub(super) fn overtaken(shown: &ReturnView) -> bool {
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
pub(super) fn next(
    house: &House,
    shown: &ReturnView,
    address: &str,
    in_the_way: InTheWay,
) -> Option<Step> {
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
                    if shown.asks_why_again {
                        go("Say why, and send it on again", "resubmission")
                    } else if shown.boards.is_empty() {
                        post("Send for certification", "offer")
                    } else {
                        post("Send to the boards and the certifier", "offer")
                    }
                })
            }
        }
        ReturnState::AwaitingApproval | ReturnState::AwaitingCertification
            if shown.summary.overtaken =>
        {
            may(Operation::AnswerField).then(|| go("Take it back", "taking-back"))
        }
        ReturnState::AwaitingApproval
            if shown
                .boards
                .iter()
                .any(|board| !board.agreed && house.ctx.actor.holds(role_on(board.board))) =>
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
