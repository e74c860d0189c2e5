//! The clocks of connected sensors: read before anything is fetched, set afterwards where the sensor lets itself be set.

use super::Collecting;
use crate::{
    ble::{BleTransport, Characteristic, Notification, SensorId},
    decode::{cgm, current_time, elapsed_time},
    error::Error,
    event::Event,
    record::Inner,
    store::locked,
};
use std::sync::Arc;

/// What is asked of a sensor before its records are read: they are dated by it.
const ASKED: [Characteristic; 4] =
    [current_time::CURRENT_TIME, elapsed_time::CURRENT, cgm::FEATURE, cgm::SESSION_START];

/// A clock that is off by no more is left alone.
const RIGHT_WITHIN_MS: i64 = 5_000;

impl Inner {
    /// Reads what dates a sensor's records. The answers are kept like notifications, so that a replay dates the same.
    pub(super) async fn ask_clock(
        self: &Arc<Self>,
        transport: &mut dyn BleTransport,
        (sensor, found_as): (&SensorId, &SensorId),
        collecting: &mut Collecting,
    ) -> Result<(), Error> {
        for characteristic in ASKED {
            if let Ok(bytes) = transport.read(found_as, characteristic).await {
                let (sensor, received_at) = (sensor.clone(), self.clock.now());
                let answer = Notification { sensor, characteristic, received_at, bytes };
                self.notified(answer, collecting).await?;
            }
        }
        Ok(())
    }

    /// Sets a clock that is off, once everything it dated has been fetched, and looks at it again.
    pub(super) async fn set_clock(
        self: &Arc<Self>,
        transport: &mut dyn BleTransport,
        (sensor, found_as): (&SensorId, &SensorId),
        collecting: &mut Collecting,
    ) -> Result<(), Error> {
        let clock = locked(&self.pipeline).clock_of(sensor);
        let Some(lag) = clock.and_then(|clock| clock.lag_ms()).filter(|lag| lag.abs() > RIGHT_WITHIN_MS)
        else {
            return Ok(());
        };
        let (now, zone) = (self.clock.now(), collecting.options.zone);
        let mut set = false;
        for (characteristic, bytes) in [
            (current_time::CURRENT_TIME, current_time::encode(zone.local_of(now)).to_vec()),
            (elapsed_time::CURRENT, elapsed_time::encode(now, zone).to_vec()),
        ] {
            set |= transport.write(found_as, characteristic, &bytes).await.is_ok();
        }
        self.events.tell(|| Event::SensorClockOff { sensor: sensor.to_string(), lag_ms: lag, set });
        if set {
            self.ask_clock(transport, (sensor, found_as), collecting).await?;
        }
        Ok(())
    }
}
