//! What of a camera's segments is new. Pure.
//!
//! A recorder numbers its segments and sends them in order, but a line that broke sends some again, a recorder
//! that was restarted begins another session, and anybody may write to the topic.

use crate::payload::Segment;
use operators::vocabulary::EventTime;
use std::collections::VecDeque;
use uuid::Uuid;

/// So many segments are remembered to tell a repeated one from a late one.
const REMEMBERED: usize = 512;
/// Between two segments that follow each other event time may go on by so much.
const LONGEST_STEP_MS: i64 = 60_000;

/// Why a segment is left out, by what came before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NotNew {
    /// It was here before.
    Repeated,
    /// All of it lies before what was already looked at.
    Late,
    /// It goes on with a GOP of which the beginning is not here.
    NoKeyframe,
}

/// How a new segment joins what came before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Joins {
    /// It goes on where the last one ended.
    pub directly: bool,
    /// Segments of the same session that are missing in between.
    pub missing: u64,
}

/// What one camera's segments have been so far. Whoever goes on from a snapshot begins with nothing here: the first
/// segment is the one with the snapshot's last picture, and all of its GOP is needed.
#[derive(Debug, Default)]
pub struct Order {
    seen: VecDeque<(Uuid, u64)>,
    last: Option<(Uuid, u64)>,
    /// Event time of the latest picture.
    until: Option<EventTime>,
}

impl Order {
    /// Whether the segment is new, and how it joins on. Changes nothing: its video may still turn out to be bad.
    ///
    /// # Errors
    /// Why it is to be left out.
    pub fn judge(&self, segment: &Segment) -> Result<Joins, NotNew> {
        let name = (segment.session, segment.sequence);
        if self.seen.contains(&name) {
            return Err(NotNew::Repeated);
        }
        let start = segment.start.event_time();
        let end = start.plus(i64::try_from(segment.duration_ms).unwrap_or(i64::MAX));
        if self.until.is_some_and(|until| end <= until) {
            return Err(NotNew::Late);
        }
        let same = self.last.filter(|(session, _)| *session == segment.session);
        // Another session that overlaps is a second recorder, or one that was set to record the past again.
        let overlaps = self.last.is_some() && same.is_none() && self.until.is_some_and(|until| start <= until);
        if overlaps || same.is_some_and(|(_, last)| segment.sequence <= last) {
            return Err(NotNew::Late);
        }
        let missing = same.map_or(0, |(_, last)| segment.sequence - last - 1);
        let step = self.until.map(|until| start.since(until));
        let directly = same.is_some()
            && missing == 0
            && segment.follows
            && step.is_some_and(|step| (-LONGEST_STEP_MS..=LONGEST_STEP_MS).contains(&step));
        if !segment.keyframe && !directly {
            return Err(NotNew::NoKeyframe);
        }
        Ok(Joins { directly, missing })
    }

    /// The segment was good, and its latest picture was taken `until`.
    pub fn taken(&mut self, segment: &Segment, until: EventTime) {
        let name = (segment.session, segment.sequence);
        self.seen.push_back(name);
        if self.seen.len() > REMEMBERED {
            self.seen.pop_front();
        }
        self.last = Some(name);
        self.until = Some(self.until.map_or(until, |before| before.max(until)));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::payload::examples;
    use proptest::prelude::*;

    /// One of four seconds.
    fn segment(session: u128, sequence: u64) -> Segment {
        let start = examples::after_eight(4 * sequence as i64);
        Segment { session: Uuid::from_u128(session), sequence, start, ..examples::segment() }
    }

    fn take(order: &mut Order, segment: &Segment) -> Result<Joins, NotNew> {
        let joins = order.judge(segment)?;
        order.taken(segment, segment.start.event_time().plus(3_960));
        Ok(joins)
    }

    const DIRECTLY: Joins = Joins { directly: true, missing: 0 };
    const AFRESH: Joins = Joins { directly: false, missing: 0 };

    #[test]
    fn what_was_sent_again_after_a_broken_line_is_left_out() {
        let mut order = Order::default();
        let told: Vec<_> = [0, 1, 2, 1, 2, 3].map(|n| take(&mut order, &segment(1, n))).into();
        let again = Err(NotNew::Repeated);
        assert_eq!(told, [Ok(AFRESH), Ok(DIRECTLY), Ok(DIRECTLY), again, again, Ok(DIRECTLY)]);
    }

    #[test]
    fn missing_segments_are_counted_and_what_comes_then_begins_afresh() {
        let mut order = Order::default();
        take(&mut order, &segment(1, 0)).expect("the first");
        assert_eq!(take(&mut order, &segment(1, 3)), Ok(Joins { directly: false, missing: 2 }));
        assert_eq!(take(&mut order, &segment(1, 2)), Err(NotNew::Late), "out of order");
    }

    #[test]
    fn a_restarted_recorder_goes_on_and_one_that_records_the_past_again_is_late() {
        let mut order = Order::default();
        for n in 0..3 {
            take(&mut order, &segment(1, n)).expect("new");
        }
        assert_eq!(take(&mut order, &segment(2, 0)), Err(NotNew::Late));
        let later = Segment { start: examples::after_eight(12), ..segment(2, 1) };
        assert_eq!(take(&mut order, &later), Ok(AFRESH));
    }

    #[test]
    fn of_two_recorders_of_one_camera_one_is_taken() {
        let mut order = Order::default();
        for n in 0..3 {
            assert!(take(&mut order, &segment(1, n)).is_ok());
            assert_eq!(take(&mut order, &segment(2, n)), Err(NotNew::Late));
        }
    }

    #[test]
    fn the_rest_of_a_gop_needs_its_beginning() {
        let rest = |n| Segment { keyframe: false, ..segment(1, n) };
        let mut order = Order::default();
        assert_eq!(take(&mut order, &rest(0)), Err(NotNew::NoKeyframe));
        take(&mut order, &segment(1, 1)).expect("a beginning");
        assert_eq!(take(&mut order, &rest(2)), Ok(DIRECTLY));
        assert_eq!(take(&mut order, &rest(4)), Err(NotNew::NoKeyframe));
    }

    proptest! {
        /// However often and in whatever order segments come: each at most once, and event time never goes back
        /// from one to the next within a session.
        #[test]
        fn nothing_is_taken_twice(names in prop::collection::vec((0u128..3, 0u64..12), 0..60)) {
            let mut order = Order::default();
            let mut taken: Vec<(u128, u64)> = Vec::new();
            for (session, sequence) in names {
                if take(&mut order, &segment(session, sequence)).is_ok() {
                    prop_assert!(!taken.contains(&(session, sequence)));
                    prop_assert!(taken.last().is_none_or(|(_, last)| sequence > *last), "time went back");
                    taken.push((session, sequence));
                }
            }
        }
    }
}
