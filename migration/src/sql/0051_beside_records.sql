-- A file that somebody put beside a record. What was taken out is kept, with who did and why.
CREATE TABLE record_document (
    id {uuid} NOT NULL PRIMARY KEY,
    subject_kind {text} NOT NULL,
    subject_id {uuid} NOT NULL,
    file_id {uuid} NOT NULL REFERENCES file (id),
    title {text} NOT NULL,
    added_by {uuid} REFERENCES person (id),
    added_at {timestamp} NOT NULL,
    removed_by {uuid} REFERENCES person (id),
    removed_at {timestamp},
    removal_reason {text}
);
CREATE INDEX ix_record_document_subject ON record_document (subject_kind, subject_id, added_at);

-- What somebody said beside a record. The words of one that was taken back are gone.
CREATE TABLE record_comment (
    id {uuid} NOT NULL PRIMARY KEY,
    subject_kind {text} NOT NULL,
    subject_id {uuid} NOT NULL,
    words {text} NOT NULL,
    said_by {uuid} REFERENCES person (id),
    said_at {timestamp} NOT NULL,
    withdrawn_by {uuid} REFERENCES person (id),
    withdrawn_at {timestamp},
    CHECK ((withdrawn_at IS NULL) = (words <> ''))
);
CREATE INDEX ix_record_comment_subject ON record_comment (subject_kind, subject_id, said_at);
