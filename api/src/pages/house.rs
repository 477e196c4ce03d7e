//! What Today says besides returns: what waits for finance, and the first steps of a new house.

use domain::access::rules::{Operation, Sight, sight};
use domain::attribution::rules::Unfunded;
use domain::spend::view::{self as spend, Settled, SpendFilter};
use domain::{awards, imports, pools};
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
    let mut steps = Vec::new();
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
    let filter = SpendFilter {
        state: Some(Settled::Unsettled),
        ..SpendFilter::default()
    };
    let open = spend::totals(db, ctx, &filter).await?;
    let (lines, pence) = open
        .reasons
        .iter()
        .filter(|total| total.reason != Unfunded::Credit)
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

/// What comes first in a house where nothing was reported yet; empty once there is an award with
/// spend behind it.
pub async fn first_steps(house: &House) -> Result<Vec<Todo>, Fault> {
    let (db, ctx) = (&house.db, &house.ctx);
    let may = |operation: Operation| ctx.require(operation).is_ok();
    if sight(&ctx.actor) != Sight::All || !may(Operation::ReadAwards) || !may(Operation::ReadPools)
    {
        return Ok(Vec::new());
    }
    let any_award = !awards::view::by_attention(db, ctx, None, 1)
        .await?
        .items
        .is_empty();
    let any_pool = !pools::view::list(db, ctx, None, 1).await?.is_empty();
    let looks = may(Operation::ReadImports);
    let (any_layout, any_file) = if looks {
        (
            !imports::view::profiles(db, ctx, None, 1).await?.is_empty(),
            imports::view::count(db, ctx).await? > 0,
        )
    } else {
        // who may not look at files is not asked to load one
        (any_award, any_award)
    };
    if any_award && any_pool && any_file {
        return Ok(Vec::new());
    }
    let step = |name: &str, done: bool, operation: Option<Operation>, href: &str, hint: &str| {
        let mine = operation.is_some_and(may);
        Todo {
            name: name.to_owned(),
            href: if mine && !done {
                href.to_owned()
            } else {
                String::new()
            },
            state: if done { "Done" } else { "To do" }.to_owned(),
            kind: if done { "done" } else { "todo" }.to_owned(),
            hint: hint.to_owned(),
        }
    };
    let mut steps = Vec::new();
    if may(Operation::InvitePerson) {
        steps.push(step(
            "Invite the people: a grants officer and a finance officer first",
            any_award,
            Some(Operation::InvitePerson),
            "/people",
            "They do what follows; you see to people and the running of the house.",
        ));
    }
    steps.push(step(
        "Record an award",
        any_award,
        Some(Operation::CreateAward),
        "/awards/new",
        "A grants officer does: how much, for how long, what it may pay for, what it asks to be \
         reported.",
    ));
    steps.push(step(
        "Set up a pool",
        any_pool,
        Some(Operation::CreatePool),
        "/pools/new",
        "A grants officer does: the purpose that awards are put behind. Spend is loaded into pools.",
    ));
    if looks {
        steps.push(step(
            "Say how the finance system’s files are laid out",
            any_layout,
            Some(Operation::SaveProfile),
            "/import-profiles/new",
            "A finance officer does, from a sample file.",
        ));
        steps.push(step(
            "Load the first file of spend",
            any_file,
            Some(Operation::StartImport),
            "/imports#load",
            "A finance officer does. From then on returns are drafted by themselves.",
        ));
    }
    Ok(steps)
}
