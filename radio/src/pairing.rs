//! Making a bond with a sensor, which btleplug cannot: this program answers BlueZ's questions (`org.bluez.Agent1`) and puts
//! those that only a person can answer to the patient.
//!
//! The agent stands on the connection that asks for the pairing, so BlueZ asks it and no other, and it is gone when that
//! connection is. Nothing waits for ever: the whole has a time-out, and so has every question.

mod agent;

use crate::{limits::Limits, trouble::Trouble};
use agent::Agent;
use pulsebook_core::ble::Pending;
use std::{fmt, time::Duration};
use zbus::{Connection, message::Body};

/// What only the patient can answer while a sensor is paired. Each answer may take its time; when it takes too long, or the
/// sensor gives up first, the question is dropped.
pub trait Questions: Send {
    /// The sensor shows a number of six digits: which? `None`: there is none, or the patient does not want to go on.
    fn number_shown(&mut self) -> Pending<'_, Option<u32>>;

    /// Does the sensor show this number too (six digits, with zeros in front)?
    fn same_number(&mut self, number: u32) -> Pending<'_, bool>;

    /// The sensor wants this number typed on it (six digits, with zeros in front). Nothing to answer.
    fn type_on_sensor(&mut self, number: u32) -> Pending<'_, ()>;

    /// The sensor shows no number: may it be paired all the same? BlueZ may ask only when it is done; without a yes the bond is
    /// taken back.
    fn without_number(&mut self) -> Pending<'_, bool>;
}

/// How a pairing ended well.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Paired {
    /// A bond was made now.
    Now,
    /// There was one already.
    Before,
}

/// Why no bond was made.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PairingError {
    /// The system's message bus is not there.
    #[error("the system's message bus (D-Bus) cannot be reached: {0}")]
    NoBus(String),
    /// The Bluetooth service does not run, or does not know the sensor.
    #[error("the sensor is not in reach, or the system's Bluetooth service does not run")]
    Gone,
    /// The system does not let this program pair sensors.
    #[error("the system does not let this program pair sensors")]
    NotAllowed,
    /// The patient said no, or did not answer.
    #[error("the question about the pairing was not answered with yes")]
    Declined,
    /// The numbers were not the same, the number typed was wrong, or the sensor refused: it may be paired with another.
    #[error("the sensor refused the pairing")]
    Refused,
    /// No end in time.
    #[error("the pairing did not end within {} s", .0.as_secs())]
    TimedOut(Duration),
    /// Something else.
    #[error("the pairing failed: {0}")]
    Failed(String),
}

/// How long a pairing may take.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Patience {
    /// All of it: the standard ends a pairing after 30 s without an answer, and connecting comes before.
    pub whole: Duration,
    /// One question to the patient; the sensor gives up after 30 s.
    pub question: Duration,
    /// One call to the system that asks nobody.
    pub call: Duration,
}

impl Default for Patience {
    fn default() -> Patience {
        Patience {
            whole: Duration::from_secs(90),
            question: Duration::from_secs(28),
            call: Limits::default().ask,
        }
    }
}

const BLUEZ: &str = "org.bluez";
const DEVICE: &str = "org.bluez.Device1";
const ADAPTER: &str = "org.bluez.Adapter1";
const AGENTS: &str = "/org/bluez";
const AGENTS_INTERFACE: &str = "org.bluez.AgentManager1";

/// We can show numbers, have them typed, and ask for a yes.
const CAPABILITY: &str = "KeyboardDisplay";

/// Pairs with the sensor of this [`crate::Sighting::address`].
///
/// # Errors
/// [`PairingError`].
pub async fn pair(
    address: &str,
    questions: &mut dyn Questions,
    patience: &Patience,
) -> Result<Paired, PairingError> {
    let whole = patience.whole;
    let bus = limited(patience.call, Connection::system()).await?.map_err(|error| {
        let reason = crate::name::clean_reason(&error.to_string());
        PairingError::NoBus(reason)
    })?;
    let sensor = Remote { bus, path: format!("/org/bluez/{address}"), call: patience.call };
    if sensor.is_paired().await? {
        return Ok(Paired::Before);
    }
    let mut agent = Agent::register(&sensor, patience.question).await?;
    let ended = tokio::time::timeout(whole, agent.pair(&sensor, questions)).await;
    let done = match ended {
        Ok(done) => done,
        Err(_) => Err(PairingError::TimedOut(whole)),
    };
    let done = match done {
        Ok(()) if !agent.is_wanted(questions).await => Err(PairingError::Declined),
        done => done,
    };
    if done.is_err() {
        // Whatever stands half made is undone; there may be nothing. BlueZ forgets the sensor as well: after a pairing that
        // failed it would not say any more which services the sensor advertises, and no scan would list it again.
        let _ = sensor.call(DEVICE, "CancelPairing", &()).await;
        let _ = sensor.forget().await;
    }
    agent.leave(&sensor).await;
    done.map(|()| Paired::Now)
}

/// The sensor as BlueZ knows it.
struct Remote {
    bus: Connection,
    path: String,
    call: Duration,
}

impl Remote {
    /// A call about the sensor that asks nobody, within its time.
    async fn call<B>(&self, interface: &str, method: &str, body: &B) -> Result<Body, PairingError>
    where
        B: zbus::export::serde::Serialize + zbus::DynamicType,
    {
        self.call_at(&self.path, interface, method, body).await
    }

    async fn call_at<B>(
        &self,
        path: &str,
        interface: &str,
        method: &str,
        body: &B,
    ) -> Result<Body, PairingError>
    where
        B: zbus::export::serde::Serialize + zbus::DynamicType,
    {
        let answer = self.bus.call_method(Some(BLUEZ), path, Some(interface), method, body);
        Ok(limited(self.call, answer).await?.map_err(|error| of_bus(&error))?.body())
    }

    /// Takes its bond back, and with it all that BlueZ knows of it.
    async fn forget(&self) -> Result<(), PairingError> {
        let failed = |error: zbus::Error| PairingError::Failed(error.to_string());
        let path = zbus::ObjectPath::try_from(self.path.as_str()).map_err(failed)?;
        let adapter = self.path.rsplit_once('/').map_or(AGENTS, |(adapter, _)| adapter);
        self.call_at(adapter, ADAPTER, "RemoveDevice", &path).await.map(drop)
    }

    async fn is_paired(&self) -> Result<bool, PairingError> {
        let body = self.call("org.freedesktop.DBus.Properties", "Get", &(DEVICE, "Paired")).await?;
        let value: zbus::OwnedVariant = body.deserialize().map_err(|error| of_bus(&error))?;
        bool::try_from(value).map_err(|error| PairingError::Failed(error.to_string()))
    }
}

async fn limited<T>(limit: Duration, work: impl Future<Output = T>) -> Result<T, PairingError> {
    tokio::time::timeout(limit, work).await.map_err(|_| PairingError::TimedOut(limit))
}

/// What an error of the bus means for a pairing.
fn of_bus(error: &zbus::Error) -> PairingError {
    match crate::trouble::of_zbus(error) {
        Trouble::Gone => PairingError::Gone,
        Trouble::NotAllowed => PairingError::NotAllowed,
        Trouble::Unpaired | Trouble::Refused(_) => PairingError::Refused,
        Trouble::TimedOut(limit) => PairingError::TimedOut(limit),
        other => PairingError::Failed(other.to_string()),
    }
}

impl fmt::Debug for Remote {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Remote").field("path", &self.path).finish_non_exhaustive()
    }
}
