//! The closer look: where a rule is in doubt, a part of the picture is looked at once more, at twice the size.
//!
//! A detector sees the whole picture at a fraction of its pixels: a vendor in the shade behind a cart, or a bin at
//! night, is a guess to it, and plain at twice the size. One part of a picture at the most is looked at so, and the
//! longer something stays suspected the seldomer.

use crate::rules::case::Case;
use crate::vocabulary::{BBox, Detection, EventTime, Label, Millis};
use serde::{Deserialize, Serialize};

/// Width and height of the part, 0..1 of the picture.
const SIDE: f32 = 0.5;
/// What is wider or higher than this share of the part is large enough already.
const LARGE: f32 = 0.6;
/// A look in a hundredth of the time that something has been suspected: each picture at first, then the seldomer.
const RARER: Millis = 100;
/// Looks are at least so far apart: a burst's frames show the same.
const APART: Millis = 450;
/// Boxes of one kind that share this much (IoU) are one thing in both looks.
const SAME: f32 = 0.5;
/// At twice the size what is there is plain: what scores less and was not seen at first is noise.
pub(crate) const SURE: f32 = 0.3;
/// By so much a closer look must be surer to correct a box: the classifier's word hangs on what the box holds.
const SURER: f32 = 0.2;
/// The least score that a detector gives, and that a doubted thing keeps: a mean over pictures must not lose it.
const LEAST: f32 = 0.1;
/// Nearer to the part's edge than this share of its side, a thing may be cut off by it.
const EDGE: f32 = 0.02;

/// The part of the picture about `place`, within the picture; `None` where it is large enough to be seen as it is.
pub fn part_about(place: &BBox) -> Option<BBox> {
    if place.w.max(place.h) > LARGE * SIDE {
        return None;
    }
    let centre = place.centre();
    let within = |c: f32| (c - SIDE / 2.0).clamp(0.0, 1.0 - SIDE);
    Some(BBox::new(within(centre.x), within(centre.y), SIDE, SIDE))
}

/// A box in the part, in coordinates of the picture.
pub fn in_picture(part: &BBox, b: &BBox) -> BBox {
    BBox { x: part.x + b.x * part.w, y: part.y + b.y * part.h, w: b.w * part.w, h: b.h * part.h }
}

/// What a picture shows after the closer look; both lists in coordinates of the picture, both of one detector. What both
/// looks see stays as first seen, unless the closer one is much surer; what only that one sees counts where it is sure;
/// what it should see and does not counts half.
pub fn merge(part: &BBox, first: &[Detection], close: &[Detection]) -> Vec<Detection> {
    let close: Vec<Detection> = close.iter().filter(|d| is_shown_by(part, &d.bbox)).copied().collect();
    let same = |a: &Detection, b: &Detection| kind(a.label) == kind(b.label) && a.bbox.iou(&b.bbox) >= SAME;
    let again = |d: &Detection| close.iter().filter(|c| same(c, d)).max_by(|a, b| a.score.total_cmp(&b.score));
    let mut merged: Vec<Detection> = first
        .iter()
        .map(|d| match again(d) {
            Some(c) if c.score >= d.score + SURER => *c,
            Some(_) => *d,
            None if is_shown_by(part, &d.bbox) => Detection { score: (d.score / 2.0).max(LEAST), ..*d },
            None => *d,
        })
        .collect();
    merged.extend(close.iter().filter(|c| c.score >= SURE && !first.iter().any(|d| same(c, d))));
    merged.sort_by(|a, b| b.score.total_cmp(&a.score));
    merged
}

/// Labels between which a detector wavers count as one.
fn kind(label: Label) -> Label {
    if label.is_motor_vehicle() { Label::Car } else { label }
}

/// Whether the part shows the whole of a box, and not too large.
pub(crate) fn is_shown_by(part: &BBox, b: &BBox) -> bool {
    let inside = |low: f32, high: f32, from: f32, side: f32| {
        (low >= from + EDGE * side || from <= 0.0) && (high <= from + side * (1.0 - EDGE) || from + side >= 1.0)
    };
    let whole = inside(b.x, b.x + b.w, part.x, part.w) && inside(b.y, b.y + b.h, part.y, part.h);
    whole && part.containment(b) > 0.99 && b.w <= LARGE * part.w && b.h <= LARGE * part.h
}

/// Which suspicion was looked at closely when.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub(crate) struct Closer {
    looked: Vec<(u64, EventTime)>,
}

impl Closer {
    /// The part of the next picture that should be looked at closely: about the doubted case that has waited longest.
    pub fn choose(&mut self, at: EventTime, doubted: &[&Case]) -> Option<BBox> {
        self.looked.retain(|(object, _)| doubted.iter().any(|case| case.object == *object));
        let last = |case: &Case| self.looked.iter().find(|(object, _)| *object == case.object).map(|(_, at)| *at);
        let is_due = |case: &Case| {
            let rest = (at.since(case.id.start) / RARER).max(APART);
            last(case).is_none_or(|last| at.since(last) >= rest)
        };
        let due = doubted.iter().filter(|case| is_due(case));
        let (case, part) = due
            .filter_map(|case| Some((case, part_about(&case.last.bbox)?)))
            .min_by_key(|(case, _)| (last(case), case.id.start, case.object))?;
        let chosen = case.object;
        let shown = |case: &&&Case| case.object == chosen || is_shown_by(&part, &case.last.bbox);
        let objects: Vec<u64> = doubted.iter().filter(shown).map(|case| case.object).collect();
        self.looked.retain(|(object, _)| !objects.contains(object));
        self.looked.extend(objects.into_iter().map(|object| (object, at)));
        Some(part)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const PART: BBox = BBox::new(0.25, 0.25, 0.5, 0.5);
    const HERE: BBox = BBox::new(0.45, 0.45, 0.05, 0.1);

    fn seen(label: Label, bbox: BBox, score: f32) -> Detection {
        Detection { label, score, bbox, condition: None }
    }

    fn told(first: &[Detection], close: &[Detection]) -> Vec<(Label, f32)> {
        merge(&PART, first, close).iter().map(|d| (d.label, d.score)).collect()
    }

    #[test]
    fn a_closer_look_corrects_what_was_a_guess_and_leaves_what_was_plain() {
        let bin = |score| [seen(Label::Bin, HERE, score)];
        assert_eq!(told(&bin(0.2), &bin(0.85)), [(Label::Bin, 0.85)]);
        assert_eq!(told(&bin(0.8), &bin(0.85)), [(Label::Bin, 0.8)]);
        assert_eq!(told(&bin(0.8), &bin(0.5)), [(Label::Bin, 0.8)]);
        assert_eq!(told(&[], &bin(0.5)), [(Label::Bin, 0.5)]);
        assert_eq!(told(&[], &bin(0.2)), [], "noise");
    }

    #[test]
    fn what_it_should_see_and_does_not_counts_half_and_is_not_lost() {
        let rider = |score| [seen(Label::TwoWheeler, HERE, score)];
        assert_eq!(told(&rider(0.6), &[seen(Label::Bin, HERE, 0.8)]), [(Label::Bin, 0.8), (Label::TwoWheeler, 0.3)]);
        assert_eq!(told(&rider(0.12), &[]), [(Label::TwoWheeler, LEAST)]);
        // A car is not doubted for being called a van, a bus or a truck.
        assert_eq!(told(&[seen(Label::Car, HERE, 0.6)], &[seen(Label::Truck, HERE, 0.5)]), [(Label::Car, 0.6)]);
    }

    #[test]
    fn what_lies_elsewhere_reaches_beyond_the_part_or_is_large_stays_as_first_seen() {
        for bbox in [BBox::new(0.8, 0.1, 0.1, 0.1), BBox::new(0.2, 0.4, 0.1, 0.1), BBox::new(0.3, 0.3, 0.4, 0.4)] {
            assert_eq!(told(&[seen(Label::Bus, bbox, 0.5)], &[]), [(Label::Bus, 0.5)], "{bbox:?}");
            assert_eq!(told(&[], &[seen(Label::Bus, bbox, 0.9)]), [], "cut off: {bbox:?}");
        }
        // At the picture's own edge nothing is cut off by the part.
        let corner = BBox::new(0.0, 0.0, 0.5, 0.5);
        assert!(is_shown_by(&corner, &BBox::new(0.0, 0.1, 0.1, 0.1)));
        assert!(!is_shown_by(&corner, &BBox::new(0.42, 0.1, 0.08, 0.1)));
    }

    proptest! {
        #[test]
        fn the_part_lies_in_the_picture_and_holds_the_place(x in 0f32..0.75, y in 0f32..0.75, w in 0.01f32..0.25, h in 0.01f32..0.25) {
            let place = BBox::new(x, y, w, h);
            let part = part_about(&place).expect("small enough");
            prop_assert!(part.x >= 0.0 && part.y >= 0.0 && part.x + part.w <= 1.0 && part.y + part.h <= 1.0);
            prop_assert!(is_shown_by(&part, &place), "{part:?}");
        }

        #[test]
        fn boxes_of_the_part_come_back_to_where_they_are(x in 0f32..1.0, y in 0f32..1.0) {
            let b = in_picture(&PART, &BBox::new(x, y, 0.1, 0.2));
            prop_assert!(((b.x - PART.x) / PART.w - x).abs() < 1e-5 && ((b.y - PART.y) / PART.h - y).abs() < 1e-5);
            prop_assert!((b.w - 0.05).abs() < 1e-6 && (b.h - 0.1).abs() < 1e-6);
        }
    }
}
