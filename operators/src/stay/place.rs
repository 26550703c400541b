//! When two boxes are the same place: in the box's own sizes, because a far
//! car is a twentieth of the picture and a near one half of it.

use crate::vocabulary::BBox;

/// Always allowed drift, picture units: half a pixel of the detector's grid.
const FLOOR: f32 = 0.005;

/// How far the centres are apart, in sizes of the larger box, less the floor.
pub(crate) fn drift(a: &BBox, b: &BBox) -> f32 {
    let (ca, cb) = (a.centre(), b.centre());
    let dx = ((ca.x - cb.x).abs() - FLOOR).max(0.0) / a.w.max(b.w);
    let dy = ((ca.y - cb.y).abs() - FLOOR).max(0.0) / a.h.max(b.h);
    dx.max(dy)
}

fn area_ratio(a: &BBox, b: &BBox) -> f32 {
    a.area().min(b.area()) / a.area().max(b.area()).max(f32::EPSILON)
}

/// Whether something seen at `b` has not moved from `a`, for a drift of at most `tolerance` sizes.
/// A box that lies within the other is a piece of the same object.
pub(crate) fn stands_at(a: &BBox, b: &BBox, tolerance: f32) -> bool {
    let ratio = area_ratio(a, b);
    (drift(a, b) <= tolerance && ratio >= 0.4) || (a.containment(b) >= 0.85 && ratio >= 0.35)
}

/// How a detection sits on a place.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Fit {
    /// The whole object; the cost grows with the drift, 0..1.
    Whole(f32),
    /// A piece of it: proves presence, says nothing about the box.
    Part,
}

/// How `b` sits on `place`, if it does.
pub(crate) fn fit(place: &BBox, b: &BBox) -> Option<Fit> {
    // Most pairs of a picture are nowhere near each other.
    let reach = |a: f32, b: f32| 0.5 * (a + b) + FLOOR;
    let (p, q) = (place.centre(), b.centre());
    if (p.x - q.x).abs() > reach(place.w, b.w) || (p.y - q.y).abs() > reach(place.h, b.h) {
        return None;
    }
    let (drift, ratio) = (drift(place, b), area_ratio(place, b));
    if drift <= 0.3 && ratio >= 0.4 {
        return Some(Fit::Whole((drift + 0.5 * (1.0 - ratio)).min(1.0)));
    }
    (place.containment(b) >= 0.75 && b.area() < place.area() && ratio >= 0.2).then_some(Fit::Part)
}

/// The box of the middle edges: one odd box does not move it.
pub(crate) fn median(boxes: impl Iterator<Item = BBox> + Clone) -> BBox {
    let middle = |value: fn(&BBox) -> f32| {
        let mut sorted = [0f32; 16];
        let mut n = 0;
        for b in boxes.clone().take(sorted.len()) {
            sorted[n] = value(&b);
            n += 1;
        }
        let sorted = &mut sorted[..n];
        sorted.sort_unstable_by(f32::total_cmp);
        match n {
            0 => 0.0,
            n if n % 2 == 1 => sorted[n / 2],
            n => (sorted[n / 2 - 1] + sorted[n / 2]) / 2.0,
        }
    };
    let (left, top) = (middle(|b| b.x), middle(|b| b.y));
    let (right, bottom) = (middle(|b| b.x + b.w), middle(|b| b.y + b.h));
    BBox { x: left, y: top, w: right - left, h: bottom - top }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CAR: BBox = BBox::new(0.48, 0.33, 0.064, 0.077);

    #[test]
    fn jitter_and_a_piece_fit_and_a_neighbour_does_not() {
        assert!(matches!(fit(&CAR, &BBox::new(0.485, 0.328, 0.06, 0.08)), Some(Fit::Whole(_))));
        assert_eq!(fit(&CAR, &BBox::new(0.522, 0.34, 0.022, 0.06)), Some(Fit::Part));
        assert_eq!(fit(&CAR, &BBox::new(0.55, 0.37, 0.09, 0.08)), None);
        assert_eq!(fit(&CAR, &BBox::new(0.3, 0.1, 0.4, 0.5)), None);
    }

    #[test]
    fn one_odd_box_does_not_move_the_median() {
        let odd = BBox::new(0.1, 0.8, 0.3, 0.2);
        assert!(drift(&median([CAR, CAR, odd].into_iter()), &CAR) == 0.0);
    }
}
