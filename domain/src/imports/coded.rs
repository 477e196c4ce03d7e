//! Lines that were coded after their import was accepted: they count with an import of their own,
//! made of the first. So the order of accepted things stays the order in which they became known.

use entity::{
    CodingMapRowId, ImportState, Money, SpendImportId, SpendLineId, spend_line, waiting_line,
};
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};

use super::made::{self, Origin};
use super::ops::prepare;
use super::rules::LineDraft;
use super::store::{self, Names};
use crate::coding::rules::Coding;
use crate::{Ctx, Error, Result, Tx};

/// A line that waits, and how it is coded.
pub(crate) struct Coded {
    /// The line.
    pub(crate) line: waiting_line::Model,
    /// What it becomes.
    pub(crate) coding: Coding,
    /// The row of the map that says so; none when a person did.
    pub(crate) by_row: Option<CodingMapRowId>,
}

/// Makes spend of lines of one accepted import that wait. Gives what they come to.
pub(crate) async fn write(
    tx: &Tx,
    ctx: &Ctx,
    import: SpendImportId,
    lines: Vec<Coded>,
) -> Result<Money> {
    let first = store::locked(tx, import).await?;
    if first.state != ImportState::Accepted {
        return Err(Error::refused(
            "import-not-accepted",
            "Lines are coded once their import is accepted. Before that, the file can be read \
             again by the map as it is now.",
        ));
    }
    let id = SpendImportId::new();
    let ids: Vec<_> = lines.iter().map(|coded| coded.line.id).collect();
    let names = Names::on(tx.conn()).await?.0;
    let mut models: Vec<spend_line::Model> = Vec::with_capacity(lines.len());
    for coded in lines {
        let draft: LineDraft = serde_json::from_value(coded.line.draft)?;
        let line = prepare::coded_line(
            &names,
            SpendLineId::new(),
            id,
            coded.line.row_no,
            coded.line.identity,
            coded.line.suspect_of,
            draft,
            &coded.coding,
            coded.by_row,
        )?;
        models.push(line);
    }
    let origin = Origin {
        profile: first.profile_id,
        file: first.file_id,
        period: (first.period_from, first.period_to),
        spec: first.spec,
        layout: first.layout,
        made_of: Some(import),
        journal: None,
        created_by: ctx.person_id(),
    };
    let sum = made::count(tx, ctx, id, origin, models).await?;
    let changed = waiting_line::Entity::update_many()
        .col_expr(waiting_line::Column::CodedByImportId, Expr::value(id))
        .filter(waiting_line::Column::Id.is_in(ids.iter().copied()))
        .filter(waiting_line::Column::CodedByImportId.is_null())
        .exec(tx.conn())
        .await?;
    if changed.rows_affected != u64::try_from(ids.len()).unwrap_or(u64::MAX) {
        return Err(Error::Stale);
    }
    Ok(sum)
}
