//! One thing that is new in the median of a watched area.

use super::finding::{Fault, Finding};
use super::groups::Group;
use super::unregistered::NewcomersConfig;
use crate::rules::case::Case;
use crate::vocabulary::{BBox, EventTime, Label, Outcome, Point, Sighting, StayId};
use serde::{Deserialize, Serialize};

/// Share of what is new that lies where a known newcomer stands or stood, from which it is a part of that.
const THIRD: f32 = 1.0 / 3.0;
/// What differs from its background is mostly the face of a thing; it stands on the ground this share of that height below.
const FOOT: f32 = 0.4;

/// Something that is new in the median.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Standing {
    pub case: Case,
    /// Looks since it was first in the median, and those that showed it.
    looks: u32,
    seen: u32,
    /// All that it covered since.
    #[serde(default)]
    extent: Option<BBox>,
    /// What was new when it was last seen; without its foot.
    #[serde(default)]
    face: Option<BBox>,
}

impl Standing {
    /// The first look that shows it.
    pub fn begin(id: StayId, at: EventTime, group: &Group, out: &mut Outcome) -> Standing {
        let sighting = Sighting { at, bbox: with_foot(&group.bbox), label: Label::Structure, score: group.share };
        let case = Case::begin(id, 0, at, sighting, out);
        let face = Some(group.bbox);
        Standing { case, looks: 1, seen: u32::from(group.now), extent: face, face }
    }

    /// Whether what is new there is this thing: it touches where that was last, or a third of it lies where that ever was.
    pub fn holds(&self, bbox: &BBox) -> bool {
        let last = self.face.as_ref().unwrap_or(&self.case.last.bbox);
        let extent = self.extent.as_ref().unwrap_or(last);
        last.intersection(bbox) > 0.0 || bbox.intersection(extent) >= THIRD * bbox.area()
    }

    /// Whether it ever was there.
    pub fn covers(&self, p: Point) -> bool {
        let b = self.extent.as_ref().unwrap_or(&self.case.last.bbox);
        p.x >= b.x && p.x < b.x + b.w && p.y >= b.y && p.y < b.y + b.h
    }

    /// Counts a look that shows these parts of it; none where some of it remains and none is new without a break.
    pub fn see(&mut self, at: EventTime, parts: &[Group], config: &NewcomersConfig, out: &mut Outcome) {
        let mut last = Sighting { at, ..self.case.last };
        if let Some(face) = parts.iter().map(|g| g.bbox).reduce(|a, b| a.union(&b)) {
            self.extent = Some(self.extent.map_or(face, |extent| extent.union(&face)));
            self.face = Some(face);
            last.bbox = with_foot(&face);
            last.score = parts.iter().map(|g| g.share).fold(0.0, f32::max);
        }
        let now = parts.iter().any(|g| g.now);
        let is_seen = 2 * self.seen >= config.looks;
        (self.looks, self.seen) = (self.looks.saturating_add(1), self.seen.saturating_add(u32::from(now)));
        let case = &mut self.case;
        case.last = last;
        case.dwell = at.since(case.id.start);
        if case.is_open() {
            case.update(at, config.update, out);
        } else if case.dwell >= config.dwell && is_seen && now && 2 * self.seen > self.looks {
            case.raise(at, out);
        } else if 2 * case.dwell >= config.dwell {
            case.half(at, out);
        }
    }

    pub fn finding(&self) -> Finding {
        let Standing { case, looks, seen, .. } = self;
        let (stay, raised, last) = (case.id.clone(), case.raised, case.last);
        Finding { stay, fault: Fault::Unregistered, seen: *seen, looks: *looks, raised, last }
    }
}

fn with_foot(face: &BBox) -> BBox {
    BBox::new(face.x, face.y, face.w, (face.h * (1.0 + FOOT)).min(1.0 - face.y))
}
