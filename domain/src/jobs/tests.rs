#![allow(clippy::unwrap_used, clippy::indexing_slicing)]

use chrono::Duration;

use entity::JobKind;

use super::{Claimed, claim, end_asking, store, view};
use crate::access::rules::Operation;
use crate::ctx::Lease;
use crate::spend::testing::on_each;
use crate::{Command, Ctx};

/// Reminders wait while returns are drafted, and are asked for by the end of that. Had they been asked for before it,
/// they could have looked while it still ran, and nobody would have asked again.
#[test]
fn whoever_the_end_of_a_job_asks_finds_it_over() {
    on_each(async |house| {
        let (db, system) = (&house.db, &house.worker);
        let lease = Duration::seconds(30);
        let all = async || claim(db, system, 50, lease).await.unwrap();
        // what the making of the house asked for is over
        super::turn(db, system, &done(all().await), 0, lease)
            .await
            .unwrap();
        db.write(system, Command::new(Operation::KeepQueue), async |tx| {
            store::ask(tx, JobKind::DraftReturns).await
        })
        .await
        .unwrap();
        let drafting = all().await;
        assert_eq!(drafting[0].kind, JobKind::DraftReturns);
        let in_hand = async |kind| view::in_hand(db, system, kind).await.unwrap();
        assert!(in_hand(JobKind::DraftReturns).await);
        assert!(!in_hand(JobKind::SendReminders).await);
        let inside = Ctx {
            lease: Some(Lease {
                job: drafting[0].id,
                token: drafting[0].token,
            }),
            ..system.clone()
        };
        end_asking(db, &inside, JobKind::SendReminders)
            .await
            .unwrap();
        let reminders = all().await;
        assert_eq!(reminders[0].kind, JobKind::SendReminders);
        assert!(!in_hand(JobKind::DraftReturns).await);
        // whoever lost the job ends nothing and asks nobody
        assert!(
            end_asking(db, &inside, JobKind::AttributeSpend)
                .await
                .is_err()
        );
        assert!(!in_hand(JobKind::AttributeSpend).await);
    });
}

fn done(claimed: Vec<Claimed>) -> Vec<super::Ended> {
    claimed
        .into_iter()
        .map(|job| super::Ended {
            job,
            outcome: super::rules::Outcome::Done,
        })
        .collect()
}
