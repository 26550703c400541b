//! Cameras at crossings, and the plates that they read.

use super::dice::Dice;
use super::drive::{Actor, Style, Way};
use super::story::Stories;
use super::town::{Edge, Node, SIDE, Stands, Town};
use super::trucks::{Standing, Truck, plate};
use operators::vocabulary::SensorRule;
use std::collections::BTreeMap;

/// A plate is read this near, m.
const NEAR: f64 = 30.0;
/// A false plate is seen so far from where its truck is, m: beyond what any delay explains.
const ELSEWHERE: f64 = 2600.0;

/// A plate that was read.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Read {
    /// Device, by the city's plans.
    pub device: String,
    pub camera: Node,
    pub at: i64,
    pub score: f64,
}

/// Id of the camera at a crossing.
pub(super) fn camera_id(node: Node) -> String {
    format!("cam-{node:03}")
}

/// Crossings that most routes pass, some 600 m apart at least.
pub(super) fn places(town: &Town, trucks: &[Truck], dice: &mut Dice, wanted: usize) -> Vec<Node> {
    let mut passed: BTreeMap<Node, usize> = BTreeMap::new();
    trucks.iter().flat_map(Truck::crossings).for_each(|node| *passed.entry(node).or_default() += 1);
    let mut nodes: Vec<Node> = (0..SIDE * SIDE).collect();
    dice.shuffle(&mut nodes);
    nodes.sort_by_key(|node| std::cmp::Reverse(passed.get(node).copied().unwrap_or_default()));
    let mut chosen: Vec<Node> = Vec::new();
    for node in nodes {
        if chosen.len() < wanted && chosen.iter().all(|other| town.at(*other).distance(town.at(node)) > 600.0) {
            chosen.push(node);
        }
    }
    chosen
}

/// When a vehicle passes cameras: second and camera.
fn passes(town: &Town, cameras: &[Node], actor: &Actor) -> Vec<(i64, Node)> {
    let mut found = Vec::new();
    for camera in cameras {
        let p = town.at(*camera);
        let mut best: Option<(f64, i64)> = None;
        let mut quiet_until = 0;
        for (t, second) in (0..).zip(&actor.seconds) {
            let away = second.p.distance(p);
            if away < NEAR && t >= quiet_until {
                if best.is_none_or(|(known, _)| away < known) {
                    best = Some((away, t));
                }
            } else if let Some((_, t)) = best.take() {
                found.push((t, *camera));
                quiet_until = t + 90;
            }
        }
        found.extend(best.map(|(_, t)| (t, *camera)));
    }
    found.sort_unstable();
    found
}

/// What cameras read of one truck.
pub(super) fn of_truck(town: &Town, cameras: &[Node], dice: &mut Dice, truck: &Truck, actor: &Actor) -> Vec<Read> {
    let mut reads = Vec::new();
    for (at, camera) in passes(town, cameras, actor) {
        let is_unplugged = actor.seconds[at as usize].unplugged;
        let score = match dice.below(20) {
            // Dirty or dazzled: not read at all, or not surely.
            0 if !is_unplugged => continue,
            1 if !is_unplugged => dice.within(0.4, 0.7),
            _ => dice.within(0.86, 0.99),
        };
        reads.push(Read { device: truck.device.clone(), camera, at, score });
    }
    reads
}

/// Trucks without a terminal, which only cameras know. Their plates are in nobody's list.
pub(super) fn strangers(
    (town, cameras): (&Town, &[Node]),
    seconds: i64,
    dice: &mut Dice,
    stories: &mut Stories,
) -> (String, Vec<Read>) {
    let device = format!("plate:{}", plate(dice));
    let open = |e: Edge| !matches!(town.stands(e), Some(Stands::School(_)));
    let mut reads = Vec::new();
    let mut from = dice.seconds(300, 2400);
    while from < seconds - 3600 {
        let mut stops: Vec<Node> = cameras.to_vec();
        dice.shuffle(&mut stops);
        stops.truncate(2);
        stops.insert(0, dice.below(SIDE * SIDE));
        stops.push(dice.below(SIDE * SIDE));
        let legs: Vec<Vec<Node>> = stops.windows(2).filter_map(|w| town.way(dice, w[0], w[1], open)).collect();
        let mut nodes = legs.concat();
        nodes.dedup();
        let mut actor = Actor::at(town.at(nodes[0]));
        let style = Style::calm(dice);
        actor.drive(&Way::along(town, &nodes), &style, dice);
        let end = from + actor.time();
        for (i, (at, camera)) in passes(town, cameras, &actor).into_iter().enumerate() {
            let score = if i == 0 || dice.chance(0.8) { dice.within(0.86, 0.99) } else { dice.within(0.4, 0.7) };
            reads.push(Read { device: device.clone(), camera, at: from + at, score });
        }
        stories.event(&device, SensorRule::NoPermit, "vehicle", [from, end], "a truck that nobody knows");
        // The next time is another time: over half an hour unseen.
        from = end + dice.seconds(50 * 60, 90 * 60);
    }
    (device, reads)
}

/// A truck elsewhere with a truck's plate: seen once or twice while the true one is far away.
pub(super) fn double(
    (town, cameras): (&Town, &[Node]),
    dice: &mut Dice,
    (truck, actor): (&Truck, &Actor),
    reads: &mut Vec<Read>,
    stories: &mut Stories,
) -> bool {
    if !matches!(truck.standing, Standing::Routed | Standing::Free) || actor.time() < 3600 {
        return false;
    }
    for _ in 0..60 {
        let at = dice.seconds(1200, actor.time() - 1800);
        let far = |t: i64, camera: Node| {
            let second = &actor.seconds[t as usize];
            let speaks = second.ignition && !second.unplugged;
            speaks && second.p.distance(town.at(camera)) > ELSEWHERE
        };
        let alone = |t: i64| reads.iter().all(|r| (r.at - t).abs() > 240);
        let Some(first) = dice.pick(cameras).copied() else { return false };
        let is_far = (at - 60..at + 60).step_by(20).all(|t| far(t, first) && !actor.seconds[t as usize].in_tunnel);
        if !is_far || !alone(at) {
            continue;
        }
        let device = truck.device.clone();
        reads.push(Read { device: device.clone(), camera: first, at, score: dice.within(0.88, 0.99) });
        let span = [at, at + 60];
        stories.event(&device, SensorRule::PlateElsewhere, "vehicle", span, "its plate is on another truck");
        return true;
    }
    false
}
