//! Spend that arrives by file, as it is for everybody else meanwhile.

mod coding;
mod layouts;
mod waiting;
