//! Sensors on their own, without a scenario: each does one thing that a test asks for.

mod counted;
mod exemplar;
mod flaw;
mod glucose_meter;
mod hostile;
mod scripted;

pub use counted::CountedStrap;
pub use exemplar::Exemplar;
pub use flaw::Flaw;
pub use glucose_meter::GlucoseMeter;
pub use hostile::Hostile;
pub use scripted::Scripted;
