//! The rules over readings at work in this process: a thread that follows the topic, and one that feeds it from files.

use super::book::{Book, BookError};
use super::feed::feed;
use super::follow::{Ended, Files, Follower, Parts};
use crate::config::Sensors;
use crate::log::LogError;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;

/// Why they do not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The plans are wrong.
    #[error("{0}")]
    Book(#[from] BookError),
    /// The system gave no thread.
    #[error("no thread: {0}")]
    Thread(#[from] std::io::Error),
}

/// At work.
pub struct RunningSensors {
    stop: Arc<AtomicBool>,
    files: Option<Arc<Files>>,
    follower: JoinHandle<Result<Ended, LogError>>,
    feeder: Option<JoinHandle<()>>,
}

/// Starts them, with their files. Blocking: it reads the plans.
///
/// # Errors
/// The plans are wrong, or there are no threads.
pub fn start(parts: Parts, config: &Sensors) -> Result<RunningSensors, StartError> {
    let book = Some(Arc::new(Book::open(config)?));
    let files = (!config.readings.is_empty()).then(|| {
        let (fed, judged) = (AtomicBool::new(false), AtomicBool::new(false));
        Arc::new(Files { speed: config.speed, fed, judged })
    });
    Ok(begin(parts, config, book, files)?)
}

/// Starts them in a cluster: without files, and waiting for plans that are whole.
///
/// # Errors
/// There are no threads.
pub fn start_in_cluster(parts: Parts, config: &Sensors) -> std::io::Result<RunningSensors> {
    begin(parts, config, None, None)
}

fn begin(
    parts: Parts,
    config: &Sensors,
    book: Option<Arc<Book>>,
    files: Option<Arc<Files>>,
) -> std::io::Result<RunningSensors> {
    let stop = Arc::new(AtomicBool::new(false));
    let (name, log) = (parts.city.name.clone(), parts.log.clone());
    let (clock, runtime) = (parts.clock.clone(), parts.runtime.clone());
    let follower = Follower { parts, stop: stop.clone(), book, files: files.clone() };
    let of = config.clone();
    let thread = |name: &str| std::thread::Builder::new().name(name.to_owned());
    let follower = thread("readings").spawn(move || follower.run(&of))?;
    let feeder = match &files {
        None => None,
        Some(files) => {
            let (files, stop, config) = (files.clone(), stop.clone(), config.clone());
            let work = move || {
                match feed(&config.readings, config.speed, &name, &log, &runtime, clock.as_ref(), &stop) {
                    Ok(fed) => tracing::info!(fed, "every reading of the files is on the topic"),
                    Err(error) => tracing::error!(%error, "the files of readings end here"),
                }
                files.fed.store(true, Ordering::Release);
            };
            Some(thread("feed").spawn(work)?)
        }
    };
    Ok(RunningSensors { stop, files, follower, feeder })
}

impl RunningSensors {
    /// Whether every reading of its files is judged; never without files, unless it has failed.
    pub fn ended(&self) -> bool {
        self.follower.is_finished() || self.files.as_ref().is_some_and(|files| files.judged.load(Ordering::Acquire))
    }

    /// Stops, once all that was read is on the log. Returns how many messages could not be delivered.
    ///
    /// # Errors
    /// The log failed for good.
    pub fn stop(self) -> Result<u64, LogError> {
        self.stop.store(true, Ordering::Release);
        if self.feeder.is_some_and(|feeder| feeder.join().is_err()) {
            tracing::error!("the thread of the files panicked: this is our defect");
        }
        match self.follower.join() {
            Ok(Ok(Ended::Lost(lost))) => Ok(lost),
            Ok(Ok(Ended::Stopped | Ended::Fenced)) => Ok(0),
            Ok(Err(error)) => Err(error),
            Err(_) => {
                tracing::error!("the thread of the readings panicked: this is our defect");
                Ok(1)
            }
        }
    }
}
