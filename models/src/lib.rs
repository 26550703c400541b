//! ONNX detectors and classifiers: manifest, session, pre- and post-processing.
//!
//! ```text
//! Planes (decoder's YUV) ──► preprocess ──► engine (one shared session) ──► output family ──► Detection
//! ```

pub mod manifest;
mod model;
pub mod output;
mod planes;
pub mod preprocess;
pub mod runtime;
mod search;

pub use manifest::{Manifest, ManifestError, Meaning};
pub use model::{Model, ModelError};
pub use planes::{BadPlanes, Matrix, Planes};
pub use search::ModelSearch;
