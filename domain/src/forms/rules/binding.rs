//! Where an answer comes from: structured, never a script.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// What fills a field.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Binding {
    /// What is measured, or which record is asked.
    pub measure: Measure,
    /// Which of several: an organisation's part, or what a grid's quarter holds.
    #[serde(default)]
    pub of: Option<Of>,
    /// Which fact of a record.
    #[serde(default)]
    pub fact: Option<Fact>,
    /// Which row of a list, from 1.
    #[serde(default)]
    #[schema(minimum = 0, maximum = 65_535)]
    pub row: Option<u16>,
    /// The words, for a fixed text.
    #[serde(default)]
    pub text: Option<String>,
    /// What is counted.
    #[serde(default)]
    pub filters: Filters,
    /// Over which time.
    #[serde(default)]
    pub period: Option<PeriodSpec>,
    /// Actual, forecast or both.
    #[serde(default)]
    pub when: When,
}

/// What is measured, or which record is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Measure {
    /// Spend that the award pays for.
    Spend,
    /// Spend that is forecast for the award.
    Forecast,
    /// A quarter of the form's grid: actual where it has ended, otherwise forecast.
    GridQuarter,
    /// What the last return said would be spent in this period.
    PreviousForecast,
    /// The award's amount, or a fence's.
    AwardAmount,
    /// The award's amount less what was spent.
    Headroom,
    /// What the funder has paid.
    Received,
    /// What is promised to providers.
    Commitment,
    /// A source of match funding.
    Match,
    /// A fact of the award.
    Award,
    /// A fact of an organisation.
    Organisation,
    /// A fact of this return.
    ReturnPeriod,
    /// Words that are always the same.
    FixedText,
    /// What the last return answered here.
    PreviousAnswer,
    /// Who signed, in which office, and when; written when it is signed.
    Certification,
}

/// Which of several.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Of {
    /// Spend in quarters that have ended, forecast in the others.
    SpendOrForecast,
    /// Match funding.
    Match,
    /// The organisation that answers to the funder.
    AccountableBody,
    /// The charity that leads the programme: whose installation this is.
    Lead,
    /// The organisation that gives the money.
    Funder,
    /// The organisation that holds the money.
    Holder,
}

/// A fact of a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Fact {
    /// The funder's reference of an award, or of a signed statement.
    Reference,
    /// An award's title.
    Title,
    /// The funder's scheme.
    Programme,
    /// First day of an award.
    StartsOn,
    /// Last day of an award.
    EndsOn,
    /// The law or agreement under which the money is paid.
    LegalBasis,
    /// A name.
    Name,
    /// An organisation's public identifier.
    OrgId,
    /// What sort of body, or of source.
    Kind,
    /// Where an organisation is.
    Address,
    /// First day of the form's grid.
    GridStartsOn,
    /// "Quarter 2", counted along the grid.
    QuarterLabel,
    /// "April to June 2026".
    PeriodLabel,
    /// First day of the period.
    PeriodFrom,
    /// Last day of the period.
    PeriodTo,
    /// By when the return is due: the day, and in words also the hour.
    DueOn,
    /// Whether it was sent before.
    Submission,
    /// Who prepares the return.
    PreparerName,
    /// Where to write to them.
    PreparerEmail,
    /// Where to call them.
    PreparerTelephone,
    /// Whose money a match is.
    Source,
    /// Cash or in kind.
    CashOrKind,
    /// Promised in writing.
    Secured,
    /// The whole amount of a match.
    Agreed,
    /// A match so far.
    Spent,
    /// What shows a match.
    Evidence,
    /// The office that signs.
    Office,
    /// An e-mail address.
    Email,
    /// A date.
    Date,
    /// That all have signed.
    Confirmed,
}

/// What is counted. An absent filter counts all.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Filters {
    /// A fence of the award, by its slug: lines that fit it or a fence inside it.
    #[serde(default)]
    pub fence: Option<String>,
    /// Cost categories, by their slugs.
    #[serde(default)]
    pub category: Option<Vec<String>>,
    /// Capital alone, or revenue alone.
    #[serde(default)]
    pub capital: Option<bool>,
    /// A place.
    #[serde(default)]
    pub place: Option<String>,
    /// A group of people.
    #[serde(default)]
    pub group: Option<String>,
}

/// Over which time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PeriodSpec {
    /// Which time.
    pub kind: PeriodKind,
    /// Which quarter of the grid, from 1.
    #[serde(default)]
    #[schema(minimum = 0, maximum = 65_535)]
    pub index: Option<u16>,
}

/// Which time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum PeriodKind {
    /// The return's own period.
    This,
    /// From the start of the grid's year to the period's end.
    YearToDate,
    /// From the award's start to the period's end.
    Cumulative,
    /// From the day after the period to the award's end.
    ToEnd,
    /// A quarter of the form's grid.
    Quarter,
}

/// Actual, forecast or both.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum When {
    /// Whatever the measure says.
    #[default]
    Always,
    /// What has happened.
    Actual,
    /// What is expected.
    Forecast,
}
