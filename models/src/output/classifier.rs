//! Whole-crop classifiers: one score for each class.

use super::{OutputError, Tensor, named_or_first, sigmoid};
use crate::manifest::{Family, Manifest, Meaning, Scores};
use operators::vocabulary::ConditionScore;

/// A class and its probability.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ClassScore {
    /// Index into the manifest's classes.
    pub class: usize,
    /// Our word for it, where the manifest has one.
    pub meaning: Option<Meaning>,
    /// Probability, 0..1.
    pub score: f32,
}

impl ClassScore {
    /// As a condition, where the class is one.
    pub fn condition(&self) -> Option<ConditionScore> {
        match self.meaning? {
            Meaning::State(condition) => Some(ConditionScore { condition, score: self.score }),
            Meaning::Object(_) => None,
        }
    }
}

pub(super) fn decode(manifest: &Manifest, tensors: &[Tensor]) -> Result<Vec<ClassScore>, OutputError> {
    let tensor = named_or_first(tensors, manifest.output.boxes.as_deref())?;
    let n = manifest.classes.len();
    // [classes], or with 1x1 spatial axes that a global pooling left behind.
    if manifest.output.family != Family::Classifier || tensor.data.len() != n || tensor.shape.first() != Some(&n) {
        return Err(OutputError::Shape {
            tensor: tensor.name.to_string(),
            found: tensor.shape.clone(),
            family: manifest.output.family.as_str(),
            classes: n,
            expected: format!("[{n}] from a classifier"),
        });
    }
    let mut scores: Vec<ClassScore> = probabilities(&tensor.data, manifest.output.scores)
        .into_iter()
        .enumerate()
        .map(|(class, score)| ClassScore { class, meaning: manifest.meaning(class), score })
        .collect();
    scores.sort_by(|a, b| b.score.total_cmp(&a.score));
    Ok(scores)
}

/// Garbage (NaN, infinities) becomes 0: the class was not seen.
fn probabilities(values: &[f32], scores: Scores) -> Vec<f32> {
    let raw: Vec<f32> = match scores {
        Scores::Probabilities => values.to_vec(),
        Scores::Sigmoid => values.iter().map(|&v| sigmoid(v)).collect(),
        Scores::Softmax => {
            let top = values.iter().copied().fold(f32::NEG_INFINITY, f32::max);
            let powers: Vec<f32> = values.iter().map(|v| (v - top).exp()).collect();
            let sum: f32 = powers.iter().sum();
            powers.iter().map(|p| p / sum).collect()
        }
    };
    raw.into_iter().map(|p| if p.is_finite() { p.clamp(0.0, 1.0) } else { 0.0 }).collect()
}
