//! A house with a finance officer and a worker, for the tests of imports and attribution.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use std::ops::Deref;

use chrono::NaiveDate;
use entity::{AttributionPolicy, AwardId, CostCategoryId, Money, OrganisationId, PoolId, Role};

use crate::awards::ops::NewFence;
use crate::pools::ops::{NewContribution, NewPool};
use crate::{Ctx, awards, pools, testing};

pub(crate) struct House {
    house: testing::House,
    pub(crate) officer: Ctx,
    pub(crate) worker: Ctx,
    pub(crate) funder: OrganisationId,
}

impl Deref for House {
    type Target = testing::House;
    fn deref(&self) -> &testing::House {
        &self.house
    }
}

/// An award to make: its reference, pence, window, categories, and a fence (reserve, limit,
/// category).
pub(crate) struct Given<'a> {
    pub(crate) reference: &'a str,
    pub(crate) amount: i64,
    pub(crate) window: (NaiveDate, NaiveDate),
    pub(crate) categories: &'a [CostCategoryId],
    pub(crate) fence: Option<(i64, i64, CostCategoryId)>,
}

pub(crate) fn day(year: i32, month: u32, day: u32) -> NaiveDate {
    NaiveDate::from_ymd_opt(year, month, day).unwrap()
}

/// Runs a test on each database that there is.
pub(crate) fn on_each(test: impl AsyncFn(House)) {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(async {
        for house in testing::House::each().await {
            let officer = house.somebody(Role::FinanceOfficer).await;
            // October's files come in November
            house.clock.set("2026-11-08T09:30:00Z".parse().unwrap());
            let funder = house.body("GB-GOR-X1", "A department").await;
            test(House {
                worker: house.system(),
                house,
                officer,
                funder,
            })
            .await;
        }
    });
}

impl House {
    pub(crate) fn reader(&self) -> crate::imports::Reader {
        crate::imports::Reader {
            program: "/no/such/program".into(),
        }
    }

    pub(crate) async fn given(&self, given: Given<'_>) -> AwardId {
        let mut new = self.new_award(self.funder, given.reference, 1);
        new.amount_pence = Money(given.amount);
        (new.starts_on, new.ends_on) = given.window;
        new.category_ids = given.categories.to_vec();
        new.fences = given
            .fence
            .iter()
            .map(|(reserved, limit, category)| NewFence {
                slug: "fence".to_owned(),
                name: "Fence".to_owned(),
                parent: None,
                reserved_pence: Some(Money(*reserved)),
                limit_pence: Some(Money(*limit)),
                category_ids: vec![*category],
            })
            .collect();
        awards::ops::create(&self.db, &self.worker, &new)
            .await
            .unwrap()
    }

    pub(crate) async fn pool(&self, slug: &str, awards: &[(AwardId, i64)]) -> PoolId {
        let new = NewPool {
            slug: slug.to_owned(),
            name: format!("Pool {slug}"),
            purpose: "Treatment".to_owned(),
            holder_id: self.charity,
            policy: AttributionPolicy::InOrder,
            policy_from: day(2026, 4, 1),
            policy_agreed_by: "Both boards, minute 7".to_owned(),
            contributions: awards
                .iter()
                .map(|(award, agreed)| NewContribution {
                    award_id: *award,
                    agreed_pence: Money(*agreed),
                })
                .collect(),
        };
        pools::ops::create(&self.db, &self.worker, &new)
            .await
            .unwrap()
    }
}

/// For tests that write lines and attributions by hand: writes what is kept beside them anew, as
/// the operations would have.
pub(crate) async fn keep_totals(tx: &crate::Tx) -> crate::Result<()> {
    use sea_orm::ConnectionTrait;
    let newest = "SELECT r.id FROM attribution_run r WHERE r.pool_id = l.pool_id \
                  AND r.accepted_seq IS NOT NULL ORDER BY r.accepted_seq DESC LIMIT 1";
    let left = "l.amount - CAST(COALESCE((SELECT SUM(a.amount) FROM attribution a \
                JOIN attribution_run x ON x.id = a.run_id AND x.state = 'accepted' \
                WHERE a.line_id = l.id), 0) AS bigint)";
    let sums = |of: &str| {
        format!(
            "UPDATE balance SET attributed = COALESCE((SELECT SUM(a.amount) FROM attribution a \
             JOIN attribution_run r ON r.id = a.run_id AND r.state = 'accepted' WHERE {of}), 0)"
        )
    };
    let first_of = match tx.conn().get_database_backend() {
        sea_orm::DbBackend::Sqlite => "date(incurred_on, 'start of month')",
        _ => "CAST(date_trunc('month', incurred_on) AS date)",
    };
    for sql in [
        "DELETE FROM spend_total".to_owned(),
        "DELETE FROM ledger_total".to_owned(),
        format!(
            "INSERT INTO ledger_total (import_id, cost_centre, month, lines, amount) \
             SELECT import_id, '', COALESCE(ledger_month, {first_of}), COUNT(*), SUM(amount) \
             FROM spend_line GROUP BY import_id, COALESCE(ledger_month, {first_of})"
        ),
        "DELETE FROM attribution_total".to_owned(),
        "DELETE FROM unfunded_total".to_owned(),
        "DELETE FROM unfunded_line".to_owned(),
        "INSERT INTO spend_total (import_id, pool_id, category_id, incurred_on, lines, amount) \
         SELECT import_id, pool_id, category_id, incurred_on, COUNT(*), SUM(amount) \
         FROM spend_line GROUP BY import_id, pool_id, category_id, incurred_on"
            .to_owned(),
        "INSERT INTO attribution_total (id, run_id, award_id, fence_id, category_id, place, \
           people_group, incurred_on, capital, amount) \
         SELECT a.id, a.run_id, a.award_id, a.fence_id, l.category_id, l.place, l.people_group, \
           l.incurred_on, l.capital, a.amount \
         FROM attribution a JOIN spend_line l ON l.id = a.line_id"
            .to_owned(),
        format!(
            "INSERT INTO unfunded_line (run_id, line_id, incurred_on, reason, unfunded) \
             SELECT ({newest}), l.id, l.incurred_on, 'all-full', {left} FROM spend_line l \
             JOIN spend_import i ON i.id = l.import_id AND i.state = 'accepted' \
             WHERE ({newest}) IS NOT NULL AND {left} <> 0"
        ),
        "INSERT INTO unfunded_total (run_id, import_id, category_id, incurred_on, reason, lines, \
           amount, unfunded) \
         SELECT u.run_id, l.import_id, l.category_id, l.incurred_on, u.reason, COUNT(*), \
           SUM(l.amount), SUM(u.unfunded) FROM unfunded_line u JOIN spend_line l ON l.id = u.line_id \
         GROUP BY u.run_id, l.import_id, l.category_id, l.incurred_on, u.reason"
            .to_owned(),
        format!(
            "{} WHERE kind = 'award'",
            sums("a.award_id = balance.subject_id")
        ),
        format!(
            "{} WHERE kind = 'award-year'",
            sums(
                "a.award_id = (SELECT y.award_id FROM award_year y \
                 WHERE y.id = balance.subject_id)"
            )
        ),
        format!(
            "{} WHERE kind = 'contribution'",
            sums(
                "EXISTS (SELECT 1 FROM contribution c WHERE c.id = balance.subject_id \
                 AND c.award_id = a.award_id AND c.pool_id = r.pool_id)"
            )
        ),
    ] {
        tx.conn().execute_unprepared(&sql).await?;
    }
    Ok(())
}
