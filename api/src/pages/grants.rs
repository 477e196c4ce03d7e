//! What funders published of their grants: who else each funds, and what was given to us.

use actix_web::{HttpRequest, HttpResponse, web};
use askama::Template;
use domain::access::rules::Operation;
use domain::awards::view::{AwardOrder, Filter, list as view_awards};
use domain::commitments::view::CommitmentFilter;
use domain::grants::ops;
use domain::grants::view::{self, GrantFilter, GrantImportView, PublishedGrantView};
use domain::{Error, commitments, organisations};
use entity::{GrantFormat, GrantImportId, GrantImportState, OrganisationId, PublishedGrantId};
use serde::Deserialize;

use super::shapes::{Fact, Pager};
use super::spend::{count, grouped};
use super::{Link, PageFrame, funder_links, page, see_other, sharing, urlencode, words};
use crate::http::download::download_anything;
use crate::http::upload::Upload;
use crate::http::{Fault, House, cursor, forms};
use crate::json::grants::as_file;

pub fn configure(config: &mut web::ServiceConfig) {
    config
        .service(web::resource("/grants").route(web::get().to(list)))
        .service(web::resource("/grants/imports").route(web::post().to(bring)))
        .service(web::resource("/grants/imports/{id}").route(web::get().to(import)))
        .service(web::resource("/grants/imports/{id}/file").route(web::get().to(file)))
        .service(web::resource("/grants/{id}").route(web::get().to(one)))
        .service(web::resource("/organisations/{id}").route(web::get().to(organisation)))
        .service(web::resource("/awards/360giving.json").route(web::get().to(as_json)))
        .service(web::resource("/awards/360giving.csv").route(web::get().to(as_csv)));
}

/// Grants on a page of the list.
const SHOWN: u64 = 50;

#[derive(Template)]
#[template(path = "pages/grants.html")]
struct GrantsPage {
    page: PageFrame,
    errors: Vec<Link>,
    file_error: String,
    sentence: String,
    words: String,
    funder: String,
    ours: bool,
    may_bring: bool,
    any: bool,
    rows: Vec<GrantRow>,
    pager: Option<Pager>,
    imports: Vec<ImportRow>,
}

struct GrantRow {
    name: String,
    href: String,
    to: String,
    to_href: String,
    by: String,
    by_href: String,
    on: String,
    amount: String,
}

struct ImportRow {
    file: String,
    href: String,
    on: String,
    grants: String,
    state: String,
    kind: String,
}

/// The filters as they stand in the address; what was not chosen is empty.
#[derive(Clone, Debug, Default, Deserialize)]
struct Asked {
    #[serde(default)]
    words: String,
    #[serde(default)]
    funder: String,
    #[serde(default)]
    ours: String,
    after: Option<String>,
}

impl Asked {
    fn filter(&self) -> GrantFilter {
        let some = |text: &str| (!text.trim().is_empty()).then(|| text.trim().to_owned());
        GrantFilter {
            funder: some(&self.funder),
            recipient: None,
            words: some(&self.words),
            ours: !self.ours.is_empty(),
        }
    }
}

async fn list(house: House, asked: web::Query<Asked>) -> Result<HttpResponse, Fault> {
    page(&shown(&house, &asked).await?)
}

async fn shown(house: &House, asked: &Asked) -> Result<GrantsPage, Fault> {
    let (db, ctx) = (&house.db, &house.ctx);
    let after = asked.after.as_deref().map(cursor).transpose()?;
    let slice = view::list(db, ctx, &asked.filter(), after, SHOWN).await?;
    let imports = view::imports(db, ctx, None, 10).await?;
    let mine = GrantFilter {
        ours: true,
        ..GrantFilter::default()
    };
    let mine = view::list(db, ctx, &mine, None, SHOWN).await?.items;
    let open = mine.iter().filter(|grant| grant.award_id.is_none()).count();
    let sentence = match (mine.len(), open) {
        (0, _) => "Whom our funders support besides us, as they published it.".to_owned(),
        (_, 0) => "Every published grant to us is recorded as an award.".to_owned(),
        (_, 1) => "1 published grant to us is not recorded as an award yet.".to_owned(),
        (_, open) => {
            format!("{open} published grants to us are not recorded as awards yet.")
        }
    };
    let next_href = slice.next.map(|next| {
        format!(
            "/grants?words={}&funder={}&ours={}&after={next}",
            urlencode(&asked.words),
            urlencode(&asked.funder),
            urlencode(&asked.ours)
        )
    });
    Ok(GrantsPage {
        page: PageFrame::of(house, "Published grants").await?,
        errors: Vec::new(),
        file_error: String::new(),
        sentence,
        words: asked.words.clone(),
        funder: asked.funder.clone(),
        ours: !asked.ours.is_empty(),
        may_bring: ctx.require(Operation::ImportGrants).is_ok(),
        any: imports
            .iter()
            .any(|import| import.state == GrantImportState::Complete),
        pager: (next_href.is_some() || asked.after.is_some()).then(|| Pager {
            sentence: "The latest first".to_owned(),
            previous_href: String::new(),
            next_href: next_href.unwrap_or_default(),
        }),
        rows: slice.items.iter().map(row).collect(),
        imports: imports.iter().map(import_row).collect(),
    })
}

fn body_href(id: Option<OrganisationId>) -> String {
    id.map(|id| format!("/organisations/{id}"))
        .unwrap_or_default()
}

fn row(grant: &PublishedGrantView) -> GrantRow {
    GrantRow {
        name: if grant.title.is_empty() {
            grant.identifier.clone()
        } else {
            grant.title.clone()
        },
        href: format!("/grants/{}", grant.id),
        to: grant.recipient.name.clone(),
        to_href: body_href(grant.recipient.organisation_id),
        by: grant.funder.name.clone(),
        by_href: body_href(grant.funder.organisation_id),
        on: words::day(grant.awarded_on),
        amount: grant.amount_pence.in_full(),
    }
}

const fn state(import: &GrantImportView) -> (&'static str, &'static str) {
    match import.state {
        GrantImportState::Reading => ("Being read", "doing"),
        GrantImportState::Complete if import.grants_faulty > 0 => ("Some left out", "late"),
        GrantImportState::Complete => ("Taken in", "done"),
        GrantImportState::Failed => ("Cannot be read", "wrong"),
    }
}

fn import_row(import: &GrantImportView) -> ImportRow {
    let (state, kind) = state(import);
    ImportRow {
        file: import.file_name.clone(),
        href: format!("/grants/imports/{}", import.id),
        on: on(import.created_at),
        grants: grouped(import.grants_read),
        state: state.to_owned(),
        kind: kind.to_owned(),
    }
}

fn on(at: chrono::DateTime<chrono::Utc>) -> String {
    words::date(at.with_timezone(&chrono_tz::Europe::London).date_naive())
}

async fn bring(
    house: House,
    request: HttpRequest,
    payload: web::Payload,
) -> Result<HttpResponse, Fault> {
    house.ctx.require(Operation::ImportGrants)?;
    let form = Upload::of(&request, payload).await?;
    forms::check(&request, form.field("csrf"))?;
    let Some((name, bytes)) = &form.file else {
        return again(&house, "Choose the file", "#file").await;
    };
    match ops::start(&house.db, &house.ctx, name, bytes).await {
        Ok(id) => Ok(see_other(&format!("/grants/imports/{id}"))),
        Err(Error::Refused {
            rule: "same-file", ..
        }) => {
            let hash = domain::files::sha256(bytes);
            let first = view::import_of_file(&house.db, &house.ctx, &hash).await?;
            let href =
                first.map_or_else(|| "#file".to_owned(), |id| format!("/grants/imports/{id}"));
            again(
                &house,
                "This same file was brought before: look at what came of it",
                &href,
            )
            .await
        }
        Err(Error::Invalid(fields)) => {
            let words = fields
                .first()
                .map_or("Choose another file", |field| field.detail.as_str());
            again(&house, words, "#file").await
        }
        Err(error) => Err(error.into()),
    }
}

async fn again(house: &House, words: &str, href: &str) -> Result<HttpResponse, Fault> {
    let mut shown = shown(house, &Asked::default()).await?;
    words.clone_into(&mut shown.file_error);
    shown.errors.push(Link::new(words, href));
    page(&shown)
}

#[derive(Template)]
#[template(path = "pages/grant_import.html")]
struct ImportPage {
    page: PageFrame,
    name: String,
    sentence: String,
    reading: bool,
    facts: Vec<Fact>,
    faults: Vec<FaultRow>,
    faults_note: String,
    file_href: String,
    history_href: String,
}

struct FaultRow {
    number: String,
    identifier: String,
    place: String,
    message: String,
}

async fn import(house: House, id: web::Path<GrantImportId>) -> Result<HttpResponse, Fault> {
    let id = id.into_inner();
    let import = view::import(&house.db, &house.ctx, id).await?;
    let faulty = view::faults(&house.db, &house.ctx, id, None, 200).await?;
    let sentence = match import.state {
        GrantImportState::Reading => format!(
            "The file is being read: {} so far. You can leave this page.",
            count(import.grants_read, "grant", "grants")
        ),
        GrantImportState::Failed => import.failure.clone().unwrap_or_default(),
        GrantImportState::Complete if import.grants_faulty == 0 => format!(
            "All of its {} are taken in.",
            count(import.grants_read, "grant", "grants")
        ),
        GrantImportState::Complete => format!(
            "{} of its {} left out, for what is said below.",
            count(import.grants_faulty, "grant", "grants"),
            if import.grants_faulty == 1 {
                format!("{} was", grouped(import.grants_read))
            } else {
                format!("{} were", grouped(import.grants_read))
            }
        ),
    };
    let mut facts = vec![
        Fact::new("New", grouped(import.grants_new)),
        Fact::new(
            "Changed since they were published before",
            grouped(import.grants_changed),
        ),
        Fact::new("Known just so", grouped(import.grants_known)),
        Fact::new("Older than what is known", grouped(import.grants_older)),
        Fact::new("Left out", grouped(import.grants_faulty)),
        Fact::new("Brought", on(import.created_at)),
        Fact::new(
            "By",
            import
                .created_by
                .clone()
                .unwrap_or_else(|| "the command line".to_owned()),
        ),
    ];
    facts.push(Fact::new("SHA-256 of the file", import.sha256.clone()));
    let may = |operation| house.ctx.require(operation).is_ok();
    page(&ImportPage {
        page: PageFrame::of(&house, &import.file_name).await?,
        name: import.file_name.clone(),
        sentence,
        reading: import.state == GrantImportState::Reading,
        facts,
        faults_note: if faulty.len() == 200 {
            "The first 200".to_owned()
        } else {
            String::new()
        },
        faults: faulty
            .into_iter()
            .flat_map(|grant| {
                grant.faults.into_iter().map(move |fault| FaultRow {
                    number: grouped(i64::from(grant.row)),
                    identifier: grant.identifier.clone(),
                    place: fault.place,
                    message: fault.message,
                })
            })
            .collect(),
        file_href: format!("/grants/imports/{id}/file"),
        history_href: if may(Operation::ReadHistory) {
            format!("/history/grant_import/{id}")
        } else {
            String::new()
        },
    })
}

async fn file(house: House, id: web::Path<GrantImportId>) -> Result<HttpResponse, Fault> {
    let file = view::source(&house.db, &house.ctx, id.into_inner()).await?;
    Ok(download_anything(file))
}

#[derive(Template)]
#[template(path = "pages/grant.html")]
struct GrantPage {
    page: PageFrame,
    heading: String,
    sentence: String,
    description: String,
    facts: Vec<Fact>,
    record_href: String,
    award_href: String,
    published: Vec<PublicationRow>,
}

struct PublicationRow {
    on: String,
    file: String,
    href: String,
    row: String,
    title: String,
    amount: String,
}

async fn one(house: House, id: web::Path<PublishedGrantId>) -> Result<HttpResponse, Fault> {
    let history = view::one(&house.db, &house.ctx, id.into_inner()).await?;
    let grant = &history.grant;
    let shown = row(grant);
    let fact = |key: &str, value: &str, href: String| Fact {
        href,
        ..Fact::new(key, value)
    };
    let mut facts = vec![
        fact("Given by", &shown.by, shown.by_href.clone()),
        fact("Given to", &shown.to, shown.to_href.clone()),
        fact("Decided on", &shown.on, String::new()),
    ];
    for (key, date) in [("From", grant.starts_on), ("Until", grant.ends_on)] {
        if let Some(date) = date {
            facts.push(Fact::new(key, words::day(date)));
        }
    }
    if let Some(months) = grant.months {
        facts.push(Fact::new(
            "For",
            count(i64::from(months), "month", "months"),
        ));
    }
    if !grant.programme.is_empty() {
        facts.push(Fact::new("Programme", grant.programme.clone()));
    }
    facts.push(Fact::new(
        "The funder’s identifier",
        grant.identifier.clone(),
    ));
    facts.push(Fact::new(
        "Funder’s public number",
        grant.funder.org_id.clone(),
    ));
    if !grant.recipient.org_id.is_empty() {
        facts.push(Fact::new(
            "Recipient’s public number",
            grant.recipient.org_id.clone(),
        ));
    }
    let may_record =
        grant.ours && grant.award_id.is_none() && house.ctx.require(Operation::CreateAward).is_ok();
    page(&GrantPage {
        page: PageFrame::of(&house, &shown.name).await?,
        sentence: format!(
            "{} from {} to {}, as the funder published it.",
            shown.amount, shown.by, shown.to
        ),
        heading: shown.name,
        description: grant.description.clone(),
        facts,
        record_href: if may_record {
            format!("/awards/new?grant={}", grant.id)
        } else {
            String::new()
        },
        award_href: grant
            .award_id
            .map(|id| format!("/awards/{id}"))
            .unwrap_or_default(),
        published: history
            .published
            .iter()
            .map(|publication| PublicationRow {
                on: on(publication.taken_in_at),
                file: publication.file_name.clone(),
                href: format!("/grants/imports/{}", publication.grant.import_id),
                row: grouped(publication.grant.row),
                title: publication.grant.title.clone(),
                amount: publication.grant.amount_pence.in_full(),
            })
            .collect(),
    })
}

#[derive(Template)]
#[template(path = "pages/organisation.html")]
struct OrganisationPage {
    page: PageFrame,
    name: String,
    facts: Vec<Fact>,
    awards: Vec<AwardRow>,
    /// What it delivers for us.
    commitments: Vec<AwardRow>,
    shows_grants: bool,
    years: Vec<YearRow>,
    given: Vec<GrantRow>,
    given_note: String,
    given_href: String,
    received: Vec<GrantRow>,
    contacts: Vec<Contact>,
    shows_contacts: bool,
    may_keep: bool,
    correction_href: String,
    contact_href: String,
    /// For those inside: what of ours it has.
    shared: Option<Link>,
    /// For staff: the links that its people have.
    links: Option<Link>,
    beside: Option<Link>,
    history_href: String,
}

struct Contact {
    name: String,
    about: String,
    email: String,
    telephone: String,
    removal_href: String,
    change_href: String,
}

struct AwardRow {
    name: String,
    href: String,
    from: String,
    until: String,
    amount: String,
}

struct YearRow {
    year: String,
    given: String,
    given_amount: String,
    to_us: String,
    received_amount: String,
}

/// Grants of an organisation that its page lists.
const FEW: u64 = 10;

async fn organisation(house: House, id: web::Path<OrganisationId>) -> Result<HttpResponse, Fault> {
    let (db, ctx) = (&house.db, &house.ctx);
    let body = organisations::view::one(db, ctx, id.into_inner()).await?;
    let may = |operation| ctx.require(operation).is_ok();
    let awards = if may(Operation::ReadAwards) {
        let filter = Filter {
            funder_id: Some(body.id),
            order: AwardOrder::LastEnds,
            ..Filter::default()
        };
        view_awards(db, ctx, filter, None, SHOWN).await?.items
    } else {
        Vec::new()
    };
    let commitments = if may(Operation::ReadCommitments) {
        let filter = CommitmentFilter {
            provider: Some(body.id),
            ..CommitmentFilter::default()
        };
        commitments::view::list(db, ctx, filter).await?
    } else {
        Vec::new()
    };
    let shows_contacts = may(Operation::ReadContacts);
    let contacts = if shows_contacts {
        domain::organisations::contacts::list(db, ctx, body.id).await?
    } else {
        Vec::new()
    };
    let shows_grants = may(Operation::ReadGrants);
    let (mut years, mut given, mut received) = (Vec::new(), Vec::new(), Vec::new());
    let mut more = false;
    if shows_grants {
        years = view::years(db, ctx, &body.org_id).await?;
        let filter = GrantFilter {
            funder: Some(body.org_id.clone()),
            ..GrantFilter::default()
        };
        let slice = view::list(db, ctx, &filter, None, FEW).await?;
        more = slice.next.is_some();
        given = slice.items;
        let filter = GrantFilter {
            recipient: Some(body.org_id.clone()),
            ..GrantFilter::default()
        };
        received = view::list(db, ctx, &filter, None, FEW).await?.items;
    }
    let shared = match awards.is_empty() {
        true => None,
        false => sharing::of_funder(&house, body.id).await?,
    };
    let pounds = |pence: i64| domain::Money(pence).in_full();
    let links = match awards.is_empty() {
        true => None,
        false => funder_links::of_funder(&house, body.id).await?,
    };
    page(&OrganisationPage {
        shared,
        links,
        page: PageFrame::of(&house, &body.name).await?,
        facts: vec![
            Fact::new("What it is", words::organisation_kind(body.kind)),
            Fact::new("Public number", body.org_id.clone()),
        ],
        name: body.name,
        awards: awards
            .into_iter()
            .map(|award| AwardRow {
                name: format!("{} ({})", award.title, award.reference),
                href: format!("/awards/{}", award.id),
                from: words::day(award.starts_on),
                until: words::day(award.ends_on),
                amount: award.amount_pence.in_full(),
            })
            .collect(),
        commitments: commitments
            .into_iter()
            .map(|one| AwardRow {
                name: format!("{} ({})", one.title, one.reference),
                href: format!("/commitments/{}", one.id),
                from: words::day(one.starts_on),
                until: words::day(one.ends_on),
                amount: one.total_pence.in_full(),
            })
            .collect(),
        shows_grants,
        years: years
            .into_iter()
            .map(|year| YearRow {
                year: year.year.to_string(),
                given: grouped(year.given),
                given_amount: pounds(year.given_pence),
                to_us: pounds(year.given_to_us_pence),
                received_amount: pounds(year.received_pence),
            })
            .collect(),
        given: given.iter().map(row).collect(),
        given_note: if more {
            format!("The latest {FEW}")
        } else {
            String::new()
        },
        given_href: format!("/grants?funder={}", urlencode(&body.org_id)),
        received: received.iter().map(row).collect(),
        contacts: contacts
            .into_iter()
            .map(|contact| Contact {
                removal_href: format!("/organisations/{}/contacts/{}/removal", body.id, contact.id),
                change_href: format!(
                    "/organisations/{}/contacts/{}/correction",
                    body.id, contact.id
                ),
                name: contact.name,
                about: contact.about,
                email: contact.email.unwrap_or_default(),
                telephone: contact.telephone.unwrap_or_default(),
            })
            .collect(),
        shows_contacts,
        may_keep: may(Operation::KeepContacts),
        correction_href: if may(Operation::CorrectOrganisation) {
            format!("/organisations/{}/correction", body.id)
        } else {
            String::new()
        },
        contact_href: format!("/organisations/{}/contacts/new", body.id),
        beside: crate::pages::beside::link(
            &house,
            domain::beside::rules::RecordKind::Organisation,
            body.id,
        )
        .await?,
        history_href: if may(Operation::ReadHistory) {
            format!("/history/organisation/{}", body.id)
        } else {
            String::new()
        },
    })
}

async fn as_json(house: House) -> Result<HttpResponse, Fault> {
    as_file(&house, GrantFormat::Json).await
}

async fn as_csv(house: House) -> Result<HttpResponse, Fault> {
    as_file(&house, GrantFormat::Csv).await
}
