//! A wire that listens: what passes between a client and a node, byte by byte.

use std::{
    io::{Read, Write},
    net::{SocketAddr, TcpListener, TcpStream},
    sync::{Arc, Mutex},
};

/// A port that passes everything on to another, and keeps it.
pub(crate) struct Wire {
    pub(crate) port: u16,
    heard: Arc<Mutex<Vec<u8>>>,
}

impl Wire {
    /// Listens before a node that will be at `to`.
    pub(crate) fn before(to: SocketAddr) -> Wire {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let heard = Arc::new(Mutex::new(Vec::new()));
        let keep = heard.clone();
        std::thread::spawn(move || {
            for client in listener.incoming().flatten() {
                let Ok(node) = TcpStream::connect(to) else { continue };
                for (from, to) in [(client.try_clone(), node.try_clone()), (Ok(node), Ok(client))] {
                    let (mut from, mut to, keep) = (from.unwrap(), to.unwrap(), keep.clone());
                    std::thread::spawn(move || {
                        let mut buffer = [0; 16_384];
                        while let Ok(count @ 1..) = from.read(&mut buffer) {
                            keep.lock().unwrap().extend_from_slice(&buffer[..count]);
                            if to.write_all(&buffer[..count]).is_err() {
                                break;
                            }
                        }
                        let _ = to.shutdown(std::net::Shutdown::Both);
                    });
                }
            }
        });
        Wire { port, heard }
    }

    /// Everything so far, both ways.
    pub(crate) fn heard(&self) -> Vec<u8> {
        self.heard.lock().unwrap().clone()
    }
}
