//! The course that a sensor is taken through: what is done with it, in which order. Nothing is judged here.

mod again;
mod first;
mod records;
mod time;
mod writes;

pub(crate) use writes::{CONTROL_POINTS, WRONG_LENGTHS, is_clock};

use crate::{
    session::{Answer, Part, Session, Step, Task, What},
    stand::Stand,
};
use pulsebook_core::ble::{
    Characteristic, LinkState, Properties, Sensor, TransportError, TransportEvent, UnixMillis,
};

/// How long and how far a sensor is tested.
#[derive(Clone, Copy, Debug)]
pub struct Options {
    /// How long to listen for measurements, in milliseconds.
    pub watch_ms: i64,
    /// Whether stored records may be deleted.
    pub erase: bool,
    /// How far local time is from UTC, in minutes; a sensor's clock is set to it. `None`: no clock is written to.
    pub offset_minutes: Option<i64>,
}

/// How long a connection may take, in milliseconds.
const CONNECT_MS: i64 = 60_000;
/// How long a control point may take: the procedure time-out of the health profiles.
const PROCEDURE_MS: i64 = 30_000;
/// How long is waited for what should not come, in milliseconds.
const QUIET_MS: i64 = 2_000;
/// More than this is not kept of one session, in bytes with what a step takes itself: a sensor that never stops must not
/// fill the memory.
const MOST_BYTES: usize = 16 << 20;

/// Takes a sensor through the course. What fails on the way is written down, not given back.
///
/// # Errors
/// The sensor could not be connected to at all.
pub async fn run(stand: &mut dyn Stand, sensor: Sensor, options: Options) -> Result<Session, TransportError> {
    let mut session = Session::new(sensor);
    (session.offset_minutes, session.erase) = (options.offset_minutes, options.erase);
    let mut course =
        Course { stand, session, options, up: false, kept: 0, gone: false, leaving: false, bonded: None };
    course.meet().await?;
    course.survey().await;
    course.watch(Task::Watch, options.watch_ms).await;
    for service in course.services_with(Characteristic::new(0, 0x2A52)) {
        course.records(service).await;
    }
    course.writes().await;
    course.time().await;
    course.reconnect().await;
    Ok(course.session)
}

struct Course<'a> {
    stand: &'a mut dyn Stand,
    session: Session,
    options: Options,
    /// Whether there is a link.
    up: bool,
    /// How many bytes the steps take.
    kept: usize,
    /// Whether a lost link did not come back: nothing more is asked.
    gone: bool,
    /// Whether the kit itself ends the link.
    leaving: bool,
    /// Whether there is a bond, as far as this system tells.
    bonded: Option<bool>,
}

impl Course<'_> {
    /// From here on, steps belong to this task.
    fn begin(&mut self, task: Task, service: u16) {
        let here = self.session.steps.len();
        self.session.parts.push(Part { task, service, steps: here..here, lost: false });
    }

    /// Whether there is a link. One that was lost is waited for, once: the transport tries again by itself.
    async fn ready(&mut self) -> bool {
        if !self.up && !self.gone {
            self.gone = !self.hear(CONNECT_MS, |step| step.what == What::Connected).await;
        }
        self.up && !self.session.full
    }

    /// The link is down, and nobody asked for that.
    fn lose(&mut self) {
        self.up = false;
        if let Some(part) = self.session.parts.last_mut() {
            part.lost = true;
        }
    }

    /// Writes down a request of the kit, and whether a bond was made while it was answered: systems pair by themselves
    /// when a sensor refuses, and ask again.
    async fn asked(&mut self, what: What, at: Characteristic, bytes: &[u8], answer: Answer) {
        if answer == Answer::NoLink {
            self.lose();
        }
        let number = self.session.steps.len();
        self.note(what, Some(at), bytes, answer);
        if self.bonded == Some(false) {
            self.look_at_bond().await;
            if self.bonded == Some(true) {
                self.session.paired_by.push(number);
            }
        }
    }

    async fn look_at_bond(&mut self) {
        let id = self.session.sensor.id.clone();
        if let Ok(now) = self.stand.transport().attributes(&id).await {
            self.bonded = now.bonded;
        }
    }

    fn note(&mut self, what: What, place: Option<Characteristic>, bytes: &[u8], answer: Answer) {
        let at = self.stand.now();
        self.note_at(at, what, place, bytes.to_vec(), answer);
    }

    fn note_at(
        &mut self,
        at: UnixMillis,
        what: What,
        place: Option<Characteristic>,
        bytes: Vec<u8>,
        answer: Answer,
    ) {
        let Some(part) = self.session.parts.last_mut() else { return };
        let step = Step { at, place, what, bytes, answer };
        let size = size_of::<Step>() + step.bytes.len();
        if step.is_sent() && self.kept + size > MOST_BYTES {
            // What the kit asks itself is little, and a report without it would lie.
            self.session.full = true;
            part.lost = true;
            return;
        }
        self.kept += size;
        self.session.steps.push(step);
        part.steps.end += 1;
    }

    async fn read(&mut self, at: Characteristic) -> Option<Vec<u8>> {
        let id = self.session.sensor.id.clone();
        let read = self.stand.transport().read(&id, at).await;
        let (bytes, answer) = match read {
            Ok(bytes) => (bytes, Answer::Done),
            Err(error) => (Vec::new(), failed(error)),
        };
        let done = answer == Answer::Done;
        self.asked(What::Read, at, &bytes, answer).await;
        done.then_some(bytes)
    }

    async fn write(&mut self, at: Characteristic, bytes: &[u8]) -> bool {
        let id = self.session.sensor.id.clone();
        let written = self.stand.transport().write(&id, at, bytes).await;
        let answer = written.map_or_else(failed, |()| Answer::Done);
        let done = answer == Answer::Done;
        self.asked(What::Write, at, bytes, answer).await;
        done
    }

    async fn subscribe(&mut self, at: Characteristic) {
        let id = self.session.sensor.id.clone();
        let subscribed = self.stand.transport().subscribe(&id, at).await;
        let answer = subscribed.map_or_else(failed, |()| Answer::Done);
        self.asked(What::Subscribe, at, &[], answer).await;
    }

    /// Writes down what comes for so long, or until a step is what is waited for.
    async fn hear(&mut self, ms: i64, until: impl Fn(&Step) -> bool) -> bool {
        let end = self.stand.now() + ms;
        loop {
            let left = end - self.stand.now();
            if left <= 0 || self.session.full {
                return false;
            }
            let Some(event) = self.stand.next(left).await else { return false };
            let before = self.session.steps.len();
            self.hear_one(event);
            if self.session.steps.iter().skip(before).any(&until) {
                return true;
            }
        }
    }

    fn hear_one(&mut self, event: TransportEvent) {
        match event {
            TransportEvent::Connected(sensor) if sensor.id == self.session.sensor.id => {
                self.up = true;
                self.session.sensor = sensor;
                self.note(What::Connected, None, &[], Answer::Done);
            }
            TransportEvent::Disconnected { sensor, reason, at } if sensor == self.session.sensor.id => {
                if self.leaving {
                    self.up = false;
                } else {
                    self.lose();
                }
                self.note_at(at, What::Disconnected, None, Vec::new(), Answer::Failed(reason.to_string()));
            }
            TransportEvent::Notification(sent) if sent.sensor == self.session.sensor.id => {
                let place = sent.characteristic;
                let confirmed = self.session.offers(place, Properties::INDICATE)
                    && !self.session.offers(place, Properties::NOTIFY);
                let what = if confirmed { What::Indication } else { What::Notification };
                self.note_at(sent.received_at, what, Some(place), sent.bytes, Answer::Done);
            }
            TransportEvent::Link { sensor, state, .. } if sensor == self.session.sensor.id => {
                self.session.wants_pairing |=
                    matches!(state, LinkState::NeedsPairing | LinkState::PairedElsewhere);
            }
            _ => {}
        }
    }

    /// The services that have this characteristic, first instances only.
    fn services_with(&self, at: Characteristic) -> Vec<u16> {
        let has = |service: &u16| {
            let place = Characteristic::new(*service, at.characteristic);
            self.session.properties(place).is_some()
        };
        self.session.services().into_iter().filter(has).collect()
    }
}

fn failed(error: TransportError) -> Answer {
    match error {
        TransportError::Refused { code, .. } => Answer::Att(code),
        TransportError::NotConnected(_) | TransportError::UnknownSensor(_) => Answer::NoLink,
        other => Answer::Failed(other.to_string()),
    }
}
