//! How many connections one address may hold: silence from one place must not shut out the others.

use std::{
    collections::HashMap,
    net::{IpAddr, Ipv6Addr},
    sync::{Arc, Mutex, PoisonError},
};

/// Connections by address; an IPv6 network of 64 bits, which one customer has, counts as one.
#[derive(Clone)]
pub(super) struct Peers {
    most: usize,
    held: Arc<Mutex<HashMap<IpAddr, usize>>>,
}

/// One connection's place; free again when dropped.
pub(super) struct PeerPlace {
    peers: Peers,
    address: IpAddr,
}

impl Peers {
    pub(super) fn new(most: usize) -> Self {
        Peers { most, held: Arc::default() }
    }

    /// A place for one more connection, unless the address has all it may have.
    pub(super) fn enter(&self, peer: IpAddr) -> Option<PeerPlace> {
        let address = network(peer);
        let mut held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        let count = held.entry(address).or_default();
        if *count >= self.most {
            return None;
        }
        *count += 1;
        Some(PeerPlace { peers: self.clone(), address })
    }
}

impl Drop for PeerPlace {
    fn drop(&mut self) {
        let mut held = self.peers.held.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(count) = held.get_mut(&self.address) {
            *count = count.saturating_sub(1);
            if *count == 0 {
                held.remove(&self.address);
            }
        }
    }
}

fn network(peer: IpAddr) -> IpAddr {
    match peer.to_canonical() {
        IpAddr::V4(address) => IpAddr::V4(address),
        IpAddr::V6(address) => IpAddr::V6(Ipv6Addr::from_bits(address.to_bits() >> 64 << 64)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_has_its_places_and_no_more_and_others_have_theirs() {
        let peers = Peers::new(2);
        let at = |text: &str| peers.enter(text.parse().unwrap());
        let (first, second) = (at("192.0.2.1"), at("::ffff:192.0.2.1"));
        assert!(first.is_some() && second.is_some());
        assert!(at("192.0.2.1").is_none() && at("192.0.2.2").is_some());
        drop(first);
        assert!(at("192.0.2.1").is_some(), "a place that was left is free");
        let one_network = (at("2001:db8::1"), at("2001:db8::2"));
        assert!(one_network.1.is_some() && at("2001:db8::3").is_none() && at("2001:db8:0:1::3").is_some());
        drop((second, one_network));
        assert!(peers.held.lock().unwrap().is_empty(), "nobody is remembered");
    }
}
