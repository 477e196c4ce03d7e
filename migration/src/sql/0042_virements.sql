-- How much may be moved between fences of an award without asking, and where that is written.
ALTER TABLE award_terms ADD COLUMN virement_bp integer CHECK (virement_bp > 0);
ALTER TABLE award_terms ADD COLUMN virement_of {text} NOT NULL DEFAULT 'award' CHECK (virement_of IN ('award', 'fence'));
ALTER TABLE award_terms ADD COLUMN virement_source {text} NOT NULL DEFAULT '';

-- Money moved between fences of one award. Above the tolerance it has no effect until the funder consents.
CREATE TABLE award_virement (
    id {uuid} NOT NULL PRIMARY KEY,
    award_id {uuid} NOT NULL REFERENCES award (id),
    seq integer NOT NULL,
    from_fence_id {uuid} NOT NULL REFERENCES fence (id),
    to_fence_id {uuid} NOT NULL REFERENCES fence (id),
    amount bigint NOT NULL,
    moved_on {date} NOT NULL,
    reason {text} NOT NULL,
    needs_consent boolean NOT NULL,
    tolerance bigint NOT NULL,
    counted bigint NOT NULL,
    recorded_by {uuid} REFERENCES person (id),
    recorded_at {timestamp} NOT NULL,
    applied_at {timestamp},
    UNIQUE (award_id, seq),
    CHECK (seq >= 1 AND amount > 0 AND reason <> ''),
    CHECK (from_fence_id <> to_fence_id),
    CHECK (tolerance >= 0 AND counted >= 0),
    CHECK (needs_consent OR applied_at IS NOT NULL),
    CHECK (needs_consent OR counted + amount <= tolerance)
);

-- What happened to a virement that waits for consent.
CREATE TABLE award_virement_event (
    id {uuid} NOT NULL PRIMARY KEY,
    virement_id {uuid} NOT NULL REFERENCES award_virement (id),
    seq integer NOT NULL,
    kind {text} NOT NULL,
    happened_on {date} NOT NULL,
    with_whom {text} NOT NULL,
    reference {text} NOT NULL,
    recorded_by {uuid} REFERENCES person (id),
    recorded_at {timestamp} NOT NULL,
    UNIQUE (virement_id, seq),
    CHECK (seq >= 1 AND reference <> ''),
    CHECK (kind IN ('asked', 'given', 'refused', 'withdrawn')),
    CHECK (with_whom <> '' OR kind = 'withdrawn')
);
