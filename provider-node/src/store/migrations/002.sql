-- Where bytes over 64 KiB lie: random name, size, SHA-256 of a blob; NULL: in this row. The row's own bytes are empty then.
ALTER TABLE segments ADD COLUMN file BLOB;
ALTER TABLE keyring_pages ADD COLUMN file BLOB;
ALTER TABLE releases ADD COLUMN file BLOB;
