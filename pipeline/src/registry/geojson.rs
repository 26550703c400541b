//! A census as GeoJSON (RFC 7946): a FeatureCollection whose properties are the fields.

use super::field::Field;
use super::row::{RawView, Row, Rows};
use serde_json::{Map, Value};

/// Reads the features of a GeoJSON text; what is wrong with single features is in the answer.
///
/// # Errors
/// The text is no JSON, or no FeatureCollection.
pub(super) fn read(text: &str) -> Result<Rows, String> {
    let (features, _) = collection(text)?;
    let mut out = Rows::default();
    for (index, feature) in features.iter().enumerate() {
        let number = index as u64 + 1;
        match self::feature(feature, number, &mut out.unknown) {
            Ok(row) => out.rows.push(row),
            Err(reason) => out.unreadable.push((number, reason)),
        }
    }
    Ok(out)
}

/// The features of a GeoJSON text, and the collection's other members.
///
/// # Errors
/// The text is no JSON, or no FeatureCollection.
pub(crate) fn collection(text: &str) -> Result<(Vec<Value>, Map<String, Value>), String> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let value: Value = serde_json::from_str(text).map_err(|e| format!("is no JSON: {e}"))?;
    let wrong = || "is no GeoJSON FeatureCollection: {\"type\": \"FeatureCollection\", \"features\": […]}".to_owned();
    let Value::Object(mut members) = value else { return Err(wrong()) };
    if members.get("type").and_then(Value::as_str) != Some("FeatureCollection") {
        return Err(wrong());
    }
    match members.remove("features") {
        Some(Value::Array(features)) => Ok((features, members)),
        _ => Err(wrong()),
    }
}

/// Geometry and properties of a feature, where it has them.
pub(crate) type Parts<'a> = (Option<&'a Value>, Option<&'a Map<String, Value>>);

/// Takes a feature apart.
///
/// # Errors
/// It is no feature.
pub(crate) fn parts(feature: &Value) -> Result<Parts<'_>, String> {
    if feature.get("type").and_then(Value::as_str) != Some("Feature") {
        return Err("is no Feature".to_owned());
    }
    let properties = match feature.get("properties") {
        None | Some(Value::Null) => None,
        Some(Value::Object(properties)) => Some(properties),
        Some(_) => return Err("its properties are no object".to_owned()),
    };
    Ok((feature.get("geometry").filter(|g| !g.is_null()), properties))
}

fn feature(feature: &Value, number: u64, unknown: &mut Vec<String>) -> Result<Row, String> {
    let (geometry, properties) = parts(feature)?;
    let mut row = Row { number, geometry: geometry.cloned(), ..Row::default() };
    for (name, value) in properties.into_iter().flatten() {
        if name == "views" {
            row.views = views(value)?;
            continue;
        }
        let Some(field) = Field::named(name) else {
            if unknown.len() < 64 && !unknown.contains(name) {
                unknown.push(name.clone());
            }
            continue;
        };
        if let Some(text) = text_of(value)
            && row.fields.insert(field, text).is_some()
        {
            return Err(format!("two properties are the field `{}`; keep one of them", field.as_str()));
        }
    }
    // GeoJSON has a place for ids outside the properties too.
    if let Some(id) = feature.get("id").and_then(text_of) {
        row.fields.entry(Field::Id).or_insert(id);
    }
    Ok(row)
}

fn views(value: &Value) -> Result<Vec<RawView>, String> {
    let wrong = || "`views` is no list of {\"camera\", \"preset\", \"polygon\" or \"polyline\"}".to_owned();
    let view = |view: &Value| {
        let view = view.as_object()?;
        let text = |name| view.get(name).and_then(text_of);
        let (camera, preset, width) = (text("camera"), text("preset"), text("width"));
        Some(RawView { camera, preset, polygon: text("polygon"), polyline: text("polyline"), width })
    };
    value.as_array().ok_or_else(wrong)?.iter().map(|v| view(v).ok_or_else(wrong)).collect()
}

/// A value as a CSV file would write it; `None` where there is nothing.
pub(crate) fn text_of(value: &Value) -> Option<String> {
    match value {
        Value::Null => None,
        Value::String(text) => Some(text.trim().to_owned()).filter(|text| !text.is_empty()),
        other => Some(other.to_string()),
    }
}
