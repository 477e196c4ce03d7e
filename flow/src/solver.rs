//! Aims in turn, each by primal and dual: what an aim wants is pushed at once, and what does not
//! fit flows back along the cheapest ways.
//!
//! An *edge* is a direction of an arc: `2 × arc` forwards, `2 × arc + 1` backwards.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, VecDeque};

use crate::{Arc, Error, Network, Node};

const FAR: i64 = i64::MAX;
const NO_LEVEL: usize = usize::MAX;

/// A network, the flow in it, and which arcs may still move.
#[derive(Clone, Debug)]
pub struct Solver {
    network: Network,
    /// The edges that leave node `n` are `edges[starts[n]..starts[n + 1]]`.
    starts: Vec<usize>,
    edges: Vec<usize>,
    flow: Vec<i64>,
    held: Vec<bool>,
}

impl Solver {
    /// Nothing flows yet.
    pub fn new(network: Network) -> Self {
        let mut starts = vec![0; network.nodes + 1];
        for ends in [&network.tails, &network.heads] {
            for node in ends {
                starts[node + 1] += 1;
            }
        }
        for node in 0..network.nodes {
            starts[node + 1] += starts[node];
        }
        let mut next = starts.clone();
        let mut edges = vec![0; network.tails.len() * 2];
        for arc in 0..network.tails.len() {
            for (node, edge) in [
                (network.tails[arc], 2 * arc),
                (network.heads[arc], 2 * arc + 1),
            ] {
                edges[next[node]] = edge;
                next[node] += 1;
            }
        }
        Self {
            flow: vec![0; network.tails.len()],
            held: vec![false; network.tails.len()],
            network,
            starts,
            edges,
        }
    }

    /// How much flows through an arc.
    pub fn flow(&self, arc: Arc) -> i64 {
        self.flow[arc.0]
    }

    /// Makes the flow the cheapest among those that are best for the aims before. Arcs that are not
    /// named cost nothing. Answers the potentials, one for each node.
    pub fn aim(&mut self, costs: &[(Arc, i64)]) -> Result<Vec<i64>, Error> {
        let mut cost = vec![0_i64; self.flow.len()];
        for (arc, unit) in costs {
            let slot = cost.get_mut(arc.0).ok_or(Error::Unknown)?;
            *slot = slot.checked_add(*unit).ok_or(Error::Overflow)?;
        }
        // A path passes each arc once: no distance is beyond the sum of all costs.
        let mut sum = 0_i64;
        for unit in &cost {
            sum = unit
                .checked_abs()
                .and_then(|u| sum.checked_add(u))
                .ok_or(Error::Overflow)?;
        }
        sum.checked_mul(4).ok_or(Error::Overflow)?;

        let mut work = Work {
            cost,
            potential: vec![0; self.network.nodes],
            excess: vec![0; self.network.nodes],
        };
        for arc in 0..self.flow.len() {
            let unit = work.cost[arc];
            if unit != 0 && !self.held[arc] {
                let edge = if unit < 0 { 2 * arc } else { 2 * arc + 1 };
                let amount = self.room(edge);
                work.excess[self.head(edge)] += amount;
                work.excess[self.tail(edge)] -= amount;
                self.push(edge, amount);
            }
        }
        while work.excess.iter().any(|e| *e > 0) {
            self.reprice(&mut work);
            self.send_back(&mut work);
        }
        for arc in 0..self.flow.len() {
            if self.reduced(&work, 2 * arc) != 0 {
                self.held[arc] = true;
            }
        }
        Ok(work.potential)
    }

    /// Makes each arc in turn carry as much as it can without changing what the aims and the arcs
    /// before decided, and holds it there.
    pub fn favour(&mut self, arcs: &[Arc]) -> Result<(), Error> {
        let mut search = Search {
            knots: self.knots(),
            came_by: vec![usize::MAX; self.network.nodes],
            seen: Vec::new(),
            complete_from: None,
            steps: 0,
        };
        for arc in arcs {
            let arc = arc.0;
            if arc >= self.flow.len() {
                return Err(Error::Unknown);
            }
            let (from, to) = (self.network.tails[arc], self.network.heads[arc]);
            if from == to && !self.held[arc] {
                // A round by itself.
                self.flow[arc] = self.network.capacities[arc];
            }
            while from != to && self.room(2 * arc) > 0 && self.round(&mut search, arc) {
                let mut round = vec![2 * arc];
                let mut node = from;
                while node != to {
                    let edge = search.came_by[node];
                    round.push(edge);
                    node = self.tail(edge);
                }
                let amount = round.iter().map(|e| self.room(*e)).min().unwrap_or(0);
                for edge in round {
                    self.push(edge, amount);
                }
                search.complete_from = None;
            }
            self.held[arc] = true;
            if search.steps > self.edges.len() {
                // Arcs that are held untie knots: once searching has cost more than looking at all
                // arcs, look.
                search.knots = self.knots();
                search.steps = 0;
            }
        }
        Ok(())
    }

    /// Looks for a way from the arc's head back to its tail, which closes a round.
    fn round(&self, search: &mut Search, arc: usize) -> bool {
        let (from, to) = (self.network.tails[arc], self.network.heads[arc]);
        if search.knots[from] != search.knots[to] {
            return false;
        }
        // Holding arcs and failing to find a round only ever take ways away: what could not be
        // reached from here a moment ago cannot be now.
        if search.complete_from == Some(to) && search.came_by[from] == usize::MAX {
            return false;
        }
        let into = &self.edges[self.starts[from]..self.starts[from + 1]];
        if into.iter().all(|e| e / 2 == arc || self.room(e ^ 1) == 0) {
            return false;
        }
        for node in search.seen.drain(..) {
            search.came_by[node] = usize::MAX;
        }
        search.complete_from = None;
        let mut queue = VecDeque::from([to]);
        while let Some(node) = queue.pop_front() {
            for at in self.starts[node]..self.starts[node + 1] {
                let edge = self.edges[at];
                let head = self.head(edge);
                search.steps += 1;
                if edge / 2 != arc
                    && head != to
                    && search.came_by[head] == usize::MAX
                    && search.knots[head] == search.knots[to]
                    && self.room(edge) > 0
                {
                    search.came_by[head] = edge;
                    search.seen.push(head);
                    if head == from {
                        return true;
                    }
                    queue.push_back(head);
                }
            }
        }
        search.complete_from = Some(to);
        false
    }

    fn tail(&self, edge: usize) -> usize {
        if edge.is_multiple_of(2) {
            self.network.tails[edge / 2]
        } else {
            self.network.heads[edge / 2]
        }
    }

    fn head(&self, edge: usize) -> usize {
        self.tail(edge ^ 1)
    }

    /// How much more can go along an edge.
    fn room(&self, edge: usize) -> i64 {
        let arc = edge / 2;
        if self.held[arc] {
            0
        } else if edge.is_multiple_of(2) {
            self.network.capacities[arc] - self.flow[arc]
        } else {
            self.flow[arc]
        }
    }

    fn push(&mut self, edge: usize, amount: i64) {
        if edge.is_multiple_of(2) {
            self.flow[edge / 2] += amount;
        } else {
            self.flow[edge / 2] -= amount;
        }
    }

    /// What a unit along an edge costs, seen from the potentials.
    fn reduced(&self, work: &Work, edge: usize) -> i64 {
        let arc = edge / 2;
        let forwards = work.cost[arc] + work.potential[self.network.tails[arc]]
            - work.potential[self.network.heads[arc]];
        if edge.is_multiple_of(2) {
            forwards
        } else {
            -forwards
        }
    }

    /// Raises the potentials by the distance from where too much arrived, up to the nearest node
    /// that wants some.
    fn reprice(&self, work: &mut Work) {
        let mut distance = vec![FAR; self.network.nodes];
        let mut heap = BinaryHeap::new();
        let mut near = Vec::new();
        for (node, excess) in work.excess.iter().enumerate() {
            if *excess > 0 {
                distance[node] = 0;
                near.push(node);
            }
        }
        let mut limit = FAR;
        let mut here = 0;
        loop {
            let node = match near.pop() {
                Some(node) => node,
                None => match heap.pop() {
                    Some(Reverse((far, node))) => {
                        if far > distance[node] {
                            continue;
                        }
                        here = far;
                        node
                    }
                    None => break,
                },
            };
            if here >= limit {
                break;
            }
            if work.excess[node] < 0 {
                // Every node that is as near as this one gets its distance still: those that are
                // not reached take the limit, which is the same number.
                limit = here;
                break;
            }
            for at in self.starts[node]..self.starts[node + 1] {
                let edge = self.edges[at];
                if self.room(edge) > 0 {
                    let step = self.reduced(work, edge);
                    let head = self.head(edge);
                    if here + step < distance[head] {
                        distance[head] = here + step;
                        if step == 0 {
                            near.push(head);
                        } else {
                            heap.push(Reverse((here + step, head)));
                        }
                    }
                }
            }
        }
        for (potential, far) in work.potential.iter_mut().zip(&distance) {
            *potential += if limit == FAR { 0 } else { (*far).min(limit) };
        }
    }

    /// As much as can go from excess to want along edges that cost nothing more, by layers.
    fn send_back(&mut self, work: &mut Work) {
        loop {
            let mut level = vec![NO_LEVEL; self.network.nodes];
            let mut queue = VecDeque::new();
            for (node, excess) in work.excess.iter().enumerate() {
                if *excess > 0 {
                    level[node] = 0;
                    queue.push_back(node);
                }
            }
            let mut wanted = false;
            while let Some(node) = queue.pop_front() {
                if work.excess[node] < 0 {
                    wanted = true;
                    continue;
                }
                for at in self.starts[node]..self.starts[node + 1] {
                    let edge = self.edges[at];
                    let head = self.head(edge);
                    if level[head] == NO_LEVEL
                        && self.room(edge) > 0
                        && self.reduced(work, edge) == 0
                    {
                        level[head] = level[node] + 1;
                        queue.push_back(head);
                    }
                }
            }
            if !wanted {
                return;
            }
            let mut next = self.starts.clone();
            for source in 0..self.network.nodes {
                if level[source] == 0 {
                    self.drain(work, source, &mut level, &mut next);
                }
            }
        }
    }

    /// Sends one node's excess down the layers until it is gone or nothing takes it.
    fn drain(&mut self, work: &mut Work, source: usize, level: &mut [usize], next: &mut [usize]) {
        let mut path: Vec<usize> = Vec::new();
        let mut node = source;
        while work.excess[source] > 0 {
            if work.excess[node] < 0 {
                let mut amount = work.excess[source].min(-work.excess[node]);
                for edge in &path {
                    amount = amount.min(self.room(*edge));
                }
                work.excess[source] -= amount;
                work.excess[node] += amount;
                for edge in &path {
                    self.push(*edge, amount);
                }
                // Back to before the first edge that is now full.
                if let Some(full) = path.iter().position(|e| self.room(*e) == 0) {
                    node = self.tail(path[full]);
                    path.truncate(full);
                }
                if work.excess[node] == 0 && node != source {
                    // What was wanted here was had: a node like any other for the next layers.
                    path.clear();
                    node = source;
                }
                continue;
            }
            let mut step = None;
            while next[node] < self.starts[node + 1] {
                let edge = self.edges[next[node]];
                let head = self.head(edge);
                if level[head] != NO_LEVEL
                    && level[head] == level[node] + 1
                    && self.room(edge) > 0
                    && self.reduced(work, edge) == 0
                {
                    step = Some(edge);
                    break;
                }
                next[node] += 1;
            }
            match step {
                Some(edge) => {
                    path.push(edge);
                    node = self.head(edge);
                }
                None => {
                    level[node] = NO_LEVEL;
                    match path.pop() {
                        Some(edge) => {
                            node = self.tail(edge);
                            next[node] += 1;
                        }
                        None => return,
                    }
                }
            }
        }
    }

    /// Which nodes can reach each other: an arc between two knots is on no round, now or later.
    fn knots(&self) -> Vec<usize> {
        let nodes = self.network.nodes;
        let mut found = vec![usize::MAX; nodes];
        let mut low = vec![0_usize; nodes];
        let mut knot = vec![usize::MAX; nodes];
        let mut next = self.starts.clone();
        let mut stack = Vec::new();
        let mut count = 0;
        let mut knots = 0;
        for root in 0..nodes {
            if found[root] != usize::MAX {
                continue;
            }
            let mut walk = vec![root];
            found[root] = count;
            low[root] = count;
            count += 1;
            stack.push(root);
            while let Some(node) = walk.last().copied() {
                if next[node] < self.starts[node + 1] {
                    let edge = self.edges[next[node]];
                    next[node] += 1;
                    if self.room(edge) == 0 {
                        continue;
                    }
                    let head = self.head(edge);
                    if found[head] == usize::MAX {
                        found[head] = count;
                        low[head] = count;
                        count += 1;
                        stack.push(head);
                        walk.push(head);
                    } else if knot[head] == usize::MAX {
                        low[node] = low[node].min(found[head]);
                    }
                    continue;
                }
                walk.pop();
                if let Some(before) = walk.last() {
                    low[*before] = low[*before].min(low[node]);
                }
                if low[node] == found[node] {
                    while let Some(member) = stack.pop() {
                        knot[member] = knots;
                        if member == node {
                            break;
                        }
                    }
                    knots += 1;
                }
            }
        }
        knot
    }
}

/// What is known of ways while arcs are favoured.
struct Search {
    /// Nodes of different knots are on no round together.
    knots: Vec<usize>,
    /// By which edge the last search reached a node.
    came_by: Vec<usize>,
    seen: Vec<usize>,
    /// The last search failed: it reached all that can be reached from this node.
    complete_from: Option<usize>,
    steps: usize,
}

/// What one aim works with.
struct Work {
    cost: Vec<i64>,
    potential: Vec<i64>,
    /// What arrived at a node and has not left it; below nought, what it wants.
    excess: Vec<i64>,
}

impl From<Node> for usize {
    fn from(node: Node) -> usize {
        node.0
    }
}
