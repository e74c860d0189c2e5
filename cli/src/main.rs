//! The `pulsebook` command.
fn main() {}
