//! Areas that tracks are asked for, and when a line of points lies inside of one.

use super::line::GAP;
use super::point::Point;
use thiserror::Error;

/// Squares of a degree's side.
const PER_DEGREE: f64 = 100.0;
/// Squares that an area may cover: half a degree by half a degree.
const MOST_CELLS: i64 = 2500;
/// So far around an area are the points looked for that a line through it may begin or end with, degrees.
const AROUND: f64 = 0.02;

/// A rectangle of longitudes and latitudes.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Area {
    /// Least longitude.
    pub west: f64,
    /// Least latitude.
    pub south: f64,
    /// Greatest longitude.
    pub east: f64,
    /// Greatest latitude.
    pub north: f64,
}

/// Why a rectangle is no area.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum AreaError {
    /// The corners are not in order, or no places.
    #[error("the area must have west < east within ±180 and south < north within ±90")]
    Corners,
    /// Too large to be looked through.
    #[error("the area may measure half a degree by half a degree at most; ask for parts of it")]
    TooLarge,
}

/// Once that a vehicle was in an area.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pass {
    /// The first moment, milliseconds since 1970 UTC.
    pub from: i64,
    /// The last.
    pub until: i64,
}

/// The square in which a place lies, as one number: row by row from the south-west.
pub(super) fn cell(lon: f64, lat: f64) -> i64 {
    row(lat) * 36_001 + column(lon)
}

fn row(lat: f64) -> i64 {
    ((lat + 90.0) * PER_DEGREE).floor() as i64
}

fn column(lon: f64) -> i64 {
    ((lon + 180.0) * PER_DEGREE).floor() as i64
}

impl Area {
    /// An area with these borders.
    ///
    /// # Errors
    /// The borders are not in order, or lie too far apart.
    pub fn new(west: f64, south: f64, east: f64, north: f64) -> Result<Area, AreaError> {
        let ordered =
            west >= -180.0 && west < east && east <= 180.0 && south >= -90.0 && south < north && north <= 90.0;
        if !ordered {
            return Err(AreaError::Corners);
        }
        let (rows, columns) = (row(north) - row(south) + 1, column(east) - column(west) + 1);
        if rows * columns > MOST_CELLS {
            return Err(AreaError::TooLarge);
        }
        Ok(Area { west, south, east, north })
    }

    /// The squares in and around it.
    pub(super) fn cells(&self) -> Vec<i64> {
        let (south, north) = ((self.south - AROUND).max(-90.0), (self.north + AROUND).min(90.0));
        let (west, east) = ((self.west - AROUND).max(-180.0), (self.east + AROUND).min(180.0));
        let columns = column(west)..=column(east);
        (row(south)..=row(north)).flat_map(|row| columns.clone().map(move |column| row * 36_001 + column)).collect()
    }

    fn holds(&self, p: &Point) -> bool {
        (self.west..=self.east).contains(&p.lon) && (self.south..=self.north).contains(&p.lat)
    }

    /// The moments at which the straight way between two points lies inside, by Liang and Barsky.
    fn between(&self, a: &Point, b: &Point) -> Option<Pass> {
        let (dx, dy) = (b.lon - a.lon, b.lat - a.lat);
        let sides =
            [(-dx, a.lon - self.west), (dx, self.east - a.lon), (-dy, a.lat - self.south), (dy, self.north - a.lat)];
        let (mut enter, mut leave) = (0.0f64, 1.0f64);
        for (p, q) in sides {
            if p == 0.0 && q < 0.0 {
                return None;
            }
            if p < 0.0 {
                enter = enter.max(q / p);
            } else if p > 0.0 {
                leave = leave.min(q / p);
            }
        }
        let at = |share: f64| a.at + ((b.at - a.at) as f64 * share).round() as i64;
        (enter <= leave).then(|| Pass { from: at(enter), until: at(leave) })
    }

    /// When a vehicle was inside. Its points are in order; between two that lie further apart than [`GAP`] nothing is
    /// known of the way.
    pub fn passes(&self, points: &[Point]) -> Vec<Pass> {
        let mut passes: Vec<Pass> = Vec::new();
        let mut add = |new: Pass| match passes.last_mut() {
            Some(last) if new.from <= last.until => last.until = last.until.max(new.until),
            _ => passes.push(new),
        };
        for (i, point) in points.iter().enumerate() {
            if self.holds(point) {
                add(Pass { from: point.at, until: point.at });
            }
            if let Some(next) = points.get(i + 1).filter(|next| next.at - point.at <= GAP)
                && let Some(pass) = self.between(point, next)
            {
                add(pass);
            }
        }
        passes
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(minute: i64, lon: f64, lat: f64) -> Point {
        Point { at: minute * 60_000, lon, lat, good: true, ..Point::default() }
    }

    #[test]
    fn an_area_without_an_inside_or_of_a_whole_province_is_refused() {
        assert_eq!(Area::new(118.9, 32.0, 118.8, 32.1), Err(AreaError::Corners));
        assert_eq!(Area::new(f64::NAN, 32.0, 118.8, 32.1), Err(AreaError::Corners));
        assert_eq!(Area::new(118.0, 31.0, 119.0, 32.0), Err(AreaError::TooLarge));
        assert!(Area::new(118.0, 31.0, 118.4, 31.4).is_ok());
    }

    #[test]
    fn a_way_that_crosses_between_two_points_is_a_pass_and_two_visits_are_two() {
        let area = Area::new(118.95, 32.10, 118.96, 32.11).expect("an area");
        let crossing = [at(0, 118.94, 32.105), at(1, 118.97, 32.105), at(2, 118.98, 32.105)];
        assert_eq!(area.passes(&crossing), [Pass { from: 20_000, until: 40_000 }]);
        let twice = [at(0, 118.955, 32.105), at(1, 118.99, 32.105), at(2, 118.99, 32.2), at(3, 118.955, 32.105)];
        let passes = area.passes(&twice);
        assert_eq!((passes.len(), passes[0].from, passes[1].until), (2, 0, 180_000));
    }

    #[test]
    fn nothing_is_said_of_the_way_across_a_gap() {
        let area = Area::new(118.95, 32.10, 118.96, 32.11).expect("an area");
        assert!(area.passes(&[at(0, 118.94, 32.105), at(30, 118.97, 32.105)]).is_empty());
    }

    #[test]
    fn every_place_inside_lies_in_one_of_its_squares() {
        let area = Area::new(118.951, 32.101, 118.979, 32.129).expect("an area");
        let cells = area.cells();
        for (lon, lat) in [(118.951, 32.101), (118.979, 32.129), (118.96, 32.12)] {
            assert!(cells.contains(&cell(lon, lat)));
        }
    }
}
