#![allow(clippy::unwrap_used)]
//! Transactions against librdkafka's mock cluster. The rest is shown on a real Kafka, in the tests crate.

use super::GROUP;
use super::lease::Leases;
use super::membership::{Decision, Group};
use super::status::Status;
use super::transactions::Teller;
use crate::clock::SystemClock;
use crate::log::{Address, ErrorKind, KafkaAddress};
use crate::payload::{CloudEvent, examples};
use crate::worker::{Message, Sink};
use rdkafka::mocking::{MockCluster, MockCoordinator};
use rdkafka::producer::DefaultProducerContext;
use rdkafka::types::{RDKafkaApiKey, RDKafkaRespErr};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::{Duration, Instant};

type Cluster = MockCluster<'static, DefaultProducerContext>;

fn address(cluster: &Cluster) -> KafkaAddress {
    let Ok(Address::Kafka(address)) = Address::parse(&format!("kafka:{}", cluster.bootstrap_servers())) else {
        panic!("a kafka address")
    };
    address
}

/// Polls until the group has given out the partitions.
fn joined(group: &Group) {
    let deadline = Instant::now() + Duration::from_secs(30);
    loop {
        assert!(Instant::now() < deadline, "not joined");
        let _nothing_yet = group.poll(Duration::from_millis(100));
        if let Some(Decision::Assigned(partitions)) = group.decision() {
            return group.take(&partitions).unwrap();
        }
    }
}

#[test]
fn a_batch_goes_through_once_the_group_has_settled_and_not_at_all_once_its_lease_is_gone() {
    let cluster = Cluster::new(1).unwrap();
    for topic in ["cameras", "state", "health", "dispatch"] {
        cluster.create_topic(topic, 2, 1).unwrap();
    }
    let (address, leases) = (address(&cluster), Arc::<Leases>::default());
    let status = Arc::new(Status::new(Arc::new(SystemClock::default())));
    let group = Arc::new(Group::join(&address, "w-0", leases.clone(), status.heard()).unwrap());
    joined(&group);
    let stopping = Arc::<AtomicBool>::default();
    let teller = Teller { address, id: "w-0".into(), group: group.clone(), status: status.clone(), stopping };
    let (sink, thread) = teller.start(leases.clone()).unwrap();
    let says = || sink.publish(&[Message::Health(Box::new(CloudEvent::health("demo", examples::health())))]);

    assert_eq!(says().unwrap_err().kind, ErrorKind::Fenced, "nobody has granted it the camera");
    leases.grant("c-001", leases.open(0));
    says().unwrap();
    let between =
        [RDKafkaRespErr::RD_KAFKA_RESP_ERR_ILLEGAL_GENERATION, RDKafkaRespErr::RD_KAFKA_RESP_ERR_UNKNOWN_MEMBER_ID];
    cluster.request_errors(RDKafkaApiKey::TxnOffsetCommit, &between);
    says().unwrap();
    leases.close(&[0].into());
    assert_eq!(says().unwrap_err().kind, ErrorKind::Fenced);

    // What a worker may not say yet is not lost.
    leases.grant("c-001", leases.open(1));
    cluster.request_errors(RDKafkaApiKey::Produce, &[RDKafkaRespErr::RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED]);
    let error = says().unwrap_err();
    assert!(error.retry() && status.ready().is_err(), "it waits and says so: {error}");
    // librdkafka holds a refusal against a topic until it has asked again.
    let deadline = Instant::now() + Duration::from_secs(60);
    while let Err(error) = says() {
        assert!(error.retry() && Instant::now() < deadline, "{error}");
        std::thread::sleep(Duration::from_millis(100));
    }
    assert!(!status.ready().is_err_and(|why| why.contains("transactions")));
    drop(sink);
    thread.join().unwrap();
    group.close();
}

/// librdkafka waits for ever for a coordinator that is gone and was not told of another: the worker does not.
#[test]
fn a_group_coordinator_that_goes_in_the_middle_of_a_transaction_stops_nobody_for_long() {
    let cluster = Cluster::new(2).unwrap();
    for topic in ["cameras", "state", "health", "dispatch"] {
        cluster.create_topic(topic, 1, 1).unwrap();
        cluster.partition_leader(topic, 0, Some(1)).unwrap();
    }
    cluster.coordinator(MockCoordinator::Transaction("w-0".into()), 1).unwrap();
    cluster.coordinator(MockCoordinator::Group(GROUP.into()), 2).unwrap();
    let (address, leases) = (address(&cluster), Arc::<Leases>::default());
    let status = Arc::new(Status::new(Arc::new(SystemClock::default())));
    let group = Arc::new(Group::join(&address, "w-0", leases.clone(), status.heard()).unwrap());
    joined(&group);
    let stopping = Arc::<AtomicBool>::default();
    let teller = Teller { address, id: "w-0".into(), group: group.clone(), status, stopping };
    let (sink, thread) = teller.start(leases.clone()).unwrap();
    let says = || sink.publish(&[Message::Health(Box::new(CloudEvent::health("demo", examples::health())))]);
    leases.grant("c-001", leases.open(0));
    says().unwrap();
    cluster.broker_down(2).unwrap();
    cluster.coordinator(MockCoordinator::Group(GROUP.into()), 1).unwrap();
    let deadline = Instant::now() + Duration::from_secs(60);
    let polling = AtomicBool::new(true);
    std::thread::scope(|scope| {
        // A worker's loop polls its consumer meanwhile, which finds the new coordinator.
        scope.spawn(|| {
            while polling.load(std::sync::atomic::Ordering::SeqCst) {
                let _heeded = group.poll(Duration::from_millis(50));
            }
        });
        while let Err(error) = says() {
            assert!(error.retry() && Instant::now() < deadline, "{error}");
        }
        polling.store(false, std::sync::atomic::Ordering::SeqCst);
    });
    drop(sink);
    thread.join().unwrap();
    group.close();
}
