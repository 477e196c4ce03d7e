//! Recording a programme, and what has changed of it.

use std::collections::BTreeSet;

use entity::{
    Money, OrganisationId, ProgrammeId, StageKind, organisation, programme, programme_predecessor,
};
use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, ColumnTrait, EntityTrait, IntoActiveModel, QueryFilter,
};
use serde::{Deserialize, Serialize};
use serde_json::json;
use validator::Validate;

use super::{rules, store};
use crate::access::rules::Operation;
use crate::calendar::rules::Moment;
use crate::{Command, Ctx, Db, Error, FieldError, Result, Tx, applications};

/// A programme, as it is recorded.
#[derive(Clone, Debug, Serialize, Deserialize, Validate, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ProgrammeTerms {
    /// Whose scheme it is; it stays the same for ever.
    pub funder_id: OrganisationId,
    /// What the funder calls it, with its year where it has one.
    #[validate(
        length(
            min = 1,
            max = 200,
            message = "Enter the programme’s name, at most 200 characters."
        ),
        custom(function = "crate::text::one_line")
    )]
    #[schema(min_length = 1, max_length = 200, pattern = r"\S")]
    pub name: String,
    /// What the funder wants to pay for.
    #[validate(
        length(max = 5000, message = "Enter at most 5,000 characters."),
        custom(function = "crate::text::lines")
    )]
    #[schema(max_length = 5000)]
    #[serde(default)]
    pub priorities: String,
    /// The least that may be asked for, in pence.
    #[schema(value_type = Option<i64>, minimum = 1, maximum = 100_000_000_000_000_i64)]
    pub smallest_pence: Option<Money>,
    /// The most that may be asked for, in pence.
    #[schema(value_type = Option<i64>, minimum = 1, maximum = 100_000_000_000_000_i64)]
    pub largest_pence: Option<Money>,
    /// From when it takes applications.
    pub opens: Option<Moment>,
    /// Until when it takes them.
    pub closes: Option<Moment>,
    /// The programmes whose place it took: several when they were merged.
    #[validate(length(max = 20, message = "Choose at most 20 programmes."))]
    #[schema(max_items = 20)]
    #[serde(default)]
    pub predecessor_ids: Vec<ProgrammeId>,
    /// The stages that its applications go through; none when that is not known.
    #[validate(length(max = 7, message = "There are seven stages."))]
    #[schema(max_items = 7)]
    #[serde(default)]
    pub stages: Vec<StageKind>,
    /// The funder's own page about it; empty when there is none.
    #[validate(
        length(max = 500, message = "Enter an address of at most 500 characters."),
        custom(function = "crate::text::one_line")
    )]
    #[schema(max_length = 500)]
    #[serde(default)]
    pub link: String,
    /// What we know of it.
    #[validate(
        length(max = 5000, message = "Enter at most 5,000 characters."),
        custom(function = "crate::text::lines")
    )]
    #[schema(max_length = 5000)]
    #[serde(default)]
    pub notes: String,
}

impl ProgrammeTerms {
    fn check(&self) -> Result<()> {
        self.validate()?;
        let mut wrong = rules::check_terms(
            self.smallest_pence,
            self.largest_pence,
            self.opens,
            self.closes,
        );
        wrong.extend(rules::check_link(self.link.trim()));
        if wrong.is_empty() {
            Ok(())
        } else {
            Err(Error::Invalid(wrong))
        }
    }

    fn before(&self) -> BTreeSet<ProgrammeId> {
        self.predecessor_ids.iter().copied().collect()
    }

    /// Everything but the funder, which stays.
    fn put(&self, row: &mut programme::ActiveModel) {
        row.name = Set(self.name.trim().to_owned());
        row.priorities = Set(self.priorities.trim().to_owned());
        row.smallest = Set(self.smallest_pence);
        row.largest = Set(self.largest_pence);
        row.opens_on = Set(self.opens.map(|opens| opens.on));
        row.opens_at = Set(self.opens.map(Moment::begins));
        row.closes_on = Set(self.closes.map(|closes| closes.on));
        row.closes_at = Set(self.closes.map(Moment::ends));
        row.stages = Set(json!(rules::in_order(&self.stages)));
        row.link = Set(self.link.trim().to_owned());
        row.notes = Set(self.notes.trim().to_owned());
    }

    fn note(&self, tx: &Tx) {
        tx.note("name", self.name.trim());
        if let Some(largest) = self.largest_pence {
            tx.note("amount_pence", largest.pence());
        }
        if let Some(closes) = self.closes {
            tx.note("closes", closes.in_words());
        }
    }
}

/// Records a programme.
pub async fn create(db: &Db, ctx: &Ctx, new: &ProgrammeTerms) -> Result<ProgrammeId> {
    ctx.require(Operation::CreateProgramme)?;
    new.check()?;
    db.write(ctx, Command::new(Operation::CreateProgramme), async |tx| {
        if organisation::Entity::find_by_id(new.funder_id)
            .one(tx.conn())
            .await?
            .is_none()
        {
            return Err(Error::invalid(
                "/funder_id",
                "unknown",
                "There is no such organisation.",
            ));
        }
        let id = ProgrammeId::new();
        let mut row = programme::ActiveModel {
            id: Set(id),
            funder_id: Set(new.funder_id),
            version: Set(1),
            created_by: Set(ctx.person_id()),
            created_at: Set(tx.now()),
            ..Default::default()
        };
        new.put(&mut row);
        row.insert(tx.conn()).await?;
        succeed(tx, id, &new.before()).await?;
        tx.subject("programme", id);
        new.note(tx);
        Ok(id)
    })
    .await
}

/// Changes what is recorded of a programme: all of it, but whose it is.
pub async fn change(
    db: &Db,
    ctx: &Ctx,
    id: ProgrammeId,
    new: &ProgrammeTerms,
    expected: Option<i64>,
) -> Result<i64> {
    ctx.require(Operation::ChangeProgramme)?;
    new.check()?;
    db.write(
        ctx,
        Command::on(Operation::ChangeProgramme, "programme", id),
        async |tx| {
            store::one(tx.conn(), ctx, id).await?;
            tx.lock("programme", id).await?;
            let row = store::one(tx.conn(), ctx, id).await?;
            if expected.is_some_and(|expected| expected != row.version) {
                return Err(Error::Stale);
            }
            if row.funder_id != new.funder_id {
                return Err(Error::invalid(
                    "/funder_id",
                    "fixed",
                    "A programme stays its funder’s: record another one as its successor.",
                ));
            }
            let version = row.version.saturating_add(1);
            let mut row = row.into_active_model();
            new.put(&mut row);
            row.version = Set(version);
            row.update(tx.conn()).await?;
            succeed(tx, id, &new.before()).await?;
            applications::ops::programme_changed(tx, id).await?;
            new.note(tx);
            Ok(version)
        },
    )
    .await
}

/// States whose place a programme took. Two that are stated at once wait for each other, so that
/// they cannot come before one another together.
async fn succeed(tx: &Tx, id: ProgrammeId, before: &BTreeSet<ProgrammeId>) -> Result<()> {
    let wrong = |code: &str, detail: &str| {
        Err(Error::Invalid(vec![FieldError::new(
            "/predecessor_ids",
            code,
            detail,
        )]))
    };
    let mut known = store::succession(tx.conn()).await?;
    if known.get(&id).cloned().unwrap_or_default() == *before {
        return Ok(());
    }
    tx.next("programme-succession").await?;
    known = store::succession(tx.conn()).await?;
    if store::known(tx.conn(), before).await?.len() != before.len() {
        return wrong("unknown", "There is no such programme.");
    }
    if rules::comes_before_itself(&known, id, before) {
        return wrong(
            "circle",
            "A programme cannot come before itself: one of these took its place.",
        );
    }
    programme_predecessor::Entity::delete_many()
        .filter(programme_predecessor::Column::ProgrammeId.eq(id))
        .exec(tx.conn())
        .await?;
    if before.is_empty() {
        return Ok(());
    }
    programme_predecessor::Entity::insert_many(before.iter().map(|predecessor_id| {
        programme_predecessor::ActiveModel {
            programme_id: Set(id),
            predecessor_id: Set(*predecessor_id),
        }
    }))
    .exec_without_returning(tx.conn())
    .await?;
    Ok(())
}
