//! Nodes that lie to a clinic.
