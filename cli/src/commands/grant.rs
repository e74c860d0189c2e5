//! `grant`: allows a clinic to read some categories of some time, and writes the file that it needs.

use crate::{
    commands::revoke,
    exit::{Failure, Outcome},
    files, moment,
    output::Output,
    patient::{GrantWish, InForce},
    patient_args::PatientArgs,
    secrets::write_secret,
};
use clap::Args;
use pulsebook_core::ble::UnixMillis;
use pulsebook_faultpoint::{Point, pass};
use pulsebook_protocol::{card::GranteeCard, grant::Purpose, vital::Category};
use serde::Serialize;
use std::path::PathBuf;

/// Options of `grant`.
#[derive(Args, Debug)]
#[command(
    after_help = "Example:\n  pulsebook grant --dir my-record --to clinic-card.json --categories heart,oxygen \\\n    --from 2026-03-01T00:00:00Z --before 2026-03-08T00:00:00Z --purpose TREAT \\\n    --until 2026-04-01T00:00:00Z --out grant.json"
)]
pub(crate) struct GrantArgs {
    #[command(flatten)]
    patient: PatientArgs,
    /// The card of the clinic that may read
    #[arg(long = "to", value_name = "CARD")]
    card: PathBuf,
    /// What it may read: heart, oxygen, pressure, temperature …
    #[arg(long, value_delimiter = ',', value_parser = parse_category, required = true)]
    categories: Vec<Category>,
    /// Measured from (rounded down to the hour)
    #[arg(long, value_parser = moment::parse_moment, value_name = "TIME")]
    from: UnixMillis,
    /// Measured before (rounded up to the hour)
    #[arg(long, value_parser = moment::parse_moment, value_name = "TIME")]
    before: UnixMillis,
    /// What for: TREAT, ETREAT, CAREMGT, COC, PATRQT, FAMRQT, HRESCH or PUBHLTH
    #[arg(long, value_parser = parse_purpose, default_value = "TREAT")]
    purpose: Purpose,
    /// Until when it may be read
    #[arg(long, value_parser = moment::parse_moment, value_name = "TIME")]
    until: UnixMillis,
    /// How many times the clinic may pass it on (0: never)
    #[arg(long, value_name = "TIMES", default_value_t = 0, value_parser = clap::value_parser!(u8).range(0..=8))]
    delegate: u8,
    /// The grant file for the clinic
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
}

/// Grants.
///
/// # Errors
/// A card that is none, times that cannot be, a record without a circle. A node that cannot be reached is none.
pub(crate) async fn run(args: GrantArgs, out: Output) -> Outcome {
    let card = files::read_as(
        &args.card,
        "a clinic's card, as `pulsebook clinic card` writes it",
        GranteeCard::parse,
    )?;
    let wish = wish(&args)?;
    files::expect_new(&args.out, "grant")?;
    let patient = args.patient.open().await?;
    let granted = patient.grant(&card, &wish).await?;
    pass(Point::GrantFile);
    write_secret(&args.out, &granted.file)?;
    // Said at once: the syncs after it may take a while.
    out.say(&granted.sentence);
    if !card.receive_key().suite().is_quantum_safe() {
        out.say(
            "Its receive key is P-256: what is released to it is not safe from a future quantum computer.",
        );
    }
    out.say(format_args!(
        "Grant {}. Give {} to {} and to nobody else.",
        granted.id,
        args.out.display(),
        card.name()
    ));
    let (at, synced) = patient.put_in_force(&granted.id).await?;
    let mut lines = vec![revoke::in_force("Granted", at)];
    lines.extend(revoke::troubles(at, &synced));
    if at.nodes < at.of {
        lines.push(format!(
            "`pulsebook sync --dir {}` brings it to the others when they can be reached; the grant stands.",
            args.patient.dir.display()
        ));
    }
    let file = args.out.display().to_string();
    out.tell(&Given { id: granted.id, sentence: granted.sentence, file, in_force: at }, lines)
}

/// What `--json` says.
#[derive(Serialize)]
struct Given {
    id: String,
    sentence: String,
    file: String,
    in_force: InForce,
}

fn wish(args: &GrantArgs) -> Outcome<GrantWish> {
    let (from, to) = (moment::hour_floor(args.from), moment::hour_ceil(args.before));
    if from >= to {
        return Err(
            Failure::usage("--from is not before --before").expected("a time range that is not empty")
        );
    }
    if args.until <= moment::now() {
        return Err(Failure::usage("--until has passed already").expected("a moment in the future"));
    }
    let mut categories = args.categories.clone();
    categories.sort();
    categories.dedup();
    Ok(GrantWish { categories, from, to, purpose: args.purpose, until: args.until, delegate: args.delegate })
}

/// A category by its name, for clap.
///
/// # Errors
/// What is wrong, in words.
pub(crate) fn parse_category(name: &str) -> Result<Category, String> {
    let names = || Category::ALL.map(Category::name).join(", ");
    Category::from_name(name.trim()).ok_or_else(|| format!("expected one of {}", names()))
}

/// A purpose by its HL7 code, for clap.
///
/// # Errors
/// What is wrong, in words.
pub(crate) fn parse_purpose(code: &str) -> Result<Purpose, String> {
    code.to_ascii_uppercase().parse::<Purpose>().map_err(|error| error.to_string())
}
