//! Pictures for a baseline: from the camera's own source, or from files that somebody gives.

use super::error::BaselineError;
use crate::clock::SystemClock;
use crate::config::{Camera, City};
use crate::source::{self, Feed, FeedConfig, FeedEvent, FfmpegOpener, Frame, Health, Pace};
use operators::vocabulary::{EventTime, Millis};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

/// How long a source may stay silent.
const PATIENCE: Duration = Duration::from_secs(60);

/// One picture.
#[derive(Debug, Clone)]
pub struct Taken {
    /// When it was taken; of a file, when that was last changed.
    pub at: EventTime,
    /// The picture.
    pub frame: Frame,
}

/// Takes a picture; `false` when there are enough.
pub type Take<'a> = &'a mut dyn FnMut(Taken) -> Result<bool, BaselineError>;

/// Pictures of a camera's own source, so far apart: a recording as fast as it
/// decodes, a live one as it comes. Ends with the source.
///
/// # Errors
/// The source cannot be opened or goes silent.
pub fn from_camera(camera: &Camera, city: &City, every: Millis, take: Take<'_>) -> Result<(), BaselineError> {
    let mut config = FeedConfig::new(&camera.id, &camera.url);
    config.start =
        camera.start.map(|(at, _)| at).or_else(|| camera.is_file().then(|| modified(Path::new(&camera.url))));
    config.pace = if camera.is_file() { Pace::AsFast } else { Pace::RealTime };
    config.transport = if camera.udp { source::Transport::Udp } else { source::Transport::Tcp };
    config.queue = city.limits.queue;
    from_feed(config, every, take).map(|_enough| ())
}

/// Pictures of files: JPEG and PNG, folders of them, and recordings, which give
/// one picture each `every`. In the order of their names within a folder.
///
/// # Errors
/// A file that is none of these. Nothing is read over in silence.
pub fn from_files(files: &[PathBuf], every: Millis, take: Take<'_>) -> Result<(), BaselineError> {
    for file in files {
        let failed = |source| BaselineError::Io { path: file.clone(), source };
        let mut inside = vec![file.clone()];
        if file.is_dir() {
            let entries = std::fs::read_dir(file).map_err(failed)?;
            inside = entries.map(|e| e.map(|e| e.path())).collect::<Result<_, _>>().map_err(failed)?;
            inside.retain(|path| is_picture(path));
            inside.sort();
            if inside.is_empty() {
                return Err(BaselineError::Source(format!("{}: no .jpg or .png in this folder", file.display())));
            }
        }
        for path in inside {
            let enough = if is_picture(&path) { !picture(&path, take)? } else { recording(&path, every, take)? };
            if enough {
                return Ok(());
            }
        }
    }
    Ok(())
}

/// Decodes one picture file.
///
/// # Errors
/// It cannot be read, or is neither JPEG nor PNG.
pub(super) fn read_picture(path: &Path) -> Result<Frame, BaselineError> {
    let bytes = std::fs::read(path).map_err(|source| BaselineError::Io { path: path.to_owned(), source })?;
    source::decode_picture(&path.to_string_lossy(), &bytes).map_err(|e| BaselineError::Source(e.to_string()))
}

fn picture(path: &Path, take: Take<'_>) -> Result<bool, BaselineError> {
    take(Taken { at: modified(path), frame: read_picture(path)? })
}

fn recording(path: &Path, every: Millis, take: Take<'_>) -> Result<bool, BaselineError> {
    let mut config = FeedConfig::new("baseline", path.to_string_lossy());
    config.start = Some(modified(path));
    config.pace = Pace::AsFast;
    from_feed(config, every, take)
}

/// Answers whether there are enough.
fn from_feed(mut config: FeedConfig, every: Millis, take: Take<'_>) -> Result<bool, BaselineError> {
    config.sample = Duration::from_millis(every.unsigned_abs().max(1));
    let shown = source::redact(&config.url);
    let failed = |why: String| BaselineError::Source(format!("{shown}: {why}"));
    let quiet = PATIENCE.max(config.sample * 3);
    let clock = Arc::new(SystemClock::default());
    let mut feed = Feed::start(config, Arc::new(FfmpegOpener), clock).map_err(|e| failed(e.to_string()))?;
    loop {
        match feed.next(quiet) {
            FeedEvent::Sample(sample) => {
                let more = take(Taken { at: sample.at, frame: sample.frame })?;
                if !more {
                    feed.stop();
                    return Ok(true);
                }
            }
            FeedEvent::Health(report) if matches!(report.health, Health::Failed { .. }) => {
                return Err(failed(report.reason.to_string()));
            }
            FeedEvent::Ended => return Ok(false),
            FeedEvent::Idle => return Err(failed(format!("no picture in {} s", quiet.as_secs()))),
            _ => {}
        }
    }
}

fn is_picture(path: &Path) -> bool {
    let ending = path.extension().and_then(|e| e.to_str()).unwrap_or_default().to_ascii_lowercase();
    matches!(ending.as_str(), "jpg" | "jpeg" | "png")
}

fn modified(path: &Path) -> EventTime {
    let path = path.to_string_lossy();
    let path = path.strip_prefix("file://").unwrap_or(&path);
    let since = std::fs::metadata(path).and_then(|m| m.modified()).ok();
    let since = since.and_then(|m| m.duration_since(std::time::UNIX_EPOCH).ok()).unwrap_or_default();
    EventTime(since.as_millis() as i64)
}
