//! Where the picture lies in a model's input, and the way back.

use operators::vocabulary::BBox;

/// The picture's rectangle inside the model's input, in input pixels.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Placement {
    /// Left edge of the picture.
    pub x: f32,
    /// Top edge of the picture.
    pub y: f32,
    /// Width the picture was resized to.
    pub w: f32,
    /// Height the picture was resized to.
    pub h: f32,
}

impl Placement {
    /// A box given by its corners in input pixels as a box of the picture, 0..1,
    /// clipped to it. `None` when a number is not finite or nothing of it is left.
    pub fn to_picture(&self, left: f32, top: f32, right: f32, bottom: f32) -> Option<BBox> {
        let corners =
            [(left - self.x) / self.w, (top - self.y) / self.h, (right - self.x) / self.w, (bottom - self.y) / self.h];
        if !corners.iter().all(|c| c.is_finite()) {
            return None;
        }
        let [x0, y0, x1, y1] = corners.map(|c| c.clamp(0.0, 1.0));
        let bbox = BBox::new(x0, y0, x1 - x0, y1 - y0);
        (bbox.w > 0.0 && bbox.h > 0.0).then_some(bbox)
    }
}
