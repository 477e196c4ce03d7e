//! Layouts of files (import profiles): guessed from a sample, completed by a person.

use std::collections::BTreeMap;

use actix_web::{HttpRequest, HttpResponse, web};
use askama::Template;
use domain::access::rules::Operation;
use domain::imports::ops::{self, SaveProfile};
use domain::imports::rules::{
    ColumnRef, DateFormat, Field, FileFormat, ImportProfile, SkipRule, SkipWhen, SpendSign,
    Unlisted, ValueMap, check_profile, labels,
};
use domain::imports::view;
use domain::{Error, FieldError};
use entity::ImportProfileId;

use super::super::fields::Fields;
use super::super::form::Field as FormField;
use super::super::{Link, PageFrame, page, see_other};
use super::parts::Choice;
use super::written::{self, chosen, slug_of};
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
    written: String,
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
                written: match written::told(&profile.spec) {
                    told if told.is_empty() => "The usual way".to_owned(),
                    told => told.join("; "),
                },
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
    sheet_label: &'static str,
    sample_sheet: String,
    open: Vec<String>,
    headings: Vec<String>,
    sample: Vec<Vec<String>>,
    version: i64,
    /// What the form does not show is carried along.
    spec: String,
    named: Input,
    system: Input,
    format_label: &'static str,
    formats: Vec<Choice>,
    skip_rows: Input,
    skip: Input,
    /// How the file is written.
    fields: Vec<FormField>,
    written_open: bool,
    columns: Vec<Input>,
    dates_label: &'static str,
    dates: Vec<Choice>,
    dates_error: String,
    else_posted_label: &'static str,
    received_else_posted: bool,
    else_posted_error: String,
    spend_is: Vec<Choice>,
    spend_is_error: String,
    defaults: Vec<Input>,
    words: Vec<Words>,
    history_href: String,
}

/// The file’s words for a field, and what becomes of a word that is not among them.
struct Words {
    list: Input,
    unlisted_name: String,
    unlisted_label: String,
    unlisted: Vec<Choice>,
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

/// A rule of rows that are not spend, as a line of the form.
fn line_of(rule: &SkipRule) -> String {
    let column = name_of(&rule.column);
    match &rule.when {
        SkipWhen::Empty => format!("{column} ="),
        SkipWhen::Equals(text) => format!("{column} = {text}"),
        SkipWhen::StartsWith(text) => format!("{column} = {text}…"),
    }
}

/// The rule that a line of the form says. One that stood there before stays as it was.
fn rule_of(line: &str, known: &[SkipRule]) -> Option<SkipRule> {
    if let Some(rule) = known.iter().find(|rule| line_of(rule).trim() == line) {
        return Some(rule.clone());
    }
    let (column, text) = line.rsplit_once('=')?;
    let text = text.trim();
    let start = text.strip_suffix('…').or_else(|| text.strip_suffix("..."));
    let when = match (start.map(str::trim), text) {
        (Some(""), _) | (None, "") => SkipWhen::Empty,
        (Some(start), _) => SkipWhen::StartsWith(start.to_owned()),
        (None, text) => SkipWhen::Equals(text.to_owned()),
    };
    Some(SkipRule {
        column: column_named(column),
        when,
    })
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
    let skip: Vec<String> = spec.skip.iter().map(line_of).collect();
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
        sheet_label: labels::SHEET,
        sample_sheet: String::new(),
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
        format_label: labels::FORMAT,
        formats: FileFormat::ALL
            .iter()
            .map(|format| Choice::new(slug_of(*format), format.label(), &slug_of(spec.format)))
            .collect(),
        skip_rows: Input::new(
            "skip_rows",
            "Rows above the headings",
            "",
            &spec.skip_rows.to_string(),
        ),
        skip: Input::new(
            "skip",
            "Rows that are not spend",
            "One a line: Trans No = Total leaves out rows that say Total there, Total… those that begin so, and nothing after the = those where that column is empty.",
            &skip.join("\n"),
        ),
        fields: written::of_layout(spec),
        written_open: !written::told(spec).is_empty(),
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
        dates_label: labels::DATES,
        dates_error: String::new(),
        dates: DATES
            .iter()
            .map(|format| Choice {
                value: slug_of(*format),
                text: format.example().to_owned(),
                hint: String::new(),
                selected: spec.dates.formats.contains(format),
            })
            .collect(),
        else_posted_label: labels::RECEIVED_ELSE_POSTED,
        received_else_posted: spec.dates.received_else_posted,
        else_posted_error: String::new(),
        spend_is_error: String::new(),
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
                let map = spec.values.get(field);
                let unlisted = slug_of(map.map_or(Unlisted::Keep, |map| map.unlisted));
                Words {
                    list: Input::new(
                        &format!("words-{}", field.slug()),
                        &format!("The file’s words for {}", field.label()),
                        "One a line: what the file says = what we call it. INV = invoice",
                        &in_words(map),
                    ),
                    unlisted_name: format!("unlisted-{}", field.slug()),
                    unlisted_label: format!("A word for {} that is not listed", field.label()),
                    unlisted: Unlisted::ALL
                        .iter()
                        .map(|way| Choice::new(slug_of(*way), way.label(), &unlisted))
                        .collect(),
                }
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
    let sheet = upload.field("sample_sheet").map(str::to_owned);
    let (bytes, missing) = match upload.file {
        Some((_, bytes)) => (bytes, false),
        None => (Vec::new(), true),
    };
    let guess = if missing {
        Err(Error::invalid("/file", "missing", "Choose a sample file"))
    } else {
        ops::suggest_profile(&house.db, &house.ctx, &reader(&house), bytes, sheet.clone()).await
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
            shown.sample_sheet = sheet.unwrap_or_default();
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

/// The profile as the form says it, and what cannot be read; what the form does not show stays as it
/// was.
fn read(form: &Typed) -> (SaveProfile, Vec<FieldError>) {
    let mut spec: ImportProfile = serde_json::from_str(typed(form, "spec")).unwrap_or_default();
    let mut wrong = written::read(&Fields(form.clone()), &mut spec);
    spec.system = typed(form, "system").to_owned();
    spec.format = chosen(typed(form, "format"), &FileFormat::ALL).unwrap_or(spec.format);
    let rows = typed(form, "skip_rows");
    spec.skip_rows = rows.parse().unwrap_or(0);
    if !rows.is_empty() && rows.parse::<u32>().is_err() {
        wrong.push(FieldError::new(
            "/spec/skip_rows",
            "number",
            "Enter a number of rows, such as 2.",
        ));
    }
    let mut skip = Vec::new();
    for line in typed(form, "skip").lines().map(str::trim) {
        match rule_of(line, &spec.skip) {
            Some(rule) => skip.push(rule),
            None if line.is_empty() => {}
            None => wrong.push(FieldError::new(
                "/spec/skip",
                "column-and-words",
                format!("“{line}” names no column. Write it like Trans No = Total."),
            )),
        }
    }
    spec.skip = skip;
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
    spec.amounts.spend_is = if typed(form, "spend_is") == "negative" {
        SpendSign::Negative
    } else {
        SpendSign::Positive
    };
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
        let unlisted = typed(form, &format!("unlisted-{}", field.slug()));
        let unlisted = chosen(unlisted, &Unlisted::ALL).unwrap_or(Unlisted::Keep);
        // without a word no row would be right
        if entries.is_empty() && unlisted != Unlisted::Empty {
            spec.values.remove(field);
        } else {
            spec.values.insert(*field, ValueMap { entries, unlisted });
        }
    }
    let new = SaveProfile {
        name: typed(form, "name").to_owned(),
        spec,
    };
    (new, wrong)
}

/// Everything that is wrong with a layout of whose form something cannot be read.
fn unreadable(mut wrong: Vec<FieldError>, spec: &ImportProfile) -> Error {
    wrong.extend(check_profile(spec).into_iter().map(|problem| {
        let pointer = format!("/spec{}", problem.pointer);
        FieldError::new(pointer, problem.code, problem.message)
    }));
    Error::Invalid(wrong)
}

async fn create(
    house: House,
    PageForm(form_typed): PageForm<Typed>,
) -> Result<HttpResponse, Fault> {
    house.ctx.require(Operation::SaveProfile)?;
    let (new, wrong) = read(&form_typed);
    let saved = if wrong.is_empty() {
        ops::save_profile(&house.db, &house.ctx, &new)
            .await
            .map(|_id| ())
    } else {
        Err(unreadable(wrong, &new.spec))
    };
    match saved {
        Ok(()) => Ok(see_other("/import-profiles")),
        Err(Error::Invalid(fields)) => {
            let mut shown = form(
                &house,
                "A new layout",
                "/import-profiles",
                &new.name,
                &new.spec,
            )
            .await?;
            explain(&mut shown, form_typed, fields);
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
    house.ctx.require(Operation::SaveProfile)?;
    let id = id.into_inner();
    let (new, wrong) = read(&form_typed);
    let version: i64 = typed(&form_typed, "version").parse().unwrap_or(-1);
    let saved = if wrong.is_empty() {
        ops::change_profile(&house.db, &house.ctx, id, Some(version), &new)
            .await
            .map(|_version| ())
    } else {
        Err(unreadable(wrong, &new.spec))
    };
    match saved {
        Ok(()) => Ok(see_other("/import-profiles")),
        Err(Error::Invalid(fields)) => {
            let action = format!("/import-profiles/{id}");
            let mut shown = form(&house, &new.name, &action, &new.name, &new.spec).await?;
            shown.version = version;
            explain(&mut shown, form_typed, fields);
            page(&shown)
        }
        Err(error) => Err(error.into()),
    }
}

/// Shows again what was typed, and puts each fault beside its field.
fn explain(shown: &mut ProfilePage, form_typed: Typed, faults: Vec<FieldError>) {
    for input in [&mut shown.skip_rows, &mut shown.skip] {
        typed(&form_typed, &input.name).clone_into(&mut input.value);
    }
    shown.fields = written::as_typed(&Fields(form_typed));
    for wrong in faults {
        let parts: Vec<&str> = wrong.pointer.split('/').skip(1).collect();
        let wanted = match parts.as_slice() {
            ["name"] => "name".to_owned(),
            ["spec", "system", ..] => "system".to_owned(),
            ["spec", "columns", field, ..] => format!("column-{field}"),
            ["spec", "defaults", field, ..] => format!("default-{field}"),
            ["spec", "values", field, ..] => format!("words-{field}"),
            ["spec", "dates", "formats", ..] => "dates".to_owned(),
            ["spec", "dates" | "amounts", field, ..] | ["spec", field, ..] => (*field).to_owned(),
            _ => String::new(),
        };
        let inputs = [
            &mut shown.named,
            &mut shown.system,
            &mut shown.skip_rows,
            &mut shown.skip,
        ]
        .into_iter()
        .chain(&mut shown.columns)
        .chain(&mut shown.defaults)
        .chain(shown.words.iter_mut().map(|words| &mut words.list));
        for input in inputs {
            if input.name == wanted {
                input.error.clone_from(&wrong.detail);
            }
        }
        for field in &mut shown.fields {
            if field.name == wanted {
                field.error.clone_from(&wrong.detail);
                shown.written_open = true;
            }
        }
        let alone = match wanted.as_str() {
            "dates" => Some(&mut shown.dates_error),
            "received_else_posted" => Some(&mut shown.else_posted_error),
            "spend_is" => Some(&mut shown.spend_is_error),
            _ => None,
        };
        if let Some(error) = alone {
            error.clone_from(&wrong.detail);
        }
        let href = if wanted.is_empty() {
            String::new()
        } else {
            format!("#{wanted}")
        };
        shown.errors.push(Link::new(wrong.detail, href));
    }
}
