//! Which positions are believed: jumps are left out, drift while parked is held.

use super::config::FixConfig;
use crate::ground::{LonLat, Metres, Plane};
use crate::series::Entry;
use crate::vocabulary::{EventTime, Motion, Quality};
use serde::{Deserialize, Serialize};

/// A position that is believed.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub(super) struct Fix {
    pub at: EventTime,
    pub p: Metres,
    pub place: LonLat,
    /// As reported, else from the fix before; none where neither tells.
    pub speed: Option<f32>,
    pub heading: Option<f32>,
}

/// What is remembered of earlier positions.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub(super) struct Fixes {
    pub last: Option<Fix>,
    /// The last position that was a jump, and how many in a row agree with it.
    odd: Option<(EventTime, Metres, u32)>,
    /// Where it parked with the ignition off.
    parked: Option<(Metres, LonLat)>,
    /// So many fixes in a row were elsewhere.
    #[serde(default)]
    away: u32,
}

fn speed_between(a: EventTime, from: Metres, b: EventTime, to: Metres) -> f64 {
    let seconds = (b.since(a) as f64 / 1000.0).max(1.0);
    from.distance(to) / seconds * 3.6
}

impl Fixes {
    /// The fix of a reading, with the marks that only the readings before it can tell; no fix where it is not believed.
    pub fn take(
        &mut self,
        config: &FixConfig,
        plane: &Plane,
        entry: &Entry,
        motion: &Motion,
    ) -> (Option<Fix>, Quality) {
        let Some(place) = entry.place.filter(|_| entry.quality.has_place()) else { return (None, Quality::GOOD) };
        let mut fix = Fix {
            at: entry.at,
            p: plane.metres(place),
            place,
            speed: motion.speed_kmh.filter(|_| !entry.quality.has(Quality::VALUE)),
            heading: motion.heading,
        };
        if let Some(last) = self.last
            && self.is_jump(config, &last, &fix)
        {
            return (None, Quality::JUMP);
        }
        self.odd = None;
        let mut mark = Quality::GOOD;
        // The ignition's wire may be broken: then its speed tells that it drives.
        if motion.ignition == Some(false) && fix.speed.is_none_or(|speed| speed < config.moving_kmh) {
            let (p, place) = *self.parked.get_or_insert((fix.p, fix.place));
            let wandered = p.distance(fix.p);
            if wandered <= config.drift_m {
                if wandered > config.drift_m / 4.0 {
                    mark = Quality::DRIFT;
                }
                (fix.p, fix.place, fix.speed) = (p, place, Some(0.0));
                self.away = 0;
            } else {
                self.away = self.away.saturating_add(1);
                if self.away < config.jump_agree {
                    return (None, Quality::JUMP);
                }
                // Towed.
                self.parked = Some((fix.p, fix.place));
            }
        } else {
            (self.parked, self.away) = (None, 0);
        }
        if let Some(last) = self.last.filter(|last| fix.at.since(last.at) <= 2 * config.gap) {
            fix.speed = fix.speed.or(Some(speed_between(last.at, last.p, fix.at, fix.p) as f32));
        }
        self.last = Some(fix);
        (Some(fix), mark)
    }

    fn is_jump(&mut self, config: &FixConfig, last: &Fix, fix: &Fix) -> bool {
        let is_far = |a: EventTime, from: Metres| {
            from.distance(fix.p) > config.jump_m && speed_between(a, from, fix.at, fix.p) > config.jump_kmh
        };
        if !is_far(last.at, last.p) {
            return false;
        }
        let agree = match self.odd {
            Some((at, p, n)) if !is_far(at, p) => n + 1,
            _ => 1,
        };
        self.odd = Some((fix.at, fix.p, agree));
        agree < config.jump_agree
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::vocabulary::Values;

    const PLANE: LonLat = LonLat::new(118.8, 32.0);

    /// Metres east at seconds, with the ignition; what became of each.
    fn play(points: &[(i64, f64, Option<bool>)]) -> Vec<(Option<f64>, Quality)> {
        let (plane, mut fixes) = (Plane::at(PLANE), Fixes::default());
        let take = |(s, x, ignition): &(i64, f64, Option<bool>)| {
            let motion = Motion { ignition: *ignition, ..Motion::default() };
            let entry = Entry {
                at: EventTime(s * 1000),
                camera: None,
                place: Some(plane.place(Metres { x: *x, y: 0.0 })),
                quality: Quality::GOOD,
                values: Values::Vehicle(motion),
            };
            let (fix, mark) = fixes.take(&FixConfig::default(), &plane, &entry, &motion);
            (fix.map(|f| f.p.x.round()), mark)
        };
        points.iter().map(take).collect()
    }

    #[test]
    fn a_jump_is_marked_and_the_way_goes_on_without_it() {
        let told = play(&[(0, 0.0, None), (10, 100.0, None), (20, 9000.0, None), (30, 300.0, None)]);
        assert_eq!(told[2], (None, Quality::JUMP));
        assert_eq!(told[3], (Some(300.0), Quality::GOOD));
    }

    #[test]
    fn jumps_that_agree_with_each_other_are_the_truth() {
        let told =
            play(&[(0, 0.0, None), (10, 9000.0, None), (20, 9100.0, None), (30, 9200.0, None), (40, 9300.0, None)]);
        let marks: Vec<_> = told.iter().map(|t| t.1).collect();
        assert_eq!(marks, [Quality::GOOD, Quality::JUMP, Quality::JUMP, Quality::GOOD, Quality::GOOD]);
    }

    #[test]
    fn far_after_a_long_silence_is_no_jump() {
        assert_eq!(play(&[(0, 0.0, None), (3600, 60_000.0, None)])[1], (Some(60_000.0), Quality::GOOD));
    }

    #[test]
    fn drift_while_parked_is_held_where_it_parked() {
        let off = Some(false);
        let told =
            play(&[(0, 0.0, Some(true)), (10, 50.0, off), (20, 90.0, off), (30, 20.0, off), (40, 300.0, Some(true))]);
        let x: Vec<_> = told.iter().map(|t| t.0.expect("believed")).collect();
        assert_eq!(x, [0.0, 50.0, 50.0, 50.0, 300.0]);
        assert_eq!((told[2].1, told[1].1), (Quality::DRIFT, Quality::GOOD));
    }

    #[test]
    fn parked_one_place_elsewhere_is_a_jump_and_several_in_a_row_are_a_tow() {
        let off = Some(false);
        let x = |points: &[(i64, f64, Option<bool>)]| play(points).iter().map(|t| t.0).collect::<Vec<_>>();
        let odd = [(0, 0.0, off), (60, 900.0, off), (120, 10.0, off), (180, 700.0, off), (240, 5.0, off)];
        assert_eq!(x(&odd), [Some(0.0), None, Some(0.0), None, Some(0.0)]);
        let towed = [(0, 0.0, off), (60, 300.0, off), (120, 600.0, off), (180, 900.0, off), (240, 1200.0, off)];
        assert_eq!(x(&towed), [Some(0.0), None, None, Some(900.0), Some(1200.0)]);
    }

    #[test]
    fn a_broken_wire_of_the_ignition_does_not_park_a_vehicle_that_drives() {
        let (plane, mut fixes) = (Plane::at(PLANE), Fixes::default());
        for s in 0..6 {
            let motion = Motion { ignition: Some(false), speed_kmh: Some(40.0), ..Motion::default() };
            let (x, values) = (s as f64 * 110.0, Values::Vehicle(motion));
            let place = Some(plane.place(Metres { x, y: 0.0 }));
            let entry = Entry { at: EventTime(s * 10_000), camera: None, place, quality: Quality::GOOD, values };
            let (fix, mark) = fixes.take(&FixConfig::default(), &plane, &entry, &motion);
            assert_eq!((fix.map(|f| f.p.x.round()), mark), (Some(x), Quality::GOOD));
        }
    }
}
