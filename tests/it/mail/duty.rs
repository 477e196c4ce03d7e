//! A return that is due, with those who prepare, certify and send it; and a worker with mail.

use std::sync::LazyLock;
use std::time::Duration;

use chrono::NaiveDate;
use domain::db::Location;
use domain::jobs::schedule::{self, Schedule};
use domain::mail::view::{self, MailView};
use entity::{
    AwardId, AwardYearId, BalanceKind, Board, CarryForward, DeadlineId, DeadlineKind, FileId,
    GrantReturnId, JobKind, MailKind, MailState, Money, Nation, PaysFor, PersonId, RequirementId,
    ReturnEventKind as Happened, ReturnFormId, ReturnState, YearStanding, award, award_year,
    balance, deadline, file, grant_return, mail, reminder, requirement, return_event, return_form,
};
use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, ColumnTrait, Database, DatabaseConnection, EntityTrait,
    IntoActiveModel, PaginatorTrait, QueryFilter, QueryOrder,
};
use serde_json::json;
use worker::mail::{Encryption, MailServer};
use worker::{Worker, WorkerConfig};

use crate::support::house::House;
use crate::support::smtp::Smtp;

/// Straight to the rows: the returns' own operations are tested elsewhere.
pub(super) async fn rows(house: &House) -> DatabaseConnection {
    let url = match house.db.location() {
        Location::Sqlite(path) => format!("sqlite:{}", path.display()),
        Location::Postgres(url) => url.clone(),
    };
    Database::connect(url).await.unwrap()
}

/// Who has which part; nobody where it is left out.
#[derive(Clone, Copy, Default)]
pub(super) struct Parts {
    pub(super) preparer: Option<PersonId>,
    pub(super) certifier: Option<PersonId>,
    pub(super) sender: Option<PersonId>,
    pub(super) lead: Option<PersonId>,
    pub(super) boards: bool,
}

#[derive(Clone, Copy)]
pub(super) struct Duty {
    pub(super) return_id: GrantReturnId,
    pub(super) deadline_id: DeadlineId,
}

/// A drafted return that is due at the end of this London date.
pub(super) async fn due(house: &House, name: &str, due_on: NaiveDate, parts: Parts) -> Duty {
    let db = rows(house).await;
    let now = house.clock.now();
    let (file_id, form_id, award_id) = (FileId::new(), ReturnFormId::new(), AwardId::new());
    file::ActiveModel {
        id: Set(file_id),
        sha256: Set(domain::files::sha256(b"")),
        name: Set("form.xlsx".to_owned()),
        media_type: Set("application/octet-stream".to_owned()),
        size: Set(0),
        complete: Set(true),
        created_at: Set(now),
        created_by: Set(None),
    }
    .insert(&db)
    .await
    .unwrap();
    return_form::ActiveModel {
        id: Set(form_id),
        name: Set(format!("Form {form_id}")),
        version_label: Set("1".to_owned()),
        funder_id: Set(house.funder_a),
        file_id: Set(file_id),
        current: Set(true),
        created_at: Set(now),
        funder_form_code: Set(None),
        replaces_id: Set(None),
    }
    .insert(&db)
    .await
    .unwrap();
    award::ActiveModel {
        id: Set(award_id),
        reference: Set(award_id.to_string()),
        title: Set("Drug and alcohol grant".to_owned()),
        legal_basis: Set(entity::LegalBasis::Section31),
        programme: Set("Recovery".to_owned()),
        programme_id: Set(None),
        funder_id: Set(house.funder_a),
        holder_id: Set(house.council),
        accountable_body_id: Set(house.council),
        amount: Set(Money(100_000_000)),
        starts_on: Set(day("2026-04-01")),
        ends_on: Set(day("2027-03-31")),
        nation: Set(Nation::England),
        pays_for: Set(PaysFor::all().next().unwrap()),
        lost_if_unspent: Set(true),
        lead_id: Set(parts.lead),
        decider_id: Set(None),
        accounts_of_id: Set(None),
        accounts_as: Set(None),
        only_places: Set(String::new()),
        only_groups: Set(String::new()),
        version: Set(1),
        created_at: Set(now),
    }
    .insert(&db)
    .await
    .unwrap();
    let year_id = AwardYearId::new();
    award_year::ActiveModel {
        id: Set(year_id),
        award_id: Set(award_id),
        starts_on: Set(day("2026-04-01")),
        ends_on: Set(day("2027-03-31")),
        amount: Set(Money(100_000_000)),
        standing: Set(YearStanding::Confirmed),
        carry_forward: Set(CarryForward::None),
        created_at: Set(now),
    }
    .insert(&db)
    .await
    .unwrap();
    for (kind, subject) in [
        (BalanceKind::Award, uuid::Uuid::from(award_id)),
        (BalanceKind::AwardYear, year_id.into()),
    ] {
        balance::ActiveModel {
            id: Set(uuid::Uuid::now_v7()),
            kind: Set(kind),
            subject_id: Set(subject),
            cap: Set(Money(100_000_000)),
            attributed: Set(Money(0)),
        }
        .insert(&db)
        .await
        .unwrap();
    }
    let requirement_id = RequirementId::new();
    requirement::ActiveModel {
        id: Set(requirement_id),
        award_id: Set(award_id),
        form_id: Set(form_id),
        name: Set(name.to_owned()),
        period_months: Set(3),
        first_period_from: Set(day("2026-04-01")),
        anchor_on: Set(day("2026-04-01")),
        due_rule: Set(serde_json::json!({})),
        needs_trustees: Set(parts.boards),
        needs_committee: Set(parts.boards),
        signatures: Set(serde_json::json!([])),
        variance_bp: Set(None),
        preparer_id: Set(parts.preparer),
        certifier_id: Set(parts.certifier),
        sender_id: Set(parts.sender),
        version: Set(1),
        created_at: Set(now),
        series_id: Set(requirement_id),
        applies_from: Set(day("2026-04-01")),
        ends_before: Set(None),
        reason: Set(String::new()),
        created_by: Set(None),
    }
    .insert(&db)
    .await
    .unwrap();
    let return_id = GrantReturnId::new();
    grant_return::ActiveModel {
        id: Set(return_id),
        requirement_id: Set(requirement_id),
        award_id: Set(award_id),
        form_id: Set(form_id),
        period_from: Set(day("2026-07-01")),
        period_to: Set(day("2026-09-30")),
        state: Set(ReturnState::Drafted),
        revision: Set(1),
        drafted_seq: Set(0),
        drafted_at: Set(Some(now)),
        rests_on: Set(String::new()),
        version: Set(1),
        created_at: Set(now),
    }
    .insert(&db)
    .await
    .unwrap();
    let deadline_id = DeadlineId::new();
    deadline::ActiveModel {
        id: Set(deadline_id),
        kind: Set(DeadlineKind::Return),
        subject_id: Set(return_id.into()),
        return_id: Set(Some(return_id)),
        award_id: Set(Some(award_id)),
        application_id: Set(None),
        who_id: Set(None),
        title: Set(name.to_owned()),
        due_on: Set(due_on),
        due_at: Set(domain::calendar::rules::end_of_day(due_on)),
        closed_at: Set(None),
        created_at: Set(now),
    }
    .insert(&db)
    .await
    .unwrap();
    let duty = Duty {
        return_id,
        deadline_id,
    };
    happened(house, duty, Happened::Scheduled, json!({})).await;
    happened(house, duty, Happened::Drafted, json!({})).await;
    duty
}

/// Writes an event, as the return's own operations would: its state is the fold of them.
async fn happened(house: &House, duty: Duty, kind: Happened, detail: serde_json::Value) {
    let db = rows(house).await;
    let before = return_event::Entity::find()
        .filter(return_event::Column::ReturnId.eq(duty.return_id))
        .count(&db)
        .await
        .unwrap();
    return_event::ActiveModel {
        id: Set(uuid::Uuid::now_v7()),
        return_id: Set(duty.return_id),
        seq: Set(i32::try_from(before).unwrap() + 1),
        kind: Set(kind),
        at: Set(house.clock.now()),
        by_person: Set(None),
        revision: Set(Some(1)),
        reason: Set(None),
        detail: Set(Some(detail)),
    }
    .insert(&db)
    .await
    .unwrap();
}

/// Moves a drafted return on, as its own operations would.
pub(super) async fn becomes(house: &House, duty: Duty, state: ReturnState) {
    const OFFICE: &str = "Chief finance officer";
    let boards = match state {
        ReturnState::AwaitingApproval => json!(["trustees", "committee"]),
        _ => json!([]),
    };
    let offered = json!({ "boards": boards, "offices": [OFFICE] });
    happened(house, duty, Happened::SentForCertification, offered).await;
    if matches!(state, ReturnState::Certified | ReturnState::Submitted) {
        happened(
            house,
            duty,
            Happened::Certified,
            json!({ "office": OFFICE }),
        )
        .await;
    }
    if state == ReturnState::Submitted {
        happened(house, duty, Happened::Submitted, json!({})).await;
    }
    let db = rows(house).await;
    let row = grant_return::Entity::find_by_id(duty.return_id)
        .one(&db)
        .await
        .unwrap()
        .unwrap();
    let mut row = row.into_active_model();
    row.state = Set(state);
    row.update(&db).await.unwrap();
    if domain::reminders::rules::is_settled(state) {
        let row = deadline::Entity::find_by_id(duty.deadline_id)
            .one(&db)
            .await
            .unwrap()
            .unwrap();
        let mut row = row.into_active_model();
        row.closed_at = Set(Some(house.clock.now()));
        row.update(&db).await.unwrap();
    }
}

/// A board agrees to the present revision.
pub(super) async fn agrees(house: &House, duty: Duty, board: Board, by: PersonId) {
    entity::board_approval::ActiveModel {
        id: Set(uuid::Uuid::now_v7()),
        return_id: Set(duty.return_id),
        revision: Set(1),
        board: Set(board),
        agreed_on: Set(day("2026-10-06")),
        minute: Set("7".to_owned()),
        recorded_by: Set(by),
        recorded_at: Set(house.clock.now()),
    }
    .insert(&rows(house).await)
    .await
    .unwrap();
    happened(
        house,
        duty,
        Happened::BoardAgreed,
        json!({ "board": board }),
    )
    .await;
}

/// What is recorded of a deadline: rung, whether merged, why somebody stands in.
pub(super) async fn recorded(house: &House, duty: Duty) -> Vec<(String, bool, Option<String>)> {
    reminder::Entity::find()
        .filter(reminder::Column::DeadlineId.eq(duty.deadline_id))
        .order_by_asc(reminder::Column::CreatedAt)
        .order_by_asc(reminder::Column::Id)
        .all(&rows(house).await)
        .await
        .unwrap()
        .into_iter()
        .map(|row| (row.rung, row.merged, row.fallback))
        .collect()
}

/// The rows of the sign-in mail, which no page shows.
pub(super) async fn sign_in_rows(house: &House) -> Vec<mail::Model> {
    mail::Entity::find()
        .filter(mail::Column::Kind.eq(MailKind::SignIn))
        .order_by_asc(mail::Column::Id)
        .all(&rows(house).await)
        .await
        .unwrap()
}

pub(super) fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

/// How long this worker waits for the mail server.
pub(super) const PATIENCE: Duration = Duration::from_millis(400);

/// All but those that would work on the returns, which here are rows without a form's bytes.
static SCHEDULES: LazyLock<Vec<Schedule>> = LazyLock::new(|| {
    let others = |schedule: &&Schedule| {
        !matches!(
            schedule.kind,
            JobKind::DraftReturns | JobKind::AttributeSpend
        )
    };
    schedule::ALL.iter().filter(others).copied().collect()
});

pub(super) fn worker(house: &House, smtp: Option<&Smtp>) -> Worker {
    worker_to(
        house,
        smtp.map(|smtp| MailServer {
            host: smtp.host(),
            port: smtp.port(),
            encryption: Encryption::None,
            sign_in: None,
            authorities: None,
            timeout: PATIENCE,
        }),
    )
}

pub(super) fn worker_to(house: &House, mail_server: Option<MailServer>) -> Worker {
    let config = WorkerConfig {
        mail_server,
        mail_from: "Harbour Recovery <grants@harbour.example>".to_owned(),
        public_address: house.address.clone(),
        schedules: &SCHEDULES,
        ..WorkerConfig::default()
    };
    Worker::new(house.db.clone(), house.clock.clone(), config).unwrap()
}

/// The outbox as an administrator would read it, oldest first.
pub(super) async fn outbox(house: &House) -> Vec<MailView> {
    let mut mails = view::outbox(&house.db, &house.system(), None, None, 1000)
        .await
        .unwrap()
        .mails;
    mails.reverse();
    mails
}

pub(super) async fn states(house: &House) -> Vec<MailState> {
    outbox(house)
        .await
        .into_iter()
        .map(|mail| mail.state)
        .collect()
}

/// Somebody with a role: who, and where their mail goes.
pub(super) async fn somebody(house: &House, role: entity::Role) -> (PersonId, String) {
    let name = format!("{}-{}", role.slug(), uuid::Uuid::new_v4().simple());
    let email = format!("{name}@example.org");
    let invited = domain::access::invitations::invite(
        &house.db,
        &house.system(),
        &domain::access::invitations::Invitation {
            email: email.clone(),
            display_name: name,
            organisation_id: house.home,
            role,
            ends_on: None,
        },
    )
    .await
    .unwrap();
    (invited.person_id, email)
}
