//! What proves a candidate of readings: a picture of the device's way or of its values, and the readings themselves.

use super::book::Book;
use super::drawn;
use crate::evidence::{MissingFile, jpeg};
use crate::payload::{Candidate, EvidenceKind, OffsetTime};
use bytes::Bytes;
use operators::fleet::{Fence, FleetRoute, Plan, Road};
use operators::ground::LonLat;
use operators::series::Held;
use operators::vocabulary::{DeviceKind, EventTime, SensorChange, Values};
use serde_json::{Value, json};

/// A vehicle's readings before the first that showed it.
const BEFORE: i64 = 900_000;
/// Those of a bin, cover or gauge, which speak seldom.
const BEFORE_STANDING: i64 = 6 * 3_600_000;
/// Readings in the files, at most: the nearest to the decision.
const MOST: usize = 2_000;

/// Files for the recorder, and what could not be made.
pub(super) struct Files {
    pub made: Vec<(EvidenceKind, OffsetTime, Bytes)>,
    pub missing: Vec<MissingFile>,
}

/// What a rule compared the readings with.
pub(super) enum Subject<'a> {
    /// An area.
    Fence(&'a Fence),
    /// Routes that the vehicle's permits name.
    Routes(Vec<&'a FleetRoute>),
    /// A road with its limit.
    Road(&'a Road),
    /// Planned work.
    Plan(&'a Plan),
    /// Nothing that has a place.
    None,
}

/// The files of a candidate.
pub(super) fn files(book: &Book, candidate: &Candidate, change: &SensorChange, held: &[Held<'_>]) -> Files {
    let stands =
        book.devices.contains_key(&change.device) || held.iter().any(|h| h.values.kind() != DeviceKind::Vehicle);
    let from = change.first_seen.plus(if stands { -BEFORE_STANDING } else { -BEFORE });
    let about = |h: &&Held<'_>| h.at >= from && h.at <= change.raised_at;
    let mut shown: Vec<&Held<'_>> = held.iter().filter(about).collect();
    shown.drain(..shown.len().saturating_sub(MOST));
    let subject = subject(book, change);
    let at = candidate.raised_at;
    let (mut made, mut missing) = (Vec::new(), Vec::new());
    let picture = drawn::picture(book, candidate, change, &subject, &shown);
    match jpeg::encode(&picture, 88) {
        Ok(bytes) => made.push((EvidenceKind::Map, at, bytes.into())),
        Err(error) => {
            tracing::warn!(candidate = %candidate.id, %error, "the map could not be made");
            missing.push(MissingFile { kind: EvidenceKind::Map, reason: "encode".to_owned() });
        }
    }
    let track = geojson(candidate, change, &subject, &shown);
    made.push((EvidenceKind::Track, at, Bytes::from(format!("{track:#}\n"))));
    Files { made, missing }
}

fn subject<'a>(book: &'a Book, change: &SensorChange) -> Subject<'a> {
    let (plan, zone) = (&book.plan, change.stay.zone.as_str());
    if let Some(fence) = plan.fences.iter().find(|f| f.id == zone) {
        return Subject::Fence(fence);
    }
    if let Some(road) = plan.roads.iter().find(|r| r.id == zone) {
        return Subject::Road(road);
    }
    if let Some(work) = plan.plans.iter().find(|p| p.id == zone) {
        return Subject::Plan(work);
    }
    let plate = book.map.plate_of(&change.device);
    let is_its = |vehicle: &str| vehicle == change.device || Some(vehicle) == plate;
    let permits = plan.permits.iter().filter(|p| is_its(&p.vehicle) && (p.from..p.until).contains(&change.raised_at));
    let named: Vec<&str> = permits.flat_map(|p| &p.routes).map(String::as_str).collect();
    match plan.routes.iter().filter(|r| named.contains(&r.id.as_str())).collect::<Vec<_>>() {
        routes if routes.is_empty() => Subject::None,
        routes => Subject::Routes(routes),
    }
}

fn geojson(candidate: &Candidate, change: &SensorChange, subject: &Subject<'_>, shown: &[&Held<'_>]) -> Value {
    let time = |at: EventTime| candidate.raised_at.with_time(at).to_string();
    let readings: Vec<Value> = shown
        .iter()
        .map(|h| {
            let values = match h.values {
                Values::Vehicle(v) => json!(v),
                Values::Bin(v) => json!(v),
                Values::Cover(v) => json!(v),
                Values::Gauge(v) => json!(v),
                Values::Seen(v) => json!(v),
            };
            let quality: Vec<&str> = h.quality.words().collect();
            json!({
                "type": "Feature",
                "geometry": h.place.map(|p| json!({ "type": "Point", "coordinates": [p.lon, p.lat] })),
                "properties": { "at": time(h.at), "camera": h.camera, "quality": quality, "values": values },
            })
        })
        .collect();
    let places = |line: &[LonLat]| line.iter().map(|p| [p.lon, p.lat]).collect::<Vec<_>>();
    let shape = |geometry: Value, what: &str, id: &str| json!({ "type": "Feature", "geometry": geometry, "properties": { "what": what, "id": id } });
    let line = |points: &[LonLat]| json!({ "type": "LineString", "coordinates": places(points) });
    let shapes = match subject {
        Subject::Fence(f) => {
            let ring: Vec<LonLat> = f.corners.iter().chain(f.corners.first()).copied().collect();
            vec![shape(json!({ "type": "Polygon", "coordinates": [places(&ring)] }), "fence", &f.id)]
        }
        Subject::Routes(routes) => routes.iter().map(|r| shape(line(&r.line), "route", &r.id)).collect(),
        Subject::Road(road) => vec![shape(line(&road.line), "road", &road.id)],
        Subject::Plan(plan) => {
            let lines: Vec<_> = plan.segments.iter().map(|s| places(s)).collect();
            vec![shape(json!({ "type": "MultiLineString", "coordinates": lines }), "plan", &plan.id)]
        }
        Subject::None => Vec::new(),
    };
    json!({
        "type": "FeatureCollection",
        "candidate": candidate.id,
        "device": change.device,
        "rule": change.rule.as_str(),
        "features": shapes.into_iter().chain(readings).collect::<Vec<_>>(),
    })
}
