//! How people and programs reach Tributary: JSON under `/api/v1`, pages, sign-in.
//!
//! A handler extracts, builds a command, makes one domain call and renders. It never names the
//! database, opens a transaction, reads the clock or formats money by itself.

pub mod http;
mod json;
mod pack;
mod pages;

use std::net::{IpAddr, TcpListener};
use std::sync::Arc;

use actix_web::dev::Server;
use actix_web::{App, HttpServer, middleware, web};
use domain::{Clock, Db};

pub use json::document;

/// What the HTTP face must know.
#[derive(Clone, Debug)]
pub struct Config {
    /// The address people use, such as `https://tributary.example.org`; links in pages and mail
    /// are made from it, never from a request's `Host`.
    pub public_url: String,
    /// Proxies whose `X-Forwarded-For` is believed.
    pub trusted_proxies: Vec<IpAddr>,
    /// Most bytes of an uploaded file.
    pub upload_limit: usize,
    /// The program, with its arguments, that checks files for viruses; none when it is empty.
    pub scan_command: Vec<String>,
    /// Free bytes below which the program is not ready.
    pub disk_reserve: u64,
    /// Whether a mail server is set: without one, sign-in links reach nobody by mail.
    pub sends_mail: bool,
    /// This program's file, for the child processes that open other people's files.
    pub program: std::path::PathBuf,
}

impl Config {
    /// Whether people reach it over TLS.
    #[must_use]
    pub fn is_https(&self) -> bool {
        self.public_url.starts_with("https://")
    }
}

/// What every handler shares.
#[derive(Clone, Debug)]
pub struct Shared {
    /// The database.
    pub db: Db,
    /// The clock.
    pub clock: Clock,
    /// The configuration.
    pub config: Arc<Config>,
}

/// How often what is remembered of quiet addresses is forgotten.
const SWEEP: std::time::Duration = std::time::Duration::from_secs(60);

/// Serves until the server's handle stops it. Signals are the program's business.
pub fn serve(shared: Shared, listener: TcpListener) -> std::io::Result<Server> {
    let limits = web::Data::new(http::limits::Limits::new());
    let held = Arc::downgrade(&limits.clone().into_inner());
    #[expect(
        clippy::disallowed_methods,
        reason = "it ends by itself once the server, which holds the limits, has ended"
    )]
    tokio::spawn(http::limits::keep_swept(held, SWEEP));
    let routes = web::Data::new(http::routes::Known::of(json::WRITTEN)?);
    let shared = web::Data::new(shared);
    let server = HttpServer::new(move || {
        App::new()
            .app_data(shared.clone())
            .app_data(limits.clone())
            .app_data(routes.clone())
            .app_data(http::frame::FailurePage(pages::failure))
            .configure(http::configure)
            .configure(json::serve)
            .configure(pages::configure)
            .default_service(web::to(http::routes::unknown))
            .wrap(middleware::from_fn(http::routes::known))
            .wrap(middleware::from_fn(http::who::identify))
            .wrap(middleware::from_fn(http::spreadsheet::spreadsheet))
            .wrap(middleware::from_fn(pages::pdf::pdf))
            .wrap(middleware::Compress::default())
            .wrap(middleware::from_fn(http::frame::frame))
    })
    .workers(2)
    .shutdown_timeout(15)
    .disable_signals()
    .listen(listener)?
    .run();
    Ok(server)
}
