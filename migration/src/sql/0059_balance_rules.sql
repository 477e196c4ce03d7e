-- What becomes of what a pool overspends, and of what it leaves, from a day on. A later rule supersedes
-- from its day on; none is changed.
CREATE TABLE pool_balance_rule (
    id {uuid} NOT NULL PRIMARY KEY,
    pool_id {uuid} NOT NULL REFERENCES pool (id),
    seq integer NOT NULL,
    overspend {text} NOT NULL,
    underspend {text} NOT NULL,
    starts_on {date} NOT NULL,
    agreed_by {text} NOT NULL,
    agreed_on {date} NOT NULL,
    minute {text} NOT NULL,
    reason {text} NOT NULL,
    recorded_by {uuid} REFERENCES person (id),
    recorded_at {timestamp} NOT NULL,
    UNIQUE (pool_id, seq),
    CHECK (seq >= 1 AND agreed_by <> '' AND minute <> '' AND reason <> ''),
    CHECK (overspend IN ('pro-rata', 'reserve', 'shares')),
    CHECK (underspend IN ('pro-rata', 'reserve', 'shares'))
);

-- Who has which share of it, where shares are named: basis points.
CREATE TABLE pool_balance_share (
    rule_id {uuid} NOT NULL REFERENCES pool_balance_rule (id),
    of_underspend boolean NOT NULL,
    organisation_id {uuid} NOT NULL REFERENCES organisation (id),
    share_bp integer NOT NULL,
    PRIMARY KEY (rule_id, of_underspend, organisation_id),
    CHECK (share_bp BETWEEN 1 AND 10000)
);
