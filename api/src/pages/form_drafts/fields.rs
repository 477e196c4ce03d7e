//! One field of a form that is being mapped, or the fields of one row together: what it asks, and
//! where its answer comes from.

use actix_web::{HttpResponse, web};
use askama::Template;
use domain::Error;
use domain::access::rules::Operation;
use domain::forms::ops::{self, FieldChange, Which};
use domain::forms::rules::{Filters, Rounding, SOURCES, Source, Unit, Vocabulary};
use domain::forms::view::{self, DraftField, DraftView};
use entity::{DraftFieldState, FieldKind, FormDraftFieldId, FormDraftId};

use super::super::awards::form::Typed;
use super::super::fields::{Fields, Wrong};
use super::super::form::{Choice, Field, filled};
use super::super::return_forms::kind_in_words;
use super::super::{Link, PageFrame, mark_as_wrong, page, see_other};
use super::{Bundle, sections};
use crate::http::forms::PageForm;
use crate::http::{Fault, House};

#[derive(Template)]
#[template(path = "pages/form_draft_field.html")]
struct FieldPage {
    page: PageFrame,
    crumbs: Vec<Link>,
    above: String,
    name: String,
    errors: Vec<Link>,
    attention: Vec<String>,
    notes: Vec<String>,
    members: Vec<Link>,
    together: String,
    action: String,
    version: i64,
    may_change: bool,
    fields: Vec<Field>,
}

/// What is chosen where the fields of a row differ: each stays as it is.
const AS_EACH: &str = "as-each";

fn find<'a>(draft: &'a DraftView, id: FormDraftFieldId, whole: bool) -> Result<Bundle<'a>, Fault> {
    let field = draft
        .questions
        .iter()
        .find(|field| field.id == id)
        .ok_or(Error::NotFound)?;
    let fields = if whole {
        draft
            .questions
            .iter()
            .filter(|other| other.bundle == field.bundle)
            .collect()
    } else {
        vec![field]
    };
    Ok(Bundle { fields })
}

/// What all of a bundle have alike, or nothing.
fn alike<T: PartialEq>(bundle: &Bundle<'_>, of: impl Fn(&DraftField) -> T) -> Option<T> {
    let first = of(bundle.first());
    bundle
        .fields
        .iter()
        .all(|field| of(field) == first)
        .then_some(first)
}

fn filters_of(field: &DraftField) -> Filters {
    field
        .binding
        .as_ref()
        .map(|binding| binding.filters.clone())
        .unwrap_or_default()
}

/// What the form begins with.
fn as_it_is(bundle: &Bundle<'_>) -> Fields {
    let first = bundle.first();
    let mut typed = Fields::default();
    if bundle.fields.len() == 1 {
        typed = typed
            .with("label", first.label.clone())
            .with("guidance", first.guidance.clone())
            .with("at", first.at.clone());
    }
    let slug = |slug: Option<&str>| slug.unwrap_or(AS_EACH).to_owned();
    typed = typed
        .with(
            "kind",
            slug(alike(bundle, |field| field.kind).map(FieldKind::slug)),
        )
        .with(
            "required",
            slug(alike(bundle, |field| field.required).map(|yes| if yes { "yes" } else { "no" })),
        )
        .with(
            "word_limit",
            alike(bundle, |field| field.word_limit)
                .flatten()
                .map(|limit| limit.to_string())
                .unwrap_or_default(),
        )
        .with("choices", first.choices.join("\n"))
        .with(
            "unit",
            slug(alike(bundle, |field| field.unit).flatten().map(Unit::slug)),
        )
        .with(
            "rounding",
            slug(
                alike(bundle, |field| field.rounding)
                    .flatten()
                    .map(Rounding::slug),
            ),
        );
    let source = alike(bundle, |field| field.source.clone());
    let source = match source {
        Some(Some(slug)) => slug,
        _ => AS_EACH.to_owned(),
    };
    typed = typed.with("source", source);
    match alike(bundle, filters_of) {
        Some(filters) => {
            let shown = if filters == Filters::default() {
                "all"
            } else {
                "chosen"
            };
            typed = typed
                .with("counts", shown)
                .with("fence", filters.fence.unwrap_or_default())
                .with(
                    "capital",
                    match filters.capital {
                        None => "both",
                        Some(true) => "capital",
                        Some(false) => "revenue",
                    },
                );
            for category in filters.category.unwrap_or_default() {
                typed = typed.with("category", category);
            }
        }
        None => typed = typed.with("counts", AS_EACH).with("capital", "both"),
    }
    let binding = first.binding.as_ref();
    typed
        .with(
            "quarter",
            binding
                .and_then(|binding| binding.period)
                .and_then(|period| period.index)
                .map(|n| n.to_string())
                .unwrap_or_default(),
        )
        .with(
            "row",
            binding
                .and_then(|binding| binding.row)
                .map(|n| n.to_string())
                .unwrap_or_default(),
        )
        .with(
            "text",
            binding
                .and_then(|binding| binding.text.clone())
                .unwrap_or_default(),
        )
}

fn inputs(bundle: &Bundle<'_>, vocabulary: &Vocabulary) -> Vec<Field> {
    let many = bundle.fields.len() > 1;
    let each = |mut choices: Vec<Choice>, differ: bool| {
        if differ {
            choices.insert(0, Choice::new(AS_EACH, "As each has it now"));
        }
        choices
    };
    let mut fields = Vec::new();
    if !many {
        fields.extend([
            Field::text("label", "What does it ask?"),
            Field::area("guidance", "How is it answered? (optional)"),
        ]);
    }
    fields.extend([
        Field::select(
            "kind",
            "What kind of answer?",
            each(
                FieldKind::all()
                    .map(|kind| Choice::new(kind.slug(), kind_in_words(kind)))
                    .collect(),
                alike(bundle, |field| field.kind).is_none(),
            ),
        ),
        Field::select(
            "required",
            "Must it be answered?",
            each(
                vec![Choice::new("yes", "Yes"), Choice::new("no", "No")],
                alike(bundle, |field| field.required).is_none(),
            ),
        ),
        Field::text("word_limit", "Most words (text only, optional)").width("w5"),
        Field::area(
            "choices",
            "Its choices, one on each line (choice and yes or no only)",
        )
        .hint("As the form has them. For yes or no: the form’s yes, then its no."),
        Field::select(
            "unit",
            "Amounts are written in (money only)",
            each(
                vec![
                    Choice::new(Unit::Pounds.slug(), "Pounds"),
                    Choice::new(Unit::Thousands.slug(), "Thousands of pounds"),
                ],
                true,
            ),
        ),
        Field::select(
            "rounding",
            "Amounts are rounded to (money only)",
            each(
                vec![
                    Choice::new(Rounding::Pence.slug(), "Pence"),
                    Choice::new(Rounding::Pounds.slug(), "Whole pounds"),
                    Choice::new(Rounding::Thousands.slug(), "Whole thousands"),
                ],
                true,
            ),
        ),
        Field::heading("Where the answer comes from"),
        Field::select(
            "source",
            "It is filled with",
            each(
                std::iter::once(Choice::new("person", "A person answers it"))
                    .chain(SOURCES.iter().map(|source| {
                        Choice::new(source.slug, format!("{}: {}", source.group, source.words))
                    }))
                    .collect(),
                !matches!(alike(bundle, |field| field.source.clone()), Some(Some(_))),
            ),
        ),
        Field::select(
            "counts",
            "What is counted of spend, forecast or the award?",
            each(
                vec![
                    Choice::new("all", "Everything"),
                    Choice::new("chosen", "Only what is chosen below"),
                ],
                alike(bundle, filters_of).is_none(),
            ),
        ),
        Field::select(
            "fence",
            "Part of the award",
            std::iter::once(Choice::new("", "Any"))
                .chain(
                    vocabulary
                        .fences
                        .iter()
                        .map(|fence| Choice::new(&fence.slug, fence.name.clone())),
                )
                .collect(),
        ),
        Field::select(
            "capital",
            "Capital or revenue",
            vec![
                Choice::new("both", "Both"),
                Choice::new("capital", "Capital"),
                Choice::new("revenue", "Revenue"),
            ],
        ),
        Field::checkboxes(
            "category",
            "Cost categories",
            vocabulary
                .categories
                .iter()
                .map(|category| Choice::new(&category.slug, category.name.clone()))
                .collect(),
        )
        .hint("Choose none for all."),
        Field::text(
            "quarter",
            if many {
                "Quarter of the grid of the first; each next field has the next"
            } else {
                "Quarter of the grid (for a quarter of the form’s grid)"
            },
        )
        .width("w5"),
        Field::text(
            "row",
            if many {
                "Number of the first source of match, or signature; each next field has the next"
            } else {
                "Number of the source of match, or of the signature"
            },
        )
        .width("w5"),
        Field::text("text", "The words, if they are always the same"),
    ]);
    if !many {
        fields.extend([
            Field::heading("Where it stands"),
            Field::text("at", "Cell, name or place between markers").hint(
                "Finances!E17, name:Grid_Start or between:A-START..A-END!r3c3: rows and columns counted from the first marker",
            ),
        ]);
    }
    fields
}

async fn shown(
    house: &House,
    at: (FormDraftId, FormDraftFieldId),
    whole: bool,
    typed: Option<&Fields>,
    wrong: &Wrong,
) -> Result<HttpResponse, Fault> {
    let (id, field) = at;
    let draft = view::draft(&house.db, &house.ctx, id).await?;
    let bundle = find(&draft, field, whole)?;
    let first = bundle.first();
    let begin = as_it_is(&bundle);
    let (errors, fields) = filled(
        inputs(&bundle, &draft.vocabulary),
        typed.unwrap_or(&begin),
        wrong,
    );
    let summary = &draft.draft;
    let n = sections(&draft)
        .iter()
        .position(|name| *name == first.section)
        .unwrap_or(0);
    let title = bundle.title();
    let mut notes = vec![format!("{}. {}", bundle.place(), first.why)];
    if !first.reason.is_empty() {
        notes.push(format!("Why this is suggested: {}", first.reason));
    }
    if !first.example.is_empty() {
        notes.push(format!(
            "In the copy that was submitted before, this stood there: “{}”.",
            first.example
        ));
    }
    let kind = if whole { "bundles" } else { "fields" };
    let mut browser_title = title.clone();
    if !wrong.is_empty() {
        browser_title.insert_str(0, "Error: ");
    }
    let mut reply = page(&FieldPage {
        page: PageFrame::of(house, &browser_title).await?,
        crumbs: vec![
            Link::new("Return forms", "/forms"),
            Link::new(summary.name.clone(), format!("/form-drafts/{id}")),
            Link::new(
                first.section.clone(),
                format!("/form-drafts/{id}/sections/{n}"),
            ),
        ],
        above: first.section.clone(),
        name: title,
        errors,
        attention: bundle.attention(),
        notes,
        together: format!("{} fields are changed together", bundle.fields.len()),
        members: if bundle.fields.len() > 1 {
            bundle
                .fields
                .iter()
                .map(|field| {
                    Link::new(
                        format!("{} ({})", field.label, field.cell),
                        format!("/form-drafts/{id}/fields/{}", field.id),
                    )
                })
                .collect()
        } else {
            Vec::new()
        },
        action: format!("/form-drafts/{id}/{kind}/{field}"),
        version: summary.version,
        may_change: summary.used_as_id.is_none()
            && !summary.given_up
            && house.ctx.require(Operation::ChangeFormDraft).is_ok(),
        fields,
    })?;
    if !wrong.is_empty() {
        mark_as_wrong(&mut reply);
    }
    Ok(reply)
}

pub async fn one(
    house: House,
    at: web::Path<(FormDraftId, FormDraftFieldId)>,
) -> Result<HttpResponse, Fault> {
    shown(&house, at.into_inner(), false, None, &Wrong::default()).await
}

pub async fn bundle(
    house: House,
    at: web::Path<(FormDraftId, FormDraftFieldId)>,
) -> Result<HttpResponse, Fault> {
    shown(&house, at.into_inner(), true, None, &Wrong::default()).await
}

pub async fn change_one(
    house: House,
    at: web::Path<(FormDraftId, FormDraftFieldId)>,
    PageForm(sent): Typed,
) -> Result<HttpResponse, Fault> {
    change(house, at.into_inner(), false, Fields(sent)).await
}

pub async fn change_bundle(
    house: House,
    at: web::Path<(FormDraftId, FormDraftFieldId)>,
    PageForm(sent): Typed,
) -> Result<HttpResponse, Fault> {
    change(house, at.into_inner(), true, Fields(sent)).await
}

async fn change(
    house: House,
    at: (FormDraftId, FormDraftFieldId),
    whole: bool,
    fields: Fields,
) -> Result<HttpResponse, Fault> {
    house.ctx.require(Operation::ChangeFormDraft)?;
    let (id, field) = at;
    let draft = view::draft(&house.db, &house.ctx, id).await?;
    let bundle = find(&draft, field, whole)?;
    let first = bundle.first();
    let mut wrong = Wrong::default();
    let what = read(&fields, &bundle, &mut wrong);
    if wrong.is_empty() {
        let which = if whole {
            Which::Bundle(first.bundle.clone())
        } else {
            Which::Field(field)
        };
        match ops::change_fields(&house.db, &house.ctx, id, &which, fields.version(), &what).await {
            Ok(_) => {
                let n = sections(&draft)
                    .iter()
                    .position(|name| *name == first.section)
                    .unwrap_or(0);
                return Ok(see_other(&format!("/form-drafts/{id}/sections/{n}")));
            }
            Err(error) => wrong.take(error)?,
        }
    }
    shown(&house, at, whole, Some(&fields), &wrong).await
}

/// What is to change. Where the fields of a row differ, "as each has it" changes nothing.
fn read(fields: &Fields, bundle: &Bundle<'_>, wrong: &mut Wrong) -> FieldChange {
    let chosen = |name: &str| {
        fields
            .some(name)
            .filter(|value| *value != AS_EACH)
            .map(str::to_owned)
    };
    let single = bundle.fields.len() == 1;
    let kind = chosen("kind").and_then(|slug| FieldKind::from_slug(&slug));
    let mut number = |name: &str, what: &str| -> Option<u16> {
        let typed = fields.some(name)?;
        let number = typed.parse().ok().filter(|n| (1..=400).contains(n));
        if number.is_none() {
            wrong.add(name, format!("Enter {what} as a number from 1."));
        }
        number
    };
    let source = chosen("source");
    let takes = source.as_deref().and_then(Source::from_slug);
    let quarter = takes
        .filter(Source::takes_quarter)
        .and_then(|_| number("quarter", "the quarter"));
    let row = takes
        .filter(Source::takes_row)
        .and_then(|_| number("row", "the row or signature"));
    let word_limit = match fields.some("word_limit") {
        None => Some(0),
        Some(typed) => match typed.parse::<i32>() {
            Ok(limit) => Some(limit),
            Err(_not_a_number) => {
                wrong.add(
                    "word_limit",
                    "Enter the most words as a number, or leave it empty.",
                );
                None
            }
        },
    };
    let filters = match fields.some("counts") {
        Some("all") => Some(Filters::default()),
        Some("chosen") => {
            let category: Vec<String> = fields.all("category").map(str::to_owned).collect();
            let before = filters_of(bundle.first());
            Some(Filters {
                fence: fields.some("fence").map(str::to_owned),
                category: (!category.is_empty()).then_some(category),
                capital: match fields.some("capital") {
                    Some("capital") => Some(true),
                    Some("revenue") => Some(false),
                    _ => None,
                },
                place: before.place,
                group: before.group,
            })
        }
        _ => None,
    };
    FieldChange {
        state: chosen("state").and_then(|slug| DraftFieldState::from_slug(&slug)),
        label: single.then(|| fields.text("label")),
        guidance: single.then(|| fields.text("guidance")),
        kind,
        required: chosen("required").map(|answer| answer == "yes"),
        word_limit,
        choices: fields
            .some("choices")
            .map(|text| text.lines().map(str::to_owned).collect()),
        unit: chosen("unit").and_then(|slug| Unit::from_slug(&slug)),
        rounding: chosen("rounding").and_then(|slug| Rounding::from_slug(&slug)),
        at: chosen("at").filter(|at| single && *at != bundle.first().at),
        source,
        filters,
        quarter,
        row,
        text: fields.some("text").map(str::to_owned),
    }
}
