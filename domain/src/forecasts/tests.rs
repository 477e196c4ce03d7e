#![allow(clippy::unwrap_used, clippy::expect_used)]

use entity::{Money, OrganisationKind, Role, forecast};
use futures_util::future::join_all;
use sea_orm::EntityTrait;

use super::ops::{self, Entered, NewForecast, NewForecasts};
use super::view;
use crate::matching::{self, ops::NewMatch, ops::NewMatches};
use crate::testing::House;
use crate::{Ctx, Error};

fn entry(
    month: &str,
    category: Option<entity::CostCategoryId>,
    pounds: Option<i64>,
) -> NewForecast {
    NewForecast {
        month: month.parse().unwrap(),
        category_id: category,
        capital: false,
        amount_pence: pounds.map(|pounds| Money(pounds * 100)),
    }
}

fn entered(entered: usize, superseded: usize, unchanged: usize) -> Entered {
    Entered {
        entered,
        superseded,
        unchanged,
    }
}

#[tokio::test]
async fn forecasts_are_superseded_never_edited() {
    for house in House::each().await {
        let officer = house.somebody(Role::GrantsOfficer).await;
        let funder = house.body("GB-GOR-D1", "Department").await;
        let award = house.award(funder, "A", 1_000).await;
        let detox = Some(house.category("detox").await);
        let enter = async |entries: Vec<NewForecast>| {
            ops::enter(&house.db, &officer, award, None, &NewForecasts { entries }).await
        };
        let done = enter(vec![
            entry("2026-10-01", detox, Some(50)),
            entry("2026-11-01", detox, Some(60)),
            entry("2026-11-01", None, Some(7)),
        ])
        .await;
        assert_eq!(done.unwrap(), entered(3, 0, 0));
        let done = enter(vec![
            entry("2026-10-01", detox, Some(50)),
            entry("2026-11-01", detox, Some(61)),
            entry("2026-11-01", None, None),
            entry("2026-12-01", detox, None),
        ])
        .await;
        assert_eq!(done.unwrap(), entered(1, 2, 2));
        let standing: Vec<_> = view::all(&house.db, &officer, award)
            .await
            .unwrap()
            .into_iter()
            .map(|row| (row.month.to_string(), row.amount_pence))
            .collect();
        assert_eq!(
            standing,
            [
                ("2026-10-01".to_owned(), Money(5_000)),
                ("2026-11-01".to_owned(), Money(6_100)),
            ]
        );
        // nothing that was once expected is lost
        let kept = forecast::Entity::find().all(house.db.read()).await.unwrap();
        assert_eq!(kept.len(), 4);
        let strange = enter(vec![entry("2028-01-01", detox, Some(1))]).await;
        assert!(matches!(strange, Err(Error::Invalid(_))));
    }
}

#[tokio::test]
async fn a_grid_that_was_overtaken_is_not_taken_in() {
    for house in House::each().await {
        let officer = house.somebody(Role::GrantsOfficer).await;
        let funder = house.body("GB-GOR-D1", "Department").await;
        let award = house.award(funder, "A", 1_000).await;
        let grid = view::grid(&house.db, &officer, award).await.unwrap();
        assert_eq!(grid.months.len(), 12);
        // not by category: revenue and capital
        assert_eq!(grid.lines.len(), 2);
        let enter = async |ctx: &Ctx, seen: &str, pounds| {
            let new = NewForecasts {
                entries: vec![entry("2026-10-01", None, Some(pounds))],
            };
            ops::enter(&house.db, ctx, award, Some(seen), &new).await
        };
        enter(&officer, &grid.state, 5).await.unwrap();
        let late = enter(&officer, &grid.state, 6).await;
        assert!(matches!(late, Err(Error::Stale)));
        let grid = view::grid(&house.db, &officer, award).await.unwrap();
        assert_eq!(
            grid.lines[0].amounts.values().copied().collect::<Vec<_>>(),
            [Money(500)]
        );
        enter(&officer, &grid.state, 6).await.unwrap();
    }
}

/// Two officers fill the same month: both are answered, one amount stands.
#[tokio::test]
async fn forecasts_that_race_leave_one_standing() {
    for house in House::each().await {
        let officer = house.somebody(Role::GrantsOfficer).await;
        let funder = house.body("GB-GOR-D1", "Department").await;
        let award = house.award(funder, "A", 1_000).await;
        let racers: Vec<_> = (1..=12)
            .map(|pounds| {
                let (db, ctx) = (house.db.clone(), officer.clone());
                async move {
                    let new = NewForecasts {
                        entries: vec![entry("2026-10-01", None, Some(pounds))],
                    };
                    ops::enter(&db, &ctx, award, None, &new).await
                }
            })
            .collect();
        for answer in join_all(racers).await {
            assert_eq!(answer.unwrap().entered, 1);
        }
        assert_eq!(
            view::all(&house.db, &officer, award).await.unwrap().len(),
            1
        );
    }
}

#[tokio::test]
async fn match_stands_by_source_month_and_kind() {
    for house in House::each().await {
        let officer = house.somebody(Role::FinanceOfficer).await;
        let funder = house.body("GB-GOR-D1", "Department").await;
        let award = house.award(funder, "A", 1_000).await;
        let one = |month: &str, pounds: Option<i64>| NewMatch {
            source: " Marlshire County Council".to_owned(),
            source_kind: OrganisationKind::Council,
            in_kind: false,
            valued_how: None,
            month: month.parse().unwrap(),
            capital: false,
            amount_pence: pounds.map(|pounds| Money(pounds * 100)),
            secured: true,
            evidence: Some("Cabinet minute 41".to_owned()),
        };
        let enter = async |entries: Vec<NewMatch>| {
            matching::ops::enter(&house.db, &officer, award, &NewMatches { entries }).await
        };
        let done = enter(vec![one("2026-10-01", Some(5)), one("2026-11-01", Some(5))]).await;
        assert_eq!(done.unwrap(), entered(2, 0, 0));
        let done = enter(vec![
            one("2026-10-01", Some(5)),
            one("2026-11-01", None),
            one("2026-12-01", None),
        ])
        .await;
        assert_eq!(done.unwrap(), entered(0, 1, 2));
        let standing = matching::view::all(&house.db, &officer, award)
            .await
            .unwrap();
        assert_eq!(standing.len(), 1);
        assert_eq!(standing[0].source, "Marlshire County Council");
        // neither a trustee nor a funder's officer reads match
        for role in [Role::Trustee, Role::FundersOfficer] {
            let outsider = house.somebody_of(role, funder).await;
            let told = matching::view::all(&house.db, &outsider, award).await;
            assert!(matches!(told, Err(Error::NotAllowed(_))));
        }
    }
}
