//! What a clinic could try with every key it was given: the keys out of its releases, on any sealed bytes.

use super::node_store::HeldRelease;
use crate::exit::{Failure, Outcome};
use pulsebook_grantee::GranteeKeys;
use pulsebook_protocol::{
    bytes::ChainId,
    commitment::Dek,
    cose::Sign1,
    envelope::{open_envelope, release_info},
    release::{Encapsulation, MAX_RELEASE_BYTES, VerifiedReleaseHeader, open_release, verify_release_header},
    sealed_segment::open_segment,
    secret::Secret32,
    vital::Category,
};
use std::collections::BTreeMap;

/// Every segment key that was released to one clinic.
pub(crate) struct Keys(Vec<Dek>);

impl Keys {
    /// Opens all releases with the clinic's receive key.
    ///
    /// # Errors
    /// One is not for it.
    pub(crate) fn from_releases(clinic: &GranteeKeys, releases: &[HeldRelease]) -> Outcome<Keys> {
        let (mut secrets, mut keys) = (BTreeMap::new(), Vec::new());
        for (header, ciphertext) in releases {
            let header = read(header)?;
            let secret = secret_of(clinic, &header, &mut secrets)?;
            keys.extend(open_release(&header, ciphertext, &secret)?.into_iter().map(|(_, dek)| dek));
        }
        Ok(Keys(keys))
    }

    /// The category of what one of the keys opens; none when no key does.
    pub(crate) fn open(&self, chain: &ChainId, sealed: &[u8]) -> Option<Category> {
        let opened = self.0.iter().find_map(|dek| open_segment(chain, dek, sealed).ok())?;
        // The commitment is the bytes' own: what is tried here is whether the key opens, not where the bytes belong.
        let own = opened.commitment();
        opened.verify_commitment(&own).ok().map(|verified| verified.segment().category())
    }
}

/// Reads a header as whoever holds it can: the signer is the one that it names.
fn read(header: &[u8]) -> Outcome<VerifiedReleaseHeader> {
    let signer = Sign1::parse(header, MAX_RELEASE_BYTES)?.claimed_signer();
    Ok(verify_release_header(header, &signer)?)
}

fn secret_of(
    clinic: &GranteeKeys,
    header: &VerifiedReleaseHeader,
    secrets: &mut BTreeMap<(u32, u64), Secret32>,
) -> Outcome<Secret32> {
    let said = header.header();
    let place = match &said.encapsulation {
        Encapsulation::Here(enc) => {
            let info = release_info(&said.chain, &said.grant_id, &clinic.receive_key().public());
            secrets.insert((said.epoch, said.seq), open_envelope(clinic.receive_key(), enc, &info)?);
            (said.epoch, said.seq)
        }
        Encapsulation::Earlier(seq) => (said.epoch, *seq),
    };
    let secret =
        secrets.get(&place).ok_or_else(|| Failure::new("a release names an envelope that never came"))?;
    Ok(Secret32::from_bytes(*secret.expose()))
}
