//! A looping file played by the clock: at each moment the picture that a camera with this recording would show then.
//!
//! Pass `n` begins at `start + n * duration`, whoever plays it and whenever it was opened; so a worker that takes
//! the camera over goes on where the other stopped, as with a live camera, and event time is the clock's.

use operators::vocabulary::EventTime;
use std::time::Duration;

/// A picture that is later than this is not played: a live camera does not wait either.
const LATE_MS: f64 = 2_000.0;

/// Which pass is on, and when its pictures are due.
#[derive(Debug)]
pub struct Clockwork {
    start: EventTime,
    duration: i64,
    pass: i64,
    /// Timestamp of the pass's first packet, milliseconds.
    first: Option<f64>,
}

/// What to do with a packet.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Due {
    /// Wait so long, then hand it on.
    In(Duration),
    /// Its moment is over.
    Over,
}

impl Clockwork {
    /// The clockwork of a recording; `None` where its length is not known.
    pub fn new(start: EventTime, duration: Option<Duration>) -> Option<Self> {
        let duration = i64::try_from(duration?.as_millis()).ok().filter(|d| *d > 0)?;
        Some(Clockwork { start, duration, pass: i64::MIN, first: None })
    }

    /// The file is at its beginning: returns the time at which this pass begins.
    pub fn begin(&mut self, now: EventTime) -> EventTime {
        // The end of a pass is reached a picture before the next one is due.
        let on = now.since(self.start).div_euclid(self.duration);
        self.pass = if on == self.pass { on + 1 } else { on };
        self.first = None;
        self.start.plus(self.pass * self.duration)
    }

    /// When the picture with this timestamp (milliseconds) is shown in this pass.
    pub fn moment(&self, stamp: f64) -> EventTime {
        let since = stamp - self.first.unwrap_or(stamp);
        self.start.plus(self.pass * self.duration + since.round() as i64)
    }

    /// When a packet with this timestamp (milliseconds) is due.
    pub fn due(&mut self, stamp: f64, now: EventTime) -> Due {
        let first = *self.first.get_or_insert(stamp);
        let began = self.start.plus(self.pass * self.duration);
        let wait = stamp - first - now.since(began) as f64;
        if wait < -LATE_MS { Due::Over } else { Due::In(Duration::from_secs_f64(wait.max(0.0) / 1e3)) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn minute() -> Clockwork {
        Clockwork::new(EventTime(1_000_000), Some(Duration::from_secs(60))).expect("a length")
    }

    #[test]
    fn whoever_opens_the_file_later_shows_the_same_picture_at_the_same_time() {
        let (mut one, mut other) = (minute(), minute());
        assert_eq!(one.begin(EventTime(1_000_000)), EventTime(1_000_000));
        assert_eq!(one.due(0.0, EventTime(1_000_000)), Due::In(Duration::ZERO));
        assert_eq!(one.due(30_000.0, EventTime(1_030_000)), Due::In(Duration::ZERO));
        assert_eq!(other.begin(EventTime(1_030_000)), EventTime(1_000_000));
        assert_eq!(other.due(0.0, EventTime(1_030_000)), Due::Over);
        assert_eq!(other.due(30_500.0, EventTime(1_030_000)), Due::In(Duration::from_millis(500)));
        assert_eq!((one.moment(30_500.0), other.moment(30_500.0)), (EventTime(1_030_500), EventTime(1_030_500)));
    }

    #[test]
    fn the_next_pass_begins_where_the_last_one_ends_though_its_last_picture_was_earlier() {
        let mut clockwork = minute();
        clockwork.begin(EventTime(1_000_000));
        assert_eq!(clockwork.begin(EventTime(1_059_000)), EventTime(1_060_000));
        assert_eq!(clockwork.due(0.0, EventTime(1_059_000)), Due::In(Duration::from_secs(1)));
        // After a pause of minutes it goes on with the pass that is on.
        assert_eq!(clockwork.begin(EventTime(1_250_000)), EventTime(1_240_000));
    }

    #[test]
    fn before_the_start_the_passes_count_backwards() {
        assert_eq!(minute().begin(EventTime(999_000)), EventTime(940_000));
    }
}
