//! Identity, suspected duplicates, corrections, and the control total.

use super::*;

fn identities(rows: &[Row]) -> Vec<&str> {
    rows.iter().map(|row| good(row).identity.as_str()).collect()
}

#[test]
fn a_line_is_known_by_transaction_and_line_number() {
    let file =
        "Trans,Line,Date,Amount,Supplier\nA:1,001,01/04/2026,5,Acorn\nA,1:1,01/04/2026,6,Acorn\n";
    assert_eq!(
        identities(&rows(file, &ledger())),
        ["t:council-ledger:A%3A1:1", "t:council-ledger:A:1%3A1"]
    );
}

#[test]
fn without_numbers_the_nth_identical_row_is_the_nth_line() {
    let file = "Date,Amount,Supplier\n01/04/2026,5.00,Acorn\n01/04/2026,6.00,Acorn\n2026-04-01, £5 ,  Acorn\n";
    let rows = rows(file, &unnumbered());
    let found = identities(&rows);
    let (first, nth) = found[0].rsplit_once(':').unwrap();
    assert_eq!((first.len(), nth), ("h:".len() + 64, "1"));
    // The same facts in other clothes: the second identical row, shown as such and kept.
    assert_eq!(found[2], format!("{first}:2"));
    assert_eq!(
        good(&rows[2]).suspects,
        [Suspect {
            of_row: 2,
            reason: SuspectReason::IdenticalRow
        }]
    );
    assert!(!found[1].starts_with(first));
    assert!(good(&rows[1]).suspects.is_empty());
}

#[test]
fn neither_maps_nor_payment_dates_change_who_a_line_is() {
    let mut profile = unnumbered();
    profile.columns.insert(Field::PaidOn, header("Paid"));
    profile.columns.insert(Field::Category, header("Cat"));
    let unpaid = rows(
        "Date,Amount,Supplier,Cat,Paid\n01/04/2026,5,Acorn,S1,\n",
        &profile,
    );
    profile.values.insert(
        Field::Category,
        ValueMap {
            entries: [("S1".to_owned(), "staff".to_owned())].into(),
            unlisted: Unlisted::Fault,
        },
    );
    let paid = rows(
        "Date,Amount,Supplier,Cat,Paid\n01/04/2026,5,Acorn,S1,09/05/2026\n",
        &profile,
    );
    assert_eq!(identities(&unpaid), identities(&paid));
    let Comparison::Changed(changes) = compare(&good(&unpaid[0]).draft, &good(&paid[0]).draft)
    else {
        panic!("two fields differ");
    };
    let found: Vec<_> = changes
        .iter()
        .map(|change| (change.field, change.was.as_str(), change.now.as_str()))
        .collect();
    assert_eq!(
        found,
        [
            (Field::PaidOn, "", "2026-05-09"),
            (Field::Category, "S1", "staff")
        ]
    );
}

#[test]
fn the_same_number_twice_is_a_fault() {
    let file = "Trans,Line,Date,Amount,Supplier\n7,1,01/04/2026,5,Acorn\n7,01,01/04/2026,6,Acorn\n";
    let (rows, summary) = read_all(file.as_bytes(), &ledger()).unwrap();
    let row = faulty(&rows[1]);
    assert_eq!(row.faults[0].code, FaultCode::DuplicateLine);
    assert_eq!(row.amount_pence, Some(600));
    assert_eq!(
        row.faults[0].message,
        "Row 2 already has this transaction and line number, and the ledger gives each line its \
         own. Correct the number, or set one of the rows aside."
    );
    assert_eq!(
        (summary.sum_lines_pence, summary.sum_faulty_pence),
        (500, 600)
    );
}

#[test]
fn the_same_payment_under_two_transactions_is_shown_and_kept() {
    let file = "Trans,Line,Date,Amount,Supplier\n\
                1,1,01/04/2026,50,Acorn\n\
                1,2,01/04/2026,50,Acorn\n\
                2,1,01/04/2026,50,ACORN\n\
                3,1,02/04/2026,50,Acorn\n\
                4,1,01/04/2026,51,Acorn\n\
                5,1,01/04/2026,50,Beech\n\
                6,1,01/04/2026,50,\n\
                7,1,01/04/2026,50,\n";
    let (rows, summary) = read_all(file.as_bytes(), &ledger()).unwrap();
    assert_eq!((summary.lines, summary.suspected), (8, 1));
    let suspects: Vec<_> = rows
        .iter()
        .flat_map(|row| good(row).suspects.iter().map(|s| (row.number(), s.of_row)))
        .collect();
    assert_eq!(suspects, [(4, 2)]);
    assert!(
        good(&rows[2]).suspects[0]
            .reason
            .sentence(2)
            .contains("Row 2")
    );
}

#[test]
fn a_draft_is_the_same_or_says_which_fields_changed() {
    let one = rows(
        "Trans,Line,Date,Amount,Supplier\n1,1,01/04/2026,5,Acorn\n",
        &ledger(),
    );
    let two = rows(
        "Trans,Line,Date,Amount,Supplier\n1,1,02/04/2026,-5.5,Acorn\n",
        &ledger(),
    );
    let (one, two) = (&good(&one[0]).draft, &good(&two[0]).draft);
    assert_eq!(compare(one, one), Comparison::Same);
    let change = |field, was: &str, now: &str| FieldChange {
        field,
        was: was.to_owned(),
        now: now.to_owned(),
    };
    assert_eq!(
        compare(one, two),
        Comparison::Changed(vec![
            change(Field::IncurredOn, "2026-04-01", "2026-04-02"),
            change(Field::Amount, "5.00", "-5.50"),
        ])
    );
}

#[test]
fn a_row_is_corrected_by_new_values_for_named_columns() {
    let file = "Trans,Line,Date,Amount,Supplier\n1,1,soon,tbc,Acorn\n1,2,01/04/2026,5,Acorn,Ltd\n";
    let (rows, summary) = read_all(file.as_bytes(), &ledger()).unwrap();
    let parser = RowParser::new(&ledger(), summary.layout).unwrap();
    let date = (header("date"), "01/04/2026".to_owned());
    let amount = (ColumnRef::Letter("D".to_owned()), "(5.00)".to_owned());

    let (half, _) = parser
        .correct(faulty(&rows[0]), std::slice::from_ref(&date))
        .unwrap();
    let Parsed::Faulty(None, faults) = half else {
        panic!("one fault is left: {half:?}");
    };
    assert_eq!(faults.len(), 1);
    assert_eq!(faults[0].code, FaultCode::NotMoney);

    let (whole, cells) = parser.correct(faulty(&rows[0]), &[date, amount]).unwrap();
    let Parsed::Line(draft, None) = whole else {
        panic!("nothing is wrong any more: {whole:?}");
    };
    assert_eq!(draft.amount_pence, -500);
    assert_eq!(cells[3].text(), "(5.00)");

    // A value too many is corrected by emptying its column, and joining what was split.
    let fixes = [
        (header("Supplier"), "Acorn, Ltd".to_owned()),
        (ColumnRef::Letter("F".to_owned()), String::new()),
    ];
    let (fixed, _) = parser.correct(faulty(&rows[1]), &fixes).unwrap();
    assert!(
        matches!(fixed, Parsed::Line(draft, _) if draft.supplier.as_deref() == Some("Acorn, Ltd"))
    );

    let nowhere = [(header("Colour"), "red".to_owned())];
    assert_eq!(
        parser
            .correct(faulty(&rows[0]), &nowhere)
            .unwrap_err()
            .to_string(),
        "The file has no column “Colour”."
    );
    let emptied = ["A", "B", "C", "D", "E"]
        .map(|letter| (ColumnRef::Letter(letter.to_owned()), String::new()));
    assert_eq!(
        parser.correct(faulty(&rows[0]), &emptied).unwrap_err(),
        CorrectionError::NoLongerSpend
    );
}

#[test]
fn a_file_loads_whole_or_waits() {
    use RowState::{Good, Known, SetAside as Aside, Skipped, Waiting};
    for (rows, control, difference, waits) in [
        (
            vec![Good(500), Good(-200), Skipped],
            Some(300),
            Some(0),
            vec![],
        ),
        (vec![Good(500), Aside(100)], Some(600), Some(0), vec![]),
        (vec![], Some(0), Some(0), vec![]),
        (
            vec![Good(500), Known(40), Aside(60)],
            Some(600),
            Some(0),
            vec![],
        ),
        (
            vec![Good(500)],
            None,
            None,
            vec![WaitReason::NoControlTotal],
        ),
        (
            vec![Good(500)],
            Some(600),
            Some(100),
            vec![WaitReason::Difference(100)],
        ),
        (
            vec![Good(500), Waiting(Some(100))],
            Some(600),
            Some(0),
            vec![WaitReason::FaultyRows(1)],
        ),
        (
            vec![Good(500), Waiting(None)],
            Some(600),
            None,
            vec![WaitReason::FaultyRows(1)],
        ),
        (
            vec![Waiting(None), Waiting(Some(5))],
            None,
            None,
            vec![WaitReason::FaultyRows(2), WaitReason::NoControlTotal],
        ),
        (
            vec![Good(i64::MAX), Good(1)],
            Some(0),
            None,
            vec![WaitReason::TooLarge],
        ),
    ] {
        let sums = Reconciliation::of(rows.iter().copied(), control);
        assert_eq!(sums.difference, difference, "{rows:?}");
        assert_eq!(sums.waits_for(), waits, "{rows:?}");
        assert_eq!(sums.may_load(), waits.is_empty());
    }
    assert_eq!(
        WaitReason::Difference(-12_345).sentence(),
        "The file adds up to £123.45 more than its control total. Check for rows listed twice, or \
         a total row that should be skipped, or correct the total if it was mistyped."
    );
    assert_eq!(
        WaitReason::Difference(862_738).sentence(),
        "The file is £8,627.38 short of its control total. Check that it is complete, or correct \
         the total if it was mistyped."
    );
}

#[test]
fn a_row_is_set_aside_by_name_with_its_reason_and_a_known_amount() {
    let decision = |reason: &str, amount_pence| SetAside {
        row: 7,
        reason: reason.to_owned(),
        amount_pence,
    };
    for (decision, read, expected) in [
        (
            decision("belongs to another fund", None),
            Some(500),
            Ok(RowState::SetAside(500)),
        ),
        (
            decision("illegible", Some(500)),
            None,
            Ok(RowState::SetAside(500)),
        ),
        (
            decision("the same", Some(500)),
            Some(500),
            Ok(RowState::SetAside(500)),
        ),
        (
            decision(" ", None),
            Some(500),
            Err("Say why row 7 is set aside."),
        ),
        (
            decision("illegible", None),
            None,
            Err(
                "The amount of row 7 could not be read. State it, so that the file still adds up to its control total.",
            ),
        ),
        (
            decision("cheaper", Some(400)),
            Some(500),
            Err("Row 7 reads 5.00 in the file; another amount cannot be stated."),
        ),
    ] {
        let found = check_set_aside(&decision, read).map_err(|error| error.to_string());
        assert_eq!(found, expected.map_err(str::to_owned));
    }
}

#[test]
fn rows_travel_as_lines_of_json() {
    use protocol::{Message, read_message, write_message};
    let file =
        "Trans,Line,Date,Amount,Supplier\n1,1,01/04/2026,5,Acorn\n1,2,soon,5,Acorn\n,,,,Total\n";
    let mut profile = ledger();
    profile.skip = vec![SkipRule {
        column: header("Supplier"),
        when: SkipWhen::Equals("total".to_owned()),
    }];
    let (rows, summary) = read_all(file.as_bytes(), &profile).unwrap();
    let mut sent: Vec<Message> = rows.into_iter().map(Message::from).collect();
    sent.push(Message::Ended(Box::new(summary)));
    sent.push(Message::Refused(refused("", &profile)));
    let mut wire = Vec::new();
    for message in &sent {
        write_message(&mut wire, message).unwrap();
    }
    let first = String::from_utf8(wire.clone()).unwrap();
    assert_eq!(
        first.lines().next().unwrap(),
        r#"{"line":{"row":2,"identity":"t:council-ledger:1:1","draft":{"transaction":"1","line":"1","incurred_on":"2026-04-01","kind":"invoice","amount_pence":500,"supplier":"Acorn"}}}"#
    );
    let (mut input, mut buffer, mut got) = (wire.as_slice(), Vec::new(), Vec::new());
    while let Some(message) = read_message(&mut input, &mut buffer).unwrap() {
        got.push(message);
    }
    assert_eq!(got, sent);
    // A reader killed in the middle of a row leaves half a line, and that is an error.
    let mut cut = wire.get(..40).unwrap();
    assert!(read_message(&mut cut, &mut buffer).is_err());
}
