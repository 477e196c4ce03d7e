-- Splits of spend over pools, cost categories and places, before awards pay for it: proposed by one
-- person, and applied from their day once another approved.
CREATE TABLE apportionment (
    id {uuid} NOT NULL PRIMARY KEY,
    number bigint NOT NULL UNIQUE,
    title {text} NOT NULL,
    cost_centre {text},
    account {text},
    category_id {uuid} REFERENCES cost_category (id),
    pool_id {uuid} REFERENCES pool (id),
    starts_on {date} NOT NULL,
    reason {text} NOT NULL,
    proposed_by {uuid} NOT NULL REFERENCES person (id),
    proposed_at {timestamp} NOT NULL,
    approved_by {uuid} REFERENCES person (id),
    approved_at {timestamp},
    withdrawn_by {uuid} REFERENCES person (id),
    withdrawn_at {timestamp},
    ends_on {date},
    ended_by {uuid} REFERENCES person (id),
    ended_because {text},
    version bigint NOT NULL,
    CHECK (title <> '' AND reason <> ''),
    CHECK (cost_centre IS NOT NULL OR account IS NOT NULL OR category_id IS NOT NULL),
    CHECK (approved_by <> proposed_by),
    CHECK ((approved_by IS NULL) = (approved_at IS NULL)),
    CHECK (withdrawn_at IS NULL OR approved_at IS NULL),
    CHECK ((ends_on IS NULL) = (ended_because IS NULL)),
    CHECK (ends_on IS NULL OR approved_at IS NOT NULL)
);

-- A part of the split. What is not said stays as the line has it.
CREATE TABLE apportionment_part (
    apportionment_id {uuid} NOT NULL REFERENCES apportionment (id),
    position integer NOT NULL,
    pool_id {uuid} NOT NULL REFERENCES pool (id),
    category_id {uuid} REFERENCES cost_category (id),
    place {text},
    share_bp integer NOT NULL,
    PRIMARY KEY (apportionment_id, position),
    CHECK (position >= 1),
    CHECK (share_bp BETWEEN 1 AND 10000)
);

-- The imports that a split went through: none is gone through twice.
CREATE TABLE apportionment_pass (
    apportionment_id {uuid} NOT NULL REFERENCES apportionment (id),
    import_id {uuid} NOT NULL REFERENCES spend_import (id),
    passed_at {timestamp} NOT NULL,
    PRIMARY KEY (apportionment_id, import_id)
);

-- A line that a split made of another: part 0 takes the whole of it out, the others are its parts.
CREATE TABLE apportioned_line (
    line_id {uuid} NOT NULL PRIMARY KEY REFERENCES spend_line (id),
    of_line_id {uuid} NOT NULL REFERENCES spend_line (id),
    apportionment_id {uuid} NOT NULL REFERENCES apportionment (id),
    part integer NOT NULL,
    UNIQUE (of_line_id, part),
    CHECK (part >= 0 AND line_id <> of_line_id)
);
