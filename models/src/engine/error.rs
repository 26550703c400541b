//! What can go wrong: at the start (whose fault, what to do), and for one picture.

use super::device::Device;
use crate::model::ModelError;
use crate::output::OutputError;
use crate::planes::BadPlanes;
use crate::runtime::RuntimeError;
use thiserror::Error;

/// Why an engine did not start.
#[derive(Debug, Clone, PartialEq, Error)]
pub enum EngineError {
    /// No ONNX Runtime.
    #[error(transparent)]
    Runtime(#[from] RuntimeError),
    /// No usable model.
    #[error(transparent)]
    Model(#[from] ModelError),
    /// The runtime refused the weights, or the device.
    #[error("model `{model}`: {file} cannot be loaded on {device}: {why}; if the file is damaged, fetch it again")]
    Unusable {
        /// Model.
        model: String,
        /// Weights.
        file: String,
        /// Device.
        device: Device,
        /// The runtime's word.
        why: String,
    },
    /// The model wants another input than its manifest says.
    #[error("model `{model}`: {file} does not fit its manifest: {what}")]
    Input {
        /// Model.
        model: String,
        /// Weights.
        file: String,
        /// What differs and what to do.
        what: String,
    },
    /// The model's outputs are not what its manifest says.
    #[error("model `{model}`: {file} does not fit its manifest: {what}")]
    Output {
        /// Model.
        model: String,
        /// Weights.
        file: String,
        /// What differs and what to do.
        what: Box<OutputError>,
    },
    /// The system gave no thread.
    #[error("no thread for an inference worker: {0}")]
    Thread(String),
}

/// Why one picture has no answer. None of these touches another camera's picture.
#[derive(Debug, Clone, PartialEq, Error)]
pub enum InferError {
    /// The decoder's planes do not hold what they promise.
    #[error("the picture cannot be read: {0}")]
    Picture(#[from] BadPlanes),
    /// Prepared for another model.
    #[error("the picture was prepared with {found} values, the model `{model}` takes {wanted}")]
    Input {
        /// Model.
        model: String,
        /// Values it takes.
        wanted: usize,
        /// Values it was given.
        found: usize,
    },
    /// A detector was asked to classify, or the other way round.
    #[error("the model `{model}` is of the family `{family}`, which cannot {wanted}")]
    Kind {
        /// Model.
        model: String,
        /// Its family.
        family: &'static str,
        /// `detect` or `classify`.
        wanted: &'static str,
    },
    /// The runtime failed.
    #[error("inference failed: {0}")]
    Run(String),
    /// The outputs changed shape.
    #[error(transparent)]
    Output(#[from] OutputError),
    /// The engine has stopped.
    #[error("the inference engine has stopped")]
    Stopped,
}
