//! Making sure that the topics exist, each with its clean-up.

use super::super::{CleanUp, ErrorKind, LogError, MAX_RECORD_BYTES, Topic};
use super::{Client, explain};
use rdkafka::admin::{AdminClient, AdminOptions, NewTopic, TopicReplication};
use rdkafka::error::RDKafkaErrorCode;
use std::time::Duration;

/// Bytes Kafka adds around a record; a generous bound.
const FRAMING: usize = 16 << 10;
/// How long an answer of the cluster may take.
pub(super) const PATIENCE: Duration = Duration::from_secs(15);
const AGAIN_AFTER: Duration = Duration::from_millis(100);

/// Largest message a producer may send and a topic has to take.
pub(super) const MESSAGE_BYTES: usize = MAX_RECORD_BYTES + FRAMING;

/// Creates the topics that are missing and waits until they can be used.
pub(super) async fn ensure(client: &Client, existing: &[String]) -> Result<(), LogError> {
    let missing: Vec<Topic> = Topic::ALL.into_iter().filter(|topic| !existing.contains(&client.name(*topic))).collect();
    if missing.is_empty() {
        return Ok(());
    }
    let admin: AdminClient<super::Context> = client
        .config()
        .create_with_context(client.context())
        .map_err(|e| explain(&e, "opening an administration client", &client.shown))?;
    let settings: Vec<_> = missing.iter().map(|topic| (client.name(*topic), settings(*topic))).collect();
    let replication = client.address.replication.unwrap_or(-1);
    let new: Vec<NewTopic<'_>> = settings
        .iter()
        .map(|(name, settings)| {
            let topic = NewTopic::new(name, client.address.partitions, TopicReplication::Fixed(replication));
            settings.iter().fold(topic, |topic, (key, value)| topic.set(key, value))
        })
        .collect();
    let options = AdminOptions::new().operation_timeout(Some(PATIENCE)).request_timeout(Some(PATIENCE));
    let answers =
        admin.create_topics(&new, &options).await.map_err(|e| explain(&e, "creating topics", &client.shown))?;
    for (topic, answer) in missing.iter().zip(answers) {
        match answer {
            Ok(name) => tracing::info!(name, partitions = client.address.partitions, "topic created"),
            // Another worker was quicker.
            Err((_, RDKafkaErrorCode::TopicAlreadyExists)) => {}
            Err((name, code)) => {
                let error = rdkafka::error::KafkaError::AdminOp(code);
                return Err(explain(&error, &format!("creating topic {name}"), &client.shown).on(*topic));
            }
        }
    }
    wait_for(client, &missing).await
}

fn settings(topic: Topic) -> Vec<(&'static str, String)> {
    let mut settings = vec![("max.message.bytes", MESSAGE_BYTES.to_string())];
    match topic.clean_up() {
        CleanUp::Compact => settings.push(("cleanup.policy", "compact".into())),
        CleanUp::Delete(retention) => {
            settings.push(("cleanup.policy", "delete".into()));
            settings.push(("retention.ms", retention.max_age.map_or("-1".into(), |age| age.as_millis().to_string())));
        }
    }
    settings
}

/// A created topic takes a moment until each partition has a leader.
async fn wait_for(client: &Client, topics: &[Topic]) -> Result<(), LogError> {
    let deadline = tokio::time::Instant::now() + PATIENCE;
    loop {
        let ready = client.ready().await?;
        let Some(missing) = topics.iter().find(|topic| !ready.contains(&client.name(**topic))) else { return Ok(()) };
        if tokio::time::Instant::now() > deadline {
            let message = format!("the topic was created but has no leader after {PATIENCE:?}; see the brokers' logs");
            return Err(LogError::new(ErrorKind::Unreachable, &client.shown, message).on(*missing));
        }
        tokio::time::sleep(AGAIN_AFTER).await;
    }
}
