//! What a return claims, beside what the ledger says for the same months; and the words in it.

use chrono::NaiveDate;
use entity::{AwardId, FieldKind, spend_import};
use sea_orm::{
    ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QuerySelect, QueryTrait, Statement,
};
use serde::Serialize;
use serde_json::Value;
use std::collections::BTreeMap;

use super::one::SectionView;
use crate::calendar::rules::months_in_words;
use crate::forms::rules::{Filters, Measure};
use crate::forms::store::Form;
use crate::returns::rules::measures::{Facts, Span, actual_days, spent};
use crate::returns::store::{Loaded, placeholders};
use crate::{Db, Error, Money, Result, agreement, awards};

/// The money of a return on one screen: what it claims, and whether the ledger says the same.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct Claim {
    /// "July to September 2026".
    pub period: String,
    /// Spent in the period, as the form's own grid says it; none where the form asks for no such
    /// total.
    pub claimed: Option<Money>,
    /// The key of the field that says it, where one alone does.
    pub claimed_key: Option<String>,
    /// Spent in the period, by the ledger: as it is now while the return waits to be agreed or
    /// signed, as it was when it was drafted afterwards.
    pub ledger: Money,
    /// What is claimed less what the ledger says.
    pub difference: Option<Money>,
    /// Spent since the award began and to the end of the period, by the ledger.
    pub to_date: Money,
    /// The award's amount.
    pub award: Money,
    /// The award's amount less what was spent to date.
    pub left: Money,
    /// The last day to which spend is loaded.
    pub loaded_to: Option<NaiveDate>,
    /// Whether that is the period's last day or after it.
    pub loaded_whole: bool,
    /// Months of the period whose ledger is not closed.
    pub open_months: Vec<NaiveDate>,
    /// Accepted files that cover a day of the period and have lines of the award's pools.
    pub files: u64,
    /// What the finance system states that these files come to; none where one states nothing.
    pub control_total: Option<Money>,
    /// What was loaded of them, lines that were there already included.
    pub loaded: Money,
    /// Rows that somebody set aside.
    pub set_aside_rows: i64,
    /// What these come to.
    pub set_aside: Money,
    /// Lines of these files that wait to be coded, and are in no figure.
    pub to_code_lines: i64,
    /// What these come to.
    pub to_code: Money,
    /// Of what the award pays for in the period, estimates: accruals, less those taken back.
    pub accruals: Money,
    /// Lines that are accruals.
    pub accrual_lines: i64,
    /// What the award pays for out of years that are not confirmed, as the holder agreed: spent at risk. As it is now, of all time.
    pub at_risk: Money,
    /// What is attributed to the award beyond what it may pay now, to repay or resolve. As it is now, of all time.
    pub over: Money,
    /// Months of the period of which nobody stated what the finance system says, so that nobody compared them.
    pub not_stated: Vec<NaiveDate>,
    /// Months of the period of which somebody did, and which differ.
    pub not_agreed: Vec<NaiveDate>,
    /// The return before this one, if there is one.
    pub last: Option<LastReturn>,
}

/// The return before this one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct LastReturn {
    /// "April to June 2026".
    pub period: String,
    /// Whether it was sent.
    pub sent: bool,
    /// What it claimed for its own period, where its form has such a total.
    pub claimed: Option<Money>,
}

/// An answer in somebody's own words.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct Narrative {
    /// The form's heading.
    pub section: String,
    /// The question.
    pub label: String,
    /// What we say.
    pub text: String,
    /// Who wrote it.
    pub by: Option<String>,
}

/// What a return claims for a period: the cells that count the spend of exactly these days, for
/// the whole award or its capital and its revenue. Cells for a part of it are no total.
pub(super) fn claimed(
    form: &Form,
    facts: &Facts,
    span: &Span,
    answers: &BTreeMap<String, Value>,
) -> Option<Money> {
    if let Some((_, all)) = in_one(form, facts, span, answers) {
        return Some(all);
    }
    [Measure::GridQuarter, Measure::Spend]
        .into_iter()
        .find_map(|measure| in_parts(form, facts, span, answers, measure))
}

/// The cell that counts the whole award's spend of exactly these days, with what it says.
fn in_one<'f>(
    form: &'f Form,
    facts: &Facts,
    span: &Span,
    answers: &BTreeMap<String, Value>,
) -> Option<(&'f str, Money)> {
    form.fields
        .iter()
        .filter(|field| {
            field
                .binding
                .as_ref()
                .is_some_and(|binding| binding.filters == Filters::default())
                && actual_days(field, facts, span) == Some((span.from, span.to))
        })
        .find_map(|field| {
            let pence = answers.get(&field.key)?.as_i64()?;
            Some((field.key.as_str(), Money(pence)))
        })
}

/// The sum of cells that part the whole: by capital and revenue, by categories, each pound in one
/// of them. Cells that overlap, or leave spend out, are no total.
fn in_parts(
    form: &Form,
    facts: &Facts,
    span: &Span,
    answers: &BTreeMap<String, Value>,
    measure: Measure,
) -> Option<Money> {
    let mut parts: Vec<(&Filters, Money)> = Vec::new();
    for field in &form.fields {
        let Some(binding) = field.binding.as_ref().filter(|one| one.measure == measure) else {
            continue;
        };
        let filters = &binding.filters;
        let narrower =
            filters.fence.is_some() || filters.place.is_some() || filters.group.is_some();
        if narrower || actual_days(field, facts, span) != Some((span.from, span.to)) {
            continue;
        }
        parts.push((filters, Money(answers.get(&field.key)?.as_i64()?)));
    }
    let apart = |a: &Filters, b: &Filters| {
        let kinds = a.capital.is_some() && b.capital.is_some() && a.capital != b.capital;
        let categories = match (&a.category, &b.category) {
            (Some(a), Some(b)) => !a.iter().any(|slug| b.contains(slug)),
            _ => false,
        };
        kinds || categories
    };
    let overlap = parts
        .iter()
        .enumerate()
        .any(|(n, (a, _))| parts.iter().skip(n).skip(1).any(|(b, _)| !apart(a, b)));
    let within = parts
        .iter()
        .map(|(filters, _)| spent(facts, filters, span.from, span.to))
        .collect::<Option<Vec<Money>>>()?;
    let whole = spent(facts, &Filters::default(), span.from, span.to)?;
    if parts.is_empty() || overlap || Money::sum(within)? != whole {
        return None;
    }
    Money::sum(parts.into_iter().map(|(_, amount)| amount))
}

/// Puts the claim beside the ledger.
pub(super) async fn claim(
    db: &Db,
    (award, today): (AwardId, NaiveDate),
    form: &Form,
    facts: &Facts,
    span: &Span,
    answers: &BTreeMap<String, Value>,
    loaded: &Loaded,
) -> Result<Claim> {
    let too_much = || Error::internal("what a return claims fits no number");
    let all = Filters::default();
    let ledger = spent(facts, &all, span.from, span.to).ok_or_else(too_much)?;
    let to_date = spent(facts, &all, NaiveDate::MIN, span.to).ok_or_else(too_much)?;
    let claimed_now = claimed(form, facts, span, answers);
    let lines = entity::spend_total::Entity::find()
        .select_only()
        .column(entity::spend_total::Column::ImportId)
        .filter(entity::spend_total::Column::PoolId.is_in(loaded.pools.iter().copied()));
    let files = spend_import::Entity::find()
        .filter(spend_import::Column::AcceptedSeq.lte(facts.seq))
        .filter(spend_import::Column::State.eq(entity::ImportState::Accepted))
        .filter(spend_import::Column::PeriodFrom.lte(span.to))
        .filter(spend_import::Column::PeriodTo.gte(span.from))
        .filter(spend_import::Column::Id.in_subquery(QueryTrait::into_query(lines)))
        .all(db.read())
        .await?;
    // what was coded later is part of the file that it came with
    let files: Vec<spend_import::Model> = {
        let mut ids: Vec<_> = files
            .iter()
            .map(|file| file.coded_from_id.unwrap_or(file.id))
            .collect();
        ids.sort_unstable();
        ids.dedup();
        spend_import::Entity::find()
            .filter(spend_import::Column::Id.is_in(ids))
            .all(db.read())
            .await?
    };
    let waiting: Vec<(Money,)> = entity::waiting_line::Entity::find()
        .select_only()
        .column(entity::waiting_line::Column::Amount)
        .filter(
            entity::waiting_line::Column::ImportId.is_in(
                files
                    .iter()
                    .filter(|file| file.rows_uncoded > 0)
                    .map(|file| file.id),
            ),
        )
        .filter(entity::waiting_line::Column::CodedByImportId.is_null())
        .into_tuple()
        .all(db.read())
        .await?;
    let to_code = Money::sum(waiting.iter().map(|(amount,)| *amount)).ok_or_else(too_much)?;
    let sum = |of: fn(&spend_import::Model) -> Money| Money::sum(files.iter().map(of));
    let (accrual_lines, accruals) = accruals(db, award, loaded, span, facts.seq).await?;
    let years = awards::store::years(db.read(), &[award]).await?;
    let by_year = awards::store::attributed_by_year(db.read(), &years).await?;
    let stands = awards::rules::years::standing(
        years.get(&award).map_or(&[][..], Vec::as_slice),
        by_year.get(&award).map_or(&[][..], Vec::as_slice),
        today,
    );
    let (from, to) = (span.from, span.to);
    Ok(Claim {
        period: months_in_words(span.from, span.to),
        claimed: claimed_now,
        claimed_key: in_one(form, facts, span, answers).map(|(key, _)| key.to_owned()),
        ledger,
        difference: claimed_now.and_then(|claimed| claimed.minus(ledger)),
        to_date,
        award: facts.award.amount,
        left: facts.award.amount.minus(to_date).ok_or_else(too_much)?,
        loaded_to: loaded.to,
        loaded_whole: loaded.to.is_some_and(|on| on >= span.to),
        open_months: loaded.open_months.clone(),
        files: u64::try_from(files.len()).unwrap_or(u64::MAX),
        control_total: files
            .iter()
            .map(|file| file.control_total)
            .collect::<Option<Vec<_>>>()
            .and_then(Money::sum),
        loaded: sum(|file| {
            file.sum_loaded
                .plus(file.sum_known)
                .and_then(|sum| sum.plus(file.sum_uncoded))
                .unwrap_or_default()
        })
        .and_then(|sum| sum.minus(to_code))
        .ok_or_else(too_much)?,
        set_aside_rows: files.iter().map(|file| file.rows_set_aside).sum(),
        set_aside: sum(|file| file.sum_set_aside).ok_or_else(too_much)?,
        to_code_lines: i64::try_from(waiting.len()).unwrap_or(i64::MAX),
        to_code,
        accruals,
        accrual_lines,
        at_risk: stands.at_risk,
        over: stands.over,
        not_stated: agreement::store::not_stated(db.read(), from, to).await?,
        not_agreed: agreement::store::not_agreed(db.read(), from, to).await?,
        last: facts.previous.as_ref().map(|last| LastReturn {
            period: months_in_words(last.from, last.to),
            sent: last.sent,
            claimed: claimed(
                form,
                facts,
                &Span {
                    from: last.from,
                    to: last.to,
                    grid_from: span.grid_from,
                },
                &last.answers,
            ),
        }),
    })
}

/// Accruals of the period that the award pays for, as known then: lines, and what it pays of them.
async fn accruals(
    db: &Db,
    award: AwardId,
    loaded: &Loaded,
    span: &Span,
    seq: i64,
) -> Result<(i64, Money)> {
    if loaded.pools.is_empty() {
        return Ok((0, Money::ZERO));
    }
    let (list, mut values) = placeholders(5, loaded.pools.iter().map(|pool| (*pool).into()));
    values.splice(
        0..0,
        [award.into(), seq.into(), span.from.into(), span.to.into()],
    );
    let conn = db.read();
    let row = conn
        .query_one_raw(Statement::from_sql_and_values(
            conn.get_database_backend(),
            format!(
                "SELECT CAST(COUNT(DISTINCT l.id) AS bigint) AS n, \
                        CAST(COALESCE(SUM(a.amount), 0) AS bigint) AS amount \
                 FROM spend_line l JOIN attribution a ON a.line_id = l.id \
                 JOIN attribution_run r ON r.id = a.run_id \
                 WHERE l.pool_id IN ({list}) AND l.incurred_on >= $3 AND l.incurred_on <= $4 \
                   AND l.kind = 'accrual' AND a.award_id = $1 AND r.state = 'accepted' \
                   AND r.accepted_seq <= $2"
            ),
            values,
        ))
        .await?
        .ok_or_else(|| Error::internal("a sum gave no row"))?;
    Ok((row.try_get("", "n")?, Money(row.try_get("", "amount")?)))
}

/// The answers in people's own words, in the order of the form: what a board agrees to say.
pub(super) fn narratives(sections: &[SectionView]) -> Vec<Narrative> {
    sections
        .iter()
        .flat_map(|section| section.answers.iter().map(move |answer| (section, answer)))
        .filter(|(_, answer)| answer.kind == FieldKind::Text && answer.typed)
        .filter_map(|(section, answer)| {
            let text = answer.value.as_str()?.trim();
            // A name, a number to ring, who leads: no story.
            let told = answer.word_limit.is_some() || text.split_whitespace().count() > 8;
            (!text.is_empty() && told).then(|| Narrative {
                section: section.title.clone(),
                label: answer.label.clone(),
                text: text.to_owned(),
                by: answer.typed_by.clone(),
            })
        })
        .collect()
}
