//! The `pulsebook` command: a patient's record, a provider's node and a clinic's reading, each in its own folder.
#![cfg_attr(test, allow(clippy::unwrap_used, clippy::panic))]

mod args;
mod bundle_file;
mod chart;
mod clinic_folder;
mod commands;
mod demo;
mod durable;
mod exit;
mod fault;
mod feed;
mod files;
mod moment;
mod output;
mod patient;
mod patient_args;
mod reading_name;
mod role;
mod secrets;
mod stop;
mod truth;
mod unfinished;
mod vitals;

use clap::Parser;
use std::process::ExitCode;

fn main() -> ExitCode {
    exit::set_panic_hook();
    let command = args::Cli::parse();
    let runtime = match tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => return end(&exit::Failure::from(error).during("starting")),
    };
    match runtime.block_on(args::run(command)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => end(&failure),
    }
}

fn end(failure: &exit::Failure) -> ExitCode {
    output::error_line(&failure.to_string());
    failure.exit_code()
}
