-- A payment that a funder has promised for a day.
CREATE TABLE award_payment (
    id {uuid} NOT NULL PRIMARY KEY,
    award_id {uuid} NOT NULL REFERENCES award (id),
    due_on {date} NOT NULL,
    amount bigint NOT NULL,
    note {text} NOT NULL,
    recorded_by {uuid} REFERENCES person (id),
    recorded_at {timestamp} NOT NULL,
    withdrawn_at {timestamp},
    withdrawn_because {text},
    CHECK (amount > 0),
    CHECK ((withdrawn_at IS NULL) = (withdrawn_because IS NULL))
);
CREATE INDEX ix_award_payment_award_id ON award_payment (award_id, due_on);

-- Money of an award: received, claimed or repaid. A wrong entry is corrected by another that names it.
CREATE TABLE award_money (
    id {uuid} NOT NULL PRIMARY KEY,
    award_id {uuid} NOT NULL REFERENCES award (id),
    kind {text} NOT NULL,
    happened_on {date} NOT NULL,
    amount bigint NOT NULL,
    ledger_reference {text} NOT NULL,
    payment_id {uuid} REFERENCES award_payment (id),
    note {text} NOT NULL,
    corrects_id {uuid} REFERENCES award_money (id),
    recorded_by {uuid} REFERENCES person (id),
    recorded_at {timestamp} NOT NULL,
    UNIQUE (corrects_id),
    CHECK (kind IN ('receipt', 'claim', 'repayment')),
    CHECK ((corrects_id IS NULL AND amount > 0) OR (corrects_id IS NOT NULL AND amount < 0)),
    CHECK (payment_id IS NULL OR kind = 'receipt')
);
CREATE INDEX ix_award_money_award_id ON award_money (award_id, happened_on);
