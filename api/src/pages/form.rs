//! A page that is one form: its fields, what was typed, what is wrong.

use actix_web::HttpResponse;
use askama::Template;

use super::fields::{Fields, Wrong};
use super::{Link, PageFrame, page};
use crate::http::{Fault, House};

/// A page that is one form.
#[derive(Template)]
#[template(path = "pages/form.html")]
pub struct FormPage {
    page: PageFrame,
    back: Link,
    heading: String,
    lead: String,
    errors: Vec<Link>,
    action: String,
    hidden: Vec<(String, String)>,
    fields: Vec<Field>,
    button: String,
    grave: bool,
    /// A file comes with it.
    with_file: bool,
}

/// One field. Its name is its id, and the name under which the domain speaks of it.
#[derive(Clone, Debug, Default)]
pub struct Field {
    pub(super) kind: &'static str,
    pub(super) name: String,
    pub(super) label: String,
    pub(super) hint: String,
    pub(super) value: String,
    pub(super) error: String,
    pub(super) width: &'static str,
    pub(super) choices: Vec<Choice>,
    pub(super) checked: bool,
}

/// One of several to choose from.
#[derive(Clone, Debug)]
pub struct Choice {
    /// What is sent.
    pub value: String,
    /// What it says.
    pub text: String,
    /// What helps to choose.
    pub hint: String,
    /// Whether it is chosen.
    pub selected: bool,
}

impl Choice {
    /// One of several.
    pub fn new(value: impl ToString, text: impl Into<String>) -> Self {
        Self {
            value: value.to_string(),
            text: text.into(),
            hint: String::new(),
            selected: false,
        }
    }
}

impl Field {
    fn of(kind: &'static str, name: &str, label: &str) -> Self {
        Self {
            kind,
            name: name.to_owned(),
            label: label.to_owned(),
            ..Self::default()
        }
    }

    /// A heading between fields.
    pub fn heading(text: &str) -> Self {
        Self::of("heading", "", text)
    }

    /// What must be thought of before the form is sent.
    pub fn heed(text: &str) -> Self {
        Self::of("heed", "", text)
    }

    /// One line of text.
    pub fn text(name: &str, label: &str) -> Self {
        Self::of("text", name, label)
    }

    /// A few lines of text.
    pub fn area(name: &str, label: &str) -> Self {
        Self::of("area", name, label)
    }

    /// Pounds.
    pub fn money(name: &str, label: &str) -> Self {
        Self::of("money", name, label)
    }

    /// A file.
    pub fn file(name: &str, label: &str) -> Self {
        Self::of("file", name, label)
    }

    /// A date.
    pub fn date(name: &str, label: &str) -> Self {
        Self::of("date", name, label).hint("For example, 30/10/2026")
    }

    /// One of many.
    pub fn select(name: &str, label: &str, choices: Vec<Choice>) -> Self {
        Self {
            choices,
            ..Self::of("select", name, label)
        }
    }

    /// One of a few.
    pub fn radios(name: &str, label: &str, choices: Vec<Choice>) -> Self {
        Self {
            choices,
            ..Self::of("radios", name, label)
        }
    }

    /// Any of several.
    pub fn checkboxes(name: &str, label: &str, choices: Vec<Choice>) -> Self {
        Self {
            choices,
            ..Self::of("checkboxes", name, label)
        }
    }

    /// A second button: it sends the form under its own name.
    pub fn button(name: &str, label: &str) -> Self {
        Self::of("button", name, label)
    }

    /// Yes or not.
    pub fn tick(name: &str, label: &str) -> Self {
        Self::of("tick", name, label)
    }

    /// What helps to answer.
    pub fn hint(mut self, hint: &str) -> Self {
        hint.clone_into(&mut self.hint);
        self
    }

    /// `w5`, `w10`, `w20`.
    pub fn width(mut self, width: &'static str) -> Self {
        self.width = width;
        self
    }
}

/// What a form page says.
#[derive(Clone, Debug)]
pub struct Form {
    /// Where one came from.
    pub back: Link,
    /// What the page is for.
    pub heading: String,
    /// One sentence.
    pub lead: String,
    /// Where it is sent.
    pub action: String,
    /// What is sent along.
    pub hidden: Vec<(String, String)>,
    /// Its fields.
    pub fields: Vec<Field>,
    /// A verb.
    pub button: String,
    /// Whether it undoes somebody's work.
    pub grave: bool,
}

/// Shows a form with what was typed so far and what is wrong with it.
pub async fn show(
    house: &House,
    form: Form,
    typed: &Fields,
    wrong: &Wrong,
) -> Result<HttpResponse, Fault> {
    let mut title = form.heading.clone();
    if !wrong.is_empty() {
        title.insert_str(0, "Error: ");
    }
    let (errors, fields) = filled(form.fields, typed, wrong);
    let with_file = fields.iter().any(|field| field.kind == "file");
    let mut reply = page(&FormPage {
        page: PageFrame::of(house, &title).await?,
        back: form.back,
        heading: form.heading,
        lead: form.lead,
        errors,
        action: form.action,
        hidden: form.hidden,
        fields,
        button: form.button,
        grave: form.grave,
        with_file,
    })?;
    if !wrong.is_empty() {
        super::mark_as_wrong(&mut reply);
    }
    Ok(reply)
}

/// A form's fields with what was typed so far, and the summary of what is wrong with it.
pub fn filled(fields: Vec<Field>, typed: &Fields, wrong: &Wrong) -> (Vec<Link>, Vec<Field>) {
    let errors = summary(&fields, wrong);
    let fields = fields
        .into_iter()
        .map(|mut field| {
            field.error = wrong.of(&field.name);
            field.value = typed.text(&field.name);
            field.checked = typed.some(&field.name).is_some();
            for choice in &mut field.choices {
                choice.selected = typed.all(&field.name).any(|value| value == choice.value);
            }
            field
        })
        .collect();
    (errors, fields)
}

/// The complaints in the order of the fields, each with its field's name where it would not be
/// understood alone. A complaint about no field of the page leads nowhere.
fn summary(fields: &[Field], wrong: &Wrong) -> Vec<Link> {
    let known = |link: &Link| {
        let name = link.href.strip_prefix('#')?;
        fields.iter().position(|field| field.name == name)
    };
    let links = wrong.links();
    let alone = |detail: &str| {
        let same = links.iter().filter(|link| link.text == detail).count();
        same == 1 && detail != super::fields::CHOOSE
    };
    let mut placed: Vec<(Option<usize>, Link)> = links
        .iter()
        .map(|link| {
            let place = known(link);
            let mut link = link.clone();
            match place.and_then(|place| fields.get(place)) {
                Some(field) if !alone(&link.text) => {
                    link.text = format!("{}: {}", field.label.trim_end_matches('?'), link.text);
                }
                Some(_) => {}
                None => link.href.clear(),
            }
            (place, link)
        })
        .collect();
    placed.sort_by_key(|(place, _)| *place);
    placed.into_iter().map(|(_, link)| link).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_summary_follows_the_fields_and_names_them() {
        let fields = [
            Field::text("name", "What is it for?"),
            Field::select("funder_id", "Funder", Vec::new()),
        ];
        let mut wrong = Wrong::default();
        wrong.chosen(&Fields::default(), "funder_id", |_| None::<()>);
        wrong.add("name", "Say what it is for.");
        wrong.add("", "Somebody was faster.");
        let told: Vec<(String, String)> = summary(&fields, &wrong)
            .into_iter()
            .map(|link| (link.text, link.href))
            .collect();
        let told: Vec<(&str, &str)> = told
            .iter()
            .map(|(text, href)| (text.as_str(), href.as_str()))
            .collect();
        assert_eq!(
            told,
            [
                ("Somebody was faster.", ""),
                ("Say what it is for.", "#name"),
                ("Funder: Choose one.", "#funder_id"),
            ]
        );
    }
}
