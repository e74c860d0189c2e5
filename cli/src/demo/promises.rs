//! What the demo promises: each promise has a name, is checked, and decides how the demo ends.

use crate::{
    exit::{Failure, Kind, Outcome},
    output::Output,
};

/// The promises checked so far.
#[derive(Debug, Default)]
pub(crate) struct Promises {
    held: usize,
    broken: Vec<String>,
}

impl Promises {
    /// Checks one and says it.
    pub(crate) fn check(&mut self, out: Output, promise: &str, kept: bool) {
        out.promise(kept, promise);
        if kept { self.held += 1 } else { self.broken.push(promise.to_owned()) }
    }

    /// How many held.
    pub(crate) fn held(&self) -> usize {
        self.held
    }

    /// The end of the demo.
    ///
    /// # Errors
    /// A promise was not kept.
    pub(crate) fn outcome(&self) -> Outcome {
        if self.broken.is_empty() {
            return Ok(());
        }
        Err(Failure::new(format!("not kept: {}", self.broken.join("; ")))
            .of(Kind::PromiseBroken)
            .expected("every promise of the demo to hold")
            .action("this is our mistake: report it with the seed, start and duration"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_broken_promise_fails_the_whole() {
        let mut promises = Promises::default();
        promises.check(Output::new(true), "water is wet", true);
        assert!(promises.outcome().is_ok());
        promises.check(Output::new(true), "pigs fly", false);
        assert!(promises.outcome().unwrap_err().to_string().contains("not kept: pigs fly"));
    }
}
