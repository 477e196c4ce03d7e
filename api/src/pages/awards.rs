//! Awards: what may each pay for, what is left, what does it ask of us?

use actix_web::{HttpResponse, web};
use askama::Template;
use domain::access::rules::{Operation, Sight, sight};
use domain::awards::view::{self, AwardSummary, AwardView, FenceView};
use domain::beside::rules::RecordKind;
use domain::calendar::rules::{months_in_words, nation_name};
use domain::charges::view::Of;
use domain::questions::rules::QuestionAbout;
use domain::{Ctx, Money};
use entity::AwardId;

use super::picture::Picture;
use super::{Link, PageFrame, beside, charges, history, page, questions, sharing, words};
use crate::http::{Fault, House};

pub(super) mod amend;
mod baseline;
mod budget_lines;
mod burn_up;
mod close;
mod conditions;
pub(super) mod form;
mod further;
mod letter;
pub(super) mod list;
mod money;
mod reach;
mod stops;
mod suspend;
mod virements;
pub(super) mod years;

pub fn configure(config: &mut web::ServiceConfig) {
    config
        .service(
            web::resource("/awards")
                .route(web::get().to(list::look))
                .route(web::post().to(form::create)),
        )
        .service(web::resource("/awards/awards.csv").route(web::get().to(list::download)))
        .service(web::resource("/awards/new").route(web::get().to(form::new)))
        .service(web::resource("/awards/{id}").route(web::get().to(one)))
        .service(web::resource("/awards/{id}/burn-up").route(web::get().to(burn_up::look)))
        .service(web::resource("/awards/{id}/burn-up.csv").route(web::get().to(burn_up::download)))
        .service(web::resource("/awards/{id}/stops").route(web::get().to(stops::look)))
        .service(web::resource("/awards/{id}/stops.csv").route(web::get().to(stops::download)))
        .service(
            web::resource("/awards/{id}/years/{year}/agreement")
                .route(web::get().to(years::agreement))
                .route(web::post().to(years::record)),
        )
        .configure(budget_lines::configure)
        .configure(money::configure)
        .configure(conditions::configure)
        .configure(virements::configure)
        .configure(suspend::configure)
        .configure(close::configure)
        .configure(baseline::configure)
        .configure(letter::configure)
        .service(web::resource("/awards/{id}/amendments").route(web::post().to(amend::record)))
        .service(web::resource("/awards/{id}/amendments/new").route(web::get().to(amend::new)))
        .service(web::resource("/awards/{id}/fences").route(web::post().to(form::create_fence)))
        .service(web::resource("/awards/{id}/fences/new").route(web::get().to(form::new_fence)));
}

/// Where an award's figures come from: the spend attributed to it, for those who may see spend.
fn lines_href(ctx: &Ctx, id: AwardId) -> String {
    if ctx.require(Operation::ReadSpend).is_ok() {
        format!("/spend?award={id}")
    } else {
        String::new()
    }
}

#[derive(Template)]
#[template(path = "pages/award.html")]
struct AwardPage {
    page: PageFrame,
    crumbs: Vec<Link>,
    name: String,
    funder: String,
    sentence: String,
    sums: Vec<Sum>,
    heeds: Vec<String>,
    years: Vec<years::YearRow>,
    agreed: Vec<history::Event>,
    amended: Vec<history::Event>,
    suspended: Vec<history::Event>,
    closed: Vec<history::Event>,
    picture: Picture,
    burn_up_href: String,
    /// To those inside: what keeps it from being used up.
    stops_href: String,
    fences_sentence: String,
    fences: Vec<Fence>,
    may_pay_for: Vec<Fact>,
    terms: Vec<Fact>,
    pools: Vec<PoolPart>,
    duties: Vec<Duty>,
    /// What the duties are called: ours, or what the funder's reader asked for.
    asks: &'static str,
    sent: Vec<Link>,
    asked: Vec<Link>,
    conditions: Vec<Duty>,
    conditions_sentence: String,
    conditions_href: String,
    steps: Vec<Link>,
    events: Vec<history::Event>,
    beside: Option<Link>,
    history_href: String,
    troubles: Vec<String>,
    /// What must be known of the bank holidays behind its last deadlines.
    calendar: String,
}

pub struct Sum {
    pub label: String,
    pub amount: String,
    pub href: String,
    pub note: String,
}

pub struct Fact {
    pub key: String,
    pub value: String,
    pub href: String,
}

impl Fact {
    pub fn new(key: &str, value: impl Into<String>) -> Self {
        Self {
            key: key.to_owned(),
            value: value.into(),
            href: String::new(),
        }
    }
}

struct Fence {
    depth: u32,
    name: String,
    terms: String,
    amount: String,
    amount_href: String,
    sentence: String,
    spent: i64,
    promised: i64,
    over: bool,
}

struct PoolPart {
    name: String,
    href: String,
    agreed: String,
    attributed: String,
}

struct Duty {
    name: String,
    href: String,
    hint: String,
    state: String,
    kind: String,
}

async fn one(house: House, id: web::Path<AwardId>) -> Result<HttpResponse, Fault> {
    let id = id.into_inner();
    let award = view::one(&house.db, &house.ctx, id).await?;
    let may = |operation| house.ctx.require(operation).is_ok();
    let mut steps = Vec::new();
    steps.extend(budget_lines::step(&house, id).await?);
    if may(Operation::ReadMoney) {
        steps.push(Link::new("Money in and out", format!("/awards/{id}/money")));
    }
    if may(Operation::ReadConditions) {
        steps.push(Link::new("Conditions", format!("/awards/{id}/conditions")));
    }
    if may(Operation::ReadLetters) {
        steps.push(Link::new(
            "Its terms beside the letter",
            format!("/awards/{id}/letter"),
        ));
    }
    if may(Operation::ReadVirements) && award.fences.len() > 1 {
        steps.push(Link::new("Virements", format!("/awards/{id}/virements")));
    }
    if may(Operation::ReadForecasts) {
        steps.push(Link::new("Forecasts", format!("/awards/{id}/forecasts")));
    }
    if may(Operation::ReadMatch) {
        steps.push(Link::new("Match funding", format!("/awards/{id}/match")));
    }
    let kept_up = if may(Operation::ReadBaseline) && award.further_terms.baseline.from_on.is_some()
    {
        steps.push(Link::new(
            "Spend to be kept up",
            format!("/awards/{id}/baseline"),
        ));
        baseline::heed(&house, id).await?
    } else {
        None
    };
    let mut charged = None;
    if may(Operation::ReadCharges) {
        steps.push(Link::new(
            "Management charge",
            format!("/awards/{id}/charges"),
        ));
        charged = charges::heed(&house, Of::Award(id)).await?;
    }
    if may(Operation::CreateFence) && award.summary.attributed_pence == Money::ZERO {
        steps.push(Link::new(
            "Set a part of it apart",
            format!("/awards/{id}/fences/new"),
        ));
    }
    steps.extend(questions::link(&house, QuestionAbout::Award, id));
    steps.extend(sharing::link(&house, id).await?);
    let is_open = award.summary.closed_on.is_none();
    if may(Operation::AmendAward) && is_open {
        steps.push(Link::new(
            "Record an amendment",
            format!("/awards/{id}/amendments/new"),
        ));
    }
    if may(Operation::CorrectAward) {
        steps.push(Link::new(
            "Correct its name",
            format!("/awards/{id}/correction"),
        ));
    }
    if may(Operation::AskWhatIf) && is_open && !award.contributions.is_empty() {
        steps.push(Link::new(
            "What if it withdraws?",
            format!("/what-if?award_id={id}"),
        ));
    }
    if may(Operation::SuspendAward) && is_open {
        steps.push(suspend::step(&award));
    }
    if may(Operation::CloseAward) {
        steps.extend(close::step(&award));
    }
    if may(Operation::CreateRequirement) && is_open {
        steps.push(Link::new(
            "State what is to be reported",
            format!("/awards/{id}/requirements/new"),
        ));
    }
    let has_history = may(Operation::ReadHistory);
    let events = if has_history {
        history::latest(&house, "award", id.into()).await?
    } else {
        Vec::new()
    };
    let troubles = domain::returns::view::drafting_problems(&house.db, &house.ctx)
        .await?
        .into_iter()
        .filter(|problem| problem.award_id == id)
        .map(|problem| format!("{}. {}", problem.title, problem.message))
        .collect();
    let known = if may(Operation::ReadConditions) {
        domain::conditions::view::of_award(&house.db, &house.ctx, id).await?
    } else {
        Vec::new()
    };
    let asks = !award.requirements.is_empty();
    let calendar = if asks {
        super::today::calendar_warning(award.summary.ends_on)
    } else {
        String::new()
    };
    let figures_href = lines_href(&house.ctx, id);
    let match_href = if may(Operation::ReadMatch) {
        format!("/awards/{id}/match")
    } else {
        String::new()
    };
    let summary = &award.summary;
    page(&AwardPage {
        page: PageFrame::of(&house, &summary.title).await?,
        crumbs: vec![Link::new("Awards", "/awards")],
        picture: burn_up::picture(&house, id).await?,
        burn_up_href: format!("/awards/{id}/burn-up"),
        stops_href: match may(Operation::ReadPools) {
            true => format!("/awards/{id}/stops"),
            false => String::new(),
        },
        sentence: sentence(&house.ctx, summary),
        sums: sums(&house.ctx, summary, &figures_href),
        heeds: years::heeds(&award, house.ctx.today())
            .into_iter()
            .chain(further::heed(&award))
            .chain(kept_up)
            .chain(charged)
            .chain(suspend::heed(&award))
            .chain(award.owed.as_ref().map(|owed| owed.sentence.clone()))
            .collect(),
        years: years::rows(&house, &award, &figures_href),
        agreed: years::agreed(&award),
        amended: amend::told_of(&house, &award).await?,
        suspended: suspend::told(&award),
        closed: close::told(&award),
        fences_sentence: fences_sentence(&award),
        fences: award
            .fences
            .iter()
            .map(|fence| bar(fence, &figures_href))
            .collect(),
        may_pay_for: may_pay_for(&award),
        terms: terms(&award, &match_href),
        pools: award
            .contributions
            .iter()
            .map(|part| PoolPart {
                name: part.pool.clone(),
                href: format!("/pools/{}", part.pool_id),
                agreed: part.agreed_pence.in_full(),
                attributed: part.attributed_pence.in_full(),
            })
            .collect(),
        duties: duties(&house.ctx, &award),
        asks: match sight(&house.ctx.actor) {
            Sight::All => "What it asks of us",
            _ => "What you asked for",
        },
        sent: award
            .returns
            .iter()
            .filter(|item| item.due_on.is_none())
            .map(|item| {
                Link::new(
                    format!(
                        "{}, {}",
                        item.name,
                        months_in_words(item.period_from, item.period_to)
                    ),
                    format!("/returns/{}", item.id),
                )
            })
            .collect(),
        asked: award
            .requirements
            .iter()
            .map(|asked| {
                let often = match asked.period_months {
                    1 => "every month".to_owned(),
                    12 => "every year".to_owned(),
                    months => format!("every {months} months"),
                };
                Link::new(
                    format!("{}: {often}, on {}", asked.name, asked.form),
                    format!("/requirements/{}", asked.id),
                )
            })
            .collect(),
        conditions_sentence: if known.is_empty() {
            String::new()
        } else {
            conditions::sentence(&known)
        },
        conditions: known
            .iter()
            .filter(|one| one.state == domain::conditions::rules::ConditionState::Open)
            .take(5)
            .map(|one| conditions::duty(id, one))
            .collect(),
        conditions_href: if may(Operation::ReadConditions) {
            format!("/awards/{id}/conditions")
        } else {
            String::new()
        },
        steps,
        events,
        beside: beside::link(&house, RecordKind::Award, id).await?,
        history_href: if has_history {
            format!("/history/award/{id}")
        } else {
            String::new()
        },
        name: summary.title.clone(),
        funder: summary.funder.clone(),
        troubles,
        calendar,
    })
}

fn sentence(ctx: &Ctx, award: &AwardSummary) -> String {
    if let Some(on) = award.closed_on {
        return format!(
            "It ended on {} with {} not used, and is closed from {}.",
            words::day(award.ends_on),
            award.left_pence.in_words(),
            words::day(on)
        );
    }
    if award.over_pence > Money::ZERO {
        return format!(
            "{} more is attributed than the award now holds: to repay or resolve.",
            award.over_pence.in_words()
        );
    }
    let left = award.left_pence.in_words();
    match award.days_left {
        _ if award.starts_on > ctx.today() => {
            format!("{left} to use from {}.", words::day(award.starts_on))
        }
        Some(0) => format!("{left} is left, and today is its last day."),
        Some(1) => format!("{left} is left to use by tomorrow."),
        Some(days) => format!("{left} is left to use in {days} days."),
        None => format!(
            "It ended on {} with {left} not used.",
            words::day(award.ends_on)
        ),
    }
}

fn sums(ctx: &Ctx, award: &AwardSummary, figures_href: &str) -> Vec<Sum> {
    let sum = |label: &str, amount: String, href: &str| Sum {
        label: label.to_owned(),
        amount,
        href: href.to_owned(),
        note: String::new(),
    };
    let (label, days) = match award.days_left {
        _ if award.starts_on > ctx.today() => ("Starts", words::day(award.starts_on)),
        Some(days) => ("Days left", days.to_string()),
        None if award.closed_on.is_some() => ("Days left", "Closed".to_owned()),
        None => ("Days left", "Ended".to_owned()),
    };
    vec![
        Sum {
            note: if award.confirmed_pence == award.amount_pence {
                String::new()
            } else {
                format!("{} of it is confirmed", award.confirmed_pence.in_full())
            },
            ..sum("Amount", award.amount_pence.in_full(), "")
        },
        sum("Attributed", award.attributed_pence.in_full(), figures_href),
        sum(
            if award.days_left.is_none() {
                "Not used by its end"
            } else {
                "Left to use"
            },
            award.left_pence.in_full(),
            "",
        ),
        sum(label, days, ""),
    ]
}

fn fences_sentence(award: &AwardView) -> String {
    let reserved = award
        .fences
        .iter()
        .filter(|fence| fence.depth == 0)
        .filter_map(|fence| fence.reserved_pence);
    match Money::sum(reserved) {
        Some(sum) if sum > Money::ZERO => format!(
            "{} of it is ring-fenced; the rest is open to all that it may pay for.",
            sum.in_words()
        ),
        _ => "Nothing of it is ring-fenced; some of it is capped.".to_owned(),
    }
}

fn bar(fence: &FenceView, figures_href: &str) -> Fence {
    let whole = fence
        .limit_pence
        .or(fence.reserved_pence)
        .unwrap_or_default();
    let used = fence.attributed_pence;
    let terms = match (fence.reserved_pence, fence.limit_pence) {
        (Some(reserved), Some(_)) if fence.reserved_pence == fence.limit_pence => {
            format!("{} ring-fenced, and capped at that", reserved.in_words())
        }
        (Some(reserved), Some(limit)) => format!(
            "{} ring-fenced, capped at {}",
            reserved.in_words(),
            limit.in_words()
        ),
        (Some(_), None) => "ring-fenced".to_owned(),
        (None, _) => "capped".to_owned(),
    };
    let mut said = vec![format!("{} is attributed", used.in_full())];
    if let Some(limit) = fence.limit_pence {
        let room = limit.minus(used).unwrap_or_default();
        said.push(if room < Money::ZERO {
            format!(
                "{} over its cap",
                Money::ZERO.minus(room).unwrap_or_default().in_full()
            )
        } else {
            format!("{} until its cap", room.in_full())
        });
    }
    if let Some(reserved) = fence.reserved_pence {
        let short = reserved.minus(used).unwrap_or_default();
        said.push(if short > Money::ZERO {
            format!("{} of the ring-fence is still to be used", short.in_full())
        } else {
            "its ring-fence is used".to_owned()
        });
    }
    Fence {
        depth: fence.depth.min(3),
        name: fence.name.clone(),
        terms,
        amount: whole.in_full(),
        amount_href: figures_href.to_owned(),
        sentence: format!("{}.", said.join("; ")),
        spent: thousandths(used, whole),
        promised: 0,
        over: fence.limit_pence.is_some_and(|limit| used > limit),
    }
}

/// A share in thousandths, for the length of a bar.
pub fn thousandths(part: Money, whole: Money) -> i64 {
    if whole <= Money::ZERO {
        return if part > Money::ZERO { 1000 } else { 0 };
    }
    let share = i128::from(part.pence()) * 1000 / i128::from(whole.pence());
    i64::try_from(share.clamp(0, 1000)).unwrap_or(0)
}

fn may_pay_for(award: &AwardView) -> Vec<Fact> {
    let summary = &award.summary;
    let categories = if award.categories.is_empty() {
        "All".to_owned()
    } else {
        let names: Vec<&str> = award
            .categories
            .iter()
            .map(|category| category.name.as_str())
            .collect();
        names.join("; ")
    };
    let mut facts = vec![
        Fact::new(
            "Spend incurred",
            format!(
                "{} to {}",
                words::day(summary.starts_on),
                words::day(summary.ends_on)
            ),
        ),
        Fact::new("Cost categories", categories),
        Fact::new("Kind of spend", words::pays_for(award.pays_for)),
    ];
    for (label, names) in [("Only in", &award.places), ("Only for", &award.groups)] {
        if !names.is_empty() {
            facts.push(Fact::new(label, reach::told(names)));
        }
    }
    facts
}

fn terms(award: &AwardView, match_href: &str) -> Vec<Fact> {
    let mut terms = vec![
        Fact::new("Reference", award.summary.reference.clone()),
        Fact {
            href: award
                .summary
                .programme_id
                .map_or_else(String::new, |id| format!("/programmes/{id}")),
            ..Fact::new("Programme", award.summary.programme.clone())
        },
        Fact::new("Legal basis", words::legal_basis(award.legal_basis)),
        Fact::new("Held by", award.holder.clone()),
        Fact::new("Accountable body", award.accountable_body.clone()),
        Fact::new(
            "Decides",
            award
                .decider
                .as_ref()
                .map_or("Not recorded", |body| body.name.as_str()),
        ),
        Fact::new(
            "In the accounts of",
            award.accounts.as_ref().map_or_else(
                || "Not recorded".to_owned(),
                |accounts| {
                    format!(
                        "{}, as {}",
                        accounts.name,
                        amend::accounts_as(accounts.accounts_as).to_lowercase()
                    )
                },
            ),
        ),
        Fact::new(
            "If unspent",
            if award.lost_if_unspent {
                "It goes back to the funder"
            } else {
                "It can be kept"
            },
        ),
        Fact::new("Bank holidays of", nation_name(award.nation)),
    ];
    terms.extend(further::facts(award, match_href));
    if let Some(lead) = &award.lead {
        terms.push(Fact::new("Lead", lead.display_name.clone()));
    }
    terms
}

fn duties(ctx: &Ctx, award: &AwardView) -> Vec<Duty> {
    award
        .returns
        .iter()
        .filter_map(|item| item.due_on.map(|due| (item, due)))
        .map(|(item, due)| {
            let late = due < ctx.today();
            // A funder's officer is told that it has not come, not how far it is.
            let (state, kind) = match item.state {
                _ if late => ("Overdue", "late"),
                Some(state) => words::return_state(state),
                None => ("Not sent yet", "todo"),
            };
            Duty {
                name: format!(
                    "{}, {}",
                    item.name,
                    months_in_words(item.period_from, item.period_to)
                ),
                href: if item.state.is_some() {
                    format!("/returns/{}", item.id)
                } else {
                    String::new()
                },
                hint: format!(
                    "{} {}",
                    if late { "Was due" } else { "Due" },
                    words::date(due)
                ),
                state: state.to_owned(),
                kind: kind.to_owned(),
            }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bar_is_as_long_as_its_share() {
        assert_eq!(thousandths(Money(1), Money(3)), 333);
        assert_eq!(thousandths(Money(5), Money(3)), 1000);
        assert_eq!(thousandths(Money(-5), Money(3)), 0);
        assert_eq!(thousandths(Money(0), Money(0)), 0);
        assert_eq!(thousandths(Money(1), Money(0)), 1000);
        assert_eq!(thousandths(Money::MAX, Money::MAX), 1000);
    }
}
