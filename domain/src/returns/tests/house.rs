//! A small charity with one award, for the tests of returns.

use std::sync::OnceLock;

use chrono::{DateTime, NaiveDate, Utc};
use entity::*;
use rust_xlsxwriter::{Formula, Workbook};
use sea_orm::{ActiveModelTrait, ActiveValue::Set, ConnectionTrait, EntityTrait, IntoActiveModel};
use serde_json::{Value, json};

use crate::ctx::PersonActor;
use crate::db::Location;
use crate::deadlines::rules::{Adjust, DeadlineRule};
use crate::forms::rules::FormSpec;
use crate::returns::ops::{self, DraftReport, NewRequirement};
use crate::returns::rules::Signature;
use crate::returns::workbook::Workbooks;
use crate::testing::templates;
use crate::{Actor, Clock, Ctx, Db, Money, forms};

pub(super) struct House {
    pub db: Db,
    pub clock: Clock,
    pub workbooks: Workbooks,
    pub council: OrganisationId,
    pub funder: OrganisationId,
    pub home: OrganisationId,
    pub award: AwardId,
    pub pool: PoolId,
    pub support: CostCategoryId,
    pub premises: CostCategoryId,
    pub form: ReturnFormId,
    pub profile: ImportProfileId,
    pub officer: Ctx,
    pub certifier: Ctx,
    pub second_certifier: Ctx,
    pub trustee: Ctx,
    pub committee: Ctx,
    pub funders_officer: Ctx,
    _folder: tempfile::TempDir,
}

/// Runs a test on each database that is there.
pub(super) fn on_both(test: impl AsyncFn(&House)) {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(4)
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(async {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("house.sqlite");
        templates::sqlite(&file).await;
        let house = House::build(Location::Sqlite(file), folder).await;
        test(&house).await;
        house.is_clean().await;
        match std::env::var("TRIBUTARY_TEST_POSTGRES") {
            Ok(url) => {
                let name = format!("returns_{}", uuid::Uuid::new_v4().simple());
                let location = templates::postgres(&url, &name).await;
                let folder = tempfile::tempdir().unwrap();
                let house = House::build(location, folder).await;
                test(&house).await;
                house.is_clean().await;
            }
            Err(_) => eprintln!("not run on PostgreSQL: TRIBUTARY_TEST_POSTGRES is not set"),
        }
    });
}

pub(super) fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

pub(super) fn at(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

/// The funder's form: figures with totals, a grid, words, a sign-off sheet.
pub(super) fn form_bytes() -> &'static [u8] {
    static FORM: OnceLock<Vec<u8>> = OnceLock::new();
    FORM.get_or_init(|| {
        let mut book = Workbook::new();
        let money = book.add_worksheet();
        money.set_name("Finances").unwrap();
        for (row, label) in [
            (2, "Reference"),
            (4, "Revenue spend"),
            (5, "Capital spend"),
            (6, "Spend in the period"),
            (7, "Spend to date"),
            (8, "Expected"),
            (9, "Explanation"),
            (10, "Inside the capital fence"),
            (11, "Does it agree?"),
        ] {
            money.write_string(row, 1, label).unwrap();
        }
        let sum = Formula::new("=C5+C6").set_result("0");
        money.write_formula(6, 2, sum).unwrap();
        let agrees = Formula::new("=IF(C8<C7,\"Check: less to date than in the period\",\"OK\")")
            .set_result("OK");
        money.write_formula(11, 2, agrees).unwrap();
        let total = Formula::new("=SUM(E5:H5)").set_result("0");
        money.write_formula(4, 8, total).unwrap();
        let words = book.add_worksheet();
        words.set_name("Story").unwrap();
        words.write_string(1, 0, "What went well?").unwrap();
        words.write_string(2, 0, "How is it going?").unwrap();
        let sign = book.add_worksheet();
        sign.set_name("Sign-off").unwrap();
        for (row, label) in [(1, "Name"), (2, "Office"), (3, "Date"), (4, "Second name")] {
            sign.write_string(row, 0, label).unwrap();
        }
        book.save_to_buffer().unwrap()
    })
}

fn spec(version: &str) -> FormSpec {
    let field = |key: &str, section: &str, kind: &str, at: &str, more: Value| {
        let mut field = json!({
            "key": key, "section": section, "label": key, "kind": kind, "at": at,
        });
        for (name, value) in more.as_object().unwrap() {
            field[name] = value.clone();
        }
        field
    };
    let spend = |capital: bool| {
        json!({"required": true, "binding": {"measure": "spend", "filters": {"capital": capital},
               "period": {"kind": "this"}}})
    };
    let mut fields = vec![
        field(
            "finances.reference",
            "Finances",
            "text",
            "Finances!C3",
            json!({"required": true, "binding": {"measure": "award", "fact": "reference"}}),
        ),
        field(
            "finances.revenue",
            "Finances",
            "money",
            "Finances!C5",
            spend(false),
        ),
        field(
            "finances.capital",
            "Finances",
            "money",
            "Finances!C6",
            spend(true),
        ),
        field(
            "finances.to-date",
            "Finances",
            "money",
            "Finances!C8",
            json!({"required": true, "binding": {"measure": "spend", "period": {"kind": "cumulative"}}}),
        ),
        field(
            "finances.expected",
            "Finances",
            "money",
            "Finances!C9",
            json!({"binding": {"measure": "previous-forecast", "period": {"kind": "this"}}}),
        ),
        field(
            "finances.explanation",
            "Finances",
            "text",
            "Finances!C10",
            json!({"word_limit": 50}),
        ),
        field(
            "finances.fence",
            "Finances",
            "money",
            "Finances!C11",
            json!({"binding": {"measure": "spend", "filters": {"fence": "capital"}, "period": {"kind": "this"}}}),
        ),
        field(
            "story.well",
            "Story",
            "text",
            "Story!B2",
            json!({"required": true, "word_limit": 5}),
        ),
        field(
            "story.rating",
            "Story",
            "choice",
            "Story!B3",
            json!({"required": true, "choices": ["Green", "Amber", "Red"]}),
        ),
    ];
    for (index, column) in (1..=4).zip(["E", "F", "G", "H"]) {
        fields.push(field(
            &format!("finances.q{index}"),
            "Finances",
            "money",
            &format!("Finances!{column}5"),
            json!({"binding": {"measure": "grid-quarter", "of": "spend-or-forecast",
                   "period": {"kind": "quarter", "index": index}}}),
        ));
    }
    for (row, fact) in [(2, "name"), (3, "office"), (4, "date")] {
        fields.push(field(
            &format!("sign.{fact}"), "Sign-off",
            if fact == "date" { "date" } else { "text" }, &format!("'Sign-off'!B{row}"),
            json!({"required": true, "binding": {"measure": "certification", "fact": fact, "row": 1}}),
        ));
    }
    fields.push(field("sign.second", "Sign-off", "text", "'Sign-off'!B5",
        json!({"required": false, "binding": {"measure": "certification", "fact": "name", "row": 2}})));
    serde_json::from_value(json!({
        "name": "Recovery return", "version": version,
        "sections": ["Finances", "Story", "Sign-off"], "fields": fields,
    }))
    .unwrap()
}

impl House {
    async fn build(location: Location, folder: tempfile::TempDir) -> Self {
        let db = Db::open(location).await.unwrap();
        let clock = Clock::standing_at(at("2026-07-02T09:00:00Z"));
        let system = Ctx::system("tests", clock.clone());
        let organisation = async |org_id: &str, name: &str, kind| {
            let new = crate::organisations::ops::NewOrganisation {
                org_id: org_id.to_owned(),
                name: name.to_owned(),
                kind,
            };
            crate::organisations::ops::create(&db, &system, &new)
                .await
                .unwrap()
        };
        let new = crate::organisations::ops::NewOrganisation {
            org_id: "GB-CHC-1".to_owned(),
            name: "Together in Recovery".to_owned(),
            kind: OrganisationKind::Charity,
        };
        let home = crate::organisations::ops::set_up_home(&db, &system, &new)
            .await
            .unwrap();
        let council =
            organisation("GB-LAE-1", "Westshire Council", OrganisationKind::Council).await;
        let funder = organisation(
            "GB-GOV-1",
            "Department of Care",
            OrganisationKind::Department,
        )
        .await;
        let person = async |name: &str, role: Role, of: OrganisationId| {
            let id = PersonId::new();
            let now = clock.now();
            system_write(&db, &system, async |conn| {
                person::ActiveModel {
                    id: Set(id),
                    email: Set(format!("{}@example.org", name.to_lowercase())),
                    display_name: Set(name.to_owned()),
                    totp_secret: Set(None),
                    totp_confirmed_at: Set(None),
                    totp_last_step: Set(None),
                    totp_failures: Set(0),
                    totp_failed_at: Set(None),
                    created_at: Set(now),
                }
                .insert(conn)
                .await
                .unwrap();
                membership::ActiveModel {
                    id: Set(MembershipId::new()),
                    person_id: Set(id),
                    organisation_id: Set(of),
                    role: Set(role),
                    starts_on: Set(day("2020-01-01")),
                    ends_on: Set(None),
                    revoked_at: Set(None),
                    created_at: Set(now),
                    created_by: Set(None),
                }
                .insert(conn)
                .await
                .unwrap();
            })
            .await;
            Ctx::of(
                Actor::Person(Box::new(PersonActor {
                    id,
                    display_name: name.to_owned(),
                    email: format!("{}@example.org", name.to_lowercase()),
                    roles: vec![(of, role)],
                    second_factor: role == Role::Certifier,
                    session: None,
                    scopes: None,
                })),
                clock.clone(),
                "test".to_owned(),
            )
        };
        let officer = person("Ola", Role::GrantsOfficer, home).await;
        let certifier = person("Cerys", Role::Certifier, council).await;
        let second_certifier = person("Chris", Role::Certifier, council).await;
        let trustee = person("Tara", Role::Trustee, home).await;
        let committee = person("Colm", Role::CommitteeMember, home).await;
        let funders_officer = person("Fay", Role::FundersOfficer, funder).await;
        let (award, pool, profile) = (AwardId::new(), PoolId::new(), ImportProfileId::new());
        let (support, premises) = (CostCategoryId::new(), CostCategoryId::new());
        let by = officer.person_id().unwrap();
        system_write(&db, &system, async |conn| {
            records(
                conn,
                &clock,
                (award, pool, profile),
                (support, premises),
                (funder, council),
                by,
            )
            .await;
        })
        .await;
        let form = forms::ops::create(
            &db,
            &officer,
            forms::ops::NewForm {
                funder_id: funder,
                spec: spec("1"),
                file_name: "return.xlsx".to_owned(),
                workbook: form_bytes().to_vec(),
            },
        )
        .await
        .unwrap();
        Self {
            db,
            clock,
            workbooks: Workbooks::here(),
            council,
            funder,
            home,
            award,
            pool,
            support,
            premises,
            form,
            profile,
            officer,
            certifier,
            second_certifier,
            trustee,
            committee,
            funders_officer,
            _folder: folder,
        }
    }

    /// What must hold of returns and deadlines does, after every test.
    async fn is_clean(&self) {
        let system = self.system();
        for found in crate::checks::run(&self.db, &system)
            .await
            .unwrap()
            .findings
        {
            let ours = [
                "return-states",
                "signed-answers",
                "deadlines-closed",
                "certified-files",
            ];
            assert!(!ours.contains(&found.check.as_str()), "{found:?}");
        }
    }

    pub(super) fn system(&self) -> Ctx {
        Ctx::system("tests", self.clock.clone())
    }

    /// A quarterly requirement; due 30 days after the quarter.
    pub(super) fn requirement(&self, boards: bool, offices: &[&str]) -> NewRequirement {
        NewRequirement {
            award_id: self.award,
            form_id: self.form,
            name: "Recovery return".to_owned(),
            period_months: 3,
            first_period_from: day("2026-04-01"),
            anchor_on: day("2026-04-01"),
            due_rule: DeadlineRule::DaysAfterPeriodEnd {
                days: 30,
                at: None,
                adjust: Adjust::NextWorkingDay,
            },
            needs_trustees: boards,
            needs_committee: boards,
            signatures: offices
                .iter()
                .map(|office| Signature {
                    office: (*office).to_owned(),
                    words: format!("I, the {office}, state that this is true."),
                    order: 0,
                    person_id: None,
                    since: None,
                })
                .collect(),
            variance_bp: Some(1_000),
            preparer_id: self.officer.person_id(),
            certifier_id: self.certifier.person_id(),
            sender_id: None,
        }
    }

    pub(super) async fn require(&self, boards: bool, offices: &[&str]) -> RequirementId {
        ops::create_requirement(&self.db, &self.officer, &self.requirement(boards, offices))
            .await
            .unwrap()
    }

    pub(super) async fn draft(&self) -> DraftReport {
        ops::draft_due(&self.db, &self.system(), &self.workbooks)
            .await
            .unwrap()
    }

    /// The return of the quarter that begins on this date.
    pub(super) async fn of_quarter(&self, from: &str) -> grant_return::Model {
        grant_return::Entity::find()
            .all(self.db.read())
            .await
            .unwrap()
            .into_iter()
            .find(|row| row.period_from == day(from))
            .unwrap()
    }

    /// An accepted import of these lines (day, pence, capital), attributed to the award, except
    /// those that say not.
    pub(super) async fn load(&self, to: &str, lines: &[(&str, i64, bool, bool)]) {
        self.loaded(to, lines, true).await;
    }

    /// The same, and no run has looked at it: by day, pence, and whether it is capital.
    pub(super) async fn accept(&self, to: &str, lines: &[(&str, i64, bool)]) {
        let lines: Vec<_> = lines
            .iter()
            .map(|(on, pence, capital)| (*on, *pence, *capital, false))
            .collect();
        self.loaded(to, &lines, false).await;
    }

    async fn loaded(&self, to: &str, lines: &[(&str, i64, bool, bool)], with_a_run: bool) {
        let by = self.officer.person_id().unwrap();
        let now = self.clock.now();
        self.db
            .write(
                &self.system(),
                crate::Command::new(crate::access::rules::Operation::SetUp),
                async |tx| {
                    let file =
                        crate::files::put(tx, &self.system(), "ledger.csv", "text/csv", b"a,b\n")
                            .await?;
                    let import = SpendImportId::new();
                    let seq = tx.next("accepted").await?;
                    accepted_import(
                        tx.conn(),
                        import,
                        self.profile,
                        file,
                        day(to),
                        (by, now, seq),
                    )
                    .await;
                    let run = AttributionRunId::new();
                    let made = attribution_run::ActiveModel {
                        id: Set(run),
                        pool_id: Set(self.pool),
                        state: Set(RunState::Accepted),
                        cause: Set("import".to_owned()),
                        policy: Set(AttributionPolicy::InOrder),
                        lines: Set(0),
                        attributed: Set(Money::ZERO),
                        unfunded: Set(Money::ZERO),
                        saw_seq: Set(seq),
                        facts_hash: Set(String::new()),
                        created_at: Set(now),
                        accepted_at: Set(Some(now)),
                        accepted_seq: Set(Some(seq + 1)),
                        commitments_hash: Set(None),
                        locks_hash: Set(None),
                        classes_hash: Set(None),
                    };
                    if with_a_run {
                        tx.next("accepted").await?;
                        made.insert(tx.conn()).await?;
                    }
                    for (n, (on, pence, capital, attributed)) in (1..).zip(lines) {
                        let line = SpendLineId::new();
                        spend_line::ActiveModel {
                            id: Set(line),
                            import_id: Set(import),
                            row_no: Set(n),
                            identity: Set(line.to_string()),
                            transaction_ref: Set(Some(format!("T{n}"))),
                            line_ref: Set(Some("1".to_owned())),
                            incurred_on: Set(day(on)),
                            posted_on: Set(None),
                            ledger_month: Set(None),
                            kind: Set(SpendKind::Invoice),
                            amount: Set(Money(*pence)),
                            capital: Set(*capital),
                            pool_id: Set(self.pool),
                            category_id: Set(if *capital {
                                self.premises
                            } else {
                                self.support
                            }),
                            place: Set(None),
                            people_group: Set(None),
                            supplier: Set(Some("Haven".to_owned())),
                            description: Set(None),
                            suspect: Set(false),
                            suspect_of: Set(None),
                            cost_centre: Set(None),
                            account: Set(None),
                            project: Set(None),
                            coding_id: Set(None),
                            commitment_ref: Set(None),
                            reverses_id: Set(None),
                        }
                        .insert(tx.conn())
                        .await?;
                        if *attributed {
                            self.attribute(tx.conn(), run, line, *pence).await;
                        }
                    }
                    crate::spend::testing::keep_totals(tx).await
                },
            )
            .await
            .unwrap();
    }

    /// What takes a line back, whole, came with an accepted import of its own.
    pub(super) async fn take_back(&self, of: &spend_line::Model, on: &str) {
        let by = self.officer.person_id().unwrap();
        let system = self.system();
        let command = crate::Command::new(crate::access::rules::Operation::SetUp);
        self.db
            .write(&system, command, async |tx| {
                let file = crate::files::put(tx, &system, "back.csv", "text/csv", b"a,c\n").await?;
                let import = SpendImportId::new();
                let seq = tx.next("accepted").await?;
                let known = (by, self.clock.now(), seq);
                accepted_import(tx.conn(), import, self.profile, file, day(on), known).await;
                let mut back = of.clone().into_active_model().reset_all();
                back.id = Set(SpendLineId::new());
                back.import_id = Set(import);
                back.identity = Set(format!("back {}", of.identity));
                back.transaction_ref = Set(None);
                back.incurred_on = Set(day(on));
                back.amount = Set(Money(-of.amount.pence()));
                back.reverses_id = Set(Some(of.id));
                back.insert(tx.conn()).await?;
                entity::spend_total::ActiveModel {
                    import_id: Set(import),
                    pool_id: Set(of.pool_id),
                    category_id: Set(of.category_id),
                    incurred_on: Set(day(on)),
                    lines: Set(1),
                    amount: Set(Money(-of.amount.pence())),
                }
                .insert(tx.conn())
                .await?;
                Ok(())
            })
            .await
            .unwrap();
    }

    async fn attribute(
        &self,
        conn: &impl ConnectionTrait,
        run: AttributionRunId,
        line: SpendLineId,
        pence: i64,
    ) {
        // Two differences that come to the line, as runs leave them.
        for part in [pence - 1, 1] {
            attribution::ActiveModel {
                id: Set(uuid::Uuid::now_v7()),
                run_id: Set(run),
                line_id: Set(line),
                award_id: Set(self.award),
                fence_id: Set(None),
                amount: Set(Money(part)),
            }
            .insert(conn)
            .await
            .unwrap();
        }
    }

    pub(super) async fn set_award_amount(&self, pence: i64) {
        let row = award::Entity::find_by_id(self.award)
            .one(self.db.read())
            .await
            .unwrap()
            .unwrap();
        system_write(&self.db, &self.system(), async |conn| {
            let mut row = row.clone().into_active_model();
            row.amount = Set(Money(pence));
            row.update(conn).await.unwrap();
        })
        .await;
    }
}

async fn system_write(db: &Db, ctx: &Ctx, work: impl AsyncFn(&sea_orm::DatabaseTransaction)) {
    let command = crate::Command::new(crate::access::rules::Operation::SetUp);
    db.write(ctx, command, async |tx| {
        work(tx.conn()).await;
        Ok(())
    })
    .await
    .unwrap();
}

async fn accepted_import(
    conn: &impl ConnectionTrait,
    id: SpendImportId,
    profile: ImportProfileId,
    file: FileId,
    to: NaiveDate,
    (by, now, seq): (PersonId, DateTime<Utc>, i64),
) {
    spend_import::ActiveModel {
        id: Set(id),
        profile_id: Set(profile),
        file_id: Set(file),
        period_from: Set(day("2026-04-01")),
        period_to: Set(to),
        control_total: Set(None),
        state: Set(ImportState::Accepted),
        rows_total: Set(0),
        rows_read: Set(0),
        rows_loaded: Set(0),
        rows_faulty: Set(0),
        rows_set_aside: Set(0),
        rows_known: Set(0),
        rows_skipped: Set(0),
        rows_suspect: Set(0),
        sum_loaded: Set(Money::ZERO),
        sum_set_aside: Set(Money::ZERO),
        sum_known: Set(Money::ZERO),
        failure: Set(None),
        version: Set(1),
        created_at: Set(now),
        spec: Set(json!({})),
        layout: Set(None),
        saw_seq: Set(0),
        created_by: Set(Some(by)),
        accepted_at: Set(Some(now)),
        accepted_by: Set(Some(by)),
        accepted_seq: Set(Some(seq)),
        coded_from_id: Set(None),
        journal_id: Set(None),
        rows_replaced: Set(0),
        sum_replaced: Set(entity::Money::ZERO),
        rows_uncoded: Set(0),
        sum_uncoded: Set(entity::Money::ZERO),
    }
    .insert(conn)
    .await
    .unwrap();
}

#[allow(clippy::too_many_lines)]
async fn records(
    conn: &impl ConnectionTrait,
    clock: &Clock,
    (award_id, pool_id, profile_id): (AwardId, PoolId, ImportProfileId),
    (support, premises): (CostCategoryId, CostCategoryId),
    (funder, council): (OrganisationId, OrganisationId),
    by: PersonId,
) {
    let now = clock.now();
    for (id, slug, name) in [
        (support, "recovery-support", "Recovery support"),
        (premises, "premises", "Premises"),
    ] {
        cost_category::ActiveModel {
            version: Set(1),
            id: Set(id),
            slug: Set(slug.to_owned()),
            name: Set(name.to_owned()),
            created_at: Set(now),
        }
        .insert(conn)
        .await
        .unwrap();
    }
    award::ActiveModel {
        id: Set(award_id),
        reference: Set("RG-1".to_owned()),
        title: Set("the Recovery Grant".to_owned()),
        programme: Set("Recovery".to_owned()),
        programme_id: Set(None),
        funder_id: Set(funder),
        holder_id: Set(council),
        accountable_body_id: Set(council),
        amount: Set(Money(100_000_00)),
        starts_on: Set(day("2026-04-01")),
        ends_on: Set(day("2027-03-31")),
        nation: Set(Nation::England),
        legal_basis: Set(LegalBasis::Section31),
        pays_for: Set(PaysFor::Both),
        lost_if_unspent: Set(true),
        lead_id: Set(None),
        decider_id: Set(None),
        accounts_of_id: Set(None),
        accounts_as: Set(None),
        only_places: Set(String::new()),
        only_groups: Set(String::new()),
        version: Set(1),
        created_at: Set(now),
    }
    .insert(conn)
    .await
    .unwrap();
    let fence_id = FenceId::new();
    fence::ActiveModel {
        id: Set(fence_id),
        award_id: Set(award_id),
        parent_id: Set(None),
        slug: Set("capital".to_owned()),
        name: Set("Buildings".to_owned()),
        reserved: Set(None),
        spend_limit: Set(Some(Money(20_000_00))),
        position: Set(1),
    }
    .insert(conn)
    .await
    .unwrap();
    fence_category::ActiveModel {
        fence_id: Set(fence_id),
        category_id: Set(premises),
    }
    .insert(conn)
    .await
    .unwrap();
    pool::ActiveModel {
        id: Set(pool_id),
        slug: Set("recovery".to_owned()),
        name: Set("Recovery".to_owned()),
        purpose: Set("Recovery".to_owned()),
        holder_id: Set(council),
        version: Set(1),
        created_at: Set(now),
    }
    .insert(conn)
    .await
    .unwrap();
    entity::pool_policy::ActiveModel {
        id: Set(entity::PoolPolicyId::new()),
        pool_id: Set(pool_id),
        seq: Set(1),
        policy: Set(AttributionPolicy::InOrder),
        starts_on: Set(day("2026-04-01")),
        agreed_by: Set("both boards".to_owned()),
        agreed_on: Set(None),
        minute: Set(String::new()),
        reason: Set(String::new()),
        recorded_by: Set(None),
        recorded_at: Set(now),
    }
    .insert(conn)
    .await
    .unwrap();
    contribution::ActiveModel {
        id: Set(ContributionId::new()),
        pool_id: Set(pool_id),
        award_id: Set(award_id),
        position: Set(1),
        agreed: Set(Money(100_000_00)),
    }
    .insert(conn)
    .await
    .unwrap();
    import_profile::ActiveModel {
        id: Set(profile_id),
        name: Set("Ledger".to_owned()),
        source_system: Set("Ledger".to_owned()),
        spec: Set(json!({})),
        version: Set(1),
        created_at: Set(now),
    }
    .insert(conn)
    .await
    .unwrap();
    for month in ["2026-07-01", "2026-08-01", "2026-10-01", "2027-01-01"] {
        forecast::ActiveModel {
            id: Set(ForecastId::new()),
            award_id: Set(award_id),
            category_id: Set(Some(support)),
            month: Set(day(month)),
            capital: Set(false),
            amount: Set(Money(5_000_00)),
            entered_by: Set(by),
            entered_at: Set(now),
            superseded_at: Set(None),
            taken_back_by: Set(None),
        }
        .insert(conn)
        .await
        .unwrap();
    }
}
