//! The terms of a requirement as a form has them: periods, deadline rule, boards, signatures.

use chrono::NaiveTime;
use domain::deadlines::rules::{Adjust, DeadlineRule};
use domain::returns::rules::Signature;

use crate::pages::fields::{Fields, Wrong};
use crate::pages::form::{Choice, Field};

pub(super) const RULES: &[(&str, &str)] = &[
    ("days", "So many days after the period ends"),
    ("working-days", "So many working days after the period ends"),
    ("day-of-month", "On a day of a month after the period"),
    (
        "working-day-of-month",
        "On a working day of a month after the period",
    ),
    ("fixed", "On one date that the funder names"),
];

/// How many signatures the page takes; more can be sent over the API.
pub(super) const SIGNATURES: usize = 3;

pub(super) fn term_fields(forms: Vec<Choice>) -> Vec<Field> {
    let mut fields = vec![
        Field::select("form_id", "On which form?", forms)
            .hint("Missing? Add the form first, under Forms."),
        Field::text("name", "What do people call it?").hint("For example: Quarterly return"),
        Field::radios(
            "period_months",
            "How often?",
            vec![
                Choice::new("1", "Every month"),
                Choice::new("3", "Every quarter"),
                Choice::new("6", "Every half-year"),
                Choice::new("12", "Every year"),
            ],
        ),
        Field::date("anchor_on", "On which day does the form’s quarterly grid begin?")
            .hint("The first day of its first quarter, such as 1/4/2026. If the form has no grid, the first day of the award’s first year."),
        Field::heading("By when"),
        Field::select(
            "rule",
            "When is it due?",
            RULES
                .iter()
                .map(|(slug, text)| Choice::new(*slug, *text))
                .collect(),
        ),
        Field::text("number", "How many days, or which day of the month?")
            .hint("31 for a month’s last day. Leave it empty for one date.")
            .width("w5"),
        Field::text("months_after", "How many months after the period? (for a day of a month)")
            .hint("1 is the month that follows.")
            .width("w5"),
        Field::text("on", "Which date? (for one date that the funder names)")
            .hint("For example, 30/10/2026")
            .width("w10"),
        Field::text("at", "By what time? (optional)")
            .hint("As the funder states it, such as 17:00 or 5pm. Otherwise the whole day counts.")
            .width("w5"),
        Field::select(
            "adjust",
            "If that is not a working day",
            vec![
                Choice::new("none", "It stands"),
                Choice::new("next", "The next working day counts"),
                Choice::new("previous", "The working day before counts"),
            ],
        ),
        Field::heading("Who must agree and sign"),
        Field::checkboxes(
            "boards",
            "Which boards must agree before it is certified?",
            vec![
                Choice::new("trustees", "The Trustee Board"),
                Choice::new("committee", "The Recovery Advisory Committee"),
            ],
        )
        .hint("Each for itself: neither can stand in for the other."),
    ];
    for n in 1..=SIGNATURES {
        let (office, stated) = (format!("office_{n}"), format!("words_{n}"));
        fields.push(
            Field::text(
                &office,
                &match n {
                    1 => "First signature: which office?".to_owned(),
                    n => format!("Signature {n}: which office? (optional)"),
                },
            )
            .hint("For example: Section 151 officer"),
        );
        fields
            .push(Field::area(&stated, "What does it state?").hint("In the funder’s exact words."));
    }
    fields.extend([
        Field::heading("Differences"),
        Field::text(
            "variance",
            "From which difference must it be explained? (optional)",
        )
        .hint("In per cent of what was expected, such as 10 or 7.5")
        .width("w5"),
    ]);
    fields
}

pub(super) fn time_of(text: &str) -> Option<NaiveTime> {
    let text = text.trim().to_lowercase().replace(' ', "");
    ["%H:%M", "%H.%M"]
        .iter()
        .find_map(|shape| NaiveTime::parse_from_str(&text, shape).ok())
        .or_else(|| {
            let (number, later) = match (text.strip_suffix("am"), text.strip_suffix("pm")) {
                (Some(number), _) => (number, 0),
                (_, Some(number)) => (number, 12),
                _ => return None,
            };
            let (hour, minute) = number.split_once([':', '.']).unwrap_or((number, "0"));
            let hour: u32 = hour.parse().ok().filter(|hour| (1..=12).contains(hour))?;
            NaiveTime::from_hms_opt(hour % 12 + later, minute.parse().ok()?, 0)
        })
}

pub(super) fn rule_of(fields: &Fields, wrong: &mut Wrong) -> Option<DeadlineRule> {
    let at = match fields.some("at") {
        Some(typed) => {
            let at = time_of(typed);
            if at.is_none() {
                wrong.add("at", "Enter a time, such as 17:00 or 5pm.");
            }
            at
        }
        None => None,
    };
    let adjust = match fields.some("adjust") {
        Some("next") => Adjust::NextWorkingDay,
        Some("previous") => Adjust::PreviousWorkingDay,
        _ => Adjust::None,
    };
    let rule = fields.text("rule");
    if rule == "fixed" {
        return match fields.some("on").and_then(crate::pages::fields::date) {
            Some(on) => Some(DeadlineRule::FixedDate { on, at, adjust }),
            None => {
                wrong.add("on", "Enter the date, such as 30/10/2026.");
                None
            }
        };
    }
    let Some(number) = fields
        .some("number")
        .and_then(|text| text.parse::<u16>().ok())
    else {
        wrong.add(
            "number",
            "Enter the number of days, or the day of the month.",
        );
        return None;
    };
    let months_after = match fields.some("months_after") {
        None => 1,
        Some(typed) => match typed.parse() {
            Ok(months) => months,
            Err(_not_a_number) => {
                wrong.add("months_after", "Enter a number of months from 0 to 24.");
                return None;
            }
        },
    };
    let small = || u8::try_from(number).unwrap_or(u8::MAX);
    Some(match rule.as_str() {
        "days" => DeadlineRule::DaysAfterPeriodEnd {
            days: number,
            at,
            adjust,
        },
        "working-days" => DeadlineRule::WorkingDaysAfterPeriodEnd {
            working_days: number,
            at,
        },
        "day-of-month" => DeadlineRule::DayOfMonthAfter {
            day: small(),
            months_after,
            at,
            adjust,
        },
        "working-day-of-month" => DeadlineRule::WorkingDayOfMonthAfter {
            working_day: small(),
            months_after,
            at,
        },
        _ => {
            wrong.add("rule", crate::pages::fields::CHOOSE);
            return None;
        }
    })
}

pub(super) fn typed_rule(mut typed: Fields, rule: &DeadlineRule) -> Fields {
    let (slug, number, months, on, adjust) = match rule {
        DeadlineRule::DaysAfterPeriodEnd { days, adjust, .. } => {
            ("days", Some(days.to_string()), None, None, *adjust)
        }
        DeadlineRule::WorkingDaysAfterPeriodEnd { working_days, .. } => (
            "working-days",
            Some(working_days.to_string()),
            None,
            None,
            Adjust::None,
        ),
        DeadlineRule::DayOfMonthAfter {
            day,
            months_after,
            adjust,
            ..
        } => (
            "day-of-month",
            Some(day.to_string()),
            Some(months_after.to_string()),
            None,
            *adjust,
        ),
        DeadlineRule::WorkingDayOfMonthAfter {
            working_day,
            months_after,
            ..
        } => (
            "working-day-of-month",
            Some(working_day.to_string()),
            Some(months_after.to_string()),
            None,
            Adjust::None,
        ),
        DeadlineRule::FixedDate { on, adjust, .. } => ("fixed", None, None, Some(*on), *adjust),
    };
    typed = typed.with("rule", slug).with(
        "adjust",
        match adjust {
            Adjust::None => "none",
            Adjust::NextWorkingDay => "next",
            Adjust::PreviousWorkingDay => "previous",
        },
    );
    for (name, value) in [
        ("number", number),
        ("months_after", months),
        ("on", on.map(|on| on.format("%d/%m/%Y").to_string())),
        ("at", rule.at().map(|at| at.format("%H:%M").to_string())),
    ] {
        typed = typed.with(name, value.unwrap_or_default());
    }
    typed
}

pub(super) fn signatures_of(fields: &Fields) -> Vec<Signature> {
    (1u16..)
        .take(SIGNATURES)
        .filter_map(|n| {
            let office = fields.text(&format!("office_{n}"));
            let stated = fields.text(&format!("words_{n}"));
            (!office.is_empty() || !stated.is_empty()).then_some(Signature {
                office,
                words: stated,
                order: n,
                person_id: None,
                since: None,
            })
        })
        .collect()
}

/// Per cent as basis points, without a float.
pub(super) fn variance_of(fields: &Fields, wrong: &mut Wrong) -> Option<i32> {
    per_cent(fields, wrong, "variance")
}

/// The same of any field.
pub(in crate::pages) fn per_cent(fields: &Fields, wrong: &mut Wrong, name: &str) -> Option<i32> {
    let typed = fields.some(name)?;
    let bare = typed.trim_end_matches('%').trim();
    let (whole, part) = bare.split_once('.').unwrap_or((bare, ""));
    let digits = |text: &str| text.chars().all(|c| c.is_ascii_digit());
    let points = (!whole.is_empty() && digits(whole) && digits(part) && part.len() <= 2)
        .then(|| format!("{whole}{part:0<2}").parse::<i32>().ok())
        .flatten();
    if points.is_none() {
        wrong.add(name, "Enter it in per cent, such as 10 or 7.5.");
    }
    points
}

pub(in crate::pages) fn typed_variance(points: i32) -> String {
    let (whole, part) = (points / 100, points % 100);
    match part {
        0 => whole.to_string(),
        part => format!("{whole}.{part:02}")
            .trim_end_matches('0')
            .to_owned(),
    }
}

/// A complaint of the domain, put where the page asks.
pub(super) fn placed(error: domain::Error) -> domain::Error {
    match error {
        domain::Error::Invalid(mut errors) => {
            for error in &mut errors {
                if let Some(rest) = error.pointer.strip_prefix("/signatures") {
                    let n = rest
                        .trim_start_matches('/')
                        .split('/')
                        .next()
                        .and_then(|n| n.parse::<usize>().ok())
                        .unwrap_or(0);
                    error.pointer = format!("/office_{}", n + 1);
                }
                for (from, to) in [("/due_rule", "/number"), ("/variance_bp", "/variance")] {
                    if error.pointer == from {
                        to.clone_into(&mut error.pointer);
                    }
                }
            }
            domain::Error::Invalid(errors)
        }
        other => other,
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn times_are_read_as_funders_state_them() {
        for (typed, is) in [
            ("17:00", "17:00"),
            ("5pm", "17:00"),
            ("12 noon", ""),
            ("12pm", "12:00"),
            ("12am", "00:00"),
            ("9.30am", "09:30"),
            ("5", ""),
        ] {
            let read = time_of(typed).map_or(String::new(), |at| at.format("%H:%M").to_string());
            assert_eq!(read, is, "{typed}");
        }
    }

    #[test]
    fn a_difference_in_per_cent_is_basis_points() {
        for (typed, points) in [
            ("10", Some(1000)),
            ("7.5%", Some(750)),
            ("0.25", Some(25)),
            ("x", None),
        ] {
            let mut wrong = Wrong::default();
            let read = variance_of(&Fields::default().with("variance", typed), &mut wrong);
            assert_eq!(read, points, "{typed}");
        }
        assert_eq!(typed_variance(750), "7.5");
        assert_eq!(typed_variance(1000), "10");
    }

    #[test]
    fn a_rule_is_asked_back_as_it_was_typed() {
        let typed = Fields::default()
            .with("rule", "day-of-month")
            .with("number", "31")
            .with("months_after", "1")
            .with("at", "5pm")
            .with("adjust", "previous");
        let mut wrong = Wrong::default();
        let rule = rule_of(&typed, &mut wrong).unwrap();
        let again = typed_rule(Fields::default(), &rule);
        assert_eq!(rule_of(&again, &mut wrong), Some(rule));
        assert!(wrong.is_empty());
    }
}
