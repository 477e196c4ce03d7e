//! The package: its relationships (ECMA-376 part 2, 6.5), the workbook part (part 1, 18.2), and
//! the sheets, names and tables that it leads to.

use std::cell::OnceCell;
use std::collections::HashMap;

use memchr::memmem;

use super::Refused;
use super::archive::{Archive, Bounds};
use super::grid::Grid;
use super::strings::Strings;
use super::styles::Styles;
use super::tables::Table;
use super::validations::Tail;
use super::xml::{Event, Scanner};
use crate::formula::{self, Node};

/// A sheet as the workbook part lists it.
#[derive(Debug)]
pub struct SheetInfo {
    /// Its name.
    pub name: String,
    /// Whether people see it.
    pub hidden: bool,
    /// Its entry in the archive; `None` where the part is missing.
    pub entry: Option<usize>,
    grid: OnceCell<Result<Grid, Refused>>,
    tail: OnceCell<Result<Tail, Refused>>,
}

/// A defined name.
#[derive(Clone, Debug)]
pub struct DefinedName {
    /// The name.
    pub name: String,
    /// The sheet that it belongs to, if not to the workbook.
    pub sheet: Option<usize>,
    /// What it stands for: a formula without `=`.
    pub text: String,
}

/// An opened workbook.
#[derive(Debug)]
pub struct Book {
    /// The container.
    pub archive: Archive,
    /// Sheets in their order.
    pub sheets: Vec<SheetInfo>,
    /// Defined names.
    pub names: Vec<DefinedName>,
    /// Whether day 0 is 1 January 1904.
    pub date1904: bool,
    /// Whether the form wants all its formulas calculated when it is opened: its writer did not
    /// calculate, and many such writers store 0 for every formula.
    pub uncalculated: bool,
    /// The workbook part's entry.
    pub workbook_entry: usize,
    /// The styles part's entry.
    pub styles_entry: Option<usize>,
    /// Whether the package carries a digital signature.
    pub signed: bool,
    strings_entry: Option<usize>,
    strings: OnceCell<Result<Strings, Refused>>,
    styles: OnceCell<Result<Styles, Refused>>,
    tables: OnceCell<Vec<Table>>,
    sheet_names: HashMap<String, usize>,
    name_index: HashMap<String, Vec<usize>>,
    name_roots: Vec<OnceCell<Option<Node>>>,
}

#[derive(Debug)]
struct Relationship {
    id: String,
    kind: String,
    target: String,
}

impl Book {
    /// Opens a workbook within the bounds.
    pub fn open(bytes: Vec<u8>, bounds: &Bounds) -> Result<Self, Refused> {
        let archive = Archive::open(bytes, bounds)?;
        refuse_document_types(&archive)?;
        let root = relationships(&archive, "")?;
        let main = root
            .iter()
            .find(|r| r.kind.ends_with("/officeDocument"))
            .map_or("xl/workbook.xml".to_owned(), |r| resolve("", &r.target));
        if main.ends_with(".bin") {
            return Err(Refused::Unreadable(
                "it is a binary workbook (.xlsb); save it as .xlsx or .xlsm".into(),
            ));
        }
        let workbook_entry = archive.find(&main).ok_or_else(|| {
            Refused::Unreadable("it is not a workbook (it has no workbook part)".into())
        })?;
        let signed = root
            .iter()
            .any(|r| r.kind.ends_with("/digital-signature/origin"));
        let links = relationships(&archive, &main)?;
        let entry_of = |suffix: &str| {
            links
                .iter()
                .find(|r| r.kind.ends_with(suffix))
                .and_then(|r| archive.find(&resolve(&main, &r.target)))
        };
        let strings_entry = entry_of("/sharedStrings");
        let styles_entry = entry_of("/styles");
        let mut book = Self {
            sheets: Vec::new(),
            names: Vec::new(),
            date1904: false,
            uncalculated: false,
            workbook_entry,
            styles_entry,
            signed,
            strings_entry,
            strings: OnceCell::new(),
            styles: OnceCell::new(),
            tables: OnceCell::new(),
            sheet_names: HashMap::new(),
            name_index: HashMap::new(),
            name_roots: Vec::new(),
            archive,
        };
        let workbook = book.archive.read(workbook_entry)?;
        book.read_workbook(&workbook, &main, &links)?;
        if book.sheets.is_empty() {
            return Err(Refused::Unreadable(
                "it is not a workbook (it has no sheets)".into(),
            ));
        }
        Ok(book)
    }

    fn read_workbook(
        &mut self,
        bytes: &[u8],
        main: &str,
        links: &[Relationship],
    ) -> Result<(), Refused> {
        let mut scanner = Scanner::new(bytes);
        let mut root = true;
        while let Some(event) = scanner.next_event()? {
            let Event::Open(tag) = event else { continue };
            if root && tag.name != b"workbook" {
                return Err(Refused::Unreadable(
                    "it is not a workbook (its main part is something else)".into(),
                ));
            }
            root = false;
            match tag.name {
                b"workbookPr" => self.date1904 = tag.flag("date1904").unwrap_or(false),
                b"calcPr" => self.uncalculated = tag.flag("fullCalcOnLoad").unwrap_or(false),
                b"sheet" => {
                    let name = tag.attr("name").unwrap_or_default().into_owned();
                    let state = tag.attr("state").unwrap_or_default();
                    let id = tag.attr_local("id").unwrap_or_default();
                    let entry = links
                        .iter()
                        .find(|r| r.id == id)
                        .and_then(|r| self.archive.find(&resolve(main, &r.target)));
                    self.sheets.push(SheetInfo {
                        name,
                        hidden: state == "hidden" || state == "veryHidden",
                        entry,
                        grid: OnceCell::new(),
                        tail: OnceCell::new(),
                    });
                }
                b"definedName" => {
                    let name = tag.attr("name").unwrap_or_default().into_owned();
                    let sheet = tag.number("localSheetId").map(|n| n as usize);
                    let text = scanner.text(&tag)?;
                    self.names.push(DefinedName { name, sheet, text });
                }
                _ => {}
            }
        }
        for (index, sheet) in self.sheets.iter().enumerate() {
            let key = sheet.name.to_lowercase();
            self.sheet_names.entry(key).or_insert(index);
        }
        for (index, name) in self.names.iter().enumerate() {
            let key = name.name.to_lowercase();
            self.name_index.entry(key).or_default().push(index);
        }
        self.name_roots = self.names.iter().map(|_| OnceCell::new()).collect();
        Ok(())
    }

    /// The index of a sheet; names compare without case, as in Excel.
    pub fn sheet_index(&self, name: &str) -> Option<usize> {
        self.sheet_names.get(&name.to_lowercase()).copied()
    }

    /// Indexes all sheets that were not looked at yet, several at once.
    pub fn load_all(&self) {
        let mut wanted: Vec<(usize, usize)> = self
            .sheets
            .iter()
            .enumerate()
            .filter(|(_, sheet)| sheet.grid.get().is_none())
            .filter_map(|(index, sheet)| Some((index, sheet.entry?)))
            .collect();
        // The largest first, so that none of them is begun last.
        wanted.sort_by_key(|(_, entry)| std::cmp::Reverse(self.archive.entries()[*entry].size));
        let archive = &self.archive;
        let loaded = super::together(&wanted, |(_, entry)| {
            archive.read(*entry).and_then(Grid::load)
        });
        for ((index, _), grid) in wanted.iter().zip(loaded) {
            let sheet = &self.sheets[*index];
            sheet.grid.get_or_init(|| named(grid, &sheet.name));
        }
    }

    /// A sheet's cells.
    pub fn grid(&self, sheet: usize) -> Result<&Grid, Refused> {
        let info = self
            .sheets
            .get(sheet)
            .ok_or_else(|| Refused::Unreadable("a sheet is missing".into()))?;
        info.grid
            .get_or_init(|| {
                let entry = info.entry.ok_or_else(|| {
                    Refused::Unreadable(format!("the part of sheet {} is missing", info.name))
                })?;
                named(self.archive.read(entry).and_then(Grid::load), &info.name)
            })
            .as_ref()
            .map_err(Clone::clone)
    }

    /// A sheet's protection, merged cells and validations.
    pub fn tail(&self, sheet: usize) -> Result<&Tail, Refused> {
        let grid = self.grid(sheet)?;
        self.sheets[sheet]
            .tail
            .get_or_init(|| Tail::load(grid))
            .as_ref()
            .map_err(Clone::clone)
    }

    /// The shared strings.
    pub fn strings(&self) -> Result<&Strings, Refused> {
        self.strings
            .get_or_init(|| match self.strings_entry {
                Some(entry) => Strings::load(self.archive.read(entry)?),
                None => Ok(Strings::default()),
            })
            .as_ref()
            .map_err(Clone::clone)
    }

    /// The cell formats.
    pub fn styles(&self) -> Result<&Styles, Refused> {
        self.styles
            .get_or_init(|| match self.styles_entry {
                Some(entry) => Styles::load(self.archive.read(entry)?),
                None => Ok(Styles::default()),
            })
            .as_ref()
            .map_err(Clone::clone)
    }

    /// The tables of all sheets; one that cannot be read is left out.
    pub fn tables(&self) -> &[Table] {
        self.tables.get_or_init(|| {
            let mut tables = Vec::new();
            for (index, sheet) in self.sheets.iter().enumerate() {
                let Some(part) = sheet.entry.map(|e| &self.archive.entries()[e].name) else {
                    continue;
                };
                let Ok(links) = relationships(&self.archive, part) else {
                    continue;
                };
                for link in links.iter().filter(|r| r.kind.ends_with("/table")) {
                    let read = self
                        .archive
                        .find(&resolve(part, &link.target))
                        .and_then(|e| self.archive.read(e).ok())
                        .and_then(|bytes| Table::load(&bytes, index).ok().flatten());
                    tables.extend(read);
                }
            }
            tables
        })
    }

    /// A table by its name, without case.
    pub fn table(&self, name: &str) -> Option<&Table> {
        let folded = name.to_lowercase();
        self.tables()
            .iter()
            .find(|t| t.name.to_lowercase() == folded)
    }

    /// A defined name as seen from a sheet: the sheet's own first, then the workbook's.
    pub fn name(&self, name: &str, from: Option<usize>) -> Option<(usize, &DefinedName)> {
        let mut global = None;
        for &index in self.name_index.get(&name.to_lowercase())? {
            let defined = &self.names[index];
            match defined.sheet {
                Some(sheet) if Some(sheet) == from => return Some((index, defined)),
                None => global = Some((index, defined)),
                Some(_) => {}
            }
        }
        global
    }

    /// What a name stands for, parsed; `None` where it is not a formula.
    pub fn name_root(&self, index: usize) -> Option<&Node> {
        self.name_roots
            .get(index)?
            .get_or_init(|| formula::parse(&self.names[index].text, self))
            .as_ref()
    }
}

/// Says which sheet could not be read.
fn named(grid: Result<Grid, Refused>, sheet: &str) -> Result<Grid, Refused> {
    grid.map_err(|e| match e {
        Refused::Unreadable(what) => Refused::Unreadable(format!("sheet {sheet}: {what}")),
        other => other,
    })
}

/// The relationships of a part; of the package for an empty name.
fn relationships(archive: &Archive, part: &str) -> Result<Vec<Relationship>, Refused> {
    let (folder, file) = part.rsplit_once('/').unwrap_or(("", part));
    let path = if folder.is_empty() {
        format!("_rels/{file}.rels")
    } else {
        format!("{folder}/_rels/{file}.rels")
    };
    let Some(entry) = archive.find(&path) else {
        return Ok(Vec::new());
    };
    let bytes = archive.read(entry)?;
    let mut links = Vec::new();
    let mut scanner = Scanner::new(&bytes);
    while let Some(event) = scanner.next_event()? {
        let Event::Open(tag) = event else { continue };
        if tag.name != b"Relationship" {
            continue;
        }
        if tag.attr("TargetMode").is_some_and(|m| m == "External") {
            continue;
        }
        let text = |name: &str| tag.attr(name).map(|v| v.into_owned()).unwrap_or_default();
        links.push(Relationship {
            id: text("Id"),
            kind: text("Type"),
            target: text("Target"),
        });
    }
    Ok(links)
}

/// The part that a relationship of `source` leads to: absolute targets from the package's root,
/// relative ones from the source's folder.
fn resolve(source: &str, target: &str) -> String {
    let target = target.replace('\\', "/");
    let target = target.split('#').next().unwrap_or_default();
    let mut parts: Vec<&str> = Vec::new();
    if !target.starts_with('/')
        && let Some((folder, _)) = source.rsplit_once('/')
    {
        parts.extend(folder.split('/'));
    }
    for part in target.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop();
            }
            other => parts.push(other),
        }
    }
    parts.join("/")
}

/// Refuses a package in which any XML part has a document type declaration. It can only stand
/// before the root element, so the beginning of each part is enough to see.
fn refuse_document_types(archive: &Archive) -> Result<(), Refused> {
    for (index, entry) in archive.entries().iter().enumerate() {
        let name = entry.name.to_ascii_lowercase();
        let is_xml = [".xml", ".rels", ".vml"].iter().any(|e| name.ends_with(e));
        if !is_xml {
            continue;
        }
        let mut limit = 1024;
        loop {
            let start = archive.peek(index, limit);
            if has_document_type(&start) {
                return Err(Refused::Hostile(format!(
                    "the part {} has a document type declaration",
                    entry.name
                )));
            }
            // Go on while only comments and instructions were seen.
            if start.len() < limit || has_root(&start) || limit > 1 << 24 {
                break;
            }
            limit *= 16;
        }
    }
    Ok(())
}

fn has_document_type(start: &[u8]) -> bool {
    if start.starts_with(&[0xff, 0xfe]) || start.starts_with(&[0xfe, 0xff]) || start.contains(&0) {
        let narrow: Vec<u8> = start.iter().copied().filter(|b| *b != 0).collect();
        return memmem::find(&narrow, b"<!DOCTYPE").is_some();
    }
    match memmem::find(start, b"<!DOCTYPE") {
        None => false,
        // In the text of a part it is only text.
        Some(at) => !has_root(&start[..at]),
    }
}

fn has_root(start: &[u8]) -> bool {
    let mut scanner = Scanner::new(start);
    while let Ok(Some(event)) = scanner.next_event() {
        if let Event::Open(_) = event {
            return true;
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn targets_are_resolved() {
        assert_eq!(
            resolve("xl/workbook.xml", "worksheets/a.xml"),
            "xl/worksheets/a.xml"
        );
        assert_eq!(
            resolve("xl/workbook.xml", "/xl/worksheets/a.xml"),
            "xl/worksheets/a.xml"
        );
        assert_eq!(
            resolve("xl/worksheets/a.xml", "../tables/t.xml"),
            "xl/tables/t.xml"
        );
        assert_eq!(resolve("", "xl/workbook.xml"), "xl/workbook.xml");
        assert_eq!(resolve("", "../../etc/x"), "etc/x");
    }

    #[test]
    fn document_types_are_seen_only_before_the_root() {
        assert!(has_document_type(
            b"<?xml version='1.0'?><!-- a --><!DOCTYPE x>"
        ));
        assert!(!has_document_type(b"<a><![CDATA[<!DOCTYPE x>]]></a>"));
        assert!(has_document_type(b"\xff\xfe<\0!\0D\0O\0C\0T\0Y\0P\0E\0"));
    }
}
