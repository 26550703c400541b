//! Edge recorders: what they send is watched as the recording itself would be, whatever happens to line, recorder and
//! worker on the way.

use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::time::{Duration, Instant};
use streetwatch_tests::binary::{Running, finish, topic};
use streetwatch_tests::candidates::{ids, raised, text};
use streetwatch_tests::city::City;
use streetwatch_tests::footage::{self, KERB};
use streetwatch_tests::kafka::{KafkaServer, skipped};
use streetwatch_tests::media;
use streetwatch_tests::workers::Worker;

const PATIENCE: Duration = Duration::from_secs(90);
const START: &str = "start = \"2026-06-01T08:00:00+08:00\"";
const DWELL: &str = "dwell = \"10s\"";

/// A city in a folder of its own below `home`, with the log and the store of `home`.
fn city(home: &Path, name: &str, log: &str, url: &str, lines: &str) -> City {
    let folder = home.join(name);
    std::fs::create_dir_all(&folder).expect("a folder");
    let (own, home) = (folder.display().to_string(), home.display());
    let city = City::new(&folder).camera("street", url, lines).zone("kerb", "illegal-parking", KERB, DWELL);
    let city = city.replace(&format!("embedded:{own}/log"), log);
    city.replace(&format!("{own}/evidence"), &format!("{home}/evidence"))
}

/// The recorder's city, with its buffer in its own folder.
fn recorder(home: &Path, log: &str, megabytes: u32) -> City {
    recorder_of(home, log, &footage::street(), megabytes)
}

fn recorder_of(home: &Path, log: &str, video: &Path, megabytes: u32) -> City {
    let street = video.display().to_string();
    let buffer = home.join("recorder/buffer");
    let table = format!("[record]\nbuffer = \"{}\"\nbuffer_megabytes = {megabytes}", buffer.display());
    city(home, "recorder", log, &street, START).table(&table)
}

/// The city of those who watch.
fn watcher(home: &Path, log: &str) -> City {
    city(home, "watcher", log, "segments:", "").table("[limits]\nsnapshot = \"2s\"")
}

/// Ids of the candidates of a replay.
fn replayed(city: &City, arguments: &[&str]) -> BTreeSet<String> {
    let file = city.write();
    let done = finish(["replay", &file, "--json"].into_iter().chain(arguments.iter().copied()));
    assert_eq!(done.code, Some(0), "{}", done.stderr);
    ids(&done.json_lines().into_iter().map(|mut event| event["data"].take()).collect::<Vec<_>>())
}

/// What the recording itself gives.
fn direct(home: &Path) -> BTreeSet<String> {
    direct_of(home, &footage::street())
}

fn direct_of(home: &Path, video: &Path) -> BTreeSet<String> {
    let street = video.display().to_string();
    let found =
        replayed(&city(home, "direct", &format!("embedded:{}/direct-log", home.display()), &street, START), &[]);
    assert_eq!(found.len(), 3, "the three cars that stand there");
    found
}

/// Numbers of the segments on the topic, by session.
fn sequences(log: &str) -> BTreeMap<String, Vec<u64>> {
    let mut found: BTreeMap<String, Vec<u64>> = BTreeMap::new();
    for segment in topic(log, "segments") {
        let sequence = segment["sequence"].as_u64().expect("a number");
        found.entry(text(&segment, "session").to_owned()).or_default().push(sequence);
    }
    found
}

/// Records the whole clip as fast as it is read.
fn record_all(city: &City) {
    let done = finish(["record", &city.write(), "--once", "--fast"]);
    assert_eq!(done.code, Some(0), "{}", done.stderr);
}

fn raised_ids(dispatch: &[Value]) -> BTreeSet<String> {
    ids(&raised(dispatch, "street"))
}

#[test]
fn a_recorded_camera_raises_what_the_recording_raises_also_when_its_worker_is_killed() {
    if !footage::available() {
        return;
    }
    let home = tempfile::tempdir().expect("a folder");
    let home = home.path();
    let log = format!("embedded:{}/log", home.display());
    let wanted = direct(home);
    record_all(&recorder(home, &log, 64));
    let sent = sequences(&log);
    let numbers = sent.values().next().expect("a session");
    assert!(sent.len() == 1 && numbers.len() > 5, "{sent:?}");
    assert_eq!(*numbers, (0..numbers.len() as u64).collect::<Vec<_>>(), "in order, none twice");

    let watcher = watcher(home, &log);
    assert_eq!(replayed(&watcher, &[]), wanted, "replay from the beginning");
    let half = (numbers.len() / 2).to_string();
    assert!(replayed(&watcher, &["--from-offset", &half]).is_disjoint(&wanted), "nobody saw these arrive");
    let checked = finish(["check", &watcher.write()]);
    assert!(checked.code == Some(0) && checked.stderr.contains("street: h264"), "{}", checked.stderr);

    let run = |name: &str, enough: usize| {
        let mut run = Running::start(&watcher, name);
        run.wait("raised", PATIENCE, |_| (raised_ids(&topic(&log, "dispatch")).len() >= enough).then_some(()));
        run
    };
    let mut killed = run("killed", 1);
    killed.says(&["camera=street ", "state=\"online\"", "behind by"], 1, PATIENCE);
    killed.kill();
    let mut last = run("last", 3);
    last.says(&["goes on where an earlier run left off"], 1, PATIENCE);
    let (code, stderr) = last.terminate();
    assert_eq!(code, Some(0), "{stderr}");
    assert_eq!(raised_ids(&topic(&log, "dispatch")), wanted, "each once");
    let state = topic(&log, "state");
    let position = &state.last().expect("a snapshot")["segments"];
    assert!(position["offset"].as_u64().is_some_and(|offset| offset > 0), "{position}");
}

#[test]
fn a_frozen_broker_and_a_killed_recorder_lose_nothing_and_what_is_sent_twice_is_one() {
    if !footage::available() {
        return;
    }
    let server = match KafkaServer::start() {
        Ok(server) => server,
        Err(why) => return skipped(&why),
    };
    let home = tempfile::tempdir().expect("a folder");
    let home = home.path();
    let log = format!("kafka:{}?partitions=3", server.address());
    let wanted = direct(home);
    let (recorder, watcher) = (recorder(home, &log, 64), watcher(home, &log));
    let run = Running::start(&watcher, "run");

    // In real time; the line breaks in the middle, and then the recorder dies.
    let mut record = Running::record(&recorder, "record", &[]);
    record.wait("segments on the log", PATIENCE, |r| (r.metric("streetwatch_record_sent_total ") >= 2.0).then_some(()));
    server.freeze();
    let waiting = |r: &Running| r.metric("streetwatch_record_buffer_segments ");
    record.wait("segments in the buffer", PATIENCE, |r| (waiting(r) >= 4.0).then_some(()));
    let recorded = record.metric("streetwatch_record_segments_total{camera=\"street\"} ") as u64;
    record.kill();
    server.thaw();

    // The next one sends what the first had kept, and records all of it again.
    record_all(&recorder);
    let sent = sequences(&log);
    let (first, second) = (sent.values().next().expect("one"), sent.values().nth(1).expect("two"));
    let distinct: BTreeSet<_> = first.iter().copied().collect();
    assert!((recorded..=recorded + 1).contains(&(distinct.len() as u64)), "{recorded} recorded, {first:?} arrived");
    assert_eq!(distinct, (0..distinct.len() as u64).collect(), "none is missing");
    assert!(second.len() > distinct.len(), "{sent:?}");
    record_all(&recorder);

    let mut run = run;
    run.wait("three raised", PATIENCE, |_| (raised_ids(&topic(&log, "dispatch")).len() >= 3).then_some(()));
    let late = |run: &Running| run.metric("streetwatch_segments_skipped_total{camera=\"street\",reason=\"late\"} ");
    run.wait("all read", PATIENCE, |run| (late(run) >= second.len() as f64).then_some(()));
    let (code, stderr) = run.terminate();
    assert_eq!(code, Some(0), "{stderr}");
    assert_eq!(raised_ids(&topic(&log, "dispatch")), wanted, "each once, with the recording's own ids");
    assert_eq!(replayed(&watcher, &[]), wanted, "and again from the topic's beginning");
}

#[test]
fn a_full_buffer_drops_the_oldest_says_so_and_keeps_the_rest_for_the_next_recorder() {
    if !footage::available() {
        return;
    }
    let home = tempfile::tempdir().expect("a folder");
    let home = home.path();
    // Nobody listens there.
    let mut record = Running::record(&recorder(home, "kafka:127.0.0.1:9", 1), "record", &["--fast"]);
    let lost = |r: &Running| r.metric("streetwatch_record_lost_total{reason=\"buffer_full\"} ");
    record
        .wait("a full buffer", PATIENCE, |r| (lost(r) > 0.0 && r.stderr().contains("recording is over")).then_some(()));
    let told = record.wait("the line's state", PATIENCE, |r| {
        let told = r.get("/healthz");
        told.contains("line: broken").then_some(told)
    });
    assert!(told.starts_with("HTTP/1.1 200") && told.contains("1 of 1 cameras recorded"), "{told}");
    assert!(!told.contains("lost 0"), "{told}");
    assert!(record.metric("streetwatch_record_buffer_bytes ") <= f64::from(1 << 20), "{}", record.metrics());
    let lost = lost(&record) as u64;
    assert!(record.lines_with(&["the buffer is full"]) > 0, "{}", record.stderr());
    let (code, stderr) = record.terminate();
    assert_eq!(code, Some(0), "{stderr}");

    let log = format!("embedded:{}/log", home.display());
    record_all(&recorder(home, &log, 64));
    let sent = sequences(&log);
    let kept = sent.values().next().expect("of the first recorder");
    assert_eq!(kept.first(), Some(&lost), "the oldest went, and only they: {sent:?}");
    assert_eq!(*kept, (lost..lost + kept.len() as u64).collect::<Vec<_>>());
}

#[test]
fn a_camera_that_sends_start_codes_is_recorded_whether_h264_or_h265_and_its_large_segments_lie_in_the_store() {
    if !footage::available() || !media::available() {
        return;
    }
    for name in ["clip.h264", "clip.h265"] {
        let home = tempfile::tempdir().expect("a folder");
        let home = home.path();
        let raw = footage::street_elementary(home, 13, name, "640x352");
        let raw = raw.to_str().expect("UTF-8");
        let video = media::ffmpeg(home, &["-framerate", "10", "-i", raw, "-c", "copy"], "clip.ts");
        let log = format!("embedded:{}/log", home.display());
        let wanted = direct_of(home, &video);
        let table = "buffer_megabytes = 64\ninline_kilobytes = 100";
        let recorder = recorder_of(home, &log, &video, 64).replace("buffer_megabytes = 64", table);
        record_all(&recorder);
        let sent = topic(&log, "segments");
        let codec = if name.ends_with("265") { "hevc" } else { "h264" };
        assert!(sent.iter().all(|segment| segment["codec"] == codec), "{sent:?}");
        let stored: Vec<_> = sent.iter().filter_map(|segment| segment["uri"].as_str()).collect();
        assert!(!stored.is_empty(), "none was over 100 KB");
        assert!(stored.iter().all(|uri| Path::new(uri.trim_start_matches("file://")).is_file()), "{stored:?}");
        assert_eq!(replayed(&watcher(home, &log), &[]), wanted, "{name}");
    }
}

#[test]
fn in_a_cluster_the_next_worker_reads_on_where_a_killed_one_was_and_each_candidate_is_raised_once() {
    if !footage::available() {
        return;
    }
    // What a killed worker left in a transaction is decided soon.
    let server = match KafkaServer::start_with("transaction.abort.timed.out.transaction.cleanup.interval.ms=1000") {
        Ok(server) => server,
        Err(why) => return skipped(&why),
    };
    let home = tempfile::tempdir().expect("a folder");
    let home = home.path();
    let log = format!("kafka:{}", server.address());
    let wanted = direct(home);
    let created = finish(["topic", "create", &log, "--partitions", "4"]);
    assert_eq!(created.code, Some(0), "{}", created.stderr);
    let applied = finish(["cameras", "apply", &watcher(home, &log).write(), "--yes"]);
    assert_eq!(applied.code, Some(0), "{}", applied.stderr);
    let mut workers = ["w-1", "w-2"]
        .map(|id| Worker::new(home, id, &log, "model = \"yolox-nano\"\n[limits]\nsnapshot = \"1s\"\ncapacity = 4"));
    for worker in &mut workers {
        worker.start();
        worker.wait("readiness", PATIENCE, |worker| worker.is_ready().then_some(()));
    }
    let _record = Running::record(&recorder(home, &log, 64), "record", &["--once"]);
    let watches = |worker: &Worker| worker.watched().contains(&"street".to_owned());
    let deadline = Instant::now() + PATIENCE;
    let owner = loop {
        if let Some(owner) = workers.iter().position(watches) {
            break owner;
        }
        let said = || workers.iter().map(Worker::stderr).collect::<Vec<_>>().join("\n");
        assert!(Instant::now() < deadline, "no pictures of segments:\n{}", said());
        std::thread::sleep(Duration::from_millis(100));
    };
    let remembered = || topic(&log, "state").iter().any(|state| state["segments"]["offset"].as_u64() > Some(0));
    workers[owner].wait("a snapshot", PATIENCE, |_| remembered().then_some(()));
    assert_eq!(raised_ids(&topic(&log, "dispatch")).len(), 0, "killed before anything is raised");
    workers[owner].kill();
    let other = &mut workers[1 - owner];
    other.wait("three raised", PATIENCE, |_| (raised_ids(&topic(&log, "dispatch")).len() >= 3).then_some(()));
    assert_eq!(raised_ids(&topic(&log, "dispatch")), wanted, "each once, with the recording's own ids");
    assert!(other.stderr().contains("goes on where an earlier run left off"), "{}", other.stderr());
    // The registry and the segments of a camera lie in the same partition, by whatever its key would say.
    let partition = |name: &str| {
        let tail = finish(["topic", "tail", name, "--from-beginning", "--json", "--log", &log]);
        let of =
            |line: &str| serde_json::from_str::<Value>(line).expect("JSON")["partition"].as_i64().expect("a number");
        tail.stdout.lines().map(of).collect::<BTreeSet<_>>()
    };
    assert_eq!(partition("segments"), partition("cameras"));
}
