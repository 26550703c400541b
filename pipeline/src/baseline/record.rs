//! What is written beside a baseline's pictures.

use crate::payload::OffsetTime;
use serde::{Deserialize, Serialize};

/// `baseline.json`: what a version was made of. Never changed afterwards.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct BaselineRecord {
    /// Layout of this file; 1.
    pub format: u32,
    /// Camera id.
    pub camera: String,
    /// Preset.
    pub preset: String,
    /// Part of the day, by the name CITY.toml gives it.
    pub part: String,
    /// From 1.
    pub version: u32,
    /// Columns and rows of the camera's pictures.
    pub picture_size: [usize; 2],
    /// Columns and rows of the grey picture that is compared.
    pub grey_size: [usize; 2],
    /// Pictures the median was taken of.
    pub pictures: usize,
    /// Time of the first of them.
    pub from: OffsetTime,
    /// Time of the last of them.
    pub until: OffsetTime,
    /// When it was built.
    pub built_at: OffsetTime,
    /// How it came about.
    pub origin: Origin,
    /// Components that this version cannot tell: their looks in this light are not known since
    /// a change was accepted that was only seen in another part of the day.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub unjudged: Vec<String>,
    /// SHA-256 of `grey.pgm`, `spread.pgm` and `picture.jpg`, in this order.
    pub sha256: [String; 3],
}

/// How a version came about.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase", tag = "how")]
pub enum Origin {
    /// The median of many pictures.
    Built {
        /// Files, or the camera's own source.
        from: Vec<String>,
    },
    /// The version before it, with the components of an accepted change put in.
    Accepted {
        /// That version.
        after: u32,
        /// The components.
        components: Vec<String>,
        /// The candidate that a reviewer took for a legitimate change.
        candidate: String,
    },
}

/// `approval.json`: who said that a version shows how things should be.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Approval {
    /// Who.
    pub by: Approver,
    /// When.
    pub at: OffsetTime,
    /// A few words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
}

/// Who approves.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Approver {
    /// A person, by name.
    Person(String),
    /// The rule of this name: `same-as-approved` is a version in which every
    /// component is found as in the approved version before it.
    Rule(String),
}

impl std::fmt::Display for Approver {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Approver::Person(name) => f.write_str(name),
            Approver::Rule(rule) => write!(f, "rule {rule}"),
        }
    }
}
