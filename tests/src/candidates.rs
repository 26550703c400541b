//! What the tests ask of candidates.

use serde_json::Value;
use std::collections::BTreeSet;

/// A text of a candidate or health record.
pub fn text<'a>(value: &'a Value, key: &str) -> &'a str {
    value[key].as_str().unwrap_or_else(|| panic!("no text `{key}` in {value}"))
}

/// The object's box.
pub fn bbox(candidate: &Value) -> [f64; 4] {
    let bbox = candidate["object"]["bbox"].as_array().expect("a box");
    std::array::from_fn(|i| bbox[i].as_f64().expect("a number"))
}

/// Intersection over union of two boxes [x, y, w, h].
pub fn iou(a: [f64; 4], b: [f64; 4]) -> f64 {
    let side = |i: usize| ((a[i] + a[i + 2]).min(b[i] + b[i + 2]) - a[i].max(b[i])).max(0.0);
    let both = side(0) * side(1);
    both / (a[2] * a[3] + b[2] * b[3] - both)
}

/// Ids, which must all differ.
pub fn ids(candidates: &[Value]) -> BTreeSet<String> {
    let ids: BTreeSet<_> = candidates.iter().map(|c| text(c, "id").to_owned()).collect();
    assert_eq!(ids.len(), candidates.len(), "an id twice: {candidates:#?}");
    ids
}

/// Of what is on the topic `dispatch`, what was raised at one camera.
pub fn raised(dispatch: &[Value], camera: &str) -> Vec<Value> {
    dispatch.iter().filter(|c| c["state"] == "raised" && c["camera"] == camera).cloned().collect()
}

/// Each candidate stands at a place of its own among `places`, and each place has one.
pub fn assert_one_at_each(candidates: &[Value], places: &[[f64; 4]]) {
    let found: Vec<_> = candidates.iter().map(bbox).collect();
    assert_eq!(candidates.len(), places.len(), "{} candidates at {found:?}", candidates.len());
    for place in places {
        // The contract's overlap: somebody may pass before a car at the moment that raises it.
        let there = found.iter().filter(|b| iou(**b, *place) >= 0.3).count();
        assert_eq!(there, 1, "at {place:?} of {found:?}");
    }
}
