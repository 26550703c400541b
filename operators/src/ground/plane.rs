//! A plane for a city: metres east and north of its middle.

use super::LonLat;
use super::lonlat::EARTH;
use serde::{Deserialize, Serialize};

/// Metres east and north of the plane's origin.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
#[serde(from = "[f64; 2]", into = "[f64; 2]")]
pub struct Metres {
    /// East.
    pub x: f64,
    /// North.
    pub y: f64,
}

impl From<[f64; 2]> for Metres {
    fn from([x, y]: [f64; 2]) -> Metres {
        Metres { x, y }
    }
}

impl From<Metres> for [f64; 2] {
    fn from(p: Metres) -> [f64; 2] {
        [p.x, p.y]
    }
}

impl Metres {
    /// Distance to another point.
    pub fn distance(self, to: Metres) -> f64 {
        (self.x - to.x).hypot(self.y - to.y)
    }
}

/// The plane. Lengths are right to 1 % within 70 km north or south of the
/// origin at 32 degrees, and east or west as far as a city goes.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Plane {
    origin: LonLat,
    east: f64,
    north: f64,
}

impl Plane {
    /// The plane that touches the earth at `origin`.
    pub fn at(origin: LonLat) -> Plane {
        let north = EARTH * 1f64.to_radians();
        Plane { origin, east: north * origin.lat.to_radians().cos(), north }
    }

    /// Where a place lies on it, to the millimetre: such numbers are written and read without loss.
    pub fn metres(&self, p: LonLat) -> Metres {
        let round = |v: f64| (v * 1000.0).round() / 1000.0;
        Metres { x: round((p.lon - self.origin.lon) * self.east), y: round((p.lat - self.origin.lat) * self.north) }
    }

    /// Which place a point is.
    pub fn place(&self, p: Metres) -> LonLat {
        LonLat::new(self.origin.lon + p.x / self.east, self.origin.lat + p.y / self.north)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn lengths_are_right_to_one_percent_within_a_city(x in -0.6f64..0.6, y in -0.6f64..0.6, dx in -0.05f64..0.05, dy in -0.05f64..0.05) {
            let plane = Plane::at(LonLat::new(118.8, 32.0));
            let a = LonLat::new(118.8 + x, 32.0 + y);
            let b = LonLat::new(a.lon + dx, a.lat + dy);
            let (flat, round) = (plane.metres(a).distance(plane.metres(b)), a.distance_m(b));
            prop_assert!((flat - round).abs() <= 0.01 * round + 0.001, "{flat} {round}");
            prop_assert!(plane.place(plane.metres(a)).distance_m(a) < 0.001);
        }
    }
}
