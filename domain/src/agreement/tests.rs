#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use super::ops::{self, LedgerTotal, LedgerTotals};
use super::rules::Standing;
use super::view;
use crate::coding::tests::{brought, coded_as, furnished, row};
use crate::spend::testing::{day, on_each};
use crate::{Money, coding, imports};

#[test]
fn a_month_agrees_once_every_difference_is_named_and_settled() {
    on_each(async |house| {
        let set = furnished(&house).await;
        let (db, me) = (&house.db, &house.officer);
        coding::ops::add(db, me, &row("A1", "", coded_as(set.pool, set.care)))
            .await
            .unwrap();
        let october = day(2026, 10, 1);
        let rows = "T1,1,03/10/2026,2026-10,invoice,100.00,A1,500,Brook House\n\
                    T2,1,31/02/2026,2026-10,invoice,20.00,A1,600,Brook House\n\
                    T3,1,05/10/2026,2026-10,invoice,5.00,A9,500,Somebody\n";
        let id = brought(&house, set.profile, rows, 12_500).await;
        let resolution = imports::ops::Resolution::SetAside {
            reason: "not ours".to_owned(),
            amount_pence: None,
        };
        imports::ops::settle(db, me, id, 3, &resolution)
            .await
            .unwrap();
        let before = view::month(db, me, october).await.unwrap();
        assert!(!before.stated && !before.agreed);
        assert_eq!(before.not_accepted_pence, 10_500);
        assert!(
            super::store::not_agreed(db.read(), october, october)
                .await
                .unwrap()
                .is_empty()
        );
        let file = "Cost centre,Month,Amount\nA1,2026-10,120.00\nA9,Oct 2026,\"5.00\"\n";
        let done = ops::load(db, me, file.as_bytes()).await.unwrap();
        assert_eq!(
            (done.stated, done.faults.len()),
            (2, 0),
            "{:?}",
            done.faults
        );
        let waits = view::month(db, me, october).await.unwrap();
        assert!(
            waits
                .cost_centres
                .iter()
                .all(|one| one.standing == Standing::Waits)
        );
        imports::ops::accept(db, me, id, None).await.unwrap();
        let month = view::month(db, me, october).await.unwrap();
        let told: Vec<_> = month
            .cost_centres
            .iter()
            .map(|one| (one.cost_centre.as_str(), one.standing, one.difference_pence))
            .collect();
        assert_eq!(
            told,
            [
                ("A9", Standing::Waits, Some(500)),
                ("A1", Standing::SetAside, Some(2_000)),
            ]
        );
        assert_eq!((month.to_code_pence, month.set_aside_pence), (500, 2_000));
        let not = super::store::not_agreed(db.read(), october, day(2026, 11, 30))
            .await
            .unwrap();
        assert_eq!(not, [october, day(2026, 11, 1)]);
        let early = day(2026, 9, 1);
        let not = super::store::not_agreed(db.read(), early, early)
            .await
            .unwrap();
        assert!(not.is_empty());
        coding::ops::add(db, me, &row("A9", "", coded_as(set.pool, set.care)))
            .await
            .unwrap();
        coding::ops::code_by_map(db, me).await.unwrap();
        assert!(view::month(db, me, october).await.unwrap().agreed);
        assert!(
            super::store::not_agreed(db.read(), october, october)
                .await
                .unwrap()
                .is_empty()
        );
        // a later statement takes the place of the earlier
        let other = LedgerTotals {
            totals: vec![LedgerTotal {
                cost_centre: "a9".to_owned(),
                month: october,
                amount_pence: Some(Money(600)),
            }],
        };
        let done = ops::state(db, me, &other).await.unwrap();
        assert_eq!((done.stated, done.superseded), (1, 1));
        let month = view::month(db, me, october).await.unwrap();
        assert!(!month.agreed);
        let bad = ops::load(db, me, b"cost_centre,month,amount\nA1,soon,many\n")
            .await
            .unwrap();
        assert_eq!(bad.faults.len(), 2);
        let standing = view::months(db, me).await.unwrap();
        assert_eq!((standing.len(), standing[0].agreed), (1, false));
    });
}
