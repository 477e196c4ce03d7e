//! Stored slugs in people's words.

use entity::{Board, Role};

/// A board.
#[must_use]
pub const fn board(board: Board) -> &'static str {
    match board {
        Board::Trustees => "Trustee Board",
        Board::Committee => "Recovery Advisory Committee",
    }
}

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

/// A month: "October 2026".
#[must_use]
pub fn month(on: chrono::NaiveDate) -> String {
    on.format("%B %Y").to_string()
}

/// A date without its weekday, for tables: "30 October 2026".
#[must_use]
pub fn day(on: chrono::NaiveDate) -> String {
    on.format("%-d %B %Y").to_string()
}

/// What sort of body an organisation is.
#[must_use]
pub const fn organisation_kind(kind: entity::OrganisationKind) -> &'static str {
    use entity::OrganisationKind as Kind;
    match kind {
        Kind::Charity => "Charity",
        Kind::Council => "Council",
        Kind::Department => "Government department",
        Kind::PoliceCommissioner => "Police and crime commissioner",
        Kind::HealthService => "Health service",
        Kind::Lottery => "Lottery distributor",
        Kind::Foundation => "Grant-making foundation",
        Kind::Provider => "Provider of services",
        Kind::Other => "Other",
    }
}

/// What makes an award binding.
#[must_use]
pub const fn legal_basis(basis: entity::LegalBasis) -> &'static str {
    use entity::LegalBasis as Basis;
    match basis {
        Basis::Section31 => "Section 31 grant",
        Basis::Section75 => "Section 75 agreement",
        Basis::Section256 => "Section 256 agreement",
        Basis::Contract => "Contract",
        Basis::GrantAgreement => "Grant agreement",
        Basis::Gift => "Gift",
    }
}

/// Capital, revenue or both.
#[must_use]
pub const fn pays_for(pays: entity::PaysFor) -> &'static str {
    match pays {
        entity::PaysFor::Capital => "Capital only",
        entity::PaysFor::Revenue => "Revenue only",
        entity::PaysFor::Both => "Capital and revenue",
    }
}

/// Where a return stands, with its tag's kind.
#[must_use]
pub const fn return_state(state: entity::ReturnState) -> (&'static str, &'static str) {
    use entity::ReturnState as State;
    match state {
        State::Scheduled => ("Not started", "todo"),
        State::Drafted => ("Drafted", "doing"),
        State::InReview => ("Being read", "doing"),
        State::ChangesRequested => ("Changes asked for", "waiting"),
        State::AwaitingApproval => ("Waits for a board", "waiting"),
        State::AwaitingCertification => ("Waits to be certified", "waiting"),
        State::Certified => ("Certified, not sent", "waiting"),
        State::Submitted => ("Sent", "done"),
        State::Accepted => ("Accepted", "done"),
        State::NotRequired => ("Not wanted", "off"),
    }
}

/// How large a file is: "12 kB", "1.4 MB".
#[must_use]
pub fn size(bytes: i64) -> String {
    match bytes {
        ..1_000 => format!("{bytes} bytes"),
        1_000..1_000_000 => format!("{} kB", bytes / 1_000),
        _ => format!("{}.{} MB", bytes / 1_000_000, bytes % 1_000_000 / 100_000),
    }
}

/// A number of things: "1 award", "12 awards".
#[must_use]
pub fn count(number: usize, one: &str, many: &str) -> String {
    format!("{number} {}", if number == 1 { one } else { many })
}

/// A browser as people know it, from what it says of itself: "Firefox on Windows".
#[must_use]
pub fn browser(said: &str) -> String {
    let known = |names: &[(&str, &'static str)]| {
        names
            .iter()
            .find(|(sign, _)| said.contains(sign))
            .map(|(_, name)| *name)
    };
    // Those that call themselves like others come first.
    let program = known(&[
        ("Edg", "Edge"),
        ("OPR/", "Opera"),
        ("SamsungBrowser", "Samsung Internet"),
        ("Firefox", "Firefox"),
        ("FxiOS", "Firefox"),
        ("Chrome", "Chrome"),
        ("CriOS", "Chrome"),
        ("Safari", "Safari"),
    ]);
    let system = known(&[
        ("iPhone", "iPhone"),
        ("iPad", "iPad"),
        ("Android", "Android"),
        ("Windows", "Windows"),
        ("Mac OS X", "Mac"),
        ("CrOS", "ChromeOS"),
        ("Linux", "Linux"),
    ]);
    match (program, system) {
        (Some(program), Some(system)) => format!("{program} on {system}"),
        (Some(program), None) => program.to_owned(),
        _ if said.trim().is_empty() => "Not known".to_owned(),
        (None, _) => said.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::browser;

    #[test]
    fn a_browser_is_called_as_people_know_it() {
        let edge = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) \
                    Chrome/126.0 Safari/537.36 Edg/126.0";
        assert_eq!(browser(edge), "Edge on Windows");
        let phone = "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 \
                     (KHTML, like Gecko) Version/17.5 Mobile/15E148 Safari/604.1";
        assert_eq!(browser(phone), "Safari on iPhone");
        assert_eq!(browser("curl/8.5"), "curl/8.5");
        assert_eq!(browser(""), "Not known");
    }
}
