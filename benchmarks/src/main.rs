//! `pulsebook-bench`: each figure of docs/performance.md, measured as a process of its own and printed beside its peer.
//!
//! `pulsebook-bench [NAME…] [--quick]` runs all figures or those named. Each prints rows; a row holds what was measured,
//! the peer or floor of the same run, their ratio and the bound. A row that misses is a result, not an error.

mod day;
mod entropy;
mod feed;
mod figures;
mod measure;
mod peers;
mod row;
mod sealed_year;
mod serving;
mod trouble;
mod world;

use figures::{FIGURES, Scale};
use row::{Row, heading};
use std::{
    io::{BufRead, BufReader, Write},
    process::{Command, ExitCode, Stdio},
};
use trouble::Outcome;

fn main() -> ExitCode {
    let mut names: Vec<String> = std::env::args().skip(1).collect();
    let quick = names.iter().any(|name| name == "--quick");
    names.retain(|name| name != "--quick");
    let done = match names.split_first() {
        Some((first, rest)) if first == "figure" => figure(rest, quick),
        Some((first, rest)) if first == "serve-node" => serving::serve_until_stdin_closes(rest),
        _ => table(&names, quick),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(trouble) => {
            let _ = writeln!(std::io::stderr(), "bench: {trouble}");
            ExitCode::FAILURE
        }
    }
}

/// One figure, in this process: its rows as JSON lines.
fn figure(words: &[String], quick: bool) -> Outcome {
    let name = words.first().map_or("", String::as_str);
    let scale = if quick { Scale::QUICK } else { Scale::FULL };
    let known = FIGURES.iter().find(|figure| figure.name == name);
    let figure = known.ok_or_else(|| format!("no figure is called `{name}`"))?;
    let mut out = std::io::stdout();
    (figure.run)(&scale, words.get(1..).unwrap_or_default(), &mut |row| {
        Ok(writeln!(out, "{}", serde_json::to_string(&row)?)?)
    })
}

/// Every figure as a process, its rows as a table.
fn table(names: &[String], quick: bool) -> Outcome {
    if let Some(unknown) = names.iter().find(|name| FIGURES.iter().all(|figure| figure.name != **name)) {
        let known: Vec<&str> = FIGURES.iter().map(|figure| figure.name).collect();
        return Err(format!("no figure is called `{unknown}`; there are {}", known.join(", ")).into());
    }
    let mut out = std::io::stdout();
    writeln!(out, "{}", heading())?;
    let mut failed = Vec::new();
    for figure in FIGURES.iter().filter(|figure| names.is_empty() || names.iter().any(|n| n == figure.name)) {
        if !spawn(figure.name, quick, &mut out)? {
            failed.push(figure.name);
        }
    }
    if failed.is_empty() { Ok(()) } else { Err(format!("these did not run: {}", failed.join(", ")).into()) }
}

fn spawn(name: &str, quick: bool, out: &mut impl Write) -> Outcome<bool> {
    let mut command = Command::new(std::env::current_exe()?);
    command.args(["figure", name]).args(quick.then_some("--quick")).stdout(Stdio::piped());
    let mut child = command.spawn()?;
    for line in child.stdout.take().into_iter().flat_map(|out| BufReader::new(out).lines()) {
        let row: Row = serde_json::from_str(&line?)?;
        writeln!(out, "{row}")?;
        out.flush()?;
    }
    Ok(child.wait()?.success())
}
