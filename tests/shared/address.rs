//! Addresses that nobody else takes, also not while the node that had one is dead.

use std::{
    net::{IpAddr, SocketAddr, TcpListener},
    sync::atomic::{AtomicU16, Ordering},
};

/// An address of this process alone, where the system has more than one for itself; given out once. The port is below
/// those that systems hand out by themselves, so that no client's own end takes it either.
pub(crate) fn own_address() -> SocketAddr {
    static NEXT: AtomicU16 = AtomicU16::new(0);
    let [_, high, middle, low] = std::process::id().to_be_bytes();
    let own = [127, high.saturating_add(1), middle, low];
    let host = IpAddr::from(if cfg!(target_os = "linux") { own } else { [127, 0, 0, 1] });
    loop {
        let address = SocketAddr::new(host, 12_000 + NEXT.fetch_add(1, Ordering::Relaxed) % 20_000);
        if TcpListener::bind(address).is_ok() {
            return address;
        }
    }
}
