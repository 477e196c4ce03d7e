//! One sheet of a form that is being mapped: what needs a look first, then the rest, row by row.

use actix_web::{HttpResponse, web};
use askama::Template;
use domain::access::rules::Operation;
use domain::forms::ops::{self, Settle, Which};
use domain::forms::view::{self, DraftField};
use domain::{Error, forms::view::DraftView};
use entity::{DraftFieldState, FormDraftId};

use super::super::awards::form::Typed;
use super::super::fields::Fields;
use super::super::return_forms::kind_in_words;
use super::super::{Link, PageFrame, page, see_other, words};
use super::{Bundle, bundles, sections};
use crate::http::forms::PageForm;
use crate::http::{Fault, House};

#[derive(Template)]
#[template(path = "pages/form_draft_section.html")]
struct SectionPage {
    page: PageFrame,
    crumbs: Vec<Link>,
    form: String,
    name: String,
    sentence: String,
    address: String,
    may_change: bool,
    open: usize,
    items: Vec<Item>,
    next: Option<Link>,
}

/// Fields that are settled together.
struct Item {
    id: String,
    bundle: String,
    title: String,
    place: String,
    href: String,
    kind: String,
    source: String,
    reason: String,
    attention: Vec<String>,
    example: String,
    state: &'static str,
    tag: &'static str,
    kept: bool,
    left_out: bool,
}

fn place_of(draft: &DraftView, n: usize) -> Result<&str, Fault> {
    Ok(sections(draft).get(n).copied().ok_or(Error::NotFound)?)
}

pub async fn section(
    house: House,
    at: web::Path<(FormDraftId, usize)>,
) -> Result<HttpResponse, Fault> {
    let (id, n) = at.into_inner();
    let draft = view::draft(&house.db, &house.ctx, id).await?;
    let name = place_of(&draft, n)?.to_owned();
    let own: Vec<&DraftField> = draft
        .questions
        .iter()
        .filter(|field| field.section == name)
        .collect();
    let settled = own
        .iter()
        .filter(|field| field.state != DraftFieldState::Open)
        .count();
    let mut all = bundles(own.iter().copied());
    all.sort_by_key(|bundle| match (bundle.needs_a_look(), bundle.is_open()) {
        (true, _) => 0,
        (false, true) => 1,
        (false, false) => 2,
    });
    let summary = &draft.draft;
    let open = own.len() - settled;
    page(&SectionPage {
        page: PageFrame::of(&house, &name).await?,
        crumbs: vec![
            Link::new("Return forms", "/forms"),
            Link::new(summary.name.clone(), format!("/form-drafts/{id}")),
        ],
        form: format!("{}, {}", summary.name, summary.version_label),
        sentence: format!(
            "{settled} of {} settled.",
            words::count(own.len(), "field is", "fields are")
                .replace(" is", "")
                .replace(" are", "")
        ),
        address: format!("/form-drafts/{id}/sections/{n}"),
        may_change: summary.used_as_id.is_none()
            && !summary.given_up
            && house.ctx.require(Operation::ChangeFormDraft).is_ok(),
        open,
        items: all.iter().map(|bundle| item(bundle, id)).collect(),
        next: sections(&draft).get(n + 1).map(|next| {
            Link::new(
                format!("Next: {next}"),
                format!("/form-drafts/{id}/sections/{}", n + 1),
            )
        }),
        name,
    })
}

fn item(bundle: &Bundle<'_>, id: FormDraftId) -> Item {
    let first = bundle.first();
    let (state, tag) = bundle.state();
    let same = |text: fn(&DraftField) -> &str| {
        bundle.fields.iter().all(|field| text(field) == text(first))
    };
    let many = bundle.fields.len() > 1;
    let mut kind = if same(|field| kind_in_words(field.kind)) {
        kind_in_words(first.kind).to_owned()
    } else {
        "Of several kinds".to_owned()
    };
    if many {
        kind = format!("{} fields. {kind}", bundle.fields.len());
    }
    let required = bundle.fields.iter().filter(|field| field.required).count();
    match required {
        0 => kind.push_str(", optional"),
        n if n < bundle.fields.len() => kind.push_str(", some optional"),
        _ => {}
    }
    if let Some(limit) = first.word_limit {
        kind.push_str(&format!(", up to {limit} words"));
    }
    if !first.choices.is_empty() && first.choices.len() <= 6 {
        kind.push_str(&format!(": {}", first.choices.join(", ")));
    } else if !first.choices.is_empty() {
        kind.push_str(&format!(": {} choices", first.choices.len()));
    }
    let source = match bundle.fields.last() {
        Some(last) if many && last.source_in_words != first.source_in_words => {
            format!("{} … {}", first.source_in_words, last.source_in_words)
        }
        _ => first.source_in_words.clone(),
    };
    let example = bundle
        .fields
        .iter()
        .find(|field| !field.example.is_empty())
        .map(|field| field.example.clone())
        .unwrap_or_default();
    let kept = bundle
        .fields
        .iter()
        .all(|field| field.state == DraftFieldState::Kept);
    let left_out = bundle
        .fields
        .iter()
        .all(|field| field.state == DraftFieldState::LeftOut);
    Item {
        id: first.id.to_string(),
        bundle: first.bundle.clone(),
        title: bundle.title(),
        place: bundle.place(),
        href: bundle.href(id),
        kind,
        source,
        reason: first.reason.clone(),
        attention: if bundle.is_open() {
            bundle.attention()
        } else {
            Vec::new()
        },
        example: example.chars().take(160).collect(),
        state,
        tag,
        kept,
        left_out,
    }
}

pub async fn settle(
    house: House,
    at: web::Path<(FormDraftId, usize)>,
    PageForm(sent): Typed,
) -> Result<HttpResponse, Fault> {
    house.ctx.require(Operation::ChangeFormDraft)?;
    let (id, n) = at.into_inner();
    let fields = Fields(sent);
    let here = format!("/form-drafts/{id}/sections/{n}");
    let (which, state, to) = if let Some(bundle) = fields.some("keep") {
        (
            Which::Bundle(bundle.to_owned()),
            DraftFieldState::Kept,
            here,
        )
    } else if let Some(bundle) = fields.some("leave") {
        (
            Which::Bundle(bundle.to_owned()),
            DraftFieldState::LeftOut,
            here,
        )
    } else {
        let draft = view::draft(&house.db, &house.ctx, id).await?;
        let section = place_of(&draft, n)?.to_owned();
        let state = match fields.some("rest") {
            Some("left-out") => DraftFieldState::LeftOut,
            _ => DraftFieldState::Kept,
        };
        (Which::Section(section), state, format!("/form-drafts/{id}"))
    };
    ops::settle(&house.db, &house.ctx, id, None, &Settle { which, state }).await?;
    Ok(see_other(&to))
}
