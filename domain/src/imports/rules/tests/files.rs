use super::*;

const HEADINGS: &str = "Trans,Line,Date,Amount,Supplier\n";

fn supplier(rows: &[Row], index: usize) -> &str {
    good(&rows[index]).draft.supplier.as_deref().unwrap()
}

#[test]
fn windows_1252_with_pounds_and_accents() {
    let mut file = HEADINGS.as_bytes().to_vec();
    file.extend(b"1,1,01/04/2026,\xa35.00,Caf\xe9 \x93Acorn\x94\n");
    for encoding in [TextEncoding::Auto, TextEncoding::Windows1252] {
        let profile = ImportProfile {
            encoding,
            ..ledger()
        };
        let (rows, summary) = read_all(&file, &profile).unwrap();
        assert_eq!(supplier(&rows, 0), "Café “Acorn”");
        assert_eq!(good(&rows[0]).draft.amount_pence, 500);
        assert_eq!(summary.source.encoding, Some(TextEncoding::Windows1252));
    }
    let strict = ImportProfile {
        encoding: TextEncoding::Utf8,
        ..ledger()
    };
    let fault = refused(&file, &strict);
    assert_eq!(fault.code, FileFaultCode::BadEncoding);
    assert_eq!(
        fault.message,
        "The file is not UTF-8 (first at text line 2). It is probably Windows-1252: set “Text \
         encoding” in the layout to “Windows-1252” or “Found by itself”."
    );
}

#[test]
fn utf_8_with_and_without_its_mark() {
    for mark in ["", "\u{feff}"] {
        let file = format!("{mark}{HEADINGS}1,1,01/04/2026,£5.00,Café\n");
        let (rows, summary) = read_all(file.as_bytes(), &ledger()).unwrap();
        assert_eq!(supplier(&rows, 0), "Café");
        assert_eq!(summary.source.encoding, Some(TextEncoding::Utf8));
    }
}

#[test]
fn utf_16_as_excel_saves_unicode_text() {
    let text = format!("{HEADINGS}1,1,01/04/2026,£5.00,Café\n").replace(',', "\t");
    let mut file = vec![0xff, 0xfe];
    file.extend(text.encode_utf16().flat_map(u16::to_le_bytes));
    let (rows, summary) = read_all(&file, &ledger()).unwrap();
    assert_eq!(supplier(&rows, 0), "Café");
    assert_eq!(summary.source.delimiter, Some(Delimiter::Tab));
    assert_eq!(summary.source.encoding, Some(TextEncoding::Utf16));
}

#[test]
fn separators_are_told_from_the_file() {
    let line = "1,1,01/04/2026,5.00,Acorn\n2,1,02/04/2026,6.00,Beech\n";
    for (byte, delimiter) in [
        (",", Delimiter::Comma),
        (";", Delimiter::Semicolon),
        ("\t", Delimiter::Tab),
        ("|", Delimiter::Pipe),
    ] {
        let file = format!("{HEADINGS}{line}").replace(',', byte);
        let (rows, summary) = read_all(file.as_bytes(), &ledger()).unwrap();
        assert_eq!(rows.len(), 2);
        assert_eq!(summary.source.delimiter, Some(delimiter));
    }
}

#[test]
fn semicolons_with_decimal_commas() {
    let mut profile = ledger();
    profile.amounts.thousands = Thousands::Point;
    profile.amounts.decimal = DecimalMark::Comma;
    let file = "Trans;Line;Date;Amount;Supplier\n1;1;01.04.2026;1.234,50;Acorn, Beech\n2;1;01.04.2026;7,00;Acorn\n";
    let rows = rows(file, &profile);
    assert_eq!(good(&rows[0]).draft.amount_pence, 123_450);
    assert_eq!(supplier(&rows, 0), "Acorn, Beech");
}

#[test]
fn rows_are_numbered_as_a_spreadsheet_shows_them() {
    // Two lines of title, a blank row, headings in row 4; a value over three lines is one row;
    // a blank row between counts.
    let file = "Spend report\r\nApril\r\n\r\nTrans,Line,Date,Amount,Supplier\r\n\
                1,1,01/04/2026,5.00,\"Acorn\r\nof\r\nBrook Street\"\r\n\
                \r\n\
                2,1,01/04/2026,oops,Beech\r\n";
    let profile = ImportProfile {
        skip_rows: 3,
        ..ledger()
    };
    let (rows, summary) = read_all(file.as_bytes(), &profile).unwrap();
    assert_eq!(rows.iter().map(Row::number).collect::<Vec<_>>(), [5, 7]);
    assert_eq!(supplier(&rows, 0), "Acorn of Brook Street");
    assert_eq!(faulty(&rows[1]).faults[0].row, 7);
    assert_eq!((summary.lines, summary.faulty, summary.blank), (1, 1, 1));
}

#[test]
fn the_separator_line_of_excel_is_not_a_row() {
    let file = format!("sep=;\r\n{HEADINGS}1,1,01/04/2026,5.00,Acorn\n").replace(',', ";");
    let rows = rows(file, &ledger());
    assert_eq!(rows[0].number(), 2);
}

#[test]
fn quotation_marks_doubled_inside_a_value() {
    let file = format!("{HEADINGS}1,1,01/04/2026,\"1,234.50\",\"The \"\"Acorn\"\" café\"\n");
    let rows = rows(file, &ledger());
    assert_eq!(supplier(&rows, 0), "The \"Acorn\" café");
    assert_eq!(good(&rows[0]).draft.amount_pence, 123_450);
}

#[test]
fn a_quotation_mark_left_open_is_reported_with_its_row() {
    let file = format!(
        "{HEADINGS}1,1,01/04/2026,5.00,Acorn\n2,1,01/04/2026,5.00,\"Beech\n3,1,01/04/2026,5.00,Cedar\n"
    );
    let fault = refused(file, &ledger());
    assert_eq!(fault.code, FileFaultCode::UnclosedQuote);
    assert!(fault.message.contains("row 3"), "{}", fault.message);
}

#[test]
fn totals_and_footers_are_skipped_by_rule_and_counted() {
    let mut profile = ledger();
    profile.skip = vec![
        SkipRule {
            column: header("Supplier"),
            when: SkipWhen::Equals("Total".to_owned()),
        },
        SkipRule {
            column: header("Trans"),
            when: SkipWhen::StartsWith("Report run".to_owned()),
        },
        SkipRule {
            column: header("Trans"),
            when: SkipWhen::Empty,
        },
    ];
    let file = format!(
        "{HEADINGS}1,1,01/04/2026,5.00,Acorn\n9,,,5.00, TOTAL \nReport run 3 May\n,,,5.00,carried\n,,,,\n"
    );
    let (rows, summary) = read_all(file.as_bytes(), &profile).unwrap();
    let skipped: Vec<_> = rows
        .iter()
        .filter_map(|row| match row {
            Row::Skipped(row) => Some((row.row, row.rule, row.text.as_str())),
            _ => None,
        })
        .collect();
    assert_eq!(
        skipped,
        [
            (3, 0, "9 5.00 TOTAL"),
            (4, 1, "Report run 3 May"),
            (5, 2, "5.00 carried")
        ]
    );
    assert_eq!((summary.lines, summary.skipped, summary.blank), (1, 3, 1));
    // Without the rules the same rows are faulty: nothing is dropped unasked.
    let (_, summary) = read_all(file.as_bytes(), &ledger()).unwrap();
    assert_eq!((summary.lines, summary.faulty, summary.skipped), (1, 3, 0));
}

#[test]
fn columns_can_be_named_by_letter_without_headings() {
    let letter = |name: &str| ColumnRef::Letter(name.to_owned());
    let profile = ImportProfile {
        no_headings: true,
        columns: [
            (Field::IncurredOn, letter("A")),
            (Field::Amount, letter("c")),
        ]
        .into(),
        ..ledger()
    };
    let rows = rows("01/04/2026,Acorn,5.00\n", &profile);
    let row = good(&rows[0]);
    assert_eq!((row.row, row.draft.amount_pence), (1, 500));
}

#[test]
fn headings_that_are_missing_or_repeated_refuse_the_file() {
    let fault = refused("Trans,Line,When,Amount,Supplier\n", &ledger());
    assert_eq!(fault.code, FileFaultCode::NoSuchHeading);
    assert_eq!(
        fault.message,
        "The file has no heading “Date”. Its headings are: Trans, Line, When, Amount, Supplier. \
         Correct the layout, or the number of rows above the headings."
    );
    let fault = refused("Trans,Line,Date,Amount,amount ,Supplier\n", &ledger());
    assert_eq!(fault.code, FileFaultCode::RepeatedHeading);
    assert_eq!(
        fault.message,
        "The heading “Amount” stands over column D and column E. Name the right one by its letter \
         in the layout."
    );
}

#[test]
fn files_that_are_no_files_of_spend_are_refused_in_words() {
    for (bytes, code) in [
        (&b""[..], FileFaultCode::Empty),
        (b"\n", FileFaultCode::NoHeadings),
        (
            b"\xd0\xcf\x11\xe0\xa1\xb1",
            FileFaultCode::OldOrLockedWorkbook,
        ),
        (b"PK\x03\x04nonsense", FileFaultCode::BadWorkbook),
        (b"%PDF-1.7 \0\0\0", FileFaultCode::UnknownKind),
    ] {
        let fault = refused(bytes, &ledger());
        assert_eq!(fault.code, code, "{}", fault.message);
        assert!(fault.message.ends_with('.'));
    }
    let csv_only = ImportProfile {
        format: FileFormat::Csv,
        ..ledger()
    };
    assert_eq!(
        refused(b"PK\x03\x04", &csv_only).code,
        FileFaultCode::UnknownKind
    );
    let blank = ImportProfile::default();
    assert_eq!(refused(HEADINGS, &blank).code, FileFaultCode::BadProfile);
}

#[test]
fn every_size_has_its_limit() {
    let file = format!(
        "{HEADINGS}1,1,01/04/2026,5.00,Acorn\n2,1,01/04/2026,5.00,{}\n",
        "x".repeat(50)
    );
    let usual = Limits::default();
    for (limits, expected) in [
        (
            Limits { bytes: 10, ..usual },
            Err(FileFaultCode::TooManyBytes),
        ),
        (Limits { rows: 2, ..usual }, Err(FileFaultCode::TooManyRows)),
        (
            Limits {
                columns: 4,
                ..usual
            },
            Err(FileFaultCode::TooManyColumns),
        ),
        (
            Limits {
                cell_characters: 49,
                ..usual
            },
            Ok(1),
        ),
        (
            Limits {
                cell_characters: 50,
                rows: 3,
                columns: 5,
                ..usual
            },
            Ok(0),
        ),
    ] {
        let options = ReadOptions {
            limits,
            ..options()
        };
        let found = read(file.as_bytes(), &ledger(), &options, |_| {
            ControlFlow::Continue(())
        });
        assert_eq!(
            found
                .map(|summary| summary.faulty)
                .map_err(|fault| fault.code),
            expected
        );
    }
}

#[test]
fn the_caller_can_stop() {
    let file = format!("{HEADINGS}1,1,01/04/2026,5,Acorn\n2,1,01/04/2026,5,Acorn\n");
    let mut seen = 0;
    let summary = read(file.as_bytes(), &ledger(), &options(), |_| {
        seen += 1;
        ControlFlow::Break(())
    });
    assert_eq!((seen, summary.unwrap().stopped), (1, true));
}

#[test]
fn values_are_mapped_to_our_words() {
    let mut profile = ledger();
    for (field, name, entries) in [
        (Field::Category, "Cat", vec![("Staffing costs", "staff")]),
        (
            Field::Kind,
            "Type",
            vec![("INV", "invoice"), ("CRN", "credit")],
        ),
        (
            Field::CapitalOrRevenue,
            "C/R",
            vec![("C", "capital"), ("R", "revenue")],
        ),
    ] {
        profile.columns.insert(field, header(name));
        let entries = entries.into_iter();
        profile.values.insert(
            field,
            ValueMap {
                entries: entries.map(|(a, b)| (a.to_owned(), b.to_owned())).collect(),
                unlisted: Unlisted::Fault,
            },
        );
    }
    profile
        .defaults
        .insert(Field::Place, "whole-county".to_owned());
    let file = "Trans,Line,Date,Amount,Supplier,Cat,Type,C/R\n\
                1,001,01/04/2026,5,Acorn,staffing  COSTS,inv,R\n\
                2,1,01/04/2026,-5,Acorn,Staffing costs,CRN,\n\
                3,1,01/04/2026,5,Acorn,Staffing costs,Letter,c\n";
    let rows = rows(file, &profile);
    let first = &good(&rows[0]).draft;
    assert_eq!(first.category.as_deref(), Some("staff"));
    assert_eq!(first.place.as_deref(), Some("whole-county"));
    assert_eq!(first.kind, LineKind::Invoice);
    assert_eq!(first.capital_or_revenue, Some(CapitalOrRevenue::Revenue));
    assert_eq!(first.line.as_deref(), Some("1"));
    let second = &good(&rows[1]).draft;
    assert_eq!((second.kind, second.amount_pence), (LineKind::Credit, -500));
    assert_eq!(second.capital_or_revenue, None);
    let third = faulty(&rows[2]);
    assert_eq!(third.faults[0].code, FaultCode::UnknownValue);
    assert_eq!(third.amount_pence, Some(500));

    for (unlisted, expected) in [(Unlisted::Keep, Some("Odd")), (Unlisted::Empty, None)] {
        if let Some(map) = profile.values.get_mut(&Field::Category) {
            map.unlisted = unlisted;
        }
        let file =
            "Trans,Line,Date,Amount,Supplier,Cat,Type,C/R\n1,1,01/04/2026,5,Acorn,Odd,inv,R\n";
        let rows = super::rows(file, &profile);
        assert_eq!(good(&rows[0]).draft.category.as_deref(), expected);
    }
}

#[test]
fn vat_is_kept_and_never_added() {
    let mut profile = ledger();
    profile.columns.insert(Field::Vat, header("VAT"));
    let file = "Trans,Line,Date,Amount,VAT,Supplier\n1,1,01/04/2026,100.00,20.00,Acorn\n";
    let rows = rows(file, &profile);
    let draft = &good(&rows[0]).draft;
    assert_eq!((draft.amount_pence, draft.vat_pence), (10_000, Some(2_000)));
}

#[test]
fn the_date_posted_stands_in_only_where_the_profile_says_so() {
    let mut profile = ledger();
    profile.columns.insert(Field::PostedOn, header("Posted"));
    let file = "Trans,Line,Date,Posted,Amount,Supplier\n1,1,,02/04/2026,5,Acorn\n";
    let before = rows(file, &profile);
    assert_eq!(faulty(&before[0]).faults[0].code, FaultCode::Missing);
    profile.dates.received_else_posted = true;
    let after = rows(file, &profile);
    assert_eq!(good(&after[0]).draft.incurred_on.to_string(), "2026-04-02");
}
