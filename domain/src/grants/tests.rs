#![allow(clippy::unwrap_used, clippy::expect_used)]

use entity::{GrantFormat, GrantImportId, GrantImportState, Role};
use serde_json::{Value, json};

use super::view::{self, GrantFilter};
use super::{export, ops};
use crate::access::rules::Operation;
use crate::testing::House;
use crate::{Command, Error, Money, checks, settings};

/// The house's own org-id is GB-CHC-9900117.
fn grant(id: &str, pounds: &str, recipient: &str, modified: &str) -> Value {
    json!({
        "id": id, "title": format!("Grant {id}"), "description": "For people in recovery",
        "currency": "GBP", "amountAwarded": serde_json::from_str::<Value>(pounds).unwrap(),
        "awardDate": "2025-06-30",
        "recipientOrganization": [{"id": recipient, "name": "A charity"}],
        "fundingOrganization": [{"id": "gb-coh-123456", "name": "The Hill Fund"}],
        "grantProgramme": [{"title": "Recovery"}],
        "dateModified": modified,
    })
}

fn package(grants: &[Value]) -> Vec<u8> {
    json!({ "grants": grants }).to_string().into_bytes()
}

async fn brought(house: &House, bytes: &[u8]) -> GrantImportId {
    let ctx = house.system();
    let id = ops::start(&house.db, &ctx, "grants.json", bytes)
        .await
        .unwrap();
    let mut heard = 0;
    ops::read_file(&house.db, &ctx, id, &mut |read| heard = read)
        .await
        .unwrap();
    id
}

async fn all(house: &House, filter: &GrantFilter) -> Vec<view::PublishedGrantView> {
    view::list(&house.db, &house.system(), filter, None, 50)
        .await
        .unwrap()
        .items
}

async fn at_home(house: &House) {
    house
        .db
        .write(
            &house.system(),
            Command::new(Operation::SetUp),
            async |tx| settings::set_home(tx, house.charity).await,
        )
        .await
        .unwrap();
}

async fn sound(house: &House) {
    let report = checks::run(&house.db, &house.system()).await.unwrap();
    let ours = report
        .findings
        .iter()
        .filter(|finding| finding.check == "grants-whole");
    assert_eq!(ours.count(), 0, "{report:?}");
}

#[tokio::test]
async fn a_changed_grant_supersedes_and_what_is_known_stays_as_it_is() {
    for house in House::each().await {
        let ctx = house.system();
        at_home(&house).await;
        let (jan, feb) = ("2026-01-01T00:00:00Z", "2026-02-01T00:00:00Z");
        let first = [
            grant("360G-h-1", "1000.29", "GB-CHC-09900117", jan),
            grant("360G-h-2", "2000", "GB-CHC-2", feb),
            grant("360G-h-3", "0.005", "GB-CHC-3", jan),
        ];
        let one = brought(&house, &package(&first)).await;
        let import = view::import(&house.db, &ctx, one).await.unwrap();
        assert_eq!(import.state, GrantImportState::Complete);
        assert_eq!(
            (import.grants_read, import.grants_new, import.grants_faulty),
            (3, 2, 1)
        );
        let faults = view::faults(&house.db, &ctx, one, None, 10).await.unwrap();
        assert_eq!(faults.len(), 1);
        assert_eq!(
            (faults[0].row, faults[0].identifier.as_str()),
            (3, "360G-h-3")
        );
        assert_eq!(faults[0].faults[0].place, "amountAwarded");

        // the same file is recognised
        let again = ops::start(&house.db, &ctx, "other.json", &package(&first)).await;
        assert!(
            matches!(
                &again,
                Err(Error::Refused {
                    rule: "same-file",
                    ..
                })
            ),
            "{again:?}"
        );

        // one changed, one older than what is known, one the same, one new
        let second = [
            grant("360G-h-1", "1500", "GB-CHC-9900117", feb),
            grant("360G-h-2", "1", "GB-CHC-2", jan),
            grant("360G-h-4", "70", "GB-CHC-4", jan),
        ];
        let two = brought(&house, &package(&second)).await;
        let import = view::import(&house.db, &ctx, two).await.unwrap();
        assert_eq!(
            (
                import.grants_new,
                import.grants_changed,
                import.grants_known,
                import.grants_older
            ),
            (1, 1, 0, 1)
        );
        let now = all(&house, &GrantFilter::default()).await;
        let mut amounts: Vec<(String, i64)> = now
            .iter()
            .map(|grant| (grant.identifier.clone(), grant.amount_pence.pence()))
            .collect();
        amounts.sort();
        let expected = [
            ("360G-h-1", 150_000),
            ("360G-h-2", 200_000),
            ("360G-h-4", 7_000),
        ];
        assert_eq!(amounts, expected.map(|(id, pence)| (id.to_owned(), pence)));

        // both publications are there
        let ours = GrantFilter {
            ours: true,
            ..GrantFilter::default()
        };
        let ours = all(&house, &ours).await;
        assert_eq!(ours.len(), 1);
        assert!(ours[0].ours);
        assert_eq!(ours[0].recipient.organisation_id, Some(house.charity));
        let history = view::one(&house.db, &ctx, ours[0].id).await.unwrap();
        let amounts = history.published.iter().map(|p| p.grant.amount_pence);
        assert_eq!(
            amounts.collect::<Vec<_>>(),
            [Money(150_000), Money(100_029)]
        );

        // a third file with nothing new holds nothing
        let mut third = second.to_vec();
        third.truncate(1);
        let three = brought(&house, &package(&third)).await;
        let import = view::import(&house.db, &ctx, three).await.unwrap();
        assert_eq!((import.grants_known, import.grants_new), (1, 0));
        sound(&house).await;
    }
}

#[tokio::test]
async fn a_funder_is_known_by_its_number_and_never_by_its_name() {
    for house in House::each().await {
        let ctx = house.system();
        at_home(&house).await;
        let same_name = house.body("GB-CHC-77", "The Hill Fund").await;
        let same_number = house.body("GB-COH-00123456", "Hill").await;
        let jan = "2026-01-01T00:00:00Z";
        brought(
            &house,
            &package(&[
                grant("360G-h-1", "10", "GB-CHC-9900117", jan),
                grant("360G-h-2", "20.5", "GB-CHC-2", jan),
            ]),
        )
        .await;
        let found = all(&house, &GrantFilter::default()).await;
        assert!(
            found
                .iter()
                .all(|grant| grant.funder.organisation_id == Some(same_number))
        );
        assert_ne!(same_name, same_number);
        let years = view::years(&house.db, &ctx, "gb-coh-123456").await.unwrap();
        assert_eq!(years.len(), 1);
        assert_eq!(
            (
                years[0].year,
                years[0].given,
                years[0].given_pence,
                years[0].given_to_us_pence
            ),
            (2025, 2, 3_050, 1_000)
        );
        let by_words = GrantFilter {
            words: Some("RECOVERY 360g-h-2".to_owned()),
            ..GrantFilter::default()
        };
        assert_eq!(all(&house, &by_words).await.len(), 1);
        // page by page
        let first = view::list(&house.db, &ctx, &GrantFilter::default(), None, 1)
            .await
            .unwrap();
        let second = view::list(&house.db, &ctx, &GrantFilter::default(), first.next, 1)
            .await
            .unwrap();
        assert_ne!(first.items[0].id, second.items[0].id);
        assert!(second.next.is_none());
        // nobody but staff and boards
        let theirs = house.somebody_of(Role::FundersOfficer, same_number).await;
        assert!(
            view::list(&house.db, &theirs, &GrantFilter::default(), None, 1)
                .await
                .is_err()
        );
    }
}

#[tokio::test]
async fn a_file_that_breaks_off_leaves_nothing_and_can_be_brought_again() {
    for house in House::each().await {
        let ctx = house.system();
        let mut bytes = package(&[
            grant("360G-h-1", "10", "GB-CHC-1", "2026-01-01T00:00:00Z"),
            grant("360G-h-2", "20", "GB-CHC-2", "2026-01-01T00:00:00Z"),
        ]);
        bytes.truncate(bytes.len() - 9);
        let id = brought(&house, &bytes).await;
        let import = view::import(&house.db, &ctx, id).await.unwrap();
        assert_eq!(import.state, GrantImportState::Failed);
        assert!(import.failure.unwrap().contains("line 1"));
        assert!(all(&house, &GrantFilter::default()).await.is_empty());
        sound(&house).await;
        brought(&house, &bytes).await;
    }
}

#[tokio::test]
async fn awards_are_written_in_the_standard_and_read_without_a_fault() {
    for house in House::each().await {
        let ctx = house.system();
        at_home(&house).await;
        let funder = house.body("GB-COH-123456", "Hill").await;
        let mut new = house.new_award(funder, "A/1", 1_234);
        new.amount_pence = Money(123_450);
        new.title = "=1+1".to_owned();
        crate::awards::ops::create(&house.db, &ctx, &new)
            .await
            .unwrap();
        house.award(funder, "360G-hill-7", 100).await;
        let mut both = Vec::new();
        for format in [GrantFormat::Json, GrantFormat::Csv] {
            let written = export::awards(&house.db, &ctx, format, Vec::new())
                .await
                .unwrap();
            let mut grants = Vec::new();
            super::rules::read(format, written.as_slice(), &mut |row| {
                grants.push(row.grant.unwrap());
                true
            })
            .unwrap();
            both.push(grants);
        }
        assert_eq!(both[0], both[1]);
        let ids: Vec<&str> = both[0]
            .iter()
            .map(|grant| grant.identifier.as_str())
            .collect();
        assert_eq!(ids, ["360G-hill-7", "GB-CHC-9900117-A/1"]);
        assert_eq!(both[0][1].amount, Money(123_450));
        assert_eq!(both[0][1].title, "'=1+1");
        assert_eq!(both[0][1].recipient.org_id, "GB-CHC-9900117");
        // a funder's officer gets the funder's own
        let other = house.body("GB-COH-9", "Other").await;
        let theirs = house.somebody_of(Role::FundersOfficer, other).await;
        let none = export::awards(&house.db, &theirs, GrantFormat::Csv, Vec::new())
            .await
            .unwrap();
        assert_eq!(String::from_utf8(none).unwrap().lines().count(), 1);
    }
}

#[tokio::test]
async fn what_a_funder_published_is_never_rewritten_and_a_failed_reading_may_go() {
    for house in House::each().await {
        let faulty = json!({"id": "360G-b", "title": "Without an amount"});
        let good = grant("360G-a", "100", "GB-CHC-1", "2025-08-01T09:00:00Z");
        brought(&house, &package(&[good.clone(), faulty])).await;
        // a newer file of the funder adds a row, and touches none
        let mut dearer = good;
        dearer["amountAwarded"] = json!(120);
        dearer["dateModified"] = json!("2025-09-01T09:00:00Z");
        brought(&house, &package(&[dearer])).await;
        let known = all(&house, &GrantFilter::default()).await;
        assert_eq!(known[0].amount_pence, Money(120_00));
        for sql in [
            "UPDATE published_grant SET amount = 1",
            "DELETE FROM published_grant",
            "UPDATE grant_import_fault SET message = 'x'",
            "DELETE FROM grant_import_fault",
        ] {
            let refused = house
                .db
                .write(
                    &house.system(),
                    Command::new(Operation::SetUp),
                    async |tx| {
                        sea_orm::ConnectionTrait::execute_unprepared(tx.conn(), sql).await?;
                        Ok(())
                    },
                )
                .await;
            assert!(refused.is_err(), "{sql}");
        }
        sound(&house).await;
    }
}
