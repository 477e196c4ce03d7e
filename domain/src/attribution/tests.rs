#![allow(clippy::unwrap_used, clippy::expect_used)]
use entity::{CostCategoryId, Money, PoolId, SpendLineId, spend_line};
use sea_orm::{ActiveModelTrait, ColumnTrait, EntityTrait, IntoActiveModel, QueryFilter};

use super::{ops, view};
use crate::imports;
use crate::spend::testing::{Given, House, day, on_each};
use crate::spend::view::{Settled, SpendFilter};

const YEAR: (u32, u32) = (4, 3);

/// Loads and accepts lines: (day of October 2026, pence, category slug, pool slug). A category may be followed by @ and a
/// place.
pub(crate) async fn load(house: &House, name: &str, lines: &[(u32, i64, &str, &str)]) {
    load_of(house, name, (name, 0), lines).await;
}

/// The same, as further lines of a transaction.
pub(crate) async fn load_of(
    house: &House,
    name: &str,
    (transaction, first): (&str, usize),
    lines: &[(u32, i64, &str, &str)],
) {
    use imports::ops as doing;
    use imports::rules::{ColumnRef, Field, ImportProfile};
    let (db, me) = (&house.db, &house.officer);
    let column = |name: &str| ColumnRef::Header(name.to_owned());
    let spec = ImportProfile {
        system: "ledger".to_owned(),
        columns: [
            (Field::Transaction, column("t")),
            (Field::Line, column("l")),
            (Field::IncurredOn, column("d")),
            (Field::Amount, column("a")),
            (Field::Pool, column("p")),
            (Field::Category, column("c")),
            (Field::Place, column("w")),
        ]
        .into(),
        defaults: [(Field::Kind, "invoice".to_owned())].into(),
        ..ImportProfile::default()
    };
    doing::save_profile(
        db,
        me,
        &doing::SaveProfile {
            name: name.to_owned(),
            spec,
        },
    )
    .await
    .unwrap();
    let mut file = "t,l,d,a,p,c,w\n".to_owned();
    for (n, (on, pence, category, pool)) in lines.iter().enumerate() {
        let pounds = Money(*pence).in_full().replace('£', "").replace('−', "-");
        let (category, place) = category.split_once('@').unwrap_or((category, ""));
        file.push_str(&format!(
            "{transaction},{},{on:02}/10/2026,\"{pounds}\",{pool},{category},{place}\n",
            first + n
        ));
    }
    let whole = doing::import_whole(
        db,
        &house.worker,
        &house.reader(),
        name,
        "f.csv",
        file.as_bytes(),
        (day(2026, 10, 1), day(2026, 10, 31)),
        lines.iter().map(|line| line.1).sum(),
        &mut |_| {},
    )
    .await
    .unwrap();
    assert_eq!(whole.waits_for, [""; 0], "{:?}", whole.faults);
}

/// What the audit of the whole database finds, the unsealed audit log aside.
pub(crate) async fn wrong(house: &House) -> Vec<String> {
    let report = crate::checks::run(&house.db, &house.worker).await.unwrap();
    report
        .findings
        .into_iter()
        .filter(|finding| !finding.check.starts_with("audit"))
        .map(|finding| finding.message)
        .collect()
}

pub(crate) async fn ran(house: &House) -> u32 {
    let ran = ops::run_due(&house.db, &house.worker).await.unwrap();
    assert_eq!(wrong(house).await, Vec::<String>::new());
    ran
}

pub(crate) async fn sums(house: &House, pool: PoolId) -> (i64, Vec<i64>, i64) {
    let year = (day(2026, YEAR.0, 1), day(2027, YEAR.1, 31));
    let spend = view::pool_spend(&house.db, &house.officer, pool, year)
        .await
        .unwrap();
    let by: Vec<i64> = spend.by_award.iter().map(|a| a.attributed_pence).collect();
    assert_eq!(
        spend.spend_pence,
        by.iter().sum::<i64>() + spend.unfunded_pence
    );
    (spend.spend_pence, by, spend.unfunded_pence)
}

async fn two_awards(house: &House, care: CostCategoryId) -> (PoolId, entity::AwardId) {
    let window = (day(2026, 4, 1), day(2027, 3, 31));
    let first = house
        .given(Given {
            reference: "A",
            amount: 10_000,
            window,
            categories: &[care],
            fence: None,
        })
        .await;
    let second = house
        .given(Given {
            reference: "B",
            amount: 5_000,
            window,
            categories: &[],
            fence: None,
        })
        .await;
    let pool = house.pool("p", &[(first, 10_000), (second, 4_000)]).await;
    (pool, first)
}

#[test]
fn runs_append_differences_and_a_later_line_moves_earlier_ones() {
    on_each(async |house| {
        let care = house.category("care").await;
        house.category("events").await;
        let (pool, first) = two_awards(&house, care).await;
        load(
            &house,
            "x",
            &[(10, 8_000, "care", "p"), (20, 1_000, "events", "p")],
        )
        .await;
        assert_eq!(ran(&house).await, 1);
        assert_eq!(ran(&house).await, 0);
        assert_eq!(sums(&house, pool).await, (9_000, vec![8_000, 1_000], 0));

        // an earlier line arrives later: it takes the first award's room, differences move the rest
        load(
            &house,
            "y",
            &[(1, 7_000, "care", "p"), (25, -500, "care", "p")],
        )
        .await;
        assert_eq!(ran(&house).await, 1);
        assert_eq!(
            sums(&house, pool).await,
            (15_500, vec![10_000, 4_000], 1_500)
        );
        let runs = crate::proposals::view::runs(&house.db, &house.officer, pool, None, 10)
            .await
            .unwrap()
            .items;
        assert_eq!(runs.len(), 2);
        assert_eq!((runs[0].lines, runs[0].unfunded_pence), (4, Money(1_500)));

        // unattributed first, each with its reason; the sums agree in every view
        let me = &house.officer;
        let lines = crate::spend::view::list(&house.db, me, &SpendFilter::default(), None, 2)
            .await
            .unwrap();
        assert!(lines.iter().all(|line| line.unfunded_because.is_some()));
        let rest = crate::spend::view::list(
            &house.db,
            me,
            &SpendFilter::default(),
            lines.last().map(|line| line.id),
            10,
        )
        .await
        .unwrap();
        assert_eq!(lines.len() + rest.len(), 4);
        let all: Vec<SpendLineId> = lines.iter().chain(&rest).map(|line| line.id).collect();
        assert_eq!(
            all.iter().collect::<std::collections::BTreeSet<_>>().len(),
            4
        );
        for line in lines.iter().chain(&rest) {
            let paid: i64 = line.attributions.iter().map(|part| part.amount_pence).sum();
            assert_eq!(line.amount_pence, paid + line.unfunded_pence);
        }
        let totals = crate::spend::view::totals(&house.db, me, &SpendFilter::default())
            .await
            .unwrap();
        assert_eq!(totals.unfunded_pence, 1_500);
        let reasons: i64 = totals.reasons.iter().map(|total| total.amount_pence).sum();
        assert_eq!(reasons, 1_500);
        for reason in &totals.reasons {
            let filter = SpendFilter {
                reason: Some(reason.reason),
                ..SpendFilter::default()
            };
            let of_reason = crate::spend::view::list(&house.db, me, &filter, None, 50)
                .await
                .unwrap();
            assert_eq!(i64::try_from(of_reason.len()).unwrap(), reason.lines);
        }
        let by_award = SpendFilter {
            award: Some(first),
            state: Some(Settled::Settled),
            month: Some(day(2026, 10, 9)),
            ..SpendFilter::default()
        };
        assert!(
            crate::spend::view::list(&house.db, me, &by_award, None, 50)
                .await
                .unwrap()
                .iter()
                .all(|line| line.unfunded_pence == 0)
        );
        let one = crate::spend::view::one(&house.db, me, all[0])
            .await
            .unwrap();
        assert_eq!(one.id, all[0]);
    });
}

#[test]
fn pools_that_share_an_award_never_take_it_over_its_amount() {
    on_each(async |house| {
        let care = house.category("care").await;
        let award = house
            .given(Given {
                reference: "A",
                amount: 10_000,
                window: (day(2026, 4, 1), day(2027, 3, 31)),
                categories: &[],
                fence: Some((1_000, 6_000, care)),
            })
            .await;
        let p = house.pool("p", &[(award, 5_000)]).await;
        let q = house.pool("q", &[(award, 5_000)]).await;
        load(
            &house,
            "x",
            &[(1, 4_000, "care", "p"), (1, 4_000, "care", "q")],
        )
        .await;
        // two workers at once, as when one has lost its lease
        let (a, b) = tokio::join!(
            ops::run_due(&house.db, &house.worker),
            ops::run_due(&house.db, &house.worker)
        );
        assert!(a.unwrap() + b.unwrap() >= 2);
        ran(&house).await;
        let (_, by_p, left_p) = sums(&house, p).await;
        let (_, by_q, left_q) = sums(&house, q).await;
        // the fence's limit is what both pools meet
        assert_eq!(by_p.iter().sum::<i64>() + by_q.iter().sum::<i64>(), 6_000);
        assert_eq!(left_p + left_q, 2_000);
        house
            .clock
            .set(house.worker.now() + chrono::Duration::hours(1));
        crate::housekeeping::sweep(&house.db, &house.worker)
            .await
            .unwrap();
        assert_eq!(wrong(&house).await, Vec::<String>::new());
    });
}

#[test]
fn a_change_of_an_award_is_news_and_a_broken_fact_is_found() {
    on_each(async |house| {
        let care = house.category("care").await;
        let (pool, first) = two_awards(&house, care).await;
        load(&house, "x", &[(10, 8_000, "care", "p")]).await;
        assert_eq!(ran(&house).await, 1);
        let tell = async |amount: i64| {
            let command = crate::Command::new(crate::access::rules::Operation::KeepHouse);
            house
                .db
                .write(&house.worker, command, async |tx| {
                    let mut row = entity::award::Entity::find_by_id(first)
                        .one(tx.conn())
                        .await?
                        .unwrap()
                        .into_active_model();
                    row.ends_on = sea_orm::ActiveValue::Set(day(2026, 9, 30));
                    row.amount = sea_orm::ActiveValue::Set(Money(amount));
                    row.update(tx.conn()).await?;
                    entity::award_year::Entity::update_many()
                        .col_expr(
                            entity::award_year::Column::EndsOn,
                            sea_orm::sea_query::Expr::value(day(2026, 9, 30)),
                        )
                        .filter(entity::award_year::Column::AwardId.eq(first))
                        .exec(tx.conn())
                        .await?;
                    Ok(())
                })
                .await
                .unwrap();
        };
        tell(10_000).await;
        assert_eq!(ran(&house).await, 1);
        // the first award ended before the line: the second pays up to its contribution
        assert_eq!(sums(&house, pool).await, (8_000, vec![4_000], 4_000));

        let command = crate::Command::new(crate::access::rules::Operation::KeepHouse);
        house
            .db
            .write(&house.worker, command, async |tx| {
                // whoever owns the database takes its guard away first
                use sea_orm::ConnectionTrait;
                tx.conn()
                    .execute_unprepared(match tx.conn().get_database_backend() {
                        sea_orm::DbBackend::Sqlite => "DROP TRIGGER no_change_spend_line",
                        _ => "DROP TRIGGER no_change_spend_line ON spend_line",
                    })
                    .await?;
                spend_line::Entity::update_many()
                    .col_expr(
                        spend_line::Column::Amount,
                        sea_orm::sea_query::Expr::value(3_000_i64),
                    )
                    .filter(spend_line::Column::PoolId.eq(pool))
                    .exec(tx.conn())
                    .await?;
                Ok(())
            })
            .await
            .unwrap();
        let wrong = wrong(&house).await.join(" ");
        assert!(
            wrong.contains("is £30.00, and £40.00 of it is attributed"),
            "{wrong}"
        );
        for kept in [
            "What is kept of the spend of 2026-10-10",
            "is kept as £50.00 more",
        ] {
            assert!(wrong.contains(kept), "{kept}: {wrong}");
        }
    });
}

/// Lines and sums of a filter, from three views that are computed apart.
async fn agree(house: &House, filter: SpendFilter) -> i64 {
    use crate::spend::view::{each, list, totals};
    let (db, me) = (&house.db, &house.officer);
    let sums = totals(db, me, &filter).await.unwrap();
    let mut all = Vec::new();
    each(db, me, &filter, |line| all.push(line)).await.unwrap();
    let of =
        |amount: fn(&crate::spend::view::SpendView) -> i64| all.iter().map(amount).sum::<i64>();
    let counted = i64::try_from(all.len()).unwrap();
    assert_eq!(
        (sums.lines, sums.amount_pence, sums.unfunded_pence),
        (
            counted,
            of(|line| line.amount_pence),
            of(|line| line.unfunded_pence)
        ),
        "{filter:?}"
    );
    let mut paged = Vec::new();
    while let Some(line) = {
        let after = paged.last().copied();
        list(db, me, &filter, after, 1).await.unwrap().pop()
    } {
        paged.push(line.id);
    }
    assert_eq!(
        paged,
        all.iter().map(|line| line.id).collect::<Vec<_>>(),
        "{filter:?}"
    );
    let settled: Vec<bool> = all
        .iter()
        .map(|line| line.unfunded_because.is_none())
        .collect();
    assert!(settled.is_sorted(), "what is not settled comes first");
    for reason in sums.reasons {
        let lines = all
            .iter()
            .filter(|line| line.unfunded_because == Some(reason.reason));
        assert_eq!(
            i64::try_from(lines.count()).unwrap(),
            reason.lines,
            "{filter:?}"
        );
    }
    counted
}

#[test]
fn every_view_of_spend_agrees_before_and_after_it_is_attributed() {
    use crate::attribution::rules::Unfunded;
    on_each(async |house| {
        let care = house.category("care").await;
        let events = house.category("events").await;
        let (pool, first) = two_awards(&house, care).await;
        house.pool("q", &[]).await;
        let everything = async |house: &House| {
            let mut filters = vec![SpendFilter::default()];
            for reason in Unfunded::ALL {
                filters.push(SpendFilter {
                    reason: Some(reason),
                    ..SpendFilter::default()
                });
            }
            for state in [Settled::Settled, Settled::Unsettled] {
                for by in [
                    SpendFilter::default(),
                    SpendFilter {
                        pool: Some(pool),
                        ..SpendFilter::default()
                    },
                    SpendFilter {
                        category: Some(events),
                        ..SpendFilter::default()
                    },
                    SpendFilter {
                        award: Some(first),
                        ..SpendFilter::default()
                    },
                    SpendFilter {
                        from: Some(day(2026, 10, 5)),
                        to: Some(day(2026, 10, 20)),
                        ..SpendFilter::default()
                    },
                ] {
                    filters.push(SpendFilter {
                        state: Some(state),
                        ..by.clone()
                    });
                    filters.push(by);
                }
            }
            let mut counted = Vec::new();
            for filter in filters {
                counted.push(agree(house, filter).await);
            }
            counted[0]
        };
        let lines = [
            (10, 8_000, "care", "p"),
            (10, 8_000, "events", "p"),
            (20, 1_000, "events", "q"),
            (20, -300, "care", "p"),
            (21, 0, "care", "p"),
        ];
        load(&house, "x", &lines).await;
        assert_eq!(everything(&house).await, 5);
        ran(&house).await;
        assert_eq!(everything(&house).await, 5);
        load(
            &house,
            "y",
            &[(2, 4_000, "care", "p"), (21, 10, "care", "q")],
        )
        .await;
        assert_eq!(everything(&house).await, 7);
        ran(&house).await;
        assert_eq!(everything(&house).await, 7);

        // the lists of runs that were overtaken go, and nobody misses them
        let later = house.worker.now() + chrono::Duration::hours(2);
        house.clock.set(later);
        let swept = crate::housekeeping::sweep(&house.db, &house.worker)
            .await
            .unwrap();
        assert!(
            swept
                .rows
                .iter()
                .any(|(table, _)| *table == "unfunded_line"),
            "{swept:?}"
        );
        assert_eq!(everything(&house).await, 7);
        assert_eq!(wrong(&house).await, Vec::<String>::new());
    });
}
