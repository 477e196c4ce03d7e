#![allow(clippy::unwrap_used)]

use proptest::prelude::*;

use super::*;

const PAGE: &str = "Grant offer letter, reference SRF/2026/0147\n\nWe are pleased to offer a grant of \
    £1,250,000.00 under s. 31 of the\nLocal Government Act 2003, from 1 April 2026 to 31st March 2028. \
    Of it, £0.75 million\nis for 2026–27. The “office” decides.\n\n2026–27  750,000\n2027–28  500,000\n\n\
    You may move up to 7.5% between lines; match of 25 per cent is required. Unspent money is repaid \
    by 30/06/2028.";

fn day(text: &str) -> chrono::NaiveDate {
    text.parse().unwrap()
}

fn found(needles: &[Needle]) -> Vec<String> {
    let sentences = Sentence::all(PAGE);
    let pages = [Page {
        number: 1,
        sentences: &sentences,
    }];
    places(&pages, needles)
        .into_iter()
        .map(|place| place.words)
        .collect()
}

#[test]
fn a_quotation_is_the_pages_own_words() {
    assert_eq!(
        words_of(PAGE, "under s. 31 of the Local  Government Act").as_deref(),
        Some("under s. 31 of the Local Government Act")
    );
    assert_eq!(
        words_of(PAGE, "The \"office\" decides").as_deref(),
        Some("The “office” decides"),
        "as it is printed"
    );
    assert_eq!(
        words_of(PAGE, "is for 2026-27.").as_deref(),
        Some("is for 2026–27.")
    );
    assert_eq!(words_of(PAGE, "a grant of £1,250,001"), None);
    assert_eq!(words_of(PAGE, "The Office decides"), None);
    assert_eq!(words_of(PAGE, " \n "), None);
    assert_eq!(words_of("", "words"), None);
}

#[test]
fn values_are_found_however_they_are_written() {
    let grant = "We are pleased to offer a grant of £1,250,000.00 under s. 31 of the Local Government \
                 Act 2003, from 1 April 2026 to 31st March 2028.";
    assert_eq!(found(&[Needle::Money(Money(1_250_000_00))]), [grant]);
    assert_eq!(found(&[Needle::Date(day("2026-04-01"))]), [grant]);
    assert_eq!(found(&[Needle::Date(day("2028-03-31"))]), [grant]);
    assert_eq!(
        found(&[Needle::Money(Money(750_000_00))]),
        ["Of it, £0.75 million is for 2026–27.", "2026–27 750,000"]
    );
    assert_eq!(found(&[Needle::Share(750), Needle::Share(2_500)]).len(), 1);
    assert_eq!(
        found(&[Needle::Date(day("2028-06-30"))]),
        ["Unspent money is repaid by 30/06/2028."]
    );
    assert_eq!(
        found(&[Needle::Words("srf/2026/0147".to_owned())]),
        ["Grant offer letter, reference SRF/2026/0147"]
    );
    assert_eq!(found(&[Needle::Money(Money(125_000_00))]), [] as [&str; 0]);
    assert_eq!(found(&[Needle::Words("off".to_owned())]), [] as [&str; 0]);
}

#[test]
fn what_says_most_comes_first() {
    let both = [
        Needle::Share(2_500),
        Needle::Date(day("2028-06-30")),
        Needle::Share(750),
    ];
    assert_eq!(
        found(&both)[0],
        "You may move up to 7.5% between lines; match of 25 per cent is required."
    );
}

#[test]
fn a_term_that_changed_is_not_accepted_any_more() {
    assert_eq!(state("£5.00", false, []), TermState::NoPassage);
    assert_eq!(state("£5.00", true, []), TermState::Quoted);
    assert_eq!(state("£5.00", true, ["£5.00"]), TermState::Accepted);
    assert_eq!(state("£6.00", true, ["£5.00"]), TermState::Changed);
    assert_eq!(
        state("£6.00", true, ["£5.00", "£6.00"]),
        TermState::Accepted
    );
}

proptest! {
    /// Whatever a page says: its sentences stand in it, and what is quoted from it is found.
    #[test]
    fn every_sentence_of_a_page_is_a_quotation_of_it(page in "[a-zA-Z0-9£.,%/ \\n–“’é-]{0,200}") {
        let without_blanks = |text: String| -> String {
            text.chars().filter(|c| *c != ' ').map(plain).collect()
        };
        for sentence in sentences(&page) {
            let found = words_of(&page, &sentence).map(without_blanks);
            prop_assert_eq!(found, Some(without_blanks(sentence)));
        }
        let _read = Sentence::all(&page);
    }

    /// An amount is found as the house itself writes it.
    #[test]
    fn an_amount_in_full_is_found(pence in 1_i64..1_000_000_000_000) {
        let page = format!("We pay {} in all.", Money(pence).in_full());
        let sentences = Sentence::all(&page);
        let pages = [Page { number: 3, sentences: &sentences }];
        prop_assert_eq!(places(&pages, &[Needle::Money(Money(pence))]).len(), 1);
    }

    /// A date is found as people write it.
    #[test]
    fn a_date_is_found(days in 0_u64..20_000) {
        let on = day("1990-01-01") + chrono::Days::new(days);
        for written in ["%-d %B %Y", "%d/%m/%Y", "%B %-d, %Y", "%Y-%m-%d", "%-dth of %b %Y"] {
            let page = format!("It ends on {}, unless extended.", on.format(written));
            let sentences = Sentence::all(&page);
            let pages = [Page { number: 1, sentences: &sentences }];
            prop_assert_eq!(places(&pages, &[Needle::Date(on)]).len(), 1, "{}", page);
        }
    }
}
