//! A node's folder: its role, its settings, its keys and its database.
//!
//! A node's own keys are plain files that only their user may read (mode 0600); a node starts without anyone typing a
//! passphrase. They sign and identify; they open nothing that a patient sealed.

mod files;
mod settings;
mod tls;

pub use settings::InviteChoice;
pub use tls::TlsKeys;

use crate::{
    node::{InvitePolicy, Node, NodeSecrets},
    store::{FileBlobs, SqliteStore, StoreError},
};
use pulsebook_protocol::{
    card::NodeCard,
    key::SigningKey,
    random::{Random, RandomUnavailable, SystemRandom},
    secret::Secret32,
};
use settings::Settings;
use std::{
    net::SocketAddr,
    path::{Path, PathBuf},
};

const MASTER: &str = "master.key";
const IDENTITY: &str = "identity.key";
const DATABASE: &str = "node.db";
const BLOBS: &str = "blobs";

/// A folder that cannot be made or opened.
#[derive(Debug, thiserror::Error)]
pub enum FolderError {
    /// No node lives there.
    #[error("{0} is not a node's folder: make one with `pulsebook node init`")]
    NotANode(PathBuf),
    /// Somebody else lives there.
    #[error("{path} is the folder of a {role}, not of a node: use another folder")]
    OtherRole {
        /// The folder.
        path: PathBuf,
        /// Its role, as its file says.
        role: String,
    },
    /// A node lives there already.
    #[error("{0} already has a node: open it, or choose an empty folder")]
    AlreadyHere(PathBuf),
    /// Reading or writing a file.
    #[error(
        "{path}: {source}; see that the file is there and yours to use and the disk has room, or restore it from a backup"
    )]
    File {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// A file has other content than it should.
    #[error("{path} is damaged ({reason}): restore it from a backup")]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        reason: String,
    },
    /// A name or address that no card can carry.
    #[error("{0}")]
    Unusable(String),
    /// No randomness.
    #[error(transparent)]
    Random(#[from] RandomUnavailable),
    /// The database.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// What a new node is to be.
#[derive(Clone, Debug)]
pub struct NewNode {
    /// Name on the card, one line.
    pub name: String,
    /// Who may bring a new chain.
    pub invites: InviteChoice,
    /// The https origin under which phones reach it, without a path; `None`: where it listens.
    pub address: Option<String>,
}

/// An opened folder.
pub struct NodeFolder {
    path: PathBuf,
    settings: Settings,
    secrets: NodeSecrets,
    tls: TlsKeys,
}

impl NodeFolder {
    /// Makes a node in `dir`, which is created if needed.
    ///
    /// # Errors
    /// [`FolderError`]; a folder with any role is left alone.
    pub fn init(dir: &Path, new: NewNode, random: &mut dyn Random) -> Result<Self, FolderError> {
        files::make_folder(dir)?;
        match files::role(dir)? {
            None => {}
            Some(role) if role == files::ROLE => return Err(FolderError::AlreadyHere(dir.into())),
            Some(role) => return Err(FolderError::OtherRole { path: dir.into(), role }),
        }
        let (master, identity) = (Secret32::make(random)?, Secret32::make(random)?);
        files::write_secret(&dir.join(MASTER), master.expose())?;
        files::write_secret(&dir.join(IDENTITY), identity.expose())?;
        let mut settings = Settings::make(new, random)?;
        TlsKeys::make(dir, settings.address.as_deref())?;
        settings.write(dir)?;
        // Last, so that a folder with a role is a complete one.
        files::write_role(dir)?;
        NodeFolder::open(dir)
    }

    /// Opens a node's folder.
    ///
    /// # Errors
    /// [`FolderError`].
    pub fn open(dir: &Path) -> Result<Self, FolderError> {
        match files::role(dir)? {
            Some(role) if role == files::ROLE => {}
            Some(role) => return Err(FolderError::OtherRole { path: dir.into(), role }),
            None => return Err(FolderError::NotANode(dir.into())),
        }
        let identity = SigningKey::from_seed(files::read_secret(&dir.join(IDENTITY))?)?;
        let secrets = NodeSecrets { master: files::read_secret(&dir.join(MASTER))?, identity };
        let (settings, tls) = (Settings::read(dir)?, TlsKeys::read(dir)?);
        Ok(NodeFolder { path: dir.into(), settings, secrets, tls })
    }

    /// The folder.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The card, once the address is known: given at `init`, or remembered from the last time the node listened.
    #[must_use]
    pub fn card(&self) -> Option<NodeCard> {
        Some(NodeCard {
            name: self.settings.name.clone(),
            address: self.settings.origin()?,
            identity: self.secrets.identity.public(),
            tls_pin: self.tls.pin(),
            invite: self.settings.first_invite(),
        })
    }

    /// Adds an invite code, for one more patient.
    ///
    /// # Errors
    /// [`FolderError`].
    pub fn make_invite(&mut self, random: &mut dyn Random) -> Result<String, FolderError> {
        let code = self.settings.make_invite(random)?;
        self.settings.write(&self.path)?;
        Ok(code)
    }

    /// Where it listened last.
    #[must_use]
    pub fn last_listened(&self) -> Option<SocketAddr> {
        self.settings.listened
    }

    pub(crate) fn tls(&self) -> &TlsKeys {
        &self.tls
    }

    /// Remembers where it listens and becomes the node; with what was found damaged, in words.
    pub(crate) fn into_node(
        mut self,
        listening: SocketAddr,
    ) -> Result<(Node, NodeCard, Option<String>), FolderError> {
        self.settings.listened = Some(listening);
        self.settings.write(&self.path)?;
        let card = self.card().ok_or_else(|| FolderError::Unusable("the node has no address".into()))?;
        let blobs =
            FileBlobs::open(&self.path.join(BLOBS), Box::new(SystemRandom)).map_err(StoreError::from)?;
        let damage = settle_log(&self.path.join(DATABASE))?;
        let store = SqliteStore::open(&self.path.join(DATABASE), Box::new(blobs))?;
        files::restrict(&self.path.join(DATABASE))?;
        let mut origins = vec![card.address.clone(), format!("https://{listening}")];
        origins.dedup();
        let invites = match self.settings.invites {
            InviteChoice::Open => InvitePolicy::Open,
            InviteChoice::Codes(codes) => InvitePolicy::Codes(codes),
        };
        let node = Node::new(Box::new(store), self.secrets, invites, origins, card.to_json());
        Ok((node, card, damage))
    }
}

fn settle_log(database: &Path) -> Result<Option<String>, FolderError> {
    let failed = |source| FolderError::File { path: database.into(), source };
    let broken = pulsebook_rowsum::settle_log(database).map_err(failed)?;
    let next = "patients' next syncs bring blocks and grants again, access entries are not brought again; look at the \
                disk, then take the copy away or keep it elsewhere";
    Ok(broken.map(|log| format!("{log}: {next}")))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scratch::Scratch;

    fn new() -> NewNode {
        NewNode {
            name: "St Anna".into(),
            invites: InviteChoice::Codes(Vec::new()),
            address: Some("https://node.test:8443".into()),
        }
    }

    #[test]
    fn a_folder_opens_as_the_node_that_was_made() {
        let scratch = Scratch::make("folder");
        let made = NodeFolder::init(scratch.path(), new(), &mut SystemRandom).unwrap().card().unwrap();
        assert_eq!(NodeFolder::open(scratch.path()).unwrap().card(), Some(made.clone()));
        assert_eq!(NodeCard::parse(&made.to_json()), Ok(made));
        let again = NodeFolder::init(scratch.path(), new(), &mut SystemRandom);
        assert!(matches!(again, Err(FolderError::AlreadyHere(_))));
    }

    #[test]
    fn another_roles_folder_and_an_empty_one_are_refused() {
        let scratch = Scratch::make("roles");
        assert!(matches!(NodeFolder::open(scratch.path()), Err(FolderError::NotANode(_))));
        std::fs::write(scratch.file("role.json"), r#"{"pulsebook":"patient/1"}"#).unwrap();
        for refused in
            [NodeFolder::open(scratch.path()), NodeFolder::init(scratch.path(), new(), &mut SystemRandom)]
        {
            let error = refused.err().unwrap().to_string();
            assert!(error.contains("folder of a patient, not of a node"), "{error}");
        }
    }

    #[cfg(unix)]
    #[test]
    fn keys_are_readable_by_their_user_only() {
        use std::os::unix::fs::PermissionsExt;
        let scratch = Scratch::make("modes");
        NodeFolder::init(scratch.path(), new(), &mut SystemRandom).unwrap();
        for name in [MASTER, IDENTITY, "tls.key", "node.json"] {
            let mode = std::fs::metadata(scratch.file(name)).unwrap().permissions().mode();
            assert_eq!(mode & 0o777, 0o600, "{name}");
        }
    }
}
