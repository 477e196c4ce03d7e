//! Each kind of finding, from as little as makes it: its severity, its place, its words and what to
//! do; and nothing besides.
#![allow(clippy::unwrap_used)]

use entity::{FileId, FormFieldId, LegalBasis, OrganisationKind, ReturnFormId};
use serde_json::json;

use super::super::measures::{AwardFacts, Body, FenceFacts, MatchFact, Previous, SpendSum};
use super::*;
use crate::forms::rules::{Binding, Rounding, Unit};

fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

fn binding(text: Value) -> Option<Binding> {
    Some(serde_json::from_value(text).unwrap())
}

fn field(key: &str, kind: entity::FieldKind, cell: &str, bound: Option<Binding>) -> Field {
    Field {
        id: FormFieldId::new(),
        key: key.to_owned(),
        section: "Finances".to_owned(),
        label: format!("Question {key}"),
        kind,
        locator: format!("Finances!{cell}"),
        sheet: "Finances".to_owned(),
        cell: cell.to_owned(),
        required: false,
        guidance: String::new(),
        word_limit: None,
        choices: Vec::new(),
        unit: Unit::Pounds,
        rounding: Rounding::Pence,
        binding: bound,
    }
}

/// A return of April to June 2026 about which there is nothing to find.
struct Case {
    form: Form,
    facts: Facts,
    answers: BTreeMap<String, Value>,
    loaded_to: Option<NaiveDate>,
    open_months: Vec<NaiveDate>,
    uncovered: Uncovered,
    to_code: (i64, entity::Money),
    not_agreed: Vec<NaiveDate>,
    set_aside: (i64, Money),
    variance_bp: Option<i32>,
    variance_amount: Option<Money>,
    not_kept: Vec<NotKept>,
    over_caps: Vec<OverCap>,
    workbook: Vec<CellFinding>,
    offered: bool,
    overtaken: Vec<Overtaken>,
    silenced: Vec<Reasoned>,
}

impl Case {
    fn new() -> Self {
        use entity::FieldKind::{Choice, Money, Text};
        let body = |name: &str| Body {
            name: name.to_owned(),
            org_id: String::new(),
            kind: OrganisationKind::Council,
        };
        let spend = json!({"measure": "spend", "period": {"kind": "this"}});
        let quarter = |index: u16| {
            json!({"measure": "grid-quarter", "of": "spend-or-forecast", "when": "actual",
                   "period": {"kind": "quarter", "index": index}})
        };
        let mut story = field("story", Text, "B2", None);
        (story.required, story.word_limit) = (true, Some(3));
        let mut rating = field("rating", Choice, "B3", None);
        rating.choices = vec!["Green".to_owned(), "Red".to_owned()];
        Self {
            form: Form {
                id: ReturnFormId::new(),
                name: "Recovery return".to_owned(),
                version_label: "2026".to_owned(),
                current: true,
                funder_id: entity::OrganisationId::new(),
                file_id: FileId::new(),
                file_name: "form.xlsx".to_owned(),
                file_sha256: String::new(),
                media_type: String::new(),
                fields: vec![
                    story,
                    rating,
                    field("spent", Money, "C5", binding(spend)),
                    field("q1", Money, "E5", binding(quarter(1))),
                    field("q3", Money, "G5", binding(quarter(3))),
                    field(
                        "expected",
                        Money,
                        "C9",
                        binding(
                            json!({"measure": "previous-forecast", "period": {"kind": "this"}}),
                        ),
                    ),
                    field("explanation", Text, "C10", None),
                ],
            },
            facts: Facts {
                due_at: None,
                seq: 1,
                at: "2026-07-02T09:00:00Z".parse().unwrap(),
                award: AwardFacts {
                    reference: "R-1".to_owned(),
                    title: "Recovery grant".to_owned(),
                    programme: "Recovery".to_owned(),
                    legal_basis: LegalBasis::Section31,
                    amount: entity::Money(1_000_00),
                    starts_on: day("2026-04-01"),
                    ends_on: day("2027-03-31"),
                },
                accountable_body: body("Council"),
                lead: None,
                funder: body("Department"),
                holder: body("Council"),
                preparer: None,
                fences: vec![FenceFacts {
                    slug: "capital".to_owned(),
                    name: "Premises".to_owned(),
                    reserved: None,
                    limit: Some(entity::Money(200_00)),
                    categories: vec!["premises".to_owned()],
                }],
                category_names: BTreeMap::new(),
                spend: Vec::new(),
                forecasts: Vec::new(),
                matches: Vec::new(),
                received: Vec::new(),
                previous: None,
                sent_before: false,
            },
            answers: BTreeMap::from([("story".to_owned(), json!("All went well"))]),
            loaded_to: Some(day("2026-06-30")),
            open_months: Vec::new(),
            uncovered: Uncovered::default(),
            to_code: (0, entity::Money::ZERO),
            not_agreed: Vec::new(),
            set_aside: (0, entity::Money::ZERO),
            variance_bp: None,
            variance_amount: None,
            not_kept: Vec::new(),
            over_caps: Vec::new(),
            workbook: Vec::new(),
            offered: false,
            overtaken: Vec::new(),
            silenced: Vec::new(),
        }
    }

    fn paid(mut self, on: &str, category: &str, pence: i64) -> Self {
        self.facts.spend.push(SpendSum {
            on: day(on),
            capital: false,
            category: category.to_owned(),
            place: None,
            group: None,
            amount: entity::Money(pence),
        });
        self
    }

    fn answered(mut self, key: &str, value: Value) -> Self {
        self.answers.insert(key.to_owned(), value);
        self
    }

    fn span() -> Span {
        Span {
            from: day("2026-04-01"),
            to: day("2026-06-30"),
            grid_from: day("2026-04-01"),
        }
    }

    fn found(&self) -> Vec<Finding> {
        findings(&Checked {
            form: &self.form,
            facts: &self.facts,
            span: &Self::span(),
            answers: &self.answers,
            today: day("2026-07-02"),
            loaded_to: self.loaded_to,
            open_months: &self.open_months,
            uncovered: self.uncovered,
            set_aside: self.set_aside,
            to_code: self.to_code,
            not_agreed: &self.not_agreed,
            variance_bp: self.variance_bp,
            variance_amount: self.variance_amount,
            not_kept: &self.not_kept,
            over_caps: &self.over_caps,
            workbook: &self.workbook,
            silenced: &self.silenced,
            signed: false,
            offered: self.offered,
            overtaken: &self.overtaken,
        })
    }

    /// The one finding that there is.
    #[track_caller]
    fn only(&self, severity: Severity, code: &str, place: &str, words: &str) {
        let found = self.found();
        assert_eq!(found.len(), 1, "{found:#?}");
        let one = &found[0];
        assert_eq!(
            (one.severity, one.code.as_str(), one.place().as_str()),
            (severity, code, place),
            "{one:#?}"
        );
        assert!(one.message.contains(words), "{}", one.message);
        assert_eq!(one.form, "Recovery return, 2026");
        assert_eq!(one.field.is_some(), !place.is_empty());
        assert!(
            one.what_to_do.ends_with('.') && one.message.ends_with('.'),
            "{one:#?}"
        );
        for words in [&one.message, &one.what_to_do] {
            assert!(!words.contains(code), "a slug is no word: {words}");
        }
    }
}

#[test]
fn where_all_is_well_nothing_is_found() {
    let case = Case::new()
        .paid("2026-05-01", "support", 400_00)
        .paid("2026-05-02", "premises", 200_00)
        .answered("rating", json!("Green"))
        .answered("q1", json!(600_00));
    assert_eq!(case.found(), []);
}

#[test]
fn each_kind_is_found_with_its_place_and_its_words() {
    use Severity::{Error, Note, Warning};
    let mut empty = Case::new();
    empty.answers.clear();
    empty.only(
        Error,
        "required-empty",
        "Finances!B2",
        "“Question story” has no answer.",
    );
    Case::new()
        .answered("story", json!("far more than three words"))
        .only(
            Error,
            "word-limit",
            "Finances!B2",
            "has 5 words; the funder takes 3.",
        );
    Case::new().answered("rating", json!("Purple")).only(
        Error,
        "not-in-list",
        "Finances!B3",
        "“Purple” is not one of the answers",
    );
    // the form says it of the same answer in its own way: one fault is said once
    let mut twice = Case::new().answered("rating", json!("Purple"));
    twice.workbook.push(CellFinding {
        severity: "error".to_owned(),
        sheet: Some("Finances".to_owned()),
        cell: Some("B3".to_owned()),
        code: "out-of-range".to_owned(),
        message: "the form wants another text here".to_owned(),
    });
    twice.only(
        Error,
        "not-in-list",
        "Finances!B3",
        "“Purple” is not one of the answers",
    );
    Case::new().paid("2026-05-01", "support", 1_000_01).only(
        Error,
        "over-award",
        "",
        "is £0.01 more than its amount of £1,000.00.",
    );
    Case::new().paid("2026-05-01", "premises", 200_05).only(
        Error,
        "over-fence",
        "",
        "inside “Premises” is £0.05 more than its limit of £200.00.",
    );
    Case::new().paid("2026-03-31", "support", 10_00).only(
        Error,
        "outside-window",
        "",
        "Spend that comes to £10.00 is outside the award’s time",
    );
    // A line and its reversal on other days cancel in the sum, and are outside all the same.
    Case::new()
        .paid("2026-03-30", "support", 10_00)
        .paid("2026-03-31", "support", -10_00)
        .only(Error, "outside-window", "", "£0.00");
    Case::new().paid("2026-07-03", "support", 7_00).only(
        Error,
        "actual-in-future",
        "",
        "£7.00 is dated after today, 2 July 2026.",
    );
    Case::new().answered("q3", json!(5_00)).only(
        Error,
        "actual-in-future",
        "Finances!G5",
        "£5.00 of actual spend for October to December 2026, which has not begun.",
    );
    let mut unattributed = Case::new();
    unattributed.uncovered.lines = 1;
    unattributed.uncovered.amount = entity::Money(3_00);
    unattributed.only(
        Warning,
        "unattributed-spend",
        "",
        "£3.00 of the period’s spend, in 1 line, is not covered",
    );
    // a credit that names no line lowers no award: together they would claim more than was spent
    let mut credited = Case::new();
    credited.uncovered.credits = entity::Money(-3_00);
    credited.only(
        Warning,
        "credits-without-a-line",
        "",
        "£3.00 came back in the period, of what this award may pay for, without saying for which line",
    );
    // and it hides no spend that is not covered
    credited.uncovered.lines = 1;
    credited.uncovered.amount = entity::Money(3_00);
    assert_eq!(credited.found().len(), 2);
    let mut late = Case::new();
    late.loaded_to = Some(day("2026-06-12"));
    late.only(
        Warning,
        "spend-not-loaded",
        "",
        "Spend is loaded to 12 June 2026; the period ends on 30 June 2026.",
    );
    late.loaded_to = None;
    late.only(Warning, "spend-not-loaded", "", "No spend is loaded");
    let mut open = Case::new();
    open.open_months = vec![day("2026-05-01"), day("2026-06-01")];
    open.only(
        Warning,
        "ledger-open",
        "",
        "not closed for May 2026 and June 2026.",
    );
    let mut aside = Case::new();
    aside.set_aside = (2, entity::Money(12_34));
    aside.only(
        Warning,
        "not-agreed-to-ledger",
        "",
        "£12.34 of the files for this period, in 2 rows, was set aside",
    );
    let mut uncoded = Case::new();
    uncoded.to_code = (3, entity::Money(45_00));
    uncoded.only(
        Warning,
        "lines-to-code",
        "",
        "3 lines of the period, £45.00 in all, wait to be coded",
    );
    let mut apart = Case::new();
    apart.not_agreed = vec![day("2026-05-01")];
    apart.only(
        Error,
        "months-not-agreed",
        "",
        "The finance system and Tributary are not agreed for May 2026",
    );
    let mut old = Case::new();
    old.form.current = false;
    old.only(
        Warning,
        "form-not-current",
        "",
        "replaced this form by a newer version.",
    );
    let mut short = Case::new();
    short.facts.matches.push(MatchFact {
        source: "Council".to_owned(),
        source_kind: OrganisationKind::Council,
        in_kind: false,
        month: day("2026-05-01"),
        capital: false,
        amount: entity::Money(50_00),
        secured: false,
        evidence: None,
    });
    short.only(
        Warning,
        "match-short",
        "",
        "£50.00 of the match funding to 30 June 2026 is not promised in writing.",
    );
    let mut behind = Case::new();
    behind.not_kept.push(NotKept {
        of_what: "Care as before.".to_owned(),
        sentence: "£80.00 had to be kept up from 1 July 2025 to 30 June 2026, and £52.22 was spent: £27.78 \
                   short."
            .to_owned(),
        spent: entity::Money(72_22),
        paid_by_award: entity::Money(20_00),
    });
    behind.only(
        Warning,
        "baseline-not-kept",
        "",
        "Spend to be kept up (Care as before): £80.00 had to be kept up from 1 July 2025 to 30 June 2026, and \
         £52.22 was spent: £27.78 short. £72.22 was spent in all; this award paid for £20.00 of it, which does \
         not count.",
    );
    let mut charged = Case::new();
    charged.over_caps.push(OverCap {
        pool: Some("Treatment".to_owned()),
        sentence: "£8.00 is charged: £0.50 over.".to_owned(),
    });
    charged.only(
        Severity::Error,
        "charge-over-cap",
        "",
        "The management charge of “Treatment” is over its cap. £8.00 is charged: £0.50 over.",
    );
    let mut differs = Case::new().paid("2026-05-01", "support", 100_00);
    differs.facts.previous = Some(Previous {
        from: day("2026-04-01"),
        to: day("2026-06-30"),
        sent: true,
        answers: BTreeMap::from([("q1".to_owned(), json!(90_00))]),
    });
    differs.only(
        Warning,
        "differs-from-last-return",
        "Finances!E5",
        "said £90.00 for April to June 2026; now it is £100.00, £10.00 more.",
    );
    let mut check = Case::new();
    check.workbook.push(CellFinding {
        severity: "error".to_owned(),
        sheet: Some("Finances".to_owned()),
        cell: Some("E5".to_owned()),
        code: "check-failed".to_owned(),
        message: "the form’s own check says: below".to_owned(),
    });
    check.only(
        Error,
        "check-failed",
        "Finances!E5",
        "“Question q1”: the form’s own check says: below",
    );
    check.workbook[0].code = "not-computed".to_owned();
    check.workbook[0].severity = "note".to_owned();
    check.only(
        Note,
        "not-computed",
        "",
        "1 cell of the form could not be computed here",
    );
}

#[test]
fn a_variance_over_the_threshold_wants_its_explanation() {
    use Severity::Error;
    let mut case = Case::new()
        .paid("2026-05-01", "support", 111_00)
        .answered("expected", json!(100_00));
    assert_eq!(case.found(), [], "the funder has no threshold");
    case.variance_bp = Some(1_000);
    case.only(
        Error,
        "variance-unexplained",
        "Finances!C10",
        "was £111.00; £100.00 was expected: £11.00 more.",
    );
    let explained = Case {
        variance_bp: Some(1_000),
        ..Case::new()
    }
    .paid("2026-05-01", "support", 111_00)
    .answered("expected", json!(100_00))
    .answered("explanation", json!("An invoice came early."));
    assert_eq!(explained.found(), []);
    // Exactly at the threshold is not over it.
    let at = Case {
        variance_bp: Some(1_100),
        ..Case::new()
    }
    .paid("2026-05-01", "support", 111_00)
    .answered("expected", json!(100_00));
    assert_eq!(at.found(), []);
    // An award may say it in pounds, alone or beside a share: over either is over.
    for (variance_bp, pence, over) in [
        (None, 11_00, false),
        (None, 10_99, true),
        (Some(9_000), 10_99, true),
        (Some(1_000), 99_00, true),
    ] {
        let case = Case {
            variance_bp,
            variance_amount: Some(entity::Money(pence)),
            ..Case::new()
        }
        .paid("2026-05-01", "support", 111_00)
        .answered("expected", json!(100_00));
        let found = case.found();
        assert_eq!(
            !found.is_empty(),
            over,
            "{variance_bp:?} {pence}: {found:?}"
        );
    }
}

#[test]
fn what_was_expected_is_of_the_spend_that_the_field_counts() {
    use entity::FieldKind::{Money, Text};
    let expected = |filters: Value| {
        binding(
            json!({"measure": "previous-forecast", "period": {"kind": "this"}, "filters": filters}),
        )
    };
    let cell = |capital: Value| {
        binding(json!({"measure": "grid-quarter", "of": "spend-or-forecast",
            "period": {"kind": "quarter", "index": 1}, "filters": {"capital": capital}}))
    };
    let drafted = |cells: &[(&str, Value, i64)], filters: Value| {
        let mut case = Case::new();
        case.form.fields = vec![field("expected", Money, "C9", expected(filters))];
        let mut answers = BTreeMap::new();
        for (key, capital, pence) in cells {
            case.form
                .fields
                .push(field(key, Money, "E5", cell(capital.clone())));
            answers.insert((*key).to_owned(), json!(pence));
        }
        case.facts.previous = Some(Previous {
            from: day("2026-01-01"),
            to: day("2026-03-31"),
            sent: true,
            answers,
        });
        let asked = case.form.fields.first().unwrap();
        let drafted =
            crate::returns::rules::measures::draft(&case.form, asked, &case.facts, &Case::span());
        drafted.map(|drafted| drafted.value)
    };
    let parts = [
        ("capital", json!(true), 30_00),
        ("revenue", json!(false), 60_00),
    ];
    assert_eq!(
        drafted(&parts, json!({"capital": true})),
        Some(json!(30_00))
    );
    assert_eq!(
        drafted(&parts, json!({})),
        Some(json!(90_00)),
        "parts that make up the whole"
    );
    let both = [parts.as_slice(), &[("all", json!(null), 91_00)]].concat();
    assert_eq!(
        drafted(&both, json!({})),
        Some(json!(91_00)),
        "the cell for just that, not that and its parts"
    );
    let twice = [("one", json!(false), 60_00), ("same", json!(false), 60_00)];
    assert_eq!(
        drafted(&twice, json!({})),
        None,
        "cells that overlap are no sum"
    );
    assert_eq!(
        drafted(&parts, json!({"category": ["care"]})),
        None,
        "no cell is for that"
    );
    // each expectation against the spend that it is of, with its own place for an explanation
    let mut case = Case::new()
        .paid("2026-05-01", "support", 50_00)
        .answered("expected-capital", json!(0))
        .answered("expected-revenue", json!(100_00));
    case.variance_bp = Some(1_000);
    case.form.fields = vec![
        field(
            "expected-capital",
            Money,
            "C9",
            expected(json!({"capital": true})),
        ),
        field(
            "expected-revenue",
            Money,
            "D9",
            expected(json!({"capital": false})),
        ),
        field("expected-capital-explanation", Text, "C10", None),
        field("expected-revenue-explanation", Text, "D10", None),
    ];
    case.only(
        Severity::Error,
        "variance-unexplained",
        "Finances!D10",
        "Spend in April to June 2026, counting revenue spend was £50.00; £100.00 was expected: £50.00 less.",
    );
}

/// A case with more questions: cumulative spend, the forecast of the next quarter, how to be reached.
fn asked_more() -> Case {
    use entity::FieldKind::{Money, Text};
    let mut case = Case::new();
    let fields = &mut case.form.fields;
    fields.push(field(
        "todate",
        Money,
        "D5",
        binding(json!({"measure": "spend", "period": {"kind": "cumulative"}})),
    ));
    fields.push(field(
        "q2",
        Money,
        "F5",
        binding(json!({"measure": "grid-quarter", "of": "spend-or-forecast",
                         "period": {"kind": "quarter", "index": 2}})),
    ));
    for (key, label, cell) in [
        ("phone", "Telephone number", "C12"),
        ("mail", "E-mail address", "C13"),
    ] {
        let mut asked = field(key, Text, cell, None);
        asked.label = label.to_owned();
        fields.push(asked);
    }
    // The award began a quarter before this return's period.
    case.facts.award.starts_on = day("2026-01-01");
    case.answered("q2", json!(0))
}

#[test]
fn what_nobody_forecast_is_no_answer_and_is_asked_for() {
    let drafted = |case: &Case| {
        let field = case.form.fields.iter().find(|field| field.key == "q2");
        let span = Span {
            from: day("2026-04-01"),
            to: day("2026-06-30"),
            grid_from: day("2026-04-01"),
        };
        super::super::measures::draft(&case.form, field.unwrap(), &case.facts, &span)
            .map(|drafted| (drafted.value, drafted.basis.sentence))
    };
    let mut case = asked_more();
    case.answers.remove("q2");
    assert_eq!(drafted(&case), None);
    case.only(
        Severity::Warning,
        "nothing-forecast",
        "",
        "Nobody has forecast what Recovery grant will spend in July to September 2026: 1 answer is \
         empty.",
    );

    // Nothing, said by somebody, is an answer; a month of which nobody said anything is told.
    let says = |month: &str, pence: i64| crate::returns::rules::measures::ForecastFact {
        month: day(month),
        capital: false,
        category: None,
        amount: entity::Money(pence),
    };
    case.facts.forecasts = vec![says("2026-07-01", 0), says("2026-09-01", 0)];
    let (value, sentence) = drafted(&case).unwrap();
    assert_eq!(value, json!(0));
    assert!(
        sentence.ends_with("in July to September 2026; nothing was forecast for August 2026."),
        "{sentence}"
    );

    // An award that ended before needs no forecast.
    case.facts.forecasts.clear();
    case.facts.award.ends_on = day("2026-06-30");
    assert_eq!(drafted(&case).unwrap().0, json!(0));
}

#[test]
fn what_can_hardly_be_true_is_asked_about() {
    let warned = |case: Case, code, place, words| case.only(Severity::Warning, code, place, words);
    warned(
        asked_more()
            .answered("spent", json!(600_00))
            .answered("todate", json!(400_00)),
        "below-its-part",
        "Finances!D5",
        "says £400.00, less than the £600.00 of “Question spent” (Finances, cell C5)",
    );
    warned(
        asked_more().answered("q2", json!(-5_00)),
        "negative-forecast",
        "Finances!F5",
        "expects −£5.00",
    );
    warned(
        asked_more().answered("phone", json!("01234 5")),
        "no-telephone-number",
        "Finances!C12",
        "has 6 digits; a telephone number has at least 10",
    );
    warned(
        asked_more().answered("mail", json!("priya at example.org")),
        "no-email-address",
        "Finances!C13",
        "has no e-mail address",
    );
    let mut far = asked_more().answered("q2", json!(1_000_000_00));
    far.facts.previous = Some(Previous {
        from: day("2026-01-01"),
        to: day("2026-03-31"),
        sent: true,
        answers: BTreeMap::from([("q2".to_owned(), json!(9_999_99))]),
    });
    warned(
        far,
        "far-from-last-return",
        "Finances!F5",
        "says £1,000,000.00, more than 100 times the £9,999.99 of the last return",
    );
}

#[test]
fn what_may_well_be_true_is_not() {
    let last = |then: i64, sent: bool| Previous {
        from: day("2026-01-01"),
        to: day("2026-03-31"),
        sent,
        answers: BTreeMap::from([("q2".to_owned(), json!(then))]),
    };
    let mut tenfold = asked_more()
        .answered("q2", json!(1_000_000_00))
        .answered("spent", json!(600_00))
        .answered("todate", json!(599_99))
        .answered("phone", json!("+44 (0)1234 567890, or 01234 567891"))
        .answered("mail", json!("Priya Nair <priya@example.org>"));
    tenfold.facts.previous = Some(last(10_000_00, true));
    assert_eq!(tenfold.found(), []);
    let mut draft = asked_more().answered("q2", json!(1_000_000_00));
    draft.facts.previous = Some(last(1_00, false));
    assert_eq!(draft.found(), [], "nobody was told the last one yet");
    // A credit of an earlier quarter: the ledger says the same.
    let credited = asked_more()
        .paid("2026-02-01", "support", -100_00)
        .paid("2026-05-01", "support", 600_00)
        .answered("spent", json!(600_00))
        .answered("todate", json!(500_00));
    assert_eq!(credited.found(), []);
}

#[test]
fn errors_come_before_warnings_and_notes() {
    let mut case = Case::new().answered("rating", json!("Purple"));
    case.loaded_to = None;
    case.answers.remove("story");
    case.workbook.push(CellFinding {
        severity: "note".to_owned(),
        sheet: None,
        cell: None,
        code: "not-computed".to_owned(),
        message: String::new(),
    });
    let order: Vec<Severity> = case.found().iter().map(|one| one.severity).collect();
    assert_eq!(
        order,
        [
            Severity::Error,
            Severity::Error,
            Severity::Warning,
            Severity::Note
        ]
    );
}

#[test]
fn figures_that_newer_facts_make_others_stop_it() {
    let overtaken = |key: &str, stands: Value, now: Value| Overtaken {
        key: key.to_owned(),
        stands,
        now,
    };
    let mut case = Case::new();
    case.overtaken = vec![overtaken("spent", json!(100_00), json!(75_855_26))];
    case.only(
        Severity::Error,
        "newer-facts",
        "",
        "“Question spent” says £100.00 and would be £75,855.26.",
    );
    let found = case.found();
    assert!(!found[0].may_be_silenced());
    assert!(
        found[0]
            .what_to_do
            .starts_with("Bring the figures up to date")
    );
    // what waits for others is taken back first
    case.offered = true;
    assert!(case.found()[0].what_to_do.contains("take it back"));
    // many are counted
    case.overtaken.extend([
        overtaken("q1", Value::Null, json!(1)),
        overtaken("q3", json!(1), json!(2)),
        overtaken("expected", json!(1), json!(2)),
    ]);
    case.only(
        Severity::Error,
        "newer-facts",
        "",
        "“Question q1” would be answered otherwise and 2 more answers would be others.",
    );
}

#[test]
fn a_reason_is_about_the_words_that_it_was_given_for() {
    let mut case = Case::new();
    case.uncovered.lines = 1;
    case.uncovered.amount = Money(92_50);
    let found = case.found();
    let said = |found: &str| Reasoned {
        code: "unattributed-spend".to_owned(),
        place: String::new(),
        found: found.to_owned(),
        reason: "It is asked for elsewhere.".to_owned(),
    };
    case.silenced = vec![said(&found[0].message)];
    let stood = case.found();
    assert_eq!(
        stood[0].silenced.as_deref(),
        Some("It is asked for elsewhere.")
    );
    case.uncovered.amount = Money(142_50);
    let mut now = case.found();
    assert_eq!(now[0].silenced, None, "another amount, asked anew");
    // what was offered is told as it was, beside what is found since
    as_offered(&mut now, &stood);
    assert_eq!(now.len(), 2);
    assert_eq!((now[0].silenced.is_some(), &now[1]), (false, &stood[0]));
    // and once where nothing has changed
    let mut same = stood.clone();
    same[0].silenced = None;
    as_offered(&mut same, &stood);
    assert_eq!(same, stood);
    // from before words were kept
    case.silenced = vec![said("")];
    assert!(case.found()[0].silenced.is_some());
}
