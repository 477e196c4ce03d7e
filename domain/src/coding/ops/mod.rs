//! What people do with the coding map. Rows are added, changed from a day, ended; what was coded
//! stays as it was coded.

mod file;
mod keep;
mod lines;

pub use file::{MapLoaded, load_map};
pub use keep::{
    ChangeMapRow, CodedAs, EndMapRow, NewMapRow, Preview, add, change, end, preview_change,
    preview_new,
};
pub use lines::{CodeLines, CodedLines, MOST_AT_ONCE, code_by_map, code_lines};
