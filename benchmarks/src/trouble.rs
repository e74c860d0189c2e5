//! What went wrong, for whoever runs the bench.

/// Any error; its words say enough.
pub(crate) type Trouble = Box<dyn std::error::Error + Send + Sync>;

/// Result of a step.
pub(crate) type Outcome<T = ()> = Result<T, Trouble>;
