//! Rules that are agreed from a day on: what was received before stays as it was paid.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use entity::{AttributionPolicy as Kind, AwardId, Money, PoolId, Role};
use sea_orm::ConnectionTrait;

use super::ops::policies::{NewPolicy, PolicyShare, PurposeShares, agree};
use super::ops::{self, NewContribution};
use super::view::policies::{PolicyStanding, of_pool, preview};
use crate::Error;
use crate::access::rules::Operation;
use crate::attribution::tests::{load, ran, sums};
use crate::spend::testing::{Given, House, day, on_each};

async fn award(house: &House, reference: &str, pence: i64) -> AwardId {
    house
        .given(Given {
            reference,
            amount: pence,
            window: (day(2026, 4, 1), day(2027, 3, 31)),
            categories: &[],
            fence: None,
        })
        .await
}

fn rule(policy: Kind, on: u32, shares: &[(AwardId, Option<i32>)]) -> NewPolicy {
    NewPolicy {
        policy,
        starts_on: day(2026, 10, on),
        agreed_by: "Trustee Board and Recovery Advisory Committee".to_owned(),
        agreed_on: day(2026, 11, 5),
        minute: "Joint meeting, minute 4".to_owned(),
        reason: "The police commissioner pays a third.".to_owned(),
        awards: shares
            .iter()
            .map(|(award_id, share_bp)| PolicyShare {
                award_id: *award_id,
                share_bp: *share_bp,
            })
            .collect(),
        purposes: Vec::new(),
        reaches_back: true,
    }
}

fn code(error: &Error) -> String {
    match error {
        Error::Invalid(found) => found[0].code.to_string(),
        other => format!("{other:?}"),
    }
}

async fn two(house: &House) -> (PoolId, AwardId, AwardId) {
    house.category("care").await;
    let a = award(house, "A", 100_000).await;
    let b = award(house, "B", 50_000).await;
    let pool = house.pool("p", &[(a, 60_000), (b, 30_000)]).await;
    let lines = [(5, 10_000, "care", "p"), (20, 9_000, "care", "p")];
    load(house, "x", &lines).await;
    assert_eq!(ran(house).await, 1);
    assert_eq!(sums(house, pool).await, (19_000, vec![19_000], 0));
    (pool, a, b)
}

#[test]
fn a_rule_applies_from_its_day_and_is_seen_before_it_is_recorded() {
    on_each(async |house| {
        let (pool, a, b) = two(&house).await;
        let (db, me) = (&house.db, &house.officer);
        let shares = rule(Kind::Shares, 15, &[(a, Some(6_667)), (b, Some(3_333))]);

        let seen = preview(db, me, pool, &shares).await.unwrap();
        assert_eq!(seen.moved_pence, Money(3_000));
        assert!(seen.reaches_back && seen.supersedes.is_empty());
        let pays: Vec<_> = seen
            .effect
            .awards
            .iter()
            .map(|one| (one.award_id, one.before_pence, one.after_pence))
            .collect();
        assert_eq!(
            pays,
            [
                (a, Money(19_000), Money(16_000)),
                (b, Money(0), Money(3_000))
            ]
        );
        // looked at, nothing changed
        assert_eq!(ran(&house).await, 0);

        let quiet = NewPolicy {
            reaches_back: false,
            ..shares.clone()
        };
        let told = agree(db, me, pool, None, &quiet).await.unwrap_err();
        assert_eq!(code(&told), "reaches-back");
        agree(db, me, pool, Some(1), &shares).await.unwrap();
        let stale = agree(db, me, pool, Some(1), &shares).await.unwrap_err();
        assert!(matches!(stale, Error::Stale));
        assert_eq!(ran(&house).await, 1);
        assert_eq!(sums(&house, pool).await, (19_000, vec![16_000, 3_000], 0));

        // an award that comes later moves nothing that was paid
        let late = NewContribution {
            award_id: award(&house, "C", 9_000).await,
            agreed_pence: Money(9_000),
        };
        ops::add_contribution(db, me, pool, None, &late)
            .await
            .unwrap();
        assert_eq!(ran(&house).await, 1);
        assert_eq!(sums(&house, pool).await, (19_000, vec![16_000, 3_000], 0));

        // in proportion to what each puts in, from a later day: 60 : 30 : 9
        let ratio = rule(Kind::ProRata, 18, &[]);
        agree(db, me, pool, None, &ratio).await.unwrap();
        assert_eq!(ran(&house).await, 1);
        let dealt = (19_000, vec![10_000 + 5_455, 2_727, 818], 0);
        assert_eq!(sums(&house, pool).await, dealt);

        // a closed month is reached by no rule
        house
            .db
            .write(
                me,
                crate::Command::on(Operation::ClosePeriod, "pool", pool),
                async |tx| {
                    use sea_orm::{ActiveModelTrait, ActiveValue::Set};
                    entity::ledger_period::ActiveModel {
                        id: Set(entity::LedgerPeriodId::new()),
                        pool_id: Set(pool),
                        month: Set(day(2026, 10, 1)),
                        closed_at: Set(tx.now()),
                        closed_by: Set(me.person_id()),
                    }
                    .insert(tx.conn())
                    .await?;
                    Ok(())
                },
            )
            .await
            .unwrap();
        let shut = agree(db, me, pool, None, &rule(Kind::ProRata, 31, &[]))
            .await
            .unwrap_err();
        assert_eq!(code(&shut), "closed");

        let standings: Vec<_> = of_pool(db, me, pool)
            .await
            .unwrap()
            .into_iter()
            .map(|one| (one.seq, one.policy, one.standing, one.ends_on))
            .collect();
        assert_eq!(
            standings,
            [
                (3, Kind::ProRata, PolicyStanding::InForce, None),
                (
                    2,
                    Kind::Shares,
                    PolicyStanding::Past,
                    Some(day(2026, 10, 17))
                ),
                (
                    1,
                    Kind::InOrder,
                    PolicyStanding::Past,
                    Some(day(2026, 10, 14))
                ),
            ]
        );
    });
}

#[test]
fn spend_for_one_purpose_is_shared_by_shares_of_its_own() {
    on_each(async |house| {
        let (pool, a, b) = two(&house).await;
        let (db, me) = (&house.db, &house.officer);
        let homes = house.category("homes").await;
        load(&house, "y", &[(21, 10_000, "homes", "p")]).await;
        assert_eq!(ran(&house).await, 1);
        assert_eq!(sums(&house, pool).await, (29_000, vec![29_000], 0));
        let purpose = |category_id, shares: &[(AwardId, i32)]| PurposeShares {
            category_id: Some(category_id),
            commitment_id: None,
            awards: shares
                .iter()
                .map(|(award_id, share_bp)| PolicyShare {
                    award_id: *award_id,
                    share_bp: Some(*share_bp),
                })
                .collect(),
        };
        let mut new = rule(Kind::Shares, 15, &[(a, Some(10_000)), (b, Some(0))]);
        new.purposes = vec![purpose(homes, &[(a, 2_500), (b, 7_500)])];
        let seen = preview(db, me, pool, &new).await.unwrap();
        assert_eq!(seen.moved_pence, Money(7_500));
        agree(db, me, pool, None, &new).await.unwrap();
        assert_eq!(ran(&house).await, 1);
        assert_eq!(sums(&house, pool).await, (29_000, vec![21_500, 7_500], 0));
        let rules = of_pool(db, me, pool).await.unwrap();
        let told = &rules[0].purposes[0];
        assert_eq!((told.category_id, told.commitment_id), (Some(homes), None));
        let shares: Vec<_> = told
            .awards
            .iter()
            .map(|one| (one.award_id, one.share_bp))
            .collect();
        let mut expected = vec![(a, Some(2_500)), (b, Some(7_500))];
        expected.sort();
        assert_eq!(shares, expected);

        // refused with the place, and nothing is kept of it
        new.purposes = vec![
            purpose(homes, &[(a, 10_000)]),
            purpose(entity::CostCategoryId::new(), &[(a, 9_000)]),
        ];
        let Err(Error::Invalid(wrong)) = agree(db, me, pool, None, &new).await else {
            panic!("it was recorded");
        };
        let places: Vec<_> = wrong.iter().map(|one| one.pointer.to_string()).collect();
        assert_eq!(places, ["/purposes/1/category_id", "/purposes/1/awards"]);
        new.purposes.truncate(1);
        new.policy = Kind::InOrder;
        for one in &mut new.awards {
            one.share_bp = None;
        }
        let told = agree(db, me, pool, None, &new).await.unwrap_err();
        assert_eq!(code(&told), "not-shares");
        assert_eq!(of_pool(db, me, pool).await.unwrap().len(), 2);
        for sql in [
            "UPDATE pool_policy_purpose SET share_bp = 1",
            "DELETE FROM pool_policy_purpose",
        ] {
            let command = crate::Command::new(Operation::KeepHouse);
            let wrote = db.write(&house.worker, command, async |tx| {
                tx.conn().execute_unprepared(sql).await?;
                Ok(())
            });
            assert!(wrote.await.is_err(), "{sql}");
        }
    });
}

#[test]
fn another_order_is_agreed_and_what_was_agreed_is_kept() {
    on_each(async |house| {
        let (pool, a, b) = two(&house).await;
        let (db, me) = (&house.db, &house.officer);
        let turned = rule(Kind::InOrder, 6, &[(b, None), (a, None)]);
        agree(db, me, pool, None, &turned).await.unwrap();
        assert_eq!(ran(&house).await, 1);
        assert_eq!(sums(&house, pool).await, (19_000, vec![10_000, 9_000], 0));

        let short = rule(Kind::InOrder, 7, &[(b, None)]);
        let told = agree(db, me, pool, None, &short).await.unwrap_err();
        assert_eq!(code(&told), "not-all");
        let mut early = turned.clone();
        early.agreed_on = day(2026, 11, 9);
        let told = agree(db, me, pool, None, &early).await.unwrap_err();
        assert_eq!(code(&told), "not-yet");
        let auditor = house.somebody(Role::Auditor).await;
        let told = agree(db, &auditor, pool, None, &turned).await.unwrap_err();
        assert!(matches!(told, Error::NotAllowed { .. }), "{told:?}");
        let funder = house.somebody_of(Role::FundersOfficer, house.funder).await;
        assert!(of_pool(db, &funder, pool).await.is_err());

        // the database keeps what was agreed, whoever writes
        for sql in [
            "UPDATE pool_policy SET starts_on = '2026-01-01'",
            "DELETE FROM pool_policy",
            "UPDATE pool_policy_award SET weight = 1",
            "DELETE FROM pool_policy_award",
        ] {
            let wrote = db
                .write(
                    &house.worker,
                    crate::Command::new(Operation::KeepHouse),
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

/// Officers of both offices record at once, each having seen the pool as it was: one does.
#[test]
fn of_two_rules_at_once_one_is_recorded() {
    on_each(async |house| {
        let (pool, a, b) = two(&house).await;
        let racers: Vec<_> = (0..8)
            .map(|n| {
                let (db, me) = (house.db.clone(), house.officer.clone());
                let new = rule(Kind::Shares, 20 + n, &[(a, Some(10_000)), (b, Some(0))]);
                async move { agree(&db, &me, pool, Some(1), &new).await }
            })
            .collect();
        let done = futures_util::future::join_all(racers).await;
        assert_eq!(done.iter().filter(|one| one.is_ok()).count(), 1);
        let refused = done.iter().filter(|one| matches!(one, Err(Error::Stale)));
        assert_eq!(refused.count(), 7);
        ran(&house).await;
    });
}

#[test]
fn a_pool_begins_in_order_or_in_proportion() {
    on_each(async |house| {
        let a = award(&house, "A", 1_000).await;
        let mut new = super::tests::new_pool(&house, "q", &[(a, 5)]);
        new.policy = Kind::Shares;
        let told = ops::create(&house.db, &house.officer, &new)
            .await
            .unwrap_err();
        assert_eq!(code(&told), "shares-come-later");
        new.policy = Kind::ProRata;
        let pool = ops::create(&house.db, &house.officer, &new).await.unwrap();
        let rules = of_pool(&house.db, &house.officer, pool).await.unwrap();
        assert_eq!(rules[0].awards[0].put_in_pence, Some(Money(500)));
        new.slug = "r".to_owned();
        new.contributions.clear();
        let told = ops::create(&house.db, &house.officer, &new)
            .await
            .unwrap_err();
        assert_eq!(code(&told), "no-award");
    });
}
