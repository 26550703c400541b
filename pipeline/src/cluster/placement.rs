//! What a camera costs, and which partition a new one goes to.
//!
//! A camera keeps the partition it has: its state lies in the same one. New cameras go, the dearest first, to the
//! partition that costs least; the group then gives each worker about as many partitions as any other.

use crate::config::Camera;
use std::collections::BTreeMap;

/// CPU of decoding and looking at one 1080p picture, milliseconds: 33.6 to decode, 2.6 for letterbox, small grey
/// picture, gate and quality (docs/MEASUREMENTS.md, 40 cameras).
const PICTURE: f64 = 36.2;
/// CPU of one inference, milliseconds, with the detector's own size of picture.
const INFERENCE: f64 = 17.3;
/// CPU of demultiplexing a second of a 6 Mb/s stream at 1080p, milliseconds.
const DEMULTIPLEX: f64 = 1.9;
/// CPU of comparing a picture with its baseline, milliseconds: features and alignment (17 and 5.8).
const COMPARISON: f64 = 23.0;
const FULL_HD: f64 = 1920.0 * 1080.0;

/// Cores that a camera is thought to cost, all its presets together.
pub fn cost(presets: &[Camera]) -> f64 {
    let of = |camera: &Camera| {
        let size = f64::from(camera.resolution[0]) * f64::from(camera.resolution[1]) / FULL_HD;
        let a_second = 1000.0 / camera.sample.max(1) as f64;
        let looks = if camera.zones.is_empty() && !camera.compares() { 0.0 } else { INFERENCE };
        let every = camera.compare.unwrap_or(camera.sample).max(camera.sample).max(1);
        let compares = if camera.compares() { COMPARISON * 1000.0 / every as f64 } else { 0.0 };
        (DEMULTIPLEX * size + a_second * (PICTURE * size + looks) + compares) / 1000.0
    };
    // Thousandths of a core are more than is known of it.
    (presets.iter().map(of).sum::<f64>() * 1000.0).round() / 1000.0
}

/// Gives each new camera a partition of `0..partitions`. `taken` is what each partition costs already.
pub fn place(new: &[(String, f64)], partitions: i32, taken: &BTreeMap<i32, f64>) -> BTreeMap<String, i32> {
    let mut load: Vec<(i32, f64)> = (0..partitions).map(|p| (p, taken.get(&p).copied().unwrap_or(0.0))).collect();
    let mut dearest_first: Vec<_> = new.iter().collect();
    dearest_first.sort_by(|a, b| b.1.total_cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
    let mut placed = BTreeMap::new();
    for (camera, cost) in dearest_first {
        let Some(lightest) = load.iter_mut().min_by(|a, b| a.1.total_cmp(&b.1).then(a.0.cmp(&b.0))) else { break };
        placed.insert(camera.clone(), lightest.0);
        // A camera that costs nothing still counts, or all of them would share a partition.
        lightest.1 += cost.max(0.001);
    }
    placed
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::parse;
    use proptest::prelude::*;
    use std::path::Path;

    fn camera(lines: &str) -> Vec<Camera> {
        let text = format!("city = \"x\"\n[[camera]]\nid = \"c\"\nurl = \"rtsp://192.0.2.1/\"\n{lines}\n");
        parse(Path::new("c"), &text).expect("good").cameras
    }

    const ZONE: &str = "[[camera.zone]]\nid = \"z\"\nrule = \"illegal-parking\"\npolygon = [[0,0],[1,0],[1,1]]";

    #[test]
    fn a_camera_costs_by_its_pictures_their_size_and_what_is_done_with_them() {
        let usual = cost(&camera(&format!("sample = \"2s\"\n{ZONE}")));
        assert!((usual - 0.029).abs() < 0.001, "half of 36.2 + 17.3 ms, and 1.9: {usual}");
        assert!(cost(&camera(&format!("sample = \"1s\"\n{ZONE}"))) > 1.8 * usual);
        assert!(cost(&camera(&format!("sample = \"2s\"\nresolution = [640, 360]\n{ZONE}"))) < 0.5 * usual);
        assert!(cost(&camera("sample = \"2s\"")) < usual, "no rule, no inference");
        let compares = "[[camera.zone]]\nid = \"z\"\nrule = \"component\"";
        let often = cost(&camera(&format!("sample = \"2s\"\n{compares}")));
        let seldom = cost(&camera(&format!("sample = \"2s\"\ncompare = \"1m\"\n{compares}")));
        assert!(often > seldom && seldom >= usual, "{often} {seldom} {usual}");
    }

    proptest! {
        #[test]
        fn no_partition_costs_more_than_the_mean_and_the_dearest_camera(
            costs in proptest::collection::vec(0.001f64..2.0, 1..200), partitions in 1i32..40,
        ) {
            let new: Vec<_> = costs.iter().enumerate().map(|(n, cost)| (format!("c-{n}"), *cost)).collect();
            let placed = place(&new, partitions, &BTreeMap::new());
            prop_assert_eq!(placed.len(), new.len());
            let mut load = vec![0.0; partitions as usize];
            for (camera, cost) in &new {
                load[placed[camera] as usize] += cost;
            }
            let (mean, dearest) = (costs.iter().sum::<f64>() / f64::from(partitions), costs.iter().copied().fold(0.0, f64::max));
            prop_assert!(load.iter().all(|l| *l <= mean + dearest + 1e-9));
        }
    }

    #[test]
    fn new_cameras_fill_up_what_is_light() {
        let taken = BTreeMap::from([(0, 5.0), (1, 1.0)]);
        let placed = place(&[("a".into(), 1.0), ("b".into(), 1.0), ("c".into(), 1.0)], 3, &taken);
        assert_eq!(placed.values().copied().filter(|p| *p == 0).count(), 0);
        assert_eq!(placed["a"], 2);
    }
}
