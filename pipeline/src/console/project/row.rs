//! A candidate's row, made of the pipeline's last word and what people said.

use super::urgency::urgency;
use crate::console::desk::Standing;
use crate::console::store::{Sql, StoreError, Tx, Value, district_of};
use crate::payload::{Candidate, EvidenceKind, SensorFinding};
use sha2::{Digest, Sha256};

/// Columns in the order of [`values`].
const COLUMNS: [&str; 38] = [
    "id",
    "state",
    "urgency",
    "raised_at",
    "district",
    "grid",
    "rule",
    "camera",
    "preset",
    "zone",
    "class_code",
    "class_name",
    "component",
    "life",
    "first_seen",
    "last_seen",
    "lon",
    "lat",
    "score",
    "label",
    "box_x",
    "box_y",
    "box_w",
    "box_h",
    "dwell_s",
    "still",
    "crop",
    "alone",
    "missed",
    "revision",
    "merged_into",
    "decided_by",
    "decided_at",
    "decision",
    "reject_reason",
    "search",
    "sample",
    "device_name",
];

/// Writes the row; a new one is its own group and has not arrived yet.
pub(super) async fn write(
    tx: &mut Tx,
    candidate: &Candidate,
    standing: &Standing,
    missed: bool,
    camera_name: &str,
) -> Result<(), StoreError> {
    let values = values(candidate, standing, missed, camera_name);
    let id = candidate.id.to_string();
    let mut sql = Sql::new("INSERT INTO candidates (");
    sql.push(&COLUMNS.join(", ")).push(", group_id, members, arrival, changed) VALUES ");
    sql.row(values.into_iter().chain([Value::from(id), Value::Int(1), Value::Int(0), Value::Int(0)]));
    sql.push(" ON CONFLICT (id) DO UPDATE SET ");
    let updates: Vec<String> = COLUMNS[1..].iter().map(|column| format!("{column} = excluded.{column}")).collect();
    sql.push(&updates.join(", "));
    sql.run(&mut **tx).await?;
    Ok(())
}

fn values(candidate: &Candidate, standing: &Standing, missed: bool, camera_name: &str) -> Vec<Value> {
    let c = candidate;
    let (class_code, class_name) =
        standing.class.clone().unwrap_or_else(|| (c.class_code.clone(), c.class_name.clone()));
    let grid = text(c.grid.as_deref().unwrap_or_default());
    let uri = |kinds: &[EvidenceKind]| {
        let item = kinds.iter().find_map(|kind| c.evidence.iter().find(|item| item.kind == *kind));
        item.map(|item| text(&item.uri)).unwrap_or_default()
    };
    let [x, y, w, h] = c.object.bbox.map(f64::from);
    let first = standing.first.as_ref();
    vec![
        c.id.to_string().into(),
        standing.state.as_str().into(),
        urgency(c).into(),
        c.raised_at.event_time().0.into(),
        district_of(&grid).into(),
        grid.clone().into(),
        text(&c.rule).into(),
        text(&c.camera).into(),
        text(&c.preset).into(),
        text(&c.zone).into(),
        text(&class_code).into(),
        text(&class_name).into(),
        text(c.component.as_deref().unwrap_or_default()).into(),
        c.state.as_str().into(),
        c.first_seen.event_time().0.into(),
        c.last_seen.event_time().0.into(),
        c.location.map(|[lon, _]| lon).into(),
        c.location.map(|[_, lat]| lat).into(),
        f64::from(c.object.score).into(),
        text(&c.object.label).into(),
        x.into(),
        y.into(),
        w.into(),
        h.into(),
        c.dwell_s.into(),
        uri(&STILLS).into(),
        uri(&[EvidenceKind::Crop]).into(),
        standing.alone.into(),
        missed.into(),
        standing.revision.into(),
        standing.into.map(|id| id.to_string()).unwrap_or_default().into(),
        first.map(|first| text(&first.by)).unwrap_or_default().into(),
        first.map_or(0, |first| first.at).into(),
        standing.decision.map(|id| id.to_string()).unwrap_or_default().into(),
        standing.reason.map(|reason| reason.as_str()).unwrap_or_default().into(),
        search(c, &class_code, &class_name, camera_name).into(),
        sample(&c.id).into(),
        device_name(c).into(),
    ]
}

/// Pictures that stand for a candidate, the best first.
const STILLS: [EvidenceKind; 5] =
    [EvidenceKind::End, EvidenceKind::Overlay, EvidenceKind::Scene, EvidenceKind::Start, EvidenceKind::Map];

/// Who it is about, where readings raised it.
fn device_name(c: &Candidate) -> String {
    let sensor = c.sensor.as_ref();
    let name = sensor.and_then(|s| s.plate.as_ref().or(s.name.as_ref()).or(s.place.as_ref()));
    name.map(|name| text(name)).unwrap_or_default()
}

/// Ten thousandths by which a candidate is drawn for a second review: the same wherever and whenever it is asked.
fn sample(id: &uuid::Uuid) -> i64 {
    let digest = Sha256::digest(id.as_bytes());
    i64::from(u16::from_be_bytes([digest[0], digest[1]])) * 10_000 / 65_536
}

/// PostgreSQL's texts hold no NUL; a foreign producer's may.
pub(super) fn text(text: &str) -> String {
    text.replace('\0', "\u{fffd}")
}

/// What the search looks in: small letters, one space between.
fn search(c: &Candidate, class_code: &str, class_name: &str, camera_name: &str) -> String {
    let finding = c.finding.as_ref();
    let unit = |unit: Option<&crate::payload::Unit>| unit.and_then(|unit| unit.name.clone()).unwrap_or_default();
    let id = c.id.to_string();
    let sensor = c.sensor.as_ref();
    let said =
        |what: fn(&SensorFinding) -> &Option<String>| sensor.and_then(|s| what(s).as_deref()).unwrap_or_default();
    let words = [
        said(|s| &s.plate),
        said(|s| &s.name),
        said(|s| &s.place),
        class_code,
        class_name,
        &c.rule,
        &c.camera,
        camera_name,
        &c.zone,
        c.grid.as_deref().unwrap_or_default(),
        &c.object.label,
        c.object.plate.as_deref().unwrap_or_default(),
        c.component.as_deref().unwrap_or_default(),
        finding.map(|f| f.fault.as_str()).unwrap_or_default(),
        finding.and_then(|f| f.name.as_deref()).unwrap_or_default(),
        &unit(finding.and_then(|f| f.owner.as_ref())),
        &unit(finding.and_then(|f| f.competent.as_ref())),
        &id,
    ];
    let words: Vec<&str> = words.into_iter().filter(|word| !word.is_empty()).collect();
    text(&words.join(" ").to_lowercase())
}
