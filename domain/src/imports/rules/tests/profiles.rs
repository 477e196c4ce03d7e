use super::*;

#[test]
fn a_profile_is_stored_as_short_json_and_comes_back() {
    let profile = ledger();
    let stored = serde_json::to_value(&profile).unwrap();
    assert_eq!(
        stored["columns"]["incurred_on"],
        serde_json::json!({"header": "Date"})
    );
    assert_eq!(
        stored["dates"]["formats"],
        serde_json::json!(["dd/mm/yyyy", "yyyy-mm-dd"])
    );
    assert_eq!(
        serde_json::from_value::<ImportProfile>(stored).unwrap(),
        profile
    );
    let short =
        r#"{"system":"x","columns":{"amount":{"letter":"B"}},"amounts":{"spend_is":"negative"}}"#;
    let short: ImportProfile = serde_json::from_str(short).unwrap();
    assert!(short.amounts.brackets_are_negative);
    assert!(serde_json::from_str::<ImportProfile>(r#"{"colums":{}}"#).is_err());
    for field in Field::ALL {
        assert_eq!(serde_json::to_value(field).unwrap(), field.slug());
    }
    for kind in LineKind::ALL {
        assert_eq!(serde_json::to_value(kind).unwrap(), kind.slug());
    }
}

#[test]
fn what_is_wrong_with_a_profile_is_explained_with_its_place() {
    type Change = fn(&mut ImportProfile);
    fn map(profile: &mut ImportProfile, field: Field, from: &str, to: &str) {
        let map = profile.values.entry(field).or_default();
        map.entries.insert(from.to_owned(), to.to_owned());
    }
    let cases: &[(Change, &str, &str)] = &[
        (|p| p.system = String::new(), "/system", "slug"),
        (
            |p| p.system = "Council Ledger".to_owned(),
            "/system",
            "slug",
        ),
        (|p| p.skip_rows = 5_000, "/skip_rows", "too-many"),
        (
            |p| {
                p.format = FileFormat::Csv;
                p.sheet = Some("A".to_owned())
            },
            "/sheet",
            "not-for-csv",
        ),
        (
            |p| {
                p.delimiter = Delimiter::Comma;
                p.amounts.decimal = DecimalMark::Comma;
                p.amounts.thousands = Thousands::None
            },
            "/delimiter",
            "comma-twice",
        ),
        (
            |p| {
                p.columns.remove(&Field::IncurredOn);
            },
            "/columns/incurred_on",
            "required",
        ),
        (
            |p| {
                p.columns.remove(&Field::Amount);
            },
            "/columns/amount",
            "required",
        ),
        (
            |p| {
                p.columns.insert(Field::Debit, header("Dr"));
            },
            "/columns/amount",
            "amount-twice",
        ),
        (
            |p| {
                p.columns.remove(&Field::Amount);
                p.columns.insert(Field::Debit, header("Dr"));
            },
            "/columns/credit",
            "required",
        ),
        (
            |p| {
                p.columns.remove(&Field::Transaction);
            },
            "/columns/transaction",
            "required",
        ),
        (
            |p| {
                p.defaults.clear();
            },
            "/columns/kind",
            "required",
        ),
        (
            |p| {
                p.columns.insert(Field::Vat, header("amount"));
            },
            "/columns/vat",
            "column-twice",
        ),
        (
            |p| {
                p.columns
                    .insert(Field::Vat, ColumnRef::Letter("7".to_owned()));
            },
            "/columns/vat",
            "letter",
        ),
        (|p| p.dates.formats.clear(), "/dates/formats", "required"),
        (
            |p| p.dates.formats = vec![DateFormat::DayMonthYear, DateFormat::MonthDayYear],
            "/dates/formats",
            "ambiguous",
        ),
        (
            |p| p.dates.two_digit_years_to = Some(120),
            "/dates/two_digit_years_to",
            "range",
        ),
        (
            |p| p.dates.received_else_posted = true,
            "/dates/received_else_posted",
            "required",
        ),
        (
            |p| p.amounts.thousands = Thousands::Point,
            "/amounts/thousands",
            "same-mark",
        ),
        (
            |p| map(p, Field::Amount, "x", "y"),
            "/values/amount",
            "not-a-list",
        ),
        (
            |p| map(p, Field::Kind, "a/b", "letter"),
            "/values/kind/entries/a~1b",
            "value",
        ),
        (
            |p| map(p, Field::Pool, " ", "pool"),
            "/values/pool/entries/ ",
            "empty",
        ),
        (
            |p| {
                map(p, Field::Pool, "A", "one");
                map(p, Field::Pool, "a ", "two")
            },
            "/values/pool/entries/a ",
            "listed-twice",
        ),
        (
            |p| {
                p.defaults
                    .insert(Field::IncurredOn, "2026-04-01".to_owned());
            },
            "/defaults/incurred_on",
            "no-default",
        ),
        (
            |p| {
                p.defaults
                    .insert(Field::CapitalOrRevenue, "both".to_owned());
            },
            "/defaults/capital_or_revenue",
            "value",
        ),
        (
            |p| {
                p.skip = vec![SkipRule {
                    column: header("X"),
                    when: SkipWhen::Equals(" ".to_owned()),
                }]
            },
            "/skip/0/when",
            "empty",
        ),
    ];
    assert_eq!(check_profile(&ledger()), []);
    for (change, pointer, code) in cases {
        let mut profile = ledger();
        change(&mut profile);
        let problems = check_profile(&profile);
        let found: Vec<_> = problems
            .iter()
            .map(|problem| (problem.pointer.as_str(), problem.code.as_str()))
            .collect();
        assert_eq!(found, [(*pointer, *code)]);
        assert!(problems[0].message.ends_with('.'));
    }
    let mut headless = ledger();
    headless.no_headings = true;
    assert_eq!(check_profile(&headless).len(), headless.columns.len());
}

#[test]
fn a_profile_is_suggested_from_headings_and_rows() {
    let file = "Spend report;;;;;;;\n\
                Voucher No;Line No;Invoice Date;GL Date;TT;Supplier Name;Net Amount (£);VAT\n\
                1001;1;28/04/2026;30/04/2026;INV;Acorn;-1.234,50;-246,90\n\
                1002;1;29-Apr-26;30/04/2026;CRN;Beech;10,00;2,00\n\
                1003;1;29/04/2026;30/04/2026;PAY;;-99,00;\n\
                Total;;;;;;-1.323,50;\n";
    let (_, all) = peek(file.as_bytes(), &ImportProfile::default(), &options(), 50).unwrap();
    let cells: Vec<Vec<RawCell>> = all.into_iter().map(|(_, cells)| cells).collect();
    let at = find_header(&cells).unwrap();
    assert_eq!(at, 1);
    let headings: Vec<String> = cells[at]
        .iter()
        .map(|cell| cell.text().into_owned())
        .collect();
    let mut profile = suggest(&headings, &cells[at + 1..]);
    assert_eq!(
        profile.columns,
        [
            (Field::Transaction, header("Voucher No")),
            (Field::Line, header("Line No")),
            (Field::IncurredOn, header("Invoice Date")),
            (Field::PostedOn, header("GL Date")),
            (Field::Kind, header("TT")),
            (Field::Amount, header("Net Amount (£)")),
            (Field::Vat, header("VAT")),
            (Field::Supplier, header("Supplier Name")),
        ]
        .into()
    );
    assert_eq!(profile.amounts.spend_is, SpendSign::Negative);
    assert_eq!(profile.amounts.decimal, DecimalMark::Comma);
    assert_eq!(
        profile.dates.formats,
        [DateFormat::DayMonthYear, DateFormat::DayNameYear]
    );
    // What only people know is asked for; the rest reads the file.
    profile.skip_rows = 1;
    let asked: Vec<String> = check_profile(&profile)
        .into_iter()
        .map(|p| p.pointer)
        .collect();
    assert_eq!(asked, ["/system"]);
    profile.system = "council-ledger".to_owned();
    let (rows, summary) = read_all(file.as_bytes(), &profile).unwrap();
    assert_eq!((summary.lines, summary.skipped, summary.faulty), (3, 1, 0));
    assert_eq!(summary.sum_lines_pence, 132_350);
    assert_eq!(good(&rows[1]).draft.kind, LineKind::Credit);
}

#[test]
fn american_dates_and_debit_credit_pairs_are_noticed() {
    let headings = ["Date", "Debit", "Credit", "Amount"].map(str::to_owned);
    let text = |text: &str| Cell::Text(text.to_owned().into());
    let sample = [
        vec![
            text("04/28/2026"),
            text("1,000.00"),
            text(""),
            text("1,000.00"),
        ],
        vec![text("05/01/2026"), text(""), text("5.00"), text("-5.00")],
    ];
    let profile = suggest(&headings, &sample);
    assert_eq!(profile.dates.formats, [DateFormat::MonthDayYear]);
    assert!(!profile.columns.contains_key(&Field::Amount));
    assert!(profile.columns.contains_key(&Field::Debit));
    assert_eq!(profile.defaults[&Field::Kind], "invoice");
}
