//! People: who may do what, inviting them, taking a role away.

use std::collections::HashMap;

use actix_web::{HttpResponse, web};
use askama::Template;
use domain::access::erasure::{self, Erasure};
use domain::access::rules::Operation;
use domain::access::{invitations, second_factor, view};
use domain::{Error, housekeeping, organisations};
use entity::{MembershipId, OrganisationId, PersonId, Role};
use serde::Deserialize;

use super::awards::form::{Typed, bodies};
use super::fields::{Fields, Wrong, id};
use super::form::{Choice, Field, Form, show};
use super::{Link, PageFrame, page, see_other, words};
use crate::http::forms::{Nothing, PageForm};
use crate::http::{Fault, House};

pub fn configure(config: &mut web::ServiceConfig) {
    config
        .service(
            web::resource("/people")
                .route(web::get().to(people))
                .route(web::post().to(invite)),
        )
        .service(web::resource("/people/new").route(web::get().to(new)))
        .service(web::resource("/people/retention").route(web::get().to(retention)))
        .service(
            web::resource("/people/{id}/erasure")
                .route(web::get().to(ask_erasure))
                .route(web::post().to(erase)),
        )
        .service(
            web::resource("/people/{id}/second-factor/reset")
                .route(web::get().to(ask_reset))
                .route(web::post().to(reset)),
        )
        .service(
            web::resource("/memberships/{id}/revocation")
                .route(web::get().to(ask_revoke))
                .route(web::post().to(revoke)),
        );
}

#[derive(Template)]
#[template(path = "pages/people.html")]
struct PeoplePage {
    page: PageFrame,
    sentence: String,
    may_invite: bool,
    may_erase: bool,
    people: Vec<Person>,
}

struct Person {
    name: String,
    email: String,
    roles: Vec<Held>,
    before: Vec<String>,
    history_href: String,
    reset_href: String,
    data_href: String,
    erasure_href: String,
}

struct Held {
    text: String,
    /// What taking it away would leave of a board, where that is too little.
    heed: String,
    revoke_href: String,
}

async fn names(house: &House) -> Result<HashMap<OrganisationId, String>, Fault> {
    Ok(organisations::view::list(&house.db, &house.ctx, None, 1000)
        .await?
        .into_iter()
        .map(|body| (body.id, body.name))
        .collect())
}

fn said(held: &view::MembershipView, names: &HashMap<OrganisationId, String>) -> String {
    format!(
        "{} for {}",
        words::role(held.role),
        names
            .get(&held.organisation_id)
            .map_or("an organisation", String::as_str)
    )
}

/// Where mail to somebody who was erased would go: nowhere.
const ERASED: &str = "@erased.invalid";

#[derive(Deserialize)]
struct Done {
    /// Who was just invited.
    invited: Option<PersonId>,
    /// What else was just done.
    #[serde(default)]
    done: String,
}

/// What follows from an invitation: a link by mail, or what to do where no mail can be sent.
fn told(
    house: &House,
    person: &view::PersonView,
    names: &HashMap<OrganisationId, String>,
) -> String {
    let newest = person.memberships.iter().max_by_key(|held| held.id);
    let role = newest.map(|held| said(held, names)).unwrap_or_default();
    if house.ctx.person_id() == Some(person.id) {
        return format!("You are {role} from now on.");
    }
    if house.config.sends_mail {
        return format!(
            "{} is {role} from now on. A mail is on its way to {}: a link to sign in, or word of the \
             new role.",
            person.display_name, person.email
        );
    }
    format!(
        "{} is {role} from now on, and no mail can be sent from here. Until a mail server is set (the \
         setting smtp.host), a link to sign in is made on the machine that this runs on, with the same \
         settings or --data-dir as the server: tributary invite {} --name '{}' --role {}",
        person.display_name,
        person.email,
        person.display_name.replace('\'', "’"),
        newest.map_or("…", |held| held.role.slug()),
    )
}

async fn people(house: House, done: web::Query<Done>) -> Result<HttpResponse, Fault> {
    let people = view::people(&house.db, &house.ctx).await?;
    let names = names(&house).await?;
    let today = house.ctx.today();
    let may_revoke = house.ctx.require(Operation::RevokeMembership).is_ok();
    let may_erase = house.ctx.require(Operation::ErasePerson).is_ok();
    let may_export = house.ctx.require(Operation::ExportPersonsData).is_ok();
    let may_reset = house.ctx.require(Operation::ResetSecondFactor).is_ok();
    let me = house.ctx.person_id();
    let may_history = house.ctx.require(Operation::ReadHistory).is_ok();
    let holds = |held: &view::MembershipView| {
        held.revoked_at.is_none() && held.ends_on.is_none_or(|last| last >= today)
    };
    let active = people
        .iter()
        .filter(|person| person.memberships.iter().any(holds))
        .count();
    let notice = done
        .invited
        .and_then(|id| people.iter().find(|person| person.id == id))
        .map(|person| told(&house, person, &names));
    let did = match done.done.as_str() {
        "erased" => {
            "The person is erased. What they did stays in the record, as done by somebody who left."
        }
        "revoked" => "The role is taken away.",
        "reset" => "The second check is taken away, and the person is told by e-mail.",
        _ => "",
    };
    let mut rows: Vec<Person> = people
        .into_iter()
        .map(|person| {
            let (now, before): (Vec<_>, Vec<_>) =
                person.memberships.iter().partition(|held| holds(held));
            let erased = person.email.ends_with(ERASED);
            Person {
                name: person.display_name.clone(),
                email: if erased {
                    "Erased".to_owned()
                } else {
                    person.email.clone()
                },
                roles: now
                    .into_iter()
                    .map(|held| Held {
                        text: match held.ends_on {
                            Some(last) => {
                                format!("{}, until {}", said(held, &names), words::day(last))
                            }
                            None => said(held, &names),
                        },
                        heed: held
                            .if_taken_away
                            .clone()
                            .filter(|_| may_revoke)
                            .unwrap_or_default(),
                        revoke_href: if may_revoke {
                            format!("/memberships/{}/revocation", held.id)
                        } else {
                            String::new()
                        },
                    })
                    .collect(),
                reset_href: if may_reset && person.has_second_factor && me != Some(person.id) {
                    format!("/people/{}/second-factor/reset", person.id)
                } else {
                    String::new()
                },
                data_href: if may_export && !erased {
                    format!("/people/{}/data", person.id)
                } else {
                    String::new()
                },
                erasure_href: if may_erase && !erased && !person.memberships.iter().any(holds) {
                    format!("/people/{}/erasure", person.id)
                } else {
                    String::new()
                },
                before: before.into_iter().map(|held| said(held, &names)).collect(),
                history_href: if may_history {
                    format!("/history/person/{}", person.id)
                } else {
                    String::new()
                },
            }
        })
        .collect();
    rows.sort_by_key(|person| person.roles.is_empty());
    let mut frame = PageFrame::of(&house, "People").await?;
    if !did.is_empty() {
        frame = frame.with_notice("done", did);
    }
    if let Some(notice) = notice {
        let kind = if house.config.sends_mail {
            "done"
        } else {
            "heed"
        };
        frame = frame.with_notice(kind, notice);
    }
    page(&PeoplePage {
        page: frame,
        sentence: format!(
            "{} today.",
            words::count(active, "person holds a role", "people hold a role")
        ),
        may_invite: house.ctx.require(Operation::InvitePerson).is_ok(),
        may_erase,
        people: rows,
    })
}

async fn form(house: &House) -> Result<Form, Fault> {
    let roles = Role::all()
        .map(|role| {
            let mut choice = Choice::new(role.slug(), words::role(role));
            choice.hint = duty(role).to_owned();
            choice
        })
        .collect();
    Ok(Form {
        back: Link::new("People", "/people"),
        heading: "Invite a person".to_owned(),
        lead: if house.config.sends_mail {
            "They get a link by e-mail that works for seven days. Somebody who is known already gets the role besides those held."
        } else {
            "No mail can be sent from here yet: once they are invited, the next page says how they get their link. Somebody who is known already gets the role besides those held."
        }
        .to_owned(),
        action: "/people".to_owned(),
        hidden: Vec::new(),
        fields: vec![
            Field::text("email", "Their e-mail address"),
            Field::text("display_name", "The name that they chose to be shown by")
                .hint("Ask them: it need not be the name on their papers."),
            Field::radios("role", "What may they do?", roles),
            Field::select("organisation_id", "For whom?", bodies(house).await?).hint(
                "Both boards are the charity’s. Officers work for the charity, or for an \
                 organisation that answers for an award; a funder’s officer for the funder.",
            ),
            Field::date("ends_on", "Until when? (optional)"),
        ],
        button: "Send the invitation".to_owned(),
        grave: false,
    })
}

const fn duty(role: Role) -> &'static str {
    match role {
        Role::GrantsOfficer => "Prepares returns, keeps awards.",
        Role::FinanceOfficer => "Loads spend and settles it.",
        Role::Certifier => "Certifies returns for the accountable body. Needs a second check.",
        Role::Trustee | Role::CommitteeMember => "Agrees to returns for the board.",
        Role::FundersOfficer => "Sees what was agreed with that funder, and nothing else.",
        Role::Auditor => "Reads everything, changes nothing.",
        Role::Administrator => "Looks after people and operations.",
    }
}

async fn new(house: House) -> Result<HttpResponse, Fault> {
    house.ctx.require(Operation::InvitePerson)?;
    show(
        &house,
        form(&house).await?,
        &Fields::default(),
        &Wrong::default(),
    )
    .await
}

async fn invite(house: House, PageForm(sent): Typed) -> Result<HttpResponse, Fault> {
    house.ctx.require(Operation::InvitePerson)?;
    let fields = Fields(sent);
    let mut wrong = Wrong::default();
    let role = wrong.chosen(&fields, "role", Role::from_slug);
    let organisation = wrong.chosen(&fields, "organisation_id", id);
    let ends_on = fields
        .some("ends_on")
        .is_some()
        .then(|| wrong.date(&fields, "ends_on"));
    if let (true, Some(role), Some(organisation_id)) = (wrong.is_empty(), role, organisation) {
        let invitation = invitations::Invitation {
            email: fields.text("email"),
            display_name: fields.text("display_name"),
            organisation_id,
            role,
            ends_on,
        };
        match invitations::invite(&house.db, &house.ctx, &invitation).await {
            Ok(made) => {
                return Ok(see_other(&format!("/people?invited={}", made.person_id)));
            }
            Err(error) => wrong.take(error)?,
        }
    }
    show(&house, form(&house).await?, &fields, &wrong).await
}

async fn ask_revoke(house: House, path: web::Path<MembershipId>) -> Result<HttpResponse, Fault> {
    house.ctx.require(Operation::RevokeMembership)?;
    let id = path.into_inner();
    let names = names(&house).await?;
    let people = view::people(&house.db, &house.ctx).await?;
    let (person, held) = people
        .iter()
        .find_map(|person| {
            let held = person
                .memberships
                .iter()
                .find(|held| held.id == id && held.revoked_at.is_none())?;
            Some((person, held))
        })
        .ok_or(Error::NotFound)?;
    let form = Form {
        back: Link::new("People", "/people"),
        heading: "Take this role away?".to_owned(),
        lead: format!(
            "{} is {}. It ends at once: the next page that they open is without it. You can invite them again.{}",
            person.display_name,
            said(held, &names),
            held.if_taken_away
                .as_ref()
                .map_or_else(String::new, |words| format!(" {words}"))
        ),
        action: format!("/memberships/{id}/revocation"),
        hidden: Vec::new(),
        fields: Vec::new(),
        button: "Take this role away".to_owned(),
        grave: true,
    };
    show(&house, form, &Fields::default(), &Wrong::default()).await
}

async fn revoke(
    house: House,
    path: web::Path<MembershipId>,
    PageForm(Nothing {}): PageForm<Nothing>,
) -> Result<HttpResponse, Fault> {
    invitations::revoke(&house.db, &house.ctx, path.into_inner()).await?;
    Ok(see_other("/people?done=revoked"))
}

async fn ask_reset(house: House, path: web::Path<PersonId>) -> Result<HttpResponse, Fault> {
    house.ctx.require(Operation::ResetSecondFactor)?;
    let id = path.into_inner();
    let people = view::people(&house.db, &house.ctx).await?;
    let person = people
        .iter()
        .find(|person| person.id == id && person.has_second_factor)
        .ok_or(Error::NotFound)?;
    let form = Form {
        back: Link::new("People", "/people"),
        heading: "Take this second check away?".to_owned(),
        lead: format!(
            "Do this when {} has lost the device. Make sure that it is they who ask: speak to \
             them. They are signed out everywhere, told by e-mail, and set up a new second check \
             when they next sign in. This cannot be undone.",
            person.display_name
        ),
        action: format!("/people/{id}/second-factor/reset"),
        hidden: Vec::new(),
        fields: Vec::new(),
        button: "Take the second check away".to_owned(),
        grave: true,
    };
    show(&house, form, &Fields::default(), &Wrong::default()).await
}

async fn reset(
    house: House,
    path: web::Path<PersonId>,
    PageForm(Nothing {}): PageForm<Nothing>,
) -> Result<HttpResponse, Fault> {
    second_factor::reset(&house.db, &house.ctx, path.into_inner()).await?;
    Ok(see_other("/people?done=reset"))
}

/// Asks, with what it would do.
async fn ask_erasure(house: House, path: web::Path<PersonId>) -> Result<HttpResponse, Fault> {
    erasure_form(
        &house,
        path.into_inner(),
        &Fields::default(),
        &Wrong::default(),
    )
    .await
}

async fn erasure_form(
    house: &House,
    id: PersonId,
    typed: &Fields,
    wrong: &Wrong,
) -> Result<HttpResponse, Fault> {
    let told = erasure::preview(&house.db, &house.ctx, id).await?;
    let things = |number: u64, one: &str, many: &str| {
        words::count(usize::try_from(number).unwrap_or(usize::MAX), one, many)
    };
    let with: Vec<String> = [
        (told.letters, "mail to them", "mails to them"),
        (
            told.ways_in,
            "sign-in or API token of theirs",
            "sign-ins and API tokens of theirs",
        ),
        (
            told.personal_values,
            "detail about them in the history",
            "details about them in the history",
        ),
    ]
    .into_iter()
    .filter(|(number, ..)| *number > 0)
    .map(|(number, one, many)| things(number, one, many))
    .collect();
    let with: Vec<&str> = with.iter().map(String::as_str).collect();
    let mut lead = format!(
        "Their name, address and second check go{}{}. What they did stays in the history ({}), as done \
         by somebody who left. This cannot be undone.",
        if with.is_empty() { "" } else { ", with " },
        domain::returns::rules::words::listed(&with),
        things(told.entries_kept, "entry", "entries"),
    );
    if let Some(refused) = &told.refused {
        lead = format!("This is not possible now. {refused}");
    }
    let form = Form {
        back: Link::new("People", "/people"),
        heading: format!("Erase {}", told.display_name),
        lead,
        action: format!("/people/{id}/erasure"),
        hidden: Vec::new(),
        fields: vec![
            Field::text("reason", "Why?")
                .hint("They asked for it, or the time is over. Name nobody here: it stays."),
        ],
        button: "Erase them".to_owned(),
        grave: true,
    };
    show(house, form, typed, wrong).await
}

async fn erase(
    house: House,
    path: web::Path<PersonId>,
    PageForm(sent): Typed,
) -> Result<HttpResponse, Fault> {
    let id = path.into_inner();
    let fields = Fields(sent);
    let why = Erasure {
        reason: fields.text("reason"),
    };
    match erasure::erase(&house.db, &house.ctx, id, &why).await {
        Ok(()) => Ok(see_other("/people?done=erased")),
        Err(error) => {
            let mut wrong = Wrong::default();
            wrong.take(error)?;
            erasure_form(&house, id, &fields, &wrong).await
        }
    }
}

#[derive(Template)]
#[template(path = "pages/retention.html")]
struct RetentionPage {
    page: PageFrame,
    back: Link,
    removed: Vec<Removed>,
    years: u32,
    people: Vec<Leaver>,
}

struct Removed {
    what: String,
    days: String,
    due: String,
}

struct Leaver {
    name: String,
    left_on: String,
    href: String,
}

/// What is kept for how long, and what would go now.
async fn retention(house: House) -> Result<HttpResponse, Fault> {
    let removed = housekeeping::due(&house.db, &house.ctx).await?;
    let people = erasure::due(&house.db, &house.ctx).await?;
    page(&RetentionPage {
        page: PageFrame::of(&house, "What is kept for how long").await?,
        back: Link::new("People", "/people"),
        removed: removed
            .into_iter()
            .map(|kept| Removed {
                what: kept.what,
                days: match kept.days {
                    0 => "As soon as it ended".to_owned(),
                    days => words::count(usize::try_from(days).unwrap_or(0), "day", "days"),
                },
                due: kept.due.to_string(),
            })
            .collect(),
        years: erasure::YEARS,
        people: people
            .into_iter()
            .map(|one| Leaver {
                name: one.display_name,
                left_on: one.left_on.map(words::day).unwrap_or_default(),
                href: format!("/people/{}/erasure", one.id),
            })
            .collect(),
    })
}
