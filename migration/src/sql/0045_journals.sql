-- Journals of our own: amounts moved by one person, and made spend by another.

-- A journal: lines that somebody prepares, and that count once somebody else approved them.
CREATE TABLE journal (
    id {uuid} NOT NULL PRIMARY KEY,
    number bigint NOT NULL UNIQUE,
    state {text} NOT NULL,
    revision integer NOT NULL,
    version bigint NOT NULL,
    reverses_id {uuid} REFERENCES journal (id),
    created_at {timestamp} NOT NULL,
    CHECK (state IN ('waiting', 'sent-back', 'approved', 'withdrawn')),
    CHECK (revision >= 1),
    CHECK (reverses_id <> id)
);
-- What was reversed is not reversed again.
CREATE UNIQUE INDEX ux_journal_reverses_id ON journal (reverses_id) WHERE state <> 'withdrawn';
CREATE INDEX ix_journal_state ON journal (state, number);

-- What a journal says: the last one stands. Whoever prepared it does not approve it.
CREATE TABLE journal_version (
    journal_id {uuid} NOT NULL REFERENCES journal (id),
    revision integer NOT NULL,
    reason {text} NOT NULL,
    evidence {text} NOT NULL,
    total bigint NOT NULL,
    prepared_by {uuid} NOT NULL REFERENCES person (id),
    prepared_at {timestamp} NOT NULL,
    approved_by {uuid} REFERENCES person (id),
    approved_at {timestamp},
    PRIMARY KEY (journal_id, revision),
    CHECK (revision >= 1),
    CHECK (approved_by <> prepared_by),
    CHECK ((approved_by IS NULL) = (approved_at IS NULL))
);

-- A line of it.
CREATE TABLE journal_line (
    journal_id {uuid} NOT NULL REFERENCES journal (id),
    revision integer NOT NULL,
    line_no integer NOT NULL,
    incurred_on {date} NOT NULL,
    pool_id {uuid} NOT NULL REFERENCES pool (id),
    category_id {uuid} NOT NULL REFERENCES cost_category (id),
    capital boolean NOT NULL,
    amount bigint NOT NULL,
    description {text} NOT NULL,
    ledger_ref {text},
    cost_centre {text},
    PRIMARY KEY (journal_id, revision, line_no),
    FOREIGN KEY (journal_id, revision) REFERENCES journal_version (journal_id, revision),
    CHECK (amount <> 0)
);

-- What happened to it.
CREATE TABLE journal_event (
    id {uuid} NOT NULL PRIMARY KEY,
    journal_id {uuid} NOT NULL REFERENCES journal (id),
    revision integer NOT NULL,
    kind {text} NOT NULL,
    words {text} NOT NULL,
    happened_by {uuid} REFERENCES person (id),
    happened_at {timestamp} NOT NULL,
    CHECK (kind IN ('prepared', 'changed', 'sent-back', 'approved', 'withdrawn'))
);
CREATE INDEX ix_journal_event_journal_id ON journal_event (journal_id);

-- Its lines count as an import of their own.
ALTER TABLE spend_import ADD COLUMN journal_id {uuid} REFERENCES journal (id);
CREATE UNIQUE INDEX ux_spend_import_journal_id ON spend_import (journal_id) WHERE journal_id IS NOT NULL;

-- The line that a line takes back, whole.
ALTER TABLE spend_line ADD COLUMN reverses_id {uuid};
CREATE UNIQUE INDEX ux_spend_line_reverses_id ON spend_line (reverses_id, import_id) WHERE reverses_id IS NOT NULL;
