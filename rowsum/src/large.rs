//! Databases above [`super::SMALL_BYTES`], of which not every page is looked at when they are opened: each byte of their plain
//! columns is flipped in the file, one after the other.

use super::*;
use std::{
    fs,
    os::unix::fs::FileExt,
    path::{Path, PathBuf},
};

/// As the record's table of segments: plain columns with sealed bytes beside them, and an index that holds the plain ones.
const PLAIN: &[Plain] = &[("segments", &["place", "hour", "hash"]), ("counters", &["name", "value"])];

fn scratch() -> PathBuf {
    let path = std::env::temp_dir().join(format!("pulsebook-large-{}", std::process::id()));
    let _ = fs::remove_dir_all(&path);
    fs::create_dir_all(&path).unwrap();
    path
}

/// Plain rows at the beginning, in the middle and at the end of more than 32 MB.
fn make(file: &Path) {
    let mut db = Connection::open(file).unwrap();
    db.execute_batch(
        "CREATE TABLE segments (place INTEGER PRIMARY KEY, hour INTEGER NOT NULL, hash BLOB NOT NULL, sealed BLOB NOT NULL);
         CREATE INDEX segments_plain ON segments (hour, place, hash);
         CREATE TABLE counters (name TEXT PRIMARY KEY, value INTEGER NOT NULL) WITHOUT ROWID;",
    )
    .unwrap();
    assert_eq!(check(&mut db, PLAIN), Ok(Found::Whole));
    watch(&db, PLAIN).unwrap();
    // The last row comes behind everything large.
    for (place, megabytes) in (0_i64..).zip([17, 17, 17, 0]) {
        let sql = "INSERT INTO segments VALUES (?1, ?2, ?3, zeroblob(?4))";
        db.execute(sql, (place, 500_000 + place, [0xA0 + u8::try_from(place).unwrap(); 32], megabytes << 20))
            .unwrap();
        db.execute("INSERT INTO counters VALUES (?1, ?2)", (format!("PLANTED{place}"), 77_000 + place))
            .unwrap();
    }
}

/// Everything that stands in the clear, asked for as a program does: by the index, and row by row.
fn answers(db: &Connection) -> rusqlite::Result<Vec<String>> {
    let mut all = Vec::new();
    for sql in [
        "SELECT hour, place, hex(hash) FROM segments WHERE hour >= 0 ORDER BY hour, place",
        "SELECT name, value, '' FROM counters ORDER BY name",
    ] {
        let mut query = db.prepare(sql)?;
        let values = |row: &rusqlite::Row<'_>| {
            Ok(format!("{:?}|{:?}|{:?}", row.get_ref(0)?, row.get_ref(1)?, row.get_ref(2)?))
        };
        all.extend(query.query_map([], values)?.collect::<rusqlite::Result<Vec<_>>>()?);
    }
    Ok(all)
}

/// What a program is told: the answers, or that the database is damaged.
fn opened(file: &Path) -> Result<Vec<String>, String> {
    let mut db = Connection::open(file).map_err(|error| error.to_string())?;
    match check(&mut db, PLAIN).map_err(|error| error.to_string())? {
        Found::Damaged(what) => Err(what),
        Found::Whole => answers(&db).map_err(|error| error.to_string()),
    }
}

/// Where these bytes stand in the file.
fn places(bytes: &[u8], wanted: &[u8]) -> Vec<usize> {
    // Sealed bytes are zeros here: looking for the first byte leaves those out.
    let first = |at: &usize| bytes[*at] == wanted[0] && bytes[*at..].starts_with(wanted);
    (0..bytes.len()).filter(first).collect()
}

#[test]
fn a_flipped_byte_in_the_plain_columns_of_a_large_database_is_never_believed() {
    let folder = scratch();
    let file = folder.join("large.sqlite");
    make(&file);
    let bytes = fs::read(&file).unwrap();
    assert!(i64::try_from(bytes.len()).unwrap() > SMALL_BYTES);
    let before = opened(&file).unwrap();
    let hashes = (0xA0..0xA4).flat_map(|byte| places(&bytes, &[byte; 32]));
    let names = (0..4).flat_map(|place| places(&bytes, format!("PLANTED{place}").as_bytes()));
    let hashes: Vec<usize> = hashes.collect();
    let regions =
        [0..bytes.len() / 4, bytes.len() / 4..bytes.len() * 3 / 4, bytes.len() * 3 / 4..bytes.len()];
    assert!(regions.iter().all(|region| hashes.iter().any(|at| region.contains(at))), "{hashes:?}");
    // Around each: the record's head with its key, the value, and what follows it.
    let spots = hashes.into_iter().chain(names).flat_map(|at| at.saturating_sub(14)..at + 34);
    let spots: std::collections::BTreeSet<usize> = spots.filter(|at| *at < bytes.len()).collect();
    let open = fs::OpenOptions::new().write(true).open(&file).unwrap();
    let (mut named, mut harmless) = (0, 0);
    for at in spots {
        open.write_all_at(&[bytes[at] ^ 1 << (at % 8)], at as u64).unwrap();
        match opened(&file) {
            Err(_) => named += 1,
            Ok(answers) if answers == before => harmless += 1,
            Ok(answers) => panic!("byte {at} of {}: {answers:?} is believed", bytes.len()),
        }
        open.write_all_at(&bytes[at..=at], at as u64).unwrap();
    }
    eprintln!("{named} named, {harmless} without any effect");
    assert!(named > 100, "only {named} were named, {harmless} had no effect");
    let db = Connection::open(&file).unwrap();
    // What the index says otherwise than its table is what looking at every page finds.
    let in_table = places(&bytes, &[0xA1; 32]).into_iter().map(|at| at + 5);
    let found = in_table.map(|at| {
        open.write_all_at(&[0], at as u64).unwrap();
        let found = check_pages(&db);
        open.write_all_at(&bytes[at..=at], at as u64).unwrap();
        !matches!(found, Ok(Found::Whole))
    });
    assert!(found.fold(true, |all, found| all && found));
    fs::remove_dir_all(&folder).unwrap();
}
