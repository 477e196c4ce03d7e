-- Applications, and deadlines of more kinds than a return's.

-- Our request to a programme, from first interest to outcome.
CREATE TABLE application (
    id {uuid} NOT NULL PRIMARY KEY,
    programme_id {uuid} NOT NULL REFERENCES programme (id),
    title {text} NOT NULL,
    pool_id {uuid} REFERENCES pool (id),
    purpose {text} NOT NULL,
    starts_on {date},
    ends_on {date},
    lead_id {uuid} REFERENCES person (id),
    accountable_body_id {uuid} REFERENCES organisation (id),
    holder_id {uuid} REFERENCES organisation (id),
    nation {text} NOT NULL,
    likelihood_bp integer,
    likelihood_by {uuid} REFERENCES person (id),
    likelihood_at {timestamp},
    state {text} NOT NULL,
    award_id {uuid} REFERENCES award (id),
    version bigint NOT NULL,
    created_by {uuid} REFERENCES person (id),
    created_at {timestamp} NOT NULL,
    UNIQUE (award_id),
    CHECK (pool_id IS NOT NULL OR purpose <> ''),
    CHECK (starts_on IS NULL OR ends_on IS NULL OR starts_on <= ends_on),
    CHECK (likelihood_bp >= 0 AND likelihood_bp <= 10000),
    CHECK ((likelihood_bp IS NULL) = (likelihood_at IS NULL)),
    CHECK ((state = 'accepted') = (award_id IS NOT NULL))
);
CREATE INDEX ix_application_programme_id ON application (programme_id);
CREATE INDEX ix_application_pool_id ON application (pool_id);

-- What an application asks for: a budget line of a year.
CREATE TABLE application_line (
    id {uuid} NOT NULL PRIMARY KEY,
    application_id {uuid} NOT NULL REFERENCES application (id),
    position integer NOT NULL,
    year_from {date} NOT NULL,
    label {text} NOT NULL,
    capital boolean NOT NULL,
    amount bigint NOT NULL,
    UNIQUE (application_id, year_from, label, capital),
    CHECK (amount > 0)
);

-- A stage of an application: each funder has some of the seven.
CREATE TABLE application_stage (
    id {uuid} NOT NULL PRIMARY KEY,
    application_id {uuid} NOT NULL REFERENCES application (id),
    kind {text} NOT NULL,
    due_on {date},
    due_at {timestamp},
    who_id {uuid} REFERENCES person (id),
    done_at {timestamp},
    done_by {uuid} REFERENCES person (id),
    UNIQUE (application_id, kind),
    CHECK ((due_on IS NULL) = (due_at IS NULL))
);

-- A question that a funder asks at a stage.
CREATE TABLE application_question (
    id {uuid} NOT NULL PRIMARY KEY,
    application_id {uuid} NOT NULL REFERENCES application (id),
    stage {text} NOT NULL,
    position integer NOT NULL,
    text {text} NOT NULL,
    guidance {text} NOT NULL,
    word_limit integer,
    required boolean NOT NULL,
    removed_at {timestamp},
    CHECK (word_limit > 0)
);
CREATE INDEX ix_application_question_application_id ON application_question (application_id);

-- An answer to a question of an application. The newest stands.
CREATE TABLE application_answer (
    id {uuid} NOT NULL PRIMARY KEY,
    question_id {uuid} NOT NULL REFERENCES application_question (id),
    value {text} NOT NULL,
    copied_from_id {uuid} REFERENCES application_answer (id),
    entered_by {uuid} REFERENCES person (id),
    entered_at {timestamp} NOT NULL,
    superseded_at {timestamp}
);
CREATE INDEX ix_application_answer_question_id ON application_answer (question_id);
CREATE UNIQUE INDEX ux_application_answer_standing ON application_answer (question_id) WHERE superseded_at IS NULL;

-- A file that belongs to an application.
CREATE TABLE application_document (
    id {uuid} NOT NULL PRIMARY KEY,
    application_id {uuid} NOT NULL REFERENCES application (id),
    file_id {uuid} NOT NULL REFERENCES file (id),
    title {text} NOT NULL,
    for_funder boolean NOT NULL,
    added_by {uuid} REFERENCES person (id),
    added_at {timestamp} NOT NULL,
    removed_at {timestamp}
);
CREATE INDEX ix_application_document_application_id ON application_document (application_id);

-- Something to be done for an application.
CREATE TABLE application_task (
    id {uuid} NOT NULL PRIMARY KEY,
    application_id {uuid} NOT NULL REFERENCES application (id),
    title {text} NOT NULL,
    who_id {uuid} REFERENCES person (id),
    due_on {date},
    due_at {timestamp},
    done_at {timestamp},
    done_by {uuid} REFERENCES person (id),
    created_at {timestamp} NOT NULL,
    CHECK ((due_on IS NULL) = (due_at IS NULL))
);
CREATE INDEX ix_application_task_application_id ON application_task (application_id);

-- Our own decision whether to apply, and for how much.
CREATE TABLE application_decision (
    id {uuid} NOT NULL PRIMARY KEY,
    application_id {uuid} NOT NULL REFERENCES application (id),
    go boolean NOT NULL,
    decided_on {date} NOT NULL,
    decided_by {text} NOT NULL,
    minute {text} NOT NULL,
    asked bigint NOT NULL,
    recorded_by {uuid} REFERENCES person (id),
    recorded_at {timestamp} NOT NULL
);
CREATE INDEX ix_application_decision_application_id ON application_decision (application_id);

-- The record of what was sent to the funder at a stage.
CREATE TABLE application_submission (
    id {uuid} NOT NULL PRIMARY KEY,
    application_id {uuid} NOT NULL REFERENCES application (id),
    stage {text} NOT NULL,
    submitted_at {timestamp} NOT NULL,
    how {text} NOT NULL,
    to_whom {text} NOT NULL,
    receipt {text} NOT NULL,
    receipt_file_id {uuid} REFERENCES file (id),
    content {json} NOT NULL,
    content_hash {text} NOT NULL,
    recorded_by {uuid} REFERENCES person (id),
    recorded_at {timestamp} NOT NULL
);
CREATE INDEX ix_application_submission_application_id ON application_submission (application_id);

-- What a funder offers. The newest stands.
CREATE TABLE application_offer (
    id {uuid} NOT NULL PRIMARY KEY,
    application_id {uuid} NOT NULL REFERENCES application (id),
    reference {text} NOT NULL,
    offered_on {date} NOT NULL,
    starts_on {date} NOT NULL,
    ends_on {date} NOT NULL,
    accept_by_on {date} NOT NULL,
    accept_by_at {timestamp} NOT NULL,
    conditions {text} NOT NULL,
    recorded_by {uuid} REFERENCES person (id),
    recorded_at {timestamp} NOT NULL,
    superseded_at {timestamp},
    CHECK (starts_on <= ends_on)
);
CREATE INDEX ix_application_offer_application_id ON application_offer (application_id);
CREATE UNIQUE INDEX ux_application_offer_standing ON application_offer (application_id) WHERE superseded_at IS NULL;

-- What an offer gives in a year.
CREATE TABLE application_offer_year (
    offer_id {uuid} NOT NULL REFERENCES application_offer (id),
    year_from {date} NOT NULL,
    amount bigint NOT NULL,
    PRIMARY KEY (offer_id, year_from),
    CHECK (amount > 0)
);

-- Something that happened to an application, in the past tense.
CREATE TABLE application_event (
    id {uuid} NOT NULL PRIMARY KEY,
    application_id {uuid} NOT NULL REFERENCES application (id),
    seq integer NOT NULL,
    kind {text} NOT NULL,
    happened_on {date} NOT NULL,
    at {timestamp} NOT NULL,
    by_person {uuid} REFERENCES person (id),
    reason {text},
    UNIQUE (application_id, seq)
);

-- A deadline may now be of more than a return. Both tables are made anew, for one of the two
-- databases cannot take a constraint away.
-- A date by which something must be done.
CREATE TABLE deadline_of_all (
    id {uuid} NOT NULL PRIMARY KEY,
    kind {text} NOT NULL,
    subject_id {uuid} NOT NULL,
    return_id {uuid} REFERENCES grant_return (id),
    award_id {uuid} REFERENCES award (id),
    application_id {uuid} REFERENCES application (id),
    who_id {uuid} REFERENCES person (id),
    title {text} NOT NULL,
    due_on {date} NOT NULL,
    due_at {timestamp} NOT NULL,
    closed_at {timestamp},
    created_at {timestamp} NOT NULL,
    UNIQUE (kind, subject_id),
    UNIQUE (return_id),
    CHECK ((kind = 'return') = (return_id IS NOT NULL)),
    CHECK ((kind = 'return') = (award_id IS NOT NULL)),
    CHECK ((kind <> 'return') = (application_id IS NOT NULL))
);

-- A rung of a deadline's ladder, for one person.
CREATE TABLE reminder_of_all (
    id {uuid} NOT NULL PRIMARY KEY,
    deadline_id {uuid} NOT NULL REFERENCES deadline_of_all (id),
    due_on {date} NOT NULL,
    person_id {uuid} NOT NULL REFERENCES person (id),
    rung {text} NOT NULL,
    merged boolean NOT NULL,
    fallback {text},
    mail_id {uuid} REFERENCES mail (id),
    created_at {timestamp} NOT NULL,
    UNIQUE (deadline_id, due_on, person_id, rung)
);

INSERT INTO deadline_of_all (id, kind, subject_id, return_id, award_id, title, due_on, due_at, closed_at, created_at)
    SELECT id, 'return', return_id, return_id, award_id, title, due_on, due_at, closed_at, created_at FROM deadline;
INSERT INTO reminder_of_all (id, deadline_id, due_on, person_id, rung, merged, fallback, mail_id, created_at)
    SELECT reminder.id, deadline_id, deadline.due_on, person_id, rung, merged, fallback, mail_id, reminder.created_at
    FROM reminder JOIN deadline ON deadline.id = reminder.deadline_id;
DROP TABLE reminder;
DROP TABLE deadline;
ALTER TABLE deadline_of_all RENAME TO deadline;
ALTER TABLE reminder_of_all RENAME TO reminder;
CREATE INDEX ix_deadline_closed_at_due_on ON deadline (closed_at, due_on);
CREATE INDEX ix_deadline_application_id ON deadline (application_id);
