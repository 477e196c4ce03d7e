//! What is kept of awards: years, amendments, money, conditions, virements.

use sea_orm::DbBackend;

use super::{Kept, made};

/// What was agreed of award years.
pub(super) const OF_AWARD_YEARS: &[Kept] = &[Kept {
    table: "award_year_event",
    set_once: &[],
    fixed: &[
        "id",
        "year_id",
        "seq",
        "kind",
        "happened_on",
        "amount",
        "until_on",
        "with_whom",
        "recorded_by",
        "recorded_at",
    ],
    no_delete: "1 = 1",
}];

/// Amendments of awards: they take effect once.
pub(super) const OF_AMENDMENTS: &[Kept] = &[Kept {
    table: "award_amendment",
    set_once: &["before", "over_when_applied", "applied_at"],
    fixed: &[
        "id",
        "award_id",
        "seq",
        "effective_on",
        "reason",
        "with_whom",
        "change",
        "recorded_by",
        "recorded_at",
    ],
    no_delete: "1 = 1",
}];

/// The payment schedule, of which a payment may be taken out, and money in and out.
pub(super) const OF_PAYMENTS: &[Kept] = &[
    Kept {
        table: "award_payment",
        set_once: &["withdrawn_at", "withdrawn_because"],
        fixed: &[
            "id",
            "award_id",
            "due_on",
            "amount",
            "note",
            "recorded_by",
            "recorded_at",
        ],
        no_delete: "1 = 1",
    },
    Kept {
        table: "award_money",
        set_once: &[],
        fixed: &[
            "id",
            "award_id",
            "kind",
            "happened_on",
            "amount",
            "ledger_reference",
            "payment_id",
            "note",
            "corrects_id",
            "recorded_by",
            "recorded_at",
        ],
        no_delete: "1 = 1",
    },
];

/// What a condition of an award says, in versions, and what happened to it.
pub(super) const OF_CONDITIONS: &[Kept] = &[
    Kept {
        table: "award_condition",
        set_once: &[],
        fixed: &["id", "award_id", "seq", "recorded_by", "recorded_at"],
        no_delete: "1 = 1",
    },
    Kept {
        table: "award_condition_version",
        set_once: &[],
        fixed: &[
            "id",
            "condition_id",
            "revision",
            "title",
            "passage",
            "written_where",
            "kind",
            "due_on",
            "who_id",
            "reason",
            "recorded_by",
            "recorded_at",
        ],
        no_delete: "1 = 1",
    },
    Kept {
        table: "award_condition_event",
        set_once: &[],
        fixed: &[
            "id",
            "condition_id",
            "seq",
            "kind",
            "happened_on",
            "by_whom",
            "evidence",
            "reference",
            "recorded_by",
            "recorded_at",
        ],
        no_delete: "1 = 1",
    },
];

/// What was moved between fences of an award; one that waits takes effect once.
pub(super) const OF_VIREMENTS: &[Kept] = &[
    Kept {
        table: "award_virement",
        set_once: &["applied_at"],
        fixed: &[
            "id",
            "award_id",
            "seq",
            "from_fence_id",
            "to_fence_id",
            "amount",
            "moved_on",
            "reason",
            "needs_consent",
            "tolerance",
            "counted",
            "recorded_by",
            "recorded_at",
        ],
        no_delete: "1 = 1",
    },
    Kept {
        table: "award_virement_event",
        set_once: &[],
        fixed: &[
            "id",
            "virement_id",
            "seq",
            "kind",
            "happened_on",
            "with_whom",
            "reference",
            "recorded_by",
            "recorded_at",
        ],
        no_delete: "1 = 1",
    },
];

/// What letters of awards say. A passage is taken back once.
pub(super) const OF_LETTERS: &[Kept] = &[
    Kept {
        table: "award_letter",
        set_once: &[],
        fixed: &[
            "id",
            "award_id",
            "seq",
            "document_id",
            "file_id",
            "title",
            "pages",
            "read_by",
            "read_at",
        ],
        no_delete: "1 = 1",
    },
    Kept {
        table: "award_letter_page",
        set_once: &[],
        fixed: &["letter_id", "page", "words"],
        no_delete: "1 = 1",
    },
    Kept {
        table: "award_passage",
        set_once: &["withdrawn_by", "withdrawn_at", "withdrawal_reason"],
        fixed: &[
            "id",
            "award_id",
            "seq",
            "letter_id",
            "page",
            "term",
            "subject_id",
            "words",
            "typed",
            "recorded_by",
            "recorded_at",
        ],
        no_delete: "1 = 1",
    },
    Kept {
        table: "award_acceptance",
        set_once: &[],
        fixed: &[
            "id",
            "passage_id",
            "seq",
            "stood",
            "accepted_on",
            "accepted_by",
            "accepted_at",
        ],
        no_delete: "1 = 1",
    },
];

/// The statements that keep letters of awards and what they say.
pub(crate) fn of_letters(backend: DbBackend) -> Vec<String> {
    made(OF_LETTERS, backend)
}

/// The statements that keep virements.
pub(crate) fn of_virements(backend: DbBackend) -> Vec<String> {
    made(OF_VIREMENTS, backend)
}

/// The statements that keep conditions of awards.
pub(crate) fn of_conditions(backend: DbBackend) -> Vec<String> {
    made(OF_CONDITIONS, backend)
}

/// The statements that keep payments.
pub(crate) fn of_payments(backend: DbBackend) -> Vec<String> {
    made(OF_PAYMENTS, backend)
}

/// The statements that keep amendments.
pub(crate) fn of_amendments(backend: DbBackend) -> Vec<String> {
    made(OF_AMENDMENTS, backend)
}

/// The statements of the award years' step: triggers; and an award that was made without years gets
/// one of its whole window, with the row that racing attributions meet.
pub(crate) fn of_award_years(backend: DbBackend) -> Vec<String> {
    let id = match backend {
        // sixteen bytes, as SQLite keeps an id
        DbBackend::Sqlite => "randomblob(16)",
        _ => "gen_random_uuid()",
    };
    let years = format!(
        "INSERT INTO award_year (id, award_id, starts_on, ends_on, amount, standing, \
           carry_forward, created_at) \
         SELECT {id}, id, starts_on, ends_on, amount, 'confirmed', 'none', created_at FROM award"
    );
    let guards = format!(
        "INSERT INTO balance (id, kind, subject_id, cap, attributed) \
         SELECT {id}, 'award-year', award_year.id, balance.cap, balance.attributed \
         FROM award_year JOIN balance ON balance.subject_id = award_year.award_id"
    );
    let mut made = made(OF_AWARD_YEARS, backend);
    made.extend([years, guards]);
    made
}

/// A funder's budget lines as they were said.
pub(super) const OF_CATEGORY_MAPS: &[Kept] = &[
    Kept {
        table: "category_map",
        set_once: &[],
        fixed: &[
            "id",
            "award_id",
            "seq",
            "said_in",
            "recorded_by",
            "recorded_at",
        ],
        no_delete: "1 = 1",
    },
    Kept {
        table: "category_map_line",
        set_once: &[],
        fixed: &["id", "map_id", "position", "name", "budget", "pays_for"],
        no_delete: "1 = 1",
    },
    Kept {
        table: "category_map_category",
        set_once: &[],
        fixed: &["line_id", "category_id"],
        no_delete: "1 = 1",
    },
];

/// The statements that keep budget lines.
pub(crate) fn of_category_maps(backend: DbBackend) -> Vec<String> {
    made(OF_CATEGORY_MAPS, backend)
}
