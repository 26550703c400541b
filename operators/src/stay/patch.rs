//! What a place looks like: a small grey patch, compared by normalised
//! cross-correlation, which no change of gain or bias can fool.

use crate::vocabulary::{BBox, Luma};
use serde::{Deserialize, Serialize};

/// Largest side of a patch, pixels.
const SIDE: usize = 24;
/// Smallest side that still says anything, pixels.
const MIN_SIDE: usize = 4;
/// Spread (standard deviation, grey levels) under which a patch has no looks of its own.
const FLAT: f32 = 3.0;

/// Share of a box at each side that is left out.
const RIM: f32 = 0.12;

/// The grey looks of one box, at most 24x24.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "PatchText", into = "PatchText")]
pub struct Patch {
    bbox: BBox,
    width: usize,
    height: usize,
    data: Vec<u8>,
}

/// How a snapshot writes it: the bytes as hexadecimal, two letters each.
#[derive(Serialize, Deserialize)]
struct PatchText {
    bbox: BBox,
    width: usize,
    hex: String,
}

impl From<Patch> for PatchText {
    fn from(p: Patch) -> Self {
        let digit = |v: u8| char::from_digit(u32::from(v), 16).unwrap_or('0');
        let hex = p.data.iter().flat_map(|b| [digit(b >> 4), digit(b & 15)]).collect();
        PatchText { bbox: p.bbox, width: p.width, hex }
    }
}

impl TryFrom<PatchText> for Patch {
    type Error = String;
    fn try_from(t: PatchText) -> Result<Self, String> {
        let digits: Option<Vec<u8>> = t.hex.chars().map(|c| c.to_digit(16).map(|d| d as u8)).collect();
        let digits = digits.ok_or("a patch holds a letter that is no hexadecimal digit")?;
        let data: Vec<u8> = digits.chunks_exact(2).map(|d| d[0] << 4 | d[1]).collect();
        let height = data.len().checked_div(t.width).unwrap_or(0);
        let sides = MIN_SIDE..=SIDE;
        if !sides.contains(&t.width) || !sides.contains(&height) || digits.len() != 2 * t.width * height {
            return Err(format!("a patch of width {} does not fit {} letters", t.width, digits.len()));
        }
        Ok(Patch { bbox: t.bbox, width: t.width, height, data })
    }
}

impl Patch {
    /// Cuts the box out of the picture. `None` where it is too small to have looks.
    pub fn cut(luma: &Luma, bbox: &BBox) -> Option<Patch> {
        let b = within(bbox, luma).clipped();
        let width = ((b.w * luma.width() as f32).round() as usize).min(SIDE);
        let height = ((b.h * luma.height() as f32).round() as usize).min(SIDE);
        if width < MIN_SIDE || height < MIN_SIDE {
            return None;
        }
        let mut data = vec![0; width * height];
        sample(luma, &b, (width, height), &mut data);
        Some(Patch { bbox: b, width, height, data })
    }

    /// How alike the same place looks in another picture: the normalised
    /// cross-correlation, -1 to 1, the best over shifts of one pixel (a camera
    /// on a mast is never quite still). `None` where either is too flat to say.
    pub fn similarity(&self, luma: &Luma) -> Option<f32> {
        let (dx, dy) = (1.0 / luma.width() as f32, 1.0 / luma.height() as f32);
        let at = |x: f32, y: f32| {
            let mut other = [0u8; SIDE * SIDE];
            let other = &mut other[..self.data.len()];
            let shifted = BBox { x: self.bbox.x + x, y: self.bbox.y + y, ..self.bbox };
            sample(luma, &shifted, (self.width, self.height), other);
            correlation(&self.data, other)
        };
        let still = at(0.0, 0.0)?;
        if still >= 0.8 {
            return Some(still);
        }
        let moved = [(dx, 0.0), (-dx, 0.0), (0.0, dy), (0.0, -dy)];
        Some(moved.into_iter().filter_map(|(x, y)| at(x, y)).fold(still, f32::max))
    }
}

/// The box without its rim, where the ground shows: as much of [`RIM`] as leaves something to compare.
fn within(bbox: &BBox, luma: &Luma) -> BBox {
    let rim = |side: f32, pixels: usize| {
        let least = MIN_SIDE as f32 / pixels as f32;
        (RIM * side).min((side - least) / 2.0).max(0.0)
    };
    let (x, y) = (rim(bbox.w, luma.width()), rim(bbox.h, luma.height()));
    BBox::new(bbox.x + x, bbox.y + y, bbox.w - 2.0 * x, bbox.h - 2.0 * y)
}

/// Area-averages the box into `width * height` cells of `out`, row by row.
fn sample(luma: &Luma, b: &BBox, (width, height): (usize, usize), out: &mut [u8]) {
    let (lw, lh) = (luma.width(), luma.height());
    let (x0, y0) = (b.x * lw as f32, b.y * lh as f32);
    let (sx, sy) = (b.w * lw as f32 / width as f32, b.h * lh as f32 / height as f32);
    // Rounds halves up; `f32::round` is a call into the C library.
    let edge = |v: f32| (v.max(0.0) + 0.5) as usize;
    let span = |start: f32, step: f32, i: usize, limit: usize| {
        let from = edge(start + step * i as f32).min(limit - 1);
        let to = edge(start + step * (i + 1) as f32).clamp(from + 1, limit);
        (from, to)
    };
    let mut columns = [(0, 0); SIDE];
    for (i, c) in columns.iter_mut().enumerate().take(width) {
        *c = span(x0, sx, i, lw);
    }
    let columns = &columns[..width];
    let narrow = columns.iter().all(|(left, right)| right - left <= 2);
    for (j, cells) in out.chunks_exact_mut(width).enumerate().take(height) {
        let (top, bottom) = span(y0, sy, j, lh);
        let mut sums = [0u32; SIDE];
        let sums = &mut sums[..width];
        for y in top..bottom {
            let row = luma.row(y);
            if narrow {
                // Nearly always: one or two pixels, without a branch for which.
                for (sum, &(left, right)) in sums.iter_mut().zip(columns) {
                    let second = 0u32.wrapping_sub((right - left - 1) as u32);
                    *sum += u32::from(row[left]) + (u32::from(row[right - 1]) & second);
                }
            } else {
                for (sum, &(left, right)) in sums.iter_mut().zip(columns) {
                    *sum += row[left..right].iter().map(|&v| u32::from(v)).sum::<u32>();
                }
            }
        }
        for ((cell, sum), (left, right)) in cells.iter_mut().zip(sums).zip(columns) {
            // A division by a number known only here costs more than all the rest.
            let area = ((bottom - top) * (right - left)) as u32;
            *cell = if narrow && bottom - top <= 2 { *sum >> area.trailing_zeros() } else { *sum / area } as u8;
        }
    }
}

/// Normalised cross-correlation of two equally long patches.
fn correlation(a: &[u8], b: &[u8]) -> Option<f32> {
    let (mut sa, mut sb, mut saa, mut sbb, mut sab) = (0u32, 0u32, 0u32, 0u32, 0u32);
    for (&x, &y) in a.iter().zip(b) {
        let (x, y) = (u32::from(x), u32::from(y));
        sa += x;
        sb += y;
        saa += x * x;
        sbb += y * y;
        sab += x * y;
    }
    let n = a.len() as f32;
    let (ma, mb) = (sa as f32 / n, sb as f32 / n);
    let (va, vb) = (saa as f32 / n - ma * ma, sbb as f32 / n - mb * mb);
    (va > FLAT * FLAT && vb > FLAT * FLAT).then(|| (sab as f32 / n - ma * mb) / (va * vb).sqrt())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn textured(seed: u64, gain: f32, bias: f32) -> Luma {
        let data: Vec<u8> = (0..160 * 90u64)
            .map(|i| {
                let h = ((i / 4) ^ seed).wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 56;
                (h as f32 * 0.4 * gain + 40.0 + bias) as u8
            })
            .collect();
        Luma::new(160, 90, data).expect("size")
    }

    const PLACE: BBox = BBox::new(0.3, 0.3, 0.1, 0.12);

    #[test]
    fn a_light_change_does_not_change_the_looks_but_another_object_does() {
        let patch = Patch::cut(&textured(1, 1.0, 0.0), &PLACE).expect("patch");
        assert!(patch.similarity(&textured(1, 0.5, 60.0)).expect("textured") > 0.95);
        assert!(patch.similarity(&textured(2, 1.0, 0.0)).expect("textured") < 0.4);
    }

    #[test]
    fn lines_on_the_ground_about_a_dark_car_are_not_its_looks() {
        // A lane's line along two sides of the box, and a car, or none, between them.
        let street = |car: bool| {
            let (x0, y0, w, h) = (48, 27, 16, 11);
            let at = |i: usize| {
                let (x, y) = (i % 160, i / 160);
                let noise = (mix(i as u64) % 9) as u8;
                let inside = (x0..x0 + w).contains(&x) && (y0..y0 + h).contains(&y);
                match () {
                    () if x == x0 || y == y0 => 150,
                    () if car && inside => 30 + 6 * ((x + 2 * y) % 5) as u8 + noise,
                    () => 44 + noise,
                }
            };
            Luma::new(160, 90, (0..160 * 90).map(at).collect::<Vec<u8>>()).expect("size")
        };
        let patch = Patch::cut(&street(true), &PLACE).expect("patch");
        assert!(patch.similarity(&street(true)).expect("textured") > 0.95);
        assert!(patch.similarity(&street(false)).is_none_or(|s| s < 0.5), "{:?}", patch.similarity(&street(false)));
    }

    fn mix(i: u64) -> u64 {
        i.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 40
    }

    #[test]
    fn a_flat_or_tiny_place_has_no_looks() {
        let flat = Luma::new(160, 90, vec![90u8; 160 * 90]).expect("size");
        let patch = Patch::cut(&flat, &PLACE).expect("patch");
        assert_eq!(patch.similarity(&flat), None);
        assert_eq!(Patch::cut(&flat, &BBox::new(0.3, 0.3, 0.01, 0.3)), None);
    }

    proptest! {
        #[test]
        fn any_box_is_cut_without_panic_and_survives_a_snapshot(x in -0.5f32..1.5, y in -0.5f32..1.5, w in 0.0f32..1.5, h in 0.0f32..1.5) {
            let luma = textured(7, 1.0, 0.0);
            if let Some(patch) = Patch::cut(&luma, &BBox::new(x, y, w, h)) {
                let text = serde_json::to_string(&patch).expect("json");
                let back: Patch = serde_json::from_str(&text).expect("its own text");
                prop_assert_eq!(back.similarity(&luma), patch.similarity(&luma));
                prop_assert_eq!(back, patch);
            }
        }
    }
}
