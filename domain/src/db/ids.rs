//! Ids for many rows: one is drawn, and the next follow it.

use uuid::Uuid;

/// Ids of version 7 in their order. Drawing each from the system's randomness is a call to the
/// system for every row; after one that was drawn, its last 16 bits count.
#[derive(Debug, Default)]
pub(crate) struct Ids {
    drawn: Option<Uuid>,
    next: u16,
}

impl Ids {
    pub(crate) fn next(&mut self) -> Uuid {
        let drawn = *self.drawn.get_or_insert_with(Uuid::now_v7);
        let count = self.next;
        match count.checked_add(1) {
            Some(next) => self.next = next,
            None => *self = Self::default(),
        }
        let mut bytes = drawn.into_bytes();
        if let Some(last) = bytes.last_chunk_mut::<2>() {
            *last = count.to_be_bytes();
        }
        Uuid::from_bytes(bytes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn they_are_of_version_7_all_different_and_in_order() {
        let mut ids = Ids::default();
        let many: Vec<Uuid> = (0..200_000).map(|_| ids.next()).collect();
        assert!(many.iter().all(|id| id.get_version_num() == 7));
        assert!(many.is_sorted_by(|a, b| a < b));
    }
}
