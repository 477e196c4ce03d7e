-- What a funder of a pool agreed of being shown to the pool's other funders: by name, or only within a
-- sum. Without one it is within a sum. A later one supersedes from its day on; none is changed.
CREATE TABLE pool_disclosure (
    id {uuid} NOT NULL PRIMARY KEY,
    pool_id {uuid} NOT NULL REFERENCES pool (id),
    seq integer NOT NULL,
    funder_id {uuid} NOT NULL REFERENCES organisation (id),
    by_name boolean NOT NULL,
    starts_on {date} NOT NULL,
    agreed_by {text} NOT NULL,
    agreed_on {date} NOT NULL,
    reference {text} NOT NULL,
    recorded_by {uuid} REFERENCES person (id),
    recorded_at {timestamp} NOT NULL,
    UNIQUE (pool_id, seq),
    CHECK (seq >= 1 AND agreed_by <> '' AND reference <> '')
);
