//! A node driven by a patient in the same process: what it takes, what it refuses, what it serves.

mod node;
mod patient;
mod way;
