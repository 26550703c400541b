//! What every [`Log`] does, whichever it is. One function is one behaviour.
//!
//! Each behaviour gets an address of its own, with an empty log behind it.

use std::collections::{BTreeMap, BTreeSet};
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;
use streetwatch::log::{
    self, Bounds, Cursor, ErrorKind, Fault, Log, LogHealth, MAX_RECORD_BYTES, Offsets, Position, Record, Start, Stored,
    TailOptions, Topic,
};

/// Long enough for a busy machine; a passing test never waits for it.
const PATIENCE: Duration = Duration::from_secs(60);
/// For "nothing comes": short, because it is waited for.
const MOMENT: Duration = Duration::from_millis(200);

type Behaviour = (&'static str, fn(String) -> Pin<Box<dyn Future<Output = ()> + Send>>);

macro_rules! behaviours {
    ($($name:ident),* $(,)?) => {
        /// Every behaviour, by name.
        pub const BEHAVIOURS: &[Behaviour] = &[$((stringify!($name), |address| Box::pin($name(address)))),*];
    };
}

behaviours![
    records_come_back_in_order_with_all_they_carry,
    what_was_acknowledged_is_there_after_reopening,
    positions_say_where_each_record_lies,
    an_empty_batch_is_fine_and_appends_nothing,
    a_batch_may_span_topics,
    unicode_empty_and_strange_keys_come_back,
    any_bytes_come_back,
    a_record_of_a_megabyte_is_taken,
    a_record_over_the_limit_is_refused_and_nothing_else_is_disturbed,
    a_cursor_goes_on_where_another_stopped,
    a_cursor_from_the_end_sees_only_what_comes_later,
    an_append_wakes_a_waiting_cursor,
    an_offset_beyond_the_end_is_refused,
    a_quiet_topic_answers_none_after_the_timeout,
    the_last_record_of_each_key_wins,
    a_tombstone_removes_its_key,
    only_compacted_topics_have_a_latest,
    concurrent_appenders_lose_and_double_nothing,
    a_log_opened_for_reading_sees_the_other_ones_appends,
    tail_prints_what_is_there_and_ends,
    a_closed_log_refuses,
];

/// Runs every behaviour, each at an address of its own, and names those that fail.
pub async fn run_all(address: impl Fn(&str) -> String) {
    let mut failed = Vec::new();
    for (name, behaviour) in BEHAVIOURS {
        let run = tokio::spawn(behaviour(address(name)));
        if run.await.is_err() {
            failed.push(*name);
        }
    }
    assert!(failed.is_empty(), "{} of {} behaviours failed: {failed:?}", failed.len(), BEHAVIOURS.len());
}

/// Opens the log, which has to work.
pub async fn open(address: &str) -> Arc<dyn Log> {
    log::open(address).await.expect("the log opens")
}

/// Appends, which has to work.
pub async fn append(log: &dyn Log, records: Vec<Record>) -> Vec<Position> {
    log.append(records).await.expect("an append is acknowledged")
}

/// Everything on the topic from `start` to its present end.
pub async fn drain(log: &dyn Log, topic: Topic, start: Start) -> Vec<Stored> {
    let mut cursor = log.read(topic, start).await.expect("a cursor opens");
    drain_cursor(cursor.as_mut()).await
}

async fn drain_cursor(cursor: &mut dyn Cursor) -> Vec<Stored> {
    let mut records = Vec::new();
    while !cursor.caught_up() {
        match cursor.next(PATIENCE).await.expect("reading works") {
            Some(record) => records.push(record),
            None => assert!(cursor.caught_up(), "nothing came although there is more, after {records:?}"),
        }
    }
    records
}

fn text(record: &Stored) -> &str {
    std::str::from_utf8(record.payload.as_deref().unwrap_or_default()).expect("the test writes text")
}

fn numbered(topic: Topic, key: &str, numbers: std::ops::Range<usize>) -> Vec<Record> {
    numbers.map(|n| Record::new(topic, key, format!("{n}"))).collect()
}

async fn records_come_back_in_order_with_all_they_carry(address: String) {
    let log = open(&address).await;
    for n in 0..50 {
        let records = ["c-001", "c-002", "c-003"].map(|key| {
            Record::new(Topic::Dispatch, key, format!("{{\"n\":{n}}}")).with_header("content-type", "application/json")
        });
        append(&*log, records.to_vec()).await;
    }
    let mut by_key: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for record in drain(&*log, Topic::Dispatch, Start::Beginning).await {
        assert_eq!(record.position.topic, Topic::Dispatch);
        assert_eq!(record.headers, [("content-type".to_owned(), "application/json".to_owned())]);
        assert!(record.time.0 > 1_600_000_000_000, "the time of append: {:?}", record.time);
        by_key.entry(record.key.clone()).or_default().push(text(&record).to_owned());
    }
    let wanted: Vec<_> = (0..50).map(|n| format!("{{\"n\":{n}}}")).collect();
    assert_eq!(by_key.len(), 3);
    assert!(by_key.values().all(|found| *found == wanted), "{by_key:?}");
    log.close().await.expect("closes");
}

async fn what_was_acknowledged_is_there_after_reopening(address: String) {
    let log = open(&address).await;
    let first = append(&*log, numbered(Topic::Readings, "d-1", 0..20)).await;
    log.close().await.expect("closes");
    let log = open(&address).await;
    let second = append(&*log, numbered(Topic::Readings, "d-1", 20..30)).await;
    let found = drain(&*log, Topic::Readings, Start::Beginning).await;
    let numbers: Vec<_> = found.iter().map(text).collect();
    assert_eq!(numbers, (0..30).map(|n| n.to_string()).collect::<Vec<_>>());
    let positions: Vec<_> = found.iter().map(|r| r.position).collect();
    assert_eq!(positions, [first, second].concat());
    log.close().await.expect("closes");
}

async fn positions_say_where_each_record_lies(address: String) {
    let log = open(&address).await;
    let records: Vec<_> =
        (0..40).map(|n| Record::new(Topic::Verdicts, format!("k{}", n % 7), format!("{n}"))).collect();
    let positions = append(&*log, records).await;
    let found: BTreeMap<Position, String> = drain(&*log, Topic::Verdicts, Start::Beginning)
        .await
        .iter()
        .map(|r| (r.position, text(r).to_owned()))
        .collect();
    assert_eq!(found.len(), 40);
    for (n, position) in positions.iter().enumerate() {
        assert_eq!(found[position], n.to_string());
    }
    let held: i64 =
        log.bounds(Topic::Verdicts).await.expect("bounds").values().map(|Bounds { first, end }| end - first).sum();
    assert_eq!(held, 40);
    log.close().await.expect("closes");
}

async fn an_empty_batch_is_fine_and_appends_nothing(address: String) {
    let log = open(&address).await;
    assert!(append(&*log, Vec::new()).await.is_empty());
    for topic in Topic::ALL {
        let bounds = log.bounds(topic).await.expect("bounds");
        assert!(!bounds.is_empty() && bounds.values().all(|b| b.first == b.end), "{topic}: {bounds:?}");
    }
    log.close().await.expect("closes");
}

async fn a_batch_may_span_topics(address: String) {
    let log = open(&address).await;
    let records = Topic::ALL.map(|topic| Record::new(topic, "k", topic.as_str()));
    let positions = append(&*log, records.to_vec()).await;
    assert_eq!(positions.iter().map(|p| p.topic).collect::<Vec<_>>(), Topic::ALL);
    for topic in Topic::ALL {
        let found = drain(&*log, topic, Start::Beginning).await;
        assert_eq!(found.iter().map(text).collect::<Vec<_>>(), [topic.as_str()]);
    }
    log.close().await.expect("closes");
}

async fn unicode_empty_and_strange_keys_come_back(address: String) {
    let log = open(&address).await;
    let keys = ["相机-001", "", " ", "a\nb", "🚮", "e\u{301}", "é", "'; drop table state; --", "\u{0}x"];
    for key in keys {
        append(&*log, vec![Record::new(Topic::State, key, key.to_owned())]).await;
    }
    let latest = log.latest(Topic::State).await.expect("latest");
    assert_eq!(latest.keys().map(String::as_str).collect::<BTreeSet<_>>(), BTreeSet::from(keys));
    for key in keys {
        let found = log.latest_of(Topic::State, key).await.expect("latest of a key").expect("the key is there");
        assert_eq!((found.key.as_str(), text(&found)), (key, key));
    }
    log.close().await.expect("closes");
}

async fn any_bytes_come_back(address: String) {
    let log = open(&address).await;
    let every: Vec<u8> = (0..=255).collect();
    let payloads: [&[u8]; 6] = [&every, b"", b"\0", b"text\0more", "垃圾".as_bytes(), &[0xff, 0xfe]];
    let records: Vec<_> = payloads.iter().map(|p| Record::new(Topic::Segments, "k", p.to_vec())).collect();
    append(&*log, records).await;
    let found = drain(&*log, Topic::Segments, Start::Beginning).await;
    let found: Vec<_> = found.iter().map(|r| r.payload.as_deref()).collect();
    assert_eq!(found, payloads.map(Some));
    log.close().await.expect("closes");
}

async fn a_record_of_a_megabyte_is_taken(address: String) {
    let log = open(&address).await;
    // Not compressible to nothing: a sequence without a short period.
    let mut state = 1_u32;
    let mut noise = |_| {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state >> 24) as u8
    };
    let large: Vec<u8> = (0..1 << 20).map(&mut noise).collect();
    let most: Vec<u8> = (0..MAX_RECORD_BYTES - 1).map(&mut noise).collect();
    append(&*log, vec![Record::new(Topic::Segments, "k", large.clone())]).await;
    append(&*log, vec![Record::new(Topic::Segments, "k", most.clone())]).await;
    let found = drain(&*log, Topic::Segments, Start::Beginning).await;
    assert_eq!(found.len(), 2);
    assert!(found[0].payload.as_deref() == Some(&large[..]) && found[1].payload.as_deref() == Some(&most[..]));
    log.close().await.expect("closes");
}

async fn a_record_over_the_limit_is_refused_and_nothing_else_is_disturbed(address: String) {
    let log = open(&address).await;
    let batch = vec![
        Record::new(Topic::Segments, "small", "1"),
        Record::new(Topic::Segments, "big", vec![b'x'; MAX_RECORD_BYTES + 1]),
    ];
    let error = log.append(batch).await.expect_err("too large");
    assert_eq!((error.kind, error.fault(), error.retry()), (ErrorKind::TooLarge, Fault::User, false));
    assert!(error.to_string().contains("\"big\"") && error.to_string().contains("segments"), "{error}");
    append(&*log, vec![Record::new(Topic::Segments, "small", "2")]).await;
    let found = drain(&*log, Topic::Segments, Start::Beginning).await;
    assert_eq!(found.iter().map(text).collect::<Vec<_>>(), ["2"]);
    log.close().await.expect("closes");
}

async fn a_cursor_goes_on_where_another_stopped(address: String) {
    let log = open(&address).await;
    let records: Vec<_> =
        (0..30).map(|n| Record::new(Topic::Dispatch, format!("k{}", n % 5), format!("{n}"))).collect();
    append(&*log, records).await;
    let mut cursor = log.read(Topic::Dispatch, Start::Beginning).await.expect("a cursor opens");
    let mut seen = BTreeSet::new();
    for _ in 0..11 {
        let record = cursor.next(PATIENCE).await.expect("reading works").expect("there are 30");
        seen.insert(text(&record).to_owned());
    }
    let rest = drain(&*log, Topic::Dispatch, Start::At(cursor.position())).await;
    assert_eq!(rest.len(), 19);
    seen.extend(rest.iter().map(|r| text(r).to_owned()));
    assert_eq!(seen.len(), 30);
    log.close().await.expect("closes");
}

async fn a_cursor_from_the_end_sees_only_what_comes_later(address: String) {
    let log = open(&address).await;
    append(&*log, numbered(Topic::Readings, "k", 0..5)).await;
    let mut cursor = log.read(Topic::Readings, Start::End).await.expect("a cursor opens");
    assert!(cursor.caught_up());
    append(&*log, numbered(Topic::Readings, "k", 5..6)).await;
    let record = cursor.next(PATIENCE).await.expect("reading works").expect("the new one");
    assert_eq!(text(&record), "5");
    log.close().await.expect("closes");
}

async fn an_append_wakes_a_waiting_cursor(address: String) {
    let log = open(&address).await;
    let mut cursor = log.read(Topic::Dispatch, Start::Beginning).await.expect("a cursor opens");
    let reader = tokio::spawn(async move { cursor.next(PATIENCE).await });
    tokio::task::yield_now().await;
    append(&*log, numbered(Topic::Dispatch, "k", 7..8)).await;
    let record = reader.await.expect("the reader ends").expect("reading works").expect("woken by the record");
    assert_eq!(text(&record), "7");
    log.close().await.expect("closes");
}

async fn an_offset_beyond_the_end_is_refused(address: String) {
    let log = open(&address).await;
    append(&*log, numbered(Topic::Readings, "k", 0..3)).await;
    let error = log.read(Topic::Readings, Start::At(Offsets::from([(0, 1000)]))).await.expect_err("not there");
    assert_eq!((error.kind, error.offset, error.partition), (ErrorKind::OffsetBeyondEnd, Some(1000), Some(0)));
    log.close().await.expect("closes");
}

async fn a_quiet_topic_answers_none_after_the_timeout(address: String) {
    let log = open(&address).await;
    let mut cursor = log.read(Topic::Verdicts, Start::Beginning).await.expect("a cursor opens");
    assert!(cursor.caught_up());
    assert_eq!(cursor.next(MOMENT).await, Ok(None));
    log.close().await.expect("closes");
}

async fn the_last_record_of_each_key_wins(address: String) {
    let log = open(&address).await;
    for n in 0..10 {
        let records = ["a", "b", "c"].map(|key| Record::new(Topic::Cameras, key, format!("{key}{n}")));
        append(&*log, records.to_vec()).await;
    }
    append(&*log, vec![Record::new(Topic::Cameras, "b", "b-last")]).await;
    let latest = log.latest(Topic::Cameras).await.expect("latest");
    let found: Vec<_> = latest.values().map(text).collect();
    assert_eq!(found, ["a9", "b-last", "c9"]);
    assert_eq!(log.latest_of(Topic::Cameras, "nobody").await, Ok(None));
    assert!(log.latest(Topic::Health).await.expect("latest of an empty topic").is_empty());
    log.close().await.expect("closes");
}

async fn a_tombstone_removes_its_key(address: String) {
    let log = open(&address).await;
    let set = |key: &str, value: &str| Record::new(Topic::Health, key, value.to_owned());
    append(&*log, vec![set("a", "1"), set("b", "1"), set("c", "1")]).await;
    append(&*log, vec![Record::tombstone(Topic::Health, "a"), Record::tombstone(Topic::Health, "b")]).await;
    append(&*log, vec![set("b", "2")]).await;
    let latest = log.latest(Topic::Health).await.expect("latest");
    let found: Vec<_> = latest.iter().map(|(k, r)| (k.as_str(), text(r))).collect();
    assert_eq!(found, [("b", "2"), ("c", "1")]);
    assert_eq!(log.latest_of(Topic::Health, "a").await, Ok(None));
    let tombstones = drain(&*log, Topic::Health, Start::Beginning).await;
    assert_eq!(tombstones.iter().filter(|r| r.payload.is_none()).count(), 2, "followers see tombstones");
    log.close().await.expect("closes");
}

async fn only_compacted_topics_have_a_latest(address: String) {
    let log = open(&address).await;
    let error = log.latest(Topic::Dispatch).await.expect_err("dispatch keeps every record");
    assert_eq!((error.kind, error.topic), (ErrorKind::NotCompacted, Some(Topic::Dispatch)));
    assert_eq!(log.latest_of(Topic::Readings, "k").await.expect_err("so do readings").kind, ErrorKind::NotCompacted);
    log.close().await.expect("closes");
}

async fn concurrent_appenders_lose_and_double_nothing(address: String) {
    const APPENDERS: usize = 8;
    const BATCHES: usize = 40;
    let log = open(&address).await;
    let tasks: Vec<_> = (0..APPENDERS)
        .map(|appender| {
            let log = log.clone();
            tokio::spawn(async move {
                let mut positions = Vec::new();
                for batch in 0..BATCHES {
                    let from = batch * 3;
                    positions
                        .extend(append(&*log, numbered(Topic::Dispatch, &appender.to_string(), from..from + 3)).await);
                }
                positions
            })
        })
        .collect();
    let mut positions = BTreeSet::new();
    for task in tasks {
        positions.extend(task.await.expect("an appender ends"));
    }
    assert_eq!(positions.len(), APPENDERS * BATCHES * 3, "each position is given once");
    let found = drain(&*log, Topic::Dispatch, Start::Beginning).await;
    assert_eq!(found.iter().map(|r| r.position).collect::<BTreeSet<_>>(), positions);
    assert_eq!(found.len(), positions.len());
    for appender in 0..APPENDERS {
        let key = appender.to_string();
        let numbers: Vec<_> = found.iter().filter(|r| r.key == key).map(|r| text(r).to_owned()).collect();
        assert_eq!(numbers, (0..BATCHES * 3).map(|n| n.to_string()).collect::<Vec<_>>(), "in order, once each");
    }
    assert_eq!(log.health(), LogHealth::Well);
    log.close().await.expect("closes");
}

async fn a_log_opened_for_reading_sees_the_other_ones_appends(address: String) {
    let log = open(&address).await;
    append(&*log, numbered(Topic::Dispatch, "k", 0..2)).await;
    let reading = log::open_for_reading(&address).await.expect("opens beside the writer");
    let mut cursor = reading.read(Topic::Dispatch, Start::Beginning).await.expect("a cursor opens");
    assert_eq!(drain_cursor(cursor.as_mut()).await.len(), 2);
    append(&*log, numbered(Topic::Dispatch, "k", 2..3)).await;
    let record = cursor.next(PATIENCE).await.expect("reading works").expect("the new one");
    assert_eq!(text(&record), "2");
    let error = reading.append(numbered(Topic::Dispatch, "k", 3..4)).await.expect_err("reading only");
    assert_eq!((error.kind, error.fault()), (ErrorKind::ReadOnly, Fault::User));
    reading.close().await.expect("closes");
    log.close().await.expect("closes");
}

async fn tail_prints_what_is_there_and_ends(address: String) {
    let log = open(&address).await;
    let records: Vec<_> = (0..15).map(|n| Record::new(Topic::Dispatch, "c-1", format!("{{\"n\":{n}}}"))).collect();
    append(&*log, records).await;
    let print = async |options: TailOptions| {
        let mut out = Vec::new();
        let count = log::tail(&*log, Topic::Dispatch, &options, &mut out).await.expect("tail works");
        let out = String::from_utf8(out).expect("tail prints text");
        assert_eq!(out.lines().count() as u64, count);
        out
    };
    let all = print(TailOptions { from_beginning: true, json: true, ..TailOptions::default() }).await;
    let numbers: Vec<_> = all
        .lines()
        .map(|line| serde_json::from_str::<serde_json::Value>(line).expect("a line is JSON"))
        .map(|line| {
            assert_eq!((line["topic"].as_str(), line["key"].as_str()), (Some("dispatch"), Some("c-1")));
            assert!(line["time"].as_str().is_some_and(|t| t.ends_with('Z')) && line["offset"].is_i64());
            line["payload"]["n"].as_i64()
        })
        .collect();
    assert_eq!(numbers, (0..15).map(Some).collect::<Vec<_>>());
    let last = print(TailOptions { last: 3, json: true, ..TailOptions::default() }).await;
    assert_eq!(last.lines().count(), 3);
    assert!(all.ends_with(&last));
    let limited = print(TailOptions { from_beginning: true, limit: Some(4), ..TailOptions::default() }).await;
    assert_eq!(limited.lines().count(), 4);
    let following = TailOptions { from_beginning: true, follow: true, limit: Some(15), ..TailOptions::default() };
    assert_eq!(print(following).await.lines().count(), 15);
    log.close().await.expect("closes");
}

async fn a_closed_log_refuses(address: String) {
    let log = open(&address).await;
    append(&*log, numbered(Topic::Dispatch, "k", 0..1)).await;
    log.close().await.expect("closes");
    let error = log.append(numbered(Topic::Dispatch, "k", 1..2)).await.expect_err("closed");
    assert_eq!((error.kind, error.fault(), error.retry()), (ErrorKind::Closed, Fault::Ours, false));
    log.close().await.expect("closing twice is fine");
}
