//! Stable short names, as programs, files and addresses use them: `rough-sleeping`.

use crate::FieldError;

/// Longest slug.
pub(crate) const LONGEST: usize = 60;

/// Whether a text is a slug: small letters, digits and single hyphens between them.
pub(crate) fn is_slug(text: &str) -> bool {
    text.len() <= LONGEST
        && text.split('-').all(|part| {
            !part.is_empty()
                && part
                    .bytes()
                    .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit())
        })
}

/// The slug that a name suggests; empty when the name has no letter or digit that we can spell.
pub fn slug_of(name: &str) -> String {
    let mut slug = String::new();
    for letter in name.chars() {
        if slug.len() == LONGEST {
            break;
        }
        if letter.is_ascii_alphanumeric() {
            slug.push(letter.to_ascii_lowercase());
        } else if !matches!(letter, '\'' | '’') && !slug.is_empty() && !slug.ends_with('-') {
            slug.push('-');
        }
    }
    slug.trim_end_matches('-').to_owned()
}

/// What is wrong with a slug, if anything.
pub(crate) fn check(slug: &str, pointer: &str) -> Option<FieldError> {
    (!is_slug(slug)).then(|| {
        FieldError::new(
            pointer,
            "not-a-short-name",
            "A short name has small letters, digits and hyphens, such as rough-sleeping.",
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_suggest_slugs() {
        assert_eq!(slug_of("Young people & families"), "young-people-families");
        assert_eq!(slug_of("  People’s Health (2026) "), "peoples-health-2026");
        assert_eq!(slug_of("…"), "");
        assert!(is_slug(&slug_of(&"a b".repeat(80))));
        for wrong in ["", "-a", "a-", "a--b", "A", "é", "a b", &"a".repeat(61)] {
            assert!(!is_slug(wrong), "{wrong}");
        }
    }
}
