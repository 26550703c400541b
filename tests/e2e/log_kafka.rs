//! The log over a real Apache Kafka: the conformance suite, and a broker that freezes and dies.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;
use streetwatch::log::{Log, Record, Start, Topic};
use streetwatch_tests::conformance::{self, append, drain, open};
use streetwatch_tests::kafka::{KafkaServer, skipped};

fn server() -> Option<KafkaServer> {
    KafkaServer::start().map_err(|why| skipped(&why)).ok()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn kafka_passes_the_conformance_suite() {
    let Some(server) = server() else { return };
    conformance::run_all(|name| format!("kafka:{}?prefix={name}-&partitions=3", server.address())).await;
}

/// Appends numbered records one after the other until told to end; returns how many were acknowledged.
fn appender(log: Arc<dyn Log>, key: String, done: Arc<AtomicUsize>, total: usize) -> tokio::task::JoinHandle<()> {
    tokio::spawn(async move {
        for n in 0..total {
            append(&*log, vec![Record::new(Topic::Dispatch, &key, n.to_string())]).await;
            done.fetch_add(1, Ordering::SeqCst);
            // Paced, so that the fault falls into the middle.
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
    })
}

async fn until(done: &AtomicUsize, count: usize) {
    while done.load(Ordering::SeqCst) < count {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_broker_that_freezes_or_dies_loses_and_doubles_nothing() {
    const APPENDERS: usize = 4;
    const EACH: usize = 400;
    let Some(mut server) = server() else { return };
    let log = open(&format!("kafka:{}?partitions=3", server.address())).await;
    let done = Arc::new(AtomicUsize::new(0));
    let tasks: Vec<_> = (0..APPENDERS).map(|n| appender(log.clone(), n.to_string(), done.clone(), EACH)).collect();
    until(&done, APPENDERS * EACH / 4).await;
    server.freeze();
    tokio::time::sleep(Duration::from_secs(3)).await;
    server.thaw();
    until(&done, APPENDERS * EACH / 2).await;
    server.kill();
    let at_death = done.load(Ordering::SeqCst);
    tokio::time::sleep(Duration::from_secs(2)).await;
    assert!(done.load(Ordering::SeqCst) <= at_death + APPENDERS, "nothing is acknowledged by a dead broker");
    server.restart().expect("the broker comes back");
    for task in tasks {
        task.await.expect("the appenders end");
    }
    let mut found: BTreeMap<String, Vec<usize>> = BTreeMap::new();
    for record in drain(&*log, Topic::Dispatch, Start::Beginning).await {
        let payload = String::from_utf8(record.payload.expect("a payload").to_vec()).expect("text");
        found.entry(record.key).or_default().push(payload.parse().expect("a number"));
    }
    assert_eq!(found.len(), APPENDERS);
    for (key, numbers) in found {
        assert_eq!(numbers, (0..EACH).collect::<Vec<_>>(), "appender {key}: once each, in order");
    }
    log.close().await.expect("closes");
}
