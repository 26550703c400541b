//! Longitude and latitude.

use serde::{Deserialize, Serialize};

/// A place, WGS-84, degrees.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
#[serde(from = "[f64; 2]", into = "[f64; 2]")]
pub struct LonLat {
    /// East, -180 to 180.
    pub lon: f64,
    /// North, -90 to 90.
    pub lat: f64,
}

impl From<[f64; 2]> for LonLat {
    fn from([lon, lat]: [f64; 2]) -> LonLat {
        LonLat { lon, lat }
    }
}

impl From<LonLat> for [f64; 2] {
    fn from(p: LonLat) -> [f64; 2] {
        [p.lon, p.lat]
    }
}

/// Mean radius of the earth, m.
pub(super) const EARTH: f64 = 6_371_008.8;

impl LonLat {
    /// A place from its longitude and latitude.
    pub const fn new(lon: f64, lat: f64) -> LonLat {
        LonLat { lon, lat }
    }

    /// Whether there is such a place.
    pub fn exists(self) -> bool {
        self.lon.abs() <= 180.0 && self.lat.abs() <= 90.0
    }

    /// To the hundred-millionth of a degree, a millimetre. Such numbers are written and read without loss.
    #[must_use]
    pub fn rounded(self) -> LonLat {
        let round = |v: f64| (v * 1e8).round() / 1e8;
        LonLat { lon: round(self.lon), lat: round(self.lat) }
    }

    /// Metres to another place along the sphere (haversine).
    pub fn distance_m(self, to: LonLat) -> f64 {
        let (a, b) = (self.lat.to_radians(), to.lat.to_radians());
        let (dlat, dlon) = ((b - a) / 2.0, (to.lon - self.lon).to_radians() / 2.0);
        let h = dlat.sin().powi(2) + a.cos() * b.cos() * dlon.sin().powi(2);
        2.0 * EARTH * h.sqrt().min(1.0).asin()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_degree_of_latitude_is_111_km_and_one_of_longitude_shrinks_to_the_north() {
        let nanjing = LonLat::new(118.8, 32.0);
        assert!((nanjing.distance_m(LonLat::new(118.8, 33.0)) - 111_195.0).abs() < 1.0);
        let east = nanjing.distance_m(LonLat::new(119.8, 32.0));
        assert!((east - 111_195.0 * 32f64.to_radians().cos()).abs() < 10.0, "{east}");
        assert!(!LonLat::new(40.0, 116.3).exists() && !LonLat::new(f64::NAN, 0.0).exists());
    }
}
