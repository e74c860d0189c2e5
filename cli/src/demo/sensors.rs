//! Step 3: the wearables, and what goes wrong with them.

use super::stage::Stage;
use crate::exit::Outcome;
use pulsebook_core::ble::BleTransport;

/// Says which sensors there are.
///
/// # Errors
/// The recording cannot be read.
pub(crate) async fn introduce(stage: &mut Stage) -> Outcome {
    stage.out.heading("3. Your wearables send raw Bluetooth notifications");
    for sensor in stage.plan.feed()?.scan().await? {
        let cadence = match sensor.cadence_ms {
            Some(ms) => format!("every {} s", ms / 1000),
            None if stage.plan.is_recording() => "as recorded".to_owned(),
            None => "when used".to_owned(),
        };
        stage.say(format_args!("  {}: {}, {cadence}", sensor.name, sensor.kind));
    }
    stage.say(format_args!("Simulated time: {}.", stage.plan.span()));
    Ok(())
}
