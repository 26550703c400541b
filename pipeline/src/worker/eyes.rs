//! What a camera's picture is looked at with: a detector, and classifiers for
//! the crops of bins and muck trucks where the city has them.

use super::stages::{Stage, timed};
use crate::config::Models;
use crate::payload::ModelRef;
use models::manifest::Family;
use models::{
    Classifier, Detector, Device, Engine, EngineConfig, EngineError, InferError, Manifest, Meaning, Model, ModelError,
    ModelSearch, Planes,
};
use operators::vocabulary::{Condition, Detection, Label};
use std::sync::Arc;
use std::time::Duration;

/// Why the models of a city cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum EyesError {
    /// A model cannot be found or read.
    #[error(transparent)]
    Model(#[from] ModelError),
    /// A model cannot be run.
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

/// Detector and classifiers of a city, shared by all its cameras.
pub struct Eyes {
    detector: Arc<dyn Detector>,
    bin_state: Option<Arc<dyn Classifier>>,
    truck_load: Option<Arc<dyn Classifier>>,
    model: ModelRef,
    labels: Vec<Label>,
    conditions: Vec<Condition>,
}

impl Eyes {
    /// Finds and starts the models that CITY.toml names.
    ///
    /// # Errors
    /// A model that is missing, damaged, does not fit its manifest or its role.
    pub fn open(models: &Models, search: &ModelSearch) -> Result<Eyes, EyesError> {
        let detector = start(models, &models.detector, "model", search, |f| f != Family::Classifier)?;
        let classifier = |name: &Option<String>, role| match name {
            None => Ok(None),
            Some(name) => start(models, name, role, search, |f| f == Family::Classifier).map(Some),
        };
        let bin_state = classifier(&models.bin_state, "bin_state")?;
        let truck_load = classifier(&models.truck_load, "truck_load")?;
        let manifest = &detector.model().manifest;
        let labels = meanings(manifest, |m| match m {
            Meaning::Object(label) => Some(label),
            Meaning::State(_) => None,
        });
        let conditions = [&bin_state, &truck_load]
            .into_iter()
            .flatten()
            .flat_map(|engine| {
                meanings(&engine.model().manifest, |m| match m {
                    Meaning::State(condition) => Some(condition),
                    Meaning::Object(_) => None,
                })
            })
            .collect();
        let model = ModelRef {
            name: manifest.name.clone(),
            version: manifest.version.clone(),
            sha256: manifest.sha256.clone(),
        };
        Ok(Eyes {
            detector,
            bin_state: bin_state.map(|e| e as Arc<dyn Classifier>),
            truck_load: truck_load.map(|e| e as Arc<dyn Classifier>),
            model,
            labels,
            conditions,
        })
    }

    /// Eyes around a detector of one's own, for tests and benches.
    pub fn around(detector: Arc<dyn Detector>, model: ModelRef) -> Eyes {
        Eyes { detector, bin_state: None, truck_load: None, model, labels: Label::ALL.to_vec(), conditions: vec![] }
    }

    /// The detector's name, version and hash, for candidates.
    pub fn model(&self) -> &ModelRef {
        &self.model
    }

    /// What a rule needs and these models cannot see, in words; `None` when all is there.
    pub fn lacks(&self, rule: &str) -> Option<String> {
        let sees = |label| self.labels.contains(&label);
        let tells = |condition| self.conditions.contains(&condition);
        let missing = match rule {
            "illegal-parking" if !self.labels.iter().any(|l| l.is_motor_vehicle()) => "cars, buses or trucks",
            "street-vending" if !sees(Label::Stall) && !sees(Label::Tricycle) => "stalls",
            "bin-overflow" if !sees(Label::Bin) => "bins",
            "bin-overflow" if !sees(Label::Waste) && !tells(Condition::BinOverRim) => "waste, nor the state of bins",
            "muck-truck" if !sees(Label::MuckTruck) => "muck trucks",
            "muck-truck" if !tells(Condition::LoadUncovered) => "whether a load is covered",
            _ => return None,
        };
        Some(format!("model `{}` cannot see {missing}, so the rule {rule} will never raise", self.model.name))
    }

    /// Everything in one picture, with the condition of bins and muck trucks
    /// where a classifier tells. Blocks until inference is done.
    ///
    /// # Errors
    /// The detector failed. A classifier that fails costs its word only, and is counted.
    pub fn look(&self, camera: &str, planes: &Planes<'_>) -> Result<Vec<Detection>, InferError> {
        let prepared = timed(Stage::Prepare, || self.detector.prepare(planes))?;
        let mut found = timed(Stage::Detect, || self.detector.detect(camera, prepared))?;
        for detection in &mut found {
            let classifier = match detection.label {
                Label::Bin => &self.bin_state,
                Label::MuckTruck => &self.truck_load,
                _ => continue,
            };
            let Some(classifier) = classifier else { continue };
            let words = timed(Stage::Prepare, || classifier.prepare_crop(planes, &detection.bbox))
                .and_then(|crop| classifier.classify(camera, crop));
            match words {
                Ok(words) => detection.condition = words.first().and_then(models::ClassScore::condition),
                Err(error) => {
                    metrics::counter!("streetwatch_classify_failures_total", "label" => detection.label.as_str())
                        .increment(1);
                    tracing::warn!(camera, %error, "classifier failed");
                }
            }
        }
        Ok(found)
    }
}

impl std::fmt::Debug for Eyes {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Eyes({})", self.model.name)
    }
}

fn start(
    models: &Models,
    name: &str,
    role: &'static str,
    search: &ModelSearch,
    fits: impl Fn(Family) -> bool,
) -> Result<Arc<Engine>, EyesError> {
    let model = Model::open(name, search)?;
    let family = model.manifest.output.family;
    if !fits(family) {
        let reason = format!("it is of the family `{}`", family.as_str());
        return Err(EyesError::Role { model: name.to_owned(), role, reason });
    }
    let device: Device = models.device.parse().map_err(|_| EyesError::Device(models.device.clone()))?;
    let mut config = EngineConfig::new(device);
    config.threads = models.threads;
    if device != Device::Cpu {
        config.max_batch = models.max_batch;
        config.deadline = Duration::from_millis(models.deadline.unsigned_abs());
    }
    Ok(Arc::new(Engine::start(Arc::new(model), config)?))
}

fn meanings<T>(manifest: &Manifest, pick: impl Fn(Meaning) -> Option<T>) -> Vec<T> {
    (0..manifest.classes.len()).filter_map(|class| manifest.meaning(class).and_then(&pick)).collect()
}
