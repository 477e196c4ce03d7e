//! Our money: one reading for trustees and committee alike of what was given, decided, promised,
//! spent, what may be lost, and what waits.

pub mod view;

#[cfg(test)]
mod tests;
