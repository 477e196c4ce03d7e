//! What may fill a field, guessed from the words around it. Each guess says why, and whether a
//! person should look at it.

use std::collections::HashMap;

use entity::FieldKind;
use workbook::survey::Input;

use super::sources::{Details, Source, Vocabulary};
use super::{Binding, Filters};

mod words;

pub(super) use words::says;
use words::{WHOLE, named, telling, words_of};

/// A guess.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Guess {
    pub binding: Binding,
    /// Why, as a sentence.
    pub reason: String,
    /// What a person should look at; empty when the words leave little doubt.
    pub doubt: String,
}

/// What is known of a field when its binding is guessed.
pub(super) struct Around<'a> {
    pub input: &'a Input,
    pub label: &'a str,
    pub kind: FieldKind,
    pub choices: &'a [String],
    /// Its quarter of a grid, from 1.
    pub quarter: Option<u16>,
    /// Its place among the cells for answers of its row, from 1.
    pub column: u16,
}

/// Guesses, one field after the other: some depend on what came before.
pub(super) struct Guesser<'a> {
    vocabulary: &'a Vocabulary,
    signatures: HashMap<(String, &'static str), u16>,
    /// The organisation that was asked about last on a sheet.
    body: HashMap<String, &'static str>,
}

impl<'a> Guesser<'a> {
    pub fn new(vocabulary: &'a Vocabulary) -> Self {
        Self {
            vocabulary,
            signatures: HashMap::new(),
            body: HashMap::new(),
        }
    }

    /// What may fill a field; nothing where a person answers.
    pub fn guess(&mut self, around: &Around<'_>) -> Option<Guess> {
        let guess = match around.kind {
            FieldKind::Money => self.money(around),
            _ => self
                .signature(around)
                .or_else(|| of_match(around))
                .or_else(|| self.record(around)),
        }?;
        let source = Source::of_binding(&guess.binding)?;
        source.fits(around.kind).then_some(guess)
    }

    fn signature(&mut self, around: &Around<'_>) -> Option<Guess> {
        let place = format!("{} {}", around.input.sheet, around.input.group);
        let signs = [
            "sign",
            "signed",
            "signing",
            "signature",
            "signatures",
            "signatory",
            "declaration",
            "certification",
            "certificate",
            "certify",
            "sign off",
        ];
        // A sheet may be a statement as a whole; a part that is called so is what is signed.
        let signed = says(&place, &signs) || says(&around.input.group, &["statement"]);
        if !signed && !says(around.label, &["signatory", "signature", "signed"]) {
            return None;
        }
        let label = row_words(around);
        if says(
            &label,
            &["grant reference", "award reference", "agreement reference"],
        ) {
            return None;
        }
        let slug = match around.kind {
            FieldKind::YesNo => "signed-all",
            FieldKind::Date => "signed-date",
            _ if says(&label, &["email", "e mail"]) => "signed-email",
            _ if says(&label, &["reference"]) => "signed-reference",
            _ if says(
                &label,
                &[
                    "office",
                    "role",
                    "position",
                    "job title",
                    "title",
                    "post",
                    "capacity",
                ],
            ) =>
            {
                "signed-office"
            }
            _ if says(&label, &["date"]) => "signed-date",
            _ if says(&label, &["name"]) => "signed-name",
            _ => return None,
        };
        let row = if around.input.in_row > 1 {
            around.column
        } else {
            let seen = self
                .signatures
                .entry((around.input.sheet.clone(), slug))
                .or_default();
            *seen = seen.saturating_add(1);
            *seen
        };
        Some(Guess {
            binding: Source::from_slug(slug)?.binding(&Details {
                row: Some(row),
                ..Details::default()
            }),
            reason: format!(
                "It stands under “{}” and is called “{}”.",
                if around.input.group.is_empty() {
                    &around.input.sheet
                } else {
                    &around.input.group
                },
                around.label
            ),
            doubt: String::new(),
        })
    }

    /// A fact of the award, of an organisation or of the return.
    fn record(&mut self, around: &Around<'_>) -> Option<Guess> {
        let label = row_words(around);
        let place = format!("{} {}", around.input.sheet, around.input.group);
        let has = |phrases: &[&str]| says(&label, phrases);
        let offers = |wanted: &str| {
            around
                .choices
                .iter()
                .any(|choice| choice.to_lowercase().starts_with(wanted))
        };
        let risks = says(&place, &["risk", "risks", "issues", "mitigation"]);
        let projects = says(&place, &["projects", "project details"]);
        let slug = if around.kind == FieldKind::Date {
            match () {
                () if has(&["first quarter", "grid start", "first day"])
                    || around.input.at.to_lowercase().contains("grid_start") =>
                {
                    "grid-starts-on"
                }
                () if projects || risks => return None,
                () if has(&["due by", "due on", "due date", "deadline", "return by"]) => "due-on",
                () if has(&[
                    "grant starts",
                    "award starts",
                    "grant start",
                    "award start",
                    "start of grant",
                    "funding starts",
                    "starts on",
                    "start date",
                    "grant start date",
                ]) =>
                {
                    "award-starts-on"
                }
                () if has(&[
                    "grant ends",
                    "award ends",
                    "grant end",
                    "award end",
                    "end of grant",
                    "funding ends",
                    "ends on",
                    "end date",
                    "grant end date",
                ]) =>
                {
                    "award-ends-on"
                }
                () if has(&[
                    "period from",
                    "period start",
                    "period begins",
                    "start of period",
                    "reporting period start",
                    "from",
                ]) =>
                {
                    "period-from"
                }
                () if has(&[
                    "period to",
                    "period end",
                    "period ends",
                    "end of period",
                    "reporting period end",
                    "to",
                    "up to",
                ]) =>
                {
                    "period-to"
                }
                () => return None,
            }
        } else if offers("first submission")
            || has(&["resubmission"]) && around.kind == FieldKind::YesNo
        {
            "submission"
        } else if offers("quarter 1") || offers("q1") {
            "quarter-label"
        } else if offers("section 31") {
            "award-legal-basis"
        } else if risks || projects {
            return None;
        } else if has(&[
            "kind of body",
            "type of body",
            "type of organisation",
            "kind of organisation",
            "organisation type",
        ]) {
            "body-kind"
        } else if matches!(around.kind, FieldKind::Text | FieldKind::Choice) {
            let slug = self.text_record(&label, &place)?;
            if around.kind == FieldKind::Choice
                && !matches!(
                    slug,
                    "period-label"
                        | "quarter-label"
                        | "body-name"
                        | "award-title"
                        | "award-programme"
                        | "lead-name"
                        | "funder-name"
                )
            {
                return None;
            }
            slug
        } else {
            return None;
        };
        for (prefix, body) in [("body", "body"), ("lead", "lead")] {
            if slug.starts_with(prefix) {
                self.body.insert(around.input.sheet.clone(), body);
            }
        }
        Some(
            Guess {
                binding: Source::from_slug(slug)?.binding(&Details::default()),
                reason: format!("The form calls it “{}”.", around.label),
                doubt: if around.kind == FieldKind::Choice {
                    "Check that the form’s own list has these words.".to_owned()
                } else {
                    String::new()
                },
            }
            .unless_sure(&["quarter-label", "submission", "award-legal-basis"], slug),
        )
    }

    fn text_record(&self, label: &str, place: &str) -> Option<&'static str> {
        let has = |phrases: &[&str]| says(label, phrases);
        let contact = says(
            &format!("{place} {label}"),
            &[
                "contact",
                "contacts",
                "contact details",
                "who can we ask",
                "prepared by",
                "completed by",
                "your details",
                "organisation",
                "admin",
                "project admin",
            ],
        );
        Some(match () {
            () if has(&[
                "grant reference",
                "award reference",
                "grant number",
                "award number",
                "agreement number",
                "grant id",
                "award id",
                "funder reference",
                "our reference",
                "grant reference number",
                "reference number",
                "agreement reference",
            ]) =>
            {
                "award-reference"
            }
            () if has(&[
                "identifier",
                "charity number",
                "company number",
                "registered number",
                "organisation id",
                "org id",
                "registration number",
            ]) =>
            {
                match self.last_body(place) {
                    Some("lead") => "lead-org-id",
                    _ => "body-org-id",
                }
            }
            () if has(&[
                "lead organisation",
                "lead partner",
                "lead charity",
                "lead body",
            ]) =>
            {
                "lead-name"
            }
            () if has(&[
                "accountable body",
                "organisation name",
                "name of organisation",
                "name of your organisation",
                "local authority",
                "authority name",
                "name of authority",
                "council name",
                "grant recipient",
                "recipient name",
                "grantee",
                "lead authority",
                "name of local authority",
            ]) =>
            {
                "body-name"
            }
            () if has(&["email", "e mail", "email address"]) && contact => "preparer-email",
            () if has(&["telephone", "phone", "telephone number", "phone number"]) && contact => {
                "preparer-telephone"
            }
            () if has(&[
                "contact name",
                "name of contact",
                "who can we ask",
                "prepared by",
                "completed by",
                "name of person completing",
                "your name",
                "contact person",
                "best person to contact",
            ]) =>
            {
                "preparer-name"
            }
            () if has(&["address", "postal address"]) => "body-address",
            () if has(&[
                "title of the programme",
                "title of programme",
                "project title",
                "grant title",
                "award title",
                "title of the project",
                "project name",
                "name of project",
                "name of the project",
                "title of the grant",
                "name of grant",
            ]) =>
            {
                "award-title"
            }
            () if has(&[
                "programme name",
                "name of programme",
                "fund name",
                "name of the fund",
                "scheme",
                "funding programme",
            ]) =>
            {
                "award-programme"
            }
            () if has(&[
                "reporting period",
                "period covered",
                "period of this return",
                "reporting quarter",
            ]) || ["month", "quarter", "period"]
                .iter()
                .any(|alone| label.trim().eq_ignore_ascii_case(alone)) =>
            {
                "period-label"
            }
            () if has(&["due by", "due on", "due date", "return by"]) => "due-on",
            () if has(&["funder", "name of funder", "funder name"]) => "funder-name",
            () => return None,
        })
    }

    fn last_body(&self, place: &str) -> Option<&'static str> {
        self.body
            .iter()
            .find(|(sheet, _)| place.starts_with(sheet.as_str()))
            .map(|(_, body)| *body)
    }

    fn money(&self, around: &Around<'_>) -> Option<Guess> {
        let input = around.input;
        let row = format!("{} {}", input.row_label, input.title);
        let heads = input.heads.join(" ");
        let all = format!("{row} {heads} {}", input.group);
        let make = |slug: &str, details: &Details, reason: String, doubt: String| {
            Some(Guess {
                binding: Source::from_slug(slug)?.binding(details),
                reason,
                doubt,
            })
        };
        if let Some(quarter) = around.quarter {
            let is_match = says(&row, &["match", "matched", "match funding"]);
            let (mut filters, mut doubt) = if is_match {
                (Filters::default(), String::new())
            } else {
                self.counts(&row, false)
            };
            filters.capital = capital(&row).or_else(|| capital(&input.group));
            if filters.capital == Some(true) && filters.category.is_some() {
                if self.is_capital(filters.category.as_deref()) {
                    // The whole of the capital is told by that alone.
                    filters.category = None;
                } else if doubt.is_empty() {
                    doubt = "Check whether all capital counts here, or only this cost category."
                        .to_owned();
                }
            }
            let reason = format!(
                "Its heading is “{}”, one of the quarters of a grid{}.",
                input
                    .heads
                    .iter()
                    .rev()
                    .map(String::as_str)
                    .find(|head| !matches!(*head, "Actual" | "Forecast"))
                    .unwrap_or_default(),
                match filters.capital {
                    Some(true) => " of capital",
                    Some(false) => " of revenue",
                    None => "",
                }
            );
            let details = Details {
                filters,
                quarter: Some(quarter),
                ..Details::default()
            };
            let slug = if is_match { "grid-match" } else { "grid-spend" };
            return make(slug, &details, reason, doubt);
        }
        if let Some(guess) = of_match(around) {
            return Some(guess);
        }
        let fenced = says(
            &format!("{} {}", input.sheet, input.group),
            &[
                "ring fence",
                "ring fences",
                "ring fenced",
                "fence",
                "fences",
                "cap",
                "caps",
                "part of the grant",
                "each part of the grant",
            ],
        ) || says(&all, &["set by the agreement"]);
        let said = if says(&heads, PERIOD_WORDS) {
            heads.as_str()
        } else {
            all.as_str()
        };
        let (slug, because) = period_of(said, &all)?;
        let details_of = |fence| {
            let (filters, doubt) = self.counts(&row, fence);
            let details = Details {
                filters: Filters {
                    capital: capital(&row),
                    ..filters
                },
                ..Details::default()
            };
            (details, doubt)
        };
        let (mut details, doubt) = details_of(fenced);
        if details.filters.fence.is_some() || details.filters.category.is_some() {
            // A fence or a category says itself whether it is capital.
            details.filters.capital = None;
        }
        if matches!(
            slug,
            "award-amount" | "received" | "previous-forecast" | "headroom"
        ) && !fenced
        {
            details = Details::default();
            return make(slug, &details, because, String::new());
        }
        let mut binding = make(slug, &details, because, doubt)?;
        if slug == "award-amount" {
            // A fence's amount has no period.
            binding.binding.period = None;
        }
        Some(binding)
    }

    /// Whether a category's own name says that it is capital.
    fn is_capital(&self, slugs: Option<&[String]>) -> bool {
        slugs.is_some_and(|slugs| {
            self.vocabulary
                .categories
                .iter()
                .any(|named| slugs.contains(&named.slug) && says(&named.name, &["capital"]))
        })
    }

    /// What the words of a row count: a fence or a category, or everything.
    fn counts(&self, row: &str, fenced: bool) -> (Filters, String) {
        let which = "No part of the award and no cost category has the name of this row, so all of \
                     its spend is counted here. If only some of it should be, choose which below.";
        if telling(row).is_empty() {
            // "Treatment and recovery" is a part of the whole, though each of its words is general.
            let names_a_part = words_of(row)
                .iter()
                .any(|word| !WHOLE.contains(&word.as_str()) && !word.chars().all(char::is_numeric));
            let doubt = if names_a_part { which } else { "" };
            return (Filters::default(), doubt.to_owned());
        }
        let fence = named(&self.vocabulary.fences, row);
        let category = named(&self.vocabulary.categories, row);
        let close = |same: bool, name: &str| {
            if same {
                String::new()
            } else {
                format!("Check that “{}” is what the form means here.", name)
            }
        };
        match (fenced, fence, category) {
            (true, Some((named, same)), _) => (
                Filters {
                    fence: Some(named.slug.clone()),
                    ..Filters::default()
                },
                close(same, &named.name),
            ),
            (_, _, Some((named, same))) => (
                Filters {
                    category: Some(vec![named.slug.clone()]),
                    ..Filters::default()
                },
                close(same, &named.name),
            ),
            // Outside a table of fences the form may mean the costs and not the fence.
            (false, Some((named, _)), None) => (
                Filters {
                    fence: Some(named.slug.clone()),
                    ..Filters::default()
                },
                close(false, &named.name),
            ),
            _ => (Filters::default(), which.to_owned()),
        }
    }
}

impl Guess {
    fn unless_sure(mut self, sure: &[&str], slug: &str) -> Self {
        if sure.contains(&slug) {
            self.doubt.clear();
        }
        self
    }
}

/// What a field's row is called, or its column where rows have no names.
fn row_words(around: &Around<'_>) -> String {
    let input = around.input;
    if !input.row_label.is_empty() {
        input.row_label.clone()
    } else if !input.title.is_empty() {
        input.title.clone()
    } else {
        input.heads.join(" ")
    }
}

/// A fact of one row of a list of match funding.
fn of_match(around: &Around<'_>) -> Option<Guess> {
    let input = around.input;
    let place = format!("{} {}", input.sheet, input.group);
    let row = input.row_in_run?;
    if !says(&place, &["match", "match funding", "matched"]) {
        return None;
    }
    let head = input.heads.last()?;
    let slug = match () {
        () if says(head, &["evidence"]) => "match-evidence",
        () if says(head, &["cash", "in kind"]) => "match-cash-or-kind",
        () if says(head, &["secured", "confirmed"]) => "match-secured",
        () if says(head, &["kind", "type"]) => "match-kind",
        () if says(head, &["spent", "to date", "received"]) => "match-spent",
        () if says(head, &["agreed", "pledged", "amount", "total"]) => "match-agreed",
        () if says(head, &["source", "name", "funder", "organisation"]) => "match-source",
        () => return None,
    };
    Some(Guess {
        binding: Source::from_slug(slug)?.binding(&Details {
            row: u16::try_from(row).ok(),
            ..Details::default()
        }),
        reason: format!("It is “{head}” in a list of match funding."),
        doubt: String::new(),
    })
}

const PERIOD_WORDS: &[&str] = &[
    "this quarter",
    "this period",
    "this month",
    "in the quarter",
    "in the period",
    "year to date",
    "this financial year",
    "this year",
    "to date",
    "cumulative",
    "forecast",
    "set by the agreement",
    "received",
    "awarded",
    "expected",
    "last return",
];

/// Which amount the words ask for.
fn period_of(said: &str, all: &str) -> Option<(&'static str, String)> {
    let has = |phrases: &[&str]| says(said, phrases);
    let spend = says(
        all,
        &[
            "spend",
            "spent",
            "expenditure",
            "cost",
            "costs",
            "actual",
            "actuals",
            "paid out",
        ],
    );
    let heard = |phrase: &str| format!("The form speaks of {phrase}.");
    Some(match () {
        () if says(
            all,
            &[
                "underspend",
                "overspend",
                "moved",
                "refund",
                "interest",
                "income",
            ],
        ) =>
        {
            return None;
        }
        () if has(&["expected", "forecast"])
            && says(
                said,
                &[
                    "last return",
                    "previous return",
                    "last quarter",
                    "last period",
                ],
            ) =>
        {
            ("previous-forecast", heard("what the last return expected"))
        }
        () if has(&["received"]) => ("received", heard("what was received")),
        () if has(&[
            "left to spend",
            "headroom",
            "remaining grant",
            "grant remaining",
            "balance of grant",
        ]) =>
        {
            ("headroom", heard("what is left"))
        }
        () if has(&[
            "total grant",
            "awarded",
            "award amount",
            "amount awarded",
            "total award",
            "grant amount",
            "grant award",
            "grant allocation",
            "allocation",
            "value of grant",
            "set by the agreement",
        ]) =>
        {
            ("award-amount", heard("what was awarded"))
        }
        () if has(&["forecast"])
            && has(&[
                "rest",
                "remaining",
                "remainder",
                "future",
                "to end",
                "to the end",
            ]) =>
        {
            (
                "forecast-to-end",
                heard("the forecast for the rest of the award"),
            )
        }
        () if !spend => return None,
        () if has(&[
            "year to date",
            "financial year",
            "this year",
            "current year",
        ]) =>
        {
            ("spend-year", heard("the year to date"))
        }
        () if has(&[
            "to date",
            "cumulative",
            "since start",
            "to the end of this period",
        ]) =>
        {
            ("spend-to-date", heard("spend to date"))
        }
        () if has(&[
            "this quarter",
            "this period",
            "in the period",
            "in the quarter",
            "this month",
            "quarter",
            "period",
        ]) =>
        {
            ("spend-this", heard("spend in this period"))
        }
        () => return None,
    })
}

/// Whether words speak of capital or of revenue, but not of both.
fn capital(text: &str) -> Option<bool> {
    let capital = says(text, &["capital", "cdel"]);
    let revenue = says(text, &["revenue", "rdel"]);
    (capital != revenue).then_some(capital)
}
