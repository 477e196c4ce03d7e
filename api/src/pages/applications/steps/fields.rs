//! What each step says and asks, and what its form begins with.

use chrono::NaiveDate;
use chrono_tz::Europe::London;
use domain::applications::rules::is_ours;
use domain::applications::view::ApplicationView;
use domain::categories;
use domain::programmes::rules::stage_in_words;
use entity::{ApplicationState, CarryForward, LegalBasis, StageKind};

use super::Step;
use super::begin::{people, terms_fields};
use crate::http::{Fault, House};
use crate::pages::applications::{percent, typed_year};
use crate::pages::awards::form::bodies;
use crate::pages::awards::years::carry_choices;
use crate::pages::fields::Fields;
use crate::pages::form::{Choice, Field, Form};
use crate::pages::programmes::{typed_date, with_moment};
use crate::pages::today::capital;
use crate::pages::{Link, words};

/// What a step's page says, and its form.
pub(super) async fn form(house: &House, step: Step, seen: &ApplicationView) -> Result<Form, Fault> {
    let (heading, lead, button) = words_of(step, seen);
    Ok(Form {
        back: Link::new(
            seen.summary.title.clone(),
            format!("/applications/{}", seen.summary.id),
        ),
        heading: heading.to_owned(),
        lead,
        action: format!("/applications/{}/steps/{}", seen.summary.id, step.slug()),
        hidden: vec![("version".to_owned(), seen.summary.version.to_string())],
        fields: fields_of(house, step, seen).await?,
        button: button.to_owned(),
        grave: step == Step::Outcome,
    })
}

fn words_of(step: Step, seen: &ApplicationView) -> (&'static str, String, &'static str) {
    let asked = seen.summary.asked_pence.in_full();
    match step {
        Step::Terms => ("Change what it is", String::new(), "Save"),
        Step::Plan => (
            "Who does what by when",
            "The funder’s own stages, each with its date. Leave out those that this funder does \
             not have. Whoever is named is reminded; where nobody is, the lead."
                .to_owned(),
            "Save the stages",
        ),
        Step::Estimate => (
            "How likely is it?",
            "Your estimate, under your name. It weighs what is expected and changes nothing else. \
             Leave it empty to take an estimate back."
                .to_owned(),
            "Save the estimate",
        ),
        Step::Questions => (
            "Add questions",
            "Paste the funder’s questions, one on each line. Where the funder limits the words, end \
             the line with the number, such as (250 words)."
                .to_owned(),
            "Add these questions",
        ),
        Step::Document => (
            "Add a document",
            "At most 16 MB. What goes to the funder is kept with the record of the sending."
                .to_owned(),
            "Add the document",
        ),
        Step::Task => (
            "Add a task",
            "Something that must be done for this application.".to_owned(),
            "Add the task",
        ),
        Step::Decision => (
            "Record the decision",
            format!(
                "It asks for {asked} now, and the decision is for that: if the budget changes, it \
                 is decided again. A decision not to apply ends the application and cannot be \
                 undone."
            ),
            "Record this decision",
        ),
        Step::Submission => (
            "Record that it was sent",
            "Send it to the funder first; Tributary does not. Then say here when and how. What it \
             says now is kept as it was sent: that cannot be undone."
                .to_owned(),
            "Record the sending",
        ),
        Step::Invitation => (
            "The funder asks for the next stage",
            "The application can be changed again, and is decided on and sent again.".to_owned(),
            "Record that they ask",
        ),
        Step::Offer => (
            "Record the funder’s offer",
            "What the funder offers, by year. An offer that is not accepted by its date lapses; \
             reminders come first."
                .to_owned(),
            "Record this offer",
        ),
        Step::Acceptance => (
            "Accept the offer",
            seen.offer.as_ref().map_or_else(String::new, |offer| {
                format!(
                    "This makes an award of {} from {} to {}, called “{}”, under “{}”. It cannot \
                     be undone.",
                    offer.amount_pence.in_full(),
                    words::day(offer.starts_on),
                    words::day(offer.ends_on),
                    seen.summary.title,
                    seen.summary.programme
                )
            }),
            "Accept, and make it an award",
        ),
        Step::Outcome => (
            "Rejected or withdrawn",
            "This ends the application and cannot be undone.".to_owned(),
            "End this application",
        ),
        Step::Feedback => (
            "What the funder said",
            "In their words, as far as you have them: it helps the next one.".to_owned(),
            "Keep what they said",
        ),
    }
}

async fn fields_of(house: &House, step: Step, seen: &ApplicationView) -> Result<Vec<Field>, Fault> {
    Ok(match step {
        Step::Terms => terms_fields(house).await?,
        Step::Plan => {
            let people = people(house, "The lead").await?;
            let mut fields = Vec::new();
            for stage in StageKind::all() {
                let (slug, named) = (stage.slug(), capital(stage_in_words(stage)));
                fields.push(Field::heading(&named));
                let has = if is_ours(stage) {
                    "This funder has it, and it is ours to do"
                } else {
                    "This funder has it, and we wait for it"
                };
                fields.push(Field::tick(&format!("has_{slug}"), has));
                fields.push(Field::date(
                    &format!("due_{slug}"),
                    &format!("{named}: by when?"),
                ));
                fields.push(
                    Field::text(
                        &format!("due_{slug}_time"),
                        &format!("{named}: at what time?"),
                    )
                    .hint("Only where the funder states one, such as 12:00 or 5pm")
                    .width("w10"),
                );
                fields.push(Field::select(
                    &format!("who_{slug}"),
                    &format!("{named}: who?"),
                    people.clone(),
                ));
            }
            fields
        }
        Step::Estimate => vec![
            Field::text("likelihood_bp", "Likely, in percent")
                .hint("From 0 to 100, such as 40 or 12.5")
                .width("w5"),
        ],
        Step::Questions => vec![
            Field::select(
                "stage",
                "At which stage does the funder ask them?",
                ours(seen),
            ),
            Field::area("questions", "The questions"),
        ],
        Step::Document => vec![
            Field::file("file", "The file"),
            Field::text("title", "What is it? (optional)")
                .hint("Otherwise it is called as the file is"),
            Field::tick("for_funder", "It goes to the funder"),
        ],
        Step::Task => vec![
            Field::text("title", "What is to be done?"),
            Field::select("who_id", "Who does it?", people(house, "The lead").await?),
            Field::date("due", "By when? (optional)"),
            Field::text("due_time", "At what time? (optional)").width("w10"),
        ],
        Step::Decision => vec![
            Field::radios(
                "go",
                "What was decided?",
                vec![
                    Choice::new("yes", "To apply"),
                    Choice::new("no", "Not to apply"),
                ],
            ),
            Field::text("decided_by", "Who decided?").hint(
                "For example: the Trustee Board and the Recovery Advisory Committee, together",
            ),
            Field::date("decided_on", "On which day?"),
            Field::text("minute", "Where is it minuted, or why?").hint("For example: minute 7"),
        ],
        Step::Submission => vec![
            Field::select("stage", "What was sent?", ours(seen)),
            Field::date("on", "On which day?"),
            Field::text("at", "At what time?").width("w10"),
            Field::radios(
                "how",
                "How?",
                vec![
                    Choice::new("The funder’s portal", "On the funder’s portal"),
                    Choice::new("E-mail", "By e-mail"),
                    Choice::new("Post", "By post"),
                    Choice::new("Another way", "Another way"),
                ],
            ),
            Field::text("to_whom", "To whom?").hint("A name or an address, as the funder knows it"),
            Field::area("receipt", "The receipt")
                .hint("The number or the words with which the funder said that it arrived"),
            Field::file("file", "The receipt as a file (optional)"),
        ],
        Step::Invitation => vec![Field::date("on", "On which day did they ask?")],
        Step::Offer => {
            let mut fields = vec![
                Field::text("reference", "The funder’s reference").width("w20"),
                Field::date("offered_on", "On which day was it offered?"),
                Field::date("starts_on", "From")
                    .hint("The first day whose spend it may pay for, such as 1/4/2027"),
                Field::date("ends_on", "Until").hint("The last day, such as 31/3/2028"),
                Field::date("accept_by", "Until when must it be accepted?"),
                Field::text("accept_by_time", "At what time? (optional)").width("w10"),
                Field::heading("How much, by year"),
            ];
            for n in 1..=YEARS {
                let rest = if n == 1 { "" } else { " (optional)" };
                fields.push(
                    Field::text(&format!("year_{n}"), &format!("Year {n}{rest}"))
                        .hint("Such as 2027-28")
                        .width("w10"),
                );
                fields.push(Field::money(
                    &format!("amount_{n}"),
                    &format!("How much in year {n}{rest}"),
                ));
            }
            fields.push(Field::area("conditions", "Its conditions (optional)"));
            fields
        }
        Step::Acceptance => acceptance_fields(house, seen).await?,
        Step::Outcome => vec![
            Field::radios(
                "outcome",
                "What came of it?",
                outcomes(seen)
                    .into_iter()
                    .map(|(value, text)| Choice::new(value, text))
                    .collect(),
            ),
            Field::date("on", "On which day?"),
            Field::area("reason", "Why?"),
        ],
        Step::Feedback => vec![
            Field::date("on", "On which day did they say it?"),
            Field::area("text", "What did they say?"),
        ],
    })
}

/// Most years that the page of an offer asks for.
pub(super) const YEARS: usize = 5;

/// Which of the offered years the funder has not promised: a choice of the first such year.
fn not_promised(seen: &ApplicationView) -> Vec<Choice> {
    let years = seen.offer.iter().flat_map(|offer| &offer.years);
    std::iter::once(Choice::new("", "None: all years are promised"))
        .chain(years.map(|year| {
            Choice::new(
                year.year_from,
                format!(
                    "The year from {} and those after it",
                    words::day(year.year_from)
                ),
            )
        }))
        .collect()
}

async fn acceptance_fields(house: &House, seen: &ApplicationView) -> Result<Vec<Field>, Fault> {
    let bodies = bodies(house).await?;
    let mut fields = vec![Field::date("accepted_on", "On which day was it accepted?")];
    let body = Field::select("accountable_body_id", "Accountable body", bodies.clone())
        .hint("Who answers to the funder, and certifies its returns.");
    let holder = Field::select("holder_id", "Held by", bodies)
        .hint("In whose bank account the money is: often the council’s.");
    fields.push(body);
    fields.push(holder);
    fields.extend([
        Field::select(
            "legal_basis",
            "Legal basis",
            std::iter::once(Choice::new("", "Choose"))
                .chain(
                    LegalBasis::all()
                        .map(|basis| Choice::new(basis.slug(), words::legal_basis(basis))),
                )
                .collect(),
        ),
        Field::radios(
            "lost_if_unspent",
            "What becomes of money that is not spent by the end?",
            vec![
                Choice::new("yes", "It goes back to the funder"),
                Choice::new("no", "It can be kept"),
            ],
        ),
        Field::select(
            "indicative_from",
            "Which years does the funder only mean to give?",
            not_promised(seen),
        )
        .hint("Money of a year that is not promised pays for nothing until it is confirmed."),
        Field::radios(
            "carry_forward",
            "What becomes of a year’s money that is not used by the end of that year?",
            carry_choices(),
        ),
        Field::checkboxes(
            "category_ids",
            "Cost categories",
            categories::view::all(&house.db, &house.ctx)
                .await?
                .into_iter()
                .map(|category| Choice::new(category.id, category.name))
                .collect(),
        )
        .hint("Choose none if it may pay for all."),
    ]);
    Ok(fields)
}

fn outcomes(seen: &ApplicationView) -> Vec<(&'static str, &'static str)> {
    match seen.summary.state {
        ApplicationState::Offered => vec![
            ("withdrawn", "We turn the offer down"),
            ("rejected", "The funder took its offer back"),
        ],
        _ if seen.submissions.is_empty() => vec![("withdrawn", "We withdrew it")],
        _ => vec![
            ("rejected", "The funder rejected it"),
            ("withdrawn", "We withdrew it"),
        ],
    }
}

/// The stages that are ours and not done.
fn ours(seen: &ApplicationView) -> Vec<Choice> {
    let known: Vec<StageKind> = seen
        .stages
        .iter()
        .filter(|one| one.ours && one.done_at.is_none())
        .map(|one| one.kind)
        .collect();
    known
        .into_iter()
        .map(|stage| Choice::new(stage.slug(), capital(stage_in_words(stage))))
        .collect()
}

/// What a step's form begins with.
pub(super) fn begins(house: &House, step: Step, seen: &ApplicationView) -> Fields {
    let today = typed_date(house.ctx.today());
    let some = |id: Option<String>| id.unwrap_or_default();
    let typed = Fields::default();
    let summary = &seen.summary;
    match step {
        Step::Terms => typed
            .with("title", summary.title.clone())
            .with("programme_id", summary.programme_id.to_string())
            .with("pool_id", some(summary.pool_id.map(|id| id.to_string())))
            .with("purpose", seen.purpose.clone())
            .with("starts_on", some(summary.starts_on.map(typed_date)))
            .with("ends_on", some(summary.ends_on.map(typed_date)))
            .with("lead_id", some(summary.lead_id.map(|id| id.to_string())))
            .with(
                "accountable_body_id",
                some(seen.accountable_body_id.map(|id| id.to_string())),
            )
            .with("holder_id", some(seen.holder_id.map(|id| id.to_string())))
            .with("nation", seen.nation.slug()),
        Step::Plan => seen.stages.iter().fold(typed, |typed, stage| {
            let slug = stage.kind.slug();
            let typed = typed.with(&format!("has_{slug}"), "yes").with(
                &format!("who_{slug}"),
                some(stage.who_id.map(|id| id.to_string())),
            );
            with_moment(typed, &format!("due_{slug}"), stage.due)
        }),
        Step::Estimate => typed.with(
            "likelihood_bp",
            some(summary.likelihood_bp.map(percent)).trim_end_matches('%'),
        ),
        Step::Document => typed.with("for_funder", if seen.may_change { "yes" } else { "" }),
        Step::Decision => typed.with("decided_on", today),
        Step::Submission => {
            let now = house.ctx.now().with_timezone(&London);
            typed
                .with("stage", some(seen.to_send.map(|one| one.slug().to_owned())))
                .with("on", today)
                .with("at", now.format("%H:%M").to_string())
        }
        Step::Invitation | Step::Outcome | Step::Feedback => typed.with("on", today),
        Step::Offer => {
            let mut typed = typed
                .with("offered_on", today)
                .with("starts_on", some(summary.starts_on.map(typed_date)))
                .with("ends_on", some(summary.ends_on.map(typed_date)));
            for (n, (year, amount)) in by_year(seen).into_iter().take(YEARS).enumerate() {
                typed = typed
                    .with(&format!("year_{}", n + 1), typed_year(year))
                    .with(&format!("amount_{}", n + 1), amount.as_typed());
            }
            typed
        }
        Step::Acceptance => typed
            .with("accepted_on", today)
            .with("carry_forward", CarryForward::None.slug())
            .with(
                "accountable_body_id",
                some(seen.accountable_body_id.map(|id| id.to_string())),
            )
            .with("holder_id", some(seen.holder_id.map(|id| id.to_string()))),
        Step::Questions | Step::Task => typed,
    }
}

/// What is asked for, by year.
fn by_year(seen: &ApplicationView) -> std::collections::BTreeMap<NaiveDate, domain::Money> {
    let mut years = std::collections::BTreeMap::new();
    for line in &seen.lines {
        let sum: &mut domain::Money = years.entry(line.year_from).or_default();
        *sum = sum.plus(line.amount_pence).unwrap_or_default();
    }
    years
}
