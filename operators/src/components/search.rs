//! Where a component that is not in its place has gone: moved, or tilted about its foot.
//!
//! The directions of its edges are laid over the current picture at many places
//! and angles (sparse, so that a thousand placements cost little), and the best
//! placement is then looked at as carefully as its own place was.

use super::fetch::fetch_at;
use super::light::{Field, Light};
use super::look;
use super::map::Map;
use super::region::{Mark, Region};
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
const TILTS: [f32; 17] =
    [0.0, -5.0, 5.0, -9.0, 9.0, -13.0, 13.0, -17.0, 17.0, -21.0, 21.0, -26.0, 26.0, -30.0, 30.0, -35.0, 35.0];
const TURNS: [f32; 3] = [0.0, -8.0, 8.0];
/// Marks laid over the picture.
const MARKS: usize = 40;
/// What tilts hardly moves its foot: reach of a tilt, pixels.
const SWING: i32 = 10;
/// Least and most reach, pixels.
const REACH: (f32, f32) = (12.0, 80.0);

/// The best placement other than its own, if the component is found there.
pub(crate) fn search(region: &Region, now: &Map, base: &Map, h: &[f64; 9], light: Light) -> Option<Placement> {
    let (foot, longest) = foot(region);
    let reach = longest.clamp(REACH.0, REACH.1) as i32;
    let angles: &[f32] = match region.registered.nature {
        Nature::Standing | Nature::Line | Nature::Face => &TILTS,
        Nature::Flat | Nature::Clear => &TURNS,
    };
    let [left, top, width, height] = marks_box(region, 0);
    let most = angles.iter().fold(0f32, |m, a| m.max(a.abs())).to_radians().sin();
    let margin = reach.max(SWING + (most * longest) as i32) + 2;
    let wide = [left - margin, top - margin, width + 2 * margin, height + 2 * margin];
    let offset = [region.patch[0] as i32, region.patch[1] as i32];
    let seen = fetch_at([wide[0] + offset[0], wide[1] + offset[1], wide[2], wide[3]], now, h);
    let coarse = Directions::of(&seen.half());
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
    let origin = (foot.0 - wide[0] as f32, foot.1 - wide[1] as f32);
    // The best place for each angle, then the best few of these looked at carefully.
    let about = |angle: f32| if angle == 0.0 { reach } else { reach.min(SWING) };
    let best = |&angle: &f32| {
        let turned = |scale: f32| marks.iter().map(|m| m.turned(angle, scale)).collect::<Vec<Turned>>();
        let near = best_place(about(angle) / 2, &turned(0.5), &coarse, (origin.0 / 2.0, origin.1 / 2.0), angle == 0.0);
        (near.0 >= FAINTLY).then(|| refined(angle, near, &turned(1.0), &seen, origin))
    };
    let mut tries: Vec<Try> = angles.iter().filter_map(best).collect();
    tries.sort_by(|a, b| b.agree.total_cmp(&a.agree));
    let window = marks_box(region, look::ALIKE_MARGIN);
    let found = |map: &Map, h: &[f64; 9], roughly: bool| {
        let at = [window[0] + offset[0], window[1] + offset[1], window[2], window[3]];
        look::alike(region, &Field::of(&fetch_at(at, map, h), light), (window[0], window[1]), roughly)
    };
    let placed = |t: &Try| place(region, foot, t.angle, t.dx as f32, t.dy as f32);
    let careful = tries.iter().take(CAREFUL).map(|t| (found(now, &multiply(h, &placed(t)), true), t));
    let (_, t) = careful.max_by(|a, b| a.0.total_cmp(&b.0))?;
    let likeness = found(now, &multiply(h, &placed(t)), false);
    Some(Placement {
        angle: t.angle,
        dx: t.dx as f32,
        dy: t.dy as f32,
        likeness,
        before: found(base, &placed(t), false),
    })
}

/// The box of the component's marks, pixels of the patch, grown by `margin`: left, top, columns, rows.
fn marks_box(region: &Region, margin: i32) -> [i32; 4] {
    let fold = |f: fn(i32, i32) -> i32, side: fn(&Mark) -> i32| region.own.iter().map(side).reduce(f).unwrap_or(0);
    let (left, top) = (fold(i32::min, |m| m.x) - margin, fold(i32::min, |m| m.y) - margin);
    [left, top, fold(i32::max, |m| m.x) + 1 + margin - left, fold(i32::max, |m| m.y) + 1 + margin - top]
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

/// Agreement at the best place at half the scale, and that place's shift. Row by row, all shifts of a row at once.
fn best_place(reach: i32, marks: &[Turned], seen: &Directions, origin: (f32, f32), upright: bool) -> (f32, i32, i32) {
    let mut best = (0f32, 0, 0);
    let origin = (origin.0.round() as i32, origin.1.round() as i32);
    let mut sums = vec![0f32; (2 * reach + 1) as usize];
    for dy in -reach..=reach {
        sums.fill(0.0);
        marks.iter().for_each(|m| seen.add(m, (origin.0 - reach + m.x, origin.1 + dy + m.y), &mut sums));
        for (dx, sum) in (-reach..=reach).zip(&sums) {
            // Its own place is no other one.
            let is_home = upright && dx.abs().max(dy.abs()) < 2;
            if *sum > best.0 && !is_home {
                best = (*sum, dx, dy);
            }
        }
    }
    (best.0 / marks.len().max(1) as f32, best.1, best.2)
}

/// The best place at full scale about the one found at half of it.
fn refined(angle: f32, near: (f32, i32, i32), marks: &[Turned], seen: &Map, origin: (f32, f32)) -> Try {
    let origin = (origin.0.round() as i32, origin.1.round() as i32);
    let agree = |dx: i32, dy: i32| {
        let sum = marks.iter().map(|m| {
            let (x, y) = (origin.0 + dx + m.x, origin.1 + dy + m.y);
            let is_inside = x >= 0 && y >= 0 && x < seen.width as i32 && y < seen.height as i32;
            let to = if is_inside { direction(seen.slope(x as usize, y as usize)) } else { (0.0, 0.0) };
            (to.0 * m.to.0 + to.1 * m.to.1).max(0.0)
        });
        sum.sum::<f32>() / marks.len().max(1) as f32
    };
    let places = (-1..=1).flat_map(|v| (-1..=1).map(move |u| (2 * near.1 + u, 2 * near.2 + v)));
    let tries = places.map(|(dx, dy)| Try { agree: agree(dx, dy), angle, dx, dy });
    let start = Try { agree: 0.0, angle, dx: 2 * near.1, dy: 2 * near.2 };
    tries.fold(start, |best, next| if next.agree > best.agree { next } else { best })
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

/// Share of the component's surroundings that are found under a placement of it: all moved, and it with them.
pub(crate) fn surroundings(region: &Region, p: &Placement, now: &Map, h: &[f64; 9], light: Light) -> f32 {
    look::surroundings(region, now, &multiply(h, &place(region, foot(region).0, p.angle, p.dx, p.dy)), light)
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

/// Strips that a silhouette is cut into.
const STRIPS: usize = 16;

/// The component's silhouette under a placement, as the boxes of its strips, in the level's pixels.
pub(crate) fn placed_strips(region: &Region, p: &Placement, h: &[f64; 9]) -> Vec<[f32; 4]> {
    let [left, top, width, height] = region.patch;
    let row = |y: usize| {
        let row = &region.inside[y * width..(y + 1) * width];
        Some((row.iter().position(|i| *i)?, row.iter().rposition(|i| *i)? + 1))
    };
    let rows: Vec<(usize, (usize, usize))> = (0..height).filter_map(|y| Some((y, row(y)?))).collect();
    let strips = rows.chunks(rows.len().div_ceil(STRIPS).max(1));
    let own = strips.map(|rows| {
        let (l, r) = rows.iter().fold((width, 0), |m, (_, (l, r))| (m.0.min(*l), m.1.max(*r)));
        [left + l, top + rows[0].0, left + r, top + rows[rows.len() - 1].0 + 1].map(|v| v as f32)
    });
    own.map(|own| placed_box(region, p, h, own)).collect()
}

/// An edge of the component about its foot, and its direction, of length 1.
struct Laid {
    x: f32,
    y: f32,
    to: (f32, f32),
}

/// The same turned about the foot, at whole pixels of a scale.
struct Turned {
    x: i32,
    y: i32,
    to: (f32, f32),
}

impl Laid {
    fn turned(&self, angle: f32, scale: f32) -> Turned {
        let (s, c) = angle.to_radians().sin_cos();
        let turn = |x: f32, y: f32| (c * x - s * y, s * x + c * y);
        let (x, y) = turn(self.x * scale, self.y * scale);
        Turned { x: x.round() as i32, y: y.round() as i32, to: turn(self.to.0, self.to.1) }
    }
}

/// Direction of an edge; short where there is none.
fn direction((gx, gy): (f32, f32)) -> (f32, f32) {
    let length = (gx * gx + gy * gy).sqrt() + 2.0;
    (gx / length, gy / length)
}

/// Directions of the edges of a patch.
struct Directions {
    width: i32,
    height: i32,
    x: Vec<f32>,
    y: Vec<f32>,
}

impl Directions {
    fn of(patch: &Map) -> Directions {
        let to = (0..patch.data.len()).map(|n| direction(patch.slope(n % patch.width, n / patch.width)));
        let (x, y) = to.unzip();
        Directions { width: patch.width as i32, height: patch.height as i32, x, y }
    }

    /// Adds how much a mark agrees at each of a row of places, the first at these pixels.
    fn add(&self, m: &Turned, (left, y): (i32, i32), sums: &mut [f32]) {
        let (from, until) = ((-left).max(0), (self.width - left).min(sums.len() as i32));
        if y < 0 || y >= self.height || from >= until {
            return;
        }
        let row = (y * self.width + left + from) as usize..(y * self.width + left + until) as usize;
        let sums = &mut sums[from as usize..until as usize];
        for ((sum, x), y) in sums.iter_mut().zip(&self.x[row.clone()]).zip(&self.y[row]) {
            *sum += (x * m.to.0 + y * m.to.1).max(0.0);
        }
    }
}
