#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test says what went wrong by failing"
)]

use domain::db::{self, Location};
use domain::deadlines::view::{self as deadlines, DeadlineView, Wanted};
use domain::returns::rules::Severity;
use domain::returns::workbook::Workbooks;
use entity::ReturnState;
use workbook::address::Cell;
use workbook::calc::value::Value;
use workbook::open::archive::Bounds;
use workbook::open::book::Book;

use super::*;

/// The story as told at a moment, and its returns as the worker then drafts them.
async fn told_at(at: &str, folder: &std::path::Path) -> (Db, Ctx, Vec<DeadlineView>) {
    let now: DateTime<Utc> = at.parse().unwrap();
    let ctx = Ctx::system("demo", Clock::standing_at(now));
    let location = Location::Sqlite(folder.join(format!("{}.sqlite", now.timestamp())));
    db::migrate(&location, "").await.unwrap();
    let db = Db::open(location).await.unwrap();
    tell(&db, ctx.today(), now).await.expect(at);
    // what the worker does a moment later
    domain::attribution::ops::run_due(&db, &ctx).await.unwrap();
    let report = returns::ops::draft_due(&db, &ctx, &Workbooks::here())
        .await
        .unwrap();
    assert!(report.problems.is_empty(), "{at}: {:?}", report.problems);
    let drafted = deadlines::list(&db, &ctx, Wanted::default(), None, 100)
        .await
        .unwrap()
        .items
        .into_iter()
        .filter(|deadline| deadline.state == Some(ReturnState::Drafted))
        .collect();
    (db, ctx, drafted)
}

/// What holds on every day on which somebody might try the demo.
async fn holds_at(at: &str) {
    let folder = tempfile::tempdir().unwrap();
    let (db, ctx, drafted) = told_at(at, folder.path()).await;
    // The soonest first: the monthly statement is late, the quarterly return is due today.
    let [monthly, quarterly, ..] = drafted.as_slice() else {
        panic!("{at}: {drafted:?}");
    };
    assert!(monthly.overdue, "{at}: {monthly:?}");
    assert!(monthly.title.starts_with("Rough sleeping"), "{at}");
    assert!(monthly.due_in_words.ends_with(", 5pm"), "{at}: {monthly:?}");
    assert!(!quarterly.overdue, "{at}: {quarterly:?}");
    assert_eq!(quarterly.due_on, ctx.today(), "{at}");

    // Besides what people have yet to answer, the one ring-fence that will not be used up.
    for (due, expected) in [
        (quarterly, &["Checks!E11", "Ring-fences!K6"][..]),
        (monthly, &["Statement!C17"][..]),
    ] {
        let found = returns::view::findings(&db, &ctx, due.return_id.unwrap())
            .await
            .unwrap();
        let mut places: Vec<String> = found
            .iter()
            .filter(|one| one.severity == Severity::Error && one.code != "required-empty")
            .map(|one| one.place())
            .collect();
        places.sort();
        assert_eq!(places, expected, "{at}: {}: {found:#?}", due.title);
    }
    db.close().await.unwrap();
}

async fn holds_at_each(moments: &[&str]) {
    for at in moments {
        holds_at(at).await;
    }
}

/// The ends of months, quarters and years, a leap day, and both changes of the clocks.
#[tokio::test]
async fn the_story_holds_at_the_turn_of_years_and_quarters() {
    holds_at_each(&[
        "2026-12-31T23:30:00Z",
        "2027-01-01T08:00:00Z",
        "2027-03-31T22:59:00Z",
        "2027-04-01T08:00:00Z",
    ])
    .await;
}

#[tokio::test]
async fn the_story_holds_on_a_leap_day_and_when_the_clocks_change() {
    holds_at_each(&[
        "2028-02-29T12:00:00Z",
        "2027-03-28T01:00:00Z",
        "2026-10-25T00:30:00Z",
        "2026-10-25T01:30:00Z",
    ])
    .await;
}

#[tokio::test]
async fn the_story_holds_on_ordinary_days() {
    holds_at_each(&[
        "2026-11-27T00:10:00Z",
        "2026-12-08T09:00:00Z",
        "2027-07-31T12:00:00Z",
        "2027-08-15T12:00:00Z",
    ])
    .await;
}

#[test]
fn what_is_signed_is_what_the_forms_say() {
    for (form, cell, words) in [
        (&QUARTERLY, "B13", STATEMENT),
        (&MONTHLY, "B5", MONTHLY_STATEMENT),
    ] {
        let book = Book::open(form.workbook.to_vec(), &Bounds::default()).unwrap();
        let sheet = workbook::read::sheets(&book)
            .iter()
            .position(|(name, _)| *name == "Sign-off")
            .unwrap();
        let read = workbook::read::value(&book, sheet, Cell::parse(cell).unwrap()).unwrap();
        assert_eq!(read, Value::Text(words.into()), "{}", form.file_name);
    }
}
