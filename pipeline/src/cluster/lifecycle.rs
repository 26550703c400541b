//! Starts and ends cameras as their partitions come and go, one task after the other, on a thread of its own, so that
//! the group's consumer is polled meanwhile.

use super::devices::{Devices, OfDevices};
use super::lease::{Lease, Leases};
use super::registry::Registered;
use super::restore::{Memories, Restorer};
use super::status::Status;
use crate::clock::Clock;
use crate::config::Camera;
use crate::telemetry::names;
use crate::worker::{Fleet, Remembered, StartError};
use crossbeam_channel::{Receiver, Sender, unbounded};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;

const AGAIN: Duration = Duration::from_millis(500);

/// What is to be done. Tasks are few: a handful for each rebalance or change of the registry.
pub(super) enum Task {
    /// A partition came: restore its state and begin its cameras.
    Take { lease: Arc<Lease>, cameras: Vec<Arc<Registered>>, since: Duration },
    /// Partitions go: end their cameras. Under leases that are held what they hand on is still said.
    End(Vec<Arc<Lease>>),
    /// A camera was added, changed or (`None`) removed.
    Change { lease: Arc<Lease>, id: String, camera: Option<Arc<Registered>> },
}

/// Who runs the cameras: a [`Fleet`], or what stands for it in a simulation. All of it may block.
pub trait Crew: Send {
    /// Starts a camera at one preset, of this partition; it goes on from `memory`.
    ///
    /// # Errors
    /// It does not run.
    fn begin(
        &self,
        camera: &Camera,
        partition: i32,
        version: &str,
        memory: Option<Remembered>,
    ) -> Result<(), StartError>;
    /// Gives a camera other settings.
    ///
    /// # Errors
    /// It does not run any more.
    fn change(&self, camera: &Camera, partition: i32, version: &str) -> Result<(), StartError>;
    /// Ends cameras, at every preset; returns when what they had to say is said, or refused.
    fn end(&self, ids: &BTreeSet<String>);
    /// How many run.
    fn running(&self) -> usize;
    /// Ends all. Returns how many messages could not be delivered.
    fn stop(self: Box<Self>) -> u64;
}

impl Crew for Fleet {
    fn begin(
        &self,
        camera: &Camera,
        partition: i32,
        version: &str,
        memory: Option<Remembered>,
    ) -> Result<(), StartError> {
        Fleet::begin(self, camera, partition, version, memory)
    }

    fn change(&self, camera: &Camera, partition: i32, version: &str) -> Result<(), StartError> {
        Fleet::change(self, camera, partition, version)
    }

    fn end(&self, ids: &BTreeSet<String>) {
        Fleet::end(self, ids);
    }

    fn running(&self) -> usize {
        self.len()
    }

    fn stop(self: Box<Self>) -> u64 {
        Fleet::stop(*self)
    }
}

/// The thread.
pub(super) struct Lifecycle {
    tasks: Sender<Task>,
    /// Leases whose cameras have ended.
    pub ended: Receiver<Vec<Arc<Lease>>>,
    thread: JoinHandle<u64>,
}

struct AtWork {
    crew: Box<dyn Crew>,
    devices: OfDevices,
    leases: Arc<Leases>,
    restorer: Restorer,
    status: Arc<Status>,
    clock: Arc<dyn Clock>,
    stopping: Arc<AtomicBool>,
    /// Presets at work, by camera.
    presets: BTreeMap<String, BTreeSet<String>>,
}

impl Lifecycle {
    /// Starts the thread around a crew, and around those who run the rules over readings.
    pub fn start(
        crew: Box<dyn Crew>,
        devices: Option<Box<dyn Devices>>,
        leases: Arc<Leases>,
        restorer: Restorer,
        status: Arc<Status>,
        clock: Arc<dyn Clock>,
        stopping: Arc<AtomicBool>,
    ) -> std::io::Result<Lifecycle> {
        let (tasks, todo) = unbounded();
        let (done, ended) = unbounded();
        let devices = OfDevices::new(devices, leases.clone());
        let mut work = AtWork { crew, devices, leases, restorer, status, clock, stopping, presets: BTreeMap::new() };
        let run = move || {
            work.run(&todo, &done);
            work.devices.end() + work.crew.stop()
        };
        let thread = std::thread::Builder::new().name("lifecycle".into()).spawn(run)?;
        Ok(Lifecycle { tasks, ended, thread })
    }

    /// Hands a task over.
    pub fn hand(&self, task: Task) {
        if self.tasks.send(task).is_err() {
            tracing::error!("the lifecycle thread is gone: this is our defect");
        }
    }

    /// Ends all cameras. Returns how many messages could not be delivered.
    pub fn finish(self) -> u64 {
        drop(self.tasks);
        self.thread.join().unwrap_or_else(|_| {
            tracing::error!("the lifecycle thread panicked: this is our defect");
            1
        })
    }
}

impl AtWork {
    fn run(&mut self, todo: &Receiver<Task>, done: &Sender<Vec<Arc<Lease>>>) {
        let mut next = todo.recv().ok();
        while let Some(task) = next.take() {
            match task {
                Task::Take { lease, cameras, since } => {
                    // What comes at once is restored at once.
                    let mut taken = vec![(lease, cameras)];
                    while next.is_none() {
                        match todo.try_recv() {
                            Ok(Task::Take { lease, cameras, .. }) => taken.push((lease, cameras)),
                            Ok(other) => next = Some(other),
                            Err(_) => break,
                        }
                    }
                    self.take(&taken, since);
                }
                Task::End(leases) => {
                    let mut speakers = self.leases.under(&leases);
                    self.devices.gone(&mut speakers);
                    self.end(&speakers);
                    drop(done.send(leases));
                }
                Task::Change { lease, id, camera } if lease.is_held() => self.change(&lease, &id, camera.as_deref()),
                Task::Change { .. } => {}
            }
            metrics::gauge!(names::WORKER_CAMERAS).set(self.crew.running() as f64);
            next = next.or_else(|| todo.recv().ok());
        }
        self.leases.close_all();
    }

    fn take(&mut self, taken: &[(Arc<Lease>, Vec<Arc<Registered>>)], since: Duration) {
        let leases: Vec<&Arc<Lease>> = taken.iter().map(|(lease, _)| lease).filter(|lease| lease.is_held()).collect();
        let Some(mut memories) = self.restore(&leases) else { return };
        for (lease, cameras) in taken.iter().filter(|(lease, _)| lease.is_held()) {
            for camera in cameras {
                self.begin(lease, camera, memories.remove(&camera.id));
            }
        }
        let held: Vec<_> = leases.iter().filter(|lease| lease.is_held()).copied().collect();
        self.devices.taken(&held);
        let took = self.clock.monotonic().saturating_sub(since);
        metrics::histogram!(names::TAKEOVER).record(took.as_secs_f64());
        let partitions: Vec<_> = leases.iter().map(|lease| lease.partition()).collect();
        tracing::info!(?partitions, ?took, cameras = self.crew.running(), "partitions taken over");
    }

    /// The state of partitions; tried until it is there. `None` once none of them is wanted any more.
    fn restore(&self, leases: &[&Arc<Lease>]) -> Option<Memories> {
        let wanted = || leases.iter().any(|lease| lease.is_held()) && !self.stopping.load(Ordering::SeqCst);
        while wanted() {
            let partitions = leases.iter().filter(|lease| lease.is_held()).map(|lease| lease.partition()).collect();
            match self.restorer.restore(&partitions, &wanted) {
                Ok(memories) => {
                    self.status.well("state");
                    return wanted().then_some(memories);
                }
                Err(error) => {
                    self.status.trouble("state", error.to_string());
                    self.clock.sleep(AGAIN);
                }
            }
        }
        None
    }

    fn begin(&mut self, lease: &Arc<Lease>, camera: &Registered, mut memory: Option<Remembered>) {
        if self.presets.contains_key(&camera.id) {
            let partition = lease.partition();
            tracing::error!(
                camera = camera.id,
                partition,
                "is on topic cameras twice, in another partition too: remove one"
            );
            return;
        }
        self.leases.grant(&camera.id, lease.clone());
        for preset in &camera.presets {
            let of_preset = memory.take_if(|memory| memory.preset == preset.preset);
            let begun = self.crew.begin(preset, lease.partition(), &camera.version, of_preset);
            self.began(&camera.id, &preset.preset, begun);
        }
    }

    fn began(&mut self, id: &str, preset: &str, begun: Result<(), StartError>) {
        match begun {
            Ok(()) => drop(self.presets.entry(id.to_owned()).or_default().insert(preset.to_owned())),
            Err(error) => tracing::error!(camera = id, preset, %error, "the camera does not run"),
        }
    }

    fn end(&mut self, cameras: &BTreeSet<String>) {
        self.crew.end(cameras);
        for camera in cameras {
            self.leases.withdraw(camera);
            self.presets.remove(camera);
        }
    }

    fn change(&mut self, lease: &Arc<Lease>, id: &str, camera: Option<&Registered>) {
        let id = id.to_owned();
        let Some(camera) = camera else {
            tracing::info!(camera = id, "removed from the registry");
            return self.end(&[id].into());
        };
        let wanted: BTreeSet<String> = camera.presets.iter().map(|preset| preset.preset.clone()).collect();
        if self.presets.get(&id) != Some(&wanted) {
            self.end(&[id.clone()].into());
            let Some(mut memories) = self.restore(&[lease]) else { return };
            tracing::info!(camera = id, version = camera.version, "added from the registry");
            return self.begin(lease, camera, memories.remove(&id));
        }
        tracing::info!(camera = id, version = camera.version, "changed in the registry");
        for preset in &camera.presets {
            let changed = self.crew.change(preset, lease.partition(), &camera.version);
            self.began(&id, &preset.preset, changed);
        }
    }
}
