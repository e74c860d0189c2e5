//! `init`: a new record, its 24 words shown once and three of them asked back.

use crate::{
    exit::{Failure, Outcome},
    output::{Output, error_line},
    patient::Patient,
    patient_args::PatientArgs,
    secrets::{ask_openly, write_secret},
};
use clap::Args;
use pulsebook_protocol::{
    random::{Random, SystemRandom, make_bytes},
    words::RecoveryWords,
};
use std::{collections::BTreeSet, path::PathBuf};

/// Options of `init`.
#[derive(Args, Debug)]
#[command(after_help = "Example:\n  pulsebook init --dir my-record")]
pub(crate) struct InitArgs {
    #[command(flatten)]
    patient: PatientArgs,
    /// Write the 24 words to this new file (for scripts) instead of showing them and asking three back
    #[arg(long, value_name = "FILE")]
    words_out: Option<PathBuf>,
}

/// How many words are asked back.
const ASKED: usize = 3;

/// Makes the record.
///
/// # Errors
/// The folder is taken, or the words were not written down.
pub(crate) async fn run(args: InitArgs) -> Outcome {
    if let Some(path) = args.words_out.as_deref().filter(|path| path.exists()) {
        return Err(Failure::new(format!("{} is there already", path.display()))
            .expected("a new file for the words")
            .action("name another one; nothing was made"));
    }
    let passphrase = args.patient.passphrase.choose()?;
    let (_patient, words) = Patient::create(&args.patient.dir, &passphrase, None).await?;
    let out = Output::new(false);
    match &args.words_out {
        Some(path) => {
            write_secret(path, &words.expose())?;
            out.say(format_args!(
                "The 24 words are in {}; copy them to paper and delete the file.",
                path.display()
            ));
        }
        None => show_and_ask(&words)?,
    }
    out.say(format_args!(
        "Your record is in {}. Its first block is sealed; it works without any provider.",
        args.patient.dir.display()
    ));
    out.say(format_args!("Next: pulsebook collect --dir {} --sim rest", args.patient.dir.display()));
    Ok(())
}

fn show_and_ask(words: &RecoveryWords) -> Outcome {
    let text = words.expose();
    error_line(
        "These 24 words are your record. Write them on paper now, in this order; they are never shown again.",
    );
    for (row, four) in text.split(' ').collect::<Vec<_>>().chunks(4).enumerate() {
        let numbered: Vec<String> = four
            .iter()
            .enumerate()
            .map(|(place, word)| format!("{:>2} {word:<10}", row * 4 + place + 1))
            .collect();
        error_line(&format!("  {}", numbered.join(" ").trim_end()));
    }
    for place in places(&mut SystemRandom)? {
        ask_back(&text, place)?;
    }
    Ok(())
}

/// Three different places among the 24, in order.
fn places(random: &mut dyn Random) -> Outcome<BTreeSet<usize>> {
    let mut places = BTreeSet::new();
    while places.len() < ASKED {
        let [byte] = make_bytes::<1>(random)?;
        places.insert(usize::from(byte) % RecoveryWords::COUNT);
    }
    Ok(places)
}

fn ask_back(text: &str, place: usize) -> Outcome {
    let word = text.split(' ').nth(place).unwrap_or_default();
    loop {
        let typed = ask_openly(&format!("Word {}: ", place + 1), "the word")?;
        if typed.trim().eq_ignore_ascii_case(word) {
            return Ok(());
        }
        error_line("That is not what stands there. Look at your paper again.");
    }
}
