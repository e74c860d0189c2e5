//! A node behind a real HTTPS server with a pinned key, and a lie between the two.

use pulsebook_dial::pin_of_certificate;
use pulsebook_protocol::{bytes::Digest, card::NodeCard, key::SigningKey, secret::Secret32};
use pulsebook_provider_node::{Answer, Incoming, InvitePolicy, Node, NodeSecrets, store::MemoryStore};
use std::{
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    time::{SystemTime, UNIX_EPOCH},
};
use tokio::{
    io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader},
    net::{TcpListener, TcpStream},
    sync::watch,
};
use tokio_rustls::{
    TlsAcceptor,
    rustls::{
        ServerConfig, SupportedProtocolVersion, crypto::ring, pki_types::PrivateKeyDer, version::TLS13,
    },
    server::TlsStream,
};

/// What stands between a request and the honest node.
pub(crate) enum Lie {
    /// Nothing.
    None,
    /// The answer is made of the request and of what the honest node would say, which is not asked when it is not called.
    Answer(Box<Twist>),
    /// These bytes are written on the connection, over and over when so told.
    Raw { bytes: Vec<u8>, endless: bool },
    /// The head of an answer, then a byte at a time, without an end.
    Drip(Vec<u8>),
    /// Nobody is answered until the gate opens.
    Wait(watch::Receiver<bool>),
    /// The connection is cut after the request.
    Cut,
}

pub(crate) type Twist = dyn Fn(&Incoming, &dyn Fn() -> Answer) -> Answer + Send + Sync;

/// A lie that changes what the honest node answers to requests whose path ends so.
pub(crate) fn twist(end: &'static str, change: impl Fn(&mut Answer) + Send + Sync + 'static) -> Lie {
    Lie::Answer(Box::new(move |request, honest| {
        let mut answer = honest();
        if request.path.ends_with(end) {
            change(&mut answer);
        }
        answer
    }))
}

/// One answer to everything, whatever the honest node thinks.
pub(crate) fn always(status: u16, content_type: &'static str, body: impl Into<Vec<u8>>) -> Lie {
    let body = body.into();
    Lie::Answer(Box::new(move |_, _| Answer { status, content_type, body: body.clone() }))
}

/// An honest node and the server in front of it.
pub(crate) struct Liar {
    pub(crate) card: NodeCard,
    pub(crate) node: Node,
    pub(crate) lie: Mutex<Arc<Lie>>,
    /// The key that it shows instead of its card's.
    other_key: Mutex<Option<TlsAcceptor>>,
    /// Requests that somebody sent to that key.
    pub(crate) sent_to_other_key: AtomicUsize,
    /// Method and path of each request, and the status it was answered with.
    pub(crate) heard: watch::Sender<Vec<(String, u16)>>,
    /// Bytes of answers that the other side took.
    pub(crate) written: Mutex<u64>,
}

fn now_s() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs()
}

/// A fresh key that answers with these versions of TLS.
pub(crate) fn tls(versions: &[&'static SupportedProtocolVersion]) -> (TlsAcceptor, Digest) {
    tls_speaking(versions, &[])
}

/// The same, speaking these protocols above it.
pub(crate) fn tls_speaking(
    versions: &[&'static SupportedProtocolVersion],
    protocols: &[&[u8]],
) -> (TlsAcceptor, Digest) {
    let made = rcgen::generate_simple_self_signed(["node".to_owned()]).unwrap();
    let pin = pin_of_certificate(made.cert.der()).unwrap();
    let key = PrivateKeyDer::try_from(made.signing_key.serialize_der()).unwrap();
    let mut config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_protocol_versions(versions)
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![made.cert.der().clone()], key)
        .unwrap();
    config.alpn_protocols = protocols.iter().map(|protocol| protocol.to_vec()).collect();
    (TlsAcceptor::from(Arc::new(config)), pin)
}

impl Liar {
    /// A node of this number, honest so far.
    pub(crate) async fn start(number: u8) -> Arc<Liar> {
        let (acceptor, pin) = tls(&[&TLS13]);
        Liar::start_with(number, acceptor, pin).await
    }

    /// The same with another key or other versions of TLS.
    pub(crate) async fn start_with(number: u8, acceptor: TlsAcceptor, tls_pin: Digest) -> Arc<Liar> {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = format!("https://{}", listener.local_addr().unwrap());
        let identity = SigningKey::from_seed(Secret32::from_bytes([number + 100; 32])).unwrap();
        let name = format!("node {number}");
        let card =
            NodeCard { name, address: address.clone(), identity: identity.public(), tls_pin, invite: None };
        let secrets = NodeSecrets { master: Secret32::from_bytes([number + 50; 32]), identity };
        let store = Box::new(MemoryStore::default());
        let node = Node::new(store, secrets, InvitePolicy::Open, vec![address], card.to_json());
        let (lie, heard) = (Mutex::new(Arc::new(Lie::None)), watch::Sender::new(Vec::new()));
        let (other_key, sent_to_other_key, written) = <(Mutex<_>, AtomicUsize, Mutex<_>)>::default();
        let liar = Arc::new(Liar { card, node, lie, other_key, sent_to_other_key, heard, written });
        let serving = Arc::clone(&liar);
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let (acceptor, serving) = (acceptor.clone(), Arc::clone(&serving));
                tokio::spawn(async move {
                    let other_key = serving.other_key.lock().unwrap().clone();
                    let is_other = other_key.is_some();
                    let Ok(stream) = other_key.unwrap_or(acceptor).accept(stream).await else { return };
                    let mut stream = BufReader::new(stream);
                    match is_other {
                        false => serving.serve(stream).await,
                        true if serving.request(&mut stream).await.is_some() => {
                            serving.sent_to_other_key.fetch_add(1, Ordering::SeqCst);
                        }
                        true => (),
                    }
                });
            }
        });
        liar
    }

    pub(crate) fn lies(&self, lie: Lie) {
        *self.lie.lock().unwrap() = Arc::new(lie);
    }

    /// From the next connection on it shows this key, takes one request and answers nothing.
    pub(crate) fn shows(&self, acceptor: TlsAcceptor) {
        *self.other_key.lock().unwrap() = Some(acceptor);
    }

    /// No lie, and its own key.
    pub(crate) fn is_honest(&self) {
        self.lies(Lie::None);
        *self.other_key.lock().unwrap() = None;
    }

    /// How many requests whose path ends so were answered with this status.
    pub(crate) fn answered(&self, end: &str, status: u16) -> usize {
        self.heard.borrow().iter().filter(|(path, was)| path.ends_with(end) && *was == status).count()
    }

    /// Waits until it has answered so many of them; a test without an end is better than one that guesses a time.
    pub(crate) async fn until_answered(&self, end: &str, status: u16, count: usize) {
        let mut heard = self.heard.subscribe();
        let done = |heard: &Vec<(String, u16)>| {
            heard.iter().filter(|(path, was)| path.ends_with(end) && *was == status).count() >= count
        };
        heard.wait_for(done).await.unwrap();
    }

    /// Requests of one connection, one after the other, HTTP/1.1.
    async fn serve(&self, mut stream: BufReader<TlsStream<TcpStream>>) {
        while let Some(request) = self.request(&mut stream).await {
            let lie = Arc::clone(&self.lie.lock().unwrap());
            let honest = || self.node.answer(&request, now_s());
            let answer = match &*lie {
                Lie::None => honest(),
                Lie::Answer(twist) => twist(&request, &honest),
                Lie::Wait(gate) => match gate.clone().wait_for(|open| *open).await {
                    Ok(_) => honest(),
                    // Nobody is left who could open it.
                    Err(_) => return,
                },
                Lie::Cut => return,
                Lie::Drip(head) => return drip(&mut stream, head).await,
                Lie::Raw { bytes, endless } => return self.raw(&mut stream, bytes, *endless).await,
            };
            let heard = (format!("{} {}", request.method, request.path), answer.status);
            let head = format!(
                "HTTP/1.1 {} X\r\ncontent-type: {}\r\ncontent-length: {}\r\n\r\n",
                answer.status,
                answer.content_type,
                answer.body.len()
            );
            // RFC 9110 §8.6: no length without content.
            let head = if answer.status == 204 { "HTTP/1.1 204 X\r\n\r\n".to_owned() } else { head };
            let sent = stream.write_all(&[head.as_bytes(), &answer.body].concat()).await.is_ok();
            let _ = stream.flush().await;
            self.heard.send_modify(|all| all.push(heard));
            if !sent {
                return;
            }
        }
    }

    async fn raw(&self, stream: &mut BufReader<TlsStream<TcpStream>>, bytes: &[u8], endless: bool) {
        let mut sent = bytes;
        loop {
            if stream.write_all(sent).await.is_err() || stream.flush().await.is_err() {
                return;
            }
            *self.written.lock().unwrap() += sent.len() as u64;
            if !endless {
                return;
            }
            // After the head of an answer, its body without an end.
            sent = &[b'x'; 65_536];
        }
    }

    async fn request(&self, stream: &mut BufReader<TlsStream<TcpStream>>) -> Option<Incoming> {
        let mut lines = Vec::new();
        loop {
            let mut line = String::new();
            if stream.read_line(&mut line).await.ok()? == 0 {
                return None;
            }
            if line.trim().is_empty() {
                break;
            }
            lines.push(line.trim().to_owned());
        }
        let (first, headers) = lines.split_first()?;
        let headers: Vec<(String, String)> = headers
            .iter()
            .filter_map(|line| line.split_once(": "))
            .map(|(name, value)| (name.to_ascii_lowercase(), value.to_owned()))
            .collect();
        let length = headers.iter().find(|(name, _)| name == "content-length");
        let mut body = vec![0; length.map_or(0, |(_, length)| length.parse().unwrap())];
        stream.read_exact(&mut body).await.ok()?;
        let mut words = first.split(' ');
        let (method, path) = (words.next()?.to_owned(), words.next()?.to_owned());
        let target_uri = format!("{}{path}", self.card.address);
        Some(Incoming { method, target_uri, path, headers, body })
    }
}

async fn drip(stream: &mut BufReader<TlsStream<TcpStream>>, head: &[u8]) {
    let mut sent = head;
    while stream.write_all(sent).await.is_ok() && stream.flush().await.is_ok() {
        tokio::time::sleep(std::time::Duration::from_millis(10)).await;
        sent = b"x";
    }
}
