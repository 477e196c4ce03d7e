-- Which contract or order a line of spend is for, and what a run found to be spent against each agreement.

-- The contract’s or order’s number, as the finance system gives it.
ALTER TABLE spend_line ADD COLUMN commitment_ref {text};

-- The agreements with providers that a run went by: what it kept of them holds as long as they are the same.
ALTER TABLE attribution_run ADD COLUMN commitments_hash {text};

-- What lines come to that a run found to be spent against an agreement, by the month received: the newest run of a pool
-- tells, so that nobody reads its lines to know.
CREATE TABLE commitment_total (
    run_id {uuid} NOT NULL REFERENCES attribution_run (id),
    commitment_id {uuid} NOT NULL REFERENCES commitment (id),
    by_reference boolean NOT NULL,
    month {date} NOT NULL,
    lines bigint NOT NULL,
    amount bigint NOT NULL,
    PRIMARY KEY (run_id, commitment_id, by_reference, month)
);
