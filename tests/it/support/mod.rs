//! What the tests stand on: real parts, each started, bounded and cleared away by itself.

pub mod contract;
pub mod house;
pub mod mail;
pub mod pages;
pub mod postgres;
pub mod sample;
pub mod smtp;
pub mod visitor;
