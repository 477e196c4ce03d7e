//! The log: to standard error, as text or JSON, each line of a request with its number.

use std::io::IsTerminal as _;

use tracing_subscriber::filter::{LevelFilter, Targets};
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;

use crate::Config;
use crate::config::LogFormat;

/// Begins to log. Statements of the database are never logged: they hold people's values.
pub fn begin(config: &Config) {
    let asked: Targets = config
        .log_level
        .parse()
        .unwrap_or_else(|_checked_before| Targets::new().with_default(LevelFilter::INFO));
    let filter = asked
        .with_target("sqlx", LevelFilter::WARN)
        // its slow statements come with their text
        .with_target("sqlx::query", LevelFilter::OFF)
        // a visitor's broken request is not our error
        .with_target("actix_http", LevelFilter::OFF)
        .with_target("sea_orm", LevelFilter::WARN)
        .with_target("sea_orm_migration", LevelFilter::WARN);
    let registry = tracing_subscriber::registry().with(filter);
    let done = match config.log_format {
        LogFormat::Json => registry
            .with(
                tracing_subscriber::fmt::layer()
                    .json()
                    .flatten_event(true)
                    .with_writer(std::io::stderr),
            )
            .try_init(),
        LogFormat::Text => registry
            .with(
                tracing_subscriber::fmt::layer()
                    .with_ansi(std::io::stderr().is_terminal())
                    .with_writer(std::io::stderr),
            )
            .try_init(),
    };
    if let Err(error) = done {
        eprintln!("tributary: no log: {error}");
    }
}
