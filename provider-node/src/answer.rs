//! The node without its network: one request in, one answer out. The server calls this; so can a test.

use crate::{
    admit::{
        accesses::accesses,
        block_read::{block_read, segment_read},
        certificate::certificate,
        enrol::enrol,
        epoch_upload::epoch_upload,
        head::head,
        keyring_upload::{index_upload, page_upload},
        offer::offer,
        read::read,
        release_upload::{ReleasePlace, release_upload},
        segment_upload::{segment_upload, segments_upload},
    },
    authenticate::{Incoming, authenticate_owner},
    node::Node,
    permit::Owner,
    refusal::Refusal,
    route::Route,
};
use pulsebook_protocol::{answer::Code, bytes::ChainId};

/// An answer as it goes out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// HTTP status.
    pub status: u16,
    /// Content type of the body.
    pub content_type: &'static str,
    /// Body; empty with 204.
    pub body: Vec<u8>,
}

impl Answer {
    /// An answer that refuses.
    #[must_use]
    pub fn refused(refusal: &Refusal) -> Self {
        let body = refusal.to_json().into_bytes();
        Answer { status: refusal.code().status(), content_type: "application/json", body }
    }

    /// The answer to a body that is too large; given before the body is read.
    #[must_use]
    pub fn too_large(limit: usize) -> Self {
        let expected = format!("at most {limit} bytes");
        Answer::refused(&Refusal::new(Code::TooLarge, expected, "send less at a time"))
    }

    /// The answer to a route that does not exist.
    #[must_use]
    pub fn no_such_route() -> Self {
        let expected = "one of the requests of docs/protocol.md §8";
        Answer::refused(&Refusal::new(Code::UnknownObject, expected, "check method and address"))
    }

    /// The answer to whoever fails to authenticate too often.
    #[must_use]
    pub fn slow_down() -> Self {
        let expected = "fewer requests that do not authenticate";
        Answer::refused(&Refusal::new(Code::SlowDown, expected, "wait a minute, then sign correctly"))
    }

    /// The answer when the node itself failed.
    #[must_use]
    pub fn failed() -> Self {
        let refusal = Refusal::new(Code::TryAgain, "no failure inside the node", "tell the node's operator");
        Answer { status: 500, ..Answer::refused(&refusal) }
    }

    fn ok(content_type: &'static str, body: Vec<u8>) -> Self {
        Answer { status: 200, content_type, body }
    }

    fn cbor(body: Vec<u8>) -> Self {
        Answer::ok("application/cbor", body)
    }

    fn text(body: String) -> Self {
        Answer::ok("text/plain; charset=utf-8", body.into_bytes())
    }

    fn done((): ()) -> Self {
        Answer { status: 204, content_type: "", body: Vec::new() }
    }
}

impl Node {
    /// Answers a request at time `now_s` (seconds, UTC). Blocks on the store.
    #[must_use]
    pub fn answer(&self, request: &Incoming, now_s: u64) -> Answer {
        let Some(route) = Route::parse(&request.method, &request.path) else {
            return Answer::no_such_route();
        };
        if request.body.len() > route.body_limit() {
            return Answer::too_large(route.body_limit());
        }
        self.admit(&route, request, now_s).unwrap_or_else(|refusal| Answer::refused(&refusal))
    }

    fn admit(&self, route: &Route, request: &Incoming, now_s: u64) -> Result<Answer, Refusal> {
        let body = &request.body;
        let owner =
            |chain: &ChainId| -> Result<Owner, Refusal> { authenticate_owner(self, chain, request, now_s) };
        match route {
            Route::Card => Ok(Answer::ok("application/json", self.card().as_bytes().to_vec())),
            Route::Enrol(chain) => enrol(self, chain, request, now_s).map(Answer::cbor),
            Route::Epoch(chain, epoch) => epoch_upload(self, &owner(chain)?, *epoch, body).map(Answer::done),
            Route::PutSegment(chain, commitment) => {
                segment_upload(self, &owner(chain)?, commitment, body, now_s).map(Answer::done)
            }
            Route::PutSegments(chain) => segments_upload(self, &owner(chain)?, body, now_s).map(Answer::done),
            Route::Segment(chain, commitment) => segment_read(self, &owner(chain)?, commitment)
                .map(|bytes| Answer::ok("application/octet-stream", bytes)),
            Route::KeyringPage(chain, hash) => {
                page_upload(self, &owner(chain)?, hash, body).map(Answer::done)
            }
            Route::KeyringIndex(chain) => index_upload(self, &owner(chain)?, body).map(Answer::done),
            Route::Offer(chain) => offer(self, &owner(chain)?, body, now_s).map(Answer::text),
            Route::Certificate(chain) => certificate(self, &owner(chain)?, body, now_s).map(Answer::text),
            Route::Head(chain) => head(self, &owner(chain)?).map(Answer::cbor),
            Route::Release(chain, grant_id, epoch, seq) => {
                let place = ReleasePlace { grant_id: *grant_id, epoch: *epoch, seq: *seq };
                release_upload(self, &owner(chain)?, place, body).map(Answer::done)
            }
            Route::Accesses(chain, after) => accesses(self, &owner(chain)?, *after).map(Answer::cbor),
            Route::Block(chain, height) => block_read(self, &owner(chain)?, *height).map(Answer::cbor),
            Route::Read(chain) => read(self, chain, request, now_s).map(Answer::cbor),
        }
    }
}
