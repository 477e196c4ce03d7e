#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use entity::{CostCategoryId, ImportProfileId, ImportState, PoolId, SpendImportId};

use super::ops::{self, ChangeMapRow, CodeLines, CodedAs, EndMapRow, NewMapRow};
use super::view;
use crate::imports::ops::{NewImport, SaveProfile};
use crate::imports::rules::{ColumnRef, Field, ImportProfile};
use crate::spend::testing::{Given, House, day, on_each};
use crate::spend::view::SpendFilter;
use crate::{Error, attribution, imports, spend};

const HEAD: &str = "Trans,Line,Date,Period,Type,Amount,Centre,Account,Supplier\n";

fn profile() -> ImportProfile {
    let column = |name: &str| ColumnRef::Header(name.to_owned());
    ImportProfile {
        system: "council-ledger".to_owned(),
        columns: [
            (Field::Transaction, column("Trans")),
            (Field::Line, column("Line")),
            (Field::IncurredOn, column("Date")),
            (Field::Period, column("Period")),
            (Field::Kind, column("Type")),
            (Field::Amount, column("Amount")),
            (Field::CostCentre, column("Centre")),
            (Field::Account, column("Account")),
            (Field::Supplier, column("Supplier")),
        ]
        .into(),
        ..ImportProfile::default()
    }
}

pub(crate) struct Set {
    pub(crate) profile: ImportProfileId,
    pub(crate) pool: PoolId,
    pub(crate) care: CostCategoryId,
    pub(crate) events: CostCategoryId,
}

pub(crate) async fn furnished(house: &House) -> Set {
    let care = house.category("care").await;
    let events = house.category("events").await;
    let award = house
        .given(Given {
            reference: "A1",
            amount: 100_000,
            window: (day(2026, 4, 1), day(2027, 3, 31)),
            categories: &[care, events],
            fence: None,
        })
        .await;
    let pool = house.pool("treatment", &[(award, 100_000)]).await;
    let new = SaveProfile {
        name: "Council ledger".to_owned(),
        spec: profile(),
    };
    let profile = imports::ops::save_profile(&house.db, &house.officer, &new)
        .await
        .unwrap();
    Set {
        profile,
        pool,
        care,
        events,
    }
}

pub(crate) async fn brought(
    house: &House,
    profile: ImportProfileId,
    rows: &str,
    total: i64,
) -> SpendImportId {
    let new = NewImport {
        profile_id: profile,
        period_from: day(2026, 10, 1),
        period_to: day(2026, 10, 31),
        control_total_pence: total,
    };
    let bytes = format!("{HEAD}{rows}");
    let name = format!("{}.csv", rows.len());
    let (db, me) = (&house.db, &house.officer);
    let id = imports::ops::start(db, me, &new, &name, bytes.as_bytes())
        .await
        .unwrap();
    imports::ops::read_file(db, &house.worker, &house.reader(), id)
        .await
        .unwrap();
    id
}

pub(crate) fn coded_as(pool: PoolId, category: CostCategoryId) -> CodedAs {
    CodedAs {
        pool_id: pool,
        category_id: category,
        place: None,
        group: None,
        capital: false,
    }
}

pub(crate) fn row(centre: &str, account: &str, as_: CodedAs) -> NewMapRow {
    let code = |text: &str| (!text.is_empty()).then(|| text.to_owned());
    NewMapRow {
        cost_centre: code(centre),
        account: code(account),
        project: None,
        valid_from: day(2026, 4, 1),
        valid_to: None,
        coded_as: as_,
    }
}

async fn clean(house: &House) {
    let report = crate::checks::run(&house.db, &house.worker).await.unwrap();
    let wrong: Vec<_> = report
        .findings
        .iter()
        .filter(|finding| !finding.check.starts_with("audit"))
        .collect();
    assert!(wrong.is_empty(), "{wrong:?}");
}

fn rule(error: Error) -> &'static str {
    match error {
        Error::Refused { rule, .. } => rule,
        other => panic!("{other:?}"),
    }
}

const ROWS: &str = "T1,1,03/10/2026,2026-10,invoice,100.00,A1,500,Brook House\n\
                    T2,1,04/10/2026,2026-10,invoice,20.00,A1,600,Brook House\n\
                    T3,1,05/10/2026,2026-10,invoice,5.00,A9,500,Somebody\n\
                    T4,1,06/10/2026,2026-10,invoice,7.00,A9,500,Somebody\n\
                    T5,1,07/10/2026,2026-10,credit,-2.00,A9,700,Somebody\n";

#[test]
fn lines_are_coded_by_the_map_and_the_others_wait_within_the_control_total() {
    on_each(async |house| {
        let set = furnished(&house).await;
        let (db, me) = (&house.db, &house.officer);
        let any = ops::add(db, me, &row("A1", "", coded_as(set.pool, set.care)))
            .await
            .unwrap();
        ops::add(db, me, &row("a1", "600", coded_as(set.pool, set.events)))
            .await
            .unwrap();
        let id = brought(&house, set.profile, ROWS, 13_000).await;
        let import = imports::view::import(db, me, id).await.unwrap();
        assert_eq!(import.state, ImportState::Ready, "{:?}", import.waits_for);
        assert_eq!((import.rows_loaded, import.rows_uncoded), (2, 3));
        assert_eq!(
            (import.sum_loaded_pence, import.sum_uncoded_pence),
            (12_000, 1_000)
        );
        assert_eq!(import.difference_pence, Some(0));
        // nothing waits before the import counts
        assert_eq!(view::groups(db, me).await.unwrap(), []);
        imports::ops::accept(db, me, id, None).await.unwrap();
        attribution::ops::run_due(db, &house.worker).await.unwrap();
        let all = SpendFilter::default();
        let totals = spend::view::totals(db, me, &all).await.unwrap();
        assert_eq!((totals.lines, totals.amount_pence), (2, 12_000));
        let lines = spend::view::list(db, me, &all, None, 10).await.unwrap();
        let events = lines.iter().find(|line| line.amount_pence == 2_000);
        assert_eq!(events.unwrap().category_id, set.events);
        let care = lines.iter().find(|line| line.amount_pence == 10_000);
        let how = view::how(db, me, care.unwrap().id).await.unwrap();
        assert_eq!(how.map_row_id, Some(any));
        assert_eq!(how.cost_centre.as_deref(), Some("A1"));
        assert!(how.map_row.unwrap().contains("any account"));
        clean(&house).await;

        let groups = view::groups(db, me).await.unwrap();
        let told: Vec<_> = groups
            .iter()
            .map(|group| (group.account.as_deref(), group.lines, group.amount_pence))
            .collect();
        assert_eq!(told, [(Some("500"), 2, 1_200), (Some("700"), 1, -200)]);

        // one line by hand
        let one = groups[0].first_id;
        let detail = view::waiting_line(db, me, one).await.unwrap();
        assert_eq!((detail.line.row, detail.line.amount_pence), (4, 500));
        let code = CodeLines {
            line_ids: vec![one],
            coded_as: coded_as(set.pool, set.events),
        };
        let done = ops::code_lines(db, me, &code).await.unwrap();
        assert_eq!((done.lines, done.amount_pence.pence()), (1, 500));
        let again = ops::code_lines(db, me, &code).await.unwrap_err();
        assert_eq!(rule(again), "line-not-waiting");
        assert!(matches!(
            view::waiting_line(db, me, one).await,
            Err(Error::NotFound)
        ));
        let line = view::became(db, me, one).await.unwrap().unwrap();
        // it is spend of the import that it came with
        let spent = spend::view::one(db, me, line).await.unwrap();
        assert_eq!((spent.import_id, spent.row), (id, 4));
        let how = view::how(db, me, line).await.unwrap();
        assert_eq!(how.coded_by.as_deref(), Some("Robin"));
        assert_eq!(how.map_row_id, None);
        let of_import = SpendFilter {
            import: Some(id),
            ..all.clone()
        };
        let totals = spend::view::totals(db, me, &of_import).await.unwrap();
        assert_eq!((totals.lines, totals.amount_pence), (3, 12_500));
        let lines = spend::view::list(db, me, &of_import, None, 10)
            .await
            .unwrap();
        assert_eq!(lines.len(), 3);
        // what the other line of the supplier is suggested, with why
        let other = view::waiting(db, me, &view::WaitingFilter::default(), None, 10)
            .await
            .unwrap();
        assert_eq!(other.len(), 2);
        let detail = view::waiting_line(db, me, other[0].id).await.unwrap();
        assert_eq!(detail.suggestions[0].category_id, set.events);
        assert!(
            detail.suggestions[0].why.contains("paid to Somebody under"),
            "{:?}",
            detail.suggestions
        );

        // the others by a row of the map
        let preview = ops::preview_new(db, me, &row("A9", "", coded_as(set.pool, set.care)))
            .await
            .unwrap();
        assert_eq!((preview.waiting_lines, preview.waiting_pence), (2, 500));
        ops::add(db, me, &row("A9", "", coded_as(set.pool, set.care)))
            .await
            .unwrap();
        let done = ops::code_by_map(db, me).await.unwrap();
        assert_eq!((done.lines, done.amount_pence.pence()), (2, 500));
        assert_eq!(view::to_code(db, me).await.unwrap().0, 0);
        attribution::ops::run_due(db, &house.worker).await.unwrap();
        let totals = spend::view::totals(db, me, &all).await.unwrap();
        assert_eq!((totals.lines, totals.amount_pence), (5, 13_000));
        // imports are listed as they came
        let listed = imports::view::imports(db, me, None, None, 10)
            .await
            .unwrap();
        assert_eq!(listed.len(), 1);
        assert_eq!((listed[0].rows_uncoded, listed[0].rows_to_code), (3, 0));
        clean(&house).await;
    });
}

#[test]
fn a_later_extract_knows_lines_that_wait_and_lines_that_were_coded() {
    on_each(async |house| {
        let set = furnished(&house).await;
        let (db, me) = (&house.db, &house.officer);
        let id = brought(&house, set.profile, ROWS, 13_000).await;
        imports::ops::accept(db, me, id, None).await.unwrap();
        assert_eq!(view::to_code(db, me).await.unwrap().0, 5);
        let waiting = view::waiting(db, me, &view::WaitingFilter::default(), None, 10)
            .await
            .unwrap();
        let code = CodeLines {
            line_ids: vec![waiting[0].id, waiting[1].id],
            coded_as: coded_as(set.pool, set.care),
        };
        ops::code_lines(db, me, &code).await.unwrap();
        // the map would code some of them otherwise now: they stay
        ops::add(db, me, &row("A1", "", coded_as(set.pool, set.events)))
            .await
            .unwrap();
        let more = format!("{ROWS}T6,1,08/10/2026,2026-10,invoice,1.00,A1,500,Brook House\n");
        let later = brought(&house, set.profile, &more, 13_100).await;
        let import = imports::view::import(db, me, later).await.unwrap();
        assert_eq!((import.rows_known, import.rows_loaded), (5, 1));
        assert_eq!((import.rows_uncoded, import.rows_faulty), (0, 0));
        imports::ops::accept(db, me, later, None).await.unwrap();
        assert_eq!(view::to_code(db, me).await.unwrap().0, 3);
        // a line that waits and says something else is told
        let other = ROWS.replace("5.00,A9", "6.00,A9");
        let third = brought(&house, set.profile, &other, 13_100).await;
        let faults = imports::view::faults(db, me, third, None, 10, false)
            .await
            .unwrap();
        assert_eq!(faults.len(), 1);
        assert!(
            faults[0].faults[0]
                .message
                .contains("£5.00 and is now £6.00")
        );
        imports::ops::abandon(db, me, third, None).await.unwrap();
        clean(&house).await;
    });
}

#[test]
fn two_imports_with_the_same_lines_do_not_both_wait() {
    on_each(async |house| {
        let set = furnished(&house).await;
        let (db, me) = (&house.db, &house.officer);
        let one = brought(&house, set.profile, ROWS, 13_000).await;
        let more = format!("{ROWS}T6,1,08/10/2026,2026-10,invoice,1.00,A1,500,Brook House\n");
        let two = brought(&house, set.profile, &more, 13_100).await;
        imports::ops::accept(db, me, one, None).await.unwrap();
        let refused = imports::ops::accept(db, me, two, None).await.unwrap_err();
        assert_eq!(rule(refused), "lines-accepted-meanwhile");
        imports::ops::read_file(db, &house.worker, &house.reader(), two)
            .await
            .unwrap();
        imports::ops::accept(db, me, two, None).await.unwrap();
        assert_eq!(view::to_code(db, me).await.unwrap().0, 6);
        clean(&house).await;
    });
}

#[test]
fn rows_of_the_map_are_changed_from_a_day_and_ties_are_refused() {
    on_each(async |house| {
        let set = furnished(&house).await;
        let (db, me) = (&house.db, &house.officer);
        let first = ops::add(db, me, &row("A1", "", coded_as(set.pool, set.care)))
            .await
            .unwrap();
        let tie = ops::add(db, me, &row("", "500", coded_as(set.pool, set.care)))
            .await
            .unwrap_err();
        assert!(
            tie.to_string().contains("cost centre A1, any account"),
            "{tie}"
        );
        assert!(
            tie.to_string().contains("any cost centre, account 500"),
            "{tie}"
        );
        assert_eq!(rule(tie), "coding-tie");
        let nothing = ops::add(db, me, &row("", "", coded_as(set.pool, set.care))).await;
        assert!(matches!(nothing, Err(Error::Invalid(_))));
        let id = brought(&house, set.profile, ROWS, 13_000).await;
        imports::ops::accept(db, me, id, None).await.unwrap();

        let from = |from, category| ChangeMapRow {
            from,
            coded_as: coded_as(set.pool, category),
        };
        let preview = ops::preview_change(db, me, first, &from(day(2026, 10, 4), set.events))
            .await
            .unwrap();
        assert_eq!((preview.stay_lines, preview.stay_pence), (1, 2_000));
        let second = ops::change(db, me, first, Some(1), &from(day(2026, 10, 4), set.events))
            .await
            .unwrap();
        let stale = ops::change(db, me, first, Some(1), &from(day(2026, 10, 4), set.events)).await;
        assert!(matches!(stale, Err(Error::Stale)));
        let ended = view::row(db, me, first).await.unwrap();
        assert_eq!(ended.valid_to, Some(day(2026, 10, 3)));
        // what was coded stays
        let lines = spend::view::list(db, me, &SpendFilter::default(), None, 10)
            .await
            .unwrap();
        assert!(lines.iter().all(|line| line.category_id == set.care));
        // from its first day it takes the whole place
        let third = ops::change(db, me, second, None, &from(day(2026, 10, 4), set.care))
            .await
            .unwrap();
        assert!(view::row(db, me, second).await.unwrap().withdrawn);
        assert_eq!(view::count(db, me).await.unwrap(), 2);
        let early = ops::change(db, me, third, None, &from(day(2026, 10, 1), set.events)).await;
        assert!(matches!(early, Err(Error::Invalid(_))));
        let last = EndMapRow {
            last_on: day(2026, 12, 31),
        };
        ops::end(db, me, third, None, last).await.unwrap();
        let later = EndMapRow {
            last_on: day(2027, 1, 31),
        };
        let off = ops::end(db, me, third, None, later).await;
        assert!(matches!(off, Err(Error::Invalid(_))));
        clean(&house).await;
    });
}

#[test]
fn the_whole_map_goes_out_as_a_file_and_comes_in_again() {
    on_each(async |house| {
        let set = furnished(&house).await;
        let (db, me) = (&house.db, &house.officer);
        ops::add(db, me, &row("A1", "", coded_as(set.pool, set.care)))
            .await
            .unwrap();
        let head = "cost_centre,account,project,valid_from,valid_to,pool,category\n";
        let same = format!("{head}A1,any,,2026-04-01,,treatment,care\n");
        let found = ops::load_map(db, me, same.as_bytes(), false).await.unwrap();
        assert_eq!((found.unchanged, found.added), (1, 0));
        let wrong = format!(
            "{head}A1,,,2026-04-01,,treatment,events\nA2,,,2026-04-01,,nowhere,care\n\
             ,500,,2026-04-01,,treatment,care\n"
        );
        let found = ops::load_map(db, me, wrong.as_bytes(), false)
            .await
            .unwrap();
        let told: Vec<_> = found.faults.iter().map(|fault| fault.row).collect();
        assert_eq!(told, [2, 3, 4], "{:?}", found.faults);
        assert!(!found.applied && view::count(db, me).await.unwrap() == 1);
        let good = format!(
            "{head}A1,,,2026-04-01,,treatment,care\nA1,,,2026-10-01,,treatment,events\n\
             A1,500,,2026-04-01,2026-12-31,treatment,events\n"
        );
        let tried = ops::load_map(db, me, good.as_bytes(), true).await.unwrap();
        assert_eq!((tried.added, tried.changed, tried.unchanged), (1, 1, 1));
        assert_eq!(view::count(db, me).await.unwrap(), 1);
        let done = ops::load_map(db, me, good.as_bytes(), false).await.unwrap();
        assert!(done.applied);
        let rows = view::map(db, me, &view::MapFilter::default(), None, 10)
            .await
            .unwrap();
        let told: Vec<_> = rows
            .iter()
            .map(|row| (row.account.as_deref(), row.valid_from, row.valid_to))
            .collect();
        assert_eq!(
            told,
            [
                (None, day(2026, 4, 1), Some(day(2026, 9, 30))),
                (None, day(2026, 10, 1), None),
                (Some("500"), day(2026, 4, 1), Some(day(2026, 12, 31))),
            ]
        );
        let filter = view::MapFilter {
            on: Some(day(2027, 1, 1)),
            ..view::MapFilter::default()
        };
        assert_eq!(view::map(db, me, &filter, None, 10).await.unwrap().len(), 1);
        clean(&house).await;
    });
}
