//! What the cluster must have before a worker can work in it.

use crate::log::kafka::{Context, Heard, config, explain};
use crate::log::{ErrorKind, KafkaAddress, LogError, Topic};
use rdkafka::config::FromClientConfigAndContext;
use rdkafka::consumer::{BaseConsumer, Consumer};
use rdkafka::error::KafkaError;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

const PATIENCE: Duration = Duration::from_secs(5);

/// Topics that a worker reads or writes, and whether they must have as many partitions as `cameras`: who owns a
/// partition of one then owns that of the others.
const NEEDED: [(Topic, bool); 5] = [
    (Topic::Cameras, true),
    (Topic::State, true),
    (Topic::Segments, true),
    (Topic::Dispatch, false),
    (Topic::Health, false),
];

/// How many partitions `cameras` has, if all is in order.
///
/// # Errors
/// What is not, and what to do about it.
pub fn check(address: &KafkaAddress, heard: Arc<Heard>) -> Result<i32, LogError> {
    let shown = address.shown();
    let fail = |error: KafkaError| explain(&error, "asking for the topics", &shown);
    let client = BaseConsumer::from_config_and_context(&config(address), Context { heard }).map_err(fail)?;
    let mut found = BTreeMap::new();
    for (topic, _) in NEEDED {
        let metadata = client.fetch_metadata(Some(&address.topic(topic)), PATIENCE).map_err(|e| fail(e).on(topic))?;
        let Some(there) = metadata.topics().first() else { continue };
        if let Some(error) = there.error() {
            let code = rdkafka::error::RDKafkaErrorCode::from(error);
            let error = fail(KafkaError::MetadataFetch(code)).on(topic);
            if error.kind != ErrorKind::MissingTopic {
                return Err(error);
            }
            continue;
        }
        found.insert(topic, there.partitions().len() as i32);
    }
    judge(&found).map_err(|(kind, topic, message)| LogError::new(kind, &shown, message).on(topic))
}

/// Whether these topics, with so many partitions each, will do.
fn judge(found: &BTreeMap<Topic, i32>) -> Result<i32, (ErrorKind, Topic, String)> {
    for (topic, _) in NEEDED {
        if found.get(&topic).is_none_or(|partitions| *partitions == 0) {
            let message = "the topic is missing; run `streetwatch topic create CITY.toml`";
            return Err((ErrorKind::MissingTopic, topic, message.to_owned()));
        }
    }
    let cameras = found[&Topic::Cameras];
    for (topic, _) in NEEDED.iter().filter(|(_, alike)| *alike) {
        let partitions = found[topic];
        if partitions != cameras {
            let message = format!(
                "it has {partitions} partitions and `cameras` has {cameras}; they must be alike, since who owns a partition \
                 of one owns that of the other. Stop the workers; an empty topic can be deleted and created anew by \
                 `streetwatch topic create`, another needs as many partitions as the larger one"
            );
            return Err((ErrorKind::Rejected, *topic, message));
        }
    }
    Ok(cameras)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn topics(partitions: &[(Topic, i32)]) -> BTreeMap<Topic, i32> {
        let mut all: BTreeMap<_, _> = NEEDED.iter().map(|(topic, _)| (*topic, 12)).collect();
        all.extend(partitions.iter().copied());
        all
    }

    #[test]
    fn topics_that_go_together_have_as_many_partitions() {
        assert_eq!(judge(&topics(&[])), Ok(12));
        assert_eq!(judge(&topics(&[(Topic::Dispatch, 3)])), Ok(12), "dispatch is by itself");
        let (kind, topic, message) = judge(&topics(&[(Topic::State, 3)])).expect_err("too few");
        assert_eq!((kind, topic), (ErrorKind::Rejected, Topic::State));
        assert!(message.contains("3 partitions") && message.contains("12"), "{message}");
    }

    #[test]
    fn a_missing_topic_is_named_with_what_to_do() {
        let mut found = topics(&[]);
        found.remove(&Topic::Health);
        let (kind, topic, message) = judge(&found).expect_err("missing");
        assert_eq!((kind, topic), (ErrorKind::MissingTopic, Topic::Health));
        assert!(message.contains("streetwatch topic create"));
    }
}
