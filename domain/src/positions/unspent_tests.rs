#![allow(clippy::unwrap_used, clippy::expect_used)]

use chrono::NaiveDate;
use entity::{AwardYearEventKind, BalanceRule, CarryForward, Money, PoolId, Role, YearStanding};

use super::rules::unspent::Goes;
use super::view::remedies::{self, Remedies, RemedyKind};
use super::view::unspent::{self, Unspent};
use super::view::{self, When};
use crate::attribution::tests::{load, ran};
use crate::awards::ops::{NewAwardYear, NewYearEvent};
use crate::commitments::ops::{CommitmentTerms, MonthAmount, NewCommitment};
use crate::forecasts::ops::{NewForecast, NewForecasts};
use crate::pools::ops::balance::NewBalanceRule;
use crate::spend::testing::{House, day, on_each};
use crate::{Error, awards, commitments, forecasts, pools};

const NOW: When = When {
    as_of: None,
    known_at: None,
};

fn year(from: i32, pence: i64, carry: CarryForward) -> NewAwardYear {
    NewAwardYear {
        starts_on: day(from, 4, 1),
        ends_on: day(from + 1, 3, 31),
        amount_pence: Money(pence),
        standing: YearStanding::Confirmed,
        carry_forward: carry,
    }
}

pub(super) async fn promise(house: &House, pool: PoolId, months: &[(i32, u32, i64)]) {
    promise_of(house, pool, months, (false, "")).await;
}

/// The same, of capital or revenue, for a place.
pub(super) async fn promise_of(
    house: &House,
    pool: PoolId,
    months: &[(i32, u32, i64)],
    (capital, place): (bool, &str),
) {
    let category = house.category("outreach").await;
    let (first, last) = (months[0], months[months.len() - 1]);
    let new = NewCommitment {
        provider_id: house.body("GB-COH-P1", "Rowan House").await,
        holder_id: house.charity,
        kind: entity::CommitmentKind::Contract,
        reference: "C-1".to_owned(),
        terms: CommitmentTerms {
            title: "Outreach".to_owned(),
            pool_id: pool,
            category_id: Some(category),
            place: place.to_owned(),
            people_group: String::new(),
            capital,
            allocation_id: None,
            supplier: "Rowan".to_owned(),
            starts_on: day(first.0, first.1, 1),
            ends_on: day(last.0, last.1, 28),
            notice_days: None,
            months: months
                .iter()
                .map(|(year, month, pence)| MonthAmount {
                    month: day(*year, *month, 1),
                    amount_pence: Money(*pence),
                })
                .collect(),
            spread_pence: None,
            award_ids: Vec::new(),
        },
    };
    commitments::ops::record(&house.db, &house.officer, &new)
        .await
        .unwrap();
}

/// Award, end of the year, what it may pay, attributed, promised, forecast, unspent, where that goes.
type Told = (String, i32, [i64; 5], Vec<(Goes, i64)>);

fn told(seen: &Unspent) -> Vec<Told> {
    use chrono::Datelike;
    seen.rows
        .iter()
        .map(|row| {
            let goes = row.goes.iter();
            (
                row.award.clone(),
                row.ends_on.year(),
                [
                    row.may_pay_pence,
                    row.attributed_pence,
                    row.outstanding_pence,
                    row.not_committed_pence,
                    row.unspent_pence,
                ]
                .map(Money::pence),
                goes.map(|part| (part.to, part.amount_pence.pence()))
                    .collect(),
            )
        })
        .collect()
}

#[test]
fn what_will_be_unspent_is_told_year_by_year_and_agrees_with_the_position() {
    on_each(async |house| {
        house.category("care").await;
        let funder_b = house.body("GB-GOR-F2", "Funder B").await;
        let mut new = house.new_award(house.funder, "A", 1);
        new.amount_pence = Money(20_000);
        new.ends_on = day(2028, 3, 31);
        new.years = vec![
            year(2026, 10_000, CarryForward::ByConsent),
            year(2027, 10_000, CarryForward::None),
        ];
        let a = awards::ops::create(&house.db, &house.worker, &new)
            .await
            .unwrap();
        let mut new = house.new_award(funder_b, "B", 1);
        new.amount_pence = Money(5_000);
        new.lost_if_unspent = false;
        let b = awards::ops::create(&house.db, &house.worker, &new)
            .await
            .unwrap();
        let pool = house.pool("p", &[(a, 20_000), (b, 4_000)]).await;
        load(&house, "one", &[(2, 3_000, "care", "p")]).await;
        ran(&house).await;
        // 25 pounds in this year of A, 10 in its next; B is only reached where A has no more
        promise(&house, pool, &[(2026, 12, 2_500), (2027, 5, 1_000)]).await;
        ran(&house).await;
        let forecast = |year, month, pence| NewForecast {
            month: day(year, month, 1),
            category_id: None,
            capital: false,
            amount_pence: Some(Money(pence)),
        };
        let entries = vec![forecast(2026, 12, 3_000), forecast(2027, 1, 400)];
        forecasts::ops::enter(
            &house.db,
            &house.officer,
            a,
            None,
            &NewForecasts { entries },
        )
        .await
        .unwrap();
        let seen = unspent::of_all(&house.db, &house.officer).await.unwrap();
        // forecast of December beyond the agreement: 500; of January 400; less the 1,000 promised for May
        assert_eq!(
            told(&seen),
            [
                (
                    "Grant A".to_owned(),
                    2027,
                    [10_000, 3_000, 2_500, 0, 4_500],
                    vec![(Goes::CanBeAsked, 4_500)]
                ),
                (
                    "Grant A".to_owned(),
                    2028,
                    [10_000, 0, 1_000, 0, 9_000],
                    vec![(Goes::Back, 9_000)]
                ),
                (
                    "Grant B".to_owned(),
                    2027,
                    [5_000, 0, 0, 0, 5_000],
                    vec![(Goes::Stays, 5_000)]
                ),
            ]
        );
        assert_eq!(seen.rows[2].not_pooled_pence, Money(1_000));
        let sums = seen.sums;
        assert_eq!(
            (sums.unspent_pence, sums.back_pence, sums.can_be_asked_pence),
            (Money(18_500), Money(9_000), Money(4_500))
        );
        assert_eq!(
            (sums.lost_after, sums.lost_soon_pence),
            (Some(day(2027, 3, 31)), Money(4_500))
        );
        assert_eq!(
            unspent::lost_soon(&house.db, &house.officer).await.unwrap(),
            Some((Money(4_500), day(2027, 3, 31)))
        );
        // more is forecast: what is beyond agreements is the position's, to the penny
        let entries = vec![forecast(2027, 2, 2_000), forecast(2027, 6, 700)];
        forecasts::ops::enter(
            &house.db,
            &house.officer,
            a,
            None,
            &NewForecasts { entries },
        )
        .await
        .unwrap();
        let seen = unspent::of_all(&house.db, &house.officer).await.unwrap();
        let position = view::of_all(&house.db, &house.officer, NOW).await.unwrap();
        for row in &position.rows {
            let mine = || seen.rows.iter().filter(|one| one.award_id == row.award_id);
            assert_eq!(
                Money::sum(mine().map(|one| one.outstanding_pence)),
                row.figures.outstanding_pence
            );
            assert_eq!(
                Money::sum(mine().map(|one| one.not_committed_pence)),
                row.figures.not_committed_pence
            );
            assert_eq!(
                Money::sum(mine().map(|one| one.attributed_pence)),
                row.figures.attributed_pence
            );
        }
        assert_eq!(
            Money::sum(seen.rows.iter().map(|row| row.not_committed_pence)),
            Some(Money(2_600)),
            "61 pounds forecast, less 35 promised"
        );
        // the pool's agreed rule, on what will be left: 24,000 put in, 3,000 paid, 3,500 promised, 2,600 forecast
        let none = unspent::of_pool(&house.db, &house.officer, pool)
            .await
            .unwrap()
            .at_the_end
            .unwrap();
        assert_eq!((none.left_pence, none.underspend), (Money(14_900), None));
        let rule = NewBalanceRule {
            overspend: BalanceRule::Reserve,
            overspend_shares: Vec::new(),
            underspend: BalanceRule::ProRata,
            underspend_shares: Vec::new(),
            starts_on: day(2026, 10, 1),
            agreed_by: "Both boards".to_owned(),
            agreed_on: day(2026, 9, 1),
            minute: "Minute 12".to_owned(),
            reason: "As the funders wanted".to_owned(),
        };
        pools::ops::balance::agree(&house.db, &house.officer, pool, None, &rule)
            .await
            .unwrap();
        let end = unspent::of_pool(&house.db, &house.officer, pool)
            .await
            .unwrap()
            .at_the_end
            .unwrap();
        let left: Vec<i64> = end.rows.iter().map(|row| row.left_pence.pence()).collect();
        assert_eq!(left, [10_900, 4_000]);
        let under = end.underspend.unwrap();
        assert_eq!(under.amount_pence, end.left_pence);
        let parts: Vec<i64> = under
            .parts
            .iter()
            .map(|one| one.part_pence.pence())
            .collect();
        assert_eq!(parts, [12_417, 2_483], "20,000 to 4,000");
        // we ask to carry some forward: it waits, and only the rest goes back
        let first = awards::view::one(&house.db, &house.officer, a)
            .await
            .unwrap()
            .years[0]
            .id;
        let asked = NewYearEvent {
            kind: AwardYearEventKind::CarryAsked,
            happened_on: day(2026, 11, 8),
            amount_pence: Money(1_500),
            until_on: None,
            with_whom: "Letter of 8 November".to_owned(),
        };
        awards::ops::record_year(&house.db, &house.officer, a, first, None, &asked)
            .await
            .unwrap();
        let seen = unspent::of_pool(&house.db, &house.officer, pool)
            .await
            .unwrap();
        let row = &told(&seen)[0];
        assert_eq!(
            (row.2[4], &row.3),
            (1_900, &vec![(Goes::Asked, 1_500), (Goes::Back, 400)])
        );
    });
}

#[test]
fn a_funder_is_told_of_their_own_awards_only_and_a_closed_one_is_settled() {
    on_each(async |house| {
        house.category("care").await;
        let funder_b = house.body("GB-GOR-F2", "Funder B").await;
        let a = house.award(house.funder, "A", 100).await;
        let b = house.award(funder_b, "B", 50).await;
        let pool = house.pool("p", &[(a, 10_000), (b, 5_000)]).await;
        let of_b = house.somebody_of(Role::FundersOfficer, funder_b).await;
        let seen = unspent::of_pool(&house.db, &of_b, pool).await.unwrap();
        assert_eq!(
            (seen.rows.len(), seen.rows[0].award_id, seen.at_the_end),
            (1, b, None)
        );
        assert_eq!(seen.sums.unspent_pence, Money(5_000));
        let refused = unspent::of_all(&house.db, &of_b).await;
        assert!(matches!(refused, Err(Error::NotAllowed(_))));
        let stranger = house.body("GB-GOR-F9", "Stranger").await;
        let stranger = house.somebody_of(Role::FundersOfficer, stranger).await;
        let refused = unspent::of_pool(&house.db, &stranger, pool).await;
        assert!(matches!(refused, Err(Error::NotFound)));
        // once they are over there is nothing left to expect, and a closed one was settled
        house.clock.set("2027-04-05T09:30:00Z".parse().unwrap());
        let all = unspent::of_all(&house.db, &house.officer).await.unwrap();
        assert_eq!(all.rows, []);
        assert_eq!(all.sums, unspent::UnspentSums::default());
    });
}

#[test]
fn what_would_use_it_is_ranked_by_what_it_saves() {
    on_each(async |house| {
        house.category("care").await;
        // one whose rest goes back at the end of the year, and one that is kept; both may pay for all
        let given = async |name: &str, lost: bool, until| {
            let mut new = house.new_award(house.funder, name, 100);
            new.lost_if_unspent = lost;
            new.ends_on = until;
            let made = awards::ops::create(&house.db, &house.worker, &new).await;
            (made.unwrap(), 10_000)
        };
        let kept = given("Kept", false, day(2028, 3, 31)).await;
        let lost = given("Lost", true, day(2026, 12, 31)).await;
        // in order, what can be kept is used first
        let pool = house.pool("p", &[kept, lost]).await;
        load(&house, "one", &[(2, 3_000, "care", "p")]).await;
        ran(&house).await;
        promise(&house, pool, &[(2027, 1, 4_000), (2027, 2, 500)]).await;
        ran(&house).await;
        let found = remedies::of_pool(&house.db, &house.officer, pool)
            .await
            .unwrap();
        assert_eq!(found.lost_pence, Money(10_000));
        // the best rule moves what was spent; brought forward or paid for longer, promises go to "Kept" all the same
        assert_eq!(ways(&found), [(RemedyKind::Rule, 3_000, day(2026, 4, 1))]);
        let effect: Vec<(i64, i64)> = found.rows[0]
            .awards
            .iter()
            .map(|one| (one.now_pence.pence(), one.then_pence.pence()))
            .collect();
        assert_eq!(effect, [(7_500, 4_500), (0, 3_000)]);
    });
}

#[test]
fn what_is_promised_for_after_an_awards_end_would_use_it_sooner_or_in_a_longer_time() {
    on_each(async |house| {
        let mut new = house.new_award(house.funder, "Alone", 100);
        new.lost_if_unspent = true;
        new.ends_on = day(2026, 12, 31);
        let alone = awards::ops::create(&house.db, &house.worker, &new)
            .await
            .unwrap();
        let pool = house.pool("q", &[(alone, 10_000)]).await;
        let months = [(2027, 1, 4_000), (2027, 2, 500), (2027, 9, 900)];
        promise(&house, pool, &months).await;
        ran(&house).await;
        let found = remedies::of_pool(&house.db, &house.officer, pool)
            .await
            .unwrap();
        assert_eq!(
            ways(&found),
            [
                (RemedyKind::BringForward, 5_400, day(2026, 12, 31)),
                (RemedyKind::MoreTime, 4_500, day(2027, 6, 30)),
            ]
        );
        let best = &found.rows[0];
        assert_eq!(best.sooner[0].amount_pence, Money(5_400));
        assert!(best.sentence.contains("£54.00"), "{}", best.sentence);
    });
}

fn ways(found: &Remedies) -> Vec<(RemedyKind, i64, NaiveDate)> {
    found
        .rows
        .iter()
        .map(|one| (one.kind, one.saves_pence.pence(), one.on))
        .collect()
}
