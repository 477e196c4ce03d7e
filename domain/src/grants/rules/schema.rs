//! The 360Giving standard's schema (1.4) as a table, and what is wrong with a grant by it.

use chrono::{DateTime, NaiveDate};
use serde_json::{Map, Value};

/// What a value must be.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Kind {
    /// Text.
    Text,
    /// A web address.
    Uri,
    /// A number.
    Number,
    /// A number that is not below nought.
    Positive,
    /// A date, or an instant.
    Day,
    /// The same, or a month or a year.
    LooseDay,
    /// An instant.
    Instant,
    /// A currency's code.
    Currency,
    /// A country's code.
    Country,
    /// Yes or No.
    YesNo,
    /// Texts.
    Texts,
    /// An object.
    One(&'static [Field]),
    /// Objects.
    Many(&'static [Field]),
}

use Kind::{
    Country, Currency, Day, Instant, LooseDay, Many, Number, One, Positive, Text, Texts, Uri, YesNo,
};

/// A field of the standard.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Field {
    /// Its name in JSON.
    pub name: &'static str,
    /// Its title, as tables head their columns.
    pub title: &'static str,
    /// What it must be.
    pub kind: Kind,
    required: bool,
    nullable: bool,
}

const fn may(name: &'static str, title: &'static str, kind: Kind) -> Field {
    Field {
        name,
        title,
        kind,
        required: false,
        nullable: false,
    }
}

const fn must(name: &'static str, title: &'static str, kind: Kind) -> Field {
    Field {
        required: true,
        ..may(name, title, kind)
    }
}

const fn or_null(name: &'static str, title: &'static str, kind: Kind) -> Field {
    Field {
        nullable: true,
        ..may(name, title, kind)
    }
}

/// A grant.
pub(crate) const GRANT: &[Field] = &[
    must("id", "Identifier", Text),
    must("title", "Title", Text),
    must("description", "Description", Text),
    must("currency", "Currency", Currency),
    may("amountAppliedFor", "Amount Applied For", Number),
    must("amountAwarded", "Amount Awarded", Number),
    may("amountDisbursed", "Amount Disbursed", Number),
    must("awardDate", "Award Date", Day),
    may("url", "URL", Uri),
    may("plannedDates", "Planned Dates", Many(EVENT)),
    may("actualDates", "Actual Dates", Many(EVENT)),
    may("recipientIndividual", "Recipient Ind", One(PERSON)),
    may(
        "toIndividualsDetails",
        "To Individuals Details",
        One(TO_INDIVIDUALS),
    ),
    may("recipientOrganization", "Recipient Org", Many(ORGANISATION)),
    may(
        "beneficiaryLocation",
        "Beneficiary Location",
        Many(LOCATION),
    ),
    must("fundingOrganization", "Funding Org", Many(ORGANISATION)),
    may("grantProgramme", "Grant Programme", Many(PROGRAMME)),
    may("fromOpenCall", "From An Open Call?", YesNo),
    may("fundingType", "Funding Type", Many(CLASSIFICATION)),
    may("classifications", "Classifications", Many(CLASSIFICATION)),
    may("relatedDocument", "Related Document", Many(DOCUMENT)),
    may(
        "applicationTransaction",
        "applicationTransaction",
        Many(TRANSACTION),
    ),
    may(
        "commitmentTransaction",
        "commitmentTransaction",
        Many(TRANSACTION),
    ),
    may(
        "disbursementTransaction",
        "disbursementTransaction",
        Many(TRANSACTION),
    ),
    may("relatedActivity", "Related Activity", Texts),
    may("dateModified", "Last Modified", Instant),
    or_null("dataSource", "Data Source", Uri),
    may("regrantType", "For Regrant Type", Text),
    may("locationScope", "Location Scope", Text),
];

/// Why and for what a person got a grant.
pub(crate) const TO_INDIVIDUALS: &[Field] = &[
    may("primaryGrantReason", "Primary Grant Reason", Text),
    may("secondaryGrantReason", "Secondary Grant Reason", Text),
    may("grantPurpose", "Grant Purpose", Texts),
];

/// A payment.
pub(crate) const TRANSACTION: &[Field] = &[
    may("id", "Identifier", Text),
    may("transactionDate", "Transaction Date", Day),
    may("currency", "Currency", Currency),
    may("value", "Value", Number),
    or_null("valueDate", "Value Date", Day),
    or_null("description", "Description", Text),
    or_null("provider", "Provider", Text),
    or_null("recipient", "Recipient", Text),
    may("dateModified", "Last Modified", Instant),
];

/// A document about a grant.
pub(crate) const DOCUMENT: &[Field] = &[
    may("id", "Identifier", Text),
    or_null("title", "Title", Text),
    or_null("url", "Web Address", Uri),
    or_null("description", "Description", Text),
    or_null("documentType", "Document Type", Text),
    may("dateModified", "Last Modified", Instant),
];

/// A place.
pub(crate) const LOCATION: &[Field] = &[
    may("id", "Identifier", Text),
    or_null("name", "Name", Text),
    may("countryCode", "Country Code", Country),
    or_null("latitude", "Latitude", Number),
    or_null("longitude", "Longitude", Number),
    or_null("description", "Description", Text),
    or_null("geoCode", "Geographic Code", Text),
    or_null("geoCodeType", "Geographic Code Type", Text),
    may("dateModified", "Last Modified", Instant),
];

/// A word of a vocabulary.
pub(crate) const CLASSIFICATION: &[Field] = &[
    may("vocabulary", "Vocabulary", Text),
    may("code", "Code", Text),
    or_null("title", "Title", Text),
    or_null("description", "Description", Text),
    or_null("url", "URL", Uri),
    may("dateModified", "Last Modified", Instant),
];

/// A scheme.
pub(crate) const PROGRAMME: &[Field] = &[
    may("code", "Code", Text),
    or_null("title", "Title", Text),
    or_null("description", "Description", Text),
    or_null("url", "URL", Uri),
    may("dateModified", "Last Modified", Instant),
];

/// A person who got a grant.
pub(crate) const PERSON: &[Field] = &[must("id", "Identifier", Text), must("name", "Name", Text)];

/// A body that gave or got a grant.
pub(crate) const ORGANISATION: &[Field] = &[
    must("id", "Identifier", Text),
    must("name", "Name", Text),
    may("department", "Department", Text),
    may("contactName", "Contact Name", Text),
    may("charityNumber", "Charity Number", Text),
    may("companyNumber", "Company Number", Text),
    may("streetAddress", "Street Address", Text),
    may("addressLocality", "City", Text),
    may("addressRegion", "County", Text),
    may("addressCountry", "Country", Text),
    may("postalCode", "Postal Code", Text),
    may("telephone", "Phone Number", Text),
    may("alternateName", "Alternate Name", Text),
    may("email", "Email", Text),
    may("description", "Description", Text),
    or_null("organisationType", "Organisation Type", Text),
    may("url", "Web Address", Uri),
    may("location", "Location", Many(LOCATION)),
    may("dateModified", "Last Modified", Instant),
];

/// When something begins and ends.
pub(crate) const EVENT: &[Field] = &[
    may("title", "Title", Text),
    may("startDate", "Start Date", LooseDay),
    may("endDate", "End Date", LooseDay),
    may("duration", "Duration (months)", Positive),
    may("description", "Description", Text),
    may("dateModified", "Last Modified", Instant),
];
const COUNTRIES: &str = "\
AF AX AL DZ AS AD AO AI AQ AG AR AM AW AU AT AZ BS BH BD BB BY BE BZ BJ BM BT BO BQ BA \
BW BV BR IO BN BG BF BI KH CM CA CV KY CF TD CL CN CX CC CO KM CG CD CK CR CI HR CU CW \
CY CZ DK DJ DM DO EC EG SV GQ ER EE ET FK FO FJ FI FR GF PF TF GA GM GE DE GH GI GR GL \
GD GP GU GT GG GN GW GY HT HM VA HN HK HU IS IN ID IR IQ IE IM IL IT JM JP JE JO KZ KE \
KI KP KR KW KG LA LV LB LS LR LY LI LT LU MO MK MG MW MY MV ML MT MH MQ MR MU YT MX FM \
MD MC MN ME MS MA MZ MM NA NR NP NL NC NZ NI NE NG NU NF MP NO OM PK PW PS PA PG PY PE \
PH PN PL PT PR QA RE RO RU RW BL SH KN LC MF PM VC WS SM ST SA SN RS SC SL SG SX SK SI \
SB SO ZA GS SS ES LK SD SR SJ SZ SE CH SY TW TJ TZ TH TL TG TK TO TT TN TR TM TC TV UG \
UA AE GB US UM UY UZ VU VE VN VG VI WF EH YE ZM ZW";

/// Something that is wrong with a grant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// Where in the grant, as a path of the standard's names.
    pub place: String,
    /// What is wrong and what to do.
    pub message: String,
}

/// Faults of one grant that are listed.
const MOST: usize = 20;

/// Everything that is wrong with a grant by the standard's schema.
pub(crate) fn check(grant: &Value) -> Vec<Fault> {
    let mut faults = Vec::new();
    let Value::Object(fields) = grant else {
        faults.push(fault("", "This is no grant: an object is expected here."));
        return faults;
    };
    object(GRANT, fields, "", &mut faults);
    for name in ["recipientOrganization", "fundingOrganization"] {
        if fields
            .get(name)
            .and_then(Value::as_array)
            .is_some_and(Vec::is_empty)
        {
            faults.push(fault(name, "It lists nobody: name one organisation."));
        }
    }
    match (
        fields.contains_key("recipientOrganization"),
        fields.contains_key("recipientIndividual"),
    ) {
        (false, false) => faults.push(fault(
            "recipientOrganization",
            "It is missing: say which organisation (or person) got the grant.",
        )),
        (true, true) => faults.push(fault(
            "recipientIndividual",
            "An organisation and a person are both named: keep the one that got the grant.",
        )),
        _ => {}
    }
    faults.truncate(MOST);
    faults
}

fn fault(place: &str, message: impl Into<String>) -> Fault {
    Fault {
        place: place.to_owned(),
        message: message.into(),
    }
}

fn object(known: &[Field], fields: &Map<String, Value>, path: &str, faults: &mut Vec<Fault>) {
    for field in known {
        let place = || {
            if path.is_empty() {
                field.name.to_owned()
            } else {
                format!("{path}/{}", field.name)
            }
        };
        match fields.get(field.name) {
            None if field.required => {
                faults.push(fault(&place(), "It is missing: every grant has one."));
            }
            None => {}
            Some(Value::Null) if field.nullable => {}
            Some(Value::Null) => faults.push(fault(
                &place(),
                "It is empty (null): give it a value or leave it out.",
            )),
            Some(value) => one(field, value, &place, faults),
        }
    }
}

fn one(field: &Field, value: &Value, place: &dyn Fn() -> String, faults: &mut Vec<Fault>) {
    let text = value.as_str();
    let wrong = match field.kind {
        Text => text
            .is_none()
            .then_some("Write it as text, in quotation marks."),
        Uri => (!text.is_some_and(is_uri))
            .then_some("Write a whole web address, such as https://example.org/grants."),
        Number | Positive if !value.is_number() => {
            Some("Write it as a number without quotation marks, commas or a currency sign.")
        }
        Number => None,
        Positive => value
            .to_string()
            .starts_with('-')
            .then_some("It cannot be below nought."),
        Day => (!text.is_some_and(is_day)).then_some("Write the date as 2026-04-30."),
        LooseDay => (!text.is_some_and(|text| is_day(text) || is_month_or_year(text)))
            .then_some("Write the date as 2026-04-30, or 2026-04, or 2026."),
        Instant => (!text.is_some_and(is_instant))
            .then_some("Write the date and time as 2026-04-30T09:00:00Z."),
        Currency => (!text.is_some_and(|text| {
            text.len() == 3 && text.bytes().all(|byte| byte.is_ascii_uppercase())
        }))
        .then_some("Write the currency’s three capital letters, such as GBP."),
        Country => (!text.is_some_and(|text| COUNTRIES.split(' ').any(|code| code == text)))
            .then_some("Write the country’s two capital letters, such as GB."),
        YesNo => (!matches!(text, Some("Yes" | "No"))).then_some("Write Yes or No."),
        Texts => (!value
            .as_array()
            .is_some_and(|list| list.iter().all(Value::is_string)))
        .then_some("Write a list of texts."),
        One(known) => match value {
            Value::Object(fields) => {
                object(known, fields, &place(), faults);
                None
            }
            _ => Some("Write an object here."),
        },
        Many(known) => match value {
            Value::Array(items) => {
                for (n, item) in items.iter().enumerate() {
                    let place = format!("{}/{n}", place());
                    match item {
                        Value::Object(fields) => object(known, fields, &place, faults),
                        _ => faults.push(fault(&place, "Write an object here.")),
                    }
                }
                None
            }
            _ => Some("Write a list of objects here, in square brackets."),
        },
    };
    if let Some(message) = wrong {
        faults.push(fault(&place(), message));
    } else if text.is_some_and(|text| text.contains('\0')) {
        faults.push(fault(
            &place(),
            "It has a character that no text has: take it out.",
        ));
    }
}

/// A scheme, a colon, and something without blanks.
fn is_uri(text: &str) -> bool {
    let Some((scheme, rest)) = text.split_once(':') else {
        return false;
    };
    scheme.starts_with(|c: char| c.is_ascii_alphabetic())
        && scheme
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || "+-.".contains(c))
        && !rest.is_empty()
        && rest
            .chars()
            .all(|c| c.is_ascii_graphic() && !"<>\"{}|\\^`".contains(c))
}

fn is_instant(text: &str) -> bool {
    // a date is the commonest that is none, and soon told
    text.len() > 10 && DateTime::parse_from_rfc3339(text).is_ok()
}

fn is_day(text: &str) -> bool {
    day(text).is_some()
}

/// The day of a date or an instant, as it is written.
pub(crate) fn day(text: &str) -> Option<NaiveDate> {
    let date = if text.len() == 10 {
        text
    } else if is_instant(text) {
        text.get(..10)?
    } else {
        return None;
    };
    let digits = date.bytes().enumerate().all(|(at, byte)| {
        if at == 4 || at == 7 {
            byte == b'-'
        } else {
            byte.is_ascii_digit()
        }
    });
    let part = |from: usize, to: usize| date.get(from..to)?.parse::<u32>().ok();
    let year = i32::try_from(part(0, 4)?).ok()?;
    digits
        .then(|| NaiveDate::from_ymd_opt(year, part(5, 7)?, part(8, 10)?))
        .flatten()
        // what both databases keep and order alike
        .filter(|date| *date >= NaiveDate::from_ymd_opt(1, 1, 1).unwrap_or_default())
}

fn is_month_or_year(text: &str) -> bool {
    let (year, month) = text.split_once('-').unwrap_or((text, "01"));
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    year.len() == 4
        && digits(year)
        && month.len() == 2
        && digits(month)
        && ("01"..="12").contains(&month)
}
