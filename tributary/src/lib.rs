//! The one program: its configuration, its commands, the demo.

mod commands;
pub mod config;
mod demo;
mod failure;
mod house;
mod lock;
mod logs;
mod stop;
mod working;

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, Subcommand};

pub use config::Config;
pub use failure::Failure;

const LONG: &str = "\
Tributary coordinates the money that many funders put behind one community-led charity, and does \
the paperwork that comes with it.

Try it, with a charity that is made up:
    tributary demo

Set it up for your own:
    tributary invite you@example.org --name 'Your name' --role administrator \\
        --home-name 'Weirside Recovery' --home-org-id GB-CHC-1234567
    tributary serve

Everything is in one SQLite file unless `database_url` says otherwise. `tributary config` lists \
every setting; docs/operations.md tells how to deploy, back up, restore, upgrade and scale out.";

/// Grants, pooled funds and the returns that funders require.
#[derive(Debug, Parser)]
#[command(name = "tributary", version, about, long_about = LONG, max_term_width = 100)]
struct Cli {
    /// The configuration file [default: ./tributary.toml, if there is one]
    #[arg(long, global = true, value_name = "FILE")]
    config: Option<PathBuf>,
    /// Folder of the SQLite database (the setting `data_dir`)
    #[arg(long, global = true, value_name = "FOLDER")]
    data_dir: Option<String>,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Serve pages and API, and work, in one process
    Serve(commands::serve::Arguments),
    /// Serve pages and API only (with `worker` beside it, on PostgreSQL)
    Api(commands::serve::Arguments),
    /// Work only: draft returns, send reminders, read imports
    Worker,
    /// Tell the story of a charity that is made up, and serve it
    Demo(demo::Arguments),
    /// Bring the database to this program's version
    Migrate,
    /// Let a person in with a role; prints the link
    Invite(commands::invite::Arguments),
    /// Bring a file into the database
    #[command(subcommand)]
    Import(commands::import::Commands),
    /// Write what the database holds, for others to read
    #[command(subcommand)]
    Export(commands::export::Commands),
    /// Fill in a funder's form, for scripts
    Fill(commands::fill::Arguments),
    /// Attribute a pool's spend to its awards by the optimal policy, for whoever checks it
    Attribute(commands::attribute::Arguments),
    /// Verify the record of everything that was done
    #[command(subcommand)]
    Audit(commands::audit::Commands),
    /// Audit the whole database and say in words what is wrong
    Check,
    /// Copy the database, files included, while it is in use
    Backup(commands::backup::Arguments),
    /// Put a backup in place of the database
    Restore(commands::restore::Arguments),
    /// List every setting: its default, and what it is for
    Config(commands::config::Arguments),
    /// Print the API's description (OpenAPI 3.1)
    Openapi,
    /// The child process that fills in a workbook
    #[command(name = commands::fill::CHILD, hide = true)]
    FillChild,
    /// The child process that reads a funder's form
    #[command(name = "read-form", hide = true)]
    ReadForm,
    /// The child process that reads a workbook of spend
    #[command(name = "read-spend", hide = true)]
    ReadSpend,
    /// The child process that reads a letter
    #[command(name = "read-letter", hide = true)]
    ReadLetter,
}

/// Runs the program: reads the command line, does as told, says what went wrong.
#[must_use]
pub fn run() -> ExitCode {
    let cli = Cli::parse();
    if matches!(
        cli.command,
        Command::Serve(_) | Command::Api(_) | Command::Worker | Command::Demo(_)
    ) {
        config::memory::be_frugal();
    }
    // What is kept is people's: their answers, their receipts, what they sign in with. What `fill`
    // and `attribute` write is for whoever asked.
    if !matches!(
        cli.command,
        Command::Fill(_) | Command::FillChild | Command::Attribute(_)
    ) {
        rustix::process::umask(rustix::fs::Mode::RWXG | rustix::fs::Mode::RWXO);
    }
    match dispatch(cli) {
        Ok(code) => code,
        Err(failure) => {
            eprintln!("tributary: {failure}");
            ExitCode::FAILURE
        }
    }
}

fn dispatch(cli: Cli) -> Result<ExitCode, Failure> {
    match cli.command {
        // these need neither configuration nor database
        Command::Openapi => commands::openapi::run(),
        Command::Config(arguments) => commands::config::run(&arguments),
        Command::Fill(arguments) => commands::fill::run(arguments),
        Command::FillChild => Ok(commands::fill::child()),
        Command::Attribute(arguments) => Ok(commands::attribute::run(arguments)),
        Command::ReadForm => Ok(ExitCode::from(workbook::survey::child::serve())),
        Command::ReadSpend => {
            domain::imports::child::main()?;
            Ok(ExitCode::SUCCESS)
        }
        Command::ReadLetter => {
            pdftext::child::serve()?;
            Ok(ExitCode::SUCCESS)
        }
        _ => with_house(cli),
    }
}

fn with_house(cli: Cli) -> Result<ExitCode, Failure> {
    let mut flags = BTreeMap::new();
    if let Some(folder) = &cli.data_dir {
        flags.insert("data_dir", folder.clone());
    }
    if let Command::Serve(arguments) | Command::Api(arguments) = &cli.command
        && let Some(listen) = &arguments.listen
    {
        flags.insert("listen", listen.clone());
    }
    let config = match &cli.command {
        Command::Demo(arguments) => demo::configuration(arguments, cli.data_dir.as_deref())?,
        _ => Config::load(cli.config.as_deref(), flags)?,
    };
    logs::begin(&config);
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .map_err(|error| Failure::new(format!("the program cannot start: {error}")))?;
    let result = runtime.block_on(async {
        match cli.command {
            Command::Serve(_) => commands::serve::run(&config, commands::serve::Parts::ALL).await,
            Command::Api(_) => commands::serve::run(&config, commands::serve::Parts::API).await,
            Command::Worker => commands::serve::run(&config, commands::serve::Parts::WORKER).await,
            Command::Migrate => commands::migrate::run(&config).await,
            Command::Invite(arguments) => commands::invite::run(&config, arguments).await,
            Command::Audit(command) => commands::audit::run(&config, command).await,
            Command::Check => commands::check::run(&config).await,
            Command::Backup(arguments) => commands::backup::run(&config, &arguments).await,
            Command::Restore(arguments) => commands::restore::run(&config, &arguments).await,
            Command::Demo(arguments) => demo::run(&config, &arguments).await,
            Command::Import(command) => commands::import::run(&config, command).await,
            Command::Export(command) => commands::export::run(&config, command).await,
            Command::Config(_)
            | Command::Openapi
            | Command::Fill(_)
            | Command::FillChild
            | Command::Attribute(_)
            | Command::ReadForm
            | Command::ReadSpend
            | Command::ReadLetter => Err(Failure::new("this command needs no database")),
        }
    });
    // what still hangs (a child that will not end) does not hold the program back
    runtime.shutdown_timeout(std::time::Duration::from_secs(1));
    result
}
