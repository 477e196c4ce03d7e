//! What an award asks to be reported: stated, looked ahead at, changed from the next return on,
//! ended.

use actix_web::{HttpResponse, web};
use askama::Template;
use domain::access::rules::Operation;

use domain::returns::ops::{self, Amendment, Ending, NewRequirement, NewSignatory, Parts};
use domain::returns::view::{self, Asked, Part, RequirementView};
use domain::{Error, awards, forms};
use entity::{AwardId, RequirementId, ReturnFormId};

use super::awards::form::Typed;
use super::fields::{Fields, Wrong, id};
use super::form::{Choice, Field, filled};
use super::shapes::{Event, Fact};
use super::{Link, PageFrame, mark_as_wrong, page, see_other, words};
use crate::http::forms::PageForm;
use crate::http::{Fault, House};
use crate::pages::today::capital;

pub(super) mod terms;

use terms::{
    SIGNATURES, placed, rule_of, signatures_of, term_fields, typed_rule, typed_variance,
    variance_of,
};

pub fn configure(config: &mut web::ServiceConfig) {
    config
        .service(
            web::resource("/awards/{id}/requirements/new")
                .route(web::get().to(new))
                .route(web::post().to(state)),
        )
        .service(web::resource("/requirements/{id}").route(web::get().to(one)))
        .service(
            web::resource("/requirements/{id}/change")
                .route(web::get().to(ask_change))
                .route(web::post().to(change)),
        )
        .service(
            web::resource("/requirements/{id}/parts")
                .route(web::get().to(ask_parts))
                .route(web::post().to(name_parts)),
        )
        .service(
            web::resource("/requirements/{id}/ending")
                .route(web::get().to(ask_end))
                .route(web::post().to(end)),
        );
}

#[derive(Template)]
#[template(path = "pages/requirement_form.html")]
struct AskPage {
    page: PageFrame,
    back: Link,
    heading: String,
    lead: String,
    errors: Vec<Link>,
    action: String,
    hidden: Vec<(String, String)>,
    fields: Vec<Field>,
    ahead: Option<Ahead>,
    look: String,
    save: String,
    grave: bool,
}

/// The deadlines that would follow.
struct Ahead {
    sentence: String,
    rows: Vec<AheadRow>,
}

struct AheadRow {
    period: String,
    due: String,
    note: String,
}

struct Ask {
    back: Link,
    heading: String,
    lead: String,
    action: String,
    version: Option<i64>,
    fields: Vec<Field>,
    ahead: Option<Ahead>,
    look: &'static str,
    save: &'static str,
    grave: bool,
}

async fn ask(
    house: &House,
    ask: Ask,
    typed: &Fields,
    wrong: &Wrong,
) -> Result<HttpResponse, Fault> {
    let (errors, fields) = filled(ask.fields, typed, wrong);
    let mut title = ask.heading.clone();
    if !wrong.is_empty() {
        title.insert_str(0, "Error: ");
    }
    let mut reply = page(&AskPage {
        page: PageFrame::of(house, &title).await?,
        back: ask.back,
        heading: ask.heading,
        lead: ask.lead,
        errors,
        action: ask.action,
        hidden: ask
            .version
            .map(|version| ("version".to_owned(), version.to_string()))
            .into_iter()
            .collect(),
        fields,
        ahead: ask.ahead,
        look: ask.look.to_owned(),
        save: ask.save.to_owned(),
        grave: ask.grave,
    })?;
    if !wrong.is_empty() {
        mark_as_wrong(&mut reply);
    }
    Ok(reply)
}

/// Forms of a funder that can be asked for; those in use first.
async fn forms_of(
    house: &House,
    funder: entity::OrganisationId,
    now: Option<ReturnFormId>,
) -> Result<Vec<Choice>, Fault> {
    let all = forms::view::list(&house.db, &house.ctx, None, 500).await?;
    let mut choices = vec![Choice::new("", "Choose")];
    choices.extend(
        all.into_iter()
            .filter(|form| form.funder_id == funder && (form.current || Some(form.id) == now))
            .map(|form| Choice::new(form.id, format!("{}, {}", form.name, form.version))),
    );
    Ok(choices)
}

fn people(list: &[Part], nobody: &str) -> Vec<Choice> {
    std::iter::once(Choice::new("", nobody))
        .chain(
            list.iter()
                .map(|person| Choice::new(person.id, person.display_name.clone())),
        )
        .collect()
}

async fn part_fields(house: &House) -> Result<Vec<Field>, Fault> {
    let who = view::who_may(&house.db, &house.ctx).await?;
    Ok(vec![
        Field::select(
            "preparer_id",
            "Who prepares it?",
            people(&who.officers, "The award’s lead"),
        ),
        Field::select(
            "certifier_id",
            "Who certifies it?",
            people(&who.certifiers, "Any certifier"),
        ),
        Field::select(
            "sender_id",
            "Who sends it?",
            people(&who.officers, "Whoever prepares it"),
        ),
    ])
}

fn ahead(asked: &[Asked], today: chrono::NaiveDate) -> Ahead {
    let over = asked.iter().filter(|asked| asked.to < today).count();
    let row = |asked: &Asked| AheadRow {
        period: asked.period.clone(),
        due: asked.due_in_words.clone(),
        note: if asked.uncertain {
            "Bank holidays of that year are not published yet".to_owned()
        } else if asked.to < today {
            "Over: drafted at once".to_owned()
        } else {
            String::new()
        },
    };
    let shown: Vec<AheadRow> = asked
        .iter()
        .skip(over.saturating_sub(2))
        .take(8)
        .map(row)
        .collect();
    let told = match over {
        0 => String::new(),
        1 => " One period is over: its return is drafted at once.".to_owned(),
        n => format!(
            " {n} periods are over: their returns are drafted at once. If some were sent before, begin with a later period."
        ),
    };
    Ahead {
        sentence: format!(
            "{} until the award ends.{told}",
            words::count(asked.len(), "return", "returns")
        ),
        rows: shown,
    }
}

fn new_from(fields: &Fields, award: AwardId, wrong: &mut Wrong) -> Option<NewRequirement> {
    let form_id = wrong.chosen(fields, "form_id", id);
    if fields.some("name").is_none() {
        wrong.add("name", "Enter what people call it.");
    }
    let period_months = wrong.chosen(fields, "period_months", |text| text.parse().ok());
    let first_period_from = wrong.date(fields, "first_period_from");
    let anchor_on = wrong.date(fields, "anchor_on");
    let due_rule = rule_of(fields, wrong);
    let variance_bp = variance_of(fields, wrong);
    if !wrong.is_empty() {
        return None;
    }
    Some(NewRequirement {
        award_id: award,
        form_id: form_id?,
        name: fields.text("name"),
        period_months: period_months?,
        first_period_from,
        anchor_on,
        due_rule: due_rule?,
        needs_trustees: fields.all("boards").any(|board| board == "trustees"),
        needs_committee: fields.all("boards").any(|board| board == "committee"),
        signatures: signatures_of(fields),
        variance_bp,
        preparer_id: fields.some("preparer_id").and_then(id),
        certifier_id: fields.some("certifier_id").and_then(id),
        sender_id: fields.some("sender_id").and_then(id),
    })
}

async fn new_ask(house: &House, award: &awards::view::AwardView) -> Result<Ask, Fault> {
    let award_id = award.summary.id;
    let mut fields = term_fields(forms_of(house, award.summary.funder_id, None).await?);
    fields.insert(
        3,
        Field::date(
            "first_period_from",
            "On which day does the first period begin?",
        )
        .hint("Returns are asked from then on, such as 1/4/2026"),
    );
    fields.push(Field::heading("Who does what"));
    fields.extend(part_fields(house).await?);
    Ok(Ask {
        back: Link::new(award.summary.title.clone(), format!("/awards/{award_id}")),
        heading: "State what is to be reported".to_owned(),
        lead: "Which form, for which periods, by when, signed by whom. Each return is then drafted by itself when its period ends.".to_owned(),
        action: format!("/awards/{award_id}/requirements/new"),
        version: None,
        fields,
        ahead: None,
        look: "Show the deadlines",
        save: "Record what is asked",
        grave: false,
    })
}

async fn new(house: House, id: web::Path<AwardId>) -> Result<HttpResponse, Fault> {
    house.ctx.require(Operation::CreateRequirement)?;
    let award = awards::view::one(&house.db, &house.ctx, id.into_inner()).await?;
    let starts = award.summary.starts_on.format("%d/%m/%Y").to_string();
    let me = house
        .ctx
        .person_id()
        .map(|id| id.to_string())
        .unwrap_or_default();
    let typed = Fields::default()
        .with("period_months", "3")
        .with("first_period_from", starts.clone())
        .with("anchor_on", starts)
        .with("rule", "days")
        .with("number", "30")
        .with("months_after", "1")
        .with("adjust", "none")
        .with("preparer_id", me);
    let mut asks = new_ask(&house, &award).await?;
    asks.look = "Show the deadlines";
    ask(&house, asks, &typed, &Wrong::default()).await
}

async fn state(
    house: House,
    at: web::Path<AwardId>,
    PageForm(sent): Typed,
) -> Result<HttpResponse, Fault> {
    house.ctx.require(Operation::CreateRequirement)?;
    let award_id = at.into_inner();
    let award = awards::view::one(&house.db, &house.ctx, award_id).await?;
    let fields = Fields(sent);
    let mut wrong = Wrong::default();
    let mut asks = new_ask(&house, &award).await?;
    if let Some(new) = new_from(&fields, award_id, &mut wrong) {
        if fields.some("step") == Some("save") {
            match ops::create_requirement(&house.db, &house.ctx, &new).await {
                Ok(id) => return Ok(see_other(&format!("/requirements/{id}"))),
                Err(error) => wrong.take(placed(error))?,
            }
        } else {
            match view::look_ahead(&house.db, &house.ctx, &new).await {
                Ok(asked) => asks.ahead = Some(ahead(&asked, house.ctx.today())),
                Err(error) => wrong.take(placed(error))?,
            }
        }
    }
    ask(&house, asks, &fields, &wrong).await
}

#[derive(Template)]
#[template(path = "pages/requirement.html")]
struct RequirementPage {
    page: PageFrame,
    crumbs: Vec<Link>,
    award: String,
    name: String,
    sentence: String,
    heed: String,
    steps: Vec<Link>,
    next: Vec<NextRow>,
    facts: Vec<Fact>,
    signatures: Vec<Fact>,
    events: Vec<Event>,
}

struct NextRow {
    period: String,
    href: String,
    due: String,
    state: String,
}

async fn one(house: House, id: web::Path<RequirementId>) -> Result<HttpResponse, Fault> {
    let seen = view::requirement(&house.db, &house.ctx, id.into_inner()).await?;
    let may = |operation| house.ctx.require(operation).is_ok() && seen.ends_before.is_none();
    let mut steps = Vec::new();
    let at = format!("/requirements/{}", seen.id);
    for (operation, text, path) in [
        (
            Operation::AmendRequirement,
            "Change what is asked",
            "change",
        ),
        (Operation::NameParts, "Change who does what", "parts"),
        (Operation::EndRequirement, "It is no longer asked", "ending"),
    ] {
        if may(operation) {
            steps.push(Link::new(text, format!("{at}/{path}")));
        }
    }
    page(&RequirementPage {
        page: PageFrame::of(&house, &seen.name).await?,
        crumbs: vec![
            Link::new("Awards", "/awards"),
            Link::new(seen.award.clone(), format!("/awards/{}", seen.award_id)),
        ],
        sentence: match (seen.ends_before, seen.next.first()) {
            (Some(end), _) => format!(
                "It is no longer asked for periods from {}.",
                words::day(end)
            ),
            (None, Some(next)) => format!(
                "The next return is for {}, due {}.",
                next.period, next.due_in_words
            ),
            (None, None) => "No return is left to make.".to_owned(),
        },
        heed: if seen.form_is_current || seen.ends_before.is_some() {
            String::new()
        } else {
            "The funder has replaced this form by a newer version.".to_owned()
        },
        steps,
        next: seen
            .next
            .iter()
            .map(|asked| NextRow {
                period: asked.period.clone(),
                href: asked
                    .return_id
                    .map(|id| format!("/returns/{id}"))
                    .unwrap_or_default(),
                due: asked.due_in_words.clone(),
                state: if asked.state_in_words.is_empty() {
                    "Ahead".to_owned()
                } else {
                    capital(&asked.state_in_words)
                },
            })
            .collect(),
        facts: facts(&seen, house.ctx.require(Operation::ReadForms).is_ok()),
        signatures: seen
            .signatures
            .iter()
            .map(|signature| {
                Fact::new(
                    signature.office.clone(),
                    match holder_in_words(&seen, &signature.office) {
                        holder if holder.is_empty() => signature.words.clone(),
                        holder => format!("{holder} Its words: {}", signature.words),
                    },
                )
            })
            .collect(),
        events: seen
            .history
            .iter()
            .map(|change| Event {
                what: format!(
                    "From {}: {}",
                    words::day(change.applies_from),
                    change.what.join(" ")
                ),
                who: change.by.clone(),
                when: words::instant(&change.at),
                why: change.reason.clone(),
            })
            .collect(),
        award: seen.award,
        name: seen.name,
    })
}

/// "Ruth Okafor, since 3 October 2026."; whose office it is when they no longer certify.
fn holder_in_words(seen: &RequirementView, office: &str) -> String {
    let Some((held, person)) = seen
        .signatories
        .iter()
        .find(|held| held.office == office)
        .and_then(|held| Some((held, held.person.as_ref()?)))
    else {
        return String::new();
    };
    let since = held
        .since
        .map_or_else(String::new, |on| format!(", since {}", words::day(on)));
    let left = if held.certifies {
        String::new()
    } else {
        " They no longer certify: until somebody else is named, any certifier may sign.".to_owned()
    };
    format!("{}{since}.{left}", person.display_name)
}

fn facts(seen: &RequirementView, reads_forms: bool) -> Vec<Fact> {
    let who = |part: &Option<Part>, nobody: &str| {
        part.as_ref()
            .map_or_else(|| nobody.to_owned(), |part| part.display_name.clone())
    };
    let mut boards = Vec::new();
    if seen.needs_trustees {
        boards.push("The Trustee Board");
    }
    if seen.needs_committee {
        boards.push("The Recovery Advisory Committee");
    }
    let mut form = Fact::new("Form", seen.form.clone());
    if reads_forms {
        form.href = format!("/forms/{}", seen.form_id);
    }
    vec![
        form,
        Fact::new(
            "How often",
            match seen.period_months {
                1 => "Every month",
                3 => "Every quarter",
                6 => "Every half-year",
                _ => "Every year",
            },
        ),
        Fact::new("First period from", words::day(seen.first_period_from)),
        Fact::new("The form’s grid begins on", words::day(seen.anchor_on)),
        Fact::new("Due", seen.due_in_words.clone()),
        Fact::new(
            "Boards that must agree",
            if boards.is_empty() {
                "None".to_owned()
            } else {
                boards.join(", and ")
            },
        ),
        Fact::new(
            "Differences to explain",
            seen.variance_bp.map_or_else(
                || "None by rule".to_owned(),
                |points| format!("Over {}%", typed_variance(points)),
            ),
        ),
        Fact::new("Prepared by", who(&seen.preparer, "The award’s lead")),
        Fact::new("Certified by", who(&seen.certifier, "Any certifier")),
        Fact::new("Sent by", who(&seen.sender, "Whoever prepares it")),
    ]
}

async fn change_ask(house: &House, seen: &RequirementView) -> Result<Ask, Fault> {
    let mut fields = term_fields(forms_of(house, seen.funder_id, Some(seen.form_id)).await?);
    fields.push(Field::area("reason", "Why does it change?").hint("It stays on record."));
    let from = seen
        .next
        .iter()
        .find(|asked| asked.state_in_words.is_empty() || asked.state_in_words == "scheduled")
        .map(|asked| asked.period.clone());
    Ok(Ask {
        back: Link::new(seen.name.clone(), format!("/requirements/{}", seen.id)),
        heading: "Change what is asked".to_owned(),
        lead: match from {
            Some(period) => format!(
                "It applies from the return for {period} on. Returns that are drafted already stay as they were asked."
            ),
            None => "Every return is drafted already: nothing is left to change.".to_owned(),
        },
        action: format!("/requirements/{}/change", seen.id),
        version: Some(seen.version),
        fields,
        ahead: None,
        look: "Show the deadlines",
        save: "Record this change",
        grave: false,
    })
}

async fn ask_change(house: House, id: web::Path<RequirementId>) -> Result<HttpResponse, Fault> {
    house.ctx.require(Operation::AmendRequirement)?;
    let seen = view::requirement(&house.db, &house.ctx, id.into_inner()).await?;
    let mut typed = Fields::default()
        .with("form_id", seen.form_id.to_string())
        .with("name", seen.name.clone())
        .with("period_months", seen.period_months.to_string())
        .with("anchor_on", seen.anchor_on.format("%d/%m/%Y").to_string())
        .with(
            "variance",
            seen.variance_bp.map(typed_variance).unwrap_or_default(),
        );
    typed = typed_rule(typed, &seen.due_rule);
    for (board, needed) in [
        ("trustees", seen.needs_trustees),
        ("committee", seen.needs_committee),
    ] {
        if needed {
            typed = typed.with("boards", board);
        }
    }
    for (n, signature) in seen.signatures.iter().enumerate().take(SIGNATURES) {
        typed = typed
            .with(&format!("office_{}", n + 1), signature.office.clone())
            .with(&format!("words_{}", n + 1), signature.words.clone());
    }
    ask(
        &house,
        change_ask(&house, &seen).await?,
        &typed,
        &Wrong::default(),
    )
    .await
}

async fn change(
    house: House,
    at: web::Path<RequirementId>,
    PageForm(sent): Typed,
) -> Result<HttpResponse, Fault> {
    house.ctx.require(Operation::AmendRequirement)?;
    let seen = view::requirement(&house.db, &house.ctx, at.into_inner()).await?;
    let mut fields = Fields(sent);
    let mut wrong = Wrong::default();
    let mut asks = change_ask(&house, &seen).await?;
    fields = fields.with(
        "first_period_from",
        seen.first_period_from.format("%d/%m/%Y").to_string(),
    );
    if let Some(new) = new_from(&fields, seen.award_id, &mut wrong) {
        if fields.some("step") == Some("save") {
            let change = Amendment {
                form_id: new.form_id,
                name: new.name,
                period_months: new.period_months,
                anchor_on: new.anchor_on,
                due_rule: new.due_rule,
                needs_trustees: new.needs_trustees,
                needs_committee: new.needs_committee,
                signatures: new.signatures,
                variance_bp: new.variance_bp,
                reason: fields.text("reason"),
            };
            let version = fields.version();
            match ops::amend_requirement(&house.db, &house.ctx, seen.id, version, &change).await {
                Ok(id) => return Ok(see_other(&format!("/requirements/{id}"))),
                Err(error) => wrong.take(placed(error))?,
            }
        } else {
            match view::look_ahead(&house.db, &house.ctx, &new).await {
                Ok(asked) => {
                    // Only what is still to come changes.
                    let coming: Vec<Asked> = asked
                        .into_iter()
                        .filter(|asked| asked.to >= house.ctx.today())
                        .collect();
                    asks.ahead = Some(ahead(&coming, house.ctx.today()));
                }
                Err(error) => wrong.take(placed(error))?,
            }
        }
    }
    ask(&house, asks, &fields, &wrong).await
}

fn parts_ask(seen: &RequirementView, fields: Vec<Field>) -> Ask {
    Ask {
        back: Link::new(seen.name.clone(), format!("/requirements/{}", seen.id)),
        heading: "Who prepares, certifies and sends it?".to_owned(),
        lead: "This applies at once, to returns in hand too. Who is named is reminded.".to_owned(),
        action: format!("/requirements/{}/parts", seen.id),
        version: Some(seen.version),
        fields,
        ahead: None,
        look: "",
        save: "Save",
        grave: false,
    }
}

async fn ask_parts(house: House, id: web::Path<RequirementId>) -> Result<HttpResponse, Fault> {
    house.ctx.require(Operation::NameParts)?;
    let seen = view::requirement(&house.db, &house.ctx, id.into_inner()).await?;
    let mut typed = Fields::default();
    for (n, held) in seen.signatories.iter().enumerate() {
        if let Some(person) = &held.person {
            typed = typed.with(&format!("signatory_{n}"), person.id.to_string());
        }
    }
    for (name, part) in [
        ("preparer_id", &seen.preparer),
        ("certifier_id", &seen.certifier),
        ("sender_id", &seen.sender),
    ] {
        if let Some(part) = part {
            typed = typed.with(name, part.id.to_string());
        }
    }
    let asks = parts_ask(&seen, parts_fields(&house, &seen).await?);
    ask(&house, asks, &typed, &Wrong::default()).await
}

/// What is wrong about an office stands at its own question.
fn at_its_office(error: Error) -> Error {
    match error {
        Error::Invalid(mut wrong) => {
            for field in &mut wrong {
                if let Some(rest) = field.pointer.strip_prefix("/signatories/") {
                    let n = rest.split('/').next().unwrap_or_default();
                    field.pointer = format!("/signatory_{n}");
                }
            }
            Error::Invalid(wrong)
        }
        other => other,
    }
}

/// Who does what, with a question for each office that signs.
async fn parts_fields(house: &House, seen: &RequirementView) -> Result<Vec<Field>, Fault> {
    let mut fields = part_fields(house).await?;
    let who = view::who_may(&house.db, &house.ctx).await?;
    for (n, held) in seen.signatories.iter().enumerate() {
        let mut choices = people(&who.certifiers, "Any certifier");
        // who has left is still named, and is shown so
        if let Some(person) = held
            .person
            .as_ref()
            .filter(|person| !who.certifiers.iter().any(|one| one.id == person.id))
        {
            choices.push(Choice::new(
                person.id,
                format!("{} (no longer certifies)", person.display_name),
            ));
        }
        fields.push(
            Field::select(
                &format!("signatory_{n}"),
                &format!("Who signs as {}?", held.office),
                choices,
            )
            .hint("Nobody else can sign in this office then"),
        );
    }
    Ok(fields)
}

async fn name_parts(
    house: House,
    at: web::Path<RequirementId>,
    PageForm(sent): Typed,
) -> Result<HttpResponse, Fault> {
    house.ctx.require(Operation::NameParts)?;
    let fields = Fields(sent);
    let seen = view::requirement(&house.db, &house.ctx, at.into_inner()).await?;
    let parts = Parts {
        preparer_id: fields.some("preparer_id").and_then(id),
        certifier_id: fields.some("certifier_id").and_then(id),
        sender_id: fields.some("sender_id").and_then(id),
        signatories: seen
            .signatories
            .iter()
            .enumerate()
            .map(|(n, held)| NewSignatory {
                office: held.office.clone(),
                person_id: fields.some(&format!("signatory_{n}")).and_then(id),
            })
            .collect(),
    };
    let version = fields.version();
    let mut wrong = Wrong::default();
    match ops::name_parts(&house.db, &house.ctx, seen.id, version, &parts).await {
        Ok(()) => return Ok(see_other(&format!("/requirements/{}", seen.id))),
        Err(error) => wrong.take(at_its_office(error))?,
    }
    let asks = parts_ask(&seen, parts_fields(&house, &seen).await?);
    ask(&house, asks, &fields, &wrong).await
}

fn end_ask(seen: &RequirementView) -> Ask {
    let choices = std::iter::once(Choice::new("", "The next that is not drafted yet"))
        .chain(
            seen.next
                .iter()
                .filter(|asked| {
                    asked.state_in_words.is_empty() || asked.state_in_words == "scheduled"
                })
                .map(|asked| Choice::new(asked.from, asked.period.clone())),
        )
        .collect();
    Ask {
        back: Link::new(seen.name.clone(), format!("/requirements/{}", seen.id)),
        heading: "It is no longer asked".to_owned(),
        lead: "Returns that are drafted stay. Those that are only scheduled are not wanted any more, and nobody is reminded of them.".to_owned(),
        action: format!("/requirements/{}/ending", seen.id),
        version: Some(seen.version),
        fields: vec![
            Field::select("ends_before", "Which is the first period without a return?", choices),
            Field::area("reason", "Why?").hint("It stays on record."),
        ],
        ahead: None,
        look: "",
        save: "End it",
        grave: true,
    }
}

async fn ask_end(house: House, id: web::Path<RequirementId>) -> Result<HttpResponse, Fault> {
    house.ctx.require(Operation::EndRequirement)?;
    let seen = view::requirement(&house.db, &house.ctx, id.into_inner()).await?;
    ask(
        &house,
        end_ask(&seen),
        &Fields::default(),
        &Wrong::default(),
    )
    .await
}

async fn end(
    house: House,
    at: web::Path<RequirementId>,
    PageForm(sent): Typed,
) -> Result<HttpResponse, Fault> {
    house.ctx.require(Operation::EndRequirement)?;
    let fields = Fields(sent);
    let seen = view::requirement(&house.db, &house.ctx, at.into_inner()).await?;
    let ending = Ending {
        ends_before: fields
            .some("ends_before")
            .and_then(|text| text.parse().ok()),
        reason: fields.text("reason"),
    };
    let version = fields.version();
    let mut wrong = Wrong::default();
    match ops::end_requirement(&house.db, &house.ctx, seen.id, version, &ending).await {
        Ok(()) => return Ok(see_other(&format!("/requirements/{}", seen.id))),
        Err(error) => wrong.take(error)?,
    }
    ask(&house, end_ask(&seen), &fields, &wrong).await
}
