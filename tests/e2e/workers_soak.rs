//! Three brokers, four workers, forty cameras and a list of faults: every true event is raised exactly once.
//!
//! `SOAK_SECONDS` (200), `SOAK_FAULTS` (3) and `SOAK_SEED` (1) choose length and faults; `make soak-workers` runs half an
//! hour with thirty.

use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::fmt::Write;
use std::path::Path;
use std::time::{Duration, Instant};
use streetwatch::payload::OffsetTime;
use streetwatch_tests::faults::{self, Fault};
use streetwatch_tests::kafka::skipped;
use streetwatch_tests::kafka_cluster::{BROKERS, KafkaCluster};
use streetwatch_tests::loops::{KERB, Loop, event, now, rfc3339};
use streetwatch_tests::workers::Worker;
use streetwatch_tests::{binary, footage, media};

const CAMERAS: usize = 40;
const WORKERS: usize = 4;
const MOST_WORKERS: usize = 6;
/// The street is empty for longer than the two minutes within which the same car would go on with its stay, and than the
/// half minute that a fault at its departure may take.
const PASS: Loop = Loop { empty: 180, parked: 70 };
const DWELL_S: i64 = 10;
/// After a fault is mended all cameras must be watched again within this.
const RECOVERY: Duration = Duration::from_secs(60);

fn setting(name: &str, default: u64) -> u64 {
    std::env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(default)
}

/// The cluster, its workers, and what was seen of them.
struct Story {
    cluster: KafkaCluster,
    workers: Vec<Worker>,
    begun: Instant,
    /// Fault, when it came, and how long after it was mended all cameras were watched again.
    told: Vec<(Fault, Duration, Duration)>,
}

impl Story {
    /// Waits until every camera runs somewhere, and every worker that shall run is ready and has its share.
    fn recovered(&mut self, running: usize) -> Duration {
        let begun = Instant::now();
        loop {
            let ready = self.workers[..running].iter().filter(|w| w.is_ready()).count();
            let shares: Vec<f64> =
                self.workers[..running].iter().map(|w| w.metric("streetwatch_worker_cameras", "")).collect();
            let cameras: f64 = shares.iter().sum();
            if ready == running && cameras == CAMERAS as f64 && shares.iter().all(|share| *share > 0.0) {
                return begun.elapsed();
            }
            for worker in &mut self.workers[..running] {
                let ended = worker.ended();
                assert!(ended.is_none(), "{} ended by itself ({ended:?}):\n{}", worker.id(), tail(&worker.stderr()));
            }
            assert!(begun.elapsed() < RECOVERY, "{shares:?} cameras, {ready} ready: {}", self.state(running));
            std::thread::sleep(Duration::from_millis(500));
        }
    }

    fn state(&self, running: usize) -> String {
        let of = |w: &Worker| format!("\n{}: {:?}\n{}", w.id(), w.ask("/readyz"), tail(&w.stderr()));
        self.workers[..running].iter().map(of).collect()
    }

    fn happen(&mut self, fault: Fault) {
        let at = self.begun.elapsed();
        eprintln!("{:>5.0} s  {fault:?}", at.as_secs_f64());
        // Faults last by the clock: that is what they are.
        let pass = || std::thread::sleep(fault.lasts());
        match fault {
            Fault::KillWorker { worker, .. } => {
                self.workers[worker].kill();
                pass();
                self.workers[worker].start();
            }
            Fault::StopWorker(worker) => {
                self.workers[worker].signal(libc::SIGSTOP);
                pass();
                self.workers[worker].signal(libc::SIGCONT);
            }
            Fault::KillBroker(broker) => {
                self.cluster.broker(broker).kill();
                pass();
                self.cluster.broker(broker).restart().expect("the broker comes back");
            }
            Fault::PauseBroker(broker) => {
                self.cluster.broker(broker).freeze();
                pass();
                self.cluster.broker(broker).thaw();
            }
            Fault::Partition(worker) => {
                self.cluster.shut(worker, true);
                pass();
                self.cluster.shut(worker, false);
            }
            Fault::RollingRestart => {
                for worker in 0..WORKERS {
                    self.stop(worker);
                    self.workers[worker].start();
                    self.recovered(WORKERS);
                }
            }
            Fault::Scale => {
                self.stop(3);
                self.stop(2);
                self.recovered(2);
                self.workers[2..].iter_mut().for_each(Worker::start);
                self.recovered(MOST_WORKERS);
                self.stop(5);
                self.stop(4);
            }
        }
        let took = self.recovered(WORKERS);
        eprintln!("{:>5.0} s  all cameras again after {took:.1?}", self.begun.elapsed().as_secs_f64());
        self.told.push((fault, at, took));
    }

    /// An orderly end.
    fn stop(&mut self, worker: usize) {
        let code = self.workers[worker].terminate(Duration::from_secs(60));
        assert_eq!(code, Some(0), "{}:\n{}", self.workers[worker].id(), tail(&self.workers[worker].stderr()));
    }
}

fn tail(text: &str) -> String {
    let lines: Vec<_> = text.lines().collect();
    lines[lines.len().saturating_sub(40)..].join("\n")
}

/// When each camera's file began: spread over a pass, so that at any moment some car comes and some car goes.
fn starts(at: i64) -> Vec<(String, i64)> {
    (0..CAMERAS).map(|n| (format!("c-{n:03}"), at - n as i64 * PASS.millis() / CAMERAS as i64)).collect()
}

fn registry(folder: &Path, log: &str, clip: &Path, starts: &[(String, i64)]) -> String {
    let mut text = format!("city = \"soak\"\nlog = \"{log}\"\nstore = \"{}\"\n", folder.join("evidence").display());
    for (id, start) in starts {
        let camera = format!(
            "[[camera]]\nid = \"{id}\"\nurl = \"{}\"\nrepeat = true\nplay = \"clock\"\nstart = \"{}\"\nsample = \"1s\"\n\
             resolution = [320, 180]\nfrozen = \"off\"\n[[camera.zone]]\nid = \"kerb\"\nrule = \"illegal-parking\"\n\
             polygon = {KERB}\nqueue_size = 0\nturnover = 100\ndwell = \"{DWELL_S}s\"\n",
            clip.display(),
            rfc3339(*start)
        );
        text.push_str(&camera);
    }
    let file = folder.join("cameras.toml");
    std::fs::write(&file, text).expect("a file");
    file.to_str().expect("UTF-8").to_owned()
}

fn run(arguments: &[&str]) -> String {
    let finished = binary::finish(arguments.iter().copied());
    assert_eq!(finished.code, Some(0), "{arguments:?}: {}{}", finished.stdout, finished.stderr);
    finished.stdout
}

#[test]
fn every_true_event_is_raised_exactly_once_whatever_fails() {
    if !media::available() || !footage::runtime() {
        return;
    }
    let cluster = match KafkaCluster::start(MOST_WORKERS) {
        Ok(cluster) => cluster,
        Err(why) => return skipped(&why),
    };
    let (seconds, count) = (setting("SOAK_SECONDS", 200), setting("SOAK_FAULTS", 3) as usize);
    let seed = setting("SOAK_SEED", 1);
    let folder = tempfile::tempdir().expect("a folder");
    let log = cluster.log();
    run(&["topic", "create", &log, "--partitions", "12", "--replication", "3", "--min-isr", "2"]);
    let clip = PASS.make(folder.path(), "loop.mp4");
    let starts = starts(now());
    run(&["cameras", "apply", &registry(folder.path(), &log, &clip, &starts), "--yes"]);
    let workers = (0..MOST_WORKERS)
        .map(|n| Worker::new(folder.path(), &format!("w-{n}"), &cluster.log_of(n), "[limits]\nsnapshot = \"5s\""));
    let mut story = Story { workers: workers.collect(), cluster, begun: Instant::now(), told: Vec::new() };
    story.workers[..WORKERS].iter_mut().for_each(Worker::start);
    story.recovered(WORKERS);
    // Every camera has delivered pictures by then.
    let watched = || story.workers[..WORKERS].iter().map(|w| w.watched().len()).sum::<usize>();
    let deadline = Instant::now() + RECOVERY;
    while watched() < CAMERAS {
        assert!(Instant::now() < deadline, "{} of {CAMERAS} cameras deliver pictures", watched());
        std::thread::sleep(Duration::from_millis(500));
    }
    story.begun = Instant::now();
    let from = now();
    for (n, fault) in faults::list(seed, count, WORKERS, BROKERS).into_iter().enumerate() {
        // Spread over the time; a fault that took longer than its share pushes the next.
        let due = Duration::from_secs(10 + n as u64 * seconds.saturating_sub(60) / count.max(1) as u64);
        std::thread::sleep(due.saturating_sub(story.begun.elapsed()));
        story.happen(fault);
    }
    std::thread::sleep(Duration::from_secs(seconds).saturating_sub(story.begun.elapsed()));
    let to = now();
    (0..WORKERS).for_each(|worker| story.stop(worker));
    judge(folder.path(), &log, &starts, (from, to), &story);
}

/// Reads the topic as a reader of committed records does, and compares it with the truth.
fn judge(folder: &Path, log: &str, starts: &[(String, i64)], (from, to): (i64, i64), story: &Story) {
    // Whole stays of which at least the dwell and the longest recovery could be watched.
    let last = to - (DWELL_S + 30) * 1000;
    let mut events = Vec::new();
    let mut stays: BTreeMap<&str, Vec<(i64, i64, bool)>> = BTreeMap::new();
    for (camera, start) in starts {
        for stay in PASS.stays(*start, from - PASS.millis(), to) {
            let counts = stay.0 >= from && stay.0 <= last;
            stays.entry(camera).or_default().push((stay.0, stay.1, counts));
            if counts {
                events.push(event(camera, stay));
            }
        }
    }
    let text = run(&["topic", "tail", "dispatch", "--from-beginning", "--json", "--log", log]);
    let mut lines = String::new();
    let mut raised: BTreeMap<String, usize> = BTreeMap::new();
    for line in text.lines() {
        let record: Value = serde_json::from_str(line).expect("JSON");
        let data = &record["payload"]["data"];
        let at = data["raised_at"].as_str().expect("a time").parse::<OffsetTime>().expect("RFC 3339").event_time().0;
        let camera = data["camera"].as_str().expect("a camera");
        if data["state"] == "raised" {
            *raised.entry(data["id"].as_str().expect("an id").to_owned()).or_default() += 1;
        }
        // Of stays at the edges of the time it is not known whether they had to be raised.
        let of_edge =
            stays[camera].iter().any(|(begins, ends, counts)| !counts && *begins <= at && at <= *ends + 5_000);
        if !of_edge {
            writeln!(lines, "{}", record["payload"]).expect("a string");
        }
    }
    let (truth, candidates) = (folder.join("truth.json"), folder.join("candidates.jsonl"));
    std::fs::write(&truth, json!({ "events": events }).to_string()).expect("a file");
    std::fs::write(&candidates, lines).expect("a file");
    let path = |path: &Path| path.to_str().expect("UTF-8").to_owned();
    let report = run(&["evaluate", "--truth", &path(&truth), "--candidates", &path(&candidates), "--json"]);
    let report: Value = serde_json::from_str(&report).expect("JSON");
    let total = &report["total"];
    eprintln!("faults: {:#?}", story.told);
    eprintln!("events {}, total {total}", events.len());
    assert!(events.len() >= CAMERAS / 2, "too short a time to tell anything");
    let twice: Vec<_> = raised.iter().filter(|(_, times)| **times != 1).collect();
    assert!(twice.is_empty(), "raised more than once on the topic: {twice:?}");
    let figures = (&total["matched"], &total["missed"], &total["false"]);
    assert_eq!(figures, (&json!(events.len()), &json!(0), &json!(0)), "{report:#}");
}
