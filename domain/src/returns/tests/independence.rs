//! Nobody judges their own work: one test for each way in which somebody has a hand in a return.

use entity::{
    Board, FaultResolution, GrantReturnId, ImportState, MembershipId, Role, attribution_proposal,
    attribution_run, forecast, import_fault, membership, spend_import, spend_line, spend_pin,
};
use sea_orm::{ActiveModelTrait, ActiveValue::Set, ColumnTrait, EntityTrait, QueryFilter};
use serde_json::json;

use super::agree::{complete, offer, offered};
use super::house::{House, at, day, on_both};
use crate::access::rules::Operation;
use crate::forecasts::ops::{NewForecast, NewForecasts};
use crate::returns::ops::{self, NewAnswer, NewApproval, NewCertification, Silence};
use crate::returns::rules::independence::Hand;
use crate::returns::view;
use crate::{Actor, Command, Ctx, Error, Money, checks, forecasts};

/// The certifier who is an officer too.
fn also_an_officer(ctx: &Ctx, house: &House) -> Ctx {
    let mut ctx = ctx.clone();
    if let Actor::Person(person) = &mut ctx.actor {
        for role in [Role::GrantsOfficer, Role::FinanceOfficer] {
            person.roles.push((house.council, role));
        }
    }
    ctx
}

async fn certifies(house: &House, ctx: &Ctx, id: GrantReturnId) -> Result<(), Error> {
    let page = view::certify_page(&house.db, ctx, id).await?;
    let next = page.next.expect("an office waits");
    let new = NewCertification {
        content_hash: page.content_hash,
        office: next.office,
        statement: next.words,
    };
    ops::certify(&house.db, ctx, &house.workbooks, id, &new).await?;
    Ok(())
}

/// Refused, and told why in the sentence of this hand and of no other.
async fn refused(house: &House, ctx: &Ctx, id: GrantReturnId, hand: Hand) {
    let page = view::certify_page(&house.db, ctx, id).await.unwrap();
    let why = page.why_not.expect("a reason");
    let said: Vec<Hand> = Hand::ALL
        .into_iter()
        .filter(|hand| why.contains(hand.in_words()))
        .collect();
    assert_eq!(said, [hand], "{why}");
    match certifies(house, ctx, id).await.unwrap_err() {
        Error::Refused {
            rule: "no-self-approval",
            detail,
        } => assert_eq!(detail, why),
        other => panic!("{other:?}"),
    }
}

/// A drafted and completed return of the first quarter.
async fn drafted(house: &House, boards: bool) -> GrantReturnId {
    house
        .load("2026-06-30", &[("2026-04-10", 1_000_00, false, true)])
        .await;
    house.require(boards, &["Treasurer"]).await;
    house.draft().await;
    let id = house.of_quarter("2026-04-01").await.id;
    complete(house, id).await;
    id
}

#[test]
fn who_took_an_answer_back_does_not_certify() {
    on_both(async |house| {
        let both = also_an_officer(&house.certifier, house);
        let id = drafted(house, false).await;
        let over = NewAnswer {
            value: json!(900_00),
            reason: Some("An invoice is disputed.".to_owned()),
        };
        ops::answer(
            &house.db,
            &house.officer,
            id,
            "finances.revenue",
            &over,
            None,
        )
        .await
        .unwrap();
        ops::undo(&house.db, &both, id, "finances.revenue", None)
            .await
            .unwrap();
        offer(house, id).await.unwrap();
        refused(house, &both, id, Hand::TookBack).await;
    });
}

#[test]
fn who_typed_or_silenced_does_not_certify() {
    on_both(async |house| {
        let both = also_an_officer(&house.certifier, house);
        let second = also_an_officer(&house.second_certifier, house);
        let id = drafted(house, false).await;
        let words = NewAnswer {
            value: json!("People met often"),
            reason: None,
        };
        ops::answer(&house.db, &both, id, "story.well", &words, None)
            .await
            .unwrap();
        // the ledger of the quarter is not closed: a warning that may be silenced
        let found = view::findings(&house.db, &second, id).await.unwrap();
        let warning = found
            .iter()
            .find(|found| found.may_be_silenced())
            .unwrap_or_else(|| panic!("a finding that may be silenced: {found:?}"));
        let silence = Silence {
            code: warning.code.clone(),
            place: warning.place(),
            reason: "It comes later.".to_owned(),
        };
        ops::silence(&house.db, &second, id, &silence)
            .await
            .unwrap();
        offer(house, id).await.unwrap();
        refused(house, &both, id, Hand::Typed).await;
        refused(house, &second, id, Hand::Silenced).await;
    });
}

#[test]
fn who_had_the_workbook_filled_does_not_certify() {
    on_both(async |house| {
        let both = also_an_officer(&house.certifier, house);
        let id = drafted(house, false).await;
        ops::build(&house.db, &both, &house.workbooks, id, None)
            .await
            .unwrap();
        offer(house, id).await.unwrap();
        refused(house, &both, id, Hand::Built).await;
    });
}

#[test]
fn who_sent_it_round_or_offered_it_does_not_certify() {
    on_both(async |house| {
        let (both, second) = (
            also_an_officer(&house.certifier, house),
            also_an_officer(&house.second_certifier, house),
        );
        let id = drafted(house, false).await;
        ops::build(&house.db, &house.officer, &house.workbooks, id, None)
            .await
            .unwrap();
        ops::send_for_review(&house.db, &second, id, None)
            .await
            .unwrap();
        // The answers are as they were built: offering adds no revision of its own.
        ops::offer(
            &house.db,
            &both,
            &house.workbooks,
            id,
            &ops::NewOffer::default(),
            None,
        )
        .await
        .unwrap();
        refused(house, &both, id, Hand::Offered).await;
        refused(house, &second, id, Hand::Offered).await;
    });
}

#[test]
fn who_took_newer_facts_in_does_not_certify() {
    on_both(async |house| {
        let both = also_an_officer(&house.certifier, house);
        let id = drafted(house, false).await;
        house.clock.set(at("2026-07-03T09:00:00Z"));
        house
            .load("2026-06-30", &[("2026-06-10", 5_00, false, true)])
            .await;
        ops::refresh(&house.db, &both, id, None).await.unwrap();
        offer(house, id).await.unwrap();
        refused(house, &both, id, Hand::Offered).await;
    });
}

fn forecast_of(house: &House, pence: Option<i64>) -> NewForecasts {
    NewForecasts {
        entries: vec![NewForecast {
            month: day("2026-09-01"),
            category_id: Some(house.support),
            capital: false,
            amount_pence: pence.map(Money),
        }],
    }
}

#[test]
fn who_entered_a_forecast_does_not_certify_while_it_stands() {
    on_both(async |house| {
        let both = also_an_officer(&house.certifier, house);
        forecasts::ops::enter(
            &house.db,
            &both,
            house.award,
            None,
            &forecast_of(house, Some(700_00)),
        )
        .await
        .unwrap();
        let id = offered(house, false, &["Treasurer"]).await;
        refused(house, &both, id, Hand::Forecast).await;
        // An officer's own figure takes its place, and the draft takes that in: nothing of it is
        // left.
        house.clock.set(at("2026-07-03T09:00:00Z"));
        forecasts::ops::enter(
            &house.db,
            &house.officer,
            house.award,
            None,
            &forecast_of(house, Some(800_00)),
        )
        .await
        .unwrap();
        ops::refresh(&house.db, &house.officer, id, None)
            .await
            .unwrap();
        offer(house, id).await.unwrap();
        certifies(house, &both, id).await.unwrap();
    });
}

#[test]
fn who_took_a_forecast_back_does_not_certify() {
    on_both(async |house| {
        let both = also_an_officer(&house.certifier, house);
        forecasts::ops::enter(
            &house.db,
            &house.officer,
            house.award,
            None,
            &forecast_of(house, Some(700_00)),
        )
        .await
        .unwrap();
        forecasts::ops::enter(
            &house.db,
            &both,
            house.award,
            None,
            &forecast_of(house, None),
        )
        .await
        .unwrap();
        let taken = forecast::Entity::find()
            .filter(forecast::Column::TakenBackBy.is_not_null())
            .one(house.db.read())
            .await
            .unwrap()
            .unwrap();
        assert_eq!(taken.taken_back_by, both.person_id());
        let id = offered(house, false, &["Treasurer"]).await;
        refused(house, &both, id, Hand::Forecast).await;
    });
}

/// Whoever brought, accepted, or settled a row of a file that the return reports.
#[test]
fn who_loaded_the_spend_does_not_certify() {
    on_both(async |house| {
        let id = offered(house, false, &["Treasurer"]).await;
        let me = house.certifier.person_id();
        let officer = house.officer.person_id();
        let import = spend_import::Entity::find()
            .filter(spend_import::Column::State.eq(ImportState::Accepted))
            .one(house.db.read())
            .await
            .unwrap()
            .unwrap();
        let set = async |brought, accepted| {
            let command = Command::new(Operation::SetUp);
            house
                .db
                .write(&house.system(), command, async |tx| {
                    let row = spend_import::ActiveModel {
                        id: Set(import.id),
                        created_by: Set(brought),
                        accepted_by: Set(accepted),
                        ..Default::default()
                    };
                    row.update(tx.conn()).await?;
                    Ok(())
                })
                .await
                .unwrap();
        };
        set(me, officer).await;
        refused(house, &house.certifier, id, Hand::Import).await;
        set(officer, me).await;
        refused(house, &house.certifier, id, Hand::Import).await;
        set(officer, officer).await;
        house
            .db
            .write(
                &house.system(),
                Command::new(Operation::SetUp),
                async |tx| {
                    import_fault::ActiveModel {
                        id: Set(entity::ImportFaultId::new()),
                        import_id: Set(import.id),
                        row_no: Set(99),
                        faults: Set(json!([])),
                        raw: Set(json!([])),
                        amount: Set(None),
                        resolution: Set(Some(FaultResolution::SetAside)),
                        reason: Set(Some("Not ours".to_owned())),
                        resolved_by: Set(me),
                        resolved_at: Set(Some(tx.now())),
                    }
                    .insert(tx.conn())
                    .await?;
                    Ok(())
                },
            )
            .await
            .unwrap();
        refused(house, &house.certifier, id, Hand::Import).await;
        // The other one had no part in that file, nor has a file of other days to do with it.
        certifies(house, &house.second_certifier, id).await.unwrap();
    });
}

#[test]
fn a_file_of_other_days_is_no_hand_in_this_return() {
    on_both(async |house| {
        let id = offered(house, false, &["Treasurer"]).await;
        house.clock.set(at("2026-07-20T09:00:00Z"));
        house
            .load("2026-07-19", &[("2026-07-10", 5_00, false, true)])
            .await;
        house
            .db
            .write(
                &house.system(),
                Command::new(Operation::SetUp),
                async |tx| {
                    spend_import::Entity::update_many()
                        .col_expr(
                            spend_import::Column::CreatedBy,
                            sea_orm::sea_query::Expr::value(house.certifier.person_id()),
                        )
                        .filter(spend_import::Column::PeriodTo.eq(day("2026-07-19")))
                        .exec(tx.conn())
                        .await?;
                    Ok(())
                },
            )
            .await
            .unwrap();
        ops::refresh(&house.db, &house.officer, id, None)
            .await
            .unwrap();
        certifies(house, &house.certifier, id).await.unwrap();
    });
}

#[test]
fn who_stated_the_requirement_does_not_certify() {
    on_both(async |house| {
        let both = also_an_officer(&house.certifier, house);
        house
            .load("2026-06-30", &[("2026-04-10", 1_000_00, false, true)])
            .await;
        ops::create_requirement(&house.db, &both, &house.requirement(false, &["Treasurer"]))
            .await
            .unwrap();
        house.draft().await;
        let id = house.of_quarter("2026-04-01").await.id;
        complete(house, id).await;
        offer(house, id).await.unwrap();
        refused(house, &both, id, Hand::Requirement).await;
    });
}

#[test]
fn who_sent_it_back_may_certify_what_others_mended() {
    on_both(async |house| {
        let id = offered(house, false, &["Treasurer"]).await;
        ops::request_changes(&house.db, &house.certifier, id, "Say more.", None)
            .await
            .unwrap();
        offer(house, id).await.unwrap();
        certifies(house, &house.certifier, id).await.unwrap();
    });
}

/// The same for the boards: who prepared it does not say that the board agreed.
#[test]
fn who_prepared_it_does_not_record_the_boards_agreement() {
    on_both(async |house| {
        let mut preparer = house.officer.clone();
        if let Actor::Person(person) = &mut preparer.actor {
            person.roles.push((house.home, Role::Trustee));
        }
        let id = offered(house, true, &["Treasurer"]).await;
        let agrees = async |ctx: &Ctx| {
            let new = NewApproval {
                board: Board::Trustees,
                revision: house.of_quarter("2026-04-01").await.revision,
                agreed_on: day("2026-07-02"),
                minute: "Minute 7".to_owned(),
            };
            ops::approve(&house.db, ctx, id, &new).await
        };
        let page = view::certify_page(&house.db, &preparer, id).await.unwrap();
        let why = page.why_not_agree.unwrap();
        for hand in [Hand::Typed, Hand::Offered, Hand::Built, Hand::Requirement] {
            assert!(why.contains(hand.in_words()), "{why}");
        }
        match agrees(&preparer).await.unwrap_err() {
            Error::Refused {
                rule: "no-self-approval",
                detail,
            } => assert_eq!(detail, why),
            other => panic!("{other:?}"),
        }
        // A trustee of another organisation is none of this charity.
        let mut elsewhere = house.trustee.clone();
        if let Actor::Person(person) = &mut elsewhere.actor {
            person.roles = vec![(house.council, Role::Trustee)];
        }
        let refused = agrees(&elsewhere).await.unwrap_err();
        assert!(matches!(refused, Error::NotAllowed(_)), "{refused:?}");
        let page = view::certify_page(&house.db, &house.trustee, id)
            .await
            .unwrap();
        assert_eq!(page.why_not_agree, None);
        agrees(&house.trustee).await.unwrap();
    });
}

/// What came past the rule is found by the checks.
#[test]
fn the_checks_find_a_signature_that_should_not_be() {
    on_both(async |house| {
        let found = async || {
            let found = checks::run(&house.db, &house.system()).await.unwrap();
            found
                .findings
                .into_iter()
                .filter(|finding| finding.check == "independence")
                .map(|finding| finding.message)
                .collect::<Vec<_>>()
        };
        let id = offered(house, true, &["Treasurer"]).await;
        let revision = house.of_quarter("2026-04-01").await.revision;
        for (ctx, board) in [
            (&house.trustee, Board::Trustees),
            (&house.committee, Board::Committee),
        ] {
            let new = NewApproval {
                board,
                revision,
                agreed_on: day("2026-07-02"),
                minute: "Minute 7".to_owned(),
            };
            ops::approve(&house.db, ctx, id, &new).await.unwrap();
        }
        certifies(house, &house.certifier, id).await.unwrap();
        assert_eq!(found().await, Vec::<String>::new());
        let put = async |by: Option<entity::PersonId>| {
            house
                .db
                .write(
                    &house.system(),
                    Command::new(Operation::SetUp),
                    async |tx| {
                        entity::board_approval::Entity::update_many()
                            .col_expr(
                                entity::board_approval::Column::RecordedBy,
                                sea_orm::sea_query::Expr::value(by),
                            )
                            .filter(entity::board_approval::Column::Board.eq(Board::Trustees))
                            .exec(tx.conn())
                            .await?;
                        Ok(())
                    },
                )
                .await
                .unwrap();
        };
        put(house.officer.person_id()).await;
        let wrong = found().await;
        assert_eq!(wrong.len(), 2, "{wrong:?}");
        assert!(wrong[0].contains("did not hold that role"), "{wrong:?}");
        assert!(wrong[1].contains("had a hand in it"), "{wrong:?}");
        // Whoever gained the role only later did not have it then.
        house
            .db
            .write(
                &house.system(),
                Command::new(Operation::SetUp),
                async |tx| {
                    membership::ActiveModel {
                        id: Set(MembershipId::new()),
                        person_id: Set(house.funders_officer.person_id().unwrap()),
                        organisation_id: Set(house.home),
                        role: Set(Role::Trustee),
                        starts_on: Set(day("2026-07-05")),
                        ends_on: Set(None),
                        revoked_at: Set(None),
                        created_at: Set(tx.now()),
                        created_by: Set(None),
                    }
                    .insert(tx.conn())
                    .await?;
                    Ok(())
                },
            )
            .await
            .unwrap();
        put(house.funders_officer.person_id()).await;
        assert_eq!(found().await.len(), 1);
        put(house.trustee.person_id()).await;
        assert_eq!(found().await, Vec::<String>::new());
    });
}

#[test]
fn who_pinned_spend_or_applied_a_run_does_not_certify() {
    on_both(async |house| {
        let id = offered(house, false, &["Treasurer"]).await;
        let (me, other) = (
            house.certifier.person_id(),
            house.second_certifier.person_id(),
        );
        let conn = house.db.read();
        let run = attribution_run::Entity::find().one(conn).await.unwrap();
        let (run, line) = (run.unwrap(), spend_line::Entity::find().one(conn).await);
        let line = line.unwrap().unwrap();
        let command = || Command::new(Operation::SetUp);
        house
            .db
            .write(&house.system(), command(), async |tx| {
                spend_pin::ActiveModel {
                    id: Set(entity::SpendPinId::new()),
                    line_id: Set(line.id),
                    award_id: Set(house.award),
                    amount: Set(Money(1)),
                    why: Set("The bid names it".to_owned()),
                    pinned_by: Set(me),
                    pinned_at: Set(run.created_at),
                    taken_off_why: Set(None),
                    taken_off_by: Set(None),
                    taken_off_at: Set(None),
                }
                .insert(tx.conn())
                .await?;
                Ok(())
            })
            .await
            .unwrap();
        refused(house, &house.certifier, id, Hand::Pinned).await;
        house
            .db
            .write(&house.system(), command(), async |tx| {
                attribution_proposal::ActiveModel {
                    run_id: Set(run.id),
                    pool_id: Set(run.pool_id),
                    base_seq: Set(None),
                    digest: Set("what it moves".to_owned()),
                    taken: Set(Money(1)),
                    parts: Set(1),
                    proposed_at: Set(run.created_at),
                    set_aside_by: Set(None),
                    set_aside_at: Set(None),
                    reason: Set(None),
                    applied_by: Set(other),
                    applied_at: Set(Some(run.created_at)),
                }
                .insert(tx.conn())
                .await?;
                Ok(())
            })
            .await
            .unwrap();
        refused(house, &house.second_certifier, id, Hand::Attributed).await;
    });
}
