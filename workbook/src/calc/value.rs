//! Values as Excel has them: empty, number, text, true or false, error; and how one is taken for
//! another (ECMA-376 part 1, 18.17.2.7 and 18.17.3).

use std::cell::Cell;
use std::cmp::Ordering;
use std::rc::Rc;

use super::time::may_be_date;

thread_local! {
    /// Whether a text that is a date somewhere was taken for a number since this was last asked.
    static UNSURE: Cell<bool> = const { Cell::new(false) };
}

/// Sets whether a text was met whose reading depends on the country, and gives what was set. The
/// engine asks around every formula, since such a formula's value cannot be told.
pub(super) fn swap_unsure(to: bool) -> bool {
    UNSURE.replace(to)
}

/// Notes a text that is wanted as a number or a date and may be either, by country.
pub fn note_unsure(text: &str) {
    if may_be_date(text) {
        UNSURE.set(true);
    }
}

/// An error value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Fault {
    /// `#NULL!`
    Null,
    /// `#DIV/0!`
    Div0,
    /// `#VALUE!`
    Value,
    /// `#REF!`
    Ref,
    /// `#NAME?`
    Name,
    /// `#NUM!`
    Num,
    /// `#N/A`
    NA,
    /// `#GETTING_DATA`
    GettingData,
    /// `#SPILL!`
    Spill,
    /// `#CALC!`
    Calc,
}

impl Fault {
    /// Every error.
    pub const ALL: [Self; 10] = [
        Self::Null,
        Self::Div0,
        Self::Value,
        Self::Ref,
        Self::Name,
        Self::Num,
        Self::NA,
        Self::GettingData,
        Self::Spill,
        Self::Calc,
    ];

    /// As it is written.
    pub const fn text(self) -> &'static str {
        match self {
            Self::Null => "#NULL!",
            Self::Div0 => "#DIV/0!",
            Self::Value => "#VALUE!",
            Self::Ref => "#REF!",
            Self::Name => "#NAME?",
            Self::Num => "#NUM!",
            Self::NA => "#N/A",
            Self::GettingData => "#GETTING_DATA",
            Self::Spill => "#SPILL!",
            Self::Calc => "#CALC!",
        }
    }

    /// Reads one.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|f| f.text() == text)
    }
}

/// The value of a cell.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// Nothing.
    Empty,
    /// A number; dates are numbers.
    Number(f64),
    /// A text.
    Text(Rc<str>),
    /// True or false.
    Bool(bool),
    /// An error.
    Fault(Fault),
}

impl Value {
    /// A text.
    pub fn text(text: &str) -> Self {
        Self::Text(text.into())
    }

    /// A number, or `#NUM!` for what is none.
    pub fn number(n: f64) -> Self {
        if n.is_finite() {
            // Excel has no negative zero.
            Self::Number(if n == 0.0 { 0.0 } else { n })
        } else {
            Self::Fault(Fault::Num)
        }
    }

    /// Whether it is nothing, or a text of no length.
    pub fn is_blank(&self) -> bool {
        match self {
            Self::Empty => true,
            Self::Text(t) => t.is_empty(),
            _ => false,
        }
    }

    /// The value taken for a number.
    pub fn to_number(&self) -> Result<f64, Fault> {
        match self {
            Self::Empty => Ok(0.0),
            Self::Number(n) => Ok(*n),
            Self::Bool(b) => Ok(f64::from(*b)),
            Self::Text(t) => parse_number(t).ok_or_else(|| {
                note_unsure(t);
                Fault::Value
            }),
            Self::Fault(f) => Err(*f),
        }
    }

    /// The value taken for a text.
    pub fn to_text(&self) -> Result<Rc<str>, Fault> {
        match self {
            Self::Empty => Ok("".into()),
            Self::Number(n) => Ok(general(*n).into()),
            Self::Bool(true) => Ok("TRUE".into()),
            Self::Bool(false) => Ok("FALSE".into()),
            Self::Text(t) => Ok(t.clone()),
            Self::Fault(f) => Err(*f),
        }
    }

    /// The value taken for true or false.
    pub fn to_bool(&self) -> Result<bool, Fault> {
        match self {
            Self::Empty => Ok(false),
            Self::Number(n) => Ok(*n != 0.0),
            Self::Bool(b) => Ok(*b),
            Self::Text(t) if t.eq_ignore_ascii_case("TRUE") => Ok(true),
            Self::Text(t) if t.eq_ignore_ascii_case("FALSE") => Ok(false),
            Self::Text(_) => Err(Fault::Value),
            Self::Fault(f) => Err(*f),
        }
    }

    /// As a person reads it.
    pub fn show(&self) -> String {
        match self {
            Self::Fault(f) => f.text().to_owned(),
            other => other.to_text().map(|t| t.to_string()).unwrap_or_default(),
        }
    }
}

impl From<Fault> for Value {
    fn from(fault: Fault) -> Self {
        Self::Fault(fault)
    }
}

impl From<bool> for Value {
    fn from(b: bool) -> Self {
        Self::Bool(b)
    }
}

impl From<Result<f64, Fault>> for Value {
    fn from(result: Result<f64, Fault>) -> Self {
        match result {
            Ok(n) => Self::number(n),
            Err(f) => Self::Fault(f),
        }
    }
}

/// Two numbers that agree in their first 15 significant digits are equal to Excel.
pub fn same_number(a: f64, b: f64) -> bool {
    if a == b {
        return true;
    }
    if a == 0.0 || b == 0.0 || (a < 0.0) != (b < 0.0) {
        return false;
    }
    // Far apart is far apart; only neighbours are worth writing out.
    if ((a - b) / a).abs() > 1e-14 {
        return false;
    }
    format!("{a:.14e}") == format!("{b:.14e}")
}

/// Orders two values as Excel's operators do: numbers before texts before FALSE before TRUE, an
/// empty cell as whatever the other side is.
pub fn compare(a: &Value, b: &Value) -> Result<Ordering, Fault> {
    use Value::{Bool, Empty, Fault as Error, Number, Text};
    Ok(match (a, b) {
        (Error(f), _) | (_, Error(f)) => return Err(*f),
        (Empty, Empty) => Ordering::Equal,
        (Empty, Number(n)) => order(0.0, *n),
        (Number(n), Empty) => order(*n, 0.0),
        (Empty, Text(t)) => compare_text("", t),
        (Text(t), Empty) => compare_text(t, ""),
        (Empty, Bool(b)) => false.cmp(b),
        (Bool(b), Empty) => b.cmp(&false),
        (Number(x), Number(y)) => order(*x, *y),
        (Text(x), Text(y)) => compare_text(x, y),
        (Bool(x), Bool(y)) => x.cmp(y),
        (Number(_), _) | (Text(_), Bool(_)) => Ordering::Less,
        (Bool(_), _) | (Text(_), Number(_)) => Ordering::Greater,
    })
}

fn order(a: f64, b: f64) -> Ordering {
    if same_number(a, b) {
        return Ordering::Equal;
    }
    a.partial_cmp(&b).unwrap_or(Ordering::Equal)
}

/// Compares texts without case.
pub fn compare_text(a: &str, b: &str) -> Ordering {
    if a == b {
        return Ordering::Equal;
    }
    if a.is_ascii() && b.is_ascii() {
        return a
            .bytes()
            .map(|b| b.to_ascii_lowercase())
            .cmp(b.bytes().map(|b| b.to_ascii_lowercase()));
    }
    a.to_lowercase().cmp(&b.to_lowercase())
}

/// Whether two texts are the same without case.
pub fn same_text(a: &str, b: &str) -> bool {
    if a.is_ascii() && b.is_ascii() {
        return a.eq_ignore_ascii_case(b);
    }
    a == b || a.to_lowercase() == b.to_lowercase()
}

/// The number that a text stands for, where that does not depend on the country: digits with
/// thousands commas, a currency sign, brackets, a percentage, an exponent.
pub fn parse_number(text: &str) -> Option<f64> {
    let mut text = text.trim_matches([' ', '\u{a0}']);
    let mut sign = 1.0;
    if let Some(inside) = text.strip_prefix('(').and_then(|t| t.strip_suffix(')')) {
        sign = -1.0;
        text = inside.trim();
    }
    let mut currency = false;
    loop {
        if let Some(rest) = text.strip_prefix('-') {
            sign = -sign;
            text = rest.trim_start();
        } else if let Some(rest) = text.strip_prefix('+') {
            text = rest.trim_start();
        } else if let Some(rest) = text.strip_prefix(['$', '£', '€'])
            && !currency
        {
            currency = true;
            text = rest.trim_start();
        } else {
            break;
        }
    }
    let mut scale = 1.0;
    if let Some(rest) = text.strip_suffix('%') {
        scale = 0.01;
        text = rest.trim_end();
    }
    let bytes = text.as_bytes();
    if !bytes
        .first()
        .is_some_and(|b| b.is_ascii_digit() || *b == b'.')
        || !bytes
            .iter()
            .all(|b| b.is_ascii_digit() || matches!(b, b'.' | b',' | b'e' | b'E' | b'+' | b'-'))
    {
        return None;
    }
    if text.contains(',') {
        // Groups of three after the first comma, none after the point.
        let whole = text.split(['.', 'e', 'E']).next()?;
        let mut groups = whole.split(',');
        let first = groups.next()?;
        if first.is_empty() || !groups.all(|g| g.len() == 3) || text[whole.len()..].contains(',') {
            return None;
        }
    }
    let plain = text.replace(',', "");
    let n: f64 = plain.parse().ok()?;
    n.is_finite().then_some(if scale == 1.0 {
        sign * n
    } else {
        sign * n / 100.0
    })
}

/// A number in the General format without a width: at most 15 significant digits.
pub fn general(n: f64) -> String {
    if n == 0.0 {
        return "0".into();
    }
    let scientific = format!("{n:.14e}");
    let (mantissa, exponent) = scientific.split_once('e').unwrap_or((&scientific, "0"));
    let exponent: i32 = exponent.parse().unwrap_or(0);
    let negative = mantissa.starts_with('-');
    let digits: String = mantissa.chars().filter(char::is_ascii_digit).collect();
    let digits = digits.trim_end_matches('0');
    let len = i32::try_from(digits.len()).unwrap_or(15);
    let body = if exponent > 20 || exponent < -9 && len - exponent > 20 || exponent < -18 {
        let (first, rest) = digits.split_at(1);
        let point = if rest.is_empty() { "" } else { "." };
        let sign = if exponent < 0 { '-' } else { '+' };
        format!("{first}{point}{rest}E{sign}{:02}", exponent.abs())
    } else if exponent < 0 {
        let zeros = usize::try_from(-exponent - 1).unwrap_or(0);
        format!("0.{}{digits}", "0".repeat(zeros))
    } else {
        let whole = usize::try_from(exponent + 1).unwrap_or(1);
        if digits.len() <= whole {
            format!("{digits}{}", "0".repeat(whole - digits.len()))
        } else {
            format!("{}.{}", &digits[..whole], &digits[whole..])
        }
    };
    if negative { format!("-{body}") } else { body }
}

/// A number as a file stores it: the shortest digits that read back as the same number.
pub fn stored(n: f64) -> String {
    if n == 0.0 {
        return "0".into();
    }
    let magnitude = n.abs();
    if (1e-4..1e15).contains(&magnitude) {
        return format!("{n}");
    }
    format!("{n:E}").replace('E', "E+").replace("E+-", "E-")
}

/// A rectangle of values.
#[derive(Clone, Debug, PartialEq)]
pub struct Array {
    /// Number of rows.
    pub rows: usize,
    /// Number of columns.
    pub cols: usize,
    /// The values by rows.
    pub items: Vec<Value>,
}

impl Array {
    /// An array made by a function of row and column.
    pub fn build(rows: usize, cols: usize, mut item: impl FnMut(usize, usize) -> Value) -> Self {
        let mut items = Vec::with_capacity(rows * cols);
        for r in 0..rows {
            for c in 0..cols {
                items.push(item(r, c));
            }
        }
        Self { rows, cols, items }
    }

    /// One value.
    pub fn get(&self, row: usize, col: usize) -> &Value {
        const NONE: &Value = &Value::Fault(Fault::NA);
        if row < self.rows && col < self.cols {
            &self.items[row * self.cols + col]
        } else {
            NONE
        }
    }

    /// One value where a single row or column stands for many.
    pub fn spread(&self, row: usize, col: usize) -> &Value {
        let row = if self.rows == 1 { 0 } else { row };
        let col = if self.cols == 1 { 0 } else { col };
        self.get(row, col)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_written_as_excel_writes_them() {
        for (n, text) in [
            (0.1 + 0.2, "0.3"),
            (1.0 / 3.0, "0.333333333333333"),
            (1234567.0, "1234567"),
            (-2.5, "-2.5"),
            (1e21, "1E+21"),
            (100.0, "100"),
            (0.001, "0.001"),
            (1e-12 / 3.0, "3.33333333333333E-13"),
        ] {
            assert_eq!(general(n), text);
        }
        for n in [
            0.1 + 0.2,
            1e300,
            1e-300,
            125000.5,
            -0.0,
            1e15,
            123456789012345680.0,
        ] {
            assert_eq!(stored(n).parse::<f64>().ok(), Some(n));
        }
        assert_eq!(stored(1e300), "1E+300");
        assert_eq!(stored(2.5e-7), "2.5E-7");
    }

    #[test]
    fn texts_are_taken_for_numbers_only_where_no_country_is_needed() {
        for (text, n) in [
            ("12", Some(12.0)),
            (" 1,234.50 ", Some(1234.5)),
            ("£5", Some(5.0)),
            ("-£5", Some(-5.0)),
            ("(3)", Some(-3.0)),
            ("50%", Some(0.5)),
            ("1e3", Some(1000.0)),
            ("", None),
            ("1,23", None),
            ("1.5.2", None),
            ("abc", None),
            ("1/2/2026", None),
            ("inf", None),
            ("NaN", None),
        ] {
            assert_eq!(parse_number(text), n, "{text}");
        }
    }

    #[test]
    fn comparison_is_excels() {
        let text = Value::text("a");
        assert_eq!(compare(&Value::Number(9e9), &text), Ok(Ordering::Less));
        assert_eq!(compare(&text, &Value::Bool(false)), Ok(Ordering::Less));
        assert_eq!(compare(&Value::text("A"), &text), Ok(Ordering::Equal));
        assert_eq!(
            compare(&Value::Empty, &Value::text("")),
            Ok(Ordering::Equal)
        );
        assert_eq!(
            compare(&Value::Empty, &Value::Number(0.0)),
            Ok(Ordering::Equal)
        );
        assert_eq!(
            compare(&Value::Number(0.1 + 0.2), &Value::Number(0.3)),
            Ok(Ordering::Equal)
        );
    }
}
