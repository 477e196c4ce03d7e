//! What must hold of programmes, looked up in the whole database.

use std::collections::BTreeSet;

use super::{rules, store};
use crate::access::rules::Operation;
use crate::checks::rows;
use crate::{Ctx, Db, Result};

/// No programme comes before itself.
pub async fn succession(db: &Db, ctx: &Ctx) -> Result<Vec<String>> {
    ctx.require(Operation::ReadProgrammes)?;
    let known = store::succession(db.read()).await?;
    let circles: BTreeSet<_> = known
        .iter()
        .filter(|(id, before)| rules::comes_before_itself(&known, **id, before))
        .map(|(id, _)| *id)
        .collect();
    let names = store::names(db.read(), circles).await?;
    let mut wrong: Vec<String> = names
        .into_values()
        .map(|name| format!("The programme “{name}” comes before itself."))
        .collect();
    wrong.sort();
    Ok(wrong)
}

/// An award's programme is one of its funder's.
pub async fn of_its_funder(db: &Db, ctx: &Ctx) -> Result<Vec<String>> {
    ctx.require(Operation::ReadProgrammes)?;
    rows(
        db,
        "SELECT award.title AS title, programme.name AS name FROM award \
         JOIN programme ON programme.id = award.programme_id \
         WHERE programme.funder_id <> award.funder_id ORDER BY award.title",
    )
    .await?
    .iter()
    .map(|row| {
        let (title, name): (String, String) = (row.try_get("", "title")?, row.try_get("", "name")?);
        Ok(format!(
            "The award “{title}” is said to be made under “{name}”, which is another funder’s."
        ))
    })
    .collect()
}
