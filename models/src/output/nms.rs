//! One box for each object (greedy non-maximum suppression).

use operators::vocabulary::{Detection, Label};

/// More objects than any street shows.
const MAX_DETECTIONS: usize = 300;

/// Keeps the strongest box of each object, strongest first. Boxes of one kind
/// that overlap by more than `iou` are one object; so are motor vehicles of which
/// one holds more than `contained` of the other (a cab found inside its truck).
/// Car, bus, truck and muck truck are one kind: detectors say several of them
/// of one vehicle.
pub fn suppress(mut detections: Vec<Detection>, iou: f32, contained: f32) -> Vec<Detection> {
    detections.sort_by(|a, b| b.score.total_cmp(&a.score));
    let mut kept: Vec<Detection> = Vec::new();
    for d in detections {
        let repeated = kept.iter().any(|k| {
            one_kind(k.label, d.label)
                && (k.bbox.iou(&d.bbox) > iou
                    || (d.label.is_motor_vehicle() && k.bbox.containment(&d.bbox) > contained))
        });
        if !repeated {
            kept.push(d);
            if kept.len() == MAX_DETECTIONS {
                break;
            }
        }
    }
    kept
}

fn one_kind(a: Label, b: Label) -> bool {
    a == b || (a.is_motor_vehicle() && b.is_motor_vehicle())
}
