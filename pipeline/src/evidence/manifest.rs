//! The manifest: which files prove a candidate, and what made them.

use crate::payload::{Candidate, EvidenceKind, ModelRef, OffsetTime};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// `manifest.json` beside a candidate's files. It holds nothing that depends
/// on when or where it was written, so writing it again gives the same bytes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Manifest {
    /// Layout of this file; 1.
    pub format: u32,
    /// Candidate id.
    pub candidate: Uuid,
    /// Camera id.
    pub camera: String,
    /// Preset the camera stood at.
    pub preset: String,
    /// Zone id.
    pub zone: String,
    /// Rule kind as CITY.toml writes it.
    pub rule: String,
    /// Version of the rule's logic.
    pub rule_version: String,
    /// The model that saw the object.
    pub model: ModelRef,
    /// Version of the configuration in force, as the configuration names itself.
    pub configuration: String,
    /// Version of streetwatch.
    pub software: String,
    /// First time the object stood there.
    pub first_seen: OffsetTime,
    /// Time of the deciding picture.
    pub raised_at: OffsetTime,
    /// Last time the object was seen there.
    pub last_seen: OffsetTime,
    /// Seconds from `first_seen` to `last_seen`.
    pub dwell_s: f64,
    /// The files that were written.
    pub files: Vec<ManifestFile>,
    /// What should have been there and is not.
    pub missing: Vec<MissingFile>,
}

/// One file of a manifest.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ManifestFile {
    /// What it shows.
    pub kind: EvidenceKind,
    /// File name, beside the manifest.
    pub name: String,
    /// When it was taken; for a clip, when it begins.
    pub at: OffsetTime,
    /// Length in bytes.
    pub bytes: u64,
    /// SHA-256 of the file, lower-case hexadecimal.
    pub sha256: String,
    /// Whether boxes and text were drawn into it.
    pub marked: bool,
    /// The object's box in the picture before marking: left, top, width, height, 0..1; none for a clip.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bbox: Option<[f32; 4]>,
}

/// A file that could not be made or written.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct MissingFile {
    /// What it would have shown.
    pub kind: EvidenceKind,
    /// Why it is not there, in one word, as in `streetwatch_evidence_failures_total`.
    pub reason: String,
}

impl Manifest {
    /// The manifest of a candidate, without any file yet.
    pub fn of(candidate: &Candidate, configuration: &str) -> Self {
        Manifest {
            format: 1,
            candidate: candidate.id,
            camera: candidate.camera.clone(),
            preset: candidate.preset.clone(),
            zone: candidate.zone.clone(),
            rule: candidate.rule.clone(),
            rule_version: candidate.rule_version.clone(),
            model: candidate.model.clone(),
            configuration: configuration.to_owned(),
            software: format!("streetwatch {}", env!("CARGO_PKG_VERSION")),
            first_seen: candidate.first_seen,
            raised_at: candidate.raised_at,
            last_seen: candidate.last_seen,
            dwell_s: candidate.dwell_s,
            files: Vec::new(),
            missing: Vec::new(),
        }
    }
}
