//! Return forms: the funders' workbooks that are in use, those that are being mapped, and how one
//! is added.

use std::collections::HashMap;

use actix_multipart::Multipart;
use actix_web::{HttpRequest, HttpResponse, web};
use askama::Template;
use domain::access::rules::Operation;
use domain::forms::rules::in_words;
use domain::forms::{ops, view};
use entity::{FieldKind, ReturnFormId};

use super::awards::form::bodies;
use super::fields::{Fields, Wrong};
use super::form::{Field, filled};
use super::shapes::Fact;
use super::{Link, PageFrame, page, see_other, words};
use crate::http::download::download;
use crate::http::parts::Parts;
use crate::http::{Fault, House, forms};
use crate::json::form_drafts::{new_draft, workbooks};

pub fn configure(config: &mut web::ServiceConfig) {
    config
        .service(
            web::resource("/forms")
                .route(web::get().to(list))
                .route(web::post().to(start)),
        )
        .service(web::resource("/forms/new").route(web::get().to(new)))
        .service(web::resource("/forms/{id}").route(web::get().to(one)))
        .service(web::resource("/forms/{id}/workbook").route(web::get().to(workbook)));
}

/// A field's kind in people's words.
pub fn kind_in_words(kind: FieldKind) -> &'static str {
    match kind {
        FieldKind::Money => "Money",
        FieldKind::Number => "Whole number",
        FieldKind::Text => "Text",
        FieldKind::Date => "Date",
        FieldKind::Choice => "Choice from a list",
        FieldKind::YesNo => "Yes or no",
    }
}

#[derive(Template)]
#[template(path = "pages/return_forms.html")]
struct FormsPage {
    page: PageFrame,
    sentence: String,
    may_add: bool,
    drafts: Vec<DraftRow>,
    rows: Vec<FormRow>,
}

struct DraftRow {
    name: String,
    href: String,
    funder: String,
    progress: String,
    changed: String,
}

struct FormRow {
    name: String,
    href: String,
    funder: String,
    fields: String,
    state: &'static str,
    kind: &'static str,
}

async fn list(house: House) -> Result<HttpResponse, Fault> {
    let used = view::list(&house.db, &house.ctx, None, 500).await?;
    let drafts = view::drafts(&house.db, &house.ctx, None, 200, true).await?;
    let current = used.iter().filter(|form| form.current).count();
    let mut rows: Vec<FormRow> = used
        .into_iter()
        .map(|form| FormRow {
            name: format!("{}, {}", form.name, form.version),
            href: format!("/forms/{}", form.id),
            funder: form.funder,
            fields: form.fields.to_string(),
            state: if form.current { "In use" } else { "Replaced" },
            kind: if form.current { "done" } else { "off" },
        })
        .collect();
    rows.sort_by_key(|row| row.kind != "done");
    let being = match drafts.len() {
        0 => String::new(),
        1 => " One is being mapped.".to_owned(),
        n => format!(" {n} are being mapped."),
    };
    page(&FormsPage {
        page: PageFrame::of(&house, "Return forms").await?,
        sentence: match current {
            0 => format!("No form is in use yet.{being}"),
            1 => format!("One form is in use.{being}"),
            n => format!("{n} forms are in use.{being}"),
        },
        may_add: house.ctx.require(Operation::StartFormDraft).is_ok(),
        drafts: drafts
            .into_iter()
            .map(|draft| DraftRow {
                name: format!("{}, {}", draft.name, draft.version_label),
                href: format!("/form-drafts/{}", draft.id),
                funder: draft.funder,
                progress: draft.progress,
                changed: words::instant(&draft.changed_at),
            })
            .collect(),
        rows,
    })
}

#[derive(Template)]
#[template(path = "pages/return_form_new.html")]
struct NewPage {
    page: PageFrame,
    back: Link,
    heading: String,
    lead: String,
    errors: Vec<Link>,
    hidden: Vec<(String, String)>,
    fields: Vec<Field>,
    workbook_error: String,
    copy_error: String,
}

async fn new_page(
    house: &House,
    replaces: Option<&view::FormView>,
    typed: &Fields,
    wrong: &Wrong,
) -> Result<HttpResponse, Fault> {
    let mut fields = Vec::new();
    let mut hidden = Vec::new();
    match replaces {
        Some(form) => {
            hidden.push(("funder_id".to_owned(), form.form.funder_id.to_string()));
            hidden.push(("replaces_id".to_owned(), form.form.id.to_string()));
        }
        None => fields.push(
            Field::select("funder_id", "Whose form is it?", bodies(house).await?)
                .hint("The funder. Missing? Add the organisation first."),
        ),
    }
    fields.extend([
        Field::text("name", "What is the form called?")
            .hint("As the funder calls it, such as Recovery grant: quarterly return"),
        Field::text("version", "Which version of it is this?")
            .hint("As the funder numbers it, such as 2026-27 v1")
            .width("w20"),
        Field::text(
            "funder_form_code",
            "The funder’s code of the form (optional)",
        )
        .width("w20"),
    ]);
    let (mut errors, fields) = filled(fields, typed, wrong);
    for name in ["workbook", "copy"] {
        let text = wrong.of(name);
        if !text.is_empty() {
            for error in errors
                .iter_mut()
                .filter(|error| error.text.ends_with(&text))
            {
                error.href = format!("#{name}");
            }
        }
    }
    let heading = match replaces {
        Some(form) => format!("A new version of {}", form.form.name),
        None => "Add a return form".to_owned(),
    };
    let mut title = heading.clone();
    if !wrong.is_empty() {
        title.insert_str(0, "Error: ");
    }
    let mut reply = page(&NewPage {
        page: PageFrame::of(house, &title).await?,
        back: Link::new("Return forms", "/forms"),
        heading,
        lead: match replaces {
            Some(_) => "It starts from the fields of the version before. What no longer fits, and what is new, is shown first.".to_owned(),
            None => "The workbook is read, and every cell that seems to ask for an answer is proposed. You look at what is odd, and settle the rest together.".to_owned(),
        },
        errors,
        hidden,
        fields,
        workbook_error: wrong.of("workbook"),
        copy_error: wrong.of("copy"),
    })?;
    if !wrong.is_empty() {
        super::mark_as_wrong(&mut reply);
    }
    Ok(reply)
}

async fn new(
    house: House,
    query: web::Query<HashMap<String, String>>,
) -> Result<HttpResponse, Fault> {
    house.ctx.require(Operation::StartFormDraft)?;
    let before = match query.get("replaces").and_then(|id| id.parse().ok()) {
        Some(id) => Some(view::one(&house.db, &house.ctx, ReturnFormId(id)).await?),
        None => None,
    };
    let mut typed = Fields::default();
    if let Some(form) = &before {
        typed = typed.with("name", form.form.name.clone()).with(
            "funder_form_code",
            form.form.funder_form_code.clone().unwrap_or_default(),
        );
    }
    new_page(&house, before.as_ref(), &typed, &Wrong::default()).await
}

async fn start(house: House, request: HttpRequest, body: Multipart) -> Result<HttpResponse, Fault> {
    house.ctx.require(Operation::StartFormDraft)?;
    let mut parts = Parts::read(body, &house).await?;
    let csrf = parts
        .take("csrf")
        .and_then(|part| String::from_utf8(part.bytes).ok());
    forms::check(&request, csrf.as_deref())?;
    let typed = Fields(
        [
            "funder_id",
            "name",
            "version",
            "funder_form_code",
            "replaces_id",
        ]
        .into_iter()
        .filter_map(|name| {
            let part = parts.peek(name)?;
            Some((name.to_owned(), String::from_utf8(part.bytes.clone()).ok()?))
        })
        .collect(),
    );
    let mut wrong = Wrong::default();
    let started = match new_draft(parts) {
        Ok(new) => ops::start(&house.db, &house.ctx, &workbooks(&house), new).await,
        Err(fault) => {
            let errors = fault.errors().to_vec();
            if errors.is_empty() {
                return Err(fault);
            }
            Err(domain::Error::Invalid(errors))
        }
    };
    match started {
        Ok(id) => return Ok(see_other(&format!("/form-drafts/{id}"))),
        Err(error) => wrong.take(error)?,
    }
    let before = match typed.some("replaces_id").and_then(|id| id.parse().ok()) {
        Some(id) => Some(view::one(&house.db, &house.ctx, ReturnFormId(id)).await?),
        None => None,
    };
    new_page(&house, before.as_ref(), &typed, &wrong).await
}

#[derive(Template)]
#[template(path = "pages/return_form.html")]
struct FormPage {
    page: PageFrame,
    crumbs: Vec<Link>,
    funder: String,
    name: String,
    sentence: String,
    facts: Vec<Fact>,
    next_version: String,
    workbook_href: String,
    sections: Vec<SectionRows>,
}

struct SectionRows {
    name: String,
    summary: String,
    rows: Vec<QuestionRow>,
}

struct QuestionRow {
    label: String,
    place: String,
    kind: String,
    source: String,
}

async fn one(house: House, id: web::Path<ReturnFormId>) -> Result<HttpResponse, Fault> {
    let id = id.into_inner();
    let form = view::one(&house.db, &house.ctx, id).await?;
    let vocabulary = view::vocabulary(&house.db, &house.ctx, form.form.funder_id).await?;
    let mut sections: Vec<SectionRows> = Vec::new();
    for question in &form.questions {
        let row = QuestionRow {
            label: question.label.clone(),
            place: format!("{}, cell {}", question.sheet, question.cell),
            kind: format!(
                "{}{}",
                kind_in_words(question.kind),
                if question.required { "" } else { ", optional" }
            ),
            source: in_words(question.binding.as_ref(), &vocabulary),
        };
        match sections.last_mut() {
            Some(section) if section.name == question.section => section.rows.push(row),
            _ => sections.push(SectionRows {
                name: question.section.clone(),
                summary: String::new(),
                rows: vec![row],
            }),
        }
    }
    for section in &mut sections {
        section.summary = format!(
            "{}: {}",
            section.name,
            words::count(section.rows.len(), "field", "fields")
        );
    }
    let summary = &form.form;
    page(&FormPage {
        page: PageFrame::of(&house, &summary.name).await?,
        crumbs: vec![Link::new("Return forms", "/forms")],
        funder: summary.funder.clone(),
        name: format!("{}, {}", summary.name, summary.version),
        sentence: if summary.current {
            "This version is in use. It never changes; what the funder changes is a new version."
                .to_owned()
        } else {
            "The funder has replaced this version. Returns that were made on it stay as they are."
                .to_owned()
        },
        facts: vec![
            Fact::new(
                "Funder’s code",
                summary
                    .funder_form_code
                    .clone()
                    .unwrap_or_else(|| "None".to_owned()),
            ),
            Fact::new("Fields", summary.fields.to_string()),
            Fact::new("In use since", words::instant(&summary.created_at)),
            Fact::new("Workbook", form.file_name.clone()),
            Fact::new("Its fingerprint (SHA-256)", form.file_sha256.clone()),
        ],
        next_version: if summary.current && house.ctx.require(Operation::StartFormDraft).is_ok() {
            format!("/forms/new?replaces={id}")
        } else {
            String::new()
        },
        workbook_href: format!("/forms/{id}/workbook"),
        sections,
    })
}

async fn workbook(house: House, id: web::Path<ReturnFormId>) -> Result<HttpResponse, Fault> {
    let file = view::workbook(&house.db, &house.ctx, id.into_inner()).await?;
    Ok(download(file))
}
