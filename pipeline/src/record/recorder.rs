//! All cameras of a recorder, started, watched, stopped.

use super::buffer::{Buffer, BufferError};
use super::camera::CameraRecorder;
use super::sender::Sender;
use super::status::Status;
use crate::clock::Clock;
use crate::config::{Camera, City};
use crate::source::{FfmpegOpener, Opener, PacketFeed, SourceError};
use crate::worker::{Mode, feed_config};
use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;
use tokio::runtime::Handle;
use tokio::sync::watch;
use uuid::Uuid;

/// How often a stopping recorder looks whether the rest is sent.
const LOOK: Duration = Duration::from_millis(50);

/// What to record.
#[derive(Debug, Clone, Default)]
pub struct RecorderConfig {
    /// Only these cameras; empty for all that are not fed from segments themselves.
    pub only: Vec<String>,
    /// Recordings as fast as they are read, rather than in real time.
    pub fast: bool,
}

/// Why a recorder does not start.
#[derive(Debug, thiserror::Error)]
pub enum RecordError {
    /// The disk buffer.
    #[error(transparent)]
    Buffer(#[from] BufferError),
    /// A camera that CITY.toml does not have, or that has no source of its own.
    #[error("camera {0}: {1}")]
    Camera(String, String),
    /// A camera's source.
    #[error(transparent)]
    Source(#[from] SourceError),
    /// The system gave no thread.
    #[error("no thread: {0}")]
    Thread(#[from] std::io::Error),
}

/// A recorder at work.
pub struct Recorder {
    buffer: Arc<Buffer>,
    status: Arc<Status>,
    cameras: Vec<JoinHandle<()>>,
    sender: Option<JoinHandle<()>>,
    stop: Arc<AtomicBool>,
    stop_sending: watch::Sender<bool>,
    clock: Arc<dyn Clock>,
}

impl Recorder {
    /// Opens the buffer and starts the cameras and the sender. Neither a camera nor the log need be there.
    ///
    /// # Errors
    /// See [`RecordError`]; what was started is stopped then.
    pub fn start(
        city: &Arc<City>,
        config: &RecorderConfig,
        runtime: &Handle,
        clock: &Arc<dyn Clock>,
    ) -> Result<Recorder, RecordError> {
        let chosen = chosen(city, &config.only)?;
        let buffer = Arc::new(Buffer::open(&city.record.buffer, city.record.buffer_bytes)?);
        let status = Arc::new(Status::new(clock.clone()));
        let (stop_sending, stopping) = watch::channel(false);
        if !buffer.is_empty() {
            tracing::info!(segments = buffer.len(), "an earlier recorder left these; they are sent first");
        }
        let sender = Sender {
            city: city.clone(),
            buffer: buffer.clone(),
            status: status.clone(),
            clock: clock.clone(),
            runtime: runtime.clone(),
            stop: stopping,
            log: None,
            store: None,
            partitions: None,
        };
        let sender = std::thread::Builder::new().name("send segments".into()).spawn(move || sender.run())?;
        let mut recorder = Recorder {
            buffer,
            status,
            cameras: Vec::new(),
            sender: Some(sender),
            stop: Arc::default(),
            stop_sending,
            clock: clock.clone(),
        };
        let session = Uuid::now_v7();
        for (index, camera) in chosen.into_iter().enumerate() {
            recorder.start_camera(city, camera, index, config.fast, session)?;
        }
        Ok(recorder)
    }

    fn start_camera(
        &mut self,
        city: &Arc<City>,
        camera: &Camera,
        index: usize,
        fast: bool,
        session: Uuid,
    ) -> Result<(), RecordError> {
        let mode = if fast && camera.is_file() { Mode::Replay } else { Mode::Live };
        let config = feed_config(camera, city, mode, index);
        let config = config.map_err(|why| RecordError::Camera(camera.id.clone(), why))?;
        let feed = PacketFeed::start(config, Arc::new(FfmpegOpener) as Arc<dyn Opener>, self.clock.clone())?;
        self.status.camera(&camera.id, |status| status.connection = "connecting: starting".to_owned());
        let worker = CameraRecorder {
            city: city.clone(),
            camera: camera.clone(),
            session,
            buffer: self.buffer.clone(),
            status: self.status.clone(),
            clock: self.clock.clone(),
            stop: self.stop.clone(),
            given: camera.is_file() && (fast || camera.start.is_some()),
            sequence: 0,
            quality: None,
        };
        let name = format!("rec {}", camera.id);
        self.cameras.push(std::thread::Builder::new().name(name).spawn(move || worker.run(feed))?);
        Ok(())
    }

    /// Its disk buffer.
    pub fn buffer(&self) -> &Arc<Buffer> {
        &self.buffer
    }

    /// What it says of itself.
    pub fn status(&self) -> &Arc<Status> {
        &self.status
    }

    /// Whether every source has ended by itself and everything is on the log.
    pub fn ended(&self) -> bool {
        self.cameras.iter().all(JoinHandle::is_finished) && self.buffer.is_empty()
    }

    /// Says goodbye to the cameras, puts what was gathered into the buffer, and sends for as long as `grace` what
    /// is in it. Returns how many segments stay in the buffer for the next recorder.
    pub fn stop(mut self, grace: Duration) -> usize {
        self.stop.store(true, Ordering::Release);
        for camera in self.cameras.drain(..) {
            if camera.join().is_err() {
                tracing::error!("a camera's recorder had panicked: this is our defect");
            }
        }
        let until = self.clock.monotonic() + grace;
        while !self.buffer.is_empty() && self.clock.monotonic() < until {
            self.clock.sleep(LOOK);
        }
        self.stop_sender();
        self.buffer.len()
    }

    fn stop_sender(&mut self) {
        // An error means that the sender has ended.
        let _ended_already = self.stop_sending.send(true);
        self.buffer.wake();
        if let Some(sender) = self.sender.take()
            && sender.join().is_err()
        {
            tracing::error!("the sender of segments had panicked: this is our defect");
        }
    }
}

impl Drop for Recorder {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Release);
        for camera in self.cameras.drain(..) {
            let _told_in_stop = camera.join();
        }
        self.stop_sender();
    }
}

/// The cameras to record, each once however many presets it has.
fn chosen<'c>(city: &'c City, only: &[String]) -> Result<Vec<&'c Camera>, RecordError> {
    for id in only {
        match city.cameras.iter().find(|camera| camera.id == *id) {
            None => return Err(RecordError::Camera(id.clone(), "CITY.toml has no such camera".to_owned())),
            Some(camera) if camera.is_segments() => {
                let why = "it is fed from segments itself; name the camera's own address in the recorder's CITY.toml";
                return Err(RecordError::Camera(id.clone(), why.to_owned()));
            }
            Some(_) => {}
        }
    }
    let mut seen = BTreeSet::new();
    let wanted = |camera: &&Camera| !camera.is_segments() && (only.is_empty() || only.contains(&camera.id));
    let chosen: Vec<_> = city.cameras.iter().filter(wanted).filter(|camera| seen.insert(camera.id.clone())).collect();
    if chosen.is_empty() {
        return Err(RecordError::Camera("(none)".to_owned(), "there is nothing to record".to_owned()));
    }
    Ok(chosen)
}
