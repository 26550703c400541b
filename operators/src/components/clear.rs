//! Whether a surface that must stay free is free.
//!
//! What stands on it brings edges of its own and hides the ground's. A shadow
//! brings edges too, but leaves the ground between them as it was.

use super::map::Map;
use super::region::Region;

/// Half a side of the surroundings over which edges are summed, pixels.
const RADIUS: usize = 3;
/// Half a side of the surroundings whose brightness an edge is measured by.
const LIGHT: usize = 7;
/// An edge is new where it exceeds the baseline's by this factor and this much, hundredths of the brightness a pixel.
const FACTOR: f32 = 1.6;
const EXCESS: f32 = 2.5;
/// Likeness of the edges' directions from which they are not new.
const ALIKE: f32 = 0.5;
/// Edges of the ground from which it has looks of its own, grey levels a pixel.
const LOOKS: f32 = 1.5;

/// The ground of a clear surface in the baseline.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Ground {
    slopes: (Vec<f32>, Vec<f32>),
    /// Edges about each pixel, grey levels a pixel.
    edges: Vec<f32>,
    /// The same in hundredths of the brightness.
    relative: Vec<f32>,
}

/// What the current picture shows of it.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub(crate) struct Cover {
    /// Share of the surface with edges that were not there.
    pub new: f32,
    /// Mean likeness of the ground where it has looks of its own; 0 where it has none.
    pub alike: f32,
    /// Share of the surroundings with new edges.
    pub around: f32,
}

impl Ground {
    pub fn of(base: &Map) -> Ground {
        let slopes = slopes(base);
        let edges = energy(&slopes, base.width);
        let relative = relative(&edges, base);
        Ground { slopes, edges, relative }
    }

    /// `patch` is the current picture where the region's baseline is.
    pub fn cover(&self, region: &Region, patch: &Map) -> Cover {
        let now = slopes(patch);
        let edges = energy(&now, patch.width);
        let relative = relative(&edges, patch);
        let product: Vec<f32> = (0..now.0.len()).map(|n| now.0[n] * self.slopes.0[n] + now.1[n] * self.slopes.1[n]).collect();
        let product = Map { width: patch.width, height: patch.height, data: product }.means(RADIUS).data;
        let alike = |n: usize| product[n] / ((edges[n] * edges[n] + 0.5) * (self.edges[n] * self.edges[n] + 0.5)).sqrt();
        let is_new = |n: usize| relative[n] > FACTOR * self.relative[n] + EXCESS && alike(n) < ALIKE;
        let share = |mask: &[bool]| {
            let all = mask.iter().filter(|m| **m).count();
            let new = (0..mask.len()).filter(|&n| mask[n] && is_new(n)).count();
            new as f32 / all.max(1) as f32
        };
        let looks: Vec<usize> = (0..region.inside.len()).filter(|&n| region.inside[n] && self.edges[n] > LOOKS).collect();
        let alike = match looks.len() {
            0..6 => 0.0,
            many => looks.iter().map(|&n| alike(n)).sum::<f32>() / many as f32,
        };
        Cover { new: share(&region.inside), alike, around: share(&region.around) }
    }
}

fn slopes(map: &Map) -> (Vec<f32>, Vec<f32>) {
    (0..map.data.len()).map(|n| map.slope(n % map.width, n / map.width)).unzip()
}

fn energy(slopes: &(Vec<f32>, Vec<f32>), width: usize) -> Vec<f32> {
    let squares: Vec<f32> = slopes.0.iter().zip(&slopes.1).map(|(x, y)| x * x + y * y).collect();
    let height = squares.len() / width;
    let means = Map { width, height, data: squares }.means(RADIUS);
    means.data.iter().map(|v| v.max(0.0).sqrt()).collect()
}

fn relative(edges: &[f32], map: &Map) -> Vec<f32> {
    let light = map.means(LIGHT);
    edges.iter().zip(&light.data).map(|(e, l)| 100.0 * e / l.max(8.0)).collect()
}
