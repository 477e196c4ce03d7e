//! Nodes, arcs and their capacities.

use crate::Error;

/// A node, by its number.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Ord, PartialOrd, Hash)]
pub struct Node(pub(crate) usize);

/// An arc, by its number.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Ord, PartialOrd, Hash)]
pub struct Arc(pub(crate) usize);

/// What can flow where, and how much of it.
#[derive(Clone, Debug, Default)]
pub struct Network {
    pub(crate) nodes: usize,
    pub(crate) tails: Vec<usize>,
    pub(crate) heads: Vec<usize>,
    pub(crate) capacities: Vec<i64>,
    total: i64,
}

impl Network {
    /// A network without nodes.
    pub fn new() -> Self {
        Self::default()
    }

    /// One more node.
    pub fn node(&mut self) -> Node {
        self.nodes += 1;
        Node(self.nodes - 1)
    }

    /// One more arc. All capacities together must fit an `i64`, so that no sum of flows overflows;
    /// an arc that nothing should hold back takes the capacity that its source can send.
    pub fn arc(&mut self, from: Node, to: Node, capacity: i64) -> Result<Arc, Error> {
        if from.0 >= self.nodes || to.0 >= self.nodes {
            return Err(Error::Unknown);
        }
        if capacity < 0 {
            return Err(Error::Negative);
        }
        self.total = self.total.checked_add(capacity).ok_or(Error::Overflow)?;
        self.tails.push(from.0);
        self.heads.push(to.0);
        self.capacities.push(capacity);
        Ok(Arc(self.tails.len() - 1))
    }
}
