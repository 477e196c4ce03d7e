//! Telling the story: everything is done by the person whose part it is, through the operations
//! that pages and API use. Nothing is inserted.
//!
//! The charity took Tributary up some weeks ago and loaded two years of its council's ledger; since
//! then each month's file came on the eighth. Every date follows from today.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use chrono::{DateTime, Days, Duration, NaiveDate, NaiveTime, Utc};
use domain::awards::ops::{NewAward, NewFence};
use domain::beside::ops::NewComment;
use domain::beside::rules::RecordKind;
use domain::categories::ops::NewCategory;
use domain::deadlines::rules::{Adjust, DeadlineRule};
use domain::forecasts::ops::{NewForecast, NewForecasts};
use domain::forms::ops::{NewDraft, NewForm};
use domain::imports::Reader;
use domain::imports::ops::{Correction, NewImport, Resolution, SaveProfile};
use domain::imports::rules::Field;
use domain::ledger_periods::ops::MonthToClose;
use domain::matching::ops::{NewMatch, NewMatches};
use domain::organisations::contacts::{self, NewContact};
use domain::organisations::ops::NewOrganisation;
use domain::pools::ops::{NewContribution, NewPool};
use domain::returns::ops::NewRequirement;
use domain::returns::workbook::Workbooks;
use domain::{
    Clock, Ctx, Db, Money, audit, awards, beside, categories, coding, forecasts, forms, grants,
    imports, ledger_periods, matching, organisations, pools, returns, settings,
};
use entity::{
    AttributionPolicy, AwardId, CostCategoryId, ImportProfileId, ImportState, LegalBasis, Nation,
    OrganisationId, OrganisationKind, PaysFor, PoolId, ProgrammeId, ReturnFormId, Role,
};
use serde_json::json;

mod agreeing;
mod asking;
mod by_year;
mod closed;
mod funders;
mod letter;
mod waiting;

use asking::signed;

use super::applying::Applying;
use super::deciding::Deciding;
use super::grants as published;
use super::people::{CAST, HEAD_OF_PROGRAMME, Part, People};
use super::promising::Promising;
use super::schemes;
use super::spend::{self, Extract};
use super::story::{self, Calendar, Story};
use crate::Failure;

/// How long ago the charity took Tributary up.
const WEEKS_AGO: Days = Days::new(45);
/// The import profile's name.
const PROFILE: &str = "Marlshire general ledger";
/// The award whose return is drafted.
const GRANT: &str = "recovery-grant";

/// A form of the funder's: its file and its fields.
struct Form {
    file_name: &'static str,
    workbook: &'static [u8],
    fields: &'static str,
}

const QUARTERLY: Form = Form {
    file_name: "recovery-grant-return.xlsx",
    workbook: include_bytes!("../../demo/forms/recovery-grant-return.xlsx"),
    fields: include_str!("../../demo/forms/recovery-grant-return.fields.json"),
};
const MONTHLY: Form = Form {
    file_name: "rough-sleeping-statement.xlsx",
    workbook: include_bytes!("../../demo/forms/rough-sleeping-statement.xlsx"),
    fields: include_str!("../../demo/forms/rough-sleeping-statement.fields.json"),
};

/// What both officers state, in the words of the quarterly form.
const STATEMENT: &str = "I certify that, to the best of my knowledge and belief, the figures in \
                         this return are complete and correct and agree to the accounts of the \
                         accountable body; that the grant has been used only for the purposes \
                         and within the conditions of the grant agreement; that no cost in this \
                         return has been claimed from, or paid by, any other source; and that I \
                         have seen the evidence on which this statement rests, which will be \
                         kept for seven years.";
/// What the monthly form has stated.
const MONTHLY_STATEMENT: &str = "I state that, to the best of my knowledge and belief, the spend \
                                 above is taken from the accounts of the accountable body and \
                                 was for people sleeping rough or at risk of it.";

/// The story being told.
struct Telling {
    db: Db,
    story: Story,
    calendar: Calendar,
    today: NaiveDate,
    now: DateTime<Utc>,
    people: People,
    organisations: BTreeMap<String, OrganisationId>,
    categories: BTreeMap<String, CostCategoryId>,
    /// By the title of the awards that are made under them.
    programmes: BTreeMap<String, ProgrammeId>,
    awards: BTreeMap<String, AwardId>,
    pools: BTreeMap<String, PoolId>,
}

/// Tells the story into an empty, migrated database.
pub async fn tell(db: &Db, today: NaiveDate, now: DateTime<Utc>) -> Result<(), Failure> {
    let begins = (today - WEEKS_AGO)
        .and_hms_opt(8, 30, 0)
        .unwrap_or_default()
        .and_utc();
    let story = Story::read()?;
    let mut telling = Telling {
        db: db.clone(),
        calendar: Calendar::on(today),
        story,
        today,
        now,
        people: People::new(db.clone(), Clock::standing_at(begins)),
        organisations: BTreeMap::new(),
        categories: BTreeMap::new(),
        programmes: BTreeMap::new(),
        awards: BTreeMap::new(),
        pools: BTreeMap::new(),
    };
    telling.people_come_in().await?;
    telling.minutes_later(60);
    telling.records_are_kept().await?;
    telling.the_others_come_in().await?;
    telling.minutes_later(24 * 60);
    telling.kitchen_is_closed().await?;
    telling.minutes_later(60);
    telling.ledger_is_loaded().await?;
    telling.ledger_is_coded().await?;
    telling.return_is_asked_for().await?;
    telling.funder_publishes().await?;
    telling.boards_decide().await?;
    telling.providers_are_promised().await?;
    telling.funder_asks().await?;
    telling.a_run_waits().await?;
    let factors = &telling.people.second_factors;
    let marker = json!({
        "certifier_totp_secret": factors.get("certifier"),
        "head_of_programme_totp_secret": factors.get(HEAD_OF_PROGRAMME),
    });
    settings::mark_demo(db, &telling.people.system(), &marker).await?;
    // Its entries are weeks old: unsealed, the first check of the house would rightly complain.
    audit::seal(db, &telling.people.system()).await?;
    Ok(())
}

impl Telling {
    fn minutes_later(&self, minutes: i64) {
        self.people
            .time_is(self.people.now() + Duration::minutes(minutes));
    }

    async fn people_come_in(&mut self) -> Result<(), Failure> {
        let system = self.people.system();
        let home = self
            .story
            .organisations
            .first()
            .ok_or_else(|| Failure::new("a story without a charity"))?
            .clone();
        let charity =
            organisations::ops::set_up_home(&self.db, &system, &organisation(&home)?).await?;
        self.organisations.insert(home.slug.clone(), charity);
        for part in CAST.iter().filter(|part| part.is_of_the_charity()) {
            // the administrator adds the organisations, so that awards can name them
            if part.role != Role::Administrator && self.organisations.len() == 1 {
                let ctx = self.people.by(Role::Administrator)?;
                for one in self.story.organisations.iter().skip(1) {
                    let new = organisation(one)?;
                    let id = organisations::ops::create(&self.db, &ctx, &new).await?;
                    self.organisations.insert(one.slug.clone(), id);
                }
            }
            self.enters(part).await?;
        }
        Ok(())
    }

    /// What the foundation gave, as it published it, is brought and read.
    async fn funder_publishes(&self) -> Result<(), Failure> {
        let officer = self.people.by(Role::GrantsOfficer)?;
        let file = published::published(|month| self.calendar.first(month));
        let (db, name) = (&self.db, published::FILE);
        let id = grants::ops::start(db, &officer, name, file.as_bytes()).await?;
        grants::ops::read_file(db, &self.people.system(), id, &mut |_| {}).await?;
        Ok(())
    }

    /// The council's agreements with providers.
    async fn providers_are_promised(&self) -> Result<(), Failure> {
        let officer = self.people.by(Role::FinanceOfficer)?;
        let pool = |slug: &str| self.pools.get(slug).copied().ok_or_else(|| missing(slug));
        Promising {
            db: &self.db,
            officer: &officer,
            today: self.today,
            holder: self.organisation("council")?,
            treatment: pool("treatment")?,
            rough_sleeping: pool("rough-sleeping")?,
            providers: &self.organisations,
            categories: &self.categories,
            grant: self.id_of(GRANT)?,
        }
        .tell()
        .await
    }

    /// Both boards decide together.
    async fn boards_decide(&self) -> Result<(), Failure> {
        let pool = |slug: &str| self.pools.get(slug).copied().ok_or_else(|| missing(slug));
        Deciding {
            db: &self.db,
            officer: &self.people.by(Role::GrantsOfficer)?,
            administrator: &self.people.by(Role::Administrator)?,
            trustees: &self.people.all_by(Role::Trustee),
            committee: &self.people.all_by(Role::CommitteeMember),
            today: self.today,
            treatment: pool("treatment")?,
            community: pool("community")?,
            outreach: self.organisation("northmoor")?,
            family: self.organisation("turnstone")?,
        }
        .tell()
        .await
    }

    /// Those of other organisations, once an award says what these are to the charity.
    async fn the_others_come_in(&mut self) -> Result<(), Failure> {
        for part in CAST.iter().filter(|part| !part.is_of_the_charity()) {
            self.enters(part).await?;
        }
        Ok(())
    }

    async fn enters(&mut self, part: &Part) -> Result<(), Failure> {
        let organisation_id = self.organisation(part.organisation)?;
        self.people.enters(part, organisation_id).await?;
        self.minutes_later(20);
        Ok(())
    }

    async fn records_are_kept(&mut self) -> Result<(), Failure> {
        let officer = self.people.by(Role::GrantsOfficer)?;
        for category in &self.story.categories {
            let new = NewCategory {
                slug: category.slug.clone(),
                name: category.name.clone(),
            };
            let id = categories::ops::create(&self.db, &officer, &new).await?;
            self.categories.insert(category.slug.clone(), id);
        }
        self.programmes = schemes::record(
            &self.db,
            &officer,
            &self.story,
            &self.organisations,
            self.today,
        )
        .await?;
        for award in &self.story.awards {
            self.minutes_later(3);
            let new = self.award(award)?;
            let id = awards::ops::create(&self.db, &officer, &new).await?;
            self.awards.insert(award.slug.clone(), id);
        }
        for pool in &self.story.pools {
            self.minutes_later(3);
            let mut contributions = Vec::new();
            for award in self.story.in_order(pool) {
                for part in award.contributions.iter().filter(|c| c.pool == pool.slug) {
                    contributions.push(NewContribution {
                        award_id: self.id_of(&award.slug)?,
                        agreed_pence: Money(part.amount),
                    });
                }
            }
            let new = NewPool {
                slug: pool.slug.clone(),
                name: pool.name.clone(),
                purpose: purpose(&pool.slug).to_owned(),
                holder_id: self.organisation(&pool.holder)?,
                policy: AttributionPolicy::InOrder,
                policy_from: self.calendar.first(-24),
                policy_agreed_by:
                    "Trustee Board and Recovery Advisory Committee, joint meeting, minute 7"
                        .to_owned(),
                contributions,
            };
            let id = pools::ops::create(&self.db, &officer, &new).await?;
            self.pools.insert(pool.slug.clone(), id);
        }
        self.minutes_later(15);
        self.forecast_and_match(&officer).await?;
        self.minutes_later(15);
        self.put_beside(&officer).await?;
        self.minutes_later(15);
        let scheme = |slug: &str| {
            self.programmes
                .get(slug)
                .copied()
                .ok_or_else(|| Failure::new(format!("no {slug} among the programmes")))
        };
        let community = self.pools.get("community").copied();
        Applying {
            db: &self.db,
            officer: &officer,
            today: self.today,
            lead: self.people.id(Role::GrantsOfficer),
            charity: self.organisation("charity")?,
            council: self.organisation("council")?,
            peers: scheme("peers")?,
            people_lead: scheme("people-lead")?,
            safer: scheme("safer")?,
            community: community.ok_or_else(|| Failure::new("a story without its pool"))?,
        }
        .tell()
        .await
    }

    fn award(&self, award: &story::Award) -> Result<NewAward, Failure> {
        let of_charity = matches!(award.funder.as_str(), "lottery" | "foundation");
        let years = self.calendar.years(award);
        let reference = match award.reference.rsplit_once('/') {
            // the awards of each year are told apart by it
            Some((stem, year)) if year.parse::<i32>().is_ok_and(|year| year.abs() < 3) => {
                format!("{stem}/{years}")
            }
            _ => award.reference.clone(),
        };
        let yearly = reference != award.reference;
        let capital = award.categories.iter().any(|slug| slug == "premises");
        Ok(NewAward {
            reference,
            title: if yearly {
                format!("{} {years}", award.title)
            } else {
                award.title.clone()
            },
            programme: award.title.clone(),
            programme_id: self.programmes.get(&award.title).copied(),
            funder_id: self.organisation(&award.funder)?,
            holder_id: self.organisation("council")?,
            accountable_body_id: self.organisation(if of_charity {
                "charity"
            } else {
                "council"
            })?,
            amount_pence: Money(award.amount),
            starts_on: self.calendar.first(award.from),
            ends_on: self.calendar.last(award.to),
            nation: Nation::England,
            pays_for: if capital {
                PaysFor::Both
            } else {
                PaysFor::Revenue
            },
            legal_basis: match award.legal_basis.as_str() {
                "Section 31" => LegalBasis::Section31,
                "Section 75" => LegalBasis::Section75,
                _ => LegalBasis::GrantAgreement,
            },
            lost_if_unspent: matches!(award.funder.as_str(), "department" | "pcc"),
            lead_id: self.people.id(Role::GrantsOfficer),
            category_ids: self.category_ids(&award.categories)?,
            places: Vec::new(),
            groups: Vec::new(),
            fences: award
                .fences
                .iter()
                .map(|fence| {
                    Ok(NewFence {
                        slug: fence.slug.clone(),
                        name: fence.name.clone(),
                        parent: fence.parent.clone(),
                        reserved_pence: fence.reserved.map(Money),
                        limit_pence: fence.limit.map(Money),
                        category_ids: self.category_ids(&fence.categories)?,
                    })
                })
                .collect::<Result<_, Failure>>()?,
            years: self.years(award),
        })
    }

    /// What stands beside the grant: its letter, a question about it, and whom to ask.
    async fn put_beside(&self, officer: &Ctx) -> Result<(), Failure> {
        let id = self.id_of(GRANT)?;
        self.read_the_letter(officer).await?;
        let new = NewComment {
            words:
                "The department told us by telephone that the reserved part may be moved once a \
                    year. We should have that in writing."
                    .to_owned(),
        };
        beside::ops::comment(&self.db, officer, RecordKind::Award, id.into(), &new).await?;
        let funder = awards::view::one(&self.db, officer, id)
            .await?
            .summary
            .funder_id;
        let new = NewContact {
            name: "Alex Marsh".to_owned(),
            about: "Returns and claims".to_owned(),
            email: Some("alex.marsh@example.org".to_owned()),
            telephone: Some("020 7946 0188".to_owned()),
        };
        contacts::add(&self.db, officer, funder, &new).await?;
        self.plan_is_shared(officer).await?;
        self.grant_is_told_in_lines(officer).await
    }

    /// The grant's months after the quarter that is reported on are forecast by category; the last
    /// month takes the balance, so that actuals and forecasts come to the award.
    async fn forecast_and_match(&self, officer: &Ctx) -> Result<(), Failure> {
        let grant = self.story_award(GRANT)?;
        let ahead = self.calendar.after_the_quarter();
        let pools: Vec<&str> = grant
            .contributions
            .iter()
            .map(|c| c.pool.as_str())
            .collect();
        let paid_for = |stream: &&story::Stream| {
            grant.categories.contains(&stream.category) && pools.contains(&stream.pool.as_str())
        };
        let mut places: BTreeMap<(NaiveDate, &str, bool), i64> = BTreeMap::new();
        // The credit of the recharge names no line, so no award is relieved of it.
        let corners = &self.story.corners;
        let mut left = grant.amount - corners.faulty_date.amount - corners.recharge.amount;
        for stream in self.story.streams.iter().filter(paid_for) {
            for m in grant.from..ahead {
                left -= spend::amount(&self.story, stream, m);
            }
            for m in ahead..=grant.to {
                let pence = spend::forecast(&self.story, stream, m);
                left -= pence;
                let place = (
                    self.calendar.first(m),
                    stream.category.as_str(),
                    stream.capital,
                );
                *places.entry(place).or_default() += pence;
            }
        }
        let last = (self.calendar.first(grant.to), "community-treatment", false);
        *places.entry(last).or_default() += left;
        let entries = places
            .into_iter()
            .filter(|(_, pence)| *pence != 0)
            .map(|((month, category, capital), pence)| {
                Ok(NewForecast {
                    month,
                    category_id: Some(self.category_id(category)?),
                    capital,
                    amount_pence: Some(Money(pence)),
                })
            })
            .collect::<Result<_, Failure>>()?;
        let award = self.id_of(GRANT)?;
        forecasts::ops::enter(&self.db, officer, award, None, &NewForecasts { entries }).await?;
        self.minutes_later(20);
        for source in &self.story.matches {
            let award = self.story_award(&source.award)?;
            let in_kind = source.cash_or_kind == "In kind";
            let entries = (award.from..=award.to)
                .map(|m| NewMatch {
                    source: source.source.clone(),
                    source_kind: match source.kind.as_str() {
                        "Local authority" => OrganisationKind::Council,
                        _ => OrganisationKind::Charity,
                    },
                    in_kind,
                    valued_how: in_kind
                        .then(|| "Hours given, at the county's rate for volunteers".to_owned()),
                    month: self.calendar.first(m),
                    capital: source.capital,
                    amount_pence: Some(Money(source.monthly)),
                    secured: source.secured,
                    evidence: Some(source.evidence.clone()),
                })
                .collect();
            let id = self.id_of(&source.award)?;
            matching::ops::enter(&self.db, officer, id, &NewMatches { entries }).await?;
        }
        self.grant_asks(officer).await?;
        Ok(())
    }

    async fn ledger_is_loaded(&self) -> Result<(), Failure> {
        let officer = self.people.by(Role::FinanceOfficer)?;
        self.lottery_asks(&officer).await?;
        self.lottery_pays(&officer).await?;
        self.shares_come(&officer).await?;
        let profile = SaveProfile {
            name: PROFILE.to_owned(),
            spec: serde_json::from_value(self.profile())
                .map_err(|error| Failure::new(format!("the demo's import profile: {error}")))?,
        };
        let profile = imports::ops::save_profile(&self.db, &officer, &profile).await?;
        for file in spend::extracts(&self.story, self.calendar) {
            self.minutes_later(2);
            let eighth = (self.calendar.first(file.m + 1) + Days::new(7))
                .and_hms_opt(9, 30, 0)
                .unwrap_or_default()
                .and_utc();
            let at_latest = self.now - Duration::minutes(i64::from(24 - file.k) * 5);
            self.people.time_is(eighth.min(at_latest));
            self.load(&officer, profile, &file).await?;
        }
        Ok(())
    }

    /// How the council's files are read: which column is what, in whose words.
    fn profile(&self) -> serde_json::Value {
        let column = |heading: &str| json!({ "header": heading });
        let pools: BTreeMap<&str, &str> = self
            .story
            .streams
            .iter()
            .map(|stream| (stream.project.as_str(), stream.pool.as_str()))
            .collect();
        json!({
            "system": "marlshire-ledger",
            "format": "csv",
            "encoding": "windows-1252",
            "skip_rows": 4,
            "skip": [
                { "column": column("Trans No"), "when": { "equals": "Total" } },
                // VAT that is recovered is no spend of ours
                { "column": column("Account"),
                  "when": { "equals": self.story.corners.vat_account } },
            ],
            "columns": {
                "transaction": column("Trans No"), "line": column("Line"),
                "incurred_on": column("Trans Date"), "posted_on": column("Trans Date"),
                "period": column("Period"), "kind": column("Type"),
                "amount": column("Amount (£)"), "capital_or_revenue": column("Cap/Rev"),
                "pool": column("Project"), "category": column("Category"),
                "supplier": column("Supplier"), "description": column("Description"),
                "cost_centre": column("Cost Centre"), "account": column("Account"),
                "project": column("Project"),
            },
            "dates": { "formats": ["dd/mm/yyyy"] },
            "values": {
                "kind": { "entries": {
                    "INV": "invoice", "PAY": "payroll", "ACC": "accrual", "REV": "accrual",
                    "RCH": "recharge", "CRN": "credit",
                } },
                "capital_or_revenue": { "entries": { "CAP": "capital", "REV": "revenue" } },
                "pool": { "entries": pools },
            },
        })
    }

    /// One month's file: loaded, its faulty rows corrected, accepted, and the month closed. A line
    /// that stands twice is left for a person to look at: that file waits.
    async fn load(
        &self,
        officer: &Ctx,
        profile: ImportProfileId,
        file: &Extract,
    ) -> Result<(), Failure> {
        let new = NewImport {
            profile_id: profile,
            period_from: file.month,
            period_to: self.calendar.last(file.m),
            control_total_pence: file.total_without_vat,
        };
        let id = imports::ops::start(&self.db, officer, &new, &file.name, &file.bytes).await?;
        // what the worker would do a moment later; a CSV is read in this process
        let reader = Reader {
            program: PathBuf::new(),
        };
        imports::ops::read_file(&self.db, &self.people.system(), &reader, id).await?;
        let faults = imports::view::faults(&self.db, officer, id, None, 100, false).await?;
        for fault in &faults {
            let wrong_date = fault
                .faults
                .iter()
                .any(|fault| fault.field == Some(Field::IncurredOn));
            if !wrong_date {
                continue;
            }
            self.minutes_later(4);
            let correct = Resolution::Correct {
                values: vec![Correction {
                    column: "Trans Date".to_owned(),
                    value: self.calendar.last(file.m).format("%d/%m/%Y").to_string(),
                }],
            };
            imports::ops::settle(&self.db, officer, id, fault.row, &correct).await?;
        }
        let import = imports::view::import(&self.db, officer, id).await?;
        if import.state != ImportState::Accepted {
            if file.k == self.story.corners.duplicate.k {
                return Ok(());
            }
            self.minutes_later(2);
            imports::ops::accept(&self.db, officer, id, Some(import.version)).await?;
        }
        // the two latest months are still open
        if file.k < 22 {
            self.minutes_later(1);
            for pool in self.pools.values() {
                let closing = MonthToClose { month: file.month };
                ledger_periods::ops::close(&self.db, officer, *pool, closing).await?;
            }
        }
        Ok(())
    }

    /// The coding map says what the files of the ledger say themselves, so that files without can
    /// be read too; one such file has come, of last year's late invoices, and nobody has said yet
    /// what its cost centre is.
    async fn ledger_is_coded(&self) -> Result<(), Failure> {
        let officer = self.people.by(Role::FinanceOfficer)?;
        let mut map = format!("{}\n", coding::rules::COLUMNS.join(","));
        let mut seen = BTreeSet::new();
        for stream in &self.story.streams {
            if seen.insert((&stream.cost_centre, &stream.account, &stream.project)) {
                map.push_str(&format!(
                    "{},{},{},{},,{},{},,,{}\n",
                    stream.cost_centre,
                    stream.account,
                    stream.project,
                    self.calendar.first(-24),
                    stream.pool,
                    stream.category,
                    if stream.capital { "capital" } else { "revenue" },
                ));
            }
        }
        coding::ops::load_map(&self.db, &officer, map.as_bytes(), false)
            .await?
            .checked()?;
        self.minutes_later(3);
        let column = |heading: &str| json!({ "header": heading });
        let spec = json!({
            "system": "marlshire-ledger",
            "format": "csv",
            "columns": {
                "transaction": column("Trans No"), "line": column("Line"),
                "incurred_on": column("Trans Date"), "amount": column("Amount"),
                "cost_centre": column("Cost Centre"), "account": column("Account"),
                "supplier": column("Supplier"), "description": column("Description"),
            },
            "dates": { "formats": ["dd/mm/yyyy"] },
            "defaults": { "kind": "invoice" },
        });
        let profile = SaveProfile {
            name: "Marlshire late invoices".to_owned(),
            spec: serde_json::from_value(spec)
                .map_err(|error| Failure::new(format!("the demo's import profile: {error}")))?,
        };
        let profile = imports::ops::save_profile(&self.db, &officer, &profile).await?;
        let m = self.calendar.after_the_quarter() - 14;
        let month = self.calendar.first(m);
        let mut file =
            "Trans No,Line,Trans Date,Cost Centre,Account,Supplier,Description,Amount\n".to_owned();
        let lines = [
            (
                "R4410",
                "43500",
                "Weir Valley Training",
                "Peer mentor course",
                "480.00",
            ),
            (
                "R4410",
                "43500",
                "Weir Valley Training",
                "Peer mentor course: travel",
                "61.20",
            ),
            (
                "R4410",
                "41120",
                "Larkfield Print",
                "Welcome packs",
                "212.75",
            ),
            (
                "R4415",
                "41120",
                "Larkfield Print",
                "Posters for the open day",
                "96.00",
            ),
        ];
        for (n, (centre, account, supplier, what, amount)) in lines.iter().enumerate() {
            file.push_str(&format!(
                "LI{:06},1,{},{centre},{account},{supplier},{what},{amount}\n",
                n + 1,
                month.format("%d/%m/%Y"),
            ));
        }
        let new = NewImport {
            profile_id: profile,
            period_from: month,
            period_to: self.calendar.last(m),
            control_total_pence: 84_995,
        };
        let name = "late-invoices.csv";
        let id = imports::ops::start(&self.db, &officer, &new, name, file.as_bytes()).await?;
        let reader = Reader {
            program: PathBuf::new(),
        };
        imports::ops::read_file(&self.db, &self.people.system(), &reader, id).await?;
        self.minutes_later(2);
        imports::ops::accept(&self.db, &officer, id, None).await?;
        Ok(())
    }

    async fn return_is_asked_for(&self) -> Result<(), Failure> {
        let officer = self.people.by(Role::GrantsOfficer)?;
        let treasurer = self.people.id(Role::Certifier);
        let head = self.people.id_of(HEAD_OF_PROGRAMME);
        let quarterly = NewRequirement {
            form_id: self.form(&officer, &QUARTERLY).await?,
            needs_trustees: true,
            needs_committee: true,
            signatures: vec![
                signed("Section 151 officer", STATEMENT, 1, treasurer),
                signed("Head of the programme", STATEMENT, 2, head),
            ],
            variance_bp: Some(1_000),
            // due today
            ..self.requirement(
                "Quarterly return",
                3,
                self.calendar.first(self.calendar.after_the_quarter() - 3),
                self.today,
                None,
            )?
        };
        let monthly = NewRequirement {
            form_id: self.form(&officer, &MONTHLY).await?,
            signatures: vec![signed(
                "Section 151 officer",
                MONTHLY_STATEMENT,
                1,
                treasurer,
            )],
            // over for eight days
            ..self.requirement(
                "Rough sleeping strand: monthly statement",
                1,
                self.month_before(self.today - Days::new(14)),
                self.today - Days::new(8),
                NaiveTime::from_hms_opt(17, 0, 0),
            )?
        };
        for requirement in [quarterly, monthly] {
            returns::ops::create_requirement(&self.db, &officer, &requirement).await?;
        }
        // another form has come with the same grant, and somebody has begun to map it
        let next = NewDraft {
            funder_id: self.organisation("department")?,
            name: "Substance Misuse Recovery and Rough Sleeping Grant: annual statement".to_owned(),
            version: "draft for comment".to_owned(),
            funder_form_code: None,
            file_name: "annual-statement.xlsx".to_owned(),
            workbook: QUARTERLY.workbook.to_vec(),
            copy: None,
            replaces: None,
        };
        // our own form, so it may be read in this process
        forms::ops::start(&self.db, &officer, &Workbooks::here(), next).await?;
        Ok(())
    }

    async fn form(&self, officer: &Ctx, form: &Form) -> Result<ReturnFormId, Failure> {
        let new = NewForm {
            funder_id: self.organisation("department")?,
            spec: serde_json::from_str(form.fields)
                .map_err(|error| Failure::new(format!("the form {}: {error}", form.file_name)))?,
            file_name: form.file_name.to_owned(),
            workbook: form.workbook.to_vec(),
        };
        Ok(forms::ops::create(&self.db, officer, new).await?)
    }

    /// The first day of the last month that was over on a day.
    fn month_before(&self, day: NaiveDate) -> NaiveDate {
        use chrono::Datelike as _;
        let first = day.with_day(1).unwrap_or(day);
        first - chrono::Months::new(1)
    }

    /// A requirement of the grant's, without its form and its signatures.
    fn requirement(
        &self,
        name: &str,
        months: u32,
        first_period_from: NaiveDate,
        due_on: NaiveDate,
        at: Option<NaiveTime>,
    ) -> Result<NewRequirement, Failure> {
        let grant = self.story_award(GRANT)?;
        let period_end = first_period_from + chrono::Months::new(months) - Days::new(1);
        let days = u16::try_from((due_on - period_end).num_days())
            .map_err(|_negative| Failure::new("a return due before its period ends"))?;
        Ok(NewRequirement {
            award_id: self.id_of(GRANT)?,
            form_id: ReturnFormId::new(),
            name: name.to_owned(),
            period_months: i32::try_from(months).unwrap_or(3),
            first_period_from,
            anchor_on: self.calendar.first(grant.from),
            due_rule: DeadlineRule::DaysAfterPeriodEnd {
                days,
                at,
                adjust: Adjust::None,
            },
            needs_trustees: false,
            needs_committee: false,
            signatures: Vec::new(),
            variance_bp: None,
            preparer_id: self.people.id(Role::GrantsOfficer),
            certifier_id: self.people.id(Role::Certifier),
            sender_id: self.people.id(Role::GrantsOfficer),
        })
    }

    fn story_award(&self, slug: &str) -> Result<&story::Award, Failure> {
        self.story
            .awards
            .iter()
            .find(|award| award.slug == slug)
            .ok_or_else(|| missing(slug))
    }

    fn organisation(&self, slug: &str) -> Result<OrganisationId, Failure> {
        self.organisations
            .get(slug)
            .copied()
            .ok_or_else(|| missing(slug))
    }

    fn id_of(&self, award: &str) -> Result<AwardId, Failure> {
        self.awards
            .get(award)
            .copied()
            .ok_or_else(|| missing(award))
    }

    fn category_id(&self, slug: &str) -> Result<CostCategoryId, Failure> {
        self.categories
            .get(slug)
            .copied()
            .ok_or_else(|| missing(slug))
    }

    fn category_ids(&self, slugs: &[String]) -> Result<Vec<CostCategoryId>, Failure> {
        slugs.iter().map(|slug| self.category_id(slug)).collect()
    }
}

fn missing(slug: &str) -> Failure {
    Failure::new(format!("the story names {slug}, which it does not have"))
}

fn organisation(one: &story::Organisation) -> Result<NewOrganisation, Failure> {
    Ok(NewOrganisation {
        org_id: one.org_id.clone(),
        name: one.name.clone(),
        kind: match one.kind.as_str() {
            "Charity" => OrganisationKind::Charity,
            "County council" => OrganisationKind::Council,
            "Government department" => OrganisationKind::Department,
            "Lottery distributor" => OrganisationKind::Lottery,
            "Police and crime commissioner" => OrganisationKind::PoliceCommissioner,
            "Foundation" => OrganisationKind::Foundation,
            "Company" | "Community interest company" => OrganisationKind::Provider,
            other => return Err(missing(other)),
        },
    })
}

fn purpose(pool: &str) -> &'static str {
    match pool {
        "treatment" => "Drug and alcohol treatment and recovery across the county.",
        "rough-sleeping" => "Support for people who sleep rough, from the street to a home.",
        _ => "What people in recovery do for each other: peer mentors, a place to be, events.",
    }
}

#[cfg(test)]
#[path = "told_tests.rs"]
mod tests;
