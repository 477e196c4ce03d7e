//! Triggers that keep the record append-only, whoever writes: rows that were written down for good
//! are neither changed nor removed, but for what the house itself must do with them.
//!
//! The two databases spell triggers differently, so they are made here from one list.

use sea_orm::DbBackend;

/// Which rows of a table are written for good.
struct Kept {
    table: &'static str,
    /// Columns that may be set once, from nothing to something; all others never change.
    set_once: &'static [&'static str],
    /// Its other columns.
    fixed: &'static [&'static str],
    /// Rows for which a removal is refused: an expression over `OLD`.
    no_delete: &'static str,
}

const KEPT: &[Kept] = &[
    // Sealing sets the link of an entry, once.
    Kept {
        table: "audit_entry",
        set_once: &["sealed_seq", "chain_hash"],
        fixed: &[
            "id",
            "at",
            "actor_kind",
            "actor_id",
            "command",
            "subject_kind",
            "subject_id",
            "detail",
            "request_id",
            "personal_hash",
        ],
        no_delete: "1 = 1",
    },
    // Lines of an import that nobody accepted are swept.
    Kept {
        table: "spend_line",
        set_once: &[],
        fixed: &[
            "id",
            "import_id",
            "row_no",
            "identity",
            "transaction_ref",
            "line_ref",
            "incurred_on",
            "posted_on",
            "ledger_month",
            "kind",
            "amount",
            "capital",
            "pool_id",
            "category_id",
            "place",
            "people_group",
            "supplier",
            "description",
            "suspect",
            "suspect_of",
        ],
        no_delete: "EXISTS (SELECT 1 FROM spend_import i \
                    WHERE i.id = OLD.import_id AND i.state = 'accepted')",
    },
    // Attributions of a run that was given up are swept.
    Kept {
        table: "attribution",
        set_once: &[],
        fixed: &["id", "run_id", "line_id", "award_id", "fence_id", "amount"],
        no_delete: "EXISTS (SELECT 1 FROM attribution_run r \
                    WHERE r.id = OLD.run_id AND r.state = 'accepted')",
    },
    // A signature is withdrawn when the return is opened again.
    Kept {
        table: "certification",
        set_once: &["withdrawn_at"],
        fixed: &[
            "id",
            "return_id",
            "revision",
            "office",
            "statement",
            "certified_by",
            "certified_at",
            "content_hash",
            "file_id",
            "file_sha256",
            "signed_by",
            "signed_on",
            "paper_file_id",
            "paper_sha256",
        ],
        no_delete: "1 = 1",
    },
    Kept {
        table: "return_event",
        set_once: &[],
        fixed: &[
            "id",
            "return_id",
            "seq",
            "kind",
            "at",
            "by_person",
            "revision",
            "reason",
            "detail",
        ],
        no_delete: "1 = 1",
    },
    Kept {
        table: "sending",
        set_once: &[],
        fixed: &[
            "id",
            "return_id",
            "revision",
            "sent_at",
            "how",
            "to_whom",
            "receipt",
            "receipt_file_id",
            "file_sha256",
            "recorded_by",
            "recorded_at",
        ],
        no_delete: "1 = 1",
    },
];

/// What was decided, sent, offered and happened of an application, and every answer that ever stood.
const KEPT_OF_APPLICATIONS: &[Kept] = &[
    Kept {
        table: "application_answer",
        set_once: &["superseded_at"],
        fixed: &[
            "id",
            "question_id",
            "value",
            "copied_from_id",
            "entered_by",
            "entered_at",
        ],
        no_delete: "1 = 1",
    },
    Kept {
        table: "application_decision",
        set_once: &[],
        fixed: &[
            "id",
            "application_id",
            "go",
            "decided_on",
            "decided_by",
            "minute",
            "asked",
            "recorded_by",
            "recorded_at",
        ],
        no_delete: "1 = 1",
    },
    Kept {
        table: "application_submission",
        set_once: &[],
        fixed: &[
            "id",
            "application_id",
            "stage",
            "submitted_at",
            "how",
            "to_whom",
            "receipt",
            "receipt_file_id",
            "content",
            "content_hash",
            "recorded_by",
            "recorded_at",
        ],
        no_delete: "1 = 1",
    },
    Kept {
        table: "application_offer",
        set_once: &["superseded_at"],
        fixed: &[
            "id",
            "application_id",
            "reference",
            "offered_on",
            "starts_on",
            "ends_on",
            "accept_by_on",
            "accept_by_at",
            "conditions",
            "recorded_by",
            "recorded_at",
        ],
        no_delete: "1 = 1",
    },
    Kept {
        table: "application_offer_year",
        set_once: &[],
        fixed: &["offer_id", "year_from", "amount"],
        no_delete: "1 = 1",
    },
    Kept {
        table: "application_event",
        set_once: &[],
        fixed: &[
            "id",
            "application_id",
            "seq",
            "kind",
            "happened_on",
            "at",
            "by_person",
            "reason",
        ],
        no_delete: "1 = 1",
    },
];

/// The statements that make the triggers.
pub(crate) fn statements(backend: DbBackend) -> Vec<String> {
    made(KEPT, backend)
}

/// The same for the record of applications.
pub(crate) fn of_applications(backend: DbBackend) -> Vec<String> {
    made(KEPT_OF_APPLICATIONS, backend)
}

fn made(kept: &[Kept], backend: DbBackend) -> Vec<String> {
    kept.iter()
        .flat_map(|kept| match backend {
            DbBackend::Sqlite => kept.sqlite(),
            _ => kept.postgres(),
        })
        .collect()
}

impl Kept {
    fn message(&self) -> String {
        format!("rows of {} are kept as they were written", self.table)
    }

    /// An expression that is true of an update that must not be.
    fn changes(&self, differs: &str) -> String {
        let fixed = self
            .fixed
            .iter()
            .map(|column| format!("OLD.{column} {differs} NEW.{column}"));
        let once = self.set_once.iter().map(|column| {
            format!("(OLD.{column} IS NOT NULL AND OLD.{column} {differs} NEW.{column})")
        });
        fixed.chain(once).collect::<Vec<_>>().join(" OR ")
    }

    fn sqlite(&self) -> Vec<String> {
        let (table, message) = (self.table, self.message());
        [
            ("change", "UPDATE", self.changes("IS NOT")),
            ("remove", "DELETE", self.no_delete.to_owned()),
        ]
        .map(|(what, event, when)| {
            format!(
                "CREATE TRIGGER no_{what}_{table} BEFORE {event} ON {table} WHEN {when} \
                 BEGIN SELECT RAISE(ABORT, '{message}'); END"
            )
        })
        .into()
    }

    fn postgres(&self) -> Vec<String> {
        let (table, message) = (self.table, self.message());
        let mut made = Vec::new();
        for (what, event, when, back) in [
            ("change", "UPDATE", self.changes("IS DISTINCT FROM"), "NEW"),
            ("remove", "DELETE", self.no_delete.to_owned(), "OLD"),
        ] {
            made.push(format!(
                "CREATE FUNCTION no_{what}_{table}() RETURNS trigger LANGUAGE plpgsql AS $$ \
                 BEGIN IF {when} THEN RAISE EXCEPTION '{message}'; END IF; RETURN {back}; END $$"
            ));
            made.push(format!(
                "CREATE TRIGGER no_{what}_{table} BEFORE {event} ON {table} \
                 FOR EACH ROW EXECUTE FUNCTION no_{what}_{table}()"
            ));
        }
        made
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    /// A column that is added to such a table is kept as well, or says here that it is not.
    #[test]
    fn every_column_of_these_tables_is_named() {
        let sql = concat!(
            include_str!("sql/0001_the_house.sql"),
            include_str!("sql/0004_applications.sql")
        );
        for kept in KEPT.iter().chain(KEPT_OF_APPLICATIONS) {
            let body = sql
                .split(&format!("CREATE TABLE {} (", kept.table))
                .nth(1)
                .and_then(|rest| rest.split("\n);").next())
                .unwrap_or_default();
            let columns: BTreeSet<&str> = body
                .lines()
                .filter_map(|line| line.trim().split(' ').next())
                .filter(|word| word.starts_with(|c: char| c.is_ascii_lowercase()))
                .collect();
            let named: BTreeSet<&str> = kept.fixed.iter().chain(kept.set_once).copied().collect();
            assert_eq!(columns, named, "{}", kept.table);
        }
    }
}
