//! Readings as HL7 FHIR R4: Observations with their codes and everything that is known against them, pure.
//!
//! Nothing is dropped and nothing is made up: an absent value becomes a `dataAbsentReason`, a doubted one keeps its
//! value and says `questionable`, an impossible one is absent with `error` and stays readable in a note. Simulated and
//! replayed readings carry the security label HTEST. The patient is a pseudonym: no name, no birth date.
//!
//! ```
//! use pulsebook_fhir::{BundleWriter, Source};
//! use pulsebook_protocol::{bytes::ChainId, quality::Quality, reading::*, segment::Sensor, vital::Vital};
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let sensor = Sensor { id: "t-1".into(), kind: "thermometer".into() };
//! let value = Value::Number(3710);
//! let reading = Reading { vital: Vital::BodyTemperature, measured_at: 1_793_527_200_000, value, quality: Quality::GOOD };
//! let mut json = Vec::new();
//! let mut bundle = BundleWriter::new(&mut json, &ChainId::from_bytes([1; 32]))?;
//! bundle.write(Source { sensor: &sensor, origin: Origin::Measured }, [reading])?;
//! assert_eq!(bundle.finish()?, 1);
//! assert!(String::from_utf8(json)?.contains(r#""value":37.1"#));
//! # Ok(()) }
//! ```
#![cfg_attr(test, allow(clippy::unwrap_used, clippy::panic))]

mod bulk;
mod bundle;
mod code;
mod judgement;
mod number;
mod observation;
mod panel;
mod resource;
mod scribe;
mod tally;
mod uuid;

pub use bulk::{BulkFiles, BulkWriter};
pub use bundle::{BundleError, BundleWriter, write_bundle};
pub use observation::observations;
pub use resource::{Source, Subject, device, gateway, is_test, patient};
pub use scribe::effective_date_time;
pub use uuid::Uuid;
