//! ONNX detectors and classifiers: manifest, session, pre- and post-processing.
//!
//! ```text
//! Planes (decoder's YUV) ──► preprocess ──► engine (shared by all cameras) ──► output family ──► Detection
//! ```

mod engine;
pub mod manifest;
mod model;
pub mod output;
mod planes;
pub mod preprocess;
pub mod runtime;
mod search;

pub use engine::{
    BatchTime, Classifier, Detector, Device, Engine, EngineConfig, EngineError, Fallback, FallbackReason, InferError,
    Prepared, UnknownDevice, choose,
};
pub use manifest::{Manifest, ManifestError, Meaning};
pub use model::{Model, ModelError};
pub use output::ClassScore;
pub use planes::{BadPlanes, Matrix, Planes};
pub use search::ModelSearch;
