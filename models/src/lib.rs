//! ONNX detectors and classifiers: manifest, session, pre- and post-processing.
//!
//! ```text
//! Planes (decoder's YUV) ──► preprocess ──► engine (one shared session) ──► output family ──► Detection
//! ```

mod planes;

pub use planes::{Matrix, Planes};
