//! Dates and times as people here live by them: bank holidays, working days, London time.

pub mod rules;
