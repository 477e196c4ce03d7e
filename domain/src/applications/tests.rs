#![allow(clippy::unwrap_used, clippy::expect_used)]

use chrono::NaiveDate;
use entity::{
    ApplicationId, ApplicationState, DeadlineKind, LegalBasis, Money, Nation, OrganisationId,
    PersonId, ProgrammeId, Role, StageKind, application_submission, deadline, reminder,
};
use futures_util::future::join_all;
use sea_orm::EntityTrait;
use serde_json::json;

use super::ops::{
    self, Acceptance, ApplicationTerms, BudgetLine, Done, Estimate, NewApplicationAnswer,
    NewDecision, NewOffer, NewQuestion, NewStage, NewSubmission, NewTask, OfferYear, Outcome,
    OutcomeKind, Questions, Stages,
};
use super::view::{self, ApplicationFilter};
use crate::calendar::rules::Moment;
use crate::mail::Written;
use crate::programmes::ops::ProgrammeTerms;
use crate::returns::ops::{Saved, TypedAnswer};
use crate::testing::House;
use crate::{Ctx, Error, awards, checks, deadlines, programmes, reminders};

fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

fn on(text: &str) -> Option<Moment> {
    Some(Moment::day(day(text)))
}

/// A house with a funder's programme that closes on 20 October, and an officer.
struct Desk<'a> {
    house: &'a House,
    officer: Ctx,
    funder: OrganisationId,
    programme: ProgrammeId,
}

impl<'a> Desk<'a> {
    async fn of(house: &'a House) -> Self {
        let officer = house.somebody(Role::GrantsOfficer).await;
        let funder = house.body("GB-CHC-1", "The Lantern Foundation").await;
        let programme = programmes::ops::create(
            &house.db,
            &officer,
            &ProgrammeTerms {
                closes: on("2026-10-20"),
                stages: vec![StageKind::Outline, StageKind::Full, StageKind::Decision],
                ..programmes::tests::terms(funder, "People in the lead")
            },
        )
        .await
        .unwrap();
        Self {
            house,
            officer,
            funder,
            programme,
        }
    }

    fn terms(&self, title: &str, pounds: i64) -> ApplicationTerms {
        ApplicationTerms {
            programme_id: self.programme,
            title: title.to_owned(),
            pool_id: None,
            purpose: "A café that people run themselves".to_owned(),
            starts_on: Some(day("2027-04-01")),
            ends_on: Some(day("2029-03-31")),
            lead_id: self.officer.person_id(),
            accountable_body_id: None,
            holder_id: None,
            nation: Nation::England,
            lines: vec![
                line("2027-04-01", "Staff", pounds / 2),
                line("2028-04-01", "Staff", pounds - pounds / 2),
            ],
        }
    }

    async fn begun(&self, title: &str, pounds: i64) -> ApplicationId {
        ops::begin(&self.house.db, &self.officer, &self.terms(title, pounds))
            .await
            .unwrap()
    }

    async fn decided(&self, id: ApplicationId) {
        let new = NewDecision {
            go: true,
            decided_on: day("2026-10-01"),
            decided_by: "Both boards".to_owned(),
            minute: "Minute 7".to_owned(),
        };
        ops::decide(&self.house.db, &self.officer, id, &new, None)
            .await
            .unwrap();
    }

    async fn submit(&self, id: ApplicationId, stage: StageKind) -> crate::Result<ops::Stands> {
        let new = NewSubmission {
            stage,
            submitted_at: self.house.clock.now(),
            how: "Portal".to_owned(),
            to_whom: "Bea".to_owned(),
            receipt: "LF-1".to_owned(),
        };
        ops::submit(&self.house.db, &self.officer, id, &new, None, None).await
    }

    async fn sent(&self, title: &str, pounds: i64) -> ApplicationId {
        let id = self.begun(title, pounds).await;
        self.decided(id).await;
        self.submit(id, StageKind::Outline).await.unwrap();
        id
    }

    fn offer(&self, accept_by: &str) -> NewOffer {
        NewOffer {
            reference: "LF/26/7".to_owned(),
            offered_on: self.officer.today(),
            starts_on: day("2027-04-01"),
            ends_on: day("2029-03-31"),
            accept_by: Moment::day(day(accept_by)),
            years: vec![year("2027-04-01", 300), year("2028-04-01", 201)],
            conditions: "Name us on the sign.".to_owned(),
        }
    }

    async fn offered(&self, title: &str, accept_by: &str) -> ApplicationId {
        let id = self.sent(title, 600).await;
        let offer = self.offer(accept_by);
        ops::record_offer(&self.house.db, &self.officer, id, &offer, None)
            .await
            .unwrap();
        id
    }

    async fn question(&self, id: ApplicationId, text: &str) -> entity::ApplicationQuestionId {
        let new = Questions {
            questions: vec![NewQuestion {
                stage: StageKind::Outline,
                text: text.to_owned(),
                guidance: String::new(),
                word_limit: Some(4),
                required: true,
            }],
        };
        ops::add_questions(&self.house.db, &self.officer, id, &new)
            .await
            .unwrap()[0]
    }

    async fn answer(&self, id: ApplicationId, question: entity::ApplicationQuestionId, text: &str) {
        let new = NewApplicationAnswer {
            text: text.to_owned(),
        };
        ops::answer(&self.house.db, &self.officer, id, question, &new, None)
            .await
            .unwrap();
    }

    /// The kinds of its open deadlines.
    async fn open(&self, id: ApplicationId) -> Vec<DeadlineKind> {
        let wanted = deadlines::view::Wanted {
            application: Some(id),
            open_only: true,
            ..Default::default()
        };
        deadlines::view::list(&self.house.db, &self.officer, wanted, None, 50)
            .await
            .unwrap()
            .items
            .into_iter()
            .map(|one| one.kind)
            .collect()
    }

    async fn clean(&self) {
        let found = checks::run(&self.house.db, &self.house.system())
            .await
            .unwrap()
            .findings;
        let ours: Vec<_> = found
            .iter()
            .filter(|one| one.check.contains("application") || one.check == "deadlines-closed")
            .collect();
        assert!(ours.is_empty(), "{ours:#?}");
    }
}

fn line(year: &str, label: &str, pounds: i64) -> BudgetLine {
    BudgetLine {
        year_from: day(year),
        label: label.to_owned(),
        capital: false,
        amount_pence: Money(pounds * 100),
    }
}

fn year(from: &str, pounds: i64) -> OfferYear {
    OfferYear {
        year_from: day(from),
        amount_pence: Money(pounds * 100),
    }
}

fn refused(result: &crate::Result<ops::Stands>) -> String {
    match result {
        Err(Error::Refused { rule, detail }) => format!("{rule}: {detail}"),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn from_first_interest_to_an_award_with_nothing_retyped() {
    for house in House::each().await {
        let desk = Desk::of(&house).await;
        let (db, officer) = (&house.db, &desk.officer);
        let id = desk.begun("Our café", 600).await;
        assert_eq!(desk.open(id).await, [DeadlineKind::ProgrammeCloses]);
        let stages = Stages {
            stages: vec![
                NewStage {
                    due: on("2026-10-12"),
                    ..NewStage::of(StageKind::Outline)
                },
                NewStage {
                    due: on("2026-12-01"),
                    ..NewStage::of(StageKind::Full)
                },
                NewStage::of(StageKind::Decision),
            ],
        };
        ops::set_stages(db, officer, id, &stages, None)
            .await
            .unwrap();
        let question = desk.question(id, "What will you do?").await;

        // what stands in the way is told, and nothing is recorded
        let told = refused(&desk.submit(id, StageKind::Outline).await);
        assert!(told.starts_with("not-ready-to-send"), "{told}");
        assert!(
            told.contains("decided") && told.contains("not answered"),
            "{told}"
        );
        desk.answer(id, question, "We will meet and eat.").await;
        desk.decided(id).await;
        let told = refused(&desk.submit(id, StageKind::Outline).await);
        assert!(told.contains("5 words"), "{told}");
        desk.answer(id, question, "We meet and eat.").await;
        // another budget is another decision
        let stands = ops::change(db, officer, id, &desk.terms("Our café", 601), None)
            .await
            .unwrap();
        let told = refused(&desk.submit(id, StageKind::Outline).await);
        assert!(
            told.contains("£600.00") && told.contains("£601.00"),
            "{told}"
        );
        let stale = ops::change(
            db,
            officer,
            id,
            &desk.terms("Our café", 10),
            Some(stands.version - 1),
        )
        .await;
        assert!(matches!(stale, Err(Error::Stale)));
        desk.decided(id).await;
        let stands = desk.submit(id, StageKind::Outline).await.unwrap();
        assert_eq!(stands.state, ApplicationState::Submitted);
        assert_eq!(desk.open(id).await, [DeadlineKind::Stage]);
        // what was sent stays
        let told = refused(&ops::change(db, officer, id, &desk.terms("B", 10), None).await);
        assert!(told.starts_with("application-sent"), "{told}");

        ops::invite_on(db, officer, id, day("2026-10-01"), None)
            .await
            .unwrap();
        let late = NewApplicationAnswer {
            text: "We eat.".to_owned(),
        };
        ops::answer(db, officer, id, question, &late, None)
            .await
            .unwrap();
        desk.submit(id, StageKind::Full).await.unwrap();
        let seen = view::one(db, officer, id).await.unwrap();
        let sent: Vec<_> = seen
            .submissions
            .iter()
            .map(|one| one.sent.answers[0].answer.as_str())
            .collect();
        assert_eq!(sent, ["We eat.", "We meet and eat."]);
        let rows = application_submission::Entity::find()
            .all(db.read())
            .await
            .unwrap();
        assert_eq!(rows.len(), 2);

        ops::record_offer(db, officer, id, &desk.offer("2026-11-30"), None)
            .await
            .unwrap();
        assert_eq!(desk.open(id).await, [DeadlineKind::Acceptance]);
        let mut taking = Acceptance {
            accepted_on: day("2026-10-01"),
            accountable_body_id: None,
            holder_id: None,
            legal_basis: LegalBasis::GrantAgreement,
            lost_if_unspent: true,
            category_ids: Vec::new(),
            indicative_from: None,
            carry_forward: Some(entity::CarryForward::ByConsent),
        };
        let asked = ops::accept(db, officer, id, &taking, None).await;
        assert!(
            matches!(&asked, Err(Error::Invalid(wrong)) if wrong[0].pointer == "/accountable_body_id")
        );
        taking.accountable_body_id = Some(house.charity);
        taking.indicative_from = Some(day("2031-04-01"));
        let asked = ops::accept(db, officer, id, &taking, None).await;
        assert!(
            matches!(&asked, Err(Error::Invalid(wrong)) if wrong[0].pointer == "/indicative_from")
        );
        taking.indicative_from = desk
            .offer("2026-11-30")
            .years
            .last()
            .map(|year| year.year_from);
        // two accept at once: one award
        let racers = (0..2).map(|_| {
            let (db, officer, taking) = (db.clone(), officer.clone(), taking.clone());
            async move { ops::accept(&db, &officer, id, &taking, None).await }
        });
        let taken: Vec<_> = join_all(racers).await.into_iter().flatten().collect();
        assert_eq!(taken.len(), 1);
        let award = awards::view::one(db, officer, taken[0].award_id)
            .await
            .unwrap();
        let summary = &award.summary;
        assert_eq!(
            (
                summary.title.as_str(),
                summary.programme.as_str(),
                summary.reference.as_str(),
                summary.amount_pence,
                summary.programme_id,
                summary.funder_id,
            ),
            (
                "Our café",
                "People in the lead",
                "LF/26/7",
                Money(501_00),
                Some(desk.programme),
                desk.funder
            )
        );
        assert_eq!(summary.starts_on, day("2027-04-01"));
        // what was promised and what was only meant, and what the offer makes a condition
        let standing: Vec<_> = award.years.iter().map(|year| year.standing).collect();
        assert_eq!(standing.last(), Some(&entity::YearStanding::Indicative));
        let carry = entity::CarryForward::ByConsent;
        assert!(award.years.iter().all(|year| year.carry_forward == carry));
        let conditions = crate::conditions::view::of_award(db, officer, summary.id).await;
        let passages: Vec<String> = conditions
            .unwrap()
            .into_iter()
            .map(|one| one.passage)
            .collect();
        assert_eq!(passages, [desk.offer("2026-11-30").conditions]);
        assert_eq!(award.lead.map(|lead| lead.id), officer.person_id());
        // what was asked for stands ready as its budget lines, over all years
        let lines = crate::category_maps::view::as_applied_for(db, officer, summary.id)
            .await
            .unwrap();
        assert_eq!(lines, [("Staff".to_owned(), false, Money(601_00))]);
        // it has a history of its own
        let told = crate::audit::view::history(db, officer, "award", summary.id.into(), 0, 9)
            .await
            .unwrap();
        assert_eq!(told.total, 1);
        assert!(desk.open(id).await.is_empty());
        let pipeline = view::pipeline(db, officer, ApplicationFilter::default())
            .await
            .unwrap();
        assert_eq!(pipeline.sums.confirmed_pence, Money(501_00));
        assert_eq!(pipeline.sums.asked_pence, Money::ZERO);
        desk.clean().await;
    }
}

#[tokio::test]
async fn an_answer_is_not_written_over_unseen() {
    for house in House::each().await {
        let desk = Desk::of(&house).await;
        let (db, officer) = (&house.db, &desk.officer);
        let other = house.somebody(Role::GrantsOfficer).await;
        let id = desk.begun("A", 600).await;
        let question = desk.question(id, "Why?").await;
        let save = async |ctx: &Ctx, text: &str, seen| {
            let typed = TypedAnswer {
                key: question.to_string(),
                value: json!(text),
                seen: Some(seen),
            };
            ops::save(db, ctx, id, vec![typed])
                .await
                .unwrap()
                .remove(0)
                .1
        };
        let Saved::Stands(Some(first)) = save(officer, "Because.", None).await else {
            panic!("it was not saved");
        };
        // the same from somebody else, and a later text over the first
        assert_eq!(
            save(&other, "Because.", None).await,
            Saved::Stands(Some(first))
        );
        let Saved::Stands(Some(second)) = save(&other, "Because we can.", Some(first)).await else {
            panic!("it was not saved");
        };
        let told = save(officer, "Because of you.", Some(first)).await;
        let Saved::Meanwhile(meanwhile) = told else {
            panic!("{told:?}");
        };
        assert_eq!(meanwhile.value, json!("Because we can."));
        assert_eq!(meanwhile.answer_id, Some(second));
        // what they did not touch is not called a conflict
        assert_eq!(
            save(officer, "Because.", Some(first)).await,
            Saved::NotTouched
        );
        let versions = view::question_history(db, officer, id, question)
            .await
            .unwrap();
        assert_eq!(versions.len(), 1);
        assert_eq!(versions[0].text, "Because.");
        let wrong = save(officer, "a\u{7}", Some(second)).await;
        assert!(matches!(wrong, Saved::Wrong(_)), "{wrong:?}");
    }
}

#[tokio::test]
async fn answers_that_won_are_found_by_words_and_say_where_they_came_from() {
    for house in House::each().await {
        let desk = Desk::of(&house).await;
        let (db, officer) = (&house.db, &desk.officer);
        let won = desk.begun("The old café", 600).await;
        let lost = desk.begun("A boat", 600).await;
        for (id, text) in [(won, "Peer cooks lead."), (lost, "Peer sailors lead.")] {
            let question = desk.question(id, "Who decides?").await;
            desk.answer(id, question, text).await;
            desk.decided(id).await;
            desk.submit(id, StageKind::Outline).await.unwrap();
        }
        let ended = Outcome {
            outcome: OutcomeKind::Rejected,
            on: day("2026-10-01"),
            reason: "Too many asked.".to_owned(),
        };
        ops::close(db, officer, lost, &ended, None).await.unwrap();
        assert!(view::bank(db, officer, "peer").await.unwrap().is_empty());
        ops::record_offer(db, officer, won, &desk.offer("2026-11-30"), None)
            .await
            .unwrap();
        let found = view::bank(db, officer, "PEER decides").await.unwrap();
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].application, "The old café");
        assert!(
            view::bank(db, officer, "peer sailors")
                .await
                .unwrap()
                .is_empty()
        );

        let id = desk.begun("The new café", 600).await;
        let question = desk.question(id, "Who is in charge?").await;
        ops::copy_answer(db, officer, id, question, found[0].answer_id, Some(None))
            .await
            .unwrap();
        let seen = view::one(db, officer, id).await.unwrap();
        assert_eq!(seen.questions[0].answer, "Peer cooks lead.");
        assert_eq!(
            seen.questions[0].copied_from.as_deref(),
            Some("The old café")
        );
        // what did not win is not offered, nor copied by its id
        let of_lost = view::one(db, officer, lost).await.unwrap().questions[0]
            .answer_id
            .unwrap();
        let told = ops::copy_answer(db, officer, id, question, of_lost, None).await;
        assert!(matches!(told, Err(Error::NotFound)));
        desk.clean().await;
    }
}

fn compose(digest: &reminders::rules::Digest) -> crate::Result<Written> {
    Ok(Written {
        subject: digest.subject.clone(),
        text: digest
            .items
            .iter()
            .map(|item| format!("{} {}\n", item.title, item.ask))
            .collect(),
        html: String::new(),
    })
}

/// The person's own row exists; a membership makes them somebody who is reminded.
async fn member(house: &House, who: PersonId) {
    use entity::membership;
    use sea_orm::{ActiveModelTrait, ActiveValue::Set};
    house
        .db
        .write(
            &house.system(),
            crate::Command::new(crate::access::rules::Operation::SetUp),
            async |tx| {
                membership::ActiveModel {
                    id: Set(entity::MembershipId::new()),
                    person_id: Set(who),
                    organisation_id: Set(house.charity),
                    role: Set(Role::GrantsOfficer),
                    starts_on: Set(day("2026-01-01")),
                    ends_on: Set(None),
                    revoked_at: Set(None),
                    created_at: Set(tx.now()),
                    created_by: Set(None),
                }
                .insert(tx.conn())
                .await?;
                crate::settings::set_home(tx, house.charity).await
            },
        )
        .await
        .unwrap();
}

#[tokio::test]
async fn an_offer_lapses_only_after_its_people_were_told_and_can_be_made_again() {
    for house in House::each().await {
        let desk = Desk::of(&house).await;
        let (db, officer, system) = (&house.db, &desk.officer, house.system());
        member(&house, officer.person_id().unwrap()).await;
        let id = desk.offered("Our café", "2026-10-09").await;
        let remind = async || {
            reminders::send_due(db, &system, &compose)
                .await
                .unwrap()
                .mails
        };
        assert_eq!(remind().await, 1);
        assert_eq!(remind().await, 0);
        house.clock.set("2026-10-09T22:00:00Z".parse().unwrap());
        assert!(ops::lapse_due(db, &system).await.unwrap().is_empty());
        // accepted after its time on a later day: refused
        house.clock.set("2026-10-10T08:00:00Z".parse().unwrap());
        let late = Acceptance {
            accepted_on: day("2026-10-10"),
            accountable_body_id: Some(house.charity),
            holder_id: None,
            legal_basis: LegalBasis::Gift,
            lost_if_unspent: false,
            category_ids: Vec::new(),
            indicative_from: None,
            carry_forward: None,
        };
        let told = ops::accept(db, officer, id, &late, None).await;
        assert!(
            matches!(
                &told,
                Err(Error::Refused {
                    rule: "offer-over",
                    ..
                })
            ),
            "{told:?}"
        );
        assert_eq!(ops::lapse_due(db, &system).await.unwrap(), ["Our café"]);
        assert!(ops::lapse_due(db, &system).await.unwrap().is_empty());
        let seen = view::one(db, officer, id).await.unwrap();
        assert_eq!(seen.summary.state, ApplicationState::Lapsed);
        assert!(desk.open(id).await.is_empty());
        desk.clean().await;

        // the funder gives more time: the deadline is there again, and its ladder begins anew
        let again = NewOffer {
            offered_on: day("2026-10-10"),
            ..desk.offer("2026-10-30")
        };
        ops::record_offer(db, officer, id, &again, None)
            .await
            .unwrap();
        assert_eq!(desk.open(id).await, [DeadlineKind::Acceptance]);
        house.clock.set("2026-10-16T08:00:00Z".parse().unwrap());
        // the mail of before still waits, and is written anew
        remind().await;
        let told = reminder::Entity::find().all(db.read()).await.unwrap();
        let anew = told
            .iter()
            .filter(|row| row.due_on == day("2026-10-30") && !row.merged);
        assert_eq!(anew.count(), 1, "{told:?}");
        let kept = deadline::Entity::find().all(db.read()).await.unwrap();
        let of_offer = kept
            .iter()
            .filter(|row| row.kind == DeadlineKind::Acceptance)
            .count();
        assert_eq!(of_offer, 1);
        desk.clean().await;
    }
}

#[tokio::test]
async fn an_offer_of_which_nobody_was_told_waits() {
    for house in House::each().await {
        let desk = Desk::of(&house).await;
        let system = house.system();
        desk.offered("Our café", "2026-10-09").await;
        house.clock.set("2026-10-12T08:00:00Z".parse().unwrap());
        assert!(ops::lapse_due(&house.db, &system).await.unwrap().is_empty());
        house.clock.set("2026-10-20T08:00:00Z".parse().unwrap());
        assert_eq!(ops::lapse_due(&house.db, &system).await.unwrap().len(), 1);
    }
}

#[tokio::test]
async fn tasks_and_estimates_are_kept_and_deadlines_follow() {
    for house in House::each().await {
        let desk = Desk::of(&house).await;
        let (db, officer) = (&house.db, &desk.officer);
        let id = desk.begun("A", 600).await;
        let new = NewTask {
            title: "Ask the landlord".to_owned(),
            who_id: officer.person_id(),
            due: on("2026-10-05"),
        };
        let task = ops::add_task(db, officer, id, &new).await.unwrap();
        assert_eq!(
            desk.open(id).await,
            [DeadlineKind::Task, DeadlineKind::ProgrammeCloses]
        );
        ops::finish_task(db, officer, id, task, Done { done: true })
            .await
            .unwrap();
        assert_eq!(desk.open(id).await, [DeadlineKind::ProgrammeCloses]);
        // the programme's date moves, and its deadlines with it
        let moved = ProgrammeTerms {
            closes: on("2026-12-20"),
            ..programmes::tests::terms(desk.funder, "People in the lead")
        };
        programmes::ops::change(db, officer, desk.programme, &moved, None)
            .await
            .unwrap();
        let seen = view::one(db, officer, id).await.unwrap();
        assert_eq!(seen.summary.next.unwrap().due_on, day("2026-12-20"));
        let estimate = |likelihood_bp| Estimate { likelihood_bp };
        let wrong = ops::estimate(db, officer, id, estimate(Some(10_001)), None).await;
        assert!(matches!(wrong, Err(Error::Invalid(_))));
        ops::estimate(db, officer, id, estimate(Some(3_333)), None)
            .await
            .unwrap();
        desk.begun("B", 100).await;
        let found = view::pipeline(db, officer, ApplicationFilter::default())
            .await
            .unwrap();
        assert_eq!(found.sums.asked_pence, Money(700_00));
        assert_eq!(found.sums.expected_pence, Money(199_98));
        assert_eq!(found.sums.not_estimated_pence, Money(100_00));
        assert_eq!(
            found.applications[0].likelihood_by.as_deref(),
            Some("Robin")
        );
        let only = ApplicationFilter {
            lead_id: Some(PersonId::new()),
            ..ApplicationFilter::default()
        };
        let none = view::pipeline(db, officer, only).await.unwrap();
        assert!(none.applications.is_empty());
        assert_eq!(none.sums.asked_pence, Money::ZERO);
        desk.clean().await;
    }
}

#[tokio::test]
async fn a_funders_officer_sees_what_their_funder_was_sent_as_it_was_sent() {
    for house in House::each().await {
        let desk = Desk::of(&house).await;
        let db = &house.db;
        let id = desk.sent("Our café", 600).await;
        desk.begun("Not sent", 600).await;
        let ours = house.somebody_of(Role::FundersOfficer, desk.funder).await;
        let another = house.body("GB-CHC-2", "Another").await;
        let theirs = house.somebody_of(Role::FundersOfficer, another).await;
        ops::invite_on(db, &desk.officer, id, day("2026-10-01"), None)
            .await
            .unwrap();
        ops::change(db, &desk.officer, id, &desk.terms("A secret", 900), None)
            .await
            .unwrap();
        let list = async |ctx: &Ctx| {
            view::list(db, ctx, ApplicationFilter::default(), None, 50)
                .await
                .unwrap()
                .items
        };
        let seen = list(&ours).await;
        assert_eq!(seen.len(), 1);
        assert_eq!(
            (seen[0].title.as_str(), seen[0].asked_pence, seen[0].state),
            ("Our café", Money(600_00), ApplicationState::Submitted)
        );
        assert!(seen[0].lead.is_none() && seen[0].next.is_none() && seen[0].stage.is_none());
        let one = view::one(db, &ours, id).await.unwrap();
        let text = serde_json::to_string(&one).unwrap();
        assert!(
            !text.contains("secret") && !text.contains("Minute 7"),
            "{text}"
        );
        assert!(one.decisions.is_empty() && one.stages.is_empty() && one.events.is_empty());
        assert!(list(&theirs).await.is_empty());
        let told = view::one(db, &theirs, id).await;
        assert!(matches!(told, Err(Error::NotFound)));
        let told = view::pipeline(db, &ours, ApplicationFilter::default()).await;
        assert!(matches!(told, Err(Error::NotAllowed(_))));
        assert!(view::bank(db, &ours, "").await.unwrap().is_empty());
    }
}
