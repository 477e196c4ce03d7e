//! What an answer must be: the cell's validation, limits on its words, and whether the form counts
//! it as missing.

use std::collections::HashSet;

use super::labels::Words;
use super::page::Page;
use super::{Rule, Wants};
use crate::address::{Cell, Rect};
use crate::calc::engine::Engine;
use crate::calc::model::Model;
use crate::fill::offered;
use crate::formula::{self, Uses};
use crate::open::Refused;
use crate::open::validations::{Operator, Validation, Wanted};

/// The most choices of a list that are told.
const MOST_CHOICES: usize = 400;

/// What the validation of a cell wants.
pub(super) fn rule(
    page: &Page<'_>,
    engine: &mut Engine<'_>,
    at: Cell,
) -> Result<Option<Rule>, Refused> {
    let Some(validation) = validation(page, at) else {
        return Ok(None);
    };
    let mut rule = Rule {
        wants: match validation.wanted {
            Wanted::Whole => Wants::Whole,
            Wanted::Decimal => Wants::Decimal,
            Wanted::List => Wants::List,
            Wanted::Date => Wants::Date,
            Wanted::Time => Wants::Time,
            Wanted::TextLength => Wants::Text,
            Wanted::Any | Wanted::Custom => Wants::Custom,
        },
        message: [&validation.prompt, &validation.message]
            .into_iter()
            .find(|text| !text.trim().is_empty())
            .map(|text| text.split_whitespace().collect::<Vec<_>>().join(" "))
            .unwrap_or_default(),
        ..Rule::default()
    };
    if rule.wants == Wants::List {
        let mut choices = offered(engine, page.sheet, at, validation).unwrap_or_default();
        choices
            .retain(|choice| choice.chars().any(char::is_alphanumeric) && !is_placeholder(choice));
        let mut seen = HashSet::new();
        choices.retain(|choice| seen.insert(choice.clone()));
        rule.depends = choices.is_empty();
        rule.more_choices = choices.len().saturating_sub(MOST_CHOICES);
        choices.truncate(MOST_CHOICES);
        rule.choices = choices;
    }
    if rule.wants == Wants::Text {
        let most = match validation.operator {
            Operator::Between => &validation.formula2,
            Operator::LessOrEqual | Operator::Less | Operator::Equal => &validation.formula1,
            _ => "",
        };
        rule.most_characters = most.trim().parse::<u32>().ok().map(|most| {
            if validation.operator == Operator::Less {
                most.saturating_sub(1)
            } else {
                most
            }
        });
    }
    Ok(Some(rule))
}

fn validation<'a>(page: &'a Page<'_>, at: Cell) -> Option<&'a Validation> {
    page.tail
        .validations
        .iter()
        .find(|v| v.wanted != Wanted::Any && v.areas.iter().any(|area| area.contains(at)))
}

/// Whether a choice only says that one is to be made.
pub(super) fn is_placeholder(text: &str) -> bool {
    let bare: String = text
        .chars()
        .filter(|c| c.is_alphabetic() || *c == ' ')
        .collect::<String>()
        .to_lowercase();
    let bare = bare.trim();
    bare == "select"
        || bare == "choose"
        || [
            "please select",
            "select an option",
            "choose an option",
            "please choose",
            "select from",
            "choose from",
            "choose one",
            "select one",
        ]
        .iter()
        .any(|start| bare.starts_with(start))
}

/// The most words that the form allows: in its rule, in its words, or under the box.
pub(super) fn word_limit(page: &Page<'_>, at: Cell, words: &Words) -> Option<u32> {
    if let Some(validation) = validation(page, at) {
        let text: String = validation
            .formula1
            .chars()
            .filter(|c| !c.is_whitespace())
            .collect::<String>()
            .to_ascii_uppercase();
        // Words are counted as spaces and one.
        if text.contains("SUBSTITUTE(") && text.contains("LEN(") {
            let (mark, less) = if text.contains("<=") {
                ("<=", 0)
            } else {
                ("<", 1)
            };
            if let Some(limit) = text
                .rsplit_once(mark)
                .and_then(|(_, limit)| limit.trim_end_matches(')').parse::<u32>().ok())
            {
                return Some(limit.saturating_sub(less)).filter(|limit| *limit > 0);
            }
        }
        for said in [&validation.prompt, &validation.message] {
            if let Some(limit) = words_in(said) {
                return Some(limit);
            }
        }
    }
    let head = words.heads.last().map(String::as_str).unwrap_or_default();
    [&words.row_label, &words.title, &words.guidance]
        .into_iter()
        .map(String::as_str)
        .chain([head])
        .find_map(words_in)
}

/// "(250 words at most)": 250. A length that is only suggested is no limit.
fn words_in(text: &str) -> Option<u32> {
    let lower = text.to_lowercase();
    let tokens: Vec<&str> = lower
        .split(|c: char| !c.is_alphanumeric() && c != ',')
        .filter(|token| !token.is_empty())
        .collect();
    tokens.windows(2).enumerate().find_map(|(n, pair)| {
        let number: u32 = pair[0].replace(',', "").parse().ok()?;
        let is_words = pair[1] == "words" || pair[1] == "word";
        let suggested = tokens
            .iter()
            .skip(n + 2)
            .take(2)
            .any(|token| *token == "suggested" || *token == "minimum");
        (is_words && !suggested && number >= 5).then_some(number)
    })
}

/// Cells whose emptiness a formula counts.
#[derive(Debug, Default)]
pub(super) struct Counted {
    rects: Vec<(usize, Rect)>,
}

impl Counted {
    pub fn counts_on(&self, sheet: usize) -> bool {
        self.rects.iter().any(|(on, _)| *on == sheet)
    }

    pub fn counts(&self, sheet: usize, at: Cell) -> bool {
        self.rects
            .iter()
            .any(|(on, rect)| *on == sheet && rect.contains(at))
    }
}

/// What formulas with COUNTBLANK count.
pub(super) fn counted(model: &Model<'_>) -> Counted {
    let mut counted = Counted::default();
    for id in 0..u32::try_from(model.len()).unwrap_or(0) {
        let Some((sheet, grid, record, cell)) = model.record(id) else {
            continue;
        };
        let text = grid.formula_text(record);
        if !text.to_ascii_uppercase().contains("COUNTBLANK(") {
            continue;
        }
        if let Some(formula) = model.formula(id) {
            let mut uses = Uses::default();
            formula::uses(&formula, model.book, sheet, cell.at, &mut uses);
            counted.rects.extend(uses.rects);
        }
        if counted.rects.len() > 20_000 {
            break;
        }
    }
    counted
}
