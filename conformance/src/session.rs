//! What happened between the kit and the sensor, step by step, and which part of the course each step belongs to.

use pulsebook_core::{
    ble::{Attributes, Characteristic, Properties, Sensor, UnixMillis},
    decode::{Context, Decoded, Kind, format_of},
};
use std::ops::Range;

/// Insufficient authentication, authorisation, encryption key size, encryption.
const SECURITY: [u8; 4] = [0x05, 0x08, 0x0C, 0x0F];
/// Why something was not tested: there was no link.
pub(crate) const LOST: &str = "the link was lost while this was tested, or before: test again";
/// Why something was not tested: the sensor sent too much.
pub(crate) const FULL: &str =
    "the sensor sent more than the 16 MiB that are kept of a session, so that nothing more was asked";
/// Why something was not tested: a wrong time on a patient's sensor is worse than a clause that is left out.
pub(crate) const NOT_SET: &str =
    "a clock is written to only when the kit is told what time it is there: --utc-offset MINUTES";
/// Why something was not tested: there was no bond, and the kit has no agent to make one with.
pub(crate) const UNPAIRED: &str = "it gives this to paired devices only, and the kit cannot pair by itself: pair it first (`pulsebook pair`), then test again";

/// Everything that was done with one sensor and came of it.
#[derive(Clone, Debug)]
pub struct Session {
    /// Whom it was with.
    pub sensor: Sensor,
    /// What the sensor offers.
    pub attributes: Attributes,
    /// Every step in its order.
    pub steps: Vec<Step>,
    pub(crate) parts: Vec<Part>,
    /// Whether there was a bond before anything was asked; `None`: this system does not tell.
    pub(crate) bonded_before: Option<bool>,
    /// The requests during which a bond was made, by their steps.
    pub(crate) paired_by: Vec<usize>,
    /// Whether the transport told that the sensor gives nothing without being paired (anew).
    pub(crate) wants_pairing: bool,
    /// How far the sensor's clock should be from UTC, in minutes; `None`: nobody said, and no clock was written to.
    pub(crate) offset_minutes: Option<i64>,
    /// Whether the sensor sent more than is kept of a session: nothing was asked any more.
    pub(crate) full: bool,
    /// Whether stored records may be deleted.
    pub(crate) erase: bool,
}

/// One thing that happened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// When, by the stand's clock.
    pub at: UnixMillis,
    /// With which characteristic; `None` for what concerns the link.
    pub place: Option<Characteristic>,
    /// What.
    pub what: What,
    /// The bytes that were read, written or sent.
    pub bytes: Vec<u8>,
    /// How it ended.
    pub answer: Answer,
}

/// What happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum What {
    /// The kit asked for a connection.
    Connect,
    /// The link is up.
    Connected,
    /// The link is down.
    Disconnected,
    /// The kit read.
    Read,
    /// The kit wrote.
    Write,
    /// The kit subscribed.
    Subscribe,
    /// The sensor sent a value that needs no confirmation.
    Notification,
    /// The sensor sent a value, and it was confirmed.
    Indication,
}

/// How a step ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// As it should.
    Done,
    /// With an ATT error.
    Att(u8),
    /// Not at all: there was no link.
    NoLink,
    /// Otherwise, in words.
    Failed(String),
}

/// One task of the course, and the steps it took.
#[derive(Clone, Debug)]
pub(crate) struct Part {
    pub(crate) task: Task,
    /// Whose control point or clock is meant; 0 for the whole sensor.
    pub(crate) service: u16,
    pub(crate) steps: Range<usize>,
    /// Whether the link went down meanwhile, and nobody asked for that.
    pub(crate) lost: bool,
}

/// The tasks of the course.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Task {
    Connect,
    Unsubscribed,
    Survey,
    Subscribe,
    Watch,
    Count,
    ReportAll,
    ReportAgain,
    ReportFrom,
    ReportNone,
    UnknownOpCode,
    NullOperator,
    UnknownOperator,
    UnknownFilter,
    Abort,
    Busy,
    Cut,
    CountAfterCut,
    ReportAfterCut,
    CountBefore,
    DeleteFirst,
    CountAfter,
    DeleteAll,
    CountEmpty,
    UnknownProcedure,
    ShortWrite,
    ImpossibleTime,
    SetTime,
    Reconnect,
    WatchAgain,
}

impl Task {
    /// Whether what was seen counts though the link was lost on the way: each of its steps stands for itself.
    fn stands_by_steps(self) -> bool {
        matches!(
            self,
            Task::Connect | Task::Survey | Task::Subscribe | Task::Watch | Task::WatchAgain | Task::Reconnect
        )
    }
}

impl Session {
    pub(crate) fn new(sensor: Sensor) -> Session {
        Session {
            sensor,
            attributes: Attributes::default(),
            steps: Vec::new(),
            parts: Vec::new(),
            bonded_before: None,
            paired_by: Vec::new(),
            wants_pairing: false,
            offset_minutes: None,
            full: false,
            erase: false,
        }
    }

    /// The services that the sensor has, each once, in order.
    pub fn services(&self) -> Vec<u16> {
        let mut services: Vec<u16> = self.attributes.offered.iter().map(|one| one.at.service).collect();
        services.sort_unstable();
        services.dedup();
        services
    }

    /// The properties of a characteristic, when the sensor has it.
    pub fn properties(&self, at: Characteristic) -> Option<Properties> {
        self.attributes.offered.iter().find(|one| one.at == at).map(|one| one.properties)
    }

    /// Whether the sensor has a characteristic with one of these properties.
    pub(crate) fn offers(&self, at: Characteristic, any: Properties) -> bool {
        self.properties(at).is_some_and(|properties| properties.any(any))
    }

    /// The steps of a task, numbered; `None`: it was not done, or the link was lost meanwhile, so that it says nothing.
    pub(crate) fn part(&self, task: Task, service: u16) -> Option<Vec<(usize, &Step)>> {
        let part = self.parts.iter().find(|part| part.task == task && part.service == service)?;
        if part.lost && !task.stands_by_steps() {
            return None;
        }
        Some(self.steps.iter().enumerate().skip(part.steps.start).take(part.steps.len()).collect())
    }

    /// Whether the link was lost during a task.
    pub(crate) fn lost(&self, task: Task, service: u16) -> bool {
        self.parts.iter().any(|part| part.task == task && part.service == service && part.lost)
    }

    /// Whether a request came to nothing because the two are not paired (ATT errors of security: Core Specification
    /// 5.4, Vol 3 Part F 3.4.1.1).
    pub(crate) fn is_unpaired(&self, step: &Step) -> bool {
        match &step.answer {
            Answer::Att(code) => SECURITY.contains(code),
            Answer::Failed(_) => self.wants_pairing,
            _ => false,
        }
    }

    /// Why a task that was not done, or came to nothing, was not.
    pub(crate) fn why_not(&self) -> &'static str {
        if self.full {
            return FULL;
        }
        match self.wants_pairing || self.steps.iter().any(|step| self.is_unpaired(step)) {
            true => UNPAIRED,
            false => LOST,
        }
    }

    /// The numbers of a task's steps, to be shown beside a failure.
    pub(crate) fn trace(&self, task: Task, service: u16) -> Vec<usize> {
        self.part(task, service).unwrap_or_default().iter().map(|(number, _)| *number).collect()
    }

    /// Every value that came of a service, read or sent.
    pub(crate) fn values(&self, service: u16) -> impl Iterator<Item = (usize, &Step, Characteristic)> {
        let values = self.steps.iter().enumerate().filter(|(_, step)| step.is_value());
        let placed = values.filter_map(|(number, step)| Some((number, step, step.place?)));
        placed.filter(move |(_, _, at)| at.service == service)
    }
}

impl Step {
    /// Whether its bytes are a value of the sensor.
    pub fn is_value(&self) -> bool {
        self.is_sent() || self.what == What::Read && self.answer == Answer::Done
    }

    /// Whether the sensor sent it by itself.
    pub fn is_sent(&self) -> bool {
        matches!(self.what, What::Notification | What::Indication)
    }

    /// The number of the record that it brought, where records have one.
    pub(crate) fn record_number(&self) -> Option<u32> {
        let format = format_of(self.place?).filter(|format| format.kind == Kind::Spot && self.is_sent())?;
        let mut decoded = Decoded::default();
        format.decode_into(&self.bytes, &Context::at(self.at), &mut decoded).ok()?;
        decoded.record.map(u32::from).or(decoded.stored_record)
    }
}
