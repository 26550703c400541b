//! A model on disk whose weights are what its manifest says.

use crate::manifest::{Manifest, ManifestError};
use crate::search::ModelSearch;
use sha2::{Digest, Sha256};
use std::path::PathBuf;
use thiserror::Error;

/// A manifest and its weights, hash verified.
#[derive(Debug, Clone)]
pub struct Model {
    /// The manifest.
    pub manifest: Manifest,
    /// The weights.
    pub weights: PathBuf,
}

/// Why a model cannot be used.
#[derive(Debug, Clone, PartialEq, Error)]
pub enum ModelError {
    /// No such folder.
    #[error(
        "no model `{name}`: no folder of that name with a model.toml in {searched}; check the name or set STREETWATCH_MODELS"
    )]
    Unknown {
        /// Name asked for.
        name: String,
        /// Folders looked through.
        searched: String,
    },
    /// The manifest is wrong.
    #[error(transparent)]
    Manifest(#[from] ManifestError),
    /// No weights.
    #[error(
        "model `{model}`: its weights `{file}` are neither beside its manifest nor in {searched}; put the file there or set STREETWATCH_WEIGHTS"
    )]
    NoWeights {
        /// Model.
        model: String,
        /// File name.
        file: String,
        /// Folders looked through.
        searched: String,
    },
    /// The weights cannot be read.
    #[error("model `{model}`: cannot read {path}: {why}")]
    Unreadable {
        /// Model.
        model: String,
        /// File.
        path: PathBuf,
        /// The system's word.
        why: String,
    },
    /// Other weights than the manifest names.
    #[error(
        "model `{model}`: {path} has SHA-256 {found}, its manifest says {expected}; the file is damaged or another version: fetch it again, or correct the manifest"
    )]
    WrongHash {
        /// Model.
        model: String,
        /// File.
        path: PathBuf,
        /// Hash of the file.
        found: String,
        /// Hash in the manifest.
        expected: String,
    },
}

impl Model {
    /// Finds the model, reads its manifest and verifies its weights' hash.
    ///
    /// # Errors
    /// Unknown name, bad manifest, weights missing, unreadable or with another hash.
    pub fn open(name: &str, search: &ModelSearch) -> Result<Model, ModelError> {
        let list = |folders: &[PathBuf]| {
            let shown: Vec<String> = folders.iter().map(|f| f.display().to_string()).collect();
            if shown.is_empty() { "any search folder (none is set)".to_owned() } else { shown.join(", ") }
        };
        let folder = search
            .manifest_folder(name)
            .ok_or_else(|| ModelError::Unknown { name: name.to_owned(), searched: list(&search.manifests) })?;
        let manifest = Manifest::load(&folder)?;
        let weights = search.weights_file(&folder, &manifest.file).ok_or_else(|| ModelError::NoWeights {
            model: manifest.name.clone(),
            file: manifest.file.clone(),
            searched: list(&search.weights),
        })?;
        let model = Model { manifest, weights };
        model.read()?;
        Ok(model)
    }

    /// The weights' bytes, verified: what is loaded is what was checked.
    ///
    /// # Errors
    /// Unreadable, or changed since.
    pub fn read(&self) -> Result<Vec<u8>, ModelError> {
        let bytes = std::fs::read(&self.weights).map_err(|e| ModelError::Unreadable {
            model: self.manifest.name.clone(),
            path: self.weights.clone(),
            why: e.to_string(),
        })?;
        let found = hex::encode(Sha256::digest(&bytes));
        if !found.eq_ignore_ascii_case(&self.manifest.sha256) {
            return Err(ModelError::WrongHash {
                model: self.manifest.name.clone(),
                path: self.weights.clone(),
                found,
                expected: self.manifest.sha256.clone(),
            });
        }
        Ok(bytes)
    }
}
