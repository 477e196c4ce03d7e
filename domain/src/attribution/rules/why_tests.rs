//! Why an award pays as it does is said so that people can follow it.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]
use entity::AttributionPolicy;

use super::tests::{award, category, day, fence, line};
use super::why::{First, Full, Known, sentence};

fn told(known: &Known) -> String {
    let said = sentence("The grant", known);
    assert!(said.ends_with('.'), "{said}");
    said
}

#[test]
fn what_is_used_up_is_named() {
    let of = line(1, day(5, 1), 100, 1);
    assert_eq!(award(1, 10).full_for(&of), None);
    let mut one = award(1, 10);
    one.pays_less(None, day(4, 3), 10);
    assert_eq!(one.full_for(&of), Some(Full::Contribution));
    let mut one = award(1, 10);
    one.agreed = 50;
    one.used_elsewhere = 10;
    assert_eq!(one.full_for(&of), Some(Full::All));
    let mut one = award(1, 100);
    one.fences = vec![fence(7, None, 0, Some(30), &[1])];
    one.pays_less(Some(one.fences[0].id), day(4, 3), 30);
    assert_eq!(one.full_for(&of), Some(Full::Fence(one.fences[0].id)));
    assert_eq!(one.full_for(&line(2, day(5, 1), 1, 2)), None);
    let mut one = award(1, 100);
    one.fences = vec![fence(7, None, 60, None, &[1])];
    one.pays_less(None, day(4, 3), 40);
    assert_eq!(one.full_for(&line(2, day(5, 1), 1, 2)), Some(Full::Kept));
    assert_eq!(one.full_for(&of), None);
}

#[test]
fn each_case_is_a_sentence() {
    let one = Known {
        line: 100_00,
        rule: Some(AttributionPolicy::InOrder),
        ..Known::default()
    };
    let paid = Known {
        paid: 100_00,
        ..one.clone()
    };
    assert_eq!(
        told(&paid),
        "It pays for all of it in its turn in the stated order."
    );
    let stays = Known {
        certified: Some((100_00, vec!["April to June 2026".to_owned()])),
        ..paid
    };
    assert_eq!(
        told(&stays),
        "£100.00 is certified in the return for April to June 2026: it stays."
    );
    let part = Known {
        paid: 60_00,
        pinned: Some((40_00, "Fin".to_owned(), day(5, 3))),
        full: Some((
            Full::Fence(fence(1, None, 0, None, &[]).id),
            "Rehab".to_owned(),
            Some(day(3, 3)),
        )),
        ..one.clone()
    };
    assert_eq!(
        told(&part),
        "£40.00 is pinned to it, by Fin on 3 May 2026. £20.00 more in its turn in the stated order. It pays \
         no more: its part “Rehab” is full, by spend received up to 3 March 2026."
    );
    let mut other = award(1, 10);
    other.categories = [category(9)].into();
    let of = line(1, day(5, 1), 100, 1);
    let not = Known {
        may_not: other.may_not(&of),
        ..one.clone()
    };
    assert_eq!(
        told(&not),
        "It does not pay: “The grant” does not pay for its cost category."
    );
    let behind = Known {
        covered: true,
        ..one.clone()
    };
    assert_eq!(
        told(&behind),
        "It does not pay: those before it in the stated order pay for the rest."
    );
}

#[test]
fn who_pays_first_by_the_optimal_rule_is_named_with_the_aim_that_tells() {
    let (mut soon, mut late, mut never) = (award(1, 100), award(2, 100), award(3, 100));
    (soon.lost_if_unspent, soon.ends_on) = (true, day(9, 30));
    (late.lost_if_unspent, late.ends_on) = (true, day(12, 31));
    (never.lost_if_unspent, never.ends_on) = (false, day(9, 30));
    let order = [late.id, never.id, soon.id];
    assert_eq!(
        late.after(&soon, &order),
        Some(First::EndsFirst(day(9, 30)))
    );
    assert_eq!(
        never.after(&late, &order),
        Some(First::EndsFirst(day(12, 31)))
    );
    assert_eq!(
        soon.after(&late, &order),
        None,
        "it ends first: something else tells"
    );
    assert_eq!(late.after(&never, &order), None);
    let mut other = award(4, 100);
    (other.lost_if_unspent, other.ends_on) = (false, day(6, 30));
    let order = [other.id, never.id];
    assert_eq!(never.after(&other, &order), Some(First::MoreRestricted));
    assert_eq!(other.after(&never, &order), None);
    let known = Known {
        line: 100_00,
        covered: true,
        rule: Some(AttributionPolicy::Optimal),
        first: Some(("Homes".to_owned(), First::EndsFirst(day(9, 30)))),
        ..Known::default()
    };
    assert_eq!(
        told(&known),
        "It does not pay: “Homes” pays first, because what that does not use by 30 September 2026 is lost."
    );
    let pays = Known {
        paid: 100_00,
        lost_on: Some(day(9, 30)),
        ..known
    };
    assert_eq!(
        told(&pays),
        "It pays for all of it so that as little as can be is lost: what it does not use by 30 September 2026 \
         goes back."
    );
}
