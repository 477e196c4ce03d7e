//! Typing answers, taking them back, silencing findings.

use entity::{
    AnswerSource, FieldKind, GrantReturnId, PersonId, ReturnEventKind, reason_taken_back,
    return_answer, silenced_finding,
};
use sea_orm::{ActiveModelTrait, ActiveValue::Set, IntoActiveModel};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use uuid::Uuid;

use super::{Stands, reason, stands, touch};
use crate::access::rules::Operation;
use crate::forms::store::{self as forms, Field};
use crate::returns::rules::answers::check_value;
use crate::returns::rules::findings::Reasoned;
use crate::returns::rules::life::{Detail, Event, Life};
use crate::returns::rules::measures::is_sign_off;
use crate::returns::store::{self, Standing};
use crate::{Command, Ctx, Db, Error, Result, Tx};

/// An answer that a person types.
#[derive(Clone, Debug, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewAnswer {
    /// By the question's `kind`: `money`, whole pence; `number`, a number of at most 15 digits with
    /// at most 6 after the point; `date`, a text such as `2026-06-30`; `yes-no`, true or false;
    /// `text` and `choice`, a text. A choice that is not one of the question's `choices` is kept, and
    /// found to be an error that stops the return. Null empties it.
    #[schema(value_type = Option<AnswerValue>, required, example = json!(125_000))]
    pub value: Value,
    /// Why, when a figure takes the place of the drafted one: required then.
    #[serde(default)]
    #[schema(min_length = 1, max_length = 2000, pattern = r"\S")]
    pub reason: Option<String>,
}

/// A value of an answer, for the API's document: a number (whole pence for money), a text, a date as
/// `2026-06-30`, one of a list, true or false.
#[derive(Clone, Copy, Debug)]
pub struct AnswerValue;

impl utoipa::PartialSchema for AnswerValue {
    fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::Schema> {
        use utoipa::openapi::schema::{AnyOfBuilder, ObjectBuilder, Type};
        let one = |kind: Type, words: &str| {
            ObjectBuilder::new()
                .schema_type(kind)
                .description(Some(words))
        };
        AnyOfBuilder::new()
            .description(Some(
                "A value of an answer: whole pence for money, a number, a text, a date as \
                 `2026-06-30`, one of a list, true or false.",
            ))
            .item(one(Type::Boolean, "Yes or no."))
            .item(one(
                Type::Integer,
                "Whole pence for money, or a whole number.",
            ))
            .item(one(Type::Number, "A number."))
            .item(one(Type::String, "A text, a date, or one of a list."))
            .into()
    }
}

impl utoipa::ToSchema for AnswerValue {}

/// What was answered, as the client then knows it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Answered {
    /// The answer that now stands, for If-Match; none when the field is empty.
    pub answer_id: Option<Uuid>,
    /// Where the return stands.
    pub stands: Stands,
    /// The revision that boards or officers were asked about, and are no longer: the answer changed
    /// it, so the return is a draft again.
    #[serde(default)]
    pub taken_back_revision: Option<i32>,
}

/// Types an answer. `expected` is the answer that the person saw standing, when the client says.
pub async fn answer(
    db: &Db,
    ctx: &Ctx,
    id: GrantReturnId,
    key: &str,
    new: &NewAnswer,
    expected: Option<Option<Uuid>>,
) -> Result<Answered> {
    let by = ctx.person_id();
    db.write(
        ctx,
        Command::on(Operation::AnswerField, "grant_return", id),
        async |tx| {
            let (field, standing, life) = open_field(tx, ctx, id, key, expected).await?;
            let value =
                check_value(field.kind, &new.value).map_err(|error| Error::Invalid(vec![error]))?;
            let drafted = standing
                .drafted
                .as_ref()
                .map(|row| &row.value)
                .filter(|value| !value.is_null());
            let overrides = matches!(field.kind, FieldKind::Money | FieldKind::Number)
                && drafted.is_some_and(|drafted| *drafted != value);
            let why = match new.reason.as_deref() {
                Some(text) if !text.trim().is_empty() => Some(reason(text)?),
                _ if overrides => {
                    return Err(Error::invalid(
                        "/reason",
                        "required",
                        "This figure was drafted from the facts. Say why yours takes its place.",
                    ));
                }
                _ => None,
            };
            let before = standing.value();
            let same = standing.typed.as_ref().is_some_and(|row| {
                row.value == value && why.is_none_or(|why| reason_of(row).as_deref() == Some(why))
            });
            if same {
                // Saved twice: nothing to add.
                return answered(tx, id, standing.row().map(|row| row.id), None).await;
            }
            supersede(tx, standing.typed, None).await?;
            let row = return_answer::ActiveModel {
                id: Set(Uuid::now_v7()),
                return_id: Set(id),
                field_id: Set(field.id),
                source: Set(AnswerSource::Typed),
                value: Set(value.clone()),
                basis: Set(why.map(|why| json!({ "reason": why }))),
                entered_by: Set(by),
                entered_at: Set(tx.now()),
                superseded_at: Set(None),
                taken_back_by: Set(None),
            }
            .insert(tx.conn())
            .await?;
            touch(tx, id).await?;
            let taken_back = life.offered.filter(|_| before != value);
            if taken_back.is_some() {
                void_offer(tx, id, by, &life, "An answer was changed.").await?;
            }
            tx.note("field", key);
            answered(tx, id, Some(row.id), taken_back).await
        },
    )
    .await
}

/// Takes a typed answer back: the drafted one stands again.
pub async fn undo(
    db: &Db,
    ctx: &Ctx,
    id: GrantReturnId,
    key: &str,
    expected: Option<Option<Uuid>>,
) -> Result<Answered> {
    let by = ctx.person_id();
    db.write(
        ctx,
        Command::on(Operation::UndoAnswer, "grant_return", id),
        async |tx| {
            let (_, standing, life) = open_field(tx, ctx, id, key, expected).await?;
            let Some(typed) = standing.typed.clone() else {
                return Err(Error::refused(
                    "nothing-typed",
                    "Nobody typed an answer here: what stands was drafted.",
                ));
            };
            let before = standing.value();
            let after = standing
                .drafted
                .as_ref()
                .map_or(Value::Null, |row| row.value.clone());
            supersede(tx, Some(typed), by).await?;
            touch(tx, id).await?;
            let taken_back = life.offered.filter(|_| before != after);
            if taken_back.is_some() {
                void_offer(tx, id, by, &life, "A typed answer was taken back.").await?;
            }
            tx.note("field", key);
            answered(tx, id, standing.drafted.map(|row| row.id), taken_back).await
        },
    )
    .await
}

/// Why a typed figure took the place of a drafted one.
pub(crate) fn reason_of(row: &return_answer::Model) -> Option<String> {
    row.basis
        .as_ref()?
        .get("reason")?
        .as_str()
        .map(ToOwned::to_owned)
}

async fn open_field(
    tx: &Tx,
    ctx: &Ctx,
    id: GrantReturnId,
    key: &str,
    expected: Option<Option<Uuid>>,
) -> Result<(Field, Standing, Life)> {
    let record = store::seen(tx.conn(), ctx, id).await?;
    tx.lock("grant_return", id).await?;
    let form = forms::load(tx.conn(), record.row.form_id).await?;
    let field = form.field(key).cloned().ok_or(Error::NotFound)?;
    if is_sign_off(&field) {
        return Err(Error::refused(
            "written-when-signed",
            "This cell is written when the return is signed.",
        ));
    }
    let life = store::life(tx.conn(), id).await?;
    life.may_change()?;
    let standing = store::answers(tx.conn(), id)
        .await?
        .remove(&field.id)
        .unwrap_or_default();
    if expected.is_some_and(|expected| expected != standing.row().map(|row| row.id)) {
        return Err(Error::Stale);
    }
    Ok((field, standing, life))
}

async fn supersede(
    tx: &Tx,
    row: Option<return_answer::Model>,
    taken_back_by: Option<PersonId>,
) -> Result<()> {
    if let Some(row) = row {
        let mut row = row.into_active_model();
        row.superseded_at = Set(Some(tx.now()));
        row.taken_back_by = Set(taken_back_by);
        row.update(tx.conn()).await?;
    }
    Ok(())
}

async fn answered(
    tx: &Tx,
    id: GrantReturnId,
    answer_id: Option<Uuid>,
    taken_back_revision: Option<i32>,
) -> Result<Answered> {
    Ok(Answered {
        answer_id,
        stands: stands(tx, id).await?,
        taken_back_revision,
    })
}

/// A changed figure voids the offered revision and what boards had agreed.
pub(super) async fn void_offer(
    tx: &Tx,
    id: GrantReturnId,
    by: Option<PersonId>,
    life: &Life,
    why: &str,
) -> Result<()> {
    if life.offered.is_none() {
        return Ok(());
    }
    let voided = Event {
        kind: ReturnEventKind::ApprovalsVoided,
        revision: life.offered,
        detail: Detail::default(),
    };
    store::append_event(tx, id, by, voided, Some(why)).await?;
    tx.note("voided_revision", life.offered);
    Ok(())
}

/// Why a finding may stand.
#[derive(Clone, Debug, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Silence {
    /// The finding's code.
    #[schema(min_length = 1, max_length = 80)]
    pub code: String,
    /// Its sheet and cell, such as `Finances!E17`; empty when it is about the whole return.
    #[serde(default)]
    #[schema(max_length = 200)]
    pub place: String,
    /// Why it may stand.
    #[schema(min_length = 1, max_length = 2000)]
    pub reason: String,
}

/// Silences a warning or a check of the form's own, with the reason; the certifier sees both. Any
/// other error is mended.
pub async fn silence(db: &Db, ctx: &Ctx, id: GrantReturnId, new: &Silence) -> Result<Stands> {
    ctx.require(Operation::SilenceFinding)?;
    let why = reason(&new.reason)?;
    let by = ctx.person()?.id;
    let found = crate::returns::view::findings(db, ctx, id).await?;
    let finding = found
        .iter()
        .find(|finding| finding.code == new.code && finding.place() == new.place)
        .ok_or(Error::NotFound)?;
    if !finding.may_be_silenced() {
        return Err(Error::refused(
            "errors-are-mended",
            format!("An error cannot be silenced. {}", finding.what_to_do),
        ));
    }
    db.write(
        ctx,
        Command::on(Operation::SilenceFinding, "grant_return", id),
        async |tx| {
            tx.lock("grant_return", id).await?;
            let life = store::life(tx.conn(), id).await?;
            life.may_change()?;
            // Boards and officers read the reasons as they were when it was offered.
            if life.offered.is_some() {
                return Err(Error::refused(
                    "offered-already",
                    "It waits to be agreed or certified as it is. Take it back first, then say why \
                     this may stand.",
                ));
            }
            let said = store::silenced(tx.conn(), id)
                .await?
                .into_iter()
                .any(|row| {
                    Reasoned {
                        code: row.code,
                        place: row.cell,
                        found: row.found,
                        reason: row.reason,
                    }
                    .is_of(finding)
                });
            if said {
                return Err(Error::refused(
                    "silenced-already",
                    "This finding was silenced already; its reason stands.",
                ));
            }
            let inserted = silenced_finding::ActiveModel {
                id: Set(Uuid::now_v7()),
                return_id: Set(id),
                code: Set(new.code.clone()),
                cell: Set(new.place.clone()),
                found: Set(finding.message.clone()),
                reason: Set(why.to_owned()),
                silenced_by: Set(by),
                silenced_at: Set(tx.now()),
            }
            .insert(tx.conn())
            .await;
            match inserted {
                Ok(_) => {}
                Err(error) if crate::db::is_unique_violation(&error) => {
                    return Err(Error::refused(
                        "silenced-already",
                        "This finding was silenced already; its reason stands.",
                    ));
                }
                Err(error) => return Err(error.into()),
            }
            touch(tx, id).await?;
            tx.note("code", new.code.as_str());
            tx.note("place", new.place.as_str());
            tx.note("found", finding.message.as_str());
            tx.note("reason", why);
            stands(tx, id).await
        },
    )
    .await
}

/// Takes back the reason for which a finding was let stand: it is asked about anew. Both stay on record.
pub async fn take_back_reason(
    db: &Db,
    ctx: &Ctx,
    id: GrantReturnId,
    silenced: Uuid,
) -> Result<Stands> {
    ctx.require(Operation::TakeBackReason)?;
    let by = ctx.person()?.id;
    db.write(
        ctx,
        Command::on(Operation::TakeBackReason, "grant_return", id),
        async |tx| {
            store::seen(tx.conn(), ctx, id).await?;
            tx.lock("grant_return", id).await?;
            let life = store::life(tx.conn(), id).await?;
            life.may_change()?;
            if life.offered.is_some() {
                return Err(Error::refused(
                    "offered-already",
                    "It waits to be agreed or certified with this reason. Take the return back first.",
                ));
            }
            let row = store::silenced(tx.conn(), id)
                .await?
                .into_iter()
                .find(|row| row.id == silenced)
                .ok_or(Error::NotFound)?;
            reason_taken_back::ActiveModel {
                silenced_id: Set(row.id),
                taken_back_by: Set(by),
                taken_back_at: Set(tx.now()),
            }
            .insert(tx.conn())
            .await?;
            touch(tx, id).await?;
            tx.note("code", row.code.as_str());
            tx.note("place", row.cell.as_str());
            tx.note("found", row.found.as_str());
            tx.note("reason", row.reason.as_str());
            stands(tx, id).await
        },
    )
    .await
}
