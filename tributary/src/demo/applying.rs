//! The applications of the story: one that became an award, one offered, one with its funder, one
//! being written, and one that was turned down.

use chrono::{Datelike, Days, NaiveDate, NaiveTime};
use domain::applications::ops::{
    self, Acceptance, ApplicationTerms, BudgetLine, Done, Estimate, Feedback, NewApplicationAnswer,
    NewDecision, NewOffer, NewQuestion, NewStage, NewSubmission, NewTask, OfferYear, Outcome,
    OutcomeKind, Questions, Stages,
};
use domain::calendar::rules::Moment;
use domain::{Ctx, Db, Money};
use entity::{
    ApplicationId, LegalBasis, Nation, OrganisationId, PersonId, PoolId, ProgrammeId, StageKind,
};

use crate::Failure;

/// What the applications of the story name.
pub struct Applying<'a> {
    pub db: &'a Db,
    pub officer: &'a Ctx,
    /// The day on which the story is told; the applications were begun some weeks before.
    pub today: NaiveDate,
    pub lead: Option<PersonId>,
    pub charity: OrganisationId,
    pub council: OrganisationId,
    pub peers: ProgrammeId,
    pub people_lead: ProgrammeId,
    pub safer: ProgrammeId,
    pub community: PoolId,
}

/// A question and what was answered.
type Answered = (&'static str, i32, &'static str);

const WON: &[Answered] = &[
    (
        "What will you do, and who asked for it?",
        120,
        "Eight people who have been through it themselves will be trained and paid as peer mentors \
         in four villages where the bus comes twice a day. The people of those villages asked for \
         it: at three open evenings they said that nobody there could talk to somebody who knows.",
    ),
    (
        "How will people with lived experience lead the project?",
        100,
        "Our Recovery Advisory Committee, all of it people in recovery, decides with the Trustee \
         Board. It wrote the role, chooses the mentors, and hears each quarter what changed and \
         what did not.",
    ),
    (
        "How will you know that it worked?",
        80,
        "Mentors and the people they walk with say so, in their own words, every three months. We \
         count who came, who came back, and who now helps somebody else.",
    ),
];

const WRITING: &[Answered] = &[
    (
        "What will you do?",
        150,
        "A café on the quay, open six days a week and run by people in recovery: they cook, serve, \
         keep the books, and decide together what it is for.",
    ),
    ("How do people with lived experience lead?", 100, ""),
    ("What stays when the grant has ended?", 100, ""),
    ("How will you know that it made a difference?", 80, ""),
];

fn year_from(on: NaiveDate, years: i32) -> NaiveDate {
    let first = if on.month() >= 4 {
        on.year()
    } else {
        on.year() - 1
    };
    NaiveDate::from_ymd_opt(first + years, 4, 1).unwrap_or(on)
}

impl Applying<'_> {
    fn ahead(&self, days: u64, at: Option<(u32, u32)>) -> Moment {
        Moment {
            on: self.today + Days::new(days),
            at: at.and_then(|(hour, minute)| NaiveTime::from_hms_opt(hour, minute, 0)),
        }
    }

    fn line(&self, years: i32, label: &str, capital: bool, pounds: i64) -> BudgetLine {
        BudgetLine {
            year_from: year_from(self.today, years),
            label: label.to_owned(),
            capital,
            amount_pence: Money(pounds * 100),
        }
    }

    fn terms(
        &self,
        programme_id: ProgrammeId,
        title: &str,
        purpose: &str,
        lines: Vec<BudgetLine>,
    ) -> ApplicationTerms {
        ApplicationTerms {
            programme_id,
            title: title.to_owned(),
            pool_id: None,
            purpose: purpose.to_owned(),
            starts_on: Some(year_from(self.today, 1)),
            ends_on: year_from(self.today, 3).pred_opt(),
            lead_id: self.lead,
            accountable_body_id: None,
            holder_id: None,
            nation: Nation::England,
            lines,
        }
    }

    async fn begin(&self, terms: &ApplicationTerms) -> Result<ApplicationId, Failure> {
        Ok(ops::begin(self.db, self.officer, terms).await?)
    }

    async fn answers(
        &self,
        id: ApplicationId,
        stage: StageKind,
        answered: &[Answered],
    ) -> Result<(), Failure> {
        let new = Questions {
            questions: answered
                .iter()
                .map(|(text, limit, _)| NewQuestion {
                    stage,
                    text: (*text).to_owned(),
                    guidance: String::new(),
                    word_limit: Some(*limit),
                    required: true,
                })
                .collect(),
        };
        let ids = ops::add_questions(self.db, self.officer, id, &new).await?;
        for (question, (_, _, text)) in ids.into_iter().zip(answered) {
            if !text.is_empty() {
                let new = NewApplicationAnswer {
                    text: (*text).to_owned(),
                };
                ops::answer(self.db, self.officer, id, question, &new, None).await?;
            }
        }
        Ok(())
    }

    async fn plan(&self, id: ApplicationId, stages: Vec<NewStage>) -> Result<(), Failure> {
        ops::set_stages(self.db, self.officer, id, &Stages { stages }, None).await?;
        Ok(())
    }

    async fn likely(&self, id: ApplicationId, bp: i32) -> Result<(), Failure> {
        let new = Estimate {
            likelihood_bp: Some(bp),
        };
        ops::estimate(self.db, self.officer, id, new, None).await?;
        Ok(())
    }

    async fn decide_and_send(&self, id: ApplicationId, to_whom: &str) -> Result<(), Failure> {
        let new = NewDecision {
            go: true,
            decided_on: self.officer.today(),
            decided_by: "Trustee Board and Recovery Advisory Committee, together".to_owned(),
            minute: "Minute 9".to_owned(),
        };
        ops::decide(self.db, self.officer, id, &new, None).await?;
        let new = NewSubmission {
            stage: StageKind::Full,
            submitted_at: self.officer.now(),
            how: "The funder’s portal".to_owned(),
            to_whom: to_whom.to_owned(),
            receipt: format!("Application {} received", self.officer.today()),
        };
        ops::submit(self.db, self.officer, id, &new, None, None).await?;
        let assessed = Done { done: true };
        let stage = StageKind::Assessment;
        ops::finish_stage(self.db, self.officer, id, stage, assessed, None).await?;
        Ok(())
    }

    async fn offer(
        &self,
        id: ApplicationId,
        reference: &str,
        accept_by: Moment,
        years: &[i64],
    ) -> Result<(), Failure> {
        let new = NewOffer {
            reference: reference.to_owned(),
            offered_on: self.officer.today(),
            starts_on: year_from(self.today, 1),
            ends_on: year_from(self.today, 1 + i32::try_from(years.len()).unwrap_or(1))
                .pred_opt()
                .unwrap_or(self.today),
            accept_by,
            years: (1..)
                .zip(years)
                .map(|(n, pounds)| OfferYear {
                    year_from: year_from(self.today, n),
                    amount_pence: Money(pounds * 100),
                })
                .collect(),
            conditions: "Tell us each year what people say has changed.".to_owned(),
        };
        ops::record_offer(self.db, self.officer, id, &new, None).await?;
        Ok(())
    }

    /// Begins them all, and does what was done so far.
    pub async fn tell(&self) -> Result<(), Failure> {
        self.won().await?;
        self.offered().await?;
        self.with_its_funder().await?;
        self.turned_down().await?;
        self.being_written().await
    }

    async fn won(&self) -> Result<(), Failure> {
        let lines = vec![
            self.line(1, "Peer mentors", false, 62_000),
            self.line(1, "Training", false, 8_500),
            self.line(2, "Peer mentors", false, 64_500),
        ];
        let mut terms = self.terms(
            self.peers,
            "Peer mentors in the villages",
            "Peer mentors where the bus comes twice a day",
            lines,
        );
        terms.pool_id = Some(self.community);
        terms.accountable_body_id = Some(self.charity);
        terms.holder_id = Some(self.council);
        let id = self.begin(&terms).await?;
        self.answers(id, StageKind::Full, WON).await?;
        self.decide_and_send(id, "grants@ashgrove.example").await?;
        let by = Moment::day(self.officer.today() + Days::new(30));
        self.offer(id, "ASH/V/31", by, &[70_500, 64_500]).await?;
        let new = Acceptance {
            accepted_on: self.officer.today(),
            accountable_body_id: None,
            holder_id: None,
            legal_basis: LegalBasis::GrantAgreement,
            lost_if_unspent: false,
            category_ids: Vec::new(),
            indicative_from: None,
            carry_forward: None,
        };
        ops::accept(self.db, self.officer, id, &new, None).await?;
        Ok(())
    }

    async fn offered(&self) -> Result<(), Failure> {
        let lines = vec![self.line(1, "Garden and greenhouse", true, 38_000)];
        let terms = self.terms(
            self.peers,
            "A garden behind the old boathouse",
            "A garden that people make and keep together",
            lines,
        );
        let id = self.begin(&terms).await?;
        self.answers(id, StageKind::Full, &WON[2..]).await?;
        self.decide_and_send(id, "grants@ashgrove.example").await?;
        self.likely(id, 9_500).await?;
        self.offer(id, "ASH/G/8", self.ahead(12, Some((17, 0))), &[36_000])
            .await
    }

    async fn with_its_funder(&self) -> Result<(), Failure> {
        let lines = vec![
            self.line(1, "Two workers at the prison gate", false, 84_000),
            self.line(2, "Two workers at the prison gate", false, 86_500),
        ];
        let terms = self.terms(
            self.safer,
            "At the gate",
            "Somebody who knows, at the gate on the morning of release",
            lines,
        );
        let id = self.begin(&terms).await?;
        let decision = NewStage {
            due: Some(self.ahead(6, None)),
            ..NewStage::of(StageKind::Decision)
        };
        let stages = vec![
            NewStage::of(StageKind::Full),
            NewStage::of(StageKind::Assessment),
            decision,
        ];
        self.plan(id, stages).await?;
        self.decide_and_send(id, "The commissioner’s office")
            .await?;
        self.likely(id, 2_500).await
    }

    async fn turned_down(&self) -> Result<(), Failure> {
        let lines = vec![self.line(1, "A minibus", true, 41_000)];
        let terms = self.terms(
            self.safer,
            "A minibus",
            "Getting people to where help is",
            lines,
        );
        let id = self.begin(&terms).await?;
        self.decide_and_send(id, "The commissioner’s office")
            .await?;
        let on = self.officer.today();
        let new = Outcome {
            outcome: OutcomeKind::Rejected,
            on,
            reason: "They pay for people, not for vehicles.".to_owned(),
        };
        ops::close(self.db, self.officer, id, &new, None).await?;
        let new = Feedback {
            on,
            text: "A clear case. Ask us for the driver instead.".to_owned(),
        };
        ops::feedback(self.db, self.officer, id, &new).await?;
        Ok(())
    }

    async fn being_written(&self) -> Result<(), Failure> {
        let lines = vec![
            self.line(1, "Staff, people in recovery first", false, 96_000),
            self.line(1, "Kitchen", true, 54_000),
            self.line(2, "Staff, people in recovery first", false, 99_000),
        ];
        let terms = self.terms(
            self.people_lead,
            "A café that people run themselves",
            "A café on the quay, run by people in recovery",
            lines,
        );
        let id = self.begin(&terms).await?;
        let stages = vec![
            NewStage {
                due: Some(self.ahead(9, Some((12, 0)))),
                who_id: self.lead,
                ..NewStage::of(StageKind::Expression)
            },
            NewStage {
                due: Some(self.ahead(70, Some((12, 0)))),
                ..NewStage::of(StageKind::Full)
            },
            NewStage::of(StageKind::Assessment),
            NewStage {
                due: Some(self.ahead(130, None)),
                ..NewStage::of(StageKind::Decision)
            },
        ];
        self.plan(id, stages).await?;
        self.answers(id, StageKind::Expression, WRITING).await?;
        self.likely(id, 4_000).await?;
        for (title, due) in [
            ("Ask the harbour board for a letter", Some(3)),
            ("Have the committee read the answers", Some(5)),
            ("Three prices for the kitchen", None),
        ] {
            let new = NewTask {
                title: title.to_owned(),
                who_id: self.lead,
                due: due.map(|days| self.ahead(days, None)),
            };
            ops::add_task(self.db, self.officer, id, &new).await?;
        }
        Ok(())
    }
}
