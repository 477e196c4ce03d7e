-- A reason for which a finding was let stand may be taken back: both stay on record.
CREATE TABLE reason_taken_back (
    silenced_id {uuid} NOT NULL PRIMARY KEY REFERENCES silenced_finding (id),
    taken_back_by {uuid} NOT NULL REFERENCES person (id),
    taken_back_at {timestamp} NOT NULL
);
