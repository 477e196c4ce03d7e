-- What both boards decide: papers in numbered versions, each member's vote, each board's decision, and the
-- allocation that comes of both.

-- How many members who vote make a decision of a board, from a day on.
CREATE TABLE board_quorum (
    id {uuid} NOT NULL PRIMARY KEY,
    board {text} NOT NULL,
    members integer NOT NULL,
    valid_from {date} NOT NULL,
    minute {text} NOT NULL,
    recorded_by {uuid} REFERENCES person (id),
    recorded_at {timestamp} NOT NULL,
    CHECK (board IN ('trustees', 'committee')),
    CHECK (members >= 1)
);

-- A paper on which both boards decide.
CREATE TABLE paper (
    id {uuid} NOT NULL PRIMARY KEY,
    state {text} NOT NULL,
    revision integer NOT NULL,
    withdrawn_because {text},
    version bigint NOT NULL,
    created_by {uuid} REFERENCES person (id),
    created_at {timestamp} NOT NULL,
    CHECK (state IN ('open', 'changes-asked', 'agreed', 'not-agreed', 'withdrawn')),
    CHECK ((state = 'withdrawn') = (withdrawn_because IS NOT NULL)),
    CHECK (revision >= 1)
);
CREATE INDEX ix_paper_state ON paper (state);

-- One version of a paper: what is asked, and why.
CREATE TABLE paper_version (
    id {uuid} NOT NULL PRIMARY KEY,
    paper_id {uuid} NOT NULL REFERENCES paper (id),
    revision integer NOT NULL,
    title {text} NOT NULL,
    why {text} NOT NULL,
    pool_id {uuid} NOT NULL REFERENCES pool (id),
    amount bigint NOT NULL,
    purpose {text} NOT NULL,
    provider_id {uuid} REFERENCES organisation (id),
    requested_by {text} NOT NULL,
    decide_by_on {date} NOT NULL,
    decide_by_at {timestamp} NOT NULL,
    written_by {uuid} REFERENCES person (id),
    written_at {timestamp} NOT NULL,
    UNIQUE (paper_id, revision),
    CHECK (amount > 0),
    CHECK (revision >= 1)
);
CREATE INDEX ix_paper_version_pool_id ON paper_version (pool_id);

-- What a member said of a version, for one board.
CREATE TABLE vote (
    id {uuid} NOT NULL PRIMARY KEY,
    paper_id {uuid} NOT NULL REFERENCES paper (id),
    revision integer NOT NULL,
    board {text} NOT NULL,
    person_id {uuid} NOT NULL REFERENCES person (id),
    choice {text} NOT NULL,
    words {text} NOT NULL,
    cast_at {timestamp} NOT NULL,
    superseded_at {timestamp},
    FOREIGN KEY (paper_id, revision) REFERENCES paper_version (paper_id, revision),
    CHECK (board IN ('trustees', 'committee')),
    CHECK (choice IN ('agree', 'change', 'against', 'conflict'))
);
CREATE UNIQUE INDEX ux_vote_stands ON vote (paper_id, revision, person_id) WHERE superseded_at IS NULL;

-- What a board decided on a version.
CREATE TABLE board_decision (
    id {uuid} NOT NULL PRIMARY KEY,
    paper_id {uuid} NOT NULL REFERENCES paper (id),
    revision integer NOT NULL,
    board {text} NOT NULL,
    outcome {text} NOT NULL,
    decided_on {date} NOT NULL,
    minute {text} NOT NULL,
    quorum integer NOT NULL,
    agreed integer NOT NULL,
    changes integer NOT NULL,
    against integer NOT NULL,
    conflicts integer NOT NULL,
    free bigint NOT NULL,
    recorded_by {uuid} NOT NULL REFERENCES person (id),
    recorded_at {timestamp} NOT NULL,
    UNIQUE (paper_id, revision, board),
    FOREIGN KEY (paper_id, revision) REFERENCES paper_version (paper_id, revision),
    CHECK (board IN ('trustees', 'committee')),
    CHECK (outcome IN ('agreed', 'changes-asked', 'not-agreed')),
    CHECK (quorum >= 1),
    CHECK (agreed + changes + against >= quorum),
    CHECK ((outcome = 'agreed') = (agreed > changes + against))
);

-- An amount of a pool that both boards put to a purpose.
CREATE TABLE allocation (
    id {uuid} NOT NULL PRIMARY KEY,
    paper_id {uuid} NOT NULL REFERENCES paper (id),
    revision integer NOT NULL,
    pool_id {uuid} NOT NULL REFERENCES pool (id),
    amount bigint NOT NULL,
    purpose {text} NOT NULL,
    provider_id {uuid} REFERENCES organisation (id),
    trustees_decision_id {uuid} NOT NULL REFERENCES board_decision (id),
    committee_decision_id {uuid} NOT NULL REFERENCES board_decision (id),
    decided_on {date} NOT NULL,
    made_at {timestamp} NOT NULL,
    UNIQUE (paper_id),
    UNIQUE (trustees_decision_id),
    UNIQUE (committee_decision_id),
    FOREIGN KEY (paper_id, revision) REFERENCES paper_version (paper_id, revision),
    CHECK (trustees_decision_id <> committee_decision_id),
    CHECK (amount > 0)
);
CREATE INDEX ix_allocation_pool_id ON allocation (pool_id);
