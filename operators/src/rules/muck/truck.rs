//! The muck trucks in one picture.

use crate::rules::Scene;
use crate::stay::Presence;
use crate::track::{Family, Track};
use crate::vocabulary::{BBox, ConditionScore, EventTime, Label, Sighting};

/// A detection that scores this much is a muck truck, whatever its track was taken for before.
const SURE: f32 = 0.85;

/// A muck truck in this picture.
pub(super) struct Truck {
    pub(super) object: u64,
    pub(super) bbox: BBox,
    pub(super) velocity: [f32; 2],
    pub(super) score: f32,
    pub(super) condition: Option<ConditionScore>,
    /// Since when it stands, if it does.
    pub(super) stands_since: Option<EventTime>,
}

impl Truck {
    pub(super) fn sighting(&self, at: EventTime) -> Sighting {
        Sighting { at, bbox: self.bbox, label: Label::MuckTruck, score: self.score }
    }
}

/// Muck trucks detected in this picture, standing and moving.
pub(super) fn trucks(scene: &Scene<'_>) -> Vec<Truck> {
    let at = scene.look.at;
    let standing = scene.stays.iter().filter(|s| s.family == Family::Vehicle && s.presence == Presence::Seen);
    let standing = standing.filter(|s| s.label() == Label::MuckTruck).map(|s| Truck {
        object: s.object,
        bbox: s.place,
        velocity: [0.0; 2],
        score: s.labels.mean_score(),
        condition: s.condition,
        stands_since: Some(s.start),
    });
    // A car that comes where a truck was lost inherits the truck's name for a while, but is not seen as one; and what was
    // a truck in the distance is seen to be a muck truck when it is near.
    let seen_as = |t: &Track| {
        let here = scene.look.seen.iter().find(|s| s.bbox == t.bbox && s.family == Family::Vehicle);
        here.map(|s| (s.label, s.score))
    };
    let is_muck = |t: &&Track| match seen_as(t) {
        Some((Label::MuckTruck, score)) => score >= SURE || t.label() == Some(Label::MuckTruck),
        Some((Label::Truck, _)) | None => t.label() == Some(Label::MuckTruck),
        Some(_) => false,
    };
    let moving =
        scene.tracks.iter().filter(|t| t.is_seen(at) && t.family == Family::Vehicle).filter(is_muck).map(|t| Truck {
            object: t.object,
            bbox: t.bbox,
            velocity: t.velocity,
            score: t.labels.mean_score(),
            condition: t.condition,
            stands_since: None,
        });
    standing.chain(moving).collect()
}
