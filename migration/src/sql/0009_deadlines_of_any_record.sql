-- A deadline may be of any record: its kind says of which sort, and `subject_id` names it. Both tables are
-- made anew, for one of the two databases cannot take a constraint away.
-- A date by which something must be done.
CREATE TABLE deadline_of_any (
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
    CHECK (kind <> 'return' OR award_id IS NOT NULL),
    CHECK ((kind IN ('stage', 'programme-closes', 'task', 'acceptance')) = (application_id IS NOT NULL))
);

-- A rung of a deadline's ladder, for one person.
CREATE TABLE reminder_of_any (
    id {uuid} NOT NULL PRIMARY KEY,
    deadline_id {uuid} NOT NULL REFERENCES deadline_of_any (id),
    due_on {date} NOT NULL,
    person_id {uuid} NOT NULL REFERENCES person (id),
    rung {text} NOT NULL,
    merged boolean NOT NULL,
    fallback {text},
    mail_id {uuid} REFERENCES mail (id),
    created_at {timestamp} NOT NULL,
    UNIQUE (deadline_id, due_on, person_id, rung)
);

INSERT INTO deadline_of_any (id, kind, subject_id, return_id, award_id, application_id, who_id, title, due_on, due_at, closed_at, created_at)
    SELECT id, kind, subject_id, return_id, award_id, application_id, who_id, title, due_on, due_at, closed_at, created_at FROM deadline;
INSERT INTO reminder_of_any (id, deadline_id, due_on, person_id, rung, merged, fallback, mail_id, created_at)
    SELECT id, deadline_id, due_on, person_id, rung, merged, fallback, mail_id, created_at FROM reminder;
DROP TABLE reminder;
DROP TABLE deadline;
ALTER TABLE deadline_of_any RENAME TO deadline;
ALTER TABLE reminder_of_any RENAME TO reminder;
CREATE INDEX ix_deadline_closed_at_due_on ON deadline (closed_at, due_on);
CREATE INDEX ix_deadline_application_id ON deadline (application_id);
CREATE INDEX ix_deadline_award_id ON deadline (award_id);
