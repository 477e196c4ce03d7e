//! Who had a hand in a return, as the records have it.

use std::collections::BTreeSet;

use chrono::{DateTime, NaiveDate, Utc};
use entity::{
    AnswerSource, AwardMoneyKind, PersonId, ReturnEventKind, award_money, forecast, match_funding,
    reason_taken_back, return_answer, return_event, return_revision, silenced_finding,
};
use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, EntityTrait, PaginatorTrait, QueryFilter, QuerySelect,
    QueryTrait, Statement,
};

use super::{Record, answers};
use crate::Result;
use crate::returns::rules::independence::Hand;
use crate::returns::rules::{Basis, Counted};

/// The hands that a person had in a return until an instant.
pub(crate) async fn hands(
    conn: &impl ConnectionTrait,
    record: &Record,
    person: PersonId,
    until: DateTime<Utc>,
) -> Result<BTreeSet<Hand>> {
    let id = record.row.id;
    let mut hands = BTreeSet::new();
    let mut add = |hand, found: bool| {
        if found {
            hands.insert(hand);
        }
    };
    let typed = return_answer::Entity::find()
        .filter(return_answer::Column::ReturnId.eq(id))
        .filter(return_answer::Column::Source.eq(AnswerSource::Typed))
        .filter(return_answer::Column::EnteredBy.eq(person))
        .filter(return_answer::Column::EnteredAt.lte(until));
    add(Hand::Typed, typed.count(conn).await? > 0);
    let took_back = return_answer::Entity::find()
        .filter(return_answer::Column::ReturnId.eq(id))
        .filter(return_answer::Column::TakenBackBy.eq(person))
        .filter(return_answer::Column::SupersededAt.lte(until));
    add(Hand::TookBack, took_back.count(conn).await? > 0);
    let silenced = silenced_finding::Entity::find()
        .filter(silenced_finding::Column::ReturnId.eq(id))
        .filter(silenced_finding::Column::SilencedBy.eq(person))
        .filter(silenced_finding::Column::SilencedAt.lte(until));
    let of_it = silenced_finding::Entity::find()
        .select_only()
        .column(silenced_finding::Column::Id)
        .filter(silenced_finding::Column::ReturnId.eq(id))
        .into_query();
    let taken_back = reason_taken_back::Entity::find()
        .filter(reason_taken_back::Column::SilencedId.in_subquery(of_it))
        .filter(reason_taken_back::Column::TakenBackBy.eq(person))
        .filter(reason_taken_back::Column::TakenBackAt.lte(until));
    let silenced = silenced.count(conn).await? + taken_back.count(conn).await?;
    add(Hand::Silenced, silenced > 0);
    let offered = return_event::Entity::find()
        .filter(return_event::Column::ReturnId.eq(id))
        .filter(return_event::Column::ByPerson.eq(person))
        .filter(return_event::Column::At.lte(until))
        .filter(return_event::Column::Kind.is_in([
            ReturnEventKind::Drafted,
            ReturnEventKind::Refreshed,
            ReturnEventKind::SentForReview,
            ReturnEventKind::SentForCertification,
        ]));
    add(Hand::Offered, offered.count(conn).await? > 0);
    let built = return_revision::Entity::find()
        .filter(return_revision::Column::ReturnId.eq(id))
        .filter(return_revision::Column::CreatedBy.eq(person))
        .filter(return_revision::Column::CreatedAt.lte(until));
    add(Hand::Built, built.count(conn).await? > 0);
    add(
        Hand::Requirement,
        record.requirement.created_by == Some(person),
    );
    let rests = Rests::of(conn, record).await?;
    if let Some(at) = rests.forecast {
        add(Hand::Forecast, forecasts(conn, record, person, at).await?);
    }
    if let Some(at) = rests.matched {
        add(Hand::Match, matches(conn, record, person, at).await?);
    }
    if let Some(at) = rests.received {
        let recorded = award_money::Entity::find()
            .filter(award_money::Column::AwardId.eq(record.award.id))
            .filter(award_money::Column::Kind.ne(AwardMoneyKind::Claim))
            .filter(award_money::Column::RecordedBy.eq(person))
            .filter(award_money::Column::RecordedAt.lte(at));
        add(Hand::Received, recorded.count(conn).await? > 0);
    }
    if let Some(days) = rests.spend {
        for (hand, sql) in [
            (Hand::Import, IMPORTED),
            (Hand::Pinned, PINNED),
            (Hand::Attributed, APPLIED),
        ] {
            add(
                hand,
                of_spend(conn, record, person, sql, days, until).await?,
            );
        }
    }
    Ok(hands)
}

/// What the drafted figures of a return rest on.
#[derive(Default)]
struct Rests {
    /// First and last day of the spend that they count.
    spend: Option<(NaiveDate, NaiveDate)>,
    /// When forecasts were last read, if they count any.
    forecast: Option<DateTime<Utc>>,
    /// When match funding was last read, if they count any.
    matched: Option<DateTime<Utc>>,
    /// When money received was last read, if they count it.
    received: Option<DateTime<Utc>>,
}

impl Rests {
    async fn of(conn: &impl ConnectionTrait, record: &Record) -> Result<Self> {
        let mut rests = Self::default();
        // What was read last when it was drafted counts, also where it left a figure as it was.
        let latest = |at: DateTime<Utc>| record.row.drafted_at.map_or(at, |last| last.max(at));
        for standing in answers(conn, record.row.id).await?.into_values() {
            let Some(basis) = standing.drafted.and_then(|row| row.basis) else {
                continue;
            };
            let basis: Basis = serde_json::from_value(basis)?;
            match basis.counted {
                Counted::Forecast => rests.forecast = Some(latest(basis.at)),
                Counted::Match => rests.matched = Some(latest(basis.at)),
                Counted::Received => rests.received = Some(latest(basis.at)),
                Counted::Spend => {
                    let from = basis.from.unwrap_or(record.row.period_from);
                    let to = basis.to.unwrap_or(record.row.period_to);
                    let (first, last) = rests.spend.unwrap_or((from, to));
                    rests.spend = Some((first.min(from), last.max(to)));
                }
                _ => {}
            }
        }
        Ok(rests)
    }
}

/// Of what is entered and superseded: what this person entered and stood then, or took back before.
fn had_a_hand<C: ColumnTrait>(
    person: PersonId,
    at: DateTime<Utc>,
    (entered_by, entered_at): (C, C),
    (taken_back_by, superseded_at): (C, C),
) -> Condition {
    let stood = Condition::any()
        .add(superseded_at.is_null())
        .add(superseded_at.gt(at));
    let entered = Condition::all()
        .add(entered_by.eq(person))
        .add(entered_at.lte(at))
        .add(stood);
    let taken_back = Condition::all()
        .add(taken_back_by.eq(person))
        .add(superseded_at.lte(at));
    Condition::any().add(entered).add(taken_back)
}

/// Whether a forecast that a person entered stood then, or was taken back by them before.
async fn forecasts(
    conn: &impl ConnectionTrait,
    record: &Record,
    person: PersonId,
    at: DateTime<Utc>,
) -> Result<bool> {
    use forecast::Column;
    let found = forecast::Entity::find()
        .filter(Column::AwardId.eq(record.award.id))
        .filter(had_a_hand(
            person,
            at,
            (Column::EnteredBy, Column::EnteredAt),
            (Column::TakenBackBy, Column::SupersededAt),
        ))
        .count(conn)
        .await?;
    Ok(found > 0)
}

/// Whether match funding that a person entered stood then, or was taken back by them before.
async fn matches(
    conn: &impl ConnectionTrait,
    record: &Record,
    person: PersonId,
    at: DateTime<Utc>,
) -> Result<bool> {
    use match_funding::Column;
    let found = match_funding::Entity::find()
        .filter(Column::AwardId.eq(record.award.id))
        .filter(had_a_hand(
            person,
            at,
            (Column::EnteredBy, Column::EnteredAt),
            (Column::TakenBackBy, Column::SupersededAt),
        ))
        .count(conn)
        .await?;
    Ok(found > 0)
}

/// A file that the person ($3) brought, settled or accepted until $6, of which the award ($1) pays lines of these days ($4 to
/// $5), as the draft knew them ($2).
const IMPORTED: &str = "SELECT 1 AS one FROM spend_import i \
     WHERE i.state = 'accepted' AND i.accepted_seq <= $2 AND i.accepted_at <= $6 \
       AND (i.created_by = $3 OR i.accepted_by = $3 OR EXISTS \
             (SELECT 1 FROM import_fault f \
              WHERE f.import_id = i.id AND f.resolved_by = $3) OR EXISTS \
             (SELECT 1 FROM spend_import o WHERE o.id = i.coded_from_id \
               AND (o.created_by = $3 OR o.accepted_by = $3))) \
       AND EXISTS \
         (SELECT 1 FROM spend_line l \
          JOIN attribution a ON a.line_id = l.id \
          JOIN attribution_run r ON r.id = a.run_id \
          WHERE l.import_id = i.id AND a.award_id = $1 AND r.state = 'accepted' \
            AND r.accepted_seq <= $2 AND l.incurred_on >= $4 AND l.incurred_on <= $5) \
     LIMIT 1";

/// A pin of a line of these days to the award that they put on, or took off, before a run that the draft knew.
const PINNED: &str = "SELECT 1 AS one FROM spend_pin p JOIN spend_line l ON l.id = p.line_id \
     WHERE p.award_id = $1 AND l.incurred_on >= $4 AND l.incurred_on <= $5 \
       AND ((p.pinned_by = $3 AND p.pinned_at <= $6) OR (p.taken_off_by = $3 AND p.taken_off_at <= $6)) \
       AND EXISTS (SELECT 1 FROM attribution_run r WHERE r.pool_id = l.pool_id AND r.state = 'accepted' \
         AND r.accepted_seq <= $2 AND r.created_at >= p.pinned_at) \
     LIMIT 1";

/// A run that they applied and that moved lines of these days to the award or away from it.
const APPLIED: &str = "SELECT 1 AS one FROM attribution_proposal p JOIN attribution_run r ON r.id = p.run_id \
     WHERE p.applied_by = $3 AND p.applied_at <= $6 AND r.state = 'accepted' AND r.accepted_seq <= $2 AND EXISTS \
       (SELECT 1 FROM attribution a JOIN spend_line l ON l.id = a.line_id \
        WHERE a.run_id = r.id AND a.award_id = $1 AND l.incurred_on >= $4 AND l.incurred_on <= $5) \
     LIMIT 1";

/// Whether a person had such a hand in the spend that a return reports.
async fn of_spend(
    conn: &impl ConnectionTrait,
    record: &Record,
    person: PersonId,
    sql: &str,
    (from, to): (NaiveDate, NaiveDate),
    until: DateTime<Utc>,
) -> Result<bool> {
    let found = conn
        .query_one_raw(Statement::from_sql_and_values(
            conn.get_database_backend(),
            sql,
            [
                record.award.id.into(),
                record.row.drafted_seq.into(),
                person.into(),
                from.into(),
                to.into(),
                until.into(),
            ],
        ))
        .await?;
    Ok(found.is_some())
}
