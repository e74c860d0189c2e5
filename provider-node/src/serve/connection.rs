//! Connections: how many, how long a handshake and silence may last, and how they end.

use axum::{Extension, Router};
use hyper_util::{
    rt::{TokioExecutor, TokioIo, TokioTimer},
    server::conn::auto::Builder,
    service::TowerToHyperService,
};
use rustls::ServerConfig;
use std::{net::SocketAddr, pin::pin, sync::Arc, time::Duration};
use tokio::{
    net::{TcpListener, TcpStream},
    sync::{OwnedSemaphorePermit, Semaphore, watch},
    task::JoinSet,
};
use tokio_rustls::TlsAcceptor;

/// Connections at a time; the next wait in the system's queue.
const CONNECTIONS: usize = 256;
/// Requests at a time on one HTTP/2 connection.
const STREAMS: u32 = 32;
/// Longest TLS handshake.
const HANDSHAKE_TIME: Duration = Duration::from_secs(10);
/// Longest silence between requests (HTTP/1.1), and between pings (HTTP/2).
const IDLE_TIME: Duration = Duration::from_secs(30);
/// Longest time that requests under way have to finish when the node stops.
const FINISH_TIME: Duration = Duration::from_secs(5);

/// Accepts until `stopped` says so, then waits for the connections to finish.
pub(super) async fn accept(
    listener: TcpListener,
    tls: Arc<ServerConfig>,
    router: Router,
    mut stopped: watch::Receiver<bool>,
) {
    let acceptor = TlsAcceptor::from(tls);
    let places = Arc::new(Semaphore::new(CONNECTIONS));
    let mut connections = JoinSet::new();
    loop {
        let next = tokio::select! {
            () = ended(&mut stopped) => break,
            next = next(&listener, &places) => next,
        };
        while connections.try_join_next().is_some() {}
        let Some((stream, peer, place)) = next else { continue };
        let (acceptor, router, stopped) = (acceptor.clone(), router.clone(), stopped.clone());
        connections.spawn(async move {
            let handshake = tokio::time::timeout(HANDSHAKE_TIME, acceptor.accept(stream)).await;
            if let Ok(Ok(stream)) = handshake {
                talk(TokioIo::new(stream), router.layer(Extension(peer)), stopped).await;
            }
            drop(place);
        });
    }
    drop(listener);
    let finish = async { while connections.join_next().await.is_some() {} };
    // What has not finished by then is aborted when the set is dropped.
    let _ = tokio::time::timeout(FINISH_TIME, finish).await;
}

async fn next(
    listener: &TcpListener,
    places: &Arc<Semaphore>,
) -> Option<(TcpStream, SocketAddr, OwnedSemaphorePermit)> {
    let place = places.clone().acquire_owned().await.ok()?;
    match listener.accept().await {
        Ok((stream, peer)) => {
            // Small answers should not wait for more; without it everything still works.
            let _ = stream.set_nodelay(true);
            Some((stream, peer, place))
        }
        Err(_) => {
            // Out of file handles, mostly: give connections time to end instead of spinning.
            tokio::time::sleep(Duration::from_millis(50)).await;
            None
        }
    }
}

async fn talk<S>(stream: TokioIo<S>, router: Router, mut stopped: watch::Receiver<bool>)
where
    S: tokio::io::AsyncRead + tokio::io::AsyncWrite + Unpin + Send + 'static,
{
    let mut builder = Builder::new(TokioExecutor::new());
    builder.http1().timer(TokioTimer::new()).header_read_timeout(IDLE_TIME);
    builder
        .http2()
        .timer(TokioTimer::new())
        .keep_alive_interval(IDLE_TIME)
        .keep_alive_timeout(HANDSHAKE_TIME)
        .max_concurrent_streams(STREAMS);
    let mut connection = pin!(builder.serve_connection(stream, TowerToHyperService::new(router)));
    // How a connection ended concerns only its client.
    tokio::select! {
        _ = connection.as_mut() => {}
        () = ended(&mut stopped) => {
            connection.as_mut().graceful_shutdown();
            let _ = connection.await;
        }
    }
}

/// Until the node is told to stop, or whoever could tell it is gone.
async fn ended(stopped: &mut watch::Receiver<bool>) {
    // The answer borrows the channel; it is dropped here so that tasks can move between threads.
    let _ = stopped.wait_for(|stopped| *stopped).await.is_ok();
}
