-- A reason is about a finding in its words: with other words, another amount, it is asked anew. What
-- was written down before the words were kept goes with whatever is found there.
CREATE TABLE silenced_in_words (
    id {uuid} NOT NULL PRIMARY KEY,
    return_id {uuid} NOT NULL REFERENCES grant_return (id),
    code {text} NOT NULL,
    cell {text} NOT NULL,
    found {text} NOT NULL,
    reason {text} NOT NULL,
    silenced_by {uuid} NOT NULL REFERENCES person (id),
    silenced_at {timestamp} NOT NULL,
    UNIQUE (return_id, code, cell, silenced_at)
);
INSERT INTO silenced_in_words (id, return_id, code, cell, found, reason, silenced_by, silenced_at)
SELECT id, return_id, code, cell, '', reason, silenced_by, silenced_at FROM silenced_finding;
DROP TABLE silenced_finding;
ALTER TABLE silenced_in_words RENAME TO silenced_finding;
