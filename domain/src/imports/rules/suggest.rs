//! A first guess of a profile from a file's headings and first rows, for a person to complete.

use std::collections::{BTreeMap, BTreeSet};

use super::columns::{key, letters, tidy};
use super::date_text::parse_date;
use super::money_text::parse_money;
use super::profile::{
    AmountRules, ColumnRef, DateFormat, DateRules, DecimalMark, Field, ImportProfile, SkipRule,
    SkipWhen, SpendSign, Thousands, Unlisted, ValueMap,
};
use super::row::{Cell, RawCell};

/// What finance systems call each field, the surest names first. Compared without punctuation.
const NAMES: &[(Field, &[&str])] = &[
    (
        Field::Transaction,
        &[
            "transaction number",
            "transaction no",
            "trans no",
            "transno",
            "transaction id",
            "transaction",
            "voucher no",
            "voucher",
            "document number",
            "document no",
            "doc no",
            "journal number",
            "journal id",
            "trans number",
            "tran no",
            "invoice number",
            "reference",
        ],
    ),
    (
        Field::Line,
        &[
            "line number",
            "line no",
            "ln",
            "line",
            "trans line",
            "transaction line",
            "sequence no",
            "seq no",
            "seq",
            "item no",
        ],
    ),
    (
        Field::IncurredOn,
        &[
            "date received",
            "incurred on",
            "date incurred",
            "goods received date",
            "service date",
            "delivery date",
            "tax point",
            "tax pt",
            "tax date",
            "invoice date",
            "document date",
            "transaction date",
            "trans date",
            "date",
        ],
    ),
    (
        Field::PostedOn,
        &[
            "posted on",
            "date posted",
            "posting date",
            "post date",
            "gl date",
            "ledger date",
            "accounting date",
        ],
    ),
    (
        Field::PaidOn,
        &[
            "paid on",
            "date paid",
            "payment date",
            "paid date",
            "cleared date",
        ],
    ),
    (
        Field::Period,
        &[
            "period",
            "ledger period",
            "accounting period",
            "fiscal period",
            "financial period",
        ],
    ),
    (
        Field::Kind,
        &[
            "kind",
            "transaction type",
            "trans type",
            "document type",
            "doc type",
            "tt",
            "type",
        ],
    ),
    (
        Field::Amount,
        &[
            "net amount",
            "amount net",
            "net",
            "net value",
            "amount excl vat",
            "amount ex vat",
            "amount excluding vat",
            "net amount gbp",
            "amount",
            "amount gbp",
            "value",
            "spend",
        ],
    ),
    (Field::Debit, &["debit", "debit amount", "debits", "dr"]),
    (Field::Credit, &["credit", "credit amount", "credits", "cr"]),
    (Field::Vat, &["vat", "vat amount", "tax amount"]),
    (
        Field::CapitalOrRevenue,
        &[
            "capital or revenue",
            "capital revenue",
            "cap rev",
            "capital/revenue",
            "rev cap",
            "revenue or capital",
        ],
    ),
    (Field::Pool, &["pool", "fund", "funding stream"]),
    (
        Field::Category,
        &[
            "cost category",
            "category",
            "expense category",
            "expense type",
            "expenditure type",
            "subjective description",
        ],
    ),
    (
        Field::Place,
        &["place", "area", "district", "locality", "ward"],
    ),
    (Field::Group, &["group", "client group", "cohort"]),
    (
        Field::Supplier,
        &[
            "supplier",
            "supplier name",
            "vendor",
            "vendor name",
            "payee",
            "creditor",
            "beneficiary",
            "merchant name",
            "provider",
        ],
    ),
    (
        Field::Description,
        &[
            "description",
            "narrative",
            "details",
            "line description",
            "text",
            "memo",
            "purpose",
        ],
    ),
    (
        Field::CostCentre,
        &[
            "cost centre",
            "cost center",
            "cost centre code",
            "costc",
            "cc",
            "objective",
        ],
    ),
    (
        Field::Account,
        &[
            "account",
            "account code",
            "nominal",
            "nominal code",
            "gl code",
            "subjective",
            "subjective code",
            "subj",
            "account no",
        ],
    ),
    (
        Field::Project,
        &["project", "project code", "job code", "activity code"],
    ),
    (
        Field::Commitment,
        &[
            "contract",
            "contract number",
            "contract no",
            "contract ref",
            "contract reference",
            "purchase order",
            "purchase order number",
            "order number",
            "order no",
            "po",
            "po number",
            "po no",
            "commitment reference",
        ],
    ),
];

/// Short codes of ledgers for the kinds of lines.
const KINDS: &[(&str, &[&str])] = &[
    (
        "invoice",
        &[
            "invoice",
            "inv",
            "pi",
            "ap",
            "purchase invoice",
            "si",
            "invoices",
        ],
    ),
    (
        "accrual",
        &[
            "accrual",
            "acc",
            "acr",
            "accruals",
            "accrual reversal",
            "reversal",
        ],
    ),
    (
        "journal",
        &[
            "journal",
            "jnl",
            "gj",
            "gl",
            "journals",
            "general journal",
            "je",
        ],
    ),
    (
        "payroll",
        &["payroll", "pay", "pr", "hr", "salary", "salaries", "wages"],
    ),
    (
        "recharge",
        &[
            "recharge",
            "rch",
            "rec",
            "ir",
            "internal recharge",
            "internal",
        ],
    ),
    (
        "credit",
        &[
            "credit",
            "crn",
            "cn",
            "credit note",
            "pc",
            "cr",
            "purchase credit",
        ],
    ),
];

/// The row that most looks like headings: its place among these rows, counted from 0.
pub fn find_header(rows: &[Vec<RawCell>]) -> Option<usize> {
    let score = |row: &Vec<RawCell>| {
        let headings: Vec<String> = row.iter().map(|cell| cell.text().into_owned()).collect();
        assign(&headings).len()
    };
    let mut best: Option<(usize, usize)> = None;
    for (index, row) in rows.iter().enumerate() {
        let found = score(row);
        if found >= 2 && best.is_none_or(|(_, most)| found > most) {
            best = Some((index, found));
        }
    }
    best.map(|(index, _)| index)
}

/// Guesses a profile. What cannot be guessed stays open, and the profile's check asks for it.
pub fn suggest(headers: &[String], sample: &[Vec<RawCell>]) -> ImportProfile {
    let mut found = assign(headers);
    if found.contains_key(&Field::Debit) && found.contains_key(&Field::Credit) {
        found.remove(&Field::Amount);
    } else {
        found.remove(&Field::Debit);
        found.remove(&Field::Credit);
    }
    if !found.contains_key(&Field::Transaction) {
        found.remove(&Field::Line);
    }
    let columns = found
        .iter()
        .map(|(field, index)| (*field, named(headers, *index)))
        .collect();
    let cells = |field: Field| -> Vec<&RawCell> {
        found.get(&field).map_or_else(Vec::new, |index| {
            let cells = sample.iter().filter_map(|row| row.get(*index));
            cells.filter(|cell| !cell.is_blank()).collect()
        })
    };
    let money: Vec<&RawCell> = [Field::Amount, Field::Debit, Field::Credit, Field::Vat]
        .into_iter()
        .flat_map(cells)
        .collect();
    let date_cells: Vec<&RawCell> = [Field::IncurredOn, Field::PostedOn, Field::PaidOn]
        .into_iter()
        .flat_map(cells)
        .collect();
    let amounts = guess_amounts(&money, &cells(Field::Amount));
    let mut profile = ImportProfile {
        columns,
        dates: DateRules {
            formats: guess_dates(&date_cells),
            // Only a posting date: the person sees the choice, already made, in the profile.
            received_else_posted: !found.contains_key(&Field::IncurredOn)
                && found.contains_key(&Field::PostedOn),
            ..DateRules::default()
        },
        amounts,
        ..ImportProfile::default()
    };
    let kinds = guess_kinds(&cells(Field::Kind));
    if found.contains_key(&Field::Kind) {
        profile.values.insert(
            Field::Kind,
            ValueMap {
                entries: kinds,
                unlisted: Unlisted::Fault,
            },
        );
    } else {
        profile.defaults.insert(Field::Kind, "invoice".to_owned());
    }
    if found.contains_key(&Field::CapitalOrRevenue) {
        let entries = [
            ("c", "capital"),
            ("cap", "capital"),
            ("capital", "capital"),
            ("r", "revenue"),
            ("rev", "revenue"),
            ("revenue", "revenue"),
        ];
        profile.values.insert(
            Field::CapitalOrRevenue,
            ValueMap {
                entries: owned(&entries),
                unlisted: Unlisted::Fault,
            },
        );
    }
    profile.skip = guess_totals(headers, sample);
    profile
}

/// The best column for each field. A column serves one field, and surer names choose first.
fn assign(headers: &[String]) -> BTreeMap<Field, usize> {
    let names: Vec<String> = headers.iter().map(|heading| plain(heading)).collect();
    let mut offers: Vec<(usize, usize, Field)> = Vec::new();
    for (field, known) in NAMES {
        for (index, name) in names.iter().enumerate() {
            if let Some(rank) = known.iter().position(|known| plain(known) == *name) {
                offers.push((rank, index, *field));
            }
        }
    }
    offers.sort_unstable();
    let mut found = BTreeMap::new();
    let mut used = BTreeSet::new();
    for (_, index, field) in offers {
        if !found.contains_key(&field) && used.insert(index) {
            found.insert(field, index);
        }
    }
    found
}

/// A heading without punctuation or units: `Net Amount (£)` is `net amount`.
fn plain(heading: &str) -> String {
    let spaced: String = heading
        .chars()
        .map(|c| if c.is_alphanumeric() { c } else { ' ' })
        .collect();
    key(&spaced)
}

/// By heading, or by letter where the heading is empty or repeated.
fn named(headers: &[String], index: usize) -> ColumnRef {
    let heading = headers.get(index).map(|text| tidy(text).into_owned());
    match heading {
        Some(name)
            if !name.is_empty()
                && headers
                    .iter()
                    .filter(|other| key(other) == key(&name))
                    .count()
                    == 1 =>
        {
            ColumnRef::Header(name)
        }
        _ => ColumnRef::Letter(letters(index)),
    }
}

/// The fewest forms that read every date of the sample; British order where both would do.
fn guess_dates(cells: &[&RawCell]) -> Vec<DateFormat> {
    let texts: Vec<String> = cells
        .iter()
        .filter(|cell| matches!(cell, Cell::Text(_) | Cell::Number(_)))
        .map(|cell| cell.text().into_owned())
        .collect();
    let reads = |format: DateFormat, text: &str| {
        let rules = DateRules {
            formats: vec![format],
            ..DateRules::default()
        };
        parse_date(text, &rules, false).is_ok()
    };
    let order = [
        DateFormat::DayMonthYear,
        DateFormat::YearMonthDay,
        DateFormat::DayNameYear,
        DateFormat::Compact,
        DateFormat::ExcelSerial,
    ];
    let count = |format: DateFormat| texts.iter().filter(|text| reads(format, text)).count();
    let american = count(DateFormat::MonthDayYear) > count(DateFormat::DayMonthYear);
    let mut formats: Vec<DateFormat> = order
        .into_iter()
        .map(|format| match format {
            DateFormat::DayMonthYear if american => DateFormat::MonthDayYear,
            format => format,
        })
        .filter(|format| count(*format) > 0)
        .collect();
    if formats.is_empty() {
        formats = DateRules::default().formats;
    }
    formats
}

/// The marks under which most amounts can be read, and the sign that most of them have.
fn guess_amounts(money: &[&RawCell], single: &[&RawCell]) -> AmountRules {
    let candidates = [
        (Thousands::Comma, DecimalMark::Point),
        (Thousands::Point, DecimalMark::Comma),
        (Thousands::Space, DecimalMark::Comma),
        (Thousands::Space, DecimalMark::Point),
        (Thousands::Apostrophe, DecimalMark::Point),
    ];
    let texts: Vec<&str> = money
        .iter()
        .filter_map(|cell| match cell {
            Cell::Text(text) => Some(text.as_ref()),
            _ => None,
        })
        .collect();
    let mut best = (0_usize, AmountRules::default());
    for (thousands, decimal) in candidates {
        let rules = AmountRules {
            thousands,
            decimal,
            ..AmountRules::default()
        };
        let read = texts
            .iter()
            .filter(|text| parse_money(text, &rules).is_ok());
        let read = read.count();
        if read > best.0 {
            best = (read, rules);
        }
    }
    let mut rules = best.1;
    let negative = |cell: &&&RawCell| match cell {
        Cell::Number(text) => text.starts_with('-'),
        Cell::Text(text) => parse_money(text, &rules).is_ok_and(|pence| pence < 0),
        _ => false,
    };
    if single.iter().filter(negative).count() * 2 > single.len() {
        rules.spend_is = SpendSign::Negative;
    }
    rules
}

fn guess_kinds(cells: &[&RawCell]) -> BTreeMap<String, String> {
    let mut entries = BTreeMap::new();
    for cell in cells {
        let text = tidy(&cell.text()).into_owned();
        let name = key(&text);
        let kind = KINDS
            .iter()
            .find(|(_, names)| names.contains(&name.as_str()));
        if let Some((slug, _)) = kind {
            entries.insert(text, (*slug).to_owned());
        }
    }
    entries
}

/// A rule for total rows, if the sample shows one.
fn guess_totals(headers: &[String], sample: &[Vec<RawCell>]) -> Vec<SkipRule> {
    let total = |cell: &RawCell| {
        let text = key(&cell.text());
        ["total", "grand total", "sub total", "subtotal"]
            .iter()
            .any(|word| text == *word || text.strip_suffix(':') == Some(*word))
    };
    let mut rules: Vec<SkipRule> = Vec::new();
    for row in sample {
        let Some(index) = row.iter().position(total) else {
            continue;
        };
        let text = row.get(index).map(|cell| tidy(&cell.text()).into_owned());
        let rule = SkipRule {
            column: named(headers, index),
            when: SkipWhen::Equals(text.unwrap_or_default()),
        };
        if !rules.contains(&rule) {
            rules.push(rule);
        }
    }
    rules
}

fn owned(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
    pairs
        .iter()
        .map(|(from, to)| ((*from).to_owned(), (*to).to_owned()))
        .collect()
}
