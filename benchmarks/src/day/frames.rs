//! Frames as the wearables send them: Heart Rate, PLX Continuous, Temperature Measurement.

use pulsebook_core::ble::UnixMillis;

/// Heart Rate Measurement with 8-bit rate and RR intervals.
pub(super) fn heart(rate: u8, beats: &[u16]) -> Vec<u8> {
    let flags = if beats.is_empty() { 0 } else { 0x10 };
    let mut frame = vec![flags, rate];
    beats.iter().for_each(|beat| frame.extend_from_slice(&beat.to_le_bytes()));
    frame
}

/// PLX Continuous Measurement, whole percent and beats a minute as SFLOAT.
pub(super) fn oxygen(saturation: u8, pulse: u8) -> Vec<u8> {
    vec![0, saturation, 0, pulse, 0]
}

/// Temperature Measurement in hundredths of a degree, with the sensor's time.
pub(super) fn temperature(centi: i32, measured: UnixMillis) -> Vec<u8> {
    let [low, middle, high, _] = centi.to_le_bytes();
    let seconds = measured.div_euclid(1000);
    let (year, month, day) = civil(seconds.div_euclid(86_400));
    let of_day = seconds.rem_euclid(86_400);
    let [year_low, year_high, ..] = year.to_le_bytes();
    let small = |number: i64| number.to_le_bytes()[0];
    let time = [small(of_day / 3600), small(of_day / 60 % 60), small(of_day % 60)];
    let mut frame = vec![0x02, low, middle, high, 0xFE, year_low, year_high, small(month), small(day)];
    frame.extend_from_slice(&time);
    frame
}

/// Year, month and day of days since 1970 (proleptic Gregorian; era arithmetic with years from March).
fn civil(days: i64) -> (i64, i64, i64) {
    let shifted = days + 719_468;
    let (era, of_era) = (shifted.div_euclid(146_097), shifted.rem_euclid(146_097));
    let year_of_era = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let from_march = (5 * of_year + 2) / 153;
    let day = of_year - (153 * from_march + 2) / 5 + 1;
    let month = if from_march < 10 { from_march + 3 } else { from_march - 9 };
    (year_of_era + era * 400 + i64::from(month <= 2), month, day)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_become_dates() {
        assert_eq!(civil(0), (1970, 1, 1));
        assert_eq!(civil(19_782), (2024, 2, 29));
        assert_eq!(civil(20_513), (2026, 3, 1));
    }
}
