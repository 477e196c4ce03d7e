//! Mail and reminders, with a mail server that dies: R1 to R3 of the quality targets.

mod delivery;
mod duty;
mod encrypted;
mod ladders;
mod links;
