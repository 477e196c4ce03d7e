//! What both boards decided and have yet to decide in the story.

use chrono::{Days, NaiveDate};
use domain::calendar::rules::Moment;
use domain::decisions::ops::{self, NewBoardDecision, NewQuorum, NewVote, PaperTerms};
use domain::decisions::rules::BOARDS;
use domain::{Ctx, Db, Money};
use entity::{Board, OrganisationId, PaperId, PoolId, VoteChoice};

use crate::Failure;

/// Who decides on what.
#[derive(Debug)]
pub struct Deciding<'a> {
    pub db: &'a Db,
    pub officer: &'a Ctx,
    pub administrator: &'a Ctx,
    /// The members of each board, in the order in which they vote.
    pub trustees: &'a [Ctx],
    pub committee: &'a [Ctx],
    /// The day on which the story is told.
    pub today: NaiveDate,
    pub treatment: PoolId,
    pub community: PoolId,
    pub outreach: OrganisationId,
    pub family: OrganisationId,
}

impl Deciding<'_> {
    /// The quorums, a paper that both boards agreed to, one that waits, one to be changed.
    pub async fn tell(&self) -> Result<(), Failure> {
        for board in BOARDS {
            let new = NewQuorum {
                board,
                members: 2,
                valid_from: self.administrator.today() - Days::new(365),
                minute: "Terms of reference, part 4".to_owned(),
            };
            ops::set_quorum(self.db, self.administrator, &new).await?;
        }
        let mut terms = PaperTerms {
            title: "Family evenings go on".to_owned(),
            why: "Turnstone’s family evenings are full, and forty families wait. The lottery’s \
                  pilot paid for the first year. Without a decision they end at Easter."
                .to_owned(),
            pool_id: self.treatment,
            amount_pence: Money(48_000_00),
            purpose: "Family evenings in four towns for another year".to_owned(),
            provider_id: Some(self.family),
            requested_by: "Turnstone Family Service".to_owned(),
            decide_by: self.ahead(20),
        };
        let id = self.write(&terms).await?;
        for board in BOARDS {
            for who in self.members(board) {
                self.says(who, id, board, VoteChoice::Agree, "").await?;
            }
            self.record(id, board, "Joint meeting, item 4").await?;
        }
        terms = PaperTerms {
            title: "A van for the northern villages".to_owned(),
            why: "Outreach reaches the northern villages by bus, twice a day. With a van the team \
                  would be there every evening, when people are."
                .to_owned(),
            amount_pence: Money(36_500_00),
            purpose: "An outreach van, with its running for two years".to_owned(),
            provider_id: Some(self.outreach),
            requested_by: "Northmoor Outreach".to_owned(),
            decide_by: self.ahead(12),
            ..terms
        };
        let id = self.write(&terms).await?;
        if let ([_, trustee, ..], [_, member, ..]) = (self.trustees, self.committee) {
            self.says(trustee, id, Board::Trustees, VoteChoice::Agree, "")
                .await?;
            let words = "Could Turnstone share it at weekends?";
            self.says(member, id, Board::Committee, VoteChoice::Change, words)
                .await?;
        }
        terms = PaperTerms {
            title: "A garden at the recovery house".to_owned(),
            why:
                "People who stay at the house asked for something to look after. A shed, tools and \
                  soil would do, and somebody who shows how."
                    .to_owned(),
            pool_id: self.community,
            amount_pence: Money(7_200_00),
            purpose: "A garden that residents keep".to_owned(),
            provider_id: None,
            requested_by: "The house meeting".to_owned(),
            decide_by: self.ahead(30),
        };
        let id = self.write(&terms).await?;
        let words = "Ask for a share of the crop for the café, and say who waters in August.";
        for (who, choice) in self
            .committee
            .iter()
            .zip([VoteChoice::Change, VoteChoice::Agree])
        {
            let words = match choice {
                VoteChoice::Change => words,
                _ => "",
            };
            self.says(who, id, Board::Committee, choice, words).await?;
        }
        self.record(id, Board::Committee, "Committee meeting, item 6")
            .await
    }

    fn ahead(&self, days: u64) -> Moment {
        Moment::day(self.today + Days::new(days))
    }

    fn members(&self, board: Board) -> &[Ctx] {
        match board {
            Board::Trustees => self.trustees,
            Board::Committee => self.committee,
        }
    }

    async fn write(&self, terms: &PaperTerms) -> Result<PaperId, Failure> {
        Ok(ops::write(self.db, self.officer, terms).await?)
    }

    async fn says(
        &self,
        who: &Ctx,
        id: PaperId,
        board: Board,
        choice: VoteChoice,
        words: &str,
    ) -> Result<(), Failure> {
        let new = NewVote {
            board,
            revision: 1,
            choice,
            words: words.to_owned(),
        };
        ops::cast(self.db, who, id, &new).await?;
        Ok(())
    }

    async fn record(&self, id: PaperId, board: Board, minute: &str) -> Result<(), Failure> {
        let Some(who) = self.members(board).first() else {
            return Err(Failure::new("a board without members"));
        };
        let new = NewBoardDecision {
            board,
            revision: 1,
            decided_on: who.today(),
            minute: minute.to_owned(),
        };
        ops::record(self.db, who, id, &new).await?;
        Ok(())
    }
}
