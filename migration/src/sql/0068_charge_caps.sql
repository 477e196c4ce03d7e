-- How much may be charged for management, of an award or of a pool, from a day on. A later cap supersedes for
-- the years that begin from its day on; none is changed.
CREATE TABLE charge_cap (
    id {uuid} NOT NULL PRIMARY KEY,
    award_id {uuid} REFERENCES award (id),
    pool_id {uuid} REFERENCES pool (id),
    seq integer NOT NULL,
    starts_on {date} NOT NULL,
    basis {text} NOT NULL,
    share_bp integer,
    amount bigint,
    charged_by {text} NOT NULL,
    agreed_by {text} NOT NULL,
    agreed_on {date} NOT NULL,
    source {text} NOT NULL,
    reason {text} NOT NULL,
    recorded_by {uuid} REFERENCES person (id),
    recorded_at {timestamp} NOT NULL,
    CHECK ((award_id IS NULL) <> (pool_id IS NULL)),
    CHECK (seq >= 1 AND agreed_by <> '' AND source <> '' AND reason <> ''),
    CHECK (basis IN ('spend', 'other-spend', 'amount', 'none')),
    CHECK ((share_bp IS NOT NULL) = (basis IN ('spend', 'other-spend'))),
    CHECK ((amount IS NOT NULL) = (basis = 'amount')),
    CHECK (share_bp IS NULL OR share_bp BETWEEN 0 AND 10000),
    CHECK (amount IS NULL OR amount >= 0)
);
CREATE UNIQUE INDEX ux_charge_cap_award ON charge_cap (award_id, seq) WHERE award_id IS NOT NULL;
CREATE UNIQUE INDEX ux_charge_cap_pool ON charge_cap (pool_id, seq) WHERE pool_id IS NOT NULL;

-- The cost categories whose spend is the charge.
CREATE TABLE charge_cap_category (
    cap_id {uuid} NOT NULL REFERENCES charge_cap (id),
    category_id {uuid} NOT NULL REFERENCES cost_category (id),
    PRIMARY KEY (cap_id, category_id)
);
