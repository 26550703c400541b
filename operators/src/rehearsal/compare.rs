//! What two rehearsals have in common, and what not.

use super::Rehearsed;

/// Boxes that overlap by this share are of the same thing.
const SAME_PLACE: f32 = 0.3;

/// The candidates of two settings beside each other.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Comparison {
    /// Raised by both: as the old settings raise it, and as the new ones do.
    pub kept: Vec<(Rehearsed, Rehearsed)>,
    /// Raised by the old settings only.
    pub gone: Vec<Rehearsed>,
    /// Raised by the new settings only.
    pub fresh: Vec<Rehearsed>,
}

impl Comparison {
    /// How many the old settings raise.
    pub fn before(&self) -> usize {
        self.kept.len() + self.gone.len()
    }

    /// How many the new settings raise.
    pub fn after(&self) -> usize {
        self.kept.len() + self.fresh.len()
    }
}

/// Pairs the candidates of the same rule that are of one thing: their times and their places overlap. A zone's id does
/// not matter, so that a renamed zone keeps its candidates.
pub fn compare(old: Vec<Rehearsed>, new: Vec<Rehearsed>) -> Comparison {
    let mut fresh = new;
    let mut found = Comparison::default();
    for old in old {
        let same = |new: &Rehearsed| {
            new.stay.rule == old.stay.rule
                && new.first_seen <= old.last.at
                && old.first_seen <= new.last.at
                && new.last.bbox.iou(&old.last.bbox) >= SAME_PLACE
        };
        match fresh.iter().position(same) {
            Some(at) => found.kept.push((old, fresh.remove(at))),
            None => found.gone.push(old),
        }
    }
    found.fresh = fresh;
    found
}
