//! Writes `openapi/openapi.json`: run `cargo run -p openapi` after changing the API.

use std::process::ExitCode;

fn main() -> ExitCode {
    let path = openapi::committed_at();
    let text = match openapi::written() {
        Ok(text) => text,
        Err(error) => {
            eprintln!("openapi: {error}");
            return ExitCode::FAILURE;
        }
    };
    match std::fs::write(&path, text) {
        Ok(()) => {
            println!("wrote {}", path.display());
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("openapi: {}: {error}", path.display());
            ExitCode::FAILURE
        }
    }
}
