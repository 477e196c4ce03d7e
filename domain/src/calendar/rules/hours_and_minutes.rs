//! Times of day in JSON as funders write them, `17:00`; seconds are refused.

use chrono::NaiveTime;
use serde::{Deserialize, Deserializer, Serializer, de::Error};

const FORMAT: &str = "%H:%M";

/// Writes a time of day as `HH:MM`.
pub fn serialize<S: Serializer>(at: &Option<NaiveTime>, to: S) -> Result<S::Ok, S::Error> {
    match at {
        Some(at) => to.collect_str(&at.format(FORMAT)),
        None => to.serialize_none(),
    }
}

/// Reads a time of day from `HH:MM`.
pub fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Option<NaiveTime>, D::Error> {
    Option::<String>::deserialize(from)?
        .map(|text| {
            NaiveTime::parse_from_str(&text, FORMAT)
                .map_err(|error| D::Error::custom(format!("{text:?} is not HH:MM: {error}")))
        })
        .transpose()
}
