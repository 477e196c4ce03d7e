-- Contracts and grant agreements with providers, in dated versions, by month.

-- A contract or grant agreement with a provider, held by the holder.
CREATE TABLE commitment (
    id {uuid} NOT NULL PRIMARY KEY,
    provider_id {uuid} NOT NULL REFERENCES organisation (id),
    holder_id {uuid} NOT NULL REFERENCES organisation (id),
    kind {text} NOT NULL,
    reference {text} NOT NULL,
    revision integer NOT NULL,
    version bigint NOT NULL,
    created_by {uuid} REFERENCES person (id),
    created_at {timestamp} NOT NULL,
    UNIQUE (holder_id, reference),
    CHECK (kind IN ('contract', 'grant-agreement')),
    CHECK (revision >= 1)
);
CREATE INDEX ix_commitment_provider_id ON commitment (provider_id);

-- What was agreed, as it stood from a day on: the last one stands.
CREATE TABLE commitment_version (
    id {uuid} NOT NULL PRIMARY KEY,
    commitment_id {uuid} NOT NULL REFERENCES commitment (id),
    revision integer NOT NULL,
    title {text} NOT NULL,
    pool_id {uuid} NOT NULL REFERENCES pool (id),
    category_id {uuid} REFERENCES cost_category (id),
    place {text},
    people_group {text},
    allocation_id {uuid} REFERENCES allocation (id),
    supplier {text} NOT NULL,
    starts_on {date} NOT NULL,
    ends_on {date} NOT NULL,
    notice_days integer,
    effective_on {date} NOT NULL,
    reason {text} NOT NULL,
    recorded_by {uuid} REFERENCES person (id),
    recorded_at {timestamp} NOT NULL,
    UNIQUE (commitment_id, revision),
    CHECK (revision >= 1),
    CHECK (starts_on <= ends_on),
    CHECK (notice_days >= 0 AND notice_days <= 1826)
);
CREATE INDEX ix_commitment_version_pool_id ON commitment_version (pool_id);
CREATE INDEX ix_commitment_version_allocation_id ON commitment_version (allocation_id);

-- What was agreed for a month.
CREATE TABLE commitment_month (
    commitment_id {uuid} NOT NULL REFERENCES commitment (id),
    revision integer NOT NULL,
    month {date} NOT NULL,
    amount bigint NOT NULL,
    PRIMARY KEY (commitment_id, revision, month),
    FOREIGN KEY (commitment_id, revision) REFERENCES commitment_version (commitment_id, revision),
    CHECK (amount >= 0)
);

-- An award that the agreement names to pay for it.
CREATE TABLE commitment_award (
    commitment_id {uuid} NOT NULL REFERENCES commitment (id),
    revision integer NOT NULL,
    award_id {uuid} NOT NULL REFERENCES award (id),
    PRIMARY KEY (commitment_id, revision, award_id),
    FOREIGN KEY (commitment_id, revision) REFERENCES commitment_version (commitment_id, revision)
);
CREATE INDEX ix_commitment_award_award_id ON commitment_award (award_id);

-- What the provider was told about the end: that it ends then, or goes on.
CREATE TABLE commitment_notice (
    id {uuid} NOT NULL PRIMARY KEY,
    commitment_id {uuid} NOT NULL REFERENCES commitment (id),
    revision integer NOT NULL,
    goes_on boolean NOT NULL,
    told_on {date} NOT NULL,
    words {text} NOT NULL,
    recorded_by {uuid} REFERENCES person (id),
    recorded_at {timestamp} NOT NULL,
    FOREIGN KEY (commitment_id, revision) REFERENCES commitment_version (commitment_id, revision)
);
CREATE INDEX ix_commitment_notice_commitment_id ON commitment_notice (commitment_id);
