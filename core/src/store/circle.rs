//! The nodes of the circle, staged or confirmed, and how far each has come.

use super::{
    Store,
    error::StoreError,
    page::Place,
    rows,
    step::{commit, step_ahead},
};
use pulsebook_faultpoint::Point;
use pulsebook_protocol::{
    bytes::{ByteString, Digest, NodeLabel},
    cbor,
    key::PublicKey,
    random::Random,
};
use rusqlite::{Connection, OptionalExtension};

/// Whether a node counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NodeState {
    /// Added, waiting for the words.
    Staged,
    /// In the circle of the newest epoch.
    Confirmed,
}

/// What is known of a node; its name is personal, so all of it is sealed.
#[derive(Clone, Debug, PartialEq, Eq, minicbor::Encode, minicbor::Decode)]
#[cbor(map)]
pub struct NodeDetails {
    /// The organisation's name.
    #[n(0)]
    pub name: String,
    /// Its HTTPS address.
    #[n(1)]
    pub address: String,
    /// Its identity key.
    #[n(2)]
    pub identity: PublicKey,
    /// SHA-256 of its TLS public key.
    #[n(3)]
    pub tls_pin: Digest,
    /// Invite code, if its card had one.
    #[n(4)]
    pub invite: Option<String>,
    /// Its key certificate for this chain, once it enrolled the chain.
    #[n(5)]
    pub key_certificate: Option<ByteString>,
}

/// A node as stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredNode {
    /// Its label in this chain.
    pub label: NodeLabel,
    /// Whether it counts.
    pub state: NodeState,
    /// What is known of it.
    pub details: NodeDetails,
}

/// Most bytes of a node's details.
const LIMIT: usize = 64 * 1024;
const NODE: (Point, Point) = (Point::NodeCommit, Point::NodeCommitted);

impl Store {
    /// Adds a node, or replaces what is known of it.
    ///
    /// # Errors
    /// [`StoreError`] when the database or the randomness fails.
    pub fn put_node(&self, node: &StoredNode, random: &mut dyn Random) -> Result<(), StoreError> {
        let mut db = self.db();
        let transaction = db.transaction()?;
        self.insert_node(&transaction, node, random)?;
        commit(NODE, transaction)
    }

    pub(crate) fn confirm(
        &self,
        db: &Connection,
        mut node: StoredNode,
        random: &mut dyn Random,
    ) -> Result<(), StoreError> {
        node.state = NodeState::Confirmed;
        self.insert_node(db, &node, random)
    }

    fn insert_node(
        &self,
        db: &Connection,
        node: &StoredNode,
        random: &mut dyn Random,
    ) -> Result<(), StoreError> {
        let state = wire(node.state);
        let page = cbor::encode(&node.details);
        let sealed = self.sealer.seal(place(&[node.label.as_bytes()], &[&[state]]), &page, random)?;
        db.prepare_cached("INSERT OR REPLACE INTO nodes (label, state, sealed) VALUES (?1, ?2, ?3)")?
            .execute((node.label.as_bytes(), state, sealed))?;
        Ok(())
    }

    /// Forgets a staged node and its cursors.
    ///
    /// # Errors
    /// [`StoreError::Database`].
    pub fn remove_node(&self, label: &NodeLabel) -> Result<(), StoreError> {
        let mut db = self.db();
        let transaction = db.transaction()?;
        transaction.execute("DELETE FROM nodes WHERE label = ?1", [label.as_bytes()])?;
        transaction.execute("DELETE FROM cursors WHERE label = ?1", [label.as_bytes()])?;
        commit(NODE, transaction)
    }

    /// All nodes, ascending by label.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails or a page does not open.
    pub fn nodes(&self) -> Result<Vec<StoredNode>, StoreError> {
        let db = self.db();
        let mut query = db.prepare_cached("SELECT label, state, sealed FROM nodes ORDER BY label")?;
        type Columns = (Vec<u8>, u8, Vec<u8>);
        let found: Vec<Columns> = query
            .query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?
            .collect::<Result<_, _>>()?;
        let node = |(label, state, sealed): &Columns| {
            let opened = self.sealer.open(place(&[label], &[&[*state]]), sealed)?;
            let details = cbor::decode(&opened, LIMIT).map_err(|_| StoreError::Damaged("a node"))?;
            let state = if *state == 1 { NodeState::Confirmed } else { NodeState::Staged };
            Ok(StoredNode { label: rows::fixed(label, "a node's label")?, state, details })
        };
        found.iter().map(node).collect()
    }

    /// A number that is remembered for a node, by name: how far it has come with something.
    ///
    /// # Errors
    /// [`StoreError::Database`].
    pub fn cursor(&self, label: &NodeLabel, name: &str) -> Result<Option<u64>, StoreError> {
        let db = self.db();
        let mut query = db.prepare_cached("SELECT value FROM cursors WHERE label = ?1 AND name = ?2")?;
        let value = query.query_row((label.as_bytes(), name), |row| row.get::<_, i64>(0)).optional()?;
        Ok(value.map(rows::from_sql))
    }

    /// Remembers a number for a node. A power cut may take it back until the next durable step: whoever asks finds out from
    /// the node where it stands.
    ///
    /// # Errors
    /// [`StoreError::Database`].
    pub fn set_cursor(&self, label: &NodeLabel, name: &str, value: u64) -> Result<(), StoreError> {
        let db = self.db();
        let sql = "INSERT OR REPLACE INTO cursors (label, name, value) VALUES (?1, ?2, ?3)";
        let mut put = db.prepare_cached(sql)?;
        let row = (label.as_bytes(), name, rows::to_sql(value));
        step_ahead(&db, (Point::CursorCommit, Point::CursorCommitted), || put.execute(row))?;
        Ok(())
    }
}

fn wire(state: NodeState) -> u8 {
    match state {
        NodeState::Staged => 0,
        NodeState::Confirmed => 1,
    }
}

fn place<'a>(key: &'a [&'a [u8]; 1], plain: &'a [&'a [u8]; 1]) -> Place<'a> {
    Place { table: "nodes", column: "sealed", key, plain }
}
