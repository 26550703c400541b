//! Ultralytics YOLOv8, v9, v11, v12 as exported without NMS: `[4 + classes, anchors]`,
//! or its transpose; centre and size in pixels, no objectness.

use super::{Candidate, Frame, OutputError, Tensor, corners, named_or_first, sigmoid};
use crate::manifest::{BoxUnits, Scores};

pub(super) fn decode(frame: &Frame, tensors: &[Tensor]) -> Result<Vec<Candidate>, OutputError> {
    let tensor = named_or_first(tensors, frame.manifest.output.boxes.as_deref())?;
    let width = 4 + frame.classes();
    let units = frame.units(BoxUnits::Pixels);
    let mut found = Vec::new();
    // Step from one anchor's value to its next, and from one anchor to the next.
    let (anchors, step, next) = match tensor.shape[..] {
        [w, n] if w == width => (n, n, 1),
        [n, w] if w == width => (n, 1, w),
        _ => return Err(frame.wrong_shape(tensor, format!("[{width}, any] or [any, {width}]"))),
    };
    let at = |anchor: usize, k: usize| tensor.data[anchor * next + k * step];
    let (best, class_of) = strongest(frame, anchors, &at);
    for anchor in 0..anchors {
        let score = if frame.scores() == Scores::Sigmoid { sigmoid(best[anchor]) } else { best[anchor] };
        if score >= frame.lowest {
            let bbox = corners(at(anchor, 0), at(anchor, 1), at(anchor, 2), at(anchor, 3));
            frame.keep(&mut found, class_of[anchor], score, bbox, units);
        }
    }
    Ok(found)
}

/// Best class of every anchor, class by class: in the usual layout that walks the
/// tensor in the order it lies in memory. NaN never wins.
fn strongest(frame: &Frame, anchors: usize, at: &impl Fn(usize, usize) -> f32) -> (Vec<f32>, Vec<usize>) {
    let mut best = vec![f32::NEG_INFINITY; anchors];
    let mut class_of = vec![0; anchors];
    for class in 0..frame.classes() {
        for anchor in 0..anchors {
            let score = at(anchor, 4 + class);
            if score > best[anchor] {
                (best[anchor], class_of[anchor]) = (score, class);
            }
        }
    }
    (best, class_of)
}
