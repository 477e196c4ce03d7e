//! The figures that a funder's officer is shown of a record, by short names: what can be asked about.
//! They are read from what the reader is shown anyway, so that nothing can be asked about, and nothing
//! is kept of a question, that was not.

use chrono::NaiveDate;
use entity::{AwardId, FieldKind, GrantReturnId, Money, OrganisationId, PoolId, Role};
use serde_json::Value;
use uuid::Uuid;

use super::rules::QuestionAbout;
use crate::calendar::rules::{date_without_weekday, london_date};
use crate::ctx::Actor;
use crate::positions::view::{Figures, When};
use crate::returns::view as returns;
use crate::{Ctx, Db, Error, Result, awards, positions};

/// Most characters that are kept of what an answer said.
const KEPT: usize = 500;

/// A record with its figures, as a funder's officer is shown them.
#[derive(Clone, Debug)]
pub(super) struct Shown {
    /// The funder for which they ask.
    pub(super) funder: OrganisationId,
    /// What the record is called.
    pub(super) subject: String,
    pub(super) as_of: NaiveDate,
    pub(super) figures: Vec<Seen>,
}

/// A figure as it is shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Seen {
    pub(super) key: String,
    pub(super) label: String,
    pub(super) text: String,
    pub(super) amount: Option<Money>,
}

impl Seen {
    fn money(key: impl Into<String>, label: impl Into<String>, amount: Money) -> Self {
        Self {
            key: key.into(),
            label: label.into(),
            text: amount.in_full(),
            amount: Some(amount),
        }
    }
}

/// The same reader as an officer of their funders and nothing else: whoever also works for us asks about
/// what they see as a funder, not about what they see here.
pub(super) fn as_funder(ctx: &Ctx) -> Result<Ctx> {
    let mut person = ctx.person()?.clone();
    person
        .roles
        .retain(|(_, role)| *role == Role::FundersOfficer);
    Ok(Ctx {
        actor: Actor::Person(Box::new(person)),
        ..ctx.clone()
    })
}

/// The figures of a record. `as_of` is of a position only.
pub(super) async fn shown(
    db: &Db,
    ctx: &Ctx,
    about: QuestionAbout,
    id: Uuid,
    as_of: Option<NaiveDate>,
) -> Result<Shown> {
    let ctx = &as_funder(ctx)?;
    if as_of.is_some() && about != QuestionAbout::Position {
        return Err(Error::invalid(
            "/as_of",
            "not-of-this",
            "Only a position is shown as of a day. Leave it out.",
        ));
    }
    match about {
        QuestionAbout::Award => of_award(db, ctx, AwardId(id)).await,
        QuestionAbout::Return => of_return(db, ctx, GrantReturnId(id)).await,
        QuestionAbout::Position => of_position(db, ctx, PoolId(id), as_of).await,
    }
}

async fn of_award(db: &Db, ctx: &Ctx, id: AwardId) -> Result<Shown> {
    let award = awards::view::one(db, ctx, id).await?;
    let summary = award.summary;
    let left = if summary.days_left.is_some() {
        "Left to use"
    } else {
        "Not used by its end"
    };
    let mut figures = vec![
        Seen::money("amount", "Amount", summary.amount_pence),
        Seen::money("attributed", "Attributed", summary.attributed_pence),
        Seen::money("left", left, summary.left_pence),
    ];
    for fence in award.fences {
        let called = |what: &str| format!("{what} for {}", fence.name);
        if let Some(amount) = fence.reserved_pence {
            let key = format!("fence.{}.reserved", fence.slug);
            figures.push(Seen::money(key, called("Reserved"), amount));
        }
        if let Some(amount) = fence.limit_pence {
            let key = format!("fence.{}.limit", fence.slug);
            figures.push(Seen::money(key, called("At most"), amount));
        }
        let key = format!("fence.{}.attributed", fence.slug);
        let spent = fence.attributed_pence;
        figures.push(Seen::money(key, called("Attributed"), spent));
    }
    Ok(Shown {
        funder: summary.funder_id,
        subject: summary.title,
        as_of: ctx.today(),
        figures,
    })
}

async fn of_return(db: &Db, ctx: &Ctx, id: GrantReturnId) -> Result<Shown> {
    let seen = returns::one(db, ctx, id).await?;
    let award = awards::store::one(db.read(), ctx, seen.summary.award_id).await?;
    let sent = seen.sendings.last().ok_or(Error::NotFound)?;
    Ok(Shown {
        funder: award.funder_id,
        subject: format!("{}: {}", seen.summary.award, seen.summary.title),
        as_of: london_date(sent.sent_at),
        figures: seen
            .sections
            .into_iter()
            .flat_map(|section| section.answers)
            .filter_map(|answer| {
                let amount = match answer.kind {
                    FieldKind::Money => answer.value.as_i64().map(Money),
                    _ => None,
                };
                Some(Seen {
                    key: answer.key,
                    label: on_one_line(&answer.label),
                    text: said(answer.kind, &answer.value)?,
                    amount,
                })
            })
            .collect(),
    })
}

/// An answer in words; nothing where there is none.
fn said(kind: FieldKind, value: &Value) -> Option<String> {
    let text = match (kind, value) {
        (_, Value::Null) => return None,
        (FieldKind::Money, Value::Number(_)) => Money(value.as_i64()?).in_full(),
        (_, Value::Bool(true)) => "Yes".to_owned(),
        (_, Value::Bool(false)) => "No".to_owned(),
        (FieldKind::Date, Value::String(text)) => text
            .parse()
            .map_or_else(|_| text.clone(), date_without_weekday),
        (_, Value::String(text)) => text.clone(),
        (_, other) => other.to_string(),
    };
    Some(on_one_line(&text)).filter(|text| !text.is_empty())
}

/// A text without its line breaks, as far as it is kept.
fn on_one_line(text: &str) -> String {
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    let mut kept: String = text.chars().take(KEPT).collect();
    if kept.len() < text.len() {
        kept.push('…');
    }
    kept
}

/// The figures of a row of a position, as its page calls them.
fn of_row(key: &str, whose: &str, figures: &Figures) -> Vec<Seen> {
    [
        ("agreed", "Agreed", figures.agreed_pence),
        ("received", "Received", figures.received_pence),
        ("attributed", "Attributed", figures.attributed_pence),
        ("outstanding", "Promised", figures.outstanding_pence),
        (
            "not-committed",
            "Forecast beyond",
            figures.not_committed_pence,
        ),
        ("headroom", "Headroom", figures.headroom_pence),
        ("not-used", "Not used by its end", figures.not_used_pence),
    ]
    .into_iter()
    .filter_map(|(figure, label, amount)| {
        Some(Seen::money(
            format!("{key}.{figure}"),
            format!("{label}: {whose}"),
            amount?,
        ))
    })
    .collect()
}

async fn of_position(db: &Db, ctx: &Ctx, id: PoolId, as_of: Option<NaiveDate>) -> Result<Shown> {
    let when = When {
        as_of,
        known_at: None,
    };
    let position = positions::view::of_pool(db, ctx, id, when).await?;
    let mine = position
        .rows
        .iter()
        .find(|row| row.mine)
        .ok_or(Error::NotFound)?;
    let funder = mine.funder_id;
    let (own, others): (Vec<_>, Vec<_>) = position.rows.iter().partition(|row| row.mine);
    let mut figures = Vec::new();
    for row in own.into_iter().chain(others) {
        let whose = format!("{} ({})", row.award, row.funder);
        figures.extend(of_row(&row.award_id.to_string(), &whose, &row.figures));
    }
    if let Some(others) = &position.others {
        figures.extend(of_row(
            "others",
            "the other funders, as one sum",
            &others.figures,
        ));
    }
    figures.extend(of_row("together", "together", &position.together));
    if let Some(amount) = position.spend_pence {
        figures.push(Seen::money("spend", "Spend of the pool", amount));
    }
    if let Some(amount) = position.unfunded_pence {
        figures.push(Seen::money("unfunded", "Not covered", amount));
    }
    Ok(Shown {
        funder,
        subject: format!("Position of {}", position.pool.unwrap_or_default()),
        as_of: position.as_of,
        figures,
    })
}
