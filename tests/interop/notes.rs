//! Signed notes and checkpoints against signed_note and tlog_tiles.

use pulsebook_protocol::{
    bytes::{ChainId, NodeLabel},
    checkpoint::{Checkpoint, CosignerRole, cosigner_name, origin, verify_checkpoint},
    key::{PublicKey, Signature, SigningKey},
    note::{Note, NoteKeyKind, key_id},
    random::SystemRandom,
    tree::leaf_hash,
};
use signed_note::{NoteError, StandardVerifier, Verifier, VerifierList};

const CHAIN: ChainId = ChainId::from_bytes([1; 32]);
const LABEL: NodeLabel = NodeLabel::from_bytes([2; 8]);
const TIME: u64 = 1_800_000_000;

fn key() -> SigningKey {
    SigningKey::make(&mut SystemRandom).unwrap()
}

fn checkpoint() -> Checkpoint {
    Checkpoint { chain: CHAIN, epoch: 1, size: 41, root: leaf_hash(b"root") }
}

/// The log's key as their verifier reads it.
fn log_verifier(key: &PublicKey) -> Box<dyn Verifier> {
    let name = origin(&CHAIN, 1);
    let id = data_encoding::HEXLOWER.encode(&key_id(&name, NoteKeyKind::Ed25519, key));
    let encoded = data_encoding::BASE64.encode(&[&[1], &key.as_bytes()[..]].concat());
    Box::new(StandardVerifier::new(&format!("{name}+{id}+{encoded}")).unwrap())
}

/// Their crate has no cosignatures; this is the form of C2SP tlog-cosignature in its terms.
struct Cosigner {
    name: String,
    key: PublicKey,
}

impl Verifier for Cosigner {
    fn name(&self) -> &str {
        &self.name
    }

    fn key_id(&self) -> u32 {
        u32::from_be_bytes(key_id(&self.name, NoteKeyKind::Cosignature, &self.key))
    }

    fn verify(&self, text: &[u8], signature: &[u8]) -> bool {
        let Some((time, rest)) = signature.split_first_chunk::<8>() else { return false };
        let time = u64::from_be_bytes(*time);
        let signed = [format!("cosignature/v1\ntime {time}\n").as_bytes(), text].concat();
        Signature::try_from(rest).is_ok_and(|rest| self.key.check(&signed, &rest).is_ok())
    }
}

fn cosigner(role: CosignerRole, key: &SigningKey) -> Box<dyn Verifier> {
    Box::new(Cosigner { name: cosigner_name(&LABEL, role), key: key.public() })
}

#[test]
fn they_verify_our_note_with_each_signature_and_read_our_checkpoint() {
    let [log, witness, mirror] = [key(), key(), key()];
    let mut note = checkpoint().sign(&log).unwrap();
    note.push(checkpoint().cosign(&witness, &LABEL, CosignerRole::Witness, TIME)).unwrap();
    note.push(checkpoint().cosign(&mirror, &LABEL, CosignerRole::Mirror, TIME)).unwrap();
    let theirs = signed_note::Note::from_bytes(note.to_string().as_bytes()).unwrap();
    let known = VerifierList::new(vec![
        log_verifier(&log.public()),
        cosigner(CosignerRole::Witness, &witness),
        cosigner(CosignerRole::Mirror, &mirror),
    ]);
    let (verified, unknown) = theirs.verify(&known).unwrap();
    assert_eq!((verified.len(), unknown.len()), (3, 0));
    let read = tlog_tiles::Checkpoint::from_bytes(theirs.text()).unwrap();
    assert_eq!((read.origin(), read.size()), (origin(&CHAIN, 1).as_str(), 41));
    assert_eq!((read.hash().0, read.extension()), (*checkpoint().root.as_bytes(), ""));
}

#[test]
fn they_refuse_a_changed_note_and_another_key() {
    let log = key();
    let note = checkpoint().sign(&log).unwrap().to_string();
    let known = VerifierList::new(vec![log_verifier(&log.public())]);
    let changed = signed_note::Note::from_bytes(note.replace("\n41\n", "\n42\n").as_bytes()).unwrap();
    assert!(matches!(changed.verify(&known), Err(NoteError::InvalidSignature { .. })));
    let other = VerifierList::new(vec![log_verifier(&key().public())]);
    let note = signed_note::Note::from_bytes(note.as_bytes()).unwrap();
    assert!(matches!(note.verify(&other), Err(NoteError::UnverifiedNote)));
}

#[test]
fn we_verify_a_checkpoint_that_they_signed() {
    let (log, name) = (key(), origin(&CHAIN, 1));
    let id = data_encoding::HEXLOWER.encode(&key_id(&name, NoteKeyKind::Ed25519, &log.public()));
    let secret = data_encoding::BASE64.encode(&[&[1], &log.seed().expose()[..]].concat());
    let signer = signed_note::StandardSigner::new(&format!("PRIVATE+KEY+{name}+{id}+{secret}")).unwrap();
    let text = tlog_tiles::Checkpoint::new(&name, 41, tlog_tiles::Hash(*checkpoint().root.as_bytes()), "");
    let mut theirs = signed_note::Note::new(&text.unwrap().to_bytes(), &[]).unwrap();
    theirs.add_sigs(&[&signer]).unwrap();
    let note = Note::parse(&String::from_utf8(theirs.to_bytes()).unwrap()).unwrap();
    assert!(verify_checkpoint(&note, &CHAIN, 1, &log.public()).is_ok());
    assert!(verify_checkpoint(&note, &CHAIN, 1, &key().public()).is_err());
}
