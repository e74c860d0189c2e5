//! One file a command: its options, what it does, what it says.

pub(crate) mod accesses;
mod card;
pub(crate) mod chart;
pub(crate) mod circle;
pub(crate) mod clinic;
pub(crate) mod collect;
pub(crate) mod conformance;
pub(crate) mod decode;
pub(crate) mod evidence;
pub(crate) mod export;
pub(crate) mod grant;
pub(crate) mod grants;
pub(crate) mod init;
pub(crate) mod node;
pub(crate) mod pair;
pub(crate) mod prove;
pub(crate) mod revoke;
pub(crate) mod scan;
pub(crate) mod seal;
pub(crate) mod sensors;
pub(crate) mod show;
pub(crate) mod sim;
pub(crate) mod status;
pub(crate) mod sync;
pub(crate) mod verify;
