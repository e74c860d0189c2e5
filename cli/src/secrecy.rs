//! What the process does so that the system keeps none of its memory: no core file, no other process that looks in.

/// Keys and readings lie in memory: a crash writes none of it to a disk, and nobody but root attaches to the process.
///
/// What the system refuses stays as it is: a command that does its work with a core file allowed is better than none.
pub(crate) fn leave_no_core() {
    #[cfg(unix)]
    {
        use rustix::process::{Resource, Rlimit, setrlimit};
        let _ = setrlimit(Resource::Core, Rlimit { current: Some(0), maximum: Some(0) });
    }
    #[cfg(target_os = "linux")]
    {
        use rustix::process::{DumpableBehavior, set_dumpable_behavior};
        let _ = set_dumpable_behavior(DumpableBehavior::NotDumpable);
    }
}
