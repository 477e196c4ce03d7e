//! Drafting: from the facts, once, in the funder's own workbook; and every figure adds up.

use std::collections::BTreeMap;
use std::io::Cursor;

use calamine::{Data, Reader, Xlsx, open_workbook_from_rs};
use entity::{GrantReturnId, ReturnState};
use serde_json::json;

use super::house::{House, at, day, on_both};
use crate::Error;
use crate::returns::ops::{self, DraftReport, NewAnswer};
use crate::returns::view;

/// Every cell of a workbook that holds something, formulas' values included.
pub(super) fn cells(bytes: Vec<u8>) -> BTreeMap<String, String> {
    let mut book: Xlsx<_> = open_workbook_from_rs(Cursor::new(bytes)).unwrap();
    let mut cells = BTreeMap::new();
    for sheet in book.sheet_names() {
        let range = book.worksheet_range(&sheet).unwrap();
        let (top, left) = range.start().unwrap_or_default();
        for (row, col, value) in range.used_cells() {
            if *value != Data::Empty {
                let column = char::from(b'A' + u8::try_from(left as usize + col).unwrap());
                cells.insert(
                    format!("{sheet}!{column}{}", top as usize + row + 1),
                    value.to_string(),
                );
            }
        }
    }
    cells
}

async fn workbook(house: &House, id: GrantReturnId) -> Vec<u8> {
    view::workbook(&house.db, &house.officer, &house.workbooks, id)
        .await
        .unwrap()
        .bytes
}

/// A pound in the first quarter and one in the second.
async fn begin(house: &House) -> GrantReturnId {
    house
        .load(
            "2026-06-12",
            &[
                ("2026-04-10", 1_000_00, false, true),
                ("2026-05-20", 2_500_50, false, true),
                ("2026-06-01", 4_000_00, true, true),
                ("2026-06-02", 7_77, false, false),
            ],
        )
        .await;
    house.require(false, &["Treasurer"]).await;
    house.draft().await;
    house.of_quarter("2026-04-01").await.id
}

#[test]
fn what_has_ended_is_drafted_and_what_runs_is_scheduled() {
    on_both(async |house| {
        let id = begin(house).await;
        let row = house.of_quarter("2026-04-01").await;
        assert_eq!(row.state, ReturnState::Drafted);
        assert_eq!(
            row.rests_on,
            "Spend loaded to 12 June 2026; April 2026, May 2026 and June 2026 not closed."
        );
        // The running quarter's deadline can be seen beforehand.
        let running = house.of_quarter("2026-07-01").await;
        assert_eq!(running.state, ReturnState::Scheduled);
        let wanted = crate::deadlines::view::Wanted::default();
        let deadlines = crate::deadlines::view::list(&house.db, &house.officer, wanted, None, 10)
            .await
            .unwrap();
        let dues: Vec<_> = deadlines.items.iter().map(|due| due.due_on).collect();
        assert_eq!(dues, [day("2026-07-30"), day("2026-10-30")]);
        let found = cells(workbook(house, id).await);
        for (cell, value) in [
            ("Finances!C3", "RG-1"),
            ("Finances!C5", "3500.5"),
            ("Finances!C6", "4000"),
            ("Finances!C7", "7500.5"),
            ("Finances!C8", "7500.5"),
            ("Finances!C11", "4000"),
            ("Finances!E5", "7500.5"),
            ("Finances!F5", "10000"),
            ("Finances!G5", "5000"),
            ("Finances!I5", "27500.5"),
        ] {
            assert_eq!(found.get(cell).map(String::as_str), Some(value), "{cell}");
        }
        // Nothing to do: nothing done.
        assert_eq!(house.draft().await, DraftReport::default());
    });
}

#[test]
fn downtime_is_caught_up() {
    on_both(async |house| {
        house.require(false, &["Treasurer"]).await;
        house.clock.set(at("2027-01-03T09:00:00Z"));
        let report = house.draft().await;
        assert_eq!((report.scheduled, report.drafted), (4, 3));
        assert_eq!(house.draft().await, DraftReport::default());
    });
}

#[test]
fn one_bad_requirement_holds_up_no_other() {
    on_both(async |house| {
        house.require(false, &["Treasurer"]).await;
        let bad = house.require(false, &["Treasurer"]).await;
        spoil(house, bad).await;
        house.require(false, &["Treasurer"]).await;
        let report = house.draft().await;
        assert_eq!((report.scheduled, report.drafted), (4, 2));
        assert_eq!(report.problems.len(), 1);
        assert_eq!(report.problems[0].0, bad);
    });
}

async fn spoil(house: &House, id: entity::RequirementId) {
    use sea_orm::{ActiveModelTrait, ActiveValue::Set, EntityTrait, IntoActiveModel};
    let command = crate::Command::new(crate::access::rules::Operation::SetUp);
    house
        .db
        .write(&house.system(), command, async |tx| {
            let row = entity::requirement::Entity::find_by_id(id)
                .one(tx.conn())
                .await?
                .unwrap();
            let mut row = row.into_active_model();
            row.due_rule = Set(json!({"rule": "when-it-suits"}));
            row.update(tx.conn()).await?;
            Ok(())
        })
        .await
        .unwrap();
}

/// The drafting test of the issue: one spend line more, one cell more, and what depends on it.
#[test]
fn one_spend_line_changes_one_cell_and_what_depends_on_it() {
    on_both(async |house| {
        let id = begin(house).await;
        ops::answer(
            &house.db,
            &house.officer,
            id,
            "finances.to-date",
            &typed(json!(9_999_00)),
            None,
        )
        .await
        .unwrap();
        ops::answer(
            &house.db,
            &house.officer,
            id,
            "finances.q1",
            &typed(json!(1_00)),
            None,
        )
        .await
        .unwrap();
        let before = cells(workbook(house, id).await);
        let revision = house.of_quarter("2026-04-01").await.revision;
        house.clock.set(at("2026-07-03T09:00:00Z"));
        house
            .load("2026-06-30", &[("2026-06-20", 250_25, false, true)])
            .await;
        let view = view::one(&house.db, &house.officer, id).await.unwrap();
        assert!(view.newer_facts, "the draft says that it was overtaken");
        assert_eq!(house.draft().await.refreshed, 1);
        let after = cells(workbook(house, id).await);
        let changed: Vec<(&str, &str)> = after
            .iter()
            .filter(|(cell, value)| before.get(*cell) != Some(value))
            .map(|(cell, value)| (cell.as_str(), value.as_str()))
            .collect();
        assert_eq!(
            changed,
            [("Finances!C5", "3750.75"), ("Finances!C7", "7750.75")]
        );
        assert_eq!(before.len(), after.len());
        let row = house.of_quarter("2026-04-01").await;
        assert_eq!(
            row.revision,
            revision + 1,
            "the refreshed draft is a revision of its own"
        );
        assert!(
            row.rests_on.starts_with("Spend loaded to 30 June 2026"),
            "{}",
            row.rests_on
        );
    });
}

pub(super) fn typed(value: serde_json::Value) -> NewAnswer {
    NewAnswer {
        value,
        reason: Some("The ledger is wrong until next month.".to_owned()),
    }
}

#[test]
fn a_figure_opens_to_lines_that_come_to_it_also_after_newer_facts() {
    on_both(async |house| {
        let id = begin(house).await;
        house
            .load("2026-06-30", &[("2026-06-20", 250_25, false, true)])
            .await;
        let figure = async |key: &str, limit| {
            view::figure(&house.db, &house.certifier, id, key, None, limit)
                .await
                .unwrap()
        };
        for key in [
            "finances.revenue",
            "finances.capital",
            "finances.to-date",
            "finances.fence",
            "finances.q1",
            "finances.q2",
            "finances.q3",
            "finances.expected",
        ] {
            let figure = figure(key, 100).await;
            let Some(lines) = figure.lines else {
                assert!(figure.drafted.is_null(), "{key} has no lines");
                continue;
            };
            assert_eq!(json!(lines.total.pence()), figure.drafted, "{key}");
            let sum: i64 = lines.lines.iter().map(|line| line.amount.pence()).sum();
            assert_eq!(sum, lines.total.pence(), "{key}");
        }
        let revenue = figure("finances.revenue", 1).await;
        assert_eq!(
            revenue.sentence.as_deref(),
            Some(
                "£3,500.50 is the revenue spend that the Recovery Grant pays for in April to June 2026."
            )
        );
        let page = revenue.lines.unwrap();
        assert_eq!((page.total_lines, page.lines.len()), (2, 1));
        // Its pages follow a key, in both databases, and come to the whole.
        for key in ["finances.revenue", "finances.q3"] {
            let whole = figure(key, 100).await.lines.unwrap().lines;
            let (mut walked, mut after) = (Vec::new(), None);
            loop {
                let part = view::figure(&house.db, &house.certifier, id, key, after, 1)
                    .await
                    .unwrap()
                    .lines
                    .unwrap();
                walked.extend(part.lines);
                match part.next {
                    Some(next) => after = Some(next.parse().unwrap()),
                    None => break,
                }
            }
            assert_eq!(walked, whole, "{key}");
        }
        let line = &page.lines[0];
        assert_eq!(
            (
                line.file_name.as_deref(),
                line.row_no,
                line.ledger_reference.as_deref()
            ),
            (Some("ledger.csv"), Some(1), Some("T1, line 1"))
        );
        // A trustee reads the sentence; suppliers are not for them.
        let seen = view::figure(&house.db, &house.trustee, id, "finances.revenue", None, 10)
            .await
            .unwrap();
        assert!(seen.sentence.is_some() && seen.lines.is_none());
    });
}

#[test]
fn the_same_answers_fill_to_the_same_bytes() {
    on_both(async |house| {
        let id = begin(house).await;
        let first = workbook(house, id).await;
        let built = ops::build(&house.db, &house.officer, &house.workbooks, id, None)
            .await
            .unwrap();
        assert_eq!(
            built.revision, 1,
            "nothing changed, so there is no new revision"
        );
        ops::answer(
            &house.db,
            &house.officer,
            id,
            "story.rating",
            &typed(json!("Red")),
            None,
        )
        .await
        .unwrap();
        let second = ops::build(&house.db, &house.officer, &house.workbooks, id, None)
            .await
            .unwrap();
        assert_eq!(second.revision, 2);
        assert_ne!(second.content_hash, built.content_hash);
        ops::undo(&house.db, &house.officer, id, "story.rating", None)
            .await
            .unwrap();
        let third = ops::build(&house.db, &house.officer, &house.workbooks, id, None)
            .await
            .unwrap();
        assert_eq!(third.content_hash, built.content_hash);
        assert_eq!(workbook(house, id).await, first);
    });
}

#[test]
fn what_a_person_types_is_checked_kept_and_can_be_taken_back() {
    on_both(async |house| {
        let id = begin(house).await;
        let (db, officer) = (&house.db, &house.officer);
        let answer = async |key: &str, value| {
            let new = NewAnswer {
                value,
                reason: None,
            };
            ops::answer(db, officer, id, key, &new, None).await
        };
        let pointer = |error| match error {
            Error::Invalid(fields) => fields[0].pointer.clone(),
            other => panic!("{other:?}"),
        };
        assert_eq!(
            pointer(answer("story.well", json!(3)).await.unwrap_err()),
            "/value"
        );
        // A figure over a drafted one needs its reason.
        assert_eq!(
            pointer(answer("finances.revenue", json!(1)).await.unwrap_err()),
            "/reason"
        );
        assert!(matches!(
            answer("no.such", json!(1)).await.unwrap_err(),
            Error::NotFound
        ));
        assert!(matches!(
            answer("sign.name", json!("Me")).await.unwrap_err(),
            Error::Refused {
                rule: "written-when-signed",
                ..
            }
        ));
        // What a funder would not take is a finding, not a refusal.
        answer("story.well", json!("far more words than five of them"))
            .await
            .unwrap();
        answer("story.rating", json!("Purple")).await.unwrap();
        let found = view::findings(db, officer, id).await.unwrap();
        let codes: Vec<_> = found
            .iter()
            .map(|one| (one.code.as_str(), one.place(), one.stops()))
            .collect();
        assert_eq!(
            codes,
            [
                ("word-limit", "Story!B2".to_owned(), true),
                ("not-in-list", "Story!B3".to_owned(), true),
                ("ledger-open", String::new(), false),
                ("spend-not-loaded", String::new(), false),
                ("unattributed-spend", String::new(), false),
            ]
        );
        // Two people at one field: the second is told.
        let seen = answer("story.rating", json!("Green"))
            .await
            .unwrap()
            .answer_id;
        let new = NewAnswer {
            value: json!("Red"),
            reason: None,
        };
        ops::answer(db, officer, id, "story.rating", &new, Some(seen))
            .await
            .unwrap();
        let late = ops::answer(db, officer, id, "story.rating", &new, Some(seen)).await;
        assert!(matches!(late.unwrap_err(), Error::Stale));
        // Taken back, the drafted figure stands.
        ops::answer(db, officer, id, "finances.revenue", &typed(json!(1)), None)
            .await
            .unwrap();
        let shown = async || {
            let view = view::one(db, officer, id).await.unwrap();
            view.sections[0]
                .answers
                .iter()
                .find(|a| a.key == "finances.revenue")
                .unwrap()
                .clone()
        };
        let over = shown().await;
        assert!(over.overridden);
        assert_eq!(over.typed_by.as_deref(), Some("Ola"));
        ops::undo(db, officer, id, "finances.revenue", None)
            .await
            .unwrap();
        assert_eq!(shown().await.value, json!(3_500_50));
    });
}

#[test]
fn a_warning_can_be_silenced_with_its_reason_and_an_error_cannot() {
    on_both(async |house| {
        let id = begin(house).await;
        let silence = async |code: &str, place: &str| {
            let new = ops::Silence {
                code: code.to_owned(),
                place: place.to_owned(),
                reason: "The council closes June late.".to_owned(),
            };
            ops::silence(&house.db, &house.officer, id, &new).await
        };
        silence("ledger-open", "").await.unwrap();
        assert!(matches!(
            silence("required-empty", "Story!B2").await.unwrap_err(),
            Error::Refused {
                rule: "errors-are-mended",
                ..
            }
        ));
        assert!(matches!(
            silence("no-such", "").await.unwrap_err(),
            Error::NotFound
        ));
        let found = view::findings(&house.db, &house.officer, id).await.unwrap();
        let last = found.last().unwrap();
        assert_eq!(last.code, "ledger-open");
        assert_eq!(
            last.silenced.as_deref(),
            Some("The council closes June late.")
        );
    });
}
