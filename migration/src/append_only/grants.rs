//! Published grants: what is kept of each file.

use sea_orm::DbBackend;

use super::{Kept, made};

/// A published grant is never changed: a newer file of its funder adds a further row, which supersedes.
/// What is read of a file that does not count yet may go, and be read anew.
pub(super) const OF_GRANTS: &[Kept] = &[
    Kept {
        table: "published_grant",
        set_once: &[],
        fixed: &[
            "id",
            "import_id",
            "row_no",
            "identifier",
            "title",
            "description",
            "amount",
            "awarded_on",
            "starts_on",
            "ends_on",
            "months",
            "programme",
            "funder_org_id",
            "funder_name",
            "recipient_org_id",
            "recipient_name",
            "modified_at",
            "content_hash",
        ],
        no_delete: COMPLETE,
    },
    Kept {
        table: "grant_import_fault",
        set_once: &[],
        fixed: &["import_id", "row_no", "place", "identifier", "message"],
        no_delete: COMPLETE,
    },
];

/// The file that a row came with counts.
const COMPLETE: &str = "EXISTS (SELECT 1 FROM grant_import i \
                        WHERE i.id = OLD.import_id AND i.state = 'complete')";

/// The triggers of published grants.
pub(crate) fn of_grants(backend: DbBackend) -> Vec<String> {
    made(OF_GRANTS, backend)
}
