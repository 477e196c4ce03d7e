//! The pure rules of the coding map. Codes and a day in; a coding, a tie or findings out.

mod map;
mod suggest;
mod table;

pub use map::{Codes, Coding, CodingMap, MapRow, first_tie, tie_words};
pub use suggest::{Known, Suggestion, suggest};
pub use table::{COLUMNS, RowFault, TableRow, read_table};
pub(crate) use table::{cells, day};
