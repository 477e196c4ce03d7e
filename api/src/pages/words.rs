//! Stored slugs in people's words.

use entity::Role;

/// A role.
#[must_use]
pub const fn role(role: Role) -> &'static str {
    match role {
        Role::GrantsOfficer => "Grants officer",
        Role::FinanceOfficer => "Finance officer",
        Role::Certifier => "Certifier",
        Role::Trustee => "Trustee",
        Role::CommitteeMember => "Member of the Recovery Advisory Committee",
        Role::FundersOfficer => "Funder’s officer",
        Role::Auditor => "Auditor",
        Role::Administrator => "Administrator",
    }
}

/// An instant as people in London read it: "Friday 30 October 2026, 5:04pm".
#[must_use]
pub fn instant(at: &chrono::DateTime<chrono::Utc>) -> String {
    let london = at.with_timezone(&chrono_tz::Europe::London);
    let (pm, hour) = {
        use chrono::Timelike;
        london.hour12()
    };
    let minutes = london.format("%M").to_string();
    let minutes = if minutes == "00" {
        String::new()
    } else {
        format!(":{minutes}")
    };
    format!(
        "{}, {hour}{minutes}{}",
        date(london.date_naive()),
        if pm { "pm" } else { "am" }
    )
}

/// A date as people read it: "Friday 30 October 2026".
#[must_use]
pub fn date(on: chrono::NaiveDate) -> String {
    on.format("%A %-d %B %Y").to_string()
}

/// A time of day in London: "4:05pm".
#[must_use]
pub fn time(at: &chrono::DateTime<chrono::Utc>) -> String {
    at.with_timezone(&chrono_tz::Europe::London)
        .format("%-I:%M%P")
        .to_string()
}
