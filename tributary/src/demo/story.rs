//! The story as it is written down, `tributary/demo/story.json`, and its months.

use std::collections::BTreeMap;

use chrono::{Datelike, NaiveDate};
use serde::Deserialize;

use crate::Failure;

/// The whole story. `tributary/demo/spend/README.md` has its rules.
#[derive(Clone, Debug, Deserialize)]
pub struct Story {
    pub organisations: Vec<Organisation>,
    pub categories: Vec<Category>,
    pub pools: Vec<Pool>,
    pub awards: Vec<Award>,
    pub uplift_bp: BTreeMap<String, i64>,
    pub profiles: BTreeMap<String, Vec<i64>>,
    pub streams: Vec<Stream>,
    #[serde(rename = "match")]
    pub matches: Vec<Match>,
    pub corners: Corners,
}

#[derive(Clone, Debug, Deserialize)]
pub struct Organisation {
    pub slug: String,
    pub name: String,
    pub org_id: String,
    pub kind: String,
}

#[derive(Clone, Debug, Deserialize)]
pub struct Category {
    pub slug: String,
    pub name: String,
}

#[derive(Clone, Debug, Deserialize)]
pub struct Pool {
    pub slug: String,
    pub name: String,
    pub holder: String,
    /// Awards in their order; `{y}` stands for each year's.
    pub order: Vec<String>,
}

#[derive(Clone, Debug, Deserialize)]
pub struct Award {
    pub slug: String,
    pub title: String,
    pub funder: String,
    pub reference: String,
    pub legal_basis: String,
    pub from: i32,
    pub to: i32,
    pub amount: i64,
    pub categories: Vec<String>,
    pub contributions: Vec<Contribution>,
    pub fences: Vec<Fence>,
}

#[derive(Clone, Debug, Deserialize)]
pub struct Contribution {
    pub pool: String,
    pub amount: i64,
}

#[derive(Clone, Debug, Deserialize)]
pub struct Fence {
    pub slug: String,
    pub name: String,
    /// The fence around it.
    pub parent: Option<String>,
    pub categories: Vec<String>,
    pub reserved: Option<i64>,
    pub limit: Option<i64>,
}

#[derive(Clone, Debug, Deserialize)]
pub struct Stream {
    pub number: i64,
    pub provider: String,
    pub category: String,
    pub pool: String,
    pub capital: bool,
    pub monthly: Option<i64>,
    pub explicit: Option<BTreeMap<String, i64>>,
    pub profile: String,
    pub cost_centre: String,
    pub account: String,
    pub project: String,
    #[serde(rename = "type")]
    pub kind: String,
    pub description: String,
    pub split_bp: Vec<i64>,
}

#[derive(Clone, Debug, Deserialize)]
pub struct Match {
    pub award: String,
    pub source: String,
    pub kind: String,
    pub cash_or_kind: String,
    pub secured: bool,
    pub monthly: i64,
    pub capital: bool,
    pub evidence: String,
}

#[derive(Clone, Debug, Deserialize)]
pub struct Corners {
    pub vat_account: String,
    pub vat_project: String,
    pub vat_streams: Vec<i64>,
    pub vat_bp: i64,
    pub accrual: At,
    pub reversal_and_invoice: At,
    pub recharge: Recharge,
    pub credit: Amount,
    pub no_transaction_number: Unnumbered,
    pub faulty_date: FaultyDate,
    pub duplicate: At,
}

#[derive(Clone, Debug, Deserialize)]
pub struct At {
    pub k: i32,
    pub stream: i64,
}

#[derive(Clone, Debug, Deserialize)]
pub struct Amount {
    pub k: i32,
    pub stream: i64,
    pub amount: i64,
}

#[derive(Clone, Debug, Deserialize)]
pub struct Recharge {
    pub k: i32,
    pub from_stream: i64,
    pub to_stream: i64,
    pub amount: i64,
}

#[derive(Clone, Debug, Deserialize)]
pub struct Unnumbered {
    pub k: i32,
    pub stream: i64,
    pub amount: i64,
    pub supplier: String,
    pub description: String,
}

#[derive(Clone, Debug, Deserialize)]
pub struct FaultyDate {
    pub k: i32,
    pub stream: i64,
    pub amount: i64,
    pub description: String,
    pub day: String,
}

impl Story {
    /// Reads it.
    pub fn read() -> Result<Self, Failure> {
        serde_json::from_str(include_str!("../../demo/story.json"))
            .map_err(|error| Failure::new(format!("the story cannot be read: {error}")))
    }

    /// The awards of a pool, first to pay first.
    pub fn in_order<'a>(&'a self, pool: &'a Pool) -> impl Iterator<Item = &'a Award> {
        pool.order.iter().flat_map(|pattern| {
            let slugs: Vec<String> = if pattern.contains("{y}") {
                [-2, -1, 0]
                    .iter()
                    .map(|year: &i32| pattern.replace("{y}", &year.to_string()))
                    .collect()
            } else {
                vec![pattern.clone()]
            };
            slugs
                .into_iter()
                .filter_map(|slug| self.awards.iter().find(|award| award.slug == slug))
        })
    }

    /// The name of an organisation.
    pub fn name<'a>(&'a self, slug: &'a str) -> &'a str {
        self.organisations
            .iter()
            .find(|one| one.slug == slug)
            .map_or(slug, |one| one.name.as_str())
    }
}

/// The months of the story, seen from a day.
#[derive(Clone, Copy, Debug)]
pub struct Calendar {
    /// The year in which the government year of that day began.
    pub year: i32,
    /// The month of that day, counted from April of that year.
    pub a: i32,
}

impl Calendar {
    /// The story as it is told on a day.
    pub fn on(today: NaiveDate) -> Self {
        let month = i32::try_from(today.month()).unwrap_or(1);
        Self {
            year: if month >= 4 {
                today.year()
            } else {
                today.year() - 1
            },
            a: (month - 4).rem_euclid(12),
        }
    }

    /// The first day of month `m`.
    pub fn first(self, m: i32) -> NaiveDate {
        let year = self.year + (m + 3).div_euclid(12);
        let month = u32::try_from((m + 3).rem_euclid(12) + 1).unwrap_or(1);
        NaiveDate::from_ymd_opt(year, month, 1).unwrap_or_default()
    }

    /// The month in which the quarter after the one that is reported on begins. The latest file
    /// waits to be looked at, so the return is for the last quarter of which every month is loaded.
    pub fn after_the_quarter(self) -> i32 {
        (self.a - 1).div_euclid(3) * 3
    }

    /// The last day of month `m`.
    pub fn last(self, m: i32) -> NaiveDate {
        self.first(m + 1).pred_opt().unwrap_or_default()
    }

    /// The years of an award, such as `2025-26`.
    pub fn years(self, award: &Award) -> String {
        let (from, to) = (self.first(award.from).year(), self.last(award.to).year());
        if from == to {
            from.to_string()
        } else {
            format!("{from}-{:02}", to.rem_euclid(100))
        }
    }
}
