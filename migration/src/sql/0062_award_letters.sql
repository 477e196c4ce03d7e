-- A document beside an award that was read as its letter: the file as it was then.
CREATE TABLE award_letter (
    id {uuid} NOT NULL PRIMARY KEY,
    award_id {uuid} NOT NULL REFERENCES award (id),
    seq integer NOT NULL,
    document_id {uuid} NOT NULL REFERENCES record_document (id),
    file_id {uuid} NOT NULL REFERENCES file (id),
    title {text} NOT NULL,
    pages integer NOT NULL,
    read_by {uuid} REFERENCES person (id),
    read_at {timestamp} NOT NULL,
    UNIQUE (award_id, seq),
    UNIQUE (award_id, file_id),
    CHECK (seq >= 1 AND pages >= 1)
);

-- The words of a letter's page; of a page that was scanned without words, none.
CREATE TABLE award_letter_page (
    letter_id {uuid} NOT NULL REFERENCES award_letter (id),
    page integer NOT NULL,
    words {text} NOT NULL,
    PRIMARY KEY (letter_id, page),
    CHECK (page >= 1)
);

-- Where a letter says a term of the award: word for word. One that says something else after all is
-- taken back with the reason, and kept.
CREATE TABLE award_passage (
    id {uuid} NOT NULL PRIMARY KEY,
    award_id {uuid} NOT NULL REFERENCES award (id),
    seq integer NOT NULL,
    letter_id {uuid} NOT NULL,
    page integer NOT NULL,
    term {text} NOT NULL,
    subject_id {uuid},
    words {text} NOT NULL,
    typed boolean NOT NULL,
    recorded_by {uuid} REFERENCES person (id),
    recorded_at {timestamp} NOT NULL,
    withdrawn_by {uuid} REFERENCES person (id),
    withdrawn_at {timestamp},
    withdrawal_reason {text},
    UNIQUE (award_id, seq),
    FOREIGN KEY (letter_id, page) REFERENCES award_letter_page (letter_id, page),
    CHECK (seq >= 1 AND words <> ''),
    CHECK ((withdrawn_at IS NULL) = (withdrawal_reason IS NULL)),
    CHECK (term IN ('reference', 'funder', 'holder', 'accountable-body', 'amount', 'starts-on', 'ends-on',
        'year', 'pays-for', 'categories', 'fence', 'legal-basis', 'unspent', 'match', 'variance',
        'baseline', 'virement', 'payment', 'requirement')),
    CHECK ((term IN ('year', 'fence', 'payment', 'requirement')) = (subject_id IS NOT NULL))
);
CREATE INDEX ix_award_passage_letter ON award_passage (letter_id, page);

-- A person accepted that a term, as it stood then, is what a passage says.
CREATE TABLE award_acceptance (
    id {uuid} NOT NULL PRIMARY KEY,
    passage_id {uuid} NOT NULL REFERENCES award_passage (id),
    seq integer NOT NULL,
    stood {text} NOT NULL,
    accepted_on {date} NOT NULL,
    accepted_by {uuid} NOT NULL REFERENCES person (id),
    accepted_at {timestamp} NOT NULL,
    UNIQUE (passage_id, seq),
    CHECK (seq >= 1 AND stood <> '')
);
