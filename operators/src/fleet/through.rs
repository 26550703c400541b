//! The way between two fixes, where reports are missing: a vehicle that drove straight on was in between where the line is.

use super::config::FixConfig;
use super::fix::Fix;
use crate::ground::{Area, LonLat, Metres};
use crate::vocabulary::{EventTime, Millis};

/// A way that can be taken to be straight.
#[derive(Debug, Clone, Copy)]
pub(super) struct Straight<'a> {
    a: &'a Fix,
    b: &'a Fix,
}

/// Fixes nearer in time than this have nothing missing between them.
const MISSING: Millis = 15_000;
/// Shorter ways tell nothing that their ends do not, m.
const SHORTEST: f64 = 30.0;
/// Its headings lie along it within so many degrees, …
const HEADING: f64 = 35.0;
/// … and its length is what its speeds explain, give or take this share.
const LENGTH: f64 = 0.35;
/// Points looked at along it.
const STEPS: u32 = 32;

impl<'a> Straight<'a> {
    /// The way from the fix before, if both fixes say that it was straight.
    pub fn between(config: &FixConfig, before: Option<&'a Fix>, b: &'a Fix) -> Option<Straight<'a>> {
        let a = before.filter(|a| (MISSING..=config.gap).contains(&b.at.since(a.at)))?;
        let (dx, dy) = (b.p.x - a.p.x, b.p.y - a.p.y);
        let (length, seconds) = (dx.hypot(dy), b.at.since(a.at) as f64 / 1000.0);
        if length < SHORTEST {
            return None;
        }
        let along = dx.atan2(dy).to_degrees();
        let lies_along = |fix: &Fix| {
            let off = (f64::from(fix.heading?) - along).rem_euclid(360.0);
            Some(off.min(360.0 - off) <= HEADING)
        };
        let driven = f64::from(a.speed? + b.speed?) / 2.0 / 3.6 * seconds;
        let is_straight = lies_along(a)? && lies_along(b)? && (driven - length).abs() <= LENGTH * length;
        is_straight.then_some(Straight { a, b })
    }

    fn point(&self, i: u32) -> Metres {
        let t = f64::from(i) / f64::from(STEPS);
        Metres { x: self.a.p.x + (self.b.p.x - self.a.p.x) * t, y: self.a.p.y + (self.b.p.y - self.a.p.y) * t }
    }

    /// When and where it was first and last inside an area, if it went deeper into it than a margin.
    pub fn inside(&self, area: &Area, margin: f64) -> Option<[(EventTime, LonLat); 2]> {
        let mut steps = (0..=STEPS).filter(|i| area.contains(self.point(*i)));
        let first = steps.next()?;
        let last = steps.next_back().unwrap_or(first);
        let is_deep = (first..=last).any(|i| area.border_m(self.point(i)) > margin);
        let at = |i: u32| {
            let t = f64::from(i) / f64::from(STEPS);
            let mix = |a: f64, b: f64| a + (b - a) * t;
            let (from, to) = (self.a.place, self.b.place);
            let place = LonLat::new(mix(from.lon, to.lon), mix(from.lat, to.lat)).rounded();
            (self.a.at.plus((self.b.at.since(self.a.at) as f64 * t) as i64), place)
        };
        is_deep.then(|| [at(first), at(last)])
    }

    /// Its ends.
    pub fn ends(&self) -> [Metres; 2] {
        [self.a.p, self.b.p]
    }
}
