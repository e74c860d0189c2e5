//! What each of the sensors has and sends, written from the specifications alone.

use super::{CGM_CONTROL, CLOCK, Clock, ELAPSED, ENERGY_RESET, Exemplar, Living, Memory, Stream};
use crate::{
    clock::{elapsed, moment},
    encode::{date_time, with_checksum},
    gatt::{About, Address, AttError, Properties, Security, Service},
};
use pulsebook_core::ble::{Characteristic, UnixMillis};

const READ: Properties = Properties::READ;
const NOTIFY: Properties = Properties::NOTIFY;
const INDICATE: Properties = Properties::INDICATE;
const WRITE: Properties = Properties::WRITE;
const CONTROL: Properties = Properties(Properties::WRITE.0 | Properties::INDICATE.0);
const READ_NOTIFY: Properties = Properties(Properties::READ.0 | Properties::NOTIFY.0);
const MINUTE_MS: i64 = 60_000;
/// How long the session of the monitor lasts.
const SESSION_MINUTES: u8 = 60;

type Frame = fn(u32, UnixMillis) -> Vec<u8>;

const fn at(service: u16, characteristic: u16) -> Characteristic {
    Characteristic::new(service, characteristic)
}

impl Exemplar {
    pub(in crate::sensors) fn living(self, start: UnixMillis) -> Living {
        let mut table = self.services();
        table.extend(surroundings(self.has_clock()));
        let protected = matches!(self, Exemplar::Meter | Exemplar::Monitor);
        if protected {
            table = table.into_iter().map(|service| service.needing(Security::Encrypted)).collect();
        }
        let answers = self.answers(start).into_iter().chain(self.introduction());
        let streams = self.streams().into_iter().map(|(at, every_ms, frame)| Stream {
            at,
            due: start + every_ms,
            every_ms,
            sent: 0,
            frame,
        });
        Living {
            about: self.looks(),
            table,
            answers: answers.collect(),
            streams: streams.chain([battery(start)]).collect(),
            memory: self.memory(start),
            // A minute and a half slow, until it is set.
            clock: Clock::ahead(-90_000),
            waiting: Vec::new(),
        }
    }

    /// Whether it has the Current Time service.
    fn has_clock(self) -> bool {
        !matches!(self, Exemplar::Strap | Exemplar::RunningPod | Exemplar::Bicycle | Exemplar::HealthSensor)
    }

    fn looks(self) -> About {
        let (name, kind, appearance, service) = match self {
            Exemplar::Strap => ("Exemplar Strap", "heart-rate strap", 0x0341, 0x180D),
            Exemplar::Thermometer => ("Exemplar Thermometer", "thermometer", 0x0300, 0x1809),
            Exemplar::Cuff => ("Exemplar Cuff", "blood-pressure cuff", 0x0381, 0x1810),
            Exemplar::Oximeter => ("Exemplar Oximeter", "pulse oximeter", 0x0C40, 0x1822),
            Exemplar::Meter => ("Exemplar Meter", "glucose meter", 0x0400, 0x1808),
            Exemplar::Monitor => ("Exemplar Monitor", "continuous glucose sensor", 0x0D00, 0x181F),
            Exemplar::Scale => ("Exemplar Scale", "body composition scale", 0x0C80, 0x181D),
            Exemplar::RunningPod => ("Exemplar Pod", "running sensor", 0x0440, 0x1814),
            Exemplar::Bicycle => ("Exemplar Wheel", "cycling sensor", 0x0480, 0x1816),
            Exemplar::StoringOximeter => ("Exemplar Storing Oximeter", "pulse oximeter", 0x0C40, 0x1822),
            Exemplar::HealthSensor => ("Exemplar Health Sensor", "generic health sensor", 0x0000, 0x1840),
        };
        About {
            has_clock: self.has_clock() || self == Exemplar::HealthSensor,
            appearance,
            advertised: vec![service],
            ..About::new(
                &format!("exemplar-{}", self.name()),
                name,
                kind,
                Address::simulated(0xE000 + self as u16),
            )
        }
    }

    fn services(self) -> Vec<Service> {
        match self {
            Exemplar::Strap => {
                vec![Service::new(
                    0x180D,
                    &[(0x2A37, NOTIFY), (0x2A38, READ), (ENERGY_RESET.characteristic, WRITE)],
                )]
            }
            Exemplar::Thermometer => vec![Service::new(
                0x1809,
                &[(0x2A1C, INDICATE), (0x2A1D, READ), (0x2A1E, NOTIFY), (0x2A21, READ)],
            )],
            Exemplar::Cuff => {
                vec![Service::new(0x1810, &[(0x2A35, INDICATE), (0x2A36, NOTIFY), (0x2A49, READ)])]
            }
            Exemplar::Oximeter => {
                vec![Service::new(0x1822, &[(0x2A5E, INDICATE), (0x2A5F, NOTIFY), (0x2A60, READ)])]
            }
            Exemplar::HealthSensor => vec![
                Service::new(0x1840, &[(0x2B8B, Properties(NOTIFY.0 | INDICATE.0))]),
                Service::new(
                    ELAPSED.service,
                    &[(ELAPSED.characteristic, Properties(READ.0 | WRITE.0 | INDICATE.0))],
                ),
            ],
            Exemplar::StoringOximeter => vec![Service::new(
                0x1822,
                &[(0x2A5E, INDICATE), (0x2A5F, NOTIFY), (0x2A60, READ), (0x2A52, CONTROL)],
            )],
            Exemplar::Meter => {
                vec![Service::new(0x1808, &[(0x2A18, NOTIFY), (0x2A51, READ), (0x2A52, CONTROL)])]
            }
            Exemplar::Monitor => vec![Service::new(
                0x181F,
                &[
                    (0x2AA7, NOTIFY),
                    (0x2AA8, READ),
                    (0x2AA9, READ),
                    (0x2AAA, Properties(READ.0 | WRITE.0)),
                    (0x2AAB, READ),
                    (0x2A52, CONTROL),
                    (CGM_CONTROL.characteristic, CONTROL),
                ],
            )],
            Exemplar::Scale => vec![
                Service::new(0x181D, &[(0x2A9D, INDICATE), (0x2A9E, READ)]),
                Service::new(0x181B, &[(0x2A9C, INDICATE), (0x2A9B, READ)]),
            ],
            Exemplar::RunningPod => vec![Service::new(0x1814, &[(0x2A53, NOTIFY), (0x2A54, READ)])],
            Exemplar::Bicycle => vec![Service::new(0x1816, &[(0x2A5B, NOTIFY), (0x2A5C, READ)])],
        }
    }

    /// Features, sites, sessions.
    fn answers(self, start: UnixMillis) -> Vec<(Characteristic, Vec<u8>)> {
        let began = began(start - 90_000, [0, 0]);
        match self {
            Exemplar::Strap => vec![(at(0x180D, 0x2A38), vec![1])],
            Exemplar::Thermometer => vec![(at(0x1809, 0x2A1D), vec![3]), (at(0x1809, 0x2A21), vec![20, 0])],
            Exemplar::Cuff => vec![(at(0x1810, 0x2A49), vec![0x05, 0])],
            Exemplar::Oximeter => vec![(at(0x1822, 0x2A60), vec![0x08, 0])],
            Exemplar::HealthSensor => Vec::new(),
            // Spot checks are stored, and have a time.
            Exemplar::StoringOximeter => vec![(at(0x1822, 0x2A60), vec![0x0C, 0])],
            Exemplar::Meter => vec![(at(0x1808, 0x2A51), vec![0x21, 0])],
            Exemplar::Monitor => vec![
                (at(0x181F, 0x2AA8), with_checksum(&[0x00, 0x10, 0x00, 0x59])),
                (at(0x181F, 0x2AA9), with_checksum(&[SESSION_MINUTES, 0, 0, 0, 0])),
                (at(0x181F, 0x2AAA), began),
                (at(0x181F, 0x2AAB), with_checksum(&[0xF0, 0])),
            ],
            Exemplar::Scale => {
                vec![(at(0x181D, 0x2A9E), vec![0xBD, 0x01, 0, 0]), (at(0x181B, 0x2A9B), vec![0x01, 0, 0, 0])]
            }
            Exemplar::RunningPod => vec![(at(0x1814, 0x2A54), vec![0x03, 0])],
            Exemplar::Bicycle => vec![(at(0x1816, 0x2A5C), vec![0x03, 0])],
        }
    }

    fn introduction(self) -> Vec<(Characteristic, Vec<u8>)> {
        let number = self as u8 + 1;
        let fact = |number: u16, bytes: &[u8]| (at(0x180A, number), bytes.to_vec());
        vec![
            fact(0x2A29, b"Pulsebook Simulated Devices"),
            fact(0x2A24, format!("Exemplar {}", self.name()).as_bytes()),
            fact(0x2A25, format!("EX-{number:06}").as_bytes()),
            fact(0x2A27, b"A"),
            fact(0x2A26, b"1.0.0"),
            fact(0x2A23, &[number, 0, 0, 0, 0, 0x42, 0x50, 0x02]),
            fact(0x2A50, &[1, 0xFF, 0xFF, number, 0, 0, 0x01]),
            (at(0x180F, 0x2A19), vec![88]),
        ]
    }

    fn streams(self) -> Vec<(Characteristic, i64, Frame)> {
        match self {
            Exemplar::Strap => vec![(at(0x180D, 0x2A37), 1_000, heart)],
            Exemplar::Thermometer => {
                vec![(at(0x1809, 0x2A1E), 5_000, temperature), (at(0x1809, 0x2A1C), 20_000, temperature)]
            }
            Exemplar::Cuff => vec![(at(0x1810, 0x2A36), 2_000, cuff), (at(0x1810, 0x2A35), 25_000, pressure)],
            Exemplar::Oximeter => {
                vec![(at(0x1822, 0x2A5F), 1_000, oxygen), (at(0x1822, 0x2A5E), 20_000, spot)]
            }
            Exemplar::StoringOximeter => vec![(at(0x1822, 0x2A5F), 1_000, oxygen)],
            Exemplar::HealthSensor => vec![(at(0x1840, 0x2B8B), 5_000, observation)],
            Exemplar::Meter | Exemplar::Monitor => Vec::new(),
            Exemplar::Scale => {
                vec![(at(0x181D, 0x2A9D), 25_000, weight), (at(0x181B, 0x2A9C), 27_000, composition)]
            }
            Exemplar::RunningPod => vec![(at(0x1814, 0x2A53), 1_000, running)],
            Exemplar::Bicycle => vec![(at(0x1816, 0x2A5B), 1_000, cycling)],
        }
    }

    /// Twelve records, five minutes apart, numbered from 1 or by minutes of the session.
    fn memory(self, start: UnixMillis) -> Option<Memory> {
        let clock = start - 90_000;
        match self {
            Exemplar::Meter => {
                let record = |n: u16| (n, glucose(n, clock - i64::from(13 - n) * 5 * MINUTE_MS));
                Some(Memory::new(0x1808, 0x2A18, (1..=12).map(record).collect()))
            }
            Exemplar::Monitor => {
                let record = |n: u16| (n * 5, monitored(n));
                Some(Memory::new(0x181F, 0x2AA7, (1..=12).map(record).collect()))
            }
            Exemplar::StoringOximeter => {
                let record = |n: u16| (n, spot(n.into(), clock - i64::from(13 - n) * 5 * MINUTE_MS));
                Some(Memory::new(0x1822, 0x2A5E, (1..=12).map(record).collect()).giving_once())
            }
            _ => None,
        }
    }
}

/// Battery and Device Information, and a clock for those that stamp what they measure.
fn surroundings(clock: bool) -> Vec<Service> {
    let facts = [0x2A29, 0x2A24, 0x2A25, 0x2A27, 0x2A26, 0x2A23, 0x2A50].map(|fact| (fact, READ));
    let clock = clock.then(|| {
        Service::new(
            CLOCK.service,
            &[(CLOCK.characteristic, Properties(READ_NOTIFY.0 | Properties::WRITE.0))],
        )
    });
    let always = [Service::new(0x180F, &[(0x2A19, READ_NOTIFY)]), Service::new(0x180A, &facts)];
    clock.into_iter().chain(always).collect()
}

fn battery(start: UnixMillis) -> Stream {
    let frame: Frame = |_, _| vec![88];
    Stream { at: at(0x180F, 0x2A19), due: start + 10_000, every_ms: 10_000, sent: 0, frame }
}

/// Contact is there, energy and one RR interval follow.
fn heart(n: u32, _: UnixMillis) -> Vec<u8> {
    let [energy, rr] = [n as u16, 812 + (n % 7) as u16].map(u16::to_le_bytes);
    [&[0x1E, 72 + (n % 5) as u8][..], &energy, &rr].concat()
}

/// 36.6 °C and up, exponent −1, with time; the site is always the ear, and told once.
fn temperature(n: u32, clock: UnixMillis) -> Vec<u8> {
    [&[0x02, 0x6E + (n % 3) as u8, 0x01, 0x00, 0xFF][..], &date_time(clock)].concat()
}

/// Pressure in mmHg with time, pulse, user 1 and no status bit.
fn pressure(n: u32, clock: UnixMillis) -> Vec<u8> {
    let systolic = 118 + (n % 9) as u8;
    [&[0x1E, systolic, 0, 79, 0, 92, 0][..], &date_time(clock), &[71, 0, 1, 0, 0]].concat()
}

/// The pressure falls; the two other fields are NaN.
fn cuff(n: u32, _: UnixMillis) -> Vec<u8> {
    vec![0x00, 180 - (n % 12) as u8 * 8, 0, 0xFF, 0x07, 0xFF, 0x07]
}

fn oxygen(n: u32, _: UnixMillis) -> Vec<u8> {
    vec![0x00, 96 + (n % 3) as u8, 0, 64 + (n % 6) as u8, 0]
}

fn spot(n: u32, clock: UnixMillis) -> Vec<u8> {
    [&[0x01, 96 + (n % 3) as u8, 0, 64 + (n % 6) as u8, 0][..], &date_time(clock)].concat()
}

/// Weight 70.5 kg and up, time, index 23.0 and height 1750 mm.
fn weight(n: u32, clock: UnixMillis) -> Vec<u8> {
    let weight = (14_100 + n as u16).to_le_bytes();
    [&[0x0A][..], &weight, &date_time(clock), &230u16.to_le_bytes(), &1750u16.to_le_bytes()].concat()
}

/// Fat 21.5 percent, with time.
fn composition(n: u32, clock: UnixMillis) -> Vec<u8> {
    let fat = (215 + (n % 4) as u16).to_le_bytes();
    [&[0x02, 0x00][..], &fat, &date_time(clock)].concat()
}

/// Running at 3 m/s, 170 steps a minute, stride 106 cm, and the distance in decimetres.
fn running(n: u32, _: UnixMillis) -> Vec<u8> {
    [&[0x07, 0x00, 0x03, 170, 106, 0][..], &(n * 30).to_le_bytes()].concat()
}

/// Three turns of the wheel and one of the crank a second; times in 1/1024 s.
fn cycling(n: u32, _: UnixMillis) -> Vec<u8> {
    let time = ((n * 1024) as u16).to_le_bytes();
    [&[0x03][..], &(n * 3).to_le_bytes(), &time, &(n as u16).to_le_bytes(), &time].concat()
}

/// kg/L with exponent −5, so the mantissa is mg/dL; capillary whole blood of a finger.
fn glucose(number: u16, clock: UnixMillis) -> Vec<u8> {
    let concentration = (0xB000 | (88 + number)).to_le_bytes();
    [&[0x02][..], &number.to_le_bytes(), &date_time(clock), &concentration, &[0x11]].concat()
}

/// One whole observation (both segment bits): a number with type and time, an oxygen saturation
/// (MDC_PULS_OXIM_SAT_O2, 2::19384) in percent (MDC_DIM_PERCENT, 544) as FLOAT. The length counts what follows it.
fn observation(n: u32, clock: UnixMillis) -> Vec<u8> {
    let kind = (2u32 << 16 | 19_384).to_le_bytes();
    let number = (96 + n % 3).to_le_bytes();
    [&[0x03, 0x01, 21, 0, 0x03, 0x00][..], &kind, &elapsed(clock), &544u16.to_le_bytes(), &number].concat()
}

/// When a session of an hour began that lasts until now, with zone and summer time, and its checksum.
fn began(now: UnixMillis, zone: [u8; 2]) -> Vec<u8> {
    with_checksum(&[&date_time(now - i64::from(SESSION_MINUTES) * MINUTE_MS)[..], &zone].concat())
}

/// The start of the session, worked out from the time that was written.
///
/// # Errors
/// The length, the checksum or the date is wrong.
pub(super) fn session_start(written: &[u8]) -> Result<Vec<u8>, AttError> {
    let [low, high, month, day, hours, minutes, seconds, zone, summer, ..] = written else {
        return Err(AttError::INVALID_LENGTH);
    };
    if with_checksum(written.get(..9).unwrap_or_default()) != written {
        return Err(if written.len() == 11 { super::INVALID_CRC } else { AttError::INVALID_LENGTH });
    }
    let year = i64::from(u16::from_le_bytes([*low, *high]));
    let now = moment(year, [*month, *day, *hours, *minutes, *seconds]).ok_or(AttError::OUT_OF_RANGE)?;
    Ok(began(now, [*zone, *summer]))
}

/// Size, no optional field, glucose in mg/dL, minutes, checksum.
fn monitored(n: u16) -> Vec<u8> {
    with_checksum(&[&[8, 0x00][..], &(100 + n).to_le_bytes(), &(n * 5).to_le_bytes()].concat())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frames_match_bytes_written_by_hand() {
        // 14 July 2026, 09:26:53 UTC.
        let clock = 1_784_021_213_000;
        let stamp = [0xEA, 0x07, 7, 14, 9, 26, 53];
        assert_eq!(heart(0, clock), [0x1E, 72, 0, 0, 0x2C, 0x03]);
        assert_eq!(temperature(0, clock), [&[2, 0x6E, 1, 0, 0xFF][..], &stamp].concat());
        assert_eq!(glucose(5, clock), [&[2, 5, 0][..], &stamp, &[93, 0xB0, 0x11]].concat());
    }
}
