//! By how much a detector is surer of one thing than of another in the very same place: a stall with goods and an
//! overfull bin look alike, and a picture in which the wrong one wins comes by.

use crate::track::{Family, Seen};
use crate::vocabulary::BBox;
use serde::{Deserialize, Serialize};

/// Boxes that share this much (IoU) are one place.
const SAME_PLACE: f32 = 0.5;

/// The lead in one picture: best score of `family` less the best of the `rivals`, in this place.
pub(super) fn lead(place: &BBox, seen: &[Seen], family: Family, rivals: &[Family]) -> f32 {
    let best = |families: &[Family]| {
        let here = seen.iter().filter(|s| families.contains(&s.family) && place.iou(&s.bbox) >= SAME_PLACE);
        here.map(|s| s.score).fold(0.0, f32::max)
    };
    best(&[family]) - best(rivals)
}

/// The mean lead over pictures.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
pub(super) struct Lead {
    sum: f32,
    pictures: u32,
}

impl Lead {
    /// Counts one picture.
    pub fn push(&mut self, lead: f32) {
        self.sum += lead;
        self.pictures = self.pictures.saturating_add(1);
    }

    /// Mean of all pictures; 0 before the first.
    pub fn mean(&self) -> f32 {
        self.sum / self.pictures.max(1) as f32
    }
}
