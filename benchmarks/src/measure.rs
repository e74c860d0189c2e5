//! Measuring: CPU seconds, wall seconds, percentiles, peak memory, and folders on the disk that is measured.

use crate::trouble::Outcome;
use rustix::time::{ClockId, clock_gettime};
use std::{
    fs,
    path::{Path, PathBuf},
    time::Instant,
};

/// CPU seconds of this process so far, all threads.
pub(crate) fn cpu() -> f64 {
    let time = clock_gettime(ClockId::ProcessCPUTime);
    time.tv_sec as f64 + time.tv_nsec as f64 / 1e9
}

/// CPU seconds and wall seconds of some work.
pub(crate) fn timed<T>(work: impl FnOnce() -> Outcome<T>) -> Outcome<(T, f64, f64)> {
    let (before, start) = (cpu(), Instant::now());
    let value = work()?;
    Ok((value, cpu() - before, start.elapsed().as_secs_f64()))
}

/// The value below which `share` (0 to 1) of all lie.
pub(crate) fn quantile(values: &[f64], share: f64) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let at = ((sorted.len().saturating_sub(1)) as f64 * share).round() as usize;
    sorted.get(at).copied().unwrap_or(f64::NAN)
}

/// The middle one.
pub(crate) fn median(values: &[f64]) -> f64 {
    quantile(values, 0.5)
}

/// Seconds of one call, the median of `rounds` rounds of `calls` calls.
pub(crate) fn seconds_each(rounds: usize, calls: u32, mut call: impl FnMut() -> Outcome) -> Outcome<f64> {
    let mut each = Vec::with_capacity(rounds);
    for _ in 0..rounds {
        let start = Instant::now();
        for _ in 0..calls {
            call()?;
        }
        each.push(start.elapsed().as_secs_f64() / f64::from(calls));
    }
    Ok(median(&each))
}

/// Peak resident memory of this process since the last [`forget_peak`], MB of a million bytes.
pub(crate) fn peak_mb() -> Outcome<f64> {
    let status = fs::read_to_string("/proc/self/status")?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).ok_or("no VmHWM in /proc")?;
    let kib: f64 = line.trim().trim_end_matches(" kB").parse()?;
    Ok(kib * 1024.0 / 1e6)
}

/// Lets the peak begin anew at what is resident now.
pub(crate) fn forget_peak() -> Outcome {
    Ok(fs::write("/proc/self/clear_refs", "5")?)
}

/// Lets the system forget what it holds in memory of the files below a folder: the next reading comes from the disk.
pub(crate) fn forget_pages(folder: &Path) -> Outcome {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            forget_pages(&path)?;
            continue;
        }
        let file = fs::File::open(path)?;
        file.sync_all()?;
        rustix::fs::fadvise(&file, 0, None, rustix::fs::Advice::DontNeed)?;
    }
    Ok(())
}

/// A folder on the disk of the build folder, gone when dropped.
#[derive(Debug)]
pub(crate) struct Scratch(PathBuf);

impl Scratch {
    pub(crate) fn make(name: &str) -> Outcome<Scratch> {
        let exe = std::env::current_exe()?;
        Scratch::below(exe.parent().ok_or("the program lies nowhere")?, name)
    }

    /// For what does not measure the disk: on a file system in memory where there is one, so that nobody waits for a year's
    /// half a million disk syncs. What lies there is not the process's memory.
    pub(crate) fn in_memory(name: &str) -> Outcome<Scratch> {
        let memory = Path::new("/dev/shm");
        if memory.is_dir() { Scratch::below(memory, name) } else { Scratch::make(name) }
    }

    fn below(base: &Path, name: &str) -> Outcome<Scratch> {
        let path = base.join(format!("bench-data-{name}-{}", std::process::id()));
        let _ = fs::remove_dir_all(&path);
        fs::create_dir_all(&path)?;
        Ok(Scratch(path))
    }

    pub(crate) fn path(&self) -> &Path {
        &self.0
    }

    pub(crate) fn file(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_are_those_of_the_sorted_values() {
        let values: Vec<f64> = (0..=100).rev().map(f64::from).collect();
        assert_eq!((median(&values), quantile(&values, 0.99)), (50.0, 99.0));
    }
}
