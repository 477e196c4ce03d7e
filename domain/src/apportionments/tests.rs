//! Splits from end to end: approved by another, applied once, to the penny, and taken back with their
//! lines; the ledger agrees throughout.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use entity::{Money, PoolId, Role, SpendLineId, apportioned_line, spend_line};
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter};

use super::ops::{self, End, NewApportionment, NewPart};
use super::view::{self, ApportionmentState};
use crate::access::rules::Operation;
use crate::attribution::tests::{load, ran, sums};
use crate::spend::testing::{Given, House, day, on_each};
use crate::{Command, Error};

struct Two {
    care: entity::CostCategoryId,
    p: PoolId,
    q: PoolId,
}

async fn two(house: &House) -> Two {
    let care = house.category("care").await;
    let window = (day(2026, 4, 1), day(2027, 3, 31));
    let given = |reference| Given {
        reference,
        amount: 50_000,
        window,
        categories: &[],
        fence: None,
    };
    let a = house.given(given("A")).await;
    let b = house.given(given("B")).await;
    Two {
        care,
        p: house.pool("p", &[(a, 50_000)]).await,
        q: house.pool("q", &[(b, 50_000)]).await,
    }
}

fn shared(two: &Two, from: u32) -> NewApportionment {
    let part = |pool_id, share_bp| NewPart {
        pool_id,
        category_id: None,
        place: None,
        share_bp,
    };
    NewApportionment {
        title: "Shared salaries".to_owned(),
        cost_centre: None,
        account: None,
        category_id: Some(two.care),
        pool_id: Some(two.p),
        starts_on: day(2026, 10, from),
        parts: vec![part(two.p, 6_667), part(two.q, 3_333)],
        reason: "A third of the team's time is for the other pool.".to_owned(),
        reaches_back: true,
    }
}

fn code(error: &Error) -> String {
    match error {
        Error::Invalid(found) => found[0].code.to_string(),
        Error::Refused { rule, .. } => (*rule).to_owned(),
        other => format!("{other:?}"),
    }
}

async fn lines(house: &House) -> Vec<spend_line::Model> {
    spend_line::Entity::find()
        .filter(spend_line::Column::Identity.not_like("a:%"))
        .filter(spend_line::Column::Identity.not_like("r:%"))
        .all(house.db.read())
        .await
        .unwrap()
}

#[test]
fn a_split_is_seen_approved_by_another_and_applied_to_the_penny() {
    on_each(async |house| {
        let two = two(&house).await;
        let (db, me) = (&house.db, &house.officer);
        load(
            &house,
            "x",
            &[
                (5, 1_000, "care", "p"),
                (20, 1_000, "care", "p"),
                (21, 1, "care", "p"),
            ],
        )
        .await;
        ran(&house).await;
        let new = shared(&two, 10);
        let seen = view::preview(db, me, &new).await.unwrap();
        assert_eq!((seen.lines, seen.amount_pence), (2, 1_001));
        let moved: Vec<i64> = seen.spend.iter().map(|one| one.moved_pence).collect();
        assert_eq!(moved.iter().sum::<i64>(), 0);
        assert!(moved.contains(&333), "{moved:?}");
        assert_eq!(seen.pools.len(), 2);

        let quiet = NewApportionment {
            reaches_back: false,
            ..new.clone()
        };
        let told = ops::propose(db, me, &quiet).await.unwrap_err();
        assert_eq!(code(&told), "reaches-back");
        let id = ops::propose(db, me, &new).await.unwrap();
        assert_eq!(ran(&house).await, 0, "it waits");
        let told = ops::approve(db, me, id, Some(1)).await.unwrap_err();
        assert_eq!(code(&told), "own-apportionment");
        let other = house.somebody(Role::GrantsOfficer).await;
        ops::approve(db, &other, id, Some(1)).await.unwrap();
        assert_eq!(ran(&house).await, 2);
        // 1,000 is before its day; 1,000 is split 667 to 333; of a penny one pool has all
        assert_eq!(sums(&house, two.p).await, (1_668, vec![1_668], 0));
        assert_eq!(sums(&house, two.q).await, (333, vec![333], 0));
        // once, however often it is looked at
        assert_eq!(ran(&house).await, 0);
        let told = view::one(db, me, id).await.unwrap();
        assert_eq!(
            (told.state, told.lines, told.amount_pence),
            (ApportionmentState::Approved, 2, 1_001)
        );

        // a line opens to its parts, and a part to its line
        let whole = lines(&house).await;
        let whole = whole
            .iter()
            .find(|line| line.incurred_on == day(2026, 10, 20))
            .unwrap();
        let split = view::of_line(db, me, whole.id).await.unwrap().unwrap();
        let amounts: Vec<i64> = split.parts.iter().map(|part| part.amount_pence).collect();
        assert_eq!(amounts, [667, 333]);
        let back = view::of_line(db, me, split.parts[1].line_id)
            .await
            .unwrap()
            .unwrap();
        assert_eq!(back.of_line_id, whole.id);

        // what the ledger is told to have is untouched
        let kept: i64 = db
            .read()
            .query_one_raw(crate::db::statement(
                db.read(),
                "SELECT CAST(SUM(amount) AS bigint) AS total FROM ledger_total",
                [],
            ))
            .await
            .unwrap()
            .unwrap()
            .try_get("", "total")
            .unwrap();
        assert_eq!(kept, 2_001);

        // what comes later is split too, until it ends
        load(&house, "y", &[(22, 600, "care", "p")]).await;
        assert_eq!(ran(&house).await, 2);
        assert_eq!(sums(&house, two.q).await, (533, vec![533], 0));
        let told = ops::end(
            db,
            me,
            id,
            None,
            &End {
                ends_on: day(2026, 11, 7),
                reason: "Over".to_owned(),
            },
        )
        .await
        .unwrap_err();
        assert_eq!(code(&told), "in-the-past");
        let end = End {
            ends_on: day(2026, 11, 8),
            reason: "The team is one pool's again.".to_owned(),
        };
        ops::end(db, me, id, None, &end).await.unwrap();
        assert_eq!(
            code(&ops::end(db, me, id, None, &end).await.unwrap_err()),
            "apportionment-not-running"
        );
    });
}

#[test]
fn what_is_taken_back_takes_its_parts_back() {
    on_each(async |house| {
        let two = two(&house).await;
        let (db, me) = (&house.db, &house.officer);
        load(&house, "x", &[(20, 900, "care", "p")]).await;
        let id = ops::propose(db, me, &shared(&two, 1)).await.unwrap();
        let other = house.somebody(Role::GrantsOfficer).await;
        ops::approve(db, &other, id, None).await.unwrap();
        ran(&house).await;
        assert_eq!(sums(&house, two.q).await, (300, vec![300], 0));
        let whole: SpendLineId = lines(&house).await[0].id;
        // a newer extract does not have it: it is taken back
        let ctx = house.worker.clone();
        let line = spend_line::Entity::find_by_id(whole)
            .one(db.read())
            .await
            .unwrap()
            .unwrap();
        db.write(&ctx, Command::new(Operation::KeepHouse), async |tx| {
            let import = entity::SpendImportId::new();
            let back = crate::imports::reversal(import, 1, line.clone())?;
            let sheet = workbook::sheet::Sheet {
                name: "x".to_owned(),
                headings: vec!["x".to_owned()],
                rows: Vec::new(),
            };
            crate::imports::made::of_split(tx, &ctx, import, "x.csv", sheet, vec![back]).await
        })
        .await
        .unwrap();
        ran(&house).await;
        assert_eq!(sums(&house, two.p).await, (0, vec![], 0));
        assert_eq!(sums(&house, two.q).await, (0, vec![], 0));
        assert_eq!(ran(&house).await, 0);
        let told = view::one(db, me, id).await.unwrap();
        assert_eq!((told.lines, told.amount_pence), (0, 0));
    });
}

#[test]
fn two_splits_never_take_one_line_and_what_is_kept_is_kept() {
    on_each(async |house| {
        let two = two(&house).await;
        let (db, me) = (&house.db, &house.officer);
        let one = ops::propose(db, me, &shared(&two, 1)).await.unwrap();
        let twin = ops::propose(db, me, &shared(&two, 15)).await.unwrap();
        let other = house.somebody(Role::GrantsOfficer).await;
        // both at once: one passes
        let (a, b) = tokio::join!(
            ops::approve(db, &other, one, None),
            ops::approve(db, &other, twin, None)
        );
        assert!(a.is_ok() != b.is_ok(), "{a:?} {b:?}");
        let told = ops::propose(db, me, &shared(&two, 20)).await.unwrap_err();
        assert_eq!(code(&told), "two-at-once");
        let waits = if a.is_ok() { twin } else { one };
        ops::withdraw(db, me, waits, None).await.unwrap();
        let told = ops::approve(db, &other, waits, None).await.unwrap_err();
        assert_eq!(code(&told), "apportionment-settled");
        let trustee = house.somebody(Role::Trustee).await;
        let told = ops::propose(db, &trustee, &shared(&two, 1)).await;
        assert!(matches!(told, Err(Error::NotAllowed { .. })));

        load(&house, "x", &[(20, 900, "care", "p")]).await;
        ran(&house).await;
        let made = apportioned_line::Entity::find()
            .all(db.read())
            .await
            .unwrap();
        assert_eq!(made.len(), 3);
        for sql in [
            "UPDATE apportionment SET title = 'x'",
            "DELETE FROM apportionment",
            "UPDATE apportionment_part SET share_bp = 1",
            "DELETE FROM apportionment_part",
            "DELETE FROM apportioned_line",
        ] {
            let wrote = db
                .write(
                    &house.worker,
                    Command::new(Operation::KeepHouse),
                    async |tx| {
                        tx.conn().execute_unprepared(sql).await?;
                        Ok(())
                    },
                )
                .await;
            assert!(wrote.is_err(), "{sql}");
        }
        let negative = Money(-900);
        load(&house, "y", &[(21, negative.pence(), "care", "p")]).await;
        ran(&house).await;
        assert_eq!(sums(&house, two.q).await.0, 0);
    });
}
