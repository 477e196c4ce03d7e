//! PDFs of our own making: for tests, and for the story that `demo` tells.

use std::fmt::Write;

/// A PDF with these pages, each of these lines; a page without lines is one that a scanner made: a
/// picture, and no words. An empty line leaves room between paragraphs. Letters outside Windows-1252
/// are not for it.
#[must_use]
pub fn pdf(pages: &[&[&str]]) -> Vec<u8> {
    let mut objects: Vec<Vec<u8>> = Vec::new();
    let kids: Vec<String> = (0..pages.len())
        .map(|page| format!("{} 0 R", 4 + page * 2))
        .collect();
    objects.push(b"<< /Type /Catalog /Pages 2 0 R >>".to_vec());
    objects.push(
        format!(
            "<< /Type /Pages /Count {} /Kids [{}] >>",
            pages.len(),
            kids.join(" ")
        )
        .into_bytes(),
    );
    objects.push(
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>"
            .to_vec(),
    );
    for (number, lines) in pages.iter().enumerate() {
        objects.push(
            format!(
                "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] \
                 /Resources << /Font << /F1 3 0 R >> >> /Contents {} 0 R >>",
                5 + number * 2
            )
            .into_bytes(),
        );
        let drawn = content(lines);
        let mut stream = format!("<< /Length {} >>\nstream\n", drawn.len()).into_bytes();
        stream.extend(drawn);
        stream.extend(b"\nendstream");
        objects.push(stream);
    }
    written(&objects)
}

/// What draws a page.
fn content(lines: &[&str]) -> Vec<u8> {
    if lines.is_empty() {
        // a grey square for the picture
        return b"q 400 0 0 500 90 200 cm 0.8 g 0 0 1 1 re f Q".to_vec();
    }
    let mut drawn = b"BT /F1 11 Tf 14 TL 60 780 Td\n".to_vec();
    for line in lines {
        drawn.push(b'(');
        for letter in line.chars() {
            match letter {
                '(' | ')' | '\\' => {
                    drawn.push(b'\\');
                    drawn.push(byte_of(letter));
                }
                _ => drawn.push(byte_of(letter)),
            }
        }
        drawn.extend(b") Tj T*\n");
    }
    drawn.extend(b"ET");
    drawn
}

/// A letter in Windows-1252.
fn byte_of(letter: char) -> u8 {
    match letter {
        '€' => 0x80,
        '‘' => 0x91,
        '’' => 0x92,
        '“' => 0x93,
        '”' => 0x94,
        '–' => 0x96,
        '—' => 0x97,
        letter => u8::try_from(u32::from(letter)).unwrap_or(b'?'),
    }
}

/// Objects as a file, with the table of where each begins.
fn written(objects: &[Vec<u8>]) -> Vec<u8> {
    let mut file = b"%PDF-1.4\n".to_vec();
    let mut table = String::new();
    for (number, object) in objects.iter().enumerate() {
        // writing to a text cannot fail
        let _written = writeln!(table, "{:010} 00000 n ", file.len());
        file.extend(format!("{} 0 obj\n", number + 1).into_bytes());
        file.extend(object);
        file.extend(b"\nendobj\n");
    }
    let begins = file.len();
    let count = objects.len() + 1;
    file.extend(
        format!(
            "xref\n0 {count}\n0000000000 65535 f \n{table}trailer\n<< /Size {count} /Root 1 0 R >>\n\
             startxref\n{begins}\n%%EOF\n"
        )
        .into_bytes(),
    );
    file
}
