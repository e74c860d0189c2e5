//! HTTPS to one provider node whose key is known beforehand: TLS 1.3, nothing trusted but the pin.
//!
//! Used by the patient's side to sync and by the grantee's side to read. What is sent and what an answer means is
//! the caller's affair; here only one request goes out and one bounded answer comes back. There are no redirects,
//! proxies, cookies or certificate authorities: a node is whom the pin on its card says.
//!
//! ```no_run
//! use pulsebook_dial::{Dialer, Method, NodeAddress, Request};
//! # async fn ask(card_pin: &str) -> Result<(), Box<dyn std::error::Error>> {
//! let address = NodeAddress { url: "https://node.example:8443".into(), tls_pin: card_pin.parse()? };
//! let answer = Dialer::new(&address)?.send(Request::new(Method::Get, "/v1/card")).await?;
//! println!("{} {}", answer.status, String::from_utf8_lossy(&answer.body));
//! # Ok(()) }
//! ```
#![cfg_attr(test, allow(clippy::unwrap_used, clippy::panic))]

mod address;
mod der;
mod dialer;
mod error;
mod message;
mod pin;
mod traffic;

pub use address::{AddressError, NodeAddress};
pub use dialer::{Dialer, TimeOuts};
pub use error::DialError;
pub use message::{Answer, DEFAULT_LIMIT, Headers, Method, Request};
pub use pin::pin_of_certificate;
pub use traffic::Traffic;
