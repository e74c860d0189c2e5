//! `scan`: which sensors are there, in a table that lives while a person looks at it.

use crate::{
    bluetooth,
    exit::Outcome,
    moment,
    output::{Output, table},
    patient::Patient,
    secrets::PassphraseArgs,
    stop,
};
use clap::Args;
use pulsebook_core::record::KnownSensor;
use pulsebook_radio::{Radio, Sighting};
use serde::Serialize;
use std::{io::IsTerminal, path::PathBuf, time::Duration};
use tokio::time::{Instant, sleep_until};

/// Options of `scan`.
#[derive(Args, Debug)]
#[command(after_help = "Example:\n  pulsebook scan\n  pulsebook scan --dir my-record --duration 30s")]
pub(crate) struct ScanArgs {
    /// The folder of a record: says which sensors it has met already
    #[arg(long, value_name = "DIR")]
    dir: Option<PathBuf>,
    #[command(flatten)]
    passphrase: PassphraseArgs,
    /// How long to listen
    #[arg(long, value_parser = moment::parse_duration, default_value = "10s")]
    duration: i64,
}

/// What `--json` says.
#[derive(Serialize)]
struct Listed {
    sensors: Vec<Row>,
}

#[derive(Serialize)]
struct Row {
    id: String,
    name: String,
    kind: String,
    measures: Vec<&'static str>,
    signal_dbm: Option<i16>,
    /// `None` when no record was named.
    known: Option<bool>,
    same_name: Option<bool>,
}

/// How often the live table is drawn.
const FRAME: Duration = Duration::from_millis(500);

/// Listens and lists.
///
/// # Errors
/// No Bluetooth to use, or the record cannot be opened.
pub(crate) async fn run(args: ScanArgs, out: Output) -> Outcome {
    let radio = bluetooth::start(true).await?;
    let known = known(&args).await?;
    let live = std::io::stdout().is_terminal() && !out.is_json();
    let listening = radio.look(bluetooth::span(args.duration));
    let found = tokio::select! {
        found = listening => found?,
        found = redraw(&radio, known.as_deref(), live) => found,
    };
    let rows = rows(found, known.as_deref());
    if live {
        clear(rows.len());
    }
    let mut lines = lines(&rows);
    if rows.is_empty() {
        lines = vec![
            "No sensor was heard. Switch it on or put it on, bring it near, and see that no other app is connected to it; then scan again.".to_owned(),
        ];
    }
    out.tell(&Listed { sensors: rows }, lines)
}

async fn known(args: &ScanArgs) -> Outcome<Option<Vec<KnownSensor>>> {
    let Some(dir) = &args.dir else { return Ok(None) };
    let patient = Patient::open(dir, &args.passphrase.read()?).await?;
    Ok(Some(patient.record().sensors().await?))
}

/// Draws what is known until Ctrl-C, which ends the listening early.
async fn redraw(radio: &Radio, known: Option<&[KnownSensor]>, live: bool) -> Vec<Sighting> {
    let (remote, mut drawn) = (radio.remote(), 0);
    let asked = stop::asked();
    tokio::pin!(asked);
    loop {
        if live {
            let lines = lines(&rows(remote.found().await, known));
            clear(drawn);
            drawn = lines.len();
            let _ = console::Term::stdout().write_line(&lines.join("\n"));
        }
        tokio::select! {
            () = &mut asked => return remote.found().await,
            () = sleep_until(Instant::now() + FRAME) => {}
        }
    }
}

/// Takes the table of before away.
fn clear(lines: usize) {
    let _ = console::Term::stdout().clear_last_lines(lines);
}

fn rows(found: Vec<Sighting>, known: Option<&[KnownSensor]>) -> Vec<Row> {
    let mut rows: Vec<Row> = found.into_iter().map(|sighting| row(sighting, known)).collect();
    rows.sort_by_key(|row| std::cmp::Reverse(row.signal_dbm));
    rows
}

fn row(sighting: Sighting, known: Option<&[KnownSensor]>) -> Row {
    let Sighting { sensor, measures, signal_dbm, .. } = sighting;
    let id = sensor.id.as_str().to_owned();
    let met = |known: &KnownSensor| known.id == id || known.known_as.contains(&id);
    // Sensors of one model often have one name.
    let alike = |known: &KnownSensor| !sensor.name.is_empty() && known.name == sensor.name;
    let same_name = known.map(|known| known.iter().any(alike));
    let known = known.map(|known| known.iter().any(met));
    Row { id, name: sensor.name, kind: sensor.kind, measures, signal_dbm, known, same_name }
}

fn lines(rows: &[Row]) -> Vec<String> {
    let cells = |row: &Row| {
        let name = if row.name.is_empty() { format!("(no name) {}", row.id) } else { row.name.clone() };
        let known = match (row.known, row.same_name) {
            (None, _) => "",
            (Some(true), _) => "known",
            (Some(false), Some(true)) => "perhaps known: the same name",
            (Some(false), _) => "new",
        };
        let measures = format!("{}: {}", row.kind, row.measures.join(", "));
        vec![name, measures, bluetooth::signal(row.signal_dbm), known.to_owned()]
    };
    table(&["sensor", "what it is and measures", "signal", ""], &rows.iter().map(cells).collect::<Vec<_>>())
}
