//! Segments through a real (embedded) log: the samples are those of the recording itself, whatever else is sent.

use super::read::{self, SkipReason};
use super::testing::{GOPS, PARTS, config, message, segments};
use super::{Hub, HubConfig, Until, Wanted};
use crate::clock::SystemClock;
use crate::evidence::EvidenceReader;
use crate::log::{self, Log, Record, Start, Topic};
use crate::payload::{Segment, examples, sha256};
use crate::source::testing::tiny;
use crate::source::{Feed, FeedConfig, FeedEvent, FfmpegOpener, Health, Opener, Pace, SegmentPosition};
use operators::vocabulary::EventTime;
use std::sync::Arc;
use std::time::Duration;

type Samples = Vec<(EventTime, Option<SegmentPosition>)>;

/// Everything a feed gives until it ends, and the last state it told.
fn all(mut feed: Feed) -> (Samples, Health) {
    let (mut samples, mut health) = (Vec::new(), Health::Connecting);
    loop {
        match feed.next(Duration::from_secs(20)) {
            FeedEvent::Sample(sample) => samples.push((sample.at, sample.position)),
            FeedEvent::Health(report) => health = report.health,
            FeedEvent::Ended => return (samples, health),
            FeedEvent::Idle => panic!("nothing in 20 s; {} samples", samples.len()),
            FeedEvent::Resized { .. } => {}
        }
    }
}

fn start(config: FeedConfig, opener: Arc<dyn Opener>) -> Feed {
    Feed::start(config, opener, Arc::new(SystemClock::default())).expect("a thread")
}

/// The samples of the recording itself.
fn direct() -> Vec<EventTime> {
    let file = tiny();
    let (samples, _) = all(start(config(file.path()), Arc::new(FfmpegOpener)));
    assert!(samples.len() >= 4, "{samples:?}");
    times(&samples)
}

fn times(samples: &Samples) -> Vec<EventTime> {
    samples.iter().map(|(at, _)| *at).collect()
}

/// A log in a folder of its own.
struct Stage {
    folder: tempfile::TempDir,
    log: Arc<dyn Log>,
    runtime: tokio::runtime::Runtime,
}

impl Stage {
    fn new() -> Stage {
        let folder = tempfile::tempdir().expect("a folder");
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().expect("one");
        let log = runtime.block_on(log::open(&format!("embedded:{}/log", folder.path().display()))).expect("opens");
        Stage { folder, log, runtime }
    }

    fn with(payloads: impl IntoIterator<Item = Vec<u8>>) -> Stage {
        let stage = Stage::new();
        stage.append("c-001", payloads);
        stage
    }

    fn append(&self, key: &str, payloads: impl IntoIterator<Item = Vec<u8>>) {
        for payload in payloads {
            self.runtime.block_on(self.log.append(vec![Record::new(Topic::Segments, key, payload)])).expect("appended");
        }
    }

    fn hub(&self, until: Until) -> Arc<Hub> {
        let config = HubConfig { settle: Duration::from_millis(30), ..HubConfig::new(Start::Beginning, until) };
        Arc::new(self.runtime.block_on(Hub::open(self.log.clone(), config)).expect("opens"))
    }

    fn store(&self) -> EvidenceReader {
        EvidenceReader::open(self.folder.path().to_str().expect("UTF-8")).expect("a store")
    }

    fn opener(&self, hub: &Arc<Hub>, wanted: Wanted) -> Arc<dyn Opener> {
        Arc::new(hub.opener(&wanted, Some(self.store()), Arc::new(SystemClock::default())).expect("a place"))
    }

    /// What a camera sees from a position on, to where the topic ends now.
    fn play(&self, from: Option<SegmentPosition>, after: Option<EventTime>) -> (Samples, Health) {
        let wanted = Wanted { key: "c-001".into(), from };
        let hub = self.hub(Until::End);
        let mut config = fed();
        config.after = after;
        all(start(config, self.opener(&hub, wanted)))
    }
}

/// A camera that is fed from segments, read as the recording is.
fn fed() -> FeedConfig {
    let mut config = config(std::path::Path::new("segments:"));
    config.start = None;
    config
}

#[test]
fn a_recorded_camera_gives_the_samples_of_the_recording_whether_in_gops_or_in_parts() {
    let wanted = direct();
    for limits in [GOPS, PARTS] {
        let stage = Stage::with(segments(1, 0, limits).iter().map(message));
        let (samples, health) = stage.play(None, None);
        assert_eq!((times(&samples), health), (wanted.clone(), Health::Ended));
    }
}

#[test]
fn whatever_else_is_sent_loses_only_itself() {
    let good = segments(1, 0, GOPS);
    let mut records: Vec<Vec<u8>> = good.iter().map(message).collect();
    let broken = |change: fn(&mut Segment)| {
        let mut segment = good[1].clone();
        (segment.session, segment.sequence) = (uuid::Uuid::from_u128(9), 77);
        change(&mut segment);
        message(&segment)
    };
    let another = |video: &[u8]| {
        let segment = Segment { bytes: video.len() as u64, sha256: sha256(video), ..good[1].clone() };
        message(&segment.with_data(video))
    };
    let hostile = [
        b"no JSON".to_vec(),
        Vec::new(),
        br#"{"specversion":"1.0","id":"1","source":"/x","type":"t","data":{}}"#.to_vec(),
        broken(|s| s.camera = "another".into()),
        broken(|s| s.sha256 = "0".repeat(64)),
        broken(|s| s.data = Some("%%%".into())),
        broken(|s| s.packets = u32::MAX),
        broken(|s| s.packets += 1),
        broken(|s| s.duration_ms = u64::MAX),
        broken(|s| s.bytes = u64::MAX),
        broken(|s| s.keyframe = false),
        broken(|s| s.start = s.start.with_time(EventTime(i64::MAX))),
        broken(|s| (s.data, s.uri) = (None, Some("file:///etc/passwd".into()))),
        broken(|s| (s.data, s.uri) = (None, None)),
        another(b"not a container"),
        message(&good[0]),
    ];
    // Between the second and the third, where they would do most harm.
    records.splice(2..2, hostile);
    let stage = Stage::with(records);
    stage.append("nobody", [b"of a camera that is not ours".to_vec()]);
    let (samples, _) = stage.play(None, None);
    assert_eq!(times(&samples), direct());
}

/// Why a segment is left out on the way from the topic to packets; `None` when it is not.
fn reason(key: &str, payload: Vec<u8>) -> Option<SkipReason> {
    let runtime = tokio::runtime::Builder::new_current_thread().build().expect("one");
    let position = log::Position { topic: Topic::Segments, partition: 0, offset: 0 };
    let (time, headers) = (examples::EIGHT, Vec::new());
    let record = log::Stored { position, time, key: key.to_owned(), payload: Some(payload.into()), headers };
    let looked = || {
        let segment = read::message(&record, examples::EIGHT)?;
        super::order::Order::default().judge(&segment)?;
        let video = runtime.block_on(read::video(&segment, None)).expect("there is no store to be away")?;
        read::packets(&segment, video)
    };
    looked().err().map(|skipped: read::Skipped| skipped.reason)
}

#[test]
fn what_is_left_out_is_counted_by_its_reason() {
    let good = &segments(1, 0, GOPS)[0];
    let with = |change: fn(&mut Segment)| {
        let mut segment = good.clone();
        change(&mut segment);
        message(&segment)
    };
    let of = |video: &[u8]| {
        let segment = Segment { bytes: video.len() as u64, sha256: sha256(video), ..good.clone() };
        message(&segment.with_data(video))
    };
    assert_eq!(reason("c-001", message(good)), None);
    for (payload, wanted) in [
        (b"no JSON".to_vec(), SkipReason::Unreadable),
        (with(|s| s.data = None), SkipReason::Unreadable),
        (with(|s| s.data = Some("%".into())), SkipReason::Unreadable),
        (with(|s| s.camera = "c-002".into()), SkipReason::OtherCamera),
        (with(|s| s.bytes = u64::MAX), SkipReason::TooLarge),
        (with(|s| s.duration_ms = u64::MAX), SkipReason::TooLarge),
        (vec![b' '; log::MAX_RECORD_BYTES + 1], SkipReason::TooLarge),
        (with(|s| s.sha256 = "0".repeat(64)), SkipReason::Damaged),
        (of(b"not a container"), SkipReason::Damaged),
        (with(|s| s.packets += 1), SkipReason::Contradictory),
        (with(|s| s.start = s.start.with_time(EventTime(i64::MAX))), SkipReason::Future),
        (with(|s| s.keyframe = false), SkipReason::NoKeyframe),
        (with(|s| (s.data, s.uri) = (None, Some("file:///etc/passwd".into()))), SkipReason::Missing),
    ] {
        assert_eq!(reason("c-001", payload), Some(wanted));
    }
    let codec = super::container::ContainerError::Codec("none");
    assert_eq!(read::Skipped::from(codec).reason, SkipReason::UnknownCodec);
}

#[test]
fn segments_sent_again_out_of_order_or_by_a_second_recorder_change_nothing() {
    let (first, second) = (segments(1, 0, GOPS), segments(2, 0, GOPS));
    let sent = [&first[0], &first[1], &first[0], &second[1], &first[1], &first[2], &first[1], &first[3], &second[3]];
    let stage = Stage::with(sent.map(message));
    let (samples, _) = stage.play(None, None);
    assert_eq!(times(&samples), direct());
}

#[test]
fn a_missing_segment_costs_its_own_pictures_and_parts_without_their_beginning_cost_theirs() {
    let wanted = direct();
    let gops = segments(1, 0, GOPS);
    let (samples, _) = Stage::with([&gops[0], &gops[2], &gops[3]].map(message)).play(None, None);
    let lost = |at: &EventTime| (1_000..2_000).contains(&at.since(examples::EIGHT));
    assert!(times(&samples).iter().all(|at| !lost(at)), "{samples:?}");
    assert!(samples.len() >= wanted.iter().filter(|at| !lost(at)).count() - 1, "{samples:?} of {wanted:?}");
    let parts = segments(1, 0, PARTS);
    let broken: Vec<_> = parts.iter().enumerate().filter(|(n, _)| *n != 1).map(|(_, s)| message(s)).collect();
    let (samples, _) = Stage::with(broken).play(None, None);
    assert_eq!(samples.last().map(|(at, _)| *at), wanted.last().copied());
}

#[test]
fn a_worker_that_goes_on_from_any_position_sees_what_is_left_and_nothing_twice() {
    for limits in [GOPS, PARTS] {
        let stage = Stage::with(segments(1, 0, limits).iter().map(message));
        let (whole, _) = stage.play(None, None);
        for (seen, (at, position)) in whole.iter().enumerate() {
            let (rest, _) = stage.play(*position, Some(*at));
            assert!(times(&rest).iter().all(|rest| rest > at), "again: {rest:?} after {at:?}");
            let left = whole.len() - seen - 1;
            // Which pictures are sampled may shift by one; how long they go on may not.
            assert!(rest.len().abs_diff(left) <= 1, "{rest:?} after {at:?} of {whole:?}");
            if left > 0 {
                let end = |samples: &Samples| samples.last().map_or(0, |(at, _)| at.0);
                assert!((end(&rest) - end(&whole)).abs() <= 400, "{rest:?} of {whole:?}");
            }
        }
    }
}

#[test]
fn a_camera_that_follows_is_given_what_comes_and_nothing_of_it_waits_for_a_reconnect() {
    let stage = Stage::new();
    let sent = segments(1, 0, GOPS);
    let wanted = Wanted { key: "c-001".into(), from: None };
    let hub = stage.hub(Until::Stopped);
    let mut config = fed();
    config.pace = Pace::Kept;
    let mut feed = start(config, stage.opener(&hub, wanted));
    let mut got = Vec::new();
    for segment in &sent {
        stage.append("c-001", [message(segment)]);
        loop {
            match feed.next(Duration::from_secs(20)) {
                FeedEvent::Sample(sample) => {
                    got.push(sample.at);
                    break;
                }
                FeedEvent::Idle | FeedEvent::Ended => panic!("no sample of a segment in 20 s"),
                _ => {}
            }
        }
    }
    assert!(got.len() == sent.len() && got.is_sorted(), "{got:?}");
    assert!(feed.health().health == Health::Online);
    feed.stop();
}

#[test]
fn a_large_segment_comes_from_the_store_and_one_that_is_not_there_loses_only_itself() {
    let sent = segments(1, 0, GOPS);
    let stage = Stage::new();
    let stored = |segment: &Segment, name: &str| {
        let Ok(crate::payload::Body::Inline(video)) = segment.body() else { panic!("inline") };
        let path = stage.folder.path().join(name);
        std::fs::write(&path, video).expect("written");
        segment.clone().with_uri(url::Url::from_file_path(path.canonicalize().expect("there")).expect("a path").into())
    };
    let mut records: Vec<_> = sent.iter().enumerate().map(|(n, s)| stored(s, &format!("{n}.mp4"))).collect();
    std::fs::remove_file(stage.folder.path().join("0.mp4")).expect("there");
    // Another's bytes under a name that is right.
    std::fs::copy(stage.folder.path().join("2.mp4"), stage.folder.path().join("3.mp4")).expect("copied");
    records.push(records[1].clone());
    stage.append("c-001", records.iter().map(message));
    let (samples, _) = stage.play(None, None);
    let seconds: Vec<i64> = times(&samples).iter().map(|at| at.since(examples::EIGHT) / 1000).collect();
    assert!(seconds.contains(&1) && seconds.contains(&2), "{seconds:?}");
    assert!(seconds.iter().all(|second| (1..3).contains(second)), "{seconds:?}");
}

#[test]
fn a_camera_of_which_the_topic_holds_nothing_fails_a_replay_with_a_word() {
    let stage = Stage::with([]);
    let (samples, health) = stage.play(None, None);
    assert!(samples.is_empty() && matches!(health, Health::Failed { .. }), "{health:?}");
}

#[test]
fn cameras_that_come_while_the_reader_is_far_ahead_see_everything_all_the_same() {
    let stage = Stage::with(segments(1, 0, GOPS).iter().map(message));
    let hub = stage.hub(Until::Stopped);
    let wanted = || Wanted { key: "c-001".into(), from: None };
    let mut seen = Vec::new();
    let mut feeds = Vec::new();
    for _ in 0..2 {
        let mut config = fed();
        config.pace = Pace::Kept;
        let mut feed = start(config, stage.opener(&hub, wanted()));
        let mut times = Vec::new();
        while times.len() + 1 < direct().len() {
            match feed.next(Duration::from_secs(20)) {
                FeedEvent::Sample(sample) => times.push(sample.at),
                FeedEvent::Idle | FeedEvent::Ended => panic!("only {times:?}"),
                _ => {}
            }
        }
        seen.push(times);
        feeds.push(feed);
    }
    assert_eq!(seen[0], seen[1]);
}

#[test]
fn when_segments_stop_the_camera_is_stalled_and_with_the_next_picture_it_is_online() {
    let stage = Stage::with([message(&segments(1, 0, GOPS)[0])]);
    let hub = stage.hub(Until::Stopped);
    let mut config = fed();
    (config.pace, config.sample, config.stall.least) =
        (Pace::Kept, Duration::from_millis(200), Duration::from_millis(700));
    let mut feed = start(config, stage.opener(&hub, Wanted { key: "c-001".into(), from: None }));
    let mut until = |wanted: Health| loop {
        match feed.next(Duration::from_secs(20)) {
            FeedEvent::Health(report) if report.health == wanted => break,
            FeedEvent::Health(report) => {
                assert!(!matches!(report.health, Health::Reconnecting { .. }), "there is nothing to connect to");
            }
            FeedEvent::Idle | FeedEvent::Ended => panic!("never {wanted:?}"),
            _ => {}
        }
    };
    until(Health::Online);
    until(Health::Stalled);
    stage.append("c-001", [message(&segments(2, 10_000, GOPS)[0])]);
    until(Health::Online);
}
