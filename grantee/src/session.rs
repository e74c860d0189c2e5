//! A read over the network: node after node until one serves everything that was released, and another has no more.

mod course;
mod pass_on;

pub use pass_on::{PassOn, PassOnError, PassedOn};

use crate::{
    GranteeKeys, ReadSegment,
    outcome::{NodeFailure, ReadError, ReadReport, Refusal, SinkError},
    verifier::{PageError, Verifier},
};
use course::Course;
use pulsebook_dial::{Answer, Dialer, Method, NodeAddress, Request, TimeOuts, Traffic};
use pulsebook_protocol::{
    answer::ErrorBody,
    bytes::CategoryLabel,
    card::GrantFile,
    checkpoint::UnixSeconds,
    directory::{DirectoryError, DirectoryNode, unverified_nodes},
    grant::{Purpose, category_label},
    random::{Random, RandomUnavailable},
    read::{MAX_PAGE_BYTES, ReadPage, ReadQuery},
    request::{Nonce, ReadCredentials, RequestToSign, sign_grantee_request},
    vital::Category,
};
use std::sync::Arc;

/// About how many bytes a page is asked to have: bounds the memory of a read.
const PAGE_BYTES: u32 = 2 * 1024 * 1024;

/// Takes each segment as soon as everything about it was checked.
pub type Sink<'a> = dyn FnMut(ReadSegment) -> Result<(), SinkError> + Send + 'a;

/// What to read, and for what.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReadRequest {
    /// Purpose that goes into the access entry.
    pub purpose: Purpose,
    /// Categories; empty: all that the grant file names. One that was not granted is not served.
    pub categories: Vec<Category>,
}

/// A grant and the keys it was given to, ready to read.
#[derive(Debug)]
pub struct ReadSession {
    file: GrantFile,
    keys: GranteeKeys,
    nodes: Vec<DirectoryNode>,
    time_outs: TimeOuts,
}

/// What changes from page to page at one node.
struct Line<'a> {
    dialer: Dialer,
    path: String,
    labels: &'a [CategoryLabel],
    purpose: &'static str,
}

/// How a node was left.
enum Left {
    Node(NodeFailure),
    Read(ReadError),
}

impl From<RandomUnavailable> for Left {
    fn from(error: RandomUnavailable) -> Self {
        Left::Read(ReadError::Random(error))
    }
}

impl<E: Into<NodeFailure>> From<E> for Left {
    fn from(error: E) -> Self {
        Left::Node(error.into())
    }
}

impl ReadSession {
    /// Takes a grant file. Its directory says where to ask; whether that is the record's directory is checked with
    /// the first page.
    ///
    /// # Errors
    /// [`DirectoryError`] when the directory in the file cannot be read.
    pub fn new(file: GrantFile, keys: GranteeKeys) -> Result<Self, DirectoryError> {
        let nodes = unverified_nodes(&file.directory)?;
        Ok(ReadSession { file, keys, nodes, time_outs: TimeOuts::default() })
    }

    /// The same with other time-outs.
    #[must_use]
    pub fn with_time_outs(mut self, time_outs: TimeOuts) -> Self {
        self.time_outs = time_outs;
        self
    }

    /// The same, asking only the node with this name; nobody when the directory has no such node.
    #[must_use]
    pub fn only_at(mut self, name: &str) -> Self {
        self.nodes.retain(|node| node.name == name);
        self
    }

    /// The nodes that will be asked, in this order.
    pub fn nodes(&self) -> &[DirectoryNode] {
        &self.nodes
    }

    /// Reads everything that was released, from the first node that serves it; a node that fails half-way is continued
    /// by the next, and another node is asked whether it has more. `clock` gives UTC seconds.
    ///
    /// # Errors
    /// [`ReadError::Refused`] when no node serves and one says no to the grant itself; a `revoked` ends the read only when
    /// more nodes say so than may lie. [`ReadError::NoNode`] when none could be read from.
    pub async fn read(
        &self,
        request: &ReadRequest,
        clock: &(dyn Fn() -> UnixSeconds + Sync),
        random: &mut dyn Random,
        sink: &mut Sink<'_>,
    ) -> Result<ReadReport, ReadError> {
        let purpose = request.purpose.code();
        let mut verifier = Verifier::new(&self.file, &self.keys, self.labels(&request.categories), purpose);
        self.read_all(&mut verifier, request, clock, random, sink).await
    }

    async fn read_all(
        &self,
        verifier: &mut Verifier<'_>,
        request: &ReadRequest,
        clock: &(dyn Fn() -> UnixSeconds + Sync),
        random: &mut dyn Random,
        sink: &mut Sink<'_>,
    ) -> Result<ReadReport, ReadError> {
        let (labels, purpose) = (self.labels(&request.categories), request.purpose.code());
        let (traffic, mut course) = (Arc::<Traffic>::default(), Course::new(self.nodes.len()));
        for node in &self.nodes {
            if course.is_over() {
                break;
            }
            let before = verifier.position();
            let line = self.dial(node, &labels, purpose, &traffic);
            let done = match line {
                Ok(line) => self.read_from(&line, verifier, &mut course.pages, clock, random, sink).await,
                Err(failure) => Err(Left::Node(failure)),
            };
            match done {
                Ok(()) => course.served(node, verifier, before),
                Err(Left::Read(error)) => return Err(error),
                Err(Left::Node(failure)) => course.left(node, failure),
            }
        }
        course.end(verifier, traffic.total())
    }

    fn labels(&self, categories: &[Category]) -> Vec<CategoryLabel> {
        let categories = if categories.is_empty() { &self.file.categories } else { categories };
        categories.iter().map(|category| category_label(&self.file.label_key, *category)).collect()
    }

    fn dial<'a>(
        &self,
        node: &DirectoryNode,
        labels: &'a [CategoryLabel],
        purpose: &'static str,
        traffic: &Arc<Traffic>,
    ) -> Result<Line<'a>, NodeFailure> {
        let address = NodeAddress { url: node.address.clone(), tls_pin: node.tls_pin };
        let dialer = Dialer::with(&address, self.time_outs, Arc::clone(traffic))?;
        Ok(Line { dialer, path: format!("/v1/chains/{}/read", self.file.chain), labels, purpose })
    }

    /// Page after page from one node. The first brings its proofs, the others only their notes.
    async fn read_from(
        &self,
        line: &Line<'_>,
        verifier: &mut Verifier<'_>,
        pages: &mut u64,
        clock: &(dyn Fn() -> UnixSeconds + Sync),
        random: &mut dyn Random,
        sink: &mut Sink<'_>,
    ) -> Result<(), Left> {
        let mut with_proofs = true;
        loop {
            let labels = line.labels.to_vec();
            let after = verifier.position();
            let query = ReadQuery { after, labels, most_bytes: PAGE_BYTES, with_proofs };
            let answer = line.dialer.send(self.sign(line, &query, clock(), Nonce::make(random)?)?).await?;
            let page = page_of(&answer)?;
            match verifier.take(&page, clock(), sink) {
                Ok(()) => *pages += 1,
                Err(PageError::Check(failed)) => return Err(failed.into()),
                Err(PageError::Sink(error)) => return Err(Left::Read(ReadError::Sink(error))),
            }
            if page.next.is_none() {
                return Ok(());
            }
            with_proofs = false;
        }
    }

    fn sign(
        &self,
        line: &Line<'_>,
        query: &ReadQuery,
        created_s: UnixSeconds,
        nonce: Nonce,
    ) -> Result<Request, RandomUnavailable> {
        let (body, target_uri) = (query.encode_body(), line.dialer.target_uri(&line.path));
        let method = Method::Post;
        let to_sign =
            RequestToSign { method: method.text(), target_uri: &target_uri, body: &body, created_s, nonce };
        let delegation = self.file.delegation_list();
        let read =
            ReadCredentials { token: &self.file.token, delegation: &delegation, purpose: line.purpose };
        let headers = sign_grantee_request(self.keys.request_key(), &to_sign, read)?;
        Ok(Request::new(method, line.path.clone())
            .with_headers(headers)
            .with_body("application/cbor", body)
            .with_limit(MAX_PAGE_BYTES))
    }
}

fn page_of(answer: &Answer) -> Result<ReadPage, NodeFailure> {
    let status = answer.status;
    if status == 200 {
        return ReadPage::decode_body(&answer.body).map_err(|error| NodeFailure::unreadable(status, &error));
    }
    match std::str::from_utf8(&answer.body).ok().and_then(ErrorBody::parse) {
        Some(body) => Err(Refusal::new(status, body).into()),
        None => Err(NodeFailure::NoPage { status, why: "neither a page nor a reason".into() }),
    }
}

#[cfg(test)]
mod tests;
