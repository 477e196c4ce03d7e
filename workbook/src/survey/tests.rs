#![allow(clippy::unwrap_used)]
use rust_xlsxwriter::{DataValidation, Format, Workbook};

use super::page::{marker, shape_of};
use super::*;

#[test]
fn number_formats_are_told_apart() {
    for (code, shape) in [
        ("General", Shape::General),
        ("@", Shape::Text),
        ("d mmmm yyyy", Shape::Date),
        ("£#,##0.00;[Red]-£#,##0.00", Shape::Money),
        ("[$£-809]#,##0", Shape::Money),
        ("£#,##0\"k\"", Shape::Thousands),
        ("£#,##0,", Shape::Thousands),
        ("#,##0", Shape::Number),
        ("0%", Shape::Percent),
        ("\"$\"#,##0.00", Shape::Money),
    ] {
        assert_eq!(shape_of(code), shape, "{code}");
    }
}

#[test]
fn markers_are_told_from_words() {
    assert_eq!(marker("PF-USER_RISKS-START"), Some(("PF-USER_RISKS", true)));
    assert_eq!(marker("RG-RISKS-END"), Some(("RG-RISKS", false)));
    for text in ["START", "Start", "THE END", "WEEKEND", "A1"] {
        assert_eq!(marker(text), None, "{text}");
    }
}

/// A protected sheet, an open one and a table of rows, small enough to read.
fn form(filled: bool) -> Vec<u8> {
    let open = Format::new().set_unlocked().set_num_format("£#,##0");
    let words = Format::new().set_unlocked().set_num_format("@");
    let head = Format::new().set_bold();
    let mut book = Workbook::new();
    let sheet = book.add_worksheet();
    sheet.set_name("Money & words").unwrap();
    sheet.protect();
    sheet.write_with_format(0, 1, "1. Spend", &head).unwrap();
    for (col, text) in [(2, "Apr to Jun"), (3, "Jul to Sep"), (4, "Total")] {
        sheet.write(1, col, text).unwrap();
    }
    for (row, text) in [(2, "Grant"), (3, "Match")] {
        sheet.write(row, 1, text).unwrap();
        for col in [2, 3] {
            sheet.write_blank(row, col, &open).unwrap();
        }
        sheet
            .write_formula(row, 4, format!("=SUM(C{0}:D{0})", row + 1).as_str())
            .unwrap();
    }
    sheet.write(5, 1, "2. In your words").unwrap();
    sheet
        .write(6, 1, "What went well?\nSay it plainly. (150 words at most)")
        .unwrap();
    sheet.write(6, 3, "Somebody will read it.").unwrap();
    if filled {
        sheet
            .write_with_format(6, 2, "We opened the house.", &words)
            .unwrap();
        sheet.write_with_format(2, 2, 1250, &open).unwrap();
    } else {
        sheet.write_blank(6, 2, &words).unwrap();
    }
    sheet.write(7, 1, "Is it done?").unwrap();
    sheet.write_blank(7, 2, &words).unwrap();
    sheet
        .add_data_validation(
            7,
            2,
            7,
            2,
            &DataValidation::new()
                .allow_list_strings(&["Please select", "Yes", "No"])
                .unwrap(),
        )
        .unwrap();
    let plain = book.add_worksheet();
    plain.set_name("Who").unwrap();
    plain.write(0, 0, "Contact name:").unwrap();
    plain.write(1, 0, "Any remark").unwrap();
    plain
        .write_blank(
            1,
            1,
            &Format::new().set_border(rust_xlsxwriter::FormatBorder::Thin),
        )
        .unwrap();
    plain.write(4, 0, "Not a question").unwrap();
    let rows = book.add_worksheet();
    rows.set_name("Rows").unwrap();
    rows.protect();
    for (col, text) in [(1, "Source"), (2, "Amount")] {
        rows.write(1, col, text).unwrap();
    }
    for row in 2..100 {
        rows.write_blank(row, 1, &words).unwrap();
        rows.write_blank(row, 2, &open).unwrap();
    }
    book.define_name("Contact", "=Who!$B$1").unwrap();
    book.save_to_buffer().unwrap()
}

fn told(survey: &Survey) -> Vec<String> {
    survey
        .inputs
        .iter()
        .filter(|input| input.sheet != "Rows" || input.row < 5)
        .map(|input| {
            format!(
                "{} | {} | {} | {} | {:?}",
                input.at,
                input.row_label,
                input.heads.join(" > "),
                input.group,
                input.shape
            )
        })
        .collect()
}

#[test]
fn a_form_says_where_its_answers_stand() {
    let survey = survey(&form(false), None).unwrap();
    assert_eq!(
        told(&survey),
        [
            "'Money & words'!C3 | Grant | Apr to Jun | 1. Spend | Money",
            "'Money & words'!D3 | Grant | Jul to Sep | 1. Spend | Money",
            "'Money & words'!C4 | Match | Apr to Jun | 1. Spend | Money",
            "'Money & words'!D4 | Match | Jul to Sep | 1. Spend | Money",
            "'Money & words'!C7 | What went well? |  | 2. In your words | Text",
            "'Money & words'!C8 | Is it done? |  | 2. In your words | Text",
            "name:Contact | Contact name: |  |  | General",
            "Who!B2 | Any remark |  |  | General",
            "Rows!B3 |  | Source |  | Text",
            "Rows!C3 |  | Amount |  | Money",
            "Rows!B4 |  | Source |  | Text",
            "Rows!C4 |  | Amount |  | Money",
        ]
    );
    let well = &survey.inputs[4];
    assert_eq!(well.word_limit, Some(150));
    assert!(
        well.guidance.contains("Somebody will read it."),
        "{}",
        well.guidance
    );
    let done = survey.inputs[5].rule.as_ref().unwrap();
    assert_eq!(done.choices, ["Yes", "No"]);
    assert_eq!(
        survey.cut,
        [Cut {
            sheet: "Rows".into(),
            first_row: 3,
            rows: 98,
            told: 25
        }]
    );
    assert_eq!(
        survey.inputs.iter().filter(|i| i.sheet == "Rows").count(),
        50
    );
}

#[test]
fn a_copy_shows_where_answers_stood() {
    let survey = survey(&form(false), Some(&form(true))).unwrap();
    let stood: Vec<(&str, &str)> = survey
        .inputs
        .iter()
        .filter(|input| input.why.contains(&Why::Differs))
        .map(|input| (input.cell.as_str(), input.example.as_str()))
        .collect();
    assert_eq!(stood, [("C3", "1250"), ("C7", "We opened the house.")]);
    assert!(survey.copy_notes.is_empty());
}

#[test]
fn what_stands_where_a_locator_leads_is_told() {
    let wanted = [
        "'Money & words'!C3",
        "'Money & words'!E3",
        "'Money & words'!B3",
        "name:Gone",
        "name:Contact",
    ]
    .map(str::to_owned);
    let found = standings(&form(false), &wanted).unwrap();
    assert_eq!(found[0].row_label, "Grant");
    assert!(!found[0].formula && !found[0].locked);
    assert!(found[1].formula);
    assert!(found[2].locked);
    assert!(found[3].place.is_err());
    assert_eq!(found[4].place, Ok(("Who".to_owned(), "B1".to_owned())));
}
