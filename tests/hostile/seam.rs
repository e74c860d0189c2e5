//! The transport of real nodes keeps the contract of its seam over real TLS.

use crate::liar::Liar;
use pulsebook_core::sync::{DialTransport, contract};

#[tokio::test]
async fn the_dialling_transport_keeps_the_contract_over_tls() {
    let node = Liar::start(0).await;
    let transport = DialTransport::new(&node.card.address, node.card.tls_pin).unwrap();
    contract::check(&transport, "/v1/card", 200).await.unwrap();
    contract::check(&transport, "/v1/nowhere", 404).await.unwrap();
}
