-- Programmes: the schemes of funders, and which took the place of which.

-- A funder's scheme that awards are made under.
CREATE TABLE programme (
    id {uuid} NOT NULL PRIMARY KEY,
    funder_id {uuid} NOT NULL REFERENCES organisation (id),
    name {text} NOT NULL,
    priorities {text} NOT NULL,
    smallest bigint,
    largest bigint,
    opens_on {date},
    opens_at {timestamp},
    closes_on {date},
    closes_at {timestamp},
    stages {json} NOT NULL,
    link {text} NOT NULL,
    notes {text} NOT NULL,
    version bigint NOT NULL,
    created_by {uuid} REFERENCES person (id),
    created_at {timestamp} NOT NULL,
    CHECK (smallest IS NULL OR smallest >= 0),
    CHECK (largest IS NULL OR largest > 0),
    CHECK (smallest IS NULL OR largest IS NULL OR smallest <= largest),
    CHECK ((opens_on IS NULL) = (opens_at IS NULL)),
    CHECK ((closes_on IS NULL) = (closes_at IS NULL)),
    CHECK (opens_at IS NULL OR closes_at IS NULL OR opens_at <= closes_at)
);
CREATE INDEX ix_programme_funder_id ON programme (funder_id);

-- A programme that another one took the place of: schemes are merged and renamed.
CREATE TABLE programme_predecessor (
    programme_id {uuid} NOT NULL REFERENCES programme (id),
    predecessor_id {uuid} NOT NULL REFERENCES programme (id),
    PRIMARY KEY (programme_id, predecessor_id),
    CHECK (programme_id <> predecessor_id)
);
CREATE INDEX ix_programme_predecessor_predecessor_id ON programme_predecessor (predecessor_id);

-- An award may say under which programme it was made.
ALTER TABLE award ADD COLUMN programme_id {uuid} REFERENCES programme (id);
CREATE INDEX ix_award_programme_id ON award (programme_id);
