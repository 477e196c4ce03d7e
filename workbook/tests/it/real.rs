//! Every real form: in `TRIBUTARY_REAL_DATA`, or `../shared/data` beside the workspace.

use std::fs;
use std::path::{Path, PathBuf};

use workbook::address::Cell;
use workbook::fill::{Answer, Filling, Options, Severity, fill};
use workbook::open::archive::Bounds;
use workbook::open::book::Book;
use workbook::open::grid::Kind;
use workbook::read;

// Where the data lies is the tests' own business, no setting of the program.
#[allow(clippy::disallowed_methods)]
fn forms() -> Vec<PathBuf> {
    let folder = std::env::var_os("TRIBUTARY_REAL_DATA").map_or_else(
        || Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/data"),
        PathBuf::from,
    );
    let mut found = Vec::new();
    let mut folders = vec![folder.join("returns")];
    while let Some(folder) = folders.pop() {
        let Ok(entries) = fs::read_dir(&folder) else {
            continue;
        };
        for entry in entries {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|e| e == "xlsx" || e == "xlsm") {
                found.push(path);
            }
        }
    }
    found.sort();
    if found.is_empty() {
        let told = std::env::var_os("TRIBUTARY_REAL_DATA").is_some_and(|told| told == "none");
        let missing = format!(
            "real data not found in {}; set TRIBUTARY_REAL_DATA, or set it to none",
            folder.display()
        );
        // Where nobody looks at what was skipped, leaving these out has to be said beforehand.
        assert!(told || std::env::var_os("CI").is_none(), "{missing}");
        eprintln!("SKIPPED: {missing}");
    }
    found
}

/// Answers spread over the form: other numbers where numbers are, a cell that is not there, a
/// row that is not there.
fn plausible(book: &Book, wanted: usize) -> Vec<Answer> {
    let mut places = Vec::new();
    for (sheet, info) in book.sheets.iter().enumerate() {
        let Ok(grid) = book.grid(sheet) else { continue };
        if grid.data.is_empty() {
            continue;
        }
        let merged = &book.tail(sheet).unwrap().merged;
        let name = info.name.replace('\'', "''");
        for cell in &grid.cells {
            let free = cell.formula().is_none()
                && grid.array_at(cell.at).is_none()
                && !merged
                    .iter()
                    .any(|m| m.contains(cell.at) && m.start != cell.at);
            if free && cell.kind == Kind::Number {
                let n: f64 = grid.value_text(cell).trim().parse().unwrap_or(0.0);
                places.push(Answer {
                    at: format!("'{name}'!{}", cell.at),
                    value: Filling::Number((n * 1.5 + 7.0).round()),
                });
            }
        }
        let last = grid.rows.last().map_or(1, |r| r.row);
        places.push(Answer {
            at: format!("'{name}'!ZZ{last}"),
            value: Filling::Text("=2+2".into()),
        });
        places.push(Answer {
            at: format!("'{name}'!B{}", last + 3),
            value: Filling::Date {
                date: "2026-09-30".into(),
            },
        });
    }
    let step = (places.len() / wanted).max(1);
    places.into_iter().step_by(step).collect()
}

#[test]
fn only_what_may_change_changes_and_nothing_is_stale() {
    for path in forms() {
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        let bytes = fs::read(&path).unwrap();
        let form = Book::open(bytes.clone(), &Bounds::default()).unwrap();
        let answers = plausible(&form, 120);
        let options = Options {
            write_anyway: true,
            no_compute: false,
        };
        let filled = fill(&bytes, &answers, &options).unwrap();
        let again = fill(&bytes, &answers, &options).unwrap();
        assert_eq!(filled.bytes, again.bytes, "{name}: the same twice");
        let out = filled.bytes.clone().unwrap();
        let after = Book::open(out, &Bounds::default()).unwrap();

        // Every part but sheets, styles and the workbook part is the very same bytes.
        assert_eq!(form.archive.entries().len(), after.archive.entries().len());
        let mut changed = 0;
        for (i, entry) in form.archive.entries().iter().enumerate() {
            assert_eq!(entry.name, after.archive.entries()[i].name);
            if form.archive.packed(i) != after.archive.packed(i) {
                changed += 1;
                let may = entry.name.contains("worksheets/")
                    || entry.name.ends_with("styles.xml")
                    || entry.name.ends_with("workbook.xml");
                assert!(may, "{name}: {} changed", entry.name);
            }
        }
        // Outside its cells a sheet is what it was, but for the reach of its cells.
        for sheet in 0..form.sheets.len() {
            let (Ok(a), Ok(b)) = (form.grid(sheet), after.grid(sheet)) else {
                continue;
            };
            assert_eq!(a.bytes[a.data.end..], b.bytes[b.data.end..], "{name}");
            let head = |g: &workbook::open::grid::Grid| {
                let end = g.dimension.clone().map_or(0, |d| d.end);
                g.bytes[end..g.data.start].to_vec()
            };
            assert_eq!(head(a), head(b), "{name}");
        }
        // Cells that differ were answered, or are formulas whose text is as it was.
        let answered = |sheet: &str, at: Cell| {
            filled
                .answered
                .iter()
                .any(|(s, c)| s == sheet && *c == at.to_string())
        };
        let mut recomputed = 0;
        for d in read::differences(&form, &after).unwrap() {
            let index = form.sheet_index(&d.sheet).unwrap();
            let spilled = form.grid(index).unwrap().array_at(d.at).is_some();
            if answered(&d.sheet, d.at) {
                assert_eq!(d.after.1, None);
                continue;
            }
            assert!(d.before.1.is_some() || spilled, "{name}: {d:?}");
            assert_eq!(d.before.1, d.after.1, "{name}: {d:?}");
            recomputed += 1;
        }
        // Nothing is stale: evaluated on the filled form, every stored value comes out again.
        let (all, doubted) = read::trust(&form).unwrap();
        let (_, doubted_after) = read::trust(&after).unwrap();
        for cell in &doubted_after {
            assert!(doubted.contains(cell), "{name}: {cell:?} is stale");
        }
        // Absent ones stay far below the limits.
        assert!(
            filled.dropped * 100 <= all.max(100),
            "{name}: {} of {all}",
            filled.dropped
        );
        let notes = filled
            .findings
            .iter()
            .filter(|f| f.severity == Severity::Note)
            .count();
        println!(
            "{name}: {} answers, {} dependents, {recomputed} cells recomputed, {} of {all} formulas left without a value, {} not trusted, {changed} parts changed, {notes} notes",
            filled.answered.len(),
            filled.dependents,
            filled.dropped,
            doubted.len()
        );
    }
}

#[test]
fn the_calculator_can_be_trusted_with_the_real_forms() {
    for path in forms() {
        let book = Book::open(fs::read(&path).unwrap(), &Bounds::default()).unwrap();
        let (all, doubted) = read::trust(&book).unwrap();
        assert!(
            doubted.len() * 500 <= all,
            "{}: {doubted:?}",
            path.display()
        );
    }
}

#[test]
fn another_place_in_a_pathfinders_form_respills_its_lists() {
    let Some(path) = forms()
        .into_iter()
        .find(|p| p.ends_with("PF_Round_2_Success.xlsx"))
    else {
        return;
    };
    let bytes = fs::read(path).unwrap();
    let answers: Vec<Answer> =
        serde_json::from_value(serde_json::json!([{"at": "between:PF-USER_ORGANISATION-NAME-START..PF-USER_ORGANISATION-NAME-END!r3c1", "value": "Rotherham Metropolitan Borough Council"}])).unwrap();
    let filled = fill(
        &bytes,
        &answers,
        &Options {
            write_anyway: true,
            no_compute: false,
        },
    )
    .unwrap();
    let after = Book::open(filled.bytes.unwrap(), &Bounds::default()).unwrap();
    assert_eq!(filled.answered, [("Admin".to_owned(), "B20".to_owned())]);
    assert_eq!(filled.dropped, 0, "{:?}", filled.findings);
    let sheet = after.sheet_index("Progress").unwrap();
    let first = read::value(&after, sheet, Cell::parse("B23").unwrap())
        .unwrap()
        .show();
    assert!(first.starts_with("PF-ROT-"), "{first}");
    let (_, doubted) = read::trust(&after).unwrap();
    assert_eq!(doubted, []);
}

#[test]
fn bytes_cut_from_a_real_form_never_panic() {
    let Some(path) = forms()
        .into_iter()
        .find(|p| p.ends_with("PF_Round_2_Success.xlsx"))
    else {
        return;
    };
    let bytes = fs::read(path).unwrap();
    for cut in (0..bytes.len()).step_by(bytes.len() / 97) {
        assert!(Book::open(bytes[..cut].to_vec(), &Bounds::default()).is_err());
    }
}
