//! Grants to keys of secure hardware, and grants that are passed on: what the nodes allow and the access entries say.

use super::{
    super::Record,
    circle::{World, circle_now, with_circle},
    sharing::heart,
};
use crate::consent::Choice;
use pulsebook_protocol::{
    access::Outcome,
    answer::Code,
    card::{GrantFile, GranteeCard},
    cbor,
    delegation::{encode_list, sign_link},
    envelope::{ReceiveKey, Suite, open_envelope, release_info},
    key::SigningKey,
    owner::path,
    random::{SeededRandom, SystemRandom},
    read::{ReadPage, ReadQuery},
    release::{Encapsulation, open_release, verify_release_header},
    request::{Nonce, ReadCredentials, RequestToSign, sign_grantee_request},
    request_key::{P256SigningKey, RequestSigningKey},
};
use pulsebook_provider_node::Incoming;

fn phone() -> (RequestSigningKey, ReceiveKey) {
    let mut random = SeededRandom::new(90);
    let request = P256SigningKey::make(&mut random).unwrap().into();
    (request, ReceiveKey::make_of(Suite::P256, &mut random).unwrap())
}

fn clinic() -> (RequestSigningKey, ReceiveKey) {
    let mut random = SeededRandom::new(91);
    (SigningKey::make(&mut random).unwrap().into(), ReceiveKey::make(&mut random).unwrap())
}

fn card((request, receive): &(RequestSigningKey, ReceiveKey)) -> GranteeCard {
    GranteeCard::make_for("Clinic North", request, receive.public()).unwrap()
}

/// Reads at node 0 with a key, a token and a list; status and body.
fn read(
    world: &World,
    file: &GrantFile,
    key: &RequestSigningKey,
    token: &[u8],
    links: &[Vec<u8>],
) -> (u16, Vec<u8>) {
    let path = path::read(&file.chain);
    let uri = format!("https://node.test{path}");
    let labels = file.labels().into_iter().map(|(_, label)| label).collect();
    let body = cbor::encode(&ReadQuery { after: None, labels, most_bytes: 1 << 20, with_proofs: false });
    let nonce = Nonce::make(&mut SystemRandom).unwrap();
    let to_sign =
        RequestToSign { method: "POST", target_uri: &uri, body: &body, created_s: circle_now(), nonce };
    let list = encode_list(links);
    let credentials = ReadCredentials { token, delegation: &list, purpose: "TREAT" };
    let headers = sign_grantee_request(key, &to_sign, credentials).unwrap();
    let headers = headers.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
    let answer = world.nodes[0].answer(
        &Incoming { method: "POST".into(), target_uri: uri.clone(), path, headers, body },
        circle_now(),
    );
    (answer.status, answer.body)
}

async fn entries(record: &Record) -> Vec<(String, Outcome)> {
    record.accesses().await.unwrap().iter().map(|access| (access.who(), access.entry.outcome)).collect()
}

#[tokio::test]
async fn keys_of_secure_hardware_are_granted_read_and_open_what_is_released_to_suite_2() {
    let (_dir, record, world) = with_circle().await;
    let (request, receive) = phone();
    let given = record.grant(&card(&(request, receive)), &heart()).await.unwrap();
    let (request, receive) = phone();
    world.sync(&record).await;
    let (status, body) = read(&world, &given.file, &request, &given.file.token, &[]);
    assert_eq!(status, 200);
    let page = ReadPage::decode_body(&body).unwrap();
    let stored = record.inner.store.epoch(1).unwrap().unwrap();
    let proposal = pulsebook_protocol::proposal::verify_proposal(&[stored.proposal.into()], None).unwrap();
    let header = verify_release_header(&page.releases[0].header.0, &proposal.proposal().log_key).unwrap();
    let Encapsulation::Here(enc) = &header.header().encapsulation else { panic!("the first") };
    let info = release_info(&given.file.chain, &given.grant_id, &receive.public());
    let secret = open_envelope(&receive, enc, &info).unwrap();
    assert_eq!(open_release(&header, &page.releases[0].ciphertext.0, &secret).unwrap().len(), 2);
    world.sync(&record).await;
    assert_eq!(entries(&record).await, [("Clinic North".to_owned(), Outcome::Permit)]);
}

#[tokio::test]
async fn a_delegate_reads_only_when_the_patient_allowed_it_and_is_shown_to_the_patient() {
    let (_dir, record, world) = with_circle().await;
    let (holder, delegate) = (clinic(), phone());
    let once = Choice { delegate: 1, ..heart() };
    let given = record.grant(&card(&holder), &once).await.unwrap();
    assert!(given.sentence.ends_with(", and may pass this on once."), "{}", given.sentence);
    let never = record.grant(&card(&holder), &heart()).await.unwrap();
    world.sync(&record).await;
    let link = |file: &GrantFile| {
        sign_link(&holder.0, &file.token, delegate.0.public(), circle_now() + 60, 0).unwrap()
    };
    assert_eq!(read(&world, &given.file, &delegate.0, &given.file.token, &[link(&given.file)]).0, 200);
    assert_eq!(read(&world, &never.file, &delegate.0, &never.file.token, &[link(&never.file)]).0, 403);
    world.sync(&record).await;
    let key: String = delegate.0.public().to_string().chars().skip(2).take(8).collect();
    let who = format!("key {key}, passed on by Clinic North");
    let denied = Outcome::Deny(Code::NotHolder);
    assert_eq!(entries(&record).await, [(who.clone(), Outcome::Permit), (who, denied)]);
}
