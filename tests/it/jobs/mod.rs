//! The engine's conformance suite: J1 to J6 of the quality targets, each on both databases, with
//! real processes that are killed, stopped and told to stop.

mod house;
mod kills;
mod ticks;
