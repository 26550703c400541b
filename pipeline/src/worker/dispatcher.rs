//! From what the rules say to acknowledged messages: evidence, candidate,
//! snapshot, log.
//!
//! A few threads; a camera always goes to the same one, so its messages keep
//! their order. Each thread's queue is bounded: when it is full the camera
//! waits (its own samples are then dropped and counted at the source), because
//! a candidate is never thrown away.

use super::camera::Shared;
use super::sink::{Message, Sink};
use crate::codes::problem_of;
use crate::config::Camera;
use crate::evidence::raster::Raster;
use crate::evidence::{
    self, ClipPackets, EvidenceRecorder, RecordRequest, Still, StillCache, StillError, View, jpeg, side_by_side,
};
use crate::payload::{
    CameraHealth, Candidate, CloudEvent, EvidenceItem, Object, OffsetTime, State, StateSnapshot, candidate_id,
};
use crate::source::{Clip, Frame};
use crate::telemetry::names;
use crossbeam_channel::{Receiver, Sender, bounded};
use operators::vocabulary::{Change, EventTime, KeepStill, Moment, StayId, Transition};
use operators::watch::Snapshot;
use parking_lot::Mutex;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;
use uuid::Uuid;

/// Threads: more than cores, so that a candidate of one camera seldom stands
/// behind the stills of another (p99 of the delay at 40 cameras: 867 ms with 2, 651 ms with 8).
const SHARDS: usize = 8;
/// Jobs that may wait per thread. A waiting still holds a decoded picture (3 MB at 1080p).
const QUEUE: usize = 8;
/// Stills kept for stays that may become candidates, in bytes of JPEG and in number.
const STILL_BYTES: usize = 512 << 20;
const STILL_COUNT: usize = 4096;
/// How long a stopping process goes on trying to reach the log.
const LAST_TRIES: Duration = Duration::from_secs(20);
/// Version of [`Memory`]'s layout.
const MEMORY_VERSION: u32 = 1;

/// A picture to keep, for every stay that wants it.
pub(super) struct Kept {
    pub camera: Arc<Camera>,
    pub keeps: Vec<KeepStill>,
    pub frame: Frame,
}

/// Changes that one picture led to, with the state that knows of them.
pub(super) struct News {
    pub camera: Arc<Camera>,
    pub at: EventTime,
    pub changes: Vec<Change>,
    pub clip: Option<Clip>,
    pub snapshot: Option<Snapshot>,
    /// Monotonic arrival of the deciding picture.
    pub captured: Option<Duration>,
}

/// What a camera hands to its dispatcher thread.
pub(super) enum Job {
    Keep(Box<Kept>),
    Forget(Arc<Camera>, StayId),
    News(Box<News>),
    Snapshot(Arc<Camera>, EventTime, Box<Snapshot>),
    Health(Box<CameraHealth>),
}

/// A camera's way into its thread's queue.
#[derive(Clone)]
pub(super) struct JobSender(Sender<Job>);

impl JobSender {
    /// Waits while the queue is full.
    pub fn send(&self, job: Job) {
        if self.0.is_full() {
            metrics::counter!(names::DISPATCH_QUEUE_FULL).increment(1);
        }
        metrics::gauge!(names::DISPATCH_WAITING).increment(1.0);
        if self.0.send(job).is_err() {
            metrics::gauge!(names::DISPATCH_WAITING).decrement(1.0);
            tracing::error!("the dispatcher is gone: this is our defect");
        }
    }
}

/// What goes to the topic `state` as a snapshot's body.
#[derive(Debug, Serialize, Deserialize)]
struct Memory {
    watch: Snapshot,
    /// Evidence of candidates that are still open.
    evidence: Evidence,
}

type Evidence = BTreeMap<Uuid, Vec<EvidenceItem>>;

/// What an earlier run left about one camera.
pub struct Remembered {
    /// Preset it belongs to.
    pub preset: String,
    /// Event time of the last picture that went into it.
    pub at: OffsetTime,
    /// The operators' memory.
    pub watch: Snapshot,
    pub(super) evidence: Evidence,
}

impl Remembered {
    /// Reads a snapshot from the topic `state`; `None` when it is of another version.
    pub fn read(state: StateSnapshot) -> Option<(String, Remembered)> {
        if state.version != MEMORY_VERSION {
            return None;
        }
        let memory: Memory = serde_json::from_value(state.snapshot).ok()?;
        Some((
            state.camera,
            Remembered { preset: state.preset, at: state.at, watch: memory.watch, evidence: memory.evidence },
        ))
    }
}

/// The threads.
pub(super) struct Dispatcher {
    senders: Vec<Sender<Job>>,
    threads: Vec<JoinHandle<()>>,
    open: Arc<Mutex<BTreeMap<String, Evidence>>>,
    lost: Arc<AtomicU64>,
}

impl Dispatcher {
    pub fn start(shared: Arc<Shared>, recorder: EvidenceRecorder, sink: Arc<dyn Sink>) -> std::io::Result<Dispatcher> {
        let recorder = Arc::new(recorder);
        let stills = Arc::new(StillCache::new(STILL_BYTES, STILL_COUNT));
        let mut dispatcher =
            Dispatcher { senders: Vec::new(), threads: Vec::new(), open: Arc::default(), lost: Arc::default() };
        for index in 0..SHARDS {
            let (sender, receiver) = bounded(QUEUE);
            let shard = Shard {
                shared: shared.clone(),
                recorder: recorder.clone(),
                stills: stills.clone(),
                sink: sink.clone(),
                open: dispatcher.open.clone(),
                lost: dispatcher.lost.clone(),
            };
            let thread =
                std::thread::Builder::new().name(format!("dispatch-{index}")).spawn(move || shard.run(&receiver))?;
            dispatcher.senders.push(sender);
            dispatcher.threads.push(thread);
        }
        Ok(dispatcher)
    }

    /// The queue of one camera.
    pub fn sender(&self, camera: &str) -> JobSender {
        let mut hasher = DefaultHasher::new();
        camera.hash(&mut hasher);
        let shard = (hasher.finish() % self.senders.len() as u64) as usize;
        JobSender(self.senders[shard].clone())
    }

    /// Evidence of candidates that an earlier run left open.
    pub fn remember(&self, camera: &str, evidence: Evidence) {
        self.open.lock().insert(camera.to_owned(), evidence);
    }

    /// Waits until everything handed in is acknowledged; all senders must be
    /// gone. Returns how many messages could not be delivered.
    pub fn finish(&mut self) -> u64 {
        self.senders.clear();
        for thread in self.threads.drain(..) {
            if thread.join().is_err() {
                tracing::error!("a dispatcher thread panicked: this is our defect");
            }
        }
        self.lost.load(Ordering::Acquire)
    }
}

/// The change that a kept still is for, as far as it is known then.
fn foreseen(keep: &KeepStill) -> Change {
    let (start, at) = (keep.stay.start, keep.sighting.at);
    Change {
        stay: keep.stay.clone(),
        transition: Transition::Raised,
        first_seen: start,
        raised_at: at,
        last: keep.sighting,
        dwell: at.since(start),
        reason: None,
    }
}

/// The ring's packets as the muxer takes them.
fn packets(clip: Clip) -> ClipPackets {
    ClipPackets { packets: clip.packets, parameters: clip.parameters, time_base: clip.time_base, start: clip.first }
}

struct Shard {
    shared: Arc<Shared>,
    recorder: Arc<EvidenceRecorder>,
    stills: Arc<StillCache>,
    sink: Arc<dyn Sink>,
    /// Evidence of open candidates, by camera.
    open: Arc<Mutex<BTreeMap<String, Evidence>>>,
    lost: Arc<AtomicU64>,
}

impl Shard {
    fn run(&self, jobs: &Receiver<Job>) {
        for job in jobs {
            // One camera's news must not end the thread that serves others too.
            if catch_unwind(AssertUnwindSafe(|| self.work(job))).is_err() {
                metrics::counter!(names::DISPATCH_LOST, "reason" => "panic").increment(1);
                self.lost.fetch_add(1, Ordering::AcqRel);
                tracing::error!("a dispatcher's job panicked: this is our defect");
            }
            metrics::gauge!(names::DISPATCH_WAITING).decrement(1.0);
        }
    }

    fn work(&self, job: Job) {
        match job {
            Job::Keep(kept) => self.keep(&kept),
            Job::Forget(camera, stay) => self.stills.forget(&camera.id, &stay),
            Job::News(news) => self.news(*news),
            Job::Snapshot(camera, at, snapshot) => {
                let message = self.state(&camera, at, *snapshot);
                self.publish(&[message]);
            }
            Job::Health(health) => {
                let event = CloudEvent::health(&self.shared.city.name, *health);
                self.publish(&[Message::Health(Box::new(event))]);
            }
        }
    }

    /// Keeps a picture for every stay that wants it: encoded once, marked for
    /// each. Start stills are marked only when half of the dwell is over, since
    /// most stays never get there; so at the decision only that picture's own
    /// work is left.
    fn keep(&self, kept: &Kept) {
        let (camera, planes) = (&kept.camera, kept.frame.planes());
        let Some(first) = kept.keeps.first() else { return };
        let scene = Raster::from_planes(&planes).ok_or(StillError::Planes(planes.width, planes.height));
        let still = scene.and_then(|scene| {
            let still = Still::from_raster(&scene, first.moment, first.sighting.at, first.sighting.bbox)?;
            Ok((scene, still))
        });
        let (scene, still) = match still {
            Ok(made) => made,
            Err(error) => {
                metrics::counter!("streetwatch_evidence_failures_total", "reason" => "still")
                    .increment(kept.keeps.len() as u64);
                tracing::warn!(camera = %camera.id, %error, "a still could not be kept");
                return;
            }
        };
        let stills = side_by_side(&kept.keeps, |keep| {
            let (at, bbox) = (keep.sighting.at, keep.sighting.bbox);
            let still = Still { moment: keep.moment, at, bbox, ..still.clone() };
            if keep.moment == Moment::Start { still } else { self.marked(camera, keep, still, Some(&scene)) }
        });
        for (keep, still) in kept.keeps.iter().zip(stills) {
            self.stills.insert(&camera.id, &keep.stay, still);
        }
        for keep in kept.keeps.iter().filter(|keep| keep.moment == Moment::Middle) {
            let start = self.stills.stills(&camera.id, &keep.stay).into_iter().find(|s| s.moment == Moment::Start);
            if let Some(start) = start.filter(|s| s.ready.is_none()) {
                self.stills.insert(&camera.id, &keep.stay, self.marked(camera, keep, start, None));
            }
        }
    }

    /// The still with what a reviewer gets of it; as it is where that fails
    /// (the recorder then tries again, and tells).
    fn marked(&self, camera: &Camera, keep: &KeepStill, still: Still, scene: Option<&Raster>) -> Still {
        let candidate = self.candidate(camera, &foreseen(keep));
        let zone = camera.zone(&keep.stay.zone, &keep.stay.rule).map(|z| &z.polygon);
        let view = View { candidate: &candidate, camera_name: &camera.name, zone };
        let decoded = if scene.is_none() { jpeg::decode(&still.jpeg).ok() } else { None };
        let ready = scene.or(decoded.as_ref()).and_then(|scene| evidence::ready(&view, &still, scene).ok());
        Still { ready, ..still }
    }

    fn news(&self, news: News) {
        let clip = news.clip.map(packets);
        let raised = news.changes.iter().filter(|change| change.transition == Transition::Raised);
        let requests: Vec<_> = raised.map(|change| self.request(&news.camera, change, clip.as_ref())).collect();
        let mut recorded = self.recorder.record_all(&requests).into_iter();
        let mut batch = Vec::new();
        for change in &news.changes {
            let mut candidate = self.candidate(&news.camera, change);
            let mut open = self.open.lock();
            let of_camera = open.entry(news.camera.id.clone()).or_default();
            if change.transition == Transition::Raised {
                candidate.evidence = recorded.next().map(|r| r.items).unwrap_or_default();
                of_camera.insert(candidate.id, candidate.evidence.clone());
            } else if candidate.state.is_final() {
                candidate.evidence = of_camera.remove(&candidate.id).unwrap_or_default();
            } else {
                candidate.evidence = of_camera.get(&candidate.id).cloned().unwrap_or_default();
            }
            if candidate.state.is_final() || change.transition == Transition::Raised {
                self.stills.forget(&news.camera.id, &change.stay);
            }
            batch.push(Message::Candidate(Box::new(CloudEvent::candidate(&self.shared.city.name, candidate))));
        }
        if let Some(snapshot) = news.snapshot {
            batch.push(self.state(&news.camera, news.at, snapshot));
        }
        if !self.publish(&batch) {
            return;
        }
        for change in &news.changes {
            let transition = State::from(change.transition).as_str();
            metrics::counter!(names::CANDIDATES, "rule" => change.stay.rule.clone(), "transition" => transition)
                .increment(1);
            if let Some(captured) = news.captured.filter(|_| change.transition == Transition::Raised) {
                let delay = self.shared.clock.monotonic().saturating_sub(captured);
                metrics::histogram!(names::CANDIDATE_DELAY).record(delay.as_secs_f64());
            }
        }
    }

    fn request(&self, camera: &Camera, change: &Change, clip: Option<&ClipPackets>) -> RecordRequest {
        RecordRequest {
            candidate: self.candidate(camera, change),
            camera_name: camera.name.clone(),
            zone: camera.zone(&change.stay.zone, &change.stay.rule).map(|z| z.polygon.clone()),
            stills: self.stills.stills(&camera.id, &change.stay),
            clip: clip.cloned(),
            configuration: self.shared.city.version.clone(),
        }
    }

    fn candidate(&self, camera: &Camera, change: &Change) -> Candidate {
        let city = &self.shared.city;
        let time = |at| camera.time(at, &city.timezone);
        let stay = &change.stay;
        let class = match camera.classes.get(&stay.zone) {
            Some(code) => city.codes.matter(code),
            None => problem_of(&stay.rule, change.last.label).and_then(|problem| city.codes.problem(problem)),
        };
        let (class_code, class_name) = class.map(|c| (c.code, c.name)).unwrap_or_default();
        let rule_version = camera.zone(&stay.zone, &stay.rule).map_or("", |z| z.rule.version()).to_owned();
        Candidate {
            id: candidate_id(&camera.id, &camera.preset, stay),
            rule: stay.rule.clone(),
            class_code,
            class_name,
            class_table: Some(city.codes.id().to_owned()),
            camera: camera.id.clone(),
            preset: camera.preset.clone(),
            zone: stay.zone.clone(),
            grid: camera.grid.clone(),
            location: camera.location,
            component: None,
            first_seen: time(change.first_seen),
            raised_at: time(change.raised_at),
            last_seen: time(change.last.at),
            state: change.transition.into(),
            reason: change.reason.clone(),
            object: Object::new(change.last.label, change.last.score, change.last.bbox),
            dwell_s: change.dwell as f64 / 1000.0,
            evidence: Vec::new(),
            model: self.shared.eyes.model().clone(),
            rule_version,
        }
    }

    fn state(&self, camera: &Camera, at: EventTime, watch: Snapshot) -> Message {
        let evidence = self.open.lock().get(&camera.id).cloned().unwrap_or_default();
        let memory = Memory { watch, evidence };
        let state = StateSnapshot {
            camera: camera.id.clone(),
            preset: camera.preset.clone(),
            at: camera.time(at, &self.shared.city.timezone),
            version: MEMORY_VERSION,
            // Plain data with text keys: it always serialises.
            snapshot: serde_json::to_value(&memory).unwrap_or_default(),
        };
        Message::State(Box::new(CloudEvent::state(&self.shared.city.name, state)))
    }

    /// Publishes until acknowledged. Gives up on what can never succeed, and
    /// some time after a stop was asked for. Says whether it was acknowledged.
    fn publish(&self, batch: &[Message]) -> bool {
        let clock = &self.shared.clock;
        let mut wait = Duration::from_millis(50);
        let mut stopping_since = None;
        loop {
            let error = match self.sink.publish(batch) {
                Ok(()) => return true,
                Err(error) => error,
            };
            if self.shared.stop.load(Ordering::Acquire) {
                stopping_since.get_or_insert(clock.monotonic());
            }
            let late = stopping_since.is_some_and(|since| clock.monotonic().saturating_sub(since) > LAST_TRIES);
            if late || !error.retry() {
                metrics::counter!(names::DISPATCH_LOST, "reason" => error.kind.as_str()).increment(batch.len() as u64);
                self.lost.fetch_add(batch.len() as u64, Ordering::AcqRel);
                tracing::error!(%error, messages = batch.len(), "messages could not be delivered");
                return false;
            }
            metrics::counter!(names::DISPATCH_RETRIES, "reason" => error.kind.as_str()).increment(1);
            tracing::warn!(%error, "the log did not take a batch; trying again");
            clock.sleep(wait);
            wait = (wait * 2).min(Duration::from_secs(5));
        }
    }
}
