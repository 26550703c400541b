//! A clean break: all of a component at one side of a straight cut is lost, and all at the other side is found.
//!
//! Leaves, rain, shadows and poor light take marks here and there. So a clean break tells of damage by itself, where the
//! surroundings are not as they were and vouch for nothing.

use super::look::Share;
use super::piece::{PIECE, Piece};
use super::region::Region;
use std::f32::consts::PI;

/// Directions in which a cut is looked for.
const WAYS: usize = 8;
/// Least share of the marks at each side of a cut.
const SIDE: f32 = 0.15;
/// Shares of the marks at its sides up to which the one is lost, and from which the other is kept. Of looks at drawn things and
/// faces that told of nothing, mostly for their surroundings, 323 of broken ones were so, and 60 of whole ones, none of which had more than three.
const LOST: f32 = 0.15;
const KEPT: f32 = 0.8;
/// The same for a stretch of a railing: 65 of broken ones were so, 11 of whole ones, none of which had more than three.
const GAP: f32 = 0.1;
const BESIDE: f32 = 0.85;
/// Share of the marks that lie under a cap of snow, at most: a quarter of whole bins and post-boxes.
const CAP: f32 = 0.28;

/// The marks at the two sides of a cut.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Parted {
    lost: Share,
    kept: Share,
    is_line: bool,
}

impl Parted {
    /// Whether it is a clean break.
    pub fn is_clean(&self) -> bool {
        let (lost, kept) = if self.is_line { (GAP, BESIDE) } else { (LOST, KEPT) };
        self.lost.value() <= lost && self.kept.value() >= kept
    }

    /// Whether more is lost than snow on top hides.
    pub fn is_more_than_a_cap(&self) -> bool {
        self.lost.of as f32 >= CAP * (self.lost.of + self.kept.of) as f32
    }

    fn cleanness(&self) -> f32 {
        (1.0 - self.lost.value()).min(self.kept.value())
    }
}

/// The cut that parts what is lost most cleanly from what is found; of a railing the `piece` with most votes for being lost.
/// `shares` are what is found of each mark, none where it does not tell. None where there are too few at either side.
pub(crate) fn parted(region: &Region, shares: &[Option<f32>], piece: Option<&Piece>) -> Option<Parted> {
    let told: Vec<(f32, f32, f32)> = (region.own.iter().zip(shares))
        .filter_map(|(mark, share)| share.map(|share| (mark.x as f32, mark.y as f32, share)))
        .collect();
    let all = Share { found: told.iter().map(|mark| mark.2).sum(), of: told.len() };
    let least = PIECE.max((SIDE * all.of as f32).ceil() as usize);
    let but = |side: Share| Share { found: all.found - side.found, of: all.of - side.of };
    let is_enough = |parted: &Parted| parted.lost.of.min(parted.kept.of) >= least;
    if !region.along.is_empty() {
        let lost = piece?.own;
        return Some(Parted { lost, kept: but(lost), is_line: true }).filter(is_enough);
    }
    let mut cuts = Vec::new();
    for way in 0..WAYS {
        let (sin, cos) = (PI * way as f32 / WAYS as f32).sin_cos();
        let mut along: Vec<(f32, f32)> = told.iter().map(|(x, y, share)| (cos * x + sin * y, *share)).collect();
        along.sort_by(|a, b| a.0.total_cmp(&b.0));
        let mut side = Share::default();
        for (_, share) in along {
            side.count(share);
            cuts.push(Parted { lost: side, kept: but(side), is_line: false });
            cuts.push(Parted { lost: but(side), kept: side, is_line: false });
        }
    }
    cuts.into_iter().filter(is_enough).max_by(|a, b| a.cleanness().total_cmp(&b.cleanness()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn of(lost: (f32, usize), kept: (f32, usize)) -> Parted {
        let share = |(value, of): (f32, usize)| Share { found: value * of as f32, of };
        Parted { lost: share(lost), kept: share(kept), is_line: false }
    }

    #[test]
    fn a_cap_of_snow_is_a_clean_break_and_too_small_to_count_in_snow() {
        let (cap, half) = (of((0.02, 12), (0.98, 48)), of((0.05, 30), (0.9, 30)));
        assert!(cap.is_clean() && !cap.is_more_than_a_cap());
        assert!(half.is_clean() && half.is_more_than_a_cap());
        assert!(!Parted { is_line: true, ..of((0.12, 30), (0.9, 30)) }.is_clean(), "through a gap the ground is seen");
    }

    proptest! {
        #[test]
        fn what_is_clean_of_less_stays_clean(lost in 0.0f32..=0.15, kept in 0.8f32..=1.0, less in 0.0f32..=1.0) {
            prop_assert!(of((lost * less, 20), (kept + (1.0 - kept) * less, 20)).is_clean());
        }
    }
}
