//! Example payloads for the tests of this and other modules.

use super::*;
use jiff::tz::Offset;
use operators::vocabulary::{BBox, EventTime, Label, StayId};

/// 2026-06-01 08:00 in China.
pub const EIGHT: EventTime = EventTime(1_780_272_000_000);

/// A moment so many seconds after eight, at +08:00.
pub fn after_eight(seconds: i64) -> OffsetTime {
    OffsetTime::new(EIGHT.plus(seconds * 1000), Offset::from_hours(8).expect("eight hours"))
}

/// A car that stood for three minutes.
pub fn candidate() -> Candidate {
    let stay = StayId { zone: "kerb".into(), rule: "illegal-parking".into(), start: EIGHT, ordinal: 0 };
    Candidate {
        id: candidate_id("c-001", "home", &stay),
        rule: "illegal-parking".into(),
        class_code: "09009".into(),
        class_name: "机动车乱停放".into(),
        class_table: Some("gbt-47678.5-2026".into()),
        camera: "c-001".into(),
        preset: "home".into(),
        zone: "kerb".into(),
        grid: Some("320113001001001".into()),
        location: Some([118.96, 32.13]),
        component: None,
        finding: None,
        sensor: None,
        first_seen: after_eight(0),
        raised_at: after_eight(180),
        last_seen: after_eight(180),
        state: State::Raised,
        reason: None,
        object: Object::new(Label::Car, 0.75, BBox::new(0.25, 0.5, 0.125, 0.125)),
        dwell_s: 180.0,
        evidence: vec![EvidenceItem {
            kind: EvidenceKind::End,
            at: after_eight(180),
            uri: "file:///srv/evidence/2026/06/01/c-001/end.jpg".into(),
            sha256: "0".repeat(64),
        }],
        model: ModelRef { name: "yolox-nano".into(), version: "1".into(), sha256: "a".repeat(64) },
        rule_version: "1".into(),
    }
}

/// A camera that is well.
pub fn health() -> CameraHealth {
    CameraHealth {
        camera: "c-001".into(),
        preset: "home".into(),
        state: CameraState::Online,
        reason: None,
        at: after_eight(5),
        since: after_eight(0),
        last_picture: Some(after_eight(4)),
        counts: HealthCounts { packets: 125, pictures: 5, ..HealthCounts::default() },
    }
}

/// A camera with one preset and no zone.
pub fn camera() -> CameraConfig {
    let settings = serde_json::json!({ "id": "c-001", "url": "rtsp://192.0.2.10/stream", "sample": "1s" });
    let settings = settings.as_object().cloned().into_iter().collect();
    CameraConfig { camera: "c-001".into(), version: "0".repeat(64), cost: 0.07, settings }
}

/// A sewer cover that one camera sees.
pub fn component() -> Component {
    let outline = [[0.4, 0.6], [0.5, 0.6], [0.5, 0.7], [0.4, 0.7]].map(Into::into).to_vec();
    Component {
        id: "32011301002000123".into(),
        class_code: "01002".into(),
        name: "污水井盖".into(),
        state: ComponentState::Whole,
        nature: ComponentNature::Flat,
        urgent: true,
        competent: Some(Unit { code: Some("320113000000000001".into()), name: Some("市政处".into()) }),
        owner: None,
        keeper: None,
        grid: Some("320113001001001".into()),
        street: None,
        community: None,
        entered: Some("2026-01-05".into()),
        changed: None,
        source: Some("实测".into()),
        note: None,
        shape: Some(Shape::Point([118.96, 32.13])),
        views: vec![ComponentView {
            camera: "c-001".into(),
            preset: "home".into(),
            outline: Outline::Polygon(outline),
            width: None,
        }],
    }
}

/// Four seconds of video, of which the bytes are none.
pub fn segment() -> Segment {
    let video = b"no video, only bytes";
    let segment = Segment {
        camera: "c-001".into(),
        session: uuid::Uuid::from_u128(0x0192_5c1e_7d3a_7000_8000_0000_0000_0002),
        sequence: 7,
        start: after_eight(0),
        duration_ms: 4_000,
        codec: "h264".into(),
        width: 640,
        height: 352,
        reorder: 2,
        container: Container::Mp4,
        packets: 100,
        keyframe: true,
        follows: true,
        damaged: Vec::new(),
        clock: RecorderClock { quality: ClockQuality::Synchronised, error_ms: Some(12) },
        bytes: video.len() as u64,
        sha256: sha256(video),
        data: None,
        uri: None,
    };
    segment.with_data(video)
}

/// A reviewer who saw the car of [`candidate`] leave a gap for its driver.
pub fn verdict() -> Verdict {
    Verdict {
        id: uuid::Uuid::from_u128(0x0192_5c1e_7d3a_7000_8000_0000_0000_0001),
        candidate: candidate().id,
        action: Action::Reject,
        reason: Some(RejectReason::DriverPresent),
        duplicate_of: None,
        into: None,
        class_code: None,
        class_name: None,
        text: None,
        undoes: None,
        missed: None,
        second: false,
        reviewer: "li.wei".into(),
        at: after_eight(240),
        seen_revision: Some(0),
    }
}

/// What a truck's readings say that stops where it must not.
pub fn sensor_finding() -> SensorFinding {
    SensorFinding {
        kind: "vehicle".into(),
        plate: Some("苏A12345".into()),
        class: Some("muck-truck".into()),
        name: None,
        place: None,
        value: 12.0,
        limit: 5.0,
        unit: "min".into(),
        urgent: false,
        notes: vec!["read by camera c-001".into()],
    }
}
