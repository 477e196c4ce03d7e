//! Filling in: only the answered cells change, and the values of formulas that depend on them.

pub mod answer;
mod checks;
mod depend;
mod edit;
pub mod locate;
mod recompute;
mod validate;

use std::collections::{BTreeMap, HashMap};

use serde::{Deserialize, Serialize};

pub use answer::{Answer, Answers, Filling, Finding, Findings, Options, Severity};

use crate::address::Cell;
use crate::calc::engine::Engine;
use crate::calc::model::Model;
use crate::calc::time;
use crate::calc::value::Value;
use crate::open::Refused;
use crate::open::archive::Bounds;
use crate::open::book::Book;
use crate::open::styles::Styles;
use crate::open::xml;
use edit::{Edit, Edits};
use recompute::Recompute;
pub(crate) use validate::offered;

/// What came of filling in a form.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Filled {
    /// The filled form; nothing where errors were found and nothing is written.
    #[serde(skip)]
    pub bytes: Option<Vec<u8>>,
    /// What was found.
    pub findings: Vec<Finding>,
    /// Cells that were answered: sheet and address.
    pub answered: Vec<(String, String)>,
    /// Formulas that depend on the answers.
    pub dependents: usize,
    /// Those whose new value was computed.
    pub computed: usize,
    /// Those left without a value.
    pub dropped: usize,
}

/// Fills in a form within the usual bounds. The same input gives the same bytes.
///
/// This evaluates formulas of the file in this process; use [`crate::child::fill`] for files that
/// somebody else made.
pub fn fill(form: &[u8], answers: &[Answer], options: &Options) -> Result<Filled, Refused> {
    match with_stack(|| fill_here(form, answers, options)) {
        Some(filled) => filled,
        None => Err(Refused::Unreadable("filling it in failed".into())),
    }
}

/// Fills in a form on the stack that there is.
fn fill_here(form: &[u8], answers: &[Answer], options: &Options) -> Result<Filled, Refused> {
    let book = Book::open(form.to_vec(), &Bounds::default())?;
    fill_book(&book, answers, options)
}

/// Runs `work` with room for all the nesting that the bounds allow; nothing where it panics, or
/// where there is no such room.
pub(crate) fn with_stack<T: Send>(work: impl FnOnce() -> T + Send) -> Option<T> {
    std::thread::scope(|scope| {
        std::thread::Builder::new()
            .stack_size(STACK)
            .spawn_scoped(scope, work)
            .ok()?
            .join()
            .ok()
    })
}

/// The same as [`fill`], but nothing where it panics or has no room.
pub(crate) fn try_fill(
    form: &[u8],
    answers: &[Answer],
    options: &Options,
) -> Option<Result<Filled, Refused>> {
    with_stack(|| fill_here(form, answers, options))
}

const STACK: usize = 256 << 20;

/// An answer whose place and value are known.
#[derive(Clone, Debug)]
struct Placed {
    sheet: usize,
    at: Cell,
    value: Value,
    style: Option<DateStyle>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum DateStyle {
    Day,
    Time,
}

/// Fills in an opened form.
pub fn fill_book(book: &Book, answers: &[Answer], options: &Options) -> Result<Filled, Refused> {
    let mut findings = Findings::default();
    let placed = place(book, answers, &mut findings)?;
    let mut filled = Filled {
        answered: placed
            .iter()
            .map(|p| (book.sheets[p.sheet].name.clone(), p.at.to_string()))
            .collect(),
        ..Filled::default()
    };
    let model = Model::new(book)?;
    let from: Vec<(usize, Cell)> = placed.iter().map(|p| (p.sheet, p.at)).collect();
    // Without values there is nothing that could be stale, and nothing to look for.
    let bare = options.no_compute && model.is_bare() && !from.is_empty();
    let (dependents, unsteady) = if model.is_empty() || from.is_empty() || bare {
        (depend::Dependents::default(), Vec::new())
    } else {
        let index = depend::Index::new(&model);
        let unsteady = index.unsteady();
        (index.dependents(&from), unsteady)
    };
    let mut engine = Engine::new(&model);
    for p in &placed {
        engine.answer(p.sheet, p.at, p.value.clone());
    }
    for id in &dependents.ids {
        engine.mark(*id);
    }
    for id in unsteady {
        engine.doubt(id);
    }
    if options.no_compute {
        engine.turn_off();
    }
    for p in &placed {
        let tail = book.tail(p.sheet)?;
        validate::check(
            &mut engine,
            p.sheet,
            p.at,
            &p.value,
            &tail.validations,
            &mut findings,
        );
    }
    filled.dependents = dependents.ids.len();

    let mut edits: BTreeMap<usize, Edits> = BTreeMap::new();
    let mut styles = DateStyles::new(book)?;
    for p in &placed {
        let style = match p.style {
            Some(kind) => styles.style_for(book.grid(p.sheet)?.style_at(p.at), kind),
            None => None,
        };
        let sheet = edits.entry(p.sheet).or_default();
        sheet
            .cells
            .insert(p.at, Edit::Answer(p.value.clone(), style));
    }
    let mut work = Recompute {
        model: &model,
        edits: &mut edits,
        results: Vec::new(),
        missing: Vec::new(),
    };
    for id in &dependents.ids {
        work.formula(&mut engine, *id)?;
    }
    let (results, mut missing) = (work.results, work.missing);
    filled.computed = dependents.ids.len() - missing.len().min(dependents.ids.len());
    filled.dropped = missing.len();
    checks::report(&mut engine, &model, &results, &mut findings);
    if bare {
        findings.add(
            Severity::Note,
            "",
            "",
            "not-computed",
            "nothing was calculated: the form's formulas have no values, and get them when the file is opened in a spreadsheet program".into(),
        );
    } else if options.no_compute && !missing.is_empty() {
        findings.add(
            Severity::Note,
            "",
            "",
            "not-computed",
            format!(
                "nothing was calculated: {} formula cells that depend on the answers are left without a value until the file is opened in a spreadsheet program",
                missing.len()
            ),
        );
    } else {
        missing.sort_unstable();
        for (sheet, at, why) in &missing {
            findings.at(
                Severity::Note,
                &book.sheets[*sheet].name,
                *at,
                "not-computed",
                format!("this formula gets its value when the file is opened in a spreadsheet program: {why}"),
            );
        }
    }
    if book.signed && !placed.is_empty() {
        findings.add(
            Severity::Warning,
            "",
            "",
            "signature-broken",
            "the form carries a digital signature, which a filled form no longer fits".into(),
        );
    }
    findings.0.sort_by_key(|f| f.severity);
    if !findings.has_errors() || options.write_anyway {
        filled.bytes = Some(write(book, &edits, styles, bare || !missing.is_empty())?);
    }
    filled.findings = findings.0;
    Ok(filled)
}

/// Finds where each answer goes and refuses those that cannot be written anywhere.
fn place(book: &Book, answers: &[Answer], findings: &mut Findings) -> Result<Vec<Placed>, Refused> {
    let locators = locate::Locators::new(book, answers);
    let mut placed: Vec<Placed> = Vec::new();
    let mut seen: HashMap<(usize, Cell), usize> = HashMap::new();
    for (index, answer) in answers.iter().enumerate() {
        let (sheet, at) = match locators.find(&answer.at) {
            Ok(found) => found,
            Err(lost) => {
                let (sheet, cell) = match locate::Locator::parse(&answer.at) {
                    Ok(locate::Locator::Cell(sheet, cell)) => (sheet, cell.to_string()),
                    _ => (String::new(), answer.at.clone()),
                };
                findings.add(Severity::Error, &sheet, &cell, lost.code, lost.message);
                continue;
            }
        };
        let name = &book.sheets[sheet].name;
        let mut refuse = |code: &str, message: String| {
            findings.at(Severity::Error, name, at, code, message);
        };
        if let Some(first) = seen.insert((sheet, at), index) {
            if answers[first].value != answer.value {
                refuse(
                    "answered-twice",
                    format!("answer {} already gave this cell another value", first + 1),
                );
            }
            continue;
        }
        let grid = book.grid(sheet)?;
        let tail = book.tail(sheet)?;
        let record = grid.find(at).map(|i| &grid.cells[i]);
        if record.is_some_and(|c| c.formula().is_some()) {
            refuse(
                "formula-cell",
                "the form calculates this cell by a formula".into(),
            );
            continue;
        }
        if let Some((rect, _)) = grid.array_at(at) {
            refuse(
                "formula-cell",
                format!(
                    "the form calculates this cell by the formula in {}",
                    rect.start
                ),
            );
            continue;
        }
        if let Some(table) = book
            .tables()
            .iter()
            .find(|t| t.sheet == sheet && t.is_header(at))
        {
            refuse(
                "table-header",
                format!("this cell is a heading of the table \"{}\"", table.name),
            );
            continue;
        }
        if let Some(merged) = tail.merged.iter().find(|m| m.contains(at) && m.start != at) {
            refuse(
                "merged-cell",
                format!(
                    "this cell is hidden in the merged cell {}; answer that one",
                    merged.start
                ),
            );
            continue;
        }
        let (value, style) = match value_of(&answer.value, book.date1904) {
            Ok(value) => value,
            Err((code, message)) => {
                refuse(code, message);
                continue;
            }
        };
        if tail.protected && book.styles()?.is_locked(grid.style_at(at)) {
            findings.at(
                Severity::Warning,
                name,
                at,
                "locked-cell",
                "the sheet is protected and this cell is locked: the form does not expect an answer here".into(),
            );
        }
        placed.push(Placed {
            sheet,
            at,
            value,
            style,
        });
    }
    Ok(placed)
}

fn value_of(
    filling: &Filling,
    date1904: bool,
) -> Result<(Value, Option<DateStyle>), (&'static str, String)> {
    Ok(match filling {
        Filling::Nothing(()) => (Value::Empty, None),
        Filling::Truth(b) => (Value::Bool(*b), None),
        Filling::Number(n) if n.is_finite() && n.abs() < 1e308 => (Value::number(*n), None),
        Filling::Number(n) => {
            return Err((
                "bad-value",
                format!("{n} is not a number that a cell can hold"),
            ));
        }
        Filling::Text(text) if text.is_empty() => (Value::Empty, None),
        Filling::Text(text) => {
            // A line in a cell ends as Alt+Enter ends it, whatever sent the text.
            let text = text.replace("\r\n", "\n").replace('\r', "\n");
            if let Some(c) = text.chars().find(|c| !xml::is_legal(*c)) {
                return Err((
                    "bad-value",
                    format!(
                        "the text holds a character that no workbook can hold (U+{:04X})",
                        u32::from(c)
                    ),
                ));
            }
            let length = text.encode_utf16().count();
            if length > validate::MAX_TEXT {
                return Err((
                    "too-long",
                    format!(
                        "the text has {length} characters; a cell holds at most {}",
                        validate::MAX_TEXT
                    ),
                ));
            }
            (Value::text(&text), None)
        }
        Filling::Date { date } => match time::parse_iso(date, date1904) {
            Some(n) => {
                let style = if n.fract() == 0.0 {
                    DateStyle::Day
                } else {
                    DateStyle::Time
                };
                (Value::Number(n), Some(style))
            }
            None => {
                return Err((
                    "bad-value",
                    format!(
                        "\"{date}\" is not a date that a cell can hold; write it as 2026-09-30"
                    ),
                ));
            }
        },
        Filling::Other(_) => {
            return Err((
                "bad-value",
                "a value is a number, a text, true or false, {\"date\": …} or null".into(),
            ));
        }
    })
}

/// Styles appended for dates in cells that are not formatted as dates.
struct DateStyles<'a> {
    known: &'a Styles,
    grown: Option<Styles>,
    made: HashMap<(u32, bool), u32>,
}

impl<'a> DateStyles<'a> {
    fn new(book: &'a Book) -> Result<Self, Refused> {
        Ok(Self {
            known: book.styles()?,
            grown: None,
            made: HashMap::new(),
        })
    }

    fn style_for(&mut self, style: u32, kind: DateStyle) -> Option<u32> {
        if self.known.shows_day(style) {
            return None;
        }
        let with_time = kind == DateStyle::Time;
        if let Some(made) = self.made.get(&(style, with_time)) {
            return Some(*made);
        }
        if self.grown.is_none() {
            let bytes = if self.known.bytes.is_empty() {
                PLAIN_STYLES.as_bytes().to_vec()
            } else {
                self.known.bytes.clone()
            };
            self.grown = Styles::load(bytes).ok();
        }
        let made = self.grown.as_mut()?.append_date(style, with_time)?;
        self.made.insert((style, with_time), made);
        Some(made)
    }
}

/// The styles part of a workbook that has none.
const PLAIN_STYLES: &str = "<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"yes\"?>\n<styleSheet xmlns=\"http://schemas.openxmlformats.org/spreadsheetml/2006/main\"><fonts count=\"1\"><font><sz val=\"11\"/><name val=\"Calibri\"/></font></fonts><fills count=\"2\"><fill><patternFill patternType=\"none\"/></fill><fill><patternFill patternType=\"gray125\"/></fill></fills><borders count=\"1\"><border><left/><right/><top/><bottom/><diagonal/></border></borders><cellStyleXfs count=\"1\"><xf numFmtId=\"0\" fontId=\"0\" fillId=\"0\" borderId=\"0\"/></cellStyleXfs><cellXfs count=\"1\"><xf numFmtId=\"0\" fontId=\"0\" fillId=\"0\" borderId=\"0\" xfId=\"0\"/></cellXfs></styleSheet>";

/// Adds a styles part to a package that has none: the part, what leads to it, and its type.
fn add_styles(
    book: &Book,
    bytes: Vec<u8>,
    replaced: &mut HashMap<usize, Vec<u8>>,
) -> Result<Option<(String, Vec<u8>)>, Refused> {
    let archive = &book.archive;
    let main = &archive.entries()[book.workbook_entry].name;
    let (folder, file) = match main.rsplit_once('/') {
        Some((folder, file)) => (format!("{folder}/"), file),
        None => (String::new(), main.as_str()),
    };
    let part = format!("{folder}styles.xml");
    let (Some(links), Some(types), None) = (
        archive.find(&format!("{folder}_rels/{file}.rels")),
        archive.find("[Content_Types].xml"),
        archive.find(&part),
    ) else {
        return Ok(None);
    };
    let link = "<Relationship Id=\"rIdTributaryStyles\" Type=\"http://schemas.openxmlformats.org/officeDocument/2006/relationships/styles\" Target=\"styles.xml\"/>";
    let kind = format!(
        "<Override PartName=\"/{part}\" ContentType=\"application/vnd.openxmlformats-officedocument.spreadsheetml.styles+xml\"/>"
    );
    let (Some(links_new), Some(types_new)) = (
        edit::append_child(&archive.read(links)?, link),
        edit::append_child(&archive.read(types)?, &kind),
    ) else {
        return Ok(None);
    };
    replaced.insert(links, links_new);
    replaced.insert(types, types_new);
    Ok(Some((part, bytes)))
}

/// Writes the package with the edited parts replaced.
fn write(
    book: &Book,
    edits: &BTreeMap<usize, Edits>,
    styles: DateStyles<'_>,
    unfinished: bool,
) -> Result<Vec<u8>, Refused> {
    let mut replaced: HashMap<usize, Vec<u8>> = HashMap::new();
    for (sheet, edits) in edits {
        let grid = book.grid(*sheet)?;
        let new = edit::apply(grid, edits);
        if let Some(entry) = book.sheets[*sheet].entry
            && new != grid.bytes
        {
            replaced.insert(entry, new);
        }
    }
    let mut added = Vec::new();
    match (styles.grown, book.styles_entry) {
        (Some(grown), Some(entry)) => {
            replaced.insert(entry, grown.bytes);
        }
        (Some(grown), None) => added.extend(add_styles(book, grown.bytes, &mut replaced)?),
        (None, _) => {}
    }
    if unfinished {
        let old = book.archive.read(book.workbook_entry)?;
        let new = edit::calculate_on_load(&old);
        if new != old {
            replaced.insert(book.workbook_entry, new);
        }
    }
    Ok(book.archive.write(&replaced, &added))
}
