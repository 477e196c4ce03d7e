#![allow(clippy::unwrap_used, clippy::expect_used)]

use chrono::NaiveDate;
use entity::{
    AttributionPolicy, Board, BoardOutcome, DeadlineKind, MembershipId, Money, PaperId, PaperState,
    PoolId, Role, VoteChoice, allocation, deadline, membership, vote,
};
use futures_util::future::join_all;
use sea_orm::{ActiveModelTrait, ActiveValue::Set, ColumnTrait, EntityTrait, QueryFilter};

use super::ops::{self, NewBoardDecision, NewQuorum, NewVote, PaperTerms, Stands, Withdrawal};
use super::view;
use crate::access::rules::Operation;
use crate::calendar::rules::Moment;
use crate::pools::ops::{NewContribution, NewPool};
use crate::testing::House;
use crate::{Command, Ctx, Error, checks, pools, settings};
use Board::{Committee, Trustees};
use VoteChoice::{Against, Agree, Change, Conflict};

fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

/// A house with a pool of £1,000, an officer, and three members who vote on each board.
pub(crate) struct Table<'a> {
    house: &'a House,
    officer: Ctx,
    pool: PoolId,
    trustees: Vec<Ctx>,
    committee: Vec<Ctx>,
}

impl<'a> Table<'a> {
    async fn of(house: &'a House) -> Self {
        let officer = house.somebody(Role::GrantsOfficer).await;
        let funder = house.body("GB-GOV-1", "Department").await;
        let award = house.award(funder, "A-1", 1_000).await;
        let new = NewPool {
            slug: "treatment".to_owned(),
            name: "Treatment".to_owned(),
            purpose: "Treatment and recovery".to_owned(),
            holder_id: house.charity,
            policy: AttributionPolicy::InOrder,
            policy_from: day("2026-04-01"),
            policy_agreed_by: "Both boards".to_owned(),
            contributions: vec![NewContribution {
                award_id: award,
                agreed_pence: Money(100_000),
            }],
        };
        let pool = pools::ops::create(&house.db, &house.system(), &new)
            .await
            .unwrap();
        let mut table = Self {
            house,
            officer,
            pool,
            trustees: Vec::new(),
            committee: Vec::new(),
        };
        for _ in 0..3 {
            table.trustees.push(house.somebody(Role::Trustee).await);
            table
                .committee
                .push(house.somebody(Role::CommitteeMember).await);
        }
        house
            .db
            .write(
                &house.system(),
                Command::new(Operation::SetUp),
                async |tx| settings::set_home(tx, house.charity).await,
            )
            .await
            .unwrap();
        table
    }

    async fn with_quorum(house: &'a House, members: i32) -> Self {
        let table = Self::of(house).await;
        for board in super::rules::BOARDS {
            let new = NewQuorum {
                board,
                members,
                valid_from: day("2026-01-01"),
                minute: "Rules, part 4".to_owned(),
            };
            ops::set_quorum(&house.db, &house.system(), &new)
                .await
                .unwrap();
        }
        table
    }

    fn terms(&self, pounds: i64) -> PaperTerms {
        PaperTerms {
            title: "A recovery café".to_owned(),
            why: "People ask for a place to be on Sundays.".to_owned(),
            pool_id: self.pool,
            amount_pence: Money(pounds * 100),
            purpose: "A café that people run themselves".to_owned(),
            provider_id: None,
            requested_by: "The Sunday group".to_owned(),
            decide_by: Moment::day(day("2026-10-20")),
        }
    }

    async fn paper(&self, pounds: i64) -> PaperId {
        ops::write(&self.house.db, &self.officer, &self.terms(pounds))
            .await
            .unwrap()
    }

    async fn says(
        &self,
        who: &Ctx,
        id: PaperId,
        board: Board,
        choice: VoteChoice,
    ) -> crate::Result<Stands> {
        let revision = self.seen(id).await.summary.revision;
        self.says_of(who, id, board, choice, revision).await
    }

    async fn says_of(
        &self,
        who: &Ctx,
        id: PaperId,
        board: Board,
        choice: VoteChoice,
        revision: i32,
    ) -> crate::Result<Stands> {
        let new = NewVote {
            board,
            revision,
            choice,
            words: match choice {
                Change | Conflict => "Because".to_owned(),
                Agree | Against => String::new(),
            },
        };
        ops::cast(&self.house.db, who, id, &new).await
    }

    async fn all_say(&self, id: PaperId, board: Board, choice: VoteChoice) {
        for who in self.members(board) {
            self.says(who, id, board, choice).await.unwrap();
        }
    }

    fn members(&self, board: Board) -> &[Ctx] {
        match board {
            Trustees => &self.trustees,
            Committee => &self.committee,
        }
    }

    async fn records(&self, id: PaperId, board: Board) -> crate::Result<Stands> {
        let revision = self.seen(id).await.summary.revision;
        self.records_of(&self.members(board)[0], id, board, revision)
            .await
    }

    async fn records_of(
        &self,
        who: &Ctx,
        id: PaperId,
        board: Board,
        revision: i32,
    ) -> crate::Result<Stands> {
        let new = NewBoardDecision {
            board,
            revision,
            decided_on: self.officer.today(),
            minute: "Minute 4".to_owned(),
        };
        ops::record(&self.house.db, who, id, &new).await
    }

    async fn seen(&self, id: PaperId) -> view::PaperView {
        view::one(&self.house.db, &self.officer, id).await.unwrap()
    }

    async fn allocated(&self) -> Vec<allocation::Model> {
        allocation::Entity::find()
            .all(self.house.db.read())
            .await
            .unwrap()
    }

    async fn due(&self, id: PaperId) -> Vec<(NaiveDate, bool)> {
        deadline::Entity::find()
            .filter(deadline::Column::Kind.eq(DeadlineKind::Decision))
            .filter(deadline::Column::SubjectId.eq(uuid::Uuid::from(id)))
            .all(self.house.db.read())
            .await
            .unwrap()
            .into_iter()
            .map(|row| (row.due_on, row.closed_at.is_none()))
            .collect()
    }

    async fn clean(&self) {
        let found = checks::run(&self.house.db, &self.house.system())
            .await
            .unwrap()
            .findings;
        let ours: Vec<_> = found
            .iter()
            .filter(|one| {
                ["paper-states", "votes", "allocations", "paper-deadlines"]
                    .contains(&one.check.as_str())
            })
            .collect();
        assert!(ours.is_empty(), "{ours:#?}");
    }
}

fn rule(result: crate::Result<Stands>) -> &'static str {
    match result.unwrap_err() {
        Error::Refused { rule, .. } => rule,
        Error::NotAllowed(_) => "not-allowed",
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn what_both_boards_agree_to_is_an_allocation() {
    for house in House::each().await {
        let table = Table::of(&house).await;
        let id = table.paper(400).await;
        assert_eq!(table.due(id).await, [(day("2026-10-20"), true)]);
        table.all_say(id, Trustees, Agree).await;
        // nobody has said how many make a decision
        assert_eq!(rule(table.records(id, Trustees).await), "quorum-not-known");
        let quorum = |board, members| NewQuorum {
            board,
            members,
            valid_from: day("2026-01-01"),
            minute: "Rules, part 4".to_owned(),
        };
        for new in [
            quorum(Trustees, 9),
            quorum(Committee, 2),
            quorum(Trustees, 3),
        ] {
            // the last word holds
            ops::set_quorum(&house.db, &house.system(), &new)
                .await
                .unwrap();
        }
        let stands = table.records(id, Trustees).await.unwrap();
        assert_eq!(stands.state, PaperState::Open);
        assert!(stands.allocation_id.is_none() && table.allocated().await.is_empty());
        assert_eq!(rule(table.records(id, Trustees).await), "board-has-decided");
        assert_eq!(
            rule(table.says(&table.trustees[1], id, Trustees, Against).await),
            "board-has-decided"
        );
        table
            .says(&table.committee[0], id, Committee, Agree)
            .await
            .unwrap();
        assert_eq!(rule(table.records(id, Committee).await), "no-quorum");
        table
            .says(&table.committee[1], id, Committee, Agree)
            .await
            .unwrap();
        let stands = table.records(id, Committee).await.unwrap();
        assert_eq!(stands.state, PaperState::Agreed);
        let made = table.allocated().await;
        assert_eq!(made.len(), 1);
        assert_eq!(
            (made[0].amount, made[0].pool_id),
            (Money(40_000), table.pool)
        );
        assert_eq!(table.due(id).await, [(day("2026-10-20"), false)]);
        // what is free went down, and a paper for more says so to the boards
        let next = table.paper(700).await;
        let seen = table.seen(next).await;
        assert_eq!(seen.free_pence, Money(60_000));
        assert_eq!(seen.over_pence, Some(Money(10_000)));
        let listed = view::allocations(&house.db, &table.officer, Some(table.pool))
            .await
            .unwrap();
        assert_eq!(listed[0].trustees_minute, "Minute 4");
        assert_eq!(
            rule(
                ops::withdraw(
                    &house.db,
                    &table.officer,
                    id,
                    &Withdrawal {
                        reason: "Late".to_owned()
                    },
                    None
                )
                .await
            ),
            "paper-is-settled"
        );
        table.clean().await;
    }
}

#[tokio::test]
async fn neither_board_stands_in_for_the_other() {
    for house in House::each().await {
        let mut table = Table::with_quorum(&house, 1).await;
        let id = table.paper(10).await;
        assert_eq!(
            rule(table.says(&table.trustees[0], id, Committee, Agree).await),
            "not-allowed"
        );
        // somebody on both boards counts in one of them, on this paper, for good
        let mut both = table.trustees[2].clone();
        let crate::ctx::Actor::Person(person) = &mut both.actor else {
            panic!("a person")
        };
        person.roles.push((house.charity, Role::CommitteeMember));
        table.trustees[2] = both.clone();
        table.says(&both, id, Trustees, Agree).await.unwrap();
        assert_eq!(
            rule(table.says(&both, id, Committee, Agree).await),
            "one-person-one-board"
        );
        table.records_of(&both, id, Trustees, 1).await.unwrap();
        assert_eq!(
            rule(table.records_of(&both, id, Committee, 1).await),
            "one-person-one-board"
        );
        ops::change(&house.db, &table.officer, id, &table.terms(11), None)
            .await
            .unwrap();
        assert_eq!(
            rule(table.says(&both, id, Committee, Agree).await),
            "one-person-one-board"
        );
        // an officer of another organisation with the role of a trustee is no trustee of ours
        let elsewhere = house.body("GB-COH-9", "Elsewhere").await;
        let stranger = house.somebody_of(Role::Trustee, elsewhere).await;
        assert_eq!(
            rule(table.says(&stranger, id, Trustees, Agree).await),
            "not-allowed"
        );
        table.clean().await;
    }
}

#[tokio::test]
async fn who_has_a_conflict_does_not_count_and_does_not_record() {
    for house in House::each().await {
        let table = Table::with_quorum(&house, 2).await;
        let id = table.paper(10).await;
        let [one, two, three] = &table.trustees[..] else {
            panic!("three")
        };
        table.says(one, id, Trustees, Conflict).await.unwrap();
        table.says(two, id, Trustees, Agree).await.unwrap();
        assert_eq!(
            rule(table.records_of(two, id, Trustees, 1).await),
            "no-quorum"
        );
        table.says(three, id, Trustees, Agree).await.unwrap();
        assert_eq!(
            rule(table.records_of(one, id, Trustees, 1).await),
            "conflict-of-interest"
        );
        // until their board has decided they may think again: the last word counts
        table.says(three, id, Trustees, Change).await.unwrap();
        let seen = view::one(&house.db, two, id).await.unwrap();
        assert_eq!(seen.mine.may_record_for, [Trustees]);
        assert!(!seen.summary.boards[1].ready);
        // how others voted is not shown before; conflicts and wishes are
        let shown: Vec<VoteChoice> = seen.votes.iter().map(|vote| vote.choice).collect();
        assert_eq!(shown, [Conflict, Change]);
        let stands = table.records_of(two, id, Trustees, 1).await.unwrap();
        assert_eq!(stands.state, PaperState::ChangesAsked);
        let decision = &table.seen(id).await.decisions[0];
        assert_eq!(decision.outcome, BoardOutcome::ChangesAsked);
        assert_eq!(
            (decision.agreed, decision.changes, decision.conflicts),
            (1, 1, 1)
        );
        assert_eq!(
            rule(table.says(&table.committee[0], id, Committee, Agree).await),
            "paper-is-not-open"
        );
        table.clean().await;
    }
}

#[tokio::test]
async fn a_changed_paper_is_decided_anew() {
    for house in House::each().await {
        let table = Table::with_quorum(&house, 2).await;
        let id = table.paper(10).await;
        table.all_say(id, Trustees, Agree).await;
        table.records(id, Trustees).await.unwrap();
        let before = table.seen(id).await.summary.version;
        let stands = ops::change(
            &house.db,
            &table.officer,
            id,
            &table.terms(12),
            Some(before),
        )
        .await
        .unwrap();
        assert_eq!((stands.revision, stands.state), (2, PaperState::Open));
        assert!(matches!(
            ops::change(
                &house.db,
                &table.officer,
                id,
                &table.terms(13),
                Some(before)
            )
            .await,
            Err(Error::Stale)
        ));
        // what was read was another version
        assert_eq!(
            rule(
                table
                    .says_of(&table.committee[0], id, Committee, Agree, 1)
                    .await
            ),
            "paper-has-changed"
        );
        table.all_say(id, Committee, Agree).await;
        let stands = table.records(id, Committee).await.unwrap();
        assert_eq!(
            stands.state,
            PaperState::Open,
            "the trustees agreed to another"
        );
        assert!(table.allocated().await.is_empty());
        table.all_say(id, Trustees, Against).await;
        let stands = table.records(id, Trustees).await.unwrap();
        assert_eq!(stands.state, PaperState::NotAgreed);
        assert!(table.allocated().await.is_empty());
        table.clean().await;
    }
}

#[tokio::test]
async fn nobody_decides_on_what_they_wrote() {
    for house in House::each().await {
        let mut table = Table::with_quorum(&house, 1).await;
        let crate::ctx::Actor::Person(person) = &mut table.officer.actor else {
            panic!("a person")
        };
        person.roles.push((house.charity, Role::Trustee));
        let id = table.paper(10).await;
        let officer = table.officer.clone();
        assert_eq!(
            rule(table.says(&officer, id, Trustees, Agree).await),
            "no-self-approval"
        );
        table.all_say(id, Trustees, Agree).await;
        assert_eq!(
            rule(table.records_of(&officer, id, Trustees, 1).await),
            "no-self-approval"
        );
        let why = Withdrawal {
            reason: "The landlord let it to somebody else".to_owned(),
        };
        ops::withdraw(&house.db, &officer, id, &why, None)
            .await
            .unwrap();
        assert_eq!(table.due(id).await, [(day("2026-10-20"), false)]);
        assert_eq!(
            rule(table.says(&table.committee[0], id, Committee, Agree).await),
            "paper-is-not-open"
        );
        table.clean().await;
    }
}

/// T3: 200 at once, and an edit in between. Nothing passes with one board missing, or by votes for
/// another version.
#[tokio::test]
async fn agreements_cannot_be_raced() {
    for house in House::each().await {
        let mut table = Table::with_quorum(&house, 20).await;
        for _ in 0..47 {
            table.trustees.push(house.somebody(Role::Trustee).await);
            table
                .committee
                .push(house.somebody(Role::CommitteeMember).await);
        }
        let id = table.paper(10).await;
        let db = &house.db;
        let table = &table;
        let mut work: Vec<futures_util::future::LocalBoxFuture<'_, bool>> = Vec::new();
        for n in 0..50 {
            for (board, who) in [
                (Trustees, &table.trustees[n]),
                (Committee, &table.committee[n]),
            ] {
                work.push(Box::pin(async move {
                    table.says_of(who, id, board, Agree, 1).await.is_ok()
                }));
                work.push(Box::pin(async move {
                    table.records_of(who, id, board, 1).await.is_ok()
                }));
            }
            if n == 24 {
                work.push(Box::pin(async move {
                    ops::change(db, &table.officer, id, &table.terms(999), None)
                        .await
                        .is_ok()
                }));
            }
        }
        assert!(work.len() > 200);
        let done = join_all(work).await;
        assert!(done.iter().any(|ok| *ok));
        let seen = table.seen(id).await;
        // either both agreed to the first version before it was changed, or nothing is allocated
        match &table.allocated().await[..] {
            [] => assert_eq!(seen.summary.state, PaperState::Open),
            [one] => {
                assert_eq!((one.revision, one.amount), (1, Money(1_000)));
                assert_eq!(seen.summary.revision, 1);
                assert_eq!(seen.decisions.len(), 2);
            }
            more => panic!("{more:?}"),
        }
        for one in &seen.decisions {
            assert!(one.agreed >= 20 && one.revision == 1, "{one:?}");
        }
        let votes = vote::Entity::find().all(db.read()).await.unwrap();
        assert!(votes.iter().all(|vote| vote.revision == 1));
        table.clean().await;
    }
}

#[tokio::test]
async fn what_taking_a_role_away_leaves_of_a_board_is_said_before() {
    for house in House::each().await {
        // three members of each board, and three must vote
        let table = Table::with_quorum(&house, 3).await;
        let holds = async |who: &Ctx, role: Role| {
            let person = who.person_id().unwrap();
            house
                .db
                .write(
                    &house.system(),
                    Command::new(Operation::SetUp),
                    async |tx| {
                        membership::ActiveModel {
                            id: Set(MembershipId::new()),
                            person_id: Set(person),
                            organisation_id: Set(house.charity),
                            role: Set(role),
                            starts_on: Set(day("2026-01-01")),
                            ends_on: Set(None),
                            revoked_at: Set(None),
                            created_at: Set(tx.now()),
                            created_by: Set(None),
                        }
                        .insert(tx.conn())
                        .await?;
                        Ok(())
                    },
                )
                .await
                .unwrap();
        };
        for (members, role) in [
            (&table.trustees, Role::Trustee),
            (&table.committee, Role::CommitteeMember),
        ] {
            for member in members {
                holds(member, role).await;
            }
        }
        let said = async || {
            let people = crate::access::view::people(&house.db, &house.system())
                .await
                .unwrap();
            let said: Vec<_> = people
                .iter()
                .flat_map(|person| &person.memberships)
                .filter_map(|held| Some((held.role, held.if_taken_away.clone()?)))
                .collect();
            said
        };
        let heeded = said().await;
        assert_eq!(heeded.len(), 6, "{heeded:?}");
        assert!(
            heeded.iter().any(|(role, words)| *role == Role::Trustee
                && words
                    .contains("The Trustee Board is left with 2 members then, and 3 must vote")),
            "{heeded:?}"
        );
        // with one more there is room
        holds(&house.somebody(Role::Trustee).await, Role::Trustee).await;
        let heeded = said().await;
        assert!(
            heeded
                .iter()
                .all(|(role, _)| *role == Role::CommitteeMember)
        );
        assert_eq!(heeded.len(), table.committee.len());
    }
}
