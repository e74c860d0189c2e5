//! Step 5: a grant to a clinic, and the clinic's read over HTTPS with every claim checked.

use super::stage::Stage;
use crate::{
    clinic_folder::{Ask, Clinic},
    commands::revoke,
    exit::{Failure, Outcome},
    files, moment,
    output::{plural, table},
    patient::GrantWish,
    secrets::write_secret,
    vitals::Vitals,
};
use pulsebook_fhir::{BundleWriter, Source};
use pulsebook_grantee::ReadSegment;
use pulsebook_protocol::{
    card::{GrantFile, GranteeCard},
    grant::Purpose,
    vital::Category,
};

/// How long the clinic may read: thirty days of real time, in milliseconds.
const UNTIL: i64 = 30 * 24 * moment::HOUR;
/// What is granted.
pub(crate) const GRANTED: [Category; 2] = [Category::Heart, Category::Oxygen];

/// Grants heart and oxygen, and lets the clinic read.
///
/// # Errors
/// The grant cannot be made.
pub(crate) async fn share(stage: &mut Stage) -> Outcome {
    stage.out.heading("5. You let a clinic read your heart and oxygen");
    let clinic = Clinic::create(&stage.path("clinic"), "Cardiology North")?;
    let card = clinic.card()?;
    files::write(&stage.path("cards").join("clinic.json"), &card.to_json())?;
    grant(stage, &card).await?;
    stage.clinic = Some(clinic);
    let grant = grant_file(stage)?;
    let (mut vitals, mut first, mut segments) = (Vitals::default(), Vec::new(), 0);
    let fhir = stage.path("clinic-readings.fhir.json");
    let mut file = files::Beside::begin(&fhir)?;
    let mut bundle = BundleWriter::new(&mut file, &grant.chain)?;
    let ask = Ask::new(Purpose::Treatment);
    let read = clinic_of(stage)?
        .read(&grant, &ask, &mut |segment| {
            segments += 1;
            vitals.add(segment.readings());
            sample(&mut first, &segment);
            let source = Source { sensor: segment.sensor(), origin: segment.origin() };
            bundle.write(source, segment.readings()).map(drop).map_err(Failure::from)
        })
        .await?;
    let observations = bundle.finish()?;
    file.finish()?;
    stage.clinic_bytes += read.wire_bytes;
    stage.report.reads_allowed += u64::from(read.refused.is_none());
    stage.say(format_args!(
        "{} reads at {}: {} opened with its own key.",
        card.name(),
        read.node,
        plural(segments, "segment")
    ));
    for check in &read.checks {
        stage.out.promise(check.held, &check.what);
    }
    table(&["measured at", "vital", "value", "quality"], &first).iter().for_each(|line| stage.say(line));
    vitals.lines().iter().for_each(|line| stage.say(line));
    stage.say(format_args!(
        "{} as HL7 FHIR R4, marked as simulated, in {}",
        plural(observations, "Observation"),
        fhir.display()
    ));
    let complete = vitals.counts() == expected(stage);
    stage.promise(
        "the clinic read every granted reading and nothing else",
        read.refused.is_none() && complete,
    );
    stage.promise(
        "every claim that the node made was checked by the clinic and held",
        !read.checks.is_empty() && read.checks.iter().all(|check| check.held),
    );
    Ok(())
}

async fn grant(stage: &mut Stage, card: &GranteeCard) -> Outcome {
    let wish = GrantWish {
        categories: GRANTED.to_vec(),
        from: moment::hour_floor(stage.plan.start),
        to: moment::hour_ceil(stage.plan.end + 1),
        purpose: Purpose::Treatment,
        until: moment::hour_ceil(moment::now() + UNTIL),
        delegate: 0,
    };
    let granted = stage.patient.grant(card, &wish).await?;
    write_secret(&stage.path("grant.json"), &granted.file)?;
    stage.say(format_args!("\u{201c}{}\u{201d}", granted.sentence));
    // The Grant entry has sealed a block; its releases follow once that is final.
    let (in_force, synced) = stage.patient.put_in_force(&granted.id).await?;
    stage.grant_id = granted.id;
    stage.count_sync(&synced);
    stage.say(revoke::in_force("Granted", in_force));
    Ok(())
}

/// The grant as the clinic holds it.
///
/// # Errors
/// Step 5 was not done.
pub(crate) fn grant_file(stage: &Stage) -> Outcome<GrantFile> {
    files::read_as(&stage.path("grant.json"), "a grant file", GrantFile::parse)
}

/// The clinic.
///
/// # Errors
/// Step 5 was not done.
pub(crate) fn clinic_of(stage: &Stage) -> Outcome<&Clinic> {
    stage.clinic.as_ref().ok_or_else(|| Failure::new("there is no clinic yet"))
}

/// What of the record is granted: all its time, two categories.
fn expected(stage: &Stage) -> std::collections::BTreeMap<&'static str, u64> {
    let granted = stage.held.iter().filter(|(vital, _)| GRANTED.contains(&vital.category()));
    granted.map(|(vital, count)| (vital.name(), *count)).collect()
}

/// The first readings of each vital, for a small table.
fn sample(rows: &mut Vec<Vec<String>>, segment: &ReadSegment) {
    for reading in segment.readings() {
        let name = reading.vital.name();
        if rows.iter().filter(|row| row.get(1).is_some_and(|vital| vital == name)).count() < 2 {
            rows.push(crate::vitals::row(&reading));
        }
    }
}
