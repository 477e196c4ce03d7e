//! What the department's officer is given, and asked about their money: one question is answered, one waits.

use chrono::{Days, Duration};
use domain::beside::ops::NewDocument;
use domain::beside::rules::RecordKind;
use domain::category_maps::ops::{NewBudgetLine, NewCategoryMap};
use domain::funder_links::ops::NewLink;
use domain::questions::ops::{NewQuestion, Words};
use domain::questions::rules::QuestionAbout;
use domain::sharing::ops::NewShare;
use domain::{Ctx, Money, awards, beside, category_maps, funder_links, questions, sharing};
use entity::{PaysFor, Role};

use super::{GRANT, Telling};
use crate::Failure;

impl Telling {
    /// Time goes on, but never past the moment at which the story is told.
    pub(super) fn later_today_or_before(&self, minutes: i64) {
        let then = self.people.now() + Duration::minutes(minutes);
        self.people.time_is(then.min(self.now));
    }

    /// The plan for the grant lies beside it, and the department has it too; so has somebody there a link.
    pub(super) async fn plan_is_shared(&self, grants: &Ctx) -> Result<(), Failure> {
        let award = self.id_of(GRANT)?;
        let funder_id = awards::view::one(&self.db, grants, award)
            .await?
            .summary
            .funder_id;
        let new = NewDocument {
            title: "Delivery plan that both boards agreed".to_owned(),
            name: "delivery-plan.txt".to_owned(),
            bytes: b"Delivery plan\n\nOutreach every night of the week. A home for everybody who asks for one.\n"
                .to_vec(),
        };
        let beside = (RecordKind::Award, award.into());
        let document = beside::ops::attach(&self.db, grants, beside.0, beside.1, &new).await?;
        let with = NewShare { funder_id };
        sharing::ops::share(&self.db, grants, beside, document, with).await?;
        let link = |for_whom: &str, days: u64| NewLink {
            contact_id: None,
            for_whom: Some(for_whom.to_owned()),
            ends_on: grants.today() + Days::new(days),
        };
        let meant = link("Their head of grants", 60);
        funder_links::ops::make(&self.db, grants, funder_id, &meant).await?;
        let mistaken = link("Somebody who has left", 7);
        let made = funder_links::ops::make(&self.db, grants, funder_id, &mistaken).await?;
        funder_links::ops::revoke(&self.db, grants, funder_id, made.id).await?;
        Ok(())
    }

    /// The department counts by its menu of interventions, and capital apart.
    pub(super) async fn grant_is_told_in_lines(&self, grants: &Ctx) -> Result<(), Failure> {
        let award = self.id_of(GRANT)?;
        let line = |name: &str, pounds: i64, pays_for: PaysFor, of: &[&str]| {
            let of: Vec<String> = of.iter().map(|slug| (*slug).to_owned()).collect();
            Ok::<_, Failure>(NewBudgetLine {
                name: name.to_owned(),
                budget_pence: Some(Money(pounds * 100)),
                pays_for,
                category_ids: self.category_ids(&of)?,
            })
        };
        let revenue = PaysFor::Revenue;
        let new = NewCategoryMap {
            said_in: "The department’s return form, menu of interventions".to_owned(),
            lines: vec![
                line(
                    "Menu 1: Support for people sleeping rough",
                    2_500_000,
                    revenue,
                    &["rough-sleeping"],
                )?,
                line(
                    "Menu 2: Places in treatment",
                    6_350_000,
                    revenue,
                    &["community-treatment", "residential"],
                )?,
                line(
                    "Menu 3: Recovery and lived experience",
                    2_000_000,
                    revenue,
                    &["recovery-support"],
                )?,
                line(
                    "Menu 4: People who do the work",
                    400_000,
                    revenue,
                    &["workforce"],
                )?,
                line(
                    "Menu 5: Running the programme",
                    600_000,
                    revenue,
                    &["management"],
                )?,
                line(
                    "Capital",
                    400_000,
                    PaysFor::Capital,
                    &["premises", "rough-sleeping", "residential"],
                )?,
            ],
        };
        category_maps::ops::record(&self.db, grants, award, None, &new).await?;
        Ok(())
    }

    pub(super) async fn funder_asks(&self) -> Result<(), Failure> {
        let award = self.id_of(GRANT)?;
        let (officer, grants) = (
            self.people.by(Role::FundersOfficer)?,
            self.people.by(Role::GrantsOfficer)?,
        );
        let asks = |figure: &str, words: &str| NewQuestion {
            about: QuestionAbout::Award,
            id: award.into(),
            figure: figure.to_owned(),
            as_of: None,
            seen: None,
            words: words.to_owned(),
        };
        let answered = asks(
            "amount",
            "Is what we added in the summer in this already, or does it come on top?",
        );
        let id = questions::ops::ask(&self.db, &officer, &answered).await?;
        self.later_today_or_before(180);
        let answer = Words {
            words: "It comes on top: we record it once your letter has come.".to_owned(),
        };
        questions::ops::answer(&self.db, &grants, id, &answer).await?;
        self.later_today_or_before(24 * 60);
        let waits = asks(
            "left",
            "Will all of it be used by the end of the year? If some is left, tell us when you know.",
        );
        questions::ops::ask(&self.db, &officer, &waits).await?;
        Ok(())
    }
}
