//! The record that a demo left: every object of it, as its four nodes hold them.

use crate::load;
use pulsebook_protocol::{
    block::Block,
    bytes::ByteString,
    card::GrantFile,
    cbor,
    circle::CircleNode,
    cose::Sign1,
    directory::{DirectoryNode, unverified_nodes},
    key::PublicKey,
    proposal::Proposal,
};
use rusqlite::{Connection, OpenFlags};
use std::{fs, path::Path};

const ANY: usize = 16 * 1024 * 1024;

/// One node's copy.
pub(crate) struct NodeCopy {
    pub(crate) name: String,
    pub(crate) identity: PublicKey,
    database: Connection,
}

/// A patient's record as its nodes have it.
pub(crate) struct Record {
    pub(crate) nodes: Vec<NodeCopy>,
    pub(crate) grant: GrantFile,
    /// Proposals of epochs 0 and 1, with the COSE objects they came in.
    pub(crate) proposals: Vec<(Proposal, Vec<Vec<u8>>)>,
    pub(crate) directory: Vec<u8>,
}

impl NodeCopy {
    fn open(demo: &Path, number: usize) -> Self {
        let path = demo.join(format!("node-{number}/node.db"));
        let database = Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_WRITE).unwrap();
        let card = load(&demo.join("cards"), &format!("node-{number}.json"));
        let text = |field: &str| card[field].as_str().unwrap().to_owned();
        NodeCopy { name: text("name"), identity: text("identity").parse().unwrap(), database }
    }

    /// The first column of a query, each row's bytes.
    pub(crate) fn column(&self, sql: &str) -> Vec<Vec<u8>> {
        let mut statement = self.database.prepare(sql).unwrap();
        let rows = statement.query_map([], |row| match row.get_ref(0)? {
            rusqlite::types::ValueRef::Text(bytes) | rusqlite::types::ValueRef::Blob(bytes) => {
                Ok(bytes.to_vec())
            }
            _ => Err(rusqlite::Error::InvalidQuery),
        });
        rows.unwrap().map(Result::unwrap).collect()
    }

    /// Every block, in order.
    pub(crate) fn blocks(&self) -> Vec<Block> {
        let blocks = self.column("SELECT block FROM blocks ORDER BY height");
        blocks.iter().map(|bytes| Block::from_bytes(bytes).unwrap()).collect()
    }
}

impl Record {
    /// Reads what `pulsebook demo --dir` kept.
    pub(crate) fn open(demo: &Path) -> Self {
        let grant = GrantFile::parse(&fs::read_to_string(demo.join("grant.json")).unwrap()).unwrap();
        let nodes: Vec<NodeCopy> = (1..=4).map(|number| NodeCopy::open(demo, number)).collect();
        let proposals = nodes[0].column("SELECT proposal FROM epochs ORDER BY epoch");
        let proposals = proposals.iter().map(|bytes| proposal(bytes)).collect();
        let directory = nodes[0].column("SELECT directory FROM epochs WHERE epoch = 1").remove(0);
        Record { nodes, grant, proposals, directory }
    }

    /// The key that signs the log of an epoch.
    pub(crate) fn log_key(&self, epoch: u32) -> PublicKey {
        self.proposals[epoch as usize].0.log_key
    }

    /// The nodes as the directory names them.
    pub(crate) fn directory_nodes(&self) -> Vec<DirectoryNode> {
        unverified_nodes(&self.directory).unwrap()
    }

    /// A node's keys in the circle.
    pub(crate) fn in_circle(&self, identity: &PublicKey) -> CircleNode {
        let label = self.directory_nodes().into_iter().find(|row| row.identity == *identity).unwrap().label;
        *self.proposals[1].0.circle.node(&label).unwrap()
    }

    /// What there is, in a few words.
    pub(crate) fn told(&self) -> String {
        format!("a record of {} blocks at {} nodes", self.nodes[0].blocks().len(), self.nodes.len())
    }
}

fn proposal(stored: &[u8]) -> (Proposal, Vec<Vec<u8>>) {
    let signatures: Vec<ByteString> = cbor::decode(stored, ANY).unwrap();
    let signatures: Vec<Vec<u8>> = signatures.into_iter().map(|bytes| bytes.0).collect();
    let payload = Sign1::parse(&signatures[0], ANY).unwrap();
    (cbor::decode(payload.unverified_payload(), ANY).unwrap(), signatures)
}
