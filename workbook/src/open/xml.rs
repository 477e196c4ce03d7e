//! A forward scanner over the bytes of an XML part (XML 1.0, fifth edition).
//!
//! It hands out tags and text as byte ranges, so that a caller can edit between them and leave
//! everything else as it was. It expands no entities but the five of XML and character
//! references, and it refuses document type declarations outright.

use std::borrow::Cow;

use memchr::{memchr, memchr3, memmem};

use super::Refused;

/// What the scanner met.
#[derive(Clone, Copy, Debug)]
pub enum Event<'a> {
    /// `<name …>` or `<name …/>`.
    Open(Tag<'a>),
    /// `</name>`; its local name, where it starts and where it ends.
    Close {
        /// Name without a prefix.
        name: &'a [u8],
        /// Offset of `<`.
        start: usize,
        /// Offset after `>`.
        end: usize,
    },
    /// Character data between tags, still escaped, from and to; `raw` in a CDATA section.
    Text {
        /// The bytes.
        bytes: &'a [u8],
        /// Whether they stand in a CDATA section.
        raw: bool,
    },
}

/// An opening tag.
#[derive(Clone, Copy, Debug)]
pub struct Tag<'a> {
    /// Name without a prefix.
    pub name: &'a [u8],
    /// What stands between the name and the end of the tag.
    pub attrs: &'a [u8],
    /// Whether it closes itself.
    pub empty: bool,
    /// Offset of `<`.
    pub start: usize,
    /// Offset after `>`.
    pub end: usize,
    /// Length of the prefix with its colon.
    pub prefix: usize,
}

impl<'a> Tag<'a> {
    /// The attribute of this exact qualified name, unescaped.
    pub fn attr(&self, name: &str) -> Option<Cow<'a, str>> {
        attr(self.attrs, name.as_bytes()).map(unescape)
    }

    /// The attribute whose name without a prefix is `name` (for `r:id` and the like).
    pub fn attr_local(&self, name: &str) -> Option<Cow<'a, str>> {
        attributes(self.attrs)
            .find(|(n, _)| local(n) == name.as_bytes())
            .map(|(_, v)| unescape(v))
    }

    /// A numeric attribute.
    pub fn number(&self, name: &str) -> Option<u32> {
        std::str::from_utf8(attr(self.attrs, name.as_bytes())?)
            .ok()?
            .trim()
            .parse()
            .ok()
    }

    /// A boolean attribute: `1`, `true`, `on`.
    pub fn flag(&self, name: &str) -> Option<bool> {
        let value = attr(self.attrs, name.as_bytes())?;
        Some(matches!(value, b"1" | b"true" | b"on"))
    }
}

/// A name without its prefix.
pub fn local(name: &[u8]) -> &[u8] {
    match memchr(b':', name) {
        Some(at) => &name[at + 1..],
        None => name,
    }
}

/// The attributes of a tag in order, names qualified, values still escaped.
pub fn attributes(attrs: &[u8]) -> impl Iterator<Item = (&[u8], &[u8])> {
    let mut at = 0;
    std::iter::from_fn(move || {
        while attrs.get(at).is_some_and(u8::is_ascii_whitespace) {
            at += 1;
        }
        let start = at;
        let eq = at + memchr(b'=', attrs.get(at..)?)?;
        let mut name_end = eq;
        while name_end > start && attrs[name_end - 1].is_ascii_whitespace() {
            name_end -= 1;
        }
        at = eq + 1;
        while attrs.get(at).is_some_and(u8::is_ascii_whitespace) {
            at += 1;
        }
        let quote = *attrs.get(at)?;
        if quote != b'"' && quote != b'\'' {
            return None;
        }
        let value = at + 1;
        let close = value + memchr(quote, attrs.get(value..)?)?;
        at = close + 1;
        Some((&attrs[start..name_end], &attrs[value..close]))
    })
}

/// One attribute by its qualified name, still escaped.
pub fn attr<'a>(attrs: &'a [u8], name: &[u8]) -> Option<&'a [u8]> {
    attributes(attrs).find(|(n, _)| *n == name).map(|(_, v)| v)
}

/// Where the value of an attribute stands inside `attrs`.
pub fn attr_range(attrs: &[u8], name: &[u8]) -> Option<std::ops::Range<usize>> {
    let value = attr(attrs, name)?;
    let start = value.as_ptr().addr() - attrs.as_ptr().addr();
    Some(start..start + value.len())
}

/// The scanner.
#[derive(Clone, Debug)]
pub struct Scanner<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl<'a> Scanner<'a> {
    /// Scans from the start.
    pub fn new(bytes: &'a [u8]) -> Self {
        Self { bytes, at: 0 }
    }

    /// Scans from an offset that stands between two tags.
    pub fn from(bytes: &'a [u8], at: usize) -> Self {
        Self { bytes, at }
    }

    /// The offset that is read next.
    pub fn offset(&self) -> usize {
        self.at
    }

    /// Goes on from another offset, which stands between two tags.
    pub fn seek(&mut self, at: usize) {
        self.at = at;
    }

    /// The next tag or text; `None` at the end.
    pub fn next_event(&mut self) -> Result<Option<Event<'a>>, Refused> {
        loop {
            let rest = self.bytes.get(self.at..).unwrap_or_default();
            if rest.is_empty() {
                return Ok(None);
            }
            if rest[0] != b'<' {
                let len = memchr(b'<', rest).unwrap_or(rest.len());
                self.at += len;
                return Ok(Some(Event::Text {
                    bytes: &rest[..len],
                    raw: false,
                }));
            }
            match rest.get(1) {
                Some(b'?') => {
                    self.at += memmem::find(rest, b"?>").ok_or_else(cut)? + 2;
                }
                Some(b'!') if rest.starts_with(b"<!--") => {
                    self.at += memmem::find(rest, b"-->").ok_or_else(cut)? + 3;
                }
                Some(b'!') if rest.starts_with(b"<![CDATA[") => {
                    let len = memmem::find(rest, b"]]>").ok_or_else(cut)?;
                    self.at += len + 3;
                    return Ok(Some(Event::Text {
                        bytes: &rest[9..len],
                        raw: true,
                    }));
                }
                Some(b'!') => {
                    return Err(Refused::Hostile(
                        "a part has a document type declaration".into(),
                    ));
                }
                Some(b'/') => {
                    let close = memchr(b'>', rest).ok_or_else(cut)?;
                    let start = self.at;
                    self.at += close + 1;
                    return Ok(Some(Event::Close {
                        name: local(rest[2..close].trim_ascii_end()),
                        start,
                        end: self.at,
                    }));
                }
                _ => return self.open(rest).map(Some),
            }
        }
    }

    fn open(&mut self, rest: &'a [u8]) -> Result<Event<'a>, Refused> {
        let mut at = 1;
        let close = loop {
            let hit =
                at + memchr3(b'>', b'"', b'\'', rest.get(at..).ok_or_else(cut)?).ok_or_else(cut)?;
            if rest[hit] == b'>' {
                break hit;
            }
            at = hit
                + 2
                + memchr(rest[hit], rest.get(hit + 1..).ok_or_else(cut)?).ok_or_else(cut)?;
        };
        let empty = rest[close - 1] == b'/';
        let inner = &rest[1..if empty { close - 1 } else { close }];
        let name_end = inner
            .iter()
            .position(u8::is_ascii_whitespace)
            .unwrap_or(inner.len());
        let name = &inner[..name_end];
        if name.is_empty() {
            return Err(cut());
        }
        let plain = local(name);
        let start = self.at;
        self.at += close + 1;
        Ok(Event::Open(Tag {
            name: plain,
            attrs: &inner[name_end..],
            empty,
            start,
            end: self.at,
            prefix: name.len() - plain.len(),
        }))
    }

    /// Skips to after the end of the element whose opening tag was just read.
    pub fn skip(&mut self, tag: &Tag<'_>) -> Result<usize, Refused> {
        if tag.empty {
            return Ok(tag.end);
        }
        let mut depth = 1u32;
        while let Some(event) = self.next_event()? {
            match event {
                Event::Open(t) if !t.empty => depth += 1,
                Event::Close { end, .. } => {
                    depth -= 1;
                    if depth == 0 {
                        return Ok(end);
                    }
                }
                _ => {}
            }
        }
        Err(cut())
    }

    /// The text of the element whose opening tag was just read, nested elements included.
    pub fn text(&mut self, tag: &Tag<'_>) -> Result<String, Refused> {
        let mut out = String::new();
        if tag.empty {
            return Ok(out);
        }
        let mut depth = 1u32;
        while let Some(event) = self.next_event()? {
            match event {
                Event::Open(t) if !t.empty => depth += 1,
                Event::Open(_) => {}
                Event::Close { .. } => {
                    depth -= 1;
                    if depth == 0 {
                        return Ok(out);
                    }
                }
                Event::Text { bytes, raw: true } => out.push_str(&String::from_utf8_lossy(bytes)),
                Event::Text { bytes, raw: false } => out.push_str(&unescape(bytes)),
            }
        }
        Err(cut())
    }
}

fn cut() -> Refused {
    Refused::Unreadable("a part is cut short".into())
}

/// Expands the five entities of XML and character references; anything else stays as it is.
pub fn unescape(bytes: &[u8]) -> Cow<'_, str> {
    let text = String::from_utf8_lossy(bytes);
    if memchr(b'&', bytes).is_none() {
        return text;
    }
    let mut out = String::with_capacity(text.len());
    let mut rest = text.as_ref();
    while let Some(at) = rest.find('&') {
        out.push_str(&rest[..at]);
        rest = &rest[at..];
        let end = rest.as_bytes().iter().take(12).position(|b| *b == b';');
        let known = end.and_then(|end| entity(&rest[1..end]).map(|c| (c, end)));
        match known {
            Some((c, end)) => {
                out.push(c);
                rest = &rest[end + 1..];
            }
            None => {
                out.push('&');
                rest = &rest[1..];
            }
        }
    }
    out.push_str(rest);
    Cow::Owned(out)
}

fn entity(name: &str) -> Option<char> {
    match name {
        "amp" => Some('&'),
        "lt" => Some('<'),
        "gt" => Some('>'),
        "quot" => Some('"'),
        "apos" => Some('\''),
        _ => {
            let digits = name.strip_prefix('#')?;
            let code = match digits.strip_prefix(['x', 'X']) {
                Some(hex) => u32::from_str_radix(hex, 16).ok()?,
                None => digits.parse().ok()?,
            };
            char::from_u32(code)
        }
    }
}

/// Undoes the `_xHHHH_` escapes of ST_Xstring (ECMA-376 part 1, 22.9.2.19).
pub fn unescape_xstring(text: &str) -> Cow<'_, str> {
    if !text.contains("_x") {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find("_x") {
        out.push_str(&rest[..at]);
        rest = &rest[at..];
        let code = rest
            .get(2..6)
            .filter(|_| rest.as_bytes().get(6) == Some(&b'_'))
            .filter(|hex| hex.bytes().all(|b| b.is_ascii_hexdigit()))
            .and_then(|hex| u32::from_str_radix(hex, 16).ok())
            .and_then(char::from_u32);
        match code {
            Some(c) => {
                out.push(c);
                rest = &rest[7..];
            }
            None => {
                out.push_str("_x");
                rest = &rest[2..];
            }
        }
    }
    out.push_str(rest);
    Cow::Owned(out)
}

/// Whether a character may stand in an XML 1.0 document.
pub fn is_legal(c: char) -> bool {
    matches!(c, '\t' | '\n' | '\r' | ' '..='\u{d7ff}' | '\u{e000}'..='\u{fffd}' | '\u{10000}'..)
}

/// Escapes text for element content, as an ST_Xstring: a literal `_xHHHH_` and carriage returns
/// are kept from being read as something else.
pub fn escape_text(text: &str, out: &mut Vec<u8>) {
    let bytes = text.as_bytes();
    for (at, b) in bytes.iter().enumerate() {
        match b {
            b'&' => out.extend_from_slice(b"&amp;"),
            b'<' => out.extend_from_slice(b"&lt;"),
            b'>' => out.extend_from_slice(b"&gt;"),
            b'\r' => out.extend_from_slice(b"_x000D_"),
            b'_' => {
                let looks = bytes.get(at + 1) == Some(&b'x')
                    && bytes.get(at + 6) == Some(&b'_')
                    && bytes
                        .get(at + 2..at + 6)
                        .is_some_and(|hex| hex.iter().all(u8::is_ascii_hexdigit));
                out.extend_from_slice(if looks { b"_x005F_" } else { b"_" });
            }
            other => out.push(*other),
        }
    }
}

/// Escapes text for an attribute value in double quotes.
pub fn escape_attr(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn tags_are_found_past_quotes_comments_and_sections() {
        let xml =
            b"<?xml version='1.0'?><a x='>' y=\"'\"><!-- <b> --><x:b/>t&amp;<![CDATA[<&]]></a>";
        let mut scanner = Scanner::new(xml);
        let Some(Event::Open(a)) = scanner.next_event().unwrap() else {
            panic!("no tag")
        };
        assert_eq!(a.attr("x").unwrap(), ">");
        assert_eq!(a.attr("y").unwrap(), "'");
        assert_eq!(scanner.clone().text(&a).unwrap(), "t&<&");
        let Some(Event::Open(b)) = scanner.next_event().unwrap() else {
            panic!("no tag")
        };
        assert_eq!((b.name, b.prefix, b.empty), (&b"b"[..], 2, true));
    }

    #[test]
    fn a_document_type_is_refused() {
        let mut scanner = Scanner::new(b"<!DOCTYPE a [<!ENTITY b 'c'>]><a>&b;</a>");
        assert!(matches!(scanner.next_event(), Err(Refused::Hostile(_))));
    }

    #[test]
    fn text_is_escaped_so_that_it_reads_back() {
        for text in ["a<b&c>\"'", "_x0041_", "a\r\nb", "_x_", "=1+1", "_x004"] {
            let mut out = Vec::new();
            escape_text(text, &mut out);
            let xml = unescape(&out).into_owned();
            assert_eq!(unescape_xstring(&xml), text);
        }
    }

    proptest::proptest! {
        #[test]
        fn any_bytes_are_scanned_without_panic(bytes in proptest::collection::vec(proptest::prelude::any::<u8>(), 0..200)) {
            let mut scanner = Scanner::new(&bytes);
            while let Ok(Some(_)) = scanner.next_event() {}
        }

        #[test]
        fn any_markup_is_scanned_without_panic(text in "[<>/!?a\"'= \\[\\]&;-]{0,60}") {
            let mut scanner = Scanner::new(text.as_bytes());
            while let Ok(Some(event)) = scanner.next_event() {
                if let Event::Open(tag) = event {
                    let _ = tag.attr("a");
                }
            }
            let _ = unescape(text.as_bytes());
        }
    }
}
