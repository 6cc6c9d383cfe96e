//! The `longplay` command: hands the process to the library.

use std::process::ExitCode;

fn main() -> ExitCode {
    longplay::Env::of_process().map_or(ExitCode::from(2), |env| longplay::run(&env).into())
}
