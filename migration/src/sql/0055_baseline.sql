-- From when spend must be kept up, in years from that day on, and over what it is measured: these pools and
-- cost categories, or all.
ALTER TABLE award_terms ADD COLUMN baseline_from {date} CHECK (baseline_from IS NULL OR baseline_amount IS NOT NULL);

CREATE TABLE award_baseline_pool (
    award_id {uuid} NOT NULL REFERENCES award_terms (award_id),
    pool_id {uuid} NOT NULL REFERENCES pool (id),
    PRIMARY KEY (award_id, pool_id)
);

CREATE TABLE award_baseline_category (
    award_id {uuid} NOT NULL REFERENCES award_terms (award_id),
    category_id {uuid} NOT NULL REFERENCES cost_category (id),
    PRIMARY KEY (award_id, category_id)
);
