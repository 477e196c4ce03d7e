-- What is promised to a provider is capital or revenue: an award that pays for the other is not expected to pay for it.
ALTER TABLE commitment_version ADD COLUMN capital boolean NOT NULL DEFAULT FALSE;
