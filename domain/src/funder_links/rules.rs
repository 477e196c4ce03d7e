//! How long a link works, and how long a browser has it open.

use chrono::{DateTime, Days, Duration, NaiveDate, Utc};
use entity::funder_link;
use serde::{Deserialize, Serialize};

use crate::{Error, Result};

/// For how many days a link works at most.
pub const LONGEST_DAYS: u64 = 90;
/// How long a browser that opened a link need not open it again.
pub const OPEN_LASTS: Duration = Duration::hours(12);
/// Most links of one funder that work.
pub const MOST: u64 = 50;

/// Where a link stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[schema(as = FunderLinkState)]
#[serde(rename_all = "kebab-case")]
pub enum LinkState {
    /// It works.
    Works,
    /// Its last day is over.
    Over,
    /// It was taken back.
    TakenBack,
}

impl LinkState {
    /// As addresses and tables name it.
    #[must_use]
    pub const fn slug(self) -> &'static str {
        match self {
            Self::Works => "works",
            Self::Over => "over",
            Self::TakenBack => "taken-back",
        }
    }
}

/// Where a link stands on a day.
#[must_use]
pub fn state(link: &funder_link::Model, today: NaiveDate) -> LinkState {
    if link.revoked_at.is_some() {
        LinkState::TakenBack
    } else if link.ends_on < today {
        LinkState::Over
    } else {
        LinkState::Works
    }
}

/// Whether a link that is made today may work until the end of that day.
pub fn check_end(today: NaiveDate, ends_on: NaiveDate) -> Result<()> {
    let latest = today + Days::new(LONGEST_DAYS);
    if ends_on < today || ends_on > latest {
        return Err(Error::invalid(
            "/ends_on",
            "not-within-90-days",
            format!(
                "Choose a day from today on, at the latest {}.",
                crate::calendar::rules::date_without_weekday(latest)
            ),
        ));
    }
    Ok(())
}

/// Whether a browser that opened a link then still has it open.
#[must_use]
pub fn is_open(opened_at: DateTime<Utc>, left: bool, now: DateTime<Utc>) -> bool {
    !left && now < opened_at + OPEN_LASTS
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use entity::{FunderLinkId, OrganisationId, PersonId};

    use super::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    fn at(text: &str) -> DateTime<Utc> {
        text.parse().unwrap()
    }

    fn link(ends_on: &str) -> funder_link::Model {
        funder_link::Model {
            id: FunderLinkId::new(),
            funder_id: OrganisationId::new(),
            number: 1,
            contact_id: None,
            mail_id: None,
            for_whom: Some("Their officer".to_owned()),
            ends_on: day(ends_on),
            made_by: PersonId::new(),
            made_at: at("2026-11-08T09:00:00Z"),
            revoked_by: None,
            revoked_at: None,
        }
    }

    #[test]
    fn it_works_through_its_last_day_and_no_longer_than_ninety() {
        let today = day("2026-11-08");
        for (ends_on, may) in [
            ("2026-11-07", false),
            ("2026-11-08", true),
            ("2027-02-06", true),
            ("2027-02-07", false),
        ] {
            assert_eq!(check_end(today, day(ends_on)).is_ok(), may, "{ends_on}");
        }
        let mut one = link("2026-11-10");
        assert_eq!(state(&one, day("2026-11-10")), LinkState::Works);
        assert_eq!(state(&one, day("2026-11-11")), LinkState::Over);
        one.revoked_at = Some(at("2026-11-09T09:00:00Z"));
        assert_eq!(state(&one, day("2026-11-09")), LinkState::TakenBack);
        assert_eq!(state(&one, day("2026-11-11")), LinkState::TakenBack);
    }

    #[test]
    fn a_browser_has_it_open_for_half_a_day_or_until_it_leaves() {
        let opened = at("2026-11-08T09:00:00Z");
        assert!(is_open(opened, false, at("2026-11-08T20:59:59Z")));
        assert!(!is_open(opened, false, at("2026-11-08T21:00:00Z")));
        assert!(!is_open(opened, true, at("2026-11-08T09:00:01Z")));
    }
}
