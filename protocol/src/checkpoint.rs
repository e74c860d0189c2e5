//! Checkpoints (C2SP tlog-checkpoint) of one epoch's log, the log's signature and cosignatures on them.

use crate::{
    bytes::{ChainId, Digest, NodeLabel},
    key::{PublicKey, Signature, SigningKey},
    note::{Note, NoteError, NoteKeyKind, NoteLine, key_id},
};

/// Seconds since 1970-01-01T00:00:00Z.
pub type UnixSeconds = u64;

/// A checkpoint or cosignature that is not accepted.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CheckpointError {
    /// The note around it.
    #[error(transparent)]
    Note(#[from] NoteError),
    /// Not three lines: origin, size, root.
    #[error("not a checkpoint: origin, size and root are expected on three lines")]
    NotACheckpoint,
    /// Of another chain or epoch.
    #[error("the checkpoint is of `{found}`, expected `{expected}`")]
    WrongOrigin {
        /// Origin asked for.
        expected: String,
        /// Origin found.
        found: String,
    },
    /// No signature line of that name and key.
    #[error("`{0}` has not signed the checkpoint")]
    NotSigned(String),
    /// The signature fails.
    #[error("the signature of `{0}` on the checkpoint does not verify")]
    BadSignature(String),
}

/// The state of one epoch's log: how many blocks, and the root over them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Checkpoint {
    /// The chain.
    pub chain: ChainId,
    /// The epoch; its log counts its own blocks from 0.
    pub epoch: u32,
    /// Number of blocks of this epoch.
    pub size: u64,
    /// RFC 6962 root over them.
    pub root: Digest,
}

/// Which of its two keys a node cosigns with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum CosignerRole {
    /// Phase one: the checkpoint extends what the node saw.
    Witness,
    /// Phase two: the node holds every byte and the quorum certificate.
    Mirror,
}

/// A checkpoint that its log key signed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VerifiedCheckpoint {
    checkpoint: Checkpoint,
    note: Note,
}

/// A cosignature that a node's key made on a checkpoint.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct VerifiedCosignature {
    label: NodeLabel,
    role: CosignerRole,
    checkpoint: Checkpoint,
    time: UnixSeconds,
}

/// The origin of an epoch's log.
pub fn origin(chain: &ChainId, epoch: u32) -> String {
    format!("pulsebook/{chain}/{epoch}")
}

/// The name a node cosigns under.
pub fn cosigner_name(label: &NodeLabel, role: CosignerRole) -> String {
    match role {
        CosignerRole::Witness => format!("pulsebook/{label}/witness"),
        CosignerRole::Mirror => format!("pulsebook/{label}/mirror"),
    }
}

impl Checkpoint {
    /// The signed text.
    pub fn text(&self) -> String {
        let root = data_encoding::BASE64.encode(self.root.as_bytes());
        format!("{}\n{}\n{root}\n", origin(&self.chain, self.epoch), self.size)
    }

    /// Reads the text and demands that it is exactly what [`Checkpoint::text`] writes.
    ///
    /// # Errors
    /// [`CheckpointError::NotACheckpoint`] or [`CheckpointError::WrongOrigin`].
    pub fn parse(text: &str, chain: &ChainId, epoch: u32) -> Result<Self, CheckpointError> {
        let mut lines = text.split('\n');
        let found = lines.next().unwrap_or_default();
        let expected = origin(chain, epoch);
        if found != expected {
            return Err(CheckpointError::WrongOrigin { expected, found: found.chars().take(100).collect() });
        }
        let size = lines.next().and_then(|line| line.parse().ok());
        let root = lines
            .next()
            .and_then(|line| data_encoding::BASE64.decode(line.as_bytes()).ok())
            .and_then(|bytes| Digest::try_from(&bytes[..]).ok());
        let (Some(size), Some(root)) = (size, root) else {
            return Err(CheckpointError::NotACheckpoint);
        };
        let checkpoint = Checkpoint { chain: *chain, epoch, size, root };
        if checkpoint.text() == text { Ok(checkpoint) } else { Err(CheckpointError::NotACheckpoint) }
    }

    /// The epoch that the origin line of a note names, before anything is checked.
    pub fn claimed_epoch(note: &Note) -> Option<u32> {
        note.text().split('\n').next()?.rsplit('/').next()?.parse().ok()
    }

    /// The log's signature on this checkpoint, as a note.
    ///
    /// # Errors
    /// Never in practice: a fresh note has no second line of the same name.
    pub fn sign(&self, log_key: &SigningKey) -> Result<Note, CheckpointError> {
        let name = origin(&self.chain, self.epoch);
        let key_id = key_id(&name, NoteKeyKind::Ed25519, &log_key.public());
        let text = self.text();
        let signature = log_key.sign(text.as_bytes()).as_bytes().to_vec();
        let mut note = Note::new(text);
        note.push(NoteLine { name, key_id, signature })?;
        Ok(note)
    }

    /// A node's cosignature on this checkpoint (C2SP tlog-cosignature, Ed25519).
    pub fn cosign(
        &self,
        key: &SigningKey,
        label: &NodeLabel,
        role: CosignerRole,
        time: UnixSeconds,
    ) -> NoteLine {
        let name = cosigner_name(label, role);
        let key_id = key_id(&name, NoteKeyKind::Cosignature, &key.public());
        let mut signature = time.to_be_bytes().to_vec();
        signature.extend_from_slice(key.sign(&self.cosigned_text(time)).as_bytes());
        NoteLine { name, key_id, signature }
    }

    /// Checks a node's cosignature on this checkpoint.
    ///
    /// # Errors
    /// [`CheckpointError::NotSigned`] when the line is of another name or key, [`CheckpointError::BadSignature`] when it fails.
    pub fn verify_cosignature(
        &self,
        line: &NoteLine,
        label: &NodeLabel,
        role: CosignerRole,
        key: &PublicKey,
    ) -> Result<VerifiedCosignature, CheckpointError> {
        let name = cosigner_name(label, role);
        if line.name != name || line.key_id != key_id(&name, NoteKeyKind::Cosignature, key) {
            return Err(CheckpointError::NotSigned(name));
        }
        let (time, rest) = line
            .signature
            .split_first_chunk::<8>()
            .ok_or_else(|| CheckpointError::BadSignature(name.clone()))?;
        let time = u64::from_be_bytes(*time);
        Signature::try_from(rest)
            .and_then(|signature| key.check(&self.cosigned_text(time), &signature))
            .map_err(|_| CheckpointError::BadSignature(name))?;
        Ok(VerifiedCosignature { label: *label, role, checkpoint: *self, time })
    }

    fn cosigned_text(&self, time: UnixSeconds) -> Vec<u8> {
        format!("cosignature/v1\ntime {time}\n{}", self.text()).into_bytes()
    }
}

/// Checks that a note is a checkpoint of this chain and epoch, signed by its log key.
///
/// # Errors
/// [`CheckpointError`] saying which of these fails.
pub fn verify_checkpoint(
    note: &Note,
    chain: &ChainId,
    epoch: u32,
    log_key: &PublicKey,
) -> Result<VerifiedCheckpoint, CheckpointError> {
    let checkpoint = Checkpoint::parse(note.text(), chain, epoch)?;
    let name = origin(chain, epoch);
    let line = note
        .line(&name)
        .filter(|line| line.key_id == key_id(&name, NoteKeyKind::Ed25519, log_key))
        .ok_or_else(|| CheckpointError::NotSigned(name.clone()))?;
    Signature::try_from(&line.signature[..])
        .and_then(|signature| log_key.check(note.text().as_bytes(), &signature))
        .map_err(|_| CheckpointError::BadSignature(name))?;
    Ok(VerifiedCheckpoint { checkpoint, note: note.clone() })
}

impl VerifiedCheckpoint {
    /// The checkpoint.
    pub fn checkpoint(&self) -> Checkpoint {
        self.checkpoint
    }

    /// The note it stands in, with all its lines.
    pub fn note(&self) -> &Note {
        &self.note
    }
}

impl VerifiedCosignature {
    /// Who cosigned.
    pub fn label(&self) -> NodeLabel {
        self.label
    }

    /// With which key.
    pub fn role(&self) -> CosignerRole {
        self.role
    }

    /// What was cosigned.
    pub fn checkpoint(&self) -> Checkpoint {
        self.checkpoint
    }

    /// When, by the node's clock.
    pub fn time(&self) -> UnixSeconds {
        self.time
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::secret::Secret32;

    fn key(seed: u8) -> SigningKey {
        SigningKey::from_seed(Secret32::from_bytes([seed; 32])).unwrap()
    }

    fn checkpoint() -> Checkpoint {
        let (chain, root) = (ChainId::from_bytes([7; 32]), Digest::from_bytes([9; 32]));
        Checkpoint { chain, epoch: 1, size: 12, root }
    }

    #[test]
    fn only_the_log_key_of_that_epoch_passes() {
        let (chain, note) = (checkpoint().chain, checkpoint().sign(&key(1)).unwrap());
        let log = key(1).public();
        assert_eq!(verify_checkpoint(&note, &chain, 1, &log).unwrap().checkpoint(), checkpoint());
        assert!(verify_checkpoint(&note, &chain, 2, &log).is_err());
        assert!(verify_checkpoint(&note, &chain, 1, &key(2).public()).is_err());
        let altered = Note::parse(&note.to_string().replace("\n12\n", "\n13\n")).unwrap();
        assert!(matches!(
            verify_checkpoint(&altered, &chain, 1, &log),
            Err(CheckpointError::BadSignature(_))
        ));
    }

    #[test]
    fn a_cosignature_counts_for_its_role_key_and_checkpoint_only() {
        let label = NodeLabel::from_bytes([3; 8]);
        let line = checkpoint().cosign(&key(2), &label, CosignerRole::Witness, 1_800_000_000);
        let verify = |point: Checkpoint, role, seed| {
            point.verify_cosignature(&line, &label, role, &key(seed).public())
        };
        let verified = verify(checkpoint(), CosignerRole::Witness, 2).unwrap();
        assert_eq!((verified.time(), verified.label()), (1_800_000_000, label));
        assert!(verify(checkpoint(), CosignerRole::Mirror, 2).is_err());
        assert!(verify(checkpoint(), CosignerRole::Witness, 3).is_err());
        assert!(verify(Checkpoint { size: 13, ..checkpoint() }, CosignerRole::Witness, 2).is_err());
    }

    #[test]
    fn other_spellings_of_a_checkpoint_are_refused() {
        let text = checkpoint().text();
        let parse = |text: &str| Checkpoint::parse(text, &checkpoint().chain, 1);
        assert!(parse(&text).is_ok());
        for other in
            [text.replace("\n12\n", "\n012\n"), text.replace("\n12\n", "\n+12\n"), format!("{text}x\n")]
        {
            assert_eq!(parse(&other), Err(CheckpointError::NotACheckpoint), "{other}");
        }
    }
}
