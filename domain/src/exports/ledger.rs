//! The whole ledger in plain-text accounting, so that anyone can check our sums with tools that are not
//! ours: hledger and beancount.
//!
//! A spend line is a transaction: what it cost (`Expenses:pool:category`), paid out of what the holder
//! holds (`Assets:Held`); and for each award that pays for it, what is due from that award
//! (`Assets:Due:award`) against income (`Income:award:pool:category`). A receipt moves what is due to what
//! is held; a repayment moves it back. What no award pays for is what a pool's expenses exceed its income by.

use std::collections::{BTreeSet, HashMap};
use std::fmt::Write as _;
use std::io::Write;

use chrono::NaiveDate;
use entity::{
    AwardId, AwardMoneyKind, CostCategoryId, ImportState, Money, PoolId, SpendLineId, award,
    award_money, cost_category, pool, spend_import, spend_line,
};
use sea_orm::{
    ColumnTrait, DatabaseTransaction, EntityTrait, JoinType, QueryFilter, QueryOrder, QuerySelect,
};

use super::ops::AT_ONCE;
use crate::access::rules::Operation;
use crate::{Command, Ctx, Db, Error, Result};

/// How the ledger is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// For hledger, and for ledger.
    Hledger,
    /// For beancount.
    Beancount,
}

/// What a name becomes as a part of an account's name: letters, digits and dashes, beginning with a capital
/// letter or a digit, as beancount wants it.
fn part(name: &str) -> String {
    let mut part: String = name
        .chars()
        .map(|letter| {
            if letter.is_ascii_alphanumeric() {
                letter
            } else {
                '-'
            }
        })
        .collect();
    let kept = part.trim_matches('-').to_owned();
    part = if kept.is_empty() {
        "X".to_owned()
    } else {
        kept
    };
    let mut letters = part.chars();
    match letters.next() {
        Some(first) => first.to_ascii_uppercase().to_string() + letters.as_str(),
        None => part,
    }
}

/// Parts of account names, each its own.
#[derive(Debug)]
struct Parts<K> {
    of: HashMap<K, (String, String)>,
}

impl<K: std::hash::Hash + Eq> Parts<K> {
    /// In the order in which they come: a second one of the same name gets a number.
    fn new(all: impl IntoIterator<Item = (K, String, String)>) -> Self {
        let mut taken: BTreeSet<String> = BTreeSet::new();
        let mut of = HashMap::new();
        for (key, short, name) in all {
            let plain = part(&short);
            let mut chosen = plain.clone();
            let mut number = 2_u32;
            while !taken.insert(chosen.clone()) {
                chosen = format!("{plain}-{number}");
                number = number.saturating_add(1);
            }
            of.insert(key, (chosen, name));
        }
        Self { of }
    }

    fn get(&self, key: &K) -> Result<&str> {
        self.of
            .get(key)
            .map(|(part, _)| part.as_str())
            .ok_or_else(|| Error::internal("a ledger line of something that is not there"))
    }
}

/// Text in one line that no tool takes for anything but text.
fn plain(text: &str) -> String {
    let kept: String = text
        .chars()
        .map(|letter| match letter {
            '"' => '\'',
            '\\' => '/',
            ';' => ',',
            '|' => '/',
            letter if letter.is_control() => ' ',
            letter => letter,
        })
        .collect();
    kept.trim()
        .trim_start_matches(['(', '*', '!', '='])
        .trim()
        .to_owned()
}

/// A transaction: its day, who, what, and the accounts with what moves.
struct Entry<'e> {
    on: NaiveDate,
    payee: String,
    what: String,
    id: String,
    moves: Vec<(&'e str, Money)>,
}

impl Format {
    fn write(self, text: &mut String, entry: &Entry<'_>) {
        let Entry {
            on,
            payee,
            what,
            id,
            moves,
        } = entry;
        // Writing to a string cannot fail.
        let _written = match self {
            Self::Hledger => writeln!(text, "{on} * {payee} | {what}\n    ; id: {id}"),
            Self::Beancount => writeln!(text, "{on} * \"{payee}\" \"{what}\"\n  id: \"{id}\""),
        };
        for (account, amount) in moves {
            let _written = match self {
                Self::Hledger => writeln!(text, "    {account}  {} GBP", amount.as_typed()),
                Self::Beancount => writeln!(text, "  {account}  {} GBP", amount.as_typed()),
            };
        }
        text.push('\n');
    }

    fn account(self, text: &mut String, account: &str, name: &str) {
        let name = plain(name);
        let _written = match self {
            Self::Hledger => writeln!(text, "account {account}  ; {name}"),
            Self::Beancount => writeln!(text, "1990-01-01 open {account} GBP\n  name: \"{name}\""),
        };
    }
}

const HELD: &str = "Assets:Held";

/// The names of all accounts.
struct Accounts {
    pools: Parts<PoolId>,
    categories: Parts<CostCategoryId>,
    awards: Parts<AwardId>,
}

impl Accounts {
    async fn read(conn: &DatabaseTransaction) -> Result<Self> {
        let pools = pool::Entity::find()
            .order_by_asc(pool::Column::Id)
            .all(conn)
            .await?;
        let categories = cost_category::Entity::find()
            .order_by_asc(cost_category::Column::Id)
            .all(conn)
            .await?;
        let awards = award::Entity::find()
            .order_by_asc(award::Column::Id)
            .all(conn)
            .await?;
        Ok(Self {
            pools: Parts::new(pools.into_iter().map(|row| (row.id, row.slug, row.name))),
            categories: Parts::new(
                categories
                    .into_iter()
                    .map(|row| (row.id, row.slug, row.name)),
            ),
            awards: Parts::new(
                awards
                    .into_iter()
                    .map(|row| (row.id, row.reference, row.title)),
            ),
        })
    }

    fn expenses(&self, pool: PoolId, category: CostCategoryId) -> Result<String> {
        let (pool, category) = (self.pools.get(&pool)?, self.categories.get(&category)?);
        Ok(format!("Expenses:{pool}:{category}"))
    }

    fn due(&self, award: AwardId) -> Result<String> {
        Ok(format!("Assets:Due:{}", self.awards.get(&award)?))
    }

    fn income(&self, award: AwardId, pool: PoolId, category: CostCategoryId) -> Result<String> {
        let (pool, category) = (self.pools.get(&pool)?, self.categories.get(&category)?);
        Ok(format!(
            "Income:{}:{pool}:{category}",
            self.awards.get(&award)?
        ))
    }
}

/// Writes the whole ledger, of one instant; that it was exported stands in the record. How many
/// transactions.
pub async fn write<W: Write>(db: &Db, ctx: &Ctx, format: Format, out: &mut W) -> Result<u64> {
    ctx.require(Operation::ExportEverything)?;
    db.write(ctx, Command::new(Operation::ExportEverything), async |tx| {
        let name = match format {
            Format::Hledger => "hledger",
            Format::Beancount => "beancount",
        };
        tx.note("ledger", name);
        Ok(())
    })
    .await?;
    let conn = db.snapshot().await?;
    let accounts = Accounts::read(&conn).await?;
    let mut text = String::new();
    head(&conn, format, &accounts, ctx, &mut text).await?;
    let mut count = money(&conn, format, &accounts, &mut text).await?;
    flush(&mut text, out)?;
    let mut after = None;
    loop {
        let lines = lines(&conn, after).await?;
        let Some(last) = lines.last() else { break };
        after = Some(last.id);
        let paid = paid(&conn, &lines).await?;
        for line in &lines {
            let paid = paid.get(&line.id).map_or(&[][..], Vec::as_slice);
            spent(format, &accounts, line, paid, &mut text)?;
            count += 1;
        }
        flush(&mut text, out)?;
    }
    Ok(count)
}

fn flush<W: Write>(text: &mut String, out: &mut W) -> Result<()> {
    out.write_all(text.as_bytes())
        .map_err(|error| Error::Internal(Box::new(error)))?;
    text.clear();
    Ok(())
}

async fn head(
    conn: &DatabaseTransaction,
    format: Format,
    accounts: &Accounts,
    ctx: &Ctx,
    text: &mut String,
) -> Result<()> {
    let _written = writeln!(
        text,
        "; The whole ledger on {}, in pounds. Expenses are spend by pool and cost category; income is what\n\
         ; awards pay for, by award, pool and cost category. What no award pays for is the difference.\n",
        ctx.today()
    );
    match format {
        Format::Hledger => text.push_str("commodity 1000.00 GBP\n\n"),
        Format::Beancount => text.push_str("option \"operating_currency\" \"GBP\"\n\n"),
    }
    format.account(text, HELD, "What holders hold");
    let mut used: Vec<(PoolId, CostCategoryId)> = spend_line::Entity::find()
        .select_only()
        .columns([spend_line::Column::PoolId, spend_line::Column::CategoryId])
        .distinct()
        .into_tuple()
        .all(conn)
        .await?;
    used.sort_unstable();
    let name = |pool: &PoolId, category: &CostCategoryId| {
        let pool = accounts.pools.of.get(pool).map_or("", |(_, name)| name);
        let category = accounts.categories.of.get(category);
        format!("{pool}: {}", category.map_or("", |(_, name)| name))
    };
    for (pool, category) in &used {
        let account = accounts.expenses(*pool, *category)?;
        format.account(text, &account, &name(pool, category));
    }
    let mut awards: Vec<(&AwardId, &(String, String))> = accounts.awards.of.iter().collect();
    awards.sort_by_key(|(id, _)| **id);
    for (award, (_, title)) in awards {
        format.account(text, &accounts.due(*award)?, title);
        for (pool, category) in &used {
            let account = accounts.income(*award, *pool, *category)?;
            format.account(
                text,
                &account,
                &format!("{title}: {}", name(pool, category)),
            );
        }
    }
    text.push('\n');
    Ok(())
}

/// What was received and repaid. Claims move no money.
async fn money(
    conn: &DatabaseTransaction,
    format: Format,
    accounts: &Accounts,
    text: &mut String,
) -> Result<u64> {
    let rows = award_money::Entity::find()
        .filter(award_money::Column::Kind.ne(AwardMoneyKind::Claim))
        .order_by_asc(award_money::Column::Id)
        .all(conn)
        .await?;
    let mut count = 0;
    for row in rows {
        let due = accounts.due(row.award_id)?;
        let back = Money(-row.amount.pence());
        let (held, due_moves, what) = match row.kind {
            AwardMoneyKind::Repayment => (back, row.amount, "Repaid"),
            AwardMoneyKind::Receipt | AwardMoneyKind::Claim => (row.amount, back, "Received"),
        };
        format.write(
            text,
            &Entry {
                on: row.happened_on,
                payee: what.to_owned(),
                what: plain(&row.ledger_reference),
                id: row.id.to_string(),
                moves: vec![(HELD, held), (&due, due_moves)],
            },
        );
        count += 1;
    }
    Ok(count)
}

/// The next lines of accepted imports, in the order of their ids.
async fn lines(
    conn: &DatabaseTransaction,
    after: Option<SpendLineId>,
) -> Result<Vec<spend_line::Model>> {
    let mut query = spend_line::Entity::find()
        .join(
            JoinType::InnerJoin,
            spend_line::Entity::belongs_to(spend_import::Entity)
                .from(spend_line::Column::ImportId)
                .to(spend_import::Column::Id)
                .into(),
        )
        .filter(spend_import::Column::State.eq(ImportState::Accepted));
    if let Some(after) = after {
        query = query.filter(spend_line::Column::Id.gt(after));
    }
    Ok(query
        .order_by_asc(spend_line::Column::Id)
        .limit(u64::try_from(AT_ONCE).unwrap_or(1_000))
        .all(conn)
        .await?)
}

/// What awards pay of these lines.
async fn paid(
    conn: &DatabaseTransaction,
    lines: &[spend_line::Model],
) -> Result<HashMap<SpendLineId, Vec<(AwardId, Money)>>> {
    use entity::{RunState, attribution, attribution_run};
    let rows: Vec<(SpendLineId, AwardId, i64)> = attribution::Entity::find()
        .select_only()
        .columns([attribution::Column::LineId, attribution::Column::AwardId])
        .column_as(crate::awards::store::total("attribution.amount"), "total")
        .join(
            JoinType::InnerJoin,
            attribution::Entity::belongs_to(attribution_run::Entity)
                .from(attribution::Column::RunId)
                .to(attribution_run::Column::Id)
                .into(),
        )
        .filter(attribution_run::Column::State.eq(RunState::Accepted))
        .filter(crate::db::among(
            conn,
            attribution::Column::LineId,
            lines.iter().map(|line| line.id),
        ))
        .group_by(attribution::Column::LineId)
        .group_by(attribution::Column::AwardId)
        .order_by_asc(attribution::Column::AwardId)
        .into_tuple()
        .all(conn)
        .await?;
    let mut paid: HashMap<SpendLineId, Vec<(AwardId, Money)>> = HashMap::new();
    for (line, award, amount) in rows {
        if amount != 0 {
            paid.entry(line).or_default().push((award, Money(amount)));
        }
    }
    Ok(paid)
}

fn spent(
    format: Format,
    accounts: &Accounts,
    line: &spend_line::Model,
    paid: &[(AwardId, Money)],
    text: &mut String,
) -> Result<()> {
    let expenses = accounts.expenses(line.pool_id, line.category_id)?;
    let mut of_awards = Vec::with_capacity(paid.len());
    for (award, amount) in paid {
        let income = accounts.income(*award, line.pool_id, line.category_id)?;
        of_awards.push((accounts.due(*award)?, income, *amount));
    }
    let back = |amount: Money| Money(-amount.pence());
    let mut moves = vec![(expenses.as_str(), line.amount), (HELD, back(line.amount))];
    for (due, income, amount) in &of_awards {
        moves.push((due, *amount));
        moves.push((income, back(*amount)));
    }
    format.write(
        text,
        &Entry {
            on: line.incurred_on,
            payee: plain(line.supplier.as_deref().unwrap_or_default()),
            what: plain(line.description.as_deref().unwrap_or_default()),
            id: line.id.to_string(),
            moves,
        },
    );
    Ok(())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;
    use crate::attribution::tests::{load, ran};
    use crate::spend::testing::{Given, day, on_each};

    #[test]
    fn names_are_fit_for_accounts_and_each_its_own() {
        assert_eq!(part("core-treatment"), "Core-treatment");
        assert_eq!(part(" (SMR/26 014)"), "SMR-26-014");
        assert_eq!(part("é…"), "X");
        let parts = Parts::new(
            [(1, "a b", ""), (2, "a-b", ""), (3, "A.b", "")]
                .map(|(key, short, name)| (key, short.to_owned(), name.to_owned())),
        );
        let found = [1, 2, 3].map(|key| parts.get(&key).unwrap().to_owned());
        assert_eq!(found, ["A-b", "A-b-2", "A-b-3"]);
    }

    #[test]
    fn text_stays_text() {
        assert_eq!(
            plain("(9) \"Rowan\"; fees | May\n\\ "),
            "9) 'Rowan', fees / May /"
        );
        assert_eq!(plain("* ! = sure"), "! = sure");
    }

    #[test]
    fn a_line_and_what_pays_for_it_are_one_transaction() {
        on_each(async |house| {
            let care = house.category("care").await;
            let award = house
                .given(Given {
                    reference: "PH/26",
                    amount: 5_000,
                    window: (day(2026, 4, 1), day(2027, 3, 31)),
                    categories: &[care],
                    fence: None,
                })
                .await;
            house.pool("p", &[(award, 5_000)]).await;
            load(&house, "one", &[(2, 7_000, "care", "p")]).await;
            ran(&house).await;
            for (format, wanted) in [
                (
                    Format::Hledger,
                    "    Expenses:P:Care  70.00 GBP\n    Assets:Held  -70.00 GBP\n    \
                     Assets:Due:PH-26  50.00 GBP\n    Income:PH-26:P:Care  -50.00 GBP\n",
                ),
                (
                    Format::Beancount,
                    "  Expenses:P:Care  70.00 GBP\n  Assets:Held  -70.00 GBP\n  \
                     Assets:Due:PH-26  50.00 GBP\n  Income:PH-26:P:Care  -50.00 GBP\n",
                ),
            ] {
                let mut out = Vec::new();
                let count = write(&house.db, &house.worker, format, &mut out)
                    .await
                    .unwrap();
                let text = String::from_utf8(out).unwrap();
                assert_eq!(count, 1);
                assert!(text.contains(wanted), "{text}");
            }
        });
    }
}
