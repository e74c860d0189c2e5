-- Places, heights, epochs and hours stay plain so that SQLite can search them; whatever is personal is a sealed page.
CREATE TABLE chain (
    one INTEGER PRIMARY KEY CHECK (one = 1),
    chain BLOB NOT NULL,
    salt BLOB NOT NULL,
    first_root BLOB NOT NULL
);
CREATE TABLE period_keys (period INTEGER PRIMARY KEY, wrapped BLOB NOT NULL);
CREATE TABLE epochs (
    epoch INTEGER PRIMARY KEY,
    first_height INTEGER NOT NULL,
    proposal BLOB NOT NULL,
    directory BLOB
);
CREATE TABLE blocks (
    height INTEGER PRIMARY KEY,
    epoch INTEGER NOT NULL,
    leaf BLOB NOT NULL,
    has_entries INTEGER NOT NULL,
    block BLOB NOT NULL,
    manifest BLOB NOT NULL
);
CREATE INDEX blocks_epoch ON blocks (epoch, height);
-- place = height * 8 + slot
CREATE TABLE segments (
    place INTEGER PRIMARY KEY,
    hour INTEGER NOT NULL,
    hash BLOB NOT NULL,
    sealed BLOB NOT NULL
);
CREATE INDEX segments_hour ON segments (hour, place);
CREATE TABLE segment_keys (height INTEGER PRIMARY KEY, period INTEGER NOT NULL, sealed BLOB NOT NULL);
CREATE TABLE evidence (place INTEGER PRIMARY KEY, period INTEGER NOT NULL, sealed BLOB NOT NULL);
CREATE TABLE malformed (number INTEGER PRIMARY KEY, period INTEGER NOT NULL, sealed BLOB NOT NULL);
CREATE TABLE notes (epoch INTEGER NOT NULL, size INTEGER NOT NULL, note TEXT NOT NULL, PRIMARY KEY (epoch, size)) WITHOUT ROWID;
CREATE TABLE counters (name TEXT PRIMARY KEY, value INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE nodes (label BLOB PRIMARY KEY, state INTEGER NOT NULL, sealed BLOB NOT NULL) WITHOUT ROWID;
CREATE TABLE cursors (label BLOB NOT NULL, name TEXT NOT NULL, value INTEGER NOT NULL, PRIMARY KEY (label, name)) WITHOUT ROWID;
CREATE TABLE grants (grant_id BLOB PRIMARY KEY, state INTEGER NOT NULL, sealed BLOB NOT NULL) WITHOUT ROWID;
CREATE TABLE releases (
    grant_id BLOB NOT NULL,
    epoch INTEGER NOT NULL,
    seq INTEGER NOT NULL,
    header BLOB NOT NULL,
    ciphertext BLOB NOT NULL,
    PRIMARY KEY (grant_id, epoch, seq)
);
CREATE TABLE accesses (label BLOB NOT NULL, seq INTEGER NOT NULL, sealed BLOB NOT NULL, PRIMARY KEY (label, seq));
CREATE TABLE keyring_pages (
    page INTEGER PRIMARY KEY,
    height INTEGER NOT NULL,
    hash BLOB NOT NULL,
    wrapped BLOB NOT NULL,
    sealed BLOB NOT NULL
);
CREATE TABLE keyring_index (one INTEGER PRIMARY KEY CHECK (one = 1), version INTEGER NOT NULL, height INTEGER NOT NULL, bytes BLOB NOT NULL);
