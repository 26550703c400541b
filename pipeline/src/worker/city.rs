//! All cameras of a city in this process: started, watched, stopped.

use super::camera::{Before, CameraWorker, Shared};
use super::components::Book;
use super::control::{Cameras, Control};
use super::dispatcher::{Dispatcher, Remembered, Snapshots};
use super::eyes::Eyes;
use super::segments::Segments;
use super::sightings;
use super::sink::Sink;
use super::views::Views;
use crate::clock::Clock;
use crate::config::{Camera, City};
use crate::evidence::EvidenceRecorder;
use crate::registry::Registry;
use crate::source::{
    BackoffLimits, Feed, FeedConfig, FfmpegOpener, Opener, Pace, RingLimits, SegmentPosition, StallLimits, Transport,
};
use arc_swap::ArcSwap;
use operators::vocabulary::EventTime;
use parking_lot::Mutex;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};
use std::time::Duration;

/// How a city is run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// In real time: files are paced, full queues drop and count, health and state are published.
    Live,
    /// In event time, as fast as the machine can; nothing is dropped.
    Replay,
}

/// What a city knows before its first picture.
#[derive(Default)]
pub struct Known {
    /// The register of components, which zones of the rule `component` watch.
    pub registry: Registry,
    /// What earlier runs left on the topic `state`, by camera id.
    pub remembered: BTreeMap<String, Remembered>,
    /// The topic `segments`, for the cameras that are fed from it.
    pub segments: Option<Segments>,
}

/// Segments come one after the other, each with seconds of pictures: silence is judged accordingly.
const SEGMENTS_STALL: Duration = Duration::from_secs(30);

/// Why a city did not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// A file without `start` that cannot be looked at.
    #[error("camera {camera}: {reason}")]
    Camera {
        /// The camera.
        camera: String,
        /// What is wrong.
        reason: String,
    },
    /// The system gave no thread.
    #[error("no thread: {0}")]
    Thread(#[from] std::io::Error),
}

/// How far one camera has got, for a progress bar.
#[derive(Debug, Clone)]
pub struct Progress {
    /// Camera id.
    pub camera: String,
    reached: Arc<Reached>,
    start: Option<EventTime>,
}

impl Progress {
    /// Event time of the last picture; `None` before the first.
    pub fn reached(&self) -> Option<EventTime> {
        self.reached.latest()
    }

    /// Event time of the first picture: of files as configured, else of the first that came.
    pub fn start(&self) -> Option<EventTime> {
        self.start.or_else(|| self.reached.first())
    }
}

/// Event times of a camera's first and latest picture, told while it runs.
#[derive(Debug)]
pub(super) struct Reached {
    first: AtomicI64,
    latest: AtomicI64,
}

impl Default for Reached {
    fn default() -> Self {
        Reached { first: AtomicI64::new(i64::MIN), latest: AtomicI64::new(i64::MIN) }
    }
}

impl Reached {
    /// A picture was looked at.
    pub fn picture(&self, at: EventTime) {
        let _told_before = self.first.compare_exchange(i64::MIN, at.0, Ordering::Relaxed, Ordering::Relaxed);
        self.latest.store(at.0, Ordering::Relaxed);
    }

    fn first(&self) -> Option<EventTime> {
        Self::known(&self.first)
    }

    fn latest(&self) -> Option<EventTime> {
        Self::known(&self.latest)
    }

    fn known(at: &AtomicI64) -> Option<EventTime> {
        Some(at.load(Ordering::Relaxed)).filter(|at| *at != i64::MIN).map(EventTime)
    }
}

/// A city at work.
pub struct RunningCity {
    cameras: Arc<Cameras>,
    /// How far each camera has got.
    pub progress: Vec<Progress>,
}

/// Starts every camera of the city.
///
/// # Errors
/// No threads, or a file without `start` that does not exist. What was started is stopped then.
pub fn start(
    city: Arc<City>,
    mode: Mode,
    eyes: Arc<Eyes>,
    evidence: EvidenceRecorder,
    sink: Arc<dyn Sink>,
    clock: Arc<dyn Clock>,
    known: Known,
) -> Result<RunningCity, StartError> {
    let live = mode == Mode::Live;
    let Known { registry, mut remembered, segments } = known;
    let book = ArcSwap::from_pointee(Book::new(&city, &registry));
    let views = Views::of(&city.cameras);
    let stop = AtomicBool::new(false);
    let devices = sightings::devices(&city);
    let shared = Arc::new(Shared { city: city.clone(), eyes, book, devices, views, clock: clock.clone(), stop, live });
    let dispatcher = Mutex::new(Dispatcher::start(shared.clone(), evidence, sink)?);
    let (running, reloading) = (Mutex::default(), Mutex::default());
    let cameras = Arc::new(Cameras { shared, registry, segments, running, dispatcher, reloading });
    let mut running = RunningCity { cameras, progress: Vec::new() };
    for (index, camera) in city.cameras.iter().enumerate() {
        let memory = remembered.remove(&camera.id).filter(|m| m.preset == camera.preset);
        if let Err(error) = running.start_camera(camera, index, mode, &clock, memory) {
            running.stop();
            return Err(error);
        }
    }
    Ok(running)
}

impl RunningCity {
    fn start_camera(
        &mut self,
        camera: &Camera,
        index: usize,
        mode: Mode,
        clock: &Arc<dyn Clock>,
        memory: Option<Remembered>,
    ) -> Result<(), StartError> {
        let (worker, start) =
            self.cameras.open(camera, &self.cameras.shared.city.version, (index, None), mode, clock, memory)?;
        self.progress.push(Progress { camera: camera.id.clone(), reached: worker.reached.clone(), start });
        self.cameras.begin(worker, None)?;
        Ok(())
    }

    /// A way to change its cameras while it runs.
    pub fn control(&self) -> Control {
        Control(self.cameras.clone())
    }

    /// Whether every source has ended by itself and all that came of it is acknowledged or given up.
    pub fn ended(&self) -> bool {
        self.cameras.all_ended() && self.cameras.dispatcher.lock().is_idle()
    }

    /// Asks every camera to stop, waits until they have said goodbye and until
    /// all that they handed on is acknowledged. Returns how many messages could
    /// not be delivered in the time that is left to a stopping process.
    pub fn stop(self) -> u64 {
        self.cameras.shared.stop.store(true, Ordering::Release);
        self.join()
    }

    /// Waits until every source has ended by itself and all is acknowledged.
    pub fn finish(self) -> u64 {
        self.join()
    }

    fn join(self) -> u64 {
        self.cameras.join();
        self.cameras.dispatcher.lock().finish()
    }
}

impl Cameras {
    /// A worker of a camera with its source open, not started; and the time of its first picture, for files.
    /// `of` is the camera's number, which spreads them in time, and in a cluster its partition.
    pub(super) fn open(
        &self,
        camera: &Camera,
        version: &str,
        of: (usize, Option<i32>),
        mode: Mode,
        clock: &Arc<dyn Clock>,
        memory: Option<Remembered>,
    ) -> Result<(CameraWorker, Option<EventTime>), StartError> {
        let on = memory.as_ref().and_then(|m| m.segments.map(|from| (from, m.at.event_time())));
        let (feed, start) = self.feed(camera, of, mode, clock, on)?;
        let snapshot = memory.map(|memory| {
            tracing::info!(camera = %camera.id, until = %memory.at, "goes on where an earlier run left off");
            self.dispatcher.lock().remember(&camera.id, memory.evidence);
            Snapshots { watch: memory.watch, components: memory.components, segments: memory.segments }
        });
        let before = Before { snapshots: snapshot, ..Before::default() };
        Ok((self.worker(camera, version, feed, before), start))
    }

    /// A camera's open source. `on` is where on the topic `segments` it goes on, and the time of its last picture.
    pub(super) fn feed(
        &self,
        camera: &Camera,
        (index, partition): (usize, Option<i32>),
        mode: Mode,
        clock: &Arc<dyn Clock>,
        on: Option<(SegmentPosition, EventTime)>,
    ) -> Result<(Feed, Option<EventTime>), StartError> {
        let fail = |reason: String| StartError::Camera { camera: camera.id.clone(), reason };
        let mut config = feed_config(camera, &self.shared.city, mode, index).map_err(fail)?;
        let start = config.start;
        let opener: Arc<dyn Opener> = match self.segments.as_ref().filter(|_| camera.is_segments()) {
            Some(segments) => {
                config.after = on.map(|(_, at)| at);
                let from = on.map(|(from, _)| from);
                Arc::new(segments.opener(camera, partition, from, clock).map_err(|e| fail(e.to_string()))?)
            }
            None => Arc::new(FfmpegOpener),
        };
        let feed = Feed::start(config, opener, clock.clone()).map_err(|e| fail(e.to_string()))?;
        Ok((feed, start))
    }
}

/// How a camera's source is read.
pub(crate) fn feed_config(camera: &Camera, city: &City, mode: Mode, index: usize) -> Result<FeedConfig, String> {
    let mut config = FeedConfig::new(&camera.id, &camera.url);
    config.start = camera.start.map(|(at, _)| at);
    if mode == Mode::Replay && config.start.is_none() && camera.is_file() {
        config.start = Some(modified(&camera.url)?);
    }
    config.sample = Duration::from_millis(camera.sample.unsigned_abs());
    config.pace = match mode {
        Mode::Replay => Pace::AsFast,
        // The topic keeps what was not taken yet, so nothing need give way.
        Mode::Live if camera.is_segments() => Pace::Kept,
        Mode::Live => Pace::RealTime,
    };
    config.repeat = camera.repeat && mode == Mode::Live;
    config.by_the_clock = camera.by_the_clock && mode == Mode::Live;
    config.transport = if camera.udp { Transport::Udp } else { Transport::Tcp };
    config.queue = city.limits.queue;
    config.decode = city.models.decode;
    config.ring =
        RingLimits { span: Duration::from_millis(city.limits.ring.unsigned_abs()), bytes: city.limits.ring_bytes };
    if camera.is_segments() {
        config.stall.least = SEGMENTS_STALL;
        // Waiting long would only make a camera late whose recorder is back.
        config.backoff = BackoffLimits { longest: Duration::from_secs(5), ..BackoffLimits::default() };
    }
    if let Some(stall) = camera.stall_after {
        config.stall = StallLimits { least: Duration::from_millis(stall.unsigned_abs()), ..StallLimits::default() };
    }
    if config.pace == Pace::RealTime {
        // Hundreds of cameras must not all connect, and later all sample, in the same instant.
        let spread = (index as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 32;
        config.stagger = config.sample.min(Duration::from_secs(5)).mul_f64(spread as f64 / f64::from(u32::MAX));
    }
    Ok(config)
}

/// A file without `start` replays from its own age, so that two replays give the same ids.
fn modified(url: &str) -> Result<EventTime, String> {
    let path = url.strip_prefix("file://").unwrap_or(url);
    let since = std::fs::metadata(path)
        .and_then(|m| m.modified())
        .map_err(|e| format!("{path}: {e}"))?
        .duration_since(std::time::UNIX_EPOCH)
        .unwrap_or_default();
    Ok(EventTime(since.as_millis() as i64))
}
