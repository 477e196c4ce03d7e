//! Where an answer may come from, each as a sentence to choose: the same list for pages, JSON and
//! the words in which a binding is read back.

use entity::FieldKind;
use serde::Serialize;
use utoipa::ToSchema;

use super::{Binding, Fact, Filters, Measure, Of, PeriodKind, PeriodSpec, When};

/// One of the places that an answer may come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Source {
    /// Stable short name.
    pub slug: &'static str,
    /// Under which heading it is offered.
    pub group: &'static str,
    /// What it is, in words.
    pub words: &'static str,
    measure: Measure,
    of: Option<Of>,
    fact: Option<Fact>,
    period: Option<PeriodKind>,
    when: When,
}

const fn source(
    slug: &'static str,
    group: &'static str,
    words: &'static str,
    measure: Measure,
) -> Source {
    Source {
        slug,
        group,
        words,
        measure,
        of: None,
        fact: None,
        period: None,
        when: When::Always,
    }
}

const fn over(mut source: Source, period: PeriodKind, when: When) -> Source {
    source.period = Some(period);
    source.when = when;
    source
}

const fn of(mut source: Source, of: Of) -> Source {
    source.of = Some(of);
    source
}

const fn fact(mut source: Source, fact: Fact) -> Source {
    source.fact = Some(fact);
    source
}

const MONEY: &str = "Spend and forecast";
const AWARD: &str = "The award";
const WHO: &str = "Organisations";
const RETURN: &str = "This return";
const MATCH: &str = "Match funding";
const SIGNED: &str = "Written when it is signed";
const OTHER: &str = "Other";

/// Every source, in the order in which they are offered.
pub const SOURCES: &[Source] = &[
    over(
        source("spend-this", MONEY, "Spend in this period", Measure::Spend),
        PeriodKind::This,
        When::Actual,
    ),
    over(
        source(
            "spend-year",
            MONEY,
            "Spend in this financial year to date",
            Measure::Spend,
        ),
        PeriodKind::YearToDate,
        When::Actual,
    ),
    over(
        source(
            "spend-to-date",
            MONEY,
            "Spend since the award began",
            Measure::Spend,
        ),
        PeriodKind::Cumulative,
        When::Actual,
    ),
    over(
        of(
            source(
                "grid-spend",
                MONEY,
                "A quarter of the form’s grid: spend if it has ended, otherwise forecast",
                Measure::GridQuarter,
            ),
            Of::SpendOrForecast,
        ),
        PeriodKind::Quarter,
        When::Always,
    ),
    over(
        source(
            "spend-quarter",
            MONEY,
            "A quarter of the form’s grid: spend only",
            Measure::Spend,
        ),
        PeriodKind::Quarter,
        When::Actual,
    ),
    over(
        source(
            "forecast-quarter",
            MONEY,
            "A quarter of the form’s grid: forecast only",
            Measure::Forecast,
        ),
        PeriodKind::Quarter,
        When::Forecast,
    ),
    over(
        source(
            "forecast-to-end",
            MONEY,
            "Forecast for the rest of the award",
            Measure::Forecast,
        ),
        PeriodKind::ToEnd,
        When::Forecast,
    ),
    over(
        source(
            "previous-forecast",
            MONEY,
            "What the last return expected for this period",
            Measure::PreviousForecast,
        ),
        PeriodKind::This,
        When::Always,
    ),
    over(
        source(
            "award-amount",
            AWARD,
            "How much was awarded",
            Measure::AwardAmount,
        ),
        PeriodKind::ToEnd,
        When::Always,
    ),
    over(
        source(
            "headroom",
            AWARD,
            "What is left of the award to spend",
            Measure::Headroom,
        ),
        PeriodKind::Cumulative,
        When::Always,
    ),
    over(
        source(
            "received",
            AWARD,
            "What the funder has paid so far, less what was paid back",
            Measure::Received,
        ),
        PeriodKind::Cumulative,
        When::Always,
    ),
    fact(
        source(
            "award-reference",
            AWARD,
            "The funder’s reference",
            Measure::Award,
        ),
        Fact::Reference,
    ),
    fact(
        source("award-title", AWARD, "The award’s title", Measure::Award),
        Fact::Title,
    ),
    fact(
        source(
            "award-programme",
            AWARD,
            "The funder’s scheme",
            Measure::Award,
        ),
        Fact::Programme,
    ),
    fact(
        source(
            "award-starts-on",
            AWARD,
            "The award’s first day",
            Measure::Award,
        ),
        Fact::StartsOn,
    ),
    fact(
        source(
            "award-ends-on",
            AWARD,
            "The award’s last day",
            Measure::Award,
        ),
        Fact::EndsOn,
    ),
    fact(
        source(
            "award-legal-basis",
            AWARD,
            "Its legal basis",
            Measure::Award,
        ),
        Fact::LegalBasis,
    ),
    fact(
        of(
            source(
                "body-name",
                WHO,
                "The accountable body’s name",
                Measure::Organisation,
            ),
            Of::AccountableBody,
        ),
        Fact::Name,
    ),
    fact(
        of(
            source(
                "body-org-id",
                WHO,
                "The accountable body’s identifier",
                Measure::Organisation,
            ),
            Of::AccountableBody,
        ),
        Fact::OrgId,
    ),
    fact(
        of(
            source(
                "body-kind",
                WHO,
                "What kind of body the accountable body is",
                Measure::Organisation,
            ),
            Of::AccountableBody,
        ),
        Fact::Kind,
    ),
    fact(
        of(
            source(
                "body-address",
                WHO,
                "The accountable body’s address",
                Measure::Organisation,
            ),
            Of::AccountableBody,
        ),
        Fact::Address,
    ),
    fact(
        of(
            source(
                "lead-name",
                WHO,
                "The lead charity’s name",
                Measure::Organisation,
            ),
            Of::Lead,
        ),
        Fact::Name,
    ),
    fact(
        of(
            source(
                "lead-org-id",
                WHO,
                "The lead charity’s identifier",
                Measure::Organisation,
            ),
            Of::Lead,
        ),
        Fact::OrgId,
    ),
    fact(
        of(
            source(
                "funder-name",
                WHO,
                "The funder’s name",
                Measure::Organisation,
            ),
            Of::Funder,
        ),
        Fact::Name,
    ),
    fact(
        of(
            source(
                "holder-name",
                WHO,
                "The name of who holds the money",
                Measure::Organisation,
            ),
            Of::Holder,
        ),
        Fact::Name,
    ),
    fact(
        source(
            "grid-starts-on",
            RETURN,
            "The first day of the form’s grid",
            Measure::ReturnPeriod,
        ),
        Fact::GridStartsOn,
    ),
    fact(
        source(
            "due-on",
            RETURN,
            "The day on which this return is due",
            Measure::ReturnPeriod,
        ),
        Fact::DueOn,
    ),
    fact(
        source(
            "quarter-label",
            RETURN,
            "Which quarter of the grid it is (“Quarter 6”)",
            Measure::ReturnPeriod,
        ),
        Fact::QuarterLabel,
    ),
    fact(
        source(
            "period-label",
            RETURN,
            "Its period (“April to June 2026”)",
            Measure::ReturnPeriod,
        ),
        Fact::PeriodLabel,
    ),
    fact(
        source(
            "period-from",
            RETURN,
            "The first day of its period",
            Measure::ReturnPeriod,
        ),
        Fact::PeriodFrom,
    ),
    fact(
        source(
            "period-to",
            RETURN,
            "The last day of its period",
            Measure::ReturnPeriod,
        ),
        Fact::PeriodTo,
    ),
    fact(
        source(
            "submission",
            RETURN,
            "Whether it is the first submission or a resubmission",
            Measure::ReturnPeriod,
        ),
        Fact::Submission,
    ),
    fact(
        source(
            "preparer-name",
            RETURN,
            "Who prepares it",
            Measure::ReturnPeriod,
        ),
        Fact::PreparerName,
    ),
    fact(
        source(
            "preparer-email",
            RETURN,
            "The preparer’s email address",
            Measure::ReturnPeriod,
        ),
        Fact::PreparerEmail,
    ),
    fact(
        source(
            "preparer-telephone",
            RETURN,
            "The preparer’s telephone number",
            Measure::ReturnPeriod,
        ),
        Fact::PreparerTelephone,
    ),
    over(
        of(
            source(
                "grid-match",
                MATCH,
                "A quarter of the form’s grid: match spent if it has ended, otherwise expected",
                Measure::GridQuarter,
            ),
            Of::Match,
        ),
        PeriodKind::Quarter,
        When::Always,
    ),
    fact(
        source(
            "match-source",
            MATCH,
            "A source of match: its name",
            Measure::Match,
        ),
        Fact::Source,
    ),
    fact(
        source(
            "match-kind",
            MATCH,
            "A source of match: what kind",
            Measure::Match,
        ),
        Fact::Kind,
    ),
    fact(
        source(
            "match-cash-or-kind",
            MATCH,
            "A source of match: cash or in kind",
            Measure::Match,
        ),
        Fact::CashOrKind,
    ),
    fact(
        source(
            "match-secured",
            MATCH,
            "A source of match: whether it is secured",
            Measure::Match,
        ),
        Fact::Secured,
    ),
    fact(
        source(
            "match-agreed",
            MATCH,
            "A source of match: how much was agreed",
            Measure::Match,
        ),
        Fact::Agreed,
    ),
    fact(
        source(
            "match-spent",
            MATCH,
            "A source of match: spent so far",
            Measure::Match,
        ),
        Fact::Spent,
    ),
    fact(
        source(
            "match-evidence",
            MATCH,
            "A source of match: its evidence",
            Measure::Match,
        ),
        Fact::Evidence,
    ),
    fact(
        source(
            "signed-name",
            SIGNED,
            "A signature: the name",
            Measure::Certification,
        ),
        Fact::Name,
    ),
    fact(
        source(
            "signed-office",
            SIGNED,
            "A signature: the office",
            Measure::Certification,
        ),
        Fact::Office,
    ),
    fact(
        source(
            "signed-email",
            SIGNED,
            "A signature: the email address",
            Measure::Certification,
        ),
        Fact::Email,
    ),
    fact(
        source(
            "signed-date",
            SIGNED,
            "A signature: the date",
            Measure::Certification,
        ),
        Fact::Date,
    ),
    fact(
        source(
            "signed-reference",
            SIGNED,
            "A signature: its reference",
            Measure::Certification,
        ),
        Fact::Reference,
    ),
    fact(
        source(
            "signed-all",
            SIGNED,
            "Yes, once all have signed",
            Measure::Certification,
        ),
        Fact::Confirmed,
    ),
    source(
        "previous-answer",
        OTHER,
        "What the last return answered here",
        Measure::PreviousAnswer,
    ),
    source(
        "fixed-text",
        OTHER,
        "Always the same words",
        Measure::FixedText,
    ),
];

/// What a binding says beyond its source.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Details {
    /// What is counted.
    pub filters: Filters,
    /// Which quarter of the grid.
    pub quarter: Option<u16>,
    /// Which row of a list, or which signature.
    pub row: Option<u16>,
    /// The words.
    pub text: Option<String>,
}

impl Source {
    /// The source of a slug.
    #[must_use]
    pub fn from_slug(slug: &str) -> Option<Self> {
        SOURCES.iter().copied().find(|source| source.slug == slug)
    }

    /// The source that a binding has; none for one that is told finer than this list can.
    #[must_use]
    pub fn of_binding(binding: &Binding) -> Option<Self> {
        let period = binding.period.map(|period| period.kind);
        let same = |source: &&Self| {
            source.measure == binding.measure
                && source.of == binding.of
                && source.fact == binding.fact
        };
        SOURCES
            .iter()
            .find(|source| same(source) && source.period == period)
            .or_else(|| {
                // An amount of a fence is told without a period, or with another than is usual.
                SOURCES.iter().find(|source| {
                    same(source)
                        && matches!(
                            source.measure,
                            Measure::AwardAmount
                                | Measure::Headroom
                                | Measure::Received
                                | Measure::PreviousForecast
                                | Measure::PreviousAnswer
                        )
                })
            })
            .copied()
    }

    /// Whether it takes fence, categories, capital or revenue.
    #[must_use]
    pub const fn takes_filters(&self) -> bool {
        matches!(
            self.measure,
            Measure::Spend
                | Measure::Forecast
                | Measure::GridQuarter
                | Measure::PreviousForecast
                | Measure::AwardAmount
                | Measure::Headroom
        )
    }

    /// Whether it needs the number of a quarter.
    #[must_use]
    pub fn takes_quarter(&self) -> bool {
        self.period == Some(PeriodKind::Quarter)
    }

    /// Whether it needs the number of a row or a signature.
    #[must_use]
    pub fn takes_row(&self) -> bool {
        self.measure == Measure::Match
            || (self.measure == Measure::Certification && self.fact != Some(Fact::Confirmed))
    }

    /// Whether it can fill a field of this kind.
    #[must_use]
    pub fn fits(&self, kind: FieldKind) -> bool {
        super::check::misfit(
            kind,
            &self.binding(&Details {
                quarter: Some(1),
                row: Some(1),
                text: Some(String::new()),
                ..Details::default()
            }),
        )
        .is_none()
    }

    /// The binding that it makes with these details; what it does not take is left out.
    #[must_use]
    pub fn binding(&self, details: &Details) -> Binding {
        Binding {
            measure: self.measure,
            of: self.of,
            fact: self.fact,
            row: self.takes_row().then(|| details.row.unwrap_or(1)),
            text: (self.measure == Measure::FixedText)
                .then(|| details.text.clone().unwrap_or_default()),
            filters: if self.takes_filters() {
                details.filters.clone()
            } else {
                Filters::default()
            },
            period: self.period.map(|kind| PeriodSpec {
                kind,
                index: (kind == PeriodKind::Quarter).then(|| details.quarter.unwrap_or(1)),
            }),
            when: self.when,
        }
    }
}

/// The names that filters use, for the words.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = FilterNames)]
pub struct Vocabulary {
    /// Cost categories.
    pub categories: Vec<Named>,
    /// Fences of the funder's awards.
    pub fences: Vec<Named>,
}

/// A short name and what people call it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = NamedSlug)]
pub struct Named {
    /// The stable short name.
    pub slug: String,
    /// What people call it.
    pub name: String,
}

impl Vocabulary {
    fn name<'a>(list: &'a [Named], slug: &'a str) -> &'a str {
        list.iter()
            .find(|named| named.slug == slug)
            .map_or(slug, |named| named.name.as_str())
    }
}

/// A binding as people read it.
#[must_use]
pub fn in_words(binding: Option<&Binding>, vocabulary: &Vocabulary) -> String {
    let Some(binding) = binding else {
        return "A person answers it".to_owned();
    };
    let mut words = Source::of_binding(binding).map_or_else(
        || "Filled by a rule that was sent as JSON".to_owned(),
        |source| source.words.to_owned(),
    );
    let mut more = Vec::new();
    if let Some(index) = binding.period.and_then(|period| period.index) {
        more.push(format!("quarter {index}"));
    }
    if let Some(row) = binding.row {
        more.push(match binding.measure {
            Measure::Certification => format!("signature {row}"),
            _ => format!("source {row}"),
        });
    }
    more.extend(filters_in_words(&binding.filters, vocabulary));
    if let Some(text) = binding.text.as_ref().filter(|text| !text.is_empty()) {
        more.push(format!("“{text}”"));
    }
    if !more.is_empty() {
        words.push_str(": ");
        words.push_str(&more.join(", "));
    }
    words
}

/// What is counted, as people read it.
#[must_use]
pub fn filters_in_words(filters: &Filters, vocabulary: &Vocabulary) -> Vec<String> {
    let mut more = Vec::new();
    match filters.capital {
        Some(true) => more.push("capital".to_owned()),
        Some(false) => more.push("revenue".to_owned()),
        None => {}
    }
    if let Some(fence) = &filters.fence {
        let name = Vocabulary::name(&vocabulary.fences, fence);
        more.push(format!("the part for {name}"));
    }
    if let Some(categories) = &filters.category {
        let names: Vec<&str> = categories
            .iter()
            .map(|slug| Vocabulary::name(&vocabulary.categories, slug))
            .collect();
        more.push(names.join(" and "));
    }
    if let Some(place) = &filters.place {
        more.push(format!("in {place}"));
    }
    if let Some(group) = &filters.group {
        more.push(format!("for {group}"));
    }
    more
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn each_source_reads_back_as_itself_and_fits_something() {
        let mut slugs = HashSet::new();
        for source in SOURCES {
            assert!(slugs.insert(source.slug), "{} twice", source.slug);
            let binding = source.binding(&Details::default());
            assert_eq!(Source::of_binding(&binding), Some(*source));
            assert!(
                FieldKind::all().any(|kind| source.fits(kind)),
                "{} fits nothing",
                source.slug
            );
        }
    }

    #[test]
    fn a_binding_is_read_in_words() {
        let vocabulary = Vocabulary {
            categories: vec![Named {
                slug: "residential".into(),
                name: "Residential rehabilitation".into(),
            }],
            fences: Vec::new(),
        };
        let binding = Source::from_slug("grid-spend").unwrap().binding(&Details {
            filters: Filters {
                capital: Some(false),
                category: Some(vec!["residential".into()]),
                ..Filters::default()
            },
            quarter: Some(6),
            ..Details::default()
        });
        assert_eq!(
            in_words(Some(&binding), &vocabulary),
            "A quarter of the form’s grid: spend if it has ended, otherwise forecast: quarter 6, revenue, Residential rehabilitation"
        );
        assert_eq!(in_words(None, &vocabulary), "A person answers it");
    }
}
