//! What is kept for good of what funders said and were given.

use sea_orm::DbBackend;

use super::{Kept, made};

/// What a funder's officer asked, as they saw the figure, and what was answered.
pub(super) const OF_QUESTIONS: &[Kept] = &[
    Kept {
        table: "funder_question",
        set_once: &[],
        fixed: &[
            "id",
            "funder_id",
            "award_id",
            "return_id",
            "pool_id",
            "figure",
            "label",
            "seen",
            "seen_amount",
            "as_of",
            "asked_by",
            "asked_at",
        ],
        no_delete: "1 = 1",
    },
    Kept {
        table: "funder_question_event",
        set_once: &[],
        fixed: &[
            "id",
            "question_id",
            "seq",
            "kind",
            "words",
            "by_person",
            "at",
        ],
        no_delete: "1 = 1",
    },
];

/// Which documents were shared with a funder, and when that was taken back.
pub(super) const OF_SHARED_DOCUMENTS: &[Kept] = &[Kept {
    table: "document_share_event",
    set_once: &[],
    fixed: &[
        "id",
        "document_id",
        "award_id",
        "funder_id",
        "seq",
        "kind",
        "reason",
        "by_person",
        "at",
    ],
    no_delete: "1 = 1",
}];

/// The statements that keep what was shared with funders.
pub(crate) fn of_shared_documents(backend: DbBackend) -> Vec<String> {
    made(OF_SHARED_DOCUMENTS, backend)
}

/// The links that were sent to funders, and that they were opened.
pub(super) const OF_FUNDER_LINKS: &[Kept] = &[
    Kept {
        table: "funder_link",
        set_once: &["revoked_by", "revoked_at"],
        fixed: &[
            "id",
            "funder_id",
            "number",
            "contact_id",
            "mail_id",
            "for_whom",
            "ends_on",
            "made_by",
            "made_at",
        ],
        no_delete: "1 = 1",
    },
    Kept {
        table: "funder_link_secret",
        set_once: &[],
        fixed: &["id", "link_id", "token_hash", "made_at"],
        no_delete: "1 = 1",
    },
    Kept {
        table: "funder_link_opening",
        set_once: &["left_at"],
        fixed: &["id", "link_id", "at", "token_hash", "csrf"],
        no_delete: "1 = 1",
    },
];

/// The statements that keep links of funders.
pub(crate) fn of_funder_links(backend: DbBackend) -> Vec<String> {
    made(OF_FUNDER_LINKS, backend)
}

/// The statements that keep questions of funders.
pub(crate) fn of_questions(backend: DbBackend) -> Vec<String> {
    made(OF_QUESTIONS, backend)
}
