//! Who may do what: the matrix of every operation and every kind of person, against the running
//! server, and the ways in.

mod addresses;
mod by_link;
mod foreign;
mod matrix;
mod matrix_applications;
mod matrix_awards;
mod matrix_beside;
mod matrix_commitments;
mod matrix_decisions;
mod matrix_funders;
mod matrix_grants;
mod matrix_journals;
mod matrix_pages;
mod matrix_pages_letters;
mod matrix_pages_lists;
mod matrix_pages_pools;
mod matrix_pages_stops;
mod matrix_pools;
mod matrix_returns;
mod matrix_spend;
mod sign_in;
mod trust;
mod web;
