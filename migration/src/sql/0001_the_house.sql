-- The first schema: every table of the house. `{…}` types are spelled per database by the migrator.

-- Any legal body, known by its org-id; it may play several roles.
CREATE TABLE organisation (
    id {uuid} NOT NULL PRIMARY KEY,
    org_id {text} NOT NULL,
    name {text} NOT NULL,
    kind {text} NOT NULL,
    created_at {timestamp} NOT NULL,
    UNIQUE (org_id)
);

-- Somebody who signs in or is written to. No field records anyone's history.
CREATE TABLE person (
    id {uuid} NOT NULL PRIMARY KEY,
    email {text} NOT NULL,
    display_name {text} NOT NULL,
    totp_secret {bytes},
    totp_confirmed_at {timestamp},
    totp_last_step bigint,
    totp_failures integer NOT NULL,
    totp_failed_at {timestamp},
    created_at {timestamp} NOT NULL,
    UNIQUE (email)
);

-- A dated role of a person for an organisation.
CREATE TABLE membership (
    id {uuid} NOT NULL PRIMARY KEY,
    person_id {uuid} NOT NULL REFERENCES person (id),
    organisation_id {uuid} NOT NULL REFERENCES organisation (id),
    role {text} NOT NULL,
    starts_on {date} NOT NULL,
    ends_on {date},
    revoked_at {timestamp},
    created_at {timestamp} NOT NULL,
    created_by {uuid} REFERENCES person (id)
);
CREATE INDEX ix_membership_person_id ON membership (person_id);

-- A single-use link; only its hash is kept, and it is made when the mail is delivered.
CREATE TABLE sign_in_link (
    id {uuid} NOT NULL PRIMARY KEY,
    person_id {uuid} NOT NULL REFERENCES person (id),
    purpose {text} NOT NULL,
    token_hash {bytes},
    created_at {timestamp} NOT NULL,
    expires_at {timestamp} NOT NULL,
    used_at {timestamp},
    UNIQUE (token_hash)
);
CREATE INDEX ix_sign_in_link_person_id ON sign_in_link (person_id);

-- A signed-in browser.
CREATE TABLE session (
    id {uuid} NOT NULL PRIMARY KEY,
    person_id {uuid} NOT NULL REFERENCES person (id),
    token_hash {bytes} NOT NULL,
    csrf {text} NOT NULL,
    device {text} NOT NULL,
    created_at {timestamp} NOT NULL,
    last_seen_at {timestamp} NOT NULL,
    expires_at {timestamp} NOT NULL,
    second_factor_at {timestamp},
    totp_pending {bytes},
    revoked_at {timestamp},
    UNIQUE (token_hash)
);
CREATE INDEX ix_session_person_id ON session (person_id);

-- When a person was here: while a visit lasts, and when the one before it ended.
CREATE TABLE visit (
    person_id {uuid} NOT NULL PRIMARY KEY REFERENCES person (id),
    here_at {timestamp} NOT NULL,
    before_at {timestamp}
);

-- A scoped, expiring key for programs; only its hash is kept.
CREATE TABLE api_token (
    id {uuid} NOT NULL PRIMARY KEY,
    person_id {uuid} NOT NULL REFERENCES person (id),
    name {text} NOT NULL,
    prefix {text} NOT NULL,
    token_hash {bytes} NOT NULL,
    scopes {json} NOT NULL,
    created_at {timestamp} NOT NULL,
    expires_at {timestamp} NOT NULL,
    last_used_at {timestamp},
    revoked_at {timestamp},
    UNIQUE (token_hash)
);
CREATE INDEX ix_api_token_person_id ON api_token (person_id);

-- One thing that was done. Entries commit with the change, unchained; the sealer chains them.
CREATE TABLE audit_entry (
    id {uuid} NOT NULL PRIMARY KEY,
    at {timestamp} NOT NULL,
    actor_kind {text} NOT NULL,
    actor_id {uuid},
    command {text} NOT NULL,
    subject_kind {text} NOT NULL,
    subject_id {uuid},
    detail {json} NOT NULL,
    request_id {text} NOT NULL,
    personal_hash {bytes},
    sealed_seq bigint,
    chain_hash {bytes},
    UNIQUE (sealed_seq),
    CHECK (sealed_seq > 0)
);
CREATE INDEX ix_audit_entry_subject_kind_subject_id ON audit_entry (subject_kind, subject_id);
CREATE INDEX ix_audit_entry_at ON audit_entry (at);

-- Personal values of an audit entry, beside the chain so that they can be erased.
CREATE TABLE audit_personal (
    entry_id {uuid} NOT NULL PRIMARY KEY REFERENCES audit_entry (id),
    salt {bytes} NOT NULL,
    value {json} NOT NULL
);

-- A reply already given, for a client that asks again.
CREATE TABLE idempotency (
    id {uuid} NOT NULL PRIMARY KEY,
    actor_key {text} NOT NULL,
    key {text} NOT NULL,
    operation {text} NOT NULL,
    body_hash {bytes} NOT NULL,
    status integer NOT NULL,
    reply {json} NOT NULL,
    created_at {timestamp} NOT NULL,
    UNIQUE (actor_key, key)
);

-- A named sequence whose order is the order of commits.
CREATE TABLE counter (
    name {text} NOT NULL PRIMARY KEY,
    value bigint NOT NULL
);

-- A fact about this installation.
CREATE TABLE setting (
    key {text} NOT NULL PRIMARY KEY,
    value {json} NOT NULL
);

-- Something that the worker shall do; it commits with the change that caused it.
CREATE TABLE job (
    id {uuid} NOT NULL PRIMARY KEY,
    kind {text} NOT NULL,
    unique_key {text},
    row_id {uuid},
    state {text} NOT NULL,
    run_at {timestamp} NOT NULL,
    attempt integer NOT NULL,
    max_attempts integer NOT NULL,
    lease_token {uuid},
    lease_until {timestamp},
    nudged boolean NOT NULL,
    last_error {text},
    created_at {timestamp} NOT NULL,
    finished_at {timestamp}
);
CREATE INDEX ix_job_state_run_at ON job (state, run_at);
CREATE UNIQUE INDEX ux_job_unique_key ON job (unique_key) WHERE state IN ('ready','running');

-- A tick of a schedule that was turned into a job; one row per tick.
CREATE TABLE schedule_tick (
    kind {text} NOT NULL,
    tick_at {timestamp} NOT NULL,
    created_at {timestamp} NOT NULL,
    PRIMARY KEY (kind, tick_at)
);

-- Bytes somebody gave us or we made, known by their hash.
CREATE TABLE file (
    id {uuid} NOT NULL PRIMARY KEY,
    sha256 {text} NOT NULL,
    name {text} NOT NULL,
    media_type {text} NOT NULL,
    size bigint NOT NULL,
    complete boolean NOT NULL,
    created_at {timestamp} NOT NULL,
    created_by {uuid} REFERENCES person (id)
);
CREATE INDEX ix_file_sha256 ON file (sha256);

-- A piece of a file, in order.
CREATE TABLE file_chunk (
    file_id {uuid} NOT NULL REFERENCES file (id),
    n integer NOT NULL,
    content {bytes} NOT NULL,
    PRIMARY KEY (file_id, n)
);

-- A line of the charity's own chart of costs.
CREATE TABLE cost_category (
    id {uuid} NOT NULL PRIMARY KEY,
    slug {text} NOT NULL,
    name {text} NOT NULL,
    created_at {timestamp} NOT NULL,
    UNIQUE (slug)
);

-- The agreement: amount, period, restrictions, and what it asks of us.
CREATE TABLE award (
    id {uuid} NOT NULL PRIMARY KEY,
    reference {text} NOT NULL,
    title {text} NOT NULL,
    programme {text} NOT NULL,
    funder_id {uuid} NOT NULL REFERENCES organisation (id),
    holder_id {uuid} NOT NULL REFERENCES organisation (id),
    accountable_body_id {uuid} NOT NULL REFERENCES organisation (id),
    amount bigint NOT NULL,
    starts_on {date} NOT NULL,
    ends_on {date} NOT NULL,
    nation {text} NOT NULL,
    pays_for {text} NOT NULL,
    legal_basis {text} NOT NULL,
    lost_if_unspent boolean NOT NULL,
    lead_id {uuid} REFERENCES person (id),
    version bigint NOT NULL,
    created_at {timestamp} NOT NULL,
    UNIQUE (reference),
    CHECK (amount >= 0 AND ends_on >= starts_on)
);

-- A cost category that an award may pay for; an award without any may pay for all.
CREATE TABLE award_category (
    award_id {uuid} NOT NULL REFERENCES award (id),
    category_id {uuid} NOT NULL REFERENCES cost_category (id),
    PRIMARY KEY (award_id, category_id)
);

-- A named part of an award for certain lines: reserved, limited, or both; fences nest.
CREATE TABLE fence (
    id {uuid} NOT NULL PRIMARY KEY,
    award_id {uuid} NOT NULL REFERENCES award (id),
    parent_id {uuid} REFERENCES fence (id),
    slug {text} NOT NULL,
    name {text} NOT NULL,
    reserved bigint,
    spend_limit bigint,
    position integer NOT NULL,
    UNIQUE (award_id, slug),
    CHECK ((reserved IS NULL OR reserved >= 0) AND (spend_limit IS NULL OR spend_limit >= 0))
);

-- A cost category whose lines fit a fence.
CREATE TABLE fence_category (
    fence_id {uuid} NOT NULL REFERENCES fence (id),
    category_id {uuid} NOT NULL REFERENCES cost_category (id),
    PRIMARY KEY (fence_id, category_id)
);

-- Several awards' money put behind one purpose.
CREATE TABLE pool (
    id {uuid} NOT NULL PRIMARY KEY,
    slug {text} NOT NULL,
    name {text} NOT NULL,
    purpose {text} NOT NULL,
    holder_id {uuid} NOT NULL REFERENCES organisation (id),
    policy {text} NOT NULL,
    policy_from {date} NOT NULL,
    policy_agreed_by {text} NOT NULL,
    version bigint NOT NULL,
    created_at {timestamp} NOT NULL,
    UNIQUE (slug)
);

-- What an award puts into a pool, and its place in the stated order.
CREATE TABLE contribution (
    id {uuid} NOT NULL PRIMARY KEY,
    pool_id {uuid} NOT NULL REFERENCES pool (id),
    award_id {uuid} NOT NULL REFERENCES award (id),
    position integer NOT NULL,
    agreed bigint NOT NULL,
    UNIQUE (pool_id, award_id),
    UNIQUE (pool_id, position),
    CHECK (agreed >= 0)
);
CREATE INDEX ix_contribution_award_id ON contribution (award_id);

-- What two racing writers meet: attributed so far against what attribution may reach.
CREATE TABLE balance (
    id {uuid} NOT NULL PRIMARY KEY,
    kind {text} NOT NULL,
    subject_id {uuid} NOT NULL,
    cap bigint NOT NULL,
    attributed bigint NOT NULL,
    UNIQUE (subject_id),
    CHECK (attributed <= cap)
);

-- How to read one kind of ledger extract.
CREATE TABLE import_profile (
    id {uuid} NOT NULL PRIMARY KEY,
    name {text} NOT NULL,
    source_system {text} NOT NULL,
    spec {json} NOT NULL,
    version bigint NOT NULL,
    created_at {timestamp} NOT NULL,
    UNIQUE (name)
);

-- One file of spend: read, checked, then accepted whole.
CREATE TABLE spend_import (
    id {uuid} NOT NULL PRIMARY KEY,
    profile_id {uuid} NOT NULL REFERENCES import_profile (id),
    file_id {uuid} NOT NULL REFERENCES file (id),
    period_from {date} NOT NULL,
    period_to {date} NOT NULL,
    control_total bigint,
    spec {json} NOT NULL,
    layout {json},
    saw_seq bigint NOT NULL,
    state {text} NOT NULL,
    rows_total bigint NOT NULL,
    rows_read bigint NOT NULL,
    rows_loaded bigint NOT NULL,
    rows_faulty bigint NOT NULL,
    rows_set_aside bigint NOT NULL,
    rows_known bigint NOT NULL,
    rows_skipped bigint NOT NULL,
    rows_suspect bigint NOT NULL,
    sum_loaded bigint NOT NULL,
    sum_set_aside bigint NOT NULL,
    sum_known bigint NOT NULL,
    failure {text},
    version bigint NOT NULL,
    created_at {timestamp} NOT NULL,
    created_by {uuid} REFERENCES person (id),
    accepted_at {timestamp},
    accepted_by {uuid} REFERENCES person (id),
    accepted_seq bigint,
    UNIQUE (accepted_seq)
);

-- A row that could not be loaded as it stands.
CREATE TABLE import_fault (
    id {uuid} NOT NULL PRIMARY KEY,
    import_id {uuid} NOT NULL REFERENCES spend_import (id),
    row_no integer NOT NULL,
    faults {json} NOT NULL,
    raw {json} NOT NULL,
    amount bigint,
    resolution {text},
    reason {text},
    resolved_by {uuid} REFERENCES person (id),
    resolved_at {timestamp},
    UNIQUE (import_id, row_no)
);

-- One immutable line of spend; corrected only by another line. Its pool and cost category are held to by its import's
-- totals, a few rows instead of a hundred thousand.
CREATE TABLE spend_line (
    id {uuid} NOT NULL PRIMARY KEY,
    import_id {uuid} NOT NULL REFERENCES spend_import (id),
    row_no integer NOT NULL,
    identity {text} NOT NULL,
    transaction_ref {text},
    line_ref {text},
    incurred_on {date} NOT NULL,
    posted_on {date},
    ledger_month {date},
    kind {text} NOT NULL,
    amount bigint NOT NULL,
    capital boolean NOT NULL,
    pool_id {uuid} NOT NULL,
    category_id {uuid} NOT NULL,
    place {text},
    people_group {text},
    supplier {text},
    description {text},
    suspect boolean NOT NULL,
    suspect_of integer,
    UNIQUE (identity, import_id)
);
CREATE INDEX ix_spend_line_import_id ON spend_line (import_id);
CREATE INDEX ix_spend_line_suspect ON spend_line (import_id, row_no) WHERE suspect;
CREATE INDEX ix_spend_line_pool_id_incurred_on_id ON spend_line (pool_id, incurred_on, id);

-- What an import's lines come to: kept so that nobody has to read the lines to know. It counts when its import does.
CREATE TABLE spend_total (
    import_id {uuid} NOT NULL REFERENCES spend_import (id),
    pool_id {uuid} NOT NULL REFERENCES pool (id),
    category_id {uuid} NOT NULL REFERENCES cost_category (id),
    incurred_on {date} NOT NULL,
    lines bigint NOT NULL,
    amount bigint NOT NULL,
    PRIMARY KEY (import_id, pool_id, category_id, incurred_on)
);
CREATE INDEX ix_spend_total_of_pool ON spend_total (pool_id, import_id, incurred_on, category_id, lines, amount);

-- A month of the ledger for a pool: open, or closed.
CREATE TABLE ledger_period (
    id {uuid} NOT NULL PRIMARY KEY,
    pool_id {uuid} NOT NULL REFERENCES pool (id),
    month {date} NOT NULL,
    closed_at {timestamp} NOT NULL,
    closed_by {uuid} REFERENCES person (id),
    UNIQUE (pool_id, month)
);

-- One run of a pool's policy; its attributions are differences appended.
CREATE TABLE attribution_run (
    id {uuid} NOT NULL PRIMARY KEY,
    pool_id {uuid} NOT NULL REFERENCES pool (id),
    state {text} NOT NULL,
    cause {text} NOT NULL,
    policy {text} NOT NULL,
    facts_hash {text} NOT NULL,
    lines bigint NOT NULL,
    attributed bigint NOT NULL,
    unfunded bigint NOT NULL,
    saw_seq bigint NOT NULL,
    created_at {timestamp} NOT NULL,
    accepted_at {timestamp},
    accepted_seq bigint,
    UNIQUE (accepted_seq)
);
CREATE INDEX ix_attribution_run_pool_id_accepted_seq ON attribution_run (pool_id, accepted_seq);

-- The part of one spend line that one award pays for, as a difference added by a run. Its award and
-- fence are held to by its run's totals.
CREATE TABLE attribution (
    id {uuid} NOT NULL PRIMARY KEY,
    run_id {uuid} NOT NULL REFERENCES attribution_run (id),
    line_id {uuid} NOT NULL REFERENCES spend_line (id),
    award_id {uuid} NOT NULL,
    fence_id {uuid},
    amount bigint NOT NULL
);
CREATE INDEX ix_attribution_line_id_award_id ON attribution (line_id, award_id);
CREATE INDEX ix_attribution_run_id ON attribution (run_id);
CREATE INDEX ix_attribution_award_id ON attribution (award_id);

-- What a run's differences come to: kept with them, and counted when the run is.
CREATE TABLE attribution_total (
    id {uuid} NOT NULL PRIMARY KEY,
    run_id {uuid} NOT NULL REFERENCES attribution_run (id),
    award_id {uuid} NOT NULL REFERENCES award (id),
    fence_id {uuid} REFERENCES fence (id),
    category_id {uuid} NOT NULL REFERENCES cost_category (id),
    place {text},
    people_group {text},
    incurred_on {date} NOT NULL,
    capital boolean NOT NULL,
    amount bigint NOT NULL
);
CREATE INDEX ix_attribution_total_run_id ON attribution_total (run_id);
CREATE INDEX ix_attribution_total_award_id_incurred_on ON attribution_total (award_id, incurred_on);

-- A line that is not paid for, or not all of it, after a run; the newest run of its pool tells.
CREATE TABLE unfunded_line (
    run_id {uuid} NOT NULL REFERENCES attribution_run (id),
    line_id {uuid} NOT NULL,
    incurred_on {date} NOT NULL,
    reason {text} NOT NULL,
    unfunded bigint NOT NULL,
    PRIMARY KEY (line_id, run_id)
);
CREATE INDEX ix_unfunded_line_run_id_incurred_on_line_id ON unfunded_line (run_id, incurred_on, line_id);

-- What those lines come to.
CREATE TABLE unfunded_total (
    run_id {uuid} NOT NULL REFERENCES attribution_run (id),
    import_id {uuid} NOT NULL REFERENCES spend_import (id),
    category_id {uuid} NOT NULL REFERENCES cost_category (id),
    incurred_on {date} NOT NULL,
    reason {text} NOT NULL,
    lines bigint NOT NULL,
    amount bigint NOT NULL,
    unfunded bigint NOT NULL,
    PRIMARY KEY (run_id, import_id, category_id, incurred_on, reason)
);

-- What we expect to spend; superseded, never edited.
CREATE TABLE forecast (
    id {uuid} NOT NULL PRIMARY KEY,
    award_id {uuid} NOT NULL REFERENCES award (id),
    category_id {uuid} REFERENCES cost_category (id),
    month {date} NOT NULL,
    capital boolean NOT NULL,
    amount bigint NOT NULL,
    entered_by {uuid} NOT NULL REFERENCES person (id),
    entered_at {timestamp} NOT NULL,
    superseded_at {timestamp},
    taken_back_by {uuid} REFERENCES person (id)
);
CREATE INDEX ix_forecast_award_id_month ON forecast (award_id, month);
CREATE UNIQUE INDEX ux_forecast_with_category ON forecast (award_id, month, capital, category_id) WHERE superseded_at IS NULL AND category_id IS NOT NULL;
CREATE UNIQUE INDEX ux_forecast_without_category ON forecast (award_id, month, capital) WHERE superseded_at IS NULL AND category_id IS NULL;

-- Somebody else's money shown beside an award; never counted as our spend.
CREATE TABLE match_funding (
    id {uuid} NOT NULL PRIMARY KEY,
    award_id {uuid} NOT NULL REFERENCES award (id),
    source {text} NOT NULL,
    source_kind {text} NOT NULL,
    in_kind boolean NOT NULL,
    valued_how {text},
    month {date} NOT NULL,
    capital boolean NOT NULL,
    amount bigint NOT NULL,
    secured boolean NOT NULL,
    evidence {text},
    entered_by {uuid} NOT NULL REFERENCES person (id),
    entered_at {timestamp} NOT NULL,
    superseded_at {timestamp},
    taken_back_by {uuid} REFERENCES person (id)
);
CREATE INDEX ix_match_funding_award_id_month ON match_funding (award_id, month);
CREATE UNIQUE INDEX ux_match_funding_current ON match_funding (award_id, source, in_kind, month, capital) WHERE superseded_at IS NULL;

-- One version of a funder's template: its file, byte for byte, and its fields.
CREATE TABLE return_form (
    id {uuid} NOT NULL PRIMARY KEY,
    name {text} NOT NULL,
    version_label {text} NOT NULL,
    funder_id {uuid} NOT NULL REFERENCES organisation (id),
    file_id {uuid} NOT NULL REFERENCES file (id),
    current boolean NOT NULL,
    created_at {timestamp} NOT NULL,
    funder_form_code {text},
    replaces_id {uuid} REFERENCES return_form (id),
    UNIQUE (name, version_label)
);

-- A version of a form that is still being mapped: kept as it is worked on, until it is used.
CREATE TABLE form_draft (
    id {uuid} NOT NULL PRIMARY KEY,
    name {text} NOT NULL,
    version_label {text} NOT NULL,
    funder_id {uuid} NOT NULL REFERENCES organisation (id),
    funder_form_code {text},
    file_id {uuid} NOT NULL REFERENCES file (id),
    copy_id {uuid} REFERENCES file (id),
    replaces_id {uuid} REFERENCES return_form (id),
    notes {json} NOT NULL,
    used_as_id {uuid} REFERENCES return_form (id),
    given_up_at {timestamp},
    version bigint NOT NULL,
    created_by {uuid} REFERENCES person (id),
    created_at {timestamp} NOT NULL,
    changed_at {timestamp} NOT NULL
);
CREATE INDEX ix_form_draft_changed_at ON form_draft (changed_at);

-- A field of a draft: as it was proposed, and what a person has made of it.
CREATE TABLE form_draft_field (
    id {uuid} NOT NULL PRIMARY KEY,
    draft_id {uuid} NOT NULL REFERENCES form_draft (id),
    position integer NOT NULL,
    bundle {text} NOT NULL,
    state {text} NOT NULL,
    key {text} NOT NULL,
    section {text} NOT NULL,
    label {text} NOT NULL,
    kind {text} NOT NULL,
    locator {text} NOT NULL,
    sheet {text} NOT NULL,
    cell {text} NOT NULL,
    required boolean NOT NULL,
    guidance {text} NOT NULL,
    word_limit integer,
    choices {json},
    unit {text},
    rounding {text},
    binding {json},
    why {text} NOT NULL,
    reason {text} NOT NULL,
    attention {json} NOT NULL,
    example {text} NOT NULL,
    UNIQUE (draft_id, position)
);
CREATE INDEX ix_form_draft_field_draft_id_bundle ON form_draft_field (draft_id, bundle);

-- A question of a form: where it stands and what fills it.
CREATE TABLE form_field (
    id {uuid} NOT NULL PRIMARY KEY,
    form_id {uuid} NOT NULL REFERENCES return_form (id),
    position integer NOT NULL,
    key {text} NOT NULL,
    section {text} NOT NULL,
    label {text} NOT NULL,
    kind {text} NOT NULL,
    locator {text} NOT NULL,
    sheet {text} NOT NULL,
    cell {text} NOT NULL,
    required boolean NOT NULL,
    guidance {text} NOT NULL,
    word_limit integer,
    choices {json},
    unit {text},
    rounding {text},
    binding {json},
    UNIQUE (form_id, key)
);

-- What an award asks to be reported: which form, for which periods, by when, signed by whom.
CREATE TABLE requirement (
    id {uuid} NOT NULL PRIMARY KEY,
    award_id {uuid} NOT NULL REFERENCES award (id),
    form_id {uuid} NOT NULL REFERENCES return_form (id),
    name {text} NOT NULL,
    period_months integer NOT NULL,
    first_period_from {date} NOT NULL,
    anchor_on {date} NOT NULL,
    due_rule {json} NOT NULL,
    needs_trustees boolean NOT NULL,
    needs_committee boolean NOT NULL,
    signatures {json} NOT NULL,
    variance_bp integer,
    preparer_id {uuid} REFERENCES person (id),
    certifier_id {uuid} REFERENCES person (id),
    sender_id {uuid} REFERENCES person (id),
    version bigint NOT NULL,
    created_at {timestamp} NOT NULL,
    series_id {uuid} NOT NULL,
    applies_from {date} NOT NULL,
    ends_before {date},
    reason {text} NOT NULL,
    created_by {uuid} REFERENCES person (id)
);
CREATE INDEX ix_requirement_award_id ON requirement (award_id);
CREATE INDEX ix_requirement_series_id ON requirement (series_id);
CREATE INDEX ix_requirement_form_id ON requirement (form_id);

-- What a funder requires us to submit, for one period.
CREATE TABLE grant_return (
    id {uuid} NOT NULL PRIMARY KEY,
    requirement_id {uuid} NOT NULL REFERENCES requirement (id),
    award_id {uuid} NOT NULL REFERENCES award (id),
    form_id {uuid} NOT NULL REFERENCES return_form (id),
    period_from {date} NOT NULL,
    period_to {date} NOT NULL,
    state {text} NOT NULL,
    revision integer NOT NULL,
    drafted_seq bigint NOT NULL,
    drafted_at {timestamp},
    rests_on {text} NOT NULL,
    version bigint NOT NULL,
    created_at {timestamp} NOT NULL,
    UNIQUE (requirement_id, period_from)
);

-- Why a return that is due cannot be drafted or filled; gone once it can.
CREATE TABLE drafting_problem (
    requirement_id {uuid} NOT NULL REFERENCES requirement (id),
    period_from {date} NOT NULL,
    message {text} NOT NULL,
    since {timestamp} NOT NULL,
    PRIMARY KEY (requirement_id, period_from)
);

-- Something that happened to a return, in the past tense.
CREATE TABLE return_event (
    id {uuid} NOT NULL PRIMARY KEY,
    return_id {uuid} NOT NULL REFERENCES grant_return (id),
    seq integer NOT NULL,
    kind {text} NOT NULL,
    at {timestamp} NOT NULL,
    by_person {uuid} REFERENCES person (id),
    revision integer,
    reason {text},
    detail {json},
    UNIQUE (return_id, seq)
);
CREATE INDEX ix_return_event_at ON return_event (at);

-- An answer to a field: drafted from the facts, or typed by a person. The newest of each stands.
CREATE TABLE return_answer (
    id {uuid} NOT NULL PRIMARY KEY,
    return_id {uuid} NOT NULL REFERENCES grant_return (id),
    field_id {uuid} NOT NULL REFERENCES form_field (id),
    source {text} NOT NULL,
    value {json} NOT NULL,
    basis {json},
    entered_by {uuid} REFERENCES person (id),
    entered_at {timestamp} NOT NULL,
    superseded_at {timestamp},
    taken_back_by {uuid} REFERENCES person (id)
);
CREATE UNIQUE INDEX ux_return_answer_return_id_field_id_source ON return_answer (return_id, field_id, source) WHERE superseded_at IS NULL;

-- One numbered state of a return, with its workbook.
CREATE TABLE return_revision (
    id {uuid} NOT NULL PRIMARY KEY,
    return_id {uuid} NOT NULL REFERENCES grant_return (id),
    number integer NOT NULL,
    content_hash {text} NOT NULL,
    answers {json} NOT NULL,
    findings {json} NOT NULL,
    rests_on {text} NOT NULL,
    file_id {uuid} REFERENCES file (id),
    created_at {timestamp} NOT NULL,
    created_by {uuid} REFERENCES person (id),
    UNIQUE (return_id, number)
);

-- A finding that a person has answered for one return, with the reason.
CREATE TABLE silenced_finding (
    id {uuid} NOT NULL PRIMARY KEY,
    return_id {uuid} NOT NULL REFERENCES grant_return (id),
    code {text} NOT NULL,
    cell {text} NOT NULL,
    reason {text} NOT NULL,
    silenced_by {uuid} NOT NULL REFERENCES person (id),
    silenced_at {timestamp} NOT NULL,
    UNIQUE (return_id, code, cell)
);

-- A board's agreement to one revision.
CREATE TABLE board_approval (
    id {uuid} NOT NULL PRIMARY KEY,
    return_id {uuid} NOT NULL REFERENCES grant_return (id),
    revision integer NOT NULL,
    board {text} NOT NULL,
    agreed_on {date} NOT NULL,
    minute {text} NOT NULL,
    recorded_by {uuid} NOT NULL REFERENCES person (id),
    recorded_at {timestamp} NOT NULL,
    UNIQUE (return_id, revision, board)
);

-- A named officer's statement that a revision is true.
CREATE TABLE certification (
    id {uuid} NOT NULL PRIMARY KEY,
    return_id {uuid} NOT NULL REFERENCES grant_return (id),
    revision integer NOT NULL,
    office {text} NOT NULL,
    statement {text} NOT NULL,
    certified_by {uuid} NOT NULL REFERENCES person (id),
    certified_at {timestamp} NOT NULL,
    content_hash {text} NOT NULL,
    file_id {uuid} NOT NULL REFERENCES file (id),
    file_sha256 {text} NOT NULL,
    signed_by {text},
    signed_on {date},
    paper_file_id {uuid} REFERENCES file (id),
    paper_sha256 {text},
    withdrawn_at {timestamp},
    UNIQUE (return_id, revision, office),
    CHECK ((paper_file_id IS NULL AND paper_sha256 IS NULL AND signed_by IS NULL AND signed_on IS NULL)
        OR (paper_file_id IS NOT NULL AND paper_sha256 IS NOT NULL AND signed_by IS NOT NULL AND signed_on IS NOT NULL))
);

-- The record of a return's sending; only this closes its deadline.
CREATE TABLE sending (
    id {uuid} NOT NULL PRIMARY KEY,
    return_id {uuid} NOT NULL REFERENCES grant_return (id),
    revision integer NOT NULL,
    sent_at {timestamp} NOT NULL,
    how {text} NOT NULL,
    to_whom {text} NOT NULL,
    receipt {text} NOT NULL,
    receipt_file_id {uuid} REFERENCES file (id),
    file_sha256 {text} NOT NULL,
    recorded_by {uuid} NOT NULL REFERENCES person (id),
    recorded_at {timestamp} NOT NULL
);
CREATE INDEX ix_sending_return_id ON sending (return_id);

-- A date by which something must be done.
CREATE TABLE deadline (
    id {uuid} NOT NULL PRIMARY KEY,
    return_id {uuid} NOT NULL REFERENCES grant_return (id),
    award_id {uuid} NOT NULL REFERENCES award (id),
    title {text} NOT NULL,
    due_on {date} NOT NULL,
    due_at {timestamp} NOT NULL,
    closed_at {timestamp},
    created_at {timestamp} NOT NULL,
    UNIQUE (return_id)
);
CREATE INDEX ix_deadline_closed_at_due_on ON deadline (closed_at, due_on);

-- A message on its way out, and what became of it.
CREATE TABLE mail (
    id {uuid} NOT NULL PRIMARY KEY,
    kind {text} NOT NULL,
    message_id {text} NOT NULL,
    to_person_id {uuid} REFERENCES person (id),
    to_address {text} NOT NULL,
    subject {text} NOT NULL,
    text_body {text},
    html_body {text},
    link_id {uuid} REFERENCES sign_in_link (id),
    day {date},
    state {text} NOT NULL,
    attempts integer NOT NULL,
    last_reply {text},
    created_at {timestamp} NOT NULL,
    sent_at {timestamp},
    UNIQUE (message_id)
);
CREATE INDEX ix_mail_state ON mail (state);
CREATE UNIQUE INDEX ux_mail_to_person_id_day ON mail (to_person_id, day) WHERE day IS NOT NULL;

-- A rung of a deadline's ladder, for one person.
CREATE TABLE reminder (
    id {uuid} NOT NULL PRIMARY KEY,
    deadline_id {uuid} NOT NULL REFERENCES deadline (id),
    person_id {uuid} NOT NULL REFERENCES person (id),
    rung {text} NOT NULL,
    merged boolean NOT NULL,
    fallback {text},
    mail_id {uuid} REFERENCES mail (id),
    created_at {timestamp} NOT NULL,
    UNIQUE (deadline_id, person_id, rung)
);
