//! One file a command: its options, what it does, what it says.

pub mod accesses;
pub mod circle;
pub mod clinic;
pub mod collect;
pub mod export;
pub mod grant;
pub mod grants;
pub mod init;
pub mod node;
pub mod revoke;
pub mod seal;
pub mod show;
pub mod sim;
pub mod status;
pub mod sync;
pub mod verify;
