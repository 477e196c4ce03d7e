//! Certify: can I sign? One page, no surprises.

use actix_web::{HttpRequest, HttpResponse, web};
use askama::Template;
use chrono::NaiveDate;
use domain::access::rules::Operation;
use domain::returns::ops::{self, NewCertification, NewPaperCertification, Paper};
use domain::returns::rules::words::listed;
use domain::returns::view::{self, CertifyPage as Found, Claim};
use domain::{Error, Money};
use entity::GrantReturnId;
use serde::Deserialize;

use super::agreement::Said;
use super::overridden::{self, Override, SinceBack};
use super::{money, workbooks};
use crate::http::forms::PageForm;
use crate::http::upload::Upload;
use crate::http::{Fault, House, forms};
use crate::pages::awards::Sum;
use crate::pages::shapes::{Fact, Section, crumbs_to};
use crate::pages::today::capital;
use crate::pages::{Link, PageFrame, page, see_other, urlencode, words};

#[derive(Template)]
#[template(path = "pages/certify.html")]
struct CertifyPage {
    page: PageFrame,
    crumbs: Vec<Link>,
    heading: &'static str,
    return_title: String,
    period: String,
    revision: String,
    content_hash: String,
    due: String,
    sentence: String,
    errors: Vec<Link>,
    money: Vec<Sum>,
    ledger: Vec<Section>,
    boards: Vec<Section>,
    open: Vec<Section>,
    /// What came to light since it was offered.
    stops: Vec<String>,
    /// Taking back what newer facts overtook, for whoever may.
    take_back: String,
    /// Why it is offered in place of what was certified before.
    resubmission: String,
    since_back: Option<SinceBack>,
    changed: Vec<String>,
    typed_over: Vec<Override>,
    let_stand: Vec<Override>,
    pinned: Vec<Override>,
    pinned_sentence: String,
    /// Runs that wait to be applied, until it is signed.
    runs: Vec<Link>,
    /// What we say in words, which the boards read too.
    words: Vec<Said>,
    parts: Vec<Fact>,
    /// Its signatures, once nothing waits to be signed.
    signatures: Vec<Signature>,
    office: String,
    statement: String,
    blocked: String,
    code_href: String,
    asks_code: bool,
    may_send_back: bool,
    address: String,
    downloads: Vec<Link>,
    reason: String,
    reason_error: String,
    paper: Option<PaperForm>,
}

/// A signature that was made.
struct Signature {
    office: String,
    statement: String,
    /// "Signed by Ruth Okafor on Friday 27 November 2026, 10:58pm."
    by: String,
}

fn signatures(found: &Found) -> Vec<Signature> {
    found
        .signatures
        .iter()
        .filter_map(|signed| {
            let at = signed.certified_at?;
            let recorded = signed.certified_by.clone().unwrap_or_default();
            Some(Signature {
                office: signed.office.clone(),
                statement: signed.statement.clone(),
                by: match (&signed.signed_by, signed.signed_on) {
                    (Some(name), Some(on)) => format!(
                        "Signed on paper by {name} on {}, recorded by {recorded}, {}.",
                        words::date(on),
                        words::instant(&at)
                    ),
                    _ => format!("Signed by {recorded}, {}.", words::instant(&at)),
                },
            })
        })
        .collect()
}

/// Asks for a copy signed on paper.
#[derive(Default)]
struct PaperForm {
    open: bool,
    signed_by: String,
    signed_by_error: String,
    signed_on: String,
    signed_on_error: String,
    copy_error: String,
}

pub async fn ask(house: House, id: web::Path<GrantReturnId>) -> Result<HttpResponse, Fault> {
    let found = view::certify_page(&house.db, &house.ctx, *id).await?;
    render(&house, &found, PaperForm::default()).await
}

fn check(name: &str, detail: String, good: bool) -> Section {
    Section {
        name: name.to_owned(),
        href: String::new(),
        hint: detail,
        state: if good { "Checked" } else { "Look at this" }.to_owned(),
        kind: if good { "done" } else { "waiting" }.to_owned(),
    }
}

async fn render(house: &House, found: &Found, paper: PaperForm) -> Result<HttpResponse, Fault> {
    let address = format!("/returns/{}", found.id);
    let may = house.ctx.require(Operation::CertifyReturn).is_ok();
    let asks_code = may && found.needs_second_factor;
    let next = found.next.as_ref();
    let stopped = !found.stops.is_empty() && next.is_some();
    let blocked = match &found.why_not {
        Some(why) if !asks_code || next.is_none() => why.clone(),
        _ => String::new(),
    };
    let may_send_back = next.is_some()
        && (blocked.is_empty() || stopped)
        && house.ctx.require(Operation::RequestChanges).is_ok();
    let looked = looks(found);
    let signed = !found.signatures.iter().any(|office| !office.signed);
    let sentence = if signed {
        "It is signed. This is what was signed, and what was known then.".to_owned()
    } else if found.overtaken {
        format!(
            "Nobody can sign this as it is. It waits for {} to take it back.",
            found.preparer.as_deref().unwrap_or("whoever prepares it")
        )
    } else if stopped {
        "Nobody can sign this as it is.".to_owned()
    } else if !blocked.is_empty() {
        format!("You cannot sign this one. {blocked}")
    } else if asks_code {
        "Read it, then show your second check; then you can sign.".to_owned()
    } else if looked == 0 {
        "You can sign: it agrees to the ledger, every check passed, and nothing was overridden."
            .to_owned()
    } else {
        format!(
            "You can sign. {} below first.",
            match looked {
                1 => "Read the one thing that is marked".to_owned(),
                many => format!("Read the {many} things that are marked"),
            }
        )
    };
    let spend_href = house.ctx.require(Operation::ReadSpend).map_or_else(
        |_| String::new(),
        |()| format!("/spend?award={}", found.award_id),
    );
    let runs = match signed {
        true => Vec::new(),
        false => crate::pages::pools::runs::heeds(house, found.award_id).await?,
    };
    page(&CertifyPage {
        runs,
        page: PageFrame::of(
            house,
            if signed {
                "What was certified"
            } else {
                "Certify a return"
            },
        )
        .await?,
        heading: if signed {
            "What was certified"
        } else {
            "Certify this return"
        },
        crumbs: crumbs_to(&found.title, &address),
        return_title: found.award.clone(),
        period: found.title.clone(),
        revision: format!("Version {}", found.revision),
        content_hash: found.content_hash.clone(),
        due: format!("Due {}", found.due_in_words),
        sentence,
        errors: [
            ("signed_by", &paper.signed_by_error),
            ("signed_on", &paper.signed_on_error),
            ("file", &paper.copy_error),
        ]
        .into_iter()
        .filter(|(_, error)| !error.is_empty())
        .map(|(name, error)| Link::new(error.clone(), format!("#{name}")))
        .collect(),
        money: money::sums(found, &spend_href, &money::CERTIFIER),
        ledger: ledger(found),
        boards: boards(found),
        open: found
            .findings
            .iter()
            .filter(|finding| !is_of_the_ledger(&finding.code) && !finding.stops())
            .map(|finding| check(&finding.message, overridden::place(&finding.place()), false))
            .collect(),
        since_back: found
            .sent_back
            .as_ref()
            .map(|back| overridden::since_back(back, &address)),
        changed: changed(found),
        typed_over: overridden::typed_over(found, &address),
        let_stand: overridden::let_stand(found, |_, message| message.to_owned()),
        pinned: overridden::pinned(found, house.ctx.require(Operation::ReadSpend).is_ok()),
        pinned_sentence: overridden::pins_in_short(found),
        words: super::agreement::said(found),
        signatures: signatures(found),
        parts: found
            .totals
            .iter()
            .map(|total| Fact {
                href: format!("{address}/figures/{}", total.key),
                ..Fact::new(total.label.clone(), total.amount.in_full())
            })
            .collect(),
        take_back: if found.overtaken && house.ctx.require(Operation::AnswerField).is_ok() {
            format!("{address}/taking-back")
        } else {
            String::new()
        },
        resubmission: found.resubmission_reason.clone().unwrap_or_default(),
        stops: found.stops.clone(),
        office: next.map_or_else(String::new, |next| next.office.clone()),
        statement: next.map_or_else(String::new, |next| next.words.clone()),
        blocked: if stopped {
            "It can be signed once what is said at the top is mended.".to_owned()
        } else {
            blocked
        },
        code_href: format!(
            "/sign-in/code?next={}",
            urlencode(&format!("{address}/certify"))
        ),
        asks_code,
        may_send_back,
        downloads: vec![Link::new(
            "The filled workbook",
            format!("{address}/workbook"),
        )],
        address,
        reason: String::new(),
        reason_error: String::new(),
        paper: (found.may_record_paper && next.is_some()).then_some(paper),
    })
}

/// Findings that the lines about the ledger say already.
fn is_of_the_ledger(code: &str) -> bool {
    matches!(
        code,
        "spend-not-loaded"
            | "ledger-open"
            | "unattributed-spend"
            | "credits-without-a-line"
            | "not-agreed-to-ledger"
    )
}

/// How many things a certifier should read before signing.
fn looks(found: &Found) -> usize {
    let ledger = ledger(found);
    ledger.iter().filter(|line| line.kind != "done").count()
        + found
            .findings
            .iter()
            .filter(|finding| !is_of_the_ledger(&finding.code))
            .count()
        + found
            .silenced
            .iter()
            .filter(|one| one.message.is_some())
            .count()
        + found.overridden.len()
        + usize::from(found.pins.lines > 0)
        + found.changed_since_last.len()
}

/// Whether it agrees to the ledger, as far as what is recorded here can tell.
fn ledger(found: &Found) -> Vec<Section> {
    let claim = &found.claim;
    let months: Vec<String> = claim
        .open_months
        .iter()
        .map(|on| words::month(*on))
        .collect();
    let months: Vec<&str> = months.iter().map(String::as_str).collect();
    let total = match (claim.claimed, claim.difference) {
        (Some(claimed), Some(Money::ZERO)) => check(
            "The period’s total is the ledger’s, to the penny",
            format!("{} in both", claimed.in_full()),
            true,
        ),
        (Some(claimed), Some(difference)) if is_rounding(difference) => check(
            "The period’s total is the ledger’s, but for rounding",
            format!(
                "{} here, {} in the ledger",
                claimed.in_full(),
                claim.ledger.in_full()
            ),
            true,
        ),
        (Some(claimed), Some(difference)) => check(
            &format!(
                "The return claims {} {} than the ledger has",
                Money(difference.pence().saturating_abs()).in_full(),
                if difference > Money::ZERO {
                    "more"
                } else {
                    "less"
                }
            ),
            format!(
                "{} here, {} in the ledger",
                claimed.in_full(),
                claim.ledger.in_full()
            ),
            false,
        ),
        _ => check(
            "The form has no total to compare with the ledger’s",
            format!("The ledger has {} for the period", claim.ledger.in_full()),
            found.overridden.is_empty(),
        ),
    };
    let files = match (claim.files, claim.control_total) {
        (0, _) => check("No file of spend covers the period", String::new(), false),
        (n, Some(stated)) => {
            let whole = claim
                .loaded
                .plus(claim.set_aside)
                .and_then(|sum| sum.plus(claim.to_code))
                == Some(stated);
            let uncoded = if claim.to_code_lines == 0 {
                String::new()
            } else {
                format!(
                    "; {} of {} to be coded and not in these figures",
                    if claim.to_code_lines == 1 {
                        "1 line waits".to_owned()
                    } else {
                        format!("{} lines wait", claim.to_code_lines)
                    },
                    claim.to_code.in_full()
                )
            };
            let aside = if claim.set_aside_rows == 0 {
                "nothing was set aside".to_owned()
            } else {
                format!(
                    "{} {} set aside by name and not in these figures",
                    words::count(
                        usize::try_from(claim.set_aside_rows).unwrap_or(0),
                        "row",
                        "rows"
                    ),
                    if claim.set_aside_rows == 1 {
                        format!("of {} was", claim.set_aside.in_full())
                    } else {
                        format!("of {} in all were", claim.set_aside.in_full())
                    }
                )
            };
            check(
                &if whole {
                    format!(
                        "What was loaded agrees to the control totals of {}",
                        files(n)
                    )
                } else {
                    format!(
                        "What was loaded differs from the control totals of {}",
                        files(n)
                    )
                },
                format!(
                    "{} stated, {} loaded; {aside}{uncoded}",
                    stated.in_full(),
                    claim.loaded.in_full()
                ),
                whole && claim.set_aside_rows == 0 && claim.to_code_lines == 0,
            )
        }
        (n, None) => check(
            &format!(
                "{} of spend cover the period; not each states a control total",
                files(n)
            ),
            format!("{} was loaded", claim.loaded.in_full()),
            false,
        ),
    };
    let loaded = match claim.loaded_to {
        Some(on) => check(
            &format!("Spend is loaded to {}", words::day(on)),
            if claim.loaded_whole {
                String::new()
            } else {
                "The period ends later: what was spent after that is not in these figures"
                    .to_owned()
            },
            claim.loaded_whole,
        ),
        None => check("No spend is loaded", String::new(), false),
    };
    let closed = if months.is_empty() {
        check(
            "Every month of the period is closed in the ledger",
            String::new(),
            true,
        )
    } else {
        check(
            &format!(
                "{} has not closed {} in its ledger",
                capital(&found.holder),
                listed(&months)
            ),
            "Spend of these months may still come: what is posted after this is not in these figures"
                .to_owned(),
            false,
        )
    };
    let covered = if found.unattributed_lines == 0 {
        check(
            "All spend of the period in the pools that this award pays into is covered by an award",
            String::new(),
            true,
        )
    } else {
        check(
            &format!(
                "{} of the period’s spend is covered by no award",
                found.unattributed.in_full()
            ),
            format!(
                "{} in the pools that this award pays into; nothing of it is claimed here",
                words::count(
                    usize::try_from(found.unattributed_lines).unwrap_or(0),
                    "line",
                    "lines"
                )
            ),
            false,
        )
    };
    let mut lines = vec![total, files, loaded, closed, compared(claim), covered];
    if claim.accrual_lines > 0 {
        lines.push(check(
            &format!("{} of it is estimated", claim.accruals.in_full()),
            format!(
                "{} for which the invoice may come out otherwise",
                words::count(
                    usize::try_from(claim.accrual_lines).unwrap_or(0),
                    "accrual",
                    "accruals"
                )
            ),
            false,
        ));
    }
    if claim.at_risk > Money::ZERO {
        lines.push(check(
            &format!(
                "{} is paid out of money that the funder has not confirmed",
                claim.at_risk.in_full()
            ),
            "Spent at risk, as the holder agreed; counted over all time, as it is now".to_owned(),
            false,
        ));
    }
    if claim.over > Money::ZERO {
        lines.push(check(
            &format!(
                "{} is attributed beyond what the award may pay",
                claim.over.in_full()
            ),
            "To repay or resolve; counted over all time, as it is now".to_owned(),
            false,
        ));
    }
    if found.credits < Money::ZERO {
        lines.push(check(
            &format!(
                "{} came back in the period, of what this award may pay for, and names no line",
                Money(found.credits.pence().saturating_abs()).in_full()
            ),
            "What awards pay for is not lowered by it: together they may claim more than was spent"
                .to_owned(),
            false,
        ));
    }
    lines
}

/// Whether each month of the period was compared with the finance system, cost centre by cost centre.
fn compared(claim: &Claim) -> Section {
    let said = |months: &[NaiveDate]| {
        let months: Vec<String> = months.iter().map(|on| words::month(*on)).collect();
        let months: Vec<&str> = months.iter().map(String::as_str).collect();
        listed(&months)
    };
    if !claim.not_agreed.is_empty() {
        return check(
            &format!(
                "The finance system says otherwise for {}",
                said(&claim.not_agreed)
            ),
            "Compared by cost centre and month".to_owned(),
            false,
        );
    }
    if claim.not_stated.is_empty() {
        return check(
            "Every month of the period agrees with the finance system",
            "Compared by cost centre and month".to_owned(),
            true,
        );
    }
    check(
        &format!(
            "Nobody compared {} with the finance system",
            said(&claim.not_stated)
        ),
        "What it says by cost centre was not stated: a finance officer loads a trial balance under Imports"
            .to_owned(),
        false,
    )
}

fn files(n: u64) -> String {
    words::count(usize::try_from(n).unwrap_or(0), "file", "files")
}

/// Forms ask for whole pounds: a difference under one is no disagreement.
fn is_rounding(difference: Money) -> bool {
    difference.pence().abs() < 100
}

fn boards(found: &Found) -> Vec<Section> {
    found
        .boards
        .iter()
        .map(|board| {
            let name = match board.board {
                entity::Board::Trustees => "The Trustee Board’s agreement",
                entity::Board::Committee => "The Recovery Advisory Committee’s agreement",
            };
            let on = board.agreed_on.map(words::date);
            let minute = board.minute.clone().unwrap_or_default();
            Section {
                name: name.to_owned(),
                href: String::new(),
                hint: on.map_or_else(String::new, |on| format!("On {on}, minute: {minute}")),
                state: if board.agreed { "Agreed" } else { "Not yet" }.to_owned(),
                kind: if board.agreed { "done" } else { "waiting" }.to_owned(),
            }
        })
        .collect()
}

/// What changed since the last return, or that there was none.
fn changed(found: &Found) -> Vec<String> {
    let Some(last) = &found.claim.last else {
        return vec![
            "This is the first return of this kind: there is none to compare with.".to_owned(),
        ];
    };
    let mut said = Vec::new();
    if !last.sent {
        said.push(format!("The last one, {}, has not been sent.", last.period));
    }
    if let (Some(then), Some(now)) = (last.claimed, found.claim.claimed) {
        let difference = now.minus(then).unwrap_or_default();
        said.push(format!(
            "{} was claimed for {}; {} is claimed now, {}.",
            then.in_full(),
            last.period,
            now.in_full(),
            if difference == Money::ZERO {
                "the same".to_owned()
            } else {
                format!(
                    "{} {}",
                    Money(difference.pence().saturating_abs()).in_full(),
                    if difference > Money::ZERO {
                        "more"
                    } else {
                        "less"
                    }
                )
            }
        ));
    }
    said.extend(
        found
            .changed_since_last
            .iter()
            .map(|finding| finding.message.clone()),
    );
    if found.changed_since_last.is_empty() && last.sent {
        said.push("No figure of a time that was reported before has changed.".to_owned());
    }
    said
}

#[derive(Deserialize)]
pub struct Signed {
    content_hash: String,
    office: String,
    statement: String,
}

pub async fn certify(
    house: House,
    id: web::Path<GrantReturnId>,
    PageForm(form): PageForm<Signed>,
) -> Result<HttpResponse, Fault> {
    let new = NewCertification {
        content_hash: form.content_hash,
        office: form.office,
        statement: form.statement.replace("\r\n", "\n"),
    };
    ops::certify(&house.db, &house.ctx, &workbooks(&house), *id, &new).await?;
    Ok(see_other(&format!("/returns/{}?done=certified", *id)))
}

/// Takes a copy signed on paper in.
pub async fn on_paper(
    house: House,
    id: web::Path<GrantReturnId>,
    request: HttpRequest,
    payload: web::Payload,
) -> Result<HttpResponse, Fault> {
    house.ctx.require(Operation::CertifyOnPaper)?;
    let upload = Upload::of(&request, payload).await?;
    forms::check(&request, upload.field("csrf"))?;
    let field = |name: &str| upload.field(name).unwrap_or_default().to_owned();
    let mut tried = PaperForm {
        open: true,
        signed_by: field("signed_by"),
        signed_on: field("signed_on"),
        ..PaperForm::default()
    };
    let on = ["%d/%m/%Y", "%Y-%m-%d", "%d %B %Y"]
        .iter()
        .find_map(|shape| NaiveDate::parse_from_str(tried.signed_on.trim(), shape).ok());
    let (content_hash, office) = (field("content_hash"), field("office"));
    let (name, bytes) = upload.file.unwrap_or_default();
    let done = match on {
        Some(signed_on) => {
            let new = NewPaperCertification {
                content_hash,
                office,
                signed_by: tried.signed_by.clone(),
                signed_on,
            };
            let paper = Paper { name, bytes };
            let books = workbooks(&house);
            ops::certify_on_paper(&house.db, &house.ctx, &books, *id, &new, &paper).await
        }
        None => Err(Error::invalid(
            "/signed_on",
            "required",
            "Enter the date on the paper, such as 30/10/2026.",
        )),
    };
    match done {
        Ok(_) => Ok(see_other(&format!("/returns/{}?done=on-paper", *id))),
        Err(Error::Invalid(fields)) => {
            for field in fields {
                match field.pointer.as_str() {
                    "/signed_by" => tried.signed_by_error = field.detail,
                    "/copy" => tried.copy_error = field.detail,
                    _ => tried.signed_on_error = field.detail,
                }
            }
            let found = view::certify_page(&house.db, &house.ctx, *id).await?;
            render(&house, &found, tried).await
        }
        Err(other) => Err(other.into()),
    }
}
