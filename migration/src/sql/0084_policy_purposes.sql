-- Shares that a rule has for some of a pool's spend alone: that of a cost category, or that against an agreement with a
-- provider. What is under neither follows the rule's own shares.
CREATE TABLE pool_policy_purpose (
    policy_id {uuid} NOT NULL REFERENCES pool_policy (id),
    position integer NOT NULL,
    category_id {uuid} REFERENCES cost_category (id),
    commitment_id {uuid} REFERENCES commitment (id),
    award_id {uuid} NOT NULL REFERENCES award (id),
    share_bp integer NOT NULL,
    PRIMARY KEY (policy_id, position, award_id),
    CHECK (position >= 1 AND share_bp BETWEEN 0 AND 10000),
    CHECK ((category_id IS NULL) <> (commitment_id IS NULL))
);
