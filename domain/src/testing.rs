//! Real databases for the tests beside the code: a temporary SQLite file, and PostgreSQL when
//! `TRIBUTARY_TEST_POSTGRES` names the maintenance database of a cluster.
#![allow(clippy::unwrap_used, clippy::expect_used)]
#![allow(
    clippy::disallowed_methods,
    reason = "a test reads where its databases and files are"
)]

use std::path::PathBuf;

use chrono::NaiveDate;
use entity::{
    AwardId, CostCategoryId, LegalBasis, MembershipId, Money, Nation, OrganisationId,
    OrganisationKind, PaysFor, PersonId, Role, membership, person,
};
use sea_orm::sqlx::{AssertSqlSafe, Connection, Executor, PgConnection};
use sea_orm::{ActiveModelTrait, ActiveValue::Set};
use uuid::Uuid;

use crate::access::rules::Operation;
use crate::awards::ops::NewAward;
use crate::categories::ops::NewCategory;
use crate::ctx::{Actor, PersonActor};
use crate::db::Location;
use crate::organisations::ops::NewOrganisation;
use crate::{Clock, Command, Ctx, Db, awards, categories, organisations};

pub(crate) mod templates;

/// A database of a test's own, with a charity and a standing clock; gone when it is dropped.
pub(crate) struct House {
    pub db: Db,
    pub clock: Clock,
    pub charity: OrganisationId,
    end: End,
}

enum End {
    File(PathBuf),
    Database { maintenance: String, name: String },
}

impl House {
    /// One house per database that there is. Says so when there is only one.
    pub async fn each() -> Vec<Self> {
        let mut houses = vec![Self::sqlite().await];
        match std::env::var("TRIBUTARY_TEST_POSTGRES") {
            Ok(url) if !url.is_empty() => houses.push(Self::postgres(url).await),
            _ => eprintln!("NOT RUN on PostgreSQL: TRIBUTARY_TEST_POSTGRES is not set"),
        }
        houses
    }

    async fn sqlite() -> Self {
        let folder = std::env::temp_dir().join(format!("tributary-test-{}", Uuid::new_v4()));
        std::fs::create_dir_all(&folder).unwrap();
        let file = folder.join("tributary.sqlite");
        templates::sqlite(&file).await;
        Self::furnish(Location::Sqlite(file), End::File(folder)).await
    }

    async fn postgres(maintenance: String) -> Self {
        let name = format!("test_{}", Uuid::new_v4().simple());
        let location = templates::postgres(&maintenance, &name).await;
        Self::furnish(location, End::Database { maintenance, name }).await
    }

    async fn furnish(location: Location, end: End) -> Self {
        let db = Db::open(location).await.unwrap();
        // Thursday 1 October 2026, 9am in London
        let clock = Clock::standing_at("2026-10-01T08:00:00Z".parse().unwrap());
        let ctx = Ctx::system("test", clock.clone());
        let charity = organisations::ops::create(
            &db,
            &ctx,
            &organisation("GB-CHC-9900117", "Weirside", OrganisationKind::Charity),
        )
        .await
        .unwrap();
        Self {
            db,
            clock,
            charity,
            end,
        }
    }

    /// The command line's context.
    pub fn system(&self) -> Ctx {
        Ctx::system("test", self.clock.clone())
    }

    /// Somebody with a role at the charity.
    pub async fn somebody(&self, role: Role) -> Ctx {
        self.somebody_of(role, self.charity).await
    }

    /// Somebody with a role at an organisation.
    pub async fn somebody_of(&self, role: Role, organisation: OrganisationId) -> Ctx {
        let id = PersonId::new();
        let email = format!("{id}@example.org");
        let ctx = self.system();
        self.db
            .write(&ctx, Command::new(Operation::SetUp), async |tx| {
                person::ActiveModel {
                    id: Set(id),
                    email: Set(email.clone()),
                    display_name: Set("Robin".to_owned()),
                    totp_secret: Set(None),
                    totp_confirmed_at: Set(None),
                    totp_last_step: Set(None),
                    totp_failures: Set(0),
                    totp_failed_at: Set(None),
                    created_at: Set(tx.now()),
                }
                .insert(tx.conn())
                .await?;
                Ok(())
            })
            .await
            .unwrap();
        let actor = PersonActor {
            id,
            display_name: "Robin".to_owned(),
            email,
            roles: vec![(organisation, role)],
            second_factor: false,
            session: None,
            scopes: None,
        };
        Ctx::of(
            Actor::Person(Box::new(actor)),
            self.clock.clone(),
            Uuid::new_v4().to_string(),
        )
    }

    /// The same, whose role is recorded: mail goes to whoever holds one today.
    pub async fn appointed(&self, role: Role, organisation: OrganisationId) -> Ctx {
        let somebody = self.somebody_of(role, organisation).await;
        let person = somebody.person_id().unwrap();
        let command = Command::new(Operation::SetUp);
        self.db
            .write(&self.system(), command, async |tx| {
                membership::ActiveModel {
                    id: Set(MembershipId::new()),
                    person_id: Set(person),
                    organisation_id: Set(organisation),
                    role: Set(role),
                    starts_on: Set(NaiveDate::from_ymd_opt(2026, 4, 1).unwrap()),
                    ends_on: Set(None),
                    revoked_at: Set(None),
                    created_at: Set(tx.now()),
                    created_by: Set(None),
                }
                .insert(tx.conn())
                .await?;
                Ok(())
            })
            .await
            .unwrap();
        somebody
    }

    /// A body that gives or holds money.
    pub async fn body(&self, org_id: &str, name: &str) -> OrganisationId {
        organisations::ops::create(
            &self.db,
            &self.system(),
            &organisation(org_id, name, OrganisationKind::Department),
        )
        .await
        .unwrap()
    }
}

impl House {
    /// A cost category.
    pub async fn category(&self, slug: &str) -> CostCategoryId {
        let new = NewCategory {
            slug: slug.to_owned(),
            name: slug.to_owned(),
        };
        categories::ops::create(&self.db, &self.system(), &new)
            .await
            .unwrap()
    }

    /// An award of this many pounds for the government year, held by the charity.
    pub async fn award(&self, funder: OrganisationId, reference: &str, pounds: i64) -> AwardId {
        let new = self.new_award(funder, reference, pounds);
        awards::ops::create(&self.db, &self.system(), &new)
            .await
            .unwrap()
    }

    /// The same, to be changed before it is recorded.
    pub fn new_award(&self, funder: OrganisationId, reference: &str, pounds: i64) -> NewAward {
        NewAward {
            reference: reference.to_owned(),
            title: format!("Grant {reference}"),
            programme: "Recovery".to_owned(),
            programme_id: None,
            funder_id: funder,
            holder_id: self.charity,
            accountable_body_id: self.charity,
            amount_pence: Money(pounds * 100),
            starts_on: "2026-04-01".parse().unwrap(),
            ends_on: "2027-03-31".parse().unwrap(),
            nation: Nation::England,
            pays_for: PaysFor::Both,
            legal_basis: LegalBasis::Section31,
            lost_if_unspent: true,
            lead_id: None,
            category_ids: Vec::new(),
            places: Vec::new(),
            groups: Vec::new(),
            fences: Vec::new(),
            years: Vec::new(),
        }
    }
}

impl Drop for House {
    fn drop(&mut self) {
        match &self.end {
            End::File(folder) => {
                std::fs::remove_dir_all(folder).ok();
            }
            End::Database { maintenance, name } => {
                // a runtime is running on this thread: the removal has its own
                let (maintenance, name) = (maintenance.clone(), name.clone());
                std::thread::spawn(move || {
                    tokio::runtime::Builder::new_current_thread()
                        .enable_all()
                        .build()
                        .unwrap()
                        .block_on(async {
                            let mut connection = PgConnection::connect(&maintenance).await.unwrap();
                            connection
                                .execute(AssertSqlSafe(format!(
                                    "DROP DATABASE {name} WITH (FORCE)"
                                )))
                                .await
                                .unwrap();
                        });
                })
                .join()
                .ok();
            }
        }
    }
}

fn organisation(org_id: &str, name: &str, kind: OrganisationKind) -> NewOrganisation {
    NewOrganisation {
        org_id: org_id.to_owned(),
        name: name.to_owned(),
        kind,
    }
}
