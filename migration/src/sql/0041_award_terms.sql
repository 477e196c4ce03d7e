-- What an award asks besides returns: match, what a return must explain, spend to be kept up. Changed by
-- amendments only; an award without a row has none of it.
CREATE TABLE award_terms (
    award_id {uuid} NOT NULL PRIMARY KEY REFERENCES award (id),
    match_amount bigint,
    match_bp integer,
    match_how {text} NOT NULL,
    variance_bp integer,
    variance_amount bigint,
    baseline_amount bigint,
    baseline_of {text} NOT NULL,
    CHECK (match_amount IS NULL OR match_bp IS NULL),
    CHECK (match_amount > 0),
    CHECK (match_bp > 0),
    CHECK (variance_bp >= 0),
    CHECK (variance_amount >= 0),
    CHECK (baseline_amount > 0)
);
