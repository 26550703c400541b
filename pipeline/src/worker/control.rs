//! Changes one camera of a running city; the others do not notice.
//!
//! ```text
//! reload ─► camera's thread ends, leaves source and memory ─► new thread: same source, same memory, new settings
//! ```

use super::camera::{Before, CameraWorker, Left, Shared};
use super::city::Reached;
use super::dispatcher::Dispatcher;
use super::segments::Segments;
use super::views::Views;
use crate::config::{Camera, City};
use crate::registry::Registry;
use crate::source::Feed;
use parking_lot::Mutex;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;

/// A camera's id and preset.
pub(super) type Key = (String, String);

/// What a reload came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reloaded {
    /// The camera goes on with the new settings.
    Running,
    /// Its source had ended: the new settings hold from the next start on.
    Ended,
}

/// Why a camera was not reloaded.
#[derive(Debug, thiserror::Error)]
pub enum ReloadError {
    /// The process does not run this camera.
    #[error("camera {0} at preset {1} does not run in this process")]
    Unknown(String, String),
    /// The process is stopping.
    #[error("the process is stopping")]
    Stopping,
    /// More than zones and rules differs.
    #[error("camera {0}: its {1} has changed too; that takes a restart")]
    Restart(String, &'static str),
    /// The system gave no thread.
    #[error("no thread: {0}")]
    Thread(#[from] std::io::Error),
}

/// A camera's thread, from outside.
pub(super) struct Running {
    pub camera: Arc<Camera>,
    pub leave: Arc<AtomicBool>,
    pub reached: Arc<Reached>,
    /// `None` while it is reloaded, and once it has been waited for.
    pub thread: Option<JoinHandle<Option<Left>>>,
}

/// What a running city and its controls share.
pub(super) struct Cameras {
    pub shared: Arc<Shared>,
    pub registry: Registry,
    /// The topic `segments`, for the cameras that are fed from it.
    pub segments: Option<Segments>,
    pub running: Mutex<BTreeMap<Key, Running>>,
    pub dispatcher: Mutex<Dispatcher>,
    /// Held while a camera is reloaded, so that one at a time is, and a stop waits for it.
    pub reloading: Mutex<()>,
}

/// A way to change a running city. Cheap to clone; outlives the city without keeping it alive.
#[derive(Clone)]
pub struct Control(pub(super) Arc<Cameras>);

impl std::fmt::Debug for Control {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Control({} cameras)", self.0.running.lock().len())
    }
}

impl Control {
    /// What this process sees of its cameras.
    pub fn views(&self) -> &Views {
        &self.0.shared.views
    }

    /// Monotonic time of the city's clock, which the views' times are of.
    pub fn monotonic(&self) -> std::time::Duration {
        self.0.shared.clock.monotonic()
    }

    /// Gives a camera the zones and rules that `city` has for it. Blocks until its thread has ended (its last picture
    /// is looked at to the end, its memory written) and the next one has begun. Open candidates of zones that stay
    /// go on; those of zones that are gone end.
    ///
    /// # Errors
    /// See [`ReloadError`]; the camera then goes on as before, but for [`ReloadError::Thread`].
    pub fn reload(&self, city: &City, camera: &str, preset: &str) -> Result<Reloaded, ReloadError> {
        let _one_at_a_time = self.0.reloading.lock();
        let key = (camera.to_owned(), preset.to_owned());
        let unknown = || ReloadError::Unknown(camera.to_owned(), preset.to_owned());
        if self.0.shared.stop.load(Ordering::Acquire) {
            return Err(ReloadError::Stopping);
        }
        let wanted = city.cameras.iter().find(|c| c.id == camera && c.preset == preset).ok_or_else(unknown)?;
        let (thread, leave, reached) = {
            let mut running = self.0.running.lock();
            let entry = running.get_mut(&key).ok_or_else(unknown)?;
            if let Some(what) = beyond_zones(&entry.camera, wanted) {
                return Err(ReloadError::Restart(camera.to_owned(), what));
            }
            if entry.thread.as_ref().is_none_or(JoinHandle::is_finished) {
                return Ok(Reloaded::Ended);
            }
            (entry.thread.take(), entry.leave.clone(), entry.reached.clone())
        };
        leave.store(true, Ordering::Release);
        // `run_guarded` has caught and told whatever happened in there.
        let left = thread.and_then(|thread| thread.join().ok()).flatten();
        let book = self.0.shared.book.load().with(wanted, &self.0.registry);
        self.0.shared.book.store(Arc::new(book));
        let Some(Left { feed: Some(feed), before }) = left else { return Ok(Reloaded::Ended) };
        let worker = self.0.worker(wanted, &city.version, feed, before);
        self.0.begin(worker, Some(reached))?;
        tracing::info!(camera, preset, version = %city.version, "the camera goes on with new settings");
        Ok(Reloaded::Running)
    }
}

impl Cameras {
    /// A worker of a camera, not started.
    pub fn worker(&self, camera: &Camera, version: &str, feed: Feed, before: Before) -> CameraWorker {
        let jobs = self.dispatcher.lock().sender(&camera.id);
        CameraWorker::new(self.shared.clone(), Arc::new(camera.clone()), feed, jobs, version.into(), before)
    }

    /// Starts a worker's thread; `reached` is where an earlier one of this camera told its progress.
    pub fn begin(&self, mut worker: CameraWorker, reached: Option<Arc<Reached>>) -> Result<(), std::io::Error> {
        if let Some(reached) = reached {
            worker.reached = reached;
        }
        let (camera, leave, reached) = (worker.camera.clone(), worker.leave.clone(), worker.reached.clone());
        let key = (camera.id.clone(), camera.preset.clone());
        let thread =
            std::thread::Builder::new().name(format!("cam {}", camera.id)).spawn(move || worker.run_guarded())?;
        self.running.lock().insert(key, Running { camera, leave, reached, thread: Some(thread) });
        Ok(())
    }

    /// Whether every camera's thread has ended and none is being reloaded.
    pub fn all_ended(&self) -> bool {
        let idle = self.reloading.try_lock().is_some();
        idle && self.running.lock().values().all(|r| r.thread.as_ref().is_none_or(JoinHandle::is_finished))
    }

    /// Waits for every camera's thread.
    pub fn join(&self) {
        let _no_reload = self.reloading.lock();
        let threads: Vec<_> = self.running.lock().values_mut().filter_map(|r| r.thread.take()).collect();
        for thread in threads {
            // `run_guarded` has caught and told whatever happened in there.
            let _finished = thread.join();
        }
    }
}

/// What differs between two settings of a camera that takes another source.
pub(super) fn beyond_zones(now: &Camera, wanted: &Camera) -> Option<&'static str> {
    let rest = |c: &Camera| (c.start, c.udp, c.repeat, c.by_the_clock, c.frozen_after, c.stall_after);
    if now.url != wanted.url {
        Some("url")
    } else if now.sample != wanted.sample {
        Some("sample")
    } else if rest(now) != rest(wanted) {
        Some("source")
    } else {
        None
    }
}
