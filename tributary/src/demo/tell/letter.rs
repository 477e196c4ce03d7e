//! The award letter of the story's grant: a PDF of ours, read; its amount is accepted, another passage
//! waits.

use domain::beside::ops::NewDocument;
use domain::beside::rules::RecordKind;
use domain::letters::ops::{NewAcceptance, NewLetter, NewPassage, Reader};
use domain::{Ctx, Money, beside, letters};
use entity::AwardTerm;

use super::{GRANT, Telling};
use crate::Failure;

impl Telling {
    /// Puts the letter beside the grant, and what was found in it so far.
    pub(super) async fn read_the_letter(&self, officer: &Ctx) -> Result<(), Failure> {
        let grant = self.story_award(GRANT)?;
        let id = self.id_of(GRANT)?;
        let from = self.calendar.first(grant.from).format("%-d %B %Y");
        let to = self.calendar.last(grant.to).format("%-d %B %Y");
        let offer = format!(
            "We are pleased to offer a grant of {}.",
            Money(grant.amount).in_full()
        );
        let window = format!("It is for spend from {from} to {to}, under section 31 of");
        let mut second = vec![
            "Annex C: what is set apart".to_owned(),
            String::new(),
            "Of the grant, these amounts are ring-fenced, or are the most that may be".to_owned(),
            "spent:".to_owned(),
            String::new(),
        ];
        for fence in &grant.fences {
            for (amount, what) in [(fence.reserved, "at least"), (fence.limit, "at most")] {
                if let Some(amount) = amount {
                    second.push(format!(
                        "{}: {what} {}",
                        fence.name,
                        Money(amount).in_full()
                    ));
                }
            }
        }
        let unspent = "Any unspent money is to be returned within three months of its end.";
        second.extend([
            String::new(),
            "Up to 10% may be moved between these parts without asking us. Match".to_owned(),
            "of 10% of the grant is required.".to_owned(),
            String::new(),
            unspent.to_owned(),
        ]);
        let reference = format!("Our reference: {}", grant.reference);
        let first = [
            grant.title.as_str(),
            reference.as_str(),
            "",
            "Dear colleagues,",
            "",
            offer.as_str(),
            window.as_str(),
            "the Local Government Act 2003, for the purposes of Annex A.",
            "",
            "You report to us by quarter, in our own form.",
        ];
        let second: Vec<&str> = second.iter().map(String::as_str).collect();
        let new = NewDocument {
            title: "Award letter".to_owned(),
            name: "award-letter.pdf".to_owned(),
            // the last page holds the signatures, and was scanned
            bytes: pdftext::sample::pdf(&[&first, &second, &[]]),
        };
        let document_id =
            beside::ops::attach(&self.db, officer, RecordKind::Award, id.into(), &new).await?;
        let new = NewLetter { document_id };
        let letter_id = letters::ops::read(&self.db, officer, &Reader::here(), id, &new).await?;
        let passage = |page: i32, term: AwardTerm, words: &str| NewPassage {
            letter_id,
            page,
            term,
            subject_id: None,
            words: words.to_owned(),
        };
        let amount = passage(1, AwardTerm::Amount, &offer);
        let amount = letters::ops::quote(&self.db, officer, id, &amount).await?;
        let accepted = NewAcceptance {
            stands: Money(grant.amount).in_full(),
        };
        letters::ops::accept(&self.db, officer, id, amount, &accepted).await?;
        let unspent = passage(2, AwardTerm::Unspent, unspent);
        letters::ops::quote(&self.db, officer, id, &unspent).await?;
        Ok(())
    }
}
