//! Returns in a calendar: what each reader is told, and when it changes.

use entity::{FeedCovers, GrantReturnId};
use sea_orm::EntityTrait;

use super::again::sent;
use super::agree::offered;
use super::draft::typed;
use super::house::{House, at, on_both};
use crate::access::feeds::{self, NewFeed};
use crate::access::ops as access;
use crate::calendar::rules::ics::CalendarEvent;
use crate::deadlines::feed;
use crate::returns::ops;
use crate::{Ctx, Error};

const SITE: &str = "https://returns.example.org/";

async fn events(house: &House, ctx: &Ctx, covers: FeedCovers) -> Vec<CalendarEvent> {
    feed::events(&house.db, ctx, covers, SITE).await.unwrap()
}

async fn of(house: &House, ctx: &Ctx, id: GrantReturnId) -> CalendarEvent {
    let uid = format!("return-{id}@tributary");
    let all = events(house, ctx, FeedCovers::All).await;
    all.into_iter().find(|event| event.uid == uid).unwrap()
}

#[test]
fn a_funder_is_told_the_day_and_then_that_it_was_sent_and_no_more() {
    on_both(async |house| {
        let id = offered(house, false, &["Treasurer"]).await;
        let (officer, funder) = (&house.officer, &house.funders_officer);
        let (ours, theirs) = (of(house, officer, id).await, of(house, funder, id).await);
        assert_eq!(ours.on, theirs.on);
        assert!(ours.summary.starts_with("Due: ") && theirs.summary.starts_with("Due: "));
        assert!(ours.description.contains("It is awaiting certification."));
        assert!(theirs.description.ends_with("It was not sent yet."));
        assert_eq!(
            ours.url,
            format!("https://returns.example.org/returns/{id}")
        );
        assert!(theirs.url.contains("/awards/"), "{}", theirs.url);

        // what is done here before it is sent changes nothing of what a funder reads
        house.clock.set(at("2026-07-02T12:00:00Z"));
        ops::request_changes(&house.db, &house.certifier, id, "Say more.", None)
            .await
            .unwrap();
        let words = typed(serde_json::json!("More"));
        ops::answer(&house.db, officer, id, "story.well", &words, None)
            .await
            .unwrap();
        assert_eq!(of(house, funder, id).await, theirs);
        let changed = of(house, officer, id).await;
        assert!(changed.modified > ours.modified && changed.uid == ours.uid);

        super::agree::offer(house, id).await.unwrap();
        sent(house, id).await;
        let told = of(house, funder, id).await;
        assert!(told.summary.starts_with("Sent: "), "{told:?}");
        assert!(told.modified > theirs.modified);
        assert_eq!(
            told.url,
            format!("https://returns.example.org/returns/{id}")
        );
        assert_eq!((&told.uid, told.on), (&theirs.uid, theirs.on));
        // open again here, it is to them as it was
        house.clock.set(at("2026-07-03T09:00:00Z"));
        ops::reopen(&house.db, officer, id, "A slip.", None)
            .await
            .unwrap();
        assert_eq!(of(house, funder, id).await, told);
        assert!(of(house, officer, id).await.summary.starts_with("Due: "));
        house.clock.set(at("2026-07-04T09:00:00Z"));
        ops::accept(&house.db, funder, id, None).await.unwrap();
        let accepted = of(house, funder, id).await;
        assert!(accepted.summary.starts_with("Accepted: "), "{accepted:?}");
        assert!(accepted.modified > told.modified);

        // another funder's officer: nothing
        let mut other = funder.clone();
        if let crate::Actor::Person(person) = &mut other.actor {
            person.roles = vec![(house.home, entity::Role::FundersOfficer)];
        }
        assert!(events(house, &other, FeedCovers::All).await.is_empty());
    });
}

#[test]
fn ones_own_calendar_holds_what_one_has_a_part_in() {
    on_both(async |house| {
        let id = offered(house, false, &["Treasurer"]).await;
        let uid = format!("return-{id}@tributary");
        let has = async |ctx: &Ctx, covers| {
            events(house, ctx, covers)
                .await
                .iter()
                .any(|event| event.uid == uid)
        };
        assert!(
            has(&house.certifier, FeedCovers::Mine).await,
            "it waits for them"
        );
        assert!(has(&house.trustee, FeedCovers::All).await);
        assert!(!has(&house.trustee, FeedCovers::Mine).await);
        ops::waive(&house.db, &house.officer, id, "They said so.", None)
            .await
            .unwrap();
        let gone = of(house, &house.officer, id).await;
        assert!(gone.cancelled && gone.summary.starts_with("Not required: "));
    });
}

#[test]
fn an_address_reads_the_calendar_of_who_made_it_until_it_is_taken_back() {
    on_both(async |house| {
        offered(house, false, &["Treasurer"]).await;
        let (db, funder) = (&house.db, &house.funders_officer);
        let wrong = NewFeed {
            covers: FeedCovers::Mine,
        };
        let refused = feeds::create(db, funder, wrong).await;
        assert!(matches!(refused, Err(Error::Invalid(_))), "{refused:?}");
        let new = NewFeed {
            covers: FeedCovers::All,
        };
        let made = feeds::create(db, funder, new).await.unwrap();
        let behind = async |secret: &str| {
            feeds::behind(db, &house.clock, "test", secret)
                .await
                .unwrap()
        };
        let (reader, covers) = behind(&made.secret).await.unwrap();
        let text = feed::text(db, &reader, covers, SITE).await.unwrap();
        assert!(text.contains("BEGIN:VEVENT"), "{text}");
        assert_eq!(text, feed::text(db, &reader, covers, SITE).await.unwrap());
        // it reads, and does nothing else
        let refused = reader.require(crate::access::rules::Operation::RecordAcceptance);
        assert!(refused.is_err());
        let kept = entity::calendar_feed::Entity::find_by_id(made.id)
            .one(db.read())
            .await;
        assert!(!format!("{kept:?}").contains(&made.secret), "only its hash");

        for secret in ["", "tribcal_", "trib_x", &made.secret[..20]] {
            assert!(behind(secret).await.is_none(), "{secret}");
        }
        let theirs = feeds::revoke(db, &house.officer, made.id).await;
        assert!(matches!(theirs, Err(Error::NotFound)), "{theirs:?}");
        feeds::revoke(db, funder, made.id).await.unwrap();
        assert!(behind(&made.secret).await.is_none());
        let twice = feeds::revoke(db, funder, made.id).await;
        assert!(matches!(twice, Err(Error::NotFound)), "{twice:?}");

        // signing out of everything, with programs, ends calendars too
        let made = feeds::create(db, funder, new).await.unwrap();
        access::sign_out(db, funder, access::SignOut::Everywhere)
            .await
            .unwrap();
        assert!(behind(&made.secret).await.is_some());
        access::sign_out(db, funder, access::SignOut::EverywhereAndPrograms)
            .await
            .unwrap();
        assert!(behind(&made.secret).await.is_none());
        for _ in 0..10 {
            feeds::create(db, funder, new).await.unwrap();
        }
        let many = feeds::create(db, funder, new).await;
        assert!(
            matches!(&many, Err(Error::Refused { rule, .. }) if *rule == "too-many-calendars"),
            "{many:?}"
        );
    });
}
