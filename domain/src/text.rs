//! What any text must be.

use validator::ValidationError;

/// Refuses blanks alone, line breaks and other control characters: such a text goes into headings, mails and
/// files, where a line break would begin something of its own.
pub(crate) fn one_line(text: &str) -> Result<(), ValidationError> {
    if text.chars().any(char::is_control) {
        return Err(ValidationError::new("control-character")
            .with_message("This is one line: take line breaks and tabs out.".into()));
    }
    if !text.is_empty() && text.trim().is_empty() {
        return Err(
            ValidationError::new("blank").with_message("Enter a text, not only blanks.".into())
        );
    }
    Ok(())
}

/// Refuses control characters in a text of several lines, but for line breaks and tabs.
pub(crate) fn lines(text: &str) -> Result<(), ValidationError> {
    let strange = |c: char| c.is_control() && !matches!(c, '\n' | '\r' | '\t');
    if text.chars().any(strange) {
        return Err(ValidationError::new("control-character")
            .with_message("Remove the characters that cannot be printed.".into()));
    }
    Ok(())
}

/// Text that `LIKE` looks for anywhere, without meaning of its own.
pub(crate) fn anywhere(word: &str) -> String {
    let mut pattern = String::from("%");
    for letter in word.to_lowercase().chars() {
        if matches!(letter, '%' | '_' | '\\') {
            pattern.push('\\');
        }
        pattern.push(letter);
    }
    pattern.push('%');
    pattern
}
