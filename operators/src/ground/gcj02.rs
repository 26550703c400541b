//! GCJ-02, the shifted datum of Chinese maps. Converted where data comes in; nothing inside knows it.
//!
//! The shift is defined one way only. The way back is found by iteration: the
//! error is below a millimetre after a few rounds, so the shift's own terms are
//! the limit.

use super::LonLat;
use std::f64::consts::PI;

/// The Krasovsky ellipsoid, on which the shift is defined.
const AXIS: f64 = 6_378_245.0;
const ECCENTRICITY: f64 = 0.006_693_421_622_965_943;

/// Where the shift applies: a box about China. Outside the two datums are one.
fn is_shifted(p: LonLat) -> bool {
    (72.004..=137.8347).contains(&p.lon) && (0.8293..=55.8271).contains(&p.lat)
}

/// Waves that both shifts have in common.
fn ripple(x: f64) -> f64 {
    (20.0 * (6.0 * x * PI).sin() + 20.0 * (2.0 * x * PI).sin()) * 2.0 / 3.0
}

fn shift(p: LonLat) -> [f64; 2] {
    let (x, y) = (p.lon - 105.0, p.lat - 35.0);
    let wave = |v: f64, a: f64, b: f64, c: f64, d: f64| {
        (20.0 * (v * PI).sin() + 40.0 * (v / 3.0 * PI).sin()) * 2.0 / 3.0
            + (a * (v / b * PI).sin() + c * (v / d * PI).sin()) * 2.0 / 3.0
    };
    let root = x.abs().sqrt();
    let north = -100.0
        + 2.0 * x
        + 3.0 * y
        + 0.2 * y * y
        + 0.1 * x * y
        + 0.2 * root
        + ripple(x)
        + wave(y, 160.0, 12.0, 320.0, 30.0);
    let east =
        300.0 + x + 2.0 * y + 0.1 * x * x + 0.1 * x * y + 0.1 * root + ripple(x) + wave(x, 150.0, 12.0, 300.0, 30.0);
    let lat = p.lat.to_radians();
    let magic = 1.0 - ECCENTRICITY * lat.sin() * lat.sin();
    [
        east * 180.0 / (AXIS / magic.sqrt() * lat.cos() * PI),
        north * 180.0 / (AXIS * (1.0 - ECCENTRICITY) / (magic * magic.sqrt()) * PI),
    ]
}

/// The place as Chinese maps have it.
pub fn to_gcj02(p: LonLat) -> LonLat {
    if !is_shifted(p) {
        return p;
    }
    let [east, north] = shift(p);
    LonLat::new(p.lon + east, p.lat + north)
}

/// The place whose GCJ-02 is `p`.
pub fn from_gcj02(p: LonLat) -> LonLat {
    if !is_shifted(p) {
        return p;
    }
    let mut guess = p;
    for _ in 0..8 {
        let [east, north] = shift(guess);
        let next = LonLat::new(p.lon - east, p.lat - north);
        let moved = (next.lon - guess.lon).abs() + (next.lat - guess.lat).abs();
        guess = next;
        if moved < 1e-10 {
            break;
        }
    }
    guess
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Pairs that published converters give (WGS-84, GCJ-02).
    #[test]
    fn known_pairs_are_met_within_a_metre() {
        let pairs = [
            ([116.404, 39.915], [116.410_244_499_169_38, 39.916_404_281_501_64]),
            ([121.527_210_6, 31.177_427_6], [121.531_541_859_215, 31.175_303_983_645_97]),
            ([113.912_316, 22.543_847], [113.917_176_480_836_3, 22.540_796_131_694_766]),
            ([116.377_817, 39.911_954], [116.384_047_224_556_57, 39.913_345_455_360_69]),
        ];
        for (wgs, gcj) in pairs.map(|(a, b)| (LonLat::from(a), LonLat::from(b))) {
            assert!(to_gcj02(wgs).distance_m(gcj) < 1.0, "{:?} for {gcj:?}", to_gcj02(wgs));
            assert!(from_gcj02(gcj).distance_m(wgs) < 1.0, "{:?} for {wgs:?}", from_gcj02(gcj));
        }
    }

    #[test]
    fn outside_china_nothing_is_shifted() {
        for p in [LonLat::new(-2.98, 53.4), LonLat::new(0.0, 0.0), LonLat::new(151.2, -33.9)] {
            assert_eq!((to_gcj02(p), from_gcj02(p)), (p, p));
        }
    }

    proptest! {
        #[test]
        fn the_way_back_ends_within_a_millimetre(lon in 73.5f64..135.0, lat in 18.0f64..53.5) {
            let p = LonLat::new(lon, lat);
            let shifted = to_gcj02(p);
            prop_assert!((10.0..1200.0).contains(&shifted.distance_m(p)), "{}", shifted.distance_m(p));
            prop_assert!(from_gcj02(shifted).distance_m(p) < 0.001);
        }
    }
}
