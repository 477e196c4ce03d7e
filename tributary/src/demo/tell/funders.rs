//! What the department's officer asked about their money: one question is answered, one waits.

use chrono::Duration;
use domain::questions;
use domain::questions::ops::{NewQuestion, Words};
use domain::questions::rules::QuestionAbout;
use entity::Role;

use super::{GRANT, Telling};
use crate::Failure;

impl Telling {
    /// Time goes on, but never past the moment at which the story is told.
    fn later_today_or_before(&self, minutes: i64) {
        let then = self.people.now() + Duration::minutes(minutes);
        self.people.time_is(then.min(self.now));
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
