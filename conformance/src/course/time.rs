//! A sensor's clock: an impossible date, then the right time, and what it shows afterwards. Only when the kit is told the time.

use super::Course;
use crate::session::Task;
use pulsebook_core::{
    ble::{Characteristic, Properties},
    decode::{cgm, current_time, elapsed_time},
};

/// 2000-01-01, from when elapsed time counts, in milliseconds since 1970.
const ELAPSED_EPOCH_MS: i64 = 946_684_800_000;
/// Flags of Elapsed Time: a tick counter, UTC, the resolution, whether there is an offset, the current timeline.
const TICKS: u8 = 1;
const UTC: u8 = 1 << 1;
const RESOLUTION_AT: u8 = 2;
const HAS_OFFSET: u8 = 1 << 4;
const CURRENT: u8 = 1 << 5;
/// Units of each resolution in a second.
const PER_SECOND: [i64; 4] = [1, 10, 1_000, 10_000];
/// What a zone is counted in, in minutes; this number stands for "unknown".
const QUARTER: i64 = 15;
const ZONE_UNKNOWN: i8 = -128;

impl Course<'_> {
    pub(super) async fn time(&mut self) {
        let Some(offset) = self.options.offset_minutes else { return };
        self.current_time(offset).await;
        self.elapsed_time(offset).await;
        self.session_start(offset).await;
    }

    async fn current_time(&mut self, offset: i64) {
        let at = current_time::CURRENT_TIME;
        if !self.can_set(at).await {
            return;
        }
        let mut impossible = current_time::encode(self.local(offset));
        if let Some(month) = impossible.get_mut(2) {
            *month = 13;
        }
        self.begin(Task::ImpossibleTime, at.service);
        self.write(at, &impossible).await;
        self.read(at).await;
        let now = current_time::encode(self.local(offset));
        self.begin(Task::SetTime, at.service);
        self.write(at, &now).await;
        self.read(at).await;
    }

    /// In the format that the clock shows: another one would be refused.
    async fn elapsed_time(&mut self, offset: i64) {
        let at = elapsed_time::CURRENT;
        if !self.can_set(at).await {
            return;
        }
        self.begin(Task::SetTime, at.service);
        let Some(shown) = self.read(at).await else { return };
        let flags = shown.first().copied().unwrap_or(TICKS);
        if flags & TICKS == 0 {
            let now = elapsed(flags, self.stand.now(), offset);
            self.write(at, &now).await;
            self.read(at).await;
        }
    }

    /// The monitor is told what time it is, and works out when its session began.
    async fn session_start(&mut self, offset: i64) {
        let at = cgm::SESSION_START;
        if !self.can_set(at).await {
            return;
        }
        self.begin(Task::SetTime, at.service);
        let clock = current_time::encode(self.local(offset));
        let date = clock.get(..7).unwrap_or_default();
        let zone = i8::try_from(offset / QUARTER).ok().filter(|_| offset % QUARTER == 0);
        let request = self.checked(&[date, &zone.unwrap_or(ZONE_UNKNOWN).to_le_bytes(), &[0]].concat());
        self.write(at, &request).await;
        self.read(at).await;
        self.read(cgm::STATUS).await;
    }

    async fn can_set(&mut self, at: Characteristic) -> bool {
        self.session.offers(at, Properties::WRITE) && self.ready().await
    }

    fn local(&self, offset: i64) -> i64 {
        self.stand.now() + offset * 60_000
    }
}

/// The nine bytes of a moment, with the flags that a clock has; who set it is not said.
fn elapsed(flags: u8, now: i64, offset: i64) -> [u8; 9] {
    let shown = if flags & UTC == 0 { now + offset * 60_000 } else { now };
    let per_second = PER_SECOND.get(usize::from(flags >> RESOLUTION_AT & 3)).copied().unwrap_or(1);
    let units = (shown - ELAPSED_EPOCH_MS).max(0) * per_second / 1000;
    let [a, b, c, d, e, f, ..] = units.to_le_bytes();
    let quarters = if flags & HAS_OFFSET == 0 { 0 } else { i8::try_from(offset / QUARTER).unwrap_or(0) };
    let flags = flags & (UTC | 3 << RESOLUTION_AT | HAS_OFFSET) | CURRENT;
    [flags, a, b, c, d, e, f, 0, quarters.to_le_bytes()[0]]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_is_written_as_the_clock_shows_its_own() {
        // 1,000,000 s after 2000-01-01: `date -u -d @947684800` of GNU coreutils.
        let now = 947_684_800_000;
        assert_eq!(elapsed(UTC, now, 60), [0x22, 0x40, 0x42, 0x0F, 0, 0, 0, 0, 0]);
        // Two hours east, in tenths of a second of local time.
        let local = 10_000_000u32 + 72_000;
        let [a, b, c, d] = local.to_le_bytes();
        assert_eq!(elapsed(HAS_OFFSET | 1 << 2, now, 120), [0x34, a, b, c, d, 0, 0, 0, 8]);
    }
}
