#![allow(clippy::unwrap_used)]
//! Faults that librdkafka's mock cluster makes easily. The rest is shown on a real Kafka, in the tests crate.

use super::*;
use rdkafka::mocking::MockCluster;
use rdkafka::producer::DefaultProducerContext;
use rdkafka::types::{RDKafkaApiKey, RDKafkaRespErr};

type Cluster = MockCluster<'static, DefaultProducerContext>;

/// A cluster with all topics (it cannot create them on request) and a log on it.
async fn cluster() -> (Cluster, KafkaLog) {
    let cluster = Cluster::new(1).unwrap();
    for topic in Topic::ALL {
        cluster.create_topic(topic.as_str(), 2, 1).unwrap();
    }
    let log = KafkaLog::open(address(&cluster)).await.unwrap();
    (cluster, log)
}

fn address(cluster: &Cluster) -> KafkaAddress {
    let super::super::Address::Kafka(address) =
        super::super::Address::parse(&format!("kafka:{}", cluster.bootstrap_servers())).unwrap()
    else {
        panic!("a kafka address")
    };
    address
}

fn record(n: usize) -> Record {
    Record::new(Topic::Dispatch, "k", n.to_string())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn errors_that_pass_are_retried_and_double_nothing() {
    let (cluster, log) = cluster().await;
    log.append(vec![record(0)]).await.unwrap();
    let passing = [
        RDKafkaRespErr::RD_KAFKA_RESP_ERR_NOT_ENOUGH_REPLICAS,
        RDKafkaRespErr::RD_KAFKA_RESP_ERR_NOT_LEADER_FOR_PARTITION,
        RDKafkaRespErr::RD_KAFKA_RESP_ERR__TRANSPORT,
    ];
    cluster.request_errors(RDKafkaApiKey::Produce, &passing);
    for n in 1..5 {
        log.append(vec![record(n)]).await.unwrap();
    }
    let held: i64 = log.bounds(Topic::Dispatch).await.unwrap().values().map(|b| b.end - b.first).sum();
    assert_eq!(held, 5);
    log.close().await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_append_waits_for_a_broker_that_is_away() {
    let (cluster, log) = cluster().await;
    let log = Arc::new(log);
    log.append(vec![record(0)]).await.unwrap();
    cluster.broker_down(1).unwrap();
    let waiting = tokio::spawn({
        let log = log.clone();
        async move { log.append(vec![record(1)]).await }
    });
    // Not a wait for something: a while in which it must not end.
    tokio::time::sleep(Duration::from_millis(1500)).await;
    assert!(!waiting.is_finished());
    assert!(matches!(log.health(), LogHealth::Waiting { .. }), "{:?}", log.health());
    cluster.broker_up(1).unwrap();
    waiting.await.unwrap().unwrap();
    assert_eq!(log.health(), LogHealth::Well);
    log.close().await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_refusal_that_lasts_is_an_error_with_its_topic() {
    let (cluster, log) = cluster().await;
    cluster.request_errors(RDKafkaApiKey::Produce, &[RDKafkaRespErr::RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED]);
    let error = log.append(vec![record(0)]).await.unwrap_err();
    assert_eq!((error.kind, error.topic, error.retry()), (ErrorKind::NotAllowed, Some(Topic::Dispatch), false));
    assert!(error.to_string().contains("0 of 1"), "{error}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_missing_topic_is_named_when_reading_only() {
    let cluster = Cluster::new(1).unwrap();
    cluster.create_topic("cameras", 1, 1).unwrap();
    let log = KafkaLog::open_for_reading(address(&cluster)).await.unwrap();
    assert_eq!(log.bounds(Topic::Cameras).await.unwrap().len(), 1);
    let error = log.read(Topic::Verdicts, Start::Beginning).await.unwrap_err();
    assert_eq!((error.kind, error.topic), (ErrorKind::MissingTopic, Some(Topic::Verdicts)));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_port_where_nobody_listens_is_unreachable_and_worth_a_retry() {
    let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let mut address = address(&Cluster::new(1).unwrap());
    address.brokers = vec![free.to_string()];
    let client = Client { patience: Duration::from_secs(2), ..Client::new(address).unwrap() };
    let error = client.ready().await.unwrap_err();
    assert_eq!((error.kind, error.retry()), (ErrorKind::Unreachable, true), "{error}");
    assert!(error.to_string().contains(&free.to_string()), "{error}");
}

#[test]
fn a_property_that_librdkafka_does_not_know_is_the_users_fault() {
    let super::super::Address::Kafka(address) = super::super::Address::parse("kafka:h:1?no.such=1").unwrap() else {
        panic!("a kafka address")
    };
    let Err(error) = Client::new(address) else { panic!("an unknown property") };
    assert_eq!(error.kind, ErrorKind::Address);
    assert!(error.to_string().contains("no.such"), "{error}");
}

#[test]
fn librdkafka_was_built_with_tls_and_scram() {
    let parse = super::super::Address::parse;
    let secured =
        "kafka:127.0.0.1:1?security.protocol=sasl_ssl&sasl.mechanism=SCRAM-SHA-512&sasl.username=a&sasl.password=b";
    let Ok(super::super::Address::Kafka(address)) = parse(secured) else { panic!("a kafka address") };
    let consumer: Result<BaseConsumer, KafkaError> = rdkafka::config::FromClientConfig::from_config(&config(&address));
    assert!(consumer.is_ok(), "{:?}", consumer.err());
}
