//! What is on a topic, one record a line: `streetwatch topic tail`.

use super::{Log, LogError, Start, Stored, Topic};
use operators::vocabulary::EventTime;
use serde::de::IgnoredAny;
use std::io::{ErrorKind as IoErrorKind, Write};
use std::time::{Duration, Instant};

/// Without `follow`, give up when the log yields nothing for this long before its end.
const PATIENCE: Duration = Duration::from_secs(30);
const WAIT: Duration = Duration::from_millis(500);

/// What to print.
#[derive(Debug, Clone)]
pub struct TailOptions {
    /// From the oldest record on; else only the `last` records of each partition.
    pub from_beginning: bool,
    /// How many records before the end to start, unless `from_beginning`.
    pub last: u64,
    /// An object a line, instead of words for people.
    pub json: bool,
    /// Go on with what is appended later; else end at the present end.
    pub follow: bool,
    /// End after this many records.
    pub limit: Option<u64>,
}

impl Default for TailOptions {
    fn default() -> Self {
        TailOptions { from_beginning: false, last: 10, json: false, follow: false, limit: None }
    }
}

/// Why printing a topic ended early.
#[derive(Debug, thiserror::Error)]
pub enum TailError {
    /// The log could not be read.
    #[error(transparent)]
    Log(#[from] LogError),
    /// The output could not be written.
    #[error("the records could not be written out: {0}")]
    Output(#[from] std::io::Error),
    /// The log went silent before its end.
    #[error("topic {topic}: nothing came for {PATIENCE:?} although there is more; check the broker, then try again")]
    Silent {
        /// The topic.
        topic: Topic,
    },
}

/// Prints records until the present end of the topic, or for ever with `follow`; returns how many.
///
/// `out` is written to in place: call this from where blocking on it is fine.
/// A reader that goes away (a closed pipe) ends it without an error.
///
/// # Errors
/// See [`TailError`].
pub async fn tail(
    log: &dyn Log,
    topic: Topic,
    options: &TailOptions,
    out: &mut (dyn Write + Send),
) -> Result<u64, TailError> {
    match print(log, topic, options, out).await {
        Err(TailError::Output(e)) if e.kind() == IoErrorKind::BrokenPipe => Ok(0),
        other => other,
    }
}

async fn print(
    log: &dyn Log,
    topic: Topic,
    options: &TailOptions,
    out: &mut (dyn Write + Send),
) -> Result<u64, TailError> {
    let start = if options.from_beginning {
        Start::Beginning
    } else {
        let last = i64::try_from(options.last).unwrap_or(i64::MAX);
        let bounds = log.bounds(topic).await?;
        Start::At(bounds.into_iter().map(|(p, b)| (p, b.end.saturating_sub(last).max(b.first))).collect())
    };
    let mut cursor = log.read(topic, start).await?;
    let mut printed = 0;
    let mut heard = Instant::now();
    while options.limit.is_none_or(|limit| printed < limit) && (options.follow || !cursor.caught_up()) {
        match cursor.next(WAIT).await? {
            Some(record) => {
                let line = if options.json { json_line(&record) } else { plain_line(&record) };
                out.write_all(line.as_bytes())?;
                printed += 1;
                heard = Instant::now();
            }
            None => {
                out.flush()?;
                if !options.follow && !cursor.caught_up() && heard.elapsed() > PATIENCE {
                    return Err(TailError::Silent { topic });
                }
            }
        }
    }
    out.flush()?;
    Ok(printed)
}

/// `{"topic", "partition", "offset", "key", "time", "payload"}`, and `headers` where there are some.
///
/// A payload that is JSON is put in as it is (number for number, key for key),
/// other text as a string, other bytes as `{"hex": …}`, a tombstone as null.
fn json_line(record: &Stored) -> String {
    let payload = match &record.payload {
        None => "null".to_owned(),
        Some(bytes) => match std::str::from_utf8(bytes) {
            Ok(text) if serde_json::from_str::<IgnoredAny>(text).is_ok() => {
                // Between tokens only: inside of JSON strings line breaks are escaped.
                text.trim().replace(['\n', '\r'], " ")
            }
            Ok(text) => quoted(text),
            Err(_) => format!("{{\"hex\":\"{}\"}}", hex::encode(bytes)),
        },
    };
    let headers = if record.headers.is_empty() {
        String::new()
    } else {
        let pairs: Vec<_> = record.headers.iter().map(|(n, v)| format!("{}:{}", quoted(n), quoted(v))).collect();
        format!(",\"headers\":{{{}}}", pairs.join(","))
    };
    format!(
        "{{\"topic\":\"{}\",\"partition\":{},\"offset\":{},\"key\":{},\"time\":\"{}\"{headers},\"payload\":{payload}}}\n",
        record.position.topic,
        record.position.partition,
        record.position.offset,
        quoted(&record.key),
        time(record.time),
    )
}

fn plain_line(record: &Stored) -> String {
    let payload = match &record.payload {
        None => "(removed)".into(),
        Some(bytes) => String::from_utf8_lossy(bytes).replace(['\n', '\r'], " "),
    };
    let Stored { position, key, .. } = record;
    let key = key.replace(['\n', '\r'], " ");
    format!("{} {}:{} {key} {payload}\n", time(record.time), position.partition, position.offset)
}

fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

fn time(time: EventTime) -> String {
    jiff::Timestamp::from_millisecond(time.0).map_or_else(|_| time.0.to_string(), |t| format!("{t:.3}"))
}

#[cfg(test)]
mod tests {
    use super::super::Position;
    use super::*;
    use bytes::Bytes;
    use proptest::prelude::*;

    fn record(key: &str, payload: Option<&[u8]>) -> Stored {
        Stored {
            position: Position { topic: Topic::Dispatch, partition: 2, offset: 7 },
            time: EventTime(1_780_272_000_123),
            key: key.into(),
            payload: payload.map(Bytes::copy_from_slice),
            headers: Vec::new(),
        }
    }

    #[test]
    fn a_json_payload_is_an_object_of_the_line_and_keeps_its_numbers() {
        let line = json_line(&record("c-001", Some(b"{\"z\": 1.50,\n \"a\": 12345678901234567890123}")));
        assert_eq!(
            line,
            "{\"topic\":\"dispatch\",\"partition\":2,\"offset\":7,\"key\":\"c-001\",\
             \"time\":\"2026-06-01T00:00:00.123Z\",\"payload\":{\"z\": 1.50,  \"a\": 12345678901234567890123}}\n"
        );
    }

    #[test]
    fn text_bytes_and_tombstones_are_told_apart() {
        let payload = |payload: Option<&[u8]>| {
            serde_json::from_str::<serde_json::Value>(&json_line(&record("k", payload))).expect("JSON")["payload"]
                .clone()
        };
        assert_eq!(payload(Some(b"not json")), serde_json::json!("not json"));
        assert_eq!(payload(Some(&[0xff, 0x00])), serde_json::json!({"hex": "ff00"}));
        assert_eq!(payload(None), serde_json::Value::Null);
        assert_eq!(payload(Some(b"")), serde_json::json!(""));
    }

    #[test]
    fn headers_appear_where_there_are_some() {
        let mut record = record("k", None);
        assert!(!json_line(&record).contains("headers"));
        record.headers.push(("content-type".into(), "application/json".into()));
        assert!(json_line(&record).contains("\"headers\":{\"content-type\":\"application/json\"}"));
    }

    proptest! {
        #[test]
        fn any_record_is_one_line_of_json_with_its_key(
            key in ".{0,20}",
            payload in proptest::option::of(proptest::collection::vec(any::<u8>(), 0..60)),
        ) {
            let record = record(&key, payload.as_deref());
            let line = json_line(&record);
            prop_assert_eq!(line.matches('\n').count(), 1);
            let value: serde_json::Value = serde_json::from_str(&line).expect("a line is JSON");
            prop_assert_eq!(&value["key"], &serde_json::json!(key));
            prop_assert_eq!(plain_line(&record).matches('\n').count(), 1);
        }
    }
}
