//! A draft beside the line that is already loaded under the same identity.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::money_text::plain_pounds;
use super::profile::Field;
use super::row::LineDraft;

/// What a file says again about a line that is already loaded.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Comparison {
    /// The same in every field: nothing to load.
    Same,
    /// These fields differ. Facts are never updated: a person decides whether a correcting line
    /// is added or the row is set aside.
    Changed(Vec<FieldChange>),
}

/// One field that differs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct FieldChange {
    /// The field.
    pub field: Field,
    /// As loaded; dates as `2026-03-31`, money in pounds, nothing as an empty text.
    pub was: String,
    /// As the file has it now.
    pub now: String,
}

/// Compares a draft with the loaded line of the same identity.
pub fn compare(loaded: &LineDraft, now: &LineDraft) -> Comparison {
    let mut changes = Vec::new();
    let mut look = |field: Field, same: bool, text: &dyn Fn(&LineDraft) -> String| {
        if !same {
            changes.push(FieldChange {
                field,
                was: text(loaded),
                now: text(now),
            });
        }
    };
    macro_rules! compared {
        ($($field:ident: $name:ident => $text:expr;)*) => {
            $(look(Field::$field, loaded.$name == now.$name, &|line| {
                let text = $text;
                text(&line.$name)
            });)*
        };
    }
    fn words(text: &Option<String>) -> String {
        text.clone().unwrap_or_default()
    }
    fn date(date: &Option<chrono::NaiveDate>) -> String {
        date.map(|date| date.to_string()).unwrap_or_default()
    }
    compared! {
        Transaction: transaction => words;
        Line: line => words;
        IncurredOn: incurred_on => |date: &chrono::NaiveDate| date.to_string();
        PostedOn: posted_on => date;
        PaidOn: paid_on => date;
        Period: period => words;
        Kind: kind => |kind: &super::LineKind| kind.slug().to_owned();
        Amount: amount_pence => |pence: &i64| plain_pounds(*pence);
        Vat: vat_pence => |pence: &Option<i64>| pence.map(plain_pounds).unwrap_or_default();
        CapitalOrRevenue: capital_or_revenue => |value: &Option<super::CapitalOrRevenue>| {
            value.map(|value| value.slug().to_owned()).unwrap_or_default()
        };
        Pool: pool => words;
        Category: category => words;
        Place: place => words;
        Group: group => words;
        Supplier: supplier => words;
        Description: description => words;
        CostCentre: cost_centre => words;
        Account: account => words;
        Project: project => words;
        Commitment: commitment_ref => words;
    }
    if changes.is_empty() {
        Comparison::Same
    } else {
        Comparison::Changed(changes)
    }
}
