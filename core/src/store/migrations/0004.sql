-- Raw notifications move from pages of the database into files of their own; the table "evidence" empties at the next opening.
-- class: 0 streams, 1 spots. sealed: the index with the file's key; NULL once the file was removed.
CREATE TABLE evidence_files (
    height INTEGER NOT NULL,
    class INTEGER NOT NULL,
    sealed_at INTEGER NOT NULL,
    period INTEGER NOT NULL,
    bytes INTEGER NOT NULL,
    removed_at INTEGER,
    sealed BLOB,
    PRIMARY KEY (height, class)
) WITHOUT ROWID;
CREATE INDEX evidence_age ON evidence_files (class, sealed_at) WHERE removed_at IS NULL;
-- days: NULL for good, 0 not at all.
CREATE TABLE evidence_keeping (class INTEGER PRIMARY KEY, days INTEGER);
INSERT INTO evidence_keeping (class, days) VALUES (0, 30), (1, NULL);
-- The clock as removing saw it last, and since when it is doubted after a jump ahead.
CREATE TABLE evidence_clock (one INTEGER PRIMARY KEY CHECK (one = 1), seen INTEGER NOT NULL, doubted INTEGER);
-- What each sensor says about itself.
CREATE TABLE sensors (number INTEGER PRIMARY KEY, sealed BLOB NOT NULL);
