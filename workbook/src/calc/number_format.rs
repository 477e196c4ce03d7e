//! Numbers shown through a format code (ECMA-376 part 1, 18.8.31), for TEXT.

use super::value::{Fault, Value, general};
use super::{Answer, time, unsupported};

const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];
const DAYS: [&str; 7] = [
    "Sunday",
    "Monday",
    "Tuesday",
    "Wednesday",
    "Thursday",
    "Friday",
    "Saturday",
];

#[derive(Clone, Debug, PartialEq)]
enum Token {
    Literal(String),
    /// `0`, `#` or `?`.
    Digit(char),
    Point,
    Comma,
    Percent,
    Exponent,
    Text,
    General,
    /// A run of one letter of a date: y, m, d, h, s.
    Date(char, usize),
    /// `[h]` and its like.
    Elapsed(char),
    Noon,
}

/// Shows a value through a code.
pub fn format(value: &Value, code: &str, date1904: bool) -> Answer<Value> {
    let sections = split(code);
    if sections.iter().any(|s| {
        let lower = s.to_ascii_lowercase();
        ["[<", "[>", "[=", "[<>"].iter().any(|c| lower.contains(c))
    }) {
        return unsupported("a number format with conditions");
    }
    let number = match value {
        Value::Fault(f) => return Ok((*f).into()),
        Value::Bool(b) => return Ok(Value::text(if *b { "TRUE" } else { "FALSE" })),
        Value::Text(t) => match value.to_number() {
            // TEXT reads a text that is a number.
            Ok(n) => n,
            Err(_) => {
                let section = match sections.len() {
                    4.. => &sections[3],
                    _ if sections.last().is_some_and(|s| s.contains('@')) => {
                        &sections[sections.len() - 1]
                    }
                    _ => return Ok(Value::Text(t.clone())),
                };
                let mut out = String::new();
                for token in tokens(section)? {
                    match token {
                        Token::Text => out.push_str(t),
                        Token::Literal(l) => out.push_str(&l),
                        _ => {}
                    }
                }
                return Ok(Value::text(&out));
            }
        },
        other => match other.to_number() {
            Ok(n) => n,
            Err(f) => return Ok(f.into()),
        },
    };
    let (section, strip_sign) = match (sections.len(), number) {
        (2.., n) if n < 0.0 => (&sections[1], true),
        (3.., 0.0) => (&sections[2], false),
        _ => (&sections[0], false),
    };
    let tokens = tokens(section)?;
    if tokens
        .iter()
        .any(|t| matches!(t, Token::Date(..) | Token::Elapsed(_) | Token::Noon))
    {
        return show_date(number, &tokens, date1904);
    }
    let point = tokens.iter().position(|t| *t == Token::Point);
    let whole = &tokens[..point.unwrap_or(tokens.len())];
    let digit = |t: &Token| matches!(t, Token::Digit(_));
    if let (Some(first), Some(last)) = (whole.iter().position(digit), whole.iter().rposition(digit))
        && whole[first..last]
            .iter()
            .any(|t| matches!(t, Token::Literal(_)))
    {
        return unsupported("a number format with signs between the digits");
    }
    let magnitude = if strip_sign { number.abs() } else { number };
    Ok(Value::text(&show_number(magnitude, &tokens)))
}

fn split(code: &str) -> Vec<String> {
    let mut out = vec![String::new()];
    let mut quoted = false;
    let mut chars = code.chars();
    while let Some(c) = chars.next() {
        let last = out.len() - 1;
        match c {
            '"' => {
                quoted = !quoted;
                out[last].push(c);
            }
            '\\' if !quoted => {
                out[last].push(c);
                out[last].extend(chars.next());
            }
            ';' if !quoted => out.push(String::new()),
            c => out[last].push(c),
        }
    }
    out
}

fn tokens(section: &str) -> Answer<Vec<Token>> {
    let mut out: Vec<Token> = Vec::new();
    let chars: Vec<char> = section.chars().collect();
    let mut i = 0;
    while i < chars.len() {
        let c = chars[i];
        i += 1;
        match c {
            '"' => {
                let end = (i..chars.len())
                    .find(|j| chars[*j] == '"')
                    .unwrap_or(chars.len());
                out.push(Token::Literal(chars[i..end].iter().collect()));
                i = end + 1;
            }
            '\\' => {
                if let Some(c) = chars.get(i) {
                    out.push(Token::Literal(c.to_string()));
                    i += 1;
                }
            }
            '_' => {
                out.push(Token::Literal(" ".into()));
                i += 1;
            }
            '*' => i += 1,
            '[' => {
                let end = (i..chars.len())
                    .find(|j| chars[*j] == ']')
                    .unwrap_or(chars.len());
                let inside: String = chars[i..end].iter().collect();
                i = end + 1;
                let lower = inside.to_ascii_lowercase();
                if let Some(rest) = inside.strip_prefix('$') {
                    let sign = rest.split('-').next().unwrap_or_default();
                    let locale = rest.split('-').nth(1).unwrap_or_default();
                    if !sign.is_empty() {
                        out.push(Token::Literal(sign.into()));
                    }
                    let english = ["", "409", "809", "F800", "F400", "en-US", "en-GB"];
                    if !english.iter().any(|l| l.eq_ignore_ascii_case(locale)) {
                        return unsupported("a number format of another language");
                    }
                } else if !lower.is_empty() && lower.chars().all(|c| c == 'h') {
                    out.push(Token::Elapsed('h'));
                } else if !lower.is_empty() && lower.chars().all(|c| c == 'm') {
                    out.push(Token::Elapsed('m'));
                } else if !lower.is_empty() && lower.chars().all(|c| c == 's') {
                    out.push(Token::Elapsed('s'));
                }
                // Colours show nothing.
            }
            '0' | '#' | '?' => out.push(Token::Digit(c)),
            '.' => out.push(Token::Point),
            ',' => out.push(Token::Comma),
            '%' => out.push(Token::Percent),
            '@' => out.push(Token::Text),
            '/' if out.iter().any(|t| matches!(t, Token::Digit(_))) => {
                return unsupported("a number format with fractions");
            }
            'E' | 'e' if matches!(chars.get(i), Some('+' | '-')) => {
                out.push(Token::Exponent);
                i += 1;
            }
            'G' | 'g' if section[..].to_ascii_lowercase().contains("general") => {
                out.push(Token::General);
                i += 6;
            }
            'A' | 'a' if matches!(chars.get(i), Some('M' | 'm' | '/')) => {
                let rest: String = chars[i - 1..]
                    .iter()
                    .collect::<String>()
                    .to_ascii_uppercase();
                if rest.starts_with("AM/PM") {
                    out.push(Token::Noon);
                    i += 4;
                } else {
                    return unsupported("a number format with A/P");
                }
            }
            'y' | 'Y' | 'm' | 'M' | 'd' | 'D' | 'h' | 'H' | 's' | 'S' => {
                let letter = c.to_ascii_lowercase();
                let mut count = 1;
                while chars
                    .get(i)
                    .is_some_and(|c| c.to_ascii_lowercase() == letter)
                {
                    count += 1;
                    i += 1;
                }
                out.push(Token::Date(letter, count));
            }
            other => out.push(Token::Literal(other.to_string())),
        }
    }
    Ok(out)
}

fn show_number(number: f64, tokens: &[Token]) -> String {
    if tokens.contains(&Token::General) || tokens.contains(&Token::Text) {
        return tokens
            .iter()
            .map(|t| match t {
                Token::General | Token::Text => general(number),
                Token::Literal(l) => l.clone(),
                Token::Percent => "%".into(),
                _ => String::new(),
            })
            .collect();
    }
    let point = tokens.iter().position(|t| *t == Token::Point);
    let exponent = tokens.iter().position(|t| *t == Token::Exponent);
    let end = exponent.unwrap_or(tokens.len());
    let split = point.unwrap_or(end).min(end);
    let digits = |range: &[Token]| {
        range
            .iter()
            .filter(|t| matches!(t, Token::Digit(_)))
            .count()
    };
    let zeros = |range: &[Token]| range.iter().filter(|t| **t == Token::Digit('0')).count();
    let decimals = digits(&tokens[split..end]);
    // Commas between digits group; commas after the last digit divide by a thousand.
    let last_digit = tokens[..split]
        .iter()
        .rposition(|t| matches!(t, Token::Digit(_)));
    let trailing = last_digit.map_or(0, |at| {
        tokens[at + 1..split]
            .iter()
            .take_while(|t| **t == Token::Comma)
            .count()
    });
    let group = last_digit.is_some_and(|at| {
        tokens[..at].iter().enumerate().any(|(i, t)| {
            *t == Token::Comma && tokens[..i].iter().any(|t| matches!(t, Token::Digit(_)))
        })
    });
    let percents = tokens.iter().filter(|t| **t == Token::Percent).count();
    let mut scaled = number * 100f64.powi(percents as i32) / 1000f64.powi(trailing as i32);
    let mut power = 0;
    if exponent.is_some() && scaled != 0.0 {
        let width = digits(&tokens[..split]).max(1) as i32;
        power = (scaled.abs().log10().floor() as i32).div_euclid(width) * width;
        scaled /= 10f64.powi(power);
    }
    let rounded = super::functions::round_at(scaled.abs(), decimals);
    let text = format!("{rounded:.decimals$}");
    let (mut whole, mut part) = match text.split_once('.') {
        Some((w, p)) => (w.to_owned(), p.to_owned()),
        None => (text, String::new()),
    };
    let negative = scaled < 0.0 && rounded != 0.0;
    let least = zeros(&tokens[..split]);
    if whole == "0" && least == 0 {
        whole.clear();
    }
    while whole.len() < least {
        whole.insert(0, '0');
    }
    if group {
        whole = grouped(&whole);
    }
    let least_part = tokens[split..end]
        .iter()
        .filter(|t| matches!(t, Token::Digit(_)))
        .enumerate()
        .filter(|(_, t)| **t == Token::Digit('0'))
        .map(|(i, _)| i + 1)
        .last()
        .unwrap_or(0);
    while part.len() > least_part && part.ends_with('0') {
        part.pop();
    }
    let mut out = String::new();
    if negative {
        out.push('-');
    }
    let (mut put_whole, mut put_part) = (false, false);
    for (i, token) in tokens.iter().enumerate() {
        match token {
            Token::Literal(l) => out.push_str(l),
            Token::Percent => out.push('%'),
            Token::Digit(_) if i < split && put_whole => {}
            Token::Digit(_) if i < split => {
                // Literals between digits (a code like 00-00) are rare; digits go first.
                out.push_str(&whole);
                put_whole = true;
            }
            Token::Point => {
                if !put_whole {
                    out.push_str(&whole);
                    put_whole = true;
                }
                out.push('.');
            }
            Token::Digit(_) if !put_part && exponent.is_none_or(|e| i < e) => {
                out.push_str(&part);
                put_part = true;
            }
            Token::Exponent => {
                let width = zeros(&tokens[i..]).max(1);
                let sign = if power < 0 { '-' } else { '+' };
                out.push_str(&format!("E{sign}{:0width$}", power.abs()));
            }
            _ => {}
        }
    }
    out
}

/// Puts commas between thousands.
pub fn grouped(text: &str) -> String {
    let (sign, rest) = match text.strip_prefix('-') {
        Some(rest) => ("-", rest),
        None => ("", text),
    };
    let (whole, part) = match rest.split_once('.') {
        Some((w, p)) => (w, format!(".{p}")),
        None => (rest, String::new()),
    };
    let mut out = String::new();
    for (i, c) in whole.chars().enumerate() {
        if i > 0 && (whole.len() - i) % 3 == 0 {
            out.push(',');
        }
        out.push(c);
    }
    format!("{sign}{out}{part}")
}

fn show_date(number: f64, tokens: &[Token], date1904: bool) -> Answer<Value> {
    let Some((year, month, day)) = time::to_date(number, date1904) else {
        return Ok(Fault::Value.into());
    };
    if tokens.contains(&Token::Point) {
        return unsupported("a time format with parts of a second");
    }
    let (hour, minute, second) = time::to_time(number);
    let noon = tokens.contains(&Token::Noon);
    let weekday = {
        let days = number.floor() as i64 - 1 + if date1904 { 6 } else { 0 };
        usize::try_from(days.rem_euclid(7)).unwrap_or(0)
    };
    let mut out = String::new();
    for (i, token) in tokens.iter().enumerate() {
        // An m after hours or before seconds is a minute.
        let is_minute = || {
            let before = tokens[..i].iter().rev().find_map(|t| match t {
                Token::Date(l, _) => Some(*l),
                Token::Elapsed(l) => Some(*l),
                _ => None,
            });
            let after = tokens[i + 1..].iter().find_map(|t| match t {
                Token::Date(l, _) => Some(*l),
                _ => None,
            });
            before == Some('h') || after == Some('s')
        };
        match token {
            Token::Literal(l) => out.push_str(l),
            Token::Comma => out.push(','),
            Token::Percent => out.push('%'),
            Token::Date('y', n) if *n <= 2 => out.push_str(&format!("{:02}", year % 100)),
            Token::Date('y', _) => out.push_str(&format!("{year:04}")),
            Token::Date('m', n) if *n <= 2 && is_minute() => {
                out.push_str(&if *n == 1 {
                    minute.to_string()
                } else {
                    format!("{minute:02}")
                });
            }
            Token::Date('m', n) => {
                let name = MONTHS[usize::try_from(month - 1).unwrap_or(0) % 12];
                match n {
                    1 => out.push_str(&month.to_string()),
                    2 => out.push_str(&format!("{month:02}")),
                    3 => out.push_str(&name[..3]),
                    5 => out.push_str(&name[..1]),
                    _ => out.push_str(name),
                }
            }
            Token::Date('d', n) => match n {
                1 => out.push_str(&day.to_string()),
                2 => out.push_str(&format!("{day:02}")),
                3 => out.push_str(&DAYS[weekday][..3]),
                _ => out.push_str(DAYS[weekday]),
            },
            Token::Date('h', n) => {
                let shown = if noon { (hour + 11) % 12 + 1 } else { hour };
                out.push_str(&if *n == 1 {
                    shown.to_string()
                } else {
                    format!("{shown:02}")
                });
            }
            Token::Date('s', n) => {
                out.push_str(&if *n == 1 {
                    second.to_string()
                } else {
                    format!("{second:02}")
                });
            }
            Token::Noon => out.push_str(if hour < 12 { "AM" } else { "PM" }),
            Token::Elapsed(unit) => {
                let seconds = (number * 86_400.0).round();
                let per = match unit {
                    'h' => 3600.0,
                    'm' => 60.0,
                    _ => 1.0,
                };
                out.push_str(&format!("{:.0}", (seconds / per).floor()));
            }
            _ => {}
        }
    }
    Ok(Value::text(&out))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn numbers_and_dates_are_shown() {
        let day = 46_295.0; // 30 September 2026
        for (n, code, shown) in [
            (1234.5, "#,##0.00", "1,234.50"),
            (1234.5, "0", "1235"),
            (0.256, "0.0%", "25.6%"),
            (5.0, "00000", "00005"),
            (-5.0, "0;(0)", "(5)"),
            (0.0, "0;-0;\"nil\"", "nil"),
            (1234567.0, "#,##0,", "1,235"),
            (1234567.0, "£#,##0", "£1,234,567"),
            (12345.0, "0.00E+00", "1.23E+04"),
            (0.5, "#.##", ".5"),
            (1.5, "General", "1.5"),
            (day, "dd/mm/yyyy", "30/09/2026"),
            (day, "m/dd/yyyy", "9/30/2026"),
            (day, "dddd d mmmm yyyy", "Wednesday 30 September 2026"),
            (day, "[$-809]d mmm yy", "30 Sep 26"),
            (day + 0.75, "h:mm AM/PM", "6:00 PM"),
            (1.5, "[h]:mm", "36:00"),
        ] {
            assert_eq!(
                format(&Value::Number(n), code, false).unwrap(),
                Value::text(shown),
                "{code}"
            );
        }
        assert_eq!(
            format(&Value::text("a"), "0;0;0;\"<\"@\">\"", false).unwrap(),
            Value::text("<a>")
        );
    }
}
