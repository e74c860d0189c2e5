-- What a node keeps of the chains it serves. Ids and hashes are raw bytes, times seconds since 1970 (UTC).
CREATE TABLE chains (
    chain BLOB PRIMARY KEY, first_root BLOB NOT NULL, salt BLOB NOT NULL, device BLOB NOT NULL,
    locator BLOB NOT NULL, generation INTEGER NOT NULL, enrolled_at INTEGER NOT NULL
) WITHOUT ROWID;

CREATE TABLE invites (code TEXT PRIMARY KEY, chain BLOB NOT NULL) WITHOUT ROWID;

-- control_key opens permissions, never a reading; it is as secret as this file.
CREATE TABLE epochs (
    chain BLOB NOT NULL, epoch INTEGER NOT NULL, proposal BLOB NOT NULL, directory BLOB, control_key BLOB NOT NULL,
    PRIMARY KEY (chain, epoch)
) WITHOUT ROWID;

CREATE TABLE heads (
    chain BLOB PRIMARY KEY, epoch INTEGER NOT NULL, size INTEGER NOT NULL, root BLOB NOT NULL,
    height INTEGER NOT NULL, cosigned_at INTEGER NOT NULL
) WITHOUT ROWID;

CREATE TABLE blocks (
    chain BLOB NOT NULL, height INTEGER NOT NULL, epoch INTEGER NOT NULL, leaf BLOB NOT NULL,
    block BLOB NOT NULL, manifest BLOB NOT NULL, PRIMARY KEY (chain, height)
);
CREATE INDEX blocks_of_epoch ON blocks (chain, epoch, height, leaf);

CREATE TABLE slots (
    chain BLOB NOT NULL, height INTEGER NOT NULL, slot INTEGER NOT NULL, commitment BLOB NOT NULL,
    PRIMARY KEY (chain, height, slot)
) WITHOUT ROWID;

-- pending: no block names it yet.
CREATE TABLE segments (
    chain BLOB NOT NULL, commitment BLOB NOT NULL, hash BLOB NOT NULL, size INTEGER NOT NULL,
    received_at INTEGER NOT NULL, pending INTEGER NOT NULL, bytes BLOB NOT NULL, PRIMARY KEY (chain, commitment)
);
CREATE INDEX segments_pending ON segments (chain, received_at, size) WHERE pending = 1;

CREATE TABLE keyring_pages (
    chain BLOB NOT NULL, hash BLOB NOT NULL, bytes BLOB NOT NULL, PRIMARY KEY (chain, hash)
);
CREATE TABLE keyrings (
    chain BLOB PRIMARY KEY, version INTEGER NOT NULL, height INTEGER NOT NULL, pages BLOB NOT NULL, bytes BLOB NOT NULL
);

CREATE TABLE notes (
    chain BLOB NOT NULL, epoch INTEGER NOT NULL, size INTEGER NOT NULL, root BLOB NOT NULL, note TEXT NOT NULL,
    settled INTEGER NOT NULL, mirrored_at INTEGER NOT NULL, PRIMARY KEY (chain, epoch, size)
) WITHOUT ROWID;

CREATE TABLE grants (
    chain BLOB NOT NULL, grant_id BLOB NOT NULL, authority BLOB NOT NULL, mint_epoch INTEGER NOT NULL,
    height INTEGER NOT NULL, PRIMARY KEY (chain, grant_id)
) WITHOUT ROWID;
CREATE TABLE revokes (
    chain BLOB NOT NULL, grant_id BLOB NOT NULL, time INTEGER NOT NULL, PRIMARY KEY (chain, grant_id)
) WITHOUT ROWID;

CREATE TABLE releases (
    chain BLOB NOT NULL, grant_id BLOB NOT NULL, epoch INTEGER NOT NULL, seq INTEGER NOT NULL, hash BLOB NOT NULL,
    previous BLOB NOT NULL, header BLOB NOT NULL, ciphertext BLOB NOT NULL, PRIMARY KEY (chain, grant_id, epoch, seq)
);

CREATE TABLE accesses (
    chain BLOB NOT NULL, seq INTEGER NOT NULL, hash BLOB NOT NULL, entry BLOB NOT NULL, PRIMARY KEY (chain, seq)
);
CREATE TABLE grantee_nonces (
    chain BLOB NOT NULL, key BLOB NOT NULL, nonce BLOB NOT NULL, PRIMARY KEY (chain, key, nonce)
) WITHOUT ROWID;
CREATE TABLE owner_nonces (
    key BLOB NOT NULL, nonce BLOB NOT NULL, taken_at INTEGER NOT NULL, PRIMARY KEY (key, nonce)
) WITHOUT ROWID;
