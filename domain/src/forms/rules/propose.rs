//! What a funder's workbook seems to ask: its cells for answers as fields, each with a label, a
//! kind, a locator, and what may fill it.

use std::collections::{BTreeMap, HashMap, HashSet};

use entity::FieldKind;
use workbook::survey::{Input, Shape, Survey, Wants, Why};

use super::sources::Vocabulary;
use super::spec::{FieldSpec, Rounding, Unit};
use super::suggest::{Around, Guesser, says};

/// What a workbook seems to ask.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Proposal {
    /// Its sheets that ask something, in order.
    pub sections: Vec<String>,
    /// The fields, in the form's order.
    pub fields: Vec<Proposed>,
    /// What was noticed on the way, as sentences.
    pub notes: Vec<String>,
}

/// A field as it is proposed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Proposed {
    /// The field.
    pub spec: FieldSpec,
    /// The sheet that its locator leads to.
    pub sheet: String,
    /// The cell that its locator leads to.
    pub cell: String,
    /// Fields of one row, or of one column of a list, are settled together.
    pub bundle: String,
    /// Why the cell was taken for an answer.
    pub why: String,
    /// Why this binding is suggested; empty where none is.
    pub reason: String,
    /// What a person should look at.
    pub attention: Vec<String>,
    /// What stands there in the copy.
    pub example: String,
    /// What the form calls its row, its column, and what stands above it.
    pub words: (String, Vec<String>, String),
}

/// Proposes the fields of a form.
#[must_use]
pub fn propose(survey: &Survey, vocabulary: &Vocabulary) -> Proposal {
    let quarters = quarters(survey);
    let columns = columns(survey);
    let mut guesser = Guesser::new(vocabulary);
    let mut keys = HashSet::new();
    let mut proposal = Proposal {
        notes: notes(survey),
        ..Proposal::default()
    };
    for input in &survey.inputs {
        if !proposal.sections.contains(&input.sheet) {
            proposal.sections.push(input.sheet.clone());
        }
        let label = label(input);
        let (kind, choices, mut attention) = kind(input, &label);
        let place = (input.sheet.clone(), input.row, input.col);
        let guess = guesser.guess(&Around {
            input,
            label: &label,
            kind,
            choices: choices.as_deref().unwrap_or_default(),
            quarter: quarters.get(&place).copied(),
            column: columns.get(&place).copied().unwrap_or(1),
        });
        let (binding, reason) = match guess {
            Some(guess) => {
                if !guess.doubt.is_empty() {
                    attention.push(guess.doubt);
                }
                (Some(guess.binding), guess.reason)
            }
            None => {
                if kind == FieldKind::Money {
                    attention.push(
                        "Say where this amount comes from, or keep it for a person to answer."
                            .to_owned(),
                    );
                }
                (None, String::new())
            }
        };
        let (unit, rounding) = unit(kind, input, &label);
        let required = required(input, kind, &label);
        proposal.fields.push(Proposed {
            spec: FieldSpec {
                key: key_of(&input.sheet, &label, &mut keys),
                section: input.sheet.clone(),
                guidance: guidance(input, &label),
                label,
                kind,
                at: input.at.clone(),
                required,
                word_limit: (kind == FieldKind::Text)
                    .then(|| input.word_limit.and_then(|limit| i32::try_from(limit).ok()))
                    .flatten(),
                choices,
                unit,
                rounding,
                binding,
            },
            sheet: input.sheet.clone(),
            cell: input.cell.clone(),
            bundle: bundle(input),
            why: why(&input.why),
            reason,
            attention,
            example: input.example.chars().take(500).collect(),
            words: (
                input.row_label.clone(),
                input.heads.clone(),
                input.title.clone(),
            ),
        });
    }
    proposal
}

fn notes(survey: &Survey) -> Vec<String> {
    let mut notes: Vec<String> = survey
        .cut
        .iter()
        .map(|cut| {
            format!(
                "“{}” has {} rows alike from row {}; the first {} are proposed. Add a cell yourself if you need more.",
                cut.sheet, cut.rows, cut.first_row, cut.told
            )
        })
        .collect();
    notes.extend(survey.copy_notes.iter().cloned());
    if survey.beyond > 0 {
        notes.push(format!(
            "{} more cells were left out: a form has at most {} fields.",
            survey.beyond,
            workbook::survey::MOST_INPUTS
        ));
    }
    notes
}

fn why(reasons: &[Why]) -> String {
    let words: Vec<&str> = reasons
        .iter()
        .map(|why| match why {
            Why::Open => "the form leaves it open",
            Why::Validation => "it has a rule of its own",
            Why::Name => "it has a name",
            Why::Table => "it is in a table",
            Why::Markers => "it stands between markers",
            Why::Beside => "it is empty beside a label",
            Why::Placeholder => "it says that something is to be chosen",
            Why::Differs => "the copy has an answer there",
        })
        .collect();
    let mut text = words.join("; ");
    if let Some(first) = text.get(..1) {
        let upper = first.to_uppercase();
        text.replace_range(..1, &upper);
    }
    text.push('.');
    text
}

/// The quarter of each cell of a grid by quarters: its place among those of its row.
fn quarters(survey: &Survey) -> HashMap<(String, u32, u32), u16> {
    let mut rows: BTreeMap<(&str, u32), Vec<u32>> = BTreeMap::new();
    for input in &survey.inputs {
        if is_quarter(&input.heads) {
            rows.entry((&input.sheet, input.row))
                .or_default()
                .push(input.col);
        }
    }
    rows.into_iter()
        .filter(|(_, columns)| columns.len() >= 3)
        .flat_map(|((sheet, row), columns)| {
            (1u16..)
                .zip(columns)
                .map(move |(n, col)| ((sheet.to_owned(), row, col), n))
        })
        .collect()
}

fn columns(survey: &Survey) -> HashMap<(String, u32, u32), u16> {
    let mut rows: BTreeMap<(&str, u32), Vec<u32>> = BTreeMap::new();
    for input in &survey.inputs {
        rows.entry((&input.sheet, input.row))
            .or_default()
            .push(input.col);
    }
    rows.into_iter()
        .flat_map(|((sheet, row), columns)| {
            (1u16..)
                .zip(columns)
                .map(move |(n, col)| ((sheet.to_owned(), row, col), n))
        })
        .collect()
}

const MONTHS: &[&str] = &[
    "jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec",
];
const MONTH_NAMES: &[&str] = &[
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
];

/// Whether headings name a quarter: "Quarter 6", "Q2 2026-27", "(Apr to Jun)".
fn is_quarter(heads: &[String]) -> bool {
    heads.iter().any(|head| {
        if says(head, &["total", "totals", "this quarter", "to date", "cumulative", "last quarter"]) {
            return false;
        }
        let lower = head.to_lowercase();
        let words: Vec<&str> = lower
            .split(|c: char| !c.is_alphanumeric())
            .filter(|word| !word.is_empty())
            .collect();
        let numbered = words.windows(2).any(|pair| {
            matches!(pair, [word, number] if (*word == "quarter" || *word == "qtr") && number.chars().all(|c| c.is_ascii_digit()))
        });
        let short = words
            .iter()
            .any(|word| matches!(*word, "q1" | "q2" | "q3" | "q4"));
        numbered || short || is_three_months(&words)
    })
}

/// "Apr to Jun": from one month to the next but one.
fn is_three_months(words: &[&str]) -> bool {
    let months: Vec<usize> = words
        .iter()
        .filter_map(|word| {
            let start = word.get(..3)?;
            MONTHS.iter().position(|month| *month == start).filter(|_| {
                MONTH_NAMES.iter().any(|name| name.starts_with(word)) || *word == "sept"
            })
        })
        .collect();
    matches!(months.as_slice(), [from, to] if from.saturating_add(2).rem_euclid(12) == *to)
}

fn tidy(text: &str) -> String {
    let mut text = text.trim().to_owned();
    // "(250 words at most)" is told as a limit.
    if let Some((before, inside)) = text.rsplit_once('(')
        && inside.trim_end().ends_with(')')
        && inside.to_lowercase().contains("word")
    {
        text = before.trim().to_owned();
    }
    text.trim_end_matches(['*', ':', ' ', '-'])
        .trim()
        .to_owned()
}

fn label(input: &Input) -> String {
    let mut heads: Vec<String> = input.heads.iter().map(|head| tidy(head)).collect();
    if heads.len() > 1 {
        heads.retain(|head| {
            !matches!(
                head.to_lowercase().as_str(),
                "actual" | "forecast" | "actual or forecast"
            )
        });
    }
    heads.dedup();
    let heads = heads.join(", ");
    let row = tidy(&input.row_label);
    let title = tidy(&input.title);
    let mut label = match (row.is_empty(), heads.is_empty(), title.is_empty()) {
        (false, true, _) => row,
        (false, false, _) => format!("{row}: {heads}"),
        (true, false, _) => heads,
        (true, true, false) => title,
        (true, true, true) => format!("Cell {}", input.cell),
    };
    if input.row_label.is_empty()
        && let Some(n) = input.row_in_run
    {
        label.push_str(&format!(", row {n}"));
    }
    label.chars().take(200).collect()
}

fn guidance(input: &Input, label: &str) -> Option<String> {
    let mut parts: Vec<String> = Vec::new();
    let mut say = |text: &str| {
        let text = text.trim();
        if !text.is_empty() && text != label && !parts.iter().any(|part| part == text) {
            parts.push(text.to_owned());
        }
    };
    say(&input.guidance);
    if let Some(rule) = &input.rule {
        if let Some(most) = rule.most_characters {
            say(&format!("At most {most} characters."));
        } else {
            say(&rule.message);
        }
    }
    let text: String = parts.join(" ").chars().take(1_000).collect();
    (!text.is_empty()).then_some(text)
}

const MONEY_WORDS: &[&str] = &[
    "amount",
    "spend",
    "spent",
    "expenditure",
    "cost",
    "costs",
    "funding",
    "funds",
    "grant",
    "budget",
    "underspend",
    "overspend",
    "income",
    "price",
    "awarded",
    "received",
    "contribution",
    "obligations",
    "obligation",
];

fn speaks_of_money(input: &Input, label: &str) -> bool {
    let all = format!("{label} {}", input.group);
    all.contains('£') || says(&all, MONEY_WORDS)
}

fn counts_people(label: &str) -> bool {
    says(
        label,
        &[
            "number of",
            "people",
            "persons",
            "how many",
            "no of",
            "households",
            "count",
        ],
    )
}

/// What kind of answer a cell takes, its choices, and what a person should look at.
fn kind(input: &Input, label: &str) -> (FieldKind, Option<Vec<String>>, Vec<String>) {
    let mut attention = Vec::new();
    let money = |input: &Input| match input.shape {
        Shape::Money | Shape::Thousands => true,
        Shape::Percent => false,
        _ => speaks_of_money(input, label) && !counts_people(label),
    };
    let number_or_money = |input: &Input| {
        if money(input) {
            FieldKind::Money
        } else {
            FieldKind::Number
        }
    };
    if let Some(rule) = &input.rule {
        match rule.wants {
            Wants::List => {
                if rule.depends {
                    attention.push(
                        "Its list is empty until something else on the form is answered, so it is proposed as text."
                            .to_owned(),
                    );
                    return (FieldKind::Text, None, attention);
                }
                if rule.more_choices > 0 {
                    attention.push(format!(
                        "Its list has {} choices, too many to show; it is proposed as text.",
                        rule.more_choices.saturating_add(rule.choices.len())
                    ));
                    return (FieldKind::Text, None, attention);
                }
                if let Some(words) = yes_and_no(&rule.choices) {
                    return (FieldKind::YesNo, Some(words), attention);
                }
                return (FieldKind::Choice, Some(rule.choices.clone()), attention);
            }
            Wants::Date => return (FieldKind::Date, None, attention),
            Wants::Time | Wants::Text => return (FieldKind::Text, None, attention),
            Wants::Whole | Wants::Decimal => return (number_or_money(input), None, attention),
            Wants::Custom => {}
        }
    }
    let kind = match input.shape {
        Shape::Date => FieldKind::Date,
        Shape::Money | Shape::Thousands => FieldKind::Money,
        Shape::Text => FieldKind::Text,
        Shape::Percent => {
            attention.push(
                "It is shown as a share of a hundred. Check what is to be written.".to_owned(),
            );
            FieldKind::Number
        }
        Shape::Number => number_or_money(input),
        Shape::General => {
            let stood = if input.example.is_empty() {
                &input.value
            } else {
                &input.example
            };
            let is_number = !stood.is_empty()
                && stood.chars().any(|c| c.is_ascii_digit())
                && stood
                    .chars()
                    .all(|c| c.is_ascii_digit() || matches!(c, '.' | '-' | ','));
            if is_number {
                number_or_money(input)
            } else if stood.is_empty()
                && says(label, &["date"])
                && !says(label, &["to date", "up to date"])
            {
                FieldKind::Date
            } else if stood.is_empty() && label.contains('£') {
                FieldKind::Money
            } else {
                FieldKind::Text
            }
        }
    };
    (kind, None, attention)
}

/// The two words of a question that takes yes or no.
fn yes_and_no(choices: &[String]) -> Option<Vec<String>> {
    let [a, b] = choices else { return None };
    let is = |text: &str, wanted: &str| text.eq_ignore_ascii_case(wanted);
    let short = |text: &str, wanted: &str| text.eq_ignore_ascii_case(&wanted[..1]);
    if is(a, "yes") && is(b, "no") || short(a, "yes") && short(b, "no") {
        Some(vec![a.clone(), b.clone()])
    } else if is(a, "no") && is(b, "yes") || short(a, "no") && short(b, "yes") {
        Some(vec![b.clone(), a.clone()])
    } else {
        None
    }
}

fn unit(kind: FieldKind, input: &Input, label: &str) -> (Option<Unit>, Option<Rounding>) {
    if kind != FieldKind::Money {
        return (None, None);
    }
    let thousands = input.shape == Shape::Thousands
        || says(label, &["thousand", "thousands", "000s", "k"])
        || label.contains("£k")
        || label.contains("£000");
    let whole = input
        .rule
        .as_ref()
        .is_some_and(|rule| rule.wants == Wants::Whole);
    match (thousands, whole) {
        (true, true) => (Some(Unit::Thousands), Some(Rounding::Thousands)),
        (true, false) => (Some(Unit::Thousands), Some(Rounding::Pence)),
        (false, true) => (Some(Unit::Pounds), Some(Rounding::Pounds)),
        (false, false) => (Some(Unit::Pounds), Some(Rounding::Pence)),
    }
}

/// Whether a field must be answered: as the form counts it, or as its words say.
fn required(input: &Input, kind: FieldKind, label: &str) -> bool {
    let all = format!("{label} {}", input.guidance);
    if says(
        &all,
        &[
            "optional",
            "if any",
            "if applicable",
            "if relevant",
            "where applicable",
        ],
    ) {
        return false;
    }
    if let Some(counted) = input.counted {
        return counted;
    }
    if input.row_label.trim_end().ends_with('*') || says(&all, &["mandatory", "required"]) {
        return true;
    }
    if input.row_in_run.is_some_and(|row| row > 1) {
        return false;
    }
    let asks_only_if = says(
        label,
        &[
            "if",
            "any other",
            "other comments",
            "further",
            "explain",
            "explanation",
            "additional",
        ],
    );
    !(asks_only_if && kind == FieldKind::Text)
}

/// Which fields are settled together: those of a row; in a list of rows alike, those of a column.
fn bundle(input: &Input) -> String {
    match (input.row_in_run, input.row_label.is_empty()) {
        (Some(n), true) => format!(
            "{}!c{}r{}",
            input.sheet,
            input.col,
            input.row.saturating_sub(n.saturating_sub(1))
        ),
        _ => format!("{}!r{}", input.sheet, input.row),
    }
}

/// A key from a section and a label, as no other field has it.
pub fn key_of(section: &str, label: &str, taken: &mut HashSet<String>) -> String {
    let slug = |text: &str, most: usize| {
        let mut out = String::new();
        for c in text.to_lowercase().chars() {
            if c.is_ascii_alphanumeric() {
                out.push(c);
            } else if !out.ends_with('-') && !out.is_empty() {
                out.push('-');
            }
            if out.len() >= most {
                break;
            }
        }
        out.trim_matches('-').to_owned()
    };
    let section = match slug(section, 24) {
        empty if empty.is_empty() => "form".to_owned(),
        section => section,
    };
    let label = match slug(label, 44) {
        empty if empty.is_empty() => "field".to_owned(),
        label => label,
    };
    let base = format!("{section}.{label}");
    let mut key = base.clone();
    let mut n = 2u32;
    while !taken.insert(key.clone()) {
        key = format!("{base}-{n}");
        n = n.saturating_add(1);
    }
    key
}
