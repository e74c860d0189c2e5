//! Admitting blocks: everything is verified, then one transaction moves the head, then the cosignature leaves.

mod blocks;

use super::{Admitted, chain::Chain, epoch_upload::not_in_circle};
use crate::{
    node::Node,
    permit::Owner,
    refusal::Refusal,
    store::{Append, Appended, BlockRow, HeadRow},
};
use pulsebook_protocol::{
    admission::{Admission, Effect, Fact, Refusal as Declined},
    answer::Code,
    bytes::Digest,
    cbor,
    checkpoint::{Checkpoint, CosignerRole, VerifiedCheckpoint, verify_checkpoint},
    epoch::VerifiedEpoch,
    note::Note,
    owner::{OFFER_BLOCK_BYTES, OFFER_BLOCKS, OFFER_LIMIT, Offer},
    tree,
};

/// Admits an offer; answers the cosignature line, nothing in epoch 0.
pub(crate) fn offer(node: &Node, owner: &Owner, body: &[u8], now_s: u64) -> Admitted<String> {
    let offer = parse(body)?;
    let chain = Chain::load(node, &owner.chain())?;
    check_place(&chain, &offer)?;
    let note = Note::parse(&offer.checkpoint).map_err(Refusal::malformed)?;
    let work = match renewed(&chain, &offer, &note)? {
        Some(fact) => Work { fact, blocks: Vec::new() },
        None => verified(node, &chain, &offer, &note)?,
    };
    let mut admission: Admission<Digest> = chain.admission();
    let effects = admission.admit(work.fact).map_err(|declined| declined_because(&chain, declined))?;
    carry_out(node, &chain, &effects, work.blocks, now_s)
}

/// What was verified: the fact for the state machine and the rows it makes durable.
struct Work {
    fact: Fact<Digest>,
    blocks: Vec<BlockRow>,
}

fn parse(body: &[u8]) -> Admitted<Offer> {
    let offer: Offer = cbor::decode(body, OFFER_LIMIT).map_err(Refusal::malformed)?;
    let bytes: usize = offer.blocks.iter().map(|block| block.0.len()).sum();
    if offer.blocks.len() > OFFER_BLOCKS || bytes > OFFER_BLOCK_BYTES {
        let expected = "at most 64 blocks and 1 MiB of blocks";
        return Err(Refusal::new(Code::TooLarge, expected, "offer fewer blocks at a time"));
    }
    if offer.blocks.len() != offer.manifests.len() {
        return Err(Refusal::malformed("one manifest a block is expected"));
    }
    Ok(offer)
}

/// Epochs go up by one, and an ended one takes nothing more.
fn check_place(chain: &Chain, offer: &Offer) -> Admitted<()> {
    let newest = chain.head.as_ref().map(|head| head.epoch);
    if newest.is_some_and(|newest| offer.epoch < newest) {
        let advice = "fetch the head and continue in the newer epoch";
        return Err(Refusal::new(Code::Frozen, head_text(chain.head.as_ref()), advice));
    }
    if offer.epoch > newest.map_or(0, |newest| newest + 1) {
        return Err(Refusal::missing(format!(
            "the blocks of epoch {}",
            newest.map_or(0, |newest| newest + 1)
        )));
    }
    Ok(())
}

/// The same head again: a fresh cosignature. Smaller, or another root of this size: a conflict.
fn renewed(chain: &Chain, offer: &Offer, note: &Note) -> Admitted<Option<Fact<Digest>>> {
    let Some(head) = chain.head.as_ref().filter(|head| head.epoch == offer.epoch) else { return Ok(None) };
    let epoch = chain.epoch(head.epoch).ok_or_else(|| conflict(chain))?;
    let checkpoint = signed_checkpoint(note, epoch)?;
    let (size, root) = (checkpoint.checkpoint().size, checkpoint.checkpoint().root);
    if size > head.size {
        return if offer.old_size == head.size { Ok(None) } else { Err(conflict(chain)) };
    }
    if (size, root) != (head.size, head.root) {
        return Err(conflict(chain));
    }
    let same = tree::verify_consistency((size, root), (size, root), &[]).map_err(bad_proof)?;
    Ok(Fact::extends(&same, &checkpoint))
}

fn signed_checkpoint(note: &Note, epoch: &VerifiedEpoch) -> Admitted<VerifiedCheckpoint> {
    verify_checkpoint(note, &epoch.chain(), epoch.number(), &epoch.log_key())
        .map_err(|error| bad_proof(format!("the checkpoint is not signed by the epoch's log key: {error}")))
}

/// Verifies blocks, manifests, entries, checkpoint, root and consistency.
fn verified(node: &Node, chain: &Chain, offer: &Offer, note: &Note) -> Admitted<Work> {
    let first = blocks::first_of_epoch(chain, offer)?;
    let started = first.as_ref().map(|(_, epoch)| epoch);
    let epoch = started.or_else(|| chain.epoch(offer.epoch)).ok_or_else(|| conflict(chain))?;
    let checkpoint = signed_checkpoint(note, epoch)?;
    let rows = blocks::verify_all(node, chain, offer, epoch)?;
    let mut leaves =
        if started.is_some() { Vec::new() } else { node.store.leaves(&epoch.chain(), offer.epoch)? };
    // The head's root was computed from these leaves when it was admitted, and all of them count for the new one below.
    let held =
        chain.head.as_ref().filter(|head| (head.epoch, head.size) == (offer.epoch, leaves.len() as u64));
    let old = held.map_or_else(|| (leaves.len() as u64, tree::root(&leaves)), |head| (head.size, head.root));
    leaves.extend(rows.iter().map(|row| row.leaf));
    let new = checkpoint.checkpoint();
    if (new.size, new.root) != (leaves.len() as u64, tree::root(&leaves)) {
        return Err(bad_proof("the checkpoint is not the one over these blocks"));
    }
    let consistency =
        tree::verify_consistency(old, (new.size, new.root), &offer.consistency).map_err(bad_proof)?;
    let fact = match started {
        Some(epoch) => start_fact(chain, epoch, &leaves, &checkpoint)?,
        None => Fact::extends(&consistency, &checkpoint),
    };
    let fact = fact.ok_or_else(|| bad_proof("proof and checkpoint speak of different logs"))?;
    Ok(Work { fact, blocks: rows })
}

fn start_fact(
    chain: &Chain,
    epoch: &VerifiedEpoch,
    leaves: &[Digest],
    checkpoint: &VerifiedCheckpoint,
) -> Admitted<Option<Fact<Digest>>> {
    let path = tree::inclusion_proof(leaves, 0);
    let new = checkpoint.checkpoint();
    let first =
        tree::verify_inclusion(epoch.first_leaf(), 0, new.size, &path, new.root).map_err(bad_proof)?;
    let base = match (epoch.base(), chain.newest()) {
        (Some(base), Some(before)) => {
            let note = Note::parse(&base.note).map_err(Refusal::malformed)?;
            Some(signed_checkpoint(&note, before)?)
        }
        _ => None,
    };
    if epoch.number() > 0 && chain.label(epoch.proposal()).is_none() {
        return Err(not_in_circle());
    }
    Ok(Fact::starts(epoch, base.as_ref(), &first, checkpoint))
}

/// One transaction, then the line.
fn carry_out(
    node: &Node,
    chain: &Chain,
    effects: &[Effect<Digest>],
    blocks: Vec<BlockRow>,
    now_s: u64,
) -> Admitted<String> {
    let mut head = chain.head.clone();
    let mut to_cosign = None;
    for effect in effects {
        match effect {
            Effect::KeepHead(new) => {
                let height = blocks.last().map_or(0, |block| block.height);
                let cosigned_at = head.as_ref().map_or(0, |head| head.cosigned_at);
                head =
                    Some(HeadRow { epoch: new.epoch, size: new.size, root: new.root, height, cosigned_at });
            }
            Effect::Cosign(state) => to_cosign = Some(*state),
            Effect::KeepQuorum(_) | Effect::Mirror(_) | Effect::KeepSettled(_) => {}
        }
    }
    let Some(mut head) = head else { return Ok(String::new()) };
    if to_cosign.is_some() {
        // A node's times never run backwards, whatever its clock does.
        head.cosigned_at = head.cosigned_at.max(now_s);
    }
    let id = chain.row.chain;
    let append = Append { blocks, head };
    if chain.head.as_ref() != Some(&append.head) {
        keep(node, chain, &append)?;
    }
    let Some(state) = to_cosign else { return Ok(String::new()) };
    let checkpoint = Checkpoint { chain: id, epoch: state.epoch, size: state.size, root: state.root };
    // An epoch that this very offer began is known only now.
    match chain.epoch(state.epoch) {
        Some(epoch) => cosign(chain, epoch, &checkpoint, append.head.cosigned_at),
        None => {
            let newest = Chain::load(node, &id)?;
            let epoch = newest.epoch(state.epoch).ok_or_else(|| conflict(&newest))?;
            cosign(&newest, epoch, &checkpoint, append.head.cosigned_at)
        }
    }
}

fn cosign(chain: &Chain, epoch: &VerifiedEpoch, checkpoint: &Checkpoint, time: u64) -> Admitted<String> {
    let label = chain.label(epoch.proposal()).ok_or_else(not_in_circle)?;
    Ok(checkpoint.cosign(&chain.keys.witness, &label, CosignerRole::Witness, time).to_string())
}

fn keep(node: &Node, chain: &Chain, append: &Append) -> Admitted<()> {
    match node.store.append(&chain.row.chain, chain.head.as_ref(), append)? {
        Appended::Done => Ok(()),
        Appended::HeadMoved => {
            let head = node.store.head(&chain.row.chain)?;
            let advice = "two offers crossed: fetch the head and offer from there";
            Err(Refusal::new(Code::Conflict, head_text(head.as_ref()), advice))
        }
        Appended::SegmentGone(commitment) => Err(Refusal::missing(format!("segment {commitment}"))),
    }
}

fn declined_because(chain: &Chain, declined: Declined<Digest>) -> Refusal {
    match declined {
        Declined::Conflict(_) | Declined::WrongBase(_) => conflict(chain).because(declined),
        Declined::WrongEpoch(_) => super::epoch_upload::bad_epoch(declined),
        Declined::Incomplete => Refusal::missing(declined.to_string()),
    }
}

fn conflict(chain: &Chain) -> Refusal {
    let advice = "fetch the head, send what follows it and offer again";
    Refusal::new(Code::Conflict, head_text(chain.head.as_ref()), advice)
}

fn head_text(head: Option<&HeadRow>) -> String {
    match head {
        Some(head) => format!("epoch {} size {} root {}", head.epoch, head.size, head.root),
        None => "no block yet".to_owned(),
    }
}

fn bad_proof(reason: impl std::fmt::Display) -> Refusal {
    let advice = "make checkpoint and proof again from the blocks";
    Refusal::new(Code::BadProof, "a signed checkpoint over exactly these blocks", advice).because(reason)
}
