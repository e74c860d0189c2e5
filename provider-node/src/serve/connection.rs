//! Connections: how many, how long a handshake and silence may last, and how they end.

use super::{
    activity::Activity,
    peers::{PeerPlace, Peers},
};
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
/// Of them from one address.
const CONNECTIONS_A_PEER: usize = 64;
/// Requests at a time on one HTTP/2 connection.
const STREAMS: u32 = 32;
/// Longest TLS handshake.
const HANDSHAKE_TIME: Duration = Duration::from_secs(10);
/// Longest silence between requests (HTTP/1.1), and between pings (HTTP/2).
const IDLE_TIME: Duration = Duration::from_secs(30);
/// A connection that carried no request for this long is closed, whatever it speaks.
const SILENT_TIME: Duration = Duration::from_secs(60);
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
    let peers = Peers::new(CONNECTIONS_A_PEER);
    let mut connections = JoinSet::new();
    loop {
        let next = tokio::select! {
            () = ended(&mut stopped) => break,
            next = next(&listener, &places, &peers) => next,
        };
        while connections.try_join_next().is_some() {}
        let Some((stream, peer, place)) = next else { continue };
        let (acceptor, router, stopped) = (acceptor.clone(), router.clone(), stopped.clone());
        connections.spawn(async move {
            let handshake = tokio::time::timeout(HANDSHAKE_TIME, acceptor.accept(stream)).await;
            if let Ok(Ok(stream)) = handshake {
                talk(TokioIo::new(stream), router.layer(Extension(peer)), stopped, SILENT_TIME).await;
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
    peers: &Peers,
) -> Option<(TcpStream, SocketAddr, (OwnedSemaphorePermit, PeerPlace))> {
    let place = places.clone().acquire_owned().await.ok()?;
    match listener.accept().await {
        Ok((stream, peer)) => {
            // Dropped without a word when its address has all the places it may have.
            let own = peers.enter(peer.ip())?;
            // Small answers should not wait for more; without it everything still works.
            let _ = stream.set_nodelay(true);
            Some((stream, peer, (place, own)))
        }
        Err(_) => {
            // Out of file handles, mostly: give connections time to end instead of spinning.
            tokio::time::sleep(Duration::from_millis(50)).await;
            None
        }
    }
}

async fn talk<S>(stream: TokioIo<S>, router: Router, mut stopped: watch::Receiver<bool>, silent: Duration)
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
    let activity = Activity::default();
    let service = TowerToHyperService::new(router.layer(Extension(activity.clone())));
    let mut connection = pin!(builder.serve_connection(stream, service));
    // How a connection ended concerns only its client.
    tokio::select! {
        _ = connection.as_mut() => {}
        () = ended(&mut stopped) => {
            connection.as_mut().graceful_shutdown();
            let _ = connection.await;
        }
        () = activity.silent_for(silent) => {
            connection.as_mut().graceful_shutdown();
            // A slow client may still take its last answer; one that says nothing is cut off.
            let _ = tokio::time::timeout(silent, connection).await;
        }
    }
}

/// Until the node is told to stop, or whoever could tell it is gone.
async fn ended(stopped: &mut watch::Receiver<bool>) {
    // The answer borrows the channel; it is dropped here so that tasks can move between threads.
    let _ = stopped.wait_for(|stopped| *stopped).await.is_ok();
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::io::{AsyncReadExt, AsyncWriteExt};

    /// HTTP/2's first words and an empty SETTINGS frame (RFC 9113 §3.4).
    const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0";

    #[tokio::test]
    async fn a_connection_without_requests_is_closed() {
        for words in [&b""[..], PREFACE] {
            let (mut client, server) = tokio::io::duplex(4096);
            let (_stop, stopped) = watch::channel(false);
            let talk =
                tokio::spawn(talk(TokioIo::new(server), Router::new(), stopped, Duration::from_millis(5)));
            client.write_all(words).await.unwrap();
            // Ends only when the server closes; a ping that is not answered does not hold it open.
            client.read_to_end(&mut Vec::new()).await.unwrap();
            talk.await.unwrap();
        }
    }
}
