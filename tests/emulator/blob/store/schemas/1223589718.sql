
CREATE TABLE containers (
    id INTEGER PRIMARY KEY,
    name TEXT UNIQUE,            -- NULL once deleted, until its blobs are gone
    etag TEXT NOT NULL,
    modified INTEGER NOT NULL,
    metadata TEXT NOT NULL,
    lease TEXT
);
CREATE TABLE blobs (
    id INTEGER PRIMARY KEY,
    container INTEGER NOT NULL REFERENCES containers (id),
    name BLOB NOT NULL,          -- UTF-8, so that order and prefixes are those of bytes
    committed INTEGER NOT NULL,
    etag TEXT NOT NULL,
    created INTEGER NOT NULL,
    modified INTEGER NOT NULL,
    size INTEGER NOT NULL,
    properties TEXT NOT NULL,
    metadata TEXT NOT NULL,
    copy TEXT,
    tier TEXT,                   -- NULL where no client has chosen one
    tier_changed INTEGER,
    lease TEXT,
    appended INTEGER,            -- how many blocks an append blob has; NULL for a block blob
    UNIQUE (container, name)
);
CREATE TABLE pieces (
    blob INTEGER NOT NULL REFERENCES blobs (id) ON DELETE CASCADE,
    start INTEGER NOT NULL,      -- where in the blob; no piece is empty
    file TEXT NOT NULL,
    length INTEGER NOT NULL,
    block_id TEXT,
    PRIMARY KEY (blob, start)
) WITHOUT ROWID;
CREATE INDEX pieces_by_file ON pieces (file);
CREATE TABLE blocks (
    blob INTEGER NOT NULL REFERENCES blobs (id) ON DELETE CASCADE,
    block_id TEXT NOT NULL,
    file TEXT NOT NULL,
    length INTEGER NOT NULL,
    staged INTEGER NOT NULL,
    PRIMARY KEY (blob, block_id)
) WITHOUT ROWID;
CREATE INDEX blocks_by_file ON blocks (file);
