//! What a reading says of itself that cannot be: places, times, values.
//!
//! A reading is marked and kept. What only the readings before it can tell
//! (jumps, drift while parked) is told by [`crate::fleet`].

use crate::ground::{LonLat, from_gcj02};
use crate::vocabulary::{Millis, Quality, Reading, Values};
use serde::{Deserialize, Serialize};

/// The datum in which devices report places.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Datum {
    /// WGS-84, as satellites give it.
    #[default]
    Wgs84,
    /// GCJ-02, as Chinese maps have it. Converted.
    Gcj02,
}

/// What can be.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct PlausibilityConfig {
    /// South-west and north-east of where devices can be (anywhere). What lies inside only the other way round is swapped.
    pub bounds: Option<[LonLat; 2]>,
    /// Datum of the devices (WGS-84).
    pub datum: Datum,
    /// A device's clock may be ahead of ours by so much (60 s).
    pub ahead: Millis,
    /// A reading may come so late (7 days); anything older has a wrong clock.
    pub behind: Millis,
    /// No vehicle is faster, km/h (200).
    pub top_speed_kmh: f32,
}

impl Default for PlausibilityConfig {
    fn default() -> Self {
        PlausibilityConfig {
            bounds: None,
            datum: Datum::Wgs84,
            ahead: 60_000,
            behind: 7 * 86_400_000,
            top_speed_kmh: 200.0,
        }
    }
}

impl PlausibilityConfig {
    /// Puts right what is certain, and marks what is wrong. Once a reading, where it comes in.
    pub fn mark(&self, reading: &mut Reading) {
        let mut quality = reading.quality;
        let late = reading.arrived.since(reading.at);
        if late < -self.ahead {
            quality = quality.with(Quality::FUTURE);
        } else if late > self.behind {
            quality = quality.with(Quality::CLOCK);
        }
        if let Some(place) = &mut reading.place {
            quality = quality.with(self.put_right(place));
        }
        if !self.can_be(&reading.values) {
            quality = quality.with(Quality::VALUE);
        }
        reading.quality = quality;
    }

    fn put_right(&self, place: &mut LonLat) -> Quality {
        if place.lon == 0.0 && place.lat == 0.0 {
            return Quality::NO_PLACE;
        }
        let swapped = LonLat::new(place.lat, place.lon);
        let mark = match (self.is_within(*place), self.is_within(swapped)) {
            (true, _) => Quality::GOOD,
            (false, true) => {
                *place = swapped;
                Quality::SWAPPED
            }
            (false, false) if !place.exists() => return Quality::NO_PLACE,
            (false, false) => Quality::OUTSIDE,
        };
        if self.datum == Datum::Gcj02 {
            *place = from_gcj02(*place);
        }
        mark
    }

    fn is_within(&self, p: LonLat) -> bool {
        let inside = |[sw, ne]: &[LonLat; 2]| (sw.lon..=ne.lon).contains(&p.lon) && (sw.lat..=ne.lat).contains(&p.lat);
        p.exists() && self.bounds.as_ref().is_none_or(inside)
    }

    fn can_be(&self, values: &Values) -> bool {
        let within = |v: Option<f32>, from: f32, to: f32| v.is_none_or(|v| (from..=to).contains(&v));
        match values {
            Values::Vehicle(m) => {
                within(m.speed_kmh, 0.0, self.top_speed_kmh)
                    && within(m.heading, 0.0, 360.0)
                    && within(m.load, 0.0, 1.0)
            }
            Values::Bin(b) => {
                within(b.fill, 0.0, 1.0) && within(b.temperature_c, -60.0, 900.0) && within(b.tilt_deg, 0.0, 180.0)
            }
            Values::Cover(c) => within(c.tilt_deg, 0.0, 180.0),
            Values::Gauge(g) => within(g.depth_cm, 0.0, 1000.0),
            Values::Seen(s) => (0.0..=1.0).contains(&s.score),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ground::to_gcj02;
    use crate::vocabulary::{BinReport, EventTime, Motion};

    const NANJING: [LonLat; 2] = [LonLat::new(118.3, 31.2), LonLat::new(119.3, 32.7)];

    fn marked(config: &PlausibilityConfig, place: [f64; 2], late: i64) -> Reading {
        let mut reading = Reading {
            device: "d".into(),
            at: EventTime(1_000_000_000),
            arrived: EventTime(1_000_000_000 + late),
            place: Some(place.into()),
            camera: None,
            quality: Quality::GOOD,
            values: Values::Vehicle(Motion::default()),
        };
        config.mark(&mut reading);
        reading
    }

    #[test]
    fn swapped_coordinates_are_put_right_and_say_so() {
        // The field's own example: no latitude is 116, so it is certain without any bounds.
        let reading = marked(&PlausibilityConfig::default(), [40.058_359, 116.307_629], 0);
        assert_eq!((reading.quality, reading.place), (Quality::SWAPPED, Some(LonLat::new(116.307_629, 40.058_359))));
        // Where both ways are places, the city's bounds decide.
        let config = PlausibilityConfig {
            bounds: Some([LonLat::new(73.0, 18.0), LonLat::new(89.0, 53.0)]),
            ..Default::default()
        };
        assert_eq!(marked(&config, [43.8, 87.6], 0).quality, Quality::SWAPPED);
        assert_eq!(marked(&config, [87.6, 43.8], 0).quality, Quality::GOOD);
    }

    #[test]
    fn places_that_are_none_and_places_elsewhere_are_marked_and_kept() {
        let config = PlausibilityConfig { bounds: Some(NANJING), ..Default::default() };
        for (place, mark) in
            [([0.0, 0.0], Quality::NO_PLACE), ([200.0, 95.0], Quality::NO_PLACE), ([113.3, 23.1], Quality::OUTSIDE)]
        {
            let reading = marked(&config, place, 0);
            assert_eq!((reading.quality, reading.place), (mark, Some(place.into())));
            assert!(!reading.quality.has_place() && reading.quality.has_time());
        }
    }

    #[test]
    fn times_from_the_future_and_clocks_that_are_off_are_marked() {
        let config = PlausibilityConfig::default();
        let quality = |late| marked(&config, [118.8, 32.0], late).quality;
        assert_eq!(quality(-60_000), Quality::GOOD);
        assert_eq!(quality(-60_001), Quality::FUTURE);
        assert_eq!(quality(3_600_000), Quality::GOOD, "a late batch");
        assert_eq!(quality(8 * 86_400_000), Quality::CLOCK);
    }

    #[test]
    fn the_datum_of_maps_is_converted_at_the_edge() {
        let config = PlausibilityConfig { datum: Datum::Gcj02, bounds: Some(NANJING), ..Default::default() };
        let truth = LonLat::new(118.8, 32.05);
        let reading = marked(&config, to_gcj02(truth).into(), 0);
        assert!(reading.place.expect("kept").distance_m(truth) < 0.01);
        let mut swapped: [f64; 2] = to_gcj02(truth).into();
        swapped.reverse();
        assert!(marked(&config, swapped, 0).place.expect("kept").distance_m(truth) < 0.01);
    }

    #[test]
    fn values_that_cannot_be_are_marked_and_unknown_ones_are_not() {
        let config = PlausibilityConfig::default();
        assert!(config.can_be(&Values::Bin(BinReport::default())));
        for fill in [-0.1, 1.2, f32::NAN] {
            assert!(!config.can_be(&Values::Bin(BinReport { fill: Some(fill), ..BinReport::default() })));
        }
        assert!(!config.can_be(&Values::Vehicle(Motion { speed_kmh: Some(410.0), ..Motion::default() })));
    }
}
