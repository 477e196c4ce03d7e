//! An award of the story that is over for good: it ended two years ago, was closed with what was left of it, and
//! that was paid back.

use std::path::PathBuf;

use chrono::Days;
use domain::awards::ops::NewAward;
use domain::closures::ops::NewClosure;
use domain::imports::Reader;
use domain::imports::ops::{NewImport, SaveProfile};
use domain::ledger_periods::ops::MonthToClose;
use domain::payments::ops::{NewMoney, NewPayment, NewPayments};
use domain::pools::ops::{NewContribution, NewPool};
use domain::{Ctx, Money, awards, closures, imports, ledger_periods, payments, pools};
use entity::{
    AttributionPolicy, AwardId, AwardMoneyKind, LegalBasis, Nation, PaysFor, PoolId, Role,
};
use serde_json::json;

use super::Telling;
use crate::Failure;

/// What the kitchen cost: months before this one, pounds, to whom, for what.
const SPENT: [(i32, i64, &str, &str); 6] = [
    (
        31,
        4_180,
        "Larkfield Catering Supplies",
        "Cooker and shelves",
    ),
    (30, 1_225, "Weir Valley Training", "Food hygiene course"),
    (29, 1_540, "Marlbridge Wholefoods", "Food"),
    (28, 1_310, "Marlbridge Wholefoods", "Food"),
    (27, 1_395, "Marlbridge Wholefoods", "Food"),
    (26, 1_200, "Marlbridge Wholefoods", "Food"),
];
const AMOUNT: i64 = 12_000;
/// What its ledger's column says that it is for.
const POOL: &str = "kitchen";
const CATEGORY: &str = "events";

impl Telling {
    /// The foundation's grant for a kitchen. The charity put it on record when it took Tributary up, so that
    /// the whole of it can still be opened.
    pub(super) async fn kitchen_is_closed(&self) -> Result<(), Failure> {
        let grants = self.people.by(Role::GrantsOfficer)?;
        let finance = self.people.by(Role::FinanceOfficer)?;
        let (award, pool) = self.kitchen_is_funded(&grants).await?;
        self.kitchen_is_paid_for(&finance, award).await?;
        self.kitchen_spent(&finance, pool).await?;
        // Closing looks at what is attributed; nothing else is loaded yet.
        domain::attribution::ops::run_due(&self.db, &self.people.system()).await?;
        self.minutes_later(5);
        let mut closure = NewClosure {
            closed_on: self.calendar.first(self.calendar.a - 23),
            why: "The kitchen is built and runs on what its guests give.".to_owned(),
            told_by: "Grants manager of the foundation, letter “Final report accepted”".to_owned(),
            kept_pence: None,
            despite: String::new(),
            seen: None,
        };
        let seen = closures::view::preview(&self.db, &finance, award, &closure).await?;
        closure.seen = Some(seen.figures);
        closures::ops::close(&self.db, &finance, award, None, &closure).await?;
        let back = NewMoney {
            kind: AwardMoneyKind::Repayment,
            happened_on: self.calendar.first(self.calendar.a - 22) + Days::new(9),
            amount_pence: seen.to_repay_pence,
            ledger_reference: "BACS 8011".to_owned(),
            payment_id: None,
            note: "What was left, back to the foundation".to_owned(),
        };
        payments::ops::record(&self.db, &finance, award, &back).await?;
        Ok(())
    }

    async fn kitchen_is_funded(&self, officer: &Ctx) -> Result<(AwardId, PoolId), Failure> {
        let a = self.calendar.a;
        let new = NewAward {
            reference: "AF/0098".to_owned(),
            title: "A kitchen of our own".to_owned(),
            programme: "Places to meet".to_owned(),
            programme_id: None,
            funder_id: self.organisation("foundation")?,
            holder_id: self.organisation("council")?,
            accountable_body_id: self.organisation("charity")?,
            amount_pence: Money(AMOUNT * 100),
            starts_on: self.calendar.first(a - 32),
            ends_on: self.calendar.last(a - 25),
            nation: Nation::England,
            pays_for: PaysFor::Revenue,
            legal_basis: LegalBasis::GrantAgreement,
            lost_if_unspent: true,
            lead_id: self.people.id(Role::GrantsOfficer),
            category_ids: vec![self.category_id(CATEGORY)?],
            places: Vec::new(),
            groups: Vec::new(),
            fences: Vec::new(),
            years: Vec::new(),
        };
        let award = awards::ops::create(&self.db, officer, &new).await?;
        let new = NewPool {
            slug: POOL.to_owned(),
            name: "Kitchen".to_owned(),
            purpose: "A kitchen where people in recovery cook for each other.".to_owned(),
            holder_id: self.organisation("council")?,
            policy: AttributionPolicy::InOrder,
            policy_from: self.calendar.first(a - 32),
            policy_agreed_by: "Trustee Board, minute 3".to_owned(),
            contributions: vec![NewContribution {
                award_id: award,
                agreed_pence: Money(AMOUNT * 100),
            }],
        };
        Ok((award, pools::ops::create(&self.db, officer, &new).await?))
    }

    /// Half of it came at the beginning, half when the cooker stood.
    async fn kitchen_is_paid_for(&self, officer: &Ctx, award: AwardId) -> Result<(), Failure> {
        let half = Money(AMOUNT * 50);
        let due = [self.calendar.a - 32, self.calendar.a - 29].map(|m| self.calendar.first(m));
        let promised = NewPayments {
            payments: due
                .map(|due_on| NewPayment {
                    due_on,
                    amount_pence: half,
                    note: "In two halves, as the letter says".to_owned(),
                })
                .into(),
        };
        payments::ops::schedule(&self.db, officer, award, &promised).await?;
        for (number, due_on) in due.into_iter().enumerate() {
            let came = NewMoney {
                kind: AwardMoneyKind::Receipt,
                happened_on: due_on + Days::new(3),
                amount_pence: half,
                ledger_reference: format!("BACS 79{:02}", number + 41),
                payment_id: None,
                note: String::new(),
            };
            payments::ops::record(&self.db, officer, award, &came).await?;
        }
        Ok(())
    }

    /// What it cost, from the ledger as it was kept then, and its months closed.
    async fn kitchen_spent(&self, officer: &Ctx, pool: PoolId) -> Result<(), Failure> {
        let column = |heading: &str| json!({ "header": heading });
        let spec = json!({
            "system": "marlshire-ledger-before",
            "format": "csv",
            "columns": {
                "transaction": column("Trans No"), "line": column("Line"),
                "incurred_on": column("Trans Date"), "amount": column("Amount"),
                "pool": column("Project"), "category": column("Category"),
                "supplier": column("Supplier"), "description": column("Description"),
            },
            "dates": { "formats": ["dd/mm/yyyy"] },
            "defaults": { "kind": "invoice" },
        });
        let profile = SaveProfile {
            name: "Marlshire ledger of earlier years".to_owned(),
            spec: serde_json::from_value(spec)
                .map_err(|error| Failure::new(format!("the demo's import profile: {error}")))?,
        };
        let profile = imports::ops::save_profile(&self.db, officer, &profile).await?;
        let mut file =
            "Trans No,Line,Trans Date,Project,Category,Supplier,Description,Amount\n".to_owned();
        let mut total = 0;
        for (number, (before, pounds, supplier, what)) in SPENT.iter().enumerate() {
            let on = self.calendar.first(self.calendar.a - before) + Days::new(11);
            file.push_str(&format!(
                "KT{:06},1,{},{POOL},{CATEGORY},{supplier},{what},{pounds}.00\n",
                number + 1,
                on.format("%d/%m/%Y"),
            ));
            total += pounds * 100;
        }
        let new = NewImport {
            profile_id: profile,
            period_from: self.calendar.first(self.calendar.a - 32),
            period_to: self.calendar.last(self.calendar.a - 25),
            control_total_pence: total,
        };
        let name = "kitchen-whole-grant.csv";
        let id = imports::ops::start(&self.db, officer, &new, name, file.as_bytes()).await?;
        let reader = Reader {
            program: PathBuf::new(),
        };
        imports::ops::read_file(&self.db, &self.people.system(), &reader, id).await?;
        self.minutes_later(2);
        imports::ops::accept(&self.db, officer, id, None).await?;
        // the last month of the award has no spend, and is closed like the others
        for before in SPENT.map(|(before, ..)| before).into_iter().chain([25]) {
            let month = self.calendar.first(self.calendar.a - before);
            ledger_periods::ops::close(&self.db, officer, pool, MonthToClose { month }).await?;
        }
        Ok(())
    }
}
