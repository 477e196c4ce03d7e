-- What was written down of an organisation or a cost category can be corrected, seen by whom.
ALTER TABLE organisation ADD COLUMN version bigint NOT NULL DEFAULT 1;
ALTER TABLE cost_category ADD COLUMN version bigint NOT NULL DEFAULT 1;

-- Whom to ask at an organisation. One that is taken out keeps nothing of the person.
CREATE TABLE contact (
    id {uuid} NOT NULL PRIMARY KEY,
    organisation_id {uuid} NOT NULL REFERENCES organisation (id),
    name {text} NOT NULL,
    about {text} NOT NULL,
    email {text},
    telephone {text},
    added_by {uuid} REFERENCES person (id),
    added_at {timestamp} NOT NULL,
    removed_by {uuid} REFERENCES person (id),
    removed_at {timestamp},
    CHECK (removed_at IS NULL OR (name = '' AND email IS NULL AND telephone IS NULL))
);
CREATE INDEX ix_contact_organisation_id ON contact (organisation_id);
