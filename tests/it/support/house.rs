//! A whole Tributary for one test: a database of its own, a server on a free port, a clock that
//! stands still until it is told, and people who sign in as people do.

use std::future::Future;
use std::net::TcpListener;
use std::sync::{Arc, Mutex};

use chrono::{DateTime, Duration, NaiveDate, TimeZone, Utc};
use domain::access::invitations::{self, Invitation};
use domain::db::{Location, migrate};
use domain::organisations::ops::{self as organisations, NewOrganisation};
use domain::{Clock, Ctx, Db};
use entity::{OrganisationId, OrganisationKind, Role};
use worker::{Worker, WorkerConfig};

use super::visitor::Visitor;

/// Which database a test runs on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum On {
    Sqlite,
    Postgres,
}

/// Declares one test that runs on both databases.
#[macro_export]
macro_rules! on_both {
    ($($(#[$attribute:meta])* async fn $name:ident($house:ident: &House) $body:block)*) => {$(
        mod $name {
            #[allow(unused_imports)]
            use super::*;

            async fn body($house: &$crate::support::house::House) $body

            $(#[$attribute])*
            #[test]
            fn sqlite() {
                $crate::support::house::run($crate::support::house::On::Sqlite, async |house| body(house).await);
            }

            $(#[$attribute])*
            #[test]
            fn postgres() {
                $crate::support::house::run($crate::support::house::On::Postgres, async |house| body(house).await);
            }
        }
    )*};
}

/// Builds a house, runs the test in it, and looks whether it left a mess.
pub fn run(on: On, test: impl AsyncFn(&House)) {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .expect("a runtime");
    runtime.block_on(async {
        let house = House::build(on).await;
        test(&house).await;
        house.leave().await;
    });
}

/// A whole Tributary.
pub struct House {
    pub db: Db,
    pub clock: Clock,
    /// Where the server answers, such as `http://127.0.0.1:40123`.
    pub address: String,
    /// The charity whose house it is.
    pub home: OrganisationId,
    /// The council that holds the money and answers for it.
    pub council: OrganisationId,
    /// Two funders.
    pub funder_a: OrganisationId,
    pub funder_b: OrganisationId,
    servers: Mutex<Vec<actix_web::dev::ServerHandle>>,
    _kept: Kept,
}

/// What must outlive the house.
#[allow(dead_code, reason = "dropped with the house")]
enum Kept {
    Folder(tempfile::TempDir),
    Database(super::postgres::Database),
}

/// The program that is started for child processes.
pub fn program() -> std::path::PathBuf {
    env!("CARGO_BIN_EXE_program").into()
}

/// The instant at which every house begins: a Tuesday morning in London.
pub fn beginning() -> DateTime<Utc> {
    Utc.with_ymd_and_hms(2026, 10, 6, 8, 30, 0)
        .single()
        .expect("an instant")
}

impl House {
    pub async fn build(on: On) -> Self {
        let clock = Clock::standing_at(beginning());
        let (location, kept) = match on {
            On::Sqlite => {
                let folder = tempfile::tempdir().expect("a folder");
                let location = Location::Sqlite(folder.path().join("house.db"));
                migrate(&location, "test").await.expect("migrations");
                (location, Kept::Folder(folder))
            }
            On::Postgres => {
                let database = super::postgres::database(|url| async move {
                    migrate(&Location::Postgres(url), "test")
                        .await
                        .expect("migrations");
                })
                .await;
                (
                    Location::Postgres(database.url().to_owned()),
                    Kept::Database(database),
                )
            }
        };
        let db = Db::open(location).await.expect("the database opens");
        let (address, server) = serve(&db, &clock, |_| {});
        let system = Ctx::system("test", clock.clone());
        let home = organisations::set_up_home(
            &db,
            &system,
            &organisation(
                "GB-CHC-1100001",
                "Harbour Recovery Community",
                OrganisationKind::Charity,
            ),
        )
        .await
        .expect("a home");
        let add = async |org_id: &str, name: &str, kind| {
            organisations::create(&db, &system, &organisation(org_id, name, kind))
                .await
                .expect("an organisation")
        };
        let council = add(
            "GB-LAE-XXA",
            "Estuary County Council",
            OrganisationKind::Council,
        )
        .await;
        let funder_a = add(
            "GB-GOR-XX1",
            "Department for Recovery",
            OrganisationKind::Department,
        )
        .await;
        let funder_b = add(
            "GB-CHC-1100002",
            "The Lantern Foundation",
            OrganisationKind::Foundation,
        )
        .await;
        // An award of the past, so that the council has officers: who answers for none has none.
        domain::awards::ops::create(&db, &system, &past_award(council))
            .await
            .expect("an award");
        Self {
            db,
            clock,
            address,
            home,
            council,
            funder_a,
            funder_b,
            servers: Mutex::new(vec![server]),
            _kept: kept,
        }
    }

    /// Another server on the same database, set up in another way; it has limits of its own. Gives
    /// its address. It ends with the house: the pool's connections live on its threads too.
    pub fn another_server(&self, change: impl FnOnce(&mut api::Config)) -> String {
        let (address, server) = serve(&self.db, &self.clock, change);
        self.servers.lock().expect("the servers").push(server);
        address
    }

    /// The system's context: what the command line would use.
    pub fn system(&self) -> Ctx {
        Ctx::system("test", self.clock.clone())
    }

    /// A worker of this house; its mail goes to this server, or to the outbox.
    pub fn worker(&self, mail_server: Option<worker::mail::MailServer>) -> Worker {
        let config = WorkerConfig {
            mail_server,
            public_address: self.address.clone(),
            program: program(),
            ..WorkerConfig::default()
        };
        Worker::new(self.db.clone(), self.clock.clone(), config).expect("a worker")
    }

    /// Moves the clock past every frequent schedule's next tick and does all that is then due.
    pub async fn settle(&self, worker: &Worker) {
        self.advance(Duration::minutes(20));
        worker.settle().await.expect("the queue settles");
    }

    /// Moves the clock on.
    pub fn advance(&self, by: Duration) {
        self.clock.set(self.clock.now() + by);
    }

    /// Moves the clock to nine in the morning, London time, of a day.
    pub fn advance_to(&self, day: NaiveDate) {
        let morning = day.and_hms_opt(9, 0, 0).expect("a time");
        let instant = chrono_tz::Europe::London
            .from_local_datetime(&morning)
            .earliest()
            .expect("nine in the morning exists");
        self.clock.set(instant.with_timezone(&Utc));
    }

    /// Somebody with a role, signed in through the mailed link as people are.
    pub async fn person(&self, role: Role, organisation_id: OrganisationId) -> Visitor {
        let name = format!("{} {}", role.slug(), uuid::Uuid::new_v4().simple());
        let invited = invitations::invite(
            &self.db,
            &self.system(),
            &Invitation {
                email: format!("{}@example.org", name.replace(' ', ".")),
                display_name: name,
                organisation_id,
                role,
                ends_on: None,
            },
        )
        .await
        .expect("an invitation");
        let secret = invitations::issue_secret(&self.db, &self.system(), invited.link_id)
            .await
            .expect("a link");
        Visitor::sign_in(&self.address, &secret, invited).await
    }

    /// Gives somebody a further role, as the command line would.
    pub async fn also(&self, visitor: &Visitor, role: Role, organisation_id: OrganisationId) {
        let person = self.row_of(visitor).await;
        invitations::invite(
            &self.db,
            &self.system(),
            &Invitation {
                email: person.email,
                display_name: person.display_name,
                organisation_id,
                role,
                ends_on: None,
            },
        )
        .await
        .expect("a further role");
    }

    /// A connection past the house's one door, as somebody with the database's password has.
    pub async fn behind_its_back(&self) -> sea_orm::DatabaseConnection {
        let url = match self.db.location() {
            Location::Sqlite(path) => format!("sqlite://{}", path.display()),
            Location::Postgres(url) => url.clone(),
        };
        sea_orm::Database::connect(url).await.expect("a connection")
    }

    /// Somebody's row.
    pub async fn row_of(&self, visitor: &Visitor) -> entity::person::Model {
        use sea_orm::EntityTrait;
        let id = visitor.invited.expect("somebody").person_id;
        entity::person::Entity::find_by_id(id)
            .one(&self.behind_its_back().await)
            .await
            .expect("a row")
            .expect("the person")
    }

    /// What the outbox says to somebody, newest first: subject and words.
    pub async fn told(&self, visitor: &Visitor) -> Vec<(String, String)> {
        use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder};
        let id = visitor.invited.expect("somebody").person_id;
        entity::mail::Entity::find()
            .filter(entity::mail::Column::ToPersonId.eq(id))
            .filter(entity::mail::Column::TextBody.is_not_null())
            .order_by_desc(entity::mail::Column::Id)
            .all(&self.behind_its_back().await)
            .await
            .expect("mails")
            .into_iter()
            .map(|mail| (mail.subject, mail.text_body.unwrap_or_default()))
            .collect()
    }

    pub async fn grants_officer(&self) -> Visitor {
        self.person(Role::GrantsOfficer, self.home).await
    }

    pub async fn finance_officer(&self) -> Visitor {
        self.person(Role::FinanceOfficer, self.council).await
    }

    pub async fn certifier(&self) -> Visitor {
        self.person(Role::Certifier, self.council).await
    }

    pub async fn trustee(&self) -> Visitor {
        self.person(Role::Trustee, self.home).await
    }

    pub async fn administrator(&self) -> Visitor {
        self.person(Role::Administrator, self.home).await
    }

    /// Somebody who works for a funder.
    pub async fn funder(&self, organisation: OrganisationId) -> Visitor {
        self.person(Role::FundersOfficer, organisation).await
    }

    /// Somebody whose session has ended asks for another link and signs in with it.
    pub async fn signs_in_again(&self, visitor: &mut Visitor) {
        use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder};
        let mut invited = visitor.invited.expect("somebody");
        let conn = self.behind_its_back().await;
        let person = self.row_of(visitor).await;
        invitations::ask_for_link(&self.db, &self.system(), &person.email, None)
            .await
            .expect("a link is asked for");
        let link = entity::sign_in_link::Entity::find()
            .filter(entity::sign_in_link::Column::PersonId.eq(invited.person_id))
            .order_by_desc(entity::sign_in_link::Column::CreatedAt)
            .one(&conn)
            .await
            .expect("a row")
            .expect("the link");
        invited.link_id = link.id;
        let secret = invitations::issue_secret(&self.db, &self.system(), link.id)
            .await
            .expect("a secret");
        *visitor = Visitor::sign_in(&self.address, &secret, invited).await;
    }

    /// Somebody who is not signed in.
    pub fn stranger(&self) -> Visitor {
        Visitor::stranger(&self.address)
    }

    /// When a test ends the checks of the whole database are clean, and nothing is left running.
    async fn leave(self) {
        let system = self.system();
        domain::audit::seal(&self.db, &system)
            .await
            .expect("the log seals");
        let report = domain::checks::run(&self.db, &system)
            .await
            .expect("the checks run");
        assert_eq!(report.findings, [], "the test left what must not be");
        let queue = domain::jobs::view::queue(&self.db, &system)
            .await
            .expect("the queue");
        assert_eq!(queue.running, 0, "the test left running jobs");
        for server in self.servers.into_inner().expect("the servers") {
            server.stop(false).await;
        }
    }
}

fn serve(
    db: &Db,
    clock: &Clock,
    change: impl FnOnce(&mut api::Config),
) -> (String, actix_web::dev::ServerHandle) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = format!("http://{}", listener.local_addr().expect("an address"));
    let mut config = api::Config {
        public_url: address.clone(),
        trusted_proxies: Vec::new(),
        upload_limit: 50 << 20,
        scan_command: Vec::new(),
        disk_reserve: 0,
        sends_mail: true,
        program: program(),
    };
    change(&mut config);
    let shared = api::Shared {
        db: db.clone(),
        clock: clock.clone(),
        config: Arc::new(config),
    };
    let running = api::serve(shared, listener).expect("the server starts");
    let server = running.handle();
    tokio::spawn(running);
    (address, server)
}

fn organisation(org_id: &str, name: &str, kind: OrganisationKind) -> NewOrganisation {
    NewOrganisation {
        org_id: org_id.to_owned(),
        name: name.to_owned(),
        kind,
    }
}

/// The council's own money, spent long ago.
fn past_award(council: OrganisationId) -> domain::awards::ops::NewAward {
    domain::awards::ops::NewAward {
        reference: "ECC-2019".to_owned(),
        title: "Early help".to_owned(),
        programme: "Early help".to_owned(),
        programme_id: None,
        funder_id: council,
        holder_id: council,
        accountable_body_id: council,
        amount_pence: domain::Money(1_000_00),
        starts_on: NaiveDate::from_ymd_opt(2019, 4, 1).expect("a day"),
        ends_on: NaiveDate::from_ymd_opt(2020, 3, 31).expect("a day"),
        nation: entity::Nation::England,
        pays_for: entity::PaysFor::Both,
        legal_basis: entity::LegalBasis::Contract,
        lost_if_unspent: false,
        lead_id: None,
        category_ids: Vec::new(),
        places: Vec::new(),
        groups: Vec::new(),
        fences: Vec::new(),
        years: Vec::new(),
    }
}

/// Waits for something that happens soon, or fails.
#[allow(dead_code)]
pub async fn soon<F: Future<Output = bool>>(what: &str, mut happened: impl FnMut() -> F) {
    for _ in 0..200 {
        if happened().await {
            return;
        }
        tokio::time::sleep(std::time::Duration::from_millis(25)).await;
    }
    panic!("it did not happen within five seconds: {what}");
}
