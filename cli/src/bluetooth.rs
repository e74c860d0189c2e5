//! This device's Bluetooth for the commands: starting it, and saying why that does not work.

use crate::{
    exit::{self, Failure, Outcome},
    moment,
};
use pulsebook_core::{
    ble::Characteristic,
    decode::{FORMATS, Format, Kind, record_access::control_point},
};
use pulsebook_radio::{Radio, RadioError, RadioOptions, Sighting};
use std::{
    hash::{BuildHasher, RandomState},
    time::Duration,
};

/// Starts the radio; `newcomers`: it tells of sensors that come into reach later, too.
///
/// # Errors
/// What is missing, and what the user can do.
pub(crate) async fn start(newcomers: bool) -> Outcome<Radio> {
    // The spread of tries is no secret: a hasher that is seeded by the system is chance enough.
    let spread = || RandomState::new().hash_one(moment::now()) as u16;
    let mut options = RadioOptions::new(useful(), moment::now, spread);
    options.newcomers = newcomers;
    Radio::start(options).await.map_err(|error| failure(&error))
}

/// What is subscribed to: measurements, and the control points by which a sensor's memory answers.
fn useful() -> Vec<Characteristic> {
    let wanted = |format: &&Format| {
        let at = format.characteristic;
        matches!(format.kind, Kind::Stream | Kind::Spot) || at == control_point(at.service)
    };
    FORMATS.iter().copied().flatten().filter(wanted).map(|format| format.characteristic).collect()
}

/// How a sensor is found by what the user typed: its name or the radio's name for it.
pub(crate) fn is_named(sighting: &Sighting, typed: &str) -> bool {
    let sensor = &sighting.sensor;
    sensor.name.eq_ignore_ascii_case(typed) || sensor.id.as_str().eq_ignore_ascii_case(typed)
}

/// How long a signal of this strength lets a person expect good reception, as a word.
pub(crate) fn signal(dbm: Option<i16>) -> String {
    match dbm {
        None => "not heard now".to_owned(),
        Some(dbm) => {
            let word = match dbm {
                -60.. => "strong",
                -75..=-61 => "good",
                -90..=-76 => "weak",
                _ => "very weak",
            };
            format!("{word} ({dbm} dBm)")
        }
    }
}

/// A duration of the command line.
pub(crate) fn span(ms: i64) -> Duration {
    Duration::from_millis(u64::try_from(ms).unwrap_or(0))
}

fn failure(error: &RadioError) -> Failure {
    let (expected, action) = match error {
        RadioError::NoBus(_) => (
            "the bus at /run/dbus/system_bus_socket, or where DBUS_SYSTEM_BUS_ADDRESS says",
            "start it (on most systems: `sudo systemctl start dbus`), or run this outside of the container that has none",
        ),
        RadioError::NoService => (
            "BlueZ, the Bluetooth service of Linux, on the system's bus",
            "install and start it (on most systems: `sudo apt install bluez`, `sudo systemctl start bluetooth`)",
        ),
        RadioError::NoAdapter => (
            "a Bluetooth adapter with Bluetooth LE",
            "plug one in, or see with `bluetoothctl list` whether the system knows yours; to try without one: `pulsebook collect --sim rest`",
        ),
        RadioError::Off => (
            "Bluetooth that is switched on",
            "switch it on in the system's settings or with `bluetoothctl power on`; `rfkill list bluetooth` tells whether a switch blocks it",
        ),
        RadioError::NotAllowed => (
            "the right to use Bluetooth",
            "allow it in the system's settings for this program or terminal; on Linux add yourself to the group `bluetooth` and log in again",
        ),
        RadioError::Silent(_) => (
            "an answer of the system's Bluetooth service",
            "restart it (on most Linux systems: `sudo systemctl restart bluetooth`), then run the same command again",
        ),
        _ => ("working Bluetooth", "switch Bluetooth off and on again, then run the same command again"),
    };
    Failure::new(error.to_string()).of(exit::Kind::NoBluetooth).expected(expected).action(action)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_reason_says_what_the_user_can_do() {
        let reasons = [
            RadioError::NoBus("x".to_owned()),
            RadioError::NoService,
            RadioError::NoAdapter,
            RadioError::Off,
            RadioError::NotAllowed,
            RadioError::Silent(Duration::from_secs(5)),
            RadioError::Failed("x".to_owned()),
        ];
        let told: std::collections::BTreeSet<String> =
            reasons.iter().map(|reason| failure(reason).to_string()).collect();
        assert_eq!(told.len(), reasons.len());
        assert!(told.iter().all(|text| text.contains("expected: ") && text.contains("what you can do: ")));
    }

    #[test]
    fn the_memory_of_a_sensor_is_subscribed_to_and_no_other_control_point() {
        let useful = useful();
        // Glucose, blood pressure, continuous glucose, oximeter, generic: the services with a Record Access Control Point.
        for service in [0x1808, 0x1810, 0x181F, 0x1822, 0x1840] {
            assert!(useful.contains(&Characteristic::new(service, 0x2A52)), "{service:04X}");
        }
        assert!(useful.contains(&Characteristic::new(0x180D, 0x2A37)));
        assert!(!useful.contains(&Characteristic::new(0x181F, 0x2AAC)));
    }

    #[test]
    fn a_signal_is_a_word_and_a_number() {
        assert_eq!(signal(Some(-50)), "strong (-50 dBm)");
        assert_eq!(signal(Some(-99)), "very weak (-99 dBm)");
        assert_eq!(signal(None), "not heard now");
    }
}
