//! Files to try the start with: made of the pools and cost categories that are recorded already, and
//! of the quarter that ended last, so that they load as they are. Names and amounts are invented.

use chrono::{Datelike, Months, NaiveDate};
use entity::{cost_category, pool};
use sea_orm::{EntityTrait, QueryOrder, QuerySelect};
use serde::Serialize;
use workbook::sheet::{Datum, Sheet};

use crate::access::rules::Operation;
use crate::coding::rules::COLUMNS as MAP_COLUMNS;
use crate::files::{Stored, sha256};
use crate::{Ctx, Db, Error, Money, Result};

/// A file to try the start with.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, utoipa::ToSchema)]
#[schema(as = SampleFile)]
pub struct Sample {
    /// Its name.
    pub name: String,
    /// What it is for, in a sentence.
    pub what: String,
    /// What its amounts come to, in pence: the control total; absent where it has none.
    #[schema(value_type = Option<i64>)]
    pub total_pence: Option<Money>,
    /// First day it is about.
    pub period_from: Option<NaiveDate>,
    /// Last day it is about.
    pub period_to: Option<NaiveDate>,
}

const SPEND: &str = "sample-spend.csv";
const LEDGER: &str = "sample-ledger-with-codes.csv";
const MAP: &str = "sample-coding-map.csv";
const TOTALS: &str = "sample-ledger-totals.csv";
const FORM: &str = "sample-return-form.xlsx";

/// An invented funder's monthly statement: one sheet, fifteen questions.
const FORM_BYTES: &[u8] =
    include_bytes!("../../../tributary/demo/forms/rough-sleeping-statement.xlsx");

/// The files there are to try.
pub async fn list(db: &Db, ctx: &Ctx) -> Result<Vec<Sample>> {
    ctx.require(Operation::ReadStart)?;
    let form = Sample {
        name: FORM.to_owned(),
        what: "An invented funder’s monthly statement, to see how a form is mapped.".to_owned(),
        total_pence: None,
        period_from: None,
        period_to: None,
    };
    let Some(story) = Story::of(db, ctx.today()).await? else {
        return Ok(vec![form]);
    };
    let total = Money(story.lines().iter().map(|line| line.pence).sum());
    let of_the_quarter = |name: &str, what: &str, total_pence| Sample {
        name: name.to_owned(),
        what: what.to_owned(),
        total_pence,
        period_from: Some(story.from),
        period_to: Some(story.to),
    };
    Ok(vec![
        of_the_quarter(
            SPEND,
            "A quarter of spend that names your pool and your cost categories. It needs no coding map.",
            Some(total),
        ),
        of_the_quarter(
            LEDGER,
            "The same quarter as a finance system writes it: cost centres and accounts only.",
            Some(total),
        ),
        of_the_quarter(
            MAP,
            "What the codes of that file mean, by your own pool and cost categories.",
            None,
        ),
        of_the_quarter(
            TOTALS,
            "What the finance system says of those months, to agree them with.",
            Some(total),
        ),
        form,
    ])
}

/// One of them.
pub async fn one(db: &Db, ctx: &Ctx, name: &str) -> Result<Stored> {
    ctx.require(Operation::ReadStart)?;
    const CSV: &str = "text/csv; charset=utf-8";
    const XLSX: &str = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";
    let story = Story::of(db, ctx.today()).await?;
    let (media_type, bytes) = match (name, story) {
        (FORM, _) => (XLSX, FORM_BYTES.to_vec()),
        (SPEND, Some(story)) => (CSV, story.spend().to_csv()),
        (LEDGER, Some(story)) => (CSV, story.ledger().to_csv()),
        (MAP, Some(story)) => (CSV, story.map().to_csv()),
        (TOTALS, Some(story)) => (CSV, story.totals().to_csv()),
        _ => return Err(Error::NotFound),
    };
    Ok(Stored {
        name: name.to_owned(),
        media_type: media_type.to_owned(),
        sha256: sha256(&bytes),
        bytes,
    })
}

/// What the files tell: each heading's spend in each month of a quarter.
struct Story {
    pool: String,
    categories: Vec<String>,
    from: NaiveDate,
    to: NaiveDate,
    months: Vec<NaiveDate>,
}

struct Line {
    transaction: i64,
    received: NaiveDate,
    month: NaiveDate,
    account: i64,
    supplier: &'static str,
    what: &'static str,
    kind: &'static str,
    pence: i64,
    category: String,
}

const COST_CENTRE: i64 = 4711;

/// Who is paid, what for, and how a ledger calls it; in turn.
const PAID: [(&str, &str, &str); 4] = [
    ("Lantern Peer Network", "Month’s work", "invoice"),
    ("Brook House Estates", "Month’s charge", "invoice"),
    ("Marlshire County Council", "Recharge", "recharge"),
    ("Harbour Kitchen", "Month’s bill", "invoice"),
];

impl Story {
    /// None before there is a pool and a cost category: they are what it is made of.
    async fn of(db: &Db, today: NaiveDate) -> Result<Option<Self>> {
        let pool = pool::Entity::find()
            .order_by_asc(pool::Column::CreatedAt)
            .one(db.read())
            .await?;
        let known = cost_category::Entity::find()
            .order_by_asc(cost_category::Column::CreatedAt)
            .limit(8)
            .all(db.read())
            .await?;
        let Some(pool) = pool.filter(|_| !known.is_empty()) else {
            return Ok(None);
        };
        let categories = known.into_iter().map(|row| row.slug).collect();
        let from = quarter_before(today);
        let months: Vec<NaiveDate> = (0..3).map(|n| from + Months::new(n)).collect();
        Ok(Some(Self {
            pool: pool.slug,
            categories,
            from,
            to: (from + Months::new(3)).pred_opt().unwrap_or(from),
            months,
        }))
    }

    fn lines(&self) -> Vec<Line> {
        let mut lines = Vec::new();
        let mut transaction = 310_000;
        for (m, month) in (0_i64..).zip(&self.months) {
            for (c, category) in (0_i64..).zip(&self.categories) {
                let (supplier, what, kind) = PAID
                    .get(usize::try_from(c % 4).unwrap_or_default())
                    .copied()
                    .unwrap_or(PAID[0]);
                transaction += 1;
                lines.push(Line {
                    transaction,
                    received: day_of(*month, 4 + u32::try_from(c * 3).unwrap_or_default()),
                    month: *month,
                    account: 51_000 + c * 10,
                    supplier,
                    what,
                    kind,
                    // whole pence, nothing random: no two amounts are alike
                    pence: 8_412_35 - c * 731_18 + m * 93_07 + c * m * 11_41,
                    category: category.clone(),
                });
            }
        }
        lines
    }

    fn table(&self, name: &str, named: bool) -> Sheet {
        let mut headings = vec![
            "Transaction",
            "Line",
            "Date received",
            "Period",
            "Cost centre",
            "Account",
            "Supplier",
            "Description",
            "Kind",
            "Amount",
            "Capital or revenue",
        ];
        if named {
            headings.extend(["Pool", "Category"]);
        }
        let rows = self
            .lines()
            .into_iter()
            .map(|line| {
                let mut row = vec![
                    Datum::Whole(line.transaction),
                    Datum::Whole(1),
                    Datum::Text(line.received.format("%d/%m/%Y").to_string()),
                    Datum::Text(line.month.format("%m/%Y").to_string()),
                    Datum::Whole(COST_CENTRE),
                    Datum::Whole(line.account),
                    Datum::Text(line.supplier.to_owned()),
                    Datum::Text(line.what.to_owned()),
                    Datum::Text(line.kind.to_owned()),
                    Datum::Pence(line.pence),
                    Datum::Text("revenue".to_owned()),
                ];
                if named {
                    row.extend([Datum::Text(self.pool.clone()), Datum::Text(line.category)]);
                }
                row
            })
            .collect();
        Sheet {
            name: name.to_owned(),
            headings: headings.into_iter().map(str::to_owned).collect(),
            rows,
        }
    }

    fn spend(&self) -> Sheet {
        self.table("Spend", true)
    }

    fn ledger(&self) -> Sheet {
        self.table("Ledger", false)
    }

    fn map(&self) -> Sheet {
        let text = |text: &str| Datum::Text(text.to_owned());
        Sheet {
            name: "Coding map".to_owned(),
            headings: MAP_COLUMNS.map(str::to_owned).to_vec(),
            rows: (0_i64..)
                .zip(&self.categories)
                .map(|(c, category)| {
                    vec![
                        Datum::Whole(COST_CENTRE),
                        Datum::Whole(51_000 + c * 10),
                        text("any"),
                        text(&self.from.to_string()),
                        Datum::Empty,
                        text(&self.pool),
                        text(category),
                        Datum::Empty,
                        Datum::Empty,
                        text("revenue"),
                    ]
                })
                .collect(),
        }
    }

    fn totals(&self) -> Sheet {
        Sheet {
            name: "Ledger totals".to_owned(),
            headings: ["cost_centre", "month", "amount"]
                .map(str::to_owned)
                .to_vec(),
            rows: self
                .months
                .iter()
                .map(|month| {
                    let sum = self
                        .lines()
                        .iter()
                        .filter(|line| line.month == *month)
                        .map(|line| line.pence)
                        .sum();
                    vec![
                        Datum::Whole(COST_CENTRE),
                        Datum::Text(month.format("%Y-%m").to_string()),
                        Datum::Pence(sum),
                    ]
                })
                .collect(),
        }
    }
}

/// The first day of the quarter that ended last, by the government's year (April to March).
fn quarter_before(today: NaiveDate) -> NaiveDate {
    let first = today.with_day(1).unwrap_or(today);
    let into = first.month0() % 3;
    first - Months::new(into + 3)
}

fn day_of(month: NaiveDate, day: u32) -> NaiveDate {
    month.with_day(day).unwrap_or(month)
}
