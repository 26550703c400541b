//! From what the rules say to acknowledged messages: evidence, candidate,
//! snapshot, log.
//!
//! Some threads; a camera always goes to the same one, so its messages keep
//! their order. Each thread's queue is bounded: when it is full the camera
//! waits (its own samples are then dropped and counted at the source), because
//! a candidate is never thrown away.

use super::camera::Shared;
use super::candidate::candidate;
use super::components::{ComponentMemory, Told};
use super::deliver::{Delivery, deliver};
use super::sightings::payload;
use super::sink::{Consumed, Message, Sink};
use super::stills::{Kept, Stills};
use crate::config::Camera;
use crate::evidence::{ClipPackets, EvidenceRecorder, RecordRequest};
use crate::log::Topic;
use crate::payload::{CameraHealth, CloudEvent, EvidenceItem, OffsetTime, State, StateSnapshot};
use crate::source::{Clip, SegmentPosition};
use crate::telemetry::names;
use crossbeam_channel::{Receiver, Sender, bounded};
use operators::vocabulary::{Change, EventTime, Reading, StayId, Transition};
use operators::watch::Snapshot;
use parking_lot::Mutex;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;
use uuid::Uuid;

/// Threads: more than cores, so that a candidate of one camera seldom stands
/// behind the stills of another (p99 of the delay at 40 cameras: 867 ms with 2, 651 ms with 8).
const SHARDS: usize = 8;
/// Jobs that may wait per thread. A waiting still holds a decoded picture (3 MB at 1080p).
const QUEUE: usize = 8;
/// Version of [`Memory`]'s layout.
const MEMORY_VERSION: u32 = 1;

/// Changes that one picture led to, with the state that knows of them.
pub(super) struct News {
    pub camera: Arc<Camera>,
    pub at: EventTime,
    pub changes: Vec<Change>,
    /// What a comparison knows of them.
    pub told: Option<Arc<Told>>,
    pub clip: Option<Clip>,
    pub snapshot: Option<Snapshots>,
    /// Monotonic arrival of the deciding picture.
    pub captured: Option<Duration>,
    /// Version of the CITY.toml that the camera's settings are from.
    pub configuration: Arc<str>,
}

/// What the operators of a camera remember.
#[derive(Debug, Clone)]
pub(super) struct Snapshots {
    pub watch: Snapshot,
    pub components: Option<ComponentMemory>,
    /// Where on the topic `segments` the camera's last picture lies, where it is fed from it.
    pub segments: Option<SegmentPosition>,
}

/// What a camera hands to its dispatcher thread.
pub(super) enum Job {
    Keep(Box<Kept>),
    Forget(Arc<Camera>, StayId),
    News(Box<News>),
    Snapshot(Arc<Camera>, EventTime, Box<Snapshots>),
    Health(Box<CameraHealth>),
    Sightings(Arc<Camera>, Vec<Reading>),
    /// Says when everything before it is acknowledged or given up.
    Flush(Sender<()>),
}

/// A camera's way into its thread's queue.
#[derive(Clone)]
pub(super) struct JobSender {
    queue: Sender<Job>,
    unfinished: Arc<AtomicUsize>,
}

impl JobSender {
    /// Waits while the queue is full.
    pub fn send(&self, job: Job) {
        if self.queue.is_full() {
            metrics::counter!(names::DISPATCH_QUEUE_FULL).increment(1);
        }
        metrics::gauge!(names::DISPATCH_WAITING).increment(1.0);
        self.unfinished.fetch_add(1, Ordering::AcqRel);
        if self.queue.send(job).is_err() {
            self.unfinished.fetch_sub(1, Ordering::AcqRel);
            metrics::gauge!(names::DISPATCH_WAITING).decrement(1.0);
            tracing::error!("the dispatcher is gone: this is our defect");
        }
    }
}

/// What goes to the topic `state` as a snapshot's body.
#[derive(Debug, Serialize, Deserialize)]
struct Memory {
    watch: Snapshot,
    /// Of the components, where the camera compares.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    components: Option<ComponentMemory>,
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
    /// Where on the topic `segments` reading goes on.
    pub segments: Option<SegmentPosition>,
    /// The operators' memory.
    pub watch: Snapshot,
    pub(super) components: Option<ComponentMemory>,
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
            Remembered {
                preset: state.preset,
                at: state.at,
                segments: state.segments,
                watch: memory.watch,
                components: memory.components,
                evidence: memory.evidence,
            },
        ))
    }
}

/// The threads.
pub(super) struct Dispatcher {
    senders: Vec<Sender<Job>>,
    threads: Vec<JoinHandle<()>>,
    open: Arc<Mutex<BTreeMap<String, Evidence>>>,
    lost: Arc<AtomicU64>,
    unfinished: Arc<AtomicUsize>,
}

impl Dispatcher {
    pub fn start(shared: Arc<Shared>, recorder: EvidenceRecorder, sink: Arc<dyn Sink>) -> std::io::Result<Dispatcher> {
        let recorder = Arc::new(recorder);
        let stills = Arc::new(Stills::default());
        let mut dispatcher = Dispatcher {
            senders: Vec::new(),
            threads: Vec::new(),
            open: Arc::default(),
            lost: Arc::default(),
            unfinished: Arc::default(),
        };
        for index in 0..SHARDS {
            let (sender, receiver) = bounded(QUEUE);
            let shard = Shard {
                shared: shared.clone(),
                recorder: recorder.clone(),
                stills: stills.clone(),
                sink: sink.clone(),
                open: dispatcher.open.clone(),
                lost: dispatcher.lost.clone(),
                unfinished: dispatcher.unfinished.clone(),
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
        JobSender { queue: self.senders[shard].clone(), unfinished: self.unfinished.clone() }
    }

    /// Whether everything handed in so far is acknowledged or given up.
    pub fn is_idle(&self) -> bool {
        self.unfinished.load(Ordering::Acquire) == 0
    }

    /// Evidence of candidates that an earlier run left open.
    pub fn remember(&self, camera: &str, evidence: Evidence) {
        self.open.lock().insert(camera.to_owned(), evidence);
    }

    /// Another process goes on with a camera: its open candidates are not ours any more.
    pub fn forget(&self, camera: &str) {
        self.open.lock().remove(camera);
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

/// The ring's packets as the muxer takes them.
fn packets(clip: Clip) -> ClipPackets {
    ClipPackets { packets: clip.packets, parameters: clip.parameters, time_base: clip.time_base, start: clip.first }
}

struct Shard {
    shared: Arc<Shared>,
    recorder: Arc<EvidenceRecorder>,
    stills: Arc<Stills>,
    sink: Arc<dyn Sink>,
    /// Evidence of open candidates, by camera.
    open: Arc<Mutex<BTreeMap<String, Evidence>>>,
    lost: Arc<AtomicU64>,
    unfinished: Arc<AtomicUsize>,
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
            self.unfinished.fetch_sub(1, Ordering::AcqRel);
        }
    }

    fn work(&self, job: Job) {
        match job {
            Job::Keep(kept) => self.stills.keep(&self.shared, &kept),
            Job::Forget(camera, stay) => self.stills.forget(&camera.id, &stay),
            Job::News(news) => self.news(*news),
            Job::Snapshot(camera, at, snapshot) => {
                let batch = self.state(&camera, at, *snapshot);
                self.publish(&batch);
            }
            Job::Health(health) => {
                let event = CloudEvent::health(&self.shared.city.name, *health);
                self.publish(&[Message::Health(Box::new(event))]);
            }
            Job::Sightings(camera, readings) => {
                let city = &self.shared.city;
                let message = |reading: &Reading| {
                    let event = CloudEvent::reading(&city.name, payload(reading, &camera, city));
                    Message::Reading(camera.id.clone(), Box::new(event))
                };
                self.publish(&readings.iter().map(message).collect::<Vec<_>>());
            }
            // Whoever waited may have gone.
            Job::Flush(done) => drop(done.send(())),
        }
    }

    fn news(&self, mut news: News) {
        let clip = news.clip.take().map(packets);
        let raised = news.changes.iter().filter(|change| change.transition == Transition::Raised);
        let told = news.told.as_deref();
        let requests: Vec<_> = raised.map(|change| self.request(&news, change, clip.as_ref())).collect();
        let mut recorded = self.recorder.record_all(&requests).into_iter();
        let mut batch = Vec::new();
        for change in &news.changes {
            let mut candidate = candidate(&self.shared, &news.camera, change, told);
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
            batch.extend(self.state(&news.camera, news.at, snapshot));
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

    fn request(&self, news: &News, change: &Change, clip: Option<&ClipPackets>) -> RecordRequest {
        let (camera, told) = (&*news.camera, news.told.as_deref());
        RecordRequest {
            candidate: candidate(&self.shared, camera, change, told),
            camera_name: camera.name.clone(),
            zone: self.shared.polygon(camera, &change.stay),
            stills: self.stills.of(&camera.id, &change.stay),
            clip: clip.cloned(),
            compared: told.and_then(|told| told.compared.get(&change.stay).cloned()),
            configuration: news.configuration.to_string(),
        }
    }

    /// The snapshot, and how far the camera's segments have gone into it.
    fn state(&self, camera: &Camera, at: EventTime, snapshots: Snapshots) -> Vec<Message> {
        let evidence = self.open.lock().get(&camera.id).cloned().unwrap_or_default();
        let Snapshots { watch, components, segments } = snapshots;
        let memory = Memory { watch, components, evidence };
        let state = StateSnapshot {
            camera: camera.id.clone(),
            preset: camera.preset.clone(),
            at: camera.time(at, &self.shared.city.timezone),
            version: MEMORY_VERSION,
            segments,
            // Plain data with text keys: it always serialises.
            snapshot: serde_json::to_value(&memory).unwrap_or_default(),
        };
        let consumed = segments.map(|position| {
            let SegmentPosition { partition, offset } = position;
            Message::Consumed(Consumed { camera: camera.id.clone(), topic: Topic::Segments, partition, offset })
        });
        let state = Message::State(Box::new(CloudEvent::state(&self.shared.city.name, state)));
        std::iter::once(state).chain(consumed).collect()
    }

    /// Publishes until acknowledged or given up. Says whether it was acknowledged.
    fn publish(&self, batch: &[Message]) -> bool {
        let delivery = deliver(self.sink.as_ref(), self.shared.clock.as_ref(), &self.shared.stop, batch);
        if delivery == Delivery::Lost {
            self.lost.fetch_add(batch.len() as u64, Ordering::AcqRel);
        }
        delivery == Delivery::Acknowledged
    }
}
