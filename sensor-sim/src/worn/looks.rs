//! What each wearable advertises and offers.

use crate::{
    about,
    clock::CURRENT_TIME,
    encode::{BATTERY, HEART_RATE, OXYGEN, PRESSURE, SPOT, TEMPERATURE},
    gatt::{About, Address, Properties, Service},
    monitor,
    scenario::Wearable,
};

const CONTROL: Properties = Properties(Properties::WRITE.0 | Properties::INDICATE.0);

/// What it advertises.
pub(super) fn about(wearable: Wearable) -> About {
    let (id, name, kind, cadence_ms, appearance, service) = match wearable {
        Wearable::Strap => {
            ("sim-strap-0001", "Sim Strap", "heart-rate strap", Some(1000), 0x0341, HEART_RATE)
        }
        Wearable::Oximeter => {
            ("sim-oximeter-0001", "Sim Oximeter", "pulse oximeter", Some(1000), 0x0C42, OXYGEN)
        }
        Wearable::Thermometer => {
            ("sim-thermometer-0001", "Sim Thermometer", "thermometer", None, 0x0300, TEMPERATURE)
        }
        Wearable::Cuff => ("sim-cuff-0001", "Sim Cuff", "blood-pressure cuff", None, 0x0381, PRESSURE),
        Wearable::SpotOximeter => {
            ("sim-spot-oximeter-0001", "Sim Fingertip", "fingertip oximeter", None, 0x0C41, SPOT)
        }
        Wearable::GlucoseMonitor => (
            "sim-glucose-monitor-0001",
            "Sim Glucose Monitor",
            "glucose monitor",
            // Each record has its own time; a cadence is what streams without one have.
            None,
            0x0D00,
            monitor::MEASUREMENT,
        ),
    };
    About {
        cadence_ms,
        has_clock: cadence_ms.is_none(),
        appearance,
        advertised: vec![service.service],
        ..About::new(id, name, kind, Address::simulated(about::number(wearable) as u16))
    }
}

/// Its attributes; `clock`: whether it shows its clock.
pub(super) fn table(wearable: Wearable, clock: bool) -> Vec<Service> {
    let mut table = vec![measuring(wearable)];
    if wearable == Wearable::Strap {
        let battery = (BATTERY.characteristic, Properties::READ | Properties::NOTIFY);
        table.push(Service::new(BATTERY.service, &[battery]));
    }
    if clock {
        let properties = Properties::READ | Properties::WRITE | Properties::NOTIFY;
        table.push(Service::new(CURRENT_TIME.service, &[(CURRENT_TIME.characteristic, properties)]));
    }
    let facts = about::FACTS.iter().filter(|fact| about::answer(wearable, **fact).is_some());
    let facts: Vec<_> = facts.map(|fact| (fact.characteristic, Properties::READ)).collect();
    table.push(Service::new(about::DEVICE_INFORMATION, &facts));
    table
}

fn measuring(wearable: Wearable) -> Service {
    let (measurement, sends, features) = match wearable {
        Wearable::Strap => (HEART_RATE, Properties::NOTIFY, about::SENSOR_LOCATION),
        Wearable::Oximeter => (OXYGEN, Properties::NOTIFY, about::OXIMETER_FEATURES),
        Wearable::Thermometer => (TEMPERATURE, Properties::INDICATE, about::TEMPERATURE_TYPE),
        Wearable::Cuff => (PRESSURE, Properties::INDICATE, about::PRESSURE_FEATURES),
        Wearable::SpotOximeter => (SPOT, Properties::INDICATE, about::OXIMETER_FEATURES),
        Wearable::GlucoseMonitor => (monitor::MEASUREMENT, Properties::NOTIFY, monitor::FEATURE),
    };
    let mut offers = vec![(measurement.characteristic, sends), (features.characteristic, Properties::READ)];
    if wearable == Wearable::GlucoseMonitor {
        let read = [monitor::STATUS, monitor::SESSION_START, monitor::SESSION_RUN];
        offers.extend(read.map(|at| (at.characteristic, Properties::READ)));
        offers.extend([monitor::ACCESS, monitor::CONTROL].map(|at| (at.characteristic, CONTROL)));
    }
    Service::new(measurement.service, &offers)
}
