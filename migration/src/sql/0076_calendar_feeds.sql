-- An address at which a calendar program reads returns and their deadlines for a person. Only the hash
-- of its secret is kept; what it tells is what the person may see on the day on which it is asked.
CREATE TABLE calendar_feed (
    id {uuid} NOT NULL PRIMARY KEY,
    person_id {uuid} NOT NULL REFERENCES person (id),
    covers {text} NOT NULL,
    prefix {text} NOT NULL,
    token_hash {bytes} NOT NULL,
    created_at {timestamp} NOT NULL,
    revoked_at {timestamp},
    UNIQUE (token_hash),
    CHECK (covers IN ('all', 'mine'))
);
CREATE INDEX ix_calendar_feed_person ON calendar_feed (person_id);
