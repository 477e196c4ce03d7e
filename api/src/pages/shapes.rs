//! The small shapes that several templates draw.

use domain::returns::view::DraftingProblem;

use super::{Link, words};

/// Something that happened.
#[derive(Clone, Debug, Default)]
pub struct Event {
    pub what: String,
    pub who: String,
    pub when: String,
    pub why: String,
}

/// A name and its value.
#[derive(Clone, Debug, Default)]
pub struct Fact {
    pub key: String,
    pub value: String,
    pub href: String,
}

impl Fact {
    pub fn new(key: impl Into<String>, value: impl Into<String>) -> Self {
        Self {
            key: key.into(),
            value: value.into(),
            href: String::new(),
        }
    }
}

/// Where to go on in a long list.
#[derive(Clone, Debug, Default)]
pub struct Pager {
    pub sentence: String,
    pub previous_href: String,
    pub next_href: String,
}

/// One of several to choose from.
#[derive(Clone, Debug, Default)]
pub struct Choice {
    pub value: String,
    pub text: String,
    pub hint: String,
    pub selected: bool,
}

impl Choice {
    pub fn new(value: &str, text: &str, chosen: &str) -> Self {
        Self {
            value: value.to_owned(),
            text: text.to_owned(),
            hint: String::new(),
            selected: value == chosen,
        }
    }
}

/// A line of a task list.
#[derive(Clone, Debug, Default)]
pub struct Section {
    pub name: String,
    pub href: String,
    pub hint: String,
    pub state: String,
    pub kind: String,
}

/// A return that is due and cannot be drafted, for whoever can mend that.
#[derive(Clone, Debug)]
pub struct Undrafted {
    pub title: String,
    pub href: String,
    pub why: String,
    pub since: String,
}

impl From<DraftingProblem> for Undrafted {
    fn from(problem: DraftingProblem) -> Self {
        Self {
            href: problem.return_id.map_or_else(
                || format!("/awards/{}", problem.award_id),
                |id| format!("/returns/{id}"),
            ),
            title: problem.title,
            why: problem.message,
            since: words::instant(&problem.since),
        }
    }
}

/// The one obvious next step.
#[derive(Clone, Debug, Default)]
pub struct Step {
    pub verb: String,
    pub href: String,
    pub is_post: bool,
    pub note: String,
}

/// The way to a return.
pub fn crumbs_to(title: &str, href: &str) -> Vec<Link> {
    vec![Link::new("Returns", "/returns"), Link::new(title, href)]
}
