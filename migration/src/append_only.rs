//! Triggers that keep the record append-only, whoever writes: rows that were written down for good
//! are neither changed nor removed, but for what the house itself must do with them.
//!
//! The two databases spell triggers differently, so they are made here from one list.

use sea_orm::DbBackend;

mod awards;
mod funders;
mod grants;
mod pools;

pub(crate) use awards::{
    of_amendments, of_award_years, of_category_maps, of_conditions, of_letters, of_payments,
    of_virements,
};
pub(crate) use funders::{of_funder_links, of_questions, of_shared_documents};
pub(crate) use grants::of_grants;
pub(crate) use pools::{
    of_apportionments, of_balance_rules, of_certified_attributions, of_charge_caps,
    of_contributions, of_disclosures, of_pins, of_policy_purposes, of_pool_policies, of_proposals,
};

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

/// A document stays, also when it is taken out of what people are shown.
const OF_DOCUMENTS: &[Kept] = &[Kept {
    table: "record_document",
    set_once: &["removed_by", "removed_at", "removal_reason"],
    fixed: &[
        "id",
        "subject_kind",
        "subject_id",
        "file_id",
        "title",
        "added_by",
        "added_at",
    ],
    no_delete: "1 = 1",
}];

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

/// What the ledger file's step added. Of a row of the map only its end may be stated; a line that
/// waits is coded once.
const OF_THE_LEDGER: &[Kept] = &[
    Kept {
        table: "coding_map_row",
        set_once: &[],
        fixed: &[
            "id",
            "cost_centre",
            "account",
            "project",
            "valid_from",
            "pool_id",
            "category_id",
            "place",
            "people_group",
            "capital",
            "replaces_id",
            "created_at",
            "created_by",
        ],
        no_delete: "1 = 1",
    },
    Kept {
        table: "waiting_line",
        set_once: &["coded_by_import_id"],
        fixed: &[
            "id",
            "import_id",
            "row_no",
            "identity",
            "cost_centre",
            "account",
            "project",
            "supplier",
            "description",
            "incurred_on",
            "ledger_month",
            "amount",
            "draft",
            "suspect_of",
        ],
        no_delete: "EXISTS (SELECT 1 FROM spend_import i \
                    WHERE i.id = OLD.import_id AND i.state = 'accepted')",
    },
    Kept {
        table: "ledger_balance",
        set_once: &["superseded_at"],
        fixed: &[
            "id",
            "cost_centre",
            "month",
            "amount",
            "stated_at",
            "stated_by",
        ],
        no_delete: "1 = 1",
    },
];

/// What the boards were asked, said and decided. A vote is taken back by another one.
const OF_DECISIONS: &[Kept] = &[
    Kept {
        table: "board_quorum",
        set_once: &[],
        fixed: &[
            "id",
            "board",
            "members",
            "valid_from",
            "minute",
            "recorded_by",
            "recorded_at",
        ],
        no_delete: "1 = 1",
    },
    Kept {
        table: "paper_version",
        set_once: &[],
        fixed: &[
            "id",
            "paper_id",
            "revision",
            "title",
            "why",
            "pool_id",
            "amount",
            "purpose",
            "provider_id",
            "requested_by",
            "decide_by_on",
            "decide_by_at",
            "written_by",
            "written_at",
        ],
        no_delete: "1 = 1",
    },
    Kept {
        table: "vote",
        set_once: &["superseded_at"],
        fixed: &[
            "id",
            "paper_id",
            "revision",
            "board",
            "person_id",
            "choice",
            "words",
            "cast_at",
        ],
        no_delete: "1 = 1",
    },
    Kept {
        table: "board_decision",
        set_once: &[],
        fixed: &[
            "id",
            "paper_id",
            "revision",
            "board",
            "outcome",
            "decided_on",
            "minute",
            "quorum",
            "agreed",
            "changes",
            "against",
            "conflicts",
            "free",
            "recorded_by",
            "recorded_at",
        ],
        no_delete: "1 = 1",
    },
    Kept {
        table: "allocation",
        set_once: &[],
        fixed: &[
            "id",
            "paper_id",
            "revision",
            "pool_id",
            "amount",
            "purpose",
            "provider_id",
            "trustees_decision_id",
            "committee_decision_id",
            "decided_on",
            "made_at",
        ],
        no_delete: "1 = 1",
    },
];

/// What was agreed with providers, in versions, and what they were told.
const OF_COMMITMENTS: &[Kept] = &[
    Kept {
        table: "commitment_version",
        set_once: &[],
        fixed: &[
            "id",
            "commitment_id",
            "revision",
            "title",
            "pool_id",
            "category_id",
            "place",
            "people_group",
            "allocation_id",
            "supplier",
            "starts_on",
            "ends_on",
            "notice_days",
            "effective_on",
            "reason",
            "recorded_by",
            "recorded_at",
        ],
        no_delete: "1 = 1",
    },
    Kept {
        table: "commitment_month",
        set_once: &[],
        fixed: &["commitment_id", "revision", "month", "amount"],
        no_delete: "1 = 1",
    },
    Kept {
        table: "commitment_award",
        set_once: &[],
        fixed: &["commitment_id", "revision", "award_id"],
        no_delete: "1 = 1",
    },
    Kept {
        table: "commitment_notice",
        set_once: &[],
        fixed: &[
            "id",
            "commitment_id",
            "revision",
            "goes_on",
            "told_on",
            "words",
            "recorded_by",
            "recorded_at",
        ],
        no_delete: "1 = 1",
    },
];

/// The columns that spend lines were given with it.
const CODES_OF_LINES: &[&str] = &["cost_centre", "account", "project", "coding_id"];

/// Triggers that keep columns which a table was given later.
fn kept_columns(table: &str, name: &str, columns: &[&str], backend: DbBackend) -> Vec<String> {
    let differs = match backend {
        DbBackend::Sqlite => "IS NOT",
        _ => "IS DISTINCT FROM",
    };
    let changed = columns
        .iter()
        .map(|column| format!("OLD.{column} {differs} NEW.{column}"))
        .collect::<Vec<_>>()
        .join(" OR ");
    let message = format!("rows of {table} are kept as they were written");
    match backend {
        DbBackend::Sqlite => vec![format!(
            "CREATE TRIGGER no_change_{name} BEFORE UPDATE ON {table} WHEN {changed} \
             BEGIN SELECT RAISE(ABORT, '{message}'); END"
        )],
        _ => vec![
            format!(
                "CREATE FUNCTION no_change_{name}() RETURNS trigger LANGUAGE plpgsql AS $$ \
                 BEGIN IF {changed} THEN RAISE EXCEPTION '{message}'; END IF; RETURN NEW; END $$"
            ),
            format!(
                "CREATE TRIGGER no_change_{name} BEFORE UPDATE ON {table} \
                 FOR EACH ROW EXECUTE FUNCTION no_change_{name}()"
            ),
        ],
    }
}

/// Journals: what was prepared stays, and is approved once.
const OF_JOURNALS: &[Kept] = &[
    Kept {
        table: "journal_version",
        set_once: &["approved_by", "approved_at"],
        fixed: &[
            "journal_id",
            "revision",
            "reason",
            "evidence",
            "total",
            "prepared_by",
            "prepared_at",
        ],
        no_delete: "1 = 1",
    },
    Kept {
        table: "journal_line",
        set_once: &[],
        fixed: &[
            "journal_id",
            "revision",
            "line_no",
            "incurred_on",
            "pool_id",
            "category_id",
            "capital",
            "amount",
            "description",
            "ledger_ref",
            "cost_centre",
        ],
        no_delete: "1 = 1",
    },
    Kept {
        table: "journal_event",
        set_once: &[],
        fixed: &[
            "id",
            "journal_id",
            "revision",
            "kind",
            "words",
            "happened_by",
            "happened_at",
        ],
        no_delete: "1 = 1",
    },
];

/// What is decided about a line that is gone is decided once.
const OF_GONE_LINES: &[Kept] = &[Kept {
    table: "gone_line",
    set_once: &["resolution", "reason", "resolved_by", "resolved_at"],
    fixed: &["import_id", "line_id", "amount"],
    no_delete: "OLD.resolution IS NOT NULL",
}];

/// When an award was suspended; that it goes on is recorded once.
const OF_SUSPENSIONS: &[Kept] = &[Kept {
    table: "award_suspension",
    set_once: &[
        "resumed_on",
        "resumed_why",
        "resumed_told_by",
        "resumed_recorded_by",
        "resumed_at",
    ],
    fixed: &[
        "id",
        "award_id",
        "seq",
        "from_on",
        "why",
        "told_by",
        "pays_on",
        "recorded_by",
        "recorded_at",
    ],
    no_delete: "1 = 1",
}];

/// The statements that keep suspensions.
pub(crate) fn of_suspensions(backend: DbBackend) -> Vec<String> {
    made(OF_SUSPENSIONS, backend)
}

/// When an award was closed and what it came to; that it is open again is recorded once.
const OF_CLOSURES: &[Kept] = &[Kept {
    table: "award_closure",
    set_once: &[
        "reopened_on",
        "reopened_why",
        "reopened_told_by",
        "reopened_recorded_by",
        "reopened_at",
    ],
    fixed: &[
        "id",
        "award_id",
        "seq",
        "closed_on",
        "why",
        "told_by",
        "overridden",
        "despite",
        "closed_seq",
        "attributed",
        "payable",
        "received",
        "repaid",
        "claimed",
        "kept",
        "owed_to_us",
        "to_repay",
        "recorded_by",
        "recorded_at",
    ],
    no_delete: "1 = 1",
}];

/// The statements that keep closures.
pub(crate) fn of_closures(backend: DbBackend) -> Vec<String> {
    made(OF_CLOSURES, backend)
}

/// The triggers of lines that are gone.
pub(crate) fn of_gone_lines(backend: DbBackend) -> Vec<String> {
    made(OF_GONE_LINES, backend)
}

/// Journals are kept as they were prepared, and so is which line a line takes back.
pub(crate) fn of_journals(backend: DbBackend) -> Vec<String> {
    let mut made = made(OF_JOURNALS, backend);
    made.extend(kept_columns(
        "spend_line",
        "spend_line_reversal",
        &["reverses_id"],
        backend,
    ));
    made
}

/// The contract's number of a line is kept as it came.
pub(crate) fn of_references(backend: DbBackend) -> Vec<String> {
    kept_columns(
        "spend_line",
        "spend_line_reference",
        &["commitment_ref"],
        backend,
    )
}

/// The statements of the ledger file's step: triggers, and what earlier imports come to by month.
pub(crate) fn of_the_ledger(backend: DbBackend) -> Vec<String> {
    let differs = match backend {
        DbBackend::Sqlite => "IS NOT",
        _ => "IS DISTINCT FROM",
    };
    let changed = CODES_OF_LINES
        .iter()
        .map(|column| format!("OLD.{column} {differs} NEW.{column}"))
        .collect::<Vec<_>>()
        .join(" OR ");
    let (first_of, codes) = match backend {
        DbBackend::Sqlite => (
            "date(incurred_on, 'start of month')",
            vec![format!(
                "CREATE TRIGGER no_change_spend_line_codes BEFORE UPDATE ON spend_line \
                 WHEN {changed} \
                 BEGIN SELECT RAISE(ABORT, 'rows of spend_line are kept as they were written'); END"
            )],
        ),
        _ => (
            "CAST(date_trunc('month', incurred_on) AS date)",
            vec![
                format!(
                    "CREATE FUNCTION no_change_spend_line_codes() RETURNS trigger \
                     LANGUAGE plpgsql AS $$ BEGIN IF {changed} THEN RAISE EXCEPTION \
                     'rows of spend_line are kept as they were written'; END IF; \
                     RETURN NEW; END $$"
                ),
                "CREATE TRIGGER no_change_spend_line_codes BEFORE UPDATE ON spend_line \
                 FOR EACH ROW EXECUTE FUNCTION no_change_spend_line_codes()"
                    .to_owned(),
            ],
        ),
    };
    let kept = made(OF_THE_LEDGER, backend);
    let totals = format!(
        "INSERT INTO ledger_total (import_id, cost_centre, month, lines, amount) \
         SELECT import_id, '', COALESCE(ledger_month, {first_of}), COUNT(*), SUM(amount) \
         FROM spend_line GROUP BY import_id, COALESCE(ledger_month, {first_of})"
    );
    kept.into_iter().chain(codes).chain([totals]).collect()
}

/// The statements that make the triggers.
pub(crate) fn statements(backend: DbBackend) -> Vec<String> {
    made(KEPT, backend)
}

/// The triggers of attributions, for when their table is made anew.
pub(crate) fn of_attributions(backend: DbBackend) -> Vec<String> {
    let all = KEPT.iter().filter(|kept| kept.table == "attribution");
    all.flat_map(|kept| kept.made(backend)).collect()
}

/// The same for the record of applications.
pub(crate) fn of_applications(backend: DbBackend) -> Vec<String> {
    made(KEPT_OF_APPLICATIONS, backend)
}

/// The same for what the boards decide.
pub(crate) fn of_decisions(backend: DbBackend) -> Vec<String> {
    made(OF_DECISIONS, backend)
}

/// The same for what was agreed with providers.
pub(crate) fn of_commitments(backend: DbBackend) -> Vec<String> {
    made(OF_COMMITMENTS, backend)
}

/// The same for the documents beside records.
pub(crate) fn of_documents(backend: DbBackend) -> Vec<String> {
    made(OF_DOCUMENTS, backend)
}

/// Why a finding may stand is kept as it was said, whatever is found later.
pub(crate) fn of_silenced(backend: DbBackend) -> Vec<String> {
    made(
        &[Kept {
            table: "silenced_finding",
            set_once: &[],
            fixed: &[
                "id",
                "return_id",
                "code",
                "cell",
                "found",
                "reason",
                "silenced_by",
                "silenced_at",
            ],
            no_delete: "1 = 1",
        }],
        backend,
    )
}

/// So is that it was taken back.
pub(crate) fn of_reasons_taken_back(backend: DbBackend) -> Vec<String> {
    made(
        &[Kept {
            table: "reason_taken_back",
            set_once: &[],
            fixed: &["silenced_id", "taken_back_by", "taken_back_at"],
            no_delete: "1 = 1",
        }],
        backend,
    )
}

fn made(kept: &[Kept], backend: DbBackend) -> Vec<String> {
    kept.iter().flat_map(|kept| kept.made(backend)).collect()
}

impl Kept {
    fn made(&self, backend: DbBackend) -> Vec<String> {
        match backend {
            DbBackend::Sqlite => self.sqlite(),
            _ => self.postgres(),
        }
    }

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
mod tests;
