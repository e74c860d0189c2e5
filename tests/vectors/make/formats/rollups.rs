//! Cases for store pages, what was fetched of sensors' memories, and rollups: docs/protocol.md §13.

use super::{
    cbor::{Cbor, array, int, raw},
    draft::Draft,
    file::hex,
    world::{chain, secret},
};
use pulsebook_protocol::{packed::{pack, pack_counted}, random::SeededRandom, seal};
use serde_json::Value;

pub(super) fn drafts() -> Vec<Draft> {
    vec![store_pages(), fetched_pages(), rollup_pages(), rollup_indexes()]
}

type Parts<'a> = &'a [&'a [u8]];

/// D(store-page) ‖ chain ‖ CBOR [table, column, key, plain columns, version].
fn page_aad(domain: &str, (table, column): (&str, &str), (primary, plain): (Parts<'_>, Parts<'_>), version: i64) -> Vec<u8> {
    let parts = |parts: Parts<'_>| array(parts.iter().map(|part| part.to_vec().into()));
    let place = array([table.into(), column.into(), parts(primary), parts(plain), int(version)]);
    [format!("pulsebook/{domain}/v1\0").as_bytes(), chain().as_bytes(), &place.encode()].concat()
}

fn boxed(key: u8, aad: &[u8], plain: &[u8]) -> Vec<u8> {
    seal::seal(secret(key).expose(), aad, plain, &mut SeededRandom::new(key.into())).unwrap()
}

fn hexes(parts: Parts<'_>) -> Value {
    parts.iter().map(|part| Value::from(hex(part))).collect()
}

fn store_pages() -> Draft {
    let mut draft = Draft::new("store-page", "Store pages. Context: key, chain, table, column, primary (parts of the primary key), plain (the plain columns). Value: the page.", 13);
    draft.set_hex("chain", chain().as_bytes()).set_hex("key", [0x61; 32]);
    let be = |number: u64| number.to_be_bytes();
    let (series, grain, page, before, period) = (be(3), be(1), 27i64.to_be_bytes(), (-1i64).to_be_bytes(), 681u32.to_be_bytes());
    let (height, class, sealed_at, bytes) = (be(77), [1u8], be(1_793_491_200), be(4096));
    let rows: [(&str, &str, &str, Parts<'_>, Parts<'_>); 6] = [
        ("rollup-page", "A page of rollups.", "rollups", &[&series, &grain, &page], &[&period]),
        ("before-1970", "A page before 1970: its number is negative.", "rollups", &[&series, &grain, &before], &[&[0; 4]]),
        ("rollup-index", "The index of the rollups.", "rollup_index", &[&be(1)], &[&[0; 4]]),
        ("evidence-index", "The index of an evidence file.", "evidence_files", &[&height, &class], &[&sealed_at, &period, &bytes]),
        ("period-key", "The key of a period, wrapped under the erase key: no plain columns.", "period_keys", &[&period], &[]),
        ("malformed", "A page of malformed notifications.", "malformed", &[&be(5)], &[&period]),
    ];
    for (name, why, table, primary, plain) in rows {
        let column = if table == "period_keys" { "wrapped" } else { "sealed" };
        draft.set("table", table).set("column", column).set("primary", hexes(primary)).set("plain", hexes(plain));
        draft.good(name, why, boxed(0x61, &page_aad("store-page", (table, column), (primary, plain), 1), format!("what stands in {table}").as_bytes()));
    }
    let (primary, plain): (Parts<'_>, Parts<'_>) = (&[&series, &grain, &page], &[&period]);
    draft.set("table", "rollups").set("column", "sealed").set("primary", hexes(primary)).set("plain", hexes(plain));
    let at = ("rollups", "sealed");
    let mut bad = |name: &str, why: &str, aad: Vec<u8>| {
        draft.bad(name, why, "does not open", boxed(0x61, &aad, b"page"));
    };
    bad("other-table", "It was sealed for another table.", page_aad("store-page", ("malformed", "sealed"), (primary, plain), 1));
    bad("other-column", "It was sealed for another column.", page_aad("store-page", ("rollups", "wrapped"), (primary, plain), 1));
    bad("other-row", "It was sealed for the page after it.", page_aad("store-page", at, (&[&series, &grain, &28i64.to_be_bytes()], plain), 1));
    bad("other-plain-column", "A plain column was changed.", page_aad("store-page", at, (primary, &[&682u32.to_be_bytes()]), 1));
    bad("plain-in-the-key", "A plain column stands among the parts of the key.", page_aad("store-page", at, (&[&series, &grain, &page, &period], &[]), 1));
    bad("key-part-missing", "The last part of the key is missing.", page_aad("store-page", at, (&primary[..2], plain), 1));
    bad("key-parts-swapped", "Two parts of the key have changed places.", page_aad("store-page", at, (&[&grain, &series, &page], plain), 1));
    bad("key-joined", "The parts of the key are one byte string.", page_aad("store-page", at, (&[&primary.concat()], plain), 1));
    bad("period-of-eight-bytes", "The period has eight bytes.", page_aad("store-page", at, (primary, &[&be(681)]), 1));
    bad("little-endian", "A number is little-endian.", page_aad("store-page", at, (&[&3u64.to_le_bytes(), &grain, &page], plain), 1));
    bad("version-2", "The format version is 2.", page_aad("store-page", at, (primary, plain), 2));
    bad("other-domain", "It was sealed under the domain of evidence files.", page_aad("evidence-file", at, (primary, plain), 1));
    let right = page_aad("store-page", at, (primary, plain), 1);
    let other_chain = [&right[..21], &[0xcc; 32], &right[53..]].concat();
    bad("other-chain", "It was sealed for another record.", other_chain);
    bad("no-place", "It was sealed without a place.", right[..53].to_vec());
    bad("no-aad", "It was sealed without associated data.", Vec::new());
    let whole = boxed(0x61, &right, b"page");
    let mut flipped = whole.clone();
    flipped[20] ^= 1;
    draft.bad("other-key", "It was sealed under another key.", "does not open", boxed(0x62, &right, b"page"));
    draft.bad("flipped", "One bit is flipped.", "does not open", flipped);
    draft.bad("cut", "The last byte is missing.", "does not open", whole[..whole.len() - 1].to_vec());
    draft.bad("suite-2", "The box is of suite 2.", "not a sealed box", [&[2], &whole[1..]].concat());
    draft.bad("empty", "There is nothing.", "not a sealed box", Vec::new());
    draft
}

fn fetched_pages() -> Draft {
    let mut draft = Draft::new("fetched-page", "What was fetched of a sensor's memory, sealed. Context: key (the store key), chain, number (the row's). Value: sensor, service, last (number of the newest record; null when records have none), names of the newest records, oldest first.", 13);
    draft.set_hex("chain", chain().as_bytes()).set_hex("key", [0x63; 32]).set("number", 4);
    let place = |table: &str, column: &str, number: u64| page_aad("store-page", (table, column), (&[&number.to_be_bytes()], &[]), 1);
    let page = |last: Cbor, names: &[u8]| array(["sysid-123456fffe9abcde".into(), int(0x1808), last, names.into()]);
    let sealed = |cbor: &Cbor| boxed(0x63, &place("fetched", "sealed", 4), &cbor.encode());
    let names: Vec<u8> = (0..24).collect();
    let base = page(int(41), &names);
    draft.good("glucose-meter", "Three records, the newest of number 41.", sealed(&base));
    draft.good("without-numbers", "Records of a blood pressure monitor have no number.", sealed(&page(raw(&[0xf6]), &names[..8]).with(&[1], int(0x1810))));
    draft.good("nothing-yet", "A memory of which nothing was kept.", sealed(&page(raw(&[0xf6]), &[])));
    draft.good("greatest-number", "The greatest number that there is.", sealed(&page(int(u32::MAX.into()), &names)));
    draft.good("most-names", "8,192 names.", sealed(&page(int(8192), &[0x11; 65_536])));
    draft.bad_in(("number", 5), "other-row", "It was sealed for the row before it.", "does not open", sealed(&base));
    draft.set("number", 0);
    draft.good("first-row", "The first row of the table.", boxed(0x63, &place("fetched", "sealed", 0), &base.encode()));
    draft.set("number", 4);
    let mut bad = |name: &str, why: &str, error: &str, bytes: Vec<u8>| {
        draft.bad(name, why, error, bytes);
    };
    bad("other-table", "It was sealed for another table.", "does not open", boxed(0x63, &place("sensors", "sealed", 4), &base.encode()));
    bad("other-column", "It was sealed for another column.", "does not open", boxed(0x63, &place("fetched", "wrapped", 4), &base.encode()));
    bad("number-of-four-bytes", "The row's number has four bytes.", "does not open", boxed(0x63, &page_aad("store-page", ("fetched", "sealed"), (&[&4u32.to_be_bytes()], &[]), 1), &base.encode()));
    bad("number-as-plain-column", "The row's number is a plain column.", "does not open", boxed(0x63, &page_aad("store-page", ("fetched", "sealed"), (&[], &[&4u64.to_be_bytes()]), 1), &base.encode()));
    bad("other-key", "It was sealed under another key.", "does not open", boxed(0x64, &place("fetched", "sealed", 4), &base.encode()));
    let why = "records fetched from sensors";
    let mut bad = |name: &str, says: &str, cbor: Cbor| bad(name, says, why, sealed(&cbor));
    bad("name-cut", "The last name has seven bytes.", page(int(41), &names[..23]));
    bad("byte-behind-the-names", "A byte stands behind the names.", page(int(41), &[0; 25]));
    bad("names-over-8192", "There are 8,193 names.", page(int(41), &[0x11; 65_544]));
    bad("names-as-array", "The names are an array.", base.with(&[3], array([names[..8].to_vec().into()])));
    bad("names-as-text", "The names are a text.", base.with(&[3], "abcdefgh"));
    bad("names-null", "The names are null.", base.with(&[3], raw(&[0xf6])));
    bad("negative-last", "The newest record's number is negative.", base.with(&[2], int(-1)));
    bad("last-over-32-bits", "The newest record's number has 33 bits.", base.with(&[2], int(1 << 32)));
    bad("last-left-out", "The newest record's number is left out instead of null.", base.without(&[2]));
    bad("service-over-16-bits", "The service has 17 bits.", base.with(&[1], int(65_536)));
    bad("service-null", "The service is null.", base.with(&[1], raw(&[0xf6])));
    bad("sensor-as-bytes", "The sensor's id is bytes.", base.with(&[0], &b"sysid"[..]));
    bad("sensor-not-utf-8", "The sensor's id is not UTF-8.", base.with(&[0], raw(&[0x62, 0xff, 0xfe])));
    bad("long-integer", "A number is not in its shortest form.", base.with(&[2], raw(&[0x18, 5])));
    bad("fifth-field", "There is a fifth field.", base.with(&[4], int(0)));
    bad("as-map", "The fields are a map.", Cbor::Map(vec![(int(0), base.clone())]));
    draft.bad("trailing-byte", "A byte follows.", why, boxed(0x63, &place("fetched", "sealed", 4), &[&base.encode()[..], &[0]].concat()));
    draft.bad("nothing", "There is nothing in the box.", why, boxed(0x63, &place("fetched", "sealed", 4), &[]));
    draft
}

/// A page of rollups from its columns; a column of zeros is empty.
fn rollups(count: i64, columns: &[Vec<i64>]) -> Cbor {
    let column = |column: &Vec<i64>| if column.iter().all(|number| *number == 0) { Vec::new().into() } else { pack(column).into() };
    array([int(count), array(columns.iter().map(column))])
}

/// Twelve columns of zeros, with these instead.
fn columns(rows: usize, set: &[(usize, &[i64])]) -> Vec<Vec<i64>> {
    let mut columns = vec![vec![0; rows]; 12];
    set.iter().for_each(|(place, column)| columns[*place] = column.to_vec());
    columns
}

fn three_minutes() -> Vec<Vec<i64>> {
    columns(3, &[(0, &[0, 7, 1439]), (1, &[60, 58, 1]), (2, &[55, 61, 70]), (3, &[9, 3, 0]), (4, &[200, 100, 0]), (5, &[0, 2, 0]), (6, &[0, 140, 0]), (7, &[0, 5, 0]), (8, &[0, 5, 0]), (9, &[0, 0, 4]), (10, &[1, 0, 0]), (11, &[0, 64, 1 << 31])])
}

fn rollup_pages() -> Draft {
    let mut draft = Draft::new("rollup-page", "Pages of rollups, opened. Context: grain (0 minutes, 1 hours, 2 days), page. Value: number since 1970, [count, min, max, sum] of good and of doubtful values, errors, absent, marks.", 13);
    draft.set("grain", 0).set("page", 20_758);
    draft.good("empty", "No rollup.", rollups(0, &columns(0, &[])));
    draft.good("three-minutes", "The first, the eighth and the last minute of a day, in all twelve columns.", rollups(3, &three_minutes()));
    let day: Vec<i64> = (0..1440).collect();
    let (sixty, low, spread, excess) = (vec![60; 1440], day.iter().map(|at| 55 + at / 7 % 20).collect::<Vec<_>>(), day.iter().map(|at| 2 + at * 7919 % 9).collect::<Vec<_>>(), day.iter().map(|at| at * 104_729 % 120).collect::<Vec<_>>());
    draft.good("whole-day", "Every minute of a day: columns long enough for pco.", rollups(1440, &columns(1440, &[(0, &day), (1, &sixty), (2, &low), (3, &spread), (4, &excess)])));
    draft.good("widest-values", "The least and the greatest value of 32 bits.", rollups(1, &columns(1, &[(1, &[2]), (2, &[i64::from(i32::MIN)]), (3, &[(1 << 32) - 1]), (4, &[1 << 32])])));
    draft.set("grain", 1).set("page", 691);
    draft.good("hours", "Hours of 30 days.", rollups(2, &columns(2, &[(0, &[5, 719]), (1, &[3600, 3599]), (2, &[-5, 0]), (3, &[10, 1]), (4, &[18_000, 0])])));
    draft.set("grain", 2).set("page", -1);
    draft.good("days-before-1970", "The last of 360 days before 1970: the page's number is negative.", rollups(1, &columns(1, &[(0, &[359]), (10, &[3])])));
    draft.set("grain", 0).set("page", 20_758);
    let why = "not a page";
    let base = rollups(3, &three_minutes());
    let changed = |place: usize, column: &[i64]| {
        let mut columns = three_minutes();
        columns[place] = column.to_vec();
        rollups(3, &columns)
    };
    let mut bad = |name: &str, says: &str, cbor: Cbor| {
        draft.bad(name, says, why, cbor);
    };
    bad("places-descend", "Places do not ascend.", changed(0, &[7, 0, 1439]));
    bad("place-twice", "A place is there twice.", changed(0, &[0, 7, 7]));
    bad("place-1440", "A day has no minute 1440.", changed(0, &[0, 7, 1440]));
    bad("negative-place", "A place is negative.", changed(0, &[-1, 7, 1439]));
    bad("negative-count", "A count of good values is negative.", changed(1, &[60, -58, 1]));
    bad("negative-spread", "A maximum is below its minimum.", changed(3, &[9, -3, 0]));
    bad("sum-below-min", "A sum is less than so many minima.", changed(4, &[-1, 100, 0]));
    bad("sum-over-max", "A sum is more than so many maxima.", changed(4, &[541, 100, 0]));
    bad("doubtful-sum-over-max", "The same of doubtful values.", changed(8, &[0, 11, 0]));
    bad("sum-without-values", "No value, and a sum.", changed(8, &[1, 5, 0]));
    bad("min-over-32-bits", "A minimum has 33 bits.", changed(2, &[55, 1 << 31, 70]));
    bad("max-over-32-bits", "A maximum has 33 bits.", changed(3, &[9, (1 << 31) - 61, 0]).with(&[1, 4], pack(&[200, 0, 0])));
    bad("count-times-spread-over-64-bits", "Count times spread has more than 64 bits.", changed(1, &[i64::MAX, 58, 1]));
    bad("negative-errors", "A count of errors is negative.", changed(9, &[0, 0, -4]));
    bad("negative-absent", "A count of absences is negative.", changed(10, &[-1, 0, 0]));
    bad("negative-marks", "Marks are negative.", changed(11, &[0, 64, -1]));
    bad("marks-over-32-bits", "Marks have 33 bits.", changed(11, &[0, 64, 1 << 32]));
    bad("eleven-columns", "A column is missing.", base.without(&[1, 11]));
    bad("thirteen-columns", "There is a column too many.", base.with(&[1, 12], Vec::new()));
    bad("column-too-short", "A column has two numbers.", base.with(&[1, 9], pack(&[0, 4])));
    bad("column-too-long", "A column has four numbers.", base.with(&[1, 9], pack(&[0, 0, 4, 0])));
    bad("count-too-large", "The count is over a day's minutes.", rollups(1441, &columns(0, &[])));
    bad("column-null", "A column is null instead of empty.", base.with(&[1, 9], raw(&[0xf6])));
    bad("column-as-text", "A column is a text.", base.with(&[1, 9], ""));
    draft.array_shapes(&base, why);
    draft.bad_in(("grain", 1), "page-of-another-grain", "A page of hours has 720 places.", why, base.clone());
    draft
}

fn rollup_indexes() -> Draft {
    let mut draft = Draft::new("rollup-index", "Indexes of the rollups, opened. Value: height of the first block that is not summed up, and the series by number with their pages of minutes, hours and days.", 13);
    let series = |vital: i64, origin: i64, pages: [&[i64]; 3]| array([int(vital), int(origin), array(pages.map(|pages| pack_counted(pages).into()))]);
    let index = |next: i64, series: Vec<Cbor>| array([int(next), array(series)]);
    let year: Vec<i64> = (20_400..20_765).collect();
    draft.good("empty", "Nothing is summed up.", index(0, vec![]));
    draft.good("one-series", "Simulated heart rate of a day.", index(5, vec![series(1, 2, [&[20_758], &[691], &[57]])]));
    draft.good("two-origins", "Measured and simulated values of one vital are two series.", index(9, vec![series(1, 2, [&[20_758], &[691], &[57]]), series(1, 1, [&[20_758, 20_760], &[691, 692], &[57]])]));
    draft.good("a-year", "Every day of a year.", index(8760, vec![series(5, 1, [&year, &(680..693).collect::<Vec<_>>(), &[56, 57]])]));
    draft.good("before-1970", "Pages before 1970.", index(1, vec![series(5, 4, [&[-2, -1, 0], &[-1, 0], &[-1, 0]])]));
    draft.good("no-pages", "A series without a page.", index(1, vec![series(3, 3, [&[], &[], &[]])]));
    let base = index(9, vec![series(1, 2, [&[20_758], &[691], &[57]]), series(1, 1, [&[20_758, 20_760], &[691, 692], &[57]])]);
    let why = "not an index";
    let mut bad = |name: &str, says: &str, cbor: Cbor| {
        draft.bad(name, says, why, cbor);
    };
    bad("series-twice", "A series is there twice.", base.with(&[1, 1, 1], int(2)));
    bad("unknown-vital", "There is no such vital.", base.with(&[1, 0, 0], int(60_000)));
    bad("vital-0", "There is no vital 0.", base.with(&[1, 0, 0], int(0)));
    bad("vital-over-16-bits", "A vital has 17 bits.", base.with(&[1, 0, 0], int(65_537)));
    bad("origin-0", "There is no origin 0.", base.with(&[1, 0, 1], int(0)));
    bad("origin-5", "There is no origin 5.", base.with(&[1, 0, 1], int(5)));
    bad("two-grains", "The pages of days are missing.", base.without(&[1, 0, 2, 2]));
    bad("four-grains", "There are pages of a fourth grain.", base.with(&[1, 0, 2, 3], pack_counted(&[1])));
    bad("pages-cut", "A list of pages is cut.", base.with(&[1, 0, 2, 0], &pack_counted(&[20_758, 20_760])[..4]));
    bad("pages-without-count", "A list of pages has no count before it.", base.with(&[1, 0, 2, 0], pack(&[20_758])));
    bad("pages-empty", "A list of pages is no bytes instead of a count of 0.", base.with(&[1, 0, 2, 0], Vec::new()));
    bad("pages-trailing", "A byte follows on a list of pages.", base.with(&[1, 0, 2, 0], [&pack_counted(&[20_758])[..], &[0]].concat()));
    bad("too-many-pages", "A grain names more than 131,072 pages.", base.with(&[1, 0, 2, 0], vec![0x81, 0x80, 0x08, 0]));
    bad("next-negative", "The height is negative.", base.with(&[0], int(-1)));
    bad("next-as-text", "The height is a text.", base.with(&[0], "9"));
    bad("pages-as-array", "A list of pages is an array.", base.with(&[1, 0, 2, 0], array([int(20_758)])));
    bad("series-as-map", "A series is a map.", base.with(&[1, 0], Cbor::Map(vec![(int(0), int(1))])));
    draft.array_shapes(&base, why);
    draft
}
