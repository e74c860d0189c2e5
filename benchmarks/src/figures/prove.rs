//! Proving one reading of a year to a stranger, and checking the proof.

use super::{Scale, Tell};
use crate::{
    measure::{Scratch, cpu, median},
    row::Row,
    sealed_year::{open, seal_hours},
    serving::{NodeProcess, Warm},
    trouble::Outcome,
    world::{block_on, settled},
};
use pulsebook_core::record::{ReadingName, VitalsQuery};
use pulsebook_protocol::{proof::verify_reading_proof, vital::Vital};

/// Proofs made and checked.
const PROOFS: u32 = 20;

pub(super) fn run(scale: &Scale, _: &[String], tell: Tell<'_>) -> Outcome {
    let scratch = Scratch::make("prove")?;
    let folder = scratch.file("year");
    let node = NodeProcess::start(&scratch.file("node"))?;
    let (made, checked, bytes) = block_on(async {
        seal_hours(&folder, scale.year_hours, Some(&node)).await?;
        let record = open(&folder).await?;
        settled(record.sync_through(&*Warm::default().connect()).await?)?;
        // In the middle of what there is.
        let from = crate::day::START + i64::try_from(scale.year_hours)? * 1_800_000;
        let vitals = vec![Vital::HeartRate];
        let query = VitalsQuery { from, to: i64::MAX, vitals, limit: PROOFS, after: None };
        let (mut made, mut checked, mut bytes) = (Vec::new(), Vec::new(), 0);
        for kept in record.vitals(query).await?.readings {
            let name =
                ReadingName { vital: Vital::HeartRate, measured_at: kept.reading.measured_at, sensor: None };
            let before = cpu();
            let proof = record.prove(&name).await?;
            made.push((cpu() - before) * 1e3);
            let before = cpu();
            verify_reading_proof(&proof, Some(&record.chain()))?;
            checked.push((cpu() - before) * 1e3);
            bytes = proof.len();
        }
        Ok((made, checked, bytes))
    })?;
    let words =
        format!("{} hours of blocks; {bytes} bytes; checks itself before it is given", scale.year_hours);
    tell(Row::printed("proof of one reading made, processor time", (median(&made), "ms"), &words))?;
    tell(Row::printed("the same verified by a stranger", (median(&checked), "ms"), ""))
}
