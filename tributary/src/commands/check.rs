//! `check`: audits the whole database and says in words what is wrong.

use std::process::ExitCode;

use crate::house::House;
use crate::{Config, Failure};

/// Checks: exits 1 when something is wrong.
pub async fn run(config: &Config) -> Result<ExitCode, Failure> {
    let house = House::beside(config).await?;
    let verdict = domain::audit::verify(&house.db, None).await?;
    house.close().await?;
    let problems = verdict.problems;
    if problems.is_empty() {
        println!("Nothing is wrong.");
        return Ok(ExitCode::SUCCESS);
    }
    for problem in &problems {
        println!("WRONG: {problem}");
    }
    Ok(ExitCode::FAILURE)
}
