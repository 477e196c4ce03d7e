//! What every page shows around its content.

use domain::access::rules::Operation;
use domain::ctx::Actor;
use domain::{organisations, settings, start};
use entity::Role;

use super::super::http::frame::Stamp;
use super::super::http::who::Caller;
use super::pdf::has_pdf;
use super::words;
use crate::http::House;

/// What every page shows around its content.
#[derive(Clone, Debug)]
pub struct PageFrame {
    /// Of the page, first in the browser's tab.
    pub title: String,
    /// Whose Tributary this is.
    pub organisation_name: String,
    /// The display name of who is signed in.
    pub person_name: Option<String>,
    /// Where the reader came by a link: until the end of which day it works.
    pub by_link: Option<String>,
    /// The service navigation.
    pub nav: Vec<NavItem>,
    /// Goes into every form.
    pub csrf: String,
    /// Of this reply's content security policy.
    pub nonce: String,
    /// Shown on error pages.
    pub request_id: String,
    /// What just happened.
    pub notice: Option<Notice>,
    /// In a new house, for whoever sets it up: how far it is, and what comes next.
    pub start: Option<StartBar>,
    /// Whether the reader may have tokens for the API, so that its documents help.
    pub api_documents: bool,
}

/// How far a new house is, on every page but that of the start itself.
#[derive(Clone, Debug)]
pub struct StartBar {
    /// "3 of 10 steps are done."
    pub sentence: String,
    /// The step that is next, where it is the reader's move.
    pub next: Option<Link>,
}

/// A place in the service navigation.
#[derive(Clone, Debug)]
pub struct NavItem {
    /// What it is called.
    pub text: String,
    /// Where it is.
    pub href: String,
    /// Whether this page is there.
    pub current: bool,
}

/// What just happened.
#[derive(Clone, Debug)]
pub struct Notice {
    /// `done`, `heed` or `trouble`.
    pub kind: String,
    /// In words.
    pub text: String,
}

/// A link in a list.
#[derive(Clone, Debug)]
pub struct Link {
    /// What it says.
    pub text: String,
    /// Where it goes.
    pub href: String,
}

impl Link {
    /// A link.
    pub fn new(text: impl Into<String>, href: impl Into<String>) -> Self {
        Self {
            text: text.into(),
            href: href.into(),
        }
    }

    /// The page that this leads to the table of, as a PDF, where it can be had as one.
    pub fn as_pdf(&self) -> Option<Self> {
        let (path, query) = self.parts();
        let stem = path.strip_suffix(".csv").filter(|page| has_pdf(page))?;
        Some(Self::new(
            "Download this page as PDF",
            format!("{stem}.pdf{query}"),
        ))
    }

    /// The path, and the query with its mark.
    fn parts(&self) -> (&str, &str) {
        let end = self.href.find('?').unwrap_or(self.href.len());
        self.href.split_at(end)
    }

    /// The same table as a workbook, where this leads to one as CSV. A format of its own stays what it is.
    pub fn as_workbook(&self) -> Option<Self> {
        let (path, query) = self.parts();
        let stem = path.strip_suffix(".csv")?;
        if stem.ends_with("/360giving") || !self.text.contains("CSV") {
            return None;
        }
        Some(Self::new(
            self.text.replace("CSV", "XLSX"),
            format!("{stem}.xlsx{query}"),
        ))
    }
}

const SPEND_LOOKERS: &[Role] = &[
    Role::GrantsOfficer,
    Role::FinanceOfficer,
    Role::Certifier,
    Role::Auditor,
    Role::Administrator,
];
/// Those who ask about figures, and those who answer.
const ON_QUESTIONS: &[Role] = &[
    Role::FundersOfficer,
    Role::GrantsOfficer,
    Role::FinanceOfficer,
];
const BOARDS: &[Role] = &[Role::Trustee, Role::CommitteeMember];
const ADMINISTRATION: &[Role] = &[Role::Administrator, Role::Auditor];

impl PageFrame {
    /// The frame of a page in a request.
    pub async fn of(house: &House, title: &str) -> Result<Self, crate::http::Fault> {
        let organisation_name = match settings::home(&house.db).await? {
            Some(home) => organisations::view::name(&house.db, home).await?,
            None => String::new(),
        };
        let mut frame = Self::bare(title, &house.stamp, Some(&house.caller), &house.path);
        frame.organisation_name = organisation_name;
        frame.start = start_bar(house).await?;
        Ok(frame)
    }

    /// The same with a notice of what just happened.
    #[must_use]
    pub fn with_notice(mut self, kind: &str, text: impl Into<String>) -> Self {
        self.notice = Some(Notice {
            kind: kind.to_owned(),
            text: text.into(),
        });
        self
    }

    /// A frame without looking anything up.
    pub(crate) fn bare(title: &str, stamp: &Stamp, caller: Option<&Caller>, path: &str) -> Self {
        let actor = caller.map(|caller| &caller.actor);
        let person_name = match actor {
            Some(Actor::Person(person)) => Some(person.display_name.clone()),
            _ => None,
        };
        Self {
            title: title.to_owned(),
            organisation_name: String::new(),
            person_name,
            by_link: match actor {
                Some(Actor::Guest(guest)) => Some(words::date(guest.ends_on)),
                _ => None,
            },
            nav: actor.map(|actor| nav(actor, path)).unwrap_or_default(),
            csrf: caller.map(|caller| caller.csrf.clone()).unwrap_or_default(),
            nonce: stamp.nonce.clone(),
            request_id: stamp.request_id.clone(),
            notice: None,
            start: None,
            api_documents: actor
                .is_some_and(|actor| SPEND_LOOKERS.iter().any(|role| actor.holds(*role))),
        }
    }
}

async fn start_bar(house: &House) -> Result<Option<StartBar>, crate::http::Fault> {
    let reads = house.ctx.require(Operation::ReadStart).is_ok();
    if !reads || house.path == "/start" || start::view::is_over(&house.db).await? {
        return Ok(None);
    }
    let found = start::view::start(&house.db, &house.ctx).await?;
    let next = found.next();
    Ok(Some(StartBar {
        sentence: format!("{} of {} steps are done.", found.done, found.of),
        next: next
            .filter(|step| step.mine)
            .map(|step| Link::new(step.title.clone(), step.path.clone())),
    }))
}

fn nav(actor: &Actor, path: &str) -> Vec<NavItem> {
    let guest = match actor {
        Actor::Person(_) => false,
        Actor::Guest(_) => true,
        Actor::Nobody | Actor::System(_) => return Vec::new(),
    };
    let holds = |roles: &[Role]| roles.iter().any(|role| actor.holds(*role));
    let spend = holds(SPEND_LOOKERS);
    let inside = spend || holds(BOARDS);
    let questions = holds(ON_QUESTIONS);
    [
        ("Today", "/", true),
        ("Deadlines", "/deadlines", true),
        ("Our money", "/our-money", inside),
        ("Decisions", "/decisions", inside),
        ("Returns", "/returns", true),
        ("Questions", "/questions", questions),
        (
            "Shared documents",
            "/shared-documents",
            guest || actor.holds(Role::FundersOfficer),
        ),
        ("Forms", "/forms", spend),
        ("Awards", "/awards", true),
        ("Applications", "/applications", !guest),
        ("Programmes", "/programmes", inside),
        ("Pools", "/pools", inside),
        ("Funding grid", "/funding-grid", inside),
        ("Commitments", "/commitments", inside),
        ("Spend", "/spend", spend),
        ("Imports", "/imports", spend),
        ("People", "/people", holds(ADMINISTRATION)),
        ("Outbox", "/outbox", actor.holds(Role::Administrator)),
        ("Operations", "/operations", holds(ADMINISTRATION)),
    ]
    .into_iter()
    .filter(|(_, _, shown)| *shown)
    .map(|(text, href, _)| NavItem {
        text: text.to_owned(),
        href: href.to_owned(),
        current: if href == "/" {
            path == "/"
        } else {
            path.starts_with(href)
        },
    })
    .collect()
}
