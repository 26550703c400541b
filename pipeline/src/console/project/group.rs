//! Which candidates belong together. Pure: the store asks it for edges and parts.

use std::collections::BTreeMap;

/// A gap in time within which two stays at one place are taken for one that was lost and found again.
pub(super) const SLACK: i64 = 10 * 60 * 1000;
/// Two cameras see one thing when they stand this near each other.
pub(crate) const NEAR_METRES: f64 = 50.0;
/// The boxes of one thing in one camera overlap so much.
const SAME_BOX: f64 = 0.5;
/// Metres of a degree of latitude.
pub(crate) const DEGREE: f64 = 111_320.0;

/// Where and when a candidate is.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Spot {
    pub id: String,
    pub component: String,
    pub rule: String,
    pub camera: String,
    pub preset: String,
    pub zone: String,
    pub first_seen: i64,
    pub last_seen: i64,
    pub location: Option<[f64; 2]>,
    pub bbox: [f64; 4],
}

/// Whether two candidates are about one thing: the same component; one rule in two cameras within 50 m that see it
/// come at about the same time; one place in one camera, lost and found again; or a bin or cover that its sensor and a
/// camera tell of.
pub(super) fn together(a: &Spot, b: &Spot) -> bool {
    let within = |slack: i64| a.first_seen <= b.last_seen + slack && b.first_seen <= a.last_seen + slack;
    if a.is_of_a_device() || b.is_of_a_device() {
        return within(SLACK) && is_sensor_and_camera(a, b);
    }
    if a.rule != b.rule || !within(SLACK) {
        return false;
    }
    if !a.component.is_empty() || !b.component.is_empty() {
        return a.component == b.component;
    }
    if a.camera == b.camera {
        return a.preset == b.preset && a.zone == b.zone && iou(a.bbox, b.bbox) >= SAME_BOX;
    }
    // Overlap alone would chain a busy street's whole day together.
    let came_together = (a.first_seen - b.first_seen).abs() <= SLACK;
    within(0) && came_together && are_near(a, b)
}

/// The rule of a bin's sensor.
pub(super) const BIN_FULL: &str = "bin-full";
/// The cameras' rule about the same.
const BIN_OVERFLOW: &str = "bin-overflow";

/// Other rules that may tell of the same thing: the sensor's of a camera's, the camera's of a sensor's.
pub(super) fn partners(rule: &str) -> &'static [&'static str] {
    match rule {
        BIN_FULL => &[BIN_OVERFLOW],
        BIN_OVERFLOW => &[BIN_FULL],
        "cover-open" | "cover-water" => &["component"],
        "component" => &["cover-open", "cover-water"],
        _ => &[],
    }
}

/// A camera's word beside a sensor's: of one component, or of a full bin within 50 m. Two devices are two things.
fn is_sensor_and_camera(a: &Spot, b: &Spot) -> bool {
    if a.is_of_a_device() == b.is_of_a_device() || !partners(&a.rule).contains(&b.rule.as_str()) {
        return false;
    }
    if !a.component.is_empty() && a.component == b.component {
        return true;
    }
    [BIN_FULL, BIN_OVERFLOW].contains(&a.rule.as_str()) && are_near(a, b)
}

fn are_near(a: &Spot, b: &Spot) -> bool {
    a.location.zip(b.location).is_some_and(|(a, b)| metres(a, b) <= NEAR_METRES)
}

impl Spot {
    /// Readings raised it: no camera stands at no preset.
    fn is_of_a_device(&self) -> bool {
        self.preset.is_empty()
    }
}

/// Parts of `spots` that hang together, each named by its smallest id.
pub(super) fn parts(spots: &[Spot]) -> BTreeMap<String, String> {
    let mut part: Vec<usize> = (0..spots.len()).collect();
    for i in 0..spots.len() {
        for j in 0..i {
            if part[i] != part[j] && together(&spots[i], &spots[j]) {
                let (gone, kept) = (part[i].max(part[j]), part[i].min(part[j]));
                part.iter_mut().filter(|p| **p == gone).for_each(|p| *p = kept);
            }
        }
    }
    let mut names: BTreeMap<usize, &str> = BTreeMap::new();
    for (spot, part) in spots.iter().zip(&part) {
        names.entry(*part).and_modify(|name| *name = (*name).min(&spot.id)).or_insert(&spot.id);
    }
    spots.iter().zip(&part).map(|(spot, part)| (spot.id.clone(), names[part].to_owned())).collect()
}

/// Metres between two places of longitude and latitude; exact enough for a street.
pub(crate) fn metres(a: [f64; 2], b: [f64; 2]) -> f64 {
    let east = (a[0] - b[0]) * DEGREE * ((a[1] + b[1]) / 2.0).to_radians().cos();
    let north = (a[1] - b[1]) * DEGREE;
    east.hypot(north)
}

fn iou(a: [f64; 4], b: [f64; 4]) -> f64 {
    let side = |from: f64, size: f64, other: f64, other_size: f64| {
        ((from + size).min(other + other_size) - from.max(other)).max(0.0)
    };
    let common = side(a[0], a[2], b[0], b[2]) * side(a[1], a[3], b[1], b[3]);
    let all = a[2] * a[3] + b[2] * b[3] - common;
    if all > 0.0 { common / all } else { 0.0 }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn spot(id: &str, camera: &str, first: i64, last: i64) -> Spot {
        Spot {
            id: id.into(),
            component: String::new(),
            rule: "bin-overflow".into(),
            camera: camera.into(),
            preset: "home".into(),
            zone: "z".into(),
            first_seen: first * 60_000,
            last_seen: last * 60_000,
            location: Some([118.96, 32.13]),
            bbox: [0.1, 0.1, 0.2, 0.2],
        }
    }

    #[test]
    fn one_bin_in_two_near_cameras_is_one_thing_and_in_two_far_ones_two() {
        let near = Spot { location: Some([118.9604, 32.13]), ..spot("b", "c-2", 3, 40) };
        let far = Spot { location: Some([118.9606, 32.13]), ..near.clone() };
        assert!(together(&spot("a", "c-1", 0, 30), &near));
        assert!(!together(&spot("a", "c-1", 0, 30), &far));
    }

    #[test]
    fn two_things_in_one_camera_are_two_and_one_that_was_lost_for_a_while_is_one() {
        let aside = Spot { bbox: [0.6, 0.1, 0.2, 0.2], ..spot("b", "c-1", 0, 30) };
        assert!(!together(&spot("a", "c-1", 0, 30), &aside));
        assert!(together(&spot("a", "c-1", 0, 30), &spot("b", "c-1", 35, 60)));
        assert!(!together(&spot("a", "c-1", 0, 30), &spot("b", "c-1", 50, 60)));
    }

    #[test]
    fn one_component_in_any_cameras_is_one_thing() {
        let with = |id: &str, camera: &str, component: &str| Spot {
            component: component.into(),
            location: None,
            ..spot(id, camera, 0, 5)
        };
        assert!(together(&with("a", "c-1", "1"), &with("b", "c-2", "1")));
        assert!(!together(&with("a", "c-1", "1"), &with("b", "c-1", "2")));
    }

    #[test]
    fn a_full_bin_that_sensor_and_camera_tell_of_is_one_thing_and_two_trucks_at_one_place_are_two() {
        let device = |id: &str, device: &str, rule: &str| Spot {
            rule: rule.into(),
            preset: String::new(),
            bbox: [0.0; 4],
            ..spot(id, device, 0, 30)
        };
        assert!(together(&spot("a", "c-1", 5, 30), &device("b", "bin-1", "bin-full")));
        assert!(!together(&spot("a", "c-1", 50, 60), &device("b", "bin-1", "bin-full")));
        assert!(!together(&device("a", "truck-1", "over-speed"), &device("b", "truck-2", "over-speed")));
        let cover = |spot: Spot| Spot { component: "1".into(), location: None, ..spot };
        let seen = Spot { rule: "component".into(), ..spot("a", "c-1", 5, 30) };
        assert!(together(&cover(seen), &cover(device("b", "cover-1", "cover-open"))));
    }

    proptest! {
        #[test]
        fn parts_do_not_depend_on_the_order_and_hold_every_pair_that_belongs_together(
            many in proptest::collection::vec((0u8..3, 0i64..60, 0i64..20), 0..10), turn in 0usize..10,
        ) {
            let mut spots: Vec<Spot> = many
                .iter()
                .enumerate()
                .map(|(i, &(camera, first, length))| spot(&format!("{i}"), &format!("c-{camera}"), first, first + length))
                .collect();
            let named = parts(&spots);
            for a in &spots {
                for b in &spots {
                    prop_assert!(a.id == b.id || !together(a, b) || named[&a.id] == named[&b.id]);
                }
            }
            if !spots.is_empty() {
                let turn = turn % spots.len();
                spots.rotate_left(turn);
            }
            prop_assert_eq!(parts(&spots), named);
        }
    }
}
