//! Telling a notification from the echo of an own read: Linux shows every value that was read as if it had been sent.

use pulsebook_core::ble::Characteristic;
use std::{
    collections::BTreeMap,
    time::{Duration, Instant},
};

/// The reads of one connection whose echo may still come.
#[derive(Debug, Default)]
pub(crate) struct Echoes(BTreeMap<Characteristic, Echo>);

#[derive(Debug)]
enum Echo {
    /// The answer is not known yet: what comes meanwhile waits, in order.
    Reading(Vec<Vec<u8>>),
    /// This value, if it comes until then, is the echo.
    Expected(Vec<u8>, Instant),
}

/// Most values that wait for the answer of a read; a sensor that sends more meanwhile is not made to wait.
const MOST_HELD: usize = 64;

impl Echoes {
    /// A read begins.
    pub(crate) fn begin(&mut self, characteristic: Characteristic) {
        self.0.insert(characteristic, Echo::Reading(Vec::new()));
    }

    /// The read has this answer, or failed; gives the values that waited and were sent by the sensor.
    pub(crate) fn end(
        &mut self,
        characteristic: Characteristic,
        answer: Option<&[u8]>,
        until: Instant,
    ) -> Vec<Vec<u8>> {
        let Some(Echo::Reading(mut held)) = self.0.remove(&characteristic) else { return Vec::new() };
        let Some(answer) = answer else { return held };
        match held.iter().position(|value| value == answer) {
            Some(place) => drop(held.remove(place)),
            None => drop(self.0.insert(characteristic, Echo::Expected(answer.to_vec(), until))),
        }
        held
    }

    /// A value came: gives those to pass on now. (The echo itself is nothing to pass on.)
    pub(crate) fn arrived(
        &mut self,
        characteristic: Characteristic,
        value: Vec<u8>,
        now: Instant,
    ) -> Vec<Vec<u8>> {
        match self.0.get_mut(&characteristic) {
            Some(Echo::Reading(held)) if held.len() < MOST_HELD => {
                held.push(value);
                Vec::new()
            }
            Some(Echo::Reading(held)) => {
                let mut all = std::mem::take(held);
                all.push(value);
                all
            }
            Some(Echo::Expected(answer, until)) => {
                let (in_time, same) = (now <= *until, *answer == value);
                if same || !in_time {
                    self.0.remove(&characteristic);
                }
                if same && in_time { Vec::new() } else { vec![value] }
            }
            None => vec![value],
        }
    }
}

/// Until when an echo of a read that ends now is expected.
pub(crate) fn until(now: Instant, echo: Duration) -> Instant {
    now.checked_add(echo).unwrap_or(now)
}

#[cfg(test)]
mod tests {
    use super::*;

    const BATTERY: Characteristic = Characteristic::new(0x180F, 0x2A19);

    fn echoes() -> (Echoes, Instant, Instant) {
        let now = Instant::now();
        (Echoes::default(), now, until(now, Duration::from_secs(2)))
    }

    #[test]
    fn a_read_is_counted_never_and_what_the_sensor_sends_meanwhile_once() {
        let (mut echoes, now, until) = echoes();
        echoes.begin(BATTERY);
        assert!(echoes.arrived(BATTERY, vec![90], now).is_empty());
        assert!(echoes.arrived(BATTERY, vec![89], now).is_empty());
        assert_eq!(echoes.end(BATTERY, Some(&[90]), until), [vec![89]]);
        assert_eq!(echoes.arrived(BATTERY, vec![90], now), [vec![90]]);
    }

    #[test]
    fn an_echo_may_come_after_the_answer_but_not_for_ever() {
        let (mut echoes, now, until) = echoes();
        for (late, passed_on) in [(false, 0), (true, 1)] {
            echoes.begin(BATTERY);
            assert!(echoes.end(BATTERY, Some(&[90]), until).is_empty());
            assert_eq!(echoes.arrived(BATTERY, vec![91], now), [vec![91]]);
            let at = if late { until + Duration::from_millis(1) } else { now };
            assert_eq!(echoes.arrived(BATTERY, vec![90], at).len(), passed_on);
        }
    }

    #[test]
    fn a_failed_read_and_an_endless_one_hold_nothing_back() {
        let (mut echoes, now, until) = echoes();
        echoes.begin(BATTERY);
        echoes.arrived(BATTERY, vec![1], now);
        assert_eq!(echoes.end(BATTERY, None, until), [vec![1]]);
        echoes.begin(BATTERY);
        let passed: usize = (0..1000).map(|_| echoes.arrived(BATTERY, vec![2], now).len()).sum();
        assert!(passed >= 1000 - MOST_HELD);
    }
}
