//! Reading a form: where its answers stand, what they are called, what they must be.
//!
//! A form tells this by itself: cells that its protection leaves open, data validations, pairs of
//! marker cells, defined names, table columns, labels beside and above, formulas that count what
//! is still empty. What is told here are facts about the sheet; what an answer means, and what
//! fills it, is somebody else's to say.
//!
//! - [`page`](self): a sheet as a person sees it, texts and merged cells.
//! - `inputs`: which cells are for answers; `labels`: what they are called; `demands`: what they
//!   must be.
//! - [`child`]: the same in a child process with limits.

pub mod child;
mod demands;
mod inputs;
mod labels;
mod page;
#[cfg(test)]
mod tests;

use std::collections::hash_map::Entry;
use std::collections::{BTreeMap, HashMap};

use serde::{Deserialize, Serialize};

use crate::address::Cell;
use crate::calc::engine::Engine;
use crate::calc::model::Model;
use crate::open::Refused;
use crate::open::archive::Bounds;
use crate::open::book::Book;
use inputs::{Found, Pair};
use page::Page;

/// Rows of one kind that are told one by one; a form may have room for ten thousand.
const MOST_ROWS_OF_A_KIND: u32 = 25;
/// The most cells that are told.
pub const MOST_INPUTS: usize = 5_000;

/// What a form asks.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Survey {
    /// The sheets that people see, in order.
    pub sheets: Vec<String>,
    /// The cells for answers, by sheet, row and column.
    pub inputs: Vec<Input>,
    /// Rows of a kind that were not told one by one.
    pub cut: Vec<Cut>,
    /// Cells that were left out because there are more than can be told.
    pub beyond: usize,
    /// What of the copy could not be used.
    pub copy_notes: Vec<String>,
}

/// Rows that go on like those before them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cut {
    /// The sheet.
    pub sheet: String,
    /// The first row of its kind.
    pub first_row: u32,
    /// How many there are.
    pub rows: u32,
    /// How many were told.
    pub told: u32,
}

/// A cell for an answer.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Input {
    /// The sheet.
    pub sheet: String,
    /// The cell, such as `E17`.
    pub cell: String,
    /// Its row, from 1.
    pub row: u32,
    /// Its column, from 1.
    pub col: u32,
    /// How it is found again, as robust as the form's own anchors allow.
    pub at: String,
    /// Why it is taken for one.
    pub why: Vec<Why>,
    /// What its row is called.
    pub row_label: String,
    /// What its column is called: headings from the top down.
    pub heads: Vec<String>,
    /// What stands right above it, where neither row nor column has a name.
    pub title: String,
    /// The heading of the part of the sheet that it is in.
    pub group: String,
    /// What the form says on how to answer.
    pub guidance: String,
    /// Its place in a run of rows of one kind without names of their own, from 1.
    pub row_in_run: Option<u32>,
    /// How many cells of its row are for answers.
    pub in_row: u32,
    /// What its data validation wants.
    pub rule: Option<Rule>,
    /// How its number format shows an answer.
    pub shape: Shape,
    /// A word limit, where the form states one.
    pub word_limit: Option<u32>,
    /// Whether a formula of the form counts it as missing while it is empty; nothing where no
    /// formula of the form counts at all.
    pub counted: Option<bool>,
    /// What stands there in the form.
    pub value: String,
    /// What stands there in the copy.
    pub example: String,
}

/// Why a cell is taken for one that is for an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Why {
    /// Protection leaves it open.
    Open,
    /// It has a data validation.
    Validation,
    /// A defined name stands for it.
    Name,
    /// It is a column of a table.
    Table,
    /// It stands between two marker cells.
    Markers,
    /// It is empty and stands beside a label.
    Beside,
    /// It says that something is to be chosen.
    Placeholder,
    /// The copy has another value there.
    Differs,
}

/// What a data validation wants.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rule {
    /// What kind of value.
    pub wants: Wants,
    /// The list to choose from, as the form now stands.
    pub choices: Vec<String>,
    /// How many the list has, where it is longer than is told.
    pub more_choices: usize,
    /// Whether the list is empty until something else is answered.
    pub depends: bool,
    /// The most characters, where the length of a text is limited.
    pub most_characters: Option<u32>,
    /// What the form's author says of it.
    pub message: String,
}

/// What kind of value a validation wants.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Wants {
    /// What a formula says.
    #[default]
    Custom,
    /// A whole number.
    Whole,
    /// A number.
    Decimal,
    /// One of a list.
    List,
    /// A date.
    Date,
    /// A time.
    Time,
    /// A text of some length.
    Text,
}

/// How a number format shows an answer.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Shape {
    /// As it comes.
    #[default]
    General,
    /// A date.
    Date,
    /// An amount of money.
    Money,
    /// Thousands of money.
    Thousands,
    /// A share of a hundred.
    Percent,
    /// A number.
    Number,
    /// Text.
    Text,
}

/// Reads a form, and the copy of it that was once submitted. It evaluates formulas of the file in
/// this process; use [`child::survey`] for files that somebody else made.
pub fn survey(form: &[u8], copy: Option<&[u8]>) -> Result<Survey, Refused> {
    match crate::fill::with_stack(|| read(form, copy)) {
        Some(survey) => survey,
        None => Err(Refused::Unreadable("reading it failed".into())),
    }
}

fn read(form: &[u8], copy: Option<&[u8]>) -> Result<Survey, Refused> {
    let book = Book::open(form.to_vec(), &Bounds::default())?;
    let copy = copy
        .map(|bytes| Book::open(bytes.to_vec(), &Bounds::default()))
        .transpose()?;
    let model = Model::new(&book)?;
    let mut engine = Engine::new(&model);
    let counted = demands::counted(&model);
    let mut survey = Survey::default();
    for (sheet, info) in book.sheets.iter().enumerate() {
        if info.hidden || info.entry.is_none() {
            continue;
        }
        if book.grid(sheet)?.data.is_empty() {
            continue;
        }
        survey.sheets.push(info.name.clone());
        let page = Page::read(&book, &engine, sheet)?;
        let answers = match &copy {
            Some(copy) => differing(&page, copy, &info.name, &mut survey.copy_notes)?,
            None => BTreeMap::new(),
        };
        let pairs = inputs::pairs(&page);
        let found = inputs::find(&page, &pairs, &answers)?;
        sheet_inputs(
            &page,
            &mut engine,
            &pairs,
            &found,
            &counted,
            &answers,
            &mut survey,
        )?;
    }
    if let Some(copy) = &copy {
        for info in copy.sheets.iter().filter(|info| !info.hidden) {
            if book.sheet_index(&info.name).is_none() {
                survey.copy_notes.push(format!(
                    "The copy has a sheet “{}”, which the form does not have.",
                    info.name
                ));
            }
        }
    }
    survey.beyond = survey.inputs.len().saturating_sub(MOST_INPUTS);
    survey.inputs.truncate(MOST_INPUTS);
    Ok(survey)
}

/// Cells without a formula in the form that hold something else in the copy.
fn differing(
    page: &Page<'_>,
    copy: &Book,
    name: &str,
    notes: &mut Vec<String>,
) -> Result<BTreeMap<Cell, String>, Refused> {
    let Some(sheet) = copy.sheet_index(name) else {
        notes.push(format!("The copy has no sheet “{name}”."));
        return Ok(BTreeMap::new());
    };
    if copy.sheets[sheet].entry.is_none() {
        return Ok(BTreeMap::new());
    }
    let model = Model::new(copy)?;
    let engine = Engine::new(&model);
    let theirs = Page::read(copy, &engine, sheet)?;
    Ok(theirs
        .cells
        .iter()
        .filter(|(at, shown)| {
            !shown.formula
                && !shown.text.is_empty()
                && !page::is_marker(&shown.text)
                && page.anchor(**at) == **at
                && page
                    .cells
                    .get(at)
                    .is_none_or(|ours| !ours.formula && ours.text != shown.text)
                && !page.is_spilled(**at)
        })
        .map(|(at, shown)| (*at, shown.text.clone()))
        .collect())
}

#[allow(clippy::too_many_arguments)]
fn sheet_inputs(
    page: &Page<'_>,
    engine: &mut Engine<'_>,
    pairs: &[Pair],
    found: &Found,
    counted: &demands::Counted,
    answers: &BTreeMap<Cell, String>,
    survey: &mut Survey,
) -> Result<(), Refused> {
    let layout = labels::Layout::new(page, found);
    let runs = labels::runs(&layout, found);
    let mut told: HashMap<u32, bool> = HashMap::new();
    for run in &runs {
        if run.rows > MOST_ROWS_OF_A_KIND {
            survey.cut.push(Cut {
                sheet: page.name().to_owned(),
                first_row: run.first,
                rows: run.rows,
                told: MOST_ROWS_OF_A_KIND,
            });
            for row in run.first + MOST_ROWS_OF_A_KIND..run.first + run.rows {
                told.insert(row, false);
            }
        }
    }
    let sheet_counts = counted.counts_on(page.sheet);
    for (at, why) in &found.cells {
        let differs = answers.contains_key(at);
        if told.get(&at.row) == Some(&false) && !differs {
            continue;
        }
        let words = layout.words(*at);
        let rule = demands::rule(page, engine, *at)?;
        let bare = words.row_label.is_empty() && words.heads.is_empty() && words.title.is_empty();
        if bare && rule.is_none() && !differs && !why.contains(&Why::Name) {
            // Nothing says what it is for: open by accident rather than by design.
            continue;
        }
        let row_in_run = runs
            .iter()
            .find(|run| (run.first..run.first + run.rows).contains(&at.row))
            .map(|run| at.row - run.first + 1);
        let word_limit = demands::word_limit(page, *at, &words);
        let shown = page.cells.get(at);
        survey.inputs.push(Input {
            sheet: page.name().to_owned(),
            cell: at.to_string(),
            row: at.row,
            col: at.col,
            at: inputs::locator(page, pairs, *at),
            why: why.iter().copied().collect(),
            shape: page.shape(*at),
            in_row: layout.in_row(at.row),
            row_in_run,
            rule,
            word_limit,
            counted: sheet_counts.then(|| counted.counts(page.sheet, *at)),
            value: shown.map(|shown| shown.text.clone()).unwrap_or_default(),
            example: answers.get(at).cloned().unwrap_or_default(),
            row_label: words.row_label,
            heads: words.heads,
            title: words.title,
            group: words.group,
            guidance: words.guidance,
        });
    }
    Ok(())
}

/// What one cell of a workbook is, for somebody who comes back to it with another version.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Standing {
    /// The locator that was asked for.
    pub at: String,
    /// Where it leads: sheet and cell; or why it leads nowhere.
    pub place: Result<(String, String), String>,
    /// Whether a formula stands there.
    pub formula: bool,
    /// Whether the sheet's protection locks it.
    pub locked: bool,
    /// What its row is called.
    pub row_label: String,
    /// What its column is called.
    pub heads: Vec<String>,
    /// What stands right above it.
    pub title: String,
}

/// What stands where these locators lead.
pub fn standings(form: &[u8], locators: &[String]) -> Result<Vec<Standing>, Refused> {
    match crate::fill::with_stack(|| stand(form, locators)) {
        Some(standings) => standings,
        None => Err(Refused::Unreadable("reading it failed".into())),
    }
}

fn stand(form: &[u8], locators: &[String]) -> Result<Vec<Standing>, Refused> {
    let book = Book::open(form.to_vec(), &Bounds::default())?;
    let wanted: Vec<crate::fill::Answer> = locators
        .iter()
        .map(|at| crate::fill::Answer {
            at: at.clone(),
            value: crate::fill::Filling::Nothing(()),
        })
        .collect();
    let places = crate::fill::locate::Locators::new(&book, &wanted);
    let model = Model::new(&book)?;
    let engine = Engine::new(&model);
    let mut pages: HashMap<usize, (Page<'_>, Found)> = HashMap::new();
    let mut out = Vec::with_capacity(locators.len());
    for at in locators {
        let mut standing = Standing {
            at: at.clone(),
            place: Err(String::new()),
            formula: false,
            locked: false,
            row_label: String::new(),
            heads: Vec::new(),
            title: String::new(),
        };
        match places.find(at) {
            Err(lost) => standing.place = Err(lost.message),
            Ok((sheet, cell)) => {
                let (page, found) = match pages.entry(sheet) {
                    Entry::Occupied(there) => there.into_mut(),
                    Entry::Vacant(place) => {
                        let page = Page::read(&book, &engine, sheet)?;
                        let pairs = inputs::pairs(&page);
                        let found = inputs::find(&page, &pairs, &BTreeMap::new())?;
                        place.insert((page, found))
                    }
                };
                let words = labels::Layout::new(page, found).words(cell);
                standing.place = Ok((page.name().to_owned(), cell.to_string()));
                standing.formula = page.is_spilled(cell)
                    || page.cells.get(&cell).is_some_and(|shown| shown.formula);
                standing.locked = page.tail.protected && page.locked(cell);
                standing.row_label = words.row_label;
                standing.heads = words.heads;
                standing.title = words.title;
            }
        }
        out.push(standing);
    }
    Ok(out)
}
