//! How a vehicle moves: second by second along a way, with acceleration, corners, lights and jams.

use super::dice::Dice;
use super::town::{Lot, Node, SIDE, Stands, Town, edge};
use operators::ground::Metres;

/// m/s².
const ACCELERATION: f64 = 0.9;
const BRAKES: f64 = 1.4;
/// Speed round a corner and in lanes off the street, m/s.
const CORNER: f64 = 4.5;
const LANE: f64 = 3.5;

/// A vehicle in one second.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Second {
    pub p: Metres,
    /// m/s.
    pub speed: f64,
    /// Degrees from north, clockwise.
    pub heading: f64,
    pub ignition: bool,
    pub load: f64,
    pub lifted: bool,
    pub working: bool,
    pub in_tunnel: bool,
    /// Its terminal is unplugged.
    pub unplugged: bool,
}

/// A point of a way, and how it is driven up to there.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Point {
    pub p: Metres,
    /// Limit on the way to it, km/h.
    pub limit: f64,
    pub is_crossing: bool,
    pub in_tunnel: bool,
    /// The crossing, where it is one.
    pub node: Option<Node>,
}

/// A way: points in order.
#[derive(Debug, Clone, PartialEq, Default)]
pub(super) struct Way(pub Vec<Point>);

impl Way {
    /// Along crossings.
    pub fn along(town: &Town, nodes: &[Node]) -> Way {
        let mut way = Way::default();
        for (i, node) in nodes.iter().enumerate() {
            let before = i.checked_sub(1).map(|i| edge(nodes[i], *node));
            way.0.push(Point {
                p: town.at(*node),
                limit: before.map_or(40.0, |e| f64::from(town.street_of(e).1)),
                is_crossing: true,
                in_tunnel: before.is_some_and(|e| town.stands(e) == Some(Stands::Tunnel)),
                node: Some(*node),
            });
        }
        way
    }

    /// Along crossings, from and to lots beside their streets.
    pub fn between(town: &Town, from: Option<&Lot>, nodes: &[Node], to: Option<&Lot>) -> Way {
        let lane = |p: Metres, limit: f64| Point { p, limit, is_crossing: false, in_tunnel: false, node: None };
        let mut way = Way::along(town, nodes);
        if let Some(lot) = from {
            way.0.splice(0..0, [lane(lot.middle, 40.0), lane(lot.gate, LANE * 3.6)]);
        }
        if let Some(lot) = to {
            way.0.extend([lane(lot.gate, f64::from(town.street_of(lot.edge).1)), lane(lot.middle, LANE * 3.6)]);
        }
        way
    }

    pub fn points(&self) -> Vec<Metres> {
        self.0.iter().map(|p| p.p).collect()
    }

    pub fn reversed(&self) -> Way {
        let mut points: Vec<Point> = self.0.iter().rev().copied().collect();
        // How a stretch is driven stands at its end.
        for (i, point) in points.iter_mut().enumerate().skip(1) {
            let end = &self.0[self.0.len() - i];
            (point.limit, point.in_tunnel) = (end.limit, end.in_tunnel);
        }
        Way(points)
    }

    /// Cut in two in the middle of the stretch that ends at a point, so many metres to its left.
    pub fn cut(&self, at: usize, left: f64) -> (Way, Way) {
        let (a, b) = (self.0[at - 1].p, self.0[at].p);
        let length = a.distance(b).max(1.0);
        let (ux, uy) = ((b.x - a.x) / length, (b.y - a.y) / length);
        let p = Metres { x: (a.x + b.x) / 2.0 - uy * left, y: (a.y + b.y) / 2.0 + ux * left };
        let stop = Point { p, is_crossing: false, node: None, in_tunnel: false, ..self.0[at] };
        let first = self.0[..at].iter().copied().chain([stop]).collect();
        (Way(first), Way([stop].into_iter().chain(self.0[at..].iter().copied()).collect()))
    }

    /// Stretches (by their end) between crossings without anything beside them, not the first or the last.
    pub fn plain(&self, town: &Town) -> Vec<usize> {
        let of = |i: &usize| match (self.0[i - 1].node, self.0[*i].node) {
            (Some(a), Some(b)) => a != b && town.stands(edge(a, b)).is_none(),
            _ => false,
        };
        (1..self.0.len()).filter(of).collect()
    }

    /// The longest straight run along one street without tunnels: first and last point.
    pub fn straight(&self) -> Option<(usize, usize)> {
        let street = |i: usize| {
            let (a, b) = (self.0[i - 1].node?, self.0[i].node?);
            (!self.0[i].in_tunnel).then_some(if a / SIDE == b / SIDE { a / SIDE } else { SIDE + a % SIDE })
        };
        let mut best: Option<(usize, usize)> = None;
        let mut i = 1;
        while i < self.0.len() {
            let from = i - 1;
            let of = street(i);
            while of.is_some() && i < self.0.len() && street(i) == of {
                i += 1;
            }
            if of.is_some() && best.is_none_or(|(a, b)| i - 1 - from > b - a) {
                best = Some((from, i - 1));
            }
            i = i.max(from + 2);
        }
        best
    }
}

/// How somebody drives.
#[derive(Debug, Clone, Copy)]
pub(super) struct Style {
    /// Share of the limit.
    pub share: f64,
    /// Never faster, km/h.
    pub top: f64,
    /// Stretches (by their end, from and to) on which this share holds instead, and no light is red.
    pub hurry: Option<(usize, usize, f64)>,
    /// A jam on the way.
    pub jam: bool,
}

impl Style {
    pub fn calm(dice: &mut Dice) -> Style {
        Style { share: dice.within(0.75, 0.95), top: 55.0, hurry: None, jam: false }
    }
}

/// A vehicle and its seconds so far.
#[derive(Debug, Clone)]
pub(super) struct Actor {
    pub seconds: Vec<Second>,
    pub now: Second,
}

impl Actor {
    pub fn at(p: Metres) -> Actor {
        let now = Second {
            p,
            speed: 0.0,
            heading: 0.0,
            ignition: true,
            load: 0.0,
            lifted: false,
            working: false,
            in_tunnel: false,
            unplugged: false,
        };
        Actor { seconds: Vec::new(), now }
    }

    pub fn time(&self) -> i64 {
        self.seconds.len() as i64
    }

    /// Stands; `change` sees the share of the time that has gone.
    pub fn stand(&mut self, seconds: i64, mut change: impl FnMut(f64, &mut Second)) {
        self.now.speed = 0.0;
        for i in 0..seconds {
            change(i as f64 / seconds as f64, &mut self.now);
            self.seconds.push(self.now);
        }
    }

    /// Drives a way from its first point to its last.
    pub fn drive(&mut self, way: &Way, style: &Style, dice: &mut Dice) {
        let points = &way.0;
        if points.len() < 2 {
            return;
        }
        let mut from_start = vec![0.0];
        for w in points.windows(2) {
            from_start.push(from_start[from_start.len() - 1] + w[0].p.distance(w[1].p));
        }
        let end = from_start[points.len() - 1];
        let in_hurry = |i: usize| style.hurry.is_some_and(|(from, to, _)| (from..=to).contains(&i));
        // Where it must be slow: metres from the start, m/s, seconds to wait there.
        let mut slow: Vec<(f64, f64, i64)> = vec![(end, 0.0, 0)];
        for i in 1..points.len() - 1 {
            let bend = turn(points[i - 1].p, points[i].p, points[i + 1].p);
            if bend > 25.0 {
                slow.push((from_start[i], if bend > 150.0 { 1.5 } else { CORNER }, 0));
            }
            let through = style.hurry.is_some_and(|(from, to, _)| (from..to).contains(&i));
            if points[i].is_crossing && !through && dice.chance(0.22) {
                slow.push((from_start[i] - 8.0, 0.0, dice.seconds(8, 60)));
            }
        }
        let jam = (style.jam && end > 900.0).then(|| {
            let at = dice.within(300.0, end - 600.0);
            (at, at + dice.within(150.0, 280.0))
        });
        let (mut s, mut v, mut i) = (0.0f64, self.now.speed, 1usize);
        self.now.ignition = true;
        while s < end - 0.5 {
            while i + 1 < points.len() && s >= from_start[i] {
                i += 1;
            }
            let share = if in_hurry(i) { style.hurry.map_or(1.0, |h| h.2) } else { style.share };
            let top = if in_hurry(i) { 200.0 } else { style.top };
            let mut allowed = (points[i].limit * share).min(top) / 3.6;
            let second = self.seconds.len() / 14;
            if jam.is_some_and(|(a, b)| (a..b).contains(&s)) {
                allowed = allowed.min(if second.is_multiple_of(3) { 0.3 } else { 2.0 });
            }
            slow.retain(|(at, _, wait)| *at > s - 0.5 || *wait > 0);
            for (at, speed, _) in &slow {
                let left = (at - s - 1.0).max(0.0);
                allowed = allowed.min((speed * speed + 2.0 * BRAKES * left).sqrt().max(speed.max(0.4)));
            }
            v = allowed.clamp((v - 3.0).max(0.0), v + ACCELERATION);
            s = (s + v).min(end);
            self.now.speed = v;
            self.stand_on(points, &from_start, s, i);
            self.seconds.push(self.now);
            if let Some(k) = slow.iter().position(|(at, speed, wait)| *speed == 0.0 && *wait > 0 && at - s < 1.5) {
                let (_, _, wait) = slow.remove(k);
                v = 0.0;
                self.stand(wait, |_, _| {});
            }
        }
        self.now.speed = 0.0;
        self.now.in_tunnel = false;
        if let Some(last) = points.last() {
            self.now.p = last.p;
        }
    }

    fn stand_on(&mut self, points: &[Point], from_start: &[f64], s: f64, i: usize) {
        let i = if s > from_start[i] && i + 1 < points.len() { i + 1 } else { i };
        let (a, b) = (points[i - 1].p, points[i].p);
        let length = a.distance(b).max(0.01);
        let t = ((s - from_start[i - 1]) / length).clamp(0.0, 1.0);
        self.now.p = Metres { x: a.x + (b.x - a.x) * t, y: a.y + (b.y - a.y) * t };
        self.now.heading = (b.x - a.x).atan2(b.y - a.y).to_degrees().rem_euclid(360.0);
        self.now.in_tunnel = points[i].in_tunnel;
    }
}

/// By how many degrees a way turns at a point.
fn turn(a: Metres, b: Metres, c: Metres) -> f64 {
    let of = |from: Metres, to: Metres| (to.x - from.x).atan2(to.y - from.y).to_degrees();
    let by = (of(b, c) - of(a, b)).rem_euclid(360.0);
    by.min(360.0 - by)
}
