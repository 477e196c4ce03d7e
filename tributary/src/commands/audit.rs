//! `audit verify`: recomputes the chain of the record.

use std::process::ExitCode;

use clap::Subcommand;

use crate::house::House;
use crate::{Config, Failure};

/// What can be done with the record.
#[derive(Debug, Subcommand)]
pub enum Commands {
    /// Recompute the chain and say whether every entry is as it was sealed
    #[command(after_long_help = "\
Examples:
    tributary audit verify
    tributary audit verify --head 3f7a…    # a head that was written down outside this database

Somebody who can change the database can also write a chain anew. Keep heads where they cannot \
reach: with --head, the chain must still hold that one.")]
    Verify {
        /// The head that was known before, in hexadecimal
        #[arg(long, value_name = "HASH")]
        head: Option<String>,
    },
}

/// Verifies the record: exits 1 when something is wrong.
pub async fn run(config: &Config, command: Commands) -> Result<ExitCode, Failure> {
    let Commands::Verify { head } = command;
    let head = head.map(|head| head.trim().to_lowercase());
    if let Some(head) = &head
        && !domain::audit::is_head(head)
    {
        return Err(Failure::new(format!(
            "“{head}” is no head: one has 64 figures and letters from a to f, as the mail to \
             auditors and this command show it"
        )));
    }
    let house = House::beside(config).await?;
    let verdict = domain::audit::verify(&house.db, head.as_deref()).await?;
    house.close().await?;
    println!("{} entries are sealed.", verdict.entries);
    if !verdict.head.is_empty() {
        println!("The head is {}", verdict.head);
    }
    if verdict.unsealed > 0 {
        let since = verdict.unsealed_since.map_or_else(String::new, |at| {
            format!(", the oldest since {}", at.format("%d %B %Y %H:%M UTC"))
        });
        println!("{} entries are not yet sealed{since}.", verdict.unsealed);
    }
    if verdict.problems.is_empty() {
        println!("Every entry is as it was sealed.");
        return Ok(ExitCode::SUCCESS);
    }
    for problem in &verdict.problems {
        println!("WRONG: {problem}");
    }
    Ok(ExitCode::FAILURE)
}
