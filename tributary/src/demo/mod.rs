//! `demo`: a made-up charity with two years of its money, served on this machine.

mod applying;
mod deciding;
mod grants;
mod people;
mod promising;
mod schemes;
mod spend;
mod story;
mod tell;

use std::collections::BTreeMap;
use std::io::Write as _;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Instant;

use clap::Args;
use domain::access::invitations;
use domain::db::{self, Location};
use domain::{Clock, Ctx, Db, settings};
use serde::Deserialize;
use serde_json::json;

use crate::commands::{invite, serve};
use crate::config::Sources;
use crate::lock::Lock;
use crate::stop::Stop;
use crate::{Config, Failure, house, lock};

const FOLDER: &str = "./tributary-demo";

/// What `demo` takes.
#[derive(Debug, Args)]
#[command(after_long_help = "\
Examples:
    tributary demo
    tributary demo --port 0 --json      # for scripts: a free port, one line of JSON
    tributary demo --tell-only          # make the database and end

The organisations and people are invented, everything about them was done through the program's \
own operations, and dates follow from the day on which the story is told. Delete the folder to \
have it told again. The demo serves on this machine alone, touches no database that it did not \
make, and reads no configuration.")]
pub struct Arguments {
    /// The port to listen on, of this machine alone; 0 takes a free one
    #[arg(long, default_value_t = 8080)]
    port: u16,
    /// The address to listen on: a loopback address
    #[arg(long, default_value = "127.0.0.1", value_name = "ADDRESS")]
    listen: std::net::IpAddr,
    /// Print one line of JSON instead of sentences: the address, and a sign-in link and an API token
    /// for each role
    #[arg(long)]
    json: bool,
    /// Make the database and end
    #[arg(long)]
    tell_only: bool,
    /// What is logged, as the setting `log.level`
    #[arg(long, default_value = "warn", value_name = "LEVEL")]
    log_level: String,
}

/// The demo's own configuration: no file and no environment can lead it to somebody's database.
pub fn configuration(arguments: &Arguments, data_dir: Option<&str>) -> Result<Config, Failure> {
    if !arguments.listen.is_loopback() {
        return Err(Failure::new(format!(
            "the demo lets everybody in who sees its links, so it listens on this machine alone: \
             {} is not a loopback address",
            arguments.listen
        )));
    }
    let listen = SocketAddr::new(arguments.listen, arguments.port);
    let flags = BTreeMap::from([
        ("data_dir", data_dir.unwrap_or(FOLDER).to_owned()),
        ("listen", listen.to_string()),
        ("log.level", arguments.log_level.clone()),
    ]);
    Config::from(&Sources {
        flags,
        ..Sources::default()
    })
}

/// Tells the story if it was not told yet, then serves it.
pub async fn run(config: &Config, arguments: &Arguments) -> Result<ExitCode, Failure> {
    let Location::Sqlite(path) = config.location()? else {
        return Err(Failure::new("the demo has a database of its own"));
    };
    let mut stop = Stop::listen()?;
    let listener = serve::bind(config)?;
    house::make_folder(&path)?;
    let held = lock::take(&path)?;
    let clock = Clock::system();
    if !path.exists() {
        let began = Instant::now();
        if !arguments.json {
            println!("Telling the story of a charity that does not exist …");
        }
        tokio::select! {
            told = tell(&path, &clock) => told?,
            () = stop.told() => return Ok(ExitCode::from(130)),
        }
        if !arguments.json {
            println!("Told in {:.1} seconds.", began.elapsed().as_secs_f64());
        }
    }
    let (db, factors) = open(&path).await?;
    if arguments.tell_only {
        return end(db, held).await;
    }
    let address = config.public_url(listener.local_addr().ok());
    announce(&db, &clock, &address, &factors, arguments.json).await?;
    let served = serve::until_stopped(&db, &clock, config, Some(listener), true, &mut stop).await;
    end(db, held).await?;
    served.map(|()| ExitCode::SUCCESS)
}

async fn end(db: Db, held: Lock) -> Result<ExitCode, Failure> {
    db.close().await?;
    drop(held);
    Ok(ExitCode::SUCCESS)
}

/// Tells the story into a file of another name: only a whole one gets the database's.
async fn tell(path: &Path, clock: &Clock) -> Result<(), Failure> {
    let telling = path.with_added_extension("being-told");
    for ending in ["", "-wal", "-shm"] {
        let mut name = telling.clone().into_os_string();
        name.push(ending);
        match std::fs::remove_file(PathBuf::from(name)) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(error.into()),
            _ => {}
        }
    }
    let location = Location::Sqlite(telling.clone());
    db::migrate(&location, "").await?;
    let db = Db::open(location).await?;
    let today = Ctx::system("demo", clock.clone()).today();
    tell::tell(&db, today, clock.now()).await?;
    // what is in the log must be in the file before it is renamed
    db.close().await?;
    Ok(std::fs::rename(&telling, path)?)
}

/// What the two who sign show besides their link, in base 32.
#[derive(Debug, Deserialize)]
struct SecondFactors {
    #[serde(rename = "certifier_totp_secret")]
    certifier: String,
    #[serde(rename = "head_of_programme_totp_secret")]
    head_of_programme: String,
}

/// Opens a database that the demo made, and refuses any other. Gives the second factors.
async fn open(path: &Path) -> Result<(Db, SecondFactors), Failure> {
    let not_ours = || {
        Failure::new(format!(
            "{} was not made by the demo, so the demo leaves it alone: name another folder with \
             --data-dir",
            path.display()
        ))
    };
    let location = Location::Sqlite(path.to_owned());
    let db = Db::open(location).await.map_err(|error| match error {
        domain::Error::Refused { .. } => Failure::new(format!(
            "{}: {} Delete the folder to have the story told anew.",
            path.display(),
            Failure::from(error)
        )),
        _ => not_ours(),
    })?;
    let marker = settings::demo(&db).await?.ok_or_else(not_ours)?;
    let factors = serde_json::from_value(marker.clone()).map_err(|_other| not_ours())?;
    Ok((db, factors))
}

/// Prints the address and a link for each person; for programs, an API token too. None of it is
/// logged.
async fn announce(
    db: &Db,
    clock: &Clock,
    address: &str,
    factors: &SecondFactors,
    as_json: bool,
) -> Result<(), Failure> {
    let mut api_tokens = serde_json::Map::new();
    if as_json {
        for part in &people::CAST {
            let token = people::api_token(db, clock, part).await?;
            api_tokens.insert(part.slug.to_owned(), token.into());
        }
    }
    let ctx = Ctx::system("command-line", clock.clone());
    let mut links = Vec::new();
    for part in &people::CAST {
        let secret = invitations::link_by_hand(db, &ctx, part.email).await?;
        links.push((part, invite::link(address, &secret)));
    }
    let mut out = std::io::stdout().lock();
    if as_json {
        let sign_in: serde_json::Map<String, serde_json::Value> = links
            .into_iter()
            .map(|(part, link)| (part.slug.to_owned(), link.into()))
            .collect();
        let line = json!({
            "address": address,
            "sign_in": sign_in,
            "certifier_totp_secret": factors.certifier,
            "head_of_programme_totp_secret": factors.head_of_programme,
            "api_tokens": api_tokens,
        });
        writeln!(out, "{line}")?;
        return Ok(out.flush()?);
    }
    writeln!(out, "\nTributary's demo is at {address}\n")?;
    writeln!(
        out,
        "Each link signs one person in, once; start the demo again for new ones.\n"
    )?;
    for (part, link) in links {
        let role = part.slug.replace('-', " ");
        writeln!(out, "  {:<34}{link}", format!("{} ({role})", part.name))?;
    }
    writeln!(
        out,
        "\nTwo people sign a return, each with a second factor for an authenticator app:\n  \
         {:<34}{}\n  {:<34}{}\n\
         Ctrl-C ends it. Everything is in {FOLDER} unless --data-dir says otherwise.\n",
        people::name_of("certifier"),
        factors.certifier,
        people::name_of(people::HEAD_OF_PROGRAMME),
        factors.head_of_programme,
    )?;
    Ok(out.flush()?)
}
