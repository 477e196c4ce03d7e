use super::*;

fn amounts(change: impl FnOnce(&mut AmountRules)) -> AmountRules {
    let mut rules = AmountRules::default();
    change(&mut rules);
    rules
}

#[test]
fn amounts_are_read_as_ledgers_write_them() {
    let usual = AmountRules::default();
    let negative = amounts(|rules| rules.spend_is = SpendSign::Negative);
    let continental = amounts(|rules| {
        rules.thousands = Thousands::Point;
        rules.decimal = DecimalMark::Comma;
    });
    let spaced = amounts(|rules| rules.thousands = Thousands::Space);
    let swiss = amounts(|rules| rules.thousands = Thousands::Apostrophe);
    for (text, rules, pence) in [
        ("0", &usual, 0),
        ("12", &usual, 1_200),
        ("12.5", &usual, 1_250),
        (".50", &usual, 50),
        ("12.340", &usual, 1_234),
        ("1,234.50", &usual, 123_450),
        ("1,234,567.89", &usual, 123_456_789),
        ("1234567.89", &usual, 123_456_789),
        ("£1,234.50", &usual, 123_450),
        ("-£5", &usual, -500),
        ("£-5", &usual, -500),
        ("GBP 5.00", &usual, 500),
        ("5.00 GBP", &usual, 500),
        ("(1,234.50)", &usual, -123_450),
        ("(£1,234.50)", &usual, -123_450),
        ("£(3.00)", &usual, -300),
        ("12.50-", &usual, -1_250),
        ("\u{2212}12.50", &usual, -1_250),
        ("12.50 CR", &usual, -1_250),
        ("12.50cr", &usual, -1_250),
        ("12.50 DR", &usual, 1_250),
        (" \u{a0}12.50 ", &usual, 1_250),
        ("-", &usual, 0),
        ("£ -", &usual, 0),
        (" -   ", &usual, 0),
        ("0.30000000000000004", &usual, 30),
        ("12.339999999999998", &usual, 1_234),
        ("-0.999999999999", &usual, -100),
        ("10,000,000,000.00", &usual, 1_000_000_000_000),
        ("-12.50", &negative, 1_250),
        ("12.50", &negative, -1_250),
        // CR and DR say the side themselves.
        ("12.50 CR", &negative, -1_250),
        ("12.50 DR", &negative, 1_250),
        ("1.234,50", &continental, 123_450),
        ("(1.234,5)", &continental, -123_450),
        ("1 234.50", &spaced, 123_450),
        ("1\u{202f}234\u{a0}567.00", &spaced, 123_456_700),
        ("1'234.50", &swiss, 123_450),
    ] {
        assert_eq!(parse_money(text, rules), Ok(pence), "{text:?}");
    }
}

#[test]
fn what_is_not_clearly_an_amount_is_refused() {
    use MoneyFault::*;
    let usual = AmountRules::default();
    let strict = amounts(|rules| {
        rules.brackets_are_negative = false;
        rules.trailing_minus = false;
        rules.credit_suffix = false;
        rules.dash_is_zero = false;
        rules.currency_sign = false;
        rules.thousands = Thousands::None;
    });
    for (text, rules, fault) in [
        ("", &usual, Empty),
        ("  ", &usual, Empty),
        ("n/a", &usual, NotMoney),
        ("12.", &usual, NotMoney),
        ("£", &usual, NotMoney),
        ("(5", &usual, NotMoney),
        ("5)", &usual, NotMoney),
        ("CR", &usual, NotMoney),
        ("££5", &usual, NotMoney),
        ("12%", &usual, NotMoney),
        ("12.3.4", &usual, Grouping),
        ("12.345", &usual, TooPrecise),
        ("0.0000049", &usual, TooPrecise),
        ("12,50", &usual, Grouping),
        ("1,23,456.00", &usual, Grouping),
        ("1234,567", &usual, Grouping),
        (",123", &usual, Grouping),
        ("1.234,50", &usual, Grouping),
        ("-(5)", &usual, AmbiguousSign),
        ("(-5)", &usual, AmbiguousSign),
        ("-5-", &usual, AmbiguousSign),
        ("--5", &usual, AmbiguousSign),
        ("-5 CR", &usual, AmbiguousSign),
        ("(5) DR", &usual, AmbiguousSign),
        ("$5", &usual, Currency),
        ("5 €", &usual, Currency),
        ("USD 5", &usual, Currency),
        ("1.2E+05", &usual, Scientific),
        ("1e5", &usual, Scientific),
        ("10,000,000,000.01", &usual, TooLarge),
        ("99999999999999999999999", &usual, TooLarge),
        ("(5)", &strict, MarkNotAllowed),
        ("5-", &strict, MarkNotAllowed),
        ("5 CR", &strict, MarkNotAllowed),
        ("£5", &strict, MarkNotAllowed),
        ("1,234", &strict, Grouping),
        ("-", &strict, NotMoney),
    ] {
        assert_eq!(parse_money(text, rules), Err(fault), "{text:?}");
    }
}

fn date_of(text: &str, rules: &DateRules) -> Result<String, FaultCode> {
    let mut profile = ledger();
    profile.dates = rules.clone();
    let file = format!("Trans,Line,Date,Amount,Supplier\n1,1,\"{text}\",5,Acorn\n");
    match &rows(file, &profile)[..] {
        [Row::Line(row)] => Ok(row.draft.incurred_on.to_string()),
        [Row::Faulty(row)] => Err(row.faults[0].code),
        other => panic!("{other:?}"),
    }
}

#[test]
fn dates_are_read_by_the_forms_of_the_profile() {
    use DateFormat::*;
    use FaultCode::*;
    let rules = |formats: &[DateFormat]| DateRules {
        formats: formats.to_vec(),
        ..DateRules::default()
    };
    let british = rules(&[DayMonthYear, YearMonthDay, DayNameYear]);
    let american = rules(&[MonthDayYear]);
    let compact = rules(&[Compact, ExcelSerial]);
    let full_years = DateRules {
        two_digit_years_to: None,
        ..british.clone()
    };
    let this_year = DateRules {
        earliest: chrono::NaiveDate::from_ymd_opt(2026, 4, 1),
        latest: chrono::NaiveDate::from_ymd_opt(2027, 3, 31),
        ..british.clone()
    };
    for (text, rules, expected) in [
        ("03/04/2026", &british, Ok("2026-04-03")),
        ("3/4/26", &british, Ok("2026-04-03")),
        ("03.04.2026", &british, Ok("2026-04-03")),
        ("3-4-2026", &british, Ok("2026-04-03")),
        ("01/01/99", &british, Ok("1999-01-01")),
        ("2026-04-03", &british, Ok("2026-04-03")),
        ("2026/04/03", &british, Ok("2026-04-03")),
        ("03-Apr-26", &british, Ok("2026-04-03")),
        ("3 April 2026", &british, Ok("2026-04-03")),
        ("3 Sept 2026", &british, Ok("2026-09-03")),
        ("29/02/2028", &british, Ok("2028-02-29")),
        ("03/04/2026 00:00:00", &british, Ok("2026-04-03")),
        ("2026-04-03T09:30:00", &british, Ok("2026-04-03")),
        // An instant is the day that it was in London: summer time has begun.
        ("2026-03-31T23:30:00Z", &british, Ok("2026-04-01")),
        ("2026-01-31T23:30:00Z", &british, Ok("2026-01-31")),
        ("04/03/2026", &american, Ok("2026-04-03")),
        ("20260403", &compact, Ok("2026-04-03")),
        ("46115", &compact, Ok("2026-04-03")),
        ("46115.75", &compact, Ok("2026-04-03")),
        ("31/02/2026", &british, Err(NoSuchDay)),
        ("29/02/2026", &british, Err(NoSuchDay)),
        ("04/13/2026", &british, Err(NoSuchDay)),
        ("13/04/2026", &american, Err(NoSuchDay)),
        ("April", &british, Err(NotADate)),
        ("46115", &british, Err(NotADate)),
        ("03/04", &british, Err(NotADate)),
        ("03/04/226", &british, Err(NotADate)),
        ("3 Ap 2026", &british, Err(NotADate)),
        ("03/04/26", &full_years, Err(TwoDigitYear)),
        ("03/04/0206", &british, Err(DateOutOfRange)),
        ("31/03/2026", &this_year, Err(DateOutOfRange)),
        ("01/04/2026", &this_year, Ok("2026-04-01")),
        ("31/03/2027", &this_year, Ok("2027-03-31")),
    ] {
        let expected = expected.map(str::to_owned);
        assert_eq!(date_of(text, rules), expected, "{text:?}");
    }
}

#[test]
fn each_fault_says_what_is_wrong_and_what_to_do() {
    let mut profile = ledger();
    profile.columns.insert(Field::Category, header("Category"));
    profile.values.insert(
        Field::Category,
        ValueMap {
            entries: [("Staffing".to_owned(), "staff".to_owned())].into(),
            unlisted: Unlisted::Fault,
        },
    );
    // date, amount, category -> column, code, message
    for (date, amount, category, column, code, message) in [
        (
            "",
            "5",
            "Staffing",
            "C",
            FaultCode::Missing,
            "The date received is empty. Type it, or set the row aside.",
        ),
        (
            "01/04/2026",
            "",
            "Staffing",
            "D",
            FaultCode::Missing,
            "The amount is empty. Type it, or set the row aside.",
        ),
        (
            "01/04/2026",
            "tbc",
            "Staffing",
            "D",
            FaultCode::NotMoney,
            "“tbc” is not an amount of money. Type the amount in pounds and pence, like 1234.50.",
        ),
        (
            "01/04/2026",
            "12.345",
            "Staffing",
            "D",
            FaultCode::TooPrecise,
            "“12.345” has more than two decimals. Type the amount in whole pence.",
        ),
        (
            "01/04/2026",
            "\"12,50\"",
            "Staffing",
            "D",
            FaultCode::BadGrouping,
            "The separators in “12,50” do not stand between thousands. If the file writes its amounts so, change “Mark between thousands” or “Mark before the pence” in the layout; otherwise type the amount without separators.",
        ),
        (
            "01/04/2026",
            "-5 CR",
            "Staffing",
            "D",
            FaultCode::AmbiguousSign,
            "“-5 CR” says more than once whether it is a credit. Type the amount with one minus, or none.",
        ),
        (
            "01/04/2026",
            "€5",
            "Staffing",
            "D",
            FaultCode::NotPounds,
            "“€5” is not in pounds. Type the amount in pounds, as the ledger paid it.",
        ),
        (
            "01/04/2026",
            "1E+5",
            "Staffing",
            "D",
            FaultCode::Scientific,
            "“1E+5” is in scientific notation, so digits may have been lost. Type the amount in full.",
        ),
        (
            "01/04/2026",
            "99999999999",
            "Staffing",
            "D",
            FaultCode::TooLarge,
            "“99999999999” is more than ten billion pounds. Check the amount.",
        ),
        (
            "soon",
            "5",
            "Staffing",
            "C",
            FaultCode::NotADate,
            "“soon” is not a date as the layout expects it (like 31/03/2026 or 2026-03-31). Type the date received that way, or tick its form under “Dates are written like” in the layout.",
        ),
        (
            "31/02/2026",
            "5",
            "Staffing",
            "C",
            FaultCode::NoSuchDay,
            "There is no day “31/02/2026” in the calendar. Correct the date received; if day and month are the other way round, change “Dates are written like” in the layout.",
        ),
        (
            "01/04/1926",
            "5",
            "Staffing",
            "C",
            FaultCode::DateOutOfRange,
            "“01/04/1926” is outside the dates that spend here can have. Check the date received.",
        ),
        (
            "01/04/2026",
            "5",
            "Catering",
            "F",
            FaultCode::UnknownValue,
            "“Catering” is not a cost category that the layout knows. Add it to the layout's list, or correct the row.",
        ),
        (
            "01/04/2026",
            "5",
            "Staf\u{7}fing",
            "F",
            FaultCode::ControlCharacter,
            "This cell holds an invisible control character. Type its text again.",
        ),
        (
            "01/04/2026",
            "5",
            "Staffing,Acorn",
            "G",
            FaultCode::ExtraCells,
            "This row has more values than the 6 headings. A value probably holds the separator without quotation marks, so that what follows it stands one column too far right. Correct each value of the row and empty the extra ones.",
        ),
    ] {
        let file = format!(
            "Trans,Line,Date,Amount,Supplier,Category\n1,1,{date},{amount},Acorn,{category}\n"
        );
        let rows = rows(file, &profile);
        let fault = &faulty(&rows[0]).faults[0];
        assert_eq!(
            (
                fault.row,
                fault.column.as_deref(),
                fault.code,
                fault.message.as_str()
            ),
            (2, Some(column), code, message)
        );
    }
}

#[test]
fn all_faults_of_a_row_are_found_at_once() {
    let rows = rows(
        "Trans,Line,Date,Amount,Supplier\n1,1,soon,tbc,Acorn\n",
        &ledger(),
    );
    let row = faulty(&rows[0]);
    let found: Vec<_> = row
        .faults
        .iter()
        .map(|fault| {
            (
                fault.heading.as_deref(),
                fault.field,
                fault.code,
                fault.raw.as_str(),
            )
        })
        .collect();
    assert_eq!(
        found,
        [
            (
                Some("Amount"),
                Some(Field::Amount),
                FaultCode::NotMoney,
                "tbc"
            ),
            (
                Some("Date"),
                Some(Field::IncurredOn),
                FaultCode::NotADate,
                "soon"
            ),
        ]
    );
    assert_eq!(row.amount_pence, None);
}

#[test]
fn debit_and_credit_columns_make_one_amount() {
    let mut profile = ledger();
    profile.columns.remove(&Field::Amount);
    profile.columns.insert(Field::Debit, header("Debit"));
    profile.columns.insert(Field::Credit, header("Credit"));
    for (debit, credit, expected) in [
        ("5.00", "", Ok(500)),
        ("", "5.00", Ok(-500)),
        ("5.00", "0.00", Ok(500)),
        ("-", "5.00", Ok(-500)),
        ("-5.00", "", Ok(-500)),
        ("5.00", "1.00", Err(FaultCode::DebitAndCredit)),
        ("", "", Err(FaultCode::Missing)),
        ("x", "1.00", Err(FaultCode::NotMoney)),
    ] {
        let file = format!(
            "Trans,Line,Date,Debit,Credit,Supplier\n1,1,01/04/2026,{debit},{credit},Acorn\n"
        );
        let found = match &rows(file, &profile)[..] {
            [Row::Line(row)] => Ok(row.draft.amount_pence),
            [Row::Faulty(row)] => Err(row.faults[0].code),
            other => panic!("{other:?}"),
        };
        assert_eq!(found, expected, "{debit:?} {credit:?}");
    }
}
