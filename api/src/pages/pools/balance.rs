//! What becomes of what a pool overspends and leaves: the working now, what was agreed, agreeing anew.

use actix_web::{HttpResponse, web};
use askama::Template;
use domain::access::rules::Operation;
use domain::pools::ops::balance::{NamedShare, NewBalanceRule, agree};
use domain::pools::rules::policies::percent;
use domain::pools::view::balance::{
    BalanceRuleView, BalanceShareView, BalanceView, WorkingPart, WorkingView, of_pool, of_view,
};
use domain::pools::view::{self, PoolView};
use domain::{Error, Money};
use entity::{BalanceRule as Kind, PoolId};

use super::super::awards::form::{Typed, bodies};
use super::super::fields::{Fields, Wrong, id};
use super::super::form::{Choice, Field, Form, show};
use super::super::programmes::typed_date;
use super::super::requirements::terms::per_cent;
use super::super::{Link, PageFrame, page, see_other, words};
use super::policies::tag;
use crate::http::forms::PageForm;
use crate::http::{Fault, House};

/// Organisations that a side can name on the page; the API takes more.
const NAMED: usize = 3;

#[derive(Template)]
#[template(path = "pages/pool_balance.html")]
struct BalancePage {
    page: PageFrame,
    crumbs: Vec<Link>,
    pool: String,
    agree_href: String,
    sides: Vec<Side>,
    rows: Vec<Row>,
}

/// The working of one side.
pub(in super::super) struct Side {
    pub(in super::super) heading: &'static str,
    pub(in super::super) sentence: String,
    pub(in super::super) caption: &'static str,
    pub(in super::super) by: &'static str,
    pub(in super::super) stays: bool,
    pub(in super::super) parts: Vec<Part>,
    pub(in super::super) total: String,
}

pub(in super::super) struct Part {
    pub(in super::super) whose: String,
    pub(in super::super) by: String,
    pub(in super::super) stays: String,
    pub(in super::super) part: String,
    pub(in super::super) sum: String,
}

struct Row {
    overspend: String,
    underspend: String,
    from: String,
    to: String,
    state: &'static str,
    kind: &'static str,
    agreed: String,
    why: String,
}

fn by(kind: Kind) -> &'static str {
    match kind {
        Kind::ProRata => "the awards, in proportion to what they put in that is not ring-fenced",
        Kind::Reserve => "the pool’s reserve",
        Kind::Shares => "named shares",
    }
}

fn part(kind: Kind, one: &WorkingPart) -> Part {
    Part {
        whose: one.whose.clone(),
        by: match (kind, one.free_pence, one.share_bp) {
            (_, Some(free), _) => free.in_full(),
            (_, None, Some(share)) => format!("{}%", percent(share)),
            (Kind::Reserve, None, None) if one.part_pence > Money::ZERO => "All of it".to_owned(),
            _ => String::new(),
        },
        stays: if one.stays_pence == Money::ZERO {
            String::new()
        } else {
            one.stays_pence.in_full()
        },
        part: one.part_pence.in_full(),
        sum: one
            .stays_pence
            .plus(one.part_pence)
            .unwrap_or_default()
            .in_full(),
    }
}

const fn column(kind: Kind) -> &'static str {
    match kind {
        Kind::ProRata => "Put in, not ring-fenced",
        Kind::Reserve | Kind::Shares => "Share",
    }
}

/// When a side is worked out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in super::super) enum At {
    /// On what stands today.
    Today,
    /// Once all that is promised and forecast has come.
    TheEnd,
}

fn over(worked: &WorkingView, at: At) -> Side {
    let nothing = worked.amount_pence == Money::ZERO;
    Side {
        heading: "If more is spent than awards pay for",
        sentence: if nothing {
            format!(
                "Nothing {} overspent{}. What no award pays for would be borne by {}.",
                if at == At::Today { "is" } else { "will be" },
                if at == At::Today { " now" } else { "" },
                by(worked.rule)
            )
        } else {
            format!(
                "{} {}. It is borne by {}, as the table works out.",
                worked.amount_pence.in_full(),
                match at {
                    At::Today => "is paid for by no award now",
                    At::TheEnd => "is spent or promised for which no award is expected to pay",
                },
                by(worked.rule)
            )
        },
        caption: "Who bears it",
        by: column(worked.rule),
        stays: false,
        parts: if nothing {
            Vec::new()
        } else {
            worked
                .parts
                .iter()
                .map(|one| part(worked.rule, one))
                .collect()
        },
        total: worked.amount_pence.in_full(),
    }
}

fn under(worked: &WorkingView, at: At) -> Side {
    let nothing = worked.amount_pence == Money::ZERO;
    let ring_fenced = worked.ring_fenced_pence > Money::ZERO;
    let how = match worked.rule {
        Kind::ProRata => {
            "shared between the awards, in proportion to what they put in that is not ring-fenced"
        }
        Kind::Reserve => "put into the pool’s reserve",
        Kind::Shares => "shared by named shares",
    };
    let when = match at {
        At::Today => "If it ended today",
        At::TheEnd => "Once all that is promised and forecast has come",
    };
    Side {
        heading: "If money is left",
        sentence: if nothing {
            match at {
                At::Today => {
                    format!("Nothing is left of what awards put in. What is left would be {how}.")
                }
                At::TheEnd => format!(
                    "Nothing of what awards put in will be left. What is left would be {how}."
                ),
            }
        } else if ring_fenced {
            format!(
                "{when}, {} of what awards put in would be left. {} of it is ring-fenced and \
                 stays with its award; {} would be {how}.",
                worked.amount_pence.in_full(),
                worked.ring_fenced_pence.in_full(),
                worked.shared_pence.in_full()
            )
        } else {
            format!(
                "{when}, {} of what awards put in would be left. It would be {how}.",
                worked.amount_pence.in_full()
            )
        },
        caption: "Who would have it",
        by: column(worked.rule),
        stays: ring_fenced,
        parts: if nothing {
            Vec::new()
        } else {
            worked
                .parts
                .iter()
                .map(|one| part(worked.rule, one))
                .collect()
        },
        total: worked.amount_pence.in_full(),
    }
}

fn sides(seen: &BalanceView) -> Vec<Side> {
    sides_at(seen.overspend.as_ref(), seen.underspend.as_ref(), At::Today)
}

/// Both sides as they are worked out.
pub(in super::super) fn sides_at(
    overspend: Option<&WorkingView>,
    underspend: Option<&WorkingView>,
    at: At,
) -> Vec<Side> {
    let over = overspend.map(|worked| over(worked, at));
    let under = underspend.map(|worked| under(worked, at));
    over.into_iter().chain(under).collect()
}

/// Both sides of a pool that was read already; none where nothing is agreed for today.
pub(super) async fn of_page(house: &House, pool: &PoolView) -> Result<Vec<Side>, Fault> {
    Ok(sides(&of_view(&house.db, &house.ctx, pool).await?))
}

fn rule_in_words(kind: Kind, shares: &[BalanceShareView]) -> String {
    match kind {
        Kind::ProRata => "In proportion, less ring-fenced money".to_owned(),
        Kind::Reserve => "The pool’s reserve".to_owned(),
        Kind::Shares => {
            let named: Vec<String> = shares
                .iter()
                .map(|one| format!("{} {}%", one.organisation, percent(one.share_bp)))
                .collect();
            named.join("; ")
        }
    }
}

fn row(rule: &BalanceRuleView) -> Row {
    let (state, kind) = tag(rule.standing);
    Row {
        overspend: rule_in_words(rule.overspend, &rule.overspend_shares),
        underspend: rule_in_words(rule.underspend, &rule.underspend_shares),
        from: words::day(rule.starts_on),
        to: rule.ends_on.map_or_else(String::new, words::day),
        state,
        kind,
        agreed: format!(
            "{}, {} ({})",
            rule.agreed_by,
            words::day(rule.agreed_on),
            rule.minute
        ),
        why: rule.reason.clone(),
    }
}

pub async fn list(house: House, path: web::Path<PoolId>) -> Result<HttpResponse, Fault> {
    let id = path.into_inner();
    let pool = view::one(&house.db, &house.ctx, id).await?;
    let seen = of_pool(&house.db, &house.ctx, id).await?;
    let may = house.ctx.require(Operation::AgreeBalance).is_ok();
    page(&BalancePage {
        page: PageFrame::of(&house, "Over- and underspend").await?,
        crumbs: vec![
            Link::new("Pools", "/pools"),
            Link::new(pool.summary.name.clone(), format!("/pools/{id}")),
        ],
        agree_href: if may {
            format!("/pools/{id}/balance/new")
        } else {
            String::new()
        },
        sides: sides(&seen),
        rows: seen.rules.iter().map(row).collect(),
        pool: pool.summary.name,
    })
}

fn names(side: &str, n: usize) -> (String, String) {
    (format!("{side}_body_{n}"), format!("{side}_share_{n}"))
}

async fn form(house: &House, pool: &PoolView) -> Result<Form, Fault> {
    let at = pool.summary.id;
    let choices = vec![
        Choice::new(
            Kind::ProRata.slug(),
            "The awards, in proportion to what they put in that is not ring-fenced",
        ),
        Choice::new(Kind::Reserve.slug(), "The pool’s reserve"),
        Choice::new(Kind::Shares.slug(), "Named organisations, by shares"),
    ];
    let known = bodies(house).await?;
    let mut fields = Vec::new();
    for (side, heading, question, hint, short) in [
        (
            "overspend",
            "If more is spent than awards pay for",
            "Who bears it?",
            "",
            "Overspend",
        ),
        (
            "underspend",
            "If money is left",
            "Who has it?",
            "Ring-fenced money that is left stays with its award, whatever the rule.",
            "What is left",
        ),
    ] {
        fields.push(Field::heading(heading));
        fields.push(Field::radios(side, question, choices.clone()).hint(hint));
        for n in 1..=NAMED {
            let (body, share) = names(side, n);
            fields.push(Field::select(
                &body,
                &format!("{short}, by shares: organisation {n}"),
                known.clone(),
            ));
            fields.push(
                Field::text(
                    &share,
                    &format!("{short}: share of organisation {n} in per cent"),
                )
                .width("w5"),
            );
        }
    }
    fields.extend([
        Field::heading("From when, and who agreed"),
        Field::date("starts_on", "From which day?"),
        Field::text("agreed_by", "Who agreed it?")
            .hint("For example: Trustee Board and Recovery Advisory Committee"),
        Field::date("agreed_on", "On which day was it agreed?"),
        Field::text("minute", "Where is that minuted?").hint("For example: minute 4"),
        Field::area("reason", "Why?"),
    ]);
    Ok(Form {
        back: Link::new("Over- and underspend", format!("/pools/{at}/balance")),
        heading: "Agree what becomes of an over- or underspend".to_owned(),
        lead:
            "It changes nothing that awards pay for. It says who bears what none of them pays for, \
               and who has what is left. It stays in the record; to change it, agree another."
                .to_owned(),
        action: format!("/pools/{at}/balance"),
        hidden: vec![("version".to_owned(), pool.summary.version.to_string())],
        fields,
        button: "Record what was agreed".to_owned(),
        grave: false,
    })
}

pub async fn new(house: House, path: web::Path<PoolId>) -> Result<HttpResponse, Fault> {
    house.ctx.require(Operation::AgreeBalance)?;
    let pool = view::one(&house.db, &house.ctx, path.into_inner()).await?;
    let today = typed_date(house.ctx.today());
    let typed = Fields::default()
        .with("starts_on", today.clone())
        .with("agreed_on", today);
    let form = form(&house, &pool).await?;
    show(&house, form, &typed, &Wrong::default()).await
}

fn shares(side: &str, fields: &Fields, wrong: &mut Wrong) -> Vec<NamedShare> {
    let mut found = Vec::new();
    for n in 1..=NAMED {
        let (body, share) = names(side, n);
        let organisation_id = fields.some(&body).and_then(id);
        match (organisation_id, per_cent(fields, wrong, &share)) {
            (Some(organisation_id), Some(share_bp)) => found.push(NamedShare {
                organisation_id,
                share_bp,
            }),
            (Some(_), None) => wrong.add(&share, "Enter its share, such as 40 or 12.5."),
            (None, Some(_)) => wrong.add(&body, "Choose whose share it is."),
            (None, None) => {}
        }
    }
    found
}

fn read(fields: &Fields, wrong: &mut Wrong) -> Option<NewBalanceRule> {
    let overspend = wrong.chosen(fields, "overspend", Kind::from_slug);
    let overspend_shares = shares("overspend", fields, wrong);
    let underspend = wrong.chosen(fields, "underspend", Kind::from_slug);
    let underspend_shares = shares("underspend", fields, wrong);
    let starts_on = wrong.date(fields, "starts_on");
    let agreed_on = wrong.date(fields, "agreed_on");
    wrong.need(
        fields,
        &[
            ("agreed_by", "Say who agreed it."),
            ("minute", "Say where that is minuted."),
            ("reason", "Say why."),
        ],
    );
    Some(NewBalanceRule {
        overspend: overspend?,
        overspend_shares,
        underspend: underspend?,
        underspend_shares,
        starts_on,
        agreed_by: fields.text("agreed_by"),
        agreed_on,
        minute: fields.text("minute"),
        reason: fields.text("reason"),
    })
    .filter(|_| wrong.is_empty())
}

/// A complaint of the domain, put where the page asks.
fn placed(error: Error) -> Error {
    let Error::Invalid(mut found) = error else {
        return error;
    };
    for one in &mut found {
        if let Some((side, _)) = one.pointer.trim_start_matches('/').split_once("_shares") {
            one.pointer = format!("/{}", names(side, 1).1);
        }
    }
    Error::Invalid(found)
}

pub async fn record(
    house: House,
    path: web::Path<PoolId>,
    PageForm(sent): Typed,
) -> Result<HttpResponse, Fault> {
    house.ctx.require(Operation::AgreeBalance)?;
    let at = path.into_inner();
    let pool = view::one(&house.db, &house.ctx, at).await?;
    let fields = Fields(sent);
    let mut wrong = Wrong::default();
    if let Some(new) = read(&fields, &mut wrong) {
        let expected = fields.version();
        match agree(&house.db, &house.ctx, at, expected, &new).await {
            Ok(_) => return Ok(see_other(&format!("/pools/{at}/balance"))),
            Err(error) => wrong.take(placed(error))?,
        }
    }
    show(&house, form(&house, &pool).await?, &fields, &wrong).await
}
