//! Routes: which request is meant by a method and a path, and how large its body may be.

use pulsebook_protocol::bytes::{ChainId, Commitment, Digest, GrantId};

/// A request of docs/protocol.md §8.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Route {
    /// GET /v1/card
    Card,
    /// POST …/enrol
    Enrol(ChainId),
    /// PUT …/epochs/e
    Epoch(ChainId, u32),
    /// PUT …/segments/commitment
    PutSegment(ChainId, Commitment),
    /// POST …/segments
    PutSegments(ChainId),
    /// GET …/segments/commitment
    Segment(ChainId, Commitment),
    /// PUT …/keyring/pages/sha256
    KeyringPage(ChainId, Digest),
    /// PUT …/keyring/index
    KeyringIndex(ChainId),
    /// POST …/offers
    Offer(ChainId),
    /// POST …/certificates
    Certificate(ChainId),
    /// GET …/head
    Head(ChainId),
    /// PUT …/releases/grant/epoch/seq
    Release(ChainId, GrantId, u32, u64),
    /// GET …/accesses
    Accesses(ChainId, Option<u64>),
    /// GET …/blocks/height
    Block(ChainId, u64),
    /// POST …/read
    Read(ChainId),
}

impl Route {
    /// The route of a method and a path with its query; `None` when there is none.
    ///
    /// ```
    /// use pulsebook_provider_node::Route;
    /// assert_eq!(Route::parse("GET", "/v1/card"), Some(Route::Card));
    /// assert_eq!(Route::parse("GET", "/v1/chains/x/head"), None);
    /// ```
    #[must_use]
    pub fn parse(method: &str, path: &str) -> Option<Route> {
        let (path, query) = path.split_once('?').map_or((path, None), |(path, query)| (path, Some(query)));
        if (method, path, query) == ("GET", "/v1/card", None) {
            return Some(Route::Card);
        }
        let mut parts = path.strip_prefix("/v1/chains/")?.split('/');
        let chain: ChainId = parts.next()?.parse().ok()?;
        let rest: Vec<&str> = parts.collect();
        if method == "GET" && rest == ["accesses"] {
            return Some(Route::Accesses(chain, query.map(after).unwrap_or(Some(None))?));
        }
        if query.is_some() {
            return None;
        }
        Self::of_chain(method, chain, &rest)
    }

    fn of_chain(method: &str, chain: ChainId, rest: &[&str]) -> Option<Route> {
        Some(match (method, rest) {
            ("POST", ["enrol"]) => Route::Enrol(chain),
            ("PUT", ["epochs", epoch]) => Route::Epoch(chain, number(epoch)?),
            ("PUT", ["segments", commitment]) => Route::PutSegment(chain, commitment.parse().ok()?),
            ("POST", ["segments"]) => Route::PutSegments(chain),
            ("GET", ["segments", commitment]) => Route::Segment(chain, commitment.parse().ok()?),
            ("PUT", ["keyring", "pages", hash]) => Route::KeyringPage(chain, hash.parse().ok()?),
            ("PUT", ["keyring", "index"]) => Route::KeyringIndex(chain),
            ("POST", ["offers"]) => Route::Offer(chain),
            ("POST", ["certificates"]) => Route::Certificate(chain),
            ("GET", ["head"]) => Route::Head(chain),
            ("PUT", ["releases", grant, epoch, seq]) => {
                Route::Release(chain, grant.parse().ok()?, number(epoch)?, number(seq)?)
            }
            ("GET", ["blocks", height]) => Route::Block(chain, number(height)?),
            ("POST", ["read"]) => Route::Read(chain),
            _ => return None,
        })
    }

    /// Most bytes that a request's body may have, checked before it is read.
    #[must_use]
    pub fn body_limit(&self) -> usize {
        match self {
            Route::PutSegment(..) | Route::PutSegments(_) | Route::KeyringPage(..) | Route::Offer(_) => {
                4 * 1024 * 1024
            }
            Route::Release(..) => 256 * 1024,
            Route::Card | Route::Head(_) | Route::Accesses(..) | Route::Block(..) | Route::Segment(..) => 0,
            _ => 64 * 1024,
        }
    }
}

/// Plain decimal without sign or leading zeros: one spelling a number.
fn number<T: std::str::FromStr + ToString>(text: &str) -> Option<T> {
    text.parse().ok().filter(|value: &T| value.to_string() == text)
}

fn after(query: &str) -> Option<Option<u64>> {
    query.strip_prefix("after=").and_then(number).map(Some)
}

#[cfg(test)]
mod tests {
    use super::*;
    use pulsebook_protocol::owner::path;

    #[test]
    fn every_path_that_clients_make_is_understood() {
        let chain = ChainId::from_bytes([3; 32]);
        let (commitment, digest) = (Commitment::from_bytes([4; 32]), Digest::from_bytes([5; 32]));
        let grant = GrantId::from_bytes([6; 16]);
        let table = [
            ("GET", path::CARD.to_owned(), Route::Card),
            ("POST", path::enrol(&chain), Route::Enrol(chain)),
            ("PUT", path::epoch(&chain, 1), Route::Epoch(chain, 1)),
            ("PUT", path::segment(&chain, &commitment), Route::PutSegment(chain, commitment)),
            ("POST", path::segments(&chain), Route::PutSegments(chain)),
            ("GET", path::segment(&chain, &commitment), Route::Segment(chain, commitment)),
            ("PUT", path::keyring_page(&chain, &digest), Route::KeyringPage(chain, digest)),
            ("PUT", path::keyring_index(&chain), Route::KeyringIndex(chain)),
            ("POST", path::offers(&chain), Route::Offer(chain)),
            ("POST", path::certificates(&chain), Route::Certificate(chain)),
            ("GET", path::head(&chain), Route::Head(chain)),
            ("PUT", path::release(&chain, &grant, 1, 2), Route::Release(chain, grant, 1, 2)),
            ("GET", path::accesses(&chain, None), Route::Accesses(chain, None)),
            ("GET", path::accesses(&chain, Some(7)), Route::Accesses(chain, Some(7))),
            ("GET", path::block(&chain, 9), Route::Block(chain, 9)),
            ("POST", path::read(&chain), Route::Read(chain)),
        ];
        for (method, path, route) in table {
            assert_eq!(Route::parse(method, &path), Some(route), "{method} {path}");
            assert_eq!(Route::parse("PATCH", &path), None, "{path}");
        }
    }

    #[test]
    fn other_spellings_lead_nowhere() {
        let chain = ChainId::from_bytes([3; 32]);
        for rest in
            ["blocks/007", "blocks/+7", "blocks/", "head/", "head?x", "accesses?after=", "accesses?b=1", ""]
        {
            assert_eq!(Route::parse("GET", &format!("/v1/chains/{chain}/{rest}")), None, "{rest}");
        }
    }
}
