//! What filling does, on small packages.

use serde_json::json;
use workbook::address::Cell;
use workbook::calc::value::Value;
use workbook::fill::{Answers, Filled, Options, fill};
use workbook::open::archive::Bounds;
use workbook::open::book::Book;
use workbook::read;

use crate::build::Builder;

fn run(form: &[u8], answers: serde_json::Value, anyway: bool) -> Filled {
    let answers: Answers = serde_json::from_value(json!({ "answers": answers })).unwrap();
    let options = Options {
        write_anyway: anyway,
        no_compute: false,
    };
    fill(form, &answers.answers, &options).unwrap()
}

fn codes(filled: &Filled) -> Vec<&str> {
    filled.findings.iter().map(|f| f.code.as_str()).collect()
}

fn show(bytes: &[u8], sheet: usize, at: &str) -> String {
    let book = Book::open(bytes.to_vec(), &Bounds::default()).unwrap();
    read::value(&book, sheet, Cell::parse(at).unwrap())
        .unwrap()
        .show()
}

fn sheet_xml(bytes: &[u8], name: &str) -> String {
    let book = Book::open(bytes.to_vec(), &Bounds::default()).unwrap();
    let entry = book.archive.find(name).unwrap();
    String::from_utf8(book.archive.read(entry).unwrap()).unwrap()
}

#[test]
fn what_depends_on_an_answer_is_brought_up_to_date() {
    let form = Builder::default()
        .sheet(
            "In",
            r#"<row r="1"><c r="A1"><v>2</v></c><c r="B1" t="b"><v>1</v></c></row><row r="2"><c r="A2"><v>3</v></c></row>"#,
            "",
        )
        .sheet(
            "Out",
            r#"<row r="1"><c r="A1"><f>SUM(In!A1:B9)</f><v>5</v></c><c r="B1" t="str"><f>IF(A1&gt;10,"big","small")</f><v>small</v></c><c r="C1"><f>COUNT(Total)</f><v>1</v></c><c r="D1"><f>7*6</f><v>41</v></c></row><row r="2"><c r="A2"><f t="shared" ref="A2:A4" si="0">In!A1*10</f><v>20</v></c></row><row r="3"><c r="A3"><f t="shared" si="0"/><v>30</v></c></row><row r="4"><c r="A4"><f t="shared" si="0"/><v>0</v></c></row>"#,
            "",
        )
        .name("Total", "Out!$A$1")
        .absolute_targets()
        .bytes();
    let filled = run(
        &form,
        json!([{"at": "In!A2", "value": 9.5}, {"at": "In!A3", "value": 1}]),
        false,
    );
    assert_eq!(codes(&filled), Vec::<&str>::new());
    let out = filled.bytes.unwrap();
    for (at, value) in [
        ("A1", "12.5"), // TRUE in a range is not counted
        ("B1", "big"),
        ("C1", "1"),
        ("D1", "41"), // wrong, but nothing to do with the answers
        ("A2", "20"),
        ("A3", "95"),
        ("A4", "10"),
    ] {
        assert_eq!(show(&out, 1, at), value, "{at}");
    }
    // The same again gives the same bytes.
    let again = run(
        &form,
        json!([{"at": "In!A2", "value": 9.5}, {"at": "In!A3", "value": 1}]),
        false,
    );
    assert_eq!(again.bytes.unwrap(), out);
}

#[test]
fn what_cannot_be_trusted_is_left_without_a_value() {
    let form = Builder::default()
        .sheet(
            "A",
            r#"<row r="1"><c r="A1"><v>1</v></c><c r="B1"><f>A1+1</f><v>99</v></c><c r="C1"><f>B1*2</f><v>198</v></c><c r="D1"><f>BESSELJ(A1,1)</f><v>0.44</v></c><c r="E1"><f>IF(A1&gt;0,A1,D1)</f><v>1</v></c><c r="F1"><f>A1+NOW()</f><v>5</v></c></row>"#,
            "",
        )
        .bytes();
    let filled = run(&form, json!([{"at": "A!A1", "value": 5}]), false);
    assert_eq!(filled.dropped, 4);
    assert_eq!(codes(&filled), ["not-computed"; 4]);
    let out = filled.bytes.unwrap();
    let xml = sheet_xml(&out, "xl/worksheets/s1.xml");
    assert!(xml.contains(r#"<c r="B1"><f>A1+1</f></c><c r="C1"><f>B1*2</f></c><c r="D1"><f>BESSELJ(A1,1)</f></c><c r="E1"><f>IF(A1&gt;0,A1,D1)</f><v>5</v></c><c r="F1"><f>A1+NOW()</f></c>"#), "{xml}");
    assert!(sheet_xml(&out, "xl/workbook.xml").contains("fullCalcOnLoad=\"1\""));
    // Without the calculator: all dependents, said once.
    let answers: Answers =
        serde_json::from_value(json!({"answers": [{"at": "A!A1", "value": 5}]})).unwrap();
    let off = fill(
        &form,
        &answers.answers,
        &Options {
            write_anyway: false,
            no_compute: true,
        },
    )
    .unwrap();
    assert_eq!((off.dropped, codes(&off)), (5, vec!["not-computed"]));
}

#[test]
fn text_is_never_a_formula_and_never_misread() {
    let form = Builder::default()
        .sheet("A", r#"<row r="1"><c r="A1" s="2"/></row>"#, "")
        .bytes();
    for text in [
        "=1+1",
        "+1",
        "-1",
        "@x",
        "1e5",
        "007",
        "TRUE",
        " padded ",
        "a\nb",
        "_x0041_",
        "<&>\"'",
        "\u{1f600}",
        "1/2",
    ] {
        let filled = run(&form, json!([{"at": "A!A1", "value": text}]), false);
        let out = filled.bytes.unwrap();
        let book = Book::open(out, &Bounds::default()).unwrap();
        let cells = read::cells(&book, 0).unwrap();
        assert_eq!(cells[0].value, Value::text(text));
        assert_eq!(cells[0].formula, None);
    }
    let filled = run(&form, json!([{"at": "A!A1", "value": "a\u{1}b"}]), true);
    assert_eq!(codes(&filled), ["bad-value"]);
    let long = "x".repeat(32_768);
    assert_eq!(
        codes(&run(&form, json!([{"at": "A!A1", "value": long}]), true)),
        ["too-long"]
    );
}

#[test]
fn formulas_arrays_headers_and_hidden_cells_are_never_written_to() {
    let form = Builder::default()
        .sheet(
            "A",
            r#"<row r="1"><c r="A1"><f>1+1</f><v>2</v></c><c r="B1" cm="1"><f t="array" ref="B1:B2">{1;2}</f><v>1</v></c><c r="D1" t="inlineStr"><is><t>Name</t></is></c></row><row r="2"><c r="B2"><v>2</v></c></row>"#,
            r#"<mergeCells count="1"><mergeCell ref="F1:G2"/></mergeCells>"#,
        )
        .table(r#"<table displayName="T" ref="D1:D3"><tableColumns><tableColumn name="Name"/></tableColumns></table>"#)
        .bytes();
    let answers = json!([
        {"at": "A!A1", "value": 1}, {"at": "A!B2", "value": 1}, {"at": "A!D1", "value": "x"},
        {"at": "A!G2", "value": 1}, {"at": "A!F1", "value": 4}, {"at": "table:T[name]!2", "value": "y"},
        {"at": "table:T[name]!3", "value": "y"}
    ]);
    let filled = run(&form, answers.clone(), false);
    assert_eq!(filled.bytes, None);
    let filled = run(&form, answers, true);
    assert_eq!(
        codes(&filled),
        [
            "formula-cell",
            "formula-cell",
            "table-header",
            "merged-cell",
            "no-such-table"
        ]
    );
    let out = filled.bytes.unwrap();
    let xml = sheet_xml(&out, "xl/worksheets/s1.xml");
    assert!(xml.contains(r#"<c r="A1"><f>1+1</f><v>2</v></c><c r="B1" cm="1"><f t="array" ref="B1:B2">{1;2}</f><v>1</v></c>"#), "{xml}");
    assert_eq!(
        (show(&out, 0, "F1").as_str(), show(&out, 0, "D3").as_str()),
        ("4", "y")
    );
}

#[test]
fn locators_lead_where_they_say() {
    let form = Builder::default()
        .sheet(
            "Sign off",
            r#"<row r="2"><c r="B2" t="s"><v>0</v></c></row><row r="8"><c r="D8" t="inlineStr"><is><t>X-END</t></is></c></row>"#,
            "",
        )
        .strings(&["X-START"])
        .name("One", "'Sign off'!$C$9")
        .name("Many", "'Sign off'!$C$10:$C$12")
        .bytes();
    let filled = run(
        &form,
        json!([
            {"at": "'Sign off'!C8", "value": 1}, {"at": "name:one", "value": 2},
            {"at": "name:Many!r2c1", "value": 3}, {"at": "between:X-START..X-END!r5c1", "value": 4}
        ]),
        false,
    );
    let out = filled.bytes.unwrap();
    for (at, value) in [("C8", "1"), ("C9", "2"), ("C11", "3"), ("B6", "4")] {
        assert_eq!(show(&out, 0, at), value, "{at}");
    }
    for (at, code) in [
        ("Nowhere!A1", "no-such-sheet"),
        ("name:None", "no-such-name"),
        ("name:Many", "no-such-name"),
        ("between:Y..X-END!r1c1", "no-such-marker"),
        ("between:X-START..X-END!r9c1", "no-such-marker"),
        ("between:X-END..X-START!r1c1", "no-such-marker"),
        ("A1", "bad-locator"),
        ("table:T[a]!1", "no-such-table"),
    ] {
        assert_eq!(
            codes(&run(&form, json!([{"at": at, "value": 1}]), false)),
            [code],
            "{at}"
        );
    }
    let twice = json!([{"at": "name:One", "value": 1}, {"at": "'Sign off'!C9", "value": 2}]);
    assert_eq!(codes(&run(&form, twice, false)), ["answered-twice"]);
}

#[test]
fn answers_are_held_to_the_forms_rules() {
    let rules = r#"<dataValidations count="9">
        <dataValidation type="list" allowBlank="1" showErrorMessage="1" sqref="A1:A9"><formula1>"Yes,No, Perhaps"</formula1></dataValidation>
        <dataValidation type="list" sqref="B1"><formula1>Choices</formula1></dataValidation>
        <dataValidation type="whole" operator="between" sqref="C1"><formula1>1</formula1><formula2>$H$1</formula2></dataValidation>
        <dataValidation type="decimal" operator="greaterThan" errorStyle="warning" sqref="D1"><formula1>0</formula1></dataValidation>
        <dataValidation type="textLength" operator="lessThanOrEqual" sqref="E1"><formula1>5</formula1></dataValidation>
        <dataValidation type="custom" sqref="F1:F9" error="Numbers only"><formula1>ISNUMBER(F1)</formula1></dataValidation>
        <dataValidation type="date" operator="greaterThanOrEqual" sqref="G1"><formula1>46000</formula1></dataValidation>
        <dataValidation type="list" sqref="I1"><formula1>INDIRECT(SUBSTITUTE(J1," ",""))</formula1></dataValidation>
        </dataValidations>
        <extLst><ext xmlns:x14="u" xmlns:xm="v"><x14:dataValidations count="1"><x14:dataValidation type="list" allowBlank="1"><x14:formula1><xm:f>Lists!$A$1:$A$3</xm:f></x14:formula1><xm:sqref>K1 L2:L3</xm:sqref></x14:dataValidation></x14:dataValidations></ext></extLst>"#;
    let form = Builder::default()
        .sheet("A", r#"<row r="1"><c r="H1"><v>10</v></c><c r="J1" t="inlineStr"><is><t>The list</t></is></c></row>"#, rules)
        .sheet("Lists", r#"<row r="1"><c r="A1" t="inlineStr"><is><t>Red</t></is></c></row><row r="2"><c r="A2"><v>7</v></c></row>"#, "")
        .name("Choices", "Lists!$A$1:$A$9")
        .name("Thelist", "Lists!$A$1:$A$1")
        .bytes();
    let cases = [
        ("A1", json!("Yes"), ""),
        ("A2", json!("Perhaps"), ""),
        ("A3", json!("yes"), "not-in-list"),
        ("A4", json!("Never"), "not-in-list"),
        ("A5", json!(null), ""),
        ("B1", json!("red"), ""),
        ("B1", json!("blue"), "not-in-list"),
        ("B1", json!(7), ""),
        ("B1", json!(8), "not-in-list"),
        ("C1", json!(10), ""),
        ("C1", json!(11), "out-of-range"),
        ("C1", json!(1.5), "out-of-range"),
        ("C1", json!("3"), "out-of-range"),
        ("C1", json!(null), "left-empty"),
        ("D1", json!(0), "out-of-range"),
        ("E1", json!("five5"), ""),
        ("E1", json!("sixsix"), "too-long"),
        ("F2", json!("x"), "rule-not-met"),
        ("F2", json!(3), ""),
        ("G1", json!({"date": "2026-09-30"}), ""),
        ("G1", json!({"date": "2020-01-01"}), "out-of-range"),
        ("G1", json!({"date": "soon"}), "bad-value"),
        ("G1", json!([1]), "bad-value"),
        ("I1", json!("Red"), ""),
        ("I1", json!("Blue"), "not-in-list"),
        ("K1", json!("Red"), ""),
        ("L3", json!("Green"), "not-in-list"),
    ];
    for (at, value, code) in cases {
        let filled = run(
            &form,
            json!([{"at": format!("A!{at}"), "value": value}]),
            false,
        );
        let expected: Vec<&str> = if code.is_empty() { vec![] } else { vec![code] };
        assert_eq!(
            codes(&filled),
            expected,
            "{at} {value}: {:?}",
            filled.findings
        );
        let error = !expected.is_empty() && at != "D1" && code != "left-empty";
        assert_eq!(filled.bytes.is_none(), error, "{at} {value}");
    }
}

#[test]
fn dates_take_a_format_only_where_there_is_none() {
    for (properties, serial) in [("", "46295"), ("<workbookPr date1904=\"1\"/>", "44833")] {
        let form = Builder::default()
            .properties(properties)
            .sheet(
                "A",
                r#"<row r="1"><c r="A1" s="1"/><c r="B1" s="2"/></row>"#,
                "",
            )
            .bytes();
        let day = json!({"date": "2026-09-30"});
        let filled = run(&form, json!([{"at": "A!A1", "value": day}]), false);
        let out = filled.bytes.unwrap();
        assert!(
            sheet_xml(&out, "xl/worksheets/s1.xml")
                .contains(&format!("<c r=\"A1\" s=\"1\"><v>{serial}</v></c>"))
        );
        assert_eq!(
            sheet_xml(&out, "xl/styles.xml"),
            sheet_xml(&form, "xl/styles.xml")
        );
        let out = run(&form, json!([{"at": "A!B1", "value": day}]), false)
            .bytes
            .unwrap();
        assert!(
            sheet_xml(&out, "xl/worksheets/s1.xml")
                .contains(&format!("<c r=\"B1\" s=\"3\"><v>{serial}</v></c>"))
        );
        assert!(sheet_xml(&out, "xl/styles.xml").contains(
            r#"<xf applyNumberFormat="1" numFmtId="14"><protection locked="0"/></xf></cellXfs>"#
        ));
    }
}

#[test]
fn locked_cells_of_protected_sheets_are_told() {
    let form = Builder::default()
        .sheet(
            "A",
            r#"<row r="1"><c r="A1" s="2"/><c r="B1"/></row>"#,
            r#"<sheetProtection sheet="1"/>"#,
        )
        .bytes();
    let filled = run(
        &form,
        json!([{"at": "A!A1", "value": 1}, {"at": "A!B1", "value": 1}]),
        false,
    );
    assert_eq!(codes(&filled), ["locked-cell"]);
    assert_eq!(filled.findings[0].cell, "B1");
    assert!(filled.bytes.is_some());
}

#[test]
fn the_forms_own_checks_are_heard() {
    let form = Builder::default()
        .sheet(
            "A",
            r#"<row r="1"><c r="A1"><v>5</v></c><c r="B1" t="str"><f>IF(A1&lt;=C1,"OK","Error: more than the award")</f><v>OK</v></c><c r="C1"><v>10</v></c></row><row r="2"><c r="A2" t="inlineStr"><is><t>Check of totals</t></is></c><c r="B2" t="b"><f>A1=5</f><v>1</v></c></row><row r="3"><c r="A3" t="inlineStr"><is><t>Difference (should be 0)</t></is></c><c r="B3"><f>A1-5</f><v>0</v></c></row><row r="4"><c r="A4" t="inlineStr"><is><t>Left</t></is></c><c r="B4"><f>10-A1</f><v>5</v></c><c r="C4" t="str"><f>A5&amp;""</f><v/></c></row><row r="5"><c r="A5"/><c r="B5"><f>1/(A1-20)</f><v>-0.0666666666666667</v></c><c r="C5"><f>B5+1</f><v>0.933333333333333</v></c></row>"#,
            "",
        )
        .bytes();
    let filled = run(
        &form,
        json!([{"at": "A!A1", "value": 20}, {"at": "A!A5", "value": "Error in the text"}]),
        false,
    );
    let found: Vec<_> = filled
        .findings
        .iter()
        .map(|f| (f.code.as_str(), f.cell.as_str()))
        .collect();
    assert_eq!(
        found,
        [
            ("check-failed", "B1"),
            ("check-failed", "B2"),
            ("check-failed", "B3"),
            ("formula-error", "B5")
        ]
    );
    assert!(filled.bytes.is_none());
    let fine = run(&form, json!([{"at": "A!A1", "value": 5}]), false);
    assert_eq!(codes(&fine), Vec::<&str>::new());
}

#[test]
fn a_spilling_formula_grows_and_shrinks() {
    let list = r#"<row r="1"><c r="A1" t="str"><v>a</v></c><c r="B1"><v>1</v></c></row><row r="2"><c r="A2" t="str"><v>b</v></c><c r="B2"><v>2</v></c></row><row r="3"><c r="A3" t="str"><v>a</v></c><c r="B3"><v>3</v></c></row><row r="4"><c r="A4" t="str"><v>a</v></c><c r="B4"><v>4</v></c></row>"#;
    let form = Builder::default()
        .sheet("List", list, "")
        .sheet(
            "Out",
            r#"<row r="1"><c r="A1" t="str"><v>b</v></c><c r="C1"><f>SUM(B1:B9)</f><v>2</v></c></row><row r="2"><c r="B2" cm="1"><f t="array" ref="B2">Picked</f><v>2</v></c></row>"#,
            "",
        )
        .name("Picked", "_xlfn._xlws.FILTER(List!$B$1:$B$4,List!$A$1:$A$4=Out!$A$1)")
        .bytes();
    let filled = run(&form, json!([{"at": "Out!A1", "value": "a"}]), false);
    assert_eq!(codes(&filled), Vec::<&str>::new());
    let out = filled.bytes.unwrap();
    let xml = sheet_xml(&out, "xl/worksheets/s2.xml");
    assert!(
        xml.contains(r#"<f t="array" ref="B2:B4">Picked</f><v>1</v>"#),
        "{xml}"
    );
    for (at, value) in [("B3", "3"), ("B4", "4"), ("C1", "8")] {
        assert_eq!(show(&out, 1, at), value, "{at}: {xml}");
    }
    // And back again.
    let back = run(&out, json!([{"at": "Out!A1", "value": "b"}]), false)
        .bytes
        .unwrap();
    let xml = sheet_xml(&back, "xl/worksheets/s2.xml");
    assert!(xml.contains(r#"ref="B2">Picked</f><v>2</v>"#), "{xml}");
    for (at, value) in [("B3", ""), ("B4", ""), ("C1", "2")] {
        assert_eq!(show(&back, 1, at), value, "{at}: {xml}");
    }
}

#[test]
fn long_chains_and_circles_end() {
    let mut rows = String::from(
        r#"<row r="1"><c r="A1"><v>1</v></c><c r="B1"><f>C1</f></c><c r="C1"><f>B1+A1</f></c></row>"#,
    );
    for r in 2..=20_000 {
        rows += &format!("<row r=\"{r}\"><c r=\"A{r}\"><f>A{}+1</f></c></row>", r - 1);
    }
    let form = Builder::default().sheet("A", &rows, "").bytes();
    let filled = run(&form, json!([{"at": "A!A1", "value": 5}]), false);
    assert_eq!(show(filled.bytes.as_ref().unwrap(), 0, "A20000"), "20004");
    assert_eq!(filled.dropped, 2);
}

#[test]
fn parts_that_are_not_edited_are_copied_as_they_stand() {
    let form = Builder::default()
        .sheet("A", "", "")
        .sheet("B", r#"<row r="1"><c r="A1"><v>1</v></c></row>"#, "")
        .extra("xl/vbaProject.bin", "\u{0}macros")
        .extra("xl/media/image1.png", "png")
        .bytes();
    let out = run(&form, json!([{"at": "A!B2", "value": 1}]), false)
        .bytes
        .unwrap();
    let (a, b) = (
        Book::open(form, &Bounds::default()).unwrap(),
        Book::open(out, &Bounds::default()).unwrap(),
    );
    for (i, entry) in a.archive.entries().iter().enumerate() {
        let same = a.archive.packed(i) == b.archive.packed(i);
        assert_eq!(same, entry.name != "xl/worksheets/s1.xml", "{}", entry.name);
    }
}
