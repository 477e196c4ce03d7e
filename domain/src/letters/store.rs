//! The rows of letters. Whoever asks has looked whether the award may be seen.

use std::collections::HashMap;

use entity::{
    AwardId, AwardLetterId, AwardPassageId, AwardTerm, award_acceptance, award_letter,
    award_letter_page, award_passage,
};
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder};
use uuid::Uuid;

use crate::{Error, Result};

/// A passage with what was accepted by it, the oldest first.
#[derive(Clone, Debug)]
pub(crate) struct Passage {
    pub(crate) row: award_passage::Model,
    pub(crate) accepted: Vec<award_acceptance::Model>,
}

impl Passage {
    /// Whether it was not taken back.
    pub(crate) const fn stands(&self) -> bool {
        self.row.withdrawn_at.is_none()
    }

    /// Whether it says this term.
    pub(crate) fn says(&self, term: AwardTerm, subject: Option<Uuid>) -> bool {
        self.row.term == term && self.row.subject_id == subject
    }
}

/// The letters of an award, in the order in which they were read.
pub(crate) async fn letters(
    conn: &impl ConnectionTrait,
    award_id: AwardId,
) -> Result<Vec<award_letter::Model>> {
    Ok(award_letter::Entity::find()
        .filter(award_letter::Column::AwardId.eq(award_id))
        .order_by_asc(award_letter::Column::Seq)
        .all(conn)
        .await?)
}

/// One letter of an award.
pub(crate) async fn letter(
    conn: &impl ConnectionTrait,
    award_id: AwardId,
    id: AwardLetterId,
) -> Result<award_letter::Model> {
    award_letter::Entity::find_by_id(id)
        .filter(award_letter::Column::AwardId.eq(award_id))
        .one(conn)
        .await?
        .ok_or(Error::NotFound)
}

/// The words of one page.
pub(crate) async fn page(
    conn: &impl ConnectionTrait,
    letter_id: AwardLetterId,
    page: i32,
) -> Result<award_letter_page::Model> {
    award_letter_page::Entity::find_by_id((letter_id, page))
        .one(conn)
        .await?
        .ok_or(Error::NotFound)
}

/// The words of all pages of these letters, by letter and page.
pub(crate) async fn pages(
    conn: &impl ConnectionTrait,
    letters: impl IntoIterator<Item = AwardLetterId>,
) -> Result<Vec<award_letter_page::Model>> {
    Ok(award_letter_page::Entity::find()
        .filter(award_letter_page::Column::LetterId.is_in(letters))
        .order_by_asc(award_letter_page::Column::LetterId)
        .order_by_asc(award_letter_page::Column::Page)
        .all(conn)
        .await?)
}

/// The passages of an award, in the order in which they were recorded.
pub(crate) async fn passages(
    conn: &impl ConnectionTrait,
    award_id: AwardId,
) -> Result<Vec<Passage>> {
    let rows = award_passage::Entity::find()
        .filter(award_passage::Column::AwardId.eq(award_id))
        .order_by_asc(award_passage::Column::Seq)
        .all(conn)
        .await?;
    let mut accepted: HashMap<AwardPassageId, Vec<_>> = HashMap::new();
    for row in award_acceptance::Entity::find()
        .filter(award_acceptance::Column::PassageId.is_in(rows.iter().map(|row| row.id)))
        .order_by_asc(award_acceptance::Column::Seq)
        .all(conn)
        .await?
    {
        accepted.entry(row.passage_id).or_default().push(row);
    }
    Ok(rows
        .into_iter()
        .map(|row| Passage {
            accepted: accepted.remove(&row.id).unwrap_or_default(),
            row,
        })
        .collect())
}

/// One passage of an award.
pub(crate) async fn passage(
    conn: &impl ConnectionTrait,
    award_id: AwardId,
    id: AwardPassageId,
) -> Result<Passage> {
    passages(conn, award_id)
        .await?
        .into_iter()
        .find(|known| known.row.id == id)
        .ok_or(Error::NotFound)
}
