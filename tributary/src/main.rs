//! The one program of Tributary.

// Rows are made on one thread and freed on another, by the million: the system's allocator took a quarter of
// what an import costs us.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> std::process::ExitCode {
    tributary::run()
}
