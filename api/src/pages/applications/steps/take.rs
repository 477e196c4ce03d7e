//! Doing a step with what was typed.

use chrono::TimeZone;
use chrono_tz::Europe::London;
use domain::Error;
use domain::applications::ops::{
    self, Acceptance, Estimate, Feedback, NewDecision, NewOffer, NewQuestion, NewStage,
    NewSubmission, NewTask, OfferYear, Outcome, OutcomeKind, Questions, Stages,
};
use domain::applications::view::ApplicationView;
use domain::returns::ops::Receipt;
use entity::{CarryForward, LegalBasis, StageKind};

use super::Step;
use super::begin::{read_terms, terms_of};
use super::fields::YEARS;
use crate::http::House;
use crate::pages::applications::read::Sent;
use crate::pages::applications::{read_percent, read_year};
use crate::pages::fields::{Fields, Wrong, id, time};

/// Complaints under the names that the step's fields have.
pub(super) fn renamed(step: Step, error: Error) -> Error {
    match error {
        Error::Invalid(mut fields) => {
            for field in &mut fields {
                let name = match (step, field.pointer.as_str()) {
                    (Step::Submission, "/submitted_at") => "/on".to_owned(),
                    (Step::Submission, "/receipt_file") => "/file".to_owned(),
                    (Step::Offer, "/years") => "/year_1".to_owned(),
                    (Step::Offer, pointer) => match pointer.strip_prefix("/years/") {
                        Some(rest) => {
                            let (n, part) = rest.split_once('/').unwrap_or((rest, ""));
                            let n = n.parse::<usize>().unwrap_or(0) + 1;
                            match part {
                                "amount_pence" => format!("/amount_{n}"),
                                _ => format!("/year_{n}"),
                            }
                        }
                        None => pointer.to_owned(),
                    },
                    (_, pointer) => pointer.to_owned(),
                };
                field.pointer = name;
            }
            Error::Invalid(fields)
        }
        other => other,
    }
}

/// Does a step. Gives where to go on, or nothing where the form is to be shown again.
pub(super) async fn take(
    house: &House,
    step: Step,
    seen: &ApplicationView,
    sent: &Sent,
    wrong: &mut Wrong,
) -> Result<Option<String>, Error> {
    let (db, ctx, fields) = (&house.db, &house.ctx, &sent.fields);
    let id_of = seen.summary.id;
    let expected = fields.version();
    let home = format!("/applications/{id_of}");
    match step {
        Step::Terms => {
            if let Some(new) = read_terms(fields, wrong, terms_of(seen).lines) {
                ops::change(db, ctx, id_of, &new, expected).await?;
                return Ok(Some(home));
            }
        }
        Step::Plan => {
            if let Some(new) = read_stages(fields, wrong) {
                ops::set_stages(db, ctx, id_of, &new, expected).await?;
                return Ok(Some(home));
            }
        }
        Step::Estimate => {
            let typed = fields.some("likelihood_bp");
            let likelihood_bp = typed.and_then(read_percent);
            if typed.is_some() && likelihood_bp.is_none() {
                wrong.add("likelihood_bp", "Enter a share from 0 to 100, such as 40.");
                return Ok(None);
            }
            ops::estimate(db, ctx, id_of, Estimate { likelihood_bp }, expected).await?;
            return Ok(Some(home));
        }
        Step::Questions => {
            if let Some(new) = read_questions(fields, wrong) {
                let stage = new.questions.first().map(|one| one.stage.slug());
                ops::add_questions(db, ctx, id_of, &new).await?;
                let stage = stage.unwrap_or_default();
                return Ok(Some(format!("{home}/answers/{stage}")));
            }
        }
        Step::Document => {
            let Some((name, bytes)) = sent.file.clone() else {
                wrong.add("file", "Choose a file.");
                return Ok(None);
            };
            let new = ops::Document {
                title: fields.text("title"),
                for_funder: fields.some("for_funder").is_some(),
                name,
                bytes,
            };
            ops::add_document(db, ctx, id_of, &new).await?;
            return Ok(Some(format!("{home}#documents")));
        }
        Step::Task => {
            if fields.some("title").is_none() {
                wrong.add("title", "Say what is to be done.");
            }
            let due = wrong.some_moment(fields, "due");
            if wrong.is_empty() {
                let new = NewTask {
                    title: fields.text("title"),
                    who_id: fields.some("who_id").and_then(id),
                    due,
                };
                ops::add_task(db, ctx, id_of, &new).await?;
                return Ok(Some(format!("{home}#tasks")));
            }
        }
        Step::Decision => {
            let go = wrong.chosen(fields, "go", |answer| Some(answer == "yes"));
            let decided_on = wrong.date(fields, "decided_on");
            if let (true, Some(go)) = (wrong.is_empty(), go) {
                let new = NewDecision {
                    go,
                    decided_on,
                    decided_by: fields.text("decided_by"),
                    minute: fields.text("minute"),
                };
                ops::decide(db, ctx, id_of, &new, expected).await?;
                return Ok(Some(home));
            }
        }
        Step::Submission => {
            if let Some(new) = read_submission(fields, wrong) {
                let receipt = sent.file.clone().map(|(name, bytes)| Receipt {
                    name,
                    media_type: "application/octet-stream".to_owned(),
                    bytes,
                });
                ops::submit(db, ctx, id_of, &new, receipt.as_ref(), expected).await?;
                return Ok(Some(home));
            }
        }
        Step::Invitation => {
            let on = wrong.date(fields, "on");
            if wrong.is_empty() {
                ops::invite_on(db, ctx, id_of, on, expected).await?;
                return Ok(Some(home));
            }
        }
        Step::Offer => {
            if let Some(new) = read_offer(fields, wrong) {
                ops::record_offer(db, ctx, id_of, &new, expected).await?;
                return Ok(Some(home));
            }
        }
        Step::Acceptance => {
            let accepted_on = wrong.date(fields, "accepted_on");
            let basis = wrong.chosen(fields, "legal_basis", LegalBasis::from_slug);
            let lost = wrong.chosen(fields, "lost_if_unspent", |answer| Some(answer == "yes"));
            if let (true, Some(legal_basis), Some(lost_if_unspent)) =
                (wrong.is_empty(), basis, lost)
            {
                let new = Acceptance {
                    accepted_on,
                    accountable_body_id: fields.some("accountable_body_id").and_then(id),
                    holder_id: fields.some("holder_id").and_then(id),
                    legal_basis,
                    lost_if_unspent,
                    category_ids: fields.all("category_ids").filter_map(id).collect(),
                    indicative_from: fields
                        .some("indicative_from")
                        .and_then(|day| day.parse().ok()),
                    carry_forward: fields
                        .some("carry_forward")
                        .and_then(CarryForward::from_slug),
                };
                let taken = ops::accept(db, ctx, id_of, &new, expected).await?;
                return Ok(Some(format!("/awards/{}", taken.award_id)));
            }
        }
        Step::Outcome => {
            let outcome = wrong.chosen(fields, "outcome", |slug| match slug {
                "rejected" => Some(OutcomeKind::Rejected),
                "withdrawn" => Some(OutcomeKind::Withdrawn),
                _ => None,
            });
            let on = wrong.date(fields, "on");
            if let (true, Some(outcome)) = (wrong.is_empty(), outcome) {
                let new = Outcome {
                    outcome,
                    on,
                    reason: fields.text("reason"),
                };
                ops::close(db, ctx, id_of, &new, expected).await?;
                return Ok(Some(home));
            }
        }
        Step::Feedback => {
            let on = wrong.date(fields, "on");
            if wrong.is_empty() {
                let new = Feedback {
                    on,
                    text: fields.text("text"),
                };
                ops::feedback(db, ctx, id_of, &new).await?;
                return Ok(Some(home));
            }
        }
    }
    Ok(None)
}

fn read_stages(fields: &Fields, wrong: &mut Wrong) -> Option<Stages> {
    let mut stages = Vec::new();
    for kind in StageKind::all() {
        let slug = kind.slug();
        let due = wrong.some_moment(fields, &format!("due_{slug}"));
        if fields.some(&format!("has_{slug}")).is_some() {
            stages.push(NewStage {
                kind,
                due,
                who_id: fields.some(&format!("who_{slug}")).and_then(id),
            });
        } else if due.is_some() {
            wrong.add(
                &format!("has_{slug}"),
                "Tick this if the funder has the stage, or take its date out.",
            );
        }
    }
    wrong.is_empty().then_some(Stages { stages })
}

/// A question with the limit that its line ends with, such as "(250 words)".
fn question_of(line: &str) -> (&str, Option<i32>) {
    let line = line.trim();
    let limit = line
        .strip_suffix(')')
        .and_then(|rest| rest.rsplit_once('('))
        .and_then(|(text, inside)| {
            let number: String = inside.chars().filter(char::is_ascii_digit).collect();
            let about_words = inside.to_lowercase().contains("word");
            (about_words && !number.is_empty())
                .then(|| number.parse().ok())
                .flatten()
                .map(|limit| (text.trim(), limit))
        });
    match limit {
        Some((text, limit)) => (text, Some(limit)),
        None => (line, None),
    }
}

fn read_questions(fields: &Fields, wrong: &mut Wrong) -> Option<Questions> {
    let stage = wrong.chosen(fields, "stage", StageKind::from_slug);
    let typed = fields.text("questions");
    let lines: Vec<&str> = typed
        .lines()
        .map(str::trim)
        .filter(|line| !line.is_empty())
        .collect();
    if lines.is_empty() {
        wrong.add("questions", "Enter at least one question.");
    }
    let stage = stage.filter(|_| wrong.is_empty())?;
    Some(Questions {
        questions: lines
            .into_iter()
            .map(|line| {
                let (text, word_limit) = question_of(line);
                NewQuestion {
                    stage,
                    text: text.to_owned(),
                    guidance: String::new(),
                    word_limit,
                    required: true,
                }
            })
            .collect(),
    })
}

fn read_submission(fields: &Fields, wrong: &mut Wrong) -> Option<NewSubmission> {
    let stage = wrong.chosen(fields, "stage", StageKind::from_slug);
    let on = wrong.date(fields, "on");
    let at = fields.some("at").and_then(time);
    if at.is_none() {
        wrong.add("at", "Enter the time, such as 16:30.");
    }
    let how = wrong.chosen(fields, "how", |how| Some(how.to_owned()));
    if !wrong.is_empty() {
        return None;
    }
    let submitted_at = London
        .from_local_datetime(&on.and_time(at?))
        .earliest()?
        .with_timezone(&chrono::Utc);
    Some(NewSubmission {
        stage: stage?,
        submitted_at,
        how: how?,
        to_whom: fields.text("to_whom"),
        receipt: fields.text("receipt"),
    })
}

fn read_offer(fields: &Fields, wrong: &mut Wrong) -> Option<NewOffer> {
    let offered_on = wrong.date(fields, "offered_on");
    let starts_on = wrong.date(fields, "starts_on");
    let ends_on = wrong.date(fields, "ends_on");
    let accept_by = wrong.some_moment(fields, "accept_by");
    if accept_by.is_none() {
        wrong.add("accept_by", "Enter until when it must be accepted.");
    }
    let mut years = Vec::new();
    for n in 1..=YEARS {
        let (year_name, amount_name) = (format!("year_{n}"), format!("amount_{n}"));
        let amount = wrong.some_money(fields, &amount_name);
        let typed = fields.some(&year_name);
        let year = typed.and_then(read_year);
        match (typed, year, amount) {
            (None, _, None) => {}
            (_, Some(year_from), Some(amount_pence)) => years.push(OfferYear {
                year_from,
                amount_pence,
            }),
            (_, None, _) => wrong.add(&year_name, "Enter a year, such as 2027-28."),
            (_, Some(_), None) => wrong.add(&amount_name, "Enter how much in that year."),
        }
    }
    if !wrong.is_empty() {
        return None;
    }
    Some(NewOffer {
        reference: fields.text("reference"),
        offered_on,
        starts_on,
        ends_on,
        accept_by: accept_by?,
        years,
        conditions: fields.text("conditions"),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_question_is_read_with_its_limit() {
        assert_eq!(
            question_of(" What will you do? (250 words) "),
            ("What will you do?", Some(250))
        );
        assert_eq!(
            question_of("Who decides? (at most 1,000 words)"),
            ("Who decides?", Some(1000))
        );
        assert_eq!(
            question_of("Who else (if anybody)?"),
            ("Who else (if anybody)?", None)
        );
        assert_eq!(
            question_of("What (and why) (in 2027)"),
            ("What (and why) (in 2027)", None)
        );
    }
}
