//! RFC 3339 times that keep the camera's offset.

use jiff::{Timestamp, civil, fmt::temporal::Pieces, tz::Offset};
use operators::vocabulary::{EventTime, LocalTime, Weekday};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Serialize};
use std::{borrow::Cow, fmt, str::FromStr};
use thiserror::Error;

/// A moment of event time with the offset of the clock on the camera's wall.
///
/// Written as RFC 3339 with a numeric offset and, where they are not zero,
/// milliseconds: `2026-06-01T08:03:00+08:00`. Two times are equal when both
/// the moment and the offset are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct OffsetTime {
    at: EventTime,
    offset: Offset,
}

/// Why a text is no RFC 3339 time with an offset.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("'{text}' is no RFC 3339 time with an offset ({why}); write it like 2026-06-01T08:00:00+08:00")]
pub struct TimeError {
    text: String,
    why: String,
}

/// 0001-01-02 and 9999-12-30, UTC: RFC 3339 has years of four digits, and any
/// offset must fit beside them.
const FIRST_MS: i64 = -62_135_510_400_000;
const LAST_MS: i64 = 253_402_128_000_000;

impl OffsetTime {
    /// The moment `at`, shown with `offset`.
    ///
    /// RFC 3339 knows no seconds in offsets and no year of five digits: the
    /// offset is cut to the minute, the moment clamped to the years 1 to 9999.
    pub fn new(at: EventTime, offset: Offset) -> Self {
        let whole = offset.seconds() / 60 * 60;
        OffsetTime {
            at: EventTime(at.0.clamp(FIRST_MS, LAST_MS)),
            offset: Offset::from_seconds(whole).unwrap_or(Offset::UTC),
        }
    }

    /// The moment, without the offset.
    pub fn event_time(&self) -> EventTime {
        self.at
    }

    /// The offset from UTC at the camera.
    pub fn offset(&self) -> Offset {
        self.offset
    }

    /// Another moment at the same offset.
    pub fn with_time(&self, at: EventTime) -> Self {
        OffsetTime::new(at, self.offset)
    }

    /// Date and time on the camera's wall.
    pub fn local(&self) -> civil::DateTime {
        // `new` clamps, so the conversion cannot fail; the epoch is never seen.
        self.offset.to_datetime(Timestamp::from_millisecond(self.at.0).unwrap_or(Timestamp::UNIX_EPOCH))
    }

    /// Weekday and minute on the camera's wall, for schedules.
    pub fn wall(&self) -> LocalTime {
        let local = self.local();
        let weekday = match local.weekday() {
            civil::Weekday::Monday => Weekday::Mon,
            civil::Weekday::Tuesday => Weekday::Tue,
            civil::Weekday::Wednesday => Weekday::Wed,
            civil::Weekday::Thursday => Weekday::Thu,
            civil::Weekday::Friday => Weekday::Fri,
            civil::Weekday::Saturday => Weekday::Sat,
            civil::Weekday::Sunday => Weekday::Sun,
        };
        LocalTime { weekday, minute: local.hour() as u16 * 60 + local.minute() as u16 }
    }

    /// The offset as RFC 3339 writes it: `+08:00`.
    pub fn offset_text(&self) -> String {
        let minutes = self.offset.seconds() / 60;
        let sign = if minutes < 0 { '-' } else { '+' };
        format!("{sign}{:02}:{:02}", minutes.abs() / 60, minutes.abs() % 60)
    }
}

impl fmt::Display for OffsetTime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let local = self.local();
        let (date, time) = (local.date(), local.time());
        write!(f, "{:04}-{:02}-{:02}T", date.year(), date.month(), date.day())?;
        write!(f, "{:02}:{:02}:{:02}", time.hour(), time.minute(), time.second())?;
        if time.millisecond() != 0 {
            write!(f, ".{:03}", time.millisecond())?;
        }
        f.write_str(&self.offset_text())
    }
}

impl FromStr for OffsetTime {
    type Err = TimeError;

    fn from_str(text: &str) -> Result<Self, TimeError> {
        let error = |why: &str| TimeError { text: text.chars().take(64).collect(), why: why.to_owned() };
        let pieces = Pieces::parse(text).map_err(|e| error(&e.to_string()))?;
        if pieces.time_zone_annotation().is_some() {
            return Err(error("a zone in brackets is not part of RFC 3339"));
        }
        let time = pieces.time().ok_or_else(|| error("the time of day is missing"))?;
        let offset = pieces.to_numeric_offset().ok_or_else(|| error("the offset is missing"))?;
        let moment = offset.to_timestamp(pieces.date().to_datetime(time)).map_err(|e| error(&e.to_string()))?;
        let milliseconds = moment.as_millisecond();
        if !(FIRST_MS..=LAST_MS).contains(&milliseconds) {
            return Err(error("the year is outside 1 to 9999"));
        }
        Ok(OffsetTime::new(EventTime(milliseconds), offset))
    }
}

impl TryFrom<String> for OffsetTime {
    type Error = TimeError;
    fn try_from(text: String) -> Result<Self, TimeError> {
        text.parse()
    }
}

impl From<OffsetTime> for String {
    fn from(time: OffsetTime) -> String {
        time.to_string()
    }
}

impl JsonSchema for OffsetTime {
    fn inline_schema() -> bool {
        true
    }
    fn schema_name() -> Cow<'static, str> {
        "OffsetTime".into()
    }
    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string", "format": "date-time", "description": "RFC 3339 with an offset" })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn china() -> Offset {
        Offset::from_hours(8).expect("eight hours")
    }

    #[test]
    fn a_time_is_written_with_the_cameras_offset_and_no_zone_name() {
        let at = EventTime(1_780_272_000_000);
        assert_eq!(OffsetTime::new(at, china()).to_string(), "2026-06-01T08:00:00+08:00");
        assert_eq!(OffsetTime::new(at.plus(40), china()).to_string(), "2026-06-01T08:00:00.040+08:00");
        assert_eq!(OffsetTime::new(at, Offset::UTC).to_string(), "2026-06-01T00:00:00+00:00");
        let newfoundland = Offset::from_seconds(-(3 * 3600 + 1800)).expect("offset");
        assert_eq!(OffsetTime::new(at, newfoundland).to_string(), "2026-05-31T20:30:00-03:30");
    }

    #[test]
    fn a_time_without_offset_without_time_or_with_a_zone_is_refused() {
        for text in ["2026-06-01T08:00:00", "2026-06-01", "", "yesterday", "2026-06-01T08:00:00+08:00[Asia/Shanghai]"] {
            let error = text.parse::<OffsetTime>().expect_err(text).to_string();
            assert!(error.contains("2026-06-01T08:00:00+08:00"), "{error}");
        }
        let zulu: OffsetTime = "2026-06-01T00:00:00Z".parse().expect("Z is an offset");
        assert_eq!(zulu.event_time(), EventTime(1_780_272_000_000));
    }

    proptest! {
        #[test]
        fn what_is_written_reads_back(ms in any::<i64>(), seconds in -93_599i32..=93_599) {
            let time = OffsetTime::new(EventTime(ms), Offset::from_seconds(seconds).expect("in range"));
            prop_assert_eq!(time.to_string().parse::<OffsetTime>().expect("own output"), time);
        }

        #[test]
        fn no_text_makes_the_parser_panic(text in "\\PC*") {
            let _ = text.parse::<OffsetTime>();
        }
    }
}
