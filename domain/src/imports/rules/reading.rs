//! The fields of one row, each read by the profile; every fault is gathered.

use std::borrow::Cow;

use chrono::NaiveDate;
use sha2::{Digest, Sha256};

use super::columns::{shortened, tidy};
use super::date_text::{DateFault, in_range, parse_date};
use super::fault_text::{date_message, money_message};
use super::money_text::{MoneyFault, parse_money, parse_number_cell};
use super::parse::{Parsed, RowParser};
use super::profile::{CapitalOrRevenue, Field, LineKind, Unlisted};
use super::row::{Cell, Fault, FaultCode, LineDraft};

/// What is collected while one row is read.
pub(super) struct Reading<'p, 'c, 'f> {
    parser: &'p RowParser,
    row: u32,
    cells: &'c [Cell<'f>],
    faults: Vec<Fault>,
    facts: Vec<(Field, String)>,
    wants_facts: bool,
}

impl<'p, 'c, 'f> Reading<'p, 'c, 'f> {
    pub(super) fn new(parser: &'p RowParser, row: u32, cells: &'c [Cell<'f>]) -> Self {
        Reading {
            parser,
            row,
            cells,
            faults: Vec::new(),
            facts: Vec::new(),
            wants_facts: false,
        }
    }

    /// The whole row.
    pub(super) fn line(&mut self) -> Parsed {
        self.check_cells();
        let transaction = self.words(Field::Transaction);
        let line = self.words(Field::Line).map(plain_number);
        // A numbered line needs no fingerprint: do not gather what nobody reads.
        self.wants_facts = transaction.is_none() || line.is_none();
        if let (true, Some(text)) = (self.wants_facts, transaction.as_ref().or(line.as_ref())) {
            let field = match transaction {
                Some(_) => Field::Transaction,
                None => Field::Line,
            };
            self.facts.push((field, text.clone()));
        }
        let amount = self.amount();
        let vat = self.money(Field::Vat);
        let posted_on = self.date(Field::PostedOn);
        let paid_on = self.date(Field::PaidOn);
        let incurred_on = self.incurred_on(posted_on);
        let kind = self.kind();
        let capital_or_revenue = self.capital_or_revenue();
        let [period, pool, category, place, group] = [
            Field::Period,
            Field::Pool,
            Field::Category,
            Field::Place,
            Field::Group,
        ]
        .map(|field| self.value(field));
        let [supplier, description, cost_centre, account, project] = [
            Field::Supplier,
            Field::Description,
            Field::CostCentre,
            Field::Account,
            Field::Project,
        ]
        .map(|field| self.value(field));
        // A number may be added to a line later, or its column to a layout: it may not change who
        // the line is.
        let commitment_ref = self.words(Field::Commitment).or_else(|| {
            self.parser
                .profile
                .defaults
                .get(&Field::Commitment)
                .cloned()
        });
        let (Some(amount_pence), Some(incurred_on), Some(kind), true) =
            (amount, incurred_on, kind, self.faults.is_empty())
        else {
            return Parsed::Faulty(amount, std::mem::take(&mut self.faults));
        };
        let fingerprint = self.wants_facts.then(|| self.fingerprint());
        let draft = LineDraft {
            transaction,
            line,
            incurred_on,
            posted_on,
            paid_on,
            period,
            kind,
            amount_pence,
            vat_pence: vat,
            capital_or_revenue,
            pool,
            category,
            place,
            group,
            supplier,
            description,
            cost_centre,
            account,
            project,
            commitment_ref,
        };
        Parsed::Line(Box::new(draft), fingerprint)
    }

    /// What can be wrong with a cell whatever its field.
    fn check_cells(&mut self) {
        let parser = self.parser;
        let most = parser.layout.max_cell_characters;
        for (index, cell) in self.cells.iter().enumerate() {
            let Cell::Text(text) = cell else { continue };
            if text.len() > most && text.chars().count() > most {
                self.faults.push(parser.fault(
                    self.row,
                    None,
                    Some(index),
                    FaultCode::CellTooLong,
                    format!(
                        "This cell holds more than {most} characters. A quotation mark may be \
                         missing in the row, so that several values ran together. Shorten it."
                    ),
                    text,
                ));
            } else if text
                .bytes()
                .any(|b| b < b' ' && !b"\t\r\n".contains(&b) || b == 0x7f)
            {
                self.faults.push(
                    parser.fault(
                        self.row,
                        None,
                        Some(index),
                        FaultCode::ControlCharacter,
                        "This cell holds an invisible control character. Type its text again."
                            .to_owned(),
                        text,
                    ),
                );
            }
        }
        let width = parser.width;
        if parser.layout.delimited && width > 0 {
            let extra = (width..self.cells.len()).find(|index| !self.cell_at(*index).is_blank());
            if let Some(index) = extra {
                let raw = self.cell_at(index).text().into_owned();
                self.faults.push(parser.fault(
                    self.row,
                    None,
                    Some(index),
                    FaultCode::ExtraCells,
                    format!(
                        "This row has more values than the {width} headings. A value probably \
                         holds the separator without quotation marks, so that what follows it \
                         stands one column too far right. Correct each value of the row and empty \
                         the extra ones."
                    ),
                    &raw,
                ));
            }
        }
    }

    fn cell_at(&self, index: usize) -> &Cell<'_> {
        self.cells.get(index).unwrap_or(&Cell::Empty)
    }

    fn refuse(&mut self, field: Field, code: FaultCode, message: String) {
        let column = self.parser.column_of(field);
        let raw = column.map_or(Cow::Borrowed(""), |index| self.cell_at(index).text());
        let fault = self
            .parser
            .fault(self.row, Some(field), column, code, message, &raw);
        self.faults.push(fault);
    }

    /// A cell's text, tidied; `None` when empty. An error cell is a fault.
    fn words(&mut self, field: Field) -> Option<String> {
        let cell = self.cell_at(self.parser.column_of(field)?);
        match cell {
            Cell::Empty => None,
            Cell::Error(_) => {
                self.refuse_error_cell(field);
                None
            }
            cell => {
                let text = tidy(&cell.text()).into_owned();
                (!text.is_empty()).then_some(text)
            }
        }
    }

    fn refuse_error_cell(&mut self, field: Field) {
        self.refuse(
            field,
            FaultCode::CellError,
            format!(
                "The {} holds a spreadsheet error instead of a value. Correct it in the source, or \
                 type the right value.",
                field.label()
            ),
        );
    }

    fn fact(&mut self, field: Field, value: impl FnOnce() -> String) {
        if self.wants_facts {
            self.facts.push((field, value()));
        }
    }

    /// A text field in our words: through its map, or its default when empty.
    fn value(&mut self, field: Field) -> Option<String> {
        let Some(text) = self.words(field) else {
            return self.parser.profile.defaults.get(&field).cloned();
        };
        // The ledger's own words identify the row, so that a better map later does not turn a
        // line that is already loaded into a new one.
        self.fact(field, || text.clone());
        let Some(map) = self.parser.maps.get(&field) else {
            return Some(text);
        };
        if let Some(slug) = map.get(&text.to_lowercase()) {
            return Some(slug.clone());
        }
        let policy = self.parser.profile.values.get(&field);
        match policy.map(|map| map.unlisted).unwrap_or_default() {
            Unlisted::Keep => Some(text),
            Unlisted::Empty => None,
            Unlisted::Fault => {
                self.refuse(
                    field,
                    FaultCode::UnknownValue,
                    format!(
                        "“{}” is not a {} that the layout knows. Add it to the layout's list, or \
                         correct the row.",
                        shortened(&text, 60),
                        field.label()
                    ),
                );
                None
            }
        }
    }

    fn kind(&mut self) -> Option<LineKind> {
        let before = self.faults.len();
        let text = match self.value(Field::Kind) {
            Some(text) => text,
            None if self.faults.len() > before => return None,
            None => {
                self.refuse_missing(Field::Kind);
                return None;
            }
        };
        let kind = LineKind::from_slug(&text);
        if kind.is_none() {
            let known: Vec<&str> = LineKind::ALL.iter().map(|kind| kind.slug()).collect();
            self.refuse(
                Field::Kind,
                FaultCode::UnknownValue,
                format!(
                    "“{}” is not a kind of spend line ({}). Add it to the layout's list of kinds, \
                     or correct the row.",
                    shortened(&text, 60),
                    known.join(", ")
                ),
            );
        }
        kind
    }

    fn capital_or_revenue(&mut self) -> Option<CapitalOrRevenue> {
        let text = self.value(Field::CapitalOrRevenue)?;
        let value = CapitalOrRevenue::from_slug(&text);
        if value.is_none() {
            self.refuse(
                Field::CapitalOrRevenue,
                FaultCode::UnknownValue,
                format!(
                    "“{}” is neither capital nor revenue. Add it to the layout's list, or correct \
                     the row.",
                    shortened(&text, 60)
                ),
            );
        }
        value
    }

    fn refuse_missing(&mut self, field: Field) {
        self.refuse(
            field,
            FaultCode::Missing,
            format!(
                "The {} is empty. Type it, or set the row aside.",
                field.label()
            ),
        );
    }

    /// The amount in pence, from its column or from debit less credit.
    fn amount(&mut self) -> Option<i64> {
        let amount = if self.parser.columns.contains_key(&Field::Amount) {
            let before = self.faults.len();
            let amount = self.money(Field::Amount);
            if amount.is_none() && self.faults.len() == before {
                self.refuse_missing(Field::Amount);
            }
            amount?
        } else {
            let before = self.faults.len();
            let debit = self.money(Field::Debit);
            let credit = self.money(Field::Credit);
            if self.faults.len() > before {
                return None;
            }
            match (debit, credit) {
                (None, None) => {
                    self.refuse_missing(Field::Debit);
                    return None;
                }
                (Some(debit), Some(credit)) if debit != 0 && credit != 0 => {
                    self.refuse(
                        Field::Debit,
                        FaultCode::DebitAndCredit,
                        "This row has a debit and a credit. Keep the one that is right, or set the \
                         row aside and enter two."
                            .to_owned(),
                    );
                    return None;
                }
                (debit, credit) => debit.unwrap_or(0) - credit.unwrap_or(0),
            }
        };
        self.fact(Field::Amount, || amount.to_string());
        Some(amount)
    }

    /// Pence of a money column; `None` when empty or faulty.
    fn money(&mut self, field: Field) -> Option<i64> {
        let cell = self.cell_at(self.parser.column_of(field)?);
        let rules = match field {
            Field::Debit | Field::Credit => &self.parser.pair_rules,
            _ => &self.parser.profile.amounts,
        };
        let result = match cell {
            Cell::Empty => return None,
            Cell::Error(_) => {
                self.refuse_error_cell(field);
                return None;
            }
            Cell::Number(text) => parse_number_cell(text, rules),
            Cell::Text(text) => parse_money(text, rules),
            Cell::Date(_) | Cell::Bool(_) => Err(MoneyFault::NotMoney),
        };
        match result {
            Ok(pence) => {
                if field == Field::Vat {
                    self.fact(field, || pence.to_string());
                }
                Some(pence)
            }
            Err(MoneyFault::Empty) => None,
            Err(fault) => {
                let raw = cell.text().into_owned();
                let (code, message) = money_message(fault, field, &raw);
                self.refuse(field, code, message);
                None
            }
        }
    }

    fn incurred_on(&mut self, posted_on: Option<NaiveDate>) -> Option<NaiveDate> {
        let before = self.faults.len();
        let own = self.date(Field::IncurredOn);
        if own.is_some() || self.faults.len() > before {
            return own;
        }
        let fall_back = self.parser.profile.dates.received_else_posted;
        if let (true, Some(_)) = (fall_back, posted_on) {
            return posted_on;
        }
        self.refuse_missing(Field::IncurredOn);
        None
    }

    /// Whether another date's column is that of the date received.
    fn is_the_date_received(&self, field: Field) -> bool {
        field != Field::IncurredOn
            && self.parser.column_of(field).is_some()
            && self.parser.column_of(field) == self.parser.column_of(Field::IncurredOn)
    }

    /// A date column; `None` when empty or faulty.
    fn date(&mut self, field: Field) -> Option<NaiveDate> {
        let cell = self.cell_at(self.parser.column_of(field)?);
        let rules = &self.parser.profile.dates;
        let result = match cell {
            Cell::Date(date) => in_range(*date, rules),
            Cell::Bool(_) => Err(DateFault::NotADate),
            Cell::Error(_) => {
                self.refuse_error_cell(field);
                return None;
            }
            cell if cell.is_blank() => return None,
            cell => parse_date(&cell.text(), rules, self.parser.layout.epoch_1904),
        };
        match result {
            Ok(date) => {
                // A payment date comes later than the line: it may not change who the line is.
                if field != Field::PaidOn {
                    self.fact(field, || date.to_string());
                }
                Some(date)
            }
            // One column that is two dates is told once, as the date that decides.
            Err(_) if self.is_the_date_received(field) => None,
            Err(fault) => {
                let raw = cell.text().into_owned();
                let (code, message) = date_message(fault, field, &raw, &rules.formats);
                self.refuse(field, code, message);
                None
            }
        }
    }

    /// The hash of what the ledger says about the row, in the order of the fields. Texts hold no
    /// control characters (that is a fault), so the separators cannot be forged.
    fn fingerprint(&mut self) -> [u8; 32] {
        self.facts.sort_by_key(|(field, _)| *field);
        let mut hash = Sha256::new();
        for (field, value) in &self.facts {
            hash.update(field.slug().as_bytes());
            hash.update([0x1f]);
            hash.update(value.as_bytes());
            hash.update([0x1e]);
        }
        hash.finalize().into()
    }
}

/// `007` and `7` are the same line number.
fn plain_number(text: String) -> String {
    if !text.bytes().all(|byte| byte.is_ascii_digit()) {
        return text;
    }
    match text.trim_start_matches('0') {
        "" => "0".to_owned(),
        digits => digits.to_owned(),
    }
}
