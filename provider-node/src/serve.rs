//! The network side of a node: HTTPS with TLS 1.3, limits before anything is read, one answer a request.

mod activity;
mod connection;
mod peers;

use crate::{
    answer::Answer,
    authenticate::Incoming,
    folder::{FolderError, NodeFolder},
    limit::{self, Limiter},
    node::Node,
    route::Route,
};
use activity::Activity;
use axum::{
    Extension, Router,
    body::{Body, to_bytes},
    extract::{Request, State},
    http::{Response, StatusCode, header},
};
use pulsebook_faultpoint::{Point, pass, record};
use pulsebook_protocol::card::NodeCard;
use std::{
    net::{IpAddr, SocketAddr},
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};
use tokio::{net::TcpListener, sync::watch, task::JoinHandle};

/// Longest time for a request's body to arrive.
const BODY_TIME: Duration = Duration::from_secs(60);

/// A node that cannot begin to serve.
#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    /// The address is taken or not ours.
    #[error("cannot listen on {address}: {source}; choose another address or port 0")]
    Listen {
        /// The address.
        address: SocketAddr,
        /// What the system said.
        source: std::io::Error,
    },
    /// The folder.
    #[error(transparent)]
    Folder(#[from] FolderError),
    /// The TLS key.
    #[error(
        "the node's TLS key or certificate cannot be used ({0}): restore tls.key and tls.crt from a backup"
    )]
    Tls(#[from] rustls::Error),
}

/// How often what was answered, since the start; nothing about whom.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Requests answered, all.
    pub answered: u64,
    /// Of them refused with 4xx or 5xx.
    pub refused: u64,
    /// Of them not authenticated (401).
    pub unauthenticated: u64,
}

/// A node that serves. Dropping it stops it at once; [`Running::stop`] lets requests finish.
pub struct Running {
    address: SocketAddr,
    card: NodeCard,
    damage: Option<String>,
    serving: Arc<Serving>,
    stop: watch::Sender<bool>,
    accepting: JoinHandle<()>,
}

struct Serving {
    node: Node,
    /// Signed requests that do not verify.
    failures: Limiter<IpAddr>,
    /// Requests without a signature where one is needed, apart: nobody's signed request waits for them.
    unsigned: Limiter<IpAddr>,
    started: Instant,
    answered: AtomicU64,
    refused: AtomicU64,
    unauthenticated: AtomicU64,
}

/// Serves the node of a folder on `listen`. With port 0 the port of the last time is taken if it is free, so that the
/// address that patients have stays good; otherwise any.
///
/// # Errors
/// [`ServeError`].
pub async fn serve(folder: NodeFolder, listen: SocketAddr) -> Result<Running, ServeError> {
    let listener = bind(listen, folder.last_listened()).await?;
    let error = |source| ServeError::Listen { address: listen, source };
    let address = listener.local_addr().map_err(error)?;
    let tls = Arc::new(folder.tls().server_config()?);
    let (node, card, damage) = folder.into_node(address)?;
    let serving = Arc::new(Serving {
        node,
        failures: Limiter::new(limit::BURST, limit::EVERY),
        unsigned: Limiter::new(limit::BURST, limit::EVERY),
        started: Instant::now(),
        answered: AtomicU64::new(0),
        refused: AtomicU64::new(0),
        unauthenticated: AtomicU64::new(0),
    });
    let router = Router::new().fallback(answer).with_state(serving.clone());
    let (stop, stopped) = watch::channel(false);
    let accepting = tokio::spawn(connection::accept(listener, tls, router, stopped));
    Ok(Running { address, card, damage, serving, stop, accepting })
}

async fn bind(listen: SocketAddr, last: Option<SocketAddr>) -> Result<TcpListener, ServeError> {
    if let Some(last) = last.filter(|last| listen.port() == 0 && last.ip() == listen.ip())
        && let Ok(listener) = TcpListener::bind(last).await
    {
        return Ok(listener);
    }
    TcpListener::bind(listen).await.map_err(|source| ServeError::Listen { address: listen, source })
}

impl Running {
    /// Where it listens.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Its card, with the address patients use.
    #[must_use]
    pub fn card(&self) -> &NodeCard {
        &self.card
    }

    /// What was found damaged when the node's database was opened, and what to do, in words.
    #[must_use]
    pub fn damage(&self) -> Option<&str> {
        self.damage.as_deref()
    }

    /// What was answered so far.
    #[must_use]
    pub fn counts(&self) -> Counts {
        let read = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        Counts {
            answered: read(&self.serving.answered),
            refused: read(&self.serving.refused),
            unauthenticated: read(&self.serving.unauthenticated),
        }
    }

    /// Accepts no more connections, lets requests under way finish, and returns.
    pub async fn stop(mut self) {
        // Nobody listens any more only when everything has ended already.
        let _ = self.stop.send(true);
        let _ = (&mut self.accepting).await;
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.accepting.abort();
    }
}

async fn answer(
    State(serving): State<Arc<Serving>>,
    Extension(peer): Extension<SocketAddr>,
    Extension(activity): Extension<Activity>,
    request: Request,
) -> Response<Body> {
    let _under_way = activity.begin();
    let signed = request.headers().contains_key("signature");
    let limiter = if signed { &serving.failures } else { &serving.unsigned };
    let answer = serving.answer(peer.ip(), signed, request).await;
    let answer = serving.throttle(limiter, peer.ip(), answer);
    serving.count(&answer);
    respond(answer)
}

impl Serving {
    async fn answer(self: &Arc<Self>, peer: IpAddr, signed: bool, request: Request) -> Answer {
        let path = request.uri().path_and_query().map(ToString::to_string).unwrap_or_default();
        let Some(route) = Route::parse(request.method().as_str(), &path) else {
            return Answer::no_such_route();
        };
        // Cheap, before the body is read. A signed request is verified first, whatever its address did before.
        let needs_signature = route != Route::Card;
        if needs_signature && !signed && !self.unsigned.allows(&peer, self.started.elapsed()) {
            return Answer::slow_down();
        }
        let incoming = match read(request, path, route.body_limit()).await {
            Ok(incoming) => incoming,
            Err(refused) => return refused,
        };
        let serving = self.clone();
        let answered = tokio::task::spawn_blocking(move || {
            pass(Point::NodeAsked);
            record(format!("{} {} {:?}\n", incoming.method, incoming.path, incoming.headers).as_bytes());
            record(&incoming.body);
            let answer = serving.node.answer(&incoming, now_s());
            record(&answer.body);
            pass(Point::NodeAnswers);
            answer
        })
        .await;
        // A panic inside is this request's alone; its transaction was rolled back.
        answered.unwrap_or_else(|_| Answer::failed())
    }

    /// Charges a request that did not verify, and says so when there were too many.
    fn throttle(&self, limiter: &Limiter<IpAddr>, peer: IpAddr, answer: Answer) -> Answer {
        if answer.status != 401 {
            return answer;
        }
        self.unauthenticated.fetch_add(1, Ordering::Relaxed);
        let now = self.started.elapsed();
        if !limiter.allows(&peer, now) {
            return Answer::slow_down();
        }
        limiter.take(peer, now);
        answer
    }

    fn count(&self, answer: &Answer) {
        self.answered.fetch_add(1, Ordering::Relaxed);
        if answer.status >= 400 {
            self.refused.fetch_add(1, Ordering::Relaxed);
        }
    }
}

/// The request with its whole body, which is refused before it is read when it says that it is too large.
async fn read(request: Request, path: String, limit: usize) -> Result<Incoming, Answer> {
    let (parts, body) = request.into_parts();
    let authority = parts.uri.authority().map(|authority| authority.as_str().to_owned());
    let host = || parts.headers.get(header::HOST).and_then(|host| host.to_str().ok()).map(str::to_owned);
    let authority = authority.or_else(host).unwrap_or_default();
    let stated = parts.headers.get(header::CONTENT_LENGTH).and_then(|length| length.to_str().ok());
    if stated.is_some_and(|length| length.parse::<usize>().is_ok_and(|length| length > limit)) {
        return Err(Answer::too_large(limit));
    }
    let body = tokio::time::timeout(BODY_TIME, to_bytes(body, limit)).await;
    let body = body.ok().and_then(Result::ok).ok_or_else(|| Answer::too_large(limit))?;
    let headers = parts.headers.iter();
    let text =
        headers.filter_map(|(name, value)| Some((name.as_str().to_owned(), value.to_str().ok()?.to_owned())));
    Ok(Incoming {
        method: parts.method.as_str().to_owned(),
        target_uri: format!("https://{authority}{path}"),
        path,
        headers: text.collect(),
        body: body.to_vec(),
    })
}

fn respond(answer: Answer) -> Response<Body> {
    let mut response = Response::new(Body::from(answer.body));
    *response.status_mut() = StatusCode::from_u16(answer.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    if !answer.content_type.is_empty() {
        let content_type = header::HeaderValue::from_static(answer.content_type);
        response.headers_mut().insert(header::CONTENT_TYPE, content_type);
    }
    response.headers_mut().insert(header::CACHE_CONTROL, header::HeaderValue::from_static("no-store"));
    response
}

/// Seconds since 1970. A clock before that reads as 0, and every signed request is then out of date.
fn now_s() -> u64 {
    u64::try_from(pulsebook_faultpoint::now_ms() / 1000).unwrap_or(0)
}
