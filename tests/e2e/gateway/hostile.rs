//! Terminals that do not behave: bounded, counted, logged; and the others are served all the while.

use super::{embedded, gateway, port, times, today};
use std::net::TcpStream;
use std::time::{Duration, Instant};
use streetwatch::gateway::jt808::{AckResult, Edition, Header, Message, Part, frame};
use streetwatch_tests::terminal::{PATIENCE, Terminal, location};
use streetwatch_tests::workers::Worker;

const LINES: &str = "jt808 = \"127.0.0.1:0\"\nsessions = 300\nunauthenticated = 160\naccepts_per_second = 100\n\
    deadline = \"2s\"\nsilence = \"10s\"";
const REFUSED: &str = "streetwatch_gateway_frames_refused_total";
const CLOSED: &str = "streetwatch_gateway_sessions_closed_total";
const TURNED_AWAY: &str = "streetwatch_gateway_connections_refused_total";

/// Memory of the process, in MiB.
fn memory(gateway: &Worker) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{}/status", gateway.pid().expect("it runs"))).expect("Linux");
    let line = status.lines().find(|line| line.starts_with("VmRSS:")).expect("a line");
    line.split_whitespace().nth(1).and_then(|kb| kb.parse::<u64>().ok()).expect("a number") / 1024
}

#[test]
fn hostile_terminals_cost_themselves_only() {
    let folder = tempfile::tempdir().expect("a folder");
    let log = embedded(folder.path());
    let mut gateway = gateway(folder.path(), &log, LINES);
    let (port, at) = (port(&gateway), today());
    let mut good = Terminal::tcp(port, "13800138000", Edition::Y2013);
    good.join();
    let mut sent = 0;
    let mut serves = |good: &mut Terminal| {
        let serial = good.report(at.plus(1000 * sent));
        assert_eq!(good.acknowledged(serial, PATIENCE), Some(AckResult::Done));
        sent += 1;
    };
    serves(&mut good);
    let before = memory(&gateway);

    // No code: not taken, told so, and out after two seconds.
    let mut stranger = Terminal::tcp(port, "13800138001", Edition::Y2013);
    let serial = stranger.report(at);
    assert_eq!(stranger.acknowledged(serial, PATIENCE), Some(AckResult::Failed));
    assert_eq!(stranger.authenticate("0123456789abcdef0123456789abcdef"), AckResult::Failed);
    assert!(stranger.is_closed(PATIENCE));

    // In another's name.
    let mut thief = Terminal::tcp(port, "13800138002", Edition::Y2013);
    thief.join();
    thief.pretend("13800138000");
    thief.report(at.plus(999_000));
    assert!(thief.is_closed(PATIENCE));
    serves(&mut good);

    // A frame that never ends: 64 MiB of it, from a terminal that has shown its code.
    let mut endless = Terminal::tcp(port, "13800138003", Edition::Y2013);
    endless.join();
    let piece = vec![0x55u8; 1 << 20];
    for _ in 0..64 {
        endless.raw(&piece).expect("it is read");
    }
    // A message that says it has 65,535 parts, and a batch whose lengths say gigabytes.
    for index in 1..=60 {
        let header = Header { id: 0x0801, part: Some(Part { total: u16::MAX, index }), ..endless.header() };
        endless.raw(&frame(&header, &[0; 1023]).expect("fits")).expect("it is read");
    }
    let lying = [0xff, 0xff, 1, 0xff, 0xff, 0xff];
    endless.send(&Message::Other { id: 0x0704, body: lying.to_vec() });
    gateway.wait("the long frame's end", PATIENCE, |g| (g.metric(REFUSED, "too-long") >= 1.0).then_some(()));
    gateway.wait("the parts", PATIENCE, |g| (g.metric(REFUSED, "\"part\"") >= 60.0).then_some(()));
    gateway.wait("the batch", PATIENCE, |g| (g.metric(REFUSED, "short-body") >= 1.0).then_some(()));
    serves(&mut good);

    // Half a frame, then silence: before the code and after it.
    let (_, frames) = endless.frames(&Message::Location(location(at)));
    let mut half = Terminal::tcp(port, "13800138004", Edition::Y2013);
    half.raw(&frames[0][..20]).expect("connected");
    endless.raw(&frames[0][..20]).expect("connected");
    assert!(half.is_closed(PATIENCE));
    gateway.wait("the end of the silent one", Duration::from_secs(40), |g| {
        serves(&mut good);
        std::thread::sleep(Duration::from_millis(500));
        (g.metric(CLOSED, "silent") >= 1.0).then_some(())
    });

    // A thousand connections a second, five seconds long, each left open.
    let mut flood = Vec::new();
    let begun = Instant::now();
    for n in 0..5_000u32 {
        // Where the gateway is behind, the system refuses: that is bounded too.
        flood.extend(TcpStream::connect(("127.0.0.1", port)).ok());
        if n % 500 == 0 {
            serves(&mut good);
        }
        std::thread::sleep(Duration::from_secs_f64(f64::from(n) / 1000.0).saturating_sub(begun.elapsed()));
    }
    serves(&mut good);
    gateway.wait("the flood's end", PATIENCE, |g| {
        let sum = g.metric(TURNED_AWAY, "") + g.metric(CLOSED, "unauthenticated");
        (sum >= 4_000.0).then_some(())
    });
    let turned_away = gateway.metric(TURNED_AWAY, "");
    assert!(gateway.metric(TURNED_AWAY, "\"rate\"") > 1_000.0, "{turned_away}");
    let grown = memory(&gateway).saturating_sub(before);
    assert!(grown < 64, "{grown} MiB more than before");
    for (metric, label) in
        [(REFUSED, "unauthenticated"), (REFUSED, "\"code\""), (CLOSED, "identity"), (CLOSED, "unauthenticated")]
    {
        assert!(gateway.metric(metric, label) >= 1.0, "{metric} {label}");
    }
    let lines = gateway.stderr().lines().count();
    assert!(lines < 100, "told, and not {lines} times");
    for word in ["identity", "unauthenticated", "rate", "code"] {
        assert!(gateway.stderr().contains(word), "{word}:\n{}", gateway.stderr());
    }
    assert_eq!(
        times(&log, "13800138000").len() as i64,
        sent,
        "nothing of the good one is lost, nothing of the thief's is in"
    );
    super::told(&format!("turned away {turned_away}, memory {before} MiB and {grown} MiB more"));
}
