//! The tables of lists that pages offer as they show them.

use actix_web::HttpResponse;
use domain::categories::view::CategoryView;
use domain::deadlines::ahead::Ahead;
use domain::deadlines::view::DeadlineView;
use domain::deadlines::whom::Whom;
use domain::organisations::view::OrganisationView;
use domain::returns::view::ReturnSummary;
use entity::DeadlineKind;

use super::super::csv;
use super::yes;

/// All that is due, by what needs attention.
pub fn ahead(rows: Vec<Ahead>) -> HttpResponse {
    let heading = [
        "what",
        "kind",
        "award",
        "funder",
        "due_on",
        "due_at",
        "overdue",
        "state",
        "answers_missing",
        "waits_for",
        "id",
    ];
    let rows = rows.into_iter().map(|row| match row {
        Ahead::Return(one) => return_ahead(one),
        Ahead::Other(due) => other_ahead(due),
    });
    csv::reply("deadlines", &heading, rows)
}

fn return_ahead(one: ReturnSummary) -> Vec<String> {
    vec![
        one.title,
        DeadlineKind::Return.slug().to_owned(),
        one.award,
        one.funder,
        one.due_on.to_string(),
        one.due_at.to_rfc3339(),
        yes(one.overdue),
        one.state_in_words,
        one.readiness
            .map_or_else(String::new, |ready| ready.missing.to_string()),
        one.waits_for,
        one.id.to_string(),
    ]
}

fn other_ahead(due: DeadlineView) -> Vec<String> {
    let whom: Vec<String> = Whom::of(&due).into_iter().map(|one| one.name).collect();
    let state = if due.closed_at.is_some() {
        "done with"
    } else {
        "to do"
    };
    vec![
        due.title,
        due.kind.slug().to_owned(),
        due.award,
        due.funder,
        due.due_on.to_string(),
        due.due_at.to_rfc3339(),
        yes(due.overdue),
        state.to_owned(),
        String::new(),
        whom.join("; "),
        due.id.to_string(),
    ]
}

pub fn organisations(rows: Vec<OrganisationView>) -> HttpResponse {
    let heading = ["name", "kind", "org_id", "id"];
    let rows = rows.into_iter().map(|row| {
        vec![
            row.name,
            row.kind.slug().to_owned(),
            row.org_id,
            row.id.to_string(),
        ]
    });
    csv::reply("organisations", &heading, rows)
}

/// The charity's own chart of costs.
pub fn categories(rows: Vec<CategoryView>) -> HttpResponse {
    let heading = ["name", "named_in_files_as", "id"];
    let rows = rows
        .into_iter()
        .map(|row| vec![row.name, row.slug, row.id.to_string()]);
    csv::reply("cost-categories", &heading, rows)
}
