//! Questions of funders: who may ask about what, who reads it, and in which order it goes.
#![allow(clippy::unwrap_used)]

use entity::{AwardId, MailKind, OrganisationId, PoolId, QuestionEventKind as Kind, Role};
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, PaginatorTrait, QueryFilter};
use uuid::Uuid;

use super::ops::{self, End, NewQuestion, Words};
use super::rules::{QuestionAbout, QuestionState};
use super::view::{self, QuestionFilter};
use crate::access::rules::Operation;
use crate::ctx::Actor;
use crate::spend::testing::{Given, House, day, on_each};
use crate::{Command, Ctx, Error, search};

/// A pool with money of three funders, none of which agreed to be named, and an officer of the first two.
struct Shared {
    mine: AwardId,
    theirs: AwardId,
    pool: PoolId,
    officer: Ctx,
    other: Ctx,
}

async fn given(house: &House, funder: OrganisationId, reference: &str, amount: i64) -> AwardId {
    if funder == house.funder {
        return house
            .given(Given {
                reference,
                amount,
                window: (day(2026, 4, 1), day(2027, 3, 31)),
                categories: &[],
                fence: None,
            })
            .await;
    }
    let mut new = house.new_award(funder, reference, 1);
    new.amount_pence = entity::Money(amount);
    crate::awards::ops::create(&house.db, &house.worker, &new)
        .await
        .unwrap()
}

async fn shared(house: &House) -> Shared {
    let second = house.body("GB-GOR-X2", "A lottery").await;
    let third = house.body("GB-GOR-X3", "A foundation").await;
    let mine = given(house, house.funder, "A-1", 100_000).await;
    let theirs = given(house, second, "B-1", 70_000).await;
    let last = given(house, third, "C-1", 50_000).await;
    let pool = house
        .pool(
            "shared",
            &[(mine, 60_000), (theirs, 40_000), (last, 20_000)],
        )
        .await;
    Shared {
        mine,
        theirs,
        pool,
        officer: house.somebody_of(Role::FundersOfficer, house.funder).await,
        other: house.somebody_of(Role::FundersOfficer, second).await,
    }
}

fn about(about: QuestionAbout, id: impl Into<Uuid>, figure: &str) -> NewQuestion {
    NewQuestion {
        about,
        id: id.into(),
        figure: figure.to_owned(),
        as_of: None,
        seen: None,
        words: "Why is it so much?".to_owned(),
    }
}

fn words(words: &str) -> Words {
    Words {
        words: words.to_owned(),
    }
}

#[test]
fn an_officer_asks_about_what_they_are_shown_and_about_nothing_else() {
    on_each(async |house| {
        let shared = shared(&house).await;
        let (db, me) = (&house.db, &shared.officer);
        let asked = ops::ask(db, me, &about(QuestionAbout::Award, shared.mine, "amount"))
            .await
            .unwrap();
        let seen = view::one(db, me, asked).await.unwrap();
        assert_eq!(seen.summary.seen, "£1,000.00");
        assert_eq!(seen.summary.subject, "Grant A-1");
        assert_eq!(seen.summary.as_of, day(2026, 11, 8));
        assert_eq!(seen.summary.funder_id, house.funder);

        // of a position: their own row, and sums that give nobody away
        let own = format!("{}.agreed", shared.mine);
        let asked = ops::ask(db, me, &about(QuestionAbout::Position, shared.pool, &own))
            .await
            .unwrap();
        assert_eq!(
            view::one(db, me, asked).await.unwrap().summary.seen,
            "£600.00"
        );
        let others = about(QuestionAbout::Position, shared.pool, "others.agreed");
        let asked = ops::ask(db, me, &others).await.unwrap();
        let seen = view::one(db, me, asked).await.unwrap();
        assert_eq!(seen.summary.seen, "£600.00", "both others, as one sum");
        let offered = view::to_ask_about(db, me, QuestionAbout::Position, shared.pool.into(), None)
            .await
            .unwrap();
        let theirs = shared.theirs.to_string();
        assert!(
            offered
                .items
                .iter()
                .all(|one| !one.figure.starts_with(&theirs)
                    && !one.label.contains("lottery")
                    && one.figure != "others.received"),
            "{offered:?}"
        );

        // what they are not shown is no figure, and what is not theirs is not there
        for figure in [
            format!("{}.agreed", shared.theirs),
            "others.received".to_owned(),
            "nothing".to_owned(),
        ] {
            let new = about(QuestionAbout::Position, shared.pool, &figure);
            let hidden = ops::ask(db, me, &new).await.unwrap_err();
            assert!(
                matches!(&hidden, Error::Invalid(wrong) if wrong[0].code == "not-shown"),
                "{hidden:?}"
            );
        }
        for (kind, id) in [
            (QuestionAbout::Award, shared.theirs.into()),
            (QuestionAbout::Award, Uuid::now_v7()),
            (QuestionAbout::Position, Uuid::now_v7()),
            (QuestionAbout::Return, shared.mine.into()),
        ] {
            let hidden = ops::ask(db, me, &about(kind, id, "amount")).await;
            assert!(matches!(hidden, Err(Error::NotFound)), "{hidden:?}");
        }
        for wrong in [
            NewQuestion {
                words: "  ".to_owned(),
                ..about(QuestionAbout::Award, shared.mine, "amount")
            },
            NewQuestion {
                words: "x".repeat(2_001),
                ..about(QuestionAbout::Award, shared.mine, "amount")
            },
            NewQuestion {
                as_of: Some(day(2026, 11, 1)),
                ..about(QuestionAbout::Award, shared.mine, "amount")
            },
            NewQuestion {
                seen: Some("£999.00".to_owned()),
                ..about(QuestionAbout::Award, shared.mine, "amount")
            },
        ] {
            let refused = ops::ask(db, me, &wrong).await;
            assert!(matches!(refused, Err(Error::Invalid(_))), "{refused:?}");
        }
        // nobody of ours asks themselves
        let new = about(QuestionAbout::Award, shared.mine, "amount");
        let officer = ops::ask(db, &house.officer, &new).await;
        assert!(matches!(officer, Err(Error::NotAllowed(_))), "{officer:?}");
        assert_eq!(
            view::list(db, me, QuestionFilter::default(), None, 10)
                .await
                .unwrap()
                .items
                .len(),
            3
        );
    });
}

#[test]
fn a_question_goes_to_and_fro_until_it_is_settled() {
    on_each(async |house| {
        let shared = shared(&house).await;
        let (db, me, us) = (&house.db, &shared.officer, &house.officer);
        let id = ops::ask(db, me, &about(QuestionAbout::Award, shared.mine, "amount"))
            .await
            .unwrap();
        let waiting = view::waiting_for(db, us, 10).await.unwrap();
        assert_eq!(waiting.len(), 1);
        assert_eq!(waiting[0].waiting_in_words, "today");
        house.clock.set("2026-11-11T09:30:00Z".parse().unwrap());
        let waiting = view::waiting_for(db, us, 10).await.unwrap();
        assert_eq!(waiting[0].waiting_in_words, "3 days ago");
        assert!(view::waiting_for(db, me, 10).await.unwrap().is_empty());

        let seen = view::one(db, us, id).await.unwrap();
        assert_eq!(seen.next, [Kind::Answered]);
        assert_eq!(
            view::one(db, me, id).await.unwrap().next,
            [Kind::Asked, Kind::Settled, Kind::Withdrawn]
        );
        ops::answer(db, us, id, &words("It is what you gave."))
            .await
            .unwrap();
        assert!(view::waiting_for(db, us, 10).await.unwrap().is_empty());
        assert_eq!(view::waiting_for(db, me, 10).await.unwrap().len(), 1);
        let told = view::one(db, me, id).await.unwrap();
        assert_eq!(told.events[1].words, "It is what you gave.");
        assert_eq!(told.events[1].by, None, "who of us it was is ours to know");
        let told = view::one(db, us, id).await.unwrap();
        assert_eq!(told.events[1].by.as_deref(), Some("Robin"));

        let late = ops::withdraw(db, me, id, &End::default()).await;
        assert!(
            matches!(&late, Err(Error::Refused { rule, .. }) if *rule == "question-answered"),
            "{late:?}"
        );
        ops::ask_on(db, me, id, &words("And the rest?"))
            .await
            .unwrap();
        ops::answer(db, us, id, &words("There is none."))
            .await
            .unwrap();
        // another officer of the same funder may say that it is settled, and takes nothing back
        let colleague = house.somebody_of(Role::FundersOfficer, house.funder).await;
        assert_eq!(
            view::one(db, &colleague, id).await.unwrap().next,
            [Kind::Asked, Kind::Settled]
        );
        ops::settle(db, &colleague, id, &End::default())
            .await
            .unwrap();
        for refused in [
            ops::answer(db, us, id, &words("One more")).await,
            ops::ask_on(db, me, id, &words("One more")).await,
            ops::settle(db, me, id, &End::default()).await,
            ops::withdraw(db, me, id, &End::default()).await,
        ] {
            assert!(
                matches!(&refused, Err(Error::Refused { rule, .. }) if *rule == "question-settled"),
                "{refused:?}"
            );
        }
        let stands = view::one(db, me, id).await.unwrap();
        assert_eq!(stands.summary.state, QuestionState::Settled);
        assert!(stands.next.is_empty());
        let wrong = super::checks::whole(db, &house.worker).await.unwrap();
        assert!(wrong.is_empty(), "{wrong:?}");
    });
}

#[test]
fn only_whoever_asked_takes_it_back_and_only_their_funder_reads_it() {
    on_each(async |house| {
        let shared = shared(&house).await;
        let (db, me) = (&house.db, &shared.officer);
        let id = ops::ask(db, me, &about(QuestionAbout::Award, shared.mine, "left"))
            .await
            .unwrap();
        let colleague = house.somebody_of(Role::FundersOfficer, house.funder).await;
        let refused = ops::withdraw(db, &colleague, id, &End::default()).await;
        assert!(matches!(refused, Err(Error::NotAllowed(_))), "{refused:?}");

        // for another funder it is not there: to read, to find, to count, to say anything to
        let other = &shared.other;
        for hidden in [
            view::one(db, other, id).await.map(|_| ()),
            ops::ask_on(db, other, id, &words("Me too"))
                .await
                .map(|_| ()),
            ops::settle(db, other, id, &End::default())
                .await
                .map(|_| ()),
            ops::withdraw(db, other, id, &End::default())
                .await
                .map(|_| ()),
        ] {
            assert!(matches!(hidden, Err(Error::NotFound)), "{hidden:?}");
        }
        let of = async |ctx: &Ctx| {
            view::list(db, ctx, QuestionFilter::default(), None, 10)
                .await
                .unwrap()
                .items
                .len()
        };
        assert_eq!(
            (of(other).await, of(me).await, of(&house.officer).await),
            (0, 1, 1)
        );
        assert_eq!(view::how_many_wait(db, other).await.unwrap(), 0);
        let found = async |ctx: &Ctx| {
            let found = search::view::search(db, ctx, "so much", None, 5)
                .await
                .unwrap();
            found.groups.len()
        };
        assert_eq!(
            (
                found(other).await,
                found(me).await,
                found(&house.officer).await
            ),
            (0, 1, 1)
        );
        // nobody reads it whose role was taken away, and the boards and the auditor only read
        let mut gone = me.clone();
        if let Actor::Person(person) = &mut gone.actor {
            person.roles.clear();
        }
        assert!(view::one(db, &gone, id).await.is_err());
        for role in [Role::Trustee, Role::Auditor, Role::Certifier] {
            let reader = house.somebody(role).await;
            assert!(view::one(db, &reader, id).await.unwrap().next.is_empty());
            let refused = ops::answer(db, &reader, id, &words("Hm.")).await;
            assert!(matches!(refused, Err(Error::NotAllowed(_))), "{refused:?}");
        }
        let back = End {
            words: "I found it.".to_owned(),
        };
        ops::withdraw(db, me, id, &back).await.unwrap();
        let refused = ops::answer(db, &house.officer, id, &words("Late")).await;
        assert!(
            matches!(&refused, Err(Error::Refused { rule, .. }) if *rule == "question-withdrawn"),
            "{refused:?}"
        );
        assert_eq!(of(&house.officer).await, 1, "it stays on record");
    });
}

#[test]
fn whoever_works_for_both_asks_as_the_funder_and_does_not_answer_themself() {
    on_each(async |house| {
        let shared = shared(&house).await;
        let db = &house.db;
        let mut both = shared.officer.clone();
        if let Actor::Person(person) = &mut both.actor {
            person.roles.push((house.charity, Role::FinanceOfficer));
        }
        // they see every award here, and ask about those of their funder only
        let new = about(QuestionAbout::Award, shared.theirs, "amount");
        let hidden = ops::ask(db, &both, &new).await;
        assert!(matches!(hidden, Err(Error::NotFound)), "{hidden:?}");
        let id = ops::ask(
            db,
            &both,
            &about(QuestionAbout::Award, shared.mine, "amount"),
        )
        .await
        .unwrap();
        let refused = ops::answer(db, &both, id, &words("Fine.")).await;
        assert!(
            matches!(&refused, Err(Error::Refused { rule, .. }) if *rule == "own-question"),
            "{refused:?}"
        );
        assert!(
            !view::one(db, &both, id)
                .await
                .unwrap()
                .next
                .contains(&Kind::Answered)
        );
    });
}

#[test]
fn both_sides_are_told_by_mail_which_repeats_no_word() {
    on_each(async |house| {
        let shared = shared(&house).await;
        let (db, me) = (&house.db, &shared.officer);
        // roles that hold by themselves: mail goes to whoever holds them today
        let officer = house.appointed(Role::GrantsOfficer, house.charity).await;
        let asker = house.appointed(Role::FundersOfficer, house.funder).await;
        let id = ops::ask(
            db,
            &asker,
            &about(QuestionAbout::Award, shared.mine, "amount"),
        )
        .await
        .unwrap();
        let mails = async |to: &Ctx| {
            entity::mail::Entity::find()
                .filter(entity::mail::Column::ToPersonId.eq(to.person_id()))
                .filter(entity::mail::Column::Kind.eq(MailKind::Notice))
                .all(db.read())
                .await
                .unwrap()
        };
        let told = mails(&officer).await;
        assert_eq!(told.len(), 1);
        let text = told[0].text_body.clone().unwrap();
        assert!(text.contains("A department asks about a figure"), "{text}");
        assert!(!text.contains("so much") && !text.contains("£"), "{text}");
        ops::answer(db, &house.officer, id, &words("Because."))
            .await
            .unwrap();
        let told = mails(&asker).await;
        assert_eq!(told.len(), 1);
        let text = told[0].text_body.clone().unwrap();
        assert!(!text.contains("Because"), "{text}");
        assert!(mails(me).await.is_empty());
    });
}

#[test]
fn nothing_that_was_said_is_changed_or_removed() {
    on_each(async |house| {
        let shared = shared(&house).await;
        let db = &house.db;
        ops::ask(
            db,
            &shared.officer,
            &about(QuestionAbout::Award, shared.mine, "amount"),
        )
        .await
        .unwrap();
        for sql in [
            "UPDATE funder_question SET seen = 'less'",
            "DELETE FROM funder_question_event",
            "UPDATE funder_question_event SET words = 'less'",
        ] {
            let done = db
                .write(&house.worker, Command::new(Operation::SetUp), async |tx| {
                    tx.conn().execute_unprepared(sql).await?;
                    Ok(())
                })
                .await;
            assert!(done.is_err(), "{sql}");
        }
        let said = entity::funder_question_event::Entity::find();
        assert_eq!(said.count(db.read()).await.unwrap(), 1);
    });
}

#[test]
fn a_list_is_walked_by_what_waits_first() {
    on_each(async |house| {
        let shared = shared(&house).await;
        let (db, me, us) = (&house.db, &shared.officer, &house.officer);
        let mut asked = Vec::new();
        for (hour, figure) in ["amount", "attributed", "left"].into_iter().enumerate() {
            let at = format!("2026-11-08T1{hour}:30:00Z");
            house.clock.set(at.parse().unwrap());
            let new = about(QuestionAbout::Award, shared.mine, figure);
            asked.push(ops::ask(db, me, &new).await.unwrap());
        }
        ops::answer(db, us, asked[0], &words("Because."))
            .await
            .unwrap();
        let mut walked = Vec::new();
        let mut after = None;
        loop {
            let page = view::list(db, us, QuestionFilter::default(), after, 1)
                .await
                .unwrap();
            walked.extend(page.items.into_iter().map(|one| one.id));
            after = page.next;
            if after.is_none() {
                break;
            }
        }
        assert_eq!(walked, [asked[1], asked[2], asked[0]]);
        let filter = QuestionFilter {
            state: Some(QuestionState::Answered),
            about: Some(QuestionAbout::Award),
            funder: Some(house.funder),
        };
        let only = view::list(db, us, filter, None, 10).await.unwrap();
        assert_eq!(only.items.len(), 1);
        let filter = QuestionFilter {
            about: Some(QuestionAbout::Return),
            ..QuestionFilter::default()
        };
        assert!(
            view::list(db, us, filter, None, 10)
                .await
                .unwrap()
                .items
                .is_empty()
        );
    });
}
