-- The places and the groups of people that an award pays for, as spend names them: one on each line; empty where it may pay for
-- any. An amendment changes them, like its cost categories.
ALTER TABLE award ADD COLUMN only_places {text} NOT NULL DEFAULT '';
ALTER TABLE award ADD COLUMN only_groups {text} NOT NULL DEFAULT '';
