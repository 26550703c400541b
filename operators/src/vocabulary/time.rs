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
        self.0 - earlier.0
    }

    /// This moment shifted by `by` milliseconds.
    pub fn plus(self, by: Millis) -> EventTime {
        EventTime(self.0 + by)
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

/// Wall time at the camera, for schedules. The pipeline derives it from the
/// event time and the city's time zone; operators never look at a clock.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct LocalTime {
    /// Day of the week at the camera.
    pub weekday: Weekday,
    /// Minute of the day, 0 to 1439.
    pub minute: u16,
}
