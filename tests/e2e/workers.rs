//! Workers of a cluster over a real Kafka: who takes over, how quickly, and what stays as it was.

use serde_json::Value;
use std::path::Path;
use std::time::{Duration, Instant};
use streetwatch_tests::binary::{self, Finished};
use streetwatch_tests::kafka::{KafkaServer, skipped};
use streetwatch_tests::loops::{KERB, Loop, now, rfc3339};
use streetwatch_tests::workers::Worker;
use streetwatch_tests::{footage, media};

const PATIENCE: Duration = Duration::from_secs(60);
/// A worker that was killed is missed after its session; what it left in a transaction is decided meanwhile.
const QUICK: &str = "transaction.abort.timed.out.transaction.cleanup.interval.ms=1000";

fn kafka(lines: &str) -> Option<KafkaServer> {
    if !media::available() || !footage::runtime() {
        return None;
    }
    KafkaServer::start_with(lines).map_err(|why| skipped(&why)).ok()
}

/// A CITY.toml of looping cameras that began at a moment; the dwell of their zones.
fn cameras(folder: &Path, log: &str, clip: &Path, ids: &[&str], begun: i64, dwell: &str) -> String {
    let file = folder.join("cameras.toml");
    let begun = rfc3339(begun);
    let mut text = format!("city = \"soak\"\nlog = \"{log}\"\nstore = \"{}\"\n", folder.join("evidence").display());
    for id in ids {
        text += &format!(
            "[[camera]]\nid = \"{id}\"\nurl = \"{}\"\nrepeat = true\nplay = \"clock\"\nstart = \"{begun}\"\nsample = \"1s\"\n\
             resolution = [320, 180]\nfrozen = \"off\"\n[[camera.zone]]\nid = \"kerb\"\nrule = \"illegal-parking\"\n\
             polygon = {KERB}\nqueue_size = 0\ndwell = \"{dwell}\"\n",
            clip.display()
        );
    }
    std::fs::write(&file, text).expect("a file");
    file.to_str().expect("UTF-8").to_owned()
}

fn done(finished: Finished) -> Finished {
    assert_eq!(finished.code, Some(0), "{}\n{}", finished.stdout, finished.stderr);
    finished
}

fn create_topics(log: &str, partitions: &str) {
    done(binary::finish(["topic", "create", log, "--partitions", partitions]));
}

fn raised(log: &str) -> Vec<Value> {
    binary::topic(log, "dispatch").into_iter().filter(|c| c["state"] == "raised").collect()
}

const EIGHT: [&str; 8] = ["c-1", "c-2", "c-3", "c-4", "c-5", "c-6", "c-7", "c-8"];

#[test]
fn a_killed_workers_cameras_go_on_elsewhere_with_their_dwell_and_an_added_worker_disturbs_nobody() {
    let Some(server) = kafka(QUICK) else { return };
    let folder = tempfile::tempdir().expect("a folder");
    let log = format!("kafka:{}", server.address());
    create_topics(&log, "8");
    // The car has just come, and stays for ten minutes: no pass ends within the test.
    let clip = Loop { empty: 10, parked: 600 }.make(folder.path(), "long.mp4");
    let city = cameras(folder.path(), &log, &clip, &EIGHT, now() - 10_000, "90s");
    let applied = done(binary::finish(["cameras", "apply", &city, "--yes"]));
    assert_eq!(applied.stdout.lines().filter(|line| line.starts_with("+ c-")).count(), 8, "{}", applied.stdout);
    let again = done(binary::finish(["cameras", "apply", &city, "--yes"]));
    assert!(again.stdout.contains("nothing to change"), "{}", again.stdout);

    let lines = "[limits]\nsnapshot = \"2s\"";
    let mut one = Worker::new(folder.path(), "one", &log, lines);
    one.start();
    one.wait("all eight cameras", PATIENCE, |w| (w.watched().len() == 8).then_some(()));
    let first_pictures = Instant::now();
    assert!(one.is_ready(), "{:?}", one.ask("/readyz"));

    // A second worker takes its share; those that stay keep their connections.
    let mut two = Worker::new(folder.path(), "two", &log, lines);
    two.start();
    let taken = two.wait("half of the cameras", PATIENCE, |w| Some(w.watched()).filter(|c| c.len() == 4));
    let opened = one.stderr().lines().filter(|line| line.contains(" open ")).count();
    assert_eq!(opened, 8, "no camera that stayed was opened again:\n{}", one.stderr());
    for camera in EIGHT.iter().filter(|c| !taken.contains(&(**c).to_owned())) {
        let before = one.metric("streetwatch_pictures_total", &format!("\"{camera}\""));
        one.wait("more pictures of those that stayed", PATIENCE, |w| {
            (w.metric("streetwatch_pictures_total", &format!("\"{camera}\"")) > before).then_some(())
        });
    }
    // A snapshot of each is on the log by now: the worker that took them wrote it.
    two.wait("snapshots", PATIENCE, |w| (w.metric("streetwatch_transactions_total", "committed") > 8.0).then_some(()));
    assert!(first_pictures.elapsed() < Duration::from_secs(85), "the dwell must not be over yet: a busy machine");

    let killed = now();
    two.kill();
    let begun = Instant::now();
    one.wait("the killed worker's cameras", PATIENCE, |w| (w.watched().len() == 8).then_some(()));
    let before: Vec<f64> =
        taken.iter().map(|c| one.metric("streetwatch_pictures_total", &format!("\"{c}\""))).collect();
    one.wait("pictures of them", PATIENCE, |w| {
        let more = |(c, n): (&String, &f64)| w.metric("streetwatch_pictures_total", &format!("\"{c}\"")) > *n;
        taken.iter().zip(&before).all(more).then_some(())
    });
    let took = begun.elapsed();
    println!("a killed worker's cameras decode elsewhere after {took:?}");
    assert!(took < Duration::from_secs(15), "{took:?}\n{}", one.stderr());

    one.wait("eight candidates", PATIENCE + PATIENCE, |_| (raised(&log).len() >= 8).then_some(()));
    let all = raised(&log);
    assert_eq!(all.len(), 8, "each once: {all:#?}");
    for candidate in &all {
        let seen = candidate["first_seen"].as_str().expect("a time");
        let seen = seen.parse::<streetwatch::payload::OffsetTime>().expect("RFC 3339").event_time().0;
        assert!(seen < killed, "the kill ended the stay: {candidate}");
    }
    assert_eq!(one.terminate(PATIENCE), Some(0), "{}", one.stderr());
}

#[test]
fn a_camera_is_added_changed_and_removed_within_seconds_and_poison_changes_nothing() {
    let Some(server) = kafka("") else { return };
    let folder = tempfile::tempdir().expect("a folder");
    let log = format!("kafka:{}", server.address());
    create_topics(&log, "4");
    let clip = Loop { empty: 5, parked: 600 }.make(folder.path(), "long.mp4");
    let mut worker = Worker::new(folder.path(), "one", &log, "");
    worker.start();
    worker.wait("readiness", PATIENCE, |w| w.is_ready().then_some(()));
    let begun = now() - 30_000;
    let apply = |ids: &[&str], dwell: &str| {
        let city = cameras(folder.path(), &log, &clip, ids, begun, dwell);
        done(binary::finish(["cameras", "apply", &city, "--yes"])).stdout
    };
    let seconds = Duration::from_secs(10);
    apply(&["c-1", "c-2"], "30m");
    worker.wait("both cameras", seconds, |w| (w.watched().len() == 2).then_some(()));

    // What nobody can read, about a camera that runs and one that does not.
    for (partition, key, payload) in
        [(0, "c-1", "\u{1}no json"), (3, "c-9", "{\"specversion\": \"1.0\"}"), (1, "c-2", "[]")]
    {
        append(&log, partition, key, payload);
    }
    worker.wait("three refusals", seconds, |w| {
        (w.metric("streetwatch_worker_records_refused_total", "\"cameras\"") == 3.0).then_some(())
    });
    assert!(worker.stderr().contains("its last good settings stay"), "{}", worker.stderr());
    assert_eq!(worker.metric("streetwatch_worker_cameras", ""), 2.0);

    let shown = apply(&["c-1", "c-2"], "5s");
    assert!(shown.contains("~ c-1") && shown.contains("~ c-2"), "{shown}");
    worker.wait("a candidate of each with the new dwell", Duration::from_secs(30), |_| {
        (raised(&log).len() == 2).then_some(())
    });
    let opened = worker.stderr().lines().filter(|line| line.contains(" open ")).count();
    assert_eq!(opened, 2, "new zones need no new connection:\n{}", worker.stderr());

    let shown = apply(&["c-2", "c-3"], "5s");
    assert!(shown.contains("- c-1") && shown.contains("+ c-3"), "{shown}");
    worker.wait("the third camera", seconds, |w| w.watched().contains(&"c-3".to_owned()).then_some(()));
    worker.wait("two cameras", seconds, |w| (w.metric("streetwatch_worker_cameras", "") == 2.0).then_some(()));
    let city = worker_city(&folder);
    let listed = done(binary::finish(["cameras", "list", "--city", &city])).stdout;
    assert!(listed.contains("c-2") && listed.contains("c-3") && !listed.contains("c-1 "), "{listed}");
    done(binary::finish(["cameras", "remove", "c-2", "--city", &city, "--yes"]));
    worker.wait("one camera", seconds, |w| (w.metric("streetwatch_worker_cameras", "") == 1.0).then_some(()));
    assert_eq!(worker.terminate(PATIENCE), Some(0), "{}", worker.stderr());
}

fn worker_city(folder: &tempfile::TempDir) -> String {
    folder.path().join("one.toml").to_str().expect("UTF-8").to_owned()
}

/// Puts anything at all onto the topic `cameras`.
fn append(log: &str, partition: i32, key: &str, payload: &str) {
    use streetwatch::log::{self, Record, Topic};
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    runtime.block_on(async {
        let log = log::open(log).await.expect("opens");
        log.append(vec![Record::new(Topic::Cameras, key, payload.to_owned()).to_partition(partition)])
            .await
            .expect("appended");
        log.close().await.expect("closes");
    });
}
