//! The pack of a certified return: all that somebody needs to believe it, to keep or to hand on.
//!
//! It may leave the house, so it says of people no more than the return itself does: boards without who sat on them,
//! suppliers by name only where they are plainly organisations.

use entity::{GrantReturnId, organisation};
use sea_orm::{EntityTrait, QuerySelect};
use serde_json::Value;

use super::figure::{Figure, LinePage, made_of};
use super::one::{ReturnView, one};
use crate::access::rules::{Operation, Sight, sight};
use crate::audit::{Head, head};
use crate::files::{self, Stored};
use crate::forms::store as forms;
use crate::returns::ops::file_name;
use crate::returns::rules::Suppliers;
use crate::returns::store;
use crate::{Ctx, Db, Error, Result, settings};

/// Most lines of a pack. Their figures have them as CSV, one by one, however many they are.
const MOST: u64 = 200_000;

/// What a pack holds.
#[derive(Clone, Debug)]
pub struct Pack {
    /// What its file is called.
    pub name: String,
    /// Whose return it is.
    pub house: String,
    /// The return, as it stands certified.
    pub shown: ReturnView,
    /// The workbook with every signature.
    pub workbook: Stored,
    /// Each figure that was drafted or typed, in the form's order, with the lines that it is made of.
    pub figures: Vec<Figure>,
    /// How many suppliers are numbers.
    pub not_named: usize,
    /// Papers that offices signed.
    pub papers: Vec<Stored>,
    /// Receipts of its sendings.
    pub receipts: Vec<Stored>,
    /// The newest link of the record's chain when the pack was made: `tributary audit verify --head` compares it.
    pub head: Option<Head>,
}

/// The pack of a return that stands certified.
pub async fn pack(db: &Db, ctx: &Ctx, id: GrantReturnId) -> Result<Pack> {
    ctx.require(Operation::TakePack)?;
    if sight(&ctx.actor) != Sight::All {
        return Err(Error::NotFound);
    }
    let record = store::seen(db.read(), ctx, id).await?;
    let life = store::life(db.read(), id).await?;
    let signed = store::certifications(db.read(), id).await?;
    let last = match signed.last() {
        Some(last) if life.next_office().is_none() => last,
        _ => {
            return Err(Error::refused(
                "not-certified",
                "There is a pack once every office has signed. Until then, download the workbook as it stands.",
            ));
        }
    };
    let workbook = files::load(db, last.file_id).await?;
    let mut papers = Vec::new();
    for one in &signed {
        if let Some(paper) = one.paper_file_id {
            papers.push(files::load(db, paper).await?);
        }
    }
    let mut receipts = Vec::new();
    for sent in store::sendings(db.read(), id).await? {
        if let Some(receipt) = sent.receipt_file_id {
            receipts.push(files::load(db, receipt).await?);
        }
    }
    let mut shown = one(db, ctx, id).await?;
    for board in &mut shown.boards {
        (board.minute, board.recorded_by) = (None, None);
    }
    let known: Vec<String> = organisation::Entity::find()
        .select_only()
        .column(organisation::Column::Name)
        .into_tuple()
        .all(db.read())
        .await?;
    let mut suppliers = Suppliers::knowing(known);
    let form = forms::load(db.read(), record.row.form_id).await?;
    let standing = store::answers(db.read(), id).await?;
    let mut figures = Vec::new();
    let mut lines = 0_u64;
    for field in &form.fields {
        let Some(stands) = standing.get(&field.id) else {
            continue;
        };
        // one more than there is room for tells that there are too many
        let room = MOST.saturating_sub(lines).saturating_add(1);
        let mut figure = made_of(db, record.award.id, field, stands, Some((None, room))).await?;
        if figure.value == Value::Null && figure.sentence.is_none() {
            continue;
        }
        figure.typed_by = None;
        if let Some(page) = &mut figure.lines {
            lines = lines.saturating_add(u64::try_from(page.lines.len()).unwrap_or(u64::MAX));
            if lines > MOST {
                return Err(Error::refused(
                    "too-many-lines",
                    "More than 200,000 lines are behind these figures, too many for a pack. Download the certified \
                     workbook, and the lines of each figure as CSV.",
                ));
            }
            keep_back(page, &mut suppliers);
        }
        figures.push(figure);
    }
    let house = match settings::home(db).await? {
        Some(home) => crate::organisations::view::name(db, home).await?,
        None => String::new(),
    };
    let name = file_name(&record, &form, "pack");
    let name = name.rsplit_once('.').map_or("pack", |(name, _)| name);
    Ok(Pack {
        name: format!("{name}.zip"),
        house,
        shown,
        workbook,
        figures,
        not_named: suppliers.kept_back(),
        papers,
        receipts,
        head: head(db).await?,
    })
}

/// Takes out of lines of spend what may name a person. Of match and forecasts the return itself tells the source.
fn keep_back(page: &mut LinePage, suppliers: &mut Suppliers) {
    for line in &mut page.lines {
        if line.spend_line_id.is_none() {
            continue;
        }
        match &line.who {
            Some(who) => {
                if let Some(number) = suppliers.instead_of(who) {
                    (line.who, line.description) = (Some(number), None);
                }
            }
            // pay, and what is moved within a ledger, has no supplier and names people in its words
            None => line.description = None,
        }
    }
}
