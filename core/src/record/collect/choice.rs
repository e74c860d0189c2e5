//! Which sensors a collecting takes: all that are found, or those the patient named.

use super::super::sensors::KnownSensor;
use crate::ble::{Sensor, SensorId};
use std::collections::BTreeSet;

/// The patient's choice, with what is needed to recognise a sensor before it has said who it is.
#[derive(Debug, Default)]
pub(super) struct Choice {
    /// Identities, names, or a transport's names for them; all sensors when empty.
    wanted: Vec<String>,
    known: Vec<KnownSensor>,
    /// Sensors that looked like a wanted one and said that they are another.
    others: BTreeSet<SensorId>,
}

impl Choice {
    pub(super) fn new(wanted: Vec<String>, known: Vec<KnownSensor>) -> Choice {
        Choice { wanted, known, others: BTreeSet::new() }
    }

    /// Whether a sensor that was found may be one that is wanted. An address says little: a known sensor may have a new
    /// one, so its name is enough to ask who it is.
    pub(super) fn may_be(&self, found: &Sensor) -> bool {
        let looks_like = |known: &KnownSensor| {
            let wanted = self.names(&known.id) || self.names(&known.name);
            let same_name = !known.name.is_empty() && known.name == found.name;
            wanted && (same_name || known.known_as.iter().any(|name| name == found.id.as_str()))
        };
        let named = self.wanted.is_empty() || self.names(found.id.as_str()) || self.names(&found.name);
        !self.others.contains(&found.id) && (named || self.known.iter().any(looks_like))
    }

    /// Whether a sensor that said who it is, found under this name, is one that is wanted.
    pub(super) fn is(&mut self, found_as: &SensorId, sensor: &Sensor) -> bool {
        let alias = self.known.iter().find(|known| known.id == sensor.id.as_str());
        let by_alias = alias.is_some_and(|known| self.names(&known.name));
        let names = [found_as.as_str(), sensor.id.as_str(), &sensor.name];
        let wanted = self.wanted.is_empty() || by_alias || names.into_iter().any(|name| self.names(name));
        if !wanted {
            self.others.insert(found_as.clone());
        }
        wanted
    }

    fn names(&self, name: &str) -> bool {
        self.wanted.iter().any(|wanted| wanted.eq_ignore_ascii_case(name))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ble::Origin;

    fn found(id: &str, name: &str) -> Sensor {
        let (id, name, kind) = (SensorId::new(id), name.to_owned(), String::new());
        Sensor {
            id,
            name,
            kind,
            cadence_ms: None,
            has_clock: false,
            origin: Origin::Measured,
            notifies: vec![],
        }
    }

    fn known() -> KnownSensor {
        KnownSensor {
            id: "sysid-1".to_owned(),
            known_as: vec!["address-a".to_owned()],
            name: "Strap".to_owned(),
            kind: String::new(),
            met_at: 0,
            facts: Vec::new(),
        }
    }

    #[test]
    fn without_a_choice_every_sensor_is_taken() {
        let mut choice = Choice::default();
        assert!(choice.may_be(&found("x", "X")) && choice.is(&SensorId::new("x"), &found("y", "X")));
    }

    #[test]
    fn a_known_sensor_is_recognised_under_a_new_address_and_an_impostor_is_sent_away_once() {
        let mut choice = Choice::new(vec!["SYSID-1".to_owned()], vec![known()]);
        assert!(choice.may_be(&found("address-a", "")) && choice.may_be(&found("address-b", "Strap")));
        assert!(!choice.may_be(&found("address-b", "Other")) && !choice.may_be(&found("address-b", "")));
        assert!(choice.is(&SensorId::new("address-b"), &found("sysid-1", "Strap")));
        assert!(!choice.is(&SensorId::new("address-c"), &found("sysid-2", "Strap")));
        assert!(!choice.may_be(&found("address-c", "Strap")));
    }
}
