//! What a camera's picture is looked at with: a detector, and classifiers for
//! the crops of bins and muck trucks where the city has them.

use super::stages::{Stage, timed};
use crate::config::Models;
use crate::payload::ModelRef;
use crate::telemetry::names;
use models::manifest::Family;
use models::{
    BatchTime, Classifier, Detector, Device, Engine, EngineConfig, EngineError, Fallback, InferError, Manifest,
    Meaning, Model, ModelError, ModelSearch, Planes,
};
use operators::closer;
use operators::vocabulary::{BBox, Condition, Detection, Label};
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
    running: Vec<RunningOn>,
    /// Whether the rules may ask for a closer look.
    closer: bool,
}

/// What one picture was found to show.
#[derive(Debug, Clone, Default)]
pub struct Found {
    /// Everything in it.
    pub detections: Vec<Detection>,
    /// The part that was looked at closely.
    pub closer: Option<BBox>,
}

/// Where one model really runs.
#[derive(Debug, Clone)]
pub struct RunningOn {
    /// The model.
    pub model: String,
    /// The device.
    pub device: Device,
    /// Most pictures in one run.
    pub batch: usize,
    /// What runs of each size took, where that was measured.
    pub times: Vec<BatchTime>,
    /// The device that was asked for, and why it is not that one.
    pub fallback: Option<Fallback>,
}

impl RunningOn {
    fn of(engine: &Engine) -> RunningOn {
        RunningOn {
            model: engine.model().manifest.name.clone(),
            device: engine.device(),
            batch: engine.batch(),
            times: engine.batch_times().to_vec(),
            fallback: engine.fallback().cloned(),
        }
    }
}

impl std::fmt::Display for RunningOn {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "model {} runs on {}, {} in a run at most", self.model, self.device, self.batch)?;
        match &self.fallback {
            Some(Fallback { wanted, reason, why }) => {
                write!(f, "; {wanted} cannot be had ({}): {why}", reason.as_str())
            }
            None => Ok(()),
        }
    }
}

/// Which batch sizes are measured at the start.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Measure {
    /// Those of a GPU, where CITY.toml names none.
    AsNeeded,
    /// Those of every model on whatever it runs.
    All,
}

impl Eyes {
    /// Finds and starts the models that CITY.toml names.
    ///
    /// # Errors
    /// A model that is missing, damaged, does not fit its manifest or its role.
    pub fn open(models: &Models, search: &ModelSearch) -> Result<Eyes, EyesError> {
        Eyes::open_measured(models, search, Measure::AsNeeded)
    }

    /// [`Eyes::open`], saying which batch sizes are measured.
    ///
    /// # Errors
    /// As [`Eyes::open`].
    pub fn open_measured(models: &Models, search: &ModelSearch, measure: Measure) -> Result<Eyes, EyesError> {
        let detector = start(models, &models.detector, "model", search, measure, |f| f != Family::Classifier)?;
        let classifier = |name: &Option<String>, role| match name {
            None => Ok(None),
            Some(name) => start(models, name, role, search, measure, |f| f == Family::Classifier).map(Some),
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
        let all = [Some(&detector), bin_state.as_ref(), truck_load.as_ref()];
        let running = all.into_iter().flatten().map(|engine| RunningOn::of(engine)).collect();
        Ok(Eyes {
            running,
            detector,
            bin_state: bin_state.map(|e| e as Arc<dyn Classifier>),
            truck_load: truck_load.map(|e| e as Arc<dyn Classifier>),
            model,
            labels,
            conditions,
            closer: models.closer,
        })
    }

    /// Eyes around a detector of one's own, for tests and benches.
    pub fn around(detector: Arc<dyn Detector>, model: ModelRef) -> Eyes {
        let (labels, conditions, running) = (Label::ALL.to_vec(), Vec::new(), Vec::new());
        Eyes { detector, bin_state: None, truck_load: None, model, labels, conditions, running, closer: false }
    }

    /// Where each model really runs.
    pub fn running(&self) -> &[RunningOn] {
        &self.running
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
    /// where a classifier tells; `closer` is the part to look at once more. Blocks until inference is done.
    ///
    /// # Errors
    /// The detector failed. A closer look or a classifier that fails costs its word only, and is counted.
    pub fn look(&self, camera: &str, planes: &Planes<'_>, closer: Option<BBox>) -> Result<Found, InferError> {
        let mut found = self.detect(camera, planes)?;
        let mut closer = closer.filter(|_| self.closer);
        if let Some(part) = closer {
            match self.look_closer(camera, planes, &part) {
                Ok(close) => found = closer::merge(&part, &found, &close),
                Err(error) => {
                    closer = None;
                    metrics::counter!(names::CLOSER_FAILED, "camera" => camera.to_owned()).increment(1);
                    tracing::warn!(camera, %error, "closer look failed");
                }
            }
        }
        self.tell_conditions(camera, planes, &mut found);
        Ok(Found { detections: found, closer })
    }

    fn detect(&self, camera: &str, planes: &Planes<'_>) -> Result<Vec<Detection>, InferError> {
        let prepared = timed(Stage::Prepare, || self.detector.prepare(planes))?;
        timed(Stage::Detect, || self.detector.detect(camera, prepared))
    }

    /// What one part of the picture shows, in coordinates of the picture.
    fn look_closer(&self, camera: &str, planes: &Planes<'_>, part: &BBox) -> Result<Vec<Detection>, InferError> {
        let pixels = |share: f32, side: usize| (share.clamp(0.0, 1.0) * side as f32).round() as usize;
        let (left, top) = (pixels(part.x, planes.width) & !1, pixels(part.y, planes.height) & !1);
        let (width, height) = (pixels(part.w, planes.width), pixels(part.h, planes.height));
        let pixels = planes.part(left, top, width, height)?;
        let (w, h) = (planes.width as f32, planes.height as f32);
        let seen = BBox::new(left as f32 / w, top as f32 / h, pixels.width as f32 / w, pixels.height as f32 / h);
        let mut found = self.detect(camera, &pixels)?;
        found.iter_mut().for_each(|d| d.bbox = closer::in_picture(&seen, &d.bbox));
        metrics::counter!(names::CLOSER, "camera" => camera.to_owned()).increment(1);
        Ok(found)
    }

    /// Asks the classifiers for the condition of bins and muck trucks.
    fn tell_conditions(&self, camera: &str, planes: &Planes<'_>, found: &mut [Detection]) {
        for detection in found {
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
    measure: Measure,
    fits: impl Fn(Family) -> bool,
) -> Result<Arc<Engine>, EyesError> {
    let model = Model::open(name, search)?;
    let family = model.manifest.output.family;
    if !fits(family) {
        let reason = format!("it is of the family `{}`", family.as_str());
        return Err(EyesError::Role { model: name.to_owned(), role, reason });
    }
    let device: Device = models.device.parse().map_err(|_| EyesError::Device(models.device.clone()))?;
    Ok(Arc::new(Engine::start(Arc::new(model), engine_config(models, device, measure))?))
}

/// How an engine runs on the device that is asked for.
fn engine_config(models: &Models, device: Device, measure: Measure) -> EngineConfig {
    let budget = Duration::from_millis(models.batch_latency.unsigned_abs());
    let mut config = EngineConfig::new(device);
    config.threads = models.threads;
    config.fp16 = models.fp16;
    config.engine_cache = Some(models.engine_cache.clone());
    if device != Device::Cpu {
        config.deadline = Duration::from_millis(models.deadline.unsigned_abs());
        config.measure = models.max_batch.is_none().then_some(budget);
        config.max_batch = models.max_batch.unwrap_or(config.max_batch);
    }
    if measure == Measure::All {
        config.measure = Some(budget);
        config.max_batch = models.max_batch.unwrap_or(MOST_MEASURED);
        // Only the sizes of a run are looked at; nothing is served.
        config.threads = 1;
    }
    config
}

/// The largest batch that is measured where everything is.
const MOST_MEASURED: usize = 32;

fn meanings<T>(manifest: &Manifest, pick: impl Fn(Meaning) -> Option<T>) -> Vec<T> {
    (0..manifest.classes.len()).filter_map(|class| manifest.meaning(class).and_then(&pick)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config;
    use crossbeam_channel::{Receiver, Sender, unbounded};
    use models::preprocess::Placement;
    use models::{Matrix, Prepared};
    use std::path::Path;

    /// Sees the same bin in whatever it is shown, and tells of the sizes. A picture less than 100 wide breaks it.
    struct Everywhere(Sender<(usize, usize)>);

    impl Detector for Everywhere {
        fn prepare(&self, planes: &Planes<'_>) -> Result<Prepared, InferError> {
            if planes.width < 100 {
                return Err(InferError::Stopped);
            }
            self.0.send((planes.width, planes.height)).expect("heard");
            Ok(Prepared::detached(Vec::new(), Placement { x: 0.0, y: 0.0, w: 1.0, h: 1.0 }))
        }

        fn detect(&self, _: &str, _: Prepared) -> Result<Vec<Detection>, InferError> {
            let bbox = BBox::new(0.4, 0.4, 0.1, 0.2);
            Ok(vec![Detection { label: Label::Bin, score: 0.8, bbox, condition: None }])
        }
    }

    fn everywhere(closer: bool) -> (Eyes, Receiver<(usize, usize)>) {
        let (tell, told) = unbounded();
        let model = ModelRef { name: "everywhere".into(), version: "1".into(), sha256: "0".repeat(64) };
        (Eyes { closer, ..Eyes::around(Arc::new(Everywhere(tell)), model) }, told)
    }

    fn look(eyes: &Eyes, (width, height): (usize, usize), closer: Option<BBox>) -> Found {
        let (y, uv) = (vec![0; width * height], vec![0; width * height]);
        let (y_stride, uv_stride) = (width, width.div_ceil(2));
        let planes = Planes {
            width,
            height,
            y: &y,
            u: &uv,
            v: &uv,
            y_stride,
            uv_stride,
            full_range: false,
            matrix: Matrix::Bt601,
        };
        eyes.look("c-001", &planes, closer).expect("a look")
    }

    #[test]
    fn a_closer_look_is_at_the_pixels_of_its_part_and_its_boxes_are_the_pictures() {
        let (eyes, told) = everywhere(true);
        let part = BBox::new(0.5, 0.25, 0.5, 0.5);
        let found = look(&eyes, (640, 360), Some(part));
        assert_eq!(told.try_iter().collect::<Vec<_>>(), [(640, 360), (320, 180)]);
        assert_eq!(found.closer, Some(part));
        let [_, close] = &found.detections[..] else { panic!("{:?}", found.detections) };
        assert!(close.bbox.iou(&BBox::new(0.7, 0.45, 0.05, 0.1)) > 0.99, "{:?}", close.bbox);
    }

    #[test]
    fn without_leave_or_where_it_fails_the_picture_is_as_first_seen() {
        let part = Some(BBox::new(0.0, 0.0, 0.5, 0.5));
        let (eyes, told) = everywhere(false);
        let found = look(&eyes, (640, 360), part);
        assert_eq!((found.detections.len(), found.closer, told.try_iter().count()), (1, None, 1));
        let (eyes, _told) = everywhere(true);
        let found = look(&eyes, (160, 90), part);
        assert_eq!((found.detections.len(), found.closer), (1, None));
    }

    fn models(inference: &str) -> Models {
        let text =
            format!("city = \"c\"\n[inference]\n{inference}\n[[camera]]\nid = \"c\"\nurl = \"rtsp://192.0.2.1/\"\n");
        config::parse(Path::new("CITY.toml"), &text).expect("a city").models
    }

    #[test]
    fn a_gpus_batch_is_measured_unless_one_is_named_and_the_processor_has_none() {
        let of = |text: &str, device| {
            let config = engine_config(&models(text), device, Measure::AsNeeded);
            (config.max_batch, config.measure, config.fp16)
        };
        let measured = Some(Duration::from_millis(50));
        assert_eq!(of("device = \"cuda\"", Device::Cuda(0)), (32, measured, true));
        assert_eq!(of("device = \"tensorrt\"\nmax_batch = 4\nfp16 = false", Device::TensorRt(0)), (4, None, false));
        assert_eq!(of("max_batch = 4", Device::Cpu), (1, None, true));
        let all = engine_config(&models(""), Device::Cpu, Measure::All);
        assert_eq!((all.max_batch, all.measure), (MOST_MEASURED, measured));
    }

    #[test]
    fn pictures_are_decoded_where_the_models_run_unless_it_is_said_otherwise() {
        use crate::source::DecodeOn;
        assert_eq!(models("").decode, DecodeOn::Cpu);
        assert_eq!(models("device = \"cuda:1\"").decode, DecodeOn::Auto);
        assert_eq!(models("device = \"cuda\"\ndecode = \"cpu\"").decode, DecodeOn::Cpu);
        assert_eq!(models("decode = \"cuda\"").decode, DecodeOn::Cuda);
    }
}
