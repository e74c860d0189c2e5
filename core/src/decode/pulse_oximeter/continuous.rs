//! PLX Continuous Measurement (2A5F): the normal pair, with both status fields; fast and slow pairs stay in the raw notification.

use super::{
    super::{
        context::Context,
        cursor::Cursor,
        outcome::{Decoded, Reason},
    },
    status::Status,
};
use pulsebook_protocol::quality::Quality;

const FLAGS: &[&str] = &[
    "SpO2PR-Fast present",
    "SpO2PR-Slow present",
    "Measurement Status present",
    "Device and Sensor Status present",
    "Pulse Amplitude Index present",
];

const HAS_FAST: u8 = 1;
const HAS_SLOW: u8 = 1 << 1;
const HAS_MEASUREMENT_STATUS: u8 = 1 << 2;
const HAS_DEVICE_STATUS: u8 = 1 << 3;
const HAS_AMPLITUDE: u8 = 1 << 4;
const RESERVED: u8 = 0xE0;

/// Reads one frame. Streams carry no time: the pair holds for the receive time.
pub(in crate::decode) fn measurement(
    cursor: &mut Cursor<'_>,
    context: &Context,
    decoded: &mut Decoded,
) -> Result<(), Reason> {
    let flags = cursor.flags_u8("Flags", FLAGS)?;
    let saturation = cursor.sfloat("SpO2PR-Normal - SpO2", "%")?;
    let pulse = cursor.sfloat("SpO2PR-Normal - PR", "/min")?;
    if flags & HAS_FAST != 0 {
        cursor.sfloat("SpO2PR-Fast - SpO2", "%")?;
        cursor.sfloat("SpO2PR-Fast - PR", "/min")?;
    }
    if flags & HAS_SLOW != 0 {
        cursor.sfloat("SpO2PR-Slow - SpO2", "%")?;
        cursor.sfloat("SpO2PR-Slow - PR", "/min")?;
    }
    let announced = (flags & HAS_MEASUREMENT_STATUS != 0, flags & HAS_DEVICE_STATUS != 0);
    let status = Status::read(cursor, announced)?;
    if flags & HAS_AMPLITUDE != 0 {
        cursor.sfloat("Pulse Amplitude Index", "%")?;
    }
    cursor.end(u32::from(flags & RESERVED))?;
    decoded.readings.extend(status.pair(saturation, pulse, (context.received_at, Quality::GOOD)));
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use pulsebook_protocol::{
        quality::Mark,
        reading::{Absent, UnixMillis, Value},
    };

    fn decode(bytes: &[u8], received_at: UnixMillis) -> Result<Decoded, Reason> {
        crate::decode::alone(measurement, bytes, received_at)
    }

    fn values(bytes: &[u8]) -> Vec<Value> {
        decode(bytes, 5).unwrap().readings.iter().map(|reading| reading.value).collect()
    }

    #[test]
    fn the_normal_pair_is_read_and_the_others_are_skipped() {
        // 97.5 % and 72 per minute; fast pair, slow pair, both status fields and the amplitude follow.
        let bytes =
            [0x1F, 0xCF, 0xF3, 72, 0, 98, 0, 70, 0, 96, 0, 75, 0, 0x20, 0x00, 0x00, 0x00, 0x00, 0x05, 0xF0];
        assert_eq!(values(&bytes), [Value::Number(975), Value::Number(720)]);
        assert_eq!(decode(&bytes, 5).unwrap().readings[0].quality, Quality::GOOD);
    }

    #[test]
    fn a_finger_just_taken_out_gives_not_a_number() {
        let bytes = [0x00, 0xFF, 0x07, 0xFF, 0x07];
        assert_eq!(values(&bytes), [Value::Absent(Absent::NotANumber); 2]);
    }

    #[test]
    fn demonstration_test_and_unavailable_data_never_become_a_number() {
        for bit in [10u16, 11, 13] {
            let [low, high] = (1u16 << bit).to_le_bytes();
            assert_eq!(values(&[0x04, 98, 0, 72, 0, low, high]), [Value::Absent(Absent::NotAvailable); 2]);
        }
    }

    #[test]
    fn an_invalid_value_is_kept_and_marked() {
        let decoded = decode(&[0x04, 98, 0, 72, 0, 0x00, 0x80], 5).unwrap();
        assert_eq!(decoded.readings[0].value, Value::Number(980));
        assert!(decoded.readings[0].quality.has(Mark::SensorInvalid));
    }

    #[test]
    fn every_device_status_bit_but_the_display_becomes_a_mark() {
        let marks = |bit: u32| {
            let [low, middle, high, _] = (1u32 << bit).to_le_bytes();
            decode(&[0x08, 98, 0, 72, 0, low, middle, high], 5).unwrap().readings[0].quality
        };
        assert!(marks(0).is_good());
        assert!((1..16).all(|bit| !marks(bit).is_good()));
        assert!(marks(1).has(Mark::SensorFault) && marks(5).has(Mark::PoorSignal));
        assert!(marks(11).has(Mark::SensorDisplaced) && marks(15).has(Mark::SensorDisplaced));
        assert!(marks(16).is_good(), "reserved bits say nothing");
    }
}
