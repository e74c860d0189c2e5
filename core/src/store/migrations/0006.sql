-- How far each sensor's memory was fetched, and the names of its newest records, so that none is kept twice.
CREATE TABLE fetched (number INTEGER PRIMARY KEY, sealed BLOB NOT NULL);
