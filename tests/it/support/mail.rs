//! A mail as it arrived: the raw bytes, and what a person's mail program would make of them.

use base64::{Engine as _, engine::general_purpose::STANDARD};

/// One message that the server took.
#[derive(Clone, Debug)]
pub struct Message {
    /// Of the envelope, which is what counts for delivery.
    pub from: String,
    pub to: Vec<String>,
    /// As sent, with dot-stuffing undone.
    pub raw: Vec<u8>,
    /// Unfolded, in order, not decoded.
    pub headers: Vec<(String, String)>,
    /// Whether the sender was told that we have it. A sender that was not will try again.
    pub acknowledged: bool,
}

impl Message {
    pub fn new(from: String, to: Vec<String>, raw: Vec<u8>, acknowledged: bool) -> Self {
        let (headers, _) = split(&raw);
        Self {
            headers,
            from,
            to,
            raw,
            acknowledged,
        }
    }

    /// The first header of this name, its encoded words decoded.
    pub fn header(&self, name: &str) -> Option<String> {
        find(&self.headers, name).map(decode_words)
    }

    pub fn message_id(&self) -> String {
        self.header("Message-ID").unwrap_or_else(|| {
            panic!(
                "a mail without Message-ID: {}",
                String::from_utf8_lossy(&self.raw)
            )
        })
    }

    pub fn subject(&self) -> String {
        self.header("Subject").unwrap_or_default()
    }

    /// The plain text that a person reads; empty if the mail has none.
    pub fn text(&self) -> String {
        part(&self.raw, "text/plain").unwrap_or_default()
    }

    pub fn html(&self) -> String {
        part(&self.raw, "text/html").unwrap_or_default()
    }

    /// Every address of a page in the plain text, in order: where a sign-in link is found.
    pub fn links(&self) -> Vec<String> {
        self.text()
            .split(|c: char| c.is_whitespace() || matches!(c, '<' | '>' | '"'))
            .filter(|word| word.starts_with("http://") || word.starts_with("https://"))
            .map(|word| word.trim_end_matches(['.', ',', ')']).to_owned())
            .collect()
    }
}

type Headers = Vec<(String, String)>;

fn find<'a>(headers: &'a Headers, name: &str) -> Option<&'a str> {
    headers
        .iter()
        .find(|(key, _)| key.eq_ignore_ascii_case(name))
        .map(|(_, value)| value.as_str())
}

/// Headers and body of a message, or of one part of it.
fn split(raw: &[u8]) -> (Headers, &[u8]) {
    let (head, body) = match raw.windows(4).position(|four| four == b"\r\n\r\n") {
        Some(end) => (&raw[..end], &raw[end + 4..]),
        // A part may have no header at all, and then begins with the empty line.
        None => raw
            .strip_prefix(b"\r\n")
            .map_or((raw, &raw[..0]), |body| (&raw[..0], body)),
    };
    let mut headers = Headers::new();
    for line in String::from_utf8_lossy(head).split("\r\n") {
        match (line.starts_with([' ', '\t']), headers.last_mut()) {
            (true, Some((_, value))) => {
                value.push(' ');
                value.push_str(line.trim());
            }
            _ => {
                if let Some((name, value)) = line.split_once(':') {
                    headers.push((name.trim().to_owned(), value.trim().to_owned()));
                }
            }
        }
    }
    (headers, body)
}

/// The first part of this type, however deep, as text.
fn part(raw: &[u8], wanted: &str) -> Option<String> {
    let (headers, body) = split(raw);
    let kind = find(&headers, "Content-Type").unwrap_or("text/plain");
    let essence = kind
        .split(';')
        .next()
        .unwrap_or_default()
        .trim()
        .to_lowercase();
    if essence.starts_with("multipart/") {
        let boundary = parameter(kind, "boundary")?;
        return parts(body, &boundary)
            .into_iter()
            .find_map(|inner| part(inner, wanted));
    }
    (essence == wanted).then(|| {
        let encoding = find(&headers, "Content-Transfer-Encoding").unwrap_or("7bit");
        String::from_utf8_lossy(&decode(body, encoding)).replace("\r\n", "\n")
    })
}

fn parameter(value: &str, name: &str) -> Option<String> {
    value.split(';').skip(1).find_map(|setting| {
        let (key, value) = setting.split_once('=')?;
        key.trim()
            .eq_ignore_ascii_case(name)
            .then(|| value.trim().trim_matches('"').to_owned())
    })
}

fn parts<'a>(body: &'a [u8], boundary: &str) -> Vec<&'a [u8]> {
    let mark = format!("--{boundary}");
    let mut found = Vec::new();
    let mut begin = None;
    let mut at = 0_usize;
    for line in body.split_inclusive(|byte| *byte == b'\n') {
        if line.starts_with(mark.as_bytes()) {
            if let Some(begin) = begin {
                // The line break before a boundary belongs to the boundary.
                found.push(&body[begin..at.saturating_sub(2).max(begin)]);
            }
            begin = Some(at + line.len());
        }
        at += line.len();
    }
    found
}

fn decode(body: &[u8], encoding: &str) -> Vec<u8> {
    match encoding.trim().to_lowercase().as_str() {
        "base64" => {
            let packed: Vec<u8> = body
                .iter()
                .copied()
                .filter(|byte| !byte.is_ascii_whitespace())
                .collect();
            STANDARD.decode(packed).unwrap()
        }
        "quoted-printable" => quoted_printable(body),
        _ => body.to_vec(),
    }
}

fn quoted_printable(body: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(body.len());
    let mut rest = body;
    while let Some((first, after)) = rest.split_first() {
        rest = after;
        match (first, after) {
            (b'=', [b'\r', b'\n', after @ ..] | [b'\n', after @ ..]) => rest = after,
            (b'=', [high, low, after @ ..]) => {
                let digits = [*high, *low];
                let byte = std::str::from_utf8(&digits)
                    .ok()
                    .and_then(|hex| u8::from_str_radix(hex, 16).ok());
                match byte {
                    Some(byte) => {
                        out.push(byte);
                        rest = after;
                    }
                    None => out.push(b'='),
                }
            }
            (other, _) => out.push(*other),
        }
    }
    out
}

/// Decodes `=?utf-8?B?…?=` and `=?utf-8?Q?…?=`; the space between two of them is no space.
fn decode_words(value: &str) -> String {
    let mut out = String::new();
    let mut pending_space = "";
    for (index, word) in value.split(' ').enumerate() {
        let decoded = word
            .strip_prefix("=?")
            .and_then(|word| word.strip_suffix("?="))
            .and_then(|word| {
                let mut fields = word.splitn(3, '?');
                let (_charset, kind, text) = (fields.next()?, fields.next()?, fields.next()?);
                let bytes = match kind {
                    "B" | "b" => STANDARD.decode(text).ok()?,
                    "Q" | "q" => quoted_printable(text.replace('_', " ").as_bytes()),
                    _ => return None,
                };
                String::from_utf8(bytes).ok()
            });
        let joined = decoded.is_some() && pending_space.is_empty();
        if index > 0 && !joined {
            out.push(' ');
        }
        pending_space = if decoded.is_some() { "" } else { " " };
        out.push_str(decoded.as_deref().unwrap_or(word));
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mail_is_read_as_a_person_reads_it() {
        let raw = concat!(
            "Message-ID: <1@charity>\r\n",
            "Subject: =?utf-8?Q?Due_=E2=80=93?=\r\n =?utf-8?B?IHNvb24=?= really\r\n",
            "Content-Type: multipart/alternative;\r\n boundary=\"b1\"\r\n",
            "\r\n",
            "--b1\r\nContent-Type: text/plain; charset=utf-8\r\n",
            "Content-Transfer-Encoding: quoted-printable\r\n\r\n",
            "=C2=A31,200 is due: <https://a.example/s?t=3Dx>. Lo=\r\nng.\r\n",
            "--b1\r\nContent-Type: text/html\r\nContent-Transfer-Encoding: base64\r\n\r\n",
            "PHA+aGk8L3A+\r\n--b1--\r\n",
        );
        let mail = Message::new("a@b".into(), vec!["c@d".into()], raw.into(), true);
        assert_eq!(mail.message_id(), "<1@charity>");
        assert_eq!(mail.subject(), "Due – soon really");
        assert_eq!(
            mail.text(),
            "£1,200 is due: <https://a.example/s?t=x>. Long."
        );
        assert_eq!(mail.html(), "<p>hi</p>");
        assert_eq!(mail.links(), ["https://a.example/s?t=x"]);
    }
}
