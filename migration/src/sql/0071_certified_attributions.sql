-- What awards paid inside a certified return stays while it stands certified.

-- The last accepted sequence that was known when it was signed. Of older ones that of the draft counts.
ALTER TABLE certification ADD COLUMN known_seq bigint;

-- The certified returns that a run went by: as long as they stand, what they hold is as it was.
ALTER TABLE attribution_run ADD COLUMN locks_hash {text};
