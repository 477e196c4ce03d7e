-- A condition of an award. What it says stands in versions; how it stands is what happened last.
CREATE TABLE award_condition (
    id {uuid} NOT NULL PRIMARY KEY,
    award_id {uuid} NOT NULL REFERENCES award (id),
    seq integer NOT NULL,
    recorded_by {uuid} REFERENCES person (id),
    recorded_at {timestamp} NOT NULL,
    UNIQUE (award_id, seq),
    CHECK (seq >= 1)
);

-- What a condition says: quoted from the funder's letter.
CREATE TABLE award_condition_version (
    id {uuid} NOT NULL PRIMARY KEY,
    condition_id {uuid} NOT NULL REFERENCES award_condition (id),
    revision integer NOT NULL,
    title {text} NOT NULL,
    passage {text} NOT NULL,
    written_where {text} NOT NULL,
    kind {text} NOT NULL,
    due_on {date},
    who_id {uuid} REFERENCES person (id),
    reason {text} NOT NULL,
    recorded_by {uuid} REFERENCES person (id),
    recorded_at {timestamp} NOT NULL,
    UNIQUE (condition_id, revision),
    CHECK (revision >= 1 AND title <> ''),
    CHECK (revision = 1 OR reason <> ''),
    CHECK (kind IN ('before-payment', 'during', 'at-end', 'standing'))
);

-- What happened to a condition: it is met or waived by a fact, and opened again by another.
CREATE TABLE award_condition_event (
    id {uuid} NOT NULL PRIMARY KEY,
    condition_id {uuid} NOT NULL REFERENCES award_condition (id),
    seq integer NOT NULL,
    kind {text} NOT NULL,
    happened_on {date} NOT NULL,
    by_whom {text} NOT NULL,
    evidence {text} NOT NULL,
    reference {text} NOT NULL,
    recorded_by {uuid} REFERENCES person (id),
    recorded_at {timestamp} NOT NULL,
    UNIQUE (condition_id, seq),
    CHECK (seq >= 1 AND evidence <> ''),
    CHECK (kind IN ('met', 'waived', 'reopened', 'withdrawn')),
    CHECK (kind NOT IN ('met', 'waived') OR by_whom <> '')
);
