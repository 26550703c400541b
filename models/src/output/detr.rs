//! DETR and its descendants: a fixed number of queries, each a box and class
//! logits (DETR: softmax with a last class "no object"; Deformable DETR, RT-DETR,
//! RF-DETR: a sigmoid each), or, as RT-DETR is often exported, labels, boxes and
//! scores picked by the model.

use super::end_to_end::class_index;
use super::{Candidate, Frame, OutputError, Tensor, by_name, corners, largest, missing, sigmoid};
use crate::manifest::{BoxUnits, Scores};

pub(super) fn decode(frame: &Frame, tensors: &[Tensor]) -> Result<Vec<Candidate>, OutputError> {
    let output = &frame.manifest.output;
    match (&output.labels, &output.label_scores) {
        (Some(labels), Some(scores)) => picked(frame, tensors, labels, scores),
        _ => queries(frame, tensors),
    }
}

/// `boxes [n, 4]` (corners), `labels [n]`, `scores [n]`.
fn picked(frame: &Frame, tensors: &[Tensor], labels: &str, scores: &str) -> Result<Vec<Candidate>, OutputError> {
    let boxes = by_name(tensors, frame.manifest.output.boxes.as_deref().unwrap_or("boxes"))?;
    let (labels, scores) = (by_name(tensors, labels)?, by_name(tensors, scores)?);
    let n = four_wide(frame, boxes)?;
    for tensor in [labels, scores] {
        if tensor.shape[..] != [n] {
            return Err(frame.wrong_shape(tensor, format!("[{n}], one for each box")));
        }
    }
    let units = frame.units(BoxUnits::Pixels);
    let mut found = Vec::new();
    for ((corners, label), score) in boxes.data.as_chunks::<4>().0.iter().zip(&*labels.data).zip(&*scores.data) {
        if let Some(class) = class_index(*label) {
            frame.keep(&mut found, class, *score, *corners, units);
        }
    }
    Ok(found)
}

/// `boxes [n, 4]` (centre and size), `logits [n, classes]` or `[n, classes + 1]`.
fn queries(frame: &Frame, tensors: &[Tensor]) -> Result<Vec<Candidate>, OutputError> {
    let output = &frame.manifest.output;
    let boxes = match &output.boxes {
        Some(name) => by_name(tensors, name)?,
        None => guess_boxes(tensors)?,
    };
    let logits = match &output.logits {
        Some(name) => by_name(tensors, name)?,
        None => tensors.iter().find(|t| t.name != boxes.name).ok_or_else(|| missing(tensors, "logits"))?,
    };
    let n = four_wide(frame, boxes)?;
    let extra = usize::from(output.scores == Scores::Softmax);
    let width = frame.classes() + extra;
    if logits.shape[..] != [n, width] {
        return Err(frame.wrong_shape(logits, format!("[{n}, {width}]")));
    }
    let units = frame.units(BoxUnits::Relative);
    let mut found = Vec::new();
    for (bbox, row) in boxes.data.as_chunks::<4>().0.iter().zip(logits.data.chunks_exact(width)) {
        let Some((class, logit)) = largest(row[..frame.classes()].iter().copied()) else { continue };
        let score = match output.scores {
            Scores::Probabilities => logit,
            Scores::Sigmoid => sigmoid(logit),
            Scores::Softmax => {
                let top = row.iter().copied().fold(f32::NEG_INFINITY, f32::max);
                (logit - top).exp() / row.iter().map(|v| (v - top).exp()).sum::<f32>()
            }
        };
        frame.keep(&mut found, class, score, corners(bbox[0], bbox[1], bbox[2], bbox[3]), units);
    }
    Ok(found)
}

/// The tensor named after boxes, else the only one that is four wide; with three
/// or four classes the logits are four wide too.
fn guess_boxes<'t, 'd>(tensors: &'t [Tensor<'d>]) -> Result<&'t Tensor<'d>, OutputError> {
    let mut four = tensors.iter().filter(|t| t.shape.len() == 2 && t.shape[1] == 4);
    let named = tensors.iter().find(|t| t.name.contains("box"));
    match (named, four.next(), four.next()) {
        (Some(named), ..) => Ok(named),
        (None, Some(only), None) => Ok(only),
        _ => Err(missing(tensors, "`output.boxes` (name it) of the shape [queries, 4]")),
    }
}

fn four_wide(frame: &Frame, boxes: &Tensor) -> Result<usize, OutputError> {
    match boxes.shape[..] {
        [n, 4] => Ok(n),
        _ => Err(frame.wrong_shape(boxes, "[queries, 4]".into())),
    }
}
