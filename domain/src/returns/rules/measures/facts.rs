//! The facts that drafting reads: as known at one moment, and nothing else.

use std::collections::BTreeMap;

use chrono::{DateTime, Datelike, Days, Months, NaiveDate, Utc};
use entity::{LegalBasis, Money, OrganisationKind};
use serde_json::Value;

/// Everything that may fill a field of one return.
#[derive(Clone, Debug)]
pub struct Facts {
    /// The last accepted sequence that was seen.
    pub seq: i64,
    /// When they were read (UTC).
    pub at: DateTime<Utc>,
    /// The award.
    pub award: AwardFacts,
    /// Who answers to the funder.
    pub accountable_body: Body,
    /// Whose installation this is.
    pub lead: Option<Body>,
    /// Who gives the money.
    pub funder: Body,
    /// Who holds it.
    pub holder: Body,
    /// Name and e-mail address of who prepares the return.
    pub preparer: Option<(String, String)>,
    /// The award's fences.
    pub fences: Vec<FenceFacts>,
    /// Names of cost categories by slug.
    pub category_names: BTreeMap<String, String>,
    /// Attributed spend, summed by day and kind.
    pub spend: Vec<SpendSum>,
    /// Forecast entries that hold.
    pub forecasts: Vec<ForecastFact>,
    /// What the funder paid on a London date, and, below nothing, what was paid back.
    pub received: Vec<(NaiveDate, Money)>,
    /// Match funding that holds, in the order in which its sources were first recorded.
    pub matches: Vec<MatchFact>,
    /// The last return before this one.
    pub previous: Option<Previous>,
    /// Whether this return was sent before.
    pub sent_before: bool,
    /// The instant after which it is late (UTC).
    pub due_at: Option<DateTime<Utc>>,
}

/// The award.
#[derive(Clone, Debug)]
pub struct AwardFacts {
    /// The funder's reference.
    pub reference: String,
    /// What people call it.
    pub title: String,
    /// The funder's scheme.
    pub programme: String,
    /// What makes it binding.
    pub legal_basis: LegalBasis,
    /// Its amount.
    pub amount: Money,
    /// First day.
    pub starts_on: NaiveDate,
    /// Last day.
    pub ends_on: NaiveDate,
}

/// An organisation.
#[derive(Clone, Debug)]
pub struct Body {
    /// Its name.
    pub name: String,
    /// Its public identifier.
    pub org_id: String,
    /// What sort of body.
    pub kind: OrganisationKind,
}

/// A fence of the award.
#[derive(Clone, Debug)]
pub struct FenceFacts {
    /// Its slug.
    pub slug: String,
    /// Its name.
    pub name: String,
    /// So much is for its lines alone.
    pub reserved: Option<Money>,
    /// At most so much.
    pub limit: Option<Money>,
    /// Slugs of the categories that fit it or a fence inside it.
    pub categories: Vec<String>,
}

/// Attributed spend of one day and kind.
#[derive(Clone, Debug)]
pub struct SpendSum {
    /// When goods or services were received.
    pub on: NaiveDate,
    /// Capital, or revenue.
    pub capital: bool,
    /// The category's slug.
    pub category: String,
    /// The place, if any.
    pub place: Option<String>,
    /// The group of people, if any.
    pub group: Option<String>,
    /// What the award pays.
    pub amount: Money,
}

/// A forecast entry.
#[derive(Clone, Debug)]
pub struct ForecastFact {
    /// First day of the month.
    pub month: NaiveDate,
    /// Capital, or revenue.
    pub capital: bool,
    /// The category's slug, if any.
    pub category: Option<String>,
    /// Expected.
    pub amount: Money,
}

/// A month of match funding.
#[derive(Clone, Debug)]
pub struct MatchFact {
    /// Whose money.
    pub source: String,
    /// What sort of body that is.
    pub source_kind: OrganisationKind,
    /// In kind, or cash.
    pub in_kind: bool,
    /// First day of the month.
    pub month: NaiveDate,
    /// Capital, or revenue.
    pub capital: bool,
    /// How much.
    pub amount: Money,
    /// Promised in writing.
    pub secured: bool,
    /// What shows it.
    pub evidence: Option<String>,
}

/// The last return of the same requirement.
#[derive(Clone, Debug)]
pub struct Previous {
    /// First day of its period.
    pub from: NaiveDate,
    /// Last day of its period.
    pub to: NaiveDate,
    /// Whether it was sent.
    pub sent: bool,
    /// Its answers by field key: as certified, if it was.
    pub answers: BTreeMap<String, Value>,
}

/// The days that a return is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Span {
    /// First day of the period.
    pub from: NaiveDate,
    /// Last day of the period.
    pub to: NaiveDate,
    /// First day of the form's grid.
    pub grid_from: NaiveDate,
}

impl Span {
    /// The days of a quarter of the grid, from 1.
    #[must_use]
    pub fn quarter(&self, index: u16) -> Option<(NaiveDate, NaiveDate)> {
        let months = u32::from(index.checked_sub(1)?).checked_mul(3)?;
        let from = self.grid_from.checked_add_months(Months::new(months))?;
        let next = from.checked_add_months(Months::new(3))?;
        Some((from, next.checked_sub_days(Days::new(1))?))
    }

    /// The quarter of the grid that the period's last day is in.
    #[must_use]
    pub fn quarter_index(&self) -> Option<u16> {
        (1..=400).find(|index| {
            self.quarter(*index)
                .is_some_and(|(from, to)| from <= self.to && self.to <= to)
        })
    }

    /// First day of the government year that the period's last day is in.
    #[must_use]
    pub fn year_from(&self) -> Option<NaiveDate> {
        let year = if self.to.month() >= 4 {
            self.to.year()
        } else {
            self.to.year().checked_sub(1)?
        };
        NaiveDate::from_ymd_opt(year, 4, 1)
    }
}
