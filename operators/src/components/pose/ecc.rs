//! Enhanced correlation coefficient: the turn and shift under which two
//! pictures correlate best (Evangelidis and Psarakis, "Parametric image
//! alignment using enhanced correlation coefficient maximization", IEEE TPAMI
//! 30(10), 2008, the forward additive form of section 4.1, for the euclidean
//! motion), over the points that carry an edge instead of every pixel.

use super::super::map::Map;

/// A turn about the picture's centre and a shift: where a baseline's pixel lies in the current picture.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub(crate) struct Turn {
    /// Radians, clockwise as seen (y points down).
    pub angle: f64,
    /// Pixels to the right.
    pub dx: f64,
    /// Pixels down.
    pub dy: f64,
}

impl Turn {
    /// The same between pictures `factor` times as large.
    pub fn scaled(self, factor: f64) -> Turn {
        Turn { angle: self.angle, dx: self.dx * factor, dy: self.dy * factor }
    }

    /// As a homography between pixels.
    pub fn homography(self, width: usize, height: usize) -> [f64; 9] {
        let (cx, cy) = ((width - 1) as f64 / 2.0, (height - 1) as f64 / 2.0);
        let (s, c) = self.angle.sin_cos();
        [c, -s, cx - c * cx + s * cy + self.dx, s, c, cy - s * cx - c * cy + self.dy, 0.0, 0.0, 1.0]
    }
}

/// An edge point of the baseline.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct EdgePoint {
    pub x: usize,
    pub y: usize,
    value: f32,
}

/// The strongest `per_cell` edge points of each cell of 8x8 pixels, if they
/// are at least `least` steep, clear of the border, and where `allowed`.
pub(crate) fn edge_points(
    map: &Map,
    per_cell: usize,
    least: f32,
    allowed: impl Fn(usize, usize) -> bool,
) -> Vec<EdgePoint> {
    const CELL: usize = 8;
    const BORDER: usize = 3;
    let mut points = Vec::new();
    let mut cell: Vec<(f32, usize, usize)> = Vec::new();
    for top in (BORDER..map.height.saturating_sub(BORDER)).step_by(CELL) {
        for left in (BORDER..map.width.saturating_sub(BORDER)).step_by(CELL) {
            cell.clear();
            for y in top..(top + CELL).min(map.height - BORDER) {
                for x in left..(left + CELL).min(map.width - BORDER) {
                    let (gx, gy) = map.slope(x, y);
                    let steep = gx * gx + gy * gy;
                    if steep >= least * least && allowed(x, y) {
                        cell.push((steep, x, y));
                    }
                }
            }
            cell.sort_by(|a, b| b.0.total_cmp(&a.0));
            points.extend(cell.iter().take(per_cell).map(|&(_, x, y)| EdgePoint { x, y, value: map.at(x, y) }));
        }
    }
    points
}

/// The shifts of whole pixels, at most `reach` in each direction, under which
/// the points correlate best: at most `most` peaks, three pixels apart, since
/// rows of windows correlate a window further too.
pub(crate) fn search(points: &[EdgePoint], now: &Map, reach: i32, most: usize) -> Vec<Turn> {
    let mut shifts: Vec<(f32, i32, i32)> = Vec::new();
    for dy in -reach..=reach {
        for dx in -reach..=reach {
            let (mut n, mut si, mut st, mut sii, mut stt, mut sit) = (0u32, 0f32, 0f32, 0f32, 0f32, 0f32);
            for p in points {
                let (x, y) = (p.x as i32 + dx, p.y as i32 + dy);
                if x < 0 || y < 0 || x >= now.width as i32 || y >= now.height as i32 {
                    continue;
                }
                let (i, t) = (now.at(x as usize, y as usize), p.value);
                n += 1;
                (si, st, sii, stt, sit) = (si + i, st + t, sii + i * i, stt + t * t, sit + i * t);
            }
            if 2 * n as usize >= points.len() && n > 0 {
                let n = n as f32;
                let spread = ((sii - si * si / n) * (stt - st * st / n)).max(1e-12).sqrt();
                shifts.push(((sit - si * st / n) / spread, dx, dy));
            }
        }
    }
    shifts.sort_by(|a, b| b.0.total_cmp(&a.0));
    let mut peaks: Vec<(f32, i32, i32)> = Vec::new();
    for shift in shifts {
        let is_apart = |p: &(f32, i32, i32)| (p.1 - shift.1).abs().max((p.2 - shift.2).abs()) >= 3;
        if peaks.len() < most && peaks.iter().all(is_apart) {
            peaks.push(shift);
        }
    }
    peaks.iter().map(|p| Turn { angle: 0.0, dx: f64::from(p.1), dy: f64::from(p.2) }).collect()
}

/// Follows the correlation uphill from `start`. The turn found, and its
/// correlation; `None` where the points leave the picture or do not decide.
pub(crate) fn align(points: &[EdgePoint], now: &Map, start: Turn, iterations: usize) -> Option<(Turn, f32)> {
    let (cx, cy) = ((now.width - 1) as f64 / 2.0, (now.height - 1) as f64 / 2.0);
    // The turn is counted in pixels at this radius, so that all three unknowns weigh alike.
    let radius = now.width as f64 / 4.0;
    let mut turn = start;
    let mut best: Option<(Turn, f32)> = None;
    let mut step = [0.0; 3];
    for _ in 0..=iterations {
        let s = Sums::over(points, now, turn, (cx, cy), radius);
        if 2.0 * s.n < points.len() as f64 || s.n < 12.0 {
            break;
        }
        let (next, correlation) = s.step()?;
        let from = match best {
            // A step too far is taken back by half.
            Some((at, highest)) if correlation as f32 <= highest => {
                step = step.map(|v| v / 2.0);
                at
            }
            _ => {
                best = Some((turn, correlation as f32));
                // No step is longer than the slopes under it are worth.
                let longest = next.iter().fold(0f64, |m, v| m.max(v.abs()));
                step = next.map(|v| v * (LONGEST / longest).min(1.0));
                turn
            }
        };
        turn = Turn { angle: from.angle + step[0] / radius, dx: from.dx + step[1], dy: from.dy + step[2] };
        if step.iter().all(|v| v.abs() < 0.005) {
            break;
        }
    }
    best
}

/// Longest step, pixels.
const LONGEST: f64 = 1.5;

/// Everything that one step needs, summed in one pass.
#[derive(Default)]
struct Sums {
    n: f64,
    i: f64,
    t: f64,
    ii: f64,
    tt: f64,
    it: f64,
    g: [f64; 3],
    gi: [f64; 3],
    gt: [f64; 3],
    gg: [f64; 6],
}

impl Sums {
    fn over(points: &[EdgePoint], now: &Map, turn: Turn, (cx, cy): (f64, f64), radius: f64) -> Sums {
        let mut s = Sums::default();
        let (sin, cos) = turn.angle.sin_cos();
        for p in points {
            let (x, y) = (p.x as f64 - cx, p.y as f64 - cy);
            let (rx, ry) = (cos * x - sin * y, sin * x + cos * y);
            let place = ((rx + cx + turn.dx) as f32, (ry + cy + turn.dy) as f32);
            let Some((i, gx, gy)) = now.sample(place.0, place.1) else { continue };
            let (i, gx, gy, t) = (f64::from(i), f64::from(gx), f64::from(gy), f64::from(p.value));
            // The point moves by (-ry, rx) for each radian.
            let g = [(gy * rx - gx * ry) / radius, gx, gy];
            s.n += 1.0;
            s.i += i;
            s.t += t;
            s.ii += i * i;
            s.tt += t * t;
            s.it += i * t;
            for (k, slope) in g.into_iter().enumerate() {
                s.g[k] += slope;
                s.gi[k] += slope * i;
                s.gt[k] += slope * t;
            }
            let pairs = [g[0] * g[0], g[0] * g[1], g[0] * g[2], g[1] * g[1], g[1] * g[2], g[2] * g[2]];
            s.gg.iter_mut().zip(pairs).for_each(|(sum, v)| *sum += v);
        }
        s
    }

    /// The step uphill, and the correlation before it.
    fn step(&self) -> Option<([f64; 3], f64)> {
        let (mean_i, mean_t) = (self.i / self.n, self.t / self.n);
        let ii = self.ii - self.i * mean_i;
        let tt = self.tt - self.t * mean_t;
        let it = self.it - self.i * mean_t;
        if ii <= 1e-9 || tt <= 1e-9 {
            return None;
        }
        let gi: [f64; 3] = std::array::from_fn(|k| self.gi[k] - mean_i * self.g[k]);
        let gt: [f64; 3] = std::array::from_fn(|k| self.gt[k] - mean_t * self.g[k]);
        let inverse = invert(&self.gg)?;
        let by = |v: &[f64; 3]| -> [f64; 3] { std::array::from_fn(|r| (0..3).map(|c| inverse[r][c] * v[c]).sum()) };
        let hi = by(&gi);
        let dot = |a: &[f64; 3], b: &[f64; 3]| a.iter().zip(b).map(|(a, b)| a * b).sum::<f64>();
        // The paper's closed form; where its denominator is not positive, the ratio of the spreads must serve.
        let below = it - dot(&gt, &hi);
        let lambda = if below > 0.0 { (ii - dot(&gi, &hi)) / below } else { (ii / tt).sqrt() };
        let error: [f64; 3] = std::array::from_fn(|k| lambda * gt[k] - gi[k]);
        Some((by(&error), it / (ii * tt).sqrt()))
    }
}

/// Inverse of a symmetric 3x3 matrix given by its upper half.
fn invert(m: &[f64; 6]) -> Option<[[f64; 3]; 3]> {
    let [a, b, c, d, e, f] = *m;
    let (ca, cb, cc) = (d * f - e * e, c * e - b * f, b * e - c * d);
    let det = a * ca + b * cb + c * cc;
    if det.is_nan() || det.abs() <= 1e-12 * (a * d * f).abs().max(1e-30) {
        return None;
    }
    let (dd, de, ff) = (a * f - c * c, b * c - a * e, a * d - b * b);
    Some([[ca, cb, cc], [cb, dd, de], [cc, de, ff]].map(|row| row.map(|v| v / det)))
}
