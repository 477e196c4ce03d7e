-- What a person last said that they have seen of a position: until which instant what was known of it. Never its figures:
-- they can be worked out again as they were known then. Each has one row for a pool, and one for all pools.
CREATE TABLE position_seen (
    id {uuid} NOT NULL PRIMARY KEY,
    person_id {uuid} NOT NULL REFERENCES person (id),
    pool_id {uuid} REFERENCES pool (id),
    known_at {timestamp} NOT NULL
);
CREATE UNIQUE INDEX ux_position_seen_pool ON position_seen (person_id, pool_id) WHERE pool_id IS NOT NULL;
CREATE UNIQUE INDEX ux_position_seen_all ON position_seen (person_id) WHERE pool_id IS NULL;
