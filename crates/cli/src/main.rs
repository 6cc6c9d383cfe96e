//! The `longplay` command: hands the process to the library.

use std::process::ExitCode;

/// Imports make and drop texts by the hundred million: this takes a tenth of
/// their time off.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    longplay::Env::of_process().map_or(ExitCode::from(2), |env| longplay::run(&env).into())
}
