//! What the demo was asked to do, with every default filled in.

use super::{DemoArgs, recording};
use crate::{
    exit::{Failure, Kind, Outcome},
    feed::Feed,
    moment::{self, HOUR},
};
use pulsebook_core::ble::UnixMillis;
use pulsebook_sensor_sim::Scenario;
use std::{
    fs,
    path::{Path, PathBuf},
};

/// What to do.
pub(crate) struct Plan {
    /// Where everything goes: a folder that is new or empty.
    pub(crate) dir: PathBuf,
    /// Whether it is removed at the end.
    pub(crate) clean: bool,
    /// Makes the simulated body.
    pub(crate) seed: u64,
    /// Simulated time from.
    pub(crate) start: UnixMillis,
    /// Simulated time up to.
    pub(crate) end: UnixMillis,
    /// How many nodes, 1 to 7.
    pub(crate) nodes: usize,
    source: Source,
}

enum Source {
    Scenario(Box<Scenario>),
    Recording(PathBuf),
}

impl Plan {
    /// Checks everything that can be wrong before anything is made, then makes the folder.
    ///
    /// # Errors
    /// A scenario, recording or folder that cannot be used.
    pub(crate) async fn new(args: DemoArgs) -> Outcome<Plan> {
        let (source, start, end) = match args.replay {
            Some(path) => {
                let (start, end) = recording::span(&path).await?;
                (Source::Recording(path), start, end)
            }
            None => {
                let scenario = Scenario::load(&args.scenario)?;
                let start = args.start.unwrap_or_else(|| moment::now() - args.duration);
                (Source::Scenario(Box::new(scenario)), start, start + args.duration)
            }
        };
        let dir =
            args.dir.unwrap_or_else(|| PathBuf::from(format!("pulsebook-demo-{}", moment::now() / 1000)));
        make_folder(&dir)?;
        let dir = dir.canonicalize().unwrap_or(dir);
        Ok(Plan {
            dir,
            clean: args.clean,
            seed: args.seed,
            start,
            end,
            nodes: usize::from(args.nodes),
            source,
        })
    }

    /// The wearables, or the recording, from the beginning.
    ///
    /// # Errors
    /// The recording cannot be read.
    pub(crate) fn feed(&self) -> Outcome<Feed> {
        match &self.source {
            Source::Scenario(scenario) => {
                Ok(Feed::simulated(scenario, self.seed, self.start, self.end - self.start))
            }
            Source::Recording(path) => Feed::recorded(path),
        }
    }

    /// Whether the values come from a recording.
    pub(crate) fn is_recording(&self) -> bool {
        matches!(self.source, Source::Recording(_))
    }

    /// The moments that lie so many percent into the time, in a recording so many percent into its notifications.
    ///
    /// # Errors
    /// The recording cannot be read.
    pub(crate) async fn gates(&self, percent: &[i64]) -> Outcome<Vec<UnixMillis>> {
        match &self.source {
            Source::Recording(path) => recording::gates(path, percent).await,
            Source::Scenario(_) => {
                let length = self.end - self.start;
                Ok(percent.iter().map(|percent| self.start + length / 100 * percent).collect())
            }
        }
    }

    /// The time in words.
    pub(crate) fn span(&self) -> String {
        let minutes = (self.end - self.start) / 60_000;
        let length = if minutes >= 120 {
            format!("{} hours", minutes * 60_000 / HOUR)
        } else {
            format!("{minutes} minutes")
        };
        format!("{length}, {} to {}", moment::minute(self.start), moment::minute(self.end))
    }
}

fn make_folder(dir: &Path) -> Outcome {
    let taken = fs::read_dir(dir).is_ok_and(|mut entries| entries.next().is_some());
    if taken {
        return Err(Failure::new(format!("{} is not empty", dir.display()))
            .of(Kind::Exists)
            .expected("a new or empty folder for the demo")
            .action("name another one with --dir, or leave --dir out"));
    }
    fs::create_dir_all(dir).map_err(|error| {
        Failure::new(format!("{} could not be made: {error}", dir.display()))
            .action("name a folder you may write to with --dir")
    })
}
