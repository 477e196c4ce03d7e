//! What must hold of letters, looked up in the whole database.

use std::collections::HashMap;

use entity::{AwardLetterId, award, award_letter, award_passage};
use sea_orm::{EntityTrait, QueryOrder};

use super::rules::words_of;
use super::store;
use crate::access::rules::Operation;
use crate::{Ctx, Db, Result};

/// A letter has all its pages; what is quoted stands on its page, or was typed from one without words.
pub async fn whole(db: &Db, ctx: &Ctx) -> Result<Vec<String>> {
    ctx.require(Operation::ReadLetters)?;
    let titles: HashMap<_, String> = award::Entity::find()
        .all(db.read())
        .await?
        .into_iter()
        .map(|row| (row.id, row.title))
        .collect();
    let called = |id| titles.get(&id).map(String::as_str).unwrap_or_default();
    let mut quoted: HashMap<AwardLetterId, Vec<award_passage::Model>> = HashMap::new();
    for row in award_passage::Entity::find()
        .order_by_asc(award_passage::Column::Id)
        .all(db.read())
        .await?
    {
        quoted.entry(row.letter_id).or_default().push(row);
    }
    let mut wrong = Vec::new();
    let letters = award_letter::Entity::find()
        .order_by_asc(award_letter::Column::Id)
        .all(db.read())
        .await?;
    // one letter at a time: each may hold a book
    for letter in letters {
        let pages = store::pages(db.read(), [letter.id]).await?;
        let numbers = pages.iter().map(|row| row.page);
        if !numbers.eq(1..=letter.pages) {
            wrong.push(format!(
                "Of “{}”: the letter “{}” lacks a page, or has one too many.",
                called(letter.award_id),
                letter.title
            ));
        }
        for row in quoted.remove(&letter.id).unwrap_or_default() {
            let page = pages.iter().find(|page| page.page == row.page);
            let words = page.map(|page| page.words.as_str()).unwrap_or_default();
            let stands = if row.typed {
                words.is_empty()
            } else {
                words_of(words, &row.words).is_some()
            };
            if !stands || row.award_id != letter.award_id {
                wrong.push(format!(
                    "Of “{}”: page {} of “{}” does not say what passage {} quotes.",
                    called(row.award_id),
                    row.page,
                    letter.title,
                    row.seq
                ));
            }
        }
    }
    Ok(wrong)
}
