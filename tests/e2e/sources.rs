//! Sources for real: RTSP from a GStreamer server on loopback, HTTP, HLS, and bad files.

use operators::vocabulary::EventTime;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};
use streetwatch::clock::SystemClock;
use streetwatch::source::*;
use streetwatch_tests::media::{self, Clip};
use streetwatch_tests::rtsp::{self, Login, RtspServer};

/// Limits a test can wait for.
fn config(url: &str) -> FeedConfig {
    let mut config = FeedConfig::new("c-1", url);
    config.open_timeout = Duration::from_secs(5);
    let stall = Duration::from_secs(2);
    config.stall = StallLimits { least: stall, gaps: 5, first: stall * 2, most: Duration::from_secs(10) };
    config.backoff = BackoffLimits {
        first: Duration::from_millis(200),
        longest: Duration::from_secs(1),
        ..BackoffLimits::default()
    };
    config
}

fn start(config: FeedConfig) -> Feed {
    Feed::start(config, Arc::new(FfmpegOpener), Arc::new(SystemClock::default())).expect("a thread")
}

/// Events until one is `wanted`, which is the last.
fn until(feed: &mut Feed, what: &str, wanted: impl Fn(&FeedEvent) -> bool) -> Vec<FeedEvent> {
    let deadline = Instant::now() + Duration::from_secs(30);
    let mut events = Vec::new();
    while Instant::now() < deadline {
        match feed.next(Duration::from_millis(500)) {
            FeedEvent::Idle => {}
            event => {
                let found = wanted(&event);
                let ended = matches!(event, FeedEvent::Ended);
                events.push(event);
                if found {
                    return events;
                }
                assert!(!ended, "ended before {what}: {events:?}");
            }
        }
    }
    panic!("no {what} in time: {events:?}");
}

fn is(event: &FeedEvent, health: &str) -> bool {
    matches!(event, FeedEvent::Health(report) if report.health.as_str() == health)
}

fn is_sample(event: &FeedEvent) -> bool {
    matches!(event, FeedEvent::Sample(_))
}

fn elementary(folder: &Path) -> (std::path::PathBuf, std::path::PathBuf) {
    let h264 = Clip::default().make(folder, "a.h264");
    let h265 = Clip { encoder: "libx265", ..Clip::default() }.make(folder, "b.h265");
    (h264, h265)
}

#[test]
fn rtsp_gives_pictures_over_tcp_and_udp_and_is_told_goodbye() {
    if !media::available() || !rtsp::available() {
        return;
    }
    let folder = tempfile::tempdir().expect("a folder");
    let (h264, h265) = elementary(folder.path());
    let server = RtspServer::start(&[("avc", &h264), ("hevc", &h265), ("udp", &h264)], None);
    for (name, transport) in [("avc", Transport::Tcp), ("hevc", Transport::Tcp), ("udp", Transport::Udp)] {
        let mut feed = start(FeedConfig { transport, ..config(&server.url(name)) });
        let mut times = Vec::new();
        while times.len() < 3 {
            let events = until(&mut feed, "sample", is_sample);
            let Some(FeedEvent::Sample(sample)) = events.last() else { unreachable!("the last is the sample") };
            assert_eq!((sample.frame.width(), sample.frame.height()), (320, 240), "{name}");
            times.push(sample.at);
        }
        assert!(times.windows(2).all(|pair| (500..=1_500).contains(&pair[1].since(pair[0]))), "{name}: {times:?}");
        assert_eq!(feed.health().health, Health::Online, "{name}");
        let clip = feed.clip(times[0], times[2]).expect("held");
        assert!(clip.packets[0].is_key() && clip.packets.len() >= 20, "{name}: {clip:?}");
        feed.stop();
        assert!(server.says(&format!("teardown {name}"), Duration::from_secs(5)), "{name}: no TEARDOWN");
    }
}

#[test]
fn a_killed_server_is_found_again() {
    if !media::available() || !rtsp::available() {
        return;
    }
    let folder = tempfile::tempdir().expect("a folder");
    let (h264, _) = elementary(folder.path());
    let mut server = RtspServer::start(&[("avc", &h264)], None);
    let mut feed = start(config(&server.url("avc")));
    let mut last = EventTime(0);
    for round in 0..2 {
        until(&mut feed, "online", |event| is(event, "online"));
        server.kill();
        let lost = until(&mut feed, "refused", |event| {
            matches!(event, FeedEvent::Health(report)
                if matches!(report.health, Health::Reconnecting { reason: Reason::Refused, .. }))
        });
        for event in &lost {
            if let FeedEvent::Sample(sample) = event {
                assert!(sample.at > last, "round {round}: event time went back");
                last = sample.at;
            }
        }
        assert_ne!(feed.health().health, Health::Online);
        server.restart();
    }
    until(&mut feed, "online", |event| is(event, "online"));
    feed.stop();
}

#[test]
fn a_frozen_server_is_noticed_and_recovered_from() {
    if !media::available() || !rtsp::available() {
        return;
    }
    let folder = tempfile::tempdir().expect("a folder");
    let (h264, _) = elementary(folder.path());
    let server = RtspServer::start(&[("avc", &h264)], None);
    let mut feed = start(config(&server.url("avc")));
    until(&mut feed, "online", |event| is(event, "online"));
    server.freeze();
    let frozen = Instant::now();
    until(&mut feed, "stalled", |event| is(event, "stalled"));
    let noticed = frozen.elapsed();
    assert!(noticed < Duration::from_secs(8), "noticed after {noticed:?}");
    // Nothing may look well while it is frozen.
    while frozen.elapsed() < Duration::from_secs(12) {
        let event = feed.next(Duration::from_millis(500));
        assert!(!is(&event, "online") && !is_sample(&event), "{event:?} from a frozen server");
    }
    server.thaw();
    until(&mut feed, "online", |event| is(event, "online"));
    feed.stop();
}

#[test]
fn a_wrong_password_is_told_as_such_and_the_right_one_works() {
    if !media::available() || !rtsp::available() {
        return;
    }
    let folder = tempfile::tempdir().expect("a folder");
    let (h264, _) = elementary(folder.path());
    for digest in [false, true] {
        let login = Login { user: "viewer", password: "right horse", digest };
        let server = RtspServer::start(&[("avc", &h264)], Some(login));
        let good = probe(&server.url_as("avc", "viewer", "right%20horse"), Duration::from_secs(10)).expect("let in");
        assert_eq!(good.size, (320, 240));
        let error = probe(&server.url_as("avc", "viewer", "hunter2"), Duration::from_secs(10)).expect_err("kept out");
        assert_eq!((error.reason, error.fault()), (Reason::WrongPassword, Fault::User), "{error}");
        assert!(!error.to_string().contains("hunter2"), "{error}");
        let mut feed = start(config(&server.url_as("avc", "viewer", "hunter2")));
        let events = until(&mut feed, "reconnecting", |event| is(event, "reconnecting"));
        let Some(FeedEvent::Health(report)) = events.last() else { unreachable!("the last is the report") };
        let Health::Reconnecting { next_in, .. } = report.health else { unreachable!("it is reconnecting") };
        assert!(next_in >= Duration::from_secs(60), "again in {next_in:?}: accounts get locked");
        feed.stop();
        let missing = probe(&server.url_as("none", "viewer", "right%20horse"), Duration::from_secs(10));
        assert_eq!(missing.expect_err("no such stream").reason, Reason::NotFound);
    }
}

#[test]
fn a_port_where_nobody_listens_is_refused() {
    // Bound and let go: free, most likely for the moment of the test.
    let port = std::net::TcpListener::bind("127.0.0.1:0").and_then(|l| l.local_addr()).expect("a port").port();
    let error = probe(&format!("rtsp://127.0.0.1:{port}/a"), Duration::from_secs(5)).expect_err("nobody there");
    assert_eq!((error.reason, error.fault()), (Reason::Refused, Fault::Outside), "{error}");
}

#[test]
fn a_server_that_accepts_and_says_nothing_is_left_in_time() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let url = format!("rtsp://{}/a", listener.local_addr().expect("bound"));
    let begun = Instant::now();
    let error = probe(&url, Duration::from_secs(1)).expect_err("silent");
    assert_eq!(error.reason, Reason::Timeout, "{error}");
    assert!(begun.elapsed() < Duration::from_secs(5));
}

#[test]
fn files_over_http_and_hls_give_pictures() {
    if !media::available() {
        return;
    }
    let folder = tempfile::tempdir().expect("a folder");
    let mp4 = Clip::default().make(folder.path(), "a.mp4");
    let mp4 = mp4.to_str().expect("UTF-8");
    media::ffmpeg(folder.path(), &["-i", mp4, "-c", "copy"], "a.flv");
    let hls = ["-i", mp4, "-c", "copy", "-hls_time", "1", "-hls_list_size", "0", "-f", "hls"];
    media::ffmpeg(folder.path(), &hls, "a.m3u8");
    let base = serve(folder.path().to_owned());
    for name in ["a.mp4", "a.flv", "a.m3u8"] {
        let mut config = config(&format!("{base}/{name}"));
        config.pace = Pace::AsFast;
        let mut feed = start(config);
        let mut samples = 0;
        loop {
            match feed.next(Duration::from_secs(10)) {
                FeedEvent::Sample(_) => samples += 1,
                FeedEvent::Ended => break,
                FeedEvent::Idle => panic!("{name} hangs"),
                _ => {}
            }
        }
        assert_eq!(samples, 4, "{name}");
    }
    let error = probe(&format!("{base}/none.mp4"), Duration::from_secs(5)).expect_err("not there");
    assert_eq!(error.reason, Reason::NotFound, "{error}");
}

/// Serves a folder over HTTP on loopback for as long as the test process lives.
fn serve(folder: std::path::PathBuf) -> String {
    use std::io::{BufRead, BufReader, Write};
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let base = format!("http://{}", listener.local_addr().expect("bound"));
    std::thread::spawn(move || {
        for mut stream in listener.incoming().flatten() {
            let folder = folder.clone();
            std::thread::spawn(move || {
                let mut lines = BufReader::new(stream.try_clone().expect("a socket")).lines().map_while(Result::ok);
                let request = lines.next().unwrap_or_default();
                lines.take_while(|line| !line.is_empty()).for_each(drop);
                let name = request.split(' ').nth(1).unwrap_or("/").trim_start_matches('/');
                let (status, body) = match std::fs::read(folder.join(name)) {
                    Ok(body) => ("200 OK", body),
                    Err(_) => ("404 Not Found", Vec::new()),
                };
                let head = format!("HTTP/1.1 {status}\r\nContent-Length: {}\r\nConnection: close\r\n\r\n", body.len());
                let _ = stream.write_all(head.as_bytes()).and_then(|()| stream.write_all(&body));
            });
        }
    });
    base
}

/// All that a replay of a file gives.
fn replay(path: &Path) -> Vec<FeedEvent> {
    let mut config = config(path.to_str().expect("UTF-8"));
    config.pace = Pace::AsFast;
    config.start = Some(EventTime(0));
    let mut feed = start(config);
    until(&mut feed, "end", |event| matches!(event, FeedEvent::Ended))
}

fn samples(events: &[FeedEvent]) -> Vec<(i64, usize)> {
    let samples = events.iter().filter_map(|event| match event {
        FeedEvent::Sample(sample) => Some((sample.at.0, sample.frame.width())),
        _ => None,
    });
    samples.collect()
}

fn last_report(events: &[FeedEvent]) -> &HealthReport {
    let report = events.iter().rev().find_map(|event| match event {
        FeedEvent::Health(report) => Some(report),
        _ => None,
    });
    report.expect("a report")
}

#[test]
fn bad_files_say_what_is_wrong() {
    if !media::available() {
        return;
    }
    let folder = tempfile::tempdir().expect("a folder");
    let sound = media::audio_only(folder.path());
    let error = probe(sound.to_str().expect("UTF-8"), Duration::from_secs(5)).expect_err("no pictures");
    assert_eq!(error.reason, Reason::NoVideo, "{error}");

    let whole = Clip { seconds: 8, ..Clip::default() }.make(folder.path(), "whole.mp4");
    let events = replay(&media::truncated(&whole, 0.6));
    let got = samples(&events).len();
    assert!((3..8).contains(&got), "{got} samples of the first 60 %");
    let report = last_report(&events);
    assert_eq!(report.health, Health::Ended);
    assert!(report.reason.contains("cut off"), "{report:?}");
}

#[test]
fn a_change_of_resolution_is_told_and_splits_clips() {
    if !media::available() {
        return;
    }
    let folder = tempfile::tempdir().expect("a folder");
    let path = media::resolution_change(folder.path(), 4);
    let mut config = config(path.to_str().expect("UTF-8"));
    config.pace = Pace::AsFast;
    config.start = Some(EventTime(0));
    let mut feed = start(config);
    let events = until(&mut feed, "the new size", |event| matches!(event, FeedEvent::Resized { .. }));
    let Some(FeedEvent::Resized { at, from, to }) = events.last() else { unreachable!("the last is the change") };
    assert_eq!((*from, *to), ((320, 240), (640, 360)));
    until(&mut feed, "end", |event| matches!(event, FeedEvent::Ended));
    let before = feed.clip(EventTime(1_000), at.plus(500)).expect("held");
    let after = feed.clip(at.plus(-500), at.plus(2_500)).expect("held");
    assert!(before.last < *at && !before.complete, "{before:?}");
    assert!(after.first >= *at && !after.complete, "{after:?}");
    assert_ne!(size(&before.parameters), size(&after.parameters));
    assert_eq!(size(&after.parameters), (640, 360));
}

fn size(parameters: &ffmpeg_next::codec::Parameters) -> (i32, i32) {
    // SAFETY: plain reads of parameters that are alive.
    unsafe { ((*parameters.as_ptr()).width, (*parameters.as_ptr()).height) }
}

#[test]
fn damaged_bytes_give_no_picture_of_their_gop_and_the_next_is_clean() {
    if !media::available() {
        return;
    }
    let folder = tempfile::tempdir().expect("a folder");
    for (encoder, name) in [("libx264", "a.ts"), ("libx265", "b.ts")] {
        let clip = Clip { seconds: 10, size: (640, 360), encoder, ..Clip::default() };
        let path = clip.make(folder.path(), name);
        let clean = samples(&replay(&path)).len();
        assert_eq!(clean, 10, "{name}");
        let mut bytes = std::fs::read(&path).expect("read");
        let third = bytes.len() / 3;
        // A fifth of the file: whole transport packets get lost and others garbled.
        for (n, byte) in bytes[third..third + third / 2].iter_mut().enumerate() {
            if n % 97 == 0 {
                *byte = byte.wrapping_add(13);
            }
        }
        std::fs::write(&path, bytes).expect("write");
        let events = replay(&path);
        let left = samples(&events).len();
        assert!((4..10).contains(&left), "{name}: {left} pictures of a damaged file");
        assert_eq!(last_report(&events).health, Health::Ended, "{name}");
    }
}

#[test]
fn real_footage_gives_a_picture_a_second_whatever_its_keyframes() {
    let footage = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../../shared/data/footage"));
    // One keyframe in 8 s, and one each 2 s.
    for (name, pictures) in [("pedestrians.mp4", 9), ("residential-street.mp4", 38)] {
        let path = footage.join(name);
        if !path.exists() {
            eprintln!("skipped: no ../shared/data/footage/{name}");
            continue;
        }
        let times: Vec<i64> = samples(&replay(&path)).iter().map(|(at, _)| *at).collect();
        assert_eq!(times.len(), pictures, "{name}: {times:?}");
        assert!(times.windows(2).all(|pair| (800..=1_200).contains(&(pair[1] - pair[0]))), "{name}: {times:?}");
    }
}
