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

/// Rows of three parts of the file, with 17 MB between one part and the next.
const ROWS: i64 = 300;
const PART: i64 = 100;
/// The first, one in the middle, and the last.
const PROBES: [i64; 3] = [0, ROWS / 2, ROWS - 1];

fn hash(place: i64) -> [u8; 32] {
    let mut hash = [0xA7; 32];
    hash[24..].copy_from_slice(&place.to_be_bytes());
    hash
}

fn name(place: i64) -> String {
    format!("PLANTED{place:08}")
}

fn make(file: &Path) {
    let mut db = Connection::open(file).unwrap();
    db.execute_batch(
        "CREATE TABLE segments (place INTEGER PRIMARY KEY, hour INTEGER NOT NULL, hash BLOB NOT NULL, sealed BLOB NOT NULL);
         CREATE INDEX segments_plain ON segments (hour, place, hash);
         CREATE TABLE filler (bytes);
         CREATE TABLE counters (name TEXT PRIMARY KEY, value INTEGER NOT NULL) WITHOUT ROWID;",
    )
    .unwrap();
    assert_eq!(check(&mut db, PLAIN), Ok(Found::Whole));
    watch(&db, PLAIN).unwrap();
    let all = db.transaction().unwrap();
    for place in 0..ROWS {
        if place % PART == 0 && place > 0 {
            all.execute("INSERT INTO filler VALUES (zeroblob(17 << 20))", []).unwrap();
        }
        let sql = "INSERT INTO segments VALUES (?1, ?2, ?3, zeroblob(900))";
        all.prepare_cached(sql).unwrap().execute((place, 500_000 + place, hash(place))).unwrap();
    }
    for place in PROBES {
        all.execute("INSERT INTO counters VALUES (?1, ?2)", (name(place), 77_000 + place)).unwrap();
    }
    all.commit().unwrap();
}

/// What stands in the clear, asked for as a program does.
fn answers(db: &Connection) -> rusqlite::Result<Vec<String>> {
    let mut all = Vec::new();
    let near = |probe: i64| {
        format!(
            "SELECT hour, place, hex(hash) FROM segments WHERE hour BETWEEN {0} - 2 AND {0} + 2",
            500_000 + probe
        )
    };
    let mut questions = PROBES.map(near).to_vec();
    questions.push("SELECT count(*), sum(hour), sum(place) FROM segments".to_owned());
    questions.push("SELECT name, value, '' FROM counters ORDER BY name".to_owned());
    for sql in &questions {
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

/// Where these bytes stand in the file, which is zeros behind a number for the most part.
fn places(bytes: &[u8], wanted: &[u8]) -> Vec<usize> {
    let pages = (0..).step_by(4096).zip(bytes.chunks(4096)).filter(|(_, page)| page[8..] != [0; 4088]);
    let found = pages.flat_map(|(start, page)| {
        let here = page.windows(wanted.len()).enumerate().filter(|(_, window)| *window == wanted);
        here.map(move |(at, _)| start + at).collect::<Vec<_>>()
    });
    found.collect()
}

#[test]
fn a_flipped_byte_in_the_plain_columns_of_a_large_database_is_never_believed() {
    let folder = scratch();
    let file = folder.join("large.sqlite");
    make(&file);
    let bytes = fs::read(&file).unwrap();
    assert!(i64::try_from(bytes.len()).unwrap() > SMALL_BYTES);
    let before = opened(&file).unwrap();
    let hashes: Vec<usize> = PROBES.iter().flat_map(|place| places(&bytes, &hash(*place))).collect();
    let names = PROBES.iter().flat_map(|place| places(&bytes, name(*place).as_bytes()));
    let third = bytes.len() / 3;
    let regions = [0..third, third..2 * third, 2 * third..bytes.len()];
    assert!(regions.iter().all(|region| hashes.iter().any(|at| region.contains(at))), "{hashes:?}");
    // Around each: the record's head with its key, the value, and what follows it.
    let spots =
        hashes.iter().copied().chain(names).flat_map(|at| (at.saturating_sub(14)..at + 36).step_by(2));
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
    // What the index says otherwise than its table is what looking at every page finds.
    let in_table = hashes.into_iter().map(|at| at + 5);
    let found = in_table.map(|at| {
        open.write_all_at(&[0], at as u64).unwrap();
        let found = check_pages(&Connection::open(&file).unwrap());
        open.write_all_at(&bytes[at..=at], at as u64).unwrap();
        !matches!(found, Ok(Found::Whole))
    });
    // Bytes of rows that SQLite moved lie where nobody reads them.
    assert!(found.filter(|found| *found).count() >= 2 * PROBES.len());
    fs::remove_dir_all(&folder).unwrap();
}
