//! A node driven by a patient in the same process: what it takes, what it refuses, what it serves.

mod grantee;
mod hostile;
mod network;
mod node;
mod offers;
mod patient;
mod reads;
mod restart;
mod routes;
mod uploads;
mod way;
