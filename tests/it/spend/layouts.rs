//! A finance officer says on the page of a layout how its files are written, and they are read so.

use reqwest::multipart::{self, Part};
use serde_json::{Value, json};

use crate::on_both;
use crate::spend_pages::{accepts, furnished};
use crate::support::house::House;
use crate::support::pages::{Form, Page, follow, open};
use crate::support::visitor::Visitor;

/// What a layout has otherwise than most, as its form has it.
const WRITTEN: [(&str, &str); 14] = [
    ("format", "csv"),
    ("skip_rows", "1"),
    ("skip", "Supplier = Total\nNumber = Run…"),
    ("encoding", "windows-1252"),
    ("delimiter", "semicolon"),
    ("thousands", "point"),
    ("decimal", "comma"),
    ("signs", "trailing_minus"),
    ("two_digit_years_to", "30"),
    ("earliest", "01/04/2026"),
    ("latest", "31/03/2027"),
    ("days_after_period", "3"),
    ("words-category", "Care = care"),
    ("unlisted-category", "fault"),
];

const OPEN: &str = "<details class=\"more\" open><summary>How the file is written</summary>";

fn filled(form: Form, values: &[(&str, &str)]) -> Form {
    values
        .iter()
        .fold(form, |form, (name, value)| form.fill(name, value))
}

/// The form of a new layout with what every layout needs.
async fn begun(finance: &Visitor) -> Form {
    let page = open(finance, "/import-profiles/new").await;
    filled(
        page.form("/import-profiles"),
        &[
            ("name", "Continental ledger"),
            ("system", "continental"),
            ("column-transaction", "Number"),
            ("column-line", "Line"),
            ("column-incurred_on", "Date"),
            ("column-amount", "Amount"),
            ("column-category", "Category"),
            ("column-supplier", "Supplier"),
            ("default-pool", "recovery"),
            ("default-kind", "invoice"),
        ],
    )
}

/// Loads a file for September by the page's form and has it read. Its page's address.
async fn brought(
    house: &House,
    finance: &Visitor,
    layout: &str,
    name: &str,
    bytes: Vec<u8>,
    total: &str,
) -> String {
    let layout = layout.rsplit('/').next().unwrap_or_default();
    let form = multipart::Form::new()
        .text("csrf", finance.csrf().to_owned())
        .text("profile", layout.to_owned())
        .text("period", "September 2026")
        .text("control_total", total.to_owned())
        .part("file", Part::bytes(bytes).file_name(name.to_owned()));
    let loaded = finance.send_parts("/imports", form, &[]).await.expect(303);
    house.settle(&house.worker(None)).await;
    loaded.header("location")
}

/// Supplier, date and pence of each line of an import.
async fn lines(finance: &Visitor, import: &str) -> Vec<(String, String, i64)> {
    let id = import.rsplit('/').next().unwrap_or_default();
    let address = format!("/api/v1/spend-lines?import_id={id}");
    let listed = finance.get(&address).await.expect(200).json();
    let text = |line: &Value, name: &str| line[name].as_str().unwrap_or_default().to_owned();
    let mut lines: Vec<(String, String, i64)> = listed["items"]
        .as_array()
        .expect("lines")
        .iter()
        .map(|line| {
            let pence = line["amount_pence"].as_i64().expect("pence");
            (text(line, "supplier"), text(line, "incurred_on"), pence)
        })
        .collect();
    lines.sort();
    lines
}

/// A workbook with a cover and the ledger behind it.
fn with_cover() -> Vec<u8> {
    let mut book = rust_xlsxwriter::Workbook::new();
    let cover = book.add_worksheet();
    cover.set_name("Cover").unwrap();
    cover.write(0, 0, "Ledger of the council").unwrap();
    let ledger = book.add_worksheet();
    ledger.set_name("Ledger").unwrap();
    let rows = [
        ["Trans No", "Line", "Date", "Amount", "Category", "Supplier"],
        ["T1", "1", "02/09/2026", "1,234.50", "care", "Acorn"],
        ["T2", "1", "03/09/2026", "34.50-", "care", "Birch"],
    ];
    for (row, cells) in (0_u32..).zip(rows) {
        for (column, text) in (0_u16..).zip(cells) {
            ledger.write(row, column, text).unwrap();
        }
    }
    book.save_to_buffer().unwrap()
}

on_both! {
    async fn a_layout_says_how_its_files_are_written(house: &House) {
        let (officer, finance) = (house.grants_officer().await, house.finance_officer().await);
        furnished(&officer, &finance, house).await;
        let page = open(&finance, "/import-profiles/new").await;
        assert!(!page.html.contains(OPEN), "{}", page.html);
        let form = begun(&finance).await;
        assert_eq!(form.value("encoding"), Some("auto"));
        assert_eq!(form.choices("delimiter"), ["auto", "comma", "semicolon", "tab", "pipe"]);
        assert_eq!(form.value("two_digit_years_to"), Some("79"));

        // what is chosen is kept, and told where layouts are listed
        let list = follow(&finance, filled(form, &WRITTEN).send(&finance).await).await;
        list.says("Text encoding: Windows-1252; Column separator: Semicolon; Mark between thousands: Point, as in 1.234")
            .says("Signs that amounts may have: a minus at the end")
            .says("The usual way");
        let address = list.link("Continental ledger");
        let spec = async || finance.get(&format!("/api/v1{address}")).await.expect(200).json()["spec"].take();
        let kept = spec().await;
        assert_eq!(kept["format"], "csv");
        assert_eq!(kept["encoding"], "windows-1252");
        assert_eq!(kept["delimiter"], "semicolon");
        assert_eq!(kept["skip"], json!([
            {"column": {"header": "Supplier"}, "when": {"equals": "Total"}},
            {"column": {"header": "Number"}, "when": {"starts_with": "Run"}},
        ]));
        assert_eq!(kept["amounts"], json!({
            "spend_is": "positive", "brackets_are_negative": false, "trailing_minus": true,
            "credit_suffix": false, "dash_is_zero": false, "thousands": "point",
            "decimal": "comma", "currency_sign": false,
        }));
        assert_eq!(kept["dates"], json!({
            "formats": ["dd/mm/yyyy", "yyyy-mm-dd"], "two_digit_years_to": 30,
            "received_else_posted": false, "earliest": "2026-04-01", "latest": "2027-03-31",
            "days_after_period": 3,
        }));

        // it is shown again as it was chosen, and saving that changes nothing
        let page = open(&finance, &address).await;
        assert!(page.html.contains(OPEN), "{}", page.html);
        let form = page.form(&address);
        for (name, value) in WRITTEN {
            assert_eq!(form.value(name), Some(value), "{name}");
        }
        form.send(&finance).await.expect(303);
        assert_eq!(spec().await, kept);

        // a file so written is read right; its second line is of the days after its period
        let file = b"Ledger of the council\r\nNumber;Line;Date;Amount;Category;Supplier\r\n\
            1;1;02/09/26;1.234,50;care;Caf\xe9 Acorn\r\n2;1;02/10/26;34,50-;care;Birch\r\n\
            ;;;1.200,00;;Total\r\nRun of 5 October;;;;;\r\n";
        let import = brought(house, &finance, &address, "first.csv", file.to_vec(), "1,200.00").await;
        accepts(&finance, &import).await;
        house.settle(&house.worker(None)).await;
        assert_eq!(lines(&finance, &import).await, [
            ("Birch".to_owned(), "2026-10-02".to_owned(), -3_450),
            ("Café Acorn".to_owned(), "2026-09-02".to_owned(), 123_450),
        ]);

        // what the layout does not say is refused in the words of its page
        let file = b"Ledger of the council\r\nNumber;Line;Date;Amount;Category;Supplier\r\n\
            3;1;03/09/26;5,00 CR;care;Caf\xe9 Oak\r\n4;1;03/09/26;5.00;care;Elm\r\n";
        let import = brought(house, &finance, &address, "second.csv", file.to_vec(), "10").await;
        open(&finance, &import).await
            .says("Tick it under “Signs that amounts may have” in the layout")
            .says("change “Mark between thousands” or “Mark before the pence” in the layout");
        let form = open(&finance, &address).await.form(&address);
        form.fill("encoding", "utf-8").send(&finance).await.expect(303);
        let file = [&file[..], &b"5;1;04/09/26;1,00;care;Elm\r\n"[..]].concat();
        let import = brought(house, &finance, &address, "third.csv", file, "1").await;
        let page = open(&finance, &import).await;
        page.says("set “Text encoding” in the layout to “Windows-1252” or “Found by itself”");
        let layout = open(&finance, &page.link("Look at the layout")).await;
        layout.says("Text encoding").says("Signs that amounts may have").says("Mark before the pence");
    }

    async fn a_ledger_behind_a_cover_is_found_by_its_sheet(house: &House) {
        let (officer, finance) = (house.grants_officer().await, house.finance_officer().await);
        furnished(&officer, &finance, house).await;
        let sample = async |sheet: &str| {
            let parts = multipart::Form::new()
                .text("csrf", finance.csrf().to_owned())
                .text("sample_sheet", sheet.to_owned())
                .part("file", Part::bytes(with_cover()).file_name("september.xlsx"));
            let reply = finance.send_parts("/import-profiles/sample", parts, &[]).await.expect(200);
            Page::of("/import-profiles/sample", &reply)
        };
        sample("").await.says("No row of headings was found");
        let page = sample("Lodger").await;
        page.says("Its sheets are: Cover, Ledger. Correct “Sheet of the workbook” in the layout.");
        let again = page.form("/import-profiles/sample");
        assert_eq!(again.value("sample_sheet"), Some("Lodger"));
        let page = sample("Ledger").await;
        assert!(page.html.contains(OPEN), "{}", page.html);
        let form = page.form("/import-profiles");
        assert_eq!(form.value("sheet"), Some("Ledger"));
        assert_eq!(form.value("column-transaction"), Some("Trans No"));
        let form = filled(form, &[
            ("name", "Ledger behind a cover"), ("system", "covered"), ("default-pool", "recovery"),
        ]);
        let list = follow(&finance, form.send(&finance).await).await;
        list.says("Sheet of the workbook: Ledger");
        let layout = list.link("Ledger behind a cover");
        let import = brought(house, &finance, &layout, "september.xlsx", with_cover(), "1,200").await;
        accepts(&finance, &import).await;
        house.settle(&house.worker(None)).await;
        assert_eq!(lines(&finance, &import).await, [
            ("Acorn".to_owned(), "2026-09-02".to_owned(), 123_450),
            ("Birch".to_owned(), "2026-09-03".to_owned(), -3_450),
        ]);
    }

    async fn what_is_wrong_with_a_layout_stands_beside_its_field(house: &House) {
        let (officer, finance) = (house.grants_officer().await, house.finance_officer().await);
        furnished(&officer, &finance, house).await;
        let wrong = [
            ("format", "csv"), ("sheet", "Ledger"), ("delimiter", "comma"), ("decimal", "comma"),
            ("earliest", "soon"), ("days_after_period", "many"), ("skip", "Total"),
        ];
        let form = filled(begun(&finance).await, &wrong);
        let page = Page::of("/import-profiles", &form.send(&finance).await.expect(200));
        assert!(page.html.contains(OPEN), "{}", page.html);
        let places: Vec<String> = page.problems().into_iter().map(|(field, _)| field).collect();
        assert_eq!(places, ["days_after_period", "earliest", "skip", "sheet", "delimiter", "thousands"]);
        for place in places {
            assert!(page.html.contains(&format!("id=\"{place}-error\"")), "{place}: {}", page.html);
        }
        // nothing that was typed is lost, and what is put right is taken
        let form = page.form("/import-profiles");
        for (name, value) in wrong {
            assert_eq!(form.value(name), Some(value), "{name}");
        }
        let form = filled(form, &[
            ("sheet", ""), ("delimiter", "auto"), ("decimal", "point"), ("earliest", ""),
            ("days_after_period", "0"), ("skip", "Supplier ="),
        ]);
        let list = follow(&finance, form.send(&finance).await).await;
        list.says("The usual way").does_not_say("Column separator");
    }
}
