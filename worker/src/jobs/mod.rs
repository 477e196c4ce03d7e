//! The jobs: one file for each kind. They are shallow; the domain acts. When each runs is
//! `domain::jobs::schedule`, how often it is tried `domain::jobs::rules::attempts`.

mod attribute_spend;
mod check_all;
mod deliver_mail;
mod draft_returns;
mod lapse_offers;
mod probe;
mod read_grants;
mod read_import;
mod seal_audit;
mod send_reminders;
mod sweep_up;
mod tell_auditors;

use domain::jobs::Claimed;
use domain::jobs::rules::Outcome;
use domain::{Ctx, Db, Error, Result};
use entity::JobKind;
use uuid::Uuid;

use crate::Worker;

/// One run of one job: whose lease its context carries.
pub(crate) struct Work {
    pub(crate) worker: Worker,
    pub(crate) ctx: Ctx,
    pub(crate) job: Claimed,
}

impl Work {
    pub(crate) async fn run(&self) -> Result<Outcome> {
        match self.job.kind {
            JobKind::DraftReturns => draft_returns::run(self).await,
            JobKind::SendReminders => send_reminders::run(self).await,
            JobKind::DeliverMail => deliver_mail::run(self).await,
            JobKind::ReadImport => read_import::run(self).await,
            JobKind::ReadGrants => read_grants::run(self).await,
            JobKind::AttributeSpend => attribute_spend::run(self).await,
            JobKind::SealAudit => seal_audit::run(self).await,
            JobKind::TellAuditors => tell_auditors::run(self).await,
            JobKind::CheckAll => check_all::run(self).await,
            JobKind::SweepUp => sweep_up::run(self).await,
            JobKind::LapseOffers => lapse_offers::run(self).await,
            JobKind::Probe => probe::run(self).await,
        }
    }

    fn db(&self) -> &Db {
        &self.worker.inner.db
    }

    /// The row that a delivery is about.
    fn row_id(&self) -> Result<Uuid> {
        self.job
            .row_id
            .ok_or_else(|| Error::internal("a delivery without its row"))
    }
}
