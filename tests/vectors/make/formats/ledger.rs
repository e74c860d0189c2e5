//! Cases for blocks and checkpoints: docs/protocol.md §4.

use super::{
    cbor::{Cbor, int, raw},
    draft::Draft,
    file::hex,
    world::{START_S, World, chain, commitments},
};
use pulsebook_protocol::{block::Block, bytes::ByteString};

pub(super) fn drafts(world: &World) -> Vec<Draft> {
    vec![blocks(world)]
}

fn blocks(world: &World) -> Draft {
    let what = "Blocks. Context, when there is one: the block before, which it must follow.";
    let mut draft = Draft::new("block", what, 4);
    for (index, name) in
        ["first-of-the-chain", "second", "first-of-epoch-1", "with-three-segments"].into_iter().enumerate()
    {
        if let Some(before) = index.checked_sub(1) {
            draft.set_hex("before", world.blocks[before].to_bytes());
        }
        draft.good(name, &format!("Block {index} of a record."), world.blocks[index].to_bytes());
    }
    let mut controlled =
        Block::new(chain(), 1, (4, world.blocks[3].leaf()), START_S + 9999, commitments(&[]));
    controlled.control = Some(ByteString(vec![1; 285]));
    draft.set_hex("before", world.blocks[3].to_bytes());
    draft.good("with-entries", "A block that carries sealed entries.", controlled.to_bytes());
    draft.unset("before");
    let alone = Cbor::parse(&controlled.to_bytes())
        .with(&[2], u64::from(u32::MAX))
        .with(&[3], u64::MAX)
        .with(&[5], 0);
    draft.good("largest-numbers", "Any height and epoch can be written; nothing is asked of a block alone.", alone);
    draft.set_hex("before", world.blocks[2].to_bytes());
    let base = Cbor::parse(&world.blocks[3].to_bytes());
    draft.map_shapes(&base, &|bytes| bytes);
    draft.missing_fields(&base, &[0, 1, 2, 3, 4, 5, 6], &|bytes| bytes);
    draft.bad("version-2", "The version is 2.", "version", base.with(&[0], 2));
    draft.bad("version-0", "The version is 0.", "version", base.with(&[0], 0));
    draft.bad("not-an-hour", "The time is a second past the hour.", "hour", base.with(&[5], START_S + 7201));
    draft.bad("negative-time", "The time is before 1970.", "CBOR", base.with(&[5], int(-3600)));
    draft.bad("seven-commitments", "There are seven commitments.", "CBOR", base.without(&[6, 7]));
    draft.bad("nine-commitments", "There are nine commitments.", "CBOR", base.with(&[6, 8], [1; 32]));
    draft.bad("short-commitment", "A commitment has 31 bytes.", "CBOR", base.with(&[6, 0], [1; 31]));
    draft.bad("short-chain", "The chain has 31 bytes.", "CBOR", base.with(&[1], [1; 31]));
    draft.bad("epoch-too-wide", "The epoch has 33 bits.", "CBOR", base.with(&[2], 1u64 << 32));
    draft.bad("null-certificate", "The certificate is null instead of left out.", "CBOR", base.with(&[7], raw(&[0xf6])));
    draft.bad("control-as-text", "The sealed entries are a text.", "CBOR", base.with(&[8], "entries"));
    draft.bad("too-large", "The block has more than 96 KiB.", "too large", base.with(&[8], vec![0; 96 * 1024]));
    draft.bad("other-chain", "It is of another chain than the block before.", "does not follow", base.with(&[1], [1; 32]));
    draft.bad("other-prev", "prev is not the leaf hash of the block before.", "does not follow", base.flipped(&[4]));
    draft.bad("zero-prev", "prev is zero, as at height 0 only.", "does not follow", base.with(&[4], [0; 32]));
    draft.bad("height-left-out", "A height is left out.", "does not follow", base.with(&[3], 4));
    draft.bad("height-repeated", "It has the height of the block before.", "does not follow", base.with(&[3], 2));
    draft.bad("earlier-epoch", "It is of an earlier epoch than the block before.", "does not follow", base.with(&[2], 0));
    let sha = hex(&world.blocks[1].to_bytes());
    draft.bad_in(("before", sha), "after-another-block", "The block before is another.", "does not follow", base.clone());
    draft
}
