use rust_xlsxwriter::{Format, Workbook};

use super::*;

fn sheet_of(fill: impl FnOnce(&mut rust_xlsxwriter::Worksheet)) -> Vec<u8> {
    let mut workbook = Workbook::new();
    let sheet = workbook.add_worksheet();
    sheet.set_name("Spend").unwrap();
    for (column, heading) in (0_u16..).zip(["Trans", "Line", "Date", "Amount", "Supplier"]) {
        sheet.write(0, column, heading).unwrap();
    }
    fill(sheet);
    workbook.save_to_buffer().unwrap()
}

fn dated(sheet: &mut rust_xlsxwriter::Worksheet, row: u32, amount: f64) {
    let as_date = Format::new().set_num_format("dd/mm/yyyy");
    sheet.write(row, 0, 100_234 + row).unwrap();
    sheet.write(row, 1, 1).unwrap();
    sheet
        .write_number_with_format(row, 2, 46_115.25, &as_date)
        .unwrap();
    sheet.write(row, 3, amount).unwrap();
    sheet.write(row, 4, "Café Acorn").unwrap();
}

#[test]
fn numbers_and_dates_of_cells_are_exact() {
    let amounts = [
        0.1 + 0.2,
        1234.5,
        -99.99,
        12.345,
        1e17,
        4.35 * 100.0 / 100.0,
    ];
    let file = sheet_of(|sheet| {
        for (row, amount) in (1_u32..).zip(amounts) {
            dated(sheet, row, amount);
        }
    });
    let (rows, summary) = read_all(&file, &ledger()).unwrap();
    let found: Vec<_> = rows
        .iter()
        .map(|row| match row {
            Row::Line(row) => Ok(row.draft.amount_pence),
            Row::Faulty(row) => Err(row.faults[0].code),
            Row::Skipped(_) => panic!("nothing is skipped"),
        })
        .collect();
    assert_eq!(
        found,
        [
            Ok(30),
            Ok(123_450),
            Ok(-9_999),
            Err(FaultCode::TooPrecise),
            Err(FaultCode::TooLarge),
            Ok(435)
        ]
    );
    let draft = &good(&rows[0]).draft;
    assert_eq!(draft.transaction.as_deref(), Some("100235"));
    assert_eq!(draft.incurred_on.to_string(), "2026-04-03");
    assert_eq!(draft.supplier.as_deref(), Some("Café Acorn"));
    assert_eq!(summary.source.format, FileFormat::Xlsx);
    assert_eq!(summary.source.sheet.as_deref(), Some("Spend"));
}

#[test]
fn texts_booleans_gaps_and_day_numbers() {
    let file = sheet_of(|sheet| {
        dated(sheet, 1, 5.0);
        // Row 3 is blank. A text amount is read by the profile's marks; a bare day number is
        // refused until the profile allows it; TRUE is no amount.
        dated(sheet, 3, 0.0);
        sheet.write(3, 3, "(1,234.50)").unwrap();
        dated(sheet, 4, 5.0);
        sheet.write(4, 2, 46_115).unwrap();
        dated(sheet, 5, 5.0);
        sheet.write(5, 3, true).unwrap();
        // A note far to the right is nobody's value.
        sheet.write(5, 9, "checked").unwrap();
    });
    let (rows, summary) = read_all(&file, &ledger()).unwrap();
    assert_eq!(
        rows.iter().map(Row::number).collect::<Vec<_>>(),
        [2, 4, 5, 6]
    );
    assert_eq!(summary.blank, 1);
    assert_eq!(good(&rows[1]).draft.amount_pence, -123_450);
    assert_eq!(faulty(&rows[2]).faults[0].code, FaultCode::NotADate);
    let last = faulty(&rows[3]);
    assert_eq!(last.faults.len(), 1);
    assert_eq!(
        (last.faults[0].code, last.faults[0].raw.as_str()),
        (FaultCode::NotMoney, "TRUE")
    );
    let mut profile = ledger();
    profile.dates.formats.push(DateFormat::ExcelSerial);
    let again = super::rows(&file, &profile);
    assert_eq!(good(&again[2]).draft.incurred_on.to_string(), "2026-04-03");
}

#[test]
fn an_error_cell_is_a_fault() {
    let file = sheet_of(|sheet| {
        dated(sheet, 1, 5.0);
        let broken = rust_xlsxwriter::Formula::new("=NA()").set_result("#N/A");
        sheet.write(1, 3, broken).unwrap();
    });
    let rows = rows(&file, &ledger());
    assert_eq!(faulty(&rows[0]).faults[0].code, FaultCode::CellError);
}

#[test]
fn the_sheet_is_chosen_by_name_or_the_first_visible() {
    let mut workbook = Workbook::new();
    workbook
        .add_worksheet()
        .set_name("Lists")
        .unwrap()
        .set_hidden(true);
    let sheet = workbook.add_worksheet();
    sheet.set_name("Ledger").unwrap().set_active(true);
    for (column, heading) in (0_u16..).zip(["Trans", "Line", "Date", "Amount", "Supplier"]) {
        sheet.write(0, column, heading).unwrap();
    }
    let file = workbook.save_to_buffer().unwrap();
    let (_, summary) = read_all(&file, &ledger()).unwrap();
    assert_eq!(summary.source.sheet.as_deref(), Some("Ledger"));
    let wrong = ImportProfile {
        sheet: Some("Spend".to_owned()),
        ..ledger()
    };
    let fault = refused(&file, &wrong);
    assert_eq!(
        fault.message,
        "The workbook has no sheet called “Spend”. Its sheets are: Lists, Ledger. Correct \
         “Sheet of the workbook” in the layout."
    );
}

#[test]
fn a_cell_in_the_farthest_corner_costs_nothing() {
    let file = sheet_of(|sheet| {
        dated(sheet, 1, 5.0);
        sheet.write(1_048_575, 16_383, "x").unwrap();
    });
    // A reader of rectangles would need 17 thousand million cells here.
    assert_eq!(
        refused(&file, &ledger()).code,
        FileFaultCode::TooManyColumns
    );
}

#[test]
fn the_precheck_stands_before_any_unpacking() {
    let file = sheet_of(|sheet| dated(sheet, 1, 5.0));
    let no = |_: &[u8]| Err("The workbook unpacks to too much.".to_owned());
    let options = ReadOptions {
        precheck_xlsx: &no,
        vocabulary: None,
        ..options()
    };
    let fault = read(&file, &ledger(), &options, |_| ControlFlow::Continue(())).unwrap_err();
    assert_eq!(fault.message, "The workbook unpacks to too much.");
}

#[test]
fn a_corrected_workbook_row_keeps_its_other_cells_exact() {
    let mut profile = ledger();
    // Under these marks the text 5.25 would be a fault; the number of the cell is not a text.
    profile.amounts.thousands = Thousands::Point;
    profile.amounts.decimal = DecimalMark::Comma;
    let file = sheet_of(|sheet| {
        dated(sheet, 1, 5.25);
        sheet.write(1, 2, "soon").unwrap();
    });
    let (rows, summary) = read_all(&file, &profile).unwrap();
    let parser = RowParser::new(&profile, summary.layout).unwrap();
    let stored = serde_json::to_string(faulty(&rows[0])).unwrap();
    let row: FaultyRow = serde_json::from_str(&stored).unwrap();
    let (parsed, _) = parser
        .correct(&row, &[(header("Date"), "03/04/2026".to_owned())])
        .unwrap();
    match parsed {
        Parsed::Line(draft, None) => assert_eq!(draft.amount_pence, 525),
        other => panic!("{other:?}"),
    }
}
