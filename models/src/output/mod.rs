//! From a model's numbers to detections, one module for each output family.
//!
//! Whatever a model puts out, NaN and infinities included, what comes back lies
//! inside the picture and has a finite score of 0..1.

mod classifier;
mod detr;
mod end_to_end;
mod nms;
mod yolov8;
mod yolox;

pub use classifier::ClassScore;
pub use nms::suppress;

use crate::manifest::{BoxUnits, Family, InputSpec, Manifest, Meaning, Scores};
use crate::preprocess::Placement;
use operators::vocabulary::{BBox, Detection};
use std::borrow::Cow;
use thiserror::Error;

/// One output tensor of one picture, the batch axis already taken off.
#[derive(Debug, Clone)]
pub struct Tensor<'a> {
    /// Name in the model.
    pub name: Cow<'a, str>,
    /// Sides, without the batch.
    pub shape: Vec<usize>,
    /// Row-major values; their number is the product of the sides.
    pub data: Cow<'a, [f32]>,
}

/// A box of one of the model's own classes.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Candidate {
    /// Index into the manifest's classes.
    pub class: usize,
    /// Score, 0..1.
    pub score: f32,
    /// Box of the picture, 0..1.
    pub bbox: BBox,
}

/// Outputs that do not fit the manifest.
#[derive(Debug, Clone, PartialEq, Error)]
pub enum OutputError {
    /// A shape that does not fit family and class count.
    #[error(
        "output `{tensor}` has the shape {found:?}; family `{family}` with {classes} classes needs {expected}: correct `output` or `classes` in the manifest, or use other weights"
    )]
    Shape {
        /// Tensor.
        tensor: String,
        /// Its sides, without the batch.
        found: Vec<usize>,
        /// Family in the manifest.
        family: &'static str,
        /// Classes in the manifest.
        classes: usize,
        /// What would fit.
        expected: String,
    },
    /// A tensor that is not there.
    #[error("the model has no output `{wanted}`; it has {present}: correct `output` in the manifest")]
    Missing {
        /// Name in the manifest, or what the family needs.
        wanted: String,
        /// Names in the model.
        present: String,
    },
}

/// More candidates than any street shows; the weakest of a garbage output go.
const MAX_CANDIDATES: usize = 1000;

/// What the family decoders share.
struct Frame<'a> {
    manifest: &'a Manifest,
    placement: &'a Placement,
    lowest: f32,
}

impl Frame<'_> {
    fn input(&self) -> &InputSpec {
        &self.manifest.input
    }

    fn classes(&self) -> usize {
        self.manifest.classes.len()
    }

    fn scores(&self) -> Scores {
        self.manifest.output.scores
    }

    /// Takes a box given by its corners, if score and corners make sense.
    fn keep(&self, out: &mut Vec<Candidate>, class: usize, score: f32, corners: [f32; 4], units: BoxUnits) {
        if !(score >= self.lowest && score.is_finite()) || class >= self.classes() {
            return;
        }
        let (sx, sy) = match units {
            BoxUnits::Pixels => (1.0, 1.0),
            BoxUnits::Relative => (self.input().width as f32, self.input().height as f32),
        };
        let [left, top, right, bottom] = corners;
        if let Some(bbox) = self.placement.to_picture(left * sx, top * sy, right * sx, bottom * sy) {
            out.push(Candidate { class, score: score.min(1.0), bbox });
        }
    }

    fn units(&self, habit: BoxUnits) -> BoxUnits {
        self.manifest.output.units.unwrap_or(habit)
    }

    fn wrong_shape(&self, tensor: &Tensor, expected: String) -> OutputError {
        OutputError::Shape {
            tensor: tensor.name.to_string(),
            found: tensor.shape.clone(),
            family: self.manifest.output.family.as_str(),
            classes: self.classes(),
            expected,
        }
    }
}

/// Centre and size to corners.
fn corners(cx: f32, cy: f32, w: f32, h: f32) -> [f32; 4] {
    [cx - w / 2.0, cy - h / 2.0, cx + w / 2.0, cy + h / 2.0]
}

fn sigmoid(x: f32) -> f32 {
    1.0 / (1.0 + (-x).exp())
}

/// Index and value of the largest; NaN never wins. `None` for an empty or all-NaN slice.
fn largest(values: impl Iterator<Item = f32>) -> Option<(usize, f32)> {
    values.enumerate().filter(|(_, v)| !v.is_nan()).max_by(|a, b| a.1.total_cmp(&b.1))
}

fn by_name<'t, 'd>(tensors: &'t [Tensor<'d>], name: &str) -> Result<&'t Tensor<'d>, OutputError> {
    tensors.iter().find(|t| t.name == name).ok_or_else(|| missing(tensors, name))
}

/// The tensor the manifest names, else the first.
fn named_or_first<'t, 'd>(tensors: &'t [Tensor<'d>], name: Option<&str>) -> Result<&'t Tensor<'d>, OutputError> {
    match name {
        Some(name) => by_name(tensors, name),
        None => tensors.first().ok_or_else(|| missing(tensors, "(any)")),
    }
}

fn missing(tensors: &[Tensor], wanted: &str) -> OutputError {
    let present: Vec<&str> = tensors.iter().map(|t| t.name.as_ref()).collect();
    OutputError::Missing { wanted: wanted.to_owned(), present: present.join(", ") }
}

/// Every box at or above the lowest threshold, in the model's own classes, before
/// suppression. For a classifier: none.
///
/// # Errors
/// Outputs whose shapes do not fit the manifest.
pub fn candidates(
    manifest: &Manifest,
    placement: &Placement,
    tensors: &[Tensor],
) -> Result<Vec<Candidate>, OutputError> {
    let frame = Frame { manifest, placement, lowest: manifest.thresholds.lowest() };
    match manifest.output.family {
        Family::Yolox => yolox::decode(&frame, tensors),
        Family::Yolov8 => yolov8::decode(&frame, tensors),
        Family::EndToEnd => end_to_end::decode(&frame, tensors),
        Family::Detr => detr::decode(&frame, tensors),
        Family::Classifier => classifier::decode(manifest, tensors).map(|_| Vec::new()),
    }
}

/// The objects of one picture in our words, strongest first: mapped, thresholded,
/// and one box for each object.
///
/// # Errors
/// Outputs whose shapes do not fit the manifest.
pub fn detections(
    manifest: &Manifest,
    placement: &Placement,
    tensors: &[Tensor],
) -> Result<Vec<Detection>, OutputError> {
    let found = candidates(manifest, placement, tensors)?;
    let mut detections: Vec<Detection> = found.iter().filter_map(|c| in_our_words(manifest, c)).collect();
    if detections.len() > MAX_CANDIDATES {
        detections.select_nth_unstable_by(MAX_CANDIDATES, |a, b| b.score.total_cmp(&a.score));
        detections.truncate(MAX_CANDIDATES);
        metrics::counter!("streetwatch_detections_cut_total", "model" => manifest.name.clone()).increment(1);
    }
    let t = &manifest.thresholds;
    // End-to-end models have done it, but two of their boxes may map to one label.
    Ok(suppress(detections, t.iou, t.contained))
}

fn in_our_words(manifest: &Manifest, c: &Candidate) -> Option<Detection> {
    match manifest.meaning(c.class)? {
        Meaning::Object(label) if c.score >= manifest.thresholds.for_label(label) => {
            Some(Detection { label, score: c.score, bbox: c.bbox, condition: None })
        }
        _ => None,
    }
}

/// Every class of a classifier with its probability, the most likely first.
///
/// # Errors
/// Not a classifier, or an output whose length is not the number of classes.
pub fn classification(manifest: &Manifest, tensors: &[Tensor]) -> Result<Vec<ClassScore>, OutputError> {
    classifier::decode(manifest, tensors)
}

#[cfg(test)]
mod tests;
