-- Who decides about an award's money, and in whose accounts it is: dated facts, changed by amendments.
ALTER TABLE award ADD COLUMN decider_id {uuid} REFERENCES organisation (id);
ALTER TABLE award ADD COLUMN accounts_of_id {uuid} REFERENCES organisation (id);
ALTER TABLE award ADD COLUMN accounts_as {text} CHECK (accounts_as IN ('principal', 'agent'));

-- A dated change of an award's terms. It takes effect on its day; what stood before is kept then.
CREATE TABLE award_amendment (
    id {uuid} NOT NULL PRIMARY KEY,
    award_id {uuid} NOT NULL REFERENCES award (id),
    seq integer NOT NULL,
    effective_on {date} NOT NULL,
    reason {text} NOT NULL,
    with_whom {text} NOT NULL,
    change {json} NOT NULL,
    before {json},
    over_when_applied bigint,
    recorded_by {uuid} REFERENCES person (id),
    recorded_at {timestamp} NOT NULL,
    applied_at {timestamp},
    UNIQUE (award_id, seq),
    CHECK (seq >= 1 AND reason <> '' AND with_whom <> ''),
    CHECK ((applied_at IS NULL) = (before IS NULL)),
    CHECK ((applied_at IS NULL) = (over_when_applied IS NULL))
);
CREATE INDEX ix_award_amendment_waiting ON award_amendment (effective_on) WHERE applied_at IS NULL;
