//! The criteria of COUNTIF, SUMIFS and their kin, and wildcards.

use std::cmp::Ordering;
use std::rc::Rc;

use crate::calc::value::{Fault, Value, compare_text, note_unsure, parse_number, same_number};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Test {
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

#[derive(Clone, Debug)]
enum Against {
    /// `""`: empty cells and empty texts.
    Blank,
    /// `=` and `<>` with nothing after: empty cells alone.
    Nothing,
    Number(f64),
    Bool(bool),
    Fault(Fault),
    Text(Rc<str>),
    Pattern(Vec<Piece>),
}

/// A criterion.
#[derive(Clone, Debug)]
pub struct Criterion {
    test: Test,
    against: Against,
}

impl Criterion {
    /// Reads one.
    pub fn new(value: &Value) -> Self {
        let equal = |against| Self {
            test: Test::Equal,
            against,
        };
        let text = match value {
            Value::Empty => return equal(Against::Number(0.0)),
            Value::Number(n) => return equal(Against::Number(*n)),
            Value::Bool(b) => return equal(Against::Bool(*b)),
            Value::Fault(f) => return equal(Against::Fault(*f)),
            Value::Text(t) => t.clone(),
        };
        let (test, rest) = [
            ("<>", Test::NotEqual),
            ("<=", Test::LessOrEqual),
            (">=", Test::GreaterOrEqual),
            ("<", Test::Less),
            (">", Test::Greater),
            ("=", Test::Equal),
        ]
        .into_iter()
        .find_map(|(sign, test)| Some((Some(test), text.strip_prefix(sign)?)))
        .unwrap_or((None, &text));
        let against = if rest.is_empty() {
            match test {
                None => Against::Blank,
                Some(Test::Equal | Test::NotEqual) => Against::Nothing,
                Some(_) => Against::Text("".into()),
            }
        } else if let Some(n) = parse_number(rest) {
            Against::Number(n)
        } else if rest.eq_ignore_ascii_case("TRUE") {
            Against::Bool(true)
        } else if rest.eq_ignore_ascii_case("FALSE") {
            Against::Bool(false)
        } else if let Some(f) = Fault::parse(rest) {
            Against::Fault(f)
        } else if rest.contains(['*', '?', '~'])
            && matches!(test, None | Some(Test::Equal | Test::NotEqual))
        {
            Against::Pattern(pieces(rest))
        } else {
            // `>=1/4/2026` is a date to Excel, by the country's order.
            note_unsure(rest);
            Against::Text(rest.into())
        };
        Self {
            test: test.unwrap_or(Test::Equal),
            against,
        }
    }

    /// Whether a cell's value meets it.
    pub fn meets(&self, value: &Value) -> bool {
        if self.test == Test::NotEqual {
            return !self.equals(value);
        }
        if self.test == Test::Equal {
            return self.equals(value);
        }
        let order = match (&self.against, value) {
            (Against::Number(n), Value::Number(x)) => {
                if same_number(*x, *n) {
                    Ordering::Equal
                } else {
                    x.partial_cmp(n).unwrap_or(Ordering::Equal)
                }
            }
            (Against::Text(t), Value::Text(x)) => compare_text(x, t),
            (Against::Bool(b), Value::Bool(x)) => x.cmp(b),
            _ => return false,
        };
        match self.test {
            Test::Less => order.is_lt(),
            Test::LessOrEqual => order.is_le(),
            Test::Greater => order.is_gt(),
            _ => order.is_ge(),
        }
    }

    fn equals(&self, value: &Value) -> bool {
        match (&self.against, value) {
            (Against::Blank, value) => value.is_blank(),
            (Against::Nothing, value) => *value == Value::Empty,
            (Against::Number(n), Value::Number(x)) => same_number(*n, *x),
            (Against::Number(n), Value::Text(t)) => {
                parse_number(t).is_some_and(|x| same_number(*n, x))
            }
            (Against::Bool(b), Value::Bool(x)) => b == x,
            (Against::Fault(f), Value::Fault(x)) => f == x,
            (Against::Text(t), Value::Text(x)) => compare_text(t, x).is_eq(),
            (Against::Pattern(p), Value::Text(x)) => matches(p, x),
            _ => false,
        }
    }
}

/// A part of a pattern.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Piece {
    /// This character, in small letters.
    One(char),
    /// `?`
    Any,
    /// `*`
    Some,
}

/// Whether a text has wildcards.
pub fn has_wildcards(text: &str) -> bool {
    text.contains(['*', '?', '~'])
}

/// Reads a pattern; `~` takes the meaning from the sign after it.
pub fn pieces(text: &str) -> Vec<Piece> {
    let mut out = Vec::new();
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '*' => out.push(Piece::Some),
            '?' => out.push(Piece::Any),
            '~' => match chars.next_if(|c| matches!(c, '*' | '?' | '~')) {
                Some(c) => out.push(Piece::One(c)),
                None => out.push(Piece::One('~')),
            },
            c => out.extend(c.to_lowercase().map(Piece::One)),
        }
    }
    out
}

/// Whether the whole text fits the pattern.
pub fn matches(pattern: &[Piece], text: &str) -> bool {
    let text: Vec<char> = text.chars().flat_map(char::to_lowercase).collect();
    prefix(pattern, &text, true).is_some()
}

/// The length of the shortest beginning of `text` that fits, or of all of it.
fn prefix(pattern: &[Piece], text: &[char], whole: bool) -> Option<usize> {
    let (mut p, mut t) = (0, 0);
    let mut back: Option<(usize, usize)> = None;
    loop {
        if p == pattern.len() && (!whole || t == text.len()) {
            return Some(t);
        }
        let fits = match pattern.get(p) {
            Some(Piece::Some) => {
                back = Some((p, t));
                p += 1;
                continue;
            }
            Some(Piece::Any) => t < text.len(),
            Some(Piece::One(c)) => text.get(t) == Some(c),
            None => false,
        };
        if fits {
            p += 1;
            t += 1;
            continue;
        }
        let (bp, bt) = back?;
        if bt >= text.len() {
            return None;
        }
        back = Some((bp, bt + 1));
        p = bp + 1;
        t = bt + 1;
    }
}

/// Where a pattern first fits in a text, from a position on (in characters).
pub fn search(pattern: &[Piece], text: &str, from: usize) -> Option<usize> {
    let text: Vec<char> = text
        .chars()
        .map(|c| c.to_lowercase().next().unwrap_or(c))
        .collect();
    (from..=text.len()).find(|start| prefix(pattern, &text[*start..], false).is_some())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn criteria_are_excels() {
        let meets =
            |criterion: &str, value: Value| Criterion::new(&Value::text(criterion)).meets(&value);
        assert!(meets(">5", Value::Number(6.0)));
        assert!(!meets(">5", Value::text("6")));
        assert!(meets("5", Value::text("5")));
        assert!(meets("a*", Value::text("Abc")));
        assert!(!meets("a*", Value::text("bac")));
        assert!(meets("a~*", Value::text("a*")));
        assert!(meets("<>a", Value::Empty));
        assert!(meets("", Value::Empty) && meets("", Value::text("")));
        assert!(meets("=", Value::Empty) && !meets("=", Value::text("")));
        assert!(meets("<>", Value::text("")) && !meets("<>", Value::Empty));
        assert!(meets("a?c", Value::text("abc")) && !meets("a?c", Value::text("abbc")));
    }

    #[test]
    fn patterns_are_searched() {
        assert_eq!(search(&pieces("b?d"), "aBcd", 0), Some(1));
        assert_eq!(search(&pieces("x"), "abc", 0), None);
        assert_eq!(search(&pieces("a*c"), "abbc", 0), Some(0));
    }
}
