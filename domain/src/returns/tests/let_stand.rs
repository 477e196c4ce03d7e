//! What was let stand is read as it was when the return was offered; in other words, or once the
//! return is opened again, it is asked anew.

use entity::GrantReturnId;

use super::agree::{complete, offer};
use super::house::{House, at, on_both};
use super::journey::{sending, sign};
use crate::Error;
use crate::returns::ops::{self, Silence};
use crate::returns::rules::Finding;
use crate::returns::view;

const CODE: &str = "unattributed-spend";

async fn uncovered(house: &House, moment: &str, pence: i64) {
    house.clock.set(at(moment));
    house
        .load("2026-06-30", &[("2026-05-10", pence, false, false)])
        .await;
}

async fn says(house: &House, id: GrantReturnId, reason: &str) -> Result<ops::Stands, Error> {
    let silence = Silence {
        code: CODE.to_owned(),
        place: String::new(),
        reason: reason.to_owned(),
    };
    ops::silence(&house.db, &house.officer, id, &silence).await
}

async fn found(house: &House, id: GrantReturnId) -> Vec<Finding> {
    view::findings(&house.db, &house.officer, id)
        .await
        .unwrap()
        .into_iter()
        .filter(|found| found.code == CODE)
        .collect()
}

/// Its words and the reason, for each.
async fn told(house: &House, id: GrantReturnId) -> Vec<(bool, bool, Option<String>)> {
    found(house, id)
        .await
        .into_iter()
        .map(|found| {
            (
                found.message.contains("£92.50"),
                found.message.contains("£142.50"),
                found.silenced,
            )
        })
        .collect()
}

#[test]
fn what_was_let_stand_is_read_as_it_was() {
    on_both(async |house| {
        house
            .load(
                "2026-06-30",
                &[
                    ("2026-04-10", 1_000_00, false, true),
                    ("2026-04-12", 92_50, false, false),
                ],
            )
            .await;
        house.require(false, &["Treasurer"]).await;
        house.draft().await;
        let id = house.of_quarter("2026-04-01").await.id;
        complete(house, id).await;
        says(house, id, "Asked for elsewhere.").await.unwrap();
        let twice = says(house, id, "Asked for elsewhere.").await.unwrap_err();
        assert!(
            matches!(
                twice,
                Error::Refused {
                    rule: "silenced-already",
                    ..
                }
            ),
            "{twice}"
        );
        offer(house, id).await.unwrap();
        let reason = Some("Asked for elsewhere.".to_owned());
        assert_eq!(told(house, id).await, [(true, false, reason.clone())]);
        // Another line comes: it is open, and what was let stand stays as it was read.
        uncovered(house, "2026-07-03T09:00:00Z", 50_00).await;
        let both = [(false, true, None), (true, false, reason.clone())];
        assert_eq!(told(house, id).await, both);
        let late = says(house, id, "That too.").await.unwrap_err();
        assert!(
            matches!(
                late,
                Error::Refused {
                    rule: "offered-already",
                    ..
                }
            ),
            "{late}"
        );
        let page = view::certify_page(&house.db, &house.certifier, id)
            .await
            .unwrap();
        let stood = |page: &view::CertifyPage| {
            page.silenced
                .iter()
                .map(|one| {
                    let message = one.message.clone().unwrap();
                    (
                        message.contains("£92.50"),
                        one.reason.clone(),
                        one.by.clone(),
                    )
                })
                .collect::<Vec<_>>()
        };
        let as_read = [(true, "Asked for elsewhere.".to_owned(), "Ola".to_owned())];
        assert_eq!(stood(&page), as_read);
        sign(house, &house.certifier, id, "Treasurer")
            .await
            .unwrap();
        ops::record_sending(&house.db, &house.officer, id, &sending(house), None, None)
            .await
            .unwrap();
        assert_eq!(told(house, id).await, both);
        let page = view::certify_page(&house.db, &house.certifier, id)
            .await
            .unwrap();
        assert_eq!(stood(&page), as_read);
        // Opened again, it is asked anew.
        house.clock.set(at("2026-07-04T09:00:00Z"));
        ops::reopen(&house.db, &house.officer, id, "Once more.", None)
            .await
            .unwrap();
        assert_eq!(told(house, id).await, [(false, true, None)]);
        says(house, id, "A second line, elsewhere too.")
            .await
            .unwrap();
        let second = Some("A second line, elsewhere too.".to_owned());
        assert_eq!(told(house, id).await, [(false, true, second)]);
    });
}

#[test]
fn a_reason_is_taken_back_and_stays_on_record() {
    on_both(async |house| {
        house
            .load(
                "2026-06-30",
                &[
                    ("2026-04-10", 1_000_00, false, true),
                    ("2026-04-12", 92_50, false, false),
                ],
            )
            .await;
        house.require(false, &["Treasurer"]).await;
        house.draft().await;
        let id = house.of_quarter("2026-04-01").await.id;
        complete(house, id).await;
        says(house, id, "Asked for elsewhere.").await.unwrap();
        let stood = async || {
            let seen = view::one(&house.db, &house.officer, id).await.unwrap();
            seen.let_stand
        };
        let one = stood().await.remove(0);
        assert_eq!(
            (one.reason.as_str(), one.by.as_deref(), one.at),
            ("Asked for elsewhere.", Some("Ola"), house.clock.now())
        );
        let back = async |ctx: &crate::Ctx| ops::take_back_reason(&house.db, ctx, id, one.id).await;
        assert!(matches!(
            back(&house.trustee).await,
            Err(Error::NotAllowed(_))
        ));
        // while others read it, it stays
        offer(house, id).await.unwrap();
        let read = back(&house.officer).await.unwrap_err();
        assert!(
            matches!(
                read,
                Error::Refused {
                    rule: "offered-already",
                    ..
                }
            ),
            "{read}"
        );
        ops::request_changes(&house.db, &house.officer, id, "Once more.", None)
            .await
            .unwrap();
        back(&house.officer).await.unwrap();
        assert_eq!(told(house, id).await, [(true, false, None)]);
        assert!(stood().await.is_empty());
        assert!(matches!(back(&house.officer).await, Err(Error::NotFound)));
        // and it may be said anew, in the same words
        house.clock.set(at("2026-07-03T09:00:00Z"));
        says(house, id, "Asked for elsewhere.").await.unwrap();
        assert_eq!(stood().await.len(), 1);
    });
}
