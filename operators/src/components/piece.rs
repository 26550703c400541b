//! Pieces of a component: of which least is found again, and what lies beside what is lost.

use super::look::{Share, TILE};
use super::region::{Mark, Region};

/// Least marks of a piece.
pub(super) const PIECE: usize = 6;
/// A mark of the surroundings is beside a piece when it is so near, pixels.
const BESIDE: i32 = 24;

/// Marks that lie together, and the surroundings' marks beside them.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub(crate) struct Piece {
    pub own: Share,
    pub beside: Share,
    /// The sum of its marks' votes for being lost.
    pub lost: f32,
}

/// The piece of which least is found: a part of enough marks, or a stretch of a line.
pub(crate) fn least(region: &Region, shares: &[Option<f32>], around: &[(&Mark, f32)]) -> Option<Piece> {
    let told = |numbers: &mut dyn Iterator<Item = usize>| -> Vec<(usize, f32)> {
        numbers.filter_map(|n| shares[n].map(|share| (n, share))).collect()
    };
    let mut pieces: Vec<Vec<(usize, f32)>> = Vec::new();
    if region.along.is_empty() {
        let part = |p: usize| told(&mut (0..region.own.len()).filter(|&n| region.own[n].part == p));
        pieces.extend((0..region.parts.len()).map(part));
    } else {
        pieces.push(stretch(&told(&mut region.along.iter().copied())).to_vec());
    }
    let mean = |marks: &[(usize, f32)]| marks.iter().map(|m| m.1).sum::<f32>() / marks.len() as f32;
    let marks = pieces.into_iter().filter(|marks| marks.len() >= PIECE).min_by(|a, b| mean(a).total_cmp(&mean(b)))?;
    let mut piece = Piece::default();
    marks.iter().for_each(|m| piece.own.count(m.1));
    piece.lost = marks.iter().map(|m| lost(m.1)).sum();
    let near = around.iter().filter(|(mark, _)| marks.iter().any(|(n, _)| is_near(mark, &region.own[*n], BESIDE)));
    near.for_each(|(_, found)| piece.beside.count(*found));
    Some(piece)
}

/// A mark as a vote for what it lies on being lost: 1 where half of it and less is found, and half as much against where all of
/// it is. Of drawn whole railings 1.6 of 100 marks are lost, of gaps 12 are found: through them the same ground is seen.
fn lost(share: f32) -> f32 {
    (2.5 - 3.0 * share).clamp(-0.5, 1.0)
}

/// The stretch whose marks vote most for being lost (Kadane's scan).
fn stretch(line: &[(usize, f32)]) -> &[(usize, f32)] {
    let (mut best, mut sum, mut from) = ((0.0, 0..0), 0.0, 0);
    for (until, (_, share)) in (1..).zip(line) {
        if sum <= 0.0 {
            (sum, from) = (0.0, until - 1);
        }
        sum += lost(*share);
        if sum > best.0 {
            best = (sum, from..until);
        }
    }
    &line[best.1]
}

fn is_near(a: &Mark, b: &Mark, reach: i32) -> bool {
    (a.x - b.x).abs().max((a.y - b.y).abs()) <= reach
}

/// Marks of the surroundings next to what is lost are so near, pixels: their windows overlap. Fewer than this say nothing.
const NEXT: i32 = 14;
const FEW: usize = 2;

/// How much is found of the marks of the surroundings beside marks that are lost, each counted once for each of these.
pub(crate) fn beyond(region: &Region, shares: &[Option<f32>], around: &[(&Mark, f32)]) -> Option<f32> {
    let is_lost = |share: &Option<f32>| share.is_some_and(|share| share <= TILE);
    let lost: Vec<&Mark> = region.own.iter().zip(shares).filter(|(_, s)| is_lost(s)).map(|(mark, _)| mark).collect();
    let near =
        around.iter().map(|(mark, found)| (lost.iter().filter(|l| is_near(mark, l, NEXT)).count() as f32, *found));
    let near: Vec<(f32, f32)> = near.filter(|(times, _)| *times > 0.0).collect();
    let times: f32 = near.iter().map(|(times, _)| times).sum();
    (near.len() >= FEW).then(|| near.iter().map(|(times, found)| times * found).sum::<f32>() / times)
}
