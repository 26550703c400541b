//! Cameras as the topic `cameras` has them: read, checked, and the last good settings kept.

use crate::config::{self, Camera, City};
use crate::log::Stored;
use crate::payload::{CameraConfig, CloudEvent};
use crate::telemetry::names;
use serde_json::{Map, Value};
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

/// A camera that can be run.
#[derive(Debug, Clone)]
pub struct Registered {
    /// Its id.
    pub id: String,
    /// The configuration version that evidence names.
    pub version: String,
    /// Cores that it is thought to cost.
    pub cost: f64,
    /// The camera at each of its presets.
    pub presets: Vec<Camera>,
}

/// What a record of `cameras` means.
#[derive(Debug, Clone)]
pub enum Applied {
    /// The camera is new, or has other settings.
    Set(Arc<Registered>),
    /// The camera is gone.
    Removed(String),
    /// The same again, or nothing that can be used.
    Nothing,
}

/// The cameras of one partition.
#[derive(Debug, Default)]
pub struct Cameras(BTreeMap<String, Arc<Registered>>);

impl Cameras {
    /// Takes the next record. One that cannot be used is counted and named, and changes nothing.
    pub fn apply(&mut self, record: &Stored, city: &City) -> Applied {
        let id = &record.key;
        let Some(payload) = &record.payload else {
            return self.0.remove(id).map_or(Applied::Nothing, |_| Applied::Removed(id.clone()));
        };
        match read(payload, id, city) {
            Ok(camera) => {
                if self.0.get(id).is_some_and(|known| known.version == camera.version && known.cost == camera.cost) {
                    return Applied::Nothing;
                }
                let camera = Arc::new(camera);
                self.0.insert(id.clone(), camera.clone());
                Applied::Set(camera)
            }
            Err((reason, why)) => {
                metrics::counter!(names::RECORDS_REFUSED, "topic" => "cameras", "reason" => reason).increment(1);
                let kept = if self.0.contains_key(id) { "its last good settings stay" } else { "it does not run" };
                let (partition, offset) = (record.position.partition, record.position.offset);
                tracing::error!(camera = id, partition, offset, kept, "settings on topic cameras are refused: {why}");
                Applied::Nothing
            }
        }
    }

    /// Every camera, in the ids' order.
    pub fn all(&self) -> impl Iterator<Item = &Arc<Registered>> {
        self.0.values()
    }

    /// Cores that all of them are thought to cost.
    pub fn cost(&self) -> f64 {
        self.0.values().map(|camera| camera.cost).sum()
    }
}

/// Reads and checks what a record says.
fn read(payload: &[u8], key: &str, city: &City) -> Result<Registered, (&'static str, String)> {
    let event: CloudEvent<CameraConfig> =
        serde_json::from_slice(payload).map_err(|e| ("unreadable", format!("no camera: {e}")))?;
    let CameraConfig { camera, version, cost, settings } = event.data;
    if camera != key {
        return Err(("key", format!("it is about camera {camera:?}")));
    }
    if !cost.is_finite() || cost < 0.0 {
        return Err(("invalid", format!("its cost is {cost}")));
    }
    let presets = cameras_of(&settings, key, city).map_err(|why| ("invalid", why))?;
    if let Some(other) = presets.iter().find(|preset| preset.id != key) {
        return Err(("key", format!("it has a table of camera {:?}", other.id)));
    }
    Ok(Registered { id: camera, version, cost, presets })
}

/// The cameras of settings as CITY.toml writes them.
///
/// # Errors
/// What is wrong with them, key by key.
pub fn cameras_of(settings: &[Map<String, Value>], id: &str, city: &City) -> Result<Vec<Camera>, String> {
    let mut tables = toml::Table::new();
    let listed = toml::Value::try_from(settings).map_err(|e| format!("no settings of CITY.toml: {e}"))?;
    tables.insert("camera".to_owned(), listed);
    let text = toml::to_string(&tables).map_err(|e| format!("no settings of CITY.toml: {e}"))?;
    config::parse_cameras(Path::new(&format!("cameras/{id}")), &text, city).map_err(|problems| {
        // Lines are those of a text that nobody has seen.
        problems.0.iter().map(|p| format!("{}: {}", p.key, p.message)).collect::<Vec<_>>().join("; ")
    })
}

/// SHA-256 of settings, in hex.
pub fn version_of(settings: &[Map<String, Value>]) -> String {
    // Keys are sorted, so the same settings make the same text.
    hex::encode(Sha256::digest(serde_json::to_vec(settings).unwrap_or_default()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::log::{Position, Topic};
    use crate::payload::examples;
    use operators::vocabulary::EventTime;

    fn city() -> City {
        config::parse(Path::new("c"), "city = \"x\"\n[[camera]]\nid = \"c\"\nurl = \"rtsp://192.0.2.1/\"\n")
            .expect("good")
    }

    fn record(payload: Option<Vec<u8>>) -> Stored {
        let position = Position { topic: Topic::Cameras, partition: 0, offset: 7 };
        let (key, payload) = ("c-001".to_owned(), payload.map(Into::into));
        Stored { position, time: EventTime(0), key, payload, headers: Vec::new() }
    }

    fn event(settings: Value, version: &str) -> Stored {
        let settings = settings.as_array().expect("a list").iter().filter_map(|s| s.as_object().cloned()).collect();
        let data = CameraConfig { version: version.into(), settings, ..examples::camera() };
        let event = CloudEvent::camera("demo", examples::after_eight(0), data);
        record(serde_json::to_vec(&event).ok())
    }

    fn good(version: &str) -> Stored {
        let zone = serde_json::json!({ "id": "kerb", "rule": "illegal-parking", "dwell": "3m",
            "polygon": [[0.1, 0.5], [0.9, 0.5], [0.9, 0.9]] });
        let camera = serde_json::json!({ "id": "c-001", "url": "rtsp://192.0.2.1/", "sample": "2s", "zone": [zone] });
        event(serde_json::json!([camera]), version)
    }

    #[test]
    fn a_camera_comes_with_its_zones_changes_and_goes() {
        let (city, mut cameras) = (city(), Cameras::default());
        let Applied::Set(camera) = cameras.apply(&good("1"), &city) else { panic!("set") };
        assert_eq!((camera.presets[0].sample, camera.presets[0].zones.len()), (2000, 1));
        assert!(matches!(cameras.apply(&good("1"), &city), Applied::Nothing), "the same again");
        assert!(matches!(cameras.apply(&good("2"), &city), Applied::Set(_)));
        assert!((cameras.cost() - 0.07).abs() < 1e-9);
        assert!(matches!(cameras.apply(&record(None), &city), Applied::Removed(id) if id == "c-001"));
        assert_eq!(cameras.all().count(), 0);
    }

    #[test]
    fn what_cannot_be_used_leaves_the_last_good_settings() {
        let (city, mut cameras) = (city(), Cameras::default());
        cameras.apply(&good("1"), &city);
        let table = |id: &str, key: &str| serde_json::json!([{ "id": id, "url": "rtsp://192.0.2.1/", key: 1 }]);
        let poison = [
            record(Some(b"\xff\x00 no json".to_vec())),
            record(Some(b"{}".to_vec())),
            event(serde_json::json!([]), "2"),
            event(table("c-001", "turbo"), "2"),
            event(table("c-002", "name"), "2"),
            event(serde_json::json!([{ "id": "c-001", "url": null }]), "2"),
        ];
        for record in poison {
            assert!(matches!(cameras.apply(&record, &city), Applied::Nothing), "{record:?}");
        }
        assert_eq!(cameras.all().next().expect("kept").version, "1");
    }
}
