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
    let impossible = clock.moment(Stamp::Impossible, NOON);
    assert_eq!(of(impossible), (NOON, vec![Mark::ClockJump, Mark::PhoneTime]));
}

#[test]
fn not_current_and_not_synchronised_is_thrown_away() {
    let clock = looked(Stamp::Utc(NOON), NOON);
    assert_eq!(clock.moment(Stamp::Outdated, NOON).measured_at, NEVER);
}

#[test]
fn synchronised_time_is_kept_as_it_is_however_far_the_phone_is_off() {
    let clock = looked(Stamp::Utc(NOON - 3 * HOUR), NOON);
    assert_eq!(of(clock.moment(Stamp::SyncedUtc(NOON - DAY), NOON)), (NOON - DAY, vec![]));
    let abroad = SensorClock { zone: Zone::new(120, &[]), ..clock };
    let local = abroad.moment(Stamp::SyncedLocal(NOON - DAY), NOON);
    assert_eq!(of(local), (NOON - DAY - 2 * HOUR, vec![]));
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
fn daylight_saving_between_measurement_and_session_moves_nothing_and_is_marked() {
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
    let marked = (spring - DAY, vec![Mark::ClockJump]);
    assert_eq!((of(before), of(after)), (marked, (spring + HOUR, vec![])));
}

#[test]
fn a_counter_is_placed_by_how_much_it_counted_since() {
    let clock = looked(Stamp::Ticks(10_000_000), NOON);
    let measured = clock.moment(Stamp::Ticks(10_000_000 - 60_000), NOON);
    assert_eq!(of(measured), (NOON - 60_000, vec![Mark::ClockCorrected]));
    let anew = clock.moment(Stamp::Ticks(20_000_000), NOON);
    assert_eq!(of(anew), (NOON, vec![Mark::ClockNotSet, Mark::PhoneTime]));
}

fn set_to_the_right_time(clock: SensorClock) -> SensorClock {
    let at = NOON + 10_000;
    clock.seen(Coincidence { shown: Stamp::Utc(at), device_at: at, uncertainty_ms: 500 })
}

#[test]
fn what_a_wrong_clock_dated_before_it_was_set_goes_by_the_look_before() {
    for shown in [NOON - 3 * HOUR, 1_609_459_200_000 + 5 * HOUR] {
        let clock = set_to_the_right_time(looked(Stamp::Utc(shown), NOON));
        let measured = clock.moment(Stamp::Utc(shown - HOUR), NOON + 20_000);
        assert_eq!(of(measured), (NOON - HOUR, vec![Mark::ClockCorrected]));
        let since = clock.moment(Stamp::Utc(NOON + 15_000), NOON + 20_000);
        assert_eq!(of(since), (NOON + 15_000, vec![]));
    }
}

#[test]
fn what_a_right_clock_dated_before_it_began_again_stays() {
    let began = 1_609_459_200_000;
    let clock = looked(Stamp::Utc(NOON), NOON).seen(Coincidence {
        shown: Stamp::Utc(began + HOUR),
        device_at: NOON + DAY,
        uncertainty_ms: 500,
    });
    assert_eq!(of(clock.moment(Stamp::Utc(NOON - DAY), NOON + DAY)), (NOON - DAY, vec![]));
    let since = clock.moment(Stamp::Utc(began), NOON + DAY);
    assert_eq!((since.measured_at, since.quality.has(Mark::ClockCorrected)), (NOON + DAY - HOUR, true));
}

#[test]
fn a_time_that_a_clock_showed_twice_is_marked_although_the_clock_is_right_now() {
    // An hour fast, and put back by it: 12:30 came twice.
    let clock = looked(Stamp::Utc(NOON + HOUR), NOON).seen(Coincidence {
        shown: Stamp::Utc(NOON + 2 * HOUR),
        device_at: NOON + 2 * HOUR,
        uncertainty_ms: 500,
    });
    let twice = clock.moment(Stamp::Utc(NOON + HOUR / 2), NOON + 2 * HOUR);
    assert!(twice.quality.has(Mark::ClockJump), "{twice:?}");
}

#[test]
fn two_clocks_of_one_sensor_that_agree_did_not_jump() {
    let clock = looked(Stamp::Local(NOON), NOON).seen(Coincidence {
        shown: Stamp::Utc(NOON),
        device_at: NOON,
        uncertainty_ms: 500,
    });
    assert!(!clock.jumped());
    assert_eq!(of(clock.moment(Stamp::Local(NOON - DAY), NOON)), (NOON - DAY, vec![]));
}

/// Berlin's clocks by the time zone database: summer time from 2026-03-29T01:00Z to 2026-10-25T01:00Z.
const SPRING: i64 = 1_774_746_000_000;
const AUTUMN: i64 = 1_792_890_000_000;

fn in_berlin(shown: i64, device_at: i64) -> SensorClock {
    let zone = Zone::new(60, &[(SPRING, 120), (AUTUMN, 60)]);
    SensorClock::in_zone(zone).seen(Coincidence {
        shown: Stamp::Local(shown),
        device_at,
        uncertainty_ms: 500,
    })
}

#[test]
fn a_clock_that_keeps_winter_time_in_summer_kept_it_in_winter_too() {
    let summer = SPRING + 30 * DAY;
    let clock = in_berlin(summer + HOUR, summer);
    let winter = clock.moment(Stamp::Local(SPRING - DAY + HOUR), summer);
    assert_eq!(of(winter), (SPRING - DAY, vec![]));
    assert_eq!(of(clock.moment(Stamp::Local(summer - DAY + HOUR), summer)), (summer - DAY, vec![]));
}

#[test]
fn whether_a_clock_was_put_forward_is_not_known_from_one_look_and_marked() {
    let summer = SPRING + 30 * DAY;
    let clock = in_berlin(summer + 2 * HOUR, summer);
    let winter = Stamp::Local(SPRING - DAY + HOUR);
    assert_eq!(of(clock.moment(winter, summer)), (SPRING - DAY, vec![Mark::ClockJump]));
    assert_eq!(of(clock.moment(Stamp::Local(summer - DAY + 2 * HOUR), summer)), (summer - DAY, vec![]));
    let seen_before = in_berlin(SPRING - HOUR, SPRING - 2 * HOUR).seen(Coincidence {
        shown: Stamp::Local(summer + 2 * HOUR),
        device_at: summer,
        uncertainty_ms: 500,
    });
    assert_eq!(of(seen_before.moment(winter, summer)), (SPRING - DAY, vec![]), "the look in winter tells");
}

#[test]
fn autumns_doubled_hour_is_marked_unless_the_second_is_still_to_come() {
    let half_past_two = Stamp::Local(AUTUMN + HOUR + HOUR / 2);
    let later = in_berlin(AUTUMN + 3 * HOUR, AUTUMN + 2 * HOUR);
    let marked = (AUTUMN + HOUR / 2, vec![Mark::ClockJump]);
    assert_eq!(of(later.moment(half_past_two, AUTUMN + 2 * HOUR)), marked);
    let during = in_berlin(AUTUMN + HOUR + HOUR / 2, AUTUMN - HOUR / 2);
    let first = during.moment(half_past_two, AUTUMN - HOUR / 2);
    assert_eq!(of(first), (AUTUMN - HOUR / 2, vec![]));
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
