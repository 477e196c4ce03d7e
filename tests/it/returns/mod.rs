//! One return from the end of its quarter to the funder, through every part of the house.

mod journey;
mod life;
mod mapping;
mod pack;
mod pages;
mod reading;
mod refusals;
pub mod story;
