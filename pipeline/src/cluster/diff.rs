//! What `cameras apply` would change.

use super::placement::{cost, place};
use super::registry::{cameras_of, version_of};
use crate::config::City;
use crate::payload::CameraConfig;
use crate::source::SEGMENTS;
use serde_json::{Map, Value};
use std::collections::{BTreeMap, BTreeSet};

/// A camera on the topic.
#[derive(Debug, Clone, PartialEq)]
pub struct Known {
    /// What it says; `None` where it cannot be read.
    pub config: Option<CameraConfig>,
    /// Where it lies.
    pub partition: i32,
}

/// One change of the registry.
#[derive(Debug, Clone, PartialEq)]
pub enum Change {
    /// A camera that is not on the topic yet, and the partition it goes to.
    Added(CameraConfig, i32),
    /// A camera with other settings: the keys that differ.
    Changed(CameraConfig, i32, Vec<String>),
    /// A camera that is not in the file any more.
    Removed(String, i32),
}

/// The cameras of a CITY.toml as the topic has them, by id. `text` has passed the check that made `city`.
///
/// # Errors
/// What is wrong with a camera, in words.
pub fn wanted(text: &str, city: &City) -> Result<BTreeMap<String, CameraConfig>, String> {
    let table: toml::Table = text.parse().map_err(|e: toml::de::Error| e.message().to_owned())?;
    let tables = table.get("camera").and_then(toml::Value::as_array).cloned().unwrap_or_default();
    let mut settings: BTreeMap<String, Vec<Map<String, Value>>> = BTreeMap::new();
    for (table, camera) in tables.into_iter().zip(&city.cameras) {
        let Ok(Value::Object(mut table)) = serde_json::to_value(&table) else { continue };
        // A path must mean the same on every worker.
        table.insert("url".to_owned(), absolute(&camera.url).into());
        settings.entry(camera.id.clone()).or_default().push(table);
    }
    let make = |(id, settings): (String, Vec<Map<String, Value>>)| {
        let cost = cost(&cameras_of(&settings, &id, city)?);
        let config = CameraConfig { camera: id.clone(), version: version_of(&settings), cost, settings };
        Ok((id, config))
    };
    settings.into_iter().map(make).collect()
}

fn absolute(url: &str) -> String {
    if url.contains("://") || url.starts_with(SEGMENTS) {
        return url.to_owned();
    }
    std::path::absolute(url).map_or_else(|_| url.to_owned(), |path| path.to_string_lossy().into_owned())
}

/// What has to change so that the topic has what is wanted, in the ids' order. Cameras keep their partitions.
pub fn diff(known: &BTreeMap<String, Known>, wanted: &BTreeMap<String, CameraConfig>, partitions: i32) -> Vec<Change> {
    let mut taken: BTreeMap<i32, f64> = BTreeMap::new();
    for (id, known) in known {
        let stays = wanted.get(id).map(|config| config.cost);
        *taken.entry(known.partition).or_default() += stays.unwrap_or(0.0);
    }
    let new: Vec<_> =
        wanted.values().filter(|c| !known.contains_key(&c.camera)).map(|c| (c.camera.clone(), c.cost)).collect();
    let placed = place(&new, partitions, &taken);
    let ids: BTreeSet<&String> = known.keys().chain(wanted.keys()).collect();
    let change = |id: &String| match (known.get(id), wanted.get(id)) {
        (None, Some(config)) => Some(Change::Added(config.clone(), placed.get(id).copied().unwrap_or_default())),
        (Some(known), None) => Some(Change::Removed(id.clone(), known.partition)),
        (Some(known), Some(config)) if known.config.as_ref() != Some(config) => {
            Some(Change::Changed(config.clone(), known.partition, keys(known.config.as_ref(), config)))
        }
        _ => None,
    };
    ids.into_iter().filter_map(change).collect()
}

/// The keys in which two settings differ, such as `sample` or `zone[kerb].dwell`.
fn keys(now: Option<&CameraConfig>, wanted: &CameraConfig) -> Vec<String> {
    let Some(now) = now else { return vec!["everything: the record there cannot be read".to_owned()] };
    let as_value = |config: &CameraConfig| Value::Array(config.settings.iter().cloned().map(Value::Object).collect());
    let mut found = Vec::new();
    differ("", &as_value(now), &as_value(wanted), &mut found);
    found.sort();
    if found.is_empty() && now.cost != wanted.cost {
        found.push(format!("cost: {} instead of {}", wanted.cost, now.cost));
    }
    found
}

fn differ(path: &str, now: &Value, wanted: &Value, found: &mut Vec<String>) {
    match (now, wanted) {
        (Value::Object(a), Value::Object(b)) => {
            for key in a.keys().chain(b.keys().filter(|key| !a.contains_key(*key))) {
                let path = if path.is_empty() { key.clone() } else { format!("{path}.{key}") };
                differ(&path, a.get(key).unwrap_or(&Value::Null), b.get(key).unwrap_or(&Value::Null), found);
            }
        }
        (Value::Array(a), Value::Array(b)) if has_ids(a) && has_ids(b) => {
            let named = |list: &[Value]| list.iter().map(|v| (name(v), v.clone())).collect::<BTreeMap<_, _>>();
            let (a, b) = (named(a), named(b));
            for id in a.keys().chain(b.keys().filter(|id| !a.contains_key(*id))) {
                // One preset needs no name.
                let path = if path.is_empty() && a.len() == 1 && b.len() == 1 {
                    String::new()
                } else {
                    format!("{path}[{id}]")
                };
                match (a.get(id), b.get(id)) {
                    (Some(a), Some(b)) => differ(&path, a, b, found),
                    _ => found.push(path),
                }
            }
        }
        _ if now != wanted => found.push(path.to_owned()),
        _ => {}
    }
}

fn has_ids(list: &[Value]) -> bool {
    !list.is_empty() && list.iter().all(|v| v.get("id").is_some())
}

/// What tells one table of a list from the others: a preset, or a zone with its rule.
fn name(table: &Value) -> String {
    let text = |key: &str| table.get(key).and_then(Value::as_str).map(str::to_owned);
    match (text("rule"), text("preset")) {
        (Some(_), _) => text("id").unwrap_or_default(),
        (None, preset) => preset.unwrap_or_else(|| "home".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::parse;
    use std::path::Path;

    fn configs(cameras: &str) -> BTreeMap<String, CameraConfig> {
        let text = format!("city = \"x\"\n{cameras}");
        wanted(&text, &parse(Path::new("c"), &text).expect("good")).expect("good")
    }

    fn camera(id: &str, lines: &str) -> String {
        format!("[[camera]]\nid = \"{id}\"\nurl = \"rtsp://192.0.2.1/{id}\"\n{lines}\n")
    }

    fn known(configs: &BTreeMap<String, CameraConfig>) -> BTreeMap<String, Known> {
        let of = |(n, (id, config)): (usize, (&String, &CameraConfig))| {
            (id.clone(), Known { config: Some(config.clone()), partition: n as i32 })
        };
        configs.iter().enumerate().map(of).collect()
    }

    const ZONE: &str = "[[camera.zone]]\nid = \"kerb\"\nrule = \"illegal-parking\"\npolygon = [[0,0],[1,0],[1,1]]\n";

    #[test]
    fn what_is_the_same_is_not_written_and_what_differs_is_named() {
        let before = configs(&[camera("a", ZONE), camera("b", ""), camera("c", "")].concat());
        let there = known(&before);
        assert_eq!(diff(&there, &before, 4), []);
        let zone = format!("sample = \"2s\"\n{ZONE}dwell = \"60s\"");
        let after = configs(&[camera("a", &zone), camera("c", ""), camera("d", "")].concat());
        let changes = diff(&there, &after, 4);
        let [Change::Changed(a, 0, keys), Change::Removed(b, 1), Change::Added(d, free)] = changes.as_slice() else {
            panic!("{changes:?}")
        };
        assert_eq!((a.camera.as_str(), b.as_str(), d.camera.as_str()), ("a", "b", "d"));
        assert_eq!(keys.as_slice(), ["sample", "zone[kerb].dwell"]);
        assert!([1, 3].contains(free), "a partition that costs nothing: {free}");
    }

    #[test]
    fn presets_of_a_camera_are_one_record() {
        let two = [camera("a", "preset = \"home\""), camera("a", "preset = \"gate\"\nsample = \"2s\"")].concat();
        let configs = configs(&two);
        assert_eq!((configs.len(), configs["a"].settings.len()), (1, 2));
    }

    #[test]
    fn a_record_that_cannot_be_read_is_written_anew_where_it_lies() {
        let wanted = configs(&camera("a", ""));
        let there = BTreeMap::from([("a".to_owned(), Known { config: None, partition: 3 })]);
        assert!(matches!(diff(&there, &wanted, 4).as_slice(), [Change::Changed(_, 3, _)]));
    }
}
