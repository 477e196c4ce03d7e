//! Where an award may be spent and for whom, as its forms ask and its page tells.

use domain::awards::view::{self, ReachNames};

use super::super::fields::Fields;
use super::super::form::Field;
use crate::http::{Fault, House};

/// The names that spend has so far are offered, for an award pays for a name as the ledger has it.
pub async fn fields(house: &House) -> Result<Vec<Field>, Fault> {
    let ReachNames { places, groups } = view::reach_names(&house.db, &house.ctx).await?;
    let known = |names: &[String]| match names {
        [] => String::new(),
        names => format!(" Spend has so far: {}.", names.join("; ")),
    };
    Ok(vec![
        Field::area("places", "Only in these places (optional)").hint(&format!(
            "One on each line, as the ledger or the coding map has it. Leave it empty if it may be spent anywhere.{}",
            known(&places)
        )),
        Field::area("groups", "Only for these groups of people (optional)").hint(&format!(
            "One on each line, as the ledger or the coding map has it. Leave it empty if it may be spent for anybody.{}",
            known(&groups)
        )),
    ])
}

/// The names that were typed.
pub fn names(fields: &Fields, of: &str) -> Vec<String> {
    fields
        .text(of)
        .lines()
        .map(|line| line.trim().to_owned())
        .filter(|line| !line.is_empty())
        .collect()
}

/// Names in words.
pub fn told(names: &[String]) -> String {
    match names {
        [] => "Any".to_owned(),
        names => names.join("; "),
    }
}
