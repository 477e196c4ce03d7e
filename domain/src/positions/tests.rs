#![allow(clippy::unwrap_used, clippy::expect_used)]

use entity::{AwardId, Money, OrganisationId, PaysFor, PoolId, Role};

use super::ops::{NewDisclosure, record};
use super::rules::Attention;
use super::unspent_tests::{promise, promise_of};
use super::view::disclosures::disclosures;
use super::view::grid::{GridFilter, grid as funding_grid};
use super::view::what_if::{self, Scenario};
use super::view::{self, Position, When};
use crate::attribution::tests::{load, ran, wrong};
use crate::spend::testing::{House, day, on_each};
use crate::{Ctx, Error, awards};

const NOW: When = When {
    as_of: None,
    known_at: None,
};

/// Three funders' awards behind a pool, in this order: £100, £50 and £30.
async fn three(house: &House) -> (PoolId, [OrganisationId; 3], [AwardId; 3]) {
    house.category("care").await;
    house.category("rent").await;
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

fn headrooms(position: &Position) -> Vec<(String, Option<i64>)> {
    position
        .rows
        .iter()
        .map(|row| {
            let left = row.figures.headroom_pence;
            (row.funder.clone(), left.map(Money::pence))
        })
        .collect()
}

async fn told(house: &House, who: &Ctx, pool: PoolId) -> Position {
    view::of_pool(&house.db, who, pool, NOW).await.unwrap()
}

#[test]
fn the_position_is_what_was_put_in_paid_and_is_left() {
    on_each(async |house| {
        let (pool, ..) = three(&house).await;
        load(
            &house,
            "one",
            &[(2, 7_000, "care", "p"), (20, 5_500, "rent", "p")],
        )
        .await;
        ran(&house).await;
        let before = house.worker.now();
        house.clock.set("2026-11-09T09:30:00Z".parse().unwrap());
        load(&house, "two", &[(21, 9_000, "care", "p")]).await;
        ran(&house).await;
        let officer = &house.officer;
        let position = told(&house, officer, pool).await;
        let left = |name: &str, pence| (name.to_owned(), Some(pence));
        assert_eq!(
            headrooms(&position),
            [
                left("Funder A", 0),
                left("Funder B", 0),
                left("Funder C", 0)
            ]
        );
        assert_eq!(position.spend_pence, Some(Money(21_500)));
        assert_eq!(position.unfunded_pence, Some(Money(3_500)));
        assert_eq!(position.together.attributed_pence, Some(Money(18_000)));
        assert!(!position.fully_covered);
        // as of the 19th, 70 pounds were received; and as it was known before the second file, 125
        let then = When {
            as_of: Some(day(2026, 10, 19)),
            known_at: None,
        };
        let position = view::of_pool(&house.db, officer, pool, then).await.unwrap();
        assert_eq!(position.spend_pence, Some(Money(7_000)));
        assert_eq!(
            headrooms(&position),
            [
                left("Funder A", 3_000),
                left("Funder B", 5_000),
                left("Funder C", 3_000)
            ]
        );
        assert_eq!(
            position.together.outstanding_pence, None,
            "that is for today only"
        );
        let known = When {
            as_of: None,
            known_at: Some(before),
        };
        let position = view::of_pool(&house.db, officer, pool, known)
            .await
            .unwrap();
        assert_eq!(position.spend_pence, Some(Money(12_500)));
        assert_eq!(
            headrooms(&position),
            [
                left("Funder A", 0),
                left("Funder B", 2_500),
                left("Funder C", 3_000)
            ]
        );
        assert_eq!(position.unfunded_pence, Some(Money(0)));
        // all pools together are this one
        let all = view::of_all(&house.db, officer, known).await.unwrap();
        assert_eq!(headrooms(&all), headrooms(&position));
        assert_eq!(all.spend_pence, position.spend_pence);
        assert_eq!(wrong(&house).await, Vec::<String>::new());
    });
}

#[test]
fn what_is_promised_is_expected_of_awards_by_the_pools_rules() {
    on_each(async |house| {
        let (pool, ..) = three(&house).await;
        load(&house, "one", &[(2, 9_000, "care", "p")]).await;
        ran(&house).await;
        promise(&house, pool, &[(2026, 11, 4_000), (2026, 12, 6_000)]).await;
        ran(&house).await;
        let position = told(&house, &house.officer, pool).await;
        let expected: Vec<Option<i64>> = position
            .rows
            .iter()
            .map(|row| row.figures.outstanding_pence.map(Money::pence))
            .collect();
        // ten pounds are left of A, and go first; then B; then C; 10 pounds have nobody
        assert_eq!(expected, [Some(1_000), Some(5_000), Some(3_000)]);
        assert_eq!(position.outstanding_unfunded_pence, Some(Money(1_000)));
        assert_eq!(position.together.headroom_pence, Some(Money(0)));
    });
}

#[test]
fn what_is_promised_is_expected_of_an_award_for_its_kind_and_its_place() {
    on_each(async |house| {
        let given = async |name: &str, capital: bool, place: &str| {
            let mut new = house.new_award(house.funder, name, 50);
            new.pays_for = if capital {
                PaysFor::Capital
            } else {
                PaysFor::Revenue
            };
            new.places = vec![place.to_owned()];
            let id = awards::ops::create(&house.db, &house.worker, &new).await;
            (id.unwrap(), 5_000)
        };
        let awards = [
            given("Town, revenue", false, "Northgate").await,
            given("Town, capital", true, "Northgate").await,
        ];
        let pool = house.pool("p", &awards).await;
        let months = [(2026, 11, 1_000), (2026, 12, 2_000)];
        promise_of(&house, pool, &months, (true, "northgate")).await;
        ran(&house).await;
        let position = told(&house, &house.officer, pool).await;
        let expected: Vec<Option<i64>> = position
            .rows
            .iter()
            .map(|row| row.figures.outstanding_pence.map(Money::pence))
            .collect();
        assert_eq!(expected, [Some(0), Some(3_000)]);
    });
}

#[test]
fn a_funder_is_told_of_others_as_they_agreed() {
    on_each(async |house| {
        let (pool, funders, _) = three(&house).await;
        load(&house, "one", &[(2, 12_500, "care", "p")]).await;
        ran(&house).await;
        let of_a = house.somebody_of(Role::FundersOfficer, funders[0]).await;
        // two are not named: their sum of what they agreed tells of neither; but only B paid
        let position = told(&house, &of_a, pool).await;
        let own = ("Funder A".to_owned(), Some(0));
        assert_eq!(headrooms(&position), std::slice::from_ref(&own));
        let others = position.others.unwrap();
        assert_eq!(others.funders, 2);
        assert_eq!(others.figures.agreed_pence, Some(Money(8_000)));
        assert_eq!(
            others.figures.attributed_pence, None,
            "only one of them paid anything"
        );
        assert_eq!(
            others.figures.headroom_pence, None,
            "what was agreed less it would be what that one paid"
        );
        assert_eq!(position.together.agreed_pence, Some(Money(18_000)));
        assert_eq!(position.together.attributed_pence, None);
        assert_eq!(
            (position.spend_pence, position.unfunded_pence),
            (None, None)
        );
        assert!(position.fully_covered);
        // of another day, or of what was known then, no sum: two of them side by side would tell who paid in between
        let earlier = [
            When {
                as_of: Some(day(2026, 11, 6)),
                known_at: None,
            },
            When {
                as_of: None,
                known_at: Some(house.worker.now()),
            },
        ];
        for when in earlier {
            let position = view::of_pool(&house.db, &of_a, pool, when).await.unwrap();
            assert_eq!(position.rows.len(), 1, "their own, as of any day");
            let others = position.others.unwrap();
            assert_eq!(
                (others.funders, others.figures),
                (2, view::Figures::default())
            );
            assert_eq!(position.together, view::Figures::default());
            assert_eq!(
                (position.spend_pence, position.unfunded_pence),
                (None, None)
            );
        }
        // B agrees to be named: then a sum would be C's figure, and no total is told either
        let name_b = NewDisclosure {
            funder_id: funders[1],
            by_name: true,
            starts_on: day(2026, 11, 8),
            agreed_by: "Their head of grants".to_owned(),
            agreed_on: day(2026, 11, 7),
            reference: "Data sharing agreement, paragraph 6".to_owned(),
        };
        record(&house.db, &house.officer, pool, None, &name_b)
            .await
            .unwrap();
        let position = told(&house, &of_a, pool).await;
        let named = ("Funder B".to_owned(), Some(2_500));
        assert_eq!(headrooms(&position), [own.clone(), named.clone()]);
        let others = position.others.unwrap();
        assert_eq!(others.funders, 1);
        assert_eq!(others.figures, view::Figures::default());
        assert_eq!(position.together, view::Figures::default());
        assert_eq!(
            position.rows[1].figures.received_pence, None,
            "that is theirs"
        );
        // C agrees from a day on that has not come
        let name_c = NewDisclosure {
            funder_id: funders[2],
            starts_on: day(2026, 12, 1),
            ..name_b.clone()
        };
        record(&house.db, &house.officer, pool, None, &name_c)
            .await
            .unwrap();
        assert_eq!(told(&house, &of_a, pool).await.others.unwrap().funders, 1);
        house.clock.set("2026-12-01T09:30:00Z".parse().unwrap());
        let position = told(&house, &of_a, pool).await;
        assert_eq!(position.others, None);
        assert_eq!(position.together.agreed_pence, Some(Money(18_000)));
        assert_eq!(position.spend_pence, Some(Money(12_500)));
        // each reads what was recorded of how it is shown, and of nobody else
        let of_b = house.somebody_of(Role::FundersOfficer, funders[1]).await;
        let mine = told(&house, &of_b, pool).await.shown_as;
        assert_eq!(mine.len(), 1);
        assert_eq!((mine[0].funder_id, mine[0].by_name), (funders[1], true));
        assert_eq!(told(&house, &of_a, pool).await.shown_as, []);
        assert_eq!(told(&house, &house.officer, pool).await.shown_as, []);
        // what was agreed can be taken back
        let sum_b = NewDisclosure {
            by_name: false,
            ..name_b.clone()
        };
        record(&house.db, &house.officer, pool, None, &sum_b)
            .await
            .unwrap();
        assert_eq!(told(&house, &of_a, pool).await.rows.len(), 2);
        let all = disclosures(&house.db, &house.officer, pool).await.unwrap();
        let holds: Vec<(i32, bool)> = all.iter().map(|row| (row.seq, row.holds)).collect();
        assert_eq!(holds, [(3, true), (2, true), (1, false)]);
        // who has no award in the pool is told that there is none
        let stranger = house.body("GB-GOR-F9", "Stranger").await;
        let stranger = house.somebody_of(Role::FundersOfficer, stranger).await;
        for who in [&stranger, &of_a] {
            let all = view::of_all(&house.db, who, NOW).await;
            assert!(matches!(all, Err(Error::NotAllowed(_))));
            let grid = funding_grid(&house.db, who, GridFilter::default(), NOW).await;
            assert!(matches!(grid, Err(Error::NotAllowed(_))));
            let said = disclosures(&house.db, who, pool).await;
            assert!(matches!(said, Err(Error::NotAllowed(_))));
        }
        let asked = view::of_pool(&house.db, &stranger, pool, NOW).await;
        assert!(matches!(asked, Err(Error::NotFound)));
        assert_eq!(view::pools(&house.db, &stranger).await.unwrap(), []);
        assert_eq!(view::pools(&house.db, &of_a).await.unwrap().len(), 1);
        let not_theirs = NewDisclosure {
            funder_id: house.charity,
            ..name_b
        };
        let refused = record(&house.db, &house.officer, pool, None, &not_theirs).await;
        assert!(matches!(refused, Err(Error::Invalid(_))));
    });
}

#[test]
fn the_grid_says_who_pays_for_what_and_where_the_gaps_are() {
    on_each(async |house| {
        let care = house.category("care").await;
        house.category("rent").await;
        let art = house.category("art").await;
        let mut new = house.new_award(house.funder, "A", 100);
        new.category_ids = vec![care, art];
        let a = awards::ops::create(&house.db, &house.worker, &new)
            .await
            .unwrap();
        new.reference = "B".to_owned();
        new.title = "Grant B".to_owned();
        new.category_ids = vec![care];
        let b = awards::ops::create(&house.db, &house.worker, &new)
            .await
            .unwrap();
        let pool = house.pool("p", &[(a, 6_000), (b, 10_000)]).await;
        load(
            &house,
            "one",
            &[
                (2, 9_000, "care", "p"),
                (3, 1_200, "rent", "p"),
                (30, 500, "care", "p"),
            ],
        )
        .await;
        ran(&house).await;
        let of_pool = GridFilter {
            pool: Some(pool),
            ..GridFilter::default()
        };
        let officer = &house.officer;
        let grid = funding_grid(&house.db, officer, of_pool.clone(), NOW)
            .await
            .unwrap();
        type Row<'g> = (&'g str, Vec<(i64, bool)>, i64, Attention);
        let rows: Vec<Row<'_>> = grid
            .rows
            .iter()
            .map(|row| {
                let cells = row.cells.iter();
                (
                    row.category.as_str(),
                    cells
                        .map(|cell| (cell.attributed_pence.pence(), cell.may_pay))
                        .collect(),
                    row.unfunded_pence.pence(),
                    row.attention,
                )
            })
            .collect();
        assert_eq!(
            rows,
            [
                ("rent", vec![(0, false), (0, false)], 1_200, Attention::Gap),
                ("art", vec![(0, true), (0, false)], 0, Attention::Nothing),
                (
                    "care",
                    vec![(6_000, true), (3_500, true)],
                    0,
                    Attention::SeveralMayPay
                ),
            ]
        );
        assert_eq!(
            (grid.spend_pence, grid.attributed_pence, grid.unfunded_pence),
            (Money(10_700), Money(9_500), Money(1_200))
        );
        // every row and column adds up
        let columns: i64 = grid
            .awards
            .iter()
            .map(|one| one.attributed_pence.pence())
            .sum();
        assert_eq!(columns, grid.attributed_pence.pence());
        let late = GridFilter {
            from: Some(day(2026, 10, 15)),
            ..of_pool.clone()
        };
        let grid = funding_grid(&house.db, officer, late, NOW).await.unwrap();
        assert_eq!(
            (grid.spend_pence, grid.unfunded_pence),
            (Money(500), Money(0))
        );
        // nothing was for that place
        let there = GridFilter {
            place: Some("Ashby".to_owned()),
            ..GridFilter::default()
        };
        let grid = funding_grid(&house.db, officer, there, NOW).await.unwrap();
        assert_eq!(
            (grid.spend_pence, grid.attributed_pence),
            (Money(0), Money(0))
        );
        assert_eq!(grid.rows.len(), 2, "what awards may pay for");
        let endless = GridFilter {
            place: Some("x".repeat(201)),
            ..GridFilter::default()
        };
        let refused = funding_grid(&house.db, officer, endless, NOW).await;
        assert!(matches!(refused, Err(Error::Invalid(_))));
        let backwards = GridFilter {
            from: Some(day(2027, 1, 1)),
            ..of_pool
        };
        let refused = funding_grid(&house.db, officer, backwards, NOW).await;
        assert!(matches!(refused, Err(Error::Invalid(_))));
    });
}

/// What each award of a pool would pay of spend that came, less what it pays now; and the same of what is
/// promised.
fn moved(prospect: &what_if::Prospect) -> Vec<(String, i64, i64)> {
    let mut moved: Vec<(String, i64, i64)> = prospect.pools[0]
        .awards
        .iter()
        .map(|one| {
            (
                one.award.clone(),
                one.attributed_then_pence.pence() - one.attributed_pence.pence(),
                one.outstanding_then_pence.pence() - one.outstanding_pence.pence(),
            )
        })
        .collect();
    moved.sort();
    moved
}

fn moves(of: &[(&str, i64, i64)]) -> Vec<(String, i64, i64)> {
    of.iter()
        .map(|(name, paid, expected)| ((*name).to_owned(), *paid, *expected))
        .collect()
}

#[test]
fn what_would_become_of_us_is_told_and_the_books_stay_as_they_are() {
    on_each(async |house| {
        let (pool, _, [a, ..]) = three(&house).await;
        load(
            &house,
            "one",
            &[(2, 6_000, "care", "p"), (20, 1_000, "rent", "p")],
        )
        .await;
        ran(&house).await;
        promise(&house, pool, &[(2026, 11, 4_000), (2026, 12, 5_000)]).await;
        ran(&house).await;
        let before = told(&house, &house.officer, pool).await;
        let ask = async |scenario| {
            let found = what_if::what_if(&house.db, &house.officer, &scenario).await;
            found.unwrap()
        };
        // A holds 100 pounds: it pays 70, and 30 of what is promised; B 50 and C 10 of the rest
        let prospect = ask(Scenario::Withdraws {
            award_id: a,
            from_on: day(2026, 10, 10),
        })
        .await;
        assert_eq!(
            moved(&prospect),
            moves(&[
                ("Grant A", -1_000, -3_000),
                ("Grant B", 1_000, -1_000),
                ("Grant C", 0, 2_000)
            ])
        );
        let of = &prospect.pools[0];
        assert_eq!(
            (
                of.now.outstanding_unfunded_pence,
                of.then.outstanding_unfunded_pence
            ),
            (Money(0), Money(2_000))
        );
        assert_eq!(
            (of.now.unfunded_pence, of.then.unfunded_pence),
            (Money(0), Money(0))
        );
        let gaps: Vec<(&str, i64)> = of
            .categories
            .iter()
            .map(|one| (one.category.as_str(), one.more_pence.pence()))
            .collect();
        assert_eq!(gaps, [("outreach", 2_000)]);
        // from its first day it would have paid nothing at all
        let all = ask(Scenario::Withdraws {
            award_id: a,
            from_on: day(2026, 1, 1),
        })
        .await;
        assert_eq!(
            moved(&all),
            moves(&[
                ("Grant A", -7_000, -3_000),
                ("Grant B", 5_000, -5_000),
                ("Grant C", 2_000, 0)
            ])
        );
        assert_eq!(all.pools[0].then.outstanding_unfunded_pence, Money(8_000));
        // half of its year
        let year = awards::view::one(&house.db, &house.officer, a)
            .await
            .unwrap()
            .years[0]
            .id;
        let halved = ask(Scenario::YearComesTo {
            award_id: a,
            year_id: year,
            amount_pence: Money(5_000),
        })
        .await;
        assert_eq!(
            moved(&halved),
            moves(&[
                ("Grant A", -2_000, -3_000),
                ("Grant B", 2_000, -2_000),
                ("Grant C", 0, 2_000)
            ])
        );
        assert_eq!(
            halved.pools[0].then.outstanding_unfunded_pence,
            Money(3_000)
        );
        // a new award that may pay for outreach comes after the others, and has nothing to pay yet
        let arrives = |pence, first| Scenario::Arrives {
            pool_id: pool,
            amount_pence: Money(pence),
            starts_on: day(2026, 4, 1),
            ends_on: first,
            category_ids: Vec::new(),
        };
        let more = ask(arrives(9_000, day(2027, 3, 31))).await;
        assert!(
            more.pools[0]
                .awards
                .iter()
                .all(|one| one.more_pence == Money(0))
        );
        // nothing of it is kept
        assert_eq!(told(&house, &house.officer, pool).await, before);
        assert_eq!(wrong(&house).await, Vec::<String>::new());
        // what cannot be is refused, field by field
        let refused =
            what_if::what_if(&house.db, &house.officer, &arrives(0, day(2026, 3, 31))).await;
        let Err(Error::Invalid(wrong)) = refused else {
            panic!("{refused:?}");
        };
        let pointers: Vec<&str> = wrong.iter().map(|one| one.pointer.as_str()).collect();
        assert_eq!(pointers, ["/amount_pence", "/ends_on"]);
        let of_another = Scenario::YearComesTo {
            award_id: a,
            year_id: entity::AwardYearId::new(),
            amount_pence: Money(1),
        };
        let refused = what_if::what_if(&house.db, &house.officer, &of_another).await;
        assert!(matches!(refused, Err(Error::Invalid(_))), "{refused:?}");
    });
}

#[test]
fn a_new_award_covers_what_nobody_pays_for() {
    on_each(async |house| {
        let (pool, ..) = three(&house).await;
        load(&house, "one", &[(2, 20_000, "care", "p")]).await;
        ran(&house).await;
        let rent = house.category("training").await;
        let arrives = |category_ids| Scenario::Arrives {
            pool_id: pool,
            amount_pence: Money(1_500),
            starts_on: day(2026, 4, 1),
            ends_on: day(2027, 3, 31),
            category_ids,
        };
        let found = what_if::what_if(&house.db, &house.officer, &arrives(Vec::new()))
            .await
            .unwrap();
        let of = &found.pools[0];
        assert_eq!(
            (of.now.unfunded_pence, of.then.unfunded_pence),
            (Money(2_000), Money(500))
        );
        assert_eq!(of.awards[0].award_id, None);
        assert_eq!(of.awards[0].more_pence, Money(1_500));
        // for rent alone it does nothing about care
        let found = what_if::what_if(&house.db, &house.officer, &arrives(vec![rent]))
            .await
            .unwrap();
        assert_eq!(found.pools[0].then.unfunded_pence, Money(2_000));
    });
}
