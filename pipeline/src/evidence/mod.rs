//! Stills, crop, clip and manifest of a candidate, with SHA-256 of each file.

mod manifest;

pub use manifest::{Manifest, ManifestFile, MissingFile};
