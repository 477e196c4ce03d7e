//! What was typed into a form, and what is wrong with it.

use std::collections::HashMap;
use std::str::FromStr;

use chrono::{NaiveDate, NaiveTime};
use domain::calendar::rules::Moment;
use domain::{Error, FieldError, Money};

use super::Link;

/// What is said of a choice that was not made.
pub const CHOOSE: &str = "Choose one.";

/// The names and values of a form, in their order; a checkbox's name may occur more than once.
#[derive(Clone, Debug, Default)]
pub struct Fields(pub Vec<(String, String)>);

impl Fields {
    /// What was typed, or nothing.
    pub fn text(&self, name: &str) -> String {
        self.some(name).unwrap_or_default().to_owned()
    }

    /// What was typed, if anything was.
    pub fn some<'a>(&'a self, name: &'a str) -> Option<&'a str> {
        self.all(name).next()
    }

    /// Everything that was chosen under one name.
    pub fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.0
            .iter()
            .filter(move |(known, _)| known == name)
            .map(|(_, value)| value.trim())
            .filter(|value| !value.is_empty())
    }

    /// The version of the record that the form was made from, as it was sent along.
    pub fn version(&self) -> Option<i64> {
        self.some("version").and_then(|text| text.parse().ok())
    }

    /// Sets what a form begins with.
    pub fn with(mut self, name: &str, value: impl Into<String>) -> Self {
        self.0.push((name.to_owned(), value.into()));
        self
    }
}

/// What is wrong with a form: each field's first complaint, under the field's name.
#[derive(Clone, Debug, Default)]
pub struct Wrong {
    order: Vec<String>,
    details: HashMap<String, String>,
}

impl Wrong {
    /// Whether nothing is.
    pub fn is_empty(&self) -> bool {
        self.order.is_empty()
    }

    /// Adds a complaint.
    pub fn add(&mut self, name: &str, detail: impl Into<String>) {
        if !self.details.contains_key(name) {
            self.order.push(name.to_owned());
            self.details.insert(name.to_owned(), detail.into());
        }
    }

    /// Complains of each of these fields in which nothing was typed.
    pub fn need(&mut self, fields: &Fields, told: &[(&str, &str)]) {
        for (name, told) in told {
            if fields.some(name).is_none() {
                self.add(name, *told);
            }
        }
    }

    /// The complaint about a field.
    pub fn of(&self, name: &str) -> String {
        self.details.get(name).cloned().unwrap_or_default()
    }

    /// For the summary: each complaint, linked to its field.
    pub fn links(&self) -> Vec<Link> {
        self.order
            .iter()
            .map(|name| {
                let href = match name.as_str() {
                    "" => String::new(),
                    name => format!("#{name}"),
                };
                Link::new(self.of(name), href)
            })
            .collect()
    }

    /// Takes the domain's complaints over: a pointer's first part is the field's name. Whatever is
    /// not about fields goes on its way.
    pub fn take(&mut self, error: Error) -> Result<(), Error> {
        match error {
            Error::Invalid(fields) => {
                for FieldError {
                    pointer, detail, ..
                } in fields
                {
                    let name = pointer.trim_start_matches('/');
                    self.add(name.split('/').next().unwrap_or(name), detail);
                }
                Ok(())
            }
            Error::Refused { detail, .. } => {
                self.add("", detail);
                Ok(())
            }
            other => Err(other),
        }
    }

    /// An amount of pounds that must be there.
    pub fn money(&mut self, fields: &Fields, name: &str) -> Money {
        match self.some_money(fields, name) {
            Some(amount) => amount,
            None => {
                self.add(name, "Enter an amount, such as 1,234.56.");
                Money::ZERO
            }
        }
    }

    /// An amount of pounds, if one was typed.
    pub fn some_money(&mut self, fields: &Fields, name: &str) -> Option<Money> {
        let typed = fields.some(name)?;
        let amount = Money::from_typed(typed);
        if amount.is_none() {
            self.add(name, "Enter an amount in pounds, such as 1,234.56.");
        }
        amount
    }

    /// A date that must be there.
    pub fn date(&mut self, fields: &Fields, name: &str) -> NaiveDate {
        match fields.some(name).and_then(date) {
            Some(on) => on,
            None => {
                self.add(name, "Enter a date, such as 30/10/2026.");
                NaiveDate::default()
            }
        }
    }

    /// A date, if one was typed.
    pub fn some_date(&mut self, fields: &Fields, name: &str) -> Option<NaiveDate> {
        let typed = fields.some(name)?;
        let on = date(typed);
        if on.is_none() {
            self.add(name, "Enter a date, such as 30/10/2026.");
        }
        on
    }

    /// A date with the time of day that stands in the field of the same name with `_time`, if a
    /// date was typed.
    pub fn some_moment(&mut self, fields: &Fields, name: &str) -> Option<Moment> {
        let at_name = format!("{name}_time");
        let at = fields.some(&at_name).map(str::to_owned);
        let read = at.as_deref().map(time);
        if read == Some(None) {
            self.add(&at_name, "Enter a time, such as 12:00 or 5pm.");
        }
        match self.some_date(fields, name) {
            Some(on) => Some(Moment {
                on,
                at: read.flatten(),
            }),
            None => {
                if at.is_some() {
                    self.add(name, "Enter the date that the time belongs to.");
                }
                None
            }
        }
    }

    /// Something chosen from a list, that must be there.
    pub fn chosen<T>(
        &mut self,
        fields: &Fields,
        name: &str,
        read: impl Fn(&str) -> Option<T>,
    ) -> Option<T> {
        let chosen = fields.some(name).and_then(read);
        if chosen.is_none() {
            self.add(name, CHOOSE);
        }
        chosen
    }
}

/// A date as people type it: 30/10/2026, 30 October 2026, 2026-10-30.
pub fn date(text: &str) -> Option<NaiveDate> {
    let text = text.trim();
    [
        "%d/%m/%Y", "%Y-%m-%d", "%d %B %Y", "%d %b %Y", "%d.%m.%Y", "%d-%m-%Y",
    ]
    .iter()
    .find_map(|shape| NaiveDate::parse_from_str(text, shape).ok())
}

/// A month as people type it: October 2026, 10/2026, 2026-10. Given as its first day.
pub fn month(text: &str) -> Option<NaiveDate> {
    date(&format!("1 {}", text.trim()))
        .or_else(|| date(&format!("01/{}", text.trim())))
        .or_else(|| date(&format!("{}-01", text.trim())))
}

/// A time of day as people type it: 17:00, 5pm, 5:30 pm.
pub fn time(text: &str) -> Option<NaiveTime> {
    let text = text
        .trim()
        .to_lowercase()
        .replace(' ', "")
        .replace('.', ":");
    let whole = match text.strip_suffix("am").or_else(|| text.strip_suffix("pm")) {
        Some(hour) if !hour.contains(':') => format!("{hour}:00{}", &text[hour.len()..]),
        _ => text,
    };
    ["%H:%M", "%I:%M%p"]
        .iter()
        .find_map(|shape| NaiveTime::parse_from_str(&whole, shape).ok())
}

/// Which of a form's lines a complaint is about, counted from 0.
pub fn line_of(pointer: &str) -> Option<usize> {
    let rest = pointer.strip_prefix("/lines/")?;
    rest.split('/').next()?.parse().ok()
}

/// An id that was chosen.
pub fn id<T: FromStr>(text: &str) -> Option<T> {
    text.parse().ok()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn dates_and_months_are_read_as_people_type_them() {
        let day: NaiveDate = "2026-10-30".parse().unwrap();
        for typed in [
            "30/10/2026",
            "30 October 2026",
            " 2026-10-30 ",
            "30 Oct 2026",
        ] {
            assert_eq!(date(typed), Some(day), "{typed}");
        }
        for typed in ["31/02/2026", "October", "2026", ""] {
            assert_eq!(date(typed), None, "{typed}");
        }
        let first: NaiveDate = "2026-10-01".parse().unwrap();
        for typed in ["October 2026", "10/2026", "2026-10", "oct 2026"] {
            assert_eq!(month(typed), Some(first), "{typed}");
        }
        assert_eq!(month("2026"), None);
    }

    #[test]
    fn times_are_read_as_people_type_them() {
        for (typed, read) in [
            ("17:00", "17:00"),
            ("5pm", "17:00"),
            ("5:30 PM", "17:30"),
            ("12pm", "12:00"),
            ("9.15am", "09:15"),
        ] {
            assert_eq!(
                time(typed).map(|at| at.format("%H:%M").to_string()),
                Some(read.to_owned()),
                "{typed}"
            );
        }
        for typed in ["25:00", "noon", "", "pm"] {
            assert_eq!(time(typed), None, "{typed}");
        }
    }

    #[test]
    fn complaints_find_their_fields() {
        let mut wrong = Wrong::default();
        let fields = Fields::default().with("amount_pence", "ten");
        wrong.money(&fields, "amount_pence");
        wrong
            .take(Error::invalid("/amount_pence", "x", "later"))
            .unwrap();
        wrong
            .take(Error::invalid("/fences/0/slug", "x", "A fence"))
            .unwrap();
        let links: Vec<String> = wrong.links().into_iter().map(|link| link.href).collect();
        assert_eq!(links, ["#amount_pence", "#fences"]);
        assert!(wrong.of("amount_pence").contains("1,234.56"));
        assert!(wrong.take(Error::NotFound).is_err());
    }
}
