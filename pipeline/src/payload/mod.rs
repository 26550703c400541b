//! What goes over the topics: CloudEvents, their JSON Schemas, the AsyncAPI document.
//!
//! ```text
//! operators::Change ─► Candidate ─► CloudEvent<Candidate> ─► topic dispatch
//! feed's state ──────► CameraHealth ─► CloudEvent ─────────► topic health
//! operators' snapshot ► StateSnapshot ► CloudEvent ────────► topic state
//! CITY.toml's cameras ─► CameraConfig ─► CloudEvent ──────► topic cameras
//! census ─► registry ──► Component ─► CloudEvent ──────────► topic components
//! device's report ──► DeviceReading ► CloudEvent ────────► topic readings
//! edge recorder ─► Segment ─► CloudEvent ─────────────────► topic segments
//! a person's decision ─► Verdict ─► CloudEvent ────────────► topic verdicts
//! ```
//!
//! The JSON Schemas under `pipeline/schemas/` are generated from these types
//! ([`schema::documents`]); a test fails when the two differ.

mod camera;
mod candidate;
mod component;
mod event;
mod health;
mod id;
mod reading;
pub mod schema;
mod segment;
mod snapshot;
mod time;
mod verdict;

pub use camera::CameraConfig;
pub use candidate::{
    BaselineRef, Candidate, ComponentFinding, EvidenceItem, EvidenceKind, ModelRef, Object, SensorFinding, State,
};
pub use component::{Component, ComponentNature, ComponentState, ComponentView, Outline, Shape, Unit};
pub use event::{CloudEvent, SpecVersion, dataschema};
pub use health::{CameraHealth, CameraState, HealthCounts};
pub use id::candidate_id;
pub use reading::{DeviceReading, ReadingKind, ReadingValues, Sighting, UnknownWord};
pub use segment::{
    Body, ClockQuality, Container, MAX_INLINE_BYTES, MAX_PACKETS, MAX_SEGMENT_BYTES, MAX_SEGMENT_MS, RecorderClock,
    Segment, SegmentError, sha256,
};
pub use snapshot::StateSnapshot;
pub use time::{OffsetTime, TimeError};
pub use verdict::{Action, Missed, RejectReason, Verdict};

#[cfg(test)]
pub(crate) mod examples;
