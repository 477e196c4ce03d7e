//! Agreement: two equal boards, one numbered revision, no race and no reuse (T3).

use entity::{Board, GrantReturnId, ReturnEventKind, ReturnState};
use futures_util::future::join_all;
use serde_json::json;

use super::house::{House, at, day, on_both};
use crate::Error;
use crate::returns::ops::{self, NewAnswer, NewApproval};
use crate::returns::{store, view};

pub(super) async fn complete(house: &House, id: GrantReturnId) {
    for (key, value) in [
        ("story.well", json!("People met every week")),
        ("story.rating", json!("Green")),
    ] {
        let new = NewAnswer {
            value,
            reason: None,
        };
        ops::answer(&house.db, &house.officer, id, key, &new, None)
            .await
            .unwrap();
    }
}

pub(super) async fn offer(house: &House, id: GrantReturnId) -> Result<ops::Stands, Error> {
    let new = ops::NewOffer::default();
    ops::offer(&house.db, &house.officer, &house.workbooks, id, &new, None).await
}

/// Offers a return that was certified before and opened again.
pub(super) async fn offer_again(house: &House, id: GrantReturnId, why: &str) -> ops::Stands {
    let new = ops::NewOffer {
        resubmission_reason: Some(why.to_owned()),
    };
    ops::offer(&house.db, &house.officer, &house.workbooks, id, &new, None)
        .await
        .unwrap()
}

pub(super) async fn offered(house: &House, boards: bool, offices: &[&str]) -> GrantReturnId {
    house
        .load("2026-06-30", &[("2026-04-10", 1_000_00, false, true)])
        .await;
    house.require(boards, offices).await;
    house.draft().await;
    let id = house.of_quarter("2026-04-01").await.id;
    complete(house, id).await;
    offer(house, id).await.unwrap();
    id
}

fn approval(board: Board, revision: i32) -> NewApproval {
    NewApproval {
        board,
        revision,
        agreed_on: day("2026-07-02"),
        minute: "Minute 7".to_owned(),
    }
}

#[test]
fn errors_stand_in_the_way_of_an_offer() {
    on_both(async |house| {
        house.require(true, &["Treasurer"]).await;
        house.draft().await;
        let id = house.of_quarter("2026-04-01").await.id;
        let refused = offer(house, id).await.unwrap_err();
        assert!(
            matches!(
                refused,
                Error::Refused {
                    rule: "errors-remain",
                    ..
                }
            ),
            "{refused}"
        );
        assert_eq!(
            house.of_quarter("2026-04-01").await.state,
            ReturnState::Drafted
        );
    });
}

#[test]
fn neither_board_stands_in_for_the_other() {
    on_both(async |house| {
        let id = offered(house, true, &["Treasurer"]).await;
        let revision = house.of_quarter("2026-04-01").await.revision;
        let approve = async |ctx, board, revision| {
            ops::approve(&house.db, ctx, id, &approval(board, revision)).await
        };
        let refused = approve(&house.trustee, Board::Committee, revision)
            .await
            .unwrap_err();
        assert!(matches!(refused, Error::NotAllowed(_)));
        let refused = approve(&house.trustee, Board::Trustees, 99)
            .await
            .unwrap_err();
        assert!(matches!(refused, Error::Invalid(_)));
        let stands = approve(&house.trustee, Board::Trustees, revision)
            .await
            .unwrap();
        assert_eq!(stands.state, ReturnState::AwaitingApproval);
        let stands = approve(&house.committee, Board::Committee, revision)
            .await
            .unwrap();
        assert_eq!(stands.state, ReturnState::AwaitingCertification);
    });
}

#[test]
fn one_person_speaks_for_one_board() {
    on_both(async |house| {
        let id = offered(house, true, &["Treasurer"]).await;
        let revision = house.of_quarter("2026-04-01").await.revision;
        let mut both = house.trustee.clone();
        if let crate::Actor::Person(person) = &mut both.actor {
            person
                .roles
                .push((house.home, entity::Role::CommitteeMember));
        }
        ops::approve(&house.db, &both, id, &approval(Board::Trustees, revision))
            .await
            .unwrap();
        let refused = ops::approve(&house.db, &both, id, &approval(Board::Committee, revision))
            .await
            .unwrap_err();
        assert!(matches!(
            refused,
            Error::Refused {
                rule: "one-person-one-board",
                ..
            }
        ));
    });
}

/// T3: two hundred at once leave one agreement of each board; an edit in between voids.
#[test]
fn two_hundred_approvals_at_once_make_two() {
    on_both(async |house| {
        let id = offered(house, true, &["Treasurer"]).await;
        let revision = house.of_quarter("2026-04-01").await.revision;
        let results = join_all((0..200).map(|n| {
            let (ctx, board) = if n % 2 == 0 {
                (house.trustee.clone(), Board::Trustees)
            } else {
                (house.committee.clone(), Board::Committee)
            };
            let db = house.db.clone();
            async move { ops::approve(&db, &ctx, id, &approval(board, revision)).await }
        }))
        .await;
        let agreed = results.iter().filter(|one| one.is_ok()).count();
        assert_eq!(agreed, 2);
        let approvals = store::approvals(house.db.read(), id).await.unwrap();
        assert_eq!(approvals.len(), 2);
        let events = store::events(house.db.read(), id).await.unwrap();
        let counted = events
            .iter()
            .filter(|e| e.kind == ReturnEventKind::BoardAgreed)
            .count();
        assert_eq!(counted, 2);
        assert_eq!(
            house.of_quarter("2026-04-01").await.state,
            ReturnState::AwaitingCertification
        );
    });
}

#[test]
fn an_edit_among_two_hundred_approvals_voids_them() {
    on_both(async |house| {
        let id = offered(house, true, &["Treasurer"]).await;
        let revision = house.of_quarter("2026-04-01").await.revision;
        let results = join_all((0..200).map(|n| {
            let db = house.db.clone();
            let (officer, trustee, committee) = (
                house.officer.clone(),
                house.trustee.clone(),
                house.committee.clone(),
            );
            async move {
                match n {
                    100 => {
                        let new = NewAnswer {
                            value: json!("Amber"),
                            reason: None,
                        };
                        ops::answer(&db, &officer, id, "story.rating", &new, None)
                            .await
                            .map(|answered| answered.stands)
                    }
                    n if n % 2 == 0 => {
                        ops::approve(&db, &trustee, id, &approval(Board::Trustees, revision)).await
                    }
                    _ => {
                        ops::approve(&db, &committee, id, &approval(Board::Committee, revision))
                            .await
                    }
                }
            }
        }))
        .await;
        assert!(results[100].is_ok(), "the edit was made");
        let life = store::life(house.db.read(), id).await.unwrap();
        assert_eq!(life.state, ReturnState::Drafted, "it must be offered anew");
        assert_eq!((life.offered, life.agreed.len()), (None, 0));
        // The old agreement does not count for the new offer, nor for the old number.
        offer(house, id).await.unwrap();
        let newest = house.of_quarter("2026-04-01").await.revision;
        assert!(newest > revision);
        let late = approval(Board::Trustees, revision);
        let old = ops::approve(&house.db, &house.trustee, id, &late);
        assert!(matches!(
            old.await.unwrap_err(),
            Error::Refused {
                rule: "another-revision",
                ..
            }
        ));
        assert_eq!(
            house.of_quarter("2026-04-01").await.state,
            ReturnState::AwaitingApproval
        );
    });
}

#[test]
fn newer_facts_void_only_when_a_figure_changes() {
    on_both(async |house| {
        let id = offered(house, true, &["Treasurer"]).await;
        let revision = house.of_quarter("2026-04-01").await.revision;
        ops::approve(
            &house.db,
            &house.trustee,
            id,
            &approval(Board::Trustees, revision),
        )
        .await
        .unwrap();
        // Spend of the next quarter, after the period: no figure of this return changes.
        house.clock.set(at("2026-07-20T09:00:00Z"));
        house
            .load("2026-07-19", &[("2026-07-10", 5_00, false, true)])
            .await;
        house.draft().await;
        let stands = ops::refresh(&house.db, &house.officer, id, None)
            .await
            .unwrap();
        assert_eq!(stands.state, ReturnState::AwaitingApproval);
        // A late invoice of the period does change one.
        house
            .load("2026-07-19", &[("2026-06-10", 5_00, false, true)])
            .await;
        house.draft().await;
        assert_eq!(
            house.of_quarter("2026-04-01").await.state,
            ReturnState::AwaitingApproval,
            "the worker leaves an offered return alone"
        );
        let stands = ops::refresh(&house.db, &house.officer, id, None)
            .await
            .unwrap();
        assert_eq!(stands.state, ReturnState::Drafted);
        let view = view::one(&house.db, &house.officer, id).await.unwrap();
        assert!(view.boards.iter().all(|board| !board.agreed));
        assert_eq!(
            view.history
                .iter()
                .rev()
                .find_map(|event| event.reason.clone())
                .as_deref(),
            Some("Newer facts were taken in.")
        );
    });
}
