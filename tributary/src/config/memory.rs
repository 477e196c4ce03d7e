//! Less memory at rest. The C library of most Linux systems gives each thread an arena of its own
//! and keeps in each what was freed; a server that is mostly idle then holds twice what it needs
//! (75 MB instead of 35 MB with the demo's data). How many arenas there are can be said only before
//! the program starts, so a server starts itself once more, in the same process.

use std::os::unix::process::CommandExt as _;
use std::process::Command;

const ARENAS: &str = "MALLOC_ARENA_MAX";

/// Starts this program again with one arena, unless somebody chose a number already. Returns where
/// that is not possible: the program then goes on as it is.
pub fn be_frugal() {
    let chosen = std::env::vars_os().any(|(name, _)| name == ARENAS);
    if chosen || !cfg!(target_env = "gnu") {
        return;
    }
    let Ok(program) = std::env::current_exe() else {
        return;
    };
    let mut arguments = std::env::args_os();
    let mut again = Command::new(program);
    if let Some(name) = arguments.next() {
        again.arg0(name);
    }
    let error = again.args(arguments).env(ARENAS, "1").exec();
    eprintln!("tributary: starting with more memory than needed: {error}");
}
