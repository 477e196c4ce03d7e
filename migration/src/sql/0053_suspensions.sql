-- A suspension of an award: what is incurred meanwhile is not paid for by it, unless that was agreed.
CREATE TABLE award_suspension (
    id {uuid} NOT NULL PRIMARY KEY,
    award_id {uuid} NOT NULL REFERENCES award (id),
    seq integer NOT NULL,
    from_on {date} NOT NULL,
    why {text} NOT NULL,
    told_by {text} NOT NULL,
    pays_on boolean NOT NULL,
    recorded_by {uuid} REFERENCES person (id),
    recorded_at {timestamp} NOT NULL,
    resumed_on {date},
    resumed_why {text},
    resumed_told_by {text},
    resumed_recorded_by {uuid} REFERENCES person (id),
    resumed_at {timestamp},
    UNIQUE (award_id, seq),
    CHECK (seq >= 1 AND why <> '' AND told_by <> ''),
    CHECK ((resumed_on IS NULL) = (resumed_at IS NULL)),
    CHECK ((resumed_on IS NULL) = (resumed_why IS NULL)),
    CHECK ((resumed_on IS NULL) = (resumed_told_by IS NULL)),
    CHECK (resumed_on >= from_on)
);
CREATE UNIQUE INDEX ux_award_suspension_open ON award_suspension (award_id) WHERE resumed_on IS NULL;
