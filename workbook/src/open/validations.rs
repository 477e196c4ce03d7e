//! What a worksheet says after its cells: protection, merged cells and data validations
//! (ECMA-376 part 1, 18.3.1.32 and 18.3.1.33; the extended kind in [MS-XLSX] 2.6.40).

use memchr::memmem;

use super::Refused;
use super::grid::Grid;
use super::xml::{Event, Scanner, Tag};
use crate::address::Rect;

/// What kind of value a validation wants.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wanted {
    /// Anything.
    Any,
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
    TextLength,
    /// What a formula says.
    Custom,
}

/// What happens in Excel when a value does not fit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Style {
    /// Refused.
    Stop,
    /// Asked about.
    Warning,
    /// Told.
    Information,
}

/// How the value is compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Operator {
    /// From the first to the second.
    Between,
    /// Outside them.
    NotBetween,
    /// Equal to the first.
    Equal,
    /// Other than the first.
    NotEqual,
    /// Below the first.
    Less,
    /// At most the first.
    LessOrEqual,
    /// Above the first.
    Greater,
    /// At least the first.
    GreaterOrEqual,
}

/// One data validation.
#[derive(Clone, Debug)]
pub struct Validation {
    /// What it wants.
    pub wanted: Wanted,
    /// How severe it is.
    pub style: Style,
    /// How it compares.
    pub operator: Operator,
    /// Whether an empty cell is allowed.
    pub allow_blank: bool,
    /// The first formula.
    pub formula1: String,
    /// The second formula.
    pub formula2: String,
    /// The cells that it is for.
    pub areas: Vec<Rect>,
    /// The message of the form's author.
    pub message: String,
    /// What its author says when the cell is chosen.
    pub prompt: String,
}

/// What stands after the cells.
#[derive(Clone, Debug, Default)]
pub struct Tail {
    /// Whether the sheet is protected.
    pub protected: bool,
    /// Merged rectangles.
    pub merged: Vec<Rect>,
    /// Validations, ordinary and extended.
    pub validations: Vec<Validation>,
}

impl Tail {
    /// Reads what follows `sheetData`; conditional formats and the rest are passed over.
    pub fn load(grid: &Grid) -> Result<Self, Refused> {
        let mut tail = Self::default();
        let rest = grid.bytes.get(grid.data.end..).unwrap_or_default();
        for (needle, what) in [
            ("sheetProtection", 0),
            ("mergeCells", 1),
            ("dataValidations", 2),
        ] {
            let finder = memmem::Finder::new(needle);
            let mut from = 0;
            while let Some(hit) = rest.get(from..).and_then(|r| finder.find(r)) {
                let at = from + hit;
                from = at + needle.len();
                // Only an opening tag: `<name` or `<prefix:name`.
                let Some(start) = rest[..at].iter().rposition(|b| *b == b'<') else {
                    continue;
                };
                let prefix = &rest[start + 1..at];
                if !prefix.is_empty() && !prefix.ends_with(b":") || prefix.contains(&b'/') {
                    continue;
                }
                let mut scanner = Scanner::from(rest, start);
                let Some(Event::Open(tag)) = scanner.next_event()? else {
                    continue;
                };
                if tag.name != needle.as_bytes() {
                    continue;
                }
                match what {
                    0 => tail.protected = tag.flag("sheet").unwrap_or(false),
                    1 => tail.read_merged(&mut scanner, &tag)?,
                    _ => tail.read_validations(&mut scanner, &tag)?,
                }
                from = from.max(scanner.offset());
            }
        }
        Ok(tail)
    }

    fn read_merged(&mut self, scanner: &mut Scanner<'_>, outer: &Tag<'_>) -> Result<(), Refused> {
        if outer.empty {
            return Ok(());
        }
        while let Some(event) = scanner.next_event()? {
            match event {
                Event::Open(tag) if tag.name == b"mergeCell" => {
                    if let Some(rect) = tag.attr("ref").as_deref().and_then(Rect::parse) {
                        self.merged.push(rect);
                    }
                }
                Event::Close { name, .. } if name == b"mergeCells" => break,
                _ => {}
            }
        }
        Ok(())
    }

    fn read_validations(
        &mut self,
        scanner: &mut Scanner<'_>,
        outer: &Tag<'_>,
    ) -> Result<(), Refused> {
        if outer.empty {
            return Ok(());
        }
        while let Some(event) = scanner.next_event()? {
            match event {
                Event::Open(tag) if tag.name == b"dataValidation" => {
                    let validation = Validation::read(scanner, &tag)?;
                    self.validations.push(validation);
                }
                Event::Close { name, .. } if name == b"dataValidations" => break,
                _ => {}
            }
        }
        Ok(())
    }
}

impl Validation {
    fn read(scanner: &mut Scanner<'_>, tag: &Tag<'_>) -> Result<Self, Refused> {
        let text = |name: &str| tag.attr(name).map(|v| v.into_owned()).unwrap_or_default();
        let mut validation = Self {
            wanted: match text("type").as_str() {
                "whole" => Wanted::Whole,
                "decimal" => Wanted::Decimal,
                "list" => Wanted::List,
                "date" => Wanted::Date,
                "time" => Wanted::Time,
                "textLength" => Wanted::TextLength,
                "custom" => Wanted::Custom,
                _ => Wanted::Any,
            },
            style: match text("errorStyle").as_str() {
                "warning" => Style::Warning,
                "information" => Style::Information,
                _ => Style::Stop,
            },
            operator: match text("operator").as_str() {
                "notBetween" => Operator::NotBetween,
                "equal" => Operator::Equal,
                "notEqual" => Operator::NotEqual,
                "lessThan" => Operator::Less,
                "lessThanOrEqual" => Operator::LessOrEqual,
                "greaterThan" => Operator::Greater,
                "greaterThanOrEqual" => Operator::GreaterOrEqual,
                _ => Operator::Between,
            },
            allow_blank: tag.flag("allowBlank").unwrap_or(false),
            formula1: String::new(),
            formula2: String::new(),
            areas: areas(&text("sqref")),
            message: text("error"),
            prompt: text("prompt"),
        };
        if tag.empty {
            return Ok(validation);
        }
        while let Some(event) = scanner.next_event()? {
            match event {
                Event::Open(t) => match t.name {
                    b"formula1" => validation.formula1 = scanner.text(&t)?,
                    b"formula2" => validation.formula2 = scanner.text(&t)?,
                    b"sqref" => validation.areas = areas(&scanner.text(&t)?),
                    _ => {}
                },
                Event::Close { name, .. } if name == b"dataValidation" => break,
                _ => {}
            }
        }
        Ok(validation)
    }
}

/// The rectangles of an `sqref`.
pub fn areas(text: &str) -> Vec<Rect> {
    text.split_whitespace().filter_map(Rect::parse).collect()
}
