//! What is attributed is worked out again at night; of an optimal rule, from what proves its answer.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use entity::{AttributionPolicy, AwardId, PoolId};
use sea_orm::ConnectionTrait;

use super::tests::{load, ran, sums, wrong};
use crate::access::rules::Operation;
use crate::pools::ops::policies::{NewPolicy, PolicyShare, agree};
use crate::spend::testing::{Given, House, day, on_each};
use crate::{Command, proposals};

/// A pool by the optimal rule: what would be lost goes first, and a part of it is for one category alone.
pub(super) async fn optimal(house: &House) -> (PoolId, [AwardId; 2]) {
    let care = house.category("care").await;
    let beds = house.category("beds").await;
    let mut awards = [AwardId::default(); 2];
    let given = [("A", 9_000, Some((4_000, 5_000, beds))), ("B", 8_000, None)];
    for (award, (reference, amount, fence)) in awards.iter_mut().zip(given) {
        *award = house
            .given(Given {
                reference,
                amount,
                window: (day(2026, 4, 1), day(2027, 3, 31)),
                categories: &[care, beds],
                fence,
            })
            .await;
    }
    let [a, b] = awards;
    let pool = house.pool("p", &[(b, 8_000), (a, 9_000)]).await;
    agreed(house, pool, &awards).await;
    (pool, awards)
}

/// A pool is paid for by the optimal rule, the first of these the most restricted.
pub(super) async fn agreed(house: &House, pool: PoolId, awards: &[AwardId]) {
    let turn = |award_id| PolicyShare {
        award_id,
        share_bp: None,
    };
    let rule = NewPolicy {
        policy: AttributionPolicy::Optimal,
        starts_on: day(2026, 4, 1),
        agreed_by: "Both boards".to_owned(),
        agreed_on: day(2026, 11, 5),
        minute: "Minute 4".to_owned(),
        reason: "As little lost as can be.".to_owned(),
        awards: awards.iter().copied().map(turn).collect(),
        purposes: Vec::new(),
        reaches_back: true,
    };
    agree(&house.db, &house.officer, pool, None, &rule)
        .await
        .unwrap();
}

/// Does something to the database that no operation does.
async fn raw(house: &House, sql: &str) {
    house
        .db
        .write(
            &house.worker,
            Command::new(Operation::KeepHouse),
            async |tx| {
                tx.conn().execute_unprepared(sql).await?;
                Ok(())
            },
        )
        .await
        .unwrap();
}

#[test]
fn an_optimal_answer_is_held_to_its_proof_every_night() {
    on_each(async |house| {
        let (pool, _) = optimal(&house).await;
        load(
            &house,
            "x",
            &[(5, 3_000, "beds", "p"), (6, 7_000, "care", "p")],
        )
        .await;
        // `ran` checks the whole database: what was attributed follows from the proof
        assert_eq!(ran(&house).await, 1);
        let (spend, before, unfunded) = sums(&house, pool).await;
        assert_eq!((spend, unfunded), (10_000, 0));
        // a later run rests on what was shown before it
        load(
            &house,
            "y",
            &[(7, 2_000, "care", "p"), (8, -500, "care", "p")],
        )
        .await;
        assert_eq!(ran(&house).await, 1);
        assert_ne!(sums(&house, pool).await.1, before);

        let proof = "(SELECT id FROM attribution_run WHERE accepted_seq = \
                     (SELECT MAX(accepted_seq) FROM attribution_run))";
        let changed = [
            // other prices, and nothing at all: of an earlier run, or of none
            (
                format!(
                    "UPDATE attribution_proof SET proof = (SELECT MIN(p.proof) FROM \
                       attribution_proof p WHERE p.run_id <> {proof}) WHERE run_id = {proof}"
                ),
                "does not hold",
            ),
            (
                format!("DELETE FROM attribution_proof WHERE run_id = {proof}"),
                "No proof of it is kept",
            ),
        ];
        for (sql, says) in changed {
            raw(&house, &sql).await;
            let found = wrong(&house).await;
            assert!(
                found.iter().any(|message| message.contains(says)),
                "{says}: {found:?}"
            );
        }
        // the next run proves it anew
        load(&house, "z", &[(9, 100, "care", "p")]).await;
        assert_eq!(ran(&house).await, 1);
    });
}

#[test]
fn a_penny_that_was_moved_past_the_house_is_found() {
    on_each(async |house| {
        let care = house.category("care").await;
        let award = house
            .given(Given {
                reference: "A",
                amount: 9_000,
                window: (day(2026, 4, 1), day(2027, 3, 31)),
                categories: &[care],
                fence: None,
            })
            .await;
        let pool = house.pool("p", &[(award, 9_000)]).await;
        load(
            &house,
            "x",
            &[(5, 3_000, "care", "p"), (6, 7_000, "care", "p")],
        )
        .await;
        assert_eq!(ran(&house).await, 1);
        assert_eq!(sums(&house, pool).await, (10_000, vec![9_000], 1_000));
        // from the earlier line to the later one: every sum stays as it was
        for (more, line) in [(-100, "MIN"), (100, "MAX")] {
            raw(
                &house,
                &format!(
                    "INSERT INTO attribution (id, run_id, line_id, award_id, fence_id, amount) \
                     SELECT {}, a.run_id, a.line_id, a.award_id, a.fence_id, {more} \
                     FROM attribution a JOIN spend_line l ON l.id = a.line_id \
                     WHERE l.incurred_on = (SELECT {line}(incurred_on) FROM spend_line)",
                    match house.db.read().get_database_backend() {
                        sea_orm::DbBackend::Sqlite => "randomblob(16)",
                        _ => "gen_random_uuid()",
                    }
                ),
            )
            .await;
        }
        let found = wrong(&house).await;
        assert!(
            found
                .iter()
                .any(|message| message.contains("attributed otherwise than they follow")),
            "{found:?}"
        );
        // and the next run puts it right
        load(&house, "y", &[(9, 100, "care", "p")]).await;
        crate::attribution::ops::run_due(&house.db, &house.worker)
            .await
            .unwrap();
        let runs = proposals::view::runs(&house.db, &house.officer, pool, None, 5)
            .await
            .unwrap();
        assert_eq!(runs.items.len(), 2);
        let follows = super::checks::follow(&house.db, &house.worker)
            .await
            .unwrap();
        assert_eq!(follows, [""; 0]);
    });
}
