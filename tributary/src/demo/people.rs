//! Who is in the story, and how each comes in: invited, then signed in by the link.

use std::collections::BTreeMap;

use chrono::DateTime;
use chrono::Utc;
use domain::access::invitations::{self, Invitation};
use domain::access::rules::scopes_of;
use domain::access::tokens::{self, NewToken};
use domain::access::{ops, second_factor, view};
use domain::ctx::{Actor, PersonActor};
use domain::{Clock, Ctx, Db};
use entity::{OrganisationId, PersonId, Role};
use uuid::Uuid;

use crate::Failure;

/// One person of the story.
#[derive(Clone, Copy, Debug)]
pub struct Part {
    /// By what scripts know the person: the role, if nobody else has it.
    pub slug: &'static str,
    /// What the person does.
    pub role: Role,
    /// For which organisation of the story.
    pub organisation: &'static str,
    /// The chosen name.
    pub name: &'static str,
    /// Where mail goes: addresses that cannot exist.
    pub email: &'static str,
}

/// Who signs for the programme, the second of the two.
pub const HEAD_OF_PROGRAMME: &str = "head-of-programme";
impl Part {
    /// Whether the person is of the charity: they are there before any award is.
    pub fn is_of_the_charity(&self) -> bool {
        self.organisation == "charity"
    }
}

/// Everybody, the administrator first: who invites the others.
pub const CAST: [Part; 11] = [
    Part {
        slug: "administrator",
        role: Role::Administrator,
        organisation: "charity",
        name: "Ade Bello",
        email: "ade@weirside.example",
    },
    Part {
        slug: "grants-officer",
        role: Role::GrantsOfficer,
        organisation: "charity",
        name: "Priya Nair",
        email: "priya@weirside.example",
    },
    Part {
        slug: "finance-officer",
        role: Role::FinanceOfficer,
        organisation: "council",
        name: "Tom Weller",
        email: "tom.weller@marlshire.example",
    },
    Part {
        slug: "certifier",
        role: Role::Certifier,
        organisation: "council",
        name: "Ruth Okafor",
        email: "ruth.okafor@marlshire.example",
    },
    // the programme is run from the council's support unit, so its head signs for the same body
    Part {
        slug: HEAD_OF_PROGRAMME,
        role: Role::Certifier,
        organisation: "council",
        name: "Grace Adeyemi",
        email: "grace.adeyemi@marlshire.example",
    },
    Part {
        slug: "trustee",
        role: Role::Trustee,
        organisation: "charity",
        name: "Sam Field",
        email: "sam@weirside.example",
    },
    Part {
        slug: "committee-member",
        role: Role::CommitteeMember,
        organisation: "charity",
        name: "Jo",
        email: "jo@weirside.example",
    },
    Part {
        slug: "second-trustee",
        role: Role::Trustee,
        organisation: "charity",
        name: "Anita Rao",
        email: "anita@weirside.example",
    },
    Part {
        slug: "second-committee-member",
        role: Role::CommitteeMember,
        organisation: "charity",
        name: "Lee",
        email: "lee@weirside.example",
    },
    Part {
        slug: "funders-officer",
        role: Role::FundersOfficer,
        organisation: "department",
        name: "Helen Marsh",
        email: "helen.marsh@dcr.example",
    },
    Part {
        slug: "auditor",
        role: Role::Auditor,
        organisation: "council",
        name: "Idris Cole",
        email: "idris.cole@marlshire.example",
    },
];

/// What somebody is called.
pub fn name_of(slug: &str) -> &'static str {
    CAST.iter()
        .find(|part| part.slug == slug)
        .map_or("", |part| part.name)
}

/// Makes an API token for a person, as the person would: signed in by a link, with what the role
/// has a use for, and signed out again.
pub async fn api_token(db: &Db, clock: &Clock, part: &Part) -> Result<String, Failure> {
    let system = Ctx::system("command-line", clock.clone());
    let link = invitations::link_by_hand(db, &system, part.email).await?;
    let by = |actor| Ctx::of(actor, clock.clone(), Uuid::now_v7().to_string());
    let begun = ops::use_link(db, &by(Actor::Nobody), &link, "the demo").await?;
    let person = view::by_cookie(db, clock, &begun.secret)
        .await?
        .map(|found| found.person)
        .ok_or_else(|| Failure::new("a session ended as it began"))?;
    let ctx = by(Actor::Person(Box::new(person)));
    let scopes = scopes_of(part.role);
    let new = NewToken {
        name: "The demo’s".to_owned(),
        scopes: scopes.iter().map(|scope| scope.slug().to_owned()).collect(),
        days: 7,
    };
    let made = tokens::create(db, &ctx, &new).await?;
    ops::sign_out(db, &ctx, ops::SignOut::Here).await?;
    Ok(made.secret)
}

/// The people once they are in, on the story's own clock.
#[derive(Debug)]
pub struct People {
    db: Db,
    clock: Clock,
    actors: BTreeMap<Role, PersonActor>,
    /// Everybody, in the order in which they came in.
    all: Vec<(Role, PersonActor)>,
    /// The certifiers' second factors, in base 32, by the person's slug.
    pub second_factors: BTreeMap<&'static str, String>,
}

impl People {
    /// Nobody yet.
    pub fn new(db: Db, clock: Clock) -> Self {
        Self {
            db,
            clock,
            actors: BTreeMap::new(),
            all: Vec::new(),
            second_factors: BTreeMap::new(),
        }
    }

    /// The story's time.
    pub fn now(&self) -> DateTime<Utc> {
        self.clock.now()
    }

    /// Lets the story's time go on, never back.
    pub fn time_is(&self, at: DateTime<Utc>) {
        if at > self.clock.now() {
            self.clock.set(at);
        }
    }

    /// The context in which somebody acts.
    pub fn by(&self, role: Role) -> Result<Ctx, Failure> {
        let actor = self
            .actors
            .get(&role)
            .ok_or_else(|| Failure::new(format!("the story has no {} yet", role.slug())))?;
        Ok(self.ctx(Actor::Person(Box::new(actor.clone()))))
    }

    /// The contexts in which those of one role act.
    pub fn all_by(&self, role: Role) -> Vec<Ctx> {
        self.all
            .iter()
            .filter(|(of, _)| *of == role)
            .map(|(_, actor)| self.ctx(Actor::Person(Box::new(actor.clone()))))
            .collect()
    }

    /// Who somebody is.
    pub fn id(&self, role: Role) -> Option<PersonId> {
        self.actors.get(&role).map(|actor| actor.id)
    }

    /// Who somebody is, by what scripts know the person by.
    pub fn id_of(&self, slug: &str) -> Option<PersonId> {
        let part = CAST.iter().find(|part| part.slug == slug)?;
        self.all
            .iter()
            .find(|(_, actor)| actor.email == part.email)
            .map(|(_, actor)| actor.id)
    }

    /// The command line's context, which lets the first administrator in.
    pub fn system(&self) -> Ctx {
        Ctx::system("command-line", self.clock.clone())
    }

    fn ctx(&self, actor: Actor) -> Ctx {
        Ctx::of(actor, self.clock.clone(), Uuid::now_v7().to_string())
    }

    /// Invites a person, who signs in by the link and, who certifies, sets up a second factor.
    pub async fn enters(
        &mut self,
        part: &Part,
        organisation_id: OrganisationId,
    ) -> Result<(), Failure> {
        let host = match part.role {
            Role::Administrator => self.system(),
            _ => self.by(Role::Administrator)?,
        };
        let invited = invitations::invite(
            &self.db,
            &host,
            &Invitation {
                email: part.email.to_owned(),
                display_name: part.name.to_owned(),
                organisation_id,
                role: part.role,
                ends_on: None,
            },
        )
        .await?;
        // the mail with the link is the worker's to write; here it is read over its shoulder
        let link = invitations::issue_secret(&self.db, &self.system(), invited.link_id).await?;
        let nobody = self.ctx(Actor::Nobody);
        let begun = ops::use_link(&self.db, &nobody, &link, "the demo").await?;
        let mut actor = self.signed_in(&begun.secret).await?;
        if part.role == Role::Certifier {
            let ctx = self.ctx(Actor::Person(Box::new(actor)));
            let enrolment = second_factor::begin(&self.db, &ctx).await?;
            let code = second_factor::code_at(&enrolment.secret, self.now())
                .ok_or_else(|| Failure::new("a second factor without a code"))?;
            let begun = second_factor::show(&self.db, &ctx, &code).await?;
            actor = self.signed_in(&begun.secret).await?;
            self.second_factors.insert(part.slug, enrolment.secret);
        }
        self.all.push((part.role, actor.clone()));
        // of two in one role, the first acts in the story
        self.actors.entry(part.role).or_insert(actor);
        Ok(())
    }

    async fn signed_in(&self, cookie: &str) -> Result<PersonActor, Failure> {
        view::by_cookie(&self.db, &self.clock, cookie)
            .await?
            .map(|found| found.person)
            .ok_or_else(|| Failure::new("a session ended as it began"))
    }
}
