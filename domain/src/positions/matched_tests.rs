#![allow(clippy::unwrap_used, clippy::expect_used)]

use entity::{AwardId, Money, OrganisationKind, Role};

use super::view::matched::{Matched, matched};
use crate::awards::ops::amend::{NewAmendment, amend};
use crate::awards::rules::further::MatchTerms;
use crate::awards::rules::terms::TermsChange;
use crate::matching::ops::{NewMatch, NewMatches, enter};
use crate::spend::testing::{House, day, on_each};
use crate::{Error, awards};

async fn requires(house: &House, award: AwardId, share_bp: i32) {
    let new = NewAmendment {
        effective_on: day(2026, 10, 1),
        reason: "As the letter says".to_owned(),
        with_whom: "Bea, letter".to_owned(),
        change: TermsChange {
            match_required: Some(MatchTerms {
                amount_pence: None,
                share_bp: Some(share_bp),
                evidenced_how: "Letters of our partners".to_owned(),
            }),
            ..TermsChange::default()
        },
    };
    amend(&house.db, &house.worker, award, None, &new)
        .await
        .unwrap();
}

async fn given(house: &House, award: AwardId, month: u32, pence: i64, secured: bool) {
    let new = NewMatches {
        entries: vec![NewMatch {
            source: "Northmoor Council".to_owned(),
            source_kind: OrganisationKind::Council,
            in_kind: false,
            valued_how: None,
            month: day(2026, month, 1),
            capital: false,
            amount_pence: Some(Money(pence)),
            secured,
            evidence: secured.then(|| "Letter of 3 May".to_owned()),
        }],
    };
    enter(&house.db, &house.officer, award, &new).await.unwrap();
}

fn told(seen: &Matched) -> Vec<(String, [i64; 4])> {
    seen.rows
        .iter()
        .map(|row| {
            let of = row.figures;
            let figures = [
                of.required_pence,
                of.evidenced_pence,
                of.not_in_writing_pence,
                of.short_pence,
            ];
            (row.award.clone(), figures.map(Money::pence))
        })
        .collect()
}

#[test]
fn what_is_short_of_match_comes_first_and_is_what_the_award_says() {
    on_each(async |house| {
        let a = house.award(house.funder, "A", 100).await;
        let b = house.award(house.funder, "B", 50).await;
        let c = house.award(house.funder, "C", 80).await;
        let pool = house.pool("p", &[(a, 10_000), (c, 8_000)]).await;
        requires(&house, a, 2_500).await;
        requires(&house, b, 10_000).await;
        given(&house, a, 5, 2_000, true).await;
        given(&house, a, 6, 900, false).await;
        given(&house, b, 6, 6_000, true).await;
        let all = matched(&house.db, &house.officer, None).await.unwrap();
        let row = |name: &str, figures| (name.to_owned(), figures);
        assert_eq!(
            told(&all),
            [
                row("Grant A", [2_500, 2_000, 900, 500]),
                row("Grant B", [5_000, 6_000, 0, 0]),
            ]
        );
        // what B has beyond its need does not make up for A
        assert_eq!(all.together.short_pence, Money(500));
        assert_eq!(all.require_none, 1);
        assert_eq!(all.rows[0].evidenced_how, "Letters of our partners");
        let of_pool = matched(&house.db, &house.officer, Some(pool))
            .await
            .unwrap();
        assert_eq!(told(&of_pool), told(&all)[..1]);
        // each is what its award's page says
        for row in &all.rows {
            let award = awards::view::one(&house.db, &house.officer, row.award_id)
                .await
                .unwrap();
            assert_eq!(award.match_position, Some(row.figures));
        }
        let theirs = house.somebody_of(Role::FundersOfficer, house.funder).await;
        for pool in [Some(pool), None] {
            let refused = matched(&house.db, &theirs, pool).await;
            assert!(matches!(refused, Err(Error::NotAllowed(_))));
        }
    });
}
