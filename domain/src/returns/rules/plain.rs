//! What was found, for people who work with none of it daily: trustees, members of the committee.

/// A finding's message in the plain words of `product.md`: the same fact, with what it means.
#[must_use]
pub fn in_plain_words(code: &str, message: &str) -> String {
    match code {
        "ledger-open" => format!(
            "{} The figures may still change.",
            message.replace(
                "The ledger is not closed",
                "The holder’s books are not closed"
            )
        ),
        "spend-not-loaded" => {
            format!("{message} What was spent after that is not in these figures.")
        }
        "check-failed" => format!(
            "The funder’s form checks itself, and this does not pass. {}",
            sentence(message)
        ),
        "not-computed" => format!("{message} The funder sees them when they open the file."),
        _ => message
            .replace("attributed to", "paid for by")
            .replace("unattributed", "not covered"),
    }
}

/// With a full stop at its end.
fn sentence(text: &str) -> String {
    let text = text.trim();
    if text.ends_with(['.', '!', '?']) {
        text.to_owned()
    } else {
        format!("{text}.")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_words_of_the_ledger_become_plain_ones() {
        assert_eq!(
            in_plain_words("ledger-open", "The ledger is not closed for October 2026."),
            "The holder’s books are not closed for October 2026. The figures may still change."
        );
        assert_eq!(
            in_plain_words(
                "over-award",
                "The spend attributed to the grant is £1.00 more."
            ),
            "The spend paid for by the grant is £1.00 more."
        );
        assert_eq!(
            in_plain_words("check-failed", "“Total”: the form’s own check says CHECK"),
            "The funder’s form checks itself, and this does not pass. “Total”: the form’s own \
             check says CHECK."
        );
    }
}
