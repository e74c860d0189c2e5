//! The contract every [`NodeTransport`] passes; each implementation's tests call [`check`].

use super::node::{Method, NodeRequest, NodeTransport};

/// The promise that was broken, in words.
pub type Broken = String;

/// Checks a transport to a peer that answers `GET path` with `status` and at least two bytes of body.
///
/// # Errors
/// The first broken promise.
pub async fn check(transport: &dyn NodeTransport, path: &str, status: u16) -> Result<(), Broken> {
    let origin = transport.origin();
    ensure(
        origin.starts_with("https://") && !origin.ends_with('/'),
        "the origin is https://host without a slash",
    )?;
    let request = |limit| NodeRequest {
        method: Method::Get,
        path: path.to_owned(),
        headers: Vec::new(),
        body: Vec::new(),
        limit,
    };
    let before = transport.traffic();
    let answer = transport.send(request(1 << 20)).await.map_err(|error| error.to_string())?;
    ensure(answer.status == status, "an answer is handed out whatever its status")?;
    ensure(answer.body.len() >= 2, "the answer's body is handed out")?;
    let after = transport.traffic();
    ensure(after.sent > before.sent, "requests are counted")?;
    ensure(after.received >= before.received + answer.body.len() as u64, "answers are counted")?;
    let cut = transport.send(request(answer.body.len() - 1)).await;
    ensure(cut.is_err(), "a body over the limit is no answer")?;
    let whole = transport.send(request(answer.body.len())).await;
    ensure(whole.is_ok_and(|whole| whole == answer), "a body of exactly the limit is an answer")
}

fn ensure(kept: bool, promise: &str) -> Result<(), Broken> {
    if kept { Ok(()) } else { Err(format!("broken: {promise}")) }
}
