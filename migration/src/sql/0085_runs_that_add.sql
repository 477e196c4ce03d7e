-- What the classes of lines of a run rest on, as a hash; nothing where something was paid under the newest rule beside the
-- answer of the solver. A run that finds the same need only look at what came since.
ALTER TABLE attribution_run ADD COLUMN classes_hash {text};

-- Credits by their transaction: few among all lines.
CREATE INDEX ix_spend_line_credit ON spend_line (pool_id, transaction_ref) WHERE amount < 0;
