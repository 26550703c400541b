#![allow(clippy::unwrap_used)]
use super::*;
use operators::vocabulary::{Condition, Label};
use proptest::prelude::*;
use std::path::Path;

/// A 64x64 model of the family with the classes person, car, truck.
fn manifest(family: &str, more: &str) -> Manifest {
    let text = format!(
        r#"name = "t"
version = "1"
file = "t.onnx"
sha256 = "{}"
licence = "Apache-2.0"
provenance = "test"
classes = ["person", "car", "truck"]
[input]
width = 64
height = 64
[output]
family = "{family}"
{more}
[labels]
person = "person"
car = "car"
truck = "truck"
[thresholds]
score = 0.25
contained = 0.9
"#,
        "0".repeat(64)
    );
    Manifest::parse(&text, Path::new("t/model.toml")).unwrap()
}

const WHOLE: Placement = Placement { x: 0.0, y: 0.0, w: 64.0, h: 64.0 };

fn tensor<'a>(name: &'a str, shape: &[usize], data: Vec<f32>) -> Tensor<'a> {
    Tensor { name: name.into(), shape: shape.to_vec(), data: data.into() }
}

fn close(d: &Detection, label: Label, score: f32, bbox: [f32; 4]) -> bool {
    let b: [f32; 4] = d.bbox.into();
    d.label == label && (d.score - score).abs() < 1e-4 && b.iter().zip(bbox).all(|(x, y)| (x - y).abs() < 1e-4)
}

#[test]
fn yolox_applies_grid_and_stride_of_the_right_cell() {
    let cells = 64 + 16 + 4;
    let mut data = vec![0.0; cells * 8];
    // Stride 16 (4 columns), cell (1, 2): centre ((1+.5)*16, (2+.5)*16) = (24, 40), 16x32 pixels.
    let row = 64 + 2 * 4 + 1;
    data[row * 8..][..8].copy_from_slice(&[0.5, 0.5, 0.0, 2f32.ln(), 0.8, 0.0, 0.5, 0.1]);
    let found = detections(&manifest("yolox", ""), &WHOLE, &[tensor("o", &[cells, 8], data)]).unwrap();
    assert_eq!(found.len(), 1);
    assert!(close(&found[0], Label::Car, 0.4, [0.25, 0.375, 0.25, 0.5]), "{found:?}");
}

#[test]
fn yolox_decoded_takes_boxes_as_they_are_and_undoes_the_letterbox() {
    let data = vec![24.0, 20.0, 16.0, 8.0, 0.9, 1.0, 0.0, 0.0];
    let half = Placement { x: 0.0, y: 16.0, w: 64.0, h: 32.0 };
    let found = detections(&manifest("yolox", "decoded = true"), &half, &[tensor("o", &[1, 8], data)]).unwrap();
    assert!(close(&found[0], Label::Person, 0.9, [0.25, 0.0, 0.25, 0.25]), "{found:?}");
}

#[test]
fn yolov8_reads_both_orders_of_its_axes() {
    let rows = [[32.0, 32.0, 32.0, 32.0, 0.1, 0.2, 0.7], [8.0, 8.0, 8.0, 8.0, 0.9, 0.0, 0.0]];
    let flat: Vec<f32> = rows.concat();
    let turned: Vec<f32> = (0..7).flat_map(|k| rows.map(|r| r[k])).collect();
    for t in [tensor("o", &[2, 7], flat), tensor("o", &[7, 2], turned)] {
        let found = detections(&manifest("yolov8", ""), &WHOLE, &[t]).unwrap();
        assert_eq!(found.len(), 2);
        assert!(close(&found[0], Label::Person, 0.9, [0.0625, 0.0625, 0.125, 0.125]), "{found:?}");
        assert!(close(&found[1], Label::Truck, 0.7, [0.25, 0.25, 0.5, 0.5]), "{found:?}");
    }
}

#[test]
fn end_to_end_rows_are_corners_score_and_class() {
    let data = [[16.0, 16.0, 48.0, 48.0, 0.6, 1.0], [0.0; 6], [0.0, 0.0, 8.0, 8.0, 0.6, 7.0]].concat();
    let found = detections(&manifest("end-to-end", ""), &WHOLE, &[tensor("o", &[3, 6], data)]).unwrap();
    assert_eq!(found.len(), 1, "an unused row and an unknown class give nothing");
    assert!(close(&found[0], Label::Car, 0.6, [0.25, 0.25, 0.5, 0.5]));
}

#[test]
fn detr_boxes_are_relative_and_no_object_takes_its_share() {
    let boxes = || tensor("pred_boxes", &[2, 4], vec![0.5, 0.5, 0.5, 0.5, 0.2, 0.2, 0.1, 0.1]);
    let logits = vec![0.0, 5.0, 0.0, 0.0, 0.0, 0.0, 0.0, 9.0];
    let outputs = [tensor("logits", &[2, 4], logits), boxes()];
    let found = detections(&manifest("detr", "scores = \"softmax\""), &WHOLE, &outputs).unwrap();
    let e = 5f32.exp();
    assert_eq!(found.len(), 1);
    assert!(close(&found[0], Label::Car, e / (e + 3.0), [0.25, 0.25, 0.5, 0.5]), "{found:?}");

    let outputs = [tensor("logits", &[2, 3], vec![0.0, 2.0, -9.0, -9.0, -9.0, -9.0]), boxes()];
    let found = detections(&manifest("detr", "scores = \"sigmoid\""), &WHOLE, &outputs).unwrap();
    assert_eq!(found.len(), 1);
    assert!(close(&found[0], Label::Car, 1.0 / (1.0 + (-2f32).exp()), [0.25, 0.25, 0.5, 0.5]));
}

#[test]
fn detr_with_picked_labels_uses_the_named_tensors() {
    let outputs = [
        tensor("labels", &[2], vec![2.0, 0.0]),
        tensor("boxes", &[2, 4], vec![16.0, 16.0, 48.0, 48.0, 0.0, 0.0, 9.0, 9.0]),
        tensor("scores", &[2], vec![0.9, 0.1]),
    ];
    let m = manifest("detr", "labels = \"labels\"\nlabel_scores = \"scores\"\nboxes = \"boxes\"");
    let found = detections(&m, &WHOLE, &outputs).unwrap();
    assert_eq!(found.len(), 1);
    assert!(close(&found[0], Label::Truck, 0.9, [0.25, 0.25, 0.5, 0.5]));
}

#[test]
fn a_classifier_gives_every_class_most_likely_first() {
    let mut m = manifest("classifier", "scores = \"softmax\"");
    m.labels.insert("car".into(), Meaning::State(Condition::BinOverRim));
    let scores = classification(&m, &[tensor("o", &[3], vec![0.0, 1.0, f32::NEG_INFINITY])]).unwrap();
    let e = 1f32.exp();
    assert_eq!(scores.iter().map(|s| s.class).collect::<Vec<_>>(), [1, 0, 2]);
    assert!((scores[0].score - e / (1.0 + e)).abs() < 1e-6);
    assert_eq!(scores[0].condition().map(|c| c.condition), Some(Condition::BinOverRim));
    assert_eq!(scores[1].condition(), None);
    assert!(classification(&m, &[tensor("o", &[3], vec![f32::NAN; 3])]).unwrap().iter().all(|s| s.score == 0.0));
}

#[test]
fn a_shape_that_does_not_fit_is_refused_and_says_what_would() {
    let wrong = |family: &str, more: &str, shape: &[usize]| {
        let data = vec![0.0; shape.iter().product()];
        let outputs = [tensor("out", shape, data), tensor("two", &[5, 5], vec![0.0; 25])];
        candidates(&manifest(family, more), &WHOLE, &outputs).unwrap_err().to_string()
    };
    for (family, shape, needed) in [
        ("yolox", &[84, 85][..], "[84, 8]"),
        ("yolox", &[83, 8], "[84, 8]"),
        ("yolov8", &[84, 10], "[7, any]"),
        ("end-to-end", &[10, 7], "[any, 6]"),
        ("detr", &[10, 4], "[10, 3]"),
        ("classifier", &[4], "[3]"),
    ] {
        let e = wrong(family, "", shape);
        assert!(e.contains(needed) && e.contains("manifest"), "{family} {shape:?}: {e}");
    }
    let e = wrong("yolox", "boxes = \"nope\"", &[84, 8]);
    assert!(e.contains("nope") && e.contains("out, two"), "{e}");
    assert!(candidates(&manifest("yolox", ""), &WHOLE, &[]).is_err());
}

fn seen(label: Label, score: f32, bbox: [f32; 4]) -> Detection {
    Detection { label, score, bbox: bbox.into(), condition: None }
}

#[test]
fn one_vehicle_called_car_and_truck_is_one_object() {
    let kept = suppress(
        vec![seen(Label::Car, 0.5, [0.1, 0.1, 0.4, 0.4]), seen(Label::Truck, 0.6, [0.1, 0.1, 0.4, 0.42])],
        0.65,
        1.0,
    );
    assert_eq!(kept.len(), 1);
    assert_eq!(kept[0].label, Label::Truck);
}

#[test]
fn a_cab_inside_its_truck_goes_and_a_rider_on_a_scooter_stays() {
    let outer = [0.1, 0.1, 0.4, 0.4];
    let inner = [0.15, 0.15, 0.1, 0.1];
    let kept = suppress(vec![seen(Label::Truck, 0.9, outer), seen(Label::Car, 0.3, inner)], 0.65, 0.9);
    assert_eq!(kept.len(), 1);
    for (a, b) in [(Label::Person, Label::TwoWheeler), (Label::Person, Label::Person)] {
        assert_eq!(suppress(vec![seen(a, 0.9, outer), seen(b, 0.3, inner)], 0.65, 0.9).len(), 2);
    }
}

fn any_value() -> impl Strategy<Value = f32> {
    prop_oneof![
        4 => -100.0f32..100.0,
        4 => 0.0f32..1.0,
        1 => prop_oneof![Just(f32::NAN), Just(f32::INFINITY), Just(f32::NEG_INFINITY), Just(f32::MAX), Just(-0.0)],
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn garbage_never_panics_and_no_box_leaves_the_picture(values in proptest::collection::vec(any_value(), 84 * 8)) {
        let cases = [
            ("yolox", "", vec![tensor("o", &[84, 8], values.clone())]),
            ("yolox", "decoded = true\nscores = \"sigmoid\"", vec![tensor("o", &[84, 8], values.clone())]),
            ("yolov8", "", vec![tensor("o", &[7, 96], values.clone())]),
            ("end-to-end", "", vec![tensor("o", &[112, 6], values.clone())]),
            ("detr", "scores = \"softmax\"", vec![
                tensor("l", &[84, 4], values[..336].to_vec()),
                tensor("boxes", &[84, 4], values[336..].to_vec()),
            ]),
            ("classifier", "scores = \"softmax\"", vec![tensor("o", &[3], values[..3].to_vec())]),
        ];
        let boxed = Placement { x: 3.0, y: 16.0, w: 58.0, h: 32.0 };
        for (family, more, tensors) in cases {
            let m = manifest(family, more);
            for d in detections(&m, &boxed, &tensors).unwrap() {
                let b = d.bbox;
                prop_assert!(b.x >= 0.0 && b.y >= 0.0 && b.w > 0.0 && b.h > 0.0, "{:?}", d);
                prop_assert!(b.x + b.w <= 1.0 && b.y + b.h <= 1.0, "{:?}", d);
                prop_assert!((0.25..=1.0).contains(&d.score), "{:?}", d);
            }
        }
    }
}
