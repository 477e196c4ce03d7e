//! An import: did my file arrive whole? And a faulty row: what shall become of it?

use actix_web::{HttpResponse, web};
use askama::Template;
use domain::access::rules::Operation;
use domain::attribution::rules::Unfunded;
use domain::calendar::rules::first_of_month;
use domain::imports::gone::{self as gone_lines, GoneDecision};
use domain::imports::ops::{self, ControlTotal, Replacement, Resolution};
use domain::imports::view::{self, FaultView, ImportView};
use domain::journals;
use domain::spend::view::{self as spend, SpendFilter};
use domain::{Error, audit};
use entity::{FaultResolution, GoneResolution, ImportState, SpendImportId, SpendLineId};
use serde::Deserialize;

use super::super::fields::{Fields, id as parsed};
use super::super::pools::months_to_close;
use super::super::{Link, PageFrame, page, see_other, words};
use super::counts::{Count, counts, gone_in_words, sentence, taken_back};
use super::parts::{Event, Pager, count, grouped, money, period, pounds, short, state};
use crate::http::download::attachment;
use crate::http::forms::PageForm;
use crate::http::{Fault, House};

pub fn configure(config: &mut web::ServiceConfig) {
    config
        .service(web::resource("/imports/{id}").route(web::get().to(show)))
        .service(web::resource("/imports/{id}/progress").route(web::get().to(progress)))
        .service(web::resource("/imports/{id}/file").route(web::get().to(file)))
        .service(web::resource("/imports/{id}/set-aside").route(web::post().to(set_aside)))
        .service(web::resource("/imports/{id}/control-total").route(web::post().to(control_total)))
        .service(web::resource("/imports/{id}/replacement").route(web::post().to(replace)))
        .service(web::resource("/imports/{id}/gone-lines").route(web::post().to(decide_gone)))
        .service(web::resource("/imports/{id}/acceptance").route(web::post().to(accept)))
        .service(web::resource("/imports/{id}/abandonment").route(web::post().to(abandon)));
}

/// Faulty rows on one page.
const ROWS: u64 = 50;

#[derive(Template)]
#[template(path = "pages/import.html")]
struct ImportPage {
    page: PageFrame,
    crumbs: Vec<Link>,
    file: String,
    state: String,
    kind: String,
    sentence: String,
    loaded_by: String,
    errors: Vec<Link>,
    reason: String,
    reason_error: String,
    progress: Option<Progress>,
    counts: Vec<Count>,
    faults: Vec<Fault_>,
    faults_shown: String,
    duplicates: Vec<Fault_>,
    duplicates_shown: String,
    address: String,
    version: i64,
    may_settle: bool,
    may_replace: bool,
    why: String,
    why_error: String,
    gone: Option<Gone>,
    total: Option<TotalForm>,
    remedies: Vec<Link>,
    after: Option<Accepted>,
    may_accept: bool,
    accept_sentence: String,
    may_abandon: bool,
    downloads: Vec<Link>,
    pager: Option<Pager>,
    events: Vec<Event>,
    beside: Option<Link>,
    history_href: String,
}

#[derive(Template)]
#[template(path = "pages/import_progress.html")]
struct ImportProgressFragment {
    p: Progress,
}

/// Lines that count and that the file does not have.
struct Gone {
    sentence: String,
    shown: String,
    rows: Vec<GoneRow>,
    may_decide: bool,
    all: String,
}

struct GoneRow {
    id: String,
    href: String,
    what: String,
    on: String,
    detail: String,
    amount: String,
}

/// The control total, to be corrected while the file waits.
struct TotalForm {
    value: String,
    error: String,
    open: bool,
}

/// What became of a file's lines, and what comes next.
struct Accepted {
    sentences: Vec<String>,
    links: Vec<Link>,
}

struct Progress {
    sentence: String,
    done: u64,
    total: u64,
    poll: String,
    say: String,
}

struct Fault_ {
    /// The line that counts and that it says otherwise.
    counts_href: String,
    row: String,
    href: String,
    reason: String,
    detail: String,
    amount: String,
    set_aside: String,
    may_tick: bool,
    ticked: bool,
}

#[derive(Default, Deserialize)]
struct Query {
    after: Option<u32>,
    #[serde(default)]
    done: String,
}

async fn show(
    house: House,
    id: web::Path<SpendImportId>,
    query: web::Query<Query>,
) -> Result<HttpResponse, Fault> {
    let id = id.into_inner();
    if let Some(journal) = journals::view::source_of(&house.db, &house.ctx, id).await? {
        return Ok(see_other(&format!("/journals/{}", journal.id)));
    }
    let mut shown = shown(&house, id, query.after).await?;
    let notice = match query.done.as_str() {
        "accepted" => "The file is accepted: its lines count from now on.",
        "total" => "The control total is corrected.",
        "gone" => "What was decided about the lines is kept.",
        _ => "",
    };
    if !notice.is_empty() {
        shown.page = shown.page.with_notice("done", notice);
    }
    page(&shown)
}

async fn shown(house: &House, id: SpendImportId, after: Option<u32>) -> Result<ImportPage, Fault> {
    let (db, ctx) = (&house.db, &house.ctx);
    let import = view::import(db, ctx, id).await?;
    let mut faults = view::faults(db, ctx, id, after, ROWS + 1, true).await?;
    let more = faults.len() > usize::try_from(ROWS).unwrap_or(usize::MAX);
    if more {
        faults.pop();
    }
    let suspects = view::suspects(db, ctx, id, None, ROWS).await?;
    let address = format!("/imports/{id}");
    let may = |operation: Operation| ctx.require(operation).is_ok();
    let first_and_last = faults
        .first()
        .zip(faults.last())
        .map(|(a, b)| (a.row, b.row));
    let open = matches!(import.state, ImportState::Waiting | ImportState::Ready);
    let (state, kind) = state(&import);
    let settled_or_not = import.rows_faulty + import.rows_set_aside;
    let shown_faults = i64::try_from(faults.len()).unwrap_or(0);
    let may_decide = open && may(Operation::SettleFault);
    let may_replace = may_decide && faults.iter().any(|fault| fault.may_replace);
    let faults: Vec<Fault_> = faults
        .into_iter()
        .map(|fault| fault_row(fault, &address, may_decide))
        .collect();
    // what cannot be ticked is decided row by row
    let may_settle = may_decide && faults.iter().any(|fault| fault.may_tick);
    let gone = gone(house, &import).await?;
    Ok(ImportPage {
        page: PageFrame::of(house, &import.file_name).await?,
        crumbs: vec![Link::new("Imports", "/imports")],
        file: import.file_name.clone(),
        state: state.to_owned(),
        kind: kind.to_owned(),
        sentence: sentence(&import),
        loaded_by: loaded_by(&import),
        errors: Vec::new(),
        reason: String::new(),
        reason_error: String::new(),
        progress: (import.state == ImportState::Reading).then(|| fragment(&import)),
        counts: counts(&import),
        faults_shown: format!(
            "{}, in the order of the file",
            count(settled_or_not.max(shown_faults), "row", "rows")
        ),
        pager: (more || after.is_some()).then(|| Pager {
            sentence: match first_and_last {
                Some((first, last)) => format!("Rows {first} to {last}"),
                None => "No more rows".to_owned(),
            },
            previous_href: after.map_or_else(String::new, |_| format!("{address}#faults")),
            next_href: first_and_last
                .filter(|_| more)
                .map(|(_, last)| format!("{address}?after={last}#faults"))
                .unwrap_or_default(),
        }),
        faults,
        duplicates_shown: match import.rows_suspect > i64::try_from(suspects.len()).unwrap_or(0) {
            true => format!(
                "the first {} of {}",
                suspects.len(),
                grouped(import.rows_suspect)
            ),
            false => count(import.rows_suspect, "row", "rows"),
        },
        duplicates: suspects
            .into_iter()
            .map(|line| Fault_ {
                counts_href: String::new(),
                row: line.row.to_string(),
                href: if import.state == ImportState::Accepted {
                    format!("/spend/{}", line.line_id)
                } else {
                    String::new()
                },
                reason: line.reason,
                detail: [
                    line.supplier,
                    line.description,
                    Some(short(line.incurred_on)),
                ]
                .into_iter()
                .flatten()
                .collect::<Vec<_>>()
                .join(", "),
                amount: money(line.amount_pence),
                set_aside: String::new(),
                may_tick: false,
                ticked: false,
            })
            .collect(),
        total: (open && may(Operation::CorrectControlTotal)).then(|| TotalForm {
            value: import.control_total_pence.map_or_else(String::new, bare),
            error: String::new(),
            open: import.difference_pence.is_some_and(|pence| pence != 0),
        }),
        remedies: remedies(&import, may(Operation::StartImport)),
        after: match import.state {
            ImportState::Accepted => Some(accepted(house, &import).await?),
            _ => None,
        },
        may_settle,
        may_replace,
        why: String::new(),
        why_error: String::new(),
        gone,
        may_accept: import.state == ImportState::Ready
            && import.waits_for.is_empty()
            && may(Operation::AcceptImport),
        accept_sentence: taken_back(&import)
            + &match import.rows_uncoded {
                0 => format!(
                    "{} of {} will count in every award, pool and return.",
                    count(import.rows_loaded, "line", "lines"),
                    money(import.sum_loaded_pence)
                ),
                uncoded => format!(
                    "{} of {} will count in every award, pool and return. {} of {} will wait to be \
                 coded, and count once somebody codes them.",
                    count(import.rows_loaded, "line", "lines"),
                    money(import.sum_loaded_pence),
                    count(uncoded, "line", "lines"),
                    money(import.sum_uncoded_pence)
                ),
            },
        may_abandon: !matches!(
            import.state,
            ImportState::Accepted | ImportState::Abandoned | ImportState::Failed
        ) && may(Operation::AbandonImport),
        version: import.version,
        downloads: vec![Link::new(
            "Download the file as it came",
            format!("{address}/file"),
        )],
        events: events(house, &import).await?,
        beside: crate::pages::beside::link(
            house,
            domain::beside::rules::RecordKind::Import,
            import.id,
        )
        .await?,
        history_href: format!("/history/spend_import/{}", import.id),
        address,
    })
}

/// Lines that count and that the file does not have: decided on once it is accepted.
async fn gone(house: &House, import: &ImportView) -> Result<Option<Gone>, Fault> {
    if import.rows_gone == 0
        || matches!(
            import.state,
            ImportState::Reading | ImportState::Abandoned | ImportState::Failed
        )
    {
        return Ok(None);
    }
    let rows = view::gone(&house.db, &house.ctx, import.id, None, ROWS, false).await?;
    let accepted = import.state == ImportState::Accepted;
    let lines = count(import.rows_gone, "line", "lines");
    let mut sentence = format!(
        "{lines} of {} came with an earlier file for these days, {} and {} not in this one.",
        money(import.sum_gone_pence),
        if import.rows_gone == 1 {
            "counts"
        } else {
            "count"
        },
        if import.rows_gone == 1 { "is" } else { "are" },
    );
    if !accepted {
        sentence.push_str(" Once this file is accepted, decide whether they are taken back.");
    }
    Ok(Some(Gone {
        sentence,
        shown: if import.rows_gone > i64::try_from(rows.len()).unwrap_or(0) {
            format!("the first {} of {}", rows.len(), grouped(import.rows_gone))
        } else {
            lines
        },
        may_decide: accepted && house.ctx.require(Operation::DecideGoneLines).is_ok(),
        all: format!(
            "All {} that wait, not only the chosen ones",
            grouped(import.rows_gone)
        ),
        rows: rows
            .into_iter()
            .map(|line| GoneRow {
                id: line.line_id.to_string(),
                href: format!("/spend/{}", line.line_id),
                what: line.supplier.unwrap_or_else(|| "Not named".to_owned()),
                on: short(line.incurred_on),
                detail: [line.description, line.transaction]
                    .into_iter()
                    .flatten()
                    .collect::<Vec<_>>()
                    .join(", "),
                amount: line.amount_pence.in_full(),
            })
            .collect(),
    }))
}

/// Lets all changed rows take the place of the lines that count.
async fn replace(
    house: House,
    id: web::Path<SpendImportId>,
    PageForm(form): PageForm<Vec<(String, String)>>,
) -> Result<HttpResponse, Fault> {
    let id = id.into_inner();
    let fields = Fields(form);
    let why = Replacement {
        reason: fields.text("why"),
    };
    match ops::replace_changed(&house.db, &house.ctx, id, &why).await {
        Ok(_) => Ok(see_other(&format!("/imports/{id}#faults"))),
        Err(Error::Invalid(_)) => say_why(&house, id, fields.text("why")).await,
        Err(error) => Err(error.into()),
    }
}

/// Decides about lines that the file does not have.
async fn decide_gone(
    house: House,
    id: web::Path<SpendImportId>,
    PageForm(form): PageForm<Vec<(String, String)>>,
) -> Result<HttpResponse, Fault> {
    house.ctx.require(Operation::DecideGoneLines)?;
    let id = id.into_inner();
    let fields = Fields(form);
    let decision = match fields.some("decision").and_then(GoneResolution::from_slug) {
        Some(decision) => decision,
        None => GoneResolution::SetAside,
    };
    let chosen: Vec<SpendLineId> = fields.all("line").filter_map(parsed).collect();
    let all = fields.some("all").is_some();
    if chosen.is_empty() && !all {
        let mut shown = shown(&house, id, None).await?;
        shown.why = fields.text("why");
        shown.errors = vec![Link::new("Choose lines, or all of them", "#gone")];
        return page(&shown);
    }
    let decision = GoneDecision {
        decision,
        reason: fields.text("why"),
        line_ids: (!all).then_some(chosen),
    };
    match gone_lines::decide(&house.db, &house.ctx, id, &decision).await {
        Ok(_) => Ok(see_other(&format!("/imports/{id}?done=gone"))),
        Err(Error::Invalid(_)) => say_why(&house, id, fields.text("why")).await,
        Err(error) => Err(error.into()),
    }
}

async fn say_why(house: &House, id: SpendImportId, why: String) -> Result<HttpResponse, Fault> {
    let words = "Say why, in one line of at most 500 characters";
    let mut shown = shown(house, id, None).await?;
    shown.why = why;
    words.clone_into(&mut shown.why_error);
    shown.errors = vec![Link::new(words, "#why")];
    page(&shown)
}

/// Where to go on with a file that cannot be read.
fn remedies(import: &ImportView, may_load: bool) -> Vec<Link> {
    if !may_load || !matches!(import.state, ImportState::Failed | ImportState::Abandoned) {
        return Vec::new();
    }
    let mut links = Vec::new();
    if import.state == ImportState::Failed {
        links.push(Link::new(
            format!("Look at the layout “{}” and change it", import.profile_name),
            format!("/import-profiles/{}", import.profile_id),
        ));
        links.push(Link::new(
            "Make another layout from this file",
            "/import-profiles/new",
        ));
    }
    links.push(Link::new("Load the file again", "/imports#load"));
    links
}

/// An amount as somebody types it.
fn bare(pence: i64) -> String {
    money(pence).replace('£', "")
}

/// Who pays for the lines of an accepted file, and which months it leaves open.
async fn accepted(house: &House, import: &ImportView) -> Result<Accepted, Fault> {
    let (db, ctx) = (&house.db, &house.ctx);
    let mut said = Accepted {
        sentences: Vec::new(),
        links: Vec::new(),
    };
    let filter = SpendFilter {
        import: Some(import.id),
        ..SpendFilter::default()
    };
    let totals = spend::totals(db, ctx, &filter).await?;
    let credits: i64 = totals
        .reasons
        .iter()
        .filter(|total| total.reason == Unfunded::Credit)
        .map(|total| total.amount_pence)
        .sum();
    let open = totals.unfunded_pence - credits;
    if totals
        .reasons
        .iter()
        .any(|total| total.reason.slug() == "not-yet")
    {
        said.sentences
            .push("Its lines are being attributed to awards; look again in a minute.".to_owned());
    } else if open == 0 {
        said.sentences.push(format!(
            "Awards pay for all of it: {}.",
            money(totals.attributed_pence)
        ));
    } else {
        said.sentences.push(format!(
            "Awards pay for {}; {} is not covered by any.",
            money(totals.attributed_pence),
            money(open)
        ));
        said.links.push(Link::new(
            "See what is not covered, and why",
            format!("/spend?import_id={}&state=unsettled#list", import.id),
        ));
    }
    if import.rows_to_code > 0 {
        said.links
            .push(Link::new("Code the lines that wait", "/waiting-lines"));
    }
    said.links.push(Link::new(
        "Agree the month with the finance system",
        format!(
            "/ledger-agreement?month={}",
            first_of_month(import.period_to)
        ),
    ));
    if ctx.require(Operation::ClosePeriod).is_err() {
        return Ok(said);
    }
    let waiting = months_to_close(house).await?;
    if !waiting.is_empty() {
        said.sentences.push(
            "Next: close the month in each pool once the finance system has closed it. Returns \
             then say that they rest on it."
                .to_owned(),
        );
        said.links.extend(waiting);
    }
    Ok(said)
}

fn loaded_by(import: &ImportView) -> String {
    format!(
        "Loaded by {} on {}, for {}, as “{}”",
        import.created_by.as_deref().unwrap_or("the command line"),
        words::instant(&import.created_at),
        period(import.period_from, import.period_to),
        import.profile_name,
    )
}

fn fragment(import: &ImportView) -> Progress {
    let done = u64::try_from(import.rows_read).unwrap_or(0);
    let total = u64::try_from(import.rows_total)
        .unwrap_or(0)
        .max(done)
        .max(1);
    let reading = import.state == ImportState::Reading;
    let sentence = if !reading {
        format!("{} were read.", count(import.rows_read, "row", "rows"))
    } else if import.rows_total > 0 {
        format!(
            "{} of about {} rows are read.",
            grouped(import.rows_read),
            grouped(import.rows_total)
        )
    } else {
        format!("{} are read.", count(import.rows_read, "row", "rows"))
    };
    let quarter = if reading { done * 4 / total } else { 4 };
    Progress {
        sentence,
        done: if reading { done } else { total },
        total,
        poll: if reading {
            format!("/imports/{}/progress", import.id)
        } else {
            String::new()
        },
        say: match quarter {
            0 => String::new(),
            1 => "A quarter is read".to_owned(),
            2 => "Half is read".to_owned(),
            3 => "Three quarters are read".to_owned(),
            _ => "The file is read".to_owned(),
        },
    }
}

async fn progress(house: House, id: web::Path<SpendImportId>) -> Result<HttpResponse, Fault> {
    let import = view::import(&house.db, &house.ctx, id.into_inner()).await?;
    page(&ImportProgressFragment {
        p: fragment(&import),
    })
}

async fn file(house: House, id: web::Path<SpendImportId>) -> Result<HttpResponse, Fault> {
    Ok(attachment(
        view::source(&house.db, &house.ctx, id.into_inner()).await?,
    ))
}

fn says(fault: &FaultView) -> String {
    let cells: Vec<&str> = fault
        .cells
        .iter()
        .map(|cell| cell.value.trim())
        .filter(|value| !value.is_empty())
        .collect();
    let text = cells.join(", ");
    match text.char_indices().nth(160) {
        Some((end, _)) => format!("{}…", text.get(..end).unwrap_or_default()),
        None => text,
    }
}

fn reasons(fault: &FaultView) -> String {
    let all: Vec<&str> = fault
        .faults
        .iter()
        .map(|fault| fault.message.as_str())
        .collect();
    all.join(" ")
}

pub(super) fn decided(fault: &FaultView) -> String {
    let who = fault.resolved_by.as_deref().unwrap_or("the command line");
    match fault.resolution {
        None => String::new(),
        Some(FaultResolution::Corrected) => format!("Corrected by {who}"),
        Some(FaultResolution::Replaced) => format!(
            "Takes the place of the line that counts, by {who}: “{}”",
            fault.reason.as_deref().unwrap_or_default()
        ),
        Some(FaultResolution::SetAside) => format!(
            "Set aside by {who}: “{}”",
            fault.reason.as_deref().unwrap_or_default()
        ),
    }
}

fn fault_row(fault: FaultView, address: &str, may_settle: bool) -> Fault_ {
    let set_aside = decided(&fault);
    Fault_ {
        row: fault.row.to_string(),
        href: if may_settle {
            format!("{address}/rows/{}", fault.row)
        } else {
            String::new()
        },
        counts_href: fault
            .counts_line_id
            .map_or_else(String::new, |line| format!("/spend/{line}")),
        reason: reasons(&fault),
        detail: says(&fault),
        amount: fault
            .amount_pence
            .map_or_else(|| "not readable".to_owned(), money),
        may_tick: may_settle && set_aside.is_empty() && fault.amount_pence.is_some(),
        ticked: false,
        set_aside,
    }
}

async fn events(house: &House, import: &ImportView) -> Result<Vec<Event>, Fault> {
    let id = import.id.into();
    let history = audit::view::history(&house.db, &house.ctx, "spend_import", id, 0, 12).await?;
    Ok(history
        .entries
        .into_iter()
        .map(|entry| {
            let row = entry.detail.get("row").and_then(serde_json::Value::as_u64);
            let decision = entry
                .detail
                .get("decision")
                .and_then(serde_json::Value::as_str);
            let what = match (entry.operation.as_str(), row, decision) {
                ("imports.start", ..) => "The file was loaded".to_owned(),
                ("imports.accept", ..) if entry.detail.get("read_again").is_some() => {
                    "Other lines were accepted meanwhile; the file was read again".to_owned()
                }
                ("imports.accept", ..) => "The file was accepted".to_owned(),
                ("imports.control-total", ..) => "The control total was corrected".to_owned(),
                ("imports.abandon", ..) => "The file was given up".to_owned(),
                ("imports.settle", Some(row), Some("set-aside")) => {
                    format!("Row {row} was set aside")
                }
                ("imports.settle", Some(row), Some("replaced")) => {
                    format!("Row {row} was let take the place of the line that counts")
                }
                ("imports.settle", Some(row), _) => format!("Row {row} was corrected"),
                ("gone-lines.decide", _, Some(decision)) => gone_in_words(&entry.detail, decision),
                (other, ..) => audit::rules::sentence(other).to_owned(),
            };
            Event {
                what,
                who: entry.by,
                when: words::instant(&entry.at),
                why: entry
                    .detail
                    .get("reason")
                    .and_then(serde_json::Value::as_str)
                    .unwrap_or_default()
                    .to_owned(),
            }
        })
        .collect())
}

async fn set_aside(
    house: House,
    id: web::Path<SpendImportId>,
    PageForm(form): PageForm<Vec<(String, String)>>,
) -> Result<HttpResponse, Fault> {
    let id = id.into_inner();
    let reason = form
        .iter()
        .find(|(name, _)| name == "reason")
        .map(|(_, value)| value.clone())
        .unwrap_or_default();
    let rows: Vec<u32> = form
        .iter()
        .filter(|(name, _)| name == "row")
        .filter_map(|(_, value)| value.parse().ok())
        .collect();
    let mut trouble = None;
    if rows.is_empty() {
        trouble = Some(("#faults", "Choose the rows to set aside".to_owned()));
    } else if reason.trim().is_empty() {
        trouble = Some(("#reason", "Say why the rows are set aside".to_owned()));
    } else {
        let resolution = Resolution::SetAside {
            reason: reason.clone(),
            amount_pence: None,
        };
        for row in rows.iter().copied() {
            match ops::settle(&house.db, &house.ctx, id, row, &resolution).await {
                Ok(_) => {}
                Err(Error::Invalid(fields)) => {
                    trouble = fields
                        .into_iter()
                        .next()
                        .map(|field| ("#faults", field.detail));
                    break;
                }
                Err(error) => return Err(error.into()),
            }
        }
    }
    match trouble {
        None => Ok(see_other(&format!("/imports/{id}#faults"))),
        Some((href, words)) => {
            let mut shown = shown(&house, id, None).await?;
            shown.reason = reason;
            for fault in &mut shown.faults {
                fault.ticked = rows.iter().any(|row| fault.row == row.to_string());
            }
            if href == "#reason" {
                shown.reason_error.clone_from(&words);
            }
            shown.errors = vec![Link::new(words, href)];
            page(&shown)
        }
    }
}

#[derive(Deserialize)]
struct Version {
    version: i64,
}

async fn accept(
    house: House,
    id: web::Path<SpendImportId>,
    PageForm(form): PageForm<Version>,
) -> Result<HttpResponse, Fault> {
    let id = id.into_inner();
    ops::accept(&house.db, &house.ctx, id, Some(form.version)).await?;
    Ok(see_other(&format!("/imports/{id}?done=accepted")))
}

#[derive(Deserialize)]
struct NewTotal {
    version: i64,
    #[serde(default)]
    control_total: String,
}

async fn control_total(
    house: House,
    id: web::Path<SpendImportId>,
    PageForm(form): PageForm<NewTotal>,
) -> Result<HttpResponse, Fault> {
    let id = id.into_inner();
    let Some(control_total_pence) = pounds(&form.control_total) else {
        let mut shown = shown(&house, id, None).await?;
        let words = "Enter the total in pounds and pence, such as 268,402.07";
        shown.total = Some(TotalForm {
            value: form.control_total,
            error: words.to_owned(),
            open: true,
        });
        shown.errors = vec![Link::new(words, "#control_total")];
        return page(&shown);
    };
    let new = ControlTotal {
        control_total_pence,
    };
    ops::correct_control_total(&house.db, &house.ctx, id, Some(form.version), new).await?;
    Ok(see_other(&format!("/imports/{id}?done=total")))
}

async fn abandon(
    house: House,
    id: web::Path<SpendImportId>,
    PageForm(form): PageForm<Version>,
) -> Result<HttpResponse, Fault> {
    let id = id.into_inner();
    ops::abandon(&house.db, &house.ctx, id, Some(form.version)).await?;
    Ok(see_other(&format!("/imports/{id}")))
}
