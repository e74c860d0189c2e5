//! Fault points: named places where a test kills the process or lets a write fail.
//!
//! Without the feature `faults` every call is an empty function that says `Ok`. With it, the environment arms them:
//!
//! - `PULSEBOOK_FAULT="name:nth:what"`, several separated by commas. `name` is one of [`Point::name`] or `*` for all of them
//!   together; `nth` counts from 1 in this process, `3+` means from the third time on; `what` is one of
//!   `kill` (SIGKILL of the own process), `torn` (half of a write, then `kill`; elsewhere as `kill`), `enospc` and `eio`
//!   (this error), `short` (half of a write, then `enospc`; elsewhere as `enospc`).
//! - `PULSEBOOK_FAULT_LOG=FILE` appends the name of each point as it is reached, one a line.
//! - `PULSEBOOK_CLOCK=FILE` shifts every clock of the process by the milliseconds that stand in the file at that moment.
//! - `PULSEBOOK_RECORD=FILE` appends every request and answer of a node as it sees them, inside TLS.
//! - `PULSEBOOK_PANIC=name` panics at that point, with nothing of the program's in its words.

#[cfg(feature = "faults")]
mod armed;
mod points;

pub use points::Point;

#[cfg(all(feature = "faults", not(debug_assertions)))]
compile_error!("the feature `faults` is for tests: a release must not have it");

use std::{
    io::{self, Write},
    time::{SystemTime, UNIX_EPOCH},
};

/// Says that this place is reached. An armed point does not return, or returns the error that it is armed with.
///
/// # Errors
/// The armed error. Never without the feature `faults`.
#[cfg(not(feature = "faults"))]
#[inline(always)]
pub const fn reach(_point: Point) -> io::Result<()> {
    Ok(())
}

/// Says that this place is reached. An armed point does not return, or returns the error that it is armed with.
///
/// # Errors
/// The armed error.
#[cfg(feature = "faults")]
pub fn reach(point: Point) -> io::Result<()> {
    armed::reach(point)
}

/// Says that this place is passed, where nothing can fail any more: only a kill is heeded.
#[cfg(not(feature = "faults"))]
#[inline(always)]
pub const fn pass(_point: Point) {}

/// Says that this place is passed, where nothing can fail any more: only a kill is heeded.
#[cfg(feature = "faults")]
pub fn pass(point: Point) {
    // An error after the deed would be one that no disk gives.
    let _ = armed::reach(point);
}

/// Writes all bytes; an armed point may write half of them.
///
/// # Errors
/// Those of writing, or the armed one.
#[cfg(not(feature = "faults"))]
#[inline(always)]
pub fn write_all(_point: Point, out: &mut impl Write, bytes: &[u8]) -> io::Result<()> {
    out.write_all(bytes)
}

/// Writes all bytes; an armed point may write half of them.
///
/// # Errors
/// Those of writing, or the armed one.
#[cfg(feature = "faults")]
pub fn write_all(point: Point, out: &mut impl Write, bytes: &[u8]) -> io::Result<()> {
    armed::write_all(point, out, bytes)
}

/// How large something must be to be kept in another way: `usual`, and with the feature `faults` so `small` that the short
/// records of tests come to it.
pub const fn threshold(usual: usize, small: usize) -> usize {
    if cfg!(feature = "faults") { small } else { usual }
}

/// Keeps what a node sees in the clear, for the test that searches it.
#[cfg(not(feature = "faults"))]
#[inline(always)]
pub const fn record(_bytes: &[u8]) {}

/// Keeps what a node sees in the clear, for the test that searches it.
#[cfg(feature = "faults")]
pub fn record(bytes: &[u8]) {
    armed::record(bytes);
}

/// By how many milliseconds a test has set the clock forward, or back when negative. 0 without the feature `faults`.
#[cfg(not(feature = "faults"))]
#[inline(always)]
pub const fn clock_shift_ms() -> i64 {
    0
}

/// By how many milliseconds a test has set the clock forward, or back when negative; asked anew each time, so that it can jump.
#[cfg(feature = "faults")]
pub fn clock_shift_ms() -> i64 {
    armed::clock_shift_ms()
}

/// The system's clock in milliseconds since 1970, as a test may have set it.
pub fn now_ms() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    let real = since.ok().and_then(|since| i64::try_from(since.as_millis()).ok()).unwrap_or(0);
    real.saturating_add(clock_shift_ms()).max(0)
}
