//! Folders of nodes and clinics: what is said when one is made, and its card, which people exchange.

use crate::{
    exit::Outcome,
    files,
    output::{Output, result_line},
};
use clap::Args;
use serde::Serialize;
use std::path::PathBuf;

/// What `--json` says when a folder was made.
#[derive(Serialize)]
pub(super) struct Made {
    /// The folder.
    pub(super) dir: String,
    /// The name on its card.
    pub(super) name: String,
}

/// Options of `node card` and `clinic card`.
#[derive(Args, Debug)]
pub(crate) struct CardArgs {
    /// The folder
    #[arg(long, value_name = "DIR")]
    pub(super) dir: PathBuf,
    /// The file to write instead of standard output
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
}

impl CardArgs {
    /// Writes the card; on standard output it is the one JSON object, on one line with `--json`.
    ///
    /// # Errors
    /// The file cannot be written.
    pub(super) fn write(&self, card: &str, out: Output) -> Outcome {
        let Some(path) = &self.out else {
            if out.is_json() {
                return out.object(&serde_json::from_str::<serde_json::Value>(card)?);
            }
            result_line(card);
            return Ok(());
        };
        files::write(path, card)?;
        let file = path.display().to_string();
        let line = format!("The card is in {file}. It holds no secret.");
        out.tell(&Written { file }, [line])
    }
}

#[derive(Serialize)]
struct Written {
    file: String,
}
