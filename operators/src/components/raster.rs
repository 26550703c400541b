//! Outlines as pixels.

use super::registered::Form;
use crate::vocabulary::Point;

/// Whether the form covers a pixel of a picture of this size, widened by `margin` pixels.
pub(crate) fn covers(form: &Form, (width, height): (f32, f32), x: f32, y: f32, margin: f32) -> bool {
    let p = Point { x: (x + 0.5) / width, y: (y + 0.5) / height };
    match form {
        Form::Area(polygon) => {
            let points = polygon.points();
            let ring = || points.iter().zip(points.iter().cycle().skip(1));
            polygon.contains(p) || (margin > 0.0 && ring().any(|(a, b)| distance(p, *a, *b, width, height).0 <= margin))
        }
        // The band is as high as the railing, and ends upright as its posts do.
        Form::Line { line, width: band } => line.points().windows(2).any(|w| {
            let (dx, dy, _) = upright(p, w[0], w[1], width, height);
            let thick = margin / level(&w[0], &w[1], width, height).max(STEEP);
            dx.abs() <= THIN + margin && dy.abs() <= band * height / 2.0 + thick
        }),
    }
}

/// Of a piece that runs so upright no place above or below another is told apart.
const STEEP: f32 = 0.1;

/// How far right of the piece from `a` to `b` and how far below it a point lies, pixels, and above or below which place of it, 0..1.
/// Where it runs upright its nearest place counts.
fn upright(p: Point, a: Point, b: Point, width: f32, height: f32) -> (f32, f32, f32) {
    let ((dx, dy), (px, py)) =
        (((b.x - a.x) * width, (b.y - a.y) * height), ((p.x - a.x) * width, (p.y - a.y) * height));
    let share = match level(&a, &b, width, height) >= STEEP {
        true => (px / dx).clamp(0.0, 1.0),
        false => distance(p, a, b, width, height).1,
    };
    (px - share * dx, py - share * dy, share)
}

/// Half of what is thick of a railing seen from its end, and of its posts, pixels.
const THIN: f32 = 1.5;

/// How level a piece runs in the picture: 1 from left to right, 0 upright.
fn level(a: &Point, b: &Point, width: f32, height: f32) -> f32 {
    let (dx, dy) = ((b.x - a.x) * width, (b.y - a.y) * height);
    dx.abs() / dx.hypot(dy).max(1e-6)
}

/// Distance in pixels from the place of a polyline above or below a point, and how far along it that lies, 0..1.
pub(crate) fn along(points: &[Point], p: Point, width: f32, height: f32) -> (f32, f32) {
    let length = |a: &Point, b: &Point| ((b.x - a.x) * width).hypot((b.y - a.y) * height);
    let whole: f32 = points.windows(2).map(|w| length(&w[0], &w[1])).sum();
    let mut before = 0.0;
    let mut best = (f32::INFINITY, 0.0);
    for w in points.windows(2) {
        let (right, below, share) = upright(p, w[0], w[1], width, height);
        let far = right.hypot(below);
        if far < best.0 {
            best = (far, (before + share * length(&w[0], &w[1])) / whole.max(1e-6));
        }
        before += length(&w[0], &w[1]);
    }
    best
}

/// Distance in pixels to the piece from `a` to `b`, and where on it the nearest place lies, 0..1.
fn distance(p: Point, a: Point, b: Point, width: f32, height: f32) -> (f32, f32) {
    let (dx, dy) = ((b.x - a.x) * width, (b.y - a.y) * height);
    let (px, py) = ((p.x - a.x) * width, (p.y - a.y) * height);
    let square = dx * dx + dy * dy;
    let share = if square > 0.0 { ((px * dx + py * dy) / square).clamp(0.0, 1.0) } else { 0.0 };
    ((px - share * dx).hypot(py - share * dy), share)
}

/// Pixels that the form covers, near enough.
pub(crate) fn area(form: &Form, width: f32, height: f32) -> f32 {
    let length = |a: &Point, b: &Point| ((b.x - a.x) * width).hypot((b.y - a.y) * height);
    match form {
        Form::Area(polygon) => {
            let points = polygon.points();
            let ring = points.iter().zip(points.iter().cycle().skip(1));
            (ring.map(|(a, b)| (a.x * b.y - b.x * a.y) * width * height).sum::<f32>() / 2.0).abs()
        }
        Form::Line { line, width: band } => {
            let pieces = line.points().windows(2);
            pieces.map(|w| length(&w[0], &w[1]) * level(&w[0], &w[1], width, height)).sum::<f32>() * band * height
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::components::Polyline;

    #[test]
    fn a_band_is_as_high_as_the_railing_whichever_way_it_runs() {
        let covered = |to: (f32, f32)| {
            let line = Polyline::new(vec![Point { x: 0.5, y: 0.5 }, Point { x: to.0, y: to.1 }]).expect("a line");
            let form = Form::Line { line, width: 0.2 };
            // Half of the way along, in a column of pixels: 20 of 100.
            let x = (0.5 + to.0) / 2.0 * 100.0;
            let high = (0..100).filter(|y| covers(&form, (100.0, 100.0), x, *y as f32, 0.0)).count();
            let all = (0..10_000).filter(|n| covers(&form, (100.0, 100.0), (n % 100) as f32, (n / 100) as f32, 0.0));
            (high, all.count() as f32 / area(&form, 100.0, 100.0))
        };
        for to in [(0.9, 0.5), (0.8, 0.8), (0.7, 0.9), (0.65, 0.1)] {
            let (high, share) = covered(to);
            assert!((18..=22).contains(&high), "{to:?} {high}");
            assert!((0.9..1.6).contains(&share), "{to:?} {share}");
        }
        let line = Polyline::new(vec![Point { x: 0.5, y: 0.3 }, Point { x: 0.8, y: 0.6 }]).expect("a line");
        let form = Form::Line { line: line.clone(), width: 0.2 };
        assert!(!covers(&form, (100.0, 100.0), 44.0, 28.0, 0.0), "its ends are upright");
        // Above and below, a bar lies as far along it.
        let far = |y: f32| along(line.points(), Point { x: 0.6, y }, 100.0, 100.0).1;
        assert!((far(0.32) - far(0.48)).abs() < 0.01 && (far(0.4) - 1.0 / 3.0).abs() < 0.01);
        assert_eq!(covered((0.5, 0.9)).1, f32::INFINITY, "from its end it has no breadth but what is thick of it");
    }
}
