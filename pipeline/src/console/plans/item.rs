//! One fence, route, permit, …, as a form has it: texts by field, as the files write them, and points.

use crate::plans::{PlanKind, Plans, text};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// Lines of longitudes and latitudes: an area's one ring (open), a line, or several lines.
pub type Geometry = Vec<Vec<[f64; 2]>>;

/// One thing of the plans.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Item {
    /// Its id.
    pub id: String,
    /// Its other fields, as its file writes them; lists are separated by `;`. An empty text is no value.
    #[serde(default)]
    pub fields: BTreeMap<String, String>,
    /// Where it lies: the corners of an area, the points of a line, or of several; empty where it has no place.
    #[serde(default)]
    #[schema(value_type = Vec<Vec<Vec<f64>>>)]
    pub geometry: Geometry,
}

impl Item {
    /// Its name for people, or its id.
    pub fn name(&self) -> &str {
        self.fields.get("name").filter(|name| !name.is_empty()).unwrap_or(&self.id)
    }

    /// A field's text, or nothing.
    pub fn field(&self, name: &str) -> &str {
        self.fields.get(name).map_or("", String::as_str)
    }
}

/// Whether things of a kind are drawn: as areas or lines.
pub const fn shape(kind: PlanKind) -> Option<&'static str> {
    match kind {
        PlanKind::Fences => Some("Polygon"),
        PlanKind::Routes | PlanKind::Roads => Some("LineString"),
        PlanKind::Plans => Some("MultiLineString"),
        PlanKind::Permits | PlanKind::Vehicles | PlanKind::Devices => None,
    }
}

/// The fields of a kind that a form asks for, without the id and the shape.
pub fn fields(kind: PlanKind) -> impl Iterator<Item = &'static str> {
    kind.fields().iter().copied().filter(move |field| *field != kind.key() && *field != "shape")
}

/// Every item of a kind, in the file's order.
pub fn items(kind: PlanKind, plans: &Plans) -> Vec<Item> {
    let text = text(kind, plans);
    // Our own texts are read here, so that nothing of them is wrong.
    if shape(kind).is_none() {
        let mut rows = csv::Reader::from_reader(text.as_bytes());
        let rows: Vec<BTreeMap<String, String>> = rows.deserialize().filter_map(Result::ok).collect();
        return rows.into_iter().map(|fields| with_id(kind, fields, Vec::new())).collect();
    }
    let document: Value = serde_json::from_str(&text).unwrap_or_default();
    let features = document["features"].as_array().map(Vec::as_slice).unwrap_or_default();
    features
        .iter()
        .map(|feature| with_id(kind, properties(&feature["properties"]), lines(&feature["geometry"])))
        .collect()
}

/// One item.
pub fn item(kind: PlanKind, plans: &Plans, id: &str) -> Option<Item> {
    items(kind, plans).into_iter().find(|item| item.id == id)
}

fn with_id(kind: PlanKind, mut fields: BTreeMap<String, String>, geometry: Geometry) -> Item {
    let id = fields.remove(kind.key()).unwrap_or_default();
    fields.retain(|_, text| !text.is_empty());
    Item { id, fields, geometry }
}

fn properties(properties: &Value) -> BTreeMap<String, String> {
    let text = |value: &Value| match value {
        Value::String(text) => text.clone(),
        Value::Array(items) => items.iter().filter_map(Value::as_str).collect::<Vec<_>>().join(";"),
        other => other.to_string(),
    };
    let all = properties.as_object().into_iter().flatten();
    all.map(|(name, value)| (name.clone(), text(value))).collect()
}

/// The lines of a GeoJSON geometry.
fn lines(geometry: &Value) -> Geometry {
    let coordinates = geometry["coordinates"].clone();
    match geometry["type"].as_str() {
        Some("LineString") => serde_json::from_value(coordinates).map(|line| vec![line]).unwrap_or_default(),
        Some("Polygon") => {
            let mut rings: Geometry = serde_json::from_value(coordinates).unwrap_or_default();
            for ring in rings.iter_mut().filter(|ring| ring.len() > 1 && ring.first() == ring.last()) {
                ring.pop();
            }
            rings
        }
        _ => serde_json::from_value(coordinates).unwrap_or_default(),
    }
}

/// One item as a file of its kind: GeoJSON where it is drawn, else CSV. And the ending of such a file.
pub(super) fn file(kind: PlanKind, item: &Item) -> (String, &'static str) {
    let Some(shape) = shape(kind) else {
        let mut out = csv::Writer::from_writer(Vec::new());
        let text = |field: &&str| if *field == kind.key() { item.id.trim() } else { item.field(field).trim() };
        // Writing to memory does not fail, and the row has as many fields as the first.
        let _never_fails = out.write_record(kind.fields());
        let _never_fails = out.write_record(kind.fields().iter().map(text));
        return (String::from_utf8(out.into_inner().unwrap_or_default()).unwrap_or_default(), "csv");
    };
    let mut properties: serde_json::Map<String, Value> = serde_json::Map::new();
    properties.insert(kind.key().to_owned(), item.id.trim().into());
    let given = item.fields.iter().filter(|(name, text)| !text.trim().is_empty() && *name != kind.key());
    properties.extend(given.map(|(name, text)| (name.clone(), text.trim().into())));
    let geometry = match (shape, item.geometry.as_slice()) {
        (_, []) => Value::Null,
        ("Polygon", rings) => {
            let closed = |ring: &Vec<[f64; 2]>| ring.iter().chain(ring.first()).copied().collect::<Vec<_>>();
            json!({ "type": shape, "coordinates": rings.iter().map(closed).collect::<Vec<_>>() })
        }
        ("LineString", [line]) => json!({ "type": shape, "coordinates": line }),
        (_, lines) => json!({ "type": "MultiLineString", "coordinates": lines }),
    };
    let feature = json!({ "type": "Feature", "properties": properties, "geometry": geometry });
    (json!({ "type": "FeatureCollection", "features": [feature] }).to_string(), "geojson")
}
