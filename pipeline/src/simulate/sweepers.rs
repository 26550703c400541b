//! Sweepers with plans, and patrols: each keeps to a district, but some do not, and some work is left undone.

use super::Settings;
use super::dice::Dice;
use super::drive::{Actor, Point, Style, Way};
use super::story::{Stories, spans};
use super::town::{Edge, Node, SIDE, Stands, Town, contains, edge};
use operators::fleet::{Fence, FenceKind, FleetPlan, Plan, Vehicle, VehicleClass};
use operators::ground::Metres;
use operators::schedule::Schedule;
use operators::vocabulary::SensorRule;

/// Blocks of a district, each way.
const BLOCKS: usize = 4;
/// Sides of blocks in a plan.
const SIDES: usize = 7;
/// A plan's hours last so long, minutes; the next begin half an hour later.
const WINDOW: i64 = 70;
const EVERY: i64 = 100;
/// The first plan begins, minutes after the beginning.
const FIRST: i64 = 20;
/// Late readings, the grace of a plan's judgement, and a margin, minutes.
const TAIL: i64 = 40;

/// What becomes of a plan.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Work {
    Done,
    /// A part is not driven.
    Skipped,
    /// A part is driven with the brushes off.
    BrushesOff,
    /// A part is driven too fast to sweep.
    Rushed,
}

/// A sweeper or a patrol.
#[derive(Debug, Clone)]
pub(super) struct Warden {
    pub device: String,
    pub class: VehicleClass,
    /// It tells whether its brushes are on.
    pub tells: bool,
    corner: [usize; 2],
    area: Vec<Metres>,
    plans: Vec<Chain>,
}

/// A plan: its hours and the crossings along it.
#[derive(Debug, Clone)]
struct Chain {
    id: String,
    from: i64,
    nodes: Vec<Node>,
}

impl Warden {
    pub fn new(town: &Town, settings: &Settings, dice: &mut Dice, number: usize, class: VehicleClass) -> Warden {
        let corner = [dice.below(SIDE - BLOCKS), dice.below(SIDE - BLOCKS)];
        let [i, j] = corner;
        let mut warden = Warden {
            device: format!("1391000{number:04}"),
            class,
            tells: class == VehicleClass::Sweeper && !dice.chance(0.2),
            corner,
            area: town.district(corner, [i + BLOCKS, j + BLOCKS]),
            plans: Vec::new(),
        };
        if class == VehicleClass::Sweeper {
            let last = settings.seconds() / 60 - TAIL;
            for k in 0.. {
                let from = FIRST + k * EVERY;
                if from + WINDOW > last {
                    break;
                }
                let nodes = warden.chain(town, dice);
                warden.plans.push(Chain { id: format!("plan-{number:02}-{}", k + 1), from, nodes });
            }
        }
        warden
    }

    fn is_inside(&self, node: Node) -> bool {
        let [i, j] = self.corner;
        (i..=i + BLOCKS).contains(&(node % SIDE)) && (j..=j + BLOCKS).contains(&(node / SIDE))
    }

    /// Where it may drive: streets of its district, not past schools that are closed to all.
    fn is_open(&self, town: &Town, (a, b): Edge) -> bool {
        self.is_inside(a) && self.is_inside(b) && town.stands((a, b)) != Some(Stands::School(false))
    }

    fn somewhere(&self, dice: &mut Dice) -> Node {
        let [i, j] = self.corner;
        (j + dice.below(BLOCKS + 1)) * SIDE + i + dice.below(BLOCKS + 1)
    }

    /// A walk along streets without tunnels, none of them twice.
    fn chain(&self, town: &Town, dice: &mut Dice) -> Vec<Node> {
        loop {
            let mut nodes = vec![self.somewhere(dice)];
            while nodes.len() <= SIDES {
                let here = nodes[nodes.len() - 1];
                let is_new = |next: Node| !nodes.windows(2).any(|w| edge(w[0], w[1]) == edge(here, next));
                let good = |next: &Node| {
                    let side = edge(here, *next);
                    self.is_open(town, side) && town.stands(side) != Some(Stands::Tunnel) && is_new(*next)
                };
                let next: Vec<Node> = town.neighbours(here).filter(good).collect();
                match dice.pick(&next) {
                    Some(next) => nodes.push(*next),
                    None => break,
                }
            }
            if nodes.len() > SIDES {
                return nodes;
            }
        }
    }

    /// What a city knows of it.
    pub fn register(&self, town: &Town, plan: &mut FleetPlan) {
        plan.vehicles.push(Vehicle { device: self.device.clone(), plate: None, class: self.class });
        plan.fences.push(Fence {
            id: self.district(),
            kind: FenceKind::KeepIn,
            corners: town.places(&self.area),
            schedule: Schedule::always(),
            classes: vec![],
            vehicles: vec![self.device.clone()],
            max_stay: None,
        });
        for chain in &self.plans {
            let minute = |m: i64| (6 * 60 + m).rem_euclid(1440) as u16;
            plan.plans.push(Plan {
                id: chain.id.clone(),
                segments: vec![town.places(&Way::along(town, &chain.nodes).points())],
                days: vec![],
                from: minute(chain.from),
                until: minute(chain.from + WINDOW),
                vehicles: vec![self.device.clone()],
                share: 0.9,
            });
        }
    }

    fn district(&self) -> String {
        format!("district-{}", &self.device[5..])
    }

    /// Its plans' ids.
    pub fn plans(&self) -> impl Iterator<Item = &str> {
        self.plans.iter().map(|chain| chain.id.as_str())
    }

    pub fn act(&self, town: &Town, settings: &Settings, dice: &mut Dice, stories: &mut Stories) -> Actor {
        let start = self.somewhere(dice);
        let mut day = Day { warden: self, town, actor: Actor::at(town.at(start)), here: start, dice, stories };
        for (k, chain) in self.plans.iter().enumerate() {
            day.sweep(chain);
            if k % 2 == 0 && day.dice.chance(0.6) {
                day.leave();
            } else if day.dice.chance(0.3) {
                day.peep();
            }
        }
        if self.plans.is_empty() {
            day.patrol(settings);
        }
        let actor = day.actor;
        let outside = spans(&actor.seconds, 5, |_, s| !contains(&self.area, s.p));
        let words = ["left its district", "turned just outside its district"];
        stories.spans((&self.device, SensorRule::OffArea, &self.district()), outside, [45, 140], words);
        actor
    }
}

struct Day<'a> {
    warden: &'a Warden,
    town: &'a Town,
    actor: Actor,
    here: Node,
    dice: &'a mut Dice,
    stories: &'a mut Stories,
}

impl Day<'_> {
    /// Drives to a crossing, not sweeping.
    fn go(&mut self, to: Node) {
        let open = |e: Edge| self.warden.is_open(self.town, e);
        if let Some(nodes) = self.town.way(self.dice, self.here, to, open) {
            let style = Style { top: 38.0, ..Style::calm(self.dice) };
            self.actor.now.working = false;
            self.actor.drive(&Way::along(self.town, &nodes), &style, self.dice);
            self.here = to;
        }
    }

    fn wait_until(&mut self, second: i64) {
        let wait = second - self.actor.time();
        if wait > 0 {
            self.actor.stand(wait, |_, s| s.working = false);
        }
    }

    fn along(&mut self, nodes: &[Node], kmh: f64, brushes: bool) {
        self.actor.now.working = brushes;
        let style = Style { share: 1.0, top: kmh, hurry: None, jam: false };
        self.actor.drive(&Way::along(self.town, nodes), &style, self.dice);
        self.here = nodes.last().copied().unwrap_or(self.here);
        self.actor.now.working = false;
    }

    fn sweep(&mut self, chain: &Chain) {
        let window = [chain.from * 60, (chain.from + WINDOW) * 60];
        let choice = match self.dice.below(9) {
            0 => Work::Skipped,
            1 if self.warden.tells => Work::BrushesOff,
            2 if self.warden.tells => Work::Rushed,
            _ => Work::Done,
        };
        self.go(chain.nodes[0]);
        let begin = window[0] + self.dice.seconds(60, 300);
        self.wait_until(begin);
        let at = 1 + self.dice.below(2);
        // Three of seven sides are left: under two thirds of the length are swept.
        let (first, part, last) = (&chain.nodes[..=at], &chain.nodes[at..=at + 3], &chain.nodes[at + 3..]);
        let kmh = self.dice.within(9.0, 13.0);
        match choice {
            Work::Done => self.along(&chain.nodes, kmh, true),
            Work::Skipped => {
                self.along(first, kmh, true);
                // The rest another day.
            }
            Work::BrushesOff => {
                self.along(first, kmh, true);
                self.along(part, kmh * 1.5, false);
                self.along(last, kmh, true);
            }
            Work::Rushed => {
                self.along(first, kmh, true);
                // Brushes on all the time, but at over 25 km/h nothing is swept.
                let style = Style { share: 1.0, top: 38.0, hurry: None, jam: false };
                self.actor.now.working = self.warden.tells;
                self.actor.drive(&Way::along(self.town, part), &style, self.dice);
                self.here = part.last().copied().unwrap_or(self.here);
                self.along(last, kmh, true);
            }
        }
        let device = format!("plan:{}", chain.id);
        match choice {
            Work::Done => {
                self.stories.lookalike(
                    &device,
                    SensorRule::Coverage,
                    window,
                    "swept, with brushes off on the way there",
                );
            }
            _ => {
                let story = match choice {
                    Work::Skipped => "broken off",
                    Work::BrushesOff => "a part with the brushes off",
                    _ => "a part far too fast",
                };
                self.stories.event(&device, SensorRule::Coverage, &chain.id, window, story);
            }
        }
        self.wait_until(window[1] - 600);
    }

    /// A border crossing and the next ones outside, so many blocks.
    fn outwards(&mut self, blocks: usize) -> Option<Vec<Node>> {
        let [i, j] = self.warden.corner;
        let along = self.dice.below(BLOCKS + 1);
        let mut sides: Vec<(Node, i64, usize)> = vec![
            ((j + along) * SIDE + i, -1, i),
            ((j + along) * SIDE + i + BLOCKS, 1, SIDE - 1 - i - BLOCKS),
            (j * SIDE + i + along, -(SIDE as i64), j),
            ((j + BLOCKS) * SIDE + i + along, SIDE as i64, SIDE - 1 - j - BLOCKS),
        ];
        self.dice.shuffle(&mut sides);
        let (node, by, _) = sides.into_iter().find(|(_, _, room)| *room >= blocks)?;
        let nodes: Vec<Node> = (0..=blocks as i64).map(|k| (node as i64 + k * by) as usize).collect();
        let is_free = |w: &[Node]| self.town.stands(edge(w[0], w[1])) != Some(Stands::School(false));
        nodes.windows(2).all(is_free).then_some(nodes)
    }

    /// Two blocks out of its district, a while there, and back.
    fn leave(&mut self) {
        let Some(mut out) = self.outwards(2) else { return };
        self.go(out[0]);
        let calm = Style::calm(self.dice);
        self.actor.drive(&Way::along(self.town, &out), &calm, self.dice);
        let stay = self.dice.seconds(60, 240);
        self.actor.stand(stay, |_, _| {});
        out.reverse();
        self.actor.drive(&Way::along(self.town, &out), &calm, self.dice);
        self.here = out[out.len() - 1];
        let inside = self.warden.somewhere(self.dice);
        self.go(inside);
        // Long enough inside that the next time is another time.
        self.actor.stand(120, |_, _| {});
    }

    /// Turns 80 m outside.
    fn peep(&mut self) {
        let Some(out) = self.outwards(1) else { return };
        self.go(out[0]);
        let mut way = Way::along(self.town, &out[..1]);
        let (a, b) = (self.town.at(out[0]), self.town.at(out[1]));
        let t = 200.0 / a.distance(b);
        let p = Metres { x: a.x + (b.x - a.x) * t, y: a.y + (b.y - a.y) * t };
        way.0.push(Point { p, limit: 30.0, is_crossing: false, in_tunnel: false, node: None });
        way.0.push(Point { limit: 30.0, ..way.0[0] });
        let calm = Style::calm(self.dice);
        self.actor.drive(&way, &calm, self.dice);
        self.here = out[0];
        let inside = self.warden.somewhere(self.dice);
        self.go(inside);
        self.actor.stand(120, |_, _| {});
    }

    /// Here and there all day.
    fn patrol(&mut self, settings: &Settings) {
        while self.actor.time() < settings.seconds() - 1800 {
            let to = self.warden.somewhere(self.dice);
            self.go(to);
            let stay = self.dice.seconds(120, 900);
            self.actor.stand(stay, |_, _| {});
            match self.dice.below(14) {
                0 => self.leave(),
                1 => self.peep(),
                _ => {}
            }
        }
    }
}
