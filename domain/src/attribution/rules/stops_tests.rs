//! What keeps an award from being used up is found without going through lines.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]
use std::collections::BTreeMap;

use entity::{AwardId, PaysFor};

use super::Unfunded;
use super::stops::{Came, Outside, used};
use super::tests::{award, category, day, fence};
use super::why::Full;

fn came(on: (u32, u32), kind: u128, by: Result<(AwardId, bool), Unfunded>, amount: i64) -> Came {
    Came {
        on: day(on.0, on.1),
        category: category(kind),
        by,
        amount,
    }
}

#[test]
fn what_others_pay_and_what_it_may_not_pay_is_told_apart() {
    let mut one = award(1, 1_000);
    let other = award(2, 1_000).id;
    one.categories = [category(1), category(2)].into();
    one.pays_for = PaysFor::Revenue;
    one.stopped = vec![(day(7, 1), Some(day(7, 31)))];
    one.pays_less(None, day(5, 1), 300);
    let found = used(
        &one,
        &[
            came((5, 1), 1, Ok((one.id, false)), 300),
            came((5, 2), 1, Ok((other, false)), 200),
            came((5, 3), 2, Ok((other, false)), 50),
            came((5, 3), 2, Ok((other, true)), 40),
            came((5, 4), 3, Ok((other, false)), 30),
            came((7, 4), 1, Ok((other, false)), 20),
            came((5, 4), 1, Err(Unfunded::NotNamed), 10),
            came((5, 5), 1, Err(Unfunded::CapitalOrRevenue), 7),
            came((5, 6), 3, Err(Unfunded::CategoryNotAllowed), 5),
            came((5, 6), 1, Err(Unfunded::Credit), -3),
        ],
    );
    assert_eq!(found.pays, 300);
    assert_eq!(found.others, BTreeMap::from([(other, 250)]));
    assert_eq!(
        found.outside,
        BTreeMap::from([
            (Outside::Category, 35),
            (Outside::Kind, 47),
            (Outside::Suspended, 20),
        ])
    );
    assert_eq!(found.open, BTreeMap::from([(Unfunded::NotNamed, 10)]));
    assert!(found.full.is_empty() && found.kept.is_empty());
    assert_eq!(one.left_here(), 700);
}

#[test]
fn a_limit_that_is_reached_and_money_that_is_kept_are_named() {
    let mut one = award(1, 100);
    one.fences = vec![
        fence(7, None, 0, Some(30), &[1]),
        fence(8, None, 50, None, &[2]),
    ];
    one.pays_less(Some(one.fences[0].id), day(4, 3), 30);
    one.pays_less(Some(one.fences[1].id), day(4, 3), 10);
    // all open money but what is kept goes too
    one.pays_less(None, day(4, 4), 20);
    let found = used(
        &one,
        &[
            came((5, 1), 1, Err(Unfunded::AllFull), 9),
            came((5, 2), 1, Err(Unfunded::AllFull), 1),
            came((5, 2), 3, Err(Unfunded::AllFull), 4),
        ],
    );
    assert_eq!(
        found.full,
        [(Full::Fence(one.fences[0].id), 10), (Full::Kept, 4)]
    );
    assert_eq!(found.kept, [(one.fences[1].id, 40)]);
    assert_eq!(one.left_here(), 40);
}
