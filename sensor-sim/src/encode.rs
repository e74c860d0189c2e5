//! From measured values to bytes, written from the standards alone: GATT layouts and IEEE 11073-20601 floats.

use crate::measured::Measured;
use pulsebook_core::ble::Characteristic;

pub(crate) const HEART_RATE: Characteristic = Characteristic::new(0x180D, 0x2A37);
pub(crate) const TEMPERATURE: Characteristic = Characteristic::new(0x1809, 0x2A1C);
pub(crate) const PRESSURE: Characteristic = Characteristic::new(0x1810, 0x2A35);
pub(crate) const OXYGEN: Characteristic = Characteristic::new(0x1822, 0x2A5F);
pub(crate) const SPOT: Characteristic = Characteristic::new(0x1822, 0x2A5E);
pub(crate) const BATTERY: Characteristic = Characteristic::new(0x180F, 0x2A19);

/// What stands in the place of a number (IEEE 11073-20601, "special values").
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Special {
    NotANumber,
    Infinity,
    MinusInfinity,
}

impl Special {
    fn sfloat(self) -> u16 {
        match self {
            Special::NotANumber => 0x07FF,
            Special::Infinity => 0x07FE,
            Special::MinusInfinity => 0x0802,
        }
    }

    fn float(self) -> u32 {
        match self {
            Special::NotANumber => 0x007F_FFFF,
            Special::Infinity => 0x007F_FFFE,
            Special::MinusInfinity => 0x0080_0002,
        }
    }
}

/// A pulse amplitude of 4.2 percent: mantissa 42, exponent −1.
const AMPLITUDE: [u8; 2] = [0x2A, 0xF0];
/// Body site "mouth" of the Temperature Type field.
const MOUTH: u8 = 6;

/// The attribute value of a measurement; empty for what has none of its own.
pub(crate) fn encode(measured: &Measured) -> Vec<u8> {
    encode_with(measured, Special::NotANumber)
}

/// The same with another special value where there is no number.
pub(crate) fn encode_with(measured: &Measured, special: Special) -> Vec<u8> {
    let sfloat = |number| sfloat(number, special);
    match measured {
        Measured::Heart { rate, rr, contact } => heart(*rate, rr, *contact),
        Measured::Oxygen { saturation, pulse } => [&[0][..], &sfloat(*saturation), &sfloat(*pulse)].concat(),
        Measured::Spot { saturation, pulse, at } => {
            // Time, both status fields and the amplitude follow: validated and fully qualified, nothing against the sensor.
            let status = [0x80, 0x01, 0, 0, 0];
            let pair = [sfloat(*saturation), sfloat(*pulse)].concat();
            [&[0b1111][..], &pair, &date_time(*at), &status, &AMPLITUDE].concat()
        }
        Measured::Temperature { hundredths, at } => {
            // Time and site follow; the exponent is −2.
            [&[0b110][..], &float(*hundredths, -2, special), &date_time(*at), &[MOUTH]].concat()
        }
        Measured::Pressure { systolic, diastolic, mean, pulse, at } => {
            let pressures = [sfloat(Some(*systolic)), sfloat(Some(*diastolic)), sfloat(*mean)].concat();
            [&[0b110][..], &pressures, &date_time(*at), &sfloat(Some(*pulse))].concat()
        }
        Measured::Glucose { mg_dl, minutes, trend_tenths, .. } => {
            // Size, flags (trend follows), glucose in mg/dL, minutes, trend in tenths of mg/dL a minute (exponent −1), checksum.
            let trend = 0xF000 | (*trend_tenths as u16 & 0x0FFF);
            let fields = [sfloat(*mg_dl), minutes.to_le_bytes(), trend.to_le_bytes()].concat();
            with_checksum(&[&[10, 0x01][..], &fields].concat())
        }
        Measured::Battery(percent) => vec![*percent],
        Measured::CutOff | Measured::Answer | Measured::Again | Measured::Guest => Vec::new(),
    }
}

/// Contact is supported (bit 2) and told (bit 1); rates above 255 need sixteen bits (bit 0); bit 4 announces RR intervals.
fn heart(rate: u16, rr: &[u16], contact: bool) -> Vec<u8> {
    let wide = rate > 255;
    let flags = u8::from(wide) | u8::from(contact) << 1 | 1 << 2 | u8::from(!rr.is_empty()) << 4;
    let mut bytes = vec![flags];
    let [low, high] = rate.to_le_bytes();
    bytes.push(low);
    if wide {
        bytes.push(high);
    }
    bytes.extend(rr.iter().flat_map(|interval| interval.to_le_bytes()));
    bytes
}

/// SFLOAT with exponent 0: twelve bits of mantissa.
fn sfloat(number: Option<i32>, special: Special) -> [u8; 2] {
    number.map_or(special.sfloat(), |number| (number & 0x0FFF) as u16).to_le_bytes()
}

/// FLOAT: eight bits of exponent above 24 of mantissa.
fn float(mantissa: Option<i32>, exponent: i8, special: Special) -> [u8; 4] {
    let number = |mantissa: i32| u32::from(exponent as u8) << 24 | mantissa as u32 & 0x00FF_FFFF;
    mantissa.map_or(special.float(), number).to_le_bytes()
}

/// The bytes with their CRC-16 of CGM Service 1.0.2 §3.11: x¹⁶ + x¹² + x⁵ + 1, least bit first, from FFFF.
pub(crate) fn with_checksum(bytes: &[u8]) -> Vec<u8> {
    let checksum = bytes.iter().fold(0xFFFFu16, |crc, byte| {
        (0..8).fold(crc ^ u16::from(*byte), |crc, _| if crc & 1 == 1 { crc >> 1 ^ 0x8408 } else { crc >> 1 })
    });
    [bytes, &checksum.to_le_bytes()].concat()
}

/// Date Time in UTC: year (two bytes), month, day, hours, minutes, seconds.
pub(crate) fn date_time(at: i64) -> [u8; 7] {
    let seconds = at.div_euclid(1000);
    let (mut year, mut day) = (1970u16, seconds.div_euclid(86_400).max(0));
    while day >= days_in_year(year) {
        day -= days_in_year(year);
        year += 1;
    }
    let lengths = [31, days_in_year(year) - 337, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
    let mut month = 1;
    for length in lengths {
        if day < length {
            break;
        }
        day -= length;
        month += 1;
    }
    let of_day = seconds.rem_euclid(86_400);
    let [low, high] = year.to_le_bytes();
    [low, high, month, day as u8 + 1, (of_day / 3600) as u8, (of_day / 60 % 60) as u8, (of_day % 60) as u8]
}

fn days_in_year(year: u16) -> i64 {
    let leap = year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400));
    if leap { 366 } else { 365 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frames_match_bytes_written_by_hand() {
        let heart = Measured::Heart { rate: 72, rr: vec![340, 748], contact: true };
        assert_eq!(encode(&heart), [0x16, 0x48, 0x54, 0x01, 0xEC, 0x02]);
        let wide = Measured::Heart { rate: 330, rr: vec![], contact: false };
        assert_eq!(encode(&wide), [0x05, 0x4A, 0x01]);
        let oxygen = Measured::Oxygen { saturation: Some(98), pulse: None };
        assert_eq!(encode(&oxygen), [0x00, 98, 0, 0xFF, 0x07]);
        let spot = Measured::Spot { saturation: Some(97), pulse: Some(71), at: 1_784_021_213_000 };
        assert_eq!(
            encode(&spot),
            [0x0F, 97, 0, 71, 0, 0xEA, 0x07, 7, 14, 9, 26, 53, 0x80, 0x01, 0, 0, 0, 0x2A, 0xF0]
        );
    }

    #[test]
    fn times_match_the_calendar() {
        // Seconds by `date -u -d … +%s` of GNU coreutils.
        for (seconds, expected) in [
            (0, [0xB2, 0x07, 1, 1, 0, 0, 0]),
            (951_825_600, [0xD0, 0x07, 2, 29, 12, 0, 0]),
            (1_784_021_213, [0xEA, 0x07, 7, 14, 9, 26, 53]),
            (1_798_761_599, [0xEA, 0x07, 12, 31, 23, 59, 59]),
        ] {
            assert_eq!(date_time(seconds * 1000), expected);
        }
    }

    #[test]
    fn a_temperature_is_mantissa_and_exponent() {
        let float = |number, special| float(number, -2, special);
        assert_eq!(float(Some(3479), Special::NotANumber), [0x97, 0x0D, 0x00, 0xFE]);
        assert_eq!(float(None, Special::NotANumber), [0xFF, 0xFF, 0x7F, 0x00]);
        assert_eq!(float(None, Special::MinusInfinity), [0x02, 0x00, 0x80, 0x00]);
        assert_eq!(sfloat(None, Special::Infinity), [0xFE, 0x07]);
    }

    #[test]
    fn a_glucose_record_matches_bytes_written_by_hand() {
        let bytes = encode(&Measured::Glucose { mg_dl: Some(110), minutes: 65, trend_tenths: -15, at: 0 });
        assert_eq!(bytes[..8], [10, 0x01, 110, 0, 65, 0, 0xF1, 0xFF]);
        assert_eq!(bytes, with_checksum(&bytes[..8]));
    }

    #[test]
    fn the_checksum_is_that_of_the_catalogue() {
        // CRC-16/MCRF4XX of "123456789" is 6F91 (Catalogue of parametrised CRC algorithms).
        assert_eq!(with_checksum(b"123456789"), b"123456789\x91\x6f");
    }
}
