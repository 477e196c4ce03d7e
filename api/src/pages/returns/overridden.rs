//! What was overridden or changed: figures that somebody typed over, what somebody let stand, what
//! was changed since the return was sent back. Boards and certifiers read the same lists, each with
//! its reason, its place and its name.

use domain::returns::view::{AskedAgain, CertifyPage, SentBack};
use entity::{Board, FieldKind};

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

/// Spend that the award pays because a person pinned it; each leads to its line, for whoever may look.
pub fn pinned(found: &CertifyPage, may_look: bool) -> Vec<Override> {
    found
        .pins
        .largest
        .iter()
        .map(|one| Override {
            what: format!(
                "{}{}, received on {}",
                one.amount.in_full(),
                match &one.supplier {
                    Some(supplier) => format!(" of {supplier}"),
                    None => String::new(),
                },
                words::date(one.incurred_on)
            ),
            href: match may_look {
                true => format!("/spend/{}", one.line_id),
                false => String::new(),
            },
            place: format!("on {}", words::date(one.on)),
            why: one.why.clone(),
            who: one.by.clone().unwrap_or_default(),
        })
        .collect()
}

/// What is pinned in a sentence; nothing where nothing is.
pub fn pins_in_short(found: &CertifyPage) -> String {
    let pins = &found.pins;
    if pins.lines == 0 {
        return String::new();
    }
    let lines = words::count(pins.lines, "line of spend", "lines of spend");
    let more = match pins.lines > pins.largest.len() {
        true => format!(" These are the {} largest.", pins.largest.len()),
        false => String::new(),
    };
    format!(
        "{} of {lines} is in this return because a person said that this award pays for it.{more}",
        pins.amount.in_full()
    )
}

/// What changed since a return was sent back.
#[derive(Default)]
pub struct SinceBack {
    /// "Cerys sent it back on Friday 3 July 2026, 10am: “Say more.”"
    pub sentence: String,
    pub changed: Vec<Change>,
}

/// An answer that is another now.
pub struct Change {
    pub label: String,
    pub href: String,
    pub before: String,
    pub after: String,
    /// Who typed it and why, or that newer facts did.
    pub who: String,
    pub place: String,
}

/// What changed since it was sent back; each answer leads to where it comes from.
pub fn since_back(back: &SentBack, address: &str) -> SinceBack {
    let changed: Vec<Change> = back
        .changed
        .iter()
        .map(|one| Change {
            label: one.label.clone(),
            href: format!("{address}/figures/{}", one.key),
            before: value(one.kind, &one.before),
            after: value(one.kind, &one.after),
            who: match (&one.by, &one.reason) {
                (Some(by), Some(why)) => format!("{by}: “{why}”"),
                (Some(by), None) => by.clone(),
                (None, _) => "Newer facts were taken in".to_owned(),
            },
            place: place(&one.place),
        })
        .collect();
    SinceBack {
        sentence: format!(
            "{} sent it back on {}{}{}",
            back.by.as_deref().unwrap_or("Somebody"),
            words::instant(&back.at),
            back.reason
                .as_ref()
                .map_or_else(|| ".".to_owned(), |why| format!(": “{why}”")),
            match changed.len() {
                0 => " No answer has changed since.".to_owned(),
                1 => " One answer has changed since.".to_owned(),
                n => format!(" {n} answers have changed since."),
            }
        ),
        changed,
    }
}

/// Why boards are asked again, and what is another since they agreed.
pub fn since_agreed(
    again: &AskedAgain,
    name: impl Fn(Board) -> &'static str,
    address: &str,
) -> SinceBack {
    let agreed: Vec<String> = again
        .agreed
        .iter()
        .map(|one| {
            format!(
                "{} on {} (minute: {})",
                name(one.board),
                words::date(one.agreed_on),
                one.minute
            )
        })
        .collect();
    SinceBack {
        sentence: format!(
            "Version {} was agreed to by {}.{} {}",
            again.revision,
            agreed.join(" and "),
            again
                .reason
                .as_ref()
                .map_or_else(String::new, |why| format!(
                    " Why that no longer stands: “{}”",
                    why.trim()
                )),
            match again.changed.len() {
                0 => "No answer is another in the version that waits now.".to_owned(),
                1 => "One answer is another in the version that waits now.".to_owned(),
                n => format!("{n} answers are others in the version that waits now."),
            }
        ),
        changed: again
            .changed
            .iter()
            .map(|one| Change {
                label: one.label.clone(),
                href: format!("{address}/figures/{}", one.key),
                before: value(one.kind, &one.before),
                after: value(one.kind, &one.after),
                who: String::new(),
                place: place(&one.place),
            })
            .collect(),
    }
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
