-- What no block names yet. Apart from the bytes: that a block came to name them is a row less here, and they are written once.
-- The column `pending` of segments is 0 from here on and says nothing; dropping it would write every segment anew.
CREATE TABLE waiting (
    chain BLOB NOT NULL, commitment BLOB NOT NULL, size INTEGER NOT NULL, received_at INTEGER NOT NULL,
    PRIMARY KEY (chain, commitment)
) WITHOUT ROWID;
INSERT INTO waiting SELECT chain, commitment, size, received_at FROM segments WHERE pending = 1;
DROP INDEX segments_pending;
