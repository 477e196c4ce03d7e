-- A person pins part of a spend line to an award that may pay for it: runs obey it before any rule. It is
-- taken off once, with a reason; both stay on record.
CREATE TABLE spend_pin (
    id {uuid} NOT NULL PRIMARY KEY,
    line_id {uuid} NOT NULL REFERENCES spend_line (id),
    award_id {uuid} NOT NULL REFERENCES award (id),
    amount bigint NOT NULL,
    why {text} NOT NULL,
    pinned_by {uuid} REFERENCES person (id),
    pinned_at {timestamp} NOT NULL,
    taken_off_why {text},
    taken_off_by {uuid} REFERENCES person (id),
    taken_off_at {timestamp},
    CHECK (amount > 0 AND why <> ''),
    CHECK ((taken_off_at IS NULL) = (taken_off_why IS NULL)),
    CHECK (taken_off_why <> ''),
    CHECK (taken_off_at >= pinned_at)
);
CREATE UNIQUE INDEX ux_spend_pin_open ON spend_pin (line_id, award_id) WHERE taken_off_at IS NULL;
CREATE INDEX ix_spend_pin_award_id ON spend_pin (award_id);
