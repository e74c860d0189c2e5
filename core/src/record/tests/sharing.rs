//! Giving, releasing, reading, taking back: with a clinic's own keys and real nodes.

use super::circle::{World, circle_now, more, with_circle};
use super::*;
use crate::{
    consent::Choice,
    sync::{InForce, NodeRequest},
};
use pulsebook_protocol::{
    access::Outcome,
    answer::Code,
    bytes::{ByteString, GrantId},
    card::{GrantFile, GranteeCard},
    cbor,
    envelope::{ReceiveKey, open_envelope, release_info},
    grant::{Purpose, verify_grant},
    key::SigningKey,
    owner::path,
    proposal::verify_proposal,
    read::ReadQuery,
    release::{Encapsulation, open_release, verify_release_header},
    request::{Nonce, RequestToSign, sign_read_request},
    vital::Category,
};
use pulsebook_provider_node::Incoming;

struct Clinic {
    request: SigningKey,
    receive: ReceiveKey,
}

fn clinic() -> Clinic {
    clinic_of(77)
}

fn clinic_of(seed: u64) -> Clinic {
    let mut random = SeededRandom::new(seed);
    let request = SigningKey::make(&mut random).unwrap();
    Clinic { request, receive: ReceiveKey::make(&mut random).unwrap() }
}

impl Clinic {
    fn card(&self) -> GranteeCard {
        GranteeCard::make("Clinic North", &self.request, self.receive.public())
    }

    /// Reads at a node; the status of the answer.
    fn read(&self, world: &World, node: usize, file: &GrantFile) -> u16 {
        let path = path::read(&file.chain);
        let uri = format!("https://node.test{path}");
        let labels = file.labels().into_iter().map(|(_, label)| label).collect();
        let query = ReadQuery { after: None, labels, most_bytes: 1 << 20, with_proofs: false };
        let body = cbor::encode(&query);
        let nonce = Nonce::make(&mut pulsebook_protocol::random::SystemRandom).unwrap();
        let to_sign =
            RequestToSign { method: "POST", target_uri: &uri, body: &body, created_s: circle_now(), nonce };
        let headers = sign_read_request(&self.request, &to_sign, &file.token, "TREAT");
        let headers = headers.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
        let incoming = Incoming { method: "POST".into(), target_uri: uri.clone(), path, headers, body };
        world.nodes[node].answer(&incoming, circle_now()).status
    }
}

pub(super) fn heart() -> Choice {
    Choice {
        categories: vec![Category::Heart],
        purposes: vec![Purpose::Treatment],
        from: START,
        to: START + 3_600_000 * 3,
        expires: circle_now() + 86_400,
        delegate: 0,
    }
}

fn released(record: &Record, clinic: &Clinic, grant: &GrantId) -> Vec<(u64, u8)> {
    let store = &record.inner.store;
    let proposal = store.epoch(1).unwrap().unwrap().proposal;
    let log_key = verify_proposal(&[ByteString(proposal)], None).unwrap().proposal().log_key;
    let info = release_info(&record.chain(), grant, &clinic.receive.public());
    let (mut rows, mut secret) = (Vec::new(), None);
    let mut position = pulsebook_protocol::release::ReleasePosition::FIRST;
    for release in store.releases(grant, 1, 0, 99).unwrap() {
        let header = verify_release_header(&release.header, &log_key).unwrap();
        header.check_follows(&position).unwrap();
        position = header.next_position();
        if let Encapsulation::Here(enc) = &header.header().encapsulation {
            assert!(secret.is_none(), "one encapsulation serves all releases of these days");
            secret = Some(open_envelope(&clinic.receive, enc, &info).unwrap());
        }
        for (row, dek) in open_release(&header, &release.ciphertext, secret.as_ref().unwrap()).unwrap() {
            let segment = store.segment(row.height, row.slot).unwrap().unwrap();
            let opened =
                pulsebook_protocol::sealed_segment::open_segment(&record.chain(), &dek, &segment.bytes);
            let opened = opened.unwrap().verify_commitment(&row.commitment).unwrap();
            assert_eq!(opened.segment().category(), Category::Heart, "nothing else was granted");
            rows.push((row.height, row.slot));
        }
    }
    rows
}

#[tokio::test]
async fn a_grant_opens_exactly_what_it_names_for_its_holder() {
    let (_dir, record, world) = with_circle().await;
    let clinic = clinic();
    let given = record.grant(&clinic.card(), &heart()).await.unwrap();
    assert!(given.sentence.starts_with("Clinic North may read heart, measured from"), "{}", given.sentence);
    let proposal = record.inner.store.epoch(1).unwrap().unwrap().proposal;
    let consent_key = verify_proposal(&[ByteString(proposal)], None).unwrap().proposal().consent_key;
    let token = verify_grant(&given.file.token, |epoch| (epoch == 1).then_some(consent_key)).unwrap();
    assert_eq!(token.facts().grant_id, given.grant_id);
    assert!(GrantFile::parse(&given.file.to_json()).is_ok());
    assert_eq!(record.grants().await.unwrap()[0].in_force, InForce { nodes: 0, of: 4 });
    assert!(released(&record, &clinic, &given.grant_id).is_empty(), "nothing is settled yet");

    let report = world.sync(&record).await;
    assert_eq!(report.releases_made, 1);
    assert!(report.nodes.iter().all(|node| node.sent.releases == 1 && node.trouble.is_none()), "{report:?}");
    assert_eq!(record.grants().await.unwrap()[0].in_force.to_string(), "in force at 4 of 4 nodes");
    assert_eq!(released(&record, &clinic, &given.grant_id).len(), 2);
    more(&record, 2).await;
    world.sync(&record).await;
    let rows = released(&record, &clinic, &given.grant_id);
    assert_eq!(rows.len(), 3, "the fourth hour lies behind the grant's range: {rows:?}");
}

#[tokio::test]
async fn reads_and_refusals_come_back_as_access_entries_and_a_gap_is_noticed() {
    let (_dir, record, world) = with_circle().await;
    let clinic = clinic();
    let given = record.grant(&clinic.card(), &heart()).await.unwrap();
    world.sync(&record).await;
    assert_eq!(clinic.read(&world, 0, &given.file), 200);
    record.revoke(&given.grant_id).await.unwrap();
    assert_eq!(clinic.read(&world, 1, &given.file), 200, "the revocation is not there yet");
    let report = world.sync(&record).await;
    assert_eq!(report.nodes.iter().map(|node| node.accesses).sum::<u64>(), 2);
    let standing = record.grants().await.unwrap().remove(0);
    assert_eq!((standing.grant.state.as_str(), standing.in_force.nodes), ("revoked", 4));
    assert!(record.revoke(&given.grant_id).await.is_err());
    assert_eq!(clinic.read(&world, 0, &given.file), 403);
    world.twist(0, |request: &NodeRequest, honest| {
        let mut answer = honest()?;
        if request.path.contains("/accesses") {
            let entries: Vec<ByteString> = cbor::decode(&answer.body, 1 << 20).unwrap();
            answer.body = cbor::encode(&entries[1..].to_vec());
        }
        Ok(answer)
    });
    clinic.read(&world, 0, &given.file);
    let report = world.sync(&record).await;
    let trouble = report.nodes.iter().find_map(|node| node.trouble.as_deref()).unwrap();
    assert!(trouble.contains("without a gap"), "{trouble}");
    world.straighten();
    world.sync(&record).await;
    let accesses = record.accesses().await.unwrap();
    let outcomes: Vec<Outcome> = accesses.iter().map(|access| access.entry.outcome).collect();
    assert_eq!(outcomes.iter().filter(|outcome| **outcome == Outcome::Permit).count(), 2);
    assert_eq!(outcomes.iter().filter(|outcome| **outcome == Outcome::Deny(Code::Revoked)).count(), 2);
    assert!(accesses.iter().all(|access| access.holder.as_deref() == Some("Clinic North")));
}

#[tokio::test]
async fn a_grantee_is_not_blamed_for_what_another_key_did_with_its_grant() {
    let (_dir, record, world) = with_circle().await;
    let (clinic, thief) = (clinic(), clinic_of(78));
    let given = record.grant(&clinic.card(), &heart()).await.unwrap();
    world.sync(&record).await;
    assert_eq!(thief.read(&world, 0, &given.file), 403);
    assert_eq!(clinic.read(&world, 0, &given.file), 200);
    world.sync(&record).await;
    let accesses = record.accesses().await.unwrap();
    let [tried, read] = &accesses[..] else { panic!("{accesses:?}") };
    let key = thief.request.public();
    let key: String = key.as_bytes()[..4].iter().map(|byte| format!("{byte:02x}")).collect();
    assert_eq!((&tried.holder, tried.entry.outcome), (&None, Outcome::Deny(Code::NotHolder)));
    assert_eq!(tried.who(), format!("unknown key {key} with the grant of Clinic North"));
    assert_eq!((read.who(), read.entry.outcome), ("Clinic North".to_owned(), Outcome::Permit));
}

#[tokio::test]
async fn without_a_circle_or_with_past_terms_nothing_is_given() {
    let (_other, alone) = new_record().await;
    let card = clinic().card();
    let refused = alone.grant(&card, &heart()).await;
    assert!(matches!(refused, Err(Error::Consent(crate::consent::ConsentError::NoCircle))));
    let (_dir, record, _world) = with_circle().await;
    let over = Choice { expires: circle_now(), ..heart() };
    assert!(record.grant(&card, &over).await.is_err());
    let crooked = Choice { from: START + 1, ..heart() };
    assert!(record.grant(&card, &crooked).await.is_err());
    assert!(record.grants().await.unwrap().is_empty());
}

#[tokio::test]
async fn the_same_grant_asked_for_again_is_the_same_until_it_is_revoked() {
    let (_scratch, record, _world) = with_circle().await;
    let (clinic, choice) = (clinic(), heart());
    let first = record.grant(&clinic.card(), &choice).await.unwrap();
    let blocks = record.status().await.unwrap().blocks;
    let again = record.grant(&clinic.card(), &choice).await.unwrap();
    assert_eq!((again.grant_id, again.file.to_json()), (first.grant_id, first.file.to_json()));
    assert_eq!(record.status().await.unwrap().blocks, blocks, "nothing is sealed for it");
    let other = Choice { expires: choice.expires + 1, ..choice.clone() };
    assert_ne!(record.grant(&clinic.card(), &other).await.unwrap().grant_id, first.grant_id);
    record.revoke(&first.grant_id).await.unwrap();
    assert_ne!(record.grant(&clinic.card(), &choice).await.unwrap().grant_id, first.grant_id);
}
