-- A year of an award: its own amount and window. The years of an award follow each other without a gap.
CREATE TABLE award_year (
    id {uuid} NOT NULL PRIMARY KEY,
    award_id {uuid} NOT NULL REFERENCES award (id),
    starts_on {date} NOT NULL,
    ends_on {date} NOT NULL,
    amount bigint NOT NULL,
    standing {text} NOT NULL,
    carry_forward {text} NOT NULL,
    created_at {timestamp} NOT NULL,
    UNIQUE (award_id, starts_on),
    CHECK (amount >= 0 AND ends_on >= starts_on),
    CHECK (standing IN ('indicative', 'confirmed')),
    CHECK (carry_forward IN ('none', 'by-right', 'by-consent'))
);

-- What was agreed of an award year.
CREATE TABLE award_year_event (
    id {uuid} NOT NULL PRIMARY KEY,
    year_id {uuid} NOT NULL REFERENCES award_year (id),
    seq integer NOT NULL,
    kind {text} NOT NULL,
    happened_on {date} NOT NULL,
    amount bigint NOT NULL,
    until_on {date},
    with_whom {text} NOT NULL,
    recorded_by {uuid} REFERENCES person (id),
    recorded_at {timestamp} NOT NULL,
    UNIQUE (year_id, seq),
    CHECK (amount >= 0 AND seq >= 1),
    CHECK (kind IN ('confirmed', 'carry-asked', 'carry-given', 'carry-refused', 'at-risk')),
    CHECK ((kind = 'at-risk') = (until_on IS NOT NULL))
);
