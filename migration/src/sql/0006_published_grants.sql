-- One file of grants that a funder published. Its grants count once it is complete.
CREATE TABLE grant_import (
    id {uuid} NOT NULL PRIMARY KEY,
    file_id {uuid} NOT NULL REFERENCES file (id),
    format {text} NOT NULL,
    state {text} NOT NULL,
    grants_read bigint NOT NULL,
    grants_new bigint NOT NULL,
    grants_changed bigint NOT NULL,
    grants_known bigint NOT NULL,
    grants_older bigint NOT NULL,
    grants_faulty bigint NOT NULL,
    failure {text},
    created_at {timestamp} NOT NULL,
    created_by {uuid} REFERENCES person (id),
    completed_at {timestamp},
    seq bigint,
    UNIQUE (seq),
    CHECK (state IN ('reading', 'complete', 'failed')),
    CHECK ((state = 'complete') = (seq IS NOT NULL) AND (seq IS NULL) = (completed_at IS NULL)),
    CHECK ((state = 'failed') = (failure IS NOT NULL)),
    CHECK (grants_read = grants_new + grants_changed + grants_known + grants_older + grants_faulty)
);
CREATE INDEX ix_grant_import_file_id ON grant_import (file_id);

-- What is wrong with a grant of a file: that grant was left out.
CREATE TABLE grant_import_fault (
    import_id {uuid} NOT NULL REFERENCES grant_import (id),
    row_no bigint NOT NULL,
    place {text} NOT NULL,
    identifier {text} NOT NULL,
    message {text} NOT NULL,
    PRIMARY KEY (import_id, row_no, place)
);

-- A grant as its funder published it. A changed one is a further row, which supersedes.
CREATE TABLE published_grant (
    id {uuid} NOT NULL PRIMARY KEY,
    import_id {uuid} NOT NULL REFERENCES grant_import (id),
    row_no bigint NOT NULL,
    identifier {text} NOT NULL,
    title {text} NOT NULL,
    description {text} NOT NULL,
    amount bigint NOT NULL,
    awarded_on {date} NOT NULL,
    starts_on {date},
    ends_on {date},
    months integer,
    programme {text} NOT NULL,
    funder_org_id {text} NOT NULL,
    funder_name {text} NOT NULL,
    recipient_org_id {text} NOT NULL,
    recipient_name {text} NOT NULL,
    modified_at {timestamp},
    content_hash {text} NOT NULL,
    UNIQUE (import_id, identifier),
    CHECK (amount BETWEEN -100000000000000 AND 100000000000000),
    CHECK (identifier <> '' AND funder_org_id <> '')
);
CREATE INDEX ix_published_grant_identifier ON published_grant (identifier);
CREATE INDEX ix_published_grant_awarded_on ON published_grant (awarded_on, id);
CREATE INDEX ix_published_grant_funder ON published_grant (funder_org_id, awarded_on, id);
CREATE INDEX ix_published_grant_recipient ON published_grant (recipient_org_id, awarded_on, id);
