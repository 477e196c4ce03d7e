-- The ledger file: cost centres and account codes become pools and categories by a dated map.

-- A row of the coding map: lines with these codes, received in these days, are coded so. An absent code is any.
CREATE TABLE coding_map_row (
    id {uuid} NOT NULL PRIMARY KEY,
    cost_centre {text},
    account {text},
    project {text},
    valid_from {date} NOT NULL,
    valid_to {date},
    pool_id {uuid} NOT NULL REFERENCES pool (id),
    category_id {uuid} NOT NULL REFERENCES cost_category (id),
    place {text},
    people_group {text},
    capital boolean NOT NULL,
    replaces_id {uuid} REFERENCES coding_map_row (id),
    version bigint NOT NULL,
    created_at {timestamp} NOT NULL,
    created_by {uuid} REFERENCES person (id),
    ended_at {timestamp},
    ended_by {uuid} REFERENCES person (id),
    withdrawn boolean NOT NULL,
    CHECK (cost_centre IS NOT NULL OR account IS NOT NULL OR project IS NOT NULL),
    CHECK (cost_centre <> '' AND account <> '' AND project <> ''),
    CHECK (valid_to IS NULL OR valid_to >= valid_from)
);
CREATE UNIQUE INDEX ux_coding_map_row_codes_from ON coding_map_row
    (lower(COALESCE(cost_centre, '')), lower(COALESCE(account, '')), lower(COALESCE(project, '')), valid_from)
    WHERE NOT withdrawn;
CREATE UNIQUE INDEX ux_coding_map_row_codes_open ON coding_map_row
    (lower(COALESCE(cost_centre, '')), lower(COALESCE(account, '')), lower(COALESCE(project, '')))
    WHERE valid_to IS NULL AND NOT withdrawn;

-- A line of an import that the map could not code. It is part of its file's total, and no spend until it is coded.
CREATE TABLE waiting_line (
    id {uuid} NOT NULL PRIMARY KEY,
    import_id {uuid} NOT NULL REFERENCES spend_import (id),
    row_no integer NOT NULL,
    identity {text} NOT NULL,
    cost_centre {text},
    account {text},
    project {text},
    supplier {text},
    description {text},
    incurred_on {date} NOT NULL,
    ledger_month {date} NOT NULL,
    amount bigint NOT NULL,
    draft {json} NOT NULL,
    suspect_of integer,
    coded_by_import_id {uuid} REFERENCES spend_import (id),
    UNIQUE (identity, import_id)
);
CREATE INDEX ix_waiting_line_import_id ON waiting_line (import_id);
CREATE INDEX ix_waiting_line_waits ON waiting_line (incurred_on, id) WHERE coded_by_import_id IS NULL;

-- Lines that were coded after their import was accepted count as an import of their own, made of the first: so what was
-- known when stays as it was. It names the import that they came with.
ALTER TABLE spend_import ADD COLUMN coded_from_id {uuid} REFERENCES spend_import (id);
ALTER TABLE spend_import ADD COLUMN rows_uncoded bigint NOT NULL DEFAULT 0;
ALTER TABLE spend_import ADD COLUMN sum_uncoded bigint NOT NULL DEFAULT 0;
CREATE INDEX ix_spend_import_coded_from_id ON spend_import (coded_from_id) WHERE coded_from_id IS NOT NULL;

-- What the ledger said of a line, and the row of the map that coded it.
ALTER TABLE spend_line ADD COLUMN cost_centre {text};
ALTER TABLE spend_line ADD COLUMN account {text};
ALTER TABLE spend_line ADD COLUMN project {text};
ALTER TABLE spend_line ADD COLUMN coding_id {uuid};
CREATE INDEX ix_spend_line_coding_id ON spend_line (coding_id, incurred_on) WHERE coding_id IS NOT NULL;
CREATE INDEX ix_spend_line_supplier ON spend_line (supplier) WHERE cost_centre IS NOT NULL;

-- What an import's lines come to by cost centre and ledger month: kept beside it like its other totals. No cost centre
-- is an empty one.
CREATE TABLE ledger_total (
    import_id {uuid} NOT NULL REFERENCES spend_import (id),
    cost_centre {text} NOT NULL,
    month {date} NOT NULL,
    lines bigint NOT NULL,
    amount bigint NOT NULL,
    PRIMARY KEY (import_id, cost_centre, month)
);
CREATE INDEX ix_ledger_total_month ON ledger_total (month, cost_centre, import_id, lines, amount);

-- What the finance system itself says of a cost centre and a month; a later statement takes the place of an earlier.
CREATE TABLE ledger_balance (
    id {uuid} NOT NULL PRIMARY KEY,
    cost_centre {text} NOT NULL,
    month {date} NOT NULL,
    amount bigint NOT NULL,
    stated_at {timestamp} NOT NULL,
    stated_by {uuid} REFERENCES person (id),
    superseded_at {timestamp}
);
CREATE UNIQUE INDEX ux_ledger_balance_standing ON ledger_balance (month, cost_centre) WHERE superseded_at IS NULL;
