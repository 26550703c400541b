//! One thing that is new in the median of a watched area.

use super::cells::Group;
use super::finding::{Fault, Finding};
use super::unregistered::NewcomersConfig;
use crate::rules::case::Case;
use crate::vocabulary::{BBox, EventTime, Label, Outcome, Sighting, StayId};
use serde::{Deserialize, Serialize};

/// Share of what is new that lies where a known newcomer stands or stood, from which it is a part of that.
const THIRD: f32 = 1.0 / 3.0;

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
}

impl Standing {
    /// The first look that shows it.
    pub fn begin(id: StayId, at: EventTime, group: &Group, out: &mut Outcome) -> Standing {
        let sighting = Sighting { at, bbox: group.bbox, label: Label::Structure, score: group.share };
        let case = Case::begin(id, 0, at, sighting, out);
        Standing { case, looks: 1, seen: u32::from(group.now), extent: Some(group.bbox) }
    }

    /// Whether what is new there is this thing: it touches where that was last, or a third of it lies where that ever was.
    pub fn holds(&self, bbox: &BBox) -> bool {
        let last = &self.case.last.bbox;
        let extent = self.extent.as_ref().unwrap_or(last);
        last.intersection(bbox) > 0.0 || bbox.intersection(extent) >= THIRD * bbox.area()
    }

    /// Counts a look that shows these parts of it.
    pub fn see(&mut self, at: EventTime, parts: &[Group], config: &NewcomersConfig, out: &mut Outcome) {
        let Some(bbox) = parts.iter().map(|g| g.bbox).reduce(|a, b| a.union(&b)) else { return };
        let score = parts.iter().map(|g| g.share).fold(0.0, f32::max);
        let now = parts.iter().any(|g| g.now);
        let is_seen = 2 * self.seen >= config.looks;
        (self.looks, self.seen) = (self.looks.saturating_add(1), self.seen.saturating_add(u32::from(now)));
        self.extent = Some(self.extent.map_or(bbox, |extent| extent.union(&bbox)));
        let case = &mut self.case;
        case.last = Sighting { at, bbox, label: Label::Structure, score };
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
