//! Folding the write-ahead log into the file, beside the writer and not in its way.

use super::schema;
use crossbeam_channel::{Sender, TrySendError, bounded};
use rusqlite::Connection;
use std::path::Path;
use std::thread::JoinHandle;

/// A checkpoint is asked for after this many appended bytes.
const EVERY_BYTES: usize = 4 << 20;
/// From this many frames of the write-ahead log (4 KB each) on it is started over.
const MOST_FRAMES: i64 = 32_768;

/// The checkpoint thread, as the writer sees it.
#[derive(Debug)]
pub(super) struct Checkpointer {
    wake: Option<Sender<()>>,
    thread: Option<JoinHandle<()>>,
    bytes: usize,
}

impl Checkpointer {
    /// Starts the thread with a connection of its own.
    pub fn start(directory: &Path, shown: &str) -> Result<Self, super::LogError> {
        let connection = Connection::open(schema::database(directory)).map_err(|e| schema::explain(e, shown))?;
        connection.pragma_update(None, "synchronous", "normal").map_err(|e| schema::explain(e, shown))?;
        let (wake, woken) = bounded::<()>(1);
        let thread = std::thread::Builder::new()
            .name("log-checkpoint".into())
            .spawn({
                let shown = shown.to_owned();
                move || {
                    for () in woken {
                        if let Err(error) = fold(&connection) {
                            metrics::counter!("streetwatch_log_checkpoint_failures_total").increment(1);
                            tracing::warn!(log = shown, %error, "a checkpoint failed, will be tried again");
                        }
                    }
                }
            })
            .map_err(|e| super::LogError::new(super::ErrorKind::Internal, shown, format!("no thread: {e}")))?;
        Ok(Checkpointer { wake: Some(wake), thread: Some(thread), bytes: 0 })
    }

    /// Told after each commit of the writer.
    pub fn written(&mut self, bytes: usize) {
        // A small commit still writes whole pages.
        self.bytes += bytes + 32_768;
        if self.bytes < EVERY_BYTES {
            return;
        }
        self.bytes = 0;
        if let Some(wake) = &self.wake
            && let Err(TrySendError::Disconnected(())) = wake.try_send(())
        {
            tracing::error!("the checkpoint thread has ended");
        }
    }

    /// Ends the thread after what it is doing.
    pub fn stop(mut self) {
        drop(self.wake.take());
        if let Some(thread) = self.thread.take()
            && thread.join().is_err()
        {
            tracing::error!("the checkpoint thread panicked");
        }
    }
}

/// Folds what is there while the writer goes on. When it never falls silent long enough for the
/// write-ahead log to start over by itself, it is held up for the little that is then left.
fn fold(connection: &Connection) -> rusqlite::Result<()> {
    if checkpoint(connection, "PASSIVE")? > MOST_FRAMES {
        metrics::counter!("streetwatch_log_restarts_total").increment(1);
        checkpoint(connection, "PASSIVE")?;
        checkpoint(connection, "RESTART")?;
    }
    Ok(())
}

/// Returns the frames in the write-ahead log.
fn checkpoint(connection: &Connection, mode: &str) -> rusqlite::Result<i64> {
    connection.query_row(&format!("PRAGMA wal_checkpoint({mode})"), [], |row| row.get(1))
}
