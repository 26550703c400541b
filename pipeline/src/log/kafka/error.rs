//! Kafka's errors in our words.

use super::super::{ErrorKind, LogError};
use rdkafka::error::{KafkaError, RDKafkaErrorCode};

/// What an answer of Kafka means. `doing` is a phrase such as "reading".
pub(crate) fn explain(error: &KafkaError, doing: &str, shown: &str) -> LogError {
    use RDKafkaErrorCode::*;
    let code = match error {
        KafkaError::AdminOp(code) => Some(*code),
        other => other.rdkafka_error_code(),
    };
    let (kind, hint) = match code {
        Some(
            BrokerTransportFailure
            | AllBrokersDown
            | OperationTimedOut
            | RequestTimedOut
            | MessageTimedOut
            | Resolve
            | NetworkException
            | DestroyBroker
            | BrokerNotAvailable
            | LeaderNotAvailable
            | NotLeaderForPartition
            | CoordinatorNotAvailable
            | CoordinatorLoadInProgress
            | NotEnoughReplicas
            | NotEnoughReplicasAfterAppend,
        ) => (ErrorKind::Unreachable, "check that the brokers run and can be reached from here"),
        Some(
            TopicAuthorizationFailed
            | GroupAuthorizationFailed
            | TransactionalIdAuthorizationFailed
            | ClusterAuthorizationFailed
            | SaslAuthenticationFailed
            | Authentication,
        ) => (ErrorKind::NotAllowed, "grant this client the right, or create the topics beforehand"),
        Some(UnknownTopic | UnknownTopicOrPartition | UnknownPartition) => {
            (ErrorKind::MissingTopic, "the topic does not exist; create it, or open the log for writing")
        }
        Some(MessageSizeTooLarge | InvalidMessageSize) => {
            (ErrorKind::TooLarge, "the broker takes no record of this size; raise the topic's max.message.bytes")
        }
        Some(OffsetOutOfRange | AutoOffsetReset) => {
            (ErrorKind::OffsetGone, "the topic does not hold this offset any more")
        }
        Some(PolicyViolation | InvalidReplicationFactor | InvalidPartitions | InvalidConfig) => {
            (ErrorKind::Rejected, "set partitions=… and replication=… in the log's address to what the cluster allows")
        }
        None if matches!(error, KafkaError::Canceled) => (ErrorKind::Closed, "the log has been closed"),
        None if matches!(error, KafkaError::ClientConfig(..) | KafkaError::ClientCreation(_)) => {
            (ErrorKind::Address, "check the properties in the log's address")
        }
        None => (ErrorKind::Internal, "unexpected answer of librdkafka"),
        Some(Fatal) => (ErrorKind::Rejected, "the client cannot go on; open the log again"),
        Some(_) => (ErrorKind::Rejected, "see the broker's log"),
    };
    LogError::new(kind, shown, format!("{doing}: {error}; {hint}"))
}
