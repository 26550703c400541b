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
/// `shares` are what is found of each mark, none where it does not tell, and `all` their sum. None where there are too few at
/// either side.
pub(crate) fn parted(region: &Region, shares: &[Option<f32>], all: Share, piece: Option<&Piece>) -> Option<Parted> {
    let least = PIECE.max((SIDE * all.of as f32).ceil() as usize);
    let cut = if region.along.is_empty() {
        let told = region.own.iter().zip(shares);
        let told = told.filter_map(|(mark, share)| share.map(|share| (mark.x as f32, mark.y as f32, share)));
        straight(&told.collect::<Vec<_>>(), all, least)
    } else {
        piece.map(|gap| Parted { lost: gap.own, kept: but(all, gap.own), is_line: true })
    };
    cut.filter(|cut| cut.lost.of.min(cut.kept.of) >= least)
}

/// The straight cut through marks (column, row, share found) that is cleanest, with at least so many at each side.
fn straight(told: &[(f32, f32, f32)], all: Share, least: usize) -> Option<Parted> {
    let mut cuts = Vec::new();
    for way in 0..WAYS {
        let (sin, cos) = (PI * way as f32 / WAYS as f32).sin_cos();
        let mut along: Vec<(f32, f32)> = told.iter().map(|(x, y, share)| (cos * x + sin * y, *share)).collect();
        along.sort_by(|a, b| a.0.total_cmp(&b.0));
        let mut side = Share::default();
        for (_, share) in along {
            side.count(share);
            let other = but(all, side);
            if side.of.min(other.of) >= least {
                cuts.push(Parted { lost: side, kept: other, is_line: false });
                cuts.push(Parted { lost: other, kept: side, is_line: false });
            }
        }
    }
    cuts.into_iter().max_by(|a, b| a.cleanness().total_cmp(&b.cleanness()))
}

/// What is at the other side.
fn but(all: Share, side: Share) -> Share {
    Share { found: all.found - side.found, of: all.of - side.of }
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
        fn a_break_is_found_wherever_it_runs_and_scattered_loss_is_none(
            marks in prop::collection::vec((0.0f32..200.0, 0.0f32..200.0), 40..90), angle in 0.0f32..6.3, share in 0.25f32..0.75,
        ) {
            let across = |m: &(f32, f32)| angle.cos() * m.0 + angle.sin() * m.1;
            let mut order = marks.clone();
            order.sort_by(|a, b| across(a).total_cmp(&across(b)));
            let lost = (share * order.len() as f32) as usize;
            let cut = |is_lost: &dyn Fn(usize) -> bool| {
                let told: Vec<_> = order.iter().enumerate().map(|(n, m)| (m.0, m.1, f32::from(!is_lost(n)))).collect();
                let all = Share { found: told.iter().map(|m| m.2).sum(), of: told.len() };
                straight(&told, all, PIECE).expect("enough at both sides")
            };
            // A cut is at most a sixteenth of a turn from one that is looked for.
            let broken = cut(&|n| n < lost);
            prop_assert!(broken.cleanness() > 0.7, "{broken:?}");
            prop_assert!(broken.lost.of.abs_diff(lost) <= order.len() / 4, "{broken:?}");
            let scattered = cut(&|n| n % 2 == 0);
            prop_assert!(scattered.cleanness() < broken.cleanness(), "{scattered:?}");
        }
    }
}
