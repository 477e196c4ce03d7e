//! Awards that are looked for: by words, by their funder, by where they stand.

use chrono::NaiveDate;
use entity::{AwardId, OrganisationId, award};
use sea_orm::{ColumnTrait, QueryFilter, QuerySelect};

use super::{AwardSummary, Body, in_turn};
use crate::access::rules::Operation;
use crate::awards::store;
use crate::db::among;
use crate::paging::{Cursor, Slice};
use crate::{Ctx, Db, Result, closures, organisations, suspensions};

/// Where an award stands today.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AwardStands {
    /// It pays for what is received today.
    Runs,
    /// It begins later.
    ToCome,
    /// It was suspended, and does not go on yet.
    Suspended,
    /// Its window is over, and it was not closed.
    Ended,
    /// It was closed.
    Closed,
}

impl AwardStands {
    /// Each, in the order in which they are offered.
    pub const ALL: [Self; 5] = [
        Self::Runs,
        Self::ToCome,
        Self::Suspended,
        Self::Ended,
        Self::Closed,
    ];

    /// The slug that stands in an address.
    #[must_use]
    pub const fn slug(self) -> &'static str {
        match self {
            Self::Runs => "runs",
            Self::ToCome => "to-come",
            Self::Suspended => "suspended",
            Self::Ended => "ended",
            Self::Closed => "closed",
        }
    }

    /// What a slug names.
    #[must_use]
    pub fn from_slug(slug: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|one| one.slug() == slug)
    }

    /// Where an award stands. One that is closed is nothing else, and what is over is suspended no more.
    fn of(row: &award::Model, closed: bool, suspended: bool, today: NaiveDate) -> Self {
        if closed {
            Self::Closed
        } else if row.ends_on < today {
            Self::Ended
        } else if suspended {
            Self::Suspended
        } else if row.starts_on > today {
            Self::ToCome
        } else {
            Self::Runs
        }
    }
}

/// Which awards are looked for.
#[derive(Clone, Debug, Default)]
pub struct Sought {
    /// Those in whose title, reference or scheme, or in whose funder's name, each of these words is found.
    pub words: String,
    /// Those of one funder.
    pub funder_id: Option<OrganisationId>,
    /// Those that stand so today.
    pub stands: Option<AwardStands>,
}

/// A part of the awards that are looked for, by what needs attention, as [`by_attention`](super::by_attention) has
/// them.
pub async fn find(
    db: &Db,
    ctx: &Ctx,
    sought: &Sought,
    after: Option<Cursor>,
    limit: u64,
) -> Result<Slice<AwardSummary>> {
    ctx.require(Operation::ReadAwards)?;
    let mut query = store::seen(ctx);
    if let Some(funder) = sought.funder_id {
        query = query.filter(award::Column::FunderId.eq(funder));
    }
    let words: Vec<String> = sought
        .words
        .split_whitespace()
        .map(str::to_lowercase)
        .collect();
    if !words.is_empty() || sought.stands.is_some() {
        // A charity has some hundreds: their words and where they stand are looked at here.
        let rows = query.clone().all(db.read()).await?;
        let ids = fitting(db, ctx.today(), &rows, &words, sought.stands).await?;
        query = query.filter(among(db.read(), award::Column::Id, ids));
    }
    in_turn(db, ctx, query, after, limit).await
}

/// Those of some awards that have the words and stand so.
async fn fitting(
    db: &Db,
    today: NaiveDate,
    rows: &[award::Model],
    words: &[String],
    wanted: Option<AwardStands>,
) -> Result<Vec<AwardId>> {
    let ids: Vec<AwardId> = rows.iter().map(|row| row.id).collect();
    let names = organisations::view::names(db, rows.iter().map(|row| row.funder_id)).await?;
    let suspended = suspensions::store::of_awards(db.read(), &ids).await?;
    let closed = closures::store::closed(db.read(), &ids).await?;
    let stands = |row: &award::Model| {
        let is_suspended = suspended
            .get(&row.id)
            .is_some_and(|all| all.iter().any(|one| one.holds(today)));
        AwardStands::of(row, closed.contains_key(&row.id), is_suspended, today)
    };
    let fits = |row: &award::Model| {
        let funder = names.get(&row.funder_id).map_or("", String::as_str);
        let text = format!(
            "{}\n{}\n{}\n{funder}",
            row.title, row.reference, row.programme
        )
        .to_lowercase();
        words.iter().all(|word| text.contains(word))
            && wanted.is_none_or(|wanted| stands(row) == wanted)
    };
    Ok(rows
        .iter()
        .filter(|row| fits(row))
        .map(|row| row.id)
        .collect())
}

/// The funders of the awards that the reader may see, by name.
pub async fn funders(db: &Db, ctx: &Ctx) -> Result<Vec<Body>> {
    ctx.require(Operation::ReadAwards)?;
    let ids: Vec<OrganisationId> = store::seen(ctx)
        .select_only()
        .column(award::Column::FunderId)
        .distinct()
        .into_tuple()
        .all(db.read())
        .await?;
    let mut funders: Vec<Body> = organisations::view::names(db, ids)
        .await?
        .into_iter()
        .map(|(id, name)| Body { id, name })
        .collect();
    funders.sort_by(|a, b| a.name.cmp(&b.name).then(a.id.cmp(&b.id)));
    Ok(funders)
}
