//! A package of grants, parted into its grants without reading what they say: never more of it in
//! memory than one of them, and what stands around their list.

use std::io::BufRead;

use serde::de::IgnoredAny;

/// The most bytes of one grant, and of all that stands around the list.
const MOST: usize = 64 << 20;

/// What is told each grant's own text; false ends the parting.
type Each<'a> = dyn FnMut(&[u8]) -> Result<bool, String> + 'a;

/// Where the parting is.
#[derive(Clone, Copy, PartialEq, Eq)]
enum At {
    /// Around the list.
    Around,
    /// In the list of grants.
    List,
    /// After it.
    After,
}

struct Parting {
    at: At,
    /// Objects and lists that are open.
    depth: usize,
    in_text: bool,
    escaped: bool,
    /// The package without its grants: read at the end, for it must be whole too.
    around: Vec<u8>,
    /// Where in `around` the text begins that was opened last.
    text_from: usize,
    /// Whether the text that ended last is called as the list is, at the package's own level.
    named: bool,
    element: Vec<u8>,
    elements: u64,
}

/// Tells every element of the list called `grants` of the object that a file holds; whether there is
/// such a list. What is wrong is told in words.
pub(super) fn part(mut from: impl BufRead, each: &mut Each<'_>) -> Result<bool, String> {
    let mut parting = Parting {
        at: At::Around,
        depth: 0,
        in_text: false,
        escaped: false,
        around: Vec::new(),
        text_from: 0,
        named: false,
        element: Vec::new(),
        elements: 0,
    };
    loop {
        let piece = from.fill_buf().map_err(|error| error.to_string())?;
        if piece.is_empty() {
            break;
        }
        if !parting.take(piece, each)? {
            return Ok(true);
        }
        let read = piece.len();
        from.consume(read);
    }
    let whole = serde_json::from_slice::<IgnoredAny>(&parting.around);
    whole.map_err(|error| error.to_string())?;
    if !parting.around.trim_ascii_start().starts_with(b"{") {
        return Err("it is no object with a list called grants".to_owned());
    }
    Ok(parting.at == At::After)
}

impl Parting {
    fn take(&mut self, piece: &[u8], each: &mut Each<'_>) -> Result<bool, String> {
        let mut at = 0;
        while let Some(rest) = piece.get(at..).filter(|rest| !rest.is_empty()) {
            let read = if self.in_text {
                self.text(rest)
            } else if self.at == At::List {
                match self.listed(rest, each)? {
                    Some(read) => read,
                    None => return Ok(false),
                }
            } else {
                self.around(rest)
            };
            at = at.saturating_add(read);
            if self.around.len() > MOST || self.element.len() > MOST {
                return Err("one of its parts is larger than 64 MB".to_owned());
            }
        }
        Ok(true)
    }

    /// Where what is read now is kept.
    fn keep(&mut self, bytes: &[u8]) {
        match self.at {
            At::List => self.element.extend_from_slice(bytes),
            At::Around | At::After => self.around.extend_from_slice(bytes),
        }
    }

    /// Within a text: up to its end, or to the piece's.
    fn text(&mut self, rest: &[u8]) -> usize {
        let mut read = 0;
        for byte in rest {
            read += 1;
            match byte {
                _ if self.escaped => self.escaped = false,
                b'\\' => self.escaped = true,
                b'"' => {
                    self.in_text = false;
                    break;
                }
                _ => {}
            }
        }
        self.keep(rest.get(..read).unwrap_or_default());
        if !self.in_text && self.at == At::Around {
            let text = self.around.get(self.text_from..).unwrap_or_default();
            self.named = self.depth == 1 && text == b"\"grants\"";
        }
        read
    }

    /// Around the list: one byte.
    fn around(&mut self, rest: &[u8]) -> usize {
        let Some(byte) = rest.first().copied() else {
            return 0;
        };
        match byte {
            b'"' => {
                self.in_text = true;
                self.text_from = self.around.len();
            }
            b'[' if self.named && self.at == At::Around => {
                self.around.push(b'[');
                self.at = At::List;
                self.depth = 2;
                return 1;
            }
            b'{' | b'[' => self.depth = self.depth.saturating_add(1),
            b'}' | b']' => self.depth = self.depth.saturating_sub(1),
            _ => {}
        }
        // between the name and its list there are a colon and blanks alone
        if !(byte == b':' || byte.is_ascii_whitespace()) {
            self.named = false;
        }
        self.around.push(byte);
        1
    }

    /// In the list: up to a text, or to the end of an element.
    fn listed(&mut self, rest: &[u8], each: &mut Each<'_>) -> Result<Option<usize>, String> {
        let mut read = 0;
        for byte in rest {
            read += 1;
            match byte {
                b'"' => {
                    self.in_text = true;
                    break;
                }
                b'{' | b'[' => self.depth = self.depth.saturating_add(1),
                b',' | b']' if self.depth == 2 => {
                    let before = read - 1;
                    self.keep(rest.get(..before).unwrap_or_default());
                    return self.ended(*byte == b']', each).map(|on| on.then_some(read));
                }
                b'}' | b']' => self.depth = self.depth.saturating_sub(1),
                _ => {}
            }
        }
        self.keep(rest.get(..read).unwrap_or_default());
        Ok(Some(read))
    }

    /// An element has ended, and perhaps the list.
    fn ended(&mut self, last: bool, each: &mut Each<'_>) -> Result<bool, String> {
        let element = std::mem::take(&mut self.element);
        let text = element.trim_ascii();
        // only a list without any has none before its end
        let none = last && text.is_empty() && self.elements == 0;
        if !none {
            self.elements += 1;
            if !each(text)? {
                return Ok(false);
            }
        }
        if last {
            self.at = At::After;
            self.depth = 1;
            self.around.push(b']');
        }
        self.element = element;
        self.element.clear();
        Ok(true)
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use std::io::BufReader;

    use proptest::prelude::*;

    use super::*;

    fn parted(text: &[u8], at_once: usize) -> Result<Option<Vec<String>>, String> {
        let mut found = Vec::new();
        let from = BufReader::with_capacity(at_once, text);
        let there = part(from, &mut |element| {
            serde_json::from_slice::<IgnoredAny>(element).map_err(|error| error.to_string())?;
            found.push(String::from_utf8(element.to_vec()).unwrap());
            Ok(true)
        })?;
        Ok(there.then_some(found))
    }

    #[test]
    fn the_list_at_the_packages_own_level_is_parted() {
        let text = br#"{"a": {"grants": [1]}, "b": "\"grants\":[", "grants" : [ {"t": "},]\"\\"}, [2] , 3 ], "c": [4]}"#;
        for at_once in [1, 2, 7, 1000] {
            assert_eq!(
                parted(text, at_once).unwrap().unwrap(),
                [r#"{"t": "},]\"\\"}"#, "[2]", "3"]
            );
        }
        assert_eq!(parted(b"{\"grants\":[]}", 3), Ok(Some(Vec::new())));
        assert_eq!(parted(b"{\"grants\":{}}", 3), Ok(None));
        assert_eq!(parted(b"{\"x\":\"grants\",\"y\":[1]}", 3), Ok(None));
        assert_eq!(
            parted(b"{\"grants\":[1],\"grants\":[2]}", 3)
                .unwrap()
                .unwrap(),
            ["1"]
        );
    }

    #[test]
    fn what_is_not_json_is_refused() {
        for text in [
            "",
            "{",
            "{\"grants\":[1,]}",
            "{\"grants\":[,1]}",
            "{\"grants\":[1 2]}",
            "{\"grants\":[1]",
            "{\"grants\":[1]}}",
            "{\"grants\":[1]} x",
            "{\"grants\" [1]}",
            "{\"grants\":[{]}]}",
            "{\"grants\":[\"a}",
        ] {
            assert!(parted(text.as_bytes(), 5).is_err(), "{text}");
        }
    }

    proptest! {
        /// Whatever is written around and in it, and however it is read: the same elements as a reader
        /// of the whole finds, or both refuse.
        #[test]
        fn it_finds_what_a_reader_of_the_whole_finds(
            inside in "[\\[\\]{},:\"\\\\ a1]{0,24}", at_once in 1_usize..9
        ) {
            let text = format!("{{\"v\":1,\"grants\":[{inside}],\"w\":[{{}}]}}");
            let whole: Option<Vec<serde_json::Value>> = serde_json::from_str::<serde_json::Value>(&text)
                .ok()
                .and_then(|value| value.get("grants")?.as_array().cloned());
            let ours = parted(text.as_bytes(), at_once).ok().flatten().map(|found| {
                found.iter().map(|one| serde_json::from_str(one).unwrap()).collect::<Vec<_>>()
            });
            prop_assert_eq!(ours, whole, "{}", text);
        }
    }
}
