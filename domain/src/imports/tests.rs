#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
use entity::{GoneResolution, ImportProfileId, ImportState, SpendImportId};
use sea_orm::EntityTrait;

use super::gone::{self, GoneDecision};
use super::ops::{self, Correction, NewImport, Resolution, SaveProfile};
use super::rules::{ColumnRef, Field, ImportProfile};
use super::view;
use crate::spend::testing::{House, day, on_each};
use crate::{Error, attribution, spend};

const HEAD: &str = "Trans,Line,Date,Type,Amount,Pool,Category,Supplier\n";

fn profile() -> ImportProfile {
    let column = |name: &str| ColumnRef::Header(name.to_owned());
    ImportProfile {
        system: "council-ledger".to_owned(),
        columns: [
            (Field::Transaction, column("Trans")),
            (Field::Line, column("Line")),
            (Field::IncurredOn, column("Date")),
            (Field::Kind, column("Type")),
            (Field::Amount, column("Amount")),
            (Field::Pool, column("Pool")),
            (Field::Category, column("Category")),
            (Field::Supplier, column("Supplier")),
        ]
        .into(),
        ..ImportProfile::default()
    }
}

async fn furnished(house: &House) -> ImportProfileId {
    let care = house.category("care").await;
    house.category("events").await;
    let award = house
        .given(crate::spend::testing::Given {
            reference: "A1",
            amount: 100_000,
            window: (day(2026, 4, 1), day(2027, 3, 31)),
            categories: &[care],
            fence: None,
        })
        .await;
    house.pool("treatment", &[(award, 100_000)]).await;
    let new = SaveProfile {
        name: "Council ledger".to_owned(),
        spec: profile(),
    };
    ops::save_profile(&house.db, &house.officer, &new)
        .await
        .unwrap()
}

async fn brought(
    house: &House,
    profile: ImportProfileId,
    rows: &str,
    total: i64,
) -> Result<SpendImportId, Error> {
    let new = NewImport {
        profile_id: profile,
        period_from: day(2026, 10, 1),
        period_to: day(2026, 10, 31),
        control_total_pence: total,
    };
    let bytes = format!("{HEAD}{rows}");
    let id = ops::start(
        &house.db,
        &house.officer,
        &new,
        "october.csv",
        bytes.as_bytes(),
    )
    .await?;
    ops::read_file(&house.db, &house.worker, &house.reader(), id).await?;
    Ok(id)
}

fn rule(error: Error) -> &'static str {
    match error {
        Error::Refused { rule, .. } => rule,
        other => panic!("{other:?}"),
    }
}

async fn clean(house: &House) {
    let ctx = &house.worker;
    let report = crate::checks::run(&house.db, ctx).await.unwrap();
    let wrong: Vec<_> = report
        .findings
        .iter()
        .filter(|finding| !finding.check.starts_with("audit"))
        .collect();
    assert!(wrong.is_empty(), "{wrong:?}");
}

#[test]
fn a_file_waits_for_its_faulty_rows_and_its_control_total() {
    on_each(async |house| {
        let profile = furnished(&house).await;
        let (db, me) = (&house.db, &house.officer);
        let rows = "T1,1,03/10/2026,invoice,100.00,treatment,care,Brook House\n\
                    T1,2,31/02/2026,invoice,20.00,treatment,care,Brook House\n\
                    T2,1,04/10/2026,invoice,many,treatment,care,Brook House\n\
                    T3,1,04/10/2026,invoice,5.00,treatment,dancing,Brook House\n\
                    T4,1,03/10/2026,invoice,100.00,Pool treatment,Care,Brook House\n";
        let id = brought(&house, profile, rows, 23_200).await.unwrap();
        let import = view::import(db, me, id).await.unwrap();
        assert_eq!(import.state, ImportState::Waiting);
        assert_eq!((import.rows_read, import.rows_total), (5, 5));
        assert_eq!((import.rows_loaded, import.rows_faulty), (2, 3));
        assert_eq!(
            (import.sum_loaded_pence, import.sum_faulty_pence),
            (20_000, 2_500)
        );
        assert_eq!((import.rows_suspect, import.rows_amount_unknown), (1, 1));
        let suspects = view::suspects(db, me, id, None, 10).await.unwrap();
        assert_eq!((suspects[0].row, suspects[0].of_row), (6, 2));
        assert!(suspects[0].reason.contains("same supplier"));

        let faults = view::faults(db, me, id, None, 10, false).await.unwrap();
        assert_eq!(faults.iter().map(|f| f.row).collect::<Vec<_>>(), [3, 4, 5]);
        let dancing = &faults[2].faults[0];
        assert_eq!(dancing.heading.as_deref(), Some("Category"));
        assert!(
            dancing
                .message
                .contains("no cost category called “dancing”")
        );
        assert!(
            dancing.message.contains("care, events"),
            "{}",
            dancing.message
        );

        // one file, one import
        let again = brought(&house, profile, rows, 23_200).await.unwrap_err();
        assert!(again.to_string().contains(&id.to_string()));
        assert_eq!(rule(again), "same-file");

        let early = ops::accept(db, me, id, None).await.unwrap_err();
        assert_eq!(rule(early), "faulty-rows");

        // corrected with the profile's own reading; what is still wrong is said
        let correct = |column: &str, value: &str| Resolution::Correct {
            values: vec![Correction {
                column: column.to_owned(),
                value: value.to_owned(),
            }],
        };
        let wrong = ops::settle(db, me, id, 3, &correct("Date", "32/10/2026")).await;
        let Err(Error::Invalid(fields)) = wrong else {
            panic!("{wrong:?}")
        };
        assert_eq!(fields[0].pointer, "/values/Date");
        ops::settle(db, me, id, 3, &correct("Date", "28/10/2026"))
            .await
            .unwrap();
        let twice = ops::settle(db, me, id, 3, &correct("Date", "29/10/2026")).await;
        assert_eq!(rule(twice.unwrap_err()), "row-corrected");

        let aside = |pence: Option<i64>, reason: &str| Resolution::SetAside {
            reason: reason.to_owned(),
            amount_pence: pence,
        };
        let unknown = ops::settle(db, me, id, 4, &aside(None, "not ours")).await;
        assert!(
            matches!(unknown, Err(Error::Invalid(fields)) if fields[0].pointer == "/amount_pence")
        );
        ops::settle(db, me, id, 4, &aside(Some(800), "not ours"))
            .await
            .unwrap();
        ops::settle(db, me, id, 4, &aside(Some(700), "not ours, £7"))
            .await
            .unwrap();
        let no_reason = ops::settle(db, me, id, 5, &aside(None, " ")).await;
        assert!(matches!(no_reason, Err(Error::Invalid(fields)) if fields[0].pointer == "/reason"));
        ops::settle(db, me, id, 5, &aside(None, "another department's"))
            .await
            .unwrap();

        let import = view::import(db, me, id).await.unwrap();
        assert_eq!(import.state, ImportState::Ready);
        assert_eq!(
            (import.sum_loaded_pence, import.sum_set_aside_pence),
            (22_000, 1_200)
        );
        assert_eq!(import.difference_pence, Some(0));
        assert!(matches!(
            ops::accept(db, me, id, Some(1)).await,
            Err(Error::Stale)
        ));
        ops::accept(db, me, id, Some(import.version)).await.unwrap();
        let over = ops::abandon(db, me, id, None).await.unwrap_err();
        assert_eq!(rule(over), "import-accepted");

        assert_eq!(
            attribution::ops::run_due(db, &house.worker).await.unwrap(),
            1
        );
        assert_eq!(
            attribution::ops::run_due(db, &house.worker).await.unwrap(),
            0
        );
        let totals = spend::view::totals(db, me, &Default::default())
            .await
            .unwrap();
        assert_eq!((totals.lines, totals.attributed_pence), (3, 22_000));
        clean(&house).await;
    });
}

#[test]
fn a_file_that_does_not_agree_is_refused_with_its_difference() {
    on_each(async |house| {
        let profile = furnished(&house).await;
        let (db, me) = (&house.db, &house.officer);
        let rows = "T1,1,03/10/2026,invoice,100.00,treatment,care,Brook House\n";
        let id = brought(&house, profile, rows, 10_001).await.unwrap();
        let refused = ops::accept(db, me, id, None).await.unwrap_err();
        assert!(refused.to_string().contains("£0.01 short"), "{refused}");
        assert_eq!(rule(refused), "control-total");
        // given up, the same file may come again
        ops::abandon(db, me, id, None).await.unwrap();
        let again = brought(&house, profile, rows, 10_000).await.unwrap();
        ops::accept(db, me, again, None).await.unwrap();
        house
            .clock
            .set(house.worker.now() + chrono::Duration::hours(1));
        let swept = crate::housekeeping::sweep(db, &house.worker).await.unwrap();
        assert!(swept.rows.contains(&("spend_line", 1)), "{swept:?}");
        clean(&house).await;
    });
}

#[test]
fn a_line_dated_after_the_files_period_or_after_today_is_a_faulty_row() {
    on_each(async |house| {
        let profile = furnished(&house).await;
        let (db, me) = (&house.db, &house.officer);
        // earlier months are what ledgers hold; the last day of the period is within it
        let rows = "T1,1,30/09/2025,invoice,1.00,treatment,care,Brook House\n\
                    T2,1,31/10/2026,invoice,2.00,treatment,care,Brook House\n\
                    T3,1,01/11/2026,invoice,4.00,treatment,care,Brook House\n\
                    T4,1,29/10/2027,invoice,8.00,treatment,care,Brook House\n";
        let id = brought(&house, profile, rows, 1_500).await.unwrap();
        let faults = view::faults(db, me, id, None, 10, false).await.unwrap();
        assert_eq!(faults.iter().map(|f| f.row).collect::<Vec<_>>(), [4, 5]);
        let said = |at: usize| faults[at].faults[0].message.as_str();
        assert!(
            said(0)
                .contains("1 November 2026 is after the file’s period, which ends on 31 October"),
            "{}",
            said(0)
        );
        assert!(
            said(1).contains("29 October 2027 is after today, 8 November 2026"),
            "{}",
            said(1)
        );
        assert_eq!(faults[0].faults[0].heading.as_deref(), Some("Date"));
        assert_eq!(faults[0].amount_pence, Some(400));
        // a correction is held to the same
        let correct = |value: &str| Resolution::Correct {
            values: vec![Correction {
                column: "Date".to_owned(),
                value: value.to_owned(),
            }],
        };
        let still = ops::settle(db, me, id, 4, &correct("02/11/2026")).await;
        assert!(
            matches!(still, Err(Error::Invalid(fields)) if fields[0].pointer == "/values/Date")
        );
        ops::settle(db, me, id, 4, &correct("29/10/2026"))
            .await
            .unwrap();
        let aside = Resolution::SetAside {
            reason: "not received yet".to_owned(),
            amount_pence: None,
        };
        ops::settle(db, me, id, 5, &aside).await.unwrap();
        ops::accept(db, me, id, None).await.unwrap();

        // a ledger whose months end later says so in its profile; tomorrow stays out
        let spec = ImportProfile {
            system: "late-ledger".to_owned(),
            dates: super::rules::DateRules {
                days_after_period: 5,
                ..Default::default()
            },
            ..self::profile()
        };
        let late = SaveProfile {
            name: "Late ledger".to_owned(),
            spec,
        };
        let late = ops::save_profile(db, me, &late).await.unwrap();
        let rows = "T5,1,05/11/2026,invoice,1.00,treatment,care,Brook House\n\
                    T6,1,06/11/2026,invoice,2.00,treatment,care,Brook House\n";
        let id = brought(&house, late, rows, 300).await.unwrap();
        let faults = view::faults(db, me, id, None, 10, false).await.unwrap();
        assert_eq!(faults.iter().map(|f| f.row).collect::<Vec<_>>(), [3]);
        clean(&house).await;
    });
}

#[test]
fn a_mistyped_control_total_is_corrected_while_the_file_waits() {
    on_each(async |house| {
        let profile = furnished(&house).await;
        let (db, me) = (&house.db, &house.officer);
        let rows = "T1,1,03/10/2026,invoice,100.00,treatment,care,Brook House\n";
        let id = brought(&house, profile, rows, 1_000).await.unwrap();
        let import = view::import(db, me, id).await.unwrap();
        assert_eq!(import.difference_pence, Some(-9_000));
        let new = |control_total_pence| ops::ControlTotal {
            control_total_pence,
        };
        let stale = ops::correct_control_total(db, me, id, Some(1), new(10_000)).await;
        assert!(matches!(stale, Err(Error::Stale)));
        let version = ops::correct_control_total(db, me, id, Some(import.version), new(10_000))
            .await
            .unwrap();
        assert_eq!(version, import.version + 1);
        let told = crate::audit::view::history(db, me, "spend_import", id.into(), 0, 50)
            .await
            .unwrap();
        let entry = told
            .entries
            .iter()
            .find(|entry| entry.operation == "imports.control-total")
            .unwrap();
        assert_eq!(entry.detail["was_pence"], 1_000);
        assert_eq!(entry.detail["control_total_pence"], 10_000);
        ops::accept(db, me, id, Some(version)).await.unwrap();
        let late = ops::correct_control_total(db, me, id, None, new(5)).await;
        assert_eq!(rule(late.unwrap_err()), "import-not-waiting");
        clean(&house).await;
    });
}

#[test]
fn a_file_that_is_none_fails_in_words() {
    on_each(async |house| {
        let profile = furnished(&house).await;
        let (db, me) = (&house.db, &house.officer);
        let new = NewImport {
            profile_id: profile,
            period_from: day(2026, 10, 1),
            period_to: day(2026, 10, 31),
            control_total_pence: 0,
        };
        for (bytes, words) in [
            ("Wrong,Headings\n1,2\n", "no heading"),
            (HEAD, "No row of the file is spend"),
            ("%PDF-1.7 …", "a picture or a PDF"),
        ] {
            let id = ops::start(db, me, &new, "x.csv", bytes.as_bytes())
                .await
                .unwrap();
            ops::read_file(db, &house.worker, &house.reader(), id)
                .await
                .unwrap();
            let import = view::import(db, me, id).await.unwrap();
            assert_eq!(import.state, ImportState::Failed);
            assert!(
                import.failure.as_ref().unwrap().contains(words),
                "{import:?}"
            );
        }
        // a workbook whose reader cannot be started fails too, and says what to do
        let id = ops::start(db, me, &new, "x.xlsx", b"PK\x03\x04")
            .await
            .unwrap();
        ops::read_file(db, &house.worker, &house.reader(), id)
            .await
            .unwrap();
        let import = view::import(db, me, id).await.unwrap();
        assert!(import.failure.unwrap().contains("CSV"));
        clean(&house).await;
    });
}

#[test]
fn lines_that_count_already_are_known_and_changed_ones_wait() {
    on_each(async |house| {
        let profile = furnished(&house).await;
        let (db, me) = (&house.db, &house.officer);
        let first = "T1,1,03/10/2026,invoice,100.00,treatment,care,Brook House\n\
                     ,,04/10/2026,invoice,7.00,treatment,events,Café\n\
                     ,,04/10/2026,invoice,7.00,treatment,events,Café\n";
        let a = brought(&house, profile, first, 11_400).await.unwrap();
        // a second file that was read before the first one counts
        let second = "T1,1,03/10/2026,invoice,101.00,treatment,care,Brook House\n\
                      ,,04/10/2026,invoice,7.00,treatment,events,Café\n\
                      ,,04/10/2026,invoice,7.00,treatment,events,Café\n\
                      ,,04/10/2026,invoice,7.00,treatment,events,Café\n";
        let b = brought(&house, profile, second, 12_200).await.unwrap();
        assert_eq!(
            view::import(db, me, b).await.unwrap().state,
            ImportState::Ready
        );
        ops::accept(db, me, a, None).await.unwrap();
        let meanwhile = ops::accept(db, me, b, None).await.unwrap_err();
        assert_eq!(rule(meanwhile), "lines-accepted-meanwhile");
        ops::read_file(db, &house.worker, &house.reader(), b)
            .await
            .unwrap();
        let import = view::import(db, me, b).await.unwrap();
        assert_eq!(import.state, ImportState::Waiting);
        assert_eq!((import.rows_known, import.sum_known_pence), (2, 1_400));
        assert_eq!((import.rows_loaded, import.rows_faulty), (1, 1));
        let fault = view::fault(db, me, b, 2).await.unwrap();
        assert!(!fault.may_correct);
        let said = &fault.faults[0].message;
        assert!(
            said.contains("amount was £100.00 and is now £101.00"),
            "{said}"
        );
        let correct = Resolution::Correct { values: Vec::new() };
        let not = ops::settle(db, me, b, 2, &correct).await.unwrap_err();
        assert_eq!(rule(not), "changed-since-loaded");
        let aside = Resolution::SetAside {
            reason: "the ledger corrects it in November".to_owned(),
            amount_pence: None,
        };
        ops::settle(db, me, b, 2, &aside).await.unwrap();
        ops::accept(db, me, b, None).await.unwrap();
        attribution::ops::run_due(db, &house.worker).await.unwrap();
        let totals = spend::view::totals(db, me, &Default::default())
            .await
            .unwrap();
        assert_eq!((totals.lines, totals.amount_pence), (4, 12_100));
        assert_eq!(
            (totals.attributed_pence, totals.unfunded_pence),
            (10_000, 2_100)
        );
        clean(&house).await;
    });
}

#[test]
fn reading_begins_again_after_a_kill_and_never_keeps_others_waiting() {
    on_each(async |house| {
        let profile = furnished(&house).await;
        let (db, me) = (&house.db, &house.officer);
        let mut rows = String::new();
        for n in 0..6_000 {
            rows.push_str(&format!(
                "T{n},1,03/10/2026,invoice,1.00,treatment,care,Supplier {}\n",
                n % 97
            ));
        }
        let new = NewImport {
            profile_id: profile,
            period_from: day(2026, 10, 1),
            period_to: day(2026, 10, 31),
            control_total_pence: 600_000,
        };
        let bytes = format!("{HEAD}{rows}");
        let id = ops::start(db, me, &new, "o.csv", bytes.as_bytes())
            .await
            .unwrap();
        db.take_longest_write();
        // dropped in the middle, as a worker that is killed: well before even a quick machine ends
        for milliseconds in [20, 40, 80] {
            let reader = house.reader();
            let reading = ops::read_file(db, &house.worker, &reader, id);
            tokio::select! {
                done = reading => panic!("read to its end: {done:?}"),
                () = tokio::time::sleep(std::time::Duration::from_millis(milliseconds)) => {}
            }
        }
        ops::read_file(db, &house.worker, &house.reader(), id)
            .await
            .unwrap();
        let import = view::import(db, me, id).await.unwrap();
        assert_eq!((import.rows_read, import.rows_loaded), (6_000, 6_000));
        ops::accept(db, me, id, None).await.unwrap();
        attribution::ops::run_due(db, &house.worker).await.unwrap();
        let longest = db.take_longest_write();
        assert!(
            longest < std::time::Duration::from_millis(250),
            "{longest:?}"
        );
        let totals = spend::view::totals(db, me, &Default::default())
            .await
            .unwrap();
        assert_eq!(
            (totals.attributed_pence, totals.unfunded_pence),
            (100_000, 500_000)
        );
        clean(&house).await;
    });
}

#[test]
fn a_profile_is_guessed_from_a_sample() {
    on_each(async |house| {
        furnished(&house).await;
        let sample = format!("Ledger extract\n\n{HEAD}T1,1,03/10/2026,INV,1.00,treatment,care,B\n");
        let guess = ops::suggest_profile(
            &house.db,
            &house.officer,
            &house.reader(),
            sample.into_bytes(),
            None,
        )
        .await
        .unwrap();
        assert_eq!(guess.spec.skip_rows, 2);
        assert!(guess.spec.columns.contains_key(&Field::Amount));
        assert_eq!(guess.sample.len(), 1);
        // the system's slug is for a person to say
        assert!(!guess.open.is_empty());
    });
}

#[test]
fn what_a_newer_extract_changed_or_does_not_have_is_taken_back_by_further_lines() {
    on_each(async |house| {
        let profile = furnished(&house).await;
        let (db, me) = (&house.db, &house.officer);
        let first = "T1,1,03/10/2026,invoice,100.00,treatment,care,Brook House\n\
                     T2,1,04/10/2026,invoice,40.00,treatment,care,Elm\n\
                     T3,1,05/10/2026,invoice,30.00,treatment,care,Ash\n\
                     T4,1,06/10/2026,invoice,7.00,treatment,care,Oak\n";
        let earlier = brought(&house, profile, first, 17_700).await.unwrap();
        ops::accept(db, me, earlier, None).await.unwrap();
        attribution::ops::run_due(db, &house.worker).await.unwrap();

        // T2 says another amount, T3 and T4 are gone; one row is faulty and is T4 after all
        let second = "T1,1,03/10/2026,invoice,100.00,treatment,care,Brook House\n\
                      T2,1,04/10/2026,invoice,55.00,treatment,care,Elm\n\
                      T4,1,06/10/2026,invoice,seven,treatment,care,Oak\n\
                      T5,1,07/10/2026,invoice,1.00,treatment,care,Rowan\n";
        let newer = brought(&house, profile, second, 16_300).await.unwrap();
        let import = view::import(db, me, newer).await.unwrap();
        assert_eq!(
            (import.rows_known, import.rows_loaded, import.rows_faulty),
            (1, 1, 2)
        );
        assert_eq!((import.rows_gone, import.sum_gone_pence), (2, 3_700));
        let corrected = Resolution::Correct {
            values: vec![Correction {
                column: "Amount".to_owned(),
                value: "7.00".to_owned(),
            }],
        };
        ops::settle(db, me, newer, 4, &corrected).await.unwrap();
        let import = view::import(db, me, newer).await.unwrap();
        assert_eq!((import.rows_gone, import.sum_gone_pence), (1, 3_000));
        // the changed row leads to the line that counts
        let rows = view::faults(db, me, newer, None, 10, false).await.unwrap();
        let counts = rows[0].counts_line_id.unwrap();
        let line = entity::spend_line::Entity::find_by_id(counts)
            .one(db.read())
            .await
            .unwrap()
            .unwrap();
        assert_eq!(
            (line.transaction_ref.as_deref(), line.amount.pence()),
            (Some("T2"), 4_000)
        );
        let early = GoneDecision {
            decision: GoneResolution::TakenBack,
            reason: "Reversed".to_owned(),
            line_ids: None,
        };
        let refused = gone::decide(db, me, newer, &early).await.unwrap_err();
        assert_eq!(rule(refused), "import-not-accepted");
        // the changed row takes the line's place, once, and only it can
        let why = ops::Replacement {
            reason: "Corrected in the ledger".to_owned(),
        };
        let replaced = ops::replace_changed(db, me, newer, &why).await.unwrap();
        assert_eq!(replaced.rows, 1);
        assert_eq!(
            ops::replace_changed(db, me, newer, &why)
                .await
                .unwrap()
                .rows,
            0
        );
        let import = view::import(db, me, newer).await.unwrap();
        assert_eq!(import.state, ImportState::Ready);
        assert_eq!(
            (import.rows_replaced, import.sum_replaced_pence),
            (1, -4_000)
        );
        assert_eq!((import.rows_loaded, import.sum_loaded_pence), (2, 5_600));
        assert_eq!(import.difference_pence, Some(0));
        let total = async || {
            attribution::ops::run_due(db, &house.worker).await.unwrap();
            clean(&house).await;
            let totals = spend::view::totals(db, me, &spend::view::SpendFilter::default())
                .await
                .unwrap();
            (totals.lines, totals.amount_pence, totals.unfunded_pence)
        };
        // nothing of it counts before the file does
        assert_eq!(total().await, (4, 17_700, 0));
        ops::accept(db, me, newer, None).await.unwrap();
        assert_eq!(total().await, (7, 19_300, 0));
        let waits = view::gone(db, me, newer, None, 10, false).await.unwrap();
        assert_eq!(waits.len(), 1);
        assert_eq!(waits[0].supplier.as_deref(), Some("Ash"));
        let done = gone::decide(db, me, newer, &early).await.unwrap();
        assert_eq!((done.lines, done.amount_pence.pence()), (1, 3_000));
        // its history says which, and how it was decided
        let told = crate::audit::view::history(db, me, "spend_import", newer.into(), 0, 50)
            .await
            .unwrap();
        let told = told
            .entries
            .iter()
            .find(|entry| entry.operation == "gone-lines.decide")
            .unwrap();
        assert_eq!(told.detail["decision"], "taken-back");
        assert_eq!(
            told.detail["which"],
            serde_json::json!(["T3, line 1 of 5 October 2026, £30.00"])
        );
        assert_eq!(gone::decide(db, me, newer, &early).await.unwrap().lines, 0);
        assert_eq!(total().await, (8, 16_300, 0));
        assert_eq!(view::import(db, me, newer).await.unwrap().rows_gone, 0);

        // the same again: all is known, and what was taken back is a new line if it comes back
        let third = "T2,1,04/10/2026,invoice,55.00,treatment,care,Elm\n\
                     T3,1,05/10/2026,invoice,30.00,treatment,care,Ash\n";
        let third = brought(&house, profile, third, 8_500).await.unwrap();
        let import = view::import(db, me, third).await.unwrap();
        assert_eq!((import.rows_known, import.rows_loaded), (1, 1));
        assert_eq!((import.rows_gone, import.sum_gone_pence), (3, 10_800));
        ops::accept(db, me, third, None).await.unwrap();
        let left = GoneDecision {
            decision: GoneResolution::SetAside,
            reason: "An extract of two suppliers".to_owned(),
            line_ids: None,
        };
        assert_eq!(gone::decide(db, me, third, &left).await.unwrap().lines, 3);
        assert_eq!(total().await, (9, 19_300, 0));
    });
}

#[test]
fn two_files_that_take_the_same_line_back_do_not_both() {
    on_each(async |house| {
        let profile = furnished(&house).await;
        let (db, me) = (&house.db, &house.officer);
        let row =
            |pounds: &str| format!("T1,1,03/10/2026,invoice,{pounds},treatment,care,Brook House\n");
        let first = brought(&house, profile, &row("10.00"), 1_000)
            .await
            .unwrap();
        ops::accept(db, me, first, None).await.unwrap();
        let why = ops::Replacement {
            reason: "Changed".to_owned(),
        };
        let second = brought(&house, profile, &row("11.00"), 1_100)
            .await
            .unwrap();
        let third = brought(&house, profile, &row("12.00"), 1_200)
            .await
            .unwrap();
        for id in [second, third] {
            assert_eq!(
                ops::replace_changed(db, me, id, &why).await.unwrap().rows,
                1
            );
        }
        ops::accept(db, me, second, None).await.unwrap();
        let late = ops::accept(db, me, third, None).await.unwrap_err();
        assert_eq!(rule(late), "lines-accepted-meanwhile");
        // read again, it says the newer line otherwise
        ops::read_file(db, &house.worker, &house.reader(), third)
            .await
            .unwrap();
        assert_eq!(
            ops::replace_changed(db, me, third, &why)
                .await
                .unwrap()
                .rows,
            1
        );
        ops::accept(db, me, third, None).await.unwrap();
        attribution::ops::run_due(db, &house.worker).await.unwrap();
        clean(&house).await;
        let totals = spend::view::totals(db, me, &spend::view::SpendFilter::default())
            .await
            .unwrap();
        assert_eq!((totals.lines, totals.amount_pence), (5, 1_200));
    });
}
