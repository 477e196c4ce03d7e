//! Lists as tables: what a person opens in a spreadsheet. Amounts are in pounds and pence.

use actix_web::HttpResponse;
use domain::Money;
use domain::applications::view::ApplicationSummary;
use domain::apportionments::view::ApportionmentView;
use domain::awards::view::AwardSummary;
use domain::baselines::view::BaselineYear;
use domain::charges::view::ChargeYear;
use domain::commitments::view::CommitmentSummary;
use domain::conditions::view::ConditionView;
use domain::deadlines::view::DeadlineView;
use domain::decisions::view::AllocationView;
use domain::imports::view::{FaultView, ImportView};
use domain::letters::view::TermView;
use domain::owed::view::OwedItem;
use domain::pools::view::PoolSummary;
use domain::pools::view::policies::{PolicyAward, PolicyView};
use domain::programmes::rules::Standing;
use domain::programmes::view::ProgrammeSummary;
use domain::returns::view::{Figure, ReturnSummary};
use entity::ReturnState;

use super::csv;

mod lists;
mod positions;

pub use lists::{ahead, categories, organisations};
pub use positions::{
    burn_up, cash, cash_of_awards, flows, funding_grid, matched, position, position_changes,
    quarters, unspent,
};

fn yes(yes: bool) -> String {
    if yes { "yes" } else { "no" }.to_owned()
}

fn pounds(pence: i64) -> String {
    Money(pence).as_typed()
}

pub fn returns(rows: Vec<ReturnSummary>) -> HttpResponse {
    let heading = [
        "return",
        "award",
        "funder",
        "period_from",
        "period_to",
        "state",
        "due_on",
        "due_at",
        "overdue",
        "answers_missing",
        "waits_for",
        "id",
    ];
    let rows = rows.into_iter().map(|row| {
        vec![
            row.title,
            row.award,
            row.funder,
            row.period_from.to_string(),
            row.period_to.to_string(),
            row.state_in_words,
            row.due_on.to_string(),
            row.due_at.to_rfc3339(),
            yes(row.overdue),
            row.readiness
                .map_or_else(String::new, |ready| ready.missing.to_string()),
            row.waits_for,
            row.id.to_string(),
        ]
    });
    csv::reply("returns", &heading, rows)
}

pub fn deadlines(rows: Vec<DeadlineView>) -> HttpResponse {
    let heading = [
        "what",
        "award",
        "funder",
        "due_on",
        "due_at",
        "overdue",
        "met_at",
        "state",
        "return_id",
        "kind",
        "application_id",
        "paper_id",
        "commitment_id",
        "condition_id",
    ];
    let rows = rows.into_iter().map(|row| {
        vec![
            row.title,
            row.award,
            row.funder,
            row.due_on.to_string(),
            row.due_at.to_rfc3339(),
            yes(row.overdue),
            row.closed_at.map_or_else(String::new, |at| at.to_rfc3339()),
            row.state.map_or("", ReturnState::slug).to_owned(),
            row.return_id.map_or_else(String::new, |id| id.to_string()),
            row.kind.slug().to_owned(),
            row.application_id
                .map_or_else(String::new, |id| id.to_string()),
            row.paper_id.map_or_else(String::new, |id| id.to_string()),
            row.commitment_id
                .map_or_else(String::new, |id| id.to_string()),
            row.condition_id
                .map_or_else(String::new, |id| id.to_string()),
        ]
    });
    csv::reply("deadlines", &heading, rows)
}

/// A row for each part of a split.
pub fn apportionments(rows: Vec<ApportionmentView>) -> HttpResponse {
    let heading = [
        "number",
        "title",
        "state",
        "cost_centre",
        "account",
        "category",
        "pool",
        "starts_on",
        "ends_on",
        "part_pool",
        "part_category",
        "part_place",
        "share_bp",
        "lines",
        "split",
        "reason",
        "proposed_by",
        "approved_by",
        "id",
    ];
    let text = |text: &Option<String>| text.clone().unwrap_or_default();
    let rows = rows.into_iter().flat_map(|one| {
        let state = match one.state {
            domain::apportionments::view::ApportionmentState::Proposed => "proposed",
            domain::apportionments::view::ApportionmentState::Approved => "approved",
            domain::apportionments::view::ApportionmentState::Withdrawn => "withdrawn",
        };
        one.parts
            .iter()
            .map(|part| {
                vec![
                    one.number.to_string(),
                    one.title.clone(),
                    state.to_owned(),
                    text(&one.cost_centre),
                    text(&one.account),
                    text(&one.category),
                    text(&one.pool),
                    one.starts_on.to_string(),
                    one.ends_on.map_or_else(String::new, |on| on.to_string()),
                    part.pool.clone(),
                    text(&part.category),
                    text(&part.place),
                    part.share_bp.to_string(),
                    one.lines.to_string(),
                    pounds(one.amount_pence),
                    one.reason.clone(),
                    text(&one.proposed_by),
                    text(&one.approved_by),
                    one.id.to_string(),
                ]
            })
            .collect::<Vec<_>>()
    });
    csv::reply("apportionments", &heading, rows)
}

/// A row for each award that a rule names; one for a rule that names none.
pub fn policies(rows: Vec<PolicyView>) -> HttpResponse {
    let heading = [
        "rule",
        "policy",
        "starts_on",
        "ends_on",
        "standing",
        "agreed_by",
        "agreed_on",
        "minute",
        "reason",
        "turn",
        "award",
        "funder",
        "share_bp",
        "put_in",
        "purpose",
        "id",
    ];
    let day = |on: Option<chrono::NaiveDate>| on.map_or_else(String::new, |on| on.to_string());
    let rows = rows.into_iter().flat_map(|rule| {
        let of_rule = |award: [String; 5], purpose: &str| {
            let [turn, award, funder, share_bp, put_in] = award;
            vec![
                rule.seq.to_string(),
                rule.policy.slug().to_owned(),
                rule.starts_on.to_string(),
                day(rule.ends_on),
                rule.standing.slug().to_owned(),
                rule.agreed_by.clone(),
                day(rule.agreed_on),
                rule.minute.clone(),
                rule.reason.clone(),
                turn,
                award,
                funder,
                share_bp,
                put_in,
                purpose.to_owned(),
                rule.id.to_string(),
            ]
        };
        if rule.awards.is_empty() {
            return vec![of_rule(Default::default(), "")];
        }
        let rows_of = |awards: &[PolicyAward], purpose: &str| -> Vec<Vec<String>> {
            let row = |(turn, one): (i32, &PolicyAward)| {
                let award = [
                    turn.to_string(),
                    one.award.clone(),
                    one.funder.clone(),
                    one.share_bp.map_or_else(String::new, |bp| bp.to_string()),
                    one.put_in_pence
                        .map_or_else(String::new, |put_in| put_in.as_typed()),
                ];
                of_rule(award, purpose)
            };
            (1..).zip(awards).map(row).collect()
        };
        let mut rows = rows_of(&rule.awards, "");
        for one in &rule.purposes {
            rows.extend(rows_of(&one.awards, &one.name));
        }
        rows
    });
    csv::reply("rules", &heading, rows)
}

/// A row for each pool and cost category of a year that counts.
pub fn baseline(years: Vec<BaselineYear>) -> HttpResponse {
    let heading = [
        "year_from",
        "year_to",
        "pool",
        "category",
        "spent",
        "paid_by_award",
        "counts",
        "pool_id",
        "category_id",
    ];
    let rows = years.into_iter().flat_map(|year| {
        let between = [year.from_on.to_string(), year.to_on.to_string()];
        year.parts.into_iter().map(move |part| {
            between
                .iter()
                .cloned()
                .chain([
                    part.pool,
                    part.category,
                    part.spent_pence.as_typed(),
                    part.paid_by_award_pence.as_typed(),
                    part.counted_pence.as_typed(),
                    part.pool_id.to_string(),
                    part.category_id.to_string(),
                ])
                .collect::<Vec<String>>()
        })
    });
    csv::reply("kept-up", &heading, rows)
}

/// A row for each year that a cap of the management charge holds for.
pub fn charges(years: Vec<ChargeYear>) -> HttpResponse {
    let heading = [
        "year_from",
        "year_to",
        "counted_to",
        "cap",
        "share_of",
        "allowed",
        "charged",
        "over",
        "left",
        "charged_as",
        "cap_id",
    ];
    let rows = years.into_iter().map(|year| {
        let parts: Vec<String> = year
            .parts
            .into_iter()
            .map(|part| format!("{} {}", part.category, part.charged_pence.as_typed()))
            .collect();
        vec![
            year.from_on.to_string(),
            year.to_on.to_string(),
            year.counted_to.to_string(),
            year.cap,
            year.share_of_pence
                .map_or_else(String::new, Money::as_typed),
            year.allowed_pence.as_typed(),
            year.charged_pence.as_typed(),
            year.over_pence.as_typed(),
            year.left_pence.as_typed(),
            parts.join("; "),
            year.cap_id.to_string(),
        ]
    });
    csv::reply("management-charge", &heading, rows)
}

/// What is owed, one way or the other.
pub fn owed(items: Vec<OwedItem>) -> HttpResponse {
    let heading = [
        "award",
        "funder",
        "direction",
        "kind",
        "amount",
        "since_on",
        "overdue",
        "why",
        "award_id",
        "funder_id",
        "payment_id",
        "claim_id",
    ];
    let rows = items.into_iter().map(|item| {
        vec![
            item.award,
            item.funder,
            item.direction.slug().to_owned(),
            item.kind.slug().to_owned(),
            item.amount_pence.as_typed(),
            item.since_on.map_or_else(String::new, |on| on.to_string()),
            yes(item.overdue),
            item.sentence,
            item.award_id.to_string(),
            item.funder_id.to_string(),
            item.payment_id
                .map_or_else(String::new, |id| id.to_string()),
            item.claim_id.map_or_else(String::new, |id| id.to_string()),
        ]
    });
    csv::reply("owed", &heading, rows)
}

/// A row for each passage of a letter, and one for a term that has none.
pub fn letter_terms(rows: Vec<TermView>) -> HttpResponse {
    let heading = [
        "term",
        "stands",
        "state",
        "letter",
        "page",
        "words",
        "typed",
        "accepted_on",
        "accepted_by",
        "passage_id",
    ];
    // a row for each passage, and one for a term that has none
    let rows = rows.into_iter().flat_map(|row| {
        let begins = vec![row.name, row.stands, row.state.slug().to_owned()];
        if row.passages.is_empty() {
            let mut alone = begins;
            alone.resize(heading.len(), String::new());
            return vec![alone];
        }
        let passages = row.passages.into_iter().map(|passage| {
            let accepted = passage.accepted.into_iter().next();
            let (on, by) = accepted.map_or_else(Default::default, |one| {
                (
                    one.accepted_on.to_string(),
                    one.accepted_by.unwrap_or_default(),
                )
            });
            let mut row = begins.clone();
            row.extend([
                passage.letter,
                passage.page.to_string(),
                passage.words,
                yes(passage.typed),
                on,
                by,
                passage.id.to_string(),
            ]);
            row
        });
        passages.collect()
    });
    csv::reply("letter-terms", &heading, rows)
}

pub fn conditions(rows: Vec<ConditionView>) -> HttpResponse {
    let heading = [
        "condition",
        "when",
        "due_on",
        "state",
        "since_on",
        "overdue",
        "who",
        "passage",
        "written_where",
        "by_whom",
        "evidence",
        "reference",
        "id",
    ];
    let day = |on: Option<chrono::NaiveDate>| on.map_or_else(String::new, |on| on.to_string());
    let rows = rows.into_iter().map(|row| {
        let last = row.facts.into_iter().next();
        let (by_whom, evidence, reference) = last.map_or_else(Default::default, |fact| {
            (fact.by_whom, fact.evidence, fact.reference)
        });
        vec![
            row.title,
            row.kind.slug().to_owned(),
            day(row.due_on),
            row.state.slug().to_owned(),
            day(row.since_on),
            yes(row.overdue),
            row.who.unwrap_or_default(),
            row.passage,
            row.written_where,
            by_whom,
            evidence,
            reference,
            row.id.to_string(),
        ]
    });
    csv::reply("conditions", &heading, rows)
}

pub fn commitments(rows: Vec<CommitmentSummary>) -> HttpResponse {
    let heading = [
        "title",
        "kind",
        "reference",
        "provider",
        "holder",
        "pool",
        "starts_on",
        "ends_on",
        "notice_by",
        "told",
        "agreed_pounds",
        "spent_pounds",
        "spent_by_reference_pounds",
        "promised_pounds",
        "beyond_pounds",
        "id",
    ];
    let rows = rows.into_iter().map(|row| {
        vec![
            row.title,
            row.kind.slug().to_owned(),
            row.reference,
            row.provider,
            row.holder,
            row.pool,
            row.starts_on.to_string(),
            row.ends_on.to_string(),
            row.notice_by.to_string(),
            yes(row.told),
            row.total_pence.as_typed(),
            row.spent_pence.as_typed(),
            row.spent_by_reference_pence.as_typed(),
            row.outstanding_pence.as_typed(),
            row.beyond_pence.as_typed(),
            row.id.to_string(),
        ]
    });
    csv::reply("commitments", &heading, rows)
}

pub fn allocations(rows: Vec<AllocationView>) -> HttpResponse {
    let heading = [
        "title",
        "pool",
        "amount_pounds",
        "purpose",
        "provider",
        "decided_on",
        "trustees_minute",
        "committee_minute",
        "paper_id",
        "id",
    ];
    let rows = rows.into_iter().map(|row| {
        vec![
            row.title,
            row.pool,
            row.amount_pence.as_typed(),
            row.purpose,
            row.provider.unwrap_or_default(),
            row.decided_on.to_string(),
            row.trustees_minute,
            row.committee_minute,
            row.paper_id.to_string(),
            row.id.to_string(),
        ]
    });
    csv::reply("allocations", &heading, rows)
}

pub fn awards(rows: Vec<AwardSummary>) -> HttpResponse {
    let heading = [
        "reference",
        "title",
        "programme",
        "funder",
        "starts_on",
        "ends_on",
        "amount_pounds",
        "confirmed_pounds",
        "attributed_pounds",
        "left_pounds",
        "suspended_from",
        "closed_on",
        "id",
    ];
    let day = |on: Option<chrono::NaiveDate>| on.map_or_else(String::new, |on| on.to_string());
    let rows = rows.into_iter().map(|row| {
        vec![
            row.reference,
            row.title,
            row.programme,
            row.funder,
            row.starts_on.to_string(),
            row.ends_on.to_string(),
            row.amount_pence.as_typed(),
            row.confirmed_pence.as_typed(),
            row.attributed_pence.as_typed(),
            row.left_pence.as_typed(),
            day(row.suspended_from),
            day(row.closed_on),
            row.id.to_string(),
        ]
    });
    csv::reply("awards", &heading, rows)
}

pub fn programmes(rows: Vec<ProgrammeSummary>) -> HttpResponse {
    let heading = [
        "name",
        "funder",
        "smallest_pounds",
        "largest_pounds",
        "opens_on",
        "closes_on",
        "closes_at",
        "standing",
        "id",
    ];
    let pounds = |amount: Option<Money>| amount.map_or_else(String::new, Money::as_typed);
    let rows = rows.into_iter().map(|row| {
        vec![
            row.name,
            row.funder,
            pounds(row.smallest_pence),
            pounds(row.largest_pence),
            row.opens
                .map_or_else(String::new, |opens| opens.on.to_string()),
            row.closes
                .map_or_else(String::new, |closes| closes.on.to_string()),
            row.closes
                .map_or_else(String::new, |closes| closes.ends().to_rfc3339()),
            match row.standing {
                Standing::ToOpen => "to open",
                Standing::Open => "open",
                Standing::Closed => "closed",
            }
            .to_owned(),
            row.id.to_string(),
        ]
    });
    csv::reply("programmes", &heading, rows)
}

pub fn applications(rows: Vec<ApplicationSummary>) -> HttpResponse {
    let heading = [
        "title",
        "funder",
        "programme",
        "state",
        "stage",
        "would_fund",
        "asked_pounds",
        "offered_pounds",
        "likelihood_percent",
        "estimated_by",
        "estimated_at",
        "expected_pounds",
        "confirmed_pounds",
        "starts_on",
        "ends_on",
        "lead",
        "next",
        "next_due_on",
        "id",
    ];
    let some = |amount: Option<Money>| amount.map_or_else(String::new, Money::as_typed);
    let day = |on: Option<chrono::NaiveDate>| on.map_or_else(String::new, |on| on.to_string());
    let rows = rows.into_iter().map(|row| {
        vec![
            row.title,
            row.funder,
            row.programme,
            row.state.slug().to_owned(),
            row.stage.map_or("", entity::StageKind::slug).to_owned(),
            row.would_fund,
            row.asked_pence.as_typed(),
            some(row.offered_pence),
            // basis points, as a share of a hundred
            some(row.likelihood_bp.map(|bp| Money(i64::from(bp)))),
            row.likelihood_by.unwrap_or_default(),
            row.likelihood_at
                .map_or_else(String::new, |at| at.to_rfc3339()),
            some(row.expected_pence),
            some(row.confirmed_pence),
            day(row.starts_on),
            day(row.ends_on),
            row.lead.unwrap_or_default(),
            row.next
                .as_ref()
                .map_or_else(String::new, |next| next.title.clone()),
            day(row.next.map(|next| next.due_on)),
            row.id.to_string(),
        ]
    });
    csv::reply("applications", &heading, rows)
}

pub fn imports(rows: Vec<ImportView>) -> HttpResponse {
    let heading = [
        "file",
        "profile",
        "period_from",
        "period_to",
        "state",
        "control_total_pounds",
        "rows",
        "loaded_rows",
        "loaded_pounds",
        "set_aside_rows",
        "set_aside_pounds",
        "faulty_rows",
        "brought_at",
        "accepted_at",
        "sha256",
        "id",
    ];
    let rows = rows.into_iter().map(|row| {
        vec![
            row.file_name,
            row.profile_name,
            row.period_from.to_string(),
            row.period_to.to_string(),
            row.state.slug().to_owned(),
            row.control_total_pence.map_or_else(String::new, pounds),
            row.rows_total.to_string(),
            row.rows_loaded.to_string(),
            pounds(row.sum_loaded_pence),
            row.rows_set_aside.to_string(),
            pounds(row.sum_set_aside_pence),
            row.rows_faulty.to_string(),
            row.created_at.to_rfc3339(),
            row.accepted_at
                .map_or_else(String::new, |at| at.to_rfc3339()),
            row.file_sha256,
            row.id.to_string(),
        ]
    });
    csv::reply("imports", &heading, rows)
}

pub fn faults(rows: Vec<FaultView>) -> HttpResponse {
    let heading = [
        "row",
        "what_is_wrong",
        "amount_pounds",
        "decided",
        "reason",
        "cells",
    ];
    let rows = rows.into_iter().map(|row| {
        let wrong: Vec<String> = row
            .faults
            .iter()
            .map(|fault| fault.message.clone())
            .collect();
        let cells: Vec<String> = row
            .cells
            .iter()
            .map(|cell| format!("{}: {}", cell.heading, cell.value))
            .collect();
        vec![
            row.row.to_string(),
            wrong.join(" "),
            row.amount_pence.map_or_else(String::new, pounds),
            row.resolution
                .map_or_else(String::new, |decided| decided.slug().to_owned()),
            row.reason.unwrap_or_default(),
            cells.join("; "),
        ]
    });
    csv::reply("faulty-rows", &heading, rows)
}

pub fn pools(rows: Vec<PoolSummary>) -> HttpResponse {
    let heading = [
        "pool",
        "agreed_pounds",
        "spend_pounds",
        "attributed_pounds",
        "not_covered_pounds",
        "held_by",
        "funders",
        "left_pounds",
        "not_used_pounds",
        "id",
    ];
    let rows = rows.into_iter().map(|row| {
        vec![
            row.name,
            row.agreed_pence.as_typed(),
            row.spend_pence.as_typed(),
            row.attributed_pence.as_typed(),
            row.unfunded_pence.as_typed(),
            row.holder,
            row.funders.join("; "),
            row.left_pence.as_typed(),
            row.not_used_pence.as_typed(),
            row.id.to_string(),
        ]
    });
    csv::reply("pools", &heading, rows)
}

/// A row for each line behind a figure; none for who may not look at spend.
pub fn figure(figure: Figure) -> HttpResponse {
    let heading = [
        "on",
        "who",
        "description",
        "category",
        "pool",
        "capital_or_revenue",
        "amount_pounds",
        "whole_line_pounds",
        "ledger_reference",
        "file",
        "row",
    ];
    let lines = figure.lines.map(|page| page.lines).unwrap_or_default();
    let rows = lines.into_iter().map(|line| {
        vec![
            line.on.to_string(),
            line.who.unwrap_or_default(),
            line.description.unwrap_or_default(),
            line.category.unwrap_or_default(),
            line.pool.unwrap_or_default(),
            if line.capital { "capital" } else { "revenue" }.to_owned(),
            line.amount.as_typed(),
            line.whole.as_typed(),
            line.ledger_reference.unwrap_or_default(),
            line.file_name.unwrap_or_default(),
            line.row_no.map_or_else(String::new, |row| row.to_string()),
        ]
    });
    csv::reply("figure", &heading, rows)
}
