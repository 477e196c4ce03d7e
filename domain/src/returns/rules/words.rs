//! The sentences that say what a figure is, and the rules that put it there.

use chrono::NaiveDate;
use entity::{Board, Money, ReturnEventKind, return_event};

use super::life::Detail;
use super::measures::Facts;
use crate::Result;
use crate::calendar::rules::months_in_words;
use crate::forms::rules::Filters;

/// Why a spend line counts.
pub const SPEND_RULE: &str = "A line counts on the day on which the goods or services were \
    received. The award pays what the pool’s agreed rule attributed to it; only accepted imports \
    and accepted attribution runs count.";
/// Why a forecast counts.
pub const FORECAST_RULE: &str = "The newest forecast of each month counts. A forecast is never \
    reported as spend.";
/// Why match counts.
pub const MATCH_RULE: &str = "Match is somebody else’s money, by the month for which it is \
    recorded. It is never counted as our spend.";
/// Why an agreed amount counts.
pub const RECEIVED_RULE: &str = "Money counts on the day on which it came or went back, as it is recorded on the award’s page. \
    What was claimed and has not come does not count.";
/// Why an amount of the agreement is what it is.
pub const AGREEMENT_RULE: &str = "The award’s record holds what the agreement sets. A part of the \
    award is worth its limit, or else what is reserved for it.";
/// Why something of the last return counts.
pub const LAST_RETURN_RULE: &str = "The last return counts as it was certified, or else as it \
    stands.";
/// Why a fact of a record counts.
pub const RECORD_RULE: &str = "Copied from a record kept here. If it is wrong, correct the record.";

/// "£182,340.00 is the revenue spend that the Recovery Grant pays for, on recovery support, in
/// April to June 2026."
#[must_use]
pub fn spend(
    amount: Money,
    filters: &Filters,
    facts: &Facts,
    from: NaiveDate,
    to: NaiveDate,
) -> String {
    format!(
        "{} is the {}spend that {} pays for{} in {}.",
        amount.in_full(),
        kind(filters),
        facts.award.title,
        narrowed(filters, facts),
        months_in_words(from, to)
    )
}

/// "£12,000.00 is the capital spend forecast for …; nothing was forecast for May 2027."
#[must_use]
pub fn forecast(
    amount: Money,
    filters: &Filters,
    facts: &Facts,
    (from, to): (NaiveDate, NaiveDate),
    unsaid: &[NaiveDate],
) -> String {
    let months: Vec<String> = unsaid
        .iter()
        .map(|month| month.format("%B %Y").to_string())
        .collect();
    let months: Vec<&str> = months.iter().map(String::as_str).collect();
    format!(
        "{} is the {}spend forecast for {}{} in {}{}{}.",
        amount.in_full(),
        kind(filters),
        facts.award.title,
        narrowed(filters, facts),
        months_in_words(from, to),
        if months.is_empty() {
            ""
        } else {
            "; nothing was forecast for "
        },
        listed(&months)
    )
}

/// "£4,000.00 is the match funding beside …".
#[must_use]
pub fn match_funding(
    amount: Money,
    filters: &Filters,
    facts: &Facts,
    from: NaiveDate,
    to: NaiveDate,
    ended: bool,
) -> String {
    format!(
        "{} is the {}match funding {}beside {} in {}.",
        amount.in_full(),
        kind(filters),
        if ended { "" } else { "expected " },
        facts.award.title,
        months_in_words(from, to)
    )
}

fn kind(filters: &Filters) -> &'static str {
    match filters.capital {
        Some(true) => "capital ",
        Some(false) => "revenue ",
        None => "",
    }
}

/// ", counting capital spend on recovery support"; nothing where all is counted.
#[must_use]
pub fn of_filters(filters: &Filters, facts: &Facts) -> String {
    if *filters == Filters::default() {
        return String::new();
    }
    let narrowed = narrowed(filters, facts);
    format!(
        ", counting {}spend{}",
        kind(filters),
        narrowed.trim_end_matches(',')
    )
}

fn narrowed(filters: &Filters, facts: &Facts) -> String {
    let mut parts = Vec::new();
    if let Some(slug) = &filters.fence {
        let name = facts
            .fences
            .iter()
            .find(|fence| fence.slug == *slug)
            .map_or(slug.as_str(), |fence| fence.name.as_str());
        parts.push(format!("inside “{name}”"));
    }
    if let Some(slugs) = &filters.category {
        let names: Vec<&str> = slugs
            .iter()
            .map(|slug| facts.category_names.get(slug).unwrap_or(slug).as_str())
            .collect();
        parts.push(format!("on {}", listed(&names)));
    }
    if let Some(place) = &filters.place {
        parts.push(format!("in {place}"));
    }
    if let Some(group) = &filters.group {
        parts.push(format!("for {group}"));
    }
    parts.iter().fold(String::new(), |mut out, part| {
        out.push_str(", ");
        out.push_str(part);
        out
    }) + if parts.is_empty() { "" } else { "," }
}

/// "a", "a and b", "a, b and c".
#[must_use]
pub fn listed(names: &[&str]) -> String {
    match names {
        [] => String::new(),
        [one] => (*one).to_owned(),
        [first @ .., last] => format!("{} and {last}", first.join(", ")),
    }
}

/// What a draft rests on: "Spend loaded to 12 June 2026; June not closed."
#[must_use]
pub fn rests_on(loaded_to: Option<NaiveDate>, open_months: &[NaiveDate]) -> String {
    let loaded = loaded_to.map_or_else(
        || "No spend is loaded yet".to_owned(),
        |on| {
            format!(
                "Spend loaded to {}",
                crate::calendar::rules::date_without_weekday(on)
            )
        },
    );
    let names: Vec<String> = open_months
        .iter()
        .map(|month| month.format("%B %Y").to_string())
        .collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    if names.is_empty() {
        format!("{loaded}; every month of the period is closed.")
    } else {
        format!("{loaded}; {} not closed.", listed(&names))
    }
}

/// What happened to a return, as a sentence in the past tense.
pub(crate) fn event_in_words(event: &return_event::Model) -> Result<String> {
    let detail: Detail = event
        .detail
        .clone()
        .map(serde_json::from_value)
        .transpose()?
        .unwrap_or_default();
    let revision = event.revision.unwrap_or_default();
    Ok(match event.kind {
        ReturnEventKind::Scheduled => "Came into being with its period.".to_owned(),
        ReturnEventKind::Drafted => "Drafted from the facts.".to_owned(),
        ReturnEventKind::Refreshed => "The figures were brought up to date.".to_owned(),
        ReturnEventKind::SentForReview => "Sent round to be read.".to_owned(),
        ReturnEventKind::SentForCertification => {
            format!("Version {revision} was sent for agreement and certification.")
        }
        ReturnEventKind::BoardAgreed => format!(
            "{} agreed to version {revision}.",
            match detail.board {
                Some(Board::Trustees) => "The Trustee Board",
                Some(Board::Committee) => "The Recovery Advisory Committee",
                None => "A board",
            }
        ),
        ReturnEventKind::ApprovalsVoided => {
            format!("Version {revision} no longer stands: something changed.")
        }
        ReturnEventKind::ChangesRequested => "Changes were asked for.".to_owned(),
        ReturnEventKind::Certified => format!(
            "Version {revision} was certified by the {}{}.",
            detail.office.as_deref().unwrap_or("certifier"),
            if detail.on_paper { ", on paper" } else { "" }
        ),
        ReturnEventKind::Submitted => "Sent; its deadline is met.".to_owned(),
        ReturnEventKind::Accepted => "Accepted by the funder.".to_owned(),
        ReturnEventKind::FunderAskedForChanges => "The funder asked for changes.".to_owned(),
        ReturnEventKind::Reopened => "Opened again.".to_owned(),
        ReturnEventKind::NotRequired => "Recorded as not required.".to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_draft_rests_on_is_one_sentence() {
        let day = |y, m, d| NaiveDate::from_ymd_opt(y, m, d).unwrap_or_default();
        assert_eq!(
            rests_on(Some(day(2026, 6, 12)), &[day(2026, 6, 1)]),
            "Spend loaded to 12 June 2026; June 2026 not closed."
        );
        assert_eq!(
            rests_on(Some(day(2026, 7, 3)), &[]),
            "Spend loaded to 3 July 2026; every month of the period is closed."
        );
        assert_eq!(
            rests_on(None, &[day(2026, 5, 1), day(2026, 6, 1)]),
            "No spend is loaded yet; May 2026 and June 2026 not closed."
        );
    }
}
