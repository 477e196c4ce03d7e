//! Who is acting, when, and under which request: what every domain call is given.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use chrono::{DateTime, Duration, DurationRound, NaiveDate, Utc};
use entity::{ActorKind, FunderLinkId, JobId, OrganisationId, PersonId, Role, SessionId};
use uuid::Uuid;

use crate::access::rules::{Operation, Scope};
use crate::{Error, Result};

/// The only source of the present instant. Tests set it; nothing else reads the system's clock.
#[derive(Clone, Debug, Default)]
pub struct Clock(Option<Arc<AtomicI64>>);

impl Clock {
    /// The system's clock.
    #[must_use]
    pub const fn system() -> Self {
        Self(None)
    }

    /// A clock that stands until it is set; its copies stand with it.
    #[must_use]
    pub fn standing_at(instant: DateTime<Utc>) -> Self {
        Self(Some(Arc::new(AtomicI64::new(instant.timestamp_micros()))))
    }

    /// Sets a standing clock; the system's clock is left alone.
    pub fn set(&self, instant: DateTime<Utc>) {
        if let Some(standing) = &self.0 {
            standing.store(instant.timestamp_micros(), Ordering::SeqCst);
        }
    }

    /// The present instant, in whole microseconds: what both databases can keep.
    #[must_use]
    #[expect(
        clippy::disallowed_methods,
        reason = "this is the one door to the system's clock"
    )]
    pub fn now(&self) -> DateTime<Utc> {
        let exact = match &self.0 {
            Some(standing) => {
                DateTime::from_timestamp_micros(standing.load(Ordering::SeqCst)).unwrap_or_default()
            }
            None => Utc::now(),
        };
        exact
            .duration_trunc(Duration::microseconds(1))
            .unwrap_or(exact)
    }
}

/// Who is acting.
#[derive(Clone, Debug)]
pub enum Actor {
    /// Nobody that we know.
    Nobody,
    /// The worker or the command line.
    System(&'static str),
    /// A person, in a browser or through a token.
    Person(Box<PersonActor>),
    /// Whoever opened a link that was sent to somebody at a funder: nobody that we know, who reads what is
    /// that funder's.
    Guest(GuestActor),
}

/// Whoever opened a link.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct GuestActor {
    /// The link.
    pub link: FunderLinkId,
    /// The funder whose things it shows.
    pub funder: OrganisationId,
    /// Last London date on which it works.
    pub ends_on: NaiveDate,
}

/// A person with the roles that hold today.
#[derive(Clone, Debug)]
pub struct PersonActor {
    /// Who.
    pub id: PersonId,
    /// The name the person chose.
    pub display_name: String,
    /// The e-mail address the person signs in with.
    pub email: String,
    /// Roles held today, each for its organisation.
    pub roles: Vec<(OrganisationId, Role)>,
    /// Whether the second factor was shown in this session.
    pub second_factor: bool,
    /// The browser's session, if it is one.
    pub session: Option<SessionId>,
    /// What a token may do; a browser may do all that its person may.
    pub scopes: Option<Vec<Scope>>,
}

/// Proof that a job's lease is held; verified inside the transaction of its effect.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Lease {
    /// The job.
    pub job: JobId,
    /// The lease's token.
    pub token: Uuid,
}

/// A client's promise to repeat the same request under the same key.
#[derive(Clone, Debug)]
pub struct Idempotency {
    /// The `Idempotency-Key` header.
    pub key: String,
    /// SHA-256 of method, path and body.
    pub body_hash: Vec<u8>,
}

/// What every domain call is given.
#[derive(Clone, Debug)]
pub struct Ctx {
    /// Who is acting.
    pub actor: Actor,
    /// The clock.
    pub clock: Clock,
    /// Ties logs, audit entries and error pages together.
    pub request_id: String,
    /// In a job: the lease.
    pub lease: Option<Lease>,
    /// For a POST that creates: the client's key.
    pub idempotency: Option<Idempotency>,
}

impl Ctx {
    /// For the worker and the command line.
    #[must_use]
    pub fn system(name: &'static str, clock: Clock) -> Self {
        Self::of(Actor::System(name), clock, Uuid::now_v7().to_string())
    }

    /// For an actor in a request.
    #[must_use]
    pub const fn of(actor: Actor, clock: Clock, request_id: String) -> Self {
        Self {
            actor,
            clock,
            request_id,
            lease: None,
            idempotency: None,
        }
    }

    /// The same without the client's key: for a part of a request, whose reply is not the whole's.
    #[must_use]
    pub fn without_key(&self) -> Self {
        Self {
            idempotency: None,
            ..self.clone()
        }
    }

    /// The present instant (UTC).
    #[must_use]
    pub fn now(&self) -> DateTime<Utc> {
        self.clock.now()
    }

    /// Today's date in London.
    #[must_use]
    pub fn today(&self) -> NaiveDate {
        self.now()
            .with_timezone(&chrono_tz::Europe::London)
            .date_naive()
    }

    /// Refuses unless the actor may do this.
    pub fn require(&self, operation: Operation) -> Result<()> {
        crate::access::rules::decide(&self.actor, operation)
    }

    /// The acting person.
    pub fn person(&self) -> Result<&PersonActor> {
        match &self.actor {
            Actor::Person(person) => Ok(person),
            Actor::Guest(_) => Err(crate::access::rules::by_link_only()),
            Actor::Nobody | Actor::System(_) => Err(Error::NotSignedIn),
        }
    }

    /// The acting person's id, when there is one.
    #[must_use]
    pub fn person_id(&self) -> Option<PersonId> {
        self.person().ok().map(|person| person.id)
    }
}

impl Actor {
    /// What sort of actor, for the audit log.
    #[must_use]
    pub fn kind(&self) -> ActorKind {
        match self {
            Self::Nobody | Self::Guest(_) => ActorKind::Nobody,
            Self::System(_) => ActorKind::System,
            Self::Person(person) if person.scopes.is_some() => ActorKind::Token,
            Self::Person(_) => ActorKind::Person,
        }
    }

    /// Whether the actor holds a role today, for any organisation.
    #[must_use]
    pub fn holds(&self, role: Role) -> bool {
        matches!(self, Self::Person(person) if person.roles.iter().any(|(_, held)| *held == role))
    }

    /// Whether the actor holds a role today for this organisation.
    #[must_use]
    pub fn holds_for(&self, role: Role, organisation: OrganisationId) -> bool {
        matches!(self, Self::Person(person) if person.roles.contains(&(organisation, role)))
    }
}
