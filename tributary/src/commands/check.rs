//! `check`: audits the whole database and says in words what is wrong.

use std::process::ExitCode;

use crate::house::House;
use crate::{Config, Failure};

/// Checks: exits 1 when something is wrong.
pub async fn run(config: &Config) -> Result<ExitCode, Failure> {
    let house = House::beside(config).await?;
    let report = domain::checks::run(&house.db, &house.ctx()).await?;
    house.close().await?;
    for check in &report.checks {
        if check.problems.is_empty() {
            println!("right: {}", check.sentence);
        }
        for problem in &check.problems {
            println!("WRONG: {problem}");
        }
    }
    if report.is_clean() {
        println!("Nothing is wrong.");
        return Ok(ExitCode::SUCCESS);
    }
    Ok(ExitCode::FAILURE)
}
