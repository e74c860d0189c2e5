//! Where segment keys come from: the holder's releases, or what was handed on to a delegate.

use crate::{
    GranteeKeys,
    check::{Check, CheckFailed, Checks, Failing},
    proof::Proofs,
};
use pulsebook_protocol::{
    bytes::Commitment,
    card::GrantFile,
    commitment::Dek,
    delegation::{HandedFor, open_handed},
    envelope::{open_envelope, release_info},
    release::{Encapsulation, ReleaseRow, VerifiedReleaseHeader, open_release},
    secret::Secret32,
};
use std::collections::BTreeMap;

/// Exported secrets of a holder's encapsulations, or a delegate's keys.
#[derive(Debug, Default)]
pub(super) struct Opener {
    secrets: BTreeMap<(u32, u64), Secret32>,
    handed: Option<BTreeMap<Commitment, Dek>>,
}

impl Opener {
    /// Opens what was handed on, once, when the file says that the grant was passed on.
    pub(super) fn prepare(
        &mut self,
        file: &GrantFile,
        keys: &GranteeKeys,
        proofs: &Proofs,
        checks: &mut Checks,
    ) -> Result<(), CheckFailed> {
        let (Some(delegated), None) = (&file.delegated, &self.handed) else { return Ok(()) };
        let (list, grant_id) = (file.delegation_list(), proofs.grant.facts().grant_id);
        let what = HandedFor { chain: &file.chain, grant_id: &grant_id, list: &list };
        let handed = open_handed(keys.receive_key(), what, &delegated.handed).failing(Check::Envelope)?;
        checks.held_with(Check::Envelope, format!("keys handed on: {}", handed.len()));
        self.handed = Some(handed);
        Ok(())
    }

    /// Each row with its key; a delegate has none for what was released after the grant was passed on to it.
    pub(super) fn open(
        &mut self,
        keys: &GranteeKeys,
        header: &VerifiedReleaseHeader,
        ciphertext: &[u8],
        checks: &mut Checks,
    ) -> Result<Vec<(ReleaseRow, Option<Dek>)>, CheckFailed> {
        if let Some(handed) = &self.handed {
            header.check_ciphertext(ciphertext).failing(Check::Envelope)?;
            let keyed = |row: &ReleaseRow| (*row, handed.get(&row.commitment).map(Dek::duplicate));
            return Ok(header.header().rows.iter().map(keyed).collect());
        }
        let secret = self.secret(keys, header)?;
        let opened = open_release(header, ciphertext, secret).failing(Check::Envelope)?;
        checks.held(Check::Envelope);
        Ok(opened.into_iter().map(|(row, dek)| (row, Some(dek))).collect())
    }

    fn secret(
        &mut self,
        keys: &GranteeKeys,
        header: &VerifiedReleaseHeader,
    ) -> Result<&Secret32, CheckFailed> {
        let said = header.header();
        let place = match &said.encapsulation {
            Encapsulation::Here(enc) => {
                let receive = keys.receive_key();
                let info = release_info(&said.chain, &said.grant_id, &receive.public());
                let secret = open_envelope(receive, enc, &info).failing(Check::Envelope)?;
                self.secrets.insert((said.epoch, said.seq), secret);
                (said.epoch, said.seq)
            }
            Encapsulation::Earlier(seq) => (said.epoch, *seq),
        };
        let unknown =
            || CheckFailed::new(Check::Envelope, "it names an encapsulation that no release carried");
        self.secrets.get(&place).ok_or_else(unknown)
    }
}
