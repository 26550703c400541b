//! Times as people read them, in the city's zone.

use super::App;
use crate::payload::OffsetTime;
use operators::vocabulary::EventTime;

/// `2026-06-01 08:00` in the city's zone.
pub fn minute(app: &App, at: EventTime) -> String {
    formatted(app, at, "%Y-%m-%d %H:%M")
}

/// `06-01 08:00` in the city's zone: for narrow lists.
pub fn short(app: &App, at: EventTime) -> String {
    formatted(app, at, "%m-%d %H:%M")
}

/// `2026-06-01 08:00:07` in the city's zone.
pub fn second(app: &App, at: EventTime) -> String {
    formatted(app, at, "%Y-%m-%d %H:%M:%S")
}

fn formatted(app: &App, at: EventTime, how: &str) -> String {
    let moment = jiff::Timestamp::from_millisecond(at.0).unwrap_or(jiff::Timestamp::UNIX_EPOCH);
    moment.to_zoned_datetime(app.timezone.clone()).strftime(how).to_string()
}

/// RFC 3339 with the city's offset.
pub fn rfc3339(app: &App, at: EventTime) -> String {
    let moment = jiff::Timestamp::from_millisecond(at.0).unwrap_or(jiff::Timestamp::UNIX_EPOCH);
    OffsetTime::new(at, app.timezone.to_offset(moment)).to_string()
}

/// An event's time as its camera wrote it: `2026-06-01 08:00:07`.
pub fn of_camera(text: &str) -> String {
    text.get(..19).unwrap_or(text).replace('T', " ")
}
