#![allow(clippy::unwrap_used, clippy::expect_used)]

use chrono::{DateTime, Utc};
use entity::{AwardId, AwardMoneyKind, Money, OrganisationId, PoolId, Role};

use super::ops::{NewDisclosure, mark_seen, record};
use super::rules::changes::{Cause, ChangedFigure};
use super::view::changes::{PositionChanges, SinceWhat, changes};
use crate::attribution::tests::{load, ran, wrong};
use crate::payments::ops::NewMoney;
use crate::spend::testing::{House, day, on_each};
use crate::{Ctx, Error, awards, payments};

/// Three funders' awards behind a pool, in this order: £100, £50 and £30.
async fn three(house: &House) -> (PoolId, [OrganisationId; 3], [AwardId; 3]) {
    house.category("care").await;
    let mut funders = [house.funder; 3];
    let mut given = Vec::new();
    for (at, (name, pence)) in [("A", 10_000), ("B", 5_000), ("C", 3_000)]
        .into_iter()
        .enumerate()
    {
        funders[at] = house
            .body(&format!("GB-GOR-F{at}"), &format!("Funder {name}"))
            .await;
        let mut new = house.new_award(funders[at], name, 1);
        new.amount_pence = Money(pence);
        let id = awards::ops::create(&house.db, &house.worker, &new)
            .await
            .unwrap();
        given.push((id, pence));
    }
    let pool = house.pool("p", &given).await;
    (pool, funders, [given[0].0, given[1].0, given[2].0])
}

async fn seen(house: &House, who: &Ctx, pool: Option<PoolId>) -> PositionChanges {
    changes(&house.db, who, pool, None).await.unwrap()
}

/// Award, figure and difference.
fn told(of: &PositionChanges) -> Vec<(String, ChangedFigure, i64)> {
    of.rows
        .iter()
        .flat_map(|row| {
            row.figures.iter().map(move |one| {
                assert_eq!(
                    one.before_pence.plus(one.more_pence),
                    Some(one.now_pence),
                    "{row:?}"
                );
                (row.funder.clone(), one.figure, one.more_pence.pence())
            })
        })
        .collect()
}

fn instant(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

#[test]
fn what_changed_is_the_position_now_less_the_position_as_it_was_known() {
    on_each(async |house| {
        let (pool, funders, [a, ..]) = three(&house).await;
        load(&house, "one", &[(2, 7_000, "care", "p")]).await;
        ran(&house).await;
        let officer = &house.officer;
        // nobody looked yet, and looking keeps nothing
        for _ in 0..2 {
            let first = seen(&house, officer, Some(pool)).await;
            assert_eq!((first.since, first.since_what), (None, SinceWhat::Never));
            assert_eq!((first.rows.len(), first.same), (0, 3));
        }
        house.clock.set(instant("2026-11-08T10:00:00Z"));
        mark_seen(&house.db, officer, Some(pool), officer.now())
            .await
            .unwrap();
        let none = seen(&house, officer, Some(pool)).await;
        assert_eq!(none.since_what, SinceWhat::Seen);
        assert_eq!((none.rows.len(), none.same), (0, 3));
        // all pools together are marked apart, and others mark for themselves
        let all = seen(&house, officer, None).await;
        assert_eq!(all.since_what, SinceWhat::Never);
        let trustee = house.somebody(Role::Trustee).await;
        let theirs = seen(&house, &trustee, Some(pool)).await;
        assert_eq!(theirs.since_what, SinceWhat::Never);
        // a file comes, and money
        house.clock.set(instant("2026-11-09T09:30:00Z"));
        load(&house, "two", &[(21, 13_000, "care", "p")]).await;
        ran(&house).await;
        let money = NewMoney {
            kind: AwardMoneyKind::Receipt,
            happened_on: day(2026, 11, 1),
            amount_pence: Money(500),
            ledger_reference: "GL 1".to_owned(),
            payment_id: None,
            note: String::new(),
        };
        payments::ops::record(&house.db, officer, a, &money)
            .await
            .unwrap();
        let now = seen(&house, officer, Some(pool)).await;
        let change = |of: &str, figure, more| (of.to_owned(), figure, more);
        use ChangedFigure::{Attributed, Received};
        assert_eq!(
            told(&now),
            [
                change("Funder B", Attributed, 5_000),
                change("Funder A", Attributed, 3_000),
                change("Funder A", Received, 500),
                change("Funder C", Attributed, 3_000),
            ]
        );
        assert_eq!(now.same, 0);
        let causes: Vec<(Cause, u32)> = now.rows[1]
            .causes
            .iter()
            .map(|one| (one.kind, one.count))
            .collect();
        assert_eq!(causes, [(Cause::Run, 1), (Cause::Money, 1)]);
        // what awards pay more and what nobody pays is what was spent more
        assert_eq!(
            (now.spend_before_pence, now.spend_pence),
            (Some(Money(7_000)), Some(Money(20_000)))
        );
        assert_eq!(
            (now.unfunded_before_pence, now.unfunded_pence),
            (Some(Money(0)), Some(Money(2_000)))
        );
        assert!(now.fully_covered_before && !now.fully_covered);
        // the same with an instant of one's own, also of all pools
        let asked = changes(&house.db, officer, None, now.since).await.unwrap();
        assert_eq!(
            (told(&asked), asked.since_what),
            (told(&now), SinceWhat::Asked)
        );
        let ahead = Some(instant("2026-11-10T09:30:00Z"));
        let refused = changes(&house.db, officer, Some(pool), ahead).await;
        assert!(matches!(refused, Err(Error::Invalid(_))), "{refused:?}");
        // a page that was left open since takes nothing back, and marks no more than it showed
        house.clock.set(instant("2026-11-09T11:00:00Z"));
        let old = instant("2026-11-01T09:00:00Z");
        mark_seen(&house.db, officer, Some(pool), old)
            .await
            .unwrap();
        assert_eq!(told(&seen(&house, officer, Some(pool)).await), told(&now));
        mark_seen(&house.db, officer, Some(pool), officer.now())
            .await
            .unwrap();
        assert_eq!(seen(&house, officer, Some(pool)).await.rows, []);
        assert_eq!(wrong(&house).await, Vec::<String>::new());

        // a funder's officer: their own award, and of others those that agreed to be named; no sum of the rest
        let since = Some(instant("2026-11-08T10:00:00Z"));
        let b = house.somebody_of(Role::FundersOfficer, funders[1]).await;
        let mine = changes(&house.db, &b, Some(pool), since).await.unwrap();
        assert_eq!(told(&mine), [change("Funder B", Attributed, 5_000)]);
        assert_eq!((mine.spend_pence, mine.unfunded_before_pence), (None, None));
        assert!(!mine.fully_covered);
        let named = NewDisclosure {
            funder_id: funders[0],
            by_name: true,
            starts_on: day(2026, 11, 1),
            agreed_by: "Ada".to_owned(),
            agreed_on: day(2026, 11, 1),
            reference: "letter".to_owned(),
        };
        record(&house.db, officer, pool, None, &named)
            .await
            .unwrap();
        let mine = changes(&house.db, &b, Some(pool), since).await.unwrap();
        assert_eq!(
            told(&mine),
            [
                change("Funder B", Attributed, 5_000),
                change("Funder A", Attributed, 3_000)
            ]
        );
        // what passed between a co-funder and us is not told as a cause either
        let causes: Vec<Cause> = mine.rows[1].causes.iter().map(|one| one.kind).collect();
        assert_eq!(causes, [Cause::Run]);
        mark_seen(&house.db, &b, Some(pool), b.now()).await.unwrap();
        assert_eq!(seen(&house, &b, Some(pool)).await.rows, []);
        // not of a pool that their awards do not pay into, nor of all
        let other = house.pool("q", &[]).await;
        for of in [Some(other), None] {
            assert!(changes(&house.db, &b, of, since).await.is_err());
            assert!(mark_seen(&house.db, &b, of, b.now()).await.is_err());
        }
    });
}
