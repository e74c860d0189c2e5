//! A trace that cannot be played: the line where it goes wrong, what was expected and what came.

/// Why a trace cannot be played, or not to its end. Lines are counted from 1.
#[derive(Debug, thiserror::Error)]
pub enum TraceError {
    /// There is no such file, or it may not be read.
    #[error("the trace cannot be opened: {0}; expected a readable file that `--trace` or `sim trace` wrote")]
    Open(#[source] std::io::Error),
    /// Reading stops in the middle.
    #[error("the trace cannot be read at line {line}: {source}")]
    Io {
        /// Where.
        line: u64,
        /// Why.
        source: std::io::Error,
    },
    /// A line is longer than any that is written.
    #[error("line {line} of the trace is longer than {most} bytes; a trace has one short object a line")]
    TooLong {
        /// Where.
        line: u64,
        /// The longest that is read.
        most: u64,
    },
    /// A line is no object of the format.
    #[error("line {line} of the trace: expected {expected}, found {found:?}")]
    Line {
        /// Where.
        line: u64,
        /// What should stand there.
        expected: String,
        /// The beginning of what stands there.
        found: String,
    },
    /// An event is earlier than the one before it.
    #[error("line {line} of the trace goes back in time; events stand in the order in which they came")]
    Order {
        /// Where.
        line: u64,
    },
    /// More lines than one sensor answers stand between two events.
    #[error(
        "line {line} of the trace: more than {most} lines without an event; the trace is damaged or was not written by this program"
    )]
    NoEvent {
        /// Where.
        line: u64,
        /// How many are read.
        most: usize,
    },
}
