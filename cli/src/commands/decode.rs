//! `decode`: one frame of a sensor, field by field, and the readings it becomes.

mod ask;
mod view;

use crate::{
    exit::{Failure, Kind, Outcome},
    moment,
    output::{Output, table},
};
use clap::Args;
use pulsebook_core::{
    ble::{Notification, SensorId},
    decode::{Context, FORMATS, Format, decode},
};
use serde::Serialize;
use view::View;

/// Options of `decode`.
#[derive(Args, Debug)]
#[command(
    after_help = "Example:\n  pulsebook decode 2A37 1e5532002100\n  pulsebook decode 2A1C 06:6c:01:00:ff:ea:07:07:0e:09:1a:35:06\n  pulsebook decode --list"
)]
pub(crate) struct DecodeArgs {
    /// The characteristic: its number (2A37), its UUID, or service and number (180D/2A37)
    #[arg(required_unless_present = "list")]
    characteristic: Option<String>,
    /// The frame in hex; spaces, colons, dashes and 0x may stand between its bytes
    #[arg(required_unless_present = "list")]
    bytes: Vec<String>,
    /// When it was received (else now); a frame without a clock is dated by it
    #[arg(long, value_name = "TIME", value_parser = moment::parse_start)]
    received_at: Option<i64>,
    /// List the characteristics that this version reads
    #[arg(long)]
    list: bool,
}

/// Shows it.
///
/// # Errors
/// The characteristic is unknown, the hex is none, or the frame does not follow its layout.
pub(crate) fn run(args: &DecodeArgs, out: Output) -> Outcome {
    let Some(characteristic) = args.characteristic.as_deref().filter(|_| !args.list) else {
        return list(out);
    };
    let format = ask::format(characteristic)?;
    let bytes = ask::bytes(&args.bytes)?;
    let received_at = args.received_at.unwrap_or_else(moment::now);
    let (fields, _) = format.explain(&bytes, &Context::at(received_at));
    let (sensor, characteristic) = (SensorId::new("decode"), format.characteristic);
    let read = decode(&Notification { sensor, characteristic, received_at, bytes: bytes.clone() });
    let verdict = read.as_ref().map(|_| ()).map_err(|malformed| {
        Failure::new(format!("{} cannot be read: {}", format.name, malformed.reason))
            .of(Kind::Malformed)
            .action("see that no byte was lost on the way; the fields before the fault are shown")
    });
    let view = View::new(format, &bytes, &fields, read.as_ref().ok(), received_at);
    if !out.is_json() {
        view.lines().iter().for_each(|line| out.say(line));
    }
    out.answer(&view, verdict)
}

/// What `--list --json` says.
#[derive(Serialize)]
struct Listed {
    characteristics: Vec<Row>,
}

#[derive(Serialize)]
struct Row {
    characteristic: String,
    service: String,
    service_name: &'static str,
    name: &'static str,
    kind: &'static str,
}

fn list(out: Output) -> Outcome {
    let rows: Vec<Row> = FORMATS.iter().copied().flatten().map(row).collect();
    let cells = |row: &Row| {
        let service = format!("{} ({})", row.service_name, row.service);
        vec![row.characteristic.clone(), row.name.to_owned(), row.kind.to_owned(), service]
    };
    let lines =
        table(&["number", "characteristic", "kind", "service"], &rows.iter().map(cells).collect::<Vec<_>>());
    out.tell(&Listed { characteristics: rows }, lines)
}

fn row(format: &'static Format) -> Row {
    Row {
        characteristic: format!("{:04X}", format.characteristic.characteristic),
        service: format!("{:04X}", format.characteristic.service),
        service_name: format.service_name(),
        name: format.name,
        kind: view::kind(format.kind),
    }
}
