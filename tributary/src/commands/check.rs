//! `check`: audits the whole database and says in words what is wrong.

use std::process::ExitCode;

use crate::house::House;
use crate::{Config, Failure};

/// Checks: exits 1 when something is wrong.
pub async fn run(config: &Config) -> Result<ExitCode, Failure> {
    let house = House::beside(config).await?;
    let report = domain::checks::run(&house.db, &house.ctx()).await?;
    house.close().await?;
    if report.findings.is_empty() {
        println!("{} checks were made: nothing is wrong.", report.checks);
        return Ok(ExitCode::SUCCESS);
    }
    for finding in &report.findings {
        println!("WRONG: {}", finding.message);
        println!("       It must hold: {}", finding.rule);
    }
    Ok(ExitCode::FAILURE)
}
