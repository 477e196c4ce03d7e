//! A grant as it is kept.

use chrono::{DateTime, NaiveDate, SubsecRound, Utc};
use serde_json::Value;
use sha2::{Digest, Sha256};

use super::schema::{self, Fault};
use crate::Money;
use crate::organisations::rules::usual;

/// Who gave or got a grant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Body {
    /// The org-id in its usual form; empty for a person.
    pub org_id: String,
    /// The name as published.
    pub name: String,
}

/// A grant as it is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Grant {
    /// The funder's identifier, the same in every publication.
    pub identifier: String,
    /// What the funder calls it.
    pub title: String,
    /// What it is for.
    pub description: String,
    /// How much was awarded.
    pub amount: Money,
    /// When it was decided on.
    pub awarded_on: NaiveDate,
    /// First day, if it was published.
    pub starts_on: Option<NaiveDate>,
    /// Last day, if it was published.
    pub ends_on: Option<NaiveDate>,
    /// How many months, if that was published.
    pub months: Option<i32>,
    /// The funder's scheme; empty if none was published.
    pub programme: String,
    /// Who gave it.
    pub funder: Body,
    /// Who got it.
    pub recipient: Body,
    /// When the funder last changed it, if that was published.
    pub modified_at: Option<DateTime<Utc>>,
}

/// The longest text that is kept, in bytes.
const LONGEST: usize = 20_000;
/// The longest identifier or name.
const LONGEST_NAME: usize = 500;

/// What stands at a path of names and places. `Value::pointer` makes two texts of each name for the
/// sake of letters that no name here has.
fn at<'v>(value: &'v Value, path: &str) -> Option<&'v Value> {
    path.split('/')
        .skip(1)
        .try_fold(value, |value, name| match value {
            Value::Object(fields) => fields.get(name),
            Value::Array(items) => items.get(name.parse::<usize>().ok()?),
            _ => None,
        })
}

impl Grant {
    /// A grant from what the standard's schema found nothing wrong with; `amount` is the own text
    /// of its number.
    pub(super) fn of(value: &Value, amount: &str) -> Result<Self, Vec<Fault>> {
        let mut faults = schema::check(value);
        let text = |path: &str| {
            at(value, path)
                .and_then(Value::as_str)
                .unwrap_or_default()
                .trim()
        };
        let currency = text("/currency");
        if currency != "GBP" && faults.iter().all(|fault| fault.place != "currency") {
            faults.push(Fault {
                place: "currency".to_owned(),
                message: format!(
                    "It is in {currency}: only pounds sterling (GBP) are kept here, and nothing is \
                     converted. Leave it out, or publish it in pounds."
                ),
            });
        }
        let pence = super::money::pence_of_number(amount);
        if pence.is_none() && at(value, "/amountAwarded").is_some_and(Value::is_number) {
            faults.push(Fault {
                place: "amountAwarded".to_owned(),
                message: "It is not an amount of whole pence, or over a thousand billion pounds: \
                          correct it."
                    .to_owned(),
            });
        }
        for (path, name, most) in [
            ("/id", "id", LONGEST_NAME),
            ("/title", "title", LONGEST),
            ("/description", "description", LONGEST),
            (
                "/fundingOrganization/0/id",
                "fundingOrganization/0/id",
                LONGEST_NAME,
            ),
            (
                "/fundingOrganization/0/name",
                "fundingOrganization/0/name",
                LONGEST_NAME,
            ),
            (
                "/recipientOrganization/0/id",
                "recipientOrganization/0/id",
                LONGEST_NAME,
            ),
            (
                "/recipientOrganization/0/name",
                "recipientOrganization/0/name",
                LONGEST_NAME,
            ),
            (
                "/grantProgramme/0/title",
                "grantProgramme/0/title",
                LONGEST_NAME,
            ),
        ] {
            if text(path).len() > most {
                faults.push(Fault {
                    place: name.to_owned(),
                    message: format!("It is longer than {most} bytes: shorten it."),
                });
            }
            let needed = !matches!(path, "/title" | "/description" | "/grantProgramme/0/title");
            if needed && at(value, path).is_some_and(Value::is_string) && text(path).is_empty() {
                faults.push(Fault {
                    place: name.to_owned(),
                    message: "It is blank: fill it in.".to_owned(),
                });
            }
        }
        let awarded_on = schema::day(text("/awardDate"));
        let (Some(amount), Some(awarded_on), true) = (pence, awarded_on, faults.is_empty()) else {
            return Err(faults);
        };
        let body = |id: &str, name: &str| Body {
            org_id: usual(text(id)),
            name: text(name).to_owned(),
        };
        let is_person = value.get("recipientIndividual").is_some();
        Ok(Self {
            identifier: text("/id").to_owned(),
            title: text("/title").to_owned(),
            description: text("/description").to_owned(),
            amount,
            awarded_on,
            starts_on: schema::day(text("/plannedDates/0/startDate")),
            ends_on: schema::day(text("/plannedDates/0/endDate")),
            months: at(value, "/plannedDates/0/duration")
                .and_then(Value::as_i64)
                .and_then(|months| i32::try_from(months).ok()),
            programme: text("/grantProgramme/0/title").to_owned(),
            funder: body("/fundingOrganization/0/id", "/fundingOrganization/0/name"),
            recipient: if is_person {
                // who got a grant as a person is nobody's business here
                Body {
                    org_id: String::new(),
                    name: "A person".to_owned(),
                }
            } else {
                body(
                    "/recipientOrganization/0/id",
                    "/recipientOrganization/0/name",
                )
            },
            modified_at: DateTime::parse_from_rfc3339(text("/dateModified"))
                .ok()
                .map(|at| at.with_timezone(&Utc).trunc_subsecs(6)),
        })
    }

    /// SHA-256 of what is kept of it but the instant of its last change: the same means unchanged.
    #[must_use]
    pub fn content_hash(&self) -> String {
        let mut hash = Sha256::new();
        let day = |date: Option<NaiveDate>| date.map(|date| date.to_string()).unwrap_or_default();
        for part in [
            self.identifier.as_str(),
            &self.title,
            &self.description,
            &self.amount.pence().to_string(),
            &self.awarded_on.to_string(),
            &day(self.starts_on),
            &day(self.ends_on),
            &self
                .months
                .map(|months| months.to_string())
                .unwrap_or_default(),
            &self.programme,
            &self.funder.org_id,
            &self.funder.name,
            &self.recipient.org_id,
            &self.recipient.name,
        ] {
            hash.update(part.len().to_string());
            hash.update([0]);
            hash.update(part);
        }
        crate::audit::hex(&hash.finalize())
    }
}
