//! The small map beside a candidate: an SVG drawn from coordinates alone, so that nothing is fetched from
//! anywhere. North is up; the ring is 50 m.

/// Metres of one degree of latitude.
const DEGREE_M: f64 = 111_320.0;
/// Half the width of the map, in its own units.
const HALF: f64 = 100.0;
/// Radius of the ring in which others are near.
const RING_M: f64 = 50.0;

/// What a point on the map is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// The candidate of the page.
    This,
    /// Another candidate, still open.
    Near,
    /// A camera.
    Camera,
}

/// Something to be drawn.
#[derive(Debug, Clone)]
pub struct Place {
    /// Longitude and latitude in degrees.
    pub at: [f64; 2],
    /// What it is.
    pub kind: Kind,
    /// Its name.
    pub name: String,
    /// Where it leads, if anywhere.
    pub href: Option<String>,
}

/// A point in the map's own units.
#[derive(Debug, Clone)]
pub struct Point {
    /// To the east.
    pub x: f64,
    /// To the south.
    pub y: f64,
    /// Style class.
    pub class: &'static str,
    /// Its name.
    pub name: String,
    /// Where it leads.
    pub href: Option<String>,
}

/// A map around a point.
#[derive(Debug, Clone)]
pub struct Map {
    /// What is on it; the candidate last, so that it lies on top.
    pub points: Vec<Point>,
    /// Radius of the ring, in the map's units.
    pub ring: f64,
    /// Length of the scale's bar, in the map's units.
    pub bar: f64,
    /// What the bar stands for.
    pub bar_m: u32,
}

impl Map {
    /// A map around `centre` that shows everything within 400 m; `None` where the coordinates are no place.
    pub fn around(centre: [f64; 2], places: &[Place]) -> Option<Self> {
        let fits = |at: [f64; 2]| at[0].abs() <= 180.0 && at[1].abs() <= 85.0;
        if !fits(centre) {
            return None;
        }
        let metres = |at: [f64; 2]| {
            let east = (at[0] - centre[0]) * DEGREE_M * centre[1].to_radians().cos();
            (east, (centre[1] - at[1]) * DEGREE_M)
        };
        let shown = places.iter().filter(|p| fits(p.at)).map(|p| (p, metres(p.at)));
        let shown: Vec<_> = shown.filter(|(_, (x, y))| x.hypot(*y) <= 400.0).collect();
        let reach = shown.iter().map(|(_, (x, y))| x.abs().max(y.abs())).fold(RING_M, f64::max) * 1.18;
        let unit = HALF / reach;
        let mut points: Vec<Point> = shown
            .iter()
            .map(|(place, (x, y))| Point {
                x: round(x * unit),
                y: round(y * unit),
                class: match place.kind {
                    Kind::This => "this",
                    Kind::Near => "near",
                    Kind::Camera => "camera",
                },
                name: place.name.clone(),
                href: place.href.clone(),
            })
            .collect();
        points.sort_by_key(|p| p.class == "this");
        let bar_m = if reach < 100.0 { 20 } else { 100 };
        Some(Map { points, ring: round(RING_M * unit), bar: round(f64::from(bar_m) * unit), bar_m })
    }
}

fn round(value: f64) -> f64 {
    (value * 10.0).round() / 10.0
}

#[cfg(test)]
mod tests {
    use super::*;

    fn place(at: [f64; 2], kind: Kind) -> Place {
        Place { at, kind, name: String::new(), href: None }
    }

    #[test]
    fn north_is_up_east_is_right_and_the_candidate_lies_on_top() {
        let centre = [118.96, 32.13];
        let places =
            [place(centre, Kind::This), place([118.9603, 32.1304], Kind::Camera), place([119.5, 32.13], Kind::Near)];
        let map = Map::around(centre, &places).expect("a place");
        assert_eq!(map.points.len(), 2, "what is a city away is not drawn");
        assert!(map.points[0].x > 0.0 && map.points[0].y < 0.0, "{:?}", map.points[0]);
        assert_eq!(map.points[1].class, "this");
        assert!(map.points.iter().all(|p| p.x.abs() <= HALF && p.y.abs() <= HALF));
    }

    #[test]
    fn what_is_no_place_has_no_map() {
        assert!(Map::around([f64::NAN, 32.0], &[]).is_none());
        assert!(Map::around([118.0, 95.0], &[]).is_none());
    }
}
