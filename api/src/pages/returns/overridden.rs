//! What was overridden: figures that somebody typed over, and what somebody let stand. Boards and
//! certifiers read the same list, each with its reason, its place and its name.

use domain::returns::view::CertifyPage;
use entity::FieldKind;

use super::section::shown;
use crate::pages::words;

/// Something that was overridden.
pub struct Override {
    pub what: String,
    pub href: String,
    /// "Finances, cell E17".
    pub place: String,
    pub why: String,
    pub who: String,
}

/// "Finances, cell E17".
pub fn place(place: &str) -> String {
    place.replace('!', ", cell ")
}

fn value(kind: FieldKind, value: &serde_json::Value) -> String {
    match shown(kind, value) {
        empty if empty.is_empty() => "nothing".to_owned(),
        text if kind == FieldKind::Text => format!("“{text}”"),
        text => text,
    }
}

/// Figures and facts that a person typed over drafted ones.
pub fn typed_over(found: &CertifyPage, address: &str) -> Vec<Override> {
    found
        .overridden
        .iter()
        .map(|one| Override {
            what: format!(
                "{}: {} in place of {}",
                one.label,
                value(one.kind, &one.typed),
                value(one.kind, &one.drafted)
            ),
            href: format!("{address}/figures/{}", one.key),
            place: place(&one.place),
            why: one.reason.clone().unwrap_or_default(),
            who: one.by.clone().unwrap_or_default(),
        })
        .collect()
}

/// What was found and let stand. What is not found any more is mended: it is not told.
pub fn let_stand(found: &CertifyPage, in_words: impl Fn(&str, &str) -> String) -> Vec<Override> {
    found
        .silenced
        .iter()
        .filter_map(|one| {
            let message = one.message.as_ref()?;
            Some(Override {
                what: in_words(&one.code, message),
                href: String::new(),
                place: place(&one.place),
                why: one.reason.clone(),
                who: one.by.clone(),
            })
        })
        .collect()
}

/// "3 figures were typed over, by Priya Nair".
pub fn in_short(list: &[Override], one: &str, many: &str) -> String {
    let mut names: Vec<&str> = list.iter().map(|item| item.who.as_str()).collect();
    names.sort_unstable();
    names.dedup();
    names.retain(|name| !name.is_empty());
    let count = words::count(list.len(), one, many);
    if names.is_empty() {
        count
    } else {
        format!("{count}, by {}", names.join(" and "))
    }
}
