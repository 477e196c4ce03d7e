-- That a document beside an award or a return was shared with the award's funder, or that this was taken
-- back: by turns, so that the last says whether the funder has it. The operations see to it that the
-- funder is the award's, and the checks.
CREATE TABLE document_share_event (
    id {uuid} NOT NULL PRIMARY KEY,
    document_id {uuid} NOT NULL REFERENCES record_document (id),
    award_id {uuid} NOT NULL REFERENCES award (id),
    funder_id {uuid} NOT NULL REFERENCES organisation (id),
    seq integer NOT NULL,
    kind {text} NOT NULL,
    reason {text} NOT NULL,
    by_person {uuid} REFERENCES person (id),
    at {timestamp} NOT NULL,
    UNIQUE (document_id, seq),
    CHECK (seq >= 1),
    CHECK (kind IN ('shared', 'taken-back')),
    CHECK ((kind = 'shared' AND seq % 2 = 1 AND reason = '') OR (kind = 'taken-back' AND seq % 2 = 0 AND reason <> ''))
);
CREATE INDEX ix_document_share_event_funder ON document_share_event (funder_id, at);
