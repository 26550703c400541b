//! Where a log lies: `embedded:DIRECTORY` or `kafka:HOST:PORT,HOST:PORT`.

use super::{ErrorKind, LogError};
use std::path::PathBuf;

/// A parsed address.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Address {
    /// A directory of this machine.
    Embedded(PathBuf),
    /// A Kafka cluster.
    Kafka(KafkaAddress),
}

/// A Kafka cluster and how to use it:
/// `kafka:host1:9092,host2:9092?prefix=city-&partitions=24&replication=3&security.protocol=…`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KafkaAddress {
    /// `host:port`, at least one.
    pub brokers: Vec<String>,
    /// Put before each topic's name, so that cities can share a cluster.
    pub prefix: String,
    /// Partitions of topics that have to be created.
    pub partitions: i32,
    /// Replicas of topics that have to be created; `None` leaves it to the broker.
    pub replication: Option<i32>,
    /// Further librdkafka properties (names with a dot), such as those for security.
    pub properties: Vec<(String, String)>,
}

/// Properties the promise of the log rests on; an address must not change them.
const RESERVED: [&str; 9] = [
    "bootstrap.servers",
    "enable.idempotence",
    "request.required.acks",
    "message.timeout.ms",
    "delivery.timeout.ms",
    "isolation.level",
    "auto.offset.reset",
    "enable.auto.commit",
    "enable.partition.eof",
];

impl Address {
    /// Parses an address.
    ///
    /// # Errors
    /// [`ErrorKind::Address`] with what is wrong and the forms there are.
    pub fn parse(address: &str) -> Result<Address, LogError> {
        let refuse = |why: String| {
            let hint = "write \"embedded:./data/log\" or \"kafka:host1:9092,host2:9092\"";
            // The text may carry a password after the question mark.
            let shown = address.split('?').next().unwrap_or_default();
            LogError::new(ErrorKind::Address, format!("{shown:?}"), format!("{why}; {hint}"))
        };
        match address.split_once(':') {
            Some(("embedded", "")) => Err(refuse("the directory is missing".into())),
            Some(("embedded", directory)) if directory.contains('\0') => {
                Err(refuse("a directory's name cannot hold a NUL".into()))
            }
            Some(("embedded", directory)) => Ok(Address::Embedded(PathBuf::from(directory))),
            Some(("kafka", rest)) => KafkaAddress::parse(rest).map(Address::Kafka).map_err(refuse),
            Some((scheme, _)) => Err(refuse(format!("there is no kind of log called {scheme:?}"))),
            None => Err(refuse("the kind of log is missing".into())),
        }
    }
}

impl KafkaAddress {
    fn parse(rest: &str) -> Result<KafkaAddress, String> {
        let (hosts, query) = rest.split_once('?').unwrap_or((rest, ""));
        let mut brokers = Vec::new();
        for broker in hosts.split(',').map(str::trim) {
            let port = broker.rsplit_once(':').and_then(|(host, port)| (!host.is_empty()).then_some(port));
            match port.map(str::parse::<u16>) {
                Some(Ok(port)) if port > 0 => brokers.push(broker.to_owned()),
                _ => return Err(format!("{broker:?} is no HOST:PORT")),
            }
        }
        let mut parsed =
            KafkaAddress { brokers, prefix: String::new(), partitions: 12, replication: None, properties: Vec::new() };
        for pair in query.split('&').filter(|p| !p.is_empty()) {
            let (name, value) = pair.split_once('=').ok_or_else(|| format!("option {pair:?} has no value"))?;
            let count = |max: i32| match value.parse::<i32>() {
                Ok(n) if (1..=max).contains(&n) => Ok(n),
                _ => Err(format!("{name} must be a number from 1 to {max}, not {value:?}")),
            };
            match name {
                "prefix" if value.len() <= 200 && value.bytes().all(is_topic_byte) => parsed.prefix = value.to_owned(),
                "prefix" => return Err(format!("prefix {value:?} may hold letters, digits, '.', '_' and '-' only")),
                "partitions" => parsed.partitions = count(10_000)?,
                "replication" => parsed.replication = Some(count(100)?),
                _ if RESERVED.contains(&name) => return Err(format!("{name} is set by streetwatch")),
                _ if name.contains('.') => parsed.properties.push((name.to_owned(), value.to_owned())),
                _ => return Err(format!("option {name:?} is unknown")),
            }
        }
        Ok(parsed)
    }

    /// What the cluster calls a topic of ours.
    pub fn topic(&self, topic: super::Topic) -> String {
        format!("{}{topic}", self.prefix)
    }

    /// The address without its properties, which may be secret.
    pub fn shown(&self) -> String {
        format!("kafka:{}", self.brokers.join(","))
    }
}

fn is_topic_byte(b: u8) -> bool {
    b.is_ascii_alphanumeric() || matches!(b, b'.' | b'_' | b'-')
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn both_forms_of_the_contract_parse() {
        assert_eq!(Address::parse("embedded:./data/log"), Ok(Address::Embedded("./data/log".into())));
        let Ok(Address::Kafka(kafka)) = Address::parse("kafka:host1:9092,host2:9092") else { panic!("kafka address") };
        assert_eq!(kafka.brokers, ["host1:9092", "host2:9092"]);
        assert_eq!((kafka.prefix.as_str(), kafka.partitions, kafka.replication), ("", 12, None));
    }

    #[test]
    fn options_of_a_kafka_address_are_read() {
        let address = "kafka:h:9092?prefix=xa-&partitions=24&replication=3&security.protocol=ssl";
        let Ok(Address::Kafka(kafka)) = Address::parse(address) else { panic!("kafka address") };
        assert_eq!((kafka.prefix.as_str(), kafka.partitions, kafka.replication), ("xa-", 24, Some(3)));
        assert_eq!(kafka.properties, [("security.protocol".to_owned(), "ssl".to_owned())]);
    }

    #[test]
    fn a_wrong_address_says_what_is_wrong() {
        for (address, word) in [
            ("", "kind of log is missing"),
            ("./data/log", "kind of log is missing"),
            ("embedded:", "directory is missing"),
            ("redis:host:1", "redis"),
            ("kafka:", "HOST:PORT"),
            ("kafka:host", "HOST:PORT"),
            ("kafka:host:0", "HOST:PORT"),
            ("kafka:host:99999", "HOST:PORT"),
            ("kafka::9092", "HOST:PORT"),
            ("kafka:h:1,", "HOST:PORT"),
            ("kafka:h:1?partitions=0", "partitions"),
            ("kafka:h:1?replication=many", "replication"),
            ("kafka:h:1?prefix=a/b", "prefix"),
            ("kafka:h:1?colour=red", "colour"),
            ("kafka:h:1?enable.idempotence=false", "set by streetwatch"),
        ] {
            let error = Address::parse(address).expect_err(address);
            assert_eq!(error.kind, ErrorKind::Address);
            assert!(error.to_string().contains(word), "{address}: {error}");
        }
    }

    #[test]
    fn a_password_is_in_no_message() {
        let error = Address::parse("kafka:h:1?sasl.password=hunter2&partitions=x").expect_err("bad partitions");
        assert!(!error.to_string().contains("hunter2"), "{error}");
        let Ok(Address::Kafka(kafka)) = Address::parse("kafka:h:1?sasl.password=hunter2") else { panic!("kafka") };
        assert!(!kafka.shown().contains("hunter2"));
    }

    proptest! {
        #[test]
        fn no_address_panics(address in "(embedded:|kafka:)?\\PC{0,40}") {
            let _ = Address::parse(&address);
        }
    }
}
