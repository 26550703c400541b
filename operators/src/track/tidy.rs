//! One object, one box: what a detector splits or repeats is put together again.
//!
//! A nano detector sees a far car behind a pole as two halves side by side, or
//! as two boxes, one in the other. Their IoU is low, so non-maximum
//! suppression leaves both. They are told from two real cars by the ground:
//! two things cannot stand on the same piece of it.

use super::Family;
use crate::vocabulary::{BBox, ConditionScore, Detection, Label};

/// At most this many detections of a picture are used, the best first.
const MAX_DETECTIONS: usize = 200;
/// Scores from here on belong to whole objects: their box is never widened.
const WHOLE: f32 = 0.6;

/// One object in one picture, after tidying.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Seen {
    /// Label of its best box.
    pub label: Label,
    /// The label's family.
    pub family: Family,
    /// Score of its best box.
    pub score: f32,
    /// Its box, clipped to the picture.
    pub bbox: BBox,
    /// The classifier's word, from the best box that has one.
    pub condition: Option<ConditionScore>,
}

/// Drops what is no box or scores under `floor`, and joins boxes of one object.
/// `aspect` is the picture's width over its height. Returns the objects, best
/// score first, and how many detections were unusable.
pub fn tidy(detections: &[Detection], floor: f32, aspect: f32) -> (Vec<Seen>, u64) {
    let mut unusable = 0;
    let mut boxes: Vec<Seen> = Vec::with_capacity(detections.len());
    for d in detections {
        let raw = [d.bbox.x, d.bbox.y, d.bbox.w, d.bbox.h, d.score];
        let bbox = d.bbox.clipped();
        if raw.iter().any(|v| !v.is_finite()) || bbox.w.min(bbox.h) < 1e-4 {
            unusable += 1;
        } else if d.score >= floor {
            let (score, family) = (d.score.min(1.0), Family::of(d.label));
            boxes.push(Seen { label: d.label, family, score, bbox, condition: d.condition });
        }
    }
    boxes.sort_by(|a, b| b.score.total_cmp(&a.score).then(a.bbox.x.total_cmp(&b.bbox.x)));
    if boxes.len() > MAX_DETECTIONS {
        unusable += (boxes.len() - MAX_DETECTIONS) as u64;
        boxes.truncate(MAX_DETECTIONS);
    }
    let mut i = 0;
    while i < boxes.len() {
        let mut j = i + 1;
        while j < boxes.len() {
            if is_one_object(&boxes[i], &boxes[j], aspect) {
                let piece = boxes.remove(j);
                let best = &mut boxes[i];
                best.condition = best.condition.or(piece.condition);
                if best.score < WHOLE {
                    best.bbox = best.bbox.union(&piece.bbox);
                }
                j = i + 1;
            } else {
                j += 1;
            }
        }
        i += 1;
    }
    (boxes, unusable)
}

fn is_one_object(a: &Seen, b: &Seen, aspect: f32) -> bool {
    if a.family != b.family {
        return false;
    }
    let (small, large) = (a.bbox.area().min(b.bbox.area()), a.bbox.area().max(b.bbox.area()));
    if a.family != Family::Vehicle {
        return a.bbox.containment(&b.bbox) >= 0.8 && small >= 0.3 * large;
    }
    let nested = a.bbox.containment(&b.bbox) >= 0.6 && small >= 0.25 * large;
    nested || (a.score < WHOLE && b.score < WHOLE && stand_on_the_same_ground(&a.bbox, &b.bbox, aspect))
}

/// Two vehicle boxes side by side that overlap although they stand at the same
/// depth, and together are no longer than one vehicle: halves of one.
/// Two cars nose to nose in a row are longer (aspect of the pair above 1.75).
pub(crate) fn stand_on_the_same_ground(a: &BBox, b: &BBox, aspect: f32) -> bool {
    let tall = a.h.max(b.h);
    let overlap = (a.x + a.w).min(b.x + b.w) - a.x.max(b.x);
    let both = a.union(b);
    (a.foot().y - b.foot().y).abs() <= 0.35 * tall
        && a.h.min(b.h) >= 0.6 * tall
        && overlap >= 0.08 * a.w.min(b.w)
        && both.h <= 1.3 * tall
        && both.w * aspect <= 1.75 * both.h
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// A car in pixels of the 640x352 clip.
    fn car(score: f32, [x, y, w, h]: [f32; 4]) -> Detection {
        let bbox = BBox::new(x / 640.0, y / 352.0, w / 640.0, h / 352.0);
        Detection { label: Label::Car, score, bbox, condition: None }
    }

    const ASPECT: f32 = 640.0 / 352.0;

    #[test]
    fn the_pieces_of_a_far_car_are_one_car() {
        let wagon =
            [car(0.43, [306., 119., 25., 18.]), car(0.36, [316., 118., 34., 27.]), car(0.31, [308., 117., 26., 19.])];
        let suv = [car(0.51, [283., 106., 22., 23.]), car(0.33, [271., 105., 19., 22.])];
        assert_eq!(tidy(&wagon, 0.1, ASPECT).0.len(), 1);
        assert_eq!(tidy(&suv, 0.1, ASPECT).0.len(), 1);
        let all: Vec<Detection> = wagon.into_iter().chain(suv).chain([car(0.64, [359., 134., 55., 28.])]).collect();
        assert_eq!(tidy(&all, 0.1, ASPECT).0.len(), 3);
    }

    #[test]
    fn two_cars_of_a_row_stay_two_cars() {
        let head_on = [car(0.55, [300., 120., 40., 36.]), car(0.5, [332., 121., 40., 36.])];
        assert_eq!(tidy(&head_on, 0.1, ASPECT).0.len(), 2);
        let one_behind_the_other = [car(0.8, [300., 120., 60., 40.]), car(0.7, [330., 105., 50., 34.])];
        assert_eq!(tidy(&one_behind_the_other, 0.1, ASPECT).0.len(), 2);
    }

    #[test]
    fn a_parked_car_is_not_swallowed_by_the_large_one_passing_before_it() {
        let both = [car(0.9, [260., 100., 300., 200.]), car(0.5, [300., 110., 58., 28.])];
        assert_eq!(tidy(&both, 0.1, ASPECT).0.len(), 2);
    }

    proptest! {
        #[test]
        fn any_numbers_give_usable_boxes(raw in prop::collection::vec((any::<f32>(), any::<f32>(), any::<f32>(), -1.0f32..2.0, any::<f32>()), 0..30)) {
            let detections: Vec<Detection> = raw.iter()
                .map(|&(x, y, w, h, score)| Detection { label: Label::Car, score, bbox: BBox::new(x, y, w, h), condition: None })
                .collect();
            let (seen, unusable) = tidy(&detections, 0.1, 1.8);
            prop_assert!(seen.len() as u64 + unusable <= detections.len() as u64);
            for s in seen {
                prop_assert!(s.bbox.area() > 0.0 && s.bbox.x >= 0.0 && s.bbox.x + s.bbox.w <= 1.0001 && s.score <= 1.0);
            }
        }
    }
}
