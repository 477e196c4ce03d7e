//! Splitting the lines that count and that approved splits take, and taking back what was made of lines
//! that were taken back since. It recurs and takes no input: what is due is what was not gone through.

use entity::{
    ApportionmentId, Money, SpendImportId, SpendLineId, apportioned_line, apportionment,
    apportionment_pass, spend_line,
};
use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, ColumnTrait, EntityTrait, QueryFilter, QueryOrder,
    QuerySelect,
};
use workbook::sheet::{Datum, Sheet};

use super::rules::{self, Part};
use super::store;
use crate::access::rules::Operation;
use crate::attribution::ops::hold;
use crate::imports::{self, made};
use crate::{Command, Ctx, Db, Error, Result, Tx};

/// Lines that one transaction makes: a small part of the 250 ms that a write may take.
const AT_ONCE: usize = 400;

/// Lets every approved split go through what was accepted since, and takes back what was made of lines
/// that were taken back.
pub(crate) async fn apply_due(db: &Db, ctx: &Ctx) -> Result<()> {
    ctx.require(Operation::ApplyApportionment)?;
    let mut renewed = std::time::Instant::now();
    for split in store::approved(db.read()).await? {
        match go_through(db, ctx, &split, &mut renewed).await {
            Ok(()) => {}
            // Not ours any more: whoever has the lease goes on.
            Err(
                error @ Error::Refused {
                    rule: "lease-lost", ..
                },
            ) => return Err(error),
            // one that fails holds up no other, and no attribution
            Err(error) => {
                tracing::error!(number = split.number, %error, "a split could not be applied");
            }
        }
    }
    while take_back(db, ctx).await? {}
    Ok(())
}

async fn go_through(
    db: &Db,
    ctx: &Ctx,
    split: &apportionment::Model,
    renewed: &mut std::time::Instant,
) -> Result<()> {
    for import in store::to_pass(db.read(), split.id, split.starts_on).await? {
        while !pass(db, ctx, split, import).await? {
            hold(db, ctx, renewed).await?;
        }
        hold(db, ctx, renewed).await?;
    }
    Ok(())
}

/// One piece of an import. Whether the split has gone through it.
async fn pass(
    db: &Db,
    ctx: &Ctx,
    split: &apportionment::Model,
    import: SpendImportId,
) -> Result<bool> {
    let id = split.id;
    let any = store::lines(&store::takes(split))
        .filter(spend_line::Column::ImportId.eq(import))
        .one(db.read())
        .await?;
    if any.is_none() {
        // that there was nothing to split is bookkeeping
        return db
            .write(ctx, Command::new(Operation::KeepHouse), async |tx| {
                tx.lock("apportionment", id).await?;
                passed(tx, id, import).await?;
                Ok(true)
            })
            .await;
    }
    let command = Command::on(Operation::ApplyApportionment, "apportionment", id).long();
    db.write(ctx, command, async |tx| {
        tx.lock("apportionment", id).await?;
        // Nobody takes lines back meanwhile: whoever does waits for this number.
        tx.next("accepted").await?;
        let split = apportionment::Entity::find_by_id(id)
            .one(tx.conn())
            .await?
            .ok_or(Error::NotFound)?;
        let parts = store::parts(tx.conn(), [id])
            .await?
            .remove(&id)
            .unwrap_or_default();
        let most = AT_ONCE / (parts.len() + 1);
        let lines = store::lines(&store::takes(&split))
            .filter(spend_line::Column::ImportId.eq(import))
            .order_by_asc(spend_line::Column::Id)
            .limit(u64::try_from(most).unwrap_or(1))
            .all(tx.conn())
            .await?;
        let done = lines.len() < most;
        tx.note("lines", lines.len());
        if !lines.is_empty() {
            make(tx, ctx, &split, &parts, lines).await?;
        }
        if done {
            passed(tx, id, import).await?;
        }
        Ok(done)
    })
    .await
}

/// Notes that a split has gone through an import; another that was as quick has noted it already.
async fn passed(tx: &Tx, id: ApportionmentId, import: SpendImportId) -> Result<()> {
    let known = apportionment_pass::Entity::find_by_id((id, import))
        .one(tx.conn())
        .await?;
    if known.is_some() {
        return Ok(());
    }
    apportionment_pass::ActiveModel {
        apportionment_id: Set(id),
        import_id: Set(import),
        passed_at: Set(tx.now()),
    }
    .insert(tx.conn())
    .await?;
    Ok(())
}

/// What takes a line out, and its parts: the same line but for what the split says.
pub(super) fn made_of(
    import: SpendImportId,
    from: i32,
    line: &spend_line::Model,
    parts: &[Part],
) -> Result<Vec<spend_line::Model>> {
    let out = Money::ZERO
        .minus(line.amount)
        .ok_or_else(|| Error::internal("an amount that cannot be turned round"))?;
    let one = |n: i32, amount: Money| spend_line::Model {
        id: SpendLineId::new(),
        import_id: import,
        row_no: from + n,
        identity: format!("a:{}:{n}", line.id),
        amount,
        suspect: false,
        suspect_of: None,
        ..line.clone()
    };
    let mut made = vec![one(0, out)];
    let amounts = rules::split(line.amount.pence(), parts);
    for ((n, part), amount) in (1..).zip(parts).zip(amounts) {
        made.push(spend_line::Model {
            pool_id: part.pool,
            category_id: part.category.unwrap_or(line.category_id),
            place: part.place.clone().or_else(|| line.place.clone()),
            coding_id: None,
            ..one(n, Money(amount))
        });
    }
    Ok(made)
}

async fn make(
    tx: &Tx,
    ctx: &Ctx,
    split: &apportionment::Model,
    parts: &[Part],
    lines: Vec<spend_line::Model>,
) -> Result<()> {
    let import = SpendImportId::new();
    let mut all = Vec::new();
    let mut links = Vec::new();
    for line in &lines {
        let from = i32::try_from(all.len())
            .unwrap_or(i32::MAX)
            .saturating_add(1);
        for (n, made) in (0..).zip(made_of(import, from, line, parts)?) {
            // a penny has fewer parts than shares: what is nothing is no line
            if made.amount == Money::ZERO {
                continue;
            }
            links.push(apportioned_line::ActiveModel {
                line_id: Set(made.id),
                of_line_id: Set(line.id),
                apportionment_id: Set(split.id),
                part: Set(n),
            });
            all.push(made);
        }
    }
    let name = format!("apportionment-{}.csv", split.number);
    let sheet = sheet(&format!("Apportionment {}", split.number), &all);
    made::of_split(tx, ctx, import, &name, sheet, all).await?;
    apportioned_line::Entity::insert_many(links)
        .exec_without_returning(tx.conn())
        .await?;
    Ok(())
}

/// One piece of what was made of lines that were taken back since. Whether there was any.
async fn take_back(db: &Db, ctx: &Ctx) -> Result<bool> {
    let any = store::left_over().one(db.read()).await?;
    if any.is_none() {
        return Ok(false);
    }
    let command = Command::new(Operation::ApplyApportionment).long();
    db.write(ctx, command, async |tx| {
        tx.next("accepted").await?;
        let lines = store::left_over()
            .order_by_asc(spend_line::Column::Id)
            .limit(u64::try_from(AT_ONCE).unwrap_or(1))
            .all(tx.conn())
            .await?;
        if lines.is_empty() {
            return Ok(false);
        }
        let import = SpendImportId::new();
        let back = (1..)
            .zip(lines)
            .map(|(row, line)| imports::reversal(import, row, line))
            .collect::<Result<Vec<_>>>()?;
        tx.note("taken_back", back.len());
        let sheet = sheet("Apportionments taken back", &back);
        made::of_split(
            tx,
            ctx,
            import,
            "apportionments-taken-back.csv",
            sheet,
            back,
        )
        .await?;
        Ok(true)
    })
    .await
}

/// What was made as a table, kept as the file that the lines come from.
fn sheet(name: &str, lines: &[spend_line::Model]) -> Sheet {
    let headings = [
        "line",
        "of",
        "date_received",
        "pool",
        "category",
        "place",
        "amount",
        "cost_centre",
        "account",
        "transaction",
    ];
    let text = |text: &Option<String>| Datum::Text(text.clone().unwrap_or_default());
    Sheet {
        name: name.to_owned(),
        headings: headings.map(str::to_owned).to_vec(),
        rows: lines
            .iter()
            .map(|line| {
                vec![
                    Datum::Whole(line.row_no.into()),
                    Datum::Text(line.identity.clone()),
                    Datum::Date(line.incurred_on),
                    Datum::Text(line.pool_id.to_string()),
                    Datum::Text(line.category_id.to_string()),
                    text(&line.place),
                    Datum::Pence(line.amount.pence()),
                    text(&line.cost_centre),
                    text(&line.account),
                    text(&line.transaction_ref),
                ]
            })
            .collect(),
    }
}
