//! Cell formats (ECMA-376 part 1, 18.8): which are dates, which are locked, and a further one
//! appended where a date needs it.

use std::collections::HashMap;
use std::ops::Range;

use super::Refused;
use super::xml::{self, Event, Scanner};

/// One record of `cellXfs`.
#[derive(Clone, Debug)]
pub struct Format {
    /// Its number format.
    pub number_format: u32,
    /// Whether a protected sheet locks cells that have it.
    pub locked: bool,
    /// Its fill; 0 and 1 are none.
    pub fill: u32,
    /// Its border; 0 is none.
    pub border: u32,
    whole: Range<usize>,
}

/// The styles part.
#[derive(Debug, Default)]
pub struct Styles {
    /// Its bytes.
    pub bytes: Vec<u8>,
    formats: Vec<Format>,
    codes: HashMap<u32, String>,
    count: Option<Range<usize>>,
    end: Option<usize>,
}

impl Styles {
    /// Reads the part.
    pub fn load(bytes: Vec<u8>) -> Result<Self, Refused> {
        let mut styles = Self::default();
        let mut scanner = Scanner::new(&bytes);
        let mut inside = false;
        while let Some(event) = scanner.next_event()? {
            match event {
                Event::Open(tag) => match tag.name {
                    b"numFmt" => {
                        if let (Some(id), Some(code)) =
                            (tag.number("numFmtId"), tag.attr("formatCode"))
                        {
                            styles.codes.insert(id, code.into_owned());
                        }
                    }
                    b"cellXfs" if !tag.empty => {
                        inside = true;
                        styles.count = xml::attr_range(tag.attrs, b"count").map(|r| {
                            let base = tag.attrs.as_ptr().addr() - bytes.as_ptr().addr();
                            base + r.start..base + r.end
                        });
                    }
                    b"xf" if inside => {
                        let mut locked = true;
                        let mut end = tag.end;
                        if !tag.empty {
                            let mut inner = scanner.clone();
                            end = scanner.skip(&tag)?;
                            while inner.offset() < end {
                                match inner.next_event()? {
                                    Some(Event::Open(t)) if t.name == b"protection" => {
                                        locked = t.flag("locked").unwrap_or(true);
                                    }
                                    Some(_) => {}
                                    None => break,
                                }
                            }
                        }
                        styles.formats.push(Format {
                            number_format: tag.number("numFmtId").unwrap_or(0),
                            locked,
                            fill: tag.number("fillId").unwrap_or(0),
                            border: tag.number("borderId").unwrap_or(0),
                            whole: tag.start..end,
                        });
                    }
                    _ => {}
                },
                Event::Close { name, start, .. } if name == b"cellXfs" => {
                    inside = false;
                    styles.end = Some(start);
                }
                _ => {}
            }
        }
        styles.bytes = bytes;
        Ok(styles)
    }

    /// A format by its index; the first one where the index is wrong.
    pub fn get(&self, style: u32) -> Option<&Format> {
        self.formats.get(style as usize)
    }

    /// Whether a protected sheet locks a cell of this style.
    pub fn is_locked(&self, style: u32) -> bool {
        self.get(style).is_none_or(|f| f.locked)
    }

    /// The number format's code, for the built-in ones also.
    pub fn code(&self, style: u32) -> &str {
        let id = self.get(style).map_or(0, |f| f.number_format);
        match self.codes.get(&id) {
            Some(code) => code,
            None => built_in(id),
        }
    }

    /// Whether the style shows a number as a date or a time.
    pub fn is_date(&self, style: u32) -> bool {
        is_date_code(self.code(style))
    }

    /// Whether the style shows the day of a number, and not only its time.
    pub fn shows_day(&self, style: u32) -> bool {
        let code = self.code(style);
        is_date_code(code) && {
            let plain = plain_letters(code);
            plain.contains(['d', 'y']) || plain.contains("mmm")
        }
    }

    /// Appends a copy of `style` with a date format (14, or 22 with a time). Gives the bytes of
    /// the part from here on, and the new index.
    pub fn append_date(&mut self, style: u32, with_time: bool) -> Option<u32> {
        let source = self.formats.get(style as usize)?.clone();
        let end = self.end?;
        let id = if with_time { "22" } else { "14" };
        let mut copy = self.bytes.get(source.whole)?.to_vec();
        set_attribute(&mut copy, b"numFmtId", id);
        set_attribute(&mut copy, b"applyNumberFormat", "1");
        let index = u32::try_from(self.formats.len()).ok()?;
        let len = copy.len();
        self.formats.push(Format {
            number_format: if with_time { 22 } else { 14 },
            locked: source.locked,
            fill: source.fill,
            border: source.border,
            whole: end..end + len,
        });
        self.bytes.splice(end..end, copy);
        self.end = Some(end + len);
        if let Some(count) = self.count.clone() {
            let text = self.formats.len().to_string();
            let grown = text.len() as isize - count.len() as isize;
            self.count = Some(count.start..count.start + text.len());
            self.bytes.splice(count, text.into_bytes());
            let shift = |at: usize| at.saturating_add_signed(grown);
            self.end = self.end.map(shift);
            for format in &mut self.formats {
                format.whole = shift(format.whole.start)..shift(format.whole.end);
            }
        }
        Some(index)
    }
}

/// Sets an attribute of the element that `xml` begins with.
pub fn set_attribute(xml: &mut Vec<u8>, name: &[u8], value: &str) {
    let mut scanner = Scanner::new(xml);
    let Ok(Some(Event::Open(tag))) = scanner.next_event() else {
        return;
    };
    let base = tag.attrs.as_ptr().addr() - xml.as_ptr().addr();
    match xml::attr_range(tag.attrs, name) {
        Some(r) => {
            xml.splice(base + r.start..base + r.end, value.bytes());
        }
        None => {
            let text = format!(" {}=\"{value}\"", String::from_utf8_lossy(name));
            xml.splice(base..base, text.into_bytes());
        }
    }
}

/// The letters of a code's first section that are not quoted, escaped or in brackets, in small.
fn plain_letters(code: &str) -> String {
    let mut out = String::new();
    let mut chars = code.chars();
    while let Some(c) = chars.next() {
        match c {
            '"' => {
                chars.by_ref().find(|c| *c == '"');
            }
            '\\' | '_' | '*' => {
                chars.next();
            }
            '[' => {
                chars.by_ref().find(|c| *c == ']');
            }
            ';' => break,
            c => out.push(c.to_ascii_lowercase()),
        }
    }
    out
}

/// Whether a format code shows a date or a time (18.8.31): d, m, y, h or s outside quotes,
/// brackets and escapes, in its first section.
pub fn is_date_code(code: &str) -> bool {
    let mut chars = code.chars();
    let mut found = false;
    while let Some(c) = chars.next() {
        match c {
            '"' => {
                chars.by_ref().find(|c| *c == '"');
            }
            '\\' | '_' | '*' => {
                chars.next();
            }
            '[' => {
                let inside: String = chars.by_ref().take_while(|c| *c != ']').collect();
                let inside = inside.to_ascii_lowercase();
                if !inside.is_empty() && inside.chars().all(|c| matches!(c, 'h' | 'm' | 's')) {
                    return true;
                }
            }
            ';' => break,
            '0' | '#' | '?' if !found => {
                // Digits may stand in seconds (`ss.00`), never before a date's first letter.
                return false;
            }
            'G' | 'g' if code.to_ascii_lowercase().starts_with("general") => return false,
            'd' | 'D' | 'm' | 'M' | 'y' | 'Y' | 'h' | 'H' | 's' | 'S' => found = true,
            _ => {}
        }
    }
    found
}

/// The built-in number formats (18.8.30).
pub fn built_in(id: u32) -> &'static str {
    match id {
        1 => "0",
        2 => "0.00",
        3 => "#,##0",
        4 => "#,##0.00",
        5 | 37 => "#,##0 ;(#,##0)",
        6 | 38 => "#,##0 ;[Red](#,##0)",
        7 | 39 => "#,##0.00;(#,##0.00)",
        8 | 40 => "#,##0.00;[Red](#,##0.00)",
        9 => "0%",
        10 => "0.00%",
        11 => "0.00E+00",
        12 => "# ?/?",
        13 => "# ??/??",
        14 => "m/d/yyyy",
        15 => "d-mmm-yy",
        16 => "d-mmm",
        17 => "mmm-yy",
        18 => "h:mm AM/PM",
        19 => "h:mm:ss AM/PM",
        20 => "h:mm",
        21 => "h:mm:ss",
        22 => "m/d/yyyy h:mm",
        27..=36 | 50..=58 => "yyyy-mm-dd",
        45 => "mm:ss",
        46 => "[h]:mm:ss",
        47 => "mm:ss.0",
        48 => "##0.0E+0",
        49 => "@",
        _ => "General",
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn date_codes_are_told_from_others() {
        for code in [
            "dd/mm/yyyy",
            "[$-809]d mmmm yyyy",
            "h:mm",
            "[h]:mm",
            "mm:ss.0",
            "\"on\" d",
        ] {
            assert!(is_date_code(code), "{code}");
        }
        for code in [
            "General",
            "0.00",
            "\"days\" 0",
            "[Red]0",
            "@",
            "#,##0;\\d",
            "_-£* #,##0",
        ] {
            assert!(!is_date_code(code), "{code}");
        }
    }

    #[test]
    fn a_date_format_is_appended_and_nothing_else_moves() {
        let xml = br#"<styleSheet><cellXfs count="9"><xf numFmtId="0" fontId="3"><alignment wrapText="1"/></xf></cellXfs><dxfs/></styleSheet>"#;
        let mut styles = Styles::load(xml.to_vec()).unwrap();
        assert_eq!(styles.append_date(0, false), Some(1));
        assert_eq!(styles.append_date(0, true), Some(2));
        let text = String::from_utf8(styles.bytes.clone()).unwrap();
        assert_eq!(
            text,
            r#"<styleSheet><cellXfs count="3"><xf numFmtId="0" fontId="3"><alignment wrapText="1"/></xf><xf applyNumberFormat="1" numFmtId="14" fontId="3"><alignment wrapText="1"/></xf><xf applyNumberFormat="1" numFmtId="22" fontId="3"><alignment wrapText="1"/></xf></cellXfs><dxfs/></styleSheet>"#
        );
        assert!(styles.is_date(1) && styles.is_date(2) && !styles.is_date(0));
        assert!(styles.shows_day(1) && styles.shows_day(2) && !styles.shows_day(0));
        for (code, day) in [
            ("[h]:mm", false),
            ("h:mm:ss \"d\"", false),
            ("mmm-yy", true),
        ] {
            let plain = plain_letters(code);
            assert_eq!(
                plain.contains(['d', 'y']) || plain.contains("mmm"),
                day,
                "{code}"
            );
        }
    }
}
