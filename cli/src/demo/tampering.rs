//! Step 6: one byte changes on one node's disk, and is found.

use super::{
    granting::{clinic_of, grant_file},
    node_store::{Flipped, NodeStore},
    stage::Stage,
};
use crate::{
    clinic_folder::Ask,
    commands::verify,
    exit::{Failure, Outcome},
    patient::Finding,
};
use pulsebook_protocol::grant::Purpose;

/// Flips the byte, verifies, and reads at the other nodes.
///
/// # Errors
/// The node's store cannot be changed.
pub(crate) async fn tamper(stage: &mut Stage) -> Outcome {
    stage.out.heading("6. Somebody changes one byte on one node's disk");
    let victim = stage.nodes.last().map(|node| (node.name.clone(), node.dir.clone()));
    let (name, dir) = victim.ok_or_else(|| Failure::new("there is no node"))?;
    let Flipped { height, slot } = NodeStore::open(&dir)?.flip_a_bit()?;
    stage.say(format_args!(
        "One bit is flipped in segment {slot} of block {height} in the store of {name}. You verify:"
    ));
    let verified = stage.patient.verify().await?;
    verify::lines(&verified).iter().for_each(|line| stage.say(format_args!("  {line}")));
    let exact = |finding: &&Finding| {
        finding.node.as_ref() == Some(&name) && finding.block == Some(height) && finding.segment == Some(slot)
    };
    let found = verified.findings.iter().filter(exact).count();
    stage.report.tamper_found = found as u64;
    stage.promise(
        "verify names the node, the block and the segment, and accuses nobody else",
        found == 1 && verified.findings.len() == 1 && verified.could_not_ask.is_empty(),
    );
    if stage.nodes.len() > 1 {
        read_at_the_others(stage, &name).await?;
    }
    Ok(())
}

async fn read_at_the_others(stage: &mut Stage, victim: &str) -> Outcome {
    let grant = grant_file(stage)?;
    let others: Vec<String> =
        stage.nodes.iter().map(|node| node.name.clone()).filter(|name| name != victim).collect();
    let mut serving = 0;
    for node in &others {
        let ask = Ask { node: Some(node.clone()), ..Ask::new(Purpose::Treatment) };
        let mut segments = 0_u64;
        let read = clinic_of(stage)?
            .read(&grant, &ask, &mut |_| {
                segments += 1;
                Ok(())
            })
            .await?;
        stage.clinic_bytes += read.wire_bytes;
        let served = read.refused.is_none() && read.checks.iter().all(|check| check.held) && segments > 0;
        stage.report.reads_allowed += u64::from(read.refused.is_none());
        serving += usize::from(served);
    }
    stage.say(format_args!(
        "{serving} of the {} other nodes serve everything, and every check holds.",
        others.len()
    ));
    stage.promise("the other nodes still serve, verified", serving == others.len());
    Ok(())
}
