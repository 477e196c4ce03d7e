//! Documents shared with funders: what does a funder have of us?

use actix_web::{HttpResponse, web};
use askama::Template;
use domain::access::rules::{Operation, Sight, sight};
use domain::beside::rules::RecordKind;
use domain::sharing::ops::{self, NewShare, TakingBack};
use domain::sharing::view::{self, SharedFilter};
use domain::{awards, organisations};
use entity::{AwardId, OrganisationId, RecordDocumentId};
use serde::Deserialize;
use uuid::Uuid;

use super::fields::{Fields, Wrong};
use super::form::{self, Field, Form};
use super::shapes::Pager;
use super::today::{ROWS, begins, pager_after};
use super::{Link, PageFrame, page, see_other, words};
use crate::http::download::download_anything;
use crate::http::forms::PageForm;
use crate::http::{Fault, House};
use crate::json::sharing::as_csv;

pub fn configure(config: &mut web::ServiceConfig) {
    config
        .service(web::resource("/shared-documents").route(web::get().to(list)))
        .service(
            web::resource("/shared-documents/shared-documents.csv").route(web::get().to(download)),
        )
        .service(web::resource("/shared-documents/{id}/file").route(web::get().to(file)))
        .service(
            web::resource("/records/{kind}/{id}/documents/{document}/sharing")
                .route(web::get().to(ask_share))
                .route(web::post().to(share)),
        )
        .service(
            web::resource("/records/{kind}/{id}/documents/{document}/taking-back")
                .route(web::get().to(ask_take_back))
                .route(web::post().to(take_back)),
        );
}

/// What an award's or a return's page says to its funder of the documents that they were given; nothing to
/// those inside, who find them beside the record.
pub async fn link(house: &House, award: AwardId) -> Result<Option<Link>, Fault> {
    if !matches!(sight(&house.ctx.actor), Sight::Funders(_)) {
        return Ok(None);
    }
    let filter = SharedFilter {
        award: Some(award),
        funder: None,
    };
    let many = view::how_many(&house.db, &house.ctx, filter).await?;
    let text = match many {
        0 => "Documents shared with you: none yet".to_owned(),
        many => words::count(
            usize::try_from(many).unwrap_or(usize::MAX),
            "document shared with you",
            "documents shared with you",
        ),
    };
    Ok(Some(Link::new(
        text,
        format!("/shared-documents?award_id={award}"),
    )))
}

/// What a funder's page says to those inside of what it has of ours.
pub async fn of_funder(house: &House, funder: OrganisationId) -> Result<Option<Link>, Fault> {
    if sight(&house.ctx.actor) != Sight::All
        || house.ctx.require(Operation::ReadSharedDocuments).is_err()
    {
        return Ok(None);
    }
    let filter = SharedFilter {
        funder: Some(funder),
        award: None,
    };
    let many = view::how_many(&house.db, &house.ctx, filter).await?;
    let text = match many {
        0 => "Documents shared with it: none yet".to_owned(),
        many => words::count(
            usize::try_from(many).unwrap_or(usize::MAX),
            "document shared with it",
            "documents shared with it",
        ),
    };
    Ok(Some(Link::new(
        text,
        format!("/shared-documents?funder_id={funder}"),
    )))
}

#[derive(Template)]
#[template(path = "pages/shared_documents.html")]
struct SharedPage {
    page: PageFrame,
    heading: String,
    sentence: String,
    inside: bool,
    /// Of what they are, where only some are shown; empty otherwise.
    narrowed: String,
    rows: Vec<Row>,
    downloads: Vec<Link>,
    pager: Option<Pager>,
}

struct Row {
    title: String,
    href: String,
    file: String,
    size: String,
    beside: String,
    beside_href: String,
    funder: String,
    funder_href: String,
    when: String,
}

#[derive(Clone, Debug, Default, Deserialize)]
struct Filter {
    #[serde(default)]
    award_id: String,
    #[serde(default)]
    funder_id: String,
    after: Option<String>,
}

impl Filter {
    fn filter(&self) -> SharedFilter {
        // what is no id narrows to nothing that anybody has
        let id = |text: &str| {
            (!text.is_empty()).then(|| text.parse::<Uuid>().unwrap_or_else(|_not| Uuid::nil()))
        };
        SharedFilter {
            award: id(&self.award_id).map(AwardId),
            funder: id(&self.funder_id).map(OrganisationId),
        }
    }
}

async fn download(house: House, filter: web::Query<Filter>) -> Result<HttpResponse, Fault> {
    as_csv(&house, filter.filter()).await
}

async fn list(house: House, asked: web::Query<Filter>) -> Result<HttpResponse, Fault> {
    let (db, ctx) = (&house.db, &house.ctx);
    let inside = sight(&ctx.actor) == Sight::All;
    let filter = asked.filter();
    let after = begins(asked.after.as_deref());
    let found = view::list(db, ctx, filter, after, ROWS).await?;
    let many = usize::try_from(view::how_many(db, ctx, filter).await?).unwrap_or(usize::MAX);
    let narrowed = match (filter.award, filter.funder) {
        (Some(award), _) => match awards::view::one(db, ctx, award).await {
            Ok(award) => format!("Of {}", award.summary.title),
            Err(domain::Error::NotFound) => "Of an award that is not there".to_owned(),
            Err(other) => return Err(other.into()),
        },
        (None, Some(funder)) if inside => match organisations::view::name(db, funder).await? {
            none if none.is_empty() => "Of a funder that is not there".to_owned(),
            name => format!("Of {name}"),
        },
        (None, _) => String::new(),
    };
    let filters = [
        ("award_id", asked.award_id.as_str()),
        ("funder_id", asked.funder_id.as_str()),
    ];
    let pairs: Vec<_> = filters
        .iter()
        .filter(|(_, said)| !said.is_empty())
        .collect();
    let query = match serde_urlencoded::to_string(pairs).unwrap_or_default() {
        none if none.is_empty() => none,
        some => format!("?{some}"),
    };
    let heading = match inside {
        true => "Documents shared with funders",
        false => "Documents shared with you",
    };
    page(&SharedPage {
        page: PageFrame::of(&house, heading).await?,
        heading: heading.to_owned(),
        sentence: match (many, inside) {
            (0, _) => String::new(),
            (1, true) => "One document of ours is shared with a funder.".to_owned(),
            (many, true) => format!("{many} documents of ours are shared with funders."),
            (1, false) => "The charity shares one document with you.".to_owned(),
            (many, false) => format!("The charity shares {many} documents with you."),
        },
        inside,
        narrowed,
        rows: found
            .items
            .into_iter()
            .map(|one| Row {
                href: format!("/shared-documents/{}/file", one.id),
                title: one.title,
                file: one.file_name,
                size: words::size(one.size),
                beside: one.beside,
                beside_href: match inside {
                    true => format!("/records/{}/{}", one.beside_kind.slug(), one.beside_id),
                    false => one.path,
                },
                funder: one.funder,
                funder_href: format!("/organisations/{}", one.funder_id),
                when: match one.shared_by {
                    Some(by) => format!("{}, by {by}", words::instant(&one.shared_at)),
                    None => words::instant(&one.shared_at),
                },
            })
            .collect(),
        downloads: vec![Link::new(
            "This list (CSV)",
            format!("/shared-documents/shared-documents.csv{query}"),
        )],
        pager: pager_after("/shared-documents", &filters, after, found.next),
    })
}

async fn file(house: House, id: web::Path<RecordDocumentId>) -> Result<HttpResponse, Fault> {
    let file = view::bytes(&house.db, &house.ctx, id.into_inner()).await?;
    Ok(download_anything(file))
}

type Place = (RecordKind, Uuid, RecordDocumentId);

fn beside(kind: RecordKind, id: Uuid) -> String {
    format!("/records/{}/{id}", kind.slug())
}

/// With whom, as the page said it.
#[derive(Deserialize)]
struct With {
    #[serde(default)]
    funder_id: String,
}

async fn ask_share(house: House, path: web::Path<Place>) -> Result<HttpResponse, Fault> {
    let (kind, id, document) = path.into_inner();
    let what = view::to_share(&house.db, &house.ctx, (kind, id), document).await?;
    let here = beside(kind, id);
    let who = match what.officers {
        0 => "None of its officers signs in here yet; whoever does later finds it too.".to_owned(),
        1 => "One officer of it signs in here today; whoever does later finds it too.".to_owned(),
        many => {
            format!("{many} officers of it sign in here today; whoever does later finds it too.")
        }
    };
    let form = Form {
        back: Link::new("Documents and comments", here.clone()),
        heading: format!("Share “{}” with {}", what.title, what.funder),
        lead: format!(
            "Its officers find it under “Documents shared with you” and can download it, until you \
             take it back. {who} Open it first, and make sure that it says nothing of anybody’s \
             health or recovery, and nothing of another funder."
        ),
        action: format!("{here}/documents/{document}/sharing"),
        hidden: vec![("funder_id".to_owned(), what.funder_id.to_string())],
        fields: Vec::new(),
        button: format!("Share it with {}", what.funder),
        grave: false,
    };
    form::show(&house, form, &Fields::default(), &Wrong::default()).await
}

async fn share(
    house: House,
    path: web::Path<Place>,
    PageForm(with): PageForm<With>,
) -> Result<HttpResponse, Fault> {
    house.ctx.require(Operation::ShareDocument)?;
    let (kind, id, document) = path.into_inner();
    let funder = with
        .funder_id
        .parse::<Uuid>()
        .unwrap_or_else(|_not| Uuid::nil());
    let new = NewShare {
        funder_id: OrganisationId(funder),
    };
    ops::share(&house.db, &house.ctx, (kind, id), document, new).await?;
    Ok(see_other(&format!("{}#documents", beside(kind, id))))
}

/// Why, as it was typed.
#[derive(Deserialize)]
struct Why {
    #[serde(default)]
    reason: String,
}

async fn ask_take_back(house: House, path: web::Path<Place>) -> Result<HttpResponse, Fault> {
    taking_back(&house, path.into_inner(), "", &Wrong::default()).await
}

async fn taking_back(
    house: &House,
    (kind, id, document): Place,
    reason: &str,
    wrong: &Wrong,
) -> Result<HttpResponse, Fault> {
    let (title, shared) = view::to_take_back(&house.db, &house.ctx, (kind, id), document).await?;
    let here = beside(kind, id);
    let form = Form {
        back: Link::new("Documents and comments", here.clone()),
        heading: format!("Take “{title}” back from {}", shared.funder),
        lead: format!(
            "It was shared {}. Its officers do not find it any more. What they downloaded they have: \
             that cannot be undone.",
            words::instant(&shared.shared_at)
        ),
        action: format!("{here}/documents/{document}/taking-back"),
        hidden: Vec::new(),
        fields: vec![Field::area("reason", "Why?").hint("The funder does not read it.")],
        button: "Take it back".to_owned(),
        grave: true,
    };
    let typed = Fields::default().with("reason", reason);
    form::show(house, form, &typed, wrong).await
}

async fn take_back(
    house: House,
    path: web::Path<Place>,
    PageForm(why): PageForm<Why>,
) -> Result<HttpResponse, Fault> {
    house.ctx.require(Operation::ShareDocument)?;
    let (kind, id, document) = path.into_inner();
    let said = TakingBack {
        reason: why.reason.clone(),
    };
    match ops::take_back(&house.db, &house.ctx, (kind, id), document, &said).await {
        Ok(()) => Ok(see_other(&format!("{}#documents", beside(kind, id)))),
        Err(error) => {
            let mut wrong = Wrong::default();
            wrong.take(error)?;
            taking_back(&house, (kind, id, document), &why.reason, &wrong).await
        }
    }
}
