//! Spend: what came in and what is not settled? And one line: where it comes from, who pays.

use actix_web::{HttpRequest, HttpResponse, web};
use askama::Template;
use domain::access::rules::Operation;
use domain::attribution::reasons;
use domain::attribution::rules::Unfunded;
use domain::calendar::rules::months_in_words;
use domain::commitments::{self, rules::MetBy};
use domain::imports;
use domain::journals;
use domain::spend::view::{self, Settled, SpendTotals, SpendView};
use domain::{Money, categories, pools};
use entity::{SpendKind, SpendLineId};
use serde::Deserialize;

use super::super::{Link, PageFrame, page, words};
use super::parts::{Choice, Pager, grouped, money, short};
use super::pins;
use crate::http::{Fault, House};
use crate::json::spend_lines::{Narrow, as_table, looked_for};

pub fn configure(config: &mut web::ServiceConfig) {
    config
        .service(web::resource("/spend").route(web::get().to(list)))
        .service(web::resource("/spend/lines.csv").route(web::get().to(download)))
        .service(web::resource("/spend/{id}").route(web::get().to(line)));
}

const SHOWN: u64 = 50;

#[derive(Template)]
#[template(path = "pages/spend.html")]
struct SpendPage {
    page: PageFrame,
    /// Nothing is loaded yet.
    none: bool,
    may_load: bool,
    sentence: String,
    reasons: Vec<Reason>,
    filter_state: Vec<Choice>,
    filter_reason: Vec<Choice>,
    filter_pool: Vec<Choice>,
    filter_category: Vec<Choice>,
    filter_month: Vec<Choice>,
    kept: Vec<(String, String)>,
    words: String,
    shown: String,
    rows: Vec<SpendRow>,
    total: String,
    downloads: Vec<Link>,
    pager: Option<Pager>,
}

struct Reason {
    text: String,
    href: String,
    lines: String,
    amount: String,
    remedy: String,
}

struct SpendRow {
    supplier: String,
    href: String,
    what: String,
    date: String,
    category: String,
    paid_by: String,
    kind: String,
    amount: String,
}

/// The filters as they stand in the address; what was not chosen is empty.
#[derive(Clone, Debug, Default, Deserialize)]
struct Asked {
    #[serde(default)]
    state: String,
    #[serde(default, alias = "pool")]
    pool_id: String,
    #[serde(default, alias = "category")]
    category_id: String,
    #[serde(default, alias = "award")]
    award_id: String,
    #[serde(default)]
    import_id: String,
    #[serde(default)]
    month: String,
    #[serde(default)]
    from: String,
    #[serde(default)]
    to: String,
    #[serde(default)]
    reason: String,
    #[serde(default)]
    words: String,
    after: Option<uuid::Uuid>,
}

impl Asked {
    fn pairs(&self) -> Vec<(&'static str, &str)> {
        [
            ("state", &self.state),
            ("pool", &self.pool_id),
            ("category", &self.category_id),
            ("award", &self.award_id),
            ("import_id", &self.import_id),
            ("month", &self.month),
            ("from", &self.from),
            ("to", &self.to),
            ("reason", &self.reason),
            ("words", &self.words),
        ]
        .into_iter()
        .filter(|(_, value)| !value.is_empty())
        .map(|(name, value)| (name, value.as_str()))
        .collect()
    }

    fn query(&self) -> String {
        serde_urlencoded::to_string(self.pairs()).unwrap_or_default()
    }

    /// What cannot be read is not chosen.
    fn filter(&self) -> view::SpendFilter {
        let narrow = Narrow {
            pool_id: self.pool_id.parse().ok(),
            category_id: self.category_id.parse().ok(),
            award_id: self.award_id.parse().ok(),
            import_id: self.import_id.parse().ok(),
            month: self.month.parse().ok(),
            from: self.from.parse().ok(),
            to: self.to.parse().ok(),
            state: match self.state.as_str() {
                "unsettled" => Some(Settled::Unsettled),
                "settled" => Some(Settled::Settled),
                _ => None,
            },
            reason: Unfunded::ALL
                .into_iter()
                .find(|reason| reason.slug() == self.reason),
        };
        view::SpendFilter {
            words: looked_for(&self.words),
            ..narrow.filter()
        }
    }
}

async fn list(house: House, asked: web::Query<Asked>) -> Result<HttpResponse, Fault> {
    let (db, ctx) = (&house.db, &house.ctx);
    let asked = asked.into_inner();
    let filter = asked.filter();
    let everything = view::totals(db, ctx, &view::SpendFilter::default()).await?;
    let totals = match filter == view::SpendFilter::default() {
        true => everything.clone(),
        false => view::totals(db, ctx, &filter).await?,
    };
    let after = asked.after.map(SpendLineId);
    let mut lines = view::list(db, ctx, &filter, after, SHOWN + 1).await?;
    let more = lines.len() > usize::try_from(SHOWN).unwrap_or(usize::MAX);
    if more {
        lines.pop();
    }
    let query = asked.query();
    let with = |more: &str| match query.is_empty() {
        true => more.to_owned(),
        false => format!("{query}&{more}"),
    };
    let any = |text: &str| Choice::new("", text, "-");
    let mut filter_pool = vec![any("Every pool")];
    for pool in pools::view::list(db, ctx, None, 200).await? {
        filter_pool.push(Choice::new(pool.id.to_string(), pool.name, &asked.pool_id));
    }
    let mut filter_category = vec![any("Every cost category")];
    for category in categories::view::list(db, ctx, None, 200).await? {
        filter_category.push(Choice::new(
            category.id.to_string(),
            category.name,
            &asked.category_id,
        ));
    }
    let mut filter_month = vec![any("Every month")];
    for month in view::months(db, ctx).await? {
        filter_month.push(Choice::new(
            month.to_string(),
            month.format("%B %Y").to_string(),
            &asked.month,
        ));
    }
    page(&SpendPage {
        page: PageFrame::of(&house, "Spend").await?,
        none: everything.lines == 0,
        may_load: house.ctx.require(Operation::StartImport).is_ok(),
        sentence: in_all(&everything),
        reasons: everything
            .reasons
            .iter()
            .map(|total| Reason {
                text: total.reason.words().to_owned(),
                href: format!("/spend?reason={}#list", total.reason.slug()),
                lines: grouped(total.lines),
                amount: money(total.amount_pence),
                remedy: total.reason.remedy().to_owned(),
            })
            .collect(),
        filter_state: vec![
            any("All spend"),
            Choice::new("unsettled", "Not settled", &asked.state),
            Choice::new("settled", "Settled", &asked.state),
        ],
        filter_reason: std::iter::once(any("For any reason"))
            .chain(
                Unfunded::ALL
                    .into_iter()
                    .map(|reason| Choice::new(reason.slug(), reason.words(), &asked.reason)),
            )
            .collect(),
        filter_pool,
        filter_category,
        filter_month,
        kept: asked
            .pairs()
            .into_iter()
            .filter(|(name, _)| ["award", "import_id", "from", "to"].contains(name))
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .collect(),
        shown: match &filter.words {
            Some(words) => format!("With “{words}”, not settled first, then the newest"),
            None => format!(
                "{} of {}, not settled first, then the newest",
                grouped(i64::try_from(lines.len()).unwrap_or(0)),
                grouped(totals.lines)
            ),
        },
        words: filter.words.clone().unwrap_or_default(),
        total: money(lines.iter().map(|line| line.amount_pence).sum()),
        pager: (more || after.is_some()).then(|| Pager {
            sentence: match &filter.words {
                // sums are not kept by words
                Some(words) => format!("Lines with “{words}”"),
                None => format!(
                    "All {} together are {}, of which {} has no award to pay for it",
                    grouped(totals.lines),
                    money(totals.amount_pence),
                    money(open_and_credits(&totals).0)
                ),
            },
            previous_href: after.map_or_else(String::new, |_| format!("/spend?{query}#list")),
            next_href: lines
                .last()
                .filter(|_| more)
                .map(|last| format!("/spend?{}#list", with(&format!("after={}", last.id))))
                .unwrap_or_default(),
        }),
        downloads: vec![Link::new(
            "Download these lines as CSV",
            format!("/spend/lines.csv?{query}"),
        )],
        rows: lines.into_iter().map(spend_row).collect(),
    })
}

/// What is not covered, and the credits that lower it: a credit is nobody's to pay.
fn open_and_credits(totals: &SpendTotals) -> (i64, i64) {
    let credits = totals
        .reasons
        .iter()
        .filter(|total| total.reason == Unfunded::Credit)
        .map(|total| total.amount_pence)
        .sum();
    (totals.unfunded_pence - credits, credits)
}

fn in_all(everything: &SpendTotals) -> String {
    let whole = Money(everything.amount_pence).in_words();
    let mut sentence = match open_and_credits(everything) {
        _ if everything.lines == 0 => return "No spend is loaded yet.".to_owned(),
        (0, _) => format!("Every pound of {whole} has an award to pay for it."),
        (open, _) => format!("{} of {whole} has no award to pay for it.", money(open)),
    };
    let (_, credits) = open_and_credits(everything);
    if credits != 0 {
        sentence.push_str(&format!(
            " Credits of {} that name no line lower it.",
            money(-credits)
        ));
    }
    sentence
}

fn spend_row(line: SpendView) -> SpendRow {
    let (paid_by, kind) = match (line.unfunded_because, line.attributions.as_slice()) {
        (Some(Unfunded::Credit), []) => ("Credit: nothing needs doing".to_owned(), "off"),
        (Some(why), []) => (why.words().to_owned(), "wrong"),
        (Some(_), parts) => (
            format!("{} is not covered", money(line.unfunded_pence)),
            if parts.is_empty() { "wrong" } else { "doing" },
        ),
        (None, [only]) => (only.award_title.clone(), "done"),
        (None, parts) => (format!("{} awards", parts.len()), "done"),
    };
    SpendRow {
        supplier: line.supplier.unwrap_or_else(|| "Not named".to_owned()),
        href: format!("/spend/{}", line.id),
        what: line.description.unwrap_or_default(),
        date: short(line.incurred_on),
        category: line.category_name,
        paid_by,
        kind: kind.to_owned(),
        amount: money(line.amount_pence),
    }
}

async fn download(
    house: House,
    asked: web::Query<Asked>,
    _request: HttpRequest,
) -> Result<HttpResponse, Fault> {
    as_table(&house, &asked.filter()).await
}

#[derive(Template)]
#[template(path = "pages/spend_line.html")]
struct LinePage {
    page: PageFrame,
    crumbs: Vec<Link>,
    supplier: String,
    sentence: String,
    why: String,
    settle: Vec<String>,
    settle_links: Vec<Link>,
    parts: Vec<Part>,
    unfunded: String,
    total: String,
    stays: Vec<Stays>,
    pins: Vec<pins::Row>,
    pin_href: String,
    reasons: Vec<Why>,
    history_href: String,
    facts: Vec<(String, String, String)>,
}

struct Part {
    award: String,
    href: String,
    fence: String,
    amount: String,
}

/// Why an award pays for it as it does.
struct Why {
    award: String,
    href: String,
    because: String,
}

/// That part of a line stays, and where it is certified.
struct Stays {
    before: String,
    returns: Vec<Link>,
    after: String,
}

async fn line(house: House, id: web::Path<SpendLineId>) -> Result<HttpResponse, Fault> {
    let line = view::one(&house.db, &house.ctx, id.into_inner()).await?;
    // a journal pays nobody: it is called by what it is for
    let journal = (line.kind == SpendKind::Journal)
        .then(|| line.description.clone())
        .flatten();
    let supplier = line
        .supplier
        .clone()
        .or(journal)
        .unwrap_or_else(|| "Not named".to_owned());
    let mut facts = vec![
        (
            "For",
            line.description.clone().unwrap_or_default(),
            String::new(),
        ),
        (
            "Date received",
            words::date(line.incurred_on),
            String::new(),
        ),
        (
            "Date posted",
            line.posted_on.map(words::date).unwrap_or_default(),
            String::new(),
        ),
        (
            "Ledger month",
            line.ledger_month
                .map(|month| month.format("%B %Y").to_string())
                .unwrap_or_default(),
            String::new(),
        ),
        (
            "Pool",
            line.pool_name.clone(),
            format!("/pools/{}", line.pool_id),
        ),
        ("Cost category", line.category_name.clone(), String::new()),
        (
            "Capital or revenue",
            if line.capital { "Capital" } else { "Revenue" }.to_owned(),
            String::new(),
        ),
        ("Kind", kind(line.kind).to_owned(), String::new()),
        (
            "Place",
            line.place.clone().unwrap_or_default(),
            String::new(),
        ),
        (
            "Group",
            line.people_group.clone().unwrap_or_default(),
            String::new(),
        ),
        (
            "Ledger’s transaction and line",
            [line.transaction.clone(), line.line.clone()]
                .into_iter()
                .flatten()
                .collect::<Vec<_>>()
                .join(", line "),
            String::new(),
        ),
    ];
    facts.push(from(&house, &line).await?);
    if let Some(original) = line.reverses_id {
        facts.push((
            "Takes back",
            "An earlier line, whole".to_owned(),
            format!("/spend/{original}"),
        ));
    }
    let of_split = split(&house, &line).await?;
    let was_split = !of_split.is_empty() && line.unfunded_because == Some(Unfunded::Reversed);
    facts.extend(of_split);
    let how = domain::coding::view::how(&house.db, &house.ctx, line.id).await?;
    facts.push((
        "Contract or order number",
        line.commitment_ref.clone().unwrap_or_default(),
        String::new(),
    ));
    facts.extend(against(&house, &line).await?);
    facts.extend(coded(&how));
    facts.retain(|(_, value, _)| !value.is_empty());
    let reasons = reasons::reasons(&house.db, &house.ctx, line.id).await?;
    let reasons = reasons
        .into_iter()
        .map(|one| Why {
            href: format!("/awards/{}", one.award_id),
            award: one.award_title,
            because: one.because,
        })
        .collect();
    let (pins, pin_href) = pins::on_the_page(&house, &line).await?;
    page(&LinePage {
        page: PageFrame::of(&house, &supplier).await?,
        crumbs: vec![Link::new("Spend", "/spend")],
        sentence: if was_split {
            "It was split: its parts are lines of their own, each paid for by its own pool."
                .to_owned()
        } else {
            sentence(&line)
        },
        why: line
            .unfunded_because
            .filter(|_| !was_split)
            .map_or_else(String::new, |why| why.words().to_owned()),
        settle: line
            .unfunded_because
            .filter(|_| !was_split)
            .map_or_else(Vec::new, |why| how_to_settle(why, &line)),
        settle_links: line
            .unfunded_because
            .map_or_else(Vec::new, |why| where_to_settle(&house, why, &line)),
        parts: line
            .attributions
            .iter()
            .map(|part| Part {
                award: part.award_title.clone(),
                href: format!("/awards/{}", part.award_id),
                fence: part.fence_name.clone().unwrap_or_default(),
                amount: money(part.amount_pence),
            })
            .collect(),
        unfunded: if line.unfunded_pence == 0 {
            String::new()
        } else {
            money(line.unfunded_pence)
        },
        total: money(line.amount_pence),
        stays: stays(&line),
        history_href: match pins.is_empty() {
            true => String::new(),
            false => format!("/history/spend_line/{}", line.id),
        },
        pins,
        pin_href,
        reasons,
        facts: facts
            .into_iter()
            .map(|(key, value, href)| (key.to_owned(), value, href))
            .collect(),
        supplier,
    })
}

/// What of a line stays with an award because it is certified, whatever the rules become.
fn stays(line: &SpendView) -> Vec<Stays> {
    let held = line
        .attributions
        .iter()
        .filter(|part| !part.certified_in.is_empty());
    held.map(|part| {
        let all = part.certified_pence == part.amount_pence;
        let of_it = match (all, line.attributions.len()) {
            (true, 1) => "What".to_owned(),
            (true, _) => format!("The {} that", money(part.amount_pence)),
            (false, _) => format!(
                "Of the {} that {} pays for, {}",
                money(part.amount_pence),
                part.award_title,
                money(part.certified_pence)
            ),
        };
        Stays {
            before: match all {
                true => format!("{of_it} {} pays for is certified in", part.award_title),
                false => format!("{of_it} is certified in"),
            },
            returns: part
                .certified_in
                .iter()
                .map(|one| {
                    Link::new(
                        format!(
                            "the return for {}",
                            months_in_words(one.period_from, one.period_to)
                        ),
                        format!("/returns/{}", one.return_id),
                    )
                })
                .collect(),
            after: "it stays, whatever becomes of the awards and of the pool’s rule".to_owned(),
        }
    })
    .collect()
}

/// The file and row, or the journal and line, that a line comes from.
async fn from(house: &House, line: &SpendView) -> Result<(&'static str, String, String), Fault> {
    let journal = journals::view::source_of(&house.db, &house.ctx, line.import_id).await?;
    if let Some(journal) = journal {
        return Ok((
            "From",
            format!("Journal {}, line {}", journal.number, line.row),
            format!("/journals/{}", journal.id),
        ));
    }
    let import = imports::view::import(&house.db, &house.ctx, line.import_id).await?;
    if line.reverses_id.is_some() {
        // no row of the file, which has the line otherwise or not at all
        return Ok((
            "Because of",
            import.file_name,
            format!("/imports/{}", import.id),
        ));
    }
    Ok((
        "From",
        format!("{}, row {}", import.file_name, line.row),
        format!("/imports/{}", import.id),
    ))
}

/// What a line was split into, or the line that it is a part of.
async fn split(
    house: &House,
    line: &SpendView,
) -> Result<Vec<(&'static str, String, String)>, Fault> {
    let found = domain::apportionments::view::of_line(&house.db, &house.ctx, line.id).await?;
    let Some(split) = found else {
        return Ok(Vec::new());
    };
    let named = (
        "Split by",
        format!("Apportionment {}: {}", split.number, split.title),
        format!("/apportionments/{}", split.apportionment_id),
    );
    let mut facts = vec![named];
    if split.of_line_id == line.id {
        facts.extend(split.parts.into_iter().map(|part| {
            let place = part.place.map(|place| format!(", {place}"));
            (
                "Into",
                format!(
                    "{} in {}, {}{}",
                    money(part.amount_pence),
                    part.pool,
                    part.category,
                    place.unwrap_or_default()
                ),
                format!("/spend/{}", part.line_id),
            )
        }));
    } else {
        facts.push((
            "Of the line",
            format!("{} as the ledger has it", money(split.of_pence)),
            format!("/spend/{}", split.of_line_id),
        ));
    }
    Ok(facts)
}

/// The agreement with a provider that the line counts against, and by what.
async fn against(
    house: &House,
    line: &SpendView,
) -> Result<Option<(&'static str, String, String)>, Fault> {
    if house.ctx.require(Operation::ReadCommitments).is_err() {
        return Ok(None);
    }
    let met = commitments::view::met_by(&house.db, &house.ctx, line.id).await?;
    Ok(met.map(|one| {
        let by = match one.by {
            MetBy::Reference => "by its reference",
            MetBy::Supplier => "by the supplier’s name",
        };
        let paid = if one.names_awards {
            "; it names the awards that pay"
        } else {
            ""
        };
        (
            "Counts against",
            format!("{}, {by}{paid}", one.title),
            format!("/commitments/{}", one.id),
        )
    }))
}

/// The ledger's codes, and who or what made a pool and a cost category of them.
fn coded(how: &domain::coding::view::CodedHow) -> Vec<(&'static str, String, String)> {
    let text = |code: &Option<String>| code.clone().unwrap_or_default();
    let by_map = how
        .map_row_id
        .map(|row| format!("/coding-map/{row}"))
        .unwrap_or_default();
    let by_whom = how.coded_at.map(|at| {
        format!(
            "{}, by {}",
            words::date(at.with_timezone(&chrono_tz::Europe::London).date_naive()),
            how.coded_by.as_deref().unwrap_or("the command line")
        )
    });
    vec![
        ("Cost centre", text(&how.cost_centre), String::new()),
        ("Account", text(&how.account), String::new()),
        ("Project", text(&how.project), String::new()),
        (
            "Coded by the map’s row",
            how.map_row.clone().unwrap_or_default(),
            by_map,
        ),
        (
            "Waited to be coded until",
            by_whom.unwrap_or_default(),
            String::new(),
        ),
    ]
}

/// What settles a line that no award pays for: lines are never changed, so either the ledger
/// corrects it by further lines, or money is found.
fn how_to_settle(why: Unfunded, line: &SpendView) -> Vec<String> {
    let wrong = |what: &str| {
        format!(
            "If {what} is wrong: have the ledger reverse this line and post it anew, and load the \
             file that holds both lines. The two then come to nothing and the new one is \
             attributed."
        )
    };
    let pool = &line.pool_name;
    match why {
        Unfunded::NoAward => vec![
            format!("If {pool} is right: put an award’s money behind it."),
            wrong("the pool"),
        ],
        Unfunded::OutsideEveryWindow => vec![
            wrong("the date received"),
            format!(
                "If it is right: an award with {} in its dates has to stand behind {pool}.",
                short(line.incurred_on)
            ),
        ],
        Unfunded::CategoryNotAllowed => vec![
            wrong("the cost category"),
            format!(
                "If it is right: an award that may pay for {} has to stand behind {pool}. Until \
                 one does, the spend is the charity’s own to cover.",
                line.category_name
            ),
        ],
        Unfunded::PlaceOrGroup => vec![
            wrong("the place or the group of people"),
            format!(
                "If both are right: an award that may pay for {} has to stand behind {pool}.",
                match (&line.place, &line.people_group) {
                    (Some(place), Some(group)) => format!("{place} and {group}"),
                    (Some(one), None) | (None, Some(one)) => one.clone(),
                    (None, None) => "spend without a place or a group".to_owned(),
                }
            ),
        ],
        Unfunded::CapitalOrRevenue => {
            let of = if line.capital { "capital" } else { "revenue" };
            vec![
                wrong(&format!("“{of}”")),
                format!(
                    "If it is right: an award that may pay for {of} has to stand behind {pool}."
                ),
            ]
        }
        Unfunded::ByHand => vec![format!(
            "{pool} is paid for by hand: pin this line to an award that may pay for it."
        )],
        Unfunded::AllFull => vec![format!(
            "The awards that may pay for it are used up. Find further money, or agree a larger \
             contribution, and put it behind {pool}."
        )],
        other => vec![other.remedy().to_owned()],
    }
}

fn where_to_settle(house: &House, why: Unfunded, line: &SpendView) -> Vec<Link> {
    if matches!(why, Unfunded::Credit | Unfunded::Reversed) {
        return Vec::new();
    }
    let may = |operation| house.ctx.require(operation).is_ok();
    let mut links = vec![Link::new(
        format!("See what stands behind {}", line.pool_name),
        format!("/pools/{}", line.pool_id),
    )];
    if may(Operation::CreateContribution) {
        links.push(Link::new(
            format!("Put an award’s money behind {}", line.pool_name),
            format!("/pools/{}/contributions/new", line.pool_id),
        ));
    }
    if may(Operation::CreateAward) {
        links.push(Link::new("Record an award", "/awards/new"));
    }
    if may(Operation::StartImport) {
        links.push(Link::new(
            "Load a file with the correction",
            "/imports#load",
        ));
    }
    links
}

fn sentence(line: &SpendView) -> String {
    match (line.unfunded_pence, line.attributions.as_slice()) {
        (_, []) if line.unfunded_because == Some(Unfunded::Credit) => {
            "A credit that names no line: it lowers what is not covered.".to_owned()
        }
        (_, []) if line.unfunded_because == Some(Unfunded::Reversed) => {
            "It and the line that takes it back come to nothing: neither is paid for.".to_owned()
        }
        (0, []) => "This line is of nothing.".to_owned(),
        (0, [only]) => format!("{} pays for all of it.", only.award_title),
        (0, parts) => format!("{} awards pay for all of it.", parts.len()),
        (_, []) => "No award pays for it.".to_owned(),
        (unfunded, _) => format!(
            "Awards pay for part of it; {} is not covered.",
            money(unfunded)
        ),
    }
}

const fn kind(kind: SpendKind) -> &'static str {
    match kind {
        SpendKind::Invoice => "Invoice",
        SpendKind::Accrual => "Accrual",
        SpendKind::Journal => "Journal",
        SpendKind::Payroll => "Pay",
        SpendKind::Recharge => "Recharge",
        SpendKind::Credit => "Credit",
    }
}
