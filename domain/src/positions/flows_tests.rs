#![allow(clippy::unwrap_used, clippy::expect_used)]

use entity::{CommitmentKind, Money, PoolId, Role};

use super::view::flows::{Flows, flows};
use super::view::{self, When};
use crate::attribution::agreements_tests::{load, terms};
use crate::attribution::tests::{ran, wrong};
use crate::commitments::ops::{CommitmentTerms, NewCommitment, record};
use crate::spend::testing::{House, day, on_each};
use crate::{Error, awards};

const NOW: When = When {
    as_of: None,
    known_at: None,
};

fn on(year: i32, month: u32, of: u32) -> When {
    When {
        as_of: Some(day(year, month, of)),
        known_at: None,
    }
}

async fn agreed(
    house: &House,
    pool: PoolId,
    (reference, supplier): (&str, &str),
    (org_id, name): (&str, &str),
) {
    let new = NewCommitment {
        provider_id: house.body(org_id, name).await,
        holder_id: house.charity,
        kind: CommitmentKind::Contract,
        reference: reference.to_owned(),
        terms: CommitmentTerms {
            supplier: supplier.to_owned(),
            ..terms(pool, Vec::new())
        },
    };
    record(&house.db, &house.officer, &new).await.unwrap();
}

/// From, to and how much.
type Told<'a> = Vec<(&'a str, &'a str, i64)>;

fn sources(of: &Flows) -> Told<'_> {
    let rows = of.sources.iter();
    rows.map(|one| (&*one.funder, &*one.pool, one.amount_pence.pence()))
        .collect()
}

fn purposes(of: &Flows) -> Told<'_> {
    let rows = of.purposes.iter();
    rows.map(|one| (&*one.pool, &*one.purpose, one.amount_pence.pence()))
        .collect()
}

fn providers(of: &Flows) -> Told<'_> {
    let rows = of.providers.as_ref().unwrap().iter();
    rows.map(|one| (&*one.purpose, &*one.provider, one.amount_pence.pence()))
        .collect()
}

async fn of(house: &House, pool: Option<PoolId>, when: When) -> Flows {
    let found = flows(&house.db, &house.officer, pool, when).await.unwrap();
    let sum = |of: &mut dyn Iterator<Item = Money>| Money::sum(of).unwrap();
    let spend = found.spend_pence;
    // every column of the picture is the spend
    assert_eq!(
        sum(&mut found.sources.iter().map(|one| one.amount_pence)),
        spend
    );
    assert_eq!(
        sum(&mut found.purposes.iter().map(|one| one.amount_pence)),
        spend
    );
    if let Some(providers) = &found.providers {
        assert_eq!(
            sum(&mut providers.iter().map(|one| one.amount_pence)),
            spend
        );
    }
    // and what the position says
    let position = match pool {
        Some(id) => view::of_pool(&house.db, &house.officer, id, when).await,
        None => view::of_all(&house.db, &house.officer, when).await,
    };
    let position = position.unwrap();
    assert_eq!(position.spend_pence, Some(spend));
    assert_eq!(position.unfunded_pence, Some(found.unfunded_pence));
    assert_eq!(
        position.together.attributed_pence,
        Some(found.attributed_pence)
    );
    found
}

#[test]
fn money_flows_from_funders_to_providers_and_every_step_is_the_spend() {
    on_each(async |house| {
        house.category("care").await;
        house.category("rent").await;
        let council = house.body("GB-GOR-F1", "Council").await;
        let mut second = house.new_award(council, "B", 1);
        second.amount_pence = Money(4_000);
        let b = awards::ops::create(&house.db, &house.worker, &second)
            .await
            .unwrap();
        let a = house.award(house.funder, "A", 100).await;
        let pool = house.pool("p", &[(a, 6_000), (b, 4_000)]).await;
        let other = house.pool("q", &[(a, 4_000)]).await;
        let empty = of(&house, Some(other), NOW).await;
        assert_eq!((empty.sources.len(), empty.purposes.len()), (0, 0));
        assert_eq!(providers(&empty), []);
        let rowan = ("GB-COH-1", "Rowan House");
        agreed(&house, pool, ("C-1", "Rowan"), rowan).await;
        agreed(&house, pool, ("C-2", "Willow Ltd"), ("GB-COH-2", "Willow")).await;
        let rows = "1,1,02/10/2026,50.00,p,care,Rowan,\n\
                    1,2,10/10/2026,30.00,p,rent,Landlord,\n\
                    1,3,20/10/2026,25.00,p,care,Somebody,C-2\n\
                    1,4,21/10/2026,-5.00,p,rent,Rowan,\n\
                    1,5,22/10/2026,7.00,q,care,Rowan,\n";
        load(&house, rows, 10_700).await;
        // before a run nothing is paid for, and agreements are known from the lines
        let early = of(&house, Some(pool), NOW).await;
        assert_eq!(sources(&early), [("", "Pool p", 10_000)]);
        ran(&house).await;
        let now = of(&house, Some(pool), NOW).await;
        assert_eq!(providers(&now), providers(&early));
        assert_eq!(
            sources(&now),
            [
                ("A department", "Pool p", 6_000),
                ("Council", "Pool p", 4_000)
            ]
        );
        assert_eq!(
            purposes(&now),
            [("Pool p", "care", 7_500), ("Pool p", "rent", 2_500)]
        );
        // who is named by the line's order is paid for it; what a provider gave back counts against it
        assert_eq!(
            providers(&now),
            [
                ("care", "Rowan House", 5_000),
                ("rent", "Rowan House", -500),
                ("care", "Willow", 2_500),
                ("rent", "", 3_000),
            ]
        );
        // both pools: what is bought of no agreement in the other one
        let all = of(&house, None, NOW).await;
        assert_eq!(all.spend_pence, Money(10_700));
        assert!(providers(&all).contains(&("care", "", 700)));
        assert!(sources(&all).contains(&("A department", "Pool q", 700)));
        // as of the last day of a month it is known what counts against agreements; of days within one it is not
        let then = of(&house, Some(pool), on(2026, 10, 31)).await;
        assert_eq!(providers(&then), providers(&now));
        let then = of(&house, Some(pool), on(2026, 9, 30)).await;
        assert_eq!(providers(&then), []);
        let then = of(&house, Some(pool), on(2026, 10, 9)).await;
        assert_eq!(
            (then.providers.is_none(), then.spend_pence),
            (true, Money(5_000))
        );
        let known = When {
            as_of: None,
            known_at: Some(house.officer.now()),
        };
        let then = of(&house, Some(pool), known).await;
        assert!(then.providers.is_none());
        assert_eq!(wrong(&house).await, Vec::<String>::new());
        // no funder's officer is told what a category takes of all funders
        let theirs = house.somebody_of(Role::FundersOfficer, council).await;
        for pool in [Some(pool), None] {
            let told = flows(&house.db, &theirs, pool, NOW).await;
            assert!(matches!(told, Err(Error::NotAllowed(_))), "{told:?}");
        }
    });
}
