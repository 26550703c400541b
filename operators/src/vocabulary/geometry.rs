//! Boxes, points and polygons in picture coordinates: x to the right, y down,
//! both 0..1 of the picture, so that a zone survives a change of resolution.

use serde::{Deserialize, Serialize};
use thiserror::Error;

/// A point of the picture, 0..1 in both directions.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
#[serde(from = "[f32; 2]", into = "[f32; 2]")]
pub struct Point {
    /// To the right, 0..1.
    pub x: f32,
    /// Down, 0..1.
    pub y: f32,
}

impl From<[f32; 2]> for Point {
    fn from([x, y]: [f32; 2]) -> Self {
        Point { x, y }
    }
}

impl From<Point> for [f32; 2] {
    fn from(p: Point) -> Self {
        [p.x, p.y]
    }
}

/// An axis-parallel box: left, top, width, height, each 0..1 of the picture.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
#[serde(from = "[f32; 4]", into = "[f32; 4]")]
pub struct BBox {
    /// Left edge.
    pub x: f32,
    /// Top edge.
    pub y: f32,
    /// Width.
    pub w: f32,
    /// Height.
    pub h: f32,
}

impl From<[f32; 4]> for BBox {
    fn from([x, y, w, h]: [f32; 4]) -> Self {
        BBox { x, y, w, h }
    }
}

impl From<BBox> for [f32; 4] {
    fn from(b: BBox) -> Self {
        [b.x, b.y, b.w, b.h]
    }
}

impl BBox {
    /// A box from its left, top, width and height.
    pub const fn new(x: f32, y: f32, w: f32, h: f32) -> Self {
        BBox { x, y, w, h }
    }

    /// Area as a share of the picture.
    pub fn area(&self) -> f32 {
        self.w.max(0.0) * self.h.max(0.0)
    }

    /// Centre point.
    pub fn centre(&self) -> Point {
        Point { x: self.x + self.w / 2.0, y: self.y + self.h / 2.0 }
    }

    /// Middle of the lower edge: where the object stands on the ground.
    pub fn foot(&self) -> Point {
        Point { x: self.x + self.w / 2.0, y: self.y + self.h }
    }

    /// Area shared with `other`.
    pub fn intersection(&self, other: &BBox) -> f32 {
        let w = (self.x + self.w).min(other.x + other.w) - self.x.max(other.x);
        let h = (self.y + self.h).min(other.y + other.h) - self.y.max(other.y);
        w.max(0.0) * h.max(0.0)
    }

    /// Intersection over union, 0..1.
    pub fn iou(&self, other: &BBox) -> f32 {
        let inter = self.intersection(other);
        let union = self.area() + other.area() - inter;
        if union > 0.0 { inter / union } else { 0.0 }
    }

    /// The smallest box around both.
    pub fn union(&self, other: &BBox) -> BBox {
        let (x, y) = (self.x.min(other.x), self.y.min(other.y));
        let (right, bottom) = ((self.x + self.w).max(other.x + other.w), (self.y + self.h).max(other.y + other.h));
        BBox { x, y, w: right - x, h: bottom - y }
    }

    /// Intersection over the smaller of the two areas: 1 when one holds the
    /// other, which is how a detector's split boxes of one object look.
    pub fn containment(&self, other: &BBox) -> f32 {
        let smaller = self.area().min(other.area());
        if smaller > 0.0 { self.intersection(other) / smaller } else { 0.0 }
    }

    /// The part of this box inside the picture.
    pub fn clipped(&self) -> BBox {
        let x = self.x.clamp(0.0, 1.0);
        let y = self.y.clamp(0.0, 1.0);
        let right = (self.x + self.w).clamp(0.0, 1.0);
        let bottom = (self.y + self.h).clamp(0.0, 1.0);
        BBox { x, y, w: right - x, h: bottom - y }
    }
}

/// Why a list of points is no polygon.
#[derive(Debug, Clone, PartialEq, Error)]
pub enum PolygonError {
    /// Fewer than three points.
    #[error("a polygon needs at least 3 points, this one has {0}")]
    TooFewPoints(usize),
    /// A coordinate outside 0..1 or not a number.
    #[error("point {index} ({x}, {y}) lies outside the picture: coordinates are 0..1 of its width and height")]
    OutsidePicture {
        /// Which point, from 0.
        index: usize,
        /// Its x.
        x: f32,
        /// Its y.
        y: f32,
    },
    /// No area.
    #[error("the polygon has no area: its points lie on one line")]
    NoArea,
    /// Two edges cross.
    #[error("edges {0} and {1} of the polygon cross each other")]
    SelfCrossing(usize, usize),
}

/// A simple polygon of at least three points, inside the picture.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "Vec<Point>", into = "Vec<Point>")]
pub struct Polygon {
    points: Vec<Point>,
}

impl TryFrom<Vec<Point>> for Polygon {
    type Error = PolygonError;
    fn try_from(points: Vec<Point>) -> Result<Self, PolygonError> {
        Polygon::new(points)
    }
}

impl From<Polygon> for Vec<Point> {
    fn from(p: Polygon) -> Self {
        p.points
    }
}

impl Polygon {
    /// Checks and takes the points, in order, the last joined to the first.
    ///
    /// # Errors
    /// Fewer than three points, a point outside 0..1, no area, or crossing edges.
    pub fn new(points: Vec<Point>) -> Result<Self, PolygonError> {
        if points.len() < 3 {
            return Err(PolygonError::TooFewPoints(points.len()));
        }
        if let Some((index, p)) = first_outside(&points) {
            return Err(PolygonError::OutsidePicture { index, x: p.x, y: p.y });
        }
        if let Some((a, b)) = first_crossing(&points) {
            return Err(PolygonError::SelfCrossing(a, b));
        }
        if ring_area(&points).abs() < 1e-6 {
            return Err(PolygonError::NoArea);
        }
        Ok(Polygon { points })
    }

    /// The corner points in order.
    pub fn points(&self) -> &[Point] {
        &self.points
    }

    /// Whether the point lies inside (even-odd rule).
    pub fn contains(&self, p: Point) -> bool {
        let mut inside = false;
        let mut previous = self.points[self.points.len() - 1];
        for &current in &self.points {
            if (current.y > p.y) != (previous.y > p.y) {
                let t = (p.y - current.y) / (previous.y - current.y);
                if p.x < current.x + t * (previous.x - current.x) {
                    inside = !inside;
                }
            }
            previous = current;
        }
        inside
    }

    /// Share of the box that lies inside the polygon, 0..1.
    /// The polygon is clipped by the box's four edges (Sutherland–Hodgman, 1974).
    pub fn covers(&self, b: &BBox) -> f32 {
        let area = b.area();
        if area <= 0.0 {
            return 0.0;
        }
        let (right, bottom) = (b.x + b.w, b.y + b.h);
        let mut ring = self.points.clone();
        ring = clip(&ring, |p| p.x - b.x);
        ring = clip(&ring, |p| right - p.x);
        ring = clip(&ring, |p| p.y - b.y);
        ring = clip(&ring, |p| bottom - p.y);
        (ring_area(&ring).abs() / area).min(1.0)
    }
}

/// Signed area of a ring (shoelace formula).
fn ring_area(points: &[Point]) -> f32 {
    let n = points.len();
    (0..n)
        .map(|i| {
            let (a, b) = (points[i], points[(i + 1) % n]);
            a.x * b.y - b.x * a.y
        })
        .sum::<f32>()
        / 2.0
}

/// Keeps the part of the ring where `side` is not negative.
fn clip(ring: &[Point], side: impl Fn(Point) -> f32) -> Vec<Point> {
    let n = ring.len();
    let mut kept = Vec::with_capacity(n + 4);
    for i in 0..n {
        let (a, b) = (ring[i], ring[(i + 1) % n]);
        let (da, db) = (side(a), side(b));
        if da >= 0.0 {
            kept.push(a);
        }
        if (da >= 0.0) != (db >= 0.0) {
            let t = da / (da - db);
            kept.push(Point { x: a.x + t * (b.x - a.x), y: a.y + t * (b.y - a.y) });
        }
    }
    kept
}

/// The first point outside the picture, or not a number.
pub(crate) fn first_outside(points: &[Point]) -> Option<(usize, Point)> {
    let inside = |v: f32| (0.0..=1.0).contains(&v);
    points.iter().copied().enumerate().find(|(_, p)| !inside(p.x) || !inside(p.y))
}

/// The first pair of edges that properly cross, if any.
fn first_crossing(points: &[Point]) -> Option<(usize, usize)> {
    let n = points.len();
    let turn = |a: Point, b: Point, c: Point| (b.x - a.x) * (c.y - a.y) - (b.y - a.y) * (c.x - a.x);
    for i in 0..n {
        for j in i + 1..n {
            let (a, b) = (points[i], points[(i + 1) % n]);
            let (c, d) = (points[j], points[(j + 1) % n]);
            let apart = turn(a, b, c) * turn(a, b, d) < 0.0 && turn(c, d, a) * turn(c, d, b) < 0.0;
            if apart {
                return Some((i, j));
            }
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn square() -> Polygon {
        Polygon::new([[0.2, 0.2], [0.6, 0.2], [0.6, 0.6], [0.2, 0.6]].map(Point::from).to_vec()).expect("square")
    }

    #[test]
    fn a_box_half_in_the_zone_is_covered_by_half() {
        let half = BBox::new(0.5, 0.3, 0.2, 0.2);
        assert!((square().covers(&half) - 0.5).abs() < 1e-4);
        assert!((square().covers(&BBox::new(0.3, 0.3, 0.1, 0.1)) - 1.0).abs() < 1e-4);
        assert_eq!(square().covers(&BBox::new(0.7, 0.7, 0.1, 0.1)), 0.0);
    }

    #[test]
    fn two_points_an_outside_point_a_line_and_a_bow_tie_are_refused() {
        let p = |v: &[[f32; 2]]| Polygon::new(v.iter().map(|&p| p.into()).collect());
        assert_eq!(p(&[[0.0, 0.0], [1.0, 1.0]]), Err(PolygonError::TooFewPoints(2)));
        assert!(matches!(p(&[[0.0, 0.0], [1.2, 0.0], [0.5, 0.5]]), Err(PolygonError::OutsidePicture { index: 1, .. })));
        assert!(matches!(p(&[[0.0, 0.0], [f32::NAN, 0.0], [0.5, 0.5]]), Err(PolygonError::OutsidePicture { .. })));
        assert_eq!(p(&[[0.1, 0.1], [0.2, 0.2], [0.3, 0.3]]), Err(PolygonError::NoArea));
        assert!(matches!(p(&[[0.1, 0.1], [0.9, 0.9], [0.9, 0.1], [0.1, 0.8]]), Err(PolygonError::SelfCrossing(_, _))));
    }

    #[test]
    fn containment_is_one_for_a_box_inside_another() {
        let outer = BBox::new(0.1, 0.1, 0.4, 0.4);
        let inner = BBox::new(0.2, 0.2, 0.1, 0.1);
        assert!((outer.containment(&inner) - 1.0).abs() < 1e-5);
        assert!(outer.iou(&inner) < 0.1);
    }
}
