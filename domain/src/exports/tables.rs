//! Which tables are exported, and which are not and why. A table that is in neither list fails a
//! test: whoever adds one decides.

/// A table that is exported.
#[derive(Clone, Copy, Debug)]
pub(super) struct Table {
    /// Its entity's file, whose lines of meaning describe it.
    pub source: &'static str,
    /// Its name.
    pub name: &'static str,
    /// Columns that stay here: secrets.
    pub kept_back: &'static [&'static str],
}

macro_rules! tables {
    ($(#[$doc:meta])* $of:ident: $($name:ident $(without $($column:literal),+)?;)*) => {
        $(#[$doc])*
        pub(super) const $of: &[Table] = &[$(Table {
            source: include_str!(concat!("../../../entity/src/", stringify!($name), ".rs")),
            name: stringify!($name),
            kept_back: &[$($($column),+)?],
        },)*];
    };
}

tables! {
    /// Every table that is exported.
    TABLES:
    organisation;
    contact;
    person without "totp_secret", "totp_confirmed_at", "totp_last_step", "totp_failures",
        "totp_failed_at";
    membership;
    programme;
    programme_predecessor;
    application;
    application_stage;
    application_line;
    application_question;
    application_answer;
    application_document;
    application_task;
    application_decision;
    application_submission;
    application_offer;
    application_offer_year;
    application_event;
    award;
    award_acceptance;
    award_amendment;
    award_baseline_category;
    award_baseline_pool;
    award_category;
    award_closure;
    award_condition;
    award_condition_event;
    award_condition_version;
    award_letter;
    award_letter_page;
    award_money;
    award_passage;
    award_payment;
    award_suspension;
    award_terms;
    award_virement;
    award_virement_event;
    award_year;
    award_year_event;
    category_map;
    category_map_line;
    category_map_category;
    fence;
    fence_category;
    pool;
    pool_balance_rule;
    pool_balance_share;
    charge_cap;
    charge_cap_category;
    pool_disclosure;
    pool_policy;
    pool_policy_award;
    pool_run_rule;
    contribution;
    contribution_statement;
    contribution_year;
    record_document;
    document_share_event;
    record_comment;
    board_quorum;
    paper;
    paper_version;
    vote;
    board_decision;
    allocation;
    commitment;
    commitment_version;
    commitment_month;
    commitment_award;
    pool_policy_purpose;
    commitment_notice;
    cost_category;
    forecast;
    match_funding;
    import_profile;
    coding_map_row;
    ledger_balance;
    journal;
    journal_version;
    journal_line;
    journal_event;
    spend_import;
    import_fault;
    waiting_line;
    gone_line;
    spend_line;
    spend_pin;
    apportionment;
    apportionment_part;
    apportioned_line;
    ledger_period;
    attribution_run;
    attribution_proposal;
    attribution;
    return_form;
    form_field;
    form_draft;
    form_draft_field;
    requirement;
    grant_return;
    return_answer;
    return_revision;
    return_event;
    silenced_finding;
    reason_taken_back;
    board_approval;
    certification;
    sending;
    deadline;
    reminder;
    funder_link;
    funder_link_opening without "token_hash", "csrf";
    funder_question;
    funder_question_event;
    grant_import;
    grant_import_fault;
    published_grant;
    file;
    audit_entry;
}

tables! {
    /// What is not exported with everything, and is a person’s own: in their export without what it
    /// keeps of secrets.
    ONES_OWN:
    api_token without "token_hash";
    calendar_feed without "token_hash";
    session without "token_hash", "csrf", "totp_pending";
    sign_in_link without "token_hash";
    mail;
    visit;
    position_seen;
    audit_personal without "salt";
}

/// Tables that are not exported, and why.
#[cfg(test)]
pub(super) const LEFT_OUT: &[(&str, &str)] = &[
    ("api_token", "a hash of a secret"),
    ("calendar_feed", "a hash of a secret"),
    ("funder_link_secret", "a hash of a secret"),
    ("session", "a hash of a secret"),
    ("sign_in_link", "a hash of a secret"),
    ("mail", "letters to people, made from what is exported"),
    ("audit_personal", "what can be erased stays where it can be"),
    ("idempotency", "bookkeeping of requests"),
    ("job", "bookkeeping of work"),
    ("schedule_tick", "bookkeeping of work"),
    ("visit", "when somebody looked"),
    ("position_seen", "when somebody looked"),
    ("counter", "bookkeeping of numbers"),
    ("setting", "settings of this installation"),
    (
        "file_chunk",
        "the bytes of files, which are exported as files",
    ),
    ("balance", "made from what is exported"),
    ("apportionment_pass", "bookkeeping of work"),
    ("attribution_proof", "made from what is exported"),
    ("attribution_total", "made from what is exported"),
    ("ledger_total", "made from what is exported"),
    ("spend_total", "made from what is exported"),
    ("unfunded_line", "made from what is exported"),
    ("unfunded_total", "made from what is exported"),
    ("commitment_total", "made from what is exported"),
    ("drafting_problem", "made from what is exported"),
];
