-- Readings summed up, to draw a year without opening it. Which vital a series is stands in the sealed index only.
CREATE TABLE rollup_index (one INTEGER PRIMARY KEY CHECK (one = 1), period INTEGER NOT NULL, sealed BLOB NOT NULL);
CREATE TABLE rollups (
    series INTEGER NOT NULL,
    grain INTEGER NOT NULL,
    page INTEGER NOT NULL,
    period INTEGER NOT NULL,
    sealed BLOB NOT NULL,
    PRIMARY KEY (series, grain, page)
);
