#![allow(clippy::unwrap_used)]

use super::super::{Offsets, Retention, open, open_for_reading};
use super::*;
use crate::clock::SimulatedClock;
use operators::vocabulary::EventTime;
use proptest::prelude::*;
use rusqlite::Connection;

const HOUR: Duration = Duration::from_secs(3600);

fn clock() -> Arc<SimulatedClock> {
    Arc::new(SimulatedClock::starting_at(EventTime(1_780_272_000_000)))
}

/// Clean-up happens when the test asks for it only.
fn options(clock: &Arc<SimulatedClock>) -> Options {
    Options { clean_up_every: 1000 * HOUR, clock: clock.clone(), ..Options::default() }
}

fn keeping(topic: Topic, max_age: Option<Duration>, max_bytes: Option<u64>, clock: &Arc<SimulatedClock>) -> Options {
    let mut options = options(clock);
    options.clean_up[topic.index()] = CleanUp::Delete(Retention { max_age, max_bytes });
    options
}

fn address(folder: &tempfile::TempDir) -> String {
    format!("embedded:{}", folder.path().display())
}

fn record(topic: Topic, key: &str, payload: &str) -> Record {
    Record::new(topic, key, payload.to_owned())
}

async fn all(log: &EmbeddedLog, topic: Topic) -> Vec<(i64, String)> {
    let mut cursor = log.read(topic, Start::Beginning).await.unwrap();
    let mut found = Vec::new();
    while !cursor.caught_up() {
        if let Some(record) = cursor.next(HOUR).await.unwrap() {
            let payload = String::from_utf8_lossy(record.payload.as_deref().unwrap_or(b"-")).into_owned();
            found.push((record.position.offset, payload));
        }
    }
    found
}

#[tokio::test]
async fn a_person_with_sqlite3_can_read_and_query_the_file() {
    let folder = tempfile::tempdir().unwrap();
    let clock = clock();
    let log = EmbeddedLog::open(folder.path(), options(&clock)).await.unwrap();
    log.append(vec![
        record(Topic::Dispatch, "c-001", r#"{"state":"raised"}"#).with_header("a", "b"),
        Record::new(Topic::Segments, "c-001", vec![0_u8, 255]),
    ])
    .await
    .unwrap();
    let file = Connection::open(schema::database(folder.path())).unwrap();
    let row: (i64, String, String, String, String) = file
        .query_row("SELECT \"offset\", key, payload ->> 'state', typeof(payload), headers FROM dispatch", [], |r| {
            Ok((r.get(0)?, r.get(1)?, r.get(2)?, r.get(3)?, r.get(4)?))
        })
        .unwrap();
    assert_eq!(row, (0, "c-001".into(), "raised".into(), "text".into(), r#"[["a","b"]]"#.into()));
    let time: String = file.query_row("SELECT time FROM records WHERE topic = 'segments'", [], |r| r.get(0)).unwrap();
    assert_eq!(time, "2026-06-01T00:00:00.000Z");
    let next: i64 = file.query_row("SELECT next_offset FROM topics WHERE name = 'dispatch'", [], |r| r.get(0)).unwrap();
    assert_eq!(next, 1);
    log.close().await.unwrap();
}

#[tokio::test]
async fn compaction_keeps_the_last_record_of_each_key_and_old_tombstones_leave() {
    let folder = tempfile::tempdir().unwrap();
    let clock = clock();
    let log = EmbeddedLog::open(folder.path(), options(&clock)).await.unwrap();
    for n in 0..700 {
        let batch = ["a", "b", "c"].map(|key| record(Topic::State, key, &format!("{key}{n}")).with_header("n", "1"));
        log.append(batch.to_vec()).await.unwrap();
    }
    log.append(vec![Record::tombstone(Topic::State, "b")]).await.unwrap();
    let before = log.latest(Topic::State).await.unwrap();
    // 2100 records and a tombstone; a, c and the tombstone stay.
    assert_eq!(log.clean_up().await.unwrap(), 2101 - 3);
    assert_eq!(all(&log, Topic::State).await, [(2097, "a699".into()), (2099, "c699".into()), (2100, "-".into())]);
    assert_eq!(log.latest(Topic::State).await.unwrap(), before);
    clock.advance(25 * HOUR);
    assert_eq!(log.clean_up().await.unwrap(), 1);
    assert_eq!(log.latest(Topic::State).await.unwrap(), before);
    // The newest offset has left with the tombstone, and is not given again.
    log.close().await.unwrap();
    let log = EmbeddedLog::open(folder.path(), options(&clock)).await.unwrap();
    assert_eq!(log.append(vec![record(Topic::State, "d", "d")]).await.unwrap()[0].offset, 2101);
    let bytes: i64 = Connection::open(schema::database(folder.path()))
        .unwrap()
        .query_row("SELECT bytes FROM topics WHERE name = 'state'", [], |r| r.get(0))
        .unwrap();
    assert_eq!(bytes, ("a".len() + "a699".len() + 2) as i64 * 2 + 2, "the count follows the rows");
    log.close().await.unwrap();
}

#[tokio::test]
async fn a_follower_passes_over_what_compaction_removed() {
    let folder = tempfile::tempdir().unwrap();
    let clock = clock();
    let log = EmbeddedLog::open(folder.path(), options(&clock)).await.unwrap();
    for n in 0..10 {
        log.append(vec![record(Topic::Cameras, "a", &n.to_string())]).await.unwrap();
    }
    let mut cursor = log.read(Topic::Cameras, Start::At(Offsets::from([(0, 3)]))).await.unwrap();
    log.clean_up().await.unwrap();
    assert_eq!(cursor.next(HOUR).await.unwrap().unwrap().position.offset, 9);
    assert!(cursor.caught_up());
    log.close().await.unwrap();
}

#[tokio::test]
async fn records_leave_by_age_and_whoever_wanted_them_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let clock = clock();
    let log = EmbeddedLog::open(folder.path(), keeping(Topic::Readings, Some(HOUR), None, &clock)).await.unwrap();
    for n in 0..1200 {
        log.append(vec![record(Topic::Readings, "d", &n.to_string())]).await.unwrap();
    }
    let mut slow = log.read(Topic::Readings, Start::At(Offsets::from([(0, 5)]))).await.unwrap();
    clock.advance(2 * HOUR);
    log.append(vec![record(Topic::Readings, "d", "new")]).await.unwrap();
    assert_eq!(log.clean_up().await.unwrap(), 1200);
    assert_eq!(all(&log, Topic::Readings).await, [(1200, "new".into())]);
    assert_eq!(log.bounds(Topic::Readings).await.unwrap()[&0], Bounds { first: 1200, end: 1201 });
    let error = slow.next(HOUR).await.unwrap_err();
    assert_eq!((error.kind, error.offset, error.retry()), (ErrorKind::OffsetGone, Some(5), false));
    assert!(error.to_string().contains("1200"), "{error}");
    let error = log.read(Topic::Readings, Start::At(Offsets::from([(0, 7)]))).await.unwrap_err();
    assert_eq!(error.kind, ErrorKind::OffsetGone);
    log.close().await.unwrap();
}

#[tokio::test]
async fn records_leave_by_size_oldest_first() {
    let folder = tempfile::tempdir().unwrap();
    let clock = clock();
    let log = EmbeddedLog::open(folder.path(), keeping(Topic::Segments, None, Some(1000), &clock)).await.unwrap();
    for _ in 0..30 {
        log.append(vec![record(Topic::Segments, "k", &"x".repeat(99))]).await.unwrap();
    }
    assert_eq!(log.clean_up().await.unwrap(), 20);
    assert_eq!(log.bounds(Topic::Segments).await.unwrap()[&0], Bounds { first: 20, end: 30 });
    log.close().await.unwrap();
}

#[tokio::test]
async fn a_full_disk_refuses_whole_batches_and_the_log_goes_on_when_there_is_room() {
    let folder = tempfile::tempdir().unwrap();
    let clock = clock();
    let options = keeping(Topic::Readings, Some(HOUR), None, &clock);
    let lock = File::create(folder.path().join("writer.lock")).unwrap();
    let connection = schema::open_for_writing(folder.path(), false, "embedded:test").unwrap();
    // SQLite's own limit answers as a full disk does.
    connection.pragma_update_and_check(None, "max_page_count", 60, |_| Ok(())).unwrap();
    let log = EmbeddedLog::start(folder.path().into(), options, "embedded:test".into(), lock, connection).unwrap();
    let batch = || (0..10).map(|n| record(Topic::Readings, "d", &format!("{n}{}", "x".repeat(4000)))).collect();
    let mut acknowledged = 0;
    let error = loop {
        match log.append(batch()).await {
            Ok(_) => acknowledged += 10,
            Err(error) => break error,
        }
        assert!(acknowledged < 1000, "the limit holds");
    };
    assert_eq!((error.kind, error.retry()), (ErrorKind::NoRoom, true), "{error}");
    assert!(matches!(log.health(), LogHealth::Waiting { reason } if reason.contains("disk is full")));
    assert_eq!(all(&log, Topic::Readings).await.len(), acknowledged, "no part of the refused batch");
    clock.advance(2 * HOUR);
    assert_eq!(log.clean_up().await.unwrap() as usize, acknowledged);
    let positions = log.append(batch()).await.unwrap();
    assert_eq!(positions[0].offset as usize, acknowledged, "offsets go on without a gap");
    assert_eq!(log.health(), LogHealth::Well);
    log.close().await.unwrap();
}

#[tokio::test]
async fn somebody_elses_lock_makes_a_clear_error_and_no_end() {
    let folder = tempfile::tempdir().unwrap();
    let log = EmbeddedLog::open(folder.path(), options(&clock())).await.unwrap();
    log.append(vec![record(Topic::State, "a", "1"), record(Topic::State, "a", "2")]).await.unwrap();
    let person = Connection::open(schema::database(folder.path())).unwrap();
    person.execute_batch("BEGIN IMMEDIATE").unwrap();
    let error = log.clean_up().await.unwrap_err();
    assert_eq!((error.kind, error.retry()), (ErrorKind::Busy, true), "{error}");
    person.execute_batch("ROLLBACK").unwrap();
    assert_eq!(log.clean_up().await.unwrap(), 1);
    log.append(vec![record(Topic::State, "a", "3")]).await.unwrap();
    log.close().await.unwrap();
}

#[tokio::test]
async fn a_second_writer_is_refused_and_says_what_to_do() {
    let folder = tempfile::tempdir().unwrap();
    let log = open(&address(&folder)).await.unwrap();
    let error = open(&address(&folder)).await.unwrap_err();
    assert_eq!(error.kind, ErrorKind::InUse);
    assert!(error.to_string().contains("open it for reading"), "{error}");
    log.close().await.unwrap();
    open(&address(&folder)).await.unwrap().close().await.unwrap();
}

#[tokio::test]
async fn what_is_no_log_is_refused_and_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    let file = schema::database(folder.path());
    std::fs::write(&file, "this is a text, and a long one, so that it cannot be an empty database".repeat(20)).unwrap();
    assert_eq!(open(&address(&folder)).await.unwrap_err().kind, ErrorKind::NotALog);
    assert_eq!(open_for_reading(&address(&folder)).await.unwrap_err().kind, ErrorKind::NotALog);

    std::fs::remove_file(&file).unwrap();
    Connection::open(&file).unwrap().execute_batch("CREATE TABLE theirs (x)").unwrap();
    let error = open(&address(&folder)).await.unwrap_err();
    assert_eq!(error.kind, ErrorKind::NotALog);
    assert!(error.to_string().contains("another program"), "{error}");
    let tables: i64 =
        Connection::open(&file).unwrap().query_row("SELECT count(*) FROM sqlite_schema", [], |r| r.get(0)).unwrap();
    assert_eq!(tables, 1);

    let folder = tempfile::tempdir().unwrap();
    open(&address(&folder)).await.unwrap().close().await.unwrap();
    Connection::open(schema::database(folder.path())).unwrap().pragma_update(None, "user_version", 99).unwrap();
    let error = open(&address(&folder)).await.unwrap_err();
    assert!(error.kind == ErrorKind::NotALog && error.to_string().contains("99"), "{error}");
}

#[tokio::test]
async fn a_place_that_cannot_be_written_is_named() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("file"), "").unwrap();
    let error = open(&format!("embedded:{}/file/log", folder.path().display())).await.unwrap_err();
    assert_eq!((error.kind, error.fault()), (ErrorKind::NotWritable, super::super::Fault::User));
    assert!(error.to_string().contains("file/log"), "{error}");
    let error = open_for_reading(&format!("embedded:{}/nothing", folder.path().display())).await.unwrap_err();
    assert_eq!(error.kind, ErrorKind::MissingTopic);
    assert!(!folder.path().join("nothing").exists(), "reading creates nothing");
}

#[tokio::test]
async fn an_append_that_nobody_waits_for_any_more_blocks_nobody() {
    let folder = tempfile::tempdir().unwrap();
    let small = Options { queue_bytes: 4096, ..options(&clock()) };
    let log = EmbeddedLog::open(folder.path(), small).await.unwrap();
    for _ in 0..50 {
        let append = log.append(vec![record(Topic::Dispatch, "k", &"x".repeat(2000))]);
        tokio::pin!(append);
        let _ = futures::poll!(append);
    }
    log.append(vec![record(Topic::Dispatch, "k", "last")]).await.unwrap();
    log.close().await.unwrap();
}

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]

    #[test]
    fn keys_payloads_and_headers_round_trip(
        records in proptest::collection::vec(
            (0..Topic::ALL.len(), any::<String>(), proptest::option::of(any::<Vec<u8>>()), any::<Vec<(String, String)>>()),
            1..20,
        ),
    ) {
        let records: Vec<Record> = records
            .into_iter()
            .map(|(topic, key, payload, headers)| Record {
                topic: Topic::ALL[topic], key, payload: payload.map(Into::into), headers, partition: None,
            })
            .collect();
        runtime().block_on(async {
            let folder = tempfile::tempdir().unwrap();
            let log = EmbeddedLog::open(folder.path(), options(&clock())).await.unwrap();
            let positions = log.append(records.clone()).await.unwrap();
            for (record, position) in records.iter().zip(positions) {
                let start = Start::At(Offsets::from([(0, position.offset)]));
                let found = log.read(record.topic, start).await.unwrap().next(HOUR).await.unwrap().unwrap();
                assert_eq!((found.position, &found.key, &found.payload, &found.headers),
                    (position, &record.key, &record.payload, &record.headers));
            }
            let bytes: usize = records.iter().map(Record::size).sum();
            let file = Connection::open(schema::database(folder.path())).unwrap();
            let counted: i64 = file.query_row("SELECT sum(bytes) FROM topics", [], |r| r.get(0)).unwrap();
            assert_eq!(counted as usize, bytes);
            log.close().await.unwrap();
        });
    }

    #[test]
    fn a_damaged_file_is_an_error_and_no_panic(
        cut in proptest::option::of(0..60_000_usize),
        damage in proptest::collection::vec((0..60_000_usize, any::<u8>()), 0..200),
    ) {
        runtime().block_on(async {
            let folder = tempfile::tempdir().unwrap();
            let log = EmbeddedLog::open(folder.path(), options(&clock())).await.unwrap();
            let records = (0..40).map(|n| record(Topic::State, &format!("k{n}"), &"x".repeat(700))).collect();
            log.append(records).await.unwrap();
            log.close().await.unwrap();
            let file = schema::database(folder.path());
            let mut bytes = std::fs::read(&file).unwrap();
            for (at, value) in damage {
                let at = at % bytes.len();
                bytes[at] = value;
            }
            if let Some(cut) = cut {
                bytes.truncate(cut);
            }
            std::fs::write(&file, bytes).unwrap();
            // Each step may fail, with an error.
            if let Ok(log) = EmbeddedLog::open(folder.path(), options(&clock())).await {
                let _ = log.append(vec![record(Topic::State, "k1", "new")]).await;
                let _ = log.latest(Topic::State).await;
                let _ = log.clean_up().await;
                if let Ok(mut cursor) = log.read(Topic::State, Start::Beginning).await {
                    while !cursor.caught_up() && matches!(cursor.next(Duration::ZERO).await, Ok(Some(_))) {}
                }
                log.close().await.unwrap();
            }
        });
    }
}
