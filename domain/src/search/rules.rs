//! What fits some words, and in which order.

/// The words that are looked for: small letters, each once, in the order given.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Words {
    whole: String,
    each: Vec<String>,
}

impl Words {
    /// The words of a text.
    #[must_use]
    pub fn of(said: &str) -> Self {
        let mut each: Vec<String> = Vec::new();
        for word in said.split_whitespace().map(str::to_lowercase) {
            if !each.contains(&word) {
                each.push(word);
            }
        }
        Self {
            whole: each.join(" "),
            each,
        }
    }

    /// Whether nothing is looked for.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.each.is_empty()
    }

    /// Each word, as it is looked for.
    #[must_use]
    pub fn each(&self) -> &[String] {
        &self.each
    }

    /// How well a record fits, the best first; nothing where a word is found in none of its texts.
    #[must_use]
    pub fn fit(&self, title: &str, others: &[&str]) -> Option<Fit> {
        let title = title.to_lowercase();
        let others: Vec<String> = others.iter().map(|text| text.to_lowercase()).collect();
        let found = |word: &String| {
            title.contains(word.as_str()) || others.iter().any(|text| text.contains(word.as_str()))
        };
        if self.is_empty() || !self.each.iter().all(found) {
            return None;
        }
        Some(if title == self.whole || others.contains(&self.whole) {
            Fit::Exact
        } else if title.starts_with(&self.whole) {
            Fit::Begins
        } else if self.each.iter().all(|word| title.contains(word.as_str())) {
            Fit::Title
        } else {
            Fit::Text
        })
    }
}

/// How well a record fits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Fit {
    /// A text of it is just what was said: a reference, a name.
    Exact,
    /// Its title begins so.
    Begins,
    /// Every word is in its title.
    Title,
    /// The words are anywhere in it.
    Text,
}
