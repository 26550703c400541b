//! Runs a model for all cameras: one engine for each model and device, a bounded
//! queue, batches across cameras where the model takes them.
//!
//! Each camera's thread prepares its picture, then waits for the answer, so it has
//! one request in flight and its order is kept. When the queue is full the caller
//! waits (counted); shedding old pictures is the camera's sampler's task.
//!
//! # Sessions
//! `ort` lends a session to one run at a time (`Session::run` takes `&mut self`,
//! and its source warns at length that ONNX Runtime's `Run` is not safe to share).
//! So on the CPU each of the `threads` workers has a session of its own, one
//! thread each; a GPU has one worker and one session. Memory is bounded: each
//! worker has the model's weights and an arena whose shapes are fixed (YOLOX-Nano:
//! 17 MB a worker, the first 58 MB with the library).

mod batch;
mod cache;
mod device;
mod error;
mod fallback;
mod prepared;
mod session;
mod worker;

pub use batch::{BatchTime, choose};
pub use device::{Device, UnknownDevice};
pub use error::{EngineError, InferError};
pub use fallback::{Fallback, FallbackReason};
pub use prepared::Prepared;

use crate::manifest::{Family, Manifest};
use crate::model::Model;
use crate::output::{Candidate, ClassScore};
use crate::planes::Planes;
use crate::preprocess::{self, Placement};
use crossbeam_channel::{Sender, TrySendError, bounded};
use operators::vocabulary::{BBox, Detection};
use prepared::BufferPool;
use session::Net;
use std::path::PathBuf;
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::{Duration, Instant};
use worker::{Context, Job, Want};

/// A run may take so long unless somebody says otherwise: with the wait for the batch it stays well below the
/// second between two pictures.
const BUDGET: Duration = Duration::from_millis(50);
/// Runs of each size that are timed; the quickest counts.
const TIMED: usize = 3;

/// How an engine runs.
#[derive(Debug, Clone, PartialEq)]
pub struct EngineConfig {
    /// Where; the CPU takes over if it cannot be had.
    pub device: Device,
    /// Workers on the CPU; a GPU has one.
    pub threads: usize,
    /// Most pictures in one run, for models whose batch is not fixed.
    pub max_batch: usize,
    /// Measure at the start how many up to `max_batch` are best, where a run takes no longer than this; `None` takes
    /// `max_batch` as it is.
    pub measure: Option<Duration>,
    /// Longest a picture waits for others to share its run.
    pub deadline: Duration,
    /// Pictures that may wait. When it is full the caller waits.
    pub queue: usize,
    /// TensorRT: half precision.
    pub fp16: bool,
    /// TensorRT: folder that keeps built engines, each model and kind of GPU below it in its own; without it each
    /// start builds for minutes.
    pub engine_cache: Option<PathBuf>,
}

impl EngineConfig {
    /// Defaults for a device: on the CPU a worker for each core and no batches
    /// (they gain nothing there), on a GPU batches of up to 32 as measured, within 4 ms.
    pub fn new(device: Device) -> EngineConfig {
        let cpu = device == Device::Cpu;
        EngineConfig {
            device,
            threads: std::thread::available_parallelism().map_or(1, usize::from),
            max_batch: if cpu { 1 } else { 32 },
            measure: (!cpu).then_some(BUDGET),
            deadline: Duration::from_millis(if cpu { 0 } else { 4 }),
            queue: 256,
            fp16: true,
            engine_cache: None,
        }
    }
}

/// What a run found in one picture.
enum Answer {
    Candidates(Vec<Candidate>),
    Objects(Vec<Detection>),
    Classes(Vec<ClassScore>),
}

/// Finds objects. The pipeline works against this, so that its tests can script it.
pub trait Detector: Send + Sync {
    /// The picture as this detector wants it; on the caller's thread.
    ///
    /// # Errors
    /// Planes that do not hold what they promise.
    fn prepare(&self, planes: &Planes) -> Result<Prepared, InferError>;

    /// The objects of one prepared picture, strongest first. Blocks; one call at a
    /// time for each camera.
    ///
    /// # Errors
    /// The runtime failed, or the engine has stopped.
    fn detect(&self, camera: &str, input: Prepared) -> Result<Vec<Detection>, InferError>;
}

/// Looks at crops of objects.
pub trait Classifier: Send + Sync {
    /// The object's crop as this classifier wants it; on the caller's thread.
    ///
    /// # Errors
    /// Planes that do not hold what they promise.
    fn prepare_crop(&self, planes: &Planes, bbox: &BBox) -> Result<Prepared, InferError>;

    /// Every class with its probability, the most likely first. Blocks.
    ///
    /// # Errors
    /// The runtime failed, or the engine has stopped.
    fn classify(&self, camera: &str, input: Prepared) -> Result<Vec<ClassScore>, InferError>;
}

/// A model at work. Dropping it lets the workers finish what is queued, then joins them.
#[derive(Debug)]
pub struct Engine {
    model: Arc<Model>,
    device: Device,
    fallback: Option<Fallback>,
    batch: usize,
    times: Vec<BatchTime>,
    queue: Option<Sender<Job>>,
    workers: Vec<JoinHandle<()>>,
    buffers: BufferPool,
}

impl Engine {
    /// Loads the model, checks that its inputs and outputs fit the manifest, warms
    /// every batch size up and starts the workers. A GPU that cannot be had is
    /// replaced by the CPU, with a warning and a metric; [`Engine::device`] tells.
    ///
    /// # Errors
    /// No runtime, a model that is damaged or does not fit its manifest.
    pub fn start(model: Arc<Model>, config: EngineConfig) -> Result<Engine, EngineError> {
        let bytes = model.read()?;
        let Loaded { net: mut first, device, config, fallback } = load_or_fall_back(&model.manifest, &bytes, &config)?;
        let times = match config.measure {
            Some(_) => measured(&model.manifest, &mut first, device, config.max_batch)?,
            None => Vec::new(),
        };
        let wanted = config.measure.map_or(config.max_batch, |budget| choose(&times, budget));
        let batch = first.batch_limit(wanted);
        let workers = if device == Device::Cpu { config.threads.max(1) } else { 1 };
        let mut nets = vec![first];
        for _ in 1..workers {
            nets.push(load(&model.manifest, &bytes, device, &config)?);
        }
        let (queue, jobs) = bounded::<Job>(config.queue.max(1));
        let context = Arc::new(Context {
            manifest: model.manifest.clone(),
            device: device.to_string(),
            max_batch: wanted,
            deadline: config.deadline,
        });
        let mut engine = Engine {
            model,
            device,
            fallback,
            batch,
            times,
            queue: Some(queue),
            workers: Vec::new(),
            buffers: BufferPool::new(config.queue),
        };
        for (i, net) in nets.into_iter().enumerate() {
            let (context, jobs) = (context.clone(), jobs.clone());
            let handle = std::thread::Builder::new()
                .name(format!("infer-{i}"))
                .spawn(move || worker::serve(net, &context, &jobs))
                .map_err(|e| EngineError::Thread(e.to_string()))?;
            engine.workers.push(handle);
        }
        tracing::info!(model = %engine.model.manifest.name, %device, workers, batch, "inference engine started");
        Ok(engine)
    }

    /// The device it really runs on.
    pub fn device(&self) -> Device {
        self.device
    }

    /// The device that was asked for and could not be had.
    pub fn fallback(&self) -> Option<&Fallback> {
        self.fallback.as_ref()
    }

    /// Most pictures in one run.
    pub fn batch(&self) -> usize {
        self.batch
    }

    /// What runs of each size took, where that was measured.
    pub fn batch_times(&self) -> &[BatchTime] {
        &self.times
    }

    /// The model.
    pub fn model(&self) -> &Arc<Model> {
        &self.model
    }

    /// Every box of one prepared picture in the model's own classes, neither mapped
    /// nor suppressed: for measuring a model, not for the pipeline.
    ///
    /// # Errors
    /// As [`Detector::detect`].
    pub fn candidates(&self, camera: &str, input: Prepared) -> Result<Vec<Candidate>, InferError> {
        match self.ask(camera, input, Want::Candidates)? {
            Answer::Candidates(found) => Ok(found),
            _ => Err(self.of_kind("detect")),
        }
    }

    fn ask(&self, camera: &str, input: Prepared, want: Want) -> Result<Answer, InferError> {
        let manifest = &self.model.manifest;
        let wanted = 3 * manifest.input.width * manifest.input.height;
        if input.values().len() != wanted {
            let found = input.values().len();
            return Err(InferError::Input { model: manifest.name.clone(), wanted, found });
        }
        let queue = self.queue.as_ref().ok_or(InferError::Stopped)?;
        let (reply, answer) = bounded(1);
        let job = Job { input, want, queued: Instant::now(), reply };
        if let Err(refused) = queue.try_send(job) {
            let TrySendError::Full(job) = refused else { return Err(InferError::Stopped) };
            metrics::counter!("streetwatch_inference_queue_full_total", "model" => manifest.name.clone()).increment(1);
            tracing::debug!(camera, "inference queue is full, waiting");
            queue.send(job).map_err(|_| InferError::Stopped)?;
        }
        answer.recv().map_err(|_| InferError::Stopped)?
    }

    fn of_kind(&self, wanted: &'static str) -> InferError {
        let m = &self.model.manifest;
        InferError::Kind { model: m.name.clone(), family: m.output.family.as_str(), wanted }
    }
}

impl Detector for Engine {
    fn prepare(&self, planes: &Planes) -> Result<Prepared, InferError> {
        let mut values = self.buffers.take();
        let placement = preprocess::fit(planes, &self.model.manifest.input, &mut values)?;
        Ok(Prepared::pooled(values, placement, &self.buffers))
    }

    fn detect(&self, camera: &str, input: Prepared) -> Result<Vec<Detection>, InferError> {
        if self.model.manifest.output.family == Family::Classifier {
            return Err(self.of_kind("detect"));
        }
        match self.ask(camera, input, Want::OurWords)? {
            Answer::Objects(found) => Ok(found),
            _ => Err(self.of_kind("detect")),
        }
    }
}

impl Classifier for Engine {
    fn prepare_crop(&self, planes: &Planes, bbox: &BBox) -> Result<Prepared, InferError> {
        let spec = &self.model.manifest.input;
        let mut values = self.buffers.take();
        let placement = preprocess::fit_crop(planes, bbox, spec, &mut values)?;
        Ok(Prepared::pooled(values, placement, &self.buffers))
    }

    fn classify(&self, camera: &str, input: Prepared) -> Result<Vec<ClassScore>, InferError> {
        if self.model.manifest.output.family != Family::Classifier {
            return Err(self.of_kind("classify"));
        }
        match self.ask(camera, input, Want::OurWords)? {
            Answer::Classes(scores) => Ok(scores),
            _ => Err(self.of_kind("classify")),
        }
    }
}

impl Drop for Engine {
    fn drop(&mut self) {
        self.queue = None;
        for worker in self.workers.drain(..) {
            let _ = worker.join();
        }
    }
}

/// A session, and where it really runs.
struct Loaded {
    net: Net,
    device: Device,
    /// As was asked for, unless the device is another one.
    config: EngineConfig,
    fallback: Option<Fallback>,
}

/// On the device asked for, else on the next best. Only what the device is to blame for falls back: a damaged model
/// fails on the CPU too, and says so.
fn load_or_fall_back(manifest: &Manifest, bytes: &[u8], config: &EngineConfig) -> Result<Loaded, EngineError> {
    let mut fallback: Option<Fallback> = None;
    for device in fallback::chain(config.device) {
        let mut config = config.clone();
        if device == Device::Cpu && config.device != Device::Cpu {
            // Batches were for the GPU.
            (config.max_batch, config.measure) = (1, None);
        }
        match load(manifest, bytes, device, &config) {
            Ok(net) => {
                if let Some(fallback) = &fallback {
                    fallback::tell(&manifest.name, fallback, device);
                }
                return Ok(Loaded { net, device, config, fallback });
            }
            Err(EngineError::Unusable { why, .. }) if device != Device::Cpu => {
                let reason = FallbackReason::of(&why);
                fallback.get_or_insert(Fallback { wanted: device, reason, why });
            }
            Err(other) => return Err(other),
        }
    }
    // The chain ends with the CPU, which returns either way.
    Err(EngineError::Thread("no device was tried".to_owned()))
}

/// How long runs of each size take, the warm session's quickest of some.
fn measured(
    manifest: &Manifest,
    net: &mut Net,
    device: Device,
    max_batch: usize,
) -> Result<Vec<BatchTime>, EngineError> {
    let picture = 3 * manifest.input.width * manifest.input.height;
    let limit = net.batch_limit(max_batch);
    let mut times = Vec::new();
    let mut batch = net.padded(1);
    loop {
        let values = vec![0.0; picture * batch];
        let mut quickest = Duration::MAX;
        for _ in 0..TIMED {
            let began = Instant::now();
            net.run(&values, batch, 1, |_, _| {}).map_err(|e| EngineError::Unusable {
                model: manifest.name.clone(),
                file: manifest.file.clone(),
                device,
                why: e.message().trim().to_owned(),
            })?;
            quickest = quickest.min(began.elapsed());
        }
        times.push(BatchTime { batch, run: quickest });
        if batch >= limit {
            return Ok(times);
        }
        batch *= 2;
    }
}

/// A session that has run once in every batch size and whose outputs fit.
fn load(manifest: &Manifest, bytes: &[u8], device: Device, config: &EngineConfig) -> Result<Net, EngineError> {
    let mut net = Net::load(manifest, bytes, device, config)?;
    let (width, height) = (manifest.input.width, manifest.input.height);
    let placement = Placement { x: 0.0, y: 0.0, w: width as f32, h: height as f32 };
    let blank = Prepared::detached(Vec::new(), placement);
    let limit = net.batch_limit(config.max_batch);
    let mut size = net.padded(1);
    loop {
        let mut fits = Ok(());
        net.run(&vec![0.0; 3 * width * height * size], size, 1, |_, tensors| {
            fits = worker::answer(manifest, &blank, Want::OurWords, tensors).map(drop);
        })
        .map_err(|e| EngineError::Unusable {
            model: manifest.name.clone(),
            file: manifest.file.clone(),
            device,
            why: e.message().trim().to_owned(),
        })?;
        if let Err(InferError::Output(what)) = fits {
            return Err(EngineError::Output {
                model: manifest.name.clone(),
                file: manifest.file.clone(),
                what: Box::new(what),
            });
        }
        if size >= limit {
            return Ok(net);
        }
        size *= 2;
    }
}
