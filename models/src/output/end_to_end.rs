//! Models that pick their boxes themselves: exports with built-in NMS, YOLOv10,
//! YOLO26. `[n, 6]`: left, top, right, bottom, score, class; unused rows have score 0.

use super::{Candidate, Frame, OutputError, Tensor, named_or_first};
use crate::manifest::BoxUnits;

pub(super) fn decode(frame: &Frame, tensors: &[Tensor]) -> Result<Vec<Candidate>, OutputError> {
    let tensor = named_or_first(tensors, frame.manifest.output.boxes.as_deref())?;
    if !matches!(tensor.shape[..], [_, 6]) {
        return Err(frame.wrong_shape(tensor, "[any, 6]".into()));
    }
    let units = frame.units(BoxUnits::Pixels);
    let mut found = Vec::new();
    for row in tensor.data.as_chunks::<6>().0 {
        let [left, top, right, bottom, score, class] = *row;
        if let Some(class) = class_index(class) {
            frame.keep(&mut found, class, score, [left, top, right, bottom], units);
        }
    }
    Ok(found)
}

/// A class written as a float. `None` for negative numbers and what is no number.
pub(super) fn class_index(class: f32) -> Option<usize> {
    (-0.5..1e6).contains(&class).then(|| class.round() as usize)
}
