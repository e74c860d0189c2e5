//! How long evidence is kept, and removing what is over its time: the row's key first, then the file.
//!
//! Removing cannot be undone, so one wrong clock must not do it: after a jump ahead of more than a week nothing is removed
//! until the clock has stood by it for a day.

use super::EvidenceClass;
use crate::store::{Store, StoreError, rows, step::step};
use pulsebook_faultpoint::{Point, reach};
use pulsebook_protocol::checkpoint::UnixSeconds;
use rusqlite::{Connection, OptionalExtension};
use std::{fmt, fs, str::FromStr};

const DAY_S: u64 = 86_400;
/// A clock further ahead of what was last seen than this is doubted.
const JUMP_S: u64 = 7 * DAY_S;
/// The time last seen is written again after so long; each time costs a write to the disk.
const NOTE_S: u64 = 3600;
const POINTS_OF_EXPIRY: (Point, Point) = (Point::EvidenceExpireCommit, Point::EvidenceExpireCommitted);

/// How long evidence is kept after its block was sealed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Keep {
    /// Not at all.
    None,
    /// So many days, at least 1.
    Days(u32),
    /// For good.
    Forever,
}

/// How long evidence of each class is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Keeping {
    /// Behind streams; 30 days when nothing else was said.
    pub streams: Keep,
    /// Behind spot measurements; for good when nothing else was said.
    pub spots: Keep,
}

/// Evidence that was removed because its time was over.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Removed {
    /// Files.
    pub files: u64,
    /// Their bytes.
    pub bytes: u64,
}

/// A text that says no time to keep evidence.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("expected `forever`, `none`, or a number of days from 1d to 36500d, such as `30d`")]
pub struct UnknownKeep;

impl Keep {
    fn to_days(self) -> Option<u32> {
        match self {
            Keep::None => Some(0),
            Keep::Days(days) => Some(days.max(1)),
            Keep::Forever => None,
        }
    }

    fn from_days(days: Option<u32>) -> Keep {
        match days {
            None => Keep::Forever,
            Some(0) => Keep::None,
            Some(days) => Keep::Days(days),
        }
    }
}

impl fmt::Display for Keep {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Keep::None => f.write_str("none"),
            Keep::Days(days) => write!(f, "{days}d"),
            Keep::Forever => f.write_str("forever"),
        }
    }
}

impl FromStr for Keep {
    type Err = UnknownKeep;

    fn from_str(text: &str) -> Result<Self, UnknownKeep> {
        match text {
            "none" => Ok(Keep::None),
            "forever" => Ok(Keep::Forever),
            _ => {
                let days = text.strip_suffix('d').and_then(|days| days.parse().ok());
                let days = days.filter(|days| (1..=36_500).contains(days));
                days.map(Keep::Days).ok_or(UnknownKeep)
            }
        }
    }
}

impl Keeping {
    /// For one class.
    pub fn of(self, class: EvidenceClass) -> Keep {
        match class {
            EvidenceClass::Streams => self.streams,
            EvidenceClass::Spots => self.spots,
        }
    }
}

impl Removed {
    /// Both together.
    #[must_use]
    pub fn plus(self, other: Removed) -> Removed {
        Removed { files: self.files + other.files, bytes: self.bytes + other.bytes }
    }
}

impl Store {
    /// How long evidence is kept.
    ///
    /// # Errors
    /// [`StoreError::Database`].
    pub fn evidence_keeping(&self) -> Result<Keeping, StoreError> {
        let db = self.db();
        let of = |class: EvidenceClass| {
            let mut query = db.prepare_cached("SELECT days FROM evidence_keeping WHERE class = ?1")?;
            let days = query.query_row([class.wire()], |row| row.get(0)).optional()?;
            days.map(Keep::from_days).ok_or(StoreError::Damaged("how long evidence is kept"))
        };
        Ok(Keeping { streams: of(EvidenceClass::Streams)?, spots: of(EvidenceClass::Spots)? })
    }

    /// Keeps evidence of a class so long from now on; what is older already goes with the next
    /// [`Store::expire_evidence`].
    ///
    /// # Errors
    /// [`StoreError::Database`].
    pub fn keep_evidence(&self, class: EvidenceClass, keep: Keep) -> Result<(), StoreError> {
        let sql = "INSERT OR REPLACE INTO evidence_keeping (class, days) VALUES (?1, ?2)";
        let points = (Point::EvidenceKeepCommit, Point::EvidenceKeepCommitted);
        step(points, || self.db().execute(sql, (class.wire(), keep.to_days()))).map(drop)
    }

    /// Removes evidence that is over its time at `now`. `asked`: somebody asked for it just now, so the clock is not
    /// doubted.
    ///
    /// # Errors
    /// [`StoreError`]; what was not removed is tried again the next time.
    pub fn expire_evidence(&self, now: UnixSeconds, asked: bool) -> Result<Removed, StoreError> {
        if !self.clock_is_trusted(now)? && !asked {
            return Ok(Removed::default());
        }
        let keeping = self.evidence_keeping()?;
        let mut removed = Removed::default();
        for class in EvidenceClass::ALL {
            let before = match keeping.of(class) {
                Keep::Forever => continue,
                Keep::None => u64::MAX,
                Keep::Days(days) => match now.checked_sub(u64::from(days) * DAY_S) {
                    Some(before) => before,
                    None => continue,
                },
            };
            removed = removed.plus(self.expire_class(class, before, now)?);
        }
        Ok(removed)
    }

    /// Removes the files of a class whose block is not younger than `before`.
    fn expire_class(
        &self,
        class: EvidenceClass,
        before: UnixSeconds,
        now: UnixSeconds,
    ) -> Result<Removed, StoreError> {
        let over = {
            let db = self.db();
            let sql = "SELECT height, bytes FROM evidence_files WHERE class = ?1 AND sealed_at <= ?2 AND removed_at IS NULL";
            let mut query = db.prepare_cached(sql)?;
            let bounds = (class.wire(), rows::to_sql(before));
            let found = query.query_map(bounds, |row| Ok((row.get::<_, i64>(0)?, row.get::<_, i64>(1)?)))?;
            found.collect::<Result<Vec<_>, _>>()?
        };
        if over.is_empty() {
            return Ok(Removed::default());
        }
        // The key first: from here on the file is noise, and a crash leaves it to the sweep.
        let sql = "UPDATE evidence_files SET sealed = NULL, removed_at = ?3 WHERE class = ?1 AND sealed_at <= ?2 AND removed_at IS NULL";
        let bounds = (class.wire(), rows::to_sql(before), rows::to_sql(now));
        step(POINTS_OF_EXPIRY, || self.db().execute(sql, bounds))?;
        let mut removed = Removed::default();
        for (height, bytes) in over {
            let path = self.evidence_path(rows::from_sql(height), class);
            match reach(Point::EvidenceRemove).and_then(|()| fs::remove_file(&path)) {
                Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                    return Err(StoreError::file("remove", &path)(error));
                }
                _ => removed = removed.plus(Removed { files: 1, bytes: rows::from_sql(bytes) }),
            }
        }
        Ok(removed)
    }

    /// Whether nothing speaks against a clock that shows `now`; remembers what it showed.
    fn clock_is_trusted(&self, now: UnixSeconds) -> Result<bool, StoreError> {
        let db = self.db();
        let known = read_clock(&db)?;
        let next = known.map_or(SeenClock { seen: now, doubted: None }, |known| known.at(now));
        let worth =
            known.is_none_or(|known| known.doubted != next.doubted || known.seen.abs_diff(now) >= NOTE_S);
        if worth {
            let sql = "INSERT OR REPLACE INTO evidence_clock (one, seen, doubted) VALUES (1, ?1, ?2)";
            let points = (Point::EvidenceClockCommit, Point::EvidenceClockCommitted);
            step(points, || db.execute(sql, (rows::to_sql(next.seen), next.doubted.map(rows::to_sql))))?;
        }
        Ok(next.doubted.is_none())
    }
}

/// The clock as it was seen last, and since when it is doubted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct SeenClock {
    seen: UnixSeconds,
    doubted: Option<UnixSeconds>,
}

impl SeenClock {
    fn at(self, now: UnixSeconds) -> SeenClock {
        let doubted = match self.doubted {
            _ if now > self.seen.saturating_add(JUMP_S) => Some(now),
            // Gone back behind the jump: it was the jump that was wrong.
            Some(since) if now < since => None,
            Some(since) if now < since.saturating_add(DAY_S) => Some(since),
            _ => None,
        };
        SeenClock { seen: now, doubted }
    }
}

fn read_clock(db: &Connection) -> Result<Option<SeenClock>, StoreError> {
    let row = db.query_row("SELECT seen, doubted FROM evidence_clock", [], |row| {
        Ok(SeenClock {
            seen: rows::from_sql(row.get(0)?),
            doubted: row.get::<_, Option<i64>>(1)?.map(rows::from_sql),
        })
    });
    match row.optional()? {
        Some(known) => Ok(Some(known)),
        // A record of the first version: its clock was seen at its last sealing.
        None => {
            let sql = "SELECT MAX(sealed_at) FROM evidence_files";
            let newest: Option<i64> = db.query_row(sql, [], |row| row.get(0))?;
            Ok(newest.map(|newest| SeenClock { seen: rows::from_sql(newest), doubted: None }))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: u64 = 1_800_000_000;

    #[test]
    fn times_to_keep_are_read_as_they_are_written() {
        for text in ["none", "forever", "1d", "30d", "36500d"] {
            assert_eq!(text.parse::<Keep>().unwrap().to_string(), text);
        }
        for text in ["", "d", "0d", "30", "-1d", "36501d", "30h", "always"] {
            assert!(text.parse::<Keep>().is_err(), "{text}");
        }
    }

    #[test]
    fn a_clock_that_jumps_ahead_is_doubted_for_a_day_and_forgiven_when_it_goes_back() {
        let calm = SeenClock { seen: NOW, doubted: None };
        assert_eq!(calm.at(NOW + JUMP_S).doubted, None);
        let jumped = calm.at(NOW + JUMP_S + 1);
        assert_eq!(jumped.doubted, Some(NOW + JUMP_S + 1));
        assert_eq!(jumped.at(NOW + JUMP_S + DAY_S).doubted, jumped.doubted);
        assert_eq!(jumped.at(NOW + JUMP_S + DAY_S + 1).doubted, None);
        assert_eq!(jumped.at(NOW + 60), SeenClock { seen: NOW + 60, doubted: None });
        let again = jumped.at(NOW + 3 * JUMP_S);
        assert_eq!(again.doubted, Some(NOW + 3 * JUMP_S), "a second jump starts the day again");
    }
}
