//! The one program of Tributary.

fn main() -> std::process::ExitCode {
    tributary::run()
}
