//! A node that signs two roots of one size: one for the phone, another for the clinic.

use crate::{
    command::{READ, world},
    liar::Lie,
    scratch::text,
};
use pulsebook_protocol::{
    bytes::{ChainId, Digest, NodeLabel},
    card::GrantFile,
    cbor,
    checkpoint::{Checkpoint, CosignerRole},
    key_certificate::NodeKeys,
    note::{Note, NoteLine},
    owner::{CertificateUpload, Offer},
    read::ReadPage,
    secret::Secret32,
};

/// The first node's keys, and what it signs with them.
struct Signer {
    chain: ChainId,
    keys: NodeKeys,
}

impl Signer {
    /// The same line over another root, if it is a line of this node; a good signature.
    fn over_another_root(&self, text: &str, line: &NoteLine) -> Option<NoteLine> {
        let mut checkpoint = Checkpoint::parse(text, &self.chain, 1).unwrap();
        checkpoint.root = Digest::ZERO;
        let words: Vec<&str> = line.name.split('/').collect();
        let label: NodeLabel = words.get(1)?.parse().ok()?;
        let (key, role) = match *words.get(2)? {
            "witness" => (&self.keys.witness, CosignerRole::Witness),
            _ => (&self.keys.mirror, CosignerRole::Mirror),
        };
        let own = checkpoint.cosign(key, &label, role, 0).key_id == line.key_id;
        let time = u64::from_be_bytes(line.signature[..8].try_into().unwrap());
        own.then(|| checkpoint.cosign(key, &label, role, time))
    }

    /// A settled note with another root, in which this node's lines are good.
    fn note_of_another_root(&self, note: &str) -> String {
        let old = Note::parse(note).unwrap();
        let mut checkpoint = Checkpoint::parse(old.text(), &self.chain, 1).unwrap();
        checkpoint.root = Digest::ZERO;
        let mut note = Note::new(checkpoint.text());
        let mut signed = 0;
        for line in old.lines() {
            let own = self.over_another_root(old.text(), line);
            signed += usize::from(own.is_some());
            note.push(own.unwrap_or_else(|| line.clone())).unwrap();
        }
        assert!(signed > 0, "it has signed nothing");
        note.to_string()
    }
}

/// The true root for the phone, another for the clinic.
fn another_for_the_clinic(signer: Signer) -> Lie {
    Lie::Answer(Box::new(move |request, honest| {
        let mut answer = honest();
        if request.path.ends_with("/read") && answer.status == 200 {
            let mut page = ReadPage::decode_body(&answer.body).unwrap();
            page.note = page.note.map(|note| signer.note_of_another_root(&note));
            answer.body = page.encode_body();
        }
        answer
    }))
}

/// The true root for the clinic, another for the phone.
fn another_for_the_phone(signer: Signer) -> Lie {
    Lie::Answer(Box::new(move |request, honest| {
        let mut answer = honest();
        let note = match request.path.rsplit('/').next().unwrap() {
            "offers" => cbor::decode::<Offer>(&request.body, 1 << 23).unwrap().checkpoint,
            "certificates" => cbor::decode::<CertificateUpload>(&request.body, 1 << 20).unwrap().note,
            _ => return answer,
        };
        if let Ok(line) = NoteLine::parse(String::from_utf8(answer.body.clone()).unwrap().trim_end()) {
            let text = Note::parse(&note).unwrap().text().to_owned();
            answer.body = signer.over_another_root(&text, &line).unwrap().to_string().into_bytes();
        }
        answer
    }))
}

#[test]
fn a_node_that_signs_two_roots_of_one_size_is_named_by_whoever_is_shown_the_wrong_one() {
    let world = world();
    let grant = std::fs::read_to_string(world.scratch.file("grant.json")).unwrap();
    let chain = GrantFile::parse(&grant).unwrap().chain;
    let number: u8 = world.first.card.name.strip_prefix("node ").unwrap().parse().unwrap();
    let signer = || {
        let keys = NodeKeys::derive(&Secret32::from_bytes([number + 50; 32]), &chain, 0).unwrap();
        Signer { chain, keys }
    };
    let more = |hour: u8| {
        world.scratch.me(&format!("collect --sim rest --start 2026-03-01T{hour}:00:00Z --duration 1m"));
        world.scratch.me("seal");
        world.scratch.me("sync")
    };
    world.first.lies(another_for_the_clinic(signer()));
    let told = more(20);
    assert!(!told.contains("does not verify"), "the phone was shown the true one: {told}");
    let told = world.assert_read_elsewhere(3);
    assert!(told.contains(&format!("WRONG at {}", world.first.card.name)), "{told}");
    world.first.lies(another_for_the_phone(signer()));
    let told = more(21);
    assert!(
        told.contains("its own cosignature of our checkpoint") && told.contains("does not verify"),
        "{told}"
    );
    assert!(told.contains(&world.first.card.name), "{told}");
    let read = world.scratch.run(READ);
    assert_eq!(read.status.code(), Some(0), "{}", text(&read.stdout) + &text(&read.stderr));
    world.first.lies(Lie::None);
    assert!(!world.scratch.me("sync").contains("does not verify"));
    assert!(world.scratch.me("verify").contains("Everything is as it was sealed"));
}
