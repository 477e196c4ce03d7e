//! Columns of a table of grants: headings by the standard's titles or names, cells into the shape
//! that JSON has.

use serde_json::{Map, Value};

use super::schema::{Field, GRANT, Kind};

/// Where a column's cells go.
#[derive(Clone, Debug)]
pub(super) struct Column {
    steps: Vec<Step>,
    number: bool,
    list: bool,
}

#[derive(Clone, Debug)]
enum Step {
    Name(&'static str),
    Item(usize),
}

/// Items of a list that a table may have columns for.
const ITEMS: usize = 50;

/// The column of a heading: `Recipient Org:Identifier`, `recipientOrganization/0/id`. None for a
/// heading that the standard does not know.
pub(super) fn column(heading: &str) -> Option<Column> {
    let heading = heading.trim();
    let mut known = GRANT;
    let mut steps = Vec::new();
    let mut kind = None;
    let mut item_named = true;
    for part in heading.split([':', '/']).map(str::trim) {
        if !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit()) {
            let n: usize = part.parse().ok().filter(|n| *n < ITEMS)?;
            match steps.last_mut() {
                Some(Step::Item(at)) if !item_named => *at = n,
                _ => return None,
            }
            item_named = true;
            continue;
        }
        item_named = true;
        let field = named(known, part)?;
        steps.push(Step::Name(field.name));
        match field.kind {
            Kind::Many(inside) => {
                steps.push(Step::Item(0));
                item_named = false;
                known = inside;
            }
            Kind::One(inside) => known = inside,
            _ => known = &[],
        }
        kind = Some(field.kind);
    }
    match kind? {
        Kind::One(_) | Kind::Many(_) => None,
        kind => Some(Column {
            steps,
            number: matches!(kind, Kind::Number | Kind::Positive),
            list: matches!(kind, Kind::Texts),
        }),
    }
}

fn named(known: &'static [Field], part: &str) -> Option<&'static Field> {
    known.iter().find(|field| {
        field.name.eq_ignore_ascii_case(part) || field.title.eq_ignore_ascii_case(part)
    })
}

impl Column {
    /// Whether it is the grant's amount.
    pub(super) fn is_amount(&self) -> bool {
        matches!(self.steps.as_slice(), [Step::Name("amountAwarded")])
    }

    /// Puts a cell where it belongs; empty ones are left out.
    pub(super) fn put(&self, grant: &mut Value, cell: &str) {
        let mut at = grant;
        for step in &self.steps {
            match step {
                Step::Name(name) => {
                    if !at.is_object() {
                        *at = Value::Object(Map::new());
                    }
                    let Value::Object(fields) = at else { return };
                    at = fields.entry(*name).or_insert(Value::Null);
                }
                Step::Item(n) => {
                    if !at.is_array() {
                        *at = Value::Array(Vec::new());
                    }
                    let Value::Array(items) = at else { return };
                    while items.len() <= *n {
                        items.push(Value::Object(Map::new()));
                    }
                    let Some(item) = items.get_mut(*n) else {
                        return;
                    };
                    at = item;
                }
            }
        }
        *at = if self.number {
            plain_number(cell)
                .parse()
                .map_or_else(|_not_a_number| cell.into(), Value::Number)
        } else if self.list {
            cell.split(';')
                .map(|part| Value::from(part.trim()))
                .collect()
        } else {
            cell.into()
        };
    }
}

/// A number as a spreadsheet shows it, without what JSON does not allow: `£1,234.50`.
pub(super) fn plain_number(cell: &str) -> String {
    match crate::Money::from_typed(cell) {
        Some(amount) => super::money::pounds(amount),
        None => cell.trim().to_owned(),
    }
}
