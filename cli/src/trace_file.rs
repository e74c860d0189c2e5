//! `--trace`: a file that holds what went to and from the sensors, whole or not at all.

use crate::{
    exit::{Failure, Outcome},
    files::{self, Beside},
};
use clap::Args;
use pulsebook_core::ble::{BleTransport, UnixMillis};
use pulsebook_sensor_sim::trace::{Header, Tracer, Writing};
use std::path::{Path, PathBuf};

/// How a trace is written.
#[derive(Args, Debug)]
pub(crate) struct HowTraced {
    /// Replace names, addresses, serial numbers and other identifiers in the trace by pseudonyms
    #[arg(long)]
    redact: bool,
    /// Replace the trace if it is there
    #[arg(long)]
    force: bool,
}

impl HowTraced {
    /// Whether anything was said about a trace.
    pub(crate) fn is_said(&self) -> bool {
        self.redact || self.force
    }
}

/// A trace on its way to its file, which only its user may read.
pub(crate) struct TraceFile {
    writing: Writing<Beside>,
    path: PathBuf,
}

impl TraceFile {
    /// Begins a trace.
    ///
    /// # Errors
    /// The file is there already, or cannot be made.
    pub(crate) fn begin(
        path: &Path,
        how: &HowTraced,
        simulated: bool,
        start: UnixMillis,
    ) -> Outcome<TraceFile> {
        if !how.force {
            files::expect_new(path, "trace")?;
        }
        let header = Header::new(simulated, how.redact, start);
        let writing =
            Writing::begin(Beside::begin(path)?, &header).map_err(|error| unwritten(path, &error))?;
        Ok(TraceFile { writing, path: path.to_owned() })
    }

    /// The same sensors, written down.
    pub(crate) fn of(
        &self,
        sensors: impl BleTransport + 'static,
        now: impl FnMut() -> UnixMillis + Send + 'static,
    ) -> Box<dyn BleTransport> {
        Box::new(Tracer::new(sensors, &self.writing, now))
    }

    /// Gives the file its name.
    ///
    /// # Errors
    /// A line could not be written; what was collected is kept all the same.
    pub(crate) fn finish(&self) -> Outcome {
        match self.writing.finish() {
            Ok(Some(file)) => file.finish(),
            Ok(None) => Ok(()),
            Err(error) => Err(unwritten(&self.path, &error)),
        }
    }
}

fn unwritten(path: &Path, error: &std::io::Error) -> Failure {
    let what = format!("the trace {} could not be written: {error}", path.display());
    Failure::file(what, error)
        .or_action("name a file in a folder you may write to, on a disk with free space")
}
