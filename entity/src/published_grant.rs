//! A grant as its funder published it; a changed one is a further row, which supersedes.

use sea_orm::entity::prelude::*;

use crate::{GrantImportId, Money, PublishedGrantId};

/// A grant as its funder published it; a changed one is a further row, which supersedes.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "published_grant")]
pub struct Model {
    /// The row's id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: PublishedGrantId,
    /// The file that it came with.
    pub import_id: GrantImportId,
    /// Which grant of the file, from 1; in a table the number of its row.
    pub row_no: i64,
    /// The funder's identifier, the same in every publication.
    pub identifier: String,
    /// What the funder calls it.
    pub title: String,
    /// What it is for.
    pub description: String,
    /// How much was awarded, in pence.
    pub amount: Money,
    /// When it was decided on.
    pub awarded_on: Date,
    /// First day, if it was published.
    pub starts_on: Option<Date>,
    /// Last day, if it was published.
    pub ends_on: Option<Date>,
    /// How many months, if that was published.
    pub months: Option<i32>,
    /// The funder's scheme; empty if none was published.
    pub programme: String,
    /// The funder's org-id in its usual form.
    pub funder_org_id: String,
    /// The funder's name as published.
    pub funder_name: String,
    /// The recipient's org-id in its usual form; empty for a person.
    pub recipient_org_id: String,
    /// The recipient's name as published; a person's name is not kept.
    pub recipient_name: String,
    /// When the funder last changed it (UTC), if that was published.
    pub modified_at: Option<DateTimeUtc>,
    /// SHA-256 of what is kept of it, lower-case hex.
    pub content_hash: String,
}

/// Joins are written where they are used.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
