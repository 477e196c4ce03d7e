//! The list of a form's fields, as it is authored and sent.

use entity::FieldKind;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::Binding;

/// A form's fields, in the order in which they are asked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct FormSpec {
    /// The funder's title of the form.
    pub name: String,
    /// The funder's version.
    pub version: String,
    /// The funder's own code of the form.
    #[serde(default)]
    pub funder_form_code: Option<String>,
    /// Headings, in order; each field stands under one.
    pub sections: Vec<String>,
    /// The fields, in order.
    pub fields: Vec<FieldSpec>,
}

/// A question of a form: where it stands and what fills it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct FieldSpec {
    /// Stable short name, such as `finances.received`.
    pub key: String,
    /// Heading it stands under.
    pub section: String,
    /// The question.
    pub label: String,
    /// What kind of answer.
    pub kind: FieldKind,
    /// Where it stands: `Finances!E17`, `name:Reporting_Period`, or
    /// `between:X-START..X-END!r2c3`.
    pub at: String,
    /// Must be answered.
    #[serde(default)]
    pub required: bool,
    /// How to answer.
    #[serde(default)]
    pub guidance: Option<String>,
    /// Most words.
    #[serde(default)]
    pub word_limit: Option<i32>,
    /// The list to choose from.
    #[serde(default)]
    pub choices: Option<Vec<String>>,
    /// What one stands for in the cell.
    #[serde(default)]
    pub unit: Option<Unit>,
    /// To what an amount is rounded in the cell.
    #[serde(default)]
    pub rounding: Option<Rounding>,
    /// What fills it; none for a question that a person answers.
    #[serde(default)]
    pub binding: Option<Binding>,
}

/// What one stands for in a cell that holds money.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Unit {
    /// A pound.
    #[default]
    Pounds,
    /// A thousand pounds.
    Thousands,
}

/// To what an amount is rounded in its cell; halves go away from nothing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Rounding {
    /// Not rounded.
    #[default]
    Pence,
    /// Whole pounds.
    Pounds,
    /// Whole thousands of pounds.
    Thousands,
}

impl Unit {
    /// The slug that is stored.
    #[must_use]
    pub const fn slug(self) -> &'static str {
        match self {
            Self::Pounds => "pounds",
            Self::Thousands => "thousands",
        }
    }

    /// The unit of a slug.
    #[must_use]
    pub fn from_slug(slug: &str) -> Option<Self> {
        match slug {
            "pounds" => Some(Self::Pounds),
            "thousands" => Some(Self::Thousands),
            _ => None,
        }
    }
}

impl Rounding {
    /// The slug that is stored.
    #[must_use]
    pub const fn slug(self) -> &'static str {
        match self {
            Self::Pence => "pence",
            Self::Pounds => "pounds",
            Self::Thousands => "thousands",
        }
    }

    /// The rounding of a slug.
    #[must_use]
    pub fn from_slug(slug: &str) -> Option<Self> {
        match slug {
            "pence" => Some(Self::Pence),
            "pounds" => Some(Self::Pounds),
            "thousands" => Some(Self::Thousands),
            _ => None,
        }
    }

    /// How many pence make one step.
    #[must_use]
    pub const fn step(self) -> i64 {
        match self {
            Self::Pence => 1,
            Self::Pounds => 100,
            Self::Thousands => 100_000,
        }
    }
}
