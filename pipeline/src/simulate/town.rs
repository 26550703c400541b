//! A small city: a grid of streets, and what stands along them.
//!
//! Streets are some 380 to 520 m apart; every third is a main road (60 km/h, others 40). A block's side has at most one
//! thing: a building site, a yard, a tunnel, or a school before which muck trucks may not drive.

use super::dice::Dice;
use operators::ground::{LonLat, Metres, Plane};
use std::collections::{BTreeMap, BinaryHeap};

/// Streets each way.
pub(super) const SIDE: usize = 13;
/// Half of a lot's length along its street; it reaches from 15 to 135 m beside it.
const LOT: f64 = 60.0;
/// A school's fence ends so far before the crossings.
const SCHOOL_GAP: f64 = 50.0;

/// A crossing.
pub(super) type Node = usize;
/// A side of a block, the smaller crossing first.
pub(super) type Edge = (Node, Node);

pub(super) fn edge(a: Node, b: Node) -> Edge {
    (a.min(b), a.max(b))
}

/// What stands along a block's side.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Stands {
    Tunnel,
    /// For muck trucks only, or for everybody.
    School(bool),
    Lot,
}

/// A place beside a street that vehicles drive into.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Lot {
    pub edge: Edge,
    /// Where its lane leaves the street.
    pub gate: Metres,
    pub middle: Metres,
}

#[derive(Debug, Clone)]
pub(super) struct Town {
    pub plane: Plane,
    across: Vec<f64>,
    along: Vec<f64>,
    turned: (f64, f64),
    stands: BTreeMap<Edge, Stands>,
    pub schools: Vec<Edge>,
    pub sites: Vec<Lot>,
    pub yards: Vec<Lot>,
}

impl Town {
    pub fn new(dice: &mut Dice) -> Town {
        let streets = |dice: &mut Dice| {
            let mut at = 0.0;
            let line: Vec<f64> = (0..SIDE)
                .map(|_| {
                    let here = at;
                    at += dice.within(380.0, 520.0);
                    here
                })
                .collect();
            let middle = at / 2.0;
            line.iter().map(|x| x - middle).collect::<Vec<_>>()
        };
        let (across, along) = (streets(dice), streets(dice));
        let angle: f64 = dice.within(0.0, 0.5);
        let plane = Plane::at(LonLat::new(118.80 + dice.within(0.0, 0.2), 31.95 + dice.within(0.0, 0.2)));
        let turned = (angle.cos(), angle.sin());
        let (stands, schools) = (BTreeMap::new(), Vec::new());
        let mut town = Town { plane, across, along, turned, stands, schools, sites: vec![], yards: vec![] };
        let mut sides: Vec<Edge> = town.edges().collect();
        dice.shuffle(&mut sides);
        let mut sides = sides.into_iter();
        for i in 0..10 {
            let Some(edge) = sides.next() else { break };
            town.stands.insert(edge, Stands::School(i % 2 == 0));
            town.schools.push(edge);
        }
        town.stands.extend(sides.by_ref().take(8).map(|edge| (edge, Stands::Tunnel)));
        let mut lots = |n: usize, sides: &mut dyn Iterator<Item = Edge>| {
            let lots: Vec<Lot> = sides.take(n).map(|edge| town.lot(edge)).collect();
            town.stands.extend(lots.iter().map(|lot| (lot.edge, Stands::Lot)));
            lots
        };
        let (sites, yards) = (lots(16, &mut sides), lots(6, &mut sides));
        (town.sites, town.yards) = (sites, yards);
        town
    }

    /// Every side of every block.
    pub fn edges(&self) -> impl Iterator<Item = Edge> + use<> {
        (0..SIDE * SIDE).flat_map(|n| {
            let right = (n % SIDE + 1 < SIDE).then_some((n, n + 1));
            let up = (n / SIDE + 1 < SIDE).then_some((n, n + SIDE));
            [right, up].into_iter().flatten()
        })
    }

    pub fn stands(&self, edge: Edge) -> Option<Stands> {
        self.stands.get(&edge).copied()
    }

    /// From the grid's own directions to metres east and north.
    fn turn(&self, u: f64, v: f64) -> Metres {
        let (c, s) = self.turned;
        Metres { x: u * c - v * s, y: u * s + v * c }
    }

    pub fn at(&self, node: Node) -> Metres {
        self.turn(self.across[node % SIDE], self.along[node / SIDE])
    }

    pub fn place(&self, p: Metres) -> LonLat {
        self.plane.place(p).rounded()
    }

    pub fn places(&self, line: &[Metres]) -> Vec<LonLat> {
        line.iter().map(|p| self.place(*p)).collect()
    }

    /// Streets as lines with their limits, km/h.
    pub fn streets(&self) -> impl Iterator<Item = (String, Vec<Metres>, f32)> + '_ {
        (0..SIDE).flat_map(move |i| {
            let row: Vec<Metres> = (0..SIDE).map(|j| self.at(i * SIDE + j)).collect();
            let column: Vec<Metres> = (0..SIDE).map(|j| self.at(j * SIDE + i)).collect();
            [(format!("road-e{i:02}"), row, limit(i)), (format!("road-n{i:02}"), column, limit(i))]
        })
    }

    /// Id and limit of the street that a block's side belongs to.
    pub fn street_of(&self, (a, b): Edge) -> (String, f32) {
        if a / SIDE == b / SIDE {
            (format!("road-e{:02}", a / SIDE), limit(a / SIDE))
        } else {
            (format!("road-n{:02}", a % SIDE), limit(a % SIDE))
        }
    }

    /// A point beside a street: so many metres from its first crossing, and to the left.
    fn beside(&self, (a, b): Edge, ahead: f64, left: f64) -> Metres {
        let (from, to) = (self.at(a), self.at(b));
        let length = from.distance(to);
        let (ux, uy) = ((to.x - from.x) / length, (to.y - from.y) / length);
        Metres { x: from.x + ux * ahead - uy * left, y: from.y + uy * ahead + ux * left }
    }

    pub fn middle(&self, edge: Edge, left: f64) -> Metres {
        self.beside(edge, self.at(edge.0).distance(self.at(edge.1)) / 2.0, left)
    }

    fn box_beside(&self, edge: Edge, [from, to]: [f64; 2], [right, left]: [f64; 2]) -> Vec<Metres> {
        [(from, right), (to, right), (to, left), (from, left)].map(|(a, l)| self.beside(edge, a, l)).to_vec()
    }

    fn lot(&self, edge: Edge) -> Lot {
        Lot { edge, gate: self.middle(edge, 0.0), middle: self.middle(edge, 75.0) }
    }

    pub fn lot_corners(&self, lot: &Lot) -> Vec<Metres> {
        let half = self.at(lot.edge.0).distance(self.at(lot.edge.1)) / 2.0;
        self.box_beside(lot.edge, [half - LOT, half + LOT], [15.0, 135.0])
    }

    pub fn school_corners(&self, edge: Edge) -> Vec<Metres> {
        let length = self.at(edge.0).distance(self.at(edge.1));
        self.box_beside(edge, [SCHOOL_GAP, length - SCHOOL_GAP], [-40.0, 40.0])
    }

    /// An area that holds the crossings from one corner to the other and 120 m about them.
    pub fn district(&self, [i, j]: [usize; 2], [to_i, to_j]: [usize; 2]) -> Vec<Metres> {
        let (left, right) = (self.across[i] - 120.0, self.across[to_i] + 120.0);
        let (low, high) = (self.along[j] - 120.0, self.along[to_j] + 120.0);
        [(left, low), (right, low), (right, high), (left, high)].map(|(u, v)| self.turn(u, v)).to_vec()
    }

    pub fn neighbours(&self, node: Node) -> impl Iterator<Item = Node> + use<> {
        let (i, j) = (node % SIDE, node / SIDE);
        let near = [(i > 0, -1), (i + 1 < SIDE, 1), (j > 0, -(SIDE as i64)), (j + 1 < SIDE, SIDE as i64)];
        near.into_iter().filter(|(there, _)| *there).map(move |(_, by)| (node as i64 + by) as usize)
    }

    /// A way between crossings along streets that are not closed to it. Not always the shortest: drivers differ.
    pub fn way(&self, dice: &mut Dice, from: Node, to: Node, is_open: impl Fn(Edge) -> bool) -> Option<Vec<Node>> {
        let mood = dice.part("way");
        let mut best: BTreeMap<Node, (u64, Node)> = BTreeMap::from([(from, (0, from))]);
        let mut open = BinaryHeap::from([(std::cmp::Reverse(0u64), from)]);
        while let Some((std::cmp::Reverse(cost), node)) = open.pop() {
            if node == to {
                break;
            }
            if best.get(&node).is_some_and(|(known, _)| *known < cost) {
                continue;
            }
            for next in self.neighbours(node).filter(|n| is_open(edge(node, *n))) {
                let whim = mood.part(&format!("{:?}", edge(node, next))).within(0.8, 1.3);
                let cost = cost + (self.at(node).distance(self.at(next)) * whim * 10.0) as u64;
                if best.get(&next).is_none_or(|(known, _)| cost < *known) {
                    best.insert(next, (cost, node));
                    open.push((std::cmp::Reverse(cost), next));
                }
            }
        }
        dice.unit();
        let mut nodes = vec![to];
        while *nodes.last()? != from {
            nodes.push(best.get(nodes.last()?)?.1);
        }
        nodes.reverse();
        Some(nodes)
    }
}

fn limit(street: usize) -> f32 {
    if street % 3 == 1 { 60.0 } else { 40.0 }
}

/// Whether a point lies inside corners (even-odd).
pub(super) fn contains(corners: &[Metres], p: Metres) -> bool {
    let mut inside = false;
    let mut before = corners[corners.len() - 1];
    for &now in corners {
        if (now.y > p.y) != (before.y > p.y) && p.x < now.x + (p.y - now.y) / (before.y - now.y) * (before.x - now.x) {
            inside = !inside;
        }
        before = now;
    }
    inside
}

/// How far a point is from a line.
pub(super) fn distance(line: &[Metres], p: Metres) -> f64 {
    line.windows(2).map(|w| operators::ground::distance_to_segment(p, w[0], w[1]).0).fold(f64::INFINITY, f64::min)
}
