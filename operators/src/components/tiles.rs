//! Where of a component something is lost: the tiles of its box, the same ones in every baseline and at every scale.
//!
//! One picture in which a part is not found tells little: a shadow, dirt, the glare of an hour. The same part lost in
//! picture after picture, and all else found, is damage.

use crate::vocabulary::BBox;
use serde::{Deserialize, Serialize};

/// Most tiles of a box.
pub(super) const MOST: usize = 128;

/// The tiles of which a picture tells, and those of them that it does not find again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Tiles {
    told: [u64; 2],
    lost: [u64; 2],
}

impl Tiles {
    /// A picture that tells of one tile more.
    pub fn tell(&mut self, tile: usize, lost: bool) {
        let (word, bit) = (tile / 64 % 2, 1 << (tile % 64));
        self.told[word] |= bit;
        self.lost[word] |= if lost { bit } else { 0 };
    }

    /// How many it tells of.
    pub fn told(&self) -> u32 {
        count(self.told)
    }

    /// How many it does not find again.
    pub fn lost(&self) -> u32 {
        count(self.lost)
    }

    /// Of these tiles how many it tells of, and how many of those are lost.
    pub(super) fn among(&self, these: [u64; 2]) -> (u32, u32) {
        let within = |of: [u64; 2]| count([of[0] & these[0], of[1] & these[1]]);
        (within(self.told), within(self.lost))
    }

    /// Whether a tile is told, and whether it is lost.
    pub(super) fn has(&self, tile: usize) -> (bool, bool) {
        let has = |of: [u64; 2]| of[tile / 64 % 2] >> (tile % 64) & 1 == 1;
        (has(self.told), has(self.lost))
    }

    /// For each tile whether it is told, and whether it is lost.
    pub(super) fn each(&self) -> impl Iterator<Item = (bool, bool)> + '_ {
        (0..MOST).map(|tile| self.has(tile))
    }
}

/// How many tiles are marked.
pub(super) fn count(bits: [u64; 2]) -> u32 {
    bits[0].count_ones() + bits[1].count_ones()
}

/// How a box is laid out in tiles that are about as wide as high.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Tiling {
    bbox: BBox,
    columns: usize,
    rows: usize,
}

impl Tiling {
    /// `bbox` in pixels.
    pub fn of(bbox: BBox) -> Tiling {
        let (width, height) = (bbox.w.max(1e-3), bbox.h.max(1e-3));
        let columns = ((MOST as f32 * width / height).sqrt().floor() as usize).clamp(1, MOST);
        Tiling { bbox, columns, rows: MOST / columns }
    }

    /// The tile of a pixel; beyond the box the nearest.
    pub fn tile(&self, x: f32, y: f32) -> usize {
        let index = |v: f32, from: f32, side: f32, n: usize| {
            (((v + 0.5 - from) / side.max(1e-3) * n as f32).max(0.0) as usize).min(n - 1)
        };
        let column = index(x, self.bbox.x, self.bbox.w, self.columns);
        index(y, self.bbox.y, self.bbox.h, self.rows) * self.columns + column
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn every_place_has_a_tile_and_far_places_have_others(
            x in 0.0f32..900.0, y in 0.0f32..900.0, w in 9.0f32..500.0, h in 9.0f32..500.0, u in -0.5f32..1.5, v in -0.5f32..1.5,
        ) {
            let tiling = Tiling::of(BBox::new(x, y, w, h));
            prop_assert!(tiling.tile(x + u * w, y + v * h) < MOST);
            prop_assert_ne!(tiling.tile(x, y), tiling.tile(x + w, y + h));
        }
    }

    #[test]
    fn what_is_told_is_counted_once() {
        let mut tiles = Tiles::default();
        [(3, false), (3, true), (64, true), (127, false)].into_iter().for_each(|(tile, lost)| tiles.tell(tile, lost));
        assert_eq!((tiles.told(), tiles.lost()), (3, 2));
        assert_eq!(tiles.among([0, u64::MAX]), (2, 1));
        assert_eq!(tiles.each().filter(|(told, _)| *told).count(), 3);
    }
}
