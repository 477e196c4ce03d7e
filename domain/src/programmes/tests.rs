#![allow(clippy::unwrap_used, clippy::expect_used)]

use entity::{Money, OrganisationId, ProgrammeId, Role, StageKind};
use futures_util::future::join_all;

use super::ops::{self, ProgrammeTerms};
use super::rules::Standing;
use super::view::{self, Filter, ProgrammeOrder};
use crate::calendar::rules::Moment;
use crate::testing::House;
use crate::{Error, awards, checks};

pub(crate) fn terms(funder: OrganisationId, name: &str) -> ProgrammeTerms {
    ProgrammeTerms {
        funder_id: funder,
        name: name.to_owned(),
        priorities: "Recovery led by people who have been there".to_owned(),
        smallest_pence: Some(Money(10_000_00)),
        largest_pence: Some(Money(300_000_00)),
        opens: None,
        closes: None,
        predecessor_ids: Vec::new(),
        stages: vec![StageKind::Decision, StageKind::Outline, StageKind::Full],
        link: "https://lantern.example/grants".to_owned(),
        notes: String::new(),
    }
}

fn closing(funder: OrganisationId, name: &str, on: &str) -> ProgrammeTerms {
    ProgrammeTerms {
        closes: Some(Moment::day(on.parse().unwrap())),
        ..terms(funder, name)
    }
}

#[tokio::test]
async fn programmes_are_merged_and_none_comes_before_itself() {
    for house in House::each().await {
        let officer = house.somebody(Role::GrantsOfficer).await;
        let funder = house.body("GB-CHC-1", "The Lantern Foundation").await;
        let make = async |name: &str, before: Vec<ProgrammeId>| {
            let new = ProgrammeTerms {
                predecessor_ids: before,
                ..terms(funder, name)
            };
            ops::create(&house.db, &officer, &new).await
        };
        let small = make("Small grants 2025", vec![]).await.unwrap();
        let large = make("Large grants 2025", vec![]).await.unwrap();
        let merged = make("Grants 2026", vec![small, large]).await.unwrap();
        let seen = view::one(&house.db, &officer, merged).await.unwrap();
        assert_eq!(seen.predecessors.len(), 2);
        assert_eq!(
            seen.stages,
            [StageKind::Outline, StageKind::Full, StageKind::Decision]
        );
        let old = view::one(&house.db, &officer, small).await.unwrap();
        assert_eq!(old.successors[0].id, merged);
        assert!(old.summary.succeeded && !seen.summary.succeeded);
        let circle = ProgrammeTerms {
            predecessor_ids: vec![merged],
            ..terms(funder, "Small grants 2025")
        };
        let refused = ops::change(&house.db, &officer, small, &circle, Some(1)).await;
        assert!(matches!(&refused, Err(Error::Invalid(wrong)) if wrong[0].code == "circle"));
        let itself = ProgrammeTerms {
            predecessor_ids: vec![small],
            ..terms(funder, "Small grants 2025")
        };
        assert!(
            ops::change(&house.db, &officer, small, &itself, Some(1))
                .await
                .is_err()
        );
        let renamed = terms(funder, "Small grants");
        let version = ops::change(&house.db, &officer, small, &renamed, Some(1))
            .await
            .unwrap();
        assert_eq!(version, 2);
        let stale = ops::change(&house.db, &officer, small, &renamed, Some(1)).await;
        assert!(matches!(stale, Err(Error::Stale)));
        let wrong = checks::run(&house.db, &house.system())
            .await
            .unwrap()
            .findings;
        let ours: Vec<_> = wrong
            .iter()
            .filter(|one| one.check.starts_with("programme"))
            .collect();
        assert!(ours.is_empty(), "{ours:?}");
    }
}

/// Each of two is said to have taken the other's place at the same moment.
#[tokio::test]
async fn two_that_race_do_not_come_before_each_other() {
    for house in House::each().await {
        let officer = house.somebody(Role::GrantsOfficer).await;
        let funder = house.body("GB-CHC-1", "The Lantern Foundation").await;
        let a = ops::create(&house.db, &officer, &terms(funder, "A"))
            .await
            .unwrap();
        let b = ops::create(&house.db, &officer, &terms(funder, "B"))
            .await
            .unwrap();
        let racers = [(a, "A", b), (b, "B", a)].map(|(id, name, before)| {
            let (db, officer) = (house.db.clone(), officer.clone());
            let new = ProgrammeTerms {
                predecessor_ids: vec![before],
                ..terms(funder, name)
            };
            async move { ops::change(&db, &officer, id, &new, None).await }
        });
        let won = join_all(racers)
            .await
            .into_iter()
            .filter(Result::is_ok)
            .count();
        assert_eq!(won, 1);
    }
}

#[tokio::test]
async fn what_closes_soonest_comes_first_and_is_found_by_words() {
    for house in House::each().await {
        let officer = house.somebody(Role::GrantsOfficer).await;
        let funder = house.body("GB-CHC-1", "The Lantern Foundation").await;
        let other = house.body("GB-CHC-2", "Another").await;
        for new in [
            closing(funder, "Closed long ago", "2025-10-01"),
            terms(funder, "Always open"),
            closing(funder, "Later", "2026-12-01"),
            closing(other, "Soon", "2026-10-20"),
            closing(funder, "Closed just now", "2026-09-30"),
        ] {
            ops::create(&house.db, &officer, &new).await.unwrap();
        }
        let names = async |filter: Filter| {
            let mut names = Vec::new();
            let mut after = None;
            loop {
                let part = view::list(&house.db, &officer, &filter, after, 2)
                    .await
                    .unwrap();
                names.extend(part.items.into_iter().map(|one| one.name));
                after = part.next;
                if after.is_none() {
                    return names;
                }
            }
        };
        assert_eq!(
            names(Filter::default()).await,
            [
                "Soon",
                "Later",
                "Always open",
                "Closed just now",
                "Closed long ago"
            ]
        );
        let filter = Filter {
            order: ProgrammeOrder::Recorded,
            standing: Some(Standing::Closed),
            ..Filter::default()
        };
        assert_eq!(names(filter).await, ["Closed long ago", "Closed just now"]);
        let filter = Filter {
            funder_id: Some(funder),
            words: " LATER recovery".to_owned(),
            ..Filter::default()
        };
        assert_eq!(names(filter).await, ["Later"]);
    }
}

#[tokio::test]
async fn an_awards_programme_is_its_funders_and_a_funders_officer_sees_none() {
    for house in House::each().await {
        let officer = house.somebody(Role::GrantsOfficer).await;
        let funder = house.body("GB-CHC-1", "The Lantern Foundation").await;
        let other = house.body("GB-CHC-2", "Another").await;
        let id = ops::create(&house.db, &officer, &terms(funder, "A"))
            .await
            .unwrap();
        let mut new = house.new_award(other, "X/1", 10);
        new.programme_id = Some(id);
        let refused = awards::ops::create(&house.db, &officer, &new).await;
        assert!(
            matches!(&refused, Err(Error::Invalid(wrong)) if wrong[0].pointer == "/programme_id")
        );
        new.funder_id = funder;
        let award = awards::ops::create(&house.db, &officer, &new)
            .await
            .unwrap();
        let seen = view::one(&house.db, &officer, id).await.unwrap();
        assert_eq!(seen.awards[0].id, award);
        let outsider = house.somebody_of(Role::FundersOfficer, funder).await;
        let told = view::one(&house.db, &outsider, id).await;
        assert!(matches!(told, Err(Error::NotAllowed(_))));
    }
}
