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
    format!(
        "{} of {} that the file does not have any more {}",
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
