//! Vehicles in a cluster: one worker speaks for them; when it is killed another goes on, and nothing is told twice.

use operators::ground::LonLat;
use operators::vocabulary::{EventTime, Motion, Quality, Reading, Values};
use serde_json::Value;
use std::path::Path;
use std::time::Duration;
use streetwatch::log::{self, Record, Topic};
use streetwatch::payload::{CloudEvent, DeviceReading, OffsetTime};
use streetwatch_tests::binary;
use streetwatch_tests::footage;
use streetwatch_tests::kafka::{KafkaServer, skipped};
use streetwatch_tests::loops::now;
use streetwatch_tests::workers::Worker;

const PATIENCE: Duration = Duration::from_secs(60);
const QUICK: &str = "transaction.abort.timed.out.transaction.cleanup.interval.ms=1000";
const TRUCK: &str = "13900000001";
const SPEAKS: &str = "this worker speaks for the devices";

fn plans(folder: &Path) {
    let folder = folder.join("plans");
    std::fs::create_dir_all(&folder).expect("a folder");
    let route = r#"{"type":"FeatureCollection","features":[{"type":"Feature","properties":{"id":"r-1","width_m":20},
        "geometry":{"type":"LineString","coordinates":[[118.9,32.1],[119.0,32.1]]}}]}"#;
    std::fs::write(folder.join("routes.geojson"), route).expect("written");
    std::fs::write(folder.join("vehicles.csv"), format!("device,plate,class\n{TRUCK},苏A12345,muck-truck\n"))
        .expect("written");
    let permit = "id,vehicle,from,until,routes\np-1,苏A12345,2020-01-01T00:00:00+08:00,2099-01-01T00:00:00+08:00,r-1\n";
    std::fs::write(folder.join("permits.csv"), permit).expect("written");
}

/// Puts fixes onto the topic: one every ten seconds from `begun` on, so far north of the route.
fn drive(log: &str, begun: i64, seconds: std::ops::Range<i64>, north_m: f64) {
    let records = seconds.step_by(10).map(|second| {
        let at = EventTime(begun + second * 1000);
        let place = LonLat::new(118.9 + second as f64 * 8.0 / 94_400.0, 32.1 + north_m / 111_195.0);
        let motion = Motion { speed_kmh: Some(36.0), heading: Some(90.0), ..Motion::default() };
        let reading = Reading {
            device: TRUCK.into(),
            at,
            arrived: at.plus(500),
            place: Some(place),
            camera: None,
            quality: Quality::GOOD,
            values: Values::Vehicle(motion),
        };
        let payload =
            DeviceReading::new(&reading, "2026-01-01T00:00:00+08:00".parse::<OffsetTime>().expect("a time").offset());
        Record::new(
            Topic::Readings,
            TRUCK,
            serde_json::to_vec(&CloudEvent::reading("soak", payload)).expect("serialises"),
        )
    });
    let records: Vec<_> = records.collect();
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().expect("runs");
    runtime.block_on(async {
        let log = log::open(log).await.expect("a log");
        log.append(records).await.expect("appended");
        log.close().await.expect("closed");
    });
}

fn told(log: &str, state: &str) -> Vec<Value> {
    binary::topic(log, "dispatch").into_iter().filter(|c| c["state"] == state).collect()
}

#[test]
fn a_killed_workers_devices_go_on_elsewhere_and_each_candidate_is_raised_once() {
    if !footage::runtime() {
        return;
    }
    let server = match KafkaServer::start_with(QUICK) {
        Ok(server) => server,
        Err(why) => return skipped(&why),
    };
    let folder = tempfile::tempdir().expect("a folder");
    plans(folder.path());
    let log = format!("kafka:{}", server.address());
    assert_eq!(binary::finish(["topic", "create", &log, "--partitions", "4"]).code, Some(0));
    let lines = "[sensors]\nplans = \"plans\"";
    let mut workers = ["one", "two"].map(|id| Worker::new(folder.path(), id, &log, lines));
    for worker in &mut workers {
        worker.start();
        worker.wait("readiness", PATIENCE, |w| w.is_ready().then_some(()));
    }
    let begun = now() - 900_000;
    drive(&log, begun, 0..200, 0.0);
    drive(&log, begun, 200..400, 400.0);
    workers[0].wait("a raised candidate", PATIENCE, |_| (told(&log, "raised").len() == 1).then_some(()));
    // The group may have moved the devices once when the second worker joined: who said it speaks for them.
    let counted = |w: &Worker| w.metric("streetwatch_candidate_changes_total", "raised");
    let speaker = workers.iter().position(|w| counted(w) > 0.0).expect("one has said it");
    assert_eq!(counted(&workers[speaker]), 1.0, "it said so itself");
    workers[speaker].kill();

    drive(&log, begun, 400..500, 400.0);
    drive(&log, begun, 500..700, 0.0);
    let other = &mut workers[1 - speaker];
    other.wait("an ended candidate", PATIENCE, |_| (told(&log, "ended").len() == 1).then_some(()));
    assert!(other.stderr().contains(SPEAKS), "{}", other.stderr());
    let (raised, ended) = (told(&log, "raised"), told(&log, "ended"));
    assert_eq!(raised.len(), 1, "{raised:#?}");
    assert_eq!((&raised[0]["id"], &raised[0]["rule"]), (&ended[0]["id"], &"deviation".into()));
    assert_eq!(ended[0]["evidence"], raised[0]["evidence"]);
    assert_eq!(ended[0]["evidence"].as_array().map(Vec::len), Some(3));
    assert_eq!(other.terminate(PATIENCE), Some(0), "{}", other.stderr());
}
