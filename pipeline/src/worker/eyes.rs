//! What a camera's picture is looked at with: a detector, and classifiers for
//! the crops of bins and muck trucks where the city has them.

use crate::config::{Models, offset_of};
use crate::payload::ModelRef;
use crate::worker::stages::{Stage, timed};
use models::engine::{Classifier, Detector, Device, Engine, EngineConfig, EngineError, InferError};
use models::output::ClassScore;
use models::{Meaning, Model, ModelSearch, Planes};
use operators::vocabulary::{Condition, ConditionScore, Detection, Label};
use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

/// Why the models of a city cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum EyesError {
    /// A model cannot be found, read or run.
    #[error(transparent)]
    Engine(#[from] EngineError),
    /// The device's name.
    #[error("device \"{0}\" is none of cpu, cuda, cuda:N, tensorrt, tensorrt:N")]
    Device(String),
    /// A classifier where a detector belongs, or the other way round.
    #[error("model `{model}` cannot serve as {role}: {reason}")]
    Role {
        /// Model.
        model: String,
        /// `model`, `bin_state` or `truck_load`.
        role: &'static str,
        /// Why.
        reason: String,
    },
}
