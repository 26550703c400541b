//! Small things on a picture: dots, rings, words on a plate.

use crate::evidence::raster::{Area, Colour, Raster};
use crate::evidence::stroke;
use crate::evidence::text::Face;

/// A point in pixels.
pub(super) type Point = (f32, f32);

/// Paper, ink, and the colours of what is drawn. They differ in lightness too, for the colour-blind.
pub(super) const PAPER: Colour = [246, 244, 239];
pub(super) const INK: Colour = [38, 44, 52];
pub(super) const QUIET: Colour = [205, 201, 192];
pub(super) const RED: Colour = [206, 32, 41];
pub(super) const GREEN: Colour = [60, 140, 88];
pub(super) const BLUE: Colour = [30, 96, 180];
pub(super) const WHITE: Colour = [255, 255, 255];

/// The corners of a circle.
fn circle((x, y): Point, radius: f32) -> Vec<Point> {
    let steps = (radius * 2.0).clamp(10.0, 48.0) as u32;
    let at = |i: u32| (i as f32 / steps as f32 * std::f32::consts::TAU).sin_cos();
    (0..steps).map(|i| (x + radius * at(i).1, y + radius * at(i).0)).collect()
}

/// A filled dot with a light rim.
pub(super) fn dot(picture: &mut Raster, at: Point, radius: f32, colour: Colour) {
    stroke::fill(picture, &circle(at, radius + 1.5), WHITE, 0.9);
    stroke::fill(picture, &circle(at, radius), colour, 1.0);
}

/// An empty circle.
pub(super) fn hollow(picture: &mut Raster, at: Point, radius: f32, width: f32, colour: Colour) {
    stroke::ring(picture, &circle(at, radius), width, colour, 1.0);
}

/// Words on a light plate, its upper left corner at `at`; moved so that it lies within the picture.
pub(super) fn plate(picture: &mut Raster, at: Point, text: &str, colour: Colour) {
    let face = Face::of_height(20);
    let (wide, high) = (face.width(text.chars().count()) + 8, face.height() + 4);
    let left = (at.0.max(0.0) as usize).min(picture.width.saturating_sub(wide + 1));
    let top = (at.1.max(0.0) as usize).min(picture.height.saturating_sub(high + 1));
    let area = Area { left, top, width: wide, height: high };
    for y in area.top..area.top + area.height {
        for x in area.left..area.left + area.width {
            picture.blend(x, y, WHITE, 0.82);
        }
    }
    face.draw(picture, left + 4, top + 2, text, colour);
}

/// A line of dashes.
pub(super) fn dashes(picture: &mut Raster, from: Point, to: Point, width: f32, colour: Colour) {
    let length = (to.0 - from.0).hypot(to.1 - from.1);
    let at = |t: f32| (from.0 + (to.0 - from.0) * t, from.1 + (to.1 - from.1) * t);
    let steps = (length / 14.0).ceil().max(1.0);
    for i in 0..steps as u32 {
        let begin = i as f32 / steps;
        stroke::path(picture, &[at(begin), at((begin + 0.55 / steps).min(1.0))], width, colour, 1.0);
    }
}
