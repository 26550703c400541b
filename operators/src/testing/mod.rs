//! A small world for tests: actors that come, stand and go, seen by a detector
//! that is as bad as told, and by a small grey camera. Everything is a
//! function of time and seeds, so that a story reads and runs the same each time.

pub mod street;

use crate::closer;
use crate::rules::{RuleConfig, ZoneRule};
use crate::schedule::Schedule;
use crate::vocabulary::*;
use crate::watch::{Watch, WatchConfig};

/// The grey camera's size.
const W: usize = 160;
const H: usize = 90;

/// A well mixed number from a few others (splitmix64).
pub fn mix(parts: &[u64]) -> u64 {
    parts.iter().fold(0x9E37_79B9_7F4A_7C15, |h, p| {
        let z = (h ^ p).wrapping_add(0x9E37_79B9_7F4A_7C15);
        let z = (z ^ z >> 30).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let z = (z ^ z >> 27).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ z >> 31
    })
}

/// 0..1 from a few numbers.
pub fn unit(parts: &[u64]) -> f32 {
    (mix(parts) >> 40) as f32 / (1u64 << 24) as f32
}

/// Someone or something in the world.
#[derive(Debug, Clone)]
pub struct Actor {
    looks: u64,
    labels: Vec<Label>,
    /// Seconds and boxes between which it moves evenly; not there before the first and after the last.
    path: Vec<(f32, BBox)>,
    score: f32,
    /// Its score in a closer look.
    closely: f32,
    missed: f32,
    jitter: f32,
    conditions: Vec<(f32, Condition)>,
    /// Not known to the detector at all.
    unknown: bool,
}

impl Actor {
    pub fn new(looks: u64, label: Label) -> Actor {
        let (path, conditions) = (Vec::new(), Vec::new());
        Actor {
            looks,
            labels: vec![label],
            path,
            score: 0.8,
            closely: 0.8,
            missed: 0.0,
            jitter: 0.0,
            conditions,
            unknown: false,
        }
    }

    /// Is at `place` from `from` to `until`, seconds. Between two such it moves.
    pub fn at(mut self, place: BBox, from: f32, until: f32) -> Actor {
        self.path.extend([(from, place), (until, place)]);
        self
    }

    /// Comes from the left, stands at `place` from `from` to `until`, leaves to the right.
    pub fn visits(self, place: BBox, from: f32, until: f32) -> Actor {
        let (left, right) = (BBox { x: place.x - 0.4, ..place }, BBox { x: place.x + 0.4, ..place });
        let mut actor = self.at(place, from, until);
        actor.path.insert(0, (from - 4.0, left));
        actor.path.push((until + 4.0, right));
        actor
    }

    /// Moves evenly from one box to another.
    pub fn moves(mut self, from: (f32, BBox), to: (f32, BBox)) -> Actor {
        self.path.extend([from, to]);
        self
    }

    pub fn score(mut self, score: f32) -> Actor {
        (self.score, self.closely) = (score, score);
        self
    }

    /// A closer look scores it so; the plain one as said before.
    pub fn closely(mut self, score: f32) -> Actor {
        self.closely = score;
        self
    }

    /// The detector misses this share of the pictures.
    pub fn missed(mut self, share: f32) -> Actor {
        self.missed = share;
        self
    }

    /// The detector's box jitters by this share of its size.
    pub fn jitter(mut self, share: f32) -> Actor {
        self.jitter = share;
        self
    }

    /// The detector flickers between labels.
    pub fn also(mut self, label: Label) -> Actor {
        self.labels.push(label);
        self
    }

    /// From this second on the classifier says so.
    pub fn is(mut self, from: f32, condition: Condition) -> Actor {
        self.conditions.push((from, condition));
        self
    }

    /// The detector does not know it.
    pub fn unknown(mut self) -> Actor {
        self.unknown = true;
        self
    }

    fn place(&self, t: f32) -> Option<BBox> {
        let (first, last) = (self.path.first()?, self.path.last()?);
        if t < first.0 || t > last.0 {
            return None;
        }
        let next = self.path.iter().position(|p| p.0 >= t)?;
        let (b, a) = (self.path[next], self.path[next.saturating_sub(1)]);
        let share = if b.0 > a.0 { (t - a.0) / (b.0 - a.0) } else { 1.0 };
        let mid = |from: f32, to: f32| from + share * (to - from);
        Some(BBox { x: mid(a.1.x, b.1.x), y: mid(a.1.y, b.1.y), w: mid(a.1.w, b.1.w), h: mid(a.1.h, b.1.h) })
    }

    fn condition(&self, t: f32) -> Option<ConditionScore> {
        let now = self.conditions.iter().rev().find(|(from, _)| *from <= t)?;
        Some(ConditionScore { condition: now.1, score: 0.9 })
    }

    fn detection(&self, t: f32, place: BBox, score: f32) -> Option<Detection> {
        let tick = (t * 1000.0) as u64;
        if self.unknown || score < 0.1 || unit(&[self.looks, tick, 1]) < self.missed {
            return None;
        }
        let wobble = |salt: u64, size: f32| (unit(&[self.looks, tick, salt]) - 0.5) * 2.0 * self.jitter * size;
        let bbox = BBox {
            x: place.x + wobble(2, place.w),
            y: place.y + wobble(3, place.h),
            w: place.w * (1.0 + wobble(4, 1.0)),
            h: place.h * (1.0 + wobble(5, 1.0)),
        };
        let label = self.labels[mix(&[self.looks, tick, 6]) as usize % self.labels.len()];
        Some(Detection { label, score, bbox, condition: self.condition(t) })
    }
}

/// A view and what happens in it.
#[derive(Debug, Clone, Default)]
pub struct World {
    pub actors: Vec<Actor>,
    /// Whether there is a grey picture.
    pub luma: bool,
    /// Whether closer looks are granted.
    pub closer: bool,
    /// Grey levels of sensor noise.
    pub noise: f32,
    /// From this second on the light has this gain.
    pub light: Vec<(f32, f32)>,
}

impl World {
    /// A view with a grey picture.
    pub fn with_looks() -> World {
        World { luma: true, ..World::default() }
    }

    /// A view with detections only.
    pub fn without_looks() -> World {
        World::default()
    }

    pub fn with(mut self, actor: Actor) -> World {
        self.actors.push(actor);
        self
    }

    /// This world, with closer looks granted.
    pub fn looked_at_closely(mut self) -> World {
        self.closer = true;
        self
    }

    /// The picture at `t` seconds, on a Monday that began at 0.
    pub fn picture(&self, t: f32) -> Picture {
        self.picture_with(t, None)
    }

    /// As [`World::picture`], with a closer look at a part of it.
    pub fn picture_with(&self, t: f32, part: Option<BBox>) -> Picture {
        let mut there: Vec<(&Actor, BBox)> = self.actors.iter().filter_map(|a| Some((a, a.place(t)?))).collect();
        there.sort_by(|a, b| a.1.foot().y.total_cmp(&b.1.foot().y));
        let (mut detections, mut close) = (Vec::new(), Vec::new());
        for (i, (actor, place)) in there.iter().enumerate() {
            let hidden: f32 = there[i + 1..].iter().map(|(_, b)| place.intersection(b)).sum::<f32>() / place.area();
            let inside = place.clipped().area() / place.area();
            if hidden < 0.6 && inside > 0.4 {
                detections.extend(actor.detection(t, *place, actor.score));
                close.extend(actor.detection(t, *place, actor.closely));
            }
        }
        if let Some(part) = &part {
            detections = closer::merge(part, &detections, &close);
        }
        let at = EventTime((t * 1000.0).round() as i64);
        let minute = ((at.0 / 60_000) % 1440) as u16;
        let luma = self.luma.then(|| self.luma(t, &there));
        Picture { at, local: LocalTime { weekday: Weekday::Mon, minute }, detections, closer: part, luma }
    }

    fn luma(&self, t: f32, there: &[(&Actor, BBox)]) -> Luma {
        let gain = self.light.iter().rev().find(|(from, _)| *from <= t).map_or(1.0, |l| l.1);
        let mut grey: Vec<f32> =
            (0..W * H).map(|i| 70.0 + 50.0 * unit(&[7, (i % W / 5) as u64, (i / W / 4) as u64])).collect();
        for (actor, place) in there {
            let state = actor.condition(t).map_or(0, |c| c.condition as u64 + 1);
            let (x0, y0) = ((place.x * W as f32).round(), (place.y * H as f32).round());
            let (w, h) = ((place.w * W as f32).round().max(1.0), (place.h * H as f32).round().max(1.0));
            for y in y0.max(0.0) as usize..((y0 + h).max(0.0) as usize).min(H) {
                for x in x0.max(0.0) as usize..((x0 + w).max(0.0) as usize).min(W) {
                    let (u, v) = (((x as f32 - x0) / w * 6.0) as u64, ((y as f32 - y0) / h * 5.0) as u64);
                    grey[y * W + x] = 20.0 + 190.0 * unit(&[actor.looks, u, v, state]);
                }
            }
        }
        let tick = (t * 1000.0) as u64;
        let noisy = |(i, v): (usize, &f32)| {
            let noise = if self.noise > 0.0 { (unit(&[tick, i as u64]) - 0.5) * 3.46 * self.noise } else { 0.0 };
            (v * gain + noise).clamp(0.0, 255.0) as u8
        };
        Luma::new(W, H, grey.iter().enumerate().map(noisy).collect::<Vec<u8>>()).expect("size")
    }

    /// Runs the watch over `seconds` at one picture every `every` seconds, with bursts where it asks for them.
    pub fn tell(&self, watch: &mut Watch, every: f32, seconds: f32) -> Told {
        self.tell_from(watch, 0.0, every, seconds)
    }

    /// As [`World::tell`], from a given second on.
    pub fn tell_from(&self, watch: &mut Watch, from: f32, every: f32, seconds: f32) -> Told {
        let mut told = Told::default();
        let (mut t, mut next, mut burst, mut closer) = (from, from, -1.0, None);
        while t <= seconds {
            let outcome = watch.observe(&self.picture_with(t, closer));
            closer = outcome.closer.filter(|_| self.closer);
            told.closer.extend(outcome.closer.map(|part| (t, part)));
            if let Some(b) = outcome.burst {
                told.bursts += 1;
                burst = b.until.0 as f32 / 1000.0;
            }
            told.take(outcome);
            if t >= next {
                next += every;
            }
            t = if t < burst { (t + 0.04).min(next) } else { next };
        }
        told
    }
}

/// All that a run led to.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Told {
    pub changes: Vec<Change>,
    pub keep: Vec<KeepStill>,
    pub forget: Vec<StayId>,
    pub bursts: usize,
    /// When which part was asked for.
    pub closer: Vec<(f32, BBox)>,
}

impl Told {
    pub fn take(&mut self, outcome: Outcome) {
        self.changes.extend(outcome.changes);
        self.keep.extend(outcome.keep);
        self.forget.extend(outcome.forget);
    }

    pub fn of(&self, transition: Transition) -> Vec<&Change> {
        self.changes.iter().filter(|c| c.transition == transition).collect()
    }

    pub fn raised(&self) -> Vec<&Change> {
        self.of(Transition::Raised)
    }

    pub fn ended(&self) -> Vec<&Change> {
        self.of(Transition::Ended)
    }
}

/// A zone over most of the picture.
pub fn zone(rule: RuleConfig) -> ZoneRule {
    zone_at(rule, [[0.02, 0.1], [0.98, 0.1], [0.98, 0.98], [0.02, 0.98]])
}

pub fn zone_at(rule: RuleConfig, corners: [[f32; 2]; 4]) -> ZoneRule {
    let polygon = Polygon::new(corners.map(Point::from).to_vec()).expect("polygon");
    ZoneRule { id: "kerb".into(), polygon, schedule: Schedule::always(), rule }
}

pub fn watch(zones: Vec<ZoneRule>) -> Watch {
    Watch::new(WatchConfig { zones, ..WatchConfig::default() })
}
