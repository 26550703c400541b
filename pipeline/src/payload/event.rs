//! CloudEvents 1.0 in JSON (structured mode): the envelope of every message.

use super::{
    CameraConfig, CameraHealth, Candidate, Component, DeviceReading, OffsetTime, ReadingKind, Segment, State,
    StateSnapshot, Verdict,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::fmt::Write;

/// A CloudEvent 1.0 in JSON. Attributes that are not listed here are read over.
///
/// `id` is unique per message and the same on a replay, so `source` and `id`
/// together tell a repeated message from a new one.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct CloudEvent<T> {
    /// Always `1.0`.
    pub specversion: SpecVersion,
    /// Unique within `source`.
    pub id: String,
    /// Where it comes from: `/city/camera`, percent-encoded.
    pub source: String,
    /// What happened: `org.streetwatch.candidate.raised`, …
    #[serde(rename = "type")]
    pub kind: String,
    /// What it is about: the candidate's or the camera's id.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub subject: Option<String>,
    /// Event time of what happened.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub time: Option<OffsetTime>,
    /// `application/json`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub datacontenttype: Option<String>,
    /// Which schema `data` keeps to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dataschema: Option<String>,
    /// The payload.
    pub data: T,
}

/// The only version of the specification that is spoken here.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum SpecVersion {
    /// CloudEvents 1.0.
    #[serde(rename = "1.0")]
    V1,
}

/// Identifier of a payload's schema: `urn:streetwatch:schema:candidate:1`.
pub fn dataschema(name: &str) -> String {
    format!("urn:streetwatch:schema:{name}:1")
}

impl<T> CloudEvent<T> {
    fn new(id: String, source: String, kind: String, schema: &str, subject: String, time: OffsetTime, data: T) -> Self {
        CloudEvent {
            specversion: SpecVersion::V1,
            id,
            source,
            kind,
            subject: Some(subject),
            time: Some(time),
            datacontenttype: Some("application/json".to_owned()),
            dataschema: Some(dataschema(schema)),
            data,
        }
    }
}

impl CloudEvent<Candidate> {
    /// A candidate's message, type `org.streetwatch.candidate.<state>`.
    ///
    /// `raised`, `ended` and `withdrawn` are said once, so their ids are the
    /// candidate's id and the state: a second worker's copy is seen as a copy
    /// even where its evidence lies elsewhere. Of `updated` there are many, so
    /// its id also carries the time and a digest of the payload.
    pub fn candidate(city: &str, data: Candidate) -> Self {
        let state = data.state;
        let time = if state == State::Raised { data.raised_at } else { data.last_seen };
        let mut id = format!("{}.{}", data.id, state.as_str());
        if state == State::Updated {
            let _ = write!(id, ".{}.{}", data.last_seen.event_time().0, digest(&data));
        }
        let kind = format!("org.streetwatch.candidate.{}", state.as_str());
        let subject = data.id.to_string();
        CloudEvent::new(id, source(city, &data.camera), kind, "candidate", subject, time, data)
    }
}

impl CloudEvent<CameraHealth> {
    /// A camera's health, type `org.streetwatch.camera.health`.
    pub fn health(city: &str, data: CameraHealth) -> Self {
        let id = format!("health.{}.{}", data.at.event_time().0, digest(&data));
        let (source, subject, time) = (source(city, &data.camera), data.camera.clone(), data.at);
        CloudEvent::new(id, source, "org.streetwatch.camera.health".to_owned(), "camera-health", subject, time, data)
    }
}

impl CloudEvent<StateSnapshot> {
    /// An operators' snapshot, type `org.streetwatch.state.snapshot`.
    pub fn state(city: &str, data: StateSnapshot) -> Self {
        let id = format!("state.{}.{}", data.at.event_time().0, digest(&data));
        let (source, subject, time) = (source(city, &data.camera), data.camera.clone(), data.at);
        CloudEvent::new(id, source, "org.streetwatch.state.snapshot".to_owned(), "state-snapshot", subject, time, data)
    }
}

impl CloudEvent<CameraConfig> {
    /// A camera as it was applied at `at`, type `org.streetwatch.camera.registered`.
    pub fn camera(city: &str, at: OffsetTime, data: CameraConfig) -> Self {
        let id = format!("camera.{}.{}", data.camera, digest(&data));
        let (source, subject) = (source(city, "cameras"), data.camera.clone());
        CloudEvent::new(id, source, "org.streetwatch.camera.registered".to_owned(), "camera-config", subject, at, data)
    }
}

impl CloudEvent<Segment> {
    /// A recorded segment, type `org.streetwatch.segment.recorded`. Its id is its session and number: sent again, it
    /// is the same message.
    pub fn segment(city: &str, data: Segment) -> Self {
        let id = format!("segment.{}.{}", data.session, data.sequence);
        let (source, subject, time) = (source(city, &data.camera), data.camera.clone(), data.start);
        CloudEvent::new(id, source, "org.streetwatch.segment.recorded".to_owned(), "segment", subject, time, data)
    }
}

impl CloudEvent<DeviceReading> {
    /// A device's reading, type `org.streetwatch.reading.<kind>`. A report that is sent again is the same message,
    /// whenever it came in.
    pub fn reading(city: &str, data: DeviceReading) -> Self {
        let said = digest(&(&data.location, &data.values, &data.seen));
        let id = format!("reading.{}.{said}", data.at.event_time().0);
        let kind = match data.kind {
            ReadingKind::Vehicle => "org.streetwatch.reading.vehicle",
            ReadingKind::Bin => "org.streetwatch.reading.bin",
            ReadingKind::Cover => "org.streetwatch.reading.cover",
            ReadingKind::Gauge => "org.streetwatch.reading.gauge",
        };
        let (source, subject, time) = (source(city, &data.device), data.device.clone(), data.at);
        CloudEvent::new(id, source, kind.to_owned(), "device-reading", subject, time, data)
    }
}

impl CloudEvent<Component> {
    /// A component as it was imported at `at`, type `org.streetwatch.component.registered`.
    pub fn component(city: &str, at: OffsetTime, data: Component) -> Self {
        let id = format!("component.{}.{}", data.id, digest(&data));
        let (source, subject) = (source(city, "components"), data.id.clone());
        CloudEvent::new(id, source, "org.streetwatch.component.registered".to_owned(), "component", subject, at, data)
    }
}

impl CloudEvent<Verdict> {
    /// A person's verdict, type `org.streetwatch.verdict.<action>`. Its id is the verdict's, so a repeated
    /// message is seen as one.
    pub fn verdict(city: &str, data: Verdict) -> Self {
        let kind = format!("org.streetwatch.verdict.{}", data.action.as_str());
        let (subject, time) = (data.candidate.to_string(), data.at);
        CloudEvent::new(data.id.to_string(), source(city, "console"), kind, "verdict", subject, time, data)
    }
}

/// Twelve hexadecimal digits of the payload's SHA-256.
fn digest(data: &impl Serialize) -> String {
    let bytes = serde_json::to_vec(data).unwrap_or_default();
    hex::encode(&Sha256::digest(&bytes)[..6])
}

/// A URI reference of two segments.
fn source(city: &str, camera: &str) -> String {
    let mut uri = String::new();
    for segment in [city, camera] {
        uri.push('/');
        for byte in segment.bytes() {
            match byte {
                b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => uri.push(char::from(byte)),
                _ => {
                    let _ = write!(uri, "%{byte:02X}");
                }
            }
        }
    }
    uri
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::payload::examples;
    use operators::vocabulary::EventTime;

    #[test]
    fn a_raised_candidate_is_an_event_with_every_attribute() {
        let event = CloudEvent::candidate("演示 city", examples::candidate());
        let json = serde_json::to_value(&event).expect("serialises");
        assert_eq!(json["specversion"], "1.0");
        assert_eq!(json["type"], "org.streetwatch.candidate.raised");
        assert_eq!(json["source"], "/%E6%BC%94%E7%A4%BA%20city/c-001");
        assert_eq!(json["subject"], json["data"]["id"]);
        assert_eq!(json["time"], "2026-06-01T08:03:00+08:00");
        assert_eq!(json["datacontenttype"], "application/json");
        assert_eq!(json["dataschema"], "urn:streetwatch:schema:candidate:1");
    }

    #[test]
    fn a_replay_sends_the_same_ids_and_two_messages_never_share_one() {
        let at = |state, seconds: i64| {
            let mut c = examples::candidate();
            c.state = state;
            c.last_seen = c.last_seen.with_time(c.raised_at.event_time().plus(seconds * 1000));
            CloudEvent::candidate("demo", c).id
        };
        let life = [(State::Raised, 0), (State::Updated, 60), (State::Updated, 120), (State::Ended, 130)];
        let once: Vec<_> = life.iter().map(|&(s, t)| at(s, t)).collect();
        let again: Vec<_> = life.iter().map(|&(s, t)| at(s, t)).collect();
        assert_eq!(once, again);
        let unique: std::collections::BTreeSet<_> = once.iter().collect();
        assert_eq!(unique.len(), life.len());
    }

    #[test]
    fn an_update_that_only_adds_evidence_is_a_message_of_its_own() {
        let mut c = examples::candidate();
        c.state = State::Updated;
        let before = CloudEvent::candidate("demo", c.clone()).id;
        c.evidence.clear();
        assert_ne!(before, CloudEvent::candidate("demo", c).id);
    }

    #[test]
    fn extra_attributes_are_tolerated_and_another_specversion_is_not() {
        let event = CloudEvent::health("demo", examples::health());
        let mut json = serde_json::to_value(&event).expect("serialises");
        json["traceparent"] = "00-…".into();
        json["partitionkey"] = "c-001".into();
        assert_eq!(serde_json::from_value::<CloudEvent<CameraHealth>>(json.clone()).expect("reads"), event);
        json["specversion"] = "0.3".into();
        assert!(serde_json::from_value::<CloudEvent<CameraHealth>>(json).is_err());
    }

    #[test]
    fn an_event_with_only_the_required_attributes_reads() {
        let json = serde_json::json!({ "specversion": "1.0", "id": "1", "source": "/x", "type": "t", "data": 7 });
        let event: CloudEvent<u32> = serde_json::from_value(json).expect("reads");
        assert_eq!((event.data, event.time), (7, None));
    }

    #[test]
    fn a_snapshot_goes_through_unread() {
        let data = StateSnapshot {
            camera: "c-001".into(),
            preset: "home".into(),
            at: OffsetTime::new(EventTime(5), jiff::tz::Offset::UTC),
            version: 3,
            segments: None,
            snapshot: serde_json::json!({ "tracks": [1, 2, { "深": null }] }),
        };
        let event = CloudEvent::state("demo", data);
        let text = serde_json::to_string(&event).expect("serialises");
        assert_eq!(serde_json::from_str::<CloudEvent<StateSnapshot>>(&text).expect("reads"), event);
    }
}
