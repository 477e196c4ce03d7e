use std::collections::BTreeSet;

use proptest::prelude::*;

use super::*;
use crate::imports::rules::delimited::Records;

fn profiles() -> impl Strategy<Value = ImportProfile> {
    let marks = prop_oneof![
        Just((Thousands::Comma, DecimalMark::Point)),
        Just((Thousands::Point, DecimalMark::Comma)),
        Just((Thousands::Space, DecimalMark::Comma)),
        Just((Thousands::Apostrophe, DecimalMark::Point)),
        Just((Thousands::None, DecimalMark::Point)),
    ];
    (marks, any::<bool>(), any::<bool>()).prop_map(|((thousands, decimal), negative, letters)| {
        let mut profile = ledger();
        profile.amounts.thousands = thousands;
        profile.amounts.decimal = decimal;
        if negative {
            profile.amounts.spend_is = SpendSign::Negative;
        }
        if letters {
            profile.no_headings = true;
            for (column, letter) in profile.columns.values_mut().zip('A'..) {
                *column = ColumnRef::Letter(letter.to_string());
            }
        }
        profile
    })
}

/// Pence as the profile's ledger would print them.
fn printed(pence: i64, rules: &AmountRules, style: u8) -> String {
    let shown = match rules.spend_is {
        SpendSign::Positive => pence,
        SpendSign::Negative => -pence,
    };
    let (separator, mark) = match (rules.thousands, rules.decimal) {
        (Thousands::Comma, _) => (",", "."),
        (Thousands::Point, _) => (".", ","),
        (Thousands::Space, _) => (" ", ","),
        (Thousands::Apostrophe, _) => ("'", "."),
        (Thousands::None, _) => ("", "."),
    };
    let digits = (shown.unsigned_abs() / 100).to_string();
    let mut grouped = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index) % 3 == 0 {
            grouped.push_str(separator);
        }
        grouped.push(digit);
    }
    let body = format!("{grouped}{mark}{:02}", shown.unsigned_abs() % 100);
    match (shown < 0, style % 4) {
        (false, 0) => body,
        (false, 1) => format!("£{body}"),
        (false, 2) => format!("+{body}"),
        (false, _) => format!("{body} {}", if pence < 0 { "CR" } else { "DR" }),
        (true, 0) => format!("({body})"),
        (true, 1) => format!("-£{body}"),
        (true, 2) => format!("{body}-"),
        (true, _) => format!("{body} {}", if pence < 0 { "CR" } else { "DR" }),
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn money_survives_its_printing(pence in -1_000_000_000_000_i64..=1_000_000_000_000, style: u8, profile in profiles()) {
        let text = printed(pence, &profile.amounts, style);
        prop_assert_eq!(parse_money(&text, &profile.amounts), Ok(pence), "{}", text);
        prop_assert_eq!(parse_money(&plain_pounds(pence), &AmountRules::default()), Ok(pence));
    }

    #[test]
    fn amounts_of_cells_survive_the_float(pence in -10_000_000_000_i64..=10_000_000_000) {
        // Only the test makes a float, as the workbook's author did.
        let pounds: f64 = plain_pounds(pence).parse().unwrap();
        let noisy = (pounds + 0.1) - 0.1;
        for value in [pounds, noisy] {
            let found = super::super::money_text::parse_number_cell(&value.to_string(), &AmountRules::default());
            prop_assert_eq!(found, Ok(pence), "{}", value);
        }
    }

    #[test]
    fn no_text_makes_the_readers_panic(text in "\\PC{0,40}", profile in profiles()) {
        let quoted = text.replace('"', "\"\"");
        let _money = parse_money(&text, &profile.amounts);
        let file = format!("Trans,Line,Date,Amount,Supplier\n1,1,\"{quoted}\",\"{quoted}\",\"{quoted}\"\n");
        let (_, summary) = read_all(file.as_bytes(), &profile).unwrap();
        prop_assert_eq!(summary.lines + summary.faulty + summary.blank, if profile.no_headings { 2 } else { 1 });
    }

    #[test]
    fn no_bytes_make_the_reader_panic(start in 0_usize..4, bytes in proptest::collection::vec(any::<u8>(), 0..400), profile in profiles()) {
        let starts: [&[u8]; 4] = [b"", b"PK\x03\x04", b"\xef\xbb\xbfTrans,Line,Date,Amount,Supplier\n", b"Trans,Line,Date,Amount,Supplier\n"];
        let mut file = starts[start].to_vec();
        file.extend(bytes);
        // A refusal is an answer as good as rows: each row is in exactly one state.
        if let Ok((rows, summary)) = read_all(&file, &profile) {
            let count = u64::try_from(rows.len()).unwrap();
            prop_assert_eq!(count, summary.lines + summary.faulty + summary.skipped);
            let numbers: BTreeSet<u32> = rows.iter().map(Row::number).collect();
            prop_assert_eq!(numbers.len(), rows.len());
        }
        let _peeked = peek(&file, &profile, &options(), 5);
    }

    #[test]
    fn no_damage_to_a_workbook_makes_the_reader_panic(at in any::<prop::sample::Index>(), byte: u8) {
        let mut workbook = rust_xlsxwriter::Workbook::new();
        let sheet = workbook.add_worksheet();
        for (column, heading) in (0_u16..).zip(["Trans", "Line", "Date", "Amount", "Supplier"]) {
            sheet.write(0, column, heading).unwrap();
        }
        sheet.write(1, 3, 5.0).unwrap();
        let mut file = workbook.save_to_buffer().unwrap();
        let at = at.index(file.len());
        file[at] = byte;
        if let Ok((_, summary)) = read_all(&file, &ledger()) {
            prop_assert!(summary.lines + summary.faulty <= 2);
        }
    }

    #[test]
    fn the_splitter_agrees_with_the_csv_crate(
        table in proptest::collection::vec(proptest::collection::vec("[ab,;\"\r\n é]{0,6}", 1..5), 1..6),
        wild in "[ab,\"\r\n]{0,30}",
    ) {
        let mut writer = csv::WriterBuilder::new().flexible(true).from_writer(Vec::new());
        for record in &table {
            writer.write_record(record).unwrap();
        }
        let written = String::from_utf8(writer.into_inner().unwrap()).unwrap();
        for text in [written, wild] {
            let mut ours = Vec::new();
            let mut records = Records::new(&text, b',', 0);
            let mut cells = Vec::new();
            let mut closed = true;
            loop {
                match records.next(&mut cells) {
                    Ok(true) => ours.push(cells.iter().map(|cell| cell.text().into_owned()).collect::<Vec<_>>()),
                    Ok(false) => break,
                    Err(_) => { closed = false; break }
                }
            }
            if !closed {
                // The crate takes what follows an open quotation mark as one value; we refuse it.
                continue;
            }
            // The crate leaves blank rows out; we count them.
            ours.retain(|row| row.len() > 1 || !row[0].is_empty());
            let mut reader = csv::ReaderBuilder::new().flexible(true).has_headers(false).from_reader(text.as_bytes());
            let theirs: Vec<Vec<String>> = reader
                .records()
                .map(|record| record.unwrap().iter().map(str::to_owned).collect())
                .filter(|row: &Vec<String>| row.len() > 1 || !row[0].is_empty())
                .collect();
            prop_assert_eq!(ours, theirs, "{:?}", text);
        }
    }

    #[test]
    fn the_order_of_rows_changes_no_identity(
        (rows, shuffled) in proptest::collection::vec((1_u8..4, 1_u8..4), 1..30)
            .prop_flat_map(|rows| (Just(rows.clone()), Just(rows).prop_shuffle()))
    ) {
        let found = |rows: &[(u8, u8)]| {
            let mut file = "Date,Amount,Supplier\n".to_owned();
            for (day, amount) in rows {
                file.push_str(&format!("0{day}/04/2026,{amount}.00,Acorn\n"));
            }
            let mut keys: Vec<String> = super::rows(&file, &unnumbered())
                .iter()
                .map(|row| good(row).identity.clone())
                .collect();
            keys.sort();
            keys
        };
        let keys = found(&rows);
        prop_assert_eq!(keys.iter().collect::<BTreeSet<_>>().len(), rows.len());
        prop_assert_eq!(keys, found(&shuffled));
    }
}
