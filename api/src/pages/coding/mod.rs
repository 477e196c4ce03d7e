//! The coding map, the lines that wait to be coded, and the agreement with the finance system.

mod agreement;
mod file;
mod lines;
mod map;

use actix_web::web;
use domain::coding::ops::CodedAs;
use domain::{categories, pools};

use super::fields::{Fields, Wrong, id};
use super::form::{Choice, Field};
use crate::http::{Fault, House};

pub fn configure(config: &mut web::ServiceConfig) {
    config
        .configure(file::configure)
        .configure(map::configure)
        .configure(lines::configure)
        .configure(agreement::configure);
}

/// The fields that say what codes become.
async fn coded_fields(house: &House) -> Result<Vec<Field>, Fault> {
    let (db, ctx) = (&house.db, &house.ctx);
    let mut all = vec![Choice::new("", "Choose")];
    for pool in pools::view::list(db, ctx, None, 200).await? {
        all.push(Choice::new(pool.id, pool.name));
    }
    let mut chart = vec![Choice::new("", "Choose")];
    for category in categories::view::all(db, ctx).await? {
        chart.push(Choice::new(category.id, category.name));
    }
    Ok(vec![
        Field::select("pool_id", "Pool", all),
        Field::select("category_id", "Cost category", chart),
        Field::radios(
            "capital",
            "Capital or revenue?",
            vec![
                Choice::new("revenue", "Revenue"),
                Choice::new("capital", "Capital"),
            ],
        )
        .hint("Where the file says it of a line, the file counts."),
        Field::text("place", "Place")
            .hint("Only if places are told apart. You can leave it empty."),
        Field::text("group", "Group of people")
            .hint("Only if groups are told apart. You can leave it empty."),
    ])
}

/// What was typed into them.
fn coded_as(typed: &Fields, wrong: &mut Wrong) -> Option<CodedAs> {
    let pool = wrong.chosen(typed, "pool_id", id);
    let category = wrong.chosen(typed, "category_id", id);
    Some(CodedAs {
        pool_id: pool?,
        category_id: category?,
        place: typed.some("place").map(str::to_owned),
        group: typed.some("group").map(str::to_owned),
        capital: typed.some("capital") == Some("capital"),
    })
}

/// A code, or that any will do.
fn any(code: Option<&str>) -> String {
    code.unwrap_or("Any").to_owned()
}

const fn capital(capital: bool) -> &'static str {
    if capital { "capital" } else { "revenue" }
}

/// What codes become, in a few words.
fn becomes(category: &str, is_capital: bool, place: Option<&str>, group: Option<&str>) -> String {
    [Some(category), Some(capital(is_capital)), place, group]
        .into_iter()
        .flatten()
        .collect::<Vec<_>>()
        .join(", ")
}
