//! The topics of the design and how each is cleaned up.

use std::time::Duration;

const DAY: u64 = 24 * 60 * 60;

/// A topic. The set is fixed: each has its producers, its readers and its schema.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Topic {
    /// Camera registry, by camera id. Compacted.
    Cameras,
    /// Encoded GOPs or a URI to them, by camera id.
    Segments,
    /// Readings of sensors and terminals, by device id.
    Readings,
    /// Operator snapshots, by camera or device id. Compacted.
    State,
    /// Candidates, by camera or device id.
    Dispatch,
    /// Reviewers' verdicts, by candidate id.
    Verdicts,
    /// Health of cameras and devices, by their id. Compacted.
    Health,
    /// Registered street components, by component id. Compacted.
    Components,
}

/// How old records leave a topic.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CleanUp {
    /// The last record of each key stays for ever; a tombstone removes its key.
    Compact,
    /// Records leave from the front, by age and by size.
    Delete(Retention),
}

/// Limits of a deleting topic; `None` is no limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Retention {
    /// Records older than this (time of append) leave.
    pub max_age: Option<Duration>,
    /// While keys, payloads and headers exceed this many bytes, the oldest leave.
    pub max_bytes: Option<u64>,
}

impl Topic {
    /// Every topic, in the design's order.
    pub const ALL: [Topic; 8] = [
        Topic::Cameras,
        Topic::Segments,
        Topic::Readings,
        Topic::State,
        Topic::Dispatch,
        Topic::Verdicts,
        Topic::Health,
        Topic::Components,
    ];

    /// The topic's name, as tools and the embedded log's tables write it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Topic::Cameras => "cameras",
            Topic::Segments => "segments",
            Topic::Readings => "readings",
            Topic::State => "state",
            Topic::Dispatch => "dispatch",
            Topic::Verdicts => "verdicts",
            Topic::Health => "health",
            Topic::Components => "components",
        }
    }

    /// The clean-up a topic gets when nobody says otherwise.
    pub const fn clean_up(self) -> CleanUp {
        let (days, max_bytes) = match self {
            Topic::Cameras | Topic::State | Topic::Health | Topic::Components => return CleanUp::Compact,
            Topic::Segments => (1, Some(8 << 30)),
            Topic::Readings => (7, Some(8 << 30)),
            // A city's case may be disputed for a year.
            Topic::Dispatch | Topic::Verdicts => (400, None),
        };
        CleanUp::Delete(Retention { max_age: Some(Duration::from_secs(days * DAY)), max_bytes })
    }

    /// Whether the topic keeps the last record of each key.
    pub const fn is_compacted(self) -> bool {
        matches!(self.clean_up(), CleanUp::Compact)
    }

    /// Index into per-topic arrays, in the order of [`Topic::ALL`].
    pub(super) const fn index(self) -> usize {
        self as usize
    }
}

impl std::fmt::Display for Topic {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A name that is no topic's.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "no topic is called {0:?}; the topics are cameras, segments, readings, state, dispatch, verdicts, health and components"
)]
pub struct UnknownTopic(pub String);

impl std::str::FromStr for Topic {
    type Err = UnknownTopic;

    fn from_str(name: &str) -> Result<Self, UnknownTopic> {
        Topic::ALL.into_iter().find(|t| t.as_str() == name).ok_or_else(|| UnknownTopic(name.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn every_name_parses_back_to_its_topic() {
        for (i, topic) in Topic::ALL.into_iter().enumerate() {
            assert_eq!(topic.as_str().parse(), Ok(topic));
            assert_eq!(topic.index(), i);
        }
    }

    #[test]
    fn a_misspelt_topic_is_answered_with_the_names_there_are() {
        let error = "dispatches".parse::<Topic>().expect_err("no such topic").to_string();
        assert!(error.contains("dispatches") && error.contains("verdicts"), "{error}");
    }

    proptest! {
        #[test]
        fn a_string_is_a_topic_only_when_it_is_its_name(name in "\\PC{0,12}") {
            if let Ok(topic) = name.parse::<Topic>() {
                prop_assert_eq!(topic.as_str(), name);
            }
        }
    }
}
