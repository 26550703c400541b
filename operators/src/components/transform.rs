//! Where a point of the baseline lies in the current picture.

use crate::vocabulary::Point;
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
