//! What an application asks for and says, and what stands in the way of sending it.

use std::collections::BTreeSet;

use chrono::NaiveDate;
use entity::{Money, StageKind};

use crate::FieldError;
use crate::awards::rules::is_amount;
use crate::calendar::rules::{implausible, is_plausible};
use crate::returns::rules::answers::words;

/// Most budget lines of an application.
pub const MOST_LINES: usize = 200;
/// Most questions.
pub const MOST_QUESTIONS: usize = 200;
/// Most documents.
pub const MOST_DOCUMENTS: usize = 50;
/// Most tasks.
pub const MOST_TASKS: usize = 200;

/// A budget line of a year, as its rules see it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Asked<'a> {
    /// First London date of the year.
    pub year_from: NaiveDate,
    /// The budget line.
    pub label: &'a str,
    /// Capital, or revenue.
    pub capital: bool,
    /// Pence.
    pub amount: Money,
}

/// What is wrong with budget lines: each once, each an amount.
#[must_use]
pub fn check_lines(lines: &[Asked<'_>]) -> Vec<FieldError> {
    if lines.len() > MOST_LINES {
        return vec![FieldError::new(
            "/lines",
            "too-many",
            format!("An application has at most {MOST_LINES} budget lines."),
        )];
    }
    let mut wrong = Vec::new();
    let mut seen = BTreeSet::new();
    for (index, line) in lines.iter().enumerate() {
        let mut say = |field: &str, code: &str, detail: &str| {
            wrong.push(FieldError::new(
                format!("/lines/{index}/{field}"),
                code,
                detail,
            ));
        };
        if !is_amount(line.amount) || line.amount == Money::ZERO {
            say(
                "amount_pence",
                "out-of-range",
                "Enter an amount of more than nothing and at most a trillion pounds.",
            );
        }
        if !is_plausible(line.year_from) {
            say(
                "year_from",
                "not-plausible",
                "Enter a year between 1990 and 2199.",
            );
        }
        let label = line.label.trim();
        if label.is_empty() {
            say("label", "required", "Say what the line is for.");
        } else if !seen.insert((line.year_from, label.to_lowercase(), line.capital)) {
            say(
                "label",
                "twice",
                "This line is there already for that year: put both into one.",
            );
        }
    }
    wrong
}

/// What is asked for in all; nothing when it fits no number.
#[must_use]
pub fn total(amounts: impl IntoIterator<Item = Money>) -> Option<Money> {
    Money::sum(amounts)
}

/// What is wrong with the window that is asked for.
#[must_use]
pub fn check_window(starts_on: Option<NaiveDate>, ends_on: Option<NaiveDate>) -> Vec<FieldError> {
    let mut wrong = Vec::new();
    for (pointer, on) in [("/starts_on", starts_on), ("/ends_on", ends_on)] {
        if on.is_some_and(|on| !is_plausible(on)) {
            wrong.push(FieldError::new(
                pointer,
                "not-plausible",
                "Enter a date between 1990 and 2199.",
            ));
        }
    }
    if wrong.is_empty()
        && let (Some(starts), Some(ends)) = (starts_on, ends_on)
        && ends < starts
    {
        wrong.push(FieldError::new(
            "/ends_on",
            "before-start",
            "It ends on or after the day it starts.",
        ));
    }
    wrong
}

/// What is wrong with an offer's amounts and dates.
#[must_use]
pub fn check_offer(
    starts_on: NaiveDate,
    ends_on: NaiveDate,
    offered_on: NaiveDate,
    accept_by: NaiveDate,
    years: &[(NaiveDate, Money)],
) -> Vec<FieldError> {
    let mut wrong = check_window(Some(starts_on), Some(ends_on));
    for (pointer, on) in [("/offered_on", offered_on), ("/accept_by", accept_by)] {
        wrong.extend(implausible(pointer, on));
    }
    if wrong.is_empty() && accept_by < offered_on {
        wrong.push(FieldError::new(
            "/accept_by",
            "before-offer",
            "It must be accepted on or after the day on which it was offered.",
        ));
    }
    if years.is_empty() || years.len() > 30 {
        wrong.push(FieldError::new(
            "/years",
            "required",
            "Say how much is offered, by year: one year at least, 30 at most.",
        ));
    }
    let mut seen = BTreeSet::new();
    for (index, (from, amount)) in years.iter().enumerate() {
        if !is_amount(*amount) || *amount == Money::ZERO {
            wrong.push(FieldError::new(
                format!("/years/{index}/amount_pence"),
                "out-of-range",
                "Enter an amount of more than nothing and at most a trillion pounds.",
            ));
        }
        if !is_plausible(*from) || !seen.insert(*from) {
            wrong.push(FieldError::new(
                format!("/years/{index}/year_from"),
                "twice",
                "Enter each year once, between 1990 and 2199.",
            ));
        }
    }
    if total(years.iter().map(|(_, amount)| *amount)).is_none_or(|sum| !is_amount(sum)) {
        wrong.push(FieldError::new(
            "/years",
            "out-of-range",
            "Together that is more than a trillion pounds.",
        ));
    }
    wrong
}

/// A question with what is answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Posed<'a> {
    /// The question.
    pub text: &'a str,
    /// At which stage it is asked.
    pub stage: StageKind,
    /// What is answered; empty when nothing is.
    pub answer: &'a str,
    /// The most words that the funder reads.
    pub word_limit: Option<i32>,
    /// It must be answered.
    pub required: bool,
}

/// What the programme says of what may be asked, as far as it is recorded.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Programme {
    /// The least that may be asked for.
    pub smallest: Option<Money>,
    /// The most.
    pub largest: Option<Money>,
    /// It takes no applications any more.
    pub closed: bool,
}

/// Something to know before an application is sent.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, utoipa::ToSchema)]
pub struct Obstacle {
    /// Stable name, in kebab case.
    pub code: &'static str,
    /// What is wrong and what to do.
    pub detail: String,
    /// Whether it stands in the way; otherwise it is to be thought of.
    pub blocks: bool,
}

/// What stands in the way of sending a stage, and what to think of.
#[must_use]
pub fn obstacles(
    stage: StageKind,
    asked: Money,
    decided: Option<Money>,
    programme: Programme,
    questions: &[Posed<'_>],
) -> Vec<Obstacle> {
    let mut found = Vec::new();
    let mut say = |code: &'static str, blocks: bool, detail: String| {
        found.push(Obstacle {
            code,
            detail,
            blocks,
        });
    };
    // Who only says that they are interested need not know how much yet.
    if asked == Money::ZERO && stage >= StageKind::Expression {
        say(
            "nothing-asked",
            true,
            "Nothing is asked for yet: enter the budget.".to_owned(),
        );
    }
    match decided {
        None => say(
            "not-decided",
            true,
            "Nobody has decided to apply: record who did, when, and where it is minuted."
                .to_owned(),
        ),
        Some(then) if then != asked => say(
            "decided-otherwise",
            true,
            format!(
                "It was decided to ask for {}, and the budget now asks for {}: have that decided.",
                then.in_full(),
                asked.in_full()
            ),
        ),
        Some(_) => {}
    }
    for question in questions.iter().filter(|one| one.stage == stage) {
        let count = words(question.answer);
        if question.required && count == 0 {
            say(
                "unanswered",
                true,
                format!("“{}” is not answered.", question.text),
            );
        }
        let most = question
            .word_limit
            .and_then(|most| usize::try_from(most).ok());
        if let Some(most) = most
            && count > most
        {
            say(
                "too-long",
                true,
                format!(
                    "“{}” has {count} words, and the funder reads {most}.",
                    question.text
                ),
            );
        }
    }
    if let Some(least) = programme
        .smallest
        .filter(|least| Money::ZERO < asked && asked < *least)
    {
        say(
            "below-the-smallest",
            false,
            format!(
                "It asks for {}; the programme gives {} at least.",
                asked.in_full(),
                least.in_full()
            ),
        );
    }
    if let Some(most) = programme.largest.filter(|most| asked > *most) {
        say(
            "above-the-largest",
            false,
            format!(
                "It asks for {}; the programme gives {} at most.",
                asked.in_full(),
                most.in_full()
            ),
        );
    }
    if programme.closed {
        say(
            "closed",
            false,
            "The programme’s closing date has passed.".to_owned(),
        );
    }
    found
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    fn codes(wrong: &[FieldError]) -> Vec<String> {
        wrong
            .iter()
            .map(|one| format!("{} {}", one.pointer, one.code))
            .collect()
    }

    #[test]
    fn a_line_is_there_once_for_a_year() {
        let line = |year: &str, label: &'static str, capital, pounds: i64| Asked {
            year_from: day(year),
            label,
            capital,
            amount: Money(pounds * 100),
        };
        let right = [
            line("2027-04-01", "Staff", false, 1),
            line("2028-04-01", "Staff", false, 1),
            line("2027-04-01", "Staff", true, 1),
        ];
        assert!(check_lines(&right).is_empty());
        let wrong = [
            line("2027-04-01", "Staff", false, 1),
            line("2027-04-01", " staff ", false, 0),
            line("1927-04-01", " ", false, 1),
        ];
        assert_eq!(
            codes(&check_lines(&wrong)),
            [
                "/lines/1/amount_pence out-of-range",
                "/lines/1/label twice",
                "/lines/2/year_from not-plausible",
                "/lines/2/label required"
            ]
        );
    }

    #[test]
    fn an_offer_says_how_much_by_year_and_until_when() {
        let check = |accept: &str, years: &[(NaiveDate, Money)]| {
            codes(&check_offer(
                day("2027-04-01"),
                day("2028-03-31"),
                day("2027-01-10"),
                day(accept),
                years,
            ))
        };
        let none: Vec<String> = Vec::new();
        let year = (day("2027-04-01"), Money(100));
        assert_eq!(check("2027-02-10", &[year]), none);
        assert_eq!(check("2027-02-10", &[]), ["/years required"]);
        assert_eq!(check("2027-01-09", &[year]), ["/accept_by before-offer"]);
        assert_eq!(
            check("2027-02-10", &[year, year]),
            ["/years/1/year_from twice"]
        );
    }

    #[test]
    fn what_stands_in_the_way_is_told() {
        let question = |stage, answer, word_limit, required| Posed {
            text: "What will you do?",
            stage,
            answer,
            word_limit,
            required,
        };
        let told = |asked: i64, decided: Option<i64>, questions: &[Posed<'_>]| -> Vec<&str> {
            obstacles(
                StageKind::Outline,
                Money(asked),
                decided.map(Money),
                Programme {
                    smallest: Some(Money(50)),
                    largest: Some(Money(500)),
                    closed: false,
                },
                questions,
            )
            .into_iter()
            .map(|one| one.code)
            .collect()
        };
        let none: [&str; 0] = [];
        let fine = question(StageKind::Outline, "We meet. And eat.", Some(4), true);
        assert_eq!(told(100, Some(100), std::slice::from_ref(&fine)), none);
        assert_eq!(told(100, None, &[]), ["not-decided"]);
        assert_eq!(told(101, Some(100), &[]), ["decided-otherwise"]);
        assert_eq!(told(0, Some(0), &[]), ["nothing-asked"]);
        assert_eq!(told(49, Some(49), &[]), ["below-the-smallest"]);
        assert_eq!(told(501, Some(501), &[]), ["above-the-largest"]);
        assert_eq!(
            told(
                100,
                Some(100),
                &[
                    question(StageKind::Outline, " – ", None, true),
                    question(StageKind::Outline, "one two three", Some(2), false),
                    // asked later
                    question(StageKind::Full, "", None, true),
                    question(StageKind::Outline, "", Some(2), false),
                ]
            ),
            ["unanswered", "too-long"]
        );
    }
}
