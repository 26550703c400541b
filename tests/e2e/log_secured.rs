//! The log over TLS with client certificates, its settings from a file: what the pods of k8s/ do with Strimzi.

use streetwatch::log::{self, ErrorKind, Record, Start, Topic};
use streetwatch_tests::conformance::{append, drain};
use streetwatch_tests::kafka::skipped;
use streetwatch_tests::secured::SecuredKafka;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_client_with_the_right_certificate_comes_in_and_no_other() {
    let Ok(kafka) = SecuredKafka::start().map_err(|why| skipped(&why)) else { return };
    let address = |authority: &str, user: Option<&str>| {
        let properties = kafka.properties(authority, user);
        format!("kafka:{}?partitions=2&replication=1&properties={}", kafka.address, properties.display())
    };
    let log = log::open(&address("ca", Some("user"))).await.expect("certificates on both sides");
    append(&*log, vec![Record::new(Topic::Dispatch, "c-001", "one"), Record::new(Topic::Dispatch, "c-001", "two")])
        .await;
    assert_eq!(drain(&*log, Topic::Dispatch, Start::Beginning).await.len(), 2);
    for (what, wrong) in [
        ("no certificate of its own", address("ca", None)),
        ("a broker of another authority", address("stranger", Some("user"))),
        ("no TLS", format!("kafka:{}", kafka.address)),
    ] {
        let error = log::open_for_reading(&wrong).await.err().map(|error| (error.kind, error.to_string()));
        let (kind, said) = error.expect(what);
        assert_eq!(kind, ErrorKind::Unreachable, "{what}: {said}");
    }
}
