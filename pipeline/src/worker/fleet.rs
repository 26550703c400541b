//! Cameras that come and go while the process runs: those of the partitions that a worker of a cluster owns.
//!
//! ```text
//! begin ─► source opened, memory restored, thread        end ─► thread ends (last snapshot) ─► all it handed on is
//! change ─► same memory; same source where it can be            acknowledged or given up ─► goodbye to the camera
//! ```
//! All of it blocks; one thread at a time calls.

use super::camera::{Before, Left, Shared};
use super::city::{Mode, StartError};
use super::components::Book;
use super::control::{Cameras, Running, beyond_zones};
use super::dispatcher::{Dispatcher, Job, Remembered};
use super::eyes::Eyes;
use super::segments::Segments;
use super::sightings;
use super::sink::Sink;
use super::views::Views;
use crate::clock::Clock;
use crate::config::{Camera, City};
use crate::evidence::EvidenceRecorder;
use crate::registry::Registry;
use arc_swap::ArcSwap;
use crossbeam_channel::bounded;
use parking_lot::Mutex;
use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

/// A changing set of cameras at work.
pub struct Fleet {
    cameras: Arc<Cameras>,
    /// How many were begun; spreads them in time.
    begun: AtomicUsize,
}

impl Fleet {
    /// No camera yet. The city's own cameras are not looked at.
    ///
    /// # Errors
    /// The system gives no threads.
    pub fn start(
        city: Arc<City>,
        eyes: Arc<Eyes>,
        evidence: EvidenceRecorder,
        sink: Arc<dyn Sink>,
        clock: Arc<dyn Clock>,
        registry: Registry,
        segments: Option<Segments>,
    ) -> Result<Fleet, StartError> {
        let stop = AtomicBool::new(false);
        let book = ArcSwap::from_pointee(Book::default());
        // Nobody looks at pictures in here, so none is kept.
        let (devices, views) = (sightings::devices(&city), Views::default());
        let shared = Arc::new(Shared { city, eyes, book, devices, views, clock, stop, live: true });
        let dispatcher = Mutex::new(Dispatcher::start(shared.clone(), evidence, sink)?);
        let (running, reloading) = (Mutex::default(), Mutex::default());
        let cameras = Arc::new(Cameras { shared, registry, segments, running, dispatcher, reloading });
        Ok(Fleet { cameras, begun: AtomicUsize::new(0) })
    }

    /// How many cameras run.
    pub fn len(&self) -> usize {
        self.cameras.running.lock().len()
    }

    /// Whether none runs.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Starts a camera at one preset, of this partition of the registry; it goes on from `memory`.
    ///
    /// # Errors
    /// No thread, or a file that cannot be looked at.
    pub fn begin(
        &self,
        camera: &Camera,
        partition: i32,
        version: &str,
        memory: Option<Remembered>,
    ) -> Result<(), StartError> {
        let _one_at_a_time = self.cameras.reloading.lock();
        self.plan(camera);
        let index = self.begun.fetch_add(1, Ordering::Relaxed);
        let (worker, _) = self.cameras.open(
            camera,
            version,
            (index, Some(partition)),
            Mode::Live,
            &self.cameras.shared.clock,
            memory,
        )?;
        Ok(self.cameras.begin(worker, None)?)
    }

    /// Gives a camera other settings. Its memory stays; its source too, where only zones and rules differ. A camera
    /// that does not run begins.
    ///
    /// # Errors
    /// As [`Fleet::begin`]; the camera does not run then.
    pub fn change(&self, camera: &Camera, partition: i32, version: &str) -> Result<(), StartError> {
        let key = (camera.id.clone(), camera.preset.clone());
        let Some(entry) = self.cameras.running.lock().remove(&key) else {
            return self.begin(camera, partition, version, None);
        };
        let _one_at_a_time = self.cameras.reloading.lock();
        let same_source = beyond_zones(&entry.camera, camera).is_none();
        let left = leave(vec![entry]).pop().flatten();
        self.plan(camera);
        let (feed, mut before) = left.map_or((None, Before::default()), |left| (left.feed, left.before));
        let feed = match feed {
            Some(feed) if same_source => feed,
            old => {
                if let Some(old) = old {
                    old.stop();
                }
                let position = before.snapshots.as_ref().and_then(|s| s.segments);
                let on = position.zip(before.last);
                before.last = None;
                let index = self.begun.fetch_add(1, Ordering::Relaxed);
                self.cameras.feed(camera, (index, Some(partition)), Mode::Live, &self.cameras.shared.clock, on)?.0
            }
        };
        Ok(self.cameras.begin(self.cameras.worker(camera, version, feed, before), None)?)
    }

    /// Ends cameras, at every preset. Returns when their last snapshots are acknowledged, or given up because another
    /// worker owns them, and the cameras were said goodbye to.
    pub fn end(&self, ids: &BTreeSet<String>) {
        let _one_at_a_time = self.cameras.reloading.lock();
        let entries: Vec<Running> =
            self.cameras.running.lock().extract_if(.., |(id, _), _| ids.contains(id)).map(|(_, entry)| entry).collect();
        let left = leave(entries);
        self.flush(ids);
        std::thread::scope(|scope| {
            for feed in left.into_iter().flatten().filter_map(|left| left.feed) {
                // Each goodbye may take a second or so.
                scope.spawn(move || feed.stop());
            }
        });
        for id in ids {
            self.cameras.dispatcher.lock().forget(id);
            metrics::gauge!("streetwatch_camera_online", "camera" => id.clone()).set(0.0);
        }
    }

    /// Ends everything. Returns how many messages could not be delivered.
    pub fn stop(self) -> u64 {
        let ids = self.cameras.running.lock().keys().map(|(id, _)| id.clone()).collect();
        self.cameras.shared.stop.store(true, Ordering::Release);
        self.end(&ids);
        self.cameras.dispatcher.lock().finish()
    }

    fn plan(&self, camera: &Camera) {
        let book = self.cameras.shared.book.load().with(camera, &self.cameras.registry);
        self.cameras.shared.book.store(Arc::new(book));
    }

    /// Waits until all that these cameras handed on is acknowledged or given up.
    fn flush(&self, ids: &BTreeSet<String>) {
        let (done, all) = bounded(ids.len());
        for id in ids {
            let jobs = self.cameras.dispatcher.lock().sender(id);
            jobs.send(Job::Flush(done.clone()));
        }
        drop(done);
        for () in all {}
    }
}

/// Has threads end; returns what each left, in their order.
fn leave(entries: Vec<Running>) -> Vec<Option<Left>> {
    for entry in &entries {
        entry.leave.store(true, Ordering::Release);
    }
    let threads = entries.into_iter().map(|mut entry| entry.thread.take());
    // `run_guarded` has caught and told whatever happened in there.
    threads.map(|thread| thread.and_then(|thread| thread.join().ok()).flatten()).collect()
}
