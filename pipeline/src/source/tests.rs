//! The whole way, with FFmpeg and files, and with scripted cameras on a simulated clock.

use super::testing::{Script, Step, file, tiny};
use super::*;
use crate::clock::{Clock, SimulatedClock, SystemClock};
use operators::vocabulary::EventTime;
use std::sync::Arc;
use std::time::Duration;

const START: i64 = 1_780_000_000_000;

fn config(url: &str) -> FeedConfig {
    let mut config = FeedConfig::new("c-1", url);
    config.start = Some(EventTime(START));
    config
}

fn replay(mut config: FeedConfig, mut at_sample: impl FnMut(&Feed, &Sample)) -> Vec<FeedEvent> {
    config.pace = Pace::AsFast;
    let clock = Arc::new(SystemClock::default());
    let mut feed = Feed::start(config, Arc::new(FfmpegOpener), clock).expect("a thread");
    let mut events = Vec::new();
    loop {
        match feed.next(Duration::from_secs(20)) {
            FeedEvent::Ended => break,
            FeedEvent::Sample(sample) => {
                at_sample(&feed, &sample);
                events.push(FeedEvent::Sample(sample));
            }
            event => events.push(event),
        }
    }
    feed.stop();
    events
}

/// Event time of the samples, from the start.
fn times(events: &[FeedEvent], burst: bool) -> Vec<i64> {
    let samples = events.iter().filter_map(|event| match event {
        FeedEvent::Sample(sample) if sample.burst == burst => Some(sample.at.0 - START),
        _ => None,
    });
    samples.collect()
}

fn healths(events: &[FeedEvent]) -> Vec<&'static str> {
    let healths = events.iter().filter_map(|event| match event {
        FeedEvent::Health(report) => Some(report.health.as_str()),
        _ => None,
    });
    healths.collect()
}

#[test]
fn a_file_played_by_the_clock_shows_at_each_moment_what_the_clock_says() {
    let tiny = tiny();
    let clock = Arc::new(SystemClock::default());
    let mut config = config(tiny.path().to_str().expect("UTF-8"));
    (config.repeat, config.by_the_clock, config.sample) = (true, true, Duration::from_millis(100));
    // Some thousand passes ago, and in the middle of one.
    config.start = Some(clock.now().plus(-7_654_321));
    let mut feed = Feed::start(config, Arc::new(FfmpegOpener), clock.clone()).expect("a thread");
    let mut seen = Vec::new();
    while seen.len() < 5 {
        match feed.next(Duration::from_secs(20)) {
            FeedEvent::Sample(sample) => seen.push((sample.at, clock.now())),
            FeedEvent::Ended => panic!("it repeats"),
            _ => {}
        }
    }
    feed.stop();
    assert!(seen.windows(2).all(|pair| pair[0].0 < pair[1].0), "{seen:?}");
    // Behind by a busy machine at most, and never ahead of the clock by more than a picture.
    assert!(seen.iter().all(|(at, now)| (-200..2_500).contains(&now.since(*at))), "{seen:?}");
}

#[test]
fn a_file_becomes_samples_at_its_own_times() {
    let tiny = tiny();
    let events = replay(config(tiny.path().to_str().expect("UTF-8")), |_, sample| {
        let planes = sample.frame.planes();
        assert_eq!((planes.width, planes.height), (64, 48));
    });
    assert_eq!(times(&events, false), [0, 1_000, 2_000, 3_000]);
    assert_eq!(healths(&events), ["online", "ended"]);
}

#[test]
fn a_recording_of_a_picture_each_half_hour_comes_out_at_its_own_times() {
    // Two hours are missing from it, as at night.
    let sparse = file(include_bytes!("testdata/sparse.mp4"));
    let mut config = config(sparse.path().to_str().expect("UTF-8"));
    config.sample = Duration::from_secs(1_800);
    let minutes: Vec<i64> = times(&replay(config, |_, _| {}), false).iter().map(|ms| ms / 60_000).collect();
    assert_eq!(minutes, [0, 30, 60, 180, 210]);
}

#[test]
fn pictures_between_keyframes_come_out_in_order() {
    let tiny = tiny();
    let mut config = config(tiny.path().to_str().expect("UTF-8"));
    config.sample = Duration::from_millis(400);
    let times = times(&replay(config, |_, _| {}), false);
    assert!(times.windows(2).all(|pair| (200..=800).contains(&(pair[1] - pair[0]))), "{times:?}");
    assert!(times.len() >= 9, "{times:?}");
}

#[test]
fn a_replay_gives_the_same_pictures_and_clips_every_time() {
    let tiny = tiny();
    let run = || {
        let mut clips = Vec::new();
        let events = replay(config(tiny.path().to_str().expect("UTF-8")), |feed, sample| {
            if sample.at.0 == START + 1_000 {
                feed.burst(EventTime(START + 2_500));
            }
            if sample.at.0 == START + 3_000 {
                let clip = feed.clip(EventTime(START + 1_200), EventTime(START + 2_800)).expect("held");
                clips.push((clip.packets.len(), clip.first, clip.last, clip.complete));
            }
        });
        (times(&events, false), times(&events, true), clips)
    };
    let first = run();
    assert_eq!(first.0, [0, 1_000, 2_000, 3_000]);
    assert!(first.1.len() >= 5, "burst pictures: {:?}", first.1);
    assert_eq!((first.2[0].1.0 - START, first.2[0].2.0 - START, first.2[0].3), (1_000, 2_800, true));
    for _ in 0..5 {
        assert_eq!(run(), first);
    }
}

#[test]
fn a_repeated_file_goes_on_in_event_time_and_is_paced_by_the_clock() {
    let tiny = tiny();
    let mut config = config(tiny.path().to_str().expect("UTF-8"));
    config.repeat = true;
    config.queue = 100;
    let clock = Arc::new(SimulatedClock::starting_at(EventTime(START)));
    let (mut reader, mut feed) = Feed::assemble(config, Arc::new(FfmpegOpener), Arc::clone(&clock) as Arc<_>);
    let address = Address::parse(tiny.path().to_str().expect("UTF-8")).expect("a path");
    for _ in 0..3 {
        reader.run_once(&address, EventTime(START));
    }
    let mut at = Vec::new();
    loop {
        match feed.next(Duration::ZERO) {
            FeedEvent::Sample(sample) => at.push(sample.at.0 - START),
            FeedEvent::Idle => break,
            _ => {}
        }
    }
    assert_eq!(at.len(), 12);
    assert!(at.windows(2).all(|pair| (800..=1_200).contains(&(pair[1] - pair[0]))), "{at:?}");
    let elapsed = crate::clock::Clock::monotonic(&*clock).as_secs_f64();
    assert!((10.0..13.0).contains(&elapsed), "three passes of 4 s took {elapsed} s");
}

#[test]
fn a_camera_that_hangs_up_is_called_again_with_growing_waits() {
    let flapping = (0..8).map(|_| Ok(vec![Step::Pictures(10), Step::Hangs])).collect();
    let (events, opened) = Script::play(config("rtsp://cam/1"), flapping);
    let waits: Vec<f64> = opened.windows(2).map(|pair| (pair[1] - pair[0]).as_secs_f64() - 2.0).collect();
    // Two seconds of pictures are no recovery: the waits go on growing.
    assert!(waits[6] >= 32.0 && waits[0] <= 1.01, "{waits:?}");
    let attempts: Vec<u32> = events
        .iter()
        .filter_map(|event| match event {
            FeedEvent::Health(HealthReport { health: Health::Reconnecting { attempt, .. }, .. }) => Some(*attempt),
            _ => None,
        })
        .collect();
    assert_eq!(attempts, (1..=8).collect::<Vec<_>>());
    let all: Vec<i64> = times(&events, false);
    assert!(all.windows(2).all(|pair| pair[1] > pair[0]), "event time never goes back");
}

#[test]
fn after_half_a_minute_of_pictures_the_waits_begin_again() {
    let script = vec![
        Err(Reason::Refused),
        Err(Reason::Refused),
        Err(Reason::Refused),
        Err(Reason::Refused),
        Ok(vec![Step::Pictures(200), Step::Hangs]),
        Ok(vec![Step::Pictures(5), Step::Hangs]),
    ];
    let (_, opened) = Script::play(config("rtsp://cam/1"), script);
    let wait = (opened[5] - opened[4]).as_secs_f64() - 40.0;
    assert!(wait <= 1.01, "waited {wait} s after a good connection");
}

#[test]
fn a_wrong_password_is_not_tried_again_within_a_minute() {
    let (events, opened) = Script::play(config("rtsp://cam/1"), vec![Err(Reason::WrongPassword)]);
    assert!(opened[1] - opened[0] >= Duration::from_secs(60));
    assert!(healths(&events).contains(&"reconnecting"));
}

#[test]
fn silence_is_told_as_stalled_and_left() {
    let script = vec![Ok(vec![Step::Pictures(50), Step::Silence]), Ok(vec![Step::Pictures(50), Step::Hangs])];
    let (events, _) = Script::play(config("rtsp://cam/1"), script);
    let told = healths(&events);
    let expected = ["online", "stalled", "reconnecting", "connecting", "online", "reconnecting", "connecting"];
    assert_eq!(told, expected);
}

#[test]
fn what_cannot_be_decoded_never_looks_online_and_gives_no_sample() {
    for step in [Step::Rubbish(100), Step::Damaged(100)] {
        let (events, _) = Script::play(config("rtsp://cam/1"), vec![Ok(vec![step, Step::Hangs])]);
        assert!(times(&events, false).is_empty(), "{step:?}");
        assert_eq!(healths(&events), ["corrupt", "reconnecting", "connecting"], "{step:?}");
    }
}

#[test]
fn after_damage_pictures_come_again_from_the_next_keyframe_on() {
    let steps = vec![Step::Pictures(25), Step::Damaged(3), Step::Pictures(50), Step::Hangs];
    let mut config = config("rtsp://cam/1");
    config.sample = Duration::from_millis(200);
    config.queue = 50;
    let (events, _) = Script::play(config, vec![Ok(steps)]);
    let all = times(&events, false);
    let gap = all.windows(2).map(|pair| pair[1] - pair[0]).max().expect("samples");
    // The rest of the damaged GOP is missing, and no more.
    assert!((1_000..=1_600).contains(&gap), "largest gap {gap} in {all:?}");
}

#[test]
fn what_is_no_video_is_refused_with_the_reason() {
    let folder = tempfile::tempdir().expect("a folder");
    let text = file(b"Dear reader, this is a text file.\n".repeat(50).as_slice());
    let cut = file(&include_bytes!("testdata/tiny.mp4")[..2_000]);
    let empty = file(b"");
    let cases = [
        (text.path(), Reason::NotMedia),
        (cut.path(), Reason::Truncated),
        (empty.path(), Reason::NotMedia),
        (folder.path(), Reason::NotMedia),
        (&folder.path().join("none.mp4"), Reason::NotFound),
    ];
    for (path, reason) in cases {
        let path = path.to_str().expect("UTF-8");
        let error = probe(path, Duration::from_secs(5)).expect_err("must be refused");
        assert_eq!(error.reason, reason, "{error}");
        let events = replay(config(path), |_, _| {});
        assert_eq!(healths(&events), ["failed"], "{error}");
    }
}

#[test]
fn a_probe_tells_what_a_file_is() {
    let tiny = tiny();
    let probed = probe(tiny.path().to_str().expect("UTF-8"), Duration::from_secs(5)).expect("a video");
    assert_eq!((probed.size, probed.info.format.codec(), probed.info.recorded), ((64, 48), "h264", true));
}

#[test]
fn keyframes_are_counted_on_the_way_samples_take() {
    assert_eq!(decode_keyframes(tiny().path(), Duration::from_secs(1)).expect("readable"), 4);
}

#[test]
fn asking_for_the_gpus_decoder_gives_the_same_pictures_and_says_what_decoded_them() {
    let recorder = metrics_exporter_prometheus::PrometheusBuilder::new().build_recorder();
    let handle = recorder.handle();
    let file = tiny();
    let play = |decode| {
        let mut config = config(file.path().to_str().expect("UTF-8"));
        config.decode = decode;
        times(&replay(config, |_, _| {}), false)
    };
    // Decoding happens on the thread that asks.
    let (wanted, found) = metrics::with_local_recorder(&recorder, || (play(DecodeOn::Cpu), play(DecodeOn::Cuda)));
    assert!(!wanted.is_empty() && wanted == found, "{wanted:?}, {found:?}");
    let (on, why) = decoding_on(DecodeOn::Cuda);
    let told = handle.render();
    assert!(told.contains(&format!("streetwatch_decoded_total{{on=\"{on}\"}}")), "{told}");
    assert_eq!(told.contains("streetwatch_decode_fallback_total{reason=\"no_device\"}"), why.is_some(), "{told}");
}
