-- A question of a funder's officer about a figure that they were shown: of an award, of a return that
-- was sent, or of a pool's position. What they were shown is kept as it was.
CREATE TABLE funder_question (
    id {uuid} NOT NULL PRIMARY KEY,
    funder_id {uuid} NOT NULL REFERENCES organisation (id),
    award_id {uuid} REFERENCES award (id),
    return_id {uuid} REFERENCES grant_return (id),
    pool_id {uuid} REFERENCES pool (id),
    figure {text} NOT NULL,
    label {text} NOT NULL,
    seen {text} NOT NULL,
    seen_amount bigint,
    as_of {date} NOT NULL,
    asked_by {uuid} NOT NULL REFERENCES person (id),
    asked_at {timestamp} NOT NULL,
    CHECK (figure <> '' AND label <> '' AND seen <> ''),
    CHECK ((award_id IS NOT NULL AND return_id IS NULL AND pool_id IS NULL)
        OR (award_id IS NULL AND return_id IS NOT NULL AND pool_id IS NULL)
        OR (award_id IS NULL AND return_id IS NULL AND pool_id IS NOT NULL))
);
CREATE INDEX ix_funder_question_funder ON funder_question (funder_id, asked_at);

-- What was said to a question, by either side, or happened to it. Nothing is said after it is settled
-- or withdrawn, and only what nobody has answered is withdrawn: the operations see to both.
CREATE TABLE funder_question_event (
    id {uuid} NOT NULL PRIMARY KEY,
    question_id {uuid} NOT NULL REFERENCES funder_question (id),
    seq integer NOT NULL,
    kind {text} NOT NULL,
    words {text} NOT NULL,
    by_person {uuid} NOT NULL REFERENCES person (id),
    at {timestamp} NOT NULL,
    UNIQUE (question_id, seq),
    CHECK (seq >= 1),
    CHECK (kind IN ('asked', 'answered', 'settled', 'withdrawn')),
    CHECK (seq > 1 OR kind = 'asked'),
    CHECK (words <> '' OR kind IN ('settled', 'withdrawn'))
);
CREATE UNIQUE INDEX ux_funder_question_event_end ON funder_question_event (question_id) WHERE kind IN ('settled', 'withdrawn');
