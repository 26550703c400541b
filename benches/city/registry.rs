//! 10,000 cameras of several kinds, put onto the topic as `cameras apply` does.

use crate::settings::Settings;
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use std::collections::BTreeMap;
use std::fmt::Write;
use std::path::Path;
use streetwatch::cluster::diff::{Change, diff, wanted};
use streetwatch::config;
use streetwatch::log::{self, Address, Record, Topic};
use streetwatch::payload::{CloudEvent, OffsetTime};

/// The cameras and what they cost.
pub struct City {
    /// By camera, in cores.
    pub costs: BTreeMap<String, f64>,
    /// All of them.
    pub cost: f64,
}

const ZONE: &str =
    "[[camera.zone]]\nid = \"kerb\"\nrule = \"illegal-parking\"\npolygon = [[0.1,0.5],[0.9,0.5],[0.9,0.9]]\n";
const PARTS: &str = "[[camera.zone]]\nid = \"parts\"\nrule = \"component\"\n";

/// CITY.toml of a city whose cameras differ in size, pace and rules.
fn text(settings: &Settings) -> String {
    let mut random = StdRng::seed_from_u64(1);
    let mut text = format!("city = \"model\"\nlog = \"{}\"\n[limits]\nsnapshot = \"60s\"\n", settings.log);
    for n in 0..settings.cameras {
        let size =
            ["[3840, 2160]", "[1920, 1080]", "[1920, 1080]", "[1280, 720]", "[640, 360]"][random.random_range(0..5)];
        let sample = ["1s", "2s", "2s", "5s"][random.random_range(0..4)];
        let zones = [ZONE, ZONE, PARTS, ""][random.random_range(0..4)];
        let url = format!("rtsp://192.0.2.10/{n}");
        // Writing to a String cannot fail.
        let _infallible = write!(
            text,
            "[[camera]]\nid = \"c-{n:05}\"\nurl = \"{url}\"\nsample = \"{sample}\"\nresolution = {size}\n{zones}"
        );
    }
    text
}

/// Creates the topics and registers the cameras.
pub fn fill(settings: &Settings, folder: &Path) -> Result<City, String> {
    let text = text(settings);
    let file = folder.join("CITY.toml");
    std::fs::write(&file, &text).map_err(|e| e.to_string())?;
    let city = config::parse(&file, &text).map_err(|e| e.to_string())?;
    let configs = wanted(&text, &city)?;
    let changes = diff(&BTreeMap::new(), &configs, settings.partitions);
    let runtime = tokio::runtime::Runtime::new().map_err(|e| e.to_string())?;
    runtime.block_on(async {
        let Address::Kafka(mut address) = Address::parse(&settings.log).map_err(|e| e.to_string())? else {
            return Err("no Kafka".to_owned());
        };
        address.partitions = settings.partitions;
        log::kafka::create(address, None).await.map_err(|e| e.to_string())?;
        let log = log::open(&settings.log).await.map_err(|e| e.to_string())?;
        let at: OffsetTime = "2026-06-01T08:00:00+08:00".parse().map_err(|e| format!("{e}"))?;
        let record = |change: &Change| {
            let Change::Added(config, partition) = change else { return Err("all are new".to_owned()) };
            let event = CloudEvent::camera("model", at, config.clone());
            let payload = serde_json::to_vec(&event).map_err(|e| e.to_string())?;
            Ok(Record::new(Topic::Cameras, &config.camera, payload).to_partition(*partition))
        };
        for batch in changes.chunks(500) {
            let records = batch.iter().map(record).collect::<Result<Vec<_>, _>>()?;
            log.append(records).await.map_err(|e| e.to_string())?;
        }
        log.close().await.map_err(|e| e.to_string())
    })?;
    let costs: BTreeMap<String, f64> = configs.into_iter().map(|(id, config)| (id, config.cost)).collect();
    Ok(City { cost: costs.values().sum(), costs })
}
