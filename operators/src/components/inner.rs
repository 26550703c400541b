//! A hole where a cover should be.

use super::map::Map;
use super::region::Region;

/// The inside of something flat: a hole in its place is darker than any light explains.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Inner {
    pixels: Vec<usize>,
    /// Some of the pixels about it, no component's.
    around: Vec<usize>,
    brightness: f32,
    /// Whether it covers a hole; a painted line does not.
    is_urgent: bool,
}

/// What of a flat component is a hole.
#[derive(Debug, Clone, PartialEq, Default)]
pub(crate) struct Pit {
    /// Share of its inside, what shadows explain taken off.
    pub share: f32,
    /// Share that is black: shadows do not look so, though they may fall on half of a cover and on nothing beside it.
    pub black: f32,
    /// Dark pixels of the patch.
    pub pixels: Vec<usize>,
}

/// Brightness, as a share of what the light about it explains, below which a pixel may be of a hole …
const DARK: f32 = 0.5;
/// … and as a share of that light itself: snow about a cover makes that brighter, not the cover black …
const BLACK: f32 = 0.4;
/// … or as a share of what is brightest of the cover: haze and rain make a hole grey, and what is left of the cover less so. Of
/// 1,123 looks at drawn broken covers 89 of 100 show a grey hole of a seventh and more, 74 a black one; of 21,347 at whole ones
/// 4 of 10,000 and 7. (Without the next rule.)
const GREY: f32 = 0.6;
/// A shadow falls on what is next to it, too: so near, pixels, and so dark. Where this share of that is, nothing grey is a hole.
const NEXT: usize = 8;
const SHADED: f32 = 0.7;
const FALLS: f32 = 0.1;
/// Fewer dark pixels than this share of it are nothing.
const FEW: f32 = 0.05;
/// What of it is brightest: from this share of its pixels on.
const BRIGHTEST: f32 = 0.75;
/// Brightness of a cover, as a share of that of its surroundings, below which a hole would not be told from it; and what more
/// of it is taken for: worn and wet metal is no brighter than that, and a hole is darker than the ground, too.
const DULLEST: f32 = 0.4;
const SHINING: f32 = 1.7;
/// A shadow falls on what is beside it too: so many times its share there is taken off.
const SHADOW: f32 = 2.0;
/// Every so many pixels of the surroundings are looked at.
const STRIDE: usize = 3;
/// Brightness of the surroundings below which nothing is told, grey levels.
const LIT: f32 = 30.0;

impl Inner {
    /// `None` where it is too small, or shines or is dark in the baseline itself.
    pub fn of(region: &Region) -> Option<Inner> {
        let width = region.patch[2];
        let is_inner = |n: usize| {
            let near = [0, 1, width, width + 1, 2 * width, 2];
            near.iter().all(|d| n >= *d && region.inside[n - d] && region.inside.get(n + d) == Some(&true))
        };
        let pixels: Vec<usize> = (0..region.inside.len()).filter(|&n| is_inner(n)).collect();
        let around: Vec<usize> = (0..region.around.len()).step_by(STRIDE).filter(|&n| region.around[n]).collect();
        let base = |of: &[usize]| middle(of.iter().map(|&n| region.base.data[n]));
        let (inside, about) = (base(&pixels)?, base(&around)?);
        let brightness = inside / about.max(1.0);
        let usual = brightness >= DULLEST && inside < 235.0 && inside > 25.0;
        (pixels.len() >= 9 && usual).then_some(Inner {
            pixels,
            around,
            brightness: brightness.min(SHINING),
            is_urgent: region.registered.urgent,
        })
    }

    /// What of it is a hole: darker than the light about it explains, and no shadow that falls there too.
    pub fn pit(&self, base: &Map, patch: &Map) -> Option<Pit> {
        let light = middle(self.around.iter().map(|&n| patch.data[n] / base.data[n].max(8.0)))?;
        let now = self.light(patch)?;
        let left = |n: usize| patch.data[n] / (light * base.data[n]).max(1.0);
        let is_black = |n: usize| left(n) < DARK && patch.data[n] < BLACK * now;
        let grey = if self.is_urgent { self.grey(patch, left)? } else { 0.0 };
        let is_dark = |n: usize| left(n) < grey || is_black(n);
        let pixels = self.pixels.iter().copied().filter(|&n| is_dark(n)).collect();
        Some(Pit { share: self.beyond_shadow(is_dark), black: self.beyond_shadow(is_black), pixels })
    }

    /// Share of the pixels that are so, what shadows explain taken off.
    fn beyond_shadow(&self, is_so: impl Fn(usize) -> bool) -> f32 {
        let share = |of: &[usize]| of.iter().filter(|&&n| is_so(n)).count() as f32 / of.len() as f32;
        (share(&self.pixels) - SHADOW * share(&self.around)).max(0.0)
    }

    /// Up to which share of the explained brightness a pixel is of a grey hole: 0 where there is none. `left` is that share.
    fn grey(&self, patch: &Map, left: impl Fn(usize) -> f32) -> Option<f32> {
        let dark = self.pixels.iter().filter(|&&n| left(n) < DARK).count();
        if (dark as f32) < FEW * self.pixels.len() as f32 {
            return Some(0.0);
        }
        let grey = DARK.min(GREY * at(self.pixels.iter().map(|&n| left(n)), BRIGHTEST)?);
        let mut mask = Map { data: vec![0.0; patch.data.len()], ..*patch };
        self.pixels.iter().filter(|&&n| left(n) < grey).for_each(|&n| mask.data[n] = 1.0);
        // The mean about what lies next to a pixel of it is at least one of the window's.
        let (about, one) = (mask.means(NEXT).data, 1.0 / ((2 * NEXT + 1) * (2 * NEXT + 1)) as f32);
        let next: Vec<usize> = self.around.iter().copied().filter(|&n| about[n] > one / 2.0).collect();
        let shaded = next.iter().filter(|&&n| left(n) < SHADED).count() as f32;
        Some(if shaded < FALLS * next.len().max(1) as f32 { grey } else { 0.0 })
    }

    /// Brightness in the current patch, as a share of what the surroundings' light explains.
    pub fn brightness(&self, patch: &Map) -> Option<f32> {
        let inside = middle(self.pixels.iter().map(|&n| patch.data[n]))?;
        Some(inside / self.light(patch)? / self.brightness)
    }

    /// Brightness of the surroundings; `None` where they are too dark to tell.
    fn light(&self, patch: &Map) -> Option<f32> {
        middle(self.around.iter().map(|&n| patch.data[n])).filter(|light| *light > LIT)
    }

    /// Bytes held.
    pub fn memory(&self) -> usize {
        (self.pixels.len() + self.around.len()) * size_of::<usize>()
    }
}

fn middle(values: impl Iterator<Item = f32>) -> Option<f32> {
    at(values, 0.5)
}

/// The value below which this share of them lies.
fn at(values: impl Iterator<Item = f32>, share: f32) -> Option<f32> {
    let mut values: Vec<f32> = values.collect();
    let n = values.len();
    (n > 0).then(|| *values.select_nth_unstable_by((n as f32 * share) as usize, f32::total_cmp).1)
}
