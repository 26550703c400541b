//! What can go wrong with a log: whose fault, whether to retry, and where.

use super::Topic;

/// Whose fault an error is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// The one who configures or calls.
    User,
    /// A disk, a broker, a network.
    Outside,
    /// This program.
    Ours,
}

/// What went wrong, for code that decides by it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ErrorKind {
    /// The address of the log cannot be understood.
    Address,
    /// Another process writes this embedded log.
    InUse,
    /// The directory or file cannot be created, opened or written.
    NotWritable,
    /// The file is something else than a log of ours, or of a newer version.
    NotALog,
    /// The file is damaged.
    Corrupt,
    /// The disk is full.
    NoRoom,
    /// Reading or writing the disk failed.
    Io,
    /// Somebody else holds the file's write lock.
    Busy,
    /// A record or batch is larger than the log takes.
    TooLarge,
    /// The log was opened for reading.
    ReadOnly,
    /// The question makes sense on a compacted topic only.
    NotCompacted,
    /// The records at this offset have left by retention.
    OffsetGone,
    /// The offset is after the end of the topic.
    OffsetBeyondEnd,
    /// No broker answers.
    Unreachable,
    /// The broker does not allow it.
    NotAllowed,
    /// The topic or partition does not exist.
    MissingTopic,
    /// The broker refused, for a reason in the text.
    Rejected,
    /// Another worker owns what this is about; it says it instead.
    Fenced,
    /// The log has been closed.
    Closed,
    /// A defect of this program.
    Internal,
}

impl ErrorKind {
    /// A short word for metrics.
    pub const fn as_str(self) -> &'static str {
        match self {
            ErrorKind::Address => "address",
            ErrorKind::InUse => "in_use",
            ErrorKind::NotWritable => "not_writable",
            ErrorKind::NotALog => "not_a_log",
            ErrorKind::Corrupt => "corrupt",
            ErrorKind::NoRoom => "no_room",
            ErrorKind::Io => "io",
            ErrorKind::Busy => "busy",
            ErrorKind::TooLarge => "too_large",
            ErrorKind::ReadOnly => "read_only",
            ErrorKind::NotCompacted => "not_compacted",
            ErrorKind::OffsetGone => "offset_gone",
            ErrorKind::OffsetBeyondEnd => "offset_beyond_end",
            ErrorKind::Unreachable => "unreachable",
            ErrorKind::NotAllowed => "not_allowed",
            ErrorKind::MissingTopic => "missing_topic",
            ErrorKind::Rejected => "rejected",
            ErrorKind::Fenced => "fenced",
            ErrorKind::Closed => "closed",
            ErrorKind::Internal => "internal",
        }
    }
}

/// An error of a log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogError {
    /// What went wrong.
    pub kind: ErrorKind,
    /// What, and what to do about it, in words.
    pub message: String,
    /// The log, as it was addressed (without secrets).
    pub log: String,
    /// The topic, where one was meant.
    pub topic: Option<Topic>,
    /// The partition, where one was meant.
    pub partition: Option<i32>,
    /// The offset, where one was meant.
    pub offset: Option<i64>,
}

impl LogError {
    pub(crate) fn new(kind: ErrorKind, log: impl Into<String>, message: impl Into<String>) -> Self {
        LogError { kind, message: message.into(), log: log.into(), topic: None, partition: None, offset: None }
    }

    pub(crate) fn on(mut self, topic: Topic) -> Self {
        self.topic = Some(topic);
        self
    }

    pub(super) fn at(mut self, partition: i32, offset: i64) -> Self {
        self.partition = Some(partition);
        self.offset = Some(offset);
        self
    }

    /// Whose fault it is.
    pub fn fault(&self) -> Fault {
        use ErrorKind::*;
        match self.kind {
            Address | InUse | NotWritable | NotALog | TooLarge | ReadOnly | NotCompacted | OffsetBeyondEnd
            | NotAllowed | MissingTopic => Fault::User,
            Corrupt | NoRoom | Io | Busy | OffsetGone | Unreachable | Rejected | Fenced => Fault::Outside,
            Closed | Internal => Fault::Ours,
        }
    }

    /// Whether the same call can succeed later without anybody changing the configuration.
    pub fn retry(&self) -> bool {
        use ErrorKind::*;
        matches!(self.kind, NoRoom | Io | Busy | Unreachable)
    }
}

impl std::fmt::Display for LogError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "log {}", self.log)?;
        if let Some(topic) = self.topic {
            write!(f, ", topic {topic}")?;
        }
        if let Some(partition) = self.partition {
            write!(f, ", partition {partition}")?;
        }
        if let Some(offset) = self.offset {
            write!(f, ", offset {offset}")?;
        }
        write!(f, ": {}", self.message)
    }
}

impl std::error::Error for LogError {}
