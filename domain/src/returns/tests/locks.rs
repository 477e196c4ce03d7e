//! What an award pays inside a return that stands certified stays there, whatever comes after; and is dealt
//! out anew once the return is opened again.

use std::collections::BTreeMap;

use entity::{
    AttributionPolicy, AwardId, ContributionId, GrantReturnId, Money, PoolPolicyId, award,
    contribution, pool_policy, pool_policy_award, spend_line,
};
use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, ColumnTrait, EntityTrait, IntoActiveModel, QueryFilter,
};

use super::agree::{complete, offer, offer_again};
use super::house::{House, at, day, on_both};
use super::journey::sign;
use crate::access::rules::Operation;
use crate::attribution::ops::run_due;
use crate::returns::{ops, view};
use crate::{Command, Tx};

async fn written(house: &House, work: impl AsyncFn(&Tx)) {
    house
        .db
        .write(
            &house.system(),
            Command::new(Operation::SetUp),
            async |tx| {
                work(tx).await;
                Ok(())
            },
        )
        .await
        .unwrap();
}

/// Another award behind the pool: before the first, or after it.
async fn another(house: &House, reference: &str, before: bool) -> AwardId {
    let first = award::Entity::find_by_id(house.award)
        .one(house.db.read())
        .await
        .unwrap()
        .unwrap();
    let id = AwardId::new();
    written(house, async |tx| {
        let mut new = first.clone().into_active_model().reset_all();
        new.id = Set(id);
        new.reference = Set(reference.to_owned());
        new.title = Set(format!("Grant {reference}"));
        new.insert(tx.conn()).await.unwrap();
        contribution::ActiveModel {
            id: Set(ContributionId::new()),
            pool_id: Set(house.pool),
            award_id: Set(id),
            position: Set(if before { 0 } else { 2 }),
            agreed: Set(Money(100_000_00)),
        }
        .insert(tx.conn())
        .await
        .unwrap();
    })
    .await;
    id
}

async fn ran(house: &House) -> u32 {
    run_due(&house.db, &house.system()).await.unwrap()
}

/// What each award pays of each line, by the line's pence and award.
async fn paid(house: &House) -> BTreeMap<(i64, AwardId), i64> {
    let lines: BTreeMap<_, _> = spend_line::Entity::find()
        .all(house.db.read())
        .await
        .unwrap()
        .into_iter()
        .map(|line| (line.id, line.amount.pence()))
        .collect();
    let mut sums = BTreeMap::new();
    for part in entity::attribution::Entity::find()
        .all(house.db.read())
        .await
        .unwrap()
    {
        *sums
            .entry((lines[&part.line_id], part.award_id))
            .or_insert(0) += part.amount.pence();
    }
    sums.retain(|_, sum| *sum != 0);
    sums
}

/// A quarter of one line of £1,000, certified.
async fn certified(house: &House) -> GrantReturnId {
    house
        .load("2026-06-30", &[("2026-04-10", 1_000_00, false, false)])
        .await;
    assert_eq!(ran(house).await, 1);
    house.require(false, &["Treasurer"]).await;
    house.draft().await;
    let id = house.of_quarter("2026-04-01").await.id;
    complete(house, id).await;
    offer(house, id).await.unwrap();
    sign(house, &house.certifier, id, "Treasurer")
        .await
        .unwrap();
    id
}

/// How many figures of a return would be others today.
async fn changed(house: &House, id: GrantReturnId) -> usize {
    let seen = view::one(&house.db, &house.officer, id).await.unwrap();
    seen.restated.len()
}

#[test]
fn a_new_award_earlier_in_the_order_pays_what_is_new_and_changes_no_certified_figure() {
    on_both(async |house| {
        let id = certified(house).await;
        assert_eq!(ran(house).await, 0, "a certificate alone is no news");
        let second = another(house, "RG-0", true).await;
        assert_eq!(ran(house).await, 1);
        assert_eq!(
            paid(house).await,
            BTreeMap::from([((1_000_00, house.award), 1_000_00)])
        );
        // a late invoice of the quarter is the other's
        house.clock.set(at("2026-07-03T09:00:00Z"));
        house
            .load("2026-06-30", &[("2026-05-10", 250_00, false, false)])
            .await;
        assert_eq!(ran(house).await, 1);
        assert_eq!(
            paid(house).await,
            BTreeMap::from([
                ((1_000_00, house.award), 1_000_00),
                ((250_00, second), 250_00)
            ])
        );
        assert_eq!(changed(house, id).await, 0);
        assert_eq!(ran(house).await, 0);
    });
}

/// Another rule is agreed, from the pool's first day on.
async fn agreed(house: &House, policy: AttributionPolicy, awards: [entity::AwardId; 2]) {
    written(house, async |tx| {
        let rule = PoolPolicyId::new();
        pool_policy::ActiveModel {
            id: Set(rule),
            pool_id: Set(house.pool),
            seq: Set(2),
            policy: Set(policy),
            starts_on: Set(day("2026-04-01")),
            agreed_by: Set("both boards".to_owned()),
            agreed_on: Set(Some(day("2026-07-01"))),
            minute: Set("Minute 8".to_owned()),
            reason: Set("The other first".to_owned()),
            recorded_by: Set(None),
            recorded_at: Set(tx.now()),
        }
        .insert(tx.conn())
        .await
        .unwrap();
        for (position, award_id) in (1..).zip(awards) {
            pool_policy_award::ActiveModel {
                policy_id: Set(rule),
                award_id: Set(award_id),
                position: Set(position),
                weight: Set(0),
            }
            .insert(tx.conn())
            .await
            .unwrap();
        }
    })
    .await;
}

#[test]
fn a_run_only_adds_to_it_by_the_optimal_rule() {
    on_both(async |house| {
        let id = certified(house).await;
        let second = another(house, "RG-2", false).await;
        agreed(house, AttributionPolicy::Optimal, [second, house.award]).await;
        house.clock.set(at("2026-07-03T09:00:00Z"));
        house
            .accept("2026-06-30", &[("2026-05-10", 250_00, false)])
            .await;
        assert_eq!(ran(house).await, 1);
        let mut stands = BTreeMap::from([
            ((1_000_00, house.award), 1_000_00),
            ((250_00, second), 250_00),
        ]);
        assert_eq!(paid(house).await, stands);
        // one of a day that is certified, and one of another
        for (n, (on, pence)) in [("2026-05-11", 40_00), ("2026-07-02", 50_00)]
            .iter()
            .enumerate()
        {
            house
                .accept(&format!("2026-07-{}", 30 + n), &[(on, *pence, false)])
                .await;
            assert!(crate::attribution::further_tests::only_adds(&house.db, house.pool).await);
            assert_eq!(ran(house).await, 1);
            stands.insert((*pence, second), *pence);
            assert_eq!(paid(house).await, stands);
        }
        assert_eq!(changed(house, id).await, 0);
    });
}

#[test]
fn another_rule_moves_it_once_the_return_is_opened_again() {
    on_both(async |house| {
        let id = certified(house).await;
        let second = another(house, "RG-2", false).await;
        agreed(house, AttributionPolicy::InOrder, [second, house.award]).await;
        assert_eq!(ran(house).await, 1);
        let as_certified = BTreeMap::from([((1_000_00, house.award), 1_000_00)]);
        assert_eq!(paid(house).await, as_certified);
        assert_eq!(changed(house, id).await, 0);
        // sent and accepted, it stands as well
        let sent = super::journey::sending(house);
        ops::record_sending(&house.db, &house.officer, id, &sent, None, None)
            .await
            .unwrap();
        ops::accept(&house.db, &house.officer, id, None)
            .await
            .unwrap();
        ran(house).await;
        assert_eq!(paid(house).await, as_certified);
        // opened again, its lines are free
        ops::reopen(&house.db, &house.officer, id, "A slip.", None)
            .await
            .unwrap();
        assert_eq!(ran(house).await, 1);
        let moved = BTreeMap::from([((1_000_00, second), 1_000_00)]);
        assert_eq!(paid(house).await, moved);
        assert_eq!(ran(house).await, 0);
        // and certified anew, it holds what it says now: nothing
        ops::refresh(&house.db, &house.officer, id, None)
            .await
            .unwrap();
        offer_again(house, id, "The other award pays.").await;
        sign(house, &house.certifier, id, "Treasurer")
            .await
            .unwrap();
        ran(house).await;
        assert_eq!(paid(house).await, moved);
        assert_eq!(changed(house, id).await, 0);
    });
}

#[test]
fn it_stays_where_the_award_is_cut_below_it_and_runs_go_on() {
    on_both(async |house| {
        // its guard counts from the first run on
        written(house, async |tx| {
            entity::award_year::ActiveModel {
                id: Set(entity::AwardYearId::new()),
                award_id: Set(house.award),
                starts_on: Set(day("2026-04-01")),
                ends_on: Set(day("2027-03-31")),
                amount: Set(Money(100_000_00)),
                standing: Set(entity::YearStanding::Confirmed),
                carry_forward: Set(entity::CarryForward::None),
                created_at: Set(tx.now()),
            }
            .insert(tx.conn())
            .await
            .unwrap();
        })
        .await;
        let id = certified(house).await;
        let second = another(house, "RG-2", false).await;
        house.clock.set(at("2026-07-03T09:00:00Z"));
        house
            .load("2026-07-31", &[("2026-07-02", 300_00, true, false)])
            .await;
        assert_eq!(ran(house).await, 1);
        assert_eq!(paid(house).await[&(300_00, house.award)], 300_00);
        house.set_award_amount(500_00).await;
        written(house, async |tx| {
            let row = entity::award_year::Entity::find().one(tx.conn()).await;
            let mut row = row.unwrap().unwrap().into_active_model();
            row.amount = Set(Money(500_00));
            row.update(tx.conn()).await.unwrap();
        })
        .await;
        assert_eq!(ran(house).await, 1);
        let stands = BTreeMap::from([
            ((1_000_00, house.award), 1_000_00),
            ((300_00, second), 300_00),
        ]);
        assert_eq!(paid(house).await, stands);
        assert_eq!(changed(house, id).await, 0);
        let seen = crate::awards::view::one(&house.db, &house.officer, house.award)
            .await
            .unwrap();
        assert_eq!(seen.summary.over_pence, Money(500_00));
        // a credit of it comes, and is taken back again: the row of its sums goes down, and up
        house
            .load("2026-07-31", &[("2026-07-02", -200_00, false, false)])
            .await;
        assert_eq!(ran(house).await, 1);
        assert_eq!(guard(house).await, (800_00, 800_00));
        let credited = paid(house).await;
        assert_eq!(credited[&(-200_00, house.award)], -200_00);
        let credit = spend_line::Entity::find()
            .filter(spend_line::Column::Amount.eq(Money(-200_00)))
            .one(house.db.read())
            .await
            .unwrap()
            .unwrap();
        house.take_back(&credit, "2026-07-02").await;
        assert_eq!(ran(house).await, 1);
        assert_eq!(paid(house).await, stands);
        assert_eq!(guard(house).await, (1_000_00, 1_000_00));
        assert_eq!(ran(house).await, 0);
    });
}

/// What the row that keeps the award within its amount says: attributed, and up to where.
async fn guard(house: &House) -> (i64, i64) {
    let row = entity::balance::Entity::find()
        .filter(entity::balance::Column::SubjectId.eq(uuid::Uuid::from(house.award)))
        .one(house.db.read())
        .await
        .unwrap()
        .unwrap();
    (row.attributed.pence(), row.cap.pence())
}

#[test]
fn what_comes_back_of_it_comes_back_in_proportion_and_is_a_restatement() {
    on_both(async |house| {
        house
            .load("2026-06-30", &[("2026-04-10", 1_000_00, false, false)])
            .await;
        house.set_award_amount(600_00).await;
        let second = another(house, "RG-2", false).await;
        written(house, async |tx| {
            // it has what the first has not
            let row = award::Entity::find_by_id(second).one(tx.conn()).await;
            let mut row = row.unwrap().unwrap().into_active_model();
            row.amount = Set(Money(900_00));
            row.update(tx.conn()).await.unwrap();
        })
        .await;
        assert_eq!(ran(house).await, 1);
        let shared = BTreeMap::from([
            ((1_000_00, house.award), 600_00),
            ((1_000_00, second), 400_00),
        ]);
        assert_eq!(paid(house).await, shared);
        house.require(false, &["Treasurer"]).await;
        house.draft().await;
        let id = house.of_quarter("2026-04-01").await.id;
        complete(house, id).await;
        offer(house, id).await.unwrap();
        sign(house, &house.certifier, id, "Treasurer")
            .await
            .unwrap();
        house.clock.set(at("2026-07-03T09:00:00Z"));
        house
            .load("2026-06-30", &[("2026-06-29", -500_00, false, false)])
            .await;
        assert_eq!(ran(house).await, 1);
        let now = paid(house).await;
        assert_eq!(now[&(-500_00, house.award)], -300_00);
        assert_eq!(now[&(-500_00, second)], -200_00);
        assert_eq!(now[&(1_000_00, house.award)], 600_00);
        assert!(changed(house, id).await > 0);
    });
}
