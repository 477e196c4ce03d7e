//! Layouts of files (import profiles): guessed from a sample, completed by a person.

use std::collections::BTreeMap;

use actix_web::{HttpRequest, HttpResponse, web};
use askama::Template;
use domain::Error;
use domain::access::rules::Operation;
use domain::imports::ops::{self, SaveProfile};
use domain::imports::rules::{
    AmountRules, ColumnRef, DateFormat, Field, FileFormat, ImportProfile, SkipRule, SkipWhen,
    SpendSign, Unlisted, ValueMap,
};
use domain::imports::view;
use entity::ImportProfileId;

use super::super::{Link, PageFrame, page, see_other};
use super::parts::Choice;
use crate::http::forms::PageForm;
use crate::http::upload::Upload;
use crate::http::{Fault, House, forms};
use crate::json::import_profiles::reader;
use crate::pages::today::capital;

pub fn configure(config: &mut web::ServiceConfig) {
    config
        .service(
            web::resource("/import-profiles")
                .route(web::get().to(list))
                .route(web::post().to(create)),
        )
        .service(web::resource("/import-profiles/new").route(web::get().to(new)))
        .service(web::resource("/import-profiles/sample").route(web::post().to(sample)))
        .service(
            web::resource("/import-profiles/{id}")
                .route(web::get().to(edit))
                .route(web::post().to(change)),
        );
}

#[derive(Template)]
#[template(path = "pages/import_profiles.html")]
struct ProfilesPage {
    page: PageFrame,
    crumbs: Vec<Link>,
    rows: Vec<Row>,
    may_save: bool,
}

struct Row {
    name: String,
    href: String,
    system: String,
    columns: String,
}

async fn list(house: House) -> Result<HttpResponse, Fault> {
    let profiles = view::profiles(&house.db, &house.ctx, None, 200).await?;
    page(&ProfilesPage {
        page: PageFrame::of(&house, "Layouts of files").await?,
        crumbs: vec![Link::new("Imports", "/imports")],
        may_save: house.ctx.require(Operation::SaveProfile).is_ok(),
        rows: profiles
            .into_iter()
            .map(|profile| Row {
                href: format!("/import-profiles/{}", profile.id),
                system: profile.spec.system.clone(),
                columns: profile
                    .spec
                    .columns
                    .keys()
                    .map(|field| field.label())
                    .collect::<Vec<_>>()
                    .join(", "),
                name: profile.name,
            })
            .collect(),
    })
}

#[derive(Template)]
#[template(path = "pages/import_profile.html")]
struct ProfilePage {
    page: PageFrame,
    crumbs: Vec<Link>,
    heading: String,
    action: String,
    may_save: bool,
    errors: Vec<Link>,
    sample_error: String,
    open: Vec<String>,
    headings: Vec<String>,
    sample: Vec<Vec<String>>,
    version: i64,
    /// What the form does not show is carried along.
    spec: String,
    named: Input,
    system: Input,
    formats: Vec<Choice>,
    skip_rows: Input,
    columns: Vec<Input>,
    dates: Vec<Choice>,
    received_else_posted: bool,
    spend_is: Vec<Choice>,
    brackets: bool,
    skip_column: Input,
    skip_text: Input,
    defaults: Vec<Input>,
    words: Vec<Input>,
    history_href: String,
}

#[derive(Clone, Default)]
struct Input {
    name: String,
    label: String,
    hint: String,
    value: String,
    error: String,
}

impl Input {
    fn new(name: &str, label: &str, hint: &str, value: &str) -> Self {
        Self {
            name: name.to_owned(),
            label: label.to_owned(),
            hint: hint.to_owned(),
            value: value.to_owned(),
            error: String::new(),
        }
    }
}

/// Fields whose column the form asks for, with what helps to choose it.
const COLUMNS: &[(Field, &str)] = &[
    (Field::Transaction, "The ledger’s document number"),
    (Field::Line, "Its line within the document"),
    (
        Field::IncurredOn,
        "When goods or services were received: decides which award may pay",
    ),
    (Field::PostedOn, ""),
    (Field::Period, ""),
    (
        Field::Kind,
        "Invoice, accrual, journal, pay, recharge or credit",
    ),
    (
        Field::Amount,
        "Without VAT that is recovered. Or leave it empty and name a debit and a credit",
    ),
    (Field::Debit, ""),
    (Field::Credit, ""),
    (Field::CapitalOrRevenue, ""),
    (
        Field::Pool,
        "A column that tells the pool; its words are translated below. Or leave pool and cost \
         category empty, and name the ledger’s codes: the coding map then says both",
    ),
    (Field::Category, ""),
    (
        Field::CostCentre,
        "By this and the next two the coding map says pool and cost category",
    ),
    (Field::Account, ""),
    (Field::Project, ""),
    (Field::Supplier, ""),
    (
        Field::Commitment,
        "A line that names a contract’s reference counts against that contract",
    ),
    (Field::Description, ""),
    (Field::Place, ""),
    (Field::Group, ""),
];
/// Fields that may have a usual value.
const DEFAULTS: &[Field] = &[
    Field::Pool,
    Field::Category,
    Field::Kind,
    Field::CapitalOrRevenue,
];
/// Fields whose words are translated.
const WORDS: &[Field] = &[
    Field::Pool,
    Field::Category,
    Field::Kind,
    Field::CapitalOrRevenue,
];
const DATES: &[DateFormat] = &[
    DateFormat::DayMonthYear,
    DateFormat::YearMonthDay,
    DateFormat::DayNameYear,
    DateFormat::Compact,
    DateFormat::MonthDayYear,
    DateFormat::ExcelSerial,
];

/// Kinds of file, as the form names them.
const FORMATS: [(FileFormat, &str, &str); 3] = [
    (FileFormat::Auto, "auto", "CSV or a workbook, as it comes"),
    (FileFormat::Csv, "csv", "CSV"),
    (FileFormat::Xlsx, "xlsx", "A workbook (XLSX)"),
];

fn name_of(column: &ColumnRef) -> String {
    match column {
        ColumnRef::Header(name) => name.clone(),
        ColumnRef::Letter(letter) => format!("column {letter}"),
    }
}

fn column_named(text: &str) -> ColumnRef {
    match text.trim().strip_prefix("column ") {
        Some(letter) => ColumnRef::Letter(letter.trim().to_owned()),
        None => ColumnRef::Header(text.trim().to_owned()),
    }
}

fn slug_of(format: DateFormat) -> String {
    serde_json::to_value(format)
        .ok()
        .and_then(|value| value.as_str().map(str::to_owned))
        .unwrap_or_default()
}

async fn form(
    house: &House,
    heading: &str,
    action: &str,
    name: &str,
    spec: &ImportProfile,
) -> Result<ProfilePage, Fault> {
    let may_save = house.ctx.require(Operation::SaveProfile).is_ok();
    let in_words = |map: Option<&ValueMap>| {
        map.into_iter()
            .flat_map(|map| map.entries.iter())
            .map(|(from, to)| format!("{from} = {to}"))
            .collect::<Vec<_>>()
            .join("\n")
    };
    let skip = spec.skip.first();
    Ok(ProfilePage {
        page: PageFrame::of(house, heading).await?,
        crumbs: vec![
            Link::new("Imports", "/imports"),
            Link::new("Layouts of files", "/import-profiles"),
        ],
        heading: heading.to_owned(),
        // one that is saved already posts to its own address
        history_href: action
            .strip_prefix("/import-profiles/")
            .map_or_else(String::new, |id| format!("/history/import_profile/{id}")),
        action: action.to_owned(),
        may_save,
        errors: Vec::new(),
        sample_error: String::new(),
        open: Vec::new(),
        headings: Vec::new(),
        sample: Vec::new(),
        version: 0,
        spec: serde_json::to_string(spec).map_err(Error::from)?,
        named: Input::new(
            "name",
            "What do people call it?",
            "For example, Council ledger, monthly extract",
            name,
        ),
        system: Input::new(
            "system",
            "A short name for the finance system",
            "Small letters, figures and hyphens, such as council-ledger. It is part of how lines are known again: changing it later makes every line a new one.",
            &spec.system,
        ),
        formats: FORMATS
            .iter()
            .map(|(format, slug, words)| Choice {
                value: (*slug).to_owned(),
                text: (*words).to_owned(),
                hint: String::new(),
                selected: *format == spec.format,
            })
            .collect(),
        skip_rows: Input::new(
            "skip_rows",
            "Rows above the headings",
            "",
            &spec.skip_rows.to_string(),
        ),
        columns: COLUMNS
            .iter()
            .map(|(field, hint)| {
                let value = spec.columns.get(field).map(name_of).unwrap_or_default();
                Input::new(
                    &format!("column-{}", field.slug()),
                    &capital(field.label()),
                    hint,
                    &value,
                )
            })
            .collect(),
        dates: DATES
            .iter()
            .map(|format| Choice {
                value: slug_of(*format),
                text: format.example().to_owned(),
                hint: String::new(),
                selected: spec.dates.formats.contains(format),
            })
            .collect(),
        received_else_posted: spec.dates.received_else_posted,
        spend_is: vec![
            Choice::new(
                "positive",
                "Positive, credits negative",
                if spec.amounts.spend_is == SpendSign::Positive {
                    "positive"
                } else {
                    ""
                },
            ),
            Choice::new(
                "negative",
                "Negative, credits positive",
                if spec.amounts.spend_is == SpendSign::Negative {
                    "negative"
                } else {
                    ""
                },
            ),
        ],
        brackets: spec.amounts.brackets_are_negative,
        skip_column: Input::new(
            "skip_column",
            "Rows that are not spend: look at this column",
            "Such as the column where the last row says Total",
            &skip.map(|rule| name_of(&rule.column)).unwrap_or_default(),
        ),
        skip_text: Input::new(
            "skip_text",
            "and leave a row out when it begins with",
            "",
            &skip
                .map(|rule| match &rule.when {
                    SkipWhen::Empty => String::new(),
                    SkipWhen::Equals(text) | SkipWhen::StartsWith(text) => text.clone(),
                })
                .unwrap_or_default(),
        ),
        defaults: DEFAULTS
            .iter()
            .map(|field| {
                let value = spec
                    .defaults
                    .get(field)
                    .map(String::as_str)
                    .unwrap_or_default();
                Input::new(
                    &format!("default-{}", field.slug()),
                    &format!("Usual {}", field.label()),
                    "Taken where the file says nothing",
                    value,
                )
            })
            .collect(),
        words: WORDS
            .iter()
            .map(|field| {
                Input::new(
                    &format!("words-{}", field.slug()),
                    &format!("The file’s words for {}", field.label()),
                    "One a line: what the file says = what we call it. INV = invoice",
                    &in_words(spec.values.get(field)),
                )
            })
            .collect(),
    })
}

async fn new(house: House) -> Result<HttpResponse, Fault> {
    house.ctx.require(Operation::SaveProfile)?;
    let blank = ImportProfile::default();
    page(&form(&house, "A new layout", "/import-profiles", "", &blank).await?)
}

async fn sample(
    house: House,
    request: HttpRequest,
    payload: web::Payload,
) -> Result<HttpResponse, Fault> {
    house.ctx.require(Operation::SaveProfile)?;
    let upload = Upload::of(&request, payload).await?;
    forms::check(&request, upload.field("csrf"))?;
    let (bytes, missing) = match upload.file {
        Some((_, bytes)) => (bytes, false),
        None => (Vec::new(), true),
    };
    let guess = if missing {
        Err(Error::invalid("/file", "missing", "Choose a sample file"))
    } else {
        ops::suggest_profile(&house.db, &house.ctx, &reader(&house), bytes).await
    };
    let title = "A new layout";
    match guess {
        Ok(guess) => {
            let mut shown = form(&house, title, "/import-profiles", "", &guess.spec).await?;
            shown.open = guess.open;
            shown.headings = guess.headings;
            shown.sample = guess.sample;
            page(&shown)
        }
        Err(Error::Invalid(fields)) => {
            let blank = ImportProfile::default();
            let mut shown = form(&house, title, "/import-profiles", "", &blank).await?;
            for field in fields {
                shown.errors.push(Link::new(field.detail.clone(), "#file"));
                shown.sample_error = field.detail;
            }
            page(&shown)
        }
        Err(error) => Err(error.into()),
    }
}

async fn edit(house: House, id: web::Path<ImportProfileId>) -> Result<HttpResponse, Fault> {
    let profile = view::profile(&house.db, &house.ctx, id.into_inner()).await?;
    let action = format!("/import-profiles/{}", profile.id);
    let mut shown = form(&house, &profile.name, &action, &profile.name, &profile.spec).await?;
    shown.version = profile.version;
    page(&shown)
}

type Typed = Vec<(String, String)>;

fn typed<'t>(form: &'t Typed, name: &str) -> &'t str {
    form.iter()
        .find(|(known, _)| known == name)
        .map_or("", |(_, value)| value.trim())
}

/// The profile as the form says it; what the form does not show stays as it was.
fn read(form: &Typed) -> SaveProfile {
    let mut spec: ImportProfile = serde_json::from_str(typed(form, "spec")).unwrap_or_default();
    spec.system = typed(form, "system").to_owned();
    if let Some((format, ..)) = FORMATS
        .iter()
        .find(|(_, slug, _)| *slug == typed(form, "format"))
    {
        spec.format = *format;
        if spec.format == FileFormat::Csv {
            spec.sheet = None;
        }
    }
    spec.skip_rows = typed(form, "skip_rows").parse().unwrap_or(0);
    for (field, _) in COLUMNS {
        match typed(form, &format!("column-{}", field.slug())) {
            "" => spec.columns.remove(field),
            text => spec.columns.insert(*field, column_named(text)),
        };
    }
    spec.dates.formats = DATES
        .iter()
        .copied()
        .filter(|format| {
            let slug = slug_of(*format);
            form.iter()
                .any(|(name, value)| name == "dates" && *value == slug)
        })
        .collect();
    spec.dates.received_else_posted = !typed(form, "received_else_posted").is_empty();
    spec.amounts = AmountRules {
        spend_is: if typed(form, "spend_is") == "negative" {
            SpendSign::Negative
        } else {
            SpendSign::Positive
        },
        brackets_are_negative: !typed(form, "brackets").is_empty(),
        ..spec.amounts
    };
    let first = match (typed(form, "skip_column"), typed(form, "skip_text")) {
        ("", _) => None,
        (column, "") => Some((column, SkipWhen::Empty)),
        (column, text) => Some((column, SkipWhen::StartsWith(text.to_owned()))),
    }
    .map(|(column, when)| SkipRule {
        column: column_named(column),
        when,
    });
    spec.skip = first
        .into_iter()
        .chain(spec.skip.into_iter().skip(1))
        .collect();
    for field in DEFAULTS {
        match typed(form, &format!("default-{}", field.slug())) {
            "" => spec.defaults.remove(field),
            text => spec.defaults.insert(*field, text.to_owned()),
        };
    }
    for field in WORDS {
        let entries: BTreeMap<String, String> = typed(form, &format!("words-{}", field.slug()))
            .lines()
            .filter_map(|line| line.rsplit_once('='))
            .map(|(from, to)| (from.trim().to_owned(), to.trim().to_owned()))
            .filter(|(from, _)| !from.is_empty())
            .collect();
        if entries.is_empty() {
            spec.values.remove(field);
        } else {
            let unlisted = spec
                .values
                .get(field)
                .map_or(Unlisted::Keep, |map| map.unlisted);
            spec.values.insert(*field, ValueMap { entries, unlisted });
        }
    }
    SaveProfile {
        name: typed(form, "name").to_owned(),
        spec,
    }
}

async fn create(house: House, PageForm(typed): PageForm<Typed>) -> Result<HttpResponse, Fault> {
    let new = read(&typed);
    match ops::save_profile(&house.db, &house.ctx, &new).await {
        Ok(_) => Ok(see_other("/import-profiles")),
        Err(Error::Invalid(fields)) => {
            let mut shown = form(
                &house,
                "A new layout",
                "/import-profiles",
                &new.name,
                &new.spec,
            )
            .await?;
            explain(&mut shown, fields);
            page(&shown)
        }
        Err(error) => Err(error.into()),
    }
}

async fn change(
    house: House,
    id: web::Path<ImportProfileId>,
    PageForm(form_typed): PageForm<Typed>,
) -> Result<HttpResponse, Fault> {
    let id = id.into_inner();
    let new = read(&form_typed);
    let version: i64 = typed(&form_typed, "version").parse().unwrap_or(-1);
    match ops::change_profile(&house.db, &house.ctx, id, Some(version), &new).await {
        Ok(_) => Ok(see_other("/import-profiles")),
        Err(Error::Invalid(fields)) => {
            let action = format!("/import-profiles/{id}");
            let mut shown = form(&house, &new.name, &action, &new.name, &new.spec).await?;
            shown.version = version;
            explain(&mut shown, fields);
            page(&shown)
        }
        Err(error) => Err(error.into()),
    }
}

/// Puts each fault beside its field.
fn explain(shown: &mut ProfilePage, fields: Vec<domain::FieldError>) {
    for wrong in fields {
        let parts: Vec<&str> = wrong.pointer.split('/').skip(1).collect();
        let wanted = match parts.as_slice() {
            ["name"] => "name".to_owned(),
            ["spec", "system", ..] => "system".to_owned(),
            ["spec", "columns", field, ..] => format!("column-{field}"),
            ["spec", "defaults", field, ..] => format!("default-{field}"),
            ["spec", "values", field, ..] => format!("words-{field}"),
            ["spec", "skip_rows", ..] => "skip_rows".to_owned(),
            ["spec", "skip", ..] => "skip_column".to_owned(),
            ["spec", "dates", ..] => "dates".to_owned(),
            _ => String::new(),
        };
        let inputs = [
            &mut shown.named,
            &mut shown.system,
            &mut shown.skip_rows,
            &mut shown.skip_column,
        ]
        .into_iter()
        .chain(&mut shown.columns)
        .chain(&mut shown.defaults)
        .chain(&mut shown.words);
        for input in inputs {
            if input.name == wanted {
                input.error.clone_from(&wrong.detail);
            }
        }
        let href = if wanted.is_empty() {
            String::new()
        } else {
            format!("#{wanted}")
        };
        shown.errors.push(Link::new(wrong.detail, href));
    }
}
