//! The parser of formulas (ECMA-376 part 1, 18.17.2), as files store them: English names,
//! commas, `_xlfn.` before newer functions.

use super::{Binary, Corner, Node, OnSheet, Reference, Unary};
use crate::address::{Cell, MAX_COL, MAX_ROW};
use crate::calc::functions;
use crate::calc::value::Fault;
use crate::open::book::Book;

/// Parses a formula, with or without a leading `=`. `None` for what is not one.
pub fn parse(text: &str, book: &Book) -> Option<Node> {
    let text = text.trim();
    let text = text.strip_prefix('=').unwrap_or(text);
    let mut parser = Parser {
        text,
        bytes: text.as_bytes(),
        at: 0,
        depth: 0,
        book,
    };
    let node = parser.expression(0)?;
    parser.space();
    (parser.at == parser.bytes.len()).then_some(node)
}

/// Formulas nest 64 levels deep in Excel; brackets and signs may add some.
const MAX_DEPTH: u32 = 200;

pub(super) struct Parser<'a> {
    pub(super) text: &'a str,
    pub(super) bytes: &'a [u8],
    pub(super) at: usize,
    pub(super) depth: u32,
    pub(super) book: &'a Book,
}

fn is_name_byte(b: u8) -> bool {
    b.is_ascii_alphanumeric() || matches!(b, b'_' | b'.' | b'\\' | b'?' | b'$') || b >= 0x80
}

impl<'a> Parser<'a> {
    pub(super) fn peek(&self) -> Option<u8> {
        self.bytes.get(self.at).copied()
    }

    pub(super) fn space(&mut self) {
        while self.peek().is_some_and(|b| b.is_ascii_whitespace()) {
            self.at += 1;
        }
    }

    pub(super) fn take(&mut self, b: u8) -> bool {
        if self.peek() == Some(b) {
            self.at += 1;
            return true;
        }
        false
    }

    fn expression(&mut self, min: u8) -> Option<Node> {
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            return None;
        }
        let mut left = self.unary()?;
        loop {
            self.space();
            let (op, power, len) = match (self.peek(), self.bytes.get(self.at + 1)) {
                (Some(b'<'), Some(b'>')) => (Binary::NotEqual, 1, 2),
                (Some(b'<'), Some(b'=')) => (Binary::LessOrEqual, 1, 2),
                (Some(b'>'), Some(b'=')) => (Binary::GreaterOrEqual, 1, 2),
                (Some(b'='), _) => (Binary::Equal, 1, 1),
                (Some(b'<'), _) => (Binary::Less, 1, 1),
                (Some(b'>'), _) => (Binary::Greater, 1, 1),
                (Some(b'&'), _) => (Binary::Join, 2, 1),
                (Some(b'+'), _) => (Binary::Add, 3, 1),
                (Some(b'-'), _) => (Binary::Subtract, 3, 1),
                (Some(b'*'), _) => (Binary::Multiply, 4, 1),
                (Some(b'/'), _) => (Binary::Divide, 4, 1),
                (Some(b'^'), _) => (Binary::Power, 5, 1),
                _ => break,
            };
            if power <= min {
                break;
            }
            self.at += len;
            // All operators of a formula group from the left, `^` also.
            let right = self.expression(power)?;
            left = Node::Binary(op, Box::new(left), Box::new(right));
        }
        self.depth -= 1;
        Some(left)
    }

    /// A sign binds tighter than `^`: `-2^2` is 4.
    fn unary(&mut self) -> Option<Node> {
        self.space();
        let sign = match self.peek() {
            Some(b'-') => Some(Unary::Negate),
            Some(b'+') => Some(Unary::Plus),
            _ => None,
        };
        if let Some(sign) = sign {
            self.at += 1;
            self.depth += 1;
            if self.depth > MAX_DEPTH {
                return None;
            }
            let inner = self.unary()?;
            self.depth -= 1;
            return Some(match (sign, inner) {
                (Unary::Negate, Node::Number(n)) => Node::Number(-n),
                (sign, inner) => Node::Unary(sign, Box::new(inner)),
            });
        }
        let mut node = self.intersected()?;
        loop {
            self.space();
            if !self.take(b'%') {
                return Some(node);
            }
            node = Node::Unary(Unary::Percent, Box::new(node));
        }
    }

    /// References with a space between them meet.
    fn intersected(&mut self) -> Option<Node> {
        let mut node = self.ranged()?;
        loop {
            let start = self.at;
            self.space();
            let starts = self.peek().is_some_and(|b| {
                b.is_ascii_alphabetic() || matches!(b, b'$' | b'\'' | b'(' | b'_')
            });
            if self.at == start || !starts || !is_reference(&node) {
                self.at = start;
                return Some(node);
            }
            let right = self.ranged()?;
            node = Node::Intersection(Box::new(node), Box::new(right));
        }
    }

    fn ranged(&mut self) -> Option<Node> {
        let mut node = self.primary()?;
        loop {
            if self.take(b'#') {
                node = Node::Spill(Box::new(node));
                continue;
            }
            let start = self.at;
            self.space();
            if !self.take(b':') {
                self.at = start;
                return Some(node);
            }
            self.space();
            let right = self.primary()?;
            node = match (&node, &right) {
                (Node::Reference(a), Node::Reference(b))
                    if a.a == a.b
                        && b.a == b.b
                        && (b.sheet == OnSheet::Own || a.sheet == b.sheet) =>
                {
                    Node::Reference(Reference {
                        sheet: a.sheet,
                        a: a.a,
                        b: b.a,
                    })
                }
                _ => Node::Range(Box::new(node), Box::new(right)),
            };
        }
    }

    fn primary(&mut self) -> Option<Node> {
        self.space();
        match self.peek()? {
            b'"' => self.string().map(|s| Node::Text(s.into())),
            b'(' => {
                self.at += 1;
                let first = self.expression(0)?;
                self.space();
                if self.take(b')') {
                    return Some(first);
                }
                let mut all = vec![first];
                while self.take(b',') {
                    all.push(self.expression(0)?);
                    self.space();
                }
                self.take(b')').then_some(Node::Union(all))
            }
            b'{' => self.array(),
            b'#' => self.fault().map(Node::Fault),
            b'@' => {
                self.at += 1;
                let inner = self.ranged()?;
                Some(Node::Single(Box::new(inner)))
            }
            b'\'' => {
                let sheets = self.quoted()?;
                self.take(b'!').then_some(())?;
                self.on_sheets(&sheets)
            }
            b'[' => self.external_or_own_table(),
            b if b.is_ascii_digit() || b == b'.' => self.number(),
            b if is_name_byte(b) => self.word(),
            _ => None,
        }
    }

    fn string(&mut self) -> Option<String> {
        self.at += 1;
        let mut out = String::new();
        loop {
            let rest = self.text.get(self.at..)?;
            let quote = rest.find('"')?;
            out.push_str(&rest[..quote]);
            self.at += quote + 1;
            if !self.take(b'"') {
                return Some(out);
            }
            out.push('"');
        }
    }

    fn quoted(&mut self) -> Option<String> {
        self.at += 1;
        let mut out = String::new();
        loop {
            let rest = self.text.get(self.at..)?;
            let quote = rest.find('\'')?;
            out.push_str(&rest[..quote]);
            self.at += quote + 1;
            if !self.take(b'\'') {
                return Some(out);
            }
            out.push('\'');
        }
    }

    fn number(&mut self) -> Option<Node> {
        let start = self.at;
        while self.peek().is_some_and(|b| b.is_ascii_digit()) {
            self.at += 1;
        }
        if self.peek() == Some(b':') {
            // Whole rows: `3:7`.
            let first = &self.text[start..self.at];
            let save = self.at;
            self.at += 1;
            if let Some(node) = self.rows(first) {
                return Some(node);
            }
            self.at = save;
        }
        if self.take(b'.') {
            while self.peek().is_some_and(|b| b.is_ascii_digit()) {
                self.at += 1;
            }
        }
        if matches!(self.peek(), Some(b'e' | b'E')) {
            let mut ahead = self.at + 1;
            if matches!(self.bytes.get(ahead), Some(b'+' | b'-')) {
                ahead += 1;
            }
            if self.bytes.get(ahead).is_some_and(u8::is_ascii_digit) {
                self.at = ahead;
                while self.peek().is_some_and(|b| b.is_ascii_digit()) {
                    self.at += 1;
                }
            }
        }
        self.text[start..self.at].parse().ok().map(Node::Number)
    }

    /// The second half of `3:7` or `$3:$7`.
    fn rows(&mut self, first: &str) -> Option<Node> {
        let end = self.run();
        let second = &self.text[self.at..end];
        let corner = |text: &str, col: u32| {
            let digits = text.strip_prefix('$').unwrap_or(text);
            if digits.is_empty() || !digits.bytes().all(|b| b.is_ascii_digit()) {
                return None;
            }
            let row: u32 = digits.parse().ok()?;
            (1..=MAX_ROW).contains(&row).then_some(Corner {
                cell: Cell::new(row, col),
                fixed_row: text.starts_with('$'),
                fixed_col: true,
            })
        };
        let (a, b) = (corner(first, 1)?, corner(second, MAX_COL)?);
        self.at = end;
        Some(Node::Reference(Reference {
            sheet: OnSheet::Own,
            a,
            b,
        }))
    }

    /// Where the run of name characters from here ends.
    fn run(&self) -> usize {
        let mut end = self.at;
        while self.bytes.get(end).is_some_and(|b| is_name_byte(*b)) {
            end += 1;
        }
        end
    }

    fn word(&mut self) -> Option<Node> {
        let end = self.run();
        let word = self.text.get(self.at..end)?;
        match self.bytes.get(end) {
            Some(b'(') if !word.contains('$') => {
                self.at = end + 1;
                return self.call(word);
            }
            Some(b'!') => {
                self.at = end + 1;
                return self.on_sheets(word);
            }
            Some(b'[') => {
                self.at = end;
                return self.table(word);
            }
            Some(b':') => {
                // `First:Last!A1`, `A:C` or `$3:$7`; anything else is left to the operator.
                let save = self.at;
                self.at = end + 1;
                let second_end = self.run();
                if self.bytes.get(second_end) == Some(&b'!') && Cell::parse(word).is_none() {
                    let both = self.text.get(save..second_end)?;
                    self.at = second_end + 1;
                    return self.on_sheets(both);
                }
                if let Some(node) = self.columns(word, second_end).or_else(|| self.rows(word)) {
                    return Some(node);
                }
                self.at = save;
            }
            _ => {}
        }
        self.at = end;
        if let Some(corner) = corner(word) {
            return Some(Node::Reference(Reference {
                sheet: OnSheet::Own,
                a: corner,
                b: corner,
            }));
        }
        if word.eq_ignore_ascii_case("TRUE") {
            return Some(Node::Bool(true));
        }
        if word.eq_ignore_ascii_case("FALSE") {
            return Some(Node::Bool(false));
        }
        Some(Node::Name(None, word.into()))
    }

    /// The second half of `A:C`.
    fn columns(&mut self, first: &str, end: usize) -> Option<Node> {
        let second = self.text.get(self.at..end)?;
        let corner = |text: &str, row: u32| {
            let letters = text.strip_prefix('$').unwrap_or(text);
            if letters.is_empty() || !letters.bytes().all(|b| b.is_ascii_alphabetic()) {
                return None;
            }
            let cell = Cell::parse(&format!("{letters}1"))?;
            Some(Corner {
                cell: Cell::new(row, cell.col),
                fixed_row: true,
                fixed_col: text.starts_with('$'),
            })
        };
        let (a, b) = (corner(first, 1)?, corner(second, MAX_ROW)?);
        self.at = end;
        Some(Node::Reference(Reference {
            sheet: OnSheet::Own,
            a,
            b,
        }))
    }

    /// What follows `Sheet!`: cells, a name, an error.
    fn on_sheets(&mut self, sheets: &str) -> Option<Node> {
        if sheets.contains('[') {
            // Another workbook: read past what is referred to.
            let end = self.run();
            self.at = end;
            if self.take(b':') {
                self.at = self.run();
            }
            if self.peek() == Some(b'#') {
                self.fault()?;
            }
            return Some(Node::External);
        }
        if self.peek() == Some(b'#') {
            return self.fault().map(Node::Fault);
        }
        let sheet = match self.book.sheet_index(sheets) {
            Some(index) => Some(OnSheet::Of(index)),
            None => sheets.split_once(':').and_then(|(a, b)| {
                Some(OnSheet::Span(
                    self.book.sheet_index(a)?,
                    self.book.sheet_index(b)?,
                ))
            }),
        };
        let node = match self.peek()? {
            b if b.is_ascii_digit() => self.number()?,
            b if is_name_byte(b) => self.word()?,
            _ => return None,
        };
        let Some(sheet) = sheet else {
            return Some(Node::Fault(Fault::Ref));
        };
        Some(match (node, sheet) {
            (Node::Reference(r), sheet) => Node::Reference(Reference { sheet, ..r }),
            (Node::Name(None, name), OnSheet::Of(index)) => Node::Name(Some(index), name),
            (node, _) => node,
        })
    }

    fn external_or_own_table(&mut self) -> Option<Node> {
        // `[1]Sheet!A1` is another workbook; `[@Column]` is this table.
        let close = self.text.get(self.at..)?.find(']')? + self.at;
        let inside = &self.text[self.at + 1..close];
        if !inside.is_empty() && inside.bytes().all(|b| b.is_ascii_digit()) {
            self.at = close + 1;
            self.at = self.run();
            self.take(b'!').then_some(())?;
            return self.on_sheets("[]");
        }
        self.table("")
    }

    fn call(&mut self, word: &str) -> Option<Node> {
        let mut args = Vec::new();
        self.space();
        if !self.take(b')') {
            loop {
                self.space();
                if matches!(self.peek(), Some(b',' | b')')) {
                    args.push(Node::Missing);
                } else {
                    args.push(self.expression(0)?);
                }
                self.space();
                if self.take(b')') {
                    break;
                }
                self.take(b',').then_some(())?;
            }
        }
        let name = word
            .trim_start_matches("_xlfn.")
            .trim_start_matches("_xlws.")
            .trim_start_matches("_xlfn.");
        match name.to_ascii_uppercase().as_str() {
            "SINGLE" if args.len() == 1 => Some(Node::Single(Box::new(args.pop()?))),
            "ANCHORARRAY" if args.len() == 1 => Some(Node::Spill(Box::new(args.pop()?))),
            upper => Some(match functions::find(upper) {
                Some(f) if f.takes(args.len()) => Node::Call(f, args),
                _ => Node::Unknown(upper.into(), args),
            }),
        }
    }

    fn array(&mut self) -> Option<Node> {
        self.at += 1;
        let mut items = Vec::new();
        let mut cols = None;
        let mut in_row = 0;
        loop {
            self.space();
            let item = match self.peek()? {
                b'"' => Node::Text(self.string()?.into()),
                b'#' => Node::Fault(self.fault()?),
                b'-' => {
                    self.at += 1;
                    match self.number()? {
                        Node::Number(n) => Node::Number(-n),
                        _ => return None,
                    }
                }
                b'+' => {
                    self.at += 1;
                    self.number()?
                }
                b if b.is_ascii_digit() || b == b'.' => self.number()?,
                _ => {
                    let end = self.run();
                    let word = self.text.get(self.at..end)?;
                    self.at = end;
                    match word.to_ascii_uppercase().as_str() {
                        "TRUE" => Node::Bool(true),
                        "FALSE" => Node::Bool(false),
                        _ => return None,
                    }
                }
            };
            items.push(item);
            in_row += 1;
            self.space();
            let sep = self.peek()?;
            self.at += 1;
            match sep {
                b',' => {}
                b';' | b'}' => {
                    if *cols.get_or_insert(in_row) != in_row {
                        return None;
                    }
                    in_row = 0;
                    if sep == b'}' {
                        return Some(Node::Array(cols?, items));
                    }
                }
                _ => return None,
            }
        }
    }

    fn fault(&mut self) -> Option<Fault> {
        let rest = self.text.get(self.at..)?;
        let fault = Fault::ALL
            .into_iter()
            .find(|f| rest.starts_with(f.text()))?;
        self.at += fault.text().len();
        Some(fault)
    }
}

fn is_reference(node: &Node) -> bool {
    matches!(
        node,
        Node::Reference(_)
            | Node::Name(..)
            | Node::Table(_)
            | Node::Range(..)
            | Node::Intersection(..)
            | Node::Union(_)
    ) || matches!(node, Node::Call(f, _) if f.gives_reference())
}

pub(super) fn corner(word: &str) -> Option<Corner> {
    let bytes = word.as_bytes();
    // Most words that are not cells fail at once.
    if !bytes.last()?.is_ascii_digit() || bytes.len() > 12 {
        return None;
    }
    let cell = Cell::parse(word)?;
    Some(Corner {
        cell,
        fixed_col: bytes[0] == b'$',
        fixed_row: bytes[1..].contains(&b'$'),
    })
}
