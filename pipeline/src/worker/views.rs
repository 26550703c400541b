//! What a process sees of each camera, for people: the latest picture, and the last hour for a dry run.
//!
//! ```text
//! camera thread ── offer(sample) ─► View ◄── latest(size), recall() ── console
//! ```
//! A camera's thread encodes a picture only when it is due: at most every two seconds while somebody looks, and once
//! a minute otherwise, so that a wall that is opened shows something at once and says how old it is. One picture of
//! each size is kept for a camera: about 150 KB, and up to 5 MB for its last hour (see [`Recall`]).

use crate::config::Camera;
use crate::evidence::jpeg;
use crate::evidence::raster::Raster;
use crate::source::Frame;
use bytes::Bytes;
use operators::rehearsal::{Event, Recall};
use operators::vocabulary::{EventTime, Picture};
use operators::watch::Suspension;
use parking_lot::Mutex;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// A look at a camera counts for so long.
const LOOKED_AT: Duration = Duration::from_secs(20);
/// A picture is encoded at most so often while somebody looks.
const WATCHED: Duration = Duration::from_secs(2);
/// A picture is encoded so often when nobody looks.
const UNWATCHED: Duration = Duration::from_secs(60);
const QUALITY: u8 = 80;

/// How large a picture is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Size {
    /// For the wall: at most 480 columns.
    Small,
    /// For the camera's page: at most 1280 columns.
    Large,
}

impl Size {
    const fn columns(self) -> usize {
        match self {
            Size::Small => 480,
            Size::Large => 1280,
        }
    }
}

/// A picture as people get it.
#[derive(Debug, Clone)]
pub struct Latest {
    /// When the camera took it.
    pub at: EventTime,
    /// Monotonic time at which it came.
    pub came: Duration,
    /// Columns and rows.
    pub size: (usize, usize),
    /// JPEG.
    pub jpeg: Bytes,
}

/// One camera at one preset.
#[derive(Debug, Default)]
pub struct View {
    small: Slot,
    large: Slot,
    /// Monotonic time of the last picture that was decoded, in milliseconds and one more; 0 before the first.
    last: AtomicU64,
    recall: Mutex<Recall>,
}

#[derive(Debug, Default)]
struct Slot {
    /// Monotonic time until which somebody looks, in milliseconds.
    wanted: AtomicU64,
    latest: Mutex<Option<Latest>>,
}

/// Milliseconds of a monotonic time.
fn millis(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}

impl Slot {
    fn is_due(&self, now: Duration, unwatched: Option<Duration>) -> bool {
        let watched = self.wanted.load(Ordering::Relaxed) > millis(now);
        match self.latest.lock().as_ref().map(|latest| now.saturating_sub(latest.came)) {
            None => watched || unwatched.is_some(),
            Some(age) => (watched && age >= WATCHED) || unwatched.is_some_and(|pace| age >= pace),
        }
    }
}

impl View {
    /// A picture was decoded. Encodes it where that is due. A picture that cannot be encoded is left out.
    pub fn offer(&self, at: EventTime, frame: &Frame, now: Duration) {
        self.last.store(millis(now) + 1, Ordering::Relaxed);
        let (small, large) = (self.small.is_due(now, Some(UNWATCHED)), self.large.is_due(now, None));
        if !small && !large {
            return;
        }
        let Some(raster) = Raster::from_planes(&frame.planes()) else { return };
        for (due, slot, size) in [(small, &self.small, Size::Small), (large, &self.large, Size::Large)] {
            if !due {
                continue;
            }
            let picture = if raster.width > size.columns() {
                let rows = (raster.height * size.columns() / raster.width).max(1);
                &raster.shrunk(size.columns(), rows)
            } else {
                &raster
            };
            match jpeg::encode(picture, QUALITY) {
                Ok(bytes) => {
                    let size = (picture.width, picture.height);
                    *slot.latest.lock() = Some(Latest { at, came: now, size, jpeg: bytes.into() });
                }
                Err(error) => tracing::warn!(%error, "a picture for the console is left out"),
            }
        }
    }

    /// The latest picture of a size, or the other where there is none of it yet; and says that somebody looks.
    pub fn latest(&self, size: Size, now: Duration) -> Option<Latest> {
        let (slot, other) = match size {
            Size::Small => (&self.small, &self.large),
            Size::Large => (&self.large, &self.small),
        };
        slot.wanted.store(millis(now + LOOKED_AT), Ordering::Relaxed);
        let (own, other) = (slot.latest.lock().clone(), other.latest.lock().clone());
        match (own, other) {
            // A large one from the last time that somebody looked may be hours old.
            (Some(own), Some(other)) if other.came > own.came + UNWATCHED => Some(other),
            (Some(own), _) => Some(own),
            (None, other) => other,
        }
    }

    /// How long ago a picture was decoded; `None` before the first.
    pub fn silent_for(&self, now: Duration) -> Option<Duration> {
        let last = self.last.load(Ordering::Relaxed).checked_sub(1)?;
        Some(now.saturating_sub(Duration::from_millis(last)))
    }

    /// The rules observed a picture.
    pub fn observed(&self, picture: &Picture) {
        self.recall.lock().picture(picture);
    }

    /// The rules hold.
    pub fn held(&self, at: EventTime, why: Suspension) {
        self.recall.lock().held(at, why);
    }

    /// The rules go on.
    pub fn resumed(&self, at: EventTime) {
        self.recall.lock().resumed(at);
    }

    /// What the rules were shown in the last hour, and the times of its first and last picture; `None` before any.
    pub fn recalled(&self) -> Option<(Vec<Event>, (EventTime, EventTime))> {
        let recall = self.recall.lock();
        Some((recall.events(), recall.span()?))
    }
}

/// Every camera of a process. The cameras are those of the start; settings of one may change, not which there are.
#[derive(Debug, Default)]
pub struct Views(BTreeMap<(String, String), Arc<View>>);

impl Views {
    /// An empty view of each camera.
    pub fn of<'a>(cameras: impl IntoIterator<Item = &'a Camera>) -> Views {
        Views(cameras.into_iter().map(|c| ((c.id.clone(), c.preset.clone()), Arc::default())).collect())
    }

    /// The view of a camera at a preset.
    pub fn get(&self, camera: &str, preset: &str) -> Option<&Arc<View>> {
        self.0.get(&(camera.to_owned(), preset.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::decode_picture;

    fn frame(width: usize, height: usize, grey: u8) -> Frame {
        let bytes = jpeg::encode(&Raster::filled(width, height, [grey; 3]), 90).expect("encodes");
        decode_picture("test.jpg", &bytes).expect("decodes")
    }

    const fn at(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    #[test]
    fn nobody_looks_and_a_small_picture_is_kept_once_a_minute() {
        let (view, picture) = (View::default(), frame(1920, 1080, 90));
        for second in 0..130 {
            view.offer(EventTime(second as i64 * 1000), &picture, at(second));
        }
        let small = view.small.latest.lock().clone().expect("kept");
        assert_eq!((small.came, small.size), (at(120), (480, 270)));
        assert!(view.large.latest.lock().is_none(), "nobody asked for a large one");
    }

    #[test]
    fn while_somebody_looks_pictures_come_every_two_seconds_and_then_no_more() {
        let (view, picture) = (View::default(), frame(1600, 900, 90));
        let mut came = Vec::new();
        for second in 0..60 {
            if second == 10 {
                view.latest(Size::Large, at(second));
            }
            view.offer(EventTime(second as i64 * 1000), &picture, at(second));
            if let Some(large) = view.large.latest.lock().as_ref().filter(|l| Some(&l.came) != came.last()) {
                came.push(large.came);
            }
        }
        assert_eq!(came, (10..30).step_by(2).map(at).collect::<Vec<_>>());
        assert_eq!(view.latest(Size::Large, at(60)).expect("kept").size, (1280, 720));
    }

    #[test]
    fn a_large_picture_of_long_ago_gives_way_to_a_fresh_small_one() {
        let (view, picture) = (View::default(), frame(64, 48, 90));
        view.latest(Size::Large, at(0));
        view.offer(EventTime(0), &picture, at(0));
        for second in (60..7200).step_by(60) {
            view.offer(EventTime(second * 1000), &picture, at(second.unsigned_abs()));
        }
        assert_eq!(view.latest(Size::Large, at(7200)).expect("kept").came, at(7140));
    }

    #[test]
    fn a_view_says_how_long_it_has_seen_nothing() {
        let view = View::default();
        assert_eq!(view.silent_for(at(5)), None);
        view.offer(EventTime(0), &frame(16, 16, 1), at(5));
        assert_eq!(view.silent_for(at(35)), Some(at(30)));
    }
}
