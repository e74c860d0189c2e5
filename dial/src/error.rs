//! What can go wrong between here and a node, told apart by what the person can do about it.

use crate::pin::OtherKey;
use pulsebook_protocol::bytes::Digest;
use std::{error::Error, io, time::Duration};

/// Why there is no answer.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DialError {
    /// No connection.
    #[error("{url} cannot be reached: {why}; check the network and that the node is running, then try again")]
    Unreachable {
        /// The node's address.
        url: String,
        /// What the system said.
        why: String,
    },
    /// Somebody else answers there, or the node has a new key.
    #[error(
        "{url} shows another key than its card: expected {expected}, found {found}; nothing was sent. Ask the organisation for its new card, and do not go on if it says its key is unchanged"
    )]
    PinChanged {
        /// The node's address.
        url: String,
        /// The pin on the card.
        expected: Digest,
        /// The pin of the key that was shown.
        found: Digest,
    },
    /// Connected, but no whole answer in time.
    #[error("{url} did not answer within {} ms; try again later", after.as_millis())]
    TimedOut {
        /// The node's address.
        url: String,
        /// How long was waited.
        after: Duration,
    },
    /// The answer is larger than this kind of answer may be.
    #[error(
        "{url} answered with more than the {limit} bytes expected; the answer was dropped, tell the organisation"
    )]
    TooLarge {
        /// The node's address.
        url: String,
        /// Most bytes that would have been taken.
        limit: usize,
    },
    /// The connection ended in the middle: the node stopped, or the network did.
    #[error(
        "{url} ended the connection before its answer was whole; try again, nothing is lost by asking twice"
    )]
    CutOff {
        /// The node's address.
        url: String,
    },
    /// Something answers, but it does not speak as a node does.
    #[error("{url} does not answer as a node does: {why}; check the address with the organisation")]
    Broken {
        /// The node's address.
        url: String,
        /// What it did instead.
        why: String,
    },
}

impl DialError {
    /// Sorts an error of the HTTP client.
    pub(crate) fn sort(url: &str, error: &reqwest::Error, waited: Duration) -> Self {
        let url = url.to_owned();
        if let Some(OtherKey { expected, found }) = other_key(error) {
            return DialError::PinChanged { url, expected, found };
        }
        let why = innermost(error);
        match (error.is_connect(), error.is_timeout()) {
            (true, _) if is_tls(error) => DialError::Broken { url, why: format!("no TLS 1.3 there ({why})") },
            (true, _) => DialError::Unreachable { url, why },
            (false, true) => DialError::TimedOut { url, after: waited },
            (false, false) if is_cut_off(error) => DialError::CutOff { url },
            (false, false) => DialError::Broken { url, why },
        }
    }

    /// Whether the request may have left for the pinned node.
    pub(crate) fn may_have_sent(&self) -> bool {
        !matches!(self, DialError::Unreachable { .. } | DialError::PinChanged { .. })
    }
}

/// The errors from the outermost inwards; `io::Error` hides its content from `source`.
fn chain<'a>(error: &'a (dyn Error + 'static)) -> impl Iterator<Item = &'a (dyn Error + 'static)> {
    std::iter::successors(Some(error), |error| inner(*error))
}

fn inner<'a>(error: &'a (dyn Error + 'static)) -> Option<&'a (dyn Error + 'static)> {
    match error.downcast_ref::<io::Error>().and_then(io::Error::get_ref) {
        Some(hidden) => Some(hidden),
        None => error.source(),
    }
}

fn other_key(error: &(dyn Error + 'static)) -> Option<OtherKey> {
    use rustls::{CertificateError::Other, Error::InvalidCertificate, OtherError};
    chain(error).find_map(|error| match error.downcast_ref::<rustls::Error>() {
        Some(InvalidCertificate(Other(OtherError(inner)))) => inner.downcast_ref::<OtherKey>().copied(),
        _ => None,
    })
}

fn is_tls(error: &(dyn Error + 'static)) -> bool {
    chain(error).any(|error| error.is::<rustls::Error>())
}

/// Whether the other side went away: a killed process, a network that ends.
fn is_cut_off(error: &(dyn Error + 'static)) -> bool {
    use io::ErrorKind::{BrokenPipe, ConnectionAborted, ConnectionReset, UnexpectedEof};
    chain(error)
        .filter_map(|error| error.downcast_ref::<io::Error>())
        .any(|error| matches!(error.kind(), BrokenPipe | ConnectionAborted | ConnectionReset | UnexpectedEof))
}

/// The last of the chain says most and repeats least.
fn innermost(error: &(dyn Error + 'static)) -> String {
    chain(error).last().map(ToString::to_string).unwrap_or_default()
}
