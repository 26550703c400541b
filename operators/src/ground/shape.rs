//! Areas and lines on the plane.

use super::{LonLat, Metres, Plane, Rect};
use thiserror::Error;

/// Why a list of places is no shape.
#[derive(Debug, Clone, PartialEq, Error)]
pub enum ShapeError {
    /// Too few points.
    #[error("{needs} points are needed at least, there are {has}")]
    TooFewPoints {
        /// Needed.
        needs: usize,
        /// There are.
        has: usize,
    },
    /// No such place.
    #[error("point {index} (longitude {}, latitude {}) is no place on earth; is it latitude first?", at.lon, at.lat)]
    NoPlace {
        /// Which point, from 0.
        index: usize,
        /// What it is.
        at: LonLat,
    },
    /// All points on one line.
    #[error("the area is empty: its points lie on one line")]
    Empty,
}

fn checked(points: &[LonLat], needs: usize) -> Result<(), ShapeError> {
    if points.len() < needs {
        return Err(ShapeError::TooFewPoints { needs, has: points.len() });
    }
    match points.iter().enumerate().find(|(_, p)| !p.exists()) {
        Some((index, at)) => Err(ShapeError::NoPlace { index, at: *at }),
        None => Ok(()),
    }
}

/// How far a point is from a segment, and how far along it (0..1) the nearest point lies.
pub fn distance_to_segment(p: Metres, a: Metres, b: Metres) -> (f64, f64) {
    let (dx, dy) = (b.x - a.x, b.y - a.y);
    let length2 = dx * dx + dy * dy;
    let along = if length2 > 0.0 { (((p.x - a.x) * dx + (p.y - a.y) * dy) / length2).clamp(0.0, 1.0) } else { 0.0 };
    let (x, y) = (a.x + along * dx - p.x, a.y + along * dy - p.y);
    ((x * x + y * y).sqrt(), along)
}

/// An area with one border.
#[derive(Debug, Clone, PartialEq)]
pub struct Area {
    ring: Vec<Metres>,
    bounds: Rect,
}

impl Area {
    /// From its corners in order; the last is joined to the first, and may repeat it.
    ///
    /// # Errors
    /// Fewer than three corners, a corner that is no place, or no area.
    pub fn new(plane: &Plane, corners: &[LonLat]) -> Result<Area, ShapeError> {
        let open = match corners {
            [first, .., last] if first == last => &corners[..corners.len() - 1],
            all => all,
        };
        checked(open, 3)?;
        let ring: Vec<Metres> = open.iter().map(|p| plane.metres(*p)).collect();
        let first = ring[0];
        let turn = |w: &[Metres]| (w[0].x - first.x) * (w[1].y - first.y) - (w[1].x - first.x) * (w[0].y - first.y);
        if ring.windows(2).map(turn).sum::<f64>().abs() < 1.0 {
            return Err(ShapeError::Empty);
        }
        let bounds = Rect::around(&ring).unwrap_or_default();
        Ok(Area { ring, bounds })
    }

    /// Whether a point lies inside (even-odd).
    pub fn contains(&self, p: Metres) -> bool {
        let mut inside = false;
        let mut before = self.ring[self.ring.len() - 1];
        for &now in &self.ring {
            if (now.y > p.y) != (before.y > p.y)
                && p.x < now.x + (p.y - now.y) / (before.y - now.y) * (before.x - now.x)
            {
                inside = !inside;
            }
            before = now;
        }
        inside
    }

    /// How far a point is from the border.
    pub fn border_m(&self, p: Metres) -> f64 {
        let next = self.ring.iter().cycle().skip(1);
        self.ring.iter().zip(next).map(|(a, b)| distance_to_segment(p, *a, *b).0).fold(f64::INFINITY, f64::min)
    }

    /// The smallest box around it.
    pub fn bounds(&self) -> Rect {
        self.bounds
    }
}

/// A line of straight segments.
#[derive(Debug, Clone, PartialEq)]
pub struct Line {
    points: Vec<Metres>,
}

impl Line {
    /// From its points in order.
    ///
    /// # Errors
    /// Fewer than two points, or one that is no place.
    pub fn new(plane: &Plane, points: &[LonLat]) -> Result<Line, ShapeError> {
        checked(points, 2)?;
        Ok(Line { points: points.iter().map(|p| plane.metres(*p)).collect() })
    }

    /// Its segments in order.
    pub fn segments(&self) -> impl Iterator<Item = [Metres; 2]> + '_ {
        self.points.windows(2).map(|w| [w[0], w[1]])
    }

    /// How far a point is from it.
    pub fn distance_m(&self, p: Metres) -> f64 {
        self.segments().map(|[a, b]| distance_to_segment(p, a, b).0).fold(f64::INFINITY, f64::min)
    }

    /// Pieces of about `length` metres, as points in their middles.
    pub fn pieces(&self, length: f64) -> Vec<Metres> {
        let mut middles = Vec::new();
        for [a, b] in self.segments() {
            let n = (a.distance(b) / length).ceil().max(1.0);
            let at = |i: f64| Metres { x: a.x + (b.x - a.x) * i / n, y: a.y + (b.y - a.y) * i / n };
            middles.extend((0..n as usize).map(|i| at(i as f64 + 0.5)));
        }
        middles
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plane() -> Plane {
        Plane::at(LonLat::new(118.8, 32.0))
    }

    fn places(points: &[[f64; 2]]) -> Vec<LonLat> {
        points.iter().map(|[x, y]| plane().place(Metres { x: *x, y: *y })).collect()
    }

    #[test]
    fn inside_outside_and_the_way_to_the_border() {
        let area =
            Area::new(&plane(), &places(&[[0.0, 0.0], [100.0, 0.0], [100.0, 100.0], [50.0, 40.0], [0.0, 100.0]]))
                .expect("an area");
        let at = |x, y| Metres { x, y };
        assert!(area.contains(at(10.0, 50.0)) && !area.contains(at(50.0, 60.0)) && !area.contains(at(-1.0, 50.0)));
        assert!(
            (area.border_m(at(-30.0, 50.0)) - 30.0).abs() < 0.002
                && (area.border_m(at(130.0, 140.0)) - 50.0).abs() < 0.002
        );
    }

    #[test]
    fn what_is_no_shape_is_refused_with_its_reason() {
        let square = [[0.0, 0.0], [9.0, 0.0], [9.0, 9.0], [0.0, 0.0]];
        assert!(Area::new(&plane(), &places(&square)).is_ok(), "closed as GeoJSON closes it");
        assert_eq!(Area::new(&plane(), &places(&square[..2])), Err(ShapeError::TooFewPoints { needs: 3, has: 2 }));
        assert_eq!(Area::new(&plane(), &places(&[[0.0, 0.0], [5.0, 5.0], [9.0, 9.0]])), Err(ShapeError::Empty));
        let swapped = [LonLat::new(32.0, 118.8), LonLat::new(32.1, 118.8)];
        let error = Line::new(&plane(), &swapped).expect_err("no such place");
        assert!(error.to_string().contains("latitude first?"), "{error}");
    }

    #[test]
    fn a_line_is_cut_into_pieces_of_about_a_length() {
        let line = Line::new(&plane(), &places(&[[0.0, 0.0], [98.0, 0.0], [98.0, 10.0]])).expect("a line");
        let pieces = line.pieces(20.0);
        assert_eq!(pieces.len(), 6);
        assert!(pieces[0].distance(Metres { x: 9.8, y: 0.0 }) < 0.002);
        assert!((line.distance_m(Metres { x: 50.0, y: -7.0 }) - 7.0).abs() < 0.002);
    }
}
