//! Who sees what: a funder sees what it was sent and nothing else.

use entity::ReturnState;

use super::agree::offered;
use super::house::on_both;
use crate::Error;
use crate::returns::ops::{self, NewCertification, NewSending};
use crate::returns::view::{self, ReturnFilter, ReturnOrder};

#[test]
fn a_funder_sees_a_return_once_it_was_sent() {
    on_both(async |house| {
        let id = offered(house, false, &["Treasurer"]).await;
        let (db, funder) = (&house.db, &house.funders_officer);
        let hidden = view::one(db, funder, id).await.unwrap_err();
        assert!(matches!(hidden, Error::NotFound));
        let by_need = ReturnOrder::Attention;
        let listed = view::list(db, funder, ReturnFilter::default(), by_need, None, 10)
            .await
            .unwrap();
        assert!(listed.items.is_empty());
        let page = view::certify_page(db, &house.certifier, id).await.unwrap();
        let new = NewCertification {
            content_hash: page.content_hash,
            office: "Treasurer".to_owned(),
            statement: page.next.unwrap().words,
        };
        ops::certify(db, &house.certifier, &house.workbooks, id, &new)
            .await
            .unwrap();
        assert!(view::certified_workbook(db, funder, id).await.is_err());
        let sent = NewSending {
            sent_at: house.clock.now(),
            how: "Portal".to_owned(),
            to_whom: "Grants team".to_owned(),
            receipt: "4711".to_owned(),
            although_changed: false,
        };
        ops::record_sending(db, &house.officer, id, &sent, None, None)
            .await
            .unwrap();
        let seen = view::one(db, funder, id).await.unwrap();
        assert_eq!(seen.summary.state, ReturnState::Submitted);
        // The answers, not how they came about.
        assert!(seen.findings.is_empty() && seen.restated.is_empty());
        assert!(
            seen.sections
                .iter()
                .flat_map(|s| &s.answers)
                .all(|a| a.sentence.is_none() && a.typed_by.is_none() && a.drafted.is_null())
        );
        assert!(
            seen.history
                .iter()
                .all(|event| event.by.is_none() && event.reason.is_none())
        );
        assert!(view::certified_workbook(db, funder, id).await.is_ok());
        for hidden in [
            view::findings(db, funder, id).await.map(|_| ()),
            view::figure(db, funder, id, "finances.revenue", None, 10)
                .await
                .map(|_| ()),
            view::workbook(db, funder, &house.workbooks, id)
                .await
                .map(|_| ()),
            view::workbook_of(db, funder, id, 1).await.map(|_| ()),
            view::certify_page(db, funder, id).await.map(|_| ()),
            view::restatement(db, funder, id).await.map(|_| ()),
        ] {
            assert!(matches!(hidden.unwrap_err(), Error::NotFound));
        }
        // Another funder's officer: as if it did not exist.
        let mut other = funder.clone();
        if let crate::Actor::Person(person) = &mut other.actor {
            person.roles = vec![(house.home, entity::Role::FundersOfficer)];
        }
        assert!(matches!(
            view::one(db, &other, id).await.unwrap_err(),
            Error::NotFound
        ));
    });
}

#[test]
fn today_says_what_waits_for_whom() {
    on_both(async |house| {
        let id = offered(house, true, &["Treasurer"]).await;
        let of = async |ctx| {
            let today = view::today(&house.db, ctx).await.unwrap();
            (
                today.overdue.len(),
                today.due.len(),
                today.waiting_for_me.len(),
            )
        };
        assert_eq!(of(&house.officer).await, (0, 1, 0));
        assert_eq!(of(&house.trustee).await, (0, 1, 1));
        assert_eq!(of(&house.funders_officer).await, (0, 0, 0));
        let today = view::today(&house.db, &house.trustee).await.unwrap();
        let item = &today.due[0];
        assert_eq!(item.summary.id, id);
        assert_eq!(
            item.summary.waits_for,
            "the Trustee Board and the Recovery Advisory Committee"
        );
        assert_eq!(
            item.summary.readiness.as_ref().unwrap().in_words,
            "all 6 answers given"
        );
        house.clock.set(super::house::at("2026-08-02T09:00:00Z"));
        assert_eq!(of(&house.trustee).await.0, 1, "the 30th of July has passed");
    });
}
