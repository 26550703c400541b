//! The embedded log: a directory with one SQLite file, for one process.
//!
//! What is acknowledged survives the death of the process (SIGKILL). With
//! [`Options::survive_power_loss`] it survives the death of the machine too, at
//! the price of one sync of the disk for each group of appends.

mod checkpoint;
mod maintenance;
mod reader;
mod schema;
#[cfg(test)]
mod tests;
mod writer;

use super::flow::Flow;
use super::{
    Bounds, CleanUp, Cursor, ErrorKind, Log, LogError, LogHealth, Position, Record, Start, Stored, Topic, check_sizes,
    not_compacted,
};
use crate::clock::{Clock, SystemClock};
use async_trait::async_trait;
use checkpoint::Checkpointer;
use crossbeam_channel::{Sender, unbounded};
use maintenance::Maintenance;
use parking_lot::Mutex;
use reader::Readers;
use std::collections::BTreeMap;
use std::fs::{File, TryLockError};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{oneshot, watch};
use writer::{Append, Command, Ends, Writer, closed};

/// Appends count as stuck when none is finished for this long.
const STUCK: Duration = Duration::from_secs(5);

/// How an embedded log behaves. The defaults fit a small city.
#[derive(Debug, Clone)]
pub struct Options {
    /// Bytes that may wait to be written before callers wait too.
    pub queue_bytes: usize,
    /// Clean-up of each topic, in the order of [`Topic::ALL`].
    pub clean_up: [CleanUp; Topic::ALL.len()],
    /// How long a tombstone stays readable, so that followers see it.
    pub tombstones_for: Duration,
    /// How often clean-up looks for work.
    pub clean_up_every: Duration,
    /// Sync the disk before acknowledging.
    pub survive_power_loss: bool,
    /// Where the records' times and their age come from.
    pub clock: Arc<dyn Clock>,
}

impl Default for Options {
    fn default() -> Self {
        Options {
            queue_bytes: 64 << 20,
            clean_up: Topic::ALL.map(Topic::clean_up),
            tombstones_for: Duration::from_secs(24 * 60 * 60),
            clean_up_every: Duration::from_secs(5),
            survive_power_loss: false,
            clock: Arc::new(SystemClock::default()),
        }
    }
}

/// A log in a directory of this machine.
#[derive(Debug)]
pub struct EmbeddedLog {
    readers: Arc<Readers>,
    /// `None` when opened for reading.
    writing: Option<Writing>,
    shown: String,
}

#[derive(Debug)]
struct Writing {
    flow: Flow,
    /// Bounded by `flow`: what is in here holds a share of its budget.
    commands: Sender<Command>,
    ends: Arc<Ends>,
    trouble: Arc<Mutex<Option<String>>>,
}

impl EmbeddedLog {
    /// Opens the log in `directory`, creating both where they are missing.
    ///
    /// # Errors
    /// [`ErrorKind::InUse`] while another process writes it, [`ErrorKind::NotWritable`],
    /// [`ErrorKind::NotALog`], [`ErrorKind::Corrupt`], [`ErrorKind::NoRoom`].
    pub async fn open(directory: &Path, options: Options) -> Result<Self, LogError> {
        let (directory, shown) = (directory.to_owned(), shown(directory));
        let panicked = LogError::new(ErrorKind::Internal, &shown, "opening ended early");
        tokio::task::spawn_blocking(move || Self::open_blocking(directory, options, shown))
            .await
            .map_err(|_| panicked)?
    }

    fn open_blocking(directory: PathBuf, options: Options, shown: String) -> Result<Self, LogError> {
        let not_writable = |what: &str, e: std::io::Error| {
            let message = format!("{what} ({e}); name a directory that this user may write");
            LogError::new(ErrorKind::NotWritable, &shown, message)
        };
        std::fs::create_dir_all(&directory).map_err(|e| not_writable("the directory cannot be created", e))?;
        let lock = File::options()
            .create(true)
            .truncate(false)
            .write(true)
            .open(directory.join("writer.lock"))
            .map_err(|e| not_writable("the file writer.lock cannot be created", e))?;
        lock.try_lock().map_err(|e| match e {
            TryLockError::WouldBlock => {
                let message = "another process writes this log; stop it, give this one a directory of its own, or open it for reading";
                LogError::new(ErrorKind::InUse, &shown, message)
            }
            TryLockError::Error(e) => not_writable("the file writer.lock cannot be locked", e),
        })?;
        let connection = schema::open_for_writing(&directory, options.survive_power_loss, &shown)?;
        Self::start(directory, options, shown, lock, connection)
    }

    /// Starts the threads on an opened file.
    fn start(
        directory: PathBuf,
        options: Options,
        shown: String,
        lock: File,
        connection: rusqlite::Connection,
    ) -> Result<Self, LogError> {
        let mut topics = [schema::TopicRow { first: 0, next: 0, bytes: 0 }; Topic::ALL.len()];
        for topic in Topic::ALL {
            topics[topic.index()] = schema::topic_row(&connection, topic).map_err(|e| schema::explain(e, &shown))?;
        }
        let ends: Arc<Ends> = Arc::new(topics.map(|row| watch::Sender::new(row.next)));
        let trouble = Arc::new(Mutex::new(None));
        let writer = Writer {
            connection,
            topics,
            clock: options.clock,
            ends: ends.clone(),
            maintenance: Maintenance::new(options.clean_up, options.tombstones_for, options.clean_up_every),
            checkpointer: Checkpointer::start(&directory, &shown)?,
            trouble: trouble.clone(),
            shown: shown.clone(),
            lock,
        };
        let (commands, received) = unbounded();
        std::thread::Builder::new()
            .name("log-writer".into())
            .spawn(move || writer.run(received))
            .map_err(|e| LogError::new(ErrorKind::Internal, &shown, format!("no thread: {e}")))?;
        let flow = Flow::new("embedded", options.queue_bytes);
        Ok(EmbeddedLog {
            readers: Arc::new(Readers::new(directory, shown.clone())),
            writing: Some(Writing { flow, commands, ends, trouble }),
            shown,
        })
    }

    /// Opens the log for reading, also while another process writes it.
    ///
    /// # Errors
    /// As [`EmbeddedLog::open`]; [`ErrorKind::MissingTopic`] when there is none.
    pub async fn open_for_reading(directory: &Path) -> Result<Self, LogError> {
        let shown = shown(directory);
        if !schema::database(directory).is_file() {
            let message = "there is no log here; start streetwatch with this directory first, or correct it";
            return Err(LogError::new(ErrorKind::MissingTopic, shown, message));
        }
        let readers = Arc::new(Readers::new(directory.to_owned(), shown.clone()));
        // The first read opens the file and checks that it is a log.
        readers.bounds(Topic::Cameras).await?;
        Ok(EmbeddedLog { readers, writing: None, shown })
    }

    /// Does all compaction and retention that is due now; returns how many records left.
    ///
    /// # Errors
    /// As [`Log::append`]; what was done before the error stays done.
    pub async fn clean_up(&self) -> Result<u64, LogError> {
        let (reply, answer) = oneshot::channel();
        self.writing()?.commands.send(Command::Maintain(reply)).map_err(|_| closed(&self.shown))?;
        answer.await.map_err(|_| closed(&self.shown))?
    }

    fn writing(&self) -> Result<&Writing, LogError> {
        self.writing.as_ref().ok_or_else(|| {
            LogError::new(ErrorKind::ReadOnly, &self.shown, "the log was opened for reading; open it for writing")
        })
    }
}

fn shown(directory: &Path) -> String {
    format!("embedded:{}", directory.display())
}

#[async_trait]
impl Log for EmbeddedLog {
    async fn append(&self, records: Vec<Record>) -> Result<Vec<Position>, LogError> {
        let writing = self.writing()?;
        let bytes = check_sizes(&records, &self.shown)?;
        if records.is_empty() {
            return Ok(Vec::new());
        }
        let share = writing.flow.enter(bytes, &self.shown).await?;
        let (reply, answer) = oneshot::channel();
        let append = Command::Append(Append { records, bytes, reply, share });
        writing.commands.send(append).map_err(|_| closed(&self.shown))?;
        answer.await.map_err(|_| closed(&self.shown))?
    }

    fn atomic(&self) -> bool {
        true
    }

    async fn read(&self, topic: Topic, start: Start) -> Result<Box<dyn Cursor>, LogError> {
        let ends = self.writing.as_ref().map(|w| w.ends[topic.index()].subscribe());
        Ok(Box::new(self.readers.cursor(topic, start, ends).await?))
    }

    async fn bounds(&self, topic: Topic) -> Result<BTreeMap<i32, Bounds>, LogError> {
        self.readers.bounds(topic).await
    }

    async fn latest(&self, topic: Topic) -> Result<BTreeMap<String, Stored>, LogError> {
        if !topic.is_compacted() {
            return Err(not_compacted(topic, &self.shown));
        }
        self.readers.latest(topic).await
    }

    async fn latest_of(&self, topic: Topic, key: &str) -> Result<Option<Stored>, LogError> {
        if !topic.is_compacted() {
            return Err(not_compacted(topic, &self.shown));
        }
        self.readers.latest_of(topic, key).await
    }

    fn health(&self) -> LogHealth {
        let Some(writing) = &self.writing else { return LogHealth::Well };
        let stuck = writing.flow.stuck_for();
        if stuck > STUCK {
            return LogHealth::Waiting { reason: format!("no append has been finished for {} s", stuck.as_secs()) };
        }
        match &*writing.trouble.lock() {
            Some(reason) => LogHealth::Waiting { reason: reason.clone() },
            None => LogHealth::Well,
        }
    }

    async fn close(&self) -> Result<(), LogError> {
        self.readers.close();
        if let Some(writing) = &self.writing {
            writing.flow.close();
            let (reply, answer) = oneshot::channel();
            // An error means that the writer has already ended.
            if writing.commands.send(Command::Close(Some(reply))).is_ok() {
                let _ = answer.await;
            }
        }
        Ok(())
    }
}

impl Drop for EmbeddedLog {
    fn drop(&mut self) {
        if let Some(writing) = &self.writing {
            let _ = writing.commands.send(Command::Close(None));
        }
    }
}
