//! What becomes of what a pool overspends and leaves, worked out on how it stands.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use entity::{BalanceRule as Kind, Role};
use sea_orm::ConnectionTrait;

use super::ops::balance::{NamedShare, NewBalanceRule, agree};
use super::view::balance::of_pool;
use super::view::policies::PolicyStanding;
use crate::access::rules::Operation;
use crate::attribution::tests::{load, ran};
use crate::spend::testing::{Given, House, day, on_each};
use crate::{Command, Error};

fn rule(overspend: Kind, underspend: Kind, from: u32) -> NewBalanceRule {
    NewBalanceRule {
        overspend,
        overspend_shares: Vec::new(),
        underspend,
        underspend_shares: Vec::new(),
        starts_on: day(2026, 11, from),
        agreed_by: "Both boards".to_owned(),
        agreed_on: day(2026, 11, 5),
        minute: "Minute 8".to_owned(),
        reason: "As the agreement between the funders says.".to_owned(),
    }
}

async fn parts(house: &House, pool: entity::PoolId) -> (Vec<(i64, i64)>, Vec<(i64, i64)>) {
    let seen = of_pool(&house.db, &house.officer, pool).await.unwrap();
    assert_eq!(
        crate::attribution::tests::wrong(house).await,
        Vec::<String>::new(),
        "the whole database"
    );
    let side = |worked: Option<super::view::balance::WorkingView>| {
        let worked = worked.unwrap();
        let parts: Vec<(i64, i64)> = worked
            .parts
            .iter()
            .map(|part| (part.stays_pence.pence(), part.part_pence.pence()))
            .collect();
        let sum: i64 = parts.iter().map(|(stays, part)| stays + part).sum();
        assert_eq!(sum, worked.amount_pence.pence());
        parts
    };
    (side(seen.overspend), side(seen.underspend))
}

#[test]
fn the_rule_of_today_is_worked_out_on_how_the_pool_stands() {
    on_each(async |house| {
        let care = house.category("care").await;
        let beds = house.category("beds").await;
        let window = (day(2026, 4, 1), day(2027, 3, 31));
        let given = |reference, amount, fence, categories| Given {
            reference,
            amount,
            window,
            categories,
            fence,
        };
        // 1,000 of it for beds alone
        let a = house
            .given(given("A", 4_000, Some((1_000, 1_000, beds)), &[]))
            .await;
        let b = house.given(given("B", 1_000, None, &[care])).await;
        let pool = house.pool("p", &[(a, 4_000), (b, 1_000)]).await;
        let (db, me) = (&house.db, &house.officer);
        let empty = of_pool(db, me, pool).await.unwrap();
        assert!(empty.overspend.is_none() && empty.rules.is_empty());
        load(&house, "x", &[(5, 3_400, "care", "p")]).await;
        ran(&house).await;

        agree(
            db,
            me,
            pool,
            Some(1),
            &rule(Kind::Reserve, Kind::ProRata, 1),
        )
        .await
        .unwrap();
        // A paid its open 3,000, B 400: 1,000 for beds stays with A; 600 by 3,000 to 1,000
        assert_eq!(
            parts(&house, pool).await,
            (vec![(0, 0)], vec![(1_000, 450), (0, 150)])
        );
        // overspent by 400, borne by named shares; what is left goes to the reserve
        load(&house, "y", &[(6, 1_000, "care", "p")]).await;
        ran(&house).await;
        let mut named = rule(Kind::Shares, Kind::Reserve, 2);
        let share = |organisation_id, share_bp| NamedShare {
            organisation_id,
            share_bp,
        };
        named.overspend_shares = vec![share(house.charity, 3_333), share(house.funder, 6_667)];
        agree(db, me, pool, None, &named).await.unwrap();
        let (over, under) = parts(&house, pool).await;
        assert_eq!(over.iter().map(|(_, part)| part).sum::<i64>(), 400);
        assert!(over.contains(&(0, 133)) && over.contains(&(0, 267)));
        assert_eq!(under, [(1_000, 0), (0, 0)]);
        let stands: Vec<_> = of_pool(db, me, pool)
            .await
            .unwrap()
            .rules
            .into_iter()
            .map(|one| (one.seq, one.standing))
            .collect();
        assert_eq!(
            stands,
            [(2, PolicyStanding::InForce), (1, PolicyStanding::Past)]
        );

        // what is wrong is said, what may not is refused
        named.overspend_shares[0].share_bp = 3_332;
        let told = agree(db, me, pool, None, &named).await.unwrap_err();
        assert!(matches!(&told, Error::Invalid(found) if found[0].code == "not-the-whole"));
        named.overspend_shares = vec![share(entity::OrganisationId::new(), 10_000)];
        let told = agree(db, me, pool, None, &named).await.unwrap_err();
        assert!(matches!(&told, Error::Invalid(found) if found[0].code == "unknown"));
        let stale = agree(
            db,
            me,
            pool,
            Some(1),
            &rule(Kind::Reserve, Kind::Reserve, 3),
        )
        .await;
        assert!(matches!(stale, Err(Error::Stale)));
        let trustee = house.somebody(Role::Trustee).await;
        let told = agree(
            db,
            &trustee,
            pool,
            None,
            &rule(Kind::Reserve, Kind::Reserve, 3),
        )
        .await;
        assert!(matches!(told, Err(Error::NotAllowed { .. })));
        for sql in [
            "UPDATE pool_balance_rule SET overspend = 'reserve'",
            "DELETE FROM pool_balance_rule",
            "UPDATE pool_balance_share SET share_bp = 1",
            "DELETE FROM pool_balance_share",
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
    });
}
