//! Where a point of the baseline lies in the current picture.

use crate::vocabulary::{BBox, Point};
use serde::{Deserialize, Serialize};

/// A homography from the baseline's coordinates to the current picture's, both
/// 0..1 of width and height. Row-major, the last entry 1.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Transform(pub [f32; 9]);

impl Transform {
    /// Nothing moved.
    pub const IDENTITY: Transform = Transform([1.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 1.0]);

    /// The point's place in the current picture; a point on the horizon of the homography comes back far away.
    pub fn apply(&self, p: Point) -> Point {
        let m = &self.0;
        let w = m[6] * p.x + m[7] * p.y + m[8];
        let w = if w.abs() < 1e-6 { 1e-6 } else { w };
        Point { x: (m[0] * p.x + m[1] * p.y + m[2]) / w, y: (m[3] * p.x + m[4] * p.y + m[5]) / w }
    }

    /// The way back, from the current picture to the baseline; the identity where there is none.
    pub fn inverse(&self) -> Transform {
        let m = self.0.map(f64::from);
        let minor = |a: usize, b: usize, c: usize, d: usize| m[a] * m[d] - m[b] * m[c];
        let adjugate = [
            minor(4, 5, 7, 8),
            minor(2, 1, 8, 7),
            minor(1, 2, 4, 5),
            minor(5, 3, 8, 6),
            minor(0, 2, 6, 8),
            minor(2, 0, 5, 3),
            minor(3, 4, 6, 7),
            minor(1, 0, 7, 6),
            minor(0, 1, 3, 4),
        ];
        if adjugate[8].abs() < 1e-12 {
            return Transform::IDENTITY;
        }
        Transform(adjugate.map(|v| (v / adjugate[8]) as f32))
    }

    /// The box about where a box of the baseline lies in the current picture, within it.
    pub fn apply_to(&self, b: &BBox) -> BBox {
        let corner = |x: f32, y: f32| self.apply(Point { x, y });
        let four = [corner(b.x, b.y), corner(b.x + b.w, b.y), corner(b.x, b.y + b.h), corner(b.x + b.w, b.y + b.h)];
        let low = four.iter().fold((f32::MAX, f32::MAX), |m, p| (m.0.min(p.x), m.1.min(p.y)));
        let high = four.iter().fold((f32::MIN, f32::MIN), |m, p| (m.0.max(p.x), m.1.max(p.y)));
        BBox::new(low.0, low.1, high.0 - low.0, high.1 - low.1).clipped()
    }

    /// From a homography between pixels of pictures of one size.
    pub(crate) fn of_pixels(h: &[f64; 9], width: usize, height: usize) -> Transform {
        let (w, t) = (width as f64, height as f64);
        // Pixel centres lie at half numbers in 0..1 coordinates.
        let to_pixel = [w, 0.0, -0.5, 0.0, t, -0.5, 0.0, 0.0, 1.0];
        let from_pixel = [1.0 / w, 0.0, 0.5 / w, 0.0, 1.0 / t, 0.5 / t, 0.0, 0.0, 1.0];
        let m = multiply(&from_pixel, &multiply(h, &to_pixel));
        Transform(m.map(|v| (v / m[8]) as f32))
    }

    /// The homography between pixels of pictures of one size.
    pub(crate) fn in_pixels(&self, width: usize, height: usize) -> [f64; 9] {
        let (w, t) = (width as f64, height as f64);
        let to_pixel = [w, 0.0, -0.5, 0.0, t, -0.5, 0.0, 0.0, 1.0];
        let from_pixel = [1.0 / w, 0.0, 0.5 / w, 0.0, 1.0 / t, 0.5 / t, 0.0, 0.0, 1.0];
        multiply(&to_pixel, &multiply(&self.0.map(f64::from), &from_pixel))
    }
}

/// Product of two 3x3 matrices, row-major.
pub(crate) fn multiply(a: &[f64; 9], b: &[f64; 9]) -> [f64; 9] {
    let mut m = [0.0; 9];
    for (i, v) in m.iter_mut().enumerate() {
        *v = (0..3).map(|k| a[i / 3 * 3 + k] * b[k * 3 + i % 3]).sum();
    }
    m
}

/// A homography applied to a pixel.
#[inline]
pub(crate) fn at(h: &[f64; 9], x: f64, y: f64) -> (f64, f64) {
    let w = h[6] * x + h[7] * y + h[8];
    let w = if w.abs() < 1e-9 { 1e-9 } else { w };
    ((h[0] * x + h[1] * y + h[2]) / w, (h[3] * x + h[4] * y + h[5]) / w)
}
