-- How the last sync with each node went; what it says may name the organisation, so it is a sealed page.
CREATE TABLE visits (label BLOB PRIMARY KEY, sealed BLOB NOT NULL) WITHOUT ROWID;
