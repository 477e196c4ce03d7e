//! Two years of monthly extracts of an invented council's finance system, made from the story by
//! the rules of `tributary/demo/spend/README.md`: whole pence, nothing random.

use chrono::{Datelike, NaiveDate};

use super::story::{Calendar, Story, Stream};

const COLUMNS: [&str; 13] = [
    "Trans No",
    "Line",
    "Cost Centre",
    "Account",
    "Project",
    "Period",
    "Trans Date",
    "Supplier",
    "Description",
    "Type",
    "Amount (£)",
    "Cap/Rev",
    "Category",
];

/// One month's file.
#[derive(Clone, Debug)]
pub struct Extract {
    /// `ledger-2026-10.csv`.
    pub name: String,
    /// Which of the 24, the oldest first.
    pub k: i32,
    /// Its month, counted from April of this government year.
    pub m: i32,
    /// Its first day.
    pub month: NaiveDate,
    /// Rows, without headings and total.
    #[cfg_attr(not(test), expect(dead_code, reason = "the test vector has it"))]
    pub rows: usize,
    /// What all its rows come to: what the last row says.
    #[cfg_attr(not(test), expect(dead_code, reason = "the test vector has it"))]
    pub total: i64,
    /// The same without the VAT that is recovered: what is spend.
    pub total_without_vat: i64,
    /// The file, in Windows-1252.
    pub bytes: Vec<u8>,
}

#[derive(Clone, Debug)]
struct Row {
    transaction: String,
    line: String,
    cost_centre: String,
    account: String,
    project: String,
    period: String,
    /// `DD/MM/YYYY`, which may be no date at all.
    date: String,
    supplier: String,
    description: String,
    kind: String,
    pence: i64,
    capital: bool,
    category: String,
}

impl Row {
    /// By date, then transaction number (none last), then line, as text.
    fn key(&self) -> (String, String, String) {
        let part = |from: usize, to: usize| self.date.get(from..to).unwrap_or_default().to_owned();
        let transaction = if self.transaction.is_empty() {
            "~".to_owned()
        } else {
            self.transaction.clone()
        };
        (
            part(6, 10) + &part(3, 5) + &part(0, 2),
            transaction,
            self.line.clone(),
        )
    }

    fn cells(&self) -> [String; 13] {
        [
            self.transaction.clone(),
            self.line.clone(),
            self.cost_centre.clone(),
            self.account.clone(),
            self.project.clone(),
            self.period.clone(),
            self.date.clone(),
            self.supplier.clone(),
            self.description.clone(),
            self.kind.clone(),
            money(self.pence),
            if self.capital { "CAP" } else { "REV" }.to_owned(),
            self.category.clone(),
        ]
    }
}

/// What a stream was expected to cost in month `m`, in pence: what is forecast.
pub fn forecast(story: &Story, stream: &Stream, m: i32) -> i64 {
    if let Some(explicit) = &stream.explicit {
        return explicit.get(&m.to_string()).copied().unwrap_or(0);
    }
    let at = usize::try_from(m.rem_euclid(12)).unwrap_or(0);
    let season = story
        .profiles
        .get(&stream.profile)
        .and_then(|months| months.get(at))
        .copied()
        .unwrap_or(0);
    let uplift = story
        .uplift_bp
        .get(&m.div_euclid(12).to_string())
        .copied()
        .unwrap_or(0);
    let season = (stream.monthly.unwrap_or(0) * season).div_euclid(10_000);
    (season * uplift).div_euclid(10_000)
}

/// What it did cost.
pub fn amount(story: &Story, stream: &Stream, m: i32) -> i64 {
    let base = forecast(story, stream, m);
    if stream.explicit.is_some() {
        return base;
    }
    let (n, since) = (stream.number, i64::from(m) + 24);
    let variation = (n * 37 + since * 53).rem_euclid(601) - 300;
    (base * (10_000 + variation)).div_euclid(10_000) + (n * 97 + since * 31).rem_euclid(100)
}

fn split(stream: &Stream, total: i64) -> Vec<i64> {
    let mut parts: Vec<i64> = stream
        .split_bp
        .iter()
        .map(|bp| (total * bp).div_euclid(10_000))
        .collect();
    // the last line takes what is left, whatever its own share came to
    if parts.pop().is_some() {
        let before: i64 = parts.iter().sum();
        parts.push(total - before);
    }
    parts
}

/// Writes the rows of one month.
struct Month<'a> {
    story: &'a Story,
    calendar: Calendar,
    m: i32,
}

impl Month<'_> {
    fn row(&self, stream: &Stream, pence: i64, transaction: String, line: i64, day: u32) -> Row {
        let (first, last) = (self.calendar.first(self.m), self.calendar.last(self.m));
        let year = self.calendar.year + self.m.div_euclid(12);
        Row {
            transaction,
            line: line.to_string(),
            cost_centre: stream.cost_centre.clone(),
            account: stream.account.clone(),
            project: stream.project.clone(),
            period: format!(
                "{year}/{:02} P{:02}",
                (year + 1).rem_euclid(100),
                self.m.rem_euclid(12) + 1
            ),
            date: format!(
                "{:02}/{:02}/{}",
                day.min(last.day()),
                first.month(),
                first.year()
            ),
            supplier: self.story.name(&stream.provider).to_owned(),
            description: stream.description.clone(),
            kind: stream.kind.clone(),
            pence,
            capital: stream.capital,
            category: stream.category.clone(),
        }
    }

    fn number(&self, letters: &str, months_before: i32, n: i64) -> String {
        format!(
            "{letters}{:06}",
            i64::from(self.m + 24 - months_before) * 100 + n
        )
    }

    fn stream(&self, n: i64) -> Option<&Stream> {
        self.story.streams.iter().find(|stream| stream.number == n)
    }

    fn rows(&self, k: i32) -> Vec<Row> {
        let corners = &self.story.corners;
        let mut rows = Vec::new();
        for stream in &self.story.streams {
            self.rows_of_stream(k, stream, &mut rows);
        }
        let c = &corners.recharge;
        if k == c.k {
            let lines = [(1, c.from_stream, -c.amount), (2, c.to_stream, c.amount)];
            for (line, n, pence) in lines {
                if let Some(stream) = self.stream(n) {
                    rows.push(Row {
                        kind: "RCH".to_owned(),
                        supplier: self.story.name("charity").to_owned(),
                        description: "Recharge of a navigator's time".to_owned(),
                        ..self.row(stream, pence, self.number("JN", 0, 0), line, 30)
                    });
                }
            }
        }
        let c = &corners.credit;
        if k == c.k
            && let Some(stream) = self.stream(c.stream)
        {
            rows.push(Row {
                kind: "CRN".to_owned(),
                description: "Credit note: overcharge".to_owned(),
                ..self.row(stream, c.amount, self.number("CR", 0, 0), 1, 21)
            });
        }
        let c = &corners.no_transaction_number;
        if k == c.k
            && let Some(stream) = self.stream(c.stream)
        {
            rows.push(Row {
                line: String::new(),
                supplier: c.supplier.clone(),
                description: c.description.clone(),
                ..self.row(stream, c.amount, String::new(), 0, 17)
            });
        }
        let c = &corners.faulty_date;
        if k == c.k
            && let Some(stream) = self.stream(c.stream)
        {
            rows.push(Row {
                date: format!("{}/{}", c.day, self.calendar.first(self.m).year()),
                description: c.description.clone(),
                ..self.row(stream, c.amount, self.number("IN", 0, 99), 1, 1)
            });
        }
        rows.sort_by_key(Row::key);
        let c = &corners.duplicate;
        if k == c.k
            && let Some(stream) = self.stream(c.stream)
            && let Some(at) = rows
                .iter()
                .position(|row| row.category == stream.category && row.line == "1")
            && let Some(row) = rows.get(at).cloned()
        {
            rows.insert(at + 1, row);
        }
        rows
    }

    fn rows_of_stream(&self, k: i32, stream: &Stream, rows: &mut Vec<Row>) {
        let corners = &self.story.corners;
        let n = stream.number;
        let total = amount(self.story, stream, self.m);
        if total == 0 {
            return;
        }
        let pay = stream.kind == "PAY";
        let transaction = self.number(if pay { "PY" } else { "IN" }, 0, n);
        let day = if pay {
            28
        } else {
            u32::try_from(3 + (n * 5).rem_euclid(24)).unwrap_or(3)
        };
        if k == corners.accrual.k && n == corners.accrual.stream {
            rows.push(Row {
                kind: "ACC".to_owned(),
                description: format!("Accrual: {}", stream.description),
                ..self.row(stream, total, self.number("AC", 0, n), 1, 31)
            });
            return;
        }
        if k == corners.reversal_and_invoice.k && n == corners.reversal_and_invoice.stream {
            let before = amount(self.story, stream, self.m - 1);
            let accrual = self.number("AC", 1, n);
            rows.push(Row {
                kind: "REV".to_owned(),
                description: format!("Reversal of accrual {accrual}"),
                ..self.row(stream, -before, accrual.clone(), 2, 1)
            });
            rows.push(Row {
                description: format!("{}, month before", stream.description),
                ..self.row(stream, before, self.number("IN", 1, n), 1, 9)
            });
        }
        for (line, pence) in (1..).zip(split(stream, total)) {
            rows.push(self.row(stream, pence, transaction.clone(), line, day));
        }
        if corners.vat_streams.contains(&n) {
            let vat = (total * corners.vat_bp).div_euclid(10_000);
            rows.push(Row {
                account: corners.vat_account.clone(),
                project: corners.vat_project.clone(),
                description: "VAT, recoverable".to_owned(),
                kind: "VAT".to_owned(),
                category: String::new(),
                ..self.row(stream, vat, transaction, 9, day)
            });
        }
    }
}

fn money(pence: i64) -> String {
    let whole = (pence.unsigned_abs() / 100).to_string();
    let mut text = String::new();
    for (at, digit) in whole.chars().enumerate() {
        if at > 0 && (whole.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    let text = format!("{text}.{:02}", pence.unsigned_abs() % 100);
    if pence < 0 { format!("({text})") } else { text }
}

/// Writes a row as the council's finance system does.
fn write_row(text: &mut String, cells: &[String]) {
    for (at, cell) in cells.iter().enumerate() {
        if at > 0 {
            text.push(',');
        }
        if cell.contains([',', '"', '\r', '\n']) {
            text.push('"');
            text.push_str(&cell.replace('"', "\"\""));
            text.push('"');
        } else {
            text.push_str(cell);
        }
    }
    text.push_str("\r\n");
}

fn as_text(rows: &[Row], month: NaiveDate) -> String {
    let mut text = String::new();
    for heading in [
        "Marlshire County Council: general ledger, transactions by project".to_owned(),
        format!("Period: {}", month.format("%B %Y")),
        "Currency: £ sterling. Credits are in brackets.".to_owned(),
    ] {
        write_row(&mut text, &[heading]);
    }
    text.push_str("\r\n");
    write_row(&mut text, &COLUMNS.map(str::to_owned));
    for row in rows {
        write_row(&mut text, &row.cells());
    }
    let mut total: [String; 13] = std::array::from_fn(|_| String::new());
    total[0] = "Total".to_owned();
    total[10] = money(rows.iter().map(|row| row.pence).sum());
    write_row(&mut text, &total);
    text
}

/// The 24 files up to the month before the one that a day is in.
pub fn extracts(story: &Story, calendar: Calendar) -> Vec<Extract> {
    (0..24)
        .map(|k| {
            let m = calendar.a - 24 + k;
            let month = calendar.first(m);
            let rows = Month { story, calendar, m }.rows(k);
            let total = rows.iter().map(|row| row.pence).sum();
            let vat: i64 = rows
                .iter()
                .filter(|row| row.kind == "VAT")
                .map(|row| row.pence)
                .sum();
            Extract {
                name: format!("ledger-{}.csv", month.format("%Y-%m")),
                k,
                m,
                month,
                rows: rows.len(),
                total,
                total_without_vat: total - vat,
                bytes: as_text(&rows, month)
                    .chars()
                    // the first 256 characters are the same in Windows-1252, as far as we use them
                    .map(|c| u8::try_from(u32::from(c)).unwrap_or(b'?'))
                    .collect(),
            }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    #![allow(
        clippy::unwrap_used,
        clippy::expect_used,
        reason = "a test says what went wrong by failing"
    )]

    use super::*;

    #[test]
    fn the_files_have_the_rows_and_totals_that_the_rules_give() {
        let story = Story::read().unwrap();
        let calendar = Calendar::on(NaiveDate::from_ymd_opt(2026, 11, 23).unwrap());
        let vector: serde_json::Value =
            serde_json::from_str(include_str!("../../demo/spend/totals-2026-11.json")).unwrap();
        let files = extracts(&story, calendar);
        assert_eq!(files.len(), 24);
        for file in files {
            let expected = &vector["files"][&file.name];
            assert_eq!(expected["rows"], file.rows, "{}", file.name);
            assert_eq!(expected["total_pence"], file.total, "{}", file.name);
        }
    }

    #[test]
    fn a_year_that_begins_in_april_has_its_months_in_every_month() {
        for (day, year, a) in [
            ("2026-04-01", 2026, 0),
            ("2026-03-31", 2025, 11),
            ("2027-01-15", 2026, 9),
        ] {
            let calendar = Calendar::on(day.parse().unwrap());
            assert_eq!((calendar.year, calendar.a), (year, a), "{day}");
            assert_eq!(
                calendar.first(calendar.a),
                day.parse::<NaiveDate>().unwrap().with_day(1).unwrap()
            );
        }
    }

    #[test]
    fn amounts_are_written_as_a_ledger_writes_them() {
        assert_eq!(money(123_456_789), "1,234,567.89");
        assert_eq!(money(-5), "(0.05)");
        assert_eq!(money(100_000), "1,000.00");
    }
}
