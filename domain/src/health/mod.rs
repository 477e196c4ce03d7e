//! Whether the program is ready for work.

use chrono::Duration;
use serde::Serialize;

use crate::db::Location;
use crate::{Clock, Ctx, Db, audit, jobs};

/// Whether the program is ready for work, and if not, why.
#[derive(Clone, Debug, Serialize, utoipa::ToSchema)]
pub struct Readiness {
    /// Whether it is.
    pub ready: bool,
    /// What is in the way, in words.
    pub troubles: Vec<String>,
}

/// Looks at the database, the disk, the queue and the audit log.
pub async fn readiness(db: &Db, clock: &Clock, disk_reserve: u64) -> Readiness {
    let ctx = Ctx::system("health", clock.clone());
    let mut troubles = Vec::new();
    if db.ping().await.is_err() {
        troubles.push("The database does not answer.".to_owned());
    } else {
        match jobs::view::overdue(db, &ctx).await {
            Ok(0) => {}
            Ok(n) => troubles.push(format!("{n} jobs should have begun over five minutes ago.")),
            Err(_) => troubles.push("The queue cannot be read.".to_owned()),
        }
        match audit::oldest_unsealed(db).await {
            Ok(Some(at)) if ctx.now() - at > Duration::minutes(5) => {
                troubles
                    .push("The audit log has not been sealed for over five minutes.".to_owned());
            }
            Ok(_) => {}
            Err(_) => troubles.push("The audit log cannot be read.".to_owned()),
        }
    }
    if let Location::Sqlite(path) = db.location()
        && let Some(free) = free_bytes(path)
        && free < disk_reserve
    {
        troubles.push(format!("Only {} MB of disk are left.", free / 1_000_000));
    }
    Readiness {
        ready: troubles.is_empty(),
        troubles,
    }
}

fn free_bytes(path: &std::path::Path) -> Option<u64> {
    let stat = rustix::fs::statvfs(path).ok()?;
    stat.f_bavail.checked_mul(stat.f_frsize)
}
