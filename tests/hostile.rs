//! Nodes that lie, over real TLS, in front of a real phone and a real clinic: each attack a test, each test a line of
//! docs/threat-model.md.
#![allow(clippy::unwrap_used, clippy::panic)]

#[allow(dead_code)]
#[path = "shared/address.rs"]
mod address;
#[path = "hostile/circle.rs"]
mod circle;
#[path = "hostile/clinic.rs"]
mod clinic;
#[path = "hostile/command.rs"]
mod command;
#[path = "hostile/liar.rs"]
mod liar;
#[path = "hostile/lies.rs"]
mod lies;
#[path = "hostile/roots.rs"]
mod roots;
#[allow(dead_code)]
#[path = "story/scratch.rs"]
mod scratch;
#[path = "hostile/seam.rs"]
mod seam;
#[path = "hostile/strap.rs"]
mod strap;
#[path = "hostile/wire.rs"]
mod wire;
