//! The log is away. `GATEWAY_SECONDS` (20) is for how long.

use super::{gateway, port, today};
use operators::vocabulary::EventTime;
use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};
use streetwatch::gateway::jt808::{AckResult, Edition};
use streetwatch::payload::OffsetTime;
use streetwatch_tests::kafka::{KafkaServer, skipped};
use streetwatch_tests::terminal::{PATIENCE, Terminal};

const TERMINALS: usize = 20;

#[test]
fn while_the_broker_is_away_terminals_stay_and_nothing_acknowledged_is_lost() {
    let mut server = match KafkaServer::start() {
        Ok(server) => server,
        Err(why) => return skipped(&why),
    };
    let seconds = std::env::var("GATEWAY_SECONDS").ok().and_then(|text| text.parse().ok()).unwrap_or(20);
    let folder = tempfile::tempdir().expect("a folder");
    let log = format!("kafka:{}?partitions=2&replication=1", server.address());
    let gateway = gateway(folder.path(), &log, "jt808 = \"127.0.0.1:0\"");
    let (port, start) = (port(&gateway), today());
    let mut terminals: Vec<_> = (0..TERMINALS)
        .map(|n| {
            // The last one speaks over UDP.
            let number = (13_800_138_000 + n as u64).to_string();
            let mut terminal = match n {
                0 => Terminal::udp(port, &number, Edition::Y2013),
                _ => Terminal::tcp(port, &number, Edition::Y2013),
            };
            terminal.join();
            (number, terminal)
        })
        .collect();
    // Serial of each report to its time.
    let mut waiting: BTreeMap<String, BTreeMap<u16, EventTime>> = BTreeMap::new();
    let mut acknowledged: BTreeMap<String, BTreeSet<i64>> = BTreeMap::new();
    let mut at = start;
    let mut round = |terminals: &mut Vec<(String, Terminal)>,
                     waiting: &mut BTreeMap<String, BTreeMap<u16, EventTime>>| {
        at = at.plus(1000);
        for (number, terminal) in terminals {
            let serial = terminal.report(at);
            waiting.entry(number.clone()).or_default().insert(serial, at);
        }
    };
    let mut collect = |terminals: &mut Vec<(String, Terminal)>,
                       waiting: &mut BTreeMap<String, BTreeMap<u16, EventTime>>,
                       patience: Duration| {
        for (number, terminal) in terminals {
            let mine = waiting.entry(number.clone()).or_default();
            for (serial, at) in std::mem::take(mine) {
                match terminal.acknowledged(serial, patience) {
                    Some(result) => {
                        assert_eq!(result, AckResult::Done);
                        acknowledged.entry(number.clone()).or_default().insert(at.0);
                    }
                    None => drop(mine.insert(serial, at)),
                }
            }
        }
        waiting.values().map(BTreeMap::len).sum::<usize>()
    };
    round(&mut terminals, &mut waiting);
    assert_eq!(collect(&mut terminals, &mut waiting, PATIENCE), 0, "the broker is there");

    server.kill();
    let away = Instant::now();
    let mut rounds = 0;
    while away.elapsed() < Duration::from_secs(seconds) {
        round(&mut terminals, &mut waiting);
        rounds += 1;
        std::thread::sleep(Duration::from_secs(1));
    }
    let left = collect(&mut terminals, &mut waiting, Duration::from_millis(1));
    assert_eq!(left, TERMINALS * rounds, "nothing is acknowledged while the broker is away");
    assert_eq!(gateway.ask("/readyz").map(|(status, _)| status), Some(200), "there is room: terminals are welcome");
    server.restart().expect("the same broker");
    assert_eq!(collect(&mut terminals, &mut waiting, Duration::from_secs(60)), 0, "{}", gateway.stderr());
    let closed = gateway.metric("streetwatch_gateway_sessions_closed_total", "");
    assert_eq!(closed, 0.0, "no terminal was dropped:\n{}", gateway.stderr());
    let mut stored: BTreeMap<String, BTreeSet<i64>> = BTreeMap::new();
    for reading in super::readings(&log) {
        let (device, at) = (reading["device"].as_str().expect("an id"), reading["at"].as_str().expect("a time"));
        let at = at.parse::<OffsetTime>().expect("a time").event_time();
        stored.entry(device.to_owned()).or_default().insert(at.0);
    }
    assert_eq!(stored, acknowledged);
    super::told(&format!(
        "away for {seconds} s: {} readings of {TERMINALS} terminals, all acknowledged, all there",
        TERMINALS * (rounds + 1)
    ));
}
