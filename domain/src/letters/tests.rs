#![allow(clippy::unwrap_used)]

use entity::{AwardId, AwardLetterId, AwardPassageId, AwardTerm, Role};
use pdftext::sample::pdf;
use sea_orm::ConnectionTrait;

use super::ops::{self, NewAcceptance, NewLetter, NewPassage, PassageWithdrawal, Reader};
use super::rules::TermState;
use super::view;
use crate::awards::ops::amend::{NewAmendment, amend};
use crate::awards::rules::terms::TermsChange;
use crate::beside::ops::{NewDocument, attach};
use crate::beside::rules::RecordKind;
use crate::testing::House;
use crate::{Ctx, Error, awards, checks};

const LETTER: &[&[&str]] = &[
    &[
        "Grant offer letter, our reference A-7",
        "",
        "The Department is pleased to offer a grant of £1,000.00 to Weirside",
        "under section 31, from 1 April 2026 to 31 March 2027.",
    ],
    &[],
    &["Any unspent money is to be returned by 30 June 2027."],
];

async fn beside(house: &House, ctx: &Ctx, award: AwardId, bytes: Vec<u8>) -> NewLetter {
    let new = NewDocument {
        title: "Award letter".to_owned(),
        name: "letter.pdf".to_owned(),
        bytes,
    };
    let id = attach(&house.db, ctx, RecordKind::Award, award.into(), &new);
    NewLetter {
        document_id: id.await.unwrap(),
    }
}

async fn read(house: &House, ctx: &Ctx, award: AwardId) -> AwardLetterId {
    let new = beside(house, ctx, award, pdf(LETTER)).await;
    ops::read(&house.db, ctx, &Reader::here(), award, &new)
        .await
        .unwrap()
}

fn quotes(letter: AwardLetterId, page: i32, term: AwardTerm, words: &str) -> NewPassage {
    NewPassage {
        letter_id: letter,
        page,
        term,
        subject_id: None,
        words: words.to_owned(),
    }
}

async fn stands(house: &House, ctx: &Ctx, award: AwardId, term: AwardTerm) -> view::TermView {
    view::term(&house.db, ctx, award, term, None).await.unwrap()
}

async fn accept(
    house: &House,
    ctx: &Ctx,
    award: AwardId,
    passage: AwardPassageId,
    stands: &str,
) -> crate::Result<entity::AwardAcceptanceId> {
    let new = NewAcceptance {
        stands: stands.to_owned(),
    };
    ops::accept(&house.db, ctx, award, passage, &new).await
}

async fn clean(house: &House) {
    let found = checks::run(&house.db, &house.system())
        .await
        .unwrap()
        .findings;
    let ours: Vec<_> = found
        .iter()
        .filter(|one| one.check == "award-letters")
        .collect();
    assert!(ours.is_empty(), "{ours:#?}");
}

fn wrong(result: &crate::Result<AwardPassageId>) -> (&str, &str) {
    match result {
        Err(Error::Invalid(wrong)) => (wrong[0].pointer.as_str(), wrong[0].code.as_str()),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_term_is_quoted_accepted_and_to_be_accepted_again_once_it_changes() {
    for house in House::each().await {
        let (db, me) = (&house.db, house.somebody(Role::GrantsOfficer).await);
        let funder = house.body("GB-GOR-D1", "Department").await;
        let award = house.award(funder, "A-7", 1_000).await;
        let letter = read(&house, &me, award).await;
        let known = view::letters(db, &me, award).await.unwrap();
        assert_eq!(
            (known[0].pages, &known[0].pages_without_words),
            (3, &vec![2])
        );
        let last = view::page(db, &me, award, letter, 3).await.unwrap();
        assert_eq!(
            last.words,
            "Any unspent money is to be returned by 30 June 2027."
        );

        // where it is probably said is pointed out, and nothing follows from that
        let amount = stands(&house, &me, award, AwardTerm::Amount).await;
        assert_eq!(
            (amount.stands.as_str(), amount.state),
            ("£1,000.00", TermState::NoPassage)
        );
        assert_eq!(amount.places.len(), 1, "{:?}", amount.places);
        assert_eq!(amount.places[0].place.page, 1);
        let unspent = stands(&house, &me, award, AwardTerm::Unspent).await;
        assert_eq!(unspent.places[0].place.page, 3);

        // word for word, or not at all
        let other = quotes(
            letter,
            1,
            AwardTerm::Amount,
            "a grant of £2,000.00 to Weirside",
        );
        assert_eq!(
            wrong(&ops::quote(db, &me, award, &other).await),
            ("/words", "not-there")
        );
        let beyond = quotes(letter, 4, AwardTerm::Amount, "a grant");
        assert_eq!(
            wrong(&ops::quote(db, &me, award, &beyond).await),
            ("/page", "unknown")
        );
        let no_term = quotes(letter, 1, AwardTerm::Match, "a grant");
        assert_eq!(
            wrong(&ops::quote(db, &me, award, &no_term).await),
            ("/term", "unknown")
        );
        let said = "a grant of £1,000.00 to\n  Weirside under section 31";
        let new = quotes(letter, 1, AwardTerm::Amount, said);
        let passage = ops::quote(db, &me, award, &new).await.unwrap();
        assert_eq!(
            wrong(&ops::quote(db, &me, award, &new).await),
            ("/words", "known-already")
        );
        let amount = stands(&house, &me, award, AwardTerm::Amount).await;
        assert_eq!(amount.state, TermState::Quoted);
        assert_eq!(
            amount.passages[0].words,
            "a grant of £1,000.00 to Weirside under section 31"
        );

        // accepted as it stands, once, by a person
        let stale = accept(&house, &me, award, passage, "£999.00").await;
        assert!(matches!(stale, Err(Error::Stale)), "{stale:?}");
        let nobody = accept(&house, &house.system(), award, passage, "£1,000.00").await;
        assert!(matches!(nobody, Err(Error::NotAllowed(_))), "{nobody:?}");
        accept(&house, &me, award, passage, "£1,000.00")
            .await
            .unwrap();
        let twice = accept(&house, &me, award, passage, "£1,000.00").await;
        assert!(matches!(twice, Err(Error::Refused { .. })), "{twice:?}");
        let amount = stands(&house, &me, award, AwardTerm::Amount).await;
        assert_eq!(amount.state, TermState::Accepted);
        let accepted = &amount.passages[0].accepted[0];
        assert_eq!(accepted.accepted_by.as_deref(), Some("Robin"));
        assert_eq!(accepted.accepted_on, me.today());

        // the term changes by an amendment only; then it is to be accepted again
        let back = quotes(
            letter,
            3,
            AwardTerm::Unspent,
            "unspent money is to be returned",
        );
        let returned = ops::quote(db, &me, award, &back).await.unwrap();
        accept(&house, &me, award, returned, "Goes back to the funder")
            .await
            .unwrap();
        let amendment = NewAmendment {
            effective_on: me.today(),
            reason: "We may keep it".to_owned(),
            with_whom: "Bea, letter of today".to_owned(),
            change: TermsChange {
                lost_if_unspent: Some(false),
                ..TermsChange::default()
            },
        };
        amend(db, &me, award, None, &amendment).await.unwrap();
        let unspent = stands(&house, &me, award, AwardTerm::Unspent).await;
        assert_eq!(
            (unspent.stands.as_str(), unspent.state),
            ("Stays", TermState::Changed)
        );
        let all = view::terms(db, &me, award, false).await.unwrap();
        assert!(
            all.sentence.starts_with("One of its ")
                && all
                    .sentence
                    .contains("Changed since: What is unspent at its end."),
            "{}",
            all.sentence
        );
        assert!(
            all.sentence.contains("Not yet found in a letter: "),
            "{}",
            all.sentence
        );
        accept(&house, &me, award, returned, "Stays").await.unwrap();

        // what is taken back counts no longer, and is kept
        let because = PassageWithdrawal {
            reason: "It is the draft’s wording".to_owned(),
        };
        ops::withdraw(db, &me, award, returned, &because)
            .await
            .unwrap();
        let again = ops::withdraw(db, &me, award, returned, &because).await;
        assert!(matches!(again, Err(Error::Refused { .. })), "{again:?}");
        let unspent = stands(&house, &me, award, AwardTerm::Unspent).await;
        assert_eq!(unspent.state, TermState::NoPassage);
        let all = view::terms(db, &me, award, false).await.unwrap();
        assert_eq!(all.taken_back[0].id, returned);
        let after = accept(&house, &me, award, returned, "Stays").await;
        assert!(matches!(after, Err(Error::Refused { .. })), "{after:?}");
        clean(&house).await;
    }
}

#[tokio::test]
async fn a_page_without_words_is_quoted_by_whoever_reads_it() {
    for house in House::each().await {
        let (db, me) = (&house.db, house.somebody(Role::FinanceOfficer).await);
        let funder = house.body("GB-GOR-D1", "Department").await;
        let award = house.award(funder, "A-7", 1_000).await;
        let letter = read(&house, &me, award).await;
        let new = quotes(letter, 2, AwardTerm::Amount, "One thousand pounds\nexactly");
        ops::quote(db, &me, award, &new).await.unwrap();
        let amount = stands(&house, &me, award, AwardTerm::Amount).await;
        let passage = &amount.passages[0];
        assert!(passage.typed);
        assert_eq!(passage.words, "One thousand pounds exactly");
        clean(&house).await;
    }
}

#[tokio::test]
async fn what_cannot_be_read_is_refused_and_a_letter_is_read_once() {
    for house in House::each().await {
        let (db, me) = (&house.db, house.somebody(Role::GrantsOfficer).await);
        let funder = house.body("GB-GOR-D1", "Department").await;
        let award = house.award(funder, "A-7", 1_000).await;
        let other = house.award(funder, "A-8", 1_000).await;
        for bytes in [b"Dear all".to_vec(), b"%PDF-1.4 cut off".to_vec(), pdf(&[])] {
            let new = beside(&house, &me, award, bytes).await;
            let refused = ops::read(db, &me, &Reader::here(), award, &new).await;
            assert!(
                matches!(&refused, Err(Error::Invalid(wrong)) if wrong[0].code == "unreadable"),
                "{refused:?}"
            );
        }
        let new = beside(&house, &me, award, pdf(LETTER)).await;
        let elsewhere = ops::read(db, &me, &Reader::here(), other, &new).await;
        assert!(
            matches!(&elsewhere, Err(Error::Invalid(wrong)) if wrong[0].code == "unknown"),
            "{elsewhere:?}"
        );
        let letter = ops::read(db, &me, &Reader::here(), award, &new)
            .await
            .unwrap();
        let twice = ops::read(db, &me, &Reader::here(), award, &new).await;
        assert!(
            matches!(&twice, Err(Error::Invalid(wrong)) if wrong[0].code == "known-already"),
            "{twice:?}"
        );
        // a letter says terms of its own award only
        let foreign = quotes(letter, 1, AwardTerm::Amount, "£1,000.00");
        assert_eq!(
            wrong(&ops::quote(db, &me, other, &foreign).await),
            ("/letter_id", "unknown")
        );
        let unseen = view::page(db, &me, other, letter, 1).await;
        assert!(matches!(unseen, Err(Error::NotFound)), "{unseen:?}");
    }
}

#[tokio::test]
async fn an_auditor_reads_it_and_a_funders_officer_does_not() {
    for house in House::each().await {
        let (db, me) = (&house.db, house.somebody(Role::GrantsOfficer).await);
        let funder = house.body("GB-GOR-D1", "Department").await;
        let award = house.award(funder, "A-7", 1_000).await;
        let letter = read(&house, &me, award).await;
        let auditor = house.somebody(Role::Auditor).await;
        assert_eq!(view::letters(db, &auditor, award).await.unwrap().len(), 1);
        let new = quotes(letter, 1, AwardTerm::Amount, "£1,000.00");
        let refused = ops::quote(db, &auditor, award, &new).await;
        assert!(matches!(refused, Err(Error::NotAllowed(_))), "{refused:?}");
        let theirs = house.somebody_of(Role::FundersOfficer, funder).await;
        let refused = view::terms(db, &theirs, award, true).await;
        assert!(matches!(refused, Err(Error::NotAllowed(_))), "{refused:?}");
        awards::view::one(db, &theirs, award).await.unwrap();
    }
}

#[tokio::test]
async fn nobody_rewrites_what_a_letter_says() {
    for house in House::each().await {
        let (db, me) = (&house.db, house.somebody(Role::GrantsOfficer).await);
        let funder = house.body("GB-GOR-D1", "Department").await;
        let award = house.award(funder, "A-7", 1_000).await;
        let letter = read(&house, &me, award).await;
        let new = quotes(letter, 1, AwardTerm::Amount, "£1,000.00");
        let passage = ops::quote(db, &me, award, &new).await.unwrap();
        accept(&house, &me, award, passage, "£1,000.00")
            .await
            .unwrap();
        for sql in [
            "UPDATE award_letter SET title = 'x'",
            "UPDATE award_letter_page SET words = 'x'",
            "UPDATE award_passage SET words = 'x'",
            "UPDATE award_acceptance SET stood = 'x'",
            "DELETE FROM award_acceptance",
            "DELETE FROM award_passage",
            "DELETE FROM award_letter_page",
            "DELETE FROM award_letter",
        ] {
            let refused = house
                .db
                .write(
                    &house.system(),
                    crate::Command::new(crate::access::rules::Operation::SetUp),
                    async |tx| {
                        tx.conn().execute_unprepared(sql).await?;
                        Ok(())
                    },
                )
                .await;
            assert!(refused.is_err(), "{sql}");
        }
    }
}
