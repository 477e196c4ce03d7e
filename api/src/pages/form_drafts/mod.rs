//! A form that is being mapped: what to look at, what is settled, what is next.

mod fields;
mod section;
mod trial;

use std::collections::HashMap;

use actix_web::{HttpResponse, web};
use askama::Template;
use domain::access::rules::Operation;
use domain::forms::ops::{self, NewField, Settle, Which};
use domain::forms::view::{self, DraftField, DraftView};
use entity::{DraftFieldState, FieldKind, FormDraftId};

use super::awards::form::Typed;
use super::fields::{Fields, Wrong};
use super::form::{Choice, Field, filled};
use super::return_forms::kind_in_words;
use super::shapes::Section;
use super::{Link, PageFrame, page, see_other, words};
use crate::http::forms::PageForm;
use crate::http::{Fault, House};

pub fn configure(config: &mut web::ServiceConfig) {
    config
        .service(
            web::resource("/form-drafts/{id}")
                .route(web::get().to(one))
                .route(web::post().to(rename)),
        )
        .service(web::resource("/form-drafts/{id}/settled").route(web::post().to(settle)))
        .service(web::resource("/form-drafts/{id}/fields").route(web::post().to(add)))
        .service(web::resource("/form-drafts/{id}/use").route(web::post().to(use_it)))
        .service(web::resource("/form-drafts/{id}/given-up").route(web::post().to(give_up)))
        .service(
            web::resource("/form-drafts/{id}/sections/{n}")
                .route(web::get().to(section::section))
                .route(web::post().to(section::settle)),
        )
        .service(
            web::resource("/form-drafts/{id}/fields/{field}")
                .route(web::get().to(fields::one))
                .route(web::post().to(fields::change_one)),
        )
        .service(
            web::resource("/form-drafts/{id}/bundles/{field}")
                .route(web::get().to(fields::bundle))
                .route(web::post().to(fields::change_bundle)),
        )
        .service(web::resource("/form-drafts/{id}/trial").route(web::get().to(trial::look)))
        .service(
            web::resource("/form-drafts/{id}/trial/workbook").route(web::get().to(trial::workbook)),
        );
}

/// Fields that are settled together.
struct Bundle<'a> {
    fields: Vec<&'a DraftField>,
}

impl Bundle<'_> {
    fn first(&self) -> &DraftField {
        // A bundle is made of the fields that are in it.
        self.fields[0]
    }

    fn is_open(&self) -> bool {
        self.fields
            .iter()
            .any(|field| field.state == DraftFieldState::Open)
    }

    fn needs_a_look(&self) -> bool {
        self.fields
            .iter()
            .any(|field| field.state == DraftFieldState::Open && !field.attention.is_empty())
    }

    /// What its fields are called together.
    fn title(&self) -> String {
        let first = &self.first().label;
        if self.fields.len() == 1 {
            return first.clone();
        }
        let cut = |text: &str, by: &str| {
            text.rsplit_once(by)
                .map_or(text, |(start, _)| start)
                .to_owned()
        };
        for by in [": ", ", row "] {
            let start = cut(first, by);
            if start.len() < first.len()
                && self
                    .fields
                    .iter()
                    .all(|field| cut(&field.label, by) == start)
            {
                return start;
            }
        }
        format!("{first}, and {} more", self.fields.len() - 1)
    }

    /// "Finances, cells C17 to P17".
    fn place(&self) -> String {
        let first = self.first();
        if first.cell.is_empty() {
            return "It stands nowhere in this workbook".to_owned();
        }
        match self.fields.last() {
            Some(last) if self.fields.len() > 1 => {
                format!("{}, cells {} to {}", first.sheet, first.cell, last.cell)
            }
            _ => format!("{}, cell {}", first.sheet, first.cell),
        }
    }

    /// Where it is changed.
    fn href(&self, draft: FormDraftId) -> String {
        let kind = if self.fields.len() > 1 {
            "bundles"
        } else {
            "fields"
        };
        format!("/form-drafts/{draft}/{kind}/{}", self.first().id)
    }

    /// Each thing to look at, once.
    fn attention(&self) -> Vec<String> {
        let mut all: Vec<String> = Vec::new();
        for text in self.fields.iter().flat_map(|field| &field.attention) {
            if !all.contains(text) {
                all.push(text.clone());
            }
        }
        all
    }

    fn state(&self) -> (&'static str, &'static str) {
        if self.needs_a_look() {
            return ("Look at this", "waiting");
        }
        if self.is_open() {
            return ("Not settled", "todo");
        }
        let kept = self
            .fields
            .iter()
            .filter(|field| field.state == DraftFieldState::Kept)
            .count();
        match kept {
            0 => ("Left out", "off"),
            n if n == self.fields.len() => ("Kept", "done"),
            _ => ("Kept in part", "done"),
        }
    }
}

/// The fields of a draft in their bundles, in the order of the form.
fn bundles<'a>(fields: impl IntoIterator<Item = &'a DraftField>) -> Vec<Bundle<'a>> {
    let mut places: HashMap<&str, usize> = HashMap::new();
    let mut all: Vec<Bundle<'_>> = Vec::new();
    for field in fields {
        match places.get(field.bundle.as_str()) {
            Some(place) => all[*place].fields.push(field),
            None => {
                places.insert(&field.bundle, all.len());
                all.push(Bundle {
                    fields: vec![field],
                });
            }
        }
    }
    all
}

/// Headings in the order of the form.
fn sections(draft: &DraftView) -> Vec<&str> {
    let mut names: Vec<&str> = Vec::new();
    for field in &draft.questions {
        if !names.contains(&field.section.as_str()) {
            names.push(&field.section);
        }
    }
    names
}

#[derive(Template)]
#[template(path = "pages/form_draft.html")]
struct DraftPage {
    page: PageFrame,
    crumbs: Vec<Link>,
    funder: String,
    name: String,
    sentence: String,
    settled: u64,
    total: u64,
    errors: Vec<Link>,
    notes: Vec<String>,
    address: String,
    version: i64,
    may_change: bool,
    closed: Option<Link>,
    clear: usize,
    open: usize,
    trial_href: String,
    keep_words: String,
    keep_all_words: String,
    looks: Vec<Section>,
    more_looks: usize,
    sections: Vec<Section>,
    naming: Vec<Field>,
    adding: Vec<Field>,
}

/// How many things to look at are told on the first page.
const LOOKS: usize = 25;

async fn shown(
    house: &House,
    id: FormDraftId,
    typed: &Fields,
    wrong: &Wrong,
) -> Result<HttpResponse, Fault> {
    let draft = view::draft(&house.db, &house.ctx, id).await?;
    let summary = &draft.draft;
    let all = bundles(&draft.questions);
    let names = sections(&draft);
    let looks: Vec<&Bundle<'_>> = all.iter().filter(|bundle| bundle.needs_a_look()).collect();
    let open: Vec<&DraftField> = draft
        .questions
        .iter()
        .filter(|field| field.state == DraftFieldState::Open)
        .collect();
    let clear = open
        .iter()
        .filter(|field| field.attention.is_empty())
        .count();
    let is_open = summary.used_as_id.is_none() && !summary.given_up;
    let may_change = is_open && house.ctx.require(Operation::ChangeFormDraft).is_ok();
    let mut title = summary.name.clone();
    if !wrong.is_empty() {
        title.insert_str(0, "Error: ");
    }
    let typed_or = |name: &str, now: &str| match typed.some(name) {
        Some(text) => text.to_owned(),
        None => now.to_owned(),
    };
    let naming_typed = Fields::default()
        .with("name", typed_or("name", &summary.name))
        .with(
            "version_label",
            typed_or("version_label", &summary.version_label),
        )
        .with(
            "funder_form_code",
            typed_or(
                "funder_form_code",
                summary.funder_form_code.as_deref().unwrap_or_default(),
            ),
        );
    let (mut errors, naming) = filled(
        vec![
            Field::text("name", "What is the form called?"),
            Field::text("version_label", "Which version of it is this?").width("w20"),
            Field::text(
                "funder_form_code",
                "The funder’s code of the form (optional)",
            )
            .width("w20"),
        ],
        &naming_typed,
        wrong,
    );
    let (_, adding) = filled(
        vec![
            Field::text("at", "Where does it stand?")
                .hint("Sheet and cell, such as Finances!E17 or 'Sign off'!C8")
                .width("w20"),
            Field::text("label", "What does it ask?"),
            Field::select(
                "kind",
                "What kind of answer?",
                FieldKind::all()
                    .map(|kind| Choice::new(kind.slug(), kind_in_words(kind)))
                    .collect(),
            ),
        ],
        typed,
        wrong,
    );
    for name in ["at", "label"] {
        let text = wrong.of(name);
        for error in errors
            .iter_mut()
            .filter(|error| !text.is_empty() && error.text == text)
        {
            error.href = format!("#{name}");
        }
    }
    let more_looks = looks.len().saturating_sub(LOOKS);
    let page_of = DraftPage {
        page: PageFrame::of(house, &title).await?,
        crumbs: vec![Link::new("Return forms", "/forms")],
        funder: summary.funder.clone(),
        name: format!("{}, {}", summary.name, summary.version_label),
        sentence: sentence(&draft, looks.len()),
        settled: summary.settled,
        total: summary.fields,
        errors,
        notes: draft.notes.clone(),
        address: format!("/form-drafts/{id}"),
        version: summary.version,
        may_change,
        closed: match (summary.used_as_id, summary.given_up) {
            (Some(form), _) => Some(Link::new("Look at the form", format!("/forms/{form}"))),
            (None, true) => Some(Link::new("Return forms", "/forms")),
            (None, false) => None,
        },
        clear,
        open: open.len(),
        trial_href: format!("/form-drafts/{id}/trial"),
        keep_words: match clear {
            1 => "Keep the one that looks right".to_owned(),
            n => format!("Keep the {n} that look right"),
        },
        keep_all_words: format!("Keep all {}", open.len()),
        looks: looks
            .iter()
            .take(LOOKS)
            .map(|bundle| Section {
                name: bundle.title(),
                href: bundle.href(id),
                hint: format!("{}. {}", bundle.place(), bundle.attention().join(" ")),
                state: "Look at this".to_owned(),
                kind: "waiting".to_owned(),
            })
            .collect(),
        more_looks,
        sections: names
            .iter()
            .enumerate()
            .map(|(n, name)| {
                let own: Vec<&DraftField> = draft
                    .questions
                    .iter()
                    .filter(|field| field.section == **name)
                    .collect();
                let settled = own
                    .iter()
                    .filter(|field| field.state != DraftFieldState::Open)
                    .count();
                let (state, kind) = match settled {
                    n if n == own.len() => ("Settled", "done"),
                    0 => ("Not begun", "todo"),
                    _ => ("Begun", "doing"),
                };
                Section {
                    name: (*name).to_owned(),
                    href: format!("/form-drafts/{id}/sections/{n}"),
                    hint: format!(
                        "{settled} of {} settled",
                        words::count(own.len(), "field", "fields")
                    ),
                    state: state.to_owned(),
                    kind: kind.to_owned(),
                }
            })
            .collect(),
        naming,
        adding,
    };
    let mut reply = page(&page_of)?;
    if !wrong.is_empty() {
        super::mark_as_wrong(&mut reply);
    }
    Ok(reply)
}

fn sentence(draft: &DraftView, looks: usize) -> String {
    let summary = &draft.draft;
    if summary.used_as_id.is_some() {
        return "This is in use as a form now.".to_owned();
    }
    if summary.given_up {
        return "This was given up.".to_owned();
    }
    let next = match looks {
        0 if summary.settled == summary.fields => "It can be used.".to_owned(),
        0 => "Nothing is odd about the others.".to_owned(),
        1 => "One thing needs a look.".to_owned(),
        n => format!("{n} things need a look."),
    };
    format!("{}. {next}", summary.progress)
}

async fn one(house: House, id: web::Path<FormDraftId>) -> Result<HttpResponse, Fault> {
    shown(
        &house,
        id.into_inner(),
        &Fields::default(),
        &Wrong::default(),
    )
    .await
}

async fn rename(
    house: House,
    id: web::Path<FormDraftId>,
    PageForm(sent): Typed,
) -> Result<HttpResponse, Fault> {
    house.ctx.require(Operation::ChangeFormDraft)?;
    let id = id.into_inner();
    let fields = Fields(sent);
    let changed = ops::change(
        &house.db,
        &house.ctx,
        id,
        fields.version(),
        &fields.text("name"),
        &fields.text("version_label"),
        fields.some("funder_form_code"),
    )
    .await;
    let mut wrong = Wrong::default();
    match changed {
        Ok(()) => return Ok(see_other(&format!("/form-drafts/{id}"))),
        Err(domain::Error::Invalid(mut errors)) => {
            for error in &mut errors {
                if error.pointer == "/version" {
                    "/version_label".clone_into(&mut error.pointer);
                }
            }
            wrong.take(domain::Error::Invalid(errors))?;
        }
        Err(other) => wrong.take(other)?,
    }
    shown(&house, id, &fields, &wrong).await
}

async fn settle(
    house: House,
    id: web::Path<FormDraftId>,
    PageForm(sent): Typed,
) -> Result<HttpResponse, Fault> {
    house.ctx.require(Operation::ChangeFormDraft)?;
    let id = id.into_inner();
    let which = match Fields(sent).some("which") {
        Some("open") => Which::Open,
        _ => Which::Clear,
    };
    ops::settle(
        &house.db,
        &house.ctx,
        id,
        None,
        &Settle {
            which,
            state: DraftFieldState::Kept,
        },
    )
    .await?;
    Ok(see_other(&format!("/form-drafts/{id}")))
}

async fn add(
    house: House,
    id: web::Path<FormDraftId>,
    PageForm(sent): Typed,
) -> Result<HttpResponse, Fault> {
    house.ctx.require(Operation::ChangeFormDraft)?;
    let id = id.into_inner();
    let fields = Fields(sent);
    let mut wrong = Wrong::default();
    let kind = wrong.chosen(&fields, "kind", FieldKind::from_slug);
    if fields.some("at").is_none() {
        wrong.add("at", "Say where it stands, such as Finances!E17.");
    }
    if let (true, Some(kind)) = (wrong.is_empty(), kind) {
        let new = NewField {
            at: fields.text("at"),
            label: fields.text("label"),
            kind,
        };
        match ops::add_field(&house.db, &house.ctx, id, None, &new).await {
            Ok(field) => return Ok(see_other(&format!("/form-drafts/{id}/fields/{field}"))),
            Err(error) => wrong.take(error)?,
        }
    }
    shown(&house, id, &fields, &wrong).await
}

async fn use_it(
    house: House,
    id: web::Path<FormDraftId>,
    PageForm(sent): Typed,
) -> Result<HttpResponse, Fault> {
    house.ctx.require(Operation::UseFormDraft)?;
    let id = id.into_inner();
    let fields = Fields(sent);
    let mut wrong = Wrong::default();
    match ops::use_draft(&house.db, &house.ctx, id, fields.version()).await {
        Ok(form) => return Ok(see_other(&format!("/forms/{form}"))),
        Err(domain::Error::Invalid(errors)) => {
            for (n, error) in errors.into_iter().enumerate() {
                wrong.add(&format!("problem-{n}"), error.detail);
            }
        }
        Err(other) => wrong.take(other)?,
    }
    shown(&house, id, &Fields::default(), &wrong).await
}

async fn give_up(
    house: House,
    id: web::Path<FormDraftId>,
    PageForm(sent): Typed,
) -> Result<HttpResponse, Fault> {
    let version = Fields(sent).version();
    ops::give_up(&house.db, &house.ctx, id.into_inner(), version).await?;
    Ok(see_other("/forms"))
}
