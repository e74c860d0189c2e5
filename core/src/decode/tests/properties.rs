//! What holds for every format that there is, whatever the bytes.

use super::{super::*, published};
use crate::ble::SensorId;
use proptest::{prelude::*, sample::Index};

fn formats() -> Vec<&'static Format> {
    FORMATS.iter().copied().flatten().collect()
}

const RECEIVED_AT: i64 = 1_700_000_000_000;

/// What must hold of any frame: people see every byte of it once it is read, and watching changes nothing.
fn sound(format: &Format, bytes: &[u8], decoded: &mut Decoded) {
    let context = Context::at(RECEIVED_AT);
    let read = format.decode_into(bytes, &context, decoded);
    let (fields, explained) = format.explain(bytes, &context);
    match (&read, &explained) {
        (Ok(()), Ok(watched)) => assert_eq!(decoded, watched, "{} {bytes:02x?}", format.name),
        (read, explained) => {
            assert_eq!(read.as_ref().err(), explained.as_ref().err(), "{} {bytes:02x?}", format.name);
        }
    }
    let mut shown = 0;
    for field in &fields {
        assert_eq!(bytes.get(field.at..field.at + field.raw.len()), Some(&field.raw[..]), "{field:?}");
        assert!(field.at <= shown, "{} {bytes:02x?}: bytes before {} are not shown", format.name, field.name);
        shown = shown.max(field.at + field.raw.len());
    }
    assert!(read.is_err() || shown == bytes.len(), "{} {bytes:02x?}: {shown} bytes shown", format.name);
    assert!(decoded.readings.len() <= bytes.len() || read.is_err());
    assert!(decoded.battery_percent.is_none_or(|percent| percent <= 100) || read.is_err());
}

/// The frame that begins with these bytes: cut where its flags say that it ends.
fn whole(format: &Format, mut bytes: Vec<u8>) -> Option<Vec<u8>> {
    let context = Context::at(RECEIVED_AT);
    match format.explain(&bytes, &context).1 {
        Ok(_) => Some(bytes),
        Err(Reason::Surplus { expected, .. }) => {
            bytes.truncate(expected);
            format.explain(&bytes, &context).1.is_ok().then_some(bytes)
        }
        Err(_) => None,
    }
}

/// A cut frame says by name what is missing, or ends where a shorter frame may; what came before the cut reads as in the
/// whole frame.
fn cut_anywhere(format: &Format, bytes: &[u8]) {
    let context = Context::at(RECEIVED_AT);
    let (fields, read) = format.explain(bytes, &context);
    assert!(read.is_ok());
    for length in 0..bytes.len() {
        let (before, read) = format.explain(&bytes[..length], &context);
        if let Err(Reason::Truncated { expected, came, .. }) = read {
            assert!(
                came == length && (length + 1..=bytes.len()).contains(&expected),
                "{} {bytes:02x?}",
                format.name
            );
        }
        let certain = before.len().saturating_sub(1);
        assert_eq!(before[..certain], fields[..certain], "{} {bytes:02x?} cut to {length}", format.name);
    }
}

#[test]
fn every_frame_of_up_to_two_bytes_is_read_or_refused() {
    let mut decoded = Decoded::default();
    for format in formats() {
        sound(format, &[], &mut decoded);
        for first in 0..=u8::MAX {
            sound(format, &[first], &mut decoded);
            for second in 0..=u8::MAX {
                let _ = format.decode_into(&[first, second], &Context::at(RECEIVED_AT), &mut decoded);
            }
        }
    }
}

/// 1.2 billion frames: `cargo test --release -p pulsebook-core -- --ignored three_bytes`.
#[test]
#[ignore = "takes minutes, in a release"]
fn every_frame_of_three_bytes_is_read_or_refused() {
    let mut decoded = Decoded::default();
    for format in formats() {
        for number in 0..1u32 << 24 {
            let [first, second, third, _] = number.to_le_bytes();
            let _ = format.decode_into(&[first, second, third], &Context::at(RECEIVED_AT), &mut decoded);
        }
    }
}

/// Where random frames come from: xorshift64*, fast and the same on every machine.
struct Chance(u64);

impl Chance {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_F491_4F6C_DD1D)
    }

    fn below(&mut self, end: usize) -> usize {
        (self.next() >> 33) as usize % end
    }

    fn fill(&mut self, frame: &mut Vec<u8>) {
        let length = self.below(40);
        frame.clear();
        while frame.len() < length {
            frame.extend(self.next().to_le_bytes());
        }
        frame.truncate(length);
    }

    /// One to three bytes changed; now and then the frame cut or made longer.
    fn change(&mut self, frame: &mut Vec<u8>) {
        for _ in 0..=self.below(3) {
            match (self.below(8), frame.len()) {
                (0, _) => frame.push(self.next() as u8),
                (1, length @ 1..) => frame.truncate(self.below(length)),
                (_, length @ 1..) => frame[self.below(length)] = self.next() as u8,
                _ => {}
            }
        }
    }
}

/// Ten million frames for each format, every other one a published frame of it with some bytes changed, where there is one:
/// `cargo test --release -p pulsebook-core -- --ignored ten_million`.
#[test]
#[ignore = "takes minutes, in a release"]
fn ten_million_frames_of_each_format_are_read_or_refused() {
    let (mut chance, mut frame, mut decoded) =
        (Chance(0x5075_6C73_6562_6F6F), Vec::new(), Decoded::default());
    let published: Vec<_> =
        published::all().iter().map(|case| (case.format().characteristic, case.bytes())).collect();
    for format in formats() {
        let known: Vec<_> = published.iter().filter(|(of, _)| *of == format.characteristic).collect();
        let mut read = 0;
        for number in 0..10_000_000u32 {
            chance.fill(&mut frame);
            if number % 2 == 0 && !known.is_empty() {
                frame.clone_from(&known[chance.below(known.len())].1);
                chance.change(&mut frame);
            }
            match number % 16 {
                0 | 1 => sound(format, &frame, &mut decoded),
                _ => {
                    read +=
                        u32::from(format.decode_into(&frame, &Context::at(RECEIVED_AT), &mut decoded).is_ok())
                }
            }
        }
        assert!(
            read > 0 || known.is_empty(),
            "{}: no frame was readable, so nothing was tested",
            format.name
        );
    }
}

#[test]
fn a_published_frame_can_be_cut_anywhere() {
    for case in published::all() {
        cut_anywhere(case.format(), &case.bytes());
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 4_000, ..ProptestConfig::default() })]

    #[test]
    fn random_frames_are_read_or_refused(which: Index, bytes in proptest::collection::vec(any::<u8>(), 0..64)) {
        let formats = formats();
        let format: &&Format = which.get(&formats);
        sound(format, &bytes, &mut Decoded::default());
    }

    #[test]
    fn a_frame_of_any_flags_can_be_cut_anywhere(which: Index, bytes in proptest::collection::vec(any::<u8>(), 48)) {
        let formats = formats();
        let format = which.get(&formats);
        if let Some(bytes) = whole(format, bytes) {
            sound(format, &bytes, &mut Decoded::default());
            cut_anywhere(format, &bytes);
        }
    }

    #[test]
    fn published_frames_with_a_few_bytes_changed_are_read_or_refused(
        which: Index, changes in proptest::collection::vec((any::<Index>(), any::<u8>()), 1..4),
    ) {
        let published = published::all();
        let case = which.get(&published);
        let mut bytes = case.bytes();
        for (at, byte) in changes {
            *at.get_mut(&mut bytes) = byte;
        }
        sound(case.format(), &bytes, &mut Decoded::default());
    }

    #[test]
    fn every_reading_lies_where_a_record_holds_it(
        which: Index, bytes in proptest::collection::vec(any::<u8>(), 0..64), at: i64,
    ) {
        let formats = formats();
        let format = which.get(&formats);
        for received_at in [at, at.rem_euclid(RECORDABLE.end)] {
            let (sensor, characteristic) = (SensorId::new("s"), format.characteristic);
            let bytes = whole(format, bytes.clone()).unwrap_or_else(|| bytes.clone());
            let notification = Notification { sensor, characteristic, received_at, bytes };
            let readings = decode(&notification).map(|decoded| decoded.readings).unwrap_or_default();
            prop_assert!(readings.iter().all(|reading| RECORDABLE.contains(&reading.measured_at)));
        }
    }

    #[test]
    fn no_special_value_ever_becomes_a_number(exponent in 0u16..16, mantissa in prop::sample::select(vec![0x7FFu16, 0x800, 0x7FE, 0x802, 0x801])) {
        let [low, high] = (exponent << 12 | mantissa).to_le_bytes();
        let frame = super::notification(pulse_oximeter::CONTINUOUS, &[0, low, high, 72, 0]);
        let decoded = decode(&frame).unwrap();
        let absent = matches!(decoded.readings[0].value, pulsebook_protocol::reading::Value::Absent(_));
        prop_assert!(absent || exponent != 0);
    }
}
