//! Imports: load a file, and see what became of the others.

use actix_web::{HttpRequest, HttpResponse, web};
use askama::Template;
use domain::Error;
use domain::access::rules::Operation;
use domain::coding;
use domain::imports::{ops, view};
use entity::{ImportProfileId, ImportState, SpendImportId};
use serde::Deserialize;

use super::super::{Link, PageFrame, narrowed, page, see_other, words};
use super::parts::{Choice, Pager, count, grouped, money, months, period, pounds, short, state};
use crate::http::upload::Upload;
use crate::http::{Fault, House, forms};
use crate::json::{csv, tables};

pub fn configure(config: &mut web::ServiceConfig) {
    config
        .service(
            web::resource("/imports")
                .route(web::get().to(list))
                .route(web::post().to(load)),
        )
        .service(web::resource("/imports/imports.csv").route(web::get().to(download)));
}

const SHOWN: u64 = 50;

#[derive(Template)]
#[template(path = "pages/imports.html")]
struct ImportsPage {
    page: PageFrame,
    sentence: String,
    errors: Vec<Link>,
    may_load: bool,
    who_loads: String,
    file_hint: String,
    period_hint: String,
    profiles: Vec<Choice>,
    period: String,
    control_total: String,
    file_error: String,
    profile_error: String,
    period_error: String,
    control_error: String,
    /// Whether any file was brought, however the list is narrowed.
    any: bool,
    filter_state: Vec<Choice>,
    shown: String,
    rows: Vec<ImportRow>,
    pager: Option<Pager>,
    downloads: Vec<Link>,
    ledger: Vec<Link>,
}

struct ImportRow {
    file: String,
    href: String,
    period: String,
    loaded: String,
    lines: String,
    amount: String,
    state: String,
    kind: String,
}

/// The filters as they stand in the address; what was not chosen is empty.
#[derive(Clone, Debug, Default, Deserialize)]
struct Narrow {
    #[serde(default)]
    state: String,
    after: Option<uuid::Uuid>,
}

impl Narrow {
    fn state(&self) -> Option<ImportState> {
        ImportState::from_slug(&self.state)
    }

    fn pairs(&self) -> [(&str, &str); 1] {
        [("state", &self.state)]
    }
}

/// Where files of an import stand, in words.
const fn stand(state: ImportState) -> &'static str {
    match state {
        ImportState::Reading => "Being read",
        ImportState::Waiting => "Waiting for decisions",
        ImportState::Ready => "Read whole, and not accepted",
        ImportState::Accepted => "Accepted",
        ImportState::Abandoned => "Given up",
        ImportState::Failed => "Cannot be read",
    }
}

/// The list as a file, as it is filtered.
async fn download(house: House, narrow: web::Query<Narrow>) -> Result<HttpResponse, Fault> {
    let all = view::imports(&house.db, &house.ctx, None, narrow.state(), csv::MOST).await?;
    Ok(tables::imports(all))
}

async fn list(house: House, narrow: web::Query<Narrow>) -> Result<HttpResponse, Fault> {
    page(&shown(&house, &narrow).await?)
}

async fn shown(house: &House, narrow: &Narrow) -> Result<ImportsPage, Fault> {
    let (db, ctx) = (&house.db, &house.ctx);
    let after = narrow.after.map(SpendImportId);
    let mut imports = view::imports(db, ctx, after, narrow.state(), SHOWN + 1).await?;
    let ever = view::count(db, ctx).await?;
    let all = match narrow.state() {
        Some(state) => view::count_in(db, ctx, state).await?,
        None => ever,
    };
    let more = imports.len() > usize::try_from(SHOWN).unwrap_or(usize::MAX);
    if more {
        imports.pop();
    }
    let profiles = view::profiles(db, ctx, None, 200).await?;
    let waiting = view::count_in(db, ctx, ImportState::Waiting).await?
        + view::count_in(db, ctx, ImportState::Ready).await?;
    let loaded = view::loaded_to(db, ctx).await?;
    let yours = ctx.require(Operation::SettleFault).is_ok();
    let sentence = match (loaded, waiting) {
        (None, 0) => "No spend is loaded yet.".to_owned(),
        (None, waiting) => format!("No spend counts yet. {}", wait_for_you(waiting, yours)),
        (Some(to), 0) => format!("Spend is loaded to {}.", short(to)),
        (Some(to), waiting) => {
            format!(
                "Spend is loaded to {}. {}",
                short(to),
                wait_for_you(waiting, yours)
            )
        }
    };
    let total = i64::try_from(all).unwrap_or(i64::MAX);
    Ok(ImportsPage {
        page: PageFrame::of(house, "Imports").await?,
        sentence,
        errors: Vec::new(),
        may_load: ctx.require(Operation::StartImport).is_ok(),
        who_loads: who_loads(ctx),
        file_hint: "CSV or XLSX. Nothing counts until the whole file is right.".to_owned(),
        period_hint: "Lines of earlier months may be in it, later ones not. For example, \
                      September 2026; or July to September 2026"
            .to_owned(),
        profiles: profiles
            .iter()
            // with one layout there is nothing to choose
            .map(|profile| Choice {
                selected: profiles.len() == 1,
                ..Choice::new(profile.id.to_string(), profile.name.clone(), "")
            })
            .collect(),
        period: String::new(),
        control_total: String::new(),
        file_error: String::new(),
        profile_error: String::new(),
        period_error: String::new(),
        control_error: String::new(),
        any: ever > 0,
        filter_state: std::iter::once(Choice::new("", "Every file", &narrow.state))
            .chain(
                ImportState::all()
                    .map(|state| Choice::new(state.slug(), stand(state), &narrow.state)),
            )
            .collect(),
        shown: format!("{}, newest first", count(total, "file", "files")),
        pager: more.then(|| Pager {
            sentence: format!(
                "{} of {}",
                grouped(i64::try_from(imports.len()).unwrap_or(0)),
                grouped(total)
            ),
            previous_href: String::new(),
            next_href: imports
                .last()
                .map(|last| {
                    let last = last.id.to_string();
                    narrowed("/imports", &[("state", &narrow.state), ("after", &last)])
                })
                .unwrap_or_default(),
        }),
        rows: imports
            .into_iter()
            .map(|import| {
                let (words_of_state, kind) = state(&import);
                ImportRow {
                    href: format!("/imports/{}", import.id),
                    period: period(import.period_from, import.period_to),
                    loaded: words::date(
                        import
                            .created_at
                            .with_timezone(&chrono_tz::Europe::London)
                            .date_naive(),
                    ),
                    lines: grouped(import.rows_loaded),
                    amount: money(import.sum_loaded_pence),
                    state: words_of_state.to_owned(),
                    kind: kind.to_owned(),
                    file: import.file_name,
                }
            })
            .collect(),
        downloads: vec![Link::new(
            "These files (CSV)",
            narrowed("/imports/imports.csv", &narrow.pairs()),
        )],
        ledger: vec![
            Link::new(
                match coding::view::to_code(db, ctx).await?.0 {
                    0 => "Lines to code: none waits".to_owned(),
                    lines => format!("Lines to code: {} wait", count(lines, "line", "lines")),
                },
                "/waiting-lines",
            ),
            Link::new("Coding map", "/coding-map"),
            Link::new("Agreement with the finance system", "/ledger-agreement"),
            Link::new("Journals of our own", "/journals"),
            Link::new("Apportionments", "/apportionments"),
        ],
    })
}

/// Who loads spend, for those who do not.
fn who_loads(ctx: &domain::Ctx) -> String {
    if ctx.require(Operation::InvitePerson).is_ok() {
        "Spend is loaded by a finance officer: the person who has the finance system’s figures. \
         Invite one under People."
            .to_owned()
    } else {
        "A finance officer loads it from the finance system. Until then there is nothing to \
         attribute."
            .to_owned()
    }
}

/// A browser does not send a file twice: after any error it is chosen again.
fn choose_again(shown: &mut ImportsPage) {
    if shown.file_error.is_empty() {
        wrong(
            &mut shown.errors,
            &mut shown.file_error,
            "#file",
            "Choose the file again: browsers do not keep it",
        );
    }
}

fn wait_for_you(files: u64, yours: bool) -> String {
    let whom = if yours { "you" } else { "a finance officer" };
    if files == 1 {
        format!("1 file waits for {whom}.")
    } else {
        format!("{files} files wait for {whom}.")
    }
}

async fn load(
    house: House,
    request: HttpRequest,
    payload: web::Payload,
) -> Result<HttpResponse, Fault> {
    house.ctx.require(Operation::StartImport)?;
    let form = Upload::of(&request, payload).await?;
    forms::check(&request, form.field("csrf"))?;
    let mut shown = shown(&house, &Narrow::default()).await?;
    shown.period = form.field("period").unwrap_or_default().to_owned();
    shown.control_total = form.field("control_total").unwrap_or_default().to_owned();
    let chosen = form.field("profile").unwrap_or_default();
    for profile in &mut shown.profiles {
        profile.selected = profile.value == chosen;
    }
    let period = months(&shown.period);
    let total = pounds(&shown.control_total);
    let profile = chosen.parse::<uuid::Uuid>().ok();
    if profile.is_none() {
        wrong(
            &mut shown.errors,
            &mut shown.profile_error,
            "#profile",
            "Choose how the file is laid out",
        );
    }
    if period.is_none() {
        wrong(
            &mut shown.errors,
            &mut shown.period_error,
            "#period",
            "Enter the month, such as September 2026",
        );
    }
    if total.is_none() {
        wrong(
            &mut shown.errors,
            &mut shown.control_error,
            "#control_total",
            "Enter the total in pounds and pence, such as 268402.07",
        );
    }
    if form.file.is_none() {
        wrong(
            &mut shown.errors,
            &mut shown.file_error,
            "#file",
            "Choose the file",
        );
    } else if !shown.errors.is_empty() {
        choose_again(&mut shown);
    }
    let (Some(profile), Some((period_from, period_to)), Some(total), Some((name, bytes))) =
        (profile, period, total, &form.file)
    else {
        return page(&shown);
    };
    let new = ops::NewImport {
        profile_id: ImportProfileId(profile),
        period_from,
        period_to,
        control_total_pence: total,
    };
    match ops::start(&house.db, &house.ctx, &new, name, bytes).await {
        Ok(id) => Ok(see_other(&format!("/imports/{id}"))),
        Err(Error::Refused {
            rule: "same-file", ..
        }) => {
            let first = view::import_of_file(&house.db, &house.ctx, bytes).await?;
            shown.file_error = "This same file was brought before".to_owned();
            shown.errors.push(Link::new(
                "This same file was brought before: look at that import",
                first.map_or_else(|| "#file".to_owned(), |id| format!("/imports/{id}")),
            ));
            page(&shown)
        }
        Err(Error::Invalid(fields)) => {
            for field in fields {
                let (place, href) = match field.pointer.as_str() {
                    "/profile_id" => (&mut shown.profile_error, "#profile"),
                    "/period_to" | "/period_from" => (&mut shown.period_error, "#period"),
                    _ => (&mut shown.file_error, "#file"),
                };
                wrong(&mut shown.errors, place, href, &field.detail);
            }
            choose_again(&mut shown);
            page(&shown)
        }
        Err(error) => Err(error.into()),
    }
}

fn wrong(errors: &mut Vec<Link>, place: &mut String, href: &str, words: &str) {
    words.clone_into(place);
    errors.push(Link::new(words, href));
}
