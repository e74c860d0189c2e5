//! A clinic in short: a grant, releases to it, signed reads.

use super::{
    node::{NOW, ORIGIN, incoming, nonce},
    patient::Patient,
};
use crate::{Answer, Incoming, Node};
use minicbor::Encode;
use pulsebook_protocol::{
    bytes::{ByteString, CategoryLabel, GrantId},
    cbor,
    commitment::Dek,
    control::ControlEntry,
    delegation::encode_list,
    envelope::{ReceiveKey, make_envelope, release_info},
    grant::{GrantTerms, GrantToken, Purpose, category_label, mint_grant},
    key::SigningKey,
    owner::path,
    read::{ReadPage, ReadQuery},
    release::{
        Encapsulation, ReleaseHeader, ReleasePosition, ReleaseRow, make_release, verify_release_header,
    },
    request::{ReadCredentials, RequestToSign, sign_grantee_request, sign_read_request},
    request_key::RequestSigningKey,
    secret::Secret32,
    vital::Category,
};

/// A clinic with its grant for heart.
pub(crate) struct Clinic {
    pub(crate) key: SigningKey,
    receive: ReceiveKey,
    label_key: Secret32,
    pub(crate) grant_id: GrantId,
    pub(crate) token: GrantToken,
    position: ReleasePosition,
}

#[derive(Encode)]
#[cbor(map)]
struct Upload {
    #[n(0)]
    header: ByteString,
    #[n(1)]
    ciphertext: ByteString,
}

impl Clinic {
    /// Grants heart for treatment until two hours from now.
    pub(crate) fn granted(patient: &mut Patient) -> Self {
        Clinic::with(patient, GrantId::from_bytes([7; 16]), 0)
    }

    /// The same under another id, to be passed on so many times.
    pub(crate) fn with(patient: &mut Patient, grant_id: GrantId, delegate: u8) -> Self {
        let key = SigningKey::make(&mut patient.random).unwrap();
        let receive = ReceiveKey::make(&mut patient.random).unwrap();
        let label_key = Secret32::make(&mut patient.random).unwrap();
        let terms = GrantTerms {
            chain: patient.chain,
            grant_id,
            holder: key.public().into(),
            receive_hash: receive.public().receive_hash(),
            suite: receive.public().suite(),
            categories: vec![Category::Heart],
            purposes: vec![Purpose::Treatment],
            from_ms: 0,
            to_ms: 1_900_000_800_000 / 3_600_000 * 3_600_000,
            expires_s: NOW + 7200,
            max_stale_s: 3600,
            delegate,
        };
        let token = mint_grant(&patient.consent, 1, &terms, &label_key, &mut patient.random).unwrap();
        Clinic { key, receive, label_key, grant_id, token, position: ReleasePosition::FIRST }
    }

    pub(crate) fn entry(&self) -> ControlEntry {
        ControlEntry::Grant { grant_id: self.grant_id, authority: self.token.authority_hash, mint_epoch: 1 }
    }

    pub(crate) fn label(&self, category: Category) -> CategoryLabel {
        category_label(&self.label_key, category)
    }

    /// Releases slots (height, slot, category) to the clinic; the path and body of the upload.
    pub(crate) fn release(
        &mut self,
        patient: &mut Patient,
        slots: &[(usize, u8, Category)],
    ) -> (String, Vec<u8>) {
        let row = |(height, slot, category): &(usize, u8, Category)| {
            let block = &patient.blocks[*height].block;
            let commitment = block.commitments[usize::from(*slot)];
            let label = self.label(*category);
            ReleaseRow { commitment, epoch: block.epoch, height: *height as u64, slot: *slot, label }
        };
        let rows: Vec<ReleaseRow> = slots.iter().map(row).collect();
        let receiver = self.receive.public();
        let info = release_info(&patient.chain, &self.grant_id, &receiver);
        let envelope = make_envelope(&receiver, &info, &mut patient.random).unwrap();
        let keys: Vec<Dek> = rows.iter().map(|_| Dek::from_bytes([8; 32])).collect();
        let header = ReleaseHeader {
            chain: patient.chain,
            grant_id: self.grant_id,
            epoch: 1,
            seq: self.position.seq,
            previous: self.position.previous,
            encapsulation: Encapsulation::Here(envelope.enc),
            rows,
        };
        let log = &patient.logs[1];
        let release = make_release(log, header, &keys, &envelope.secret, &mut patient.random).unwrap();
        let path = path::release(&patient.chain, &self.grant_id, 1, self.position.seq);
        self.position = verify_release_header(&release.header, &log.public()).unwrap().next_position();
        let body = Upload { header: release.header.into(), ciphertext: release.ciphertext.into() };
        (path, cbor::encode(&body))
    }

    pub(crate) fn query(&self) -> ReadQuery {
        let labels = vec![self.label(Category::Heart), self.label(Category::Oxygen)];
        ReadQuery { after: None, labels, most_bytes: u32::MAX, with_proofs: true }
    }

    /// A signed read at a time, by any key, for any purpose.
    pub(crate) fn request(
        &self,
        patient: &Patient,
        key: &SigningKey,
        query: &ReadQuery,
        purpose: &str,
        now_s: u64,
    ) -> Incoming {
        let (path, body) = (path::read(&patient.chain), query.encode_body());
        let target_uri = format!("{ORIGIN}{path}");
        let to_sign = RequestToSign {
            method: "POST",
            target_uri: &target_uri,
            body: &body,
            created_s: now_s,
            nonce: nonce(),
        };
        incoming("POST", &path, sign_read_request(key, &to_sign, &self.token.bytes, purpose), &body)
    }

    /// A read by any key with any token and list, now.
    pub(crate) fn request_with(
        &self,
        patient: &Patient,
        key: &RequestSigningKey,
        token: &[u8],
        links: &[Vec<u8>],
    ) -> Incoming {
        let (path, body) = (path::read(&patient.chain), self.query().encode_body());
        let target_uri = format!("{ORIGIN}{path}");
        let (method, nonce) = ("POST", nonce());
        let to_sign = RequestToSign { method, target_uri: &target_uri, body: &body, created_s: NOW, nonce };
        let list = encode_list(links);
        let read = ReadCredentials { token, delegation: &list, purpose: "TREAT" };
        incoming(method, &path, sign_grantee_request(key, &to_sign, read).unwrap(), &body)
    }

    pub(crate) fn read(&self, patient: &Patient, node: &Node, query: &ReadQuery) -> Answer {
        node.answer(&self.request(patient, &self.key, query, "TREAT", NOW), NOW)
    }

    pub(crate) fn page(&self, patient: &Patient, node: &Node, query: &ReadQuery) -> ReadPage {
        let answer = self.read(patient, node, query);
        assert_eq!(answer.status, 200, "{}", String::from_utf8_lossy(&answer.body));
        ReadPage::decode_body(&answer.body).unwrap()
    }
}
