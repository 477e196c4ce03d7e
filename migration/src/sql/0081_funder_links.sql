-- A link for somebody at a funder. It shows what is that funder's, to read and nothing else, until the end of a
-- London day or until it is taken back. Either it goes to a contact by mail, and then the contact says for whom
-- it is (so that nothing of a person stays who is taken out), or it is handed over with words for whom.
CREATE TABLE funder_link (
    id {uuid} NOT NULL PRIMARY KEY,
    funder_id {uuid} NOT NULL REFERENCES organisation (id),
    number integer NOT NULL,
    contact_id {uuid} REFERENCES contact (id),
    mail_id {uuid} REFERENCES mail (id),
    for_whom {text},
    ends_on {date} NOT NULL,
    made_by {uuid} NOT NULL REFERENCES person (id),
    made_at {timestamp} NOT NULL,
    revoked_by {uuid} REFERENCES person (id),
    revoked_at {timestamp},
    UNIQUE (funder_id, number),
    CHECK (number >= 1),
    CHECK ((contact_id IS NOT NULL AND mail_id IS NOT NULL AND for_whom IS NULL)
        OR (contact_id IS NULL AND mail_id IS NULL AND for_whom IS NOT NULL AND for_whom <> '')),
    CHECK (revoked_by IS NULL OR revoked_at IS NOT NULL)
);
CREATE INDEX ix_funder_link_contact ON funder_link (contact_id);
CREATE UNIQUE INDEX ux_funder_link_mail ON funder_link (mail_id) WHERE mail_id IS NOT NULL;

-- What is kept of the secret of a link: one that was shown once, or one for each time that its mail was
-- handed over.
CREATE TABLE funder_link_secret (
    id {uuid} NOT NULL PRIMARY KEY,
    link_id {uuid} NOT NULL REFERENCES funder_link (id),
    token_hash {bytes} NOT NULL,
    made_at {timestamp} NOT NULL,
    UNIQUE (token_hash)
);
CREATE INDEX ix_funder_link_secret_link ON funder_link_secret (link_id);

-- That a link was opened in a browser. Nothing else is noted of who opened it.
CREATE TABLE funder_link_opening (
    id {uuid} NOT NULL PRIMARY KEY,
    link_id {uuid} NOT NULL REFERENCES funder_link (id),
    at {timestamp} NOT NULL,
    token_hash {bytes} NOT NULL,
    csrf {text} NOT NULL,
    left_at {timestamp},
    UNIQUE (token_hash)
);
CREATE INDEX ix_funder_link_opening_link ON funder_link_opening (link_id, at);
