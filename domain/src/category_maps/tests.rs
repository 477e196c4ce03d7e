#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]

use entity::{AwardId, CostCategoryId, Money, PaysFor, Role};

use super::ops::{NewBudgetLine, NewCategoryMap, record};
use super::view::{self, of_award};
use crate::Error;
use crate::attribution::tests::{load, ran, wrong};
use crate::forecasts::ops::{NewForecast, NewForecasts, enter};
use crate::positions::view::When;
use crate::spend::testing::{Given, House, day, on_each};

fn line(name: &str, budget: Option<i64>, of: &[CostCategoryId]) -> NewBudgetLine {
    NewBudgetLine {
        name: name.to_owned(),
        budget_pence: budget.map(Money),
        pays_for: PaysFor::Both,
        category_ids: of.to_vec(),
    }
}

async fn said(
    house: &House,
    award: AwardId,
    said_in: &str,
    lines: &[NewBudgetLine],
) -> Result<(), Error> {
    let new = NewCategoryMap {
        said_in: said_in.to_owned(),
        lines: lines.to_vec(),
    };
    record(&house.db, &house.worker, award, None, &new)
        .await
        .map(|_| ())
}

#[test]
fn what_an_award_paid_is_told_in_its_funders_own_lines() {
    on_each(async |house| {
        let care = house.category("care").await;
        let beds = house.category("beds").await;
        let events = house.category("events").await;
        let other = house.category("other").await;
        let award = house
            .given(Given {
                reference: "A",
                amount: 100_000,
                window: (day(2026, 10, 1), day(2027, 9, 30)),
                categories: &[care, beds, events],
                fence: None,
            })
            .await;
        // in two pools: the funder asks after its award, not after a pool
        house.pool("p", &[(award, 60_000)]).await;
        house.pool("q", &[(award, 40_000)]).await;
        load(
            &house,
            "x",
            &[
                (4, 4_000, "care", "p"),
                (5, 3_333, "beds", "p"),
                (6, 7_001, "care", "q"),
                (7, 900, "events", "q"),
                (8, -111, "care", "p"),
            ],
        )
        .await;
        ran(&house).await;
        let (db, officer) = (&house.db, &house.officer);
        let read = async |ctx, when| of_award(db, ctx, award, when).await;
        // nothing was said of its lines: all stands in none
        let none = read(officer, When::default()).await.unwrap();
        assert_eq!((none.said_in, none.lines.len()), (None, 0));
        assert_eq!(none.in_no_line.attributed_pence, Money(15_123));
        assert_eq!(none.in_no_line.categories, Vec::<String>::new());

        let before = house.clock.now();
        house.clock.set("2026-11-09T09:30:00Z".parse().unwrap());
        let people = line("1.1 People", Some(20_000), &[care]);
        let places = line("1.2 Places", Some(3_000), &[beds]);
        said(
            &house,
            award,
            "Letter, annex B",
            &[people.clone(), places.clone()],
        )
        .await
        .unwrap();
        let new = NewForecasts {
            entries: [Some(care), None]
                .map(|category_id| NewForecast {
                    month: day(2026, 12, 1),
                    category_id,
                    capital: false,
                    amount_pence: Some(Money(500)),
                })
                .to_vec(),
        };
        enter(db, officer, award, None, &new).await.unwrap();
        let seen = read(officer, When::default()).await.unwrap();
        assert_eq!(seen.said_in.as_deref(), Some("Letter, annex B"));
        let stand: Vec<_> = seen
            .lines
            .iter()
            .map(|one| {
                (
                    one.name.as_str(),
                    one.attributed_pence,
                    one.left_pence,
                    one.forecast_pence,
                )
            })
            .collect();
        assert_eq!(
            stand,
            [
                (
                    "1.1 People",
                    Money(10_890),
                    Some(Money(9_110)),
                    Some(Money(500))
                ),
                // more was spent than the funder gives for it
                (
                    "1.2 Places",
                    Money(3_333),
                    Some(Money(-333)),
                    Some(Money(0))
                ),
            ]
        );
        assert_eq!(seen.in_no_line.attributed_pence, Money(900));
        assert_eq!(seen.in_no_line.forecast_pence, Some(Money(500)));
        assert_eq!(seen.in_no_line.categories, ["events"]);
        // lines and the rest are what was paid
        let lines = Money::sum(seen.lines.iter().map(|one| one.attributed_pence)).unwrap();
        assert_eq!(
            lines.plus(seen.in_no_line.attributed_pence),
            Some(seen.attributed_pence)
        );
        // as of a day, and as it was known
        let on = When {
            as_of: Some(day(2026, 10, 5)),
            known_at: None,
        };
        let then = read(officer, on).await.unwrap();
        assert_eq!(
            (then.attributed_pence, then.forecast_pence),
            (Money(7_333), None)
        );
        assert_eq!(then.lines[0].attributed_pence, Money(4_000));
        let known = When {
            as_of: None,
            known_at: Some(before),
        };
        let then = read(officer, known).await.unwrap();
        assert_eq!((then.said_in, then.lines.len()), (None, 0));

        // a later map takes its place, and moves nothing
        house.clock.set("2026-11-10T09:30:00Z".parse().unwrap());
        let whole = line("Everything", None, &[care, beds, events]);
        said(&house, award, "Its form of 2027", &[whole])
            .await
            .unwrap();
        let seen = read(officer, When::default()).await.unwrap();
        assert_eq!(seen.lines[0].attributed_pence, Money(15_123));
        assert_eq!(
            (seen.lines[0].left_pence, seen.in_no_line.categories.len()),
            (None, 0)
        );
        assert_eq!(view::known(db, officer, [award]).await.unwrap().len(), 1);

        // the same spend in two lines, and what the award may not pay for
        let twice = said(
            &house,
            award,
            "x",
            &[people.clone(), line("Again", None, &[care])],
        )
        .await;
        assert!(
            matches!(&twice, Err(Error::Invalid(wrong)) if wrong[0].code == "in-two-lines"),
            "{twice:?}"
        );
        let outside = said(&house, award, "x", &[line("Other", None, &[other])]).await;
        assert!(
            matches!(&outside, Err(Error::Invalid(wrong)) if wrong[0].code == "not-paid-for"),
            "{outside:?}"
        );
        let stale = NewCategoryMap {
            said_in: "x".to_owned(),
            lines: vec![people],
        };
        let stale = record(db, &house.worker, award, Some(1), &stale).await;
        assert!(matches!(stale, Err(Error::Stale)), "{stale:?}");

        // its funder's officer reads it; another funder's finds nothing
        let theirs = house.somebody_of(Role::FundersOfficer, house.funder).await;
        assert_eq!(read(&theirs, When::default()).await.unwrap(), seen);
        let stranger = house.body("GB-GOR-X2", "Another").await;
        let stranger = house.somebody_of(Role::FundersOfficer, stranger).await;
        assert!(matches!(
            read(&stranger, When::default()).await,
            Err(Error::NotFound)
        ));
        assert_eq!(wrong(&house).await, Vec::<String>::new());
    });
}
