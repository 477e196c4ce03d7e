#![allow(clippy::unwrap_used, clippy::expect_used)]
use entity::{AwardId, CommitmentId, CommitmentKind, Money, PoolId};

use super::rules::Unfunded;
use super::tests::{ran, sums};
use crate::commitments::ops::{self as agreed, CommitmentTerms, NewCommitment, Variation};
use crate::commitments::rules::MetBy;
use crate::commitments::view::{self as agreements, CommitmentFilter};
use crate::imports::ops as doing;
use crate::imports::rules::{ColumnRef, Field, ImportProfile};
use crate::spend::testing::{Given, House, day, on_each};
use crate::spend::view::{SpendFilter, SpendView};

const HEAD: &str = "t,l,d,a,p,c,who,order\n";

/// Loads and accepts a file of October whose lines name suppliers and orders.
pub(crate) async fn load(house: &House, rows: &str, total: i64) {
    let column = |name: &str| ColumnRef::Header(name.to_owned());
    let spec = ImportProfile {
        system: "ledger".to_owned(),
        columns: [
            (Field::Transaction, column("t")),
            (Field::Line, column("l")),
            (Field::IncurredOn, column("d")),
            (Field::Amount, column("a")),
            (Field::Pool, column("p")),
            (Field::Category, column("c")),
            (Field::Supplier, column("who")),
            (Field::Commitment, column("order")),
        ]
        .into(),
        defaults: [(Field::Kind, "invoice".to_owned())].into(),
        ..ImportProfile::default()
    };
    let name = format!("layout of {total}");
    let new = doing::SaveProfile {
        name: name.clone(),
        spec,
    };
    doing::save_profile(&house.db, &house.officer, &new)
        .await
        .unwrap();
    let whole = doing::import_whole(
        &house.db,
        &house.worker,
        &house.reader(),
        &name,
        "f.csv",
        format!("{HEAD}{rows}").as_bytes(),
        (day(2026, 10, 1), day(2026, 10, 31)),
        total,
        &mut |_| {},
    )
    .await
    .unwrap();
    assert_eq!(whole.waits_for, [""; 0], "{:?}", whole.faults);
}

pub(crate) fn terms(pool: PoolId, awards: Vec<AwardId>) -> CommitmentTerms {
    CommitmentTerms {
        title: "Beds".to_owned(),
        pool_id: pool,
        category_id: None,
        place: String::new(),
        people_group: String::new(),
        capital: false,
        allocation_id: None,
        supplier: String::new(),
        starts_on: day(2026, 10, 1),
        ends_on: day(2027, 3, 31),
        notice_days: None,
        months: Vec::new(),
        spread_pence: Some(Money(1_000_00)),
        award_ids: awards,
    }
}

async fn spent(house: &House, id: CommitmentId) -> (i64, i64) {
    let all = agreements::list(&house.db, &house.officer, CommitmentFilter::default())
        .await
        .unwrap();
    let one = all.into_iter().find(|one| one.id == id).unwrap();
    (
        one.spent_pence.pence(),
        one.spent_by_reference_pence.pence(),
    )
}

async fn lines(house: &House) -> Vec<SpendView> {
    let filter = SpendFilter::default();
    crate::spend::view::list(&house.db, &house.officer, &filter, None, 50)
        .await
        .unwrap()
}

#[test]
fn a_line_meets_its_contract_and_is_paid_by_the_awards_that_it_names() {
    on_each(async |house| {
        house.category("care").await;
        let window = (day(2026, 4, 1), day(2027, 3, 31));
        let mut awards = Vec::new();
        for (reference, amount) in [("A", 100_000), ("B", 30_000), ("C", 5_000)] {
            let given = Given {
                reference,
                amount,
                window,
                categories: &[],
                fence: None,
            };
            awards.push(house.given(given).await);
        }
        let [first, second, outside] = awards.as_slice() else {
            unreachable!()
        };
        let pool = house
            .pool("p", &[(*first, 100_000), (*second, 30_000)])
            .await;
        let provider = house.body("GB-COH-7", "Brook House").await;
        let record = async |reference: &str, awards: Vec<AwardId>| {
            let new = NewCommitment {
                provider_id: provider,
                holder_id: house.charity,
                kind: CommitmentKind::Contract,
                reference: reference.to_owned(),
                terms: terms(pool, awards),
            };
            agreed::record(&house.db, &house.officer, &new)
                .await
                .unwrap()
        };
        // before a run, and before any line
        let named = record("C-100", vec![*second]).await;
        assert_eq!(spent(&house, named).await, (0, 0));
        // £200 by its reference, of another supplier and before its time; £150 by the supplier's
        // name; £40 of somebody else
        load(
            &house,
            "1,1,05/10/2026,150.00,p,care,BROOK HOUSE,\n\
             2,1,01/09/2026,200.00,p,care,Agency,c-100\n\
             3,1,06/10/2026,40.00,p,care,Elm,PO 7\n",
            39_000,
        )
        .await;
        // known before a run counted it, and the same after
        assert_eq!(spent(&house, named).await, (35_000, 20_000));
        assert_eq!(ran(&house).await, 1);
        assert_eq!(spent(&house, named).await, (35_000, 20_000));
        // only B pays for what the contract names: £300 of £350
        assert_eq!(
            sums(&house, pool).await,
            (39_000, vec![4_000, 30_000], 5_000)
        );
        let all = lines(&house).await;
        assert_eq!(all[0].unfunded_because, Some(Unfunded::AllFull));
        let met = async |line: &SpendView| {
            agreements::met_by(&house.db, &house.officer, line.id)
                .await
                .unwrap()
                .map(|one| (one.id, one.by, one.names_awards))
        };
        for line in &all {
            let expected = match line.supplier.as_deref() {
                Some("Agency") => Some((named, MetBy::Reference, true)),
                Some("BROOK HOUSE") => Some((named, MetBy::Supplier, true)),
                _ => None,
            };
            assert_eq!(met(line).await, expected);
        }
        // what comes later counts at once
        load(&house, "4,1,07/10/2026,10.00,p,care,X,C-100\n", 1_000).await;
        assert_eq!(spent(&house, named).await, (36_000, 21_000));
        assert_eq!(ran(&house).await, 1);
        assert_eq!(spent(&house, named).await, (36_000, 21_000));
        // a change of who pays is news: none of the pool's awards is named now
        let change = Variation {
            effective_on: day(2026, 10, 1),
            reason: "Paid by C".to_owned(),
            terms: terms(pool, vec![*outside]),
        };
        agreed::vary(&house.db, &house.officer, named, &change, None)
            .await
            .unwrap();
        assert_eq!(spent(&house, named).await, (36_000, 21_000));
        assert_eq!(ran(&house).await, 1);
        assert_eq!(sums(&house, pool).await, (40_000, vec![4_000], 36_000));
        let unnamed = lines(&house).await;
        assert_eq!(unnamed[0].unfunded_because, Some(Unfunded::NotNamed));
        // nothing more to do
        assert_eq!(ran(&house).await, 0);
    });
}
