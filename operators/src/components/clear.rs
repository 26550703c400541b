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
/// And at least this steep, grey levels a pixel: noise in the dark is not.
const STEEP: f32 = 2.5;
/// Likeness of the edges' directions from which they are not new.
const ALIKE: f32 = 0.5;
/// Edges of the ground from which it has looks of its own, grey levels a pixel.
const LOOKS: f32 = 1.5;
/// Fewer such pixels say nothing.
const FEW: usize = 6;

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
    /// Whether the ground has looks of its own.
    pub looks: bool,
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
        let (new, alike) = self.new_edges(patch);
        let share = |mask: &[bool]| {
            let all = mask.iter().filter(|m| **m).count();
            let new = mask.iter().zip(&new).filter(|(m, new)| **m && **new).count();
            new as f32 / all.max(1) as f32
        };
        let looks: Vec<usize> =
            (0..region.inside.len()).filter(|&n| region.inside[n] && self.edges[n] > LOOKS).collect();
        let has_looks = looks.len() >= FEW;
        let alike = match has_looks {
            true => looks.iter().map(|&n| alike[n]).sum::<f32>() / looks.len() as f32,
            false => 0.0,
        };
        Cover { new: share(&region.inside), alike, looks: has_looks, around: share(&region.around) }
    }

    /// For each pixel whether the current picture has edges there that the
    /// baseline has not, and how alike the edges' directions are.
    fn new_edges(&self, patch: &Map) -> (Vec<bool>, Vec<f32>) {
        let now = slopes(patch);
        let edges = energy(&now, patch.width);
        let relative = relative(&edges, patch);
        let product = now.0.iter().zip(&now.1).zip(self.slopes.0.iter().zip(&self.slopes.1));
        let product: Vec<f32> = product.map(|((x, y), (u, v))| x * u + y * v).collect();
        let product = Map { width: patch.width, height: patch.height, data: product }.means(RADIUS).data;
        let squares = edges.iter().zip(&self.edges).map(|(a, b)| (a * a + 0.5) * (b * b + 0.5));
        let alike: Vec<f32> = product.iter().zip(squares).map(|(p, s)| p / s.sqrt()).collect();
        let beyond = relative.iter().zip(&self.relative).zip(&edges);
        let beyond = beyond.map(|((now, base), steep)| *now > FACTOR * base + EXCESS && *steep > STEEP);
        (beyond.zip(&alike).map(|(beyond, alike)| beyond && *alike < ALIKE).collect(), alike)
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
