//! What the story's foundation published of its grants: invented, like everything here.

use chrono::NaiveDate;
use serde_json::{Value, json};

/// The file's name.
pub const FILE: &str = "ashgrove-foundation-grants.json";

/// Month from now, recipient, whose public number, programme, pounds.
const GIVEN: &[(i32, &str, &str, &str, i64)] = &[
    (
        -34,
        "Leaford Night Shelter",
        "GB-CHC-9900501",
        "Rough sleeping",
        18_000,
    ),
    (
        -31,
        "Weirside Recovery Community",
        "GB-CHC-9900117",
        "Recovery",
        15_000,
    ),
    (
        -26,
        "Turnstone Family Service",
        "GB-CHC-9900305",
        "Families",
        24_500,
    ),
    (
        -22,
        "Upper Marl Allotment Society",
        "GB-CHC-9900502",
        "Green places",
        2_750,
    ),
    (
        -19,
        "Brook House Residential Trust",
        "GB-CHC-9900304",
        "Recovery",
        40_000,
    ),
    (
        -14,
        "Leaford Night Shelter",
        "GB-CHC-9900501",
        "Rough sleeping",
        21_000,
    ),
    (
        -9,
        "Marlbridge Boxing Club",
        "GB-CHC-9900503",
        "Young people",
        6_400,
    ),
    (
        -4,
        "Turnstone Family Service",
        "GB-CHC-9900305",
        "Families",
        25_250,
    ),
    (
        -2,
        "Weirside Recovery Community",
        "GB-CHC-9900117",
        "Recovery",
        12_500,
    ),
];

/// The foundation's file, as 360Giving data; `first` is the first day of a month from now.
pub fn published(first: impl Fn(i32) -> NaiveDate) -> String {
    let grants: Vec<Value> = (1..)
        .zip(GIVEN)
        .map(|(n, (month, name, org_id, programme, pounds))| {
            json!({
                "id": format!("360G-ashgrove-{n:03}"),
                "title": format!("{programme}: {name}"),
                "description": format!("Towards the running of {name} for a year."),
                "currency": "GBP",
                "amountAwarded": pounds,
                "awardDate": first(*month).to_string(),
                "plannedDates": [{
                    "startDate": first(month + 1).to_string(), "duration": 12,
                }],
                "recipientOrganization": [{"id": org_id, "name": name}],
                "fundingOrganization": [{
                    "id": "GB-CHC-9900231", "name": "The Ashgrove Foundation",
                }],
                "grantProgramme": [{"title": programme}],
            })
        })
        .collect();
    json!({"version": "1.4", "grants": grants}).to_string()
}
