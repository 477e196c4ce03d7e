//! Documents and comments beside any record.

use actix_web::{HttpRequest, HttpResponse, web};
use askama::Template;
use domain::Error;
use domain::access::rules::Operation;
use domain::beside::ops::{self, NewComment, NewDocument, Removal};
use domain::beside::rules::RecordKind;
use domain::beside::view;
use domain::sharing;
use entity::{RecordCommentId, RecordDocumentId};
use serde::Deserialize;
use uuid::Uuid;

use super::fields::{Fields, Wrong};
use super::form::{self, Field, Form};
use super::shapes::Pager;
use super::{Link, PageFrame, page, see_other, words};
use crate::http::download::download_anything;
use crate::http::forms::{self, Nothing, PageForm};
use crate::http::upload::Upload;
use crate::http::{Fault, House, cursor};

/// Rows of one page of either.
const SHOWN: u64 = 50;

pub fn configure(config: &mut web::ServiceConfig) {
    config
        .service(web::resource("/records/{kind}/{id}").route(web::get().to(look)))
        .service(web::resource("/records/{kind}/{id}/documents").route(web::post().to(attach)))
        .service(
            web::resource("/records/{kind}/{id}/documents/{document}")
                .route(web::get().to(document)),
        )
        .service(
            web::resource("/records/{kind}/{id}/documents/{document}/removal")
                .route(web::get().to(ask_removal))
                .route(web::post().to(remove)),
        )
        .service(web::resource("/records/{kind}/{id}/comments").route(web::post().to(say)))
        .service(
            web::resource("/records/{kind}/{id}/comments/{comment}/withdrawal")
                .route(web::get().to(ask_withdrawal))
                .route(web::post().to(withdraw)),
        );
}

/// What a record's page says of what is beside it; nothing for those who may not see it.
pub async fn link(
    house: &House,
    kind: RecordKind,
    id: impl Into<Uuid>,
) -> Result<Option<Link>, Fault> {
    let id = id.into();
    let counts = view::counts(&house.db, &house.ctx, kind, id).await?;
    Ok(counts.map(|(documents, comments)| {
        let size = |number: u64| usize::try_from(number).unwrap_or(usize::MAX);
        let text = match (documents, comments) {
            (0, 0) => "Documents and comments: none yet".to_owned(),
            _ => format!(
                "{} and {}",
                words::count(size(documents), "document", "documents"),
                words::count(size(comments), "comment", "comments")
            ),
        };
        Link::new(text, address(kind, id))
    }))
}

fn address(kind: RecordKind, id: Uuid) -> String {
    format!("/records/{}/{id}", kind.slug())
}

#[derive(Template)]
#[template(path = "pages/beside.html")]
struct BesidePage {
    page: PageFrame,
    back: Link,
    name: String,
    errors: Vec<Link>,
    documents: Vec<Document>,
    comments: Vec<Comment>,
    older_documents: Option<Pager>,
    older_comments: Option<Pager>,
    may_attach: bool,
    /// Whether documents of such a record are shared with a funder.
    shares: bool,
    may_comment: bool,
    attach_action: String,
    comment_action: String,
    title: String,
    title_error: String,
    file_error: String,
    said: String,
    words_error: String,
}

struct Document {
    title: String,
    href: String,
    file: String,
    size: String,
    who: String,
    when: String,
    removal_href: String,
    /// The funder that has it, and since when; empty where it is for those inside alone.
    shared: String,
    /// Where it is shared, or taken back.
    sharing: Option<Link>,
}

struct Comment {
    paragraphs: Vec<String>,
    who: String,
    when: String,
    withdrawal_href: String,
}

/// Where the two lists begin.
#[derive(Debug, Default, Deserialize)]
struct From {
    #[serde(default)]
    documents: String,
    #[serde(default)]
    comments: String,
}

/// What was typed, and what is wrong with it.
#[derive(Default)]
struct Typed {
    title: String,
    words: String,
    wrong: Wrong,
}

async fn look(
    house: House,
    path: web::Path<(RecordKind, Uuid)>,
    from: web::Query<From>,
) -> Result<HttpResponse, Fault> {
    shown(&house, path.into_inner(), &from, Typed::default()).await
}

async fn shown(
    house: &House,
    (kind, id): (RecordKind, Uuid),
    from: &From,
    typed: Typed,
) -> Result<HttpResponse, Fault> {
    let (db, ctx) = (&house.db, &house.ctx);
    let seen = view::seen(db, ctx, kind, id).await?;
    let after = |text: &str| (!text.is_empty()).then(|| cursor(text)).transpose();
    let (documents_after, comments_after) = (after(&from.documents)?, after(&from.comments)?);
    let documents = view::documents(db, ctx, (kind, id), documents_after, SHOWN).await?;
    let comments = view::comments(db, ctx, (kind, id), comments_after, SHOWN).await?;
    let here = address(kind, id);
    let older = |name: &str, next: Option<domain::paging::Cursor>, begun: bool| {
        (next.is_some() || begun).then(|| Pager {
            sentence: format!("{SHOWN} at a time, the newest first."),
            previous_href: if begun { here.clone() } else { String::new() },
            next_href: next.map_or_else(String::new, |next| format!("{here}?{name}={next}#{name}")),
        })
    };
    let may_attach = ctx.require(Operation::AttachToRecord).is_ok();
    let may_share = sharing::view::may_share(db, ctx, kind, id).await?;
    let mut title = format!("Documents and comments: {}", seen.name);
    if !typed.wrong.is_empty() {
        title.insert_str(0, "Error: ");
    }
    let mut reply = page(&BesidePage {
        page: PageFrame::of(house, &title).await?,
        back: Link::new(seen.name.clone(), seen.path),
        name: seen.name,
        errors: typed.wrong.links(),
        older_documents: older("documents", documents.next, documents_after.is_some()),
        older_comments: older("comments", comments.next, comments_after.is_some()),
        shares: may_share || documents.items.iter().any(|one| one.shared.is_some()),
        documents: documents
            .items
            .into_iter()
            .map(|one| Document {
                href: format!("{here}/documents/{}", one.id),
                removal_href: if may_attach {
                    format!("{here}/documents/{}/removal", one.id)
                } else {
                    String::new()
                },
                sharing: match (&one.shared, may_share) {
                    (_, false) => None,
                    (Some(_), true) => Some(Link::new(
                        "Take back",
                        format!("{here}/documents/{}/taking-back", one.id),
                    )),
                    (None, true) => Some(Link::new(
                        "Share",
                        format!("{here}/documents/{}/sharing", one.id),
                    )),
                },
                shared: one.shared.map_or_else(String::new, |shared| {
                    let when = words::instant(&shared.shared_at);
                    match shared.shared_by {
                        Some(by) => format!("{}, since {when}, by {by}", shared.funder),
                        None => format!("{}, since {when}", shared.funder),
                    }
                }),
                title: one.title,
                file: one.file_name,
                size: words::size(one.size),
                who: one.added_by.unwrap_or_default(),
                when: words::instant(&one.added_at),
            })
            .collect(),
        comments: comments
            .items
            .into_iter()
            .map(|one| Comment {
                withdrawal_href: if one.may_withdraw {
                    format!("{here}/comments/{}/withdrawal", one.id)
                } else {
                    String::new()
                },
                paragraphs: one
                    .words
                    .lines()
                    .map(str::trim)
                    .filter(|line| !line.is_empty())
                    .map(str::to_owned)
                    .collect(),
                who: one.said_by.unwrap_or_default(),
                when: words::instant(&one.said_at),
            })
            .collect(),
        may_attach,
        may_comment: ctx.require(Operation::Comment).is_ok(),
        attach_action: format!("{here}/documents"),
        comment_action: format!("{here}/comments"),
        title: typed.title,
        title_error: typed.wrong.of("title"),
        file_error: typed.wrong.of("file"),
        said: typed.words,
        words_error: typed.wrong.of("words"),
    })?;
    if !typed.wrong.is_empty() {
        super::mark_as_wrong(&mut reply);
    }
    Ok(reply)
}

async fn attach(
    house: House,
    path: web::Path<(RecordKind, Uuid)>,
    request: HttpRequest,
    payload: web::Payload,
) -> Result<HttpResponse, Fault> {
    house.ctx.require(Operation::AttachToRecord)?;
    let (kind, id) = path.into_inner();
    let sent = Upload::of(&request, payload).await?;
    forms::check(&request, sent.field("csrf"))?;
    let title = sent.field("title").unwrap_or_default().to_owned();
    let mut typed = Typed::default();
    match sent.file {
        None => typed.wrong.add("file", "Choose a file."),
        Some((name, bytes)) => {
            let new = NewDocument {
                title: title.clone(),
                name,
                bytes,
            };
            match ops::attach(&house.db, &house.ctx, kind, id, &new).await {
                Ok(_) => return Ok(see_other(&format!("{}#documents", address(kind, id)))),
                Err(error) => typed.wrong.take(error)?,
            }
        }
    }
    typed.title = title;
    shown(&house, (kind, id), &From::default(), typed).await
}

async fn document(
    house: House,
    path: web::Path<(RecordKind, Uuid, RecordDocumentId)>,
) -> Result<HttpResponse, Fault> {
    let (kind, id, document) = path.into_inner();
    let file = view::file(&house.db, &house.ctx, (kind, id), document).await?;
    Ok(download_anything(file))
}

/// Why, as it was typed.
#[derive(Deserialize)]
struct Why {
    #[serde(default)]
    reason: String,
}

async fn ask_removal(
    house: House,
    path: web::Path<(RecordKind, Uuid, RecordDocumentId)>,
) -> Result<HttpResponse, Fault> {
    house.ctx.require(Operation::AttachToRecord)?;
    let (kind, id, document) = path.into_inner();
    removal(&house, (kind, id), document, "", &Wrong::default()).await
}

async fn removal(
    house: &House,
    (kind, id): (RecordKind, Uuid),
    document: RecordDocumentId,
    reason: &str,
    wrong: &Wrong,
) -> Result<HttpResponse, Fault> {
    let title = view::title(&house.db, &house.ctx, (kind, id), document).await?;
    let here = address(kind, id);
    let asked = Form {
        back: Link::new("Documents and comments", here.clone()),
        heading: format!("Take “{title}” out"),
        lead:
            "Nobody is shown it here any more, nor is a funder that it was shared with. It is kept, \
               with your name and the reason, and an export holds it."
                .to_owned(),
        action: format!("{here}/documents/{document}/removal"),
        hidden: Vec::new(),
        fields: vec![Field::area("reason", "Why?")],
        button: "Take it out".to_owned(),
        grave: true,
    };
    let typed = Fields::default().with("reason", reason);
    form::show(house, asked, &typed, wrong).await
}

async fn remove(
    house: House,
    path: web::Path<(RecordKind, Uuid, RecordDocumentId)>,
    PageForm(why): PageForm<Why>,
) -> Result<HttpResponse, Fault> {
    house.ctx.require(Operation::AttachToRecord)?;
    let (kind, id, document) = path.into_inner();
    let said = Removal {
        reason: why.reason.clone(),
    };
    match ops::remove(&house.db, &house.ctx, (kind, id), document, &said).await {
        Ok(()) => Ok(see_other(&format!("{}#documents", address(kind, id)))),
        Err(error) => {
            let mut wrong = Wrong::default();
            wrong.take(error)?;
            removal(&house, (kind, id), document, &why.reason, &wrong).await
        }
    }
}

/// A comment, as it was typed.
#[derive(Deserialize)]
struct Said {
    #[serde(default)]
    words: String,
}

async fn say(
    house: House,
    path: web::Path<(RecordKind, Uuid)>,
    PageForm(said): PageForm<Said>,
) -> Result<HttpResponse, Fault> {
    house.ctx.require(Operation::Comment)?;
    let (kind, id) = path.into_inner();
    let new = NewComment {
        words: said.words.clone(),
    };
    match ops::comment(&house.db, &house.ctx, kind, id, &new).await {
        Ok(_) => Ok(see_other(&format!("{}#comments", address(kind, id)))),
        Err(error) => {
            let mut typed = Typed {
                words: said.words,
                ..Typed::default()
            };
            typed.wrong.take(error)?;
            shown(&house, (kind, id), &From::default(), typed).await
        }
    }
}

async fn ask_withdrawal(
    house: House,
    path: web::Path<(RecordKind, Uuid, RecordCommentId)>,
) -> Result<HttpResponse, Fault> {
    house.ctx.require(Operation::Comment)?;
    let (kind, id, comment) = path.into_inner();
    view::seen(&house.db, &house.ctx, kind, id).await?;
    if !view::may_withdraw_one(&house.db, &house.ctx, (kind, id), comment).await? {
        return Err(Error::NotFound.into());
    }
    let here = address(kind, id);
    let asked = Form {
        back: Link::new("Documents and comments", here.clone()),
        heading: "Take a comment back".to_owned(),
        lead: "Its words are gone for good; that a comment was taken back stays in the history."
            .to_owned(),
        action: format!("{here}/comments/{comment}/withdrawal"),
        hidden: Vec::new(),
        fields: Vec::new(),
        button: "Take it back".to_owned(),
        grave: true,
    };
    form::show(&house, asked, &Fields::default(), &Wrong::default()).await
}

async fn withdraw(
    house: House,
    path: web::Path<(RecordKind, Uuid, RecordCommentId)>,
    _form: PageForm<Nothing>,
) -> Result<HttpResponse, Fault> {
    let (kind, id, comment) = path.into_inner();
    ops::withdraw(&house.db, &house.ctx, (kind, id), comment).await?;
    Ok(see_other(&format!("{}#comments", address(kind, id))))
}
