//! What a line of points tells: where the vehicle stood and for how long, and where nothing is known of its way.

use super::point::Point;
use operators::ground::{Metres, Plane};
use serde::Serialize;

/// Two points further apart in time, and not of one stop, have a gap between them, milliseconds.
pub const GAP: i64 = 5 * 60_000;
/// It stands while it stays so near the middle of where it stands, m.
const STANDS_WITHIN: f64 = 40.0;
/// A shorter stand is traffic, milliseconds.
const LEAST_STOP: i64 = 2 * 60_000;

/// A stop: the vehicle stayed at one place for two minutes or longer.
#[derive(Debug, Clone, PartialEq, Serialize, utoipa::ToSchema)]
pub struct Stop {
    /// When it came to stand, milliseconds since 1970 UTC.
    pub from: i64,
    /// When it was last seen there.
    pub until: i64,
    /// Longitude of the middle.
    pub lon: f64,
    /// Latitude of the middle.
    pub lat: f64,
    /// Index of its first point.
    #[serde(skip)]
    pub first: usize,
    /// Index of its last point.
    #[serde(skip)]
    pub last: usize,
}

/// A piece of a line without a gap: points `first` to `last`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Piece {
    /// Index of its first point.
    pub first: usize,
    /// Index of its last point.
    pub last: usize,
}

/// The points on a plane of their own.
pub(super) fn flat(points: &[Point]) -> Vec<Metres> {
    let Some(first) = points.first() else { return Vec::new() };
    let plane = Plane::at(first.place());
    points.iter().map(|p| plane.metres(p.place())).collect()
}

/// Where it stood. The points are in order, each on the line; what came in meanwhile and is not (drift, no fix) is no
/// reason to have left.
pub fn stops(points: &[Point]) -> Vec<Stop> {
    let places = flat(points);
    let mut found = Vec::new();
    let mut first = 0;
    while first < points.len() {
        let mut sum = Metres { x: 0.0, y: 0.0 };
        let mut last = first;
        let mut count = 0.0;
        for (i, p) in places.iter().enumerate().skip(first) {
            let middle = if count > 0.0 { Metres { x: sum.x / count, y: sum.y / count } } else { *p };
            if middle.distance(*p) > STANDS_WITHIN {
                break;
            }
            sum = Metres { x: sum.x + p.x, y: sum.y + p.y };
            count += 1.0;
            last = i;
        }
        if points[last].at - points[first].at < LEAST_STOP {
            first += 1;
            continue;
        }
        // The middle must not creep away with a vehicle that does: the first point belongs to it too.
        let middle =
            |axis: fn(&Point) -> f64| points[first..=last].iter().map(axis).sum::<f64>() / (last - first + 1) as f64;
        found.push(Stop {
            from: points[first].at,
            until: points[last].at,
            lon: middle(|p| p.lon),
            lat: middle(|p| p.lat),
            first,
            last,
        });
        first = last + 1;
    }
    found
}

/// The line cut at its gaps. A stop holds it together, however long nothing came.
pub fn pieces(points: &[Point], stops: &[Stop]) -> Vec<Piece> {
    let mut pieces: Vec<Piece> = Vec::new();
    let mut stops = stops.iter().peekable();
    for i in 0..points.len() {
        while stops.next_if(|stop| stop.last < i).is_some() {}
        let stands = stops.peek().is_some_and(|stop| stop.first < i);
        match pieces.last_mut() {
            Some(piece) if stands || points[i].at - points[i - 1].at <= GAP => piece.last = i,
            _ => pieces.push(Piece { first: i, last: i }),
        }
    }
    pieces
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    /// A point so many seconds after the start and metres east and north of a corner of Nanjing.
    pub fn at(seconds: i64, east: f64, north: f64) -> Point {
        let place = Plane::at(operators::ground::LonLat::new(118.95, 32.1)).place(Metres { x: east, y: north });
        Point { at: 1_780_272_000_000 + seconds * 1000, lon: place.lon, lat: place.lat, good: true, ..Point::default() }
    }

    #[test]
    fn a_stop_has_its_start_its_end_and_its_middle() {
        let mut points: Vec<Point> = (0..10).map(|n| at(n * 10, n as f64 * 100.0, 0.0)).collect();
        points.extend((0..30).map(|n| at(100 + n * 10, 1000.0 + (n % 3) as f64 * 5.0, 5.0)));
        points.extend((0..10).map(|n| at(400 + n * 10, 1100.0 + n as f64 * 100.0, 0.0)));
        let stops = stops(&points);
        assert_eq!(stops.len(), 1, "{stops:?}");
        assert_eq!((stops[0].from, stops[0].until), (points[10].at, points[39].at));
        assert_eq!(pieces(&points, &stops), [Piece { first: 0, last: 49 }]);
    }

    #[test]
    fn a_red_light_and_a_slow_queue_are_no_stops() {
        let light: Vec<Point> = (0..10).map(|n| at(n * 10, 0.0, 0.0)).collect();
        let queue: Vec<Point> = (0..60).map(|n| at(n * 10, n as f64 * 9.0, 0.0)).collect();
        assert!(stops(&light).is_empty());
        assert!(stops(&queue).is_empty(), "{:?}", stops(&queue));
    }

    #[test]
    fn silence_on_the_way_is_a_gap_and_silence_at_one_place_is_a_stop() {
        let way = [at(0, 0.0, 0.0), at(10, 100.0, 0.0), at(1200, 9000.0, 0.0), at(1210, 9100.0, 0.0)];
        assert_eq!(pieces(&way, &stops(&way)), [Piece { first: 0, last: 1 }, Piece { first: 2, last: 3 }]);
        let night = [at(0, 0.0, 0.0), at(10, 500.0, 0.0), at(30_000, 505.0, 0.0), at(30_010, 700.0, 0.0)];
        let slept = stops(&night);
        assert_eq!(slept.len(), 1);
        assert_eq!(pieces(&night, &slept), [Piece { first: 0, last: 3 }]);
    }
}
