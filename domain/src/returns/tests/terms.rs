//! What was agreed besides is found in a return: spend that was not kept up, a management charge over its cap.

use entity::{
    AwardYearId, CarryForward, ChargeBasis, VirementBase, YearStanding, award_baseline_pool,
    award_terms, award_year,
};
use sea_orm::{ActiveModelTrait, ActiveValue::Set};

use super::house::{House, at, day, on_both};
use crate::access::rules::Operation;
use crate::charges::ops::{NewChargeCap, agree};
use crate::charges::view::Of;
use crate::returns::view;
use crate::{Command, Money};

/// The award's year, and how much of the pool's other spend must be kept up.
async fn agreed(house: &House) {
    let command = Command::new(Operation::SetUp);
    house
        .db
        .write(&house.system(), command, async |tx| {
            award_year::ActiveModel {
                id: Set(AwardYearId::new()),
                award_id: Set(house.award),
                starts_on: Set(day("2026-04-01")),
                ends_on: Set(day("2027-03-31")),
                amount: Set(Money(100_000_00)),
                standing: Set(YearStanding::Confirmed),
                carry_forward: Set(CarryForward::None),
                created_at: Set(tx.now()),
            }
            .insert(tx.conn())
            .await?;
            award_terms::ActiveModel {
                award_id: Set(house.award),
                match_amount: Set(None),
                match_bp: Set(None),
                match_how: Set(String::new()),
                variance_bp: Set(None),
                variance_amount: Set(None),
                baseline_amount: Set(Some(Money(80_00))),
                baseline_of: Set("The council’s own spend".to_owned()),
                baseline_from: Set(Some(day("2025-07-01"))),
                virement_bp: Set(None),
                virement_of: Set(VirementBase::Award),
                virement_source: Set(String::new()),
            }
            .insert(tx.conn())
            .await?;
            award_baseline_pool::ActiveModel {
                award_id: Set(house.award),
                pool_id: Set(house.pool),
            }
            .insert(tx.conn())
            .await?;
            Ok(())
        })
        .await
        .unwrap();
}

#[test]
fn spend_that_was_not_kept_up_and_a_charge_over_its_cap_are_found() {
    on_both(async |house| {
        house
            .load(
                "2026-06-30",
                &[
                    ("2026-05-02", 100_00, false, true),
                    ("2026-05-03", 50_00, true, true),
                    ("2026-05-04", 30_00, false, false),
                ],
            )
            .await;
        agreed(house).await;
        let cap = NewChargeCap {
            starts_on: day("2026-04-01"),
            basis: ChargeBasis::Spend,
            share_bp: Some(1_000),
            amount_pence: None,
            category_ids: vec![house.premises],
            charged_by: "Westshire Council".to_owned(),
            agreed_by: "Both boards".to_owned(),
            agreed_on: day("2026-04-01"),
            source: "clause 9".to_owned(),
            reason: "As agreed".to_owned(),
        };
        for of in [Of::Award(house.award), Of::Pool(house.pool)] {
            agree(&house.db, &house.officer, of, None, &cap)
                .await
                .unwrap();
        }
        house.require(false, &["Treasurer"]).await;
        house.draft().await;
        let id = house.of_quarter("2026-04-01").await.id;
        let told = async || -> Vec<String> {
            view::findings(&house.db, &house.officer, id)
                .await
                .unwrap()
                .into_iter()
                .filter(|one| ["baseline-not-kept", "charge-over-cap"].contains(&one.code.as_str()))
                .inspect(|one| assert_eq!(one.stops(), one.code == "charge-over-cap", "{one:?}"))
                .map(|one| one.message)
                .collect()
        };
        let found = told().await;
        assert_eq!(
            found,
            [
                "The management charge of this award is over its cap. From 1 April 2026 to 31 March 2027, at \
                 most 10% of all spend of the year may be charged: of £150.00 that is £15.00. £50.00 is \
                 charged: £35.00 over.",
                "The management charge of “Recovery” is over its cap. From 1 April 2026 to 31 March 2027, at \
                 most 10% of all spend of the year may be charged: of £180.00 that is £18.00. £50.00 is \
                 charged: £32.00 over.",
                "Spend to be kept up (The council’s own spend): £80.00 had to be kept up from 1 July 2025 to \
                 30 June 2026, and £30.00 was spent: £50.00 short. £180.00 was spent in all; this award paid \
                 for £150.00 of it, which does not count.",
            ]
        );
        // what comes late counts as well
        house.clock.set(at("2026-07-03T09:00:00Z"));
        house
            .load("2026-06-30", &[("2026-06-04", 50_00, false, false)])
            .await;
        let found = told().await;
        assert!(
            !found.iter().any(|one| one.contains("kept up")),
            "{found:?}"
        );
        assert_eq!(found.len(), 2, "{found:?}");
    });
}
