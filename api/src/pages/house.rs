//! What Today says besides returns: what waits for finance.

use domain::access::rules::{Operation, Sight, sight};
use domain::attribution::rules::Unfunded;
use domain::imports;
use domain::owed::rules::{Direction, Kind};
use domain::spend::view::{self as spend, Settled, SpendFilter};
use entity::ImportState;

use super::pools::months_to_close;
use super::spend::state_of;
use crate::http::{Fault, House};

/// Something to do, with its state.
#[derive(Clone, Debug)]
pub struct Todo {
    pub name: String,
    /// Empty where somebody else does it, or it is done.
    pub href: String,
    pub state: String,
    pub kind: String,
    pub hint: String,
}

/// What waits for whoever loads spend: files, spend that nobody pays for, open months.
pub async fn for_finance(house: &House) -> Result<Vec<Todo>, Fault> {
    let (db, ctx) = (&house.db, &house.ctx);
    let mut steps = super::pools::runs::todos(house).await?;
    if ctx.require(Operation::SettleFault).is_err() || sight(&ctx.actor) != Sight::All {
        return Ok(steps);
    }
    for wanted in [
        ImportState::Waiting,
        ImportState::Ready,
        ImportState::Failed,
    ] {
        for import in imports::view::imports(db, ctx, None, Some(wanted), 20).await? {
            let (state, kind) = state_of(&import);
            steps.push(Todo {
                name: import.file_name.clone(),
                href: format!("/imports/{}", import.id),
                state: state.to_owned(),
                kind: kind.to_owned(),
                hint: match wanted {
                    ImportState::Failed => import.failure.clone().unwrap_or_default(),
                    _ if import.waits_for.is_empty() => {
                        "It can be accepted: until then none of it counts.".to_owned()
                    }
                    _ => import.waits_for.join(" "),
                },
            });
        }
    }
    for import in imports::view::with_lines_gone(db, ctx).await? {
        if import.rows_gone > 0 {
            steps.push(Todo {
                name: format!(
                    "{} of spend is gone from {}",
                    domain::Money(import.sum_gone_pence).in_full(),
                    import.file_name
                ),
                href: format!("/imports/{}#gone", import.id),
                state: "To decide".to_owned(),
                kind: "waiting".to_owned(),
                hint: "It came with an earlier file for the same days, and counts until you \
                       decide."
                    .to_owned(),
            });
        }
    }
    let filter = SpendFilter {
        state: Some(Settled::Unsettled),
        ..SpendFilter::default()
    };
    let open = spend::totals(db, ctx, &filter).await?;
    let (lines, pence) = open
        .reasons
        .iter()
        .filter(|total| !matches!(total.reason, Unfunded::Credit | Unfunded::Reversed))
        .fold((0, 0), |(lines, pence), total| {
            (lines + total.lines, pence + total.amount_pence)
        });
    if lines > 0 {
        steps.push(Todo {
            name: format!("{} of spend is not covered", domain::Money(pence).in_full()),
            href: "/spend?state=unsettled#list".to_owned(),
            state: "Not settled".to_owned(),
            kind: "wrong".to_owned(),
            hint: if lines == 1 {
                "One line that no award pays for, with the reason.".to_owned()
            } else {
                format!("{lines} lines that no award pays for, each with its reason.")
            },
        });
    }
    let (to_code, amount) = domain::coding::view::to_code(db, ctx).await?;
    if to_code > 0 {
        steps.push(Todo {
            name: format!("{} of spend is not coded", amount.in_full()),
            href: "/waiting-lines".to_owned(),
            state: "Waiting to be coded".to_owned(),
            kind: "waiting".to_owned(),
            hint: if to_code == 1 {
                "One line that the coding map has no row for.".to_owned()
            } else {
                format!("{to_code} lines that the coding map has no row for.")
            },
        });
    }
    for owed in domain::owed::view::to_settle(db, ctx).await? {
        let amount = owed.amount_pence.in_full();
        let ours = owed.direction == Direction::OwedToUs;
        steps.push(Todo {
            name: if ours {
                format!("{amount} of {} has not come", owed.award)
            } else {
                format!(
                    "{amount} of {} is to be repaid to {}",
                    owed.award, owed.funder
                )
            },
            href: format!("/awards/{}/money", owed.award_id),
            state: if ours { "Late" } else { "To repay" }.to_owned(),
            kind: if ours { "late" } else { "wrong" }.to_owned(),
            hint: match (owed.kind, owed.since_on) {
                (Kind::Late, Some(due_on)) => format!("Was due {}.", super::words::date(due_on)),
                _ => owed.sentence,
            },
        });
    }
    if let Some((amount, on)) = domain::positions::view::unspent::lost_soon(db, ctx).await? {
        steps.push(Todo {
            name: format!(
                "{} will go back unspent if nothing changes",
                amount.in_full()
            ),
            href: "/unspent".to_owned(),
            state: "To decide".to_owned(),
            kind: "late".to_owned(),
            hint: format!(
                "The first of it after {}. What is promised and forecast is taken off.",
                super::words::day(on)
            ),
        });
    }
    for month in months_to_close(house).await? {
        steps.push(Todo {
            name: month.text,
            href: month.href,
            state: "Open".to_owned(),
            kind: "doing".to_owned(),
            hint: "Once the finance system has closed it.".to_owned(),
        });
    }
    Ok(steps)
}
