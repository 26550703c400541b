//! A track as a file for others: CSV for tables, GeoJSON for maps.

use super::line::{pieces, stops};
use super::point::Point;
use serde_json::{Value, json};

/// The points as CSV; `time` writes a moment.
pub fn csv(points: &[Point], time: impl Fn(i64) -> String) -> String {
    let mut out = csv::Writer::from_writer(Vec::new());
    let head =
        ["at", "lon", "lat", "speed_kmh", "heading", "ignition", "lifted", "working", "load", "quality", "camera"];
    // Writing to memory does not fail, and every row has as many fields as the first.
    let _never_fails = out.write_record(head);
    let number = |value: Option<f64>| value.map(|v| v.to_string()).unwrap_or_default();
    let yes = |value: Option<bool>| value.map(|v| v.to_string()).unwrap_or_default();
    for p in points {
        let _never_fails = out.write_record([
            time(p.at),
            p.lon.to_string(),
            p.lat.to_string(),
            number(p.speed),
            number(p.heading),
            yes(p.ignition),
            yes(p.lifted),
            yes(p.working),
            number(p.load),
            p.quality.join(" "),
            p.camera.clone(),
        ]);
    }
    String::from_utf8(out.into_inner().unwrap_or_default()).unwrap_or_default()
}

/// The track as GeoJSON: a line for each piece without a gap, a point for each stop, a point for each mark off the line.
pub fn geojson(device: &str, points: &[Point], time: impl Fn(i64) -> String) -> Value {
    let line: Vec<Point> = points.iter().filter(|p| p.on_the_line()).cloned().collect();
    let stood = stops(&line);
    let feature = |kind: &str, coordinates: Value, mut properties: Value| {
        properties["device"] = device.into();
        json!({ "type": "Feature", "geometry": { "type": kind, "coordinates": coordinates }, "properties": properties })
    };
    let mut features = Vec::new();
    for piece in pieces(&line, &stood) {
        let points = &line[piece.first..=piece.last];
        if points.len() > 1 {
            let way: Vec<[f64; 2]> = points.iter().map(|p| [p.lon, p.lat]).collect();
            let times: Vec<String> = points.iter().map(|p| time(p.at)).collect();
            let speeds: Vec<Option<f64>> = points.iter().map(|p| p.speed).collect();
            let told = json!({ "is": "way", "times": times, "speeds_kmh": speeds });
            features.push(feature("LineString", json!(way), told));
        }
    }
    for stop in &stood {
        let seconds = (stop.until - stop.from) / 1000;
        let told = json!({ "is": "stop", "from": time(stop.from), "until": time(stop.until), "seconds": seconds });
        features.push(feature("Point", json!([stop.lon, stop.lat]), told));
    }
    for p in points.iter().filter(|p| !p.on_the_line()) {
        let is = if p.camera.is_empty() { "marked" } else { "seen" };
        let told = json!({ "is": is, "at": time(p.at), "quality": p.quality, "camera": p.camera });
        features.push(feature("Point", json!([p.lon, p.lat]), told));
    }
    json!({ "type": "FeatureCollection", "features": features })
}
