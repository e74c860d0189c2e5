//! How long each operation may take and how much may wait: every figure once, each with its reason.

use std::time::Duration;

/// Time-outs and bounds of a radio. BlueZ itself answers some calls only after 30 s, or never.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Limits {
    /// How long a scan listens. Health sensors advertise at least once in 1.28 s; two or three rounds find them on a busy
    /// channel too.
    pub scan: Duration,
    /// A connection. Sensors that advertise slowly are heard within 10 s; BlueZ gives up after 20 s by itself, and 25 s let
    /// its own reason arrive.
    pub connect: Duration,
    /// Finding out which services a connected sensor has: some hundred round trips of at most 30 ms on a slow link.
    pub discover: Duration,
    /// A read, a write or a subscription. The standard lets a sensor take 30 s; one that answers does so within some 100 ms.
    /// With pairing not done and no agent, BlueZ answers after 30 s only.
    pub operation: Duration,
    /// Ending a connection: local work, the sensor need not answer.
    pub disconnect: Duration,
    /// A question to the operating system about itself.
    pub ask: Duration,
    /// How often a connection is asked whether it still stands, for the case that its end was never told (the Bluetooth
    /// service was restarted).
    pub alive: Duration,
    /// After an own read, for how long the same value from the same characteristic is its echo. It comes within some ms.
    pub echo: Duration,
    /// The first wait after a failed or lost connection; each further one is twice as long.
    pub first_wait: Duration,
    /// The longest such wait: a sensor that comes back is back within a minute.
    pub longest_wait: Duration,
    /// A connection that stood so long was a good one: waits begin small again.
    pub steady: Duration,
    /// Least time between two looks at everybody the system knows: in a crowd somebody is new all the time.
    pub look: Duration,
    /// Least time between two looks at the services of one sensor, however often it says that they changed.
    pub rediscover: Duration,
    /// Bytes of one sensor's notifications that may wait for whoever takes them, with what they cost beside their values.
    /// Hours of any real sensor; more comes only from a broken or hostile one.
    pub waiting_bytes: usize,
    /// Sensors that are remembered: more than any room has, so that made-up addresses fill no memory.
    pub sensors: usize,
    /// Characteristics of one sensor that are offered.
    pub characteristics: usize,
}

impl Default for Limits {
    fn default() -> Limits {
        Limits {
            scan: Duration::from_secs(5),
            connect: Duration::from_secs(25),
            discover: Duration::from_secs(20),
            operation: Duration::from_secs(8),
            disconnect: Duration::from_secs(5),
            ask: Duration::from_secs(5),
            alive: Duration::from_secs(15),
            echo: Duration::from_secs(2),
            first_wait: Duration::from_secs(1),
            longest_wait: Duration::from_secs(60),
            steady: Duration::from_secs(30),
            look: Duration::from_millis(500),
            rediscover: Duration::from_secs(2),
            waiting_bytes: 8 << 20,
            sensors: 256,
            characteristics: 64,
        }
    }
}
