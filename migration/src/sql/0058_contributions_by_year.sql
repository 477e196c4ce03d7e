-- What an award puts into a pool, stated anew: by award year, with who agreed. The last statement
-- holds; none is changed.
CREATE TABLE contribution_statement (
    id {uuid} NOT NULL PRIMARY KEY,
    contribution_id {uuid} NOT NULL REFERENCES contribution (id),
    seq integer NOT NULL,
    agreed_before bigint NOT NULL,
    agreed bigint NOT NULL,
    agreed_by {text} NOT NULL,
    agreed_on {date} NOT NULL,
    reference {text} NOT NULL,
    reason {text} NOT NULL,
    recorded_by {uuid} REFERENCES person (id),
    recorded_at {timestamp} NOT NULL,
    UNIQUE (contribution_id, seq),
    CHECK (seq >= 1 AND agreed_before >= 0 AND agreed >= 0),
    CHECK (agreed_by <> '' AND reference <> '' AND reason <> '')
);

-- What a statement says of an award year: pledged pays for nothing yet.
CREATE TABLE contribution_year (
    statement_id {uuid} NOT NULL REFERENCES contribution_statement (id),
    year_id {uuid} NOT NULL REFERENCES award_year (id),
    agreed bigint NOT NULL,
    pledged bigint NOT NULL,
    PRIMARY KEY (statement_id, year_id),
    CHECK (agreed >= 0 AND pledged >= 0)
);
CREATE INDEX ix_contribution_year_year_id ON contribution_year (year_id);
