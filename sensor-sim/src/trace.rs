//! Traces: everything that went between sensors and this device, a line each, written while it happens and played again.
//!
//! The format is docs/trace.md. A trace holds what the sensors measured: whoever keeps one keeps it as a health record.

mod answers;
mod error;
mod hex;
mod line;
mod lines;
mod played;
mod redact;
mod step;
mod tracer;

pub use error::TraceError;
pub use line::{FORMAT, Header, VERSION};
pub use played::Played;
pub use tracer::{Tracer, Writing};

use std::{
    fs::File,
    io::{BufRead, BufReader},
    path::Path,
};

/// Whether a file begins as a trace does: with an object, not with the numbers of a recording.
///
/// # Errors
/// It cannot be opened or read.
pub fn is_trace(path: &Path) -> std::io::Result<bool> {
    let mut file = BufReader::new(File::open(path)?);
    let start = file.fill_buf()?;
    Ok(start.iter().find(|byte| !byte.is_ascii_whitespace()) == Some(&b'{'))
}
