//! From a reading to its record on the topic `readings`.

use crate::log::{Record, Topic};
use crate::payload::{CloudEvent, DeviceReading, OffsetTime};
use jiff::tz::TimeZone;
use operators::plausibility::PlausibilityConfig;
use operators::vocabulary::{EventTime, Reading};

/// Puts readings into records: looks at their plausibility, and writes their times as the city does.
#[derive(Debug, Clone)]
pub struct Envelope {
    /// The city's name.
    pub city: String,
    /// The city's zone.
    pub timezone: TimeZone,
    /// What can be.
    pub plausibility: PlausibilityConfig,
}

impl Envelope {
    /// The record of a reading as it came in.
    pub fn record(&self, mut reading: Reading) -> Record {
        self.plausibility.mark(&mut reading);
        let payload = DeviceReading::new(&reading, self.time(reading.at).offset());
        let event = CloudEvent::reading(&self.city, payload);
        // Our own types have no map keys that JSON lacks, so this cannot fail.
        let bytes = serde_json::to_vec(&event).unwrap_or_default();
        Record::new(Topic::Readings, reading.device, bytes).with_header("content-type", "application/cloudevents+json")
    }

    /// A moment as the city writes it.
    pub fn time(&self, at: EventTime) -> OffsetTime {
        let moment = jiff::Timestamp::from_millisecond(at.0).unwrap_or(jiff::Timestamp::UNIX_EPOCH);
        OffsetTime::new(at, self.timezone.to_offset(moment))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use operators::ground::LonLat;
    use operators::vocabulary::{Motion, Quality, Values};

    #[test]
    fn a_swapped_place_is_put_right_on_its_way_and_the_key_is_the_device() {
        let timezone = TimeZone::get("Asia/Shanghai").expect("bundled");
        let envelope = Envelope { city: "demo".to_owned(), timezone, plausibility: PlausibilityConfig::default() };
        let record = envelope.record(Reading {
            device: "13800138000".into(),
            at: EventTime(1_780_272_000_000),
            arrived: EventTime(1_780_272_001_000),
            place: Some(LonLat::new(40.058_359, 116.307_629)),
            camera: None,
            quality: Quality::GOOD,
            values: Values::Vehicle(Motion::default()),
        });
        assert_eq!((record.topic, record.key.as_str()), (Topic::Readings, "13800138000"));
        let json: serde_json::Value = serde_json::from_slice(&record.payload.expect("a payload")).expect("JSON");
        assert_eq!(json["data"]["quality"], serde_json::json!(["swapped"]));
        assert_eq!(json["data"]["location"], serde_json::json!([116.307_629, 40.058_359]));
        assert_eq!(json["data"]["at"], "2026-06-01T08:00:00+08:00");
    }
}
