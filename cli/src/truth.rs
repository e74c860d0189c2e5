//! What the sensors really sent, counted before anything of ours has touched it: the record is held against it.

use crate::fault::Faults;
use pulsebook_protocol::vital::Vital;
use pulsebook_sensor_sim::{Injected, Measured};
use std::collections::BTreeMap;

/// Readings by vital.
pub(crate) type PerVital = BTreeMap<Vital, u64>;

/// Counts of what was delivered.
#[derive(Clone, Debug, Default)]
pub(crate) struct Truth {
    /// Notifications, malformed ones included.
    pub(crate) notifications: u64,
    /// Frames that were cut off on purpose.
    pub(crate) malformed: u64,
    /// Values sent as "not a number".
    pub(crate) absent: u64,
    /// Readings by vital, absent ones included.
    pub(crate) readings: PerVital,
    /// The faults that went out.
    pub(crate) injected: Injected,
    /// The same, named by sensor.
    pub(crate) faults: Faults,
}

impl Truth {
    /// Counts one notification.
    pub(crate) fn count(&mut self, measured: &Measured) {
        // What is kept already, and what waits for the patient's word, is no notification of the record.
        if matches!(measured, Measured::Again | Measured::Guest) {
            return;
        }
        self.notifications += 1;
        match measured {
            Measured::Heart { rr, .. } => {
                self.add(Vital::HeartRate, 1);
                self.add(Vital::RrInterval, rr.len() as u64);
            }
            Measured::Oxygen { saturation, pulse } | Measured::Spot { saturation, pulse, .. } => {
                self.number(Vital::OxygenSaturation, *saturation);
                self.number(Vital::OximeterPulseRate, *pulse);
            }
            Measured::Temperature { hundredths, .. } => self.number(Vital::BodyTemperature, *hundredths),
            Measured::Pressure { systolic, diastolic, mean, pulse, .. } => {
                self.number(Vital::SystolicPressure, Some(*systolic));
                self.number(Vital::DiastolicPressure, Some(*diastolic));
                self.number(Vital::MeanArterialPressure, *mean);
                self.number(Vital::CuffPulseRate, Some(*pulse));
            }
            Measured::Glucose { mg_dl, .. } => {
                self.number(Vital::GlucoseInterstitial, *mg_dl);
                self.number(Vital::GlucoseTrend, Some(0));
            }
            Measured::Battery(_) | Measured::Answer | Measured::Again | Measured::Guest => {}
            Measured::CutOff => self.malformed += 1,
        }
    }

    /// All readings.
    pub(crate) fn total(&self) -> u64 {
        self.readings.values().sum()
    }

    fn number(&mut self, vital: Vital, number: Option<i32>) {
        self.add(vital, 1);
        self.absent += u64::from(number.is_none());
    }

    fn add(&mut self, vital: Vital, count: u64) {
        if count > 0 {
            *self.readings.entry(vital).or_default() += count;
        }
    }
}

/// How many readings `held` lacks, and how many it has too many, vital by vital.
pub(crate) fn lost_and_doubled(sent: &PerVital, held: &PerVital) -> (u64, u64) {
    let both = |vital: &Vital| (sent.get(vital).copied().unwrap_or(0), held.get(vital).copied().unwrap_or(0));
    let counts: Vec<(u64, u64)> = Vital::ALL.iter().map(both).collect();
    let lost = counts.iter().map(|(sent, held)| sent.saturating_sub(*held)).sum();
    let doubled = counts.iter().map(|(sent, held)| held.saturating_sub(*sent)).sum();
    (lost, doubled)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_missing_in_one_vital_is_not_made_up_by_another() {
        let sent = PerVital::from([(Vital::HeartRate, 10), (Vital::RrInterval, 12)]);
        let held = PerVital::from([(Vital::HeartRate, 9), (Vital::RrInterval, 13)]);
        assert_eq!(lost_and_doubled(&sent, &held), (1, 1));
        assert_eq!(lost_and_doubled(&sent, &sent), (0, 0));
    }

    #[test]
    fn every_kind_of_notification_is_counted() {
        let mut truth = Truth::default();
        truth.count(&Measured::Heart { rate: 60, rr: vec![1000, 1001], contact: true });
        truth.count(&Measured::Oxygen { saturation: None, pulse: None });
        truth.count(&Measured::Battery(90));
        truth.count(&Measured::CutOff);
        assert_eq!((truth.notifications, truth.malformed, truth.absent, truth.total()), (4, 1, 2, 5));
    }
}
