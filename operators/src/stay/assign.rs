//! Which detection is which stay, and which track: the strong ones first, then the weak ones.

use super::place;
use super::{Look, Presence, Stays};
use crate::track::{FORBIDDEN, Seen, Track, TrackConfig, assign};
use crate::vocabulary::EventTime;

/// Cost of a detection on a place from which it rather sits beside it.
const BESIDE: f32 = 0.15;

impl Stays {
    /// Matches stays and tracks with detections: strong detections first, then weak ones.
    pub(super) fn associate(
        &mut self,
        look: &Look<'_>,
        tracking: &TrackConfig,
    ) -> (Vec<Option<usize>>, Vec<Option<usize>>) {
        let (stays, tracks) = (self.stays.len(), self.tracker.tracks().len());
        let cols = look.seen.len();
        let mut cost = vec![FORBIDDEN; (stays + tracks) * cols];
        for row in 0..stays {
            self.cost_of_stay(row, look, &mut cost[row * cols..(row + 1) * cols]);
        }
        for track in 0..tracks {
            let row = stays + track;
            for (col, s) in look.seen.iter().enumerate() {
                if let Some(c) = self.tracker.cost(track, look.at, s.family, &s.bbox) {
                    cost[row * cols + col] = c;
                }
            }
        }
        // Objects are sorted by score, so the strong ones come first.
        let strong = look.seen.partition_point(|s| s.score >= tracking.birth);
        let mut matched = assign(&columns(&cost, cols, 0..strong), stays + tracks, strong);
        if strong < cols {
            let rest: Vec<usize> = (0..stays + tracks).filter(|&r| matched[r].is_none()).collect();
            let weak = columns(&cost, cols, strong..cols);
            let width = cols - strong;
            let weak: Vec<f32> = rest.iter().flat_map(|&r| weak[r * width..(r + 1) * width].iter().copied()).collect();
            for (r, c) in rest.iter().zip(assign(&weak, rest.len(), width)) {
                matched[*r] = c.map(|c| c + strong);
            }
        }
        let of_track = matched.split_off(stays);
        (matched, of_track)
    }

    /// A stay takes what sits on its place, before any track does, unless the detection is something on the move and either
    /// the stay was absent or the detection sits beside its place rather than on it.
    fn cost_of_stay(&mut self, row: usize, look: &Look<'_>, cost: &mut [f32]) {
        let stay = &mut self.stays[row];
        if stay.presence == Presence::Dormant {
            return;
        }
        let (family, mut admitted) = (stay.family, None);
        for (col, s) in look.seen.iter().enumerate().filter(|(_, s)| s.family == family) {
            let fit = place::fit(&stay.place, &s.bbox);
            let price = match fit {
                Some(place::Fit::Whole(c)) => 0.5 * c - 0.6,
                Some(place::Fit::Part) => 0.4,
                None => continue,
            };
            let passing = || self.tracker.tracks().iter().any(|t| is_passing(t, look.at, s));
            let beside = matches!(fit, Some(place::Fit::Whole(c)) if c >= BESIDE);
            if (stay.absent_looks > 0 || beside) && passing() {
                continue;
            }
            if *admitted.get_or_insert_with(|| stay.admits(look.luma)) {
                cost[col] = price;
            }
        }
    }
}

/// The columns of a row-major matrix within `range`.
fn columns(cost: &[f32], cols: usize, range: std::ops::Range<usize>) -> Vec<f32> {
    if cols == 0 {
        Vec::new()
    } else {
        cost.chunks_exact(cols).flat_map(|row| row[range.clone()].iter().copied()).collect()
    }
}

/// Whether a moving track explains the detection.
fn is_passing(track: &Track, at: EventTime, seen: &Seen) -> bool {
    track.family == seen.family && track.hits >= 2 && track.speed() > 0.25 && track.predicted(at).iou(&seen.bbox) >= 0.3
}
