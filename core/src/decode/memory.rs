//! What one sensor said so far, as far as its later frames need it: decoding a sequence of frames is a fold over this.

mod snapshot;

use super::{
    cgm,
    clock::{Coincidence, Moment, SensorClock, Stamp, Zone},
    context::{Context, Taken},
    date_time,
    generic::Pieces,
    glucose,
    outcome::{Decoded, Malformed, Reason, Told},
    readable,
    record_name::glucose_key,
};
use crate::ble::{Characteristic, Notification};
use pulsebook_protocol::{quality::Mark, reading::UnixMillis};
use std::collections::BTreeMap;

/// How far apart the sensor's answer and this device's look at its own clock can have been: a round trip, and the second
/// in which most sensors tell their time.
const LOOK_UNCERTAINTY_MS: u32 = 1_000;

/// What a sensor sends when it has measured and, the same, when it is asked for its memory.
const SENT_EITHER_WAY: [Characteristic; 3] = [glucose::MEASUREMENT, glucose::CONTEXT, cgm::MEASUREMENT];

/// The second half of a measurement comes right behind the first; what comes later than this is another's, in milliseconds.
pub(crate) const HALVES_WITHIN_MS: i64 = 10_000;

/// What is remembered of one sensor. The same frames in the same order give the same readings.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Memory {
    clock: SensorClock,
    session_start: Stamp,
    specimen: Option<u8>,
    checksums: bool,
    last_record: Option<Taken>,
    /// When a measurement was made whose second half is still to come, and when its first was received.
    first_half: Option<(Moment, UnixMillis)>,
    /// Number and base time of the last glucose measurement, as they were sent.
    pub(super) last_key: Option<[u8; 9]>,
    pieces: BTreeMap<Characteristic, Pieces>,
    /// The service whose memory the sensor is sending, because it was asked to.
    fetched: Option<u16>,
}

impl Memory {
    /// A sensor that has said nothing yet, near a device in this zone.
    pub fn new(zone: Zone) -> Memory {
        Memory {
            clock: SensorClock::in_zone(zone),
            session_start: Stamp::Missing,
            specimen: None,
            checksums: false,
            last_record: None,
            first_half: None,
            last_key: None,
            pieces: BTreeMap::new(),
            fetched: None,
        }
    }

    /// The device is in this zone now.
    pub fn set_zone(&mut self, zone: Zone) {
        self.clock.zone = zone;
    }

    /// What is known of its clock.
    pub fn clock(&self) -> &SensorClock {
        &self.clock
    }

    /// Decodes a notification, or the answer to a read, in the light of what came before; `decoded` is emptied first.
    ///
    /// # Errors
    /// [`Malformed`]; `decoded` then holds nothing that may be used, and nothing is remembered of the frame.
    pub fn decode(&mut self, notification: &Notification, decoded: &mut Decoded) -> Result<(), Malformed> {
        let Notification { characteristic, received_at, bytes, .. } = notification;
        let format = readable(notification)?;
        let malformed = |reason| Malformed { characteristic: *characteristic, reason };
        let context = self.context(*received_at);
        format.decode_into(bytes, &context, decoded).map_err(malformed)?;
        if decoded.told == Some(Told::Piece) {
            let pieces = self.pieces.entry(*characteristic).or_default();
            if let Some(whole) = pieces.take(bytes).map_err(malformed)? {
                format.decode_into(&whole, &context, decoded).map_err(malformed)?;
            }
        } else if !self.pieces.is_empty() {
            // A whole one: what was begun before it will not be finished.
            self.pieces.remove(characteristic);
        }
        if decoded.undated > 0 && decoded.readings.is_empty() {
            // Kept as it came, like one that cannot be read.
            return Err(malformed(Reason::Undated));
        }
        let stored = self.sends_stored(format.characteristic);
        for reading in &mut decoded.readings {
            *reading = date_time::recordable(*reading, *received_at);
            if stored {
                reading.quality = reading.quality.with(Mark::FromStorage);
            }
        }
        if format.characteristic == glucose::MEASUREMENT {
            self.last_key = glucose_key(bytes);
        }
        self.learn(decoded, *received_at);
        Ok(())
    }

    /// A connection is made: nothing that was begun over an earlier one goes on.
    pub(crate) fn begin_link(&mut self) {
        self.pieces.clear();
        self.fetched = None;
    }

    /// The sensor was asked for the records of this service's memory, and sends them from now on; none any more. What only
    /// ever comes from a memory says so itself.
    pub(crate) fn fetches(&mut self, service: Option<u16>) {
        self.fetched = service.filter(|service| SENT_EITHER_WAY.iter().any(|at| at.service == *service));
    }

    /// Whether this comes from the sensor's memory. What is measured while the memory is sent cannot be told apart, and counts
    /// as sent from it.
    fn sends_stored(&self, at: Characteristic) -> bool {
        self.fetched == Some(at.service) && SENT_EITHER_WAY.contains(&at)
    }

    /// The whole observation of which this would be the last piece, and what it says.
    pub(crate) fn completed(&self, notification: &Notification) -> Option<(Vec<u8>, Decoded)> {
        let format = readable(notification).ok()?;
        let (whole, mut decoded) = (self.joined(notification)?, Decoded::default());
        let read = format.decode_into(&whole, &self.context(notification.received_at), &mut decoded);
        read.is_ok().then_some((whole, decoded))
    }

    /// The whole observation of which this would be the last piece.
    pub(super) fn joined(&self, notification: &Notification) -> Option<Vec<u8>> {
        self.pieces.get(&notification.characteristic)?.clone().take(&notification.bytes).ok()?
    }

    pub(super) fn context(&self, received_at: UnixMillis) -> Context {
        let Memory { clock, session_start, specimen, checksums, last_record, .. } = *self;
        let together = |at: UnixMillis| (at..=at.saturating_add(HALVES_WITHIN_MS)).contains(&received_at);
        let first_half = self.first_half.filter(|(_, at)| together(*at)).map(|(moment, _)| moment);
        Context { received_at, clock, session_start, specimen, checksums, last_record, first_half }
    }

    fn learn(&mut self, decoded: &Decoded, received_at: UnixMillis) {
        self.last_record = decoded.taken.or(self.last_record);
        if decoded.half.is_some() {
            self.first_half = decoded.first_half.map(|moment| (moment, received_at));
        }
        if let Some(is_set) = decoded.clock_is_set {
            self.clock = self.clock.set(is_set);
        }
        match decoded.told {
            Some(Told::Clock(shown)) => {
                let look = Coincidence { shown, device_at: received_at, uncertainty_ms: LOOK_UNCERTAINTY_MS };
                self.clock = self.clock.seen(look);
            }
            Some(Told::SessionStart(start)) => self.session_start = start,
            Some(Told::Monitor { specimen, checksums }) => {
                (self.specimen, self.checksums) = (Some(specimen), checksums);
            }
            Some(Told::Piece) | None => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        ble::SensorId,
        decode::{body_composition, cgm, current_time, generic, glucose, thermometer},
    };
    use pulsebook_protocol::reading::Value;

    const NOON: i64 = 1_784_030_400_000;

    fn said(characteristic: Characteristic, bytes: &[u8], received_at: i64) -> Notification {
        Notification { sensor: SensorId::new("s"), characteristic, received_at, bytes: bytes.to_vec() }
    }

    fn fold(frames: &[(Characteristic, &[u8])]) -> Decoded {
        let (mut memory, mut decoded) = (Memory::new(Zone::default()), Decoded::default());
        for (characteristic, bytes) in frames {
            memory.decode(&said(*characteristic, bytes, NOON), &mut decoded).unwrap();
        }
        decoded
    }

    #[test]
    fn a_thermometer_whose_clock_was_read_is_corrected_by_it() {
        // Its clock shows 11:00 at noon; it measured at 10:30 by that clock.
        let shown = [0xEA, 0x07, 7, 14, 11, 0, 0, 2, 0, 0];
        let measured = [0x02, 0x6C, 1, 0, 0xFF, 0xEA, 0x07, 7, 14, 10, 30, 0];
        let reading =
            fold(&[(current_time::CURRENT_TIME, &shown), (thermometer::MEASUREMENT, &measured)]).readings[0];
        assert_eq!(reading.measured_at, NOON - 1_800_000);
        assert!(reading.quality.has(Mark::ClockCorrected));
    }

    #[test]
    fn minutes_of_a_monitor_count_from_the_session_that_it_told() {
        let start = [0xEA, 0x07, 7, 14, 11, 0, 0, 0, 0];
        let readings =
            fold(&[(cgm::SESSION_START, &start), (cgm::MEASUREMENT, &[6, 0, 100, 0, 5, 0])]).readings;
        assert_eq!(readings[0].measured_at, NOON - 55 * 60_000);
    }

    #[test]
    fn a_context_has_the_time_of_the_measurement_before_it() {
        let measured = [0x02, 5, 0, 0xEA, 0x07, 7, 14, 9, 26, 53, 90, 0xB0, 0x11];
        let readings =
            fold(&[(glucose::MEASUREMENT, &measured), (glucose::CONTEXT, &[0x01, 5, 0, 2, 60, 0xD0])])
                .readings;
        assert_eq!(readings[0].measured_at, 1_784_021_213_000);
    }

    #[test]
    fn what_is_fetched_from_a_memory_says_so_until_the_link_ends() {
        let mut memory = Memory::new(Zone::default());
        let marked = |memory: &mut Memory, characteristic, bytes: &[u8]| {
            let mut decoded = Decoded::default();
            memory.decode(&said(characteristic, bytes, NOON), &mut decoded).unwrap();
            decoded.readings[0].quality.has(Mark::FromStorage)
        };
        let (value, warm) = ([6, 0, 100, 0, 5, 0], [0x00, 0x6C, 1, 0, 0xFF]);
        assert!(!marked(&mut memory, cgm::MEASUREMENT, &value));
        memory.fetches(Some(cgm::SERVICE));
        assert!(marked(&mut memory, cgm::MEASUREMENT, &value));
        assert!(!marked(&mut memory, thermometer::MEASUREMENT, &warm), "another service");
        memory = Memory::restore(&memory.snapshot()).unwrap();
        assert!(marked(&mut memory, cgm::MEASUREMENT, &value), "a replay marks the same");
        memory.begin_link();
        assert!(!marked(&mut memory, cgm::MEASUREMENT, &value));
    }

    #[test]
    fn an_observation_in_pieces_is_joined_and_decoded_once() {
        let whole = [1u8, 12, 0, 1, 0, 0xB8, 0x4B, 2, 0, 0x20, 2, 98, 0, 0, 0];
        let first = [&[1u8][..], &whole[..7]].concat();
        let last = [&[0b110u8][..], &whole[7..]].concat();
        assert_eq!(fold(&[(generic::LIVE, &first)]).readings, []);
        let other = [&[3u8][..], &whole].concat();
        let mut memory = Memory::new(Zone::default());
        for bytes in [&first, &other] {
            memory.decode(&said(generic::LIVE, bytes, NOON), &mut Decoded::default()).unwrap();
        }
        let alone = memory.decode(&said(generic::LIVE, &last, NOON), &mut Decoded::default());
        assert!(alone.is_err(), "a whole one came between the pieces");
        let readings = fold(&[(generic::LIVE, &first), (generic::LIVE, &last)]).readings;
        assert_eq!(readings.iter().map(|one| one.value).collect::<Vec<_>>(), [Value::Number(980)]);
    }

    #[test]
    fn what_a_clock_dated_that_was_set_anew_since_is_kept_raw_and_no_reading() {
        // A generic sensor's temperature at 5 s of UTC since 2000, not synchronised, of an earlier timeline; then of the current.
        let body = |flags: u8| {
            let time = [flags, 5, 0, 0, 0, 0, 0, 7, 0];
            let (kind, value) = ([0x5C, 0x4B, 2, 0], [0xA0, 0x17, 0x6C, 1, 0, 0xFF]);
            let flags_and_more = [&[3u8, 0][..], &kind, &time, &value].concat();
            [&[3u8, 1, flags_and_more.len() as u8, 0][..], &flags_and_more].concat()
        };
        let (mut memory, mut decoded) = (Memory::new(Zone::default()), Decoded::default());
        let earlier = memory.decode(&said(generic::LIVE, &body(0x02), NOON), &mut decoded);
        assert_eq!(earlier.map_err(|malformed| malformed.reason), Err(Reason::Undated));
        memory.decode(&said(generic::LIVE, &body(0x22), NOON), &mut decoded).unwrap();
        assert_eq!(decoded.readings.len(), 1);
    }

    #[test]
    fn a_context_has_the_marks_of_its_measurements_time() {
        // A meter whose date does not exist: the 31st of April.
        let measured = [0x02, 5, 0, 0xEA, 0x07, 4, 31, 9, 26, 53, 90, 0xB0, 0x11];
        let context = [0x01, 5, 0, 2, 60, 0xD0];
        let readings = fold(&[(glucose::MEASUREMENT, &measured), (glucose::CONTEXT, &context)]).readings;
        assert_eq!(readings[0].measured_at, NOON);
        assert!(readings[0].quality.has(Mark::ClockJump) && readings[0].quality.has(Mark::PhoneTime));
    }

    #[test]
    fn a_context_without_concentration_before_it_has_the_time_of_its_record() {
        let record = [0x00, 5, 0, 0xEA, 0x07, 7, 14, 9, 26, 53];
        let readings =
            fold(&[(glucose::MEASUREMENT, &record), (glucose::CONTEXT, &[0x01, 5, 0, 2, 60, 0xD0])]).readings;
        assert_eq!(readings[0].measured_at, 1_784_021_213_000);
    }

    #[test]
    fn the_context_of_a_control_solution_is_nobodys() {
        let control = [0x02, 5, 0, 0xEA, 0x07, 7, 14, 9, 26, 53, 90, 0xB0, 0x4A];
        let decoded =
            fold(&[(glucose::MEASUREMENT, &control), (glucose::CONTEXT, &[0x01, 5, 0, 2, 60, 0xD0])]);
        assert_eq!(decoded.readings, []);
    }

    #[test]
    fn the_second_half_of_a_body_composition_has_the_time_of_the_first() {
        let first = [0x02, 0x10, 225, 0, 0xEA, 0x07, 7, 14, 9, 26, 53];
        let second = [0x00, 0x14, 225, 0, 0xA4, 0x38];
        let readings =
            fold(&[(body_composition::MEASUREMENT, &first), (body_composition::MEASUREMENT, &second)])
                .readings;
        assert!(readings.iter().all(|one| one.measured_at == 1_784_021_213_000 && one.quality.is_good()));
        let alone = fold(&[(body_composition::MEASUREMENT, &second)]).readings;
        assert!(alone.iter().all(|one| one.measured_at == NOON && one.quality.has(Mark::PhoneTime)));
    }

    #[test]
    fn a_monitor_that_announced_checksums_is_held_to_them() {
        // Feature with E2E-CRC, interstitial fluid; its own checksum by CRC-16/MCRF4XX.
        let [low, high] = crc_of(&[0, 0x10, 0, 0x59]).to_le_bytes();
        let feature = [0, 0x10, 0, 0x59, low, high];
        let (mut memory, mut decoded) = (Memory::new(Zone::default()), Decoded::default());
        memory.decode(&said(cgm::FEATURE, &feature, NOON), &mut decoded).unwrap();
        let bare = said(cgm::MEASUREMENT, &[6, 0, 100, 0, 5, 0], NOON);
        assert!(memory.decode(&bare, &mut decoded).is_err());
        let start = said(cgm::SESSION_START, &[0xEA, 0x07, 7, 14, 11, 0, 0, 0, 0], NOON);
        assert!(memory.decode(&start, &mut decoded).is_err());
        let body = [8, 0, 100, 0, 5, 0];
        let [low, high] = crc_of(&body).to_le_bytes();
        let whole = said(cgm::MEASUREMENT, &[&body[..], &[low, high]].concat(), NOON);
        memory.decode(&whole, &mut decoded).unwrap();
        assert_eq!(decoded.readings.len(), 1);
    }

    /// CRC-16/MCRF4XX, bit by bit as the catalogue of parametrised algorithms gives it.
    fn crc_of(bytes: &[u8]) -> u16 {
        bytes.iter().fold(0xFFFF, |crc, byte| {
            (0..8).fold(
                crc ^ u16::from(*byte),
                |crc, _| if crc & 1 == 0 { crc >> 1 } else { crc >> 1 ^ 0x8408 },
            )
        })
    }
}
