-- By which rule awards pay for a pool's spend, from a day on. A later one supersedes from its day on;
-- none is changed. There is room for rules that are not offered yet.
CREATE TABLE pool_policy (
    id {uuid} NOT NULL PRIMARY KEY,
    pool_id {uuid} NOT NULL REFERENCES pool (id),
    seq integer NOT NULL,
    policy {text} NOT NULL,
    starts_on {date} NOT NULL,
    agreed_by {text} NOT NULL,
    agreed_on {date},
    minute {text} NOT NULL,
    reason {text} NOT NULL,
    recorded_by {uuid} REFERENCES person (id),
    recorded_at {timestamp} NOT NULL,
    UNIQUE (pool_id, seq),
    CHECK (seq >= 1 AND agreed_by <> ''),
    CHECK (policy IN ('in-order', 'pro-rata', 'shares', 'manual', 'optimal')),
    CHECK (seq = 1 OR (agreed_on IS NOT NULL AND minute <> '' AND reason <> ''))
);

-- The awards that a rule names: their turn, and their weight (pence put in, or basis points).
CREATE TABLE pool_policy_award (
    policy_id {uuid} NOT NULL REFERENCES pool_policy (id),
    award_id {uuid} NOT NULL REFERENCES award (id),
    position integer NOT NULL,
    weight bigint NOT NULL,
    PRIMARY KEY (policy_id, award_id),
    UNIQUE (policy_id, position),
    CHECK (position >= 1 AND weight >= 0)
);
