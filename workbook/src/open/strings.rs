//! Shared strings (ECMA-376 part 1, 18.4) and the text of rich strings.

use std::cell::RefCell;
use std::rc::Rc;

use super::Refused;
use super::xml::{self, Event, Scanner};

/// The shared strings of a workbook, decoded as they are asked for.
#[derive(Debug, Default)]
pub struct Strings {
    bytes: Vec<u8>,
    items: Vec<(u32, u32)>,
    decoded: RefCell<Vec<Option<Rc<str>>>>,
}

impl Strings {
    /// Indexes the part.
    pub fn load(bytes: Vec<u8>) -> Result<Self, Refused> {
        let mut items = Vec::new();
        let mut scanner = Scanner::new(&bytes);
        while let Some(event) = scanner.next_event()? {
            if let Event::Open(tag) = event
                && tag.name == b"si"
            {
                let end = scanner.skip(&tag)?;
                items.push((
                    u32::try_from(tag.end).unwrap_or(0),
                    u32::try_from(end).unwrap_or(0),
                ));
            }
        }
        let decoded = RefCell::new(vec![None; items.len()]);
        Ok(Self {
            bytes,
            items,
            decoded,
        })
    }

    /// The text of one shared string.
    pub fn get(&self, index: usize) -> Option<Rc<str>> {
        let (start, end) = *self.items.get(index)?;
        if let Some(text) = &self.decoded.borrow()[index] {
            return Some(text.clone());
        }
        let inner = self.bytes.get(start as usize..end as usize)?;
        let text: Rc<str> = rich_text(inner).into();
        self.decoded.borrow_mut()[index] = Some(text.clone());
        Some(text)
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.items.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.items.is_empty()
    }
}

/// The text of a string item: its `t`, or the `t` of its runs, phonetic guides left out.
pub fn rich_text(inner: &[u8]) -> String {
    let mut out = String::new();
    let mut scanner = Scanner::new(inner);
    while let Ok(Some(event)) = scanner.next_event() {
        let Event::Open(tag) = event else { continue };
        match tag.name {
            b"t" => {
                if let Ok(text) = scanner.text(&tag) {
                    out.push_str(&xml::unescape_xstring(&text));
                }
            }
            b"rPh" | b"rPr" if scanner.skip(&tag).is_err() => break,
            _ => {}
        }
    }
    // XML line ends are one line feed (XML 1.0, 2.11).
    if out.contains('\r') {
        out = out.replace("\r\n", "\n");
    }
    out
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn plain_rich_and_phonetic_strings_are_read() {
        let xml = br#"<sst><si><t xml:space="preserve"> a_x000D_</t></si><si><r><rPr><b/></rPr><t>b</t></r><r><t>c</t></r><rPh sb="0" eb="1"><t>x</t></rPh></si><si/></sst>"#;
        let strings = Strings::load(xml.to_vec()).unwrap();
        assert_eq!(strings.get(0).unwrap().as_ref(), " a\r");
        assert_eq!(strings.get(1).unwrap().as_ref(), "bc");
        assert_eq!(strings.get(2).unwrap().as_ref(), "");
        assert!(strings.get(3).is_none());
    }
}
