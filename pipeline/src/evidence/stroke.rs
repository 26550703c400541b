//! Smooth lines on a picture, and filled areas.

use super::raster::{Colour, Raster};

/// Draws a closed ring of pixel coordinates, `width` pixels wide, mixed in with
/// `opacity` 0..1. Coverage is kept per pixel first and mixed in once, so that
/// corners do not show where two edges overlap.
pub fn ring(picture: &mut Raster, points: &[(f32, f32)], width: f32, colour: Colour, opacity: f32) {
    let edges = points.iter().zip(points.iter().cycle().skip(1));
    lines(picture, edges, width, colour, opacity);
}

/// Draws a line from the first point to the last, as [`ring`] does.
pub fn path(picture: &mut Raster, points: &[(f32, f32)], width: f32, colour: Colour, opacity: f32) {
    lines(picture, points.iter().zip(points.iter().skip(1)), width, colour, opacity);
}

/// Fills the area within a closed ring, by the even-odd rule.
pub fn fill(picture: &mut Raster, points: &[(f32, f32)], colour: Colour, opacity: f32) {
    let mut crossings = Vec::new();
    for y in 0..picture.height {
        let row = y as f32 + 0.5;
        crossings.clear();
        for (a, b) in points.iter().zip(points.iter().cycle().skip(1)) {
            if (a.1 <= row) != (b.1 <= row) {
                crossings.push(a.0 + (row - a.1) / (b.1 - a.1) * (b.0 - a.0));
            }
        }
        crossings.sort_by(f32::total_cmp);
        for pair in crossings.chunks_exact(2) {
            let columns = picture.width as f32;
            let (left, right) = (pair[0].round().clamp(0.0, columns), pair[1].round().clamp(0.0, columns));
            (left as usize..right as usize).for_each(|x| picture.blend(x, y, colour, opacity));
        }
    }
}

fn lines<'p>(
    picture: &mut Raster,
    edges: impl Iterator<Item = (&'p (f32, f32), &'p (f32, f32))> + Clone,
    width: f32,
    colour: Colour,
    opacity: f32,
) {
    let reach = width / 2.0 + 1.0;
    // Only the box about the line is looked at: a map has hundreds of short ones.
    let ends = || edges.clone().flat_map(|(a, b)| [*a, *b]);
    let span = |pick: fn((f32, f32)) -> f32, most: usize| {
        let (low, high) = ends().map(pick).fold((f32::MAX, f32::MIN), |(low, high), v| (low.min(v), high.max(v)));
        let most = most as f32;
        ((low - reach).clamp(0.0, most) as usize, (high + reach).ceil().clamp(0.0, most) as usize)
    };
    let ((first, last), (upper, lower)) = (span(|p| p.0, picture.width), span(|p| p.1, picture.height));
    let wide = last.saturating_sub(first);
    let mut cover = vec![0u8; wide * lower.saturating_sub(upper)];
    for (&a, &b) in edges.clone() {
        let top = (a.1.min(b.1) - reach).clamp(upper as f32, lower as f32) as usize;
        let bottom = (a.1.max(b.1) + reach).ceil().clamp(upper as f32, lower as f32) as usize;
        for y in top..bottom {
            let (left, right) = columns_near(a, b, y as f32 + 0.5, reach);
            let within = |x: f32| x.clamp(first as f32, last as f32) as usize;
            for x in within(left)..within(right.ceil()) {
                let distance = distance_to_segment((x as f32 + 0.5, y as f32 + 0.5), a, b);
                let share = (width / 2.0 + 0.5 - distance).clamp(0.0, 1.0);
                let cell = &mut cover[(y - upper) * wide + x - first];
                *cell = (*cell).max((share * 255.0) as u8);
            }
        }
    }
    for (i, &share) in cover.iter().enumerate().filter(|(_, share)| **share > 0) {
        picture.blend(first + i % wide, upper + i / wide, colour, f32::from(share) / 255.0 * opacity);
    }
}

/// The corners of a rectangle.
pub fn rectangle(left: f32, top: f32, width: f32, height: f32) -> [(f32, f32); 4] {
    [(left, top), (left + width, top), (left + width, top + height), (left, top + height)]
}

/// Columns of the part of the segment that lies within `reach` of row `y`, grown by `reach`.
fn columns_near(a: (f32, f32), b: (f32, f32), y: f32, reach: f32) -> (f32, f32) {
    let at = |row: f32| {
        let rise = b.1 - a.1;
        let t = if rise.abs() < 1e-6 { 0.0 } else { ((row - a.1) / rise).clamp(0.0, 1.0) };
        a.0 + t * (b.0 - a.0)
    };
    if (b.1 - a.1).abs() < 1e-6 {
        return (a.0.min(b.0) - reach, a.0.max(b.0) + reach);
    }
    let (p, q) = (at(y - reach), at(y + reach));
    (p.min(q) - reach, p.max(q) + reach)
}

fn distance_to_segment(p: (f32, f32), a: (f32, f32), b: (f32, f32)) -> f32 {
    let (dx, dy) = (b.0 - a.0, b.1 - a.1);
    let length2 = dx * dx + dy * dy;
    let t = if length2 > 0.0 { (((p.0 - a.0) * dx + (p.1 - a.1) * dy) / length2).clamp(0.0, 1.0) } else { 0.0 };
    (p.0 - a.0 - t * dx).hypot(p.1 - a.1 - t * dy)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_ring_covers_its_edges_and_nothing_else() {
        let mut picture = Raster::filled(60, 40, [0; 3]);
        ring(&mut picture, &rectangle(10.0, 10.0, 40.0, 20.0), 2.0, [255; 3], 1.0);
        for (x, y) in [(10, 10), (49, 10), (30, 10), (10, 20), (30, 29)] {
            assert_eq!(picture.pixel(x, y), [255; 3], "{x},{y}");
        }
        for (x, y) in [(30, 20), (5, 5), (30, 14), (55, 20)] {
            assert_eq!(picture.pixel(x, y), [0; 3], "{x},{y}");
        }
    }

    #[test]
    fn a_path_does_not_close_and_an_area_is_filled_to_its_edges() {
        let mut picture = Raster::filled(60, 40, [0; 3]);
        let corners = rectangle(10.0, 10.0, 40.0, 20.0);
        path(&mut picture, &corners, 2.0, [255; 3], 1.0);
        assert_eq!((picture.pixel(30, 10), picture.pixel(10, 20)), ([255; 3], [0; 3]));
        let mut picture = Raster::filled(60, 40, [0; 3]);
        fill(&mut picture, &corners, [200; 3], 1.0);
        assert_eq!((picture.pixel(10, 10), picture.pixel(49, 29)), ([200; 3], [200; 3]));
        assert_eq!((picture.pixel(9, 10), picture.pixel(50, 29), picture.pixel(30, 30)), ([0; 3], [0; 3], [0; 3]));
    }

    #[test]
    fn edges_outside_the_picture_are_cut() {
        let mut picture = Raster::filled(10, 10, [0; 3]);
        ring(&mut picture, &[(-50.0, -50.0), (80.0, 5.0), (-50.0, 400.0)], 3.0, [255; 3], 1.0);
    }
}
