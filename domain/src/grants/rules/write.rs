//! Writing grants in the standard, one at a time, as JSON or as a table. Both say the same, letter
//! for letter: a table that was made JSON again is the JSON.

use std::io::{self, Write};

use entity::GrantFormat;
use serde::Serialize;
use serde_json::value::RawValue;

use super::grant::Grant;
use super::money::pounds;

/// The version of the standard that is written.
const VERSION: &str = "1.4";

const HEADINGS: [&str; 17] = [
    "Identifier",
    "Title",
    "Description",
    "Currency",
    "Amount Awarded",
    "Award Date",
    "Planned Dates:Start Date",
    "Planned Dates:End Date",
    "Planned Dates:Duration (months)",
    "Recipient Org:Identifier",
    "Recipient Org:Name",
    "Recipient Ind:Identifier",
    "Recipient Ind:Name",
    "Funding Org:Identifier",
    "Funding Org:Name",
    "Grant Programme:Title",
    "Last Modified",
];

/// Writes grants one after the other.
pub struct Writer<W: Write> {
    to: To<W>,
}

enum To<W: Write> {
    Json { out: W, any: bool },
    Csv(Box<::csv::Writer<W>>),
}

impl<W: Write> std::fmt::Debug for Writer<W> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Writer")
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Written<'a> {
    id: &'a str,
    title: &'a str,
    description: &'a str,
    currency: &'a str,
    amount_awarded: Box<RawValue>,
    award_date: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    planned_dates: Option<[Dates<'a>; 1]>,
    #[serde(skip_serializing_if = "Option::is_none")]
    recipient_organization: Option<[Named<'a>; 1]>,
    #[serde(skip_serializing_if = "Option::is_none")]
    recipient_individual: Option<Named<'a>>,
    funding_organization: [Named<'a>; 1],
    #[serde(skip_serializing_if = "Option::is_none")]
    grant_programme: Option<[Titled<'a>; 1]>,
    #[serde(skip_serializing_if = "str::is_empty")]
    date_modified: &'a str,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Dates<'a> {
    #[serde(skip_serializing_if = "str::is_empty")]
    start_date: &'a str,
    #[serde(skip_serializing_if = "str::is_empty")]
    end_date: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    duration: Option<i32>,
}

#[derive(Serialize)]
struct Named<'a> {
    id: &'a str,
    name: &'a str,
}

#[derive(Serialize)]
struct Titled<'a> {
    title: &'a str,
}

/// Text that no spreadsheet takes for a formula, without the blanks around it that a spreadsheet
/// would lose, and with the line breaks that it would make of others.
fn plain(text: &str) -> String {
    let text = text.trim();
    let text = match text.contains('\r') {
        true => text.replace("\r\n", "\n").replace('\r', "\n"),
        false => text.to_owned(),
    };
    if text.starts_with(['=', '+', '-', '@', '＝', '＋', '－', '＠']) {
        format!("'{text}")
    } else {
        text
    }
}

impl<W: Write> Writer<W> {
    /// Begins.
    pub fn new(format: GrantFormat, mut out: W) -> io::Result<Self> {
        let to = match format {
            GrantFormat::Json => {
                write!(out, "{{\"version\":\"{VERSION}\",\"grants\":[")?;
                To::Json { out, any: false }
            }
            GrantFormat::Csv => {
                let mut table = ::csv::WriterBuilder::new()
                    .terminator(::csv::Terminator::CRLF)
                    .from_writer(out);
                table.write_record(HEADINGS)?;
                To::Csv(Box::new(table))
            }
        };
        Ok(Self { to })
    }

    /// Writes a grant.
    pub fn grant(&mut self, grant: &Grant) -> io::Result<()> {
        let or = |text: String, other: &str| {
            if text.is_empty() {
                other.to_owned()
            } else {
                text
            }
        };
        let day =
            |date: Option<chrono::NaiveDate>| date.map(|date| date.to_string()).unwrap_or_default();
        let id = plain(&grant.identifier);
        let title = or(plain(&grant.title), &id);
        let description = or(plain(&grant.description), &title);
        let amount = pounds(grant.amount);
        let awarded = grant.awarded_on.to_string();
        let (start, end) = (day(grant.starts_on), day(grant.ends_on));
        let months = grant.months.map(|months| months.to_string());
        let is_person = grant.recipient.org_id.is_empty();
        let recipient_id = if is_person {
            format!("{id}-recipient")
        } else {
            plain(&grant.recipient.org_id)
        };
        let recipient_name = or(plain(&grant.recipient.name), &recipient_id);
        let funder_id = plain(&grant.funder.org_id);
        let funder_name = or(plain(&grant.funder.name), &funder_id);
        let programme = plain(&grant.programme);
        let modified = grant
            .modified_at
            .map(|at| at.to_rfc3339_opts(chrono::SecondsFormat::Secs, true))
            .unwrap_or_default();
        match &mut self.to {
            To::Json { out, any } => {
                out.write_all(if *any { b",\n" } else { b"\n" })?;
                *any = true;
                let recipient = Named {
                    id: &recipient_id,
                    name: &recipient_name,
                };
                let (organization, individual) = if is_person {
                    (None, Some(recipient))
                } else {
                    (Some([recipient]), None)
                };
                let written = Written {
                    id: &id,
                    title: &title,
                    description: &description,
                    currency: "GBP",
                    amount_awarded: RawValue::from_string(amount)?,
                    award_date: &awarded,
                    planned_dates: (!start.is_empty() || !end.is_empty() || months.is_some())
                        .then_some([Dates {
                            start_date: &start,
                            end_date: &end,
                            duration: grant.months,
                        }]),
                    recipient_organization: organization,
                    recipient_individual: individual,
                    funding_organization: [Named {
                        id: &funder_id,
                        name: &funder_name,
                    }],
                    grant_programme: (!programme.is_empty())
                        .then_some([Titled { title: &programme }]),
                    date_modified: &modified,
                };
                serde_json::to_writer(out, &written)?;
            }
            To::Csv(table) => {
                let (body, person) = if is_person {
                    (["", ""], [recipient_id.as_str(), &recipient_name])
                } else {
                    ([recipient_id.as_str(), &recipient_name], ["", ""])
                };
                table.write_record([
                    id.as_str(),
                    &title,
                    &description,
                    "GBP",
                    &amount,
                    &awarded,
                    &start,
                    &end,
                    months.as_deref().unwrap_or_default(),
                    body[0],
                    body[1],
                    person[0],
                    person[1],
                    &funder_id,
                    &funder_name,
                    &programme,
                    &modified,
                ])?;
            }
        }
        Ok(())
    }

    /// Ends, and hands back what it wrote to.
    pub fn end(self) -> io::Result<W> {
        match self.to {
            To::Json { mut out, .. } => {
                out.write_all(b"\n]}\n")?;
                out.flush()?;
                Ok(out)
            }
            To::Csv(table) => table
                .into_inner()
                .map_err(|error| io::Error::other(error.to_string())),
        }
    }
}
