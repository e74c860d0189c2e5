//! `init`: a new record, its 24 words shown once and three of them asked back.

mod traces;

use crate::{
    exit::{Failure, Outcome},
    files,
    output::{Output, error_line},
    patient::Patient,
    patient_args::PatientArgs,
    secrets::{SecretText, ask_openly, write_secret},
    stop, unfinished,
};
use clap::Args;
use pulsebook_faultpoint::{Point, pass};
use pulsebook_protocol::{
    bytes::ChainId,
    random::{Random, SystemRandom, make_bytes},
    words::RecoveryWords,
};
use serde::Serialize;
use std::{collections::BTreeSet, path::PathBuf};
use tokio::sync::oneshot;
use traces::Traces;

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
/// How many wrong answers are taken in all.
const WRONG: usize = 3;

/// Makes the record.
///
/// # Errors
/// The folder is taken, or the words were not written down; nothing half-made stays.
pub(crate) async fn run(args: InitArgs, out: Output) -> Outcome {
    if let Some(path) = &args.words_out {
        files::expect_new(path, "words")?;
    }
    let passphrase = args.patient.passphrase.choose()?;
    if unfinished::clear(&args.patient.dir)? {
        error_line(
            "An earlier record here was never finished; what was begun is removed, this is a new one.",
        );
    }
    let traces = Traces::before(&args.patient.dir);
    let chain = match make(&args, &passphrase, out).await {
        Ok(chain) => chain.to_string(),
        Err(failure) => {
            traces.take_back()?;
            error_line("No record was made: what was begun is removed again.");
            return Err(failure);
        }
    };
    let dir = args.patient.dir.display().to_string();
    let lines = [
        format!("Your record is in {dir}. Its first block is sealed; it works without any provider."),
        format!("Next: pulsebook collect --dir {dir} --sim rest"),
    ];
    let words_file = args.words_out.map(|path| path.display().to_string());
    out.tell(&Made { dir, chain, words_file }, lines)
}

/// What `--json` says: never the words.
#[derive(Serialize)]
struct Made {
    dir: String,
    chain: String,
    words_file: Option<String>,
}

/// Makes the record and gives its words away; the record is closed again when this returns.
async fn make(args: &InitArgs, passphrase: &str, out: Output) -> Outcome<ChainId> {
    unfinished::begin(&args.patient.dir)?;
    pass(Point::InitBegun);
    let (patient, words) = Patient::create(&args.patient.dir, passphrase, None).await?;
    pass(Point::WordsGiven);
    match &args.words_out {
        None => show_and_ask(&words).await?,
        Some(path) => {
            write_secret(path, &words.expose())?;
            out.say(format_args!(
                "The 24 words are in {}; copy them to paper and delete the file.",
                path.display()
            ));
        }
    }
    pass(Point::InitFinish);
    unfinished::finish(&args.patient.dir)?;
    pass(Point::InitDone);
    Ok(patient.chain())
}

async fn show_and_ask(words: &RecoveryWords) -> Outcome {
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
    let places = places(&mut SystemRandom)?;
    let (answer, answered) = oneshot::channel();
    // A thread of its own: nothing waits for its line when the user has pressed Ctrl-C instead.
    std::thread::spawn(move || answer.send(ask_all(&text, &places)));
    tokio::select! {
        asked = answered => asked.map_err(|_| Failure::new("the words could not be asked back"))?,
        () = stop::asked() => Err(Failure::stopped("stopped before the words were confirmed")),
    }
}

fn ask_all(text: &str, places: &BTreeSet<usize>) -> Outcome {
    let mut wrong = 0;
    places.iter().try_for_each(|place| ask_back(text, *place, &mut wrong))
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

fn ask_back(text: &str, place: usize, wrong: &mut usize) -> Outcome {
    let word = text.split(' ').nth(place).unwrap_or_default();
    loop {
        let typed: SecretText = ask_openly(&format!("Word {}: ", place + 1), "the word")?;
        if typed.trim().eq_ignore_ascii_case(word) {
            return Ok(());
        }
        *wrong += 1;
        if *wrong == WRONG {
            return Err(Failure::new("the words on your paper are not those of this record")
                .expected("the three words that were asked, as they were shown")
                .action("run the command again and write down the new words in their order"));
        }
        error_line("That is not what stands there. Look at your paper again.");
    }
}
