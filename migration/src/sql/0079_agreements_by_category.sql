-- What a run found to be spent against each agreement, by cost category too: so that nobody reads lines to know what
-- providers were paid for. What runs kept before says no category and is dropped; the newest run of a pool with agreements
-- no longer answers for them, so that readers look at the lines until the next run keeps it anew.
DROP TABLE commitment_total;

CREATE TABLE commitment_total (
    run_id {uuid} NOT NULL REFERENCES attribution_run (id),
    commitment_id {uuid} NOT NULL REFERENCES commitment (id),
    by_reference boolean NOT NULL,
    category_id {uuid} NOT NULL REFERENCES cost_category (id),
    month {date} NOT NULL,
    lines bigint NOT NULL,
    amount bigint NOT NULL,
    PRIMARY KEY (run_id, commitment_id, by_reference, category_id, month)
);

UPDATE attribution_run SET commitments_hash = NULL WHERE commitments_hash <> '';
