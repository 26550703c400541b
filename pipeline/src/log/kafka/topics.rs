//! Making sure that the topics exist, each with its clean-up.

use super::super::{CleanUp, ErrorKind, KafkaAddress, LogError, MAX_RECORD_BYTES, Topic};
use super::{Client, MetadataClient, explain};
use rdkafka::admin::{AdminClient, AdminOptions, NewTopic, ResourceSpecifier, TopicReplication};
use rdkafka::error::RDKafkaErrorCode;
use std::time::Duration;

/// Bytes Kafka adds around a record; a generous bound.
const FRAMING: usize = 16 << 10;
/// How long an answer of the cluster may take.
pub(super) const PATIENCE: Duration = Duration::from_secs(15);
const AGAIN_AFTER: Duration = Duration::from_millis(100);

/// Largest message a producer may send and a topic has to take.
pub(crate) const MESSAGE_BYTES: usize = MAX_RECORD_BYTES + FRAMING;

/// Creates the topics that are missing and waits until they can be used.
pub(super) async fn ensure(client: &Client, existing: &[String]) -> Result<(), LogError> {
    let missing: Vec<Topic> = Topic::ALL.into_iter().filter(|topic| !existing.contains(&client.name(*topic))).collect();
    create_these(client, &missing, None).await
}

async fn create_these(client: &Client, missing: &[Topic], min_isr: Option<i32>) -> Result<(), LogError> {
    if missing.is_empty() {
        return Ok(());
    }
    let admin = admin(client)?;
    let settings: Vec<_> = missing.iter().map(|topic| (client.name(*topic), settings(*topic, min_isr))).collect();
    let replication = client.address.replication.unwrap_or(-1);
    let new: Vec<NewTopic<'_>> = settings
        .iter()
        .map(|(name, settings)| {
            let topic = NewTopic::new(name, client.address.partitions, TopicReplication::Fixed(replication));
            settings.iter().fold(topic, |topic, (key, value)| topic.set(key, value))
        })
        .collect();
    let answers =
        admin.create_topics(&new, &options()).await.map_err(|e| explain(&e, "creating topics", &client.shown))?;
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
    wait_for(client, missing).await
}

fn admin(client: &Client) -> Result<AdminClient<super::Context>, LogError> {
    client
        .config()
        .create_with_context(client.context())
        .map_err(|e| explain(&e, "opening an administration client", &client.shown))
}

fn options() -> AdminOptions {
    AdminOptions::new().operation_timeout(Some(PATIENCE)).request_timeout(Some(PATIENCE))
}

/// What [`create`] found and did.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Created {
    /// Topics that were missing and are there now.
    pub created: Vec<Topic>,
    /// Topics that were there, with what is not as it would have been created.
    pub kept: Vec<(Topic, Vec<String>)>,
}

/// Creates what is missing of all topics; changes nothing that is there, and says what differs.
///
/// # Errors
/// [`ErrorKind::Unreachable`], [`ErrorKind::NotAllowed`], [`ErrorKind::Rejected`], [`ErrorKind::Address`].
pub async fn create(address: KafkaAddress, min_isr: Option<i32>) -> Result<Created, LogError> {
    let client = Client::new(address)?;
    let existing = client.ready().await?;
    let (there, created): (Vec<_>, Vec<_>) = Topic::ALL.into_iter().partition(|t| existing.contains(&client.name(*t)));
    let mut kept = Vec::new();
    for topic in there {
        kept.push((topic, differences(&client, topic, min_isr).await?));
    }
    create_these(&client, &created, min_isr).await?;
    Ok(Created { created, kept })
}

/// What of a topic is not as it would be created now.
async fn differences(client: &Client, topic: Topic, min_isr: Option<i32>) -> Result<Vec<String>, LogError> {
    let mut found = Vec::new();
    let (partitions, replicas) = shape(client, topic).await?;
    if partitions != client.address.partitions {
        found.push(format!("{partitions} partitions, not {}", client.address.partitions));
    }
    if let Some(wanted) = client.address.replication.filter(|wanted| *wanted != replicas) {
        found.push(format!("{replicas} replicas, not {wanted}"));
    }
    let name = client.name(topic);
    let answers = admin(client)?.describe_configs([&ResourceSpecifier::Topic(&name)], &options()).await;
    let answers = answers.map_err(|e| explain(&e, "asking for a topic's settings", &client.shown).on(topic))?;
    // Whoever may not ask for them still learns of partitions and replicas.
    let Some(Ok(now)) = answers.into_iter().next() else { return Ok(found) };
    for (key, wanted) in settings(topic, min_isr) {
        let value = now.get(key).and_then(|entry| entry.value.as_deref()).unwrap_or_default();
        if value != wanted {
            found.push(format!("{key} is {value}, not {wanted}"));
        }
    }
    Ok(found)
}

/// Partitions and replicas of a topic that is there.
async fn shape(client: &Client, topic: Topic) -> Result<(i32, i32), LogError> {
    let name = client.name(topic);
    let question = move |client: &MetadataClient<super::Context>| {
        let metadata = client.fetch_metadata(Some(&name), PATIENCE)?;
        let found = metadata.topics().first().map(|t| t.partitions()).unwrap_or_default();
        Ok((found.len() as i32, found.first().map_or(0, |p| p.replicas().len() as i32)))
    };
    client.ask("asking for a topic", question).await.map_err(|e| e.on(topic))
}

fn settings(topic: Topic, min_isr: Option<i32>) -> Vec<(&'static str, String)> {
    let mut settings = vec![("max.message.bytes", MESSAGE_BYTES.to_string())];
    match topic.clean_up() {
        CleanUp::Compact => {
            settings.push(("cleanup.policy", "compact".into()));
            // A worker that takes a partition over reads all of it, and only closed segments are compacted.
            settings.push(("segment.bytes", (32 << 20).to_string()));
            settings.push(("min.cleanable.dirty.ratio", "0.2".into()));
        }
        CleanUp::Delete(retention) => {
            settings.push(("cleanup.policy", "delete".into()));
            settings.push(("retention.ms", retention.max_age.map_or("-1".into(), |age| age.as_millis().to_string())));
        }
    }
    settings.extend(min_isr.map(|n| ("min.insync.replicas", n.to_string())));
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
