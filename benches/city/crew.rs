//! What stands for a worker's cameras: hands on what they would, at their pace, and looks at nothing.

use crate::settings::Settings;
use operators::vocabulary::EventTime;
use operators::watch::{Watch, WatchConfig};
use std::collections::{BTreeMap, BTreeSet};
use std::io::Write;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};
use streetwatch::cluster::Crew;
use streetwatch::config::Camera;
use streetwatch::payload::{CloudEvent, OffsetTime, StateSnapshot};
use streetwatch::worker::{Message, Remembered, Sink, StartError};

/// A memory goes to the topic this often, in the cameras' time.
const SNAPSHOT: Duration = Duration::from_secs(60);
/// Bytes of a memory beside an empty one. The 851 state records of eight cameras with a parked car each had 14.4 KB in the mean.
const MEMORY: usize = 13_500;
const TICK: Duration = Duration::from_millis(20);

/// Lines for the process that watches: what began, what ended, what was said.
pub type Diary = Arc<Mutex<std::fs::File>>;

/// The cameras of one worker.
pub struct Model {
    worker: String,
    diary: Diary,
    /// When each camera's memory is due.
    due: Arc<Mutex<BTreeMap<String, Instant>>>,
    stop: Arc<AtomicBool>,
    speakers: Vec<JoinHandle<()>>,
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn write(diary: &Diary, line: &str) {
    // The one that reads it says so when it is not there.
    let _disk_is_full = lock(diary).write_all(format!("{line}\n").as_bytes());
}

impl Model {
    /// No camera yet.
    pub fn start(worker: &str, settings: &Settings, diary: Diary, sink: Arc<dyn Sink>) -> Model {
        let (due, stop) = (Arc::<Mutex<BTreeMap<String, Instant>>>::default(), Arc::<AtomicBool>::default());
        let pace = SNAPSHOT.div_f64(settings.speed);
        // As many threads as a worker's dispatcher has; each waits for its acknowledgement.
        let speak = |_| {
            let (due, stop, sink, diary) = (due.clone(), stop.clone(), sink.clone(), diary.clone());
            let worker = worker.to_owned();
            std::thread::spawn(move || {
                while !stop.load(Ordering::Relaxed) {
                    match next(&due, pace) {
                        Some(camera) => say(&worker, &camera, sink.as_ref(), &diary),
                        None => std::thread::sleep(TICK),
                    }
                }
            })
        };
        let speakers = (0..8).map(speak).collect();
        Model { worker: worker.to_owned(), diary, due, stop, speakers }
    }
}

/// A camera whose memory is due; due again after `pace`.
fn next(due: &Mutex<BTreeMap<String, Instant>>, pace: Duration) -> Option<String> {
    let (now, mut due) = (Instant::now(), lock(due));
    let (camera, at) = due.iter_mut().min_by_key(|(_, at)| **at)?;
    if *at > now {
        return None;
    }
    *at += pace;
    Some(camera.clone())
}

fn say(worker: &str, camera: &str, sink: &dyn Sink, diary: &Diary) {
    let watch = Watch::new(WatchConfig::default()).snapshot();
    let filled = serde_json::json!({ "watch": watch, "evidence": {}, "model": "x".repeat(MEMORY) });
    let Ok(at) = "2026-06-01T08:00:00+08:00".parse::<OffsetTime>() else { return };
    let at = at.with_time(EventTime(at.event_time().0));
    let data = StateSnapshot {
        camera: camera.to_owned(),
        preset: "home".to_owned(),
        at,
        version: 1,
        segments: None,
        snapshot: filled,
    };
    let message = Message::State(Box::new(CloudEvent::state("model", data)));
    let bytes = message.record().map_or(0, |record| record.size());
    let begun = Instant::now();
    if sink.publish(&[message]).is_ok() {
        write(diary, &format!("said {worker} {camera} state {bytes} {:.6}", begun.elapsed().as_secs_f64()));
    }
}

impl Crew for Model {
    fn begin(&self, camera: &Camera, _: &str, _: i32, memory: Option<Remembered>) -> Result<(), StartError> {
        // Spread over the interval, as cameras that begin at different times are.
        let spread = camera.id.bytes().fold(7_u64, |h, b| h.wrapping_mul(31).wrapping_add(u64::from(b))) % 1000;
        lock(&self.due).insert(camera.id.clone(), Instant::now() + Duration::from_millis(6 * spread));
        write(&self.diary, &format!("begin {} {} {}", self.worker, camera.id, memory.is_some()));
        Ok(())
    }

    fn change(&self, camera: &Camera, version: &str, partition: i32) -> Result<(), StartError> {
        self.begin(camera, version, partition, None)
    }

    fn end(&self, ids: &BTreeSet<String>) {
        for id in ids {
            if lock(&self.due).remove(id).is_some() {
                write(&self.diary, &format!("end {} {id}", self.worker));
            }
        }
    }

    fn running(&self) -> usize {
        lock(&self.due).len()
    }

    fn stop(self: Box<Self>) -> u64 {
        self.stop.store(true, Ordering::Relaxed);
        for speaker in self.speakers {
            // A panic there has been told of by the thread itself.
            let _ended = speaker.join();
        }
        0
    }
}
