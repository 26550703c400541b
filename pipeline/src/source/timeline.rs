//! From a stream's own timestamps to event time.
//!
//! A camera's timestamps tell exactly how far apart two pictures are, and
//! nothing about when they were taken; the wall clock at arrival tells when,
//! plus an unknown delay. For live streams the two are joined by their
//! *smallest* difference: a packet can arrive late but never before it was
//! captured, so of all `arrival − timestamp` seen so far the smallest is the
//! one with the least delay in it (the idea is in moonfire-nvr's
//! design/time.md). The smallest difference is let rise by 500 ppm, the worst
//! drift of a cheap camera's crystal.
//!
//! Event time never goes back. Where it must be corrected backwards it runs
//! at half speed until it is right again; forwards it may jump.

use operators::vocabulary::EventTime;
use std::time::Duration;

/// How fast the offset may rise, ms per ms: the drift of a cheap crystal.
const DRIFT: f64 = 500e-6;
/// How fast the offset may fall: event time keeps at least half its speed.
const FALL: f64 = 0.5;
/// Timestamps may go back by so much without meaning anything (B-frames).
const REORDER_MS: f64 = 1_000.0;
/// A timestamp may run ahead of the clock by so much (a buffered start), and in
/// a recording ahead of the last one, where nothing says that it pauses for longer.
const LEAP_MS: f64 = 10_000.0;
/// The wall clock was set when it and the monotonic clock part by so much.
const CLOCK_STEP_MS: f64 = 500.0;
/// Between two passes of a source without a known picture rate.
const DEFAULT_GAP_MS: f64 = 40.0;

/// Where the times come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Anchor {
    /// A recording whose first picture was taken then.
    Start(EventTime),
    /// A pass of a recording that is played by the clock: its first picture is of then, whatever was before.
    Pass(EventTime),
    /// A live stream, anchored to the wall clock at arrival.
    Arrival,
}

/// Why a timeline was anchored anew; for the metric.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reanchored {
    /// The stream's timestamps jumped or wrapped.
    Timestamps,
    /// The wall clock was set.
    WallClock,
}

impl Reanchored {
    /// The word used in the metric's label.
    pub fn as_str(self) -> &'static str {
        match self {
            Reanchored::Timestamps => "timestamps",
            Reanchored::WallClock => "wall_clock",
        }
    }
}

/// One packet placed in time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Placed {
    /// Its event time.
    pub at: EventTime,
    /// Something jumped here: what came before does not join on.
    pub reanchored: Option<Reanchored>,
}

/// Turns timestamps (milliseconds, any origin) into event time. One per feed;
/// it outlives connections, so that time goes on over a reconnect.
#[derive(Debug)]
pub struct Timeline {
    anchor: Anchor,
    offset: Option<f64>,
    /// Highest timestamp of this connection, and when it arrived.
    newest: f64,
    newest_arrival: f64,
    gap: f64,
    /// A recording's timestamps may go ahead by so much at once.
    leap: f64,
    /// Latest event time given so far.
    last: Option<f64>,
    wall_minus_monotonic: Option<f64>,
}

impl Timeline {
    /// Nothing placed yet.
    pub fn new(anchor: Anchor) -> Self {
        Timeline {
            anchor,
            offset: None,
            newest: 0.0,
            newest_arrival: 0.0,
            gap: DEFAULT_GAP_MS,
            leap: LEAP_MS,
            last: None,
            wall_minus_monotonic: None,
        }
    }

    /// Recordings may pause for so long, as those do that hold a picture each
    /// half hour: what lies within it is time that passed, not a jump.
    pub fn pausing(mut self, longest: Duration) -> Self {
        self.leap = (longest.as_secs_f64() * 1e3).max(LEAP_MS);
        self
    }

    /// A new connection, or the next pass over a file: timestamps start
    /// anywhere, event time goes on.
    pub fn connected(&mut self, anchor: Anchor) {
        self.anchor = anchor;
        self.offset = None;
        self.wall_minus_monotonic = None;
    }

    /// Places a packet. `stamp` is its presentation time in milliseconds
    /// (`None`: one gap after the last); `wall` and `monotonic` are now.
    pub fn place(&mut self, stamp: Option<f64>, wall: EventTime, monotonic: Duration) -> Placed {
        let stamp = stamp.filter(|s| s.is_finite()).unwrap_or(self.newest + self.gap);
        let mut reanchored = None;
        let (arrival, step) = self.arrival(wall, monotonic);
        if let Some(step) = step {
            reanchored = Some(Reanchored::WallClock);
            // Set forward: follow. Set back: the offset falls slowly below.
            self.offset = self.offset.map(|offset| offset + step.max(0.0));
        }
        let offset = match self.offset {
            None => self.anchored(stamp, arrival),
            Some(offset) => {
                let advance = stamp - self.newest;
                let early = advance - (arrival - self.newest_arrival);
                let leaps = match self.anchor {
                    Anchor::Start(_) | Anchor::Pass(_) => advance > self.leap,
                    Anchor::Arrival => early > LEAP_MS,
                };
                if advance < -REORDER_MS || leaps {
                    reanchored = Some(Reanchored::Timestamps);
                    self.anchored(stamp, arrival)
                } else if self.anchor == Anchor::Arrival && advance > 0.0 {
                    let smallest = (offset + DRIFT * advance).min(arrival - stamp);
                    smallest.max(offset - FALL * advance)
                } else {
                    offset
                }
            }
        };
        let fresh = self.offset.is_none() || reanchored == Some(Reanchored::Timestamps);
        self.offset = Some(offset);
        if fresh || stamp > self.newest {
            if !fresh {
                self.gap += ((stamp - self.newest).min(10_000.0) - self.gap) * 0.1;
            }
            self.newest = stamp;
            self.newest_arrival = arrival;
        }
        let at = stamp + offset;
        self.last = Some(self.last.map_or(at, |last| last.max(at)));
        Placed { at: EventTime(at.round() as i64), reanchored }
    }

    /// Arrival on a clock that is only set when the wall clock was.
    fn arrival(&mut self, wall: EventTime, monotonic: Duration) -> (f64, Option<f64>) {
        let monotonic = monotonic.as_secs_f64() * 1e3;
        let now = wall.0 as f64 - monotonic;
        let known = *self.wall_minus_monotonic.get_or_insert(now);
        if (now - known).abs() > CLOCK_STEP_MS {
            self.wall_minus_monotonic = Some(now);
            // The newest arrival moves with the clock, or the step would look like a pause.
            self.newest_arrival += now - known;
            return (wall.0 as f64, (self.anchor == Anchor::Arrival).then_some(now - known));
        }
        (monotonic + known, None)
    }

    /// The offset that starts a connection here: never before what was given.
    fn anchored(&self, stamp: f64, arrival: f64) -> f64 {
        let wanted = match (self.anchor, self.last) {
            (Anchor::Start(start), None) | (Anchor::Pass(start), _) => start.0 as f64,
            (Anchor::Start(_), Some(last)) => last + self.gap,
            (Anchor::Arrival, None) => arrival,
            (Anchor::Arrival, Some(last)) => arrival.max(last + self.gap),
        };
        wanted - stamp
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const T0: i64 = 1_780_000_000_000;

    fn at(timeline: &mut Timeline, stamp: f64, arrival: i64) -> Placed {
        timeline.place(Some(stamp), EventTime(T0 + arrival), Duration::from_millis(arrival as u64))
    }

    #[test]
    fn a_file_starts_at_its_start_and_a_second_pass_goes_on() {
        let anchor = Anchor::Start(EventTime(T0));
        let mut timeline = Timeline::new(anchor);
        assert_eq!(at(&mut timeline, 80.0, 0).at, EventTime(T0));
        assert_eq!(at(&mut timeline, 120.0, 0).at, EventTime(T0 + 40));
        timeline.connected(anchor);
        assert_eq!(at(&mut timeline, 80.0, 0).at, EventTime(T0 + 80));
    }

    #[test]
    fn a_recording_of_a_picture_each_half_hour_keeps_its_hours_and_one_of_moments_does_not_leap() {
        let half_hour = 1_800_000.0;
        let mut timeline = Timeline::new(Anchor::Start(EventTime(T0))).pausing(Duration::from_secs(4 * 3600));
        for (stamp, pictures) in [(0.0, 0), (half_hour, 1), (5.0 * half_hour, 5)] {
            assert_eq!(
                at(&mut timeline, stamp, 0),
                Placed { at: EventTime(T0 + pictures * 1_800_000), reanchored: None }
            );
        }
        let mut timeline = Timeline::new(Anchor::Start(EventTime(T0))).pausing(Duration::from_secs(8));
        at(&mut timeline, 0.0, 0);
        assert_eq!(at(&mut timeline, half_hour, 0).reanchored, Some(Reanchored::Timestamps));
    }

    #[test]
    fn jitter_of_the_network_does_not_reach_event_time() {
        let mut timeline = Timeline::new(Anchor::Arrival);
        at(&mut timeline, 0.0, 20);
        for n in 1..200 {
            at(&mut timeline, f64::from(n) * 40.0, i64::from(n) * 40 + 20);
        }
        // A packet held up by 3 s keeps the time at which it was taken.
        let late = at(&mut timeline, 8_000.0, 11_000).at;
        assert!((late.0 - T0 - 8_020).abs() < 20, "{}", late.0 - T0);
    }

    #[test]
    fn a_late_first_packet_is_corrected_without_going_back() {
        let mut timeline = Timeline::new(Anchor::Arrival);
        let mut last = at(&mut timeline, 0.0, 2_000).at;
        for n in 1..200 {
            let next = at(&mut timeline, f64::from(n) * 40.0, (i64::from(n) * 40).max(2_000)).at;
            assert!(next > last, "time went back at {n}");
            last = next;
        }
        assert!((last.0 - T0 - 199 * 40).abs() < 20);
    }

    #[test]
    fn a_wrapped_timestamp_is_anchored_anew_and_counted() {
        let mut timeline = Timeline::new(Anchor::Arrival);
        at(&mut timeline, 95_443_717.0, 0);
        let placed = at(&mut timeline, 3.0, 40);
        assert_eq!(placed, Placed { at: EventTime(T0 + 40), reanchored: Some(Reanchored::Timestamps) });
    }

    #[test]
    fn a_clock_set_forward_is_followed_and_one_set_back_never_turns_time_back() {
        let mut timeline = Timeline::new(Anchor::Arrival);
        at(&mut timeline, 0.0, 0);
        let hour = 3_600_000;
        let ahead = timeline.place(Some(40.0), EventTime(T0 + 40 + hour), Duration::from_millis(40));
        assert_eq!(ahead, Placed { at: EventTime(T0 + 40 + hour), reanchored: Some(Reanchored::WallClock) });
        let back = timeline.place(Some(80.0), EventTime(T0 + 80), Duration::from_millis(80));
        assert!(back.at > ahead.at);
    }

    proptest! {
        #[test]
        fn event_time_never_goes_back_in_presentation_order(
            steps in proptest::collection::vec((-5_000i64..20_000, 0u64..20_000, any::<bool>(), -3_000i64..3_000), 1..80)
        ) {
            let mut timeline = Timeline::new(Anchor::Arrival);
            let (mut stamp, mut arrival, mut skew) = (0i64, 0u64, 0i64);
            let mut last: Option<(i64, EventTime)> = None;
            for (advance, wait, reconnect, step) in steps {
                stamp += advance;
                arrival += wait;
                skew += step;
                if reconnect {
                    timeline.connected(Anchor::Arrival);
                }
                let wall = EventTime(T0 + arrival as i64 + skew);
                let placed = timeline.place(Some(stamp as f64), wall, Duration::from_millis(arrival));
                if let Some((before, at)) = last
                    && (stamp > before || reconnect || placed.reanchored == Some(Reanchored::Timestamps))
                {
                    prop_assert!(placed.at >= at, "{:?} after {:?}", placed, at);
                }
                // Packets that are only out of order may lie before their neighbours.
                if last.is_none_or(|(_, at)| placed.at >= at) {
                    last = Some((stamp, placed.at));
                }
            }
        }
    }
}
