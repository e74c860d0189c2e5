//! Samples for foreign judges: `make SAMPLES DEMO` writes what our code makes, `read SAMPLES WHICH` reads what they wrote.
#![allow(clippy::unwrap_used, clippy::panic, clippy::print_stdout)]

#[path = "samples/answers.rs"]
mod answers;
#[path = "samples/envelopes.rs"]
mod envelopes;
#[path = "samples/fhir.rs"]
mod fhir;
#[path = "samples/grants.rs"]
mod grants;
#[path = "samples/log.rs"]
mod log;
#[path = "samples/objects.rs"]
mod objects;
#[path = "samples/record.rs"]
mod record;
#[path = "samples/requests.rs"]
mod requests;
#[path = "samples/words.rs"]
mod words;

use pulsebook_protocol::{key::SigningKey, random::SystemRandom};
use serde_json::Value;
use std::{fs, path::Path};

fn main() {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = args.iter().map(String::as_str).collect();
    match words.as_slice() {
        ["make", samples, demo] => make(Path::new(samples), Path::new(demo)),
        ["read", samples, which] => println!("{}", answers::read(Path::new(samples), which)),
        _ => panic!("usage: samples make SAMPLES DEMO | samples read SAMPLES WHICH"),
    }
}

/// Writes every sample. `demo` is a folder that `pulsebook demo` left.
fn make(samples: &Path, demo: &Path) {
    fs::create_dir_all(samples).unwrap();
    let record = record::Record::open(demo);
    let write = |name: &str, value: Value| {
        fs::write(samples.join(name), serde_json::to_vec_pretty(&value).unwrap()).unwrap();
    };
    write("signed.json", objects::signed(&record));
    write("cbor.json", objects::plain(&record));
    write("notes.json", log::notes(&record));
    write("trees.json", log::trees());
    write("witness.json", log::witness());
    write("grants.json", grants::make());
    write("envelopes.json", envelopes::make());
    write("requests.json", requests::make());
    write("words.json", words::make());
    fs::write(samples.join("every-mark.fhir.json"), fhir::bundle()).unwrap();
    println!("samples of {} made in {}", record.told(), samples.display());
}

/// Bytes in a sample.
fn b64(bytes: impl AsRef<[u8]>) -> String {
    data_encoding::BASE64.encode(bytes.as_ref())
}

/// Bytes out of what a judge wrote.
fn from_b64(value: &Value) -> Vec<u8> {
    let text = value.as_str().unwrap_or_else(|| panic!("expected base64, found {value}"));
    data_encoding::BASE64.decode(text.as_bytes()).unwrap()
}

/// What a sample or a judge's file says.
fn load(samples: &Path, name: &str) -> Value {
    let path = samples.join(name);
    let text = fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    serde_json::from_slice(&text).unwrap()
}

fn make_key() -> SigningKey {
    SigningKey::make(&mut SystemRandom).unwrap()
}

/// Now, seconds.
fn now_s() -> u64 {
    std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().as_secs()
}
