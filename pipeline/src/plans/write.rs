//! Plans as the texts of their files. The same plans make the same texts.

use super::Plans;
use super::kind::{CLASSES, DAYS, DEVICES, FENCES, PlanKind, word_of};
use crate::payload::OffsetTime;
use jiff::tz::Offset;
use operators::ground::LonLat;
use operators::vocabulary::{EventTime, Millis};
use serde_json::{Map, Value, json};
use std::time::Duration;

/// Permits are written in China's time, as terminals speak.
const OFFSET: Offset = jiff::tz::offset(8);

/// The text of one file.
pub fn text(kind: PlanKind, plans: &Plans) -> String {
    match kind {
        PlanKind::Fences => collection(plans.plan.fences.iter().map(|f| {
            let mut ring: Vec<[f64; 2]> = f.corners.iter().map(|p| p.rounded().into()).collect();
            ring.extend(ring.first().copied());
            let mut of = Properties::of(&f.id, plans);
            of.text("kind", word_of(&FENCES, &f.kind));
            of.text("schedule", &f.schedule.to_string());
            of.list("classes", f.classes.iter().map(|c| word_of(&CLASSES, c)));
            of.list("vehicles", f.vehicles.iter().map(String::as_str));
            of.text("max_stay", &f.max_stay.map(span).unwrap_or_default());
            of.feature("Polygon", json!([ring]))
        })),
        PlanKind::Routes => collection(plans.plan.routes.iter().map(|r| {
            let mut of = Properties::of(&r.id, plans);
            of.put("width_m", json!(r.width_m));
            of.feature("LineString", line(&r.line))
        })),
        PlanKind::Roads => collection(plans.plan.roads.iter().map(|r| {
            let mut of = Properties::of(&r.id, plans);
            of.put("limit_kmh", plain(r.limit_kmh));
            of.feature("LineString", line(&r.line))
        })),
        PlanKind::Plans => collection(plans.plan.plans.iter().map(|p| {
            let mut of = Properties::of(&p.id, plans);
            of.list("days", p.days.iter().map(|d| word_of(&DAYS, d)));
            of.text("from", &minute(p.from));
            of.text("until", &minute(p.until));
            of.list("vehicles", p.vehicles.iter().map(String::as_str));
            of.put("share", plain(p.share));
            match p.segments.as_slice() {
                [one] => of.feature("LineString", line(one)),
                several => of.feature("MultiLineString", Value::Array(several.iter().map(|s| line(s)).collect())),
            }
        })),
        PlanKind::Permits => csv(
            kind,
            plans.plan.permits.iter().map(|p| {
                let (routes, sites, enter) = (p.routes.join(";"), p.sites.join(";"), p.enter.join(";"));
                let (from, until) = (time(p.from), time(p.until));
                vec![p.id.clone(), p.vehicle.clone(), from, until, p.schedule.to_string(), routes, sites, enter]
            }),
        ),
        PlanKind::Vehicles => csv(
            kind,
            plans.plan.vehicles.iter().map(|v| {
                let class = word_of(&CLASSES, &v.class).to_owned();
                vec![v.device.clone(), v.plate.clone().unwrap_or_default(), class, name(&v.device, plans)]
            }),
        ),
        PlanKind::Devices => csv(
            kind,
            plans.devices.iter().map(|(id, d)| {
                let (lon, lat) = d
                    .place
                    .map(LonLat::rounded)
                    .map_or_else(Default::default, |p| (p.lon.to_string(), p.lat.to_string()));
                let (camera, zone) = d.seen_by.clone().unwrap_or_default();
                let (component, grid) = (d.component.clone().unwrap_or_default(), d.grid.clone().unwrap_or_default());
                let kind = word_of(&DEVICES, &d.kind).to_owned();
                vec![id.clone(), kind, component, name(id, plans), lon, lat, grid, camera, zone]
            }),
        ),
    }
}

/// The properties of one feature; what is empty is left out.
struct Properties(Map<String, Value>);

impl Properties {
    fn of(id: &str, plans: &Plans) -> Properties {
        let mut of = Properties(Map::new());
        of.text("id", id);
        of.text("name", &name(id, plans));
        of
    }

    fn put(&mut self, field: &str, value: Value) {
        self.0.insert(field.to_owned(), value);
    }

    fn text(&mut self, field: &str, text: &str) {
        if !text.is_empty() {
            self.put(field, json!(text));
        }
    }

    fn list<'a>(&mut self, field: &str, items: impl Iterator<Item = &'a str>) {
        let items: Vec<&str> = items.collect();
        if !items.is_empty() {
            self.put(field, json!(items));
        }
    }

    fn feature(self, shape: &str, coordinates: Value) -> Value {
        let geometry = json!({ "type": shape, "coordinates": coordinates });
        json!({ "type": "Feature", "properties": self.0, "geometry": geometry })
    }
}

/// One feature a line, so that a change is one line of a difference.
fn collection(features: impl Iterator<Item = Value>) -> String {
    let lines: Vec<String> = features.map(|feature| feature.to_string()).collect();
    format!("{{\"type\":\"FeatureCollection\",\"features\":[\n{}\n]}}\n", lines.join(",\n"))
}

fn csv(kind: PlanKind, rows: impl Iterator<Item = Vec<String>>) -> String {
    let mut out = csv::Writer::from_writer(Vec::new());
    // Writing to memory does not fail, and every row has as many fields as the first.
    let _never_fails = out.write_record(kind.fields());
    for row in rows {
        let _never_fails = out.write_record(row);
    }
    String::from_utf8(out.into_inner().unwrap_or_default()).unwrap_or_default()
}

fn name(id: &str, plans: &Plans) -> String {
    plans.names.get(id).cloned().unwrap_or_default()
}

fn line(points: &[LonLat]) -> Value {
    json!(points.iter().map(|p| <[f64; 2]>::from(p.rounded())).collect::<Vec<_>>())
}

/// A number of single precision as people write it: 0.9, not 0.8999999761581421.
fn plain(number: f32) -> Value {
    number.to_string().parse::<f64>().map_or(Value::Null, |n| json!(n))
}

fn minute(minute: u16) -> String {
    format!("{:02}:{:02}", minute / 60, minute % 60)
}

fn span(span: Millis) -> String {
    humantime::format_duration(Duration::from_millis(span.unsigned_abs())).to_string()
}

/// Nothing where a permit has no beginning or no end.
fn time(at: EventTime) -> String {
    match at {
        EventTime(0 | i64::MAX) => String::new(),
        at => OffsetTime::new(at, OFFSET).to_string(),
    }
}
