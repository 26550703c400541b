//! Where a component that is not in its place has gone: moved, or tilted about its foot.
//!
//! The directions of its edges are laid over the current picture at many places
//! and angles (sparse, so that a thousand placements cost little), and the best
//! placement is then looked at as carefully as its own place was.

use super::light::{Field, Light};
use super::look::{self, fetch_at};
use super::map::Map;
use super::region::Region;
use super::registered::Nature;
use super::transform::{at, multiply};

/// A placement: turned about the component's foot, then moved. Pixels of the level.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Placement {
    /// Degrees, clockwise as seen.
    pub angle: f32,
    pub dx: f32,
    pub dy: f32,
    /// Share of the marks found there.
    pub likeness: f32,
    /// The same in the baseline itself: what stood there before looked as much like it.
    pub before: f32,
}

/// Angles tried, degrees.
const TILTS: [f32; 13] = [0.0, -5.0, 5.0, -9.0, 9.0, -13.0, 13.0, -17.0, 17.0, -21.0, 21.0, -26.0, 26.0];
const TURNS: [f32; 3] = [0.0, -8.0, 8.0];
/// Marks laid over the picture.
const MARKS: usize = 40;
/// What tilts hardly moves its foot: reach of a tilt, pixels.
const SWING: i32 = 10;
/// Least and most reach, pixels.
const REACH: (f32, f32) = (12.0, 40.0);

/// The best placement other than its own, if the component is found there.
pub(crate) fn search(region: &Region, now: &Map, base: &Map, h: &[f64; 9], light: Light) -> Option<Placement> {
    let [left, top, width, height] = region.patch;
    let (foot, longest) = foot(region);
    let reach = longest.clamp(REACH.0, REACH.1) as i32;
    let wide = [left as i32 - reach, top as i32 - reach, width as i32 + 2 * reach, height as i32 + 2 * reach];
    let seen = Directions::of(&fetch_at(wide, now, h));
    let marks: Vec<Laid> = region
        .own
        .iter()
        .step_by(region.own.len().div_ceil(MARKS).max(1))
        .map(|m| {
            let slope = region.base.slope(m.x as usize, m.y as usize);
            let length = (slope.0 * slope.0 + slope.1 * slope.1).sqrt().max(1e-3);
            Laid { x: m.x as f32 - foot.0, y: m.y as f32 - foot.1, to: (slope.0 / length, slope.1 / length) }
        })
        .collect();
    let angles: &[f32] = match region.registered.nature {
        Nature::Standing | Nature::Line => &TILTS,
        Nature::Flat | Nature::Face | Nature::Clear => &TURNS,
    };
    let origin = ((foot.0 + reach as f32).round() as i32, (foot.1 + reach as f32).round() as i32);
    // The best place for each angle, then the best few of these looked at carefully.
    let about = |angle: f32| if angle == 0.0 { reach } else { reach.min(SWING) };
    let best = |&angle: &f32| {
        let turned: Vec<Turned> = marks.iter().map(|m| m.turned(angle)).collect();
        best_place(angle, about(angle), |dx, dy, least| seen.agree(&turned, (origin.0 + dx, origin.1 + dy), least))
    };
    let mut tries: Vec<Try> = angles.iter().map(best).collect();
    tries.sort_by(|a, b| b.agree.total_cmp(&a.agree));
    let found = |map: &Map, h: &[f64; 9]| look::alike(region, &Field::of(&look::fetch(region, map, h), light));
    let look_at = |t: &Try| {
        let placed = place(region, foot, t.angle, t.dx as f32, t.dy as f32);
        (found(now, &multiply(h, &placed)), placed, *t)
    };
    let careful = tries.iter().take(CAREFUL).filter(|t| t.agree >= FAINTLY).map(look_at);
    let (likeness, placed, t) = careful.max_by(|a, b| a.0.total_cmp(&b.0))?;
    Some(Placement { angle: t.angle, dx: t.dx as f32, dy: t.dy as f32, likeness, before: found(base, &placed) })
}

/// Placements looked at carefully.
const CAREFUL: usize = 4;
/// Agreement of the directions from which a placement is worth a look.
const FAINTLY: f32 = 0.25;

#[derive(Debug, Clone, Copy)]
struct Try {
    agree: f32,
    angle: f32,
    dx: i32,
    dy: i32,
}

/// Every other place, then every place about the best. `score` may give up where it cannot exceed the best so far.
fn best_place(angle: f32, reach: i32, score: impl Fn(i32, i32, f32) -> f32) -> Try {
    let mut best = Try { agree: 0.0, angle, dx: 0, dy: 0 };
    let mut offer = |dx: i32, dy: i32| {
        let is_home = angle == 0.0 && dx.abs().max(dy.abs()) < 3;
        let agree = if is_home { 0.0 } else { score(dx, dy, best.agree) };
        if agree > best.agree {
            best = Try { agree, angle, dx, dy };
        }
        best
    };
    for dy in (-reach..=reach).step_by(2) {
        for dx in (-reach..=reach).step_by(2) {
            offer(dx, dy);
        }
    }
    let Try { dx, dy, .. } = offer(0, 0);
    for (v, u) in (-1..=1).flat_map(|v| (-1..=1).map(move |u| (v, u))) {
        offer(dx + u, dy + v);
    }
    best
}

/// Middle of the lower edge of the component in its patch, and its longer side, pixels.
fn foot(region: &Region) -> ((f32, f32), f32) {
    let width = region.patch[2];
    let covered = || region.inside.iter().enumerate().filter(|(_, i)| **i).map(|(n, _)| (n % width, n / width));
    let (mut l, mut t, mut r, mut b) = (usize::MAX, usize::MAX, 0, 0);
    for (x, y) in covered() {
        (l, t, r, b) = (l.min(x), t.min(y), r.max(x), b.max(y));
    }
    if l > r {
        return ((0.0, 0.0), 0.0);
    }
    (((l + r) as f32 / 2.0, b as f32), ((r - l).max(b - t) + 1) as f32)
}

/// The placement as a homography of the level's pixels, from the component's own place to the other.
fn place(region: &Region, foot: (f32, f32), angle: f32, dx: f32, dy: f32) -> [f64; 9] {
    let (fx, fy) = ((region.patch[0] as f32 + foot.0) as f64, (region.patch[1] as f32 + foot.1) as f64);
    let (s, c) = f64::from(angle).to_radians().sin_cos();
    let (dx, dy) = (f64::from(dx), f64::from(dy));
    [c, -s, fx - c * fx + s * fy + dx, s, c, fy - s * fx - c * fy + dy, 0.0, 0.0, 1.0]
}

/// Box of the component's own box under a placement, in the level's pixels: left, top, right, bottom.
pub(crate) fn placed_box(region: &Region, p: &Placement, h: &[f64; 9], own: [f32; 4]) -> [f32; 4] {
    let m = multiply(h, &place(region, foot(region).0, p.angle, p.dx, p.dy));
    let corners = [(own[0], own[1]), (own[2], own[1]), (own[2], own[3]), (own[0], own[3])];
    let moved = corners.map(|(x, y)| at(&m, f64::from(x), f64::from(y)));
    let fold = |f: fn(f64, f64) -> f64, side: fn(&(f64, f64)) -> f64| moved.iter().map(side).reduce(f).unwrap_or(0.0);
    [fold(f64::min, |p| p.0), fold(f64::min, |p| p.1), fold(f64::max, |p| p.0), fold(f64::max, |p| p.1)]
        .map(|v| v as f32)
}

/// An edge of the component about its foot, and its direction, of length 1.
struct Laid {
    x: f32,
    y: f32,
    to: (f32, f32),
}

/// The same turned about the foot, at whole pixels.
struct Turned {
    x: i32,
    y: i32,
    to: (f32, f32),
}

impl Laid {
    fn turned(&self, angle: f32) -> Turned {
        let (s, c) = angle.to_radians().sin_cos();
        let turn = |x: f32, y: f32| (c * x - s * y, s * x + c * y);
        let (x, y) = turn(self.x, self.y);
        Turned { x: x.round() as i32, y: y.round() as i32, to: turn(self.to.0, self.to.1) }
    }
}

/// Directions of the edges of a patch; short where there is no edge.
struct Directions {
    width: i32,
    height: i32,
    to: Vec<(f32, f32)>,
}

impl Directions {
    fn of(patch: &Map) -> Directions {
        let to = (0..patch.data.len()).map(|n| {
            let (gx, gy) = patch.slope(n % patch.width, n / patch.width);
            let length = (gx * gx + gy * gy).sqrt() + 2.0;
            (gx / length, gy / length)
        });
        Directions { width: patch.width as i32, height: patch.height as i32, to: to.collect() }
    }

    /// Mean agreement of the marks, 0..1, with the foot at `origin`; 0 where it cannot exceed `least`.
    fn agree(&self, marks: &[Turned], origin: (i32, i32), least: f32) -> f32 {
        let wanted = least * marks.len() as f32;
        let (mut sum, mut left) = (0f32, marks.len() as f32);
        for some in marks.chunks(8) {
            for m in some {
                let (x, y) = (origin.0 + m.x, origin.1 + m.y);
                if x >= 0 && y >= 0 && x < self.width && y < self.height {
                    let seen = self.to[(y * self.width + x) as usize];
                    sum += (seen.0 * m.to.0 + seen.1 * m.to.1).max(0.0);
                }
            }
            left -= some.len() as f32;
            // No mark agrees by more than 1.
            if sum + left <= wanted {
                return 0.0;
            }
        }
        sum / marks.len().max(1) as f32
    }
}
