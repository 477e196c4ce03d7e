//! Beginning an application, and what it asks for.

use chrono::NaiveDate;
use entity::{
    ApplicationEventKind, ApplicationId, ApplicationState, Money, Nation, OrganisationId, PersonId,
    PoolId, ProgrammeId, application, application_line, person, pool, programme,
};
use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, ColumnTrait, EntityTrait, IntoActiveModel, QueryFilter,
};
use serde::{Deserialize, Serialize};
use uuid::Uuid;
use validator::Validate;

use super::plan::{NewStage, put_stages};
use super::{Stands, settled, written};
use crate::access::rules::Operation;
use crate::applications::rules::{Asked, check_lines, check_window, total};
use crate::applications::store;
use crate::{Command, Ctx, Db, Error, FieldError, Result, Tx};

/// What an application asks for, of whom, and for what.
#[derive(Clone, Debug, Serialize, Deserialize, Validate, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ApplicationTerms {
    /// What it asks money of.
    pub programme_id: ProgrammeId,
    /// What people call it.
    #[validate(
        length(
            min = 1,
            max = 200,
            message = "Enter what people call it, in at most 200 characters."
        ),
        custom(function = "crate::text::one_line")
    )]
    #[schema(min_length = 1, max_length = 200, pattern = r"\S")]
    pub title: String,
    /// The pool that it would fund. Either this or a purpose is said.
    pub pool_id: Option<PoolId>,
    /// What it would fund, in words.
    #[validate(
        length(max = 2000, message = "Enter at most 2,000 characters."),
        custom(function = "crate::text::lines")
    )]
    #[schema(max_length = 2000)]
    #[serde(default)]
    pub purpose: String,
    /// First London date of the window that is asked for: when money could arrive.
    pub starts_on: Option<NaiveDate>,
    /// Last London date of that window.
    pub ends_on: Option<NaiveDate>,
    /// Who leads on it.
    pub lead_id: Option<PersonId>,
    /// Who would answer to the funder, where that is settled.
    pub accountable_body_id: Option<OrganisationId>,
    /// Who would hold the money, where that is settled.
    pub holder_id: Option<OrganisationId>,
    /// Whose bank holidays count for its deadlines.
    pub nation: Nation,
    /// What is asked for, by year and budget line.
    #[validate(nested)]
    #[schema(max_items = 200)]
    #[serde(default)]
    pub lines: Vec<BudgetLine>,
}

/// A budget line of a year.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Validate, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct BudgetLine {
    /// First London date of the year, such as 2027-04-01 for the government year 2027-28.
    pub year_from: NaiveDate,
    /// What it is for.
    #[validate(
        length(
            min = 1,
            max = 200,
            message = "Say what the line is for, in at most 200 characters."
        ),
        custom(function = "crate::text::one_line")
    )]
    #[schema(min_length = 1, max_length = 200, pattern = r"\S")]
    pub label: String,
    /// Capital; otherwise revenue.
    #[serde(default)]
    pub capital: bool,
    /// How much, in pence.
    #[schema(value_type = i64, minimum = 1, maximum = 100_000_000_000_000_i64)]
    pub amount_pence: Money,
}

impl ApplicationTerms {
    fn check(&self) -> Result<()> {
        self.validate()?;
        let lines: Vec<Asked<'_>> = self
            .lines
            .iter()
            .map(|line| Asked {
                year_from: line.year_from,
                label: &line.label,
                capital: line.capital,
                amount: line.amount_pence,
            })
            .collect();
        let mut wrong = check_lines(&lines);
        wrong.extend(check_window(self.starts_on, self.ends_on));
        if self.pool_id.is_none() && self.purpose.trim().is_empty() {
            wrong.push(FieldError::new(
                "/purpose",
                "required",
                "Say what it would fund, or choose the pool that it would fund.",
            ));
        }
        if wrong.is_empty() {
            Ok(())
        } else {
            Err(Error::Invalid(wrong))
        }
    }

    fn asked(&self) -> Result<Money> {
        total(self.lines.iter().map(|line| line.amount_pence)).ok_or_else(|| {
            Error::invalid(
                "/lines",
                "out-of-range",
                "Together that is more than can be counted.",
            )
        })
    }

    async fn check_known(&self, tx: &Tx) -> Result<()> {
        let mut wrong = Vec::new();
        let mut unknown = |pointer: &str, detail: &str| {
            wrong.push(FieldError::new(pointer, "unknown", detail));
        };
        if programme::Entity::find_by_id(self.programme_id)
            .one(tx.conn())
            .await?
            .is_none()
        {
            unknown("/programme_id", "There is no such programme.");
        }
        if let Some(id) = self.pool_id
            && pool::Entity::find_by_id(id).one(tx.conn()).await?.is_none()
        {
            unknown("/pool_id", "There is no such pool.");
        }
        if let Some(id) = self.lead_id
            && person::Entity::find_by_id(id)
                .one(tx.conn())
                .await?
                .is_none()
        {
            unknown("/lead_id", "There is no such person.");
        }
        for (pointer, id) in [
            ("/accountable_body_id", self.accountable_body_id),
            ("/holder_id", self.holder_id),
        ] {
            if let Some(id) = id
                && !store::are_known(tx.conn(), [id]).await?
            {
                unknown(pointer, "There is no such organisation.");
            }
        }
        if wrong.is_empty() {
            Ok(())
        } else {
            Err(Error::Invalid(wrong))
        }
    }

    fn put(&self, row: &mut application::ActiveModel) {
        row.programme_id = Set(self.programme_id);
        row.title = Set(self.title.trim().to_owned());
        row.pool_id = Set(self.pool_id);
        row.purpose = Set(self.purpose.trim().to_owned());
        row.starts_on = Set(self.starts_on);
        row.ends_on = Set(self.ends_on);
        row.lead_id = Set(self.lead_id);
        row.accountable_body_id = Set(self.accountable_body_id);
        row.holder_id = Set(self.holder_id);
        row.nation = Set(self.nation);
    }

    /// What is asked for takes the place of what was: until it is sent it is a draft.
    async fn put_lines(&self, tx: &Tx, id: ApplicationId) -> Result<()> {
        application_line::Entity::delete_many()
            .filter(application_line::Column::ApplicationId.eq(id))
            .exec(tx.conn())
            .await?;
        if self.lines.is_empty() {
            return Ok(());
        }
        application_line::Entity::insert_many(self.lines.iter().enumerate().map(|(n, line)| {
            application_line::ActiveModel {
                id: Set(Uuid::now_v7()),
                application_id: Set(id),
                position: Set(i32::try_from(n).unwrap_or(i32::MAX)),
                year_from: Set(line.year_from),
                label: Set(line.label.trim().to_owned()),
                capital: Set(line.capital),
                amount: Set(line.amount_pence),
            }
        }))
        .exec_without_returning(tx.conn())
        .await?;
        Ok(())
    }

    fn note(&self, tx: &Tx) -> Result<()> {
        tx.note("title", self.title.trim());
        tx.note("amount_pence", self.asked()?.pence());
        Ok(())
    }
}

/// Begins an application, at the stages that its programme has.
pub async fn begin(db: &Db, ctx: &Ctx, new: &ApplicationTerms) -> Result<ApplicationId> {
    ctx.require(Operation::BeginApplication)?;
    new.check()?;
    db.write(ctx, Command::new(Operation::BeginApplication), async |tx| {
        new.check_known(tx).await?;
        let id = ApplicationId::new();
        let mut row = application::ActiveModel {
            id: Set(id),
            likelihood_bp: Set(None),
            likelihood_by: Set(None),
            likelihood_at: Set(None),
            state: Set(ApplicationState::Preparing),
            award_id: Set(None),
            version: Set(0),
            created_by: Set(ctx.person_id()),
            created_at: Set(tx.now()),
            ..Default::default()
        };
        new.put(&mut row);
        let row = row.insert(tx.conn()).await?;
        new.put_lines(tx, id).await?;
        let stages: Vec<entity::StageKind> =
            serde_json::from_value(store::programme_of(tx.conn(), &row).await?.stages)?;
        let stages: Vec<NewStage> = stages.into_iter().map(NewStage::of).collect();
        put_stages(tx, id, &stages).await?;
        let begun = ApplicationEventKind::Begun;
        store::append_event(tx, ctx, id, begun, ctx.today(), None).await?;
        settled(tx, id).await?;
        tx.subject("application", id);
        new.note(tx)?;
        Ok(id)
    })
    .await
}

/// Changes what an application asks for, all of it, while it is being prepared.
pub async fn change(
    db: &Db,
    ctx: &Ctx,
    id: ApplicationId,
    new: &ApplicationTerms,
    expected: Option<i64>,
) -> Result<Stands> {
    ctx.require(Operation::ChangeApplication)?;
    new.check()?;
    let operation = Operation::ChangeApplication;
    let ((), stands) = written(db, ctx, operation, id, expected, async |tx, row| {
        let life = store::life(tx.conn(), id).await?;
        life.may_change()?;
        if life.sent > 0 && row.programme_id != new.programme_id {
            return Err(Error::invalid(
                "/programme_id",
                "fixed",
                "It was sent to this programme: begin another application for another one.",
            ));
        }
        new.check_known(tx).await?;
        let mut changed = row.clone().into_active_model();
        new.put(&mut changed);
        changed.update(tx.conn()).await?;
        new.put_lines(tx, id).await?;
        new.note(tx)
    })
    .await?;
    Ok(stands)
}
