//! `openapi`: prints the API's description.

use std::io::Write as _;
use std::process::ExitCode;

use crate::Failure;

/// Prints it.
pub fn run() -> Result<ExitCode, Failure> {
    let text = openapi::written().map_err(|error| Failure::new(error.to_string()))?;
    write!(std::io::stdout(), "{text}")?;
    Ok(ExitCode::SUCCESS)
}
