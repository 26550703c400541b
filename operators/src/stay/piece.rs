//! What is no object of its own: a piece of one that stands there, or what shows of one that is hidden.

use super::{Presence, Stay};
use crate::track::{self, Family, Seen};
use crate::vocabulary::BBox;

/// Whether `seen` is no object of its own: a piece of one that stands there, or what shows of one that is hidden.
pub(super) fn belongs_to(stay: &Stay, seen: &Seen, aspect: f32) -> bool {
    match stay.presence {
        Presence::Seen | Presence::Held => is_piece_of(stay, seen, aspect),
        Presence::Covered => shows_of(stay, seen),
        Presence::Missing | Presence::Dormant => false,
    }
}

/// Whether `seen` is what still shows of a hidden object: within its place, smaller, and not what stands before it.
fn shows_of(stay: &Stay, seen: &Seen) -> bool {
    let (place, part) = (&stay.place, &seen.bbox);
    let within = place.intersection(part) >= 0.8 * part.area() && part.area() < 0.8 * place.area();
    stay.family == seen.family && within && !is_in_front(place, part)
}

/// Whether `seen` is no object of its own but a piece of the one that stands there.
fn is_piece_of(stay: &Stay, seen: &Seen, aspect: f32) -> bool {
    if stay.family != seen.family {
        return false;
    }
    let ratio = seen.bbox.area() / stay.place.area().max(f32::EPSILON);
    let inside = seen.bbox.containment(&stay.place) >= 0.6 && (0.15..=4.0).contains(&ratio);
    let beside = stay.family == Family::Vehicle
        && seen.score < 0.6
        && stay.labels.mean_score() < 0.6
        && track::stand_on_the_same_ground(&stay.place, &seen.bbox, aspect);
    inside || beside
}

/// Whether a box hides the place: it overlaps, is not the object itself, and
/// stands nearer to the camera (its foot is not above the place's).
pub(super) fn is_in_front(place: &BBox, other: &BBox) -> bool {
    other.foot().y >= place.foot().y - 0.1 * place.h && place.intersection(other) > 0.0
}
