//! Integers in, a minimum-cost flow and its potentials out.
//!
//! A [`Network`] has nodes and arcs with whole capacities; what flows is a circulation (whatever
//! enters a node leaves it), so sources and sinks are arcs from and to a node of the caller's own.
//! A [`Solver`] starts from no flow at all and is given **aims in turn**: for each, what a unit on
//! an arc costs (negative: is worth). It finds the cheapest circulation among those that are best
//! for every aim before, and hands out the potentials that prove it. Between aims, an arc that the
//! potentials say may not move is held where it is; the next aim has only the arcs that stay free.
//! So the costs of a unit are compared as vectors, in order, and no weighted sum can overflow.
//!
//! For an aim with costs `c` and potentials `p`, every arc `u → v` that was free has
//! `c + p(u) − p(v) ≥ 0` where it could carry more and `≤ 0` where it carries something. Read
//! together, aim after aim, the vectors of these numbers are `≥ 0` and `≤ 0` in lexicographic order.
//!
//! Whole numbers only; nothing here can overflow, or it is refused. The same network built in the
//! same order gives the same flow.
#![deny(missing_docs, clippy::as_conversions, clippy::float_arithmetic)]

mod network;
mod solver;
#[cfg(test)]
mod tests;

pub use network::{Arc, Network, Node};
pub use solver::Solver;

/// Why there is no flow.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
pub enum Error {
    /// An arc names a node that the network does not have, or an aim an arc.
    #[error("the network has no such node or arc")]
    Unknown,
    /// A capacity is below nought.
    #[error("a capacity is below nought")]
    Negative,
    /// The capacities or the costs are too large to be added up.
    #[error("the capacities or the costs are too large to be added up")]
    Overflow,
}
