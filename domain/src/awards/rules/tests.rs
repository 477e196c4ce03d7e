#![allow(clippy::unwrap_used, clippy::expect_used)]

use proptest::prelude::*;

use super::*;

fn category(n: u8) -> CostCategoryId {
    CostCategoryId(uuid::Uuid::from_u128(u128::from(n)))
}

fn categories(numbers: &[u8]) -> BTreeSet<CostCategoryId> {
    numbers.iter().map(|n| category(*n)).collect()
}

/// A fence: its name, the one around it, pounds reserved and limited, categories.
fn fence(
    slug: &str,
    parent: &str,
    reserved: Option<i64>,
    limit: Option<i64>,
    of: &[u8],
) -> FencePlan {
    FencePlan {
        slug: slug.to_owned(),
        parent: (!parent.is_empty()).then(|| parent.to_owned()),
        reserved: reserved.map(|pounds| Money(pounds * 100)),
        limit: limit.map(|pounds| Money(pounds * 100)),
        categories: categories(of),
    }
}

/// What is wrong, as `pointer code`.
fn wrong(pounds: i64, of: &[u8], fences: &[FencePlan]) -> Vec<String> {
    check_fences(Money(pounds * 100), &categories(of), fences)
        .into_iter()
        .map(|found| format!("{} {}", found.pointer, found.code))
        .collect()
}

const NOTHING: [&str; 0] = [];

#[test]
fn fences_nest_and_their_reserves_come_out_of_the_one_around_them() {
    let fences = [
        fence("treatment", "", Some(100), Some(150), &[1, 2, 3]),
        fence("young", "treatment", Some(60), None, &[1]),
        fence("residential", "treatment", Some(40), Some(50), &[2]),
        fence("management", "", None, Some(10), &[4]),
    ];
    assert_eq!(wrong(100, &[1, 2, 3, 4, 5], &fences), NOTHING);
    // an award without categories may pay for all
    assert_eq!(wrong(100, &[], &fences), NOTHING);
    assert_eq!(wrong(99, &[], &fences), ["/fences more-than-the-award"]);
}

#[test]
fn children_reserve_no_more_than_their_parent() {
    let fences = [
        fence("a", "", Some(99), None, &[1, 2]),
        fence("b", "a", Some(60), None, &[1]),
        fence("c", "a", Some(40), None, &[2]),
    ];
    assert_eq!(
        wrong(1000, &[], &fences),
        ["/fences/0/reserved_pence less-than-inside"]
    );
}

#[test]
fn a_reserve_inside_a_mere_limit_counts_against_what_is_around_that() {
    let fences = [
        fence("a", "", Some(50), None, &[1, 2]),
        fence("cap", "a", None, Some(90), &[1]),
        fence("b", "cap", Some(60), None, &[1]),
    ];
    assert_eq!(
        wrong(1000, &[], &fences),
        ["/fences/0/reserved_pence less-than-inside"]
    );
    let fences = [
        fence("cap", "", None, Some(50), &[1]),
        fence("b", "cap", Some(60), None, &[1]),
    ];
    assert_eq!(
        wrong(1000, &[], &fences),
        ["/fences/0/limit_pence less-than-inside"]
    );
}

#[test]
fn fences_beside_each_other_share_no_category() {
    let fences = [
        fence("a", "", Some(1), None, &[1, 2]),
        fence("b", "", Some(1), None, &[2, 3]),
        fence("c", "a", Some(1), None, &[2]),
    ];
    assert_eq!(
        wrong(1000, &[], &fences),
        ["/fences/1/category_ids overlaps"]
    );
}

#[test]
fn a_fence_stays_inside_what_is_around_it() {
    let fences = [
        fence("a", "", Some(1), None, &[1]),
        fence("b", "a", Some(1), None, &[1, 2]),
        fence("c", "", Some(1), None, &[9]),
    ];
    assert_eq!(
        wrong(1000, &[1, 2], &fences),
        [
            "/fences/1/category_ids outside",
            "/fences/2/category_ids outside"
        ]
    );
}

#[test]
fn each_fence_says_something_and_has_its_own_name() {
    let fences = [
        fence("a", "", None, None, &[1]),
        fence("b", "", Some(2), Some(1), &[2]),
        fence("c", "", Some(-1), None, &[]),
    ];
    assert_eq!(
        wrong(1000, &[], &fences),
        [
            "/fences/0/reserved_pence neither-reserved-nor-limited",
            "/fences/1/limit_pence below-reserve",
            "/fences/2/reserved_pence out-of-range",
            "/fences/2/category_ids no-category",
        ]
    );
    let fences = [
        fence("a", "", Some(1), None, &[1]),
        fence("a", "nowhere", Some(1), None, &[2]),
    ];
    assert_eq!(
        wrong(1000, &[], &fences),
        ["/fences/1/slug twice", "/fences/1/parent unknown"]
    );
}

#[test]
fn no_fence_stands_around_itself() {
    let fences = [
        fence("a", "b", Some(1), None, &[1]),
        fence("b", "a", Some(1), None, &[1]),
        fence("c", "a", Some(1), None, &[1]),
    ];
    assert_eq!(
        wrong(1000, &[], &fences),
        [
            "/fences/0/parent around-itself",
            "/fences/1/parent around-itself",
            "/fences/2/parent around-itself",
        ]
    );
    assert_eq!(
        wrong(1000, &[], &[fence("a", "a", Some(1), None, &[1])]),
        ["/fences/0/parent around-itself"]
    );
}

#[test]
fn an_award_has_an_amount_and_a_window() {
    let day = |text: &str| text.parse::<NaiveDate>().unwrap();
    let codes = |amount, from, to| -> Vec<String> {
        check_terms(Money(amount), day(from), day(to))
            .into_iter()
            .map(|found| found.code)
            .collect()
    };
    assert_eq!(codes(1, "2026-04-01", "2026-04-01"), NOTHING);
    assert_eq!(codes(1, "2026-04-02", "2026-04-01"), ["before-start"]);
    assert_eq!(codes(0, "2026-04-01", "2027-03-31"), ["out-of-range"]);
    assert_eq!(codes(-1, "2026-04-01", "2027-03-31"), ["out-of-range"]);
    assert_eq!(
        codes(i64::MAX, "2026-04-01", "2027-03-31"),
        ["out-of-range"]
    );
    assert_eq!(codes(1, "1226-04-01", "2027-03-31"), ["not-plausible"]);
}

prop_compose! {
    /// Small ledgers of fences, many of them wrong.
    fn any_fences()(raw in prop::collection::vec(
        (0..6_usize, prop::option::of(0..6_usize), prop::option::of(0..50_i64),
         prop::option::of(0..60_i64), prop::collection::btree_set(0..5_u8, 0..4)), 0..6)
    ) -> Vec<FencePlan> {
        raw.into_iter().enumerate().map(|(index, (_, parent, reserved, limit, of))| FencePlan {
            slug: format!("f{index}"),
            parent: parent.map(|parent| format!("f{parent}")),
            reserved: reserved.map(Money),
            limit: limit.map(Money),
            categories: of.into_iter().map(category).collect(),
        }).collect()
    }
}

/// Whether `inner` is `outer` or stands somewhere inside it.
fn stands_in(fences: &[FencePlan], inner: &FencePlan, outer: &FencePlan) -> bool {
    let mut at = Some(inner);
    while let Some(fence) = at {
        if fence.slug == outer.slug {
            return true;
        }
        at = fence
            .parent
            .as_ref()
            .and_then(|slug| fences.iter().find(|other| other.slug == *slug));
    }
    false
}

proptest! {
    /// Accepted fences give each line one deepest fence, and every reserve its pence: counting
    /// each reserve once, at the deepest fence that reserves it, they fit together.
    #[test]
    fn accepted_fences_can_all_be_met(fences in any_fences(), amount in 0..120_i64) {
        if !check_fences(Money(amount), &BTreeSet::new(), &fences).is_empty() {
            return Ok(());
        }
        for n in 0..5_u8 {
            let fits: Vec<&FencePlan> = fences.iter()
                .filter(|fence| fence.categories.contains(&category(n))).collect();
            for (a, b) in fits.iter().flat_map(|a| fits.iter().map(move |b| (*a, *b))) {
                prop_assert!(
                    stands_in(&fences, a, b) || stands_in(&fences, b, a),
                    "{} and {} both fit", a.slug, b.slug
                );
            }
        }
        // each fence's own reserve: its reserve less those of the nearest reserving fences inside
        let own = |fence: &FencePlan| -> i64 {
            let inside: i64 = fences.iter()
                .filter(|other| other.slug != fence.slug && other.reserved.is_some()
                    && stands_in(&fences, other, fence))
                .filter(|other| !fences.iter().any(|between| between.reserved.is_some()
                    && between.slug != fence.slug && between.slug != other.slug
                    && stands_in(&fences, between, fence) && stands_in(&fences, other, between)))
                .map(|other| other.reserved.unwrap().pence()).sum();
            fence.reserved.unwrap().pence() - inside
        };
        let reserving: Vec<&FencePlan> =
            fences.iter().filter(|fence| fence.reserved.is_some()).collect();
        for fence in &reserving {
            prop_assert!(own(fence) >= 0);
        }
        prop_assert!(reserving.iter().map(|fence| own(fence)).sum::<i64>() <= amount);
        for limited in fences.iter().filter(|fence| fence.limit.is_some()) {
            let inside: i64 = reserving.iter()
                .filter(|fence| stands_in(&fences, fence, limited)).map(|fence| own(fence)).sum();
            prop_assert!(inside <= limited.limit.unwrap().pence());
        }
    }
}
