//! Outlines in pictures, and shapes on the ground, from their texts.

use crate::payload::{Outline, Shape};
use operators::components::Polyline;
use operators::vocabulary::{Point, Polygon};
use serde_json::{Value, json};

/// Points of an outline at most; a person draws dozens.
const MOST_POINTS: usize = 1000;

/// `[[0.4, 0.6], [0.5, 0.6], …]`, or `0.4 0.6; 0.5 0.6; …`.
fn points(text: &str) -> Result<Vec<Point>, String> {
    let wrong = || format!("\"{}\" is no list of points; write [[0.4, 0.6], [0.5, 0.6], [0.5, 0.7]]", short(text));
    let pairs: Vec<[f32; 2]> = if text.trim_start().starts_with('[') {
        serde_json::from_str(text).map_err(|_| wrong())?
    } else {
        let pair = |part: &str| {
            let numbers: Vec<f32> = part.split([' ', ',']).filter_map(|n| n.parse().ok()).collect();
            <[f32; 2]>::try_from(numbers).map_err(|_| wrong())
        };
        text.split(';')
            .filter(|part| !part.trim().is_empty())
            .map(|part| pair(part.trim()))
            .collect::<Result<_, _>>()?
    };
    if pairs.len() > MOST_POINTS {
        return Err(format!("has {} points; at most {MOST_POINTS} are taken", pairs.len()));
    }
    Ok(pairs.into_iter().map(Point::from).collect())
}

/// An area in a picture.
///
/// # Errors
/// No list of points, or no polygon inside the picture.
pub(super) fn polygon(text: &str) -> Result<Outline, String> {
    Polygon::new(points(text)?).map(|p| Outline::Polygon(p.into())).map_err(|e| e.to_string())
}

/// A line in a picture.
///
/// # Errors
/// No list of points, or no line inside the picture.
pub(super) fn polyline(text: &str) -> Result<Outline, String> {
    Polyline::new(points(text)?).map(|p| Outline::Polyline(p.into())).map_err(|e| e.to_string())
}

/// A shape on the ground from a GeoJSON geometry.
///
/// # Errors
/// Another type than Point, LineString or Polygon, or coordinates that are none.
pub(super) fn shape(geometry: &Value) -> Result<Shape, String> {
    let kind = geometry.get("type").and_then(Value::as_str).unwrap_or("nothing");
    if !matches!(kind, "Point" | "LineString" | "Polygon") {
        return Err(format!("is {kind}; a component is a Point, a LineString or a Polygon"));
    }
    // A height, which GeoJSON allows as a third number, is left out.
    let flat = json!({ "type": kind, "coordinates": without_heights(geometry.get("coordinates")) });
    let shape: Shape = serde_json::from_value(flat).map_err(|_| format!("has no coordinates of a {kind}"))?;
    let (rings, least): (Vec<&[[f64; 2]]>, usize) = match &shape {
        Shape::Point(point) => (vec![std::slice::from_ref(point)], 1),
        Shape::LineString(line) => (vec![line], 2),
        Shape::Polygon(rings) => (rings.iter().map(Vec::as_slice).collect(), 4),
    };
    if rings.is_empty() || rings.iter().any(|ring| ring.len() < least) {
        return Err(format!("a {kind} has at least {least} points"));
    }
    for [lon, lat] in rings.concat() {
        if !(-180.0..=180.0).contains(&lon) || !(-90.0..=90.0).contains(&lat) {
            return Err(format!(
                "[{lon}, {lat}] is no [longitude, latitude] in degrees; swapped, or projected metres? export as CGCS2000 degrees"
            ));
        }
    }
    Ok(shape)
}

/// Coordinates without the third number that GeoJSON allows.
pub(crate) fn without_heights(value: Option<&Value>) -> Value {
    match value {
        Some(Value::Array(items)) if items.first().is_some_and(Value::is_number) => {
            Value::Array(items.iter().take(2).cloned().collect())
        }
        Some(Value::Array(items)) => Value::Array(items.iter().map(|item| without_heights(Some(item))).collect()),
        other => other.cloned().unwrap_or(Value::Null),
    }
}

/// A shape on the ground as well-known text: `POINT (118.96 32.13)`,
/// `LINESTRING (…)`, `POLYGON ((…), (…))`.
///
/// # Errors
/// As [`shape`].
pub(crate) fn well_known_text(text: &str) -> Result<Shape, String> {
    let wrong = || format!("\"{}\" is no shape; write e.g. POINT (118.96 32.13)", short(text));
    let (kind, body) = text.split_at(text.find('(').ok_or_else(wrong)?);
    let pair = |part: &str| {
        let numbers: Vec<f64> = part.split_whitespace().filter_map(|n| n.parse().ok()).collect();
        numbers.get(..2).map(|pair| json!(pair)).ok_or_else(wrong)
    };
    let line = |part: &str| part.split(',').map(|p| pair(p.trim())).collect::<Result<Vec<_>, _>>();
    let inside = body.trim().strip_prefix('(').and_then(|b| b.strip_suffix(')')).ok_or_else(wrong)?.trim();
    let (kind, coordinates) = match kind.trim().to_ascii_uppercase().as_str() {
        "POINT" => ("Point", pair(inside)?),
        "LINESTRING" => ("LineString", json!(line(inside)?)),
        "POLYGON" => {
            let rings = inside.strip_prefix('(').and_then(|i| i.strip_suffix(')')).ok_or_else(wrong)?;
            let ring = |r: &str| line(r.trim_matches(|c: char| c.is_whitespace() || matches!(c, '(' | ')' | ',')));
            ("Polygon", json!(rings.split(')').map(ring).collect::<Result<Vec<_>, _>>()?))
        }
        _ => return Err(wrong()),
    };
    shape(&json!({ "type": kind, "coordinates": coordinates }))
}

/// The beginning of a text, for messages.
pub(crate) fn short(text: &str) -> String {
    let cut: String = text.chars().take(40).collect();
    if cut.len() < text.len() { format!("{cut}…") } else { cut }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_outline_reads_as_json_and_as_plain_numbers() {
        let json = polygon("[[0.4, 0.6], [0.5, 0.6], [0.5, 0.7]]").expect("JSON");
        assert_eq!(json, polygon("0.4 0.6; 0.5 0.6; 0.5 0.7").expect("numbers"));
        assert_eq!(polyline("0.1,0.2; 0.3,0.4").expect("a line").points().len(), 2);
    }

    #[test]
    fn a_polygon_outside_or_in_pixels_and_a_line_of_one_point_are_refused() {
        assert!(polygon("[[0.4, 0.6], [1.5, 0.6], [0.5, 0.7]]").expect_err("outside").contains("outside the picture"));
        assert!(polygon("[[400, 600], [500, 600], [500, 700]]").expect_err("pixels").contains("0..1"));
        assert!(polygon("everything").expect_err("no points").contains("is no list of points"));
        assert!(polyline("0.4 0.6").expect_err("a point").contains("at least 2 points"));
    }

    #[test]
    fn well_known_text_and_geojson_are_the_same_shapes() {
        for (text, geometry) in [
            ("POINT (118.96 32.13)", json!({"type": "Point", "coordinates": [118.96, 32.13, 7.0]})),
            ("linestring(1 2, 3 4)", json!({"type": "LineString", "coordinates": [[1.0, 2.0], [3.0, 4.0]]})),
            (
                "POLYGON ((0 0, 1 0, 1 1, 0 0), (0.2 0.1, 0.3 0.1, 0.3 0.2, 0.2 0.1))",
                json!({"type": "Polygon", "coordinates": [
                    [[0.0, 0.0], [1.0, 0.0], [1.0, 1.0], [0.0, 0.0]],
                    [[0.2, 0.1], [0.3, 0.1], [0.3, 0.2], [0.2, 0.1]],
                ]}),
            ),
        ] {
            assert_eq!(well_known_text(text).expect(text), shape(&geometry).expect(text));
        }
        assert!(well_known_text("POINT (32.13 118.96)").expect_err("swapped").contains("swapped"));
        assert!(well_known_text("CIRCLE (1 2)").expect_err("no such shape").contains("POINT"));
    }
}
