//! Where a node is and how it is recognised.

use pulsebook_protocol::bytes::Digest;
use reqwest::Url;

/// Address and pinned key of one node, as its card or the directory has them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NodeAddress {
    /// `https://host` or `https://host:port`, nothing behind it.
    pub url: String,
    /// SHA-256 of the DER SubjectPublicKeyInfo of the node's TLS certificate.
    pub tls_pin: Digest,
}

/// Why a text is no node's address.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AddressError {
    /// Not an address, or more than scheme, host and port.
    #[error(
        "`{url}` is not a node's address: {why}; expected https://host:port as on the node's card, ask the organisation for its card again"
    )]
    NotANode {
        /// What was given.
        url: String,
        /// What is wrong with it.
        why: &'static str,
    },
    /// TLS could not be set up; nothing was sent.
    #[error("TLS 1.3 could not be set up: {0}")]
    Tls(String),
}

impl NodeAddress {
    /// Scheme, host and port in normal form, without a slash at the end: what a signed request's address begins with.
    ///
    /// ```
    /// use pulsebook_dial::NodeAddress;
    /// use pulsebook_protocol::bytes::Digest;
    /// let at = |url: &str| NodeAddress { url: url.into(), tls_pin: Digest::from_bytes([0; 32]) }.origin();
    /// assert_eq!(at("https://Node.Example:443/").as_deref(), Ok("https://node.example"));
    /// assert!(at("http://node.example").is_err());
    /// ```
    ///
    /// # Errors
    /// [`AddressError::NotANode`] for another scheme, a user name, a path, a query or a fragment.
    pub fn origin(&self) -> Result<String, AddressError> {
        let refuse = |why| AddressError::NotANode { url: self.url.chars().take(200).collect(), why };
        let url = Url::parse(&self.url).map_err(|_| refuse("it cannot be read"))?;
        if url.scheme() != "https" {
            return Err(refuse("its scheme is not https"));
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err(refuse("it carries a user name"));
        }
        if !matches!(url.path(), "" | "/") || url.query().is_some() || url.fragment().is_some() {
            return Err(refuse("something stands behind host and port"));
        }
        Ok(url.origin().ascii_serialization())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_scheme_host_and_port_and_nothing_else() {
        let at = |url: &str| NodeAddress { url: url.into(), tls_pin: Digest::from_bytes([0; 32]) }.origin();
        assert_eq!(at("https://127.0.0.1:8443").unwrap(), "https://127.0.0.1:8443");
        assert_eq!(at("https://[::1]:8443/").unwrap(), "https://[::1]:8443");
        for wrong in [
            "",
            "node",
            "http://a",
            "https://u@a",
            "https://u:p@a",
            "https://a/x",
            "https://a?x",
            "https://a#x",
        ] {
            assert!(at(wrong).is_err(), "{wrong}");
        }
    }
}
