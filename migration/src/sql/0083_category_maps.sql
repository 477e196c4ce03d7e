-- A funder's own budget lines of an award, and the cost categories that each is made of: how what we count is said in the
-- funder's words. The last map holds; those before it stay.
CREATE TABLE category_map (
    id {uuid} NOT NULL PRIMARY KEY,
    award_id {uuid} NOT NULL REFERENCES award (id),
    seq integer NOT NULL,
    said_in {text} NOT NULL,
    recorded_by {uuid} REFERENCES person (id),
    recorded_at {timestamp} NOT NULL,
    UNIQUE (award_id, seq),
    CHECK (seq >= 1 AND said_in <> '')
);

CREATE TABLE category_map_line (
    id {uuid} NOT NULL PRIMARY KEY,
    map_id {uuid} NOT NULL REFERENCES category_map (id),
    position integer NOT NULL,
    name {text} NOT NULL,
    budget bigint,
    pays_for {text} NOT NULL,
    UNIQUE (map_id, position),
    CHECK (position >= 1 AND name <> '' AND (budget IS NULL OR budget >= 0)),
    CHECK (pays_for IN ('revenue', 'capital', 'both'))
);

CREATE TABLE category_map_category (
    line_id {uuid} NOT NULL REFERENCES category_map_line (id),
    category_id {uuid} NOT NULL REFERENCES cost_category (id),
    PRIMARY KEY (line_id, category_id)
);
