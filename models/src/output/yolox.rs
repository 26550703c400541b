//! YOLOX (Ge et al. 2021): anchor-free, one row for each grid cell of each stride:
//! centre, size, objectness, class scores.

use super::{Candidate, Frame, OutputError, Tensor, corners, largest, named_or_first, sigmoid};
use crate::manifest::{BoxUnits, Scores};

pub(super) fn decode(frame: &Frame, tensors: &[Tensor]) -> Result<Vec<Candidate>, OutputError> {
    let output = &frame.manifest.output;
    let tensor = named_or_first(tensors, output.boxes.as_deref())?;
    let width = 5 + frame.classes();
    let input = frame.input();
    let cells: usize = output.strides.iter().map(|s| (input.width / s) * (input.height / s)).sum();
    let fits = matches!(tensor.shape[..], [n, w] if w == width && (output.decoded || n == cells));
    if !fits {
        let rows = if output.decoded { "any".to_owned() } else { cells.to_string() };
        return Err(frame.wrong_shape(tensor, format!("[{rows}, {width}]")));
    }

    let units = frame.units(BoxUnits::Pixels);
    let mut found = Vec::new();
    let mut rows = tensor.data.chunks_exact(width);
    if output.decoded {
        for row in rows {
            if let Some((class, score)) = best(frame, row) {
                frame.keep(&mut found, class, score, corners(row[0], row[1], row[2], row[3]), units);
            }
        }
        return Ok(found);
    }
    for &stride in &output.strides {
        let (columns, stride_px) = (input.width / stride, stride as f32);
        let cells = columns * (input.height / stride);
        for (cell, row) in rows.by_ref().take(cells).enumerate() {
            if let Some((class, score)) = best(frame, row) {
                let (gx, gy) = ((cell % columns) as f32, (cell / columns) as f32);
                let (cx, cy) = ((row[0] + gx) * stride_px, (row[1] + gy) * stride_px);
                let (w, h) = (row[2].exp() * stride_px, row[3].exp() * stride_px);
                frame.keep(&mut found, class, score, corners(cx, cy, w, h), units);
            }
        }
    }
    Ok(found)
}

/// Class and score of a row, if it can pass. Nearly all rows fail on objectness
/// alone, so their class scores are never read.
fn best(frame: &Frame, row: &[f32]) -> Option<(usize, f32)> {
    let activate = |v: f32| if frame.scores() == Scores::Sigmoid { sigmoid(v) } else { v };
    let objectness = activate(row[4]);
    if objectness.is_nan() || objectness < frame.lowest {
        return None;
    }
    let (class, score) = largest(row[5..].iter().copied())?;
    Some((class, objectness * activate(score)))
}
