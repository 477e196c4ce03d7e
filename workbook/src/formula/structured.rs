//! Structured references: `Table[Column]`, `Table[[#Headers],[A]:[B]]`, `Table[@Column]`.

use std::rc::Rc;

use super::parse::Parser;
use super::{Node, TableReference, TableRows};

impl Parser<'_> {
    pub(super) fn table(&mut self, name: &str) -> Option<Node> {
        let inside = self.bracketed()?;
        let mut rows = TableRows::default();
        let mut columns: Vec<Rc<str>> = Vec::new();
        let mut text = inside.as_str();
        if let Some(rest) = text.strip_prefix('@') {
            rows.this_row = true;
            text = rest;
        }
        let text = text.trim();
        if text.starts_with('[') {
            // A list of bracketed items: `[#Headers],[A]:[B]`.
            let mut inner = Parser {
                text,
                bytes: text.as_bytes(),
                at: 0,
                depth: 0,
                book: self.book,
            };
            loop {
                inner.space();
                let item = match inner.bracketed() {
                    Some(item) => item,
                    // Some writers leave the brackets out where one column is meant.
                    None => inner.unbracketed()?,
                };
                if !set_rows(&item, &mut rows) {
                    columns.push(plain_column(&item).into());
                }
                inner.space();
                if inner.at == inner.bytes.len() {
                    break;
                }
                if !inner.take(b',') && !inner.take(b':') {
                    return None;
                }
            }
        } else if !text.is_empty() && !set_rows(text, &mut rows) {
            columns.push(plain_column(text).into());
        }
        if rows == TableRows::default() {
            rows.data = true;
        }
        let columns = match columns.as_slice() {
            [] => None,
            [one] => Some((one.clone(), one.clone())),
            [a, b] => Some((a.clone(), b.clone())),
            _ => return None,
        };
        Some(Node::Table(Rc::new(TableReference {
            table: name.into(),
            rows,
            columns,
        })))
    }

    /// What stands from here to the next item of a list.
    fn unbracketed(&mut self) -> Option<String> {
        let rest = self.text.get(self.at..)?;
        let len = rest.find([',', ':', '[', ']']).unwrap_or(rest.len());
        let item = rest[..len].trim();
        self.at += len;
        (!item.is_empty()).then(|| item.to_owned())
    }

    /// The inside of `[…]` from here, nested brackets and `'` escapes kept.
    fn bracketed(&mut self) -> Option<String> {
        self.take(b'[').then_some(())?;
        let start = self.at;
        let mut depth = 1;
        while let Some(b) = self.peek() {
            match b {
                b'\'' => self.at += 1,
                b'[' => depth += 1,
                b']' => {
                    depth -= 1;
                    if depth == 0 {
                        let inside = self.text.get(start..self.at)?.to_owned();
                        self.at += 1;
                        return Some(inside);
                    }
                }
                _ => {}
            }
            self.at += 1;
        }
        None
    }
}

fn set_rows(item: &str, rows: &mut TableRows) -> bool {
    match item.to_ascii_lowercase().as_str() {
        "#all" => {
            rows.headers = true;
            rows.data = true;
            rows.totals = true;
        }
        "#data" => rows.data = true,
        "#headers" => rows.headers = true,
        "#totals" => rows.totals = true,
        "#this row" => rows.this_row = true,
        _ => return false,
    }
    true
}

fn plain_column(item: &str) -> String {
    let mut out = String::with_capacity(item.len());
    let mut chars = item.chars();
    while let Some(c) = chars.next() {
        match c {
            '\'' => out.extend(chars.next()),
            c => out.push(c),
        }
    }
    out
}
