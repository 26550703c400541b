//! Event time: when the camera saw it, never when we got it.

use serde::{Deserialize, Serialize};

/// A span of event time in milliseconds.
pub type Millis = i64;

/// A moment of event time: milliseconds since the Unix epoch, UTC.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct EventTime(pub i64);

impl EventTime {
    /// How long after `earlier` this is; negative when it is before it.
    pub fn since(self, earlier: EventTime) -> Millis {
        self.0.saturating_sub(earlier.0)
    }

    /// This moment shifted by `by` milliseconds.
    pub fn plus(self, by: Millis) -> EventTime {
        EventTime(self.0.saturating_add(by))
    }
}

/// A day of the week, as schedules name it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Weekday {
    /// Monday
    Mon,
    /// Tuesday
    Tue,
    /// Wednesday
    Wed,
    /// Thursday
    Thu,
    /// Friday
    Fri,
    /// Saturday
    Sat,
    /// Sunday
    Sun,
}

impl Weekday {
    /// Monday first.
    pub const ALL: [Weekday; 7] =
        [Weekday::Mon, Weekday::Tue, Weekday::Wed, Weekday::Thu, Weekday::Fri, Weekday::Sat, Weekday::Sun];
}

/// Wall time at the camera, for schedules. The pipeline derives it from the
/// event time and the city's time zone; operators never look at a clock.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct LocalTime {
    /// Day of the week at the camera.
    pub weekday: Weekday,
    /// Minute of the day, 0 to 1439.
    pub minute: u16,
}

/// Milliseconds of a day.
pub const DAY: Millis = 86_400_000;

impl LocalTime {
    /// Wall time so many milliseconds ahead of UTC: terminals and the rules over their readings have one offset
    /// all year.
    pub fn at(at: EventTime, ahead: Millis) -> LocalTime {
        let local = at.0.saturating_add(ahead);
        // The epoch was a Thursday.
        let weekday = Weekday::ALL[(local.div_euclid(DAY) + 3).rem_euclid(7) as usize];
        LocalTime { weekday, minute: (local.rem_euclid(DAY) / 60_000) as u16 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wall_time_is_that_of_the_offset() {
        let hours = 8 * 3_600_000;
        // 2024-10-01 23:59:59 in China, a Tuesday.
        let at = EventTime(1_727_798_399_000);
        assert_eq!(LocalTime::at(at, hours), LocalTime { weekday: Weekday::Tue, minute: 1439 });
        assert_eq!(LocalTime::at(at.plus(1000), hours), LocalTime { weekday: Weekday::Wed, minute: 0 });
        assert_eq!(LocalTime::at(EventTime(-1), 0), LocalTime { weekday: Weekday::Wed, minute: 1439 });
    }
}
