//! `serve`, `api` and `worker`: the long-running ones, and how they end.

use std::io::Write as _;
use std::net::TcpListener;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use clap::Args;
use domain::{Clock, Db};
use tokio::sync::watch;

use crate::house::House;
use crate::stop::Stop;
use crate::{Config, Failure, working};

/// What an empty house says first.
const EMPTY: &str = "
It is empty. Let the first administrator in, on this machine, with the same data folder:

    tributary invite YOU@EXAMPLE.ORG --name 'You' --role administrator \\
        --home-name 'Your charity' --home-org-id GB-CHC-1234567

The link that it prints leads to the first step.";

/// From being told to stop until the process ends, at most.
const DRAIN: Duration = Duration::from_secs(19);

/// What `serve` and `api` take.
#[derive(Debug, Args)]
#[command(after_long_help = "\
Examples:
    tributary serve
    tributary serve --listen 127.0.0.1:9000
    TRIBUTARY_PUBLIC_URL=https://grants.example.org tributary serve --listen 0.0.0.0:8080
    DATABASE_URL=postgres://tributary@db/tributary tributary api     # and `tributary worker` beside it

On SQLite an empty database is made ready; a database of an older version is refused until \
`tributary migrate` was run. SIGTERM or Ctrl-C stops taking requests, lets jobs finish and ends \
within 20 seconds.")]
pub struct Arguments {
    /// Address and port to listen on (the setting `listen`)
    #[arg(long, value_name = "ADDRESS:PORT")]
    pub listen: Option<String>,
}

/// Which parts of the program run in this process.
#[derive(Clone, Copy, Debug)]
pub struct Parts {
    api: bool,
    worker: bool,
}

impl Parts {
    /// Everything.
    pub const ALL: Self = Self {
        api: true,
        worker: true,
    };
    /// Pages and API.
    pub const API: Self = Self {
        api: true,
        worker: false,
    };
    /// The worker.
    pub const WORKER: Self = Self {
        api: false,
        worker: true,
    };
}

/// Serves until told to stop.
pub async fn run(config: &Config, parts: Parts) -> Result<ExitCode, Failure> {
    let mut stop = Stop::listen()?;
    let listener = parts.api.then(|| bind(config)).transpose()?;
    let mut house = House::to_serve(config).await?;
    if let Some(listener) = &listener {
        let address = config.public_url(listener.local_addr().ok());
        let mut said = format!("Tributary is at {address}");
        if domain::settings::home(&house.db).await?.is_none() {
            said.push_str(EMPTY);
        }
        // Whoever reads the first line alone may close the pipe behind it; it serves all the same.
        if let Err(error) = writeln!(std::io::stdout(), "{said}") {
            tracing::debug!(%error, "nobody reads what is said");
        }
        house.tell(&address)?;
        tracing::info!(address, "serving");
    }
    if config.smtp.is_none() {
        tracing::warn!(
            "no mail server is set (the setting `smtp.host`): nobody gets a sign-in link or a \
             reminder by mail. `tributary invite EMAIL` prints a link on this machine; other mail \
             waits in the outbox, for an administrator to read"
        );
    }
    let result = until_stopped(
        &house.db,
        &house.clock,
        config,
        listener,
        parts.worker,
        &mut stop,
    )
    .await;
    house.close().await?;
    tracing::info!("stopped");
    result.map(|()| ExitCode::SUCCESS)
}

/// The address to listen on, taken before anything else can go wrong slowly.
pub fn bind(config: &Config) -> Result<TcpListener, Failure> {
    TcpListener::bind(config.listen).map_err(|error| {
        Failure::new(format!(
            "{} cannot be listened on: {error} (the setting `listen`)",
            config.listen
        ))
    })
}

/// Runs the parts until told to stop or one of them fails; then stops all of them.
pub async fn until_stopped(
    db: &Db,
    clock: &Clock,
    config: &Config,
    listener: Option<TcpListener>,
    works: bool,
    stop: &mut Stop,
) -> Result<(), Failure> {
    let listening = listener.as_ref().and_then(|one| one.local_addr().ok());
    let server = match listener {
        Some(listener) => {
            let shared = api::Shared {
                db: db.clone(),
                clock: clock.clone(),
                config: Arc::new(config.for_api(listening)?),
            };
            Some(api::serve(shared, listener)?)
        }
        None => None,
    };
    let worker = works
        .then(|| working::worker(db.clone(), clock.clone(), config, listening))
        .transpose()?;
    let handle = server.as_ref().map(actix_web::dev::Server::handle);
    let (end, mut ending) = watch::channel(false);
    let serving = async {
        match server {
            Some(server) => server.await.map_err(Failure::from),
            None => Ok(()),
        }
    };
    let working = async {
        if let Some(worker) = worker {
            let told = async {
                if ending.wait_for(|end| *end).await.is_err() {
                    tracing::debug!("nobody is left to tell the worker to stop");
                }
            };
            worker.run(told).await;
        }
    };
    tokio::pin!(serving, working);
    // what runs in this process goes on until it is told to stop; ending earlier is a failure
    let (mut served, mut worked) = (listening.is_none(), !works);
    let first = tokio::select! {
        () = stop.told() => Ok(()),
        result = &mut serving, if !served => {
            served = true;
            Err(result.err().unwrap_or_else(|| Failure::new("the server ended by itself")))
        }
        () = &mut working, if !worked => {
            worked = true;
            Err(Failure::new("the worker ended by itself"))
        }
    };
    end.send_replace(true);
    let drain = async {
        // the server stops only while it is waited for
        let asking = async {
            if let Some(handle) = handle {
                handle.stop(true).await;
            }
        };
        let closing = async { if served { Ok(()) } else { serving.await } };
        let finishing = async {
            if !worked {
                working.await;
            }
        };
        tokio::join!(closing, asking, finishing).0
    };
    let left = || {
        tracing::warn!("what was still running was left; its jobs will be taken up again");
        Ok(())
    };
    let drained = tokio::select! {
        result = drain => result,
        () = tokio::time::sleep(DRAIN) => left(),
        // told twice: somebody cannot wait
        () = stop.told() => left(),
    };
    first.and(drained)
}
