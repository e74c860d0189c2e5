//! The `pulsebook` command: a patient's record, a provider's node and a clinic's reading, each in its own folder.
#![cfg_attr(test, allow(clippy::unwrap_used, clippy::panic))]

mod args;
mod bluetooth;
mod bundle_file;
mod chart;
mod clinic_folder;
mod commands;
mod demo;
#[cfg(test)]
mod documented;
mod durable;
mod exit;
mod fault;
mod feed;
mod files;
mod mistake;
mod moment;
mod output;
mod patient;
mod patient_args;
mod reading_line;
mod reading_name;
mod reading_object;
mod role;
mod secrecy;
mod secrets;
mod stop;
mod trace_file;
mod truth;
mod unfinished;
mod usage;
mod user_name;
mod vitals;
mod zone;

use clap::Parser;
use std::process::ExitCode;

fn main() -> ExitCode {
    let json = usage::asks_for_json(std::env::args_os());
    mistake::set_panic_hook(json);
    secrecy::leave_no_core();
    let command = match args::Cli::try_parse() {
        Ok(command) => command,
        Err(refused) => return usage::end(&refused, json),
    };
    let runtime = match tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => return end(&exit::Failure::from(error).during("starting"), json),
    };
    match runtime.block_on(args::run(command)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => end(&failure, json),
    }
}

fn end(failure: &exit::Failure, json: bool) -> ExitCode {
    output::failure(failure, json);
    failure.exit_code()
}
