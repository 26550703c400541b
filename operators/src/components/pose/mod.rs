//! Where the camera looks, compared with the baseline.
//!
//! First ECC at 320 columns, which finds a sway or a bump of about a degree to a
//! small part of a pixel; beyond its reach corners, their descriptors and a
//! homography. Neither is believed without a test: how well the two pictures
//! agree under what was found.

mod ecc;
mod features;
mod homography;

use super::map::Map;
use super::transform::{self, Transform};
use crate::vocabulary::Luma;
use ecc::EdgePoint;
use features::Feature;
use serde::{Deserialize, Serialize};

/// Settings of the pose gate.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct PoseConfig {
    /// A shift of the picture's corners up to this is sway, share of the picture's width (0.012: 4 pixels of 320).
    pub sway: f32,
    /// A shift up to this is a bump that is realigned (0.05: a degree of a lens of 20 degrees or wider).
    pub reach: f32,
    /// Least share of the pictures' edges that must agree under the transform (0.4).
    pub agreement: f32,
}

impl Default for PoseConfig {
    fn default() -> Self {
        PoseConfig { sway: 0.012, reach: 0.05, agreement: 0.4 }
    }
}

/// How the current picture lies on the baseline, and how well.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Fit {
    /// From the baseline's coordinates to the current picture's.
    pub transform: Transform,
    /// Correlation of the two small pictures under it, -1..1.
    pub correlation: f32,
    /// Share of the baseline's edges found again under it, 0..1.
    pub agreement: f32,
    /// Largest shift of a corner, share of the picture's width.
    pub shift: f32,
}

/// Why a view is not the baseline's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Off {
    /// The same place, turned further than what is realigned.
    Turned,
    /// The same place, nearer or farther.
    Zoomed,
    /// Another place, or so covered that nothing is recognised.
    Unrecognised,
}

/// Where the camera looks.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Pose {
    /// As the baseline did, but for sway.
    Aligned(Fit),
    /// Bumped a little: realigned, still judged, and worth saying as health.
    Realigned(Fit),
    /// Not the baseline's view: nothing is judged.
    Off(Off),
    /// The picture shows too little to tell (dark, fog): nothing is judged, and nothing said against the camera.
    Unclear,
}

impl Pose {
    /// How the picture lies on the baseline, where it does.
    pub fn fit(&self) -> Option<&Fit> {
        match self {
            Pose::Aligned(fit) | Pose::Realigned(fit) => Some(fit),
            Pose::Off(_) | Pose::Unclear => None,
        }
    }
}

/// The baseline's small picture, prepared once.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct PoseGate {
    config: PoseConfig,
    fine: Map,
    /// Edge points at 320, 160 and 80 columns.
    points: [Vec<EdgePoint>; 3],
    /// One edge point a cell, on which agreement is counted.
    witnesses: Vec<EdgePoint>,
    features: Vec<Feature>,
    edges: usize,
}

/// Slope of an edge in the evened picture, standard deviations a pixel.
const EDGE: f32 = 0.12;
/// Surroundings over which the light is evened out, pixels of 320.
const RADIUS: usize = 8;
/// Grey levels under which a spread is noise.
const FLOOR: f32 = 6.0;
/// Correlation of the surroundings of a witness that counts as found again.
const FOUND: f32 = 0.6;
/// Shift of 80 columns up to which the start is searched.
const SEARCH: i32 = 7;
/// Starts that are followed.
const STARTS: usize = 4;
/// Agreement from which no second opinion is asked for.
const SURE: f32 = 0.6;
/// Steps uphill at each level.
const ITERATIONS: usize = 16;

fn evened(luma: &Luma) -> Map {
    Map::evened(luma, RADIUS, FLOOR).smoothed()
}

impl PoseGate {
    pub fn new(config: PoseConfig, luma: &Luma) -> PoseGate {
        let fine = evened(luma);
        let (middle, coarse) = (fine.half(), fine.half().half().smoothed());
        let anywhere = |_: usize, _: usize| true;
        let points = [
            ecc::edge_points(&fine, 2, EDGE, anywhere),
            ecc::edge_points(&middle, 4, EDGE, anywhere),
            ecc::edge_points(&coarse, 6, EDGE / 2.0, anywhere),
        ];
        let witnesses = ecc::edge_points(&fine, 1, EDGE, anywhere);
        let features = features::features(&fine, 300, anywhere);
        let edges = edges(&fine);
        PoseGate { config, fine, points, witnesses, features, edges }
    }

    /// Bytes held.
    pub fn memory(&self) -> usize {
        let points: usize = self.points.iter().map(Vec::len).sum::<usize>() + self.witnesses.len();
        4 * self.fine.data.len() + points * size_of::<EdgePoint>() + self.features.len() * size_of::<Feature>()
    }

    /// Where the camera looks. `movers` are boxes in pixels of this small picture; what lies in them is not looked at.
    pub fn judge(&self, luma: &Luma, movers: &[[usize; 4]]) -> Pose {
        if (luma.width(), luma.height()) != (self.fine.width, self.fine.height) {
            return Pose::Unclear;
        }
        let fine = evened(luma);
        let is_free = |x: usize, y: usize| !movers.iter().any(|b| x >= b[0] && x < b[2] && y >= b[1] && y < b[3]);
        let near = self.by_correlation(&fine, &is_free);
        if let Some(fit) = near.filter(|fit| fit.agreement >= SURE) {
            return self.verdict(fit);
        }
        // Fewer than a third of the baseline's edges: the picture shows too little.
        if near.is_none() && 3 * edges(&fine) < self.edges {
            return Pose::Unclear;
        }
        // A row of windows agrees a little with itself a window further: the features must agree better.
        match (self.by_features(&fine, &is_free), near) {
            (None, Some(near)) => self.verdict(near),
            (Some((_, far)), Some(near)) if near.agreement >= far.agreement => self.verdict(near),
            (Some((h, fit)), _) => {
                let scale = (h[0] * h[4] - h[1] * h[3]).abs().sqrt();
                if (scale - 1.0).abs() > 0.02 { Pose::Off(Off::Zoomed) } else { self.verdict(fit) }
            }
            (None, None) => Pose::Off(Off::Unrecognised),
        }
    }

    fn verdict(&self, fit: Fit) -> Pose {
        if fit.shift <= self.config.sway {
            Pose::Aligned(fit)
        } else if fit.shift <= self.config.reach {
            Pose::Realigned(fit)
        } else {
            Pose::Off(Off::Turned)
        }
    }

    fn by_correlation(&self, fine: &Map, is_free: &impl Fn(usize, usize) -> bool) -> Option<Fit> {
        // Smoothed, so that a shift between two pixels shows at both.
        let (middle, coarse) = (fine.half(), fine.half().half().smoothed());
        let free = |points: &[EdgePoint], size: usize| -> Vec<EdgePoint> {
            points.iter().filter(|p| is_free(p.x * size, p.y * size)).copied().collect()
        };
        let starts = ecc::search(&free(&self.points[2], 4), &coarse, SEARCH, STARTS);
        let points = free(&self.points[1], 2);
        let followed =
            starts.into_iter().filter_map(|start| ecc::align(&points, &middle, start.scaled(2.0), ITERATIONS));
        let (turn, _) = followed.max_by(|a, b| a.1.total_cmp(&b.1))?;
        let (turn, correlation) = ecc::align(&free(&self.points[0], 1), fine, turn.scaled(2.0), ITERATIONS)?;
        self.test(turn.homography(fine.width, fine.height), correlation, fine, is_free)
    }

    fn by_features(&self, fine: &Map, is_free: &impl Fn(usize, usize) -> bool) -> Option<([f64; 9], Fit)> {
        let now = features::features(fine, 300, is_free);
        let place = |f: &Feature| (f64::from(f.x), f64::from(f.y));
        let pairs: Vec<homography::Pair> = features::matches(&self.features, &now)
            .into_iter()
            .map(|(b, n)| [place(&self.features[b]), place(&now[n])])
            .collect();
        let (h, agree) = homography::ransac(&pairs)?;
        if agree < 12 || 4 * agree < pairs.len() {
            return None;
        }
        // The agreement is measured, and the correlation is that of the witnesses.
        let fit = self.test(h, 0.0, fine, is_free)?;
        Some((h, fit))
    }

    /// Never believed alone: enough of the baseline's edges must be found again under the homography.
    fn test(&self, h: [f64; 9], correlation: f32, fine: &Map, is_free: &impl Fn(usize, usize) -> bool) -> Option<Fit> {
        let (mut seen, mut found, mut sum) = (0u32, 0u32, 0f32);
        for p in &self.witnesses {
            let (x, y) = transform::at(&h, p.x as f64, p.y as f64);
            let inside = x >= 3.0 && y >= 3.0 && x < (fine.width - 4) as f64 && y < (fine.height - 4) as f64;
            if !inside || !is_free(x as usize, y as usize) {
                continue;
            }
            let Some(likeness) = self.likeness(p, fine, &h) else { continue };
            seen += 1;
            sum += likeness;
            found += u32::from(likeness >= FOUND);
        }
        let agreement = found as f32 / seen.max(1) as f32;
        let correlation = if correlation == 0.0 { sum / seen.max(1) as f32 } else { correlation };
        let trusted = seen >= 20 && 4 * seen as usize >= self.witnesses.len() && agreement >= self.config.agreement;
        let shift = self.shift(&h);
        let transform = Transform::of_pixels(&h, fine.width, fine.height);
        trusted.then_some(Fit { transform, correlation, agreement, shift })
    }

    /// Correlation of 5x5 pixels about a witness.
    fn likeness(&self, p: &EdgePoint, now: &Map, h: &[f64; 9]) -> Option<f32> {
        let (mut si, mut st, mut sii, mut stt, mut sit) = (0f32, 0f32, 0f32, 0f32, 0f32);
        for dy in 0..5 {
            for dx in 0..5 {
                let (x, y) = (p.x + dx - 2, p.y + dy - 2);
                let (u, v) = transform::at(h, x as f64, y as f64);
                let (i, ..) = now.sample(u as f32, v as f32)?;
                let t = self.fine.at(x, y);
                (si, st, sii, stt, sit) = (si + i, st + t, sii + i * i, stt + t * t, sit + i * t);
            }
        }
        let spread = (sii - si * si / 25.0) * (stt - st * st / 25.0);
        Some(if spread > 1e-6 { (sit - si * st / 25.0) / spread.sqrt() } else { 0.0 })
    }

    /// Largest shift of a corner, share of the width.
    fn shift(&self, h: &[f64; 9]) -> f32 {
        let (w, t) = ((self.fine.width - 1) as f64, (self.fine.height - 1) as f64);
        let far = |(x, y): (f64, f64)| {
            let (u, v) = transform::at(h, x, y);
            (u - x).hypot(v - y) / w
        };
        [(0.0, 0.0), (w, 0.0), (w, t), (0.0, t)].map(far).into_iter().fold(0.0, f64::max) as f32
    }
}

/// Pixels that carry an edge.
fn edges(map: &Map) -> usize {
    let is_edge = |x: usize, y: usize| {
        let (gx, gy) = map.slope(x, y);
        gx * gx + gy * gy >= EDGE * EDGE
    };
    (0..map.height).map(|y| (0..map.width).filter(|&x| is_edge(x, y)).count()).sum()
}
