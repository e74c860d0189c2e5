//! The patient of provider-node's own tests, who enrols, offers, settles and grants.

#[path = "../../provider-node/src/tests/grantee.rs"]
#[allow(dead_code)]
pub(crate) mod grantee;
#[path = "../../provider-node/src/tests/node.rs"]
#[allow(dead_code)]
pub(crate) mod node;
#[path = "../../provider-node/src/tests/patient.rs"]
#[allow(dead_code)]
pub(crate) mod patient;
