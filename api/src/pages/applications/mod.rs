//! Applications: where is each, and whose move?

mod answers;
mod bank;
mod budget;
mod files;
mod one;
mod pipeline;
mod read;
mod steps;

use actix_web::web;
use chrono::{Datelike, NaiveDate};
use entity::ApplicationState;

use super::Link;

pub fn configure(config: &mut web::ServiceConfig) {
    config
        .service(
            web::resource("/applications")
                .route(web::get().to(pipeline::page_of))
                .route(web::post().to(steps::begin)),
        )
        .service(web::resource("/applications/pipeline.csv").route(web::get().to(pipeline::csv)))
        .service(web::resource("/applications/new").route(web::get().to(steps::new)))
        .service(web::resource("/applications/{id}").route(web::get().to(one::page_of)))
        .service(
            web::resource("/applications/{id}/steps/{step}")
                .route(web::get().to(steps::ask))
                .route(web::post().to(steps::done)),
        )
        .service(
            web::resource("/applications/{id}/budget")
                .route(web::get().to(budget::ask))
                .route(web::post().to(budget::save)),
        )
        .service(
            web::resource("/applications/{id}/answers/{stage}")
                .route(web::get().to(answers::show))
                .route(web::post().to(answers::save)),
        )
        .service(
            web::resource("/applications/{id}/questions/{question}")
                .route(web::get().to(steps::ask_question))
                .route(web::post().to(steps::change_question)),
        )
        .service(
            web::resource("/applications/{id}/questions/{question}/removal")
                .route(web::post().to(steps::remove_question)),
        )
        .service(
            web::resource("/applications/{id}/questions/{question}/bank")
                .route(web::get().to(bank::show))
                .route(web::post().to(bank::copy)),
        )
        .service(
            web::resource("/applications/{id}/documents/{document}")
                .route(web::get().to(files::document)),
        )
        .service(
            web::resource("/applications/{id}/documents/{document}/removal")
                .route(web::post().to(files::remove)),
        )
        .service(
            web::resource("/applications/{id}/receipts/{file}")
                .route(web::get().to(files::receipt)),
        )
        .service(
            web::resource("/applications/{id}/stages/{stage}/completion")
                .route(web::post().to(steps::finish_stage)),
        )
        .service(
            web::resource("/applications/{id}/tasks/{task}/completion")
                .route(web::post().to(steps::finish_task)),
        )
        .service(
            web::resource("/applications/{id}/tasks/{task}/removal")
                .route(web::post().to(steps::remove_task)),
        );
}

/// Where an application stands, with its tag's kind.
pub(super) const fn state_in_words(state: ApplicationState) -> (&'static str, &'static str) {
    use ApplicationState as State;
    match state {
        State::Preparing => ("Being prepared", "doing"),
        State::Submitted => ("With the funder", "waiting"),
        State::Offered => ("Offered, to accept", "late"),
        State::Accepted => ("Accepted", "done"),
        State::Rejected => ("Rejected", "wrong"),
        State::Withdrawn => ("Withdrawn", "off"),
        State::Lapsed => ("Lapsed", "off"),
    }
}

/// A year by its first day: "2027-28", or from when it runs.
fn year(from: NaiveDate) -> String {
    if (from.month(), from.day()) == (4, 1) {
        format!("{}-{:02}", from.year(), (from.year() + 1).rem_euclid(100))
    } else {
        format!("year from {}", super::words::day(from))
    }
}

/// A year as people type it: 2027-28, 2027, or its first day.
pub(super) fn read_year(text: &str) -> Option<NaiveDate> {
    let text = text.trim();
    if let Some(on) = super::fields::date(text) {
        return Some(on);
    }
    let (first, rest) = match text.split_once(['-', '/', '–']) {
        Some((first, rest)) => (first, Some(rest)),
        None => (text, None),
    };
    if first.len() != 4 {
        return None;
    }
    let first: i32 = first.parse().ok()?;
    if let Some(rest) = rest {
        let next: i32 = rest.parse().ok()?;
        let follows = match rest.len() {
            2 => next == (first + 1).rem_euclid(100),
            4 => next == first + 1,
            _ => false,
        };
        if !follows {
            return None;
        }
    }
    NaiveDate::from_ymd_opt(first, 4, 1)
}

/// A year as it stands in a field.
fn typed_year(from: NaiveDate) -> String {
    if (from.month(), from.day()) == (4, 1) {
        year(from)
    } else {
        super::programmes::typed_date(from)
    }
}

/// "40%", "12.5%".
fn percent(bp: i32) -> String {
    let (whole, part) = (bp / 100, bp % 100);
    match part {
        0 => format!("{whole}%"),
        part if part % 10 == 0 => format!("{whole}.{}%", part / 10),
        part => format!("{whole}.{part:02}%"),
    }
}

/// A share as people type it: 40, 40%, 12.5. In basis points.
fn read_percent(text: &str) -> Option<i32> {
    let text = text.trim().trim_end_matches('%').trim();
    let (whole, part) = text.split_once('.').unwrap_or((text, ""));
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    if whole.is_empty() || whole.len() > 3 || part.len() > 2 || !digits(whole) || !digits(part) {
        return None;
    }
    let bp = whole.parse::<i32>().ok()? * 100 + format!("{part:0<2}").parse::<i32>().ok()?;
    (bp <= 10_000).then_some(bp)
}

/// The way to an application.
fn crumbs_to(title: &str, id: entity::ApplicationId) -> Vec<Link> {
    vec![
        Link::new("Applications", "/applications"),
        Link::new(title, format!("/applications/{id}")),
    ]
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn years_are_read_as_people_type_them() {
        let day = |text: &str| Some(text.parse().unwrap());
        for typed in ["2027-28", "2027/28", "2027-2028", " 2027 ", "1/4/2027"] {
            assert_eq!(read_year(typed), day("2027-04-01"), "{typed}");
        }
        assert_eq!(read_year("1/10/2027"), day("2027-10-01"));
        for wrong in ["27-28", "2027-29", "next year", ""] {
            assert_eq!(read_year(wrong), None, "{wrong}");
        }
        assert_eq!(year("2099-04-01".parse().unwrap()), "2099-00");
        let own: NaiveDate = "2027-10-01".parse().unwrap();
        assert_eq!(read_year(&typed_year(own)), Some(own));
    }

    #[test]
    fn shares_are_read_to_a_hundredth() {
        assert_eq!(read_percent("40"), Some(4_000));
        assert_eq!(read_percent(" 12.5 % "), Some(1_250));
        assert_eq!(read_percent("100"), Some(10_000));
        for wrong in ["100.01", "-1", "a", "", "1.234", "1000"] {
            assert_eq!(read_percent(wrong), None, "{wrong}");
        }
        for bp in [0, 1, 10, 1_250, 4_000, 9_999] {
            assert_eq!(read_percent(&percent(bp)), Some(bp));
        }
    }
}
