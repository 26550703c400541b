//! The console over a real Apache Kafka: reviewers decide while the broker is dead.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;
use streetwatch::clock::SystemClock;
use streetwatch::config;
use streetwatch::console::desk::{Desk, DeskSettings, DeskState, Filter, Order};
use streetwatch::console::people::{Actor, Role};
use streetwatch::console::project::{Projection, rebuild};
use streetwatch::console::store::{Scope, Store};
use streetwatch::log::{Record, Start, Topic};
use streetwatch::payload::{Action, Candidate, CloudEvent};
use streetwatch_tests::conformance::{append, drain, open};
use streetwatch_tests::kafka::{KafkaServer, skipped};
use uuid::Uuid;

const CANDIDATES: usize = 12;

/// A parked car, five minutes after the one before.
fn candidate(n: usize) -> Candidate {
    let at = |minute: usize| format!("2026-06-01T{:02}:{:02}:00+08:00", 8 + minute / 60, minute % 60);
    let payload = serde_json::json!({
        "id": Uuid::from_u128(0xc0 + n as u128), "rule": "illegal-parking", "class_code": "09009", "class_name": "机动车乱停放",
        "camera": format!("c-{n}"), "preset": "home", "zone": "kerb", "grid": "320113001001001", "location": null,
        "first_seen": at(5 * n), "raised_at": at(5 * n + 3), "last_seen": at(5 * n + 3), "state": "raised",
        "object": { "label": "car", "score": 0.8, "bbox": [0.1, 0.1, 0.2, 0.2], "plate": null }, "dwell_s": 180.0,
        "evidence": [], "model": { "name": "m", "version": "1", "sha256": "0".repeat(64) }, "rule_version": "1",
    });
    serde_json::from_value(payload).expect("a candidate")
}

/// Waits for a process elsewhere, which no clock of ours can hurry.
async fn until<F: Future<Output = bool>>(what: &str, holds: impl Fn() -> F) {
    for _ in 0..1200 {
        if holds().await {
            return;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    panic!("not within two minutes: {what}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn decisions_go_on_without_the_broker_and_are_on_the_topic_once_it_is_back() {
    let mut server = match KafkaServer::start() {
        Ok(server) => server,
        Err(why) => return skipped(&why),
    };
    let log = open(&format!("kafka:{}?partitions=3", server.address())).await;
    let folder = tempfile::tempdir().expect("a folder");
    let store = Store::open(&format!("sqlite:{}", folder.path().join("console.db").display())).await.expect("opens");
    let text = "city = \"demo\"\n[[camera]]\nid = \"c-0\"\nurl = \"rtsp://192.0.2.1/s\"\n";
    let city = config::parse(Path::new("CITY.toml"), text).expect("a city");
    let event = |n| serde_json::to_vec(&CloudEvent::candidate("demo", candidate(n))).expect("serialises");
    append(&*log, (0..CANDIDATES).map(|n| Record::new(Topic::Dispatch, format!("c-{n}"), event(n))).collect()).await;
    let projection = Projection::start(&city, store.clone(), log.clone()).await.expect("starts");
    let settings = DeskSettings {
        city: "demo".into(),
        timezone: city.timezone.clone(),
        codes: city.codes.clone(),
        claim: 120_000,
        second_percent: 0.0,
    };
    let desk = Desk::new(store.clone(), Arc::new(SystemClock::default()), settings);
    let count = async |states: &[DeskState]| {
        let filter = Filter { states: states.to_vec(), ..Filter::default() };
        desk.count(&Scope::everything(), &filter).await.expect("counts") as usize
    };
    until("the candidates are there", || async { count(&[DeskState::Waiting]).await == CANDIDATES }).await;
    server.kill();
    let reviewer = Actor {
        id: "u-1".into(),
        login: "li.wei".into(),
        name: "Li Wei".into(),
        role: Role::Reviewer,
        scope: Scope::everything(),
        address: "127.0.0.1".into(),
    };
    for n in 0..CANDIDATES {
        let order = Order {
            id: Uuid::from_u128(n as u128 + 1),
            candidate: candidate(n).id,
            action: Action::Confirm,
            reason: None,
            duplicate_of: None,
            into: None,
            class_code: None,
            text: None,
            undoes: None,
            seen_revision: Some(0),
        };
        desk.decide(&reviewer, &order).await.expect("decided without a broker");
    }
    let waiting = projection.publisher().waiting().await.expect("counts");
    assert_eq!(waiting.waiting as usize, CANDIDATES, "all wait for the log");
    assert!(waiting.since.is_some());
    server.restart().expect("the broker comes back");
    until("the outbox is empty", || async { projection.publisher().waiting().await.expect("counts").waiting == 0 })
        .await;
    let on_topic = drain(&*log, Topic::Verdicts, Start::Beginning).await;
    assert_eq!(on_topic.len(), CANDIDATES);
    projection.stop().await;
    // The view is made anew from what the broker holds.
    let rebuilt = rebuild(&store, log.clone(), &city).await.expect("rebuilt");
    assert_eq!(rebuilt.from_outbox, 0);
    assert_eq!(count(&[DeskState::Confirmed]).await, CANDIDATES);
    log.close().await.expect("closes");
    store.close().await;
}
