//! Who a line is, so that the same line is known again in any later file, and which rows of one
//! file may be the same spend.

use std::collections::hash_map::Entry;
use std::fmt::Write;
use std::hash::BuildHasher;

use chrono::NaiveDate;
// A million rows are looked up by four keys each: the standard hash took a tenth of an import's time.
use foldhash::fast::RandomState;
use foldhash::{HashMap, HashMapExt};

use super::row::{LineDraft, Suspect, SuspectReason};

/// The identity of a line that the ledger numbers: `t:<system>:<transaction>:<line>`.
pub fn ledger_key(system: &str, transaction: &str, line: &str) -> String {
    let mut key = String::with_capacity(system.len() + transaction.len() + line.len() + 4);
    key.push('t');
    for part in [system, transaction, line] {
        key.push(':');
        // The separator inside a part would let two lines share a key.
        for character in part.chars() {
            match character {
                ':' => key.push_str("%3A"),
                '%' => key.push_str("%25"),
                other => key.push(other),
            }
        }
    }
    key
}

/// The identity of the n-th row (from 1) with this fingerprint: `h:<sha256>:<n>`.
pub fn nth_key(fingerprint: &[u8; 32], nth: u32) -> String {
    let mut key = String::with_capacity(80);
    key.push_str("h:");
    for byte in fingerprint {
        for nibble in [byte >> 4, byte & 15] {
            key.extend(char::from_digit(u32::from(nibble), 16));
        }
    }
    // Writing to a string cannot fail.
    let _written: std::fmt::Result = write!(key, ":{nth}");
    key
}

/// Transaction and line number are already used by this row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct UsedAbove {
    /// The earlier row.
    pub by_row: u32,
}

/// The identities of one file's good rows, given in the order of the file.
///
/// Rows that are identical have identical fates, so which of them is the first does not matter: the
/// set of identities is the same in any order of rows. A corrected row joins by going through here
/// after the rows that were good at once.
#[derive(Debug)]
pub struct Identities {
    system: String,
    numbered: HashMap<String, u32>,
    identical: HashMap<[u8; 32], (u32, u32)>,
    /// By how a supplier is spelled, and in small letters.
    suppliers: HashMap<String, u32>,
    payments: HashMap<(u32, i64, NaiveDate), (u32, Option<Hash>)>,
    hashes: RandomState,
}

/// What stands for a transaction: each row has one, and only whether two are the same is asked.
type Hash = u64;

impl Identities {
    /// For files of this finance system.
    pub fn new(system: &str) -> Self {
        Identities {
            system: system.to_owned(),
            numbered: HashMap::new(),
            identical: HashMap::new(),
            suppliers: HashMap::new(),
            payments: HashMap::new(),
            hashes: RandomState::default(),
        }
    }

    /// The row's identity, and the earlier rows that it may repeat.
    pub fn identify(
        &mut self,
        row: u32,
        draft: &LineDraft,
        fingerprint: Option<&[u8; 32]>,
    ) -> Result<(String, Vec<Suspect>), UsedAbove> {
        let mut suspects = Vec::new();
        let key = match (&draft.transaction, &draft.line, fingerprint) {
            (Some(transaction), Some(line), _) => {
                let key = ledger_key(&self.system, transaction, line);
                match self.numbered.entry(key.clone()) {
                    Entry::Occupied(used) => {
                        return Err(UsedAbove {
                            by_row: *used.get(),
                        });
                    }
                    Entry::Vacant(free) => {
                        free.insert(row);
                    }
                }
                key
            }
            (_, _, fingerprint) => {
                let fingerprint = fingerprint.copied().unwrap_or_default();
                let (first, count) = self.identical.entry(fingerprint).or_insert((row, 0));
                *count = count.saturating_add(1);
                if *count > 1 {
                    suspects.push(Suspect {
                        of_row: *first,
                        reason: SuspectReason::IdenticalRow,
                    });
                }
                nth_key(&fingerprint, *count)
            }
        };
        if suspects.is_empty()
            && let Some(of_row) = self.paid_before(row, draft)
        {
            suspects.push(Suspect {
                of_row,
                reason: SuspectReason::SameSupplierAmountAndDate,
            });
        }
        Ok((key, suspects))
    }

    /// The first row with the same supplier, amount and date under another transaction.
    fn paid_before(&mut self, row: u32, draft: &LineDraft) -> Option<u32> {
        let supplier = draft.supplier.as_deref()?;
        if draft.amount_pence == 0 {
            return None;
        }
        let supplier = self.supplier(supplier)?;
        let transaction = draft
            .transaction
            .as_ref()
            .map(|text| self.hashes.hash_one(text));
        let payment = (supplier, draft.amount_pence, draft.incurred_on);
        match self.payments.entry(payment) {
            Entry::Occupied(earlier) => {
                let (first, earlier) = earlier.get();
                // Two lines of one transaction are an ordinary split. Without transaction numbers
                // the rows differ in something else, and a person should look.
                let other = earlier.is_none() || *earlier != transaction;
                other.then_some(*first)
            }
            Entry::Vacant(free) => {
                free.insert((row, transaction));
                None
            }
        }
    }

    /// The number of a supplier, however it is spelled.
    fn supplier(&mut self, spelled: &str) -> Option<u32> {
        if let Some(known) = self.suppliers.get(spelled) {
            return Some(*known);
        }
        let next = u32::try_from(self.suppliers.len()).ok()?;
        let number = *self.suppliers.entry(spelled.to_lowercase()).or_insert(next);
        self.suppliers.insert(spelled.to_owned(), number);
        Some(number)
    }
}
