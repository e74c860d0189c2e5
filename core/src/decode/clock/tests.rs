//! The decision table for time stamps, a row a test.

use super::*;

const NOON: i64 = 1_784_030_400_000;
const HOUR: i64 = 3_600_000;
const DAY: i64 = 24 * HOUR;

fn looked(shown: Stamp, device_at: i64) -> SensorClock {
    SensorClock::default().seen(Coincidence { shown, device_at, uncertainty_ms: 500 })
}

fn of(moment: Moment) -> (i64, Vec<Mark>) {
    (moment.measured_at, moment.quality.marks().collect())
}

#[test]
fn no_time_is_the_time_of_receiving() {
    let clock = looked(Stamp::Utc(NOON), NOON);
    assert_eq!(of(clock.moment(Stamp::Missing, NOON)), (NOON, vec![Mark::PhoneTime]));
    for stamp in [Stamp::Impossible, Stamp::Outdated] {
        assert_eq!(of(clock.moment(stamp, NOON)), (NOON, vec![Mark::ClockJump, Mark::PhoneTime]));
    }
}

#[test]
fn a_clock_that_nobody_looked_at_is_taken_at_its_word() {
    let clock = SensorClock::default();
    assert_eq!(of(clock.moment(Stamp::Utc(NOON - DAY), NOON)), (NOON - DAY, vec![]));
    assert_eq!(of(clock.moment(Stamp::Local(NOON - DAY), NOON)), (NOON - DAY, vec![]));
    assert_eq!(of(clock.moment(Stamp::Ticks(5), NOON)), (NOON, vec![Mark::ClockNotSet, Mark::PhoneTime]));
}

#[test]
fn a_clock_that_is_right_is_not_corrected() {
    let clock = looked(Stamp::Utc(NOON - 2_500), NOON);
    assert_eq!(of(clock.moment(Stamp::Utc(NOON - DAY), NOON)), (NOON - DAY, vec![]));
}

#[test]
fn a_clock_that_is_three_hours_slow_is_corrected_by_three_hours() {
    let clock = looked(Stamp::Utc(NOON - 3 * HOUR), NOON);
    let measured = clock.moment(Stamp::Utc(NOON - 4 * HOUR), NOON);
    assert_eq!(of(measured), (NOON - HOUR, vec![Mark::ClockCorrected]));
}

#[test]
fn a_clock_that_began_again_in_2021_is_corrected_and_what_it_said_before_is_believed_with_a_mark() {
    let began = 1_609_459_200_000;
    let clock = looked(Stamp::Local(began + 2 * HOUR), NOON);
    let since = clock.moment(Stamp::Local(began + HOUR), NOON);
    assert_eq!(of(since), (NOON - HOUR, vec![Mark::ClockCorrected]));
    let earlier = clock.moment(Stamp::Local(NOON - DAY), NOON);
    assert_eq!(of(earlier), (NOON - DAY, vec![Mark::ClockJump]));
    let never = clock.moment(Stamp::Local(NOON + DAY), NOON);
    assert_eq!(of(never), (NOON, vec![Mark::ClockJump, Mark::PhoneTime]));
}

#[test]
fn what_is_measured_after_the_look_is_no_earlier_timeline() {
    let clock = looked(Stamp::Utc(NOON - 3 * HOUR), NOON);
    let later = clock.moment(Stamp::Utc(NOON - 3 * HOUR + HOUR), NOON + HOUR);
    assert_eq!(of(later), (NOON + HOUR, vec![Mark::ClockCorrected]));
}

#[test]
fn drift_between_two_looks_is_shared_out_evenly() {
    // Ten days, and 100 millionths slow: 86.4 s at the end.
    let lag = 86_400;
    let clock = looked(Stamp::Utc(NOON), NOON).seen(Coincidence {
        shown: Stamp::Utc(NOON + 10 * DAY - lag),
        device_at: NOON + 10 * DAY,
        uncertainty_ms: 500,
    });
    assert_eq!((clock.drift_ppm(), clock.lag_ms(), clock.jumped()), (Some(100), Some(lag), false));
    let halfway = clock.moment(Stamp::Utc(NOON + 5 * DAY), NOON + 10 * DAY).measured_at;
    assert!((halfway - (NOON + 5 * DAY + lag / 2)).abs() < 30, "{halfway}");
}

#[test]
fn a_clock_that_was_set_between_two_looks_jumped() {
    let clock = looked(Stamp::Utc(NOON), NOON).seen(Coincidence {
        shown: Stamp::Utc(NOON + DAY - HOUR),
        device_at: NOON + DAY,
        uncertainty_ms: 500,
    });
    assert_eq!((clock.drift_ppm(), clock.jumped()), (None, true));
    let marks = of(clock.moment(Stamp::Utc(NOON + HOUR), NOON + DAY)).1;
    assert_eq!(marks, [Mark::ClockJump, Mark::ClockCorrected]);
}

#[test]
fn daylight_saving_between_measurement_and_session_moves_nothing() {
    // Berlin's clocks went forward at 2026-03-29T01:00Z; the cuff follows the wall clock.
    let spring = 1_774_746_000_000;
    let zone = Zone::new(60, &[(spring, 120)]);
    let clock = SensorClock::in_zone(zone).seen(Coincidence {
        shown: Stamp::Local(spring + DAY + 2 * HOUR),
        device_at: spring + DAY,
        uncertainty_ms: 500,
    });
    let before = clock.moment(Stamp::Local(spring - DAY + HOUR), spring + DAY);
    let after = clock.moment(Stamp::Local(spring + HOUR + 2 * HOUR), spring + DAY);
    assert_eq!((of(before), of(after)), ((spring - DAY, vec![]), (spring + HOUR, vec![])));
}

#[test]
fn a_counter_is_placed_by_how_much_it_counted_since() {
    let clock = looked(Stamp::Ticks(10_000_000), NOON);
    let measured = clock.moment(Stamp::Ticks(10_000_000 - 60_000), NOON);
    assert_eq!(of(measured), (NOON - 60_000, vec![Mark::ClockCorrected]));
    let anew = clock.moment(Stamp::Ticks(20_000_000), NOON);
    assert_eq!(of(anew), (NOON, vec![Mark::ClockNotSet, Mark::PhoneTime]));
}

#[test]
fn no_stamp_and_no_look_makes_it_panic_or_leave_the_range_of_numbers() {
    let extremes = [i64::MIN, i64::MIN + 1, -1, 0, 1, NOON, i64::MAX - 1, i64::MAX];
    for shown in extremes {
        for told in extremes {
            for make in [Stamp::Local, Stamp::Utc, Stamp::Ticks] {
                let clock = looked(make(shown), NOON).seen(Coincidence {
                    shown: make(told),
                    device_at: NOON + 1,
                    uncertainty_ms: 0,
                });
                let _ = clock.moment(make(told), NOON);
                let _ = (clock.lag_ms(), clock.drift_ppm(), clock.jumped());
            }
        }
    }
}
