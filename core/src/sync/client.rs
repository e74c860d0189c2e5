//! The owner's side of a node's HTTP routes: signed requests out, strictly parsed answers in.
//!
//! docs/protocol.md §7 and §8. One method a route; nothing is repeated and nothing is believed here.

use super::{
    error::NodeError,
    node::{Method, NodeAnswer, NodeRequest, NodeTransport},
};
use crate::store::locked;
use pulsebook_protocol::{
    access::MAX_ENTRY_BYTES,
    answer::{Code, ErrorBody},
    block::BLOCK_LIMIT,
    bytes::{ByteString, ChainId, Commitment, Digest, GrantId},
    card::{MAX_CARD_BYTES, NodeCard},
    cbor,
    key::SigningKey,
    key_certificate::KEY_CERTIFICATE_LIMIT,
    manifest,
    note::NoteLine,
    owner::{CertificateUpload, Enrol, EpochUpload, HeldBlock, NodeHead, Offer, SegmentUpload, path},
    random::Random,
    release::Release,
    request::{Nonce, RequestToSign, sign_owner_request},
};
use std::{fmt, sync::Mutex};

/// Most access entries in one answer.
pub const ACCESS_PAGE: usize = 256;

const SMALL: usize = 64 * 1024;
const HEAD_LIMIT: usize = 1024 * 1024;
const SEGMENT_LIMIT: usize = 4 * 1024 * 1024;
const CBOR_TYPE: &str = "application/cbor";
const OCTETS: &str = "application/octet-stream";

/// What every signed request needs besides its content: shared by the clients of all nodes.
pub struct Signing<'a> {
    /// The chain that requests are about.
    pub chain: ChainId,
    /// The device's key.
    pub device: &'a SigningKey,
    /// UTC seconds at this moment.
    pub now: &'a (dyn Fn() -> u64 + Send + Sync),
    /// For nonces.
    pub random: &'a Mutex<Box<dyn Random>>,
}

impl fmt::Debug for Signing<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Signing").field("chain", &self.chain).finish_non_exhaustive()
    }
}

/// The client of one node.
#[derive(Clone, Copy)]
pub struct NodeClient<'a> {
    transport: &'a dyn NodeTransport,
    signing: &'a Signing<'a>,
}

impl fmt::Debug for NodeClient<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "NodeClient({})", self.transport.origin())
    }
}

impl<'a> NodeClient<'a> {
    /// A client that speaks through this transport and signs with these.
    pub fn new(transport: &'a dyn NodeTransport, signing: &'a Signing<'a>) -> Self {
        NodeClient { transport, signing }
    }

    /// The node's card as it serves it; whoever has a card already compares.
    ///
    /// # Errors
    /// [`NodeError`], as for every method here.
    pub async fn card(&self) -> Result<NodeCard, NodeError> {
        let request = NodeRequest {
            method: Method::Get,
            path: path::CARD.into(),
            headers: Vec::new(),
            body: Vec::new(),
            limit: MAX_CARD_BYTES,
        };
        let answer = accept(self.transport.send(request).await?, 200)?;
        let text = text(&answer, "a node card")?;
        NodeCard::parse(&text).map_err(|error| garbage("a node card", error))
    }

    /// Asks the node to store the chain; its key certificate, not yet verified.
    ///
    /// # Errors
    /// [`NodeError`].
    pub async fn enrol(&self, enrol: &Enrol) -> Result<Vec<u8>, NodeError> {
        self.post(path::enrol(&self.signing.chain), cbor::encode(enrol), KEY_CERTIFICATE_LIMIT).await
    }

    /// Sends an epoch's proposal, directory and control key.
    ///
    /// # Errors
    /// [`NodeError`].
    pub async fn put_epoch(&self, epoch: u32, upload: &EpochUpload) -> Result<(), NodeError> {
        let body = cbor::encode(upload);
        self.put(path::epoch(&self.signing.chain, epoch), CBOR_TYPE, body).await
    }

    /// Sends a sealed segment.
    ///
    /// # Errors
    /// [`NodeError`].
    pub async fn put_segment(&self, commitment: &Commitment, sealed: Vec<u8>) -> Result<(), NodeError> {
        self.put(path::segment(&self.signing.chain, commitment), OCTETS, sealed).await
    }

    /// Sends several sealed segments, which are kept together or not at all.
    ///
    /// # Errors
    /// [`NodeError`].
    pub async fn put_segments(&self, segments: &[SegmentUpload]) -> Result<(), NodeError> {
        let body = cbor::encode(&segments);
        let path = path::segments(&self.signing.chain);
        let answer = accept(self.send(Method::Post, path, (CBOR_TYPE, body), SMALL).await?, 204)?;
        if answer.is_empty() { Ok(()) } else { Err(found("an empty answer", &answer)) }
    }

    /// Sends a keyring page.
    ///
    /// # Errors
    /// [`NodeError`].
    pub async fn put_keyring_page(&self, hash: &Digest, page: Vec<u8>) -> Result<(), NodeError> {
        self.put(path::keyring_page(&self.signing.chain, hash), OCTETS, page).await
    }

    /// Sends the keyring index; its pages must be there.
    ///
    /// # Errors
    /// [`NodeError`].
    pub async fn put_keyring_index(&self, index: Vec<u8>) -> Result<(), NodeError> {
        self.put(path::keyring_index(&self.signing.chain), CBOR_TYPE, index).await
    }

    /// Offers blocks; the witness cosignature line, not yet verified, none in epoch 0.
    ///
    /// # Errors
    /// [`NodeError`].
    pub async fn offer(&self, offer: &Offer) -> Result<Option<NoteLine>, NodeError> {
        let answer = self.post(path::offers(&self.signing.chain), cbor::encode(offer), SMALL).await?;
        if answer.is_empty() { Ok(None) } else { line(&answer).map(Some) }
    }

    /// Shows a quorum certificate or settled note; the mirror cosignature line, not yet verified.
    ///
    /// # Errors
    /// [`NodeError`].
    pub async fn certificate(&self, note: String) -> Result<NoteLine, NodeError> {
        let body = cbor::encode(&CertificateUpload { note });
        line(&self.post(path::certificates(&self.signing.chain), body, SMALL).await?)
    }

    /// Where the node says it stands.
    ///
    /// # Errors
    /// [`NodeError`].
    pub async fn head(&self) -> Result<NodeHead, NodeError> {
        let answer = self.fetch(path::head(&self.signing.chain), HEAD_LIMIT).await?;
        cbor::decode(&answer, HEAD_LIMIT).map_err(|error| garbage("a head", error))
    }

    /// Sends a release.
    ///
    /// # Errors
    /// [`NodeError`].
    pub async fn put_release(
        &self,
        grant: &GrantId,
        (epoch, seq): (u32, u64),
        release: &Release,
    ) -> Result<(), NodeError> {
        let path = path::release(&self.signing.chain, grant, epoch, seq);
        self.put(path, CBOR_TYPE, release.encode_body()).await
    }

    /// Access entries after a number, none of them verified; at most [`ACCESS_PAGE`].
    ///
    /// # Errors
    /// [`NodeError`].
    pub async fn accesses(&self, after: Option<u64>) -> Result<Vec<Vec<u8>>, NodeError> {
        let limit = ACCESS_PAGE * (MAX_ENTRY_BYTES + 8);
        let answer = self.fetch(path::accesses(&self.signing.chain, after), limit).await?;
        let wrong = |error: String| garbage("at most 256 access entries", error);
        let entries: Vec<ByteString> =
            cbor::decode(&answer, limit).map_err(|error| wrong(error.to_string()))?;
        if entries.len() > ACCESS_PAGE {
            return Err(wrong(format!("{} entries", entries.len())));
        }
        Ok(entries.into_iter().map(|entry| entry.0).collect())
    }

    /// What the node holds of a block.
    ///
    /// # Errors
    /// [`NodeError`].
    pub async fn block(&self, height: u64) -> Result<HeldBlock, NodeError> {
        let limit = BLOCK_LIMIT + manifest::LIMIT + SMALL;
        let answer = self.fetch(path::block(&self.signing.chain, height), limit).await?;
        cbor::decode(&answer, limit).map_err(|error| garbage("a block with its manifest and hashes", error))
    }

    /// A sealed segment as the node holds it.
    ///
    /// # Errors
    /// [`NodeError`].
    pub async fn segment(&self, commitment: &Commitment) -> Result<Vec<u8>, NodeError> {
        self.fetch(path::segment(&self.signing.chain, commitment), SEGMENT_LIMIT).await
    }

    async fn fetch(&self, path: String, limit: usize) -> Result<Vec<u8>, NodeError> {
        accept(self.send(Method::Get, path, ("", Vec::new()), limit).await?, 200)
    }

    async fn post(&self, path: String, body: Vec<u8>, limit: usize) -> Result<Vec<u8>, NodeError> {
        accept(self.send(Method::Post, path, (CBOR_TYPE, body), limit).await?, 200)
    }

    async fn put(&self, path: String, content: &str, body: Vec<u8>) -> Result<(), NodeError> {
        let answer = accept(self.send(Method::Put, path, (content, body), SMALL).await?, 204)?;
        if answer.is_empty() { Ok(()) } else { Err(found("an empty answer", &answer)) }
    }

    async fn send(
        &self,
        method: Method,
        path: String,
        (content, body): (&str, Vec<u8>),
        limit: usize,
    ) -> Result<NodeAnswer, NodeError> {
        let target_uri = format!("{}{path}", self.transport.origin());
        let nonce = Nonce::make(&mut **locked(self.signing.random))?;
        let to_sign = RequestToSign {
            method: method.text(),
            target_uri: &target_uri,
            body: &body,
            created_s: (self.signing.now)(),
            nonce,
        };
        let mut headers = sign_owner_request(self.signing.device, &to_sign);
        if !content.is_empty() {
            headers.push(("content-type", content.to_owned()));
        }
        // An error answer may be longer than the wanted one.
        let limit = limit.max(SMALL);
        Ok(self.transport.send(NodeRequest { method, path, headers, body, limit }).await?)
    }
}

/// The body of an answer with the wanted status; everything else becomes the fitting error.
fn accept(answer: NodeAnswer, wanted: u16) -> Result<Vec<u8>, NodeError> {
    if answer.status == wanted {
        return Ok(answer.body);
    }
    let refused = std::str::from_utf8(&answer.body).ok().and_then(ErrorBody::parse);
    let known = refused.as_ref().and_then(|body| Some((body, body.known_code()?)));
    match known {
        Some((body, Code::Conflict)) => Err(NodeError::Conflict { head: shorten(&body.expected) }),
        Some((body, code)) if code.status() == answer.status => {
            let words = format!("{}; expected: {}; {}", body.message, body.expected, body.advice);
            Err(NodeError::Refused { code, words: shorten(&words) })
        }
        _ => {
            let body = shorten(&String::from_utf8_lossy(&answer.body));
            let expected = "the answer or the error body that belongs to this request";
            Err(NodeError::Garbage { expected, found: format!("status {} with `{body}`", answer.status) })
        }
    }
}

fn line(answer: &[u8]) -> Result<NoteLine, NodeError> {
    let text = text(answer, "a cosignature line")?;
    let line = text.strip_suffix('\n').unwrap_or(&text);
    NoteLine::parse(line).map_err(|_| found("a cosignature line", answer))
}

fn text(answer: &[u8], expected: &'static str) -> Result<String, NodeError> {
    std::str::from_utf8(answer).map(str::to_owned).map_err(|_| found(expected, answer))
}

fn garbage(expected: &'static str, error: impl fmt::Display) -> NodeError {
    NodeError::Garbage { expected, found: shorten(&error.to_string()) }
}

fn found(expected: &'static str, answer: &[u8]) -> NodeError {
    NodeError::Garbage { expected, found: format!("`{}`", shorten(&String::from_utf8_lossy(answer))) }
}

/// Foreign text for a message: one short line without control characters.
fn shorten(text: &str) -> String {
    text.chars().filter(|c| !c.is_control()).take(300).collect()
}
