//! What is kept of pools: the rules that were agreed, and what was stated of contributions.

use sea_orm::DbBackend;

use super::{Kept, kept_columns, made};

/// By which rules awards pay, and the awards that each names.
pub(super) const OF_POOL_POLICIES: &[Kept] = &[
    Kept {
        table: "pool_policy",
        set_once: &[],
        fixed: &[
            "id",
            "pool_id",
            "seq",
            "policy",
            "starts_on",
            "agreed_by",
            "agreed_on",
            "minute",
            "reason",
            "recorded_by",
            "recorded_at",
        ],
        no_delete: "1 = 1",
    },
    Kept {
        table: "pool_policy_award",
        set_once: &[],
        fixed: &["policy_id", "award_id", "position", "weight"],
        no_delete: "1 = 1",
    },
];

/// The shares that a rule has for one purpose.
pub(super) const OF_POLICY_PURPOSES: &[Kept] = &[Kept {
    table: "pool_policy_purpose",
    set_once: &[],
    fixed: &[
        "policy_id",
        "position",
        "category_id",
        "commitment_id",
        "award_id",
        "share_bp",
    ],
    no_delete: "1 = 1",
}];

/// What was stated of contributions, by award year.
pub(super) const OF_CONTRIBUTIONS: &[Kept] = &[
    Kept {
        table: "contribution_statement",
        set_once: &[],
        fixed: &[
            "id",
            "contribution_id",
            "seq",
            "agreed_before",
            "agreed",
            "agreed_by",
            "agreed_on",
            "reference",
            "reason",
            "recorded_by",
            "recorded_at",
        ],
        no_delete: "1 = 1",
    },
    Kept {
        table: "contribution_year",
        set_once: &[],
        fixed: &["statement_id", "year_id", "agreed", "pledged"],
        no_delete: "1 = 1",
    },
];

/// The statements that keep what was stated of contributions.
pub(crate) fn of_contributions(backend: DbBackend) -> Vec<String> {
    made(OF_CONTRIBUTIONS, backend)
}

/// What becomes of what a pool overspends and leaves, and the shares that are named.
pub(super) const OF_BALANCE_RULES: &[Kept] = &[
    Kept {
        table: "pool_balance_rule",
        set_once: &[],
        fixed: &[
            "id",
            "pool_id",
            "seq",
            "overspend",
            "underspend",
            "starts_on",
            "agreed_by",
            "agreed_on",
            "minute",
            "reason",
            "recorded_by",
            "recorded_at",
        ],
        no_delete: "1 = 1",
    },
    Kept {
        table: "pool_balance_share",
        set_once: &[],
        fixed: &["rule_id", "of_underspend", "organisation_id", "share_bp"],
        no_delete: "1 = 1",
    },
];

/// The statements that keep what becomes of what a pool overspends and leaves.
pub(crate) fn of_balance_rules(backend: DbBackend) -> Vec<String> {
    made(OF_BALANCE_RULES, backend)
}

/// How the funders of a pool are shown to each other.
pub(super) const OF_DISCLOSURES: &[Kept] = &[Kept {
    table: "pool_disclosure",
    set_once: &[],
    fixed: &[
        "id",
        "pool_id",
        "seq",
        "funder_id",
        "by_name",
        "starts_on",
        "agreed_by",
        "agreed_on",
        "reference",
        "recorded_by",
        "recorded_at",
    ],
    no_delete: "1 = 1",
}];

/// The statements that keep how funders are shown to each other.
pub(crate) fn of_disclosures(backend: DbBackend) -> Vec<String> {
    made(OF_DISCLOSURES, backend)
}

/// What people pinned to awards: taken off once.
pub(super) const OF_PINS: &[Kept] = &[Kept {
    table: "spend_pin",
    set_once: &["taken_off_why", "taken_off_by", "taken_off_at"],
    fixed: &[
        "id",
        "line_id",
        "award_id",
        "amount",
        "why",
        "pinned_by",
        "pinned_at",
    ],
    no_delete: "1 = 1",
}];

/// The statements that keep pins.
pub(crate) fn of_pins(backend: DbBackend) -> Vec<String> {
    made(OF_PINS, backend)
}

/// What was known when a return was certified stays as it was signed.
pub(crate) fn of_certified_attributions(backend: DbBackend) -> Vec<String> {
    kept_columns(
        "certification",
        "certification_known",
        &["known_seq"],
        backend,
    )
}

/// How much may be charged for management, and the cost categories of the charge.
pub(super) const OF_CHARGE_CAPS: &[Kept] = &[
    Kept {
        table: "charge_cap",
        set_once: &[],
        fixed: &[
            "id",
            "award_id",
            "pool_id",
            "seq",
            "starts_on",
            "basis",
            "share_bp",
            "amount",
            "charged_by",
            "agreed_by",
            "agreed_on",
            "source",
            "reason",
            "recorded_by",
            "recorded_at",
        ],
        no_delete: "1 = 1",
    },
    Kept {
        table: "charge_cap_category",
        set_once: &[],
        fixed: &["cap_id", "category_id"],
        no_delete: "1 = 1",
    },
];

/// The statements that keep how much may be charged for management.
pub(crate) fn of_charge_caps(backend: DbBackend) -> Vec<String> {
    made(OF_CHARGE_CAPS, backend)
}

/// Splits of spend, which are approved, withdrawn and ended once, and what they made of lines.
pub(super) const OF_APPORTIONMENTS: &[Kept] = &[
    Kept {
        table: "apportionment",
        set_once: &[
            "approved_by",
            "approved_at",
            "withdrawn_by",
            "withdrawn_at",
            "ends_on",
            "ended_by",
            "ended_because",
        ],
        fixed: &[
            "id",
            "number",
            "title",
            "cost_centre",
            "account",
            "category_id",
            "pool_id",
            "starts_on",
            "reason",
            "proposed_by",
            "proposed_at",
        ],
        no_delete: "1 = 1",
    },
    Kept {
        table: "apportionment_part",
        set_once: &[],
        fixed: &[
            "apportionment_id",
            "position",
            "pool_id",
            "category_id",
            "place",
            "share_bp",
        ],
        no_delete: "1 = 1",
    },
    Kept {
        table: "apportioned_line",
        set_once: &[],
        fixed: &["line_id", "of_line_id", "apportionment_id", "part"],
        no_delete: "1 = 1",
    },
];

/// Which runs wait for a person, and what was said of those that waited.
pub(super) const OF_PROPOSALS: &[Kept] = &[
    Kept {
        table: "pool_run_rule",
        set_once: &[],
        fixed: &[
            "id",
            "pool_id",
            "seq",
            "runs",
            "agreed_by",
            "reason",
            "recorded_by",
            "recorded_at",
        ],
        no_delete: "1 = 1",
    },
    Kept {
        table: "attribution_proposal",
        set_once: &[
            "set_aside_by",
            "set_aside_at",
            "reason",
            "applied_by",
            "applied_at",
        ],
        fixed: &[
            "run_id",
            "pool_id",
            "base_seq",
            "digest",
            "taken",
            "parts",
            "proposed_at",
        ],
        no_delete: "1 = 1",
    },
];

/// The statements that keep what was said of runs.
pub(crate) fn of_proposals(backend: DbBackend) -> Vec<String> {
    made(OF_PROPOSALS, backend)
}

/// The statements that keep splits of spend.
pub(crate) fn of_apportionments(backend: DbBackend) -> Vec<String> {
    made(OF_APPORTIONMENTS, backend)
}

/// The statements that keep the shares that rules have for one purpose.
pub(crate) fn of_policy_purposes(backend: DbBackend) -> Vec<String> {
    made(OF_POLICY_PURPOSES, backend)
}

/// The statements of the pool policies' step: the rule that each pool had becomes its first, and
/// then stands there alone.
pub(crate) fn of_pool_policies(backend: DbBackend) -> Vec<String> {
    let id = match backend {
        // sixteen bytes, as SQLite keeps an id
        DbBackend::Sqlite => "randomblob(16)",
        _ => "gen_random_uuid()",
    };
    let first = format!(
        "INSERT INTO pool_policy (id, pool_id, seq, policy, starts_on, agreed_by, minute, reason, \
           recorded_at) \
         SELECT {id}, id, 1, policy, policy_from, policy_agreed_by, '', '', created_at FROM pool"
    );
    let mut made = made(OF_POOL_POLICIES, backend);
    made.push(first);
    made.extend(
        ["policy", "policy_from", "policy_agreed_by"]
            .map(|column| format!("ALTER TABLE pool DROP COLUMN {column}")),
    );
    made
}
