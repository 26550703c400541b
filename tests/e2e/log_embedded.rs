//! The embedded log: the conformance suite, and what only a process can show.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Command, Stdio};
use streetwatch::log::{ErrorKind, Record, Start, Topic};
use streetwatch_tests::conformance::{self, append, drain, open};

const CHILD_DIRECTORY: &str = "STREETWATCH_TEST_APPENDER";
const BATCH: usize = 5;

fn address(directory: &Path) -> String {
    format!("embedded:{}", directory.display())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_embedded_log_passes_the_conformance_suite() {
    let folder = tempfile::tempdir().expect("a folder");
    conformance::run_all(|name| address(&folder.path().join(name))).await;
}

/// Not a test by itself: the process that the next test kills.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn appender() {
    let Ok(directory) = std::env::var(CHILD_DIRECTORY) else { return };
    let round = std::env::var("ROUND").expect("a round");
    let log = open(&address(directory.as_ref())).await;
    let tasks = (0..4).map(|appender| {
        let (log, key) = (log.clone(), format!("{round}-{appender}"));
        tokio::spawn(async move {
            for batch in 0.. {
                let records = (0..BATCH).map(|n| Record::new(Topic::Dispatch, &key, format!("{batch}:{n}"))).collect();
                let positions = append(&*log, records).await;
                let mut stdout = std::io::stdout().lock();
                writeln!(stdout, "acknowledged {key} {batch} {}", positions[0].offset).expect("the parent listens");
                stdout.flush().expect("the parent listens");
            }
        })
    });
    for task in tasks.collect::<Vec<_>>() {
        task.await.expect("appends until it is killed");
    }
}

#[tokio::test]
async fn sigkill_loses_and_doubles_nothing_acknowledged() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut acknowledged: BTreeMap<(String, usize), i64> = BTreeMap::new();
    // Acknowledgements after which the process is killed: from at once to after checkpoints.
    for (round, kill_after) in [1, 37, 400, 1_500, 3_000, 11, 800].into_iter().enumerate() {
        let mut child = Command::new(std::env::current_exe().expect("this program"))
            .args(["--exact", "appender", "--nocapture", "--quiet"])
            .env(CHILD_DIRECTORY, folder.path())
            .env("ROUND", round.to_string())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("the child starts");
        let output = BufReader::new(child.stdout.take().expect("a pipe"));
        let mut heard = 0;
        for line in output.lines() {
            let line = line.expect("the child's words");
            let words: Vec<_> = line.split(' ').collect();
            let ["acknowledged", key, batch, offset] = words[..] else { continue };
            let batch = batch.parse().expect("a number");
            acknowledged.insert((key.to_owned(), batch), offset.parse().expect("an offset"));
            heard += 1;
            if heard == kill_after {
                child.kill().expect("SIGKILL");
                // What it said before it died counts too: read on until the pipe ends.
            }
        }
        child.wait().expect("the child has ended");
        assert!(heard >= kill_after, "round {round}: the child said only {heard} of {kill_after} lines");
        check(folder.path(), &acknowledged).await;
    }
}

/// Every acknowledged batch is there once, where it was said to be, and no batch is there in part.
async fn check(directory: &Path, acknowledged: &BTreeMap<(String, usize), i64>) {
    let log = open(&address(directory)).await;
    let mut found: BTreeMap<(String, usize), Vec<(usize, i64)>> = BTreeMap::new();
    for record in drain(&*log, Topic::Dispatch, Start::Beginning).await {
        let payload = String::from_utf8(record.payload.expect("a payload").to_vec()).expect("text");
        let (batch, n) = payload.split_once(':').expect("batch:n");
        let batch = (record.key, batch.parse().expect("a number"));
        found.entry(batch).or_default().push((n.parse().expect("a number"), record.position.offset));
    }
    for (batch, records) in &found {
        let first = records[0].1;
        let whole: Vec<_> = (0..BATCH).map(|n| (n, first + n as i64)).collect();
        assert_eq!(*records, whole, "batch {batch:?} is there once and wholly");
    }
    for (batch, offset) in acknowledged {
        let records = found.get(batch).unwrap_or_else(|| panic!("acknowledged batch {batch:?} is lost"));
        assert_eq!(records[0].1, *offset, "batch {batch:?} lies where it was said to");
    }
    log.close().await.expect("closes");
}

#[tokio::test]
async fn a_second_process_is_refused_until_the_first_one_ends() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut child = Command::new(std::env::current_exe().expect("this program"))
        .args(["--exact", "appender", "--nocapture", "--quiet"])
        .env(CHILD_DIRECTORY, folder.path())
        .env("ROUND", "0")
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .expect("the child starts");
    let mut output = BufReader::new(child.stdout.take().expect("a pipe")).lines();
    while !output.next().expect("the child speaks").expect("text").starts_with("acknowledged") {}
    // Its pipe must not fill up: somebody keeps reading.
    let reader = std::thread::spawn(move || output.for_each(drop));
    let refused = streetwatch::log::open(&address(folder.path())).await.expect_err("in use");
    assert_eq!(refused.kind, ErrorKind::InUse, "{refused}");
    let reading = streetwatch::log::open_for_reading(&address(folder.path())).await.expect("reading is allowed");
    assert!(!drain(&*reading, Topic::Dispatch, Start::Beginning).await.is_empty());
    child.kill().expect("SIGKILL");
    child.wait().expect("the child has ended");
    reader.join().expect("the reader ends");
    open(&address(folder.path())).await.close().await.expect("free after the first one's death");
}
