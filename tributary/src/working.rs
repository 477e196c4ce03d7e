//! The worker as the program runs it.

use std::net::SocketAddr;
use std::time::Duration;

use domain::{Clock, Db};
use worker::mail::{Encryption, MailServer};
use worker::{Worker, WorkerConfig};

use crate::config::{Smtp, Tls};
use crate::{Config, Failure};

/// How long running jobs may go on once the program is told to stop.
const DRAIN: Duration = Duration::from_secs(15);

/// The worker that this configuration asks for.
pub fn worker(
    db: Db,
    clock: Clock,
    config: &Config,
    listening: Option<SocketAddr>,
) -> Result<Worker, Failure> {
    let mut how = WorkerConfig {
        at_once: config.worker_jobs,
        drain: DRAIN,
        public_address: config.public_url(listening),
        mail_server: config.smtp.as_ref().map(mail_server),
        ..WorkerConfig::default()
    };
    if let Some(smtp) = &config.smtp {
        how.mail_from.clone_from(&smtp.from);
    }
    Ok(Worker::new(db, clock, how)?)
}

fn mail_server(smtp: &Smtp) -> MailServer {
    MailServer {
        host: smtp.host.clone(),
        port: smtp.port,
        encryption: match smtp.tls {
            Tls::Always => Encryption::Tls,
            Tls::StartTls => Encryption::StartTls,
            Tls::None => Encryption::None,
        },
        sign_in: smtp.user.clone().zip(
            smtp.password
                .as_ref()
                .map(|secret| secret.reveal().to_owned()),
        ),
        authorities: smtp.ca.clone(),
        timeout: Duration::from_secs(30),
    }
}
