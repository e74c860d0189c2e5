//! What a line means: an event of the transport, or something that was asked of a sensor and how that ended.

use super::{
    hex,
    line::{AboutSensor, Bytes, Direction, Line, Reason, Refusal, State},
};
use pulsebook_core::ble::{
    Characteristic, Disconnect, LinkState, Notification, Origin, Sensor, SensorId, TransportError,
    TransportEvent, UnixMillis,
};

/// One line, understood.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Step {
    /// A scan found a sensor.
    Scanned(Sensor),
    /// Something happened; `None` for a notification whose bytes were taken out.
    Event(Option<TransportEvent>),
    /// Something was asked.
    Asked(Asked),
}

/// What was asked of a sensor, and what came of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Asked {
    pub(super) at: UnixMillis,
    pub(super) sensor: SensorId,
    pub(super) what: Direction,
    pub(super) place: Option<Characteristic>,
    /// Read or written; `None` when taken out.
    pub(super) bytes: Option<Vec<u8>>,
    pub(super) error: Option<(Refusal, u8)>,
}

/// How sensors of a trace are named and marked when they are played.
#[derive(Clone, Copy, Debug)]
pub(super) struct Marking {
    pub(super) simulated: bool,
}

impl Marking {
    /// A simulated sensor keeps its name, so that its readings come out the same; a real one gets another, so that what is
    /// played is never taken for what it measured.
    pub(super) fn id(self, written: &str) -> SensorId {
        let written = shown(written);
        if self.simulated { SensorId::new(&written) } else { SensorId::new(&format!("replay-{written}")) }
    }

    fn origin(self) -> Origin {
        if self.simulated { Origin::Simulated } else { Origin::Replayed }
    }
}

impl Step {
    /// What a line means.
    ///
    /// # Errors
    /// What was expected instead.
    pub(super) fn of(line: Line, marking: Marking) -> Result<Step, String> {
        let (at, sensor) = (line.at_ms, marking.id(&line.sensor));
        Ok(match line.direction {
            Direction::Scanned => Step::Scanned(described(&line, sensor, marking)?),
            Direction::Found => Step::Event(Some(TransportEvent::Found(described(&line, sensor, marking)?))),
            Direction::Connected => {
                Step::Event(Some(TransportEvent::Connected(described(&line, sensor, marking)?)))
            }
            Direction::Link => {
                let state = line.state.ok_or("`state` with a link")?.into();
                Step::Event(Some(TransportEvent::Link { sensor, state, at }))
            }
            Direction::Disconnected => {
                let reason = line.reason.ok_or("`reason` with a disconnection")?.into();
                Step::Event(Some(TransportEvent::Disconnected { sensor, reason, at }))
            }
            Direction::Notification => {
                let characteristic = place(&line)?.ok_or("the characteristic of a notification")?;
                let event = |bytes| {
                    let notification = Notification { sensor, characteristic, received_at: at, bytes };
                    TransportEvent::Notification(notification)
                };
                Step::Event(value(&line.bytes)?.map(event))
            }
            what => {
                let place = place(&line)?;
                if place.is_none() && !matches!(what, Direction::Connect | Direction::Disconnect) {
                    return Err("the characteristic that was asked".to_owned());
                }
                let bytes = match (&line.bytes, what, line.error) {
                    (Bytes::None, Direction::Read, None) => return Err("`bytes` of an answer".to_owned()),
                    (Bytes::None, ..) => Some(Vec::new()),
                    (bytes, ..) => value(bytes)?,
                };
                let error = line.error.map(|error| (error, line.code.unwrap_or(0)));
                Step::Asked(Asked { at, sensor, what, place, bytes, error })
            }
        })
    }
}

fn described(line: &Line, id: SensorId, marking: Marking) -> Result<Sensor, String> {
    let about = line.about.as_ref().ok_or("`about` with what a sensor says of itself")?;
    let notifies = about.notifies.iter().map(|name| named(name).ok_or_else(|| wrong_name(name)));
    Ok(Sensor {
        id,
        name: shown(&about.name),
        kind: shown(&about.kind),
        cadence_ms: about.cadence_ms,
        has_clock: about.has_clock,
        origin: marking.origin(),
        notifies: notifies.collect::<Result<_, String>>()?,
    })
}

/// A foreign file must not act on the terminal that shows its names: no control characters, nothing that turns text around
/// or hides in it, and no more than a line shows.
fn shown(text: &str) -> String {
    let acts = |letter: &char| {
        letter.is_control()
            || matches!(letter, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}')
    };
    text.chars().filter(|letter| !acts(letter)).take(120).collect()
}

fn wrong_name(name: &str) -> String {
    let start: String = name.chars().take(20).collect();
    format!("characteristics like \"180D/2A37\" in `notifies`, not {start:?}")
}

fn named(name: &str) -> Option<Characteristic> {
    let mut parts = name.split('/');
    let (service, characteristic) = (hex::number(parts.next()?)?, hex::number(parts.next()?)?);
    let instance = parts.next().map_or(Ok(0), str::parse).ok()?;
    parts.next().is_none().then_some(Characteristic { service, characteristic, instance })
}

fn name_of(at: Characteristic) -> String {
    let Characteristic { service, characteristic, instance } = at;
    match instance {
        0 => format!("{service:04X}/{characteristic:04X}"),
        more => format!("{service:04X}/{characteristic:04X}/{more}"),
    }
}

fn place(line: &Line) -> Result<Option<Characteristic>, String> {
    let number = |text: &str, what: &str| {
        hex::number(text).ok_or_else(|| format!("four hex digits as `{what}`, for example \"2A37\""))
    };
    match (&line.service, &line.characteristic) {
        (None, None) => Ok(None),
        (Some(service), Some(characteristic)) => Ok(Some(Characteristic {
            service: number(service, "service")?,
            characteristic: number(characteristic, "characteristic")?,
            instance: line.instance.unwrap_or(0),
        })),
        _ => Err("both `service` and `characteristic`".to_owned()),
    }
}

/// `None`: taken out.
fn value(bytes: &Bytes) -> Result<Option<Vec<u8>>, String> {
    match bytes {
        Bytes::Hex(text) => {
            let bytes = hex::bytes(text).filter(|bytes| bytes.len() <= 512);
            bytes
                .map(Some)
                .ok_or_else(|| "`bytes` as an even number of hex digits, 512 bytes at most".to_owned())
        }
        Bytes::TakenOut(()) => Ok(None),
        Bytes::None => Err("`bytes`, or null where they were taken out".to_owned()),
    }
}

impl Line {
    /// A line with nothing in it but who and what.
    pub(super) fn bare(at_ms: UnixMillis, sensor: &str, direction: Direction) -> Line {
        Line {
            at_ms,
            sensor: sensor.to_owned(),
            direction,
            service: None,
            characteristic: None,
            instance: None,
            bytes: Bytes::None,
            error: None,
            code: None,
            reason: None,
            state: None,
            about: None,
        }
    }

    /// The same with the characteristic it is about.
    pub(super) fn at(mut self, at: Characteristic) -> Line {
        self.service = Some(format!("{:04X}", at.service));
        self.characteristic = Some(format!("{:04X}", at.characteristic));
        self.instance = Some(at.instance);
        self
    }

    /// The same with what a sensor says of itself.
    pub(super) fn about(mut self, sensor: &Sensor) -> Line {
        self.about = Some(AboutSensor {
            name: sensor.name.clone(),
            kind: sensor.kind.clone(),
            cadence_ms: sensor.cadence_ms,
            has_clock: sensor.has_clock,
            notifies: sensor.notifies.iter().map(|at| name_of(*at)).collect(),
        });
        self
    }

    /// The same with how it ended. What the operating system says of a failure is not written: it may name somebody.
    pub(super) fn ended<T>(mut self, result: &Result<T, TransportError>) -> Line {
        let (error, code) = match result {
            Ok(_) => return self,
            Err(TransportError::UnknownSensor(_)) => (Refusal::UnknownSensor, None),
            Err(TransportError::NotConnected(_)) => (Refusal::NotConnected, None),
            Err(TransportError::NotOffered { .. }) => (Refusal::NotOffered, None),
            Err(TransportError::Refused { code, .. }) => (Refusal::Refused, Some(*code)),
            Err(TransportError::Radio(_)) => (Refusal::Failed, None),
        };
        (self.error, self.code) = (Some(error), code);
        self
    }

    /// The line of an event; `None` for the end, which is the end of the file. `latest`: when the last one came.
    pub(super) fn of_event(event: &TransportEvent, latest: UnixMillis) -> Option<Line> {
        Some(match event {
            TransportEvent::Found(sensor) => {
                Line::bare(latest, sensor.id.as_str(), Direction::Found).about(sensor)
            }
            TransportEvent::Connected(sensor) => {
                Line::bare(latest, sensor.id.as_str(), Direction::Connected).about(sensor)
            }
            TransportEvent::Link { sensor, state, at } => {
                let line = Line::bare(*at, sensor.as_str(), Direction::Link);
                Line { state: Some((*state).into()), ..line }
            }
            TransportEvent::Disconnected { sensor, reason, at } => {
                let line = Line::bare(*at, sensor.as_str(), Direction::Disconnected);
                Line { reason: Some((*reason).into()), ..line }
            }
            TransportEvent::Notification(Notification { sensor, characteristic, received_at, bytes }) => {
                let line = Line::bare(*received_at, sensor.as_str(), Direction::Notification);
                Line { bytes: Bytes::Hex(hex::of(bytes)), ..line.at(*characteristic) }
            }
            TransportEvent::Finished => return None,
        })
    }
}

/// Both ways between the seam's words and those of the file.
macro_rules! same {
    ($ours:ident, $theirs:ident: $($word:ident),*) => {
        impl From<$ours> for $theirs {
            fn from(ours: $ours) -> $theirs {
                match ours { $($ours::$word => $theirs::$word),* }
            }
        }
        impl From<$theirs> for $ours {
            fn from(theirs: $theirs) -> $ours {
                match theirs { $($theirs::$word => $ours::$word),* }
            }
        }
    };
}

same!(Reason, Disconnect: Asked, Lost, BySensor, Overflow);
same!(State, LinkState: Searching, Connecting, NeedsPairing, PairedElsewhere);
