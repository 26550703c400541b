//! Likeness whatever the light: the surroundings of a point in the baseline and
//! in the current picture, compared so that exposure, shadow and headlights
//! count for nothing. Three ways; docs/COMPONENTS.md says how they measured.

use super::map::Map;
use serde::{Deserialize, Serialize};

/// How surroundings are compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Light {
    /// After one gain and one bias for each surroundings: their normalised cross-correlation.
    GainBias,
    /// Their slopes, which no bias changes and a shadow changes only at its edge, by normalised correlation.
    #[default]
    Gradient,
    /// Their census (Zabih and Woodfill, 1994): which pixel is brighter than which, which no rising curve changes.
    Census,
}

/// Half a side of the surroundings compared, pixels.
pub(crate) const WINDOW: usize = 5;
/// Every other pixel of the surroundings is compared: the patch is smoothed.
const STEP: usize = 2;
/// Pixels that a point must keep from the edge of its patch.
pub(crate) const EDGE: usize = WINDOW + 2;
const SIDE: usize = 2 * WINDOW / STEP + 1;
const AREA: usize = SIDE * SIDE;
const REACH: usize = 2 * WINDOW + 1;
/// Share of the surroundings that are a component's own from which they are not of its outline.
const INSIDE: f32 = 0.8;

/// A patch made ready for comparison.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Field {
    width: usize,
    height: usize,
    planes: Planes,
}

#[derive(Debug, Clone, PartialEq)]
enum Planes {
    Grey(Vec<f32>),
    Slopes(Vec<(f32, f32)>),
    Census(Vec<u32>),
}

/// The surroundings of one point of the baseline.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Surroundings {
    values: Values,
    /// Length of the values before they were made 1 long.
    length: f32,
    /// 1 where the surroundings are the component's own, 0 where they are what lies behind it; none where all are its own.
    mask: Option<Box<[f32; AREA]>>,
}

#[derive(Debug, Clone, PartialEq)]
enum Values {
    /// Without mean.
    Grey(Box<[f32; AREA]>),
    Slopes(Box<[(f32, f32); AREA]>),
    Census(Box<[u32; AREA]>),
}

impl Surroundings {
    /// Whether a fifth of them and more lies beyond the component.
    pub fn is_edge(&self) -> bool {
        self.mask.as_ref().is_some_and(|mask| mask.iter().sum::<f32>() < INSIDE * AREA as f32)
    }

    /// Bytes of the values, at most.
    pub const BYTES: usize = size_of::<[(f32, f32); AREA]>() + size_of::<[f32; AREA]>();
}

/// How alike surroundings are.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Likeness {
    /// 1 the same, 0 unrelated, -1 the opposite, whatever the contrast.
    pub shape: f32,
    /// How much of the baseline's contrast is there: 1 all of it, 0.5 in light of half the brightness.
    pub contrast: f32,
}

impl Field {
    pub fn of(patch: &Map, light: Light) -> Field {
        let (width, height) = (patch.width, patch.height);
        let planes = match light {
            Light::GainBias => Planes::Grey(patch.data.clone()),
            Light::Gradient => Planes::Slopes(slopes(patch)),
            Light::Census => Planes::Census(census(patch)),
        };
        Field { width, height, planes }
    }

    /// Whether surroundings about this pixel lie inside.
    #[inline]
    pub fn holds(&self, x: i32, y: i32) -> bool {
        let edge = EDGE as i32;
        x >= edge && y >= edge && x < self.width as i32 - edge && y < self.height as i32 - edge
    }

    /// The surroundings of a pixel that [`Field::holds`].
    pub fn surroundings(&self, x: usize, y: usize) -> Surroundings {
        let from = |n: usize| (y + n / SIDE * STEP - WINDOW) * self.width + x + n % SIDE * STEP - WINDOW;
        match &self.planes {
            Planes::Grey(grey) => {
                let mean = (0..AREA).map(|n| grey[from(n)]).sum::<f32>() / AREA as f32;
                let mut values: [f32; AREA] = std::array::from_fn(|n| grey[from(n)] - mean);
                let length = values.iter().map(|v| v * v).sum::<f32>().sqrt().max(1e-6);
                values.iter_mut().for_each(|v| *v /= length);
                Surroundings { values: Values::Grey(Box::new(values)), length, mask: None }
            }
            Planes::Slopes(slopes) => {
                let mut values: [(f32, f32); AREA] = std::array::from_fn(|n| slopes[from(n)]);
                let length = values.iter().map(|v| v.0 * v.0 + v.1 * v.1).sum::<f32>().sqrt().max(1e-6);
                values.iter_mut().for_each(|v| *v = (v.0 / length, v.1 / length));
                Surroundings { values: Values::Slopes(Box::new(values)), length, mask: None }
            }
            Planes::Census(census) => {
                let values = Values::Census(Box::new(std::array::from_fn(|n| census[from(n)])));
                Surroundings { values, length: 1.0, mask: None }
            }
        }
    }

    /// The same without what lies behind the component, which stays when that is gone: `is_own` tells of each pixel
    /// whether it is the component's. Of gradients only; the other ways take all.
    pub fn own_surroundings(&self, x: usize, y: usize, is_own: impl Fn(usize, usize) -> bool) -> Surroundings {
        let mut all = self.surroundings(x, y);
        let at = |n: usize| (x + n % SIDE * STEP - WINDOW, y + n / SIDE * STEP - WINDOW);
        let mask: [f32; AREA] = std::array::from_fn(|n| f32::from(u8::from(is_own(at(n).0, at(n).1))));
        let Values::Slopes(values) = &mut all.values else { return all };
        if mask.iter().all(|own| *own > 0.0) {
            return all;
        }
        values.iter_mut().zip(&mask).for_each(|(v, own)| *v = (v.0 * own, v.1 * own));
        let share = values.iter().map(|v| v.0 * v.0 + v.1 * v.1).sum::<f32>().sqrt().max(1e-6);
        values.iter_mut().for_each(|v| *v = (v.0 / share, v.1 / share));
        Surroundings { length: all.length * share, mask: Some(Box::new(mask)), ..all }
    }

    /// How alike they are about a pixel that [`Field::holds`].
    #[inline]
    pub fn likeness(&self, of: &Surroundings, x: usize, y: usize) -> Likeness {
        let start = (y - WINDOW) * self.width + x - WINDOW;
        match (&self.planes, &of.values) {
            (Planes::Grey(grey), Values::Grey(base)) => {
                let (mut sum, mut square, mut product) = (0f32, 0f32, 0f32);
                for (row, base) in base.chunks_exact(SIDE).enumerate() {
                    let now = &grey[start + STEP * row * self.width..][..REACH];
                    for (v, b) in now.iter().step_by(STEP).zip(base) {
                        (sum, square, product) = (sum + v, square + v * v, product + v * b);
                    }
                }
                // A grey level of noise is added, so that a flat place is like nothing.
                let shape = product / (square - sum * sum / AREA as f32 + AREA as f32).max(1e-6).sqrt();
                Likeness { shape, contrast: product / of.length }
            }
            (Planes::Slopes(slopes), Values::Slopes(base)) if let Some(mask) = &of.mask => {
                let (mut square, mut product, mut area) = (0f32, 0f32, 0f32);
                for (row, (base, mask)) in base.chunks_exact(SIDE).zip(mask.chunks_exact(SIDE)).enumerate() {
                    let now = &slopes[start + STEP * row * self.width..][..REACH];
                    for ((v, b), own) in now.iter().step_by(STEP).zip(base).zip(mask) {
                        square += own * (v.0 * v.0 + v.1 * v.1);
                        product += v.0 * b.0 + v.1 * b.1;
                        area += own;
                    }
                }
                Likeness { shape: product / (square + 0.5 * area).max(1e-6).sqrt(), contrast: product / of.length }
            }
            (Planes::Slopes(slopes), Values::Slopes(base)) => {
                let (mut square, mut product) = (0f32, 0f32);
                for (row, base) in base.chunks_exact(SIDE).enumerate() {
                    let now = &slopes[start + STEP * row * self.width..][..REACH];
                    for (v, b) in now.iter().step_by(STEP).zip(base) {
                        square += v.0 * v.0 + v.1 * v.1;
                        product += v.0 * b.0 + v.1 * b.1;
                    }
                }
                Likeness { shape: product / (square + 0.5 * AREA as f32).sqrt(), contrast: product / of.length }
            }
            (Planes::Census(census), Values::Census(base)) => {
                let mut differ = 0;
                for (row, base) in base.chunks_exact(SIDE).enumerate() {
                    let now = &census[start + STEP * row * self.width..][..REACH];
                    differ += now.iter().step_by(STEP).zip(base).map(|(v, b)| (v ^ b).count_ones()).sum::<u32>();
                }
                // A census knows no contrast.
                Likeness { shape: 1.0 - 2.0 * differ as f32 / (16 * AREA) as f32, contrast: 1.0 }
            }
            // Fields and surroundings of one comparer are of one kind.
            _ => Likeness { shape: 0.0, contrast: 0.0 },
        }
    }
}

fn slopes(patch: &Map) -> Vec<(f32, f32)> {
    let mut out = vec![(0.0, 0.0); patch.width * patch.height];
    for y in 1..patch.height.saturating_sub(1) {
        let row = |y: usize| &patch.data[y * patch.width..(y + 1) * patch.width];
        let (above, here, below) = (row(y - 1), row(y), row(y + 1));
        let to = &mut out[y * patch.width..(y + 1) * patch.width];
        for x in 1..patch.width.saturating_sub(1) {
            to[x] = ((here[x + 1] - here[x - 1]) / 2.0, (below[x] - above[x]) / 2.0);
        }
    }
    out
}

/// For each pixel two bits a neighbour at two pixels' distance: clearly brighter, clearly darker.
fn census(patch: &Map) -> Vec<u32> {
    const AROUND: [(i32, i32); 8] = [(-2, -2), (0, -2), (2, -2), (-2, 0), (2, 0), (-2, 2), (0, 2), (2, 2)];
    const CLEARLY: f32 = 2.0;
    let mut out = vec![0; patch.width * patch.height];
    for y in 2..patch.height.saturating_sub(2) {
        for x in 2..patch.width.saturating_sub(2) {
            let here = patch.at(x, y);
            let mut bits = 0;
            for (n, (dx, dy)) in AROUND.iter().enumerate() {
                let there = patch.at((x as i32 + dx) as usize, (y as i32 + dy) as usize);
                bits |= u32::from(there > here + CLEARLY) << (2 * n) | u32::from(there < here - CLEARLY) << (2 * n + 1);
            }
            out[y * patch.width + x] = bits;
        }
    }
    out
}
