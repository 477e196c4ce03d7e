//! What became of the rows of a file, in rows and pounds.

use domain::imports::view::ImportView;
use entity::{GoneResolution, ImportState};

use super::parts::{count, grouped, money};

pub struct Count {
    pub label: String,
    pub rows: String,
    pub amount: String,
    pub href: String,
}

pub fn counts(import: &ImportView) -> Vec<Count> {
    let row = |label: &str, rows: i64, pence: Option<i64>, href: &str| Count {
        label: label.to_owned(),
        rows: grouped(rows),
        amount: pence.map_or_else(|| "not known".to_owned(), money),
        href: href.to_owned(),
    };
    let faulty = (import.rows_amount_unknown == 0).then_some(import.sum_faulty_pence);
    let right = if import.state == ImportState::Accepted {
        format!("/spend?import_id={}", import.id)
    } else {
        String::new()
    };
    let mut counts = vec![
        row(
            "Right",
            import.rows_loaded,
            Some(import.sum_loaded_pence),
            &right,
        ),
        row("With a fault", import.rows_faulty, faulty, "#faults"),
        row(
            "Set aside by name",
            import.rows_set_aside,
            Some(import.sum_set_aside_pence),
            "#faults",
        ),
    ];
    if import.rows_faulty == 0 {
        counts.retain(|count| count.label != "With a fault");
    }
    if import.rows_set_aside == 0 {
        counts.retain(|count| count.label != "Set aside by name");
    }
    if import.rows_uncoded > 0 {
        let accepted = import.state == ImportState::Accepted;
        if !accepted {
            counts.push(row(
                "No row of the coding map is for them",
                import.rows_uncoded,
                Some(import.sum_uncoded_pence),
                "/coding-map",
            ));
        } else {
            counts.push(row(
                "Coded since",
                import.rows_uncoded - import.rows_to_code,
                Some(import.sum_uncoded_pence - import.sum_to_code_pence),
                &right,
            ));
            counts.push(row(
                "Waiting to be coded",
                import.rows_to_code,
                Some(import.sum_to_code_pence),
                "/waiting-lines",
            ));
        }
    }
    if import.rows_replaced > 0 {
        counts.push(row(
            "Earlier lines taken back (no rows of the file)",
            import.rows_replaced,
            Some(import.sum_replaced_pence),
            &right,
        ));
    }
    if import.rows_known > 0 {
        counts.push(row(
            "Loaded before, the same",
            import.rows_known,
            Some(import.sum_known_pence),
            "",
        ));
    }
    counts.push(Count {
        label: "Control total".to_owned(),
        rows: String::new(),
        amount: import.control_total_pence.map_or_else(String::new, money),
        href: String::new(),
    });
    counts.push(Count {
        label: "Difference to the control total".to_owned(),
        rows: String::new(),
        amount: import
            .difference_pence
            .map_or_else(|| "not known".to_owned(), money),
        href: String::new(),
    });
    if import.rows_skipped > 0 {
        counts.push(Count {
            label: "Headings and totals, not spend".to_owned(),
            rows: grouped(import.rows_skipped),
            amount: String::new(),
            href: String::new(),
        });
    }
    counts
}

/// What accepting a file takes back, if it takes anything back.
pub fn taken_back(import: &ImportView) -> String {
    match import.rows_replaced {
        0 => String::new(),
        lines => format!(
            "{} of {} from earlier files {} taken back. A return that was sent stays as it was sent; \
             where it would say otherwise today, its page says so. ",
            count(lines, "line", "lines"),
            money(import.sum_replaced_pence.saturating_abs()),
            if lines == 1 { "is" } else { "are" }
        ),
    }
}

/// "2 lines of £1,000.00 that the file does not have any more were taken back".
pub fn gone_in_words(detail: &serde_json::Value, decision: &str) -> String {
    let number = |name: &str| detail.get(name).and_then(serde_json::Value::as_i64);
    let lines = number("lines").unwrap_or_default();
    let which: Vec<&str> = detail
        .get("which")
        .and_then(serde_json::Value::as_array)
        .into_iter()
        .flatten()
        .filter_map(serde_json::Value::as_str)
        .collect();
    let more = lines - i64::try_from(which.len()).unwrap_or(0);
    let which = match (which.is_empty(), more) {
        (true, _) => String::new(),
        (false, more) if more > 0 => format!(": {}; and {more} more", which.join("; ")),
        (false, _) => format!(": {}", which.join("; ")),
    };
    format!(
        "{} of {} that the file does not have any more {}{which}",
        count(lines, "line", "lines"),
        money(number("amount_pence").unwrap_or_default()),
        match (decision == GoneResolution::TakenBack.slug(), lines) {
            (true, 1) => "was taken back",
            (true, _) => "were taken back",
            (false, 1) => "was left as it is",
            (false, _) => "were left as they are",
        }
    )
}

/// Where a file stands, in a sentence or two.
pub fn sentence(import: &ImportView) -> String {
    let loaded = count(import.rows_loaded, "row is", "rows are");
    let known = all_known(import);
    match import.state {
        ImportState::Waiting | ImportState::Ready if known && import.waits_for.is_empty() => {
            format!(
                "Nothing in this file is new: {} of {} {} loaded before, from earlier files. Accepting it \
             counts nothing twice; it only says that the ledger was loaded up to its last day.",
                count(import.rows_known, "line", "lines"),
                money(import.sum_known_pence),
                if import.rows_known == 1 {
                    "was"
                } else {
                    "were"
                },
            )
        }
        ImportState::Accepted if known => format!(
            "Nothing in this file was new: {} of {} had been loaded before, from earlier files, and \
             {} once. The ledger is loaded up to its last day.",
            count(import.rows_known, "line", "lines"),
            money(import.sum_known_pence),
            if import.rows_known == 1 {
                "counts"
            } else {
                "count"
            },
        ),
        ImportState::Reading => "The file is being read. Nothing of it counts yet.".to_owned(),
        ImportState::Waiting | ImportState::Ready if !import.waits_for.is_empty() => format!(
            "{loaded} right. Until the whole file is, none counts. {}",
            import.waits_for.join(" ")
        ),
        ImportState::Waiting | ImportState::Ready => format!(
            "Every row is settled and the file agrees with its control total: it can be accepted. \
             {loaded} right.",
        ),
        ImportState::Accepted => {
            let coded = import.rows_uncoded - import.rows_to_code;
            let coded_pence = import.sum_uncoded_pence - import.sum_to_code_pence;
            let mut text = format!(
                "{} of {} {}.",
                count(import.rows_loaded + coded, "line", "lines"),
                money(import.sum_loaded_pence + coded_pence),
                if import.rows_loaded + coded == 1 {
                    "counts"
                } else {
                    "count"
                }
            );
            if import.rows_replaced > 0 {
                text.push_str(&format!(
                    " {} of earlier files {} taken back: {}.",
                    count(import.rows_replaced, "line", "lines"),
                    if import.rows_replaced == 1 {
                        "is"
                    } else {
                        "are"
                    },
                    money(import.sum_replaced_pence)
                ));
            }
            if import.rows_to_code > 0 {
                text.push_str(&format!(
                    " {} of {} {} to be coded.",
                    count(import.rows_to_code, "line", "lines"),
                    money(import.sum_to_code_pence),
                    if import.rows_to_code == 1 {
                        "waits"
                    } else {
                        "wait"
                    }
                ));
            }
            text
        }
        ImportState::Abandoned => "This file was given up. Nothing of it counts.".to_owned(),
        ImportState::Failed => import.failure.clone().unwrap_or_default(),
    }
}

/// Whether a file has lines, and all of them were loaded before.
const fn all_known(import: &ImportView) -> bool {
    import.rows_known > 0
        && import.rows_loaded == 0
        && import.rows_uncoded == 0
        && import.rows_replaced == 0
        && import.rows_set_aside == 0
        && import.rows_faulty == 0
}
