//! Recording match funding: many months at once, each taking the place of the earlier.

use std::collections::HashMap;

use chrono::NaiveDate;
use entity::{AwardId, JobKind, MatchFundingId, Money, OrganisationKind, match_funding};
use sea_orm::{ActiveValue::Set, ColumnTrait, EntityTrait, QueryFilter, sea_query::Expr};
use serde::{Deserialize, Serialize};

use super::rules::{self, Entry};
use crate::access::rules::Operation;
use crate::forecasts::ops::Entered;
use crate::forecasts::rules::Bounds;
use crate::{Command, Ctx, Db, Error, Result, awards, jobs};

/// Match funding to record.
#[derive(Clone, Debug, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewMatches {
    /// Each source, month and kind at most once.
    #[schema(min_items = 1, max_items = 2400)]
    pub entries: Vec<NewMatch>,
}

/// Somebody else's money in a month.
#[derive(Clone, Debug, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewMatch {
    /// Whose money.
    #[schema(min_length = 1, max_length = 200)]
    pub source: String,
    /// What sort of body that is.
    pub source_kind: OrganisationKind,
    /// Given in kind.
    pub in_kind: bool,
    /// How something in kind is valued.
    #[schema(max_length = 500)]
    pub valued_how: Option<String>,
    /// The month's first day, such as `2026-09-01`.
    pub month: NaiveDate,
    /// Capital, or revenue.
    pub capital: bool,
    /// How much, in pence; absent takes the earlier entry back.
    #[schema(value_type = Option<i64>, minimum = 0, maximum = 100_000_000_000_000_i64)]
    pub amount_pence: Option<Money>,
    /// Promised in writing.
    pub secured: bool,
    /// What shows it.
    #[schema(max_length = 500)]
    pub evidence: Option<String>,
}

impl NewMatch {
    fn entry(&self) -> Entry<'_> {
        Entry {
            source: &self.source,
            in_kind: self.in_kind,
            valued_how: self.valued_how.as_deref(),
            month: self.month,
            capital: self.capital,
            amount: self.amount_pence,
            secured: self.secured,
            evidence: self.evidence.as_deref(),
        }
    }

    fn says_the_same(&self, row: &match_funding::Model) -> bool {
        self.amount_pence == Some(row.amount)
            && self.source_kind == row.source_kind
            && self.valued_how == row.valued_how
            && self.secured == row.secured
            && self.evidence == row.evidence
    }
}

/// Records match funding beside an award.
pub async fn enter(db: &Db, ctx: &Ctx, award_id: AwardId, new: &NewMatches) -> Result<Entered> {
    enter_as_seen(db, ctx, award_id, None, new).await
}

/// The same; `seen` is the [`super::view::state_of`] that the person had before them: what changed
/// meanwhile is not overtaken unseen.
pub async fn enter_as_seen(
    db: &Db,
    ctx: &Ctx,
    award_id: AwardId,
    seen: Option<&str>,
    new: &NewMatches,
) -> Result<Entered> {
    ctx.require(Operation::EnterMatch)?;
    let by = ctx.person()?.id;
    let entries: Vec<Entry<'_>> = new.entries.iter().map(NewMatch::entry).collect();
    db.write(
        ctx,
        Command::on(Operation::EnterMatch, "award", award_id),
        async |tx| {
            let award = awards::store::locked(tx, ctx, award_id).await?;
            let bounds = Bounds {
                starts_on: award.starts_on,
                ends_on: award.ends_on,
                pays_for: award.pays_for,
                categories: std::collections::BTreeSet::new(),
            };
            let wrong = rules::check(&bounds, &entries);
            if !wrong.is_empty() {
                return Err(Error::Invalid(wrong));
            }
            let rows = match_funding::Entity::find()
                .filter(match_funding::Column::AwardId.eq(award_id))
                .filter(match_funding::Column::SupersededAt.is_null())
                .all(tx.conn())
                .await?;
            let state = super::view::state(rows.iter().map(|row| row.id));
            if seen.is_some_and(|seen| seen != state) {
                return Err(Error::Stale);
            }
            let standing: HashMap<(String, bool, NaiveDate, bool), match_funding::Model> = rows
                .into_iter()
                .map(|row| {
                    (
                        (row.source.clone(), row.in_kind, row.month, row.capital),
                        row,
                    )
                })
                .collect();
            let mut done = Entered::default();
            let mut overtaken: Vec<MatchFundingId> = Vec::new();
            let mut taken_back: Vec<MatchFundingId> = Vec::new();
            let mut rows = Vec::new();
            for entry in &new.entries {
                let source = entry.source.trim().to_owned();
                let place = (source.clone(), entry.in_kind, entry.month, entry.capital);
                let earlier = standing.get(&place);
                let same = match earlier {
                    Some(row) => entry.says_the_same(row),
                    None => entry.amount_pence.is_none(),
                };
                if same {
                    done.unchanged += 1;
                    continue;
                }
                overtaken.extend(earlier.map(|row| row.id));
                let Some(amount) = entry.amount_pence else {
                    taken_back.extend(earlier.map(|row| row.id));
                    continue;
                };
                rows.push(match_funding::ActiveModel {
                    id: Set(MatchFundingId::new()),
                    award_id: Set(award_id),
                    source: Set(source),
                    source_kind: Set(entry.source_kind),
                    in_kind: Set(entry.in_kind),
                    valued_how: Set(entry.valued_how.clone()),
                    month: Set(entry.month),
                    capital: Set(entry.capital),
                    amount: Set(amount),
                    secured: Set(entry.secured),
                    evidence: Set(entry.evidence.clone()),
                    entered_by: Set(by),
                    entered_at: Set(tx.now()),
                    superseded_at: Set(None),
                    taken_back_by: Set(None),
                });
            }
            done.superseded = overtaken.len();
            done.entered = rows.len();
            for ids in overtaken.chunks(500) {
                match_funding::Entity::update_many()
                    .col_expr(match_funding::Column::SupersededAt, Expr::value(tx.now()))
                    .filter(match_funding::Column::Id.is_in(ids.iter().copied()))
                    .exec(tx.conn())
                    .await?;
            }
            for ids in taken_back.chunks(500) {
                match_funding::Entity::update_many()
                    .col_expr(match_funding::Column::TakenBackBy, Expr::value(by))
                    .filter(match_funding::Column::Id.is_in(ids.iter().copied()))
                    .exec(tx.conn())
                    .await?;
            }
            for some in rows.chunks(500) {
                match_funding::Entity::insert_many(some.iter().cloned())
                    .exec_without_returning(tx.conn())
                    .await?;
            }
            tx.note("entered", done.entered);
            tx.note("superseded", done.superseded);
            if done.entered + done.superseded > 0 {
                jobs::ask(tx, JobKind::DraftReturns).await?;
            }
            Ok(done)
        },
    )
    .await
}
