//! Releasing: the keys of settled slots that a grant covers, sealed to its grantee, in gap-free releases.

use super::{
    error::ConsentError,
    kept::{Encapsulated, GrantState, KeptGrant},
};
use crate::store::{Slot, Store, StoreError, StoredBlock, StoredRelease};
use pulsebook_protocol::{
    checkpoint::UnixSeconds,
    commitment::Dek,
    envelope,
    grant::category_label,
    key::{PublicKey, SigningKey},
    random::Random,
    release::{
        Encapsulation, MAX_ROWS, ReleaseHeader, ReleasePosition, ReleaseRow, VerifiedReleaseHeader,
        make_release, verify_release_header,
    },
    secret::Secret32,
};

/// An encapsulation is used for at most 30 days.
const ENCAPSULATION_S: u64 = 30 * 86_400;
const BLOCKS_AT_A_TIME: u32 = 64;
/// A release is cut between blocks, and a block has up to eight slots.
const FULL: usize = MAX_ROWS - 8;

/// Up to where blocks are settled, and by whom releases are signed.
#[derive(Clone, Copy, Debug)]
pub struct Settled<'a> {
    /// The newest epoch, handed over.
    pub epoch: u32,
    /// The height of the last settled block.
    pub height: u64,
    /// L_e of that epoch.
    pub log_key: &'a SigningKey,
}

/// Makes every release that has become possible; the number made. They are kept for sync to send.
///
/// # Errors
/// [`ConsentError`]; releases made before it stay.
pub fn make_releases(
    store: &Store,
    settled: Settled<'_>,
    now: UnixSeconds,
    random: &mut dyn Random,
) -> Result<u64, ConsentError> {
    let mut made = 0;
    for grant in KeptGrant::all(store)? {
        if grant.state == GrantState::Granted && now < grant.terms.expires_s {
            made += release_to(store, grant, settled, now, random)?;
        }
    }
    Ok(made)
}

fn release_to(
    store: &Store,
    mut grant: KeptGrant,
    settled: Settled<'_>,
    now: UnixSeconds,
    random: &mut dyn Random,
) -> Result<u64, ConsentError> {
    let last = last_header(store, &grant, settled.epoch, &settled.log_key.public())?;
    // A release may be kept without the grant's page that was to follow it: go on behind its last row.
    let rows_end = last.as_ref().and_then(|last| last.header().rows.last()).map_or(0, |row| row.height + 1);
    let mut next = grant.released_below.max(rows_end);
    let mut position = last.map_or(ReleasePosition::FIRST, |last| last.next_position());
    let mut made = 0;
    while next <= settled.height {
        let (rows, keys, end) = gather(store, &grant, next, settled.height)?;
        if !rows.is_empty() {
            position = make_one(store, &mut grant, (settled, position, now), (rows, keys), random)?;
            made += 1;
        }
        next = end;
        grant.released_below = next;
        grant.keep(store, random)?;
    }
    Ok(made)
}

fn last_header(
    store: &Store,
    grant: &KeptGrant,
    epoch: u32,
    log_key: &PublicKey,
) -> Result<Option<VerifiedReleaseHeader>, ConsentError> {
    let last = store.last_release(&grant.terms.grant_id, epoch)?;
    Ok(last.map(|last| verify_release_header(&last.header, log_key)).transpose()?)
}

/// Rows and keys from block `from` on, up to a full release; also the height to go on from.
fn gather(
    store: &Store,
    grant: &KeptGrant,
    mut from: u64,
    last: u64,
) -> Result<(Vec<ReleaseRow>, Vec<Dek>, u64), ConsentError> {
    let (mut rows, mut keys) = (Vec::new(), Vec::new());
    while from <= last {
        for block in store.blocks(from, BLOCKS_AT_A_TIME)?.iter().filter(|block| block.height <= last) {
            if rows.len() > FULL {
                return Ok((rows, keys, block.height));
            }
            for slot in store.slots(block.height)?.into_iter().filter(|slot| covers(grant, slot)) {
                rows.push(row_of(grant, block, &slot)?);
                keys.push(slot.dek);
            }
        }
        from += u64::from(BLOCKS_AT_A_TIME);
    }
    Ok((rows, keys, last + 1))
}

fn covers(grant: &KeptGrant, slot: &Slot) -> bool {
    let terms = &grant.terms;
    terms.categories.contains(&slot.category) && slot.from < terms.to_ms && slot.to > terms.from_ms
}

fn row_of(grant: &KeptGrant, stored: &StoredBlock, slot: &Slot) -> Result<ReleaseRow, StoreError> {
    let block = Store::parse(stored)?;
    let commitment = block.commitments.get(usize::from(slot.slot));
    Ok(ReleaseRow {
        commitment: *commitment.ok_or(StoreError::Damaged("the keys of a block"))?,
        epoch: stored.epoch,
        height: stored.height,
        slot: slot.slot,
        label: category_label(&grant.label_key, slot.category),
    })
}

fn make_one(
    store: &Store,
    grant: &mut KeptGrant,
    (settled, position, now): (Settled<'_>, ReleasePosition, UnixSeconds),
    (rows, keys): (Vec<ReleaseRow>, Vec<Dek>),
    random: &mut dyn Random,
) -> Result<ReleasePosition, ConsentError> {
    let (encapsulation, secret) = encapsulate(grant, (settled.epoch, position.seq), now, random)?;
    let header = ReleaseHeader {
        chain: grant.terms.chain,
        grant_id: grant.terms.grant_id,
        epoch: settled.epoch,
        seq: position.seq,
        previous: position.previous,
        encapsulation,
        rows,
    };
    let release = make_release(settled.log_key, header, &keys, &secret, random)?;
    let verified = verify_release_header(&release.header, &settled.log_key.public())?;
    store.put_release(&StoredRelease {
        grant_id: grant.terms.grant_id,
        epoch: settled.epoch,
        seq: position.seq,
        header: release.header,
        ciphertext: release.ciphertext,
    })?;
    Ok(verified.next_position())
}

/// The encapsulation in use, or a new one: in a new epoch, after 30 days, or when the kept secret is not of these releases.
fn encapsulate(
    grant: &mut KeptGrant,
    (epoch, seq): (u32, u64),
    now: UnixSeconds,
    random: &mut dyn Random,
) -> Result<(Encapsulation, Secret32), ConsentError> {
    let usable = |kept: &&Encapsulated| {
        kept.epoch == epoch && kept.seq < seq && now.saturating_sub(kept.made_at) < ENCAPSULATION_S
    };
    if let Some(kept) = grant.encapsulated.as_ref().filter(usable) {
        return Ok((Encapsulation::Earlier(kept.seq), kept.secret.duplicate()));
    }
    let info = envelope::release_info(&grant.terms.chain, &grant.terms.grant_id, &grant.receive);
    let made = envelope::make_envelope(&grant.receive, &info, random)?;
    let secret = made.secret.duplicate();
    grant.encapsulated = Some(Encapsulated { epoch, seq, made_at: now, secret: made.secret });
    Ok((Encapsulation::Here(made.enc), secret))
}
