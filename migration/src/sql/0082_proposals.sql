-- Which runs of a pool take effect by themselves, and which wait until a person applies them: the last one said holds.
-- Where none is, all take effect by themselves.
CREATE TABLE pool_run_rule (
    id {uuid} NOT NULL PRIMARY KEY,
    pool_id {uuid} NOT NULL REFERENCES pool (id),
    seq integer NOT NULL,
    runs {text} NOT NULL,
    agreed_by {text} NOT NULL,
    reason {text} NOT NULL,
    recorded_by {uuid} REFERENCES person (id),
    recorded_at {timestamp} NOT NULL,
    UNIQUE (pool_id, seq),
    CHECK (seq >= 1 AND agreed_by <> '' AND reason <> ''),
    CHECK (runs IN ('by-themselves', 'unless-something-moves', 'when-applied'))
);

-- A run that a person was asked about before it took effect, and what they said: one that was set aside may be applied
-- later. It rests on the run before it; when what it rests on changes, another takes its place. What it would change are
-- its attributions.
CREATE TABLE attribution_proposal (
    run_id {uuid} NOT NULL PRIMARY KEY REFERENCES attribution_run (id),
    pool_id {uuid} NOT NULL REFERENCES pool (id),
    base_seq bigint,
    digest {text} NOT NULL,
    taken bigint NOT NULL,
    parts bigint NOT NULL,
    proposed_at {timestamp} NOT NULL,
    set_aside_by {uuid} REFERENCES person (id),
    set_aside_at {timestamp},
    reason {text},
    applied_by {uuid} REFERENCES person (id),
    applied_at {timestamp},
    CHECK (taken >= 0 AND parts >= 0),
    CHECK ((set_aside_at IS NULL AND reason IS NULL AND set_aside_by IS NULL) OR (set_aside_at IS NOT NULL AND reason <> '')),
    CHECK (applied_at IS NOT NULL OR applied_by IS NULL)
);
CREATE INDEX ix_attribution_proposal_pool ON attribution_proposal (pool_id, proposed_at);

-- What proves the answer of each optimal rule in a run: what every class of lines gets, and the prices (as JSON). Kept until
-- the run was long overtaken.
CREATE TABLE attribution_proof (
    run_id {uuid} NOT NULL REFERENCES attribution_run (id),
    turn integer NOT NULL,
    proof {text},
    PRIMARY KEY (run_id, turn),
    CHECK (turn >= 1)
);

-- What was attributed before has no proof kept: such a pool is attributed once more, and nothing moves.
UPDATE attribution_run SET facts_hash = '' WHERE pool_id IN (SELECT pool_id FROM pool_policy WHERE policy = 'optimal');
