//! Files of readings in place of a gateway: JSON lines, each a [`DeviceReading`], in the order of their arrival.

use crate::clock::Clock;
use crate::log::{Log, LogError, Record, Topic};
use crate::payload::{CloudEvent, DeviceReading};
use operators::vocabulary::Reading;
use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

/// Why readings of files cannot be had.
#[derive(Debug, thiserror::Error)]
pub enum FeedError {
    /// A file cannot be opened or read on.
    #[error("{}: {error}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// Why.
        error: std::io::Error,
    },
    /// A line is no reading.
    #[error("{}:{line}: {why}", path.display())]
    Line {
        /// The file.
        path: PathBuf,
        /// Its line, from 1.
        line: usize,
        /// What is wrong.
        why: String,
    },
    /// The log does not take them.
    #[error("{0}")]
    Log(#[from] LogError),
}

/// A line longer than this is no reading.
const LONGEST: usize = 64 << 10;
/// Readings that go onto the log at once.
const TOGETHER: usize = 500;
/// How long a wait lasts before a stop is looked for.
const STEP: Duration = Duration::from_millis(200);

/// The payloads of files, one after the other.
fn payloads(paths: &[PathBuf]) -> Result<impl Iterator<Item = Result<DeviceReading, FeedError>>, FeedError> {
    let mut files = Vec::new();
    for path in paths {
        let file = File::open(path).map_err(|error| FeedError::File { path: path.clone(), error })?;
        files.push((path.clone(), BufReader::new(file)));
    }
    Ok(files.into_iter().flat_map(|(path, file)| {
        let read = move |(index, text): (usize, std::io::Result<String>)| parsed(&path, index + 1, text);
        file.lines().enumerate().filter(|(_, text)| !text.as_ref().is_ok_and(|t| t.trim().is_empty())).map(read)
    }))
}

fn parsed(path: &Path, line: usize, text: std::io::Result<String>) -> Result<DeviceReading, FeedError> {
    let path = path.to_owned();
    let text = match text {
        Ok(text) => text,
        Err(error) => return Err(FeedError::File { path, error }),
    };
    if text.len() > LONGEST {
        return Err(FeedError::Line { path, line, why: format!("{} bytes are no reading", text.len()) });
    }
    serde_json::from_str(&text).map_err(|error| FeedError::Line { path, line, why: error.to_string() })
}

/// The readings of files, in the words of the operators.
///
/// # Errors
/// A file cannot be opened; each line that is wrong is an error of its own.
pub(super) fn lines(
    paths: &[PathBuf],
) -> Result<impl Iterator<Item = Result<Reading, Box<dyn std::error::Error>>>, FeedError> {
    Ok(payloads(paths)?.map(|payload| Ok(payload?.reading()?)))
}

/// Puts the readings of files onto the topic as they came, `speed` times faster, until the last or a stop. Blocking.
/// Returns how many.
///
/// # Errors
/// A file cannot be read, or the log fails for good. Lines that are wrong are told and left out.
pub fn feed(
    paths: &[PathBuf],
    speed: u32,
    city: &str,
    log: &Arc<dyn Log>,
    runtime: &tokio::runtime::Handle,
    clock: &dyn Clock,
    stop: &AtomicBool,
) -> Result<u64, FeedError> {
    let begun = clock.monotonic();
    let (mut first, mut fed, mut batch) = (None, 0, Vec::new());
    let put = |batch: &mut Vec<Record>| -> Result<(), FeedError> {
        if !batch.is_empty() {
            runtime.block_on(log.append(std::mem::take(batch)))?;
        }
        Ok(())
    };
    for payload in payloads(paths)? {
        let payload = match payload {
            Ok(payload) => payload,
            Err(error) => {
                tracing::warn!(%error, "a reading cannot be used");
                continue;
            }
        };
        let arrived = payload.arrived.event_time();
        let first = *first.get_or_insert(arrived);
        let due = Duration::from_millis(arrived.since(first).unsigned_abs() / u64::from(speed.max(1)));
        while clock.monotonic().saturating_sub(begun) < due {
            put(&mut batch)?;
            if stop.load(Ordering::Acquire) {
                return Ok(fed);
            }
            clock.sleep(due.saturating_sub(clock.monotonic().saturating_sub(begun)).min(STEP));
        }
        fed += 1;
        batch.push(record(city, payload));
        if batch.len() >= TOGETHER {
            put(&mut batch)?;
        }
    }
    put(&mut batch)?;
    Ok(fed)
}

/// The record of a reading on the topic.
fn record(city: &str, payload: DeviceReading) -> Record {
    let device = payload.device.clone();
    // Plain data with text keys: it always serialises.
    let bytes = serde_json::to_vec(&CloudEvent::reading(city, payload)).unwrap_or_default();
    Record::new(Topic::Readings, device, bytes).with_header("content-type", "application/cloudevents+json")
}
