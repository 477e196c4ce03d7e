//! Amending an award: its terms as they stand, what a change would do, and recording it.

use actix_web::{HttpResponse, web};
use askama::Template;
use domain::access::rules::Operation;
use domain::awards::ops::{self, NewAmendment, NewAwardYear};
use domain::awards::rules::terms::TermsChange;
use domain::awards::view::{self, AmendmentPreview, AwardView};
use domain::calendar::rules::months_in_words;
use domain::{Money, categories, pools};
use entity::{AccountsAs, AwardId, CarryForward, CostCategoryId, PaysFor, YearStanding};

use super::super::fields::{Fields, Wrong, id};
use super::super::form::{Choice, Field, Form, show};
use super::super::{Link, PageFrame, history, page, see_other, words};
use super::form::{Typed, bodies};
use super::{further, reach, years};
use crate::http::forms::PageForm;
use crate::http::{Fault, House};

async fn form(house: &House, award: &AwardView) -> Result<Form, Fault> {
    let id = award.summary.id;
    let bodies = bodies(house).await?;
    let chart = categories::view::all(&house.db, &house.ctx).await?;
    let pools = pools::view::list(&house.db, &house.ctx, None, 200).await?;
    let pools = pools
        .into_iter()
        .map(|pool| Choice::new(pool.id, pool.name))
        .collect();
    let reached = reach::fields(house).await?;
    let counted = chart
        .iter()
        .map(|category| Choice::new(category.id, category.name.clone()))
        .collect();
    let mut fields = vec![
        Field::date("effective_on", "From when does it hold?")
            .hint("A day to come waits until then; until that day nothing changes."),
        Field::area("reason", "Why?"),
        Field::text("with_whom", "Who agreed, and where is it written?")
            .hint("For example: Bea at the lottery, deed of variation of 3 March"),
        Field::heading("What it gives"),
        Field::date("starts_on", "From"),
        Field::date("ends_on", "Until").hint("A later day extends it"),
        Field::area("years", "How much in each year?").hint(
            "One year on each line: 2026-27: 500,000. Add the word indicative where the funder has \
             not confirmed the year. The first begins with the award, and the last ends with it.",
        ),
        Field::radios(
            "carry_forward",
            "What becomes of a year’s money that is not used by the end of that year?",
            years::carry_choices(),
        ),
        Field::radios(
            "lost_if_unspent",
            "What becomes of money that is not spent by the award’s end?",
            vec![
                Choice::new("yes", "It goes back to the funder"),
                Choice::new("no", "It can be kept"),
            ],
        ),
        Field::heading("What it may pay for"),
        Field::checkboxes(
            "category_ids",
            "Cost categories",
            chart
                .into_iter()
                .map(|category| Choice::new(category.id, category.name))
                .collect(),
        )
        .hint("Choose none if it may pay for all."),
    ];
    fields.extend(reached);
    fields.extend([
        Field::radios(
            "pays_for",
            "Kind of spend",
            [PaysFor::Revenue, PaysFor::Capital, PaysFor::Both]
                .into_iter()
                .map(|pays| Choice::new(pays.slug(), words::pays_for(pays)))
                .collect(),
        ),
        Field::heading("Who has which part"),
        Field::select("holder_id", "Held by", bodies.clone()),
        Field::select("accountable_body_id", "Accountable body", bodies.clone()),
        Field::select("decider_id", "Decides what it is spent on (optional)", bodies.clone()),
        Field::select("accounts_of_id", "In whose accounts it is (optional)", bodies),
        Field::radios(
            "accounts_as",
            "In those accounts as",
            AccountsAs::all()
                .map(|as_what| Choice::new(as_what.slug(), accounts_as(as_what)))
                .collect(),
        )
        .hint("Principal: the money is that body’s own. Agent: it passes through. Choose none if it was not decided."),
    ]);
    fields.extend(further::fields(pools, counted));
    Ok(Form {
        back: Link::new(award.summary.title.clone(), format!("/awards/{id}")),
        heading: "Record an amendment".to_owned(),
        lead: "The terms stand here as they are. Change what the funder agreed to change; you see what \
               it does before it is recorded."
            .to_owned(),
        action: format!("/awards/{id}/amendments"),
        hidden: vec![("version".to_owned(), award.summary.version.to_string())],
        fields,
        button: "See what it does".to_owned(),
        grave: false,
    })
}

/// In an account as principal or agent.
pub const fn accounts_as(as_what: AccountsAs) -> &'static str {
    match as_what {
        AccountsAs::Principal => "Principal",
        AccountsAs::Agent => "Agent",
    }
}

fn typed_day(on: chrono::NaiveDate) -> String {
    on.format("%-d/%-m/%Y").to_string()
}

/// The years as they are typed.
fn typed_years(award: &AwardView) -> String {
    award
        .years
        .iter()
        .map(|year| {
            let word = match year.standing {
                YearStanding::Confirmed => "",
                YearStanding::Indicative => " indicative",
            };
            format!(
                "{}: {}{word}",
                typed_day(year.starts_on),
                year.amount_pence.as_typed()
            )
        })
        .collect::<Vec<_>>()
        .join("\n")
}

/// The terms as they stand, as a form has them.
fn standing(house: &House, award: &AwardView) -> Fields {
    let carry = award
        .years
        .first()
        .map_or(CarryForward::None, |year| year.carry_forward);
    let mut typed = Fields::default()
        .with("effective_on", typed_day(house.ctx.today()))
        .with("starts_on", typed_day(award.summary.starts_on))
        .with("ends_on", typed_day(award.summary.ends_on))
        .with("years", typed_years(award))
        .with("carry_forward", carry.slug())
        .with(
            "lost_if_unspent",
            if award.lost_if_unspent { "yes" } else { "no" },
        )
        .with("pays_for", award.pays_for.slug())
        .with("holder_id", award.holder_id.to_string())
        .with("accountable_body_id", award.accountable_body_id.to_string());
    for category in &award.categories {
        typed = typed.with("category_ids", category.id.to_string());
    }
    typed = typed
        .with("places", award.places.join("\n"))
        .with("groups", award.groups.join("\n"));
    if let Some(decider) = &award.decider {
        typed = typed.with("decider_id", decider.id.to_string());
    }
    if let Some(accounts) = &award.accounts {
        typed = typed
            .with("accounts_of_id", accounts.id.to_string())
            .with("accounts_as", accounts.accounts_as.slug());
    }
    further::standing(typed, award)
}

pub async fn new(house: House, path: web::Path<AwardId>) -> Result<HttpResponse, Fault> {
    house.ctx.require(Operation::AmendAward)?;
    let award = view::one(&house.db, &house.ctx, path.into_inner()).await?;
    let typed = standing(&house, &award);
    show(
        &house,
        form(&house, &award).await?,
        &typed,
        &Wrong::default(),
    )
    .await
}

/// Years are those that stand unless their text, the window or the rule was changed: what cannot be
/// typed on the page (a rule of one year alone) is not lost.
fn years_of(fields: &Fields, award: &AwardView, wrong: &mut Wrong) -> Option<Vec<NewAwardYear>> {
    let window = (
        wrong.date(fields, "starts_on"),
        wrong.date(fields, "ends_on"),
    );
    let carry = wrong.chosen(fields, "carry_forward", CarryForward::from_slug)?;
    let untouched = fields
        .text("years")
        .lines()
        .map(str::trim)
        .eq(typed_years(award).lines())
        && window == (award.summary.starts_on, award.summary.ends_on)
        && award.years.first().map(|year| year.carry_forward) == Some(carry);
    if untouched {
        return None;
    }
    match years::read(&fields.text("years"), window, carry) {
        Ok(years) if years.is_empty() => {
            wrong.add(
                "years",
                "Enter at least one year, such as 2026-27: 500,000.",
            );
            None
        }
        Ok(years) => Some(years),
        Err(told) => {
            wrong.add("years", told);
            None
        }
    }
}

fn read(fields: &Fields, award: &AwardView, wrong: &mut Wrong) -> NewAmendment {
    if fields.some("reason").is_none() {
        wrong.add("reason", "Say why.");
    }
    if fields.some("with_whom").is_none() {
        wrong.add("with_whom", "Say who agreed, and where it is written.");
    }
    let effective_on = wrong.date(fields, "effective_on");
    let categories: Vec<CostCategoryId> = fields.all("category_ids").filter_map(id).collect();
    let change = TermsChange {
        years: years_of(fields, award, wrong),
        category_ids: Some(categories),
        places: Some(reach::names(fields, "places")),
        groups: Some(reach::names(fields, "groups")),
        pays_for: wrong.chosen(fields, "pays_for", PaysFor::from_slug),
        lost_if_unspent: wrong.chosen(fields, "lost_if_unspent", |said| Some(said == "yes")),
        holder_id: wrong.chosen(fields, "holder_id", id),
        accountable_body_id: wrong.chosen(fields, "accountable_body_id", id),
        decider_id: fields.some("decider_id").and_then(id),
        accounts_of_id: fields.some("accounts_of_id").and_then(id),
        accounts_as: fields.some("accounts_as").and_then(AccountsAs::from_slug),
        ..further::read(fields, wrong)
    };
    NewAmendment {
        effective_on,
        reason: fields.text("reason"),
        with_whom: fields.text("with_whom"),
        change,
    }
}

/// The domain speaks of the fields of what is changed.
fn about_fields(error: domain::Error) -> domain::Error {
    match error {
        domain::Error::Invalid(mut fields) => {
            for field in &mut fields {
                if let Some(rest) = field.pointer.strip_prefix("/change") {
                    field.pointer = if rest.is_empty() {
                        "/years".to_owned()
                    } else if let Some(of) = rest.strip_prefix("/baseline/") {
                        match of {
                            "from_on" => "/baseline_from",
                            "pool_ids" => "/baseline_pools",
                            "category_ids" => "/baseline_categories",
                            "of_what" => "/baseline_of",
                            _ => "/baseline",
                        }
                        .to_owned()
                    } else {
                        rest.to_owned()
                    };
                }
            }
            domain::Error::Invalid(fields)
        }
        other => other,
    }
}

pub async fn record(
    house: House,
    path: web::Path<AwardId>,
    PageForm(sent): Typed,
) -> Result<HttpResponse, Fault> {
    house.ctx.require(Operation::AmendAward)?;
    let award_id = path.into_inner();
    let award = view::one(&house.db, &house.ctx, award_id).await?;
    let fields = Fields(sent);
    let mut wrong = Wrong::default();
    let new = read(&fields, &award, &mut wrong);
    if wrong.is_empty() && fields.some("back").is_none() {
        if fields.some("confirm").is_some() {
            let expected = fields.version();
            match ops::amend(&house.db, &house.ctx, award_id, expected, &new).await {
                Ok(_) => return Ok(see_other(&format!("/awards/{award_id}"))),
                Err(error) => wrong.take(about_fields(error))?,
            }
        } else {
            match view::preview(&house.db, &house.ctx, award_id, &new).await {
                Ok(preview) => return ask(&house, &award, &new, &preview, &fields).await,
                Err(error) => wrong.take(about_fields(error))?,
            }
        }
    }
    show(&house, form(&house, &award).await?, &fields, &wrong).await
}

#[derive(Template)]
#[template(path = "pages/award_amendment.html")]
struct PreviewPage {
    page: PageFrame,
    crumbs: Vec<Link>,
    sentence: String,
    heeds: Vec<String>,
    changes: Vec<Change>,
    pools: Vec<Pool>,
    added: Vec<String>,
    removed: Vec<String>,
    drafts: String,
    action: String,
    hidden: Vec<(String, String)>,
}

/// One thing that an amendment changes.
pub struct Change {
    pub label: &'static str,
    pub before: String,
    pub after: String,
}

/// What becomes of the spend of a pool.
pub struct Pool {
    pub name: String,
    pub rows: Vec<Row>,
}

/// What an award pays of it now and then.
pub struct Row {
    pub name: String,
    pub href: String,
    pub before: String,
    pub after: String,
    pub difference: String,
}

async fn ask(
    house: &House,
    award: &AwardView,
    new: &NewAmendment,
    preview: &AmendmentPreview,
    fields: &Fields,
) -> Result<HttpResponse, Fault> {
    let id = award.summary.id;
    let names = Names::of(house).await?;
    let mut heeds = Vec::new();
    if preview.over_pence > Money::ZERO {
        heeds.push(format!(
            "Over allocation: {} is attributed today beyond what the award may pay then. It is to be \
             repaid or resolved. The amendment can be recorded all the same.",
            preview.over_pence.in_full()
        ));
    }
    if preview.contributions_over_pence > Money::ZERO {
        heeds.push(format!(
            "What it was agreed to put into pools comes to {} more than it would hold.",
            preview.contributions_over_pence.in_full()
        ));
    }
    let sentence = if preview.amount_before_pence == preview.amount_after_pence {
        format!(
            "Its amount stays {}.",
            preview.amount_before_pence.in_full()
        )
    } else {
        format!(
            "Its amount goes from {} to {}.",
            preview.amount_before_pence.in_full(),
            preview.amount_after_pence.in_full()
        )
    };
    let when = if new.effective_on > house.ctx.today() {
        format!(" It waits until {}.", words::date(new.effective_on))
    } else {
        " It takes effect at once.".to_owned()
    };
    page(&PreviewPage {
        page: PageFrame::of(house, "What the amendment does").await?,
        crumbs: vec![
            Link::new("Awards", "/awards"),
            Link::new(award.summary.title.clone(), format!("/awards/{id}")),
        ],
        sentence: format!("{sentence}{when}"),
        heeds,
        changes: changes(&names, Some(&preview.before), &preview.change),
        pools: preview.pools.iter().map(pool).collect(),
        added: preview.returns_added.iter().map(told).collect(),
        removed: preview.returns_removed.iter().map(told).collect(),
        drafts: match preview.open_returns {
            0 => "No return of it is open.".to_owned(),
            1 => "1 open return takes the new facts in.".to_owned(),
            many => format!("{many} open returns take the new facts in."),
        },
        action: format!("/awards/{id}/amendments"),
        hidden: fields
            .0
            .iter()
            .filter(|(name, _)| !matches!(name.as_str(), "confirm" | "back"))
            .cloned()
            .collect(),
    })
}

fn told(one: &view::ReturnEffect) -> String {
    format!(
        "{}, {}: {} {}{}",
        one.name,
        months_in_words(one.period_from, one.period_to),
        if one.exists { "was due" } else { "due" },
        words::date(one.due_on),
        if one.exists {
            ". It exists already and stays: send it, or record that it is not wanted."
        } else {
            ""
        }
    )
}

/// What becomes of those pools of which anything changes.
pub fn changed_pools(effects: &[view::PoolEffect]) -> Vec<Pool> {
    effects
        .iter()
        .filter(|effect| {
            effect.unfunded_before_pence != effect.unfunded_after_pence
                || effect
                    .awards
                    .iter()
                    .any(|award| award.before_pence != award.after_pence)
        })
        .map(pool)
        .collect()
}

/// What becomes of a pool, as a table has it: an award that pays nothing now or then is not told.
pub fn pool(effect: &view::PoolEffect) -> Pool {
    let row = |name: &str, href: String, before: Money, after: Money| Row {
        name: name.to_owned(),
        href,
        before: before.in_full(),
        after: after.in_full(),
        difference: after.minus(before).unwrap_or_default().in_full(),
    };
    let mut rows: Vec<Row> = effect
        .awards
        .iter()
        .filter(|award| award.before_pence != Money::ZERO || award.after_pence != Money::ZERO)
        .map(|award| {
            row(
                &award.award,
                format!("/awards/{}", award.award_id),
                award.before_pence,
                award.after_pence,
            )
        })
        .collect();
    rows.push(row(
        "Not covered",
        format!("/pools/{}", effect.pool_id),
        effect.unfunded_before_pence,
        effect.unfunded_after_pence,
    ));
    Pool {
        name: effect.pool.clone(),
        rows,
    }
}

/// Names of what changes speak of.
struct Names {
    bodies: Vec<Choice>,
    categories: Vec<(CostCategoryId, String)>,
}

impl Names {
    async fn of(house: &House) -> Result<Self, Fault> {
        Ok(Self {
            bodies: bodies(house).await?,
            categories: categories::view::all(&house.db, &house.ctx)
                .await?
                .into_iter()
                .map(|category| (category.id, category.name))
                .collect(),
        })
    }

    fn body(&self, id: Option<entity::OrganisationId>) -> String {
        let Some(id) = id.map(|id| id.to_string()) else {
            return "Not recorded".to_owned();
        };
        self.bodies
            .iter()
            .find(|body| body.value == id)
            .map(|body| body.text.clone())
            .unwrap_or_default()
    }

    fn categories(&self, ids: &[CostCategoryId]) -> String {
        if ids.is_empty() {
            return "All".to_owned();
        }
        let names: Vec<&str> = self
            .categories
            .iter()
            .filter(|(id, _)| ids.contains(id))
            .map(|(_, name)| name.as_str())
            .collect();
        names.join("; ")
    }
}

fn years_in_words(years: &[NewAwardYear]) -> String {
    years
        .iter()
        .map(|year| {
            format!(
                "{}: {}{}{}",
                years::name(year.starts_on, year.ends_on),
                year.amount_pence.in_full(),
                match year.standing {
                    YearStanding::Confirmed => "",
                    YearStanding::Indicative => ", indicative",
                },
                match year.carry_forward {
                    CarryForward::None => "",
                    CarryForward::ByRight => ", carried forward by right",
                    CarryForward::ByConsent => ", carried forward by consent",
                }
            )
        })
        .collect::<Vec<_>>()
        .join("; ")
}

/// What an amendment changes, in words. What stood before is not known while it waits for its day.
fn changes(names: &Names, before: Option<&TermsChange>, after: &TermsChange) -> Vec<Change> {
    let mut out = Vec::new();
    let unknown = TermsChange::default();
    let waiting = before.is_none();
    let before = before.unwrap_or(&unknown);
    let mut add = |label: &'static str, was: String, is: String| {
        out.push(Change {
            label,
            before: if waiting {
                "As it stands then".to_owned()
            } else {
                was
            },
            after: is,
        });
    };
    if let Some(years) = &after.years {
        add(
            "Amount and years",
            years_in_words(before.years.as_deref().unwrap_or_default()),
            years_in_words(years),
        );
    }
    if let Some(ids) = &after.category_ids {
        add(
            "Cost categories",
            names.categories(before.category_ids.as_deref().unwrap_or_default()),
            names.categories(ids),
        );
    }
    for (label, was, is) in [
        ("Places", &before.places, &after.places),
        ("Groups of people", &before.groups, &after.groups),
    ] {
        if let Some(names) = is {
            let was = was.as_deref().unwrap_or_default();
            add(label, reach::told(was), reach::told(names));
        }
    }
    if let Some(pays) = after.pays_for {
        add(
            "Kind of spend",
            before.pays_for.map_or("", words::pays_for).to_owned(),
            words::pays_for(pays).to_owned(),
        );
    }
    if let Some(lost) = after.lost_if_unspent {
        let said = |lost: bool| {
            if lost {
                "It goes back to the funder"
            } else {
                "It can be kept"
            }
            .to_owned()
        };
        add(
            "If unspent",
            said(before.lost_if_unspent.unwrap_or(!lost)),
            said(lost),
        );
    }
    for (label, was, is) in [
        ("Held by", before.holder_id, after.holder_id),
        (
            "Accountable body",
            before.accountable_body_id,
            after.accountable_body_id,
        ),
        ("Decides", before.decider_id, after.decider_id),
        (
            "In the accounts of",
            before.accounts_of_id,
            after.accounts_of_id,
        ),
    ] {
        if is.is_some() {
            add(label, names.body(was), names.body(is));
        }
    }
    if let Some(as_what) = after.accounts_as {
        add(
            "In those accounts as",
            before
                .accounts_as
                .map_or("Not recorded", accounts_as)
                .to_owned(),
            accounts_as(as_what).to_owned(),
        );
    }
    if let Some(asked) = &after.match_required {
        let was = before.match_required.clone().unwrap_or_default();
        add(
            "Match required",
            further::match_in_words(&was, None),
            further::match_in_words(asked, None),
        );
    }
    if let Some(variance) = after.variance {
        add(
            "A return explains",
            further::variance_in_words(before.variance.unwrap_or_default()),
            further::variance_in_words(variance),
        );
    }
    if let Some(baseline) = &after.baseline {
        let was = before.baseline.clone().unwrap_or_default();
        add(
            "Spend to be kept up",
            further::baseline_in_words(&was),
            further::baseline_in_words(baseline),
        );
    }
    if let Some(virement) = &after.virement {
        let was = before.virement.clone().unwrap_or_default();
        add(
            "May be moved between parts without asking",
            further::virement_in_words(&was),
            further::virement_in_words(virement),
        );
    }
    out
}

/// An award's amendments as its history, the newest first.
pub async fn told_of(house: &House, award: &AwardView) -> Result<Vec<history::Event>, Fault> {
    if award.amendments.is_empty() {
        return Ok(Vec::new());
    }
    let names = Names::of(house).await?;
    Ok(award
        .amendments
        .iter()
        .map(|amendment| {
            let mut what: Vec<String> =
                changes(&names, amendment.before.as_ref(), &amendment.change)
                    .into_iter()
                    .map(|change| {
                        if amendment.before.is_some() {
                            format!(
                                "{}: from {} to {}",
                                change.label, change.before, change.after
                            )
                        } else {
                            format!("{}: {}", change.label, change.after)
                        }
                    })
                    .collect();
            if let Some(over) = amendment.over_pence.filter(|over| *over > Money::ZERO) {
                what.push(format!(
                    "{} was attributed beyond what it might pay then",
                    over.in_full()
                ));
            }
            history::Event {
                what: format!(
                    "{}{}.",
                    if amendment.applied_at.is_none() {
                        "To come. "
                    } else {
                        ""
                    },
                    what.join(". ")
                ),
                who: amendment.with_whom.clone(),
                when: format!("from {}", words::day(amendment.effective_on)),
                why: amendment.reason.clone(),
            }
        })
        .collect())
}
