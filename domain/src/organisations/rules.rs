//! What makes two org-ids the same.

/// An org-id in its usual form: capitals, no blanks, a company's number with its noughts, a
/// charity's without. Bodies are matched by this and never by name.
#[must_use]
pub fn usual(org_id: &str) -> String {
    let id: String = org_id
        .chars()
        .filter(|c| !c.is_whitespace())
        .flat_map(char::to_uppercase)
        .collect();
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    match id.split_at_checked(7) {
        Some(("GB-COH-", number)) if digits(number) && number.len() < 8 => {
            format!("GB-COH-{number:0>8}")
        }
        Some(("GB-CHC-", number)) if digits(number) => {
            let plain = number.trim_start_matches('0');
            format!("GB-CHC-{}", if plain.is_empty() { "0" } else { plain })
        }
        _ => id,
    }
}

#[cfg(test)]
mod tests {
    use super::usual;

    #[test]
    fn the_same_number_written_differently_is_the_same_body() {
        for (written, meant) in [
            (" gb-chc-01015648", "GB-CHC-1015648"),
            ("GB-CHC-1015648", "GB-CHC-1015648"),
            ("GB-COH-1234567", "GB-COH-01234567"),
            ("gb-coh-sc123456", "GB-COH-SC123456"),
            ("GB-SC-sc 012345", "GB-SC-SC012345"),
            ("GB-LAE-KEN", "GB-LAE-KEN"),
            ("360G-x", "360G-X"),
            ("é", "É"),
        ] {
            assert_eq!(usual(written), meant);
        }
    }
}
