-- Lines that counted and that a newer extract of the same period does not have, or has otherwise.

-- A line that a newer extract does not have any more: a person takes it back, or sets it aside.
CREATE TABLE gone_line (
    import_id {uuid} NOT NULL REFERENCES spend_import (id),
    line_id {uuid} NOT NULL,
    amount bigint NOT NULL,
    resolution {text},
    reason {text},
    resolved_by {uuid} REFERENCES person (id),
    resolved_at {timestamp},
    PRIMARY KEY (import_id, line_id),
    CHECK (resolution IN ('taken-back', 'set-aside')),
    CHECK ((resolution IS NULL) = (reason IS NULL)),
    CHECK ((resolution IS NULL) = (resolved_at IS NULL))
);
CREATE INDEX ix_gone_line_waits ON gone_line (import_id, line_id) WHERE resolution IS NULL;

-- Lines of an import that take earlier ones back, because its rows say them otherwise: they are no rows of its file.
ALTER TABLE spend_import ADD COLUMN rows_replaced bigint NOT NULL DEFAULT 0;
ALTER TABLE spend_import ADD COLUMN sum_replaced bigint NOT NULL DEFAULT 0;
