//! `clinic delegate`: passes a grant on to another key, narrowed, with the segment keys that it needs.

use crate::{
    clinic_folder::{Clinic, left::plain},
    exit::Outcome,
    files, moment,
    output::{Output, plural},
    secrets::write_secret,
};
use clap::Args;
use pulsebook_core::ble::UnixMillis;
use pulsebook_grantee::PassOn;
use pulsebook_protocol::{
    card::{GrantFile, GranteeCard},
    grant::Purpose,
    vital::Category,
};
use serde::Serialize;
use std::path::PathBuf;

/// Options of `clinic delegate`.
#[derive(Args, Debug)]
pub(crate) struct DelegateArgs {
    /// The clinic's folder
    #[arg(long, value_name = "DIR")]
    dir: PathBuf,
    /// The grant file that the clinic was given
    #[arg(long, value_name = "FILE")]
    grant: PathBuf,
    /// The card of whoever may read from now on
    #[arg(long = "to", value_name = "CARD")]
    card: PathBuf,
    /// Until when it may be read under this delegation
    #[arg(long, value_parser = moment::parse_moment, value_name = "TIME")]
    until: UnixMillis,
    /// How many times it may be passed on again (0: never)
    #[arg(long, value_name = "TIMES", default_value_t = 0)]
    hops: u8,
    /// Only these of the granted categories
    #[arg(long, value_delimiter = ',', value_parser = crate::commands::grant::parse_category)]
    categories: Vec<Category>,
    /// What for: the clinic reads first, and the patient sees this in the access entry
    #[arg(long, value_parser = crate::commands::grant::parse_purpose, default_value = "TREAT")]
    purpose: Purpose,
    /// The grant file for the delegate
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
}

/// Passes it on.
///
/// # Errors
/// The patient did not allow it, a card that is none, nothing that can be read, a file that is there already.
pub(crate) async fn run(args: DelegateArgs, out: Output) -> Outcome {
    let clinic = Clinic::open(&args.dir)?;
    let grant =
        files::read_as(&args.grant, "a grant file, as `pulsebook grant --out` writes it", GrantFile::parse)?;
    let to = files::read_as(
        &args.card,
        "the delegate's card, as `pulsebook clinic card` writes it",
        GranteeCard::parse,
    )?;
    files::expect_new(&args.out, "delegate")?;
    let mut categories = args.categories.clone();
    categories.sort();
    categories.dedup();
    let not_after_s = moment::seconds(args.until);
    let wish = PassOn { to, categories, not_after_s, hops: args.hops, purpose: args.purpose };
    let passed = clinic.pass_on(&grant, &wish).await?;
    write_secret(&args.out, &passed.file.to_json())?;
    let (file, sentence) = (args.out.display().to_string(), plain(&passed.file.sentence));
    let lines = [
        sentence.clone(),
        format!(
            "Give {file} to {} and to nobody else. It opens what was released until now ({}); for later segments pass it on again.",
            wish.to.name(),
            plural(passed.segments as u64, "segment")
        ),
        "The patient sees in the access entries that this key read, and that you passed the grant on."
            .to_owned(),
    ];
    out.tell(&Passed { file, sentence, segments: passed.segments }, lines)
}

/// What `--json` says.
#[derive(Serialize)]
struct Passed {
    file: String,
    sentence: String,
    segments: usize,
}
