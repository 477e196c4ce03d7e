//! `serve`, `api` and `worker`: the long-running ones, and how they end.

use std::net::TcpListener;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use clap::Args;
use domain::{Clock, Db};
use tokio::sync::watch;

use crate::house::House;
use crate::{Config, Failure, stop, working};

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
    let told = stop::told()?;
    let listener = parts.api.then(|| bind(config)).transpose()?;
    let house = House::to_serve(config).await?;
    if let Some(listener) = &listener {
        let address = config.public_url(listener.local_addr().ok());
        println!("Tributary is at {address}");
        tracing::info!(address, "serving");
    }
    let result = until_stopped(
        &house.db,
        &house.clock,
        config,
        listener,
        parts.worker,
        told,
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
    told: watch::Receiver<bool>,
) -> Result<(), Failure> {
    let (end, ending) = watch::channel(false);
    let mut parts = tokio::task::JoinSet::new();
    let mut handle = None;
    if let Some(listener) = listener {
        let shared = api::Shared {
            db: db.clone(),
            clock: clock.clone(),
            config: Arc::new(config.for_api(listener.local_addr().ok())?),
        };
        let server = api::serve(shared, listener)?;
        handle = Some(server.handle());
        parts.spawn(async move { server.await.map_err(Failure::from) });
    }
    if works {
        let (db, clock, config) = (db.clone(), clock.clone(), config.clone());
        parts.spawn(async move { working::run(db, clock, &config, ending).await });
    }
    let first = tokio::select! {
        () = stop::wait(told) => Ok(()),
        Some(ended) = parts.join_next() => Err(why(ended)),
    };
    end.send_replace(true);
    let drained = tokio::time::timeout(DRAIN, async {
        if let Some(handle) = handle {
            handle.stop(true).await;
        }
        let mut result = Ok(());
        while let Some(ended) = parts.join_next().await {
            if !matches!(ended, Ok(Ok(()))) {
                result = Err(why(ended));
            }
        }
        result
    })
    .await;
    first?;
    drained.unwrap_or_else(|_late| {
        tracing::warn!("what was still running was left; its jobs will be taken up again");
        Ok(())
    })
}

fn why(ended: Result<Result<(), Failure>, tokio::task::JoinError>) -> Failure {
    match ended {
        Ok(Ok(())) => Failure::new("a part of the program ended by itself"),
        Ok(Err(failure)) => failure,
        Err(error) => Failure::new(format!("a part of the program broke: {error}")),
    }
}
