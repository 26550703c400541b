//! Many terminals at once. `SOAK_TERMINALS` (500), each with a report every ten seconds for `SOAK_SECONDS` (20):
//! `make soak-terminals` takes 10,000 and five minutes.

use super::{embedded, gateway, port};
use operators::vocabulary::EventTime;
use serde::Deserialize;
use std::collections::HashSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;
use streetwatch::gateway::jt808::{
    AckResult, Authentication, Deframer, Edition, Header, Message, Phone, PlateColour, Registration, frames,
};
use streetwatch::gateway::raise_file_limit;
use streetwatch::log::{self, Start, Topic};
use streetwatch::payload::OffsetTime;
use streetwatch_tests::loops::now;
use streetwatch_tests::terminal::location;
use streetwatch_tests::workers::Worker;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::{Instant, sleep, sleep_until, timeout_at};

const EVERY: Duration = Duration::from_secs(10);
/// Terminals that connect in a second.
const RAMP: u64 = 400;
const FIRST: u64 = 13_000_000_000;

#[derive(Default)]
struct Counts {
    joined: AtomicU64,
    sent: AtomicU64,
    acknowledged: AtomicU64,
    broken: AtomicU64,
}

fn setting(name: &str, default: u64) -> u64 {
    std::env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(default)
}

struct Client {
    stream: TcpStream,
    deframer: Deframer,
    header: Header,
}

impl Client {
    async fn send(&mut self, message: &Message) -> std::io::Result<()> {
        let bytes = frames(&self.header, message).expect("can be sent").concat();
        self.header.serial = self.header.serial.wrapping_add(1);
        self.stream.write_all(&bytes).await
    }

    /// The next messages; none at the deadline.
    async fn next(&mut self, deadline: Instant) -> std::io::Result<Vec<Message>> {
        let mut buffer = [0u8; 512];
        let Ok(read) = timeout_at(deadline, self.stream.read(&mut buffer)).await else { return Ok(Vec::new()) };
        let n = read?;
        if n == 0 {
            return Err(std::io::ErrorKind::UnexpectedEof.into());
        }
        let mut messages = Vec::new();
        self.deframer.push(&buffer[..n], |frame| {
            let frame = frame.expect("a whole frame");
            messages.push(Message::decode(&frame.header, frame.body).expect("a message"));
        });
        Ok(messages)
    }
}

fn registration() -> Message {
    Message::Register(Registration {
        edition: Edition::Y2013,
        province: 32,
        city: 113,
        maker: "70111".to_owned(),
        model: "MT-7".to_owned(),
        terminal: "7654321".to_owned(),
        colour: PlateColour::Yellow,
        plate: "苏A12345".to_owned(),
    })
}

/// One terminal's life: registers, shows its code, reports until the end, and waits for the last answers.
async fn live(port: u16, number: u64, end: Instant, counts: Arc<Counts>) -> std::io::Result<()> {
    let phone = Phone::new(&number.to_string(), Edition::Y2013).expect("digits");
    let header = Header { id: 0, edition: Edition::Y2013, protocol: 0, encryption: 0, phone, serial: 0, part: None };
    let stream = TcpStream::connect(("127.0.0.1", port)).await?;
    let mut client = Client { stream, deframer: Deframer::new(), header };
    client.send(&registration()).await?;
    let patience = Instant::now() + Duration::from_secs(60);
    let mut joined = false;
    while !joined {
        for message in client.next(patience).await? {
            match message {
                Message::Registered(reply) => {
                    let code = reply.code.expect("it may register");
                    let shown = Authentication { code, imei: String::new(), software: String::new() };
                    client.send(&Message::Authenticate(shown)).await?;
                }
                Message::PlatformAck(ack) => joined = ack.id == 0x0102 && ack.result == AckResult::Done,
                _ => {}
            }
        }
        if Instant::now() >= patience {
            return Err(std::io::ErrorKind::TimedOut.into());
        }
    }
    counts.joined.fetch_add(1, Ordering::Relaxed);
    let (mut due, mut waiting) = (Instant::now() + Duration::from_millis(number * 7919 % 10_000), 0);
    loop {
        let over = due >= end;
        if over && (waiting == 0 || Instant::now() > end + Duration::from_secs(60)) {
            return Ok(());
        }
        let until = if over { end + Duration::from_secs(60) } else { due };
        for message in client.next(until).await? {
            if let Message::PlatformAck(ack) = message {
                assert_eq!((ack.id, ack.result), (0x0200, AckResult::Done));
                counts.acknowledged.fetch_add(1, Ordering::Relaxed);
                waiting -= 1;
            }
        }
        if !over && Instant::now() >= due {
            client.send(&Message::Location(location(EventTime(now() / 1000 * 1000)))).await?;
            counts.sent.fetch_add(1, Ordering::Relaxed);
            (due, waiting) = (due + EVERY, waiting + 1);
        }
    }
}

/// Of the process: memory now and at most in MiB, processor time in seconds.
fn cost(gateway: &Worker) -> (u64, u64, f64) {
    let of = |file: &str| std::fs::read_to_string(format!("/proc/{}/{file}", gateway.pid().expect("it runs")));
    let status = of("status").expect("Linux");
    let line = |name: &str| {
        let line = status.lines().find(|line| line.starts_with(name)).expect("a line");
        line.split_whitespace().nth(1).and_then(|kb| kb.parse::<u64>().ok()).expect("a number") / 1024
    };
    let stat = of("stat").expect("Linux");
    let ticks = |n: usize| stat.rsplit(')').next().and_then(|rest| rest.split_whitespace().nth(n)?.parse::<f64>().ok());
    let ticks = ticks(11).expect("user time") + ticks(12).expect("system time");
    (line("VmRSS:"), line("VmHWM:"), ticks / 100.0)
}

/// The readings on the topic: records, and different ones by device and time.
async fn stored(log: &str) -> (u64, usize) {
    #[derive(Deserialize)]
    struct Event {
        time: OffsetTime,
    }
    let log = log::open_for_reading(log).await.expect("the log");
    let mut cursor = log.read(Topic::Readings, Start::Beginning).await.expect("the topic");
    let (mut records, mut different) = (0, HashSet::new());
    while !cursor.caught_up() {
        let Some(record) = cursor.next(Duration::from_secs(5)).await.expect("reads") else { continue };
        let event: Event = serde_json::from_slice(&record.payload.expect("a payload")).expect("an event");
        records += 1;
        different.insert((record.key, event.time.event_time().0));
    }
    (records, different.len())
}

#[test]
fn thousands_of_terminals_report_and_none_is_lost() {
    let (terminals, seconds) = (setting("SOAK_TERMINALS", 500), setting("SOAK_SECONDS", 20));
    assert!(raise_file_limit() > terminals + 100, "too few open files are allowed");
    let folder = tempfile::tempdir().expect("a folder");
    let log = embedded(folder.path());
    let lines =
        "jt808 = \"127.0.0.1:0\"\nsessions_per_address = 20000\nunauthenticated = 20000\naccepts_per_second = 1000";
    let gateway = gateway(folder.path(), &log, lines);
    let (port, empty) = (port(&gateway), cost(&gateway));
    let counts = Arc::<Counts>::default();
    let runtime =
        tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().expect("a runtime");
    let (records, different) = runtime.block_on(async {
        let start = Instant::now();
        let end = start + Duration::from_millis(terminals * 1000 / RAMP) + Duration::from_secs(seconds);
        let mut tasks = tokio::task::JoinSet::new();
        for n in 0..terminals {
            sleep_until(start + Duration::from_millis(n * 1000 / RAMP)).await;
            let counts = counts.clone();
            tasks.spawn(async move {
                if let Err(error) = live(port, FIRST + n, end, counts.clone()).await {
                    counts.broken.fetch_add(1, Ordering::Relaxed);
                    eprintln!("terminal {n}: {error}");
                }
            });
        }
        while tasks.join_next().await.is_some() {}
        sleep(Duration::from_millis(100)).await;
        stored(&log).await
    });
    let of = |count: &AtomicU64| count.load(Ordering::Relaxed);
    let (joined, sent, acknowledged) = (of(&counts.joined), of(&counts.sent), of(&counts.acknowledged));
    let (now, peak, processor) = cost(&gateway);
    super::told(&format!(
        "{joined} of {terminals} terminals for {seconds} s: {sent} reports sent, {acknowledged} acknowledged, {records} records \
         ({different} different) on the topic; gateway: {} MiB before, {now} MiB after, {peak} MiB at most, {:.1} s of processor",
        empty.0,
        processor - empty.2
    ));
    assert_eq!(of(&counts.broken), 0, "{}", gateway.stderr());
    assert_eq!((joined, acknowledged), (terminals, sent));
    assert_eq!(different as u64, sent, "nothing that was acknowledged is lost");
    assert!(sent >= terminals * (seconds / 10).saturating_sub(1));
}
