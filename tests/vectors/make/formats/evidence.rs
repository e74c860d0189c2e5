//! Cases for evidence: pages and files. docs/protocol.md §14.

use super::{
    cbor::{Cbor, array, int},
    draft::Draft,
    file::hex,
    world::{START_MS, chain},
};
use pulsebook_protocol::{packed::pack, seal};

pub(super) fn drafts() -> Vec<Draft> {
    vec![evidence_pages(), evidence_files()]
}

/// Service, characteristic, instance, received at, bytes.
pub(super) type Raw = (u16, u16, u16, i64, Vec<u8>);

pub(super) fn strap(second: i64) -> Raw {
    (0x180d, 0x2a37, 0, START_MS + second * 1000 + second * 7919 % 40, vec![0x16, 60 + (second % 7) as u8, 0x20 + (second % 9) as u8, 3])
}

pub(super) fn thermometer(second: i64) -> Raw {
    (0x1809, 0x2a1c, 0, START_MS + second * 1000, vec![0, 0x6e, 1, 0, 0xff])
}

/// A page as its definition says: shapes ascending, a column for each byte of the frame.
fn evidence_page(list: &[Raw]) -> Cbor {
    let mut kinds: Vec<(u16, u16, u16, usize)> = list.iter().map(|raw| (raw.0, raw.1, raw.2, raw.4.len())).collect();
    kinds.sort_unstable();
    kinds.dedup();
    let place = |raw: &Raw| kinds.iter().position(|kind| *kind == (raw.0, raw.1, raw.2, raw.4.len())).unwrap() as i64;
    let shape = |(number, kind): (usize, &(u16, u16, u16, usize))| {
        let frames: Vec<&Raw> = list.iter().filter(|raw| place(raw) == number as i64).collect();
        let column = |at: usize| Cbor::from(pack(&frames.iter().map(|raw| i64::from(raw.4[at])).collect::<Vec<_>>()));
        array([int(kind.0.into()), int(kind.1.into()), int(kind.2.into()), int(frames.len() as i64), array((0..kind.3).map(column))])
    };
    let shapes = array(kinds.iter().enumerate().map(shape));
    let (order, times) = (list.iter().map(place).collect::<Vec<_>>(), list.iter().map(|raw| raw.3).collect::<Vec<_>>());
    array([int(list.len() as i64), shapes, pack(&order).into(), pack(&times).into()])
}

fn evidence_pages() -> Draft {
    let mut draft = Draft::new("evidence-page", "Pages of evidence, opened. Value: the notifications in order of receipt, each [service, characteristic, instance, received at ms, bytes].", 14);
    let mixed: Vec<Raw> = (0..40).flat_map(|second| if second % 13 == 5 { vec![strap(second), thermometer(second)] } else { vec![strap(second)] }).collect();
    draft.good("empty", "No notification.", evidence_page(&[]));
    draft.good("one", "One notification.", evidence_page(&[thermometer(3)]));
    draft.good("one-shape", "Notifications of one characteristic and length.", evidence_page(&(0..30).map(strap).collect::<Vec<_>>()));
    draft.good("two-shapes", "Two characteristics in turn.", evidence_page(&mixed));
    draft.good("empty-frame", "A notification without bytes: a shape without columns.", evidence_page(&[(0x180f, 0x2a19, 0, START_MS, vec![]), strap(1)]));
    let lengths: Vec<Raw> = (0..12).map(|second| { let mut raw = strap(second); raw.4.truncate(2 + (second % 2) as usize * 2); raw }).collect();
    draft.good("two-lengths", "One characteristic with frames of two lengths, and of two instances.", evidence_page(&[&lengths[..], &[(0x180d, 0x2a37, 1, START_MS + 99_000, vec![6, 61])]].concat()));
    draft.good("times-go-back", "The phone's clock was set back.", evidence_page(&[strap(50), strap(10)]));
    let why = "not a page";
    let base = evidence_page(&mixed);
    let count = mixed.len() as i64;
    let mut bad = |name: &str, says: &str, cbor: Cbor| {
        draft.bad(name, says, why, cbor);
    };
    bad("count-too-small", "The page has more notifications than it says.", base.with(&[0], int(count - 1)));
    bad("count-too-large", "The page has fewer notifications than it says.", base.with(&[0], int(count + 1)));
    bad("count-over-8192", "More than 8,192 notifications.", array([int(8193), array([array([int(1), int(2), int(0), int(8193), array([])])]), pack(&[0; 8193]).into(), pack(&[0; 8193]).into()]));
    bad("over-a-mebibyte", "The frames have more than 1 MiB together.", array([int(8192), array([array([int(1), int(2), int(0), int(8192), array(vec![Cbor::from(pack(&[0; 8192])); 129])])]), pack(&[0; 8192]).into(), pack(&[0; 8192]).into()]));
    bad("shape-count-too-small", "A shape has fewer frames than come of it.", base.with(&[1, 1, 3], int(36)));
    bad("order-of-no-shape", "A notification is of a shape that is not there.", base.with(&[2], pack(&[2; 43])));
    bad("order-negative", "A shape's number is negative.", base.with(&[2], pack(&[-1; 43])));
    bad("order-takes-too-many", "More notifications are of a shape than it has frames.", base.with(&[2], pack(&[1; 43])));
    bad("order-cut", "The order is cut.", base.with(&[2], pack(&[1; 42])));
    bad("times-cut", "A receive time is missing.", base.with(&[3], pack(&[START_MS; 42])));
    bad("times-too-many", "There is a receive time too many.", base.with(&[3], pack(&[START_MS; 44])));
    bad("byte-256", "A byte of a frame is 256.", base.with(&[1, 0, 4, 0], pack(&[0, 256, 0])));
    bad("byte-negative", "A byte of a frame is −1.", base.with(&[1, 0, 4, 0], pack(&[0, -1, 0])));
    bad("column-cut", "A column is cut.", base.with(&[1, 0, 4, 1], pack(&[0x6e, 0x6e])));
    bad("column-too-long", "A column is too long.", base.with(&[1, 0, 4, 1], pack(&[0x6e; 4])));
    bad("column-empty", "A column has no bytes.", base.with(&[1, 0, 4, 1], Vec::new()));
    bad("service-over-16-bits", "A service has 17 bits.", base.with(&[1, 0, 0], int(65_536)));
    bad("shape-of-four", "A shape has no columns.", base.without(&[1, 0, 4]));
    bad("order-as-array", "The order is an array.", base.with(&[2], array([int(0)])));
    draft.array_shapes(&base, why);
    draft
}

const FILE_ID: [u8; 16] = [0x1d; 16];

fn evidence_aad(chain: &[u8], number: u32) -> Vec<u8> {
    [&b"pulsebook/evidence-file/v1\0"[..], chain, &FILE_ID, &number.to_be_bytes()].concat()
}

fn evidence_box(number: u32, aad: &[u8], page: &Cbor) -> Vec<u8> {
    let mut nonce = [0; 12];
    nonce[8..].copy_from_slice(&number.to_be_bytes());
    seal::seal_raw(&[0x2e; 32], nonce, aad, &page.encode()).unwrap()
}

/// A file and its index: for each slot its pages.
fn evidence_file(slots: &[(i64, Vec<Vec<Raw>>)]) -> (Vec<u8>, Cbor) {
    let (mut file, mut rows, mut number) = ([&b"PBEVID1\n"[..], &FILE_ID].concat(), Vec::new(), 0);
    for (slot, pages) in slots {
        let sealed: Vec<Vec<u8>> = (number..).zip(pages).map(|(number, page)| evidence_box(number, &evidence_aad(chain().as_bytes(), number), &evidence_page(page))).collect();
        number += pages.len() as u32;
        let count = pages.iter().map(Vec::len).sum::<usize>() as i64;
        rows.push(array([int(*slot), [*slot as u8; 32].into(), int(count), array(sealed.iter().map(|page| int(page.len() as i64)))]));
        file.extend(sealed.concat());
    }
    (file, array([FILE_ID.into(), [0x2e; 32].into(), array(rows)]))
}

fn evidence_files() -> Draft {
    let mut draft = Draft::new("evidence-file", "Evidence files. Context: chain, index (the CBOR of the opened index), slot. Value: what stands behind the slot's segment: seed and notifications.", 14);
    draft.set_hex("chain", chain().as_bytes());
    let minute = |from: i64| (from..from + 20).map(strap).collect::<Vec<Raw>>();
    let slots = [(0, vec![minute(0), minute(20)]), (3, vec![vec![thermometer(9)]]), (7, vec![minute(100)])];
    let (file, index) = evidence_file(&slots);
    draft.set_hex("index", index.encode());
    for (slot, name, why) in [(0, "two-pages", "Two pages of one slot."), (3, "second-slot", "The slot after it: its page is number 2."), (7, "last-slot", "The last one.")] {
        draft.set("slot", slot).good(name, why, file.clone());
    }
    let (one, its) = evidence_file(&[(5, vec![vec![thermometer(1)]])]);
    draft.set("slot", 5).set_hex("index", its.encode()).good("one-notification", "A file of one notification.", one);
    let (none, its) = evidence_file(&[(5, vec![])]);
    draft.set_hex("index", its.encode()).good("slot-without-pages", "A slot behind which nothing stands: the file is its head.", none);
    draft.set("slot", 0).set_hex("index", index.encode());
    evidence_file_rules(&mut draft, &file, &index);
    draft
}

fn evidence_file_rules(draft: &mut Draft, file: &[u8], index: &Cbor) {
    let mut bad = |name: &str, why: &str, error: &str, file: Vec<u8>| {
        draft.bad(name, why, error, file);
    };
    let flipped = |at: usize| { let mut file = file.to_vec(); file[at] ^= 1; file };
    bad("empty", "The file is empty.", "another length", Vec::new());
    bad("cut", "The last byte is missing.", "another length", file[..file.len() - 1].to_vec());
    bad("trailing", "A byte follows the last page.", "another length", [file, &[0]].concat());
    bad("other-magic", "The file begins with other bytes.", "another file", flipped(6));
    bad("other-id", "The file has another id than its index.", "another file", flipped(10));
    bad("flipped-page", "One bit of the first page is flipped.", "does not open", flipped(30));
    let lengths: Vec<usize> = [[2u64, 0, 3, 0], [2, 0, 3, 1]].iter().map(|path| match index.at(path) { Cbor::Unsigned(length) => *length as usize, _ => panic!() }).collect();
    let (first, second, rest) = (&file[24..24 + lengths[0]], &file[24 + lengths[0]..24 + lengths[0] + lengths[1]], &file[24 + lengths[0] + lengths[1]..]);
    let minute: Vec<Raw> = (0..20).map(strap).collect();
    let again = |number: u32, aad: Vec<u8>, page: &Cbor| [&file[..24], &evidence_box(number, &aad, page), second, rest].concat();
    let (page, right) = (evidence_page(&minute), evidence_aad(chain().as_bytes(), 0));
    assert_eq!(again(0, right.clone(), &page), file);
    bad("page-of-another-number", "The page was sealed as number 1.", "does not open", again(1, evidence_aad(chain().as_bytes(), 1), &page));
    bad("number-in-the-aad-alone", "The page's number stands in the aad and not in the nonce.", "does not open", again(0, evidence_aad(chain().as_bytes(), 1), &page));
    bad("other-chain", "The page was sealed for another record.", "does not open", again(0, evidence_aad(&[0xcc; 32], 0), &page));
    bad("other-domain", "The page was sealed under the domain of store pages.", "does not open", again(0, [&b"pulsebook/store-page/v1\0"[..], chain().as_bytes(), &FILE_ID, &[0; 4]].concat(), &page));
    bad("no-aad", "The page was sealed without associated data.", "does not open", again(0, Vec::new(), &page));
    if first.len() == second.len() {
        bad("pages-swapped", "Two pages have changed places.", "does not open", [&file[..24], second, first, rest].concat());
    }
    let junk = Cbor::Bytes(vec![0; page.encode().len() - 2 - usize::from(page.encode().len() > 257)]);
    assert_eq!(junk.encode().len(), page.encode().len());
    bad("no-page", "A page opens and is no page of evidence.", "not what was packed", again(0, right, &junk));
    let whole = file.to_vec();
    let mut indexed = |name: &str, why: &str, error: &str, index: Cbor| {
        draft.bad_in(("index", hex(&index.encode())), name, why, error, whole.clone());
    };
    indexed("other-key", "The index has another key.", "does not open", index.flipped(&[1]));
    indexed("fewer-notifications", "The index names a notification more than the pages hold.", "missing", index.with(&[2, 0, 2], int(41)));
    indexed("other-page-lengths", "The index cuts the pages at other places.", "does not open", index.with(&[2, 0, 3, 0], int(lengths[0] as i64 + 1)).with(&[2, 0, 3, 1], int(lengths[1] as i64 - 1)));
    indexed("slots-swapped", "The index names the slots in another order than the file.", "does not open", index.with(&[2, 0], index.at(&[2, 2]).clone()).with(&[2, 2], index.at(&[2, 0]).clone()));
    indexed("index-short-id", "The file id in the index has 15 bytes.", "the index of an evidence file", index.with(&[0], [0x1d; 15]));
    indexed("index-short-key", "The key in the index has 31 bytes.", "the index of an evidence file", index.with(&[1], [0x2e; 31]));
    indexed("index-short-seed", "A seed in the index has 31 bytes.", "the index of an evidence file", index.with(&[2, 0, 1], [0; 31]));
    indexed("index-slot-256", "A slot in the index has nine bits.", "the index of an evidence file", index.with(&[2, 0, 0], int(256)));
    indexed("index-negative-length", "A page in the index has a negative length.", "the index of an evidence file", index.with(&[2, 0, 3, 0], int(-1)));
    indexed("index-without-segments", "The index has no list of segments.", "the index of an evidence file", index.without(&[2]));
    indexed("index-of-four", "The index has a fourth part.", "the index of an evidence file", index.with(&[3], int(0)));
    draft.bad_in(("slot", 4), "slot-that-is-not-there", "The file holds nothing of slot 4.", "nothing of this slot", whole);
}
